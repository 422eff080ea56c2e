"""The ordinary sign-ins of school days, with the typing errors and the interrupts that belong to them."""

from datetime import UTC, date, datetime, time, timedelta

from ibpmon.demo.board.nouns import AMSTERDAM, Board, Person, SignIn

WRONG_PASSWORD, LOCKED, UNKNOWN_USER, BLOCKED_ACCOUNT = 50126, 50053, 50034, 50057
INTERRUPTS = (50140, 50074, 50076)
APPS = 4


def live(board: Board) -> None:
    """Let everyone sign in over the whole period."""
    first = board.today - timedelta(days=board.scale.days)
    for number in range(board.scale.days + 1):
        a_day(board, first + timedelta(days=number))
    put_in_order(board)


def a_day(board: Board, day: date) -> None:
    """Let everyone sign in on one day; the new rows stand at the end until `put_in_order`."""
    for person in board.people:
        if not person.quiet:
            live_a_day(board, person, day)


def put_in_order(board: Board) -> None:
    """All sign-ins up to this moment in the order of Graph: newest first."""
    board.sign_ins = sorted((row for row in board.sign_ins if row.at <= board.now), key=newest_first, reverse=True)


def newest_first(row: SignIn) -> tuple[datetime, str]:
    """The place in the log."""
    return row.at, row.id


def live_a_day(board: Board, person: Person, day: date) -> None:
    """The sign-ins of one person on one day: at school on working days, at home now and then."""
    if not is_around(person, day):
        return
    rng, working = board.rng, day.weekday() < 5
    for _ in range(times_at_school(board, person) if working else 0):
        clock = rng.triangular(7.4, 16.9, 8.6) if person.population != "pupil" else rng.triangular(8.4, 15.0, 9.2)
        sign_in(board, person, day, clock, school_address(board, person), "school")
    if rng.random() < (0.25 if person.population == "staff" else 0.02):
        sign_in(board, person, day, rng.uniform(18.5, 22.6), person.home, "home")


def is_around(person: Person, day: date) -> bool:
    """Nobody signs in before the account exists, after the last day, or once it is blocked."""
    created = person.account["createdDateTime"]
    begun = created is None or str(created)[:10] < day.isoformat()
    return begun and person.account["accountEnabled"] and person.at_work(day)


def times_at_school(board: Board, person: Person) -> int:
    """How often someone signs in during a working day."""
    if person.population == "staff":
        return int(board.rng.triangular(0, 7.2, 3))
    if person.population == "guest":
        return int(board.rng.random() < 0.1)
    return int(board.rng.random() < 0.26)


def sign_in(board: Board, person: Person, day: date, clock: float, address: str, scene: str) -> None:
    """One success, after a typing error or an interrupt as often as people have them."""
    at = local(day, clock)
    chance = board.rng.random()
    if chance < 0.03 and not person.steady:
        for step in range(1 + int(board.rng.random() * 3)):
            record(board, at - timedelta(seconds=14 * (step + 1)), person.id, address, WRONG_PASSWORD, scene)
    elif chance < 0.11:
        record(board, at - timedelta(seconds=9), person.id, address, board.rng.choice(INTERRUPTS), scene)
    record(board, at, person.id, address, 0, scene)


def record(board: Board, at: datetime, account: str, address: str, code: int, scene: str) -> None:
    """Write one line in the log."""
    app = board.rng.getrandbits(2) % APPS
    board.sign_ins.append(SignIn(board.new_id(), at, account, address, code, app, scene))


def school_address(board: Board, person: Person) -> str:
    """The address of the school where someone works or learns; a guest comes from elsewhere."""
    return next((school.address for school in board.schools if school.key == person.school), person.home)


def local(day: date, clock: float) -> datetime:
    """An hour of the day at the board as a moment in UTC, in whole seconds."""
    return (datetime.combine(day, time(), AMSTERDAM) + timedelta(seconds=int(clock * 3600))).astimezone(UTC)
