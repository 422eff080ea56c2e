"""What is stored beside what was served, row by row and field by field, on a calm day and in a storm.

The rows that must be there are taken from the board itself, by the `from` path of each field, with none of the code
that decodes answers.
"""

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.collect.world import (
    ALL_LICENCES,
    FREE,
    Clock,
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
from ibpmon.demo.board.rendering import accounts_of, render_sign_in, render_sign_in_beta
from ibpmon.demo.microsoft import Microsoft
from ibpmon.demo.microsoft.answers import Request
from ibpmon.demo.microsoft.directory import skus_seen
from ibpmon.demo.microsoft.faults import STORMY, Fault, Storm
from ibpmon.providers.budget import LIMITS
from ibpmon.store.database import Store
from ibpmon.store.tables import Run

Json = dict[str, Any]
Row = tuple[Any, ...]

SEED, SHARE, BENT, MOST_ROUNDS, REQUESTS = 20, 0.30, 0.10, 12, 10_000
DATA = ("/v1.0/", "/beta/", "/_api/", "/api/v2/")  # what is read, by what stands in its path
BETWEEN = timedelta(minutes=2)  # from one round to the next
MARGIN = timedelta(minutes=5)  # Microsoft refuses a window that begins before what it keeps
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What makes a request fail, and what only bends an answer that comes.
FAILING = (*STORMY, "throttled_silently", "malformed_retry_after", "expired_token")
BENDING = ("duplicate", "reordered", "slow", "drip")
# The name in the figures, and the board that is played; the quick form plays small ones more than once, because the
# storm is to blow over 10,000 requests.
PLAYED = {
    True: (("board", "board"), ("large", "large")),
    False: (("board", "board"), ("board", "board"), ("large", "small"), ("large", "small")),
}


def figures_of(size: str) -> tuple[Figure, ...]:
    """The figures of one size."""
    return (
        Figure(f"whole.{size}.lost", "rows", "== 0", size),
        Figure(f"whole.{size}.twice", "rows", "== 0", size),
        Figure(f"whole.{size}.not_served", "rows", "== 0", size),
        Figure(f"storm.{size}.lost", "rows", "== 0", size),
        Figure(f"storm.{size}.twice", "rows", "== 0", size),
        Figure(f"storm.{size}.not_served", "rows", "== 0", size),
    )


FIGURES = (
    *figures_of("board"),
    *figures_of("large"),
    Figure("storm.requests", "requests", f">= {REQUESTS}"),
    Figure("storm.failed", "share", ">= 0.28"),
    Figure("storm.amplification", "ratio"),
)


# ---- what is served


@dataclass(slots=True)
class Served:
    """Everything that a board serves of these connectors, as rows of ours."""

    board: Board
    connectors: Mapping[str, Connector]
    now: datetime
    known: dict[str, list[tuple[Json, Json]]] = field(default_factory=dict)
    accounts: dict[str, Json] = field(default_factory=dict)

    def rows(self, name: str) -> list[tuple[Json, Json]]:
        """The records of a connector, each with its row; each key once.

        Kept are only those that others are read over: a month of sign-ins of a large board would take gigabytes.
        """
        if name in self.known:
            return self.known[name]
        connector = self.connectors[name]
        found = {key_of(connector, row): (record, row) for record, row in self.projected(connector)}
        rows = list(found.values())
        if any(one.over == name for one in self.connectors.values()):
            self.known[name] = rows
        return rows

    def projected(self, connector: Connector) -> Iterator[tuple[Json, Json]]:
        """The records of a connector with their rows."""
        oldest = self.oldest(connector)
        for record, parent in self.records(connector):
            row = {one.name: value_of(one, record, parent) for one in connector.fields}
            if not connector.time or row[connector.time] >= oldest:
                yield record, row

    def records(self, connector: Connector) -> Iterator[tuple[Json, Json]]:
        """The records of a connector, each with the row of its parent."""
        if connector.shape == "part":
            for above, parent in self.rows(connector.over):
                yield from ((inner, parent) for inner in self.inside(connector, above))
        elif connector.over:
            parents = [row for _record, row in self.rows(connector.over) if is_read(connector, row)]
            for parent in parents:
                yield from ((record, parent) for record in BELOW[connector.id](self.board, parent))
        else:
            yield from ((record, {}) for record in TOP[connector.id](self))

    def inside(self, connector: Connector, record: Json) -> list[Json]:
        """The list inside a record; who is in a group does not stand in the board's own row of it."""
        if connector.list == ("members@delta",):
            return typed(self.board.members.get(record["id"], ()))
        if connector.list == ("owners@delta",):
            return typed(self.board.owners.get(record["id"], ()))
        found: Any = record
        for step in connector.list:
            found = (found or {}).get(step)
        return list(found or ())

    def oldest(self, connector: Connector) -> int:
        """The moment before which nothing is asked, in microseconds."""
        begin = self.now - (connector.history or timedelta()) + MARGIN
        return micros_of(begin.replace(microsecond=0))

    def sign_ins(self, kind: str, *, beta: bool = False) -> Iterator[Json]:
        """The sign-ins of one kind in the shape of Graph."""
        self.accounts = self.accounts or accounts_of(self.board)
        render = render_sign_in_beta if beta else render_sign_in
        everything = self.board.sign_ins if kind == "interactiveUser" else self.board.other_sign_ins
        return (msgspec.json.decode(render(self.accounts, row)) for row in everything if row.kind == kind)


Top = Callable[[Served], Iterable[Json]]
TOP: Mapping[str, Top] = {
    "accounts": lambda at: at.board.users,
    "admin-units": lambda at: at.board.admin_units,
    "applications": lambda at: at.board.applications,
    "audit-log": lambda at: [
        row for row in at.board.unified_audit if row["operation"] in at.connectors["audit-log"].operations
    ],
    "authorization-policy": lambda at: [at.board.authorization_policy],
    "authentication-methods-policy": lambda at: [at.board.authentication_policy],
    "conditional-access": lambda at: at.board.ca_policies,
    "delegated-consents": lambda at: at.board.delegated_grants,
    "devices": lambda at: at.board.entra_devices,
    "directory-audits": lambda at: at.board.audits,
    "education-schools": lambda at: at.board.education_schools,
    "group-settings": lambda at: at.board.group_settings,
    "groups": lambda at: at.board.groups,
    "licences": lambda at: skus_seen(at.board.skus, frozenset(ALL_LICENCES)),
    "managed-devices": lambda at: at.board.devices,
    "mfa-registration": lambda at: at.board.registrations,
    "named-locations": lambda at: at.board.named_locations,
    "organization": lambda at: at.board.organization,
    "risk-detections": lambda at: at.board.risk_detections,
    "risky-users": lambda at: at.board.risky_users,
    "rmm-devices": lambda at: at.board.rmm_devices,
    "rmm-sessions": lambda at: at.board.rmm_activities,
    "role-assignments": lambda at: at.board.role_assignments,
    "role-definitions": lambda at: at.board.role_definitions,
    "role-eligibility": lambda at: at.board.role_eligibility,
    "role-schedules": lambda at: at.board.role_schedules,
    "security-defaults": lambda at: [at.board.security_defaults],
    "service-principals": lambda at: at.board.service_principals,
    "sharing-settings": lambda at: [at.board.sharepoint_settings],
    "sign-in-activity": lambda at: [
        row | {"signInActivity": at.board.sign_in_activity.get(row["id"])} for row in at.board.users
    ],
    "sign-ins": lambda at: at.sign_ins("interactiveUser"),
    "sign-ins-beta": lambda at: at.sign_ins("interactiveUser", beta=True),
    "sign-ins-noninteractive": lambda at: at.sign_ins("nonInteractiveUser", beta=True),
    "sign-ins-service-principal": lambda at: at.sign_ins("servicePrincipal", beta=True),
    "sites": lambda at: at.board.sites,
}
BELOW: Mapping[str, Callable[[Board, Json], Iterable[Json]]] = {
    "admin-unit-members": lambda board, at: typed(board.admin_unit_members.get(at["unit_id"], ())),
    "application-owners": lambda board, at: typed(board.app_owners.get(at["object_id"], ())),
    "application-consents": lambda board, at: board.app_role_assigned.get(at["principal_id"], ()),
    "channels": lambda board, at: board.channels.get(at["group_id"], ()),
    "channel-members": lambda board, at: board.channel_members.get(at["channel_id"], ()),
    "drives": lambda board, at: board.drives.get(at["site_id"], ()),
    "drive-items": lambda board, at: [row for row in board.items.get(at["drive_id"], ()) if "shared" in row],
    "drive-permissions": lambda board, at: board.permissions.get(at["drive_id"], ()),
    "education-members": lambda board, at: board.education_school_users.get(at["school_id"], ()),
    "item-permissions": lambda board, at: rights_of_item(board, at),
    "list-rights": lambda board, at: board.list_role_assignments.get(at["list_id"], ()),
    "service-principal-owners": lambda board, at: typed(board.app_owners.get(at["principal_id"], ())),
    "site-admins": lambda board, at: board.site_admins.get(at["site_id"], ()),
    "site-lists": lambda board, at: board.rest_lists.get(at["site_id"], ()),
    "site-rights": lambda board, at: board.role_assignments_of_site.get(at["site_id"], ()),
}


def rights_of_item(board: Board, item: Json) -> list[Json]:
    """The rights on one item; those on the root of a library are the library's."""
    above = board.permissions[item["drive_id"]]
    if item["item_id"] == board.items[item["drive_id"]][0]["id"]:
        return above
    return board.item_permissions.get(item["item_id"], [grant | {"inheritedFrom": {}} for grant in above])


def typed(members: Iterable[Any]) -> list[Json]:
    """Members as a list of mixed objects shows them."""
    return [{"@odata.type": f"#microsoft.graph.{member.kind}", "id": member.id} for member in members]


def is_read(connector: Connector, parent: Json) -> bool:
    """Whether a parent is one that the connector reads; personal sites are read of nobody here."""
    if connector.unless and parent[connector.unless]:
        return False
    return not connector.only or bool(parent[connector.only])


# ---- values


def value_of(one: Any, record: Json, parent: Json) -> Any:
    """The value of one field of a record."""
    if one.parent:
        return parent[one.parent]
    found: Any = record
    for step in one.path:
        found = found.get(step) if isinstance(found, dict) else None
    return normal(one.type, found)


def normal(kind: str, value: Any) -> Any:
    """A value as it is compared: times as microseconds, days as text."""
    if value is None or (kind in ("time", "day") and (value == "" or str(value).startswith("0001-01-01"))):
        return None
    if kind == "time":
        return value * 1000 if isinstance(value, int) else micros_of(moment(str(value)))
    return str(value)[:10] if kind == "day" else value


def moment(text: str) -> datetime:
    """A time as Microsoft writes it, with up to seven digits of a second."""
    whole, _, rest = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(whole).replace(tzinfo=UTC) + timedelta(microseconds=int(f"{rest:0<6}"[:6]))


def micros_of(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - EPOCH) // timedelta(microseconds=1)


def key_of(connector: Connector, row: Json) -> Row:
    """The key of a row."""
    return tuple(row[name] for name in connector.dataset.keys)


# ---- what is stored, beside it


@dataclass(slots=True)
class Compared:
    """How what is stored differs from what was served, per connector."""

    lost: dict[str, int] = field(default_factory=dict)
    twice: dict[str, int] = field(default_factory=dict)
    not_served: dict[str, int] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)
    rows: int = 0

    def told(self, kind: str) -> Measured:
        """One of the three as a figure, with what it is about."""
        found = {name: count for name, count in getattr(self, kind).items() if count}
        named = ", ".join(f"{name} {count}" for name, count in found.items())
        return Measured(sum(found.values()), named or f"of {self.rows} rows of {len(self.lost)} connectors")


