"""Remote sessions, with whether somebody agreed to them: by the file of the board, or told to ibpmon."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Subquery, and_, func, literal, or_, select, union_all

from ibpmon.store.civil import number
from ibpmon.store.collected import Dataset
from ibpmon.store.tables import DAY, Consent
from ibpmon.store.upsert import table_of
from ibpmon.store.view import Columns, Entry, Here, View, own, view

SESSIONS, BY_FILE = "rmm-sessions", "remote-consents"
CONSENT = table_of(Consent)
SAID: Columns = {"person": "text", "device": "text", "given_at": "time", "until": "time"}


def remote_sessions_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Who looked along on which device, and who had agreed to that: as it is known now, for consent may be told later.

    A device stands in a consent by its name or its serial number. One without an end counts for a day: who agrees
    once does not agree for ever.
    """
    table = here.data[SESSIONS]
    agreed = agreements(here, table)
    entries: list[Entry] = [
        *own(table, datasets[SESSIONS]),
        ("consented", agreed.c.person.is_not(None), "bool"),
        ("consent_of", agreed.c.person, "text"),
    ]
    rows = table.outerjoin(agreed, agreed.c.id == table.c.id)
    joined = dict.fromkeys(("consented", "consent_of"), BY_FILE)
    return view("remote-sessions", here, entries, rows, [SESSIONS], joined=joined, where=here.mine(table))


def agreements(here: Here, table: Any) -> Subquery:
    """The sessions to which somebody agreed, each once."""
    session, given = table.alias("agreed_session"), consents(here)
    both = select(session.c.id, func.min(given.c.person).label("person")).join(given, covers(given, session))
    return both.where(here.mine(session)).group_by(session.c.id).subquery("agreements")


def consents(here: Here) -> Subquery:
    """All consents: whose, for which device by name or serial number, and the name behind that number."""
    file = here.part(BY_FILE, SAID, "consents_by_file")
    told = select(*(CONSENT.c[name] for name in SAID)).where(CONSENT.c.tenant_id == here.tenant)
    both = union_all(select(*(file.c[name] for name in SAID)), told).subquery("consents")
    managed = here.part("managed-devices", {"serial": "text", "name": "text"}, "consent_device")
    begins = number(both.c.given_at)
    rows = both.outerjoin(managed, same(managed.c.serial, both.c.device))
    ends = func.coalesce(number(both.c.until), begins + literal(DAY, BigInteger))
    names = (both.c.person, both.c.device, managed.c.name, begins.label("begins"), ends.label("ends"))
    return select(*names).select_from(rows).subquery("consents_with_names")


def covers(given: Subquery, session: Any) -> ColumnElement[bool]:
    """Whether a consent is about this session: its device, and its moment."""
    at = number(session.c.at)
    device = or_(same(given.c.device, session.c.device), same(given.c.name, session.c.device))
    return and_(device, given.c.begins <= at, at < given.c.ends)


def same(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether two names are the same; capitals make no difference."""
    return func.lower(one) == func.lower(other)
