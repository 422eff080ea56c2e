"""What views say of a place: the zone and the school that it belongs to, and how sensitive it is."""

from sqlalchemy import Boolean, FromClause, func, type_coerce

from ibpmon.store.view import Entry

CLASSIFIED = dict.fromkeys(("classified", "confidentiality", "sensitive"), "classification")


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
