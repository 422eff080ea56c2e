"""How far a rule has looked: in each view that it reads, by order of arrival and never by the time of the events."""

from collections.abc import Mapping

from sqlalchemy import and_, delete, not_, select
from sqlmodel import Session, col

from ibpmon.judge.rule import Rule
from ibpmon.store.database import Store
from ibpmon.store.tables import Counter, Cursor
from ibpmon.store.upsert import insert, table_of
from ibpmon.store.view import View

Marks = Mapping[str, int]  # what it looks at -> the last number that it has seen


def name_of(rule: Rule) -> str:
    """What the rule's watermarks begin with: when the rule or a threshold changes, all events are judged anew."""
    return f"rule:{rule.key}:{rule.hash[:32]}:"


def seen(session: Session, store: Store, rule: Rule) -> Marks:
    """How far the rule has looked; empty for never."""
    name = name_of(rule)
    mine = (col(Cursor.tenant_id) == store.tenant, col(Cursor.name).startswith(name, autoescape=True))
    rows = session.execute(select(col(Cursor.name), col(Cursor.value)).where(*mine))
    return {row.name.removeprefix(name): row.value for row in rows}


def arrived(session: Session, store: Store, view: View) -> int:
    """The arrival number of the last event."""
    return last_number(session, store, f"seq:{view.stream}")


def last_number(session: Session, store: Store, name: str) -> int:
    """The last number that was given out of a kind; 0 for none."""
    wanted = (col(Counter.tenant_id) == store.tenant, col(Counter.name) == name)
    return session.scalar(select(col(Counter.value)).where(*wanted)) or 0


def move(session: Session, store: Store, rule: Rule, marks: Marks) -> None:
    """Set the watermarks, and forget those of earlier versions of the rule."""
    name = name_of(rule)
    of_rule = col(Cursor.name).startswith(f"rule:{rule.key}:", autoescape=True)
    old = and_(of_rule, not_(col(Cursor.name).startswith(name, autoescape=True)))
    session.execute(delete(Cursor).where(col(Cursor.tenant_id) == store.tenant, old))
    rows = [{"tenant_id": store.tenant, "name": name + what, "value": value} for what, value in marks.items()]
    statement = insert(session, table_of(Cursor)).values(rows)
    session.execute(
        statement.on_conflict_do_update(index_elements=["tenant_id", "name"], set_={"value": statement.excluded.value})
    )
