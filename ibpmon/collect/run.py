"""One round of each connector: a run is whole, or it says what is missing and the last whole one stays."""

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import exists, func, not_, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from ibpmon.collect import files, runs
from ibpmon.collect.connectors import Connector
from ibpmon.collect.runs import FAILED, FULL, PARTIAL, SKIPPED, Outcome
from ibpmon.config import Config
from ibpmon.errors import ContentError, IbpmonError, MissingPermission, PassingError, SourceError, StoreError
from ibpmon.language import N_
from ibpmon.progress import Progress, silent
from ibpmon.providers.client import Graph
from ibpmon.providers.decode import Page
from ibpmon.providers.shapes import Request, Visit, each, list_pages, read_window, since_windows, single
from ibpmon.providers.waiting import Stopped
from ibpmon.store import upsert
from ibpmon.store.database import Store
from ibpmon.store.tables import DAY, Coverage, Cursor, Run, aware, micros

Row = tuple[Any, ...]

PAGES = 10  # pages in one transaction
PARENT_ROWS = 5000  # rows of shape each in one transaction
MARGIN = timedelta(minutes=5)  # Microsoft refuses a window that begins before what it keeps
SMALL = 20  # below this many rows a large share may well disappear in a day
GONE = 0.9
NAMED = 10  # lines or ids that a reason names

COVERAGE = upsert.table_of(Coverage)
CURSOR = upsert.table_of(Cursor)


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one connector, and all that it needs."""

    connector: Connector
    connectors: Mapping[str, Connector]
    run: Run
    graph: Graph
    store: Store
    config: Config
    now: datetime
    progress: Progress
    believe: bool  # a person looked: what disappeared all at once is really gone
    began: float = field(default_factory=time.monotonic)

    def ended(self) -> datetime:
        """The moment by our clock; `now` is when the round began."""
        return self.now + timedelta(seconds=time.monotonic() - self.began)

    def step(self, done: int, total: int | None = None) -> None:
        """Say how far this connector is."""
        self.progress.step(self.connector.title, done, total)


def collect(
    connectors: Mapping[str, Connector],
    graph: Graph,
    store: Store,
    config: Config,
    now: datetime,
    progress: Progress = silent,
    only: Collection[str] | None = None,
    believe: Collection[str] = (),
) -> list[Run]:
    """Run each connector once (or `only` these), parents first; each gives a Run that says how it went.

    A source that cannot be read ends its own run only. `believe` names the connectors whose
    sudden emptiness a person has looked at: without it such a run ends nobody's stay.
    """
    ended: list[Run] = []
    for one in connectors.values():
        if (only is None or one.id in only) and not graph.waiting.stop.is_set():
            ended.append(collect_one(one, connectors, graph, store, config, now, progress, believe=one.id in believe))
    return ended


def collect_one(
    connector: Connector,
    connectors: Mapping[str, Connector],
    graph: Graph,
    store: Store,
    config: Config,
    now: datetime,
    progress: Progress,
    *,
    believe: bool,
) -> Run:
    """Run one connector; what we did not expect marks the run failed and goes on up."""
    with store.write() as session:
        run = runs.start(session, store, connector.id, now)
    job = Job(connector, connectors, run, graph, store, config, now, progress, believe)
    try:
        return reader(connector)(job)
    except (SourceError, ContentError) as error:
        return give_up(job, runs.failure(error, needed(connector, error)))
    except BaseException as error:
        with suppress(SQLAlchemyError, StoreError):  # the database itself may be what failed
            give_up(job, broken_off(error))
        raise


def broken_off(error: BaseException) -> Outcome:
    """FAILED by what is no source's fault; an error of ours says why, of any other only its kind is told."""
    if isinstance(error, IbpmonError):
        return runs.failure(error, "")
    reason, fix = N_("this round was broken off by an error ({kind})"), N_("report it; the log says where it happened")
    return Outcome(FAILED, reason, {"kind": type(error).__name__}, fix)


