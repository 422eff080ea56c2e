"""The edges of access as they were last read: who is in what, and at which edges a place is entered.

What these make together, who reaches what in the end, is computed in the database (`effective`); the edges are here so
that a path can be walked when somebody asks for it.
"""

from array import array
from collections.abc import Iterator
from typing import Any

from sqlmodel import Session

from ibpmon.review.effective import effective, inside_site_groups, site_groups
from ibpmon.review.entries import entries
from ibpmon.review.holders import MAIL_GUEST, PERSON_CLAIM, Sight
from ibpmon.review.nouns import RIGHTS, Entry, Landscape, Library, Person, Place, Principal, Resource, Right
from ibpmon.review.readings import rows
from ibpmon.store.database import Store

KINDS = ("group", "site", "role", "app")


# ---------------------------------------------------------------- who is in what


def see_members(session: Session, store: Store, landscape: Landscape) -> None:
    """Who and what is in each group, and who owns it."""
    for row in rows(session, store, "group-members", "group_id", "member_id", "kind"):
        if member_kind(row.kind, row.member_id, landscape) == "group":
            landscape.inner.setdefault(row.group_id, []).append(row.member_id)
        else:
            landscape.members.setdefault(row.group_id, set()).add(same(landscape, row.member_id))
    for row in rows(session, store, "group-owners", "group_id", "owner_id"):
        landscape.owners.setdefault(row.group_id, set()).add(same(landscape, row.owner_id))


def same(landscape: Landscape, key: str) -> str:
    """The one text of an id that stands in many groups: a large board would keep it a hundred thousand times."""
    person = landscape.people.get(key)
    return person.id if person else key


def member_kind(kind: str | None, member: str, landscape: Landscape) -> str:
    """person, group or machine; Graph leaves the kind out where a page holds one kind only."""
    last = (kind or "").rsplit(".", 1)[-1].lower()
    if last == "group" or (not last and member in landscape.groups):
        return "group"
    return "person" if last == "user" or (not last and member in landscape.people) else "machine"


def see_site_members(session: Session, landscape: Landscape, here: Sight) -> None:
    """Who is in the SharePoint groups of each site."""
    landscape.site_members = {row.holder_id: [] for row in session.execute(site_groups(here).select())}
    for row in session.execute(inside_site_groups(here)):
        landscape.site_members[row.group_key].append(principal_of(landscape, row))


# ---------------------------------------------------------------- how they are called


def see_names(session: Session, store: Store, landscape: Landscape) -> None:
    """The names of libraries, lists, folders, files and applications, and of the roles in applications."""
    for row in rows(session, store, "drives", "site_id", "drive_id", "name"):
        library = Library(row.drive_id, row.name or row.drive_id)
        landscape.libraries.setdefault(row.site_id, []).append(library)
        landscape.names[library.id] = library.name
    for row in rows(session, store, "site-lists", "site_id", "list_id", "name", "unique"):
        if row.unique:
            landscape.lists.setdefault(row.site_id, []).append(Library(row.list_id, row.name or row.list_id))
        landscape.names[row.list_id] = row.name or row.list_id
    for row in rows(session, store, "service-principals", "principal_id", "name", "roles"):
        landscape.names[row.principal_id] = row.name or row.principal_id
        for role in row.roles or ():
            landscape.names[str(role.get("id"))] = str(role.get("displayName") or role.get("value") or "")


def see_items(session: Session, store: Store, landscape: Landscape) -> None:
    """The folders and files with rights of their own, by library."""
    for row in rows(session, store, "drive-items", "drive_id", "item_id", "name"):
        landscape.names[f"{row.drive_id}/{row.item_id}"] = row.name or row.item_id
        landscape.shared.setdefault(row.drive_id, []).append(row.item_id)


def see_roles(session: Session, store: Store, landscape: Landscape) -> None:
    """The roles that somebody holds or may take, by area; every role there is when that was not read."""
    defined = {row.role_id: row.name for row in rows(session, store, "role-definitions", "role_id", "name")}
    units = {row.unit_id: row.name for row in rows(session, store, "admin-units", "unit_id", "name")}
    held = {key for kind, key in landscape.entries if kind == "role"}
    if landscape.gap("role-assignments", ""):
        held |= set(defined)
    for key in sorted(held):
        role, _at, scope = key.partition("@")
        name = defined.get(role) or role
        area = scope.rpartition("/")[2]
        landscape.roles[key] = Resource("role", key, f"{name} ({units.get(area, area)})" if area else name)


