"""Terms: until when an alert may wait, in days on which people are at school."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from ibpmon.tell.terms import Diary, next_quarter

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
# The Christmas holidays of 2026, and a day that the board closes by itself.
OFF = {date(2026, 12, day): False for day in range(19, 32)} | {date(2027, 1, day): False for day in (1, 2, 3)}
DIARY = Diary(AMSTERDAM, time(18), OFF | {date(2026, 12, 4): False})


def at(text: str) -> datetime:
    """A time on the clock of the board."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM).astimezone(UTC)


@pytest.mark.parametrize(
    ("level", "found", "due"),
    [
        ("critical", "2026-11-23 11:00", "2026-11-23 18:00"),  # the same working day
        ("critical", "2026-11-23 18:30", "2026-11-24 18:00"),  # after work: the next one
        ("critical", "2026-11-21 11:00", "2026-11-23 18:00"),  # a Saturday
        ("critical", "2026-12-04 09:00", "2026-12-07 18:00"),  # the board is closed on that Friday
        ("critical", "2026-12-24 09:00", "2027-01-04 18:00"),  # in the holidays
        ("high", "2026-11-23 11:00", "2026-11-26 18:00"),  # three days later
        ("high", "2026-11-23 23:30", "2026-11-26 18:00"),
        ("high", "2026-12-03 11:00", "2026-12-09 18:00"),  # over the closed Friday and a weekend
        ("high", "2026-12-17 11:00", "2027-01-05 18:00"),  # over the holidays
        ("medium", "2026-11-23 11:00", "2027-01-19 18:00"),  # thirty school days
        ("low", "2026-11-23 11:00", "2027-01-04 18:00"),  # when the next quarter begins
        ("informational", "2026-11-23 11:00", None),
    ],
)
def test_a_term_counts_days_on_which_there_is_school(level: str, found: str, due: str | None) -> None:
    """A term that ran out in the holidays is nobody's fault, and a mail full of those is not read."""
    assert DIARY.due(level, at(found)) == (at(due) if due else None)


def test_over_the_clock_change_a_day_still_ends_at_the_same_hour() -> None:
    """The night in between has 25 hours; the working day ends at six."""
    assert DIARY.due("high", at("2026-10-23 11:00")) == at("2026-10-28 18:00")


def test_where_no_calendar_is_known_every_weekday_counts() -> None:
    """A board that named no region has terms all the same."""
    assert Diary(AMSTERDAM, time(18)).due("high", at("2026-12-24 11:00")) == at("2026-12-29 18:00")


def test_a_calendar_without_any_school_day_does_not_loop() -> None:
    """A wrong calendar must not stop the daemon."""
    closed = Diary(AMSTERDAM, time(18), {date.fromordinal(day): False for day in range(739_000, 743_000)})

    assert closed.due("critical", at("2026-11-23 11:00")) is not None


@pytest.mark.parametrize(
    ("day", "first"), [("2026-11-23", "2027-01-01"), ("2026-03-31", "2026-04-01"), ("2026-04-01", "2026-07-01")]
)
def test_the_next_round_of_reviews_begins_with_a_quarter(day: str, first: str) -> None:
    """What is low may wait for the review of rights."""
    assert next_quarter(date.fromisoformat(day)) == date.fromisoformat(first)


def test_mail_is_read_on_school_days_and_on_mondays_of_a_holiday() -> None:
    """Six weeks of silence in summer would be too long; a mail on each day of a holiday is too much."""
    days = ("2026-11-23", "2026-11-28", "2026-12-04", "2026-12-21", "2026-12-22")

    assert [DIARY.is_reading_day(date.fromisoformat(day)) for day in days] == [True, False, False, True, False]
