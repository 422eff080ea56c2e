"""The directory of the fictitious board: in the shapes of Graph, one story over all its parts, with its oddities."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ibpmon.demo.board import Board, activity, audits, background, last_seen, make_board, units
from ibpmon.demo.board.applications import GRAPH, ROLES, SCOPES, name_ours, principal
from ibpmon.demo.board.nouns import NOBODY, SignIn
from ibpmon.demo.board.rendering import accounts_of, render_sign_in, render_sign_in_beta
from ibpmon.demo.board.roles import BUILT_IN, GLOBAL

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
FACTS = Path(__file__).parents[1].parent / "shared" / "graph"
TABLES = {
    "entra_devices": "device",
    "applications": "application",
    "service_principals": "servicePrincipal",
    "delegated_grants": "oAuth2PermissionGrant",
    "role_definitions": "unifiedRoleDefinition",
    "role_assignments": "unifiedRoleAssignment",
    "role_eligibility": "unifiedRoleEligibilityScheduleInstance",
    "role_schedules": "unifiedRoleAssignmentScheduleInstance",
    "admin_units": "administrativeUnit",
    "education_schools": "educationSchool",
    "education_users": "educationUser",
    "ca_policies": "conditionalAccessPolicy",
    "named_locations": "namedLocation",
    "organization": "organization",
    "skus": "subscribedSku",
    "audits": "directoryAudit",
    "risk_detections": "riskDetection",
    "risky_users": "riskyUser",
}
# a documented answer carries it, the list of types does not know it
ON_THE_WIRE_ONLY = {"unifiedRoleAssignment.resourceScope"}


@pytest.fixture(scope="module")
def small() -> Board:
    """Three schools."""
    return make_board("small", 1, NOW)


@pytest.fixture(scope="module")
def board() -> Board:
    """Twenty schools."""
    return make_board("board", 1, NOW)


def fresh() -> Board:
    """A board of one's own, to change."""
    return make_board("small", 1, NOW)


# ---------------------------------------------------------------- the shapes of Graph


@pytest.mark.parametrize("size", ["small", pytest.param("board", marks=pytest.mark.slow)])
def test_every_property_of_the_directory_is_one_of_microsoft(size: str, request: pytest.FixtureRequest) -> None:
    """A connector that reads the simulation reads the real thing as well."""
    types = known_types("v1.0")
    made: Board = request.getfixturevalue(size)
    for name, kind in TABLES.items():
        rows = getattr(made, name)
        assert rows, name
        assert {wrong for row in rows for wrong in misfits(types, kind, row)} <= ON_THE_WIRE_ONLY, name
    assigned = [row for rows in made.app_role_assigned.values() for row in rows]
    assert [wrong for row in assigned for wrong in misfits(types, "appRoleAssignment", row)] == []
    activities = made.sign_in_activity.values()
    assert [wrong for row in activities for wrong in misfits(types, "signInActivity", row)] == []
    assert misfits(types, "identitySecurityDefaultsEnforcementPolicy", made.security_defaults) == []
    assert misfits(types, "authorizationPolicy", made.authorization_policy) == []


def test_every_sign_in_of_beta_has_the_properties_of_beta(small: Board) -> None:
    """Also those that nobody typed, and those of apps."""
    types, accounts = known_types("beta"), accounts_of(small)
    rows = [json.loads(render_sign_in_beta(accounts, row)) for row in (*small.sign_ins, *small.other_sign_ins)[::3]]

    assert [wrong for row in rows for wrong in misfits(types, "signIn", row)] == []
    assert {kind for row in rows for kind in row["signInEventTypes"]} == {
        "interactiveUser",
        "nonInteractiveUser",
        "servicePrincipal",
    }


def test_ids_of_rights_and_roles_are_those_of_microsoft() -> None:
    """A wrong id gives a right another name, or none."""
    path = FACTS / "permissions.json"
    if not path.exists():
        pytest.skip("Microsoft's list of rights is not beside this checkout")
    known = json.loads(path.read_text(encoding="utf-8"))

    assert {name: key for name, key in ROLES.items() if name in known} == {
        name: known[name]["application_id"] for name in ROLES if name in known
    }
    assert BUILT_IN[GLOBAL] == "62e90394-69f5-4237-9190-012177145e10"


# ---------------------------------------------------------------- one story


