"""Migrations of the engine's own tables, run through alembic when the store is opened."""

from pathlib import Path

from sqlalchemy import Connection

from ibpmon.store import troubles


def is_newest(connection: Connection) -> bool:
    """Whether this database has every migration of this version."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    head = ScriptDirectory(str(Path(__file__).parent)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head


def knows(revision: str) -> bool:
    """Whether this version has a migration of this name: a database of a newer one has others."""
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    try:
        return ScriptDirectory(str(Path(__file__).parent)).get_revision(revision) is not None
    except CommandError:
        return False


def upgrade(connection: Connection) -> None:
    """Bring this database to the newest schema, inside the transaction that the caller holds.

    Raises StoreError when a newer ibpmon was here.
    """
    from alembic import command
    from alembic.util import CommandError

    try:
        if not is_newest(connection):
            command.upgrade(configuration(connection), "head")
    except CommandError:  # a revision that this version does not have
        raise troubles.newer() from None


def configuration(connection: Connection):  # type: ignore[no-untyped-def]  # alembic is imported late
    """Alembic's settings for this package, without an ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
