"""What people do with devices: the payroll at home, lost ones that sign in, ones of another school, many at once."""

from datetime import datetime, timedelta

from ibpmon.demo.board import audits, devices
from ibpmon.demo.board.activity import WRONG_PASSWORD, record
from ibpmon.demo.board.nouns import Board, Person, SignIn
from ibpmon.demo.board.planting.stories import new_pupil, play, schools_from, success
from ibpmon.demo.board.rendering import DEVICE
from ibpmon.demo.board.truth.device_use import SALARY, find_elsewhere, mismatch

OWN, BLOCKED, OFF = "unmanaged-device-to-sensitive-app", "blocked-device-signs-in", "device-out-of-use-signs-in"
ELSEWHERE, LIST, MANY = "device-at-other-school", "device-list-does-not-fit", "many-devices-registered"
SERVICE, ADDED = "Device Registration Service", "Add registered owner to device"


def plant_device_use(board: Board) -> None:
    """Each story with its look-alikes."""
    with board.chance("planting", "device use"):
        for turn in range(board.scale.rounds):
            key = next(schools_from(board, turn + 3))
            staff, other = plant_payroll(board, key)
            if not turn:
                plant_payroll_once(board, key)
            plant_lost(board, staff, other)
            plant_written_off(board, staff)
            plant_elsewhere(board, key, staff, new_pupil(board, key))


# ---------------------------------------------------------------- the payroll at home


def open_payroll(board: Board, person: Person, at: datetime, scene: str, address: str, code: int = 0) -> None:
    """Somebody signs in on the payroll."""
    board.sign_ins.append(SignIn(board.new_id(), at, person.id, address, code, SALARY, scene))


def evenings(board: Board) -> list[datetime]:
    """Three evenings of a week."""
    return [board.moment(back, "19:40") for back in (6, 4, 2)]


def plant_payroll(board: Board, key: str) -> tuple[Person, Person]:
    """Spread over days, and in one evening; gives who did it."""
    evening = [board.moment(3, "19:00") + timedelta(minutes=20 * step) for step in range(5)]
    first, second = play(board, key, quiet=True), play(board, key, quiet=True)
    open_often(board, first, evenings(board), "home", "three times in a week", "at home on three evenings")
    open_often(board, second, evening, "home", "in one evening", "at home five times in an evening")
    return first, second


def open_often(board: Board, person: Person, times: list[datetime], scene: str, variant: str, how: str) -> None:
    """Somebody opens the payroll too often."""
    for at in times:
        open_payroll(board, person, at, scene, person.home)
    board.plant(OWN, person.id, variant, f"opened the payroll {how}")


def plant_payroll_once(board: Board, key: str) -> None:
    """On a phone; and twice, at school, on the laptop of school, in vain, by a pupil: a board has no staff for more."""
    days = evenings(board)
    open_often(board, play(board, key, quiet=True), days, "phone", "on a phone", "on a phone on three evenings")
    for number, scene, at_school, code, why in (
        (2, "home", False, 0, "twice in a week"),
        (3, "home", True, 0, "a private window at school hides the laptop"),
        (3, "school", False, 0, "at home on the laptop of school"),
        (3, "home", False, 53003, "did not get in"),
    ):
        decoy(board, play(board, key, quiet=True), days[:number], scene, code, why, at_school=at_school)
    decoy(board, new_pupil(board, key), days, "home", 0, "a pupil, who has nothing to do there")


def decoy(
    board: Board, person: Person, times: list[datetime], scene: str, code: int, why: str, *, at_school: bool = False
) -> None:
    """Somebody opens the payroll, and that is no matter."""
    address = board.school(person.school).address if at_school else person.home
    for at in times:
        open_payroll(board, person, at, scene, address, code)
    board.decoy(OWN, person.id, why)


# ---------------------------------------------------------------- lost, and out of use


def laptop(board: Board, person: Person, category: str, *, missing: bool = False) -> str:
    """A laptop that has been silent for weeks; gives what Entra calls it."""
    device = devices.add_device(board, person.school, person, category, 25.0)
    if missing:
        board.reported_missing.add(device["id"])
    return str(device["azureADDeviceId"])


def plant_lost(board: Board, person: Person, other: Person) -> None:
    """Stolen and blocked, and used; or silent, found again, refused."""
    for days, variant, why in (
        (0.2, "this morning", "stolen and blocked, and somebody signed in this morning"),
        (3.9, "nearly four days ago", "lost and blocked, and somebody signed in three days ago"),
        (1.5, "by somebody else", "stolen and blocked, and used by somebody else"),
    ):
        device = laptop(board, person, devices.STAFF, missing=True)
        use(board, other if variant == "by somebody else" else person, device, days)
        board.plant(BLOCKED, device, variant, why)
    for days, code, missing, why in (
        (4.1, 0, True, "used before it was lost"),
        (0.5, 0, False, "found again and let in"),
        (0.5, WRONG_PASSWORD, True, "blocked, and the thief does not know the password"),
    ):
        device = laptop(board, person, devices.STAFF, missing=missing)
        use(board, person, device, days, code)
        board.decoy(BLOCKED, device, why)


