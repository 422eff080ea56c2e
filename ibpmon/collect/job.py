"""One run of one connector: what it needs, how its rows wait, and how it ends."""

import json
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlmodel import Session

from ibpmon.collect import runs
from ibpmon.collect.connectors import Connector
from ibpmon.collect.runs import FULL, PARTIAL, Outcome
from ibpmon.config import Config
from ibpmon.errors import MissingPermission
from ibpmon.language import N_
from ibpmon.progress import Progress
from ibpmon.providers.decode import Inner, Page, Portion
from ibpmon.providers.shapes import Request, joined
from ibpmon.store import upsert
from ibpmon.store.database import Store
from ibpmon.store.tables import Coverage, Run

Row = tuple[Any, ...]

PAGES = 10  # pages in one transaction
SMALL = 20  # below this many rows a large share may well disappear in a day
GONE = 0.9
NAMED = 10  # lines or ids that a reason names
CHUNK = 500  # keys in one question to the database
COVERAGE = upsert.table_of(Coverage)
RENEWED = "DO UPDATE SET " + ", ".join(f'"{c}" = excluded."{c}"' for c in ("state", "reason", "reason_values", "link"))
LEAST_DIFFERENCE, DIFFERENCE = 5, 0.01  # how far our count may be from the source's own


@dataclass(frozen=True, slots=True)
class Part:
    """A connector whose rows stand inside the answers of another one, and its run."""

    connector: Connector
    run: Run


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one connector, with its parts, and all that it needs."""

    connector: Connector
    connectors: Mapping[str, Connector]
    run: Run
    client: Any  # of its provider, as shapes.Client says; a file has none
    store: Store
    config: Config
    now: datetime
    progress: Progress
    believe: Collection[str] = ()  # a person looked: what disappeared all at once is really gone
    parts: tuple[Part, ...] = ()
    resumed: int | None = None  # the run that was broken off, with which this one goes on
    began: float = field(default_factory=time.monotonic)

    def ended(self) -> datetime:
        """The moment by our clock; `now` is when the round began."""
        return self.now + timedelta(seconds=time.monotonic() - self.began)

    def step(self, done: int, total: int | None = None) -> None:
        """Say how far this connector is."""
        self.progress.step(self.connector.title, done, total)

    @property
    def all(self) -> tuple[Part, ...]:
        """The connector itself and its parts."""
        return (Part(self.connector, self.run), *self.parts)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one parent, why not all of it (an English msgid with values), and where to go on later."""

    resource: str
    state: str
    reason: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    link: str = ""


@dataclass(slots=True)
class Bad:
    """Rows that could not be used: how many, and the first few by name."""

    count: int = 0
    names: list[str] = field(default_factory=list)

    def add(self, names: Sequence[str]) -> None:
        """Remember some more."""
        self.count += len(names)
        self.names += names[: max(0, NAMED - len(self.names))]

    def named(self) -> str:
        """The first few of many, as text."""
        return ", ".join(one[:80] for one in self.names) + (", ..." if self.count > NAMED else "")


@dataclass(frozen=True, slots=True)
class Ends:
    """Whose stay a run may end: what it did not see, what the source says was removed, and under which condition.

    `where` gives the condition on the table of a connector (itself or a part) for what was looked at.
    """

    unseen: bool = False
    removed: bool = False
    where: Any = None
    orphans: Any = None  # the condition for rows whose parent is no more

    def condition(self, store: Store, part: Part) -> Any:
        """The living rows of one connector that end."""
        name, number = part.connector.id, part.run.run_id
        found = []
        if self.unseen:
            found.append(upsert.missed(store, name, number) if self.where is None else self.judged(store, part))
        if self.removed:
            found.append(upsert.removed(store, name, number))
        if self.orphans is not None:
            found.append(upsert.missed(store, name, number) & self.orphans(part))
        return or_(*found) if found else None

    def judged(self, store: Store, part: Part) -> Any:
        """What was not seen of what was looked at."""
        return upsert.missed(store, part.connector.id, part.run.run_id) & self.where(part)


NOBODY = Ends()  # what was read is stored, and nothing is concluded gone


