"""What is wrong with devices."""

from collections.abc import Iterator
from datetime import timedelta

from ibpmon.demo.board.nouns import Board, Json
from ibpmon.demo.board.truth.facts import Finding, last_day, read, schooled

KEPT = "leaver-still-has-device"


def find_stale_devices(board: Board) -> Iterator[Finding]:
    """Devices that were not seen for thirty days, or sixty when a pupil has it, with enough school days in them.

    The cupboard is left alone.
    """
    pupils = {person.id for person in board.people if person.population == "pupil"}
    for device in board.devices:
        limit = 60 if device["userId"] in pupils else 30
        seen = read(device["lastSyncDateTime"])
        away = board.now - seen >= timedelta(days=limit) and schooled(board, seen) >= limit * 2 // 3
        if device["deviceCategoryDisplayName"] != "Reserve" and away:
            yield "stale-device", device["id"], ""


def find_not_compliant(board: Board) -> Iterator[Finding]:
    """Devices of which the time to comply ended three days ago or more; the cupboard is left alone."""
    for device in in_use(board):
        over = board.now - read(device["complianceGracePeriodExpirationDateTime"])
        if device["complianceState"] in ("noncompliant", "error", "conflict") and over >= timedelta(days=3):
            yield "device-not-compliant", device["id"], ""


def find_not_encrypted(board: Board) -> Iterator[Finding]:
    """Devices that are a week in Intune and that anyone can read; Apple and ChromeOS tell it otherwise."""
    for device in in_use(board):
        told = device["operatingSystem"] not in ("iOS", "iPadOS", "macOS", "Mac OS", "ChromeOS", "Chrome OS")
        if told and device["isEncrypted"] is False and since(board, device) >= timedelta(days=7):
            yield "device-not-encrypted", device["id"], ""


def find_without_user(board: Board) -> Iterator[Finding]:
    """Devices that nobody has after two weeks, and that are not declared to be shared."""
    for device in board.devices:
        declared = device["deviceCategoryDisplayName"] in ("Gedeeld", "Kar", "Kiosk", "Reserve")
        if not device["userId"] and not declared and since(board, device) >= timedelta(days=14):
            yield "device-without-user", device["id"], ""


def find_blocked(board: Board) -> Iterator[Finding]:
    """Devices that are blocked in Entra and were seen less than four days ago."""
    blocked = {row["deviceId"] for row in board.entra_devices if row["accountEnabled"] is False}
    for device in board.devices:
        if device["azureADDeviceId"] in blocked and seen_lately(board, device):
            yield "blocked-device-still-syncs", device["id"], ""


def find_written_off(board: Board) -> Iterator[Finding]:
    """Devices that the list calls out of use (those in the cupboard) and that were seen less than four days ago."""
    for device in board.devices:
        if device["deviceCategoryDisplayName"] == "Reserve" and seen_lately(board, device):
            yield "device-out-of-use-still-syncs", device["id"], ""


def find_old_systems(board: Board) -> Iterator[Finding]:
    """Windows before 11 24H2 (build 26100), and iPads before 17; a week after they were enrolled."""
    for device in in_use(board):
        numbers = [int(part) for part in device["osVersion"].split(".")]
        windows = device["operatingSystem"] == "Windows" and numbers[2] < 26100
        tablet = device["operatingSystem"] == "iOS" and numbers[0] < 17
        if (windows or tablet) and since(board, device) >= timedelta(days=7):
            yield "system-out-of-support", device["id"], ""


def find_not_ours(board: Board) -> Iterator[Finding]:
    """Devices that are broken open, or of somebody himself without an agreement."""
    for device in board.devices:
        personal = device["managedDeviceOwnerType"] == "personal"
        if device["jailBroken"] == "True" or (personal and device["deviceCategoryDisplayName"] != "BYOD"):
            yield "personal-or-broken-device", device["id"], ""


def find_kept(board: Board) -> Iterator[Finding]:
    """Devices of somebody who left a week ago or more, or of a pupil who is not enrolled any more."""
    yield from ((KEPT, device["id"], "") for device in keepers(board))


def find_forgotten(board: Board) -> Iterator[Finding]:
    """Managed devices that are not on the list after two weeks, and devices in use that are only there."""
    for device in board.devices:
        if device["id"] in board.off_the_list and since(board, device) >= timedelta(days=14):
            yield "device-not-on-list", device["id"], ""
    for serial, _, _, used in board.only_listed:
        if used:
            yield "listed-device-not-managed", serial, ""


def keepers(board: Board) -> Iterator[Json]:
    """Devices in the name of somebody who is gone, that were not brought back or taken over."""
    gone = {p.id for p in board.people if p.population == "pupil" and not p.enrolled}
    ends = {p.id: end for p in board.people if p.population == "staff" and (end := last_day(p))}
    gone |= {who for who, end in ends.items() if (board.today - end).days >= 7}
    for device in board.devices:
        if device["userId"] in gone and device["deviceCategoryDisplayName"] not in ("Reserve", "Overgenomen"):
            yield device


def in_use(board: Board) -> Iterator[Json]:
    """The devices that are not in the cupboard."""
    return (device for device in board.devices if device["deviceCategoryDisplayName"] != "Reserve")


def since(board: Board, device: Json) -> timedelta:
    """How long the device is in Intune."""
    return board.now - read(device["enrolledDateTime"])


def seen_lately(board: Board, device: Json) -> bool:
    """Whether it was seen less than four days ago: three whole days."""
    return board.now - read(device["lastSyncDateTime"]) < timedelta(days=4)


FINDERS = (
    find_stale_devices,
    find_not_compliant,
    find_not_encrypted,
    find_without_user,
    find_blocked,
    find_written_off,
    find_old_systems,
    find_not_ours,
    find_kept,
    find_forgotten,
)
