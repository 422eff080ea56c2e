"""Storing a download: rows are added or refreshed, nothing ends, and what the file cannot say stays as it was."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from ibpmon.collect import runs
from ibpmon.collect.connectors import Connector
from ibpmon.collect.downloads.reading import Batch, Row
from ibpmon.collect.downloads.translating import DERIVED
from ibpmon.collect.runs import FAILED, Outcome
from ibpmon.errors import IbpmonError, StoreError
from ibpmon.language import N_
from ibpmon.store import upsert
from ibpmon.store.collected import Dataset
from ibpmon.store.database import Store
from ibpmon.store.tables import Run, aware, micros

SOME = 400  # keys in one question to the database
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SECOND = 1_000_000
AUDITS = "directory-audits"
BROKEN_OFF = N_("this round was broken off")


@contextmanager
def a_run(store: Store, connector: Connector, now: datetime) -> Iterator[Run]:
    """A run that ends FAILED when its block breaks off; the block itself ends it when it does not."""
    with store.write() as session:
        run = runs.begin(session, store, connector.id, now)
    try:
        yield run
    except BaseException as error:
        failed = runs.failure(error, "") if isinstance(error, IbpmonError) else Outcome(FAILED, BROKEN_OFF)
        with suppress(SQLAlchemyError, StoreError), store.write() as session:  # the database may be what failed
            runs.finish(session, run, failed, now)
        raise


def end(store: Store, run: Run, outcome: Outcome, now: datetime) -> Run:
    """End a run that stored its rows before."""
    with store.write() as session:
        return runs.finish(session, run, outcome, now)


# ---- events: a batch at a time, each in its own short transaction


def add_events(store: Store, connector: Connector, run: Run, batch: Batch) -> int:
    """Store a batch of events; gives how many were new or changed.

    Numbers of arrival come from one row that every other writer waits for, so no transaction is longer than a batch.
    """
    dataset = store.datasets[connector.id]
    with store.write() as session:
        rows = dated(dataset, spread(dataset, connector, batch.rows))
        rows = completed(session, store, connector, rows, batch.said)
        if connector.id == AUDITS:
            rows = without_doubles(session, store, rows)
        return upsert.add_events(session, store, connector.id, run.run_id, rows)


def spread(dataset: Dataset, connector: Connector, rows: Sequence[Row]) -> list[Row]:
    """Rows of the connector in the order of its table, which may be that of another connector."""
    places = {field.name: number for number, field in enumerate(connector.fields)}
    order = [places[field.name] for field in dataset.own]
    return [tuple(row[at] for at in order) for row in rows]


def dated(dataset: Dataset, rows: Iterable[Row]) -> list[Row]:
    """Rows with their month in front; those without a time were left out before."""
    at = [field.name for field in dataset.own].index(dataset.time)
    return [(month_of(row[at]), *row) for row in rows]


def month_of(moment: int) -> int:
    """The month, as 202611."""
    day = aware(moment)
    return day.year * 100 + day.month


def without_doubles(session: Session, store: Store, rows: Sequence[Row]) -> list[Row]:
    """Audit rows, without those that are there under their other id.

    The CSV of audit logs has no id, so its rows get one of ours; JSON and Graph have Microsoft's, which holds the
    correlation id. Whichever comes second is recognised by that, the second and the activity; Microsoft's id stays.
    """
    if not rows:
        return []
    table, dataset = store.data[AUDITS], store.datasets[AUDITS]
    key, at, activity = places_of(dataset)
    moments = [row[at] for row in rows]
    columns = [table.columns[dataset.own[place - 1].name] for place in (key, at, activity)]
    found = session.execute(
        select(*columns).where(
            table.c.tenant_id == store.tenant,
            table.c.month.in_({row[0] for row in rows}),
            columns[1] >= aware(min(moments) // SECOND * SECOND),
            columns[1] < aware((max(moments) // SECOND + 1) * SECOND),
        )
    )
    there = {mark(one, micros(moment), what): one for one, moment, what in found}
    coming = {mark(row[key], row[at], row[activity]): row for row in rows}
    ours = [one for known, one in there.items() if one.startswith(DERIVED) and not derived(coming.get(known), key)]
    for some in chunks(ours):
        session.execute(delete(table).where(table.c.tenant_id == store.tenant, columns[0].in_(some)))
    return [row for row in rows if not (derived(row, key) and is_known(there, row, key, at, activity))]


def derived(row: Row | None, key: int) -> bool:
    """Whether a row that comes in has an id of ours; no row at all replaces nothing."""
    return row is None or str(row[key]).startswith(DERIVED)


def is_known(there: dict[Any, str], row: Row, key: int, at: int, activity: int) -> bool:
    """Whether the same audit row is there under Microsoft's id."""
    known = there.get(mark(row[key], row[at], row[activity]))
    return known is not None and not known.startswith(DERIVED)


