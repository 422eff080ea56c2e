"""Exceptions that are renewed: until when an access was kept against the matrix, and in how many rounds in a row.

Only what somebody signed for counts, and of a round only its newest revision that was signed. A round in which a term
still ran was no renewal, and does not end the row either. Nothing here changes the matrix: it only says when that may
have to be done.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, literal, or_, select
from sqlmodel import Session

from ibpmon.language import _, ngettext
from ibpmon.review.asking import RUNNING, Question
from ibpmon.review.standing import rounds_of_kind, signed_reviews
from ibpmon.store.answers import group_key, whose
from ibpmon.store.database import Store
from ibpmon.store.review_tables import (
    QUARTER,
    AccessReview,
    ReviewAssignment,
    ReviewDecision,
    ReviewItem,
    ReviewSignoff,
)
from ibpmon.store.upsert import table_of
from ibpmon.tell.words import nth

OFTEN = 3  # renewals; from then on the exception looks like a rule
REVIEW, ITEM, SIGNED = table_of(AccessReview), table_of(ReviewItem), table_of(ReviewSignoff)
ANSWER, GIVEN = table_of(ReviewDecision), table_of(ReviewAssignment)


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed the last time about an access that does not fit."""

    until: datetime
    rounds: int  # signed rounds in a row in which it was kept; the first of these was no renewal

    @property
    def is_often(self) -> bool:
        """Whether to keep it once more is the third renewal, or a later one."""
        return self.rounds >= OFTEN


# ---------------------------------------------------------------- looking


def agreed(session: Session, store: Store, process: str, last: int) -> dict[str, Agreed]:
    """What was agreed about each access of a process that was kept, in the signed rounds up to this one."""
    found = {}
    for key, some in groupby(session.execute(in_a_row(store, process, last)), lambda row: row.item_key):
        terms = [row.until for row in some if row.until is not None]
        if terms:
            found[key] = Agreed(terms[0], len(terms))
    return found


def in_a_row(store: Store, process: str, last: int) -> Select[Any]:
    """The rounds in which an access was kept, as long as there is none missing between them; the last round first.

    Without a gap the place of a round, counted back, is also how many there are so far.
    """
    kept = kept_in(store, numbered(store, process, last))
    columns = (kept.c.item_key, kept.c.until)
    return select(*columns).where(kept.c.place == kept.c.so_far).order_by(kept.c.item_key, kept.c.place)


def numbered(store: Store, process: str, last: int) -> Subquery:
    """The review of each whole round that counts, numbered back from the last one."""
    whole = REVIEW.c.round_id.in_(rounds_of_kind(store, QUARTER))
    mine = (REVIEW.c.tenant_id == store.tenant, REVIEW.c.process == process, REVIEW.c.round_id <= last, whole)
    place = func.row_number().over(order_by=REVIEW.c.round_id.desc()).label("place")
    newest = select(func.max(REVIEW.c.review_id).label("review_id"), place).where(
        *mine, REVIEW.c.review_id.in_(signed_reviews(store))
    )
    return newest.group_by(REVIEW.c.round_id).subquery("numbered")


def kept_in(store: Store, rounds: Subquery) -> Subquery:
    """Each access in each round in which it was kept against the matrix: until when, or NULL where a term still ran."""
    last = last_answers(store, rounds)
    items = rounds.join(ITEM, and_(ITEM.c.tenant_id == store.tenant, ITEM.c.review_id == rounds.c.review_id))
    items = items.outerjoin(last, and_(last.c.review_id == ITEM.c.review_id, last.c.item_no == ITEM.c.item_no))
    same = (ANSWER.c.tenant_id == store.tenant, ANSWER.c.review_id == last.c.review_id, ANSWER.c.seq == last.c.seq)
    rows = items.outerjoin(ANSWER, and_(*same))
    kept = and_(ANSWER.c.verb == "keep_until", is_signed(store, ANSWER))
    ran = and_(or_(ANSWER.c.seq.is_(None), ANSWER.c.verb == "open"), is_confirmed(store))
    so_far = func.row_number().over(partition_by=ITEM.c.item_key, order_by=rounds.c.place)
    columns = (ITEM.c.item_key, rounds.c.place, case((kept, ANSWER.c.until)).label("until"), so_far.label("so_far"))
    against = (ITEM.c.item_key.is_not(None), ITEM.c.outcome.not_in(("CONFORM", "MISSING")))
    return select(*columns).select_from(rows).where(*against, or_(kept, ran)).subquery("kept")


