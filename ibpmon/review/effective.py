"""Effective access as a set, computed in the database: for each place everyone who reaches it, with the highest right.

The paths are not in it: those are walked down for one item at a time, when somebody asks (`paths`).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    select,
    union_all,
)
from sqlmodel import Session

from ibpmon.review.entries import SHAREPOINT_GROUP, Only, entries, is_person
from ibpmon.review.holders import Given, Sight
from ibpmon.store.database import Store
from ibpmon.store.tables import micros
from ibpmon.store.view import Columns

# So many places are asked about at a time: what is behind them is sorted in memory, whatever the size of the board.
# With fewer the rights of all places, which no index sorts by place, are gone through too often.
TOGETHER = 1_000
MEMBER: Columns = {"group_id": "text", "member_id": "text", "kind": "text"}
HOLDER = ("holder_kind", "holder_id")


class Reached(NamedTuple):
    """One principal on one place, with the rank of its highest right."""

    place: str
    kind: str
    principal: str
    rank: int


def here_of(store: Store, now: datetime) -> Sight:
    """The living rows of this board, at this moment."""
    return Sight(store.tenant, micros(now), store.data)


def effective(session: Session, here: Sight, kind: str, places: Sequence[str]) -> Iterator[Reached]:
    """Everyone who reaches these places of one kind; with the groups on the way, of which some may be unread."""
    for first in range(0, len(places), TOGETHER):
        for row in session.execute(reached(here, kind, places[first : first + TOGETHER])):
            yield Reached(*row)


def reached(here: Sight, kind: str, only: Only = None) -> Select[Any]:
    """One row for each place and principal.

    1. the edges into the places
    2. behind a SharePoint group: who is in it; behind the owners of a group: those
    3. behind a group: all groups in it, however deep, and who is in any of these
    """
    entry = entries(here, kind, only).cte(f"entries_{kind}")
    first = highest(entry.c.place_id, entry.c.holder_kind, entry.c.holder_id, entry.c.rank).cte("first_holders")
    second = union_all(select(first), in_site_groups(here, first)).cte("second_holders")
    third = union_all(select(second), as_owners(here, second)).cte("third_holders")
    return everyone(here, third)


def highest(place: Any, kind: Any, key: Any, rank: Any) -> Select[Any]:
    """Each holder on each place once."""
    columns = (place.label("place_id"), kind.label("holder_kind"), key.label("holder_id"))
    return select(*columns, func.max(rank).label("rank")).group_by(*columns)


def in_site_groups(here: Sight, holder: CTE) -> Select[Any]:
    """Who is in the SharePoint groups that hold a right."""
    inside = inside_site_groups(here).cte("inside_site_groups").prefix_with("MATERIALIZED")
    rows = select(holder.c.place_id, inside.c.holder_kind, inside.c.holder_id, holder.c.rank)
    named = and_(holder.c.holder_kind == "site_group", holder.c.holder_id == inside.c.group_key)
    return rows.select_from(holder.join(inside, named))


def inside_site_groups(here: Sight) -> Select[Any]:
    """Each SharePoint group with a right, by the id that rights name it by, with who is in it as the same kinds.

    Members know only the number of their group. It is one join over stored rows, so that the index finds those of a
    group: SQLite takes anything that was put together before for small, and goes through all of it for each row.
    """
    columns: Columns = {"site_id": "text", "principal_id": "int", "member": "int", "login_name": "text"}
    member, known = here.part("site-group-members", columns, "site_group_member"), here.logins.alias()
    group = site_groups(here)
    login = func.lower(member.c.login_name)
    given = Given(member.c.site_id, login, login, known.c.account_id)
    same = and_(member.c.site_id == group.c.site_id, member.c.principal_id == group.c.principal_id)
    rows = select(group.c.holder_id.label("group_key"), *given.columns)
    return rows.select_from(group.join(member, same).outerjoin(known, known.c.login == login))


def site_groups(here: Sight) -> Subquery:
    """The SharePoint groups by the id that a right names them by."""
    columns: Columns = {"site_id": "text", "principal_id": "int", "title": "text", "kind": "int"}
    right = here.part("site-rights", columns, "site_group_right")
    key = (right.c.site_id + "/" + right.c.title).label("holder_id")
    rows = select(right.c.site_id, right.c.principal_id, key).where(right.c.kind == SHAREPOINT_GROUP)
    return rows.subquery("site_groups")


def as_owners(here: Sight, holder: CTE) -> Select[Any]:
    """The people who own the group of which the owners hold a right."""
    owner = here.part("group-owners", {"group_id": "text", "owner_id": "text", "kind": "text"}, "owning")
    kind = case((is_person(here, owner.c.kind, owner.c.owner_id), "person"), else_="machine")
    rows = select(holder.c.place_id, kind, owner.c.owner_id, holder.c.rank)
    return rows.join_from(holder, owner, owner.c.group_id == holder.c.holder_id).where(holder.c.holder_kind == "owners")


def everyone(here: Sight, holder: CTE) -> Select[Any]:
    """All holders, and everyone behind the groups among them, each once with the highest right."""
    group = groups_behind(here, holder)
    member = here.part("group-members", MEMBER, "behind")
    kind = case((is_person(here, member.c.kind, member.c.member_id), "person"), else_="machine")
    people = select(group.c.place_id, kind.label("holder_kind"), member.c.member_id.label("holder_id"), group.c.rank)
    people = people.join_from(group, member, member.c.group_id == group.c.holder_id).where(~is_group(here, member))
    itself = select(group.c.place_id, literal("group"), group.c.holder_id, group.c.rank)
    others = select(holder).where(holder.c.holder_kind != "group")
    whole = union_all(people, itself, others).subquery("everyone")
    return highest(whole.c.place_id, whole.c.holder_kind, whole.c.holder_id, whole.c.rank)


def groups_behind(here: Sight, holder: CTE) -> CTE:
    """For each place all groups that bring somebody there, with the highest right that does."""
    entry = select(holder.c.place_id, holder.c.holder_id, holder.c.rank).where(holder.c.holder_kind == "group")
    entry_set = entry.subquery("entry_groups")
    inner = groups_inside(here, entry_set)
    columns = (entry_set.c.place_id, inner.c.inner_id.label("holder_id"))
    rows = select(*columns, func.max(entry_set.c.rank).label("rank"))
    rows = rows.join_from(entry_set, inner, inner.c.outer_id == entry_set.c.holder_id).group_by(*columns)
    return rows.cte("groups_behind").prefix_with("MATERIALIZED")


def groups_inside(here: Sight, entry: Subquery) -> CTE:
    """Each of these groups with itself and all groups in it. UNION keeps a pair once, so a circle ends by itself."""
    edge = here.part("group-members", MEMBER, "nested")
    start = select(entry.c.holder_id.label("outer_id"), entry.c.holder_id.label("inner_id")).distinct()
    inside = start.cte("groups_inside", recursive=True)
    # Downwards, from group to member: that is the order of the members' key.
    deeper = select(inside.c.outer_id, edge.c.member_id).join(inside, inside.c.inner_id == edge.c.group_id)
    return inside.union(deeper.where(is_group(here, edge)))


def is_group(here: Sight, member: Subquery) -> ColumnElement[bool]:
    """Whether a member is a group; Graph leaves the kind out where a page holds one kind only."""
    group = here.part("groups", {"group_id": "text"}, "a_group")
    known = member.c.member_id.in_(select(group.c.group_id))
    return case((member.c.kind.is_(None), known), else_=func.lower(member.c.kind).like("%group"))
