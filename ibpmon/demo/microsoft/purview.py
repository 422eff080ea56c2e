"""The audit log of Purview: a question is left behind, worked on, and its records are read when it is done.

Microsoft documents the shapes, but not how long it takes, what is given before it is done, or how large a page is.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ibpmon.demo.board.nouns import Board, stamp
from ibpmon.demo.microsoft import answers, questions
from ibpmon.demo.microsoft.answers import Answer, Json, Page, Refusal, Request, compact, json_answer
from ibpmon.demo.microsoft.identity import Caller

QUERIES = ["security", "auditLog", "queries"]
PAGE, MOST = 150, 1_000  # not documented
POLLS = 2  # how often a client asks whether it is done, until it is
TIME = timedelta(minutes=10)  # or how long it takes at most
KEPT = timedelta(days=180)  # Audit (Standard): learn.microsoft.com/purview/audit-log-retention-policies
SERVICES = {
    "AuditLogsQuery.Read.All": frozenset({"SharePoint", "OneDrive"}),  # every service; the board has these two
    "AuditLogsQuery-SharePoint.Read.All": frozenset({"SharePoint"}),
    "AuditLogsQuery-OneDrive.Read.All": frozenset({"OneDrive"}),
}
LISTS = {  # a filter of a query, and the property of a record that it looks at
    "operationFilters": "operation",
    "recordTypeFilters": "auditLogRecordType",
    "userPrincipalNameFilters": "userPrincipalName",
    "ipAddressFilters": "clientIp",
    "objectIdFilters": "objectId",
    "serviceFilters": "service",
}
OTHERS = frozenset({"administrativeUnitIdFilters", "displayName", "keywordFilter", "@odata.type"})
TIMES = ("filterStartDateTime", "filterEndDateTime")
SHOWN = (*OTHERS - {"@odata.type"}, *TIMES, *LISTS)


@dataclass(slots=True)
class Query:
    """A question that was left behind."""

    id: str
    asked: Json
    made: datetime
    polls: int = 0
    fails: bool = False
    rows: list[Json] = field(default_factory=list)

    def status(self, now: datetime) -> str:
        """How far it is."""
        if self.polls >= POLLS or now - self.made >= TIME:
            return "failed" if self.fails else "succeeded"
        return "running" if self.polls else "notStarted"


class Purview:
    """Answers for one board; the next `failing` questions end badly."""

    def __init__(self, board: Board, clock: Callable[[], datetime]) -> None:
        self.board, self.clock = board, clock
        self.failing = 0
        self._queries: dict[str, Query] = {}

    def answer(self, request: Request, caller: Caller) -> Answer | None:
        """What is asked, or None for what is not about this log; raises Refusal for what is not given."""
        parts = request.path.split("/")[2:]
        if parts[:3] != QUERIES or len(parts) > 5 or parts[4:] not in ([], ["records"]):
            return None
        services = frozenset[str]().union(*(SERVICES.get(name, ()) for name in caller.permissions))
        if not services:
            raise answers.no_permission()
        if request.method == "POST" and len(parts) == 3:
            return self.leave(request, services)
        if request.method != "GET":
            raise Refusal(405, "Request_BadRequest", "Specified HTTP method is not allowed.")
        if len(parts) == 3:
            return self.listed(request)
        query = self.known(parts[3])
        return self.records(request, query) if len(parts) == 5 else self.poll(request, query)

    def leave(self, request: Request, services: frozenset[str]) -> Answer:
        """Take a question; nothing is looked up yet."""
        asked = read(request.body)
        begin, end = window(asked)
        made = Query(str(uuid.uuid4()), asked, self.clock(), fails=self.failing > 0)
        self.failing = max(0, self.failing - 1)
        made.rows = self.found(asked, max(begin, stamp(made.made - KEPT)), end, services)
        self._queries[made.id] = made
        return written(request, made, self.clock(), status=201)

    def found(self, asked: Json, begin: str, end: str, services: frozenset[str]) -> list[Json]:
        """The records that a question means; no order is promised."""
        until = min(end, stamp(self.clock()))
        rows = (row for row in self.board.unified_audit if begin <= row["createdDateTime"] < until)
        return [row for row in rows if row["service"] in services and fits(row, asked)]

    def known(self, key: str) -> Query:
        """The question with this id."""
        if key not in self._queries:
            raise answers.not_found(key)
        return self._queries[key]

    def listed(self, request: Request) -> Answer:
        """All questions that were left behind."""
        now = self.clock()
        rows = [compact(shown(query, query.status(now))) for query in self._queries.values()]
        return Page(context(request, ""), rows).answer()

    def poll(self, request: Request, query: Query) -> Answer:
        """How far a question is."""
        query.polls += 1
        return written(request, query, self.clock())

    def records(self, request: Request, query: Query) -> Answer:
        """The records; none yet while it runs, so who does not look at the state sees an empty log."""
        done = query.status(self.clock()) == "succeeded"
        rows, place = query.rows if done else [], questions.read_place(request.query)
        begin, number = (int(place["at"]), int(place["page"])) if place else (0, 0)
        end = questions.page_end(begin, len(rows), size(request), number)
        again = 1 if number == 1 and end > begin else 0  # a record comes twice at the turn of a page
        ahead = questions.seal({"at": end, "page": number + 1})
        top = f"$top={request.query['$top']}&" if "$top" in request.query else ""
        following = f"{request.origin}{request.path}?{top}$skiptoken={ahead}" if end < len(rows) else ""
        found = [compact(row) for row in rows[begin - again : end]]
        return Page(context(request, f"('{query.id}')/records"), found, following).answer()


# ---------------------------------------------------------------- the question


def read(body: bytes) -> Json:
    """What is asked; refuses a property that a question does not have."""
    try:
        asked = json.loads(body)
    except ValueError as wrong:
        raise answers.bad_request("Unable to read JSON request payload.") from wrong
    if not isinstance(asked, dict):
        raise answers.bad_request("Unable to read JSON request payload.")
    unknown = sorted(set(asked) - OTHERS - {*TIMES, *LISTS})
    if unknown:
        raise answers.bad_request(f"The property '{unknown[0]}' does not exist on type 'auditLogQuery'.")
    return asked


def window(asked: Json) -> tuple[str, str]:
    """The moments between which is looked; both are needed."""
    try:
        begin, end = (stamp(questions.moment(asked[name])) for name in TIMES)
    except (KeyError, TypeError, ValueError) as wrong:
        raise answers.bad_request("filterStartDateTime and filterEndDateTime must be valid times.") from wrong
    if begin >= end:
        raise answers.bad_request("filterStartDateTime must be before filterEndDateTime.")
    return begin, end


def fits(row: Json, asked: Json) -> bool:
    """Whether a record passes all filters; upper and lower case are the same."""
    wanted = ((row[name], asked[option]) for option, name in LISTS.items() if asked.get(option))
    in_lists = all(str(value).lower() in [str(one).lower() for one in allowed] for value, allowed in wanted)
    word = str(asked.get("keywordFilter") or "").lower()
    return in_lists and word in json.dumps(row, ensure_ascii=False).lower()


def size(request: Request) -> int:
    """How many records a page gets."""
    top = request.query.get("$top", str(PAGE))
    if not top.isdigit() or not int(top):
        raise answers.bad_request(f"Invalid page size specified: '{top}'.")
    return min(int(top), MOST)


# ---------------------------------------------------------------- the answer


def shown(query: Query, status: str) -> Json:
    """A question as Graph tells it; what was not asked is empty."""
    empty: Json = {name: [] if name.endswith("Filters") else None for name in SHOWN}
    return {"id": query.id, **empty, **query.asked, "status": status}


def written(request: Request, query: Query, now: datetime, status: int = 200) -> Answer:
    """The answer that is one question."""
    head = {"@odata.context": context(request, "/$entity")}
    return json_answer(status, compact({**head, **shown(query, query.status(now))}))


def context(request: Request, rest: str) -> str:
    """The context line of an answer."""
    return f"{request.origin}/{request.path.split('/')[1]}/$metadata#security/auditLog/queries{rest}"
