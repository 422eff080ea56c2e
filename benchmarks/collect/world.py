"""A board that is served and read: the simulated Microsoft, a configuration for it, and clients on a clock of ours."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

from benchmarks.collect.facts import everything
from ibpmon.collect.connectors import Connector
from ibpmon.config import Board as BoardSettings
from ibpmon.config import Config, Datto, Mail, SharePoint, Tenant
from ibpmon.demo.board import Board
from ibpmon.demo.microsoft import Microsoft
from ibpmon.demo.play import write_certificate
from ibpmon.providers import Providers, datto_of, graph_of, sharepoint_of
from ibpmon.providers.budget import Budgets, Limit
from ibpmon.providers.leases import Leases
from ibpmon.providers.waiting import Waiting
from ibpmon.store.database import Store, open_store

APP, SECOND = "99999999-9999-4999-8999-999999999999", "88888888-8888-4888-8888-888888888888"
SECRET, DATTO_KEY = "correct-horse", "ABCDEF0123456789"
FREE = Limit(10**9, 1.0)  # a family that nothing limits
ALL_LICENCES = ("P1", "P2", "INTUNE", "SPO")


class Clock:
    """A clock that only waiting moves: hours of waiting pass in no time."""

    def __init__(self) -> None:
        self._now, self._lock = 1_000_000.0, Lock()

    def __call__(self) -> float:
        """The moment."""
        return self._now

    def wait(self, seconds: float) -> None:
        """Let the time go by."""
        with self._lock:
            self._now += max(seconds, 0.0)


def connectors() -> dict[str, Connector]:
    """Every connector that asks a provider, in order of reading; a board's own files are not served by anyone."""
    return {name: one for name, one in everything().items() if one.source != "file"}


def register(microsoft: Microsoft, known: Mapping[str, Connector]) -> None:
    """The two app registrations and an API user; beside what the connectors need, only the right to hidden members."""
    needed = {name for one in known.values() if one.source == "graph" for name in one.permissions}
    microsoft.register(APP, secret=SECRET, permissions={*needed, "Member.Read.Hidden"})
    write_certificate(microsoft.folder / "ibpmon.pem", datetime.now().astimezone())
    public = (microsoft.folder / "ibpmon-public.pem").read_text(encoding="ascii")
    microsoft.register(SECOND, certificate_pem=public, permissions=["SharePoint:Sites.FullControl.All"])
    microsoft.rmm.register(DATTO_KEY, SECRET)


def configuration(folder: Path, addresses: Mapping[str, str]) -> Config:
    """The configuration of a board that reads everything; `addresses` are those of a simulated Microsoft."""
    secret = folder / "secret.txt"
    secret.touch(mode=0o600)
    secret.write_text(SECRET, encoding="ascii")
    where = {"authority": addresses["authority"], "graph": addresses["graph"], "ca": Path(addresses["ca"])}
    pem = folder / "ibpmon.pem"
    return Config(
        board=BoardSettings(name="Stichting De Verzonnen Waaier"),
        tenant=Tenant(id=addresses["tenant"], client_id=APP, secret=secret, **where),  # type: ignore[arg-type]
        sharepoint=SharePoint(address=addresses["sharepoint"], client_id=SECOND, certificate=pem),
        datto=Datto(address=addresses["datto"], key=DATTO_KEY, secret=secret),
        mail=Mail.model_validate({"from": "ibpmon@x.example", "host": "localhost", "to": {"it": ["ict@x.example"]}}),
    )


def addresses_of(microsoft: Microsoft) -> dict[str, str]:
    """Where a simulated Microsoft listens."""
    return {
        "tenant": microsoft.tenant_id, "authority": microsoft.authority, "graph": microsoft.graph,
        "ca": str(microsoft.ca), "sharepoint": microsoft.sharepoint, "datto": microsoft.datto,
    }  # fmt: skip


def opened(folder: Path, known: Mapping[str, Connector], now: datetime) -> Store:
    """A fresh store with the tables of these connectors."""
    path = folder / f"{uuid4().hex}.db"
    return open_store(f"sqlite:///{path}", [one.dataset for one in known.values()], str(uuid4()), "Waaier", now)


@contextmanager
def connected(
    config: Config,
    limits: Mapping[str, Limit],
    store: Store | None = None,
    clock: Clock | None = None,
) -> Iterator[Providers]:
    """The clients of everything, with these limits; a store shares them, a clock waits in no time."""
    waiting = Waiting(None, clock, clock.wait) if clock else Waiting()
    budgets = Budgets(waiting, limits, Leases(store) if store else None)
    clients = {
        "graph": graph_of(config.tenant, budgets, waiting),
        "sharepoint": sharepoint_of(config, budgets, waiting),
        "datto": datto_of(config, budgets, waiting),
    }
    with Providers(clients, budgets, waiting) as providers, quietly():
        yield providers


@contextmanager
def quietly() -> Iterator[None]:
    """Without a line for each request that is refused: thousands of them are meant to be."""
    log = logging.getLogger("ibpmon.providers")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


@contextmanager
def serving(board: Board, folder: Path, known: Mapping[str, Connector], **more: Any) -> Iterator[Microsoft]:
    """A simulated Microsoft that listens in this process, with our app registrations."""
    with ExitStack() as stack:
        microsoft = stack.enter_context(Microsoft(board, folder=folder, licences=ALL_LICENCES, **more))
        register(microsoft, known)
        yield microsoft
