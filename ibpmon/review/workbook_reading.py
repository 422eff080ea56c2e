"""Reads a workbook of a review that came back: what each row is about, what it shows, and what was filled in.

Programs save the same workbook in different ways: rows are sorted, empty rows come along, dates turn into numbers. So a
row is known by what it carries, and a column by its heading. Nothing is judged here but the form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ibpmon.collect.board_files.reading import Content
from ibpmon.collect.board_files.reading import content as bytes_of
from ibpmon.collect.board_files.sheets import all_cells
from ibpmon.collect.board_files.values import UNCALCULATED, Cell, Unusable, Way, plain, value, words_of
from ibpmon.collect.matching import folded
from ibpmon.errors import IbpmonError, RefusedError
from ibpmon.language import LANGUAGES, N_, _, catalogue
from ibpmon.review.workbook import ANSWERS, FACTS, KEPT, KEY, Head
from ibpmon.review.workbook import plain as squeezed
from ibpmon.store.collected import Field
from ibpmon.store.tables import aware

AGAIN = N_("use the file that 'ibpmon review workbook write' made, fill in only the yellow cells, and save it as XLSX")
HALF_SECOND = timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it came back."""

    sheet: str
    row: int  # as the program numbers it
    kind: str
    key: str
    seen: int
    hash: str
    seal: str
    facts: tuple[str, ...]
    cells: Mapping[str, Cell]  # as ANSWERS names them

    @property
    def name(self) -> str:
        """How it is told from the others."""
        return f"{self.kind} {self.key}"

    @property
    def where(self) -> str:
        """Where it stands, for a person."""
        return _("{sheet}, row {row} ({what})").format(sheet=self.sheet, row=self.row, what=called(self.kind, self.key))


def called(kind: str, key: str) -> str:
    """What a row is about, for a person."""
    return (_("item {key}") if kind == "item" else _("rule {key}")).format(key=key)


@dataclass(slots=True)
class Returned:
    """A workbook that came back."""

    path: Path
    head: Head
    seal: str
    names: Sequence[str]  # the rows that it had when it went out
    since_1904: bool = False
    lines: list[Line] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def returned(path: Path) -> Returned:
    """The workbook in a file; RefusedError when it is no workbook of a review."""
    try:
        sheets, since_1904 = all_cells(workbook_in(path))
    except RefusedError:
        raise
    except IbpmonError as error:
        raise RefusedError(error.what, why=error.why, fix=AGAIN, **error.values) from None
    found = Returned(path, *kept_in(path, sheets.pop(KEPT, [])), since_1904)
    for name, rows in sheets.items():
        take_sheet(found, name, rows)
    return found


def workbook_in(path: Path) -> Content:
    """The bytes of the file, when it may be a workbook at all."""
    found = bytes_of(path)
    if not found.is_workbook:
        raise RefusedError(
            N_("{path} is no workbook"),
            why=N_("it is text, as when it was saved as CSV: then the sheets and what belongs to each row are lost"),
            fix=AGAIN,
            path=path,
        )
    return found


# ---------------------------------------------------------------- of what it is one


def kept_in(path: Path, rows: Sequence[Sequence[Cell]]) -> tuple[Head, str, list[str]]:
    """What the sheet that nobody sees says: of what it is one, its seal, and the names of its rows."""
    pairs = [(str(row[0]), str(row[1])) for row in rows if len(row) > 1]
    said = dict(pairs)
    names = [one.name for one in fields(Head)]
    if not {*names, "seal"} <= said.keys():
        raise RefusedError(
            N_("{path} is no workbook of a review"),
            why=N_("the sheet in which ibpmon keeps of what it is one is not there, or not whole"),
            fix=AGAIN,
            path=path,
        )
    return Head(**{name: said[name] for name in names}), said["seal"], [text for name, text in pairs if name == "row"]


# ---------------------------------------------------------------- rows


def take_sheet(found: Returned, sheet: str, rows: Sequence[Sequence[Cell]]) -> None:
    """The rows of one sheet; a sheet without our heading holds none."""
    top = next((at for at, cells in enumerate(rows) if KEPT in cells), None)
    if top is None:
        return
    columns = columns_of(rows[top])
    known = {**FACTS, **ANSWERS, KEPT: KEPT}
    lacking = [name for name in known if name not in columns]
    if lacking:
        text = _("{sheet}: these headings are gone or stand there twice: {names}")
        found.faults.append(text.format(sheet=sheet, names=", ".join(_(known[name]) for name in lacking)))
        return
    for number, cells in enumerate(rows[top + 1 :], top + 2):
        take_row(found, sheet, number, {name: cells[at] for name, at in columns.items()})


def columns_of(heading: Sequence[Cell]) -> dict[str, int]:
    """Where each column stands, whatever the language; one that is there twice is left out."""
    known = {
        folded(catalogue(one).gettext(word)): name for name, word in {**FACTS, **ANSWERS}.items() for one in LANGUAGES
    } | {KEPT: KEPT}
    places: dict[str, list[int]] = {}
    for at, text in enumerate(heading):
        if name := known.get(folded(str(text))):
            places.setdefault(name, []).append(at)
    return {name: at[0] for name, at in places.items() if len(at) == 1}


def take_row(found: Returned, sheet: str, number: int, cells: Mapping[str, Cell]) -> None:
    """One row; one with nothing in it is none, one that carries nothing of ours is a fault."""
    key = KEY.fullmatch(str(cells[KEPT]).strip())
    if key is None:
        if any(str(one).strip() for one in cells.values()):
            text = _("{sheet}, row {row}: this row is not one of the workbook that went out")
            found.faults.append(text.format(sheet=sheet, row=number))
        return
    facts = tuple(as_shown(cells[name]) for name in FACTS)
    answers = {name: cells[name] for name in ANSWERS}
    kind, seen, mark, seal, name = key.groups()
    found.lines.append(Line(sheet, number, kind, name, int(seen), mark, seal, facts, answers))


def as_shown(cell: Cell) -> str:
    """What a cell that nobody may change shows; a whole number without what a program puts behind it."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return squeezed(str(cell))


# ---------------------------------------------------------------- answers


def word_in(cell: Cell) -> str:
    """What was filled in, as text; Unusable when it is a formula or an error of one."""
    refuse_formula(cell)
    if isinstance(cell, datetime) and cell.time() != time():
        return f"{cell:%d-%m-%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d-%m-%Y}"
    return words_of(plain(cell)).strip()


def moment_in(cell: Cell, zone: ZoneInfo, *, since_1904: bool) -> datetime | None:
    """The moment up to which a date counts, that day included; None when nothing was filled in."""
    refuse_formula(cell)
    if isinstance(cell, datetime):
        cell = (cell + HALF_SECOND).replace(microsecond=0)  # a spreadsheet keeps a time as a fraction of a day
    if isinstance(cell, str) and not cell.strip():
        return None
    found = value(cell, Way(Field("until", (), "time", ""), zone=zone, since_1904=since_1904))
    if found is None:
        raise Unusable(N_("a year that cannot be meant"))
    return aware(found)


def refuse_formula(cell: Cell) -> None:
    """An answer is what somebody chose, not what came out of something."""
    if cell == UNCALCULATED:
        raise Unusable(N_("a formula: type the answer itself"))
