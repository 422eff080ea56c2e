"""The clients of the services that we read: with pacing, patience and a gate before every address."""

import logging
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Self
from uuid import uuid4

import msgspec
import requests

from ibpmon.errors import PassingError, SourceError
from ibpmon.language import N_
from ibpmon.providers import batch, refusals, sending
from ibpmon.providers.addresses import GRAPH, VERSIONS, Service, first_address, guarded, template_of
from ibpmon.providers.auth import SignInError, Token, TokenSource
from ibpmon.providers.batch import Ask
from ibpmon.providers.budget import Budgets, heed, whole
from ibpmon.providers.refusals import (
    DONE,
    REST,
    RETRY,
    Answer,
    Call,
    Denied,
    Meaning,
    asked_to_wait,
    is_closed,
    may_pass,
    plain,
    refusal,
)
from ibpmon.providers.session import Session
from ibpmon.providers.troubles import trouble
from ibpmon.providers.waiting import PATIENCE, TOKENS, TRIES, Stopped, Waiting

log = logging.getLogger("ibpmon.providers")

SIGN_IN_TRIES = 3
CLOCK_OFFSET = "clock_offset_seconds"  # a gauge; above 0 our clock is ahead
LONGEST_STEP = 60.0  # of our own waits; the service may ask for more
AWAY = 60.0  # how long we believe that a host that could not be reached is still away: each source asks anew
# What a link does not remember and goes along on every page.
ASKING = frozenset({"Prefer", "ConsistencyLevel"})

Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Form:
    """How a service writes a list: under which key its rows stand, and along which keys the next link."""

    rows: str = "value"
    next: tuple[str, ...] = ("@odata.nextLink",)


