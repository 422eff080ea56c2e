"""Which pupils used what is of the staff."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from ibpmon.demo.board.nouns import Board
from ibpmon.demo.board.rendering import APPS, DEVICE
from ibpmon.demo.board.truth.facts import Finding, within

KEPT_OUT = (50105, 53003)
WEEK = timedelta(days=7)


def find_staff_apps(board: Board) -> Iterator[Finding]:
    """Pupils who came into the pupil administration, or were kept out of it five times within a day."""
    pupils = {person.id for person in board.people if person.population == "pupil"}
    tries: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for row in board.sign_ins:
        key, name = APPS[row.app]
        if row.account in pupils and name == "Oud LAS":
            if row.code == 0:
                yield "pupil-used-staff-app", row.account, key
            if row.code in KEPT_OUT:
                tries[row.account, key].append(row.at)
    for (who, key), times in tries.items():
        if within(times, 5, timedelta(days=1)):
            yield "pupil-tries-staff-app", who, key


def find_staff_devices(board: Board) -> Iterator[Finding]:
    """Pupils who came in three times within a week on a managed device of somebody of the staff."""
    kinds = {person.id: person.population for person in board.people}
    mine = {
        str(row["azureADDeviceId"])
        for row in board.devices
        if kinds.get(row["userId"]) == "staff" and row["deviceCategoryDisplayName"] not in ("Gedeeld", "Kar", "Kiosk")
    }
    used: dict[str, list[datetime]] = defaultdict(list)
    for row in board.sign_ins:
        if row.code == 0 and kinds.get(row.account) == "pupil" and row.scene.removeprefix(DEVICE) in mine:
            used[row.account].append(row.at)
    yield from (("pupil-on-staff-device", who, "") for who, times in used.items() if within(times, 3, WEEK))


FINDERS = (find_staff_apps, find_staff_devices)
