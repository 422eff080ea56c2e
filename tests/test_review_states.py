"""Whatever people do in whatever order, a review stays what the model says, and what was signed stays signed."""

import shutil
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from ibpmon import language
from ibpmon.errors import RefusedError
from ibpmon.review import decisions, lapsing, micro, signoff
from ibpmon.review.reopening import reopen
from ibpmon.review.standing import ANSWERABLE, FINAL, LAPSED, SYSTEM
from ibpmon.review.writing import broken
from ibpmon.store import ledger
from ibpmon.store.database import open_store
from ibpmon.store.review_tables import AccessReview, ReviewSignoff
from tests.access_world import datasets
from tests.conftest import BOARD_NAME, MONDAY, TENANT
from tests.review_world import ANNA, CHRIS, EVA, board, bureau_of, confirm, opened, read_again, say, sign, stands

PEOPLE = st.sampled_from([ANNA, ANNA, ANNA, CHRIS, EVA])
ALONE, GROUPS, KEES = (1, 2, 3), ("R1", "R2"), 2
ITEMS = st.sampled_from(ALONE)


class Quarter(RuleBasedStateMachine):
    """One review in the hands of people, beside a model of it in plain sets."""

    template: Path  # a database in which the board was read

    @initialize()
    def begin(self) -> None:
        """Open the round."""
        language.use("en")
        self.folder = Path(tempfile.mkdtemp())
        shutil.copyfile(self.template, self.folder / "ibpmon.db")
        self.store = open_store(f"sqlite:///{self.folder / 'ibpmon.db'}", datasets(), TENANT, BOARD_NAME, MONDAY)
        self.bureau = bureau_of(self.store, self.folder)
        self.number = opened(self.bureau)
        self.owner = ANNA
        self.last: dict[Any, tuple[str, str]] = {}  # item or rule -> the verb, and whose it is
        self.signed = self.cancelled = False
        with self.store.read() as session:
            table = self.store.data["drive-permissions"]
            found = session.execute(table.select().where(table.c.user_id == "kees")).mappings()
            self.rights = [dict(one) for one in found]
        self.statements: dict[int, str] = {}

    def teardown(self) -> None:
        """Leave nothing behind."""
        if hasattr(self, "store"):
            self.store.engine.dispose()
            shutil.rmtree(self.folder)

    def allowed(self, by: str) -> bool:
        """Whether somebody may decide now."""
        return by == self.owner and not self.signed and not self.cancelled

    def tried(self, may: bool, act: Any) -> bool:
        """Do it; it is refused exactly when the model says so."""
        try:
            act()
        except RefusedError:
            assert not may
            return False
        assert may
        return True

    @rule(item=ITEMS, by=PEOPLE, verb=st.sampled_from(["revoke", "keep", "lower", "question", "not_mine"]))
    def decide(self, item: int, by: str, verb: str) -> None:
        """Somebody answers."""
        until = {"reason_code": "project", "until": self.bureau.now + timedelta(days=30)} if verb == "keep" else {}
        told = {"target": "read", "reason": "?", "to": "ICT", **until}
        may = self.allowed(by) and not (verb == "lower" and item == 1)  # Bram reads already
        if self.tried(may, lambda: say(self.bureau, self.number, item, verb=verb, by=by, **told)):
            self.last[item] = ("keep_until" if verb == "keep" else verb, by)

    @rule(item=ITEMS)
    def keep_without_a_reason(self, item: int) -> None:
        """Nobody keeps what does not fit just like that."""
        self.tried(False, lambda: say(self.bureau, self.number, item, by=self.owner))

    @rule(by=PEOPLE)
    def answer_two_at_once(self, by: str) -> None:
        """Kees and Lies weigh the same."""
        if self.tried(self.allowed(by), lambda: say(self.bureau, self.number, 2, 3, verb="revoke", by=by)):
            self.last |= {2: ("revoke", by), 3: ("revoke", by)}

    @rule(key=st.sampled_from(GROUPS), by=PEOPLE)
    def confirm(self, key: str, by: str) -> None:
        """Somebody confirms a rule; Chris and Anna are in none of them."""
        if self.tried(self.allowed(by), lambda: confirm(self.bureau, self.number, key, by)):
            self.last[key] = ("confirm", by)

    @rule(item=ITEMS)
    def reply(self, item: int) -> None:
        """ICT answers a question."""
        may = self.last.get(item, ("",))[0] == "question" and not self.signed and not self.cancelled
        store, now = self.store, self.bureau.now

        def act() -> None:
            with store.write() as session:
                decisions.reply(session, store, self.number, item, "ict", "Een invaller", now)

        if self.tried(may, act):
            self.last[item] = ("open", "ict")

    @rule(to=st.sampled_from([ANNA, CHRIS]))
    def assign(self, to: str) -> None:
        """The review goes to somebody else."""
        may = to != self.owner and not self.signed and not self.cancelled

        def act() -> None:
            with self.store.write() as session:
                decisions.assign(session, self.store, self.number, to, "dewi", "Ziek", self.bureau.now)

        if self.tried(may, act):
            self.owner = to

    @rule(days=st.integers(1, 20))
    def wait(self, days: int) -> None:
        """Time passes, and decides nothing."""
        self.bureau = replace(self.bureau, now=self.bureau.now + timedelta(days=days))

    @rule(there=st.booleans())
    def read(self, there: bool) -> None:
        """The next day all is read again, with or without the right of Kees, and the daemon looks."""
        self.bureau = replace(self.bureau, now=self.bureau.now + timedelta(days=1))
        table = self.store.data["drive-permissions"]
        with self.store.write() as session:
            session.execute(table.delete().where(table.c.user_id == "kees"))
            if there:
                session.execute(table.insert(), self.rights)
        read_again(self.store, (self.bureau.now - MONDAY).days)
        lapsing.lapse(self.bureau, micro.scene(self.bureau))
        verb, waits = self.last.get(KEES, ("", ""))[0], not self.signed and not self.cancelled
        if waits and there and verb == LAPSED:
            self.last[KEES] = ("open", SYSTEM)
        if waits and not there and verb not in FINAL:
            self.last[KEES] = (LAPSED, SYSTEM)

    @rule(by=PEOPLE)
    def sign(self, by: str) -> None:
        """Somebody signs."""
        whole = all(self.last.get(one, ("", ""))[0] in FINAL for one in (*ALONE, *GROUPS))
        own = all(whose == by for verb, whose in self.last.values() if verb != LAPSED)
        if self.tried(self.allowed(by) and whole and own, lambda: sign(self.bureau, self.number, by)):
            self.signed = True

    @rule()
    def reopen(self) -> None:
        """Somebody regrets it."""
        made: list[int] = []
        may = self.signed
        if self.tried(may, lambda: made.append(reopen(self.bureau, self.number, "anna", "Vergissing"))):
            self.number, self.signed = made[0], False
            self.owner = ANNA  # a new revision begins with the owner

    @rule(sure=st.integers(0, 9))
    def cancel(self, sure: int) -> None:
        """Seldom, for it ends everything."""
        if sure:
            return

        def act() -> None:
            with self.store.write() as session:
                decisions.cancel(session, self.store, self.number, "dewi", "Proef", self.bureau.now)

        if self.tried(not self.signed and not self.cancelled, act):
            self.cancelled = True

    @invariant()
    def the_review_is_as_the_model_says(self) -> None:
        """The state, what is left, and the last answer about everything."""
        if not hasattr(self, "store"):
            return
        there = stands(self.bureau, self.number)
        left = {one for one in (*ALONE, *GROUPS) if self.last.get(one, ("", ""))[0] not in FINAL}
        assert {one.item_no for one in there.left()} | {one.key for one in there.groups_left()} == left
        state = there.state(self.bureau.now)
        assert (state == "SIGNED", state == "CANCELLED") == (self.signed, self.cancelled)
        assert (state == "TO_SIGN") == (not left and state in ANSWERABLE)

    @invariant()
    def everything_that_was_written_still_holds(self) -> None:
        """No chain is broken, and every signature of any revision still fits."""
        if not hasattr(self, "store"):
            return
        with self.store.read() as session:
            assert ledger.verify(session, self.store).wrong is None
            for review in session.scalars(select(AccessReview)):
                assert broken(session, self.store, review) is None
            for one in session.scalars(select(ReviewSignoff)):
                assert signoff.differences(session, self.store, one) == []
                assert self.statements.setdefault(one.signoff_id, one.hash) == one.hash


def made(folder: Path) -> Path:
    """A database in which the board was read once; every run begins with a copy."""
    path = folder / "template.db"
    store = open_store(f"sqlite:///{path}", datasets(), TENANT, BOARD_NAME, MONDAY)
    board().save(store)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.engine.dispose()
    return path


@pytest.mark.parametrize(("runs", "steps"), [(8, 40), pytest.param(12, 50, marks=pytest.mark.slow)])
def test_a_review_stays_what_the_model_says(tmp_path: Path, runs: int, steps: int) -> None:
    """Decide, ask, give away, wait, read, sign, open again and cancel, in any order; 600 steps in the slow form."""
    Quarter.template = made(tmp_path)
    slow = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    profile = settings(max_examples=runs, stateful_step_count=steps, deadline=None, suppress_health_check=slow)
    run_state_machine_as_test(Quarter, settings=profile)
