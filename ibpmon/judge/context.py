"""What may change about events that are there already: whose account it was, which addresses are a school's.

Once per evaluation this is laid beside what it was. Each change gets a number, as events do, so that a rule judges
anew what belongs to the keys that changed, and nothing else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlmodel import Session, col

from ibpmon.judge import correlate
from ibpmon.judge.rule import Rule
from ibpmon.judge.sigma import fields_of
from ibpmon.store.database import Store
from ibpmon.store.tables import Context
from ibpmon.store.upsert import insert, last_number, table_of, take
from ibpmon.store.view import View

NUMBER = "context"  # the counter of changes
MOST_KEYS = 1_000  # with more keys than these, all events are judged anew in one pass


@dataclass(frozen=True, slots=True)
class Source:
    """One thing that decides about old events: its name, where it stands now, and by which field of the event."""

    name: str
    query: Select[Any]
    key: str  # empty when it is about all events


Sources = Mapping[str, Sequence[tuple[str, Source]]]  # by rule: each with its view


# ---- what decides


def sources(rules: Iterable[Rule], kinds: Mapping[str, View]) -> Sources:
    """What decides about the events that each rule looks for, with their view, by rule."""
    once = lru_cache(maxsize=None)(lambda service, name: source(kinds[service], name))
    judged = [rule for rule in rules if rule.time and kinds.keys() >= rule.services]
    return {rule.key: [(service, once(service, name)) for service, name in columns(rule, kinds)] for rule in judged}


def columns(rule: Rule, kinds: Mapping[str, View]) -> Iterator[tuple[str, str]]:
    """The columns that decide about the events that a rule looks for, with their view."""
    for service in sorted(rule.services):
        read = {name for search in rule.searches if search.service == service for name in decides(rule, search)}
        yield from ((service, name) for name in sorted(read & kinds[service].context.keys()))


def decides(rule: Rule, search: Any) -> set[str]:
    """The fields that decide whether, and how, an event counts."""
    weighing = [name for tree in rule.levels.values() for name in fields_of(tree)]
    return {*fields_of(search.condition), *correlate.counted_fields(rule, search), *weighing}


def source(view: View, name: str) -> Source:
    """What decides one column; columns with one source share it."""
    query = view.context[name]
    shared = min(other for other, one in view.context.items() if one is query)
    first, *rest = query.selected_columns
    key = first.name if rest and first.name in view.columns else ""
    return Source(f"{view.name}:{shared}", query, key)


# ---- what changed


def refresh(session: Session, store: Store, found: Sources) -> int:
    """Lay everything that decides beside what it was, and number what changed; gives the number of the last change."""
    for one in {one.name: one for of_rule in found.values() for _service, one in of_rule}.values():
        changed = differences(session, store, one)
        if changed:
            note(session, store, one, changed)
    return last_number(session, store.tenant, NUMBER)


def differences(session: Session, store: Store, one: Source) -> list[tuple[str, str | None]]:
    """The keys whose value is another than it was; without a value when they are gone."""
    kept, now = table_of(Context), values_now(one)
    mine = and_(kept.c.tenant_id == store.tenant, kept.c.name == one.name)
    rows = now.outerjoin(kept, and_(mine, kept.c.key == now.c.key))
    other = or_(kept.c.key.is_(None), kept.c.value.is_distinct_from(now.c.value))
    is_new = kept.c.value.is_(None).label("is_new")
    found = session.execute(select(now.c.key, now.c.value, is_new).select_from(rows).where(other)).all()
    changed = [(key, value) for key, value, _is_new in found]
    # Only when there are fewer keys than were kept some are gone: to look for those costs as much again.
    there = session.scalar(select(func.count()).select_from(kept).where(mine, kept.c.value.is_not(None))) or 0
    if there + sum(new for _key, _value, new in found) == session.scalar(count_of(one)):
        return changed
    gone = and_(mine, kept.c.value.is_not(None), ~exists().where(now.c.key == kept.c.key))
    return changed + [(key, None) for key in session.scalars(select(kept.c.key).where(gone))]


def count_of(one: Source) -> Select[Any]:
    """How many keys there are now."""
    rows = one.query.subquery("said")
    first, *rest = rows.c
    # What is said of all events has no key of its own: there is one, or none.
    return select(func.count(first.distinct()) if rest else cast(func.count(first) > 0, Integer))


def values_now(one: Source) -> Subquery:
    """What is said of each key now, as one text."""
    rows = one.query.subquery("said")
    first, *rest = rows.c
    said: list[ColumnElement[str]] = [func.coalesce(cast(column, Text), "") for column in (rest or [first])]
    text = said[0]
    for more in said[1:]:
        text = text + "\x1f" + more
    key = cast(first, Text) if rest else literal("")
    each = select(key.label("key"), text.label("said")).order_by("key", "said").subquery("each_said")
    together = func.aggregate_strings(each.c.said, "\x1e").label("value")
    return select(each.c.key, together).where(each.c.key.is_not(None)).group_by(each.c.key).subquery("now_said")


def note(session: Session, store: Store, one: Source, changed: Sequence[Any]) -> None:
    """Keep what is said now, with the number of this change."""
    number = take(session, store.tenant, NUMBER)
    mine = {"tenant_id": store.tenant, "name": one.name, "changed": number}
    rows = [{**mine, "key": key, "value": value} for key, value in changed]
    statement = insert(session, table_of(Context))
    fresh = {"value": statement.excluded.value, "changed": statement.excluded.changed}
    statement = statement.on_conflict_do_update(index_elements=["tenant_id", "name", "key"], set_=fresh)
    session.connection().execute(statement, rows)


# ---- what a rule has not seen of it


def changed_keys(
    session: Session, store: Store, deciding: Iterable[tuple[str, Source]], after: int
) -> dict[tuple[str, str], set[str]] | None:
    """The keys, by view and field, that changed since; None when all events are to be judged anew."""
    found: dict[tuple[str, str], set[str]] = {}
    for service, one in deciding:
        mine = (col(Context.tenant_id) == store.tenant, col(Context.name) == one.name, col(Context.changed) > after)
        keys = session.scalars(select(col(Context.key)).where(*mine).limit(MOST_KEYS + 1)).all()
        if keys and (not one.key or len(keys) > MOST_KEYS):
            return None
        if keys:
            found.setdefault((service, one.key), set()).update(keys)
    return found
