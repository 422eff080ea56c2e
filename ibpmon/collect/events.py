"""Shape since: events by windows of time, from a cursor that follows what was read to its end."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, select

from ibpmon.collect import runs
from ibpmon.collect.connectors import Connector
from ibpmon.collect.job import PAGES, Bad, Job, bad_rows, give_up, held, needed, request_of, sudden, worse
from ibpmon.collect.runs import PARTIAL, Outcome
from ibpmon.errors import MissingLicence, PassingError, SourceError
from ibpmon.language import N_
from ibpmon.providers.decode import Page
from ibpmon.providers.shapes import read_window, since_windows
from ibpmon.store import upsert
from ibpmon.store.tables import DAY, Cursor, Hole, Run, aware, micros

Row = tuple[Any, ...]
Window = tuple[datetime, datetime]

MARGIN = timedelta(minutes=5)  # Microsoft refuses a window that begins before what it keeps
NARROWEST = timedelta(minutes=1)  # a window that fails at this width fails for another reason
LOOKED_AT = 1_000  # of the events that came last, so that looking costs the same however many are stored
FEW = 5  # fewer events than this may well be missing for a moment
TOO_MUCH = (429, 504)  # what Microsoft says to a window that holds more than it can give
CURSOR = upsert.table_of(Cursor)
HOLE = upsert.table_of(Hole)


@dataclass(slots=True)
class Reach:
    """How far a run over time windows has come."""

    until: datetime
    rows: int = 0
    bad: Bad = field(default_factory=Bad)
    known: int = 0  # events of the overlap that an earlier round brought
    again: int = 0  # events of the overlap that this round brought
    held: bool = False  # what was there a moment ago is not there now: the cursor stays where it is


def read_since(job: Job, *, sure: bool = True) -> list[Run]:
    """Read events window by window; what was read to the end of one stays read, also when a later one fails.

    1. a span that nobody can read any more is noted, for ever
    2. from a little before the cursor until now
    3. once a night the last days anew, for what Microsoft delivered late

    Who asks for more than Microsoft keeps is refused altogether, so a refusal leads to a second, shorter look. That is
    a guess (not `sure`) until it has been answered; only then what lies before it counts as lost.
    """
    cursor, begin, reach = opening(job)
    reach.known = known_in(job, begin, cursor)
    try:
        if sure:
            note_lost(job, cursor, begin)
        read_windows(job, (begin, job.now), reach, known_until=cursor)
        sweep(job, cursor, begin, reach)
        if not sure:
            note_lost(job, cursor, begin)
        outcome = worse(held(reach.known - reach.again, reach.known) if reach.held else Outcome(), bad_rows(reach.bad))
        outcome = worse(outcome, gap(cursor, begin))
    except SourceError as error:
        if looks_too_far_back(job, error):
            short = replace(job.connector, history=job.connector.history_without_p1, history_without_p1=None)
            return read_since(replace(job, connector=short), sure=False)
        outcome = runs.failure(error, needed(job.connector, error))
    return give_up(job, ended(outcome, begin, reach))


def opening(job: Job) -> tuple[datetime | None, datetime, Reach]:
    """How far this connector had read, and where it begins now."""
    with job.store.read() as session:
        cursor = cursor_of(session, job)
    begin = begin_of(job.connector, cursor, job.now)
    return cursor, begin, Reach(begin)


def note_lost(job: Job, cursor: datetime | None, begin: datetime) -> None:
    """Remember what lies between the last reading and this one, if anything does."""
    if cursor is not None and begin > cursor:
        with job.store.write() as session:
            note_hole(session, job, cursor, begin)


def looks_too_far_back(job: Job, error: SourceError) -> bool:
    """Whether a refusal may be about a moment that Microsoft does not keep; it gives no code of its own for that."""
    shorter = job.connector.history_without_p1 is not None
    return shorter and error.values.get("status") == 400 and not isinstance(error, MissingLicence)


def ended(outcome: Outcome, begin: datetime, reach: Reach) -> Outcome:
    """The outcome with what was read."""
    return replace(outcome, rows=reach.rows, skipped_rows=reach.bad.count, covers_from=begin, covers_until=reach.until)


def read_windows(
    job: Job, span: Window, reach: Reach, *, moves: bool = True, known_until: datetime | None = None
) -> None:
    """Read a span; a window that holds more than Microsoft can give is halved until it goes."""
    todo = deque(since_windows(*span, job.connector.window or timedelta(days=1)))
    while todo:
        window = todo.popleft()
        try:
            read_whole_window(job, window, reach, moves=moves, known_until=known_until)
        except PassingError as error:
            if not too_much(error, window):
                raise
            todo.extendleft(reversed(halves(window)))


def too_much(error: PassingError, window: Window) -> bool:
    """Whether a window that failed may go in halves."""
    return error.values.get("status") in TOO_MUCH and window[1] - window[0] > NARROWEST


def halves(window: Window) -> list[Window]:
    """A window as two, whole seconds wide: more than that cannot be asked."""
    start, end = window
    middle = start + timedelta(seconds=(end - start).total_seconds() // 2 or 1)
    return [(start, middle), (middle, end)]


def read_whole_window(
    job: Job, window: Window, reach: Reach, *, moves: bool, known_until: datetime | None = None
) -> None:
    """Store the events of one window as they come; the cursor moves with the last of them.

    Events that are stored are true whatever happens next, so they need not wait for the end of the run.
    """
    batch: list[Row] = []
    for number, page in enumerate(window_pages(job, window), 1):
        rows = dated(job.connector, page.rows, page.bad)
        reach.again += seen_before(job.connector, rows, known_until) if reach.known else 0
        batch += rows
        reach.bad.add(page.bad)
        job.step(reach.rows + len(batch))
        if number % PAGES == 0:
            add(job, batch, reach)
    reach.held = reach.held or vanished(job, reach, window, known_until)
    moves = moves and not reach.held
    add(job, batch, reach, until=window[1] if moves else None)
    if moves:
        reach.until = window[1]


# ---- what was there a moment ago


def known_in(job: Job, begin: datetime, cursor: datetime | None) -> int:
    """How many of the events that came last are of the span that is read again."""
    if cursor is None or begin >= cursor:
        return 0
    table = job.store.data[job.connector.id]
    newest = select(table.c[job.connector.time].label("at")).where(table.c.tenant_id == job.store.tenant)
    last = newest.order_by(table.c.seq.desc()).limit(LOOKED_AT).subquery()
    with job.store.read() as session:
        between = last.c.at.between(micros(begin), micros(cursor))
        return session.scalar(select(func.count()).select_from(last).where(between)) or 0


def seen_before(connector: Connector, rows: Sequence[Row], until: datetime | None) -> int:
    """How many of these rows an earlier round had to bring."""
    if until is None:
        return 0
    at, last = 1 + [one.name for one in connector.fields].index(connector.time), micros(until)
    return sum(row[at] <= last for row in rows)


def vanished(job: Job, reach: Reach, window: Window, known_until: datetime | None) -> bool:
    """Whether nearly all that was read before is gone: a log does not forget, so the answer cannot be true."""
    if known_until is None or window[1] < known_until or reach.known < FEW or job.connector.id in job.believe:
        return False
    return sudden(reach.known - reach.again, reach.known, empty=reach.again == 0)


def add(
    job: Job,
    batch: list[Row],
    reach: Reach,
    until: datetime | None = None,
    also: Callable[[Session], None] = lambda session: None,
) -> None:
    """Store a batch of events and empty it; with `until` the cursor moves in the same transaction."""
    with job.store.write() as session:
        upsert.add_events(session, job.store, job.connector.id, job.run.run_id, batch)
        if until:
            move_cursor(session, job, until)
        also(session)
    reach.rows += len(batch)
    batch.clear()
    job.step(reach.rows)


def window_pages(job: Job, window: Window) -> Iterator[Page]:
    """The pages of one window of events."""
    request, kind = request_of(job), job.connector.event_type
    moment = next(one for one in job.connector.fields if one.name == job.connector.time)
    if kind:
        request = replace(request, filter=f"signInEventTypes/any(t: t eq '{kind}')")
    return read_window(job.client, request, window, time="/".join(moment.path), prefetch=True)


def dated(connector: Connector, rows: Sequence[Row], bad: list[str]) -> list[Row]:
    """Rows with their month in front; one without a time cannot be kept and is named."""
    names = [one.name for one in connector.fields]
    at, key = names.index(connector.time), names.index(connector.dataset.keys[0])
    bad += [str(row[key]) for row in rows if row[at] is None]
    return [(month_of(row[at] // DAY), *row) for row in rows if row[at] is not None]


@cache
def month_of(day: int) -> int:
    """The month, as 202611, of a day counted since 1970."""
    moment = aware(day * DAY)
    return moment.year * 100 + moment.month


# ---- where to begin, and what is lost


def cursor_of(session: Session, job: Job, what: str = "") -> datetime | None:
    """How far this connector has read, if it ever did."""
    here = (CURSOR.c.tenant_id == job.store.tenant, CURSOR.c.name == job.connector.id + what)
    value = session.scalar(select(CURSOR.c.value).where(*here))
    return None if value is None else aware(value)


def move_cursor(session: Session, job: Job, until: datetime, what: str = "") -> None:
    """Remember how far this connector has read."""
    row = (job.store.tenant, job.connector.id + what, micros(until))
    upsert.load(session, CURSOR, [row], ("tenant_id", "name"), "DO UPDATE SET value = excluded.value")


def begin_of(connector: Connector, cursor: datetime | None, now: datetime) -> datetime:
    """Where to begin: a little before the cursor, because events come late, and not before what Microsoft keeps."""
    oldest = oldest_of(connector, now)
    overlap = connector.overlap or timedelta()
    if cursor is None or cursor > now + overlap:  # set by a clock that ran ahead: it says nothing about what was read
        return oldest
    return max(min(cursor, now) - overlap, oldest)


def oldest_of(connector: Connector, now: datetime) -> datetime:
    """The oldest moment that can be asked for."""
    return now - (connector.history or timedelta()) + MARGIN


def note_hole(session: Session, job: Job, begins: datetime, ends: datetime) -> None:
    """Remember for ever that a span can no longer be read; it grows when the reading of what follows fails too."""
    row = (job.store.tenant, job.connector.id, micros(begins), micros(ends), micros(job.now))
    keys = ("tenant_id", "connector", "begins")
    upsert.load(session, HOLE, [row], keys, "DO UPDATE SET ends = excluded.ends")


def gap(cursor: datetime | None, begin: datetime) -> Outcome:
    """FULL, or PARTIAL when events between the last reading and now are no longer kept by Microsoft."""
    if cursor is None or begin <= cursor:
        return Outcome()
    reason = N_("from {start} to {end} nothing can be read any more: Microsoft does not keep it that long")
    fix = N_("import a download of those days if there is one; the next round is about newer days")
    return Outcome(PARTIAL, reason, {"start": cursor, "end": begin}, fix)


# ---- once a night


def sweep(job: Job, cursor: datetime | None, begin: datetime, reach: Reach) -> None:
    """Read the last days anew in the first round after midnight, up to where this round began.

    Some events come days late. A first round has just read everything, and needs no second look.
    """
    if job.connector.sweep is None or reach.held:
        return
    with job.store.read() as session:
        swept = cursor_of(session, job, ":sweep")
    if cursor is not None and swept is not None and not another_night(job, swept):
        return
    if cursor is not None:
        start = max(job.now - job.connector.sweep, oldest_of(job.connector, job.ended()))
        read_windows(job, (start, begin), reach, moves=False)
    with job.store.write() as session:
        move_cursor(session, job, job.now, ":sweep")


def another_night(job: Job, swept: datetime) -> bool:
    """Whether midnight, on the clock of the board, has passed since the last sweep; never twice in one night."""
    zone = job.config.time_zone
    return job.now.astimezone(zone).date() != swept.astimezone(zone).date()
