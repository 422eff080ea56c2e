"""Sign-ins with whose account it was, and whether they came from a school."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Select,
    Subquery,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union,
)

from ibpmon.store import civil as civil_time
from ibpmon.store.civil import civil
from ibpmon.store.collected import Dataset
from ibpmon.store.networks import in_networks, subnet_of
from ibpmon.store.view import PLACEMENT, Entry, Here, View, is_one_of, own, view
from ibpmon.store.views.people import LEAVING, days_after, person_entries

JOINED = {
    "name": "accounts",
    "population": "accounts",
    "placed_by": "accounts",
    "sensitive_app": "classification",
    "device_blocked": "devices",
    "device_out_of_use": "device-list",
}
FOR_STAFF = {"staff_app": "service-principals", "staff_device": "managed-devices"}
SHARED = ("Gedeeld", "Kar", "Kiosk")  # categories of devices that many use
ENDING = ("employed_until", "employed_until_days", "days_after_leaving", "had_left")


def sign_ins_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Sign-ins with whose account it was, and whether they came from a school."""
    table = here.data["sign-ins"]
    placed, place_fits = here.place("account", table.c.account_id, "place")
    account = here.part("accounts", {"account_id": "text", "name": "text"})
    entries: list[Entry] = [
        *own(table, datasets["sign-ins"]),
        ("name", account.c.name, "text"),
        *person_entries(placed),
        ("placed_by", func.coalesce(placed.c.reason, ""), "text"),
        ("days_after_leaving", days_after(table.c.at, placed.c.employed_until), "int"),
        ("had_left", had_left(table.c.at, placed.c.employed_until), "bool"),
        ("at_school", in_networks(table.c.ip_address, here.networks), "bool"),
        ("subnet", subnet_of(table.c.ip_address), "text"),
        ("privileged", is_administrator(here, table.c.account_id), "bool"),
        ("sensitive_app", is_sensitive(here, table), "bool"),
        ("device_blocked", is_one_of(table.c.device_id, blocked_devices(here)), "bool"),
        ("device_out_of_use", is_one_of(table.c.device_id, written_off(here)), "bool"),
        ("device_name", device_name(here, table.c.device_id), "text"),
        ("staff_app", is_one_of(table.c.app_id, staff_apps(here)), "bool"),
        ("staff_device", is_one_of(table.c.device_id, staff_devices(here)), "bool"),
    ]
    rows = table.outerjoin(placed, place_fits).outerjoin(account, account.c.account_id == table.c.account_id)
    time = civil(here.tenant, rows, table.c.at, "at")
    entries += [
        ("local_hour", time.hour, "int"),
        ("weekday", time.weekday, "int"),
        ("school_day", time.school_day, "bool"),
        ("holiday", time.holiday, "bool"),
        ("working_hours", time.working_hours, "bool"),
    ]
    return view(
        "sign-ins",
        here,
        entries,
        time.rows,
        ["sign-ins"],
        joined=LEAVING | JOINED | FOR_STAFF | brought_by_beta(datasets),
        where=here.mine(table),
        event=("at", table),
        context={
            "name": select(account.c.account_id, account.c.name).order_by(account.c.account_id),
            "population": here.known_of_accounts(PLACEMENT.c.population, "account_id"),
            "placed_by": here.known_of_accounts(PLACEMENT.c.reason, "account_id"),
            "school": here.known_of_accounts(PLACEMENT.c.school, "account_id"),
            **dict.fromkeys(ENDING, here.known_of_accounts(PLACEMENT.c.employed_until, "account_id")),
            **dict.fromkeys(civil_time.COLUMNS, civil_time.what_decides(here.tenant)),
            "at_school": select(literal(",".join(here.networks))),
            "privileged": select(administrators(here).c.account_id, literal("1")),
            "sensitive_app": sensitive_apps(here),
            "device_blocked": with_mark(blocked_devices(here)),
            "device_out_of_use": with_mark(written_off(here)),
            "staff_app": with_mark(staff_apps(here)),
            "staff_device": with_mark(staff_devices(here)),
        },
    )


