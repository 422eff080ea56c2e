"""What was asked, answered and signed stays as it is: the database itself refuses every change."""

from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, Integer, Table, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from ibpmon.errors import IbpmonError
from ibpmon.store.database import Store
from ibpmon.store.review_tables import FIXED
from ibpmon.store.tables import Base, Moment
from tests.conftest import OpenStore

REFUSED = (DBAPIError, IbpmonError)
TABLES = sorted(FIXED)


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """A board without reviews."""
    return open_database([])


def row_of(store: Store, table: Table) -> dict[str, Any]:
    """A row with something in every column."""
    values: dict[str, Any] = {}
    for column in table.columns:
        number = isinstance(column.type, BigInteger | Integer | Moment)
        values[column.name] = True if isinstance(column.type, Boolean) else 7 if number else "x"
    return values | {"tenant_id": store.tenant}


def kept(store: Store, name: str) -> dict[str, Any]:
    """Store a row and give its table and its values."""
    table = Base.metadata.tables[name]
    with store.write() as session:
        session.execute(insert(table).values(row_of(store, table)))
    return {"table": table, "row": stored(store, table)}


def stored(store: Store, table: Table) -> dict[str, Any]:
    """The only row of a table."""
    with store.read() as session:
        (row,) = session.execute(select(table)).mappings()
        return dict(row)


@pytest.mark.parametrize("name", TABLES)
def test_no_column_of_a_row_can_be_changed(store: Store, name: str) -> None:
    """Whoever changes what was asked or answered, by a mistake in the code or by hand, is stopped by the database."""
    there = kept(store, name)
    table = there["table"]
    for column in table.columns:
        other = row_of(store, table)[column.name]
        other = not other if isinstance(other, bool) else other + 1 if isinstance(other, int) else "y"
        with pytest.raises(REFUSED, match="never changed"), store.write() as session:
            session.execute(update(table).values({column.name: other}))
    assert stored(store, table) == there["row"]


@pytest.mark.parametrize("name", TABLES)
def test_no_row_can_be_deleted_or_replaced(store: Store, name: str) -> None:
    """A review that somebody can delete proves nothing."""
    there = kept(store, name)
    table = there["table"]
    with pytest.raises(REFUSED, match="never changed"), store.write() as session:
        session.execute(delete(table))
    swept = "TRUNCATE {} CASCADE" if store.engine.dialect.name == "postgresql" else "DELETE FROM {}"
    with pytest.raises(REFUSED, match="never changed"), store.write() as session:
        session.execute(text(swept.format(name)))
    if store.engine.dialect.name == "sqlite":
        with pytest.raises(REFUSED, match="never changed"), store.write() as session:
            session.execute(insert(table).prefix_with("OR REPLACE").values(row_of(store, table)))
    assert stored(store, table) == there["row"]


@pytest.mark.parametrize("name", [name for name in TABLES if FIXED[name]])
def test_text_and_salt_can_go_together_and_nothing_else_with_them(store: Store, name: str) -> None:
    """At the end of its term what names a person goes; the hash stays, so that root and count can still be proved."""
    there = kept(store, name)
    table, erased = there["table"], FIXED[name]
    for left in erased if len(erased) > 1 else ():
        with pytest.raises(REFUSED, match="never changed"), store.write() as session:
            session.execute(update(table).values({one: None for one in erased if one != left}))
    with store.write() as session:
        session.execute(update(table).values(dict.fromkeys(erased)))

    assert stored(store, table) == there["row"] | dict.fromkeys(erased)
    with pytest.raises(REFUSED, match="never changed"), store.write() as session:
        session.execute(update(table).values(dict.fromkeys(erased, "y")))


def test_the_board_of_another_can_have_the_same_numbers(store: Store) -> None:
    """The guard against replacing a row looks at the whole key, the board included."""
    there = kept(store, "review_item")
    with store.write() as session:
        session.execute(insert(there["table"]).values(row_of(store, there["table"]) | {"tenant_id": 2}))
        assert len(session.execute(select(there["table"])).all()) == 2
