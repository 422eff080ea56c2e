"""`ibpmon status`: what is overdue is named, and what nobody knows is never good."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from ibpmon.collect.gauges import keep_gauges
from ibpmon.operate import overdue
from ibpmon.operate.backup import keeping
from ibpmon.operate.overdue import Sign, standing
from ibpmon.operate.rounds import Workplace, latest_runs, workplace
from ibpmon.store.tables import Evaluation, Outbox, Run
from tests.backups import Board
from tests.conftest import MONDAY, Answer, Tenant

Command = Callable[..., Answer]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def board(tmp_path: Path) -> Board:
    """A board that reads one source, its groups."""
    return Board(tmp_path, f"sqlite:///{tmp_path / 'ibpmon.db'}")


@pytest.fixture
def place(board: Board) -> Iterator[Workplace]:
    """The same, open, on a Monday."""
    with workplace(board.config, lambda: MONDAY) as place:
        yield place


def ran(place: Workplace, state: str, at: datetime, number: int = 1) -> None:
    """A run of the one source."""
    ended = None if state == "RUNNING" else at
    times: dict[str, Any] = {"started_at": at, "finished_at": ended}
    with place.store.write() as session:
        session.add(Run(tenant_id=place.store.tenant, run_id=number, connector="groups", state=state, **times))


def judged(session: Session, place: Workplace, at: datetime) -> None:
    """One rule that was applied."""
    mine: dict[str, Any] = {"tenant_id": place.store.tenant, "evaluation_id": 1, "outcome": "ok"}
    session.add(Evaluation(rule="x", rule_hash="", at=at, **mine))


def mail(place: Workplace, state: str, at: datetime) -> None:
    """A mail in the outbox."""
    texts: dict[str, Any] = dict.fromkeys(("message_id", "kind", "subject", "text", "html"), "")
    sent = at if state == "sent" else None
    with place.store.write() as session:
        session.add(
            Outbox(tenant_id=place.store.tenant, mail_id=1, recipients=[], state=state, created_at=at, sent_at=sent, **texts)  # noqa: E501 - one row
        )  # fmt: skip


# ---- a source


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([], "unknown"),
        ([("FULL", 11)], "good"),
        ([("FULL", 13)], "late"),
        ([("PARTIAL", 1)], "good"),
        ([("FULL", 8), ("FAILED", 1)], "good"),
        ([("FULL", 60), ("FAILED", 1)], "late"),
        ([("FULL", 60), ("RUNNING", 1)], "late"),
        ([("FAILED", 1)], "failed"),
        ([("RUNNING", 1)], "unknown"),
        ([("SKIPPED", 1)], "off"),
    ],
    ids=[
        "never read", "this morning", "too long ago", "in part", "failed since", "failed for days", "begun anew",
        "only failed", "the first one goes on", "no licence for it",
    ],
)  # fmt: skip
def test_a_source_is_good_as_long_as_something_came_within_twice_its_rhythm(
    place: Workplace, runs: list[tuple[str, int]], expected: str
) -> None:
    """Groups are read every six hours. One that this tenant does not have is neither good nor late."""
    assert place.connectors["groups"].every == 6 * HOUR
    for number, (state, hours) in enumerate(runs, 1):
        ran(place, state, MONDAY - hours * HOUR, number)

    assert standing(place, latest_runs(place)).sources["groups"].state == expected


def test_what_comes_every_few_minutes_may_be_an_hour_late() -> None:
    """A machine that starts anew is no alarm."""
    run = Run(tenant_id=1, run_id=1, connector="x", started_at=MONDAY, state="FULL")
    minute = timedelta(minutes=1)
    assert overdue.read(run, MONDAY - 60 * minute, 5 * minute, MONDAY).state == "good"
    assert overdue.read(run, MONDAY - 61 * minute, 5 * minute, MONDAY).state == "late"


# ---- the rest


def test_rules_that_are_applied_no_more_are_late(place: Workplace) -> None:
    """The daemon may be dead; nothing else would say so on a quiet day."""
    assert standing(place, latest_runs(place)).judging == Sign("unknown")
    with place.store.write() as session:
        judged(session, place, MONDAY - HOUR)
    assert standing(place, latest_runs(place)).judging == Sign("good", MONDAY - HOUR)
    assert overdue.in_time(MONDAY - HOUR, timedelta(0), MONDAY + timedelta(seconds=1)).state == "late"


@pytest.mark.parametrize(
    ("state", "hours", "expected"),
    [("sent", 400, "good"), ("new", 1, "none"), ("new", 2, "late"), ("sending", 2, "late"), ("failed", 0, "failed"),
     ("dropped", 9, "none")],
)  # fmt: skip
def test_mail_that_waits_or_was_given_up_is_told(place: Workplace, state: str, hours: int, expected: str) -> None:
    """That there was no news for weeks is no reason to look."""
    assert standing(place, latest_runs(place)).mail.state == "none"
    mail(place, state, MONDAY - hours * HOUR)
    assert standing(place, latest_runs(place)).mail.state == expected


def test_a_backup_that_is_asked_for_has_to_be_there(place: Workplace, board: Board) -> None:
    """Never made is unknown, and that is not good; one that failed stays failed until one is good."""
    assert standing(place, latest_runs(place)).backup.state == "off"
    board.write_config('folder = "backups"')
    with workplace(board.config, lambda: MONDAY) as asked:
        assert standing(asked, latest_runs(asked)).backup.state == "unknown"
        keeping.back_up_of_today(asked)
        assert standing(asked, latest_runs(asked)).backup == Sign("good", MONDAY)
        keep_gauges(asked.store, {keeping.GAUGE: 1}, MONDAY)
        assert standing(asked, latest_runs(asked)).backup == Sign("failed", MONDAY)
        keep_gauges(asked.store, {keeping.GAUGE: 0}, MONDAY)
    with workplace(board.config, lambda: MONDAY + 2 * DAY + HOUR) as later:
        assert standing(later, latest_runs(later)).backup.state == "late"


# ---- the command


def test_a_new_board_is_not_called_good(board: Board, ibpmon: Command) -> None:
    """Nothing was read and nothing judged: the exit code says that somebody has to look."""
    answer = ibpmon("status", "--config", board.config)
    told = json.loads(ibpmon("status", "--json", "--config", board.config).out)

    assert answer.code == 1
    assert "OVERDUE - Last judged: unknown." in answer.out
    assert (told["overdue"], told["mail"]["standing"], told["backup"]["standing"]) == (
        ["groups", "judging"],
        "none",
        "off",
    )


def test_a_board_on_which_all_was_read_and_judged_is_good(tenant: Tenant, ibpmon: Command) -> None:
    """Exit code 0, and nothing is called overdue."""
    ibpmon("collect", "--config", tenant.config)
    ibpmon("evaluate", "--config", tenant.config)

    answer = ibpmon("status", "--config", tenant.config)
    told = json.loads(ibpmon("status", "--json", "--config", tenant.config).out)

    assert (answer.code, told["overdue"]) == (0, []), answer.out
    assert "OVERDUE" not in answer.out
    assert {row["standing"] for row in told["sources"]} <= {"good", "off"}
    assert told["judging"]["standing"] == "good"
