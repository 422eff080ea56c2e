"""Pupils get a fixed pseudonym that only the holder of the board's key can lead back to a person."""

import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ibpmon.config import only_ours
from ibpmon.errors import ConfigError
from ibpmon.language import N_
from ibpmon.privacy import private

ALPHABET = "234679ACDEFGHJKLMNPQRTUVWXYZ"  # without 0 O, 1 I, 5 S, 8 B: it is read aloud and typed over
LENGTH = 7  # among 4,000 pupils two share one in one board of a thousand
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """The pseudonyms of one board; keyed, because the accounts of a school can be guessed and hashed by anyone."""

    key: bytes = field(repr=False)

    def of(self, account_id: str) -> str:
        """The name under which a pupil appears: the same account, the same name."""
        return f"leerling-{self.code(account_id)}"

    def code(self, account_id: str) -> str:
        """The characters that stand for one account."""
        digest = hmac.digest(self.key, account_id.casefold().encode("utf-8", "surrogatepass"), "sha256")
        number = int.from_bytes(digest)
        return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(LENGTH))


def load_or_make(path: Path) -> Pseudonyms:
    """The pseudonyms of the key in this file; the key is made on first use. ConfigError when others can read it."""
    try:
        if not path.exists():
            make_key(path)
        return Pseudonyms(checked(path))
    except OSError as error:
        raise ConfigError(
            N_("cannot read or make the key of the pseudonyms, {path}"),
            why="{error}",
            fix=N_("make [store] pseudonym_key in config.toml a file that ibpmon may read and write"),
            path=path,
            error=error.strerror or error,
        ) from None


def make_key(path: Path) -> None:
    """Write a new key. It appears whole or not at all, and of two that start at once the first one counts."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with private.ready(path, secrets.token_bytes(KEY_BYTES)) as fresh, suppress(FileExistsError):
        os.link(fresh, path)


def checked(path: Path) -> bytes:
    """The key in a file, if it is whole and for our eyes only."""
    only_ours(path, path.stat().st_mode)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ConfigError(
            N_("{path} is not a key that ibpmon made"),
            why=N_("it holds {count} bytes, a key holds {expected}"),
            fix=N_("put the file back from the backup; a new key would give every pupil another pseudonym"),
            path=path,
            count=len(key),
            expected=KEY_BYTES,
        )
    return key