def test_the_same_seed_gives_the_same_directory(small: Board) -> None:
    """And the directory leaves the chance of the board as it was: what comes after it does not move."""
    again = fresh()

    assert directory(again) == directory(small)
    assert again.rng.getstate() == small.rng.getstate()
    assert directory(make_board("small", 2, NOW)) != directory(small)


def directory(board: Board) -> str:
    """Everything of the directory."""
    rows = [getattr(board, name) for name in TABLES]
    more = [board.owners, board.app_role_assigned, board.admin_unit_members, board.other_sign_ins]
    return repr([rows, more, board.sign_in_activity, board.authentication_policy, board.security_defaults])


def test_whoever_is_named_somewhere_exists(board: Board) -> None:
    """Owners, members, holders of roles and of consents; only policies point at what was deleted."""
    users = {row["id"] for row in board.users}
    groups = {row["id"] for row in board.groups}
    services = {row["id"] for row in board.service_principals}
    devices = {row["id"] for row in board.entra_devices}
    existing = {"user": users, "group": groups, "servicePrincipal": services, "device": devices}
    places = [*board.members.values(), *board.owners.values(), *board.admin_unit_members.values()]

    assert all(member.id in existing[member.kind] for members in places for member in members)
    assert set(board.owners) == groups
    assert {row["principalId"] for row in board.role_assignments} <= users | groups | services
    assert {row["principalId"] for row in board.role_eligibility} <= users | groups
    assert {row["principalId"] for row in board.delegated_grants if row["principalId"]} <= users
    assert {row["clientId"] for row in board.delegated_grants} <= services
    assert set(board.app_role_assigned) == services
    units_ = {f"/administrativeUnits/{row['id']}" for row in board.admin_units}
    assert {row["directoryScopeId"] for row in board.role_assignments} <= units_ | {"/"}


def test_ids_are_unique(board: Board) -> None:
    """A second row with the same id would hide the first."""
    for name in TABLES:
        ids = [row["id"] for row in getattr(board, name)]
        assert len(set(ids)) == len(ids), name
    sign_ins = [row.id for row in (*board.sign_ins, *board.other_sign_ins)]
    assert len(set(sign_ins)) == len(sign_ins)


def test_managed_devices_and_those_of_entra_find_each_other(small: Board) -> None:
    """By deviceId and azureADDeviceId, not by id; registered phones and old computers have no twin."""
    twins = {row["deviceId"] for row in small.entra_devices}
    joined = {row["azureADDeviceId"] for row in small.devices} - {NOBODY}

    assert joined <= twins
    assert not joined & {row["id"] for row in small.entra_devices}
    assert {row["trustType"] for row in small.entra_devices} == {"AzureAd", "Workplace", "ServerAd"}
    assert any(row["isManaged"] is None for row in small.entra_devices)
    assert any(row["approximateLastSignInDateTime"] is None for row in small.entra_devices)
    assert any(not row["accountEnabled"] and row["deviceId"] in joined for row in small.entra_devices)


def test_policies_are_those_of_the_sign_in_log(small: Board) -> None:
    """A sign-in names the policies that were applied; they must be found."""
    row = json.loads(render_sign_in(accounts_of(small), small.sign_ins[0]))
    named = {(one["id"], one["displayName"]) for one in row["appliedConditionalAccessPolicies"]}

    assert named <= {(policy["id"], policy["displayName"]) for policy in small.ca_policies}


def test_everyone_with_a_role_is_an_administrator_in_the_registration_report(small: Board) -> None:
    """Two sources that contradict each other would be a finding that nobody planted."""
    holders = {row["principalId"] for row in small.role_assignments}

    assert all(row["isAdmin"] for row in small.registrations if row["id"] in holders)
    assert not all(row["isAdmin"] for row in small.registrations)


def test_licences_are_counted(small: Board) -> None:
    """What is used is what the accounts hold, and P1 and Intune are among the plans."""
    held = Counter(licence["skuId"] for user in small.users for licence in user["assignedLicenses"])
    sold = {row["skuId"]: row["consumedUnits"] for row in small.skus if row["consumedUnits"]}
    plans = {plan["servicePlanId"] for row in small.skus for plan in row["servicePlans"]}

    assert sold == dict(held)
    assert plans >= {"41781fb2-bc02-4b7c-bd55-b576c07bb09d", "c1ec4a95-1f05-45b3-a911-aa3fa01094f5"}


# ---------------------------------------------------------------- oddities that a reader must stand


