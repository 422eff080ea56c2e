"""Every route of the web, which action it asks, and of whom the thing is that it is about.

Whoever adds a route adds a row: without one `test_every_route_has_a_row` fails and says so. The rows are all that
tests/test_web_routes.py needs to try each route by each role, on what is one's own, somebody else's and not there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from ibpmon.web.roles import ALLOWED, READERS

OPEN = "open"  # a stranger may come here
SIGNED_IN = "signed in"  # whoever is signed in, also without a role
UNKNOWN = "9999999"


@dataclass(frozen=True, slots=True)
class Things:
    """What there is on the board of these tests. A thing that is somebody's is Anna's."""

    review: int
    pupil: str


@dataclass(frozen=True, slots=True)
class Row:
    """One route: what it asks, and how a request to it looks."""

    asks: str
    path: Callable[[Things], Mapping[str, Any]] | None = None  # the parts of the path, of the thing that is Anna's
    query: Callable[[Things], str] = lambda _things: ""
    form: Callable[[Things], Mapping[str, str]] = lambda _things: {}  # without what proves that it is ours
    key: bool = False  # a program with a key may read it too, and a refusal is JSON
    somebodys: bool = True  # whether a thing in the path is of certain people: then it is not there for others
    missing: Mapping[str, str] = field(default_factory=dict)  # parts of the path of what nothing is; else a high number
    refuses: bool = False  # who may come here can still be told that this cannot be done: the form is empty

    @property
    def roles(self) -> frozenset[str]:
        """The roles that may come here."""
        return next((roles for action, roles in ALLOWED.items() if action == self.asks), frozenset())

    @property
    def readers(self) -> frozenset[str]:
        """The roles for which what is somebody else's is there as well."""
        return self.roles & READERS if self.somebodys else self.roles


RULE = "stale-guest"


def of_board(asks: str, **more: str) -> Row:
    """A thing of the whole board by its number; here there is none, the tests of its own page open one."""
    return Row(asks, path=lambda _things: {"number": UNKNOWN, **more}, missing=more, refuses=True, somebodys=False)


def of_device(asks: str) -> Row:
    """A device; there is none here either."""
    return Row(
        asks, path=lambda _things: {"source": "intune", "key": UNKNOWN}, missing={"source": "intune"}, refuses=True,
        somebodys=False,
    )  # fmt: skip


