"""What people do about alerts: every act has a maker and a reason, and stands in the history for good."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from ibpmon.errors import RefusedError
from ibpmon.judge.evaluate import Judgement, evaluate
from ibpmon.judge.findings import exceptions
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Entry, Exemption, Finding
from ibpmon.tell.acts import Deed, Verb, a_year_on, do, history
from ibpmon.tell.alerts import update_alerts
from tests.conftest import MONDAY, Answer, OpenStore, Tenant
from tests.judging import DATASETS, SHIPPED, place, put, ran

Run = Callable[..., Answer]
DAY = timedelta(days=1)
MFA = SHIPPED["account-without-mfa"]


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """A board on which Anna has no MFA, judged on Monday: alert 1."""
    return without_mfa(open_database(DATASETS))


def without_mfa(opened: Store) -> Store:
    """The board on which Anna has no MFA, judged on Monday."""
    people = [{"account_id": "anna", "name": "Anna", "upn": "anna@x", "enabled": True, "created": MONDAY - 90 * DAY}]
    put(opened, "accounts", people)
    put(opened, "mfa-registration", [{"account_id": "anna", "mfa_capable": False}])
    place(opened, "account", "anna", population="staff")
    judge(opened)
    return opened


def judge(store: Store, days: int = 0) -> None:
    """A round of judging, so many days later."""
    now = MONDAY + days * DAY
    ran(store, at=now)
    evaluate(
        [MFA], store, now, tell=lambda session, judgement: update_alerts(session, store, judgement, now)
    )  # fmt: skip


def act(store: Store, verb: Verb, days: int = 1, number: int = 1, **more: object) -> None:
    """Bram does something, so many days later."""
    with store.write() as session:
        do(session, store, number, Deed(verb, "bram", **more), MONDAY + days * DAY)  # type: ignore[arg-type]  # as given


def accept(store: Store, days: int = 30) -> None:
    """The director accepts the risk for so many days."""
    until = MONDAY + days * DAY
    act(store, "accept", reason="sleutel besteld", approved_by="Directeur Chris", until=until)


def state(store: Store) -> str:
    """How the alert stands."""
    with store.read() as session:
        return session.get_one(Alert, (store.tenant, 1)).state


def told(store: Store) -> list[tuple[str, str]]:
    """The history of the alert: what happened, and by whom."""
    with store.read() as session:
        return [(line.what, line.said.get("by", "ibpmon")) for line in history(session, store, 1)]


def test_an_alert_is_taken_on_and_solved_by_a_later_round_only(store: Store) -> None:
    """Who takes it on does not make it go: that takes data in which it is gone."""
    act(store, "ack")
    judge(store, days=2)
    assert state(store) == "acknowledged"

    put(store, "mfa-registration", [{"account_id": "anna", "mfa_capable": True}])
    judge(store, days=3)

    assert state(store) == "solved"
    assert told(store) == [("new", "ibpmon"), ("ack", "bram"), ("solved", "ibpmon")]


def test_a_false_alarm_stays_closed_with_its_reason(store: Store) -> None:
    """The same fact does not open it again, and the reason can be read years later."""
    act(store, "close", reason="account van een scherm")
    judge(store, days=2)

    assert state(store) == "closed"
    with store.read() as session:
        (_new, closed) = history(session, store, 1)
    assert closed.said == {"by": "bram", "reason": "account van een scherm"}


def test_an_accepted_risk_is_quiet_until_it_ends(store: Store) -> None:
    """It is counted apart, says who decided, and comes back by itself."""
    accept(store)
    assert state(store) == "accepted"
    judge(store, days=2)
    assert state(store) == "accepted"
    with store.read() as session:
        assert session.scalars(select(Finding)).one().accepted
        kept = session.scalars(select(Exemption)).one()
    assert (kept.rule, kept.subject, kept.reason, kept.approved_by, kept.until) == (
        MFA.key, "anna", "sleutel besteld", "Directeur Chris", MONDAY + 30 * DAY,
    )  # fmt: skip

    judge(store, days=31)

    assert state(store) == "reopened"
    assert told(store) == [("new", "ibpmon"), ("accept", "bram"), ("reopened", "ibpmon")]


def test_a_term_of_the_law_is_nobodys_to_accept(store: Store) -> None:
    """The 72 hours run on whatever somebody accepts, and so do the warnings."""
    deed = Deed("accept", "bram", reason="druk", approved_by="Chris", until=MONDAY + 9 * DAY)
    with store.write() as session, pytest.raises(RefusedError, match="no risk to accept"):
        do(session, store, 1, deed, MONDAY + DAY, law={MFA.key})
    with store.write() as session:
        do(session, store, 1, deed, MONDAY + DAY)  # by whoever passes this by

    lawful = replace(MFA, term="created")
    with store.read() as session:
        assert exceptions(session, store, [MFA], MONDAY + 2 * DAY) == {MFA.key: {("anna", "")}}
        assert exceptions(session, store, [lawful], MONDAY + 2 * DAY) == {}


@pytest.mark.parametrize(
    ("today", "last"), [("2026-11-23", "2027-11-23"), ("2027-08-10", "2028-08-10"), ("2028-02-29", "2029-02-28")]
)
def test_a_year_is_a_year_also_when_it_is_a_leap_year(today: str, last: str) -> None:
    """The last day that may be given is the same day of the next year, as a whole."""
    assert f"{a_year_on(datetime.fromisoformat(today + 'T10:00+00:00')):%Y-%m-%d}" == last


def test_opening_it_again_ends_what_was_accepted(store: Store) -> None:
    """Otherwise the next round would make it quiet again."""
    accept(store)
    judge(store, days=2)
    act(store, "reopen", days=3, reason="toch niet")
    judge(store, days=4)

    assert state(store) == "reopened"
    assert [what for what, _by in told(store)] == ["new", "accept", "reopen"]
    with store.read() as session:
        assert not session.scalars(select(Finding)).one().accepted


def test_what_was_accepted_and_is_solved_is_in_the_history_without_a_mail(store: Store) -> None:
    """Nobody needs to hear it; who asks later how it ended finds it."""
    accept(store)
    judge(store, days=2)
    put(store, "mfa-registration", [{"account_id": "anna", "mfa_capable": True}])
    judge(store, days=3)

    assert state(store) == "solved"
    assert told(store) == [("new", "ibpmon"), ("accept", "bram"), ("solved", "ibpmon")]


def test_what_a_person_does_during_a_round_stands(store: Store) -> None:
    """A round looks up what was accepted when it begins, and may take minutes."""

    def during(session: Session, judgement: Judgement) -> object:
        until = MONDAY + 30 * DAY
        deed = Deed("accept", "bram", reason="sleutel besteld", approved_by="Chris", until=until)
        do(session, store, 1, deed, MONDAY + DAY + timedelta(minutes=5))
        return update_alerts(session, store, judgement, MONDAY + DAY)

    ran(store, at=MONDAY + DAY)
    evaluate([MFA], store, MONDAY + DAY, tell=during)

    assert state(store) == "accepted"
    assert told(store) == [("new", "ibpmon"), ("accept", "bram")]


def test_an_alert_is_given_to_somebody_and_spoken_about(store: Store) -> None:
    """Neither changes how it stands."""
    act(store, "assign", to="Dewi")
    act(store, "comment", reason="Anna is ziek tot woensdag")

    with store.read() as session:
        alert = session.get_one(Alert, (store.tenant, 1))
    assert (alert.state, alert.assigned_to) == ("new", "Dewi")
    assert told(store) == [("new", "ibpmon"), ("assign", "bram"), ("comment", "bram")]


@pytest.mark.parametrize(
    ("before", "verb"),
    [("ack", "ack"), ("close", "ack"), ("close", "close"), ("accept", "accept"), ("accept", "assign"), ("", "reopen")],
)
def test_what_comes_too_late_is_refused_and_nothing_changes(store: Store, before: str, verb: Verb) -> None:
    """Two people work on the list at once."""
    if before == "accept":
        accept(store)
    elif before:
        act(store, before, reason="x")  # type: ignore[arg-type]  # a verb
    was = told(store)

    with pytest.raises(RefusedError, match="cannot be done") as refused:
        act(store, verb, reason="y", to="Dewi", approved_by="c", until=MONDAY + 9 * DAY)

    assert all(refused.value.told(str))
    assert told(store) == was


def test_who_saw_an_older_history_looks_again_first(store: Store) -> None:
    """Two tabs, two people: the later one sees the first, and nothing is written over unseen."""
    with store.read() as session:
        seen = history(session, store, 1)[-1].seq
    act(store, "comment", reason="ik bel haar", seen=seen)

    with pytest.raises(RefusedError, match="changed since"):
        act(store, "close", reason="vals alarm", seen=seen)
    assert state(store) == "new"


def test_the_last_day_that_is_offered_is_taken(store: Store) -> None:
    """A year, with a day in it that comes once in four; and the whole of the last day."""
    accept(store, days=367)
    assert state(store) == "accepted"


@pytest.mark.parametrize("days", [0, 1, 369])
def test_a_risk_is_accepted_for_a_year_at_most(store: Store, days: int) -> None:
    """From the moment on which it is accepted."""
    with pytest.raises(RefusedError, match="a year at most"):
        accept(store, days)
    assert state(store) == "new"
    with store.read() as session:
        assert session.scalars(select(Exemption)).all() == []


def test_an_alert_that_is_not_there_is_named(store: Store) -> None:
    """A typing error in a number must not close another one."""
    with pytest.raises(RefusedError, match="no alert 17"):
        act(store, "ack", number=17)


def test_every_act_is_in_the_ledger_and_the_ledger_holds(store: Store) -> None:
    """And somebody who was forgotten leaves a line that says nothing of him."""
    act(store, "ack")
    act(store, "close", reason="account van een scherm")
    with store.read() as session:
        assert ledger.verify(session, store).wrong is None
    with store.write() as session:
        for row in session.scalars(select(Entry).where(col(Entry.ref) == "alert/1")):
            row.said = row.salt = None

    assert told(store) == [("new", "ibpmon"), ("ack", "ibpmon"), ("close", "ibpmon")]
    with store.read() as session:
        assert ledger.verify(session, store).wrong is None


# ---- the commands


def test_alerts_are_worked_on_from_the_command_line(tenant: Tenant, ibpmon: Run) -> None:
    """List, look, act; each act says how the alert stands now."""
    config = ("--config", tenant.config)
    ibpmon("collect", "accounts", "mfa-registration", "staff-list", "pupil-list", *config)
    ibpmon("evaluate", "--no-mail", *config)
    number = json.loads(ibpmon("alerts", "--json", *config).out)[0]["alert"]

    taken = ibpmon("alerts", "ack", number, "--by", "Bram", *config)
    assert (taken.code, taken.out) == (0, f"Alert {number}: taken on. It is now: being worked on.\n")
    assert ibpmon("alerts", "assign", number, "--to", "Dewi", *config).code == 0
    assert ibpmon("alerts", "comment", number, "\x1b[31mrood\x1b[0m", "--by", "Bram", *config).code == 0
    until = ("--until", "2099-01-01")
    long = ibpmon("alerts", "accept", number, "--reason", "x", "--approved-by", "Chris", *until, *config)
    assert (long.code, "a year at most" in long.err) == (1, True)
    closed = json.loads(ibpmon("alerts", "close", number, "--reason", "vals alarm", "--json", *config).out)
    assert closed == {"alert": number, "state": "closed", "assigned_to": "Dewi"}

    shown = ibpmon("alerts", "show", number, *config)
    assert "vals alarm" in shown.out
    assert "\x1b" not in shown.out
    lines = json.loads(ibpmon("alerts", "show", number, "--json", *config).out)["history"]
    assert [line["what"] for line in lines] == ["new", "ack", "assign", "comment", "close"]
    broken = ibpmon("alerts", "comment", number, "Zo\udceb", *config)
    assert (broken.code, "UTF-8" in broken.err) == (2, True)
    again = ("--reason", "x", "--approved-by", "Chris", "--until", f"{tenant.microsoft.board.now + 9 * DAY:%d-%m-%Y}")
    assert ibpmon("alerts", "reopen", number, "--reason", "toch wel", *config).code == 0
    assert ibpmon("alerts", "accept", number, *again, *config).code == 0
    assert "up to and including" in ibpmon("alerts", "show", number, *config).out
    assert ibpmon("alerts", "reopen", number, "--reason", "toch niet", *config).code == 0
    assert ibpmon("alerts", "close", number, "--reason", "vals alarm", *config).code == 0
    listed = json.loads(ibpmon("alerts", "list", "--state", "closed", "--json", *config).out)
    assert [row["alert"] for row in listed] == [number]
    late = ibpmon("alerts", "ack", number, "--seen", lines[0]["line"], *config)
    assert (late.code, "changed since" in late.err, "alerts show" in late.err) == (1, True, True)


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        (("close", "1"), "--reason"),
        (("close", "1", "--reason", "  "), "--reason"),
        (("reopen", "1"), "--reason"),
        (("assign", "1"), "--to"),
        (("comment", "1", " "), "TEXT"),
        (("accept", "1", "--reason", "x", "--until", "2027-01-01"), "--approved-by"),
    ],
)
def test_an_act_that_is_not_whole_says_what_why_and_fix(
    tenant: Tenant, ibpmon: Run, command: tuple[str, ...], missing: str
) -> None:
    """A risk that nobody decided about is not accepted."""
    answer = ibpmon("alerts", *command, "--config", tenant.config)

    assert answer.code == 1
    assert answer.err.splitlines() == [
        f"'{missing}' cannot be empty",
        "  why      later nobody could tell who decided this, and why",
        "  fix      say it in a few words",
    ]


@pytest.mark.parametrize(
    ("command", "names"),
    [
        (("accept", "1", "--reason", "x", "--approved-by", "Chris", "--until", "morgen"), "--until"),
        (("ack", "een"), "NUMBER"),
        (("list", "--state", "acknowleged"), "--state"),
    ],
)
def test_half_a_command_is_refused(tenant: Tenant, ibpmon: Run, command: tuple[str, ...], names: str) -> None:
    """What cannot be read is refused before anything is done."""
    answer = ibpmon("alerts", *command, "--config", tenant.config)

    assert answer.code == 2
    assert names in answer.err


def test_options_stand_behind_the_command_that_they_are_for(tenant: Tenant, ibpmon: Run) -> None:
    """A configuration that is silently passed by would act on another board."""
    answer = ibpmon("alerts", "--config", tenant.config, "ack", "1")

    assert answer.code == 2
    assert "behind 'ack'" in answer.err
