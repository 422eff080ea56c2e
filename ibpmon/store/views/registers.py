"""The registers: the 72-hour clocks that run, and the privacy requests that wait. Neither view holds a name.

They rest on no connector: what a person wrote down here is always there.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, and_, cast, column, literal, or_, type_coerce, values

from ibpmon.store.collected import Dataset
from ibpmon.store.tables import DAY, Incident, Moment, PrivacyRequest
from ibpmon.store.upsert import table_of
from ibpmon.store.view import FAR, HOUR, Entry, Here, View, view

INCIDENT, REQUEST = table_of(Incident), table_of(PrivacyRequest)
DEADLINE = 72  # hours after awareness within which a data breach is reported (art. 33 AVG)
STAGES = (0, 24, 48, 66, DEADLINE)  # hours after awareness; each is told


def clock_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """Each 72-hour clock that runs, once for every stage that it has reached; hours are real ones, in UTC."""
    stages = values(column("hours", BigInteger), name="stages").data([(one,) for one in STAGES]).cte("clock_stages")
    aware = type_coerce(INCIDENT.c.aware_at, BigInteger)
    reached = aware + type_coerce(stages.c.hours * literal(HOUR, BigInteger), BigInteger) <= literal(
        here.now, BigInteger
    )
    ends = type_coerce(aware + literal(DEADLINE * HOUR, BigInteger), BigInteger)
    entries: list[Entry] = [
        ("incident", cast(INCIDENT.c.incident_id, Text), "text"),
        ("type", INCIDENT.c.type, "text"),
        ("data_breach", INCIDENT.c.data_breach, "text"),
        ("stage", cast(stages.c.hours, Text), "text"),
        ("aware_at", INCIDENT.c.aware_at, "time"),
        ("deadline", type_coerce(ends, Moment), "time"),
        ("hours_left", whole_units_left(here, ends, HOUR), "int"),
    ]
    runs = and_(
        INCIDENT.c.tenant_id == here.tenant,
        INCIDENT.c.state != "closed",
        INCIDENT.c.data_breach.in_(("yes", "investigating")),
        or_(INCIDENT.c.reported.is_(None), INCIDENT.c.reported.is_(False)),
    )
    return view("incident-clock", here, entries, INCIDENT.join(stages, reached), [], where=runs)


def requests_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """Each privacy request that is not decided, with the whole days that are left; below zero it is too late."""
    entries: list[Entry] = [
        ("request", cast(REQUEST.c.request_id, Text), "text"),
        ("kind", REQUEST.c.kind, "text"),
        ("received_at", REQUEST.c.received_at, "time"),
        ("due", REQUEST.c.due_at, "time"),
        ("extended", REQUEST.c.extended_at.is_not(None), "bool"),
        ("days_left", whole_units_left(here, REQUEST.c.due_at, DAY), "int"),
    ]
    waits = and_(REQUEST.c.tenant_id == here.tenant, REQUEST.c.state != "decided")
    return view("privacy-requests", here, entries, REQUEST, [], where=waits)


def whole_units_left(here: Here, moment: ColumnElement[Any], unit: int) -> ColumnElement[int]:
    """How many whole units there are until then, rounded down; below zero from the first moment after it."""
    left = type_coerce(moment, BigInteger) + literal(FAR * unit - here.now, BigInteger)
    return type_coerce(left // literal(unit, BigInteger) - literal(FAR, BigInteger), BigInteger)
