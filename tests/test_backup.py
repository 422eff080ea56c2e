"""Backups: one moment of a database that others write to, opened before it counts, and put back whole or not at all."""

import errno
import gzip
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pyrage
import pytest
from sqlalchemy import insert, select, text

from ibpmon.collect.gauges import keep_gauges
from ibpmon.config import load
from ibpmon.errors import BusyError, ConfigError, RefusedError, StoreError
from ibpmon.operate import daemon
from ibpmon.operate.backup import file, keeping, making
from ibpmon.operate.backup.key import make_key, read_key
from ibpmon.operate.backup.making import Made, back_up
from ibpmon.operate.backup.restoring import drill, restore
from ibpmon.operate.backup.trying import fitting
from ibpmon.operate.rounds import Workplace, workplace
from ibpmon.store import ledger
from ibpmon.store.database import Store, alone, make_engine
from ibpmon.store.migrations import configuration
from ibpmon.store.tables import Gauge
from ibpmon.store.upsert import table_of
from ibpmon.store.web_tables import WebSession
from tests.backups import Board, somebody_writes
from tests.conftest import AT_ONCE, MONDAY, Answer, execute

Run = Callable[..., Answer]
DAY = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database; on PostgreSQL a whole one, because it can get lost, and a daemon locks it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ibpmon.db'}"
        return
    server, name = request.getfixturevalue("postgres").rsplit("/", 1)[0], f"test_{uuid4().hex}"
    execute(f"CREATE DATABASE {name} TEMPLATE template0")
    yield f"{server}/{name}?options={AT_ONCE.removeprefix('%20')}"
    execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def board(database: str, tmp_path: Path) -> Board:
    """A board with a few entries in its ledger, on both databases."""
    made = Board(tmp_path, database)
    made.write("Anna", "Bram", "Chris")
    return made


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Board:
    """The same on SQLite alone, for what has nothing to do with the database."""
    made = Board(tmp_path, f"sqlite:///{tmp_path / 'ibpmon.db'}")
    made.write("Anna", "Bram", "Chris")
    return made


def made_of(board: Board, name: str = "x.backup", now: datetime = MONDAY) -> Made:
    """A backup of this board."""
    with workplace(board.config, lambda: now) as place:
        return back_up(place, board.backups / name)


def verdict(board: Board) -> ledger.Verdict:
    """What the ledger says of itself."""
    with workplace(board.config, lambda: MONDAY) as place, place.store.read() as session:
        return ledger.verify(session, place.store)


def kinds(board: Board) -> list[Any]:
    """The kinds of the entries, in order."""
    with workplace(board.config, lambda: MONDAY) as place, place.store.read() as session:
        return [entry["kind"] for entry in ledger.entries(session, place.store)]


# ---- there and back


@pytest.mark.parametrize(
    ("database", "encrypted"), [("sqlite", True), ("sqlite", False), ("postgresql", True)], indirect=["database"]
)
def test_what_was_backed_up_is_there_again(board: Board, encrypted: bool) -> None:
    """Every row of every table, and the ledger holds; a line in it says what was done."""
    if encrypted:
        board.with_key()
    before = board.contents()
    made = made_of(board)
    assert made.manifest.contents.unlike(before) == []
    board.write("Dewi")
    board.lose()

    restored = restore(made.path, board.config, now=lambda: MONDAY)

    after = board.contents()
    changed = {name for name in after.tables if after.tables[name] != before.tables[name]}
    assert changed == {"ledger", "counter"}
    assert kinds(board) == ["alert.new"] * 3 + ["backup.restored"]
    assert (verdict(board).wrong, verdict(board).head) == (None, restored.head)
    assert board.left_behind() == []


def test_a_backup_says_what_it_holds_and_the_ledger_says_it_too(on_sqlite: Board) -> None:
    """The head and the counts: who finds the file later can hold it against the ledger, and the other way round."""
    made = made_of(on_sqlite)

    with workplace(on_sqlite.config, lambda: MONDAY) as place, place.store.read() as session:
        (entry,) = ledger.about(session, place.store, making.REF)
        said = json.loads(entry.said or "")

    assert said["head"] == next(iter(made.manifest.heads.values())) == str(ledger.Head(3, said["head"].split(":")[1]))
    assert said["rows"]["ledger"] == made.manifest.tables["ledger"][0] == 3
    assert (said["file"], said["sha256"], said["encrypted"]) == ("x.backup", made.sha256, False)
    assert made.manifest.contents.rows == sum(said["rows"].values())


