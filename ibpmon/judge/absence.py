"""That nothing happened: for whom no event was seen in the last hours, as far as the source was read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from ibpmon.judge import correlate
from ibpmon.judge.needs import Shortage, history
from ibpmon.judge.rule import Rule
from ibpmon.judge.windows import span_of
from ibpmon.language import _
from ibpmon.store.database import Store
from ibpmon.store.holes import lost, title_of
from ibpmon.store.tables import Run, aware, micros
from ibpmon.store.view import LOG


@dataclass(frozen=True, slots=True)
class Quiet:
    """One key for which nothing happened, and when something last did; never: None."""

    key: tuple[str, ...]
    last: datetime | None
    until: datetime

    @property
    def values(self) -> dict[str, Any]:
        """What a line may say of it."""
        return {"count": 0, "window_start": self.last, "window_end": self.until}


# ---- as far as the source was read


def read_until(session: Session, store: Store, rule: Rule, kinds: correlate.Kinds) -> datetime | None:
    """The moment up to which all that the rule looks at was read; None when that cannot be said."""
    runs = [history(session, store, name).whole for name in sources(rule, kinds)]
    moments = [run.covers_until or run.started_at for run in runs if run]
    return min(moments) if moments and len(moments) == len(runs) else None


def sources(rule: Rule, kinds: correlate.Kinds) -> list[str]:
    """The connectors that bring the events."""
    return sorted(kinds[name].stream for name in rule.services if name in kinds)


def not_read(session: Session, store: Store, rule: Rule, kinds: correlate.Kinds) -> Iterator[Shortage]:
    """Why it cannot be said that nothing happened: what the last timespan lacks."""
    until = read_until(session, store, rule, kinds)
    if until is None:
        return
    begin = until - correlate.counting(rule).span
    for name in sources(rule, kinds):
        wanted = (col(Run.tenant_id) == store.tenant, col(Run.connector) == name, col(Run.state) == "FULL")
        first = session.scalar(select(func.min(func.coalesce(Run.covers_from, Run.started_at))).where(*wanted))
        holes = [one for one in lost(session, store, begin) if one.connector == name and one.begins < until]
        if first is None or moment(first) > begin or holes:
            sentence = _("{connector} was not read for the whole of the last {hours} hours")
            hours = int(correlate.counting(rule).span.total_seconds() // 3600)
            yield Shortage(name, sentence.format(connector=title_of(store, name), hours=hours))


def moment(value: Any) -> datetime:
    """A time as the database gives it."""
    return value if isinstance(value, datetime) else aware(int(value))


# ---- for whom nothing happened


def quiet(session: Session, rule: Rule, kinds: correlate.Kinds, until: datetime) -> Sequence[Quiet]:
    """The keys for which nothing happened within the timespan that ends now, and did before.

    A whole log has one key, that is always there.
    """
    begin = micros(until) - span_of(correlate.counting(rule))
    if correlate.counting(rule).by == (LOG,):
        newest = [session.scalar(last_of_log(rule, search, kinds, until)) for search in rule.searches]
        last = max((one for one in newest if one is not None), default=None)
        key = (rule.service,)
        return [Quiet(key, aware(last) if last else None, until)] if last is None or last < begin else []
    seen: dict[tuple[str, ...], int] = {}
    for search in rule.searches:
        for row in session.execute(last_of_keys(rule, search, kinds, until)):
            key = tuple(row[:-1])
            if all(key):
                seen[key] = max(row[-1], seen.get(key, row[-1]))
    return [Quiet(key, aware(last), until) for key, last in sorted(seen.items()) if last < begin]


def last_of_log(rule: Rule, search: Any, kinds: correlate.Kinds, until: datetime) -> Select[Any]:
    """When something last happened in a log: the newest is among what arrived last, so that is where to look first."""
    view = kinds[search.service]
    moment = correlate.moment_of(view)
    begin = micros(until) - span_of(correlate.counting(rule))
    hit = (correlate.hit_of(search, view), moment <= micros(until))
    recent = select(moment).where(*hit, moment >= begin).order_by(view.selectable.c.seq.desc()).limit(1)
    ever = select(func.max(moment)).where(*hit)
    return select(func.coalesce(recent.scalar_subquery(), ever.scalar_subquery()))


def last_of_keys(rule: Rule, search: Any, kinds: correlate.Kinds, until: datetime) -> Select[Any]:
    """When something last happened to each key."""
    rows = correlate.keys_and_moments(rule, search, kinds[search.service]).subquery("seen")
    *keys, moment = rows.c
    return select(*keys, func.max(moment)).where(moment <= micros(until)).group_by(*keys)