def compared(store: Store, served: Served) -> Compared:
    """Hold every connector's living rows against what was served."""
    found = Compared()
    for name, connector in served.connectors.items():
        names = compared_fields(connector)
        stored = stored_rows(store, connector, names)
        places = [number for number, one in enumerate(names) if one in connector.dataset.keys]
        rows = [tuple(row[name] for name in names) for _record, row in served.rows(name)]
        expected = {tuple(row[place] for place in places): row for row in rows}
        note(found, name, expected, stored, places)
    return found


def note(found: Compared, name: str, expected: Mapping[Row, Row], stored: Sequence[Row], keys: Sequence[int]) -> None:
    """Count what one connector lost, has twice, and has without any source; a row with another value is lost too."""
    by_key: dict[Row, Row] = {}
    twice = 0
    for row in stored:
        key = tuple(row[place] for place in keys)
        twice += key in by_key
        by_key[key] = row
    wrong = [key for key, row in expected.items() if by_key.get(key) != row]
    found.lost[name], found.twice[name] = len(wrong), twice
    found.not_served[name] = len(by_key.keys() - expected.keys())
    found.rows += len(expected)
    if wrong:
        found.first[name] = f"{expected[wrong[0]]} / {by_key.get(wrong[0])}"


def compared_fields(connector: Connector) -> list[str]:
    """The fields by which a connector is judged: in a table of another one its keys and what only it brings.

    What an answer says of itself depends on how it was asked, and is no property of anything.
    """
    shared = set(connector.dataset.shared) - set(connector.dataset.keys)
    return [one.name for one in connector.fields if one.name not in shared and one.path != ("@odata.context",)]