def reader(connector: Connector) -> Callable[[Job], Run]:
    """The function that reads a connector of this source and shape."""
    if connector.source == "file":
        return read_board_file
    return {"list": read_list, "single": read_list, "since": read_since, "each": read_each}[connector.shape]


def needed(connector: Connector, error: Exception) -> str:
    """What a connector needs: its permissions when one of them is missing, else its licence."""
    return ", ".join(connector.permissions) if isinstance(error, MissingPermission) else connector.requires


def give_up(job: Job, outcome: Outcome) -> Run:
    """End a run that brought nothing: what waited is forgotten, the last complete state stays."""
    with job.store.write() as session:
        if job.connector.id in job.store.stages:
            upsert.drop_stage(session, job.store, job.connector.id, job.run.run_id)
        return runs.finish(session, job.run, outcome, job.ended())


# ---- lists: all pages or none


def read_list(job: Job) -> Run:
    """Read all pages of a list; they become the state together, after the last one."""
    bad: list[str] = []
    done, batch = 0, list[Row]()
    for number, page in enumerate(pages_of(job), 1):
        batch += page.rows
        bad += page.bad
        if number % PAGES == 0:
            done += stage(job, batch)
            job.step(done)
    job.step(done + stage(job, batch))
    with job.store.write() as session:
        return conclude(session, job, bad_rows(bad), sweeps=not bad)


def stage(job: Job, batch: list[Row]) -> int:
    """Let a batch wait for the end of the run and empty it; gives how many rows it held."""
    count = len(batch)
    if batch:
        with job.store.write() as session:
            upsert.stage(session, job.store, job.connector.id, job.run.run_id, batch)
        batch.clear()
    return count


def bad_rows(bad: Sequence[str]) -> Outcome:
    """FULL, or PARTIAL with the ids of what could not be used."""
    if not bad:
        return Outcome()
    reason = N_("{count} row(s) cannot be used and are left out: {ids}")
    fix = N_("look these up at the source; the others were stored, and nobody is concluded gone")
    return Outcome(PARTIAL, reason, {"count": len(bad), "ids": named(bad)}, fix, skipped_rows=len(bad))


def named(ids: Sequence[str]) -> str:
    """The first few of many, as text."""
    return ", ".join(one[:80] for one in ids[:NAMED]) + (", ..." if len(ids) > NAMED else "")


def conclude(session: Session, job: Job, outcome: Outcome, *, within: Any = None, sweeps: bool) -> Run:
    """Make what waits the state, end the stay of what is no longer seen, and end the run: one transaction.

    A sudden disappearance is held and asked about, not believed: nothing ends, and the run is PARTIAL.
    """
    store, name, number = job.store, job.connector.id, job.run.run_id
    runs.hold(session, job.run)
    before = count_living(session, job, within)
    rows = upsert.count_staged(session, store, name, number)
    upsert.apply_stage(session, store, name, number, job.now)
    gone = count_living(session, job, within, upsert.missed(store, name, number))
    if sweeps and not job.believe and sudden(rows, before, gone):
        outcome = worse(outcome, held(before, gone))
    elif sweeps:
        upsert.sweep(session, store, name, number, job.now, within)
    upsert.drop_stage(session, store, name, number)
    return runs.finish(session, job.run, replace(outcome, rows=rows), job.ended())


def count_living(session: Session, job: Job, *conditions: Any) -> int:
    """How many rows of this connector are there now, within the conditions."""
    kept = [condition for condition in conditions if condition is not None]
    living = upsert.living(job.store, job.connector.id).where(*kept).subquery()
    return session.scalar(select(func.count()).select_from(living)) or 0


def sudden(rows: int, before: int, gone: int) -> bool:
    """Whether more disappeared at once than a school sees on a day."""
    return gone > 0 and (rows == 0 or (before >= SMALL and gone >= GONE * before))


def held(before: int, gone: int) -> Outcome:
    """PARTIAL, because nearly everything was gone."""
    reason = N_("{gone} of {before} rows disappeared at once; they stay in use until a person has looked")
    fix = N_("look at the source itself: an export, a filter or a permission may have changed")
    return Outcome(PARTIAL, reason, {"gone": gone, "before": before}, fix)


