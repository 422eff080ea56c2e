"""Devices that were not seen for long, are not as they should be, or are with somebody who left; and look-alikes."""

from datetime import timedelta
from typing import Any

from ibpmon.demo.board import devices, people
from ibpmon.demo.board.holidays import days_in_holidays, days_with_school
from ibpmon.demo.board.nouns import Board, Person, stamp
from ibpmon.demo.board.planting.stories import ago, new_pupil, play, schools_from, some_staff
from ibpmon.demo.board.truth.devices import KEPT, keepers

DEVICE = "stale-device"


def plant_devices(board: Board) -> None:
    """Devices that stay away too long, and those that may."""
    for turn in range(board.scale.rounds):
        key = next(schools_from(board, turn + 4))
        staff, pupil = some_staff(board, key, 1)[0], new_pupil(board, key)
        plant_stale(board, key, staff, pupil)
        decoy_stale(board, key, staff, pupil)
    with board.chance("devices"):
        for turn in range(board.scale.rounds):
            plant_states(board, turn)
    tell_kept(board)


def plant_stale(board: Board, key: str, staff: Person, pupil: Person) -> None:
    """Right on thirty days, long gone, without a user, of a user who is gone, right on sixty for a pupil."""
    lost = Person({"id": board.new_id(), "displayName": "", "mail": "", "userPrincipalName": ""}, "unknown", key, "")
    month, season = days_with_school(board.today, 30, 20), days_with_school(board.today, 60, 40)
    rows = (
        (staff, devices.STAFF, month, "exactly thirty days", "a laptop of the staff, thirty days to the second"),
        (staff, devices.STAFF, 212, "away since last school year", "a laptop of the staff, seven months away"),
        (None, "Gedeeld", month + 1, "shared, without a user", "a shared device, thirty-one days"),
        (lost, devices.STAFF, month + 45, "of a user who is gone", "its user does not exist any more"),
        (pupil, devices.PUPIL, season, "pupil, exactly sixty days", "a laptop of a pupil, sixty days to the second"),
        (pupil, devices.PUPIL, season + 35, "pupil, long away", "a laptop of a pupil, three months away"),
    )
    for person, category, days, variant, why in rows:
        board.plant(DEVICE, devices.add_device(board, key, person, category, days)["id"], variant, why)


def decoy_stale(board: Board, key: str, staff: Person, pupil: Person) -> None:
    """Just under the limits, on the cart, in the cupboard."""
    rows: tuple[tuple[Person | None, str, float, str], ...] = (
        (pupil, devices.PUPIL, 45.0, "pupil laptop on the cart, 45 days"),
        (pupil, devices.PUPIL, 59.5, "pupil laptop, nearly sixty days"),
        (None, devices.RESERVE, 200.0, "in the cupboard as reserve"),
        (staff, devices.RESERVE, 90.0, "reserve with a former user"),
        (staff, devices.STAFF, 29.5, "staff laptop, 29 days"),
    )
    for word, least, school, user, kind in (
        ("staff laptop in the holidays", 30, 20, staff, devices.STAFF),
        ("pupil laptop in the holidays", 60, 40, pupil, devices.PUPIL),
    ):
        if longest := days_in_holidays(board.today, least, school):
            rows = (*rows, (user, kind, float(longest), word))
    for person, category, days, why in rows:
        board.decoy(DEVICE, devices.add_device(board, key, person, category, days)["id"], why)


# ---------------------------------------------------------------- how a device is


def plant_states(board: Board, turn: int) -> None:
    """How the devices of one person and one pupil are, and who kept one."""
    key = next(schools_from(board, turn + 4))
    holder, pupil = play(board, key, quiet=True), new_pupil(board, key)
    for tell_of in (tell_compliance, tell_encryption, tell_users, tell_blocked, tell_written_off, tell_systems):
        tell_of(board, key, holder, pupil)
    tell_owners(board, key, holder)
    tell_forgotten(board, key, holder)
    tell_only_listed(board, key)
    tell_leavers(board, next(schools_from(board, turn + 1)))


def tell(board: Board, rule: str, key: str, person: Person | None, told: tuple[str, str], **known: Any) -> None:
    """A device that was seen today, with what is known of it: planted with (variant, why), a decoy with ("", why)."""
    category = known.pop("category", devices.STAFF if person else "Gedeeld")
    device = devices.add_device(board, key, person, category, known.pop("seen", 0.4))
    device |= known
    if told[0]:
        board.plant(rule, device["id"], *told)
    else:
        board.decoy(rule, device["id"], told[1])


def enrolled(board: Board, days: float) -> dict[str, str]:
    """Since so many days in Intune."""
    return {"enrolledDateTime": stamp(board.now - timedelta(days=days))}


