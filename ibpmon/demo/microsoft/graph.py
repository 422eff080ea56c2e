"""Graph over a fictitious board: which endpoint is asked, may this app have it, and which page of which rows."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

from ibpmon.demo.board import Board
from ibpmon.demo.microsoft import answers, files, logs, questions, throttling
from ibpmon.demo.microsoft.answers import Answer, Json, Page, Request, compact, json_answer
from ibpmon.demo.microsoft.delta import Deltas
from ibpmon.demo.microsoft.directory import Lookup
from ibpmon.demo.microsoft.endpoints import Endpoint, Place, find
from ibpmon.demo.microsoft.identity import Caller
from ibpmon.demo.microsoft.logs import Audits, Entry, Lateness, Log, SignIns, Window
from ibpmon.demo.microsoft.mailbox import Mailbox
from ibpmon.demo.microsoft.sending import send
from ibpmon.demo.microsoft.throttling import Budget, Limit, Throttling

__all__ = ["Graph", "Limit", "Lookup", "SignIns"]

ANSWERS_KEPT = 2_000  # collections that stay ready as JSON
TIPS = "Use $top and $filter to get only the events your app needs."
VERSIONS = ("v1.0", "beta")


class Answerer(Protocol):
    """Another part of Graph: files, or the audit log of Purview."""

    def answer(self, request: Request, caller: Caller) -> Answer | None:
        """The answer, or None for what is not there."""


class Graph:
    """Answers questions about one board."""

    def __init__(
        self,
        board: Board,
        clock: Callable[[], datetime],
        licences: Iterable[str],
        limits: Mapping[str, Budget | None],
        *,
        lateness: Lateness | None = None,
        ticks: Callable[[], float] | None = None,
    ) -> None:
        self.board, self.clock, self.licences = board, clock, set(licences)
        self.base, self.lateness = "", lateness
        self.mailbox: Mailbox | None = None
        self.elsewhere: list[Answerer] = []
        self.throttling = Throttling(limits, *([ticks] if ticks else []))
        self._rows: OrderedDict[tuple[str, ...], list[bytes]] = OrderedDict()
        self._version = -1
        self._lock = threading.Lock()
        self._sign_ins, self._audits = SignIns(board), Audits(board)
        self._lookup = Lookup(board, self.licences)
        self.deltas = Deltas(board, self._lookup, lambda: self.clock())

    @property
    def limit(self) -> Limit | None:
        """The limit of the reports."""
        return self.throttling.limits.get("reporting")

    @limit.setter
    def limit(self, limit: Limit | None) -> None:
        self.throttling.limits.pop("reporting", None)
        if limit:
            self.throttling.limits["reporting"] = limit

    def answer(self, request: Request, caller: Caller) -> Answer:
        """What is asked; raises Refusal for what Graph does not give.

        1. is it about files or another part that answers for itself
        2. is there such a thing, and may this app read it
        3. does the tenant have the licence, and is the family of endpoints not too busy
        4. which rows, from where, how many
        """
        found = self.answer_elsewhere(request, caller)
        if found:
            return found
        place = find(path_of(request))
        if place.endpoint.shape == "send":
            return self.send(place.key, request, caller)
        if request.method != "GET":
            raise answers.Refusal(405, "Request_BadRequest", "Specified HTTP method is not allowed.")
        asked = frozenset(questions.selected(request.query))
        check_permissions(place.endpoint, caller, asked)
        self.check_licence(place.endpoint, asked)
        headers = self.spend(throttling.price(place.endpoint, request, asked), caller)
        questions.check_options(place.endpoint, request.query)
        answer = self.shaped(place, request, caller)
        return replace(answer, headers=answer.headers | headers)

    def answer_elsewhere(self, request: Request, caller: Caller) -> Answer | None:
        """The answer of the parts that have paths of their own; SharePoint counts what they refuse, too."""
        if path_of(request).startswith(("/sites/getAllSites", "/sites/oneDrive.getAllSites")):
            return None
        units, headers = files.cost(request), dict[str, str]()
        if units:
            if "SPO" not in self.licences:
                raise answers.no_sharepoint()
            headers = self.spend([("sharepoint", units)], caller)
        for part in self.elsewhere:
            if found := part.answer(request, caller):
                return replace(found, headers=found.headers | headers)
        return None

    def spend(self, charges: list[tuple[str, int]], caller: Caller) -> dict[str, str]:
        """Take what the question costs; gives the headers that tell of it."""
        headers: dict[str, str] = {}
        for family, units in charges:
            headers |= self.throttling.spend(family, units, caller.client_id)
        return headers

    def send(self, sender: str, request: Request, caller: Caller) -> Answer:
        """Mail from one mailbox: of any with Mail.Send, or of those that Exchange granted."""
        if request.method != "POST":
            raise answers.Refusal(405, "Request_BadRequest", "Specified HTTP method is not allowed.")
        if "Mail.Send" not in caller.permissions and sender.lower() not in caller.mailboxes:
            raise answers.no_mailbox()
        self.spend([("mail", 1)], caller)
        if self.mailbox is None or not self.has_mailbox(sender):
            raise answers.Refusal(404, "ErrorInvalidUser", f"The requested user '{sender}' is invalid.")
        return send(request, sender, self.mailbox)

    def has_mailbox(self, sender: str) -> bool:
        """Whether somebody or something has this address; the sender of the board's mail has one."""
        known = {str(row[name]).lower() for row in self._lookup.plain["users"] for name in ("id", "userPrincipalName")}
        return sender.lower() in known or (self.mailbox is not None and sender == self.mailbox.smtp.user)

    def check_licence(self, endpoint: Endpoint, asked: frozenset[str]) -> None:
        """Without P1 no reports, without P2 no privileged roles, without Intune no devices; each in its own words."""
        need = "P1" if "signInActivity" in asked else endpoint.licence
        if need and not {need, *(["P2"] if need == "P1" else [])} & self.licences:
            raise REFUSALS[(endpoint.family, need)]() if (endpoint.family, need) in REFUSALS else answers.no_premium()

    # ------------------------------------------------------------ answers by shape

    def shaped(self, place: Place, request: Request, caller: Caller) -> Answer:
        """The answer in the shape of the endpoint."""
        by_shape: dict[str, Callable[[Place, Request, Caller], Answer]] = {
            "list": self.page,
            "log": self.log_page,
            "delta": self.delta_page,
            "count": self.count,
            "item": self.item,
            "one": self.setting,
        }
        return by_shape[place.endpoint.shape](place, request, caller)

    def page(self, place: Place, request: Request, caller: Caller) -> Answer:
        """The rows from the place that the skip token tells."""
        endpoint, token = place.endpoint, questions.read_place(request.query)
        rows = self.rows(place, request, caller)
        begin, number = (token["at"], token["page"]) if token else (0, 0)
        end = questions.page_end(begin, len(rows), questions.page_size(endpoint, request.query), number)
        next_link = self.next_link(request, {"at": end, "page": number + 1}) if end < len(rows) else ""
        counted = not token and (questions.wants_count(request) or endpoint.family != "directory")
        count = len(rows) if counted and "$count" in request.query else None
        return Page(self.context(place, request), rows[begin:end], next_link, count=count).answer()

    def count(self, place: Place, request: Request, caller: Caller) -> Answer:
        """How many rows there are, as plain text; the number of the separate index, which a client must accept."""
        if not request.advanced:
            raise answers.bad_request("$count is not currently supported.", "Request_BadRequest")
        return answers.text_answer(str(len(self.rows(place, request, caller))))

    def item(self, place: Place, request: Request, caller: Caller) -> Answer:
        """One object."""
        row = self._lookup.one(place.endpoint.name, place.key)
        if questions.asks_activity(request.query):
            if row["id"] != place.key:
                raise answers.bad_request("Get By Key only supports UserId and the key has to be a valid Guid")
            row = self._lookup.with_activity(row)
        (chosen,) = questions.select([row], request.query, place.endpoint)
        return json_answer(200, compact({"@odata.context": self.context(place, request), **chosen}))

    def setting(self, place: Place, request: Request, caller: Caller) -> Answer:
        """A document of which there is one."""
        names = questions.selected(request.query)
        document = self._lookup.setting(place.endpoint.name)
        chosen = questions.pick(document, names) if names else document
        return json_answer(200, compact({"@odata.context": self.context(place, request), **chosen}))

    def delta_page(self, place: Place, request: Request, caller: Caller) -> Answer:
        """What changed."""
        context = f"{self.base}{prefix(request)}/$metadata#{place.endpoint.context}"
        return self.deltas.page(place.endpoint, request, context, f"{self.base}{request.path}").answer()

    def log_page(self, place: Place, request: Request, caller: Caller) -> Answer:
        """Events of a window, newest first; now and then one comes again at the turn of a page."""
        asked = self.window(place.endpoint, request)
        log = self.log(place.endpoint, request, asked)
        token, (first, last) = questions.read_place(request.query), log.between(asked)
        begin, number = (max(first, log.after(token)), token["page"]) if token else (first, 0)
        size = questions.odd_size(questions.page_size(place.endpoint, request.query), number)
        found, end = log.take(begin, last, size, self.there)
        if number == 1 and found and self.there(log.entries[begin - 1]):
            found.insert(0, log.entries[begin - 1])
        following = {**(log.place(end) if end else token or {}), "page": number + 1}
        next_link = self.next_link(request, following) if end < last else ""
        if place.endpoint.name == "audits" and "$orderby" not in request.query:
            found.sort(key=lambda event: event.id)  # without the option no order is promised
        tips = TIPS if place.endpoint.name == "audits" and not token else ""
        return Page(self.context(place, request), [log.render(row) for row in found], next_link, tips=tips).answer()

    def window(self, endpoint: Endpoint, request: Request) -> Window:
        """The moments that are asked; without P1 the logs are kept for a week."""
        kept = logs.RETENTION if {"P1", "P2"} & self.licences else logs.SHORT_RETENTION
        field = "createdDateTime" if endpoint.name == "signIns" else "activityDateTime"
        return logs.window(request.query.get("$filter", ""), self.clock(), kept, field, version_of(request))

    def log(self, endpoint: Endpoint, request: Request, asked: Window) -> Log:
        """The log that is asked."""
        if endpoint.name == "audits":
            return self._audits.log()
        return self._sign_ins.log(version_of(request), asked.kinds)

    def there(self, entry: Entry) -> bool:
        """Whether an event can be seen by now: some take their time."""
        return self.lateness is None or entry.at + self.lateness(entry.id, entry.at) <= self.clock()

    # ------------------------------------------------------------ rows and links

    def rows(self, place: Place, request: Request, caller: Caller) -> list[bytes]:
        """All rows of a collection as JSON, made once for each question."""
        with self._lock:
            self.refresh()
            key = self.question(place, request, caller)
            if key not in self._rows:
                self._rows[key] = [compact(row) for row in self.chosen(place, request, caller)]
                while len(self._rows) > ANSWERS_KEPT:
                    self._rows.popitem(last=False)
            return self._rows[key]

    def refresh(self) -> None:
        """Forget the rows when something changed at the board."""
        if self._version != self.board.journal.version:
            self._version = self.board.journal.version
            self._rows.clear()

    def forget(self) -> None:
        """Read everything anew: the board lived on."""
        self._lookup.forget()
        self._version, self._sign_ins, self._audits = -1, SignIns(self.board), Audits(self.board)

    def question(self, place: Place, request: Request, caller: Caller) -> tuple[str, ...]:
        """What the rows depend on."""
        options = [request.query.get(name, "") for name in ("$filter", "$select", "$expand", "$search")]
        whose = ",".join(sorted(caller.permissions)) if sees_by_permission(place.endpoint) else ""
        advanced = str(questions.advanced_count(request))
        return place.endpoint.pattern, place.key, place.cast, whose, advanced, *options, *sorted(self.licences)

    def chosen(self, place: Place, request: Request, caller: Caller) -> list[Json]:
        """The rows that are asked, with the properties that are asked."""
        endpoint = place.endpoint
        rows = self._lookup.collection(endpoint.name, place.key, caller.permissions)
        rows = cast_to(rows, place.cast, request) if place.cast else rows
        rows = questions.filtered(searched(rows, request), request, endpoint)
        if questions.asks_activity(request.query):
            rows = [self._lookup.with_activity(row) for row in rows]
        if names := questions.expanded(request.query):
            rows = [self._lookup.with_principal(row, names, caller.permissions) for row in rows]
        chosen = questions.select(rows, request.query, endpoint)
        return [without_type(row) for row in chosen] if place.cast else chosen

    def context(self, place: Place, request: Request) -> str:
        """The context line of the answer."""
        names = [request.query["$select"]] if "$select" in request.query else []
        names += [f"{name}()" for name in questions.expanded(request.query)]
        about = f"{place.cast}s" if place.cast else place.endpoint.context.replace("{id}", place.key)
        shown = f"({','.join(names)})" if names else ""
        head, entity, _ = about.partition("/$entity")
        return f"{self.base}{prefix(request)}/$metadata#{head}{shown}{entity}"

    def next_link(self, request: Request, place: Json) -> str:
        """The link to the rest; opaque for whoever follows it."""
        query = {name: value for name, value in request.query.items() if name.lower() != "$skiptoken"}
        path = request.path.replace("/sites/getAllSites", "/sites/oneDrive.getAllSites")
        options = {**query, "$skiptoken": questions.seal(place)}
        text = "&".join(f"{name}={quote(value, safe='(),:')}" for name, value in options.items())
        return f"{self.base}{quote(path, safe='/,!')}?{text}"


