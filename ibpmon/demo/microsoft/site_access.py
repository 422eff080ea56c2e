"""What a user may do in a site in the end: the roles of everyone that the user counts as, taken together."""

import re
from collections.abc import Iterator

from ibpmon.demo.board.nouns import Board, Json

FULL = (2147483647, 4294967295)
NOTHING = (0, 0)
GROUP = re.compile(r"c:0[to]\.c\|(?:tenant|federateddirectoryclaimprovider)\|([0-9a-f-]{36})(_o)?")
ALL_BUT_GUESTS = "c:0-.f|rolemanager|spo-grid-all-users/"
EVERYONE = frozenset({"c:0(.s|true", "c:0!.s|windows"})


def effective(board: Board, site: str, claim: str) -> tuple[int, int]:
    """The two halves of the mask of rights; an admin may do everything and needs no role."""
    user = next((row for row in board.users if claim_of(row) == claim.lower()), None)
    if any(counts(board, admin, claim, user) for admin in board.site_admins.get(site, ())):
        return FULL
    high, low = NOTHING
    for row in board.role_assignments_of_site.get(site, ()):
        if any(counts(board, who, claim, user) for who in everyone_in(row["Member"])):
            for role in row["RoleDefinitionBindings"]:
                high |= int(role["BasePermissions"]["High"])
                low |= int(role["BasePermissions"]["Low"])
    return high, low


def claim_of(account: Json) -> str:
    """The login name of an account in SharePoint."""
    return f"i:0#.f|membership|{str(account['userPrincipalName']).lower()}"


def everyone_in(member: Json) -> Iterator[Json]:
    """A principal, or everyone in a SharePoint group."""
    yield from member.get("Users", (member,))


def counts(board: Board, who: Json, claim: str, user: Json | None) -> bool:
    """Whether a principal is this user, or a group that the user is in."""
    login = str(who["LoginName"]).lower()
    if login == claim.lower():
        return True
    if user is None:
        return False
    if login in EVERYONE or (login.startswith(ALL_BUT_GUESTS) and user.get("userType") != "Guest"):
        return True
    group = GROUP.fullmatch(login)
    return group is not None and is_in(board, str(user["id"]), group[1], owner=bool(group[2]))


def is_in(board: Board, user: str, group: str, *, owner: bool) -> bool:
    """Whether a user is in a group, or in a group within it; the mark `_o` means its owners only."""
    if owner:
        return any(member.id == user for member in board.owners.get(group, ()))
    open_groups, done = [group], set[str]()
    while open_groups:
        here = open_groups.pop()
        done.add(here)
        for member in board.members.get(here, ()):
            if member.id == user:
                return True
            if member.kind == "group" and member.id not in done:
                open_groups.append(member.id)
    return False
