"""Reading what others keep: sign-in, pacing, guarded clients, decoding and the shapes of a read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from threading import Event
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from ibpmon.config import Config, Tenant
    from ibpmon.providers.auth import Tokens
    from ibpmon.providers.budget import Budgets
    from ibpmon.providers.client import Client, Graph
    from ibpmon.providers.waiting import Waiting
    from ibpmon.store.database import Store

# What the client of a source measures: without that client these say nothing any more.
GAUGES = {"graph": ("certificate_ends", "clock_offset_seconds"), "sharepoint": ("sharepoint_certificate_ends",)}


def connect(
    tenant: Tenant,
    *,
    stop: Event | None = None,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], object] | None = None,
) -> Graph:
    """The client of one tenant; it signs in at the first request, so it can be built without a network.

    `stop` ends every wait; `clock` and `wait` are there for tests. The imports stand inside because
    `ibpmon --help` must not pay for an HTTP library.
    """
    from ibpmon.providers.budget import Budgets
    from ibpmon.providers.waiting import Waiting

    waiting = Waiting(stop, clock, wait)
    return graph_of(tenant, Budgets(waiting), waiting)


def connect_all(
    config: Config,
    store: Store | None = None,
    *,
    stop: Event | None = None,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], object] | None = None,
    wall: Callable[[], float] | None = None,
    users: int | None = None,
    licences: int | None = None,
) -> Providers:
    """The clients of everything that this board has configured; they share their budgets.

    With a `store` the budgets are shared with every other process on that database. `users` and `licences` are the
    size of the tenant as it was last read: how much Microsoft allows depends on them. Leave no transaction of this
    process open around a read: taking of a shared budget needs one of its own.
    """
    from ibpmon.providers.budget import Budgets, limits_for
    from ibpmon.providers.waiting import Waiting

    waiting = Waiting(stop, clock, wait, wall)
    ledger = None
    if store:
        from ibpmon.providers.leases import Leases

        ledger = Leases(store)
    budgets = Budgets(waiting, limits_for(users, licences), ledger)
    clients = {
        "graph": graph_of(config.tenant, budgets, waiting) if config.tenant.client_id else None,
        "sharepoint": sharepoint_of(config, budgets, waiting),
        "datto": datto_of(config, budgets, waiting),
    }
    return Providers(clients, budgets, waiting)


class Providers(Mapping[str, "Client | None"]):
    """The client of each source by its name in a connector; None for one that the board has not configured."""

    def __init__(self, clients: Mapping[str, Client | None], budgets: Budgets, waiting: Waiting) -> None:
        self._clients, self.budgets, self.waiting = dict(clients), budgets, waiting

    def __getitem__(self, name: str) -> Client | None:
        return self._clients[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._clients)

    def __len__(self) -> int:
        return len(self._clients)

    def __enter__(self) -> Self:
        """Itself; leaving the block closes every connection and gives back what was leased."""
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def measured(self) -> Mapping[str, int | None]:
        """What the clients saw on the way, by the name of its gauge; None for what there is not, or not any more."""
        gone = [name for client, names in GAUGES.items() if self.get(client) is None for name in names]
        seen = [client.measured() for client in self._clients.values() if client]
        return dict.fromkeys(gone) | {name: value for one in seen for name, value in one.items()}

    def close(self) -> None:
        """Give back what was leased and close every connection."""
        self.budgets.close()
        for client in self._clients.values():
            if client:
                client.close()


def connect_mail(config: Config, store: Store | None = None, *, stop: Event | None = None) -> Graph:
    """The client that may send mail, and from the mailbox of the configuration alone; those that read may not.

    Its budget is its own: whoever collects asks for other things.
    """
    from ibpmon.providers.budget import LIMITS, Budgets
    from ibpmon.providers.leases import Leases
    from ibpmon.providers.sending import FAMILY
    from ibpmon.providers.waiting import Waiting

    waiting = Waiting(stop)
    budgets = Budgets(waiting, {FAMILY: LIMITS[FAMILY]}, Leases(store) if store else None)
    return graph_of(config.tenant, budgets, waiting, config.mail.sender)


def tokens_for(tenant: Tenant, root: str) -> Tokens:
    """The tokens of the app registration for another service of Microsoft than those that are read."""
    from ibpmon.providers.auth import Tokens
    from ibpmon.providers.session import Session

    return Tokens(tenant, Session([tenant.authority], ca=tenant.ca, proxy=tenant.proxy), root=root)


def graph_of(tenant: Tenant, budgets: Budgets, waiting: Waiting, mailbox: str = "") -> Graph:
    """The client of Microsoft Graph; with a `mailbox` it may send mail from that one."""
    from ibpmon.providers.auth import Tokens
    from ibpmon.providers.client import Graph
    from ibpmon.providers.session import Session

    session = Session([tenant.authority, tenant.graph], ca=tenant.ca, proxy=tenant.proxy, mailbox=mailbox)
    return Graph(session, Tokens(tenant, session), tenant.graph, budgets, waiting)


def sharepoint_of(config: Config, budgets: Budgets, waiting: Waiting) -> Client | None:
    """The client of SharePoint REST, if the board gave its credential."""
    if not config.sharepoint:
        return None
    from ibpmon.providers.auth import Tokens
    from ibpmon.providers.session import Session
    from ibpmon.providers.sharepoint import SharePoint, as_second

    tenant, root = as_second(config, config.sharepoint), config.sharepoint.address
    session = Session([tenant.authority, root], ca=tenant.ca, proxy=tenant.proxy)
    tokens = Tokens(tenant, session, section="sharepoint", root=root)
    return SharePoint(session, tokens, root, budgets, waiting)


def datto_of(config: Config, budgets: Budgets, waiting: Waiting) -> Client | None:
    """The client of Datto RMM, if the board gave its keys."""
    if not config.datto:
        return None
    from ibpmon.providers.datto import Datto, DattoTokens
    from ibpmon.providers.session import Session

    session = Session([config.datto.address], ca=config.tenant.ca, proxy=config.tenant.proxy)
    return Datto(session, DattoTokens(config.datto, session, waiting), config.datto.address, budgets, waiting)
