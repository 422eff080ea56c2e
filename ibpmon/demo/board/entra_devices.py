"""The devices of Entra: a twin of each managed one that joined, phones of people, and what was left behind.

`id` is the object in the directory, `deviceId` what Intune calls azureADDeviceId.
"""

import random
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from ibpmon.demo.board.nouns import NOBODY, Board, Json, Person, guid, stamp

INTUNE = "0000000a-0000-0000-c000-000000000000"
# the sign-in log names this laptop on every sign-in at school
SCHOOL_LAPTOP = "b3be9fd1-2dce-4f0f-ad3e-54782fd73b92"


def build(board: Board, rng: random.Random) -> None:
    """All of them; a member of a group that is a device gets a row here as well."""
    joined = [device for device in board.devices if device["azureADDeviceId"] != NOBODY]
    board.entra_devices = [twin(rng, device, board.reported_missing) for device in joined]
    board.entra_devices += [phone(board, rng, person) for person in phone_owners(board)]
    board.entra_devices += left_behind(board, rng)
    board.entra_devices.append(laptop_of_the_log(board, rng))
    board.entra_devices += [name_member(board, rng, key) for key in member_ids(board)]


def twin(rng: random.Random, managed: Json, missing: Collection[str] = ()) -> Json:
    """The directory's view of a managed device; when it was last seen is coarse, up to five days too early.

    What is among `missing` was reported as stolen or lost, and switched off.
    """
    seen = read(managed["lastSyncDateTime"]) - timedelta(days=rng.uniform(0, 5))
    begun = managed["enrolledDateTime"]
    return row(
        rng,
        accountEnabled=managed["id"] not in missing,
        deviceId=managed["azureADDeviceId"],
        displayName=managed["deviceName"],
        operatingSystem=managed["operatingSystem"],
        operatingSystemVersion=managed["osVersion"],
        isCompliant=managed["complianceState"] == "compliant",
        isManaged=True,
        approximateLastSignInDateTime=stamp(seen),
        registrationDateTime=begun,
        enrollmentType="AzureDomainJoined",
        managementType="MDM",
        mdmAppId=INTUNE,
        deviceOwnership="Company",
        manufacturer=managed["manufacturer"],
        model=managed["model"],
    )


def phone(board: Board, rng: random.Random, person: Person) -> Json:
    """A phone that somebody registered to read mail; nothing manages it, so it is neither compliant nor not."""
    kind, version = rng.choice((("iPhone", "18.6"), ("Android", "16"), ("IPad", "18.5")))
    begun = board.now - timedelta(days=rng.uniform(20, 900))
    seen = stamp(board.now - timedelta(days=rng.uniform(0, 18))) if rng.random() < 0.9 else None
    return row(
        rng,
        displayName=f"{kind} van {person.account['givenName']}",
        operatingSystem=kind,
        operatingSystemVersion=version,
        trustType="Workplace",
        deviceOwnership="Personal",
        approximateLastSignInDateTime=seen,
        registrationDateTime=stamp(begun),
        profileType=None if seen is None else "RegisteredDevice",
    )


def phone_owners(board: Board) -> list[Person]:
    """One in two of the staff."""
    return [p for p in board.people if p.population == "staff" and p.account["accountEnabled"]][::2]


def left_behind(board: Board, rng: random.Random) -> list[Json]:
    """Computers of the old network: synchronised once, unseen for years, some already off."""
    return [
        row(
            rng,
            displayName=f"{school.key}-PC-{number:03d}",
            accountEnabled=number % 2 == 0,
            operatingSystemVersion="10.0.19045.2965",
            trustType="ServerAd",
            isCompliant=False,
            isManaged=False,
            approximateLastSignInDateTime=stamp(board.now - timedelta(days=rng.uniform(400, 1400))),
            registrationDateTime=stamp(board.now - timedelta(days=1500)),
            onPremisesSyncEnabled=True,
        )
        for school in board.schools
        for number in range(2)
    ]


def laptop_of_the_log(board: Board, rng: random.Random) -> Json:
    """The laptop that the sign-ins at school name."""
    begun, seen = board.now - timedelta(days=500), board.now - timedelta(days=1)
    times = {"registrationDateTime": stamp(begun), "approximateLastSignInDateTime": stamp(seen)}
    managed = {"isCompliant": True, "isManaged": True, "managementType": "MDM", "mdmAppId": INTUNE}
    return row(rng, deviceId=SCHOOL_LAPTOP, displayName="VERZONNEN-LT", **times, **managed)


def member_ids(board: Board) -> list[str]:
    """The ids of devices that are in a group."""
    return [member.id for members in board.members.values() for member in members if member.kind == "device"]


def name_member(board: Board, rng: random.Random, key: str) -> Json:
    """The device behind such an id: a server that joined by hand."""
    times = {"registrationDateTime": stamp(board.now - timedelta(days=800)), "isManaged": False}
    seen = stamp(board.now - timedelta(days=3))
    return row(rng, id=key, displayName="BUR-SRV-01", approximateLastSignInDateTime=seen, **times)


def row(rng: random.Random, **known: Any) -> Json:
    """A device with every property that the simulation serves."""
    return {
        "id": guid(rng),
        "deletedDateTime": None,
        "deviceId": guid(rng),
        "displayName": "",
        "accountEnabled": True,
        "operatingSystem": "Windows",
        "operatingSystemVersion": "10.0.26100.4652",
        "trustType": "AzureAd",
        "isCompliant": None,
        "isManaged": None,
        "isRooted": None,
        "approximateLastSignInDateTime": None,
        "registrationDateTime": None,
        "profileType": "RegisteredDevice",
        "enrollmentType": None,
        "managementType": None,
        "mdmAppId": None,
        "deviceOwnership": None,
        "manufacturer": None,
        "model": None,
        "onPremisesSyncEnabled": None,
        "deviceVersion": 2,
        "physicalIds": [],
        "systemLabels": [],
    } | known


def read(text: str) -> datetime:
    """A time of Graph."""
    return datetime.fromisoformat(text)
