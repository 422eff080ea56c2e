"""The board's own lists, CSV or XLSX from whatever program made them: a bad row is named, the rest goes on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Table, or_

from ibpmon.collect import runs
from ibpmon.collect.board_files import headings
from ibpmon.collect.board_files.reading import Content, content
from ibpmon.collect.board_files.table import Table as Cells
from ibpmon.collect.board_files.text import read_text
from ibpmon.collect.board_files.values import CHOICES, Cell, Unusable, Way, month_first, value
from ibpmon.collect.board_files.workbook import read_workbook
from ibpmon.collect.connectors import Connector
from ibpmon.collect.matching import folded
from ibpmon.collect.populations import first_match
from ibpmon.collect.runs import FAILED, FULL, PARTIAL
from ibpmon.config import Application, BoardFile
from ibpmon.errors import ContentError, SourceError
from ibpmon.language import N_
from ibpmon.store.collected import Field

APPLICATION = "application"  # the field that says from which export a row comes
SAME_PERSON = ("name", "upn", "object_id")  # when these agree, two lines with one key are about one person
AMSTERDAM = ZoneInfo("Europe/Amsterdam")

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used: where it stands and why; never what is in it."""

    line: int
    column: str
    reason: str  # an English msgid


@dataclass(frozen=True, slots=True)
class Part:
    """What was seen of one export of several: its state, and why not all of it (an English msgid with values)."""

    name: str
    state: str
    reason: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a file holds: rows in the order of the connector's fields, and the rows that cannot be used."""

    rows: list[Row] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    changed: datetime | None = None  # when the file was last changed
    parts: list[Part] = field(default_factory=list)  # several exports under one connector

    def judged(self, table: Table) -> ColumnElement[bool] | None:
        """The condition for rows that this reading may end; None: all of them.

        An export that was not read whole keeps its rows; one that the configuration no longer names loses them.
        """
        if not self.parts:
            return None
        whole = [part.name for part in self.parts if part.state == FULL]
        named = [part.name for part in self.parts]
        return or_(table.c[APPLICATION].in_(whole), table.c[APPLICATION].not_in(named))


def read_file(connector: Connector, file: BoardFile | Sequence[Application], zone: tzinfo = AMSTERDAM) -> Listing:
    """Read one list of the board; raises ContentError or SourceError when the file as a whole cannot be used.

    Under [[files.applications]] stand several exports: then one that cannot be used costs only its own part.
    """
    if isinstance(file, BoardFile):
        return read_list(connector, connector.fields, file, zone)
    return read_applications(connector, file, zone)


