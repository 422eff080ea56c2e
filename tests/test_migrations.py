"""Databases of earlier versions open with today's code, and nothing in them is lost."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, inspect, text

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.store.database import open_store
from ibpmon.store.migrations import configuration
from ibpmon.store.review_tables import FIXED
from ibpmon.store.tables import Base
from tests.conftest import MONDAY, TENANT, OpenStore
from tests.dumps.make import FOLDER, SCHEMA

DUMPS = sorted({path.name.split(".")[0] for path in FOLDER.glob("*.sql")})
Contents = dict[str, list[tuple[object, ...]]]


@pytest.fixture(params=DUMPS)
def dump(request: pytest.FixtureRequest) -> str:
    """The name of one dump."""
    return str(request.param)


@pytest.fixture(params=["sqlite", "postgresql"])
def restored(request: pytest.FixtureRequest, dump: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database as that version left it."""
    sql = (FOLDER / f"{dump}.{request.param}.sql").read_text(encoding="utf-8")
    if request.param == "sqlite":
        with sqlite3.connect(tmp_path / "old.db") as connection:
            connection.executescript(sql)
        yield f"sqlite:///{tmp_path / 'old.db'}"
        return
    url = str(request.getfixturevalue("postgres_schema"))
    schema = url.split("%3D")[1].split("%20")[0]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())
        connection.execute(sql.replace(SCHEMA, schema).encode())
    yield url


def contents(url: str) -> Contents:
    """Every row of every table, in order."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        return {table: rows(engine, table) for table in inspect(engine).get_table_names()}
    finally:
        engine.dispose()


def rows(engine: Engine, table: str) -> list[tuple[object, ...]]:
    """The rows of one table as plain tuples, columns by name."""
    names = ", ".join(f'"{column["name"]}"' for column in inspect(engine).get_columns(table))
    with engine.connect() as connection:
        found = connection.execute(text(f'SELECT {names} FROM "{table}"'))  # noqa: S608 - names of our own tables
        return sorted((tuple(row) for row in found), key=repr)


def test_an_older_database_opens_with_all_its_data(restored: str) -> None:
    """An upgrade is opening the database with a newer ibpmon; every row of before is there afterwards."""
    before = contents(restored)
    datasets = [connector.dataset for connector in load_connectors(Content()).values()]
    board = next(str(value) for value in before["tenant"][0] if isinstance(value, str) and len(value) == len(TENANT))

    store = open_store(restored, datasets, board, "Stichting De Verzonnen Waaier", MONDAY)
    store.engine.dispose()

    after = contents(restored)
    assert sum(len(rows) for rows in before.values()) > 300
    for table, old in before.items():
        assert len(after[table]) == len(old), table
        if table != "alembic_version":
            width = len(old[0]) if old else 0
            assert all(len(row) >= width for row in after[table])
    for table in ("finding", "alert", "run", "outbox"):
        width = len(before[table][0])  # a column that came later stands behind those of before
        assert [row[:width] for row in after[table]] == before[table]


def test_the_migrations_make_exactly_the_tables_of_the_code(open_database: OpenStore) -> None:
    """A column that only the code knows would fail at a customer's, not here."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    store = open_database([])
    with store.engine.connect() as connection:
        assert configuration(connection).get_main_option("script_location")
        ours = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(ours, Base.metadata) == []


def test_every_key_begins_with_the_board() -> None:
    """Many boards fit in one database, and a large one can be split by board, only if each key carries it."""
    assert set(FIXED) < set(Base.metadata.tables)
    for table in Base.metadata.tables.values():
        first = next(iter(table.primary_key.columns)).name
        assert first == "tenant_id", table.name
        for index in table.indexes:
            if index.unique:
                assert next(iter(index.columns)).name == "tenant_id" or table.name == "tenant", index.name
