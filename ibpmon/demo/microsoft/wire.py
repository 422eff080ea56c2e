"""The simulation on the wire: TLS and HTTP on ports of this machine, and how an answer goes wrong on its way."""

import gzip
import secrets
import socket
import ssl
import struct
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import unquote

from ibpmon.demo.microsoft.answers import Answer, Request


class Answering(Protocol):
    """Whoever knows the answers, and remembers what was asked."""

    def answer(self, request: Request) -> Answer:
        """The answer to one request."""

    def note(self, request: Request, raw_path: str, status: int) -> None:
        """Remember a request."""


def serve(server: "Server") -> None:
    """Answer until the end."""
    server.serve_forever(0.05)


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


class Server(ThreadingHTTPServer):
    """Each connection has its thread; the TLS handshake too, so that a slow one holds up nobody.

    Without `tls` it is plain http, for browsers, which would warn of a certificate that nobody vouches for.
    """

    daemon_threads = True  # a forgotten stop must not keep the process alive
    request_queue_size = 64

    def __init__(self, microsoft: Answering, tls: ssl.SSLContext | None) -> None:
        self.microsoft, self.tls = microsoft, tls
        self.packer = Packer()
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def origin(self) -> str:
        """The address of this server."""
        return f"{'https' if self.tls else 'http'}://localhost:{self.server_port}"

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(10)  # for the handshake only
        try:
            safe = self.tls.wrap_socket(request, server_side=True) if self.tls else request
        except OSError:
            return  # a client that does not trust us: nothing to answer
        self._open.add(safe)
        try:
            safe.settimeout(None)
            Handler(safe, client_address, self)
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


class Handler(BaseHTTPRequestHandler):
    """Turns HTTP into a Request and an Answer into HTTP."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each request on a kept connection waits 40 ms
    wbufsize = -1
    server: Server

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
        if answer.drip:
            self.drip(body, *answer.drip)
        else:
            self.wfile.write(body[: len(body) // 2] if answer.cut else body)
        if answer.cut == "tls_cut":
            self.cut()
        self.close_connection = self.close_connection or bool(answer.cut)

    def drip(self, body: bytes, piece: int, seconds: float) -> None:
        """Send a little at a time, until the client has had enough of it."""
        for at in range(0, len(body), piece):
            self.wfile.write(body[at : at + piece])
            self.wfile.flush()
            time.sleep(seconds)

    def cut(self) -> None:
        """Break off in the middle of a TLS record: its head promises more than follows, and then comes a reset."""
        self.wfile.flush()
        plain = socket.socket(fileno=socket.dup(self.connection.fileno()))
        with plain, suppress(OSError):
            plain.sendall(b"\x17\x03\x03\x40\x00" + secrets.token_bytes(64))
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal; `Microsoft.requests` remembers."""

    def version_string(self) -> str:
        """No version in the Server header."""
        return "Verzonnen"
