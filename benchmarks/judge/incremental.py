"""What a thousand new sign-ins cost beside a pass over all of them, however many are stored; and late ones."""

import random
import statistics
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import select

from benchmarks.figures import Figure, Measured, Measurement, Values
from benchmarks.judge.world import END, SECOND, Row, World, events, fill, world
from ibpmon.judge.evaluate import evaluate
from ibpmon.judge.rule import Rule
from ibpmon.store.tables import Finding

NEW = 1_000
TRIES = 7
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


def costs(size: int) -> tuple[float, list[float], int]:
    """With so many stored: the time of the first pass over all, that of each thousand after it, and how many rules."""
    coming = events(size + (TRIES + 1) * NEW)
    with world(islice(coming, size)) as here:
        rules, each = rules_of(here), list[float]()
        whole, last = seconds_of(rules, here), size
        for _try in range(TRIES + 1):
            last = fill(str(here.path), islice(coming, NEW), last + 1)
            each.append(seconds_of(rules, here))
        return whole, each[1:], len(rules)  # the first one still fills the caches


def measure_costs(full: bool) -> Values:
    """1,000,000 sign-ins beside a fifth of them; in full beside 5,000,000."""
    sizes = (COMPARED, 5 * COMPARED) if full else (COMPARED // 5, COMPARED)
    found = {size: costs(size) for size in sizes}
    small, large = (statistics.median(found[size][1]) for size in sizes)
    whole, each, count = found[COMPARED]
    ours = statistics.median(each)
    note = f"{count} rules: {ours * 1000:.0f} ms of CPU for {NEW:,} new, {whole * 1000:.0f} ms for all"
    growth = f"CPU for {NEW:,} new: {small * 1000:.0f} ms at {sizes[0]:,}, {large * 1000:.0f} ms at {sizes[1]:,} stored"
    return {
        "incremental.share_of_full_pass": Measured(round(ours / whole, 4), note, TRIES),
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
