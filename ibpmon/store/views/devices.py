"""Devices with who uses them, and what Entra and the list of the board say of them."""

from collections.abc import Mapping

from sqlalchemy import BigInteger, Boolean, and_, false, func, literal, select

from ibpmon.store.collected import Dataset
from ibpmon.store.view import Entry, Here, View, own, view
from ibpmon.store.views.people import days_after, person_entries

JOINED = {
    "user_name": "accounts",
    "population": "accounts",
    "employed_until": "staff-list",
    "days_after_leaving": "staff-list",
    "former_pupil": "pupil-list",
    "allowed_in": "devices",
    "on_list": "device-list",
    "in_use": "device-list",
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
    entries: list[Entry] = [
        *own(table, datasets["managed-devices"]),
        ("user_name", account.c.name, "text"),
        *person_entries(placed),
        ("days_after_leaving", days_after(literal(here.now, BigInteger), placed.c.employed_until), "int"),
        ("former_pupil", func.coalesce(pupil.c.enrolled.is_(False), false(), type_=Boolean), "bool"),
        ("allowed_in", entra.c.enabled, "bool"),
        ("on_list", listed.c.serial.is_not(None), "bool"),
        ("in_use", listed.c.in_use, "bool"),
    ]
    is_pupil = and_(placed.c.population == "pupil", pupil.c.pupil_number == placed.c.person)
    rows = (
        table.outerjoin(placed, place_fits)
        .outerjoin(account, account.c.account_id == table.c.account_id)
        .outerjoin(pupil, is_pupil)
        .outerjoin(entra, entra.c.device_id == table.c.entra_device_id)
        .outerjoin(listed, listed.c.serial == table.c.serial)
    )
    return view("managed-devices", here, entries, rows, ["managed-devices"], joined=JOINED, where=here.mine(table))


def device_list_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """The list of the board, with whether Intune manages each device."""
    table = here.data["device-list"]
    managed = here.part("managed-devices", {"serial": "text"})
    there = table.c.serial.in_(select(managed.c.serial).where(managed.c.serial.is_not(None)))
    entries: list[Entry] = [*own(table, datasets["device-list"]), ("managed", there, "bool")]
    joined = {"managed": "managed-devices"}
    return view("device-list", here, entries, table, ["device-list"], joined=joined, where=here.mine(table))
