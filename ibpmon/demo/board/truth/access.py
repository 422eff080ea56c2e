"""The truth about access: every way in which anybody enters any place, walked in the plainest way over what is served.

It reads the answers of Graph and SharePoint as they stand in the board, door by door and member by member, and knows
nothing of how the engine finds the same.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ibpmon.demo.board.nouns import NOBODY, Board, Json
from ibpmon.demo.board.truth.facts import read

Who = tuple[str, str]  # kind and id
LEVELS = {5: "owner", 6: "write", 3: "write", 2: "read"}  # of a role in SharePoint, by its kind


class Door(NamedTuple):
    """One right on one place, as it was given."""

    place: Who
    holder: Who
    right: str
    spot: str = ""  # the library or list
    item: str = ""


class WayIn(NamedTuple):
    """One way of one principal into one place: the groups from the nearest to the outermost, then the door."""

    place: Who
    who: Who
    right: str
    groups: tuple[str, ...]
    spot: str
    item: str


def ways_in(board: Board) -> Iterator[WayIn]:
    """All ways in, each once."""
    seen: set[WayIn] = set()
    for door in doors(board):
        for who, groups in behind(board, door.holder, ()):
            way = WayIn(door.place, who, door.right, groups, door.spot, door.item)
            if way not in seen:
                seen.add(way)
                yield way


def behind(board: Board, holder: Who, on_the_way: tuple[str, ...]) -> Iterator[tuple[Who, tuple[str, ...]]]:
    """Who stands behind a holder: itself, or everyone in it. A way never goes through a group twice."""
    kind, key = holder
    if kind == "group":
        for member in board.members.get(key, ()):
            if member.kind != "group":
                yield (kind_of(member.kind), member.id), (key, *on_the_way)
            elif member.id not in (key, *on_the_way):
                yield from behind(board, ("group", member.id), (key, *on_the_way))
    elif kind == "owners":
        for owner in board.owners.get(key, ()):
            yield (kind_of(owner.kind), owner.id), (key, *on_the_way)
    elif kind == "site_group":
        for user in users_of(board, key):
            inside = by_login(board, key.partition("/")[0], str(user["LoginName"]))
            yield from behind(board, inside, (key, *on_the_way))
    else:
        yield holder, on_the_way


def kind_of(member: str) -> str:
    """A person, or a device or application."""
    return "person" if member == "user" else "machine"


def users_of(board: Board, group: str) -> list[Json]:
    """Who is in a SharePoint group, named by its site and its title."""
    site, title = group.split("/", 1)
    members = (row["Member"] for row in board.role_assignments_of_site.get(site, ()))
    return [user for member in members if member["Title"] == title for user in member.get("Users", ())]


# ---------------------------------------------------------------- doors


def doors(board: Board) -> Iterator[Door]:
    """Every right that was given anywhere."""
    for group in board.groups:
        place = ("group", str(group["id"]))
        yield Door(place, place, "write")
        yield from (Door(place, (kind_of(one.kind), one.id), "owner") for one in board.owners.get(place[1], ()))
    for site in {str(row["id"]): row for row in board.sites if not row["isPersonalSite"]}:
        yield from doors_of_libraries(board, site)
        yield from doors_of_site(board, site)
    yield from doors_of_roles(board)
    yield from doors_of_apps(board)


def doors_of_libraries(board: Board, site: str) -> Iterator[Door]:
    """Rights on libraries, and those that folders and files have of their own."""
    for drive in board.drives.get(site, ()):
        key = str(drive["id"])
        for grant in board.permissions[key]:
            yield from given(board, site, grant, key)
        for item in board.items.get(key, ())[1:]:
            own = [one for one in board.item_permissions.get(item["id"], ()) if "inheritedFrom" not in one]
            for grant in own:
                yield from given(board, site, grant, key, str(item["id"]))


def given(board: Board, site: str, grant: Json, spot: str, item: str = "") -> Iterator[Door]:
    """One right of Graph: to somebody, by a link, or to everyone for whom a link was made."""
    ends, scope = str(grant.get("expirationDateTime") or "9999-12-31T00:00:00Z"), grant.get("link", {}).get("scope")
    if scope == "existingAccess" or (ends[:4] > "0001" and read(ends) <= board.now):
        return
    ranks = ("read", "write", "owner")
    right = max(grant["roles"], key=ranks.index)
    people = grant.get("grantedToIdentitiesV2", ()) if scope == "users" else ()
    if scope and not people:
        yield Door(("site", site), ("link", f"{site}/{scope}"), right, spot, item)
    for one in people or (() if scope else (grant.get("grantedToV2", {}),)):
        yield Door(("site", site), holder_of(board, site, one, grant), right, spot, item)


def holder_of(board: Board, site: str, who: Json, grant: Json) -> Who:
    """To whom a right of Graph was given."""
    login = str(who.get("siteUser", {}).get("loginName", ""))
    if "siteGroup" in who:
        return "site_group", f"{site}/{who['siteGroup']['displayName']}"
    if "group" in who:
        return "owners" if login.endswith("_o") else "group", str(who["group"]["id"])
    if "user" in who:
        return "person", str(who["user"]["id"])
    if "application" in who:
        return "machine", str(who["application"]["id"])
    if login:
        return by_login(board, site, login)
    return "other", f"{site}/{grant.get('invitation', {}).get('email') or grant['id']}"


def by_login(board: Board, site: str, login: str) -> Who:
    """Whom a login name of SharePoint means."""
    text = login.lower()
    if text == "c:0(.s|true":
        return "everyone", "everyone/guests"
    if text.startswith("c:0-.f|rolemanager|spo-grid-all-users/") or text == "c:0!.s|windows":
        return "everyone", "everyone/members"
    last = text.rsplit("|", 1)[-1]
    if text.startswith(("c:0t.c|tenant|", "c:0o.c|federateddirectoryclaimprovider|")):
        return "owners" if last.endswith("_o") else "group", last.removesuffix("_o")
    for user in board.users if text.startswith("i:0#.f|") else ():
        if str(user["userPrincipalName"]).lower() == last:
            return "person", str(user["id"])
    return "other", f"{site}/{text}"


def doors_of_site(board: Board, site: str) -> Iterator[Door]:
    """What SharePoint itself tells: rights on the site and on lists with their own, and the admins."""
    own = {str(row["Id"]): row for row in board.rest_lists.get(site, ()) if row["HasUniqueRoleAssignments"]}
    tables = [("", board.role_assignments_of_site.get(site, ()))]
    tables += [(key, board.list_role_assignments.get(key, ())) for key in own]
    for spot, rows in tables:
        for row in rows:
            levels = [LEVELS.get(role["RoleTypeKind"]) for role in row["RoleDefinitionBindings"]]
            right = next((one for one in ("owner", "write", "read") if one in levels), "")
            if right:  # what is left is limited access: that of a shared item, which tells itself
                yield Door(("site", site), member_of(board, site, row["Member"]), right, spot)
    for admin in board.site_admins.get(site, ()):
        yield Door(("site", site), by_login(board, site, str(admin["LoginName"])), "owner")


def member_of(board: Board, site: str, member: Json) -> Who:
    """A principal of SharePoint: one of its own groups, or whom its login name means."""
    if member["PrincipalType"] == 8:
        return "site_group", f"{site}/{member['Title']}"
    return by_login(board, site, str(member["LoginName"]))


def doors_of_roles(board: Board) -> Iterator[Door]:
    """Roles that somebody has, and those that somebody may take."""
    for rows, right in ((board.role_assignments, "write"), (board.role_eligibility, "read")):
        for row in rows:
            scope = row["directoryScopeId"]
            key = str(row["roleDefinitionId"]) + ("" if scope == "/" else f"@{scope}")
            if not row.get("endDateTime") or read(row["endDateTime"]) > board.now:
                yield Door(("role", key), of_directory(board, str(row["principalId"])), right)


def doors_of_apps(board: Board) -> Iterator[Door]:
    """People and groups that were let in; and everyone, where nobody needs to be."""
    for app in board.service_principals:
        place = ("app", str(app["id"]))
        people = [
            row for row in board.app_role_assigned.get(app["id"], ()) if row["principalType"] != "ServicePrincipal"
        ]
        for row in people:
            role = "" if row["appRoleId"] == NOBODY else str(row["appRoleId"])
            yield Door(place, of_directory(board, str(row["principalId"])), "read", role)
        if people and not app["appRoleAssignmentRequired"]:
            yield Door(place, ("everyone", "everyone/guests"), "read")


def of_directory(board: Board, key: str) -> Who:
    """A holder of whom only the id is told."""
    if any(group["id"] == key for group in board.groups):
        return "group", key
    return ("person" if any(user["id"] == key for user in board.users) else "machine"), key
