"""What the stories share: people to play a part, addresses, days, and bursts of sign-ins."""

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from ibpmon.demo.board import people, places
from ibpmon.demo.board.activity import WRONG_PASSWORD, record
from ibpmon.demo.board.nouns import Board, Contract, Person, stamp

FEW_LEFT = 3  # ordinary people of each school that other stories still need


def schools_from(board: Board, turn: int) -> Iterator[str]:
    """The schools one after the other, each round starting elsewhere."""
    keys = [school.key for school in board.schools[: board.scale.schools]]
    begin = turn * 5 % len(keys)
    return itertools.cycle(keys[begin:] + keys[:begin])


def play(board: Board, school: str, *, mfa: str = "capable", quiet: bool = False) -> Person:
    """An employee for a part in a story."""
    return people.hire(board, school, mfa=mfa, quiet=quiet, cast=True)


def new_pupil(board: Board, school: str) -> Person:
    """A pupil for a part in a story, in the pupil group of the school as all pupils."""
    pupil = people.enrol(board, school, 7, cast=True)
    places.join(board, places.group_id(board, f"{school} Leerlingen"), pupil)
    return pupil


def start(board: Board, person: Person, days: float) -> None:
    """Make someone a starter of so many days ago."""
    created = board.now - timedelta(days=days)
    person.account["createdDateTime"] = stamp(created)
    person.contracts = [Contract(person.school, created.date())]


def ago(board: Board, days: int) -> date:
    """The day at the board so many days ago."""
    return board.today - timedelta(days=days)


def off(person: Person) -> None:
    """Block the account."""
    person.account["accountEnabled"] = False


def some_staff(board: Board, key: str, number: int) -> list[Person]:
    """Ordinary employees of a school."""
    return [
        p
        for p in board.people
        if p.population == "staff" and p.school == key and not p.cast and p.account["accountEnabled"]
    ][:number]


def pupils_in(board: Board, group: str) -> list[Person]:
    """The pupils among the direct members of a group."""
    inside = {member.id for member in board.members[group]}
    return [p for p in board.people if p.population == "pupil" and p.id in inside]


def home_of(board: Board, account: str) -> str:
    """The address at home of an account."""
    return next(person.home for person in board.people if person.id == account)


def success(board: Board, at: datetime, account: str, address: str, scene: str) -> None:
    """One sign-in that went well."""
    record(board, at, account, address, 0, scene)


def victim(board: Board, population: str, rule: str, variant: str, why: str) -> Person:
    """Someone new to be attacked, so that nothing else happens to the account."""
    person = passer_by(board, population)
    board.plant(rule, person.id, variant, why)
    return person


def extra(board: Board, population: str, rule: str, false_positive: str) -> Person:
    """Someone to whom something innocent happens."""
    person = passer_by(board, population)
    board.decoy(rule, person.id, false_positive)
    return person


def passer_by(board: Board, population: str) -> Person:
    """An ordinary person who has no part yet and makes no typing errors from now on; a few stay at each school.

    Preferably one whose address at home is of nobody else: what happens there would happen to the neighbours.
    """
    free = [p for p in board.people if p.population == population and not p.cast and p.account["accountEnabled"]]
    free = [p for p in free if ":" in p.home] or free
    left = Counter(p.school for p in free)
    person = board.rng.choice([p for p in free if left[p.school] > FEW_LEFT] or free)
    person.cast = person.steady = True
    return person


def crowd(board: Board, number: int) -> list[Person]:
    """Ordinary people without a part: staff first, pupils for the rest; they may be tried more than once."""
    free = [p for p in board.people if not p.cast and p.account["accountEnabled"] and not p.quiet]
    staff = [p for p in free if p.population == "staff"]
    pupils = [p for p in free if p.population == "pupil"]
    chosen = board.rng.sample(staff, min(len(staff), number * 2 // 3))
    return chosen + board.rng.sample(pupils, number - len(chosen))


def burst(
    board: Board,
    person: Person,
    begin: datetime,
    number: int,
    seconds: int,
    addresses: list[str],
    code: int = WRONG_PASSWORD,
    scene: str = "abroad",
) -> None:
    """So many failures on one account, evenly over so many seconds."""
    for step in range(number):
        at = begin + timedelta(seconds=step * seconds // (number - 1))
        record(board, at, person.id, addresses[step % len(addresses)], code, scene)


def spray(board: Board, targets: list[Person], begin: datetime, tries: int, seconds: int, source: str) -> None:
    """A few tries on each account from one address, evenly over so many seconds."""
    rows = [person for _ in range(tries) for person in targets]
    for step, person in enumerate(rows):
        at = begin + timedelta(seconds=step * seconds // (len(rows) - 1))
        record(board, at, person.id, source, WRONG_PASSWORD, "abroad")


def midnight(board: Board, days_back: int) -> datetime:
    """The beginning of a day in UTC; the first of the month when it lies in the period."""
    days = [board.moment(n, "12:00").replace(hour=0, minute=0) for n in range(days_back, board.scale.days)]
    return next((day for day in days if day.day == 1), days[0])