def test_apps_have_every_kind_of_credential(small: Board) -> None:
    """Expired, without an end, about to end, none; at the registration or at the enterprise app."""
    rows = [*small.applications, *small.service_principals]
    ends = [c["endDateTime"] for row in rows for c in (*row["passwordCredentials"], *row["keyCredentials"])]
    soon = (NOW + timedelta(days=14)).isoformat()

    assert any(end < NOW.isoformat() for end in ends)
    assert any(NOW.isoformat() < end < soon for end in ends)
    assert any(end.startswith("2299") for end in ends)
    assert any(row["keyCredentials"] for row in small.service_principals)
    assert all(c["secretText"] is None for row in rows for c in row["passwordCredentials"])
    assert [row["@odata.type"] for row in rows if "@odata.type" in row] == ["#microsoft.graph.agentIdentityBlueprint"]
    assert {row["appOwnerOrganizationId"] for row in small.service_principals} - {small.tenant_id}


def test_the_graph_enterprise_app_names_every_right_that_was_granted(small: Board) -> None:
    """A right is an id there; its name stands with the app that gives it."""
    graph = principal(small, "Microsoft Graph")
    names = {row["id"]: row["value"] for row in graph["appRoles"]}
    granted = small.app_role_assigned[graph["id"]]
    mighty = [row["principalDisplayName"] for row in granted if names[row["appRoleId"]].endswith("ReadWrite.Directory")]

    assert graph["appId"] == GRAPH
    assert mighty == ["Reservekopie cloud"]
    assert {scope["value"] for scope in graph["oauth2PermissionScopes"]} == set(SCOPES)
    plain = [row for rows in small.app_role_assigned.values() for row in rows if row["appRoleId"] == NOBODY]
    assert {row["principalType"] for row in plain} == {"User", "Group"}


def test_consents_are_for_everyone_or_for_one(small: Board) -> None:
    """And a scope may begin with a space."""
    kinds = {row["consentType"]: row["principalId"] is None for row in small.delegated_grants}

    assert kinds == {"AllPrincipals": True, "Principal": False}
    assert any(row["scope"].startswith(" ") for row in small.delegated_grants)


def test_roles_are_held_by_people_groups_and_apps(board: Board) -> None:
    """At the top and in a unit; one row tells its scope twice; one role was taken for today."""
    kinds = {row["id"]: kind for kind in ("users", "groups", "service_principals") for row in getattr(board, kind)}
    groups = {row["id"]: row for row in board.groups}
    held = [kinds[row["principalId"]] for row in board.role_assignments]

    assert set(held) == {"users", "groups", "service_principals"}
    assert all(
        groups[row["principalId"]]["isAssignableToRole"]
        for row in board.role_assignments
        if row["principalId"] in groups
    )
    assert [row["resourceScope"] for row in board.role_assignments if "resourceScope" in row] == ["/"]
    active = [row for row in board.role_schedules if row["assignmentType"] == "Activated"]
    assert [row["roleAssignmentOriginId"] in {one["id"] for one in board.role_assignments} for row in active] == [True]
    assert {row["memberType"] for row in board.role_eligibility} == {"Direct", "Group"}
    assert any(not row["isBuiltIn"] for row in board.role_definitions)


def test_units_hold_people_groups_and_devices(small: Board) -> None:
    """A unit per school; one is closed to whoever may not see hidden members."""
    school = next(row for row in small.admin_units if row["displayName"] == small.schools[0].name)

    assert {member.kind for member in small.admin_unit_members[school["id"]]} == {"user", "group", "device"}
    assert {row["visibility"] for row in small.admin_units} == {None, "HiddenMembership"}
    assert {row["membershipType"] for row in small.admin_units} == {None, "Dynamic"}


def test_the_roster_tells_more_of_a_child_than_anyone_should_ask(small: Board) -> None:
    """A birthday that reaches the store would be found here."""
    roles = Counter(row["primaryRole"] for row in small.education_users)

    assert roles["student"] == sum(person.population == "pupil" for person in small.people)
    assert roles["teacher"]
    assert roles["none"]
    assert all(row["student"]["birthDate"] for row in small.education_users if row["primaryRole"] == "student")
    assert {row["externalSource"] for row in small.education_schools} == {"sis", "manual", None}


