"""What is wrong with administrators, with what leavers keep, and with accounts that nobody uses."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain

from ibpmon.demo.board.nouns import Board, Person
from ibpmon.demo.board.truth.enforcing import holders, must_pass
from ibpmon.demo.board.truth.facts import Finding, enabled_staff, last_day, read, schooled

HEAVY = {
    "Global Administrator",
    "Privileged Role Administrator",
    "User Administrator",
    "SharePoint Administrator",
    "Exchange Administrator",
    "Hybrid Identity Administrator",
    "Application Administrator",
    "Cloud Application Administrator",
}
RESISTANT = {"passKeyDeviceBound", "passKeyDeviceBoundAuthenticator", "fido2", "windowsHelloForBusiness"}


def find_weak_admins(board: Board) -> Iterator[Finding]:
    """Enabled accounts with one of the heavy roles, without a method that cannot be phished or not forced to it."""
    heavy = {row["id"] for row in board.role_definitions if row["displayName"] in HEAVY}
    admins = holders(board, [row for row in board.role_assignments if row["roleDefinitionId"] in heavy])
    methods = {row["id"]: set(row["methodsRegistered"]) for row in board.registrations}
    _, strong = must_pass(board)
    for person in board.people:
        counts = person.population != "break_glass" and person.account["accountEnabled"] and person.id in methods
        if counts and person.id in admins and not (methods[person.id] & RESISTANT and person.id in strong):
            yield "admin-without-strong-mfa", person.id, ""


def find_rights_of_leavers(board: Board) -> Iterator[Finding]:
    """Staff who left thirty days ago or longer with a group, a role, an application, a device or a licence."""
    lists = chain(board.members.values(), board.owners.values())
    having = {member.id for members in lists for member in members}
    having |= {row["principalId"] for row in board.role_assignments}
    having |= {row["principalId"] for rows in board.app_role_assigned.values() for row in rows}
    back = ("Reserve", "Overgenomen")
    having |= {row["userId"] for row in board.devices if row["deviceCategoryDisplayName"] not in back}
    having |= {person.id for person in board.people if person.account["assignedLicenses"]}
    for person in board.people:
        end = last_day(person) if person.population == "staff" else None
        if end and (board.today - end).days >= 30 and person.id in having:
            yield "leaver-keeps-rights", person.id, ""


def find_stale_staff(board: Board) -> Iterator[Finding]:
    """Enabled staff who still work here and have not come in for 45 days, 30 of them with school; substitutes 120."""
    for person in enabled_staff(board):
        end, seen = last_day(person), last_use(board, person)
        days, school = (120, 0) if "nvaller" in person.function else (45, 30)
        here = not end or end >= board.today
        if here and seen and board.now - seen >= timedelta(days=days) and schooled(board, seen) >= school:
            yield "stale-account", person.id, ""


def find_stale_guests(board: Board) -> Iterator[Finding]:
    """Enabled guests who came in once, or could, and were not here for ninety days."""
    for person in board.people:
        wanted = person.population == "guest" and person.account["accountEnabled"]
        if wanted and person.account["externalUserState"] != "PendingAcceptance":
            seen = last_use(board, person) or read(person.account["createdDateTime"])
            if board.now - seen >= timedelta(days=90):
                yield "stale-guest", person.id, ""


def find_open_invitations(board: Board) -> Iterator[Finding]:
    """Guests who were invited thirty days ago or longer and never came."""
    for person in board.people:
        pending = person.account["externalUserState"] == "PendingAcceptance"
        if pending and board.now - read(person.account["createdDateTime"]) >= timedelta(days=30):
            yield "guest-invitation-open", person.id, ""


def last_use(board: Board, person: Person) -> datetime | None:
    """The last success; where none was noted the last try, which is never earlier."""
    row = board.sign_in_activity.get(person.id, {})
    text = row.get("lastSuccessfulSignInDateTime") or row.get("lastSignInDateTime")
    return read(text) if text and not text.startswith("0001") else None


FINDERS = (
    find_weak_admins,
    find_rights_of_leavers,
    find_stale_staff,
    find_stale_guests,
    find_open_invitations,
)
