"""Where a backup is made and opened: a folder that only we can read, which is gone afterwards."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from ibpmon.operate.backup import troubles

NAME, PART = ".ibpmon-backup-", ".part"
LEFT_BEHIND = 86_400.0  # seconds: so old is only what a process that was killed left


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite database; None for PostgreSQL."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


@contextmanager
def workroom(url: str) -> Iterator[Path]:
    """An empty folder for copies that are not encrypted: beside an SQLite file, under the same protection as that.

    For PostgreSQL the place for temporary files of this machine (TMPDIR).
    """
    beside = sqlite_path(url)
    try:
        if beside:
            beside.parent.mkdir(parents=True, exist_ok=True)
            clear_left_behind(beside.parent, f"{NAME}*")
        room = TemporaryDirectory(prefix=NAME, dir=beside.parent if beside else None)
    except OSError as error:
        raise troubles.no_room(beside.parent if beside else Path(NAME), error) from None
    with room as folder:
        yield Path(folder)


def clear_left_behind(folder: Path, pattern: str) -> None:
    """Remove what a process that was killed left: a whole database that nobody encrypted, or half a backup."""
    for old in folder.glob(pattern):
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > LEFT_BEHIND:
                shutil.rmtree(old) if old.is_dir() else old.unlink()


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """A private file that takes its name when the block ends well and is on the disk; else nothing of it is left.

    RefusedError when the name is taken. The name is taken first, empty, and then filled by one rename: that also
    works on disks that know no links.
    """
    if target.exists():
        raise troubles.there_already(target)
    if not target.parent.is_dir():
        raise troubles.no_folder(target.parent)
    part = target.with_name(f".{target.name}{PART}")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        yield part
        on_disk(part)
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        part.replace(target)
        on_disk(target.parent)
    except FileExistsError:
        raise troubles.there_already(target) from None
    except OSError as error:
        raise troubles.no_room(target, error) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def on_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, survive a power cut."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