# ---- asking


def request_of(job: Job) -> Request:
    """A connector as a question to its provider; the reporting endpoints take no $select."""
    connector = job.connector
    return Request(
        connector.path,
        connector.fields,
        page=connector.page,
        select=connector.select and connector.budget != "reporting",
        budget=connector.budget,
        needs=connector.permissions,
        filter=f"{connector.where} eq true" if connector.where else "",
        cost=connector.cost,
        expand=connector.expand,
        prefer=connector.prefer,
        inner=tuple(Inner(part.connector.id, part.connector.list, part.connector.fields) for part in job.parts),
        facet=connector.facet,
        rows=connector.rows,
        changes=connector.shape == "delta",
    )


def needed(connector: Connector, error: Exception) -> str:
    """What a connector needs: its permissions when one of them is missing, else its licence."""
    return ", ".join(connector.permissions) if isinstance(error, MissingPermission) else connector.requires


# ---- waiting for the end of the run


def stage(job: Job, pages: list[Page]) -> int:
    """Let a batch of pages wait for the end of the run and empty it; gives how many rows it held."""
    count = sum(len(page.rows) for page in pages)
    if pages:
        with job.store.write() as session:
            stage_pages(session, job, pages, full=True)
        pages.clear()
    return count


def stage_pages(session: Session, job: Job, pages: Sequence[Page], *, full: bool) -> None:
    """Let the rows of pages wait, and the rows inside them; none when nothing came. An overtaken run may not go on.

    `full` says that what is not named need not be marked: it ends because nobody saw it.
    """
    runs.hold(session, job.run)
    if not pages:
        return
    name, number = job.connector.id, job.run.run_id
    page = joined(request_of(job), pages) if job.connector.shape == "delta" else None
    if page is None:
        upsert.stage(session, job.store, name, number, [row for one in pages for row in one.rows])
    else:
        rows = [(*row, *mark) for row, mark in zip(page.rows, page.marks, strict=True)]
        upsert.stage_changes(session, job.store, name, number, rows)
    for part in job.parts:
        portions = [one for page in pages for one in page.portions.get(part.connector.id, ())]
        stage_portions(session, job, part, once(portions), full=full)


def once(portions: Iterable[Portion]) -> list[Portion]:
    """The lists once per parent: a whole one takes the place of what was before, changes follow one another."""
    found: dict[Row, Portion] = {}
    for portion in portions:
        before = found.get(portion.parent)
        rows = portion.rows if portion.whole or before is None else before.rows + portion.rows
        found[portion.parent] = Portion(portion.parent, portion.whole, rows)
    return list(found.values())


def stage_portions(session: Session, job: Job, part: Part, portions: Sequence[Portion], *, full: bool) -> None:
    """Let the rows of a part wait; what a whole list no longer names waits for its end."""
    store, name, number = job.store, part.connector.id, part.run.run_id
    whole = [portion.parent for portion in portions if portion.whole]
    columns = tied_to(job.connector, part.connector)
    for start in range(0, len(whole), CHUNK):
        some = whole[start : start + CHUNK]
        upsert.end_waiting(session, store, name, number, among(store.stages[name], columns, some))
        if not full:
            upsert.end_unnamed(session, store, name, number, among(store.data[name], columns, some))
    keys = [number for number, one in enumerate(part.connector.fields) if one.key]
    rows = {tuple(row[k] for k in keys): (*row, gone, None) for portion in portions for row, gone in portion.rows}
    if rows:
        upsert.stage_changes(session, store, name, number, list(rows.values()))


def tied_to(parent: Connector, part: Connector) -> list[str]:
    """The columns of a part that hold the key of its parent, in the order of that key."""
    return [next(one.name for one in part.fields if one.parent == key) for key in parent.dataset.keys]


def among(table: Any, columns: Sequence[str], keys: Sequence[Row]) -> Any:
    """The condition for rows whose columns hold one of these keys."""
    return upsert.within(table, columns, [key[0] for key in keys] if len(columns) == 1 else list(keys))