def stored_rows(store: Store, connector: Connector, names: Sequence[str]) -> list[Row]:
    """The living rows of a connector, straight from the file of the database."""
    types = {one.name: one.type for one in connector.fields}
    living = ' WHERE "gone_at" IS NULL' if connector.dataset.kind == "state" else ""
    columns = ", ".join(f'"{name}"' for name in names)
    query = f'SELECT {columns} FROM "{connector.dataset.table}"{living}'  # noqa: S608 - names of our tables
    with closing(sqlite3.connect(str(store.engine.url.database))) as connection:
        return [
            tuple(read(types[name], value) for name, value in zip(names, row, strict=True))
            for row in connection.execute(query)
        ]


def read(kind: str, value: Any) -> Any:
    """A value of the database as it is compared."""
    if value is None:
        return None
    if kind == "list":
        return json.loads(value)
    return bool(value) if kind == "bool" else value


# ---- collecting until it is whole


@dataclass
class Collected:
    """A board that was read until everything was whole."""

    store: Store
    served: Served
    rounds: int
    runs: dict[str, Run]
    requests: int  # with each question of a batch, and without the batches themselves

    @property
    def unfinished(self) -> dict[str, str]:
        """The connectors that are not whole, with how they ended."""
        return {name: f"{run.state} {run.reason}" for name, run in self.runs.items() if run.state != "FULL"}

    @cached_property
    def comparison(self) -> Compared:
        """What is stored beside what was served."""
        return compared(self.store, self.served)

    def note(self) -> str:
        """How it went."""
        left = "; not whole: " + ", ".join(self.unfinished) if self.unfinished else ""
        return f"{self.rounds} round(s), {self.requests} requests{left}"


