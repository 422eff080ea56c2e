"""Every sheet of a file as one square of texts, for tables that no heading describes; merged cells all say the same."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ibpmon.collect.board_files.reading import LARGEST, Content, half
from ibpmon.collect.board_files.text import decode, divide
from ibpmon.collect.board_files.values import Cell, Unusable, plain, words_of
from ibpmon.collect.board_files.workbook import opened_book, repacked, sheets, without_formulas
from ibpmon.errors import ContentError
from ibpmon.language import N_

MOST_CELLS = 200_000  # of one square: 200 roles on 1,000 places
MOST_IN_ALL = 1_000_000  # of all squares together
MOST_SHEETS = 200
BAD = "\0"  # in front of the reason why a cell cannot be read: no text of a cell holds this sign


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, and its cells from A1 on as texts."""

    name: str
    rows: list[list[str]]

    def at(self, row: int, column: int) -> str:
        """One cell; empty beside and below all that is there."""
        return self.rows[row][column] if row < len(self.rows) and column < len(self.rows[row]) else ""


def place_of(row: int, column: int) -> str:
    """A cell as people call it: B7."""
    letters, number = "", column + 1
    while number:
        number, left = divmod(number - 1, 26)
        letters = chr(65 + left) + letters
    return f"{letters}{row + 1}"


def read_sheets(content: Content) -> tuple[list[Sheet], list[str]]:
    """All sheets that people see, and the names of those that are hidden; a CSV is one sheet, named after its file."""
    if content.is_workbook:
        return workbook_sheets(content.path, repacked(content.path, content.raw)[0])
    delimiter, lines = divide(decode(content.path, content.raw, ""), ())
    refuse_size(content.path, len(lines), max(line.count(delimiter) + 1 for line in lines))
    csv.field_size_limit(LARGEST)
    try:
        rows = list(csv.reader(io.StringIO("\n".join(lines), newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise half(content.path) from None
    return [Sheet(content.path.stem, squared(rows))], []


def workbook_sheets(path: Path, packed: bytes) -> tuple[list[Sheet], list[str]]:
    """The sheets of a workbook that was looked at and packed anew."""
    with opened_book(path, packed) as workbook:
        seen = list(sheets(workbook))
        if len(seen) > MOST_SHEETS:
            raise too_large(path)
        hidden = [name for name in workbook.sheet_names if name not in seen]
        return [one_sheet(path, found) for found in weighed(path, workbook, seen)], hidden


def all_cells(content: Content) -> tuple[dict[str, list[list[Cell]]], bool]:
    """The cells of every sheet from A1 on as a spreadsheet keeps them, hidden sheets too; a formula is a mark.

    And whether its days count from 1904.
    """
    from python_calamine import SheetTypeEnum

    packed, since_1904 = repacked(content.path, content.raw, without_formulas)
    with opened_book(content.path, packed) as workbook:
        names = [one.name for one in workbook.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
        if len(names) > MOST_SHEETS:
            raise too_large(content.path)
        found = weighed(content.path, workbook, names)
        return {one.name: one.to_python(skip_empty_area=False) for one in found}, since_1904


def weighed(path: Path, workbook: Any, names: Iterable[str]) -> Iterator[Any]:
    """The sheets one by one: the next is not unpacked before the one in hand was found to be small enough."""
    total = 0
    for name in names:
        found = workbook.get_sheet_by_name(name)
        height, width = found.total_height + 1, found.total_width + 1  # the reader gives the last row, counted from 0
        refuse_size(path, height, width)
        total += height * width
        if total > MOST_IN_ALL:
            raise too_large(path)
        yield found


def one_sheet(path: Path, found: Any) -> Sheet:
    """The cells of one sheet, with what was merged told in each cell of it."""
    rows = squared(found.to_python(skip_empty_area=False))
    spread(path, rows, found.merged_cell_ranges or ())
    return Sheet(found.name, rows)


def spread(path: Path, rows: list[list[str]], merged: Iterable[Any]) -> None:
    """Say what stands in the first of some merged cells in all of them."""
    left = MOST_CELLS  # merged cells that lie over each other are no work of a spreadsheet program
    for (top, first), (bottom, last) in merged:
        below, beside = min(bottom + 1, len(rows)), min(last + 1, len(rows[0]) if rows else 0)
        left -= max(0, below - top) * max(0, beside - first) + 1
        if left < 0:
            raise too_large(path)
        for row in range(top, below):
            for column in range(first, beside):
                rows[row][column] = rows[top][first]


def squared(rows: Iterable[Sequence[Cell]]) -> list[list[str]]:
    """The cells as texts, in rows that are equally long."""
    found = [[text_of(cell) for cell in row] for row in rows]
    width = max((len(row) for row in found), default=0)
    return [[*row, *[""] * (width - len(row))] for row in found]


def text_of(cell: Cell) -> str:
    """A cell as someone would type it; the reason why not, behind a mark, when it cannot be read."""
    try:
        return words_of(plain(cell)).strip()
    except Unusable as reason:
        return f"{BAD}{reason}"


def refuse_size(path: Path, height: int, width: int) -> None:
    """A table that people read fits on a wall."""
    if height * width > MOST_CELLS:
        raise too_large(path)


def too_large(path: Path) -> ContentError:
    """More cells or sheets than anyone reads."""
    return ContentError(
        N_("the table in {path} is too large"),
        why=N_("a sheet has more than {cells} cells, all more than {all}, or the file more than {sheets} sheets"),
        fix=N_("keep only the sheets and cells of the table, without cells far below or beside it, and save it again"),
        path=path,
        cells=MOST_CELLS,
        all=MOST_IN_ALL,
        sheets=MOST_SHEETS,
    )
