"""The simulated Microsoft as one thing to start and stop: TLS, its addresses, the mailbox, a log of requests."""

import secrets
import ssl
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import trustme

from ibpmon.demo.board import Board
from ibpmon.demo.microsoft import batch, changing, faults, identity
from ibpmon.demo.microsoft.answers import Answer, Json, Refusal, Request, bad_request
from ibpmon.demo.microsoft.datto import Datto
from ibpmon.demo.microsoft.faults import Fault, Faults
from ibpmon.demo.microsoft.files import Files
from ibpmon.demo.microsoft.front_desk import Door, FrontDesk
from ibpmon.demo.microsoft.graph import VERSIONS, Graph, documented_limits, path_of
from ibpmon.demo.microsoft.identity import Identity
from ibpmon.demo.microsoft.logs import Lateness
from ibpmon.demo.microsoft.mailbox import Mailbox, Smtp
from ibpmon.demo.microsoft.purview import Purview
from ibpmon.demo.microsoft.sharepoint import SharePointRest
from ibpmon.demo.microsoft.throttling import Budget, Limit
from ibpmon.demo.microsoft.webhook import WORKFLOWS, Webhook
from ibpmon.demo.microsoft.wire import Server, serve

NOTED = ("user-agent", "client-request-id", "consistencylevel", "prefer", "accept-encoding", "host")
LICENCES = ("P1", "INTUNE", "SPO")

Latency = float | Callable[[Request], float]


class Seen(NamedTuple):
    """A request as it is remembered: the path with its options, never a token."""

    method: str
    path: str
    status: int
    headers: dict[str, str]
    at: float = 0.0  # by the clock of the limits


