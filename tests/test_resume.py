"""Stopped at any moment, the next run goes on: what was read of a parent is not asked again."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ibpmon.collect import children, runs
from ibpmon.errors import MissingLicence, SourceError
from ibpmon.providers.waiting import Stopped
from ibpmon.store.database import open_store
from ibpmon.store.tables import Coverage, Cursor, Run
from tests.answering import Batching, Desk, Source, above, connector, key, text
from tests.conftest import MONDAY, TENANT, OpenStore

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SITES = connector("sites", "list", key("site_id", "id"), endpoint="/sites")
RIGHTS = connector(
    "rights", "each", above("site_id"), key("right_id", "id"), text("role", "role"),
    endpoint="/sites/{site_id}/rights", over="sites",
)  # fmt: skip
WHO = connector("who", "part", above("site_id"), above("right_id"), key("user", "id"), over="rights", list=("users",))


class Sites:
    """Many sites with some rights each; it may break down at a site."""

    def __init__(self, count: int) -> None:
        self.names = [f"s{number:04}" for number in range(count)]
        self.breaks: dict[str, BaseException] = {}
        self.rights = 3
        self.pause = self.list_pause = 0.0

    def __call__(self, link: str, params: Mapping[str, Any]) -> Any:
        if link == "/sites":
            time.sleep(self.list_pause)
            return {"value": [{"id": name} for name in self.names]}
        name = link.split("/")[2]
        time.sleep(self.pause)
        if name in self.breaks:
            raise self.breaks[name]
        return {"value": [right(f"{name}-{number}") for number in range(self.rights)]}


def right(name: str) -> dict[str, Any]:
    """A right with two people."""
    return {"id": name, "role": "read", "users": [{"id": "anna"}, {"id": "bram"}]}


def desk_over(open_database: OpenStore, sites: Sites, kind: type[Source] = Batching) -> Desk:
    """A desk over these sites."""
    return Desk(open_database, kind(sites), SITES, RIGHTS, WHO)


def stored(desk: Desk) -> tuple[set[Any], set[Any]]:
    """The rights and who has them."""
    return desk.rows("rights", "site_id", "right_id"), desk.rows("who", "site_id", "right_id", "user")


def expected(sites: Sites) -> tuple[set[Any], set[Any]]:
    """What an uninterrupted run stores."""
    rights = {(name, f"{name}-{number}") for name in sites.names for number in range(sites.rights)}
    return rights, {(*one, user) for one in rights for user in ("anna", "bram")}


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write down after every few parents, so that a small board has many moments to stop at."""
    monkeypatch.setattr("ibpmon.collect.children.PARENTS", 10)


@pytest.mark.parametrize("error", [Stopped("told to stop"), ZeroDivisionError(), KeyboardInterrupt()])
def test_an_interrupted_run_is_taken_up_where_it_was(open_database: OpenStore, error: BaseException) -> None:
    """Two thousand sites take hours; a restart may not cost them all."""
    sites = Sites(400)
    desk = desk_over(open_database, sites)
    desk.collect("sites")
    sites.breaks["s0250"] = error
    if isinstance(error, Stopped):
        assert desk.collect("rights")["rights"].state == "FAILED"
    else:
        with pytest.raises(type(error)):
            desk.collect("rights")
    assert stored(desk) == (set(), set())
    assert desk.staged("rights") > 100

    sites.breaks.clear()
    desk.source.asked.clear()
    ended = desk.collect("rights", now=MONDAY + HOUR)

    assert {run.state for run in ended.values()} == {"FULL"}
    assert ended["rights"].covers_from == MONDAY
    assert 0 < len(desk.source.asked) < 400 - 50
    assert stored(desk) == expected(sites)
    assert {one.state for one in desk.table(Coverage, run_id=ended["rights"].run_id)} == {"FULL"}
    assert len(desk.table(Coverage, run_id=ended["rights"].run_id)) == 400
    assert desk.staged("rights") == desk.staged("who") == 0


def test_it_may_be_interrupted_again_and_again(open_database: OpenStore) -> None:
    """Each run goes on with what all those before it read."""
    sites = Sites(300)
    desk = desk_over(open_database, sites, Source)
    desk.collect("sites")
    desk.source.asked.clear()
    for hours, name in enumerate(("s0080", "s0160", "s0240")):
        sites.breaks = {name: Stopped("stop")}
        desk.collect("rights", now=MONDAY + hours * HOUR)
    sites.breaks = {}
    assert desk.collect("rights", now=MONDAY + 5 * HOUR)["rights"].state == "FULL"
    assert stored(desk) == expected(sites)
    assert len(desk.source.asked) < 300 + 3 * 30


def test_what_was_read_a_day_ago_is_read_anew(open_database: OpenStore) -> None:
    """Half of a picture of yesterday is no picture of today."""
    sites = Sites(200)
    desk = desk_over(open_database, sites)
    desk.collect("sites")
    sites.breaks["s0150"] = Stopped("stop")
    desk.collect("rights")
    sites.breaks.clear()
    desk.source.asked.clear()
    run = desk.collect("rights", now=MONDAY + DAY)["rights"]
    assert (len(desk.source.asked), run.covers_from) == (200, None)