def worse(one: Outcome, other: Outcome) -> Outcome:
    """The first outcome that is not FULL, with the numbers of the first."""
    if one.state == FULL:
        return replace(other, skipped_rows=one.skipped_rows)
    return one


# ---- the board's own files


def read_board_file(job: Job) -> Run:
    """Read a list that the board hands over; a bad row is named and keeps the rest from being called complete."""
    file = getattr(job.config.files, job.connector.file)
    if file is None:
        reason, fix = N_("config.toml names no file under [files.{file}]"), N_("name the board's file there")
        return give_up(job, Outcome(SKIPPED, reason, {"file": job.connector.file}, fix))
    listing = files.read_file(job.connector, file)
    count = len(listing.rows)
    stage(job, listing.rows)
    job.step(count, count)
    with job.store.write() as session:
        return conclude(session, job, bad_lines(listing.bad), sweeps=not listing.bad)


def bad_lines(bad: Sequence[files.BadRow]) -> Outcome:
    """FULL, or PARTIAL with the lines that could not be used: where, never what stands there."""
    if not bad:
        return Outcome()
    lines = [f"{row.line} ({row.column})" if row.column else str(row.line) for row in bad]
    reason = N_("{count} line(s) cannot be used and are left out: {lines}")
    fix = N_("correct these lines; the others were stored, and nobody is concluded gone")
    return Outcome(PARTIAL, reason, {"count": len(bad), "lines": named(lines)}, fix, skipped_rows=len(bad))


