"""Sign-ins per second from HTTPS to committed row: ibpmon beside the client that one writes first, in one run."""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import msal
import requests
from sqlalchemy import event
from sqlmodel import Field, Session, SQLModel, create_engine

from benchmarks.figures import Figure, Measured, Values
from ibpmon.collect.connectors import load_connectors
from ibpmon.collect.run import collect
from ibpmon.config import Config, Content, load
from ibpmon.demo.play import CLIENT_ID, clear, simulated_microsoft, write_config
from ibpmon.providers.auth import Tokens
from ibpmon.providers.budget import LIMITS, Budgets, Limit
from ibpmon.providers.client import Graph
from ibpmon.providers.session import Session as GraphSession
from ibpmon.providers.waiting import Waiting
from ibpmon.store.database import PRAGMAS, open_store

RATIO = Figure("ingest.ratio_to_naive_client", "ratio", "", "board")
TRIES = 3


class SignIn(SQLModel, table=True):
    """The naive client's table: the columns and indexes of ours."""

    tenant_id: int = Field(primary_key=True)
    month: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    at: datetime
    account_id: str | None = Field(index=True)
    upn: str | None
    app: str | None
    client: str | None
    ip_address: str | None = Field(index=True)
    country: str | None
    error_code: int | None
    failure: str | None
    device_id: str | None
    seq: int = Field(index=True)
    run_id: int


def measure_ingest(full: bool) -> Values:
    """The median of a few turns, each on a fresh database; the simulated Microsoft paces neither."""
    tries = TRIES if full else 1
    with tempfile.TemporaryDirectory() as name:
        folder, now = Path(name) / "demo", datetime.now(UTC).replace(microsecond=0)
        clear(folder)
        with simulated_microsoft(folder, "board", 1, now, reporting_limit=0) as addresses:
            write_config(folder, addresses)
            config = load(folder / "config.toml")
            ibpmon_rate(config, folder / "warm.db", now)  # the double renders and packs what it is first asked for
            naive_rate(config, folder / "warm-naive.db", now)
            ours = [ibpmon_rate(config, folder / f"ours{turn}.db", now) for turn in range(tries)]
            naive = [naive_rate(config, folder / f"naive{turn}.db", now) for turn in range(tries)]
    best, plain = sorted(ours)[tries // 2], sorted(naive)[tries // 2]
    note = f"{best:.0f} rows/s against {plain:.0f} rows/s (requests + json + SQLModel add_all, commit per page)"
    return {RATIO.figure: Measured(round(best / plain, 2), note, tries)}


def ibpmon_rate(config: Config, database: Path, now: datetime) -> float:
    """Rows per second of the connector itself, client-side pacing off."""
    connectors = load_connectors(Content())
    store = open_store(f"sqlite:///{database}", [c.dataset for c in connectors.values()], config.tenant.id, "x", now)
    waiting = Waiting(Event(), time.monotonic, None)
    session = GraphSession([config.tenant.authority, config.tenant.graph], ca=config.tenant.ca, proxy=None)
    unpaced = {family: replace(limit, requests=100_000) if isinstance(limit, Limit) else limit
               for family, limit in LIMITS.items()}  # fmt: skip
    with Graph(
        session, Tokens(config.tenant, session), config.tenant.graph, Budgets(waiting, unpaced), waiting
    ) as graph:
        begun = time.perf_counter()
        (run,) = collect(connectors, graph, store, config, now, only={"sign-ins"})
        seconds = time.perf_counter() - begun
    store.engine.dispose()
    if run.state != "FULL":
        raise RuntimeError(run.reason)
    return stored(database, "collected_sign_ins") / seconds


def naive_rate(config: Config, database: Path, now: datetime) -> float:
    """Rows per second of the client that one writes first, with our settings of SQLite."""
    engine = create_engine(f"sqlite:///{database}")
    event.listen(engine, "connect", settings)
    SQLModel.metadata.create_all(engine, tables=[SignIn.__table__])  # type: ignore[attr-defined]
    begun = time.perf_counter()
    seen: set[str] = set()  # Microsoft repeats a row now and then, on which the naive client would die
    with Session(engine) as session:
        for rows in naive_pages(config, now):
            session.add_all(naive_rows([row for row in rows if not (row["id"] in seen or seen.add(row["id"]))]))  # type: ignore[func-returns-value]  # None is false
            session.commit()
    seconds = time.perf_counter() - begun
    engine.dispose()
    return stored(database, "signin") / seconds


def settings(connection: Any, _record: object) -> None:
    """The settings of our own connections; the driver keeps its transactions, one a page."""
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def naive_pages(config: Config, now: datetime) -> Iterator[list[dict[str, Any]]]:
    """Every page of sign-ins, by requests and json."""
    client = requests.Session()
    client.trust_env, client.verify = False, str(config.tenant.ca)
    key = (config.tenant.certificate or Path()).read_text(encoding="ascii")
    app = msal.ConfidentialClientApplication(
        CLIENT_ID,
        authority=f"{config.tenant.authority}/{config.tenant.id}",
        client_credential={"private_key": key, "public_certificate": key[key.index("-----BEGIN CERTIFICATE") :]},
        instance_discovery=False,
        http_client=client,
    )
    token = app.acquire_token_for_client([f"{config.tenant.graph}/.default"])["access_token"]
    since = (now - timedelta(days=30) + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    link = f"{config.tenant.graph}/v1.0/auditLogs/signIns?$top=1000&$filter=createdDateTime ge {since}"
    while link:
        page = client.get(link, headers={"Authorization": f"Bearer {token}"}, timeout=60).json()
        yield page["value"]
        link = page.get("@odata.nextLink", "")


def naive_rows(rows: list[dict[str, Any]]) -> Iterator[SignIn]:
    """The records as ORM objects."""
    for number, row in enumerate(rows):
        at = datetime.fromisoformat(row["createdDateTime"].replace("Z", "+00:00"))
        yield SignIn(
            tenant_id=1, month=at.year * 100 + at.month, id=row["id"], at=at, account_id=row["userId"],
            upn=row["userPrincipalName"], app=row["appDisplayName"], client=row["clientAppUsed"],
            ip_address=row["ipAddress"], country=(row["location"] or {}).get("countryOrRegion"),
            error_code=row["status"]["errorCode"], failure=row["status"]["failureReason"],
            device_id=(row["deviceDetail"] or {}).get("deviceId"), seq=number, run_id=1,
        )  # fmt: skip


def stored(database: Path, table: str) -> int:
    """How many rows came in."""
    with sqlite3.connect(database) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own names
