"""Scenarios about places from beginning to end: what is stored, round after round, and what the rules say of it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from ibpmon import language
from ibpmon.collect.connectors import load_connectors
from ibpmon.collect.placement import place
from ibpmon.config import Content, School, ZoneRule
from ibpmon.judge.evaluate import Judgement, evaluate
from ibpmon.judge.rules import load_rules
from ibpmon.store.database import Store
from tests.conftest import MONDAY, OpenStore
from tests.judging import config_with, put, ran

DAY = timedelta(days=1)
NAMES = (
    "accounts", "groups", "group-members", "sites", "drives", "drive-items", "drive-permissions", "item-permissions",
    "pupil-list", "staff-list",
)  # fmt: skip
CONNECTORS = load_connectors(Content())
SCHOOLS = (
    School(key="EIK", name="De Eik", names=("EIK *",)),
    School(key="WILG", name="De Wilg", names=("WILG *",)),
)
ZONES = (
    ZoneRule(zone="pupil", names=("* Leerlingen",)),
    ZoneRule(zone="staff", names=("* Zorgteam", "* Personeel")),
)
CONFIG = config_with(schools=SCHOOLS, zones=ZONES)
RULES = {rule.key: rule for rule in load_rules(CONFIG)}


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """An empty store with the connectors that these scenarios read."""
    return open_database([CONNECTORS[name].dataset for name in NAMES])


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Sentences in English, whatever the environment says."""
    spoken = language.current()
    language.use("en")
    yield
    language.use(spoken)


def account(key: str, domain: str) -> dict[str, Any]:
    """An account that is on."""
    return {"account_id": key, "name": key.title(), "upn": f"{key}@{domain}", "enabled": True, "user_type": "Member"}


def member(group: str, who: str, kind: str = "user") -> dict[str, Any]:
    """Somebody or a group in a group."""
    return {"group_id": group, "member_id": who, "kind": f"#microsoft.graph.{kind}"}


def judged(store: Store, rule: str, day: int) -> Judgement:
    """What one rule says on a day, after a round that read everything."""
    now = MONDAY + day * DAY
    ran(store, NAMES, at=now)
    place(store, CONFIG, now)
    return evaluate([RULES[rule]], store, now)[0]


def found(judgement: Judgement) -> set[tuple[str, str]]:
    """The new findings, each with what it is about."""
    return {(one.subject, one.object) for one in judgement.new}


def test_a_pupil_in_the_care_team_through_a_group_and_a_link_for_all(store: Store) -> None:
    """Nobody sees a pupil in a group in a group, or that a link for the organisation is one for all pupils."""
    put(store, "accounts", [
        account("anna", "leerling.voorbeeldonderwijs.example"), account("bram", "voorbeeldonderwijs.example"),
    ])  # fmt: skip
    put(store, "groups", [{"group_id": "care", "name": "EIK Zorgteam"}, {"group_id": "help", "name": "Hulp"}])
    put(store, "group-members", [member("care", "bram"), member("care", "help", "group"), member("help", "bram")])
    put(store, "sites", [{"site_id": "s", "name": "EIK Zorgteam", "personal": False}])
    put(store, "drives", [{"drive_id": "d", "site_id": "s", "name": "Documenten"}])
    put(store, "drive-items", [{"drive_id": "d", "item_id": "i", "name": "dossiers"}])
    group = {"drive_id": "d", "permission_id": "g", "roles": ["write"], "group_id": "care"}
    put(store, "drive-permissions", [group])
    put(store, "item-permissions", [group | {"item_id": "i", "inherited": []}])
    assert not found(judged(store, "pupil-reaches-staff-area", 0))
    assert not found(judged(store, "staff-place-open-to-everyone", 0))

    link = {"drive_id": "d", "item_id": "i", "permission_id": "l", "roles": ["read"], "link_scope": "organization"}
    put(store, "group-members", [member("care", "bram"), member("care", "help", "group"), member("help", "anna")])
    put(store, "item-permissions", [group | {"item_id": "i", "inherited": []}, link])

    inside, opened = judged(store, "pupil-reaches-staff-area", 1), judged(store, "staff-place-open-to-everyone", 1)
    assert found(inside) == {("anna", "care"), ("anna", "s")}
    assert {one.evidence["via"] for one in inside.new} == {"Hulp"}
    assert found(opened) == {("i", "l")}
    assert opened.new[0].evidence == {
        "place_name": "dossiers", "site_name": "EIK Zorgteam", "opening": "organization",
    }  # fmt: skip


def pupil_of(store: Store, school: str, groups: str, day: int) -> None:
    """Anna is at this school and in these groups."""
    now = MONDAY + day * DAY
    upn = "anna@leerling.voorbeeldonderwijs.example"
    put(store, "accounts", [account("anna", "leerling.voorbeeldonderwijs.example")], now)
    put(store, "groups", [{"group_id": one, "name": f"{one.upper()} Leerlingen"} for one in ("eik", "wilg")], now)
    put(store, "group-members", [member(one, "anna") for one in groups.split()], now)
    for name in ("sites", "drives", "drive-permissions", "item-permissions", "drive-items"):
        put(store, name, [], now)
    put(store, "pupil-list", [{"pupil_number": "1", "upn": upn, "school": school, "enrolled": True}], now)


def test_a_pupil_who_moved_has_two_weeks(store: Store) -> None:
    """On the day of the move every pupil is still in the groups of the old school: that is no news yet."""
    pupil_of(store, "De Eik", "eik", 0)
    assert judged(store, "pupil-at-other-school", 0).evaluation.outcome == "ok"

    said = []
    for day in (3, 16, 17):
        pupil_of(store, "De Wilg", "eik wilg", day)
        said.append(found(judged(store, "pupil-at-other-school", day)))
    assert said == [set(), set(), {("anna", "eik")}]

    pupil_of(store, "De Wilg", "wilg", 18)
    tidied = judged(store, "pupil-at-other-school", 18)
    assert (tidied.evaluation.outcome, [one.subject for one in tidied.gone]) == ("ok", ["anna"])


def test_a_pupil_who_was_always_elsewhere_has_no_two_weeks(store: Store) -> None:
    """The grace is for a move that was seen; a first look at a tenant finds what went wrong for years."""
    pupil_of(store, "De Wilg", "eik wilg", 0)

    assert found(judged(store, "pupil-at-other-school", 0)) == {("anna", "eik")}


def test_another_year_group_is_no_other_school(store: Store) -> None:
    """Every pupil goes up a year in summer; that may not hide a pupil at another school for two weeks."""
    pupil_of(store, "De Wilg", "wilg", 0)
    judged(store, "pupil-at-other-school", 0)
    now = MONDAY + 2 * DAY
    pupil_of(store, "De Wilg", "eik wilg", 2)
    upn = "anna@leerling.voorbeeldonderwijs.example"
    put(store, "pupil-list", [{"pupil_number": "1", "upn": upn, "school": "De Wilg", "year_group": "5"}], now)

    assert found(judged(store, "pupil-at-other-school", 2)) == {("anna", "eik")}