class Microsoft:
    """Identity, Graph, SharePoint, a mailbox and Datto for one board; a context manager, or `start` and `stop`.

    `clock` says what time it is at the board and so which sign-ins exist; by default it starts at the moment of the
    board and runs on; `advance` moves it. Tokens live by the real clock.

    `reporting_limit` is (requests, seconds), None for no limit; with None nothing else is limited either, unless
    `limits` says so: per family (units, seconds), or None for no limit. Else the documented limits hold, and `limits`
    changes some of them. They run by `ticks`.

    `latency` is how long each answer takes: seconds, or a function of the request; a batch takes as long as the
    slowest of its questions. `lateness` says how long an event, by its id and moment, stays invisible.
    """

    def __init__(
        self,
        board: Board,
        *,
        folder: Path,
        mail: Path | None = None,
        clock: Callable[[], datetime] | None = None,
        licences: Iterable[str] = LICENCES,
        reporting_limit: tuple[int, float] | None = (5, 10.0),
        limits: Mapping[str, Budget | None] | None = None,
        token_life: int = 3599,
        latency: Latency = 0.0,
        lateness: Lateness | None = None,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.board, self.folder, self.latency, self.ticks = board, folder, latency, ticks
        self.faults, self.requests, self.inner = Faults(), list[Seen](), list[Seen]()
        self.desk = FrontDesk(board.tenant_id, lambda: [person.account for person in board.people])
        self.identity = Identity(board.tenant_id, token_life, self.desk)
        budgets = limits_of(board, reporting_limit, limits)
        moving = MovingClock(clock or running_clock(board.now))
        self.graph_api = Graph(board, moving, licences, budgets, lateness=lateness, ticks=ticks)
        self._moving, self._calm = moving, threading.RLock()
        self.files, self.purview = Files(board, self.now), Purview(board, self.now)
        self.graph_api.elsewhere = [self.files, self.purview]
        self.sharepoint_rest, self.rmm = SharePointRest(board), Datto(board, self.now, ticks)
        self.rmm.limit = Limit(*budget, ticks) if (budget := budgets.get("datto")) else None
        self._tls = self._certify(folder)
        self.mailbox = Mailbox(mail or folder / "mail", self._tls, secrets.token_urlsafe(12))
        self.mailbox.tokens = self.identity.may_submit
        self.graph_api.mailbox, self.webhook = self.mailbox, Webhook()
        self._servers = [*(Server(self, self._tls) for _ in range(3)), Server(Door(self.desk, self.note), None)]
        self._threads = [threading.Thread(target=serve, args=(server,), daemon=True) for server in self._servers]
        self.identity.base = self.graph_api.base = self._servers[0].origin
        self.identity.sharepoint = self._servers[1].origin
        self.desk.issuer, self.desk.base = f"{self.identity.base}/{board.tenant_id}/v2.0", self._servers[3].origin
        self.webhook.base = self._servers[0].origin

    @property
    def ca(self) -> Path:
        """The certificate authority that a client must trust."""
        return self.folder / "ca.pem"

    @property
    def tenant_id(self) -> str:
        """The tenant of the board."""
        return self.board.tenant_id

    @property
    def authority(self) -> str:
        """Where to sign in; the tenant comes behind it."""
        return self.identity.base

    @property
    def graph(self) -> str:
        """Where to read; the version comes behind it."""
        return self.graph_api.base

    @property
    def sharepoint(self) -> str:
        """The origin of SharePoint itself; `/sites/<name>/_api/` comes behind it."""
        return self.identity.sharepoint

    @property
    def datto(self) -> str:
        """The origin of the management of devices from afar."""
        return self._servers[2].origin

    @property
    def smtp(self) -> Smtp:
        """How to hand over mail."""
        return self.mailbox.smtp

    @property
    def licences(self) -> set[str]:
        """The licences of the tenant; may change while it runs."""
        return self.graph_api.licences

    @property
    def refused(self) -> Counter[str]:
        """How many questions each family of endpoints refused because of its limit."""
        return self.graph_api.throttling.refused

    @property
    def spent(self) -> Counter[str]:
        """How many units were asked of each family, what was refused included."""
        return self.graph_api.throttling.spent

    def now(self) -> datetime:
        """What time it is at the board."""
        return self.graph_api.clock()

    def advance(self, until: datetime) -> list[Any]:
        """Let the board live on until this moment, and the clock with it; gives what happened."""
        advance = import_module("ibpmon.demo.board.script").advance
        with self._calm:
            events: list[Any] = advance(self.board, until)
            self._moving.move(until)
            self.graph_api.forget()
        return events

    def change(self, name: str, what: Callable[[list[Json]], object]) -> None:
        """Let a function change a collection (`users`, `groups`, `devices`, ...) of the tenant."""
        with self._calm:
            changing.change(self.board, name, what)
            self.graph_api.forget()

    def register(
        self,
        client_id: str,
        *,
        certificate_pem: str | None = None,
        secret: str | None = None,
        permissions: Iterable[str] = (),
        mailboxes: Iterable[str] = (),
    ) -> None:
        """Make an app registration."""
        self.identity.register(
            client_id,
            certificate_pem=certificate_pem,
            secret=secret,
            permissions=permissions,
            mailboxes=mailboxes,
        )

    def register_web(
        self,
        client_id: str,
        redirects: Iterable[str],
        *,
        certificate_pem: str | None = None,
        secret: str | None = None,
        roles: Mapping[str, str] | None = None,
    ) -> None:
        """Make an app registration where people sign in, without permissions; `roles`: user name -> its app role."""
        self.identity.register(client_id, certificate_pem=certificate_pem, secret=secret)
        self.desk.register(client_id, redirects)
        for name, role in (roles or {}).items():
            if account := self.desk.account(name):
                self.desk.assign(client_id, str(account["id"]), role)

    def permissions(self, client_id: str, names: Iterable[str]) -> None:
        """Change what an app may do: what goes is gone at once, what comes is in new tokens only."""
        self.identity.permissions(client_id, names)

    def expire_tokens(self) -> None:
        """Make all tokens that were given worthless."""
        self.identity.expire_tokens()

    def start(self) -> None:
        """Begin to listen."""
        self.mailbox.start()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop listening; open connections are closed."""
        for server, thread in zip(self._servers, self._threads, strict=True):
            if thread.is_alive():
                server.shutdown()
                thread.join()
            server.hang_up()
            server.server_close()
        self.mailbox.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # ------------------------------------------------------------ one request

    def answer(self, request: Request) -> Answer:
        """The answer to one request, with whatever goes wrong with it."""
        return self._finished(request, faults.spoil)

    def answer_inner(self, request: Request) -> Answer:
        """The answer to one question of a batch, remembered apart."""
        answer = self._finished(request, faults.spoil_inner)
        text = "&".join(f"{name}={value}" for name, value in request.query.items())
        self.inner.append(self.seen(request, f"{request.path}{'?' if text else ''}{text}", answer.status))
        return answer

    def _finished(self, request: Request, spoil: Callable[[Fault, Answer, Request], Answer]) -> Answer:
        request_id = str(uuid.uuid4())
        fault = self.faults.next(request)
        try:
            with self._calm:
                answer = self._answer(request, fault)
        except Refusal as refused:
            answer = identity.refusal(refused) if is_sign_in(request.path) else refused.answer(request, request_id)
        answer = replace(answer, headers=dict(answer.headers), wait=answer.wait + self.delay(request))
        answer = spoil(fault, answer, request) if fault else answer
        mine = request.headers.get("client-request-id", request_id)
        answer.headers.update({"request-id": request_id, "client-request-id": mine})
        return answer

    def _answer(self, request: Request, fault: Fault | None) -> Answer:
        if fault:
            faults.refuse(fault)
        if is_graph(request.path):
            caller = self.identity.caller(request)
            if path_of(request) == "/$batch":
                return self._batch(request)
            return self.graph_api.answer(request, caller)
        found = self._answer_elsewhere(request)
        if found is None:
            raise bad_request(f"Resource not found for the segment '{request.path}'.")
        return found

    def _batch(self, request: Request) -> Answer:
        if request.method != "POST":
            raise Refusal(405, "Request_BadRequest", "Specified HTTP method is not allowed.")
        return batch.answer(request, self.answer_inner)

    def _answer_elsewhere(self, request: Request) -> Answer | None:
        """SharePoint itself, devices from afar, and signing in."""
        if "/_api/" in request.path:
            caller = self.identity.sharepoint_caller(request)
            headers = self.graph_api.throttling.spend("sharepoint-rest", 1, caller.client_id)
            found = self.sharepoint_rest.answer(request, caller)
            return replace(found, headers=found.headers | headers)
        if request.path.startswith(("/api/v2/", "/auth/oauth/")):
            return self.rmm.answer(request)
        if request.path.startswith(WORKFLOWS):
            return self.webhook.answer(request)
        return self.identity.answer(request)

    def delay(self, request: Request) -> float:
        """How long this answer takes; a batch has the time of its slowest question already."""
        if is_sign_in(request.path) or request.path.endswith("/$batch"):
            return 0.0
        return self.latency(request) if callable(self.latency) else self.latency

    def note(self, request: Request, raw_path: str, status: int) -> None:
        """Remember a request."""
        self.requests.append(self.seen(request, raw_path, status))

    def seen(self, request: Request, path: str, status: int) -> Seen:
        """A request as it is remembered."""
        kept = {name: value for name, value in request.headers.items() if name in NOTED}
        return Seen(request.method, path, status, kept, self.ticks())

    @staticmethod
    def _certify(folder: Path) -> ssl.SSLContext:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(tls)
        return tls


def limits_of(
    board: Board, reporting: Budget | None, limits: Mapping[str, Budget | None] | None
) -> dict[str, Budget | None]:
    """The limits that hold: the documented ones unless nothing is limited, and what the caller changes."""
    known: dict[str, Budget | None] = dict(documented_limits(board)) if reporting else {}
    return known | {"reporting": reporting} | dict(limits or {})


def is_graph(path: str) -> bool:
    """Whether a path is Graph's."""
    return path.split("/")[1] in VERSIONS and path.count("/") > 1


def is_sign_in(path: str) -> bool:
    """Whether a path is that of the sign-in address."""
    elsewhere = ("/api/v2/", "/auth/oauth/", WORKFLOWS)
    return not is_graph(path) and "/_api/" not in path and not path.startswith(elsewhere)


class MovingClock:
    """A clock that can be put forward."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock, self._ahead = clock, timedelta()

    def __call__(self) -> datetime:
        """The moment by the clock."""
        return self._clock() + self._ahead

    def move(self, to: datetime) -> None:
        """Let it be this moment now; from there it runs on as it ran."""
        self._ahead += to - self()


def running_clock(begin: datetime) -> Callable[[], datetime]:
    """A clock that stands at `begin` now and runs on."""
    started = time.monotonic()
    return lambda: begin.astimezone(UTC) + timedelta(seconds=time.monotonic() - started)
