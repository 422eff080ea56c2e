"""Sign-ins that come up to five days late, read hour after hour for a month: whether each is there, and there once.

The simulated Graph answers within this process, without a network in between: what is measured is which questions the
reader asks and what it keeps of the answers, with a night in which the last days are read again.
"""

import sqlite3
import tempfile
import uuid
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from benchmarks.collect.world import connectors, opened
from benchmarks.figures import Figure, Measured, Measurement, Values
from ibpmon.collect.connectors import Connector
from ibpmon.collect.run import collect
from ibpmon.config import Config
from ibpmon.demo.board import Board, make_board
from ibpmon.demo.board.nouns import SignIn
from ibpmon.demo.microsoft.answers import Request
from ibpmon.demo.microsoft.graph import Graph
from ibpmon.demo.microsoft.identity import Caller
from ibpmon.store.database import Store

DAYS, LATEST = 32, timedelta(days=5)
RHYTHM = timedelta(
    hours=1
)  # of the quick form; the full one has the rhythm of the connector, with four times the rounds
BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
END = BEGIN + timedelta(days=DAYS)
FIGURES = (
    Figure("late.lost", "events", "== 0"),
    Figure("late.twice", "events", "== 0"),
    Figure("late.requests_per_day", "requests"),
)


class Direct:
    """A client that asks the simulated Graph without a network, and counts."""

    name = "graph"

    def __init__(self, graph: Graph) -> None:
        self.graph, self.requests = graph, 0
        self.caller = Caller("app", frozenset({"AuditLog.Read.All"}))
        self.waiting: Any = SimpleNamespace(stop=SimpleNamespace(is_set=lambda: False))

    def get(
        self,
        path_or_link: str,
        params: Mapping[str, str | int] | None = None,
        budget: str = "directory",
        **more: Any,
    ) -> bytes:
        """The body of one answer."""
        url, self.requests = urlsplit(path_or_link), self.requests + 1
        query = dict(parse_qsl(url.query)) | {name: str(value) for name, value in (params or {}).items()}
        path = url.path if url.path.startswith("/v1.0/") else f"/v1.0{url.path}"
        return self.graph.answer(Request("GET", path, query, {}), self.caller).body


def delay(key: str, at: datetime) -> timedelta:
    """How late an event comes: most within an hour, some within a day, one in fifty takes days; the same each time."""
    return SPANS[int(key[:3], 16) % 50] * (int(key[3:8], 16) / 0xFFFFF)


SPANS = (LATEST, *[timedelta(hours=24)] * 4, *[timedelta(hours=3)] * 10, *[timedelta(minutes=40)] * 35)


def events(count: int, board: Board) -> list[SignIn]:
    """So many sign-ins, spread evenly over the days, newest first; ids as chance gives them."""
    people = [person.id for person in board.people]
    step = timedelta(days=DAYS) / count
    return [
        SignIn(
            key_of(number), whole(BEGIN + number * step), people[number % len(people)], "203.0.113.10", 0, 0, "school"
        )
        for number in range(count - 1, -1, -1)
    ]


def key_of(number: int) -> str:
    """An id, the same for the same number."""
    return str(uuid.UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC835) % 2**128, version=4))


def whole(at: datetime) -> datetime:
    """A moment without parts of a second, as Graph writes it."""
    return at.replace(microsecond=0)


def measure_late(full: bool) -> Values:
    """600,000 events in the rhythm of the connector (quick: 60,000, and a round each hour)."""
    return late(600_000, connectors()["sign-ins"].every) if full else late(60_000, RHYTHM)


def late(count: int, rhythm: timedelta) -> Values:
    """Read a month of events round after round, and the days after it until the last one can be seen."""
    board = make_board("small", 1, BEGIN)
    board.sign_ins = events(count, board)
    now = [BEGIN]
    graph = Graph(board, lambda: now[0], ("P1",), {}, lateness=lru_cache(maxsize=2**20)(delay))
    graph.base = "https://graph.example"
    client, connector = Direct(graph), connectors()["sign-ins"]
    with tempfile.TemporaryDirectory() as name:
        store = opened(Path(name), {connector.id: connector}, BEGIN)
        try:
            asked = live_on(now, client, connector, store, rhythm)
            ids = stored_ids(store, connector)
        finally:
            store.engine.dispose()
    lost = len({event.id for event in board.sign_ins} - set(ids))
    told = f"{count} events in {DAYS} days, up to {LATEST.days} days late, a round each {rhythm}"
    return {
        "late.lost": Measured(lost, told),
        "late.twice": Measured(len(ids) - len(set(ids)), told),
        "late.requests_per_day": Measured(round(asked / DAYS, 1), f"{told}; the sweep of each night included"),
    }


def live_on(now: list[datetime], client: Direct, connector: Connector, store: Store, rhythm: timedelta) -> int:
    """Round after round; gives how many requests the days with events took."""
    config, asked = Config.model_construct(board=SimpleNamespace(time_zone="Europe/Amsterdam")), 0
    while now[0] < END + LATEST + timedelta(days=1, hours=1):
        now[0] += rhythm
        (run,) = collect({connector.id: connector}, client, store, config, now[0])
        if run.state != "FULL":
            raise RuntimeError(f"{now[0]}: {run.reason} {run.reason_values}")
        asked = client.requests if now[0] <= END else asked
    return asked


def stored_ids(store: Store, connector: Connector) -> list[str]:
    """The ids that are stored, each as often as it is."""
    with closing(sqlite3.connect(str(store.engine.url.database))) as connection:
        return [row[0] for row in connection.execute(f'SELECT id FROM "{connector.dataset.table}"')]  # noqa: S608


MEASUREMENTS = (Measurement(FIGURES, measure_late),)
