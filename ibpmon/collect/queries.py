"""Shape query: ask for a search, wait until it is ready, and read what it found."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain

from sqlmodel import Session

from ibpmon.collect import runs
from ibpmon.collect.changes import LINK, drop_links
from ibpmon.collect.events import Reach, Row, Window, add, dated, ended, gap, note_lost, opening
from ibpmon.collect.job import PAGES, Job, bad_rows, give_up, needed, request_of, worse
from ibpmon.collect.runs import Outcome
from ibpmon.errors import SourceError
from ibpmon.providers.decode import Page
from ibpmon.providers.refusals import Gone
from ibpmon.providers.shapes import await_query, begin_query, list_pages, since_windows, whole_second
from ibpmon.store import upsert
from ibpmon.store.tables import Link, Run, micros

QUERY = "query"  # under this name the link table keeps the query that is not ready yet
NAME = "ibpmon"


def read_query(job: Job) -> list[Run]:
    """Search window by window; a search that was not ready last time is looked at first, and not asked anew."""
    cursor, begin, reach = opening(job)
    note_lost(job, cursor, begin)
    try:
        for window, query in windows(job, begin):
            read_found(job, window, query or asked(job, window), reach)
        outcome = worse(bad_rows(reach.bad), gap(cursor, begin))
    except SourceError as error:
        outcome = failed(job, error)
    return give_up(job, ended(outcome, begin, reach))


def windows(job: Job, begin: datetime) -> Iterator[tuple[Window, str]]:
    """The windows to search in, the one of the unfinished search first, with its number."""
    width = job.connector.window or (job.now - begin)
    with job.store.read() as session:
        left = session.get(Link, (job.store.tenant, job.connector.id, QUERY))
    if left is None or not left.full_at < left.read_at <= job.now:
        return ((window, "") for window in since_windows(begin, job.now, width))
    rest = ((window, "") for window in since_windows(left.read_at, job.now, width))
    return chain([((left.full_at, left.read_at), left.link)], rest)


def asked(job: Job, window: Window) -> str:
    """Ask for a search and remember its number."""
    body = {
        "@odata.type": "#microsoft.graph.security.auditLogQuery",
        "displayName": NAME,
        "filterStartDateTime": whole_second(window[0]),
        "filterEndDateTime": whole_second(window[1], up=True),
        "operationFilters": list(job.connector.operations),
    }
    query = begin_query(job.client, job.connector.path, body)
    with job.store.write() as session:
        row = (job.store.tenant, job.connector.id, QUERY, query, micros(window[0]), micros(window[1]))
        upsert.load(session, LINK, [row], ("tenant_id", "connector", "resource"), ANEW)
    return query


ANEW = 'DO UPDATE SET "link" = excluded."link", "full_at" = excluded."full_at", "read_at" = excluded."read_at"'


def read_found(job: Job, window: Window, query: str, reach: Reach) -> None:
    """Wait for a search and store what it found; the cursor moves with the last of it."""
    await_query(job.client, request_of(job), query)
    batch: list[Row] = []
    for number, page in enumerate(records(job, query), 1):
        batch += dated(job.connector, page.rows, page.bad)
        reach.bad.add(page.bad)
        if number % PAGES == 0:
            add(job, batch, reach)
    add(job, batch, reach, until=window[1], also=lambda session: forget(session, job))
    reach.until = window[1]


def records(job: Job, query: str) -> Iterator[Page]:
    """The pages of what a search found."""
    request = request_of(job)
    found = replace(request, endpoint=request.endpoint + "/{query}/records", select=False)
    return list_pages(job.client, found, {"query": query}, prefetch=True)


def forget(session: Session, job: Job) -> None:
    """The search is done with."""
    drop_links(session, job, LINK.c.resource == QUERY)


def failed(job: Job, error: SourceError) -> Outcome:
    """Why a search brought nothing; one that is gone or failed is asked anew next time."""
    if isinstance(error, Gone) or error.values.get("state"):
        with job.store.write() as session:
            forget(session, job)
    return runs.failure(error, needed(job.connector, error))
