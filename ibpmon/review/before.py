"""What came before a round: what was signed the last time about each access, and how fast an owner decides."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from ibpmon.review.asking import Before
from ibpmon.review.renewals import Agreed, agreed
from ibpmon.review.signed import signed_answers
from ibpmon.review.signoff import revisions_before
from ibpmon.review.standing import LAPSED, rounds_of_kind, signed_reviews
from ibpmon.store.database import Store
from ibpmon.store.review_tables import (
    MICRO,
    QUARTER,
    AccessReview,
    Observation,
    Remediation,
    ReviewDecision,
    ReviewItem,
)
from ibpmon.store.tables import Placement
from ibpmon.store.upsert import table_of

USUAL = timedelta(seconds=20)  # per decision, of somebody who never signed one
PAUSE = timedelta(minutes=5)  # longer between two decisions is coffee


def last_signed(session: Session, store: Store, process: str, but: int = 0) -> AccessReview | None:
    """The review of a process that was signed last, in any whole round but this one."""
    mine = (col(AccessReview.tenant_id) == store.tenant, col(AccessReview.process) == process)
    other = (col(AccessReview.round_id) != but, col(AccessReview.round_id).in_(rounds_of_kind(store, QUARTER)))
    there = select(AccessReview).where(*mine, *other, col(AccessReview.review_id).in_(signed_reviews(store)))
    return session.scalar(there.order_by(col(AccessReview.review_id).desc()).limit(1))


def before(session: Session, store: Store, process: str, but: int = 0) -> dict[str, Before]:
    """What was signed the last time about each access of a process; a round that is done again is not its own last.

    What was signed between two rounds since is the last about what it was about.
    """
    review = last_signed(session, store, process, but)
    if review is None:
        return {}
    found = answered(session, store, review, agreed(session, store, process, review.round_id))
    for later in signed_between(session, store, review, but):
        found |= answered(session, store, later)
    return found


def signed_between(session: Session, store: Store, last: AccessReview, but: int = 0) -> Sequence[AccessReview]:
    """What was signed after a whole round and before the next, of the same process, the oldest first."""
    signed = (col(AccessReview.round_id) != but, col(AccessReview.review_id).in_(signed_reviews(store)))
    return session.scalars(since(store, last).where(*signed)).all()


def since(store: Store, last: AccessReview) -> Select[Any]:
    """The reviews between two rounds of the same process after this one, the oldest first."""
    mine = (col(AccessReview.tenant_id) == store.tenant, col(AccessReview.process) == last.process)
    later = (col(AccessReview.review_id) > last.review_id, col(AccessReview.round_id).in_(rounds_of_kind(store, MICRO)))
    return select(AccessReview).where(*mine, *later).order_by(col(AccessReview.review_id))


def answered(
    session: Session, store: Store, review: AccessReview, kept: Mapping[str, Agreed] | None = None
) -> dict[str, Before]:
    """What was answered about each access in one review, or agreed before; about what lapsed nothing was."""
    answers, lapsed = last_answers(session, store, review.review_id), lapsed_in(session, store, review.review_id)
    gone = gone_since(session, store, [review.review_id, *revisions_before(session, store, review)])
    rows = (one for one in items_of(session, store, review.review_id) if one.item_no not in lapsed)
    return {one.item_key: made(one, answers, gone, (kept or {}).get(one.item_key)) for one in rows}


def items_of(session: Session, store: Store, review_id: int) -> Iterator[Any]:
    """What is needed of the items of a review to see what changed; what was erased cannot be compared."""
    c = table_of(ReviewItem).c
    columns = (c.review_id, c.item_no, c.item_key, c.right, c.outcome, c.resource, c.rule)
    mine = (c.tenant_id == store.tenant, c.review_id == review_id, c.item_key.is_not(None), c.outcome != "MISSING")
    yield from session.execute(select(*columns).where(*mine))


def made(row: Any, answers: Mapping[int, Any], gone: frozenset[str], kept: Agreed | None = None) -> Before:
    """One item of the last time, with the answer that was signed; what was kept may run since a round before that."""
    answer = answers.get(row.item_no)
    verb, until = (answer.verb, answer.until) if answer else ("", None)
    if kept:
        verb, until = "keep_until", kept.until
    sensitive = bool(json.loads(row.resource or "{}").get("sensitive"))
    rounds, is_gone = kept.rounds if kept else 0, row.item_key in gone
    return Before(row.review_id, row.item_no, row.right, row.outcome, sensitive, verb, until, is_gone, rounds)


def last_answers(session: Session, store: Store, review_id: int) -> dict[int, ReviewDecision]:
    """The answer that was signed about each item of a review; a draft settles nothing."""
    return {key: row for key, row in signed_answers(session, store, review_id) if isinstance(key, int)}


def lapsed_in(session: Session, store: Store, review_id: int) -> frozenset[int]:
    """The items that were gone before anybody decided about them."""
    c = table_of(ReviewDecision).c
    mine = (c.tenant_id == store.tenant, c.review_id == review_id, c.item_no.is_not(None))
    last = select(func.max(c.seq)).where(*mine).group_by(c.item_no)
    return frozenset(session.scalars(select(c.item_no).where(*mine, c.seq.in_(last), c.verb == LAPSED)))


def gone_since(session: Session, store: Store, revisions: Sequence[int]) -> frozenset[str]:
    """What a run after these revisions of a review saw that was gone; a task hangs on the one in which it was made."""
    tasks, seen = table_of(Remediation).c, table_of(Observation).c
    same = (seen.tenant_id == tasks.tenant_id, seen.remediation_id == tasks.remediation_id)
    mine = (tasks.tenant_id == store.tenant, tasks.review_id.in_(revisions), seen.result == "GONE")
    return frozenset(session.scalars(select(tasks.item_key).where(*same, *mine, tasks.item_key.is_not(None))))


def sensitive_places(session: Session, store: Store) -> frozenset[str]:
    """The groups and sites of which the confidentiality is high."""
    c = table_of(Placement).c
    rows = session.execute(select(c.kind, c.object_id).where(c.tenant_id == store.tenant, c.confidentiality == "high"))
    return frozenset(f"{kind}:{key}" for kind, key in rows)


def pace(session: Session, store: Store, owner: str) -> timedelta:
    """How long an owner takes for a decision, by what he decided before."""
    c = table_of(ReviewDecision).c
    moments = list(
        session.scalars(
            select(c.decided_at)
            .where(c.tenant_id == store.tenant, func.lower(c.actor) == owner, c.bulk_id.is_(None))
            .order_by(c.decided_at)
        )
    )
    steps = [later - earlier for earlier, later in pairwise(moments) if timedelta(0) < later - earlier < PAUSE]
    return median(steps) if len(steps) >= 10 else USUAL
