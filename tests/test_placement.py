"""Placing: what an account, group or site is, where it belongs, and why."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import Session

from ibpmon.collect import placement
from ibpmon.collect.connectors import load_connectors
from ibpmon.collect.placement import PLACEMENT, named_place, place, staff_of
from ibpmon.collect.populations import first_match, population_of
from ibpmon.config import Board, Config, Content, Mail, PopulationRule, School, Tenant, ZoneRule
from ibpmon.store import upsert
from ibpmon.store.database import Store
from ibpmon.store.tables import Run, micros
from tests.conftest import FEW, MONDAY, TENANT, OpenStore

MORE = ("account-overrides", "classification")
LESS = tuple(name for name in FEW.connectors_off if name not in ("licences", "service-principals", *MORE))
CONNECTORS = load_connectors(Content(connectors_on=MORE, connectors_off=LESS))
DOMAIN = "verzonnenwaaier.example"

CONFIG = Config(
    board=Board(name="Stichting De Verzonnen Waaier"),
    tenant=Tenant(id=TENANT, client_id=TENANT, secret=Path("secret.txt")),
    mail=Mail.model_validate({"from": f"ibpmon@{DOMAIN}", "host": "smtp.example", "to": {"it": ["ict@x.example"]}}),
    populations=(
        PopulationRule(population="service", names=("svc-*",)),
        PopulationRule(population="pupil", domains=(f"Leerling.{DOMAIN}",)),
        PopulationRule(population="staff", domains=(DOMAIN,)),
    ),
    schools=(
        School(key="EIK", name="Basisschool De Verzonnen Eik", names=("EIK *", "EIK-*")),
        School(key="LIN", name="De Linde [oost]", names=("LIN *",)),
    ),
    zones=(
        ZoneRule(zone="pupil", names=("* Leerlingen*",)),
        ZoneRule(zone="staff", names=("* Personeel", "* Team [1]")),
        ZoneRule(zone="board", names=("* Personeel",)),
    ),
)

Fill = Callable[..., None]
Placed = Callable[[], dict[str, Any]]
PlacedBy = Callable[[Config], dict[str, Any]]


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """An empty store."""
    return open_database([one.dataset for one in CONNECTORS.values()])


@pytest.fixture
def fill(store: Store) -> Fill:
    """Makes rows the living state of a connector; what a row does not say is empty."""

    def filling(name: str, *rows: dict[str, Any]) -> None:
        fields = [field.name for field in store.datasets[name].fields]
        with store.write() as session:
            number = upsert.take(session, store.tenant, "run")
            upsert.stage(session, store, name, number, [tuple(row.get(field) for field in fields) for row in rows])
            upsert.apply_stage(session, store, name, number, MONDAY)
            upsert.sweep(session, store, name, number, MONDAY + timedelta(microseconds=number))

    return filling


@pytest.fixture
def placed(store: Store) -> Placed:
    """Places everything and gives the table by object."""

    def placing() -> dict[str, Any]:
        place(store, CONFIG, MONDAY)
        with store.read() as session:
            return {row.object_id: row for row in session.execute(select(PLACEMENT)).all()}

    return placing


@pytest.fixture
def placed_by(store: Store) -> PlacedBy:
    """Places everything as a configuration says and gives the table by object."""

    def placing(config: Config) -> dict[str, Any]:
        place(store, config, MONDAY)
        with store.read() as session:
            return {row.object_id: row for row in session.execute(select(PLACEMENT)).all()}

    return placing


def account(key: str, **more: Any) -> dict[str, Any]:
    """An account of the staff domain."""
    return {"account_id": key, "upn": f"{key}@{DOMAIN}", "user_type": "Member", "enabled": True} | more


def contract(number: str, start: str = "2020-08-01", end: str | None = None, **more: Any) -> dict[str, Any]:
    """A line of the staff list."""
    return {"employee_number": number, "school": "EIK", "start_date": start, "end_date": end} | more


def local(text: str) -> datetime:
    """A moment at the board, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=CONFIG.time_zone).astimezone(UTC)


# ---- what an account is


