"""Who reaches what, and by which paths: people, links and groups on one side, groups, sites, applications on the other.

The right that counts is the effective one; the paths say which edges would have to go to take it away.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from ibpmon.review.applications import see_applications, ways_into_application
from ibpmon.review.nouns import (
    RIGHTS,
    Access,
    Board,
    Grant,
    Landscape,
    Library,
    Path,
    Person,
    Principal,
    Resource,
    ResourceKind,
    Right,
)
from ibpmon.review.readings import reading, rows
from ibpmon.store.database import Store
from ibpmon.store.tables import EPOCH, Placement
from ibpmon.store.upsert import table_of

__all__ = ["RIGHTS", "SOURCES", "Access", "Board", "Landscape", "Path", "Person", "Principal", "Resource", "Right"]

SOURCES = ("accounts", "staff-list", "pupil-list", "groups", "group-members", "sites", "drives", "drive-permissions")

# Diamonds of groups in groups have more ways through them than anyone can read: twice as many per layer.
# The shortest are kept, at least one to every group, and the path says that there are more.
MOST_WAYS = 20

# How SharePoint writes "everyone" and groups in a login name.
EVERYONE = "c:0(.s|true"
ALL_ACCOUNTS = ("c:0-.f|rolemanager|spo-grid-all-users/", "c:0!.s|windows")
GROUP_CLAIMS = ("c:0t.c|tenant|", "c:0o.c|federateddirectoryclaimprovider|")
PERSON_CLAIM = "i:0#.f|membership|"


def access(session: Session, store: Store, now: datetime, board: Board | None = None) -> list[Access]:
    """Who reaches what at this moment, for every group, site and application."""
    landscape = look(session, store, now, board)
    return [item for resource in landscape.resources for item in reach(landscape, resource)]


def reach(landscape: Landscape, resource: Resource) -> list[Access]:
    """Who reaches one group, site or application."""
    ways = WAYS[resource.kind]
    found: dict[tuple[str, str], tuple[Principal, list[Path]]] = {}
    for principal, path in ways(landscape, resource):
        found.setdefault((principal.kind, principal.id), (principal, []))[1].append(path)
    return [
        Access(principal, resource, highest(paths), tuple(sorted(dict.fromkeys(paths), key=lambda p: len(p.groups))))
        for principal, paths in found.values()
    ]


def highest(paths: list[Path]) -> Right | None:
    """The right that remains when all ways are used."""
    rights = [path.right for path in paths if path.right]
    return max(rights, key=RIGHTS.index) if rights else None


# ---------------------------------------------------------------- the ways in

Way = tuple[Principal, Path]


def ways_into_group(landscape: Landscape, group: Resource) -> Iterator[Way]:
    """Members, and members of groups in the group; being in counts as writing, for a team may change its files."""
    yield from ways_through(landscape, group.id, "", "write")


def ways_into_site(landscape: Landscape, site: Resource) -> Iterator[Way]:
    """Rights on the libraries of a site, given to someone or to a group."""
    if gap := landscape.gap("drives", site.id):
        yield Principal("site", site.id, site.name, reason=gap), Path(())
    for library in landscape.libraries.get(site.id, ()):
        if gap := landscape.gap("drive-permissions", library.id):
            yield Principal("library", library.id, library.name, reason=gap), Path((), library.name)
        for grant in landscape.grants.get(library.id, ()):
            if grant.group:
                yield from ways_through(landscape, grant.group, library.name, grant.right)
            else:
                yield grant.principal, Path((), library.name, grant.right)


def ways_through(landscape: Landscape, entry: str, library: str, right: Right) -> Iterator[Way]:
    """Everyone who stands behind one group, with the groups between."""
    chains, more = chains_below(landscape.inner, entry)
    for chain in chains:
        path = Path(tuple(landscape.group(key) for key in chain), library, right, more)
        inner = path.groups[0]
        for member in landscape.members.get(inner.id, ()):
            yield member, path
        if gap := landscape.gap("group-members", inner.id):
            yield Principal("group", inner.id, inner.name, reason=gap), path


def chains_below(inner: Mapping[str, list[str]], entry: str) -> tuple[list[tuple[str, ...]], bool]:
    """Ways down from a group to every group in it (nearest to the people first), and whether there are more.

    A way never visits a group twice, so circles end by themselves. Breadth first: the shortest come first,
    and a group that can be reached at all is reached by at least one.
    """
    chains: list[tuple[str, ...]] = []
    known: dict[str, int] = {entry: 1}
    more = False
    ahead: deque[tuple[str, ...]] = deque([(entry,)])
    while ahead:
        chain = ahead.popleft()
        chains.append(chain)
        for group in dict.fromkeys(inner.get(chain[0], ())):
            if group in chain:
                continue
            known[group] = known.get(group, 0) + 1
            if known[group] > MOST_WAYS:
                more = True
            else:
                ahead.append((group, *chain))
    return chains, more


WAYS: Mapping[ResourceKind, Callable[[Landscape, Resource], Iterator[Way]]] = {
    "group": ways_into_group,
    "site": ways_into_site,
    "application": ways_into_application,
}


# ---------------------------------------------------------------- one look at the store


def look(session: Session, store: Store, now: datetime, board: Board | None = None) -> Landscape:
    """Everything about access as it was last read, in one transaction."""
    board = board or Board()
    landscape = Landscape(readings={name: reading(session, store, name) for name in SOURCES})
    places = placements(session, store)
    see_people(session, store, landscape, places, schools_now(session, store, now, board))
    see_groups(session, store, landscape, places)
    see_sites(session, store, landscape, places)
    see_members(session, store, landscape)
    see_grants(session, store, landscape, now)
    see_applications(session, store, landscape, now, board)
    return landscape


Places = Mapping[tuple[str, str], Any]


def placements(session: Session, store: Store) -> Places:
    """What each account, group and site is and where it belongs."""
    table = table_of(Placement)
    rows = session.execute(select(table).where(table.c.tenant_id == store.tenant))
    return {(row.kind, row.object_id): row for row in rows}


def schools_now(session: Session, store: Store, now: datetime, board: Board) -> dict[str, set[str]]:
    """The schools where each employee has a running contract: a placement names one, some work at two."""
    today, found = now.astimezone(board.zone).date().isoformat(), dict[str, set[str]]()
    for row in rows(session, store, "staff-list", "employee_number", "school", "start_date", "end_date"):
        if row.start_date <= today <= (row.end_date or "9999"):
            word = row.school.strip()
            found.setdefault(row.employee_number, set()).add(board.schools.get(word.casefold(), word))
    return found


def see_people(
    session: Session, store: Store, landscape: Landscape, places: Places, schools: Mapping[str, set[str]]
) -> None:
    """The accounts; one that has no place yet is of an unknown kind."""
    for row in rows(session, store, "accounts", "account_id", "name", "upn", "enabled"):
        place = places.get(("account", row.account_id))
        known = person_place(place, schools) if place else {}
        landscape.people[row.account_id] = Person(
            row.account_id, row.name or row.upn or row.account_id, row.upn or "", row.enabled, **known
        )


def person_place(place: Any, schools: Mapping[str, set[str]]) -> dict[str, Any]:
    """The part of a person that comes from the lists of the board."""
    also = schools.get(place.person, set()) if place.population == "staff" else set()
    return {
        "population": place.population,
        "schools": tuple(sorted({place.school, *also} - {""})),
        "function": place.function,
        "employed_until": place.employed_until,
        "on_staff_list": place.on_staff_list,
        "key": place.person if place.population not in ("pupil", "unknown") else "",
    }


def see_groups(session: Session, store: Store, landscape: Landscape, places: Places) -> None:
    """The groups."""
    for row in rows(session, store, "groups", "group_id", "name"):
        zone, school = zone_of(places, "group", row.group_id)
        landscape.groups[row.group_id] = Resource("group", row.group_id, row.name or row.group_id, zone, school)


def see_sites(session: Session, store: Store, landscape: Landscape, places: Places) -> None:
    """The sites with their libraries; a OneDrive is somebody's own and only counted."""
    for row in rows(session, store, "sites", "site_id", "name", "address", "personal"):
        if row.personal:
            landscape.left_out += 1
            continue
        zone, school = zone_of(places, "site", row.site_id)
        name = row.name or row.address or row.site_id
        landscape.sites[row.site_id] = Resource("site", row.site_id, name, zone, school, row.address or "")
    for row in rows(session, store, "drives", "site_id", "drive_id", "name"):
        library = Library(row.drive_id, row.name or row.drive_id)
        landscape.libraries.setdefault(row.site_id, []).append(library)


