"""Sites, their libraries and who may enter those: how fast, within which limits, and what a second look costs.

The simulated Microsoft runs in a process of its own, with a small board that has many sites.
"""

import multiprocessing
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import requests

from benchmarks.collect.world import (
    APP,
    FREE,
    SECRET,
    addresses_of,
    configuration,
    connected,
    connectors,
    opened,
    serving,
)
from benchmarks.figures import Figure, Measured, Measurement, Values
from ibpmon.collect.connectors import Connector
from ibpmon.collect.run import collect
from ibpmon.config import Config
from ibpmon.demo.board import Board, make_board
from ibpmon.demo.board.nouns import SIZES
from ibpmon.demo.microsoft import Microsoft
from ibpmon.demo.microsoft.answers import Request
from ibpmon.demo.microsoft.identity import Caller
from ibpmon.providers import Providers
from ibpmon.providers.budget import LIMITS, Limit
from ibpmon.store.database import Store

SITES, QUICK_SITES, ITEMS = 2_000, 200, 5
LATENCY = 0.05
UNITS, SECONDS = 6_250, 6.0  # the limit of the largest tenants, a minute made six seconds
SEQUENTIAL = 200  # requests of the yardstick that are really made
LISTED = ("sites", "drives", "drive-permissions")
CRAWLED = (*LISTED, "drive-items", "item-permissions", "site-admins", "site-lists", "site-rights", "site-group-members")
PLANTED = ("site-group-members", "site-admins", "drive-permissions")

SPEED = (Figure("crawl.ratio_to_sequential", "ratio", ">= 50"),)
PACE = (Figure("crawl.time_over_ideal", "ratio", "<= 1.10"), Figure("crawl.refused", "refusals", "== 0"))
SECOND = (
    Figure("crawl.second_units_per_drive", "units", "<= 1"),
    Figure("crawl.second_item_permissions", "requests", "== 0"),
    Figure("crawl.planted_changes_found", "changes", "== 3"),
    Figure("crawl.rest_requests", "requests"),
)