@pytest.mark.parametrize(
    ("upn", "user_type", "population", "reason"),
    [
        (f"anna@{DOMAIN}", "Member", "staff", f"domain {DOMAIN}"),
        (f"ANNA@{DOMAIN.upper()}", "Member", "staff", f"domain {DOMAIN}"),
        (f"dirk@leerling.{DOMAIN}", "Member", "pupil", f"domain leerling.{DOMAIN}"),
        (f"SVC-kopieer@{DOMAIN}", "Member", "service", "name svc-*"),
        (f"anna_elders.example#EXT#@{DOMAIN}", "Guest", "guest", "user type"),
        (f"svc-x@{DOMAIN}", "guest", "guest", "user type"),
        (f"eva@ander.{DOMAIN}", "Member", "unknown", "fits nowhere"),
        (f"eva@x{DOMAIN}", "Member", "unknown", "fits nowhere"),
        ("eva", None, "unknown", "fits nowhere"),
        (None, None, "unknown", "fits nowhere"),
    ],
)
def test_the_first_line_that_fits_makes_the_population(upn: str, user_type: str, population: str, reason: str) -> None:
    """A guest is a guest whatever its name; a domain is equal or it is another one."""
    found = population_of({"upn": upn, "user_type": user_type}, CONFIG.populations)
    assert found == (population, reason)


# ---- whose it is


def test_a_person_is_matched_by_number_then_by_user_name_and_never_by_name(fill: Fill, placed: Placed) -> None:
    """Two people may have one name; a number is one person's."""
    fill(
        "staff-list",
        contract("1001", name="Anna", upn=f"oud@{DOMAIN}"),
        contract("1002", name="Bram", upn=f"BRAM@{DOMAIN}"),
    )
    fill("accounts", account("anna", employee_id=" 1001 "), account("bram"), account("eva", name="Bram"))

    found = placed()
    assert [found[name].person for name in ("anna", "bram", "eva")] == ["1001", "1002", ""]
    assert [found[name].on_staff_list for name in ("anna", "bram", "eva")] == [True, True, False]
    assert "person: employee number" in found["anna"].reason
    assert "person: user name" in found["bram"].reason


def test_the_number_goes_before_a_user_name_that_was_given_out_again(fill: Fill, placed: Placed) -> None:
    """A new Anna with the address of the old one has not left."""
    fill(
        "staff-list",
        contract("1001", end="2024-07-31", upn=f"anna@{DOMAIN}"),
        contract("2002", start="2025-08-01", upn=f"anna@{DOMAIN}"),
    )
    fill("accounts", account("anna"), account("new", employee_id="2002"), account("old", employee_id="1001"))

    found = placed()
    assert [found[name].person for name in ("anna", "new", "old")] == ["2002", "2002", "1001"]
    assert found["anna"].employed_until is None


def test_zeros_in_front_of_a_number_mean_nothing(fill: Fill, placed: Placed) -> None:
    """A spreadsheet drops them, Entra keeps them; where both exist they are two people."""
    fill("staff-list", contract("123"), contract("0456"), contract("456"))
    fill("accounts", *(account(f"a{number}", employee_id=number) for number in ("00123", "0456", "456", "00456")))

    found = placed()
    assert [found[name].person for name in ("a00123", "a0456", "a456", "a00456")] == ["123", "0456", "456", ""]


def test_an_object_id_goes_before_a_user_name(fill: Fill, placed: Placed) -> None:
    """A user name is given out again, an object id never."""
    fill("staff-list", contract("1", object_id="ANNA"), contract("2", upn=f"anna@{DOMAIN}"))
    fill("accounts", account("anna"))

    assert placed()["anna"].person == "1"
    assert "person: object id" in placed()["anna"].reason


@pytest.mark.parametrize(
    ("contracts", "until"),
    [
        ([("2020-08-01", "2026-07-31")], "2026-08-01T00:00"),
        ([("2020-08-01", "2026-03-28")], "2026-03-29T00:00"),
        ([("2020-08-01", None)], None),
        ([("2018-08-01", "2020-07-31"), ("2021-08-01", "2026-10-31")], "2026-11-01T00:00"),
        ([("2018-08-01", "2020-07-31"), ("2021-08-01", None)], None),
        ([("2018-08-01", "2026-07-31"), ("2027-01-01", None)], None),
        ([("2018-08-01", "2026-07-31"), ("2027-01-01", "2027-07-31")], "2027-08-01T00:00"),
        ([("2018-08-01", "9999-12-31")], None),
    ],
)
def test_someone_works_here_until_the_last_contract_is_over(
    contracts: list[tuple[str, str | None]], until: str | None
) -> None:
    """Midnight after the end date, in the board's own time; a contract that begins later counts as well."""
    rows = [contract("1001", start, end) | {"upn": None, "function": None} for start, end in contracts]
    people = staff_of(rows, MONDAY.date(), CONFIG.time_zone)

    assert people.by_number["1001"].employed_until == (micros(local(until)) if until else None)


