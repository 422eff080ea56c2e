"""Writes the dump of today's schema, filled by the real job on the fictitious board: `uv run poe dump NAME`."""

import sqlite3
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote
from uuid import uuid4

from sqlalchemy import Connection, create_engine, inspect, text

from ibpmon.demo.play import clear, simulated_microsoft, write_config
from ibpmon.operate.rounds import collect_round, compare_round, evaluate_round, workplace

FOLDER = Path(__file__).parent
POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
SCHEMA = "ibpmon_dump"  # stands in the dump for the schema of whoever restores it
ROWS = 25  # per table of a connector; the tables of the engine itself are kept whole
MOMENT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def main(name: str) -> None:
    """One dump for SQLite and one for PostgreSQL, from the same board at the same moment."""
    schema = f"dump_{uuid4().hex}"
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder) / "demo"
        clear(demo)
        with simulated_microsoft(demo, "small", 1, MOMENT, reporting_limit=0) as addresses:
            write_config(demo, addresses)
            fill(demo)
            sqlite = dump_sqlite(demo / "ibpmon.db")
            with created(schema):
                config = demo / "config.toml"
                url = f"{POSTGRES}?options=-csearch_path%3D{schema}"
                config.write_text(config.read_text().replace("[store]", f'[store]\ndatabase = "{url}"'))
                fill(demo)
                postgres = dump_postgres(schema)
    (FOLDER / f"{name}.sqlite.sql").write_text(sqlite, encoding="utf-8")
    (FOLDER / f"{name}.postgresql.sql").write_text(postgres, encoding="utf-8")


def fill(demo: Path) -> None:
    """Collect, judge and tell; then thin out what connectors brought."""
    with workplace(demo / "config.toml", lambda: MOMENT) as place:
        collect_round(place)
        compare_round(place)
        evaluate_round(place)
        with place.store.engine.connect() as connection:
            thin(connection)
            connection.commit()


def thin(connection: Connection) -> None:
    """Leave a handful of rows in each large table."""
    for table in inspect(connection).get_table_names():
        if table.startswith("collected_") or table in ("placement", "coverage"):
            key = inspect(connection).get_pk_constraint(table)["constrained_columns"]
            columns = ", ".join(f'"{name}"' for name in key)
            kept = f'SELECT {columns} FROM "{table}" ORDER BY {columns} LIMIT {ROWS}'  # noqa: S608 - our own names
            connection.execute(text(f'DELETE FROM "{table}" WHERE ({columns}) NOT IN ({kept})'))  # noqa: S608


def dump_sqlite(path: Path) -> str:
    """The whole database as SQL."""
    with sqlite3.connect(path) as connection:
        return "\n".join(connection.iterdump()) + "\n"


class created:  # noqa: N801 - reads as a word
    """A schema on PostgreSQL, gone afterwards."""

    def __init__(self, schema: str) -> None:
        self.schema = schema
        self.engine = create_engine(POSTGRES.replace("://", "+psycopg://"), isolation_level="AUTOCOMMIT")

    def __enter__(self) -> None:
        with self.engine.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {self.schema}"))

    def __exit__(self, *_error: object) -> None:
        with self.engine.connect() as connection:
            connection.execute(text(f"DROP SCHEMA {self.schema} CASCADE"))
        self.engine.dispose()


def dump_postgres(schema: str) -> str:
    """The schema as plain SQL that any client can run."""
    command = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", "-n", schema, "-d", unquote(POSTGRES)]
    sql = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [line for line in sql.splitlines() if not line.startswith(("\\", "--"))]
    return "\n".join(lines).replace(schema, SCHEMA) + "\n"


if __name__ == "__main__":
    main(sys.argv[1])