# ---- the other process


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the simulated Microsoft is to be."""

    sites: int
    folder: Path
    latency: float = 0.0
    units: int = 0  # in so many seconds; 0: no limit
    seconds: float = SECONDS


def serve(wanted: Wanted, orders: Connection) -> None:
    """Serve until the other side has had enough; answers one order after another."""
    SIZES["crawl"] = replace(SIZES["small"], sites=wanted.sites, drives=3 * wanted.sites, items=ITEMS)
    board = make_board("crawl", 1, datetime.now(UTC))
    limits = {"sharepoint": (wanted.units, wanted.seconds) if wanted.units else None}
    more: dict[str, Any] = {"reporting_limit": None, "limits": limits, "latency": wanted.latency}
    with serving(board, wanted.folder, connectors(), clock=lambda: board.now, **more) as microsoft:
        hasten(microsoft)
        orders.send((addresses_of(microsoft), board.now, sum(map(len, board.drives.values()))))
        while order := orders.recv():
            orders.send(ORDERS[order](microsoft, board))


def hasten(microsoft: Microsoft) -> None:
    """Look at each token once, and at no site for being locked: the server must not be what takes the time."""
    seen, look = dict[tuple[str, ...], Caller](), microsoft.identity.caller

    def caller(request: Request, *audience: str) -> Caller:
        key = (request.headers.get("authorization", ""), *audience)
        if key not in seen:
            seen[key] = look(request, *audience)
        return seen[key]

    microsoft.identity.caller = caller  # type: ignore[method-assign, assignment]
    microsoft.files.check_open = lambda ask: None  # type: ignore[method-assign]


def counted(microsoft: Microsoft, board: Board) -> dict[str, Counter[str]]:
    """What was asked since the last time, by kind; the questions of a batch each."""
    asked = [*microsoft.inner, *(seen for seen in microsoft.requests if not seen.path.endswith("/$batch"))]
    kinds = Counter(kind_of(seen.path) for seen in asked)
    found = {"asked": kinds, "spent": Counter(microsoft.spent), "refused": Counter(microsoft.refused)}
    for seen in (microsoft.inner, microsoft.requests, microsoft.spent, microsoft.refused):
        seen.clear()
    return found


def kind_of(path: str) -> str:
    """Which kind of question a path is."""
    path = path.partition("?")[0]
    if "/_api/" in path:
        return "rest"
    if "/items/" in path:
        return "item rights"
    return "changes" if "/delta" in path else KINDS.get(path.rsplit("/", 1)[-1].rsplit(".", 1)[-1], "other")


KINDS = {"getAllSites": "sites", "drives": "drives", "permissions": "rights"}
UNITS_OF = {"sites": 2, "drives": 2, "rights": 5}  # of one question of these kinds


def plant(microsoft: Microsoft, board: Board) -> list[tuple[str, str]]:
    """Three changes that show in one place each; gives the connector that must find it, and the name to look for."""
    sites = [site["id"] for site in board.sites if board.drives.get(site["id"]) and not site["isPersonalSite"]]
    in_group, in_admins, in_rights = (sites[len(sites) * part // 4] for part in (1, 2, 3))
    person = {"Id": 9_000, "LoginName": "planted", "Title": "Planted", "PrincipalType": 1, "Email": ""}
    board.role_assignments_of_site[in_group][1]["Member"]["Users"].append(person)
    board.site_admins[in_admins].append(person | {"IsSiteAdmin": True})
    right = {"id": "planted", "roles": ["read"], "grantedToV2": {"user": {"id": "planted", "displayName": "Planted"}}}
    board.permissions[board.drives[in_rights][0]["id"]].append(right)
    return [("site-group-members", "login_name"), ("site-admins", "login_name"), ("drive-permissions", "permission_id")]


ORDERS = {"count": counted, "plant": plant}


@dataclass(slots=True)
class Elsewhere:
    """The simulated Microsoft in its own process."""

    config: Config
    now: datetime
    drives: int
    orders: Connection

    def tell(self, order: str) -> Any:
        """Give an order and wait for the answer."""
        self.orders.send(order)
        return self.orders.recv()


@contextmanager
def elsewhere(sites: int, folder: Path, **more: Any) -> Iterator[Elsewhere]:
    """A simulated Microsoft in a process of its own."""
    mine, theirs = multiprocessing.Pipe()
    folder.mkdir()
    process = multiprocessing.get_context("spawn").Process(
        target=serve, args=(Wanted(sites, folder, **more), theirs), daemon=True
    )
    process.start()
    theirs.close()
    try:
        addresses, now, drives = mine.recv()
        yield Elsewhere(configuration(folder, addresses), now, drives, mine)
        mine.send("")
    finally:
        process.join(10)
        process.kill()


# ---- a crawl


def crawl(
    there: Elsewhere,
    names: Sequence[str],
    providers: Providers,
    store: Store,
    known: Mapping[str, Connector],
    day: int = 0,
) -> float:
    """One round of these connectors; gives the seconds. Each must be whole, else it is no crawl."""
    begun = time.perf_counter()
    at = there.now + timedelta(days=day)
    runs = collect(known, providers, store, there.config, at, only=names)
    seconds = time.perf_counter() - begun
    bad = [f"{run.connector} {run.state} {run.reason} {run.reason_values}" for run in runs if run.state != "FULL"]
    if bad:
        raise RuntimeError("; ".join(bad))
    return seconds


def known_connectors(names: Sequence[str]) -> dict[str, Connector]:
    """These connectors; the listing of sites asks for pages as large as they come."""
    found = {name: one for name, one in connectors().items() if name in names}
    return found | {"sites": replace(found["sites"], page=200)}


@contextmanager
def stored(folder: Path, known: Mapping[str, Connector], now: datetime) -> Iterator[Store]:
    """A store that is closed afterwards."""
    store = opened(folder, known, now)
    try:
        yield store
    finally:
        store.engine.dispose()


def warm(providers: Providers) -> None:
    """Sign in before the clock starts."""
    for name in ("graph", "sharepoint"):
        client = providers[name]
        assert client
        client.tokens.get()


# ---- as fast as it goes


def measure_speed(_full: bool) -> Values:
    """Our crawl beside one request after another, when only the way to Microsoft takes time.

    The quick form has as many sites: with fewer of them only the start would be measured.
    """
    tries = 3  # also in the quick form: the first turn is a cold one
    with tempfile.TemporaryDirectory() as name, elsewhere(SITES, Path(name) / "there", latency=LATENCY) as there:
        turns = sorted(turn(there, Path(name)) for _try in range(tries))
        each = sequential(there)
    seconds, asked = turns[tries // 2]
    alone = f"one after another {each * 1000:.1f} ms each, measured on {SEQUENTIAL} and scaled"
    told = f"{asked} calls in {seconds:.2f} s; {alone}"
    ratio = round(asked * each / seconds, 1)
    return {"crawl.ratio_to_sequential": Measured(ratio, told, tries, f"{SITES} sites, {there.drives} drives")}


def turn(there: Elsewhere, folder: Path) -> tuple[float, int]:
    """One crawl into a fresh store: the seconds, and the calls."""
    known = known_connectors(LISTED)
    with stored(folder, known, there.now) as store, connected(there.config, free(), store) as providers:
        warm(providers)
        seconds = crawl(there, LISTED, providers, store, known)
    asked = there.tell("count")["asked"]
    return seconds, sum(asked[kind] for kind in KINDS.values())


def free() -> dict[str, Limit]:
    """Nothing is limited."""
    return dict.fromkeys(LIMITS, FREE)


def sequential(there: Elsewhere) -> float:
    """Seconds per call of a plain session that asks one thing after another."""
    tenant = there.config.tenant
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(tenant.ca)
        form = {"grant_type": "client_credentials", "client_id": APP, "client_secret": SECRET}
        form["scope"] = f"{tenant.graph}/.default"
        token = session.post(f"{tenant.authority}/{tenant.id}/oauth2/v2.0/token", data=form, timeout=60).json()
        session.headers["Authorization"] = f"Bearer {token['access_token']}"
        page = session.get(f"{tenant.graph}/v1.0/sites/getAllSites?$top=200", timeout=60).json()
        links = [f"{tenant.graph}/v1.0/sites/{site['id']}/drives" for site in page["value"]][:SEQUENTIAL]
        begun = time.perf_counter()
        for link in links:
            session.get(link, timeout=60).json()
        return (time.perf_counter() - begun) / len(links)


# ---- within the limit of units


def measure_pace(full: bool) -> Values:
    """The same crawl when Microsoft counts units; a smaller board has a limit as much smaller."""
    return pace(SITES if full else QUICK_SITES)


def pace(sites: int, seconds: float = SECONDS) -> Values:
    """A crawl of so many sites within the limit."""
    units = UNITS * sites // SITES
    known = known_connectors(LISTED)
    limits = free() | {"sharepoint": Limit(units, seconds)}
    with (
        tempfile.TemporaryDirectory() as name,
        elsewhere(sites, Path(name) / "there", latency=LATENCY, units=units, seconds=seconds) as there,
        stored(Path(name), known, there.now) as store,
        connected(there.config, limits, store) as providers,
    ):
        warm(providers)
        took = crawl(there, LISTED, providers, store, known)
        found = there.tell("count")
    spent, refused = found["spent"]["sharepoint"], found["refused"]["sharepoint"]
    ideal = (spent - 1) // units * seconds + LATENCY
    told = f"{took:.1f} s for {spent} units of {units} per {seconds:.0f} s, which cannot take less than {ideal:.1f} s"
    return {
        "crawl.time_over_ideal": Measured(round(took / ideal, 3), told, size=f"{sites} sites"),
        "crawl.refused": Measured(refused, told, size=f"{sites} sites"),
    }


# ---- the second look


def measure_second(full: bool) -> Values:
    """A second look at so many sites."""
    return second(SITES if full else QUICK_SITES)


def second(sites: int) -> Values:
    """Everything once, then again with nothing changed, then with three changes that show in one place each."""
    known = known_connectors(CRAWLED)
    with (
        tempfile.TemporaryDirectory() as name,
        elsewhere(sites, Path(name) / "there") as there,
        stored(Path(name), known, there.now) as store,
        connected(there.config, free(), store) as providers,
    ):
        warm(providers)
        rounds = [timed(there, providers, store, known, day) for day in range(2)]
        planted = there.tell("plant")
        rounds.append(timed(there, providers, store, known, 2))
        seen = [which for which, column in planted if found(store, known[which], column)]
        size = f"{sites} sites, {there.drives} drives"
    return second_values(rounds, seen, size)


Round = tuple[float, dict[str, Counter[str]]]


def timed(there: Elsewhere, providers: Providers, store: Store, known: Mapping[str, Connector], day: int) -> Round:
    """One crawl of everything, and what it asked."""
    return crawl(there, CRAWLED, providers, store, known, day), there.tell("count")


def second_values(rounds: Sequence[Round], seen: Sequence[str], size: str) -> Values:
    """The figures of the second and the third crawl."""
    asked = [found["asked"] for _seconds, found in rounds]
    spent = [found["spent"]["sharepoint"] for _seconds, found in rounds]
    beyond = spent[1] - sum(units * asked[1][kind] for kind, units in UNITS_OF.items())
    took = ", ".join(f"{seconds:.0f} s and {units} units" for (seconds, _), units in zip(rounds, spent, strict=True))
    told = f"three crawls: {took}; questions of the second: {dict(asked[1])}"
    missed = sorted(set(PLANTED) - set(seen))
    return {
        "crawl.second_units_per_drive": Measured(round(beyond / asked[1]["rights"], 3), told, size=size),
        "crawl.second_item_permissions": Measured(asked[1]["item rights"], told, size=size),
        "crawl.planted_changes_found": Measured(len(seen), "missed: " + (", ".join(missed) or "none"), size=size),
        "crawl.rest_requests": Measured(asked[1]["rest"], "of SharePoint itself, in the second crawl", size=size),
    }


def found(store: Store, connector: Connector, column: str) -> bool:
    """Whether the planted change is there."""
    table, path = connector.dataset.table, str(store.engine.url.database)
    query = f'SELECT count(*) FROM "{table}" WHERE "{column}" = \'planted\' AND gone_at IS NULL'  # noqa: S608
    with closing(sqlite3.connect(path)) as connection:
        return bool(connection.execute(query).fetchone()[0])


MEASUREMENTS = (
    Measurement(SPEED, measure_speed),
    Measurement(PACE, measure_pace),
    Measurement(SECOND, measure_second),
)