def test_the_end_of_a_contract_is_stored_as_a_moment(fill: Fill, placed: Placed) -> None:
    """An aware moment, the same on both databases; in winter an hour later than in summer."""
    fill("staff-list", contract("1001", end="2026-07-31"), contract("1002", end="2026-10-31"))
    fill("accounts", account("anna", employee_id="1001"), account("bram", employee_id="1002"))

    found = placed()
    assert found["anna"].employed_until == datetime(2026, 7, 31, 22, tzinfo=UTC)
    assert found["bram"].employed_until == datetime(2026, 10, 31, 23, tzinfo=UTC)


def test_who_is_on_no_list_has_no_end(fill: Fill, placed: Placed) -> None:
    """Not being found is something else than having left."""
    fill("staff-list", contract("1001", end="2020-07-31"))
    fill("accounts", account("eva"))
    assert placed()["eva"].employed_until is None


def test_without_a_staff_list_nobody_is_said_to_be_missing_from_it(fill: Fill, placed: Placed) -> None:
    """None: it was not read. And of a pupil nobody asks."""
    fill("accounts", account("anna"), account("dirk", upn=f"dirk@leerling.{DOMAIN}"))
    assert placed()["anna"].on_staff_list is None
    fill("staff-list", contract("1001"))
    assert (placed()["anna"].on_staff_list, placed()["dirk"].on_staff_list) == (False, None)


def test_function_and_school_come_from_the_contract_that_runs_now(fill: Fill, placed: Placed) -> None:
    """Else from the last one."""
    fill(
        "staff-list",
        contract("1001", "2018-08-01", "2026-07-31", function="Leerkracht"),
        contract("1001", "2026-08-01", "2027-07-31", function="Directeur", school="de linde [OOST]"),
        contract("1001", "2027-08-01", None, function="Bestuurder"),
        contract("1002", "2018-08-01", "2020-07-31", function="Leerkracht", school="LIN"),
        contract("1002", "2020-08-01", "2025-07-31", function="Conciërge"),
    )
    fill("accounts", account("anna", employee_id="1001"), account("bram", employee_id="1002"))

    found = placed()
    assert [(found[name].function, found[name].school) for name in ("anna", "bram")] == [
        ("Directeur", "LIN"),
        ("Conciërge", "EIK"),
    ]


def test_the_school_comes_from_the_list_and_else_from_the_office(fill: Fill, placed: Placed) -> None:
    """By name or key; a school that is not configured is no school."""
    fill("staff-list", contract("1001"), contract("1002", school="Elders"))
    fill(
        "accounts",
        account("anna", employee_id="1001", office="De Linde [oost]"),
        account("bram", employee_id="1002", office="de linde [oost]"),
        account("eva", office="Kamer 3"),
    )

    found = placed()
    assert [found[name].school for name in ("anna", "bram", "eva")] == ["EIK", "LIN", ""]
    assert "school: staff list" in found["anna"].reason
    assert "school: office" in found["bram"].reason


def test_a_pupil_is_known_by_the_pupil_list(fill: Fill, placed: Placed) -> None:
    """By user name: accounts of pupils carry no number that the list has."""
    fill("pupil-list", {"pupil_number": "7", "upn": f"Dirk@leerling.{DOMAIN}", "school": "LIN", "enrolled": True})
    fill("accounts", account("dirk", upn=f"dirk@leerling.{DOMAIN}"))

    found = placed()["dirk"]
    assert (found.person, found.school, found.employed_until) == ("7", "LIN", None)


def test_a_list_that_contradicts_the_configuration_is_told_and_changes_nothing(fill: Fill, placed: Placed) -> None:
    """Nobody becomes staff by standing on a list, and a person can see that something is odd."""
    fill("pupil-list", {"pupil_number": "7", "upn": f"anna@{DOMAIN}", "school": "LIN"})
    fill("staff-list", contract("1001", upn=f"dirk@leerling.{DOMAIN}"))
    fill("accounts", account("anna"), account("dirk", upn=f"dirk@leerling.{DOMAIN}"))

    found = placed()
    assert (found["anna"].population, found["dirk"].population) == ("staff", "pupil")
    assert found["anna"].conflict == f"medewerker door het domein {DOMAIN}, leerling door de leerlingenlijst"
    assert "leerling door het domein leerling" in found["dirk"].conflict
    assert all(f"conflict: {found[name].conflict}" in found[name].reason for name in ("anna", "dirk"))
    assert found["dirk"].person == ""


