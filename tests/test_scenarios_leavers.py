"""A teacher leaves on the last of July and nobody does anything: what is told, and when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from ibpmon.collect.connectors import load_connectors
from ibpmon.collect.placement import place
from ibpmon.config import Content, PopulationRule
from ibpmon.judge.evaluate import evaluate
from ibpmon.judge.rules import load_rules
from ibpmon.store.database import Store
from ibpmon.store.tables import Finding
from tests.conftest import OpenStore
from tests.judging import DATASETS, NAMES, config_with, put, ran

EVERY = load_connectors(Content())
MORE = ["application-consents"]  # beside what the tests of judging read
CONFIG = config_with(populations=(PopulationRule(population="staff", domains=("school.example",)),))
WANTED = (
    "leaver-still-active", "leaver-signed-in", "leaver-keeps-rights", "leaver-still-has-device", "group-without-owner",
)  # fmt: skip
RULES = [rule for rule in load_rules(CONFIG) if rule.key in WANTED]
AUGUST = datetime(2026, 8, 1, 10, tzinfo=UTC)
FOURTH, SEPTEMBER = AUGUST + timedelta(days=3), AUGUST + timedelta(days=31)
Told = set[tuple[str, str, str]]  # detection, subject, level


def person(name: str, **more: Any) -> dict[str, Any]:
    """An account that is on, of somebody of the staff."""
    upn = f"{name}@school.example"
    return {"account_id": name, "upn": upn, "name": name.title(), "enabled": True, "employee_id": f"1-{name}", **more}


def employed(name: str, end: str | None) -> dict[str, Any]:
    """A line of the staff list."""
    return {"employee_number": f"1-{name}", "school": "EIK", "start_date": "2015-08-01", "end_date": end}


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """Anna left; she owned two teams, one of them with Chris, and has a laptop. Chris stays."""
    store = open_database([*DATASETS, *(EVERY[name].dataset for name in MORE)])
    put(store, "accounts", [person("anna"), person("chris")], AUGUST)
    put(store, "staff-list", [employed("anna", "2026-07-31"), employed("chris", None)], AUGUST)
    teams = ("groep 5", "groep 6", "kinderen")
    put(store, "groups", [{"group_id": one, "name": one, "kinds": ["Unified"]} for one in teams], AUGUST)
    owns = [("groep 5", "anna"), ("groep 6", "anna"), ("kinderen", "anna"), ("kinderen", "chris")]
    put(store, "group-owners", [{"group_id": group, "owner_id": who} for group, who in owns], AUGUST)
    put(store, "managed-devices", [
        {"device_id": "laptop", "account_id": "anna", "serial": "SN1", "category": "Personeel"},
        {"device_id": "other", "account_id": "chris", "serial": "SN2", "category": "Personeel"},
    ], AUGUST)  # fmt: skip
    return store


def told(store: Store, now: datetime) -> Told:
    """What stands open at a moment, after a round in which all was read."""
    place(store, CONFIG, now)
    ran(store, [*NAMES, *MORE], at=now)
    evaluate(RULES, store, now)
    with store.read() as session:
        found = session.scalars(select(Finding).where(col(Finding.gone_at).is_(None))).all()
    detections = {rule.key: rule.catalogue for rule in RULES}
    return {(detections[one.rule], one.subject, one.level) for one in found}


ON = ("ACC-01", "anna", "high")
SIGNED_IN = ("ACC-02", "anna", "critical")
TEAMS = {("SHR-05", "groep 5", "medium"), ("SHR-05", "groep 6", "medium")}


def test_on_the_last_day_nothing_is_wrong(store: Store) -> None:
    """Who works here today may do so until midnight."""
    assert told(store, AUGUST - timedelta(days=1)) == set()


def test_from_the_first_day_after_it_the_account_and_the_teams_are_told(store: Store) -> None:
    """The team that Chris owns as well is still looked after."""
    assert told(store, AUGUST) == {ON, *TEAMS}


def test_a_sign_in_from_germany_on_the_fourth_of_august_is_an_incident(store: Store) -> None:
    """Somebody who does not work here any more came in: that cannot wait. A try that failed is no incident."""
    put(store, "sign-ins", [sign_in("s1", FOURTH, 50126), sign_in("s2", FOURTH + timedelta(minutes=1), 0)], FOURTH)

    assert told(store, FOURTH + timedelta(hours=1)) == {ON, SIGNED_IN, *TEAMS}


def test_after_a_month_the_rights_and_the_laptop_are_told_as_well(store: Store) -> None:
    """What nobody does anything about weighs more and becomes more."""
    put(store, "sign-ins", [sign_in("s2", FOURTH, 0)], FOURTH)
    told(store, FOURTH + timedelta(hours=1))

    assert told(store, SEPTEMBER) == {
        ("ACC-01", "anna", "critical"), SIGNED_IN, *TEAMS,
        ("ACC-03", "anna", "medium"), ("DEV-05", "laptop", "high"),
    }  # fmt: skip


def test_who_is_blocked_and_cleared_out_has_nothing_left_to_tell(store: Store) -> None:
    """Blocked, out of every list, and the laptop back: only what happened stays."""
    put(store, "sign-ins", [sign_in("s2", FOURTH, 0)], FOURTH)
    told(store, FOURTH + timedelta(hours=1))
    put(store, "accounts", [person("anna", enabled=False), person("chris")], SEPTEMBER)
    owns = [{"group_id": group, "owner_id": "chris"} for group in ("groep 5", "groep 6", "kinderen")]
    put(store, "group-owners", owns, SEPTEMBER)
    put(store, "managed-devices", [{"device_id": "laptop", "account_id": "anna", "category": "Reserve"}], SEPTEMBER)

    assert told(store, SEPTEMBER) == {SIGNED_IN}


def sign_in(key: str, at: datetime, code: int) -> dict[str, Any]:
    """Anna, from Germany."""
    who = {"account_id": "anna", "upn": "anna@school.example", "country": "DE", "ip_address": "192.0.2.10"}
    return {"id": key, "at": at, "error_code": code, **who}
