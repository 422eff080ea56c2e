"""Opens the database: the only place that makes an engine, a session or a lock."""

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, func, inspect, select, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlmodel import Session, col

from ibpmon.errors import BusyError, StoreError
from ibpmon.language import N_
from ibpmon.store.collected import Dataset, build
from ibpmon.store.tables import Tenant

# threats.md: a commit that was reported survives a power cut; deleted text is overwritten; a reader never blocks.
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    "busy_timeout=30000",
    "wal_autocheckpoint=10000",
    "temp_store=MEMORY",
)
DAEMON_LOCK = 0x1B93013  # the number of our advisory lock on PostgreSQL


@dataclass(frozen=True, slots=True)
class Store:
    """One board in one database: sessions to read and write, and the tables that connectors fill."""

    engine: Engine
    tenant: int
    data: Mapping[str, Table]  # connector id -> its table
    stages: Mapping[str, Table]  # connector id -> the table where rows of a run wait
    datasets: Mapping[str, Dataset]

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction that others wait for; committed whole at the end, or not at all."""
        with self.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                # A deferred transaction that reads first and writes later fails at once, whatever the timeout.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            with Session(bind=connection, expire_on_commit=False) as session:
                yield session
                session.flush()
                connection.commit()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent look at the database; keep it short, a long reader lets the log file grow."""
        with self.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with Session(bind=connection, expire_on_commit=False) as session:
                yield session


def open_store(url: str, datasets: Iterable[Dataset], tenant_key: str, name: str, now: datetime) -> Store:
    """The store of one board, its schema brought up to date; raises StoreError with what, why and fix."""
    known = {dataset.name: dataset for dataset in datasets}
    metadata, data = build(known.values())
    stages = {
        name: metadata.tables["stage_" + table.name.removeprefix("collected_")]
        for name, table in data.items()
        if known[name].kind == "state"
    }
    engine = make_engine(url)
    try:
        prepare(engine, known)
        tenant = tenant_number(engine, tenant_key, name, now)
    except (OperationalError, DatabaseError) as error:
        raise unusable(url, error) from None
    return Store(engine, tenant, data, stages, known)


def make_engine(url: str) -> Engine:
    """An engine for SQLite or PostgreSQL with our settings on every connection."""
    if url.startswith("sqlite:///"):
        return sqlite_engine(Path(url.removeprefix("sqlite:///")))
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), pool_pre_ping=True)


def sqlite_engine(path: Path) -> Engine:
    """An engine on one local file, readable for its owner only."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(
            N_("cannot open the database {path}"),
            why="{error}",
            path=path,
            error=error.strerror or error,
            fix=N_("check [store] database in config.toml and the rights on that folder"),
        ) from None
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False, "timeout": 30})
    event.listen(engine, "connect", set_pragmas)
    event.listen(engine, "begin", lambda connection: None)
    return engine


def set_pragmas(connection: Any, _record: object) -> None:
    """Our settings on a fresh SQLite connection; transactions are begun by us, not by the driver."""
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def prepare(engine: Engine, datasets: Mapping[str, Dataset]) -> None:
    """Bring the schema up to date: migrations for our own tables, new tables and columns for the connectors'."""
    from ibpmon.store.migrations import upgrade

    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(select(func.pg_advisory_xact_lock(DAEMON_LOCK + 1)))
        upgrade(connection)
        align(connection, datasets)
        connection.commit()


def align(connection: Connection, datasets: Mapping[str, Dataset]) -> None:
    """Create the tables and columns that connector files ask for and the database lacks; nothing is ever dropped."""
    metadata, _ = build(datasets.values())
    metadata.create_all(connection)
    present = inspect(connection)
    for table in metadata.tables.values():
        have = {column["name"] for column in present.get_columns(table.name)}
        for column in table.columns:
            if column.name not in have:
                kind = column.type.compile(connection.dialect)
                connection.execute(text(f'ALTER TABLE "{table.name}" ADD COLUMN "{column.name}" {kind}'))


def tenant_number(engine: Engine, key: str, name: str, now: datetime) -> int:
    """The number of a board in this database; given out at its first visit."""
    store = Store(engine, 0, {}, {}, {})
    with store.write() as session:
        known = session.scalar(select(Tenant).where(col(Tenant.key) == key))
        if known:
            return known.tenant_id
        number = (session.scalar(select(func.max(Tenant.tenant_id))) or 0) + 1
        session.add(Tenant(tenant_id=number, key=key, name=name, created_at=now))
        return number


def unusable(url: str, error: Exception) -> StoreError:
    """The database cannot be used: said without the address's password and without a trace."""
    cause = str(getattr(error, "orig", error)).strip().splitlines()[0]
    return StoreError(
        N_("cannot use the database {place}"),
        why="{cause}",
        fix=N_("check [store] database in config.toml; for PostgreSQL that it runs and lets ibpmon in"),
        place=url.split("@")[-1],
        cause=cause,
    )


@contextmanager
def alone(url: str) -> Iterator[None]:
    """Hold this database for one daemon; BusyError when another has it. The lock ends with the process."""
    if url.startswith("sqlite:///"):
        with held_file(Path(url.removeprefix("sqlite:///") + ".lock")):
            yield
    else:
        with held_on_postgres(url):
            yield


@contextmanager
def held_file(path: Path) -> Iterator[None]:
    """A lock file beside an SQLite database."""
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise busy(path.with_suffix("")) from None
        yield


@contextmanager
def held_on_postgres(url: str) -> Iterator[None]:
    """A lock that the PostgreSQL server keeps as long as our connection lives."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            if not connection.scalar(select(func.pg_try_advisory_lock(DAEMON_LOCK))):
                raise busy(url.split("@")[-1])
            yield
    finally:
        engine.dispose()


def busy(place: object) -> BusyError:
    """Another daemon has this database."""
    return BusyError(
        N_("another ibpmon already works on {place}"),
        why=N_("two daemons on one database would send every mail twice"),
        fix=N_("stop the other one first (systemctl stop ibpmon), or give this one its own database"),
        place=place,
    )
