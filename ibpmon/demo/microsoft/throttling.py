"""The documented limits: how many units each family of endpoints gives in how many seconds, and how it refuses."""

import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

from ibpmon.demo.microsoft import answers
from ibpmon.demo.microsoft.answers import Refusal, Request
from ibpmon.demo.microsoft.endpoints import Endpoint

Budget = tuple[int, float]  # units, seconds

# learn.microsoft.com/graph/throttling-limits; directory and sharepoint depend on the size of the tenant
DOCUMENTED: dict[str, Budget] = {
    "reporting": (5, 10),
    "signin-activity": (10, 60),
    "directory": (8_000, 10),
    "protection": (1, 1),
    "devices": (2_000, 20),
    "education": (35_000, 10),
    "key-credentials": (150, 60),
    "mail": (10_000, 600),
    "sharepoint": (1_250, 60),
    "sharepoint-rest": (1_250, 60),
    "datto": (600, 60),
}
DIRECTORY_CLASSES = ((50, 3_500), (500, 5_000))  # fewer users than this: so many units
SHAREPOINT_CLASSES = ((1_000, 1_250), (5_000, 2_500), (15_000, 3_750), (50_000, 5_000))  # up to so many licences
TENANT_WIDE = frozenset({"protection", "key-credentials"})  # all apps of a tenant together
SHAREPOINT = frozenset({"sharepoint", "sharepoint-rest"})
PATIENCE = 10  # SharePoint shuts out whoever goes on asking so often while it must wait
SHUT_OUT = 120  # for so many seconds


def documented(users: int, licences: int) -> dict[str, Budget]:
    """The limits of a tenant with so many users and licences."""
    units = next((units for below, units in DIRECTORY_CLASSES if users < below), 8_000)
    files = next((units for most, units in SHAREPOINT_CLASSES if licences <= most), 6_250)
    return DOCUMENTED | {"directory": (units, 10), "sharepoint": (files, 60), "sharepoint-rest": (files, 60)}


class Limit:
    """So many units in so many seconds, for each app or for all together."""

    def __init__(self, number: int, seconds: float, ticks: Callable[[], float] = time.monotonic) -> None:
        self.number, self.seconds, self.ticks = number, seconds, ticks
        self._spent: dict[str, deque[tuple[float, int]]] = {}
        self._used = Counter[str]()
        self._lock = threading.Lock()

    def spend(self, who: str, units: int = 1) -> None:
        """Take units from the budget; refuses with the wait when they are not there."""
        wait = self.take(who, units)
        if wait:
            raise answers.throttled(max(1, math.ceil(wait)))

    def take(self, who: str, units: int = 1) -> float:
        """Take units; gives 0, or else the seconds until they are there."""
        with self._lock:
            spent, now = self.current(who), self.ticks()
            free = self.number - self._used[who]
            # a request of more than everything goes through when nothing else is running
            if units <= free or not spent:
                spent.append((now, units))
                self._used[who] += units
                return 0.0
            at = now
            for at, number in spent:  # noqa: B007 - the moment of the last one counts
                free += number
                if free >= units:
                    break
            return max(1e-6, self.seconds - (now - at))

    def used(self, who: str) -> int:
        """The units of the running window."""
        with self._lock:
            self.current(who)
            return self._used[who]

    def empty_in(self, who: str) -> float:
        """The seconds until the whole window is free again."""
        with self._lock:
            spent = self.current(who)
            return max(0.0, self.seconds - (self.ticks() - spent[-1][0])) if spent else 0.0

    def current(self, who: str) -> "deque[tuple[float, int]]":
        """What was spent within the window."""
        spent, now = self._spent.setdefault(who, deque()), self.ticks()
        while spent and now - spent[0][0] >= self.seconds:
            self._used[who] -= spent.popleft()[1]
        return spent


@dataclass(slots=True)
class Offence:
    """An app that was told to wait: until when, and how often it asked all the same."""

    until: float
    times: int = 0


