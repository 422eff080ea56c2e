"""The daemon: what is due, and that one piece of work that fails holds up no other."""

import logging
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from sqlmodel import Session

from ibpmon.demo.microsoft.faults import Fault
from ibpmon.errors import ConfigError
from ibpmon.operate import canary, daemon
from ibpmon.operate.daemon import due_connectors, tick
from ibpmon.operate.rounds import Workplace, collect_round, latest_runs, workplace
from ibpmon.progress import Progress
from ibpmon.store.tables import Run
from tests.conftest import MONDAY, Tenant
from tests.judging import SHIPPED

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def without_canary(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has tests of its own."""
    monkeypatch.setattr(canary, "is_due", lambda _place, _now: False)


@pytest.fixture
def place(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    """The board of a simulated tenant, at work on a Monday."""
    monkeypatch.setenv("IBPMON_LANGUAGE", "en")
    with workplace(tenant.config, lambda: MONDAY) as place:
        yield place


def remember(place: Workplace, state: str, *, missing: str = "") -> None:
    """A run of every connector that began on Monday and took no time."""

    def run(session: Session, number: int, connector: str) -> None:
        ended = None if state == "RUNNING" else MONDAY
        session.add(
            Run(
                tenant_id=place.store.tenant,
                run_id=number,
                connector=connector,
                started_at=MONDAY,
                finished_at=ended,
                state=state,
                missing=missing,
            )
        )

    with place.store.write() as session:
        for number, connector in enumerate(place.connectors, 1):
            run(session, number, connector)


def test_what_was_never_read_is_due_at_once(place: Workplace) -> None:
    """The first minute of a new installation reads everything."""
    assert due_connectors(place, MONDAY) == set(place.connectors)


def test_what_was_read_waits_for_its_rhythm(place: Workplace) -> None:
    """A source that is asked for once a day is not asked for every minute."""
    remember(place, "FULL")

    assert due_connectors(place, MONDAY + 14 * MINUTE) == set()
    assert due_connectors(place, MONDAY + 15 * MINUTE) == {"sign-ins"}
    assert due_connectors(place, MONDAY + timedelta(days=1)) == set(place.connectors)


def test_what_could_not_be_read_is_tried_again_after_a_quarter_of_an_hour(place: Workplace) -> None:
    """The line was down for a minute at six in the morning, and the board was blind for MFA until the next day."""
    remember(place, "FAILED")

    assert due_connectors(place, MONDAY + 14 * MINUTE) == set()
    assert due_connectors(place, MONDAY + 15 * MINUTE) == set(place.connectors)


def test_what_is_being_read_is_not_read_twice(place: Workplace) -> None:
    """A run that goes on in the other lane has not ended, and holds its turn all the same."""
    remember(place, "RUNNING")
    assert due_connectors(place, MONDAY + MINUTE) == set()


def test_a_run_that_was_killed_is_made_up_for_within_the_hour(place: Workplace) -> None:
    """It still says that it is busy; a run by hand that really is gets the time to end."""
    remember(place, "RUNNING")

    assert "accounts" not in due_connectors(place, MONDAY + 59 * MINUTE)
    assert due_connectors(place, MONDAY + 60 * MINUTE) == set(place.connectors)


def test_what_was_skipped_for_want_of_its_parents_follows_them_soon(place: Workplace) -> None:
    """Members are read over groups: after a first day without a line they must not come a day after the groups."""
    remember(place, "SKIPPED")

    due = due_connectors(place, MONDAY + 15 * MINUTE)

    assert {"group-members", "drives", "drive-permissions"} <= due
    assert "accounts" not in due


def test_what_was_skipped_for_want_of_a_licence_keeps_its_rhythm(place: Workplace) -> None:
    """A licence does not come by asking."""
    remember(place, "SKIPPED", missing="licence:P1")

    assert due_connectors(place, MONDAY + 15 * MINUTE) == {"sign-ins"}


@pytest.mark.parametrize("error", [ConfigError("the secret is gone"), RuntimeError("nobody expected this")])
def test_an_error_in_collecting_does_not_hold_up_judging_and_mail(
    place: Workplace,
    tenant: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    """A secret that expired ended each tick before its first mail: the silence looked like a good day."""

    def broken(*_arguments: object, **_options: object) -> list[Run]:
        raise error

    monkeypatch.setattr(daemon, "collect_round", broken)

    with caplog.at_level(logging.INFO, logger="ibpmon.daemon"):
        tick(place, Event())

    (mail,) = (tenant.microsoft.folder / "mail").glob("*.eml")
    number = len(SHIPPED)  # nothing was read: each rule says so
    assert f"Subject: {number} rules could not be judged".encode() in mail.read_bytes()
    assert "collecting" in caplog.text
    assert "1 mail(s) sent" in caplog.text


def test_a_tick_tells_the_log_how_each_source_went_and_why_mail_waits(
    tenant: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody sits at the screen of a daemon."""
    tenant.hand_out_secret("hunter2")
    tenant.write_config(host="127.0.0.2")

    with caplog.at_level(logging.INFO, logger="ibpmon.daemon"), workplace(tenant.config, lambda: MONDAY) as place:
        tick(place, Event())

    assert "staff-list: FULL, " in caplog.text
    assert "accounts: FAILED" in caplog.text
    assert re.search(r"\d+ mail\(s\) wait, 0 refused, 0 uncertain: cannot hand mail to", caplog.text)
    assert "hunter2" not in caplog.text


def test_a_daemon_that_is_told_to_stop_begins_nothing_new(place: Workplace, tenant: Tenant) -> None:
    """It has a minute before it is killed."""
    stop = Event()
    stop.set()

    tick(place, stop)

    assert not list((tenant.microsoft.folder / "mail").glob("*.eml"))


def test_a_walk_through_all_files_does_not_hold_up_the_sign_ins(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crawl may take hours; the daemon reads the rest in the meantime, each lane its own."""
    asked: list[set[str]] = []

    def remembered(_place: Workplace, _progress: Progress, *, only: set[str], stop: Event) -> list[Run]:
        asked.append(only)
        return []

    monkeypatch.setattr(daemon, "collect_round", remembered)

    tick(place, Event())
    daemon.walk(place, Event())

    quick, long = asked
    assert "sign-ins" in quick
    assert "drive-permissions" in long
    assert not quick & long
    assert quick | long == set(place.connectors)


def test_sign_ins_come_in_while_a_walk_waits_for_microsoft(place: Workplace, tenant: Tenant) -> None:
    """The walk holds no transaction and no budget of others while it waits, however long that takes."""
    tenant.microsoft.faults.add(Fault("slow", "/sites", seconds=2))
    place = replace(place, now=lambda: datetime.now(UTC))  # Microsoft refuses to look further back than it keeps
    walking = Thread(target=daemon.walk, args=(place, Event()))
    walking.start()
    while not any("/sites" in seen.path for seen in tenant.microsoft.requests) and walking.is_alive():
        time.sleep(0.01)

    (run,) = collect_round(place, only={"sign-ins"})

    assert walking.is_alive()
    assert (run.state, run.rows > 0) == ("FULL", True)
    walking.join()
    assert latest_runs(place)["sites"].state == "FULL"