class Client:
    """Reads one service for one tenant. It changes nothing there, and threads may share it."""

    name: ClassVar[str]
    service: ClassVar[Service]
    form: ClassVar[Form]
    accept: ClassVar[str] = "application/json"
    first_wait: ClassVar[float] = 1.0  # of our own, when the service does not say how long

    def __init__(
        self,
        session: Session,
        tokens: TokenSource,
        root: str,
        budgets: Budgets,
        waiting: Waiting,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.session, self.tokens, self.root = session, tokens, root
        self.budgets, self.waiting, self.chance = budgets, waiting, chance
        self.doorway = sending.Doorway()
        self._away_until = float("-inf")
        self._no_token: tuple[float, SourceError] | None = None

    def __enter__(self) -> Self:
        """Itself; leaving the block closes its connections."""
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.session.close()

    # ---- what differs per service

    def first(self, path: str, params: Params | None) -> str:
        """The address of a first request."""
        raise NotImplementedError

    def means(self, status: int, code: str, sentence: str) -> Meaning:
        """What a refusal of this service means."""
        raise NotImplementedError

    def measured(self) -> Mapping[str, int | None]:
        """What was seen on the way, by the name of its gauge; None for what there is not."""
        return self.tokens.measured()

    # ---- reading

    def get(
        self,
        path_or_link: str,
        params: Params | None = None,
        budget: str = "directory",
        *,
        needs: Iterable[str] = (),
        template: str = "",
        cost: int = 1,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """The body of one answer, after as many tries as it takes; SourceError says why there is none.

        `path_or_link` is a path ("/users") with `params`, or a link from an answer, which passes the gate.
        `needs` are the permissions to name when it is refused, `template` is the path as logs may show it, `cost` the
        units that it takes of its budget, and `headers` what the link does not remember (Prefer, ConsistencyLevel).
        """
        url = self.address(Ask(path_or_link, params or {}))
        call = Call(url, template, budget, tuple(needs), cost, asking(headers))
        return self.patiently(replace(call, template=self.template(call, url)))

    def batch(
        self,
        asks: Sequence[Ask],
        budget: str = "directory",
        *,
        needs: Iterable[str] = (),
        template: str = "",
        cost: int = 1,
        headers: Mapping[str, str] | None = None,
    ) -> list[bytes | SourceError]:
        """The answer to each question, in their order, or why there is none. Here one by one."""
        more: dict[str, Any] = {"needs": tuple(needs), "template": template, "cost": cost, "headers": headers}
        return [self.answer_to(ask, budget, more) for ask in asks]

    def answer_to(self, ask: Ask, budget: str, more: Mapping[str, Any]) -> bytes | SourceError:
        """One answer or why there is none; what would fail for all is raised."""
        try:
            return self.get(ask.link, ask.params, budget, **more)
        except (Stopped, SignInError):
            raise
        except SourceError as error:
            return error

    def address(self, ask: Ask) -> str:
        """The address of a question, past the gate."""
        link = ask.link if "://" in ask.link else self.first(ask.link, ask.params)
        return guarded(link, self.root, self.service)

    def template(self, call: Call, url: str) -> str:
        """The path as logs may show it."""
        return call.template or template_of(url)

    # ---- patience

    def patiently(self, call: Call) -> bytes:
        """Try until there is an answer, the error is permanent, or patience ends; a new token is no try."""
        began, attempt, renewed = self.waiting.clock(), 0, 0
        tries = 1 if began < self._away_until else TRIES
        while True:
            outcome, wait = self.attempt(call)
            if isinstance(outcome, bytes):
                return outcome
            if outcome.values.get("status") == 401 and renewed < TOKENS:
                if renewed:
                    self.waiting.rest(self.own_wait(renewed))
                renewed += 1
                self.tokens.renew()
                continue
            attempt += 1
            wait = wait or self.own_wait(attempt)
            if not may_pass(outcome) or attempt >= tries or self.waiting.clock() + wait - began > PATIENCE:
                raise outcome
            if outcome.values.get("status") == 429:
                self.budgets[call.budget].hold(wait)  # others of this family would only be refused as well
            self.waiting.rest(wait)

    def attempt(self, call: Call) -> tuple[bytes | SourceError, float | None]:
        """One request: its body, or why there is none and how long the service asks us to wait."""
        token = self.token()
        try:
            answer = self.exchange(call, token)
        except requests.RequestException as error:
            failure = trouble(error, self.root, self.service.setting)
            if isinstance(failure, PassingError):
                self._away_until = self.waiting.clock() + AWAY
            return failure, None
        self._away_until = float("-inf")
        if answer.status in DONE:
            return (answer.body, None) if is_closed(answer.body) else (self.cut_off(call, answer), None)
        if answer.status == 503:
            self.session.renew()
        return self.refused(call, answer)

    def refused(self, call: Call, answer: Answer) -> tuple[SourceError, float | None]:
        """What a refusal means, and what it asks of the requests that follow."""
        asked = asked_to_wait(answer.headers) if answer.status in RETRY else None
        if asked and answer.status in REST:
            self.budgets[call.budget].hold(asked)
        error = refusal(answer, call, self.service, self.means)
        if answer.status == 403 and not isinstance(error, Denied):
            self.tokens.renew()  # a permission that is granted now is in new tokens only
        return error, asked

    def exchange(self, call: Call, token: Token) -> Answer:
        """Send one request in its place in the budget and read the whole answer."""
        ours, budget = str(uuid4()), self.budgets[call.budget]
        place, began = budget.take(call.cost), time.monotonic()
        try:
            response = self.send(call, token, ours)
        except requests.RequestException as error:
            budget.gone(place)
            note(logging.WARNING, call, type(error).__name__, ours, "", began)
            raise
        budget.answered(place, units_of(response.headers) if call.budget == "directory" else 0)
        heed(budget, response.headers)
        answer = Answer(response.status_code, response.headers, response.content, ours)
        level = logging.DEBUG if answer.status < 300 else logging.WARNING
        note(level, call, str(answer.status), ours, answer.request_id, began)
        return answer

    def send(self, call: Call, token: Token, ours: str) -> requests.Response:
        """One request with its headers; the token is on this request alone."""
        headers = {
            "Authorization": f"Bearer {token.reveal()}",
            "client-request-id": ours,
            "Accept": self.accept,
            **call.headers,
        }
        if call.body is None:
            return self.session.get(call.url, headers=headers)
        return self.session.post(call.url, data=call.body, headers={**headers, "Content-Type": call.content_type})

    def token(self) -> Token:
        """A token; what was refused a moment ago is not asked again, so that nine sources do not wait nine times."""
        if self._no_token and self.waiting.clock() < self._no_token[0]:
            raise self._no_token[1]
        try:
            return self.asked_token()
        except Stopped:
            raise
        except SourceError as error:
            self._no_token = self.waiting.clock() + AWAY, error
            raise

    def asked_token(self) -> Token:
        """A token; a sign-in that fails in passing is tried a few times."""
        for attempt in range(1, SIGN_IN_TRIES):
            try:
                return self.tokens.get()
            except PassingError as error:
                log.warning("sign-in failed, trying again: %s", error)
                self.waiting.rest(self.own_wait(attempt))
        return self.tokens.get()

    def own_wait(self, attempt: int) -> float:
        """Longer after each try, and by chance, so that many callers do not come back at once."""
        return min(self.first_wait * 2.0 ** (attempt - 1), LONGEST_STEP) * (0.5 + self.chance())

    def cut_off(self, call: Call, answer: Answer) -> PassingError:
        """An answer that stops halfway."""
        return PassingError(
            N_("the answer of {service} to {method} {template} is not whole"),
            why=N_("it stops halfway, or is not from {service}"),
            fix=N_("nothing to do: ibpmon tries again; check tenant.proxy in config.toml when it lasts"),
            service=self.service.name,
            method=call.method,
            template=call.template,
            request_id=answer.request_id,
            client_request_id=answer.client_request_id,
        )


class Graph(Client):
    """Microsoft Graph: twenty reads go in one request, and the audit log is asked by a query."""

    name, service, form = "graph", GRAPH, Form()

    def first(self, path: str, params: Params | None) -> str:
        """The path under v1.0, unless it names its version."""
        return first_address(path, params, self.root)

    def means(self, status: int, code: str, sentence: str) -> Meaning:
        """As Graph's documentation has it."""
        return refusals.meaning(status, code, sentence)

    def measured(self) -> Mapping[str, int | None]:
        """Our clock beside Microsoft's as well; one that is far off is told by Entra, which then lets nobody in."""
        drift = self.session.drift.seconds
        return {**super().measured(), **({} if drift is None else {CLOCK_OFFSET: drift})}

    def batch(
        self,
        asks: Sequence[Ask],
        budget: str = "directory",
        *,
        needs: Iterable[str] = (),
        template: str = "",
        cost: int = 1,
        headers: Mapping[str, str] | None = None,
    ) -> list[bytes | SourceError]:
        """The answer to each question, in their order, or why there is none: many in one request.

        Each question is tried again by itself, as `get` would; only what fails for all of them is raised.
        """
        call = Call("", template, budget, tuple(needs), cost, asking(headers))
        return batch.answers(self, asks, call)

    def post_query(self, path: str, body: Mapping[str, Any]) -> bytes:
        """Ask for a query of the audit log; the answer says how it will be found."""
        url = self.address(Ask(path))
        call = Call(url, template_of(url), "audit-query", ("AuditLogsQuery.Read.All",), body=msgspec.json.encode(body))
        return self.patiently(call)

    def send_mail(self, mailbox: str, mime: bytes) -> Answer:
        """Hand over one mail from the mailbox that the session may send from; the answer, of whatever status.

        A mail that may have gone out is never sent again here: PerhapsSent says so. Only a token that is refused is
        replaced, for with that nothing was taken.
        """
        call = sending.call_of(self.address(Ask(sending.path_of(mailbox))), mime)
        with self.doorway.place():
            for _try in range(TOKENS):
                answer = sending.hand_over(partial(self.exchange, call, self.token()), self.root, self.service)
                if answer.status != 401:
                    break
                self.tokens.renew()
        return answer

    def version_of(self, url: str) -> tuple[str, str]:
        """The version of an address of ours, and the path and query below it as a batch wants them."""
        version, _, below = url.removeprefix(self.root).lstrip("/").partition("/")
        assert version in VERSIONS, "the gate looked"  # noqa: S101 - a promise of `guarded`
        return version, f"/{below}"


def asking(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Headers that a connector may send; another one is a mistake in the engine."""
    found = dict(headers or {})
    if not set(found) <= ASKING:
        raise ValueError(f"not a header to ask with: {sorted(set(found) - ASKING)}")
    return found


def units_of(headers: Mapping[str, str]) -> int:
    """The units that Graph says a request took; 0 when it does not say."""
    return whole(headers.get("x-ms-resource-unit", "")) or 0


def note(level: int, call: Call, status: str, ours: str, theirs: str, began: float) -> None:
    """One line per request: numbers and the path's template, never an address, a body or a token."""
    log.log(
        level,
        "%s %s %s family=%s ms=%d client-request-id=%s request-id=%s",
        call.method,
        call.template,
        plain(status),
        call.budget,
        (time.monotonic() - began) * 1000,
        ours,
        theirs,
    )
