"""What is read over the rows of another connector: the children of every parent, and who the parents are."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Select,
    Text,
    and_,
    cast,
    delete,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlmodel import Session, col

from ibpmon.collect import runs
from ibpmon.collect.connectors import Connector, ties
from ibpmon.collect.job import (
    COVERAGE,
    Bad,
    Ends,
    Job,
    Part,
    Seen,
    bad_rows,
    conclude,
    give_up,
    request_of,
    stage_pages,
    worse,
    write_coverage,
)
from ibpmon.collect.runs import FAILED, FULL, PARTIAL, SKIPPED, Outcome
from ibpmon.errors import PassingError, SourceError
from ibpmon.language import N_
from ibpmon.providers.shapes import Visit, each
from ibpmon.providers.waiting import Stopped
from ibpmon.store import upsert
from ibpmon.store.tables import Coverage, Cursor, Placement, Run, aware, micros

PARENT_ROWS = 5000  # rows in one transaction
PARENTS = 100  # parents in one transaction: what was read of them need not be asked again after a stop
CURSOR = upsert.table_of(Cursor)
PLACEMENT = upsert.table_of(Placement)
OUTSIDE = N_(
    "{outside} personal sites are left out: {staff} of staff, {pupils} of pupils, {others} of others "
    "(collect.onedrives in config.toml names whose are read)"
)
PERSONAL = re.compile(r"/personal/([^/?#]+)", re.IGNORECASE)
AnyWhere = Callable[[Connector], Any]


@dataclass(frozen=True, slots=True)
class Parents:
    """The parents of one connector: which are read at all, and which of them now."""

    chosen: Select[Any]  # the living ones that the connector does not pass by
    now: Sequence[Mapping[str, Any]]
    whole: bool  # whether the list of parents is whole and recent
    named_by: int = 0  # the last run of their connector
    from_the_start: bool = True  # whether all of the chosen ones are read now
    outside: Mapping[str, int] = field(default_factory=dict)  # personal sites that are passed by, per population


@dataclass(slots=True)
class Pocket:
    """What was read of some parents and not yet written down."""

    visits: list[Visit] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    rows: int = 0

    def is_full(self) -> bool:
        """Whether it is time to write it down."""
        return self.rows >= PARENT_ROWS or len(self.seen) >= PARENTS


@dataclass(slots=True)
class Tally:
    """How the visits of a whole run went."""

    told: set[str] = field(default_factory=set)  # the parents of which it is known how their visit went
    failed: list[Seen] = field(default_factory=list)
    errors: list[SourceError] = field(default_factory=list)
    bad: Bad = field(default_factory=Bad)


def read_each(job: Job) -> list[Run]:
    """Read the children of every parent; a parent that cannot be read keeps the children it had."""
    parents = parents_of(job)
    if isinstance(parents, Outcome):
        return give_up(job, parents)
    tally = read_parents(job, parents, lambda pocket: write_down(job, pocket), lambda parent: "")
    with job.store.write() as session:
        forget_strangers(session, job, parents)
        outcome = outcome_of(job, parents, tally)
        ended, _ = conclude(session, job, outcome, Ends(unseen=True, where=lambda part: judged(job, part, parents)))
        close(session, job, parents)
        return ended


# ---- who the parents are


def parents_of(job: Job) -> Parents | Outcome:
    """The parents to read over, or why there are none."""
    over = job.connector.over
    if over not in job.store.data or over not in job.connectors:
        return no_parents(N_("it is read over {over}, which is switched off"), over)
    with job.store.read() as session:
        whole = runs.is_whole(session, job.store, over, job.now - runs.STALE_AFTER * rhythm(job, over))
        chosen, outside = chosen_of(session, job)
        asked, from_the_start = asked_of(session, job, chosen)
        keys = job.store.datasets[over].keys
        order = [job.store.data[over].c[key] for key in keys]
        now = [dict(row) for row in session.execute(asked.order_by(*order)).mappings()]
        some = now or session.execute(chosen.limit(1)).first()
        last = session.scalar(select(func.max(Run.run_id)).where(col(Run.connector) == over, mine(job)))
        done = covered(session, job)
    if not some and not whole:
        return no_parents(N_("it is read over {over}, which was not read yet"), over)
    now = [parent for parent in now if not is_done(job, parent, done)]
    return Parents(chosen, now, whole, last or 0, from_the_start, outside)


def mine(job: Job) -> Any:
    """The condition for runs of this board."""
    return col(Run.tenant_id) == job.store.tenant


def no_parents(reason: str, over: str) -> Outcome:
    """SKIPPED, because there is nothing to read over."""
    return Outcome(SKIPPED, reason, {"over": over}, N_("see to {over} first"))


def rhythm(job: Job, name: str) -> timedelta:
    """How often a connector is read."""
    return job.config.schedule.every.get(name, job.connectors[name].every)


def chosen_of(session: Session, job: Job) -> tuple[Select[Any], Mapping[str, int]]:
    """The living parents without those that the connector passes by, and how many personal sites of whom stay out."""
    connector, table = job.connector, job.store.data[job.connector.over]
    living = upsert.living(job.store, connector.over)
    if connector.only:
        living = living.where(says_so(table.c[connector.only]))
    if not connector.unless:
        return living, {}
    if not connector.onedrives:
        return living.where(table.c[connector.unless].is_not(True)), {}
    inside, outside = onedrives(session, job, living.where(table.c[connector.unless].is_(True)))
    (key,) = job.store.datasets[connector.over].keys
    return living.where(or_(table.c[connector.unless].is_not(True), table.c[key].in_(inside))), outside


def says_so(column: Column[Any]) -> ColumnElement[bool]:
    """Whether a yes/no field says yes, or a list holds something."""
    if isinstance(column.type, Boolean):
        return column.is_(True)
    return cast(column, Text).not_in(("[]", "null"))


def onedrives(session: Session, job: Job, personal: Select[Any]) -> tuple[list[Any], Mapping[str, int]]:
    """The personal sites of the populations that config.toml names, and how many others there are of each."""
    (key,) = job.store.datasets[job.connector.over].keys
    populations, wanted = owners(session, job), job.config.collect.onedrives
    inside, outside = list[Any](), Counter[str]()
    for row in session.execute(personal).mappings():
        population = populations.get(name_in(row[job.connector.onedrives]), "unknown")
        if population in wanted:
            inside.append(row[key])
        else:
            outside[population] += 1
    return inside, outside


def owners(session: Session, job: Job) -> dict[str, str]:
    """The population of each owner, by the name that a personal site has in its address."""
    if "accounts" not in job.store.data:
        return {}
    accounts = job.store.data["accounts"]
    same = (PLACEMENT.c.tenant_id == accounts.c.tenant_id, PLACEMENT.c.object_id == accounts.c.account_id)
    query = (
        select(accounts.c.upn, PLACEMENT.c.population)
        .join(PLACEMENT, and_(*same, PLACEMENT.c.kind == "account"))
        .where(accounts.c.tenant_id == job.store.tenant, accounts.c.gone_at.is_(None))
    )
    return {as_in_address(upn): population for upn, population in session.execute(query) if upn}


def as_in_address(upn: str) -> str:
    """A user name as SharePoint writes it in the address of a personal site: a.berg@x.example is a_berg_x_example."""
    return re.sub(r"[^a-z0-9]", "_", upn.lower())


def name_in(address: str | None) -> str:
    """The name of the owner in the address of a personal site; empty when it has none."""
    found = PERSONAL.search(unquote(address or ""))
    return found[1].lower() if found else ""


def asked_of(session: Session, job: Job, chosen: Select[Any]) -> tuple[Select[Any], bool]:
    """The parents that are read now, and whether these are all: with `changed` only those that were named since.

    What failed last time was not seen, so it is asked again.
    """
    connector, table = job.connector, job.store.data[job.connector.over]
    if not connector.changed:
        return chosen, True
    seen, full_at = cursor(session, job, "seen"), cursor(session, job, "full")
    if seen is None or full_at is None or not aware(full_at) <= job.now < aware(full_at) + (connector.full or DAY):
        return chosen, True
    failed = unseen_last_time(session, job)
    again = resource_in(table, [tie.parent for tie in ties_of(job.connectors, connector)]).in_(failed)
    return chosen.where(or_(table.c.run_id > seen, again)), False


DAY = timedelta(days=1)


def unseen_last_time(session: Session, job: Job) -> list[str]:
    """The resources of which the last run that came to an end did not see all."""
    last = runs.ended(job.store, job.connector.id).where(col(Run.state).in_((FULL, PARTIAL))).limit(1)
    run = session.exec(last).first()
    if run is None:
        return []
    seen = (col(Coverage.tenant_id) == job.store.tenant, col(Coverage.run_id) == run.run_id)
    return list(session.scalars(select(col(Coverage.resource)).where(*seen, col(Coverage.state) != FULL)))


def covered(session: Session, job: Job) -> set[str]:
    """The parents that the run before this one, which was broken off, has read whole."""
    if job.resumed is None:
        return set()
    seen = (col(Coverage.tenant_id) == job.store.tenant, col(Coverage.run_id) == job.run.run_id)
    return set(session.scalars(select(col(Coverage.resource)).where(*seen)))


def is_done(job: Job, parent: Mapping[str, Any], done: set[str]) -> bool:
    """Whether a parent need not be asked again: it was read, and did not change afterwards."""
    named_later = job.connector.changed and job.resumed is not None and parent["run_id"] > job.resumed
    return resource_of(job, parent) in done and not named_later


def cursor(session: Session, job: Job, what: str) -> int | None:
    """A number that this connector remembers between runs."""
    here = (CURSOR.c.tenant_id == job.store.tenant, CURSOR.c.name == f"{job.connector.id}:{what}")
    return session.scalar(select(CURSOR.c.value).where(*here))


def remember(session: Session, job: Job, what: str, value: int) -> None:
    """Keep a number until the next run."""
    row = (job.store.tenant, f"{job.connector.id}:{what}", value)
    upsert.load(session, CURSOR, [row], ("tenant_id", "name"), "DO UPDATE SET value = excluded.value")


# ---- what a resource is called


def ties_of(connectors: Mapping[str, Connector], connector: Connector) -> Sequence[Any]:
    """The fields that tie rows to one parent."""
    return ties(connector, connectors[connector.over])


def resource_of(job: Job, parent: Mapping[str, Any]) -> str:
    """What a coverage row calls a parent: the values that its children repeat."""
    return "/".join(str(parent[tie.parent]) for tie in ties_of(job.connectors, job.connector))


def resource_in(table: Any, columns: Sequence[str]) -> Any:
    """The same as an expression over the columns of a table."""
    found: Any = cast(table.c[columns[0]], Text)
    for name in columns[1:]:
        found = found + literal("/") + cast(table.c[name], Text)
    return found


def tie_columns(job: Job, part: Part) -> list[str]:
    """The columns of the connector, or of a part, that hold the values of a resource."""
    own = [tie.name for tie in ties_of(job.connectors, job.connector)]
    if part.connector.id == job.connector.id:
        return own
    return [next(one.name for one in part.connector.fields if one.parent == name) for name in own]


# ---- the visits


def read_parents(
    job: Job, parents: Parents, write: Callable[[Pocket], None], links: Callable[[Mapping[str, Any]], str]
) -> Tally:
    """Read parent after parent and write down what came, some parents at a time.

    When the service is away the rest is not tried. When nothing at all could be read, the error goes on up.
    """
    tally, pocket, total = Tally(), Pocket(), len(parents.now)
    try:
        for visit in each(job.client, request_of(job), parents.now, links=links):
            note(job, visit, pocket, tally)
            job.step(len(tally.told), total)
            if pocket.is_full():
                write(pocket)
    except Stopped:
        write(pocket)
        raise
    except PassingError as error:
        tally.errors.append(error)
        for parent in [one for one in parents.now if resource_of(job, one) not in tally.told]:
            note(job, Visit(parent, error=error), pocket, tally)
    if tally.errors and len(tally.failed) == total and parents.from_the_start and job.resumed is None:
        raise tally.errors[0]
    write(pocket)
    return tally


def note(job: Job, visit: Visit, pocket: Pocket, tally: Tally) -> None:
    """Put what one visit brought in the pocket."""
    seen = seen_of(job, visit, tally.bad)
    tally.told.add(seen.resource)
    tally.failed += [seen] if visit.error else []
    tally.errors += [visit.error] if visit.error else []
    pocket.seen.append(seen)
    pocket.visits.append(visit)
    pocket.rows += sum(len(page.rows) for page in visit.pages)


def seen_of(job: Job, visit: Visit, bad: Bad) -> Seen:
    """What one visit brought; a parent that went meanwhile has no children."""
    resource = resource_of(job, visit.parent)
    if visit.error:
        return Seen(resource, FAILED, **runs.reason_of(visit.error))
    if visit.gone:
        return Seen(resource, FULL, N_("it no longer exists"))
    names, here = [name for page in visit.pages for name in page.bad], Bad()
    here.add(names)
    bad.add(names)
    outcome = bad_rows(here)
    link = (visit.pages[-1].delta_link or "") if visit.pages and not names else ""
    return Seen(resource, outcome.state, outcome.reason, outcome.values, link)


def write_down(job: Job, pocket: Pocket) -> None:
    """Let what was read of some parents wait, with what was seen of each, and empty the pocket."""
    pages = [page for visit in pocket.visits for page in visit.pages]
    if pocket.seen:
        with job.store.write() as session:
            stage_pages(session, job, pages, full=True)
            write_coverage(session, job, pocket.seen)
    pocket.visits, pocket.seen, pocket.rows = [], [], 0


def forget_strangers(session: Session, job: Job, parents: Parents) -> None:
    """Forget what a run that was broken off read of parents that are none any more."""
    if job.resumed is None:
        return
    for part in job.all:
        waiting = job.store.stages[part.connector.id]
        here = upsert.staged(job.store, part.connector.id, part.run.run_id)
        session.execute(delete(waiting).where(here, no_parent(job, part, parents, waiting)))
    seen = (COVERAGE.c.tenant_id == job.store.tenant, COVERAGE.c.run_id == job.run.run_id)
    over = parents.chosen.subquery()
    known = select(resource_in(over, [tie.parent for tie in ties_of(job.connectors, job.connector)]))
    session.execute(delete(COVERAGE).where(*seen, COVERAGE.c.resource.not_in(known)))


def no_parent(job: Job, part: Part, parents: Parents, table: Any) -> Any:
    """The condition for rows whose parent is none any more."""
    over, columns = parents.chosen.order_by(None).subquery(), tie_columns(job, part)
    names = [tie.parent for tie in ties_of(job.connectors, job.connector)]
    same = [over.c[name] == table.c[column] for name, column in zip(names, columns, strict=True)]
    return not_(exists().where(*same))


def judged(job: Job, part: Part, parents: Parents) -> Any:
    """The condition for rows that this run may end: their parent was read whole, or is no parent any more."""
    table = job.store.data[part.connector.id]
    whole = exists().where(
        COVERAGE.c.tenant_id == job.store.tenant,
        COVERAGE.c.run_id == job.run.run_id,
        COVERAGE.c.resource == resource_in(table, tie_columns(job, part)),
        COVERAGE.c.state == FULL,
    )
    return or_(whole, no_parent(job, part, parents, table))


# ---- the end


def outcome_of(job: Job, parents: Parents, tally: Tally) -> Outcome:
    """How a run over parents ends."""
    total = len(parents.now)
    outcome = worse(unread(tally.failed, total), bad_rows(tally.bad))
    outcome = worse(outcome, Outcome() if parents.whole else not_whole(job.connector.over))
    if outcome.state == FULL and parents.outside:
        outcome = replace(outcome, reason=OUTSIDE, values=left_out(parents.outside))
    return replace(outcome, skipped_rows=tally.bad.count, covers_from=job.run.covers_from)


def left_out(outside: Mapping[str, int]) -> dict[str, int]:
    """How many personal sites are passed by, and of whom."""
    staff, pupils, total = outside.get("staff", 0), outside.get("pupil", 0), sum(outside.values())
    return {"outside": total, "staff": staff, "pupils": pupils, "others": total - staff - pupils}


def unread(failed: Sequence[Seen], total: int) -> Outcome:
    """FULL, or PARTIAL with how many parents could not be read."""
    if not failed:
        return Outcome()
    reason = N_("{count} of {total} could not be read; the first reason: {first}")
    fix = N_(
        "nothing to do when it passes: what was read before stays in use for these, and the next round tries again"
    )
    first = {"reason": failed[0].reason, "values": failed[0].values}
    return Outcome(PARTIAL, reason, {"count": len(failed), "total": total, "first": first}, fix)


def not_whole(over: str) -> Outcome:
    """PARTIAL, because the list of parents is not complete, or is old."""
    reason = N_("{over} was not read in full lately, and this is read over it")
    return Outcome(PARTIAL, reason, {"over": over}, N_("see to {over} first"))


def close(session: Session, job: Job, parents: Parents) -> None:
    """Remember how far the changes of the parents were followed, and drop coverage that says nothing any more."""
    if job.connector.changed:
        remember(session, job, "seen", parents.named_by)
        if parents.from_the_start:
            remember(session, job, "full", micros(job.now))
    for part in job.all:
        runs.prune_coverage(session, part.run, job.now)
