"""Telling as it is measured: the figures see a ledger that is not verified, and a name that acts."""

from collections.abc import Iterator, Sequence
from random import Random

import pytest
from sqlalchemy import Table

from benchmarks.figures import Measurement
from benchmarks.tell import MEASUREMENTS, names, tampering
from benchmarks.tell.names import Found
from ibpmon.store import ledger
from ibpmon.store.database import Store, open_store
from ibpmon.store.ledger import Verdict
from tests.conftest import MONDAY, TENANT, OpenStore
from tests.hostile_names import HOSTILE, KINDS

FEW = 3
Filled = tuple[Store, Sequence[tampering.Row], dict[int, dict[Table, list[tampering.Row]]]]


def test_every_figure_is_named_once_and_measured_by_its_module() -> None:
    """Two lines of one name would let one hide the other."""
    measured: Sequence[Measurement] = MEASUREMENTS
    told = [figure.figure for measurement in measured for figure in measurement.figures]
    assert len(told) == len(set(told)) >= 23
    assert {one.split(".")[0] for one in told} >= {"ledger", "names"}


# ---- the ledger


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """A ledger of realistic size, with copies of how it was before."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('ledger')}/ibpmon.db", [], TENANT, "Waaier", MONDAY)
    old = tampering.fill(store, Random(1), {100, 200, 399})
    yield store, tampering.as_they_are(store), old
    store.engine.dispose()


def tried(filled: Filled, kind: str) -> tampering.Score:
    """One kind of tampering, a few times."""
    store, rows, old = filled
    return tampering.tried(store, rows, old, kind, Random(2), FEW)


@pytest.mark.parametrize("kind", tampering.ATTACKS)
def test_every_kind_of_tampering_is_found_and_named(filled: Filled, kind: str) -> None:
    """And the ledger is as it was afterwards, so that the next try begins where this one did."""
    score = tried(filled, kind)

    assert (score.tries, score.detected, score.named) == (FEW, FEW, FEW)
    assert tampering.as_they_are(filled[0]) == filled[1]


def test_a_chain_made_again_is_found_by_the_mailed_head_only(filled: Filled) -> None:
    """What the head is for: without it there is nothing wrong with such a chain."""
    score = tried(filled, "rewritten")

    assert (score.heads, score.alone) == (FEW, 0)


def test_verifying_that_finds_nothing_is_seen(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    """A measurement that cannot fail measures nothing."""
    monkeypatch.setattr(ledger, "verify", lambda *_: Verdict(tampering.ENTRIES, None))

    assert tried(filled, "edit").detected == 0
    assert tampering.false_alarms(*filled[:2], Random(3), FEW) == FEW


def test_verifying_that_names_another_entry_is_seen(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    """That something is wrong somewhere is no help."""
    monkeypatch.setattr(ledger, "verify", lambda *_: Verdict(0, None, tampering.ENTRIES + 5, ledger.CHANGED))

    score = tried(filled, "delete")

    assert (score.detected, score.named) == (FEW, 0)


def test_an_untouched_ledger_and_erased_texts_raise_no_alarm(filled: Filled) -> None:
    """Else nobody would believe the next one."""
    assert tampering.false_alarms(*filled[:2], Random(3), FEW) == 0


# ---- names


def test_the_corpus_is_large_and_holds_nothing_twice() -> None:
    """At least two hundred names, of every kind."""
    assert len(HOSTILE) == len(set(HOSTILE)) >= 200
    assert all(isinstance(name, str) for name in HOSTILE)
    assert all(len(found) >= 4 for found in KINDS.values())


@pytest.mark.parametrize("output", [name for name in names.OUTPUTS if name not in ("mail", "sent")])
def test_no_name_does_anything(output: str) -> None:
    """All of them, through every output but the mails; those take longer."""
    assert names.through(names.OUTPUTS[output], HOSTILE) == (0, 0, 0)


@pytest.mark.parametrize("output", ["mail", "sent"])
def test_no_name_does_anything_in_a_mail(output: str) -> None:
    """A few of each kind; all of them are measured."""
    some = [name for found in KINDS.values() for name in found[:3]]
    assert names.through(names.OUTPUTS[output], some) == (0, 0, 0)


def test_what_raises_is_counted_with_the_names_that_are_fine() -> None:
    """One name that stops everything is one row lost and one exception, not all of them."""

    def raises(some: Sequence[str]) -> Found:
        if "eva" in some:
            raise ValueError("eva")
        return Found(0, 0)

    assert names.through(raises, ["anna", "bram", "eva", "dewi"]) == (0, 1, 1)


def test_a_page_in_which_a_name_acts_is_seen() -> None:
    """An element, an attribute, a comment, a sign that steers."""
    calm = names.Page("<p>Anna</p>")
    for html in ("<p>Anna</p><b></b>", "<p onclick=x>Anna</p>", "<p>Anna</p><!--x-->", "<p>A<!DOCTYPE x></p>"):
        assert names.Page(html).parts != calm.parts
    assert names.steering("Anna\x1b[1m\u202e\n") == 2
    assert [names.calculates(cell) for cell in ("=1", " +1", "'=1", "Anna", "\t1", "")] == [
        True, True, False, False, True, False,
    ]  # fmt: skip


def test_the_measured_ledger_has_its_size_on_both_databases(open_database: OpenStore) -> None:
    """It is filled by what people do, and holds before anybody touches it."""
    store = open_database([])
    tampering.fill(store, Random(4), set())

    with store.read() as session:
        found = ledger.verify(session, store)
    assert (found.count, found.wrong) == (tampering.ENTRIES, None)
