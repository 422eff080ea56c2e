"""A review between two rounds: what became more than somebody signed for, and what came and weighs most."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ibpmon.errors import RefusedError
from ibpmon.operate.rounds import Workplace, verify_round
from ibpmon.review import decisions, lapsing, micro, rounds
from ibpmon.review.bureau import Bureau
from ibpmon.review.promises import promise
from ibpmon.review.proving import faults
from ibpmon.review.reopening import live, reopen
from ibpmon.review.standing import standing
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.review_tables import MICRO, QUARTER, Remediation, ReviewEvent, ReviewRound
from ibpmon.store.tables import Outbox, Placement
from ibpmon.store.views import views
from tests.access_world import World
from tests.conftest import MONDAY
from tests.review_world import (
    ANNA,
    CHRIS,
    DAY,
    MATRIX,
    a_decision,
    a_review,
    a_signoff,
    about,
    all_decided,
    an_item,
    board,
    bureau,
    bureau_of,
    fresh_world,
    items,
    later,
    opened,
    read_again,
    say,
    sign,
    stands,
    store,
)
from tests.test_review_rounds import late

__all__ = ["bureau", "store"]  # fixtures

pytestmark = pytest.mark.usefixtures("english")

UNTIL: dict[str, Any] = {"reason_code": "project", "until": MONDAY + timedelta(days=90)}


def kept(bureau: Bureau) -> int:
    """A round that is signed: Bram and Kees may stay for a project, Lies goes."""
    number = opened(bureau)
    for name in ("Bram", "Kees"):
        say(bureau, number, about(bureau.store, number, name).item_no, **UNTIL)
    all_decided(bureau, number)
    sign(bureau, number)
    return number


def grown(*rights: tuple[str, str], new: str = "") -> World:
    """The board on which somebody got more; `new` is a guest who came."""
    world = board()
    for name, role in rights:
        world.grant("zorg", role=role, user_id=name)
    if new:
        world.person(new, new.title(), population="guest")
        world.grant("zorg", role="read", user_id=new)
    return world


def seen(bureau: Bureau, days: int, world: World | None = None, **states: str) -> list[int]:
    """All is read again, perhaps another board, and the daemon looks; gives the reviews that it opened."""
    if world:
        fresh_world(bureau.store, world)
    read_again(bureau.store, days, **states)
    return looked(later(bureau, days))


def looked(bureau: Bureau) -> list[int]:
    """The daemon looks at what was read."""
    scene = micro.scene(bureau)
    lapsing.lapse(bureau, scene)
    return micro.open_all(bureau, micro.outlines(bureau, scene))


def names(store: Store, number: int) -> set[str]:
    """Who is asked about in a review."""
    return {
        part.partition('"')[0] for one in items(store, number) for part in (one.principal or "").split('"name":"')[1:2]
    }


def rounds_of(store: Store) -> list[tuple[str, str]]:
    """All rounds: their kind and name."""
    with store.read() as session:
        return [(one.kind, one.name) for one in session.scalars(select(ReviewRound).order_by(ReviewRound.round_id))]  # type: ignore[arg-type]  # a column


def settled(bureau: Bureau, number: int, **given: Any) -> None:
    """Anna answers about all of a review, and signs."""
    for one in stands(bureau, number).left():
        say(bureau, number, one.item_no, **given)
    sign(bureau, number)


def test_what_is_more_than_was_signed_is_asked_between_two_rounds(bureau: Bureau, store: Store) -> None:
    """13. Anna kept Bram as a reader; now he can change files. She is asked about him, and about nobody else."""
    kept(bureau)
    (number,) = seen(bureau, 2, grown(("bram", "write")))
    assert names(store, number) == {"Bram"}
    (bram,) = items(store, number)
    assert (bram.right, bram.delta) == ("write", "CHANGED")
    there = stands(later(bureau, 2), number)
    assert (there.review.owner, there.review.deputy, there.micro) == (ANNA, CHRIS, True)
    assert [kind for kind, _name in rounds_of(store)] == [QUARTER, MICRO]
    assert rounds_of(store)[1][1].startswith("Between two rounds: Zorg, 25 November 2026")


def test_a_place_that_became_more_sensitive_is_more_than_was_signed(bureau: Bureau, store: Store) -> None:
    """13. What Anna kept was in a place of another weight; what the rules give there is hers to look at as well."""
    kept(bureau)
    read_again(store, 2)
    with store.write() as session:
        session.merge(Placement(**sensitive(store)))
    (number,) = looked(later(bureau, 2))
    assert {"Bram", "Kees", "Joep"} <= names(store, number)
    assert "Lies" not in names(store, number)


def sensitive(store: Store) -> dict[str, Any]:
    """The site of care as a very sensitive place."""
    with store.read() as session:
        table = Placement.__table__  # type: ignore[attr-defined]  # SQLModel makes it
        row = session.execute(select(table).where(table.c.kind == "site", table.c.object_id == "zorg")).mappings().one()
        return {**row, "confidentiality": "high"}


def test_what_is_less_or_the_same_is_not_asked(bureau: Bureau) -> None:
    """A look that sees what was signed for opens nothing, today and tomorrow."""
    kept(bureau)
    assert seen(bureau, 2) == []
    assert seen(bureau, 3) == []


def test_what_the_matrix_gives_is_covered_by_its_rule(bureau: Bureau) -> None:
    """Fien was confirmed as a reader of the news, and Els in care by the rule that gives write: nothing is exceeded."""
    kept(bureau)
    world = board()
    world.grant("nieuws", role="read", user_id="fien")
    assert seen(bureau, 2, world) == []


def test_who_was_confirmed_and_has_more_than_the_rule_is_asked(bureau: Bureau, store: Store) -> None:
    """13. A confirmation keeps no more than a single answer does."""
    kept(bureau)
    (number,) = seen(bureau, 2, grown(("els", "owner")))
    assert names(store, number) == {"Els"}


def test_what_came_and_weighs_most_is_asked_at_once(bureau: Bureau, store: Store) -> None:
    """Also while the round is open: a new guest is asked about beside it; a new teacher waits for the next round."""
    number = opened(bureau)
    world = grown(new="gast")
    world.person("mees", "Mees", function="Leerkracht")
    world.grant("zorg", role="read", user_id="mees")
    (small,) = seen(bureau, 2, world)
    assert names(store, small) == {"Gast"}
    assert items(store, small)[0].delta == "NEW"
    assert "Gast" not in names(store, number)
    assert seen(bureau, 3) == []


def test_an_access_is_in_one_open_review_at_most(bureau: Bureau, store: Store) -> None:
    """What the round asks, or a review between two, is not asked beside it, however much it becomes."""
    opened(bureau)
    assert seen(bureau, 2, grown(("bram", "write"))) == []
    with pytest.raises(RefusedError, match="no process"):
        micro.outlines(later(bureau, 2), micro.scene(later(bureau, 2)), "sport")


def test_the_same_excess_is_not_asked_twice(bureau: Bureau, store: Store) -> None:
    """What was decided and signed is the new measure; more than that is asked again."""
    kept(bureau)
    (number,) = seen(bureau, 2, grown(("bram", "write")))
    assert seen(bureau, 3) == []
    settled(later(bureau, 3), number, **UNTIL)
    assert seen(bureau, 4) == []
    (again,) = seen(bureau, 5, grown(("bram", "owner")))
    assert items(store, again)[0].right == "owner"


def test_what_somebody_cancelled_is_let_be_until_it_becomes_more(bureau: Bureau) -> None:
    """Cancelling would mean nothing if the next look asked it again."""
    kept(bureau)
    (number,) = seen(bureau, 2, grown(("bram", "write")))
    now = later(bureau, 2)
    with now.store.write() as session:
        decisions.cancel(session, now.store, number, "chris", "Proef", now.now)
    assert seen(bureau, 3) == []
    assert len(seen(bureau, 4, grown(("bram", "owner")))) == 1


def test_a_place_that_was_not_read_in_full_opens_nothing(bureau: Bureau) -> None:
    """15. What a failed reading shows is no reason to ask; the next whole one is."""
    kept(bureau)
    assert seen(bureau, 2, grown(("bram", "write")), drive_permissions="FAILED") == []
    assert len(seen(bureau, 3)) == 1


def test_what_was_signed_between_two_rounds_is_carried_out_and_proved(bureau: Bureau, store: Store) -> None:
    """The same decisions, signature, task and proof; the text says that it is about nothing else."""
    kept(bureau)
    (number,) = seen(bureau, 2, grown(("bram", "write")))
    now = later(bureau, 2)
    all_decided(now, number)
    signed = sign(now, number, live=live(now, number))
    assert "what came or became more since the last review of Zorg" in (signed.statement or "")
    assert "Came after" not in (signed.statement or "")
    with store.read() as session:
        sources = {one.source for one in session.scalars(select(Remediation)) if one.review_id == number}
        assert faults(session, store, number, None, signed.fingerprint) == []
        assert ledger.verify(session, store).wrong is None
    assert sources == {MICRO}


def test_who_is_asked_gets_a_letter_and_has_ten_school_days(bureau: Bureau, store: Store) -> None:
    """To Anna; nobody else hears of it before the term."""
    kept(bureau)
    with store.read() as session:
        before = len(session.scalars(select(Outbox)).all())
    (number,) = seen(bureau, 2, grown(("bram", "write")))
    with store.read() as session:
        *_others, mail = session.scalars(select(Outbox).order_by(Outbox.mail_id)).all()  # type: ignore[arg-type]  # a column
        assert len(_others) == before
        assert mail.recipients == [ANNA]
        assert "cannot wait for the next one" in " ".join(mail.text.split())
    assert stands(bureau, number).review.due_at == datetime.fromisoformat("2026-12-09T17:00:00+00:00")


def kept_with_anna(store: Store, tmp_path: Path) -> Bureau:
    """A round in which Anna herself has a right, and all that there is was kept and signed."""
    world = board()
    world.grant("zorg", role="read", user_id="anna")
    bureau = bureau_of(fresh_world(store, world), tmp_path)
    number = opened(bureau)
    for one in stands(bureau, number).left():
        say(bureau, number, one.item_no, by=stands(bureau, number).decider(one.reviewer), **UNTIL)
    all_decided(bureau, number)
    for who in sorted(stands(bureau, number).deciders):
        sign(bureau, number, who)
    return bureau


def test_the_owner_is_not_asked_about_herself(store: Store, tmp_path: Path) -> None:
    """7. Her own access that became more goes to who stands in; without anybody it is said, and nothing is opened."""
    bureau = kept_with_anna(store, tmp_path)
    (small,) = seen(bureau, 2, grown(("anna", "owner")))
    assert {one.reviewer for one in items(store, small)} == {CHRIS}
    with store.read() as session:
        *_others, mail = session.scalars(select(Outbox).order_by(Outbox.mail_id)).all()  # type: ignore[arg-type]  # a column
    assert mail.recipients == [ANNA, CHRIS]


def test_the_next_round_takes_over_what_is_open(bureau: Bureau, store: Store) -> None:
    """It asks everything, so nobody is asked twice; that there was no answer in time is only said after the term."""
    kept(bureau)
    (number,) = seen(bureau, 90, grown(("bram", "write")))
    opened(later(bureau, 92))
    assert stands(later(bureau, 92), number).state(MONDAY + 92 * DAY) == "CANCELLED"
    with store.read() as session:
        verbs = [one.verb for one in session.scalars(select(ReviewEvent)) if one.review_id == number]
    assert "silent" not in verbs


def test_a_whole_round_is_not_confused_by_what_lies_between(bureau: Bureau, store: Store) -> None:
    """Its promise is that of the last whole round, its measure that and what was signed since; MON-07 counts rounds."""
    first = kept(bureau)
    (number,) = seen(bureau, 2, grown(("bram", "write")))
    settled(later(bureau, 2), number, **UNTIL)
    read_again(store, 90)
    assert late(store, MONDAY + 110 * DAY, "round") == {"round/1": 4}
    last = opened(later(bureau, 92))
    with store.read() as session:
        round_id = standing(session, store, last).review.round_id
        before = promise(session, store, "zorg", round_id)
        small = promise(session, store, "zorg", standing(session, store, number).review.round_id)
    assert before is not None
    assert (before.review_id, small) == (first, None)
    found = {name: about(store, last, name) for name in ("Bram", "Kees", "Joep")}
    assert {name: one.prev_review for name, one in found.items()} == {"Bram": number, "Kees": first, "Joep": first}
    assert (found["Bram"].delta, found["Joep"].delta) == ("SAME", "SAME")


def test_opened_again_it_is_about_nothing_else(bureau: Bureau, store: Store) -> None:
    """20. Also asked freshly it stays between two rounds."""
    kept(bureau)
    (number,) = seen(bureau, 2, grown(("bram", "write")))
    new = reopen(later(bureau, 2), number, "chris", "Er is meer", fresh=True)
    assert names(store, new) == {"Bram"}
    assert stands(bureau, new).micro


def test_without_a_round_nothing_is_asked_between(bureau: Bureau) -> None:
    """There is nothing to hold it against; a round that was cancelled is none."""
    assert seen(bureau, 2) == []
    number = opened(bureau)
    with bureau.store.write() as session:
        decisions.cancel(session, bureau.store, number, "chris", "Proef", bureau.now)
    assert seen(bureau, 3, grown(new="gast")) == []


def test_many_at_once_are_one_review(bureau: Bureau, store: Store) -> None:
    """One letter per process, however much there is."""
    kept(bureau)
    (number,) = seen(bureau, 2, grown(("bram", "write"), ("kees", "owner"), ("els", "owner"), new="gast"))
    assert names(store, number) == {"Bram", "Kees", "Els", "Gast"}


def test_the_daemon_asks_once_after_each_set_of_runs(bureau: Bureau, store: Store) -> None:
    """In the same look in which it verifies tasks."""
    kept(bureau)
    fresh_world(store, grown(("bram", "write")))
    read_again(store, 2)
    place = Workplace(bureau.config, {}, store, lambda: MONDAY + 2 * DAY)
    verify_round(place)
    verify_round(place)
    assert [kind for kind, _name in rounds_of(store)] == [QUARTER, MICRO]


def test_what_nobody_may_decide_about_is_said_and_not_opened(store: Store, tmp_path: Path) -> None:
    """7. As for a whole round: first somebody has to be named."""
    kept_with_anna(store, tmp_path)
    alone = "\n".join(line for line in MATRIX.splitlines() if not line.startswith("deputy"))
    without = bureau_of(store, tmp_path, now=MONDAY + 2 * DAY, text=alone, board=())
    fresh_world(store, grown(("anna", "owner")))
    read_again(store, 2)
    found = micro.outlines(without, micro.scene(without))
    assert [one.stops[0].code for one in found] == ["self"]
    with pytest.raises(RefusedError, match="cannot be opened"):
        micro.open_all(without, found)
    assert [kind for kind, _name in rounds_of(store)] == [QUARTER]


def test_a_dry_run_of_a_whole_round_is_as_before(bureau: Bureau) -> None:
    """What lies between changes nothing about what a round asks."""
    kept(bureau)
    seen(bureau, 2, grown(("bram", "write")))
    assert len(rounds.plan(later(bureau, 2)).plans[0].question.asked) == 21


def test_what_was_signed_between_hides_nothing_of_the_round(store: Store) -> None:
    """Anna decided about herself in the round: that she did it well with Bram afterwards does not put that right."""
    with store.write() as session:
        for number, about_whom in ((101, "anna"), (102, "bram")):
            mine: dict[str, Any] = {"tenant_id": store.tenant, "review_id": number}
            asked = (a_review(store.tenant, number, MONDAY), an_item(mine, about_whom))
            session.add_all([*asked, a_decision(mine, ANNA), a_signoff(mine, number, ANNA)])
        session.add(a_round(store, 102))
    rows = views(store, MONDAY)["own-hands"].selectable
    with store.read() as session:
        found = [(row["thing"], row["act"]) for row in session.execute(select(rows)).mappings()]
    assert found == [("review/101", "decided")]


def a_round(store: Store, number: int) -> ReviewRound:
    """A round between two rounds."""
    when: dict[str, Any] = dict.fromkeys(("as_of", "due_at", "opened_at"), MONDAY)
    key: dict[str, Any] = {"tenant_id": store.tenant, "round_id": number, "statement_version": 1}
    return ReviewRound(**key, name="Zorg", opened_by="", kind=MICRO, **when)
