"""Compares who reaches what with the autorisatiematrix, and keeps what differs for the rules (SHR-07, ACC-11).

What was not read is neither red nor green: what differed stays until it was seen that it fits now, or that it is not
there any more in a place that was read in full; and what people lack is told of such a place only.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, delete, func, or_, select, tuple_
from sqlmodel import Session, col

from ibpmon.config import Config
from ibpmon.errors import ContentError, RefusedError
from ibpmon.language import _
from ibpmon.review.access import look
from ibpmon.review.asking import Before
from ibpmon.review.before import before, sensitive_places
from ibpmon.review.bureau import board_of
from ibpmon.review.differences import (
    LIST_OF,
    Compared,
    Difference,
    Key,
    Scales,
    called,
    compared,
    forgot,
    rank,
    unlisted,
)
from ibpmon.review.matrix import Matrix
from ibpmon.review.matrix_in_use import matrix_in_use
from ibpmon.review.merkle import canonical
from ibpmon.review.moves import work_of_staff
from ibpmon.review.outdated import outdated
from ibpmon.review.standing import signed_reviews
from ibpmon.review.verifying import newest_run
from ibpmon.store.database import Store
from ibpmon.store.parts import parts
from ibpmon.store.review_tables import Observation, Remediation, ReviewDecision, ReviewItem, ReviewSignoff
from ibpmon.store.tables import MatrixComparison, MatrixDifference, micros
from ibpmon.store.upsert import load, table_of

DIFFERENCE = table_of(MatrixDifference)
KEY = ("tenant_id", "place_kind", "place_id", "holder_kind", "holder_id")
FULL, PARTIAL, NONE = "FULL", "PARTIAL", "NONE"

FITS = ("CONFORM", "NO_RULE")


@dataclass(frozen=True, slots=True)
class Removal:
    """A decision after which an access was seen gone: in which review, and what might stay (GONE: nothing)."""

    review_id: int
    goal: str


@dataclass(frozen=True, slots=True)
class Past:
    """What was known of these accesses before: how they differed, and what reviews said of them."""

    differences: Mapping[Key, Difference]
    first: bool  # nothing was ever compared
    signed: Mapping[str, Before]  # the last answer, by item
    removed: Mapping[str, Removal]  # by item, what was decided last and was seen gone


def compare(store: Store, config: Config, now: datetime) -> bool:
    """Compare, when something changed that may make a difference; gives whether that was done.

    1. the matrix; without one that can be read there is nothing to compare with, and that is noted once
    2. whether anything is new since the last time
    3. what there is now, read before anybody has to wait for it
    4. what differs, written in one transaction
    """
    matrix, why = usable(store, config)
    if matrix is None:
        note_none(store, why, now)
        return False
    with store.read() as session:
        old = outdated(session, store, config, now)
        mark = mark_of(session, store, config, matrix, old, now)
        known = session.get(MatrixComparison, store.tenant)
        if known is not None and known.mark == mark and known.state != NONE:
            return False
        past = past_of(session, store, matrix, first=known is None or not known.mark)
        scales = scales_of(session, store, config, matrix, now, old=old, before=past.differences.keys())
    found = list(compared(scales))
    write(store, scales, past, found)
    state, reason = how_far(found, set(unlisted(scales)), store)
    note(store, MatrixComparison(tenant_id=store.tenant, at=now, state=state, reason=reason, mark=mark))
    return True


def usable(store: Store, config: Config) -> tuple[Matrix | None, str]:
    """The matrix that is in force; or None, and why there is none."""
    try:
        found = matrix_in_use(store, config)
    except (ContentError, RefusedError) as error:
        return None, _("the autorisatiematrix cannot be read: {error}").format(error=error)
    return found, "" if found else _("there is no autorisatiematrix to compare with")


def mark_of(session: Session, store: Store, config: Config, matrix: Matrix, old: Collection[str], now: datetime) -> str:
    """All that a comparison follows from.

    What was read and what is too old, the matrix, what was signed and seen gone, and the day.
    """
    signed = select(func.count()).where(col(ReviewSignoff.tenant_id) == store.tenant)
    seen = select(func.count()).where(col(Observation.tenant_id) == store.tenant)
    day = now.astimezone(config.time_zone).date().isoformat()
    counts = (session.scalar(signed), session.scalar(seen))
    return canonical([newest_run(session, store), sorted(old), matrix.hash, *counts, day])


def scales_of(
    session: Session, store: Store, config: Config, matrix: Matrix, now: datetime, *,
    old: Collection[str], before: Collection[Key],
) -> Scales:  # fmt: skip
    """What there is now, and all that it is weighed with."""
    landscape = look(session, store, now, board_of(config))
    work = work_of_staff(session, store, now, board_of(config))
    sensitive = sensitive_places(session, store)
    return Scales(landscape, matrix, now, frozenset(store.data), old, sensitive, work, before)


def how_far(found: Sequence[Compared], unlisted: Collection[str], store: Store) -> tuple[str, str]:
    """Whether all was compared, and else what was not read of how many places, or of the lists that they stand on."""
    unread = [one for one in found if one.unread]
    names, parts = {name for one in unread for name in one.unread}, list[str]()
    if unread:
        sentence = _("of {count} of {total} places not everything was read lately ({sources})")
        parts.append(sentence.format(count=len(unread), total=len(found), sources=titles(store, names)))
    if others := set(unlisted) - names:
        parts.append(_("perhaps not every place is known ({sources})").format(sources=titles(store, others)))
    return (PARTIAL, "; ".join(parts)) if parts else (FULL, "")


def titles(store: Store, names: Iterable[str]) -> str:
    """What people call these sources."""
    return ", ".join(sorted(store.datasets[name].title or name for name in names))


# ---------------------------------------------------------------- what was known


def past_of(session: Session, store: Store, matrix: Matrix, *, first: bool) -> Past:
    """What was known before."""
    names = [one.name for one in fields(Difference)]
    chosen = select(*(DIFFERENCE.c[name] for name in names)).where(DIFFERENCE.c.tenant_id == store.tenant)
    rows = session.execute(chosen)
    differences = {one.key: one for one in (Difference(*row) for row in rows)}
    return Past(differences, first, signed_of(session, store, matrix), dict(removals(session, store)))


def signed_of(session: Session, store: Store, matrix: Matrix) -> dict[str, Before]:
    """What was signed the last time about each access; of what two processes answer for the later review counts."""
    found: dict[str, Before] = {}
    for process in matrix.content.processes:
        for key, one in before(session, store, process.key).items():
            if key not in found or found[key].review_id < one.review_id:
                found[key] = one
    return found


def removals(session: Session, store: Store) -> Iterator[tuple[str, Removal]]:
    """What was taken away after a decision and was seen gone, unless a later review let it be; the latest counts."""
    task, seen = table_of(Remediation).c, table_of(Observation).c
    same = (seen.tenant_id == task.tenant_id, seen.remediation_id == task.remediation_id, seen.result == "GONE")
    mine = (task.tenant_id == store.tenant, task.item_key.is_not(None))
    rows = select(task.item_key, task.review_id, task.goal).where(*mine, *same).order_by(task.remediation_id)
    kept = {row[0]: row[1] for row in session.execute(let_be(store))}
    for key, number, goal in session.execute(rows):
        if kept.get(key, 0) <= number:
            yield key, Removal(number, goal)


def let_be(store: Store) -> Select[Any]:
    """Of what ever had to go, the last signed review that let it be: by an answer of its own, or with all of a rule."""
    item, answer, task = table_of(ReviewItem).c, table_of(ReviewDecision).c, table_of(Remediation).c
    ever = select(task.item_key).where(task.tenant_id == store.tenant, task.item_key.is_not(None))
    same = (answer.tenant_id == item.tenant_id, answer.review_id == item.review_id, answer.item_no == item.item_no)
    last = select(answer.verb).where(*same).order_by(answer.seq.desc()).limit(1).scalar_subquery()
    confirmed = and_(last.is_(None), item.outcome != "MISSING")
    mine = (item.tenant_id == store.tenant, item.item_key.in_(ever), item.review_id.in_(signed_reviews(store)))
    stays = or_(last.in_(("keep", "keep_until", "lower")), confirmed)
    return select(item.item_key, func.max(item.review_id)).where(*mine, stays).group_by(item.item_key)


# ---------------------------------------------------------------- what differs now


def told(one: Difference, past: Past, scales: Scales) -> Difference:
    """A difference with since when it is there, and with what reviews said of it."""
    before, item = past.differences.get(one.key), canonical(list(one.key))
    since = before.since if before else None if past.first else scales.now
    if before and forgot(scales, one, before):  # the list of staff forgets after a while
        one = replace(one, former=before.former, moved_at=before.moved_at)
    return replace(
        one, since=since, decided=decided(one, past.removed.get(item)),
        settled_until=settled(one, past.signed.get(item)),
    )  # fmt: skip


def decided(one: Difference, removal: Removal | None) -> str:
    """The review that decided that this goes; of a right that was only made less, what might stay was not to go."""
    may_stay = removal is not None and one.rank <= rank(one.place_kind, called(one.place_kind, removal.goal))
    return "none" if removal is None or may_stay else f"review/{removal.review_id}"


def settled(one: Difference, answer: Before | None) -> datetime | None:
    """Until when a signed review lets it be.

    A higher right than the one that was signed for is another matter, and so is a place that is more sensitive now.
    """
    if answer is None or answer.verb != "keep_until" or (one.sensitive and not answer.sensitive):
        return None
    return answer.until if one.rank <= rank(one.place_kind, called(one.place_kind, answer.right)) else None


def write(store: Store, scales: Scales, past: Past, found: Sequence[Compared]) -> None:
    """Make the table equal to what differs now, but for what may be there and could not be seen."""
    fresh = {one.key: told(one, past, scales) for place in found for one in place.differences}
    there = fresh | {one.key: told(one, past, scales) for one in unseen(scales, past, found) if one.key not in fresh}
    changed = [one for key, one in there.items() if past.differences.get(key) != one]
    gone = [one for key, one in past.differences.items() if key not in there]
    if changed or gone:
        with store.write() as session:
            put(session, store, changed)
            remove(session, store, gone)


def unseen(scales: Scales, past: Past, found: Sequence[Compared]) -> Iterator[Difference]:
    """What differed before and is not over as far as anybody saw: as it was, in a place that is as it is now."""
    places: dict[tuple[str, str], Compared] = {(one.place.kind, one.place.id): one for one in found}
    known = {(one.kind, one.id) for one in scales.landscape.resources}
    for one in past.differences.values():
        place = places.get(one.place)
        if place is None and (one.place in known or is_gone(one, scales)):
            continue  # the matrix says nothing about it any more, or it is not there
        if place is None or not is_over(one, place):
            yield replace(one, sensitive=one.way == "more" and scales.is_sensitive(one.place))


def is_over(one: Difference, place: Compared) -> bool:
    """Whether what is not found any more was seen to fit, or not to be there; what cannot be judged now stays."""
    if one.way != "more":
        return one.way == "unknown" or not place.unread
    verdict = place.verdicts.get(one.key)
    return verdict in FITS if verdict else not place.dark


def is_gone(one: Difference, scales: Scales) -> bool:
    """Whether a place is certainly not there any more: the whole list that it stands on was read without it."""
    name = LIST_OF[one.place_kind]
    listed = scales.landscape.readings.get(name)
    return name in scales.on and listed is not None and listed.whole


def put(session: Session, store: Store, changed: Sequence[Difference]) -> None:
    """Write what is new or otherwise."""
    names = [column.name for column in DIFFERENCE.columns if column.name not in KEY]
    act = "DO UPDATE SET " + ", ".join(f'"{name}" = excluded."{name}"' for name in names)
    load(session, DIFFERENCE, [(store.tenant, *map(plain, astuple(one))) for one in changed], KEY, act)


def plain(value: Any) -> Any:
    """A value as the driver takes it."""
    return micros(value) if isinstance(value, datetime) else value


def remove(session: Session, store: Store, gone: Sequence[Difference]) -> None:
    """Forget what is over."""
    for some in parts(gone):
        keys = [(one.place_kind, one.place_id, one.holder_kind, one.holder_id) for one in some]
        there = tuple_(*(DIFFERENCE.c[name] for name in KEY[1:])).in_(keys)
        session.execute(delete(DIFFERENCE).where(DIFFERENCE.c.tenant_id == store.tenant, there))


def note_none(store: Store, why: str, now: datetime) -> None:
    """Write down that there is nothing to compare with, once; what was compared before stays known as the first."""
    with store.read() as session:
        known = session.get(MatrixComparison, store.tenant)
        if known is not None and (known.state, known.reason) == (NONE, why):
            return
        mark = known.mark if known else ""
    note(store, MatrixComparison(tenant_id=store.tenant, at=now, state=NONE, reason=why, mark=mark))


def note(store: Store, comparison: MatrixComparison) -> None:
    """Write down how the comparison went."""
    with store.write() as session:
        session.merge(comparison)
