"""What changed in a library since the last time: rounds of pages that end in a link for the next round."""

import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote

from ibpmon.demo.board.nouns import Board, stamp
from ibpmon.demo.microsoft import answers, questions
from ibpmon.demo.microsoft.answers import Json, Page, Refusal, Request, compact

TOKEN_LIFE = timedelta(days=7)  # Microsoft gives no figure for libraries; those of the directory live so long
PAGE = 200
ROUNDS_KEPT = 1_000
# only all three together show changes in rights: learn.microsoft.com/graph/api/driveitem-delta, "scan guidance"
SHARING_WORDS = ("deltashowremovedasdeleted", "deltatraversepermissiongaps", "deltashowsharingchanges")


class Row(NamedTuple):
    """One row of a round, before it is known how the client wants to see it."""

    item: Json
    gone: str = ""  # why it is no longer there
    rights: bool = False  # who may enter it changed
    content: bool = True  # something else changed
    parent: bool = False  # nothing changed, but something below it did
    old: bool = False  # what it was a moment ago; the real row comes later


@dataclass(frozen=True, slots=True)
class Round:
    """One round of a library: the rows, and the version and moment that the next round begins with."""

    drive: str
    rows: list[Row]
    version: int
    given: str


@dataclass(frozen=True, slots=True)
class View:
    """How one request wants to see the rows: preferences are not in the links and must come with each page."""

    hierarchy: bool  # who may enter is told of the root and of what has rights of its own
    sharing: bool  # changes in rights alone are told
    no_parents: bool
    names: frozenset[str]


class DriveChanges:
    """The rounds of all libraries. A token holds a version of the journal and the moment at which it was given."""

    def __init__(self, board: Board, clock: Callable[[], datetime]) -> None:
        self.board, self.clock = board, clock
        self._rounds: OrderedDict[str, Round] = OrderedDict()
        self._started = 0
        self._seen: dict[str, int] = {}  # library: the version at which it was first looked at
        self._rights: dict[str, list[tuple[int, int]]] = {}  # item: version, what its rights were from then on

    def page(
        self, drive: str, token: str | None, request: Request, address: str, names: frozenset[str], *, complete: bool
    ) -> Page:
        """One page of a round; the last one holds the link for the next round."""
        place = questions.open_token(token) if token else None
        key, running = self.running(drive, place, token or "", address)
        begin, number = (int(place["at"]), int(place["page"])) if place and "round" in place else (0, 0)
        last = len(running.rows)
        end = questions.page_end(begin, last, size(request), number)
        again = 1 if number == 1 and end > begin else 0  # a row comes twice at the turn of a page
        seen = view(request, names, complete=complete)
        told = [row for row in running.rows[begin - again : end] if is_told(row, seen)]
        rows = [compact(render(row, self.root(drive), seen)) for row in told]
        context = f"{request.origin}/{request.path.split('/')[1]}/$metadata#Collection(driveItem)"
        if end < last:
            ahead = questions.seal({"round": self.keep(key, running), "at": end, "page": number + 1})
            return Page(context, rows, linked(f"{address}(token='{ahead}')", request))
        following = {"drive": drive, "version": running.version, "given": running.given}
        return Page(context, rows, delta_link=linked(address, request, questions.seal(following)))

    def keep(self, key: str, running: Round) -> str:
        """Remember a round that takes more pages; gives its name."""
        if not key:
            self._started += 1
            key = f"{self._started}"
        self._rounds[key] = running
        self._rounds.move_to_end(key)
        while len(self._rounds) > ROUNDS_KEPT:
            self._rounds.popitem(last=False)
        return key

    # ------------------------------------------------------------ which round

    def running(self, drive: str, place: Json | None, token: str, address: str) -> tuple[str, Round]:
        """The round that a token goes on with: one that runs, or a new one from a version, a moment or the start."""
        if place and "round" in place:
            key = str(place["round"])
            if key not in self._rounds or self._rounds[key].drive != drive:
                raise resync(drive, address)
            return key, self._rounds[key]
        self.look(drive)
        return "", Round(drive, self.rows(drive, place, token, address), self.board.journal.version, self.now())

    def rows(self, drive: str, place: Json | None, token: str, address: str) -> list[Row]:
        """The rows of a new round."""
        if not token:
            return everything(self.board.items.get(drive, []))
        if token == "latest":  # noqa: S105 - a word of Microsoft, not a secret
            return []
        if place is None or place.get("drive") != drive:
            return self.since_moment(drive, token)
        if self.clock() - datetime.fromisoformat(place["given"]) > TOKEN_LIFE:
            raise resync(drive, address)
        return self.since(drive, int(place["version"]), str(place["given"]))

    def since_moment(self, drive: str, text: str) -> list[Row]:
        """What was written since a moment, which may stand in the place of a token; refuses anything else."""
        try:
            begin = stamp(datetime.fromisoformat(text))
        except ValueError as wrong:
            raise answers.bad_request("The provided token is not valid.", "invalidRequest") from wrong
        rows = self.board.items.get(drive, [])
        return self.with_parents(rows, [Row(row) for row in rows if row["lastModifiedDateTime"] >= begin])

    def since(self, drive: str, version: int, given: str) -> list[Row]:
        """What changed since a version, what stands above it, and one row that is overtaken by a later one."""
        items = self.board.items.get(drive, [])
        by_id = {str(row["id"]): row for row in items}
        changed: list[Row] = []
        for change in self.board.journal.since(f"item:{drive}", version):
            row = by_id.get(change.key)
            if change.removed or row is None:
                changed.append(Row(gone_row(change.key, items), change.removed or "deleted"))
            else:
                changed.append(self.changed(drive, row, version, given))
        return with_old(self.with_parents(items, changed))

    def changed(self, drive: str, row: Json, version: int, given: str) -> Row:
        """An item that changed: its rights, or else what is in it, or both."""
        rights = self.rights_changed(drive, str(row["id"]), version)
        written = max(str(row["lastModifiedDateTime"]), str(row["createdDateTime"]))
        return Row(row, rights=rights, content=not rights or written >= given[: len(written) - 1])

    def with_parents(self, items: list[Json], changed: list[Row]) -> list[Row]:
        """The changed rows after the folders that they stand in, though nothing changed in those."""
        by_id = {str(row["id"]): row for row in items}
        mine, above = {str(row.item["id"]) for row in changed}, dict[str, Json]()
        for row in changed:
            parent = row.item["parentReference"].get("id")
            while parent in by_id and parent not in mine:
                above[parent] = by_id[parent]
                parent = by_id[parent]["parentReference"].get("id")
        return [*(Row(above[key], parent=True) for key in by_id if key in above), *changed]

    # ------------------------------------------------------------ who may enter

    def look(self, drive: str) -> None:
        """Remember who may enter what, so that a later round can tell whether that changed."""
        version = self.board.journal.version
        self._seen.setdefault(drive, version)
        for row in self.board.items.get(drive, ()):
            key = str(row["id"])
            known, now = self._rights.get(key, []), self.rights(drive, row)
            if now != (known[-1][1] if known else 0):
                self._rights[key] = [*known, (version, now)]

    def rights(self, drive: str, row: Json) -> int:
        """The rights of an item as a number: 0 when it has none of its own."""
        grants = (
            self.board.permissions.get(drive, []) if "root" in row else self.board.item_permissions.get(row["id"], [])
        )
        own = [grant for grant in grants if "inheritedFrom" not in grant]
        return hash(compact([own, row.get("shared")])) if own or "shared" in row else 0

    def rights_changed(self, drive: str, key: str, version: int) -> bool:
        """Whether the rights of an item are other than they were at a version."""
        known = self._rights.get(key, [])
        if self._seen[drive] > version:  # the token is of a simulation before this one
            return bool(known)
        before = [rights for at, rights in known if at <= version]
        return bool(known) and known[-1][1] != (before[-1] if before else 0)

    def root(self, drive: str) -> Json:
        """The root of a library."""
        return next(iter(self.board.items.get(drive, [])), {})

    def now(self) -> str:
        """This moment as a token holds it."""
        return self.clock().isoformat()


