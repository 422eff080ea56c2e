"""Access: every planted way explained and none invented, equal to a naive walk, and what a large board costs."""

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import NamedTuple
from uuid import uuid4

from benchmarks.figures import Figure, Measured, Measurement, Values
from benchmarks.review.boards import read_board
from ibpmon.demo.board.truth.access import WayIn, ways_in
from ibpmon.operate.rounds import workplace
from ibpmon.review.access import Access, Landscape, look, reach
from ibpmon.review.access import Path as Way
from ibpmon.store.database import open_store
from tests.access_tenants import unexplained, wrong_in_tenant
from tests.access_world import datasets
from tests.conftest import AT_ONCE, MONDAY, POSTGRES, TENANT, execute, postgres_runs

PLANTED = (
    Figure("review.planted_explained", "of planted ways", "== 1"),
    Figure("review.items_without_why", "items", "== 0"),
    Figure("review.invented", "ways", "== 0"),
    Figure("review.deepest_nesting", "groups", ">= 6"),
)
WALK = (Figure("review.differ_from_naive_walk", "rights", "== 0"),)
COST = (
    Figure("review.access_seconds", "s", "<= 60", "large"),
    Figure("review.access_memory", "MiB", "<= 500", "large"),
    Figure("review.growth_exponent", "exponent", "<= 1.1", "board to large"),
)
BOARDS, QUICK_BOARDS = (("board", range(1, 4)), ("small", range(1, 3)))
TENANTS, QUICK_TENANTS = 1000, 100
SIZES, QUICK_SIZES = ("board", "large"), ("small", "board")
TRIES = 3


# ---------------------------------------------------------------- planted ways


class Found(NamedTuple):
    """What was found on one board, beside what is true there."""

    truth: set[WayIn]
    told: set[WayIn]
    without_why: list[str]


def measure_planted(full: bool) -> Values:
    """The ways of every board, by its truth and by the engine."""
    size, seeds = ("board", BOARDS[1]) if full else QUICK_BOARDS
    boards = [found_on(size, seed) for seed in seeds]
    truth, explained = sum(len(one.truth) for one in boards), sum(len(one.truth & one.told) for one in boards)
    missed = [way for one in boards for way in sorted(one.truth - one.told)]
    invented = [way for one in boards for way in sorted(one.told - one.truth)]
    without = [item for one in boards for item in one.without_why]
    deepest = max(len(way.groups) for one in boards for way in one.truth & one.told)
    named = f"{size}, seeds {seeds.start} to {seeds.stop - 1}"
    return {
        "review.planted_explained": Measured(explained / truth, f"{explained} of {truth}; {missed[:3]}", size=named),
        "review.items_without_why": Measured(len(without), "; ".join(without[:5]) or "none", size=named),
        "review.invented": Measured(len(invented), f"{invented[:3]}", size=named),
        "review.deepest_nesting": Measured(deepest, "groups on one way", size=named),
    }


def found_on(size: str, seed: int) -> Found:
    """One board, read by the real collector."""
    with read_board(size, seed) as (config, board):
        truth, now = set(ways_in(board)), board.now
        with workplace(config, lambda: now) as place, place.store.read() as session:
            landscape = look(session, place.store, now)
    items = [item for resource in landscape.resources for item in reach(landscape, resource)]
    asked = [item for item in items if item.resource.kind != "application"]
    told = {way for item in asked if item.right for way in ways_of(item)}
    return Found({plain(way) for way in truth}, told, [why for item in items if (why := unexplained(item))])


def ways_of(item: Access) -> Iterator[WayIn]:
    """The paths of one item in the words of the truth."""
    for path in item.paths:
        place, who = (item.resource.kind, item.resource.id), (item.principal.kind, item.principal.id)
        yield plain(WayIn(place, who, path.right or "", tuple(one.id for one in path.groups), *spot_of(item, path)))


def spot_of(item: Access, path: Way) -> tuple[str, str]:
    """The library and the item that a path ends in."""
    at = path.edges[-1].target if path.edges and item.resource.kind == "site" else item.resource.id
    spot, _slash, inner = ("", "", "") if at == item.resource.id else at.partition("/")
    return spot, inner


