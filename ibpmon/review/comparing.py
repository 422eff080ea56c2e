"""Compares who reaches what with the autorisatiematrix, and keeps what differs for the rules (SHR-07, ACC-11).

What was not read is neither red nor green: what differed in a place stays until that place is read in full and it is
not there any more, and what people lack is told of such a place only.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, tuple_
from sqlmodel import Session, col

from ibpmon.config import Config
from ibpmon.errors import ContentError, RefusedError
from ibpmon.language import _
from ibpmon.review.access import look
from ibpmon.review.asking import Before
from ibpmon.review.before import before, sensitive_places
from ibpmon.review.bureau import board_of
from ibpmon.review.differences import LIST_OF, Compared, Difference, Scales, called, compared, unlisted
from ibpmon.review.matrix import Matrix
from ibpmon.review.matrix_in_use import matrix_in_use
from ibpmon.review.merkle import canonical
from ibpmon.review.moves import work_of_staff
from ibpmon.review.nouns import RIGHTS, Landscape
from ibpmon.review.outdated import outdated
from ibpmon.review.verifying import newest_run
from ibpmon.store.database import Store
from ibpmon.store.parts import parts
from ibpmon.store.review_tables import Observation, Remediation, ReviewSignoff
from ibpmon.store.tables import MatrixComparison, MatrixDifference, micros
from ibpmon.store.upsert import load, table_of

DIFFERENCE = table_of(MatrixDifference)
KEY = ("tenant_id", "place_kind", "place_id", "holder_kind", "holder_id")
FULL, PARTIAL, NONE = "FULL", "PARTIAL", "NONE"

Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Past:
    """What was known of these accesses before: how they differed, and what reviews said of them."""

    differences: Mapping[Key, Difference]
    first: bool  # nothing was ever compared
    signed: Mapping[str, Before]  # the last answer, by item
    removed: Mapping[str, str]  # by item the review in which it was decided that it goes, of what was seen gone


def compare(store: Store, config: Config, now: datetime) -> bool:
    """Compare, when something changed that may make a difference; gives whether that was done.

    1. the matrix; without one that can be read there is nothing to compare with, and that is noted
    2. whether anything is new since the last time
    3. what there is now, read before anybody has to wait for it
    4. what differs, written in one transaction
    """
    matrix, why = usable(store, config)
    if matrix is None:
        note(store, MatrixComparison(tenant_id=store.tenant, at=now, state=NONE, reason=why))
        return False
    with store.read() as session:
        old = outdated(session, store, config, now)
        mark = mark_of(session, store, config, matrix, old, now)
        known = session.get(MatrixComparison, store.tenant)
        if known is not None and known.mark == mark:
            return False
        scales = scales_of(session, store, config, matrix, old, now)
        past = past_of(session, store, matrix, first=known is None or not known.mark)
    found = list(compared(scales))
    write(store, scales.landscape, past, found, now)
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
    session: Session, store: Store, config: Config, matrix: Matrix, old: Collection[str], now: datetime
) -> Scales:
    """What there is now, and all that it is weighed with."""
    landscape = look(session, store, now, board_of(config))
    work = work_of_staff(session, store, now, board_of(config))
    return Scales(landscape, matrix, now, frozenset(store.data), old, sensitive_places(session, store), work)


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
    signed: dict[str, Before] = {}
    for process in matrix.content.processes:
        signed |= before(session, store, process.key)
    return Past(differences, first, signed, dict(removals(session, store)))


def removals(session: Session, store: Store) -> Iterator[tuple[str, str]]:
    """What was taken away after a decision and was seen gone, with the review of that decision; the latest counts."""
    task, seen = table_of(Remediation).c, table_of(Observation).c
    same = (seen.tenant_id == task.tenant_id, seen.remediation_id == task.remediation_id, seen.result == "GONE")
    mine = (task.tenant_id == store.tenant, task.item_key.is_not(None))
    rows = select(task.item_key, task.review_id).where(*mine, *same).order_by(task.remediation_id)
    yield from ((key, f"review/{number}") for key, number in session.execute(rows))


# ---------------------------------------------------------------- what differs now


def told(one: Difference, past: Past, now: datetime) -> Difference:
    """A difference with since when it is there, and with what reviews said of it."""
    before, item = past.differences.get(one.key), canonical(list(one.key))
    since = before.since if before else None if past.first else now
    if before and before.former and not one.former and one.reason != "left":  # the list of staff forgets after a while
        one = replace(one, former=before.former, moved_at=before.moved_at)
    return replace(
        one, since=since, decided=past.removed.get(item, "none"), settled_until=settled(one, past.signed.get(item))
    )  # fmt: skip


def settled(one: Difference, answer: Before | None) -> datetime | None:
    """Until when a signed review lets it be; a higher right than the one that was signed for is another matter."""
    if answer is None or answer.verb != "keep_until":
        return None
    signed = called(one.place_kind, answer.right)
    ranks: Sequence[str] = RIGHTS
    lower = one.right in ranks and signed in ranks and ranks.index(one.right) < ranks.index(signed)
    return answer.until if lower or one.right == signed else None


def write(store: Store, landscape: Landscape, past: Past, found: Sequence[Compared], now: datetime) -> None:
    """Make the table equal to what differs now, but for what may be there and could not be seen."""
    places: dict[tuple[str, str], Compared] = {(one.place.kind, one.place.id): one for one in found}
    fresh = {one.key: told(one, past, now) for place in found for one in place.differences}
    changed = [one for key, one in fresh.items() if past.differences.get(key) != one]
    gone = [one for key, one in past.differences.items() if key not in fresh and is_over(one, places, landscape)]
    if changed or gone:
        with store.write() as session:
            put(session, store, changed)
            remove(session, store, gone)


def is_over(one: Difference, places: Mapping[tuple[str, str], Compared], landscape: Landscape) -> bool:
    """Whether what is not found any more is really over: its place was read in full, or is certainly gone."""
    place = places.get(one.place)
    if place is not None:
        return not place.dark
    if any((known.kind, known.id) == one.place for known in landscape.resources):
        return True  # the matrix says nothing about it any more
    listed = landscape.readings.get(LIST_OF[one.place_kind])
    return listed is not None and listed.whole


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


def note(store: Store, comparison: MatrixComparison) -> None:
    """Write down how the comparison went."""
    with store.write() as session:
        session.merge(comparison)
