"""How a review stands: derived from what was written down about it, never kept by itself."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, func, literal, or_, select
from sqlmodel import Session, col

from ibpmon.errors import RefusedError
from ibpmon.language import N_
from ibpmon.review.bureau import Seat
from ibpmon.store.database import Store
from ibpmon.store.parts import parts
from ibpmon.store.review_tables import (
    MICRO,
    AccessReview,
    ReviewAssignment,
    ReviewDecision,
    ReviewEvent,
    ReviewItem,
    ReviewRound,
    ReviewSignoff,
)
from ibpmon.store.upsert import table_of

State = Literal["OPEN", "TO_SIGN", "OVERDUE", "SIGNED", "CANCELLED", "SUPERSEDED"]

ANSWERABLE: tuple[State, ...] = ("OPEN", "TO_SIGN", "OVERDUE")
LAPSED = "lapsed"  # by ibpmon: it was gone before anybody decided about it
FINAL = ("keep", "keep_until", "revoke", "lower", "confirm", LAPSED)
WAITING = ("question", "not_mine")  # somebody else has to do something first
SYSTEM = "ibpmon"  # who writes down what no person did
RULE = re.compile(r"R([1-9]\d{0,5})(?:@.*)?")


@dataclass(frozen=True, slots=True)
class Group:
    """Everything that conforms to one rule and that one person confirms at once."""

    key: str
    rule: str
    reviewer: str  # as the items have it; empty: the owner
    count: int
    fresh: int  # of these, new or changed since the last time
    gone: tuple[int, ...] = ()  # of these, the numbers of what lapsed

    @property
    def is_gone(self) -> bool:
        """Whether nothing is left to confirm."""
        return self.count == len(self.gone)


@dataclass(frozen=True, slots=True)
class Standing:
    """One review with what was answered so far."""

    review: AccessReview
    alone: Sequence[Any]  # of each item that is decided on by itself: number, rule, risk, outcome, reviewer
    groups: Sequence[Group]
    answers: Mapping[int, ReviewDecision]  # the last about each item
    confirmed: Mapping[str, ReviewDecision]  # the last about each group
    assignments: Sequence[ReviewAssignment]
    signed: Mapping[str, ReviewSignoff]  # by who signed
    decisions: Sequence[ReviewDecision] = field(default=())  # every line, the oldest first
    events: Sequence[ReviewEvent] = field(default=())
    superseded: bool = False
    micro: bool = False  # between two rounds

    def decider(self, reviewer: str, item_no: int | None = None) -> str:
        """Who decides now: whom the item names, or the owner, after everything that was given away."""
        return self.passed_on(reviewer or self.review.owner, self.assignments, item_no)

    def heir(self, answer: ReviewDecision) -> str:
        """Whose an answer is by now: of whoever gave it, or of whom everything of his was given to since."""
        return self.passed_on(whose(answer), [one for one in self.assignments if one.at >= answer.decided_at])

    @staticmethod
    def passed_on(holder: str, given: Sequence[ReviewAssignment], item_no: int | None = None) -> str:
        """Who has what somebody had, after it was given away; one item may go to somebody by itself."""
        for one in given:
            if (one.item_no is None and one.before == holder) or (one.item_no is not None and one.item_no == item_no):
                holder = one.after
        return holder

    def decider_called(self, name: str) -> str | None:
        """Who of those who decide is meant with this name; None when nobody is."""
        return next((one for one in sorted(self.deciders) if self.seat(one).is_called(name)), None)

    @property
    def deciders(self) -> frozenset[str]:
        """Everyone who decides about something; of a review without items the owner, who signs for that."""
        single = {self.decider(one.reviewer, one.item_no) for one in self.alone}
        found = single | {self.decider(group.reviewer) for group in self.groups}
        return frozenset(found or {self.decider("")})

    def left(self, decider: str = "") -> list[Any]:
        """The items that still need a decision, of one person or of all."""
        return [
            one
            for one in self.alone
            if not is_final(self.answers.get(one.item_no)) and decider in ("", self.decider(one.reviewer, one.item_no))
        ]

    def groups_left(self, decider: str = "") -> list[Group]:
        """The rules that still have to be confirmed."""
        return [
            one
            for one in self.groups
            if not is_final(self.confirmed.get(one.key))
            and not one.is_gone
            and decider in ("", self.decider(one.reviewer))
        ]

    def lapsed(self, decider: str = "") -> list[int]:
        """What was gone before anybody decided about it, of one person or of all; the numbers in order."""
        own = [one for one in self.alone if decider in ("", self.decider(one.reviewer, one.item_no))]
        single = [one.item_no for one in own if is_lapsed(self.answers.get(one.item_no))]
        some = [one.gone for one in self.groups if decider in ("", self.decider(one.reviewer))]
        return sorted({*single, *(number for numbers in some for number in numbers)})

    @property
    def waiting(self) -> int:
        """How many items wait for somebody else: a question, or not theirs."""
        verbs = (self.answers[one.item_no].verb for one in self.alone if one.item_no in self.answers)
        return sum(verb in WAITING for verb in verbs)

    def is_done(self, decider: str = "") -> bool:
        """Whether everything is decided."""
        return not self.left(decider) and not self.groups_left(decider) and not self.open_singles(decider)

    def open_singles(self, decider: str = "") -> list[int]:
        """Items of a group about which something was asked or said that still needs an answer."""
        alone = {one.item_no for one in self.alone}
        return [
            number
            for number, answer in self.answers.items()
            if number not in alone and answer.verb in WAITING and decider in ("", self.heir(answer))
        ]

    def state(self, now: datetime) -> State:
        """Where it is in its life."""
        if self.superseded:
            return "SUPERSEDED"
        if any(one.verb == "cancel" for one in self.events):
            return "CANCELLED"
        if self.deciders <= set(self.signed):
            return "SIGNED"
        if self.is_done():
            return "TO_SIGN"
        return "OVERDUE" if now > self.review.due_at else "OPEN"

    @property
    def owner(self) -> Seat:
        """Who is asked."""
        return Seat(self.review.owner, self.review.owner_name, self.review.owner_mail)

    @property
    def deputy(self) -> Seat:
        """Who stands in."""
        return Seat(self.review.deputy, self.review.deputy_name, self.review.deputy_mail)

    def seat(self, key: str) -> Seat:
        """Who this is; somebody to whom it was given goes by what he was called then."""
        return next((one for one in (self.owner, self.deputy) if one.key and one.key == key), Seat(key, key))


def is_final(answer: ReviewDecision | None) -> bool:
    """Whether nothing more has to be decided."""
    return answer is not None and answer.verb in FINAL


def whose(answer: ReviewDecision) -> str:
    """Whose decision an answer is: of who wrote it down, unless that was for somebody else."""
    return answer.on_behalf_of or answer.actor


def is_lapsed(answer: ReviewDecision | None) -> bool:
    """Whether nobody has to decide, for it is gone."""
    return answer is not None and answer.verb == LAPSED


def group_key(rule: str, reviewer: str) -> str:
    """What a group is called: its rule, and of what the owner may not confirm also who does."""
    return f"{rule}@{reviewer}" if reviewer else rule


def rule_number(key: str) -> int:
    """Which rule of the matrix a group is confirmed by, counted from one; 0 when it is not by a rule of its own."""
    found = RULE.fullmatch(key)
    return int(found[1]) if found else 0


# ---------------------------------------------------------------- looking


def standing(session: Session, store: Store, review_id: int, *, lock: bool = False) -> Standing:
    """How one review stands; RefusedError when there is none. With `lock` others wait until we are ready."""
    review = session.get(AccessReview, (store.tenant, review_id), with_for_update=lock)
    if review is None:
        fix = N_("'ibpmon review status' lists the reviews with their numbers")
        raise RefusedError(N_("there is no review {number}"), fix=fix, number=review_id)
    superseded, micro = around(session, store, review)
    decisions = list(lines(session, store, ReviewDecision, review_id))
    answers = last_of_items(decisions)
    assignments = list(lines(session, store, ReviewAssignment, review_id))
    given = [one.item_no for one in assignments if one.item_no is not None]
    return Standing(
        review=review,
        alone=list(alone(session, store, review_id, given)),
        groups=list(groups(session, store, review_id, [no for no, one in answers.items() if is_lapsed(one)])),
        answers=answers,
        confirmed=last_of_rules(decisions),
        assignments=assignments,
        signed={one.signer: one for one in signoffs(session, store, review_id)},
        decisions=decisions,
        events=list(lines(session, store, ReviewEvent, review_id)),
        superseded=superseded,
        micro=micro,
    )


def last_of_items(decisions: Sequence[ReviewDecision]) -> dict[int, ReviewDecision]:
    """The last line about each item by itself, of all lines in order."""
    return {one.item_no: one for one in decisions if one.item_no is not None}


def last_of_rules(decisions: Sequence[ReviewDecision]) -> dict[str, ReviewDecision]:
    """The last line about each rule, of all lines in order."""
    return {one.rule: one for one in decisions if one.item_no is None}


def lines(session: Session, store: Store, model: Any, review_id: int) -> Iterator[Any]:
    """What was written down about a review, the oldest first."""
    mine = (col(model.tenant_id) == store.tenant, col(model.review_id) == review_id)
    yield from session.scalars(select(model).where(*mine).order_by(col(model.seq)))


def alone(session: Session, store: Store, review_id: int, given: Sequence[int] = ()) -> Iterator[Any]:
    """The items that are decided on by themselves, the riskiest first; also what was given to somebody by itself."""
    c = table_of(ReviewItem).c
    mine = (c.tenant_id == store.tenant, c.review_id == review_id, or_(c.alone.is_(True), c.item_no.in_(given)))
    columns = (c.item_no, c.rule, c.risk, c.outcome, c.reviewer)
    yield from session.execute(select(*columns).where(*mine).order_by(c.item_no))


def item_rows(session: Session, store: Store, review_id: int) -> Iterator[dict[str, Any]]:
    """All items of a review as rows, in order."""
    c = table_of(ReviewItem).c
    mine = (c.tenant_id == store.tenant, c.review_id == review_id)
    for row in session.execute(select(table_of(ReviewItem)).where(*mine).order_by(c.item_no)).mappings():
        yield dict(row)


def groups(session: Session, store: Store, review_id: int, lapsed: Sequence[int] = ()) -> Iterator[Group]:
    """What is confirmed per rule, with what of it lapsed."""
    c, gone = table_of(ReviewItem).c, dict[tuple[str, str], list[int]]()
    mine = (c.tenant_id == store.tenant, c.review_id == review_id, c.alone.is_(False), c.outcome != "MISSING")
    fresh = func.count().filter(c.delta != "SAME")
    for some in parts(sorted(lapsed)):
        for number, *key in session.execute(select(c.item_no, c.rule, c.reviewer).where(*mine, c.item_no.in_(some))):
            gone.setdefault((key[0], key[1]), []).append(number)
    counted = select(c.rule, c.reviewer, func.count(), fresh).where(*mine).group_by(c.rule, c.reviewer)
    for rule, reviewer, count, new in session.execute(counted.order_by(c.rule, c.reviewer)):
        away = tuple(sorted(gone.get((rule, reviewer), ())))
        yield Group(group_key(rule, reviewer), rule, reviewer, count, new, away)


def signoffs(session: Session, store: Store, review_id: int) -> Sequence[ReviewSignoff]:
    """Who signed."""
    mine = (col(ReviewSignoff.tenant_id) == store.tenant, col(ReviewSignoff.review_id) == review_id)
    return session.scalars(select(ReviewSignoff).where(*mine).order_by(col(ReviewSignoff.signoff_id))).all()


def around(session: Session, store: Store, review: AccessReview) -> tuple[bool, bool]:
    """Whether there is a later revision of a review, and whether it stands between two rounds; in one statement."""
    newer = (col(AccessReview.tenant_id) == store.tenant, col(AccessReview.supersedes) == review.review_id)
    small = rounds_of_kind(store, MICRO).where(col(ReviewRound.round_id) == review.round_id)
    superseded, micro = session.execute(select(select(literal(1)).where(*newer).exists(), small.exists())).one()
    return bool(superseded), bool(micro)


def is_micro(session: Session, store: Store, round_id: int) -> bool:
    """Whether a round is one between two rounds."""
    found = session.get(ReviewRound, (store.tenant, round_id))
    return found is not None and found.kind == MICRO


def signed_reviews(store: Store) -> Select[Any]:
    """The numbers of the reviews that somebody signed."""
    return select(col(ReviewSignoff.review_id)).where(col(ReviewSignoff.tenant_id) == store.tenant)


def rounds_of_kind(store: Store, kind: str) -> Select[Any]:
    """The numbers of the rounds of this kind."""
    return select(col(ReviewRound.round_id)).where(
        col(ReviewRound.tenant_id) == store.tenant, col(ReviewRound.kind) == kind
    )


def reviews(session: Session, store: Store, round_id: int | None = None) -> list[AccessReview]:
    """The reviews of a round, or of all, in the order in which they were opened."""
    mine = [col(AccessReview.tenant_id) == store.tenant]
    mine += [col(AccessReview.round_id) == round_id] if round_id is not None else []
    return list(session.scalars(select(AccessReview).where(*mine).order_by(col(AccessReview.review_id))))


def living(session: Session, store: Store, now: datetime) -> Iterator[Standing]:
    """The reviews that still wait for an answer or a signature."""
    for review in reviews(session, store):
        found = standing(session, store, review.review_id)
        if found.state(now) in ANSWERABLE:
            yield found
