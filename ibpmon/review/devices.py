"""All devices with who uses them: what Intune manages, and what only Entra knows."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from ibpmon.review.holders import Sight
from ibpmon.review.nearby import Near
from ibpmon.store.collected import TYPES
from ibpmon.store.device_tables import LostDevice
from ibpmon.store.matching import folded_text, place_in
from ibpmon.store.upsert import table_of
from ibpmon.store.view import Columns, in_bytes

SOURCES = ("managed-devices", "devices")
MANAGED: Columns = {
    "device_id": "text", "entra_device_id": "text", "name": "text", "serial": "text", "account_id": "text",
    "system": "text", "model": "text", "last_sync": "time", "compliance": "text", "encrypted": "bool",
}  # fmt: skip
ENTRA: Columns = {
    "entra_id": "text", "device_id": "text", "name": "text", "enabled": "bool", "system": "text",
    "last_seen_by_entra": "time",
}  # fmt: skip
LOST = table_of(LostDevice)


def devices(near: Near, word: str, begin: int, many: int) -> Sequence[Any]:
    """One page of the devices in whose name, serial number or user this stands; by user, those without one last.

    The name of a pupil is not looked in, nor that of a pupil's device: it would tell whose pseudonym it is.
    """
    return list(near.rows("devices", page_of_devices, word=word, begin=begin, many=many))


def count(near: Near, word: str) -> Any:
    """How many fit, how many of these have no user, and how many are lost."""
    return next(iter(near.rows("count of devices", counted_devices, word=word)))


def one_device(near: Near, source: str, key: str) -> Any:
    """One device; None when there is none."""
    return next(iter(near.rows("one device", known_device, source=source, device=key)), None)


# ---------------------------------------------------------------- the statements


def page_of_devices(here: Sight) -> Select[Any]:
    """A page of the rows that fit."""
    c = known(here).c
    who = case((named(c), folded_text(func.coalesce(c.user_name, c.account_id))), else_=c.account_id)
    order = (func.coalesce(c.account_id, "") == "", in_bytes(func.coalesce(who, "")), c.source, c.key)
    return select(*c).where(fits(c)).order_by(*order).limit(bindparam("many")).offset(bindparam("begin"))


def counted_devices(here: Sight) -> Any:
    """Three numbers in one row."""
    c = known(here).c
    alone = func.count().filter(func.coalesce(c.account_id, "") == "")
    lost = func.count().filter(c.lost_id.is_not(None))
    return select(func.count().label("all"), alone.label("alone"), lost.label("lost")).where(fits(c))


def known_device(here: Sight) -> Select[Any]:
    """The row of one device."""
    c = known(here).c
    return select(*c).where(c.source == bindparam("source"), c.key == bindparam("device"))


def named(c: Any) -> ColumnElement[bool]:
    """Whether the user may be named."""
    return may_be_named(c.population)


def may_be_named(population: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether somebody of this kind may be named; who is not placed, or fits nothing, may be a pupil."""
    return func.coalesce(population, "unknown").not_in(("unknown", "pupil"))


def fits(c: Any) -> ColumnElement[bool]:
    """Whether a device fits what somebody looks for; everything fits nothing asked."""
    word: Any = bindparam("word", type_=Text)
    open_names = or_(named(c), func.coalesce(c.account_id, "") == "")

    def has(column: Any) -> ColumnElement[bool]:
        return place_in(folded_text(func.coalesce(column, "")), word) > 0

    return or_(word == "", has(c.serial), and_(open_names, or_(has(c.name), has(c.user_name))))


def known(here: Sight) -> Subquery:
    """Every device once, beside its user, and whether it was lost."""
    device = union_all(*(make(here) for make in MAKERS)).subquery("device")
    account = here.part("accounts", {"account_id": "text", "name": "text", "upn": "text"}, "device_user")
    place, its_place = here.place("account", device.c.account_id, "device_user_place")
    lost = and_(
        LOST.c.tenant_id == here.tenant, LOST.c.source == device.c.source, LOST.c.device == device.c.key,
        LOST.c.found_at.is_(None),
    )  # fmt: skip
    rows = device.outerjoin(account, account.c.account_id == device.c.account_id).outerjoin(place, its_place)
    told = (account.c.name.label("user_name"), account.c.upn, place.c.population, place.c.school, LOST.c.lost_id,
            LOST.c.lost_at)  # fmt: skip
    return select(*device.c, *told).select_from(rows.outerjoin(LOST, lost)).subquery("known_device")


def managed(here: Sight) -> Select[Any]:
    """What Intune manages, with what Entra says of it."""
    one, entra = here.part("managed-devices", MANAGED, "managed"), here.part("devices", ENTRA, "its_entra")
    rows = one.outerjoin(entra, entra.c.device_id == one.c.entra_device_id)
    return select(
        literal("intune").label("source"), one.c.device_id.label("key"), one.c.name, one.c.serial, one.c.account_id,
        one.c.system, one.c.model, one.c.last_sync, one.c.compliance, one.c.encrypted,
        entra.c.enabled.label("allowed"), entra.c.last_seen_by_entra, entra.c.entra_id,
    ).select_from(rows)  # fmt: skip


def only_in_entra(here: Sight) -> Select[Any]:
    """What Intune does not manage; nobody tells who uses it."""
    one, other = here.part("devices", ENTRA, "unmanaged"), here.part("managed-devices", MANAGED, "any_managed")
    there = select(other.c.device_id).where(other.c.entra_device_id == one.c.device_id).exists()
    nothing, at = cast(null(), Text), cast(null(), TYPES["time"])
    return select(
        literal("entra"), one.c.entra_id, one.c.name, nothing, nothing, one.c.system, nothing, at, nothing,
        cast(null(), TYPES["bool"]), one.c.enabled, one.c.last_seen_by_entra, one.c.entra_id,
    ).where(~there)  # fmt: skip


MAKERS: Iterable[Callable[[Sight], Any]] = (managed, only_in_entra)
