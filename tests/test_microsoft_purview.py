"""The audit log of Purview in the simulated Microsoft: ask, wait, read."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from ibpmon.demo.board import Board, make_board
from ibpmon.demo.microsoft.answers import Json, Refusal, Request
from ibpmon.demo.microsoft.identity import Caller
from ibpmon.demo.microsoft.purview import Purview

MONDAY = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
QUERIES = "/v1.0/security/auditLog/queries"
ALL = Caller("all", frozenset({"AuditLogsQuery.Read.All"}))
WEEK = {"filterStartDateTime": "2026-11-16T00:00:00Z", "filterEndDateTime": "2026-11-23T00:00:00Z"}


def record(day: int, operation: str, service: str = "SharePoint") -> Json:
    """Somebody shared something on this day of the month."""
    at = f"2026-11-{day:02}T09:00:00Z"
    return {"id": f"{day}-{operation}", "createdDateTime": at, "operation": operation, "service": service}


@dataclass
class World:
    """A log of a few records."""

    board: Board
    now: datetime = MONDAY
    purview: Purview = field(init=False)

    def __post_init__(self) -> None:
        self.purview = Purview(self.board, lambda: self.now)

    def send(self, method: str, address: str, body: Any = None, caller: Caller = ALL) -> Any:
        """The status and the answer as JSON; None for what is not of this log."""
        parts = urlsplit(address)
        text = b"" if body is None else json.dumps(body).encode()
        request = Request(method, parts.path, dict(parse_qsl(parts.query)), {"host": "localhost:1"}, text)
        answer = self.purview.answer(request, caller)
        return answer and (answer.status, json.loads(answer.body))

    def leave(self, caller: Caller = ALL, **more: Any) -> str:
        """Leave a question behind; gives its id."""
        status, told = self.send("POST", QUERIES, {**WEEK, **more}, caller)
        assert (status, told["status"]) == (201, "notStarted")
        return str(told["id"])

    def states(self, key: str, times: int) -> list[str]:
        """What is told when it is asked so many times how far it is."""
        return [self.send("GET", f"{QUERIES}/{key}")[1]["status"] for _ in range(times)]

    def records(self, key: str) -> list[str]:
        """The ids of all records, in order of the pages, once each."""
        keys: dict[str, None] = {}
        link = f"{QUERIES}/{key}/records"
        while link:
            _, page = self.send("GET", link)
            keys |= dict.fromkeys(row["id"] for row in page["value"])
            link = page.get("@odata.nextLink", "")
        return list(keys)


@pytest.fixture
def world() -> World:
    """A fresh log."""
    board = Board("small", 1, MONDAY, random.Random(1), "tenant", [])
    words = ("SharingSet", "AnonymousLinkCreated", "SharingRevoked")
    board.unified_audit = [record(day, word) for day in (24, 22, 20, 10) for word in words]
    board.unified_audit.append(record(21, "SharingSet", "OneDrive"))
    return World(board)


def refused(ask: Callable[[], Any]) -> Refusal:
    """The refusal of a question."""
    with pytest.raises(Refusal) as told:
        ask()
    return told.value


def test_a_question_is_worked_on_until_it_is_done(world: World) -> None:
    """Who asks how far it is sees it begin and end; the records are those of the window."""
    key = world.leave()

    assert world.states(key, 3) == ["running", "succeeded", "succeeded"]
    assert len(world.records(key)) == 7
    assert all(identifier.startswith(("20", "21", "22")) for identifier in world.records(key))


def test_time_alone_finishes_a_question(world: World) -> None:
    """A client that comes back later finds it done."""
    key = world.leave()
    world.now += timedelta(minutes=10)

    assert world.states(key, 1) == ["succeeded"]


def test_before_it_is_done_there_are_no_records(world: World) -> None:
    """An empty page then means nothing: look at the state first."""
    assert world.records(world.leave()) == []


def test_a_question_can_fail(world: World) -> None:
    """Then it has no records either, which is not the same as an empty log."""
    world.purview.failing = 1
    key = world.leave()

    assert world.states(key, 2) == ["running", "failed"]
    assert world.records(key) == []
    assert world.states(world.leave(), 2) == ["running", "succeeded"]


def test_only_what_is_asked(world: World) -> None:
    """By operation, service and word; upper and lower case are the same."""
    for more, number in (
        ({"operationFilters": ["sharingset", "SharingRevoked"]}, 5),
        ({"serviceFilters": ["OneDrive"]}, 1),
        ({"keywordFilter": "anonymous"}, 2),
        ({"operationFilters": []}, 7),
    ):
        key = world.leave(**more)
        world.states(key, 2)

        assert len(world.records(key)) == number


def test_records_come_in_pages_and_one_comes_twice(world: World) -> None:
    """The second page begins with the last of the first, and the third is empty without being the end."""
    key = world.leave()
    world.states(key, 2)
    pages, link = [], f"{QUERIES}/{key}/records?$top=2"
    while link:
        pages.append(world.send("GET", link)[1])
        link = pages[-1].get("@odata.nextLink", "")

    keys = [[row["id"] for row in page["value"]] for page in pages]
    assert keys[0][-1] == keys[1][0]
    assert keys[2] == []
    assert len({identifier for page in keys for identifier in page}) == 7


def test_a_permission_for_one_service_gives_its_records_only(world: World) -> None:
    """A school can grant less than the whole log; without any of them nothing is told."""
    narrow = Caller("narrow", frozenset({"AuditLogsQuery-SharePoint.Read.All"}))
    key = world.leave(narrow)
    world.states(key, 2)

    assert len(world.records(key)) == 6
    stranger = Caller("stranger", frozenset({"AuditLog.Read.All"}))
    assert refused(lambda: world.leave(stranger)).status == 403


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {**WEEK, "onzin": 1},
        {**WEEK, "filterStartDateTime": "gisteren"},
        {"filterStartDateTime": WEEK["filterEndDateTime"], "filterEndDateTime": WEEK["filterStartDateTime"]},
    ],
)
def test_a_question_that_cannot_be_understood_is_refused(world: World, body: Any) -> None:
    """An unknown property, a time that is none, and a window that ends before it begins."""
    assert refused(lambda: world.send("POST", QUERIES, body)).status == 400


def test_what_is_not_there(world: World) -> None:
    """Another path is left to others, an unknown question is 404, and nothing is changed or removed."""
    key = world.leave()

    assert world.send("GET", "/v1.0/users") is None
    assert world.send("GET", f"{QUERIES}/{key}/iets") is None
    assert refused(lambda: world.send("GET", f"{QUERIES}/weg")).status == 404
    assert refused(lambda: world.send("DELETE", f"{QUERIES}/{key}")).status == 405
    assert [row["id"] for row in world.send("GET", QUERIES)[1]["value"]] == [key]


def test_the_log_of_a_board_can_be_asked_whole() -> None:
    """Every record of the last weeks comes, whichever page it is on."""
    board = make_board("small", 1, MONDAY)
    world = World(board)
    begin = f"{MONDAY - timedelta(days=60):%Y-%m-%dT%H:%M:%SZ}"
    key = world.leave(filterStartDateTime=begin, filterEndDateTime="2026-11-24T00:00:00Z")
    world.states(key, 2)

    assert sorted(world.records(key)) == sorted(row["id"] for row in board.unified_audit)