# ---- by other signs

OTHERS = CONFIG.model_copy(
    update={
        "populations": (
            PopulationRule(population="pupil", groups=("* Leerlingen",)),
            PopulationRule(population="staff", licences=("*_FACULTY",)),
            PopulationRule(population="pupil", lists=("pupils",)),
            PopulationRule(population="staff", lists=("staff",)),
        )
    }
)


def test_groups_licences_and_lists_say_what_an_account_is(store: Store, fill: Fill, placed_by: PlacedBy) -> None:
    """Not every board gives its pupils a domain of their own; a group in the group of the pupils counts too."""
    fill("groups", {"group_id": "g", "name": "EIK Leerlingen"}, {"group_id": "h", "name": "EIK Groep 7"})
    edges = (("g", "h"), ("h", "g"), ("h", "dirk"))  # a circle, as boards make them
    fill("group-members", *({"group_id": group, "member_id": member} for group, member in edges))
    fill("licences", {"sku_id": f"{TENANT}_sku-1", "name": "M365EDU_A3_FACULTY"})
    fill("pupil-list", {"pupil_number": "7", "upn": f"bram@{DOMAIN}", "school": "LIN"})
    fill("staff-list", contract("1001"))
    fill(
        "accounts",
        account("dirk"), account("anna", licences='[{"skuId": "sku-1"}]'), account("bram"),
        account("chris", employee_id="1001"), account("eva", licences='[{"skuId": "sku-2"}]'),
    )  # fmt: skip

    found = placed_by(OTHERS)
    people = ("dirk", "anna", "bram", "chris", "eva")
    assert [found[name].population for name in people] == ["pupil", "staff", "pupil", "staff", "unknown"]
    told = ["group EIK Leerlingen", "licence M365EDU_A3_FACULTY", "pupil list", "staff list", "fits nowhere"]
    assert [found[name].reason.split("; ")[0] for name in people] == [f"population: {why}" for why in told]


def test_signs_of_both_are_told(store: Store, fill: Fill, placed_by: PlacedBy) -> None:
    """A pupil with a licence for staff is one of the two: somebody must look which."""
    fill("groups", {"group_id": "g", "name": "EIK Leerlingen"})
    fill("group-members", {"group_id": "g", "member_id": "dirk"})
    fill("licences", {"sku_id": f"{TENANT}_sku-1", "name": "M365EDU_A3_FACULTY"})
    fill("accounts", account("dirk", licences='[{"skuId": "sku-1"}]'))

    assert placed_by(OTHERS)["dirk"].conflict == (
        "medewerker door de licentie M365EDU_A3_FACULTY, leerling door de groep EIK Leerlingen"
    )


@pytest.mark.parametrize(
    ("until", "population", "conflict"),
    [(None, "staff", False), ("2026-11-23", "staff", False), ("2026-11-22", "pupil", True)],
)
def test_the_word_of_the_board_goes_before_all_signs_until_it_ends(
    store: Store, fill: Fill, placed_by: PlacedBy, until: str | None, population: str, conflict: bool
) -> None:
    """A former pupil who works here as a trainee is staff until the traineeship is over, the last day too."""
    upn = f"dirk@leerling.{DOMAIN}"
    fill("staff-list", contract("1001", upn=upn))
    fill("accounts", account("dirk", upn=upn))
    fill("account-overrides", {"upn": upn.upper(), "population": "staff", "reason": "stage", "until": until})

    dirk = placed_by(CONFIG)["dirk"]
    assert (dirk.population, bool(dirk.conflict)) == (population, conflict)
    assert ("own list stage" in dirk.reason) is not conflict


# ---- how sensitive


