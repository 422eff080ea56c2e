"""The trend: what became of the alerts, per week and level; kept, because reports outlive the alerts they are about.

It follows from the ledger, which has every step of every alert with its moment. What a row says of a week that is over
stays, also when alerts are purged and the texts of the ledger erased.
"""

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Text, and_, cast, exists, func, literal, select
from sqlmodel import Session, col

from ibpmon.config import Config
from ibpmon.store import upsert
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Entry, Trend
from ibpmon.tell.words import LEVELS

# What the ledger says happened -> what is counted.
STEPS: Mapping[str, str] = {
    "alert.new": "opened", "alert.reopened": "reopened", "alert.reopen": "reopened", "alert.ack": "acknowledged",
    "alert.worse": "worse", "alert.solved": "solved", "alert.close": "false_positive", "alert.accept": "accepted",
    "alert.accepted": "accepted",
}  # fmt: skip
OPENING, RESTING = ("opened", "reopened"), ("solved", "false_positive", "accepted")
COUNTED = (*OPENING, *RESTING, "open")
RESTED: Mapping[str, str] = {"solved": "solved", "closed": "false_positive", "accepted": "accepted"}  # by state
UNKNOWN = "unknown"  # the level of an alert of which nothing is left but that it was there
LATE = timedelta(hours=1)  # a round that began before midnight may write after it
AT_ONCE = 1_000  # entries in memory


