"""What may go wrong at Microsoft, as a script of single faults or as a storm: which request, how often, and how."""

import hashlib
import json
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ibpmon.demo.microsoft import answers
from ibpmon.demo.microsoft.answers import Answer, Json, Refusal, Request, json_answer

EVIL = "https://elders.example/v1.0/users"


class Fault:
    """One line of the script: from the `after`-th matching request on, `times` times.

    Details: `retry_after` (throttled, unavailable, malformed_retry_after), `json` (gateway_timeout),
    `link` (hostile_link, hostile_delta_link, gone, redirect), `seconds` (slow, drip), `piece` (drip: bytes at a time),
    `rows` (duplicate, late), `seed` (reordered).
    """

    def __init__(self, kind: str, path: str = "", times: int = 1, after: int = 0, **details: Any) -> None:
        if kind not in KINDS:
            raise ValueError(f"unknown fault {kind!r}; known: {', '.join(sorted(KINDS))}")
        self.kind, self.path, self.times, self.after = kind, path, times, after
        self.details: dict[str, Any] = details

    def due(self, request: Request) -> bool:
        """Whether it is this request's turn; counts down."""
        if self.path not in request.path or self.times <= 0:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True

    def pick(self, request: Request) -> "Fault | None":
        """What goes wrong with this request, if anything."""
        return self if self.due(request) else None


# what a network and a busy service do, and a repeated request survives
STORMY = (
    "throttled",
    "server_error",
    "bad_gateway",
    "unavailable",
    "gateway_timeout",
    "insufficient_storage",
    "reset",
    "truncated",
    "tls_cut",
)


class Storm:
    """Lets a share of all requests fail for ever, the same ones for the same seed and the same questions.

    The chance of a request follows from the seed, the question and how often it was asked, so that threads that ask
    in another order meet the same storm. No question fails more than `in_a_row` times without an answer in between.
    """

    def __init__(
        self,
        seed: int,
        share: float = 0.30,
        kinds: Sequence[str] = STORMY,
        *,
        in_a_row: int = 4,
        path: str = "",
        **details: Any,
    ) -> None:
        if unknown := set(kinds) - KINDS:
            raise ValueError(f"unknown fault {sorted(unknown)[0]!r}; known: {', '.join(sorted(KINDS))}")
        self.seed, self.share, self.kinds, self.in_a_row = seed, share, tuple(kinds), in_a_row
        self.path, self.details = path, details
        self.asked, self.failed = 0, 0
        self._times: dict[str, int] = {}
        self._failures: dict[str, int] = {}

    def pick(self, request: Request) -> Fault | None:
        """The fault of this request, if the storm hits it."""
        if self.path not in request.path:
            return None
        self.asked += 1
        question, whole = fingerprint(request, forget=("$deltatoken", "token")), fingerprint(request)
        self._times[question] = self._times.get(question, 0) + 1
        chance = random.Random(f"{self.seed}/{question}/{self._times[question]}")
        hit = chance.random() < self.share and self._failures.get(whole, 0) < self.in_a_row
        self._failures[whole] = self._failures.get(whole, 0) + 1 if hit else 0
        if not hit:
            return None
        self.failed += 1
        return Fault(chance.choice(self.kinds), **self.details)


def fingerprint(request: Request, forget: Sequence[str] = ()) -> str:
    """The question as a short text; a delta token tells the time and so differs in each play."""
    asked = sorted((name, value) for name, value in request.query.items() if name not in forget)
    text = f"{request.method} {request.path} {asked}".encode() + request.body
    return hashlib.blake2b(text, digest_size=12).hexdigest()


class Faults:
    """The script; the server asks it about each request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._script: list[Fault | Storm] = []

    def add(self, fault: Fault | Storm) -> None:
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
            return next((found for entry in self._script if (found := entry.pick(request))), None)


# ---------------------------------------------------------------- what a fault does


def refuse(fault: Fault) -> None:
    """Raise the refusal that a fault stands for; other faults come later."""
    refusal = REFUSALS.get(fault.kind)
    if refusal:
        raise refusal(fault)


def spoil(fault: Fault, answer: Answer, request: Request) -> Answer:
    """An answer with what the fault does to it: in its rows and links, or on the way."""
    if fault.kind in BENDS and answer.status == 200:
        return bend(fault, answer, request)
    if fault.kind in ON_THE_WAY:
        return replace(answer, cut=fault.kind)
    if fault.kind == "done_but_timeout":  # it was carried out, and the gate in front did not hear so in time
        return Answer(504, {"Content-Type": "text/html"}, b"<html><h2>504 Gateway Time-out</h2></html>")
    if fault.kind == "slow":
        return replace(answer, wait=answer.wait + float(fault.details.get("seconds", 1)))
    if fault.kind == "drip":
        return replace(answer, drip=(int(fault.details.get("piece", 1)), float(fault.details.get("seconds", 0.05))))
    if fault.kind == "not_json":
        return Answer(200, {"Content-Type": "text/html"}, b"<html><body>Even geduld</body></html>")
    if fault.kind == "redirect":
        return Answer(302, {"Location": fault.details.get("link", "https://elders.example/")}, b"")
    if fault.kind == "gateway_timeout" and not fault.details.get("json", False):
        return Answer(504, {"Content-Type": "text/html"}, b"<html><h2>504 Gateway Time-out</h2></html>")
    return answer


def spoil_inner(fault: Fault, answer: Answer, request: Request) -> Answer:
    """The same inside a batch, where a broken connection behind Microsoft's gate becomes an answer of the gate."""
    if fault.kind in (*ON_THE_WAY, "done_but_timeout", "not_json", "redirect"):
        return json_answer(504, answers.compact({"error": {"code": "UnknownError", "message": ""}}))
    if fault.kind == "gateway_timeout":
        return answer
    return spoil(fault, answer, request)


