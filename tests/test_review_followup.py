"""After the signature: what was to go is followed until a later run, read in full, sees that it is gone."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import event, select, text

from ibpmon.errors import RefusedError
from ibpmon.operate.daemon import tick
from ibpmon.operate.rounds import Workplace, verify_round
from ibpmon.review import decisions, remedies
from ibpmon.review.bureau import Bureau
from ibpmon.review.promises import Promise, promise
from ibpmon.review.remedies import Task
from ibpmon.review.reopening import reopen
from ibpmon.review.standing import standing
from ibpmon.review.verifying import verify
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.review_tables import RemediationEdge, ReviewDecision
from ibpmon.store.tables import Cursor, Outbox
from ibpmon.tell.outbox import Delivery
from tests.access_world import datasets
from tests.conftest import MONDAY, OpenStore
from tests.review_world import (
    ANNA,
    CHRIS,
    about,
    all_decided,
    board,
    bureau,
    bureau_of,
    confirm,
    later,
    opened,
    read_again,
    say,
    sign,
    signed,
    stands,
    store,
)

__all__ = ["bureau", "store"]  # fixtures

DAY = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("english")


def found(store: Store) -> list[Task]:
    """All tasks."""
    with store.read() as session:
        return remedies.tasks(session, store)


def away_and_back(bureau: Bureau, store: Store) -> None:
    """One run sees that Kees is out, the next that he is in again."""
    table = store.data["drive-permissions"]
    with store.read() as session:
        kept = [dict(one) for one in session.execute(table.select().where(table.c.user_id == "kees")).mappings()]
    read_again(store, 2, without="kees")
    verify(later(bureau, 2))
    with store.write() as session:
        session.execute(table.insert(), kept)
    read_again(store, 3)
    verify(later(bureau, 3))


def states(store: Store) -> Counter[str]:
    """How many tasks are in each state."""
    return Counter(one.state for one in found(store))


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


def test_a_partial_run_that_could_carry_it_never_says_gone(bureau: Bureau, store: Store) -> None:
    """15 and 16. What was not read in full is unknown."""
    signed(bureau)
    report_all(later(bureau, 1))
    read_again(store, 2, without="kees", groups="PARTIAL")
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


def test_who_carried_it_out_does_not_sign_the_next_revision(bureau: Bureau, store: Store) -> None:
    """7. Chris stands in for Anna, and did the work: somebody else signs; Anna herself can."""
    number = signed(bureau)
    with store.write() as session:
        remedies.report(session, store, 1, "Chris", bureau.now)
    again = reopen(bureau, number, "eva", "Kees belongs there")
    with store.write() as session:
        decisions.assign(session, store, again, CHRIS, ANNA, "Anna is away", bureau.now)
    for one in stands(bureau, again).alone:
        say(bureau, again, one.item_no, verb="revoke", by=CHRIS)
    for group in stands(bureau, again).groups:
        confirm(bureau, again, group.key, CHRIS)
    with pytest.raises(RefusedError, match="carried out tasks"):
        sign(bureau, again, CHRIS)


def test_what_comes_back_is_a_new_task(bureau: Bureau, store: Store) -> None:
    """The new one follows the old, once."""
    signed(bureau)
    away_and_back(bureau, store)
    verify(later(bureau, 3))
    assert states(store) == {"RETURNED": 1, "OPEN": 3}
    assert len([one for one in found(store) if one.row.follows]) == 1


# ---------------------------------------------------------------- what counts when somebody looks


def done_and_read(bureau: Bureau, without: str = "kees", **how: Any) -> dict[str, str]:
    """All is signed and reported; what a run on Wednesday sees of it, by person."""
    signed(bureau)
    report_all(later(bureau, 1))
    read_again(bureau.store, 2, without=without, **how)
    verify(later(bureau, 2))
    return by_person(bureau.store)


def by_person(store: Store) -> dict[str, str]:
    """How the task about each of them stands."""
    return {json.loads(one.row.item_key or "")[1]: one.state for one in found(store)}


def test_a_source_that_cannot_carry_it_holds_nothing_up(bureau: Bureau) -> None:
    """A role of administrators opens no library, so it does not matter whether that was read."""
    states = done_and_read(bureau, role_assignments="PARTIAL", application_consents="FAILED")
    assert states == {"bram": "STILL_PRESENT", "kees": "VERIFIED", "lies": "STILL_PRESENT"}


def test_a_library_elsewhere_that_was_not_read_holds_nothing_up(bureau: Bureau) -> None:
    """The news is another site."""
    assert done_and_read(bureau, unread="nieuws-files", drive_permissions="PARTIAL")["kees"] == "VERIFIED"


def test_a_library_here_that_was_not_read_says_nothing(bureau: Bureau, store: Store) -> None:
    """14 and 15. Unknown, and the source is named; what is there all the same is there."""
    assert done_and_read(bureau, unread="zorg-files", drive_permissions="PARTIAL")["kees"] == "UNKNOWN"
    (kees,) = [one for one in found(store) if '"kees"' in (one.row.item_key or "")]
    assert json.loads(kees.seen[-1].paths or "") == [{"source": "drive-permissions", "why": "not_read"}]


def test_a_group_of_the_place_that_was_not_read_says_nothing(bureau: Bureau) -> None:
    """Kees may be in it."""
    assert done_and_read(bureau, unread="team", group_members="PARTIAL")["kees"] == "UNKNOWN"


def test_a_source_that_was_read_then_and_is_off_now_says_nothing(bureau: Bureau, store: Store) -> None:
    """Who switches a source off does not thereby take anything away."""
    signed(bureau)
    with store.write() as session:
        session.execute(text("DELETE FROM run WHERE connector = 'site-admins'"))
    read_again(store, 2, without="kees")
    verify(later(bureau, 2))
    assert [one.seen[-1].result for one in found(store)] == ["UNKNOWN"] * 3


def test_what_was_never_looked_into_holds_nothing_up(open_database: OpenStore, tmp_path: Path) -> None:
    """A board that does not read SharePoint's own rights signed so, and can see the rest go."""
    world, store = board(), open_database(datasets())
    world.never = ("site-rights", "site-group-members", "site-lists", "list-rights", "site-admins")
    world.save(store)
    assert done_and_read(bureau_of(store, tmp_path))["kees"] == "VERIFIED"


