"""The shapes of a read: a list, changes since a link, events since a moment, many parents, a query, a single object."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from operator import itemgetter
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from ibpmon.errors import MissingLicence, MissingPermission, PassingError, SourceError
from ibpmon.language import N_
from ibpmon.providers.addresses import fill
from ibpmon.providers.auth import SignInError
from ibpmon.providers.batch import Ask
from ibpmon.providers.client import Client, Graph
from ibpmon.providers.decode import NEXT, Decoder, Inner, Mark, Page, Portion, RecordDecoder, no_json
from ibpmon.providers.refusals import EXPIRED, Denied, Gone
from ibpmon.providers.waiting import PATIENCE, Stopped
from ibpmon.store.collected import Field

MOST_PAGES = 20_000
FAILURES_IN_A_ROW = 3  # requests without a single answer, after which the service is away and not a parent
WORKERS = 6  # batches in flight
TOGETHER = 20  # requests in one $batch: Microsoft takes no more
POLL = 30.0  # how often we look whether a query of the audit log is ready
IN_PATH = "/%!$&'()*+,;=:@"  # what stays as it is in the path of a site

T = TypeVar("T")
R = TypeVar("R")
Parent = Mapping[str, Any]
Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Request:
    """One read as a connector describes it."""

    endpoint: str  # /groups/{group_id}/members
    fields: tuple[Field, ...]
    page: int | None = None  # $top
    select: bool = True  # the reporting endpoints refuse $select
    budget: str = "directory"
    needs: tuple[str, ...] = ()  # the permissions to name when it is refused
    filter: str = ""
    cost: int = 1
    expand: tuple[str, ...] = ()
    prefer: tuple[str, ...] = ()
    inner: tuple[Inner, ...] = ()  # lists inside each record, kept by other connectors
    facet: str = ""  # only records that have this
    rows: str = ""  # the list in the answer, where that differs per endpoint
    changes: bool = False  # a delta: records may be removed, and leave fields out

    def params(self) -> dict[str, str | int]:
        """The query of the first page; after that the link says it all."""
        query: dict[str, str | int] = {}
        if self.select and (names := self.names()):
            query["$select"] = ",".join(names)
        if self.expand:
            query["$expand"] = ",".join(self.expand)
        if self.page:
            query["$top"] = self.page
        if self.filter:
            query["$filter"] = self.filter
        return query

    def names(self) -> list[str]:
        """The properties to ask for: the first part of each path, once; annotations come by themselves."""
        paths = [field.path[0] for field in self.fields if field.path and not field.path[0].startswith("@")]
        if not paths:
            return []
        lists = [one.path[0].removesuffix("@delta") for one in self.inner]
        return [*dict.fromkeys((*paths, *lists, *([self.facet, "deleted"] if self.facet else ())))]

    def key(self) -> Callable[[Sequence[Any]], Any]:
        """Takes the key out of a row."""
        return itemgetter(*(number for number, field in enumerate(self.fields) if field.key))

    def asking(self) -> dict[str, Any]:
        """How the client is to ask, besides the address."""
        headers = {"Prefer": ", ".join(self.prefer)} if self.prefer else {}  # no link keeps it: it goes on each page
        return {"needs": self.needs, "template": self.endpoint, "cost": self.cost, "headers": headers}


@dataclass(frozen=True, slots=True)
class Visit:
    """What came of one parent: its pages, or that it is gone, or why it could not be read."""

    parent: Parent
    pages: tuple[Page, ...] = ()
    gone: bool = False
    error: SourceError | None = None
    full: bool = True  # shape delta: read from the beginning


Form = tuple[str, tuple[str, ...]]
Reader = Decoder | RecordDecoder


@cache
def decoder_of(fields: tuple[Field, ...]) -> Decoder:
    """The decoder of these fields, made once."""
    return Decoder(fields)


@cache
def reader_of(fields: tuple[Field, ...], inner: tuple[Inner, ...], facet: str, form: Form, *, changes: bool) -> Reader:
    """The decoder that such answers need, made once; records with lists inside are looked into one by one."""
    return RecordDecoder(fields, inner, facet, form) if changes or inner or facet else Decoder(fields, form)


def reader(client: Client, request: Request) -> Reader:
    """The decoder of what this client answers to a request."""
    form = getattr(client, "form", None)
    rows, following = (form.rows, tuple(form.next)) if form else ("value", NEXT)
    form = (request.rows or rows, following)
    return reader_of(request.fields, request.inner, request.facet, form, changes=request.changes)


def address(request: Request, parent: Parent | None) -> str:
    """The path of the first request; one that begins with a site is asked at the path of that site."""
    if not request.endpoint.startswith("{"):
        return fill(request.endpoint, parent)
    place, _, rest = request.endpoint[1:].partition("}")
    site = urlsplit(str((parent or {})[place])).path.rstrip("/")
    return quote(site, safe=IN_PATH) + fill(rest, parent)


def list_pages(
    client: Client, request: Request, parent: Parent | None = None, *, prefetch: bool = False
) -> Iterator[Page]:
    """Every page of a list. With `prefetch` the next one is fetched while the caller works on this one."""
    pages = follow(client, request, parent)
    return ahead(pages) if prefetch else pages


def follow(client: Client, request: Request, parent: Parent | None, link: str = "") -> Iterator[Page]:
    """Page after page by the link in each; only a page without a link is the last, an empty one is not."""
    decoder, trip = reader(client, request), Trip.of(request, parent or {}, link)
    while not trip.done:
        body = client.get(trip.link, trip.params, request.budget, **request.asking())
        page = decoder.page(body, parent)
        trip.passed(request, page)
        yield page


@dataclass(slots=True)
class Trip:
    """One listing on its way: where it goes on, and where it has been."""

    parent: Parent
    link: str
    params: Params
    full: bool = True
    done: bool = False
    seen: set[str] = field(default_factory=set)
    pages: list[Page] = field(default_factory=list)
    keys: set[Any] = field(default_factory=set)  # of records that are kept

    @classmethod
    def of(cls, request: Request, parent: Parent, link: str = "") -> "Trip":
        """A listing from its beginning, or from a link that an earlier one left."""
        return cls(parent, link or address(request, parent), {} if link else request.params(), full=not link)

    def passed(self, request: Request, page: Page) -> None:
        """Go on to the next page, if there is one; a circle or an end that does not come is an error."""
        if not page.next_link:
            if request.changes and not page.delta_link:
                raise no_end(request)
            self.done = True
            return
        if page.next_link in self.seen:
            raise in_a_circle(request)
        if len(self.seen) >= MOST_PAGES - 1:
            raise too_many(request)
        self.seen.add(page.next_link)
        self.link, self.params = page.next_link, {}

    def kept(self, request: Request, page: Page) -> Page:
        """A page without what says nothing: from the beginning, a record that is not there was never there."""
        if not self.full:
            return page
        key = request.key()
        lines = []
        for row, mark in zip(page.rows, page.marks, strict=True):
            if not mark[0] or key(row) in self.keys:
                self.keys.add(key(row))
                lines.append((row, mark))
        return replace(page, rows=[row for row, _mark in lines], marks=[mark for _row, mark in lines])


# ---- changes


def expired(error: SourceError) -> bool:
    """Whether a link is too old to go on from: what changed must be read from the beginning."""
    codes = {error.values.get("code"), *error.values.get("codes", ())}
    return error.values.get("status") == 410 or bool(codes & EXPIRED)


def joined(request: Request, pages: Sequence[Page]) -> Page:
    """Pages of changes as one, in which each key stands once: the last word counts.

    What a record leaves out stays as an earlier record of this reading gave it.
    """
    key, found = request.key(), dict[Any, Line]()
    for page in pages:
        for row, mark in zip(page.rows, page.marks, strict=True):
            before = found.pop(key(row), None)
            found[key(row)] = (row, mark) if before is None else over(before, (row, mark))
    rows, marks = [row for row, _mark in found.values()], [mark for _row, mark in found.values()]
    bad = [name for page in pages for name in page.bad]
    return Page(rows, pages[-1].next_link, bad, pages[-1].delta_link, marks, portions_of(pages))


Line = tuple[tuple[Any, ...], Mark]


def over(before: Line, now: Line) -> Line:
    """The later record of one key, with what it leaves out taken from the earlier one."""
    (old, (was_gone, was_absent)), (new, (gone, absent)) = before, now
    if gone or was_gone or not absent:
        return now
    row = tuple(old[bit] if absent & (1 << bit) else value for bit, value in enumerate(new))
    return row, (None, (was_absent or 0) & absent or None)


def portions_of(pages: Sequence[Page]) -> dict[str, list[Portion]]:
    """The rows inside the records of several pages, once per record; a whole list takes the place of an earlier one."""
    found: dict[str, dict[Any, Portion]] = {name: {} for page in pages for name in page.portions}
    for name, portion in [(name, one) for page in pages for name, some in page.portions.items() for one in some]:
        before = found[name].get(portion.parent)
        rows = portion.rows if portion.whole or before is None else before.rows + portion.rows
        found[name][portion.parent] = Portion(portion.parent, portion.whole, rows)
    return {name: list(portions.values()) for name, portions in found.items()}


def since_windows(start: datetime, end: datetime, width: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """The span in windows of at most this width, the oldest first: what was read to the end of one stays read."""
    while start < end:
        stop = min(start + width, end)
        yield start, stop
        start = stop


def read_window(
    client: Client,
    request: Request,
    window: tuple[datetime, datetime],
    *,
    time: str = "createdDateTime",
    prefetch: bool = False,
) -> Iterator[Page]:
    """The events of one window, both ends included, the newest first. Graph knows no gt, no lt and no $select here."""
    start, end = window
    bounds = f"{time} ge {whole_second(start)} and {time} le {whole_second(end, up=True)}"
    narrowed = replace(request, select=False, filter=" and ".join(filter(None, (bounds, request.filter))))
    return list_pages(client, narrowed, prefetch=prefetch)


def whole_second(moment: datetime, *, up: bool = False) -> str:
    """A moment as Graph takes it in a filter, 2026-08-20T06:00:00Z, rounded so that the window only grows."""
    moment = moment.astimezone(UTC) + (timedelta(microseconds=999_999) if up else timedelta())
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def each(
    client: Client,
    request: Request,
    parents: Iterable[Parent],
    *,
    workers: int = WORKERS,
    links: Callable[[Parent], str] = lambda parent: "",
) -> Iterator[Visit]:
    """One listing per parent, in the order of the parents; a parent that fails is told and the rest goes on.

    Many are asked at once in a `$batch`, where the client has that. `links` says where to go on with a parent. Who
    fails in passing is asked once more after all others, when the bad moment may be over, and told last. What would
    fail for every parent ends it all: a permission that no parent could be read with, a missing licence, no sign-in,
    and a service that is away for several requests in a row.
    """
    read, size, late = 0, TOGETHER if hasattr(client, "batch") else 1, list[Parent]()

    def work(some: Sequence[Parent]) -> list[Visit]:
        return visited(client, request, [Trip.of(request, parent, links(parent)) for parent in some])

    for again, some in ((False, parents), (True, late)):
        away = 0
        for visits in several(work, chunks(some, size), workers):
            read += sum(visit.error is None for visit in visits)
            away = away + 1 if all(isinstance(visit.error, PassingError) for visit in visits) else 0
            for visit in visits:
                if visit.error and (away >= FAILURES_IN_A_ROW or (not read and for_all(visit.error))):
                    raise visit.error
                if isinstance(visit.error, PassingError) and not again:
                    late.append(visit.parent)
                else:
                    yield visit


def for_all(error: SourceError) -> bool:
    """Whether a refusal is about what we may at all, and not about this one parent."""
    return isinstance(error, MissingPermission) and not isinstance(error, Denied)


def visited(client: Client, request: Request, trips: Sequence[Trip]) -> list[Visit]:
    """All pages of some parents, asked together until each has its last page, or why there are none."""
    ended: dict[int, Visit] = {}
    while going := [number for number in range(len(trips)) if number not in ended]:
        answers = together(client, request, [trips[number] for number in going])
        for number, answer in zip(going, answers, strict=True):
            if visit := after(client, request, trips[number], answer):
                ended[number] = visit
    return [ended[number] for number in range(len(trips))]


def together(client: Client, request: Request, trips: Sequence[Trip]) -> "list[bytes | SourceError]":
    """The answers to the next request of each trip, in their order."""
    batch = getattr(client, "batch", None)
    if batch is None:
        return [alone(client, request, trip) for trip in trips]
    try:
        asked = [Ask(trip.link, trip.params) for trip in trips]
        answers: list[bytes | SourceError] = batch(asked, request.budget, **request.asking())
    except SourceError as error:
        return [error for _ in trips]
    return answers


def alone(client: Client, request: Request, trip: Trip) -> bytes | SourceError:
    """The answer to the next request of one trip."""
    try:
        return client.get(trip.link, trip.params, request.budget, **request.asking())
    except SourceError as error:
        return error


def after(client: Client, request: Request, trip: Trip, answer: bytes | SourceError) -> Visit | None:
    """What an answer makes of a trip: it goes on (None), or this came of it."""
    try:
        if isinstance(answer, SourceError):
            raise answer
        page = reader(client, request).page(answer, trip.parent)
        trip.passed(request, page)
    except SourceError as error:
        return ended_by(request, trip, error)
    trip.pages.append(trip.kept(request, page) if request.changes else page)
    if not trip.done:
        return None
    return Visit(trip.parent, tuple(trip.pages), full=trip.full)


def ended_by(request: Request, trip: Trip, error: SourceError) -> Visit | None:
    """What an error makes of a trip: gone is an answer, and a link that is too old asks for a new beginning."""
    if isinstance(error, Gone):
        return Visit(trip.parent, gone=True)
    if isinstance(error, MissingLicence | SignInError | Stopped):
        raise error
    if request.changes and not trip.full and expired(error):
        fresh = Trip.of(request, trip.parent)
        trip.link, trip.params, trip.full, trip.pages, trip.seen = fresh.link, fresh.params, True, [], set()
        return None
    return Visit(trip.parent, error=error)


def single(client: Client, request: Request, parent: Parent | None = None) -> Page:
    """One object as a page of one row."""
    body = client.get(address(request, parent), request.params(), request.budget, **request.asking())
    page = decoder_of(request.fields).single(body, parent)
    if not page.rows:
        raise odd_object(request)
    return page


# ---- a query: asked, waited for, and read


def begin_query(client: Graph, endpoint: str, body: Mapping[str, Any]) -> str:
    """Ask for a query; gives its number, under which it is found later."""
    return str(in_answer(client.post_query(endpoint, body), "id"))


def await_query(client: Client, request: Request, query: str) -> None:
    """Wait until a query is ready; PassingError when it takes longer than we stay, SourceError when it failed."""
    until = client.waiting.clock() + PATIENCE
    template = request.endpoint + "/{query}"
    while True:
        asked = request.asking() | {"template": template}
        body = client.get(fill(template, {"query": query}), {}, request.budget, **asked)
        state = str(in_answer(body, "status"))
        if state == "succeeded":
            return
        if state in ("failed", "cancelled"):
            raise failed_query(state)
        if client.waiting.clock() + POLL > until:
            raise slow_query()
        client.waiting.rest(POLL)


def in_answer(body: bytes, name: str) -> Any:
    """One value of an answer that is an object; empty when it is not there."""
    try:
        content = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        raise no_json() from None
    return content.get(name, "") if isinstance(content, dict) else ""


def count_of(client: Client, request: Request) -> int | None:
    """How many there are by the source's own count; None when it does not say."""
    path = request.endpoint.removesuffix("/delta") + "/$count"
    more: dict[str, Any] = {"needs": request.needs, "template": path, "headers": {"ConsistencyLevel": "eventual"}}
    text = client.get(path, {}, request.budget, **more).decode("utf-8-sig", "replace").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


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


