"""How ibpmon itself is used: who had how many names revealed, and who looked at one person how often.

It rests on no connector. Only what is odd becomes a finding, and only the FG hears of it.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Subquery, and_, func, literal, select, type_coerce

from ibpmon.store.collected import Dataset
from ibpmon.store.tables import DAY, Moment
from ibpmon.store.upsert import table_of
from ibpmon.store.view import Entry, Here, View, view
from ibpmon.store.web_tables import PersonView

VIEW = table_of(PersonView)
REVEAL = "reveal"  # the page of a name behind a pseudonym


def reveals_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """Everybody who had names revealed in the last 24 hours: how many times."""
    told = counted(here, 1, VIEW.c.page == REVEAL)
    entries: list[Entry] = [*viewer(told), ("reveals", told.c.looks, "int"), ("last_look", told.c.last, "time")]
    return view("name-reveals", here, entries, told, [])


def lookups_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """Who looked at whom in the last seven days while nothing about that person was open: how many times.

    Who looks at himself looks at nobody.
    """
    told = counted(here, 7, and_(VIEW.c.open_finding.is_(False), VIEW.c.viewer != VIEW.c.whom), VIEW.c.whom)
    entries: list[Entry] = [
        *viewer(told), ("whom", told.c.whom, "text"), ("looks", told.c.looks, "int"), ("last_look", told.c.last, "time")
    ]  # fmt: skip
    return view("person-lookups", here, entries, told, [])


def viewer(told: Subquery) -> list[Entry]:
    """Who looked."""
    return [("account_id", told.c.viewer, "text"), ("upn", told.c.viewer_name, "text")]


def counted(here: Here, days: int, wanted: ColumnElement[bool], *also: Any) -> Subquery:
    """The looks of the last days, per viewer."""
    since = type_coerce(VIEW.c.at, BigInteger) > literal(here.now - days * DAY, BigInteger)
    key = (VIEW.c.viewer, *also)
    last = type_coerce(func.max(VIEW.c.at), Moment).label("last")
    columns = (*key, func.max(VIEW.c.viewer_name).label("viewer_name"), func.count().label("looks"), last)
    return select(*columns).where(VIEW.c.tenant_id == here.tenant, since, wanted).group_by(*key).subquery("looked")
