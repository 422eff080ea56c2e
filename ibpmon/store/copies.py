"""A whole database as one file, and back: SQLite by its own online copy, PostgreSQL by pg_dump and pg_restore.

Both copy one moment, while others go on writing.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

from sqlalchemy import URL, Connection, Engine, text

from ibpmon.errors import StoreError
from ibpmon.language import N_
from ibpmon.progress import Progress, silent
from ibpmon.store import troubles
from ibpmon.store.database import make_engine, own

PAGES = 4_096  # between two looks at the clock


# ---- SQLite


def copy_sqlite(engine: Engine, target: Path, progress: Progress = silent) -> None:
    """Copy an SQLite database to a new file that stands by itself; StoreError when the disk is full.

    The transaction that we begin first keeps it to one moment: without it the copy starts anew each time that another
    process writes, and under a busy writer it never ends.
    """
    own(target)
    with troubles.told_apart(engine), engine.connect() as connection, closing(sqlite3.connect(target)) as copy:
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")  # the moment
        source: Any = connection.connection.driver_connection
        source.backup(copy, pages=PAGES, progress=lambda _state, left, all_: progress.step("copy", all_ - left, all_))
        copy.execute("PRAGMA journal_mode=DELETE")  # one file: nothing of it waits in another


def faults_of_sqlite(connection: Connection) -> list[str]:
    """What SQLite itself finds wrong with its file; nothing when it is whole."""
    told = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(5)")]
    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)
    return [line for line in told if line != "ok"] + [f"{row[0]}: {row[2]}" for row in lost]


# ---- PostgreSQL


@contextmanager
def one_moment(engine: Engine) -> Iterator[tuple[Connection, str]]:
    """A connection that sees one moment, and the name by which pg_dump sees the same one."""
    options: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with troubles.told_apart(engine), engine.connect().execution_options(**options) as connection:
        yield connection, str(connection.scalar(text("SELECT pg_export_snapshot()")))


def space_of(connection: Connection) -> str:
    """The schema (in PostgreSQL's sense) in which our tables lie."""
    return str(connection.scalar(text("SELECT current_schema()")))


def dump(engine: Engine, moment: str, space: str, target: Path) -> None:
    """Write what PostgreSQL holds to a new file; StoreError with what pg_dump said."""
    own(target)
    told = ["--format=custom", "--compress=0", "--no-owner", "--no-privileges"]
    run("pg_dump", engine.url, [*told, f"--snapshot={moment}", f"--schema={space}", f"--file={target}"], target.parent)


def load(engine: Engine, space: str, source: Path) -> None:
    """Put a dump into a database in which these tables are not there; whole, or nothing of it."""
    told = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", f"--schema={space}"]
    with engine.begin() as connection:
        connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{space}"'))
    run("pg_restore", engine.url, [*told, str(source)], source.parent)


@contextmanager
def spare(engine: Engine) -> Iterator[Engine]:
    """An empty database on the same server, gone afterwards; StoreError when ibpmon may not make one."""
    name = f"ibpmon_try_{token_hex(6)}"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")):
            raise may_not_try(connection.scalar(text("SELECT current_user")))
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
        other = make_engine(engine.url.set(database=name).render_as_string(hide_password=False))
        try:
            yield other
        finally:
            other.dispose()
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def run(program: str, url: URL, told: Sequence[str], folder: Path) -> None:
    """Let a program of PostgreSQL do its work; a password goes by a file that only we can read, never by arguments."""
    where = shutil.which(program)
    if where is None:
        raise no_program(program)
    address, environment = address_of(url, folder)
    command = [where, "--no-password", f"--dbname={address}", *told]
    ended = subprocess.run(  # noqa: S603 - a program of PostgreSQL, no shell
        command, capture_output=True, env=environment, check=False, stdin=subprocess.DEVNULL
    )
    if ended.returncode:
        raise no_success(program, url, ended.stderr.decode("utf-8", "replace"))


def address_of(url: URL, folder: Path) -> tuple[str, dict[str, str]]:
    """The address for a program of PostgreSQL without its password, and the environment that says where that is."""
    from psycopg.conninfo import make_conninfo

    parts: dict[str, Any] = url.translate_connect_args(username="user", database="dbname") | dict(url.query)
    environment, password = dict(os.environ), parts.pop("password", None)
    if password is not None:
        file = folder / ".pgpass"
        own(file)
        escaped = str(password).replace("\\", "\\\\").replace(":", "\\:")
        file.write_text(f"*:*:*:*:{escaped}\n", encoding="utf-8")
        environment["PGPASSFILE"] = str(file)
    return make_conninfo(**parts), environment


# ---- what can be wrong


def no_program(program: str) -> StoreError:
    """PostgreSQL's own programs are not here."""
    return StoreError(
        N_("cannot back up or restore PostgreSQL"),
        why=N_("the program {program} is not on this machine"),
        fix=N_("install the client of PostgreSQL, of the version of the server or a later one (postgresql-client)"),
        program=program,
    )


def no_success(program: str, url: URL, told: str) -> StoreError:
    """PostgreSQL's own program did not do it."""
    lines = [line for line in told.strip().splitlines() if line.strip()] or ["-"]
    return StoreError(
        N_("{program} did not do its work for {place}"),
        why="{cause}",
        fix=N_("its version must be that of the server or later; see that the disk has room and that PostgreSQL runs"),
        program=program,
        place=troubles.place_of(url),
        cause=lines[0],
    )


def may_not_try(user: str) -> StoreError:
    """A backup is tried in a database of its own, and that may not be made."""
    return StoreError(
        N_("the backup cannot be tried, and a backup that was never opened is none"),
        why=N_("the user {user} of PostgreSQL may not make the database in which it is opened"),
        fix=N_('give that right: ALTER ROLE "{user}" CREATEDB'),
        user=user,
    )
