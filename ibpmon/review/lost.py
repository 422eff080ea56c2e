"""Devices that were lost: marking one, how to shut it out, and the proof that it stopped syncing.

ibpmon blocks nothing itself. What it says afterwards rests on what Entra and Intune told in a later read in full.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from ibpmon.errors import RefusedError
from ibpmon.language import N_, _
from ibpmon.review.devices import SOURCES
from ibpmon.review.powershell import quoted
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.device_tables import LostDevice
from ibpmon.store.tables import Run
from ibpmon.store.upsert import table_of, take
from ibpmon.tell.words import shown

State = Literal["proven", "syncing", "open", "unread", "found"]
STATE_WORDS: Mapping[str, str] = {
    "proven": N_("proven: it stopped"), "syncing": N_("still syncs"), "open": N_("not shut out yet"),
    "unread": N_("not read yet"), "found": N_("found again"),
}  # fmt: skip
LONGEST = 1_000  # characters of a reason


@dataclass(frozen=True, slots=True)
class Proof:
    """What the last read says about a lost device, with the moments that it rests on."""

    state: State
    read_at: datetime | None = None  # of the older of both sources
    moved_at: datetime | None = None  # the last time that it synced or signed in
    gone: bool = False  # the object itself is no longer there
    places: tuple[str, ...] = ()  # the sources that this rests on


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do by hand: what, where in the portal, and the line to check and run."""

    what: str
    portal: str
    line: str


# ---------------------------------------------------------------- marking


def of_device(session: Session, store: Store, source: str, device: str) -> LostDevice | None:
    """The marking that holds for a device; None when there is none."""
    mine = (col(LostDevice.tenant_id) == store.tenant, col(LostDevice.source) == source,
            col(LostDevice.device) == device, col(LostDevice.found_at).is_(None))  # fmt: skip
    return session.scalars(select(LostDevice).where(*mine)).first()


def mark(session: Session, store: Store, device: Any, by: str, reason: str, now: datetime) -> LostDevice:
    """Mark a device as lost; of one that was marked already only what came from now on counts against it."""
    check(reason)
    row = of_device(session, store, device.source, device.key)
    if row is None:
        row = LostDevice(
            tenant_id=store.tenant, lost_id=take(session, store.tenant, "lost device"), source=device.source,
            device=device.key, name=device.name or "", serial=device.serial or "", account=device.account_id or "",
            lost_at=now, lost_by=by, reason=reason, counts_from=now,
        )  # fmt: skip
        session.add(row)
    row.counts_from = now
    session.flush()
    said = {"source": row.source, "device": row.device, "by": by, "reason": reason}
    ledger.append(session, store, [ledger.Act("device.lost", f"lost-device/{row.lost_id}", said)], now)
    return row


def find(session: Session, store: Store, source: str, device: str, by: str, reason: str, now: datetime) -> LostDevice:
    """Mark a lost device as found."""
    check(reason)
    row = of_device(session, store, source, device)
    if row is None:
        raise RefusedError(
            N_("this device was not marked as lost"), fix=N_("'ibpmon devices list --lost' shows which were")
        )
    row.found_at, row.found_by, row.found_reason = now, by, reason
    said = {"source": row.source, "device": row.device, "by": by, "reason": reason}
    ledger.append(session, store, [ledger.Act("device.found", f"lost-device/{row.lost_id}", said)], now)
    return row


def check(reason: str) -> None:
    """RefusedError for a reason that says nothing, or too much."""
    if not reason.strip():
        raise RefusedError(N_("a reason is missing"), fix=N_("say in a few words what happened to the device"))
    if len(reason) > LONGEST:
        raise RefusedError(N_("the reason is too long"), fix=N_("say it in {most} characters at most"), most=LONGEST)


# ---------------------------------------------------------------- proving


def proof(session: Session, store: Store, row: LostDevice) -> Proof:
    """What was seen of a lost device since it was marked, in three statements."""
    if row.found_at is not None:
        return Proof("found")
    managed = last_row(session, store, "managed-devices", "device_id", row.device if row.source == "intune" else "")
    tie = ("device_id", managed.entra_device_id or "") if managed is not None else ("entra_id", row.device)
    entra = last_row(session, store, "devices", *tie)
    read, places = last_reads(session, store), rests_on(managed, entra)
    return replace(judged(row, managed, entra, [read.get(name) for name in places]), places=places)