def test_a_backup_is_one_moment_while_another_process_writes(board: Board) -> None:
    """What was committed before the moment is in it, what came after is not, and nothing is half."""
    board.with_key()
    with somebody_writes(board):
        made = [made_of(board, f"{number}.backup") for number in range(2)]
    everything = board.ledger()

    for one in made:
        board.lose()
        restore(one.path, board.config)
        there = board.ledger()[:-1]  # the last line is that of the restore
        assert there == everything[: len(there)]
        assert verdict(board).wrong is None
    assert len({next(iter(one.manifest.heads.values())) for one in made}) == 2
    assert len(everything) > max(one.manifest.tables["ledger"][0] for one in made)


def test_a_backup_restored_twice_gives_the_same_twice(on_sqlite: Board) -> None:
    """Nothing in it depends on where or when it is put back; only the line about the restore has a salt of its own."""
    made, seen = made_of(on_sqlite), []

    for _time in range(2):
        on_sqlite.lose()
        restore(made.path, on_sqlite.config, now=lambda: MONDAY)
        seen.append(on_sqlite.contents())

    assert set(seen[0].unlike(seen[1])) <= {"ledger", *seen[0].heads}
    assert drill(made.path, on_sqlite.config).manifest == made.manifest


def test_a_drill_changes_nothing(on_sqlite: Board) -> None:
    """It may be done on the machine that runs, beside the daemon."""
    made = made_of(on_sqlite)
    before = on_sqlite.contents()
    with alone(on_sqlite.url):
        seen = drill(made.path, on_sqlite.config)

    assert (seen.manifest, seen.sha256) == (made.manifest, made.sha256)
    assert on_sqlite.contents() == before
    assert on_sqlite.left_behind() == []


def test_a_backup_of_before_an_update_gets_the_tables_of_today(on_sqlite: Board) -> None:
    """Whoever restores has the newest ibpmon, and the backup may be of last year."""
    engine = make_engine(on_sqlite.url)
    on_sqlite.lose()
    with engine.connect() as connection:
        from alembic import command

        command.upgrade(configuration(connection), "0015")
        connection.execute(text("INSERT INTO tenant VALUES (1, '11111111-1111-1111-1111-111111111111', 'Oud', 0)"))
        connection.commit()
    with workplace_as_it_is(on_sqlite, engine) as place:
        made = back_up(place, on_sqlite.backups / "old.backup")
    assert made.manifest.schema == "0015"
    on_sqlite.lose()

    restore(made.path, on_sqlite.config)

    assert on_sqlite.contents().schema > "0015"
    assert kinds(on_sqlite) == ["backup.restored"]


def workplace_as_it_is(board: Board, engine: Any) -> Any:
    """A workplace on a database that nobody brings up to date."""

    @contextmanager
    def opened() -> Iterator[Workplace]:
        yield Workplace(load(board.config), {}, Store(engine, 1, {}, {}, {}), lambda: MONDAY)
        engine.dispose()

    return opened()


def test_others_can_open_a_backup_without_ibpmon(on_sqlite: Board) -> None:
    """In ten years there may be no ibpmon; age, gzip and SQLite are formats of others."""
    key = on_sqlite.with_key()
    made = made_of(on_sqlite)

    identity = pyrage.x25519.Identity.from_str(key.read_text().splitlines()[-1])
    line, database = gzip.decompress(pyrage.decrypt(made.path.read_bytes(), [identity])).split(b"\n", 1)
    (on_sqlite.folder / "by-hand.db").write_bytes(database)

    assert json.loads(line)["heads"] == made.manifest.heads
    with sqlite3.connect(on_sqlite.folder / "by-hand.db") as connection:
        assert connection.execute("SELECT count(*) FROM ledger").fetchone() == (3,)


# ---- who can read it


