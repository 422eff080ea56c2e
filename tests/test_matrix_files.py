"""The autorisatiematrix as files: the one to begin with, the cross tables of boards, and the workbook we write."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ibpmon import language
from ibpmon.collect.board_files.sheets import text_of
from ibpmon.content import shipped
from ibpmon.errors import IbpmonError
from ibpmon.report.matrix_workbook import workbook_of
from ibpmon.review.matrix import Content, load_matrix
from ibpmon.review.matrix_import import read_cross
from ibpmon.review.matrix_toml import as_toml
from tests.conftest import MONDAY, Answer
from tests.judging import ROOT
from tests.review_world import MATRIX
from tests.workbooks import workbook

Run = Callable[..., Answer]
Rights = dict[tuple[str, str, bool], str]
TODAY = date(2026, 9, 1)
pytestmark = pytest.mark.usefixtures("english")


# ---------------------------------------------------------------- the matrix to begin with


def test_the_starter_is_a_matrix_as_it_stands(ibpmon: Run, tmp_path: Path) -> None:
    """Whoever starts gets something that can be proposed, not a form that is refused at the first try."""
    out = tmp_path / "matrix.toml"
    assert ibpmon("matrix", "starter", "--out", out).code == 0

    content = load_matrix(out).content
    assert {"directie", "lb-er", "leerkracht", "administratie"} <= {role.key for role in content.roles}
    bureau = {"ICT", "P&O", "Facilitair", "Financiën", "Secretariaat", "Huisvesting", "Onderwijs"}
    assert bureau < {process.name for process in content.processes}
    assert {rule.role for rule in content.rules} <= {role.key for role in content.roles}
    assert "VUL IN" in out.read_text(encoding="utf-8")


def test_each_place_of_a_starter_rule_belongs_to_a_process() -> None:
    """A right on a place that nobody answers for would be asked of nobody."""
    content = load_matrix(shipped("reports") / "matrix-starter.toml").content
    known = {place for process in content.processes for place in process.resources}
    assert {place for rule in content.rules for place in rule.resources} <= known


def test_the_starter_never_overwrites_a_matrix(ibpmon: Run, tmp_path: Path) -> None:
    """Somebody may have worked on that file for a week."""
    out = tmp_path / "matrix.toml"
    out.write_text("mine", encoding="utf-8")

    answer = ibpmon("matrix", "starter", "--out", out)

    assert answer.code == 1
    assert "is there already" in answer.err
    assert out.read_text(encoding="utf-8") == "mine"
    assert ibpmon("matrix", "starter", "--out", tmp_path / "nowhere" / "matrix.toml").code == 1


# ---------------------------------------------------------------- reading cross tables


def book(path: Path, sheets: dict[str, Sequence[Sequence[Any]]], merged: Sequence[tuple[str, str, str]] = ()) -> Path:
    """A workbook as a board makes it; `merged` are a sheet, a range and its text."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_numbers": False}) as made:
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        for name, cells, text in merged:
            made.get_worksheet_by_name(name).merge_range(cells, text)
    return path


def imported(path: Path, **options: Any) -> Content:
    """The matrix that is read from a file."""
    return read_cross(path, TODAY, **options).content


def refused(path: Path, **options: Any) -> str:
    """What is said of a file that is not clear."""
    with pytest.raises(IbpmonError) as error:
        imported(path, **options)
    assert error.value.why
    assert error.value.fix
    return error.value.english()


def rights(content: Content) -> Rights:
    """The highest right of each role on each place, whatever rules say it."""
    order = ("read", "write", "owner")
    found: Rights = {}
    for rule in content.rules:
        for place in rule.resources:
            spot = (rule.role, place.casefold(), rule.same_school)
            found[spot] = max(rule.right, found.get(spot, rule.right), key=order.index)
    return found


ZORG: Sequence[Sequence[Any]] = [
    ["Autorisatiematrix De Linde"],
    [],
    ["", "School", "", "Bureau", ""],
    ["Plaats", "Directie", "Intern\nbegeleider", "Leerlingen", "Opmerking"],
    ["Zorgteam", "B", "S", "", "alleen eigen groep"],
    ["Dossiers", "lezen", "L/S", "", ""],
    ["Nieuws", "x", "x", "L eigen school", ""],
    [],
    ["Prikbord", "-", "", "", "nog niet in gebruik"],
    ["Bijlagen", "Bijlagen", "Bijlagen", "", ""],
    ["Totaal", 3, 3, 1, ""],
    [],
    ["L = lezen, S = schrijven, B = beheren"],
    ["L", "lezen"],
]


