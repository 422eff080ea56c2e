"""Whoever owns the database can change a review; verifying it says which line is not what was written down."""

from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlmodel import Session

from ibpmon.errors import RefusedError
from ibpmon.review import decisions, remedies
from ibpmon.review.bureau import Bureau
from ibpmon.review.proving import Fault, faults
from ibpmon.review.reopening import reopen
from ibpmon.review.verifying import verify
from ibpmon.store.database import Store
from ibpmon.store.ledger import Head
from ibpmon.store.review_tables import FIXED, Remediation, ReviewSignoff
from ibpmon.store.tables import Base, Entry
from tests.review_world import (
    CHRIS,
    all_decided,
    bureau,
    confirm,
    later,
    opened,
    read_again,
    say,
    sign,
    signed,
    store,
    unguarded,
)
from tests.test_review_followup import report_all
from tests.test_review_invariants import tampered

__all__ = ["bureau", "store"]  # fixtures

pytestmark = pytest.mark.usefixtures("english")


def lived(bureau: Bureau) -> int:
    """A review with everything in it: a question, a deputy, a signature, tasks, reports, and what a run saw."""
    number, store = opened(bureau), bureau.store
    say(bureau, number, 1, verb="question", reason="Wie is dit?", to="ICT")
    with store.write() as session:
        decisions.reply(session, store, number, 1, "ict", "Een invaller", bureau.now)
        decisions.assign(session, store, number, CHRIS, "dewi", "Ziek", bureau.now)
    all_decided(bureau, number)
    sign(bureau, number, CHRIS)
    with store.write() as session:
        remedies.assign(session, store, 1, "eva", "dewi", bureau.now)
        remedies.decline(session, store, 2, "Loopt nog", "eva", bureau.now)
    report_all(later(bureau, 1))
    read_again(store, 2, without="kees")
    verify(later(bureau, 2))
    return number


def wrong(store: Store, number: int, head: Head | None = None, code: str = "") -> list[tuple[str, int]]:
    """What verifying names."""
    with store.read() as session:
        return [(one.table, one.line) for one in faults(session, store, number, head, code)]


def test_what_nobody_touched_is_whole(bureau: Bureau, store: Store) -> None:
    """At every point of its life: just opened, half answered, signed, opened again, followed up."""
    number = opened(bureau)
    assert wrong(store, number) == []
    confirm(bureau, number, "R1")
    assert wrong(store, number) == []
    all_decided(bureau, number)
    sign(bureau, number)
    again = reopen(bureau, number, "chris", "Kees hoort erbij")
    assert (wrong(store, number), wrong(store, again)) == ([], [])
    with store.write() as session:
        decisions.cancel(session, store, again, "dewi", "Toch niet", bureau.now)
    assert wrong(store, again) == []


def test_a_review_with_all_that_can_happen_is_whole(bureau: Bureau, store: Store) -> None:
    """And with the code of the mail and the head of the ledger too."""
    number = lived(bureau)
    with store.read() as session:
        code = session.scalars(select(ReviewSignoff)).one().fingerprint
        last = session.scalars(select(Entry)).all()[-1]
    assert wrong(store, number, Head(last.seq, last.hash), code.lower()) == []
    assert wrong(store, number, Head(last.seq, "0" * 64)) == [("ledger", last.seq)]
    assert wrong(store, number, code="AAAA-AAAA-AAAA-AAAA") == [("code", 0)]


def test_what_was_erased_as_it_may_be_is_whole(bureau: Bureau, store: Store) -> None:
    """Text and salt of every table, all at once: the rows and the hashes stay."""
    number = lived(bureau)
    with store.write() as session:
        for table, names in FIXED.items():
            if names:
                session.execute(update(Base.metadata.tables[table]).values(dict.fromkeys(names)))
    assert wrong(store, number) == []


