"""Bulk writing: tuples through the driver, sets in the database, never row by row through the ORM."""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    Select,
    Table,
    and_,
    case,
    delete,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col

from ibpmon.store.collected import Dataset
from ibpmon.store.database import Store
from ibpmon.store.tables import Counter, Cursor, Moment

NEWEST = "newest:"  # before the name of a source of events: when something happened last

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


def last_number(session: Session, tenant: int, name: str) -> int:
    """The last number that was taken of a kind; 0 for none."""
    wanted = (col(Counter.tenant_id) == tenant, col(Counter.name) == name)
    return session.scalar(select(col(Counter.value)).where(*wanted)) or 0


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
    act = f"DO UPDATE SET {changed}"
    load(session, table, [(store.tenant, run_id, *row, None, None) for row in rows], keys, act)


def stage_changes(session: Session, store: Store, name: str, run_id: int, rows: Sequence[Row]) -> None:
    """Let changes wait: rows with `gone` and `absent` behind the fields, each key once.

    Of a key that waits already the last counts, but a field that the source left out stays what it was.
    """
    table, dataset = store.stages[name], store.datasets[name]
    keys = ("tenant_id", "run_id", *dataset.keys)
    kept = f'"{table.name}"."gone" IS NOT TRUE AND excluded."absent" IS NOT NULL'
    sets = ['"gone" = excluded."gone"']
    for bit, field in enumerate(dataset.fields):
        old = f'{kept} AND (excluded."absent" & {1 << bit}) <> 0'
        if not field.key:
            c = f'"{field.name}"'
            sets.append(f'{c} = CASE WHEN {old} THEN "{table.name}".{c} ELSE excluded.{c} END')
    both = f'CASE WHEN {kept} THEN "{table.name}"."absent" & excluded."absent" ELSE excluded."absent" END'
    act = f'DO UPDATE SET {", ".join(sets)}, "absent" = {both}'
    load(session, table, [(store.tenant, run_id, *row) for row in rows], keys, act)


def end_unnamed(session: Session, store: Store, name: str, run_id: int, condition: Any) -> None:
    """Let the end wait of living rows to which the condition applies and that do not wait themselves."""
    table, keys = store.data[name], store.datasets[name].keys
    columns = [literal(run_id, BigInteger), *(table.c[key] for key in keys), literal(value=True)]
    there = living(store, name).where(condition).with_only_columns(table.c.tenant_id, *columns)
    statement = insert(session, store.stages[name]).from_select(["tenant_id", "run_id", *keys, "gone"], there)
    session.execute(statement.on_conflict_do_nothing(index_elements=["tenant_id", "run_id", *keys]))


def end_waiting(session: Session, store: Store, name: str, run_id: int, condition: Any) -> None:
    """Take back what waits and fits the condition: it is no longer there."""
    session.execute(update(store.stages[name]).where(staged(store, name, run_id), condition).values(gone=True))


def staged(store: Store, name: str, run_id: int) -> Any:
    """The condition for the waiting rows of one run."""
    waiting = store.stages[name]
    return and_(waiting.c.tenant_id == store.tenant, waiting.c.run_id == run_id)


def present(store: Store, name: str, run_id: int) -> Any:
    """The condition for the waiting rows of one run that are there, and were not removed."""
    return and_(staged(store, name, run_id), store.stages[name].c.gone.is_not(True))


def count_staged(session: Session, store: Store, name: str, run_id: int) -> int:
    """How many rows of this run wait."""
    waiting = select(func.count()).select_from(store.stages[name]).where(present(store, name, run_id))
    return session.scalar(waiting) or 0


def fill_absent(session: Session, store: Store, name: str, run_id: int) -> None:
    """Give waiting rows what the living ones have in the fields that the source left out: absent is not null."""
    table, waiting, dataset = store.data[name], store.stages[name], store.datasets[name]
    plain = [(bit, field.name) for bit, field in enumerate(dataset.fields) if not field.key]
    if not plain:
        return
    left_out = {c: case((waiting.c.absent.op("&")(1 << bit) != 0, table.c[c]), else_=waiting.c[c]) for bit, c in plain}
    same = [table.c[key] == waiting.c[key] for key in dataset.keys]
    there = and_(table.c.tenant_id == store.tenant, table.c.gone_at.is_(None), *same)
    session.execute(update(waiting).where(present(store, name, run_id), waiting.c.absent != 0, there).values(left_out))