def test_a_cross_table_is_read_as_boards_keep_it(tmp_path: Path) -> None:
    """A title, groups of columns, totals, a legend and notes stand around it; nobody should have to clean that up."""
    path = book(tmp_path / "matrix.xlsx", {"Zorg": ZORG, "Uitleg": [["Zo werkt het."]]}, [("Zorg", "B3:C3", "School")])

    content = imported(path)

    (process,) = content.processes
    assert (process.key, process.name, process.owner) == ("zorg", "Zorg", "VUL IN")
    assert process.resources == ("Zorgteam", "Dossiers", "Nieuws", "Prikbord")
    assert {role.key: role.functions or role.populations for role in content.roles} == {
        "directie": ("Directie",), "intern-begeleider": ("Intern begeleider",), "leerlingen": ("pupil",),
    }  # fmt: skip
    assert rights(content) == {
        ("directie", "zorgteam", False): "owner", ("intern-begeleider", "zorgteam", False): "write",
        ("directie", "dossiers", False): "read", ("intern-begeleider", "dossiers", False): "write",
        ("directie", "nieuws", False): "read", ("intern-begeleider", "nieuws", False): "read",
        ("leerlingen", "nieuws", True): "read",
    }  # fmt: skip


def test_merged_cells_say_the_same_in_each_cell(tmp_path: Path) -> None:
    """A process is merged over its rows, a heading over two lines, and one mark over two roles."""
    rows = [
        ["Proces", "Plaats", "Eigenaar", "Groep", "Groep"],
        ["", "", "", "Directie", "Leerkracht"],
        ["", "Zorgteam", "Anna", "", ""],
        ["", "Dossiers", "Anna", "L", ""],
        ["Geld", "Salaris", "Bram", "S", ""],
    ]
    merged = [("Alles", "A1:A2", "Proces"), ("Alles", "B1:B2", "Plaats"), ("Alles", "C1:C2", "Eigenaar")]
    merged += [("Alles", "D1:E1", "School"), ("Alles", "A3:A4", "Zorg"), ("Alles", "D3:E3", "S")]
    content = imported(book(tmp_path / "matrix.xlsx", {"Alles": rows}, merged))

    assert [(one.key, one.owner, one.resources) for one in content.processes] == [
        ("zorg", "Anna", ("Zorgteam", "Dossiers")),
        ("geld", "Bram", ("Salaris",)),
    ]
    assert rights(content) == {
        ("directie", "zorgteam", False): "write", ("leerkracht", "zorgteam", False): "write",
        ("directie", "dossiers", False): "read", ("directie", "salaris", False): "write",
    }  # fmt: skip


def test_roles_may_stand_in_the_rows(tmp_path: Path) -> None:
    """Half of all boards turn it round; the word above the names tells, or the option."""
    path = tmp_path / "Zorg.csv"
    path.write_text("Rol;Zorgteam;Nieuws\nDirectie;S;L\nLeerkracht;;L\n", encoding="utf-8")
    turned = rights(imported(path))
    path.write_text(";Zorgteam;Nieuws\nDirectie;S;L\nLeerkracht;;L\n", encoding="utf-8")

    assert turned == rights(imported(path, roles="rows"))
    assert turned[("directie", "zorgteam", False)] == "write"
    assert ("zorgteam", "directie", False) in rights(imported(path))


def test_each_unclear_cell_is_named_and_nothing_is_written(ibpmon: Run, tmp_path: Path) -> None:
    """Whoever mends the first should not find the second tomorrow, on another sheet."""
    zorg = [["Plaats", "Directie", "Leerkracht"], ["Zorgteam", "S", "?"], ["Dossiers", "L*", "L"], ["", "L", ""]]
    geld = [["Plaats", "Directie", ""], ["Salaris", "volledig", "x"], ["Salaris", "L", ""], ["salaris", "S", ""]]
    path = book(tmp_path / "matrix.xlsx", {"Zorg": zorg, "Geld": geld})
    out = tmp_path / "matrix.toml"

    answer = ibpmon("matrix", "import", path, "--out", out)

    assert answer.code == 3
    assert not out.exists()
    for cell in (
        "Zorg!C2: not one of the marks", "Zorg!B3: not one", "Zorg!A4: this row has marks and no name",
        "Geld!C1: this column has no heading", "Geld!B2: not one", "Geld!B4: Geld!B3 gives this role another right",
    ):  # fmt: skip
        assert cell in answer.err
    assert "why" in answer.err
    assert "fix" in answer.err
    assert "volledig" not in answer.err