def chunks(items: Iterable[T], size: int) -> Iterator[Sequence[T]]:
    """The items, so many at a time."""
    source = iter(items)
    while some := list(islice(source, size)):
        yield some


def several(work: Callable[[T], R], parts: Iterable[T], workers: int) -> Iterator[R]:
    """The work for each part in order, a few at a time; never more than twice the workers are waiting."""
    waiting: deque[Future[R]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="each")
    try:
        for part in parts:
            waiting.append(pool.submit(work, part))
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


def no_end(request: Request) -> SourceError:
    """The last page of changes does not say where to go on."""
    return SourceError(
        N_("the answer of Microsoft Graph to GET {template} does not say where to go on later"),
        why=N_("the last page of changes has neither a next page nor a delta link"),
        fix=N_("nothing to do at first: ibpmon reads it from the beginning; report it when it lasts"),
        template=request.endpoint,
    )


def failed_query(state: str) -> SourceError:
    """Microsoft gave up on a query."""
    return SourceError(
        N_("Microsoft ended the query of the audit log ({state})"),
        why=N_("it did not say why"),
        fix=N_("nothing to do at first: the next round asks anew; report it when it lasts"),
        state=state,
    )


def slow_query() -> PassingError:
    """A query that is not ready yet."""
    return PassingError(
        N_("the query of the audit log is not ready yet"),
        why=N_("Microsoft answers it when it has time, which may take hours"),
        fix=N_("nothing to do: the next round looks again"),
    )


def odd_object(request: Request) -> SourceError:
    """The object is not what its fields say."""
    return SourceError(
        N_("the answer of Microsoft Graph to GET {template} is not the object that was asked for"),
        why=N_("its values are not what the connector says"),
        fix=N_("check the fields of the connector; what was read before stays in use"),
        template=request.endpoint,
    )
