"""What may go wrong at Microsoft, written as a script: which request, how often, and how."""

import threading
from dataclasses import replace
from typing import Any

from ibpmon.demo.microsoft import answers
from ibpmon.demo.microsoft.answers import Answer, Page, Refusal, Request

KINDS = frozenset(
    [
        "throttled",
        "malformed_retry_after",
        "unavailable",
        "gateway_timeout",
        "forbidden_permission",
        "forbidden_licence",
        "expired_token",
        "truncated",
        "reset",
        "slow",
        "not_json",
        "no_value",
        "empty",
        "hostile_link",
        "repeated_link",
        "redirect",
    ]
)


class Fault:
    """One line of the script: from the `after`-th matching request on, `times` times.

    Details: `retry_after` (throttled, unavailable, malformed_retry_after), `json` (gateway_timeout),
    `link` (hostile_link, redirect), `seconds` (slow).
    """

    def __init__(self, kind: str, path: str = "", times: int = 1, after: int = 0, **details: Any) -> None:
        if kind not in KINDS:
            raise ValueError(f"unknown fault {kind!r}; known: {', '.join(sorted(KINDS))}")
        self.kind, self.path, self.times, self.after, self.details = kind, path, times, after, details

    def due(self, request: Request) -> bool:
        """Whether it is this request's turn; counts down."""
        if self.path not in request.path or self.times <= 0:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


class Faults:
    """The script; the server asks it about each request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._script: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let something go wrong from now on."""
        with self._lock:
            self._script.append(fault)

    def clear(self) -> None:
        """Let everything go well from now on."""
        with self._lock:
            self._script.clear()

    def next(self, request: Request) -> Fault | None:
        """What goes wrong with this request, if anything."""
        with self._lock:
            return next((fault for fault in self._script if fault.due(request)), None)


def refuse(fault: Fault) -> None:
    """Raise the refusal that a fault stands for; other faults come later."""
    refusal = REFUSALS.get(fault.kind)
    if refusal:
        raise refusal(fault)


def bend(fault: Fault, page: Page, own_link: str) -> Page:
    """A page with what the fault does to it."""
    changes: dict[str, Any] = {
        "hostile_link": {"next_link": fault.details.get("link", "https://elders.example/v1.0/users")},
        "repeated_link": {"next_link": own_link},
        "no_value": {"no_value": True},
        "empty": {"rows": [], "next_link": "", "count": None},
    }.get(fault.kind, {})
    return replace(page, **changes)


def spoil(fault: Fault, answer: Answer) -> Answer:
    """An answer with what the fault does to it on the way."""
    if fault.kind in ("truncated", "reset"):
        return replace(answer, cut=fault.kind)
    if fault.kind == "slow":
        return replace(answer, wait=float(fault.details.get("seconds", 1)))
    if fault.kind == "not_json":
        return Answer(200, {"Content-Type": "text/html"}, b"<html><body>Even geduld</body></html>")
    if fault.kind == "redirect":
        return Answer(302, {"Location": fault.details.get("link", "https://elders.example/")}, b"")
    if fault.kind == "gateway_timeout" and not fault.details.get("json", False):
        return Answer(504, {"Content-Type": "text/html"}, b"<html><h2>504 Gateway Time-out</h2></html>")
    return answer


def _throttled(fault: Fault) -> Refusal:
    return answers.throttled(int(fault.details.get("retry_after", 1)))


def _malformed(fault: Fault) -> Refusal:
    refusal = answers.throttled(1)
    refusal.headers["Retry-After"] = str(fault.details.get("retry_after", "straks"))
    return refusal


REFUSALS: dict[str, Any] = {
    "throttled": _throttled,
    "malformed_retry_after": _malformed,
    "unavailable": lambda fault: answers.unavailable(int(fault.details.get("retry_after", 1))),
    "gateway_timeout": lambda fault: Refusal(504, "UnknownError", ""),
    "forbidden_permission": lambda fault: answers.no_permission(),
    "forbidden_licence": lambda fault: answers.no_premium(),
    "expired_token": lambda fault: answers.no_token(),
}
