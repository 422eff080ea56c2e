"""What pages ask of the database, each in a few statements however much there is."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlmodel import Session, col

from ibpmon.review.before import pace
from ibpmon.review.letters import minutes
from ibpmon.review.rounds import PER_RULE
from ibpmon.review.standing import ANSWERABLE, Group, Standing, group_key, last_of_items, last_of_rules
from ibpmon.store.database import Store
from ibpmon.store.review_tables import (
    AccessReview,
    MatrixApproval,
    MatrixVersion,
    ReviewAssignment,
    ReviewDecision,
    ReviewEvent,
    ReviewItem,
    ReviewSignoff,
)
from ibpmon.store.tables import OPEN_ALERTS, Alert, Evaluation, Run
from ibpmon.store.upsert import table_of


@dataclass(frozen=True, slots=True)
class Facts:
    """What says who somebody is here: whether he has to decide somewhere, and what the matrix hangs on."""

    decides: bool
    mark: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One review that waits for somebody: how much is left for him, and how long that takes."""

    there: Standing
    decisions: int
    rules: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """How things stand, in four numbers without a name."""

    alerts: int
    late: int
    blind: int  # rules that could not judge
    unread: int  # sources that were not read in full


@dataclass(frozen=True, slots=True)
class Concerned:
    """A review as `roles.may` asks about it."""

    there: Standing

    @property
    def people(self) -> Collection[str]:
        """Who is asked, who stands in, who decides and who signed."""
        review = self.there.review
        return {*self.there.deciders, *self.there.signed, *(one for one in (review.owner, review.deputy) if one)}


# ---------------------------------------------------------------- who


def facts(session: Session, store: Store, names: Collection[str]) -> Facts:
    """Whether these names stand in a review, and what the matrix of this moment hangs on."""
    review, given = table_of(AccessReview).c, table_of(ReviewAssignment).c
    asked = exists().where(review.tenant_id == store.tenant, or_(review.owner.in_(names), review.deputy.in_(names)))
    assigned = exists().where(given.tenant_id == store.tenant, given.after.in_(names))
    newest = select(func.max(col(MatrixVersion.version))).where(col(MatrixVersion.tenant_id) == store.tenant)
    approved = select(func.count()).select_from(MatrixApproval).where(col(MatrixApproval.tenant_id) == store.tenant)
    row = session.execute(select(or_(asked, assigned), newest.scalar_subquery(), approved.scalar_subquery())).one()
    return Facts(bool(row[0]), (row[1], row[2]))


# ---------------------------------------------------------------- reviews


def current(session: Session, store: Store) -> list[Standing]:
    """The reviews that are not replaced or cancelled: those that nobody finished, and those of the last round."""
    review, event, sign = table_of(AccessReview), table_of(ReviewEvent), table_of(ReviewSignoff)
    later = review.alias()
    replaced = exists().where(later.c.tenant_id == review.c.tenant_id, later.c.supersedes == review.c.review_id)
    same = (event.c.tenant_id == review.c.tenant_id, event.c.review_id == review.c.review_id)
    signed = (sign.c.tenant_id == review.c.tenant_id, sign.c.review_id == review.c.review_id)
    last = select(func.max(review.c.round_id)).where(review.c.tenant_id == store.tenant).scalar_subquery()
    mine = and_(
        col(AccessReview.tenant_id) == store.tenant,
        ~replaced, ~exists().where(*same, event.c.verb == "cancel"),
        or_(review.c.round_id == last, ~exists().where(*signed)),
    )  # fmt: skip
    found = session.scalars(select(AccessReview).where(mine).order_by(col(AccessReview.review_id))).all()
    return list(standings(session, store, found)) if found else []


def standings(session: Session, store: Store, reviews: Sequence[AccessReview]) -> Iterable[Standing]:
    """How these reviews stand, read in sets: five statements whether there are two or two hundred."""
    numbers = [one.review_id for one in reviews]
    given = rows_of(session, store, ReviewAssignment, numbers)
    decided = rows_of(session, store, ReviewDecision, numbers)
    signed = rows_of(session, store, ReviewSignoff, numbers, order="signoff_id")
    alone, groups = items_alone(session, store, numbers), groups_of(session, store, numbers)
    for one in reviews:
        key = one.review_id
        yield Standing(
            review=one,
            alone=alone[key],
            groups=groups[key],
            answers=last_of_items(decided[key]),
            confirmed=last_of_rules(decided[key]),
            assignments=given[key],
            signed={line.signer: line for line in signed[key]},
        )


