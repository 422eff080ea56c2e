"""The autorisatiematrix as the list that a board keeps: what it says, and what refuses it."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ibpmon import language
from ibpmon.config import MatrixFile, load
from ibpmon.errors import ConfigError, ContentError
from ibpmon.review.access import Person, Resource
from ibpmon.review.matrix import Matrix, load_matrix
from ibpmon.review.matrix_list import key_of, matrix_of
from tests.conftest import Answer, Tenant
from tests.workbooks import workbook

ROOT = Path(__file__).resolve().parent.parent
SIGNED: dict[str, Any] = {"version": "2026-2", "approved_by": "Anna", "approved_on": date(2026, 9, 1)}
HEADING = "Proces;Plaats;Proceseigenaar;E-mail eigenaar;Rol;Functies;Soort account;Recht;Alleen eigen school"
ROWS = [
    "Zorg;PAP Zorgteam;Anna;anna@board.example;Intern begeleider;Intern begeleider*;;Schrijven;ja",
    "zorg ;PAP Zorgteam;;;Leerkracht;Leerkracht*, Vakleerkracht*;;L;ja",
    "Geld;BUR Financiën;Bram;;;;;;",
    "Geld;Salaris;;;Personeel;;personeel;lezen;nee",
]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """The words of the code itself."""
    language.use("en")
    yield
    language.use(language.FALLBACK)


def listed(folder: Path, *rows: str, **changes: Any) -> Matrix:
    """The matrix of these rows as CSV."""
    path = folder / "matrix.csv"
    path.write_text("\n".join([HEADING, *rows]), encoding="utf-8")
    return matrix_of(MatrixFile(path=path, **SIGNED | changes))


def problems(folder: Path, *rows: str) -> str:
    """What is said of rows that cannot be a matrix."""
    with pytest.raises(ContentError) as refused:
        listed(folder, *rows)
    return refused.value.english()


def test_a_list_says_what_the_toml_file_says(tmp_path: Path) -> None:
    """Boards keep their matrix in a spreadsheet; nobody should have to type it over."""
    content = listed(tmp_path, *ROWS).content

    assert (content.version, content.approved_by, content.approved_on) == tuple(SIGNED.values())
    care, money = content.processes
    assert (care.key, care.name, care.owner, care.mail) == ("zorg", "Zorg", "Anna", "anna@board.example")
    assert care.resources == ("PAP Zorgteam",)
    assert (money.owner, money.resources) == ("Bram", ("BUR Financiën", "Salaris"))
    assert {role.key: (role.functions, role.populations) for role in content.roles} == {
        "intern-begeleider": (("Intern begeleider*",), ()),
        "leerkracht": (("Leerkracht*", "Vakleerkracht*"), ()),
        "personeel": ((), ("staff",)),
    }
    assert [(rule.role, rule.resources, rule.right, rule.same_school) for rule in content.rules] == [
        ("intern-begeleider", ("PAP Zorgteam",), "write", True),
        ("leerkracht", ("PAP Zorgteam",), "read", True),
        ("personeel", ("Salaris",), "read", False),
    ]


def test_a_right_is_judged_by_a_list_as_by_the_toml_file(tmp_path: Path) -> None:
    """What it is for: more than the matrix gives is a deviation."""
    matrix = listed(tmp_path, *ROWS)
    team = Resource("site", "s", "PAP Zorgteam", school="PAP")
    chris = Person("c", population="staff", function="Leerkracht groep 3", schools=("PAP",))

    assert matrix.judge(chris, team, "read").outcome == "CONFORM"
    assert matrix.judge(chris, team, "write").reason == "too_high"


def test_a_spreadsheet_gives_the_same_matrix(tmp_path: Path) -> None:
    """Most boards have it in Excel, with a title above it and their own headings."""
    rows = [[cell or None for cell in row.split(";")] for row in (HEADING.replace("Plaats", "Waar"), *ROWS)]
    path = workbook(tmp_path / "matrix.xlsx", [["Autorisatiematrix"], [None], *rows])

    matrix = matrix_of(MatrixFile(path=path, columns={"resource": "Waar"}, **SIGNED))

    assert matrix.content == listed(tmp_path, *ROWS).content


def test_a_list_names_who_stands_in_and_other_ways_to_have_a_role(tmp_path: Path) -> None:
    """The columns that fewer boards have; in a list without them nothing changes."""
    path = tmp_path / "matrix.csv"
    heading = "Proces;Plaats;Proceseigenaar;Vervanger;Gebruikersnaam vervanger;E-mail vervanger"
    heading += ";Rol;Functies;Afdelingen;Groepen;Recht"
    row = "Zorg;Zorgteam;Anna;Chris;c@board.example;c@board.example;Intern begeleider;;Zorg*;IB-ers;L"
    path.write_text(f"{heading}\n{row}", encoding="utf-8")

    content = matrix_of(MatrixFile(path=path, **SIGNED)).content

    (care,), (role,) = content.processes, content.roles
    assert (care.deputy, care.deputy_upn, care.deputy_mail) == ("Chris", "c@board.example", "c@board.example")
    assert (role.functions, role.departments, role.groups) == ((), ("Zorg*",), ("IB-ers",))


def test_each_version_of_the_list_has_its_own_fingerprint(tmp_path: Path) -> None:
    """A review names the matrix that it was judged by; who approved it is part of that."""
    marks = {
        listed(tmp_path, *ROWS).hash,
        listed(tmp_path, *ROWS[:-1]).hash,
        listed(tmp_path, *ROWS, approved_by="Bram").hash,
    }
    assert {len(mark) for mark in marks} == {64}
    assert len(marks) == 3


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("Zorg;PAP Zorgteam;Bram;;;;;;", "matrix.csv:6: Proceseigenaar: line 2 says something else"),
        ("Zorg;PAP Directie;;;Leerkracht;Docent*;;L;", "matrix.csv:6: Functies: line 3 says something else"),
        ("Zorg;PAP Zorgteam;;;Leerkracht;;;S;ja", "matrix.csv:6: Recht: another line gives this role another right"),
        ("Zorg;PAP Zorgteam;;;Leerkracht;;;x;nee", "matrix.csv:6: Recht: not one of the words"),
        ("Zorg;PAP Zorgteam;;;Leerkracht;;;;", "matrix.csv:6: Recht: missing"),
        ("Zorg;PAP Zorgteam;;;;;;L;", "matrix.csv:6: Rol: missing"),
        ("Zorg;;;;;;;;", "matrix.csv:6: Plaats: missing"),
        ("Gebouw;BUR Gebouw;;;;;;;", "matrix.csv:6: Proceseigenaar: missing"),
        ("Zorg;PAP Zorgteam;;;Conciërge;;;L;", "matrix.csv:6: Functies: say how this role is recognised"),
        ("Zorg;PAP Zorgteam;;;Conciërge;;ouders;L;", "matrix.csv:6: Soort account: not one of the words"),
        ("Zorg!;PAP Zorgteam;Anna;;;;;;", "matrix.csv:6: Proces: too much like the name on line 2"),
        ("Bouw;BUR Gebouw;Anna;anna at home;;;;;", "matrix.csv:6: E-mail eigenaar: write one mail address, as"),
        ("Zorg;PAP Zorgteam", "matrix.csv:6: other number of values"),
    ],
)
def test_one_row_that_cannot_be_meant_refuses_the_list(tmp_path: Path, row: str, problem: str) -> None:
    """Half a matrix would call rights wrong that were agreed; the line and the column are named, the value is not."""
    told = problems(tmp_path, *ROWS, row)
    assert problem in told
    assert "anna at home" not in told


def test_all_problems_are_told_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    """Whoever mends the first should not find the second tomorrow."""
    told = problems(tmp_path, "Bouw;BUR Gebouw;;;;;;;", "Zorg;PAP Zorgteam;Anna;;Leerkracht;L*;;x;")
    assert re.findall(r"matrix\.csv:(\d)", told) == ["2", "3"]


@pytest.mark.parametrize("lost", ["version", "approved_by", "approved_on"])
def test_a_list_that_nobody_approved_is_no_matrix(tmp_path: Path, lost: str) -> None:
    """A spreadsheet has no place for it, so the configuration says it."""
    with pytest.raises(ContentError, match="who approved"):
        listed(tmp_path, *ROWS, **{lost: None if lost == "approved_on" else ""})


def test_what_stands_in_the_toml_file_is_not_said_again(tmp_path: Path) -> None:
    """It would not count, and whoever wrote it there thinks that it does."""
    example = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    path = tmp_path / "config.toml"
    path.write_text(example.replace('# version = "2026-2"', 'version = "2026-2"'), encoding="utf-8")
    with pytest.raises(ConfigError, match="matrix in TOML"):
        load(path)


def test_a_name_becomes_a_key_that_may_name_a_file() -> None:
    """Accents and signs go; a long name keeps apart from another that begins the same."""
    assert key_of("  Financiën & beheer ") == "financien-beheer"
    long = [key_of(f"Leerlingzorg van de basisschool {name}") for name in ("De Waaier", "De Papieren Boot")]
    assert len(set(long)) == 2
    assert all(re.fullmatch(r"[a-z0-9-]{1,32}", key) for key in [*long, key_of("школа")])


def test_the_examples_of_the_manual_are_read(tmp_path: Path) -> None:
    """A person copies one and fills it in."""
    text = (ROOT / "docs" / "files.md").read_text(encoding="utf-8").split("`[files.matrix]`\n", 1)[1]
    (tmp_path / "matrix.csv").write_text(re.findall(r"```csv\n(.*?)```", text, re.S)[0], encoding="utf-8")
    (tmp_path / "matrix.toml").write_text(re.findall(r"```toml\n(.*?)```", text, re.S)[0], encoding="utf-8")

    assert len(matrix_of(MatrixFile(path=tmp_path / "matrix.csv", **SIGNED)).content.rules) == 2
    assert len(load_matrix(tmp_path / "matrix.toml").content.rules) == 1


def test_reviews_are_made_by_a_list_and_check_says_what_is_wrong_with_one(tenant: Tenant, ibpmon: Any) -> None:
    """The way of a person: name the list, look whether it can be used, make the reviews."""
    path = tenant.folder / "matrix.csv"
    path.write_text("\n".join([HEADING, *ROWS]), encoding="utf-8")
    text = tenant.config.read_text(encoding="utf-8")
    signed = 'version = "2026-2"\napproved_by = "Anna"\napproved_on = 2026-09-01'
    toml = f'path = "{tenant.folder / "autorisatiematrix.toml"}"'
    tenant.config.write_text(text.replace(toml, f'path = "{path}"\n{signed}'), encoding="utf-8")

    checked: Answer = ibpmon("check", "--config", tenant.config)
    reported: Answer = ibpmon("report", "--config", tenant.config)

    assert "autorisatiematrix 2026-2: 2 processes, 3 roles, 3 rules" in checked.out
    assert reported.code == 0
    assert "review-zorg.html" in {page.name for page in tenant.folder.rglob("*.html")}

    path.write_text("\n".join([HEADING, *ROWS, "Zorg;;;;;;;;"]), encoding="utf-8")
    assert "matrix.csv:6: Plaats: missing" in ibpmon("check", "--config", tenant.config).out
    refused: Answer = ibpmon("report", "--config", tenant.config)
    assert refused.code == 3
    assert "matrix.csv:6: Plaats: missing" in refused.err
