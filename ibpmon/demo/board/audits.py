"""The audit log of the directory: who changed what in the last thirty days, newest first.

Exactly one of user and app did it; what changed stands as JSON inside a text; sometimes nobody says to what.
"""

import json
import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from ibpmon.demo.board import policies
from ibpmon.demo.board.applications import principal
from ibpmon.demo.board.nouns import DOMAIN, NOBODY, OFFICE, Board, Json, Person, guid, stamp
from ibpmon.demo.board.roles import holder

Actor = Person | Json | str  # a person, an app, or a service of Microsoft by its name
Target = Person | Json | list[Person | Json] | None
Changes = Mapping[str, tuple[Any, Any]]  # property: before, after

CORE, METHODS, PIM = "Core Directory", "Authentication Methods", "PIM"
# activity: category, service, kind of change
KNOWN = {
    "Add user": ("UserManagement", CORE, "Add"),
    "Update user": ("UserManagement", CORE, "Update"),
    "Delete user": ("UserManagement", CORE, "Delete"),
    "Disable account": ("UserManagement", CORE, "Update"),
    "Enable account": ("UserManagement", CORE, "Update"),
    "Change user password": ("UserManagement", CORE, "Update"),
    "Reset user password": ("UserManagement", CORE, "Update"),
    "User registered security info": ("UserManagement", METHODS, "Add"),
    "User deleted security info": ("UserManagement", METHODS, "Delete"),
    "User reviewed security info": ("UserManagement", METHODS, "Update"),
    "Disable Strong Authentication": ("UserManagement", CORE, "Update"),
    "Admin registered security info": ("UserManagement", METHODS, "Add"),
    "Invite external user": ("UserManagement", "Invited Users", "Add"),
    "Redeem external user invite": ("UserManagement", "B2B Auth", "Update"),
    "Add group": ("GroupManagement", CORE, "Add"),
    "Update group": ("GroupManagement", CORE, "Update"),
    "Delete group": ("GroupManagement", CORE, "Delete"),
    "Add member to group": ("GroupManagement", CORE, "Assign"),
    "Remove member from group": ("GroupManagement", CORE, "Unassign"),
    "Add owner to group": ("GroupManagement", CORE, "Assign"),
    "Remove owner from group": ("GroupManagement", CORE, "Unassign"),
    "Add member to role": ("RoleManagement", CORE, "Assign"),
    "Remove member from role": ("RoleManagement", CORE, "Unassign"),
    "Add member to role completed (PIM activation)": ("RoleManagement", PIM, "ActivateRole"),
    "Consent to application": ("ApplicationManagement", CORE, "Assign"),
    "Add delegated permission grant": ("ApplicationManagement", CORE, "Assign"),
    "Add app role assignment to service principal": ("ApplicationManagement", CORE, "Assign"),
    "Remove app role assignment from service principal": ("ApplicationManagement", CORE, "Unassign"),
    "Add owner to application": ("ApplicationManagement", CORE, "Assign"),
    "Update application – Certificates and secrets management ": ("ApplicationManagement", CORE, "Update"),
    "Add eligible member to role": ("RoleManagement", CORE, "Assign"),
    "Add member to role requested (PIM activation)": ("RoleManagement", PIM, "ActivateRole"),
    "Add member to role request approved (PIM activation)": ("RoleManagement", PIM, "ActivateRole"),
    "Add owner to service principal": ("ApplicationManagement", CORE, "Assign"),
    "Add service principal credentials": ("ApplicationManagement", CORE, "Update"),
    "Update application": ("ApplicationManagement", CORE, "Update"),
    "Update service principal": ("ApplicationManagement", CORE, "Update"),
    "Add unverified domain": ("DirectoryManagement", CORE, "Add"),
    "Set domain authentication": ("DirectoryManagement", CORE, "Update"),
    "Set federation settings on domain": ("DirectoryManagement", CORE, "Update"),
    "Update conditional access policy": ("Policy", "Conditional Access", "Update"),
    "Delete conditional access policy": ("Policy", "Conditional Access", "Delete"),
    "Update named location": ("Policy", "Conditional Access", "Update"),
    "Add device": ("Device", CORE, "Add"),
    "Add registered owner to device": ("Device", CORE, "Add"),
    "Register device": ("Device", "Device Registration Service", "Add"),
    "Update device": ("Device", CORE, "Update"),
    "Delete device": ("Device", CORE, "Delete"),
    "Read BitLocker key": ("KeyManagement", CORE, "Read"),
    "Recover device local administrator password": ("Device", "Device Registration Service", "Read"),
}
SECRETS = "Update application – Certificates and secrets management "