def rows_of(
    session: Session, store: Store, model: Any, numbers: Sequence[int], order: str = "seq"
) -> Mapping[int, list[Any]]:
    """The lines of a table by review, the oldest first."""
    found: dict[int, list[Any]] = defaultdict(list)
    mine = (col(model.tenant_id) == store.tenant, col(model.review_id).in_(numbers))
    for line in session.scalars(select(model).where(*mine).order_by(col(getattr(model, order)))):
        found[line.review_id].append(line)
    return found


def items_alone(session: Session, store: Store, numbers: Sequence[int]) -> Mapping[int, list[Any]]:
    """The items that are decided on by themselves, also those that were given to somebody, by review."""
    c, given = table_of(ReviewItem).c, table_of(ReviewAssignment).c
    same = (given.tenant_id == c.tenant_id, given.review_id == c.review_id, given.item_no == c.item_no)
    mine = (c.tenant_id == store.tenant, c.review_id.in_(numbers), or_(c.alone.is_(True), exists().where(*same)))
    columns = (c.review_id, c.item_no, c.rule, c.risk, c.outcome, c.reviewer)
    found: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(select(*columns).where(*mine).order_by(c.review_id, c.item_no)):
        found[row.review_id].append(row)
    return found


def groups_of(session: Session, store: Store, numbers: Sequence[int]) -> Mapping[int, list[Group]]:
    """What is confirmed per rule, by review."""
    c = table_of(ReviewItem).c
    mine = (c.tenant_id == store.tenant, c.review_id.in_(numbers), c.alone.is_(False), c.outcome != "MISSING")
    key, fresh = (c.review_id, c.rule, c.reviewer), func.count().filter(c.delta != "SAME")
    found: dict[int, list[Group]] = defaultdict(list)
    for number, rule, reviewer, count, new in session.execute(
        select(*key, func.count(), fresh).where(*mine).group_by(*key).order_by(*key)
    ):
        found[number].append(Group(group_key(rule, reviewer), rule, reviewer, count, new))
    return found


def waiting_for(
    session: Session, store: Store, found: Iterable[Standing], names: Collection[str], now: datetime
) -> list[Waiting]:
    """Of these reviews the ones that wait for somebody of these names, the first to end first."""
    wanted = [
        (there, name)
        for there in found
        for name in sorted(names)
        if name in there.deciders and name not in there.signed and there.state(now) in ANSWERABLE
    ]
    if not wanted:
        return []
    speed = pace(session, store, wanted[0][1])
    return sorted((left_for(there, name, speed) for there, name in wanted), key=lambda one: one.there.review.due_at)


def left_for(there: Standing, name: str, speed: timedelta) -> Waiting:
    """How much of one review is left for somebody."""
    decisions, rules = len(there.left(name)), len(there.groups_left(name))
    return Waiting(there, decisions, rules, minutes(decisions * speed + rules * timedelta(seconds=PER_RULE)))


def shown_items(session: Session, store: Store, review_id: int, numbers: Sequence[int]) -> Sequence[ReviewItem]:
    """These items of a review, in order."""
    c = table_of(ReviewItem).c
    mine = (c.tenant_id == store.tenant, c.review_id == review_id, c.item_no.in_(numbers))
    return session.scalars(select(ReviewItem).where(*mine).order_by(c.item_no)).all()


# ---------------------------------------------------------------- how it stands


def numbers(session: Session, store: Store, now: datetime, sources: Collection[str]) -> Numbers:
    """Four numbers in one statement; a source that was never read counts as not read."""
    alert, run, judged = table_of(Alert).c, table_of(Run), table_of(Evaluation)
    mine = (alert.tenant_id == store.tenant, alert.state.in_(OPEN_ALERTS), alert.level != "informational")
    count = select(func.count()).where(*mine)
    last_judged = select(func.max(judged.c.evaluation_id)).where(judged.c.tenant_id == store.tenant)
    blind = select(func.count()).where(
        judged.c.tenant_id == store.tenant, judged.c.outcome == "cannot_check",
        judged.c.evaluation_id.in_(last_judged.group_by(judged.c.rule)),
    )  # fmt: skip
    last_run = select(func.max(run.c.run_id)).where(run.c.tenant_id == store.tenant, run.c.finished_at.is_not(None))
    whole = select(func.count()).where(
        run.c.tenant_id == store.tenant, run.c.state == "FULL", run.c.connector.in_(sources),
        run.c.run_id.in_(last_run.group_by(run.c.connector)),
    )  # fmt: skip
    asked = (count, count.where(alert.due_at <= now), blind, whole)
    row = session.execute(select(*(one.scalar_subquery() for one in asked))).one()
    return Numbers(row[0], row[1], row[2], len(sources) - row[3])
