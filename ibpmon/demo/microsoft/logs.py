"""The logs, newest first: which events exist by now, which of them are asked, and one page at a time."""

import bisect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from ibpmon.demo.board import Board
from ibpmon.demo.board.nouns import SignIn
from ibpmon.demo.board.rendering import accounts_of, render_sign_in, render_sign_in_beta
from ibpmon.demo.microsoft import answers, questions
from ibpmon.demo.microsoft.answers import Json, compact

RETENTION, SHORT_RETENTION = timedelta(days=30), timedelta(days=7)  # with P1 and without
RENDERED = 100_000  # so many sign-ins stay ready as JSON
INTERACTIVE = "interactiveUser"
KINDS = (INTERACTIVE, "nonInteractiveUser", "servicePrincipal", "managedIdentity")
TIME = re.compile(rf"(createdDateTime|activityDateTime) (ge|le|eq) ({questions.MOMENT})")
EVENT = re.compile(r"signInEventTypes/any\(t: ?t eq '(\w+)'((?: or t eq '\w+')*)\)")
MORE_EVENTS = re.compile(r" or t eq '(\w+)'")

Lateness = Callable[[str, datetime], timedelta]


class Entry(Protocol):
    """Anything that happened."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def at(self) -> datetime:
        """When it happened."""


class Event(NamedTuple):
    """An event that is already in the shape of Graph."""

    id: str
    at: datetime
    row: Json


@dataclass(frozen=True, slots=True)
class Window:
    """The moments between which events are asked, both included, and the kinds of sign-ins."""

    lowest: datetime
    highest: datetime
    kinds: tuple[str, ...] = (INTERACTIVE,)


class Log:
    """Events, newest first."""

    def __init__(self, entries: Sequence[Entry], render: Callable[[Any], bytes]) -> None:
        self.entries, self.render = entries, render
        self._ages = [-entry.at.timestamp() for entry in entries]

    def between(self, window: Window) -> tuple[int, int]:
        """The place of the first and past the last event within these moments."""
        newest = bisect.bisect_left(self._ages, -window.highest.timestamp())
        return newest, max(newest, bisect.bisect_right(self._ages, -window.lowest.timestamp()))

    def after(self, place: Json) -> int:
        """The place behind the event that ended the page before; it holds when newer events have come meanwhile."""
        at = bisect.bisect_left(self._ages, place["at"])
        while at < len(self._ages) and self._ages[at] == place["at"]:
            at += 1
            if self.entries[at - 1].id == place["id"]:
                break
        return at

    def take(self, begin: int, last: int, size: int, there: Callable[[Entry], bool]) -> tuple[list[Entry], int]:
        """So many events that can be seen, and where the look ended."""
        found: list[Entry] = []
        while begin < last and len(found) < size:
            if there(self.entries[begin]):
                found.append(self.entries[begin])
            begin += 1
        return found, begin

    def place(self, end: int) -> Json:
        """The event before this place, for the link to the rest."""
        return {"at": self._ages[end - 1], "id": self.entries[end - 1].id}


class SignIns:
    """The sign-ins of a board, of each kind; looks anew when the log has grown."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._ready: dict[str, bytes] = {}
        self._logs: dict[tuple[str, tuple[str, ...]], Log] = {}
        self._seen: tuple[object, ...] = ()
        self.refresh()

    def refresh(self) -> None:
        """Read the board again if its log changed."""
        own, others = self.board.sign_ins, self.board.other_sign_ins
        seen = (self.board.journal.version, len(own), own[0].id if own else "", len(others))
        if seen != self._seen:
            self._seen = seen
            self._logs.clear()
            self._accounts = accounts_of(self.board)

    def log(self, version: str, kinds: tuple[str, ...]) -> Log:
        """The log of these kinds in the shape of v1.0 or beta."""
        self.refresh()
        if (version, kinds) not in self._logs:
            self._logs[version, kinds] = Log(self.of_kinds(kinds), self.in_beta if version == "beta" else self.plain)
        return self._logs[version, kinds]

    def of_kinds(self, kinds: tuple[str, ...]) -> Sequence[SignIn]:
        """The sign-ins of these kinds, newest first."""
        if kinds == (INTERACTIVE,):
            return self.board.sign_ins
        everything = [*self.board.sign_ins, *self.board.other_sign_ins]
        return sorted((row for row in everything if row.kind in kinds), key=lambda row: (row.at, row.id), reverse=True)

    def plain(self, row: SignIn) -> bytes:
        """A sign-in in the shape of v1.0, made when it is first asked for."""
        ready = self._ready.get(row.id)
        if ready is None:
            ready = render_sign_in(self._accounts, row)
            if len(self._ready) < RENDERED:
                self._ready[row.id] = ready
        return ready

    def in_beta(self, row: SignIn) -> bytes:
        """A sign-in in the shape of beta."""
        return render_sign_in_beta(self._accounts, row)


class Audits:
    """What administrators and applications changed."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._seen: tuple[object, ...] = ()
        self._log = Log([], answers.compact)

    def log(self) -> Log:
        """The log, read again when it has grown."""
        seen = (self.board.journal.version, len(self.board.audits), id(self.board.audits))
        if seen != self._seen:
            self._seen = seen
            events = [Event(row["id"], questions.moment(row["activityDateTime"]), row) for row in self.board.audits]
            self._log = Log(sorted(events, key=lambda event: event.at, reverse=True), lambda event: compact(event.row))
        return self._log


# ---------------------------------------------------------------- which events


def window(text: str, now: datetime, kept: timedelta, field: str, version: str = "v1.0") -> Window:
    """What a filter asks: only ge, le and eq, no quotes, nothing before retention; kinds of sign-ins in beta only."""
    lowest, highest = now - kept, now
    kinds: tuple[str, ...] = (INTERACTIVE,)
    for part in text.split(" and ") if text else []:
        event = EVENT.fullmatch(part.strip())
        if event and version == "beta" and field == "createdDateTime":
            kinds = kinds_of(event)
            continue
        clause = TIME.fullmatch(part.strip())
        if clause is None or clause[1] != field:
            raise answers.bad_request("Invalid filter clause")
        moment = questions.moment(clause[3])
        if clause[2] in ("ge", "eq") and moment < now - kept:
            raise answers.bad_request("Invalid filter clause")
        lowest = moment if clause[2] in ("ge", "eq") else lowest
        highest = min(moment, now) if clause[2] in ("le", "eq") else highest
    return Window(lowest, highest, kinds)


def kinds_of(event: "re.Match[str]") -> tuple[str, ...]:
    """The kinds in one `any`: kinds of users may stand together, users and applications may not."""
    kinds = {event[1], *MORE_EVENTS.findall(event[2])}
    users = {kind for kind in kinds if kind.endswith("User")}
    if not kinds <= set(KINDS) or (users and kinds != users):
        raise answers.bad_request("Invalid filter clause")
    return tuple(sorted(kinds))
