"""Guests for whom nobody answers, exclusions nobody looks at, owners and use of apps: the same on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from ibpmon.collect.calendar import place_calendar
from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.store.collected import Dataset
from ibpmon.store.database import Store
from ibpmon.store.views import views
from ibpmon.store.views.applications import WRITING
from ibpmon.store.views.roles import ACTIVATED, GLOBAL
from tests.conftest import MONDAY, OpenStore
from tests.judging import CONFIG, place, put

DAY = timedelta(days=1)
NAMES = {
    "accounts", "account-overrides", "groups", "group-members", "group-owners", "conditional-access", "applications",
    "application-owners", "application-consents", "service-principals", "service-principal-owners", "classification",
    "mfa-registration", "role-assignments", "role-definitions", "role-eligibility", "sign-in-activity", "sign-ins",
    "sign-ins-service-principal", "directory-audits", "sharing-settings", "managed-devices",
}  # fmt: skip
OFF = ("account-overrides", "classification", "sign-ins-service-principal")
ON = load_connectors(Content(connectors_on=OFF))
DATASETS: list[Dataset] = [one.dataset for name, one in ON.items() if name in NAMES]


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """The board, with nothing in it."""
    return open_database(DATASETS)


def rows_of(store: Store, name: str, now: datetime = MONDAY) -> list[dict[str, Any]]:
    """All rows of a view, in a fixed order."""
    view = views(store, now)[name]
    with store.read() as session:
        return sorted((dict(row._mapping) for row in session.execute(select(view.selectable))), key=repr)


def test_somebody_answers_for_a_guest_until_the_last_day_that_is_named(store: Store) -> None:
    """A line that ended yesterday says nothing any more; one without a name never did."""
    days = {"anna": MONDAY, "bram": MONDAY - DAY, "chris": None, "dewi": MONDAY + DAY}
    sponsor = {"anna": "ib@school.example", "bram": "ib@school.example", "chris": "ib@school.example", "dewi": ""}
    put(store, "accounts", [{"account_id": who, "upn": f"{who.title()}@x", "name": who} for who in (*days, "eva")])
    put(store, "account-overrides", [
        {"upn": f"{who}@x", "population": "guest", "until": day and day.date().isoformat(), "sponsor": sponsor[who]}
        for who, day in days.items()
    ])  # fmt: skip

    told = {row["account_id"]: row["sponsor"] for row in rows_of(store, "accounts")}

    assert told == {"anna": "ib@school.example", "bram": "", "chris": "ib@school.example", "dewi": "", "eva": ""}


@pytest.mark.parametrize(
    ("clock", "sponsor"),
    [("2026-11-25T22:59:59", "ib@x"), ("2026-11-25T23:00:00", ""), ("2026-07-25T21:59:59", "ib@x")],
)
def test_the_last_day_on_a_list_ends_at_midnight_on_the_clock_of_the_board(
    store: Store, clock: str, sponsor: str
) -> None:
    """Not an hour or two later, when the date changes in UTC."""
    now = datetime.fromisoformat(clock).replace(tzinfo=UTC)
    put(store, "accounts", [{"account_id": "anna", "upn": "anna@x"}])
    line = {"upn": "anna@x", "population": "guest", "until": clock[:10], "sponsor": "ib@x"}
    put(store, "account-overrides", [line])

    place_calendar(store, CONFIG, now)

    assert [row["sponsor"] for row in rows_of(store, "accounts", now)] == [sponsor]


def policy(key: str, state: str = "enabled", **users: list[str]) -> dict[str, Any]:
    """A policy with these lists of people."""
    return {"policy_id": key, "name": key.title(), "state": state, "conditions": {"users": users}}


def test_an_exclusion_says_whether_it_is_there_how_large_and_who_else_is_for_it(store: Store) -> None:
    """A word is nobody, a policy that only reports leaves nobody out, and groups within groups count."""
    put(store, "accounts", [{"account_id": who, "name": who.title()} for who in ("anna", "bram", "nood")])
    put(store, "groups", [{"group_id": key, "name": key.upper()} for key in ("care", "inner")])
    put(store, "group-members", [
        {"group_id": "care", "member_id": "inner", "kind": "#microsoft.graph.group"},
        {"group_id": "inner", "member_id": "anna", "kind": "#microsoft.graph.user"},
        {"group_id": "care", "member_id": "bram", "kind": "#microsoft.graph.user"},
    ])  # fmt: skip
    place(store, "account", "nood", population="break_glass")
    put(store, "conditional-access", [
        policy("mfa", excludeUsers=["nood", "GuestsOrExternalUsers", "gone"], excludeGroups=["care"]),
        policy("care", includeGroups=["care"]),
        policy("report", "enabledForReportingButNotEnforced", excludeUsers=["bram"], includeUsers=["nood"]),
    ])  # fmt: skip

    found = {
        row["excluded"]: (row["there"], bool(row["emergency"]), row["people"], row["fallback"])
        for row in rows_of(store, "access-exclusions")
    }

    assert found == {"Nood": (True, True, 0, False), "gone": (False, False, 0, False), "CARE": (True, False, 2, True)}


def test_an_exclusion_is_new_when_an_earlier_version_did_not_have_it(store: Store) -> None:
    """What stood there from the first time that anybody looked is not new, however young the look is."""
    put(store, "accounts", [{"account_id": who} for who in ("anna", "bram")])
    put(store, "conditional-access", [policy("mfa", excludeUsers=["anna"])], now=MONDAY - 9 * DAY)
    put(store, "conditional-access", [policy("mfa", excludeUsers=["anna", "bram"])], now=MONDAY - 2 * DAY)

    added = {row["excluded_id"]: row["added_days"] for row in rows_of(store, "access-exclusions")}

    assert added == {"anna": None, "bram": 2}


def test_an_app_is_owned_by_its_registration_or_by_what_stands_for_it_here(store: Store) -> None:
    """Both owners can make a key; an app of a supplier has no registration, and one without an owner is a row."""
    put(store, "accounts", [{"account_id": who, "name": who.title(), "enabled": True} for who in ("anna", "bram")])
    put(store, "applications", [{"object_id": o, "app_id": f"id-{o}", "name": o} for o in ("copy", "alone", "listed")])
    put(store, "service-principals", [
        {"principal_id": "p-copy", "app_id": "id-copy", "name": "copy"},
        {"principal_id": "p-las", "app_id": "id-las", "name": "las"},
    ])  # fmt: skip
    put(store, "application-owners", [{"object_id": "copy", "owner_id": "anna"}])
    put(store, "service-principal-owners", [
        {"principal_id": "p-copy", "owner_id": "bram"}, {"principal_id": "p-las", "owner_id": "anna"},
    ])  # fmt: skip
    put(store, "application-consents", [
        {"resource_id": "g", "assignment_id": "1", "principal_id": "p-copy", "role_id": WRITING[0]}
    ])  # fmt: skip
    put(store, "classification", [{"kind": "app", "name": "Listed", "owner": "ICT-beheerder"}])

    found = {
        (row["app"], row["owner_id"]): (row["registered"], row["can_write"], row["in_register"])
        for row in rows_of(store, "app-owners")
    }

    assert found == {
        ("copy", "anna"): (True, True, False),
        ("copy", "bram"): (True, True, False),
        ("alone", None): (True, False, False),
        ("listed", None): (True, False, True),
        ("las", "anna"): (False, False, False),
    }


def test_the_use_of_an_app_is_known_as_far_as_the_log_goes(store: Store) -> None:
    """An empty log is no proof that an app is not used; failures are no use."""
    put(store, "service-principals", [{"principal_id": "p", "app_id": "a", "name": "copy", "enabled": True}])
    put(store, "application-consents", [
        {"resource_id": "g", "assignment_id": "1", "principal_id": "p", "kind": "ServicePrincipal", "role_id": "r",
         "granted": MONDAY - 400 * DAY}
    ])  # fmt: skip
    assert [(row["log_days"], row["last_use"]) for row in rows_of(store, "app-use")] == [(None, None)]

    put(store, "sign-ins-service-principal", [
        {"id": "1", "at": MONDAY - 100 * DAY, "principal_id": "p", "error_code": 0},
        {"id": "2", "at": MONDAY - 3 * DAY, "principal_id": "p", "error_code": 7000222},
    ])  # fmt: skip

    [row] = rows_of(store, "app-use")
    assert (row["log_days"], row["last_use_days"], row["last_use_by_people"], row["granted_days"]) == (
        100, 100, None, 400
    )  # fmt: skip


def test_a_role_that_somebody_may_take_says_since_when_and_when_it_was_taken_last(store: Store) -> None:
    """Through a group as well; what was only asked for, or was another role, does not count."""
    put(store, "accounts", [{"account_id": who, "enabled": True} for who in ("anna", "bram")])
    put(store, "groups", [{"group_id": "ict", "name": "ICT"}])
    put(store, "group-members", [{"group_id": "ict", "member_id": "bram"}])
    put(store, "role-definitions", [{"role_id": GLOBAL, "template_id": GLOBAL, "name": "Global Administrator"}])
    put(store, "role-eligibility", [
        {"eligibility_id": who, "principal_id": who, "role_id": GLOBAL, "scope": "/", "starts": MONDAY - days * DAY}
        for who, days in (("anna", 90), ("ict", 60))
    ])  # fmt: skip
    put(store, "directory-audits", [
        {"id": "1", "at": MONDAY - 50 * DAY, "activity": ACTIVATED, "result": "success", "actor_id": "anna",
         "targets": [{"id": GLOBAL, "type": "Role"}]},
        {"id": "2", "at": MONDAY - 5 * DAY, "activity": ACTIVATED, "result": "success", "actor_id": "anna",
         "targets": [{"id": "another", "type": "Role"}]},
        {"id": "3", "at": MONDAY - 4 * DAY, "activity": ACTIVATED, "result": "failure", "actor_id": "bram",
         "targets": [{"id": GLOBAL, "type": "Role"}]},
    ])  # fmt: skip

    found = {
        row["principal_id"]: (row["starts_days"], row["last_activated_days"], row["log_days"])
        for row in rows_of(store, "role-holders")
    }

    assert found == {"anna": (90, 50, 50), "bram": (60, None, 50)}


@pytest.mark.parametrize(
    ("allowed", "blocked", "name", "told"),
    [
        ([], ["kwaad.example"], "jan_KWAAD.example#EXT#@ons.example", False),
        ([], ["kwaad.example"], "jan_goed.example#EXT#@ons.example", True),
        (["goed.example"], [], "jan_v_goed.example#EXT#@ons.example", True),
        (["goed.example"], [], "jan_nietgoed.example#EXT#@ons.example", False),
        (["goed.example"], [], "anna@ons.example", None),
        ([], ["kwaad.example"], "jan_sub.kwaad.example#EXT#@ons.example", True),
    ],
)
def test_the_organisation_of_a_guest_stands_in_its_name(
    store: Store, allowed: list[str], blocked: list[str], name: str, told: bool | None
) -> None:
    """The account may be gone before anybody looks; an end that happens to fit is another organisation."""
    put(store, "sharing-settings", [{"settings": "s", "allowed_domains": allowed, "blocked_domains": blocked}])
    target = {"id": "g", "type": "User", "userPrincipalName": name}
    put(store, "directory-audits", [{"id": "1", "at": MONDAY, "activity": "Invite external user", "targets": [target]}])

    assert [row["domain_allowed"] for row in rows_of(store, "directory-changes")] == [told]


def test_a_sign_in_knows_what_is_for_the_staff(store: Store) -> None:
    """A device that many use is of nobody, and an application of no zone is not of the staff."""
    put(store, "service-principals", [{"principal_id": p, "app_id": f"id-{p}", "name": p} for p in ("las", "quiz")])
    place(store, "app", "las", zone="staff")
    place(store, "account", "anna", population="staff")
    put(store, "managed-devices", [
        {"device_id": d, "entra_device_id": f"e-{d}", "account_id": "anna", "category": category}
        for d, category in (("own", "Personeel"), ("cart", "Kar"))
    ])  # fmt: skip
    put(store, "sign-ins", [
        {"id": "1", "at": MONDAY, "app_id": "id-las", "device_id": "e-own"},
        {"id": "2", "at": MONDAY, "app_id": "id-quiz", "device_id": "e-cart"},
        {"id": "3", "at": MONDAY},
    ])  # fmt: skip

    found = {row["id"]: (row["staff_app"], row["staff_device"]) for row in rows_of(store, "sign-ins")}

    assert found == {"1": (True, True), "2": (False, False), "3": (False, False)}