ON_THE_WAY = ("truncated", "reset", "tls_cut")


def bend(fault: Fault, answer: Answer, request: Request) -> Answer:
    """A page with other rows or another link; what is no page stays as it is."""
    try:
        page = json.loads(answer.body)
    except ValueError:
        return answer
    if not isinstance(page, dict):
        return answer
    BENDS[fault.kind](fault, page, request)
    return replace(answer, body=answers.compact(page))


def next_link(page: Json, link: str, request: Request) -> None:
    """Give a page another link to the rest, under the name of its service."""
    if "pageDetails" in page:
        page["pageDetails"]["nextPageUrl"] = link
    else:
        page["odata.nextLink" if "/_api/" in request.path else "@odata.nextLink"] = link
        page.pop("@odata.deltaLink", None)


def own_link(request: Request) -> str:
    """The address that was asked."""
    text = "&".join(f"{name}={value}" for name, value in request.query.items())
    return f"{request.origin}{request.path}{'?' if text else ''}{text}"


def no_rest(page: Json) -> None:
    """Let a page be the last one."""
    for name in ("@odata.nextLink", "odata.nextLink", "@odata.count"):
        page.pop(name, None)


def _hostile(fault: Fault, page: Json, request: Request) -> None:
    next_link(page, fault.details.get("link", EVIL), request)


def _hostile_delta(fault: Fault, page: Json, request: Request) -> None:
    no_rest(page)
    page["@odata.deltaLink"] = fault.details.get("link", EVIL)


def _repeated(fault: Fault, page: Json, request: Request) -> None:
    next_link(page, own_link(request), request)


def _endless(fault: Fault, page: Json, request: Request) -> None:
    number = int(request.query.get("endless", "0")) + 1
    query = {**request.query, "endless": str(number)}
    next_link(page, own_link(replace(request, query=query)), request)


def _no_value(fault: Fault, page: Json, request: Request) -> None:
    page.pop("value", None)


def _empty(fault: Fault, page: Json, request: Request) -> None:
    page["value"] = []
    no_rest(page)


def _duplicate(fault: Fault, page: Json, request: Request) -> None:
    rows = page.get("value", [])
    page["value"] = rows + rows[: int(fault.details.get("rows", 3))]


def _reordered(fault: Fault, page: Json, request: Request) -> None:
    random.Random(fault.details.get("seed", 1)).shuffle(page.get("value", []))


def _late(fault: Fault, page: Json, request: Request) -> None:
    page["value"] = page.get("value", [])[int(fault.details.get("rows", 1)) :]


BENDS: dict[str, Callable[[Fault, Json, Request], None]] = {
    "hostile_link": _hostile,
    "hostile_delta_link": _hostile_delta,
    "repeated_link": _repeated,
    "endless_link": _endless,
    "no_value": _no_value,
    "empty": _empty,
    "duplicate": _duplicate,
    "reordered": _reordered,
    "late": _late,  # the newest rows of a page are not there yet
}


def _throttled(fault: Fault) -> Refusal:
    return answers.throttled(int(fault.details.get("retry_after", 1)))


def _silently_throttled(fault: Fault) -> Refusal:
    return answers.too_many()


def _malformed(fault: Fault) -> Refusal:
    refusal = answers.throttled(1)
    refusal.headers["Retry-After"] = str(fault.details.get("retry_after", "straks"))
    return refusal


def _gone(fault: Fault) -> Refusal:
    return answers.sync_state_lost(int(fault.details.get("status", 410)), fault.details.get("link", ""))


REFUSALS: dict[str, Callable[[Fault], Refusal]] = {
    "throttled": _throttled,
    "throttled_silently": _silently_throttled,
    "malformed_retry_after": _malformed,
    "server_error": lambda fault: Refusal(500, "generalException", "An unspecified error has occurred."),
    "bad_gateway": lambda fault: Refusal(502, "UnknownError", "Bad gateway"),
    "unavailable": lambda fault: answers.unavailable(int(fault.details.get("retry_after", 1))),
    "gateway_timeout": lambda fault: Refusal(504, "UnknownError", ""),
    "insufficient_storage": lambda fault: Refusal(507, "insufficientStorage", "Not enough storage is available."),
    "forbidden_permission": lambda fault: answers.no_permission(),
    "forbidden_licence": lambda fault: answers.no_premium(),
    "expired_token": lambda fault: answers.no_token(),
    "expired_page": lambda fault: answers.expired_page(),
    "not_found": lambda fault: answers.not_found(str(fault.details.get("key", ""))),
    "locked": lambda fault: Refusal(423, "resourceLocked", "The resource you are attempting to access is locked"),
    "gone": _gone,
}
KINDS = frozenset([*REFUSALS, *BENDS, *ON_THE_WAY, "done_but_timeout", "slow", "drip", "not_json", "redirect"])
