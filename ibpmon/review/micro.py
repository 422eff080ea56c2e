"""A review between two rounds: about access that became more than somebody signed for, or that came and weighs most.

It is a review like any other in a small round of its own, about nothing else. What an open review asks already is not
asked twice, and what was decided and signed is the new measure.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from ibpmon.errors import RefusedError
from ibpmon.language import N_, _
from ibpmon.review.access import reach
from ibpmon.review.arriving import keys_of, places_of
from ibpmon.review.asking import Asked, Before, Question, ask, key_of, order
from ibpmon.review.before import answered, before, items_of, sensitive_places, since
from ibpmon.review.bureau import Bureau, deputy_of, owner_of
from ibpmon.review.covered import as_of, coverage, not_full
from ibpmon.review.items import Review, judge
from ibpmon.review.letters import Letter, day_word, decisions_word, minutes_word, page_of, post
from ibpmon.review.matrix import Matrix, Process
from ibpmon.review.nouns import Access, Resource
from ibpmon.review.reminding import mailed
from ibpmon.review.role_groups import with_members
from ibpmon.review.rounds import STATEMENT, Outline, Plan, frozen, keep_matrix, planned, refuse, write_review
from ibpmon.review.signoff import is_more
from ibpmon.review.standing import ANSWERABLE, Standing, living, rounds_of_kind, standing
from ibpmon.review.verifying import Scene, dark_source, is_read, scene_of
from ibpmon.review.writing import ref
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.review_tables import MICRO, QUARTER, AccessReview, ReviewRound
from ibpmon.store.upsert import take
from ibpmon.tell.terms import diary, due

SCHOOL_DAYS = 10  # to decide in
LEFT_OUT = "not_asked"  # why the rest of a place is not in it


@dataclass(frozen=True, slots=True)
class Measure:
    """What was asked and signed about a process: that against which the access of now is held."""

    review: AccessReview  # the last of a whole round
    signed: Mapping[str, Before]  # by item; nothing as long as that review is open
    known: frozenset[str]  # all that was asked since that round began, whatever came of it
    let_be: Mapping[str, Before]  # what somebody put to an open review between, which was then cancelled


def scene(bureau: Bureau) -> Scene:
    """What there is now, for all that one look is for: tasks, reviews that wait, and what was signed last."""
    with bureau.store.read() as session:
        waiting = [one.review.review_id for one in living(session, bureau.store, bureau.now)]
        last = [one.review_id for key in keys(bureau) if (one := last_of(session, bureau, key))]
        return scene_of(session, bureau, [*waiting, *last])


def keys(bureau: Bureau) -> list[str]:
    """The processes of the matrix."""
    return [one.key for one in bureau.matrix.content.processes]


# ---------------------------------------------------------------- what has to be asked


def outlines(bureau: Bureau, scene: Scene, process: str = "") -> list[Outline]:
    """A small round for each process, or for one, in which something has to be asked; nothing is written.

    RefusedError when there is no such process.
    """
    if process and process not in keys(bureau):
        raise RefusedError(
            N_("the matrix names no process '{process}'"),
            fix=N_("use one of: {known}"),
            process=process,
            known=", ".join(keys(bureau)),
        )
    matrix = with_members(bureau.matrix, scene.landscape)
    with bureau.store.read() as session:
        taken = set(open_keys(session, bureau))
        found = []
        for one in bureau.matrix.content.processes:
            if process in ("", one.key) and (made := outline(session, bureau, scene, one, matrix, taken)):
                found.append(made)
                taken |= {asked.key for asked in made.plans[0].question.asked}
    return found


def open_keys(session: Session, bureau: Bureau) -> Iterator[str]:
    """All that an open review asks about."""
    for one in living(session, bureau.store, bureau.now):
        yield from keys_of(session, bureau.store, one.review.review_id)


def outline(
    session: Session, bureau: Bureau, scene: Scene, process: Process, matrix: Matrix, taken: set[str]
) -> Outline | None:
    """The small round of one process; None when there is nothing to ask, or no round to hold it against.

    1. what was asked and signed the last time
    2. who reaches more than that now, in the places that were read as fully as then
    3. of those what nobody has to be asked about falls out
    """
    measure = measure_of(session, bureau, process.key)
    if measure is None or measure.review.review_id not in scene.signed:
        return None
    now = sensitive_places(session, bureau.store)
    places = places_of(session, bureau.store, scene.landscape, measure.review)
    some = [one for place in places for one in candidates(scene, measure, place, now) if key_of(one) not in taken]
    found = judged(bureau, process, matrix, some)
    asked = [ask(bureau, found, one, measure.signed, now) for one in found.items]
    chosen = tuple(sorted((one for one in asked if is_due(one, measure)), key=order))
    return small_round(session, bureau, scene, found, chosen) if chosen else None


def candidates(scene: Scene, measure: Measure, place: Resource, sensitive: Collection[str]) -> list[Access]:
    """The access in one place that is new or more than was signed; none of a place that was not read in full.

    Nothing is kept of all the others: a large board has millions.
    """
    weighs = f"{place.kind}:{place.id}" in sensitive
    some = [one for one in reach(scene.landscape, place) if is_other(one, measure, weighs)]
    return some if some and is_read(scene, measure.review.review_id, place) else []


def is_other(access: Access, measure: Measure, sensitive: bool) -> bool:
    """Whether an access of somebody known came since, or is more than it was when it was signed."""
    key = key_of(access)
    if dark_source(access.principal) or key not in measure.known:
        return not dark_source(access.principal)
    was = measure.signed.get(key)
    return was is not None and exceeds(access.right or "", sensitive, was)


def exceeds(right: str, sensitive: bool, was: Before) -> bool:
    """Whether a right in a place is more than what was signed about it."""
    return is_more(right, was.right, now_sensitive=sensitive, then_sensitive=was.sensitive)


def judged(bureau: Bureau, process: Process, matrix: Matrix, some: Sequence[Access]) -> Review:
    """These accesses with the verdict of the matrix."""
    places = {(one.resource.kind, one.resource.id): one.resource for one in some}
    items = tuple(judge(one, process, matrix, bureau.now) for one in some)
    return Review(process, tuple(places.values()), items, (), matrix)


def is_due(asked: Asked, measure: Measure) -> bool:
    """Whether somebody has to be asked before the next round."""
    return is_new(asked) if asked.key not in measure.known else is_excess(asked, measure)


def is_new(asked: Asked) -> bool:
    """Whether it came since, and is of what weighs most; the rest is asked in the next round."""
    return asked.alone and asked.risk == "high"


def is_excess(asked: Asked, measure: Measure) -> bool:
    """Whether it is more than somebody kept.

    What was confirmed with its rule is covered by that rule, as long as it would be confirmed with it again.
    """
    was = asked.before
    if was is None or was.verb not in ("", "keep", "keep_until") or (not was.verb and not asked.alone):
        return False
    past = [was, *([measure.let_be[asked.key]] if asked.key in measure.let_be else [])]
    return all(exceeds(asked.item.access.right or "", asked.sensitive, one) for one in past)


def small_round(session: Session, bureau: Bureau, scene: Scene, found: Review, chosen: tuple[Asked, ...]) -> Outline:
    """What was found as a round of one review; the rest of these places is counted, and not asked."""
    kept = {(one.item.access.resource.kind, one.item.access.resource.id) for one in chosen}
    places = [one for one in found.resources if (one.kind, one.id) in kept]
    there = [access for place in places for access in reach(scene.landscape, place)]
    whole = replace(judged(bureau, found.process, found.matrix, there), resources=tuple(places))
    process, left = found.process, {LEFT_OUT: len(there) - len(chosen)}
    question = Question(process, owner_of(process), deputy_of(process), whole, chosen, left)
    plan = planned(session, bureau, question, coverage(scene.landscape, question))
    calendar = diary(session, bureau.store, bureau.config)
    name = _("Between two rounds: {process}, {day}").format(process=process.name, day=day_word(bureau.now, bureau))
    until = due(calendar, bureau.now, SCHOOL_DAYS)
    return Outline(name, as_of(scene.landscape, bureau.now), until, (plan,), ())


# ---------------------------------------------------------------- what was asked before


def measure_of(session: Session, bureau: Bureau, process: str) -> Measure | None:
    """What was asked and signed about a process; None when no round ever was."""
    store, last = bureau.store, last_of(session, bureau, process)
    if last is None:
        return None
    found = [standing(session, store, one.review_id) for one in (last, *session.scalars(since(store, last)))]
    known = {key for one in found for key in asked_in(session, store, one)}
    gone = [one.review for one in found if one.state(bureau.now) == "CANCELLED"]
    let_be = {key: one for review in gone for key, one in answered(session, store, review).items()}
    is_open = found[0].state(bureau.now) in ANSWERABLE
    signed = {} if is_open else before(session, store, process)
    return Measure(last, signed, frozenset(known), let_be)


def last_of(session: Session, bureau: Bureau, process: str) -> AccessReview | None:
    """The newest review of a process in a whole round that nobody cancelled."""
    store = bureau.store
    mine = (col(AccessReview.tenant_id) == store.tenant, col(AccessReview.process) == process)
    rows = select(AccessReview).where(*mine, col(AccessReview.round_id).in_(rounds_of_kind(store, QUARTER)))
    for one in session.scalars(rows.order_by(col(AccessReview.review_id).desc())):
        if standing(session, store, one.review_id).state(bureau.now) != "CANCELLED":
            return one
    return None


def asked_in(session: Session, store: Store, there: Standing) -> Iterator[str]:
    """The accesses that a review asks about; about what lapsed nobody ever said anything."""
    lapsed = set(there.lapsed())
    yield from (one.item_key for one in items_of(session, store, there.review.review_id) if one.item_no not in lapsed)


# ---------------------------------------------------------------- opening


def open_all(bureau: Bureau, some: Sequence[Outline], by: str = "") -> list[int]:
    """Freeze what was found and ask it, each review in its own transaction; gives their numbers.

    What nobody may decide about is refused after the others were opened; what another process asked meanwhile is left.
    """
    numbers = [number for one in some if not one.stops and (number := open_one(bureau, one, by))]
    for one in some:
        refuse(one)
    return numbers


def open_one(bureau: Bureau, outline: Outline, by: str) -> int:
    """One small round with its review, its letter and its line in the ledger; 0 when it is asked already."""
    store, (plan,) = bureau.store, outline.plans
    with store.write() as session:
        round_id = take(session, store.tenant, "review_round")
        if {one.key for one in plan.question.asked} & set(open_keys(session, bureau)):
            return 0
        row = ReviewRound(
            tenant_id=store.tenant, round_id=round_id, name=outline.name, as_of=outline.as_of, due_at=outline.due_at,
            statement_version=STATEMENT, opened_at=bureau.now, opened_by=by, kind=MICRO,
        )  # fmt: skip
        session.add(row)
        session.flush()
        mark, rows = keep_matrix(session, bureau), frozen(bureau, plan.question)
        number = write_review(session, bureau, row, plan, mark, by, rows)
        told = {"by": by, "name": outline.name, "due": outline.due_at, "matrix": mark, "reviews": [number]}
        act = ledger.Act("round.open", f"round/{round_id}", {**told, "kind": MICRO})
        ledger.append(session, store, [act], bureau.now)
        post(session, bureau, letter(bureau, plan, row, number), readers(session, bureau, number))
    return number


def readers(session: Session, bureau: Bureau, number: int) -> list[str]:
    """Who is asked: the owner, and whoever decides about the owner."""
    there = standing(session, bureau.store, number)
    found = [there.owner.mail, *(mailed(there.seat(one)).mail for one in there.deciders)]
    return [one for one in found if one] or list(bureau.config.mail.to.get("it", ()))


def letter(bureau: Bureau, plan: Plan, row: ReviewRound, number: int) -> Letter:
    """What is asked between two rounds, why now, how long it takes, and until when."""
    counts, process = plan.counts, plan.question.process
    words: dict[str, Any] = {
        "who": plan.question.owner.name, "process": process.name, "day": day_word(row.due_at, bureau),
        "decisions": decisions_word(counts["alone"] + counts["rules"]), "minutes": minutes_word(counts["minutes"]),
    }  # fmt: skip
    why = _(
        "{who}, since the last review of rights there is access to {process} that cannot wait for the next one: "
        "it came later and weighs much, or it became more than was signed for."
    )
    effort = _("You are asked for {decisions}; that takes {minutes}. Please be ready before {day}.")
    nothing = _("Whoever does not answer decides nothing: then your deputy and the bestuur are asked.")
    new = sum(one.before is None for one in plan.question.asked)
    facts = {_("Came later"): str(new), _("Became more"): str(len(plan.question.asked) - new)}
    if partial := not_full(plan.coverage):
        facts[_("Not read in full")] = ", ".join(partial)
    title = _("Review of rights between two rounds: {process}").format(**words)
    told = (why.format(**words), effort.format(**words), nothing)
    return Letter("review", title, told, facts, ref(number), page_of(bureau, number))
