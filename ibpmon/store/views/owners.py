"""Groups with who answers for them: how many owners there are, and how many of those can still act."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Subquery,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
)

from ibpmon.store.collected import Dataset
from ibpmon.store.view import Columns, Entry, Here, View, own, view
from ibpmon.store.views.places import place_entries

ACCOUNT: Columns = {"account_id": "text", "enabled": "bool"}


def groups_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Groups with the zone and school that they belong to, and how many people own them and are in them."""
    table = here.data["groups"]
    placed, place_fits = here.place("group", table.c.group_id, "place")
    owners, members = standing(here, "group-owners", "owner_id"), standing(here, "group-members", "member_id")
    number = func.coalesce(owners.c.people, 0)
    inside = func.coalesce(members.c.people, 0)
    entries: list[Entry] = [
        *own(table, datasets["groups"]),
        *place_entries(placed),
        ("unified", func.coalesce(cast(table.c.kinds, Text), "").like('%"Unified"%'), "bool"),
        ("owners", number, "int"),
        ("living_owners", func.coalesce(owners.c.able, 0), "int"),
        ("members", inside, "int"),
        ("owners_percent", case((inside > 0, number * 100 // inside), else_=null()), "int"),
        ("guests", func.coalesce(members.c.guests, 0), "int"),
        ("pupils", func.coalesce(members.c.pupils, 0), "int"),
    ]
    rows = table.outerjoin(placed, place_fits)
    rows = rows.outerjoin(owners, owners.c.group_id == table.c.group_id)
    rows = rows.outerjoin(members, members.c.group_id == table.c.group_id)
    joined = dict.fromkeys(("owners", "living_owners"), "group-owners")
    joined |= dict.fromkeys(("members", "owners_percent", "guests", "pupils"), "group-members")
    return view("groups", here, entries, rows, ["groups"], joined=joined, where=here.mine(table))


def standing(here: Here, source: str, who: str) -> Subquery:
    """Per group how many people stand directly in a list; those who can still act, guests and pupils apart."""
    edge = here.part(source, {"group_id": "text", who: "text"}, f"edge_of_{who}")
    account = here.part("accounts", ACCOUNT, f"account_of_{who}")
    placed, place_fits = here.place("account", account.c.account_id, f"place_of_{who}")
    kind = func.coalesce(placed.c.population, "unknown")
    until = type_coerce(placed.c.employed_until, BigInteger)
    able = and_(
        account.c.enabled.is_(True), kind != "pupil", or_(until.is_(None), until > literal(here.now, BigInteger))
    )
    return (
        select(
            edge.c.group_id,
            func.count().label("people"),
            counted(able).label("able"),
            counted(kind == "guest").label("guests"),
            counted(kind == "pupil").label("pupils"),
        )
        .select_from(edge.join(account, account.c.account_id == edge.c[who]).outerjoin(placed, place_fits))
        .group_by(edge.c.group_id)
        .subquery(f"standing_{who}")
    )


def counted(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    """For how many rows this holds."""
    return func.count(case((condition, 1)))
