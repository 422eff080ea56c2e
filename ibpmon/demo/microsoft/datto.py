"""Datto RMM: its API v2, as far as its public description goes.

Known: rmm.datto.com/help "Datto RMM API" (the limit, tokens of 100 hours, at most 250 rows) and the OpenAPI document
behind /api/swagger-ui of each Datto platform (paths, options, shapes). What is marked `assumed` stands in neither, and
was not tried on a live account.
"""

import base64
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote

from ibpmon.demo.board.nouns import Board
from ibpmon.demo.microsoft.answers import Answer, Json, Request, compact
from ibpmon.demo.microsoft.throttling import Limit

MOST = 250
TOKEN_LIFE = 100 * 3600
REQUESTS, SECONDS = 600, 60.0  # of the whole account
SLOW_FROM = 0.9  # from this share of the limit on each answer takes a second longer
BY_DEFAULT = timedelta(minutes=15)  # how far the log goes back when nothing is asked
KEPT = timedelta(days=180)  # assumed: third parties tell so
CLIENT = "Basic " + base64.b64encode(b"public-client:public").decode()  # the same for everyone: no secret
DAY_FORM = "%Y-%m-%dT%H:%M:%SZ"
FILTERS: dict[str, Callable[[Json], str]] = {
    "entities": lambda row: str(row["entity"]),
    "categories": lambda row: str(row["category"]),
    "actions": lambda row: str(row["action"]),
    "siteIds": lambda row: str(row["site"]["id"]),
    "userIds": lambda row: str(row["user"]["id"]),
}
LIKE: dict[str, Callable[[Json], str]] = {
    "hostname": lambda row: str(row["hostname"]),
    "siteName": lambda row: str(row["siteName"]),
    "operatingSystem": lambda row: str(row["operatingSystem"]),
    "deviceType": lambda row: str(row["deviceType"]["category"]),
}


class Denied(Exception):
    """Datto refuses; carries the answer."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.answer = told(status, {"error": code, "error_description": text})  # assumed: as Spring Security writes it


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was given, and until when it is good."""

    until: float
    key: str


