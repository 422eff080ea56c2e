"""What differs from the autorisatiematrix: who has more than it gives, and of which place people lack something.

The comparison itself is made in `review`, where the matrix is; here stand its ids with the names of today.
"""

from collections.abc import Mapping

from sqlalchemy import Boolean, ColumnElement, and_, func, literal, type_coerce

from ibpmon.store.collected import Dataset
from ibpmon.store.tables import MatrixDifference
from ibpmon.store.upsert import table_of
from ibpmon.store.view import Columns, Entry, Here, View, view
from ibpmon.store.views.places import place_entries

FOUND = table_of(MatrixDifference)
NAME = "matrix-differences"
ACCOUNT: Columns = {"account_id": "text", "name": "text", "upn": "text"}


def differences_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """One row per place and holder with more than the matrix gives; per place one for what lacks, one for what is open.

    `since` is NULL of what was there when ibpmon compared for the first time: nobody knows how long before.
    """
    account = here.part("accounts", ACCOUNT, "differing")
    person, person_fits = here.place("account", FOUND.c.holder_id, "differing_person")
    placed, place_fits = here.place(FOUND.c.place_kind, FOUND.c.place_id, "differing_place")
    entries: list[Entry] = [
        ("access", FOUND.c.place_id + literal("/") + FOUND.c.holder_id, "text"),
        ("way", FOUND.c.way, "text"),
        ("resource_kind", FOUND.c.place_kind, "text"),
        ("resource_id", FOUND.c.place_id, "text"),
        ("resource_name", FOUND.c.place_name, "text"),
        *((f"resource_{name}", column, kind) for name, column, kind in place_entries(placed) if name == "school"),
        *((name, column, kind) for name, column, kind in place_entries(placed) if name == "zone"),
        ("holder_kind", FOUND.c.holder_kind, "text"),
        ("holder_id", FOUND.c.holder_id, "text"),
        ("opening", func.coalesce(func.nullif(FOUND.c.scope, ""), FOUND.c.holder_kind), "text"),
        ("name", func.coalesce(account.c.name, account.c.upn), "text"),
        ("upn", account.c.upn, "text"),
        ("population", func.coalesce(person.c.population, "unknown"), "text"),
        ("school", func.coalesce(person.c.school, ""), "text"),
        ("function", func.coalesce(person.c.function, ""), "text"),
        *((name, FOUND.c[name], "text") for name in ("right", "allowed", "reason", "former", "decided")),
        *((name, FOUND.c[name], "int") for name in ("steps", "people")),
        ("sensitive", FOUND.c.sensitive, "bool"),
        ("settled", is_settled(here), "bool"),
        *((name, FOUND.c[name], "time") for name in ("since", "moved_at", "settled_until")),
    ]
    is_person = and_(FOUND.c.holder_kind == "person", account.c.account_id == FOUND.c.holder_id)
    rows = FOUND.outerjoin(account, is_person).outerjoin(person, person_fits).outerjoin(placed, place_fits)
    return view(NAME, here, entries, rows, ["accounts", "groups"], where=FOUND.c.tenant_id == here.tenant)


def is_settled(here: Here) -> ColumnElement[bool]:
    """Whether a signed review lets it be, now."""
    return type_coerce(func.coalesce(FOUND.c.settled_until > here.now, literal(value=False)), Boolean)
