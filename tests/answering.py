"""A source whose answers a test writes down, and a small board that collects from it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import SQLModel, col

from ibpmon.collect.connectors import Connector, with_shared_tables
from ibpmon.collect.run import collect
from ibpmon.config import Board, Config
from ibpmon.errors import SourceError
from ibpmon.providers.waiting import Waiting
from ibpmon.store import upsert
from ibpmon.store.collected import Field
from ibpmon.store.database import Store
from ibpmon.store.tables import Run
from tests.conftest import MONDAY, OpenStore

Answers = Callable[[str, Mapping[str, Any]], Any]
CONFIG = Config.model_construct(board=Board(name="Stichting De Verzonnen Waaier"))


class Clock:
    """A clock that runs ahead instead of letting a test wait."""

    def __init__(self) -> None:
        self.now, self.rested = 0.0, list[float]()

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.rested.append(seconds)
        self.now += seconds


class Source:
    """A client of a provider; what a function gives is its answer, and an exception is raised."""

    def __init__(self, answer: Answers) -> None:
        self.answer, self.asked, self.headers = answer, list[str](), list[Mapping[str, str]]()
        self.clock = Clock()
        self.waiting = Waiting(clock=self.clock, wait=self.clock.wait)
        self.params: list[Mapping[str, Any]] = []
        self.posted: list[Mapping[str, Any]] = []

    def get(self, link: str, params: Mapping[str, Any] | None = None, budget: str = "", **more: Any) -> bytes:
        self.waiting.check()
        self.asked.append(link)
        self.headers.append(more.get("headers") or {})
        self.params.append(params or {})
        answer = self.answer(link, params or {})
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()

    def post_query(self, path: str, body: Mapping[str, Any]) -> bytes:
        self.posted.append(body)
        return json.dumps(self.answer("POST " + path, body)).encode()

    def paths(self, part: str) -> list[str]:
        """The requests with this in their path."""
        return [path for path in self.asked if part in path]


class Batching(Source):
    """The same with $batch."""

    def __init__(self, answer: Answers) -> None:
        super().__init__(answer)
        self.batches: list[int] = []

    def batch(self, asks: Sequence[Any], budget: str = "", **more: Any) -> list[bytes | SourceError]:
        self.batches.append(len(asks))
        return [self.one(ask, more) for ask in asks]

    def one(self, ask: Any, more: Mapping[str, Any]) -> bytes | SourceError:
        try:
            return self.get(ask.link, ask.params, **more)
        except SourceError as error:
            return error


def text(name: str, path: str = "", **more: Any) -> Field:
    """A declared field of type text."""
    parts = (path,) if path.startswith("@") else tuple(path.split(".")) if path else ()
    return Field(name, parts, more.pop("type", "text"), "test", **more)


def key(name: str, path: str) -> Field:
    """A key."""
    return text(name, path, key=True)


def above(name: str, parent: str = "", *, key: bool = True) -> Field:
    """A field that repeats the parent's."""
    return text(name, key=key, parent=parent or name)


def connector(name: str, shape: str, *fields: Field, **more: Any) -> Connector:
    """A connector without the words that only people read."""
    keys: dict[str, Any] = {"every": timedelta(hours=24), "source": "graph", "retention": timedelta(days=180), **more}
    return Connector(name, name, "test", ("staff",), shape=shape, fields=fields, **keys)


class Desk:
    """A board that collects with these connectors from these sources."""

    def __init__(self, open_store: OpenStore, source: Any, *connectors: Connector, config: Config = CONFIG) -> None:
        self.connectors = with_shared_tables({one.id: one for one in connectors})
        self.source, self.config = source, config
        self.store: Store = open_store([one.dataset for one in self.connectors.values()])

    def change(self, name: str, **keys: Any) -> None:
        """Change a connector."""
        self.connectors[name] = replace(self.connectors[name], **keys)

    def collect(self, *names: str, now: datetime = MONDAY, **options: Any) -> dict[str, Run]:
        """One round; gives how it went by name."""
        only = set(names) or None
        ended = collect(self.connectors, self.source, self.store, self.config, now, only=only, **options)
        return {run.connector: run for run in ended}

    def rows(self, name: str, *columns: str) -> set[Any]:
        """The living rows of a connector: these columns of it."""
        with self.store.read() as session:
            found = session.execute(upsert.living(self.store, name)).mappings().all()
        return {tuple(row[c] for c in columns) if len(columns) > 1 else row[columns[0]] for row in found}

    def all(self, name: str) -> list[Mapping[str, Any]]:
        """Every stored row of a connector, those that ended too."""
        with self.store.read() as session:
            return [dict(row) for row in session.execute(select(self.store.data[name])).mappings()]

    def table(self, model: type[SQLModel], **where: Any) -> list[Any]:
        """The rows of a table of the engine."""
        conditions = [col(getattr(model, name)) == value for name, value in where.items()]
        with self.store.read() as session:
            return list(session.scalars(select(model).where(*conditions)))

    def staged(self, name: str) -> int:
        """How many rows wait."""
        with self.store.read() as session:
            return len(session.execute(select(self.store.stages[name])).all())