# ---- each: the children of every parent


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one parent, and why not all of it (an English msgid with values)."""

    resource: str
    state: str
    reason: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def read_each(job: Job) -> Run:
    """Read the children of every parent; a parent that cannot be read keeps the children it had."""
    over = job.connector.over
    if over not in job.store.data:
        return give_up(job, no_parents(N_("it is read over {over}, which is switched off"), over))
    with job.store.read() as session:
        parents = [dict(row) for row in session.execute(parents_of(job)).mappings()]
        whole = runs.is_whole(session, job.store, over, job.now - runs.STALE_AFTER * rhythm(job, over))
    if not parents and not whole:
        return give_up(job, no_parents(N_("it is read over {over}, which was not read yet"), over))
    bad: list[str] = []
    seen = read_parents(job, parents, bad)
    outcome = worse(worse(unread(seen), bad_rows(bad)), Outcome() if whole else not_whole(over))
    with job.store.write() as session:
        write_coverage(session, job, seen)
        outcome = replace(outcome, skipped_rows=len(bad))
        return conclude(session, job, outcome, within=judged(job), sweeps=True)


def no_parents(reason: str, over: str) -> Outcome:
    """SKIPPED, because there is nothing to read over."""
    return Outcome(SKIPPED, reason, {"over": over}, N_("see to {over} first"))


def rhythm(job: Job, name: str) -> timedelta:
    """How often a connector is read."""
    return job.config.schedule.every.get(name, job.connectors[name].every)


def parents_of(job: Job) -> Any:
    """The living parents, without those that the connector passes by."""
    connector, table = job.connector, job.store.data[job.connector.over]
    living = upsert.living(job.store, connector.over)
    if connector.unless:
        living = living.where(table.c[connector.unless].is_not(True))
    return living.order_by(*(table.c[key] for key in job.store.datasets[connector.over].keys))


def read_parents(job: Job, parents: Sequence[Mapping[str, Any]], bad: list[str]) -> list[Seen]:
    """Read parent after parent; the children of one wait for the end of the run once its last page is there.

    When the service is away the rest is not tried. When nothing at all could be read, the error goes on up.
    """
    seen, waiting, failed = list[Seen](), list[Row](), list[SourceError]()
    try:
        for visit in each(job.graph, request_of(job.connector), parents):
            seen.append(seen_of(job, visit, waiting, bad))
            failed += [visit.error] if visit.error else []
            if len(waiting) >= PARENT_ROWS:
                stage(job, waiting)
            job.step(len(seen), len(parents))
    except Stopped:
        raise
    except PassingError as error:
        failed.append(error)
        seen += [unseen(job.connector, parent, error) for parent in parents[len(seen) :]]
    if failed and all(one.state == FAILED for one in seen):
        raise failed[0]
    stage(job, waiting)
    return seen


def seen_of(job: Job, visit: Visit, waiting: list[Row], bad: list[str]) -> Seen:
    """What one visit brought; a parent that went meanwhile has no children."""
    resource = resource_of(job.connector, visit.parent)
    if visit.error:
        return unseen(job.connector, visit.parent, visit.error)
    if visit.gone:
        return Seen(resource, FULL, N_("it no longer exists"))
    unusable = [name for page in visit.pages for name in page.bad]
    waiting += [row for page in visit.pages for row in page.rows]
    bad += unusable
    outcome = bad_rows(unusable)
    return Seen(resource, outcome.state, outcome.reason, outcome.values)


def unseen(connector: Connector, parent: Mapping[str, Any], error: SourceError) -> Seen:
    """A parent that could not be read, and why."""
    return Seen(resource_of(connector, parent), FAILED, **runs.reason_of(error))


def resource_of(connector: Connector, parent: Mapping[str, Any]) -> str:
    """What a coverage row calls a parent: the value that its children repeat."""
    return str(parent[link(connector).parent])


def link(connector: Connector) -> Any:
    """The field by which children are tied to their parent."""
    return next(one for one in connector.fields if one.parent)


def unread(seen: Sequence[Seen]) -> Outcome:
    """FULL, or PARTIAL with how many parents could not be read."""
    missed = [one for one in seen if one.state == FAILED]
    if not missed:
        return Outcome()
    reason = N_("{count} of {total} could not be read; the first reason: {first}")
    fix = N_(
        "nothing to do when it passes: what was read before stays in use for these, and the next round tries again"
    )
    first = {"reason": missed[0].reason, "values": missed[0].values}
    return Outcome(PARTIAL, reason, {"count": len(missed), "total": len(seen), "first": first}, fix)


def not_whole(over: str) -> Outcome:
    """PARTIAL, because the list of parents is not complete, or is old."""
    reason = N_("{over} was not read in full lately, and this is read over it")
    return Outcome(PARTIAL, reason, {"over": over}, N_("see to {over} first"))


def write_coverage(session: Session, job: Job, seen: Sequence[Seen]) -> None:
    """What this run saw of each parent."""
    run = (job.store.tenant, job.run.run_id)
    rows = [(*run, one.resource, one.state, one.reason, json.dumps(runs.plain(one.values)), "") for one in seen]
    if rows:
        upsert.load(session, COVERAGE, rows, ("tenant_id", "run_id", "resource"), "DO NOTHING")


def judged(job: Job) -> Any:
    """The condition for rows that this run may end: their parent was read whole, or is no parent any more."""
    table, over = job.store.data[job.connector.id], parents_of(job).order_by(None).subquery()
    tie = link(job.connector)
    whole = exists().where(
        COVERAGE.c.tenant_id == job.store.tenant,
        COVERAGE.c.run_id == job.run.run_id,
        COVERAGE.c.resource == table.c[tie.name],
        COVERAGE.c.state == FULL,
    )
    return or_(whole, not_(exists().where(over.c[tie.parent] == table.c[tie.name])))


# ---- since: a cursor in time


@dataclass(slots=True)
class Reach:
    """How far a run over time windows has come."""

    until: datetime
    rows: int = 0
    bad: list[str] = field(default_factory=list)


def read_since(job: Job) -> Run:
    """Read events window by window; what was read to the end of one stays read, also when a later one fails."""
    with job.store.read() as session:
        cursor = cursor_of(session, job)
    begin = begin_of(job.connector, cursor, job.now)
    reach = Reach(begin)
    try:
        for window in since_windows(begin, job.now, job.connector.window or timedelta(days=1)):
            read_whole_window(job, window, reach)
        outcome = worse(bad_rows(reach.bad), gap(cursor, begin))
    except SourceError as error:
        outcome = runs.failure(error, needed(job.connector, error))
    outcome = replace(
        outcome, rows=reach.rows, skipped_rows=len(reach.bad), covers_from=begin, covers_until=reach.until
    )
    return give_up(job, outcome)


def read_whole_window(job: Job, window: tuple[datetime, datetime], reach: Reach) -> None:
    """Store the events of one window as they come; the cursor moves with the last of them.

    Events that are stored are true whatever happens next, so they need not wait for the end of the run.
    """
    batch: list[Row] = []
    for number, page in enumerate(window_pages(job, window), 1):
        batch += dated(job.connector, page.rows, reach.bad)
        reach.bad += page.bad
        job.step(reach.rows + len(batch))
        if number % PAGES == 0:
            add(job, batch, reach)
    add(job, batch, reach, until=window[1])
    reach.until = window[1]


def add(job: Job, batch: list[Row], reach: Reach, until: datetime | None = None) -> None:
    """Store a batch of events and empty it; with `until` the cursor moves in the same transaction."""
    with job.store.write() as session:
        upsert.add_events(session, job.store, job.connector.id, job.run.run_id, batch)
        if until:
            move_cursor(session, job, until)
    reach.rows += len(batch)
    batch.clear()
    job.step(reach.rows)


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


def cursor_of(session: Session, job: Job) -> datetime | None:
    """How far this connector has read, if it ever did."""
    mine = (CURSOR.c.tenant_id == job.store.tenant, CURSOR.c.name == job.connector.id)
    value = session.scalar(select(CURSOR.c.value).where(*mine))
    return None if value is None else aware(value)


def move_cursor(session: Session, job: Job, until: datetime) -> None:
    """Remember how far this connector has read."""
    row = (job.store.tenant, job.connector.id, micros(until))
    upsert.load(session, CURSOR, [row], ("tenant_id", "name"), "DO UPDATE SET value = excluded.value")


def begin_of(connector: Connector, cursor: datetime | None, now: datetime) -> datetime:
    """Where to begin: a little before the cursor, because events come late, and not before what Microsoft keeps."""
    oldest = now - (connector.history or timedelta()) + MARGIN
    overlap = connector.overlap or timedelta()
    if cursor is None or cursor > now + overlap:  # set by a clock that ran ahead: it says nothing about what was read
        return oldest
    return max(min(cursor, now) - overlap, oldest)


def gap(cursor: datetime | None, begin: datetime) -> Outcome:
    """FULL, or PARTIAL when events between the last reading and now are no longer kept by Microsoft."""
    if cursor is None or begin <= cursor:
        return Outcome()
    reason = N_("from {start} to {end} nothing can be read any more: Microsoft does not keep it that long")
    fix = N_("import a download of those days if there is one; the next round is about newer days")
    return Outcome(PARTIAL, reason, {"start": cursor, "end": begin}, fix)


# ---- asking Graph


def request_of(connector: Connector) -> Request:
    """A connector as a question to Graph; the reporting endpoints take no $select."""
    return Request(
        connector.endpoint,
        connector.fields,
        page=connector.page,
        select=connector.budget != "reporting",
        budget=connector.budget,
        needs=connector.permissions,
    )


def pages_of(job: Job) -> Iterator[Page]:
    """The pages of a list, or the one object of shape single."""
    request = request_of(job.connector)
    if job.connector.shape == "single":
        return iter([single(job.graph, request)])
    return list_pages(job.graph, request, prefetch=True)


def window_pages(job: Job, window: tuple[datetime, datetime]) -> Iterator[Page]:
    """The pages of one window of events."""
    moment = next(one for one in job.connector.fields if one.name == job.connector.time)
    return read_window(job.graph, request_of(job.connector), window, time="/".join(moment.path), prefetch=True)
