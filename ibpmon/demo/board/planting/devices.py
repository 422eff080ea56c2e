"""Devices that were not seen for long; and those that may lie in the cupboard."""

from ibpmon.demo.board import devices
from ibpmon.demo.board.nouns import Board, Person
from ibpmon.demo.board.planting.stories import new_pupil, schools_from, some_staff

DEVICE = "stale-device"


def plant_devices(board: Board) -> None:
    """Devices that stay away too long, and those that may."""
    for turn in range(board.scale.rounds):
        key = next(schools_from(board, turn + 4))
        staff, pupil = some_staff(board, key, 1)[0], new_pupil(board, key)
        plant_stale(board, key, staff, pupil)
        decoy_stale(board, key, staff, pupil)


def plant_stale(board: Board, key: str, staff: Person, pupil: Person) -> None:
    """Right on thirty days, long gone, without a user, of a user who is gone, right on sixty for a pupil."""
    lost = Person({"id": board.new_id(), "displayName": "", "mail": "", "userPrincipalName": ""}, "unknown", key, "")
    rows = (
        (staff, devices.STAFF, 30, "exactly thirty days", "a laptop of the staff, thirty days to the second"),
        (staff, devices.STAFF, 212, "away since last school year", "a laptop of the staff, seven months away"),
        (None, "Gedeeld", 31, "shared, without a user", "a shared device, thirty-one days"),
        (lost, devices.STAFF, 75, "of a user who is gone", "its user does not exist any more"),
        (pupil, devices.PUPIL, 60, "pupil, exactly sixty days", "a laptop of a pupil, sixty days to the second"),
        (pupil, devices.PUPIL, 95, "pupil, long away", "a laptop of a pupil, three months away"),
    )
    for person, category, days, variant, why in rows:
        board.plant(DEVICE, devices.add_device(board, key, person, category, days)["id"], variant, why)


def decoy_stale(board: Board, key: str, staff: Person, pupil: Person) -> None:
    """Just under the limits, on the cart, in the cupboard."""
    rows = (
        (pupil, devices.PUPIL, 45.0, "pupil laptop on the cart, 45 days"),
        (pupil, devices.PUPIL, 59.5, "pupil laptop, nearly sixty days"),
        (None, devices.RESERVE, 200.0, "in the cupboard as reserve"),
        (staff, devices.RESERVE, 90.0, "reserve with a former user"),
        (staff, devices.STAFF, 29.5, "staff laptop, 29 days"),
    )
    for person, category, days, why in rows:
        board.decoy(DEVICE, devices.add_device(board, key, person, category, days)["id"], why)
