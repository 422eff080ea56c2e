"""Sign-ins of emergency accounts, and whether somebody announced them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, func, or_, select, type_coerce

from ibpmon.store.collected import Dataset
from ibpmon.store.view import PLACEMENT, Columns, Entry, Here, View, own, view

ANNOUNCEMENT: Columns = {"account": "text", "starts": "time", "until": "time", "address": "text", "reason": "text"}


def emergency_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Sign-ins of emergency accounts; announced is what an announcement names: account, time and address.

    Without announcements nothing is announced: a list that is not there excuses nobody.
    """
    table = here.data["sign-ins"]
    placed, place_fits = here.place("account", table.c.account_id, "emergency")
    said = here.part("announcements", ANNOUNCEMENT, "announced")
    entries: list[Entry] = [
        *own(table, datasets["sign-ins"]),
        ("population", placed.c.population, "text"),
        ("announced", announced(table, said).exists(), "bool"),
        ("announced_reason", announced(table, said).limit(1).scalar_subquery(), "text"),
    ]
    everything = select(*(said.c[name] for name in ANNOUNCEMENT)).order_by(said.c.account, said.c.starts)
    emergency = and_(here.mine(table), placed.c.population == "break_glass")
    return view(
        "emergency-sign-ins", here, entries, table.join(placed, place_fits), ["sign-ins"], where=emergency,
        joined={"population": "accounts"}, event=("at", table),
        context={
            "population": here.known_of_accounts(PLACEMENT.c.population),
            "announced": everything,
            "announced_reason": everything,
        },
    )  # fmt: skip


def announced(table: Any, said: Any) -> Any:
    """The announcements that fit a sign-in; one without an address fits every address."""
    at, starts, until = (number(column) for column in (table.c.at, said.c.starts, said.c.until))
    same = func.lower(said.c.account) == func.lower(table.c.upn)
    here = or_(said.c.address.is_(None), said.c.address == "", said.c.address == table.c.ip_address)
    return select(said.c.reason).where(same, starts <= at, at < until, here).order_by(said.c.starts)


def number(moment: ColumnElement[Any]) -> ColumnElement[Any]:
    """A time as the number that it is in the database."""
    return type_coerce(moment, BigInteger)