class Datto:
    """Answers for one board. `register` makes an API key; limits and tokens run by `ticks`."""

    def __init__(
        self, board: Board, clock: Callable[[], datetime], ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self.board, self.clock, self.ticks = board, clock, ticks
        self.limit: Limit | None = Limit(REQUESTS, SECONDS, ticks)
        self.refused = 0
        self._keys: dict[str, str] = {}
        self._tokens: dict[str, Token] = {}

    def register(self, key: str, secret: str) -> None:
        """Make an API key with its secret, as a user does in the portal."""
        self._keys[key] = secret

    def expire_tokens(self) -> None:
        """Make all tokens that were given worthless."""
        self._tokens.clear()

    def answer(self, request: Request) -> Answer | None:
        """What is asked, or None for what is not there."""
        try:
            if request.path == "/auth/oauth/token":
                return self.token(request)
            rows = ROUTES.get(request.path)
            return self.read(request, rows) if rows else None
        except Denied as denied:
            return denied.answer

    # ------------------------------------------------------------ signing in

    def token(self, request: Request) -> Answer:
        """A token for the API key and secret, sent as a user name and a password."""
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if request.method != "POST" or request.headers.get("authorization") != CLIENT:
            raise Denied(401, "invalid_client", "Bad client credentials")
        if form.get("grant_type") != "password":
            raise Denied(400, "unsupported_grant_type", "Unsupported grant type")
        if not self.is_known(form.get("username", ""), form.get("password", "")):
            raise Denied(400, "invalid_grant", "Bad credentials")
        made = secrets.token_urlsafe(24)
        self._tokens[made] = Token(self.ticks() + TOKEN_LIFE, form["username"])
        body = {"access_token": made, "token_type": "bearer", "expires_in": TOKEN_LIFE - 1, "scope": "default"}
        return told(200, body)

    def is_known(self, key: str, secret: str) -> bool:
        """Whether key and secret belong together."""
        return key in self._keys and secrets.compare_digest(self._keys[key].encode(), secret.encode())

    def check_token(self, request: Request) -> None:
        """Refuse what is not a token of ours, and one that is too old."""
        kind, _, made = request.headers.get("authorization", "").partition(" ")
        token = self._tokens.get(made)
        if kind.lower() != "bearer" or token is None or token.until < self.ticks() or token.key not in self._keys:
            raise Denied(401, "invalid_token", "Invalid access token")

    # ------------------------------------------------------------ reading

    def read(self, request: Request, rows: "Rows") -> Answer:
        """A page of rows; near the limit it comes a second later, and past it not at all.

        Assumed: 429 says nothing of how long to wait.
        """
        self.check_token(request)
        if request.method != "GET":
            raise Denied(405, "method_not_allowed", "Request method is not supported")
        if self.limit and self.limit.take("account"):
            self.refused += 1
            raise Denied(429, "too_many_requests", "Request limit exceeded")
        busy = self.limit and self.limit.used("account") > SLOW_FROM * self.limit.number
        return told(200, rows(self, request), wait=1.0 if busy else 0.0)

    def devices(self, request: Request) -> Json:
        """The devices of the account; pages have numbers, from 0."""
        query = request.query
        rows = [row for row in self.board.rmm_devices if matches(row, query, LIKE, is_like)]
        size, number = whole(query, "max", MOST), whole(query, "page", 0, least=0)
        size = min(size, MOST)
        begin, end = number * size, (number + 1) * size
        before = link(request, page=str(number - 1)) if number else None
        after = link(request, page=str(number + 1)) if end < len(rows) else None
        return {"pageDetails": details(rows[begin:end], len(rows), before, after), "devices": rows[begin:end]}

    def activities(self, request: Request) -> Json:
        """The log between two moments; a page begins after a row, so that news at the top moves nothing."""
        query, size = request.query, min(whole(request.query, "size", MOST), MOST)
        rows = self.between(query)
        begin = next((at + 1 for at, row in enumerate(rows) if place(row) == query.get("searchAfter")), 0)
        chosen = rows[begin : begin + size]
        more = begin + size < len(rows)
        after = link(request, page="next", searchAfter=place(chosen[-1])) if more else None
        shown = [row | {"date": row["date"] / 1000} for row in chosen]  # this log counts seconds, devices milliseconds
        return {"pageDetails": details(chosen, len(rows), None, after), "activities": shown}

    def between(self, query: Mapping[str, str]) -> list[Json]:
        """The rows of the log that are asked, in the order that is asked; assumed: the newest first by default."""
        now = self.clock()
        begin = max(moment(query, "from", now - BY_DEFAULT), now - KEPT)
        end = min(moment(query, "until", now), now)
        within = (row for row in self.board.rmm_activities if begin <= at(row) <= end)
        rows = [row for row in within if matches(row, query, FILTERS, is_one_of)]
        return sorted(rows, key=lambda row: (row["date"], row["id"]), reverse=query.get("order") != "asc")


Rows = Callable[[Datto, Request], Json]
ROUTES: dict[str, Rows] = {"/api/v2/account/devices": Datto.devices, "/api/v2/activity-logs": Datto.activities}


def told(status: int, body: Json, wait: float = 0.0) -> Answer:
    """An answer as JSON."""
    return Answer(status, {"Content-Type": "application/json"}, compact(body), wait=wait)


def details(shown: list[Json], total: int, before: str | None, after: str | None) -> Json:
    """What stands beside the rows of a page."""
    return {"count": len(shown), "totalCount": total, "prevPageUrl": before, "nextPageUrl": after}


def link(request: Request, **options: str) -> str:
    """The address of another page with the same question."""
    query = {**request.query, **options}
    text = "&".join(f"{name}={quote(value, safe=',:')}" for name, value in query.items())
    return f"{request.origin}{request.path}?{text}"


def whole(query: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    """A whole number in the question."""
    text = query.get(name, str(default))
    if not text.isdigit() or int(text) < least:
        raise Denied(400, "bad_request", f"Invalid value for {name}")
    return int(text)


def moment(query: Mapping[str, str], name: str, default: datetime) -> datetime:
    """A moment in the question, in the one form that Datto takes."""
    if name not in query:
        return default
    try:
        return datetime.strptime(query[name], DAY_FORM).replace(tzinfo=UTC)
    except ValueError as wrong:
        raise Denied(400, "bad_request", f"Invalid value for {name}") from wrong


def at(row: Json) -> datetime:
    """When something happened; the board counts in milliseconds."""
    return datetime.fromtimestamp(row["date"] / 1000, UTC)


def place(row: Json) -> str:
    """The place of a row in the log."""
    return f"{row['date']},{row['id']}"


def matches(
    row: Json, query: Mapping[str, str], fields: Mapping[str, Callable[[Json], str]], fits: Callable[[str, str], Any]
) -> bool:
    """Whether a row is among those that are asked."""
    return all(fits(field(row).lower(), query[name].lower()) for name, field in fields.items() if name in query)


def is_one_of(value: str, wanted: str) -> bool:
    """Whether a value is in a list with commas."""
    return value in wanted.split(",")


def is_like(value: str, wanted: str) -> bool:
    """Whether a value holds this text."""
    return wanted in value
