"""The board's own lists: from whatever program, a bad row is named by its line, and the rest goes on."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ibpmon.collect import files
from ibpmon.collect.connectors import load_connectors
from ibpmon.collect.files import BadRow, Listing, read_file
from ibpmon.config import BoardFile, Content
from ibpmon.errors import ContentError, SourceError

STAFF = load_connectors(Content())["staff-list"]
PUPILS = load_connectors(Content())["pupil-list"]
HEADING = "Personeelsnummer;School;In dienst;Uit dienst;Naam;Gebruikersnaam;Functie"
ANNA = "1001;EIK;01-08-2020;;Anna Verzonnen;anna@x.example;Leerkracht"
BRAM = "1002;EIK;01-08-2020;31-07-2026;Bram Bedacht;bram@x.example;Directeur"

Read = Callable[..., Listing]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a staff list with this content."""

    def reading(content: str | bytes, **columns: str) -> Listing:
        path = tmp_path / "medewerkers.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_file(STAFF, BoardFile(path=path, columns=columns))

    return reading


def lines(*rows: str, heading: str = HEADING, end: str = "\n") -> str:
    """A file of these rows."""
    return end.join((heading, *rows, ""))


def test_rows_come_in_the_order_of_the_connector(read: Read) -> None:
    """The file may have its columns in any order; the store has one."""
    assert read(lines(ANNA, BRAM)).rows == [
        ("1001", "EIK", "2020-08-01", None, "Anna Verzonnen", "anna@x.example", "Leerkracht"),
        ("1002", "EIK", "2020-08-01", "2026-07-31", "Bram Bedacht", "bram@x.example", "Directeur"),
    ]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_the_delimiter_is_seen_from_the_heading(read: Read, delimiter: str) -> None:
    """Excel takes ; or , by the language of the machine."""
    assert len(read(lines(ANNA, BRAM).replace(";", delimiter)).rows) == 2


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do(read: Read, end: str) -> None:
    """A file may have been on another kind of machine."""
    assert len(read(lines(ANNA, BRAM, end=end)).rows) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_names_survive_the_encoding_of_the_program(read: Read, encoding: str) -> None:
    """Older programs write the code page of Windows; Zoë stays Zoë."""
    assert read(lines(ANNA.replace("Anna", "Zoë")).encode(encoding)).rows[0][4] == "Zoë Verzonnen"


@pytest.mark.parametrize("text", ["31-07-2026", "31-7-2026", "2026-07-31", "31-07-2026 00:00", "31-07-2026 00:00:00"])
def test_a_date_is_read_as_the_board_writes_it(read: Read, text: str) -> None:
    """Day first or year first; a spreadsheet's midnight does no harm."""
    assert read(lines(BRAM.replace("31-07-2026", text))).rows[0][3] == "2026-07-31"


@pytest.mark.parametrize(
    ("text", "value"),
    [("ja", 1), ("Nee", 0), ("yes", 1), ("no", 0), ("TRUE", 1), ("false", 0), ("1", 1), ("0", 0), ("J", 1), ("n", 0)],
)
def test_yes_and_no_in_the_words_of_programs(tmp_path: Path, text: str, value: int) -> None:
    """Each program has its own."""
    path = tmp_path / "leerlingen.csv"
    path.write_text(f"Leerlingnummer,Gebruikersnaam,School,Groep,Ingeschreven\n1,a@x.example,EIK,5,{text}\n")
    assert read_file(PUPILS, BoardFile(path=path)).rows == [("1", "a@x.example", "EIK", "5", bool(value))]


def test_a_heading_may_differ_in_capitals_and_spaces(read: Read) -> None:
    """Nobody sees those."""
    assert read(lines(ANNA, heading=HEADING.replace("In dienst", " in  DIENST "))).rows


def test_the_configuration_names_the_columns_of_another_program(read: Read) -> None:
    """What it does not name keeps the usual heading; columns that nobody asked for are passed by."""
    heading = HEADING.replace("Personeelsnummer", "Medewerker") + ";Schoenmaat"
    assert read(lines(ANNA + ";43", heading=heading), employee_number="Medewerker").rows[0][0] == "1001"


def test_a_column_that_the_board_does_not_have_is_left_out_on_purpose(read: Read) -> None:
    """Mapped to nothing, and so empty; it is not a wrong heading then."""
    short, heading = ANNA.rpartition(";")[0], HEADING.rpartition(";")[0]
    assert read(lines(short, heading=heading), function="").rows[0][6] is None


# ---- rows that cannot be used