def write_coverage(session: Session, job: Job, seen: Sequence[Seen]) -> None:
    """What this run saw of each resource, for the connector and its parts."""
    rows = [
        (job.store.tenant, part.run.run_id, one.resource, one.state, one.reason, json_of(one.values), one.link)
        for part in job.all
        for one in seen
    ]
    if rows:
        upsert.load(session, COVERAGE, rows, ("tenant_id", "run_id", "resource"), RENEWED)


def json_of(values: Mapping[str, Any]) -> str:
    """The values of a reason as the database takes them."""
    return json.dumps(runs.plain(values))


# ---- the end


def conclude(
    session: Session, job: Job, outcome: Outcome, ends: Ends, *, counted: int | None = None
) -> tuple[list[Run], bool]:
    """Make what waits the state, end the stay of what is gone, and end the runs: one transaction.

    A sudden disappearance is held and asked about, not believed: nothing ends, and the run is PARTIAL. Gives the runs,
    and whether anything was held.
    """
    runs.hold(session, job.run)
    drop_of_removed_parents(session, job)
    first, doubt = settle(session, job, job.all[0], outcome, ends, counted)
    settled, doubts = [first], [doubt]
    for part in job.parts:
        below = replace(doubt, rows=0) if doubt and outcome.state == FULL else outcome
        one, why = settle(session, job, part, below, NOBODY if doubt else with_parents(job, part, ends))
        settled.append(one)
        doubts.append(why)
    for part in job.all:
        upsert.drop_stage(session, job.store, part.connector.id, part.run.run_id)
    ended = job.ended()
    done = [runs.finish(session, part.run, one, ended) for part, one in zip(job.all, settled, strict=True)]
    return done, any(doubts)


def drop_of_removed_parents(session: Session, job: Job) -> None:
    """Forget waiting rows inside records that were removed afterwards."""
    for part in job.parts:
        waiting = job.store.stages[part.connector.id]
        mine = upsert.staged(job.store, part.connector.id, part.run.run_id)
        session.execute(delete(waiting).where(mine, of_removed(job, part, waiting)))


def of_removed(job: Job, part: Part, table: Any) -> Any:
    """The condition for rows of a part whose record the source says was removed."""
    above = job.store.stages[job.connector.id]
    keys = [above.c[key] for key in job.connector.dataset.keys]
    gone = select(*keys).where(upsert.staged(job.store, job.connector.id, job.run.run_id), above.c.gone.is_(True))
    return upsert.within(table, tied_to(job.connector, part.connector), gone)


def with_parents(job: Job, part: Part, ends: Ends) -> Ends:
    """What ends for a part: as for its parent, and with each record that was removed."""
    if not ends.removed:
        return ends
    return replace(ends, orphans=lambda one: of_removed(job, one, job.store.data[one.connector.id]))


def settle(
    session: Session, job: Job, part: Part, outcome: Outcome, ends: Ends, counted: int | None = None
) -> tuple[Outcome, Outcome | None]:
    """Make the waiting rows of one connector its state; gives how its run ends, and why it is not believed, if so."""
    store, name, number = job.store, part.connector.id, part.run.run_id
    ending = ends.condition(store, part)
    before = count_living(session, store, name, ends.where(part) if ends.where else None) if ends.unseen else None
    if ends.removed:
        upsert.fill_absent(session, store, name, number)
    rows = upsert.count_staged(session, store, name, number)
    upsert.apply_stage(session, store, name, number, job.now)
    gone = 0 if ending is None else count_living(session, store, name, ending)
    doubt = None if name in job.believe else doubted(session, job, part, Numbers(rows, before, gone, counted))
    if gone and not doubt:
        upsert.end(session, store, name, job.now, ending)
    if doubt and outcome.state == FULL:
        return replace(doubt, rows=rows), doubt
    return replace(outcome, rows=rows), doubt


@dataclass(frozen=True, slots=True)
class Numbers:
    """What tells whether a round can be believed."""

    rows: int  # that came
    before: int | None  # that were there, of what was looked at; None: only changes came
    gone: int  # that would end
    counted: int | None  # by the source's own count


