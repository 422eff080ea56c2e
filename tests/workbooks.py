"""Makes workbooks for tests, part by part, so that each may be as odd as programs and people make them."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LINKS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
DATE = 1  # the style of a date


def workbook(
    path: Path, *sheets: Sequence[Sequence[Any]], names: Sequence[str] = (), extra: Mapping[str, bytes] | None = None
) -> Path:
    """A workbook with these sheets; a cell is a text, a number, a bool, None, or XML as it stands (bytes)."""
    called = [*names, *(f"Blad{number + 1}" for number in range(len(names), len(sheets)))]
    bodies = {f"xl/worksheets/sheet{n}.xml": sheet(rows) for n, rows in enumerate(sheets, 1)}
    return write(path, parts(called) | bodies | dict(extra or {}))


def write(path: Path, parts: Mapping[str, bytes]) -> Path:
    """An archive of these parts."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return path


def parts(names: Sequence[str], *, hidden: Sequence[str] = (), more: str = "") -> dict[str, bytes]:
    """The parts around the sheets."""
    listed, linked = "", ""
    for number, name in enumerate(names, 1):
        state = ' state="hidden"' if name in hidden else ""
        listed += f'<sheet name="{escape(name)}" sheetId="{number}"{state} r:id="rId{number}"/>'
        linked += f'<Relationship Id="rId{number}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
    top = f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    texts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}">{top}</Relationships>',
        "xl/workbook.xml": f"<workbook {MAIN} {LINKS}>{more}<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{linked}</Relationships>',
        "xl/styles.xml": f'<styleSheet {MAIN}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    }
    return {name: text.encode() for name, text in texts.items()}


def sheet(rows: Sequence[Sequence[Any]]) -> bytes:
    """The XML of one sheet."""
    lines = (
        b'<row r="%d">%s</row>' % (number, b"".join(cell(at, number, one) for at, one in enumerate(row)))
        for number, row in enumerate(rows, 1)
    )
    return f"<worksheet {MAIN}><sheetData>".encode() + b"".join(lines) + b"</sheetData></worksheet>"


def cell(at: int, row: int, value: Any) -> bytes:
    """One cell; bytes are what stands inside, with attributes before a bar: b't="e"|<v>#N/A</v>'."""
    place = f"{chr(65 + at)}{row}".encode()
    if value is None:
        return b""
    if isinstance(value, bytes):
        attributes, _bar, body = value.partition(b"|")
        return b'<c r="%s" %s>%s</c>' % (place, attributes, body)
    if isinstance(value, bool):
        return b'<c r="%s" t="b"><v>%d</v></c>' % (place, value)
    if isinstance(value, int | float):
        return b'<c r="%s"><v>%s</v></c>' % (place, repr(value).encode())
    return b'<c r="%s" t="inlineStr"><is><t>%s</t></is></c>' % (place, escape(value).encode())


def date_cell(serial: float) -> bytes:
    """A number that is shown as a date."""
    return b's="%d"|<v>%s</v>' % (DATE, repr(serial).encode())
