"""Who administers the tenant: role definitions, assignments, and what PIM keeps of them.

What grew wrong: the emergency accounts are fine, but the ICT'er works with a permanent Global Administrator, a service
account and an app hold roles, so does a guest, someone who left, and one pupil.
"""

import base64
import random
import uuid
from collections.abc import Iterator
from datetime import timedelta

from ibpmon.demo.board.applications import principal
from ibpmon.demo.board.nouns import OFFICE, Board, Json, Person, guid, stamp
from ibpmon.demo.board.places import group_id

GLOBAL, USERS, PASSWORDS = "Global Administrator", "User Administrator", "Password Administrator"
CUSTOM = "Wachtwoordreset locatie (maatwerk)"
# the template ids are the same in every tenant; a built-in role has its template id as its id
BUILT_IN = {
    GLOBAL: "62e90394-69f5-4237-9190-012177145e10",
    "Global Reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "Privileged Role Administrator": "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "Privileged Authentication Administrator": "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
    "Application Administrator": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "Cloud Application Administrator": "158c047a-c907-4556-b7ef-446551a6b5f7",
    "Conditional Access Administrator": "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",
    "Hybrid Identity Administrator": "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2",
    "Authentication Administrator": "c4e39bd9-1100-46d3-8c65-fb160da0071f",
    "Security Administrator": "194ae4cb-b126-40b2-bd5b-6091b380977d",
    "Security Reader": "5d6b6bb7-de71-4623-b4af-96380a352509",
    USERS: "fe930be7-5e62-47db-91af-98c3a49a38b1",
    "Helpdesk Administrator": "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    PASSWORDS: "966707d0-3269-4727-9be2-8c3a10f19b9d",
    "Groups Administrator": "fdd7a751-b60b-444a-984c-02652fe8fa1c",
    "Exchange Administrator": "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "SharePoint Administrator": "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",
    "Teams Administrator": "69091246-20e8-4a56-aa4d-066075b2a7a8",
    "Intune Administrator": "3a2c62db-5318-420d-8d74-23affee5d9d5",
    "Directory Readers": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
    "Directory Synchronization Accounts": "d29b2b05-8046-44ba-8758-1e26182fcf32",
    "Guest Inviter": "95e79109-95c0-4d8e-aee3-d01accf2d47b",
    "License Administrator": "4d6ac14f-3453-41d0-bef9-a3e0c569773a",
    "Reports Reader": "4a5d8f65-41da-4de4-8968-e035b65339cf",
}


def build(board: Board, rng: random.Random) -> None:
    """Definitions, who holds what, who could hold it, and the flags that follow from it."""
    board.role_definitions = [definition(name, key) for name, key in BUILT_IN.items()]
    board.role_definitions.append(definition(CUSTOM, guid(rng), own=True))
    for group in board.groups:
        if group["displayName"] == f"{OFFICE} ICT":
            group["isAssignableToRole"] = True
    for who, role, scope in (*of_the_board(board), *of_the_schools(board), *gone_wrong(board)):
        assign(board, rng, who, role, scope)
    # an old corner of the documentation: the scope told twice
    board.role_assignments[0]["resourceScope"] = board.role_assignments[0]["directoryScopeId"]
    build_eligible(board, rng)
    tell_the_report(board)


def definition(name: str, key: str, *, own: bool = False) -> Json:
    """A role; what it allows is cut short."""
    allowed = ["microsoft.directory/users/password/update"] if own or name == PASSWORDS else ["microsoft.directory/…"]
    return {
        "id": key,
        "description": None if own else f"{name}.",
        "displayName": name,
        "isBuiltIn": not own,
        "isEnabled": True,
        "resourceScopes": ["/"],
        "templateId": key,
        "version": None if own else "1",
        "rolePermissions": [{"allowedResourceActions": allowed, "condition": None}],
    }


Held = tuple[str, str, str]  # who, role, scope


def of_the_board(board: Board) -> Iterator[Held]:
    """What belongs to the office: emergency accounts, and a group for the ICT'er."""
    for person in board.people:
        if person.population == "break_glass":
            yield person.id, GLOBAL, "/"
    ict = group_id(board, f"{OFFICE} ICT")
    for role in (USERS, "Intune Administrator", "SharePoint Administrator"):
        yield ict, role, "/"
    yield holder(board, "Functionaris gegevensbescherming").id, "Security Reader", "/"
    yield principal(board, "Koppeling leerlingadministratie")["id"], "Directory Readers", "/"


