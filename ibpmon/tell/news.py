"""News: what people must hear and did not hear yet. Several changes of one thing are told as one."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from ibpmon.store import upsert
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, News
from ibpmon.tell.changes import OPEN, Change

OF_ALERTS = ("new", "worse", "reopened", "solved", "overdue", "remind")
AT_ONCE = 500  # rows in one statement
# What two untold changes of one alert come down to; "" is nothing: who heard of neither need not hear of both.
TOGETHER: Mapping[tuple[str, str], str] = {
    ("new", "worse"): "new",
    ("new", "reopened"): "new",
    ("solved", "reopened"): "",
    ("solved", "new"): "",
    ("worse", "reopened"): "worse",
    ("reopened", "worse"): "reopened",
    ("blind", "sighted"): "",
    ("sighted", "blind"): "",
    **{(kind, late): kind for kind in ("new", "worse", "reopened") for late in ("overdue", "remind")},
}


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
    for start in range(0, len(numbers), AT_ONCE):
        some = col(News.news_id).in_(numbers[start : start + AT_ONCE])
        session.execute(update(News).where(col(News.tenant_id) == store.tenant, some).values(told_at=now))


def folded(items: Iterable[News]) -> list[News]:
    """The news with one line for each alert, and one for each rule that turned blind: the last word counts."""
    kept: dict[tuple[str, Any], News] = {}
    for one in items:
        key = thing(one)
        before = kept.pop(key, None)
        kind = TOGETHER.get((before.kind, one.kind), one.kind) if before else one.kind
        if kind:
            kept[key] = renamed(one, kind)
    return list(kept.values())


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
    for start in range(0, len(numbers), AT_ONCE):
        some = col(Alert.alert_id).in_(numbers[start : start + AT_ONCE])
        rows = session.scalars(select(Alert).where(col(Alert.tenant_id) == store.tenant, some))
        found |= {alert.alert_id: alert for alert in rows}
    return found


def is_news(one: News, alert: Alert | None) -> bool:
    """Whether it still has to be heard: what a person closed or accepted meanwhile, that person knows."""
    if one.kind not in OF_ALERTS:
        return True
    if alert is None:
        return False
    return alert.state == "solved" if one.kind == "solved" else alert.state in OPEN
