"""Exports of other applications: each a source with its own date, and a place that its owner reviews like a site."""

import os
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from ibpmon import language
from ibpmon.collect.connectors import load_connectors
from ibpmon.collect.files import Listing, read_file
from ibpmon.collect.run import collect
from ibpmon.config import Application, Board, Config, Content, Files, Mail, Tenant
from ibpmon.errors import ContentError
from ibpmon.privacy.pseudonyms import Pseudonyms
from ibpmon.review.access import Access, Landscape, look, reach
from ibpmon.review.items import Item, Words, review
from ibpmon.review.matrix import Matrix, load_matrix
from ibpmon.review.nouns import Board as Known
from ibpmon.store import upsert
from ibpmon.store.database import Store
from ibpmon.store.tables import Coverage, Run
from tests.access_world import World
from tests.conftest import FEW, MONDAY, OTHERS, TENANT, OpenStore
from tests.workbooks import date_cell, workbook

CONNECTORS = load_connectors(Content(connectors_off=OTHERS, connectors_on=("application-rights",)))
RIGHTS = CONNECTORS["application-rights"]
SALARY = "Gebruiker;Naam;Recht;Personeelsnummer\na.verzonnen;Anna Verzonnen;Beheerder;00100\nb1;Bram;Raadplegen;200\n"
MATRIX = """
version = "1"
approved_by = "Anna"
approved_on = 2026-09-01
[[processes]]
key = "salaris"
name = "Salarissen"
owner = "Anna"
resources = ["Salaris", "Financi*"]
[[roles]]
key = "director"
functions = ["Directeur"]
[[rules]]
role = "director"
resources = ["Salaris"]
right = "read"
"""

Collect = Callable[..., Run]


@pytest.fixture(autouse=True)
def english() -> Any:
    """The words of the code itself."""
    before = language.current()
    language.use("en")
    yield
    language.use(before)


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """An empty store."""
    return open_database([one.dataset for one in CONNECTORS.values()])


@pytest.fixture
def run(store: Store) -> Collect:
    """Reads the exports of these applications as a round does."""

    def running(*applications: Application, at: datetime = MONDAY) -> Run:
        config = Config(
            board=Board(name="Stichting De Verzonnen Waaier"),
            tenant=Tenant(id=TENANT, client_id=TENANT, secret=Path("secret.txt")),
            mail=Mail.model_validate({"from": "i@x.example", "host": "smtp.example", "to": {"it": ["ict@x.example"]}}),
            files=Files(applications=applications),
        )
        (ended,) = collect({RIGHTS.id: RIGHTS}, {}, store, config, at)
        return ended

    return running


def export(folder: Path, name: str, text: str = SALARY, **more: Any) -> Application:
    """An export of an application, of which the file was last changed on 3 November."""
    path = folder / f"{name}.csv"
    path.write_text(text, encoding="utf-8")
    os.utime(path, (datetime(2026, 11, 3, 12).timestamp(),) * 2)  # noqa: DTZ001 - noon is the same day everywhere here
    return Application(name=name, path=path, **more)


def listed(*applications: Application) -> Listing:
    """What exports hold."""
    return read_file(RIGHTS, applications)


def landscape(store: Store) -> Landscape:
    """What the review sees."""
    with store.read() as session:
        return look(session, store, MONDAY, Known())


def seen(store: Store, name: str) -> list[Access]:
    """Who reaches one application."""
    found = landscape(store)
    return reach(found, found.applications[name])


def saved(store: Store, world: World) -> None:
    """A world with the numbers of its runs taken, so that a round can follow."""
    world.save(store)
    with store.write() as session:
        upsert.take(session, store.tenant, "run", 100)


def staffed(store: Store) -> None:
    """Anna has an account and number 100; Bram left and lost his account."""
    world = World()
    world.person("anna", "Anna Verzonnen", person="100", function="Directeur")
    for number, name, end in (("100", "Anna Verzonnen", None), ("200", "Bram Bedacht", "2026-07-31")):
        line = {"employee_number": number, "name": name, "school": "EIK", "start_date": "2020-08-01", "end_date": end}
        world.rows["staff-list"].append(line | {"function": "Directeur"})
    saved(store, world)


# ---- reading


def test_an_export_gives_rights_with_the_application_and_the_day_of_the_file(tmp_path: Path) -> None:
    """As the application writes them."""
    listing = listed(export(tmp_path, "Salaris"))

    names = [field.name for field in RIGHTS.fields]
    assert dict(zip(names, listing.rows[0], strict=True)) == {
        "application": "Salaris", "person": "a.verzonnen", "right": "Beheerder", "level": "", "name": "Anna Verzonnen",
        "employee_number": "00100", "object_id": None, "upn": None, "as_of": "2026-11-03",
    }  # fmt: skip
    assert [(part.name, part.state) for part in listing.parts] == [("Salaris", "FULL")]


