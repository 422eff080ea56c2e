"""What is wrong with devices."""

from collections.abc import Iterator
from datetime import timedelta

from ibpmon.demo.board.nouns import Board
from ibpmon.demo.board.truth.facts import Finding, read


def find_stale_devices(board: Board) -> Iterator[Finding]:
    """Devices that were not seen for thirty days, or sixty when a pupil has it; the cupboard is left alone."""
    pupils = {person.id for person in board.people if person.population == "pupil"}
    for device in board.devices:
        limit = 60 if device["userId"] in pupils else 30
        age = board.now - read(device["lastSyncDateTime"])
        if device["deviceCategoryDisplayName"] != "Reserve" and age >= timedelta(days=limit):
            yield "stale-device", device["id"], ""


FINDERS = (find_stale_devices,)
