"""Who decided on his own rights in a review, or carried out what he signed for: nobody else looked at it.

A second account of the same person is that person. Only the last signed review of each process counts: once somebody
else has done it, it is put right.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Text, and_, cast, func, literal, or_, select, union_all
from sqlalchemy.sql.expression import Subquery

from ibpmon.store.collected import Dataset
from ibpmon.store.review_tables import (
    AccessReview,
    Remediation,
    RemediationEvent,
    ReviewDecision,
    ReviewItem,
    ReviewSignoff,
)
from ibpmon.store.upsert import table_of
from ibpmon.store.view import Entry, Here, View, view

REVIEW, ITEM, SIGNED = table_of(AccessReview), table_of(ReviewItem), table_of(ReviewSignoff)
DECISION, TASK, ACT = table_of(ReviewDecision), table_of(Remediation), table_of(RemediationEvent)
LETS_BE = ("keep", "keep_until", "lower", "confirm")  # whoever takes his own right away needs nobody beside him


def own_hands_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """One row per review and person: `decided` on his own rights, or `carried` out what he signed for."""
    parts = union_all(decided(here), carried(here)).subquery("own_hands")
    entries: list[Entry] = [
        ("thing", literal("review/") + cast(parts.c.review_id, Text), "text"),
        ("act", parts.c.act, "text"),
        ("process", parts.c.process, "text"),
        ("upn", parts.c.upn, "text"),
        ("things", parts.c.things, "int"),
    ]
    return view("own-hands", here, entries, parts, ["accounts"])


def people(here: Here, alias: str) -> Subquery:
    """The accounts by user name, with whose they are; an account of nobody on a list is its own person."""
    account = here.part("accounts", {"account_id": "text", "upn": "text"}, f"{alias}_account")
    placed, fits = here.place("account", account.c.account_id, f"{alias}_place")
    person = func.coalesce(func.nullif(placed.c.person, ""), account.c.account_id).label("person")
    rows = select(func.lower(account.c.upn).label("upn"), account.c.account_id, person)
    return rows.select_from(account.outerjoin(placed, fits)).subquery(alias)


def is_last_signed(here: Here) -> ColumnElement[bool]:
    """Whether a review is the one of its process that was signed last."""
    other = REVIEW.alias("signed_review")
    signed = and_(SIGNED.c.tenant_id == other.c.tenant_id, SIGNED.c.review_id == other.c.review_id)
    last = select(func.max(other.c.review_id)).join(SIGNED, signed)
    mine = last.where(other.c.tenant_id == here.tenant, other.c.process == REVIEW.c.process).correlate(REVIEW)
    return and_(REVIEW.c.tenant_id == here.tenant, REVIEW.c.review_id == mine.scalar_subquery())


def same_review(table: FromClause) -> ColumnElement[bool]:
    """Whether a row belongs to the review."""
    return and_(table.c.tenant_id == REVIEW.c.tenant_id, table.c.review_id == REVIEW.c.review_id)


def decided(here: Here) -> Select[Any]:
    """Answers that let a right of the same person be: one by one, or with all others of a rule."""
    hand, own = people(here, "hand"), people(here, "own")
    one_by_one = ITEM.c.item_no == DECISION.c.item_no
    by_rule = and_(
        DECISION.c.item_no.is_(None), ITEM.c.alone.is_(False),
        or_(ITEM.c.rule == DECISION.c.rule, ITEM.c.rule + literal("@") + ITEM.c.reviewer == DECISION.c.rule),
    )  # fmt: skip
    begin = literal('["person","') + own.c.account_id + literal('",')
    about = func.substr(ITEM.c.item_key, 1, func.length(begin)) == begin
    rows = (
        REVIEW.join(DECISION, same_review(DECISION))
        .join(hand, hand.c.upn == func.lower(DECISION.c.actor))
        .join(own, own.c.person == hand.c.person)
        .join(ITEM, and_(same_review(ITEM), or_(one_by_one, by_rule), about))
    )
    columns = counted("decided", hand, func.count(ITEM.c.item_no.distinct()))
    kept = (DECISION.c.verb.in_(LETS_BE), ~is_answered_otherwise(), is_last_signed(here))
    return select(*columns).select_from(rows).where(*kept).group_by(*columns[:2], hand.c.upn)


def is_answered_otherwise() -> ColumnElement[bool]:
    """Whether a later answer about the item itself stands, or any where the answer was about a whole rule."""
    later = DECISION.alias("later_answer")
    same = and_(later.c.tenant_id == ITEM.c.tenant_id, later.c.review_id == ITEM.c.review_id)
    after = or_(later.c.seq > DECISION.c.seq, DECISION.c.item_no.is_(None))
    found = select(literal(1)).where(same, later.c.item_no == ITEM.c.item_no, after)
    return found.correlate(ITEM, DECISION).exists()


def carried(here: Here) -> Select[Any]:
    """Tasks that were reported done by who signed the review that they follow from."""
    hand, signer = people(here, "worker"), people(here, "signer")
    task = and_(ACT.c.tenant_id == TASK.c.tenant_id, ACT.c.remediation_id == TASK.c.remediation_id)
    rows = (
        REVIEW.join(TASK, same_review(TASK))
        .join(ACT, and_(task, ACT.c.verb == "done"))
        .join(SIGNED, same_review(SIGNED))
        .join(hand, hand.c.upn == func.lower(ACT.c.actor))
        .join(signer, and_(signer.c.upn == func.lower(SIGNED.c.signer), signer.c.person == hand.c.person))
    )
    columns = counted("carried", hand, func.count(TASK.c.remediation_id.distinct()))
    return select(*columns).select_from(rows).where(is_last_signed(here)).group_by(*columns[:2], hand.c.upn)


def counted(act: str, hand: FromClause, things: ColumnElement[int]) -> list[ColumnElement[Any]]:
    """The columns of one kind of act."""
    return [
        REVIEW.c.review_id.label("review_id"), REVIEW.c.process.label("process"), hand.c.upn.label("upn"),
        literal(act).label("act"), things.label("things"),
    ]  # fmt: skip
