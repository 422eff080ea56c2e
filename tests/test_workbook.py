"""Spreadsheets (XLSX): the same lists through the same mapping, and everything that can be odd about a workbook."""

import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ibpmon import language
from ibpmon.collect.board_files import reading
from ibpmon.collect.connectors import load_connectors
from ibpmon.collect.files import BadRow, Listing, read_file
from ibpmon.config import BoardFile, Content
from ibpmon.errors import ContentError
from tests import workbooks
from tests.workbooks import date_cell, workbook

STAFF = load_connectors(Content())["staff-list"]
HEADING = ["Personeelsnummer", "School", "In dienst", "Uit dienst", "Naam", "Gebruikersnaam", "Functie"]
ANNA: list[Any] = ["1001", "EIK", date_cell(44044), None, "Anna Verzonnen", "anna@x.example", "Leerkracht"]
ANNA_ROW = ("1001", "EIK", "2020-08-01", None, "Anna Verzonnen", "anna@x.example", "Leerkracht", None, None)

Read = Callable[..., Listing]


@pytest.fixture(autouse=True)
def english() -> Any:
    """The words of the code itself."""
    before = language.current()
    language.use("en")
    yield
    language.use(before)


def staff(path: Path, sheet: str = "") -> Listing:
    """The staff list in a file."""
    return read_file(STAFF, BoardFile(path=path, sheet=sheet))


def rows_with(folder: Path, at: int, value: Any) -> Listing:
    """A staff list of Anna in which one cell is something else."""
    return staff(workbook(folder / "staff.xlsx", [HEADING, [*ANNA[:at], value, *ANNA[at + 1 :]]]))


def refused(path: Path, **options: Any) -> str:
    """What is said of a file that cannot be used: what, why and fix."""
    with pytest.raises(ContentError) as error:
        staff(path, **options)
    what, why, fix = error.value.told(language._)
    assert what
    assert why
    assert fix
    return f"{what} | {why} | {fix}"


def test_a_spreadsheet_gives_the_same_rows_as_a_csv(tmp_path: Path) -> None:
    """Dates are dates, numbers are texts, and what is empty is empty."""
    assert staff(workbook(tmp_path / "staff.xlsx", [HEADING, ANNA])).rows == [ANNA_ROW]


def test_the_name_of_the_file_does_not_decide_its_kind(tmp_path: Path) -> None:
    """What begins as a workbook is one, also when a program calls it .csv."""
    assert staff(workbook(tmp_path / "staff.csv", [HEADING, ANNA])).rows == [ANNA_ROW]


# ---- which sheet, which heading


def test_the_first_sheet_that_people_see_is_read(tmp_path: Path) -> None:
    """A hidden sheet with lists for drop-downs often comes first."""
    path = tmp_path / "staff.xlsx"
    sheets = {
        "xl/worksheets/sheet1.xml": workbooks.sheet([["vast"]]),
        "xl/worksheets/sheet2.xml": workbooks.sheet([HEADING, ANNA]),
    }
    workbooks.write(path, workbooks.parts(["Keuzes", "Lijst"], hidden=["Keuzes"]) | sheets)

    assert staff(path).rows == [ANNA_ROW]


def test_the_configuration_can_name_the_sheet(tmp_path: Path) -> None:
    """Capitals make no difference; a sheet that is not there is told with those that are."""
    path = workbook(tmp_path / "staff.xlsx", [["Uitleg"]], [HEADING, ANNA], names=["Uitleg", "Personeel"])

    assert staff(path, "personeel").rows == [ANNA_ROW]
    told = refused(path, sheet="Personel")
    assert "'Personel' is not there" in told
    assert "did you mean 'Personeel'" in told
    assert "Uitleg, Personeel" in told


def test_a_title_above_the_heading_does_no_harm(tmp_path: Path) -> None:
    """Programs put the name of the school and the date there; rows keep the number of the sheet."""
    listing = staff(workbook(tmp_path / "staff.xlsx", [["Stichting"], [], HEADING, ANNA, ["", "EIK", *ANNA[2:]]]))

    assert listing.rows == [ANNA_ROW]
    assert listing.bad == [BadRow(5, "Personeelsnummer", "missing")]


def test_a_heading_that_is_missing_or_twice_is_told(tmp_path: Path) -> None:
    """With what was probably meant."""
    path = workbook(
        tmp_path / "staff.xlsx", [["Personeelsnr", "School", "School", *HEADING[2:]], ["1001", "EIK", "", *ANNA[2:]]]
    )

    told = refused(path)
    assert "'Personeelsnummer' - did you mean 'Personeelsnr'" in told
    assert "twice: 'School'" in told


