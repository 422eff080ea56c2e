"""One round of each connector: a run is whole, or it says what is missing and the last whole one stays."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from ibpmon.collect import runs
from ibpmon.collect.changes import read_delta
from ibpmon.collect.children import no_parents, read_each
from ibpmon.collect.connectors import Connector
from ibpmon.collect.events import read_since
from ibpmon.collect.job import Job, Part, break_off, give_up, needed
from ibpmon.collect.lists import read_board_file, read_list
from ibpmon.collect.queries import read_query
from ibpmon.collect.runs import FAILED, SKIPPED, Outcome
from ibpmon.config import Config
from ibpmon.errors import ContentError, IbpmonError, SourceError, StoreError
from ibpmon.language import N_
from ibpmon.progress import Progress, silent
from ibpmon.providers.waiting import Stopped
from ibpmon.store.database import Store
from ibpmon.store.tables import Run

Providers = Mapping[str, Any]  # the client of each provider by name; None when the board has none

READERS: Mapping[str, Callable[[Job], list[Run]]] = {
    "list": read_list,
    "single": read_list,
    "since": read_since,
    "each": read_each,
    "delta": read_delta,
    "query": read_query,
}


def collect(
    connectors: Mapping[str, Connector],
    providers: Any,
    store: Store,
    config: Config,
    now: datetime,
    progress: Progress = silent,
    only: Collection[str] | None = None,
    believe: Collection[str] = (),
) -> list[Run]:
    """Run each connector once (or `only` these), parents first; each gives a Run that says how it went.

    `providers` gives the client of each provider, or is the only one there is: Graph. A source that cannot be read
    ends its own run only. `believe` names the connectors whose sudden emptiness a person has looked at: without it
    such a run ends nobody's stay.
    """
    clients = providers if isinstance(providers, Mapping) else {"graph": providers}
    ended: list[Run] = []
    for one in connectors.values():
        if is_asked(one, connectors, only) and not stopped(clients):
            ended += collect_one(one, connectors, clients, store, config, now, progress, believe=believe)
    return ended


def is_asked(connector: Connector, connectors: Mapping[str, Connector], only: Collection[str] | None) -> bool:
    """Whether a connector is run by itself; a part comes with its parent, also when only the part is asked for."""
    if connector.shape == "part" and connector.over in connectors:
        return False
    return only is None or connector.id in only or any(one.id in only for one in parts_of(connector, connectors))


def parts_of(connector: Connector, connectors: Mapping[str, Connector]) -> list[Connector]:
    """The connectors whose rows stand inside the answers of this one."""
    return [one for one in connectors.values() if one.shape == "part" and one.over == connector.id]


def stopped(clients: Providers) -> bool:
    """Whether ibpmon was told to stop."""
    return any(client.waiting.stop.is_set() for client in clients.values() if client is not None)


def collect_one(
    connector: Connector,
    connectors: Mapping[str, Connector],
    clients: Providers,
    store: Store,
    config: Config,
    now: datetime,
    progress: Progress,
    *,
    believe: Collection[str],
) -> list[Run]:
    """Run one connector with its parts; what we did not expect marks the run failed and goes on up."""
    begun, resumed = begin(connector, connectors, store, now)
    run, *others = begun
    parts = [Part(one, run) for one, run in zip(parts_of(connector, connectors), others, strict=True)]
    client = clients.get(connector.source)
    job = Job(connector, connectors, run, client, store, config, now, progress, believe, tuple(parts), resumed)
    try:
        return reader(job)(job)
    except Stopped as error:
        return leave(connector)(job, runs.failure(error, ""))
    except (SourceError, ContentError) as error:
        return give_up(job, runs.failure(error, needed(connector, error)))
    except BaseException as error:
        with suppress(SQLAlchemyError, StoreError):  # the database itself may be what failed
            leave(connector)(job, unexpected(error))
        raise


def begin(
    connector: Connector, connectors: Mapping[str, Connector], store: Store, now: datetime
) -> tuple[Sequence[Run], int | None]:
    """The new runs of a connector and its parts, and the run with which they go on, if one was broken off."""
    names = [connector.id, *(one.id for one in parts_of(connector, connectors))]
    with store.write() as session:
        old = runs.broken_off(session, store, names, now) if goes_on(connector) else []
        begun = [runs.start(session, store, name, now, keep=bool(old)) for name in names]
        for one, new in zip(old, begun, strict=False):
            runs.take_over(session, store, one, new)
    return begun, old[0].run_id if old else None


def goes_on(connector: Connector) -> bool:
    """Whether a run that was broken off is of use to the next: it has read some parents whole."""
    return connector.shape in ("each", "delta") and bool(connector.over)


def leave(connector: Connector) -> Callable[[Job, Outcome], list[Run]]:
    """How a run is left that is stopped halfway."""
    return break_off if goes_on(connector) else give_up


def unexpected(error: BaseException) -> Outcome:
    """FAILED by what is no source's fault; an error of ours says why, of any other only its kind is told."""
    if isinstance(error, IbpmonError):
        return runs.failure(error, "")
    reason, fix = N_("this round was broken off by an error ({kind})"), N_("report it; the log says where it happened")
    return Outcome(FAILED, reason, {"kind": type(error).__name__}, fix)


def reader(job: Job) -> Callable[[Job], list[Run]]:
    """The function that reads a connector of this source and shape."""
    connector = job.connector
    if connector.shape == "part":
        return lambda job: give_up(job, no_parents(N_("it is read with {over}, which is switched off"), connector.over))
    if connector.source == "file":
        return read_board_file
    if job.client is None:
        return lambda job: give_up(job, no_credential(connector.source))
    return READERS[connector.shape]


def no_credential(provider: str) -> Outcome:
    """SKIPPED, because the board gave no way in."""
    if provider == "graph":
        reason, fix = N_("config.toml names no app registration"), N_("import downloads, or fill in tenant.client_id")
        return Outcome(SKIPPED, reason, {}, fix, missing="credential:graph")
    reason = N_("config.toml has no [{provider}]: without a credential of its own this cannot be read")
    fix = N_("fill in [{provider}] in config.toml, as config.example.toml explains, or leave the connector off")
    return Outcome(SKIPPED, reason, {"provider": provider}, fix, missing=f"credential:{provider}")