CHANGES = {
    "UPDATE review SET due_at = due_at + 1": ("review", 1),
    "UPDATE review SET owner_name = 'Eva'": ("review", 1),
    "UPDATE review SET coverage = '{}'": ("review", 1),
    "UPDATE review_item SET sentence = 'Niets' WHERE item_no = 2": ("review_item", 2),
    "UPDATE review_item SET sentence = 'Niets', salt = NULL WHERE item_no = 2": ("review_item", 2),
    "UPDATE review_item SET sample = NOT sample WHERE item_no = 4": ("review_item", 4),
    "DELETE FROM review_item WHERE item_no = 3": ("review_item", 3),
    "UPDATE review_matrix SET content = '{}'": ("review_matrix", 0),
    "UPDATE review_matrix SET version = '2025-1'": ("review_matrix", 0),
    "UPDATE review_decision SET verb = 'keep' WHERE seq = 3": ("review_decision", 3),
    "DELETE FROM review_decision WHERE seq > 4": ("review_decision", 5),
    "UPDATE review_event SET verb = 'remind'": ("review_event", 1),
    "UPDATE review_assignment SET after = 'eva'": ("review_assignment", 1),
    "UPDATE review_signoff SET statement = 'Alles weg'": ("review_signoff", 0),
    "UPDATE review_signoff SET signer = 'eva'": ("review_signoff", 1),
    "DELETE FROM review_signoff": ("review_signoff", 1),
    "DELETE FROM remediation WHERE remediation_id = 2": ("remediation", 2),
    "UPDATE remediation SET goal = 'read' WHERE remediation_id = 2": ("remediation", 2),
    "UPDATE remediation SET due_at = due_at + 1 WHERE remediation_id = 3": ("remediation", 3),
    "UPDATE remediation SET item_key = 'x' WHERE remediation_id = 3": ("remediation", 3),
    "UPDATE remediation_edge SET before_state = '{}' WHERE remediation_id = 1": ("remediation", 1),
    "UPDATE remediation_edge SET edge_key = NULL WHERE remediation_id = 1": ("remediation_edge", 1),
    "UPDATE remediation_event SET actor = 'dewi' WHERE remediation_id = 2": ("remediation_event", 2),
    "UPDATE remediation_event SET note = 'Kan best' WHERE remediation_id = 2 AND seq = 1": ("remediation_event", 2),
    "DELETE FROM remediation_event WHERE remediation_id = 3": ("remediation_event", 3),
    "UPDATE observation SET result = 'GONE'": ("observation", 1),
    "UPDATE observation SET paths = '[]'": ("observation", 1),
    "UPDATE observation SET run_id = 1": ("observation", 1),
    "DELETE FROM observation WHERE remediation_id = 2": ("observation", 2),
    "UPDATE ledger SET said = '{}' WHERE seq = 2": ("ledger", 2),
    "DELETE FROM review": ("review", 1),
}


ERASED = "UPDATE ledger SET said = NULL, salt = NULL WHERE "
# What is changed while the ledger does not say any more what it was, and how it must be named.
UNTOLD: dict[tuple[str, ...], tuple[str, int]] = {
    ("UPDATE review SET owner_name = 'Eva'", f"{ERASED} kind = 'review.open'"): ("review", 1),
    ("UPDATE review_signoff SET signer = 'eva'", f"{ERASED} kind = 'review.sign'"): ("review_signoff", 1),
    ("DELETE FROM review_decision WHERE seq > 4", f"{ERASED} kind IN ('review.decide', 'review.confirm')"): (
        "review_decision", 1,
    ),
    ("UPDATE review_assignment SET after = 'eva'", f"{ERASED} kind = 'review.assign'"): ("review_assignment", 1),
    ("UPDATE review_assignment SET reason = 'Vrij'", f"{ERASED} kind = 'review.assign'"): ("review_assignment", 1),
    ("UPDATE review_event SET \"by\" = '', said = NULL, reason = NULL",): ("review_event", 1),
    ("UPDATE remediation SET goal = 'read' WHERE remediation_id = 2", f"{ERASED} kind = 'remediation.open'"): (
        "remediation", 2,
    ),
    ("UPDATE remediation_event SET actor = 'dewi' WHERE remediation_id = 2", f"{ERASED} ref = 'remediation/2'"): (
        "remediation_event", 2,
    ),
    ("UPDATE observation SET result = 'GONE'", f"{ERASED} kind = 'remediation.see'"): ("observation", 1),
    ("DELETE FROM remediation WHERE remediation_id = 2", f"{ERASED} ref = 'remediation/2'"): ("remediation", 2),
    ("DELETE FROM remediation WHERE remediation_id = 2", "DELETE FROM ledger WHERE ref = 'remediation/2'"): (
        "remediation", 0,
    ),
}  # fmt: skip


