"""How well a review was done, for the FG and for the owner herself: where to look again, and what to explain better.

It counts decisions, and names nobody: it ranks no people, and is no judgement of somebody's work. What cannot be
measured is unknown, and never nought. Nothing of it is signed, and nothing of it goes into an evidence pack.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Select, Subquery, and_, case, func, or_, select
from sqlalchemy import type_coerce as as_type
from sqlmodel import Session

from ibpmon.errors import RefusedError
from ibpmon.language import N_, _, ngettext
from ibpmon.review.remedies import DONE
from ibpmon.review.standing import WAITING, rounds_of_kind, signed_reviews
from ibpmon.store.answers import group_key
from ibpmon.store.database import Store
from ibpmon.store.review_tables import (
    QUARTER,
    AccessReview,
    Observation,
    Remediation,
    RemediationEvent,
    ReviewDecision,
    ReviewItem,
    ReviewSignoff,
)
from ibpmon.store.tables import DAY
from ibpmon.store.upsert import table_of

PROBES = ("disabled", "left", "pupil_in_staff_zone")  # reasons by which an item is known to be wrong when it is asked
KEPT = ("keep", "keep_until", "confirm")
DECIDED = (*KEPT, "revoke", "lower")  # by a person; what was gone by itself is no decision
AT_ONCE = timedelta(seconds=2)  # nobody reads a question so fast
UNCLEAR = 0.30  # of the items somebody else was asked about: then the explanation is bad
ON_SCREEN = ("web", "cli")  # where it is known when a question was shown; not of a workbook, and not of paper
MOST = 20  # numbers in a sentence
REVIEW, ITEM, ANSWER = table_of(AccessReview), table_of(ReviewItem), table_of(ReviewDecision)
SIGNED, TASK, SEEN = table_of(ReviewSignoff), table_of(Remediation), table_of(Observation)
ACT = table_of(RemediationEvent)

# Each measure with its name, and what it means.
MEASURES: Mapping[str, tuple[str, str]] = {
    "probes": (
        N_("Known to be wrong, and kept"),
        N_("Accounts that are off, people who left, pupils in a place for staff. Look at what stayed again."),
    ),
    "deviations": (
        N_("Does not fit, and kept"), N_("When it is much, the autorisatiematrix may be behind."),
    ),
    "other": (N_("Kept for another reason"), N_("When it is much, the list lacks a reason.")),
    "questions": (
        N_("Asked somebody first"), N_("To ask is honest. When it is much, the explanation is not clear enough."),
    ),
    "speed": (
        N_("Decided within 2 seconds"),
        N_("Too fast to read. What was decided at once counts once. Not known of workbooks and paper."),
    ),
    "reversals": (
        N_("Kept the last time, taken away now"),
        N_("Nothing had changed and no term was over. The last time may have gone too fast."),
    ),
    "tasks": (
        N_("To take away or lower, and seen so"),
        N_("A later run saw it. What was not checked does not count as done."),
    ),
    "days": (N_("Days until that was seen"), N_("The middle one of all tasks, counted from the signature.")),
    "returned": (N_("Came back later"), N_("It was gone, and was there again. Ask ICT where it comes from.")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole; without a whole nothing is known."""

    part: int
    whole: int
    aside: int = 0  # of the probes that were kept those by a rule; of the speed what is not known

    @property
    def value(self) -> float | None:
        """Between 0 and 1; None when there is nothing to take a part of."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Quality:
    """The measures of one review; `days` is None when nothing was seen gone yet."""

    review: AccessReview
    is_signed: bool
    shares: Mapping[str, Share]
    days: float | None

    @property
    def note(self) -> str:
        """To ICT, and not to the owner: that the explanation is bad; empty when it is not."""
        asked = self.shares["questions"]
        if asked.value is None or asked.value <= UNCLEAR:
            return ""
        said = _(
            "For ICT: of {whole} items {part} were asked about first. The explanation with them is not clear enough."
        )
        return said.format(whole=asked.whole, part=asked.part)


@dataclass(frozen=True, slots=True)
class Hurried:
    """What one person decided too fast to have read it: how many times, and about which items and rules."""

    count: int
    which: Sequence[str]

    @property
    def sentence(self) -> str:
        """For that person, before signing; empty when there is nothing to look at again."""
        if not self.count:
            return ""
        said = ngettext(
            "You decided {n} time within 2 seconds. Do you want to look at that again? {which}",
            "You decided {n} times within 2 seconds. Do you want to look at those again? {which}",
            self.count,
        )
        more = " ..." if len(self.which) > MOST else ""
        return said.format(n=self.count, which=", ".join(self.which[:MOST]) + more)


# ---------------------------------------------------------------- measuring


def measured(session: Session, store: Store, number: int) -> Quality:
    """The measures of one review; RefusedError when there is none. Of one that is not signed: as it is so far."""
    review = session.get(AccessReview, (store.tenant, number))
    if review is None:
        fix = N_("'ibpmon review status' lists the reviews with their numbers")
        raise RefusedError(N_("there is no review {number}"), fix=fix, number=number)
    signed = select(SIGNED.c.signoff_id).where(SIGNED.c.tenant_id == store.tenant, SIGNED.c.review_id == number)
    shares = {
        **judged(session, store, number), "questions": questions(session, store, number),
        "speed": speed(session, store, number), "reversals": reversals(session, store, number),
        **followed(session, store, review),
    }  # fmt: skip
    return Quality(review, session.scalar(signed.limit(1)) is not None, shares, days(session, store, review))


def last_of_each(session: Session, store: Store) -> list[int]:
    """The review of each process that was signed last in a whole round, by process."""
    whole = REVIEW.c.round_id.in_(rounds_of_kind(store, QUARTER))
    mine = (REVIEW.c.tenant_id == store.tenant, REVIEW.c.review_id.in_(signed_reviews(store)), whole)
    newest = select(func.max(REVIEW.c.review_id)).where(*mine).group_by(REVIEW.c.process)
    return list(session.scalars(newest.order_by(REVIEW.c.process)))


def judged(session: Session, store: Store, number: int) -> dict[str, Share]:
    """What was decided about the items: of the probes, of what does not fit, and for which reason."""
    c = answers(store, this(store, number), "now").c
    probe = or_(*(c.risks.like(f'%"{name}"%') for name in PROBES))
    by_rule, stays = c.verb == "confirm", c.verb == "keep_until"
    alone = and_(c.outcome == "DEVIATION", c.verb.is_not(None), c.verb != "confirm")
    wanted = {
        "probes": (probe & c.verb.in_(KEPT), probe & c.verb.is_not(None), probe & by_rule),
        "deviations": (alone & c.verb.in_(KEPT), alone), "other": (stays & (c.reason_code == "other"), stays),
    }  # fmt: skip
    counts = [func.count().filter(one) for some in wanted.values() for one in some]
    found = iter(session.execute(select(*counts).select_from(c.verb.table)).one())
    return {name: Share(*(next(found) for _one in some)) for name, some in wanted.items()}


def questions(session: Session, store: Store, number: int) -> Share:
    """Of how many items that somebody decided on by himself it was asked first."""
    asked = case((ANSWER.c.verb == "question", ANSWER.c.item_no))
    mine = (ANSWER.c.tenant_id == store.tenant, ANSWER.c.review_id == number, ANSWER.c.channel != "carried")
    there = (ANSWER.c.item_no.is_not(None), ANSWER.c.verb.in_((*DECIDED, *WAITING)))
    counts = (func.count(asked.distinct()), func.count(ANSWER.c.item_no.distinct()))
    return Share(*session.execute(select(*counts).where(*mine, *there)).one())


def speed(session: Session, store: Store, number: int) -> Share:
    """How many of the answers that count were given too fast; those of which it is not known stand aside."""
    c = given(store, number).c
    acts = (case((c.is_fast, c.act)), case((c.is_known, c.act)), case((~c.is_known, c.act)))
    return Share(*session.execute(select(*(func.count(one.distinct()) for one in acts))).one())


def hurried(session: Session, store: Store, number: int, signer: str) -> Hurried:
    """What one person decided too fast, in the order of the items; what somebody else wrote down is not known."""
    c = given(store, number).c
    mine = select(c.item_no, c.rule, c.act).where(c.is_fast, c.actor == signer)
    rows = session.execute(mine.order_by(c.item_no.is_(None), c.item_no, c.rule)).all()
    which = [row.rule if row.item_no is None else str(row.item_no) for row in rows]
    return Hurried(len({row.act for row in rows}), which)


def reversals(session: Session, store: Store, number: int) -> Share:
    """Of what was kept the last time and is the same now: how much goes. That a term is over is a change as well."""
    here = (ITEM.c.tenant_id == store.tenant, ITEM.c.review_id == number)
    now = answers(store, this(store, number), "now")
    then = answers(store, select(ITEM.c.prev_review).where(*here).distinct(), "then")
    same = and_(then.c.review_id == now.c.prev_review, then.c.item_no == now.c.prev_item)
    kept = (now.c.delta == "SAME", ~now.c.risks.like('%"expired"%'), then.c.verb.in_(KEPT), now.c.verb.is_not(None))
    counts = (func.count().filter(now.c.verb == "revoke"), func.count())
    return Share(*session.execute(select(*counts).select_from(now.join(then, same)).where(*kept)).one())


def followed(session: Session, store: Store, review: AccessReview) -> dict[str, Share]:
    """Of what was to go or to become less: how much was seen so, and how much of that came back."""
    c = tasks(store, review).c
    counts = (func.count(), func.count(c.span), func.count().filter(c.is_back))
    whole, seen, back = session.execute(select(*counts).select_from(c.span.table)).one()
    return {"tasks": Share(seen, whole), "returned": Share(back, seen)}


def days(session: Session, store: Store, review: AccessReview) -> float | None:
    """The middle number of days from the signature to the first run that saw it."""
    c = tasks(store, review).c
    place, many = func.row_number().over(order_by=c.span), func.count().over()
    rows = select(c.span, place.label("place"), many.label("many")).where(c.span.is_not(None)).subquery("rows")
    middle = (2 * rows.c.place).between(rows.c.many, rows.c.many + 2)
    found = session.scalar(select(func.avg(rows.c.span)).where(middle))
    return None if found is None else round(float(found) / DAY, 1)


# ---------------------------------------------------------------- what there is


def this(store: Store, number: int) -> Select[Any]:
    """One review, as a set."""
    return select(REVIEW.c.review_id).where(REVIEW.c.tenant_id == store.tenant, REVIEW.c.review_id == number)


def answers(store: Store, reviews: Select[Any], name: str) -> Subquery:
    """The items that these reviews ask about, each with the answer that counts: its own, that of its rule, or NULL."""
    own, rule = own_answers(store, reviews), confirmed(store, reviews)
    by_rule = and_(rule.c.review_id == ITEM.c.review_id, rule.c.rule == group_key(ITEM), ITEM.c.alone.is_(False))
    rows: FromClause = ITEM.outerjoin(
        own, and_(own.c.review_id == ITEM.c.review_id, own.c.item_no == ITEM.c.item_no)
    ).outerjoin(rule, by_rule)
    with_rule = and_(rule.c.review_id.is_not(None), func.coalesce(own.c.verb, "open") == "open")
    verb = case((own.c.verb.in_(DECIDED), own.c.verb), (with_rule, "confirm"), else_=None)
    names = ("review_id", "item_no", "outcome", "risks", "delta", "prev_review", "prev_item")
    columns = [*(ITEM.c[one] for one in names), verb.label("verb"), own.c.reason_code]
    mine = (ITEM.c.tenant_id == store.tenant, ITEM.c.review_id.in_(reviews), ITEM.c.outcome != "MISSING")
    return select(*columns).select_from(rows).where(*mine).subquery(name)


def own_answers(store: Store, reviews: Select[Any]) -> Subquery:
    """The last answer about each item by itself."""
    one = last_lines(store, reviews, ANSWER.c.item_no.is_not(None))
    columns = (ANSWER.c.review_id, ANSWER.c.item_no, ANSWER.c.verb, ANSWER.c.reason_code)
    return select(*columns).join(one, is_line(one)).where(ANSWER.c.tenant_id == store.tenant).subquery()


def confirmed(store: Store, reviews: Select[Any]) -> Subquery:
    """The rules that were confirmed as a whole."""
    mine = (ANSWER.c.tenant_id == store.tenant, ANSWER.c.review_id.in_(reviews), ANSWER.c.item_no.is_(None))
    return select(ANSWER.c.review_id, ANSWER.c.rule).where(*mine).distinct().subquery()


def last_lines(store: Store, reviews: Select[Any], *which: ColumnElement[bool]) -> Subquery:
    """The number of the last line about each item, and about each rule."""
    mine = (ANSWER.c.tenant_id == store.tenant, ANSWER.c.review_id.in_(reviews))
    last = select(ANSWER.c.review_id, func.max(ANSWER.c.seq).label("seq")).where(*mine, *which)
    return last.group_by(ANSWER.c.review_id, ANSWER.c.item_no, ANSWER.c.rule).subquery()


def is_line(last: Subquery) -> ColumnElement[bool]:
    """Whether an answer is this line."""
    return and_(ANSWER.c.review_id == last.c.review_id, ANSWER.c.seq == last.c.seq)


def given(store: Store, number: int) -> Subquery:
    """The answers that count, each with the act that it is part of, and how fast that was where it is known."""
    last = last_lines(store, this(store, number))
    span = as_type(ANSWER.c.decided_at, BigInteger) - as_type(ANSWER.c.shown_at, BigInteger)
    there = and_(ANSWER.c.shown_at.is_not(None), ANSWER.c.channel.in_(ON_SCREEN), ANSWER.c.on_behalf_of == "")
    known = and_(there, span >= 0)
    act = func.coalesce(ANSWER.c.bulk_id, ANSWER.c.seq)
    columns = [ANSWER.c.item_no, ANSWER.c.rule, ANSWER.c.actor, act.label("act"), known.label("is_known")]
    columns += [and_(known, span < AT_ONCE // timedelta(microseconds=1)).label("is_fast")]
    mine = (ANSWER.c.tenant_id == store.tenant, ANSWER.c.verb.in_(DECIDED), ANSWER.c.channel != "carried")
    return select(*columns).join(last, is_line(last)).where(*mine).subquery("given")


def tasks(store: Store, review: AccessReview) -> Subquery:
    """What was to go or to become less by a review, in any revision, with how long until a run saw it so.

    What came back is a task of its own, and counts with the one that it follows; what was withdrawn does not count.
    """
    first = select(SEEN.c.remediation_id, func.min(as_type(SEEN.c.at, BigInteger)).label("at"))
    first = first.where(SEEN.c.tenant_id == store.tenant, SEEN.c.result.in_(DONE)).group_by(SEEN.c.remediation_id)
    seen, later = first.subquery("seen"), TASK.alias("later")
    back = select(later.c.remediation_id).where(
        later.c.tenant_id == store.tenant, later.c.follows == TASK.c.remediation_id
    )
    mine = (
        REVIEW.c.tenant_id == store.tenant,
        REVIEW.c.round_id == review.round_id,
        REVIEW.c.process == review.process,
    )
    span = (seen.c.at - as_type(TASK.c.made_at, BigInteger)).label("span")
    there = (TASK.c.tenant_id == store.tenant, TASK.c.review_id.in_(select(REVIEW.c.review_id).where(*mine)))
    rows = TASK.outerjoin(seen, seen.c.remediation_id == TASK.c.remediation_id)
    found = select(span, back.correlate(TASK).exists().label("is_back")).select_from(rows)
    return found.where(*there, TASK.c.follows.is_(None), ~is_withdrawn(store)).subquery("tasks")


def is_withdrawn(store: Store) -> ColumnElement[bool]:
    """Whether a new revision decided otherwise about a task."""
    same = (ACT.c.tenant_id == store.tenant, ACT.c.remediation_id == TASK.c.remediation_id, ACT.c.verb == "withdraw")
    return select(ACT.c.seq).where(*same).correlate(TASK).exists()
