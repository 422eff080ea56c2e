"""A server that misbehaves as a test tells it, a clock that costs nothing, and tokens that need no Entra."""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme

from ibpmon.providers.auth import Token, Tokens

TOKEN = "the-token-that-nobody-may-see"


class Clock:
    """A clock that runs when someone waits, and remembers how long."""

    def __init__(self) -> None:
        self.now, self.waits = 1000.0, list[float]()

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


class GivenTokens(Tokens):
    """Tokens without Entra: counts how often a new one was asked for."""

    def __init__(self) -> None:
        self.renewed = 0

    def get(self) -> Token:
        return Token(TOKEN)

    def renew(self) -> None:
        self.renewed += 1

    def measured(self) -> Mapping[str, int | None]:
        return {}


class Odd(ThreadingHTTPServer):
    """A TLS server that misbehaves as a test tells it: a function per path, which writes whatever it likes."""

    daemon_threads = False
    block_on_close = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), OddHandler)
        self.behaviour: dict[str, Callable[[OddHandler], None]] = {}
        self.seen, self.connections, self.ca = list[dict[str, str]](), 0, folder / "ca.pem"
        self.posted = list[bytes]()
        authority, self.tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.cert_pem.write_to_path(str(self.ca))
        authority.issue_cert("localhost").configure_cert(self.tls)
        self.root = f"https://localhost:{self.server_port}"

    def finish_request(self, request: object, client_address: object) -> None:
        try:
            with self.tls.wrap_socket(request, server_side=True) as safe:  # type: ignore[arg-type]  # a socket here
                self.connections += 1
                OddHandler(safe, client_address, self)
        except OSError:
            return  # the client left, which is what most tests here want

    def handle_error(self, request: object, client_address: object) -> None:
        raise AssertionError


class OddHandler(BaseHTTPRequestHandler):
    """Answers by the behaviour of the server."""

    protocol_version, disable_nagle_algorithm, timeout = "HTTP/1.1", True, 10
    server: Odd

    def do_GET(self) -> None:
        self.server.seen.append(dict(self.headers))
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.command == "POST":
            self.server.posted.append(self.body)
        self.server.behaviour[self.path.partition("?")[0]](self)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_MERGE = do_HEAD = do_OPTIONS = do_GET  # noqa: N815  as http.server calls

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        """A whole answer."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""


@contextmanager
def serving(folder: Path) -> Iterator[Odd]:
    """A server that does what Microsoft never should."""
    server = Odd(folder)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