def write(board: Board, activity: str, actor: Actor, target: Target, at: datetime, **more: Any) -> Json:
    """One more line, in its place in the log; `more` as in `line`."""
    new = line(board, activity, actor, target, at, **more)
    place = 0
    while place < len(board.audits) and board.audits[place]["activityDateTime"] > new["activityDateTime"]:
        place += 1
    board.audits.insert(place, new)
    return new


def line(
    board: Board,
    activity: str,
    actor: Actor,
    target: Target,
    at: datetime,
    *,
    changes: Changes | None = None,
    reason: str = "",
    failed: bool = False,
    address: str | None = None,
) -> Json:
    """A line of the log; what changed belongs to the first target."""
    category, service, operation = KNOWN.get(activity, ("Other", CORE, "Update"))
    targets = target if isinstance(target, list) else [] if target is None else [target]
    rng = random.Random(f"{board.seed}/{len(board.audits)}/{activity}/{at}/{reason}")
    key = guid(rng)
    return {
        "id": f"{service.split(' ')[0]}_{key}_{rng.getrandbits(24):06X}_{rng.getrandbits(26)}",
        "category": category,
        "correlationId": key,
        "result": "failure" if failed else "success",
        "resultReason": reason,
        "activityDisplayName": activity,
        "activityDateTime": f"{stamp(at)[:-1]}.{rng.randrange(10**7):07d}Z",
        "loggedByService": service,
        "operationType": operation,
        "initiatedBy": initiator(actor, address),
        "targetResources": [resource(one, changes if place == 0 else None) for place, one in enumerate(targets)],
        "additionalDetails": [],
    }


def initiator(actor: Actor, address: str | None) -> Json:
    """Who did it: one of the two, the other is null."""
    if isinstance(actor, Person):
        account = actor.account
        name = {"displayName": None, "userPrincipalName": account["userPrincipalName"]}
        return {"app": None, "user": {"id": actor.id, **name, "ipAddress": address or actor.home}}
    known: Json = {"displayName": actor} if isinstance(actor, str) else actor
    own = {"appId": known.get("appId"), "displayName": known["displayName"]}
    return {"user": None, "app": {**own, "servicePrincipalId": known.get("id"), "servicePrincipalName": None}}


def resource(target: Person | Json, changes: Changes | None) -> Json:
    """What it was done to; the names of people are not told."""
    row = target.account if isinstance(target, Person) else target
    kind = kind_of(row)
    return {
        "id": row["id"],
        "displayName": None if kind == "User" else row.get("displayName"),
        "type": kind,
        "userPrincipalName": row.get("userPrincipalName"),
        "groupType": group_type(row) if kind == "Group" else None,
        "modifiedProperties": [modified(name, *values) for name, values in (changes or {}).items()],
    }


def kind_of(row: Json) -> str:
    """What kind of object this row is."""
    return next((kind for name, kind in SIGNS if name in row), "Other")


# the property that only rows of this kind have
SIGNS = (
    ("userPrincipalName", "User"),
    ("groupTypes", "Group"),
    ("servicePrincipalType", "ServicePrincipal"),
    ("requiredResourceAccess", "Application"),
    ("rolePermissions", "Role"),
    ("grantControls", "Policy"),
    ("deviceId", "Device"),
)


def group_type(row: Json) -> str:
    """The two sorts of groups."""
    return "unifiedGroups" if "Unified" in row["groupTypes"] else "azureAD"


def modified(name: str, before: Any, after: Any) -> Json:
    """A property that changed: JSON in a text, nothing where there was nothing."""
    told = [None if value is None else json.dumps(value, ensure_ascii=False) for value in (before, after)]
    return {"displayName": name, "oldValue": told[0], "newValue": told[1]}


# ---------------------------------------------------------------- the last thirty days


def build(board: Board, rng: random.Random) -> None:
    """Everything in the log at the beginning, told by who does such things."""
    for told in (of_accounts, of_groups, of_roles, of_apps, of_policies, of_devices, of_oddities):
        board.audits += told(board, rng)
    kept = stamp(board.now - timedelta(days=30))
    board.audits = [row for row in board.audits if kept <= row["activityDateTime"] <= stamp(board.now)]
    board.audits.sort(key=lambda row: (row["activityDateTime"], row["id"]), reverse=True)


