"""One review as its pages show it: how it stands, and of each question all that a person needs to answer it.

Each page asks the same few statements, whether a review has ten questions or ten thousand.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, exists, func, literal, or_, select, tuple_
from sqlmodel import Session, col

from ibpmon.review.merkle import root
from ibpmon.review.standing import (
    LAPSED,
    Group,
    Standing,
    group_key,
    is_lapsed,
    last_of_items,
    last_of_rules,
    lines,
    rounds_of_kind,
)
from ibpmon.store.database import Store
from ibpmon.store.review_tables import (
    MICRO,
    AccessReview,
    ReviewAssignment,
    ReviewDecision,
    ReviewEvent,
    ReviewItem,
    ReviewMatrix,
    ReviewQuestion,
    ReviewSignoff,
)
from ibpmon.store.upsert import table_of
from ibpmon.web.reading import Concerned
from ibpmon.web.roles import Person
from ibpmon.web.visitors import NotThere, check

LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Found:
    """A review that somebody may look at: how it stands, and the revision that came in its place."""

    there: Standing
    newer: int | None
    who: Person
    matrix: ReviewMatrix | None  # held, for a session forgets what nobody holds, and would read it again

    @property
    def number(self) -> int:
        """Which review it is."""
        return self.there.review.review_id

    def name_of(self, decider: str) -> str:
        """By which of his names this person is the one who decides; empty when he is not."""
        seat = self.there.seat(decider)
        return next((name for name in sorted(self.who.known_as) if seat.is_called(name)), "")

    def stands_in(self) -> str:
        """By which of his names this person stands in for the owner; empty when he does not."""
        deputy = self.there.deputy
        return next((name for name in sorted(self.who.known_as) if deputy.is_called(name)), "")

    def acts_as(self, decider: str) -> tuple[str, str] | None:
        """Who writes an answer down, and for whom when that is somebody else; None when it is not his to answer.

        Who stands in writes down what the owner says: the owner still has to sign for it.
        """
        if mine := self.name_of(decider):
            return mine, ""
        deputy = self.stands_in()
        return (deputy, decider) if deputy and decider == self.there.review.owner else None

    @property
    def deciders(self) -> frozenset[str]:
        """For whom this person may answer."""
        return frozenset(one for one in self.there.deciders if self.acts_as(one))

    @property
    def signer(self) -> str:
        """As whom this person signs; empty when there is nothing of his to sign."""
        return next((one for one in sorted(self.there.deciders) if self.name_of(one)), "")

    def of_mine(self, lines: Iterable[Any]) -> list[Any]:
        """Of these items those that this person answers."""
        mine = self.deciders
        return [one for one in lines if self.there.decider(one.reviewer, one.item_no) in mine]

    def alone(self) -> list[Any]:
        """What this person decides on one by one; for who only looks all of it."""
        return self.of_mine(self.there.alone) if self.deciders else list(self.there.alone)

    def left(self) -> list[Any]:
        """Of that what still needs an answer."""
        return self.of_mine(self.there.left()) if self.deciders else self.there.left()

    def singles(self) -> list[int]:
        """What was picked out of a rule and waits for somebody, by number."""
        return [one for name in sorted(self.deciders) or [""] for one in self.there.open_singles(name)]

    def groups(self) -> list[tuple[int, Group]]:
        """The rules that this person confirms, with their places in the whole list; for who only looks all."""
        mine = self.deciders
        found = enumerate(self.there.groups, 1)
        return [one for one in found if not mine or self.there.decider(one[1].reviewer) in mine]

    def groups_left(self) -> list[tuple[int, Group]]:
        """Of those what still has to be confirmed."""
        left = {one.key for one in self.there.groups_left()}
        return [one for one in self.groups() if one[1].key in left]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked about an item, and what came back."""

    question: ReviewQuestion
    reply: ReviewQuestion | None


# ---------------------------------------------------------------- one review


def review_of(session: Session, store: Store, who: Person, number: int, action: Any = "review") -> Found:
    """One review if it is there for this person, in five statements; NotThere else."""
    if not 0 < number <= LARGEST:
        raise NotThere
    rows = session.execute(with_signatures(store, number)).all()
    if not rows:
        raise NotThere
    review, newer, cancelled, micro, _sign, matrix = rows[0]
    there = standing_of(session, store, review, [row[4] for row in rows if row[4] is not None], cancelled, micro, newer)
    check(who, action, Concerned(there))
    return Found(there, newer, who, matrix)


