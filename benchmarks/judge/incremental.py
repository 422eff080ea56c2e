"""What a thousand new sign-ins cost beside a pass over all of them, however many are stored; and late ones."""

import random
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import select

from benchmarks.figures import Figure, Measured, Measurement, Values
from benchmarks.judge.world import END, SECOND, Row, World, events, fill, world
from ibpmon.judge.evaluate import evaluate
from ibpmon.judge.rule import Rule
from ibpmon.store.tables import Finding

NEW = 1_000
TRIES = 15
COMPARED = 1_000_000  # sign-ins, where a pass over all of them is measured too
LATE, LATEST = 0.05, 2 * 3600  # which part of the events is late, and how late, in seconds
CHUNKS = {False: 60, True: 300}
FIGURES = (
    Figure("incremental.share_of_full_pass", "share", "<= 0.01", f"{COMPARED:,} sign-ins"),
    Figure("incremental.growth", "ratio", "<= 1.25"),
    Figure("incremental.findings_differing_with_late_events", "findings", "== 0"),
)
Told = tuple[Any, ...]


def rules_of(here: World) -> list[Rule]:
    """Every rule that sign-ins can make a difference to: those that are shipped, and those of the measurements."""
    return [rule for rule in here.rules if rule.time and "sign-ins" in rule.services]


def seconds_of(rules: list[Rule], here: World) -> float:
    """The processor's time of one round of judging."""
    begun = time.process_time()
    evaluate(rules, here.store, END)
    return time.process_time() - begun


@dataclass(slots=True)
class Side:
    """One store with the sign-ins that still come in, and what its rounds cost."""

    here: World
    coming: Iterator[Row]
    last: int
    whole: float = 0.0
    each: list[float] = field(default_factory=list)

    def go_on(self) -> None:
        """A thousand more, and a round over them."""
        self.last = fill(str(self.here.path), islice(self.coming, NEW), self.last + 1)
        self.each.append(seconds_of(rules_of(self.here), self.here))


def costs(sizes: Sequence[int]) -> list[Side]:
    """The time of the first pass over all, and that of each thousand after it.

    The stores take turns, so that what else the machine does weighs on both alike.
    """
    with ExitStack() as stack:
        sides = []
        for size in sizes:
            coming = events(size + (TRIES + 1) * NEW)
            side = Side(stack.enter_context(world(islice(coming, size))), coming, size)
            side.whole = seconds_of(rules_of(side.here), side.here)
            sides.append(side)
        for _try in range(TRIES + 1):
            for side in sides:
                side.go_on()
        for side in sides:
            del side.each[0]  # the first one still fills the caches
        return sides


def measure_costs(full: bool) -> Values:
    """1,000,000 sign-ins beside a fifth of them; in full beside 5,000,000."""
    sizes = (COMPARED, 5 * COMPARED) if full else (COMPARED // 5, COMPARED)
    sides = dict(zip(sizes, costs(sizes), strict=True))
    small, large = (statistics.median(side.each) for side in sides.values())
    compared = sides[COMPARED]
    ours = statistics.median(compared.each)
    note = f"{len(rules_of(compared.here))} rules: {ours * 1000:.0f} ms of CPU for {NEW:,} new"
    note += f", {compared.whole * 1000:.0f} ms for all"
    growth = f"CPU for {NEW:,} new: {small * 1000:.0f} ms at {sizes[0]:,}, {large * 1000:.0f} ms at {sizes[1]:,} stored"
    return {
        "incremental.share_of_full_pass": Measured(round(ours / compared.whole, 4), note, TRIES),
        "incremental.growth": Measured(round(large / small, 2), growth, TRIES, f"{sizes[1]:,} sign-ins"),
    }


# ---- late events


def as_they_arrive(rows: Iterable[Row], seed: int) -> list[Row]:
    """These events in the order in which they come in: some are late."""
    chance = random.Random(seed)
    delays = ((chance.random() < LATE) * chance.randrange(LATEST) * SECOND for _row in iter(int, 1))
    return [row for _at, row in sorted(((row[2] + delay, row) for row, delay in zip(rows, delays, strict=False)))]


def told(here: World) -> Iterator[Told]:
    """All that was found."""
    with here.store.read() as session:
        for one in session.scalars(select(Finding)):
            yield (
                one.rule, one.subject, one.object, one.window_start, one.window_end, one.count, one.level,
                one.gone_at is None, tuple(sorted(one.evidence.items())),
            )  # fmt: skip


def measure_late(full: bool) -> Values:
    """In pieces, as they arrive, beside all at once."""
    seed = random.randrange(2**32)
    rows = as_they_arrive(events(CHUNKS[full] * NEW, seed), seed)
    with world(rows) as here:
        evaluate(rules_of(here), here.store, END)
        wanted = set(told(here))
    with world(()) as here:
        for start in range(0, len(rows), NEW):
            fill(str(here.path), rows[start : start + NEW], start + 1)
            evaluate(rules_of(here), here.store, END)
        found = set(told(here))
    note = f"seed {seed}: {len(wanted):,} found in {len(rows):,} sign-ins" + "".join(
        f"; {one}" for one in sorted(wanted ^ found, key=str)[:2]
    )
    size = f"{CHUNKS[full]} times {NEW:,} sign-ins"
    # Nothing found at all would be no comparison.
    differing = len(wanted ^ found) if wanted else None
    return {"incremental.findings_differing_with_late_events": Measured(differing, note, size=size)}


MEASUREMENTS = (Measurement(FIGURES[:2], measure_costs), Measurement(FIGURES[2:], measure_late))
