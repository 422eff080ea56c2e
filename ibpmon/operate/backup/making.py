"""Makes a backup while everybody works on, and opens it before it counts."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ibpmon import __version__
from ibpmon.operate.backup import file
from ibpmon.operate.backup.file import FORMAT, Manifest
from ibpmon.operate.backup.key import read_key
from ibpmon.operate.backup.places import appearing, workroom
from ibpmon.operate.backup.trying import tried
from ibpmon.operate.rounds import Workplace
from ibpmon.progress import Progress, silent
from ibpmon.store import copies, ledger, troubles
from ibpmon.store.contents import Contents, contents
from ibpmon.store.database import make_engine

REF = "backup/made"


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was opened again: where it lies, what it says of itself, and the SHA-256 of the file."""

    path: Path
    manifest: Manifest
    sha256: str
    encrypted: bool


def back_up(place: Workplace, target: Path, progress: Progress = silent) -> Made:
    """Make one; gives it only when it is good. A true copy of a ledger that does not hold is kept, and is an error.

    1. one moment of the database is copied to a place of its own  2. what is in it is counted
    3. it is packed and encrypted in a file that nobody else can read  4. that file is opened again and counted
    5. it takes its name  6. the ledger says so
    """
    key = read_key(place.config.backup.key)
    with appearing(target) as part:
        with workroom(place.config.store.database) as room:
            manifest = copied(place, room / "copy", progress)  # 1, 2
            with part.open("wb") as out:
                file.write(out, manifest, room / "copy", key, progress)  # 3
        seen = tried(part, key, place.config, progress)  # 4
    made = Made(target, manifest, seen.sha256, key is not None)  # 5
    write_down(place, made)  # 6
    if seen.broken:
        raise seen.broken
    return made


def copied(place: Workplace, target: Path, progress: Progress) -> Manifest:
    """Copy one moment, and count what it holds. The time it bears is from before: whatever is older is in it."""
    now = place.now()
    with troubles.told_apart(place.store.engine):
        if place.store.engine.dialect.name == "sqlite":
            copies.copy_sqlite(place.store.engine, target, progress)
            return manifest_of(now, "sqlite", target, "", counted(target))
        with copies.one_moment(place.store.engine) as (connection, moment):
            space, found = copies.space_of(connection), contents(connection)
            copies.dump(place.store.engine, moment, space, target)
        return manifest_of(now, "postgresql", target, space, found)


def counted(copy: Path) -> Contents:
    """What is in a copy of SQLite."""
    engine = make_engine(f"sqlite:///{copy}")
    try:
        with engine.connect() as connection:
            return contents(connection)
    finally:
        engine.dispose()


def manifest_of(now: datetime, kind: str, copy: Path, space: str, found: Contents) -> Manifest:
    """What the backup will say of itself."""
    with copy.open("rb") as content:
        hashed = hashlib.file_digest(content, "sha256").hexdigest()
    told = (kind, space, found.schema, found.tables, found.heads, copy.stat().st_size, hashed)
    return Manifest(FORMAT, __version__, now, *told)


def write_down(place: Workplace, made: Made) -> None:
    """Say in the ledger that there is a backup, of which moment, and what the file is."""
    manifest = made.manifest
    said = {
        "file": made.path.name, "sha256": made.sha256, "made_at": manifest.made_at, "schema": manifest.schema,
        "head": manifest.heads[place.config.tenant.id], "encrypted": made.encrypted,
        "rows": {name: count for name, (count, _hash) in manifest.tables.items() if count},
    }  # fmt: skip
    with place.store.write() as session:
        ledger.append(session, place.store, [ledger.Act("backup.made", REF, said)], place.now())