ROUTES: dict[str, Row] = {
    "GET /": Row("start"),  # a stranger gets another page here: see STRANGERS
    "GET /healthz": Row(OPEN),
    "GET /sign-in": Row(OPEN),
    "GET /signed-in": Row(OPEN, query=lambda _things: "?code=x&state=y"),
    "GET /signed-in-again": Row(OPEN),
    "GET /signed-out": Row(OPEN),
    "GET /static/{name}": Row(OPEN, path=lambda _things: {"name": "style.css"}, missing={"name": "app.py"}),
    "POST /language": Row(OPEN, form=lambda _things: {"language": "nl"}),
    "POST /sign-out": Row(SIGNED_IN),
    # reviews
    "GET /reviews/{number:int}": Row("review", path=lambda things: {"number": things.review}),
    "GET /reviews/{number:int}/items": Row("review", path=lambda things: {"number": things.review}),
    "GET /reviews/{number:int}/items/{item:int}": Row(
        "review", path=lambda things: {"number": things.review, "item": 1}
    ),
    "POST /reviews/{number:int}/items/{item:int}": Row(
        "decide", path=lambda things: {"number": things.review, "item": 1}, refuses=True
    ),
    "GET /reviews/{number:int}/rules/{place:int}": Row(
        "review", path=lambda things: {"number": things.review, "place": 1}
    ),
    "POST /reviews/{number:int}/rules/{place:int}": Row(
        "decide", path=lambda things: {"number": things.review, "place": 1}, refuses=True
    ),
    "GET /reviews/{number:int}/sign": Row("decide", path=lambda things: {"number": things.review}),
    "POST /reviews/{number:int}/sign": Row("decide", path=lambda things: {"number": things.review}, refuses=True),
    "POST /reviews/{number:int}/statement": Row("decide", path=lambda things: {"number": things.review}, refuses=True),
    "GET /reviews/{number:int}/signed": Row("review", path=lambda things: {"number": things.review}, refuses=True),
    "GET /reviews/{number:int}/workbook": Row("decide", path=lambda things: {"number": things.review}),
    "POST /reviews/{number:int}/workbook": Row("decide", path=lambda things: {"number": things.review}, refuses=True),
    "POST /reviews/{number:int}/workbook/read": Row(
        "decide", path=lambda things: {"number": things.review}, refuses=True
    ),
    "GET /questions": Row("questions.answer"),
    "POST /questions/{number:int}/{item:int}": Row(
        "questions.answer", path=lambda things: {"number": things.review, "item": 1}, refuses=True, somebodys=False
    ),
    # the state
    "GET /state": Row("figures"),
    "GET /alerts": Row("alerts"),
    "GET /alerts/{number:int}": of_board("alerts"),
    "POST /alerts/{number:int}/{verb}": of_board("alerts.act", verb="ack"),
    "GET /exceptions": Row("alerts"),
    "POST /exceptions/{number:int}/{verb}": of_board("alerts.act", verb="end"),
    "GET /tasks": Row("tasks"),
    "GET /tasks/{number:int}": of_board("tasks"),
    "POST /tasks/{number:int}/{verb}": of_board("tasks.act", verb="done"),
    "GET /incidents": Row("incidents"),
    "POST /incidents/new": Row("incidents.act", refuses=True),
    "GET /incidents/{number:int}": of_board("incidents"),
    "POST /incidents/{number:int}/{verb}": of_board("incidents.act", verb="note"),
    "GET /requests": Row("requests"),
    "POST /requests/new": Row("requests.act", refuses=True),
    "GET /requests/{number:int}": of_board("requests"),
    "POST /requests/{number:int}/{verb}": of_board("requests.act", verb="note"),
    "GET /norms": Row("norms"),
    "GET /rules": Row("rules"),
    "GET /rules/{key}": Row("rules", path=lambda _things: {"key": RULE}, somebodys=False),
    "POST /rules/{key}/try": Row("rules.try", path=lambda _things: {"key": RULE}, refuses=True, somebodys=False),
    # people and places
    "GET /search": Row("people"),
    "GET /people/{account_id}": Row("people", path=lambda things: {"account_id": things.pupil}, somebodys=False),
    "GET /places/{kind}/{key:path}": Row(
        "people", path=lambda _things: {"kind": "site", "key": "zorg"}, missing={"kind": "site"}, somebodys=False
    ),
    "GET /why": Row("people", query=lambda things: f"?place_kind=site&place=zorg&who_kind=person&who={things.pupil}"),
    "GET /mfa": Row("people"),
    "GET /mfa.xlsx": Row("people"),
    "GET /devices": Row("people"),
    "GET /devices.xlsx": Row("people"),
    "GET /devices/{source}/{key}": of_device("people"),
    "POST /devices/{source}/{key}/lost": of_device("devices.act"),
    "POST /devices/{source}/{key}/found": of_device("devices.act"),
    # privacy
    "GET /reveal": Row("reveal", query=lambda things: f"?account={things.pupil}"),
    "POST /reveal": Row("reveal", form=lambda things: {"account": things.pupil, "reason": "Voor melding twaalf"}),
    "GET /viewers": Row("viewers"),
    # for programs
    **{
        f"GET /api/v1/{name}": Row("figures", key=True)
        for name in ("figures", "coverage", "rules", "alerts", "reviews", "trend", "openapi.json")
    },
}
STRANGERS = {"GET /": 200, "GET /signed-in": 403, "POST /sign-out": 401}  # what a stranger gets, where it is special


def routes(app: FastAPI) -> Iterator[APIRoute]:
    """Every route that there is."""
    for route in flattened(app.routes):
        if isinstance(route, APIRoute):
            yield route


def flattened(found: Any) -> Iterator[Any]:
    """Routes, also those of a router within."""
    for one in found:
        inner = getattr(getattr(one, "original_router", None), "routes", None)
        yield from flattened(inner) if inner is not None else [one]


def named(app: FastAPI) -> dict[str, APIRoute]:
    """Every route under its name; HEAD is GET without the text."""
    return {
        f"{method} {route.path}": route
        for route in routes(app)
        for method in sorted(set(route.methods or ()) - {"HEAD", "OPTIONS"})
    }


def address(name: str, row: Row, things: Things, *, unknown: bool = False) -> str:
    """Where a request goes: to what is Anna's, or to what is not there."""
    path = name.partition(" ")[2]
    for part, value in (row.path(things) if row.path else {}).items():
        told = row.missing.get(part, UNKNOWN) if unknown else str(value)
        for kind in ("", ":int", ":path"):
            path = path.replace(f"{{{part}{kind}}}", told)
    return path + row.query(things)
