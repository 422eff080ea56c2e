"""Shape delta: once everything, then what changed since, by the link that the source gave at the end."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import and_, delete, select
from sqlmodel import Session, col

from ibpmon.collect.children import (
    Parents,
    Pocket,
    close,
    forget_strangers,
    no_parent,
    outcome_of,
    parents_of,
    read_parents,
    resource_in,
    resource_of,
    tie_columns,
    ties_of,
)
from ibpmon.collect.job import (
    NOBODY,
    PAGES,
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
    write_coverage,
)
from ibpmon.collect.runs import FULL, Outcome
from ibpmon.errors import SourceError
from ibpmon.providers.shapes import Visit, count_of, expired, follow, joined
from ibpmon.store import upsert
from ibpmon.store.tables import Coverage, Link, Run, micros

TOKEN_LIFE = timedelta(days=7)  # of directory and education objects; an older link is not worth a request
LINK = upsert.table_of(Link)


def read_delta(job: Job) -> list[Run]:
    """Read what changed since the last round; the first time, and when the link is too old, everything."""
    if job.connector.over:
        return read_crawl(job)
    link = link_of(job)
    if link and worth_asking(job, link):
        try:
            return read_changes(job, link)
        except SourceError as error:
            if not expired(error):
                raise
            forget(job)
    return read_from_the_start(job)


def read_changes(job: Job, link: Link) -> list[Run]:
    """Apply what came and end what the source says was removed; what it does not name stays as it was."""
    bad, last = stage_round(job, link.link)
    counted = count_of(job.client, request_of(job)) if job.connector.count else None
    with job.store.write() as session:
        ended, _held = conclude(session, job, bad_rows(bad), Ends(removed=True), counted=counted)
        if all(run.state == FULL for run in ended):
            keep_links(session, job, [("", last, link.full_at)])
        elif "theirs" in ended[0].reason_values:  # something was missed: changes will not bring it
            drop_links(session, job)
        return ended


def read_from_the_start(job: Job) -> list[Run]:
    """Read everything; what was not seen is gone, as with a list."""
    bad, last = stage_round(job, "")
    counted = count_of(job.client, request_of(job)) if job.connector.count else None
    with job.store.write() as session:
        ends = NOBODY if bad.count else Ends(unseen=True)
        ended, _held = conclude(session, job, bad_rows(bad), ends, counted=counted)
        if all(run.state == FULL for run in ended):
            keep_links(session, job, [("", last, job.now)])
        else:  # what was held would never be asked about again: changes say nothing of it
            drop_links(session, job)
        return ended


def stage_round(job: Job, link: str) -> tuple[Bad, str]:
    """Let the rows of every page wait; gives what could not be used and the link for next time."""
    pages, bad, done, last = follow(job.client, request_of(job), None, link), Bad(), 0, ""
    while batch := list(islice(pages, PAGES)):
        with job.store.write() as session:
            stage_pages(session, job, batch, full=not link)
        done += sum(len(page.rows) for page in batch)
        bad.add([name for page in batch for name in page.bad])
        last = batch[-1].delta_link or ""
        job.step(done)
    return bad, last


def forget(job: Job) -> None:
    """Drop what waits of a round that cannot be finished."""
    with job.store.write() as session:
        for part in job.all:
            upsert.drop_stage(session, job.store, part.connector.id, part.run.run_id)


# ---- links


def link_of(job: Job) -> Link | None:
    """Where to go on."""
    with job.store.read() as session:
        return session.get(Link, (job.store.tenant, job.connector.id, ""))


def links_of(job: Job) -> dict[str, Link]:
    """Where to go on, per parent."""
    here = (col(Link.tenant_id) == job.store.tenant, col(Link.connector) == job.connector.id)
    with job.store.read() as session:
        return {link.resource: link for link in session.scalars(select(Link).where(*here))}


def worth_asking(job: Job, link: Link) -> bool:
    """Whether to go on from a link: not when it is too old, and not when it is time to read everything again."""
    span, now = job.connector.full, job.now
    again = span is not None and now - link.full_at >= span
    too_old = not job.connector.over and now - link.read_at >= TOKEN_LIFE
    return not (again or too_old or link.read_at > now)


def keep_links(session: Session, job: Job, links: Sequence[tuple[str, str, datetime]]) -> None:
    """Remember where to go on (resource, link, last read from the start).

    In the transaction that makes what was read the state, and never before: a link that is ahead of it skips changes.
    """
    tenant, name, now = job.store.tenant, job.connector.id, micros(job.now)
    rows = [(tenant, name, resource, link, micros(full_at), now) for resource, link, full_at in links]
    renewed = ", ".join(f'"{c}" = excluded."{c}"' for c in ("link", "full_at", "read_at"))
    if rows:
        upsert.load(session, LINK, rows, ("tenant_id", "connector", "resource"), f"DO UPDATE SET {renewed}")


def drop_links(session: Session, job: Job, *conditions: Any) -> None:
    """Forget where to go on: the next round reads everything."""
    here = (LINK.c.tenant_id == job.store.tenant, LINK.c.connector == job.connector.id)
    session.execute(delete(LINK).where(*here, *conditions))


# ---- a crawl: the changes of many parents, each from its own link


def read_crawl(job: Job) -> list[Run]:
    """Read what changed under every parent; one that cannot be read keeps its rows and its link."""
    parents = parents_of(job)
    if isinstance(parents, Outcome):
        return give_up(job, parents)
    links = {resource: link for resource, link in links_of(job).items() if worth_asking(job, link)}

    def link(parent: Mapping[str, Any]) -> str:
        known = links.get(resource_of(job, parent))
        return known.link if known else ""

    tally = read_parents(job, parents, lambda pocket: write_down(job, pocket), link)
    with job.store.write() as session:
        forget_strangers(session, job, parents)
        ends = Ends(removed=True, orphans=lambda part: orphaned(job, part, parents))
        ended, doubt = conclude(session, job, outcome_of(job, parents, tally), ends)
        settle_links(session, job, links, doubt=doubt)
        forget_links(session, job, parents)
        close(session, job, parents)
        return ended


def orphaned(job: Job, part: Part, parents: Parents) -> Any:
    """The condition for rows whose parent is none any more."""
    return no_parent(job, part, parents, job.store.data[part.connector.id])


def write_down(job: Job, pocket: Pocket) -> None:
    """Let what changed under some parents wait, with how far each was read, and empty the pocket."""
    visits = [alone(job, visit) for visit in pocket.visits]
    if pocket.seen:
        with job.store.write() as session:
            stage_pages(session, job, [page for visit in visits for page in visit.pages], full=True)
            for visit in visits:
                if visit.full and not visit.error and not any(page.bad for page in visit.pages):
                    end_others(session, job, visit)
            write_coverage(session, job, marked(pocket, visits))
    pocket.visits, pocket.seen, pocket.rows = [], [], 0


def marked(pocket: Pocket, visits: Sequence[Visit]) -> list[Seen]:
    """What was seen, with which parents were read from the start: from then on they count again."""
    return [
        replace(seen, values={**seen.values, "from_start": True}) if visit.full and seen.link else seen
        for seen, visit in zip(pocket.seen, visits, strict=True)
    ]


def alone(job: Job, visit: Visit) -> Visit:
    """The pages of one parent as one; read from the start, what is left out has no value."""
    if not visit.pages:
        return visit
    page = joined(request_of(job), visit.pages)
    if visit.full:
        page = replace(page, marks=[(gone, None) for gone, _absent in page.marks])
    return replace(visit, pages=(page,))


def end_others(session: Session, job: Job, visit: Visit) -> None:
    """What a parent had and was not named when it was read from the start is gone."""
    table, columns = job.store.data[job.connector.id], tie_columns(job, job.all[0])
    names = [tie.parent for tie in ties_of(job.connectors, job.connector)]
    here = and_(*(table.c[column] == visit.parent[name] for column, name in zip(columns, names, strict=True)))
    upsert.end_unnamed(session, job.store, job.connector.id, job.run.run_id, here)


def settle_links(session: Session, job: Job, links: Mapping[str, Link], *, doubt: bool) -> None:
    """Remember where to go on with each parent that was read whole; nothing of it when the round is not believed."""
    here = (col(Coverage.tenant_id) == job.store.tenant, col(Coverage.run_id) == job.run.run_id)
    seen = session.scalars(select(Coverage).where(*here, col(Coverage.link) != "")).all()
    if doubt:
        from_start = [one.resource for one in seen if one.reason_values.get("from_start")]
        for start in range(0, len(from_start), 500):
            drop_links(session, job, LINK.c.resource.in_(from_start[start : start + 500]))
        return
    kept = [(one.resource, one.link, full_at(job, one, links)) for one in seen]
    keep_links(session, job, kept)


def full_at(job: Job, seen: Coverage, links: Mapping[str, Link]) -> datetime:
    """When a parent was last read from the start."""
    known = links.get(seen.resource)
    return job.now if seen.reason_values.get("from_start") or known is None else known.full_at


def forget_links(session: Session, job: Job, parents: Parents) -> None:
    """Drop the links of what is no parent any more: if it comes back, it is read from the start."""
    over = parents.chosen.order_by(None).subquery()
    known = select(resource_in(over, [tie.parent for tie in ties_of(job.connectors, job.connector)]))
    drop_links(session, job, LINK.c.resource.not_in(known))