def test_a_backup_is_private_and_closed(on_sqlite: Board) -> None:
    """Only the service can read the file, and who steals it reads nothing in it."""
    on_sqlite.with_key()
    on_sqlite.write("zoek-mij-in-het-bestand")
    made = made_of(on_sqlite)

    assert made.path.stat().st_mode & 0o777 == 0o600
    stolen = made.path.read_bytes()
    assert stolen.startswith(b"age-encryption.org/v1")
    assert b"zoek-mij" not in stolen
    assert b"ledger" not in stolen


def test_another_key_and_no_key_open_nothing(on_sqlite: Board) -> None:
    """Said in one message; what is there stays."""
    on_sqlite.with_key()
    made = made_of(on_sqlite)
    on_sqlite.lose()
    (on_sqlite.folder / "other").mkdir()
    make_key(on_sqlite.folder / "other" / "backup.key", MONDAY)

    on_sqlite.write_config('key = "other/backup.key"')
    with pytest.raises(ConfigError, match="made with another key"):
        restore(made.path, on_sqlite.config)
    on_sqlite.write_config()
    with pytest.raises(ConfigError, match="is encrypted"):
        restore(made.path, on_sqlite.config)

    assert on_sqlite.left_behind() == []
    on_sqlite.write_config('key = "backup.key"')
    restore(made.path, on_sqlite.config)


def test_a_key_is_made_once_and_kept(on_sqlite: Board, ibpmon: Run) -> None:
    """A new key in the place of the old one would close all backups of before for good."""
    assert "config.toml names no key" in ibpmon("backup", "--new-key", "--config", on_sqlite.config).err
    on_sqlite.write_config('key = "secrets/backup.key"')
    assert "there is no key for backups" in ibpmon("backup", "--out", "y", "--config", on_sqlite.config).err

    first = ibpmon("backup", "--new-key", "--config", on_sqlite.config)
    second = ibpmon("backup", "--new-key", "--config", on_sqlite.config)

    key = on_sqlite.folder / "secrets" / "backup.key"
    assert (first.code, key.stat().st_mode & 0o777) == (0, 0o600)
    assert "AGE-SECRET-KEY" not in first.out + first.err
    assert (second.code, "cannot be opened" in second.err) == (1, True)
    assert read_key(key) is not None


@pytest.mark.parametrize("held", ["", "hello", "AGE-SECRET-KEY-1QQ", "# only a remark"])
def test_a_key_that_is_none_is_refused(on_sqlite: Board, held: str) -> None:
    """And what it holds is not repeated."""
    key = on_sqlite.with_key()
    key.write_text(held)

    with pytest.raises(ConfigError, match="holds no key") as refused:
        made_of(on_sqlite)

    assert not held or held not in str(refused.value)


# ---- damaged


def opened(board: Board, path: Path) -> file.Manifest:
    """A backup as every restore opens it, without reading all connectors each time."""
    config = load(board.config)
    return file.read(path, read_key(config.backup.key), board.folder / "opened", fitting(path, config))[0]


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_backup_that_was_cut_anywhere_is_refused(on_sqlite: Board, encrypted: bool) -> None:
    """At 50 places; a copy that broke off must not look like a smaller board."""
    if encrypted:
        on_sqlite.with_key()
    made = made_of(on_sqlite)
    on_sqlite.lose()
    whole, cut = made.path.read_bytes(), on_sqlite.folder / "cut.backup"
    places = {0, 1, 20, len(whole) - 1, *random.Random(7).sample(range(len(whole)), 46)}

    for place in places:
        cut.write_bytes(whole[:place])
        with pytest.raises(StoreError, match="cannot be used"):
            opened(on_sqlite, cut)
    with pytest.raises(StoreError, match="cannot be used"):
        restore(cut, on_sqlite.config)

    assert sorted(path.name for path in on_sqlite.folder.glob("*.db*")) == ["ibpmon.db.lock"]
    assert on_sqlite.left_behind() == []


def test_a_backup_in_which_one_bit_fell_over_is_refused(on_sqlite: Board) -> None:
    """Disks forget, and somebody may want to know what happens then."""
    on_sqlite.with_key()
    made = made_of(on_sqlite)
    whole, changed = made.path.read_bytes(), on_sqlite.folder / "changed.backup"

    for place in random.Random(8).sample(range(len(whole)), 50):
        changed.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises((StoreError, ConfigError)):
            opened(on_sqlite, changed)
    changed.write_bytes(whole + b"x")
    with pytest.raises(StoreError, match="cannot be used"):
        opened(on_sqlite, changed)


