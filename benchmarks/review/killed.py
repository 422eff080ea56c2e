"""Processes that open a round, decide, sign or look at tasks, killed at any moment: nothing half, nothing double."""

import multiprocessing
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import delete, func, insert, select, text

from benchmarks.figures import Figure, Measured, Measurement, Values
from benchmarks.review.access import databases
from benchmarks.tell.kills import PRELOAD
from benchmarks.tell.tampering import everything
from ibpmon import language
from ibpmon.errors import RefusedError
from ibpmon.review.bureau import Bureau
from ibpmon.review.proving import faults
from ibpmon.review.standing import reviews
from ibpmon.review.verifying import verify
from ibpmon.store import ledger
from ibpmon.store.database import Store, open_store
from ibpmon.store.review_tables import FIXED
from ibpmon.store.tables import Base, Outbox
from tests.access_world import datasets
from tests.conftest import BOARD_NAME, MONDAY, TENANT, postgres_runs
from tests.review_world import all_decided, board, bureau_of, later, opened, read_again, say, sign
from tests.test_review_followup import report_all

SEED, KILLS = 20261124, {False: 10, True: 100}
BEYOND = 1.25  # kills fall from the beginning to this many times what it takes
COUNTED = (*FIXED, "ledger", "outbox")
Rows = Mapping[Any, list[dict[str, Any]]]


# ---- what is killed


def freeze(bureau: Bureau) -> None:
    """Open the round: items, roots, ledger and letters."""
    opened(bureau)


def decide(bureau: Bureau) -> None:
    """Answer about two at once, as somebody who saw no answer yet."""
    say(bureau, 1, 2, 3, verb="revoke", seen={2: 0, 3: 0})


def put_sign(bureau: Bureau) -> None:
    """Sign: the statement, the tasks, the mails."""
    sign(bureau, 1)


def look(bureau: Bureau) -> None:
    """See what became of the tasks."""
    verify(later(bureau, 2))


def followed(bureau: Bureau) -> None:
    """What has to be there before somebody looks: signed, all reported, and read again."""
    put_sign(bureau)
    report_all(later(bureau, 1))
    read_again(bureau.store, 2, without="kees")


ACTS: Mapping[str, Callable[[Bureau], None]] = {"freeze": freeze, "decide": decide, "sign": put_sign, "verify": look}
# What comes before each act, after what came before the act before it.
READY: Mapping[str, Callable[[Bureau], None]] = {
    "freeze": lambda bureau: board().save(bureau.store), "decide": freeze,
    "sign": lambda bureau: all_decided(bureau, 1), "verify": lambda bureau: followed(bureau),
}  # fmt: skip


def live(url: str, folder: str, act: str, pipe: Pipe) -> None:
    """What the process does: say that it begins, do it, say that it is done, and wait for its end."""
    language.use("en")
    store = open_store(url, datasets(), TENANT, BOARD_NAME, MONDAY)
    bureau = bureau_of(store, Path(folder))
    pipe.send("begins")
    ACTS[act](bureau)
    pipe.send("done")
    signal.pause()


# ---- the world around it


