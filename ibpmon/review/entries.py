"""Every edge at which access enters a place, as one set: where, what kind of edge, to whom, and which right.

A place is a group, a site, a role of administrators or an application. Who stands behind a group or a SharePoint group
is not told here (`reached`), nor what could not be read (`gaps`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from ibpmon.review.holders import NOTHING, OWNER, READ, RIGHT, WRITE, Given, Sight, rank_of, running
from ibpmon.store.json_lists import json_member, rows_of, text_member
from ibpmon.store.view import Columns

Only = Sequence[str] | None  # the places that are asked for; None: all
EDGE = ("edge", "spot", "item", "key")
SHAREPOINT_GROUP = 8
# What a role in SharePoint is by its kind, whatever its name is in the language of the site. "Limited access"
# (kind 1) is what sharing leaves behind: what was shared is told by the link or the right itself.
LEVELS = ((5, OWNER), (6, WRITE), (4, WRITE), (3, WRITE), (2, READ), (7, READ), (8, READ), (0, OWNER))
HOLDING: Columns = {"principal_id": "text", "role_id": "text", "scope": "text"}
NO_ROLE = "00000000-0000-0000-0000-000000000000"


def entries(here: Sight, kind: str, only: Only = None) -> CompoundSelect[Any]:
    """The edges into all places of one kind, or into some of them."""
    return union_all(*(one for make in SOURCES[kind] for one in make(here, only)))


def edge(place: ColumnElement[Any], kind: str, spot: Any, item: Any, key: Any) -> list[ColumnElement[Any]]:
    """The columns that say which edge it is; `spot` is the library or list, `item` the folder or file."""
    return [
        place.label("place_id"),
        literal(kind, Text).label("edge"),
        spot.label("spot"),
        item.label("item"),
        key.label("key"),
    ]


def among(column: ColumnElement[Any], only: Only) -> ColumnElement[bool]:
    """Whether a place is asked for."""
    return true() if only is None else column.in_(only)


def ranked(rank: int | ColumnElement[int]) -> ColumnElement[int]:
    """The column with the right."""
    return (literal(rank, Integer) if isinstance(rank, int) else rank).label("rank")


# ---------------------------------------------------------------- groups


def own_members(here: Sight, only: Only) -> list[Select[Any]]:
    """Being in a group is its own right; it counts as writing, for a team may change its files."""
    group = here.part("groups", {"group_id": "text"}, "whole_group")
    key = group.c.group_id
    given = Given(key, key, group=key)
    row = select(*edge(key, "member", NOTHING, NOTHING, NOTHING), *given.columns, ranked(WRITE))
    return [row.where(among(key, only))]


def own_owners(here: Sight, only: Only) -> list[Select[Any]]:
    """Who owns a group decides who is in it, member or not."""
    owner = here.part("group-owners", {"group_id": "text", "owner_id": "text", "kind": "text"}, "group_owner")
    group = here.part("groups", {"group_id": "text"}, "owned")
    key = group.c.group_id
    person = is_person(here, owner.c.kind, owner.c.owner_id)
    given = Given(
        key,
        key,
        user=case((person, owner.c.owner_id), else_=NOTHING),
        application=case((~person, owner.c.owner_id), else_=NOTHING),
    )
    row = select(*edge(key, "owner", NOTHING, NOTHING, owner.c.owner_id), *given.columns, ranked(OWNER))
    return [row.join_from(group, owner, owner.c.group_id == key).where(among(key, only))]


def is_person(here: Sight, kind: ColumnElement[Any], key: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a member is a person; Graph leaves the kind out where a page holds one kind only."""
    account = here.part("accounts", {"account_id": "text"}, "an_account")
    known = key.in_(select(account.c.account_id))
    return case((kind.is_(None), known), else_=func.lower(kind).like("%user"))


# ---------------------------------------------------------------- sites


def by_library(here: Sight, only: Only) -> list[Select[Any]]:
    """Rights on the top of a library, given to somebody, to a group or by a link."""
    right, (drive, tie) = here.part("drive-permissions", RIGHT, "right_on_top"), drives(here, "drive_of_top")
    return given_on(here, only, right, drive, drive.c.drive_id == right.c.drive_id, NOTHING, tie)


def by_item(here: Sight, only: Only) -> list[Select[Any]]:
    """Rights that a folder or file has of its own; the top is a folder too, and told already."""
    right = here.part("item-permissions", {**RIGHT, "item_id": "text"}, "right_on_item")
    (drive, tie), top = drives(here, "drive_of_item"), here.part("drive-permissions", RIGHT, "right_of_top")
    item = here.part("drive-items", {"drive_id": "text", "item_id": "text", "name": "text"}, "top_item")
    itself = select(item.c.item_id).where(
        item.c.drive_id == right.c.drive_id, item.c.item_id == right.c.item_id, item.c.name == "root"
    )
    same = select(top.c.drive_id).where(
        top.c.drive_id == right.c.drive_id, top.c.permission_id == right.c.permission_id, rank_of(top) >= rank_of(right)
    )
    own = and_(cast(right.c.inherited, Text).is_(None), ~and_(itself.exists(), same.exists()))
    return given_on(here, only, right, drive, drive.c.drive_id == right.c.drive_id, right.c.item_id, and_(tie, own))


