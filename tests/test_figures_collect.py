"""Collecting as it is measured: nothing lost and nothing twice, on calm days, in storms, late, killed and limited."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from inspect import getsource
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from benchmarks.collect import MEASUREMENTS, crawl, ingest, late, limits, whole
from benchmarks.collect.world import FREE, Clock, addresses_of, configuration, connected, connectors, opened, serving
from benchmarks.figures import Measured
from ibpmon.collect.connectors import Connector
from ibpmon.collect.run import collect
from ibpmon.demo.board import make_board
from ibpmon.demo.microsoft.faults import Fault, Storm
from ibpmon.progress import Progress
from ibpmon.providers.budget import LIMITS
from ibpmon.store.database import Store

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CRAWLED = ("sites", "drives", "drive-permissions", "drive-items", "item-permissions")


@pytest.fixture(scope="module")
def served() -> whole.Served:
    """Everything that the small board serves."""
    return whole.Served(make_board("small", 1, NOW), connectors(), NOW)


def totals(compared: whole.Compared) -> dict[str, float | None]:
    """How many rows are lost, twice there, and of no source."""
    return {kind: compared.told(kind).value for kind in ("lost", "twice", "not_served")}


NOTHING = {"lost": 0, "twice": 0, "not_served": 0}


# ---- whole


def test_what_is_stored_is_what_was_served(served: whole.Served) -> None:
    """Every connector, row by row and field by field, after one round."""
    with whole.collected(served) as found:
        assert found.unfinished == {}
        assert found.rounds == 1
        assert totals(found.comparison) == NOTHING, found.comparison.first
    assert found.comparison.rows > 10_000
    assert "drives" in served.known
    assert "sign-ins" not in served.known  # of a large board these would not fit


@pytest.mark.slow
def test_a_storm_takes_nothing_and_gives_nothing_twice(served: whole.Served) -> None:
    """Three in ten requests fail in every way that a network and a busy service know."""
    storms = whole.storms()
    with whole.collected(served, storms) as found:
        assert found.unfinished == {}
        assert totals(found.comparison) == NOTHING, found.comparison.first
    failing = [storm for storm in storms if not isinstance(storm, whole.Bent)]
    asked, failed = (sum(getattr(storm, name) for storm in failing) for name in ("asked", "failed"))
    assert failed > 0.25 * asked


def test_a_row_that_is_lost_wrong_or_too_many_is_seen(served: whole.Served) -> None:
    """A comparison that finds nothing must be able to find something."""
    found = whole.Compared()
    whole.note(found, "x", {(1,): (1, "a"), (2,): (2, "b")}, [(1, "a"), (1, "a"), (3, "c")], [0])
    assert totals(found) == {"lost": 1, "twice": 1, "not_served": 1}
    whole.note(found, "y", {(1,): (1, "a")}, [(1, "A")], [0])
    assert found.lost["y"] == 1


# ---- killed


class Killed(BaseException):
    """The process ended here."""


class Killing(Progress):
    """Progress that ends the process after so many steps."""

    def __init__(self, steps: int) -> None:
        self.steps = count(steps, -1)

    def step(self, name: str, done: int, total: int | None = None) -> None:
        """One step nearer to the end."""
        if next(self.steps) <= 0:
            raise Killed


@pytest.fixture
def crawled(served: whole.Served, tmp_path: Path) -> Iterator[tuple[Mapping[str, Connector], Any, Store, Any, Any]]:
    """The connectors of a crawl, with clients on the small board that wait in no time."""
    known = {name: one for name, one in served.connectors.items() if name in CRAWLED}
    store = opened(tmp_path, known, NOW)
    with serving(served.board, tmp_path / "there", known, reporting_limit=None, clock=lambda: NOW) as microsoft:
        config = configuration(tmp_path / "there", addresses_of(microsoft))
        with connected(config, dict.fromkeys(LIMITS, FREE), None, Clock()) as providers:
            yield known, providers, store, config, microsoft
    store.engine.dispose()


@pytest.mark.parametrize("steps", [1, 40, 90, 200])
def test_whoever_is_killed_goes_on_and_has_it_all(
    crawled: tuple[Mapping[str, Connector], Any, Store, Any, Any], served: whole.Served, steps: int
) -> None:
    """Wherever it stops: the next round makes it whole, in a storm as well.

    Signing in stays calm, since the library that does it waits by the real clock.
    """
    known, providers, store, config, microsoft = crawled
    for place, path in enumerate(whole.DATA):
        microsoft.faults.add(Storm(steps + place, 0.2, path=path))
    with pytest.raises(Killed):
        collect(known, providers, store, config, NOW, Killing(steps))

    rounds, ended = whole.read_until_whole(known, providers, store, config, NOW + timedelta(minutes=1), Clock())

    assert {run.state for run in ended.values()} == {"FULL"}
    assert rounds <= 3
    compared = whole.compared(store, whole.Served(served.board, known, NOW))
    assert totals(compared) == NOTHING, compared.first


def test_a_refused_page_is_asked_again_and_not_stored_twice(
    crawled: tuple[Mapping[str, Connector], Any, Store, Any, Any], served: whole.Served
) -> None:
    """An answer that was cut off in the middle is no answer."""
    known, providers, store, config, microsoft = crawled
    microsoft.faults.add(Fault("truncated", "/permissions", times=5, after=3))
    microsoft.faults.add(Fault("tls_cut", "/drives", times=2))
    _rounds, ended = whole.read_until_whole(known, providers, store, config, NOW, Clock())

    assert {run.state for run in ended.values()} == {"FULL"}
    assert totals(whole.compared(store, whole.Served(served.board, known, NOW))) == NOTHING


# ---- late, limited, crawled


def test_what_comes_days_late_is_there_once() -> None:
    """A month of events, a round each twelve hours, the last days again each night."""
    values = late.late(600, timedelta(hours=12))
    assert (values["late.lost"].value, values["late.twice"].value) == (0, 0)
    assert 2 < (values["late.requests_per_day"].value or 0) < 6


def test_without_the_nightly_look_back_late_events_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The figure must be able to fail."""
    known = connectors()
    monkeypatch.setattr(late, "connectors", lambda: known | {"sign-ins": replace(known["sign-ins"], sweep=None)})
    assert (late.late(600, timedelta(hours=12))["late.lost"].value or 0) > 5


