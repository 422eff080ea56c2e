"""The trend: what became of the alerts per week, kept for whoever asks years later."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select, update
from sqlmodel import col

from ibpmon.operate.daemon import tick
from ibpmon.operate.rounds import workplace
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Entry, Trend
from ibpmon.tell.trend import Week, keep_trend, kept
from tests.conftest import MONDAY, Answer, OpenStore, Tenant
from tests.judging import CONFIG, second_board

Run = Callable[..., Answer]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEK = date(2026, 11, 23)  # MONDAY is a Monday
LATER = MONDAY + 7 * DAY + HOUR
NOTHING = {"opened": 0, "reopened": 0, "solved": 0, "false_positive": 0, "accepted": 0, "open": 0}


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """A board on which nothing happened yet."""
    return open_database([])


def happened(store: Store, number: int, *steps: tuple[str, float], level: str = "high") -> None:
    """These steps of one alert, so many hours after Monday; what people do says no level."""
    with store.write() as session:
        for kind, hours in steps:
            by_itself = kind in ("new", "worse", "solved", "reopened", "accepted")
            said = {"level": level} if by_itself else {"by": "bram"}
            act = ledger.Act(f"alert.{kind}", f"alert/{number}", said)
            ledger.append(session, store, [act], MONDAY + hours * HOUR)


def stands(store: Store, number: int, state: str = "new", level: str = "high", hours: float = 0) -> None:
    """An alert as its own row has it."""
    with store.write() as session:
        row = Alert(
            tenant_id=store.tenant,
            alert_id=number,
            rule="r",
            subject=str(number),
            state=state,
            level=level,
            opened_at=MONDAY + hours * HOUR,
            changed_at=MONDAY + (hours + 2) * HOUR,
        )
        session.add(row)


def rows(store: Store) -> dict[tuple[date, str], dict[str, Any]]:
    """What is kept, by week and level."""
    with store.read() as session:
        found = session.scalars(select(Trend).where(col(Trend.tenant_id) == store.tenant)).all()
    return {(row.week, row.level): row.model_dump(exclude={"tenant_id", "week", "level", "made_at"}) for row in found}


def counts(store: Store, level: str = "high", week: date = WEEK) -> dict[str, int]:
    """What was counted of one level in one week, without what is nothing."""
    row = rows(store)[week, level]
    return {name: row[name] for name in NOTHING if row[name]}


def test_a_week_is_counted_per_level(store: Store) -> None:
    """Each step once, at the level that the alert had; a level at which nothing happened has a row with zeros."""
    happened(store, 1, ("new", 0), ("ack", 2), ("solved", 10))
    happened(store, 2, ("new", 0), ("ack", 4), ("close", 5))
    happened(store, 3, ("new", 1), ("accept", 2))
    happened(store, 4, ("new", 1), ("solved", 21), ("reopened", 30))
    happened(store, 5, ("new", 1), level="low")

    assert keep_trend(store, CONFIG, LATER) == 1

    assert counts(store) == {
        "opened": 4, "reopened": 1, "solved": 2, "false_positive": 1, "accepted": 1, "open": 1,
    }  # fmt: skip
    high = rows(store)[WEEK, "high"]
    assert (high["hours_to_acknowledge"], high["hours_to_solve"]) == (3.0, 15.0)
    assert high["accepted_share"] == 0.25
    assert counts(store, "low") == {"opened": 1, "open": 1}
    assert counts(store, "critical") == {}


def test_what_nobody_measured_is_unknown_and_not_zero(store: Store) -> None:
    """A board where nothing was taken on would look as if it took no time at all."""
    happened(store, 1, ("new", 0))
    keep_trend(store, CONFIG, LATER)

    high = rows(store)[WEEK, "high"]
    assert [high[name] for name in ("hours_to_acknowledge", "hours_to_solve", "accepted_share")] == [None] * 3


def test_weeks_before_the_first_alert_are_not_there(store: Store) -> None:
    """Nobody looked then; and a week that is not over is not told yet."""
    assert keep_trend(store, CONFIG, LATER) == 0
    happened(store, 1, ("new", 8 * 24))

    assert keep_trend(store, CONFIG, MONDAY + 13 * DAY) == 0
    assert keep_trend(store, CONFIG, MONDAY + 14 * DAY) == 1
    assert {week for week, _level in rows(store)} == {WEEK + 7 * DAY}


def test_a_week_waits_for_a_round_that_began_before_its_end(store: Store) -> None:
    """Judging takes minutes: what began on Sunday night is written on Monday."""
    happened(store, 1, ("new", 0))
    over = Week.of(WEEK, CONFIG.time_zone).ends

    assert keep_trend(store, CONFIG, over + timedelta(minutes=10)) == 0
    assert keep_trend(store, CONFIG, over + HOUR) == 1


def test_an_alert_that_stays_is_open_at_the_end_of_every_week(store: Store) -> None:
    """Also of weeks in which nothing happened; and made late they say what they would have said in time."""
    happened(store, 1, ("new", 0), ("ack", 8 * 24), ("solved", 22 * 24))

    assert keep_trend(store, CONFIG, MONDAY + 29 * DAY) == 4

    told = [counts(store, week=WEEK + n * 7 * DAY) for n in range(4)]
    assert told == [{"opened": 1, "open": 1}, {"open": 1}, {"open": 1}, {"solved": 1}]
    assert rows(store)[WEEK + 21 * DAY, "high"]["hours_to_solve"] == 22 * 24
    assert rows(store)[WEEK + 7 * DAY, "high"]["hours_to_acknowledge"] == 8 * 24


def test_made_again_it_says_the_same_and_a_week_that_is_missing_is_made(store: Store) -> None:
    """Whoever notices makes it: the daemon, or a person who asks."""
    happened(store, 1, ("new", 0), ("ack", 30), ("solved", 8 * 24))
    keep_trend(store, CONFIG, MONDAY + 22 * DAY)
    first = rows(store)
    assert keep_trend(store, CONFIG, MONDAY + 22 * DAY) == 0

    with store.write() as session:
        session.execute(delete(Trend).where(col(Trend.week) == WEEK + 7 * DAY))

    assert keep_trend(store, CONFIG, MONDAY + 23 * DAY) == 1
    assert rows(store) == first


def test_a_week_that_a_clock_told_too_early_is_told_again(store: Store) -> None:
    """A clock that ran a month ahead saw weeks in which nothing could have happened yet."""
    happened(store, 1, ("new", 0))
    assert keep_trend(store, CONFIG, MONDAY + 35 * DAY) == 5
    happened(store, 1, ("solved", 24))
    with store.read() as session:
        assert kept(session, store, CONFIG, LATER, 12) == []

    assert keep_trend(store, CONFIG, LATER) == 1

    assert counts(store) == {"opened": 1, "solved": 1}
    with store.read() as session:
        assert {row.week for row in kept(session, store, CONFIG, LATER, 12)} == {WEEK}


def test_what_is_kept_outlives_the_alerts_and_the_texts_of_the_ledger(store: Store) -> None:
    """A report about last year is made after last year's alerts were purged."""
    happened(store, 1, ("new", 0), ("ack", 2), ("solved", 10))
    stands(store, 1, "solved")
    keep_trend(store, CONFIG, LATER)
    before = rows(store)

    with store.write() as session:
        session.execute(update(Entry).values(said=None, salt=None))
        session.execute(delete(Alert))

    assert keep_trend(store, CONFIG, LATER + DAY) == 0
    assert rows(store) == before


