"""What of the reviews of rights is late: one that is not signed, what was to be taken away and is there, a new round.

It rests on no connector, and holds no name of anybody whose access was looked at.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Text, cast, func, literal, select, type_coerce, union_all

from ibpmon.store.collected import Dataset
from ibpmon.store.review_tables import (
    QUARTER,
    AccessReview,
    Observation,
    Remediation,
    RemediationEvent,
    ReviewEvent,
    ReviewItem,
    ReviewRound,
    ReviewSignoff,
)
from ibpmon.store.tables import DAY, Moment
from ibpmon.store.upsert import table_of
from ibpmon.store.view import Entry, Here, View, view, whole_days

REVIEW, ITEM, SIGNED = table_of(AccessReview), table_of(ReviewItem), table_of(ReviewSignoff)
EVENT, ROUND = table_of(ReviewEvent), table_of(ReviewRound)
TASK, ACT, SEEN = table_of(Remediation), table_of(RemediationEvent), table_of(Observation)
NEXT = 92 + 14  # days after which the next round should be open


def review_terms_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """Each review, task or round that has a term, with the whole days since; below zero it has not come."""
    parts = union_all(late_reviews(here), late_tasks(here), late_round(here)).subquery("parts")
    entries: list[Entry] = [
        ("thing", parts.c.thing, "text"),
        ("kind", parts.c.kind, "text"),
        ("process", parts.c.process, "text"),
        ("due", type_coerce(parts.c.due, Moment), "time"),
        ("days_late", whole_days(here, type_coerce(parts.c.due, Moment)), "int"),
    ]
    return view("review-terms", here, entries, parts, [])


def late_reviews(here: Here) -> Select[Any]:
    """The reviews that nobody cancelled or replaced, and that not everybody who decides has signed."""
    mine = (REVIEW.c.tenant_id == here.tenant, ~is_replaced(here), ~is_cancelled(here))
    return select(*columns("review", REVIEW.c.review_id, REVIEW.c.process, REVIEW.c.due_at)).where(
        *mine, signatures(here) < deciders(here)
    )


def is_replaced(here: Here) -> ColumnElement[bool]:
    """Whether there is a later revision."""
    later = REVIEW.alias("later")
    same = (later.c.tenant_id == here.tenant, later.c.supersedes == REVIEW.c.review_id)
    return select(literal(1)).where(*same).correlate(REVIEW).exists()


def is_cancelled(here: Here) -> ColumnElement[bool]:
    """Whether somebody cancelled it."""
    same = (EVENT.c.tenant_id == here.tenant, EVENT.c.review_id == REVIEW.c.review_id, EVENT.c.verb == "cancel")
    return select(literal(1)).where(*same).correlate(REVIEW).exists()


def signatures(here: Here) -> ColumnElement[int]:
    """How many people signed it."""
    same = (SIGNED.c.tenant_id == here.tenant, SIGNED.c.review_id == REVIEW.c.review_id)
    return select(func.count()).select_from(SIGNED).where(*same).correlate(REVIEW).scalar_subquery()


def deciders(here: Here) -> ColumnElement[int]:
    """How many people were asked: the owner, and who decides about the owner; of an empty review the owner signs."""
    same = (ITEM.c.tenant_id == here.tenant, ITEM.c.review_id == REVIEW.c.review_id, ITEM.c.outcome != "MISSING")
    count = select(func.count(ITEM.c.reviewer.distinct())).where(*same).correlate(REVIEW).scalar_subquery()
    return func.coalesce(func.nullif(count, 0), 1)


def late_tasks(here: Here) -> Select[Any]:
    """What was to be taken away or made less, and no later run saw so; not what was decided on anew since."""
    same = (SEEN.c.tenant_id == here.tenant, SEEN.c.remediation_id == TASK.c.remediation_id)
    done = select(literal(1)).where(*same, SEEN.c.result.in_(("GONE", "REDUCED"))).correlate(TASK).exists()
    process = (
        select(REVIEW.c.process)
        .where(REVIEW.c.tenant_id == here.tenant, REVIEW.c.review_id == TASK.c.review_id)
        .correlate(TASK)
        .scalar_subquery()
    )
    return select(*columns("task", TASK.c.remediation_id, process, TASK.c.due_at)).where(
        TASK.c.tenant_id == here.tenant, ~done, ~is_withdrawn(here)
    )


def is_withdrawn(here: Here) -> ColumnElement[bool]:
    """Whether a new revision decided otherwise about a task."""
    same = (ACT.c.tenant_id == here.tenant, ACT.c.remediation_id == TASK.c.remediation_id, ACT.c.verb == "withdraw")
    return select(literal(1)).where(*same).correlate(TASK).exists()


def late_round(here: Here) -> Select[Any]:
    """The last whole round of a board that once began: when the next one should have been opened."""
    due = type_coerce(func.max(ROUND.c.opened_at), BigInteger) + literal(NEXT * DAY, BigInteger)
    mine = select(*columns("round", func.max(ROUND.c.round_id), literal(""), due))
    return mine.where(ROUND.c.tenant_id == here.tenant, ROUND.c.kind == QUARTER).having(func.count() > 0)


def columns(kind: str, number: Any, process: Any, due: Any) -> list[ColumnElement[Any]]:
    """The columns of one kind of thing that can be late."""
    return [
        (literal(f"{kind}/") + cast(number, Text)).label("thing"),
        literal(kind).label("kind"),
        process.label("process"),
        type_coerce(due, BigInteger).label("due"),
    ]
