"""Who holds which role, what the tenant counts, which keys there are: the same on both databases."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.store.collected import Dataset
from ibpmon.store.database import Store
from ibpmon.store.views import views
from ibpmon.store.views.roles import GLOBAL
from tests.conftest import MONDAY, OpenStore
from tests.judging import place, put

DAY = timedelta(days=1)
NAMES = {
    "accounts", "announcements", "application-certificates", "application-secrets", "applications",
    "authorization-policy", "conditional-access", "group-members", "group-settings", "groups", "licences",
    "mfa-registration", "organization", "role-assignments", "role-definitions", "role-eligibility", "role-schedules",
    "security-defaults", "service-principal-certificates", "service-principal-secrets", "service-principals",
    "sharing-settings", "sign-in-activity", "sign-ins",
}  # fmt: skip
ON = load_connectors(Content(connectors_on=("announcements",)))
DATASETS: list[Dataset] = [one.dataset for name, one in ON.items() if name in NAMES]
P2 = "eec0eb4f-6444-4f95-aba0-50c24d67f998"
READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"


def rows_of(store: Store, name: str) -> list[dict[str, Any]]:
    """All rows of a view, in a fixed order."""
    view = views(store, MONDAY)[name]
    with store.read() as session:
        return sorted((dict(row._mapping) for row in session.execute(select(view.selectable))), key=repr)


def fill_roles(store: Store) -> None:
    """Anna by herself, Bram through ICT, Chris may; Dewi is the emergency account; an app reads."""
    put(store, "accounts", [{"account_id": who, "name": who.title(), "enabled": True} for who in PEOPLE])
    put(store, "groups", [{"group_id": "ict", "name": "ICT"}])
    put(store, "group-members", [{"group_id": "ict", "member_id": "bram"}])
    put(store, "service-principals", [{"principal_id": "app", "name": "Back-up"}])
    put(store, "role-definitions", [
        {"role_id": GLOBAL, "template_id": GLOBAL, "name": "Global Administrator"},
        {"role_id": READER, "template_id": READER, "name": "Global Reader"},
    ])  # fmt: skip
    given = [("anna", GLOBAL), ("ict", GLOBAL), ("dewi", GLOBAL), ("app", READER), ("anna", READER)]
    put(store, "role-assignments", [
        {"assignment_id": f"{who}{role}", "principal_id": who, "role_id": role, "scope": "/"} for who, role in given
    ])  # fmt: skip
    put(store, "role-eligibility", [
        {"eligibility_id": "e", "principal_id": "chris", "role_id": GLOBAL, "scope": "/"}
    ])  # fmt: skip
    place(store, "account", "dewi", population="break_glass")


PEOPLE = ("anna", "bram", "chris", "dewi")


def test_a_role_is_held_by_persons_and_apps_and_not_by_groups(open_database: OpenStore) -> None:
    """A group is a way to a role: who stands in it holds it."""
    store = open_database(DATASETS)
    fill_roles(store)

    held = {
        (row["name"], row["kind"], row["how"], row["via"], row["privileged"]) for row in rows_of(store, "role-holders")
    }

    assert held == {
        ("Anna", "account", "active", "rechtstreeks", True),
        ("Anna", "account", "active", "rechtstreeks", False),
        ("Bram", "account", "active", "ICT", True),
        ("Chris", "account", "eligible", "rechtstreeks", True),
        ("Dewi", "account", "active", "rechtstreeks", True),
        ("Back-up", "application", "active", "rechtstreeks", False),
    }


def test_pim_says_when_a_role_ends(open_database: OpenStore) -> None:
    """A role for a morning is not a role for always; what PIM does not tell stays open."""
    store = open_database(DATASETS)
    fill_roles(store)
    put(store, "licences", [{"sku_id": "a5", "state": "Enabled", "plans": [{"servicePlanId": P2}]}])
    put(store, "role-schedules", [
        {"schedule_id": "1", "principal_id": "anna", "role_id": GLOBAL, "scope": "/", "ends": MONDAY + DAY},
        {"schedule_id": "2", "principal_id": "dewi", "role_id": GLOBAL, "scope": "/"},
    ])  # fmt: skip

    held = {row["name"]: row for row in rows_of(store, "role-holders") if row["role_id"] == GLOBAL}

    assert [(held[name]["scheduled"], held[name]["ends"]) for name in ("Anna", "Bram", "Dewi")] == [
        (True, MONDAY + DAY), (False, None), (True, None),
    ]  # fmt: skip
    assert {row["has_p2"] for row in held.values()} == {True}


def test_the_tenant_is_a_row_also_when_it_has_nothing(open_database: OpenStore) -> None:
    """What is absent has to be a row, or no rule could find it; a trial that ended unlocks nothing."""
    store = open_database(DATASETS)
    put(store, "organization", [{"organization_id": "board", "name": "De Verzonnen Waaier"}])
    put(store, "licences", [{"sku_id": "a5", "state": "Suspended", "plans": [{"servicePlanId": P2}]}])

    [row] = rows_of(store, "tenant")

    assert (row["global_admins"], row["emergency_accounts"], row["policies_against_legacy"]) == (0, 0, 0)
    assert (row["security_defaults"], row["has_p1"], row["has_p2"]) == (None, False, False)


def test_the_tenant_counts_its_administrators_and_what_guards_it(open_database: OpenStore) -> None:
    """An emergency account is no daily administrator, and a policy that only reports guards nothing."""
    store = open_database(DATASETS)
    put(store, "organization", [{"organization_id": "board"}])
    fill_roles(store)
    conditions = {"clientAppTypes": ["exchangeActiveSync", "other"]}
    put(store, "conditional-access", [
        {"policy_id": state, "state": state, "conditions": [conditions], "controls": [{"builtInControls": ["block"]}]}
        for state in ("enabled", "disabled", "enabledForReportingButNotEnforced")
    ])  # fmt: skip

    [row] = rows_of(store, "tenant")

    assert (row["global_admins"], row["emergency_accounts"], row["policies_against_legacy"]) == (2, 1, 1)


@pytest.mark.parametrize(
    ("told", "by_all"),
    [
        ([], True),
        ([{"name": "EnableGroupCreation", "value": "true"}], True),
        ([{"name": "EnableGroupCreation", "value": "False"}], False),
        ([{"name": "EnableGroupCreation", "value": ""}], True),
        ([{"name": "AllowToAddGuests", "value": "false"}], True),
    ],
)
def test_everybody_may_make_teams_unless_the_tenant_says_otherwise(
    open_database: OpenStore, told: list[dict[str, str]], by_all: bool
) -> None:
    """Microsoft has no settings until somebody changes one; those for guests in one group say nothing of it."""
    store = open_database(DATASETS)
    put(store, "organization", [{"organization_id": "board"}])
    no = [{"name": "EnableGroupCreation", "value": "false"}]
    settings = [{"setting_id": "guests", "template_id": "08d542b9-071f-4e16-94b0-74abb372e3d9", "told": no}]
    if told:
        settings.append({"setting_id": "all", "template_id": "62375ab9-6b52-47ed-826b-58e47e0e304b", "told": told})
    put(store, "group-settings", settings)

    assert [row["groups_by_all"] for row in rows_of(store, "tenant")] == [by_all]


def test_a_setting_is_loose_strict_or_not_told(open_database: OpenStore) -> None:
    """What Microsoft did not say is neither."""
    store = open_database(DATASETS)
    told = {"sharing": "externalUserAndGuestSharing", "resharing": False, "match_invited": None, "legacy_sign_in": True}
    put(store, "sharing-settings", [{"settings": "one", **told}])

    found = {row["setting"]: (row["value"], row["looser"]) for row in rows_of(store, "tenant-settings")}

    assert found == {
        "sharing": ("externalUserAndGuestSharing", True),
        "resharing": ("uit", False),
        "match_invited": (None, None),
        "legacy_sign_in": ("aan", True),
    }


def test_a_default_right_is_wide_narrow_or_not_told(open_database: OpenStore) -> None:
    """Each with its value in one word, so that a board can write down what it decided."""
    store, member = open_database(DATASETS), "a0b1b346-4d3e-4e8b-98f8-753987be4970"
    put(store, "authorization-policy", [{"policy_id": "one", "guest_role": member, "consents": []}])

    found = {row["setting"]: (row["looser"], row["said"]) for row in rows_of(store, "default-rights")}

    assert found == {"guest_rights": (True, f"guest_rights={member}"), "user_consent": (False, "user_consent=[]")}


def test_a_key_has_a_life_and_an_end(open_database: OpenStore) -> None:
    """Days are whole: half a day before the end nothing is left; what has ended is no key any more."""
    store = open_database(DATASETS)
    put(store, "applications", [{"object_id": "link", "name": "Koppeling"}])
    ends = {"long": MONDAY + 300 * DAY, "soon": MONDAY + DAY / 2, "over": MONDAY - DAY, "endless": None}
    put(store, "application-secrets", [
        {"object_id": "link", "key_id": key, "starts": MONDAY - 10 * DAY, "ends": end} for key, end in ends.items()
    ])  # fmt: skip

    found = {row["key_id"]: (row["app"], row["kind"], row["life_days"], row["days_left"])
             for row in rows_of(store, "app-keys")}  # fmt: skip

    assert found == {
        "long": ("Koppeling", "secret", 310, 300),
        "soon": ("Koppeling", "secret", 10, 0),
        "endless": ("Koppeling", "secret", None, None),
    }


def test_use_is_announced_by_account_time_and_address(open_database: OpenStore) -> None:
    """Each of the three has to fit; a line without an address fits every address, one without an end nothing."""
    store = open_database(DATASETS)
    place(store, "account", "nood", population="break_glass")
    place(store, "account", "anna", population="staff")
    said = {"starts": MONDAY, "until": MONDAY + DAY, "reason": "proef"}
    put(store, "announcements", [{"account": "Nood@school.example", "address": "203.0.113.9", **said}])
    tries = {
        "fits": (MONDAY, "203.0.113.9"),
        "elsewhere": (MONDAY, "192.0.2.1"),
        "too early": (MONDAY - timedelta(seconds=1), "203.0.113.9"),
        "too late": (MONDAY + DAY, "203.0.113.9"),
    }
    put(store, "sign-ins", [
        {"id": name, "at": at, "account_id": who, "upn": f"{who}@school.example", "ip_address": address}
        for name, (at, address) in tries.items() for who in ("nood",)
    ] + [{"id": "other", "at": MONDAY, "account_id": "anna", "upn": "anna@school.example"}])  # fmt: skip

    found = {row["id"]: (row["announced"], row["announced_reason"]) for row in rows_of(store, "emergency-sign-ins")}

    assert found == {
        "fits": (True, "proef"), "elsewhere": (False, None), "too early": (False, None), "too late": (False, None),
    }  # fmt: skip


def test_an_emergency_account_is_let_in_by_account_or_by_group(open_database: OpenStore) -> None:
    """A policy that blocks everyone blocks it as well, unless it is left out: itself, or its group."""
    store = open_database(DATASETS)
    for who in ("anna", "bram", "chris"):
        place(store, "account", who, population="break_glass")
    put(store, "accounts", [{"account_id": who, "enabled": True} for who in ("anna", "bram", "chris", "eva")])
    put(store, "group-members", [{"group_id": "nood", "member_id": "bram"}])
    put(store, "mfa-registration", [{"account_id": "anna", "methods": ["fido2SecurityKey"]},
                                    {"account_id": "bram", "methods": ["mobilePhone"]}])  # fmt: skip
    users = {"includeUsers": ["All"], "excludeUsers": ["anna"], "excludeGroups": ["nood"]}
    some = {"includeUsers": [], "includeGroups": ["pupils"]}
    put(store, "conditional-access", [
        {"policy_id": "1", "state": "enabled", "conditions": raw({"users": users}), "controls": raw(BLOCK)},
        {"policy_id": "2", "state": "disabled", "conditions": raw({"users": {"includeUsers": ["All"]}}),
         "controls": raw(BLOCK)},
        {"policy_id": "3", "state": "enabled", "conditions": raw({"users": some}), "controls": raw(BLOCK)},
    ])  # fmt: skip

    found = {row["account_id"]: (row["blocked_by"], row["strong_method"])
             for row in rows_of(store, "emergency-accounts")}  # fmt: skip

    assert found == {"anna": (0, True), "bram": (0, False), "chris": (1, None)}


BLOCK = {"builtInControls": ["block"]}


def raw(value: dict[str, Any]) -> str:
    """An object as the source keeps it."""
    return json.dumps(value)
