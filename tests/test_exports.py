"""A listing in a spreadsheet: complete, and harmless whatever a pupil called a device."""

import csv
import zipfile
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from ibpmon.report.exports import write_csv, write_xlsx

COLUMNS = {"name": "Naam", "times": "Keer"}


@pytest.mark.parametrize(
    "name", ["=HYPERLINK(1)", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", " =1+1", "\u200b=1"]
)
def test_a_cell_never_becomes_a_formula(tmp_path: Path, name: str) -> None:
    """The ICT'er opens the list in Excel; a name may not run anything there."""
    write_csv([{"name": name, "times": 1}], COLUMNS, tmp_path / "list.csv")

    read = pd.read_csv(tmp_path / "list.csv", sep=";", encoding="utf-8-sig", dtype=str)
    assert read["Naam"][0].startswith("'")


def test_a_line_end_of_any_kind_breaks_no_row(tmp_path: Path) -> None:
    """A lone CR in a name once ended its row: what stood behind it became a row of its own, and a formula."""
    names = ["Jan\r=1+1", "Jan\n=1+1", "Jan\r\n=1+1"]
    write_csv([{"name": name, "times": 1} for name in names], COLUMNS, tmp_path / "list.csv")

    with (tmp_path / "list.csv").open(encoding="utf-8-sig", newline="") as source:
        assert list(csv.reader(source, delimiter=";"))[1:] == [[name, "1"] for name in names]


def test_the_file_is_for_our_eyes_only(tmp_path: Path) -> None:
    """It holds the names of people."""
    write_csv([{"name": "Anna", "times": 1}], COLUMNS, tmp_path / "list.csv")

    assert (tmp_path / "list.csv").stat().st_mode & 0o077 == 0


def test_every_row_is_there_with_its_quotes_and_odd_characters(tmp_path: Path) -> None:
    """One name never costs a row."""
    names = ['Anna "de" Groot; Bram', "regel\neinde", "nul\0", "Łukasz 🎓", "\ud800"]
    write_csv([{"name": name, "times": n} for n, name in enumerate(names)], COLUMNS, tmp_path / "list.csv")

    read = pd.read_csv(tmp_path / "list.csv", sep=";", encoding="utf-8-sig")
    assert list(read["Keer"]) == [0, 1, 2, 3, 4]
    assert read["Naam"][0] == names[0]


def test_a_workbook_holds_what_it_was_given_and_calculates_nothing(tmp_path: Path) -> None:
    """Text stays text, numbers and dates stay what they are, what is not known stays empty."""
    at = datetime(2026, 11, 23, 10, 0)  # noqa: DTZ001 - local already, as a cell has no zone
    names = ["=1+1", "http://x", "007", "nul\0", "\ud800", "y" * 40_000]
    rows = [{"name": name, "times": n, "at": at} for n, name in enumerate(names)] + [{"name": None, "times": 9}]
    write_xlsx(rows, COLUMNS | {"at": "Wanneer"}, tmp_path / "list.xlsx", "Lijst")

    read = pd.read_excel(tmp_path / "list.xlsx", sheet_name="Lijst", engine="calamine", keep_default_na=False)
    assert list(read["Naam"])[:5] == [
        "=1+1",
        "http://x",
        "007",
        "nul�",
        "�",
    ]
    assert (len(read["Naam"][5]), read["Naam"][6]) == (32_767, "")
    assert (list(read["Keer"]), read["Wanneer"][6]) == ([0, 1, 2, 3, 4, 5, 9], "")
    assert read["Wanneer"][0] == at
    with zipfile.ZipFile(tmp_path / "list.xlsx") as parts:
        xml = parts.read("xl/worksheets/sheet1.xml").decode()
    assert ("<f>" in xml, "<hyperlink" in xml, 'state="frozen"' in xml, "<cols>" in xml) == (False, False, True, True)


def test_an_empty_list_is_a_workbook_with_headings(tmp_path: Path) -> None:
    """Nothing to tell is not nothing to open."""
    write_xlsx([], COLUMNS, tmp_path / "list.xlsx", "Lijst")
    assert list(pd.read_excel(tmp_path / "list.xlsx", engine="calamine").columns) == ["Naam", "Keer"]