def last_answers(store: Store, rounds: Subquery) -> Subquery:
    """The last answer about each item of these reviews when they were signed."""
    same = (SIGNED.c.tenant_id == ANSWER.c.tenant_id, SIGNED.c.review_id == ANSWER.c.review_id)
    bound = select(func.max(SIGNED.c.decision_seq)).where(*same).correlate(ANSWER).scalar_subquery()
    mine = (ANSWER.c.tenant_id == store.tenant, ANSWER.c.item_no.is_not(None), ANSWER.c.seq <= bound)
    columns, these = (ANSWER.c.review_id, ANSWER.c.item_no), ANSWER.c.review_id.in_(select(rounds.c.review_id))
    return select(*columns, func.max(ANSWER.c.seq).label("seq")).where(*mine, these).group_by(*columns).subquery("last")


def is_signed(store: Store, answer: Any) -> ColumnElement[bool]:
    """Whether who decided this signed for it; what was given to somebody else before that is not his to sign."""
    decider = whose(answer)
    same = (SIGNED.c.tenant_id == store.tenant, SIGNED.c.review_id == answer.c.review_id, SIGNED.c.signer == decider)
    signed = (*same, SIGNED.c.decision_seq >= answer.c.seq, ~is_given_away(store, answer, decider))
    return select(literal(1)).where(*signed).correlate(answer).exists()


def is_given_away(store: Store, answer: Any, decider: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether somebody else had to decide by the time of the signature, and it did not come back."""
    away, back = GIVEN.alias("away"), GIVEN.alias("back")
    mine = (away.c.tenant_id == store.tenant, away.c.review_id == answer.c.review_id, away.c.before == decider)
    about = or_(away.c.item_no.is_(None), away.c.item_no == answer.c.item_no)
    same = (back.c.tenant_id == away.c.tenant_id, back.c.review_id == away.c.review_id, back.c.seq > away.c.seq)
    again = or_(back.c.item_no.is_(None), back.c.item_no == answer.c.item_no)
    returned = select(literal(1)).where(*same, again, back.c.after == decider, back.c.at <= SIGNED.c.signed_at)
    there = ~returned.correlate(away, answer, SIGNED).exists()
    return (
        select(literal(1))
        .where(*mine, about, away.c.at <= SIGNED.c.signed_at, there)
        .correlate(answer, SIGNED)
        .exists()
    )


def is_confirmed(store: Store) -> ColumnElement[bool]:
    """Whether an item was confirmed with the others of which the term still ran."""
    said = ANSWER.alias("said")
    same = (said.c.tenant_id == store.tenant, said.c.review_id == ITEM.c.review_id, said.c.item_no.is_(None))
    there = (
        select(literal(1)).where(*same, said.c.rule == group_key(ITEM), is_signed(store, said)).correlate(ITEM).exists()
    )
    return and_(ITEM.c.rule == RUNNING, ITEM.c.alone.is_(False), there)


# ---------------------------------------------------------------- words


def extended(rounds: int) -> str:
    """That a keep is a renewal, as it is signed, after so many rounds in a row."""
    return _("Extended for the {nth} time.").format(nth=nth(rounds))


def advice(known: Agreed) -> str:
    """To whoever would keep it once more: that the matrix may have to change; empty as long as it was not often."""
    said = _("If this stays again, it is extended for the {nth} time. {perhaps}")
    return said.format(nth=nth(known.rounds), perhaps=perhaps()) if known.is_often else ""


def perhaps() -> str:
    """That a rule is better than an exception without end; ibpmon never makes one by itself."""
    return _("Perhaps the matrix has to change; only a new version that is approved changes it.")


def figures(asked: Question) -> Mapping[str, str]:
    """For the letter: how many exceptions are asked again; nothing when there are none."""
    count = sum(1 for _rounds in asked_again(asked))
    return {_("Was allowed until a day, asked again"): str(count)} if count else {}


def lines(asked: Question) -> list[str]:
    """For the letter: how many would be renewed for the third time or more; nothing when there are none."""
    count = sum(rounds >= OFTEN for rounds in asked_again(asked))
    said = ngettext(
        "If it stays again, {n} right is extended for the {nth} time or more. {perhaps}",
        "If they stay again, {n} rights are extended for the {nth} time or more. {perhaps}",
        count,
    )
    return [said.format(n=count, nth=nth(OFTEN), perhaps=perhaps())] if count else []


def asked_again(asked: Question) -> Iterator[int]:
    """Of each exception that is decided on anew: in how many rounds in a row it was kept."""
    for one in asked.asked:
        if one.alone and one.outcome != "CONFORM" and one.before and one.before.rounds:
            yield one.before.rounds