def test_a_corner_that_nobody_signed_for_makes_it_unknown(open_database: OpenStore, tmp_path: Path) -> None:
    """A SharePoint group that was not there, and of which nobody knows who is in it: perhaps Kees."""
    world, store = board(), open_database(datasets())
    world.never = ("site-rights", "site-group-members", "site-lists", "list-rights", "site-admins")
    world.save(store)
    signed(bureau := bureau_of(store, tmp_path))
    table = store.data["drive-permissions"]
    with store.write() as session:
        row = session.execute(table.select().where(table.c.user_id == "kees")).mappings().one()
        new = {**row, "permission_id": "new", "user_id": None, "site_group": "Zorg Leden"}
        session.execute(table.insert().values(new))
    read_again(store, 2, without="kees")
    verify(later(bureau, 2))
    assert "VERIFIED" not in states(store)
    assert next(one for one in found(store) if "kees" in (one.row.item_key or "")).seen[-1].result == "UNKNOWN"


def test_what_was_not_asked_again_says_nothing_of_a_file(bureau: Bureau, store: Store) -> None:
    """A source that follows changes may have an old right of a file, however late it ran; then it waits."""
    signed(bureau)
    report_all(bureau)
    read_again(store, 2, without="kees lies bram")
    asked = [int((MONDAY + days * DAY).timestamp()) * 1_000_000 for days in (0, 2)]
    for value, seen in zip(asked, (0, 3), strict=True):
        with store.write() as session:
            session.merge(Cursor(tenant_id=store.tenant, name="item-permissions:full", value=value))
        assert len(verify(later(bureau, 3))) == seen


def test_the_last_access_to_a_place_can_be_seen_to_go(bureau: Bureau, store: Store) -> None:
    """A place that was read in full and that nobody reaches is empty, not unseen."""
    signed(bureau)
    with store.write() as session:
        session.execute(store.data["drive-permissions"].delete())
    read_again(store, 2)
    verify(later(bureau, 2))
    assert states(store) == {"VERIFIED": 3}


def test_a_deleted_site_is_gone_with_that_as_reason(bureau: Bureau, store: Store) -> None:
    """It is not on the list of all sites any more; a list that was half read would not say so."""
    signed(bureau)
    with store.write() as session:
        session.execute(store.data["sites"].delete().where(store.data["sites"].c.site_id == "zorg"))
    read_again(store, 2, sites="PARTIAL")
    verify(later(bureau, 2))
    assert states(store) == {"OPEN": 3}
    read_again(store, 3)
    verify(later(bureau, 3))
    assert states(store) == {"VERIFIED": 3}
    assert {one.seen[-1].paths for one in found(store)} == {'[{"why":"place_gone"}]'}


