"""How alembic runs our migrations: on the connection and in the transaction of the caller."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON

import ibpmon.store.device_tables
import ibpmon.store.review_tables
import ibpmon.store.web_tables  # noqa: F401 - the tables of both belong to the metadata
from ibpmon.store.tables import Base, Moment


def render(kind: str, item: Any, _autogen: AutogenContext) -> str | Literal[False]:
    """Write types so that an old migration outlives the code that made it."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, JSON):
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    if kind == "type" and type(item).__name__ == "AutoString":
        return "sa.String()"
    return False


def ours(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """The tables of connectors are made from their files and are no business of migrations."""
    return kind != "table" or not str(name).startswith(("collected_", "stage_"))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render,
    include_object=ours,
)
context.run_migrations()