def test_a_dry_run_shows_each_sheet_and_out_writes_what_the_loader_reads(ibpmon: Run, tmp_path: Path) -> None:
    """First look, then write; and what was written goes on to 'matrix propose'."""
    path, out = book(tmp_path / "matrix.xlsx", {"Zorg": ZORG}), tmp_path / "matrix.toml"

    dry = ibpmon("matrix", "import", path)
    assert "Zorg: 4 place(s), 3 role(s), 7 right(s)" in dry.out
    assert "  Zorgteam: Directie B, Intern begeleider S" in dry.out
    assert "Zorg!E4" in dry.out
    assert "Nothing was written." in dry.out
    assert [one.name for one in tmp_path.iterdir()] == ["matrix.xlsx"]

    assert ibpmon("matrix", "import", path, "--out", out).code == 0
    assert rights(load_matrix(out).content) == rights(imported(path))
    assert "VUL IN" in out.read_text(encoding="utf-8")
    again = ibpmon("matrix", "import", path, "--out", out)
    assert (again.code, "is there already" in again.err) == (1, True)


def test_a_bare_cross_gives_the_least_unless_somebody_says_more(tmp_path: Path, ibpmon: Run) -> None:
    """An x does not say how far: too little shows in a review, too much never does. What was made of it is told."""
    path = tmp_path / "Zorg.csv"
    path.write_text("Plaats,Directie,ICT\nZorgteam,X,x eigen\n", encoding="utf-8")
    assert "2 cell(s) with only an x were read as L" in ibpmon("matrix", "import", path).out
    assert "2 cell(s) with only an x were read as S" in ibpmon("matrix", "import", path, "--x", "write").out
    clear = tmp_path / "Clear.csv"
    clear.write_text("Plaats,Directie,ICT\nZorgteam,L,lezen eigen\n", encoding="utf-8")
    assert "only an x" not in ibpmon("matrix", "import", clear).out
    assert set(rights(imported(path)).values()) == {"read"}
    assert set(rights(imported(path, crossed="write")).values()) == {"write"}


@pytest.mark.parametrize(
    "mark",
    ["?", "l?", "LB", "v", "1", "ja, soms", "alleen eigen school", "#N/A", "nee, L", "x" * 5000, "L\u202e", "{0}"],
)
def test_a_mark_that_can_mean_something_else_is_never_guessed(tmp_path: Path, mark: str) -> None:
    """A right that nobody agreed on would be called as it should be for years."""
    path = book(tmp_path / "matrix.xlsx", {"Zorg": [["Plaats", "Directie", "ICT"], ["Zorgteam", mark, "L"]]})
    assert "Zorg!B2" in refused(path)


def test_a_sheet_that_may_be_a_table_is_not_left_out_in_silence(tmp_path: Path) -> None:
    """A process that is lost unseen is a process that nobody reviews."""
    other = [["Naam", "Telefoon", "Kamer"], ["Anna", "12", "3"], ["Bram", "13", "4"]]
    path = book(tmp_path / "matrix.xlsx", {"Zorg": ZORG, "Lijst": other, "Los": [["Zorgteam", "x"]]})
    assert "Lijst: no marks under a heading" in refused(path)
    assert "Los: no marks under a heading" in refused(path)
    assert [one.key for one in imported(path, skip=["lijst", "Los"]).processes] == ["zorg"]


