"""The days of school at this board: it lies in the middle of the country, and no more years are known than these."""

from datetime import date, timedelta
from functools import lru_cache

KNOWN = (date(2025, 8, 1), date(2028, 7, 31))
# first and last day, region midden, as the ministry published them
HOLIDAYS = (
    (date(2025, 7, 19), date(2025, 8, 31)),
    (date(2025, 10, 18), date(2025, 10, 26)),
    (date(2025, 12, 20), date(2026, 1, 4)),
    (date(2026, 2, 14), date(2026, 2, 22)),
    (date(2026, 4, 6), date(2026, 4, 6)),
    (date(2026, 4, 25), date(2026, 5, 3)),
    (date(2026, 5, 14), date(2026, 5, 14)),
    (date(2026, 5, 25), date(2026, 5, 25)),
    (date(2026, 7, 18), date(2026, 8, 30)),
    (date(2026, 10, 17), date(2026, 10, 25)),
    (date(2026, 12, 19), date(2027, 1, 3)),
    (date(2027, 2, 20), date(2027, 2, 28)),
    (date(2027, 3, 29), date(2027, 3, 29)),
    (date(2027, 4, 24), date(2027, 5, 2)),
    (date(2027, 5, 6), date(2027, 5, 6)),
    (date(2027, 5, 17), date(2027, 5, 17)),
    (date(2027, 7, 17), date(2027, 8, 29)),
    (date(2027, 10, 16), date(2027, 10, 24)),
    (date(2027, 12, 25), date(2028, 1, 9)),
    (date(2028, 2, 26), date(2028, 3, 5)),
    (date(2028, 4, 17), date(2028, 4, 17)),
    (date(2028, 4, 27), date(2028, 4, 27)),
    (date(2028, 4, 29), date(2028, 5, 7)),
    (date(2028, 5, 25), date(2028, 5, 25)),
    (date(2028, 6, 5), date(2028, 6, 5)),
    (date(2028, 7, 8), date(2028, 8, 20)),
)


@lru_cache(maxsize=4096)
def is_school_day(day: date) -> bool:
    """Whether there is school, as far as that is known."""
    free = any(first <= day <= last for first, last in HOLIDAYS)
    return day.weekday() < 5 and not free and KNOWN[0] <= day <= KNOWN[1]


@lru_cache(maxsize=4096)
def school_days(since: date, until: date) -> int:
    """How many school days came after a day, up to and with another."""
    return sum(is_school_day(since + timedelta(days=number + 1)) for number in range((until - since).days))


def days_in_holidays(until: date, least: int, school: int) -> int:
    """The most days back that hold fewer school days than that; 0 when that are not even `least` days."""
    far = (number for number in range(least + 60, least - 1, -1) if known_back(until, number, school))
    return next(far, 0)


def known_back(until: date, days: int, school: int) -> bool:
    """Whether so many days back hold fewer school days than that, and all of them are known."""
    since = until - timedelta(days=days)
    return KNOWN[0] <= since and until <= KNOWN[1] and school_days(since, until) < school


def days_with_school(until: date, least: int, school: int) -> int:
    """The fewest days back, at least `least`, that hold so many school days; in a year that is not known just these.

    One more than that: between eleven and midnight in winter, the same hour in summer time lies on the next date.
    """
    far = (
        number for number in range(least, least + 400) if school_days(until - timedelta(days=number), until) >= school
    )
    return next(far, least) + 1
