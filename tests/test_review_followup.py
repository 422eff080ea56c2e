"""After the signature: what was to go is followed until a later run, read in full, sees that it is gone."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from ibpmon.errors import RefusedError
from ibpmon.review import remedies
from ibpmon.review.bureau import Bureau
from ibpmon.review.remedies import Task
from ibpmon.review.verifying import verify
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.review_tables import RemediationEdge, ReviewDecision
from ibpmon.store.tables import micros
from tests.access_world import datasets
from tests.conftest import MONDAY, OpenStore
from tests.review_world import ANNA, all_decided, board, bureau_of, opened, sign, signed

DAY = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """The board of these tests, as it was read on Monday."""
    store = open_database(datasets())
    board().save(store)
    return store


@pytest.fixture
def bureau(store: Store, tmp_path: Path) -> Bureau:
    """Its bureau, on Monday."""
    return bureau_of(store, tmp_path)


def found(store: Store) -> list[Task]:
    """All tasks."""
    with store.read() as session:
        return remedies.tasks(session, store)


def states(store: Store) -> Counter[str]:
    """How many tasks are in each state."""
    return Counter(one.state for one in found(store))


def read_again(store: Store, days: int, *, without: str = "", state: str = "FULL") -> None:
    """All sources are read again, as they are, `days` later; `without` somebody who lost what he was given himself."""
    at = micros(MONDAY + days * DAY)
    with store.write() as session:
        session.execute(text("UPDATE run SET run_id = run_id + 1000, started_at = :at, finished_at = :at"), {"at": at})
        session.execute(text("UPDATE coverage SET run_id = run_id + 1000"))
        if state != "FULL":
            session.execute(text("UPDATE run SET state = :state WHERE connector = 'groups'"), {"state": state})
        table = store.data["drive-permissions"]
        if without:
            session.execute(table.delete().where(table.c.user_id == without))


def later(bureau: Bureau, days: int) -> Bureau:
    """The same bureau so many days later."""
    return replace(bureau, now=MONDAY + days * DAY)


def report_all(bureau: Bureau) -> None:
    """Eva says that all is done."""
    for one in found(bureau.store):
        with bureau.store.write() as session:
            remedies.report(session, bureau.store, one.row.remediation_id, "eva", bureau.now)


def test_a_signature_makes_a_task_of_each_access_that_goes(bureau: Bureau, store: Store) -> None:
    """One per decision, with the edges to cut, in the ledger."""
    signed(bureau)
    with store.read() as session:
        gone = session.scalars(select(ReviewDecision).where(ReviewDecision.verb == "revoke")).all()  # type: ignore[arg-type]  # a column
        edges = session.scalars(select(RemediationEdge)).all()
        assert ledger.verify(session, store).wrong is None
    assert len(gone) == len(found(store)) == 3
    assert {one.kind for one in edges} == {"grant"}
    assert states(store) == {"OPEN": 3}


def test_a_signature_that_fails_leaves_no_task(bureau: Bureau, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing half: the tasks are in the transaction of the signature."""
    number = opened(bureau)
    all_decided(bureau, number)
    monkeypatch.setattr("ibpmon.review.signoff.post", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        sign(bureau, number)
    assert found(store) == []


def test_only_a_later_full_run_says_gone(bureau: Bureau, store: Store) -> None:
    """16. Not the word of Eva, not the run of before; and what is still there is said to be."""
    signed(bureau)
    report_all(later(bureau, 1))
    assert verify(later(bureau, 1)) == []
    assert states(store) == {"REPORTED_DONE": 3}
    read_again(store, 2, without="kees")
    assert len(verify(later(bureau, 2))) == 3
    assert verify(later(bureau, 2)) == []
    assert states(store) == {"VERIFIED": 1, "STILL_PRESENT": 2}
    read_again(store, 3)
    verify(later(bureau, 3))
    assert states(store) == {"LASTING": 1, "STILL_PRESENT": 2}


def test_a_run_within_the_hour_says_nothing(bureau: Bureau, store: Store) -> None:
    """16. Microsoft may still show what was."""
    signed(bureau)
    report_all(later(bureau, 2))
    read_again(store, 2, without="kees")
    assert verify(later(bureau, 2)) == []


def test_a_partial_run_anywhere_never_says_gone(bureau: Bureau, store: Store) -> None:
    """15 and 16. What was not read in full is unknown."""
    signed(bureau)
    report_all(later(bureau, 1))
    read_again(store, 2, without="kees", state="PARTIAL")
    verify(later(bureau, 2))
    assert states(store) == {"UNKNOWN": 3}


def test_who_signed_does_not_carry_it_out(bureau: Bureau, store: Store) -> None:
    """7. Anna signed; neither may she be named for it nor report it."""
    signed(bureau)
    with pytest.raises(RefusedError, match="signed this review"), store.write() as session:
        remedies.report(session, store, 1, ANNA, bureau.now)
    with pytest.raises(RefusedError, match="signed this review"), store.write() as session:
        remedies.assign(session, store, 1, "Anna", "chris", bureau.now)
    assert states(store) == {"OPEN": 3}


def test_what_comes_back_is_a_new_task(bureau: Bureau, store: Store) -> None:
    """The new one follows the old, once."""
    signed(bureau)
    table = store.data["drive-permissions"]
    with store.read() as session:
        kept = [dict(one) for one in session.execute(table.select().where(table.c.user_id == "kees")).mappings()]
    read_again(store, 2, without="kees")
    verify(later(bureau, 2))
    with store.write() as session:
        session.execute(table.insert(), kept)
    read_again(store, 3)
    verify(later(bureau, 3))
    verify(later(bureau, 3))
    assert states(store) == {"RETURNED": 1, "OPEN": 3}
    assert len([one for one in found(store) if one.row.follows]) == 1
