"""When something has to be done: terms in school days, because nobody works on an alert in the summer holidays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from ibpmon.config import Config
from ibpmon.store.database import Store
from ibpmon.store.tables import Calendar

DATE_ZERO = date(1970, 1, 1)
MONDAY, SATURDAY = 0, 5
FARTHEST = 400  # days; a term never lies behind a whole year without a school day
# How many school days after the day on which it was found; low is for the next review of rights.
SCHOOL_DAYS: Mapping[str, int] = {"critical": 0, "high": 3, "medium": 30}
NEXT_ROUND = "low"


@dataclass(frozen=True, slots=True)
class Diary:
    """The days of a board: on which there is school, as far as known, and until when people work on such a day."""

    zone: ZoneInfo
    closes: time
    days: Mapping[date, bool | None] = field(default_factory=dict)

    def has_school(self, day: date) -> bool:
        """Whether there is school; where nobody told, every weekday counts."""
        known = self.days.get(day)
        return day.weekday() < SATURDAY if known is None else known

    def today(self, now: datetime) -> date:
        """The date on the board's own clock."""
        return now.astimezone(self.zone).date()

    def due(self, level: str, now: datetime) -> datetime | None:
        """Until when something of this level may wait; None for what nobody has to act on."""
        today = self.today(now)
        if level == NEXT_ROUND:
            return self.end_of(next(self.school_days(next_quarter(today))))
        if level not in SCHOOL_DAYS:
            return None
        if SCHOOL_DAYS[level] == 0 and self.has_school(today) and now < self.end_of(today):
            return self.end_of(today)
        later = self.school_days(today + timedelta(days=1))
        return self.end_of([next(later) for _day in range(max(SCHOOL_DAYS[level], 1))][-1])

    def school_days(self, first: date) -> Iterator[date]:
        """The school days from a date on; after a year without any, every day counts."""
        days = (first + timedelta(days=number) for number in range(10 * FARTHEST))
        return (day for day in days if self.has_school(day) or day - first > timedelta(days=FARTHEST))

    def end_of(self, day: date) -> datetime:
        """When the working day ends."""
        return datetime.combine(day, self.closes, self.zone).astimezone(UTC)

    def at(self, day: date, clock: time) -> datetime:
        """A time of a date; one that the clock skips in spring is the next one that exists."""
        return datetime.combine(day, clock, self.zone).astimezone(UTC)

    def is_reading_day(self, day: date) -> bool:
        """Whether people read their mail: on school days, and in a holiday on Mondays, so that nothing waits longer."""
        return self.has_school(day) or day.weekday() == MONDAY


def next_quarter(day: date) -> date:
    """The first day of the quarter after this one, when the next review of rights begins."""
    month = (day.month - 1) // 3 * 3 + 4
    return date(day.year + (month > 12), (month - 1) % 12 + 1, 1)


def diary(session: Session, store: Store, config: Config) -> Diary:
    """The days of a board as its calendar has them."""
    mine = select(col(Calendar.day), col(Calendar.school_day)).where(col(Calendar.tenant_id) == store.tenant)
    days = {DATE_ZERO + timedelta(days=day): school for day, school in session.execute(mine)}
    return Diary(config.time_zone, config.calendar.working_hours[1], days)


def due(calendar: Diary, now: datetime, days: int) -> datetime:
    """The end of so many school days from tomorrow on; never in a holiday."""
    ahead = calendar.school_days(calendar.today(now) + timedelta(days=1))
    return calendar.end_of([next(ahead) for _day in range(max(days, 1))][-1])
