"""XLSX: one sheet of a workbook as cells, looked at before anything of it is unpacked into memory.

A workbook comes from outside. So its parts are weighed first, only those with cells and formats are
unpacked (no macros, pictures or links), and the reader gets a fresh archive of just these: what
was weighed is what is read. On the way two things are made visible that the reader shows as empty
cells: the error of a formula, and a formula that was never calculated. An empty end date would mean "no end".
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ibpmon.collect.board_files.reading import Content, empty, half, other_kind, protected
from ibpmon.collect.board_files.table import TOP, Table, best_heading, under
from ibpmon.collect.board_files.values import UNCALCULATED, Cell
from ibpmon.config import BoardFile
from ibpmon.errors import ContentError
from ibpmon.language import N_, meant

UNPACKED = 64 * 1024 * 1024  # bytes of all parts together; 15,000 pupils take eight
MOST_PARTS = 2000
MOST_CELLS = 2_000_000  # of the square that holds all cells: the reader takes memory for each of them
PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|xl/workbook\d*\.xml|xl/_rels/workbook\d*\.xml\.rels|xl/styles\.xml"
    r"|xl/sharedStrings\.xml|xl/worksheets/[^/]+\.xml",
    re.IGNORECASE,
)
BOOK = re.compile(r"xl/workbook\d*\.xml", re.IGNORECASE)
SHEET = re.compile(r"xl/worksheets/", re.IGNORECASE)

# A cell in the XML of a sheet: <c r="A1" t="e">. Its attributes never hold a < or >.
WITH_ERROR = re.compile(rb"""(<(?:\w+:)?c\s[^<>]*?\bt=)(["'])e\2""")
FORMULA = re.compile(
    rb"<((?:\w+:)?)c(\s[^<>]*)?>\s*<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
# Any cell with a formula, also when it has an outcome.
CALCULATED = re.compile(
    rb"<((?:\w+:)?)c(\s[^<>]*)?>\s*<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?v>)\s*)?</(?:\w+:)?c>"
)
LEFT = re.compile(rb"<(?:\w+:)?f[\s/>]")
KIND = re.compile(rb"""\s+t=(["'])\w+\1""")
PLACE = re.compile(rb"""<(?:\w+:)?c\s[^<>]*?\br=["']([A-Z]{1,3})(\d{1,7})["'](?:[^<>]*[^/<>])?>""")
PLACED = re.compile(rb"""<(?:\w+:)?c\s[^<>]*?\br=["']""")
ROW = re.compile(rb"""<(?:\w+:)?row\s[^<>]*?\br=["'](\d{1,7})["']""")
CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
DATE_1904 = re.compile(rb"""\bdate1904=["'](?:1|true)["']""")


def read_workbook(content: Content, file: BoardFile, wanted: Sequence[str]) -> Table:
    """The table on one sheet of a workbook.

    1. weigh the parts by what the archive says of them
    2. unpack what is needed, against that weight, and pack it anew
    3. read the sheet that is named, else the first one that is not hidden
    """
    path = content.path
    packed, since_1904 = repacked(path, content.raw)
    rows = cells_of(path, packed, file.sheet)
    tops = [(at, [str(cell) for cell in cells]) for at, cells in enumerate(rows) if any(c != "" for c in cells)][:TOP]
    at = best_heading(path, tops, wanted)
    heading = [cell.strip() for cell in dict(tops)[at]]
    while heading and not heading[-1]:
        heading.pop()
    found = [*under(heading, ((number, tidy(cells)) for number, cells in enumerate(rows[at + 1 :], at + 2)))]
    if not found:
        raise empty(path)
    return Table(heading, found, since_1904)


def tidy(cells: Sequence[Cell]) -> list[Cell]:
    """Cells without spaces around texts."""
    return [cell.strip() if isinstance(cell, str) else cell for cell in cells]


# ---- weighing and unpacking


def repacked(path: Path, raw: bytes, show: Callable[[Path, bytes], bytes] | None = None) -> tuple[bytes, bool]:
    """A fresh archive of the parts with cells and formats, and whether its days count from 1904.

    `show` makes seen in the XML of a sheet what a reader would not show; see `visible`.
    """
    fresh, since_1904 = io.BytesIO(), False
    with opened(path, raw) as archive, zipfile.ZipFile(fresh, "w", zipfile.ZIP_STORED) as target:
        for part in weighed(path, archive):
            body = unpacked(path, archive, part)
            if BOOK.fullmatch(part.filename):
                since_1904 = bool(DATE_1904.search(body))
            target.writestr(part.filename, (show or visible)(path, body) if SHEET.match(part.filename) else body)
    return fresh.getvalue(), since_1904


def opened(path: Path, raw: bytes) -> zipfile.ZipFile:
    """The archive; one without its table of contents at the end was never written whole."""
    try:
        return zipfile.ZipFile(io.BytesIO(raw))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, UnicodeDecodeError):
        raise half(path) from None


def weighed(path: Path, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The parts that are needed; refused when this is no workbook, or one that unpacks to more than memory holds."""
    parts = archive.infolist()
    names = {part.filename.casefold() for part in parts}
    if any(part.flag_bits & 0x1 for part in parts) or "encryptedpackage" in names:
        raise protected(path)
    if not any(map(BOOK.fullmatch, names)):
        raise other_kind(path, kind_of(names))
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > UNPACKED:
        raise too_much(path)
    return [part for part in parts if PARTS.fullmatch(part.filename)]


def kind_of(names: set[str]) -> str:
    """What an archive is that is no XLSX."""
    if "xl/workbook.bin" in names:
        return N_("a binary spreadsheet (.xlsb)")
    if "content.xml" in names:
        return N_("a spreadsheet or document of LibreOffice (.ods, .odt)")
    return N_("a document of Office") if "[content_types].xml" in names else N_("a ZIP archive")


def unpacked(path: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    """The bytes of one part; no more than the archive said, with the checksum that it gave."""
    try:
        body = archive.read(part)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise half(path) from None
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise half(path)  # no spreadsheet program writes these; they are used to blow up readers
    return body


def too_much(path: Path) -> ContentError:
    """It unpacks, or spreads out, to more than any list."""
    return ContentError(
        N_("the spreadsheet {path} is too large"),
        why=N_("unpacked it would take more than {most} MB, or its cells lie further apart than any list needs"),
        fix=N_("keep one sheet with only the list, without cells far below or beside it, and save it again"),
        path=path,
        most=UNPACKED >> 20,
    )


# ---- what the reader would not show


def visible(path: Path, sheet: bytes) -> bytes:
    """The XML of a sheet in which errors and formulas without an outcome are texts that can be refused."""
    refuse_spread(path, sheet)
    return WITH_ERROR.sub(rb"\1\2str\2", FORMULA.sub(marked, sheet))


def marked(found: re.Match[bytes]) -> bytes:
    """A cell with a formula that has no outcome, as a mark; a text that came out empty is left as it is."""
    kind = KIND.search(found[2] or b"")
    return found[0] if kind and b"str" in kind[0] else mark_of(found)


def without_formulas(path: Path, sheet: bytes) -> bytes:
    """The XML of a sheet in which each formula is a mark, whatever came out of it: for answers that a person gives."""
    refuse_spread(path, sheet)
    found = CALCULATED.sub(mark_of, sheet)
    if LEFT.search(found):
        raise half(path)  # a cell that no spreadsheet program writes
    return WITH_ERROR.sub(rb"\1\2str\2", found)


def mark_of(found: re.Match[bytes]) -> bytes:
    """A cell that says that a formula stands in it."""
    prefix, attributes = found[1], KIND.sub(b"", found[2] or b"")
    mark = UNCALCULATED.encode()
    return b'<%sc%s t="str"><%sv>%s</%sv></%sc>' % (prefix, attributes, prefix, mark, prefix, prefix)


def refuse_spread(path: Path, sheet: bytes) -> None:
    """The reader makes a full square around all cells: two that lie far apart would fill the memory."""
    places = PLACE.findall(sheet)
    columns = max((column_number(name) for name in {name for name, _row in places}), default=0)
    rows = {int(row) for row in {row for _name, row in places}}
    cells = count(CELL, sheet)
    if cells > count(PLACED, sheet):  # some go by the number of their row only
        rows |= {int(row) for row in set(ROW.findall(sheet))}
    if max(rows, default=0) * max(columns, 1) > MOST_CELLS or cells > MOST_CELLS:
        raise too_much(path)


def count(pattern: re.Pattern[bytes], sheet: bytes) -> int:
    """How often something stands in a sheet."""
    return sum(1 for _found in pattern.finditer(sheet))


def column_number(name: bytes) -> int:
    """The number of a column: A is 1, AA is 27."""
    number = 0
    for letter in name:
        number = number * 26 + letter - 64
    return number


# ---- reading


def cells_of(path: Path, packed: bytes, sheet: str) -> list[list[Any]]:
    """All cells of one sheet, from its first row and column on."""
    with opened_book(path, packed) as workbook:
        found = workbook.get_sheet_by_name(name_of_sheet(path, workbook, sheet))
        cells: list[list[Any]] = found.to_python(skip_empty_area=False)
        return cells


@contextmanager
def opened_book(path: Path, packed: bytes) -> Iterator[Any]:
    """The workbook in these bytes; one that cannot be read is not whole."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(packed)) as workbook:
            yield workbook
    except CalamineError:
        raise half(path) from None
    except ContentError:
        raise
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":  # a reader that gave up on damage says so in its own way
            raise
        raise half(path) from None


def name_of_sheet(path: Path, workbook: Any, sheet: str) -> str:
    """The sheet that the configuration names, whatever its capitals; else the first one that people see."""
    seen = list(sheets(workbook))
    names: dict[str, str] = {name.strip().casefold(): name for name in workbook.sheet_names}
    if not sheet and seen:
        return seen[0]
    if sheet.strip().casefold() in names:
        return names[sheet.strip().casefold()]
    raise ContentError(
        N_("the spreadsheet {path} has no such sheet"),
        why=N_("'{sheet}' is not there{meant}; it has: {names}"),
        fix=N_("correct the name of the sheet under [files] in config.toml"),
        path=path,
        sheet=sheet,
        meant=meant(sheet, workbook.sheet_names),
        names=", ".join(name[:40] for name in seen[:30]),
    )


def sheets(workbook: Any) -> Iterator[str]:
    """The sheets with cells that are not hidden."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    for one in workbook.sheets_metadata:
        if one.typ == SheetTypeEnum.WorkSheet and one.visible == SheetVisibleEnum.Visible:
            yield one.name