def test_a_bit_that_fell_over_in_a_backup_without_a_key_is_refused_or_changes_nothing(on_sqlite: Board) -> None:
    """A page of zeros can be written in many ways; what is unpacked is held against its own hash."""
    made = made_of(on_sqlite)
    whole, changed, refused = made.path.read_bytes(), on_sqlite.folder / "changed.backup", 0

    for place in random.Random(8).sample(range(len(whole)), 50):
        changed.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        try:
            assert opened(on_sqlite, changed) == made.manifest
        except StoreError:
            refused += 1
    assert refused > 25


@pytest.mark.parametrize(
    "held",
    [b"", b"hello", gzip.compress(b"hello"), gzip.compress(b"{}\n"), gzip.compress(b'{"format":1}\n'),
     gzip.compress(b"x" * (5 << 20)), b"age-encryption.org/v1\n"],
    ids=["empty", "text", "another gzip", "an empty line", "half a line", "a line without end", "another age"],
)  # fmt: skip
def test_something_else_is_no_backup(on_sqlite: Board, held: bytes) -> None:
    """The wrong file, chosen in haste."""
    on_sqlite.with_key()
    (on_sqlite.folder / "else").write_bytes(held)
    with pytest.raises(StoreError, match="cannot be used"):
        drill(on_sqlite.folder / "else", on_sqlite.config)


def test_a_file_that_is_not_there_is_said(on_sqlite: Board, ibpmon: Run) -> None:
    """No trace, one message."""
    answer = ibpmon("restore", "nowhere.backup", "--try", "--config", on_sqlite.config)
    assert (answer.code, "nowhere.backup" in answer.err, "Traceback" in answer.err) == (1, True, False)


def rewritten(board: Board, made: Made, **changes: Any) -> Path:
    """The same backup, with something else in its first line."""
    line, database = gzip.decompress(made.path.read_bytes()).split(b"\n", 1)
    path = board.folder / "rewritten.backup"
    path.write_bytes(gzip.compress(json.dumps(json.loads(line) | changes).encode() + b"\n" + database))
    return path


@pytest.mark.parametrize("changes", [{"schema": "9999"}, {"format": 2}, {"format": 2, "new": "key"}])
def test_a_backup_of_a_newer_ibpmon_is_refused(on_sqlite: Board, changes: dict[str, Any]) -> None:
    """It would be opened by code that does not know its tables."""
    made = made_of(on_sqlite)
    on_sqlite.lose()
    with pytest.raises(StoreError, match="made by a newer ibpmon"):
        restore(rewritten(on_sqlite, made, **changes), on_sqlite.config)
    assert not Path(on_sqlite.url.removeprefix("sqlite:///")).exists()


def test_a_backup_that_holds_something_else_than_it_says_is_refused(on_sqlite: Board) -> None:
    """The line says one row more: then a row was lost, or the line is not of this backup."""
    made = made_of(on_sqlite)
    tables = dict(made.manifest.tables) | {"ledger": [4, made.manifest.tables["ledger"][1]]}
    with pytest.raises(StoreError, match="ledger"):
        drill(rewritten(on_sqlite, made, tables=tables), on_sqlite.config)


def test_a_backup_of_another_board_is_refused(on_sqlite: Board) -> None:
    """An ICT partner has many."""
    made = made_of(on_sqlite)
    on_sqlite.write_config(tenant="22222222-2222-2222-2222-222222222222")
    with pytest.raises(ConfigError, match="not of this board"):
        drill(made.path, on_sqlite.config)


def test_a_backup_of_another_kind_of_database_is_refused(on_sqlite: Board, postgres: str) -> None:
    """The rows of SQLite mean nothing to PostgreSQL."""
    made = made_of(on_sqlite)
    on_sqlite.write_config(url=postgres)
    with pytest.raises(ConfigError, match="another kind of database"):
        drill(made.path, on_sqlite.config)


