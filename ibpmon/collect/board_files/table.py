"""The cells of a file under their heading, whatever kind of file it is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ibpmon.collect.board_files.headings import folded
from ibpmon.collect.board_files.reading import empty
from ibpmon.collect.board_files.values import Cell

TOP = 10  # lines in which the heading is looked for: some programs put a title above it

Row = tuple[int, "list[Cell] | None"]  # None: the cells do not fit under the heading


@dataclass(frozen=True, slots=True)
class Table:
    """The heading and the rows below it, each with the number that a person sees beside it."""

    heading: list[str]
    rows: list[Row]
    since_1904: bool = False


def best_heading(path: Path, first: Iterable[tuple[int, Sequence[str]]], wanted: Sequence[str]) -> int:
    """Which of the first lines is the heading: the one with most of what is looked for, else the first."""
    known = {folded(word) for word in wanted}
    scores = {number: len(known & {folded(cell) for cell in cells}) for number, cells in first}
    if not scores:
        raise empty(path)
    return max(scores, key=lambda number: (scores[number], -number))


def under(heading: Sequence[str], rows: Iterable[Row]) -> Iterator[Row]:
    """The rows with exactly as many cells as the heading; empty ones too many do no harm, empty rows are no rows."""
    for number, cells in rows:
        if cells is None:
            yield number, None
        elif any(cell != "" for cell in cells):
            fits = len(cells) >= len(heading) and all(cell == "" for cell in cells[len(heading) :])
            yield number, cells[: len(heading)] if fits else None
