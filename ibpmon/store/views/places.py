"""Groups and sites with the zone and the school that they belong to."""

from collections.abc import Callable, Mapping

from sqlalchemy import FromClause, func

from ibpmon.store.collected import Dataset
from ibpmon.store.view import Entry, Here, View, own, view


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