def of_the_schools(board: Board) -> Iterator[Held]:
    """At each school two people who may help with passwords, within their own unit."""
    units = {row["displayName"]: f"/administrativeUnits/{row['id']}" for row in board.admin_units}
    for school in board.schools[: board.scale.schools]:
        for function, role in (("Directeur", PASSWORDS), ("Administratief medewerker", CUSTOM)):
            found = [p for p in board.people if p.school == school.key and p.function == function]
            if found:
                yield found[0].id, role, units[school.name]


def gone_wrong(board: Board) -> Iterator[Held]:
    """Daily accounts, services, an app, a guest, a leaver and a pupil."""
    yield holder(board, "ICT-beheerder").id, GLOBAL, "/"
    yield holder(board, "Bestuurder").id, GLOBAL, "/"
    yield next(p.id for p in board.people if p.population == "service"), USERS, "/"
    yield principal(board, "Reservekopie cloud")["id"], "Privileged Role Administrator", "/"
    yield next(p.id for p in board.people if p.population == "guest"), "Global Reader", "/"
    gone = next(p for p in board.people if p.population == "staff" and not p.account["accountEnabled"])
    yield gone.id, "Exchange Administrator", "/"
    unit = board.admin_units[0]["id"]
    pupil = next(p for p in board.people if p.population == "pupil" and p.year_group == 8 and not p.cast)
    yield pupil.id, CUSTOM, f"/administrativeUnits/{unit}"


def assign(board: Board, rng: random.Random, who: str, role: str, scope: str) -> Json:
    """A role that somebody holds, with the line that PIM keeps about it."""
    row = {
        "id": code(role_id(board, role), who, scope),
        "principalId": who,
        "directoryScopeId": scope,
        "roleDefinitionId": role_id(board, role),
    }
    board.role_assignments.append(row)
    board.role_schedules.append(
        {
            **row,
            "appScopeId": None,
            "startDateTime": stamp(board.now - timedelta(days=rng.randint(40, 700))),
            "endDateTime": None,
            "assignmentType": "Assigned",
            "memberType": "Direct",
            "roleAssignmentOriginId": row["id"],
            "roleAssignmentScheduleId": guid(rng),
        }
    )
    return row


def build_eligible(board: Board, rng: random.Random) -> None:
    """Who could take a role: one took it this morning, one never did, one may through the group."""
    human, ict = holder(board, "Hoofd HR").id, group_id(board, f"{OFFICE} ICT")
    keeper = holder(board, "ICT-beheerder").id
    eligible(board, rng, human, USERS, "Direct", days=150)
    eligible(board, rng, keeper, "Privileged Role Administrator", "Direct", days=90)
    eligible(board, rng, keeper, "Security Administrator", "Group", days=None)
    eligible(board, rng, ict, "Security Administrator", "Direct", days=None)
    assign(board, rng, human, USERS, "/")
    begun, end = board.now - timedelta(hours=1), board.now + timedelta(hours=7)
    activated = {"startDateTime": stamp(begun), "endDateTime": stamp(end), "assignmentType": "Activated"}
    board.role_schedules[-1] |= activated


def eligible(board: Board, rng: random.Random, who: str, role: str, through: str, days: int | None) -> None:
    """A role that somebody may take; without an end it is for always."""
    ends = stamp(board.now + timedelta(days=days)) if days else None
    board.role_eligibility.append(
        {
            "id": code(role_id(board, role), who, "/") + "-e",
            "principalId": who,
            "roleDefinitionId": role_id(board, role),
            "directoryScopeId": "/",
            "appScopeId": None,
            "startDateTime": stamp(board.now - timedelta(days=rng.randint(30, 200))),
            "endDateTime": ends,
            "memberType": through,
            "roleEligibilityScheduleId": guid(rng),
        }
    )


def tell_the_report(board: Board) -> None:
    """The registration report says of everyone with a role that it is an administrator."""
    group = group_id(board, f"{OFFICE} ICT")
    holders = {row["principalId"] for row in board.role_assignments} | {m.id for m in board.members[group]}
    for row in board.registrations:
        row["isAdmin"] = row["isAdmin"] or row["id"] in holders


def holder(board: Board, function: str) -> Person:
    """Who does this at the office."""
    return next(p for p in board.people if p.function == function and p.school == OFFICE)


def role_id(board: Board, name: str) -> str:
    """The id of a role."""
    return str(BUILT_IN.get(name) or board.role_definitions[-1]["id"])


def code(role: str, who: str, scope: str) -> str:
    """The id of an assignment: role and holder, and the unit if there is one, as the directory packs them."""
    parts = [role, who, *([scope.rpartition("/")[2]] if scope != "/" else [])]
    packed = b"".join(uuid.UUID(part).bytes_le for part in parts)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=") + "-1"
