"""A trial run over what is stored: what a rule would have found, without storing or mailing anything."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, select, type_coerce
from sqlmodel import Session

from ibpmon.judge import findings
from ibpmon.judge.correlate import Kinds, find_episodes, reach_of
from ibpmon.judge.evaluate import is_absence, matched, silent_ones
from ibpmon.judge.needs import Reading, reading
from ibpmon.judge.rule import Rule
from ibpmon.store.database import Store
from ibpmon.store.tables import Finding, micros
from ibpmon.store.view import View, whole_views
from ibpmon.store.views import views


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a rule would have found since a moment, and in how many mails it would have told so.

    A rule on state is tried on what holds now: how it was before is not known.
    """

    found: tuple[Finding, ...]
    mails: int
    read: Reading


def attempt(session: Session, store: Store, rule: Rule, since: datetime, now: datetime, each: timedelta) -> Attempt:
    """Try a rule; `each` is how often rules are applied: what begins between two rounds goes out in one mail."""
    read = reading(session, store, rule, now)
    kinds = views(store, now, rule.networks)
    if not kinds.keys() >= rule.services:
        return Attempt((), 0, read)
    with whole_views(session):
        if is_absence(rule):
            pairs = silent_ones(session, store, rule, kinds)
        elif rule.time:
            found = happened_since(session, store, rule, kinds, since, now)
            return Attempt(found, len(rounds(found, each)), read)
        else:
            pairs = matched(session, rule, kinds[rule.service])
    found = tuple(findings.begin(store, rule, pair, one, now) for pair, one in pairs.items())
    return Attempt(found, int(bool(found)), read)


def happened_since(
    session: Session, store: Store, rule: Rule, kinds: Kinds, since: datetime, now: datetime
) -> tuple[Finding, ...]:
    """The episodes that end after a moment, in order of time; events are read from one timespan before it on."""
    begin = micros(since) - reach_of(rule)
    recent = {name: view_from(kinds[name], begin) for name in rule.services}
    episodes = [one for one in find_episodes(session, rule, recent, None) if one.end >= micros(since)]
    return tuple(findings.happened(store, rule, one, now) for one in sorted(episodes, key=lambda one: one.start))


def view_from(view: View, begin: int) -> View:
    """The events of a view from a moment on."""
    rows: Any = view.selectable
    late = select(rows).where(type_coerce(rows.c[str(view.time)], BigInteger) >= begin)
    return replace(view, selectable=late.subquery(rows.name))


def rounds(found: Iterable[Finding], each: timedelta) -> set[int]:
    """The rounds of judging in which something began."""
    return {micros(one.window_start) // (each // timedelta(microseconds=1)) for one in found if one.window_start}
