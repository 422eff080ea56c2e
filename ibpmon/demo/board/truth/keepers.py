"""Administrators whom nobody misses, exclusions that nobody looks at, and who owns which app."""

from collections.abc import Iterator
from datetime import timedelta

from ibpmon.demo.board.applications import ROLES
from ibpmon.demo.board.nouns import Board, Json
from ibpmon.demo.board.truth.enforcing import everyone_in
from ibpmon.demo.board.truth.facts import Finding, read
from ibpmon.demo.board.truth.holders import HEAVY, held
from ibpmon.demo.board.truth.identities import last_use

WRITING = {
    ROLES[name]
    for name in ROLES
    if name.endswith((".ReadWrite.All", "ReadWrite.Directory", "FullControl.All")) and not name.startswith("Mail")
}


def find_unused_admins(board: Board) -> Iterator[Finding]:
    """Accounts that are on with a heavy role, and were not used for 45 days; emergency accounts left out."""
    people = {person.id: person for person in board.people}
    for who, role in held(board):
        person = people.get(who)
        if person and role in HEAVY and person.account["accountEnabled"]:
            seen = last_use(board, person) or read(person.account["createdDateTime"] or "2018-01-01T00:00:00Z")
            if board.now - seen >= timedelta(days=45):
                yield "unused-admin-account", who, role


# ---------------------------------------------------------------- exclusions


def find_exclusions(board: Board) -> Iterator[Finding]:
    """What policies that are on leave out: what is gone, groups of six and more, and whom no other policy names."""
    for policy in board.ca_policies:
        if policy["state"] == "enabled":
            users = policy["conditions"]["users"]
            words = [word for word in users["excludeUsers"] if word not in ("All", "None", "GuestsOrExternalUsers")]
            for key in words + users["excludeGroups"]:
                yield from of_exclusion(board, policy, key)


def of_exclusion(board: Board, policy: Json, key: str) -> Iterator[Finding]:
    """What is wrong with one of them."""
    emergency = {person.id for person in board.people if person.population == "break_glass"}
    people = everyone_in(board, [key])
    if key not in board.members and key not in {person.id for person in board.people}:
        yield "access-exclusion-to-nothing", policy["id"], key
    elif key not in emergency and not (people and people <= emergency):
        if len(people) >= 6:
            yield "access-exclusion-grew", policy["id"], key
        if not named_elsewhere(board, policy, key):
            yield "access-exclusion-without-fallback", policy["id"], key


def named_elsewhere(board: Board, policy: Json, key: str) -> bool:
    """Whether another policy that is on is for this person or group."""
    others = [one for one in board.ca_policies if one["id"] != policy["id"] and one["state"] == "enabled"]
    lists = [one["conditions"]["users"] for one in others]
    return any(key in users["includeUsers"] or key in users["includeGroups"] for users in lists)


# ---------------------------------------------------------------- owners of apps


def find_owners(board: Board) -> Iterator[Finding]:
    """Owners of apps that may write everywhere, and owners whose account is on and has no second step."""
    services = {row["appId"]: row["id"] for row in board.service_principals}
    rights = [row for rows in board.app_role_assigned.values() for row in rows if row["appRoleId"] in WRITING]
    writing = {row["principalId"] for row in rights}
    on = {person.id for person in board.people if person.account["accountEnabled"]}
    weak = {row["id"] for row in board.registrations if not row["isMfaCapable"]}
    for app in board.applications:
        for owner in board.app_owners.get(app["id"], ()):
            if services.get(app["appId"]) in writing:
                yield "privileged-app-has-owner", app["id"], owner.id
            if owner.id in on & weak:
                yield "app-owner-without-mfa", app["id"], owner.id


def find_ownerless(board: Board) -> Iterator[Finding]:
    """Apps of the board without an owner; of ours the list says who answers for it."""
    for app in board.applications:
        if not board.app_owners.get(app["id"]) and app["displayName"] != "ibpmon":
            yield "app-without-owner", app["id"], ""


FINDERS = (find_unused_admins, find_exclusions, find_owners, find_ownerless)
