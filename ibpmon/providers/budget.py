"""How many requests Microsoft allows per family of resources; we pace ourselves, so that it need not refuse any."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from ibpmon.providers.waiting import Waiting

# A request has reached Microsoft when its answer begins, and we take it that half a second is enough to get there:
# waiting for a slow answer would cost more than one refusal.
TRAVEL = 0.4
A_NANOSECOND = 1e-9  # adding and subtracting floats may lose one; without it a wait of nothing could go on for ever


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in any span of so many seconds."""

    requests: int
    seconds: float


# learn.microsoft.com/graph/throttling-limits. Directory and SharePoint count resource units; these stay under them
# for a board of the smallest class (3,500 units / 10 s at 3 a request; 1,250 units / minute at 5 a request).
LIMITS: Mapping[str, Limit] = {
    "reporting": Limit(5, 10),
    "signin-activity": Limit(10, 60),
    "directory": Limit(1000, 10),
    "sharepoint": Limit(250, 60),
    "devices": Limit(1000, 20),
}


class Place:
    """One request's place in the window: the moment at which Microsoft counted it, as late as it may have been."""

    __slots__ = ("at",)

    def __init__(self, at: float) -> None:
        self.at = at


class Budget:
    """The requests of one family; threads share it."""

    def __init__(self, limit: Limit, waiting: Waiting) -> None:
        self.limit, self.waiting = limit, waiting
        self._places: list[Place] = []
        self._held_until = float("-inf")
        self._lock = Lock()

    def take(self) -> Place:
        """A place in the window, after waiting for it."""
        while True:
            place, rest = self._claim()
            if place:
                return place
            self.waiting.rest(rest)

    def answered(self, place: Place) -> None:
        """The answer to this request begins: Microsoft counted it before now."""
        place.at = min(place.at, self.waiting.clock())

    def hold(self, seconds: float) -> None:
        """No request of this family for so long: Microsoft asked for rest, and refused calls count too."""
        with self._lock:
            self._held_until = max(self._held_until, self.waiting.clock() + seconds)

    def _claim(self) -> tuple[Place | None, float]:
        """A place if there is one now; else how long to wait before asking again."""
        with self._lock:
            now = self.waiting.clock()
            self._places = [p for p in self._places if p.at + self.limit.seconds > now + A_NANOSECOND]
            if self._held_until > now + A_NANOSECOND:
                return None, self._held_until - now
            if len(self._places) >= self.limit.requests:
                return None, min(p.at for p in self._places) + self.limit.seconds - now
            self._places.append(place := Place(now + TRAVEL))
            return place, 0.0


class Budgets:
    """The budget of each family, for one tenant and one process."""

    def __init__(self, waiting: Waiting, limits: Mapping[str, Limit] = LIMITS) -> None:
        self._budgets = {family: Budget(limit, waiting) for family, limit in limits.items()}

    def __getitem__(self, family: str) -> Budget:
        """The budget of a family; a family that we do not know is a mistake in a connector."""
        return self._budgets[family]
