"""Reading what others keep: sign-in, pacing, one guarded client, decoding and the shapes of a read."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ibpmon.config import Tenant
    from ibpmon.providers.client import Graph


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
    from ibpmon.providers.auth import Tokens
    from ibpmon.providers.budget import Budgets
    from ibpmon.providers.client import Graph
    from ibpmon.providers.session import Session
    from ibpmon.providers.waiting import Waiting

    waiting = Waiting(stop, clock, wait)
    session = Session([tenant.authority, tenant.graph], ca=tenant.ca, proxy=tenant.proxy)
    return Graph(session, Tokens(tenant, session), tenant.graph, Budgets(waiting), waiting)