@dataclass(slots=True)
class Score:
    """What the kills of one act left behind."""

    kills: int = 0
    inside: int = 0
    as_before: int = 0
    half: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Yard:
    """One database that is put back to one moment again and again."""

    url: str
    folder: Path
    rows: Rows

    @property
    def file(self) -> Path | None:
        """The file, when it is one."""
        return Path(self.url.removeprefix("sqlite:///")) if self.url.startswith("sqlite") else None

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The store, open."""
        store = open_store(self.url, datasets(), TENANT, BOARD_NAME, MONDAY)
        try:
            yield store
        finally:
            store.engine.dispose()

    def put_back(self) -> None:
        """Everything as it was before the act; what a killed process left of its transaction goes too."""
        if self.file:
            for end in ("", "-wal", "-shm"):
                self.file.with_name(self.file.name + end).unlink(missing_ok=True)
            shutil.copyfile(self.file.with_suffix(".before"), self.file)
            return
        with self.store() as store, store.engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for table, rows in self.rows.items():
                connection.execute(delete(table))
                if rows:
                    connection.execute(insert(table), rows)


def prepared(url: str, folder: Path, act: str) -> Yard:
    """A database in which all is there that comes before the act."""
    store = open_store(url, datasets(), TENANT, BOARD_NAME, MONDAY)
    try:
        READY[act](bureau_of(store, folder))
        rows = everything(store)
        if url.startswith("sqlite"):
            with store.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        store.engine.dispose()
    yard = Yard(url, folder, rows)
    if yard.file:
        shutil.copyfile(yard.file, yard.file.with_suffix(".before"))
    return yard


# ---- measuring


def measured(name: str, url: str, folder: Path, kills: int) -> Values:
    """All acts on one database, one after another: each begins where the one before it ended."""
    values = dict[str, Measured]()
    for act in ACTS:
        yard = prepared(url, folder, act)
        score, seconds = killed_again_and_again(yard, act, kills)
        yard.put_back()
        told = f"{score.kills} kills in {BEYOND} times {seconds * 1000:.0f} ms: {score.inside} inside, "
        told += f"{score.as_before} left it as before; {'; '.join((score.half + score.other)[:3]) or 'no fault'}"
        found = {"landed_inside": score.inside, "half_or_double": len(score.half), "not_the_same": len(score.other)}
        values |= {f"review_kills.{act}.{one}.{name}": Measured(value, told, kills) for one, value in found.items()}
    return values


def killed_again_and_again(yard: Yard, act: str, kills: int) -> tuple[Score, float]:
    """One act, killed so many times; and how long it takes when nobody kills it."""
    random, score, before = Random(f"{SEED} {act}"), Score(), counted(yard)
    seconds = [run(yard, act, None)[1] for _ in range(2)][-1]
    after = counted(yard)
    for _number in range(kills):
        wait = random.uniform(0, BEYOND * seconds)
        is_done, _seconds = run(yard, act, wait)
        score.kills += 1
        score.inside += not is_done
        look_at(yard, act, (before, after), f"killed after {wait * 1000:.0f} ms", score)
    return score, seconds


def run(yard: Yard, act: str, wait: float | None) -> tuple[bool, float]:
    """Let a process do it from the beginning, and kill it so long after it began; whether it was done, and how long."""
    yard.put_back()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*PRELOAD, "benchmarks.review.killed"])
    ours, theirs = context.Pipe()
    process = context.Process(target=live, args=(yard.url, str(yard.folder), act, theirs))
    process.start()
    theirs.close()
    assert ours.recv() == "begins"
    begun = time.perf_counter()
    is_done = ours.poll(wait)
    seconds = time.perf_counter() - begun
    if is_done and wait is not None:
        time.sleep(max(0.0, wait - seconds))
    process.kill()
    process.join()
    return is_done, seconds


def look_at(yard: Yard, act: str, known: tuple[dict[str, int], dict[str, int]], told: str, score: Score) -> None:
    """Whether it is as before or as after, and as after when it is done again."""
    with yard.store() as store:
        found, faults_then = counts(store), wrong(store)
        try:
            ACTS[act](bureau_of(store, yard.folder))
        except RefusedError:
            score.other += [] if found == known[1] else [f"{told}: refused"]
        same, faults_now = counts(store) == known[1], wrong(store)
    score.as_before += found == known[0]
    score.half += [f"{told}: {found in known} {faults_then}"] if found not in known or faults_then else []
    score.other += [f"{told}: {same} {faults_now}"] if not same or faults_now else []


def counted(yard: Yard) -> dict[str, int]:
    """How many rows there are now of each thing in this database."""
    with yard.store() as store:
        return counts(store)


def counts(store: Store) -> dict[str, int]:
    """How many rows there are of each thing."""
    tables = [Base.metadata.tables[name] for name in COUNTED]
    with store.read() as session:
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def wrong(store: Store) -> list[str]:
    """What does not fit together: a chain, a review, a mail that is there twice."""
    with store.read() as session:
        found = ["ledger"] if ledger.verify(session, store).wrong is not None else []
        for one in reviews(session, store):
            found += [f"{fault.table} {fault.line}" for fault in faults(session, store, one.review_id)]
        mails = [(one.subject, tuple(one.recipients)) for one in session.scalars(select(Outbox))]
    return found + (["mail twice"] if len(mails) != len(set(mails)) else [])


NAMES = ("SQLite", *(["PostgreSQL"] if postgres_runs() else []))
BARS = {"landed_inside": ("kills", ">= 1"), "half_or_double": ("kills", "== 0"), "not_the_same": ("kills", "== 0")}
FIGURES = tuple(
    Figure(f"review_kills.{act}.{one}.{name}", *bar) for name in NAMES for act in ACTS for one, bar in BARS.items()
)


def measure_killed(full: bool) -> Values:
    """Every act on SQLite, and on PostgreSQL where that runs."""
    values = dict[str, Measured]()
    with TemporaryDirectory() as folder:
        for name, url in databases(Path(folder)):
            values |= measured(name, url, Path(folder), KILLS[full])
    return values


MEASUREMENTS = (Measurement(FIGURES, measure_killed),)
