"""The key of backups: an age identity in a file that only the service can read.

age (age-encryption.org) is a format that others read too: a backup can be opened without ibpmon.
"""

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ibpmon.config import handed_over, secret_text
from ibpmon.operate.backup import troubles
from ibpmon.privacy import private

if TYPE_CHECKING:
    from pyrage.x25519 import Identity


def read_key(path: Path | None) -> "Identity | None":
    """The key in this file, None when none is configured; ConfigError when it is not there or is none."""
    from pyrage import IdentityError
    from pyrage.x25519 import Identity

    if path is None:
        return None
    if not handed_over(path).exists():
        raise troubles.no_key(path)
    lines = [line.strip() for line in secret_text(path).splitlines()]
    try:
        (line,) = (line for line in lines if line and not line.startswith("#"))
        return Identity.from_str(line)
    except (ValueError, IdentityError):
        raise troubles.bad_key(path) from None


def make_key(path: Path | None, now: datetime) -> Path:
    """Write a new key, as age-keygen does; never in the place of another one. Gives where it lies."""
    from pyrage.x25519 import Identity

    if path is None:
        raise troubles.no_place_for_key()
    made = Identity.generate()
    text = f"# created: {now:%Y-%m-%dT%H:%M:%SZ}\n# public key: {made.to_public()}\n{made}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with private.ready(path, text.encode("ascii")) as fresh:
            os.link(fresh, path)
    except FileExistsError:
        raise troubles.key_there(path) from None
    except OSError as error:
        raise troubles.no_room(path, error) from None
    return path
