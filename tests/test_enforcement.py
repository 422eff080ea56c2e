"""Who must pass a second step, after nested groups, roles, guests and what a policy leaves out; on both databases."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.store.database import Store
from ibpmon.store.views import views
from tests.conftest import MONDAY, OpenStore
from tests.judging import put

READ = (
    "accounts", "groups", "group-members", "conditional-access", "security-defaults", "role-assignments",
    "role-definitions", "role-eligibility",
)  # fmt: skip
DATASETS = [one.dataset for name, one in load_connectors(Content()).items() if name in READ]
GLOBAL = "62e90394-69f5-4237-9190-012177145e10"
STRONG = {
    "operator": "OR",
    "builtInControls": [],
    "authenticationStrength": {"id": "00000000-0000-0000-0000-000000000004"},
}
MFA = {"operator": "OR", "builtInControls": ["mfa"], "customAuthenticationFactors": [], "termsOfUse": []}
PEOPLE = ("anna", "bram", "chris", "dewi", "eva")


def policy(users: Mapping[str, Any], controls: Any = MFA, state: str = "enabled", **conditions: Any) -> dict[str, Any]:
    """A policy for all apps, unless told otherwise."""
    apps = {"includeApplications": ["All"], "excludeApplications": [], "applicationFilter": None}
    rest = {"clientAppTypes": ["all"], "platforms": None, "locations": None, "devices": None, "signInRiskLevels": []}
    whole = rest | {"applications": apps} | conditions | {"users": dict(users)}
    return {"policy_id": "p", "state": state, "conditions": whole, "controls": controls}


ALL = {"includeUsers": ["All"]}


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """Anna holds a role, Bram could take it, Chris stands two groups deep, Dewi is a guest, Eva is nobody special."""
    opened = open_database(DATASETS)
    guest = {"dewi": {"user_type": "Guest", "guest_state": "Accepted"}}
    put(opened, "accounts", [{"account_id": one, "user_type": "Member", **guest.get(one, {})} for one in PEOPLE])
    put(opened, "groups", [{"group_id": one, "name": one} for one in ("outer", "inner")])
    group, user = "#microsoft.graph.group", "#microsoft.graph.user"
    put(opened, "group-members", [
        {"group_id": "outer", "member_id": "inner", "kind": group},
        {"group_id": "inner", "member_id": "outer", "kind": group},
        {"group_id": "inner", "member_id": "chris", "kind": user},
    ])  # fmt: skip
    put(opened, "role-definitions", [{"role_id": GLOBAL, "template_id": GLOBAL, "name": "Global Administrator"}])
    held = {"role_id": GLOBAL, "scope": "/"}
    put(opened, "role-assignments", [{"assignment_id": "1", "principal_id": "anna", **held}])
    put(opened, "role-eligibility", [{"eligibility_id": "1", "principal_id": "bram", **held}])
    put(opened, "security-defaults", [{"policy_id": "d", "enabled": False}])
    return opened


def forced(store: Store, column: str = "mfa_enforced") -> set[str]:
    """For whom this holds."""
    return {name for name, row in protection(store).items() if row[column]}


def protection(store: Store) -> dict[str, Any]:
    """What the view says of each account."""
    with store.read() as session:
        rows = session.execute(select(views(store, MONDAY)["account-protection"].selectable)).mappings()
        return {str(row["account_id"]): dict(row) for row in rows}


@pytest.mark.parametrize(
    ("users", "covered"),
    [
        (ALL, set(PEOPLE)),
        ({"includeUsers": ["None"]}, set()),
        ({"includeUsers": ["eva"]}, {"eva"}),
        ({"includeGroups": ["outer"]}, {"chris"}),
        ({"includeGroups": ["gone", "outer"]}, {"chris"}),
        ({"includeRoles": [GLOBAL]}, {"anna"}),
        ({"includeUsers": ["GuestsOrExternalUsers"]}, {"dewi"}),
        ({"includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "b2bCollaborationGuest"}}, {"dewi"}),
        (ALL | {"excludeUsers": ["eva"]}, set(PEOPLE) - {"eva"}),
        (ALL | {"excludeGroups": ["outer", "gone"]}, set(PEOPLE) - {"chris"}),
        (ALL | {"excludeRoles": [GLOBAL]}, set(PEOPLE) - {"anna"}),
        (ALL | {"excludeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "b2bCollaborationGuest"}},
         set(PEOPLE) - {"dewi"}),
        (ALL | {"excludeUsers": ["All"]}, set()),
    ],
    ids=lambda value: ",".join(sorted(value)) if isinstance(value, set) else str(value),
)  # fmt: skip
def test_a_policy_covers_whom_it_includes_and_does_not_exclude(
    store: Store, users: dict[str, Any], covered: set[str]
) -> None:
    """Registered is not enforced: who stands outside every policy comes in with a password."""
    put(store, "conditional-access", [policy(users)])

    assert forced(store) == covered


@pytest.mark.parametrize(
    ("controls", "covers"),
    [
        (MFA, True),
        (STRONG, True),
        (MFA | {"builtInControls": ["mfa", "compliantDevice"]}, False),
        (MFA | {"builtInControls": ["mfa", "compliantDevice"], "operator": "AND"}, True),
        (MFA | {"builtInControls": ["compliantDevice"], "operator": "AND"}, False),
        (MFA | {"termsOfUse": ["t"]}, False),
        (MFA | {"builtInControls": ["block"]}, False),
        (None, False),
    ],
    ids=str,
)
def test_a_way_around_the_second_step_is_no_second_step(store: Store, controls: Any, covers: bool) -> None:
    """'MFA or a managed device' lets a password in from a managed device."""
    put(store, "conditional-access", [policy(ALL, controls)])

    assert forced(store) == (set(PEOPLE) if covers else set())


@pytest.mark.parametrize("state", ["disabled", "enabledForReportingButNotEnforced"])
def test_a_policy_that_only_looks_along_enforces_nothing(store: Store, state: str) -> None:
    """Report-only reads like a policy and stops nobody."""
    put(store, "conditional-access", [policy(ALL, state=state)])

    assert forced(store) == forced(store, "mfa_limited") == set()


@pytest.mark.parametrize(
    "conditions",
    [
        {"applications": {"includeApplications": ["Office365"]}},
        {"applications": {"includeApplications": ["All"], "applicationFilter": {"mode": "exclude", "rule": "x"}}},
        {"locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}},
        {"platforms": {"includePlatforms": ["windows"], "excludePlatforms": []}},
        {"signInRiskLevels": ["high"]},
        {"clientAppTypes": ["browser"]},
        {"devices": {"deviceFilter": {"mode": "exclude", "rule": "x"}}},
    ],
    ids=str,
)
def test_a_policy_for_some_doors_is_limited(store: Store, conditions: dict[str, Any]) -> None:
    """A policy for a few apps or for outside the schools leaves the other doors open: said apart, not as nothing."""
    put(store, "conditional-access", [policy(ALL, **conditions)])

    assert forced(store) == set()
    assert forced(store, "mfa_limited") == set(PEOPLE)


def test_every_place_and_every_modern_client_is_no_limit(store: Store) -> None:
    """Written out in full it covers the same."""
    everywhere = {"includeLocations": ["All"], "excludeLocations": []}
    kinds = ["browser", "mobileAppsAndDesktopClients"]
    put(store, "conditional-access", [policy(ALL, locations=everywhere, clientAppTypes=kinds)])

    assert forced(store) == set(PEOPLE)


def test_strength_on_a_role_counts_for_who_could_take_it(store: Store) -> None:
    """Who takes the role is asked then; until then the policy asks nothing of that account."""
    put(store, "conditional-access", [policy({"includeRoles": [GLOBAL]}, STRONG)])

    assert forced(store) == {"anna"}
    assert forced(store, "strong_enforced") == {"anna", "bram"}
    rows = protection(store)
    assert [rows[one]["privileged"] for one in ("anna", "bram", "eva")] == [True, False, False]
    assert [rows[one]["can_be_privileged"] for one in ("anna", "bram", "eva")] == [False, True, False]
    assert rows["anna"]["privileged_role"] == "Global Administrator"


def test_security_defaults_cover_everyone(store: Store) -> None:
    """A board without P1 has them instead of policies."""
    put(store, "security-defaults", [{"policy_id": "d", "enabled": True}])

    assert forced(store) == set(PEOPLE)
    assert forced(store, "strong_enforced") == set()


def test_what_was_not_read_is_unknown(store: Store) -> None:
    """Without either source there is no 'no': not green and not red."""
    put(store, "security-defaults", [])

    assert {row["mfa_enforced"] for row in protection(store).values()} == {None}
