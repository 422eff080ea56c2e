"""The monitor itself: how each source is read, when each rule last had its data, mails that wait, and the gauges.

These views rest on no connector: what ibpmon knows of itself is always there.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Text,
    and_,
    case,
    column,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    type_coerce,
    values,
)

from ibpmon.store.collected import Dataset
from ibpmon.store.tables import MICROSECOND, Cursor, Evaluation, Gauge, Hole, Moment, Outbox, Run
from ibpmon.store.upsert import NEWEST, table_of
from ibpmon.store.view import HOUR, Entry, Here, View, view, whole, whole_hours
from ibpmon.store.views.licences import P1, P2, has_plan

RUN, CURSOR, HOLE, GAUGE = table_of(Run), table_of(Cursor), table_of(Hole), table_of(Gauge)
EVALUATION, OUTBOX = table_of(Evaluation), table_of(Outbox)


# ---- sources


def sources_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Each source: how its last round went, how long ago it was whole, its last event, and how far reading lags."""
    known = known_sources(datasets)
    last, whole_run = RUN.alias("last"), RUN.alias("whole_run")
    newest, cursor, hole = CURSOR.alias("newest"), CURSOR.alias("read_until"), newest_holes(here)
    entries: list[Entry] = [
        ("source", known.c.source, "text"),
        ("title", known.c.title, "text"),
        ("kind", known.c.kind, "text"),
        ("state", func.coalesce(last.c.state, "NEVER"), "text"),
        ("missing", func.coalesce(last.c.missing, ""), "text"),
        ("rows", last.c.rows, "int"),
        ("skipped_rows", last.c.skipped_rows, "int"),
        ("skipped_percent", percent(last.c.skipped_rows, last.c.rows + last.c.skipped_rows), "int"),
        ("ever_whole", whole_run.c.run_id.is_not(None), "bool"),
        ("hours_since_whole", whole_hours(here, whole_run.c.started_at), "int"),
        ("hours_since_try", whole_hours(here, last.c.started_at), "int"),
        ("last_event", type_coerce(newest.c.value, Moment), "time"),
        ("hours_since_event", whole_hours(here, type_coerce(newest.c.value, Moment)), "int"),
        ("backlog_hours", whole_hours(here, type_coerce(cursor.c.value, Moment)), "int"),
        ("backlog_percent", backlog(here, cursor.c.value, kept(here, known)), "int"),
        ("hole_noted", hole.c.noted, "time"),
    ]
    rows = (
        known.outerjoin(last, is_latest(here, last, known.c.source))
        .outerjoin(whole_run, is_latest(here, whole_run, known.c.source, "FULL"))
        .outerjoin(newest, and_(newest.c.tenant_id == here.tenant, newest.c.name == literal(NEWEST) + known.c.source))
        .outerjoin(cursor, and_(cursor.c.tenant_id == here.tenant, cursor.c.name == known.c.source))
        .outerjoin(hole, hole.c.connector == known.c.source)
    )
    return view("sources", here, entries, rows, [])


