"""News: what people must hear and did not hear yet. Several changes of one thing are told as one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from ibpmon.store import upsert
from ibpmon.store.database import Store
from ibpmon.store.parts import parts
from ibpmon.store.tables import Alert, News
from ibpmon.tell.changes import OPEN, Change
from ibpmon.tell.words import rank

URGENT = ("new", "worse", "reopened")  # kinds that may not be able to wait
OF_ALERTS = ("new", "worse", "reopened", "solved", "overdue", "remind")
LATE = ("overdue", "remind")


@dataclass(frozen=True, slots=True)
class Fold:
    """All that is untold of one thing, and the one line that it comes down to; None when that is nothing."""

    line: News | None
    rows: tuple[News, ...]


def of_change(rule: str, change: Change) -> dict[str, Any]:
    """A change of an alert as news."""
    return {
        "kind": change.kind, "rule": rule, "alert_id": change.alert_id, "level": change.level,
        "occurrences": change.occurrences,
    }  # fmt: skip


def write(session: Session, store: Store, items: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Add news in the transaction of the facts."""
    if not items:
        return
    first = upsert.take(session, store.tenant, "news", len(items))
    rows = [
        {
            "said": {},
            "occurrences": 0,
            "alert_id": None,
            **item,
            "tenant_id": store.tenant,
            "news_id": number,
            "at": now,
        }
        for number, item in enumerate(items, first)
    ]
    session.execute(upsert.table_of(News).insert(), rows)


def untold(session: Session, store: Store, *, lock: bool = False) -> Sequence[News]:
    """What stands in no mail yet, the oldest first; `lock` it to tell it now: no other process does."""
    mine = select(News).where(col(News.tenant_id) == store.tenant, col(News.told_at).is_(None))
    ordered = mine.order_by(col(News.news_id))
    return session.scalars(ordered.with_for_update() if lock else ordered).all()


def told(session: Session, store: Store, items: Iterable[News], now: datetime) -> None:
    """These stand in a mail now."""
    numbers = [one.news_id for one in items]
    for some in parts(numbers):
        these = (col(News.tenant_id) == store.tenant, col(News.news_id).in_(some))
        session.execute(update(News).where(*these).values(told_at=now))


def folded(items: Iterable[News]) -> list[Fold]:
    """The news by thing, in the order in which it was last heard of."""
    things: dict[tuple[str, Any], list[News]] = {}
    for one in items:
        key = thing(one)
        things[key] = [*things.pop(key, []), one]
    return [Fold(line_of(rows), tuple(rows)) for rows in things.values()]


def line_of(rows: Sequence[News]) -> News | None:
    """What untold changes of one thing come down to for who heard of none of them."""
    kinds = [one.kind for one in rows]
    if kinds[0] in OF_ALERTS:
        heavier = rank(rows[-1].level) > rank(rows[0].level)
        kind = kind_of(kinds, heavier=heavier)
    else:
        kind = kinds[-1] if kinds[0] == kinds[-1] else ""  # blind and sighted again, or the other way round
    return renamed(rows[-1], kind) if kind else None


def kind_of(kinds: Sequence[str], *, heavier: bool) -> str:
    """The kind of the line about an alert; the first change says whether people know it as open.

    Solved and back again is nothing new for who was never told that it was solved, unless it weighs more than before.
    """
    first, last = kinds[0], kinds[-1]
    if last == "solved" or "new" in kinds:
        return "solved" if last == "solved" else "new"
    if first == "solved":
        return "worse" if heavier or "worse" in kinds else last if last in LATE else ""
    return next((kind for kind in ("reopened", "worse") if kind in kinds), last)


def thing(one: News) -> tuple[str, Any]:
    """What a piece of news is about."""
    if one.kind in OF_ALERTS:
        return "alert", one.alert_id
    if one.kind in ("blind", "sighted"):
        return "rule", one.rule
    return one.kind, one.news_id


def renamed(one: News, kind: str) -> News:
    """The same news as another kind; the stored row stays as it is."""
    if one.kind == kind:
        return one
    copied = {name: getattr(one, name) for name in News.model_fields}
    return News(**copied | {"kind": kind})


def alerts_of(session: Session, store: Store, items: Iterable[News]) -> dict[int, Alert]:
    """The alerts that news is about, by number."""
    numbers = sorted({one.alert_id for one in items if one.alert_id is not None})
    found: dict[int, Alert] = {}
    for some in parts(numbers):
        rows = session.scalars(select(Alert).where(col(Alert.tenant_id) == store.tenant, col(Alert.alert_id).in_(some)))
        found |= {alert.alert_id: alert for alert in rows}
    return found


def is_news(one: News, alert: Alert | None, owner: str) -> bool:
    """Whether it still has to be heard: what a person closed or accepted meanwhile, that person knows.

    Not so of what administrators do, or of odd use (`owner` of the rule): who closes such an alert may have done it.
    """
    if one.kind not in OF_ALERTS:
        return True
    if alert is None:
        return False
    if one.kind == "solved":
        return alert.state == "solved"
    guarded = owner in ("privacy_officer", "fg") and one.kind in URGENT
    return alert.state in OPEN or (guarded and alert.state != "solved")


def is_urgent(one: News) -> bool:
    """Whether it cannot wait until the morning."""
    return one.kind in URGENT and rank(one.level) >= rank("high")
