"""The managed devices: a laptop for most of the staff, laptops on carts for pupils, some in the cupboard."""

from datetime import timedelta
from typing import Any

from ibpmon.demo.board.names import HOSTILE
from ibpmon.demo.board.nouns import NOBODY, Board, Json, Person, stamp

PUPIL, STAFF, RESERVE = "Leerling-laptop", "Personeel", "Reserve"


def hand_out(board: Board) -> None:
    """Devices that synchronise as they should."""
    staff = [p for p in board.people if p.population == "staff" and p.account["accountEnabled"]]
    for person in staff:
        add_device(board, person.school, person, STAFF, board.rng.uniform(0.05, 20))
    pupils = [p for p in board.people if p.population == "pupil" and p.year_group > 4]
    for person in pupils[::3]:
        add_device(board, person.school, person, PUPIL, board.rng.uniform(0.05, 40))
    for school in board.schools[: board.scale.schools]:
        add_device(board, school.key, None, "Gedeeld", board.rng.uniform(0.05, 20), system="iOS")
    for name, device in zip(HOSTILE, board.devices[::7], strict=False):
        device["deviceName"] = name


def add_device(
    board: Board, school: str, person: Person | None, category: str, days: float, *, system: str = "Windows"
) -> Json:
    """A device that was last seen so many days ago; a shared one has empty text for its user."""
    number = len(board.devices) + 1
    account: dict[str, Any] = person.account if person else {}
    device = {
        "id": board.new_id(),
        "userId": account.get("id", ""),
        "deviceName": f"{school}-{'LT' if system == 'Windows' else 'IPAD'}-{number:04d}",
        "managedDeviceOwnerType": "company",
        "enrolledDateTime": f"{stamp(board.now - timedelta(days=500))[:-1]}.1234567Z",
        "lastSyncDateTime": stamp(board.now - timedelta(days=days)),
        "operatingSystem": system,
        "complianceState": "compliant" if days < 30 else "unknown",
        "jailBroken": "Unknown",
        "managementAgent": "mdm",
        "osVersion": "10.0.26100.4652" if system == "Windows" else "17.7.2",
        "azureADRegistered": True if person else None,
        "deviceEnrollmentType": "windowsAzureADJoin" if system == "Windows" else "appleBulkWithoutUser",
        "emailAddress": account.get("mail", ""),
        "azureADDeviceId": board.new_id() if person else NOBODY,
        "deviceRegistrationState": "registered",
        "deviceCategoryDisplayName": category,
        "isSupervised": system == "iOS",
        "isEncrypted": True,
        "userPrincipalName": account.get("userPrincipalName", ""),
        "model": "Verzonnenbook 14" if system == "Windows" else "iPad",
        "manufacturer": "Verzonnen Apparaten",
        "serialNumber": f"VRZ{number:06d}",
        "userDisplayName": account.get("displayName", ""),
        "complianceGracePeriodExpirationDateTime": "9999-12-31T23:59:59Z",
        "totalStorageSpaceInBytes": 255013683200,
        "freeStorageSpaceInBytes": 101200000000,
        "partnerReportedThreatState": "unknown",
        "deviceActionResults": [],
    }
    board.devices.append(device)
    return device
