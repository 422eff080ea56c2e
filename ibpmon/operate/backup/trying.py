"""Opens a backup in a place of its own and counts all that is in it: a backup that was never opened is none."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, select
from sqlmodel import col

from ibpmon.config import Config
from ibpmon.errors import StoreError
from ibpmon.operate.backup import file, troubles
from ibpmon.operate.backup.file import Manifest
from ibpmon.operate.backup.places import sqlite_path, workroom
from ibpmon.progress import Progress, silent
from ibpmon.store import copies, ledger
from ibpmon.store.contents import contents
from ibpmon.store.database import Store, make_engine
from ibpmon.store.migrations import knows
from ibpmon.store.tables import Tenant

if TYPE_CHECKING:
    from pyrage.x25519 import Identity


@dataclass(frozen=True, slots=True)
class Tried:
    """A true copy: what it says of itself, the SHA-256 of the file, and what is wrong in its ledger, if anything."""

    manifest: Manifest
    sha256: str
    broken: StoreError | None


def tried(path: Path, key: "Identity | None", config: Config, progress: Progress = silent) -> Tried:
    """Open a backup, compare, and throw the copy away; StoreError when anything is not as it was when it was made."""
    with workroom(config.store.database) as room:
        manifest, hashed = file.read(path, key, room / "copy", fitting(path, config), progress)
        with somewhere(config, manifest, room / "copy") as engine:
            compare(path, manifest, engine)
            return Tried(manifest, hashed, broken_chain(path, engine))


def fitting(path: Path, config: Config) -> file.Accept:
    """Refuses a backup that this ibpmon, or this configuration, cannot use."""
    kind = "sqlite" if sqlite_path(config.store.database) else "postgresql"

    def accept(manifest: Manifest) -> None:
        if not knows(manifest.schema):
            raise troubles.newer(path)
        if manifest.kind != kind:
            raise troubles.other_kind(path, manifest.kind)
        if config.tenant.id not in manifest.heads:
            raise troubles.other_board(path)

    return accept


@contextmanager
def somewhere(config: Config, manifest: Manifest, copy: Path) -> Iterator[Engine]:
    """The copy as a database that is not the real one."""
    if manifest.kind == "sqlite":
        engine = make_engine(f"sqlite:///{copy}")
        try:
            yield engine
        finally:
            engine.dispose()
        return
    engine = make_engine(config.store.database)
    try:
        with copies.spare(engine) as other:
            copies.load(other, manifest.space, copy)
            yield other
    finally:
        engine.dispose()


def compare(path: Path, manifest: Manifest, engine: Engine) -> None:
    """Hold a database against what the backup says that it holds."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite" and (faults := copies.faults_of_sqlite(connection)):
            raise troubles.not_alike(path, faults)
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f'SET search_path TO "{manifest.space}"')
        found = contents(connection)
    wrong = found.unlike(manifest.contents)
    if wrong or found.schema != manifest.schema:
        raise troubles.not_alike(path, wrong or ["alembic_version"])


def broken_chain(path: Path, engine: Engine) -> StoreError | None:
    """Go through the ledger of every board; the first one that does not hold, as an error."""
    bare = Store(engine, 0, {}, {}, {})
    with bare.read() as session:
        for number in session.scalars(select(col(Tenant.tenant_id))).all():
            verdict = ledger.verify(session, Store(engine, number, {}, {}, {}))
            if verdict.wrong is not None:
                return troubles.broken_chain(path, verdict.reason, verdict.wrong)
    return None
