"""Sign-ins with whose account it was, and whether they came from a school."""

from collections.abc import Mapping

from sqlalchemy import literal, select

from ibpmon.store import civil as civil_time
from ibpmon.store.civil import civil
from ibpmon.store.collected import Dataset
from ibpmon.store.networks import in_networks
from ibpmon.store.view import PLACEMENT, Entry, Here, View, own, view
from ibpmon.store.views.people import LEAVING, days_after, person_entries

ENDING = ("employed_until", "employed_until_days", "days_after_leaving")


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
    time = civil(here.tenant, rows, table.c.at, "at")
    entries += [
        ("local_hour", time.hour, "int"),
        ("weekday", time.weekday, "int"),
        ("school_day", time.school_day, "bool"),
        ("working_hours", time.working_hours, "bool"),
    ]
    return view(
        "sign-ins",
        here,
        entries,
        time.rows,
        ["sign-ins"],
        joined=LEAVING | {"name": "accounts", "population": "accounts"},
        where=here.mine(table),
        event=("at", table),
        context={
            "name": select(account.c.account_id, account.c.name).order_by(account.c.account_id),
            "population": here.known_of_accounts(PLACEMENT.c.population, "account_id"),
            "school": here.known_of_accounts(PLACEMENT.c.school, "account_id"),
            **dict.fromkeys(ENDING, here.known_of_accounts(PLACEMENT.c.employed_until, "account_id")),
            **dict.fromkeys(civil_time.COLUMNS, civil_time.what_decides(here.tenant)),
            "at_school": select(literal(",".join(here.networks))),
        },
    )
