"""The calendar: school holidays, days off, and civil time that SQL can count with, alike on both databases."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from ibpmon.collect.calendar import days_of, load_years, place_calendar
from ibpmon.config import Board, Calendar, Config, DayOff
from ibpmon.errors import ConfigError, ContentError
from ibpmon.store.civil import CALENDAR
from ibpmon.store.database import Store
from ibpmon.store.views import views
from tests.conftest import MONDAY, OpenStore
from tests.judging import CONFIG, DATASETS, put

DATE_ZERO = date(1970, 1, 1)
DAY = timedelta(days=1)
YEARS = load_years()


def board(region: Any = "midden", zone: str = "Europe/Amsterdam", *off: DayOff) -> Config:
    """A board with this calendar."""
    named = Board(name="Stichting De Verzonnen Waaier", time_zone=zone)
    calendar = Calendar.model_validate({"region": region, "days_off": off, "working_hours": "07:30-18:00"})
    return CONFIG.model_copy(update={"calendar": calendar, "board": named})


def school_days(config: Config) -> dict[date, bool | None]:
    """Whether there is school, by date."""
    return {DATE_ZERO + timedelta(days=one.day): one.school_day for one in days_of(config, YEARS, MONDAY)}


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """A store with the calendar of a board in region midden."""
    opened = open_database(DATASETS)
    place_calendar(opened, board(), MONDAY)
    return opened


def rows_of(store: Store, name: str, key: str, now: datetime = MONDAY) -> dict[str, Any]:
    """The rows of a view by one of their columns."""
    with store.read() as session:
        found = session.execute(select(views(store, now)[name].selectable)).mappings()
        return {row[key]: dict(row) for row in found}


@pytest.mark.parametrize(
    ("day", "free"),
    [
        (date(2025, 10, 13), {"zuid"}),
        (date(2025, 10, 20), {"noord", "midden"}),
        (date(2026, 2, 16), {"midden", "zuid"}),
        (date(2026, 2, 23), {"noord"}),
        (date(2026, 8, 17), {"midden", "zuid"}),
        (date(2026, 8, 24), {"midden"}),
        (date(2026, 8, 31), set()),
        (date(2026, 10, 12), {"noord"}),
        (date(2026, 12, 21), {"noord", "midden", "zuid"}),
        (date(2027, 2, 15), {"zuid"}),
        (date(2027, 7, 12), {"noord"}),
        (date(2027, 9, 3), {"zuid"}),
        (date(2027, 10, 25), {"zuid"}),
        (date(2028, 1, 7), {"noord", "midden", "zuid"}),
        (date(2028, 2, 28), {"midden", "zuid"}),
        (date(2028, 7, 14), {"midden"}),
    ],
)
def test_each_region_has_its_own_holidays(day: date, free: set[str]) -> None:
    """A board in the south that is judged by the weeks of the north gets its mails in the holidays."""
    assert {region for region in ("noord", "midden", "zuid") if school_days(board(region))[day] is False} == free


def test_a_day_off_of_the_board_is_no_school_day() -> None:
    """Studiedagen are chosen by the board; one day, or a whole second week."""
    own = board(
        "midden",
        "Europe/Amsterdam",
        DayOff(first=date(2026, 12, 4), why="Studiedag"),
        DayOff(first=date(2027, 5, 3), last=date(2027, 5, 7), why="Tweede week"),
    )
    days = school_days(own)

    assert (days[date(2026, 12, 3)], days[date(2026, 12, 4)], days[date(2026, 12, 7)]) == (True, False, True)
    assert not any(days[date(2027, 5, number)] for number in range(3, 8))


def test_a_year_that_nobody_told_of_is_unknown_and_not_free() -> None:
    """To guess that there is school brings mails in August; to guess that there is none hides what happens."""
    days = school_days(board())
    unknown = {day.year for day, school in days.items() if school is None}

    assert days[date(2025, 7, 1)] is None
    assert days[date(2025, 6, 29)] is False  # a Sunday is a Sunday
    assert 2026 not in unknown
    assert set(school_days(board(None)).values()) == {None, False}


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "America/Curacao", "Asia/Kolkata"])
def test_civil_time_is_what_python_says_over_clock_changes(open_database: OpenStore, zone: str) -> None:
    """In the night of the change an hour comes twice or not at all; a sum with a fixed offset is wrong half a year."""
    store = open_database(DATASETS)
    config = board("midden", zone)
    place_calendar(store, config, MONDAY)
    starts = (datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC), MONDAY)
    moments = [start + timedelta(minutes=29 * step) for start in starts for step in range(60)]
    put(store, "sign-ins", [{"id": f"{n}", "at": at, "account_id": "anna"} for n, at in enumerate(moments)])

    found = rows_of(store, "sign-ins", "id")
    school = school_days(config)
    for number, at in enumerate(moments):
        local, row = at.astimezone(config.time_zone), found[f"{number}"]
        assert (row["local_hour"], row["weekday"]) == (local.hour, local.isoweekday()), at
        assert row["school_day"] == school[local.date()], at
        assert row["working_hours"] == (school[local.date()] and time(7, 30) <= local.time() < time(18)), at


def test_a_holiday_is_more_than_a_weekend(store: Store) -> None:
    """Who is in Spain on the Saturday in the autumn holiday is on holiday; on any other Saturday that is odd."""
    days = (16, 17, 19, 21, 24, 26)  # October 2026: a Friday and a Saturday, three in the holiday, a Monday
    moments = [datetime(2026, 10, day, 10, tzinfo=UTC) for day in days]
    put(store, "sign-ins", [{"id": str(at.day), "at": at, "account_id": "anna"} for at in moments])

    found = rows_of(store, "sign-ins", "id")
    assert [found[str(day)]["holiday"] for day in days] == [False, False, True, True, True, False]


def test_school_days_since_skip_weekends_and_holidays(store: Store) -> None:
    """'Forty-five days not used' means days on which there was school: in August nobody is late."""
    since = {
        "today": MONDAY, "friday": MONDAY - 3 * DAY, "week": MONDAY - 7 * DAY,
        "before_autumn": datetime(2026, 10, 16, 22, 30, tzinfo=UTC),  # half past midnight, on a Saturday
        "before_summer": datetime(2026, 7, 17, 10, tzinfo=UTC),
        "to_come": MONDAY + 30 * DAY, "ages": datetime(2001, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    put(store, "accounts", [{"account_id": name, "created": at} for name, at in since.items()] + [{"account_id": "no"}])

    found = {name: row["created_school_days"] for name, row in rows_of(store, "accounts", "account_id").items()}
    assert [found[name] for name in ("today", "friday", "week")] == [0, 1, 5]
    assert found["before_autumn"] == 21  # 26 October up to and with 23 November
    assert found["before_summer"] == 35 + 21  # 31 August up to and with 16 October
    assert (found["to_come"], found["no"]) == (0, None)
    assert found["ages"] > 250


def test_where_no_school_day_is_known_none_are_counted(open_database: OpenStore) -> None:
    """Without a region every day would be a day off, and whoever is late would be excused for ever."""
    store = open_database(DATASETS)
    place_calendar(store, board(None), MONDAY)
    put(store, "accounts", [{"account_id": "anna", "created": MONDAY - 90 * DAY}])

    anna = rows_of(store, "accounts", "account_id")["anna"]
    assert (anna["created_days"], anna["created_school_days"]) == (90, None)


def test_without_a_calendar_nothing_is_said_of_school_days(open_database: OpenStore) -> None:
    """Before the first round there is no calendar: a rule must not read that as a day off."""
    store = open_database(DATASETS)
    put(store, "accounts", [{"account_id": "anna", "created": MONDAY}])
    put(store, "sign-ins", [{"id": "1", "at": MONDAY}])

    event = rows_of(store, "sign-ins", "id")["1"]
    assert rows_of(store, "accounts", "account_id")["anna"]["created_school_days"] is None
    assert {event[name] for name in ("local_hour", "weekday", "school_day", "holiday", "working_hours")} == {None}


def test_the_calendar_is_written_only_when_it_changes(store: Store) -> None:
    """A round comes every few minutes; the same calendar again is no work for the database."""
    with store.write() as session:
        session.execute(CALENDAR.update().values(school_days=7))
    place_calendar(store, board(), MONDAY)
    with store.read() as session:
        assert session.scalar(select(func.max(CALENDAR.c.school_days))) > 400

    place_calendar(store, board("zuid"), MONDAY)
    with store.read() as session:
        on = select(CALENDAR.c.school_day).where(CALENDAR.c.day == (date(2025, 10, 13) - DATE_ZERO).days)
        assert session.scalar(on) is False


def test_an_own_year_replaces_the_shipped_one(tmp_path: Path) -> None:
    """A board may choose other weeks than the minister advises."""
    folder = tmp_path / "rules" / "calendar"
    folder.mkdir(parents=True)
    (folder / "2026-2027.toml").write_text(
        'source = "https://waaier.example/vakanties"\nfirst = 2026-08-01\nlast = 2027-07-31\n'
        "[[holidays]]\nname = 'Herfst'\nnoord = [2026-11-02, 2026-11-08]\nmidden = [2026-11-02, 2026-11-08]\n"
        "zuid = [2026-11-02, 2026-11-08]\n",
        encoding="utf-8",
    )
    own = {DATE_ZERO + timedelta(days=one.day): one for one in days_of(board(), load_years(tmp_path), MONDAY)}
    assert own[date(2026, 11, 3)].school_day is False
    assert own[date(2026, 10, 19)].school_day is True


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("first = 2026-08-01", "source"),
        ("source = 'https://x.example'\nfirst = 2026-08-01\nlast = 2026-07-01\n[[holidays]]\nname = 'A'\n", "noord"),
        (
            "source = 'https://x.example'\nfirst = 2026-08-01\nlast = 2027-07-01\n[[holidays]]\nname = 'A'\n"
            "noord = [2026-10-20, 2026-10-10]\nmidden = [2026-10-10, 2026-10-20]\nzuid = [2026-10-10, 2026-10-20]\n",
            "2026-2027.toml:6: holidays.0.noord",
        ),
        ("first = ", "2026-2027.toml"),
    ],
)
def test_a_calendar_that_does_not_fit_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    """A week with its ends turned round would be no week at all, and nobody would see it."""
    folder = tmp_path / "rules" / "calendar"
    folder.mkdir(parents=True)
    (folder / "2026-2027.toml").write_text(text, encoding="utf-8")

    with pytest.raises((ConfigError, ContentError)) as refused:
        load_years(tmp_path)
    assert said in str(refused.value)


def test_who_asks_nothing_of_the_calendar_does_not_read_it(open_database: OpenStore) -> None:
    """Most rules look at neither hour nor school day: over a million sign-ins a join that nobody needs is seconds."""
    store = open_database(DATASETS)
    with store.read() as session:
        explain = "EXPLAIN QUERY PLAN " if session.get_bind().dialect.name == "sqlite" else "EXPLAIN "
        for view, name, asked in (
            ("sign-ins", "error_code", False), ("sign-ins", "school_day", True),
            ("accounts", "created_days", False), ("accounts", "created_school_days", True),
        ):  # fmt: skip
            chosen = select(views(store, MONDAY)[view].selectable.c[name])
            query = str(chosen.compile(session.connection(), compile_kwargs={"literal_binds": True}))
            plan = [str(row[-1]) for row in session.execute(text(explain + query.replace(":", "\\:")))]
            assert any("_clock" in line or "_date" in line for line in plan) is asked, (view, name, plan)
