"""The weeks of a chart: what became of the alerts, with a hole where nothing was read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import BigInteger, select, type_coerce
from sqlmodel import Session

from ibpmon.config import Config
from ibpmon.store.database import Store
from ibpmon.store.tables import Run, Trend
from ibpmon.store.upsert import table_of
from ibpmon.tell.trend import COUNTED, kept, monday_of

DAY = timedelta(days=1) // timedelta(microseconds=1)
QUIET = "informational"  # asks nothing of anybody


@dataclass(frozen=True, slots=True)
class WeekSeen:
    """One week; no counts when nothing was kept of it or nothing was read in it, which is not the same as 0."""

    monday: date
    was_read: bool
    counts: dict[str, int] | None


def weeks(session: Session, store: Store, config: Config, now: datetime, count: int) -> list[WeekSeen]:
    """The last so many weeks that are over, the oldest first; all of them, also those of which nothing is known."""
    last = monday_of(now, config.time_zone)
    mondays = [last - timedelta(weeks=back) for back in range(count, 0, -1)]
    rows, read = kept(session, store, config, now, count), read_days(session, store, mondays[0])
    return [week_of(monday, [row for row in rows if row.week == monday], read) for monday in mondays]


def levels(session: Session, store: Store, config: Config, now: datetime, count: int) -> list[tuple[Trend, bool]]:
    """What was kept of these weeks per level, and whether anything was read in the week: else nothing is known."""
    rows = kept(session, store, config, now, count)
    read = read_days(session, store, min((row.week for row in rows), default=now.date()))
    return [(row, is_read(row.week, read)) for row in rows]


def is_read(monday: date, read: Iterable[date]) -> bool:
    """Whether something was read on a day of this week."""
    return any(monday <= day < monday + timedelta(days=7) for day in read)


def week_of(monday: date, rows: Sequence[Trend], read: Iterable[date]) -> WeekSeen:
    """One week, all levels that ask for something together."""
    was_read = is_read(monday, read)
    loud = [row for row in rows if row.level != QUIET]
    known = was_read and bool(loud)
    return WeekSeen(
        monday, was_read, {name: sum(getattr(row, name) for row in loud) for name in COUNTED} if known else None
    )


def read_days(session: Session, store: Store, since: date) -> set[date]:
    """The days (in UTC) on which some source was read in full."""
    run = table_of(Run).c
    begin = datetime(since.year, since.month, since.day, tzinfo=UTC)
    day = type_coerce(run.started_at, BigInteger) // DAY
    mine = (
        run.tenant_id == store.tenant,
        run.connector.in_(list(store.data)),
        run.state == "FULL",
        run.started_at >= begin,
    )
    zero = date(1970, 1, 1)
    return {zero + timedelta(days=number) for number in session.scalars(select(day).where(*mine).distinct())}
