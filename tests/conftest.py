"""What the tests share: real databases, a real simulated Microsoft, and the people of the board."""

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from ibpmon.store.collected import Dataset
from ibpmon.store.database import Store, open_store

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TENANT = "11111111-1111-1111-1111-111111111111"
POSTGRES = os.environ.get("IBPMON_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")

OpenStore = Callable[[Sequence[Dataset]], Store]


def postgres_runs() -> bool:
    """Whether a PostgreSQL server answers where the tests look for one."""
    engine = create_engine(
        POSTGRES.replace("postgresql://", "postgresql+psycopg://"), connect_args={"connect_timeout": 2}
    )
    try:
        with engine.connect():
            return True
    except OperationalError:
        return False
    finally:
        engine.dispose()


@pytest.fixture(scope="session")
def postgres() -> str:
    """The address of PostgreSQL; tests that need it are skipped where it does not run."""
    if not postgres_runs():
        pytest.skip("PostgreSQL does not run here (set IBPMON_TEST_POSTGRES to its address)")
    return POSTGRES


@pytest.fixture
def postgres_schema(postgres: str) -> Iterator[str]:
    """The address of an empty schema on PostgreSQL; gone after the test."""
    name = f"test_{uuid4().hex}"
    engine = create_engine(postgres.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    yield f"{postgres}?options=-csearch_path%3D{name}"
    with engine.connect() as connection:
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: SQLite, and PostgreSQL where it runs."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ibpmon.db'}"
    return str(request.getfixturevalue("postgres_schema"))


@pytest.fixture
def open_database(database: str) -> Iterator[OpenStore]:
    """Opens the store of one board with these data sets; on both databases."""
    opened: list[Store] = []

    def opening(datasets: Sequence[Dataset]) -> Store:
        opened.append(open_store(database, datasets, TENANT, "Stichting De Verzonnen Waaier", MONDAY))
        return opened[-1]

    yield opening
    for store in opened:
        store.engine.dispose()
