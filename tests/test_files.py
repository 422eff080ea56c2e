"""The board's own lists: from whatever program, a bad row is named by its line, and the rest goes on."""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest

from ibpmon.collect.board_files import reading
from ibpmon.collect.board_files.headings import HEADINGS
from ibpmon.collect.board_files.values import Unusable, Way, value
from ibpmon.collect.connectors import load_connectors
from ibpmon.collect.files import BadRow, Listing, read_file
from ibpmon.config import READ_WHEN_NAMED, Application, BoardFile, Content, load
from ibpmon.errors import ConfigError, ContentError, PassingError, SourceError
from ibpmon.store.collected import Field
from ibpmon.store.tables import aware

ROOT = Path(__file__).resolve().parent.parent
ALL = load_connectors(Content(connectors_on=tuple(READ_WHEN_NAMED.values())))
STAFF, PUPILS = ALL["staff-list"], ALL["pupil-list"]
HEADING = "Personeelsnummer;School;In dienst;Uit dienst;Naam;Gebruikersnaam;Functie"
ANNA = "1001;EIK;01-08-2020;;Anna Verzonnen;anna@x.example;Leerkracht"
BRAM = "1002;EIK;01-08-2020;31-07-2026;Bram Bedacht;bram@x.example;Directeur"

SHORTENED = "a spreadsheet shortened this number: write it as text"

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
        ("1001", "EIK", "2020-08-01", None, "Anna Verzonnen", "anna@x.example", "Leerkracht", None, None),
        ("1002", "EIK", "2020-08-01", "2026-07-31", "Bram Bedacht", "bram@x.example", "Directeur", None, None),
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


@pytest.mark.parametrize(
    "text",
    [
        "31-07-2026", "31-7-2026", "31/07/2026", "31.07.2026", "2026-07-31", "2026/07/31", "20260731", "31 juli 2026",
        "31 JUL 2026", "31-jul-2026", "31 jul. 2026", "31 July 2026", "31-07-2026 00:00", "31-07-2026 23:59:59",
        '="31-07-2026"',
    ],
)  # fmt: skip
def test_a_date_is_read_as_the_board_writes_it(read: Read, text: str) -> None:
    """Day first, year first or in words; the time that a spreadsheet puts behind it does no harm."""
    assert read(lines(BRAM.replace("31-07-2026", text))).rows[0][3] == "2026-07-31"


@pytest.mark.parametrize("text", ["31-12-9999", "9999-12-31", "31-12-2999"])
def test_a_date_that_never_comes_is_no_date(read: Read, text: str) -> None:
    """Payroll programs write "no end" that way; a day after it does not exist."""
    assert read(lines(BRAM.replace("31-07-2026", text))).rows[0][3] is None


def test_a_time_at_the_ends_of_the_calendar_is_no_time() -> None:
    """In another zone it lies before the first year, or after the last."""
    way = Way(Field("until", (), "time", ""))
    with pytest.raises(Unusable, match="a year that cannot be meant"):
        value("0001-01-01T00:00:00+14:00", way)
    assert value("9999-12-31T23:59:59-14:00", way) is None


def test_three_notations_in_one_file_are_all_read(read: Read) -> None:
    """Several people keep the list."""
    dates = ("31-07-2026", "31 juli 2026", "2026-07-31")
    listing = read(lines(*(BRAM.replace("1002", str(n)).replace("31-07-2026", text) for n, text in enumerate(dates))))

    assert [row[3] for row in listing.rows] == ["2026-07-31"] * 3