def test_a_place_is_as_sensitive_as_its_owner_says(store: Store, fill: Fill, placed_by: PlacedBy) -> None:
    """By name, address or id; what the list does not name is not classified, and before it is read nothing is."""
    fill("sites", {"site_id": "s", "name": "EIK Zorgteam"}, {"site_id": "t", "name": "EIK Personeel"})
    fill("groups", {"group_id": "g", "name": "EIK Zorgteam"})
    fill("service-principals", {"principal_id": "p", "name": "LIN Salaris"})
    assert placed_by(CONFIG)["s"].classified is None

    rows = [("site", "eik zorgteam", "high"), ("group", "g", "low"), ("app", "LIN Salaris", "high")]
    fill("classification", *({"kind": kind, "name": name, "confidentiality": said} for kind, name, said in rows))
    with store.write() as session:
        run = upsert.take(session, store.tenant, "run")
        session.add(
            Run(tenant_id=store.tenant, run_id=run, connector="classification", started_at=MONDAY, state="FULL")
        )

    found = placed_by(CONFIG)
    assert [found[key].confidentiality for key in "stgp"] == ["high", None, "low", "high"]
    assert [found[key].classified for key in "stgp"] == [True, False, True, True]
    assert (found["p"].kind, found["p"].school) == ("app", "LIN")


# ---- groups and sites


@pytest.mark.parametrize(
    ("name", "zone", "school"),
    [
        ("EIK Personeel", "staff", "EIK"),
        ("eik personeel", "staff", "EIK"),
        ("LIN Leerlingen groep 5", "pupil", "LIN"),
        ("Zwemmen Personeel", "staff", ""),
        ("LIN Team [1]", "staff", "LIN"),
        ("LIN Team 1", "unknown", "LIN"),
        ("EIK-administratie", "unknown", "EIK"),
        ("Personeel", "unknown", ""),
        (None, "unknown", ""),
    ],
)
def test_a_name_says_zone_and_school(name: str, zone: str, school: str) -> None:
    """The first pattern that fits; only * is special."""
    for kind in ("group", "site"):
        found = named_place(kind, "x", {"name": name, "personal": False}, CONFIG)
        assert (found.kind, found.zone, found.school) == (kind, zone, school)


def test_a_personal_site_belongs_to_no_school(fill: Fill, placed: Placed) -> None:
    """Whoever names a OneDrive after the staff room does not make it one."""
    fill("sites", {"site_id": "s", "name": "EIK Personeel", "personal": True})
    found = placed()["s"]
    assert (found.zone, found.school, found.reason) == ("unknown", "", "zone: personal site")


def test_a_long_name_costs_no_time() -> None:
    """Names come from outside; a pattern may not be made to run for ever."""
    assert first_match("a" * 5000 + "c", ["*a*a*a*a*a*a*a*a*b"]) == ""


def test_groups_and_sites_are_placed(fill: Fill, placed: Placed) -> None:
    """Both, in one table with the accounts."""
    fill("groups", {"group_id": "g", "name": "EIK Personeel"})
    fill("sites", {"site_id": "s", "name": "LIN Leerlingen", "personal": False})
    fill("accounts", account("anna"))

    found = placed()
    assert [(found[one].kind, found[one].zone, found[one].school) for one in ("g", "s")] == [
        ("group", "staff", "EIK"),
        ("site", "pupil", "LIN"),
    ]
    assert found["g"].reason == "zone: * Personeel; school: EIK *"
    assert found["anna"].kind == "account"


# ---- the table


def test_only_what_changed_is_written_and_what_is_gone_is_forgotten(
    store: Store, fill: Fill, placed: Placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A round in which nothing happens costs no write."""
    fill("accounts", account("anna"), account("bram"))
    assert set(placed()) == {"anna", "bram"}

    written: list[Any] = []

    def counted(session: Session, store: Store, changed: Any) -> None:
        written.append(changed)
        write(session, store, changed)

    write = placement.write
    monkeypatch.setattr(placement, "write", counted)
    placed()
    assert written == []

    fill("accounts", account("anna", upn=f"anna@leerling.{DOMAIN}"))
    assert {name: row.population for name, row in placed().items()} == {"anna": "pupil"}
    assert len(written[0]) == 1


def test_another_board_in_the_same_database_is_left_alone(store: Store, fill: Fill, placed: Placed) -> None:
    """Every row carries its board."""
    fill("accounts", account("anna"))
    placed()
    with store.write() as session:
        session.execute(update(PLACEMENT).values(tenant_id=99, object_id="of another board"))

    assert set(placed()) == {"anna", "of another board"}
