"""Failed sign-ins by the hour beside what is usual then: a peak for the whole board, and a spray behind a school."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from ibpmon.collect.calendar import place_calendar
from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content, School
from ibpmon.judge.evaluate import Judgement, evaluate
from ibpmon.judge.rules import load_rules
from ibpmon.store.database import Store
from tests.conftest import OpenStore
from tests.judging import config_with, put, ran

DATASETS = [load_connectors(Content())[name].dataset for name in ("sign-ins", "accounts")]
NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)
NOW = NOON + timedelta(hours=2)
WEEK = timedelta(days=7)
SCHOOL, OUTSIDE = "203.0.113.10", "198.51.100.7"
CONFIG = config_with(schools=(School(key="EIK", name="De Voorbeeldeik", addresses=("203.0.113.0/24",)),))
RULES = {rule.key: rule for rule in load_rules(CONFIG)}


def tries(at: datetime, number: int, address: str, *, accounts: int = 1000, code: int = 50126) -> list[dict[str, Any]]:
    """So many sign-ins in the minutes after a moment, of so many accounts."""
    return [
        {"id": f"{at}{address}{code}{n}", "at": at + timedelta(seconds=10 * n), "account_id": f"a{n % accounts}",
         "ip_address": address, "error_code": code}
        for n in range(number)
    ]  # fmt: skip


def usual(numbers: tuple[int, ...], address: str = OUTSIDE, at: datetime = NOON) -> list[dict[str, Any]]:
    """What failed in this hour in the weeks before, the last week first; and something before all of these."""
    rows = tries(at - 4 * WEEK - timedelta(hours=3), 1, OUTSIDE)
    for ago, number in enumerate(numbers, 1):
        rows += tries(at - ago * WEEK, number, address)
    return rows


def judged(store: Store, rule: str, rows: list[dict[str, Any]], now: datetime = NOW) -> Judgement:
    """What a rule says of these rows."""
    put(store, "sign-ins", rows, now)
    ran(store, ("sign-ins",), at=now)
    [judgement] = evaluate([RULES[rule]], store, now)
    return judgement


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        ((0, 0, 0, 0), 20, True),
        ((0, 0, 0, 0), 19, False),
        ((20, 22, 20, 22), 24, False),  # the mean is 21 and three times the spread 3
        ((20, 22, 20, 22), 25, True),
        ((90, 0, 0, 0), 100, False),  # a week with an attack in it makes room
    ],
)
def test_a_peak_is_over_what_is_usual_in_that_hour_of_the_week(
    open_database: OpenStore, before: tuple[int, ...], now: int, found: bool
) -> None:
    """Mean and spread of four weeks, in whole numbers, so that both databases agree to the last one."""
    rows = [*usual(before), *tries(NOON, now, OUTSIDE)]

    assert bool(judged(open_database(DATASETS), "failure-peak", rows).new) == found


def test_without_three_weeks_nobody_knows_what_is_usual(open_database: OpenStore) -> None:
    """The first days after installing are no attack, and not all well either."""
    judgement = judged(open_database(DATASETS), "failure-peak", tries(NOON, 90, OUTSIDE))

    assert (judgement.new, judgement.evaluation.undetermined) == ((), 1)


def test_the_hour_is_that_of_the_clock_at_school(open_database: OpenStore) -> None:
    """After the change of the clock eleven o'clock comes an hour later in UTC; what each Monday has is still usual."""
    store = open_database(DATASETS)
    place_calendar(store, CONFIG, NOW)
    monday = datetime(2026, 10, 26, 10, tzinfo=UTC)  # the first one in winter time
    before = [row for ago in range(1, 5) for row in tries(monday - ago * WEEK - timedelta(hours=1), 30, OUTSIDE)]
    rows = [*tries(monday - 5 * WEEK, 1, OUTSIDE), *before, *tries(monday, 30, OUTSIDE)]

    assert judged(store, "failure-peak", rows, monday + timedelta(hours=2)).new == ()


def test_a_class_that_comes_in_after_all_is_no_spray_and_a_script_at_school_is(open_database: OpenStore) -> None:
    """Both are 140 wrong passwords of 60 pupils; only after the one does everybody come in."""
    wrong = tries(NOON, 140, SCHOOL, accounts=60)
    rows = [*usual((1, 2, 0, 1), SCHOOL), *wrong, *tries(NOON, 60, SCHOOL, code=0)]

    assert judged(open_database(DATASETS), "password-spray-at-school", rows).new == ()


def test_a_script_at_school_is_a_spray(open_database: OpenStore) -> None:
    """Far more than is usual there, and hardly anyone comes in; three tries each, as somebody who guesses does."""
    rows = [*usual((1, 2, 0, 1), SCHOOL), *tries(NOON, 140, SCHOOL, accounts=60), *tries(NOON, 20, SCHOOL, code=0)]

    [found] = judged(open_database(DATASETS), "password-spray-at-school", rows).new

    assert (found.subject, found.level) == (SCHOOL, "high")


def test_at_a_school_where_it_goes_wrong_each_monday_it_is_usual(open_database: OpenStore) -> None:
    """Three times what is usual is still usual; one more is not."""
    for number, spray in ((120, 0), (121, 1)):
        store = open_database(DATASETS)
        rows = [*usual((40, 40, 40, 40), SCHOOL), *tries(NOON, number, SCHOOL, accounts=60)]
        assert len(judged(store, "password-spray-at-school", rows).new) == spray


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_failures_are_read_from_a_small_index_by_time(open_database: OpenStore) -> None:
    """Two days five times: never all that is stored."""
    store = open_database(DATASETS)
    few = "SELECT ip_address FROM collected_sign_ins WHERE tenant_id = 1 AND at >= 5 AND at <= 9 AND error_code <> 0"
    with store.read() as session:
        plan = " ".join(row[-1] for row in session.execute(text("EXPLAIN QUERY PLAN " + few)))

    assert "COVERING INDEX rare_error_code_by_time_collected_sign_ins" in plan
