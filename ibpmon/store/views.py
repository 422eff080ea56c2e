"""What rules may see: joins, kinds of people, zones and day counts, as one flat view per subject."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Subquery,
    Table,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ibpmon.store.collected import TYPES, Dataset, FieldType, build
from ibpmon.store.database import Store
from ibpmon.store.tables import DAY, Placement, micros
from ibpmon.store.upsert import table_of

FAR = 1_000_000  # days added before dividing, so that a time in the future rounds down as well
DIRECT = "rechtstreeks"
PLACEMENT = table_of(Placement)
PIECES = 4096  # how many parts one range of addresses may fall into

Columns = Mapping[str, FieldType]


@dataclass(frozen=True, slots=True)
class View:
    """One flat table for rules: its columns with their types, and for events the time and the arrival sequence."""

    name: str
    selectable: FromClause
    columns: Columns
    time: str | None
    sources: frozenset[str]  # the connectors it reads
    context: Mapping[str, Select[Any]]  # events: what decides a column that is not the event's own, and may change


@dataclass(frozen=True, slots=True)
class Here:
    """The board, the moment and the tables that the views are made of."""

    tenant: int
    now: int
    data: Mapping[str, Table]
    networks: Sequence[str] = ()

    def part(self, name: str, needed: Columns, alias: str = "") -> Subquery:
        """The living rows of a connector; no rows where it is switched off, so that what joins it keeps its shape."""
        table = self.data.get(name)
        have: Mapping[str, ColumnElement[Any]] = dict(table.c) if table is not None else {}
        query = select(*(have[c] if c in have else cast(null(), TYPES[kind]).label(c) for c, kind in needed.items()))
        return query.where(self.mine(table) if table is not None else false()).subquery(
            alias or "living_" + name.replace("-", "_")
        )

    def mine(self, table: Table) -> ColumnElement[bool]:
        """The rows of this board that are there now."""
        living = [table.c.gone_at.is_(None)] if "gone_at" in table.c else []
        return and_(table.c.tenant_id == self.tenant, *living)

    def place(
        self, kind: str | ColumnElement[Any], key: ColumnElement[Any], alias: str
    ) -> tuple[FromClause, ColumnElement[bool]]:
        """Where something belongs, and the condition that joins it."""
        placed = PLACEMENT.alias(alias)
        return placed, and_(placed.c.tenant_id == self.tenant, placed.c.kind == kind, placed.c.object_id == key)

    def known_of_accounts(self, column: ColumnElement[Any]) -> Select[Any]:
        """What the lists of the board say of each account, in a fixed order."""
        mine = and_(PLACEMENT.c.tenant_id == self.tenant, PLACEMENT.c.kind == "account", column.is_not(None))
        return select(PLACEMENT.c.object_id, column).where(mine).order_by(PLACEMENT.c.object_id)


Entry = tuple[str, ColumnElement[Any], FieldType]


def views(store: Store, now: datetime, networks: Sequence[str] = ()) -> dict[str, View]:
    """The views of one board at one moment; `networks` are the addresses of its schools (203.0.113.0/24).

    A connector that has no view here, such as one that the board adds, gets a plain one under its own name.
    """
    return views_of(Here(store.tenant, micros(now), store.data, networks), store.datasets)


def layout(datasets: Iterable[Dataset]) -> dict[str, View]:
    """The views as they look over these connectors, without a database: what a rule may name."""
    known = {dataset.name: dataset for dataset in datasets}
    return views_of(Here(0, 0, build(known.values())[1]), known)


def views_of(here: Here, datasets: Mapping[str, Dataset]) -> dict[str, View]:
    """Our own views of the connectors that are there, and a plain one for each that has none."""
    made = {name: make(here, datasets) for name, (base, make) in MAKERS.items() if base in here.data}
    return made | {name: plain_view(here, one) for name, one in datasets.items() if name not in made}


def view(
    name: str,
    here: Here,
    entries: Iterable[Entry],
    rows: FromClause,
    sources: Iterable[str],
    *,
    where: ColumnElement[bool] | None = None,
    event: tuple[str, Table] | None = None,
    context: Mapping[str, Select[Any]] | None = None,
) -> View:
    """A view of these columns over these rows; each time `x` is also there as whole days, `x_days`."""
    named = list(entries)
    named += [(f"{c}_days", whole_days(here, column), "int") for c, column, kind in named if kind == "time"]
    shown = [column.label(c) for c, column, _kind in named]
    shown += [event[1].c.seq.label("seq")] if event else []
    query = select(*shown).select_from(rows)
    return View(
        name,
        (query if where is None else query.where(where)).subquery(name.replace("-", "_")),
        {c: kind for c, _column, kind in named},
        event[0] if event else None,
        frozenset(sources),
        context or {},
    )


def whole_days(here: Here, moment: ColumnElement[Any]) -> ColumnElement[int]:
    """How many whole days ago this was, rounded down; negative for what is still to come."""
    shifted = literal(here.now + FAR * DAY, BigInteger) - type_coerce(moment, BigInteger)
    return type_coerce(shifted // literal(DAY, BigInteger) - literal(FAR, BigInteger), BigInteger)


def own(table: Table, dataset: Dataset) -> list[Entry]:
    """The fields of a connector as they are."""
    return [(field.name, table.c[field.name], field.type) for field in dataset.fields]


def plain_view(here: Here, dataset: Dataset) -> View:
    """What one connector collected, and no more."""
    table = here.data[dataset.name]
    event = (dataset.time, table) if dataset.kind == "events" else None
    return view(dataset.name, here, own(table, dataset), table, [dataset.name], where=here.mine(table), event=event)


# ---- people and their accounts


def accounts_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Accounts with whose they are and how they can sign in."""
    table = here.data["accounts"]
    placed, place_fits = here.place("account", table.c.account_id, "place")
    report = here.part(
        "mfa-registration", {"account_id": "text", "mfa_capable": "bool", "mfa_registered": "bool", "methods": "list"}
    )
    entries: list[Entry] = [
        *own(table, datasets["accounts"]),
        *person_entries(placed),
        ("function", func.coalesce(placed.c.function, ""), "text"),
        ("person", func.coalesce(placed.c.person, ""), "text"),
        ("on_staff_list", placed.c.on_staff_list, "bool"),
        ("days_after_leaving", days_after(literal(here.now, BigInteger), placed.c.employed_until), "int"),
        ("mfa_reported", report.c.account_id.is_not(None), "bool"),
        ("mfa_capable", report.c.mfa_capable, "bool"),
        ("mfa_registered", report.c.mfa_registered, "bool"),
        ("mfa_methods", report.c.methods, "list"),
    ]
    rows = table.outerjoin(placed, place_fits).outerjoin(report, report.c.account_id == table.c.account_id)
    sources = ["accounts", "mfa-registration", "staff-list", "pupil-list"]
    return view("accounts", here, entries, rows, sources, where=here.mine(table))


