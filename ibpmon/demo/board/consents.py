"""What apps were granted: delegated rights for everyone or for one person, and rights of the app itself."""

import base64
import random
from datetime import timedelta

from ibpmon.demo.board.applications import REGISTERED, ROLES, SUPPLIED, principal
from ibpmon.demo.board.nouns import NOBODY, Board, Json, Person, stamp
from ibpmon.demo.board.places import group_id

# a supplier without a verified publisher, to whom teachers gave their mail
RISKY, RISKY_SCOPE = "Rekenmaatje Online", "Mail.Read offline_access User.Read"


def build(board: Board, rng: random.Random) -> None:
    """Every enterprise app has a list of who may use it, mostly empty."""
    board.app_role_assigned = {row["id"]: [] for row in board.service_principals}
    for app in (*REGISTERED, *SUPPLIED):
        if app.everyone:
            board.delegated_grants.append(delegated(board, rng, app.name, app.everyone))
        for name in app.roles:
            assign(board, rng, principal(board, app.name), principal(board, "Microsoft Graph"), ROLES[name])
    for person in trusting(board):
        board.delegated_grants.append(delegated(board, rng, RISKY, RISKY_SCOPE, person))
    let_in(board, rng)


def trusting(board: Board) -> list[Person]:
    """A few teachers who said yes."""
    teachers = [p for p in board.people if "eerkracht" in p.function and p.account["accountEnabled"] and not p.cast]
    return teachers[3 :: max(1, len(teachers) // (2 * board.scale.rounds))][: 2 * board.scale.rounds]


def delegated(board: Board, rng: random.Random, name: str, scope: str, person: Person | None = None) -> Json:
    """Rights of an app on behalf of everyone, or of one person."""
    return {
        "id": code(rng, 32),
        "clientId": principal(board, name)["id"],
        "consentType": "Principal" if person else "AllPrincipals",
        "principalId": person.id if person else None,
        "resourceId": principal(board, "Microsoft Graph")["id"],
        "scope": scope,
    }


def let_in(board: Board, rng: random.Random) -> None:
    """The pupil administration asks who may enter: the offices, one person, and by mistake a pupil council."""
    app = principal(board, "Oud LAS")
    keys = [school.key for school in board.schools[: board.scale.schools]]
    groups = {row["id"]: row for row in board.groups}
    for name in (*(f"{key} Administratie" for key in keys), f"{keys[1]} Leerlingenraad"):
        assign(board, rng, groups[group_id(board, name)], app, NOBODY)
    person = next(p for p in board.people if p.function == "Intern begeleider")
    assign(board, rng, person.account, app, NOBODY)


def assign(board: Board, rng: random.Random, who: Json, resource: Json, role: str) -> None:
    """A right of an app, a group or a person on a resource; the empty id is plain access."""
    created = stamp(board.now - timedelta(days=rng.randint(40, 900)))
    row = {
        "id": code(rng, 16),
        "deletedDateTime": None,
        "appRoleId": role,
        "createdDateTime": f"{created[:-1]}.1234567Z",
        "principalDisplayName": who["displayName"],
        "principalId": who["id"],
        "principalType": kind(who),
        "resourceDisplayName": resource["displayName"],
        "resourceId": resource["id"],
    }
    board.app_role_assigned[resource["id"]].append(row)


def kind(row: Json) -> str:
    """What kind of object may use the resource."""
    if "userPrincipalName" in row:
        return "User"
    return "Group" if "groupTypes" in row else "ServicePrincipal"


def code(rng: random.Random, length: int) -> str:
    """An id as the directory makes them for what has no GUID."""
    return base64.urlsafe_b64encode(rng.randbytes(length)).decode().rstrip("=")