def rests_on(managed: Any, entra: Any) -> tuple[str, ...]:
    """The sources that have to be read first: those that knew it, and Entra also when Intune says it is known there.

    What Entra does not show may be what nobody read of Entra.
    """
    in_entra = entra is not None or (managed is not None and bool(managed.entra_device_id))
    return tuple(name for name, asked in zip(SOURCES, (managed is not None, in_entra), strict=True) if asked)


def last_row(session: Session, store: Store, source: str, column: str, key: str) -> Any:
    """What a source said of a device last, also when it is no longer there; None when it never did."""
    table = store.data.get(source)
    if table is None or not key:
        return None
    mine = (table.c.tenant_id == store.tenant, table.c[column] == key)
    return session.execute(select(table).where(*mine).order_by(table.c.first_seen.desc()).limit(1)).first()


def last_reads(session: Session, store: Store) -> dict[str, datetime]:
    """When each source that is on was begun to be read the last time that it was read in full."""
    run, on = table_of(Run).c, [name for name in SOURCES if name in store.data]
    mine = (run.tenant_id == store.tenant, run.connector.in_(on), run.state == "FULL")
    rows = session.execute(select(run.connector, func.max(run.started_at)).where(*mine).group_by(run.connector))
    return {row[0]: row[1] for row in rows}


def judged(row: LostDevice, managed: Any, entra: Any, reads: Sequence[datetime | None]) -> Proof:
    """The verdict. Gone from both is proof by itself; a sync after the marking is none, whatever else is true.

    One that Entra knows is shut out by being blocked there or by being gone; one that only Intune knows by being gone.
    """
    there = [one for one in (managed, entra) if one is not None]
    times = [
        managed.last_sync if managed is not None else None,
        entra.last_seen_by_entra if entra is not None else None,
    ]
    moved = max((at for at in times if at is not None), default=None)
    read_at = None if not reads or None in reads else min(at for at in reads if at is not None)
    gone = bool(there) and all(one.gone_at is not None for one in there)
    shut_out = gone if entra is None else entra.gone_at is not None or entra.enabled is False
    if moved is not None and moved > row.counts_from and not gone:
        return Proof("syncing", read_at, moved)
    if read_at is None or read_at <= row.counts_from:
        return Proof("unread", read_at, moved)
    return Proof("proven" if shut_out else "open", read_at, moved, gone)


# ---------------------------------------------------------------- shutting it out


def steps(device: Any) -> list[Step]:
    """How to shut a device out, in this order: what Intune can still reach is wiped before Entra blocks it."""
    name, found = shown(device.serial or device.key), list[Step]()
    if device.source == "intune":
        found.append(Step(
            _("Wipe it, so that what stands on it is gone"),
            _("Intune admin center > Devices > All devices > {name} > Wipe").format(name=name),
            f"Clear-MgDeviceManagementManagedDevice -ManagedDeviceId {quoted(device.key)}",
        ))  # fmt: skip
    if device.entra_id:
        found.append(Step(
            _("Block it, so that it lets nobody in any more"),
            _("Entra admin center > Devices > All devices > {name} > Disable").format(name=name),
            f"Update-MgDevice -DeviceId {quoted(device.entra_id)} -AccountEnabled:$false",
        ))  # fmt: skip
    if device.account_id:
        found.append(Step(
            _("End the sessions of the user, who then signs in again elsewhere"),
            _("Entra admin center > Users > the user > Revoke sessions"),
            f"Revoke-MgUserSignInSession -UserId {quoted(device.account_id)}",
        ))  # fmt: skip
    return found


def lost_now(session: Session, store: Store) -> Sequence[LostDevice]:
    """All that is lost now, the newest first."""
    mine = (col(LostDevice.tenant_id) == store.tenant, or_(col(LostDevice.found_at).is_(None)))
    return session.scalars(select(LostDevice).where(*mine).order_by(col(LostDevice.lost_id).desc())).all()