# ---------------------------------------------------------------- small questions

REFUSALS: dict[tuple[str, str], Callable[[], answers.Refusal]] = {
    ("directory", "P2"): answers.no_p2,
    ("devices", "INTUNE"): answers.no_intune,
    ("sharepoint", "SPO"): answers.no_sharepoint,
}


def prefix(request: Request) -> str:
    """The version at the head of a path."""
    return f"/{version_of(request)}"


def version_of(request: Request) -> str:
    """v1.0 or beta."""
    return request.path.split("/", 2)[1]


def path_of(request: Request) -> str:
    """The path without its version."""
    return "/" + request.path.split("/", 2)[2]


def check_permissions(endpoint: Endpoint, caller: Caller, asked: frozenset[str]) -> None:
    """Refuse an app that lacks the right to this endpoint, or to a property that has a right of its own."""
    if not endpoint.permissions & caller.permissions:
        raise answers.no_permission()
    own = [OWN_RIGHTS[name] for name in asked if name in OWN_RIGHTS and endpoint.kind == "user"]
    if any(right not in caller.permissions for right in own):
        raise answers.no_permission()


OWN_RIGHTS = {"signInActivity": "AuditLog.Read.All", "employeeLeaveDateTime": "User-LifeCycleInfo.Read.All"}


