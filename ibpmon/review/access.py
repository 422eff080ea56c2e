"""Who reaches what, and by which paths: people, links and groups on one side, places on the other.

The right that counts is the effective one; the paths say which edges would have to go to take it away.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from ibpmon.review.applications import see_applications
from ibpmon.review.edges import (
    see_apps,
    see_entries,
    see_items,
    see_members,
    see_names,
    see_reached,
    see_roles,
    see_site_members,
    unpacked,
)
from ibpmon.review.effective import here_of
from ibpmon.review.gaps import gaps
from ibpmon.review.nouns import (
    RIGHTS,
    Access,
    Board,
    Landscape,
    Path,
    Person,
    Principal,
    Resource,
    Right,
    Way,
    Ways,
)
from ibpmon.review.paths import MOST_WAYS, chains_below, paths_of
from ibpmon.review.readings import reading, rows
from ibpmon.store.database import Store
from ibpmon.store.tables import Placement
from ibpmon.store.upsert import table_of

__all__ = [
    "MOST_WAYS", "RIGHTS", "SOURCES", "Access", "Board", "Landscape", "Path", "Person", "Principal", "Resource",
    "Right", "access", "chains_below", "look", "reach",
]  # fmt: skip

SOURCES = (
    "accounts", "staff-list", "pupil-list", "groups", "group-members", "group-owners", "sites", "drives",
    "drive-permissions", "drive-items", "item-permissions", "site-rights", "site-group-members", "list-rights",
    "site-admins", "role-assignments", "role-definitions", "role-eligibility", "service-principals",
    "application-consents",
)  # fmt: skip


def access(session: Session, store: Store, now: datetime, board: Board | None = None) -> list[Access]:
    """Who reaches what at this moment, for every place."""
    landscape = look(session, store, now, board)
    return [item for resource in landscape.resources for item in reach(landscape, resource)]


def reach(landscape: Landscape, resource: Resource) -> list[Access]:
    """Who reaches one place, and what of it could not be looked into."""
    found = [
        Access(principal, resource, right, Ways(partial(paths_of, landscape, resource, principal)))
        for principal, right in unpacked(landscape, (resource.kind, resource.id))
    ]
    exported = landscape.users.get(resource.id, ()) if resource.kind == "application" else ()
    return [*found, *gathered(resource, [*gaps(landscape, resource), *exported])]


def gathered(resource: Resource, ways: list[Way]) -> Iterator[Access]:
    """Ways that are told one by one, as one access for each principal."""
    found: dict[tuple[str, str], tuple[Principal, list[Path]]] = {}
    for principal, path in ways:
        found.setdefault((principal.kind, principal.id), (principal, []))[1].append(path)
    for principal, paths in found.values():
        yield Access(principal, resource, highest(paths), tuple(dict.fromkeys(paths)))


def highest(paths: list[Path]) -> Right | None:
    """The right that remains when all ways are used."""
    rights = [path.right for path in paths if path.right]
    return max(rights, key=RIGHTS.index) if rights else None


# ---------------------------------------------------------------- one look at the store


def look(session: Session, store: Store, now: datetime, board: Board | None = None) -> Landscape:
    """Everything about access as it was last read, in one transaction."""
    board = board or Board()
    landscape, here = Landscape(readings={name: reading(session, store, name) for name in SOURCES}), here_of(store, now)
    places = placements(session, store)
    see_people(session, store, landscape, places, schools_now(session, store, now, board))
    see_groups(session, store, landscape, places)
    see_sites(session, store, landscape, places)
    see_names(session, store, landscape)
    see_items(session, store, landscape)
    see_members(session, store, landscape)
    see_site_members(session, landscape, here)
    see_entries(session, landscape, here)
    see_roles(session, store, landscape)
    see_apps(landscape)
    see_reached(session, landscape, here)
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
            found.setdefault(row.employee_number, set()).add(board.school(row.school))
    return found


def see_people(
    session: Session, store: Store, landscape: Landscape, places: Places, schools: Mapping[str, set[str]]
) -> None:
    """The accounts; one that has no place yet is of an unknown kind."""
    for row in rows(session, store, "accounts", "account_id", "name", "upn", "enabled", "department"):
        place = places.get(("account", row.account_id))
        known = person_place(place, schools) if place else {}
        name, department = row.name or row.upn or row.account_id, row.department or ""
        landscape.people[row.account_id] = Person(
            row.account_id, name, row.upn or "", row.enabled, department=department, **known
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
    """The sites; a OneDrive is somebody's own and only counted."""
    for row in rows(session, store, "sites", "site_id", "name", "address", "personal"):
        if row.personal:
            landscape.left_out += 1
            continue
        zone, school = zone_of(places, "site", row.site_id)
        name = row.name or row.address or row.site_id
        landscape.sites[row.site_id] = Resource("site", row.site_id, name, zone, school, row.address or "")


def zone_of(places: Places, kind: str, key: str) -> tuple[str, str]:
    """The zone and the school of a group or site."""
    place = places.get((kind, key))
    return (place.zone, place.school) if place else ("unknown", "")