def apply_stage(session: Session, store: Store, name: str, run_id: int, now: datetime) -> None:
    """Make the waiting rows of one run the living state: known keys are refreshed, new ones begin today."""
    table, waiting = store.data[name], store.stages[name]
    if store.datasets[name].versions:
        end_changed(session, store, name, run_id, now)
    fields = [field.name for field in store.datasets[name].fields]
    values = [literal(now, Moment), literal(now, Moment), literal(run_id, BigInteger)]
    rows = select(waiting.c.tenant_id, *(waiting.c[field] for field in fields), *values).where(
        present(store, name, run_id)
    )
    statement = insert(session, table).from_select(["tenant_id", *fields, "first_seen", "last_seen", "run_id"], rows)
    keys = ("tenant_id", *store.datasets[name].keys)
    refreshed = {c: statement.excluded[c] for c in (*fields, "last_seen", "run_id") if c not in keys}
    session.execute(
        statement.on_conflict_do_update(index_elements=list(keys), index_where=text("gone_at IS NULL"), set_=refreshed)
    )


def end_changed(session: Session, store: Store, name: str, run_id: int, now: datetime) -> None:
    """End the stay of rows that come back with other values, so that the old version stays known.

    A row that began at this very moment is written over: two versions cannot begin at once.
    """
    table, waiting, dataset = store.data[name], store.stages[name], store.datasets[name]
    plain = [field.name for field in dataset.fields if not field.key]
    other = or_(*(table.c[c].is_distinct_from(waiting.c[c]) for c in plain)) if plain else false()
    same = [table.c[key] == waiting.c[key] for key in dataset.keys]
    changed = exists().where(present(store, name, run_id), *same, other)
    earlier = (table.c.tenant_id == store.tenant, table.c.gone_at.is_(None), table.c.first_seen < now)
    session.execute(update(table).where(*earlier, changed).values(gone_at=now))


def removed(store: Store, name: str, run_id: int) -> Any:
    """The condition for living rows that the source says were removed."""
    table, waiting, keys = store.data[name], store.stages[name], store.datasets[name].keys
    named = select(*(waiting.c[key] for key in keys)).where(staged(store, name, run_id), waiting.c.gone.is_(True))
    return and_(table.c.tenant_id == store.tenant, table.c.gone_at.is_(None), within(table, keys, named))


def within(table: Table, columns: Sequence[str], rows: Any) -> Any:
    """The condition that these columns of a row, taken together, occur in a query or list of rows."""
    if len(columns) == 1:
        return table.c[columns[0]].in_(rows)
    return tuple_(*(table.c[column] for column in columns)).in_(rows)


def end(session: Session, store: Store, name: str, now: datetime, *conditions: Any) -> int:
    """End the stay of living rows to which the conditions apply; gives how many ended."""
    table = store.data[name]
    mine = (table.c.tenant_id == store.tenant, table.c.gone_at.is_(None))
    return int(session.execute(update(table).where(*mine, *conditions).values(gone_at=now)).rowcount)  # type: ignore[attr-defined]


def sweep(session: Session, store: Store, name: str, run_id: int, now: datetime, parents: Any = None) -> int:
    """End the stay of what a whole run no longer saw; gives how many ended. `parents` limits it to what was read."""
    unseen = missed(store, name, run_id)
    return end(session, store, name, now, unseen if parents is None else and_(unseen, parents))


def missed(store: Store, name: str, run_id: int) -> Any:
    """The condition for living rows that this run did not see."""
    table = store.data[name]
    return and_(table.c.tenant_id == store.tenant, table.c.gone_at.is_(None), table.c.run_id != run_id)


def drop_stage(session: Session, store: Store, name: str, run_id: int | None = None) -> None:
    """Forget waiting rows: of one run, or of every run that never became whole."""
    waiting = store.stages[name]
    rows = staged(store, name, run_id) if run_id is not None else waiting.c.tenant_id == store.tenant
    session.execute(delete(waiting).where(rows))


def take_over(session: Session, store: Store, name: str, old: int, new: int) -> None:
    """Let the waiting rows of a run that was broken off wait for another one; those of any other are forgotten."""
    waiting = store.stages[name]
    session.execute(delete(waiting).where(waiting.c.tenant_id == store.tenant, waiting.c.run_id != old))
    session.execute(update(waiting).where(staged(store, name, old)).values(run_id=new))


def living(store: Store, name: str) -> Select[Any]:
    """The rows of a state connector that are there now."""
    table = store.data[name]
    return select(table).where(table.c.tenant_id == store.tenant, table.c.gone_at.is_(None))


# ---- events: written as they come, known ones only when they changed


def add_events(session: Session, store: Store, name: str, run_id: int, rows: Sequence[Row]) -> int:
    """Store events (month first, then the fields that this connector brings); gives how many were new or changed.

    A changed event gets a new arrival number, so that rules look at it again; an unchanged one costs a look-up.
    Of an event that is there twice the last counts: it was fetched last.
    """
    if not rows:
        return 0
    table, dataset = store.data[name], store.datasets[name]
    identity = itemgetter(*(number for number, field in enumerate(dataset.own, 1) if field.key))
    once = dict(zip(map(identity, rows), rows, strict=True)).values()
    first = take(session, store.tenant, f"seq:{dataset.into or name}", len(once))
    full = [(store.tenant, *row, number, run_id) for number, row in enumerate(once, first)]
    keys = ("tenant_id", "month", *dataset.keys)
    columns = ("tenant_id", "month", *(field.name for field in dataset.own), "seq", "run_id")
    written = load(session, table, full, keys, renewal(session, table, dataset), columns)
    for month in {row[0] for row in once} if written else ():
        drop_elsewhere(session, store, name, month, first)
    note_newest(session, store, name, max(row[1 + time_of(dataset)] for row in once))
    return written