def test_a_true_copy_of_a_broken_ledger_is_kept_but_never_called_good(on_sqlite: Board) -> None:
    """Somebody changed the database: the copy is evidence, and nothing is put back from it."""
    engine = make_engine(on_sqlite.url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE ledger SET kind = 'x' WHERE seq = 2"))
    engine.dispose()

    with pytest.raises(StoreError, match="entry 2 was changed"):
        made_of(on_sqlite)
    on_sqlite.lose()
    with pytest.raises(StoreError, match="entry 2 was changed"):
        drill(on_sqlite.backups / "x.backup", on_sqlite.config)


# ---- never over something


def test_a_restore_never_writes_over_a_database(board: Board) -> None:
    """The most dangerous moment is the one in which somebody is in a hurry."""
    made = made_of(board)
    before = board.contents()

    with pytest.raises(RefusedError, match="never writes over"):
        restore(made.path, board.config)

    assert board.contents() == before


def test_a_restore_waits_for_no_daemon_and_does_nothing_beside_one(on_sqlite: Board) -> None:
    """A daemon may run on a database that somebody just moved away."""
    made = made_of(on_sqlite)
    on_sqlite.lose()
    with alone(on_sqlite.url), pytest.raises(BusyError):
        restore(made.path, on_sqlite.config)


@pytest.mark.parametrize("end", ["-wal", "-journal"])
def test_a_restore_refuses_what_a_lost_database_left(on_sqlite: Board, end: str) -> None:
    """SQLite would read it as the newest part of the restored database, and damage that."""
    made = made_of(on_sqlite)
    on_sqlite.lose()
    (on_sqlite.folder / f"ibpmon.db{end}").write_bytes(b"old")
    with pytest.raises(RefusedError):
        restore(made.path, on_sqlite.config)


def test_a_backup_never_takes_the_place_of_a_file(on_sqlite: Board) -> None:
    """Also when that appears in the meantime."""
    taken = on_sqlite.backups / "x.backup"
    taken.write_bytes(b"mine")
    with pytest.raises(RefusedError, match="already something"):
        made_of(on_sqlite)
    taken.unlink()

    class Busybody:
        def step(self, name: str, done: int, total: int | None = None) -> None:
            taken.write_bytes(b"mine")

    with workplace(on_sqlite.config) as place, pytest.raises(RefusedError):
        back_up(place, taken, Busybody())
    assert taken.read_bytes() == b"mine"
    assert on_sqlite.left_behind() == []


def test_a_folder_that_is_not_there_is_not_made(on_sqlite: Board) -> None:
    """The disk that should be there is not connected; then the backups would fill this one."""
    with workplace(on_sqlite.config) as place, pytest.raises(ConfigError, match="is not there"):
        back_up(place, on_sqlite.folder / "mnt" / "x.backup")


# ---- a full disk


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_full_disk_leaves_nothing_half(on_sqlite: Board, monkeypatch: pytest.MonkeyPatch, encrypted: bool) -> None:
    """Where the backup goes; one message, and no line in the ledger."""
    if encrypted:
        on_sqlite.with_key()

    def full(self: file.Hashed, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(file.Hashed, "write", full)
    with pytest.raises(StoreError, match="No space left"):
        made_of(on_sqlite)

    assert list(on_sqlite.backups.iterdir()) == []
    assert on_sqlite.left_behind() == []
    assert kinds(on_sqlite) == ["alert.new"] * 3


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte; skipped where the tests may not make one."""
    disk = tmp_path / "small"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, check=False)  # fmt: skip  # noqa: E501
    if mounted.returncode:
        pytest.skip("only root can make a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_is_really_full_leaves_nothing_half(on_sqlite: Board, small_disk: Path) -> None:
    """Where the backup goes, and where it is put back."""
    rng = random.Random(9)
    on_sqlite.write(*(rng.randbytes(500).hex() for _number in range(3_000)))
    with workplace(on_sqlite.config) as place, pytest.raises(StoreError, match="cannot write"):
        back_up(place, small_disk / "x.backup")
    assert list(small_disk.iterdir()) == []

    made = made_of(on_sqlite)
    on_sqlite.write_config(url=f"sqlite:///{small_disk / 'ibpmon.db'}")
    with pytest.raises(StoreError, match="cannot write"):
        restore(made.path, on_sqlite.config)
    assert [path.name for path in small_disk.iterdir()] == ["ibpmon.db.lock"]


def test_a_stopped_backup_leaves_nothing(on_sqlite: Board) -> None:
    """Ctrl-C in the middle, also while it is being encrypted."""
    on_sqlite.with_key()

    class Stopped:
        def step(self, name: str, done: int, total: int | None = None) -> None:
            if name == "pack":
                raise KeyboardInterrupt

    with workplace(on_sqlite.config) as place, pytest.raises(KeyboardInterrupt):
        back_up(place, on_sqlite.backups / "x.backup", Stopped())

    assert list(on_sqlite.backups.iterdir()) == []
    assert on_sqlite.left_behind() == []


MEASURE = """
import resource, sys
from pathlib import Path
from ibpmon.operate.backup.making import back_up
from ibpmon.operate.rounds import workplace
with workplace(Path(sys.argv[1])) as place:
    back_up(place, Path(sys.argv[2]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_a_larger_database_takes_no_more_memory(on_sqlite: Board) -> None:
    """Everything streams: copying, counting, packing, encrypting, opening again."""
    on_sqlite.with_key()
    path, taken, sizes = Path(on_sqlite.url.removeprefix("sqlite:///")), [], []
    for rows in (3_000, 20_000):
        with sqlite3.connect(path) as connection:
            connection.execute(
                """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
                INSERT INTO link (tenant_id, connector, resource, link, full_at, read_at)
                SELECT 1, 'x', :rows || '-' || i, hex(randomblob(600)), 0, 0 FROM n""",
                {"rows": rows},
            )
        sizes.append(path.stat().st_size)
        command = [sys.executable, "-c", MEASURE, str(on_sqlite.config), str(on_sqlite.backups / f"{rows}.backup")]
        taken.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout))

    assert sizes[1] / sizes[0] > 4
    assert taken[1] / taken[0] < 1.1


# ---- PostgreSQL


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_machine_without_the_programs_of_postgresql_is_told_what_to_install(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come with PostgreSQL's client, which not every machine has."""
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(StoreError, match="pg_dump is not on this machine"):
        made_of(board)
    assert list(board.backups.iterdir()) == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_password_never_stands_in_a_list_of_processes(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes by a file that only we can read."""
    from ibpmon.store import copies

    seen: list[Any] = []

    def watched(command: list[str], *, env: dict[str, str], **_options: Any) -> Any:
        held = Path(env["PGPASSFILE"])
        seen.append((" ".join(command), held.read_text(), held.stat().st_mode & 0o777))
        return SimpleNamespace(returncode=0, stderr=b"")

    monkeypatch.setattr(subprocess, "run", watched)
    url = make_engine("postgresql://ibpmon:s3c%3Ar%5Cet@db.example/ibpmon").url
    copies.run("pg_dump", url, [], tmp_path)

    ((command, held, mode),) = seen
    assert "s3c" not in command
    assert "host=db.example" in command
    assert (held, mode) == ("*:*:*:*:s3c\\:r\\\\et\n", 0o600)


# ---- by itself


@pytest.fixture
def place(on_sqlite: Board) -> Iterator[Workplace]:
    """A board that wants one each day at half past three."""
    on_sqlite.write_config('folder = "backups"\nkeep = 2')
    with workplace(on_sqlite.config, lambda: MONDAY) as place:
        yield place


def at(place: Workplace, now: datetime) -> Workplace:
    """The same board at another moment."""
    return Workplace(place.config, place.connectors, place.store, lambda: now)


def test_a_backup_is_made_once_a_day_and_made_up_for(place: Workplace) -> None:
    """At once when there never was one; a machine that was off at that hour makes it when it is on again."""
    assert keeping.is_due(place, MONDAY)
    keeping.back_up_of_today(place)

    assert not keeping.is_due(place, MONDAY + timedelta(hours=10))
    tomorrow = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)  # half past three in Amsterdam
    assert not keeping.is_due(place, tomorrow - timedelta(minutes=1))
    assert keeping.is_due(place, tomorrow)
    assert keeping.is_due(place, tomorrow + timedelta(days=3, hours=5))
    assert keeping.is_due(place, MONDAY - DAY)  # by a clock that ran ahead


def test_each_civil_day_has_one_backup_when_the_clock_changes(place: Workplace) -> None:
    """In October there is half past two twice; nobody wants two backups, or none."""
    place = Workplace(
        place.config.model_copy(update={"backup": place.config.backup.model_copy(update={"at": datetime(1, 1, 1, 2, 30).time()})}),  # noqa: DTZ001, E501 - a time of a day
        place.connectors, place.store,
    )  # fmt: skip
    for first, days in ((datetime(2026, 10, 24, 12, tzinfo=UTC), 3), (datetime(2027, 3, 27, 12, tzinfo=UTC), 3)):
        made = 0
        keep_gauges(place.store, {keeping.GAUGE: 0}, first)
        for minute in range(0, days * 1440, 10):
            now = first + timedelta(minutes=minute)
            if keeping.is_due(at(place, now), now):
                keep_gauges(place.store, {keeping.GAUGE: 0}, now)
                made += 1
        assert made == days


def test_the_oldest_make_room_and_nothing_else_does(place: Workplace, on_sqlite: Board) -> None:
    """Of this board only, only what has a name of ours, and only after a good one."""
    others = ["ibpmon-99999999-20200101T000000Z.backup", "ibpmon-11111111-2020.backup", "holiday.jpg"]
    for name in others:
        (on_sqlite.backups / name).touch()
    for day in range(4):
        keeping.back_up_of_today(at(place, MONDAY + day * DAY))

    ours = [f"ibpmon-11111111-202611{day}T100000Z.backup" for day in (25, 26)]
    assert sorted(path.name for path in on_sqlite.backups.iterdir()) == sorted([*others, *ours])


def test_what_a_killed_backup_left_is_cleared_the_next_day(place: Workplace, on_sqlite: Board) -> None:
    """A copy that nobody encrypted, and half a backup; what is fresh may be of somebody who is busy with it."""
    copy, part = on_sqlite.folder / ".ibpmon-backup-old", on_sqlite.backups / ".ibpmon-11111111-x.backup.part"
    busy = on_sqlite.backups / ".ibpmon-11111111-y.backup.part"
    copy.mkdir()
    for left in (copy / "copy", part, busy):
        left.touch()
    for left in (copy, part):
        os.utime(left, (0, 0))

    keeping.back_up_of_today(place)

    assert on_sqlite.left_behind() == [busy.name]


def test_a_backup_that_failed_is_written_down_tried_again_and_removes_nothing(
    place: Workplace, on_sqlite: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last good ones are worth more than ever."""
    keeping.back_up_of_today(at(place, MONDAY - 2 * DAY))
    keeping.back_up_of_today(at(place, MONDAY - DAY))
    kept = sorted(on_sqlite.backups.iterdir())

    def full(self: file.Hashed, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(file.Hashed, "write", full)
        with pytest.raises(StoreError):
            keeping.back_up_of_today(place)

    assert sorted(on_sqlite.backups.iterdir()) == kept
    assert gauge(place) == 1
    assert keeping.last_good(place) == MONDAY - DAY
    assert not keeping.is_due(place, MONDAY + timedelta(minutes=59))
    assert keeping.is_due(place, MONDAY + timedelta(minutes=60))
    keeping.back_up_of_today(at(place, MONDAY + timedelta(hours=1)))
    assert gauge(place) == 0


def gauge(place: Workplace) -> int | None:
    """What was measured of the backups."""
    with place.store.read() as session:
        found = session.get(Gauge, (place.store.tenant, keeping.GAUGE))
        return found.value if found else None


def test_a_restored_board_makes_a_backup_at_once(place: Workplace, on_sqlite: Board) -> None:
    """In a backup stands how the one before it went; that must not look like how things are now."""
    keep_gauges(place.store, {keeping.GAUGE: 1}, MONDAY)
    made = back_up(place, on_sqlite.backups / "x.backup")
    place.store.engine.dispose()
    on_sqlite.lose()
    restore(made.path, on_sqlite.config, now=lambda: MONDAY)

    with workplace(on_sqlite.config, lambda: MONDAY) as restored:
        assert gauge(restored) is None
        assert keeping.is_due(restored, MONDAY)


def test_a_backup_bears_a_time_from_before_it_looked(place: Workplace, on_sqlite: Board) -> None:
    """Whoever asks what is missing since then must not miss what was decided while it was being made."""
    clock = iter(MONDAY + minutes * timedelta(minutes=1) for minutes in range(100))
    slow = Workplace(place.config, place.connectors, place.store, lambda: next(clock))
    assert back_up(slow, on_sqlite.backups / "x.backup").manifest.made_at == MONDAY


def test_without_a_folder_nothing_is_due_and_nothing_grows_old(place: Workplace, on_sqlite: Board) -> None:
    """A board that backs up its machine some other way must not hear each week that it does not."""
    keeping.back_up_of_today(place)
    on_sqlite.write_config()
    with workplace(on_sqlite.config, lambda: MONDAY + 9 * DAY) as without:
        assert not keeping.is_due(without, MONDAY + 9 * DAY)
        keeping.forget(without)
        assert gauge(without) is None


# ---- the commands


def test_the_commands_make_try_and_put_back(on_sqlite: Board, ibpmon: Run) -> None:
    """As the manual says it, from making to the ledger that holds."""
    on_sqlite.with_key()
    config = ("--config", on_sqlite.config)
    out = on_sqlite.backups / "monday.backup"

    made = ibpmon("backup", "--out", out, *config)
    assert (made.code, str(out) in made.out, "NOT encrypted" in made.out) == (0, True, False)
    assert "can be restored" in ibpmon("restore", out, "--try", *config).out
    told = json.loads(ibpmon("restore", out, "--try", "--json", *config).out)
    assert told["rows"]["ledger"] == 3
    assert ibpmon("restore", out, *config).code == 1
    on_sqlite.lose()

    answer = ibpmon("restore", out, *config)

    assert (answer.code, "put back" in answer.out) == (0, True)
    assert json.loads(ibpmon("ledger", "verify", "--json", *config).out)["wrong"] is None


def test_a_backup_without_a_place_says_what_to_do(on_sqlite: Board, ibpmon: Run) -> None:
    """And one that nobody closed says so."""
    answer = ibpmon("backup", "--config", on_sqlite.config)
    assert (answer.code, "--out" in answer.err) == (3, True)
    made = ibpmon("backup", "--out", on_sqlite.backups / "a", "--config", on_sqlite.config)
    assert "NOT encrypted" in made.out
    on_sqlite.write_config('folder = "backups"')
    told = json.loads(ibpmon("backup", "--json", "--config", on_sqlite.config).out)
    assert (Path(told["file"]).parent, told["encrypted"]) == (on_sqlite.backups, False)


def test_the_daemon_makes_the_backup_and_a_failure_is_a_line_in_its_log(
    place: Workplace, on_sqlite: Board, caplog: pytest.LogCaptureFixture
) -> None:
    """It holds up no other work; the gauge is what the rule and `ibpmon status` look at."""
    daemon.keep(place, Event())
    assert len(list(on_sqlite.backups.iterdir())) == 1
    shutil.rmtree(on_sqlite.backups)

    daemon.keep(at(place, MONDAY + DAY), Event())

    assert "is not there" in caplog.text
    assert gauge(place) == 1


def test_nobody_is_signed_in_after_a_restore(board: Board) -> None:
    """A session that was ended since, of a telephone that was lost, would open the pages again."""
    held: dict[str, Any] = {
        "tenant_id": 1,
        "account": "chris",
        "name": "",
        "user_name": "",
        "app_roles": [],
        "created_at": MONDAY,
    }
    held |= {"used_at": MONDAY, "expires_at": MONDAY}
    with workplace(board.config, lambda: MONDAY) as place, place.store.write() as session:
        session.execute(insert(table_of(WebSession)), [held | {"session_hash": one} for one in "ab"])
    made = made_of(board)
    board.lose()
    restore(made.path, board.config, now=lambda: MONDAY)

    with workplace(board.config, lambda: MONDAY) as place, place.store.read() as session:
        assert session.execute(select(table_of(WebSession))).all() == []
    assert verdict(board).wrong is None
