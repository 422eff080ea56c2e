"""Consents to remote sessions that a person tells to ibpmon: who agreed, on which device, from when until when."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Select, select
from sqlmodel import Session, col

from ibpmon.collect.board_files.values import Unusable, Way, value
from ibpmon.config import Config
from ibpmon.language import N_
from ibpmon.store import ledger, upsert
from ibpmon.store.collected import Field
from ibpmon.store.database import Store
from ibpmon.store.tables import Consent, aware

Places = Mapping[str, tuple[str, ...]]
# Where a device, and where a person, is known by which fields.
DEVICES: Places = {
    "managed-devices": ("name", "serial"), "device-list": ("serial",), "rmm-devices": ("name",),
    "rmm-sessions": ("device",),
}  # fmt: skip
PEOPLE: Places = {"accounts": ("upn", "employee_id"), "staff-list": ("employee_number", "upn")}


def moment_of(written: str, name: str, config: Config) -> datetime | None:
    """A time as a person writes it, as in the files of the board; Unusable says what is wrong with it.

    A last day (`name` until) without a time counts as a whole; None is no end.
    """
    found = value(written, Way(Field(name, (), "time", ""), zone=config.time_zone))
    return None if found is None else aware(found)


def is_known(session: Session, store: Store, places: Places, name: str) -> bool:
    """Whether one of these sources knows the name; true as well when nothing was read that could."""
    found = [one for query in fields_of(store, places) for one in session.scalars(query)]
    return not found or name.strip().casefold() in {str(one).casefold() for one in found}


def fields_of(store: Store, places: Places) -> Iterator[Select[tuple[str]]]:
    """The values of these fields of the sources that are on."""
    for name, fields in places.items():
        for field in fields if name in store.data else ():
            table = store.data[name]
            if field in table.c:
                yield select(table.c[field]).where(table.c.tenant_id == store.tenant, table.c[field].is_not(None))


def record(
    session: Session, store: Store, person: str, device: str, given: datetime, until: datetime | None, now: datetime
) -> Consent:
    """Write down a consent; Unusable when it ends before it begins."""
    if until is not None and until <= given:
        raise Unusable(N_("it ends before it begins"))
    number = upsert.take(session, store.tenant, "consent")
    row = Consent(
        tenant_id=store.tenant, consent_id=number, person=person.strip(), device=device.strip(), given_at=given,
        until=until, recorded_at=now,
    )  # fmt: skip
    session.add(row)
    said = {"person": row.person, "device": row.device, "given_at": row.given_at, "until": row.until}
    ledger.append(session, store, [ledger.Act("consent.given", f"consent/{number}", said)], now)
    return row


def told(session: Session, store: Store) -> list[Consent]:
    """The consents that were told, the newest first."""
    mine = select(Consent).where(col(Consent.tenant_id) == store.tenant)
    return list(session.scalars(mine.order_by(col(Consent.given_at).desc(), col(Consent.consent_id).desc())))


def end(session: Session, store: Store, number: int, now: datetime) -> Consent | None:
    """Let a consent end now, or never have been there when it was still to begin; None when there is no such one."""
    row = session.get(Consent, (store.tenant, number))
    if row is not None:
        row.until = max(row.given_at, min(row.until or now, now))
        ledger.append(session, store, [ledger.Act("consent.ended", f"consent/{number}", {"until": row.until})], now)
    return row
