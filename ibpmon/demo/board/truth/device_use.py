"""What people do with devices: where they sign in from, at which school these are, and how many they register."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from ibpmon.demo.board.nouns import Board, Json, Person
from ibpmon.demo.board.rendering import DEVICE
from ibpmon.demo.board.truth.facts import Finding, read, within

SALARY = 4  # the only application on which somebody signs in, and that the board calls confidential


def find_own_devices(board: Board) -> Iterator[Finding]:
    """Staff who opened the payroll three times in a week, from outside and not on a device of a school."""
    staff = {person.id for person in board.people if person.population == "staff"}
    inside = {school.address for school in board.schools}
    times: dict[str, list[datetime]] = defaultdict(list)
    for row in board.sign_ins:
        managed = row.scene == "school" or row.scene.startswith(DEVICE)
        if row.app == SALARY and row.code == 0 and row.account in staff and row.address not in inside and not managed:
            times[row.account].append(row.at)
    for who, at in times.items():
        if within(at, 3, timedelta(days=7)):
            yield "unmanaged-device-to-sensitive-app", who, ""


def find_lost_devices(board: Board) -> Iterator[Finding]:
    """Devices that are blocked, or out of use on the list, on which somebody signed in less than four days ago."""
    blocked = {row["deviceId"] for row in board.entra_devices if row["accountEnabled"] is False}
    off = {row["azureADDeviceId"] for row in board.devices if is_written_off(board, row)}
    for row in board.sign_ins:
        if row.scene.startswith(DEVICE) and row.code == 0 and board.now - row.at < timedelta(days=4):
            device = row.scene.removeprefix(DEVICE)
            if device in blocked:
                yield "blocked-device-signs-in", device, ""
            if device in off:
                yield "device-out-of-use-signs-in", device, ""


def is_written_off(board: Board, device: Json) -> bool:
    """Whether the list calls a device out of use."""
    return device["deviceCategoryDisplayName"] == "Reserve" and device["id"] not in board.off_the_list


def find_elsewhere(board: Board) -> Iterator[Finding]:
    """Devices that the list has at another school than where their user is, after two weeks; not in the cupboard."""
    keys = {school.key for school in board.schools}
    where = {person.id: school_now(board, person) for person in board.people if person.population in ("staff", "pupil")}
    for device in board.devices:
        listed = board.listed_at.get(device["id"]) or str(device["deviceName"]).split("-")[0]
        here = where.get(device["userId"], "")
        known = listed in keys and here in keys and device["id"] not in board.off_the_list
        old = board.now - read(device["enrolledDateTime"]) >= timedelta(days=14)
        if known and listed != here and old and device["deviceCategoryDisplayName"] != "Reserve":
            yield "device-at-other-school", device["id"], ""


def school_now(board: Board, person: Person) -> str:
    """Where somebody works by the contract that runs, or ran last; where a pupil learns."""
    running = [one for one in person.contracts if one.start <= board.today and (not one.end or board.today <= one.end)]
    chosen = running or person.contracts
    if person.population == "pupil" or not chosen:
        return person.school
    return max(chosen, key=lambda one: (one.end or date.max, one.start)).school


def find_bad_list(board: Board) -> Iterator[Finding]:
    """The board, when more than five in a hundred devices are in only one of Intune and the list."""
    if mismatch(board) > 5:
        yield "device-list-does-not-fit", board.tenant_id, ""


def mismatch(board: Board) -> int:
    """How many in a hundred devices are in only one of the two, rounded down; new ones do not count yet."""
    rows = [row for row in board.devices if row["id"] in board.off_the_list]
    unlisted = sum(board.now - read(row["enrolledDateTime"]) >= timedelta(days=14) for row in rows)
    unmanaged = sum(in_use for *_line, in_use in board.only_listed)
    return 100 * (unlisted + unmanaged) // (len(board.devices) + unmanaged)


def find_many_registered(board: Board) -> Iterator[Finding]:
    """People on whose name three devices were registered within a day."""
    times: dict[str, list[datetime]] = defaultdict(list)
    for row in board.audits:
        if row["activityDisplayName"] == "Add registered owner to device" and row["result"] == "success":
            for target in row["targetResources"]:
                if target["type"] == "User":
                    times[target["id"]].append(read(row["activityDateTime"]))
    yield from (("many-devices-registered", who, "") for who, at in times.items() if within(at, 3, timedelta(days=1)))


FINDERS = (
    find_own_devices,
    find_lost_devices,
    find_elsewhere,
    find_bad_list,
    find_many_registered,
)
