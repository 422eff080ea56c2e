"""What changed since the last time: rounds of pages that end in a link for the next round."""

import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from ibpmon.demo.board.journal import Change, Member, Step
from ibpmon.demo.board.nouns import Board
from ibpmon.demo.microsoft import answers, questions
from ibpmon.demo.microsoft.answers import Json, Page, Request, compact
from ibpmon.demo.microsoft.directory import Lookup
from ibpmon.demo.microsoft.endpoints import Endpoint

TOKEN_LIFE = timedelta(days=7)
# a row holds so many members at most; who does not fit comes in later rows of the same group
MEMBERS_IN_A_ROW = 100
REPLAYED = 2  # a round that has news begins with so many changes that were told before
LISTS = ("members", "owners")
ROUNDS_KEPT = 32

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Round:
    """One round: what is asked, since when, and the rows, made when it begins."""

    select: str
    ids: str
    minimal: bool
    version: int
    rows: list[bytes]


@dataclass(slots=True)
class Memory:
    """What was told of one kind: which properties ever had a value, and states that a minimal answer compares with."""

    ever: dict[str, frozenset[str]] = field(default_factory=dict)
    states: "OrderedDict[int, dict[str, Json]]" = field(default_factory=OrderedDict)


class Deltas:
    """The rounds of one tenant. Tokens hold a version of the journal and the moment at which they were given."""

    def __init__(self, board: Board, lookup: Lookup, clock: Callable[[], datetime]) -> None:
        self.board, self.lookup, self.clock = board, lookup, clock
        self._rounds: OrderedDict[str, Round] = OrderedDict()
        self._started = 0
        self._memory: dict[str, Memory] = {}

    def page(self, endpoint: Endpoint, request: Request, context: str, address: str) -> Page:
        """One page of a round; the last one holds the link for the next round."""
        place = self.place(endpoint, request, address)
        key = str(place["round"])
        if key not in self._rounds:
            raise answers.expired_page()
        self._rounds.move_to_end(key)
        running = self._rounds[key]
        begin, number, last = int(place["at"]), int(place["page"]), len(running.rows)
        end = questions.page_end(begin, last, self.size(endpoint, request), number)
        shown = f"{context}({running.select})" if running.select else context
        if end < last:
            ahead = questions.seal({"round": key, "at": end, "page": number + 1})
            return Page(shown, running.rows[begin:end], f"{address}?$skiptoken={ahead}")
        return Page(shown, running.rows[begin:end], delta_link=f"{address}?$deltatoken={self.token(running)}")

    def size(self, endpoint: Endpoint, request: Request) -> int:
        """How many rows a page gets: `$top` does nothing here, a preference does."""
        wanted = request.preferred("odata.maxpagesize") or ""
        return min(int(wanted), endpoint.page) if wanted.isdigit() and int(wanted) else endpoint.page

    def token(self, running: Round) -> str:
        """What the next round needs to know."""
        asked = {"select": running.select, "ids": running.ids, "minimal": running.minimal}
        return questions.seal({"version": running.version, "given": self.clock().isoformat(), **asked})

    def place(self, endpoint: Endpoint, request: Request, address: str) -> Json:
        """Where this page begins: in a round that runs, or in one that starts now."""
        place = questions.read_place(request.query, "round")
        if place is not None:
            check_bare(request)
            return place
        return {"round": self.start(endpoint, request, address), "at": 0, "page": 0}

    def start(self, endpoint: Endpoint, request: Request, address: str) -> str:
        """Begin a round: from the beginning, from now, or from the round before."""
        text = request.query.get("$deltatoken", "")
        if text in ("", "latest"):
            running = self.begin(endpoint, request, nothing=text == "latest")
        else:
            check_bare(request)
            running = self.go_on(endpoint, text, address)
        self._started += 1
        key = f"{endpoint.name}-{self._started}"
        self._rounds[key] = running
        while len(self._rounds) > ROUNDS_KEPT:
            self._rounds.popitem(last=False)
        return key

    # ------------------------------------------------------------ what is in a round

    def begin(self, endpoint: Endpoint, request: Request, *, nothing: bool) -> Round:
        """A first round: everything there is, and some of what is no longer there."""
        names = questions.selected(request.query)
        questions.check_names([name for name in names if name not in LISTS], endpoint)
        ids = questions.only_ids(request.query.get("$filter", ""))
        minimal = request.preferred("return") == "minimal"
        found = [row for row in self.lookup.plain[endpoint.name] if ids is None or row["id"] in ids]
        self.remember(endpoint, found, minimal=minimal)
        rows = [] if nothing else self.everything(endpoint, found, names, whole=ids is None)
        select = ",".join(["id", *[name for name in names if name != "id"]]) if names else ""
        version = self.board.journal.version
        return Round(select, ",".join(sorted(ids or ())), minimal, version, [compact(row) for row in rows])

    def everything(self, endpoint: Endpoint, found: list[Json], names: list[str], *, whole: bool) -> list[Json]:
        """All rows; the members that do not fit in the row of their group come at the end."""
        shown = set(names)
        rows = [without_nulls(chosen(row, names, endpoint)) for row in found]
        rows, rest = self.with_members(endpoint, rows, shown)
        removed = [gone(change.key, change.removed) for change in self.removed(endpoint)] if whole else []
        return [*rows, *rest, *removed]

    def removed(self, endpoint: Endpoint) -> list[Change]:
        """What went away before anybody asked: the first round can tell of it, as does one of long ago."""
        key = str(uuid.uuid5(uuid.UUID(self.board.tenant_id), f"deleted {endpoint.kind}"))
        known = [change for change in self.board.journal.since(endpoint.kind, 0) if change.removed]
        return [Change(key, 0, "changed", []), *known]

    def with_members(self, endpoint: Endpoint, rows: list[Json], shown: set[str]) -> tuple[list[Json], list[Json]]:
        """Groups with who is in them, and further rows for who did not fit."""
        rest: list[Json] = []
        for name in [name for name in LISTS if endpoint.kind == "group" and name in shown]:
            source = self.board.members if name == "members" else self.board.owners
            for row in rows:
                first, *more = pieces(source.get(row["id"], [])) or [[]]
                row.update({f"{name}@delta": [came(member) for member in first]} if first else {})
                rest += [{**row, f"{name}@delta": [came(member) for member in piece]} for piece in more]
        return rows, rest

    def go_on(self, endpoint: Endpoint, text: str, address: str) -> Round:
        """What changed since the round that this token ended; refuses one of more than seven days ago."""
        token = questions.open_token(text)
        if token is None or "version" not in token:
            raise answers.bad_request("Badly formed token.", "Directory_InvalidDeltaToken")
        if self.clock() - datetime.fromisoformat(token["given"]) > TOKEN_LIFE:
            lost = f"{address}?$deltatoken=" if endpoint.lost == 410 else ""
            raise answers.sync_state_lost(endpoint.lost, lost)
        names = [name for name in token["select"].split(",") if name]
        ids = frozenset(token["ids"].split(",")) if token["ids"] else None
        rows = self.changes(endpoint, token, names, ids)
        version = self.board.journal.version
        return Round(token["select"], token["ids"], token["minimal"], version, [compact(row) for row in rows])

    def changes(self, endpoint: Endpoint, token: Json, names: list[str], ids: frozenset[str] | None) -> list[Json]:
        """One row for each change, in order; before news comes something old, and the first of it comes twice."""
        since = int(token["version"])
        fresh = [c for c in self.board.journal.since(endpoint.kind, since) if ids is None or c.key in ids]
        if not fresh:
            return []
        known = {change.key for change in fresh}
        old = [c for c in self.board.journal.since(endpoint.kind, 0) if c.version <= since and c.key not in known]
        before = self.memory(endpoint).states.get(since, {}) if token["minimal"] else {}
        objects = {str(row["id"]): row for row in self.lookup.plain[endpoint.name]}
        told = [c for c in old[-REPLAYED:] if ids is None or c.key in ids]
        rows: list[Json] = []
        for change in [*told, *fresh]:
            rows += self.change(endpoint, change, objects.get(change.key), names, before)
        twice = self.change(endpoint, fresh[0], objects.get(fresh[0].key), names, before)
        self.remember(endpoint, list(objects.values()), minimal=token["minimal"])
        return [*twice, *rows]

    def change(
        self, endpoint: Endpoint, change: Change, now: Json | None, names: list[str], before: dict[str, Json]
    ) -> list[Json]:
        """The rows of one change: gone, or what it is now with who came and left."""
        if change.removed or now is None:
            return [gone(change.key, change.removed or "deleted")]
        ever = self.memory(endpoint).ever.get(change.key)
        row = chosen(now, names, endpoint)
        row = {name: value for name, value in row.items() if value is not None or name in (ever or ())}
        if change.key in before:
            was = before[change.key]
            row = {name: value for name, value in row.items() if name == "id" or was.get(name) != value}
        if endpoint.kind != "group":
            return [row]
        if ever is None:  # it did not exist when the client last looked: everyone in it is new
            first, rest = self.with_members(endpoint, [row], set(names))
            return [*first, *rest]
        return spread(row, {name: steps_of(change.members, name) for name in LISTS if name in names})

    # ------------------------------------------------------------ what was told before

    def memory(self, endpoint: Endpoint) -> Memory:
        """What was told of the rows of this endpoint."""
        return self._memory.setdefault(endpoint.kind, Memory())

    def remember(self, endpoint: Endpoint, rows: Iterable[Json], *, minimal: bool) -> None:
        """Keep which properties have a value, so that one that loses it is told as null, and others stay away."""
        memory = self.memory(endpoint)
        for row in rows:
            has = frozenset(name for name, value in row.items() if value is not None)
            memory.ever[row["id"]] = memory.ever.get(row["id"], frozenset()) | has
        if minimal:
            memory.states[self.board.journal.version] = {row["id"]: dict(row) for row in rows}
            while len(memory.states) > 4:
                memory.states.popitem(last=False)