# ---- cells


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (123.0, "123"), (123, "123"), ("00123", "00123"), (" 123 ", "123"),
        (b't="str"|<f>CONCATENATE("0","1")</f><v>01</v>', "01"),
    ],
)  # fmt: skip
def test_a_number_is_a_text_as_a_person_typed_it(tmp_path: Path, value: Any, number: str) -> None:
    """A spreadsheet keeps 123 as 123.0; zeros in front stay where they were kept."""
    assert rows_with(tmp_path, 0, value).rows[0][0] == number


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (date_cell(46234), "2026-07-31"), (date_cell(46234.75), "2026-07-31"), (46234, "2026-07-31"),
        ("31-07-2026", "2026-07-31"), ("31 juli 2026", "2026-07-31"), ("2026-07-31", "2026-07-31"),
        (20260731, "2026-07-31"), (date_cell(2958465), None), ("31-12-9999", None), (None, None),
    ],
)  # fmt: skip
def test_a_date_may_be_a_date_a_number_or_a_text(tmp_path: Path, value: Any, day: str | None) -> None:
    """The format of a cell is easily lost; 31-12-9999 is how programs write "no end"."""
    assert rows_with(tmp_path, 3, value).rows[0][3] == day


def test_days_that_count_from_1904_are_understood(tmp_path: Path) -> None:
    """Old workbooks of a Mac; read the other way everyone would leave four years early."""
    path, body = tmp_path / "staff.xlsx", workbooks.sheet([HEADING, [*ANNA[:2], 42582, 44772, *ANNA[4:]]])
    parts = workbooks.parts(["Blad1"], more='<workbookPr date1904="1"/>')
    workbooks.write(path, parts | {"xl/worksheets/sheet1.xml": body})

    assert staff(path).rows[0][2:4] == ("2020-08-01", "2026-07-31")


@pytest.mark.parametrize(
    ("at", "value", "reason"),
    [
        (3, b't="e"|<v>#N/A</v>', "the outcome of a formula is an error"),
        (3, b't="e"|<f>VLOOKUP(A1,B:B,1)</f><v>#REF!</v>', "the outcome of a formula is an error"),
        (3, "#N/B", "the outcome of a formula is an error"),
        (3, "########", "the outcome of a formula is an error"),
        (3, b"|<f>TODAY()</f>", "a formula that was never calculated: open the file in Excel and save it"),
        (3, b"|<f>TODAY()</f><v/>", "a formula that was never calculated: open the file in Excel and save it"),
        (0, 1.2345678901234567e17, "too long a number for a spreadsheet: write it as text"),
        (0, date_cell(46234), "the spreadsheet made a date or time of this: write it as text"),
        (6, date_cell(0.5), "the spreadsheet made a date or time of this: write it as text"),
        (3, date_cell(0.5), "not a date as 31-07-2026"),
        (3, 12, "not a date as 31-07-2026"),
        (3, True, "not a date as 31-07-2026"),
        (3, "07/31/2026", "here the month stands first: write 31-07-2026"),
        (3, "31-07-26", "a year of two digits: write 31-07-2026"),
    ],
)
def test_a_cell_that_means_nothing_certain_costs_its_row(tmp_path: Path, at: int, value: Any, reason: str) -> None:
    """An error in the end date, taken for empty, would keep a leaver employed."""
    listing = rows_with(tmp_path, at, value)

    assert listing.rows == []
    assert listing.bad == [BadRow(2, HEADING[at], reason)]


def test_a_formula_with_an_outcome_is_that_outcome(tmp_path: Path) -> None:
    """Also an empty one: that is what its maker sees."""
    assert rows_with(tmp_path, 3, b's="1"|<f>A1+1</f><v>46234</v>').rows[0][3] == "2026-07-31"
    assert rows_with(tmp_path, 3, b't="str"|<f>IF(1,"","")</f><v></v>').rows[0][3] is None


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "<script>", "a_x0000_b", "\u202eanna", "'; DROP TABLE x; --", "{0}"])
def test_hostile_text_is_only_text(tmp_path: Path, text: str) -> None:
    """It is kept as it stands, or with the one character replaced that no database takes."""
    assert rows_with(tmp_path, 4, text).rows[0][4] == text.replace("_x0000_", "\ufffd")


# ---- files that are something else, or too much


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"%PDF-1.7 ...", "it is a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "(.xls)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"<html><table><tr><td>Naam", "a web page"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"PK\x03\x04 half", "not whole"),
    ],
    ids=["PDF", "old Excel", "password", "web page", "picture", "broken archive"],
)
def test_a_file_of_another_kind_is_named(tmp_path: Path, raw: bytes, said: str) -> None:
    """Whatever its name says; and how to make it one that can be read."""
    path = tmp_path / "staff.xlsx"
    path.write_bytes(raw)

    assert said in refused(path)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a.txt"], "a ZIP archive"),
        (["[Content_Types].xml", "word/document.xml"], "a document of Office"),
        (["[Content_Types].xml", "xl/workbook.bin"], "(.xlsb)"),
        (["mimetype", "content.xml"], "LibreOffice"),
    ],
)
def test_an_archive_that_is_no_workbook_is_named(tmp_path: Path, names: list[str], said: str) -> None:
    """They all begin alike."""
    assert said in refused(workbooks.write(tmp_path / "staff.xlsx", dict.fromkeys(names, b"x")))


