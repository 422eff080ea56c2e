"""Windows of time over the events of one key: which of them count, and what they are together.

A window begins at an event and lasts the timespan, both ends included. Windows of one key that overlap or touch are
one episode. A part that is itself a correlation counts where all of it lies in the window.
"""

from bisect import bisect_left, bisect_right
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from ibpmon.judge.rule import Correlation, Search
from ibpmon.store.tables import MICROSECOND

Key = tuple[str, ...]


class Hit(NamedTuple):
    """One event that answers a search."""

    moment: int
    seq: int
    part: str  # the name of the search
    values: Mapping[str, Any]  # of the fields by which is grouped, and of those that are counted
    fields: Any  # the row that it came from
    rank: int  # in the order of LEVELS: what it weighs


class Item(NamedTuple):
    """What a correlation counts: an event, or a whole match of a correlation under it."""

    start: int
    end: int
    value: Any


class Window(NamedTuple):
    """A window that counts: its first event, when it held enough, its last event, and how much it holds."""

    start: int
    enough: int
    end: int
    size: int


# ---- the windows of one key


def runs(node: Correlation, hits: Sequence[Hit]) -> list[list[Window]]:
    """The windows of one key that count, together where they overlap or touch; `hits` are in order of time."""
    own = [hit for hit in hits if hit.part in node.keys]
    span, joined = span_of(node), list[list[Window]]()
    for window in MAKERS[node.kind](node, own):
        if joined and window.start <= joined[-1][-1].start + span:
            joined[-1].append(window)
        else:
            joined.append([window])
    return [run for run in joined if node.most is None or all(window.size <= node.most for window in run)]


def span_of(node: Correlation) -> int:
    """The timespan in the unit of the database."""
    return node.span // MICROSECOND


def grouped(node: Correlation, hits: Iterable[Hit]) -> dict[Key, list[Hit]]:
    """The hits of a correlation by its key; those that lack a part of the key are left out."""
    by_key = defaultdict[Key, list[Hit]](list)
    for hit in hits:
        if hit.part in node.keys:
            key = tuple(hit.values[field] for field in node.keys[hit.part])
            if all(key):
                by_key[key].append(hit)
    return by_key


def items(node: Correlation, part: Search | Correlation, hits: Sequence[Hit]) -> list[Item]:
    """What one part of a correlation brings to it."""
    if isinstance(part, Search):
        mine = (hit for hit in hits if hit.part == part.name)
        return [Item(hit.moment, hit.moment, value_of(node, hit, (part.name, n))) for n, hit in enumerate(mine)]
    found = []
    for key, own in grouped(part, hits).items():
        for number, run in enumerate(runs(part, own)):
            value = value_of(node, own[0], (part.name, key, number))
            found += [Item(window.start, window.enough, value) for window in run]
    return found


def value_of(node: Correlation, hit: Hit, number: Any) -> Any:
    """What is counted: different values of a field, or each event (or episode) for itself."""
    return hit.values[node.counted[hit.part]] if node.distinct else number


# ---- counting


def counted_windows(node: Correlation, hits: Sequence[Hit]) -> Iterator[Window]:
    """The windows that hold at least so many."""
    found = [item for part in node.of for item in items(node, part, hits)]
    moments, span = [hit.moment for hit in hits], span_of(node)
    inside, sooner = Sliding(found), Sliding(found)
    for start in sorted({item.start for item in found}):
        inside.begin(start)
        inside.until(start + span)
        if inside.size >= node.least:
            last = moments[bisect_right(moments, start + span) - 1]
            sooner.begin(start)
            yield Window(start, sooner.enough(node.least), last, inside.size)


class Sliding:
    """The items that lie wholly between two moments, both of which only move on."""

    def __init__(self, found: Sequence[Item]) -> None:
        self.by_start = sorted(found, key=lambda item: item.start)
        self.by_end = sorted(found, key=lambda item: item.end)
        self.first = self.next = 0
        self.start = self.end = -(2**63)
        self.values = Tally[Any]()

    @property
    def size(self) -> int:
        """How many different values are inside; an absent value is none."""
        return len(self.values) - (None in self.values)

    def begin(self, start: int) -> None:
        """Leave out what begins before this moment."""
        while self.first < len(self.by_start) and self.by_start[self.first].start < start:
            item = self.by_start[self.first]
            self.first += 1
            if item.end <= self.end and item.start >= self.start:
                self.drop(item)
        self.start = start

    def drop(self, item: Item) -> None:
        """Take one item out."""
        self.values[item.value] -= 1
        if not self.values[item.value]:
            del self.values[item.value]

    def until(self, end: int) -> None:
        """Take in what ends by this moment."""
        while self.next < len(self.by_end) and self.by_end[self.next].end <= end:
            self.take()
        self.end = max(self.end, end)

    def enough(self, least: int) -> int:
        """The moment at which there are so many."""
        while self.size < least:
            self.until(self.by_end[self.next].end)
        return self.end

    def take(self) -> None:
        """Take in the item that ends next."""
        item = self.by_end[self.next]
        self.next += 1
        if item.start >= self.start:
            self.values[item.value] += 1


# ---- together, and in order


class Part:
    """The items of one part, to be asked what comes after a moment."""

    def __init__(self, found: Iterable[Item]) -> None:
        by_start = sorted(found, key=lambda item: item.start)
        self.by_end = sorted(by_start, key=lambda item: item.end)
        self.starts = [item.start for item in by_start]
        self.ends = [item.end for item in self.by_end]
        self.soonest = list(accumulate((item.end for item in reversed(by_start)), min))[::-1]  # of it and all after it

    def done(self, after: int) -> int | None:
        """When the first item that begins at or after this moment is over."""
        place = bisect_left(self.starts, after)
        return self.soonest[place] if place < len(self.soonest) else None

    def last(self, after: int, end: int) -> int:
        """The last end, not after `end`, of an item that begins at or after a moment; one must be there."""
        place = bisect_right(self.ends, end) - 1
        while self.by_end[place].start < after:
            place -= 1
        return self.ends[place]


def windows_together(node: Correlation, hits: Sequence[Hit]) -> Iterator[Window]:
    """The windows in which each part happens."""
    parts = [Part(items(node, part, hits)) for part in node.of]
    moments, span = [hit.moment for hit in hits], span_of(node)
    for start in sorted({start for part in parts for start in part.starts}):
        ends = [part.done(start) for part in parts]
        enough = max((end for end in ends if end is not None), default=0)
        if None not in ends and enough <= start + span:
            yield Window(start, enough, moments[bisect_right(moments, start + span) - 1], len(parts))


def windows_in_order(node: Correlation, hits: Sequence[Hit]) -> Iterator[Window]:
    """The windows in which the parts follow each other; at the same moment counts as in order."""
    first, *later = [Part(items(node, part, hits)) for part in node.of]
    span = span_of(node)
    for start in sorted(set(first.starts)):
        after, enough = start, first.done(start)
        for part in later:
            if enough is not None:
                after, enough = enough, part.done(enough)
        if enough is not None and enough <= start + span:
            yield Window(start, enough, later[-1].last(after, start + span), len(node.of))


MAKERS = {
    "event_count": counted_windows,
    "value_count": counted_windows,
    "temporal": windows_together,
    "temporal_ordered": windows_in_order,
}
