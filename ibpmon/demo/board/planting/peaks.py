"""Hours in which far more goes wrong than anybody is used to, right on the numbers; and hours that are only busy."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import fmean, pstdev

from ibpmon.demo.board.activity import LOCKED, WRONG_PASSWORD, put_in_order, record
from ibpmon.demo.board.nouns import AMSTERDAM, Board, Person, School
from ibpmon.demo.board.planting.stories import success

PEAK, SPRAY = "failure-peak", "password-spray-at-school"
WEEK, HOUR = timedelta(days=7), timedelta(hours=1)
OPENED = "20:10"  # a school in the evening: hardly anybody is in
MANY = 20


def plant_peaks(board: Board) -> None:
    """Yesterday, beside the same hours of four weeks; after everything else that happens in the log."""
    with board.chance("peaks"):
        sources = (f"100.{64 + n // 250}.{n % 250}.{n % 200 + 7}" for n in itertools.count())
        record(board, board.moment(29, "00:10"), pupils(board)[0].id, next(sources), WRONG_PASSWORD, "abroad")
        plant_board(board, sources)
        decoy_board(board, sources)
        plant_schools(board)
        decoy_schools(board)
        put_in_order(board)


def pupils(board: Board) -> list[Person]:
    """Pupils to whom nothing else happens."""
    return [p for p in board.people if p.population == "pupil" and not p.cast and p.account["accountEnabled"]]


def plant_board(board: Board, sources: Iterator[str]) -> None:
    """Just over what is usual, twenty in a quiet hour, and a storm."""
    rows = (
        ("just over", "one more than the mean and three times the spread", "04:00", (12, 14, 12, 14), 0),
        ("a quiet hour", "twenty where hardly anything ever fails", "05:00", (0, 0, 0, 0), 0),
        ("a storm", "sixty over as many accounts and addresses", "22:00", (3, 1, 0, 2), 40),
    )
    for variant, why, clock, usual, more in rows:
        begin = board.moment(1, clock)
        board.plant(PEAK, number_of(begin), variant, why)
        fill(board, begin, usual, more, sources)


def decoy_board(board: Board, sources: Iterator[str]) -> None:
    """Nineteen; exactly what is still usual; and a week in which there was an attack as well."""
    rows = (
        ("nineteen in an hour", "06:00", (0, 0, 0, 0)),
        ("as many as is still usual", "03:00", (15, 17, 15, 17)),
        ("an attack some weeks ago makes room", "23:00", (60, 0, 0, 0)),
    )
    for why, clock, usual in rows:
        begin = board.moment(1, clock)
        board.decoy(PEAK, number_of(begin), why)
        fill(board, begin, usual, -1, sources)


def number_of(begin: datetime) -> str:
    """An hour, counted from 1970."""
    return str(int(begin.timestamp()) // 3600)


def fill(board: Board, begin: datetime, usual: tuple[int, ...], more: int, sources: Iterator[str]) -> None:
    """The hours of the weeks before, and then just enough in this one to be a peak, and so many more."""
    for ago, wanted in enumerate(usual, 1):
        then = board.moment(1 + 7 * ago, clock_of(begin))
        fail(board, then, wanted - failed(board, then), sources)
    before = [failed(board, board.moment(1 + 7 * ago, clock_of(begin))) for ago in range(1, 5)]
    least = max(MANY, int(fmean(before) + 3 * pstdev(before)) + 1)
    fail(board, begin, least + more - failed(board, begin), sources)


def clock_of(begin: datetime) -> str:
    """The time on the clock of the board."""
    return f"{begin.astimezone(AMSTERDAM):%H:%M}"


def failed(board: Board, begin: datetime) -> int:
    """How many fail in this hour already, from outside the schools."""
    inside = {school.address for school in board.schools}
    rows = (row for row in board.sign_ins if row.code in (WRONG_PASSWORD, LOCKED) and row.address not in inside)
    return sum(begin <= row.at < begin + HOUR for row in rows)


def fail(board: Board, begin: datetime, number: int, sources: Iterator[str]) -> None:
    """So many failures in an hour, each on another account from another network."""
    for turn, who in zip(range(number), board.rng.sample(pupils(board), max(number, 0)), strict=True):
        at = begin + timedelta(seconds=20 + 3500 * turn // number)
        record(board, at, who.id, next(sources), WRONG_PASSWORD, "abroad")


# ---------------------------------------------------------------- behind a school


def plant_schools(board: Board) -> None:
    """Eight accounts, once each; and many, three times each, of which one opens."""
    rows = (
        ("exactly eight", 8, 1, 0, "eight accounts from within"),
        ("three tries each", 30, 3, 1, "a script at school"),
    )
    for school, (variant, accounts, tries, opened, why) in zip(board.schools, rows, strict=False):
        board.plant(SPRAY, school.address, variant, why)
        evening(board, school, accounts, tries, opened)


def decoy_schools(board: Board) -> None:
    """Seven accounts; and an evening for parents at which everybody comes in after all."""
    rows = (("seven accounts", 7, 2, 0), ("everybody comes in after all", 20, 2, 20))
    for school, (why, accounts, tries, opened) in zip(board.schools[2:], rows, strict=False):
        board.decoy(SPRAY, school.address, why)
        evening(board, school, accounts, tries, opened)


def evening(board: Board, school: School, accounts: int, tries: int, opened: int) -> None:
    """Somebody at a school tries accounts, so often each; of so many the password is right in the end."""
    begin, people = board.moment(1, OPENED), board.rng.sample(pupils(board), accounts)
    for turn, who in enumerate([*people] * tries):
        record(board, begin + timedelta(seconds=15 * turn), who.id, school.address, WRONG_PASSWORD, "school")
    for turn, who in enumerate(people[:opened]):
        success(board, begin + timedelta(minutes=30, seconds=7 * turn), who.id, school.address, "school")


def tell_what_fell_together(board: Board, found: list[tuple[str, str]]) -> None:
    """Attacks of other stories make peaks of their own."""
    for pair in found:
        board.intended.setdefault(pair, ("an attack of another story", "what else happened made a peak"))