def test_a_right_that_lies_under_an_old_name_is_not_gone(bureau: Bureau, store: Store) -> None:
    """The account was deleted, and SharePoint still has its right: whoever gets the name gets the right."""
    signed(bureau)
    table, login = store.data["drive-permissions"], "i:0#.f|membership|kees@board.example"
    with store.write() as session:
        session.execute(table.update().where(table.c.user_id == "kees").values(user_id=None, login_name=login))
        session.execute(store.data["accounts"].delete().where(store.data["accounts"].c.account_id == "kees"))
    read_again(store, 2)
    verify(later(bureau, 2))
    (kees,) = [one for one in found(store) if "kees" in (one.row.item_key or "")]
    assert [one.result for one in kees.seen] == ["UNKNOWN"]


def test_it_stays_away_only_when_every_source_was_read_again(bureau: Bureau, store: Store) -> None:
    """Groups are read every six hours, rights once a day: the first says nothing about the second."""
    done_and_read(bureau)
    read_again(store, 3, only="groups")
    assert verify(later(bureau, 3)) == []
    assert by_person(store)["kees"] == "VERIFIED"
    read_again(store, 4)
    verify(later(bureau, 4))
    assert by_person(store)["kees"] == "LASTING"
    read_again(store, 5)
    assert verify(later(bureau, 5)) == []


def test_a_later_failure_takes_nothing_back(bureau: Bureau, store: Store) -> None:
    """Gone was seen; a day on which nothing could be read changes that into nothing else."""
    done_and_read(bureau)
    read_again(store, 3, drive_permissions="PARTIAL", unread="zorg-files")
    verify(later(bureau, 3))
    assert by_person(store)["kees"] == "VERIFIED"


def test_no_act_of_a_person_says_gone(bureau: Bureau, store: Store) -> None:
    """16. Whatever anybody reports, in any order, without a run nothing was checked."""
    signed(bureau)
    with store.write() as session:
        remedies.assign(session, store, 1, "eva", "chris", bureau.now)
        remedies.decline(session, store, 1, "Needs a licence", "eva", bureau.now)
        remedies.report(session, store, 1, "eva", bureau.now)
        remedies.report(session, store, 2, "eva", bureau.now)
        remedies.decline(session, store, 2, "Needs a licence", "eva", bureau.now)
    assert states(store) == {"REPORTED_DONE": 1, "CANNOT": 1, "OPEN": 1}
    with store.read() as session:
        assert ledger.verify(session, store).wrong is None


def test_nothing_is_done_about_what_is_gone(bureau: Bureau, store: Store) -> None:
    """A second report would make a new term of what was checked."""
    done_and_read(bureau)
    (kees,) = [one for one in found(store) if "kees" in (one.row.item_key or "")]
    with pytest.raises(RefusedError, match="nothing has to be done"), store.write() as session:
        remedies.report(session, store, kees.row.remediation_id, "eva", bureau.now)


def test_a_revision_that_decides_otherwise_withdraws_the_task(bureau: Bureau, store: Store) -> None:
    """20. She regrets it before it was done: the task goes, and nothing is told as gone."""
    number = signed(bureau)
    again = reopen(bureau, number, "chris", "Kees belongs there")
    kees = about(store, again, "Kees")
    say(bureau, again, kees.item_no, verb="keep", reason_code="project", until=MONDAY + 60 * DAY)
    sign(bureau, again)
    assert by_person(store) == {"bram": "OPEN", "kees": "WITHDRAWN", "lies": "OPEN"}
    read_again(store, 2, without="kees")
    verify(later(bureau, 2))
    assert by_person(store)["kees"] == "WITHDRAWN"


def test_tasks_are_read_as_sets(bureau: Bureau, store: Store) -> None:
    """However many there are: as many questions to the database."""
    signed(bureau)
    asked: list[str] = []
    with store.read() as session:
        event.listen(store.engine, "before_cursor_execute", lambda *some: asked.append(some[2]))
        assert len(remedies.tasks(session, store)) == 3
    assert len(asked) <= 6


# ---------------------------------------------------------------- the daemon


def test_the_daemon_looks_once_after_each_set_of_runs(bureau: Bureau, store: Store) -> None:
    """A minute in which nothing was read costs a few small questions."""
    place = Workplace(bureau.config, {}, store, lambda: MONDAY + 2 * DAY)
    assert verify_round(place) == 0
    signed(bureau)
    read_again(store, 2, without="kees")
    assert [verify_round(place) for _minute in range(3)] == [3, 0, 0]
    read_again(store, 3)
    assert verify_round(replace(place, now=lambda: MONDAY + 3 * DAY)) == 1
    assert by_person(store)["kees"] == "LASTING"


