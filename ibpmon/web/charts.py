"""Charts as values: where each bar and each point of a line stands, for a template to draw.

What is not known has no bar and no point, and a line ends before it and begins anew after it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

WIDE, HIGH, FOOT, HEAD, LEFT = 360, 200, 28, 20, 34


@dataclass(frozen=True, slots=True)
class Spot:
    """One value in a chart; `value` None is a hole."""

    label: str
    value: int | None
    x: float
    y: float
    high: float


@dataclass(frozen=True, slots=True)
class Series:
    """One row of values: its name, the class that gives its colour, and its places."""

    name: str
    look: str
    spots: Sequence[Spot]

    @property
    def runs(self) -> list[str]:
        """The line as pieces without a hole in them, as an SVG wants its points."""
        pieces = (list(some) for known, some in groupby(self.spots, key=lambda one: one.value is not None) if known)
        return [" ".join(f"{one.x:.1f},{one.y:.1f}" for one in piece) for piece in pieces if len(piece) > 1]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of one or more rows over the same weeks."""

    key: str
    title: str
    summary: str
    labels: Sequence[str]
    series: Sequence[Series]
    grid: Sequence[tuple[int, float]]  # number and height of each line behind it
    slot: float
    is_line: bool
    wide: int = WIDE
    high: int = HIGH
    left: int = LEFT
    bottom: float = HIGH - FOOT

    @property
    def holes(self) -> list[float]:
        """Where nothing is known."""
        first = self.series[0].spots
        return [self.left + self.slot * number for number, one in enumerate(first) if one.value is None]

    @property
    def rows(self) -> Iterator[tuple[str, list[int | None]]]:
        """The same as a table: a label, and the value of each row."""
        for number, label in enumerate(self.labels):
            yield label, [one.spots[number].value for one in self.series]


Given = Sequence[tuple[str, str, Sequence[int | None]]]  # name, look and values


def chart(key: str, title: str, summary: str, labels: Sequence[str], given: Given, *, is_line: bool = False) -> Chart:
    """Place everything."""
    top = ceiling(max((one for _name, _look, values in given for one in values if one is not None), default=0))
    slot = (WIDE - LEFT) / max(len(labels), 1)
    series = [
        Series(name, look, [spot(label, value, number, place, len(given), slot, top, is_line)
                            for number, (label, value) in enumerate(zip(labels, values, strict=True))])
        for place, (name, look, values) in enumerate(given)
    ]  # fmt: skip
    grid = [(number, height(number, top)) for number in (0, top // 2, top)]
    return Chart(key, title, summary, labels, series, grid, slot, is_line)


def spot(
    label: str, value: int | None, number: int, place: int, rows: int, slot: float, top: int, is_line: bool
) -> Spot:
    """One value: in the middle of its week, or as one of the bars of that week."""
    wide = slot / (rows + 1)
    x = LEFT + slot * number + (slot / 2 if is_line else wide / 2 + wide * place)
    y = height(value or 0, top)
    return Spot(label, value, x, y, HIGH - FOOT - y)


def height(value: int, top: int) -> float:
    """Where a number stands, from above."""
    return HEAD + (HIGH - FOOT - HEAD) * (1 - value / top)


def ceiling(highest: int) -> int:
    """The round and even number at the top of the scale."""
    size = int(10 ** (len(str(highest)) - 1))
    return next(size * step for step in (2, 4, 6, 8, 10, 20) if size * step >= max(highest, 1))
