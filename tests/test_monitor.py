"""What ibpmon sees of itself: sources that fall silent or are refused, gaps, rules without data, mails that wait."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.judge.evaluate import evaluate
from ibpmon.store import upsert
from ibpmon.store.database import Store
from ibpmon.store.tables import Cursor, Evaluation, Gauge, Hole, Outbox, micros
from ibpmon.store.views import views
from ibpmon.store.views.licences import P1
from tests.conftest import MONDAY, OpenStore
from tests.judging import DATASETS, SHIPPED, put, ran

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def source(store: Store, name: str) -> dict[str, Any]:
    """What is known of one source."""
    view = views(store, MONDAY)["sources"].selectable
    with store.read() as session:
        return dict(session.execute(select(view).where(view.c.source == name)).one()._mapping)


def found(store: Store, rule: str) -> set[str]:
    """What a rule finds now."""
    (judged,) = evaluate([SHIPPED[rule]], store, MONDAY)
    assert judged.evaluation.outcome in ("ok", "finding"), judged.evaluation.reason
    return {finding.subject for finding in judged.new}


def test_a_source_tells_how_long_ago_something_happened_in_it(open_database: OpenStore) -> None:
    """By the time of the events, in whatever order Microsoft hands them over."""
    store = open_database(DATASETS)
    ran(store, ["sign-ins"], MONDAY - HOUR)
    put(store, "sign-ins", [{"id": str(n), "at": MONDAY - n * HOUR, "account_id": "anna"} for n in (30, 26, 40)])

    assert source(store, "sign-ins") | {"last_event": MONDAY - 26 * HOUR, "hours_since_event": 26} == source(
        store, "sign-ins"
    )
    assert found(store, "source-silent") == {"sign-ins"}

    put(store, "sign-ins", [{"id": "new", "at": MONDAY - HOUR, "account_id": "anna"}])
    put(store, "sign-ins", [{"id": "late", "at": MONDAY - 90 * HOUR, "account_id": "anna"}])
    assert source(store, "sign-ins")["hours_since_event"] == 1
    assert found(store, "source-silent") == set()


def test_a_source_that_was_never_read_is_not_called_silent(open_database: OpenStore) -> None:
    """It is told as never read, by every rule that needs it."""
    store = open_database(DATASETS)
    ran(store, ["accounts"])
    known = source(store, "sign-ins")
    assert (known["state"], known["ever_whole"], known["hours_since_event"]) == ("NEVER", False, None)
    assert found(store, "source-silent") == set()


def test_before_anything_was_read_the_monitor_says_nothing_either(open_database: OpenStore) -> None:
    """Green on the first day, with every source unread, would be a lie."""
    store = open_database(DATASETS)
    judged = evaluate([rule for rule in SHIPPED.values() if not rule.needs], store, MONDAY)
    assert {one.evaluation.outcome for one in judged} == {"cannot_check"}


def test_a_permission_that_was_taken_away_is_told_and_one_never_given_is_not(open_database: OpenStore) -> None:
    """The first is an incident, the second a choice."""
    store = open_database(DATASETS)
    ran(store, ["sign-ins"], MONDAY - 2 * DAY)
    ran(store, ["sign-ins", "accounts"], MONDAY - HOUR, state="FAILED", missing="permission:AuditLog.Read.All")
    assert source(store, "sign-ins")["hours_since_whole"] == 48
    assert found(store, "source-refused") == {"sign-ins"}


def test_a_source_that_fails_for_a_day_is_told_once_it_is_a_day(open_database: OpenStore) -> None:
    """A line that was down for an hour mends itself."""
    store = open_database(DATASETS)
    ran(store, ["accounts"], MONDAY - 25 * HOUR)
    ran(store, ["groups"], MONDAY - 3 * HOUR)
    ran(store, ["accounts", "groups"], MONDAY - HOUR, state="FAILED")
    assert found(store, "source-keeps-failing") == {"accounts"}


def test_a_round_that_still_runs_is_not_the_last_word(open_database: OpenStore) -> None:
    """A crawl takes hours; meanwhile the last one that ended counts."""
    store = open_database(DATASETS)
    ran(store, ["sites"], MONDAY - 5 * HOUR)
    ran(store, ["sites"], MONDAY - HOUR, state="RUNNING")
    assert source(store, "sites")["state"] == "FULL"


def test_reading_that_lags_is_told_before_microsoft_forgets(open_database: OpenStore) -> None:
    """Sign-ins are kept for thirty days; after fifteen of standing still it is high time."""
    store = open_database(DATASETS)
    ran(store, ["sign-ins"], MONDAY - 15 * DAY)
    with store.write() as session:
        until = micros(MONDAY - 15 * DAY)
        session.add(Cursor(tenant_id=store.tenant, name="sign-ins", value=until))
    assert source(store, "sign-ins")["backlog_percent"] == 50
    assert found(store, "source-nearly-lost") == {"sign-ins"}


@pytest.mark.parametrize(
    ("plans", "days", "percent"),
    [
        ([P1], 3.5, 11),
        (["9aaf7827-d63c-4b61-89c3-182f06f82e5c"], 3.5, 50),
        ([], 15, 50),
    ],
    ids=["with P1", "without P1", "no licence was read"],
)
def test_without_p1_it_is_high_time_much_sooner(
    open_database: OpenStore, plans: list[str], days: float, percent: int
) -> None:
    """Microsoft keeps the audits of such a tenant for a week; warning after two of them is no warning."""
    names = ("directory-audits", "licences")
    store = open_database([one.dataset for name, one in load_connectors(Content()).items() if name in names])
    ran(store, ["directory-audits"], MONDAY - days * DAY)
    for plan in plans:
        held = [{"servicePlanId": plan, "servicePlanName": "some"}]
        put(store, "licences", [{"sku_id": "one", "state": "Enabled", "plans": held}])
    with store.write() as session:
        until = micros(MONDAY - days * DAY)
        session.add(Cursor(tenant_id=store.tenant, name="directory-audits", value=until))

    assert source(store, "directory-audits")["backlog_percent"] == percent
    assert found(store, "source-nearly-lost") == ({"directory-audits"} if percent >= 50 else set())


def test_a_gap_that_nobody_can_read_any_more_is_told(open_database: OpenStore) -> None:
    """It stays in every report; the finding goes after a month."""
    store = open_database(DATASETS)
    ran(store)
    with store.write() as session:
        gap = {"begins": MONDAY - 9 * DAY, "ends": MONDAY - 7 * DAY, "noted_at": MONDAY - DAY}
        session.add(Hole(tenant_id=store.tenant, connector="sign-ins", **gap))
    assert found(store, "source-lost-events") == {"sign-ins"}


def test_a_source_that_was_read_in_part_is_told(open_database: OpenStore) -> None:
    """Also one of which some lines could not be used."""
    store = open_database(DATASETS)
    ran(store)
    ran(store, ["groups"], state="PARTIAL", rows=12)
    ran(store, ["staff-list"], rows=297, skipped_rows=3)
    ran(store, ["pupil-list"], rows=3_000, skipped_rows=3)
    assert found(store, "source-partly-read") == {"groups", "staff-list"}


@pytest.mark.parametrize(("days", "told"), [(29, set()), (30, {"stale-device"})])
def test_a_rule_without_data_is_told_after_a_month(open_database: OpenStore, days: int, told: set[str]) -> None:
    """What it should watch is watched by nobody."""
    store = open_database(DATASETS)
    ran(store)
    said = [("stale-device", "ok", days), ("stale-device", "cannot_check", 0), ("password-spray", "finding", 1)]
    said.append(("switched-off", "ok", 90))
    with store.write() as session:
        for rule, outcome, ago in said:
            number = upsert.take(session, store.tenant, "evaluation")
            row: dict[str, Any] = {"rule": rule, "rule_hash": "", "outcome": outcome, "at": MONDAY - ago * DAY}
            session.add(Evaluation(tenant_id=store.tenant, evaluation_id=number, **row))
    assert found(store, "rule-without-data") == told


@pytest.mark.parametrize(
    ("left", "stuck"),
    [
        ([("new", 1), ("new", 0), ("sent", 9)], True),
        ([("failed", 3), ("sent", 9)], True),
        ([("failed", 900)], True),
        ([("uncertain", 1)], True),
        ([("new", 0), ("sent", 9), ("uncertain", 0)], False),
        ([("dropped", 900), ("sent", 9)], False),
    ],
    ids=["waits an hour", "refused", "refused long ago", "uncertain for good", "just written", "given up"],
)
def test_a_mail_that_waits_for_an_hour_or_is_dead_is_told(
    open_database: OpenStore, left: list[tuple[str, int]], stuck: bool
) -> None:
    """In the listing and the reports, for by mail it would wait as well; what a person gave up counts no more."""
    store = open_database(DATASETS)
    ran(store)
    with store.write() as session:
        for number, (state, ago) in enumerate(left, 1):
            mail: dict[str, Any] = {"message_id": f"<{number}>", "kind": "alert", "state": state, "recipients": []}
            mail |= {"subject": "", "text": "", "html": "", "created_at": MONDAY - ago * HOUR}
            mail |= {"try_after": MONDAY + HOUR} if state == "uncertain" and not ago else {}
            session.add(Outbox(tenant_id=store.tenant, mail_id=number, **mail))
    assert found(store, "mail-stuck") == ({"mail"} if stuck else set())


def test_the_end_of_the_own_certificate_and_a_wrong_clock_are_told(open_database: OpenStore) -> None:
    """A new certificate takes a board some weeks; a wrong clock ends signing in."""
    store = open_database(DATASETS)
    ran(store)
    ends = {"certificate_ends": 20, "sharepoint_certificate_ends": 100}
    with store.write() as session:
        for name, days in ends.items():
            value = micros(MONDAY + days * DAY)
            session.add(Gauge(tenant_id=store.tenant, name=name, value=value, measured_at=MONDAY))
        session.add(Gauge(tenant_id=store.tenant, name="clock_offset_seconds", value=-90, measured_at=MONDAY))
    assert found(store, "own-certificate-ends") == {"certificate_ends"}
    assert found(store, "clock-wrong") == {"clock_offset_seconds"}
