"""What people must hear again: alerts past their term, old ones, and accepted risks of which the end comes near."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlmodel import Session, col

from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Exemption, News
from ibpmon.tell import exceptions, news
from ibpmon.tell.acts import history
from ibpmon.tell.changes import OPEN
from ibpmon.tell.digest import QUIET
from ibpmon.tell.sentences import Rule

AHEAD = timedelta(days=14)  # so long before its end an accepted risk is told
BACK = timedelta(days=60)  # an end longer ago is no news any more


def remind(session: Session, store: Store, rules: Mapping[str, Rule], now: datetime) -> None:
    """Write as news what is late, what waits long, and which accepted risks end; each of it once."""
    items = [*late(session, store, rules, now), *ending(session, store, rules, now), *ended(session, store, rules, now)]
    news.write(session, store, items, now)


def late(session: Session, store: Store, rules: Mapping[str, Rule], now: datetime) -> list[dict[str, Any]]:
    """Alerts past their term, told once; and those that go on for as long as their rule says, told each time."""
    seldom = min((rule.remind for rule in rules.values()), default=timedelta.max)
    last = func.coalesce(col(Alert.reminded_at), col(Alert.changed_at))
    overdue = and_(
        col(Alert.due_at) <= now, or_(col(Alert.reminded_at).is_(None), col(Alert.reminded_at) < col(Alert.due_at))
    )
    mine = and_(col(Alert.tenant_id) == store.tenant, col(Alert.state).in_(OPEN), col(Alert.level) != QUIET)
    old = last <= now - seldom if rules else overdue
    found = session.scalars(select(Alert).where(mine, or_(overdue, old)).order_by(col(Alert.alert_id)))
    return [item for alert in found if alert.rule in rules for item in reminder(alert, rules[alert.rule], now)]


def reminder(alert: Alert, rule: Rule, now: datetime) -> Iterable[dict[str, Any]]:
    """The reminder of one alert, when it is time for it; written down on the alert."""
    before, due = alert.reminded_at, alert.due_at
    is_late = due is not None and due <= now and (before is None or before < due)
    if not is_late and now - (before or alert.changed_at) < rule.remind:
        return
    alert.reminded_at = now
    yield {
        "kind": "overdue" if is_late else "remind", "rule": alert.rule, "alert_id": alert.alert_id,
        "level": alert.level, "occurrences": alert.occurrences,
    }  # fmt: skip


def ending(session: Session, store: Store, rules: Mapping[str, Rule], now: datetime) -> list[dict[str, Any]]:
    """Accepted risks that end within two weeks."""
    found = [one for one in exceptions.ending(session, store, now, AHEAD) if one.rule in rules]
    return [as_news("ending", one, rules[one.rule]) for one in untold(session, store, found, "ending")]


def ended(session: Session, store: Store, rules: Mapping[str, Rule], now: datetime) -> list[dict[str, Any]]:
    """Accepted risks that ended without their problem coming back; when it does, the alert itself says all this."""
    past = exceptions.ended(session, store, now - BACK, now)
    found = [one for one in past if one.rule in rules and stayed_away(session, store, one)]
    return [as_news("ended", one, rules[one.rule]) for one in untold(session, store, found, "ended")]


def untold(session: Session, store: Store, found: Sequence[Exemption], kind: str) -> list[Exemption]:
    """Those of which this was not told before."""
    mine = select(col(News.said)).where(col(News.tenant_id) == store.tenant, col(News.kind) == kind)
    told = {said.get("exception") for said in session.scalars(mine)}
    return [one for one in found if one.exception_id not in told]


def stayed_away(session: Session, store: Store, one: Exemption) -> bool:
    """Whether what an exception was about is no longer there, and did not come back after its end."""
    same = (col(Alert.tenant_id) == store.tenant, col(Alert.rule) == one.rule, col(Alert.subject) == one.subject)
    alert = session.scalars(select(Alert).where(*same)).first()
    if alert is None:
        return True
    lines = history(session, store, alert.alert_id)
    back = any(line.what in ("reopened", "reopen") and line.at >= one.until for line in lines)
    return alert.state == "solved" and not back


def as_news(kind: str, one: Exemption, rule: Rule) -> dict[str, Any]:
    """An accepted risk as news."""
    return {"kind": kind, "rule": one.rule, "level": rule.level, "said": {"exception": one.exception_id}}


# ---- for the lines of a mail


def exceptions_of(session: Session, store: Store, items: Iterable[News]) -> dict[int, Exemption]:
    """The accepted risks that news is about, by number."""
    numbers = {one.said["exception"] for one in items if "exception" in (one.said or {})}
    found = exceptions.found(session, store, col(Exemption.exception_id).in_(numbers)) if numbers else []
    return {one.exception_id: one for one in found}


def once_accepted(
    session: Session, store: Store, items: Iterable[News], alerts: Mapping[int, Alert], now: datetime
) -> dict[tuple[str, str], Exemption]:
    """What was accepted before and is back, per rule and subject: the last exception that ran out by itself."""
    back = {
        (alerts[one.alert_id].rule, alerts[one.alert_id].subject)
        for one in items
        if one.kind == "reopened" and one.alert_id
    }
    past = exceptions.ended(session, store, now - BACK, now) if back else []
    return {(one.rule, one.subject): one for one in past if (one.rule, one.subject) in back}