def test_a_look_that_fails_stops_neither_the_daemon_nor_the_next_look(
    bureau: Bureau, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Mail still goes; the same data is not tried every minute, the next run is."""
    signed(bureau)
    read_again(store, 2, without="kees")
    place = Workplace(bureau.config, {}, store, lambda: MONDAY + 2 * DAY)
    done = list[str]()

    def send(_place: Workplace) -> Delivery:
        done.append("mail")
        return Delivery()

    monkeypatch.setattr("ibpmon.operate.daemon.send_round", send)
    monkeypatch.setattr("ibpmon.operate.daemon.evaluate_round", lambda *_given: None)
    with monkeypatch.context() as patched:
        patched.setattr("ibpmon.review.verifying.look", lambda *_: 1 / 0)
        tick(place, Event())
        tick(place, Event())
    assert done == ["mail", "mail"]
    assert [one.message for one in caplog.records].count("looking at what reviews took away broke off") == 1
    assert states(store) == {"OPEN": 3}
    read_again(store, 3)
    tick(replace(place, now=lambda: MONDAY + 3 * DAY), Event())
    assert by_person(store)["kees"] == "VERIFIED"


# ---------------------------------------------------------------- promise and proof


def next_round(bureau: Bureau) -> int:
    """The round of the next quarter; gives the number of its only review."""
    return opened(later(bureau, 92))


def promised(store: Store, number: int) -> Promise | None:
    """What the round before this review promised."""
    with store.read() as session:
        there = standing(session, store, number)
        return promise(session, store, there.review.process, there.review.round_id)


def test_the_next_round_opens_with_what_came_of_the_one_before(bureau: Bureau, store: Store) -> None:
    """Anna decided that three go: one stayed away, one cannot go, of one nobody knows; the letter begins with it."""
    first = signed(bureau)
    assert promised(store, first) is None
    numbers = {json.loads(one.row.item_key or "")[1]: one.row.remediation_id for one in found(store)}
    with store.write() as session:
        remedies.report(session, store, numbers["bram"], "eva", bureau.now)
        remedies.decline(session, store, numbers["lies"], "She teaches till summer", "eva", bureau.now)
    for day in (2, 3):
        read_again(store, day, without="kees")
        verify(later(bureau, day))
    with store.write() as session:
        remedies.report(session, store, numbers["bram"], "eva", MONDAY + 4 * DAY)
    made = promised(store, number := next_round(bureau))
    assert made is not None
    assert {proof: count for proof, count in made.counts.items() if count} == {"lasting": 1, "cannot": 1, "open": 1}
    assert promised(store, first) is None
    text = letter_about(store, number)
    assert "3 rights were to go or to become less." in text
    assert "cannot be taken away: She teaches till summer." in text.replace("Cannot", "cannot")
    assert text.index("were to go") < text.index("it is time to look")
    assert "Kees" not in text


def letter_about(store: Store, number: int) -> str:
    """The letter that opened a review, as one line."""
    with store.read() as session:
        texts = [one.text for one in session.scalars(select(Outbox)) if f"review/{number}" in one.text]
    return " ".join(texts[0].split())


def test_what_nobody_could_check_is_not_told_as_gone(bureau: Bureau, store: Store) -> None:
    """14. Unknown stands among the figures under its own name."""
    signed(bureau)
    report_all(later(bureau, 1))
    read_again(store, 2, without="kees", groups="PARTIAL")
    verify(later(bureau, 2))
    made = promised(store, next_round(bureau))
    assert made is not None
    assert made.found() == [("unknown", 3)]
    assert len(made.broken()) == 3


def test_what_came_back_is_told_as_that(bureau: Bureau, store: Store) -> None:
    """One line about it, however many tasks it took."""
    signed(bureau)
    away_and_back(bureau, store)
    made = promised(store, next_round(bureau))
    assert made is not None
    assert dict(made.found()) == {"returned": 1, "still_there": 2}


def test_a_round_that_promised_nothing_opens_without_it(bureau: Bureau, store: Store) -> None:
    """All was kept: there is nothing to prove."""
    number = opened(bureau)
    for one in stands(bureau, number).left():
        say(bureau, number, one.item_no, reason_code="project", until=MONDAY + 60 * DAY)
    all_decided(bureau, number)
    sign(bureau, number)
    assert promised(store, next_round(bureau)) is None
