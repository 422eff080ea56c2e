"""Sign-ins that went well, each beside the one before it and the one after it, with how far and how fast that was.

Each is laid beside both, so that one that comes late is found by itself, whichever of the two it does not go with. The
neighbours are looked up by an index, so that the cost follows what is new. Only sign-ins of which the place is known
count, and only what a person did: what programs do in someone's name is collected elsewhere.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    FromClause,
    Table,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.sql.selectable import NamedFromClause

from ibpmon.store.civil import HOUR, number
from ibpmon.store.collected import Dataset
from ibpmon.store.distance import kilometres, whole_part
from ibpmon.store.view import Entry, Here, View, in_bytes, view
from ibpmon.store.views.sign_ins import administrators, is_administrator

REACH = 30 * HOUR  # half the earth takes 25 hours at 800 kilometres an hour
AT_ONCE = 1_000_000  # kilometres an hour of who is in two places at one moment
OWN = ("id", "at", "account_id", "upn", "app", "ip_address", "city", "country", "error_code")
TOLD = ("at", "ip_address", "city", "country")  # of the one before and the one after

Place = FromClause


def travel_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Each success with the one before and the one after it."""
    table = here.data["sign-ins"]
    kinds = {field.name: field.type for field in datasets["sign-ins"].fields}
    before, after = table.alias("before"), table.alias("after")
    entries: list[Entry] = [(name, table.c[name], kinds[name]) for name in OWN if name in kinds]
    for word, other in (("before", before), ("after", after)):
        entries += [(f"{word}_{name}", other.c[name], kinds[name]) for name in TOLD]
        entries += [(f"{word}_km", whole_part(far(table, other)), "int"), (f"{word}_kmh", speed(table, other), "int")]
    entries += [
        ("placed", type_coerce(is_placed(table), Boolean), "bool"),
        ("trip", trip(table, before, after), "text"),
        ("privileged", is_administrator(here, table.c.account_id), "bool"),
    ]
    rows = table.outerjoin(before, neighbour(table, before, earlier=True))
    rows = rows.outerjoin(after, neighbour(table, after, earlier=False))
    return view(
        "sign-in-travel", here, entries, rows, ["sign-ins"],
        where=and_(here.mine(table), table.c.error_code == 0),
        event=("at", table),
        context={"privileged": select(administrators(here).c.account_id, literal("1"))},
    )  # fmt: skip


def is_placed(table: Place) -> ColumnElement[bool]:
    """Whether it is known where it was."""
    return and_(table.c.latitude.is_not(None), table.c.longitude.is_not(None))


def neighbour(table: Table, other: NamedFromClause, *, earlier: bool) -> ColumnElement[bool]:
    """The condition that joins the success of the same account that came last before this one, or first after it."""
    near = table.alias(f"near_{other.name}")
    at, then = moment(table), moment(near)
    in_reach = then.between(at - REACH, at) if earlier else then.between(at, at + REACH)
    beyond = or_(then < at, near.c.seq < table.c.seq) if earlier else or_(then > at, near.c.seq > table.c.seq)
    same = and_(near.c.tenant_id == table.c.tenant_id, near.c.account_id == table.c.account_id)
    order = [near.c.at.desc(), near.c.seq.desc()] if earlier else [near.c.at, near.c.seq]
    found = select(near.c.seq).where(is_placed(table), same, in_reach, beyond, near.c.error_code == 0, is_placed(near))
    next_one = found.order_by(*order).limit(1).correlate_except(near).scalar_subquery()
    return and_(other.c.tenant_id == table.c.tenant_id, other.c.seq == next_one)


def moment(table: Place) -> ColumnElement[int]:
    """The time of a sign-in as a number."""
    return number(table.c.at)


def far(table: Place, other: Place) -> ColumnElement[float]:
    """How many kilometres two sign-ins lie apart."""
    return kilometres(table.c.latitude, table.c.longitude, other.c.latitude, other.c.longitude)


def speed(table: Place, other: Place) -> ColumnElement[int]:
    """How many kilometres an hour that is."""
    took = func.abs(moment(table) - moment(other))
    return case((took == 0, literal(AT_ONCE, BigInteger)), else_=whole_part(far(table, other) * HOUR / took))


def trip(table: Place, before: Place, after: Place) -> ColumnElement[Any]:
    """From where to where, the same for both ends; by the fastest of the two ways, and nothing where none is known."""
    onward = func.coalesce(speed(table, after), -1) > func.coalesce(speed(table, before), -1)
    there = case((onward, after.c.country), else_=before.c.country)
    ends = [func.coalesce(one, "?") for one in (table.c.country, there)]
    in_order = case((in_bytes(ends[0]) < in_bytes(ends[1]), ends[0] + " - " + ends[1]), else_=ends[1] + " - " + ends[0])
    return case((is_placed(table), in_order), else_=null())
