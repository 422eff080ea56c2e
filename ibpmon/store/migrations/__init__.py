"""Migrations of the engine's own tables, run through alembic when the store is opened."""

from pathlib import Path

from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """Bring this database to the newest schema, inside the transaction that the caller holds."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(Path(__file__).parent))
    head = script.get_current_head()
    if MigrationContext.configure(connection).get_current_revision() != head:
        apply(connection)


def apply(connection: Connection) -> None:
    """Run the migrations that this database lacks."""
    from alembic import command

    command.upgrade(configuration(connection), "head")


def configuration(connection: Connection):  # type: ignore[no-untyped-def]  # alembic is imported late
    """Alembic's settings for this package, without an ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
