"""The only HTTP client to Microsoft Graph: reads, with pacing, patience and a gate before every address."""

import logging
import random
import time
from collections.abc import Callable, Iterable, Mapping
from uuid import uuid4

import requests

from ibpmon.errors import PassingError, SourceError
from ibpmon.language import N_
from ibpmon.providers.addresses import first_address, guarded, template_of
from ibpmon.providers.auth import Token, Tokens
from ibpmon.providers.budget import Budgets
from ibpmon.providers.refusals import RETRY, Answer, Call, Denied, asked_to_wait, plain, refusal
from ibpmon.providers.session import Session
from ibpmon.providers.troubles import trouble
from ibpmon.providers.waiting import Stopped, Waiting

log = logging.getLogger("ibpmon.providers")

TRIES = 6
SIGN_IN_TRIES = 3
PATIENCE = 30 * 60.0  # for one call with all its waits
LONGEST_STEP = 60.0  # of our own waits; Microsoft may ask for more
AWAY = 60.0  # how long we believe that a host that could not be reached is still away: each source asks anew


class Graph:
    """Reads Microsoft Graph for one tenant. It only GETs, and threads may share it."""

    def __init__(
        self,
        session: Session,
        tokens: Tokens,
        root: str,
        budgets: Budgets,
        waiting: Waiting,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.session, self.tokens, self.root = session, tokens, root
        self.budgets, self.waiting, self.chance = budgets, waiting, chance
        self._away_until = float("-inf")
        self._no_token: tuple[float, SourceError] | None = None

    def __enter__(self) -> "Graph":
        """Itself; leaving the block closes its connections."""
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.session.close()

    def get(
        self,
        path_or_link: str,
        params: Mapping[str, str | int] | None = None,
        budget: str = "directory",
        *,
        needs: Iterable[str] = (),
        template: str = "",
    ) -> bytes:
        """The body of one answer, after as many tries as it takes; SourceError says why there is none.

        `path_or_link` is a path ("/users") with `params`, or a link from an answer, which passes the gate.
        `needs` are the permissions to name when Graph refuses; `template` is the path as logs may show it.
        """
        link = path_or_link if "://" in path_or_link else first_address(path_or_link, params, self.root)
        url = guarded(link, self.root)
        return self.patiently(Call(url, template or template_of(url), budget, tuple(needs)))

    def patiently(self, call: Call) -> bytes:
        """Try until there is an answer, the error is permanent, or patience ends; a new token is no try."""
        began, attempt, renewed = self.waiting.clock(), 0, False
        tries = 1 if began < self._away_until else TRIES
        while True:
            outcome, wait = self.attempt(call)
            if isinstance(outcome, bytes):
                return outcome
            if outcome.values.get("status") == 401 and not renewed:
                renewed = True
                self.tokens.renew()
                continue
            attempt += 1
            wait = wait or self.own_wait(attempt)
            if not may_pass(outcome) or attempt >= tries or self.waiting.clock() + wait - began > PATIENCE:
                raise outcome
            self.waiting.rest(wait)

    def attempt(self, call: Call) -> tuple[bytes | SourceError, float | None]:
        """One request: its body, or why there is none and how long Microsoft asks us to wait."""
        token = self.token()
        try:
            answer = self.exchange(call, token)
        except requests.RequestException as error:
            self._away_until = self.waiting.clock() + AWAY
            return trouble(error, self.root), None
        self._away_until = float("-inf")
        if answer.status == 200:
            return (answer.body, None) if is_closed(answer.body) else (cut_off(call, answer), None)
        return self.refused(call, answer)

    def refused(self, call: Call, answer: Answer) -> tuple[SourceError, float | None]:
        """What a refusal means, and what it asks of the requests that follow."""
        asked = asked_to_wait(answer.headers) if answer.status in RETRY else None
        if asked and answer.status in (429, 503):
            self.budgets[call.budget].hold(asked)
        if answer.status == 503:
            self.session.renew()
        error = refusal(answer, call)
        if answer.status == 403 and not isinstance(error, Denied):
            self.tokens.renew()  # a permission that is granted now is in new tokens only
        return error, asked

    def exchange(self, call: Call, token: Token) -> Answer:
        """Send one request in its place in the budget and read the whole answer."""
        ours, budget = str(uuid4()), self.budgets[call.budget]
        place, began = budget.take(), time.monotonic()
        headers = {"Authorization": f"Bearer {token.reveal()}", "client-request-id": ours, "Accept": "application/json"}
        try:
            response = self.session.get(call.url, headers=headers)
        except requests.RequestException as error:
            note(logging.WARNING, call, type(error).__name__, ours, "", began)
            raise
        budget.answered(place)
        answer = Answer(response.status_code, response.headers, response.content, ours)
        level = logging.DEBUG if answer.status == 200 else logging.WARNING
        note(level, call, str(answer.status), ours, answer.request_id, began)
        return answer

    def token(self) -> Token:
        """A token; what Entra refused a moment ago is not asked again, so that nine sources do not wait nine times."""
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
        return min(2.0 ** (attempt - 1), LONGEST_STEP) * (0.5 + self.chance())


def may_pass(error: SourceError) -> bool:
    """Whether trying again can help: the line broke, or the service asks for rest or has a bad moment."""
    return isinstance(error, PassingError) and error.values.get("status", 503) in RETRY


def is_closed(body: bytes) -> bool:
    """Whether a body ends as JSON objects end; a cut answer without a length shows in nothing else."""
    return body[-64:].rstrip().endswith(b"}")


def cut_off(call: Call, answer: Answer) -> PassingError:
    """An answer that stops halfway."""
    return PassingError(
        N_("the answer of Microsoft Graph to GET {template} is not whole"),
        why=N_("it stops halfway, or is not from Microsoft Graph"),
        fix=N_("nothing to do: ibpmon tries again; check tenant.proxy in config.toml when it lasts"),
        template=call.template,
        request_id=answer.request_id,
        client_request_id=answer.client_request_id,
    )


def note(level: int, call: Call, status: str, ours: str, theirs: str, began: float) -> None:
    """One line per request: numbers and the path's template, never an address, a body or a token."""
    log.log(
        level,
        "GET %s %s family=%s ms=%d client-request-id=%s request-id=%s",
        call.template,
        plain(status),
        call.budget,
        (time.monotonic() - began) * 1000,
        ours,
        theirs,
    )
