"""What rules may see: joins, kinds of people, zones and day counts, as one flat view per subject."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, case, func, literal, null, select, type_coerce

from ibpmon.store.collected import Dataset, build
from ibpmon.store.database import Store
from ibpmon.store.networks import in_networks
from ibpmon.store.reach import access_view
from ibpmon.store.tables import DAY, micros
from ibpmon.store.view import PLACEMENT, Entry, Here, View, own, view


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
    return view("accounts", here, entries, rows, ["accounts"], joined=LEAVING | SIGNING_IN, where=here.mine(table))


LEAVING = dict.fromkeys(("employed_until", "days_after_leaving", "on_staff_list", "function"), "staff-list")
SIGNING_IN = dict.fromkeys(("mfa_reported", "mfa_capable", "mfa_registered", "mfa_methods"), "mfa-registration")


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
    return view(
        "sign-ins",
        here,
        entries,
        rows,
        ["sign-ins"],
        joined=LEAVING | {"name": "accounts", "population": "accounts"},
        where=here.mine(table),
        event=("at", table),
        context={
            "name": select(account.c.account_id, account.c.name).order_by(account.c.account_id),
            "population": here.known_of_accounts(PLACEMENT.c.population),
            "school": here.known_of_accounts(PLACEMENT.c.school),
            **dict.fromkeys(ENDING, here.known_of_accounts(PLACEMENT.c.employed_until)),
            "at_school": select(literal(",".join(here.networks))),
        },
    )


ENDING = ("employed_until", "employed_until_days", "days_after_leaving")


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
    joined = {"user_name": "accounts", "population": "accounts"}
    return view("managed-devices", here, entries, rows, ["managed-devices"], joined=joined, where=here.mine(table))


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


MAKERS: Mapping[str, tuple[str, Callable[[Here, Mapping[str, Dataset]], View]]] = {
    "accounts": ("accounts", accounts_view),
    "sign-ins": ("sign-ins", sign_ins_view),
    "managed-devices": ("managed-devices", devices_view),
    "groups": ("groups", places_view("groups", "group", "group_id")),
    "sites": ("sites", places_view("sites", "site", "site_id")),
    "access": ("accounts", access_view),
}
