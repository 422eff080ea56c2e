"""What goes away while a review is open: it lapses, and nobody's silence becomes a decision by it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ibpmon.errors import RefusedError
from ibpmon.operate.rounds import Workplace, verify_round
from ibpmon.review import lapsing, micro, signoff
from ibpmon.review.bureau import Bureau
from ibpmon.review.proving import faults
from ibpmon.review.reopening import reopen
from ibpmon.review.standing import LAPSED, SYSTEM
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.review_tables import Remediation, ReviewDecision
from tests.conftest import MONDAY
from tests.review_world import (
    ANNA,
    DAY,
    about,
    all_decided,
    bureau,
    bureau_of,
    confirm,
    later,
    opened,
    read_again,
    say,
    sign,
    stands,
    store,
)

__all__ = ["bureau", "store"]  # fixtures

pytestmark = pytest.mark.usefixtures("english")


def looked(bureau: Bureau, days: int) -> int:
    """The daemon looks, so many days later; gives how many lines were written."""
    now = later(bureau, days)
    return lapsing.lapse(now, micro.scene(now))


def answers(bureau: Bureau, number: int) -> dict[str, str]:
    """The last answer about each item that has one, by the name of the person."""
    found = stands(bureau, number).answers
    return {name: found[item.item_no].verb for name, item in by_name(bureau, number) if item.item_no in found}


def by_name(bureau: Bureau, number: int) -> Iterator[tuple[str, Any]]:
    """The items of these people."""
    for name in ("Bram", "Kees", "Lies"):
        yield name, about(bureau.store, number, name)


def leave_team(store: Store, *names: str) -> None:
    """Some go out of the care team."""
    table = store.data["group-members"]
    with store.write() as session:
        session.execute(table.delete().where(table.c.member_id.in_(names), table.c.group_id == "team"))


def put_back(store: Store, kept: list[Mapping[str, Any]]) -> None:
    """The rights are given again."""
    with store.write() as session:
        session.execute(store.data["drive-permissions"].insert(), kept)


def rights_of(store: Store, name: str) -> list[Mapping[str, Any]]:
    """The rights that somebody was given himself."""
    table = store.data["drive-permissions"]
    with store.read() as session:
        return [dict(one) for one in session.execute(table.select().where(table.c.user_id == name)).mappings()]


def test_what_went_before_it_was_decided_needs_no_answer(bureau: Bureau, store: Store) -> None:
    """Kees is out: nothing is asked about him any more, and the line says that ibpmon wrote it, of which reading."""
    number = opened(bureau)
    kees = about(store, number, "Kees").item_no
    read_again(store, 2, without="kees")
    assert looked(bureau, 2) == 1
    there = stands(bureau, number)
    assert kees not in {one.item_no for one in there.left()}
    last = there.answers[kees]
    assert (last.verb, last.actor, last.reason_code) == (LAPSED, SYSTEM, "gone")
    assert last.shown_at == MONDAY + 2 * DAY
    assert looked(bureau, 2) == 0


def test_silence_about_what_is_gone_is_told_as_gone_and_not_as_kept(bureau: Bureau, store: Store) -> None:
    """8. Anna never answered about Kees: the text that she signs says so by number, and no figure counts him."""
    number = opened(bureau)
    kees = about(store, number, "Kees").item_no
    read_again(store, 2, without="kees")
    looked(bureau, 2)
    now = later(bureau, 2)
    all_decided(now, number)
    signed = sign(now, number)
    assert f"Already gone, so nothing was decided about it: 1 (numbers {kees})." in (signed.statement or "")
    assert '"lapsed":1' in signed.counts
    assert '"keep":0,' in signed.counts
    assert '"revoke":2' in signed.counts
    with store.read() as session:
        tasks = session.scalars(select(Remediation)).all()
        assert faults(session, store, number, None, signed.fingerprint) == []
        assert ledger.verify(session, store).wrong is None
    assert kees not in {one.item_no for one in tasks}


def test_what_weighs_most_is_asked_all_the_same(bureau: Bureau, store: Store) -> None:
    """Bram is a guest: that he is gone today is no reason not to think about him."""
    number = opened(bureau)
    bram = about(store, number, "Bram")
    assert bram.risk == "high"
    read_again(store, 2, without="bram")
    assert looked(bureau, 2) == 0
    assert bram.item_no in {one.item_no for one in stands(bureau, number).left()}


@pytest.mark.parametrize(
    "bad", [{"drive_permissions": "PARTIAL", "unread": "zorg-files"}, {"drive_permissions": "FAILED"}]
)
def test_a_reading_that_was_not_whole_lets_nothing_lapse(bureau: Bureau, store: Store, bad: Any) -> None:
    """15. Not seen is not gone."""
    number = opened(bureau)
    read_again(store, 2, without="kees", **bad)
    assert looked(bureau, 2) == 0
    assert answers(bureau, number) == {}


def test_a_reading_of_before_the_review_lets_nothing_lapse(bureau: Bureau, store: Store) -> None:
    """What was frozen is newer than that reading, whatever it shows."""
    number = opened(bureau)
    read_again(store, -1, without="kees")
    assert looked(bureau, 1) == 0
    assert answers(bureau, number) == {}


def test_what_comes_back_before_the_signature_is_open_again(bureau: Bureau, store: Store) -> None:
    """Kees was out on Wednesday and is in on Thursday: he is asked about, and a day without reading changes nothing."""
    number = opened(bureau)
    kees, kept = about(store, number, "Kees").item_no, rights_of(store, "kees")
    read_again(store, 2, without="kees")
    looked(bureau, 2)
    read_again(store, 3, drive_permissions="FAILED")
    assert looked(bureau, 3) == 0
    put_back(store, kept)
    read_again(store, 4)
    assert looked(bureau, 4) == 1
    there = stands(bureau, number)
    assert there.answers[kees].verb == "open"
    assert kees in {one.item_no for one in there.left()}


def test_what_a_person_decided_stays_as_it_was_decided(bureau: Bureau, store: Store) -> None:
    """Anna said that Kees goes: that he is gone keeps its task, so that his coming back is seen."""
    number = opened(bureau)
    say(bureau, number, about(store, number, "Kees").item_no, verb="revoke")
    read_again(store, 2, without="kees lies")
    looked(bureau, 2)
    assert answers(bureau, number) == {"Kees": "revoke", "Lies": LAPSED}


def test_a_person_can_still_decide_about_what_lapsed(bureau: Bureau, store: Store) -> None:
    """Whoever looked before it lapsed was still the first to decide; nothing lapses over it."""
    number = opened(bureau)
    kees = about(store, number, "Kees").item_no
    read_again(store, 2, without="kees")
    looked(bureau, 2)
    say(bureau, number, kees, verb="revoke", seen={kees: 0})
    assert looked(bureau, 2) == 0
    assert answers(bureau, number)["Kees"] == "revoke"


def test_a_question_about_what_is_gone_is_no_matter_any_more(bureau: Bureau, store: Store) -> None:
    """Nobody has to answer it before Anna can sign."""
    number = opened(bureau)
    say(bureau, number, about(store, number, "Kees").item_no, verb="question", reason="Wie?", to="ICT")
    read_again(store, 2, without="kees")
    looked(bureau, 2)
    assert stands(bureau, number).waiting == 0
    assert answers(bureau, number) == {"Kees": LAPSED}


def test_who_is_gone_is_not_confirmed_with_his_rule(bureau: Bureau, store: Store) -> None:
    """Joep left the team before Anna confirmed it: six are confirmed, and Joep is told by number."""
    number = opened(bureau)
    joep = about(store, number, "Joep").item_no
    leave_team(store, "joep")
    read_again(store, 2)
    assert looked(bureau, 2) == 1
    now = later(bureau, 2)
    all_decided(now, number)
    signed = sign(now, number)
    group = next(one for one in stands(now, number).groups if joep in one.gone)
    assert (group.count, len(group.gone)) == (7, 1)
    total = sum(one.count for one in stands(now, number).groups)
    assert f"Confirmed per rule of the matrix: {total - 1}." in (signed.statement or "")
    assert f"(numbers {joep})" in (signed.statement or "")


def test_a_rule_of_which_all_are_gone_needs_no_confirming(bureau: Bureau, store: Store) -> None:
    """And a rule that was confirmed stays confirmed, for all that it was confirmed for."""
    number = opened(bureau)
    confirm(bureau, number, "R2")
    leave_team(store, "dirk", "els", "fien", "gijs", "hans", "iris", "joep")
    table = store.data["group-members"]
    with store.write() as session:
        session.execute(table.delete().where(table.c.group_id == "all"))
    read_again(store, 2)
    assert looked(bureau, 2) == 7
    there = stands(bureau, number)
    assert there.groups_left() == []
    assert next(one for one in there.groups if one.key == "R2").gone == ()


def test_all_of_a_deleted_site_lapses_and_the_reason_says_so(bureau: Bureau, store: Store) -> None:
    """A list of sites that was half read would not say so; and what weighs most is asked all the same."""
    number = opened(bureau)
    with store.write() as session:
        session.execute(store.data["sites"].delete().where(store.data["sites"].c.site_id == "zorg"))
    read_again(store, 2, sites="PARTIAL")
    assert looked(bureau, 2) == 0
    read_again(store, 3)
    assert looked(bureau, 3) == 9
    found = stands(bureau, number)
    assert {one.reason_code for one in found.answers.values()} == {lapsing.PLACE_GONE}
    assert [one.item_no for one in found.left()] == [about(store, number, "Bram").item_no]


def test_nothing_lapses_after_the_signature(bureau: Bureau, store: Store) -> None:
    """What was signed is what was signed."""
    number = opened(bureau)
    all_decided(bureau, number)
    sign(bureau, number)
    read_again(store, 2, without="kees")
    assert looked(bureau, 2) == 0


def signed_without_kees(bureau: Bureau, store: Store) -> tuple[int, list[Mapping[str, Any]], Bureau]:
    """A review that was signed after the rights of Kees lapsed in it; those rights, and the moment."""
    number = opened(bureau)
    kept = rights_of(store, "kees")
    read_again(store, 2, without="kees")
    looked(bureau, 2)
    now = later(bureau, 2)
    all_decided(now, number)
    sign(now, number)
    return number, kept, now


def test_what_lapsed_is_new_when_it_is_there_in_the_next_round(bureau: Bureau, store: Store) -> None:
    """Nobody ever signed for it, so it is not "unchanged"."""
    _number, kept, _now = signed_without_kees(bureau, store)
    put_back(store, kept)
    read_again(store, 90)
    assert about(store, opened(later(bureau, 92)), "Kees").delta == "NEW"


def test_a_revision_keeps_what_lapsed_unless_it_is_there_again(bureau: Bureau, store: Store, tmp_path: Path) -> None:
    """20. The same question again is as gone as it was; asked freshly, what is there is asked."""
    number, kept, now = signed_without_kees(bureau, store)
    again = reopen(now, number, "chris", "Vergissing")
    assert answers(now, again)["Kees"] == LAPSED
    put_back(store, kept)
    read_again(store, 3)
    fresh = reopen(replace(bureau_of(store, tmp_path), now=MONDAY + 3 * DAY), again, "chris", "Er is meer", fresh=True)
    assert "Kees" not in answers(bureau, fresh)


def test_the_daemon_lets_lapse_once_after_each_set_of_runs(bureau: Bureau, store: Store) -> None:
    """In the same look as the tasks, also on a board that never had a task."""
    number = opened(bureau)
    read_again(store, 2, without="kees")
    place = Workplace(bureau.config, {}, store, lambda: MONDAY + 2 * DAY)
    assert [verify_round(place) for _minute in range(3)] == [1, 0, 0]
    assert answers(bureau, number) == {"Kees": LAPSED}


def test_what_lapsed_late_is_marked_as_late(bureau: Bureau, store: Store) -> None:
    """9. After the term it is still noted, and no answer of anybody."""
    number = opened(bureau)
    read_again(store, 40, without="kees")
    looked(bureau, 40)
    with store.read() as session:
        (line,) = session.scalars(select(ReviewDecision))
    assert (line.late, stands(later(bureau, 40), number).state(MONDAY + timedelta(days=40))) == (True, "OVERDUE")


def test_who_did_not_decide_the_rest_still_cannot_sign(bureau: Bureau, store: Store) -> None:
    """5. That one is gone says nothing about the others."""
    number = opened(bureau)
    read_again(store, 2, without="kees")
    looked(bureau, 2)
    with pytest.raises(RefusedError, match="cannot be signed yet"), store.write() as session:
        signoff.prepare(session, later(bureau, 2), number, ANNA)
