"""Pupils in applications and on devices of the staff; and what only looks like it."""

from datetime import timedelta

from ibpmon.demo.board import devices
from ibpmon.demo.board.nouns import Board, Person, SignIn
from ibpmon.demo.board.planting.stories import new_pupil, play, schools_from, success
from ibpmon.demo.board.rendering import APPS, DEVICE

USED, TRIES, DEVICES = "pupil-used-staff-app", "pupil-tries-staff-app", "pupil-on-staff-device"
NOT_ASSIGNED, BY_POLICY = 50105, 53003
NAMES = [name for _key, name in APPS]
STAFF_APP, BACKGROUND, SHARED_APP = (
    NAMES.index(name) for name in ("Oud LAS", "Office365 Shell WCSS-Client", "OfficeHome")
)


def plant_pupil_use(board: Board) -> None:
    """Each story with its look-alikes, before anybody lives."""
    with board.chance("planting", "pupil use"):
        for turn in range(board.scale.rounds):
            key = next(schools_from(board, turn + 2))
            plant_used(board, key)
            plant_tries(board, key)
            plant_devices(board, key)


def pupil(board: Board, key: str) -> Person:
    """A pupil who makes no typing errors."""
    person = new_pupil(board, key)
    person.steady = True
    return person


def enter(board: Board, who: Person, app: int, days: int, clock: str, code: int = 0, scene: str = "home") -> None:
    """Somebody opens an application."""
    at = board.moment(days, clock)
    board.sign_ins.append(SignIn(board.new_id(), at, who.id, who.home, code, app, scene))


def plant_used(board: Board, key: str) -> None:
    """Once, for days, and at school; another application, Microsoft in the background, and an employee."""
    for story, days, scene in (
        ("once", (3,), "home"),
        ("for days", (5, 4, 2), "home"),
        ("on a phone", (2,), "phone"),
    ):
        who = pupil(board, key)
        for day in days:
            enter(board, who, STAFF_APP, day, "16:10", scene=scene)
        board.plant(USED, who.id, story, "a pupil came into the pupil administration")
    other, behind, staff = pupil(board, key), pupil(board, key), play(board, key, quiet=True)
    enter(board, other, SHARED_APP, 3, "16:20")
    board.decoy(USED, other.id, "an application for everyone")
    enter(board, behind, BACKGROUND, 3, "16:21")
    board.decoy(USED, behind.id, "an application of Microsoft in the background")
    enter(board, staff, STAFF_APP, 3, "16:22")
    board.decoy(USED, staff.id, "an employee")


def plant_tries(board: Board, key: str) -> None:
    """Right on five, over midnight, held up by a policy; four, and spread over days."""
    rows = (
        (5, timedelta(minutes=3), NOT_ASSIGNED, "exactly five", True),
        (5, timedelta(hours=6), NOT_ASSIGNED, "five in a day to the second", True),
        (8, timedelta(minutes=1), BY_POLICY, "held up by a policy", True),
        (4, timedelta(minutes=3), NOT_ASSIGNED, "four times", False),
        (6, timedelta(hours=8), NOT_ASSIGNED, "three times a day", False),
    )
    for number, step, code, story, true in rows:
        who, begin = pupil(board, key), board.moment(4, "13:30")
        for turn in range(number):
            row = SignIn(board.new_id(), begin + turn * step, who.id, who.home, code, STAFF_APP, "home")
            board.sign_ins.append(row)
        if true:
            board.plant(TRIES, who.id, story, "a pupil keeps trying to come into the pupil administration")
        else:
            board.decoy(TRIES, who.id, story)


def plant_devices(board: Board, key: str) -> None:
    """Three times in a week, in an hour, with two laptops; twice, on a cart, and not let in."""
    teachers = [play(board, key, quiet=True) for _ in range(2)]
    first, second = (device_of(board, one, devices.STAFF) for one in teachers)
    cart = device_of(board, teachers[0], "Gedeeld")
    week = [board.moment(days, "10:20") for days in (6, 4, 2)]
    hour = [board.moment(3, "11:00") + timedelta(minutes=20 * step) for step in range(3)]
    for times, used, story in (
        (week, [first] * 3, "three times in a week"),
        (hour, [first] * 3, "three times in an hour"),
        (week, [first, second, first], "on two laptops"),
    ):
        who = pupil(board, key)
        for at, device in zip(times, used, strict=True):
            success(board, at, who.id, who.home, DEVICE + device)
        board.plant(DEVICES, who.id, story, "a pupil works on the laptop of a teacher")
    for times, device, story in ((week[:2], first, "twice in a week"), (week, cart, "on a device of the class")):
        who = pupil(board, key)
        for at in times:
            success(board, at, who.id, who.home, DEVICE + device)
        board.decoy(DEVICES, who.id, story)


def device_of(board: Board, person: Person, category: str) -> str:
    """A new laptop in somebody's name; gives what Entra calls it."""
    return str(devices.add_device(board, person.school, person, category, 1.0)["azureADDeviceId"])