def test_a_workbook_that_breaks_off_is_not_whole(tmp_path: Path) -> None:
    """A copy that was cut off has no table of contents; one with a wrong byte has a wrong checksum."""
    path = workbook(tmp_path / "staff.xlsx", [HEADING, *[ANNA] * 50])
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) * 2 // 3])
    assert "not whole" in refused(path)

    at = raw.index(b"xl/worksheets/sheet1.xml") + 60
    path.write_bytes(raw[:at] + bytes([raw[at] ^ 0xFF]) + raw[at + 1 :])
    assert "not whole" in refused(path)


def test_a_part_that_unpacks_to_far_too_much_is_refused_by_what_it_says(tmp_path: Path) -> None:
    """A few kilobytes may unpack to gigabytes; they are weighed before anything is unpacked."""
    path = workbook(tmp_path / "staff.xlsx", [HEADING, ANNA], extra={"xl/media/image1.png": bytes(100 * 1024 * 1024)})

    assert path.stat().st_size < 1024 * 1024
    assert "too large" in refused(path)


def test_a_part_that_lies_about_its_weight_is_not_unpacked_further(tmp_path: Path) -> None:
    """The archive says a hundred bytes; what comes out is counted, and does not fit its checksum."""
    path = workbook(tmp_path / "staff.xlsx", [HEADING, *[ANNA] * 5000])
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    path.write_bytes(path.read_bytes().replace(struct.pack("<L", size), struct.pack("<L", 100)))

    assert "not whole" in refused(path)


def test_a_file_of_100_megabytes_is_refused_unread(tmp_path: Path) -> None:
    """The wrong file may not fill the memory."""
    path = tmp_path / "staff.xlsx"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)

    assert "it has 100 MB" in refused(path)
    assert reading.LARGEST < 100 * 1024 * 1024


def test_two_cells_at_the_ends_of_the_sheet_do_not_fill_the_memory(tmp_path: Path) -> None:
    """A reader makes a square around all cells: seventeen billion of them."""
    path, far = tmp_path / "staff.xlsx", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    body = workbooks.sheet([HEADING, ANNA]).replace(b"</sheetData>", far)
    workbooks.write(path, workbooks.parts(["Blad1"]) | {"xl/worksheets/sheet1.xml": body})
    assert "too large" in refused(path)

    body = body.replace(
        b'r="XFD1048576"><v>1</v></c>', b'r="XFD1048576" s="1"/>'
    )  # a format without a value is no cell
    workbooks.write(path, workbooks.parts(["Blad1"]) | {"xl/worksheets/sheet1.xml": body})
    assert staff(path).rows == [ANNA_ROW]


def test_entities_that_blow_up_are_refused(tmp_path: Path) -> None:
    """No spreadsheet program writes them."""
    body = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + workbooks.sheet([HEADING, ANNA])
    path = workbooks.write(tmp_path / "staff.xlsx", workbooks.parts(["Blad1"]) | {"xl/worksheets/sheet1.xml": body})

    assert "not whole" in refused(path)


def test_damage_anywhere_in_a_workbook_gives_a_clear_error_or_the_same_rows(tmp_path: Path) -> None:
    """Never a trace, never another list: each byte of a workbook is turned once, a few hundred of them here."""
    path = workbook(tmp_path / "staff.xlsx", [HEADING, ANNA])
    raw = path.read_bytes()
    for at in range(0, len(raw), 7):
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 0x20]) + raw[at + 1 :])
        with suppress(ContentError):
            assert staff(path).rows == [ANNA_ROW]


def test_an_empty_sheet_is_a_wrong_file(tmp_path: Path) -> None:
    """A list of nobody would end everyone's contract."""
    assert "holds no rows" in refused(workbook(tmp_path / "staff.xlsx", []))
    assert "holds no rows" in refused(workbook(tmp_path / "staff.xlsx", [HEADING]))


def test_fifteen_thousand_rows_take_a_second(tmp_path: Path) -> None:
    """The largest board in one sheet."""
    rows = [[f"{number:05}", *ANNA[1:]] for number in range(15_000)]

    assert len(staff(workbook(tmp_path / "staff.xlsx", [HEADING, *rows])).rows) == 15_000