def everything(items: list[Json]) -> list[Row]:
    """All rows of a first round."""
    return with_old([Row(row) for row in items])


def with_old(rows: list[Row]) -> list[Row]:
    """The rows, with before the last one something that it is no longer: the last of the rows with one id counts."""
    if len(rows) < 3 or rows[-1].gone or rows[-1].parent:
        return rows
    return [*rows[:-2], rows[-1]._replace(old=True), *rows[-2:]]


def gone_row(key: str, items: list[Json]) -> Json:
    """What is left of an item that is gone: no name, and nothing about where it was but the library."""
    above = items[0]["parentReference"] if items else {}
    return {"id": key, "parentReference": {name: above[name] for name in ("driveType", "driveId") if name in above}}


def resync(drive: str, address: str) -> Refusal:
    """410: the token is of too long ago, and everything must be read again from the place in Location."""
    codes = ("resyncChangesApplyDifferences", "resyncChangesUploadDifferences")
    inner = {"code": codes[zlib.crc32(drive.encode()) % 2]}
    return Refusal(410, "resyncRequired", "Resync required.", inner, Location=address)


# ---------------------------------------------------------------- how the client wants it


def view(request: Request, names: frozenset[str], *, complete: bool) -> View:
    """What the headers of a request ask for."""
    words = [request.preferred(word) is not None for word in SHARING_WORDS]
    hierarchy = request.preferred("hierarchicalsharing") is not None
    no_parents = "deltaexcludeparent" in request.headers
    return View(hierarchy, all(words) and complete, no_parents, names)


def is_told(row: Row, seen: View) -> bool:
    """Whether a client with this view gets the row."""
    if row.parent:
        return not seen.no_parents
    return row.content or seen.sharing


def render(row: Row, root: Json, seen: View) -> Json:
    """A row as Graph sends it."""
    shown = gone(row) if row.gone else {"@odata.type": "#microsoft.graph.driveItem", **row.item}
    if not seen.hierarchy and not row.gone and "shared" not in shown and "shared" in root:
        shown["shared"] = root["shared"]
    if row.rights and seen.sharing:
        shown["@microsoft.graph.sharedChanged"] = "True"  # a text, not a truth value
    if row.old:
        shown["size"] = 0
        shown.update({"shared": {}} if "shared" in shown else {})
    kept = seen.names | {"deleted"} if seen.names else None
    return {name: value for name, value in shown.items() if kept is None or name in kept or name.startswith("@")}


def gone(row: Row) -> Json:
    """An item that is no longer there; from the bin it can come back."""
    state = "softDeleted" if row.gone == "changed" else "deleted"
    return {"@odata.type": "#microsoft.graph.driveItem", **row.item, "deleted": {"state": state}, "size": 0}


def size(request: Request) -> int:
    """How many rows a page gets."""
    top = request.query.get("$top", str(PAGE))
    if not top.isdigit() or not int(top):
        raise answers.bad_request(f"Invalid page size specified: '{top}'.", "invalidRequest")
    return min(int(top), PAGE)


def linked(address: str, request: Request, token: str = "") -> str:
    """A link that keeps the options of the request."""
    options = {name: value for name, value in request.query.items() if name in ("$select", "$top")}
    if token:
        options["token"] = token
    text = "&".join(f"{name}={quote(value, safe='(),:')}" for name, value in options.items())
    return f"{address}?{text}" if text else address
