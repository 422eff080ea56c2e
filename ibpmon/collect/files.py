"""The board's own lists, as CSV from whatever program made them: a bad row is named, the rest goes on."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ibpmon.collect.connectors import Connector
from ibpmon.config import BoardFile
from ibpmon.errors import ContentError, SourceError
from ibpmon.language import N_, _, meant
from ibpmon.store.collected import Field

LARGEST = 50 * 1024 * 1024
LONGEST = 1000  # characters of one value; a name or a school is shorter
LONGEST_KEY = 150  # of a part of the key: PostgreSQL has room for 2,700 bytes in all
SPAN = 5  # lines that one row with line ends inside quotes may take
DELIMITERS = (";", ",", "\t")
MIDNIGHT = r"(?:[ T]0{1,2}:00(?::00)?)?"  # spreadsheets put a time behind a date
DAY_FIRST = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})" + MIDNIGHT, re.ASCII)
YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})" + MIDNIGHT, re.ASCII)
TRUE, FALSE = ("ja", "j", "yes", "y", "true", "1"), ("nee", "n", "no", "false", "0")

# The headings of the shipped examples; [files.*] columns in the configuration replaces them one by one.
HEADINGS: Mapping[str, Mapping[str, str]] = {
    "staff": {
        "employee_number": "Personeelsnummer",
        "name": "Naam",
        "upn": "Gebruikersnaam",
        "function": "Functie",
        "school": "School",
        "start_date": "In dienst",
        "end_date": "Uit dienst",
    },
    "pupils": {
        "pupil_number": "Leerlingnummer",
        "upn": "Gebruikersnaam",
        "school": "School",
        "year_group": "Groep",
        "enrolled": "Ingeschreven",
    },
}


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used: where it stands and why; never what is in it."""

    line: int
    column: str
    reason: str  # an English msgid


@dataclass(frozen=True, slots=True)
class Listing:
    """What a file holds: rows in the order of the connector's fields, and the rows that cannot be used."""

    rows: list[tuple[Any, ...]]
    bad: list[BadRow]


class Unusable(Exception):
    """A value that does not fit its field, with the reason as msgid."""


def read_file(connector: Connector, file: BoardFile) -> Listing:
    """Read one list of the board; raises ContentError or SourceError when the file as a whole cannot be used."""
    columns = columns_of(connector, file)
    text = decode(content(file.path))
    delimiter, lines = divide(text, list(columns.values()))
    heading = heading_of(file.path, lines, delimiter)
    places = find_columns(file.path, heading, columns)
    listing = Listing([], [])
    for number, cells in records(lines, delimiter, len(heading)):
        add_row(listing, connector.fields, number, cells, places, columns)
    if not listing.rows and not listing.bad:
        raise empty(file.path)
    return listing


# ---- the file as a whole


def content(path: Path) -> bytes:
    """The bytes of a file of the board."""
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= LARGEST else b""
    except OSError as error:
        raise SourceError(
            N_("cannot read the file {path}"),
            why="{error}",
            fix=N_("check [files] in config.toml, and that the user that runs ibpmon may read the file"),
            path=path,
            error=error.strerror or type(error).__name__,
        ) from None
    if size > LARGEST:
        raise ContentError(
            N_("the file {path} is too large"),
            why=N_("it has {size} MB; a list of people has at most {most} MB"),
            fix=N_("check that [files] in config.toml names the right file"),
            path=path,
            size=size >> 20,
            most=LARGEST >> 20,
        )
    return raw


