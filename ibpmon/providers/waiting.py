"""Waiting that can be ended: a daemon that is told to stop does not sleep out a Retry-After."""

import time
from collections.abc import Callable
from threading import Event

from ibpmon.errors import PassingError
from ibpmon.language import N_

TRIES = 6  # of one request
TOKENS = 3  # new ones for one request: a service may not know a fresh one everywhere at once
PATIENCE = 30 * 60.0  # for one request with all its waits


class Stopped(PassingError):
    """ibpmon is stopping; what was being read is not whole."""


class Waiting:
    """A clock, the time of day, a way to wait, and the event that ends every wait."""

    def __init__(
        self,
        stop: Event | None = None,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
        wall: Callable[[], float] | None = None,
    ) -> None:
        self.stop = stop or Event()
        self.clock = clock
        # Processes share only the time of day; who gives a clock of its own means that one for everything.
        self.wall = wall or (time.time if clock is time.monotonic else clock)
        self._wait = wait or self.stop.wait

    def rest(self, seconds: float) -> None:
        """Wait this long; raises Stopped as soon as ibpmon is told to stop."""
        self.check()
        self._wait(seconds)
        self.check()

    def check(self) -> None:
        """Raises Stopped when ibpmon was told to stop."""
        if self.stop.is_set():
            raise Stopped(
                N_("reading was stopped before it was complete"),
                why=N_("ibpmon was told to stop"),
                fix=N_("nothing to do: the next run reads it again"),
            )
