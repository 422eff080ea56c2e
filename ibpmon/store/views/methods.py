"""The methods of signing in that the tenant knows: one row each, on or off."""

from collections.abc import Mapping

from sqlalchemy import true

from ibpmon.store.collected import Dataset
from ibpmon.store.json_lists import rows_of, text_member
from ibpmon.store.view import Entry, Here, View, view


def methods_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """Each method of the policy for methods, and whether people may use it."""
    table = here.data["authentication-methods-policy"]
    one = rows_of(table.c.methods, "one_method")
    entries: list[Entry] = [
        ("method", text_member(one.c.value, "id"), "text"),
        ("state", text_member(one.c.value, "state"), "text"),
    ]
    rows = table.join(one, true())
    return view("sign-in-methods", here, entries, rows, ["authentication-methods-policy"], where=here.mine(table))