def test_policies_mix_words_with_ids_and_may_grant_nothing(small: Board) -> None:
    """Null controls, report-only, a deleted group, several values in one text."""
    states = {row["state"] for row in small.ca_policies}
    groups = {row["id"] for row in small.groups}
    excluded = {key for row in small.ca_policies for key in row["conditions"]["users"]["excludeGroups"]}
    kinds = {row["@odata.type"].rpartition(".")[2] for row in small.named_locations}

    assert states == {"enabled", "disabled", "enabledForReportingButNotEnforced"}
    assert any(row["grantControls"] is None for row in small.ca_policies)
    assert excluded - groups
    assert excluded & groups
    assert "moderate,elevated" in {row["conditions"]["insiderRiskLevels"] for row in small.ca_policies}
    assert kinds == {"ipNamedLocation", "countryNamedLocation"}
    methods = {row["id"]: row["state"] for row in small.authentication_policy["authenticationMethodConfigurations"]}
    assert methods["Sms"] == "enabled"


def test_groups_have_owners_except_where_it_went_wrong(small: Board) -> None:
    """None, only somebody who left, a pupil, a guest, an app."""
    people = {person.id: person for person in small.people}
    unified = [row["id"] for row in small.groups if "Unified" in row["groupTypes"]]
    kinds = {owner.kind for owners in small.owners.values() for owner in owners}
    populations = {people[o.id].population for owners in small.owners.values() for o in owners if o.kind == "user"}

    assert sum(not small.owners[key] for key in unified) >= 1
    assert any(
        owners and not any(people[owner.id].account["accountEnabled"] for owner in owners if owner.kind == "user")
        for owners in (small.owners[key] for key in unified)
    )
    assert populations == {"staff", "pupil", "guest"}
    assert kinds == {"user", "servicePrincipal"}


# ---------------------------------------------------------------- what happened


def test_the_audit_log_is_newest_first_and_thirty_days_long(board: Board) -> None:
    """Its ids are no GUIDs; one of user and app did it; what changed is JSON in a text."""
    moments = [row["activityDateTime"] for row in board.audits]
    changed = [one for row in board.audits for target in row["targetResources"] for one in target["modifiedProperties"]]

    assert moments == sorted(moments, reverse=True)
    assert (NOW - timedelta(days=30)).isoformat()[:19] <= moments[-1] < moments[0] <= NOW.isoformat()
    assert all((row["initiatedBy"]["user"] is None) != (row["initiatedBy"]["app"] is None) for row in board.audits)
    assert all(json.loads(one["newValue"]) is not None for one in changed if one["newValue"])
    assert any(row["targetResources"] == [] for row in board.audits)
    assert {row["result"] for row in board.audits} == {"success", "failure"}


def test_a_policy_that_was_off_for_twenty_minutes_is_in_the_audit_log(small: Board) -> None:
    """A daily snapshot of the policies never sees it."""
    changed = [row for row in small.audits if row["activityDisplayName"] == "Update conditional access policy"]
    lines = [row for row in changed if row["targetResources"][0]["id"] == small.ca_policies[0]["id"]]
    states = [json.loads(one["targetResources"][0]["modifiedProperties"][0]["newValue"])["state"] for one in lines]
    first, last = (datetime.fromisoformat(lines[place]["activityDateTime"]) for place in (1, 0))

    assert states == ["enabled", "disabled"]
    assert last.replace(microsecond=0) - first.replace(microsecond=0) == timedelta(minutes=20)


def test_something_new_comes_first_in_the_audit_log() -> None:
    """The daily life of a board writes there; an older line takes its own place."""
    board = fresh()
    keeper = next(person for person in board.people if person.function == "ICT-beheerder")
    target = next(person for person in board.people if person.population == "guest")

    new = audits.write(board, "Disable account", keeper, target, NOW + timedelta(days=1))
    late = audits.write(board, "Update user", "Microsoft Azure AD Sync", target, NOW - timedelta(days=3))
    moments = [row["activityDateTime"] for row in board.audits]

    assert board.audits[0] is new
    assert new["initiatedBy"]["user"]["id"] == keeper.id
    assert [one["type"] for one in new["targetResources"]] == ["User"]
    assert late["initiatedBy"]["app"]["displayName"] == "Microsoft Azure AD Sync"
    assert moments == sorted(moments, reverse=True)


def test_sign_ins_that_nobody_typed_follow_those_that_somebody_did(board: Board) -> None:
    """Never of someone who was not there that day: a rule on leavers must find no more than the truth tells."""
    there = {(row.account, background.day_of(row.at)) for row in board.sign_ins if row.code == 0}
    renewed = [row for row in board.other_sign_ins if row.kind == "nonInteractiveUser" and row.scene not in ODD]
    ages = [row.at for row in board.other_sign_ins]

    assert len(renewed) > 20_000
    assert all((row.account, background.day_of(row.at)) in there for row in renewed)
    assert ages == sorted(ages, reverse=True)
    assert ages[0] <= NOW


