"""What can be wrong with a database, as errors that say what, why and what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Engine
from sqlalchemy.exc import DBAPIError

from ibpmon.errors import BusyError, StoreError
from ibpmon.language import N_

# What SQLite calls these is a statement or a value that does not fit: our mistake, and not the database's.
OURS = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH)


@contextmanager
def told_apart(engine: Engine) -> Iterator[None]:
    """A database that is full, locked, damaged or away is a StoreError; a mistake of ours keeps its own error."""
    try:
        yield
    except DBAPIError as error:
        if is_trouble(engine, error.orig):
            raise unusable(engine.url, error) from error
        raise
    except engine.dialect.loaded_dbapi.Error as error:  # bulk goes past SQLAlchemy, straight to the driver
        if is_trouble(engine, error):
            raise unusable(engine.url, error) from error
        raise


def is_trouble(engine: Engine, error: BaseException | None) -> bool:
    """Whether the database itself is the problem."""
    if isinstance(error, sqlite3.DatabaseError):
        return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF not in OURS
    return isinstance(error, engine.dialect.loaded_dbapi.OperationalError)


def unusable(url: URL, error: Exception) -> StoreError:
    """The database cannot be used; the first line of the reason holds no row."""
    cause = str(getattr(error, "orig", error)).strip().splitlines() or [type(error).__name__]
    return StoreError(
        N_("cannot use the database {place}"),
        why="{cause}",
        fix=N_(
            "check [store] database in config.toml, the space on its disk, and for PostgreSQL that it lets ibpmon in"
        ),
        place=place_of(url),
        cause=cause[0],
    )


def place_of(url: URL) -> str:
    """Where a database is, without the user and the password that its address may hold in more than one place."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return f"{url.host or 'localhost'}:{url.port or 5432}/{url.database or ''}"


def no_file(path: Path, error: OSError) -> StoreError:
    """The file of an SQLite database cannot be opened or made."""
    return StoreError(
        N_("cannot open the database {path}"),
        why="{error}",
        fix=N_("check [store] database in config.toml and the rights on that folder"),
        path=path,
        error=error.strerror or type(error).__name__,
    )


def no_address() -> StoreError:
    """The address of the database cannot be read; it may hold a password and is not repeated."""
    return StoreError(
        N_("the address of the database cannot be read"),
        why=N_("it is not of the form postgresql://user@host:5432/name"),
        fix=N_("correct [store] database in config.toml"),
    )


def newer() -> StoreError:
    """The schema comes from a version that we are not."""
    return StoreError(
        N_("the database was made by a newer ibpmon"),
        why=N_("this version does not know its tables, and could damage them"),
        fix=N_("install the newest ibpmon again, or name another database under [store] in config.toml"),
    )


def other_key(table: str) -> StoreError:
    """A connector file asks for a table that identifies its rows in another way than the one that is there."""
    return StoreError(
        N_("the connector '{name}' no longer fits the data that was collected with it"),
        why=N_("its key fields or its shape were changed, and what is stored is told apart by the old ones"),
        fix=N_("give the changed connector another file name, or put the old fields back"),
        name=table.split("_", 1)[1].replace("_", "-"),
    )


def busy(place: object) -> BusyError:
    """Another daemon has this database."""
    return BusyError(
        N_("another ibpmon already works on {place}"),
        why=N_("two daemons on one database would send every mail twice"),
        fix=N_("stop the other one first (systemctl stop ibpmon), or give this one its own database"),
        place=place,
    )