def had_left(moment: ColumnElement[Any], until: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the last contract was known to be over; it weighs a finding, so it needs no staff list to be read."""
    return func.coalesce(type_coerce(moment, BigInteger) >= type_coerce(until, BigInteger), false(), type_=Boolean)


def is_administrator(here: Here, account: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether an account holds a role.

    Only how much a finding weighs hangs on this, so a rule that uses it finds as much where roles were not read.
    """
    return is_one_of(account, select(administrators(here).c.account_id))


def administrators(here: Here) -> Subquery:
    """The accounts that hold a role, directly or through a group; such a group cannot hold other groups."""
    given = here.part("role-assignments", {"principal_id": "text"})
    member = here.part("group-members", {"group_id": "text", "member_id": "text"})
    through = select(member.c.member_id).where(member.c.group_id.in_(select(given.c.principal_id)))
    both = union(select(given.c.principal_id.label("account_id")), through).subquery("holders")
    return select(both.c.account_id).where(both.c.account_id.is_not(None)).subquery("administrators")


# ---- to which application, and from which device


def is_sensitive(here: Here, table: Any) -> ColumnElement[bool]:
    """Whether the board calls the application, or what it gives access to, confidential in its classification."""
    named = sensitive_apps(here).subquery("sensitive_apps")
    told = (table.c.app, table.c.app_id, table.c.resource)
    return or_(*(is_one_of(func.lower(one), select(named.c.sensitive)) for one in told))


def sensitive_apps(here: Here) -> Select[Any]:
    """The names, in small letters, of applications with the highest confidentiality."""
    known = here.part("classification", {"kind": "text", "name": "text", "confidentiality": "text"}, "sensitive")
    name = func.lower(known.c.name).label("sensitive")
    return select(name).where(known.c.kind == "app", known.c.confidentiality == "high").order_by(name)


def blocked_devices(here: Here) -> Select[Any]:
    """The devices that are blocked in Entra: lost or stolen."""
    entra = here.part("devices", {"device_id": "text", "enabled": "bool"}, "blocked_device")
    return select(entra.c.device_id).where(entra.c.enabled.is_(False), entra.c.device_id.is_not(None))


def written_off(here: Here) -> Select[Any]:
    """The devices that are out of use according to the list of the board, by what Intune calls them in Entra."""
    managed = here.part("managed-devices", {"serial": "text", "entra_device_id": "text"}, "written_off_device")
    listed = here.part("device-list", {"serial": "text", "in_use": "bool"}, "written_off_line")
    rows = managed.join(listed, listed.c.serial == managed.c.serial)
    key = managed.c.entra_device_id.label("device_id")
    return select(key).select_from(rows).where(listed.c.in_use.is_(False), key.is_not(None))


def with_mark(keys: Select[Any]) -> Select[Any]:
    """These applications or devices as something that is said of the events of each."""
    (key,) = keys.subquery("marked").c
    return select(key, literal("1")).order_by(key)


def device_name(here: Here, device: ColumnElement[Any]) -> ColumnElement[Any]:
    """What Entra calls a device."""
    entra = here.part("devices", {"device_id": "text", "name": "text"}, "named_device")
    return select(func.max(entra.c.name)).where(entra.c.device_id == device).scalar_subquery()


def staff_apps(here: Here) -> Select[Any]:
    """The applications that are for the staff."""
    app = here.part("service-principals", {"principal_id": "text", "app_id": "text"}, "app_of_staff")
    placed, fits = here.place("app", app.c.principal_id, "app_of_staff_place")
    return select(app.c.app_id.label("app_id")).join(placed, fits).where(placed.c.zone.in_(("staff", "board")))


def staff_devices(here: Here) -> Select[Any]:
    """The managed devices of which the user is somebody of the staff; one that is shared is of nobody."""
    device = here.part(
        "managed-devices", {"entra_device_id": "text", "account_id": "text", "category": "text"}, "device_of_staff"
    )
    placed, fits = here.place("account", device.c.account_id, "device_of_staff_place")
    own = func.coalesce(device.c.category, "").not_in(SHARED)
    mine = and_(placed.c.population == "staff", own, device.c.entra_device_id != "")
    return select(device.c.entra_device_id.label("device_id")).join(placed, fits).where(mine)


def brought_by_beta(datasets: Mapping[str, Dataset]) -> dict[str, str]:
    """The columns of the table of sign-ins that only the beta fills."""
    mine = {field.name for field in datasets["sign-ins"].own}
    beta = datasets["sign-ins-beta"].own if "sign-ins-beta" in datasets else ()
    return {field.name: "sign-ins-beta" for field in beta if field.name not in mine}