def zone_of(places: Places, kind: str, key: str) -> tuple[str, str]:
    """The zone and the school of a group or site."""
    place = places.get((kind, key))
    return (place.zone, place.school) if place else ("unknown", "")


def see_members(session: Session, store: Store, landscape: Landscape) -> None:
    """Who and what is in each group."""
    for row in rows(session, store, "group-members", "group_id", "member_id", "kind"):
        kind = member_kind(row.kind, row.member_id, landscape)
        if kind == "group":
            landscape.inner.setdefault(row.group_id, []).append(row.member_id)
        else:
            member = named(landscape, row.member_id) if kind == "person" else machine(row.kind, row.member_id)
            landscape.members.setdefault(row.group_id, []).append(member)


def member_kind(kind: str | None, member: str, landscape: Landscape) -> str:
    """person, group or machine; Graph leaves the kind out where a page holds one kind only."""
    last = (kind or "").rsplit(".", 1)[-1].lower()
    if last == "group" or (not last and member in landscape.groups):
        return "group"
    return "person" if last == "user" or (not last and member in landscape.people) else "machine"


def named(landscape: Landscape, key: str) -> Principal:
    """A person by account id; an account that was not read keeps its id for a name."""
    person = landscape.people.get(key) or Person(key, key)
    return Principal("person", key, person.name, person=person)


