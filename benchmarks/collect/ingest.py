"""Sign-ins from HTTPS to committed row: ibpmon beside the official SDK, the client one writes first, and bare SQLite.

Every yardstick fills our own table with our indexes and pragmas, from the same recorded pages, in one run.
"""

import asyncio
import re
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import requests
from pydantic import create_model
from sqlalchemy import Engine
from sqlmodel import Field, Session, SQLModel

from benchmarks.figures import Figure, Measured, Measurement, Values
from ibpmon.collect.connectors import Connector, load_connectors
from ibpmon.collect.run import collect
from ibpmon.config import Content
from ibpmon.providers.budget import LIMITS, Budgets
from ibpmon.providers.client import Graph
from ibpmon.providers.decode import Decoder, microseconds
from ibpmon.providers.session import Session as GraphSession
from ibpmon.providers.waiting import Waiting
from ibpmon.store.database import PRAGMAS, Store, open_store
from ibpmon.store.tables import micros

PAGE, TENANT = 1000, "11111111-1111-1111-1111-111111111111"
BATCH = 10_000  # rows in one transaction, as ours
SDK_ROWS, NAIVE_ROWS = 5_000, 50_000

FIGURES = (
    Figure("ingest.ratio_to_msgraph_sdk", "ratio", ">= 80"),
    Figure("ingest.ratio_to_sqlmodel_add_all", "ratio", ">= 5"),
    Figure("ingest.share_of_sqlite_ceiling", "share", ">= 0.40"),
)
MEMORY = (
    Figure("ingest.peak_memory", "MiB", "<= 160"),
    Figure("ingest.memory_2m_over_200k", "ratio", "<= 1.10"),
)


@dataclass(frozen=True, slots=True)
class Recording:
    """A server of recorded pages that listens."""

    origin: str
    ca: Path


@contextmanager
def recorded(folder: Path, rows: int, keep: int = 10_000) -> Iterator[Recording]:
    """The server in a process of its own; its pages are packed before this gives it."""
    command = [sys.executable, "-m", "benchmarks.collect.replay", str(folder), str(rows), str(keep)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            port = int(server.stdout.readline())
            yield Recording(f"https://localhost:{port}", folder / "ca.pem")
        finally:
            server.kill()


def sign_ins() -> Connector:
    """The connector of sign-ins, reading all its history in one window."""
    return replace(load_connectors(Content())["sign-ins"], window=timedelta(days=40))


def opened(database: Path, connector: Connector) -> Store:
    """A fresh store with our table for sign-ins."""
    return open_store(f"sqlite:///{database}", [connector.dataset], TENANT, "x", datetime.now(UTC))


# ---- ours


def ours(recording: Recording, database: Path) -> float:
    """Rows per second of the connector itself, pacing off."""
    connector = sign_ins()
    store = opened(database, connector)
    with unpaced(recording) as graph:
        begun = time.perf_counter()
        (run,) = collect({connector.id: connector}, graph, store, settings(), datetime.now(UTC))
        seconds = time.perf_counter() - begun
    store.engine.dispose()
    if run.state != "FULL":
        raise RuntimeError(run.reason)
    return stored(database) / seconds


def settings() -> Any:
    """What collecting asks of a configuration."""
    from ibpmon.config import Config

    return Config.model_construct()


@contextmanager
def unpaced(recording: Recording) -> Iterator[Graph]:
    """Our client on the recording: no sign-in and no limits."""
    waiting = Waiting(Event())
    session = GraphSession([recording.origin], ca=recording.ca)
    limits = {family: replace(limit, **lifted(limit)) for family, limit in LIMITS.items()}
    tokens: Any = SimpleNamespace(get=lambda: SimpleNamespace(reveal=lambda: "recorded"), renew=lambda: None)
    with Graph(session, tokens, recording.origin, Budgets(waiting, limits), waiting) as graph:
        yield graph


def lifted(limit: Any) -> dict[str, int]:
    """The same limit, a thousand times as wide."""
    name = "units" if hasattr(limit, "units") else "requests"
    return {name: getattr(limit, name) * 100_000}


# ---- the official SDK


def sdk(recording: Recording, database: Path) -> float:
    """Rows per second of msgraph-sdk-python with executemany into our table."""
    connector = sign_ins()
    store = opened(database, connector)
    begun = time.perf_counter()
    asyncio.run(sdk_pages(recording, connector, store.engine))
    seconds = time.perf_counter() - begun
    store.engine.dispose()
    return stored(database) / seconds


async def sdk_pages(recording: Recording, connector: Connector, engine: Engine) -> None:
    """Page after page through the SDK, a commit every ten thousand rows."""
    import httpx
    from kiota_abstractions.authentication import AnonymousAuthenticationProvider
    from msgraph.graph_request_adapter import GraphRequestAdapter
    from msgraph.graph_service_client import GraphServiceClient
    from msgraph_core import GraphClientFactory

    trust = ssl.create_default_context(cafile=str(recording.ca))
    async with httpx.AsyncClient(verify=trust) as http:
        client = GraphClientFactory.create_with_default_middleware(client=http)
        adapter = GraphRequestAdapter(AnonymousAuthenticationProvider(), client)
        link: str | None = f"{recording.origin}/v1.0/auditLogs/signIns?$top=1000"
        with engine.connect() as connection:
            while link:
                page = await GraphServiceClient(request_adapter=adapter).audit_logs.sign_ins.with_url(link).get()
                assert page
                assert page.value
                insert(
                    connection.connection.driver_connection, connector, [sdk_row(connector, one) for one in page.value]
                )
                link = page.odata_next_link


def sdk_row(connector: Connector, one: Any) -> tuple[Any, ...]:
    """A record of the SDK as a row of ours: its properties are Graph's, in snake case."""
    row = list[Any]()
    for field in connector.fields:
        value = one
        for step in field.path:
            value = getattr(value, re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), step), None)
        row.append(micros(value) if isinstance(value, datetime) else getattr(value, "value", value))
    return tuple(row)