def read_list(connector: Connector, fields: Sequence[Field], file: BoardFile, zone: tzinfo) -> Listing:
    """The rows of one file, with only these fields."""
    lines = lines_of(connector.file, fields, file, zone)
    listing, taken = Listing(changed=lines.content.changed), Taken(connector, fields)
    for number, row in lines.rows:
        listing.bad.append(row) if isinstance(row, BadRow) else taken.add(number, row, listing.bad)
    listing.rows.extend(taken.rows.values())
    return listing


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one file under its heading, in order, with the number that a person sees beside each."""

    content: Content
    rows: Iterator[tuple[int, "Row | BadRow"]]
    columns: Mapping[str, str]  # field -> heading


def lines_of(name: str, fields: Sequence[Field], file: BoardFile, zone: tzinfo) -> Lines:
    """The lines of the list that stands under [files.<name>]; raises ContentError when it is no such list."""
    optional = [word for word in headings.OPTIONAL.get(name, ()) if word not in file.columns]
    columns = headings.columns_of(name, fields, file)
    found = content(file.path)
    read = read_workbook if found.is_workbook else read_text
    cells = read(found, file, list(columns.values()))
    places = headings.find_columns(file.path, cells.heading, columns, optional)
    return Lines(found, rows_of(cells, ways(name, fields, cells, places, zone), places, columns), columns)


# ---- rows


def ways(file: str, fields: Sequence[Field], cells: Cells, places: Mapping[str, int], zone: tzinfo) -> list[Way]:
    """How each column is to be read; dates need a look at the whole column first."""
    choices, needed = CHOICES.get(file, {}), headings.NEEDED.get(file, ())

    def turned(one: Field) -> bool:
        return one.type in ("day", "time") and one.name in places and any_month_first(cells, places[one.name])

    return [
        Way(one, number == 0 or one.name in needed, turned(one), cells.since_1904, choices.get(one.name), zone)
        for number, one in enumerate(fields)
    ]


def any_month_first(cells: Cells, place: int) -> bool:
    """Whether somewhere in this column the month stands first."""
    return any(month_first(row[place]) for _number, row in cells.rows if row)


def rows_of(
    cells: Cells, ways: Sequence[Way], places: Mapping[str, int], columns: Mapping[str, str]
) -> Iterator[tuple[int, "Row | BadRow"]]:
    """Each row as values, or as one that cannot be used, with its number."""
    heading = [headings.folded(word) for word in cells.heading]
    for number, row in cells.rows:
        if row is None:
            yield number, BadRow(number, "", N_("other number of values than the heading, or an odd quote"))
        elif [headings.folded(str(cell)) for cell in row] == heading:
            yield number, BadRow(number, "", N_("the heading stands here once more"))
        else:
            yield number, row_of(number, row, ways, places, columns)


def row_of(
    number: int, cells: Sequence[Cell], ways: Sequence[Way], places: Mapping[str, int], columns: Mapping[str, str]
) -> "Row | BadRow":
    """The values of one row, in the order of the fields."""
    row: list[Any] = []
    for way in ways:
        name = way.field.name
        try:
            row.append(value(cells[places[name]] if name in places else "", way))
        except Unusable as problem:
            return BadRow(number, columns.get(name, name), str(problem))
    return tuple(row)


class Taken:
    """The rows so far by key: what stands there twice is one row, or cannot both be true."""

    def __init__(self, connector: Connector, fields: Sequence[Field]) -> None:
        self.staff = connector.file == "staff"
        self.names = [one.name for one in fields]
        self.keys = [number for number, one in enumerate(fields) if one.key]
        self.rows: dict[Row, Row] = {}

    def add(self, number: int, row: Row, bad: list[BadRow]) -> None:
        """Keep a row; of two that contradict each other the first stays, and the second is named."""
        key = tuple(row[place] for place in self.keys)
        known = self.rows.setdefault(key, row)
        if known == row:
            return
        if self.staff and (both := self.contracts(known, row)):
            self.rows[key] = both
        else:
            bad.append(BadRow(number, "", N_("stands there twice, with other values")))

    def contracts(self, one: Row, other: Row) -> Row | None:
        """Two contracts of one person that begin together at one school, as one that ends with the last; or None."""
        first, second = dict(zip(self.names, one, strict=True)), dict(zip(self.names, other, strict=True))
        if any(folded(first.get(name)) != folded(second.get(name)) for name in SAME_PERSON):
            return None
        last = max(first, second, key=lambda row: row["end_date"] or "9999")
        return tuple(last[name] or (first[name] if name != "end_date" else None) for name in self.names)


# ---- exports of other applications


def read_applications(connector: Connector, files: Sequence[Application], zone: tzinfo) -> Listing:
    """The exports of all applications; raises the first error when none of them can be used."""
    whole, errors = Listing(), list[SourceError | ContentError]()
    for file in files:
        try:
            listing = read_application(connector, file, zone)
        except (SourceError, ContentError) as error:
            errors.append(error)
            whole.parts.append(Part(file.name, FAILED, **runs.reason_of(error)))
            whole.bad.append(BadRow(0, file.name, N_("this export cannot be used")))
            continue
        whole.rows.extend(listing.rows)
        whole.bad.extend(listing.bad)
        whole.parts.extend(listing.parts)
    if len(errors) == len(files):
        raise errors[0]
    return whole


def read_application(connector: Connector, file: Application, zone: tzinfo) -> Listing:
    """One export, each row with the name of its application, what its right amounts to, and its date."""
    given = headings.GIVEN[connector.file]
    fields = [one for one in connector.fields if one.name not in given]
    found = read_list(connector, fields, file, zone)
    day = (file.as_of or (found.changed or datetime.now(zone)).astimezone(zone).date()).isoformat()
    rows = [
        completed(connector, file, dict(zip((one.name for one in fields), row, strict=True)), day) for row in found.rows
    ]
    bad = [BadRow(one.line, f"{file.name}: {one.column}" if one.column else file.name, one.reason) for one in found.bad]
    reason = N_("{count} row(s) of this export cannot be used") if bad else ""
    part = Part(file.name, PARTIAL if bad else FULL, reason, {"count": len(bad)} if bad else {})
    return Listing(rows, bad, found.changed, [part])


def completed(connector: Connector, file: Application, row: dict[str, Any], day: str) -> Row:
    """A row of an export with what the configuration says about it."""
    row |= {APPLICATION: file.name, "level": level(file, row["right"]), "as_of": row.get("as_of") or day}
    return tuple(row.get(one.name) for one in connector.fields)


def level(file: Application, right: str) -> str:
    """What the application's own word amounts to: read, write or owner; unknown when none of these was named.

    Empty when the configuration names no words at all: then being in it has no degrees.
    """
    word = folded(right)
    fits = [name for name, words in file.rights.items() if first_match(word, words)]
    otherwise = "unknown" if file.rights else ""
    return next((name for name in ("owner", "write", "read") if name in fits), otherwise)