def tell_compliance(board: Board, key: str, staff: Person, pupil: Person) -> None:
    """Right on three days over time; in error; a pupil; and what still has time or is not known."""
    rule = "device-not-compliant"
    rows: tuple[tuple[Person, str, str, float, str], ...] = (
        (staff, "exactly three days over time", "noncompliant", 3, "the time to comply ended three days ago"),
        (staff, "in error", "error", 9, "Intune cannot check it"),
        (pupil, "a pupil", "noncompliant", 20, "a laptop of a pupil does not comply"),
        (staff, "", "noncompliant", 2.9, "nearly three days over time"),
        (staff, "", "inGracePeriod", -4, "in its grace period"),
        (staff, "", "configManager", 40, "judged by Configuration Manager"),
        (staff, "", "noncompliant", -3_000_000, "nobody knows since when"),
    )
    for person, variant, state, days, why in rows:
        over = "9999-12-31T23:59:59Z" if days < -9999 else stamp(board.now - timedelta(days=days))
        known = {"complianceState": state, "complianceGracePeriodExpirationDateTime": over}
        tell(board, rule, key, person, (variant, why), **known)


def tell_encryption(board: Board, key: str, staff: Person, pupil: Person) -> None:
    """Right on seven days; a shared one, a tablet; and those that are new, or tell it otherwise."""
    rule = "device-not-encrypted"
    rows: tuple[tuple[Person | None, str, str, float, str], ...] = (
        (staff, "exactly seven days", "Windows", 7, "a laptop that anyone can read, seven days to the second"),
        (None, "a shared one", "Windows", 90, "a shared laptop that anyone can read"),
        (pupil, "a tablet", "Android", 300, "a tablet of a pupil that anyone can read"),
        (staff, "", "Windows", 6.9, "a new laptop that is still busy"),
        (None, "", "iOS", 90, "an iPad without a code"),
        (staff, "", "macOS", 90, "a Mac, which tells it otherwise"),
    )
    for person, variant, system, days, why in rows:
        version = {"Windows": "10.0.26100.4652", "Android": "16", "iOS": "18.5", "macOS": "15.6"}[system]
        known = {"isEncrypted": False, "operatingSystem": system, "osVersion": version, **enrolled(board, days)}
        tell(board, rule, key, person, (variant, why), **known)


def tell_users(board: Board, key: str, staff: Person, _: Person) -> None:
    """Right on fourteen days, and by other categories; and those that are new or declared."""
    rule = "device-without-user"
    rows = (
        ("exactly fourteen days", "Personeel", 14.0, "nobody has it, fourteen days to the second"),
        ("as of a pupil", "Leerling-laptop", 400.0, "nobody has this laptop for pupils"),
        ("without a category", "", 60.0, "nobody has it, and no category says why"),
        ("", "Personeel", 13.9, "nearly fourteen days"),
        ("", "Kar", 90.0, "on a cart"),
        ("", "Kiosk", 90.0, "a kiosk"),
    )
    for variant, category, days, why in rows:
        tell(board, rule, key, None, (variant, why), category=category, **enrolled(board, days))
    tell(board, rule, key, staff, ("", "somebody has it"), **enrolled(board, 90))


def tell_blocked(board: Board, key: str, staff: Person, pupil: Person) -> None:
    """Reported as stolen or lost and blocked, and seen since; or silent."""
    rule = "blocked-device-still-syncs"
    rows = (
        (staff, "this morning", 0.2, "stolen and blocked, and seen this morning"),
        (staff, "nearly four days ago", 3.9, "lost and blocked, and seen three days ago"),
        (pupil, "a pupil", 1.5, "a stolen laptop of a pupil is in use"),
        (staff, "", 4.0, "blocked and silent for four days"),
        (pupil, "", 25.0, "blocked and silent for weeks"),
    )
    for person, variant, days, why in rows:
        tell(board, rule, key, person, (variant, why), seen=days)
        board.reported_missing.add(board.devices[-1]["id"])


def tell_written_off(board: Board, key: str, _staff: Person, _pupil: Person) -> None:
    """Out of use on the list of the board, and seen since; or silent."""
    rule = "device-out-of-use-still-syncs"
    rows = (
        ("this morning", 0.3, "out of use, and seen this morning"),
        ("nearly four days ago", 3.9, "out of use, and seen three days ago"),
        ("yesterday", 1.2, "out of use, and seen yesterday"),
        ("", 4.0, "out of use and silent for four days"),
        ("", 28.0, "out of use and silent for weeks"),
    )
    for variant, days, why in rows:
        tell(board, rule, key, None, (variant, why), category=devices.RESERVE, seen=days)


