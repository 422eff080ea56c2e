"""Who holds which role of an administrator, by itself, through a group, for a while, or not yet."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union,
    union_all,
)

from ibpmon.store.collected import Dataset
from ibpmon.store.view import Columns, Entry, Here, View, log_days, view
from ibpmon.store.views.licences import P2, has_plan
from ibpmon.store.views.people import happened

# The roles that SCuBA calls highly privileged, by template id: names are translated, these are not.
GLOBAL = "62e90394-69f5-4237-9190-012177145e10"
PRIVILEGED = (
    GLOBAL,
    "e8611ab8-c189-46e8-94e1-60213ab1f814",  # Privileged Role Administrator
    "fe930be7-5e62-47db-91af-98c3a49a38b1",  # User Administrator
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",  # SharePoint Administrator
    "29232cdf-9323-42fd-ade2-1d097af3e4de",  # Exchange Administrator
    "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2",  # Hybrid Identity Administrator
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",  # Application Administrator
    "158c047a-c907-4556-b7ef-446551a6b5f7",  # Cloud Application Administrator
)


def administrators(here: Here) -> CTE:
    """Accounts and applications with any role, also through a group."""
    given = here.part("role-assignments", {"principal_id": "text"}, "admin_role")
    member = here.part("group-members", {"group_id": "text", "member_id": "text"}, "admin_member")
    of_group = here.part("role-assignments", {"principal_id": "text"}, "admin_group_role")
    through = select(member.c.member_id).join(of_group, of_group.c.principal_id == member.c.group_id)
    return union(select(given.c.principal_id.label("account_id")), through).cte("administrators")


def role_groups(here: Here) -> Subquery:
    """The groups that can hold a role."""
    group = here.part("groups", {"group_id": "text", "role_holder": "bool"}, "role_holding")
    return select(group.c.group_id).where(group.c.role_holder).subquery("role_groups")


HOLDING: Columns = {"principal_id": "text", "role_id": "text", "scope": "text"}
DIRECT = "rechtstreeks"


def holdings(here: Here, alias: str) -> Subquery:
    """Who holds which role or may take it, and by which way: one row per principal, role, scope and group."""
    ways = [
        way
        for source, how in (("role-assignments", "active"), ("role-eligibility", "eligible"))
        for way in (by_itself(here, source, how, alias), through_group(here, source, how, alias))
    ]
    every = union_all(*ways).subquery(f"{alias}_ways")
    role = here.part("role-definitions", {"role_id": "text", "name": "text", "template_id": "text"}, f"{alias}_role")
    named = (func.coalesce(role.c.name, every.c.role_id).label("role"), role.c.template_id)
    joined = every.outerjoin(role, role.c.role_id == every.c.role_id)
    return select(*every.c, *named).select_from(joined).subquery(alias)


def by_itself(here: Here, source: str, how: str, alias: str) -> Select[Any]:
    """Roles that a person or application has by itself; of a group only its members are holders."""
    given = here.part(source, HOLDING, f"{alias}_own_{how}")
    group = here.part("groups", {"group_id": "text"}, f"{alias}_not_group_{how}")
    kept = given.outerjoin(group, group.c.group_id == given.c.principal_id)
    columns = (given.c.principal_id, given.c.role_id, given.c.scope)
    told = (literal(how).label("how"), literal(DIRECT).label("via"))
    return select(*columns, *told).select_from(kept).where(group.c.group_id.is_(None))


def through_group(here: Here, source: str, how: str, alias: str) -> Select[Any]:
    """Roles that somebody has by standing in a group."""
    given = here.part(source, HOLDING, f"{alias}_of_group_{how}")
    member = here.part("group-members", {"group_id": "text", "member_id": "text"}, f"{alias}_member_{how}")
    group = here.part("groups", {"group_id": "text", "name": "text"}, f"{alias}_group_{how}")
    rows = given.join(member, member.c.group_id == given.c.principal_id)
    rows = rows.outerjoin(group, group.c.group_id == given.c.principal_id)
    told = (literal(how), func.coalesce(group.c.name, given.c.principal_id))
    return select(member.c.member_id, given.c.role_id, given.c.scope, *told).select_from(rows)


# ---- the view


def role_holders_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """Each holder of a role with what kind of account it is, and what PIM knows of its end."""
    held = holdings(here, "held")
    account = here.part("accounts", {"account_id": "text", "name": "text", "upn": "text", "enabled": "bool",
                                     "user_type": "text", "synced": "bool", "created": "time"}, "holder")  # fmt: skip
    app = here.part("service-principals", {"principal_id": "text", "name": "text"}, "holding_app")
    placed, fits = here.place("account", held.c.principal_id, "holder_place")
    used = here.part(
        "sign-in-activity", {"account_id": "text", "last_success": "time", "last_try": "time"}, "holder_used"
    )
    known = func.coalesce(placed.c.population, "unknown")
    kind = case((account.c.account_id.is_not(None), "account"), (app.c.principal_id.is_not(None), "application"))
    entries: list[Entry] = [
        ("principal_id", held.c.principal_id, "text"),
        ("kind", func.coalesce(kind, "unknown"), "text"),
        ("name", func.coalesce(account.c.name, app.c.name, ""), "text"),
        ("upn", account.c.upn, "text"),
        ("enabled", account.c.enabled, "bool"),
        ("user_type", account.c.user_type, "text"),
        ("synced", account.c.synced, "bool"),
        ("population", known, "text"),
        ("on_staff_list", placed.c.on_staff_list, "bool"),
        ("role", held.c.role, "text"),
        ("role_id", held.c.role_id, "text"),
        ("scope", held.c.scope, "text"),
        ("privileged", func.coalesce(held.c.template_id.in_(PRIVILEGED), literal(False)), "bool"),
        ("how", held.c.how, "text"),
        ("via", held.c.via, "text"),
        ("scheduled", is_scheduled(here, held), "bool"),
        ("ends", schedule_end(here, held), "time"),
        ("has_p2", has_plan(here, P2), "bool"),
        ("created", account.c.created, "time"),
        *((name, happened(used.c[name]), "time") for name in ("last_success", "last_try")),
        ("starts", eligible_since(here, held), "time"),
        ("last_activated", last_activated(here, held), "time"),
        ("log_days", log_days(here, "directory-audits"), "int"),
    ]
    rows = (
        held.outerjoin(account, account.c.account_id == held.c.principal_id)
        .outerjoin(app, app.c.principal_id == held.c.principal_id)
        .outerjoin(placed, fits)
        .outerjoin(used, used.c.account_id == held.c.principal_id)
    )
    sources = ["role-assignments", "role-definitions", "groups", "group-members"]
    joined = dict.fromkeys(("kind", "enabled", "user_type", "synced", "population"), "accounts")
    joined |= {"on_staff_list": "staff-list", "has_p2": "licences", "created": "accounts"}
    joined |= dict.fromkeys(("last_success", "last_try"), "sign-in-activity") | {"starts": "role-eligibility"}
    joined |= dict.fromkeys(("last_activated", "log_days"), "directory-audits")
    return view("role-holders", here, entries, rows, sources, joined=joined)


def schedules(here: Here, held: Subquery, alias: str) -> Select[Any]:
    """What PIM keeps of a role that is active."""
    kept = here.part("role-schedules", {**HOLDING, "kind": "text", "ends": "time"}, alias)
    same = and_(
        kept.c.principal_id == held.c.principal_id, kept.c.role_id == held.c.role_id, kept.c.scope == held.c.scope
    )
    return select(kept.c.ends).where(same, held.c.how == "active")


def is_scheduled(here: Here, held: Subquery) -> ColumnElement[bool]:
    """Whether PIM knows this role of this holder."""
    return schedules(here, held, "known_schedule").exists()


def schedule_end(here: Here, held: Subquery) -> ColumnElement[Any]:
    """When PIM ends the role; without an end it is for always."""
    query = schedules(here, held, "ending_schedule")
    return query.order_by(query.selected_columns[0].desc()).limit(1).scalar_subquery()


# ---- roles that somebody may take

ACTIVATED = "Add member to role completed (PIM activation)"


def eligible_since(here: Here, held: Subquery) -> ColumnElement[Any]:
    """Since when somebody may take a role, by itself or through a group."""
    could = here.part("role-eligibility", {**HOLDING, "starts": "time"}, "eligible_start")
    member = here.part("group-members", {"group_id": "text", "member_id": "text"}, "eligible_member")
    groups = select(member.c.group_id).where(member.c.member_id == held.c.principal_id).correlate(held)
    mine = or_(could.c.principal_id == held.c.principal_id, could.c.principal_id.in_(groups))
    same = and_(could.c.role_id == held.c.role_id, could.c.scope == held.c.scope, held.c.how == "eligible")
    return select(func.min(could.c.starts)).where(mine, same).correlate(held).scalar_subquery()


def last_activated(here: Here, held: Subquery) -> ColumnElement[Any]:
    """When somebody took this role last, as far as the log goes."""
    act = here.part(
        "directory-audits",
        {"activity": "text", "result": "text", "actor_id": "text", "targets": "list", "at": "time"},
        "activation",
    )
    role = cast(act.c.targets, Text).like(literal("%").concat(held.c.template_id).concat("%"))
    took = and_(act.c.actor_id == held.c.principal_id, act.c.activity == ACTIVATED, act.c.result == "success", role)
    return select(func.max(act.c.at)).where(took).correlate(held).scalar_subquery()
