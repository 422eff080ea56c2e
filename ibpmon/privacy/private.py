"""Files that only we can read, and that are never there by half."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def ready(path: Path, content: bytes) -> Iterator[Path]:
    """A private file beside this path, with the content on the disk, to be given that name; else nothing of it is left.

    OSError when it cannot be written.
    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
        yield fresh
    finally:
        fresh.unlink(missing_ok=True)
