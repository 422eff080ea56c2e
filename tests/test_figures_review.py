"""The review as it is measured: each measurement on a small scale, and what it sees when something is wrong."""

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest

from benchmarks.figures import Measurement
from benchmarks.review import MEASUREMENTS, altered, invariants, killed, packs, partial, pdf, states
from benchmarks.review.access import Found, found_on
from ibpmon.report import pdf as engine
from ibpmon.store.database import Store, open_store
from tests.access_world import datasets
from tests.conftest import BOARD_NAME, MONDAY, TENANT
from tests.test_pack import files_of


def test_every_figure_of_the_review_is_named_once() -> None:
    """Two lines of one name would let one hide the other."""
    measured: Sequence[Measurement] = MEASUREMENTS
    told = [figure.figure for measurement in measured for figure in measurement.figures]
    assert len(told) == len(set(told)) >= 70


@pytest.fixture(scope="module")
def board() -> Found:
    """A small board, with SharePoint's own interface read too."""
    return found_on("small", 1)


def test_every_way_in_is_explained_and_none_is_invented(board: Found) -> None:
    """Nested to any depth, SharePoint groups, links, everyone, folders with their own rights, roles and apps."""
    assert board.told == board.truth
    assert board.without_why == []


def test_the_board_has_a_way_of_every_kind(board: Found) -> None:
    """What is not planted cannot be missed."""
    places = {way.place[0] for way in board.truth}
    holders = {way.who[0] for way in board.truth}
    assert places == {"group", "site", "role", "app"}
    assert holders == {"person", "machine", "link", "everyone", "other"}
    assert max(len(way.groups) for way in board.truth) >= 6
    assert any(way.item for way in board.truth)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A review that takes no seconds."""
    monkeypatch.setattr(pdf, "PEOPLE", 30)


@pytest.mark.usefixtures("few")
def test_all_of_a_pdf_is_measured() -> None:
    """Each figure has a value, and the same data gave the same file."""
    values = pdf.measure_pdf(False)

    assert set(values) == {figure.figure for figure in pdf.FIGURES}
    assert values["pdf.others_when_made_again"].value == 0
    assert 20 < (values["pdf.peak_memory"].value or 0) < 500


@pytest.mark.usefixtures("few")
def test_a_pdf_that_differs_each_time_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A measurement that cannot fail measures nothing."""
    numbers, make = count(), engine.pdf

    def other(name: str, data: dict[str, Any]) -> bytes:
        return make(name, data | {"board": f"board {next(numbers)}"})

    monkeypatch.setattr(engine, "pdf", other)
    assert pdf.measure_pdf(False)["pdf.others_when_made_again"].value == pdf.TRIES[False] - 1


# ---- tampering


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, int, Any]]:
    """A review that was signed and followed up, with copies of how it was before."""
    folder = tmp_path_factory.mktemp("lived")
    store = open_store(f"sqlite:///{folder}/ibpmon.db", datasets(), TENANT, BOARD_NAME, MONDAY)
    number, old = altered.filled(store, folder)
    yield store, number, old
    store.engine.dispose()


@pytest.mark.parametrize("kind", altered.ATTACKS)
def test_what_is_done_to_a_review_is_found_and_named(lived: tuple[Store, int, Any], kind: str) -> None:
    """And the database is as it was afterwards."""
    score = altered.tried(*lived, kind, 2)
    assert (score.tries, score.detected, score.named) == (2, 2, 2)
    assert altered.found(*lived[:2], Random(1)) == set()


def test_verifying_a_review_that_finds_nothing_is_seen(
    lived: tuple[Store, int, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A measurement that cannot fail measures nothing."""
    monkeypatch.setattr(altered, "faults", lambda *_: [])
    assert altered.tried(*lived, "value", 2).detected == 0


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> tuple[packs.Shelf, Path]:
    """The packs, and the script that was in one."""
    folder = tmp_path_factory.mktemp("packs")
    found = packs.filled(folder)
    (folder / "verify.py").write_bytes(files_of(found.now)["verify.py"])
    return found, folder


@pytest.mark.parametrize("kind", packs.KINDS)
def test_what_is_done_to_a_pack_is_found_and_named(shelf: tuple[packs.Shelf, Path], kind: str) -> None:
    """By the command and by the script, with and without a MANIFEST that fits."""
    score, differ = packs.tried(*shelf, kind, 2)
    assert (score.tries, score.detected, score.named, differ) == (2, 2, 2, 0)
    assert not packs.false_alarm(*shelf, Random(1))


# ---- kills, states, invariants, half a reading


def test_an_act_that_is_killed_leaves_it_as_before_or_as_after(tmp_path: Path) -> None:
    """And done again it ends as if nobody had killed it."""
    url = f"sqlite:///{tmp_path}/ibpmon.db"
    killed.prepared(url, tmp_path, "freeze")
    yard = killed.prepared(url, tmp_path, "decide")
    score, seconds = killed.killed_again_and_again(yard, "decide", 2)
    assert (score.kills, score.half, score.other) == (2, [], [])
    assert seconds > 0


def test_what_is_left_half_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither as before nor as after."""
    url = f"sqlite:///{tmp_path}/ibpmon.db"
    killed.prepared(url, tmp_path, "freeze")
    yard, score = killed.prepared(url, tmp_path, "decide"), killed.Score()
    monkeypatch.setitem(killed.ACTS, "decide", lambda _bureau: None)
    killed.look_at(yard, "decide", ({}, {}), "killed", score)
    assert (len(score.half), len(score.other)) == (1, 1)


def test_steps_are_counted_and_failures_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few steps; and a model that disagrees is a failure."""
    monkeypatch.setattr(states, "STEPS", {False: 5})
    monkeypatch.setattr(states, "AT_ONCE", 5)
    values = states.measure_states(False)
    assert (values["review_states.steps"].value or 0) >= 5
    assert values["review_states.failures"].value == 0
    monkeypatch.setattr(states, "run_state_machine_as_test", lambda *_, **__: 1 / 0)
    assert states.measure_states(False)["review_states.failures"].value == 1


def test_each_of_the_invariants_has_a_test_with_its_number(tmp_path: Path) -> None:
    """All of the design; and one that fails or is skipped does not pass."""
    assert {number for number, _name, _path in invariants.numbered()} == set(invariants.NUMBERS)
    report = tmp_path / "report.xml"
    report.write_text('<a><testcase name="one[x]"/><testcase name="one[y]"><failure/></testcase></a>', encoding="ascii")
    assert invariants.outcomes(report) == ({"one"}, {"one"})


def test_half_a_reading_tells_nobody_as_gone(tmp_path: Path) -> None:
    """What a whole one tells."""
    before = partial.prepared(tmp_path)
    assert set(partial.states_after(before)["site"]) == {"VERIFIED"}
    assert not partial.GONE & set(partial.states_after(before, "drive-permissions", "FAILED")["site"])
