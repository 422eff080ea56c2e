"""Opens the database: the only place that makes an engine, a session or a lock."""

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    Index,
    MetaData,
    Table,
    create_engine,
    event,
    func,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session, col

from ibpmon.store import troubles
from ibpmon.store.collected import Dataset, build
from ibpmon.store.matching import teach
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
        with troubles.told_apart(self.engine), self.engine.connect() as connection:
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
        with troubles.told_apart(self.engine), self.engine.connect() as connection:
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
    with opened(url) as engine:
        prepare(engine, metadata)
        return Store(engine, tenant_number(engine, tenant_key, name, now), data, stages, known)


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """An engine that stays open when the block ends well, and leaves no connection behind when it does not."""
    engine = make_engine(url)
    try:
        with troubles.told_apart(engine):
            yield engine
    except BaseException:
        engine.dispose()
        raise


def make_engine(url: str) -> Engine:
    """An engine for SQLite or PostgreSQL with our settings on every connection; its errors hold no values of rows."""
    if url.startswith("sqlite:///"):
        return sqlite_engine(Path(url.removeprefix("sqlite:///")))
    try:
        address = make_url(url.replace("postgresql://", "postgresql+psycopg://", 1))
    except (ArgumentError, ValueError):
        raise troubles.no_address() from None
    engine = create_engine(address, pool_pre_ping=True, hide_parameters=True)
    event.listen(engine, "connect", plan_only)
    return engine


def plan_only(connection: Any, _record: object) -> None:
    """No machine code for our queries: making it for a view costs PostgreSQL up to a minute, running it is short."""
    connection.execute("SET jit = off")
    connection.commit()


def sqlite_engine(path: Path) -> Engine:
    """An engine on one local file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        own(path)
    except OSError as error:
        raise troubles.no_file(path, error) from None
    # Not as text: a ? in the name of a folder would begin the options of the address.
    address = URL.create("sqlite", database=str(path))
    engine = create_engine(address, connect_args={"check_same_thread": False, "timeout": 30}, hide_parameters=True)
    event.listen(engine, "connect", set_pragmas)
    return engine


def own(path: Path) -> None:
    """Make a file that only its owner can read, if it is not there; SQLite gives its -wal and -shm the same rights."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def set_pragmas(connection: Any, _record: object) -> None:
    """Our settings on a fresh SQLite connection; transactions are begun by us, not by the driver."""
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    teach(connection)


def prepare(engine: Engine, metadata: MetaData) -> None:
    """Bring the schema up to date, if it is not: who only comes to read need not wait for a writer."""
    from ibpmon.store.migrations import is_newest, upgrade

    with engine.connect() as connection:
        if is_newest(connection) and not lacking(connection, metadata) and not unindexed(connection, metadata):
            return
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(select(func.pg_advisory_xact_lock(DAEMON_LOCK + 1)))
        upgrade(connection)
        align(connection, metadata)
        connection.commit()


def align(connection: Connection, metadata: MetaData) -> None:
    """Create what connector files ask for and the database lacks; nothing is ever dropped."""
    metadata.create_all(connection)
    for column in lacking(connection, metadata):
        kind = column.type.compile(connection.dialect)
        connection.execute(text(f'ALTER TABLE "{column.table.name}" ADD COLUMN "{column.name}" {kind}'))
    for index in unindexed(connection, metadata):
        index.create(connection)


def unindexed(connection: Connection, metadata: MetaData) -> list[Index]:
    """The indexes that are not in the database."""
    have = {one["name"] for found in inspect(connection).get_multi_indexes().values() for one in found}
    return [index for table in metadata.tables.values() for index in table.indexes if index.name not in have]


def lacking(connection: Connection, metadata: MetaData) -> list[Column[Any]]:
    """The columns that are not in the database; StoreError when a table is there with another key."""
    present = inspect(connection)
    have = {table: {column["name"] for column in found} for (_, table), found in present.get_multi_columns().items()}
    for (_, table), key in present.get_multi_pk_constraint().items():
        if table in metadata.tables and {*key["constrained_columns"]} != {
            *metadata.tables[table].primary_key.columns.keys()
        }:
            raise troubles.other_key(table)
    return [
        one for table in metadata.tables.values() for one in table.columns if one.name not in have.get(table.name, ())
    ]


def tenant_number(engine: Engine, key: str, name: str, now: datetime) -> int:
    """The number of a board in this database; given out at its first visit."""
    store, mine = Store(engine, 0, {}, {}, {}), select(col(Tenant.tenant_id)).where(col(Tenant.key) == key)
    with store.read() as session:
        known = session.scalar(mine)
    if known is not None:
        return known
    with store.write() as session:
        known = session.scalar(mine)  # someone may have come first
        if known is not None:
            return known
        number = (session.scalar(select(func.max(Tenant.tenant_id))) or 0) + 1
        session.add(Tenant(tenant_id=number, key=key, name=name, created_at=now))
        return number


def refresh_statistics(store: Store, connectors: Iterable[str]) -> None:
    """Tell PostgreSQL what these connectors brought: without that it takes a full table for an empty one.

    SQLite plans by our indexes alone, and its plans are what the tests hold.
    """
    if store.engine.dialect.name != "postgresql":
        return
    names = ["placement", *(store.data[name].name for name in connectors)]
    with store.engine.begin() as connection:
        connection.execute(text("ANALYZE " + ", ".join(f'"{name}"' for name in names)))


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
    own(path)
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise troubles.busy(path.with_suffix("")) from None
        yield


@contextmanager
def held_on_postgres(url: str) -> Iterator[None]:
    """A lock that the PostgreSQL server keeps as long as our connection lives; no transaction stays open for it."""
    engine = make_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            if not connection.scalar(select(func.pg_try_advisory_lock(DAEMON_LOCK))):
                raise troubles.busy(troubles.place_of(engine.url))
            yield
    finally:
        engine.dispose()