def of_accounts(board: Board, rng: random.Random) -> Iterator[Json]:
    """Starters, leavers, forgotten passwords, new phones, ordinary changes."""
    keeper, sync = holder(board, "ICT-beheerder"), "Microsoft Azure AD Sync"
    for person in board.people:
        created, end = person.account["createdDateTime"], last_day(person)
        if created and created >= stamp(board.now - timedelta(days=30)):
            yield line(board, "Add user", sync, person, datetime.fromisoformat(created))
        if end and not person.account["accountEnabled"]:
            at = datetime.fromisoformat(f"{end}T16:00:00+00:00")
            yield line(board, "Disable account", keeper, person, at, changes={"AccountEnabled": ([True], [False])})
    staff = with_account(board, "staff")
    for person in some(rng, with_account(board, "pupil"), 5 * board.scale.schools):
        yield line(board, "Reset user password", rng.choice(staff), person, daytime(board, rng))
    for person in some(rng, staff, 3 * board.scale.schools):
        method = {"StrongAuthenticationMethod": (None, ["PhoneAppNotification"])}
        yield line(board, "User registered security info", person, person, daytime(board, rng), changes=method)
        change = {"Department": (["School"], [person.account["department"]]), "TargetId.UserType": (None, "Member")}
        yield line(board, "Update user", sync, person, daytime(board, rng), changes=change)


def of_groups(board: Board, rng: random.Random) -> Iterator[Json]:
    """People who came in, by hand or through Teams, some who left, and a guest who became an owner."""
    people = {person.id: person for person in board.people}
    keeper, teams = holder(board, "ICT-beheerder"), principal(board, "Microsoft Teams Services")
    filled = [group for group in board.groups if board.members[group["id"]]]
    for group in (rng.choice(filled) for _ in range(5 * board.scale.schools)):
        member = people.get(rng.choice(board.members[group["id"]]).id)
        if member:
            actor: Actor = teams if "Unified" in group["groupTypes"] else keeper
            yield member_line(board, "Add member to group", actor, member, group, daytime(board, rng))
    for person in some(rng, with_account(board, "staff"), 2 * board.scale.schools):
        group = rng.choice(board.groups)
        if all(member.id != person.id for member in board.members[group["id"]]):
            yield member_line(board, "Remove member from group", keeper, person, group, daytime(board, rng))
    guest = next(person for person in board.people if person.population == "guest")
    shared = next(group for group in board.groups if group["displayName"] == "Samenwerking met partners")
    yield member_line(board, "Add owner to group", keeper, guest, shared, board.moment(9, "15:12"))


def member_line(board: Board, activity: str, actor: Actor, who: Person, group: Json, at: datetime) -> Json:
    """Somebody into a group, or out of it: the group stands in the changes and as a second target."""
    key, name = group["id"], group["displayName"]
    before = activity.startswith("Remove")
    changes = {n: (v, None) if before else (None, v) for n, v in (("Group.ObjectID", key), ("Group.DisplayName", name))}
    return line(board, activity, actor, [who, group], at, changes=changes)


def of_roles(board: Board, rng: random.Random) -> Iterator[Json]:
    """The guest got its role this month; a pupil one by mistake; someone took a role this morning."""
    people = {person.id: person for person in board.people}
    roles = {row["id"]: row for row in board.role_definitions}
    keeper, human = holder(board, "ICT-beheerder"), holder(board, "Hoofd HR")
    for number, row in enumerate(board.role_assignments):
        who = people.get(row["principalId"])
        if who and who.population in ("guest", "pupil"):
            role = roles[row["roleDefinitionId"]]
            told = {"Role.DisplayName": (None, role["displayName"]), "Role.TemplateId": (None, role["templateId"])}
            at = board.moment(3 + number % 20, "11:02")
            yield line(board, "Add member to role", keeper, [who, role], at, changes=told)
    taken = roles[board.role_assignments[-1]["roleDefinitionId"]]
    activity, at = "Add member to role completed (PIM activation)", board.now - timedelta(hours=1)
    yield line(board, activity, human, taken, at, reason="MFA ok; melding 4711")


