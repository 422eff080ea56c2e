"""The calendar of a board: school holidays from the calendar files, its own days off, and the clock of its zone."""

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator
from sqlalchemy import delete, select
from sqlmodel import Session

from ibpmon.config import Config, Frozen, Span, check
from ibpmon.content import content_files
from ibpmon.errors import ContentError
from ibpmon.language import N_
from ibpmon.store import upsert
from ibpmon.store.civil import CALENDAR
from ibpmon.store.database import Store
from ibpmon.store.tables import MICROSECOND, micros

FOLDER = "rules/calendar"  # beside the rules: it decides what they see, and a board may replace a year by its own
BACK, AHEAD = 6, 2  # school years before and after this one
AUGUST = 8
SATURDAY = 5
DATE_ZERO = date(1970, 1, 1)
KEYS = ("tenant_id", "day")
HOUR = timedelta(hours=1)


class Holiday(Frozen):
    """One holiday: its first and last day, per region."""

    name: str
    noord: Span
    midden: Span
    zuid: Span


class SchoolYear(Frozen):
    """One calendar file: from and until when it knows the holidays."""

    source: Annotated[str, Field(pattern=r"^https://")]
    first: date
    last: date
    holidays: tuple[Holiday, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def in_order(self) -> "SchoolYear":
        """A year ends after it begins."""
        if self.last < self.first:
            raise ValueError("days in order")
        return self


@dataclass(frozen=True, slots=True)
class Day:
    """One date: the columns of table calendar, in their order."""

    day: int
    shift: int
    turn_at: int | None = None
    turned: int | None = None
    school_day: bool | None = None
    school_days: int = 0
    work_from: int | None = None
    work_until: int | None = None


def load_years(own: Path | None = None) -> list[SchoolYear]:
    """The school years of which the holidays are known; a board's own file replaces the shipped one of that name."""
    return [read_year(path) for path in content_files(FOLDER, ".toml", own)]


def read_year(path: Path) -> SchoolYear:
    """One calendar file, checked."""
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ContentError(
            N_("{path} is not valid TOML"), why="{error}", fix=N_("correct that line"), path=path, error=error
        ) from None
    return check(SchoolYear, raw, path, text)


def place_calendar(store: Store, config: Config, now: datetime) -> None:
    """Bring table `calendar` up to date; nothing is written while it says the same."""
    fresh = [astuple(day) for day in days_of(config, load_years(config.content.folder), now)]
    with store.read() as session:
        if known(session, store) == fresh:
            return
    with store.write() as session:
        session.execute(delete(CALENDAR).where(CALENDAR.c.tenant_id == store.tenant))
        upsert.load(session, CALENDAR, [(store.tenant, *day) for day in fresh], KEYS, "DO NOTHING")


def known(session: Session, store: Store) -> list[tuple[Any, ...]]:
    """The stored calendar as rows of Day."""
    rows = session.execute(select(CALENDAR).where(CALENDAR.c.tenant_id == store.tenant).order_by(CALENDAR.c.day))
    return [tuple(micros(one) if isinstance(one, datetime) else one for one in row[1:]) for row in rows]


def days_of(config: Config, years: Sequence[SchoolYear], now: datetime) -> Iterator[Day]:
    """Every date from some years ago until some years ahead, with how many school days there were until then."""
    today = now.astimezone(config.time_zone).date()
    begin = today.year - (today.month < AUGUST)
    off = days_off(config, years)
    passed = 0
    for date_ in dates(date(begin - BACK, AUGUST, 1), date(begin + AHEAD, AUGUST, 1) - timedelta(days=1)):
        school = school_day(date_, off, config, years)
        passed += school is True
        begin_at, end_at = working_hours(school, config)
        yield replace(
            clock(date_, config.time_zone),
            school_day=school, school_days=passed, work_from=begin_at, work_until=end_at,
        )  # fmt: skip


def dates(first: date, last: date) -> Iterator[date]:
    """The dates of a span, both ends included."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def days_off(config: Config, years: Iterable[SchoolYear]) -> set[date]:
    """The days without school: holidays of the board's region, and its own."""
    region = config.calendar.region
    spans = [getattr(holiday, region) for year in years for holiday in year.holidays] if region else []
    spans += [(one.first, one.last or one.first) for one in config.calendar.days_off]
    return {day for first, last in spans for day in dates(first, last)}


def school_day(day: date, off: set[date], config: Config, years: Iterable[SchoolYear]) -> bool | None:
    """Whether there is school; None where that is not known: no region, or no file of that school year."""
    if day.weekday() >= SATURDAY or day in off:
        return False
    told = config.calendar.region and any(year.first <= day <= year.last for year in years)
    return True if told else None


def working_hours(school: bool | None, config: Config) -> tuple[int | None, int | None]:
    """The working hours of a date in minutes after midnight; none on a day off, unknown where the day is unknown."""
    if school is None:
        return None, None
    first, last = config.calendar.working_hours if school else (time(), time())
    return first.hour * 60 + first.minute, last.hour * 60 + last.minute


def clock(day: date, zone: tzinfo) -> Day:
    """How the clock of the board stands when a date begins in UTC, and whether it changes before the next one."""
    begin = datetime.combine(day, time(), UTC)
    shift, later = ahead(begin, zone), ahead(begin + timedelta(days=1), zone)
    number = (day - DATE_ZERO).days
    if shift == later:
        return Day(number, shift)
    turn = next(at for at in (begin + step * HOUR / 4 for step in range(97)) if ahead(at, zone) != shift)
    return Day(number, shift, micros(turn), later) if turn < begin + timedelta(days=1) else Day(number, shift)


def ahead(moment: datetime, zone: tzinfo) -> int:
    """How far the clock of a zone is ahead of UTC, in microseconds."""
    return (moment.astimezone(zone).utcoffset() or timedelta()) // MICROSECOND