def time_of(dataset: Dataset) -> int:
    """Which of the fields that a connector brings says when something happened."""
    return [field.name for field in dataset.own].index(dataset.time)


def note_newest(session: Session, store: Store, name: str, moment: int) -> None:
    """Remember when something happened last in a source: silence is looked for in each round, and must cost nothing."""
    later = 'CASE WHEN excluded."value" > "cursor"."value" THEN excluded."value" ELSE "cursor"."value" END'
    row = (store.tenant, NEWEST + name, moment)
    load(session, table_of(Cursor), [row], ("tenant_id", "name"), f'DO UPDATE SET "value" = {later}')


def renewal(session: Session, table: Table, dataset: Dataset) -> str:
    """What is done with an event that is known: it is written over when something in it changed.

    Who fills the table of another connector leaves what that one brought: the same event is in both, and the other
    one is its first source.
    """
    plain = [field for field in dataset.own if not field.key]
    theirs = {one.name for one in dataset.own} & set(dataset.shared)
    differs = "IS DISTINCT FROM" if session.get_bind().dialect.name == "postgresql" else "IS NOT"
    new = {f'"{one.name}"': f'excluded."{one.name}"' for one in plain}
    new |= {f'"{c}"': f'COALESCE("{table.name}"."{c}", excluded."{c}")' for c in theirs if f'"{c}"' in new}
    changed = ", ".join(f"{c} = {value}" for c, value in new.items())
    news = " OR ".join(f'"{table.name}".{c} {differs} {value}' for c, value in new.items())
    return f'DO UPDATE SET {changed}, "seq" = excluded."seq", "run_id" = excluded."run_id" WHERE {news}'


def drop_elsewhere(session: Session, store: Store, name: str, month: int, first: int) -> None:
    """Forget what the neighbouring months hold of events that now stand in this one: their time was corrected."""
    table, keys = store.data[name], store.datasets[name].keys
    for other in (before(month), after(month)):
        there = (table.c.tenant_id == store.tenant, table.c.month == other)
        if session.scalar(select(table.c.month).where(*there).limit(1)) is None:
            continue
        known = {"tenant": store.tenant, "month": month, "other": other, "first": first}
        found = [tuple(row) for row in session.execute(text(twice(table, keys)), known)]
        for start in range(0, len(found), 500):
            some = found[start : start + 500]
            same = within(table, keys, [one[0] for one in some] if len(keys) == 1 else some)
            session.execute(delete(table).where(*there, same))


def twice(table: Table, keys: Sequence[str]) -> str:
    """A question for events that came now and stand in another month as well.

    Written out because of CROSS JOIN: it holds SQLite to looking up what came, which it would otherwise do the other
    way round, over everything that is stored.
    """
    same = " AND ".join(f'old."{key}" = new."{key}"' for key in keys)
    names = ", ".join(f'old."{key}"' for key in keys)
    return (
        f'SELECT {names} FROM "{table.name}" new CROSS JOIN "{table.name}" old '  # noqa: S608 - names of our tables
        f"WHERE new.tenant_id = :tenant AND new.seq >= :first AND new.month = :month "
        f"AND old.tenant_id = :tenant AND old.month = :other AND {same}"
    )


def before(month: int) -> int:
    """The month before, both as 202611."""
    return month - 1 if month % 100 > 1 else month - 89


def after(month: int) -> int:
    """The month after, both as 202611."""
    return month + 1 if month % 100 < 12 else month + 89


# ---- the drivers


def load(
    session: Session,
    table: Table,
    rows: Sequence[Row],
    keys: tuple[str, ...],
    act: str,
    columns: Sequence[str] | None = None,
) -> int:
    """INSERT rows (these columns, or all, in order) with ON CONFLICT (keys) `act`; gives how many were written.

    Names come from our own tables, values are always bound.
    """
    columns = columns or table.columns.keys()
    names = ", ".join(f'"{column}"' for column in columns)
    conflict = "ON CONFLICT (" + ", ".join(f'"{key}"' for key in keys) + f") {act}"
    driver = session.connection().connection.driver_connection
    if session.get_bind().dialect.name == "postgresql":
        return copy(driver, table, rows, names, keys, conflict)
    marks = ", ".join("?" for _ in columns)
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
