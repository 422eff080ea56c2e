"""What somebody has power over: groups and applications that an account owns, and roles of administrators."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, Subquery, func, literal, select, union

from ibpmon.store.collected import Dataset
from ibpmon.store.view import Entry, Here, View, view
from ibpmon.store.views.app_owners import OWNED, owned_apps
from ibpmon.store.views.people import person_entries
from ibpmon.store.views.reach import ACCOUNT, groups_around

SOURCES = ("accounts", "groups", "group-members", "group-owners", "role-assignments", "role-definitions", *OWNED)


def holdings_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """One row per account and group or application that it owns, or role that it holds by itself or through a group."""
    held, account = all_held(here), here.part("accounts", ACCOUNT, "holder")
    placed, place_fits = here.place("account", account.c.account_id, "place")
    entries: list[Entry] = [
        *((name, account.c[name], kind) for name, kind in ACCOUNT.items()),
        *person_entries(placed),
        *((name, held.c[name], "text") for name in ("holding", "holding_id", "holding_name")),
    ]
    rows = held.join(account, account.c.account_id == held.c.holder_id).outerjoin(placed, place_fits)
    return view("holdings", here, entries, rows, SOURCES)


def all_held(here: Here) -> Subquery:
    """Who holds what; a role that comes in two ways is one."""
    return union(owned_groups(here), owned_apps(here), own_roles(here), roles_by_group(here)).subquery("held")


def owned_groups(here: Here) -> Select[Any]:
    """The groups that somebody owns."""
    owner = here.part("group-owners", {"group_id": "text", "owner_id": "text"}, "owner")
    group = here.part("groups", {"group_id": "text", "name": "text"}, "owned_group")
    rows = select(owner.c.owner_id.label("holder_id"), literal("group").label("holding"))
    rows = rows.add_columns(group.c.group_id.label("holding_id"), group.c.name.label("holding_name"))
    return rows.join(group, group.c.group_id == owner.c.group_id)


def roles(here: Here, alias: str) -> Subquery:
    """The roles that were assigned, with their names."""
    given = here.part("role-assignments", {"assignment_id": "text", "principal_id": "text", "role_id": "text"}, alias)
    known = here.part("role-definitions", {"role_id": "text", "name": "text"}, f"{alias}_definition")
    name = func.coalesce(known.c.name, given.c.role_id).label("name")
    rows = select(given.c.principal_id, given.c.assignment_id, name)
    return rows.outerjoin(known, known.c.role_id == given.c.role_id).subquery(f"{alias}_named")


def own_roles(here: Here) -> Select[Any]:
    """The roles of an account itself."""
    role = roles(here, "own_role")
    return select(role.c.principal_id, literal("role"), role.c.assignment_id, role.c.name)


def roles_by_group(here: Here) -> Select[Any]:
    """The roles of a group in which somebody stands, however deep."""
    role, around = roles(here, "group_role"), groups_around(here)
    member = here.part("group-members", {"group_id": "text", "member_id": "text"}, "role_member")
    rows = select(member.c.member_id, literal("role"), role.c.assignment_id, role.c.name)
    return rows.join(around, around.c.group_id == member.c.group_id).join(
        role, role.c.principal_id == around.c.outer_id
    )
