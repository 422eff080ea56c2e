"""What can be wrong with a backup, as errors that say what, why and what to do."""

from pathlib import Path

from ibpmon.errors import ConfigError, RefusedError, StoreError
from ibpmon.language import N_

NOT_WHOLE = N_("it ends too early, or something behind its end was added")
NOT_READABLE = N_("its signs are not those that were written")
NOT_OURS = N_("it does not begin as a backup of ibpmon does")


def damaged(path: Path, why: str) -> StoreError:
    """A file that was cut, changed or is something else."""
    return StoreError(
        N_("the backup {path} cannot be used"),
        why=why,
        fix=N_("take another backup, or another copy of this one; nothing was changed"),
        path=path,
    )


def no_room(path: Path, error: OSError) -> StoreError:
    """The file cannot be written or read."""
    return StoreError(
        N_("cannot write or read {path}"),
        why="{error}",
        fix=N_("look at the rights, the connection and the room on that disk; nothing half was left behind"),
        path=path,
        error=error.strerror or type(error).__name__,
    )


def there_already(path: Path) -> RefusedError:
    """A backup never takes the place of a file."""
    return RefusedError(
        N_("there is already something at {path}"),
        why=N_("a backup never takes the place of another file"),
        fix=N_("give another name with --out"),
        path=path,
    )


def no_folder(path: Path) -> ConfigError:
    """Where the backup should go is not there: perhaps a disk that is not connected."""
    return ConfigError(
        N_("the folder {path} is not there"),
        why=N_("ibpmon does not make it: a disk that is not connected would be missed, and this one filled"),
        fix=N_("connect the disk, or make the folder and let ibpmon write in it"),
        path=path,
    )


def nowhere() -> ConfigError:
    """No name was given and no folder is configured."""
    return ConfigError(
        N_("there is no place for the backup"),
        why=N_("config.toml names no folder under [backup]"),
        fix=N_("name one there, or give a file with --out"),
    )


def key_needed(path: Path) -> ConfigError:
    """It is encrypted, and there is no key."""
    return ConfigError(
        N_("the backup {path} is encrypted"),
        why=N_("config.toml names no key under [backup]"),
        fix=N_("name the file with the key that was in use when it was made"),
        path=path,
    )


def other_key(path: Path) -> ConfigError:
    """It is encrypted with another key."""
    return ConfigError(
        N_("the backup {path} cannot be opened with this key"),
        why=N_("it was made with another key"),
        fix=N_("name the file with the key that was in use when it was made, under [backup] as key"),
        path=path,
    )


def no_key(path: Path) -> ConfigError:
    """The key that is named was never made."""
    return ConfigError(
        N_("there is no key for backups at {path}"),
        why=N_("config.toml names it under [backup]"),
        fix=N_("make one with `ibpmon backup --new-key`, or put back the one that you kept"),
        path=path,
    )


def bad_key(path: Path) -> ConfigError:
    """The file holds something else."""
    return ConfigError(
        N_("{path} holds no key for backups"),
        why=N_("a key is one line that begins with AGE-SECRET-KEY-1"),
        fix=N_("put back the file that you kept; a new key opens no backup of before"),
        path=path,
    )


def no_place_for_key() -> ConfigError:
    """A key was asked for, and nothing says where it should lie."""
    return ConfigError(
        N_("there is no place for the key"),
        why=N_("config.toml names no key under [backup]"),
        fix=N_('name a file there, for instance key = "secrets/backup.key"'),
    )


def key_there(path: Path) -> RefusedError:
    """A key that is there opens the backups of before."""
    return RefusedError(
        N_("there is already something at {path}"),
        why=N_("without that key the backups of before cannot be opened"),
        fix=N_("name another file under [backup] as key, and keep the old one as long as its backups"),
        path=path,
    )


def newer(path: Path) -> StoreError:
    """It holds tables that we do not know."""
    return StoreError(
        N_("the backup {path} was made by a newer ibpmon"),
        why=N_("this version does not know its tables, and could damage them"),
        fix=N_("install the newest ibpmon, and try again; nothing was changed"),
        path=path,
    )


def other_board(path: Path) -> ConfigError:
    """It holds other boards."""
    return ConfigError(
        N_("the backup {path} is not of this board"),
        why=N_("the tenant of config.toml is not in it"),
        fix=N_("take a backup of this board, or the configuration of the other one"),
        path=path,
    )


def other_kind(path: Path, theirs: str) -> ConfigError:
    """It was made of another kind of database."""
    return ConfigError(
        N_("the backup {path} is of another kind of database"),
        why=N_("it was made of {theirs}, and config.toml names something else"),
        fix=N_("name a database of that kind under [store], with for PostgreSQL the same schema (search_path)"),
        path=path,
        theirs=theirs,
    )


def not_alike(path: Path, names: list[str]) -> StoreError:
    """What was opened is not what was copied."""
    return StoreError(
        N_("the backup {path} does not hold what it should"),
        why=N_("these are not as they were when it was made: {names}"),
        fix=N_("take another backup; look at the disk, this should never happen"),
        path=path,
        names=", ".join(names),
    )


def broken_chain(path: Path, why: str, seq: int) -> StoreError:
    """A true copy of a ledger that somebody changed."""
    return StoreError(
        N_("the backup {path} is a true copy, but the ledger in it does not hold"),
        why=why,
        fix=N_("keep the backups of before, tell the FG, and compare with `ibpmon ledger verify`"),
        path=path,
        seq=seq,
    )


def in_use(place: object) -> RefusedError:
    """A restore never writes over data."""
    return RefusedError(
        N_("there is already a database at {place}"),
        why=N_("a restore never writes over one: what is in it would be lost"),
        fix=N_("stop ibpmon, and move that database away (with its -wal and -shm) or name an empty one under [store]"),
        place=place,
    )
