"""How far a rule has looked: in each view that it reads, by order of arrival and never by the time of the events."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, delete, select
from sqlmodel import Session, col

from ibpmon.judge.rule import Rule
from ibpmon.store.database import Store
from ibpmon.store.tables import Cursor
from ibpmon.store.upsert import insert, last_number, table_of
from ibpmon.store.view import View, in_bytes

Marks = Mapping[str, int]  # what it looks at -> the last number that it has seen


def name_of(rule: Rule) -> str:
    """What the rule's watermarks begin with: when the rule or a threshold changes, all events are judged anew."""
    return f"rule:{rule.key}:{rule.hash[:32]}:"


def of_rule(store: Store, rule: Rule) -> Any:
    """The condition for the watermarks of a rule and of its earlier versions; said so that an index finds them."""
    name = f"rule:{rule.key}"
    return and_(col(Cursor.tenant_id) == store.tenant, in_bytes(col(Cursor.name)).between(f"{name}:", f"{name};"))


def seen(session: Session, store: Store, rule: Rule) -> Marks:
    """How far the rule has looked; empty for never."""
    name = name_of(rule)
    rows = session.execute(select(col(Cursor.name), col(Cursor.value)).where(of_rule(store, rule)))
    return {row.name.removeprefix(name): row.value for row in rows if row.name.startswith(name)}


def seen_by(session: Session, store: Store, rules: Sequence[Rule]) -> Mapping[str, Marks]:
    """How far each of these rules has looked, in one question."""
    every = and_(col(Cursor.tenant_id) == store.tenant, in_bytes(col(Cursor.name)).between("rule:", "rule;"))
    found: dict[str, dict[str, int]] = {name_of(rule): {} for rule in rules}
    for name, value in session.execute(select(col(Cursor.name), col(Cursor.value)).where(every)):
        *head, what = name.split(":", 3)
        found.get(":".join((*head, "")), {})[what] = value
    return {rule.key: found[name_of(rule)] for rule in rules}


def arrived(session: Session, store: Store, view: View) -> int:
    """The arrival number of the last event."""
    return last_number(session, store.tenant, f"seq:{view.stream}")


def move(session: Session, store: Store, rule: Rule, before: Marks, marks: Marks) -> None:
    """Set the watermarks, and forget those of earlier versions of the rule."""
    if marks == before:
        return
    name = name_of(rule)
    if not before:  # it is new, or there is an earlier version of it
        session.execute(delete(Cursor).where(of_rule(store, rule)))
    rows = [{"tenant_id": store.tenant, "name": name + what, "value": value} for what, value in marks.items()]
    statement = insert(session, table_of(Cursor)).values(rows)
    session.execute(
        statement.on_conflict_do_update(index_elements=["tenant_id", "name"], set_={"value": statement.excluded.value})
    )
