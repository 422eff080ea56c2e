"""What must hold of every review, whatever happens: one test for each of the invariants that the design names.

More of 16, about what only a later run may say, stands with the follow-up.
"""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from ibpmon.errors import IbpmonError, RefusedError
from ibpmon.review import decisions, remedies, rounds, signoff
from ibpmon.review.asking import FACTS
from ibpmon.review.bureau import Bureau
from ibpmon.review.merkle import leaf, proof, proves, root
from ibpmon.review.pack import exported, pack
from ibpmon.review.reminding import remind
from ibpmon.review.reopening import live, reopen
from ibpmon.review.verifier import cell
from ibpmon.review.verifying import verify
from ibpmon.review.writing import broken
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.review_tables import (
    FIXED,
    AccessReview,
    Observation,
    Remediation,
    RemediationEdge,
    ReviewDecision,
    ReviewItem,
    ReviewMatrix,
    ReviewRound,
    ReviewSignoff,
)
from ibpmon.store.tables import Base, Outbox
from tests.conftest import MONDAY
from tests.review_world import (
    ANNA,
    CHRIS,
    DEWI,
    EVA,
    HEAD,
    MATRIX,
    about,
    all_decided,
    board,
    bureau,
    bureau_of,
    confirm,
    fresh_world,
    items,
    opened,
    say,
    sign,
    signed,
    stands,
    store,
)

DAY = timedelta(days=1)
UNTIL: dict[str, Any] = {"reason_code": "project", "until": MONDAY + 60 * DAY}

__all__ = ["bureau", "store"]  # fixtures

pytestmark = pytest.mark.usefixtures("english")


def rows(store: Store, model: Any) -> list[Any]:
    """All rows of a table."""
    with store.read() as session:
        return list(session.scalars(select(model)))


def numbers(store: Store, review_id: int, outcome: str = "DEVIATION") -> list[int]:
    """The numbers of the items with this outcome."""
    return [one.item_no for one in items(store, review_id) if one.outcome == outcome]


def test_what_was_asked_and_signed_cannot_be_changed(bureau: Bureau, store: Store) -> None:
    """1. Snapshot, items, matrix and sign-off: no UPDATE, no DELETE; the database itself refuses."""
    signed(bureau)
    for model in (ReviewRound, AccessReview, ReviewItem, ReviewMatrix, ReviewSignoff):
        table = Base.metadata.tables[str(model.__tablename__)]
        column = next(iter(table.columns))
        for statement in (delete(table), update(table).values({column.name: 99})):
            with pytest.raises(Exception, match="never changed"), store.write() as session:
                session.execute(statement)
        assert rows(store, model)


def test_decisions_are_a_chain_without_gaps(bureau: Bureau, store: Store) -> None:
    """2. Append only, gap-free, each bound to the one before; whoever goes round the guards breaks the chain."""
    number = signed(bureau)
    found = sorted(rows(store, ReviewDecision), key=lambda one: one.seq)
    assert [one.seq for one in found] == list(range(1, len(found) + 1))
    with store.read() as session:
        review = session.get_one(AccessReview, (store.tenant, number))
        assert broken(session, store, review) is None
        assert ledger.verify(session, store).wrong is None
    tampered(store, "UPDATE review_decision SET verb = 'keep' WHERE seq = 2")
    with store.read() as session:
        assert broken(session, store, session.get_one(AccessReview, (store.tenant, number))) == 2


def tampered(store: Store, sql: str) -> None:
    """Change something as whoever owns the database can: without the guards."""
    with store.engine.connect() as connection:
        if store.engine.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
            connection.execute(text(sql))
            connection.execute(text("SET session_replication_role = origin"))
        else:
            for table in FIXED:
                for guard in ("update", "delete", "replace"):
                    connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_{guard}"))
            connection.execute(text(sql))
        connection.commit()