def test_what_changed_in_the_meantime_is_seen(open_database: OpenStore) -> None:
    """A site that went is not brought back by what was read of it before, and a new one is asked."""
    sites = Sites(200)
    desk = desk_over(open_database, sites)
    desk.collect("sites")
    sites.breaks["s0150"] = Stopped("stop")
    desk.collect("rights")
    sites.breaks.clear()
    sites.names = [*sites.names[5:], "s9999"]
    desk.collect("sites", "rights", now=MONDAY + HOUR)
    assert stored(desk) == expected(sites)


def test_a_run_that_failed_is_not_gone_on_with(open_database: OpenStore) -> None:
    """A refusal for all ends the run and what it had: the next one begins anew."""
    sites = Sites(200)
    desk = desk_over(open_database, sites)
    desk.collect("sites")
    sites.breaks["s0150"] = MissingLicence("no licence")
    assert desk.collect("rights")["rights"].state == "SKIPPED"
    assert desk.staged("rights") == 0
    assert desk.table(Coverage) == []


def test_what_failed_is_asked_again_and_what_was_read_is_not(open_database: OpenStore) -> None:
    """Of a run that was broken off only what was read whole is taken over."""
    sites = Sites(200)
    desk = desk_over(open_database, sites)
    desk.collect("sites")
    sites.breaks = {"s0003": SourceError("locked"), "s0150": Stopped("stop")}
    desk.collect("rights")
    sites.breaks.clear()
    desk.source.asked.clear()
    assert desk.collect("rights", now=MONDAY + HOUR)["rights"].state == "FULL"
    assert desk.source.paths("s0003")
    assert stored(desk) == expected(sites)


# ---- only what changed

CHANGING = connector("items", "delta", key("site_id", "id"), text("name", "name"), endpoint="/items/delta")
OVER_CHANGES = connector(
    "rights", "each", above("site_id"), key("right_id", "id"), endpoint="/sites/{site_id}/rights", over="items",
    changed=True, full=7 * DAY,
)  # fmt: skip


class Changing(Sites):
    """Items of which a round names some."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.named = list(self.names)

    def __call__(self, link: str, params: Mapping[str, Any]) -> Any:
        if "delta" in link:
            return {"value": [{"id": one, "name": one} for one in self.named], "@odata.deltaLink": "https://x/delta?t"}
        return super().__call__(link, params)


def test_only_parents_that_were_named_are_asked_again(open_database: OpenStore) -> None:
    """The permissions of an item cost five units; those of items that nobody touched are known."""
    items = Changing(50)
    desk = Desk(open_database, Batching(items), CHANGING, OVER_CHANGES)
    assert desk.collect()["rights"].state == "FULL"
    assert len(desk.source.paths("/sites/")) == 50

    items.named = ["s0007", "s0011"]
    items.rights = 2
    desk.source.asked.clear()
    ended = desk.collect(now=MONDAY + HOUR)

    assert {run.state for run in ended.values()} == {"FULL"}
    assert desk.source.paths("/sites/") == ["/sites/s0007/rights", "/sites/s0011/rights"]
    assert len(desk.rows("rights", "right_id")) == 48 * 3 + 2 * 2

    items.named = []
    desk.source.asked.clear()
    desk.collect(now=MONDAY + 2 * HOUR)
    assert desk.source.paths("/sites/") == []
    assert len(desk.rows("rights", "right_id")) == 48 * 3 + 2 * 2

    desk.collect(now=MONDAY + 8 * DAY)
    assert len(desk.source.paths("/sites/")) == 50


def test_a_parent_that_failed_is_asked_again_though_it_did_not_change(open_database: OpenStore) -> None:
    """Until it was seen, nobody knows."""
    items = Changing(20)
    desk = Desk(open_database, Batching(items), CHANGING, OVER_CHANGES)
    items.breaks["s0004"] = SourceError("locked")
    assert desk.collect()["rights"].state == "PARTIAL"
    items.named = []
    for hours in (1, 2):
        desk.source.asked.clear()
        assert desk.collect(now=MONDAY + hours * HOUR)["rights"].state == "PARTIAL"
        assert desk.source.paths("/sites/") == ["/sites/s0004/rights"]
    items.breaks.clear()
    assert desk.collect(now=MONDAY + 3 * HOUR)["rights"].state == "FULL"
    desk.source.asked.clear()
    assert desk.collect(now=MONDAY + 4 * HOUR)["rights"].state == "FULL"
    assert desk.source.paths("/sites/") == []
    assert {one.name for one in desk.table(Cursor)} == {"rights:seen", "rights:full"}


def test_a_parent_that_changed_after_it_was_read_is_asked_again(open_database: OpenStore) -> None:
    """Between the stop and the next run someone shared it."""
    items = Changing(100)
    desk = Desk(open_database, Source(items), CHANGING, OVER_CHANGES)
    items.breaks["s0080"] = Stopped("stop")
    desk.collect()
    items.breaks.clear()
    items.named = ["s0001"]
    items.rights = 4
    desk.source.asked.clear()
    assert desk.collect(now=MONDAY + HOUR)["rights"].state == "FULL"
    assert "/sites/s0001/rights" in desk.source.asked
    assert "/sites/s0002/rights" not in desk.source.asked
    assert ("s0001", "s0001-3") in desk.rows("rights", "site_id", "right_id")


# ---- killed, and two at once


def collecting(url: str, count: int, pause: float, now: float, result: Any, list_pause: float = 0) -> None:
    """In a process of its own: collect from the sites, slowly."""
    sites = Sites(count)
    sites.pause, sites.list_pause = pause, list_pause
    moment = MONDAY + timedelta(hours=now)

    def opening(datasets: Any) -> Any:
        return open_store(url, datasets, TENANT, "x", MONDAY)

    children.PARENTS = 10
    desk = Desk(opening, Batching(sites), SITES, RIGHTS, WHO)
    ended = desk.collect(now=moment)
    result.put((len(desk.source.paths("/rights")), {name: run.state for name, run in ended.items()}))
    desk.store.engine.dispose()


def child(*arguments: Any) -> Any:
    """A process that collects."""
    return multiprocessing.get_context("spawn").Process(target=collecting, args=arguments)


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.3, 0.8, 1.5])
def test_a_run_that_was_killed_is_taken_up_where_it_was(database: str, tmp_path: Path, after: float) -> None:
    """kill -9 leaves no time to write anything down; what was committed is there."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    store = open_store(database, [one.dataset for one in (SITES, RIGHTS, WHO)], TENANT, "x", MONDAY)
    victim = child(database, 600, 0.05, 0, results)
    victim.start()
    deadline = time.monotonic() + 30
    while not waiting_rows(store) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(after)
    os.kill(victim.pid, signal.SIGKILL)
    victim.join()

    heir = child(database, 600, 0.0, 1, results)
    heir.start()
    asked, states = results.get(timeout=60)
    heir.join()

    assert set(states.values()) == {"FULL"}
    assert asked < 600
    desk = Desk(lambda datasets: store, Source(Sites(600)), SITES, RIGHTS, WHO)
    assert stored(desk) == expected(Sites(600))
    store.engine.dispose()
    sys.stdout.write(f"killed after {after} s of reading: {asked} of 600 parents asked again\n")


