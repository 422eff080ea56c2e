"""Alerts that nobody looks at: what is past its term, and a week in which nobody did anything, are findings."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from ibpmon.judge.evaluate import evaluate
from ibpmon.judge.rules import load_rules
from ibpmon.operate.rounds import workplace
from ibpmon.privacy.pseudonyms import Pseudonyms
from ibpmon.store import ledger, upsert
from ibpmon.store.database import Store
from ibpmon.store.tables import OPEN_ALERTS, Alert, Finding
from ibpmon.store.tables import Tenant as Board
from ibpmon.store.views import views
from ibpmon.store.views.backlog import ABOUT_THIS, BY_PEOPLE
from ibpmon.tell import changes
from ibpmon.tell.acts import STEPS, Deed, do, review
from ibpmon.tell.sentences import Writer
from tests.conftest import MONDAY, Answer, OpenStore, Tenant
from tests.judging import CONFIG, DATASETS, SHIPPED, config_with, ran, second_board

Run = Callable[..., Answer]
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LATE, UNSEEN = "alerts-past-their-term", "log-not-reviewed"


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """A board of which everything was read, without any alert."""
    opened = open_database(DATASETS)
    ran(opened)
    return opened


def alert(store: Store, level: str = "high", due: datetime | None = None, **more: Any) -> int:
    """An alert of eight days ago; gives its number."""
    with store.write() as session:
        number = upsert.take(session, store.tenant, "alert")
        row: dict[str, Any] = {
            "rule": "account-without-mfa",
            "subject": f"a{number}",
            "state": "new",
            "opened_at": MONDAY - 8 * DAY,
        }
        row |= {"changed_at": MONDAY - 8 * DAY, "due_at": due, **more}
        session.add(Alert(tenant_id=store.tenant, alert_id=number, level=level, **row))
    return number


def rows(store: Store, name: str) -> list[dict[str, Any]]:
    """What a view shows."""
    with store.read() as session:
        return [dict(row._mapping) for row in session.execute(select(views(store, MONDAY)[name].selectable))]


def found(store: Store, rule: str, now: datetime = MONDAY, **thresholds: int) -> set[str]:
    """About what a rule has a finding now."""
    rules = load_rules(config_with(thresholds={rule: thresholds})) if thresholds else SHIPPED.values()
    (judged,) = evaluate([one for one in rules if one.key == rule], store, now)
    assert judged.evaluation.outcome in ("ok", "finding"), judged.evaluation.reason
    with store.read() as session:
        there = select(col(Finding.subject)).where(col(Finding.rule) == rule, col(Finding.gone_at).is_(None))
        return set(session.scalars(there.where(col(Finding.tenant_id) == store.tenant)))


def key(store: Store) -> str:
    """How the board is called."""
    with store.read() as session:
        return session.get_one(Board, store.tenant).key


# ---- past their term


def test_alerts_past_their_term_are_counted_per_level(store: Store) -> None:
    """The oldest term says how long something lies there."""
    alert(store, due=MONDAY - 3 * DAY)
    alert(store, due=MONDAY - DAY, state="acknowledged")
    alert(store, due=MONDAY + DAY, state="reopened")
    alert(store, "low", due=MONDAY - 5 * DAY)

    assert {row["alert_level"]: row for row in rows(store, "alert-backlog")} == {
        "high": {"alert_level": "high", "open_alerts": 3, "overdue": 2, "oldest_due": MONDAY - 3 * DAY,
                 "oldest_due_days": 3},
        "low": {"alert_level": "low", "open_alerts": 1, "overdue": 1, "oldest_due": MONDAY - 5 * DAY,
                "oldest_due_days": 5},
    }  # fmt: skip
    assert found(store, LATE) == {"high", "low"}


@pytest.mark.parametrize(
    "told",
    [
        {"due": MONDAY + MINUTE},
        {"due": None},
        {"state": "closed"},
        {"state": "solved"},
        {"state": "accepted"},
        {"level": "informational"},
        {"rule": LATE},
        {"rule": UNSEEN},
    ],
    ids=str,
)
def test_what_nobody_is_late_with_is_not_counted(store: Store, told: dict[str, Any]) -> None:
    """Neither what may still wait or is done with, nor what these rules themselves told: it would keep itself alive."""
    alert(store, **{"due": MONDAY - 9 * DAY} | told)

    assert sum(row["overdue"] for row in rows(store, "alert-backlog")) == 0
    assert found(store, LATE) == set()


@pytest.mark.parametrize(("days", "told"), [(0, {"high"}), (1, set()), (30, set())])
def test_how_long_past_its_term_is_for_the_board_to_say(store: Store, days: int, told: set[str]) -> None:
    """From the very moment on, or only after a while."""
    alert(store, due=MONDAY)
    assert rows(store, "alert-backlog")[0]["overdue"] == 1
    assert found(store, LATE, days=days) == told


def test_the_finding_ends_when_somebody_closes_what_was_late(store: Store) -> None:
    """Without anybody having to close a second alert."""
    number = alert(store, due=MONDAY - 2 * DAY)
    assert found(store, LATE) == {"high"}

    with store.write() as session:
        do(session, store, number, Deed("close", "Chris", reason="vals alarm"), MONDAY)
    assert found(store, LATE, MONDAY + DAY) == set()


def test_the_level_is_told_in_dutch(store: Store) -> None:
    """The word of the engine means nothing to who reads the mail."""
    alert(store, "critical", due=MONDAY - 2 * DAY)
    found(store, LATE)
    rule = SHIPPED[LATE]
    with store.read() as session:
        (line,) = (
            Writer(store, CONFIG, Pseudonyms(b"k" * 32), strict=True).about(session, rule, {"critical": 1}).values()
        )
    assert line.startswith("1 melding met ernst kritiek is over de termijn; de oudste moest klaar zijn op ")


# ---- looked at


def test_a_week_without_anybody_is_told_and_a_review_ends_it(store: Store) -> None:
    """Who looked and had nothing to do says so; a week later it is time again."""
    alert(store)
    assert rows(store, "log-review") == [
        {"board": key(store), "last_reviewed": None, "last_reviewed_days": None, "days_since": 8, "open_alerts": 1,
         "first_alert": MONDAY - 8 * DAY, "first_alert_days": 8}
    ]  # fmt: skip
    assert found(store, UNSEEN) == {key(store)}

    with store.write() as session:
        assert review(session, store, "Chris", MONDAY - MINUTE) == 1
    assert (
        rows(store, "log-review")[0] | {"last_reviewed": MONDAY - MINUTE, "days_since": 0}
        == rows(store, "log-review")[0]
    )
    assert found(store, UNSEEN, MONDAY + DAY) == set()
    assert found(store, UNSEEN, MONDAY + 7 * DAY) == {key(store)}


@pytest.mark.parametrize("verb", sorted(STEPS))
def test_whoever_does_something_with_one_alert_has_looked(store: Store, verb: Any) -> None:
    """Nobody has to say so besides; the other alert stays open."""
    alert(store)
    number = alert(store, state="closed" if verb == "reopen" else "new")
    deed = Deed(verb, "Chris", reason="x", approved_by="Dewi", until=MONDAY + DAY, to="Dewi")
    with store.write() as session:
        do(session, store, number, deed, MONDAY - 6 * DAY)

    assert rows(store, "log-review")[0]["days_since"] == 6
    assert found(store, UNSEEN) == set()


def test_what_ibpmon_does_by_itself_is_no_look(store: Store) -> None:
    """An alert that gets worse every night would otherwise seem watched."""
    alert(store)
    kinds = ("new", "worse", "solved", "reopened", "accepted")
    with store.write() as session:
        acts = [ledger.Act(f"alert.{kind}", "alert/1", {}) for kind in kinds]
        ledger.append(session, store, acts, MONDAY - DAY)

    assert rows(store, "log-review")[0]["last_reviewed"] is None
    assert found(store, UNSEEN) == {key(store)}


def test_what_was_not_there_yet_could_not_be_looked_at(store: Store) -> None:
    """After a quiet summer the first alert, new or back, is not at once months late."""
    with store.write() as session:
        review(session, store, "Chris", MONDAY - 90 * DAY)
    alert(store, opened_at=MONDAY - 6 * DAY)
    alert(store, opened_at=MONDAY - 200 * DAY, changed_at=MONDAY - 5 * DAY, state="reopened")

    assert rows(store, "log-review")[0]["days_since"] == 6
    assert found(store, UNSEEN) == set()


@pytest.mark.parametrize(
    "told", [{}, {"state": "closed"}, {"state": "solved"}, {"state": "accepted"}, {"rule": LATE}, {"rule": UNSEEN}],
    ids=str,
)  # fmt: skip
def test_a_board_without_open_alerts_has_nothing_to_look_at(store: Store, told: dict[str, Any]) -> None:
    """These rules must not find each other, or themselves."""
    if told:
        alert(store, due=MONDAY - 9 * DAY, **told)

    assert rows(store, "alert-backlog") == rows(store, "log-review") == []
    assert found(store, LATE) == found(store, UNSEEN) == set()


def test_another_board_neither_waits_nor_looks_for_this_one(store: Store) -> None:
    """Two boards in one database: each has its own alerts, and its own people."""
    other = second_board(store)
    alert(store, due=MONDAY - 2 * DAY)
    alert(other, "low", due=MONDAY + DAY, opened_at=MONDAY - DAY)
    with other.write() as session:
        review(session, other, "Bram", MONDAY)

    assert [row["alert_level"] for row in rows(store, "alert-backlog")] == ["high"]
    assert rows(store, "log-review")[0]["days_since"] == 8
    assert [row["alert_level"] for row in rows(other, "alert-backlog")] == ["low"]
    assert rows(other, "log-review")[0]["board"] == "another"


def test_the_views_and_the_acts_speak_of_the_same_things() -> None:
    """Two lists would differ one day: a new act, or a rule under another name."""
    assert OPEN_ALERTS == changes.OPEN
    assert {f"alert.{verb}" for verb in STEPS} < set(BY_PEOPLE)
    assert set(ABOUT_THIS) == {rule.key for rule in SHIPPED.values() if rule.catalogue == "MON-10"}


# ---- the command


def test_a_review_is_written_down_from_the_command_line(tenant: Tenant, ibpmon: Run) -> None:
    """Who looked and when, in the ledger, with how many alerts there were."""
    config = ("--config", tenant.config)
    ibpmon("collect", "accounts", "mfa-registration", "staff-list", "pupil-list", *config)
    ibpmon("evaluate", "--no-mail", *config)
    there = [one for one in json.loads(ibpmon("alerts", "--json", *config).out) if one["state"] == "new"]

    said = ibpmon("alerts", "reviewed", "--by", "Chris", *config)
    assert (said.code, said.out) == (0, f"Written down. {len(there)} alerts are open.\n")
    told = json.loads(ibpmon("alerts", "reviewed", "--by", " Anna ", "--json", *config).out)
    assert told == {"by": "Anna", "open": len(there)}
    with workplace(tenant.config) as place, place.store.read() as session:
        kept = [json.loads(entry.said or "{}") for entry in ledger.about(session, place.store, "log")]
    assert kept == [{"by": "Chris", "open": len(there)}, told]
    assert ibpmon("ledger", "verify", *config).code == 0


def test_a_review_by_nobody_that_can_be_shown_is_refused(tenant: Tenant, ibpmon: Run) -> None:
    """And an option before the command is not passed by in silence."""
    broken = ibpmon("alerts", "reviewed", "--by", "Zo\udceb", "--config", tenant.config)
    before = ibpmon("alerts", "--config", tenant.config, "reviewed")

    assert (broken.code, "UTF-8" in broken.err) == (2, True)
    assert (before.code, "behind 'reviewed'" in before.err) == (2, True)