@pytest.mark.parametrize(("alert_is_there", "level"), [(True, "critical"), (False, "unknown")])
def test_a_week_made_after_erasing_still_counts_everything(store: Store, alert_is_there: bool, level: str) -> None:
    """The kinds and moments are left; the level is that of the alert, and without it nobody knows."""
    happened(store, 1, ("new", 0), ("ack", 2), ("solved", 10), level="critical")
    if alert_is_there:
        stands(store, 1, "solved", "critical")
    with store.write() as session:
        session.execute(update(Entry).values(said=None, salt=None))

    keep_trend(store, CONFIG, LATER)

    assert counts(store, level) == {"opened": 1, "solved": 1}
    assert rows(store)[WEEK, level]["hours_to_acknowledge"] == 2
    assert ((WEEK, "unknown") in rows(store)) is not alert_is_there


def test_alerts_that_are_older_than_the_ledger_count_as_well(store: Store) -> None:
    """They have a row and no entry, or their entries begin halfway."""
    stands(store, 1)
    stands(store, 2, "closed")
    stands(store, 3, "acknowledged", level="low", hours=1)
    happened(store, 3, ("ack", 5), ("solved", 7), level="low")

    keep_trend(store, CONFIG, LATER)

    assert counts(store) == {"opened": 2, "false_positive": 1, "open": 1}
    assert counts(store, "low") == {"opened": 1, "solved": 1}
    assert rows(store)[WEEK, "low"]["hours_to_acknowledge"] == 4


