"""Sign-ins that nobody typed: apps that renew their tokens, phones of people who left, and apps of the board itself.

A person has several for each sign-in of his own. A board keeps as many of them as it can carry: all kinds occur.
"""

import random
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import takewhile

from ibpmon.demo.board.activity import APPS, BLOCKED_ACCOUNT, local, newest_first
from ibpmon.demo.board.applications import principal
from ibpmon.demo.board.nouns import AMSTERDAM, NOBODY, Board, Person, SignIn, guid

SESSION_OVER, TOKEN_OLD, SECRET_EXPIRED = 50133, 700082, 7000222
FEW = {"small": 3.0, "board": 1.0, "large": 0.25}  # how many for each success of a person
CLOUD = "198.51.100.250"
# the app, the kind of credential (rendering finds the key), how often a day, how it ends, from where
PACES = (
    ("Roosterkoppeling", "secret", 24, 0, "office"),
    ("Roosterkoppeling", "old", 2, SECRET_EXPIRED, CLOUD),
    ("ibpmon", "certificate", 6, 0, "office"),
    ("Reservekopie cloud", "certificate", 4, 0, CLOUD),
    ("Koppeling leerlingadministratie", "secret", 12, 0, CLOUD),
)


def build(board: Board, rng: random.Random) -> None:
    """All days of the log."""
    days: dict[date, list[SignIn]] = {board.today - timedelta(days=n): [] for n in range(board.scale.days + 1)}
    for row in board.sign_ins:
        days.setdefault(day_of(row.at), []).append(row)
    for day, rows in sorted(days.items()):
        board.other_sign_ins += of_a_day(board, rng, day, rows)
    put_in_order(board)


def a_day(board: Board, day: date) -> None:
    """What goes with the sign-ins of one more day; after `activity.a_day` and `activity.put_in_order`."""
    rng = random.Random(f"{board.size}/{board.seed}/background/{day}")
    newest = takewhile(lambda row: day_of(row.at) >= day, board.sign_ins)
    board.other_sign_ins += of_a_day(board, rng, day, [row for row in newest if day_of(row.at) == day])
    put_in_order(board)


def put_in_order(board: Board) -> None:
    """Up to this moment, newest first."""
    known = (row for row in board.other_sign_ins if row.at <= board.now)
    board.other_sign_ins = sorted(known, key=newest_first, reverse=True)


def of_a_day(board: Board, rng: random.Random, day: date, typed: Iterable[SignIn]) -> Iterator[SignIn]:
    """Of people, of apps, of phones that nobody switched off, and of a script with a password in it."""
    times, midnight = FEW.get(board.size, 0.25), local(day + timedelta(days=1), 0)
    for row in typed:
        if row.code == 0 and row.account != NOBODY:
            yield from renewals(rng, row, times, midnight)
    yield from of_apps(board, rng, day)
    for person in phones_of_leavers(board):
        for hour in (2.0, 7.5, 13.1, 20.6):
            yield silent(rng, local(day, hour), person.id, person.home, BLOCKED_ACCOUNT, "phone")
    script = next(p for p in board.people if p.population == "service")
    yield silent(rng, local(day, 3.25), script.id, board.schools[-1].address, 0, "ropc")


def renewals(rng: random.Random, row: SignIn, times: float, midnight: datetime) -> Iterator[SignIn]:
    """Tokens that an app renews in the hours after somebody signed in, never past midnight."""
    for _ in range(int(times) + (rng.random() < times % 1)):
        at = row.at + timedelta(seconds=int(rng.uniform(1800, 28000)))
        if at < midnight:
            chance = rng.random()
            code = SESSION_OVER if chance < 0.01 else TOKEN_OLD if chance < 0.02 else 0
            yield silent(rng, at, row.account, row.address, code, row.scene)


def of_apps(board: Board, rng: random.Random, day: date) -> Iterator[SignIn]:
    """The apps of the board itself, evenly over the day."""
    for name, credential, times, code, place in PACES:
        key = principal(board, name)["id"]
        address = board.schools[-1].address if place == "office" else place
        for number in range(times):
            at = local(day, 24 * (number + 0.4) / times)
            yield SignIn(guid(rng), at, key, address, code, 0, credential, "servicePrincipal")


def phones_of_leavers(board: Board) -> list[Person]:
    """People who left some time ago, whose phone goes on asking for mail."""
    gone = [p for p in board.people if p.population == "staff" and not p.account["accountEnabled"] and not p.cast]
    return gone[: board.scale.rounds]


def silent(rng: random.Random, at: datetime, account: str, address: str, code: int, scene: str) -> SignIn:
    """A sign-in without a person at the keyboard."""
    return SignIn(guid(rng), at, account, address, code, rng.getrandbits(2) % APPS, scene, "nonInteractiveUser")


def day_of(at: datetime) -> date:
    """The day at the board."""
    return at.astimezone(AMSTERDAM).date()
