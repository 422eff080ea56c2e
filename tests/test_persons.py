"""Matching people: by number, object id and user name, never by name; and what does not fit, in both directions."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ibpmon.collect.connectors import load_connectors
from ibpmon.collect.matching import Index, Marks, marks_of, plain_number
from ibpmon.collect.persons import REMARKS, USUAL, Matches, report
from ibpmon.config import Board, Config, Content, Mail, PopulationRule, School, Tenant
from ibpmon.language import _
from ibpmon.store import upsert
from ibpmon.store.database import Store
from tests.conftest import MONDAY, TENANT, OpenStore

LISTS = ("device-list", "classification", "remote-consents", "application-rights")
CONNECTORS = load_connectors(Content(connectors_on=LISTS))
DOMAIN = "verzonnenwaaier.example"
ID = "8d3c1f0a-0000-4000-8000-00000000000{}"
CONFIG = Config(
    board=Board(name="Stichting De Verzonnen Waaier"),
    tenant=Tenant(id=TENANT, client_id=TENANT, secret=Path("secret.txt")),
    mail=Mail.model_validate({"from": f"ibpmon@{DOMAIN}", "host": "smtp.example", "to": {"it": ["ict@x.example"]}}),
    populations=(
        PopulationRule(population="pupil", domains=(f"leerling.{DOMAIN}",)),
        PopulationRule(population="staff", domains=(DOMAIN,)),
    ),
    schools=(School(key="EIK", name="De Verzonnen Eik"),),
)

Fill = Callable[..., None]
Seen = Callable[[], Matches]


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
def seen(store: Store) -> Seen:
    """The report of this moment, with plain pseudonyms."""
    return lambda: report(store, CONFIG, MONDAY, lambda key: f"leerling-{key}")


def account(key: str, **more: Any) -> dict[str, Any]:
    """An account of the staff domain."""
    return {"account_id": key, "upn": f"{key}@{DOMAIN}", "name": key, "user_type": "Member", "enabled": True} | more


def line(number: str, name: str, start: str = "2020-08-01", **more: Any) -> dict[str, Any]:
    """A line of the staff list."""
    return {"employee_number": number, "name": name, "school": "EIK", "start_date": start} | more


def told(matches: Matches, kind: str) -> list[str]:
    """The sentences of one kind, in English."""
    return [one.sentence.format(**one.values) for one in matches.remarks if one.kind == kind]


# ---- finding someone


@pytest.mark.parametrize(
    ("one", "other"), [("00123", "123"), ("123.0", "123"), ("000", "0"), ("A12", "A12"), ("1.5", "1.5"), ("", "")]
)
def test_zeros_in_front_and_a_point_behind_mean_nothing(one: str, other: str) -> None:
    """One program keeps them, another drops them."""
    assert plain_number(one) == plain_number(other)


def test_a_number_goes_before_an_object_id_and_that_before_a_user_name() -> None:
    """Names are given out again, ids never, and a number says who someone is."""
    index: Index[str] = Index()
    index.add("anna", Marks("00123", ID.format(1), "anna@x"))
    index.add("bram", Marks("124", ID.format(2), "bram@x"))

    assert index.find(Marks("123", ID.format(2), "bram@x")).found == "anna"
    assert index.find(Marks("999", ID.format(2), "anna@x")).found == "bram"
    assert index.find(Marks("", "", " ANNA@x ")).by == "user name"
    assert index.find(Marks("", "", "")).found is None


def test_of_two_with_one_number_none_is_taken_unless_another_mark_says_which() -> None:
    """A wrong match gives one person the rights of another."""
    index: Index[str] = Index()
    index.add("anna", Marks("123", upn="anna@x"))
    index.add("adm-anna", Marks("123", upn="adm-anna@x"))

    assert index.find(Marks("123")).doubt
    assert index.find(Marks("123")).found is None
    assert index.find(Marks("123", upn="adm-anna@x")).found == "adm-anna"


def test_zeros_count_where_both_numbers_exist() -> None:
    """Then they are two people."""
    index: Index[str] = Index()
    index.add("anna", Marks("0123"))
    index.add("bram", Marks("123"))

    assert (index.find(Marks("0123")).found, index.find(Marks("123")).found) == ("anna", "bram")
    assert index.find(Marks("00123")).doubt


@pytest.mark.parametrize(
    ("word", "marks"),
    [
        ("123", Marks("123")),
        ("Anna@x", Marks(upn="anna@x")),
        (ID.format(1), Marks(object_id=ID.format(1))),
        (None, Marks()),
    ],
)
def test_one_word_shows_what_it_is(word: str | None, marks: Marks) -> None:
    """Exports have one column for whoever it is."""
    assert marks_of(word) == marks


# ---- the report


def test_people_are_counted_by_what_they_were_matched_by(fill: Fill, seen: Seen) -> None:
    """And where all is well, only what is usual is remarked."""
    fill("staff-list", line("1", "A"), line("2", "B", object_id="bram"), line("3", "C", upn=f"CHRIS@{DOMAIN}"))
    fill("accounts", account("anna", employee_id="001"), account("bram"), account("chris"))

    matches = seen()
    assert matches.by == {"employee number": 1, "object id": 1, "user name": 1}
    assert (matches.employed, matches.employed_matched) == (3, 3)
    assert (matches.staff_accounts, matches.staff_accounts_matched) == (3, 3)
    assert set(matches.counts) <= set(USUAL)
    assert matches.counts == {"no_end": 3}


def test_a_name_never_matches(fill: Fill, seen: Seen) -> None:
    """Two people may have one name; both sides are told."""
    fill("staff-list", line("1", "Anna Verzonnen"), line("2", "Weg", end_date="2020-01-01"))
    fill("accounts", account("anna", name="Anna Verzonnen"), account("off", enabled=False))

    matches = seen()
    assert told(matches, "no_account") == ["Anna Verzonnen (number 1) is employed and has no account"]
    assert told(matches, "no_line") == [f"the staff account anna@{DOMAIN} stands on no staff list"]


def test_two_contracts_both_count(fill: Fill, seen: Seen) -> None:
    """One that is over, or still to come, is not a second one."""
    fill(
        "staff-list",
        line("1", "Anna"), line("1", "Anna", "2024-08-01", end_date="2027-07-31"),
        line("2", "Bram", end_date="2026-07-31"), line("2", "Bram", "2026-08-01"),
    )  # fmt: skip

    assert told(seen(), "two_contracts") == ["Anna (number 1) has 2 contracts that run now; all count"]


def test_substitutes_are_known_by_contract_or_function(fill: Fill, seen: Seen) -> None:
    """One without an end date is never found as a leaver."""
    fill(
        "staff-list",
        line("1", "Anna", contract="Vervanging", end_date="2026-12-31"),
        line("2", "Bram", function="Invalleerkracht"),
        line("3", "Chris", contract="vast"),
    )

    matches = seen()
    assert told(matches, "substitute") == ["Anna (number 1) has a temporary contract"]
    assert told(matches, "substitute_without_end") == ["Bram (number 2) has a temporary contract without an end date"]
    assert told(matches, "no_end") == ["Chris (number 3) has a contract without an end date"]


def test_a_number_or_user_name_of_two_people_is_told(fill: Fill, seen: Seen) -> None:
    """On the list, and in the directory."""
    fill(
        "staff-list",
        line("1", "Anna"), line("1", "Bram", "2021-08-01"),
        line("2", "Chris", upn="c@x"), line("3", "Dewi", upn="C@x"),
    )  # fmt: skip
    fill("accounts", account("anna", employee_id="1"), account("adm-anna", employee_id="01"))

    matches = seen()
    assert told(matches, "number_of_two") == ["one employee number, two names: Anna, Bram (number 1)"]
    assert told(matches, "name_shared") == ["the user name c@x stands with 2 employees: Chris, Dewi"]
    assert told(matches, "number_shared") == [
        f"2 accounts have the employee number 1: adm-anna@{DOMAIN}, anna@{DOMAIN}"
    ]


def test_an_account_with_another_number_than_its_line_is_told(fill: Fill, seen: Seen) -> None:
    """It was matched by user name, which may have been given out again."""
    fill("staff-list", line("1", "Anna", upn=f"anna@{DOMAIN}"))
    fill("accounts", account("anna", employee_id="77"))

    assert len(told(seen(), "number_differs")) == 1


def test_pupils_go_by_pseudonym(fill: Fill, seen: Seen, store: Store) -> None:
    """In both directions; without a key nothing of them is shown."""
    fill("pupil-list", {"pupil_number": "7", "upn": "dirk@x", "school": "EIK", "enrolled": True},
         {"pupil_number": "8", "upn": f"eva@leerling.{DOMAIN}", "enrolled": True},
         {"pupil_number": "9", "upn": "weg@x", "enrolled": False})  # fmt: skip
    fill("accounts", account("eva", upn=f"eva@leerling.{DOMAIN}"), account("fien", upn=f"fien@leerling.{DOMAIN}"))

    matches = seen()
    assert told(matches, "pupil_no_account") == ["leerling-7 is on the pupil list and has no account"]
    assert told(matches, "pupil_no_line") == ["the pupil account leerling-fien stands on no pupil list"]
    assert (matches.pupils, matches.pupils_matched) == (2, 1)
    assert told(report(store, CONFIG, MONDAY), "pupil_no_account") == [
        "leerling is on the pupil list and has no account"
    ]


def test_what_the_other_lists_name_and_nobody_knows_is_told(fill: Fill, seen: Seen) -> None:
    """Someone in an application, who has a device, a place that was classified, a school."""
    fill("staff-list", line("1", "Anna"), line("2", "Bram", school="Elders"))
    fill("sites", {"site_id": "s", "name": "EIK Zorg", "address": "https://x/sites/zorg"})
    fill("groups", {"group_id": "g", "name": "EIK Team"})
    fill("service-principals", {"principal_id": "p", "app_id": "a", "name": "ParnaSys"})
    fill("device-list", {"serial": "SN1", "holder": "1"}, {"serial": "SN2", "holder": "99"})
    fill(
        "remote-consents",
        {"person": "98", "device": "SN1", "given_at": 1},
        {"person": "1", "device": "SN1", "given_at": 1},
    )
    right = {"application": "Salaris", "right": "x", "as_of": "2026-11-03"}
    fill(
        "application-rights", right | {"person": "a1", "employee_number": "1"}, right | {"person": "97", "name": "Eva"}
    )
    places = [
        ("site", "https://x/sites/ZORG/"),
        ("site", "Weg"),
        ("app", "salaris"),
        ("app", "Parnasys"),
        ("app", "Weg"),
        ("group", "Team"),
    ]
    fill("classification", *({"kind": kind, "name": name} for kind, name in places))

    matches = seen()
    assert told(matches, "unknown_user") == ["Eva has a right in Salaris and was not found among staff or accounts"]
    assert told(matches, "unknown_holder") == ["who has the device SN2 was not found on a list or among accounts"]
    assert told(matches, "unknown_consent") == ["a consent names 98, who was not found among staff or accounts"]
    assert [one.values["place"] for one in matches.remarks if one.kind == "unknown_place"] == [
        "app Weg",
        "group Team",
        "site Weg",
    ]
    assert told(matches, "unknown_school") == ["the school 'Elders' of 1 row(s) is not in the configuration"]


def test_of_places_that_were_not_read_nothing_is_said(fill: Fill, seen: Seen) -> None:
    """Without sites every site of the classification would be unknown: that is not the fault of the list."""
    fill("classification", {"kind": "site", "name": "EIK Zorg"}, {"kind": "app", "name": "Salaris"})
    assert told(seen(), "unknown_place") == []


def test_without_lists_nobody_is_missing_from_them(fill: Fill, seen: Seen) -> None:
    """A list that was not read says nothing about anyone."""
    fill("accounts", account("anna"), account("dirk", upn=f"dirk@leerling.{DOMAIN}"))
    assert seen().remarks == ()


def test_each_remark_is_a_sentence_for_people() -> None:
    """With a translation."""
    assert all(sentence and _(sentence) for sentence in REMARKS.values())
