"""Devices with who uses them, and what Entra and the list of the board say of them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Subquery,
    and_,
    case,
    false,
    func,
    literal,
    null,
    select,
)

from ibpmon.store.civil import number
from ibpmon.store.collected import Dataset
from ibpmon.store.tables import DAY, Tenant
from ibpmon.store.upsert import table_of
from ibpmon.store.view import Entry, Here, View, own, view
from ibpmon.store.views.monitor import percent
from ibpmon.store.views.people import days_after, person_entries

TENANT = table_of(Tenant)

JOINED = {
    "user_name": "accounts",
    "population": "accounts",
    "employed_until": "staff-list",
    "days_after_leaving": "staff-list",
    "former_pupil": "pupil-list",
    "allowed_in": "devices",
    "on_list": "device-list",
    "in_use": "device-list",
    "listed_school": "device-list",
    "at_other_school": "device-list",
}


def devices_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Devices with who uses them; one without a user, or with a user that is gone, has population unknown.

    `allowed_in` is false for a device that is blocked in Entra; `in_use` is what the list of the board says of it.
    """
    table = here.data["managed-devices"]
    placed, place_fits = here.place("account", table.c.account_id, "place")
    account = here.part("accounts", {"account_id": "text", "name": "text"})
    pupil = here.part("pupil-list", {"pupil_number": "text", "enrolled": "bool"})
    entra = here.part("devices", {"device_id": "text", "enabled": "bool"})
    listed = here.part("device-list", {"serial": "text", "in_use": "bool"})
    there, there_fits = here.place("device", table.c.serial, "listed_place")
    entries: list[Entry] = [
        *own(table, datasets["managed-devices"]),
        ("user_name", account.c.name, "text"),
        *person_entries(placed),
        ("days_after_leaving", days_after(literal(here.now, BigInteger), placed.c.employed_until), "int"),
        ("former_pupil", func.coalesce(pupil.c.enrolled.is_(False), false(), type_=Boolean), "bool"),
        ("allowed_in", entra.c.enabled, "bool"),
        ("on_list", listed.c.serial.is_not(None), "bool"),
        ("in_use", listed.c.in_use, "bool"),
        ("listed_school", there.c.school, "text"),
        ("at_other_school", differ(there.c.school, placed.c.school), "bool"),
    ]
    is_pupil = and_(placed.c.population == "pupil", pupil.c.pupil_number == placed.c.person)
    rows = (
        table.outerjoin(placed, place_fits)
        .outerjoin(account, account.c.account_id == table.c.account_id)
        .outerjoin(pupil, is_pupil)
        .outerjoin(entra, entra.c.device_id == table.c.entra_device_id)
        .outerjoin(listed, listed.c.serial == table.c.serial)
        .outerjoin(there, there_fits)
    )
    mine = here.mine(table)
    return view(
        "managed-devices", here, entries, rows, ["managed-devices"], joined=JOINED, where=mine, school_days=True
    )


def differ(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether two schools are known and not the same; nothing when one of them is not known."""
    return case((and_(one != "", other != ""), one != other), else_=null())


NEW = 14  # days in which a new batch may still come onto the list


def inventory_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """The board with how many devices there are, and how many stand in only one of Intune and the list of the board."""
    managed = here.part("managed-devices", {"serial": "text", "enrolled": "time"}, "counted_device")
    listed = here.part("device-list", {"serial": "text", "in_use": "bool"}, "counted_line")
    settled = number(managed.c.enrolled) <= literal(here.now - NEW * DAY, BigInteger)
    unlisted = and_(settled, ~select(listed.c.serial).where(listed.c.serial == managed.c.serial).exists())
    untended = and_(listed.c.in_use, ~select(managed.c.serial).where(managed.c.serial == listed.c.serial).exists())
    counts = {
        "managed": counted(managed),
        "not_on_list": counted(managed, unlisted),
        "not_managed": counted(listed, untended),
    }
    wrong, all_ = counts["not_on_list"] + counts["not_managed"], counts["managed"] + counts["not_managed"]
    entries: list[Entry] = [("board", TENANT.c.key, "text"), *((name, one, "int") for name, one in counts.items())]
    entries.append(("mismatch_percent", percent(wrong, all_), "int"))
    mine = TENANT.c.tenant_id == here.tenant
    return view("device-inventory", here, entries, TENANT, ["managed-devices", "device-list"], where=mine)


def counted(rows: Subquery, *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
    """How many rows there are."""
    return select(func.count()).select_from(rows).where(*conditions).scalar_subquery()


def device_list_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """The list of the board, with whether Intune manages each device."""
    table = here.data["device-list"]
    managed = here.part("managed-devices", {"serial": "text"})
    there = table.c.serial.in_(select(managed.c.serial).where(managed.c.serial.is_not(None)))
    entries: list[Entry] = [*own(table, datasets["device-list"]), ("managed", there, "bool")]
    joined = {"managed": "managed-devices"}
    return view("device-list", here, entries, table, ["device-list"], joined=joined, where=here.mine(table))