def test_a_change_does_not_hide_behind_a_text_that_was_erased(bureau: Bureau, store: Store) -> None:
    """An erased text breaks no chain; then only a row that lost its own texts with it is believed, and no signature."""
    number = lived(bureau)
    for steps, named in UNTOLD.items():
        with unguarded(store) as connection, Session(bind=connection) as session:
            for sql in steps:
                session.execute(text(sql))
            found = [(one.table, one.line) for one in faults(session, store, number)]
        assert named in found, steps


def test_what_the_ledger_says_of_an_erased_row_may_go_with_it(bureau: Bureau, store: Store) -> None:
    """Who was named in a reason is gone from both, and nothing has to be explained."""
    number = lived(bureau)
    tampered(store, "UPDATE review_assignment SET reason = NULL")
    tampered(store, "UPDATE remediation_event SET note = NULL WHERE remediation_id = 2")
    tampered(store, f"{ERASED} kind = 'review.assign'")
    tampered(store, f"{ERASED} kind IN ('remediation.cannot', 'remediation.done') AND ref = 'remediation/2'")
    assert wrong(store, number) == []


def test_what_somebody_else_has_yet_to_decide_lacks_no_task(bureau: Bureau, store: Store) -> None:
    """Anna took it away, and it was given to Chris before she signed: of that draft no task was made."""
    number = opened(bureau)
    all_decided(bureau, number)
    with store.write() as session:
        decisions.assign(session, store, number, CHRIS, "dewi", "Chris kent hem", bureau.now, 1)
    sign(bureau, number)
    assert wrong(store, number) == []


def test_what_was_changed_is_named(bureau: Bureau, store: Store) -> None:
    """By its table and its line, whatever it was."""
    number = lived(bureau)
    for sql, named in CHANGES.items():
        with unguarded(store) as connection, Session(bind=connection) as session:
            session.execute(text(sql))
            found = [(one.table, one.line) for one in faults(session, store, number)]
        assert named in found, sql
    assert wrong(store, number) == []


def test_a_row_that_the_ledger_does_not_know_is_named(bureau: Bureau, store: Store) -> None:
    """A task is put in, with what a run is said to have seen of it."""
    number = lived(bureau)
    with store.write() as session:
        row: dict[str, Any] = session.scalars(select(Remediation)).all()[0].model_dump()
        session.add(Remediation(**row | {"remediation_id": 9}))
    assert wrong(store, number) == [("remediation", 9)]


def test_decisions_of_a_draft_are_bound_as_well(bureau: Bureau, store: Store) -> None:
    """Nobody signed yet; and what a revision took over is told in the ledger too."""
    number = signed(bureau)
    again = reopen(bureau, number, "chris", "Kees hoort erbij")
    tampered(store, f"DELETE FROM review_decision WHERE review_id = {again} AND seq = 5")  # noqa: S608 - our number
    assert wrong(store, again) == [("review_decision", 5)]
    assert wrong(store, number) == []


def test_what_never_was_a_review_is_refused(bureau: Bureau, store: Store) -> None:
    """That is a mistyped number, no fault."""
    with store.read() as session, pytest.raises(RefusedError, match="there is no review 7"):
        faults(session, store, 7)


def test_a_value_that_no_column_should_hold_is_a_fault(bureau: Bureau, store: Store) -> None:
    """The answer is which table, never a trace."""
    number = lived(bureau)
    tampered(store, "UPDATE review_event SET said = 'geen JSON'")
    with store.read() as session:
        assert Fault("review_event") in faults(session, store, number)
    if store.engine.dialect.name == "sqlite":
        tampered(store, "UPDATE remediation_event SET at = 'gisteren'")
        assert ("remediation", 0) in wrong(store, number)
    with store.read() as session:
        assert session.scalar(text("SELECT count(*) FROM review_event")) == 1
