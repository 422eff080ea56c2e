"""What is wrong in the log of sign-ins."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from ibpmon.demo.board.activity import LOCKED, WRONG_PASSWORD
from ibpmon.demo.board.nouns import Board, SignIn
from ibpmon.demo.board.truth.facts import Finding, within

QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)


def find_many_failures(board: Board) -> Iterator[Finding]:
    """Accounts with many failures in a quarter: ten from outside, or twenty at school."""
    inside = {school.address for school in board.schools}
    outer: dict[str, list[datetime]] = defaultdict(list)
    inner: dict[str, list[datetime]] = defaultdict(list)
    for row in failures(board):
        (inner if row.address in inside else outer)[row.account].append(row.at)
    yield from (("many-failed-sign-ins", who, "") for who, at in outer.items() if within(at, 10, QUARTER))
    yield from (("many-failed-sign-ins-at-school", who, "") for who, at in inner.items() if within(at, 20, QUARTER))


def find_sprays(board: Board) -> Iterator[Finding]:
    """Addresses outside the schools that failed on eight accounts within an hour."""
    inside = {school.address for school in board.schools}
    tries: dict[str, list[SignIn]] = defaultdict(list)
    for row in failures(board):
        if row.address not in inside:
            tries[row.address].append(row)
    for address, rows in tries.items():
        if any(len(accounts_within(rows, first)) >= 8 for first in rows):
            yield "password-spray", address, ""


def accounts_within(rows: Iterable[SignIn], first: SignIn) -> set[str]:
    """The accounts that were tried in the hour from this try on."""
    return {row.account for row in rows if first.at <= row.at <= first.at + HOUR}


def failures(board: Board) -> Iterator[SignIn]:
    """The wrong passwords and the locked accounts."""
    return (row for row in board.sign_ins if row.code in (WRONG_PASSWORD, LOCKED))


FINDERS = (
    find_many_failures,
    find_sprays,
)