def person_entries(placed: FromClause) -> list[Entry]:
    """What kind of account it is, at which school, and until when its person works here."""
    return [
        ("population", func.coalesce(placed.c.population, "unknown"), "text"),
        ("school", func.coalesce(placed.c.school, ""), "text"),
        ("employed_until", placed.c.employed_until, "time"),
    ]


def days_after(moment: ColumnElement[Any], until: ColumnElement[Any]) -> ColumnElement[int]:
    """On which day after the last contract this was: 1 is the first day; NULL for who had not left.

    `until` is the midnight that ends the last day of the contract.
    """
    gone = type_coerce(moment, BigInteger) - type_coerce(until, BigInteger)
    return type_coerce(
        case((gone >= 0, gone // literal(DAY, BigInteger) + literal(1, BigInteger)), else_=null()), BigInteger
    )


def sign_ins_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Sign-ins with whose account it was, and whether they came from a school."""
    table = here.data["sign-ins"]
    placed, place_fits = here.place("account", table.c.account_id, "place")
    account = here.part("accounts", {"account_id": "text", "name": "text"})
    entries: list[Entry] = [
        *own(table, datasets["sign-ins"]),
        ("name", account.c.name, "text"),
        *person_entries(placed),
        ("days_after_leaving", days_after(table.c.at, placed.c.employed_until), "int"),
        ("at_school", in_networks(table.c.ip_address, here.networks), "bool"),
    ]
    rows = table.outerjoin(placed, place_fits).outerjoin(account, account.c.account_id == table.c.account_id)
    context = {
        "population": here.known_of_accounts(PLACEMENT.c.population),
        "school": here.known_of_accounts(PLACEMENT.c.school),
        "employed_until": here.known_of_accounts(PLACEMENT.c.employed_until),
        "days_after_leaving": here.known_of_accounts(PLACEMENT.c.employed_until),
        "at_school": select(literal(",".join(here.networks))),
    }
    sources = ["sign-ins", "accounts", "staff-list", "pupil-list"]
    event = ("at", table)
    return view("sign-ins", here, entries, rows, sources, where=here.mine(table), event=event, context=context)


def devices_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Devices with who uses them; one without a user, or with a user that is gone, has population unknown."""
    table = here.data["managed-devices"]
    placed, place_fits = here.place("account", table.c.account_id, "place")
    account = here.part("accounts", {"account_id": "text", "name": "text"})
    entries: list[Entry] = [
        *own(table, datasets["managed-devices"]),
        ("user_name", account.c.name, "text"),
        *person_entries(placed)[:2],
    ]
    rows = table.outerjoin(placed, place_fits).outerjoin(account, account.c.account_id == table.c.account_id)
    sources = ["managed-devices", "accounts", "staff-list", "pupil-list"]
    return view("managed-devices", here, entries, rows, sources, where=here.mine(table))


# ---- places and who reaches them


def places_view(name: str, kind: str, key: str) -> Callable[[Here, Mapping[str, Dataset]], View]:
    """Makes the view of groups or sites with the zone and school that they belong to."""

    def make(here: Here, datasets: Mapping[str, Dataset]) -> View:
        table = here.data[name]
        placed, place_fits = here.place(kind, table.c[key], "place")
        entries = [*own(table, datasets[name]), *place_entries(placed)]
        return view(name, here, entries, table.outerjoin(placed, place_fits), [name], where=here.mine(table))

    return make


def place_entries(placed: FromClause) -> list[Entry]:
    """In which zone and at which school a place is."""
    return [
        ("zone", func.coalesce(placed.c.zone, "unknown"), "text"),
        ("school", func.coalesce(placed.c.school, ""), "text"),
    ]


def access_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """Who reaches which group and which site: one row per account and place, with how many ways lead there."""
    reached, account = reached_places(here), here.part("accounts", ACCOUNT)
    person, person_fits = here.place("account", account.c.account_id, "person")
    placed, place_fits = here.place(reached.c.resource_kind, reached.c.resource_id, "place")
    entries: list[Entry] = [
        *((name, account.c[name], kind) for name, kind in ACCOUNT.items()),
        ("population", reached.c.population, "text"),
        ("school", func.coalesce(person.c.school, ""), "text"),
        *((name, reached.c[name], "text") for name in PLACE),
        ("zone", reached.c.zone, "text"),
        ("resource_school", func.coalesce(placed.c.school, ""), "text"),
        ("right", right_of(reached.c.rank), "text"),
        ("via", reached.c.via, "text"),
        ("ways", reached.c.ways, "int"),
    ]
    rows = reached.join(account, account.c.account_id == reached.c.account_id)
    rows = rows.outerjoin(person, person_fits).outerjoin(placed, place_fits)
    return view("access", here, entries, rows, ACCESS_SOURCES)


ACCOUNT: Columns = {"account_id": "text", "name": "text", "upn": "text", "enabled": "bool", "user_type": "text"}
PLACE = ("resource_kind", "resource_id", "resource_name")
ACCESS_SOURCES = ("accounts", "groups", "group-members", "sites", "drives", "drive-permissions", "pupil-list")


def reached_places(here: Here) -> Subquery:
    """Per account and place the highest right, the first way by name, and how many ways there are.

    Population and zone are in the grouping, where they change nothing, so that a rule's choice of them comes first.
    """
    ways = ways_to_places(here)
    person, person_fits = here.place("account", ways.c.account_id, "reaching")
    placed, place_fits = here.place(ways.c.resource_kind, ways.c.resource_id, "reached_place")
    whole = [ways.c.account_id, *(ways.c[name] for name in PLACE)]
    whole += [func.coalesce(person.c.population, "unknown").label("population")]
    whole += [func.coalesce(placed.c.zone, "unknown").label("zone")]
    return (
        select(
            *whole,
            func.max(ways.c.rank).label("rank"),
            func.min(in_bytes(ways.c.via)).label("via"),
            func.count(ways.c.via.distinct()).label("ways"),
        )
        .select_from(ways.outerjoin(person, person_fits).outerjoin(placed, place_fits))
        .group_by(*whole)
        .subquery("reached")
    )


def right_of(rank: ColumnElement[Any]) -> ColumnElement[str]:
    """The word for a right; 0 is being a member of a group."""
    return case((rank == 3, "owner"), (rank == 2, "write"), (rank == 1, "read"), else_="member")


def ways_to_places(here: Here) -> Subquery:
    """From an account to each place: through a group in which it stands, or by a right of its own."""
    member = here.part("group-members", {"group_id": "text", "member_id": "text", "kind": "text"}, "member")
    direct = here.part("groups", {"group_id": "text", "name": "text"}, "direct_group")
    opens, own_right = places_of_groups(here), grants(here, "user_id")
    itself = and_(opens.c.resource_kind == "group", opens.c.resource_id == member.c.group_id)
    by_group = (
        select(member.c.member_id.label("account_id"), *(opens.c[name] for name in PLACE), opens.c.rank)
        .add_columns(case((itself, DIRECT), else_=func.coalesce(direct.c.name, member.c.group_id)).label("via"))
        .join(opens, opens.c.group_id == member.c.group_id)
        .outerjoin(direct, direct.c.group_id == member.c.group_id)
    )
    by_user = select(own_right.c.holder, literal("site"), own_right.c.site_id, own_right.c.name, own_right.c.rank)
    return union_all(by_group, by_user.add_columns(literal(DIRECT))).subquery("ways")


def places_of_groups(here: Here) -> CTE:
    """What standing in a group opens: the group, those around it, and the sites on which these have a right."""
    around = groups_around(here)
    group, right = here.part("groups", {"group_id": "text", "name": "text"}, "outer_group"), grants(here, "group_id")
    groups = select(
        around.c.group_id,
        literal("group").label("resource_kind"),
        group.c.group_id.label("resource_id"),
        group.c.name.label("resource_name"),
        literal(0, Integer).label("rank"),
    ).join(group, group.c.group_id == around.c.outer_id)
    sites = (
        select(around.c.group_id, literal("site"), right.c.site_id, right.c.name, func.max(right.c.rank))
        .join(right, right.c.holder == around.c.outer_id)
        .group_by(around.c.group_id, right.c.site_id, right.c.name)
    )
    # Written out once: there are few of these, and each person of a group meets the same ones.
    return union_all(groups, sites).cte("places_of_groups").prefix_with("MATERIALIZED")


def groups_around(here: Here) -> CTE:
    """Each group with itself and all groups that hold it, however deep.

    UNION keeps a pair once, so a circle of groups ends by itself.
    """
    edge = here.part("group-members", {"group_id": "text", "member_id": "text", "kind": "text"}, "edge")
    start = here.part("groups", {"group_id": "text"}, "start")
    around = select(start.c.group_id, start.c.group_id.label("outer_id")).cte("groups_around", recursive=True)
    # Downwards, from group to member: that is the order of the members' key.
    inward = select(edge.c.member_id, around.c.outer_id).join(around, around.c.group_id == edge.c.group_id)
    return around.union(inward.where(edge.c.kind.like("%group")))


def grants(here: Here, holder: str) -> Subquery:
    """The highest right of each user or group on each site, by the top of its libraries; expired is no right."""
    needed: Columns = {"drive_id": "text", "roles": "list", holder: "text", "expires": "time"}
    right = here.part("drive-permissions", needed, f"right_by_{holder}")
    drive = here.part("drives", {"drive_id": "text", "site_id": "text"}, f"drive_by_{holder}")
    site = here.part("sites", {"site_id": "text", "name": "text"}, f"site_by_{holder}")
    roles = cast(right.c.roles, Text)
    rank = case((roles.like('%"owner"%'), 3), (roles.like('%"write"%'), 2), else_=1)
    expires = type_coerce(right.c.expires, BigInteger)
    runs = or_(expires.is_(None), expires <= 0, expires > here.now)  # Graph writes the year 1 for "never"
    return (
        select(right.c[holder].label("holder"), drive.c.site_id, site.c.name, func.max(rank).label("rank"))
        .select_from(right)
        .join(drive, drive.c.drive_id == right.c.drive_id)
        .join(site, site.c.site_id == drive.c.site_id)
        .where(runs, right.c[holder].is_not(None))
        .group_by(right.c[holder], drive.c.site_id, site.c.name)
        .subquery(f"grants_by_{holder}")
    )


MAKERS: Mapping[str, tuple[str, Callable[[Here, Mapping[str, Dataset]], View]]] = {
    "accounts": ("accounts", accounts_view),
    "sign-ins": ("sign-ins", sign_ins_view),
    "managed-devices": ("managed-devices", devices_view),
    "groups": ("groups", places_view("groups", "group", "group_id")),
    "sites": ("sites", places_view("sites", "site", "site_id")),
    "access": ("accounts", access_view),
}


# ---- text that both databases compare alike


class in_bytes(FunctionElement[str]):  # noqa: N801 - reads as a function of SQL
    """A text that is compared byte by byte and folded in ASCII only, whatever the language of the database."""

    type = Text()
    inherit_cache = True


@compiles(in_bytes)
def plain_text(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite compares bytes by itself."""
    return str(compiler.process(element.clauses, **options))


@compiles(in_bytes, "postgresql")
def c_text(element: Any, compiler: Any, **options: Any) -> str:
    """PostgreSQL follows the language of the database unless told otherwise."""
    return f'({compiler.process(element.clauses, **options)} COLLATE "C")'


# ---- addresses


def in_networks(address: ColumnElement[Any], networks: Iterable[str]) -> ColumnElement[bool]:
    """Whether an address (as text) lies in one of these networks.

    The networks become whole addresses and beginnings of addresses, which both databases compare alike.
    IPv6 is compared in the short spelling that Microsoft writes.
    """
    whole: set[str] = set()
    beginnings: set[str] = set()
    for network in networks:
        add_pieces(ip_network(network, strict=False), whole, beginnings)
    if not whole and not beginnings:
        return type_coerce(false(), Boolean)
    tests = [address.in_(sorted(whole))] if whole else []
    for length in sorted({len(beginning) for beginning in beginnings}):
        same = sorted(beginning for beginning in beginnings if len(beginning) == length)
        tests.append(func.substr(address, 1, length).in_(same))
    return func.coalesce(or_(*tests), false(), type_=Boolean)


def add_pieces(network: IPv4Network | IPv6Network, whole: set[str], beginnings: set[str]) -> None:
    """Cut a network where its text can be cut: at the dots, or at the colons."""
    step = 8 if network.version == 4 else 16
    cut = -(-network.prefixlen // step) * step
    if 2 ** (cut - network.prefixlen) > PIECES:
        raise ValueError(str(network))
    for piece in network.subnets(new_prefix=cut):
        if cut == network.max_prefixlen:
            whole.add(str(piece.network_address))
        elif isinstance(piece, IPv4Network):
            beginnings.add("".join(f"{part}." for part in str(piece.network_address).split(".")[: cut // 8]))
        else:
            beginnings |= short_beginnings(piece, cut // 16)


def short_beginnings(network: IPv6Network, count: int) -> set[str]:
    """How addresses of a network of whole groups begin; zeros at its end may be written as ::."""
    groups = [group.lstrip("0") or "0" for group in network.network_address.exploded.split(":")[:count]]
    written = {"".join(f"{group}:" for group in groups)}
    kept = list(groups)
    while kept and kept[-1] == "0":
        kept.pop()
    if len(kept) < len(groups):
        written.add(":".join(kept) + "::")
    return written


def check_network(text: str) -> bool:
    """Whether this is a network or address that rules can use."""
    try:
        add_pieces(ip_network(text, strict=False), set(), set())
    except ValueError:
        return False
    return True
