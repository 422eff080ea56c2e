"""What an account is not clearly."""

from collections.abc import Iterator
from datetime import timedelta

from ibpmon.demo.board.nouns import DOMAIN, PUPIL_DOMAIN, Board, Person
from ibpmon.demo.board.truth.facts import Finding, read

GRACE = timedelta(days=3)


def find_unplaced(board: Board) -> Iterator[Finding]:
    """Enabled accounts of three days and older that are of no kind, and of which the board says nothing."""
    for person in settled(board):
        if person.population == "unknown" and not decided(board, person):
            yield "account-not-placed", person.id, ""


def find_staff_and_pupil(board: Board) -> Iterator[Finding]:
    """Enabled accounts of three days and older with a sign of staff and one of pupils, and no word of the board."""
    for person in settled(board):
        domain = str(person.account["userPrincipalName"]).rpartition("@")[2]
        like_staff = domain == DOMAIN or bool(person.contracts)
        like_pupil = domain == PUPIL_DOMAIN or person.population == "pupil" or person.year_group > 0
        if person.population in ("staff", "pupil") and like_staff and like_pupil and not decided(board, person):
            yield "account-of-staff-and-pupil", person.id, ""


def settled(board: Board) -> Iterator[Person]:
    """Who has an enabled account for three days or more; without a date it is older than June 2018."""
    for person in board.people:
        created = person.account.get("createdDateTime")
        if person.account.get("accountEnabled") and (not created or board.now - read(created) >= GRACE):
            yield person


def decided(board: Board, person: Person) -> bool:
    """Whether the board's own list says today what this account is."""
    said = board.overrides.get(str(person.account["userPrincipalName"]))
    return said is not None and (said.until is None or said.until >= board.today)


FINDERS = (
    find_unplaced,
    find_staff_and_pupil,
)
