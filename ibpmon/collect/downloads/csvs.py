"""A CSV file as a heading and rows, one at a time, whatever its delimiter and quoting."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from ibpmon.collect.downloads import headings, kinds

DELIMITERS = (",", ";", "\t")
LONGEST = 4 * 1024 * 1024  # characters of one value
FIRST = 64 * 1024  # of the heading


class Broken(Exception):
    """A quote is never closed, or the file stops in a row."""


class Mixed(Exception):
    """Another heading stands among the rows: two files were put behind each other."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row: where it begins, and its cells; None when it has another number of cells than the heading."""

    number: int
    cells: list[str] | None


def heading_of(source: TextIO) -> tuple[str, list[str]]:
    """The delimiter and the headings; a line as `sep=;` in front of them is Excel's own."""
    text = source.read(FIRST)
    lines = [line for line in re.split(r"\r\n|\n|\r", text) if line.strip("\ufeff \t;,")]
    if lines and re.fullmatch(r"\ufeff?sep=.", lines[0].strip()):
        del lines[0]
    if not lines:
        return ",", []
    tried = {delimiter: cells_of(lines[0], delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: (known(tried[delimiter]), len(tried[delimiter])))
    return best, tried[best]


def known(cells: Sequence[str]) -> int:
    """How many headings of this row any kind of download has."""
    return max(len(headings.find(family, cells)) for family in headings.FAMILIES)


def cells_of(line: str, delimiter: str) -> list[str]:
    """The cells of one line."""
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return [line]


def rows(source: TextIO, delimiter: str, heading: Sequence[str]) -> Iterator[Line]:
    """Each row below the heading. A repeated heading is passed by; one of another kind is Mixed.

    A row that is too short is only known to be the last when nothing follows: then the file was cut off there.
    """
    waiting: Line | None = None
    for line in numbered(source, delimiter, heading):
        if waiting:
            yield waiting
        waiting = line
    if waiting and waiting.cells is None:
        raise Broken
    if waiting:
        yield waiting


def numbered(source: TextIO, delimiter: str, heading: Sequence[str]) -> Iterator[Line]:
    """The rows with the line on which each begins, from the first one below the heading."""
    csv.field_size_limit(LONGEST)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    begun, next_line = False, 1
    try:
        for cells in reader:
            at, next_line = next_line, reader.line_num + 1
            if is_heading(cells, heading):
                begun = True
            elif begun and any(cells):
                yield Line(at, fitted(cells, len(heading)))
    except csv.Error:
        raise Broken from None


def is_heading(cells: Sequence[str], heading: Sequence[str]) -> bool:
    """Whether this row is the heading, again or for the first time; Mixed for the heading of another file.

    Only a row whose first cell looks like a heading is looked at in full: there may be a quarter of a million rows.
    """
    first = headings.folded(cells[0]) if cells else ""
    if first == headings.folded(heading[0]):
        return [headings.folded(cell) for cell in cells] == [headings.folded(cell) for cell in heading]
    if first in headings.KNOWN and kinds.family_of(cells):
        raise Mixed
    return False


def fitted(cells: list[str], width: int) -> list[str] | None:
    """As many cells as the heading has; empty ones too many do no harm."""
    if len(cells) < width or any(cell.strip() for cell in cells[width:]):
        return None
    return cells[:width]