def drives(here: Sight, alias: str) -> tuple[Subquery, ColumnElement[bool]]:
    """The libraries of sites that are nobody's own."""
    site = here.part("sites", {"site_id": "text", "personal": "bool"}, f"site_of_{alias}")
    drive = here.part("drives", {"site_id": "text", "drive_id": "text"}, alias)
    kept = select(site.c.site_id).where(func.coalesce(site.c.personal, false()).is_(False))
    return drive, drive.c.site_id.in_(kept)


def given_on(
    here: Sight, only: Only, right: Subquery, drive: Subquery, tie: ColumnElement[bool], item: Any, where: Any
) -> list[Select[Any]]:
    """What one table of rights gives: each right to its holder, and a link to the people that it was made for."""
    site, login, known = drive.c.site_id, func.lower(right.c.login_name), logins_of(here)
    counts = and_(
        where, running(here, right.c.expires), among(site, only),
        func.coalesce(right.c.link_scope, "") != "existingAccess",  # such a link gives nothing that was not there
    )  # fmt: skip
    rows = drive.join(right, tie)
    told = (drive.c.drive_id, item, right.c.permission_id)
    given = Given(
        site, right.c.permission_id, login, known.c.account_id, right.c.user_id, right.c.group_id,
        right.c.application_id, right.c.site_group, right.c.link_scope, right.c.invited,
    )  # fmt: skip
    by_link = case((right.c.link_scope.is_not(None), "link"), else_="grant")
    plain = select(*edge(site, "grant", *told)[:1], by_link.label("edge"), *edge(site, "", *told)[2:])
    plain = plain.add_columns(*given.columns, ranked(rank_of(right)))
    plain = plain.select_from(rows.outerjoin(known, known.c.login == login)).where(counts, ~has_people(right))
    return [plain, for_people(here, rows, right, site, told, counts)]


def logins_of(here: Sight) -> FromClause:
    """The login names, each time under a name of its own."""
    return here.logins.alias()


def has_people(right: Subquery) -> ColumnElement[bool]:
    """Whether it is a link of which is known for whom it was made."""
    people = func.coalesce(cast(right.c.link_people, Text), "[]")
    return and_(func.coalesce(right.c.link_scope, "") == "users", people.not_in(("[]", "null")))


def for_people(
    here: Sight, rows: Any, right: Subquery, site: Any, told: tuple[Any, ...], counts: ColumnElement[bool]
) -> Select[Any]:
    """The people and groups that a link was made for."""
    one, known = rows_of(right.c.link_people, f"one_of_{right.name}"), logins_of(here)
    login = func.lower(text_member(json_member(one.c.value, literal("siteUser")), literal("loginName")))
    user = text_member(json_member(one.c.value, literal("user")), literal("id"))
    group = text_member(json_member(one.c.value, literal("group")), literal("id"))
    mail = text_member(json_member(one.c.value, literal("user")), literal("email"))
    given = Given(site, right.c.permission_id, login, known.c.account_id, user, group, invited=mail)
    row = select(*edge(site, "link", *told), *given.columns, ranked(rank_of(right)))
    return row.select_from(rows.join(one, true()).outerjoin(known, known.c.login == login)).where(
        counts, has_people(right)
    )


def by_site(here: Sight, only: Only) -> list[Select[Any]]:
    """Rights on a site as SharePoint itself tells them, and on lists that have rights of their own."""
    columns: Columns = {"site_id": "text", "principal_id": "int", "title": "text", "kind": "int",
                        "login_name": "text", "levels": "list"}  # fmt: skip
    site = here.part("site-rights", columns, "right_on_site")
    of_list = here.part("list-rights", {**columns, "list_id": "text"}, "right_on_list")
    return [in_sharepoint(here, only, site, NOTHING), in_sharepoint(here, only, of_list, of_list.c.list_id)]


def in_sharepoint(here: Sight, only: Only, right: Subquery, spot: ColumnElement[Any]) -> Select[Any]:
    """Each principal with the highest of its roles; one that has only limited access is left out."""
    site, login, known = right.c.site_id, func.lower(right.c.login_name), logins_of(here)
    name = case((right.c.kind == SHAREPOINT_GROUP, right.c.title), else_=NOTHING)
    key = cast(right.c.principal_id, Text)
    given = Given(site, key, login, known.c.account_id, site_group=name)
    rank = level_of(right)
    row = select(*edge(site, "grant", spot, NOTHING, key), *given.columns, ranked(rank))
    rows = right.outerjoin(known, known.c.login == login)
    return row.select_from(rows).where(among(site, only), rank > 0)