def decode(raw: bytes) -> str:
    """The text: UTF-8, what Excel calls Unicode, or else the code page of Western Europe."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def divide(text: str, expected: Sequence[str]) -> tuple[str, list[str]]:
    """The delimiter and the lines. Only CR and LF end a line: a name may hold odd separators."""
    lines = re.split(r"\r\n|\n|\r", text.replace("\0", "�"))
    if re.fullmatch(r"sep=.", lines[0].strip()):  # Excel's own first line
        lines[0] = ""
    first = next((line for line in lines if line.strip()), "")
    wanted = {folded(heading) for heading in expected}

    def fits(delimiter: str) -> tuple[int, int]:
        cells = cells_of(first, delimiter) or []
        return len(wanted & {folded(cell) for cell in cells}), len(cells)

    return max(DELIMITERS, key=fits), lines


def empty(path: Path) -> ContentError:
    """A list of nobody is a wrong file; believing it would end everyone's stay."""
    return ContentError(
        N_("the file {path} holds no rows"),
        why=N_("a list without people looks exactly like an export that went wrong"),
        fix=N_("make the export again; until then the last complete list stays in use"),
        path=path,
    )


# ---- the heading


def columns_of(connector: Connector, file: BoardFile) -> dict[str, str]:
    """Which heading holds which field. A field mapped to "" is not in the board's file and stays empty."""
    names = {field.name: field for field in connector.fields}
    unknown = [name for name in file.columns if name not in names]
    lost = [name for name, heading in file.columns.items() if not heading.strip() and name in names and names[name].key]
    if unknown or lost:
        raise ContentError(
            N_("the columns of [files.{file}] in config.toml do not fit"),
            why="{problems}",
            fix=N_("left of = stands one of: {names}; right of it the heading in your file"),
            file=connector.file,
            problems="; ".join(
                [
                    *(f"'{name}'?{meant(name, names)}" for name in unknown),
                    *(_("'{name}' is needed").format(name=n) for n in lost),
                ]
            ),
            names=", ".join(names),
        )
    both = {**HEADINGS.get(connector.file, {}), **file.columns}
    return {name: both.get(name, name) for name in names if both.get(name, name).strip()}


def heading_of(path: Path, lines: list[str], delimiter: str) -> list[str]:
    """The heading, which is then blanked so that line numbers stay true."""
    for number, line in enumerate(lines):
        if line.strip():
            lines[number] = ""
            return [cell.strip() for cell in cells_of(line, delimiter) or [line]]
    raise empty(path)


def find_columns(path: Path, heading: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    """The place of each field in a row; ContentError when headings are missing or stand there twice."""
    present = [folded(cell) for cell in heading]
    missing = [wanted for wanted in columns.values() if folded(wanted) not in present]
    double = [wanted for wanted in columns.values() if present.count(folded(wanted)) > 1]
    if missing or double:
        raise wrong_heading(path, heading, columns, missing, double)
    return {name: present.index(folded(wanted)) for name, wanted in columns.items()}


def wrong_heading(
    path: Path, heading: Sequence[str], columns: Mapping[str, str], missing: Sequence[str], double: Sequence[str]
) -> ContentError:
    """The heading does not fit: what is missing, what is double, what stands there.

    A first line without any known heading may be the first person of a file that has none: it is not repeated.
    """
    if len(missing) == len(columns):
        return no_heading(path, missing)
    problems = [_("missing: '{name}'").format(name=name) + meant(name, heading) for name in missing]
    problems += [_("twice: '{name}'").format(name=name) for name in double]
    return ContentError(
        N_("the file {path} has another heading than expected"),
        why=N_("{problems}. Found: {found}"),
        fix=N_("correct the heading of the file, or the columns under [files] in config.toml"),
        path=path,
        problems="; ".join(problems),
        found=", ".join(cell[:40] for cell in heading[:30]),
    )


def no_heading(path: Path, expected: Sequence[str]) -> ContentError:
    """The first line holds nothing that was expected."""
    return ContentError(
        N_("the file {path} has no heading that ibpmon knows"),
        why=N_("its first line holds none of: {expected}"),
        fix=N_("put the heading in the first line, or name its columns under [files] in config.toml"),
        path=path,
        expected=", ".join(expected),
    )


def folded(heading: str) -> str:
    """A heading without the differences that nobody sees: capitals and spaces."""
    return " ".join(heading.split()).casefold()


# ---- the rows


def records(lines: Sequence[str], delimiter: str, width: int) -> Iterator[tuple[int, list[str] | None]]:
    """Each row with the number of its first line; None for cells that do not fit under the heading.

    A row is one line, or a few when line ends stand inside quotes. A quote that is never
    closed costs its own line only: the csv module alone would take the rest of the file into one value.
    """
    at = 0
    while at < len(lines):
        cells, taken = row_at(lines, at, delimiter, width)
        if cells is None or any(cell.strip() for cell in cells):
            yield at + 1, cells
        at += taken


def row_at(lines: Sequence[str], at: int, delimiter: str, width: int) -> tuple[list[str] | None, int]:
    """The cells of the row that begins at this line, and how many lines it takes."""
    if not lines[at].strip(" \t;,"):
        return [], 1
    for taken in range(1, SPAN + 1):
        cells = trimmed(cells_of("\n".join(lines[at : at + taken]), delimiter), width)
        if cells:
            return cells, taken
        if '"' not in lines[at]:
            break
    return trimmed(cells_of(lines[at], delimiter, strict=False), width), 1


def cells_of(line: str, delimiter: str, *, strict: bool = True) -> list[str] | None:
    """The cells of one row; None when its quotes make no sense."""
    csv.field_size_limit(LARGEST)
    try:
        return next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter, strict=strict), [])
    except csv.Error:
        return None


