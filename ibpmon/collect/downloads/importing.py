"""One file from beginning to end: looked at, checked whole, and only then stored."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import col

from ibpmon.collect import runs
from ibpmon.collect.connectors import Connector
from ibpmon.collect.downloads import headings, kinds, opening, reading, storing, troubles
from ibpmon.collect.downloads.reading import Bad, Batch, Download, Wish
from ibpmon.collect.runs import FULL, PARTIAL, Outcome
from ibpmon.language import N_, _
from ibpmon.store.database import Store
from ibpmon.store.tables import Run, aware
from ibpmon.store.upsert import living

MOST = 200_000  # rows of a list that is put in place at once

NO_TIME = N_("no time")


@dataclass(slots=True)
class Content:
    """What a download was found to hold."""

    rows: int = 0
    oldest: int | None = None
    newest: int | None = None
    bad: int = 0
    first: Bad | None = None


def import_file(
    path: Path, connectors: Mapping[str, Connector], store: Store, now: datetime, wish: Wish | None = None
) -> Run:
    """Store one download as a PARTIAL run; a broken or other file raises an error of ours and stores nothing.

    1. the file is looked at: what it is, and which connector says what is kept of it
    2. it is read once to its end and checked
    3. it is read again and stored: a list at once, events in short transactions

    The file is read twice because it may be larger than memory should hold.
    """
    file = opening.look(path)
    wish = wish or Wish()
    name = reading.kind_of(file, wish)
    connector = connector_for(connectors, name)
    one = reading.download(file, connector, wish, name, accounts_for(file, name, connectors, store))
    content = check(one)
    file.unchanged()
    if store.datasets[connector.id].kind == "events":
        return import_events(one, store, content, now)
    return import_state(one, store, content, now)


def connector_for(connectors: Mapping[str, Connector], name: str) -> Connector:
    """The connector whose fields decide what is kept."""
    if name not in connectors:
        raise troubles.no_connector(name)
    return connectors[name]


def accounts_for(file: opening.File, name: str, connectors: Mapping[str, Connector], store: Store) -> dict[str, str]:
    """The accounts by user name, for the one CSV that holds no ids; empty for all others."""
    if kinds.KINDS[name].family != "mfa" or file.form != "csv" or "id" in columns_of(file, name):
        return {}
    found = known_accounts(connectors["accounts"], store) if "accounts" in connectors else {}
    if not found:
        raise troubles.no_accounts(file.path)
    return found


def columns_of(file: opening.File, name: str) -> Mapping[str, object]:
    """The columns of a CSV file."""
    return headings.find(kinds.KINDS[name].family, reading.heading(file)[1])


def known_accounts(connector: Connector, store: Store) -> dict[str, str]:
    """The id of every account that is there, by its user name."""
    fields = {field.path: field.name for field in connector.fields}
    key, upn = (fields.get((path,)) for path in ("id", "userPrincipalName"))
    if not key or not upn:
        return {}
    with store.read() as session:
        rows = session.execute(living(store, connector.id)).mappings()
        return {str(row[upn]).casefold(): row[key] for row in rows if row[upn]}


# ---- looking before storing


def check(one: Download) -> Content:
    """Read the file to its end and say what it holds; raises when it is broken, or nothing of it can be used."""
    content = Content()
    for batch in usable(one):
        content.rows += len(batch.rows)
        content.bad += len(batch.bad)
        content.first = content.first or next(iter(batch.bad), None)
        span(one.connector, batch, content)
    if not content.rows:
        raise troubles.no_rows(one.file.path, one.kind.title, content.bad, first_of(content))
    return content


def usable(one: Download) -> Iterator[Batch]:
    """The batches of a file; an event without a time is named among what cannot be used."""
    at = time_place(one.connector)
    key = [field.key for field in one.connector.fields].index(True)
    for batch in reading.batches(one):
        if at is None:
            yield batch
            continue
        bad = [Bad(str(row[key]), NO_TIME) for row in batch.rows if row[at] is None]
        yield replace(batch, rows=[row for row in batch.rows if row[at] is not None], bad=batch.bad + bad)


def time_place(connector: Connector) -> int | None:
    """Where the time of an event stands; None for a list."""
    return [field.name for field in connector.fields].index(connector.time) if connector.time else None


def span(connector: Connector, batch: Batch, content: Content) -> None:
    """Stretch what the file covers over the times of these rows."""
    at = time_place(connector)
    moments = [row[at] for row in batch.rows] if at is not None else []
    if moments:
        content.oldest = min(moments) if content.oldest is None else min(content.oldest, *moments)
        content.newest = max(moments) if content.newest is None else max(content.newest, *moments)


def first_of(content: Content) -> str:
    """Where the first row that cannot be used stands, and why."""
    return f"{content.first.where}: {_(content.first.reason)}" if content.first else ""


# ---- storing


def import_events(one: Download, store: Store, content: Content, now: datetime) -> Run:
    """Store the events batch by batch: what is in is true whatever comes next, and its id keeps it from doubling."""
    with storing.a_run(store, one.connector, now) as run:
        new = 0
        for batch in usable(one):
            one.file.unchanged()
            new += storing.add_events(store, one.connector, run, batch)
        return storing.end(store, run, outcome(one, content, new), now)


def import_state(one: Download, store: Store, content: Content, now: datetime) -> Run:
    """Put a list in place at once; one that is older than what Microsoft gave since is refused."""
    if content.rows > MOST:
        raise troubles.too_many(one.file.path, MOST)
    not_older(one, store)
    batches = list(usable(one))
    one.file.unchanged()
    with storing.a_run(store, one.connector, now) as run:
        new = storing.put_in_place(store, one.connector, run, batches, now)
        return storing.end(store, run, outcome(one, content, new), now)


def not_older(one: Download, store: Store) -> None:
    """ContentError when the source was read in full after this file was made."""
    made = datetime.fromtimestamp(one.file.stamp[1] / 1e9, UTC)
    with store.read() as session:
        whole = session.exec(runs.ended(store, one.connector.id).where(col(Run.state) == FULL).limit(1)).first()
    if whole and whole.started_at > made:
        raise troubles.older(one.file.path, made, whole.started_at)


def outcome(one: Download, content: Content, new: int) -> Outcome:
    """What an import brought; never FULL, for a download does not say what it leaves out."""
    reason = N_("from a download of {kind}: what was not in it is not known ({file}: {new} new or changed)")
    values: dict[str, object] = {"kind": sentence(one.kind.title), "file": one.file.path.name, "new": new}
    if content.first:
        reason = N_(
            "from a download of {kind}: what was not in it is not known ({file}: {new} new or changed, "
            "{skipped} that could not be used; the first, {where}: {why})"
        )
        values |= {"skipped": content.bad, "where": content.first.where, "why": sentence(content.first.reason)}
    brought = Outcome(PARTIAL, reason, values, rows=content.rows, skipped_rows=content.bad)
    if content.oldest is None or content.newest is None:
        return brought
    return replace(brought, covers_from=aware(content.oldest), covers_until=aware(content.newest))


def sentence(msgid: str) -> dict[str, object]:
    """A msgid inside a reason, translated when the reason is shown."""
    return {"reason": msgid, "values": {}}