def sees_by_permission(endpoint: Endpoint) -> bool:
    """Whether different apps see different things in the same rows."""
    return endpoint.kind == "directoryObject" or "$expand" in endpoint.options


def cast_to(rows: list[Json], kind: str, request: Request) -> list[Json]:
    """Only the rows of one type; a question that the directory takes in advanced form only."""
    if kind not in questions.PEOPLE or not questions.advanced_count(request):
        raise answers.unsupported(f"The specified cast to '{kind}' is not supported.")
    return [row for row in rows if row["@odata.type"] == f"#microsoft.graph.{kind}"]


def without_type(row: Json) -> Json:
    """A row of which the question told the type already."""
    return {name: value for name, value in row.items() if name != "@odata.type"}


def searched(rows: list[Json], request: Request) -> list[Json]:
    """The rows whose name holds a word: `"displayName:word"`, in advanced form only."""
    text = request.query.get("$search", "").strip('"')
    if not text:
        return rows
    name, _, word = text.partition(":")
    if not request.advanced or not word:
        raise answers.unsupported("Request with $search query parameter only works through MSGraph with a header.")
    return [row for row in rows if word.lower() in str(row.get(name) or "").lower()]


def documented_limits(board: Board) -> dict[str, Budget]:
    """The limits of a tenant of this size; so many accounts, so many licences."""
    return throttling.documented(len(board.people), len(board.people))