@pytest.mark.parametrize("name", ["Beheer", "Lezen", "Schrijven", "Eigenaar", "beheren"])
@pytest.mark.parametrize("marks", [("lezen", "schrijven"), ("lezen", ""), ("", "lezen en schrijven"), ("L", "S")])
def test_a_place_that_is_called_like_a_right_keeps_its_marks(tmp_path: Path, name: str, marks: tuple[str, str]) -> None:
    """The site of the board office may be called "Beheer"; a legend explains letters, and never a word."""
    meant = {"lezen": "read", "L": "read", "S": "write", "schrijven": "write", "lezen en schrijven": "write"}
    heading = ["Plaats", "Directie", "Leerkracht"]
    for rows in ([["Nieuws", "L", "L"], [name, *marks]], [[name, *marks], ["Nieuws", "L", "L"]]):
        content = imported(book(tmp_path / "matrix.xlsx", {"Zorg": [heading, *rows]}))
        found = rights(content)
        assert {name, "Nieuws"} == set(content.processes[0].resources)
        for role, mark in zip(("directie", "leerkracht"), marks, strict=True):
            assert found.get((role, name.casefold(), False)) == meant.get(mark)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["L", "lezen", "lezen"], "may be a row of the table, a note or a legend"),
        (["L", "lezen", "S"], "may be a row of the table, a note or a legend"),
        (["Notities", "lezen", ""], "may be a row of the table, a note or a legend"),
        (["Legenda", "L", "lezen"], "may be a row of the table, a note or a legend"),
        (["Beheer", "Beheer", "Beheer"], "may be a row of the table, a note or a legend"),
        (["B", "bewerken", ""], "gives the letter another meaning than ibpmon reads in it"),
        (["S", "lezen", ""], "gives the letter another meaning than ibpmon reads in it"),
    ],
)
def test_a_row_that_may_be_a_place_or_a_note_is_refused_by_its_cell(tmp_path: Path, row: list[str], said: str) -> None:
    """Left out, a place loses its rights unseen; read, a legend gives them to the first role."""
    rows = [["Plaats", "Directie", "Leerkracht"], ["Zorgteam", "B", "L"], row, ["Nieuws", "L", "L"]]
    told = refused(book(tmp_path / "matrix.xlsx", {"Zorg": rows}))
    assert f"Zorg!A3: this {said}" in told


def test_a_legend_below_the_table_is_left_out_and_one_that_says_otherwise_is_refused(tmp_path: Path) -> None:
    """With an empty row above it or not; a board in whose matrix B is bewerken would get beheren everywhere."""
    table = [["Plaats", "Directie", "Leerkracht"], ["Zorgteam", "S", "L"]]
    legend = [["L", "lezen"], ["S", "lezen en schrijven"], ["B", "mag alles"], ["x", "toegang"]]
    for rows in ([*table, *legend], [*table, [], *legend], [*legend, [], *table]):
        content = imported(book(tmp_path / "matrix.xlsx", {"Zorg": rows}))
        assert content.processes[0].resources == ("Zorgteam",)
    rows = [*table, [], ["Let op", "lezen", "schrijven"]]
    assert imported(book(tmp_path / "matrix.xlsx", {"Zorg": rows})).processes[0].resources == ("Zorgteam",)
    for below in ([["B", "bewerken"]], [[], ["B", "bewerken"]]):
        told = refused(book(tmp_path / "matrix.xlsx", {"Zorg": [*table, *below]}))
        assert "this gives the letter another meaning" in told


def test_a_column_that_may_hold_marks_or_notes_is_refused(tmp_path: Path) -> None:
    """With the roles in the rows a place stands above its column, and may be called "Notities" as well."""
    rows = [["Rol", "Zorgteam", "Notities"], ["Directie", "S", "lezen"], ["Leerkracht", "L", ""]]
    assert "Zorg!C1: this may be a column with marks or one with notes" in refused(
        book(tmp_path / "matrix.xlsx", {"Zorg": rows})
    )


@pytest.mark.parametrize("mark", ["R", "RW", "r/w", "?", "V", "beheer"])
def test_a_sheet_with_marks_that_nobody_knows_is_refused_by_cell(tmp_path: Path, mark: str) -> None:
    """Also a small one without a word in its corner: a sheet that is left out is a process that nobody reviews."""
    zorg = [["", "Directie", "Leerkracht"], ["Zorgteam", mark, ""], ["Dossiers", "", mark]]
    path = book(tmp_path / "matrix.xlsx", {"Geld": [["Plaats", "ICT"], ["Salaris", "S"]], "Zorg": zorg})
    if mark == "beheer":
        assert rights(imported(path))[("directie", "zorgteam", False)] == "owner"
        return
    told = refused(path)
    assert "Zorg!B2: not one of the marks" in told
    assert "Zorg!C3: not one of the marks" in told


