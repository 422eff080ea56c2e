"""How much each family of resources allows; we pace ourselves, so that nobody need refuse us anything."""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Protocol

from ibpmon.providers.refusals import MOST
from ibpmon.providers.waiting import Waiting

# A request has reached the service when its answer begins, and we take it that less than half a second is enough to
# get there: waiting for a slow answer would cost more than one refusal.
TRAVEL = 0.4
A_NANOSECOND = 1e-9  # adding and subtracting floats may lose one; without it a wait of nothing could go on for ever


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests, or units where the family counts those, in any span of so many seconds."""

    requests: int
    seconds: float


# learn.microsoft.com/graph/throttling-limits and, for SharePoint, its page on how to avoid getting throttled. Where the
# size of the tenant decides, this is the smallest class; `limits_for` knows the others.
LIMITS: Mapping[str, Limit] = {
    "reporting": Limit(5, 10),
    "signin-activity": Limit(10, 60),
    "directory": Limit(3500, 10),  # units
    "protection": Limit(1, 1),  # of all applications of the tenant together, and refusals do not say how long to wait
    "sharepoint": Limit(1250, 60),  # units
    "sharepoint-rest": Limit(1250, 60),  # another application has a limit of its own
    "devices": Limit(1000, 20),
    "education": Limit(10_000, 10),
    "teams": Limit(20, 1),
    "mail": Limit(10_000, 600),  # of one mailbox
    "audit-query": Limit(5, 10),  # our own choice: no page gives a number
    # rmm.datto.com/help: 600 in 60 seconds for all users of an account; above 90 % each answer takes a second longer.
    "datto": Limit(540, 60),
}
# The requests of the first family count in the second as well: signInActivity is one of the reports.
ALSO = {"signin-activity": "reporting"}
BY_USERS = ((50, 3500), (500, 5000))  # fewer than so many users: so many units of the directory
MOST_USERS = 8000
BY_LICENCES = ((1_000, 1250), (5_000, 2500), (15_000, 3750), (50_000, 5000))  # up to so many licences
MOST_LICENCES = 6250


def limits_for(
    users: int | None = None, licences: int | None = None, limits: Mapping[str, Limit] | None = None
) -> Mapping[str, Limit]:
    """The limits of a tenant of this size; what is not known counts as the smallest class."""
    found = dict(LIMITS if limits is None else limits)
    if users is not None:
        units = next((units for below, units in BY_USERS if users < below), MOST_USERS)
        found["directory"] = replace(found["directory"], requests=units)
    if licences is not None:
        units = next((units for most, units in BY_LICENCES if licences <= most), MOST_LICENCES)
        found |= {name: replace(found[name], requests=units) for name in ("sharepoint", "sharepoint-rest")}
    return found


class Place:
    """One request's place in the window: its units, and when they were counted, as late as that may have been."""

    __slots__ = ("also", "answered", "at", "units")

    def __init__(self, at: float, units: int = 1) -> None:
        self.at, self.units, self.answered = at, units, False
        self.also: Place | None = None  # in the budget that it counts in as well


class Window(Protocol):
    """Who knows what still counts: this process alone, or all that share a database."""

    def now(self) -> float:
        """The moment, by the clock of this window."""

    def free(self) -> int:
        """The units that are left, as far as we know."""

    def claim(self, units: int, spare: int = 0) -> Place | float:
        """A place if there is one now and so many units stay free; else how long to wait before asking again."""

    def rest(self, seconds: float) -> None:
        """Nothing for so long; whoever shares the window must know."""

    def close(self) -> None:
        """What was taken and not used is free for others."""


class OwnWindow:
    """What this process alone has sent in the last so many seconds."""

    def __init__(self, limit: Limit, waiting: Waiting) -> None:
        self.limit, self.waiting = limit, waiting
        self._places: deque[Place] = deque()

    def now(self) -> float:
        """The moment, by a clock that never jumps."""
        return self.waiting.clock()

    def free(self) -> int:
        """The units that are left."""
        now = self.now()
        while self._places and self._places[0].at + self.limit.seconds <= now + A_NANOSECOND:
            self._places.popleft()
        return self.limit.requests - sum(place.units for place in self._places)

    def claim(self, units: int, spare: int = 0) -> Place | float:
        """A place if there is one now; else how long until enough of the earlier ones no longer count."""
        now, lacking = self.now(), units + spare - self.free()
        if lacking <= 0:
            self._places.append(place := Place(now + TRAVEL, units))
            return place
        return max(self.free_at(lacking) - now, A_NANOSECOND)

    def free_at(self, units: int) -> float:
        """When so many more units no longer count."""
        for place in self._places:
            units -= place.units
            if units <= 0:
                return place.at + self.limit.seconds
        return self.now() + self.limit.seconds

    def rest(self, seconds: float) -> None:
        """Nobody else shares this window."""

    def close(self) -> None:
        """Nobody waits for what is left."""


