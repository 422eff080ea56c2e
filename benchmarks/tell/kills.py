"""Mails through a real server over TLS, while the process that sends them is killed between the 250 and the commit."""

import multiprocessing
import os
import random
import signal
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import trustme
from sqlalchemy import create_engine, select, text

from benchmarks.figures import Figure, Measured, Measurement, Values
from ibpmon.config import Mail
from ibpmon.demo.microsoft.mailbox import Mailbox
from ibpmon.store.database import Store, open_store
from ibpmon.store.tables import Outbox
from ibpmon.tell.outbox import LEASE, Draft, deliver, enqueue
from ibpmon.tell.transports import Accepted, Letter, Refused, Smtp
from tests.conftest import POSTGRES, postgres_runs

MAILS, KILLS = {False: 300, True: 1_500}, {False: 60, True: 300}
MOST_BETWEEN = 9  # mails that a process sends before it is killed, at most; at least that one
BEGIN = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
BOARD = str(UUID(int=1))
SENDER, READER = "ibpmon@verzonnenwaaier.example", "ict@verzonnenwaaier.example"
# What each process would import anew: with these a process is there in a moment.
PRELOAD = ["benchmarks.tell.kills", "alembic.command", "alembic.context", "sqlalchemy.dialects.postgresql.psycopg"]


# ---- the process that is killed


class Mortal:
    """A way of mail of which the `after`-th 250 is the last thing that this process hears; 0: it lives."""

    def __init__(self, way: Smtp, after: int) -> None:
        self.way, self.left = way, after

    def send(self, letter: Letter, accepted: Accepted) -> None:
        """Hand over one mail, and die before it is written down when it is time."""

        def heard(refused: Refused) -> None:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            accepted(refused)

        self.way.send(letter, heard)


def send_until_killed(url: str, mail: str, now: str, after: int) -> None:
    """What one process does: send what is due."""
    moment = datetime.fromisoformat(now)
    store = open_store(url, [], BOARD, "Waaier", moment)
    deliver(store, Mortal(Smtp(Mail.model_validate_json(mail)), after), moment)


# ---- the world around it


@contextmanager
def mail_server(folder: Path) -> Iterator[tuple[Mailbox, Mail]]:
    """A mail server with STARTTLS and a password, and the configuration that reaches it."""
    authority, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    (folder / "password.txt").touch(mode=0o600)
    (folder / "password.txt").write_text("geheim-van-de-waaier", encoding="ascii")
    box = Mailbox(folder / "mails", context, "geheim-van-de-waaier")
    box.start()
    settings = {
        "from": SENDER, "host": box.smtp.host, "port": box.smtp.port, "user": box.smtp.user,
        "password": folder / "password.txt", "ca": folder / "ca.pem", "to": {"it": [READER]},
    }  # fmt: skip
    try:
        yield box, Mail.model_validate(settings)
    finally:
        box.stop()


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'ibpmon.db'}"
        return
    engine, name = create_engine(with_driver(POSTGRES), isolation_level="AUTOCOMMIT"), f"kills_{uuid4().hex}"
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    try:
        yield f"{POSTGRES}?options=-csearch_path%3D{name}"
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        engine.dispose()


def with_driver(address: str) -> str:
    """The address as the engine wants it."""
    return address.replace("postgresql://", "postgresql+psycopg://", 1)


# ---- the measurement


def fill(store: Store, count: int) -> dict[str, str]:
    """Mails in the outbox; the Message-ID of each, by its subject."""
    found = {}
    with store.write() as session:
        for number in range(1, count + 1):
            draft = Draft("alert", f"mail {number}", "tekst", "<p>tekst</p>")
            found[draft.subject] = enqueue(session, store, draft, SENDER, [READER], BEGIN).message_id
    return found


def kill_again_and_again(url: str, mail: Mail, kills: int, seed: int) -> int:
    """Let one process after another send, each after the lease of the one before it; gives how many were killed."""
    chance, context = random.Random(seed), multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    killed = 0
    for number in range(kills + 1):
        now = BEGIN + number * (LEASE + timedelta(minutes=1))
        after = chance.randint(1, MOST_BETWEEN) if number < kills else 0
        settings = mail.model_dump_json(by_alias=True)
        process = context.Process(target=send_until_killed, args=(url, settings, now.isoformat(), after))
        process.start()
        process.join()
        killed += process.exitcode == -signal.SIGKILL
    return killed


def received(box: Mailbox) -> list[tuple[str, str]]:
    """Subject and Message-ID of every mail that the server took."""
    mails = (message_from_bytes(path.read_bytes(), policy=policy.default) for path in box.mails)
    return [(str(mail["Subject"]), str(mail["Message-ID"])) for mail in mails]


def measured(kind: str, full: bool) -> Values:
    """One database: fill it, kill and kill again, and count on both sides."""
    seed, mails, kills = random.randrange(2**32), MAILS[full], KILLS[full]
    with TemporaryDirectory() as name, mail_server(Path(name)) as (box, mail), database(kind, Path(name)) as url:
        store = open_store(url, [], BOARD, "Waaier", BEGIN)
        try:
            numbers = fill(store, mails)
            killed = kill_again_and_again(url, mail, kills, seed)
            with store.read() as session:
                counted = sum(session.scalars(select(Outbox.repeats)))  # type: ignore[call-overload]  # a column at run time
        finally:
            store.engine.dispose()
        taken = received(box)
    arrived, note = Counter(subject for subject, _number in taken), f"seed {seed}: {killed} of {kills} killed"
    repeats = len(taken) - len(arrived)
    right = sum(numbers.get(subject) == number for subject, number in taken)
    values = {
        "kills": killed if killed == kills else None,
        "lost": mails - len(arrived),
        "repeats": repeats,
        "repeats_not_counted": abs(repeats - counted),
        "same_message_id_share": round(right / len(taken), 4) if taken else None,
    }
    size = f"{mails:,} mails, {kills} kills"
    return {f"kills.{figure}{ending(kind)}": Measured(value, note, 1, size) for figure, value in values.items()}


def ending(kind: str) -> str:
    """What the name of a figure ends with."""
    return "" if kind == "sqlite" else f".{kind}"


KINDS = ("sqlite", *(["postgresql"] if postgres_runs() else []))
BARS = {
    "kills": ("kills", f">= {KILLS[False]}"),
    "lost": ("mails", "== 0"),
    "repeats": ("mails", ""),
    "repeats_not_counted": ("mails", "== 0"),
    "same_message_id_share": ("share", "== 1"),
}
FIGURES = tuple(Figure(f"kills.{name}{ending(kind)}", *bar) for kind in KINDS for name, bar in BARS.items())


def measure_kills(full: bool) -> Values:
    """On SQLite, and on PostgreSQL where that runs."""
    return {name: value for kind in KINDS for name, value in measured(kind, full).items()}


MEASUREMENTS = (Measurement(FIGURES, measure_kills),)