def level_of(right: Subquery) -> ColumnElement[int]:
    """The highest role in a list of roles, by the numbers that are the same in every language."""
    levels = func.replace(func.coalesce(cast(right.c.levels, Text), ""), " ", "")

    def has(kind: int) -> ColumnElement[bool]:
        return or_(levels.like(f'%"RoleTypeKind":{kind},%'), levels.like(f'%"RoleTypeKind":{kind}}}%'))

    found = [(has(kind), rank) for kind, rank in LEVELS]
    found.sort(key=lambda one: -one[1])
    return case(*((test, literal(rank, Integer)) for test, rank in found), else_=literal(0, Integer))


def by_admin(here: Sight, only: Only) -> list[Select[Any]]:
    """The admins of a site, whom no other right stops."""
    admin = here.part("site-admins", {"site_id": "text", "member": "int", "login_name": "text"}, "site_admin")
    site, login, known = admin.c.site_id, func.lower(admin.c.login_name), logins_of(here)
    key = cast(admin.c.member, Text)
    row = select(
        *edge(site, "site_admin", NOTHING, NOTHING, key),
        *Given(site, key, login, known.c.account_id).columns,
        ranked(OWNER),
    )
    return [row.select_from(admin.outerjoin(known, known.c.login == login)).where(among(site, only))]


# ---------------------------------------------------------------- roles and applications


def by_role(here: Sight, only: Only) -> list[Select[Any]]:
    """Who is an administrator now, and who may become one: less than being one."""
    now = here.part("role-assignments", {"assignment_id": "text", **HOLDING}, "given_role")
    later = here.part("role-eligibility", {"eligibility_id": "text", **HOLDING, "ends": "time"}, "eligible_for")
    return [
        held(here, only, now, "role", now.c.assignment_id, WRITE),
        held(here, only, later, "eligible_role", later.c.eligibility_id, READ).where(running(here, later.c.ends)),
    ]


def held(here: Sight, only: Only, given: Subquery, kind: str, key: Any, rank: int) -> Select[Any]:
    """A role with its holder; each area in which it counts is a place of its own."""
    wide = or_(given.c.scope.is_(None), given.c.scope.in_(("", "/")))
    place = case((wide, given.c.role_id), else_=given.c.role_id + "@" + given.c.scope)
    row = select(*edge(place, kind, NOTHING, NOTHING, key), *holder_of(here, given, place, key).columns, ranked(rank))
    return row.where(among(place, only))


def holder_of(here: Sight, given: Subquery, place: Any, key: Any, kind: Any = NOTHING) -> Given:
    """A holder of whom only the id is told: a group, an account, else an application."""
    who = given.c.principal_id
    group, account = (
        here.part("groups", {"group_id": "text"}, "holding_group"),
        here.part("accounts", {"account_id": "text"}, "holding_account"),
    )
    is_group = or_(func.lower(kind) == "group", who.in_(select(group.c.group_id)))
    is_user = or_(func.lower(kind) == "user", who.in_(select(account.c.account_id)))
    return Given(
        place,
        key,
        group=case((is_group, who), else_=NOTHING),
        user=case((is_user, who), else_=NOTHING),
        application=who,
    )


def by_assignment(here: Sight, only: Only) -> list[Select[Any]]:
    """People and groups that were let into an application; and everyone, where nobody needs to be let in."""
    given = here.part("application-consents", {"resource_id": "text", "assignment_id": "text", "principal_id": "text",
                                               "kind": "text", "role_id": "text"}, "app_role")  # fmt: skip
    place, key = given.c.resource_id, given.c.assignment_id
    who = holder_of(here, given, place, key, given.c.kind)
    spot = case((given.c.role_id == NO_ROLE, NOTHING), else_=given.c.role_id)
    people = func.lower(given.c.kind).in_(("user", "group"))
    row = select(*edge(place, "app_role", spot, NOTHING, key), *who.columns, ranked(READ))
    return [row.where(people, among(place, only)), to_everyone(here, only)]


def to_everyone(here: Sight, only: Only) -> Select[Any]:
    """An application in which people were let by name, but which asks that of nobody."""
    app = here.part("service-principals", {"principal_id": "text", "only_assigned": "bool"}, "open_app")
    given = here.part("application-consents", {"resource_id": "text", "kind": "text"}, "any_app_role")
    named = select(given.c.resource_id).where(func.lower(given.c.kind).in_(("user", "group")))
    place = app.c.principal_id
    row = select(
        *edge(place, "app_open", NOTHING, NOTHING, NOTHING),
        *Given(place, place, login=literal("c:0(.s|true", Text)).columns,
        ranked(READ),
    )
    return row.where(app.c.only_assigned.is_(False), place.in_(named), among(place, only))


Make = Callable[[Sight, Only], list[Select[Any]]]
SOURCES: Mapping[str, Sequence[Make]] = {
    "group": (own_members, own_owners),
    "site": (by_library, by_item, by_site, by_admin),
    "role": (by_role,),
    "app": (by_assignment,),
}
# What the places of each kind are made of, for what was read and what was not.
CONNECTORS: Mapping[str, Sequence[str]] = {
    "site": ("drive-items", "item-permissions", "site-rights", "site-group-members", "list-rights", "site-admins"),
    "role": ("role-assignments", "role-definitions", "role-eligibility"),
    "app": ("service-principals", "application-consents"),
}