class Budget:
    """The requests of one family; threads share it, and processes too when its window is in the database."""

    def __init__(
        self, limit: Limit, waiting: Waiting, window: Window | None = None, also: "Budget | None" = None
    ) -> None:
        self.limit, self.waiting, self.also = limit, waiting, also
        self.window = window or OwnWindow(limit, waiting)
        self._held_until = float("-inf")
        self._spare, self._spare_until = 0, float("-inf")  # what others use, as the service last told
        self._flying = 0  # units that were sent and not answered
        self._lock = Lock()

    def take(self, units: int = 1) -> Place:
        """A place in the window for so many units, after waiting for it."""
        units = min(units, self.limit.requests)  # what costs more than the whole limit waits for all of it
        while not isinstance(claimed := self._claim(units), Place):
            self.waiting.rest(claimed)
        if self.also:
            claimed.also = self.also.take()
            claimed.at = max(claimed.at, self.window.now() + TRAVEL)  # that may have taken a while
        return claimed

    def answered(self, place: Place, units: int = 0) -> None:
        """The answer to this request begins: it was counted before now, for so many units if the service says."""
        with self._lock:
            self._flying -= 0 if place.answered else place.units
            place.at, place.answered = min(place.at, self.window.now()), True
            place.units = max(place.units, min(units, self.limit.requests))
        if self.also and place.also:
            self.also.answered(place.also)

    def gone(self, place: Place) -> None:
        """No answer will come; the request may have been counted all the same."""
        with self._lock:
            self._flying -= 0 if place.answered else place.units
            place.answered = True
        if self.also and place.also:
            self.also.gone(place.also)

    def hold(self, seconds: float) -> None:
        """No request of this family for so long: we were asked to rest, and refused calls count too."""
        with self._lock:
            self._held_until = max(self._held_until, self.waiting.clock() + seconds)
            self.window.rest(seconds)

    def told(self, left: int, reset: float) -> None:
        """The service says how many units are left, and in how many seconds it begins to count anew.

        When that is less than we think, others use its limit too: as much as they do is left to them until then.
        """
        with self._lock:
            self._spare = max(0, self.window.free() - (left - self._flying))
            self._spare_until = self.waiting.clock() + reset

    def strained(self, part: float) -> None:
        """The service says which part of its limit is used, by us or by others."""
        self.told(int((1 - part) * self.limit.requests), self.limit.seconds)

    def close(self) -> None:
        """Give back what was taken and not used."""
        with self._lock:
            self.window.close()

    def _claim(self, units: int) -> Place | float:
        """A place if there is one now; else how long to wait before asking again."""
        with self._lock:
            now = self.waiting.clock()
            if self._held_until > now + A_NANOSECOND:
                return self._held_until - now
            spare = self._spare if self._spare_until > now + A_NANOSECOND else 0
            claimed = self.window.claim(units, spare)
            if isinstance(claimed, Place):
                self._flying += units
                return claimed
            return min(claimed, self._spare_until - now) if spare else claimed


class Ledger(Protocol):
    """Where processes share what a family allows."""

    def window(self, family: str, limit: Limit, waiting: Waiting) -> Window:
        """The shared window of a family."""


class Budgets:
    """The budget of each family, for one tenant."""

    def __init__(
        self, waiting: Waiting, limits: Mapping[str, Limit] | None = None, ledger: Ledger | None = None
    ) -> None:
        self._budgets: dict[str, Budget] = {}
        limits = LIMITS if limits is None else limits
        for family, limit in sorted(limits.items(), key=lambda one: one[0] in ALSO):
            window = ledger.window(family, limit, waiting) if ledger else None
            also = self._budgets.get(ALSO.get(family, ""))
            self._budgets[family] = Budget(limit, waiting, window, also)

    def __getitem__(self, family: str) -> Budget:
        """The budget of a family; a family that we do not know is a mistake in a connector."""
        return self._budgets[family]

    def __iter__(self) -> Iterator[str]:
        """The families."""
        return iter(self._budgets)

    def close(self) -> None:
        """Give back what was taken and not used."""
        for budget in self._budgets.values():
            budget.close()


def heed(budget: Budget, headers: Mapping[str, str]) -> None:
    """Take what the service says of its limit before it has to refuse us: from four fifths of its limit on."""
    left, reset = whole(headers.get("RateLimit-Remaining", "")), whole(headers.get("RateLimit-Reset", ""))
    if left is not None and reset is not None:
        budget.told(left, min(reset, MOST))
    part = headers.get("x-ms-throttle-limit-percentage", "")
    if re.fullmatch(r"\d(\.\d{1,6})?", part, re.ASCII):
        budget.strained(float(part))


def whole(text: str) -> int | None:
    """A whole number from a header; anything else says nothing."""
    return int(text) if re.fullmatch(r"\d{1,9}", text.strip(), re.ASCII) else None