@pytest.mark.parametrize(
    ("bad", "column", "reason"),
    [
        (ANNA.replace("1001", ""), "Personeelsnummer", "missing"),
        (ANNA.replace("01-08-2020", ""), "In dienst", "missing"),
        (ANNA.replace("01-08-2020", "31-02-2020"), "In dienst", "a date that does not exist"),
        (ANNA.replace("01-08-2020", "augustus"), "In dienst", "not a date as 31-07-2026"),
        (ANNA.replace("01-08-2020", "01-08-20"), "In dienst", "not a date as 31-07-2026"),
        (ANNA + ";te veel", "", "other number of values than the heading, or an odd quote"),
        ("1001;EIK", "", "other number of values than the heading, or an odd quote"),
        (ANNA.replace("Anna", "A" * 2000), "Naam", "longer than a value can be"),
        (ANNA.replace("EIK", "É" * 500), "School", "longer than a value can be"),
        (ANNA.replace("Anna", '"Anna'), "", "other number of values than the heading, or an odd quote"),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_the_rest_goes_on(read: Read, bad: str, column: str, reason: str) -> None:
    """One mistake of a busy person may not cost the list."""
    listing = read(lines(BRAM, bad, BRAM.replace("1002", "1003")))

    assert listing.bad == [BadRow(3, column, reason)]
    assert [row[0] for row in listing.rows] == ["1002", "1003"]


def test_a_quote_that_is_never_closed_costs_one_line_only(read: Read) -> None:
    """Read naively, it takes the whole rest of the file into one value, and everyone below it has left."""
    many = [BRAM.replace("1002", str(number)) for number in range(2000, 2100)]
    listing = read(lines('1001;EIK;01-08-2020;;"Anna;anna@x.example;Leerkracht', *many))

    assert len(listing.rows) == 100
    assert [row.line for row in listing.bad] == [2]


def test_quotes_inside_a_name_survive(read: Read) -> None:
    """Programs do not agree on how to write them."""
    assert read(lines(ANNA.replace("Anna Verzonnen", 'Anna "An" Verzonnen'))).rows[0][4] == 'Anna "An" Verzonnen'
    assert read(lines(ANNA.replace("Anna Verzonnen", '"Anna ""An"" Verzonnen"'))).rows[0][4] == 'Anna "An" Verzonnen'
    assert read(lines(ANNA.replace("Anna Verzonnen", '"Verzonnen; Anna"'))).rows[0][4] == "Verzonnen; Anna"


def test_a_line_end_inside_quotes_belongs_to_the_value(read: Read) -> None:
    """And the lines after it keep their own numbers."""
    listing = read(lines(ANNA.replace("Leerkracht", '"Leerkracht\nen meer"'), "kapot", BRAM))

    assert [row[6] for row in listing.rows] == ["Leerkracht\nen meer", "Directeur"]
    assert [row.line for row in listing.bad] == [4]


def test_characters_that_a_database_refuses_are_replaced_visibly(read: Read) -> None:
    """One NUL never stops a run."""
    assert read(lines(ANNA.replace("Anna", "An\0na"))).rows[0][4] == "An\ufffdna Verzonnen"


def test_odd_separators_inside_a_name_do_not_end_the_line(read: Read) -> None:
    """Python's own splitlines takes these for line ends."""
    assert len(read(lines(ANNA.replace("Anna", "An\u2028na\x0b\x1c"))).rows) == 1


def test_empty_lines_are_no_rows(read: Read) -> None:
    """Spreadsheets leave them at the end."""
    listing = read(lines(ANNA, "", ";;;;;;", "  "))
    assert (len(listing.rows), listing.bad) == (1, [])


def test_a_school_may_be_missing_though_it_is_part_of_the_key(read: Read) -> None:
    """Who works at the board's office belongs to no school."""
    assert read(lines(ANNA.replace("EIK", ""))).rows[0][1] == ""


# ---- files that cannot be used


def test_a_wrong_heading_names_what_is_missing_and_what_was_meant(read: Read) -> None:
    """One look must be enough to correct it."""
    with pytest.raises(ContentError) as error:
        read(lines(ANNA, heading=HEADING.replace("Personeelsnummer", "Personeelsnr").replace("School", "Naam")))

    told = str(error.value)
    assert "'Personeelsnummer'" in told
    assert "'Personeelsnr'" in told
    assert "'School'" in told
    assert "'Naam'" in told
    assert "Uit dienst" in told


def test_a_file_without_a_heading_does_not_tell_who_is_in_it(read: Read) -> None:
    """The first line is then a person, and an error goes into the log."""
    with pytest.raises(ContentError) as error:
        read(ANNA + "\n" + BRAM)

    assert "Personeelsnummer" in str(error.value)
    assert not {"1001", "Anna", "anna", "EIK"} & set(re.findall(r"\w+", f"{error.value} {error.value.values}"))


def test_a_columns_table_with_an_unknown_name_is_refused(read: Read) -> None:
    """A typing mistake would be a column that is silently never read."""
    with pytest.raises(ContentError, match="'employee_number'"):
        read(lines(ANNA), employe_number="Personeelsnummer")
    with pytest.raises(ContentError, match="'employee_number'"):
        read(lines(ANNA), employee_number="")


@pytest.mark.parametrize("content", ["", "\n\n", HEADING, HEADING + "\n;;;;;;\n"])
def test_a_list_of_nobody_is_a_wrong_file(read: Read, content: str) -> None:
    """Believed, it would end everyone's contract."""
    with pytest.raises(ContentError, match="holds no rows"):
        read(content)


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04" + bytes(range(256)) * 20, b"\0" * 5000, b'"' * 5000, b"\xff\xfe\x00"]
)
def test_a_file_of_another_kind_is_refused(read: Read, content: bytes) -> None:
    """A spreadsheet is not a CSV, whatever its name."""
    with pytest.raises(ContentError):
        read(content)


def test_a_file_that_is_far_too_large_is_refused_unread(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of people is small; the wrong file may not fill the memory."""
    monkeypatch.setattr(files, "LARGEST", 100)
    with pytest.raises(ContentError, match="too large"):
        read(lines(*[ANNA] * 10))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With the place where it was looked for."""
    with pytest.raises(SourceError, match=r"nergens\.csv"):
        read_file(STAFF, BoardFile(path=tmp_path / "nergens.csv"))