def test_a_formula_counts_by_its_outcome_and_one_without_is_refused(tmp_path: Path) -> None:
    """An empty cell would mean no right, which is not what somebody wrote there."""
    heading, good = ["Plaats", "Directie", "ICT"], b't="str"|<f>IF(1,"L","")</f><v>L</v>'
    path = workbook(tmp_path / "a.xlsx", [heading, ["Zorgteam", good, "L"]], names=["Zorg"])
    assert rights(imported(path))[("directie", "zorgteam", False)] == "read"
    for bad in (b"|<f>A1</f>", b't="e"|<f>1/0</f><v>#DIV/0!</v>'):
        path = workbook(tmp_path / "a.xlsx", [heading, ["Zorgteam", bad, "L"]], names=["Zorg"])
        assert "Zorg!B2" in refused(path)


def test_hostile_and_broken_files_are_told_in_one_message(ibpmon: Run, tmp_path: Path) -> None:
    """Files come by mail from anyone; none of them gets a trace, a steered terminal, or a file of its own choice."""
    whole = book(tmp_path / "whole.xlsx", {"Zorg": ZORG}).read_bytes()
    wide = b"".join(b"%d;%s\n" % (row, b"x;" * 300) for row in range(1000))
    bad = {
        "cut.xlsx": whole[: len(whole) // 2], "noise.xlsx": b"PK\x03\x04" + bytes(range(256)), "empty.csv": b"",
        "wide.csv": b"Plaats;A\n" + wide, "open.csv": b'Plaats;Directie\n"Zorg;L\n', "page.csv": b"<html>",
        "signs.csv": b"Plaats;Directie\nZo\x1b]0;x\x07;L\n", "notes.csv": b"Hallo\n",
        "same.csv": b"Plaats;Directie;directie\nZorg;L;L\n", "alike.csv": b"Plaats;P&O;P-O\nZorg;L;L\n",
    }  # fmt: skip
    for name, data in bad.items():
        (tmp_path / name).write_bytes(data)
        answer = ibpmon("matrix", "import", tmp_path / name, "--out", tmp_path / "out.toml")
        assert answer.code in (1, 3, 4), name
        assert "Traceback" not in answer.err, name
        assert ("why" in answer.err, "fix" in answer.err, "\x1b]" in answer.err) == (True, True, False), name
    assert not (tmp_path / "out.toml").exists()


def test_names_with_quotes_stay_names(tmp_path: Path, ibpmon: Run) -> None:
    """A name ends no text in TOML and begins no formula."""
    odd = "Zorg \"A\" \\ 'x' # ]]", "=HYPERLINK(0)"
    rows = [["Plaats", 'Dir"]\\'], [odd[0], "S"], [odd[1], "L"]]
    path, out = book(tmp_path / "matrix.xlsx", {"Zorg": rows}), tmp_path / "matrix.toml"

    assert ibpmon("matrix", "import", path, "--out", out).code == 0

    content = load_matrix(out).content
    assert content.processes[0].resources == odd
    assert content.roles[0].functions == ('Dir"]\\',)


def test_a_wrong_owner_is_named_with_the_row_of_the_process(tmp_path: Path) -> None:
    """An address that no mail reaches would keep a whole process from its review."""
    path = tmp_path / "Zorg.csv"
    path.write_text("Plaats;E-mail eigenaar;Directie\nZorgteam;anna at home;L\n", encoding="utf-8")
    told = refused(path)
    assert "Zorg!A2: mail: write one mail address" in told
    assert "anna at home" not in told


def test_a_matrix_that_the_loader_would_refuse_is_not_written(ibpmon: Run, tmp_path: Path) -> None:
    """A file of more than 1 MB would be there, and nothing would take it."""
    path, out = tmp_path / "Zorg.csv", tmp_path / "matrix.toml"
    path.write_text("Plaats;Directie\n" + "".join(f"{n:0180};L\n" for n in range(4000)), encoding="utf-8")

    answer = ibpmon("matrix", "import", path, "--out", out)

    assert (answer.code, out.exists()) == (1, False)
    assert "larger than 1 MB" in answer.err


# ---------------------------------------------------------------- writing workbooks


NAMES = (
    st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), min_size=1, max_size=30)
    | st.sampled_from(["Totaal", "L", "x", "Plaats", "Site", "-", "=1+1", "@x", "*", "Zorg, team", "S (nieuw)"])
).filter(lambda name: bool(name) and text_of(name) == name)  # what a spreadsheet keeps as it is
KEYS = st.from_regex(r"[A-Za-z0-9_-]{1,32}", fullmatch=True) | st.sampled_from(
    ["history", "totaal", "eigenaar", "proces", "b", "x", "plaats", "Geen", "ja", "nee", "-", "verschil"]
)