def check_bare(request: Request) -> None:
    """Options belong in the first request of a round only: later the token knows them."""
    for name in ("$select", "$filter"):
        if name in request.query:
            raise answers.bad_request(f"Query option '{name}' is not allowed together with a token.")


def chosen(row: Json, names: list[str], endpoint: Endpoint) -> Json:
    """A row with the properties that the round asks for."""
    return questions.pick(row, {*names, "id"} if names else questions.shown_by_default(row, endpoint.kind))


def without_nulls(row: Json) -> Json:
    """A row of a first round: what was never set is absent, not null."""
    return {name: value for name, value in row.items() if value is not None}


def gone(key: str, reason: str) -> Json:
    """An object that is no longer there."""
    return {"id": key, "@removed": {"reason": reason}}


def came(member: Member) -> Json:
    """Somebody in a group; only the type and the id."""
    return {"@odata.type": f"#microsoft.graph.{member.kind}", "id": member.id}


def stepped(member: Member, *, left: bool) -> Json:
    """Somebody who came or left; whoever left may well still exist."""
    return {**came(member), **({"@removed": {"reason": "deleted"}} if left else {})}


def steps_of(steps: list[Step], name: str) -> list[Json]:
    """Who came and left in one list of a group, each with the last that happened."""
    last = {member: left for which, member, left in steps if which == name}
    return [stepped(member, left=left) for member, left in last.items()]


def spread(row: Json, lists: dict[str, list[Json]]) -> list[Json]:
    """A group over as many rows as its changes need; without changes its row has no list at all."""
    rows = [{**row, f"{name}@delta": piece} for name, steps in lists.items() for piece in pieces(steps)]
    return rows or [row]


def pieces(found: "list[T]") -> "list[list[T]]":
    """A list in parts that fit in a row."""
    return [found[at : at + MEMBERS_IN_A_ROW] for at in range(0, len(found), MEMBERS_IN_A_ROW)]