@pytest.mark.parametrize(
    ("text", "more", "day"),
    [
        (SALARY, {}, "2026-11-03"),
        (SALARY, {"as_of": date(2026, 10, 1)}, "2026-10-01"),
        ("Gebruiker;Recht;Peildatum\nb1;x;2 november 2026\n", {"as_of": date(2026, 10, 1)}, "2026-11-02"),
        ("Gebruiker;Recht;Stand\nb1;x;02-11-2026\n", {"columns": {"as_of": "Stand"}}, "2026-11-02"),
    ],
)
def test_the_day_comes_from_a_column_the_configuration_or_the_file(
    tmp_path: Path, text: str, more: dict[str, Any], day: str
) -> None:
    """In that order: what stands closest to the rows knows best."""
    assert {row[-1] for row in listed(export(tmp_path, "Salaris", text, **more)).rows} == {day}


def test_the_words_of_the_application_are_read_write_or_owner(tmp_path: Path) -> None:
    """The highest that fits; one that was not named counts as unknown, for silence is no low right."""
    rights = {"read": ["Raadpleg*"], "owner": ["Beheer*"], "write": ["*"]}
    text = "Gebruiker;Recht\na;BEHEERDER\nb;Raadplegen\n"

    assert [row[3] for row in listed(export(tmp_path, "A", text, rights=rights)).rows] == ["owner", "write"]
    del rights["write"]
    assert [row[3] for row in listed(export(tmp_path, "A", text + "c;Anders\n", rights=rights)).rows] == [
        "owner",
        "read",
        "unknown",
    ]


def test_an_export_without_rights_is_a_list_of_users(tmp_path: Path) -> None:
    """Some programs know only who may come in."""
    listing = listed(export(tmp_path, "A", "Gebruiker\na\nb\n", columns={"right": ""}))
    assert [row[1:3] for row in listing.rows] == [("a", ""), ("b", "")]


def test_a_spreadsheet_is_read_the_same_way(tmp_path: Path) -> None:
    """Payroll exports are."""
    rows: list[list[Any]] = [["Gebruiker", "Recht", "Peildatum"], [1001, "Mutator", date_cell(46329)]]
    path = workbook(tmp_path / "a.xlsx", ["Uitleg"], rows, names=["Info", "Rechten"])

    (row,) = listed(Application(name="A", path=path, sheet="Rechten")).rows
    assert (row[1], row[-1]) == ("1001", "2026-11-03")


# ---- a round


def test_each_application_has_its_own_coverage(tmp_path: Path, run: Collect, store: Store) -> None:
    """One that cannot be used keeps its rights, and the others go on without it."""
    salary, finance = export(tmp_path, "Salaris"), export(tmp_path, "Financiën")
    assert run(salary, finance).state == "FULL"

    salary.path.write_text("Gebruiker;Iets\nx;y\n", encoding="utf-8")
    finance.path.write_text("Gebruiker;Recht\nc;Nieuw\n", encoding="utf-8")
    second = run(salary, finance, at=MONDAY.replace(hour=12))

    assert second.state == "PARTIAL"
    with store.read() as session:
        lines = session.exec(select(Coverage).where(col(Coverage.run_id) == second.run_id)).all()
    assert {line.resource: line.state for line in lines} == {"Salaris": "FAILED", "Financiën": "FULL"}
    assert {access.principal.name for access in seen(store, "Financiën")} == {"c"}
    assert {access.principal.kind for access in seen(store, "Salaris")} == {"application", "user"}


def test_an_application_that_is_no_longer_named_loses_its_rights(tmp_path: Path, run: Collect, store: Store) -> None:
    """The board took it out: nobody reviews what is no more."""
    run(export(tmp_path, "Salaris"), export(tmp_path, "Oud"))
    run(export(tmp_path, "Salaris"), at=MONDAY.replace(hour=12))

    assert list(landscape(store).applications) == ["Salaris"]


def test_when_no_export_can_be_used_the_run_fails_and_all_stays(tmp_path: Path, run: Collect, store: Store) -> None:
    """With what, why and fix of the first."""
    run(export(tmp_path, "Salaris"))
    failed = run(export(tmp_path, "Salaris", "%PDF-1.7"), at=MONDAY.replace(hour=12))

    assert (failed.state, "of another kind" in str(failed.reason_values)) == ("FAILED", True)
    assert len(seen(store, "Salaris")) == 2
    with pytest.raises(ContentError, match="of another kind than a list"):
        listed(export(tmp_path, "Salaris", "%PDF-1.7"))


# ---- the review