@st.composite
def matrices(draw: st.DrawFn) -> Content:
    """A matrix as the loader would take it."""
    roles = draw(st.lists(KEYS, min_size=1, max_size=4, unique_by=str.casefold))
    keys = draw(st.lists(KEYS, max_size=3, unique_by=str.casefold))
    names = draw(st.lists(NAMES, min_size=1, max_size=5))
    some = st.lists(st.sampled_from(names), min_size=1, max_size=3).map(tuple)
    rule = st.fixed_dictionaries(
        {"role": st.sampled_from(roles), "resources": some, "right": st.sampled_from(["read", "write", "owner"]),
         "same_school": st.booleans()}
    )  # fmt: skip
    return Content.model_validate(
        {
            "version": "1", "approved_by": "Dewi", "approved_on": TODAY,
            "processes": [{"key": key, "name": draw(NAMES), "owner": draw(NAMES), "resources": draw(some)}
                          for key in keys],
            "roles": [{"key": key, "functions": draw(some), "populations": draw(st.sampled_from([(), ("pupil",)]))}
                      for key in roles],
            "rules": draw(st.lists(rule, max_size=6)),
        }
    )  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
@given(matrices(), st.none() | matrices(), st.sampled_from(["en", "nl"]))
def test_a_workbook_read_back_gives_the_same_matrix(
    tmp_path_factory: pytest.TempPathFactory, content: Content, before: Content | None, spoken: str
) -> None:
    """A board that changes one mark in our own workbook may not lose another rule by it, in any language."""
    path = tmp_path_factory.mktemp("books") / "matrix.xlsx"
    language.use(spoken)
    path.write_bytes(workbook_of(content, before, "Autorisatiematrix."))
    language.use("en")
    if not content.rules and not content.processes:
        return
    back = imported(path)
    assert rights(back) == rights(content)
    assert back.processes == content.processes
    assert back.roles == content.roles


def test_a_new_place_that_is_called_plaats_is_no_second_heading(tmp_path: Path) -> None:
    """It says the same as the heading above it; the note behind it may not become a role."""
    raw = {"version": "1", "approved_by": "Dewi", "approved_on": TODAY, "rules": []}
    process = {"key": "zorg", "name": "Zorg", "owner": "Anna", "resources": ("Plaats",)}
    role = {"key": "directie", "functions": ("Directie",)}
    content = Content.model_validate({**raw, "processes": [process], "roles": [role]})
    path = tmp_path / "matrix.xlsx"

    path.write_bytes(workbook_of(content, Content.model_validate({**raw, "processes": [], "roles": [role]}), "Matrix"))

    assert imported(path).roles == content.roles


def test_a_process_called_like_the_sheet_of_another_keeps_only_its_own_places(tmp_path: Path) -> None:
    """The sheet that is named beside a process counts before any likeness of names."""
    processes = [
        {"key": "personeel", "name": "Zorg", "owner": "Anna", "resources": ("Dossiers",)},
        {"key": "zorg", "name": "Leerlingzorg", "owner": "Bram", "resources": ("Zorgteam",)},
    ]
    raw = {"version": "1", "approved_by": "Dewi", "approved_on": TODAY, "rules": []}
    role = {"key": "directie", "functions": ("Directie",)}
    content = Content.model_validate({**raw, "processes": processes, "roles": [role]})
    path = tmp_path / "matrix.xlsx"

    path.write_bytes(workbook_of(content, None, "Matrix"))

    assert imported(path).processes == content.processes


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
@given(matrices(), st.text(max_size=20))
def test_what_is_written_as_toml_loads_as_the_same(
    tmp_path_factory: pytest.TempPathFactory, content: Content, source: str
) -> None:
    """Whatever sign a name or the name of the file holds."""
    path = tmp_path_factory.mktemp("toml") / "matrix.toml"
    path.write_bytes(as_toml(content, source).encode())
    assert load_matrix(path).content == content


