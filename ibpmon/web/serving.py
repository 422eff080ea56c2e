"""Serving the pages until somebody stops it."""

import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any

import uvicorn

from ibpmon.config import Web
from ibpmon.errors import BusyError
from ibpmon.language import N_
from ibpmon.web.app import make_app
from ibpmon.web.desk import desk

log = logging.getLogger("ibpmon.web")
AT_ONCE = 1_000  # connections; the guard answers in words long before
KEPT_ALIVE = 5  # seconds that a connection waits for the next request


class Server(uvicorn.Server):
    """Leaves when a signal says so, and that is the end of it: uvicorn would raise the signal once more."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """A signal only sets a flag; who listened before listens again afterwards."""
        signals = (signal.SIGTERM, signal.SIGINT) if current_thread() is main_thread() else ()
        before = {number: signal.signal(number, self.leave) for number in signals}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def leave(self, _number: int, _frame: Any) -> None:
        """Finish what goes on, and leave."""
        self.should_exit = True


def serve(path: Path, ready: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or Ctrl-C; BusyError when something else listens there."""
    with desk(path) as place, listening(place.web) as door:
        server = Server(settings(make_app(place)))
        log.info("pages at %s, listening at %s port %s", place.web.public_url, place.web.address, place.web.port)
        if ready:
            ready(place.web.public_url)
        server.run(sockets=[door])


def settings(app: Any) -> uvicorn.Config:
    """How uvicorn serves: it believes no header about who asks, tells nothing about itself, and logs no addresses."""
    return uvicorn.Config(
        app, proxy_headers=False, server_header=False, date_header=True, access_log=False, log_config=None,
        log_level="warning", limit_concurrency=AT_ONCE, timeout_keep_alive=KEPT_ALIVE, lifespan="off", http="h11",
        timeout_graceful_shutdown=10,
    )  # fmt: skip


def listening(web: Web) -> socket.socket:
    """The door; opened before anything else, so that a port that is taken is told as what it is."""
    family = socket.AF_INET6 if ":" in web.address else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((web.address, web.port))
        door.listen(AT_ONCE)  # from here on whoever comes waits a moment, and is not turned away
    except OSError as error:
        door.close()
        raise BusyError(
            N_("cannot listen at {address} port {port}"),
            why="{error}",
            fix=N_("stop what listens there, or give another port under [web] in config.toml"),
            address=web.address,
            port=web.port,
            error=error.strerror or type(error).__name__,
        ) from None
    return door
