"""Who decided on his own rights in a review, or carried out what he signed for: nobody else looked at it.

A second account of the same person is that person. A decision is of who it was written down for; who wrote it down
about himself is named as well. Only the last signed review of each process counts, with what was signed between two
rounds since, and in it only what was signed: once somebody else has done it, it is put right.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.sql.expression import Subquery

from ibpmon.store.answers import group_key, whose
from ibpmon.store.collected import Dataset
from ibpmon.store.review_tables import (
    MICRO,
    AccessReview,
    Remediation,
    RemediationEvent,
    ReviewDecision,
    ReviewItem,
    ReviewRound,
    ReviewSignoff,
)
from ibpmon.store.upsert import table_of
from ibpmon.store.view import Entry, Here, View, view

REVIEW, ITEM, SIGNED = table_of(AccessReview), table_of(ReviewItem), table_of(ReviewSignoff)
ROUND = table_of(ReviewRound)
DECISION, TASK, ACT = table_of(ReviewDecision), table_of(Remediation), table_of(RemediationEvent)
LETS_BE = ("keep", "keep_until", "lower", "confirm")  # whoever takes his own right away needs nobody beside him


def own_hands_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """One row per review, act and person.

    `decided` on his own rights, `written` down for somebody else that one of his stays, or `carried` out what he
    signed for.
    """
    parts = union_all(decided(here), written(here), carried(here)).subquery("own_hands")
    entries: list[Entry] = [
        ("thing", literal("review/") + cast(parts.c.review_id, Text), "text"),
        ("hand", parts.c.act + literal("/") + parts.c.account_id, "text"),
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
    """Whether a review is the last of its process that was signed in a whole round, or was signed since that one."""
    other = REVIEW.alias("signed_review")
    signed = and_(SIGNED.c.tenant_id == other.c.tenant_id, SIGNED.c.review_id == other.c.review_id)
    last = select(func.max(other.c.review_id)).join(SIGNED, signed).where(other.c.tenant_id == here.tenant)
    whole = last.where(other.c.process == REVIEW.c.process, other.c.round_id.not_in(small_rounds(here)))
    begin = whole.correlate(REVIEW).scalar_subquery()
    later = and_(REVIEW.c.review_id > begin, REVIEW.c.round_id.in_(small_rounds(here)), is_signed_at_all(here))
    return and_(REVIEW.c.tenant_id == here.tenant, or_(REVIEW.c.review_id == begin, later))


def small_rounds(here: Here) -> Select[Any]:
    """The rounds that lie between two whole ones."""
    return select(ROUND.c.round_id).where(ROUND.c.tenant_id == here.tenant, ROUND.c.kind == MICRO)


def is_signed_at_all(here: Here) -> ColumnElement[bool]:
    """Whether anybody signed a review."""
    own = SIGNED.alias("own_signature")
    same = (own.c.tenant_id == here.tenant, own.c.review_id == REVIEW.c.review_id)
    return select(literal(1)).where(*same).correlate(REVIEW).exists()


def same_review(table: FromClause) -> ColumnElement[bool]:
    """Whether a row belongs to the review."""
    return and_(table.c.tenant_id == REVIEW.c.tenant_id, table.c.review_id == REVIEW.c.review_id)


# ---------------------------------------------------------------- deciding

ONE_BY_ONE = ITEM.c.item_no == DECISION.c.item_no
BY_RULE = and_(
    DECISION.c.item_no.is_(None), ITEM.c.alone.is_(False), ITEM.c.outcome != "MISSING",
    group_key(ITEM) == DECISION.c.rule,
)  # fmt: skip


def decided(here: Here) -> Select[Any]:
    """Answers that let a right of the same person be: one by one, or with all others of a rule."""
    return kept(here, "decided", whose(DECISION), or_(ONE_BY_ONE, BY_RULE))


def written(here: Here) -> Select[Any]:
    """The same of who wrote an answer down for somebody else; only one by one: with a rule goes what fits it."""
    return kept(here, "written", DECISION.c.actor, ONE_BY_ONE).where(DECISION.c.on_behalf_of != "")


def kept(here: Here, act: str, maker: ColumnElement[str], covers: ColumnElement[bool]) -> Select[Any]:
    """Signed answers that let a right of their maker be."""
    hand, own = people(here, f"{act}_hand"), people(here, f"{act}_own")
    begin = literal('["person","') + own.c.account_id + literal('",')
    about = func.substr(ITEM.c.item_key, 1, func.length(begin)) == begin
    rows = (
        REVIEW.join(DECISION, same_review(DECISION))
        .join(hand, hand.c.upn == func.lower(maker))
        .join(own, own.c.person == hand.c.person)
        .join(ITEM, and_(same_review(ITEM), covers, about))
    )
    columns = counted(act, hand, func.count(ITEM.c.item_no.distinct()))
    stands = (DECISION.c.verb.in_(LETS_BE), is_signed(DECISION), ~is_answered_otherwise(), is_last_signed(here))
    return select(*columns).select_from(rows).where(*stands).group_by(*columns[:4])


def is_signed(answer: FromClause) -> ColumnElement[bool]:
    """Whether whose answer it is signed for it; until then it is a draft."""
    mine = and_(SIGNED.c.tenant_id == answer.c.tenant_id, SIGNED.c.review_id == answer.c.review_id)
    by = and_(SIGNED.c.signer == whose(answer), SIGNED.c.decision_seq >= answer.c.seq)
    return select(literal(1)).where(mine, by).correlate(answer).exists()


def is_answered_otherwise() -> ColumnElement[bool]:
    """Whether a later answer about the item itself was signed, or any where the answer was about a whole rule."""
    later = DECISION.alias("later_answer")
    same = and_(later.c.tenant_id == ITEM.c.tenant_id, later.c.review_id == ITEM.c.review_id)
    after = or_(later.c.seq > DECISION.c.seq, DECISION.c.item_no.is_(None))
    found = select(literal(1)).where(same, later.c.item_no == ITEM.c.item_no, after, is_signed(later))
    return found.correlate(ITEM, DECISION).exists()


# ---------------------------------------------------------------- carrying out


def carried(here: Here) -> Select[Any]:
    """Tasks that were reported done by who signed; a task hangs on the revision in which it was made."""
    hand, signer, revision = people(here, "worker"), people(here, "signer"), revisions(here)
    made = and_(TASK.c.tenant_id == here.tenant, TASK.c.review_id == revision.c.review_id)
    task = and_(ACT.c.tenant_id == TASK.c.tenant_id, ACT.c.remediation_id == TASK.c.remediation_id)
    signed = and_(SIGNED.c.tenant_id == here.tenant, SIGNED.c.review_id == revision.c.last_id)
    rows = (
        revision.join(TASK, made)
        .join(ACT, and_(task, ACT.c.verb == "done"))
        .join(SIGNED, signed)
        .join(hand, hand.c.upn == func.lower(ACT.c.actor))
        .join(signer, and_(signer.c.upn == func.lower(SIGNED.c.signer), signer.c.person == hand.c.person))
        .join(REVIEW, and_(REVIEW.c.tenant_id == here.tenant, REVIEW.c.review_id == revision.c.last_id))
    )
    columns = counted("carried", hand, func.count(TASK.c.remediation_id.distinct()))
    return select(*columns).select_from(rows).group_by(*columns[:4])


def revisions(here: Here) -> CTE:
    """Each review that was signed last (`last_id`) with itself and all that it is a new revision of (`review_id`)."""
    last, old = REVIEW.c.review_id, REVIEW.alias("newer")
    start = select(last.label("last_id"), last.label("review_id")).where(is_last_signed(here))
    walk = start.cte("revisions", recursive=True)
    back = select(walk.c.last_id, type_coerce(old.c.supersedes, BigInteger))
    mine = and_(old.c.tenant_id == here.tenant, old.c.review_id == walk.c.review_id)
    return walk.union(back.join(old, mine).where(old.c.supersedes.is_not(None)))


def counted(act: str, hand: FromClause, things: ColumnElement[int]) -> list[ColumnElement[Any]]:
    """The columns of one kind of act."""
    return [
        REVIEW.c.review_id.label("review_id"), REVIEW.c.process.label("process"), hand.c.upn.label("upn"),
        hand.c.account_id.label("account_id"), literal(act).label("act"), things.label("things"),
    ]  # fmt: skip
