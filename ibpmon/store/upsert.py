"""Bulk writing: tuples through the driver, sets in the database, never row by row through the ORM."""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import BigInteger, Select, Table, and_, delete, func, literal, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col

from ibpmon.store.database import Store
from ibpmon.store.tables import Counter, Moment

Row = tuple[Any, ...]


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model."""
    return model.__table__  # type: ignore[attr-defined, no-any-return]  # SQLModel makes it at class creation


def take(session: Session, tenant: int, name: str, count: int = 1) -> int:
    """Take `count` numbers of a kind for one board; gives the first. They rise in order of commits."""
    statement = insert(session, table_of(Counter)).values(tenant_id=tenant, name=name, value=count)
    raised = {"value": text(f"counter.value + {int(count)}")}
    statement = statement.on_conflict_do_update(index_elements=["tenant_id", "name"], set_=raised)
    last = session.scalar(statement.returning(col(Counter.value)))
    return int(last or 0) - count + 1


def insert(session: Session, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT, for the database at hand."""
    dialect = session.get_bind().dialect.name
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


# ---- state: rows wait in a stage until their run is whole


def stage(session: Session, store: Store, name: str, run_id: int, rows: Sequence[Row]) -> None:
    """Let rows (the declared fields, in their order) wait for the end of their run; the last of one key counts."""
    table = store.stages[name]
    keys = ("tenant_id", "run_id", *store.datasets[name].keys)
    changed = ", ".join(f'"{c.name}" = excluded."{c.name}"' for c in table.columns if c.name not in keys)
    act = f"DO UPDATE SET {changed}" if changed else "DO NOTHING"
    load(session, table, [(store.tenant, run_id, *row) for row in rows], keys, act)


def staged(store: Store, name: str, run_id: int) -> Any:
    """The condition for the waiting rows of one run."""
    waiting = store.stages[name]
    return and_(waiting.c.tenant_id == store.tenant, waiting.c.run_id == run_id)


def count_staged(session: Session, store: Store, name: str, run_id: int) -> int:
    """How many rows of this run wait."""
    return session.scalar(select(func.count()).select_from(store.stages[name]).where(staged(store, name, run_id))) or 0


def apply_stage(session: Session, store: Store, name: str, run_id: int, now: datetime) -> None:
    """Make the waiting rows of one run the living state: known keys are refreshed, new ones begin today."""
    table, waiting = store.data[name], store.stages[name]
    fields = [field.name for field in store.datasets[name].fields]
    values = [literal(now, Moment), literal(now, Moment), literal(run_id, BigInteger)]
    rows = select(waiting.c.tenant_id, *(waiting.c[field] for field in fields), *values).where(
        staged(store, name, run_id)
    )
    statement = insert(session, table).from_select(["tenant_id", *fields, "first_seen", "last_seen", "run_id"], rows)
    keys = ("tenant_id", *store.datasets[name].keys)
    refreshed = {c: statement.excluded[c] for c in (*fields, "last_seen", "run_id") if c not in keys}
    session.execute(
        statement.on_conflict_do_update(index_elements=list(keys), index_where=text("gone_at IS NULL"), set_=refreshed)
    )


def sweep(session: Session, store: Store, name: str, run_id: int, now: datetime, parents: Any = None) -> int:
    """End the stay of what a whole run no longer saw; gives how many ended. `parents` limits it to what was read."""
    table = store.data[name]
    ended = update(table).where(missed(store, name, run_id)).values(gone_at=now)
    return int(session.execute(ended if parents is None else ended.where(parents)).rowcount)  # type: ignore[attr-defined]


def missed(store: Store, name: str, run_id: int) -> Any:
    """The condition for living rows that this run did not see."""
    table = store.data[name]
    return and_(table.c.tenant_id == store.tenant, table.c.gone_at.is_(None), table.c.run_id != run_id)


def drop_stage(session: Session, store: Store, name: str, run_id: int | None = None) -> None:
    """Forget waiting rows: of one run, or of every run that never became whole."""
    waiting = store.stages[name]
    rows = staged(store, name, run_id) if run_id is not None else waiting.c.tenant_id == store.tenant
    session.execute(delete(waiting).where(rows))


def living(store: Store, name: str) -> Select[Any]:
    """The rows of a state connector that are there now."""
    table = store.data[name]
    return select(table).where(table.c.tenant_id == store.tenant, table.c.gone_at.is_(None))


# ---- events: written as they come, known ones only when they changed


def add_events(session: Session, store: Store, name: str, run_id: int, rows: Sequence[Row]) -> int:
    """Store events (month first, then the declared fields); gives how many were new or changed.

    A changed event gets a new arrival number, so that rules look at it again; an unchanged one costs a look-up.
    Of an event that is there twice the last counts: it was fetched last.
    """
    if not rows:
        return 0
    table, dataset = store.data[name], store.datasets[name]
    identity = itemgetter(0, *(number for number, field in enumerate(dataset.fields, 1) if field.key))
    once = dict(zip(map(identity, rows), rows, strict=True)).values()
    first = take(session, store.tenant, f"seq:{name}", len(once))
    full = [(store.tenant, *row, number, run_id) for number, row in enumerate(once, first)]
    keys = ("tenant_id", "month", *dataset.keys)
    plain = [field.name for field in dataset.fields if not field.key]
    differs = "IS DISTINCT FROM" if session.get_bind().dialect.name == "postgresql" else "IS NOT"
    changed = ", ".join(f'"{c}" = excluded."{c}"' for c in (*plain, "seq", "run_id"))
    news = " OR ".join(f'"{table.name}"."{c}" {differs} excluded."{c}"' for c in plain)
    return load(session, table, full, keys, f"DO UPDATE SET {changed} WHERE {news}")


# ---- the drivers


def load(session: Session, table: Table, rows: Sequence[Row], keys: tuple[str, ...], act: str) -> int:
    """INSERT rows (every column, in order) with ON CONFLICT (keys) `act`; gives how many rows were written.

    Names come from our own tables, values are always bound.
    """
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    conflict = "ON CONFLICT (" + ", ".join(f'"{key}"' for key in keys) + f") {act}"
    driver = session.connection().connection.driver_connection
    if session.get_bind().dialect.name == "postgresql":
        return copy(driver, table, rows, names, keys, conflict)
    marks = ", ".join("?" for _ in table.columns)
    statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks}) {conflict}'  # noqa: S608 - names of our tables
    return int(driver.executemany(statement, rows).rowcount)  # type: ignore[union-attr]  # an open connection


def copy(driver: Any, table: Table, rows: Sequence[Row], names: str, keys: tuple[str, ...], conflict: str) -> int:
    """The same for PostgreSQL: COPY into a passing table, then one INSERT; of a key met twice the last row counts."""
    order, passing = ", ".join(f'"{key}"' for key in keys), f'"passing_{table.name}"'
    # No field of a connector can be called _nr: their names begin with a letter.
    columns = f'LIKE "{table.name}", _nr BIGSERIAL'
    with driver.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {passing} ({columns}) ON COMMIT DELETE ROWS")
        cursor.execute(f"TRUNCATE {passing}")
        with cursor.copy(f"COPY {passing} ({names}) FROM STDIN") as target:
            for row in rows:
                target.write_row(row)
        cursor.execute(
            f'INSERT INTO "{table.name}" ({names}) SELECT DISTINCT ON ({order}) {names} FROM {passing} '  # noqa: S608
            f"ORDER BY {order}, _nr DESC {conflict}"
        )
        return int(cursor.rowcount)
