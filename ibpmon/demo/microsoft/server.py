"""The simulated Microsoft as one thing to start and stop: TLS, both addresses, the mailbox, a log of requests."""

import gzip
import secrets
import socket
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import unquote

import trustme

from ibpmon.demo.board import Board
from ibpmon.demo.microsoft import faults, identity
from ibpmon.demo.microsoft.answers import Answer, Refusal, Request, bad_request
from ibpmon.demo.microsoft.faults import Fault, Faults
from ibpmon.demo.microsoft.graph import Graph
from ibpmon.demo.microsoft.identity import Identity
from ibpmon.demo.microsoft.mailbox import Mailbox, Smtp

NOTED = ("user-agent", "client-request-id", "consistencylevel", "prefer", "accept-encoding")


class Seen(NamedTuple):
    """A request as it is remembered: the path with its options, never a token."""

    method: str
    path: str
    status: int
    headers: dict[str, str]


class Microsoft:
    """Identity, Graph and a mailbox for one board; a context manager, or `start` and `stop`.

    `clock` says what time it is at the board and so which sign-ins exist; by default it starts at the moment of the
    board and runs on. Tokens live by the real clock. `reporting_limit` is (requests, seconds), None for no limit.
    """

    def __init__(
        self,
        board: Board,
        *,
        folder: Path,
        mail: Path | None = None,
        clock: Callable[[], datetime] | None = None,
        licences: Iterable[str] = ("P1", "INTUNE"),
        reporting_limit: tuple[int, float] | None = (5, 10.0),
        token_life: int = 3599,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.board, self.folder = board, folder
        self.faults, self.requests = Faults(), list[Seen]()
        self.identity = Identity(board.tenant_id, token_life)
        self.graph_api = Graph(board, clock or running_clock(board.now), licences, reporting_limit)
        self._tls = self._certify(folder)
        self.mailbox = Mailbox(mail or folder / "mail", self._tls, secrets.token_urlsafe(12))
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="microsoft", daemon=True)
        self.identity.base = self.graph_api.base = f"https://localhost:{self._server.server_port}"

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
    def smtp(self) -> Smtp:
        """How to hand over mail."""
        return self.mailbox.smtp

    @property
    def licences(self) -> set[str]:
        """The licences of the tenant; may change while it runs."""
        return self.graph_api.licences

    def register(
        self,
        client_id: str,
        *,
        certificate_pem: str | None = None,
        secret: str | None = None,
        permissions: Iterable[str] = (),
    ) -> None:
        """Make an app registration."""
        self.identity.register(client_id, certificate_pem=certificate_pem, secret=secret, permissions=permissions)

    def permissions(self, client_id: str, names: Iterable[str]) -> None:
        """Change what an app may do: what goes is gone at once, what comes is in new tokens only."""
        self.identity.permissions(client_id, names)

    def expire_tokens(self) -> None:
        """Make all tokens that were given worthless."""
        self.identity.expire_tokens()

    def start(self) -> None:
        """Begin to listen."""
        self.mailbox.start()
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; open connections are closed."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.hang_up()
        self._server.server_close()
        self.mailbox.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def answer(self, request: Request) -> Answer:
        """The answer to one request, with whatever goes wrong with it."""
        request_id = str(uuid.uuid4())
        fault = self.faults.next(request)
        try:
            answer = self._answer(request, fault)
        except Refusal as refused:
            at_graph = request.path.startswith("/v1.0")
            answer = refused.answer(request, request_id) if at_graph else identity.refusal(refused)
        answer = faults.spoil(fault, answer) if fault else answer
        mine = request.headers.get("client-request-id", request_id)
        answer.headers.update({"request-id": request_id, "client-request-id": mine})
        return answer

    def _answer(self, request: Request, fault: Fault | None) -> Answer:
        if fault:
            faults.refuse(fault)
        if not request.path.startswith("/v1.0/"):
            answer = self.identity.answer(request)
            if answer is None:
                raise bad_request(f"Resource not found for the segment '{request.path}'.")
            return answer
        caller = self.identity.caller(request)
        return self.graph_api.answer(request, caller, fault)

    def note(self, request: Request, raw_path: str, status: int) -> None:
        """Remember a request."""
        kept = {name: value for name, value in request.headers.items() if name in NOTED}
        self.requests.append(Seen(request.method, raw_path, status, kept))

    @staticmethod
    def _certify(folder: Path) -> ssl.SSLContext:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(tls)
        return tls


def running_clock(begin: datetime) -> Callable[[], datetime]:
    """A clock that stands at `begin` now and runs on."""
    started = time.monotonic()
    return lambda: begin.astimezone(UTC) + timedelta(seconds=time.monotonic() - started)


class Packer:
    """Packs answers, each of the last few once: packing a page of sign-ins takes longer than reading and storing it."""

    KEPT = 128

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int], bytes] = {}
        self._lock = threading.Lock()

    def pack(self, body: bytes) -> bytes:
        """The body in gzip; the same body gives the same bytes."""
        key = (len(body), hash(body))
        packed = self._kept.get(key) or gzip.compress(body, 1, mtime=0)
        with self._lock:
            self._kept[key] = packed
            while len(self._kept) > self.KEPT:
                del self._kept[next(iter(self._kept))]
        return packed


class _Server(ThreadingHTTPServer):
    """Each connection has its thread; the TLS handshake too, so that a slow one holds up nobody."""

    daemon_threads = True  # a forgotten stop must not keep the process alive
    request_queue_size = 64

    def __init__(self, microsoft: Microsoft) -> None:
        self.microsoft = microsoft
        self.packer = Packer()
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(10)  # for the handshake only
        try:
            safe = self.microsoft._tls.wrap_socket(request, server_side=True)
        except OSError:
            return  # a client that does not trust us: nothing to answer
        self._open.add(safe)
        try:
            safe.settimeout(None)
            _Handler(safe, client_address, self)
        except OSError:
            return  # the client went away
        finally:
            safe.close()
            self._open.discard(safe)

    def hang_up(self) -> None:
        """Close the connections that clients keep for later, and wait until their threads let go."""
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client was first
        patience = time.monotonic() + 5
        while self._open and time.monotonic() < patience:
            time.sleep(0.005)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let an error of our own be seen where the tests look."""
        raise


class _Handler(BaseHTTPRequestHandler):
    """Turns HTTP into a Request and an Answer into HTTP."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each request on a kept connection waits 40 ms
    wbufsize = -1
    server: _Server

    def handle_any(self) -> None:
        """One request."""
        request = self.request_read()
        answer = self.server.microsoft.answer(request)
        self.server.microsoft.note(request, self.path, answer.status)
        if answer.wait:
            time.sleep(answer.wait)
        if answer.cut == "reset":
            self.close_connection = True
            return
        self.respond(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815  the names that http.server calls

    def request_read(self) -> Request:
        """The request with its options taken apart."""
        path, _, text = self.path.partition("?")
        options = (part.partition("=") for part in text.split("&") if part)
        query = {unquote(name): unquote(value.replace("+", " ")) for name, _, value in options}
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        return Request(self.command, unquote(path), query, headers, body)

    def respond(self, answer: Answer) -> None:
        """Send an answer, packed when the client takes that; a truncated one ends halfway."""
        body = answer.body
        packed = "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 1000
        body = self.server.packer.pack(body) if packed else body
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if answer.cut else body)
        self.close_connection = self.close_connection or bool(answer.cut)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal; `Microsoft.requests` remembers."""

    def version_string(self) -> str:
        """No version in the Server header."""
        return "Verzonnen"