def known_sources(datasets: Mapping[str, Dataset]) -> CTE:
    """The sources that are on, as rows in the statement."""
    rows = [
        (name, one.title or name, one.kind, *(span // MICROSECOND or None for span in (one.history, shortest(one))))
        for name, one in datasets.items()
    ]
    columns: list[Any] = [column(name, Text) for name in ("source", "title", "kind")]
    columns += [column(name, BigInteger) for name in ("history", "history_without_p1")]
    return values(*columns, name="known").data(rows or [("", "", "", None, None)]).cte("known_sources")


def shortest(dataset: Dataset) -> timedelta:
    """How far back a source keeps its events for a tenant without P1."""
    return dataset.history if dataset.history_without_p1 is None else dataset.history_without_p1


def kept(here: Here, known: Any) -> ColumnElement[int]:
    """How far back a source keeps its events for this tenant; as long as no licence was read, as if it had P1."""
    licence = here.part("licences", {"sku_id": "text"}, "any_licence")
    read = select(literal(1)).select_from(licence).exists()
    without = and_(read, not_(or_(has_plan(here, P1), has_plan(here, P2))))
    return case((without, known.c.history_without_p1), else_=known.c.history)


def is_latest(here: Here, run: Any, source: ColumnElement[str], state: str = "") -> ColumnElement[bool]:
    """Whether this is the last run of a source that ended, or the last one in a state."""
    other = RUN.alias()
    wanted = other.c.state == state if state else other.c.state != "RUNNING"
    mine = select(other.c.run_id).where(other.c.tenant_id == here.tenant, other.c.connector == source, wanted)
    newest = mine.order_by(other.c.started_at.desc(), other.c.run_id.desc()).limit(1).scalar_subquery()
    return and_(run.c.tenant_id == here.tenant, run.c.run_id == newest)


def newest_holes(here: Here) -> Any:
    """When the last span that nobody can read any more was noted, per source."""
    mine = select(HOLE.c.connector, func.max(HOLE.c.noted_at).label("noted")).where(HOLE.c.tenant_id == here.tenant)
    return mine.group_by(HOLE.c.connector).subquery("newest_holes")


def backlog(here: Here, until: ColumnElement[Any], history: ColumnElement[Any]) -> ColumnElement[Any]:
    """How much of what the source keeps lies behind the point until which it was read, in percent."""
    return percent(literal(here.now, BigInteger) - type_coerce(until, BigInteger), history)


def percent(part: ColumnElement[Any], of: ColumnElement[Any]) -> ColumnElement[Any]:
    """A share in whole percents; NULL of nothing."""
    hundred = type_coerce(part, BigInteger) * literal(100, BigInteger)
    return type_coerce(case((of > 0, hundred // type_coerce(of, BigInteger)), else_=null()), BigInteger)


# ---- rules


def rules_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """Each rule that was ever applied: since when, and when it was last judged on data and last found something."""
    mine = EVALUATION.c.tenant_id == here.tenant
    judged = case((EVALUATION.c.outcome != "cannot_check", EVALUATION.c.at), else_=null())
    found = case((EVALUATION.c.outcome == "finding", EVALUATION.c.at), else_=null())
    per_rule = (
        select(
            EVALUATION.c.rule,
            func.min(EVALUATION.c.at).label("first_applied"),
            func.max(EVALUATION.c.at).label("last_applied"),
            func.max(judged).label("last_judged"),
            func.max(found).label("last_found"),
        )
        .where(mine)
        .group_by(EVALUATION.c.rule)
        .subquery("per_rule")
    )
    names = ("first_applied", "last_applied", "last_judged", "last_found")
    entries: list[Entry] = [("rule", per_rule.c.rule, "text"), *((name, per_rule.c[name], "time") for name in names)]
    return view("rule-outcomes", here, entries, per_rule, [])


# ---- mails


def is_waiting() -> ColumnElement[bool]:
    """A message that has not gone out yet, or is still to be repeated: ibpmon goes on by itself."""
    unsure = and_(OUTBOX.c.state == "uncertain", OUTBOX.c.try_after.is_not(None))
    return or_(OUTBOX.c.state.in_(["new", "sending"]), unsure)


def is_dead() -> ColumnElement[bool]:
    """A message that was refused for good, or is uncertain for good: a person has to say what becomes of it."""
    unsure = and_(OUTBOX.c.state == "uncertain", OUTBOX.c.try_after.is_(None))
    return or_(OUTBOX.c.state == "failed", unsure)


def mails_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """Each channel of which messages are left: how many wait and since when, and how many ibpmon gave up.

    Per channel and not per message: the mail that tells of a mail that is stuck may get stuck too, and must not be
    something new to tell of.
    """
    left = (
        select(
            OUTBOX.c.channel,
            func.count().label("count"),
            func.sum(case((is_dead(), 1), else_=0)).label("dead"),
            func.min(OUTBOX.c.created_at).label("oldest"),
            func.min(case((is_waiting(), OUTBOX.c.created_at), else_=null())).label("waiting_since"),
        )
        .where(OUTBOX.c.tenant_id == here.tenant, or_(is_waiting(), is_dead()))
        .group_by(OUTBOX.c.channel)
        .subquery("undelivered")
    )
    entries: list[Entry] = [
        ("channel", left.c.channel, "text"),
        ("messages", left.c.count, "int"),
        ("dead", type_coerce(left.c.dead, BigInteger), "int"),
        ("oldest", left.c.oldest, "time"),
        ("hours_waiting", whole_hours(here, left.c.waiting_since), "int"),
    ]
    return view("mails", here, entries, left, [])


# ---- gauges


def gauges_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """What ibpmon measured of itself: a number, or a time and how many days that still is."""
    is_time = GAUGE.c.name.like("%\\_ends", escape="\\")
    ends = case((is_time, GAUGE.c.value), else_=null())
    entries: list[Entry] = [
        ("gauge", GAUGE.c.name, "text"),
        ("value", case((is_time, null()), else_=GAUGE.c.value), "int"),
        ("ends", type_coerce(ends, Moment), "time"),
        ("days_left", type_coerce(-whole(here, ends, HOUR * 24), BigInteger), "int"),
        ("measured", GAUGE.c.measured_at, "time"),
    ]
    return view("gauges", here, entries, GAUGE, [], where=GAUGE.c.tenant_id == here.tenant)
