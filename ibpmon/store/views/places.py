"""Groups and sites with the zone and the school that they belong to."""

from collections.abc import Callable, Mapping

from sqlalchemy import Boolean, FromClause, func, type_coerce

from ibpmon.store.collected import Dataset
from ibpmon.store.view import Entry, Here, View, own, view

CLASSIFIED = dict.fromkeys(("classified", "confidentiality", "sensitive"), "classification")


def places_view(name: str, kind: str, key: str) -> Callable[[Here, Mapping[str, Dataset]], View]:
    """Makes the view of groups or sites with the zone and school that they belong to."""

    def make(here: Here, datasets: Mapping[str, Dataset]) -> View:
        table = here.data[name]
        placed, place_fits = here.place(kind, table.c[key], "place")
        entries = [*own(table, datasets[name]), *place_entries(placed)]
        rows = table.outerjoin(placed, place_fits)
        return view(name, here, entries, rows, [name], joined=CLASSIFIED, where=here.mine(table))

    return make


def place_entries(placed: FromClause) -> list[Entry]:
    """In which zone and at which school a place is, and how sensitive it is."""
    return [
        ("zone", func.coalesce(placed.c.zone, "unknown"), "text"),
        ("school", func.coalesce(placed.c.school, ""), "text"),
        *sensitivity_entries(placed),
    ]


def sensitivity_entries(placed: FromClause) -> list[Entry]:
    """How bad it is when another sees it (low, medium, high); NULL where that is not known.

    `classified` is NULL when the classification was not read, and false for what it does not name.
    """
    return [
        ("classified", placed.c.classified, "bool"),
        ("confidentiality", placed.c.confidentiality, "text"),
        ("sensitive", type_coerce(placed.c.confidentiality == "high", Boolean), "bool"),
    ]