def of_apps(board: Board, rng: random.Random) -> Iterator[Json]:
    """Teachers who gave a supplier their mail, a right for an app, a new secret."""
    people = {person.id: person for person in board.people}
    services = {row["id"]: row for row in board.service_principals}
    keeper = holder(board, "ICT-beheerder")
    for grant in board.delegated_grants:
        if grant["principalId"]:
            person, app = people[grant["principalId"]], services[grant["clientId"]]
            at = daytime(board, rng)
            asked = {
                "ConsentContext.IsAdminConsent": (None, "False"),
                "ConsentAction.Permissions": (None, grant["scope"]),
            }
            yield line(board, "Consent to application", person, app, at, changes=asked)
            given = {"DelegatedPermissionGrant.Scope": (None, grant["scope"])}
            given["DelegatedPermissionGrant.ConsentType"] = (None, "Principal")
            yield line(board, "Add delegated permission grant", person, app, at, changes=given)
    copy = principal(board, "Reservekopie cloud")
    at = board.moment(13, "16:40")
    right = {"AppRole.Value": (None, "RoleManagement.ReadWrite.Directory")}
    yield line(board, "Add app role assignment to service principal", keeper, copy, at, changes=right)
    link = next(row for row in board.applications if row["displayName"] == "Koppeling leerlingadministratie")
    at = datetime.fromisoformat(link["passwordCredentials"][-1]["startDateTime"])
    yield line(board, SECRETS, keeper, link, at, changes={"KeyDescription": ([], ["[KeyType=Password]"])})


def of_policies(board: Board, rng: random.Random) -> Iterator[Json]:
    """The policy for MFA was off for twenty minutes: a daily snapshot never sees it."""
    keeper, policy = holder(board, "ICT-beheerder"), board.ca_policies[0]
    back = policies.repaired(board)
    off = {**policy, "state": "disabled"}
    for at, before, after in ((back - timedelta(minutes=20), policy, off), (back, off, policy)):
        changes = {"ConditionalAccessPolicy": (before, after)}
        yield line(board, "Update conditional access policy", keeper, policy, at, changes=changes)
    place = board.named_locations[2]
    yield line(board, "Update named location", keeper, place, board.moment(6, "09:31"))


def of_devices(board: Board, rng: random.Random) -> Iterator[Json]:
    """New laptops, a phone, and a recovery key that was read."""
    service, keeper = "Device Registration Service", holder(board, "ICT-beheerder")
    for device in some(rng, board.entra_devices, 2 * board.scale.schools):
        yield line(board, "Update device", service, device, daytime(board, rng))
    phones = [row for row in board.entra_devices if row["trustType"] == "Workplace"]
    yield line(board, "Register device", service, phones[0], board.moment(2, "19:20"))
    laptops = [row for row in board.entra_devices if row["trustType"] == "AzureAd"]
    for device in laptops[:2]:
        yield line(board, "Read BitLocker key", keeper, device, board.moment(4, "14:05"))


def of_oddities(board: Board, rng: random.Random) -> Iterator[Json]:
    """Made and deleted within a day, refused without saying to what, and an activity that nobody knows."""
    keeper, head = holder(board, "ICT-beheerder"), holder(board, "Hoofd HR")
    teams = principal(board, "Microsoft Teams Services")
    gone: Json = {"id": guid(rng), "userPrincipalName": f"tijdelijk@{DOMAIN}", "displayName": "Tijdelijk"}
    yield line(board, "Add user", keeper, gone, board.moment(8, "16:55"))
    yield line(board, "Delete user", keeper, gone, board.moment(8, "17:40"))
    for number in range(3):
        at = board.moment(1 + 5 * number, "12:58")
        yield line(board, "Add member to group", teams, None, at, reason="Insufficient privileges", failed=True)
    yield line(board, "Set Company Information", head, None, board.moment(11, "10:01"))
    nobody: Json = {"id": NOBODY, "displayName": OFFICE}
    yield line(board, "Een werkzaamheid van morgen", "Microsoft Onbekend", nobody, board.moment(12, "10:01"))


def some(rng: random.Random, rows: list[Any], number: int) -> list[Any]:
    """So many of them, or all there are."""
    return rng.sample(rows, min(number, len(rows)))


def with_account(board: Board, population: str) -> list[Person]:
    """Ordinary people of this population whose account is on."""
    return [p for p in board.people if p.population == population and p.account["accountEnabled"] and not p.cast]


def daytime(board: Board, rng: random.Random) -> datetime:
    """Some moment on a working day of the last four weeks."""
    days_back = board.school_day(rng.randint(1, 26))
    return board.moment(days_back, f"{rng.randint(8, 16):02d}:{rng.randint(0, 59):02d}")


def last_day(person: Person) -> str:
    """The last day of the last contract, as it is written; empty for who stays."""
    ends = [contract.end for contract in person.contracts]
    return "" if not ends or None in ends else max(end for end in ends if end).isoformat()