def test_where_one_date_has_the_month_first_the_others_may_have_too(read: Read) -> None:
    """07/08/2026 is 7 August or 8 July: nobody may be made to leave on a guess. 31/07/2026 can only be one day."""
    dates = ("07/31/2026", "07/08/2026", "31/07/2026", "2026-08-07")
    listing = read(lines(*(BRAM.replace("1002", str(n)).replace("31-07-2026", text) for n, text in enumerate(dates))))

    assert [row[3] for row in listing.rows] == ["2026-07-31", "2026-08-07"]
    assert [(row.line, row.column, row.reason[:29]) for row in listing.bad] == [
        (2, "Uit dienst", "here the month stands first: "),
        (3, "Uit dienst", "day or month first? elsewhere"),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [("ja", 1), ("Nee", 0), ("yes", 1), ("no", 0), ("TRUE", 1), ("false", 0), ("1", 1), ("0", 0), ("J", 1), ("n", 0)],
)
def test_yes_and_no_in_the_words_of_programs(tmp_path: Path, text: str, value: int) -> None:
    """Each program has its own."""
    path = tmp_path / "leerlingen.csv"
    path.write_text(f"Leerlingnummer,Gebruikersnaam,School,Groep,Ingeschreven\n1,a@x.example,EIK,5,{text}\n")
    assert read_file(PUPILS, BoardFile(path=path)).rows == [("1", "a@x.example", "EIK", "5", None, bool(value))]


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
        (ANNA.replace("01-08-2020", "01-08-20"), "In dienst", "a year of two digits: write 31-07-2026"),
        (ANNA.replace("01-08-2020", "1 aug '20"), "In dienst", "a year of two digits: write 31-07-2026"),
        (ANNA.replace("01-08-2020", "01-08-0202"), "In dienst", "a year that cannot be meant"),
        (ANNA.replace("01-08-2020", "31-12-9999"), "In dienst", "missing"),
        (ANNA.replace("01-08-2020", "44044"), "In dienst", "not a date as 31-07-2026"),
        (ANNA.replace("01-08-2020", "#N/B"), "In dienst", "the outcome of a formula is an error"),
        (
            ANNA.replace("1001", "1,001E+03"),
            "Personeelsnummer",
            "a spreadsheet shortened this number: write it as text",
        ),
        (HEADING, "", "the heading stands here once more"),
        (BRAM.replace("Bram", "Eva"), "", "stands there twice, with other values"),
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
    monkeypatch.setattr(reading, "LARGEST", 100)
    with pytest.raises(ContentError, match="too large"):
        read(lines(*[ANNA] * 10))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With the place where it was looked for."""
    with pytest.raises(SourceError, match=r"nergens\.csv"):
        read_file(STAFF, BoardFile(path=tmp_path / "nergens.csv"))


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_round(tmp_path: Path) -> None:
    """Half a list looks exactly like a list of people who left."""
    path = tmp_path / "medewerkers.csv"
    path.write_text(lines(ANNA))

    def meanwhile(file: BinaryIO) -> bytes:
        raw = file.read()
        with path.open("a") as writer:
            writer.write(BRAM)
        return raw

    with pytest.raises(PassingError, match="changed while it was being read"):
        reading.content(path, meanwhile)
    assert reading.content(path).raw.decode() == lines(ANNA) + BRAM


def test_a_folder_or_a_pipe_is_no_file(tmp_path: Path) -> None:
    """Reading a pipe that nobody fills would never end."""
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path, tmp_path / "pipe.csv"):
        with pytest.raises(SourceError, match="cannot read the file"):
            read_file(STAFF, BoardFile(path=path))


# ---- encodings


def test_letters_of_a_dos_program_are_not_guessed(read: Read, tmp_path: Path) -> None:
    """Read as Windows, Zoë would be called Zo‰; the configuration can name the encoding."""
    raw = lines(ANNA.replace("Anna", "Zoë")).encode("cp850")
    with pytest.raises(ContentError, match="cannot be read with certainty"):
        read(raw)

    (tmp_path / "dos.csv").write_bytes(raw)
    listing = read_file(STAFF, BoardFile(path=tmp_path / "dos.csv", encoding="cp850"))
    assert listing.rows[0][4] == "Zoë Verzonnen"


@pytest.mark.parametrize(
    "raw", [b"\xef\xbb\xbfNaam\xff", b"\xff\xfeN\x00a", b"Naam;Zo" + b"\x81\x8d"], ids=["UTF-8", "UTF-16", "none"]
)
def test_bytes_that_fit_no_encoding_are_refused(read: Read, raw: bytes) -> None:
    """A wrong letter in a number is another person."""
    with pytest.raises(ContentError, match="cannot be read with certainty"):
        read(raw)


def test_unicode_that_does_not_say_so_is_seen(read: Read) -> None:
    """Some programs leave the mark out."""
    assert read(lines(ANNA.replace("Anna", "Zoë")).encode("utf-16-le")).rows[0][4] == "Zoë Verzonnen"


# ---- rows that belong together


def test_two_contracts_that_begin_together_at_one_school_end_with_the_last(read: Read) -> None:
    """A teacher who is also intern begeleider stands there twice, and is employed while one of the two runs."""
    second = ANNA.replace("1001;EIK;01-08-2020;;", "1001;EIK;01-08-2020;31-07-2027;")
    both = read(lines(second, ANNA.replace("Leerkracht", "Intern begeleider"))).rows
    assert [(row[3], row[6]) for row in both] == [(None, "Intern begeleider")]

    first = ANNA.replace("01-08-2020;;", "01-08-2020;31-07-2026;")
    listing = read(lines(first, second))
    assert ([row[3] for row in listing.rows], listing.bad) == (["2027-07-31"], [])


def test_the_same_line_twice_is_one_line(read: Read) -> None:
    """Two exports pasted together."""
    listing = read(lines(ANNA, BRAM, ANNA))
    assert (len(listing.rows), listing.bad) == (2, [])


def test_a_title_above_the_heading_does_no_harm(read: Read) -> None:
    """Lines keep the number that a person sees."""
    listing = read("Stichting De Verzonnen Waaier\nGemaakt op 3-11-2026;;\n\n" + lines(ANNA, "kapot"))
    assert (len(listing.rows), [row.line for row in listing.bad]) == (1, [6])


# ---- columns that not every file has


def test_a_column_that_is_often_missing_may_be_missing(read: Read) -> None:
    """A staff list without kinds of contract is whole; with them they are read."""
    assert read(lines(ANNA)).rows[0][8] is None
    assert read(lines(ANNA + ";Invaller", heading=HEADING + ";Soort contract")).rows[0][8] == "Invaller"


def test_a_typing_mistake_in_such_a_heading_is_no_missing_column(read: Read) -> None:
    """It would be a column that is silently never read; so is one that the configuration names."""
    with pytest.raises(ContentError, match="'Soort contract' - bedoelde u 'Soort contrakt'"):
        read(lines(ANNA + ";Invaller", heading=HEADING + ";Soort contrakt"))
    with pytest.raises(ContentError, match="'Dienstverband'"):
        read(lines(ANNA), contract="Dienstverband")


# ---- the other lists of the board


def listed(folder: Path, connector: str, file: str, text: str) -> Listing:
    """What a list holds."""
    path = folder / f"{file}.csv"
    path.write_text(text, encoding="utf-8")
    return read_file(ALL[connector], BoardFile(path=path))


def test_the_devices_of_the_board(tmp_path: Path) -> None:
    """With whether each is in use, which Intune cannot know."""
    text = "Serienummer;Soort;School;Gebruiker;In gebruik\nSN1;Laptop;EIK;1001;ja\nSN2;iPad;EIK;;nee\n"
    assert listed(tmp_path, "device-list", "devices", text).rows == [
        ("SN1", "Laptop", "EIK", "1001", True),
        ("SN2", "iPad", "EIK", None, False),
    ]


def test_the_classification_takes_the_words_of_the_board(tmp_path: Path) -> None:
    """Laag, midden, hoog, or a number; another word costs the row."""
    text = "Soort;Naam;Beschikbaarheid;Integriteit;Vertrouwelijkheid\nSite;EIK Zorg;midden;Hoog;3\n"
    listing = listed(tmp_path, "classification", "classification", text + "Groep;EIK Team;L;M;geheim\nGroep;;L;M;H\n")

    assert listing.rows == [("site", "EIK Zorg", "medium", "high", "high", None)]
    assert listing.bad == [
        BadRow(3, "Vertrouwelijkheid", "not one of the words that ibpmon knows here"),
        BadRow(4, "Naam", "missing"),
    ]


def test_a_consent_has_a_time_of_the_board_and_lasts_through_its_last_day(tmp_path: Path) -> None:
    """A clock without a zone is the one on the wall; "until 4 November" is that day too."""
    consents = "1001;SN1;03-11-2026 14:30;04-11-2026\n1002;SN2;2026-07-03T14:30:00Z;\n"
    heading = "Medewerker;Apparaat;Gegeven op;Geldig tot\n"
    rows = listed(tmp_path, "remote-consents", "consents", heading + consents).rows

    assert [[aware(value) if value else None for value in row[2:]] for row in rows] == [
        [datetime(2026, 11, 3, 13, 30, tzinfo=UTC), datetime(2026, 11, 4, 23, 0, tzinfo=UTC)],
        [datetime(2026, 7, 3, 14, 30, tzinfo=UTC), None],
    ]


# ---- the manual and the configuration


def test_every_list_of_the_manual_is_one_that_ibpmon_reads(tmp_path: Path) -> None:
    """A person copies the example and fills it in; no row of it may be bad."""
    text = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    for file, example in re.findall(r"^## [^\n]*`\[+files\.(\w+)\]+`\n.*?```csv\n(.*?)```", text, re.S | re.M):
        if file == "matrix":  # not collected: it says what ought to be, and has a test of its own
            continue
        path = tmp_path / f"{file}.csv"
        path.write_text(example, encoding="utf-8")
        (connector,) = (one for one in ALL.values() if one.file == file)
        listed = BoardFile(path=path) if file != "applications" else (Application(path=path, name="Salaris"),)
        listing = read_file(connector, listed)
        assert (len(listing.rows), listing.bad) == (example.count("\n") - 1, []), file


def test_the_manual_names_every_heading() -> None:
    """What stands there is what is looked for."""
    text = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    words = {word for columns in HEADINGS.values() for pair in columns.items() for word in pair}
    assert {word for word in words if word not in text} == set()


def test_to_name_a_file_is_to_have_it_read(tmp_path: Path) -> None:
    """The sources that few boards have are off; nobody has to ask twice."""
    example = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    (tmp_path / "config.toml").write_text(example, encoding="utf-8")
    assert load(tmp_path / "config.toml").content.connectors_on == ()

    table = (
        '[files.devices]\npath = "apparaten.csv"\n\n[[files.applications]]\nname = "Salaris"\npath = "salaris.csv"\n\n'
    )
    (tmp_path / "config.toml").write_text(example.replace("[[populations]]", table + "[[populations]]", 1))
    loaded = load(tmp_path / "config.toml")

    assert loaded.content.connectors_on == ("device-list", "application-rights")
    assert {"device-list", "application-rights"} <= set(load_connectors(loaded.content))
    assert [one.path for one in loaded.files.applications or ()] == [tmp_path / "salaris.csv"]


def test_two_applications_with_one_name_are_refused(tmp_path: Path) -> None:
    """They would end each other's rights."""
    example = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    table = '[[files.applications]]\nname = "{}"\npath = "a.csv"\n\n'
    both = table.format("Salaris") + table.format("SALARIS")
    (tmp_path / "config.toml").write_text(example.replace("[[populations]]", both + "[[populations]]", 1))

    with pytest.raises(ConfigError, match=r"dezelfde naam|the same name"):
        load(tmp_path / "config.toml")