def see_apps(landscape: Landscape) -> None:
    """The applications that people or groups were let into."""
    for kind, key in landscape.entries:
        if kind == "app":
            landscape.apps[key] = Resource("app", key, landscape.names.get(key, key))


# ---------------------------------------------------------------- at which edges a place is entered


def see_entries(session: Session, landscape: Landscape, here: Sight) -> None:
    """All edges into all places; of a group that it is itself."""
    for kind in KINDS:
        for row in session.execute(entries(here, kind)):
            entry = Entry(row.edge, principal_of(landscape, row), RIGHTS[row.rank - 1], row.spot or "",
                          row.item or "", row.key or "")  # fmt: skip
            landscape.entries.setdefault((kind, row.place_id), []).append(entry)


def principal_of(landscape: Landscape, row: Any) -> Principal:
    """The holder that a row names, the same one each time."""
    key = (row.holder_kind, row.holder_id)
    if key not in landscape.principals:
        landscape.principals[key] = new_principal(landscape, *key, row.holder_name, row.scope)
    return landscape.principals[key]


def new_principal(landscape: Landscape, kind: Any, key: str, name: str = "", scope: str = "") -> Principal:
    """Who or what a holder is, as far as is known."""
    if kind == "person":
        person = landscape.people.get(key) or Person(key, key)  # an account that was not read keeps its id for a name
        return Principal("person", key, person.name, person=person)
    if kind in ("group", "owners"):
        source = "group-members" if kind == "group" else "group-owners"
        return Principal(kind, key, landscape.group(key).name, reason=landscape.gap(source, key))
    if kind == "machine":
        return Principal("machine", key, landscape.names.get(key, key))
    if kind == "site_group":
        return Principal("site_group", key, name, reason=unread_site_group(landscape, key))
    return Principal(kind, key, name.removeprefix(MAIL_GUEST).removeprefix(PERSON_CLAIM), scope=scope)


def unread_site_group(landscape: Landscape, key: str) -> str:
    """Why it is not known who is in a SharePoint group; empty when that was never asked, or when it is known."""
    read = landscape.readings["site-group-members"]
    return "" if read.missing else landscape.gap("site-group-members", key.partition("/")[0])


# ---------------------------------------------------------------- who reaches what


def see_reached(session: Session, landscape: Landscape, here: Sight) -> None:
    """The set of who reaches what, computed in the database and kept as numbers."""
    numbers: dict[tuple[str, str], int] = {}
    places = {"group": landscape.groups, "site": landscape.sites, "role": landscape.roles, "app": landscape.apps}
    for kind, some in places.items():
        for place, holder, key, rank in effective(session, here, kind, list(some)):
            if not stands_for_others(landscape, holder, key):
                number = number_of(landscape, numbers, holder, key)
                packed = landscape.reached.setdefault((kind, place), array("L"))
                packed.append(number * len(BITS) + rank)


BITS = range(4)  # a rank fits in two bits


def stands_for_others(landscape: Landscape, kind: str, key: str) -> bool:
    """A group whose people are known is on the way only; one that was not read stands for them."""
    if kind == "group":
        return not landscape.gap("group-members", key)
    if kind == "owners":
        return not landscape.gap("group-owners", key)
    known = kind == "site_group" and key in landscape.site_members
    return known and not landscape.gap("site-group-members", key.partition("/")[0])


def number_of(landscape: Landscape, numbers: dict[tuple[str, str], int], kind: str, key: str) -> int:
    """The number of a principal, new or known."""
    if (kind, key) not in numbers:
        numbers[kind, key] = len(landscape.numbered)
        principal = landscape.principals.get((kind, key)) or new_principal(landscape, kind, key)
        landscape.numbered.append(principal)
    return numbers[kind, key]


def unpacked(landscape: Landscape, place: Place) -> Iterator[tuple[Principal, Right]]:
    """Who reaches one place, with the highest right."""
    for packed in landscape.reached.get(place, ()):
        number, rank = divmod(packed, len(BITS))
        yield landscape.numbered[number], RIGHTS[rank - 1]