def waiting_rows(store: Any) -> bool:
    """Whether a run has written something down."""
    with store.read() as session:
        return session.execute(select(store.stages["rights"]).limit(1)).first() is not None


@pytest.mark.slow
@pytest.mark.parametrize("list_pause", [0, 2], ids=["overtaken_once", "both_overtaken"])
def test_two_processes_at_once_give_the_exact_set(database: str, list_pause: float) -> None:
    """The later one goes on with what the first has read; the first sees that it was overtaken, and stops.

    Each may overtake the other at another connector: every connector is whole by one of them, if not by the same.
    """
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    open_store(database, [one.dataset for one in (SITES, RIGHTS, WHO)], TENANT, "x", MONDAY).engine.dispose()
    both = [child(database, 300, 0.01, 0, results, pause) for pause in (list_pause, 0)]
    for one in both:
        one.start()
        time.sleep(0.4)
    ended = [results.get(timeout=90)[1] for _ in both]
    for one in both:
        one.join()

    assert {name for states in ended for name, state in states.items() if state == "FULL"} == {"sites", "rights", "who"}
    store = open_store(database, [one.dataset for one in (SITES, RIGHTS, WHO)], TENANT, "x", MONDAY)
    desk = Desk(lambda datasets: store, Source(Sites(300)), SITES, RIGHTS, WHO)
    assert stored(desk) == expected(Sites(300))
    assert not [run for run in desk.table(Run) if run.state == "RUNNING"]
    assert desk.staged("rights") == desk.staged("who") == 0
    store.engine.dispose()


def test_a_run_that_is_overtaken_stops_at_once(open_database: OpenStore) -> None:
    """It need not ask two thousand sites for nothing."""
    sites = Sites(500)
    desk = desk_over(open_database, sites)
    desk.collect("sites")
    lock = threading.Lock()

    class Newcomer:
        """Another process that begins the same connector."""

        begun = False

        def step(self, name: str, done: int, total: int | None = None) -> None:
            with lock:
                if done > 50 and not self.begun:
                    self.begun = True
                    with desk.store.write() as session:
                        runs.start(session, desk.store, "rights", MONDAY, keep=True)

    run = desk.collect("rights", progress=Newcomer())["rights"]
    assert run.state == "FAILED"
    assert "another round" in runs.told(run, str)[0]
    assert len(desk.source.paths("/rights")) < 500