def trimmed(cells: list[str] | None, width: int) -> list[str] | None:
    """Exactly as many cells as the heading; empty ones too many do no harm."""
    if cells is None or len(cells) < width or any(cell.strip() for cell in cells[width:]):
        return None
    return cells[:width]


def add_row(
    listing: Listing,
    fields: Sequence[Field],
    line: int,
    cells: list[str] | None,
    places: Mapping[str, int],
    columns: Mapping[str, str],
) -> None:
    """Add one row to what the file holds, or name it as one that cannot be used."""
    if cells is None:
        listing.bad.append(BadRow(line, "", N_("other number of values than the heading, or an odd quote")))
        return
    row: list[Any] = []
    for position, field in enumerate(fields):
        try:
            row.append(value(field, cells[places[field.name]] if field.name in places else "", first=position == 0))
        except Unusable as problem:
            listing.bad.append(BadRow(line, columns.get(field.name, field.name), str(problem)))
            return
    listing.rows.append(tuple(row))


def value(field: Field, cell: str, *, first: bool) -> Any:
    """One cell as what the field declares, ready for the driver; an empty cell is None, or "" in a key."""
    text = cell.strip()
    if len(text) > (LONGEST_KEY if field.key else LONGEST):
        raise Unusable(N_("longer than a value can be"))
    if not text:
        if field.key and (first or field.type != "text"):
            raise Unusable(N_("missing"))
        return "" if field.key else None
    return {"day": day, "bool": truth, "int": number}.get(field.type, str)(text)


def day(text: str) -> str:
    """A date as 2026-07-31, from 31-07-2026, 1-8-2026 or 2026-07-31; midnight behind it is left off."""
    if match := DAY_FIRST.fullmatch(text):
        day, month, year = match.groups()
    elif match := YEAR_FIRST.fullmatch(text):
        year, month, day = match.groups()
    else:
        raise Unusable(N_("not a date as 31-07-2026"))
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise Unusable(N_("a date that does not exist")) from None


def truth(text: str) -> bool:
    """yes or no, in the words that programs use."""
    if text.casefold() in TRUE + FALSE:
        return text.casefold() in TRUE
    raise Unusable(N_("not yes or no"))


def number(text: str) -> int:
    """A whole number."""
    if not re.fullmatch(r"-?\d{1,15}", text, re.ASCII):
        raise Unusable(N_("not a whole number"))
    return int(text)
