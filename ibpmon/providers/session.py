"""The one HTTP session: known hosts only, proxy and CA from the configuration, and nothing without an end."""

import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from http.cookiejar import DefaultCookiePolicy
from io import BytesIO
from pathlib import Path
from threading import Timer
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.util import parse_url

from ibpmon import __version__
from ibpmon.errors import ConfigError
from ibpmon.language import N_
from ibpmon.providers.allowed import allowed
from ibpmon.providers.drift import Drift

TIMEOUT = (5.0, 30.0)  # to connect; between two pieces of an answer
DEADLINE = 120.0  # for a whole answer: a slow drip passes every timeout between pieces
MOST = 64 * 2**20  # decoded bytes: 199 kB of gzip can hold 200 MB
PIECE = 64 * 2**10


class TooLarge(requests.RequestException):
    """An answer went on beyond what any answer of Graph needs."""


class TooSlow(requests.Timeout):
    """An answer was not complete in time."""


class NotAllowed(requests.RequestException):
    """A request that could change something, or of a kind that we do not know; it did not leave."""


class Session(requests.Session):
    """HTTPS to the hosts of one service; MSAL uses it too, so that one set of rules holds for every byte we send."""

    def __init__(
        self,
        addresses: Iterable[str],
        *,
        ca: Path | None = None,
        proxy: str | None = None,
        deadline: float = DEADLINE,
        most: int = MOST,
        mailbox: str = "",
        webhook: str = "",
    ) -> None:
        super().__init__()
        self.trust_env = False  # a .netrc would replace our token, an environment CA would beat ours
        self.hosts = {origin(address) for address in addresses}
        self.proxies = {"https": proxy} if proxy else {}
        self.deadline, self.most, self.mailbox = deadline, most, mailbox
        self.webhook = requests.Request("POST", webhook).prepare().url if webhook else ""  # as it will leave
        self.drift = Drift()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers["User-Agent"] = f"NONISV|ibpmon|ibpmon/{__version__}"
        self.headers["Accept-Encoding"] = "gzip"
        self.adapters.clear()  # nothing but https
        self.context = trusting(ca)
        self.mount("https://", Adapter(self.context, deadline))

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """One exchange, read to its end within the deadline; a redirect is an answer and is never followed."""
        if origin(str(url)) not in self.hosts:
            raise requests.exceptions.InvalidURL("a host that is not in the configuration")
        until = time.monotonic() + self.deadline
        options = {"timeout": TIMEOUT, **options, "allow_redirects": False, "stream": True}
        response = super().request(method, url, *args, **options)
        self.drift.heard(response.headers.get("Date", ""), response.elapsed.total_seconds())
        response.raw = BytesIO(self.whole(response, until))
        return response

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """The door through which every request leaves: to our own hosts only, and only what changes nothing."""
        if origin(str(request.url)) not in self.hosts:
            raise requests.exceptions.InvalidURL("a host that is not in the configuration")
        if not allowed(request.method, request.url, request.body, request.headers, self.mailbox, self.webhook or ""):
            raise NotAllowed
        return super().send(request, **{**options, "allow_redirects": False})

    def whole(self, response: requests.Response, until: float) -> bytes:
        """The decoded body; a broken, too large or too slow one raises and closes its connection."""
        try:
            return b"".join(self.pieces(response.raw, until))
        except urllib3.exceptions.HTTPError as error:
            response.close()
            raise requests.ConnectionError(type(error).__name__) from error
        except requests.RequestException:
            response.close()
            raise

    def pieces(self, raw: urllib3.BaseHTTPResponse, until: float) -> Iterator[bytes]:
        """The body in the pieces in which it comes: `read1` returns what is there, `read` would wait for more."""
        size = 0
        while piece := raw.read1(PIECE, decode_content=True):
            size += len(piece)
            if size > self.most:
                raise TooLarge
            if time.monotonic() > until:
                raise TooSlow
            yield piece

    def renew(self) -> None:
        """Next time a new connection: after a 503 the old one may lead to the same tired machine.

        The old pool is not closed: other threads may be reading through it. It goes, with its connections, when the
        last of them lets go.
        """
        self.mount("https://", Adapter(self.context, self.deadline))


def origin(address: str) -> tuple[str | None, str | None, int]:
    """Scheme, host and port of an address, read by the parser that will connect."""
    try:
        url = parse_url(address)
    except urllib3.exceptions.LocationParseError:
        return None, None, 0
    return url.scheme, url.host, url.port or 443


def trusting(ca: Path | None) -> ssl.SSLContext:
    """Whom we believe: the authorities of this machine, those of the requests package, and the board's own."""
    context = ssl.create_default_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    if ca:
        try:
            context.load_verify_locations(ca)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                N_("cannot use the certificate authority {path}"),
                why="{error}",
                fix=N_("tenant.ca must name a PEM file with the certificate of your network's own authority"),
                path=ca,
                error=error.strerror or type(error).__name__,
            ) from None
    return context


class Adapter(HTTPAdapter):
    """Connects with our own trust and with an end to the wait for headers; trying again is for the client to decide."""

    def __init__(self, context: ssl.SSLContext, deadline: float) -> None:
        self.context, self.deadline = context, deadline
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """The pool for direct connections."""
        super().init_poolmanager(*args, **options, ssl_context=self.context)
        self.poolmanager.pool_classes_by_scheme = {"https": pool_class(self.deadline)}

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """The pool for connections through the proxy."""
        manager = super().proxy_manager_for(proxy, **options, ssl_context=self.context)
        manager.pool_classes_by_scheme = {**manager.pool_classes_by_scheme, "https": pool_class(self.deadline)}
        return manager

    def close(self) -> None:
        """Close the connections now; the pools would wait until nobody remembers the last error of theirs."""
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            for key in list(manager.pools.keys()):
                if pool := manager.pools.get(key):
                    pool.close()
        super().close()

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Always verify, and with our context alone: loading a second bundle per connection would only cost time."""
        conn.cert_reqs = "CERT_REQUIRED"


def pool_class(deadline: float) -> type[HTTPSConnectionPool]:
    """A pool whose connections do not wait for headers beyond the deadline, however slowly these drip in."""

    class Connection(HTTPSConnection):
        def getresponse(self) -> Any:
            with ending(self.sock, deadline):
                return super().getresponse()

    class Pool(HTTPSConnectionPool):
        ConnectionCls = Connection

    return Pool


@contextmanager
def ending(connected: Any, seconds: float) -> Iterator[None]:
    """Cuts the connection off when the block is not done in so many seconds."""

    def cut() -> None:
        with suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
