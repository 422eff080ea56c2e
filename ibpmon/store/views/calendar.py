"""The school years of now and after, with how much of each is known."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import BigInteger, Select, and_, case, func, literal, null, select, union_all

from ibpmon.store.civil import CALENDAR, number, weekday_of
from ibpmon.store.collected import Dataset
from ibpmon.store.tables import DAY, aware
from ibpmon.store.view import Entry, Here, View, view

AUGUST, SATURDAY = 8, 5
AHEAD = 2  # this school year and the next
DATE_ZERO = date(1970, 1, 1)


def school_years_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """This school year and the next: on how many weekdays it is not known whether there is school."""
    today = aware(here.now).date()
    begin = today.year - (today.month < AUGUST)
    years = union_all(*(school_year(here, begin + ahead) for ahead in range(AHEAD))).subquery("years")
    entries: list[Entry] = [
        ("school_year", years.c.school_year, "text"),
        ("unknown_days", years.c.unknown_days, "int"),
        ("begins_in_days", years.c.begins_in_days, "int"),
    ]
    return view("school-years", here, entries, years, [])


def school_year(here: Here, year: int) -> Select[str, int, int]:
    """One school year as a row; without a calendar the number of unknown days is not known either."""
    first, last = day_number(date(year, AUGUST, 1)), day_number(date(year + 1, AUGUST, 1)) - 1
    c = CALENDAR.c
    open_day = and_(c.school_day.is_(None), weekday_of(c.day) < SATURDAY)
    return select(
        literal(f"{year}-{year + 1}").label("school_year"),
        number(case((func.count() > 0, func.count(case((open_day, 1)))), else_=null())).label("unknown_days"),
        literal(first - here.now // DAY, BigInteger).label("begins_in_days"),
    ).where(c.tenant_id == here.tenant, c.day.between(first, last))


def day_number(day: date) -> int:
    """A date as the calendar counts: days since 1970."""
    return (day - DATE_ZERO).days
