"""Many reads in one request: Graph's `$batch`, in which each read succeeds, fails and is tried again by itself."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import msgspec
from requests.structures import CaseInsensitiveDict

from ibpmon.errors import PassingError, SourceError
from ibpmon.providers.allowed import MOST_TOGETHER
from ibpmon.providers.auth import SignInError, TokenSource
from ibpmon.providers.budget import Budgets, heed, whole
from ibpmon.providers.refusals import DONE, Answer, Call, is_closed, may_pass
from ibpmon.providers.waiting import PATIENCE, TOKENS, TRIES, Stopped, Waiting

log = logging.getLogger("ibpmon.providers")


@dataclass(frozen=True, slots=True)
class Ask:
    """One of several questions that go together."""

    link: str  # a path with params, or a link from an answer
    params: Mapping[str, str | int] = field(default_factory=dict)


class Sender(Protocol):
    """What a batch needs of the client that sends it."""

    root: str
    tokens: TokenSource
    budgets: Budgets
    waiting: Waiting

    def address(self, ask: Ask) -> str:
        """The address of a question, past the gate."""

    def template(self, call: Call, url: str) -> str:
        """The path as logs may show it."""

    def version_of(self, url: str) -> tuple[str, str]:
        """The version of an address, and the path and query below it."""

    def patiently(self, call: Call) -> bytes:
        """The body of one answer, after as many tries as it takes."""

    def refused(self, call: Call, answer: Answer) -> tuple[SourceError, float | None]:
        """What a refusal means, and how long we are asked to wait."""

    def cut_off(self, call: Call, answer: Answer) -> PassingError:
        """An answer that stops halfway."""

    def own_wait(self, attempt: int) -> float:
        """How long we wait when nobody says."""


class Item:
    """One question on its way to an answer."""

    def __init__(self, number: int) -> None:
        self.id, self.version, self.path = str(number), "", ""
        self.call = Call("", "", "", ())
        self.tries, self.renewed, self.wait = 0, 0, 0.0
        self.error: SourceError | None = None  # of the last try
        self.outcome: bytes | SourceError | None = None


class Told(msgspec.Struct):
    """One answer within the answer; its body is passed on as it came."""

    id: str
    status: int
    headers: dict[str, Any] | None = None
    body: msgspec.Raw = msgspec.Raw(b"")


class Responses(msgspec.Struct):
    """The answer to a batch, in any order."""

    responses: list[Told]


@dataclass(frozen=True, slots=True)
class Response:
    """What came for one question."""

    status: int
    headers: Mapping[str, str]
    body: bytes


DECODER = msgspec.json.Decoder(Responses)


def answers(client: Sender, asks: Sequence[Ask], call: Call) -> list[bytes | SourceError]:
    """The answer to each question, in their order, or why there is none.

    A round sends what has no outcome yet, as many together as the budget and Graph allow, and then waits as long as
    the most patient of the refusals asks.
    """
    items, began = [item_of(client, number, ask, call) for number, ask in enumerate(asks)], client.waiting.clock()
    while waiting := [item for item in items if item.outcome is None]:
        for group in groups(client, waiting, call):
            ask_together(client, group, call)
        wait_for(client, [item for item in waiting if item.outcome is None], call, began)
    return [item.outcome for item in items if item.outcome is not None]


def item_of(client: Sender, number: int, ask: Ask, call: Call) -> Item:
    """A question past the gate; one that does not pass has its outcome already."""
    item = Item(number)
    try:
        url = client.address(ask)
        item.version, item.path = client.version_of(url)
        item.call = replace(call, url=url, template=client.template(call, url))
    except SourceError as error:
        item.outcome = error
    return item


def groups(client: Sender, items: Iterable[Item], call: Call) -> Iterator[list[Item]]:
    """The questions per request: of one version, and no more than fit in the budget at once."""
    fits = max(1, min(MOST_TOGETHER, client.budgets[call.budget].limit.requests // max(call.cost, 1)))
    by_version: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_version[item.version].append(item)
    for some in by_version.values():
        yield from (some[start : start + fits] for start in range(0, len(some), fits))


def ask_together(client: Sender, group: Sequence[Item], call: Call) -> None:
    """Send one batch and give each question what came for it."""
    try:
        found = read(client.patiently(envelope(client, group, call)))
    except (Stopped, SignInError):
        raise
    except SourceError as error:
        for item in group:
            item.outcome = error
        return
    for response in sorted(filter(tells, found.values()), key=left, reverse=True):
        heed(client.budgets[call.budget], response.headers)  # the one that knows of the least comes last
    renew = False
    for item in group:
        renew |= settle(client, item, found.get(item.id))
    if renew:
        client.tokens.renew()


def envelope(client: Sender, group: Sequence[Item], call: Call) -> Call:
    """The post that carries the questions; it costs what they cost."""
    headers = {"headers": dict(call.headers)} if call.headers else {}
    requests = [{"id": item.id, "method": "GET", "url": item.path, **headers} for item in group]
    url = f"{client.root}/{group[0].version}/$batch"
    template = f"/$batch of {len(group)} x GET {group[0].call.template}"
    body = msgspec.json.encode({"requests": requests})
    return Call(url, template, call.budget, call.needs, call.cost * len(group), body=body)


def read(body: bytes) -> dict[str, Response]:
    """The answers by the number of their question; nothing when it is not the answer to a batch."""
    try:
        parsed = DECODER.decode(body)
    except (ValueError, RecursionError):
        return {}
    found = dict[str, Response]()
    for told in parsed.responses:
        headers = CaseInsensitiveDict({name: str(value) for name, value in (told.headers or {}).items()})
        found.setdefault(told.id, Response(told.status, headers, bytes(told.body)))
    return found


def tells(response: Response) -> bool:
    """Whether an answer says how near the limit is; far from it none does."""
    return "RateLimit-Remaining" in response.headers or "x-ms-throttle-limit-percentage" in response.headers


def left(response: Response) -> int:
    """What is left of the limit by this answer; one that does not say comes before all that do."""
    number = whole(response.headers.get("RateLimit-Remaining", ""))
    return 10**9 if number is None else number


def settle(client: Sender, item: Item, response: Response | None) -> bool:
    """Note what came for a question; gives whether it asks for a new token."""
    if response is None:
        return failed(item, client.cut_off(item.call, Answer(0, {}, b"", "")), 0.0)
    answer = Answer(response.status, response.headers, response.body, "")
    if answer.status in DONE:
        if is_closed(answer.body):
            item.outcome = answer.body
            return False
        return failed(item, client.cut_off(item.call, answer), 0.0)
    log.warning("GET %s %d in a batch request-id=%s", item.call.template, answer.status, answer.request_id)
    error, asked = client.refused(item.call, answer)
    if answer.status == 401 and item.renewed < TOKENS:
        item.renewed += 1
        return True
    return failed(item, error, asked or 0.0)


def failed(item: Item, error: SourceError, asked: float) -> bool:
    """Note a failure: the outcome when trying again cannot help, or has been done often enough."""
    item.tries, item.error, item.wait = item.tries + 1, error, asked
    if not may_pass(error) or item.tries >= TRIES:
        item.outcome = error
    return False


def wait_for(client: Sender, items: Sequence[Item], call: Call, began: float) -> None:
    """Wait before these are asked again; what we have no patience for keeps its error."""
    failures = [item for item in items if item.error]
    if not failures:
        return  # only a new token was needed
    wait = max(item.wait or client.own_wait(item.tries) for item in failures)
    if client.waiting.clock() + wait - began > PATIENCE:
        for item in failures:
            item.outcome = item.error
        return
    if any(item.error and item.error.values.get("status") == 429 for item in failures):
        client.budgets[call.budget].hold(wait)
    client.waiting.rest(wait)
