"""A figure as it must be reported, and how one is measured."""

import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Compare = Callable[[float, float], bool]
COMPARISONS: dict[str, Compare] = {
    "<=": lambda value, bar: value <= bar,
    ">=": lambda value, bar: value >= bar,
    "==": lambda value, bar: value == bar,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as it must be reported; `bar` is empty where only the number is asked."""

    figure: str
    unit: str
    bar: str = ""
    size: str = ""

    def line(self, measured: "Measured", mode: str) -> "Line":
        """The measured figure; what was not measured does not hold."""
        value, size = measured.value, measured.size or self.size
        holds = self.holds(value)
        return Line(self.figure, value, self.unit, self.bar, holds, size, mode, measured.tries, measured.note)

    def holds(self, value: float | None) -> bool:
        """Whether the value is on the right side of the bar."""
        if value is None:
            return False
        if not self.bar:
            return True
        sign, bar = self.bar.split()
        return COMPARISONS[sign](value, float(bar))


class Measured(NamedTuple):
    """What a measurement gave for one figure; `size` where it was not the one that the figure names."""

    value: float | None
    note: str = ""
    tries: int = 1
    size: str = ""


Values = dict[str, Measured]


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line."""

    figure: str
    value: float | None
    unit: str
    bar: str
    holds: bool
    size: str
    mode: str
    tries: int
    note: str


@dataclass(frozen=True, slots=True)
class Measurement:
    """One way of measuring: the figures it must give, and the function that gives a value (and note) for each."""

    figures: Sequence[Figure]
    measure: Callable[[bool], Values]


def run(measurements: Sequence[Measurement], full: bool) -> Iterator[Line]:
    """Every figure exactly once; one that could not be measured says why and does not hold."""
    mode = "full" if full else "quick"
    for measurement in measurements:
        try:
            values, failure = measurement.measure(full), "not measured"
        except Exception as error:  # noqa: BLE001 - a broken measurement is a figure that does not hold, not the end
            traceback.print_exc(file=sys.stderr)
            values, failure = {}, f"not measured: {type(error).__name__}: {error}"
        for figure in measurement.figures:
            yield figure.line(values.get(figure.figure, Measured(None, failure, 0)), mode)
