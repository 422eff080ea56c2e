"""Moments in civil time: the hour on the clock of the board, school days and working hours, as joins on its calendar.

Table `calendar` has one row per date. A moment first finds the date in UTC, which knows how far the clock of the board
is ahead and whether it changes that day, and with that the date at the board. Both are found by a whole key, and a
database leaves them out where nobody asks for these columns.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ibpmon.store.tables import DAY, Calendar
from ibpmon.store.upsert import table_of

CALENDAR = table_of(Calendar)
HOUR, MINUTE = DAY // 24, DAY // 1440
WEEK = 7
THURSDAY = 3  # the weekday of day 0, 1 January 1970, counted from Monday as 0
COLUMNS = ("local_hour", "weekday", "school_day", "holiday", "working_hours")
SOME_WEEKS = 60  # days, of which some are school days
LONG_WEEKEND = 3  # days without school that are more than a weekend


@dataclass(frozen=True, slots=True)
class Civil:
    """The rows of a view joined with the calendar, and what that says of a moment in them."""

    rows: FromClause
    day: FromClause
    local: ColumnElement[int]  # the moment on the clock of the board, as if that were UTC
    tenant: int

    @property
    def hour(self) -> ColumnElement[int]:
        """The hour on the clock: 0 to 23."""
        return whole(rest(self.local, DAY), HOUR)

    @property
    def weekday(self) -> ColumnElement[int]:
        """The day of the week: 1 is Monday, 7 is Sunday."""
        return number(weekday_of(whole(self.local, DAY)) + literal(1, BigInteger))

    @property
    def school_day(self) -> ColumnElement[bool]:
        """Whether there was school; NULL for a year of which that is not known."""
        return type_coerce(self.day.c.school_day, Boolean)

    @property
    def holiday(self) -> ColumnElement[bool]:
        """Whether it was the third day without school at least: a weekend is none, one in the middle of holidays is."""
        before = CALENDAR.alias(f"{self.day.name}_before")  # type: ignore[attr-defined]  # an alias has a name
        then = self.day.c.day - literal(LONG_WEEKEND, BigInteger)
        known = and_(before.c.tenant_id == self.tenant, before.c.day == then, before.c.school_day.is_not(None))
        count = select(before.c.school_days).where(known)
        free = self.day.c.school_days == count.correlate_except(before).scalar_subquery()
        return type_coerce(case((self.day.c.school_day.is_not(None), free), else_=null()), Boolean)

    @property
    def working_hours(self) -> ColumnElement[bool]:
        """Whether it was within the working hours of a school day."""
        minute = whole(rest(self.local, DAY), MINUTE)
        return type_coerce(and_(minute >= self.day.c.work_from, minute < self.day.c.work_until), Boolean)


def number(value: ColumnElement[Any]) -> ColumnElement[int]:
    """A whole number; so is a time as the database has it."""
    return type_coerce(value, BigInteger)


def whole(value: ColumnElement[Any], unit: int) -> ColumnElement[int]:
    """How many whole units a number holds."""
    return number(value // literal(unit, BigInteger))


def rest(value: ColumnElement[Any], unit: int) -> ColumnElement[int]:
    """What is left of a number without its whole units; written without %, which drivers read as a parameter."""
    return number(value - whole(value, unit) * literal(unit, BigInteger))


def weekday_of(day: ColumnElement[Any]) -> ColumnElement[int]:
    """The weekday of a date: 0 is Monday."""
    return rest(number(day + literal(THURSDAY, BigInteger)), WEEK)


def civil(tenant: int, rows: FromClause, moment: ColumnElement[Any], alias: str) -> Civil:
    """A moment of these rows in the civil time of a board."""
    clock, day = CALENDAR.alias(f"{alias}_clock"), CALENDAR.alias(f"{alias}_date")
    at = number(moment)
    # Looked up and not joined: a join on which another hangs is read even when nobody asks for either.
    stands = select(ahead_of_utc(clock, at)).where(dated(tenant, clock, at)).correlate_except(clock).scalar_subquery()
    local = number(at + stands)
    return Civil(rows.outerjoin(day, dated(tenant, day, local)), day, local, tenant)


def local_time(clock: FromClause, at: ColumnElement[int]) -> ColumnElement[int]:
    """A moment on the clock of the board, by the row of its date in UTC."""
    return number(at + ahead_of_utc(clock, at))


def ahead_of_utc(clock: FromClause, at: ColumnElement[int]) -> ColumnElement[int]:
    """How far the clock of the board is ahead of UTC at a moment, by the row of its date in UTC."""
    return number(case((number(clock.c.turn_at) <= at, clock.c.turned), else_=clock.c.shift))


def dated(tenant: int, day: FromClause, moment: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that joins the date of a moment."""
    return and_(day.c.tenant_id == tenant, day.c.day == whole(moment, DAY))