def test_a_review_that_does_not_add_up_is_not_opened(
    bureau: Bureau, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """3. What was found is what is asked plus what is left out, with reasons; else somebody fell through."""
    outline = rounds.plan(bureau)
    lost = [replace(one, question=replace(one.question, asked=one.question.asked[1:])) for one in outline.plans]
    with pytest.raises(RefusedError, match="does not add up"):
        rounds.open_round(bureau, replace(outline, plans=tuple(lost)), "chris")
    assert not rows(store, ReviewRound)
    assert not rows(store, Outbox)

    excused = [replace(one, question=replace(one.question, excluded={"test": 1})) for one in lost]
    (number,) = rounds.open_round(bureau, replace(outline, plans=tuple(excused)), "chris")
    (review,) = rows(store, AccessReview)
    asked = [one for one in items(store, number) if one.outcome != "MISSING"]
    assert (review.grants, len(asked), json.loads(review.excluded)) == (13, 12, {"test": 1})
    assert review.item_count == len(items(store, number))


SIGNED = {
    "items": "UPDATE review_item SET sentence = 'anders' WHERE item_no = 3",
    "matrix": "UPDATE review_matrix SET content = '{}'",
    "decisions": "UPDATE review_decision SET verb = 'keep' WHERE seq = 1",
    "coverage": "UPDATE review SET coverage = '{}'",
    "statement": "UPDATE review_signoff SET statement = 'alles weg'",
    "revision": "UPDATE review SET revision = 7",
    "signoff": "UPDATE review_signoff SET signer = 'eva'",
}


@pytest.mark.parametrize("part", SIGNED)
def test_a_signature_binds_everything_that_was_signed(bureau: Bureau, store: Store, part: str) -> None:
    """4. Items, matrix, decisions, coverage, text and revision: recomputed from the database they are the same."""
    signed(bureau)
    with store.read() as session:
        (one,) = rows(store, ReviewSignoff)
        assert signoff.differences(session, store, one) == []
    tampered(store, SIGNED[part])
    with store.read() as session:
        (one,) = rows(store, ReviewSignoff)
        assert signoff.differences(session, store, one) == [part]


def test_an_item_that_is_dropped_swapped_or_added_shows(bureau: Bureau, store: Store) -> None:
    """4. Not only a changed value: also a line less, or two that changed places."""
    signed(bureau)
    (one,) = rows(store, ReviewSignoff)
    for sql in ("UPDATE review_item SET item_no = 50 WHERE item_no = 1", "DELETE FROM review_item WHERE item_no = 4"):
        tampered(store, sql)
        with store.read() as session:
            assert "items" in signoff.differences(session, store, one)


def test_who_did_not_decide_everything_cannot_sign(bureau: Bureau, store: Store) -> None:
    """5. A question or 'not mine' holds the signature up as much as silence does."""
    number = opened(bureau)
    with pytest.raises(RefusedError, match="cannot be signed yet"):
        sign(bureau, number)
    all_decided(bureau, number)
    say(bureau, number, 1, verb="question", reason="Wie is dit?", to="ICT")
    with pytest.raises(RefusedError, match="cannot be signed yet"):
        sign(bureau, number)
    with store.write() as session:
        decisions.reply(session, store, number, 1, "ict", "Een leverancier", MONDAY)
    assert stands(bureau, number).state(MONDAY) == "OPEN"
    say(bureau, number, 1, verb="not_mine", reason="Van P&O")
    with pytest.raises(RefusedError, match="cannot be signed yet"):
        sign(bureau, number)
    say(bureau, number, 1, verb="revoke")
    assert sign(bureau, number).signer == ANNA
    assert stands(bureau, number).state(MONDAY) == "SIGNED"


def test_the_code_of_the_text_is_of_these_decisions_and_no_others(bureau: Bureau, store: Store) -> None:
    """5. What goes and what becomes less changed places: the same text and the same figures, and yet another code."""
    number = opened(bureau)
    one, other = about(store, number, "Kees").item_no, about(store, number, "Lies").item_no
    all_decided(bureau, number)
    texts = []
    for lower, gone in ((one, other), (other, one)):
        say(bureau, number, lower, verb="lower", target="read")
        say(bureau, number, gone, verb="revoke")
        with store.write() as session:
            texts.append(signoff.prepare(session, bureau, number, ANNA)[2])
    assert texts[0].text == texts[1].text
    with store.write() as session, pytest.raises(RefusedError, match="not the code of the statement"):
        signoff.sign(session, bureau, number, ANNA, texts[0].code, {})
    with store.write() as session:
        assert signoff.sign(session, bureau, number, ANNA, texts[1].code, {}).signer == ANNA


def test_a_high_risk_that_stays_is_named_although_it_fits(store: Store, tmp_path: Path) -> None:
    """6. Bram was to go and may be there by now: asked by itself, and in full in the text that is signed."""
    guests = """
[[roles]]
key = "guests"
populations = ["guest"]

[[rules]]
role = "guests"
resources = ["Zorg"]
right = "read"
"""
    signed(bureau_of(store, tmp_path))
    bureau = bureau_of(store, tmp_path, MONDAY + 100 * DAY, MATRIX + guests)
    number = opened(bureau)
    guest = about(store, number, "Bram")
    all_decided(bureau, number)
    say(bureau, number, guest.item_no)
    kees = about(store, number, "Kees").item_no
    say(bureau, number, kees, reason_code="project", until=bureau.now + 60 * DAY)
    text = sign(bureau, number).statement or ""
    assert (guest.outcome, guest.risk) == ("CONFORM", "high")
    assert f"{guest.item_no}. {guest.sentence} Stays as it is, although the risk is high." in text
    assert [one for one, _last in signoff.named(stands(bureau, number), ANNA)] == sorted([guest.item_no, kees])


def test_who_signs_made_every_decision_himself(bureau: Bureau, store: Store) -> None:
    """6. What Anna decided before she left is a draft for Chris: he decides again, and then signs."""
    number = opened(bureau)
    all_decided(bureau, number)
    with store.write() as session:
        decisions.assign(session, store, number, CHRIS, "dewi", "Anna is weg", MONDAY)
    with pytest.raises(RefusedError, match="decisions of somebody else"):
        sign(bureau, number, CHRIS)
    with pytest.raises(RefusedError, match="does not decide about this"):
        sign(bureau, number, ANNA)
    for one in numbers(store, number):
        say(bureau, number, one, verb="revoke", by=CHRIS)
    for key in ("R1", "R2"):
        confirm(bureau, number, key, CHRIS)
    assert sign(bureau, number, CHRIS).signer == CHRIS


def test_a_single_answer_about_a_rule_goes_along_with_the_rest(bureau: Bureau, store: Store) -> None:
    """6. Otherwise nobody would sign for what Anna takes away from her own rule, and no task would come of it."""
    number = opened(bureau)
    single = next(one for one in rows(store, ReviewItem) if one.rule == "R1" and not one.alone)
    all_decided(bureau, number)
    say(bureau, number, single.item_no, verb="revoke")
    with store.write() as session:
        decisions.assign(session, store, number, CHRIS, "dewi", "Anna is weg", MONDAY)
    for one in numbers(store, number):
        say(bureau, number, one, verb="revoke", by=CHRIS)
    for key in ("R1", "R2"):
        confirm(bureau, number, key, CHRIS)
    with pytest.raises(RefusedError, match="decisions of somebody else"):
        sign(bureau, number, CHRIS)
    say(bureau, number, single.item_no, verb="revoke", by=CHRIS)
    sign(bureau, number, CHRIS)
    assert single.item_key in {one.item_key for one in rows(store, Remediation)}


def test_what_somebody_signed_for_is_not_given_away(store: Store, tmp_path: Path) -> None:
    """6. Neither does who signed get more of it; the share of who did not sign yet can go to another."""
    world = board()
    world.grant("zorg", role="owner", user_id="anna")
    bureau = bureau_of(fresh_world(store, world), tmp_path)
    number = opened(bureau)
    own = about(store, number, "Anna").item_no
    all_decided(bureau, number)
    sign(bureau, number, ANNA)

    def assign(to: str, item: int | None = None, share: str = "") -> None:
        with store.write() as session:
            decisions.assign(session, store, number, to, "dewi", "Ziek", MONDAY, item, share)

    with pytest.raises(RefusedError, match="signed already"):
        assign("dewi")
    with pytest.raises(RefusedError, match="signed already"):
        assign("dewi", 1 if own != 1 else 2)
    with pytest.raises(RefusedError, match="decides about nothing"):
        assign("dewi", share="eva")
    assign("dewi", share=CHRIS)
    assert stands(bureau, number).deciders == {ANNA, "dewi"}
    with pytest.raises(RefusedError, match="signed already"):
        assign(ANNA, share="dewi")


def test_what_ict_writes_down_for_the_owner_is_named_so(bureau: Bureau, store: Store) -> None:
    """6. Marked on paper, entered by ICT: both names are kept, and the page that is signed says how many."""
    number = opened(bureau)
    all_decided(bureau, number)
    say(bureau, number, 1, verb="revoke", by="ict", for_whom="Anna", channel="paper")
    last = max(rows(store, ReviewDecision), key=lambda one: one.seq)
    assert (last.actor, last.on_behalf_of, last.channel) == ("ict", ANNA, "paper")
    assert "Written down for me by somebody else: 1." in (sign(bureau, number).statement or "")


def test_nobody_decides_about_himself(store: Store, tmp_path: Path) -> None:
    """7. What is about Anna goes to her deputy; Anna cannot answer it, Chris can, and each signs his own."""
    world = board()
    world.grant("zorg", role="owner", user_id="anna")
    again = fresh_world(store, world)
    bureau = bureau_of(again, tmp_path)
    assert [one.code for one in rounds.plan(bureau).plans[0].warnings if one.code == "rerouted"]
    number = opened(bureau)
    own = about(store, number, "Anna")
    assert own.reviewer == CHRIS
    with pytest.raises(RefusedError, match="does not decide about this"):
        say(bureau, number, own.item_no, verb="revoke", by=ANNA)
    with store.write() as session, pytest.raises(RefusedError, match="about who would decide"):
        decisions.assign(session, store, number, ANNA, "chris", "Zij weet het beter", MONDAY, own.item_no)
    all_decided(bureau, number)
    sign(bureau, number, ANNA)
    assert stands(bureau, number).state(MONDAY) == "TO_SIGN"
    sign(bureau, number, CHRIS)
    assert stands(bureau, number).state(MONDAY) == "SIGNED"


def test_who_writes_down_for_the_owner_writes_nothing_about_himself(store: Store, tmp_path: Path) -> None:
    """7. Kees stands in: neither his own right nor the rule that gives it to him, by whichever of his names."""
    kees = "kees@board.example"
    bureau = bureau_of(store, tmp_path, text=MATRIX.replace("chris@", "kees@"))
    number = opened(bureau)
    own = about(store, number, "Kees").item_no
    for said in ({"by": kees}, {"by": "k.kees@board.example", "names": frozenset({kees})}):
        with pytest.raises(RefusedError, match="about who would decide"):
            say(bureau, number, own, verb="revoke", for_whom=ANNA, **said)
        with pytest.raises(RefusedError, match="about who would decide"):
            confirm(bureau, number, "R2", for_whom=ANNA, **said)
    assert confirm(bureau, number, "R1", kees, for_whom=ANNA) == 1


def test_without_deputy_and_bestuur_a_review_about_its_owner_is_not_opened(store: Store, tmp_path: Path) -> None:
    """7. Then nobody could decide about her; that is said before, not found out at the end."""
    world = board()
    world.grant("zorg", role="owner", user_id="anna")
    alone = "\n".join(line for line in MATRIX.splitlines() if not line.startswith("deputy"))
    bureau = bureau_of(fresh_world(store, world), tmp_path, text=alone, board=())
    with pytest.raises(RefusedError, match="no deputy and no bestuur"):
        opened(bureau)
    assert not rows(store, ReviewRound)
    number = opened(bureau_of(store, tmp_path, text=alone))
    assert about(store, number, "Anna").reviewer == DEWI


def test_silence_is_no_decision(bureau: Bureau, store: Store) -> None:
    """8. A term that passes makes no line among the decisions; it makes the review too late, and letters."""
    number = opened(bureau)
    later = replace(bureau, now=MONDAY + 60 * DAY)
    remind(later)
    assert stands(later, number).state(later.now) == "OVERDUE"
    assert rows(store, ReviewDecision) == []
    opened(replace(bureau, now=MONDAY + 100 * DAY))
    assert rows(store, ReviewDecision) == []
    (silent,) = [one for one in stands(bureau, number).events if one.verb == "silent"]
    assert json.loads(silent.said or "") == {"decisions": 3, "rules": 2}


def test_an_answer_counts_only_while_the_review_takes_answers(bureau: Bureau, store: Store) -> None:
    """9. After the term it is stamped late; after the signature, or once it is cancelled or replaced, it is refused."""
    number = opened(bureau)
    late = replace(bureau, now=MONDAY + 60 * DAY)
    say(late, number, 1, verb="revoke")
    assert [one.late for one in rows(store, ReviewDecision)] == [True]
    all_decided(late, number)
    sign(late, number)
    with pytest.raises(RefusedError, match="takes no answers"):
        say(bureau, number, 1, verb="revoke")
    new = reopen(bureau, number, "anna", "Vergissing")
    with pytest.raises(RefusedError, match="takes no answers"):
        say(bureau, number, 1, verb="revoke")
    with store.write() as session:
        decisions.cancel(session, store, new, "dewi", "Niet nodig", MONDAY)
    with pytest.raises(RefusedError, match="takes no answers"):
        confirm(bureau, new, "R1")


def test_the_second_of_two_sees_the_first(bureau: Bureau, store: Store) -> None:
    """10. Two devices: the loser reads who was first and what he decided, and nothing is overwritten."""
    number = opened(bureau)
    say(bureau, number, 1, verb="revoke", seen={1: 0})
    with pytest.raises(RefusedError, match=r"somebody else was first: anna@board\.example decided: take away"):
        say(bureau, number, 1, verb="keep", seen={1: 0}, **UNTIL)
    assert [one.verb for one in rows(store, ReviewDecision)] == ["revoke"]
    say(bureau, number, 1, verb="keep", seen={1: 1}, **UNTIL)
    confirm(bureau, number, "R1", seen={0: 0})
    with pytest.raises(RefusedError, match="somebody else was first"):
        confirm(bureau, number, "R1", seen={0: 0})


def test_what_is_answered_at_once_is_alike_and_weighs_little(bureau: Bureau, store: Store) -> None:
    """11. A line for each item under one number; never over rules or risks, never what weighs most."""
    number = opened(bureau)
    bram, kees, lies = numbers(store, number)
    with pytest.raises(RefusedError, match="cannot be answered at once"):
        say(bureau, number, bram, kees, verb="revoke")
    with pytest.raises(RefusedError, match="cannot be answered at once"):
        say(bureau, number, kees, numbers(store, number, "CONFORM")[0], verb="revoke")
    assert say(bureau, number, kees, lies, verb="revoke") == (1, 2)
    assert [(one.item_no, one.bulk_id) for one in rows(store, ReviewDecision)] == [(kees, 1), (lies, 1)]


def test_an_answer_to_other_facts_is_refused(bureau: Bureau, store: Store) -> None:
    """12. A workbook of another round, or a page that stood open, answers a question that was not asked."""
    number = opened(bureau)
    item = about(store, number, "Bram")
    with pytest.raises(RefusedError, match="something else than what is asked"):
        say(bureau, number, item.item_no, verb="revoke", facts={item.item_no: "0" * 64})
    with pytest.raises(RefusedError, match="something else than what is asked"):
        confirm(bureau, number, "R1", facts="0" * 64)
    say(bureau, number, item.item_no, verb="revoke", facts={item.item_no: item.leaf_hash})
    assert rows(store, ReviewDecision)[0].facts_hash == item.leaf_hash


def test_what_was_kept_is_not_more_than_it_was(store: Store, tmp_path: Path) -> None:
    """13. Bram could read when Anna kept him; now he can change: she is asked anew before she can sign."""
    bureau = bureau_of(store, tmp_path)
    number = opened(bureau)
    all_decided(bureau, number)
    say(bureau, number, about(store, number, "Bram").item_no, verb="keep", **UNTIL)
    world = board()
    world.grant("zorg", role="write", user_id="bram")
    fresh_world(store, world)
    with pytest.raises(RefusedError, match="less than there is now"):
        sign(bureau, number, live=live(bureau, number))
    new = reopen(bureau, number, "chris", "Er is meer", fresh=True)
    assert about(store, new, "Bram").right == "write"
    assert [one.item_no for one in stands(bureau, new).left()] == [about(store, new, "Bram").item_no]


def test_what_could_not_be_read_is_said_as_unknown(store: Store, tmp_path: Path) -> None:
    """14. A group that could not be read is an item of its own that weighs most, never an empty list."""
    world = board()
    world.unread["team"] = "geen toestemming"
    bureau = bureau_of(fresh_world(store, world), tmp_path)
    number = opened(bureau)
    (team,) = [one for one in items(store, number) if one.outcome == "UNKNOWN"]
    assert (team.risk, json.loads(team.risks)[0], team.alone) == ("high", "unexplained", True)
    assert "was not read" in (team.sentence or "")


def test_a_place_that_was_not_read_in_full_lacks_nobody(store: Store, tmp_path: Path) -> None:
    """15. Nothing is missing, gone or fine on half a reading; and what was not read is signed along."""
    world = board()
    world.unread["team"] = "geen toestemming"
    bureau = bureau_of(fresh_world(store, world), tmp_path)
    plan = rounds.plan(bureau).plans[0]
    assert "not_full" in [one.code for one in plan.warnings]
    number = opened(bureau)
    gone = [json.loads(one.resource or "")["name"] for one in items(store, number) if one.outcome == "MISSING"]
    assert set(gone) == {"Nieuws"}
    all_decided(bureau, number)
    assert "Not looked into in full: Zorg." in (sign(bureau, number).statement or "")


@pytest.mark.parametrize("until", [None, MONDAY, MONDAY - DAY, MONDAY + 368 * DAY])
def test_what_does_not_fit_stays_only_until_a_day(bureau: Bureau, store: Store, until: datetime | None) -> None:
    """18. An exception ends, within the year; without a reason and an end it is none."""
    number = opened(bureau)
    with pytest.raises(RefusedError, match="only until a day"):
        say(bureau, number, 1, reason_code="project", until=until)
    with pytest.raises(RefusedError, match="only for a reason"):
        say(bureau, number, 1, until=MONDAY + DAY)
    with pytest.raises(RefusedError, match="for what other reason"):
        say(bureau, number, 1, reason_code="other", until=MONDAY + DAY)


def test_an_exception_that_ended_is_asked_again(bureau: Bureau, store: Store) -> None:
    """18. Its end makes a question, never a silent keep; one that still runs is confirmed with the others.

    That holds of one that was extended as well: however often, its end is asked about as the first time.
    """
    number = opened(bureau)
    all_decided(bureau, number)
    kees, lies = about(store, number, "Kees").item_no, about(store, number, "Lies").item_no
    say(bureau, number, kees, reason_code="project", until=MONDAY + 60 * DAY)
    say(bureau, number, lies, reason_code="project", until=MONDAY + 300 * DAY)
    sign(bureau, number)
    new = opened(replace(bureau, now=MONDAY + 100 * DAY))
    over, runs = about(store, new, "Kees"), about(store, new, "Lies")
    assert (over.alone, over.risk, json.loads(over.risks)[0]) == (True, "high", "expired")
    assert (runs.alone, runs.rule) == (False, "running")
    assert "It was allowed" in (over.sentence or "")
    assert "It is allowed" in (runs.sentence or "")
    extended = replace(bureau, now=MONDAY + 100 * DAY)
    all_decided(extended, new)
    say(extended, new, over.item_no, reason_code="project", until=MONDAY + 160 * DAY)
    assert "Extended for the 1st time." in (sign(extended, new).statement or "")
    third = opened(replace(bureau, now=MONDAY + 200 * DAY))
    over, runs = about(store, third, "Kees"), about(store, third, "Lies")
    assert (over.alone, over.risk, json.loads(over.risks)[0]) == (True, "high", "expired")
    assert "extended for the 1st time" in (over.sentence or "")
    assert (runs.alone, runs.rule) == (False, "running")


def test_a_decision_changes_no_rule(bureau: Bureau, store: Store) -> None:
    """19. Keeping somebody is no change of the matrix: the next round asks with the same rules."""
    number = opened(bureau)
    all_decided(bureau, number)
    say(bureau, number, about(store, number, "Kees").item_no, reason_code="matrix", until=MONDAY + 30 * DAY)
    sign(bureau, number)
    new = opened(replace(bureau, now=MONDAY + 100 * DAY))
    assert about(store, new, "Kees").outcome == "DEVIATION"
    assert len({one.matrix_hash for one in rows(store, AccessReview)}) == 1


def test_opening_again_keeps_what_was_signed(bureau: Bureau, store: Store) -> None:
    """20. A new revision with a reason; the old one stays as it was, and what was decided comes along as a draft."""
    number = signed(bureau)
    with pytest.raises(RefusedError, match="why is it opened again"):
        reopen(bureau, number, "anna", " ")
    before = [row.model_dump() for row in rows(store, ReviewDecision)]
    new = reopen(bureau, number, "anna", "Kees hoort erbij")
    assert stands(bureau, number).state(MONDAY) == "SUPERSEDED"
    assert [row.model_dump() for row in rows(store, ReviewDecision) if row.review_id == number] == before
    say(bureau, new, about(store, new, "Kees").item_no, **UNTIL)
    second = sign(bureau, new)
    assert (second.revision, stands(bureau, new).state(MONDAY)) == (2, "SIGNED")
    assert "Taken over from the revision before: 4." in (second.statement or "")
    with store.read() as session:
        assert [signoff.differences(session, store, one) for one in rows(store, ReviewSignoff)] == [[], []]
    with pytest.raises(RefusedError, match="cannot be opened again"):
        reopen(bureau, number, "anna", "Nog eens")


def test_erasing_a_person_leaves_root_and_chain(bureau: Bureau, store: Store) -> None:
    """21. Text and salt go, the lines stay: the signature still holds, and the others can still be shown."""
    number = signed(bureau)
    found = items(store, number)
    erased = dict.fromkeys(FIXED["review_item"])
    with store.write() as session:
        session.execute(update(Base.metadata.tables["review_item"]).where(text("item_no = 1")).values(**erased))
        words = dict.fromkeys(FIXED["review_decision"])
        session.execute(update(Base.metadata.tables["review_decision"]).where(text("item_no = 1")).values(**words))
    with store.read() as session:
        (one,) = rows(store, ReviewSignoff)
        assert signoff.differences(session, store, one) == []
    hashes = [one.leaf_hash for one in items(store, number)]
    shown = found[2]
    mine = leaf(shown.salt or "", {name: getattr(shown, name) for name in FACTS})
    assert proves(mine, 2, len(hashes), proof(hashes, 2), one.root)
    assert root(hashes) == one.root
    with pytest.raises(RefusedError, match="erased"):
        reopen(bureau, number, "anna", "Nog eens")


def test_what_has_to_be_cut_is_as_it_is_now(bureau: Bureau, store: Store) -> None:
    """17. Kees got his right in another way since the day of the items: the task tells that one, and keeps it."""
    number = opened(bureau)
    all_decided(bureau, number)
    table = store.data["drive-permissions"]
    with store.write() as session:
        session.execute(table.update().where(table.c.user_id == "kees").values(user_id=None, group_id="raad"))
        for name, row in (("groups", {"group_id": "raad", "name": "Raad"}), ("group-members", RAAD)):
            first: Any = session.execute(store.data[name].select()).mappings().first() or {}
            session.execute(store.data[name].insert().values({**first, **row}))
    sign(bureau, number)
    kees = about(store, number, "Kees")
    (task,) = [one for one in rows(store, Remediation) if one.item_no == kees.item_no]
    edges = [one for one in rows(store, RemediationEdge) if one.remediation_id == task.remediation_id]
    assert '"kind":"member"' not in (kees.paths or "")
    assert "member" in {one.kind for one in edges}
    for one in edges:
        assert json.loads(one.before_state)["edge"] == json.loads(one.edge_key)


RAAD = {"group_id": "raad", "member_id": "kees", "kind": "#microsoft.graph.user"}


def test_the_same_revision_gives_the_same_bytes(bureau: Bureau, store: Store) -> None:
    """22. The pack of a revision is one file, whoever asks for it and when; no cell of its sheet is a formula."""
    number = signed(bureau)
    first = pack(store, number, HEAD, lambda _files: b"%PDF-")
    with store.write() as session:
        exported(session, store, number, first[1], "eva", MONDAY + 30 * DAY)
    assert pack(store, number, HEAD, lambda _files: b"%PDF-") == first
    assert cell("=1+1") == '"\'=1+1"'


def test_only_a_later_run_says_that_it_is_gone(bureau: Bureau, store: Store) -> None:
    """16. Whoever says that it is done says no more than that."""
    signed(bureau)
    with store.write() as session:
        remedies.report(session, store, 1, "eva", MONDAY)
    assert verify(replace(bureau, now=MONDAY + DAY)) == []
    assert not rows(store, Observation)


def test_letters_go_out_exactly_when_the_fact_is_there(
    bureau: Bureau, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """23. A round that breaks off writes to nobody; a mail that cannot be made opens no round."""

    def broken_post(*_values: Any) -> bool:
        raise IbpmonError("no template")

    monkeypatch.setattr(rounds, "post", broken_post)
    with pytest.raises(IbpmonError, match="no template"):
        opened(bureau)
    assert not rows(store, ReviewRound)
    assert not rows(store, ReviewItem)
    monkeypatch.undo()
    opened(bureau)
    (mail,) = rows(store, Outbox)
    assert (mail.recipients, "5 decisions" in mail.text) == ([ANNA], True)
    with pytest.raises(RefusedError, match="open already"):
        opened(bureau)
    assert len(rows(store, Outbox)) == 1


def test_the_order_is_the_same_every_time(bureau: Bureau, store: Store) -> None:
    """24. Stable numbers, the riskiest first, and nothing cut off."""
    first, second = (
        [(one.key, one.risk, one.sentence) for one in rounds.plan(bureau).plans[0].question.asked] for _time in range(2)
    )
    assert first == second
    found = items(store, opened(bureau))
    assert [one.item_no for one in found] == list(range(1, len(found) + 1))
    assert [one.item_key for one in found] == [key for key, _risk, _sentence in first]


def test_who_has_nothing_to_do_with_it_decides_nothing(bureau: Bureau, store: Store) -> None:
    """7. Eva is a stranger."""
    number = opened(bureau)
    for act in (
        lambda: say(bureau, number, 1, verb="revoke", by=EVA),
        lambda: confirm(bureau, number, "R1", EVA),
        lambda: sign(bureau, number, EVA),
    ):
        with pytest.raises(RefusedError, match="does not decide about this"):
            act()
    assert rows(store, ReviewDecision) == []
