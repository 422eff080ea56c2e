"""What a database holds, so that it can be compared: the rows per table, their hash, and where each ledger ends.

A backup says of itself what it should hold, and is counted again when it is opened.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, inspect, select, text

from ibpmon.store.ledger import NUMBER, Head
from ibpmon.store.tables import Counter, Entry, Tenant
from ibpmon.store.upsert import table_of

AT_ONCE = 2_000  # rows in memory while counting


@dataclass(frozen=True, slots=True)
class Contents:
    """The last migration, per table its rows and their hash, and per board the head of its ledger ("" for none)."""

    schema: str
    tables: Mapping[str, tuple[int, str]]
    heads: Mapping[str, str]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(count for count, _hash in self.tables.values())

    def unlike(self, other: "Contents") -> list[str]:
        """The tables, and the boards whose ledger, that are not the same here and there."""
        mine, theirs = ({**one.tables, **one.heads} for one in (self, other))
        return sorted(name for name in {*mine, *theirs} if mine.get(name) != theirs.get(name))


def contents(connection: Connection) -> Contents:
    """Everything counted at one moment: the caller holds the transaction. Rows pass by, and are never held all."""
    from alembic.migration import MigrationContext

    names = sorted(inspect(connection).get_table_names())
    mark = mark_on_sqlite if connection.dialect.name == "sqlite" else mark_on_postgres
    return Contents(
        MigrationContext.configure(connection).get_current_revision() or "",
        {name: mark(connection, name) for name in names},
        heads(connection),
    )


def mark_on_sqlite(connection: Connection, name: str) -> tuple[int, str]:
    """Rows and hash of a table, in the order in which they lie; a copy of the file has the same order."""
    cursor: Any = connection.connection.cursor()
    count, hashed = 0, hashlib.sha256()
    cursor.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - a name from the database itself, which is ours
    while rows := cursor.fetchmany(AT_ONCE):
        count += len(rows)
        hashed.update("\n".join(map(repr, rows)).encode("utf-8", "surrogatepass") + b"\n")
    cursor.close()
    return count, hashed.hexdigest()


def mark_on_postgres(connection: Connection, name: str) -> tuple[int, str]:
    """Rows and a sum of their hashes: the server does it in one walk, and their order does not count."""
    number = "('x' || substr(md5(row_to_json(one)::text), {place}, 16))::bit(64)::bigint::numeric"
    sums = ", ".join(f"coalesce(sum({number.format(place=place)}), 0)::text" for place in (1, 17))
    counted = text(f'SELECT count(*), {sums} FROM "{name}" AS one')  # noqa: S608 - as above
    count, first, second = connection.execute(counted).one()
    return int(count), f"{first}:{second}"


def heads(connection: Connection) -> dict[str, str]:
    """Where the ledger of each board ends."""
    boards, counters, entries = table_of(Tenant), table_of(Counter), table_of(Entry)
    last = and_(counters.c.tenant_id == boards.c.tenant_id, counters.c.name == NUMBER)
    entry = and_(entries.c.tenant_id == boards.c.tenant_id, entries.c.seq == counters.c.value)
    ends = boards.outerjoin(counters, last).outerjoin(entries, entry)
    found = connection.execute(
        select(boards.c.key, counters.c.value, func.coalesce(entries.c.hash, "")).select_from(ends)
    )
    return {key: str(Head(number, hashed)) if number else "" for key, number, hashed in found}