def tell_systems(board: Board, key: str, staff: Person, pupil: Person) -> None:
    """Windows 10, an old Windows 11, an old iPad; and those that are new here or lie in the cupboard."""
    rule = "system-out-of-support"
    rows: tuple[tuple[Person | None, str, str, str, float, str], ...] = (
        (staff, "Windows 10", "Windows", "10.0.19045.5011", 500, "Windows 10 gets no updates"),
        (pupil, "Windows 11 22H2, a week", "Windows", "10.0.22621.3155", 7, "this Windows 11 gets no updates"),
        (None, "an iPad", "iOS", "16.7.10", 500, "this iPad gets hardly any updates"),
        (staff, "", "Windows", "10.0.19045.5011", 6.9, "just enrolled anew"),
        (None, "", "iOS", "17.7.2", 500, "an iPad that still gets updates"),
    )
    for person, variant, system, version, days, why in rows:
        known = {"operatingSystem": system, "osVersion": version, **enrolled(board, days)}
        tell(board, rule, key, person, (variant, why), **known)


def tell_owners(board: Board, key: str, staff: Person) -> None:
    """Of somebody himself, or broken open; and what was agreed."""
    rule = "personal-or-broken-device"
    rows = (
        ("a laptop of his own", "personal", "Unknown", devices.STAFF, "a laptop of somebody himself is managed"),
        ("broken open", "company", "True", devices.STAFF, "the security of this tablet was broken"),
        ("broken open, agreed", "personal", "True", "BYOD", "an agreement does not cover a broken device"),
        ("", "personal", "False", "BYOD", "a phone of somebody himself, as agreed"),
        ("", "company", "False", devices.STAFF, "a laptop of the school"),
    )
    for variant, owner, broken, category, why in rows:
        known = {"managedDeviceOwnerType": owner, "jailBroken": broken}
        tell(board, rule, key, staff, (variant, why), category=category, **known)


def tell_forgotten(board: Board, key: str, staff: Person) -> None:
    """Right on two weeks, for years, a shared one; and a new batch."""
    rows = (
        (staff, "exactly fourteen days", 14.0, "two weeks to the second, and not on the list"),
        (staff, "for years", 800.0, "managed for years, and not on the list"),
        (None, "a shared one", 60.0, "a shared device that is not on the list"),
        (staff, "", 13.9, "a new batch, nearly two weeks"),
        (None, "", 2.0, "a new batch"),
    )
    for person, variant, days, why in rows:
        tell(board, "device-not-on-list", key, person, (variant, why), **enrolled(board, days))
        board.off_the_list.add(board.devices[-1]["id"])


def tell_only_listed(board: Board, key: str) -> None:
    """On the list and in use, but not managed; and what is not in use yet, or any more."""
    rule = "listed-device-not-managed"
    rows = (
        ("Laptop", True, "a laptop", "a laptop that nobody enrolled"),
        ("iPad", True, "a tablet", "a tablet that nobody enrolled"),
        ("Digibord", True, "a board", "a smart board that nobody enrolled"),
        ("Laptop", False, "", "a new batch, not in use yet"),
        ("Beamer", False, "", "written off"),
    )
    for kind, used, variant, why in rows:
        serial = f"LST{len(board.only_listed) + 1:05d}"
        board.only_listed.append((serial, kind, key, used))
        if variant:
            board.plant(rule, serial, variant, why)
        else:
            board.decoy(rule, serial, why)


# ---------------------------------------------------------------- who has it


def tell_leavers(board: Board, key: str) -> None:
    """Somebody who left a week ago to the day, a pupil who left; six days, given back, taken over."""
    rows = (
        (7, devices.STAFF, "exactly seven days", "left seven days ago and kept the laptop"),
        (6, devices.STAFF, "", "left six days ago and brings it back this week"),
        (20, devices.RESERVE, "", "brought back and in the cupboard"),
        (20, "Overgenomen", "", "taken over and wiped"),
    )
    for days, category, variant, why in rows:
        person = play(board, key, quiet=True)
        person.account["accountEnabled"] = False
        people.leave(person, ago(board, days))
        tell(board, KEPT, key, person, (variant, why), category=category, seen=5.0)
    for category, variant, why in (
        (devices.PUPIL, "a pupil who left", "no longer at this school, and the laptop is not back"),
        (devices.RESERVE, "", "a pupil who left and brought the laptop back"),
    ):
        pupil = new_pupil(board, key)
        pupil.enrolled, pupil.left = False, ago(board, 3)
        tell(board, KEPT, key, pupil, (variant, why), category=category, seen=5.0)


def tell_kept(board: Board) -> None:
    """The leavers of the other stories still have the laptop that they were given."""
    for device in keepers(board):
        if (KEPT, device["id"]) not in board.intended:
            board.plant(KEPT, device["id"], "left, and still has it", "the laptop was never asked back")