def mark(identity: str, moment: int, activity: Any) -> tuple[str, int, Any]:
    """What an audit row keeps under any id: correlation id, second, activity."""
    found = GUID.search(identity.casefold())
    return (found[0] if found else identity, moment // SECOND, activity)


def places_of(dataset: Dataset) -> tuple[int, int, int]:
    """Where id, time and activity stand in a row that begins with its month."""
    names = [field.name for field in dataset.own]
    activity = next((one.name for one in dataset.own if one.path == ("activityDisplayName",)), dataset.keys[0])
    return names.index(dataset.keys[0]) + 1, names.index(dataset.time) + 1, names.index(activity) + 1


# ---- state: all rows at once


def put_in_place(store: Store, connector: Connector, run: Run, batches: Sequence[Batch], now: datetime) -> int:
    """Refresh or add every row in one transaction; gives how many were new or changed. Nothing ends."""
    name, dataset = connector.id, store.datasets[connector.id]
    with store.write() as session:
        runs.hold(session, run)
        changed = 0
        for batch in batches:
            rows = completed(session, store, connector, spread(dataset, connector, batch.rows), batch.said)
            changed += count_changed(session, store, name, rows)
            upsert.stage(session, store, name, run.run_id, rows)
        upsert.apply_stage(session, store, name, run.run_id, now)
        upsert.drop_stage(session, store, name, run.run_id)
    return changed


def count_changed(session: Session, store: Store, name: str, rows: Sequence[Row]) -> int:
    """How many of these rows are not in the table as they are."""
    there = stored(session, store, name, rows)
    keys = key_places(store.datasets[name])
    return sum(there.get(tuple(row[at] for at in keys)) != row for row in rows)


# ---- what the file cannot say


def completed(session: Session, store: Store, connector: Connector, rows: list[Row], said: frozenset[str]) -> list[Row]:
    """Rows with what is already known in the columns that this file says nothing about.

    A download has fewer columns than Graph: without this, importing one would wipe out what Graph gave.
    """
    dataset = store.datasets[connector.id]
    keys, first = key_places(dataset), first_place(dataset)
    says = {field.name for field in connector.fields if field.path and field.path[0] in said}
    silent = [at for at, field in enumerate(dataset.own, first) if field.name not in says and at not in keys]
    if not silent or not rows:
        return rows
    there = stored(session, store, connector.id, rows)
    return [filled(row, there.get(tuple(row[at] for at in keys)), silent) for row in rows]


def filled(row: Row, known: Row | None, silent: Sequence[int]) -> Row:
    """One row, with the known values in the silent places."""
    if known is None:
        return row
    return tuple(known[at] if at in silent else value for at, value in enumerate(row))


def stored(session: Session, store: Store, name: str, rows: Sequence[Row]) -> dict[Row, Row]:
    """What is stored under the keys of these rows, as rows of the same form."""
    table, dataset = store.data[name], store.datasets[name]
    keys, events = key_places(dataset), dataset.kind == "events"
    columns = ([table.c.month] if events else []) + [table.columns[field.name] for field in dataset.own]
    kinds = ([""] if events else []) + [field.type for field in dataset.own]
    first = columns[keys[-1]]
    living = table.c.month.in_({row[0] for row in rows}) if events else table.c.gone_at.is_(None)
    found: dict[Row, Row] = {}
    for some in chunks([row[keys[-1]] for row in rows]):
        answer = session.execute(select(*columns).where(table.c.tenant_id == store.tenant, living, first.in_(some)))
        for one in answer:
            row = tuple(raw(kind, value) for kind, value in zip(kinds, one, strict=True))
            found[tuple(row[at] for at in keys)] = row
    return found


def raw(kind: str, value: Any) -> Any:
    """A value as the driver takes it, and as the decoder gives it."""
    if value is None:
        return None
    if kind == "time":
        return micros(value)
    return msgspec.json.encode(value).decode() if kind == "list" else value


def first_place(dataset: Dataset) -> int:
    """Where the fields of a row begin: an event has its month in front."""
    return 1 if dataset.kind == "events" else 0


def key_places(dataset: Dataset) -> list[int]:
    """Where the key stands in a row."""
    first = first_place(dataset)
    return [0] * first + [at for at, field in enumerate(dataset.own, first) if field.key]


def chunks(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Keys in portions that a statement can hold."""
    for begin in range(0, len(keys), SOME):
        yield keys[begin : begin + SOME]