def test_under_a_limit_nothing_is_refused_and_little_time_is_lost() -> None:
    """Five requests per second here, where Microsoft has ten seconds."""
    seconds, pages, refused = limits.paced(11, scale=0.1)
    assert pages >= 11
    assert refused <= 1
    assert (pages - 1) // 5 * 1.0 <= seconds < (pages - 1) // 5 * 1.0 + 2.0


@pytest.mark.slow
def test_a_second_crawl_asks_little_and_finds_what_changed_in_one_place() -> None:
    """A member of a site group, a site admin and a right on a library: each is found in the next crawl."""
    values = crawl.second(30)
    assert (values["crawl.second_units_per_drive"].value or 9) <= 1
    assert values["crawl.second_item_permissions"].value == 0
    assert values["crawl.planted_changes_found"] == Measured(3, "missed: none", size=values[SIZED].size)


SIZED = "crawl.planted_changes_found"


@pytest.mark.slow
def test_a_crawl_keeps_within_its_units() -> None:
    """What Microsoft refuses counts as well, so nothing may be refused."""
    values = crawl.pace(20, seconds=1.0)
    assert values["crawl.refused"].value == 0


def test_memory_is_that_of_the_process_itself() -> None:
    """What the process held before it became another program is not its memory; once it went into the figure."""
    held = bytearray(150 << 20)
    held[::4096] = b"x" * len(held[::4096])
    told = subprocess.run(
        [sys.executable, "-c", f"from pathlib import Path\n{MOST_MEMORY}\nprint(most_memory())"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert 1 < float(told.stdout) < 100 < ingest.most_memory()


MOST_MEMORY = getsource(ingest.most_memory)


def test_each_turn_of_the_naive_client_has_the_same_class() -> None:
    """A second class of one table is refused, and the full form takes three turns."""
    assert ingest.model_of(ingest.sign_ins()) is ingest.model_of(ingest.sign_ins())


def test_each_figure_is_named_once() -> None:
    """Two lines of one name would let one hide the other."""
    names = [figure.figure for measurement in MEASUREMENTS for figure in measurement.figures]
    assert len(names) == len(set(names)) > 25
