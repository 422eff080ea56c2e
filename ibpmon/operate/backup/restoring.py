"""Puts a backup back where there is nothing; what is there is never touched."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, delete, inspect

from ibpmon import language
from ibpmon.collect.connectors import load_connectors
from ibpmon.collect.gauges import keep_gauges
from ibpmon.config import Config, load
from ibpmon.operate.backup import file, troubles
from ibpmon.operate.backup.file import Manifest
from ibpmon.operate.backup.keeping import GAUGE
from ibpmon.operate.backup.key import read_key
from ibpmon.operate.backup.places import on_disk, sqlite_path, workroom
from ibpmon.operate.backup.trying import Tried, broken_chain, compare, fitting, tried
from ibpmon.operate.rounds import Clock, utc_now
from ibpmon.progress import Progress, silent
from ibpmon.store import copies, ledger
from ibpmon.store.collected import Dataset
from ibpmon.store.database import Store, alone, make_engine, open_store
from ibpmon.store.troubles import place_of, told_apart
from ibpmon.store.upsert import table_of
from ibpmon.store.web_tables import WebSession

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

REF = "backup/restored"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back: what the backup says of itself, and where the ledger goes on."""

    manifest: Manifest
    head: ledger.Head | None


def drill(path: Path, config_path: Path, progress: Progress = silent) -> Tried:
    """Open a backup as a restore would, and throw it away: nothing is changed. Raises when it could not be used."""
    config = load(config_path)
    language.use_environment(config.language)
    seen = tried(path, read_key(config.backup.key), config, progress)
    if seen.broken:
        raise seen.broken
    return seen


def restore(path: Path, config_path: Path, progress: Progress = silent, now: Clock = utc_now) -> Restored:
    """Put a backup back in the database that config.toml names, where nothing is yet.

    BusyError when the daemon runs, RefusedError when there is data, StoreError when the backup is damaged: whatever
    goes wrong, nothing was changed.
    """
    config = load(config_path)
    language.use_environment(config.language)
    datasets = [connector.dataset for connector in load_connectors(config.content).values()]
    key, sqlite = read_key(config.backup.key), sqlite_path(config.store.database)
    if sqlite:
        sqlite.parent.mkdir(parents=True, exist_ok=True)
    with alone(config.store.database), workroom(config.store.database) as room:
        work = Work(path, config, datasets, key, room / "copy", progress, now())
        return put_back_file(work, sqlite) if sqlite else put_back_on_postgres(work)


@dataclass(frozen=True, slots=True)
class Work:
    """All that putting back needs."""

    path: Path
    config: Config
    datasets: list[Dataset]
    key: "Identity | None"
    copy: Path
    progress: Progress
    now: datetime

    def unpacked(self) -> tuple[Manifest, str]:
        """The backup, opened and whole."""
        return file.read(self.path, self.key, self.copy, fitting(self.path, self.config), self.progress)


# ---- SQLite


def put_back_file(work: Work, target: Path) -> Restored:
    """Make everything ready in a file beside it, and give that its name as the last thing.

    1. nothing is there  2. the backup is opened and counted  3. it gets today's tables, and the ledger says that it was
    restored  4. it is on the disk  5. it takes its place
    """
    refuse_over(target)  # 1
    manifest, hashed = work.unpacked()
    seen_to_be_good(work, manifest, make_engine(f"sqlite:///{work.copy}"))  # 2
    restored = made_current(work, f"sqlite:///{work.copy}", manifest, hashed)  # 3
    on_disk(work.copy)  # 4
    refuse_over(target)
    work.copy.replace(target)  # 5
    on_disk(target.parent)
    return restored


def refuse_over(target: Path) -> None:
    """RefusedError when there is a database, or a part of one: that would be read as if it belonged to the restored."""
    beside = [target.with_name(target.name + end) for end in ("-wal", "-journal")]
    if any(one.exists() and one.stat().st_size for one in (target, *beside)):
        raise troubles.in_use(target)


# ---- PostgreSQL


def put_back_on_postgres(work: Work) -> Restored:
    """Open the backup, see that it is whole, then let PostgreSQL take all of it in one transaction."""
    url = work.config.store.database
    engine = make_engine(url)
    try:
        with told_apart(engine):
            refuse_over_tables(engine)
            manifest, hashed = work.unpacked()
            refuse_other_space(work.path, engine, manifest)
            copies.load(engine, manifest.space, work.copy)
    finally:
        engine.dispose()
    seen_to_be_good(work, manifest, make_engine(url))
    return made_current(work, url, manifest, hashed)


def refuse_over_tables(engine: Engine) -> None:
    """RefusedError when there are tables already."""
    with engine.connect() as connection:
        if inspect(connection).get_table_names():
            raise troubles.in_use(place_of(engine.url))


def refuse_other_space(path: Path, engine: Engine, manifest: Manifest) -> None:
    """ConfigError when the tables would come where nobody looks for them.

    A schema that is still to be made is none that PostgreSQL calls current: then its name stands in the search path.
    """
    with engine.connect() as connection:
        named = str(connection.exec_driver_sql("SHOW search_path").scalar_one())
        if manifest.space not in {copies.space_of(connection), *(one.strip(' "') for one in named.split(","))}:
            raise troubles.other_kind(path, f"PostgreSQL, schema {manifest.space}")


# ---- both


def seen_to_be_good(work: Work, manifest: Manifest, engine: Engine) -> None:
    """Count what was unpacked, and go through its ledger."""
    try:
        compare(work.path, manifest, engine)
        if broken := broken_chain(work.path, engine):
            raise broken
    finally:
        engine.dispose()


def made_current(work: Work, url: str, manifest: Manifest, hashed: str) -> Restored:
    """Bring the tables up to date, and say in the ledger that this was put back.

    How the last backup went was measured before that one was made: it is forgotten, and the daemon makes one at once.
    Nobody is signed in to the web any more: a session that was ended since the backup would be there again.
    """
    board = work.config.board.name
    store = open_store(url, work.datasets, work.config.tenant.id, board, work.now)
    try:
        keep_gauges(store, {GAUGE: None}, work.now)
        with store.write() as session:
            session.execute(delete(table_of(WebSession)))
        return Restored(manifest, written_down(work, store, manifest, hashed))
    finally:
        if store.engine.dialect.name == "sqlite":
            with store.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        store.engine.dispose()


def written_down(work: Work, store: Store, manifest: Manifest, hashed: str) -> ledger.Head | None:
    """The line in the ledger: who comes later must see that a part of the past was taken back."""
    said = {
        "file": os.fsdecode(work.path.name), "sha256": hashed, "made_at": manifest.made_at,
        "head": manifest.heads[work.config.tenant.id], "schema": manifest.schema,
    }  # fmt: skip
    with store.write() as session:
        ledger.append(session, store, [ledger.Act("backup.restored", REF, said)], work.now)
    with store.read() as session:
        return ledger.head(session, store)