def plain(way: WayIn) -> WayIn:
    """One way of writing: who owns a group comes through no group, and an app has no libraries."""
    owned = way.place[0] == "group" and way.right == "owner"
    return way._replace(groups=() if owned else way.groups, spot="" if way.place[0] == "app" else way.spot)


# ---------------------------------------------------------------- the naive walk


def measure_walk(full: bool) -> Values:
    """Random tenants on both databases, each a board of its own."""
    number, wrong, names = TENANTS if full else QUICK_TENANTS, list[str](), list[str]()
    with tempfile.TemporaryDirectory() as folder:
        for name, url in databases(Path(folder)):
            store = open_store(url, datasets(), TENANT, "Waaier", MONDAY)
            for seed in range(number):
                wrong += wrong_in_tenant(store, seed)
            store.engine.dispose()
            names.append(name)
    note = f"{'; '.join(wrong[:5]) or 'none'}; on {' and '.join(names)}"
    return {WALK[0].figure: Measured(len(wrong), note, size=f"{number} tenants")}


def databases(folder: Path) -> Iterator[tuple[str, str]]:
    """SQLite, and PostgreSQL where it runs, in a schema that is gone afterwards."""
    yield "SQLite", f"sqlite:///{folder}/ibpmon.db"
    if postgres_runs():
        schema = f"figures_{uuid4().hex}"
        execute(f"CREATE SCHEMA {schema}")
        try:
            yield "PostgreSQL", f"{POSTGRES}?options=-csearch_path%3D{schema}{AT_ONCE}"
        finally:
            execute(f"DROP SCHEMA {schema} CASCADE")


# ---------------------------------------------------------------- what it costs


class Cost(NamedTuple):
    """What one size costs."""

    items: int
    seconds: float
    mebibytes: float


def measure_cost(full: bool) -> Values:
    """Two sizes, each in processes of their own; the exponent over the number of items."""
    sizes = SIZES if full else QUICK_SIZES
    low, high = (cost_of(size) for size in sizes)
    exponent = math.log(high.seconds / low.seconds) / math.log(high.items / low.items)
    told = f"{low.items} items in {low.seconds:.1f} s, {high.items} in {high.seconds:.1f} s"
    return {
        "review.access_seconds": Measured(round(high.seconds, 2), f"{high.items} items", TRIES, sizes[1]),
        "review.access_memory": Measured(round(high.mebibytes), "peak of the process", TRIES, sizes[1]),
        "review.growth_exponent": Measured(round(exponent, 2), told, TRIES, " to ".join(sizes)),
    }


def cost_of(size: str) -> Cost:
    """The median time and the highest memory of some runs."""
    with read_board(size, 1) as (config, _board):
        runs = [Cost(*json.loads(run_once(config))) for _ in range(TRIES)]
    return Cost(runs[0].items, median(run.seconds for run in runs), max(run.mebibytes for run in runs))


def run_once(config: Path) -> str:
    """One look in a process of its own, so that its memory is only its own."""
    command = [sys.executable, "-m", "benchmarks.review.access", str(config)]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ).stdout


def main() -> None:
    """Who reaches what on a stored board, every item judged by its right: how many, how long, how much memory."""
    now = datetime.now(UTC)
    with workplace(Path(sys.argv[1]), lambda: now) as place:
        begun = datetime.now(UTC)
        with place.store.read() as session:
            landscape: Landscape = look(session, place.store, now)
        items = sum(len(reach(landscape, resource)) for resource in landscape.resources)
        seconds = (datetime.now(UTC) - begun).total_seconds()
    peak = next(line for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if "VmHWM" in line)
    sys.stdout.write(json.dumps([items, seconds, int(peak.split()[1]) / 1024]))


MEASUREMENTS = (
    Measurement(PLANTED, measure_planted),
    Measurement(WALK, measure_walk),
    Measurement(COST, measure_cost),
)

if __name__ == "__main__":
    main()
