"""Accepted risks: visible, counted, and ended by somebody who says why."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from ibpmon.errors import RefusedError
from ibpmon.operate.rounds import workplace
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.tables import Entry, Exemption, Finding
from ibpmon.tell import exceptions
from tests.conftest import MONDAY, Answer, OpenStore, Tenant
from tests.judging import DATASETS, second_board
from tests.test_acts import accept, act, judge, state, without_mfa

pytestmark = pytest.mark.usefixtures("english")

Run = Callable[..., Answer]
DAY = timedelta(days=1)


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """A board on which Anna has no MFA: alert 1, and the director accepted that risk for thirty days."""
    opened = without_mfa(open_database(DATASETS))
    accept(opened)
    judge(opened, days=2)
    return opened


def end(store: Store, number: int = 1, reason: str = "sleutel is er", days: int = 3) -> None:
    """Bram ends an accepted risk, so many days after Monday."""
    with store.write() as session:
        exceptions.end(session, store, number, "bram", reason, MONDAY + days * DAY)


def numbers(rows: list[Exemption]) -> list[int]:
    """Which these are."""
    return [row.exception_id for row in rows]


def entries(store: Store) -> list[Entry]:
    """What the ledger says of accepted risks that were ended."""
    with store.read() as session:
        mine = (col(Entry.tenant_id) == store.tenant, col(Entry.kind) == "exception.end")
        return list(session.scalars(select(Entry).where(*mine)))


@pytest.mark.parametrize(
    ("days", "runs", "soon", "over"), [(1, [1], [], []), (20, [1], [1], []), (30, [], [], [1]), (90, [], [], [])]
)
def test_what_runs_what_ends_soon_and_what_ended(
    store: Store, days: int, runs: list[int], soon: list[int], over: list[int]
) -> None:
    """The day on which it ends it no longer holds, and it is told for a while that it did."""
    now = MONDAY + days * DAY
    with store.read() as session:
        assert numbers(exceptions.running(session, store, now)) == runs
        assert numbers(exceptions.ending(session, store, now, 14 * DAY)) == soon
        assert numbers(exceptions.ended(session, store, now - 14 * DAY, now)) == over


def test_another_board_sees_nothing_of_it(store: Store) -> None:
    """Many boards may share a database."""
    other = second_board(store)
    with other.read() as session:
        assert exceptions.running(session, other, MONDAY + 2 * DAY) == []
        assert exceptions.everything(session, other) == []
    with pytest.raises(RefusedError, match="no accepted risk 1"), other.write() as session:
        exceptions.end(session, other, 1, "eva", "x", MONDAY + 2 * DAY)


def test_what_is_ended_comes_back_with_the_next_round(store: Store) -> None:
    """And the ledger says who ended it, why, and until when it would have run."""
    assert state(store) == "accepted"
    end(store)
    judge(store, days=4)

    assert state(store) == "reopened"
    with store.read() as session:
        assert not session.scalars(select(Finding)).one().accepted
        assert ledger.verify(session, store).wrong is None
    (entry,) = entries(store)
    assert entry.ref == "exception/1"
    assert json.loads(entry.said or "") == {
        "by": "bram", "reason": "sleutel is er", "rule": "account-without-mfa", "subject": "anna",
        "was_until": (MONDAY + 30 * DAY).isoformat(),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("number", "reason", "days", "said"),
    [(17, "x", 3, "no accepted risk 17"), (1, "x", 30, "ended already"), (1, "  ", 3, "without a reason")],
)
def test_what_cannot_be_ended_is_refused_and_nothing_changes(
    store: Store, number: int, reason: str, days: int, said: str
) -> None:
    """A typing error, a second time, and somebody who does not say why."""
    with pytest.raises(RefusedError, match=said) as refused:
        end(store, number, reason, days)

    assert refused.value.told(str)[2]
    assert entries(store) == []
    with store.read() as session:
        assert session.scalars(select(Exemption)).one().until == MONDAY + 30 * DAY


def test_it_ends_once(store: Store) -> None:
    """Two people end it: the second hears that it was done."""
    end(store)
    with pytest.raises(RefusedError, match="ended already"):
        end(store, days=4)
    assert len(entries(store)) == 1


def test_opening_an_alert_again_ends_it_as_well(store: Store) -> None:
    """Then there is nothing left to end."""
    act(store, "reopen", days=3, reason="toch niet")
    with pytest.raises(RefusedError, match="ended already"):
        end(store, days=4)


def test_it_is_about_a_place_only_when_that_can_be_said(store: Store) -> None:
    """Of the subject itself, of the object, or of a finding that it covers; a person in a place is not the place."""
    rows = [
        Exemption(tenant_id=store.tenant, exception_id=number, rule=rule, subject=subject, object=thing, reason="x",
                  approved_by="y", from_at=MONDAY, until=MONDAY + DAY)
        for number, rule, subject, thing in (
            (2, "r", "care", ""), (3, "r", "anna", "care"), (4, "r", "anna", ""), (5, "q", "anna", ""),
            (6, "r", "anna", "other"),
        )
    ]  # fmt: skip
    with store.write() as session:
        finding = Finding(
            tenant_id=store.tenant, finding_id=99, rule="r", subject="anna", object="care", level="low", accepted=True,
            first_seen=MONDAY, last_seen=MONDAY,
        )  # fmt: skip
        session.add(finding)

    with store.read() as session:
        about = exceptions.about_places(session, store, rows, {"care", "elsewhere"})

    assert about == {2: {"care"}, 3: {"care"}, 4: {"care"}, 5: set(), 6: set()}


# ---- the commands


def accepted_from_the_command_line(tenant: Tenant, ibpmon: Run) -> str:
    """An alert of the fictitious board of which the risk was accepted; gives its number."""
    config = ("--config", tenant.config)
    ibpmon("collect", "accounts", "mfa-registration", "staff-list", "pupil-list", *config)
    ibpmon("evaluate", "--no-mail", *config)
    number = json.loads(ibpmon("alerts", "--json", *config).out)[0]["alert"]
    with workplace(tenant.config) as here:
        until = f"{here.now().astimezone(here.config.time_zone) + 9 * DAY:%d-%m-%Y}"  # a day on the clock of the board
    told = ("--reason", "sleutel \x1b[31mbesteld", "--approved-by", "Directeur Chris", "--until", until)
    assert ibpmon("alerts", "accept", number, *told, *config).code == 0
    return str(number)


def test_accepted_risks_are_listed_and_ended_from_the_command_line(tenant: Tenant, ibpmon: Run) -> None:
    """With what each is about, in the words of the alert; and none of it steers the terminal."""
    config = ("--config", tenant.config)
    assert "No accepted risks." in ibpmon("exceptions", "list", *config).out
    alert = accepted_from_the_command_line(tenant, ibpmon)
    sentence = json.loads(ibpmon("alerts", "show", alert, "--json", *config).out)["sentence"]

    (row,) = json.loads(ibpmon("exceptions", "list", "--json", *config).out)
    assert (row["exception"], row["sentence"], row["approved_by"]) == (1, sentence, "Directeur Chris")
    assert (row["days_left"], row["ended"]) == (9, False)
    listed = ibpmon("exceptions", "list", *config).out
    assert "Directeur Chris" in listed
    assert "\x1b[31m" not in listed

    ended = ibpmon("exceptions", "end", 1, "--reason", "sleutel is er", "--by", "Dewi", *config)
    assert (ended.code, "risk 1 has ended" in ended.out) == (0, True)
    assert json.loads(ibpmon("exceptions", "list", "--json", *config).out) == []
    (over,) = json.loads(ibpmon("exceptions", "list", "--all", "--json", *config).out)
    assert (over["ended"], over["days_left"]) == (True, None)
    assert "ended on" in ibpmon("exceptions", "list", "--all", *config).out
    again = ibpmon("exceptions", "end", 1, "--reason", "nog eens", *config)
    assert (again.code, "ended already" in again.err, "exceptions list" in again.err) == (1, True, True)
    ibpmon("evaluate", "--no-mail", *config)
    assert json.loads(ibpmon("alerts", "show", alert, "--json", *config).out)["state"] == "reopened"


@pytest.mark.parametrize(
    ("command", "code", "names"),
    [
        (("end", "1"), 2, "--reason"),
        (("end", "1", "--reason", " "), 2, "--reason"),
        (("end", "een", "--reason", "x"), 2, "NUMBER"),
        (("end", "99", "--reason", "x"), 1, "no accepted risk 99"),
    ],
)
def test_what_is_written_wrongly_is_said(
    tenant: Tenant, ibpmon: Run, command: tuple[str, ...], code: int, names: str
) -> None:
    """One clear message, and nothing lost."""
    answer = ibpmon("exceptions", *command, "--config", tenant.config)

    assert (answer.code, names in answer.err) == (code, True)
