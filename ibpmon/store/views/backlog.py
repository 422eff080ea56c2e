"""What people do with the alerts: what is past its term, and when somebody last looked. It rests on no connector."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Subquery, and_, case, func, literal, select, type_coerce

from ibpmon.store.collected import Dataset
from ibpmon.store.tables import OPEN_ALERTS, Alert, Entry, Tenant
from ibpmon.store.upsert import table_of
from ibpmon.store.view import Entry as ViewEntry
from ibpmon.store.view import Here, View, view, whole_days

ALERT, LEDGER, TENANT = table_of(Alert), table_of(Entry), table_of(Tenant)
LEVELS = ("critical", "high", "medium", "low")  # on which somebody has to act
ABOUT_THIS = ("alerts-past-their-term", "log-not-reviewed")  # their own alerts would keep them alive
DEEDS = ("ack", "close", "accept", "reopen", "assign", "comment", "incident")
BY_PEOPLE = ("log.review", *(f"alert.{deed}" for deed in DEEDS))  # entries that only a person makes


def backlog_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """Each level with open alerts: how many, how many are past their term, and the oldest term."""
    past = ALERT.c.due_at <= literal(here.now, ALERT.c.due_at.type)
    waiting = (
        select(
            ALERT.c.level,
            func.count().label("open_alerts"),
            func.sum(case((past, 1), else_=0)).label("overdue"),
            func.min(ALERT.c.due_at).label("oldest_due"),
        )
        .where(is_open(here), ALERT.c.level.in_(LEVELS))
        .group_by(ALERT.c.level)
        .subquery("waiting")
    )
    entries: list[ViewEntry] = [
        ("alert_level", waiting.c.level, "text"),
        ("open_alerts", waiting.c.open_alerts, "int"),
        ("overdue", type_coerce(waiting.c.overdue, BigInteger), "int"),
        ("oldest_due", waiting.c.oldest_due, "time"),
    ]
    return view("alert-backlog", here, entries, waiting, [])


def review_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """The board, when it has open alerts: since when, when a person last did something, how long nobody looked.

    Without any act, or with one from before the first of these alerts, it counts from that alert: what was not there
    could not be looked at. An alert that came back counts from its last change, not from when it first came.
    """
    came = case((ALERT.c.state == "reopened", ALERT.c.changed_at), else_=ALERT.c.opened_at)
    waiting = (
        select(ALERT.c.tenant_id, func.count().label("open_alerts"), func.min(came).label("first_alert"))
        .where(is_open(here))
        .group_by(ALERT.c.tenant_id)
        .subquery("waiting")
    )
    act, first = last_act(here), waiting.c.first_alert
    entries: list[ViewEntry] = [
        ("board", TENANT.c.key, "text"),
        ("last_reviewed", act.c.at, "time"),
        ("days_since", whole_days(here, case((act.c.at > first, act.c.at), else_=first)), "int"),
        ("open_alerts", waiting.c.open_alerts, "int"),
        ("first_alert", first, "time"),
    ]
    rows: Any = TENANT.join(waiting, waiting.c.tenant_id == TENANT.c.tenant_id)
    rows = rows.outerjoin(act, act.c.tenant_id == TENANT.c.tenant_id)
    return view("log-review", here, entries, rows, [])


def is_open(here: Here) -> ColumnElement[bool]:
    """The alerts of this board that wait for somebody."""
    return and_(ALERT.c.tenant_id == here.tenant, ALERT.c.state.in_(OPEN_ALERTS), ALERT.c.rule.not_in(ABOUT_THIS))


def last_act(here: Here) -> Subquery:
    """The last time that a person did something with alerts: read from the end of the ledger, which only grows."""
    mine = (LEDGER.c.tenant_id == here.tenant, LEDGER.c.kind.in_(BY_PEOPLE))
    return select(LEDGER.c.tenant_id, LEDGER.c.at).where(*mine).order_by(LEDGER.c.seq.desc()).limit(1).subquery("act")
