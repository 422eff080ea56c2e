"""A question to the database that may take only so long: somebody waits for it, and others want their turn."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from ibpmon.errors import RefusedError
from ibpmon.language import N_

STEPS = 10_000  # of SQLite's machine between two looks at the clock


@contextmanager
def within(session: Session, seconds: float) -> Iterator[None]:
    """Break off what takes longer than this; RefusedError says so, and nothing has changed."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))
        clear = None
    else:
        clear = watched(session, monotonic() + seconds)
    try:
        yield
    except OperationalError as error:
        if any(word in str(error.orig) for word in ("interrupted", "statement timeout")):
            raise too_long(seconds) from None
        raise
    finally:
        if clear:
            clear.set_progress_handler(None, 0)


def watched(session: Session, end: float) -> Any:
    """The connection of SQLite, which looks at the clock from now on."""
    connection = session.connection().connection.dbapi_connection
    assert connection is not None  # noqa: S101 - a session that works has one
    connection.set_progress_handler(lambda: monotonic() > end, STEPS)
    return connection


def too_long(seconds: float) -> RefusedError:
    """That it took too long."""
    return RefusedError(
        N_("it was broken off after {seconds} seconds"),
        why=N_("there is too much to go through while somebody waits"),
        fix=N_("ask for fewer days, or let ICT run it on the machine itself"),
        seconds=int(seconds),
    )
