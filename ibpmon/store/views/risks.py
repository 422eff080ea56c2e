"""Accounts that Microsoft holds for taken over, with whose they are."""

from collections.abc import Mapping

from ibpmon.store.collected import Dataset
from ibpmon.store.view import Entry, Here, View, own, view
from ibpmon.store.views.people import person_entries


def risky_users_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Accounts with a risk according to Microsoft; one that is gone has no name."""
    table = here.data["risky-users"]
    placed, place_fits = here.place("account", table.c.account_id, "place")
    account = here.part("accounts", {"account_id": "text", "name": "text", "upn": "text"})
    entries: list[Entry] = [
        *own(table, datasets["risky-users"]),
        ("name", account.c.name, "text"),
        ("upn", account.c.upn, "text"),
        *person_entries(placed)[:2],
    ]
    rows = table.outerjoin(placed, place_fits).outerjoin(account, account.c.account_id == table.c.account_id)
    joined = dict.fromkeys(("name", "upn", "population"), "accounts")
    return view("risky-users", here, entries, rows, ["risky-users"], joined=joined, where=here.mine(table))