def test_an_alert_that_gets_worse_is_counted_at_its_level_of_the_moment(store: Store) -> None:
    """Opened as low, open at the end as critical."""
    happened(store, 1, ("new", 0), level="low")
    happened(store, 1, ("worse", 5), level="critical")
    happened(store, 1, ("ack", 6))
    keep_trend(store, CONFIG, LATER)

    assert counts(store, "low") == {"opened": 1}
    assert counts(store, "critical") == {"open": 1}
    assert rows(store)[WEEK, "critical"]["hours_to_acknowledge"] == 6


@pytest.mark.parametrize(("monday", "hours"), [("2026-10-19", 169), ("2027-03-22", 167), ("2026-11-23", 168)])
def test_a_week_has_seven_days_on_the_clock_of_the_board(monday: str, hours: int) -> None:
    """Also when the clock goes back or ahead in it."""
    week = Week.of(date.fromisoformat(monday), ZoneInfo("Europe/Amsterdam"))

    assert week.ends - week.begins == hours * HOUR
    assert week.begins.astimezone(ZoneInfo("Europe/Amsterdam")).hour == 0


@pytest.mark.parametrize(("minute", "week"), [(-1, "2026-10-19"), (0, "2026-10-26")])
def test_midnight_is_that_of_the_board(store: Store, minute: int, week: str) -> None:
    """In the night on which summer time ended that is at 23:00 UTC."""
    at = datetime(2026, 10, 25, 23, tzinfo=UTC) + timedelta(minutes=minute)
    with store.write() as session:
        ledger.append(session, store, [ledger.Act("alert.new", "alert/1", {"level": "high"})], at)

    keep_trend(store, CONFIG, MONDAY)

    assert counts(store, week=date.fromisoformat(week))["opened"] == 1


def test_each_board_has_its_own_trend(store: Store) -> None:
    """What happened at one says nothing of another in the same database."""
    other = second_board(store)
    happened(store, 1, ("new", 0))
    happened(other, 1, ("new", 24), ("solved", 25))

    keep_trend(store, CONFIG, LATER)
    keep_trend(other, CONFIG, LATER)

    assert counts(store) == {"opened": 1, "open": 1}
    assert counts(other) == {"opened": 1, "solved": 1}


# ---- the daemon and the command


def a_month_ago(tenant: Tenant) -> None:
    """An alert of a month before the moment at which the commands run."""
    with workplace(tenant.config) as place, place.store.write() as session:
        opened = place.now() - 30 * DAY
        for kind, at in (("new", opened), ("ack", opened + 2 * HOUR), ("solved", opened + 3 * HOUR)):
            act = ledger.Act(f"alert.{kind}", "alert/1", {"level": "high"})
            ledger.append(session, place.store, [act], at)


def test_the_daemon_keeps_the_trend(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to ask for it."""
    from threading import Event

    monkeypatch.setattr("ibpmon.operate.daemon.due_connectors", lambda *_: set[str]())
    monkeypatch.setattr("ibpmon.operate.daemon.evaluation_due", lambda *_: False)
    monkeypatch.setattr("ibpmon.operate.daemon.canary.is_due", lambda *_: False)
    a_month_ago(tenant)

    with workplace(tenant.config) as place:
        tick(place, Event())
        assert len({week for week, _level in rows(place.store)}) in (3, 4)


def test_the_command_shows_the_weeks_that_are_over(tenant: Tenant, ibpmon: Run) -> None:
    """A table for people without the levels that never occur, everything for programs."""
    config = ("--config", tenant.config)
    assert "No week is over yet" in ibpmon("trend", *config).out
    a_month_ago(tenant)

    told: Sequence[dict[str, Any]] = json.loads(ibpmon("trend", "--json", *config).out)
    shown = ibpmon("trend", *config)

    assert len(told) in (15, 20)
    first = next(row for row in told if row["level"] == "high")
    assert (first["opened"], first["hours_to_acknowledge"], first["hours_to_solve"]) == (1, 2.0, 3.0)
    assert told[-1]["hours_to_solve"] is None
    assert shown.code == 0
    assert "high" in shown.out
    assert "critical" not in shown.out
    assert ibpmon("trend", "--weeks", "0", *config).code == 2
    assert len(json.loads(ibpmon("trend", "--weeks", "1", "--json", *config).out)) == 5