@pytest.fixture
def run(ibpmon: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs 'ibpmon matrix' on Monday, for a board with a matrix in its file."""
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "autorisatiematrix.toml").write_text(MATRIX, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def running(*words: str) -> Answer:
        with time_machine.travel(MONDAY, tick=False):
            return ibpmon("matrix", *words)

    return running


def cells(path: Path, sheet: str) -> list[list[Any]]:
    """What stands on a sheet."""
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_path(path).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def test_what_differs_from_the_version_before_is_marked(run: Run, tmp_path: Path) -> None:
    """An owner approves what changed; a colour alone says nothing on a grey printer or to who cannot see it."""
    run("propose", "--yes", "--by", "chris")
    other = MATRIX.replace('resources = ["Zorg", "Dossiers"]', 'resources = ["Zorg", "Nieuws"]')
    other = other.replace('right = "read"', 'right = "owner"').replace(
        '"Dossiers", "Nieuws"]', '"Dossiers", "Nieuws", "Pas"]'
    )
    (tmp_path / "other.toml").write_text(other, encoding="utf-8")
    run("propose", "other.toml", "--yes", "--by", "chris")

    answer = run("export", "2", "--out", "two.xlsx")

    assert (answer.code, "Compared with version 1." in answer.out) == (0, True)
    assert cells(tmp_path / "two.xlsx", "zorg")[2:] == [
        ["Place", "care", "staff", "Difference"],
        ["Zorg", "S", "", ""],
        ["Dossiers", "- (was S)", "", ""],
        ["Nieuws", "S (new)", "B (was L)", ""],
        ["Pas", "", "", "new place"],
    ]
    assert ["removed", "rule", "care: Dossiers", "write", ""] in cells(tmp_path / "two.xlsx", "What changed")
    assert run("export", "1", "--out", "one.xlsx").code == 0
    assert cells(tmp_path / "one.xlsx", "zorg")[3] == ["Zorg", "S", "", ""]


def test_without_a_number_what_counts_is_written(run: Run, tmp_path: Path) -> None:
    """A version when one counts, and as long as none does the file, as everywhere."""
    assert "the file in config.toml" in run("export", "--out", "file.xlsx").out
    run("propose", "--yes", "--by", "chris")
    run("approve", "1", "--process", "zorg", "--by", "anna@board.example")
    assert "version 1." in run("export", "--out", "one.xlsx").out
    again = run("import", "one.xlsx", "--out", "again.toml")
    assert again.code == 0
    assert "Nothing changes." in run("propose", "again.toml").out


def test_a_matrix_that_is_not_filled_in_is_not_proposed(run: Run) -> None:
    """Nobody called VUL IN will ever approve it, and every round would wait for him."""
    run("starter", "--out", "begin.toml")
    answer = run("propose", "begin.toml", "--yes")
    assert answer.code != 0
    assert "VUL IN at: directie, team" in answer.err
    assert run("list").out.count("chris") == 0


def test_the_kinds_of_account_are_words_in_the_workbook(tmp_path: Path) -> None:
    """And 'import' knows them again, in the language of whoever wrote it."""
    (tmp_path / "matrix.toml").write_text(MATRIX, encoding="utf-8")
    content, read = load_matrix(tmp_path / "matrix.toml").content, []
    for spoken, sheet, word in (("en", "About the roles", "staff"), ("nl", "Over de rollen", "medewerker")):
        language.use(spoken)
        path = tmp_path / f"{spoken}.xlsx"
        path.write_bytes(workbook_of(content, None, "Matrix."))
        assert ["staff", "", "", "", word] in cells(path, sheet)
        read.append(imported(path).roles)
    assert read == [content.roles, content.roles]


def test_an_export_that_cannot_be_made_says_why(run: Run, tmp_path: Path) -> None:
    """Nothing is overwritten, and no other kind of file is made."""
    (tmp_path / "mine.xlsx").write_bytes(b"mine")
    assert run("export", "--out", "mine.xlsx").code == 1
    assert (tmp_path / "mine.xlsx").read_bytes() == b"mine"
    assert run("export", "--out", "matrix.ods").code == 2
    assert run("export", "9", "--out", "nine.xlsx").code == 1
    (tmp_path / "files" / "autorisatiematrix.toml").unlink()
    assert run("export", "--out", "none.xlsx").code == 3