def doubted(session: Session, job: Job, part: Part, numbers: Numbers) -> Outcome | None:
    """Why what came is not believed, if it is not."""
    there = None
    if part.connector.never_empty or numbers.counted is not None or numbers.gone >= GONE * SMALL:
        there = count_living(session, job.store, part.connector.id)
    if part.connector.never_empty and not numbers.rows and there == numbers.gone:
        return nothing()
    before = there if numbers.before is None else numbers.before
    empty = numbers.before is not None and numbers.rows == 0 and not part.connector.may_empty
    if before is not None and sudden(numbers.gone, before, empty=empty):
        return held(numbers.gone, before)
    left = (there or 0) - numbers.gone
    if numbers.counted is not None and differs(left, numbers.counted):
        return uncounted(left, numbers.counted)
    return None


def count_living(session: Session, store: Store, name: str, *conditions: Any) -> int:
    """How many rows of a connector are there now, within the conditions."""
    kept = [condition for condition in conditions if condition is not None]
    living = upsert.living(store, name).where(*kept).subquery()
    return session.scalar(select(func.count()).select_from(living)) or 0


def sudden(gone: int, before: int, *, empty: bool) -> bool:
    """Whether more disappeared at once than a school sees on a day."""
    return gone > 0 and (empty or (before >= SMALL and gone >= GONE * before))


def differs(ours: int, theirs: int) -> bool:
    """Whether two counts are further apart than the delay between them explains."""
    return abs(ours - theirs) > max(LEAST_DIFFERENCE, DIFFERENCE * max(ours, theirs))


def give_up(job: Job, outcome: Outcome) -> list[Run]:
    """End runs that brought nothing: what waited is forgotten, the last complete state stays."""
    with job.store.write() as session:
        for part in job.all:
            if part.connector.id in job.store.stages:
                upsert.drop_stage(session, job.store, part.connector.id, part.run.run_id)
            runs.forget_coverage(session, part.run)
        ended = job.ended()
        return [runs.finish(session, part.run, outcome, ended) for part in job.all]


def break_off(job: Job, outcome: Outcome) -> list[Run]:
    """End runs before they were complete; what waits is there for the next one, which goes on with it."""
    with job.store.write() as session:
        ended, outcome = job.ended(), replace(outcome, broken=True)
        return [runs.finish(session, part.run, outcome, ended) for part in job.all]


# ---- outcomes


def bad_rows(bad: Bad) -> Outcome:
    """FULL, or PARTIAL with the ids of what could not be used."""
    if not bad.count:
        return Outcome()
    reason = N_("{count} row(s) cannot be used and are left out: {ids}")
    fix = N_("look these up at the source; the others were stored, and nobody is concluded gone")
    return Outcome(PARTIAL, reason, {"count": bad.count, "ids": bad.named()}, fix, skipped_rows=bad.count)


def held(gone: int, before: int) -> Outcome:
    """PARTIAL, because nearly everything was gone."""
    reason = N_("{gone} of {before} rows disappeared at once; they stay in use until a person has looked")
    fix = N_("look at the source itself: an export, a filter or a permission may have changed")
    return Outcome(PARTIAL, reason, {"gone": gone, "before": before}, fix)


def nothing() -> Outcome:
    """PARTIAL, because a source that is never empty gave nothing."""
    reason = N_("the source gave nothing at all, which cannot be true; what was there before stays in use")
    fix = N_("look at the source itself: a filter or a permission may have changed")
    return Outcome(PARTIAL, reason, {}, fix)


def uncounted(ours: int, theirs: int) -> Outcome:
    """PARTIAL, because the source counts another number than it gave."""
    reason = N_("{ours} were read and Microsoft counts {theirs}; nobody is concluded gone until a person has looked")
    fix = N_("nothing to do when it passes: the next round reads it from the beginning; report it when it lasts")
    return Outcome(PARTIAL, reason, {"ours": ours, "theirs": theirs}, fix)


def worse(one: Outcome, other: Outcome) -> Outcome:
    """The first outcome that is not FULL, with the numbers of the first."""
    if one.state == FULL:
        return replace(other, skipped_rows=one.skipped_rows)
    return one