def with_signatures(store: Store, number: int) -> Any:
    """The review beside each signature, with its newer revision, whether it was cancelled, its kind and its matrix."""
    review, event, sign = table_of(AccessReview).c, table_of(ReviewEvent).c, table_of(ReviewSignoff).c
    later = table_of(AccessReview).alias()
    newer = select(func.max(later.c.review_id)).where(later.c.tenant_id == store.tenant, later.c.supersedes == number)
    ended = exists().where(event.tenant_id == store.tenant, event.review_id == number, event.verb == "cancel")
    small = review.round_id.in_(rounds_of_kind(store, MICRO))
    same = and_(sign.tenant_id == review.tenant_id, sign.review_id == review.review_id)
    mine = (review.tenant_id == store.tenant, review.review_id == number)
    matrix = and_(col(ReviewMatrix.tenant_id) == review.tenant_id, col(ReviewMatrix.matrix_hash) == review.matrix_hash)
    asked = select(AccessReview, newer.scalar_subquery(), ended, small, ReviewSignoff, ReviewMatrix)
    return asked.outerjoin(ReviewSignoff, same).outerjoin(ReviewMatrix, matrix).where(*mine).order_by(sign.signoff_id)


def standing_of(
    session: Session, store: Store, review: AccessReview, signed: Sequence[ReviewSignoff], cancelled: bool, micro: bool,
    newer: int | None,
) -> Standing:  # fmt: skip
    """How it stands, as `standing` says it; only the events are left out, but that it was cancelled."""
    number = review.review_id
    decisions = list(lines(session, store, ReviewDecision, number))
    assignments = list(lines(session, store, ReviewAssignment, number))
    answers = last_of_items(decisions)
    alone, gone = items_alone(session, store, number, [no for no, one in answers.items() if is_lapsed(one)])
    key: dict[str, Any] = {"tenant_id": store.tenant, "review_id": number, "seq": 0, "at": review.opened_at}
    return Standing(
        review=review, alone=alone, groups=groups_of(session, store, number, gone), answers=answers,
        confirmed=last_of_rules(decisions), assignments=assignments, signed={one.signer: one for one in signed},
        decisions=decisions, events=[ReviewEvent(**key, verb="cancel")] if cancelled else (),
        superseded=newer is not None, micro=bool(micro),
    )  # fmt: skip


def items_alone(
    session: Session, store: Store, number: int, lapsed: Collection[int]
) -> tuple[list[Any], Mapping[tuple[str, str], list[int]]]:
    """What is decided on by itself, also what was given to somebody; and of the rules what lapsed."""
    c, given, said = table_of(ReviewItem).c, table_of(ReviewAssignment).c, table_of(ReviewDecision).c
    is_given = exists().where(
        given.tenant_id == c.tenant_id, given.review_id == c.review_id, given.item_no == c.item_no
    )
    went = exists().where(
        said.tenant_id == c.tenant_id, said.review_id == c.review_id, said.item_no == c.item_no, said.verb == LAPSED
    )
    columns = (c.item_no, c.rule, c.risk, c.outcome, c.reviewer, c.alone, or_(c.alone, is_given).label("single"))
    mine = (c.tenant_id == store.tenant, c.review_id == number, or_(c.alone.is_(True), is_given, went))
    rows = session.execute(select(*columns).where(*mine).order_by(c.item_no)).all()
    gone: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in rows:
        if not row.alone and row.outcome != "MISSING" and row.item_no in lapsed:
            gone[row.rule, row.reviewer].append(row.item_no)
    return [row for row in rows if row.single], gone


def groups_of(
    session: Session, store: Store, number: int, gone: Mapping[tuple[str, str], Sequence[int]]
) -> list[Group]:
    """What is confirmed per rule, in an order that stays."""
    c = table_of(ReviewItem).c
    mine = (c.tenant_id == store.tenant, c.review_id == number, c.alone.is_(False), c.outcome != "MISSING")
    counted = select(c.rule, c.reviewer, func.count(), func.count().filter(c.delta != "SAME")).where(*mine)
    return [
        Group(group_key(rule, reviewer), rule, reviewer, count, fresh, tuple(gone.get((rule, reviewer), ())))
        for rule, reviewer, count, fresh in session.execute(
            counted.group_by(c.rule, c.reviewer).order_by(c.rule, c.reviewer)
        )
    ]


# ---------------------------------------------------------------- its questions


def items_of(session: Session, store: Store, number: int, numbers: Sequence[int]) -> Sequence[ReviewItem]:
    """These items, in order."""
    c = table_of(ReviewItem).c
    mine = (c.tenant_id == store.tenant, c.review_id == number, c.item_no.in_(numbers))
    return session.scalars(select(ReviewItem).where(*mine).order_by(c.item_no)).all()


@dataclass(frozen=True, slots=True)
class Members:
    """All items of a rule by number, those that are looked at, and the hash over what is confirmed with it."""

    numbers: list[int]
    sample: list[int]  # nobody can choose which
    mark: str