# ---- the client that one writes first


def naive(recording: Recording, database: Path) -> float:
    """Rows per second of requests + json + SQLModel add_all, a commit per page."""
    connector = sign_ins()
    store = opened(database, connector)
    model = model_of(connector)
    client = requests.Session()
    client.trust_env, client.verify = False, str(recording.ca)
    link = f"{recording.origin}/v1.0/auditLogs/signIns?$top=1000"
    begun, number = time.perf_counter(), 0
    with Session(store.engine) as session:
        while link:
            page = client.get(link, timeout=60).json()
            session.add_all(
                [model(**values(connector, row, number + place)) for place, row in enumerate(page["value"])]
            )
            session.commit()
            number += len(page["value"])
            link = page.get("@odata.nextLink", "")
    seconds = time.perf_counter() - begun
    store.engine.dispose()
    return stored(database) / seconds


@cache
def model_of(connector: Connector) -> Any:
    """A SQLModel class over our own table; of one table there can be one class only, however many turns there are."""
    kinds = {"text": str, "bool": bool, "int": int, "real": float, "time": int, "day": str, "list": str}
    number: Any = int
    keys = {name: (number, Field(primary_key=True, sa_type=BigNumber())) for name in ("tenant_id", "month")}
    fields: dict[str, Any] = {
        one.name: (str, Field(primary_key=True)) if one.key else (kinds[one.type] | None, None)
        for one in connector.fields
    }
    rest: dict[str, Any] = dict.fromkeys(("seq", "run_id"), (number, 0))
    table = type("Named", (SQLModel,), {"__tablename__": connector.dataset.table})
    make: Any = create_model  # its overloads know no table of SQLModel
    return make("SignIn", __base__=table, __cls_kwargs__={"table": True}, **keys, **fields, **rest)


def BigNumber() -> Any:  # noqa: N802 - reads as a type
    """The type of our key columns."""
    from sqlalchemy import BigInteger

    return BigInteger


def values(connector: Connector, row: dict[str, Any], number: int) -> dict[str, Any]:
    """The values of one record by name, looked up the plain way."""
    found: dict[str, Any] = {"tenant_id": 1, "seq": number, "run_id": 1}
    for field in connector.fields:
        value: Any = row
        for step in field.path:
            value = (value or {}).get(step)
        found[field.name] = microseconds(value) if field.type == "time" else value
    return found | {"month": 202611}


# ---- bare SQLite


