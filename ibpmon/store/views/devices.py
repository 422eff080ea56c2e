"""Devices with who uses them."""

from collections.abc import Mapping

from ibpmon.store.collected import Dataset
from ibpmon.store.view import Entry, Here, View, own, view
from ibpmon.store.views.people import person_entries


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
    mine = here.mine(table)
    return view(
        "managed-devices", here, entries, rows, ["managed-devices"], joined=joined, where=mine, school_days=True
    )
