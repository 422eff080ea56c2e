"""Accounts with whose they are, and what other views say about people too."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, case, func, literal, null, type_coerce

from ibpmon.store.collected import Dataset
from ibpmon.store.tables import DAY
from ibpmon.store.view import Entry, Here, View, own, view

LEAVING = dict.fromkeys(("employed_until", "days_after_leaving", "on_staff_list", "function"), "staff-list")
SIGNING_IN = dict.fromkeys(("mfa_reported", "mfa_capable", "mfa_registered", "mfa_methods"), "mfa-registration")


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
        ("conflict", func.coalesce(placed.c.conflict, ""), "text"),
        ("placed_by", func.coalesce(placed.c.reason, ""), "text"),
        ("on_staff_list", placed.c.on_staff_list, "bool"),
        ("days_after_leaving", days_after(literal(here.now, BigInteger), placed.c.employed_until), "int"),
        ("mfa_reported", report.c.account_id.is_not(None), "bool"),
        ("mfa_capable", report.c.mfa_capable, "bool"),
        ("mfa_registered", report.c.mfa_registered, "bool"),
        ("mfa_methods", report.c.methods, "list"),
    ]
    rows = table.outerjoin(placed, place_fits).outerjoin(report, report.c.account_id == table.c.account_id)
    joined = LEAVING | SIGNING_IN
    return view("accounts", here, entries, rows, ["accounts"], joined=joined, where=here.mine(table), school_days=True)


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