def members_of(session: Session, store: Store, number: int, group: Group) -> Members:
    """The items of a rule."""
    c = table_of(ReviewItem).c
    mine = (c.tenant_id == store.tenant, c.review_id == number, c.rule == group.rule, c.reviewer == group.reviewer)
    whole = (c.alone.is_(False), c.outcome != "MISSING")
    rows = session.execute(select(c.item_no, c.leaf_hash, c.sample).where(*mine, *whole).order_by(c.item_no)).all()
    drawn = [row.item_no for row in rows if row.sample]
    return Members([row.item_no for row in rows], drawn, root([row.leaf_hash for row in rows]))


def asked_about(session: Session, store: Store, number: int, numbers: Sequence[int]) -> Mapping[int, list[Asked]]:
    """What was asked about these items, and what came back, the oldest first."""
    c = table_of(ReviewQuestion).c
    mine = (c.tenant_id == store.tenant, c.review_id == number, c.item_no.in_(numbers))
    rows = session.scalars(select(ReviewQuestion).where(*mine).order_by(c.seq)).all()
    replies = {one.answers: one for one in rows if one.answers is not None}
    found: dict[int, list[Asked]] = defaultdict(list)
    for one in rows:
        if one.answers is None:
            found[one.item_no].append(Asked(one, replies.get(one.seq)))
    return found


def last_time(session: Session, store: Store, items: Sequence[ReviewItem]) -> Mapping[int, ReviewDecision]:
    """What was decided about the same access the last time that it was asked and signed, by the number of today."""
    before = {(one.prev_review, one.prev_item): one.item_no for one in items if one.prev_review and one.prev_item}
    said, sign = table_of(ReviewDecision).c, table_of(ReviewSignoff).c
    signed = select(func.max(sign.decision_seq)).where(
        sign.tenant_id == said.tenant_id, sign.review_id == said.review_id
    )
    mine = (said.tenant_id == store.tenant, tuple_(said.review_id, said.item_no).in_(before or [(0, 0)]))
    rows = session.scalars(
        select(ReviewDecision)
        .where(*mine, said.seq <= signed.correlate(table_of(ReviewDecision)).scalar_subquery())
        .order_by(said.seq)
    )
    return {before[one.review_id, one.item_no or 0]: one for one in rows}


# ---------------------------------------------------------------- questions to ICT


@dataclass(frozen=True, slots=True)
class Open:
    """A question that nobody answered."""

    question: ReviewQuestion
    item: ReviewItem
    review: AccessReview


def open_questions(session: Session, store: Store, begin: int, many: int) -> list[Open]:
    """The questions to which an answer is awaited, the last about each item; one more than was asked when there are."""
    asked, reply = table_of(ReviewQuestion), table_of(ReviewQuestion).alias("reply")
    item, review, said = table_of(ReviewItem).c, table_of(AccessReview).c, table_of(ReviewDecision).c
    event, sign, later = table_of(ReviewEvent).c, table_of(ReviewSignoff).c, table_of(AccessReview).alias("later").c
    q = asked.c
    answered = exists(select(literal(1)).where(reply.c.tenant_id == q.tenant_id, reply.c.review_id == q.review_id,
                                               reply.c.answers == q.seq))  # fmt: skip
    anew = table_of(ReviewQuestion).alias("anew").c
    followed = exists().where(
        anew.tenant_id == q.tenant_id, anew.review_id == q.review_id, anew.item_no == q.item_no,
        anew.answers.is_(None), anew.seq > q.seq,
    )  # fmt: skip
    last = select(func.max(said.seq)).where(
        said.tenant_id == q.tenant_id, said.review_id == q.review_id, said.item_no == q.item_no
    )
    newest = table_of(ReviewDecision).alias("newest").c
    waits = exists().where(
        newest.tenant_id == q.tenant_id, newest.review_id == q.review_id,
        newest.seq == last.correlate(asked).scalar_subquery(), newest.verb == "question",
    )  # fmt: skip
    over = or_(
        exists().where(event.tenant_id == q.tenant_id, event.review_id == q.review_id, event.verb == "cancel"),
        exists().where(later.tenant_id == q.tenant_id, later.supersedes == q.review_id),
        exists().where(sign.tenant_id == q.tenant_id, sign.review_id == q.review_id, sign.signer == q.by),
    )
    here = and_(item.tenant_id == q.tenant_id, item.review_id == q.review_id, item.item_no == q.item_no)
    whole = and_(review.tenant_id == q.tenant_id, review.review_id == q.review_id)
    found = select(ReviewQuestion, ReviewItem, AccessReview).join(ReviewItem, here).join(AccessReview, whole)
    mine = (q.tenant_id == store.tenant, q.answers.is_(None), ~answered, ~followed, waits, ~over)
    rows = session.execute(found.where(*mine).order_by(q.at, q.review_id, q.seq).offset(begin).limit(many + 1))
    return [Open(*row) for row in rows]