def test_users_are_matched_to_people_and_nobody_is_dropped(tmp_path: Path, run: Collect, store: Store) -> None:
    """By number to an account, by number to someone of the staff list, and else by the name that the export gives."""
    staffed(store)
    run(export(tmp_path, "Salaris", SALARY + "x9;Eva Onbekend;Raadplegen;\n"))

    found = {access.principal.name: access for access in seen(store, "Salaris")}
    assert set(found) == {"Anna Verzonnen", "Bram Bedacht", "Eva Onbekend (x9)"}
    anna, bram = found["Anna Verzonnen"].principal.person, found["Bram Bedacht"].principal.person
    assert anna is not None
    assert anna.id == "anna"
    assert bram is not None
    assert (bram.id, bram.employed_until is not None) == ("staff/200", True)
    assert found["Eva Onbekend (x9)"].principal.kind == "user"
    assert [path.role for path in found["Anna Verzonnen"].paths] == ["Beheerder"]


def test_of_two_accounts_of_one_employee_the_one_in_use_is_meant(tmp_path: Path, run: Collect, store: Store) -> None:
    """It is one person, whichever account."""
    world = World()
    world.person("adm", "Anna (beheer)", person="100", enabled=False)
    world.person("anna", "Anna", person="100")
    world.rows["staff-list"].append({"employee_number": "100", "school": "EIK", "start_date": "2020-08-01"})
    saved(store, world)
    run(export(tmp_path, "Salaris", "Gebruiker;Recht\n100;x\n"))

    assert [access.principal.id for access in seen(store, "Salaris")] == ["anna"]


def test_each_application_is_a_source_with_the_day_of_its_export(tmp_path: Path, run: Collect, store: Store) -> None:
    """The review says of which day it is; the page as a whole is never younger than that."""
    run(export(tmp_path, "Salaris"), export(tmp_path, "Financiën", as_of=date(2026, 9, 30)))

    found = landscape(store)
    assert {name: one.as_of for name, one in found.applications.items()} == {
        "Salaris": date(2026, 11, 3),
        "Financiën": date(2026, 9, 30),
    }
    reading = found.readings["application-rights: Financiën"]
    assert (reading.state, reading.rows, reading.at) == ("FULL", 2, datetime.fromisoformat("2026-09-30T00:00Z"))


def test_a_board_without_exports_sees_nothing_of_them(open_database: OpenStore) -> None:
    """No empty source, and no application without people."""
    store = open_database([one.dataset for one in load_connectors(FEW).values()])
    found = landscape(store)

    assert (found.applications, "application-rights" in found.readings) == ({}, False)


@pytest.fixture
def matrix(tmp_path: Path) -> Matrix:
    """A matrix that names applications as it names sites."""
    (tmp_path / "matrix.toml").write_text(MATRIX, encoding="utf-8")
    return load_matrix(tmp_path / "matrix.toml")


def judged(store: Store, matrix: Matrix) -> dict[str, Item]:
    """The items of the process, by the name of whom they are about."""
    found = review(matrix.content.processes[0], landscape(store), matrix, MONDAY)
    return {item.access.principal.name: item for item in found.items}


def test_the_matrix_judges_an_application_like_a_site(
    tmp_path: Path, run: Collect, store: Store, matrix: Matrix
) -> None:
    """Too high, left, and unknown; the words say which right it is, in those of the application."""
    staffed(store)
    rights = {"read": ["Raadplegen"], "owner": ["Beheerder"]}
    run(export(tmp_path, "Salaris", SALARY + "x9;;Raadplegen;\n", rights=rights))

    items = judged(store, matrix)
    words = Words(Pseudonyms(bytes(32)), {}, Config.model_construct(board=Board(name="x")).time_zone)
    assert {name: (item.outcome, item.judgement.reason) for name, item in items.items()} == {
        "Anna Verzonnen": ("DEVIATION", "too_high"),
        "Bram Bedacht": ("DEVIATION", "left"),
        "x9": ("UNKNOWN", "user"),
    }
    anna = " ".join(said.text for said in words.sentences(items["Anna Verzonnen"]))
    assert anna.startswith("Anna Verzonnen (Directeur, EIK) has this right in the application Salaris: Beheerder.")
    assert anna.endswith("the most that belongs here is: look.")
    assert "x9 has rights in the application Salaris (Raadplegen)." in " ".join(
        said.text for said in words.sentences(items["x9"])
    )
    assert words.ways(items["Anna Verzonnen"].access) == []


def test_without_words_for_rights_being_in_has_no_degrees(
    tmp_path: Path, run: Collect, store: Store, matrix: Matrix
) -> None:
    """Whatever the matrix gives there allows it."""
    staffed(store)
    run(export(tmp_path, "Salaris"))

    assert judged(store, matrix)["Anna Verzonnen"].outcome == "CONFORM"


def test_an_application_that_could_not_be_read_stands_on_the_page(
    tmp_path: Path, run: Collect, store: Store, matrix: Matrix
) -> None:
    """With why: no rights are shown, and nobody may take that for no rights."""
    finance = export(tmp_path, "Financiën")
    finance.path.unlink()
    run(export(tmp_path, "Salaris"), finance)

    item = judged(store, matrix)["Financiën"]
    assert (item.judgement.reason, item.access.right) == ("not_read", None)
    assert item.access.principal.reason == "No such file or directory"