@dataclass(frozen=True, slots=True)
class Week:
    """One week of the board: seven days on its clock, so an hour more or less when the clock changes."""

    monday: date
    begins: datetime
    ends: datetime

    @classmethod
    def of(cls, monday: date, zone: ZoneInfo) -> "Week":
        """The week that begins on this Monday."""
        days = (monday, monday + timedelta(days=7))
        begins, ends = (datetime.combine(day, time(), zone).astimezone(UTC) for day in days)
        return cls(monday, begins, ends)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one alert; without a level it is that of the step before."""

    at: datetime
    what: str
    level: str = ""


@dataclass(slots=True)
class Tally:
    """What was counted of one level in one week."""

    counts: Counter[str] = field(default_factory=Counter)
    acknowledged: list[float] = field(default_factory=list)  # hours
    solved: list[float] = field(default_factory=list)

    def note(self, step: Step, since: datetime | None) -> None:
        """Count a step of an alert that is open since then."""
        self.counts[step.what] += 1
        if since and step.what in ("acknowledged", "solved"):
            hours = self.acknowledged if step.what == "acknowledged" else self.solved
            hours.append(max(step.at - since, timedelta()) / timedelta(hours=1))


Tallies = defaultdict[tuple[date, str], Tally]


def keep_trend(store: Store, config: Config, now: datetime) -> int:
    """Write down each week that is over and not there yet; gives how many. Made again it says the same."""
    with store.read() as session:
        weeks = missing(session, store, config.time_zone, now)
        rows = made(store, weeks, counted(session, store, weeks), now) if weeks else []
    if rows:
        with store.write() as session:
            keep(session, rows)
    return len(weeks)


def kept(session: Session, store: Store, config: Config, now: datetime, weeks: int) -> list[Trend]:
    """The last so many weeks that are over, the oldest first and the highest level first."""
    since = monday_of(now, config.time_zone) - timedelta(weeks=weeks)
    mine = (col(Trend.tenant_id) == store.tenant, col(Trend.week) >= since, col(Trend.made_at) <= now)
    order = (UNKNOWN, *LEVELS)
    return sorted(session.scalars(select(Trend).where(*mine)), key=lambda row: (row.week, -order.index(row.level)))


# ---- which weeks


def missing(session: Session, store: Store, zone: ZoneInfo, now: datetime) -> list[Week]:
    """The weeks that are over and have no row, from the first alert on.

    A row that was made later than now was made by a clock that ran ahead: its week was not over.
    """
    told = select(col(Trend.week), func.max(Trend.made_at)).where(col(Trend.tenant_id) == store.tenant)
    there: dict[date, datetime] = {row[0]: row[1] for row in session.execute(told.group_by(col(Trend.week)))}
    begun = first_alert(session, store)
    mondays = [*there, *([monday_of(begun, zone)] if begun else [])]
    return [
        week
        for week in weeks_from(min(mondays), zone, now - LATE)
        if week.monday not in there or there[week.monday] > now
    ] if mondays else []  # fmt: skip


def weeks_from(monday: date, zone: ZoneInfo, until: datetime) -> Iterator[Week]:
    """The weeks from this Monday that were over at a moment."""
    while (week := Week.of(monday, zone)).ends <= until:
        yield week
        monday += timedelta(days=7)


def monday_of(moment: datetime, zone: ZoneInfo) -> date:
    """The Monday of the week in which a moment lies."""
    day = moment.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def first_alert(session: Session, store: Store) -> datetime | None:
    """When the first alert opened; the ledger remembers also those that are gone."""
    mine = (col(Entry.tenant_id) == store.tenant, col(Entry.kind) == "alert.new")
    told = session.scalar(select(col(Entry.at)).where(*mine).order_by(col(Entry.seq)).limit(1))
    there = session.scalar(select(func.min(Alert.opened_at)).where(col(Alert.tenant_id) == store.tenant))
    return min((one for one in (told, there) if one), default=None)


# ---- counting


def counted(session: Session, store: Store, weeks: Sequence[Week]) -> Tallies:
    """What happened in these weeks, by Monday and level; one alert at a time, whatever the length of the ledger."""
    tallies, begins = Tallies(Tally), [week.begins for week in weeks]
    for steps in lives(session, store):
        since: datetime | None = None
        for step in steps:
            number = bisect_right(begins, step.at) - 1
            if number >= 0 and step.at < weeks[number].ends:
                tallies[weeks[number].monday, step.level].note(step, since)
            since = step.at if step.what in OPENING else since
        for week, level in open_at_the_end(steps, weeks):
            tallies[week, level].counts["open"] += 1
    return tallies


def open_at_the_end(steps: Sequence[Step], weeks: Sequence[Week]) -> Iterator[tuple[date, str]]:
    """The weeks at whose end this alert asked for something, with its level then."""
    for week in weeks:
        before = [step for step in steps if step.at < week.ends]
        stands = next((step.what for step in reversed(before) if step.what in (*OPENING, *RESTING)), "")
        if stands in OPENING:
            yield week.monday, before[-1].level


def lives(session: Session, store: Store) -> Iterator[list[Step]]:
    """The steps of each alert, in order, each with its level."""
    with closing(entries(session, store)) as rows:
        for ref, told in groupby(rows, key=lambda row: row[0]):
            steps = [Step(at, STEPS[kind], level_of(said)) for _ref, at, kind, said in told]
            yield with_levels(steps if is_whole(steps) else [*before_the_ledger(session, store, ref), *steps])
    for alert in unwritten(session, store):
        rested = [Step(alert.changed_at, RESTED[alert.state])] if alert.state in RESTED else []
        yield with_levels([opening(alert), *rested])


def entries(session: Session, store: Store) -> Generator[Any, None, None]:
    """What the ledger says of alerts, those of one alert together, without holding them all."""
    mine = (col(Entry.tenant_id) == store.tenant, col(Entry.kind).in_(STEPS))
    query = select(col(Entry.ref), col(Entry.at), col(Entry.kind), col(Entry.said)).where(*mine)
    with session.execute(
        query.order_by(col(Entry.ref), col(Entry.seq)), execution_options={"yield_per": AT_ONCE}
    ) as found:
        yield from found


def level_of(said: str | None) -> str:
    """The level in what an entry says; nothing when a person did it, or when its text was erased."""
    level = json.loads(said).get("level", "") if said else ""
    return level if level in LEVELS else ""


def is_whole(steps: Sequence[Step]) -> bool:
    """Whether the ledger says itself when an alert opened, and with which level."""
    return steps[0].what == "opened" and bool(steps[0].level)


def before_the_ledger(session: Session, store: Store, ref: str) -> list[Step]:
    """What the alert itself says of its beginning; nothing when it is gone."""
    number = ref.removeprefix("alert/")
    alert = session.get(Alert, (store.tenant, int(number))) if number.isdecimal() else None
    return [opening(alert)] if alert else []


def unwritten(session: Session, store: Store) -> Iterator[Alert]:
    """The alerts of which the ledger says nothing: they are older than it is."""
    same = and_(
        col(Entry.tenant_id) == store.tenant, col(Entry.ref) == literal("alert/") + cast(col(Alert.alert_id), Text)
    )
    mine = select(Alert).where(col(Alert.tenant_id) == store.tenant, ~exists().where(same))
    yield from session.scalars(mine.execution_options(yield_per=AT_ONCE))


def opening(alert: Alert) -> Step:
    """That an alert opened, as its own row has it."""
    return Step(alert.opened_at, "opened", alert.level)


def with_levels(steps: Sequence[Step]) -> list[Step]:
    """The steps with the level of each: what it says, or else that of the one before it."""
    level, found = UNKNOWN, []
    for number, step in enumerate(steps):
        level = step.level or level
        if number and step.what == "opened" == steps[number - 1].what:
            continue  # its opening stands in the ledger as well, without a text
        found.append(replace(step, level=level))
    return found


# ---- rows


def made(store: Store, weeks: Sequence[Week], tallies: Tallies, now: datetime) -> list[dict[str, Any]]:
    """A row for every week and level; a level that nobody knows only where something has it."""
    return [
        row(store, week, level, tallies[week.monday, level], now)
        for week in weeks
        for level in (*LEVELS, UNKNOWN)
        if level != UNKNOWN or (week.monday, level) in tallies
    ]


def row(store: Store, week: Week, level: str, tally: Tally, now: datetime) -> dict[str, Any]:
    """One week of one level; what never happened took no time, and that is unknown and not 0."""
    rested = sum(tally.counts[what] for what in RESTING)
    return {
        "tenant_id": store.tenant,
        "week": week.monday,
        "level": level,
        **{name: tally.counts[name] for name in COUNTED},
        "hours_to_acknowledge": median(tally.acknowledged) if tally.acknowledged else None,
        "hours_to_solve": median(tally.solved) if tally.solved else None,
        "accepted_share": tally.counts["accepted"] / rested if rested else None,
        "made_at": now,
    }


def keep(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Store the rows; who made the same week at the same moment wrote the same."""
    keys = ["tenant_id", "week", "level"]
    statement = upsert.insert(session, upsert.table_of(Trend))
    fresh = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=fresh), rows)
