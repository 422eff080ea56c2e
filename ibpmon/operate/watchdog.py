"""Tells systemd that ibpmon works: ready, alive as long as every lane makes steps, stopping.

systemd starts a service anew that falls silent. So the sign of life is not a timer of its own: it is given only when
the scheduler really went round and no lane stands still.
"""

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event

log = logging.getLogger("ibpmon.watchdog")

IDLE = 300.0  # seconds: the scheduler begins every lane once a minute
BUSY = 3_600.0  # seconds without a step: Microsoft may let us wait a quarter of an hour, and more than once
UNASKED = 60.0  # how often to look when systemd does not say how often it listens
MICROSECONDS = 1e6

Clock = Callable[[], float]


@dataclass(slots=True)
class Lane:
    """One kind of work: whether it is under way, and when it last made a step."""

    name: str
    clock: Clock
    moved: float
    busy: bool = False
    doing: str = ""

    def step(self, name: str, done: int, total: int | None = None) -> None:
        """It goes on; this is how all work says how far it is."""
        self.moved, self.doing = self.clock(), name

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """The scheduler came by, and the work of this round is done in the block."""
        self.step("", 0)
        self.busy = True
        try:
            yield
        finally:
            self.busy = False
            self.step("", 0)

    def stands_still(self) -> bool:
        """Whether it should have gone on by now."""
        return self.clock() - self.moved > (BUSY if self.busy else IDLE)


class Pulse:
    """All lanes together."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self.clock = clock
        self.lanes = list[Lane]()

    def lane(self, name: str) -> Lane:
        """A new lane, which has to make its first step soon."""
        self.lanes.append(Lane(name, self.clock, self.clock()))
        return self.lanes[-1]

    def stuck(self) -> list[Lane]:
        """The lanes that stand still."""
        return [lane for lane in self.lanes if lane.stands_still()]


def watch(pulse: Pulse, stop: Event) -> None:
    """Give signs of life until somebody asks to stop; a lane that stands still is named in the log, once."""
    named = set[str]()
    while not stop.wait(seconds_between()):
        stuck = {lane.name: lane.doing for lane in pulse.stuck()}
        for name in stuck.keys() - named:
            log.error("the lane '%s' stands still (%s): no sign of life for systemd", name, stuck[name] or "idle")
        named = set(stuck)
        if not stuck:
            notify("WATCHDOG=1")


def seconds_between() -> float:
    """Twice as often as systemd listens, if it listens to this process."""
    asked, mine = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not asked.isdecimal() or mine not in ("", str(os.getpid())):
        return UNASKED
    return max(int(asked) / MICROSECONDS / 2, 0.05)


def notify(message: str) -> None:
    """Say something to systemd; nothing where it did not start us."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.connect("\0" + address[1:] if address.startswith("@") else address)
            line.sendall(message.encode())
    except OSError as error:
        log.warning("systemd does not listen: %s", error.strerror or error)