ODD = ("phone", "ropc")


def test_beta_tells_how_somebody_proved_to_be_who_they_are(small: Board) -> None:
    """One factor at school, two at home; a wrong password never comes as far as the second."""
    accounts = accounts_of(small)
    able = {person.id for person in small.people if person.mfa == "capable"}
    mine = [row for row in small.sign_ins if row.account in able]
    home = beta(accounts, next(row for row in mine if row.scene == "home" and row.code == 0))
    school = beta(accounts, next(row for row in mine if row.scene == "school" and row.code == 0))
    wrong = beta(accounts, next(row for row in mine if row.code == 50126))

    assert home["authenticationRequirement"] == "multiFactorAuthentication"
    assert len(home["authenticationDetails"]) == 2
    assert school["authenticationRequirement"] == wrong["authenticationRequirement"] == "singleFactorAuthentication"
    assert [step["succeeded"] for step in wrong["authenticationDetails"]] == [False]


def test_an_app_signs_in_with_its_own_credential(small: Board) -> None:
    """The key of the log is the key at the registration; a secret that ended is refused."""
    accounts = accounts_of(small)
    rows = [beta(accounts, row) for row in small.other_sign_ins if row.kind == "servicePrincipal"]
    keys = {c["keyId"] for app in small.applications for c in (*app["passwordCredentials"], *app["keyCredentials"])}
    refused = [row for row in rows if row["status"]["errorCode"] == 7000222]

    assert {row["servicePrincipalCredentialKeyId"] for row in rows} <= keys
    assert {row["clientCredentialType"] for row in rows} == {"certificate", "clientSecret"}
    assert {row["appDisplayName"] for row in refused} == {"Roosterkoppeling"}
    assert {row["userId"] for row in rows} == {""}


def test_both_versions_tell_the_same_about_a_sign_in(small: Board) -> None:
    """The rows of one table come from both."""
    accounts = accounts_of(small)
    for row in small.sign_ins[:300]:
        plain, more = json.loads(render_sign_in(accounts, row)), beta(accounts, row)
        del plain["riskEventTypes"]
        assert {name: more[name] for name in plain} == plain


def beta(accounts: dict[str, dict[str, Any]], row: SignIn) -> dict[str, Any]:
    """A sign-in as beta tells it."""
    return dict(json.loads(render_sign_in_beta(accounts, row)))


def test_last_seen_agrees_with_the_logs(small: Board) -> None:
    """The last success is one; the last sign-in may have failed; who was never there has nothing."""
    newest: dict[str, str] = {}
    for row in sorted((*small.sign_ins, *small.other_sign_ins), key=lambda row: row.at):
        if row.code == 0:
            newest[row.account] = row.id
    told = {key: row.get("lastSuccessfulSignInRequestId") for key, row in small.sign_in_activity.items()}
    moments = [value for row in small.sign_in_activity.values() for name, value in row.items() if "Date" in name]
    users = {row["id"] for row in small.users}

    assert {key: told[key] for key in newest if key in users} == {k: v for k, v in newest.items() if k in users}
    assert set(small.sign_in_activity) < users
    assert "0001-01-01T00:00:00Z" in moments
    assert None in moments
    assert any("lastSuccessfulSignInDateTime" not in row for row in small.sign_in_activity.values())


def test_nobody_was_seen_after_leaving_but_those_the_truth_tells(board: Board) -> None:
    """Invented moments must not make leavers of their own."""
    planted = {row["subject"] for row in board.truth["planted"] if row["rule"] == "leaver-signed-in"}
    late = set()
    for person in board.people:
        end = audits.last_day(person)
        seen = board.sign_in_activity.get(person.id, {}).get("lastSuccessfulSignInDateTime")
        if end and seen and background.day_of(datetime.fromisoformat(seen)).isoformat() > end:
            late.add(person.id)

    assert late == planted


def test_risks_point_at_sign_ins_that_exist(board: Board) -> None:
    """Those found at once; those found later point at nothing, and come days after."""
    ids = {row.id for row in board.sign_ins}
    rows = board.risk_detections
    offline = [row for row in rows if row["detectionTimingType"] == "offline"]

    assert {row["requestId"] for row in rows if row["requestId"]} <= ids
    assert any(row["requestId"] for row in rows)
    assert all(row["detectedDateTime"] > row["activityDateTime"] for row in offline)
    assert any(json.loads(row["additionalInfo"]) for row in rows if row["additionalInfo"])
    assert any(row["isDeleted"] for row in board.risky_users)
    assert {row["userId"] for row in rows} <= {row["id"] for row in board.risky_users}


