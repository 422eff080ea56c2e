"""How far the clock of this machine is from that of who answers us, by the `Date` of the answers."""

import math
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

HALF = 0.5  # a `Date` is cut off to whole seconds


class Drift:
    """The difference as the quickest answer so far tells it: the longer an answer took, the less its `Date` says."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall, self._quickest = wall, math.inf
        self.seconds: int | None = None  # above 0 our clock is ahead; None: nobody told the time yet

    def heard(self, date: str, took: float) -> None:
        """Take note of an answer whose headers just came, so many seconds after its request left."""
        if took >= self._quickest:
            return
        try:
            theirs = parsedate_to_datetime(date).timestamp() + HALF
        except ValueError:
            return
        self._quickest, self.seconds = took, round(self._wall() - took / 2 - theirs)
