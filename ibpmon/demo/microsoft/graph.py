"""Graph v1.0 over a fictitious board: permissions, licences, paging, `$select`, `$filter` and throttling."""

import base64
import bisect
import json
import math
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote

from ibpmon.demo.board import Board
from ibpmon.demo.board.nouns import Member
from ibpmon.demo.board.rendering import accounts_of, render_sign_in
from ibpmon.demo.microsoft import answers
from ibpmon.demo.microsoft.answers import Answer, Json, Page, Request
from ibpmon.demo.microsoft.faults import Fault, bend
from ibpmon.demo.microsoft.identity import Caller

RETENTION = timedelta(days=30)
DIRECTORY = "Directory.Read.All"
USER_DEFAULT = frozenset(
    [
        "businessPhones",
        "displayName",
        "givenName",
        "jobTitle",
        "mail",
        "mobilePhone",
        "officeLocation",
        "preferredLanguage",
        "surname",
        "userPrincipalName",
        "id",
    ]
)
MEMBER_TYPES = {
    "user": ("User.Read.All", ("displayName", "userPrincipalName", "mail", "jobTitle", "givenName", "surname")),
    "group": ("GroupMember.Read.All", ("displayName", "description", "securityEnabled", "mailEnabled")),
    "device": ("Device.Read.All", ("displayName", "deviceId", "operatingSystem")),
    "servicePrincipal": ("Application.Read.All", ("displayName", "appId")),
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One kind of collection: where it is, who may read it, and how it pages."""

    pattern: str
    name: str
    permissions: frozenset[str]
    page: int
    most: int
    licence: str = ""
    options: frozenset[str] = frozenset()
    family: str = ""  # endpoints of one family share a limit


def _endpoint(pattern: str, name: str, permissions: str, page: int, most: int, **more: Any) -> Endpoint:
    options = frozenset(more.pop("options", "$top $select").split()) | {"$skiptoken", "$skipToken"}
    return Endpoint(pattern, name, frozenset(permissions.split()), page, most, options=options, **more)


FULL = "$top $select $filter $count"
ENDPOINTS = (
    _endpoint("/users", "users", f"User.Read.All {DIRECTORY}", 100, 999, options=FULL),
    _endpoint("/groups", "groups", f"GroupMember.Read.All Group.Read.All {DIRECTORY}", 100, 999, options=FULL),
    _endpoint("/groups/{id}/members", "members", f"GroupMember.Read.All Group.Read.All {DIRECTORY}", 100, 999),
    _endpoint(
        "/auditLogs/signIns",
        "signIns",
        "AuditLog.Read.All",
        1000,
        1000,
        options="$top $filter",
        licence="P1",
        family="reporting",
    ),
    _endpoint(
        "/reports/authenticationMethods/userRegistrationDetails",
        "registrations",
        "AuditLog.Read.All",
        300,
        999,
        licence="P1",
        family="reporting",
    ),
    _endpoint(
        "/deviceManagement/managedDevices",
        "devices",
        "DeviceManagementManagedDevices.Read.All",
        1000,
        1000,
        licence="INTUNE",
    ),
    _endpoint("/sites/getAllSites", "sites", "Sites.Read.All Sites.FullControl.All", 30, 200),
    _endpoint("/sites/oneDrive.getAllSites", "sites", "Sites.Read.All Sites.FullControl.All", 30, 200),
    _endpoint("/sites/{id}/drives", "drives", "Sites.Read.All Files.Read.All Sites.FullControl.All", 200, 999),
    _endpoint("/drives/{id}/root/permissions", "permissions", "Sites.Read.All Files.Read.All", 200, 999),
    _endpoint("/drives/{id}/items/root/permissions", "permissions", "Sites.Read.All Files.Read.All", 200, 999),
)
CONTEXTS = {
    "registrations": "reports/authenticationMethods/userRegistrationDetails",
    "members": "directoryObjects",
    "signIns": "auditLogs/signIns",
    "devices": "deviceManagement/managedDevices",
    "permissions": "drives('{id}')/items('root')/permissions",
}


class Graph:
    """Answers questions about one board."""

    def __init__(
        self,
        board: Board,
        clock: Callable[[], datetime],
        licences: Iterable[str],
        reporting_limit: tuple[int, float] | None,
    ) -> None:
        self.board, self.clock, self.licences = board, clock, set(licences)
        self.base = ""
        self.limit = Limit(*reporting_limit) if reporting_limit else None
        self._rows: dict[tuple[str, str, str], list[bytes]] = {}
        self._sign_ins = SignIns(board)
        self._lookup = Lookup(board)

    def answer(self, request: Request, caller: Caller, fault: Fault | None) -> Answer:
        """The page that is asked for; raises Refusal for what Graph does not give.

        1. is there such a thing, and may this app read it
        2. does the tenant have the licence, and is the family of endpoints not too busy
        3. which rows, from where, how many
        """
        endpoint, key = find_endpoint(request.path.removeprefix("/v1.0"))
        if request.method != "GET":
            raise answers.Refusal(405, "Request_BadRequest", "Specified HTTP method is not allowed.")
        if not endpoint.permissions & caller.permissions:
            raise answers.no_permission()
        self.check_licence(endpoint)
        if endpoint.family and self.limit:
            self.limit.spend(caller.client_id)
        check_options(endpoint, request.query)
        page = self.page(endpoint, key, request, caller)
        return (bend(fault, page, self.link(request, request.query)) if fault else page).answer()

    def check_licence(self, endpoint: Endpoint) -> None:
        """Without P1 no reports, without Intune no devices."""
        if endpoint.licence and endpoint.licence not in self.licences:
            raise answers.no_premium() if endpoint.licence == "P1" else answers.no_intune()

    def page(self, endpoint: Endpoint, key: str, request: Request, caller: Caller) -> Page:
        """The rows from the place that the skip token tells."""
        token = read_token(request.query)
        size = page_size(endpoint, request.query)
        if endpoint.name == "signIns":
            lowest, highest = window(request.query.get("$filter", ""), self.clock())
            first, last = self._sign_ins.between(lowest, min(highest, self.clock()))
            fetch: Callable[[int, int], list[bytes]] = self._sign_ins.rows
        else:
            rows = self.rows(endpoint, key, request.query, caller)
            first, last, fetch = 0, len(rows), lambda a, b: rows[a:b]
        begin = token["at"] if token else first
        end, again = page_end(begin, last, size, token["page"] if token else 0)
        # the log repeats a row at the turn of a page now and then; a client must look at the id
        chosen = fetch(begin - (again and endpoint.name == "signIns" and end > begin), end)
        next_link = self.next_link(request, end, token) if end < last else ""
        count = last if "$count" in request.query and not token else None
        return Page(self.context(endpoint, key, request.query), chosen, next_link, count)

    def rows(self, endpoint: Endpoint, key: str, query: dict[str, str], caller: Caller) -> list[bytes]:
        """All rows of a collection as JSON, made once for each selection."""
        selected = query.get("$select", "")
        seen = ",".join(sorted(caller.permissions)) if endpoint.name == "members" else ""
        place = (f"{endpoint.name}/{key}/{query.get('$filter', '')}", selected, seen)
        if place not in self._rows:
            rows = self._lookup.collection(endpoint.name, key, caller.permissions)
            rows = filtered(rows, query.get("$filter", ""))
            chosen = select(endpoint.name, rows, selected)
            self._rows[place] = [json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() for row in chosen]
        return self._rows[place]

    def context(self, endpoint: Endpoint, key: str, query: dict[str, str]) -> str:
        """The context line of the answer."""
        place = CONTEXTS.get(endpoint.name, endpoint.name).replace("{id}", key)
        selected = f"({query['$select']})" if "$select" in query else ""
        return f"{self.base}/v1.0/$metadata#{place}{selected}"

    def next_link(self, request: Request, at: int, token: Json | None) -> str:
        """The link to the rest; opaque for whoever follows it."""
        following = {"at": at, "page": (token["page"] if token else 0) + 1}
        skip = base64.urlsafe_b64encode(json.dumps(following).encode()).decode().rstrip("=")
        return self.link(request, {**request.query, "$skiptoken": skip})

    def link(self, request: Request, query: dict[str, str]) -> str:
        """A full address with these options."""
        path = request.path.replace("/sites/getAllSites", "/sites/oneDrive.getAllSites")
        text = "&".join(f"{name}={quote(value, safe='(),:')}" for name, value in query.items())
        return f"{self.base}{quote(path, safe='/,!')}?{text}"


class Lookup:
    """The collections of a board by name and id."""

    def __init__(self, board: Board) -> None:
        self.board = board
        objects = [("user", row) for row in board.users] + [("group", row) for row in board.groups]
        self.objects = {str(row["id"]): row for _, row in objects}
        self.plain: dict[str, list[Json]] = {
            "users": board.users,
            "groups": board.groups,
            "registrations": board.registrations,
            "devices": board.devices,
            "sites": board.sites,
        }

    def collection(self, name: str, key: str, permissions: frozenset[str]) -> list[Json]:
        """The rows; refuses an id that does not exist."""
        if name in self.plain:
            return self.plain[name]
        sources: dict[str, dict[str, list[Any]]] = {
            "members": self.board.members,
            "drives": self.board.drives,
            "permissions": self.board.permissions,
        }
        source = sources[name]
        if key not in source:
            raise self.unknown(name, key)
        found = source[key]
        return [self.member(row, permissions) for row in found] if name == "members" else found

    def unknown(self, name: str, key: str) -> answers.Refusal:
        """404, or an empty list for a site that has no libraries."""
        return answers.not_found(key if name == "members" else "")

    def member(self, member: Member, permissions: frozenset[str]) -> Json:
        """A member with what this app may see of it: without the right to its type only the id."""
        need, names = MEMBER_TYPES[member.kind]
        known = self.objects.get(member.id, {}) if {need, DIRECTORY} & permissions else {}
        shown = {name: known.get(name) for name in names}
        return {"@odata.type": f"#microsoft.graph.{member.kind}", "id": member.id, **shown}


class SignIns:
    """The log, newest first; each row becomes JSON when it is first asked for."""

    def __init__(self, board: Board) -> None:
        self._log = board.sign_ins
        self._ages = [-row.at.timestamp() for row in board.sign_ins]
        self._ready: list[bytes | None] = [None] * len(self._log)
        self._accounts = accounts_of(board)

    def between(self, lowest: datetime, highest: datetime) -> tuple[int, int]:
        """The place of the first and past the last row within these moments."""
        newest = bisect.bisect_left(self._ages, -highest.timestamp())
        return newest, max(newest, bisect.bisect_right(self._ages, -lowest.timestamp()))

    def rows(self, begin: int, end: int) -> list[bytes]:
        """Rows as JSON."""
        return [self._ready[place] or self._render(place) for place in range(begin, end)]

    def _render(self, place: int) -> bytes:
        ready = render_sign_in(self._accounts, self._log[place])
        self._ready[place] = ready
        return ready


class Limit:
    """So many requests in so many seconds, for each app."""

    def __init__(self, number: int, seconds: float) -> None:
        self.number, self.seconds = number, seconds
        self._spent: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def spend(self, client_id: str) -> None:
        """Take one request from the budget; refuses with the wait when it is used up."""
        now = time.monotonic()
        with self._lock:
            spent = self._spent.setdefault(client_id, deque())
            while spent and now - spent[0] >= self.seconds:
                spent.popleft()
            if len(spent) >= self.number:
                raise answers.throttled(max(1, math.ceil(self.seconds - (now - spent[0]))))
            spent.append(now)


# ---------------------------------------------------------------- reading the question


def find_endpoint(path: str) -> tuple[Endpoint, str]:
    """The endpoint of a path, and the id in it."""
    parts = path.split("/")
    for endpoint in ENDPOINTS:
        wanted = endpoint.pattern.split("/")
        if len(wanted) == len(parts) and all(w in (p, "{id}") for w, p in zip(wanted, parts, strict=True)):
            key = next((p for w, p in zip(wanted, parts, strict=True) if w == "{id}"), "")
            return endpoint, unquote(key)
    raise answers.bad_request(f"Resource not found for the segment '{parts[-1]}'.")


def check_options(endpoint: Endpoint, query: dict[str, str]) -> None:
    """Refuse a query option that this endpoint does not take."""
    for name in query:
        if name.startswith("$") and name not in endpoint.options:
            raise answers.bad_request(f"Query option '{name[1:].title()}' is not allowed.")


def page_size(endpoint: Endpoint, query: dict[str, str]) -> int:
    """What `$top` asks, as far as the endpoint allows."""
    top = query.get("$top", str(endpoint.page))
    if not top.isdigit() or int(top) == 0:
        raise answers.bad_request(f"Invalid page size specified: '{top}'.", "Request_BadRequest")
    return min(int(top), endpoint.most)


def page_end(begin: int, last: int, size: int, number: int) -> tuple[int, bool]:
    """Where this page ends: the second page is half full and the third empty, as it happens at Microsoft."""
    if number == 1:
        return min(last, begin + max(1, size // 2)), True
    if number == 2:
        return begin, False
    return min(last, begin + size), False


def read_token(query: dict[str, str]) -> Json | None:
    """The place where the page before this one ended."""
    text = query.get("$skiptoken", query.get("$skipToken", ""))
    if not text:
        return None
    try:
        token = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return {"at": int(token["at"]), "page": int(token["page"])}
    except (ValueError, KeyError, TypeError) as wrong:
        text = "The specified page token value has expired and can no longer be included in your request."
        raise answers.bad_request(text, "Directory_ExpiredPageToken") from wrong


MOMENT = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,7})?Z)"
CLAUSE = re.compile(rf"createdDateTime (ge|le) {MOMENT}")


def window(text: str, now: datetime) -> tuple[datetime, datetime]:
    """The moments between which sign-ins are asked; only ge and le, no quotes, nothing before retention."""
    lowest, highest = now - RETENTION, now
    for part in text.split(" and ") if text else []:
        clause = CLAUSE.fullmatch(part.strip())
        if clause is None:
            raise answers.bad_request("Invalid filter clause")
        moment = datetime.fromisoformat(clause[2][:26].rstrip("Z")).replace(tzinfo=UTC)
        if clause[1] == "ge" and moment < now - RETENTION:
            raise answers.bad_request("Invalid filter clause")
        lowest, highest = (moment, highest) if clause[1] == "ge" else (lowest, moment)
    return lowest, highest


EQUALS = re.compile(r"(id|accountEnabled) eq (?:'([^']*)'|(true|false))")


def filtered(rows: list[Json], text: str) -> list[Json]:
    """The rows that pass a plain filter."""
    if not text:
        return rows
    clause = EQUALS.fullmatch(text.strip())
    if clause is None:
        raise answers.bad_request("Unsupported or invalid query filter clause specified.", "Request_UnsupportedQuery")
    wanted: Any = clause[2] if clause[3] is None else clause[3] == "true"
    return [row for row in rows if row.get(clause[1]) == wanted]


def select(name: str, rows: list[Json], selected: str) -> list[Json]:
    """The rows with the properties that are asked for; users without a question give the few default ones."""
    if not selected:
        return [pick(row, USER_DEFAULT) for row in rows] if name == "users" else rows
    wanted = {part.strip() for part in selected.split(",")}
    known = {key for row in rows for key in row} | {"id"} | SELECTABLE.get(name, frozenset())
    unknown = sorted(wanted - known)
    if unknown and rows:
        kind = f"microsoft.graph.{name.rstrip('s')}"
        raise answers.bad_request(f"Could not find a property named '{unknown[0]}' on type '{kind}'.")
    # the type stays, and so does the id of a member
    return [pick(row, wanted | {"@odata.type", "id"} if name == "members" else wanted) for row in rows]


SELECTABLE = {
    "members": frozenset({"accountEnabled", "userType", "displayName", "userPrincipalName", "deviceId", "appId"}),
    "sites": frozenset({"name", "displayName", "description"}),
    "permissions": frozenset(
        [
            "grantedTo",
            "grantedToV2",
            "grantedToIdentities",
            "grantedToIdentitiesV2",
            "inheritedFrom",
            "invitation",
            "link",
            "roles",
            "shareId",
            "expirationDateTime",
            "hasPassword",
        ]
    ),
}


def pick(row: Json, names: Iterable[str]) -> Json:
    """A row with these properties only."""
    wanted = set(names)
    return {key: value for key, value in row.items() if key in wanted}