class Throttling:
    """The limits of one tenant; `refused` and `spent` count per family."""

    def __init__(self, limits: Mapping[str, Budget | None], ticks: Callable[[], float] = time.monotonic) -> None:
        self.ticks = ticks
        self.limits = {name: Limit(*budget, ticks) for name, budget in limits.items() if budget}
        self.refused, self.spent = Counter[str](), Counter[str]()
        self._offences: dict[str, Offence] = {}

    def spend(self, family: str, units: int, client_id: str) -> dict[str, str]:
        """Take units for an app; gives the headers that tell of it, or refuses."""
        self.spent[family] += units
        limit, who = self.limits.get(family), "" if family in TENANT_WIDE else client_id
        if limit is None:
            return headers_of(family, units, None, who)
        try:
            if family in SHAREPOINT:
                self.spend_sharepoint(family, limit, who, units)
            elif wait := limit.take(who, units):
                raise refusal(family, max(1, math.ceil(wait)))
        except Refusal as refused:
            self.refused[family] += 1
            refused.headers.update(headers_of(family, units, limit, who, refused=True))
            raise
        return headers_of(family, units, limit, who)

    def spend_sharepoint(self, family: str, limit: Limit, who: str, units: int) -> None:
        """SharePoint counts refused calls too: whoever does not wait is refused, and in the end shut out."""
        offence, now = self._offences.get(f"{family}/{who}"), self.ticks()
        if offence and now < offence.until:
            offence.times += 1
            if offence.times >= PATIENCE:
                offence.until = max(offence.until, now + SHUT_OUT)
                raise answers.unavailable(math.ceil(offence.until - now))
            raise answers.busy_sharepoint(max(1, math.ceil(offence.until - now)))
        self._offences.pop(f"{family}/{who}", None)
        if wait := limit.take(who, units):
            self._offences[f"{family}/{who}"] = Offence(now + wait)
            raise answers.busy_sharepoint(max(1, math.ceil(wait)))


def refusal(family: str, seconds: int) -> Refusal:
    """429 as this family says it."""
    if family == "protection":
        return answers.too_many()
    if family in ("reporting", "signin-activity"):
        return answers.throttled(seconds)
    refused = answers.too_many()
    refused.headers["Retry-After"] = str(seconds)
    return refused


def headers_of(family: str, units: int, limit: Limit | None, who: str, *, refused: bool = False) -> dict[str, str]:
    """What the directory and SharePoint tell of the use: the price, and how near the limit is."""
    headers = {"x-ms-resource-unit": str(units)} if family == "directory" else {}
    share = limit.used(who) / limit.number if limit else 0.0
    if limit and family == "directory" and (refused or share >= 0.8):
        headers["x-ms-throttle-limit-percentage"] = f"{min(1.8, max(share, 1.0 if refused else share)):.2f}"
    if refused and family == "directory":
        headers["x-ms-throttle-scope"] = f"Tenant_Application/ReadWrite/{who}"
        headers["x-ms-throttle-information"] = "ResourceUnitLimitExceeded"
    if limit and family in SHAREPOINT and (refused or share >= 0.8):
        left = 0 if refused else max(0, limit.number - limit.used(who))
        reset = max(1, math.ceil(limit.empty_in(who)))
        headers |= {
            "RateLimit-Limit": str(limit.number),
            "RateLimit-Remaining": str(left),
            "RateLimit-Reset": str(reset),
        }
    return headers


# ---------------------------------------------------------------- what a question costs


def price(endpoint: Endpoint, request: Request, asked: Set[str]) -> list[tuple[str, int]]:
    """The family and the units of a question; some questions are counted twice."""
    if "signInActivity" in asked:
        return [("signin-activity", 1)]
    units = endpoint.units if endpoint.family != "directory" else directory_units(endpoint.units, request.query)
    charges = [(endpoint.family, units)]
    if "keyCredentials" in asked:
        charges.append(("key-credentials", 1))
    return charges


def directory_units(base: int, query: Mapping[str, str]) -> int:
    """Choosing properties and small pages make a question cheaper, linked objects dearer; never below one."""
    top = query.get("$top", "")
    small = top.isdigit() and int(top) < 20
    return max(1, base - ("$select" in query) + ("$expand" in query) - small)
