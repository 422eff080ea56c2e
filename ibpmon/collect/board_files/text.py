"""CSV from whatever program made it: its encoding, its delimiter, and quotes that were never closed."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ibpmon.collect.board_files.headings import folded
from ibpmon.collect.board_files.reading import LARGEST, Content, empty
from ibpmon.collect.board_files.table import TOP, Row, Table, best_heading, under
from ibpmon.config import BoardFile
from ibpmon.errors import ContentError
from ibpmon.language import N_

SPAN = 5  # lines that one row with line ends inside quotes may take
DELIMITERS = (";", ",", "\t")
# Letters of old DOS programs (é, ë, è, ê, ï, ç, ü) as Windows would read them: after a letter nobody writes these.
DOS = re.compile(r"[A-Za-z][‚‰ˆ‹‡„¢¤]|[a-z]Š")


def read_text(content: Content, file: BoardFile, wanted: Sequence[str]) -> Table:
    """The table of a CSV file."""
    delimiter, lines = divide(decode(content.path, content.raw, file.encoding), wanted)
    tops = [(at, cells) for at, line in first_lines(lines) if (cells := cells_of(line, delimiter) or [line])]
    at = best_heading(content.path, tops, wanted)
    heading = [cell.strip() for cell in dict(tops)[at]]
    rows = [*under(heading, records(lines, delimiter, len(heading), at + 1))]
    if not rows:
        raise empty(content.path)
    return Table(heading, rows)


def first_lines(lines: Sequence[str]) -> list[tuple[int, str]]:
    """The first lines that say something, with their places."""
    return [(at, line) for at, line in enumerate(lines) if line.strip(" \t;,")][:TOP]


# ---- bytes to text


def decode(path: Path, raw: bytes, encoding: str) -> str:
    """The text: in the encoding that the configuration names, else in the one that the bytes show.

    UTF-8, what Excel calls Unicode, or else the code page of Western Europe. Bytes that fit none of
    these are refused: a wrong letter in a name or a number is a different person.
    """
    try:
        return raw.decode(encoding_of(raw, encoding))
    except UnicodeDecodeError:
        if encoding or raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
            raise wrong_encoding(path) from None
    return western(path, raw)


def encoding_of(raw: bytes, encoding: str) -> str:
    """What to decode with: what was named, or what the first bytes say."""
    if encoding:
        return {"utf-8": "utf-8-sig"}.get(encoding, encoding)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = raw[:2000]
    if len(start) > 20 and start[1::2].count(0) > len(start) * 0.4 and not start[::2].count(0):
        return "utf-16-le"  # what some programs write without saying so
    return "utf-8-sig"


def western(path: Path, raw: bytes) -> str:
    """Text of an older Windows program; that of a DOS program looks like it and would spoil names."""
    try:
        found = raw.decode("cp1252")
    except UnicodeDecodeError:
        raise wrong_encoding(path) from None
    if DOS.search(found):
        raise wrong_encoding(path)
    return found


def wrong_encoding(path: Path) -> ContentError:
    """Letters that cannot be told."""
    return ContentError(
        N_("the letters of the file {path} cannot be read with certainty"),
        why=N_("it is not UTF-8, and not the code page of Windows either: names would be spoilt"),
        fix=N_('save it as "CSV UTF-8", or name its encoding in config.toml, under [files] (DOS: encoding = "cp850")'),
        path=path,
    )


def divide(text: str, expected: Sequence[str]) -> tuple[str, list[str]]:
    """The delimiter and the lines. Only CR and LF end a line: a name may hold odd separators."""
    lines = re.split(r"\r\n|\n|\r", text.replace("\0", "�"))
    if re.fullmatch(r"sep=.", lines[0].strip()):  # Excel's own first line
        lines[0] = ""
    wanted = {folded(heading) for heading in expected}

    def fits(delimiter: str) -> tuple[int, int]:
        rows = [cells_of(line, delimiter) or [] for _at, line in first_lines(lines)]
        return max(((len(wanted & {folded(cell) for cell in cells}), len(cells)) for cells in rows), default=(0, 0))

    return max(DELIMITERS, key=fits), lines


# ---- the rows


def records(lines: Sequence[str], delimiter: str, width: int, at: int) -> Iterator[Row]:
    """Each row with the number of its first line; None for cells that do not fit under the heading.

    A row is one line, or a few when line ends stand inside quotes. A quote that is never
    closed costs its own line only: the csv module alone would take the rest of the file into one value.
    """
    while at < len(lines):
        cells, taken = row_at(lines, at, delimiter, width)
        yield at + 1, None if cells is None else [cell.strip() for cell in cells]
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