@contextmanager
def collected(served: Served, storms: Sequence[Storm] = ()) -> Iterator[Collected]:
    """A board read round after round, as the daemon would, until every connector is whole."""
    board, known = served.board, served.connectors
    with tempfile.TemporaryDirectory() as name:
        folder, clock, limits = Path(name), Clock(), dict.fromkeys(LIMITS, FREE)
        store = opened(folder, known, board.now)
        try:
            with serving(board, folder, known, reporting_limit=None, clock=lambda: board.now) as microsoft:
                for storm in storms:
                    microsoft.faults.add(storm)
                config = configuration(folder, addresses_of(microsoft))
                with connected(config, limits, None, clock) as providers:
                    rounds, ended = read_until_whole(known, providers, store, config, board.now, clock)
                    asked = requests_of(microsoft)
            yield Collected(store, served, rounds, ended, asked)
        finally:
            store.engine.dispose()


def read_until_whole(
    known: Mapping[str, Connector], providers: Any, store: Store, config: Config, now: datetime, clock: Clock
) -> tuple[int, dict[str, Run]]:
    """Round after round of what is not whole yet; gives how many, and the last run of each connector."""
    ended: dict[str, Run] = {}
    for number in range(MOST_ROUNDS):
        left = {name for name in known if name not in ended or ended[name].state != "FULL"}
        if not left:
            return number, ended
        at = now + number * BETWEEN
        ended |= {run.connector: run for run in collect(known, providers, store, config, at, only=left)}
        clock.wait(BETWEEN.total_seconds())
    return MOST_ROUNDS, ended