# ---------------------------------------------------------------- daily life


def test_one_more_day_of_sign_ins() -> None:
    """The script of the simulation lives day by day, with the same hands that made the board."""
    board = fresh()
    typed, silent = len(board.sign_ins), len(board.other_sign_ins)
    board.now = NOW + timedelta(days=1)

    activity.a_day(board, board.today)
    activity.put_in_order(board)
    background.a_day(board, board.today)
    last_seen.refresh(board)
    newest = board.sign_ins[0]

    assert len(board.sign_ins) > typed
    assert len(board.other_sign_ins) > silent
    assert newest.at > NOW
    assert board.sign_in_activity[newest.account]["lastSignInRequestId"] == newest.id


def test_who_moves_to_another_school_moves_in_the_directory() -> None:
    """To the unit and the roster of that school, and out of the old ones."""
    board = fresh()
    person = next(one for one in board.people if one.population == "pupil")
    person.school = board.schools[2].key

    units.enlist(board, person)
    inside = [key for key, members in board.admin_unit_members.items() if person.id in {m.id for m in members}]
    roster = [key for key, rows in board.education_school_users.items() if person.id in {r["id"] for r in rows}]
    names = {row["id"]: row["displayName"] for row in (*board.admin_units, *board.education_schools)}

    assert [names[key] for key in inside] == [names[key] for key in roster] == [board.schools[2].name]
    assert sum(row["id"] == person.id for row in board.education_users) == 1
    units.strike(board, person)
    assert all(person.id not in {m.id for m in members} for members in board.admin_unit_members.values())


def test_our_own_app_takes_the_id_under_which_it_signs_in() -> None:
    """So that the simulation can be asked what the app that asks may do."""
    board = fresh()

    name_ours(board, "22222222-2222-4222-8222-222222222222")

    assert principal(board, "ibpmon")["appId"] == "22222222-2222-4222-8222-222222222222"


# ---------------------------------------------------------------- against Microsoft's own list of types


def known_types(version: str) -> dict[str, Any]:
    """The types of Graph."""
    path = FACTS / "schema.json"
    if not path.exists():
        pytest.skip("Microsoft's list of types is not beside this checkout")
    return dict(json.loads(path.read_text(encoding="utf-8"))[version])


PLAIN: dict[str, type | tuple[type, ...]] = {
    "Edm.Boolean": bool,
    "Edm.Int32": int,
    "Edm.Int64": int,
    "Edm.Double": (int, float),
}


def misfits(types: dict[str, Any], kind: str, row: dict[str, Any]) -> list[str]:
    """What in an object is not as its type says; the type may stand in the object."""
    told = str(row.get("@odata.type", "")).removeprefix("#microsoft.graph.")
    kind = told if f"microsoft.graph.{told}" in types else kind
    known = properties(types, kind)
    wrong = [f"{kind}.{name}" for name in row if name not in known and "@" not in name]
    return wrong + [error for name, value in row.items() for error in misfit(types, known.get(name, ""), value)]


def properties(types: dict[str, Any], kind: str) -> dict[str, str]:
    """The properties of a type and those above it; what can be expanded counts, and is not looked into."""
    known: dict[str, str] = {}
    step: Any = f"microsoft.graph.{kind}"
    while step:
        known |= dict.fromkeys(types[step].get("navigation", {}), "") | types[step]["properties"]
        step = types[step]["base"]
    return known


def misfit(types: dict[str, Any], kind: str, value: Any) -> Iterator[str]:
    """What in a value is not as the type of the property says."""
    if value is None or not kind:
        return
    if kind.startswith("Collection("):
        yield from (wrong for item in value for wrong in misfit(types, kind[11:-1], item))
    elif kind.startswith("Edm."):
        if kind == "Edm.DateTimeOffset":
            datetime.fromisoformat(value)
        elif not isinstance(value, PLAIN.get(kind, str)):
            yield f"{kind}: {value!r}"
    elif types[kind]["kind"] == "enum":
        words = value.split(",") if types[kind].get("flags") else [value]
        yield from (f"{kind}: {word}" for word in words if word not in types[kind]["members"])
    else:
        yield from misfits(types, kind.removeprefix("microsoft.graph."), value)