class iso_date(FunctionElement[str]):  # noqa: N801 - reads as a function of SQL
    """A date as text (2026-11-25), of its number since 1 January 1970."""

    type = Text()
    inherit_cache = True


@compiles(iso_date)
def date_of_seconds(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite counts in seconds."""
    return f"date(({compiler.process(element.clauses, **options)}) * 86400, 'unixepoch')"


@compiles(iso_date, "postgresql")
def date_of_days(element: Any, compiler: Any, **options: Any) -> str:
    """PostgreSQL adds days to a date."""
    return f"to_char(DATE '1970-01-01' + ({compiler.process(element.clauses, **options)})::integer, 'YYYY-MM-DD')"


def date_at_board(tenant: int, now: int) -> ColumnElement[str]:
    """The date on the clock of the board, as the lists of the board write it; in UTC where there is no calendar."""
    at, clock = literal(now, BigInteger), CALENDAR.alias("today_clock")
    local = select(whole(local_time(clock, at), DAY)).where(dated(tenant, clock, at)).scalar_subquery()
    return iso_date(func.coalesce(local, whole(at, DAY)))


def school_days_since(tenant: int, now: int, moment: ColumnElement[Any], day: FromClause) -> ColumnElement[int]:
    """How many school days came after the date of a moment, today counted: 0 for today and for what is to come.

    `day` is its date. What lies before the calendar has all of its days behind it; days of which it is not known
    whether there was school do not count.
    """
    at = number(moment)
    passed = school_days_until(tenant, now) - func.coalesce(day.c.school_days, literal(0, BigInteger))
    return number(case((at.is_(None), null()), (at > literal(now, BigInteger), literal(0, BigInteger)), else_=passed))


def school_days_until(tenant: int, now: int) -> ColumnElement[int]:
    """How many school days the calendar has up to and with today; NULL when it knows of none in the last two months.

    No holiday is as long as that: then there is no region, or no file of this school year.
    """
    clock, today, before = (CALENDAR.alias(f"now_{name}") for name in ("clock", "date", "before"))
    rows = clock.join(today, dated(tenant, today, local_time(clock, literal(now, BigInteger))))
    rows = rows.outerjoin(before, and_(before.c.tenant_id == tenant, before.c.day == today.c.day - SOME_WEEKS))
    known = today.c.school_days > func.coalesce(before.c.school_days, literal(0, BigInteger))
    query = select(case((known, today.c.school_days), else_=null())).select_from(rows)
    return query.where(clock.c.tenant_id == tenant, clock.c.day == now // DAY).scalar_subquery()


def what_decides(tenant: int) -> Select[Any]:
    """All of the calendar that can change what was said of a past moment: the clock, the days off, the hours."""
    c = CALENDAR.c
    weekend = weekday_of(c.day) >= 5
    odd = or_(c.turn_at.is_not(None), and_(~weekend, or_(c.school_day.is_(None), ~c.school_day)))
    monday = rest(c.day, 4 * WEEK) == 4  # the clock and the hours, now and then
    kept = select(c.day, c.shift, c.turned, c.school_day, c.work_from, c.work_until)
    return kept.where(c.tenant_id == tenant, or_(odd, monday)).order_by(c.day)