def requests_of(microsoft: Microsoft) -> int:
    """The requests that were sent, each question of a batch as one and the batch itself as none."""
    alone = sum(not seen.path.endswith("/$batch") for seen in microsoft.requests)
    return alone + len(microsoft.inner)


class Bent(Storm):
    """A storm that bends answers; not those about changes, in which the order of the rows is part of what they say."""

    def pick(self, request: Request) -> Fault | None:
        """What goes wrong with this request, if anything."""
        return None if "/delta" in request.path else super().pick(request)


def storms(seed: int = SEED) -> tuple[Storm, ...]:
    """Three in ten requests fail, and of the answers that come one in ten is bent.

    Signing in stays calm: the library that does it waits by the real clock, and ours is a clock of its own.
    """
    more: Json = {"seconds": 0.002, "piece": 16_384}
    failing = [Storm(seed + place, SHARE, FAILING, path=path) for place, path in enumerate(DATA)]
    return *failing, *(Bent(seed + place, BENT, BENDING, path=path, **more) for place, path in enumerate(DATA))


# ---- the figures


def measure_whole(full: bool) -> Values:
    """Both sizes, on a calm day and in the storm."""
    values: Values = {}
    calm = stormy = 0
    failing: list[Storm] = []
    for place, (name, size) in enumerate(PLAYED[full]):
        served, weather = served_of(size), storms(SEED * (place + 1))
        calm += measure(values, f"whole.{name}", size, served, ())
        stormy += measure(values, f"storm.{name}", size, served, weather)
        failing += [storm for storm in weather if not isinstance(storm, Bent)]
    values["storm.requests"] = Measured(stormy, f"{SHARE:.0%} of them fail; of both boards together")
    asked, failed = sum(storm.asked for storm in failing), sum(storm.failed for storm in failing)
    values["storm.failed"] = Measured(round(failed / asked, 3), f"{failed} of {asked}, batches themselves included")
    values["storm.amplification"] = Measured(round(stormy / calm, 2), f"{stormy} against {calm} requests")
    return values


def served_of(size: str) -> Served:
    """A board of this size, with every connector."""
    board = make_board(size, 1, datetime.now(UTC))
    return Served(board, connectors(), board.now)


def measure(values: Values, name: str, size: str, served: Served, weather: Sequence[Storm]) -> int:
    """One size in one weather; gives how many requests it took. Of several turns the worst one is told."""
    with collected(served, weather) as found:
        for kind in ("lost", "twice", "not_served"):
            told, before = found.comparison.told(kind), values.get(f"{name}.{kind}")
            if before is None or (told.value or 0) >= (before.value or 0):
                values[f"{name}.{kind}"] = told._replace(note=f"{told.note}; {found.note()}", size=size)
        return found.requests


MEASUREMENTS = (Measurement(FIGURES, measure_whole),)