def machine(kind: str | None, key: str) -> Principal:
    """A member that is no person and no group."""
    return Principal("machine", key, key, scope=(kind or "").rsplit(".", 1)[-1])


# ---------------------------------------------------------------- rights on libraries


def see_grants(session: Session, store: Store, landscape: Landscape, now: datetime) -> None:
    """The rights on the root of each library that still run."""
    columns = ("drive_id", "permission_id", "roles", "user_id", "group_id", "site_group", "login_name")
    upns = {person.upn.casefold(): key for key, person in landscape.people.items() if person.upn}
    site_of = {library.id: site for site, libraries in landscape.libraries.items() for library in libraries}
    for row in rows(session, store, "drive-permissions", *columns, "link_scope", "link_type", "expires"):
        ended = row.expires is not None and EPOCH < row.expires <= now  # Graph writes 'never' as the year 1
        if not ended and row.link_scope != "existingAccess":  # such a link gives nothing that was not there
            grant = grant_of(row, landscape, upns, site_of.get(row.drive_id, row.drive_id))
            landscape.grants.setdefault(row.drive_id, []).append(grant)


def grant_of(row: Any, landscape: Landscape, upns: Mapping[str, str], site: str) -> Grant:
    """To whom one right was given; what nobody can be read from stays somebody unknown, never nobody."""
    right, login = right_of(row.roles, row.link_type), (row.login_name or "").casefold()
    if row.link_scope:
        return Grant(Principal("link", f"{site}/{row.link_scope}", scope=row.link_scope), right)
    if row.site_group:
        return Grant(Principal("site_group", f"{site}/{row.site_group}", row.site_group), right)
    if row.group_id or login.startswith(GROUP_CLAIMS):
        return group_grant(row.group_id or login.rsplit("|", 1)[-1].removesuffix("_o"), login, right, landscape)
    if login == EVERYONE or login.startswith(ALL_ACCOUNTS):
        scope = "guests" if login == EVERYONE else "members"
        return Grant(Principal("everyone", f"everyone/{scope}", scope=scope), right)
    key = row.user_id or upns.get(login.removeprefix(PERSON_CLAIM))
    if key:
        return Grant(named(landscape, key), right)
    return Grant(Principal("other", f"{site}/{row.permission_id}", row.login_name or ""), right)


def group_grant(key: str, login: str, right: Right, landscape: Landscape) -> Grant:
    """A right of a group; the claim of a group's owners ends in `_o` and says nothing about its members."""
    group = landscape.group(key)
    if login.endswith("_o"):
        return Grant(Principal("owners", key, group.name), right)
    return Grant(Principal("group", key, group.name), right, group=key)


def right_of(roles: Any, link_type: str | None) -> Right:
    """The highest of the roles; one that Microsoft does not document counts as the highest there is."""
    names = json.loads(roles) if isinstance(roles, str) else list(roles or ())
    if link_type and not names:
        return "write" if link_type.startswith("edit") else "read"
    ranks = [RIGHTS.index(name) if name in RIGHTS else len(RIGHTS) - 1 for name in names]
    return RIGHTS[max(ranks, default=0)]