def use(board: Board, person: Person, device: str, days: float, code: int = 0) -> None:
    """Somebody signs in at home on this device."""
    at = board.now - timedelta(days=days)
    if code:
        record(board, at, person.id, person.home, code, DEVICE + device)
    else:
        success(board, at, person.id, person.home, DEVICE + device)


def plant_written_off(board: Board, person: Person) -> None:
    """Out of use on the list, and used; or silent, and one that is simply in use."""
    for days, variant, why in (
        (0.3, "this morning", "out of use, and somebody signed in this morning"),
        (3.9, "nearly four days ago", "out of use, and somebody signed in three days ago"),
        (1.1, "yesterday", "out of use, and somebody signed in yesterday"),
    ):
        device = laptop(board, person, devices.RESERVE)
        use(board, person, device, days)
        board.plant(OFF, device, variant, why)
    for days, category, why in (
        (4.1, devices.RESERVE, "used before it was out of use"),
        (0.5, devices.STAFF, "still in use"),
    ):
        device = laptop(board, person, category)
        use(board, person, device, days)
        board.decoy(OFF, device, why)


# ---------------------------------------------------------------- at another school


def plant_elsewhere(board: Board, key: str, staff: Person, pupil: Person) -> None:
    """On the list at another school: for two weeks to the day, for years, of a pupil; new, or in the cupboard."""
    other = next(school.key for school in board.schools if school.key != key)
    for person, category, days, variant, why in (
        (
            staff,
            devices.STAFF,
            14.0,
            "exactly fourteen days",
            "at another school on the list, two weeks to the second",
        ),
        (staff, devices.STAFF, 700.0, "for years", "took the laptop along to another school"),
        (pupil, devices.PUPIL, 300.0, "a pupil", "the laptop of a pupil stands at another school on the list"),
        (staff, devices.STAFF, 13.9, "", "a new batch, nearly two weeks"),
        (staff, devices.RESERVE, 300.0, "", "in the cupboard in the name of its former user"),
    ):
        device = devices.add_device(board, key, person, category, 5.0)
        device["enrolledDateTime"] = f"{(board.now - timedelta(days=days)):%Y-%m-%dT%H:%M:%SZ}"
        board.listed_at[device["id"]] = other
        if variant:
            board.plant(ELSEWHERE, device["id"], variant, why)
        else:
            board.decoy(ELSEWHERE, device["id"], why)


# ---------------------------------------------------------------- many at once


def plant_registered(board: Board) -> None:
    """Nearly a day apart, within an hour, around midnight; and two, too far apart, in vain."""
    staff = [p for p in board.people if p.population == "staff" and p.account["accountEnabled"]]
    with board.chance("planting", "registered devices"):
        for turn in range(board.scale.rounds):
            one, two, three, four, five, six = board.rng.sample(staff[turn :: board.scale.rounds], 6)
            for person, hours, variant, why in (
                (one, (0, 11, 23.9), "nearly a day", "three devices in nearly a day"),
                (two, (0, 0.2, 0.4, 0.6), "within an hour", "four devices in half an hour"),
                (three, (7.5, 9, 10.5), "around midnight", "three devices around midnight"),
            ):
                register(board, person, hours)
                board.plant(MANY, person.id, variant, why)
            for who, apart, failed, why in (
                (four, (0, 1), False, "a new laptop and a phone"),
                (five, (0, 12, 24.2), False, "three devices in more than a day"),
                (six, (0, 1, 2), True, "three that failed"),
            ):
                register(board, who, apart, failed=failed)
                board.decoy(MANY, who.id, why)


def register(board: Board, person: Person, hours: tuple[float, ...], *, failed: bool = False) -> None:
    """Devices come on the name of somebody, so many hours after half past three."""
    for hour in hours:
        at = board.moment(4, "15:30") + timedelta(hours=hour)
        audits.write(board, ADDED, SERVICE, person, at, failed=failed)


def tell_the_list(board: Board) -> None:
    """At the end: who moved with a laptop, and whether so much differs that the list itself is the matter."""
    for rule, device, _ in find_elsewhere(board):
        if (rule, device) not in board.intended:
            board.plant(rule, device, "works elsewhere now", "took the laptop along to another school")
    while board.scale.rounds == 1 and mismatch(board) <= 5:
        serial = f"LST{len(board.only_listed) + 1:05d}"
        board.only_listed.append((serial, "Laptop", board.schools[0].key, True))
        board.plant("listed-device-not-managed", serial, "one of many", "a laptop that nobody enrolled")
    if mismatch(board) > 5:
        board.plant(LIST, board.tenant_id, "on a small board", "every twentieth device is in only one of the two")
    else:
        board.decoy(LIST, board.tenant_id, "a few devices on a large board")