def ceiling(rows: Sequence[tuple[Any, ...]], database: Path) -> float:
    """Rows per second of ready tuples into our table: what no reader can pass."""
    connector = sign_ins()
    opened(database, connector).engine.dispose()
    connection = sqlite3.connect(database, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    begun = time.perf_counter()
    for start in range(0, len(rows), BATCH):
        insert(connection, connector, rows[start : start + BATCH])
    seconds = time.perf_counter() - begun
    connection.close()
    return stored(database) / seconds


def insert(connection: Any, connector: Connector, rows: Sequence[tuple[Any, ...]]) -> None:
    """One transaction of rows (id and time first, then what there is)."""
    names = [field.name for field in connector.fields][: len(rows[0])]
    columns = ["tenant_id", "month", *names, "seq", "run_id"]
    marks = ", ".join("?" for _ in columns)
    connection.execute("BEGIN IMMEDIATE")
    full = [(1, 202611, *row, number, 1) for number, row in enumerate(rows)]
    quoted = ", ".join(f'"{name}"' for name in columns)
    act = ", ".join(f'"{name}" = excluded."{name}"' for name in columns[3:])
    statement = f'INSERT INTO "{connector.dataset.table}" ({quoted}) VALUES ({marks}) '  # noqa: S608 - our own names
    connection.executemany(statement + f"ON CONFLICT (tenant_id, month, id) DO UPDATE SET {act}", full)
    connection.execute("COMMIT")


def ready(recording: Recording) -> list[tuple[Any, ...]]:
    """All rows of the recording as tuples."""
    decoder, rows = Decoder(sign_ins().fields), list[tuple[Any, ...]]()
    with unpaced(recording) as graph:
        link: str | None = "/auditLogs/signIns"
        while link:
            page = decoder.page(graph.get(link, budget="reporting"))
            rows += page.rows
            link = page.next_link
    return rows


# ---- the figures


def measure_ratios(full: bool) -> Values:
    """The yardsticks in turns, the median of each."""
    tries, rows = (3, 200_000) if full else (1, 100_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with recorded(folder, rows) as recording:
            tuples = ready(recording)
            mine = median(tries, folder, "ours", lambda path: ours(recording, path))
            top = median(tries, folder, "ceiling", lambda path: ceiling(tuples, path))
        with recorded(folder, NAIVE_ROWS) as recording:
            plain = median(tries, folder, "naive", lambda path: naive(recording, path))
        with recorded(folder, SDK_ROWS) as recording:
            official = median(1, folder, "sdk", lambda path: sdk(recording, path))
    told = f"{mine:.0f} rows/s; SDK {official:.0f}, add_all {plain:.0f}, bare SQLite {top:.0f}; {rows} rows"
    return {
        "ingest.ratio_to_msgraph_sdk": Measured(round(mine / official, 1), told, tries),
        "ingest.ratio_to_sqlmodel_add_all": Measured(round(mine / plain, 2), told, tries),
        "ingest.share_of_sqlite_ceiling": Measured(round(mine / top, 3), told, tries),
    }


def median(tries: int, folder: Path, name: str, rate: Callable[[Path], float]) -> float:
    """The middle of some turns, each on a fresh database."""
    return sorted(rate(folder / f"{name}{turn}.db") for turn in range(tries))[tries // 2]


def measure_memory(full: bool) -> Values:
    """Peak memory of a process that pulls 200,000 rows, and of one that pulls 2,000,000 (quick: 50,000 and 200,000)."""
    few, many = (200_000, 2_000_000) if full else (50_000, 200_000)
    small, large = peak(few), peak(many)
    note = f"{small:.0f} MiB for {few} rows, {large:.0f} MiB for {many}"
    return {
        "ingest.peak_memory": Measured(round(max(small, large), 1), note),
        "ingest.memory_2m_over_200k": Measured(round(large / small, 3), note),
    }


def peak(rows: int) -> float:
    """MiB of a fresh process that pulls so many rows."""
    with tempfile.TemporaryDirectory() as name, recorded(Path(name), rows, keep=16) as recording:
        command = [sys.executable, "-m", "benchmarks.collect.ingest", recording.origin, str(recording.ca), name]
        told = subprocess.run(command, capture_output=True, text=True, check=True)
        return float(told.stdout)


def most_memory() -> float:
    """MiB that this process held at its highest.

    `ru_maxrss` would not do: a process inherits there what its parent held, from before it became another program.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def stored(database: Path) -> int:
    """How many rows came in."""
    with sqlite3.connect(database) as connection:
        return int(connection.execute("SELECT count(*) FROM collected_sign_ins").fetchone()[0])


MEASUREMENTS = (Measurement(FIGURES, measure_ratios), Measurement(MEMORY, measure_memory))

if __name__ == "__main__":
    ours(Recording(sys.argv[1], Path(sys.argv[2])), Path(sys.argv[3]) / "memory.db")
    print(most_memory())
