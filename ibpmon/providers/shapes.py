"""The shapes of a read: a list, the events since a moment, one listing per parent, and a single object."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from ibpmon.errors import MissingLicence, MissingPermission, PassingError, SourceError
from ibpmon.language import N_
from ibpmon.providers.addresses import fill
from ibpmon.providers.auth import SignInError
from ibpmon.providers.client import Graph
from ibpmon.providers.decode import Decoder, Page
from ibpmon.providers.refusals import Denied, Gone
from ibpmon.providers.waiting import Stopped
from ibpmon.store.collected import Field

MOST_PAGES = 20_000
FAILURES_IN_A_ROW = 3  # passing failures of parents, after which the service is away and not the parent
WORKERS = 4

Parent = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One read as a connector describes it."""

    endpoint: str  # /groups/{group_id}/members
    fields: tuple[Field, ...]
    page: int | None = None  # $top
    select: bool = True  # the reporting endpoints refuse $select
    budget: str = "directory"
    needs: tuple[str, ...] = ()  # the permissions to name when Graph refuses
    filter: str = ""

    def params(self) -> dict[str, str | int]:
        """The query of the first page; after that the link says it all."""
        query: dict[str, str | int] = {}
        if self.select and (names := self.names()):
            query["$select"] = ",".join(names)
        if self.page:
            query["$top"] = self.page
        if self.filter:
            query["$filter"] = self.filter
        return query

    def names(self) -> list[str]:
        """The properties to ask for: the first part of each path, once; annotations come by themselves."""
        return [*dict.fromkeys(f.path[0] for f in self.fields if f.path and not f.path[0].startswith("@"))]


@dataclass(frozen=True, slots=True)
class Visit:
    """What came of one parent: its pages, or that it is gone, or why it could not be read."""

    parent: Parent
    pages: tuple[Page, ...] = ()
    gone: bool = False
    error: SourceError | None = None


@cache
def decoder_of(fields: tuple[Field, ...]) -> Decoder:
    """The decoder of these fields, made once."""
    return Decoder(fields)


def list_pages(
    graph: Graph, request: Request, parent: Parent | None = None, *, prefetch: bool = False
) -> Iterator[Page]:
    """Every page of a list. With `prefetch` the next one is fetched while the caller works on this one."""
    pages = follow(graph, request, parent)
    return ahead(pages) if prefetch else pages


def follow(graph: Graph, request: Request, parent: Parent | None) -> Iterator[Page]:
    """Page after page by the link in each; only a page without a link is the last, an empty one is not."""
    decoder, seen = decoder_of(request.fields), set[str]()
    link, query = fill(request.endpoint, parent), request.params()
    for _number in range(MOST_PAGES):
        body = graph.get(link, query, request.budget, needs=request.needs, template=request.endpoint)
        page = decoder.page(body, parent)
        yield page
        if not page.next_link:
            return
        if page.next_link in seen:
            raise in_a_circle(request)
        seen.add(page.next_link)
        link, query = page.next_link, {}
    raise too_many(request)


def since_windows(start: datetime, end: datetime, width: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """The span in windows of at most this width, the oldest first: what was read to the end of one stays read."""
    while start < end:
        stop = min(start + width, end)
        yield start, stop
        start = stop


def read_window(
    graph: Graph,
    request: Request,
    window: tuple[datetime, datetime],
    *,
    time: str = "createdDateTime",
    prefetch: bool = False,
) -> Iterator[Page]:
    """The events of one window, both ends included, the newest first. Graph knows no gt, no lt and no $select here."""
    start, end = window
    bounds = f"{time} ge {whole_second(start)} and {time} le {whole_second(end, up=True)}"
    narrowed = Request(
        request.endpoint, request.fields, request.page, False, request.budget, request.needs, filter=bounds
    )
    return list_pages(graph, narrowed, prefetch=prefetch)


def whole_second(moment: datetime, *, up: bool = False) -> str:
    """A moment as Graph takes it in a filter, 2026-08-20T06:00:00Z, rounded so that the window only grows."""
    moment = moment.astimezone(UTC) + (timedelta(microseconds=999_999) if up else timedelta())
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def each(graph: Graph, request: Request, parents: Iterable[Parent], *, workers: int = WORKERS) -> Iterator[Visit]:
    """One listing per parent, in the order of the parents; a parent that fails is told and the rest goes on.

    What would fail for every parent ends it all: a missing permission or licence, no sign-in, and a service that is
    away for several parents in a row.
    """
    away = 0
    for visit in several(lambda parent: visited(graph, request, parent), parents, workers):
        away = away + 1 if isinstance(visit.error, PassingError) else 0
        if visit.error and away >= FAILURES_IN_A_ROW:
            raise visit.error
        yield visit


def visited(graph: Graph, request: Request, parent: Parent) -> Visit:
    """All pages of one parent, or why there are none."""
    try:
        return Visit(parent, tuple(follow(graph, request, parent)))
    except Gone:
        return Visit(parent, gone=True)
    except Denied as error:
        return Visit(parent, error=error)
    except (MissingPermission, MissingLicence, SignInError, Stopped):
        raise
    except SourceError as error:
        return Visit(parent, error=error)


def single(graph: Graph, request: Request, parent: Parent | None = None) -> Page:
    """One object as a page of one row."""
    query = request.params()
    link = fill(request.endpoint, parent)
    body = graph.get(link, query, request.budget, needs=request.needs, template=request.endpoint)
    page = decoder_of(request.fields).single(body, parent)
    if not page.rows:
        raise odd_object(request)
    return page


def ahead(pages: Iterator[Page]) -> Iterator[Page]:
    """The same pages, of which the next is fetched in a thread while this one is used.

    Its errors come out where the page would have; closing this waits for the fetch that is under way, so that nothing
    goes on behind anyone's back.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="prefetch") as pool:
        coming = pool.submit(next, pages, None)
        while (page := coming.result()) is not None:
            coming = pool.submit(next, pages, None)
            yield page


def several(work: Callable[[Parent], Visit], parents: Iterable[Parent], workers: int) -> Iterator[Visit]:
    """The work for each parent in order, a few at a time; never more than twice the workers are waiting."""
    waiting: deque[Future[Visit]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="each")
    try:
        for parent in parents:
            waiting.append(pool.submit(work, parent))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def in_a_circle(request: Request) -> SourceError:
    """The same link twice: following it would never end."""
    return SourceError(
        N_("Microsoft Graph gave the same next page twice for GET {template}"),
        why=N_("following it would never end, and what was read may not be whole"),
        fix=N_("nothing to do at first: ibpmon reads it again; report it when it lasts"),
        template=request.endpoint,
    )


def too_many(request: Request) -> SourceError:
    """More pages than any board has."""
    return SourceError(
        N_("Microsoft Graph gave more than {count} pages for GET {template}"),
        why=N_("no board has so much; it looks like a listing without an end"),
        fix=N_("report it; what was read before stays in use"),
        count=MOST_PAGES,
        template=request.endpoint,
    )


def odd_object(request: Request) -> SourceError:
    """The object is not what its fields say."""
    return SourceError(
        N_("the answer of Microsoft Graph to GET {template} is not the object that was asked for"),
        why=N_("its values are not what the connector says"),
        fix=N_("check the fields of the connector; what was read before stays in use"),
        template=request.endpoint,
    )
