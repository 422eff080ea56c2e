"""Emergency accounts that were used: a test that was announced, and use of which nobody knew."""

from datetime import datetime, timedelta

from ibpmon.demo.board.activity import WRONG_PASSWORD, record
from ibpmon.demo.board.nouns import Announcement, Board, Person
from ibpmon.demo.board.planting.stories import success

USED, FAILS = "break-glass-used", "break-glass-would-fail"
REASON = "Jaarlijkse proef"


def plant_emergency_use(board: Board) -> None:
    """One account is tested as announced; the other is used in its announced hour, from an address nobody named."""
    first, second = (person for person in board.people if person.population == "break_glass")
    office, at = board.schools[-1].address, board.moment(board.school_day(2), "16:00")
    announce(board, first, at, office)
    announce(board, second, at, office)
    success(board, at, first.id, office, "school")
    success(board, at + timedelta(minutes=59), first.id, office, "school")
    board.decoy(USED, first.id, "announced, and from the address that was announced")
    record(board, at + timedelta(hours=5), first.id, first.home, WRONG_PASSWORD, "home")
    board.decoy(USED, first.id, "a wrong password, hours after the test")
    success(board, at + timedelta(minutes=10), second.id, office, "school")
    success(board, at + timedelta(minutes=30), second.id, second.home, "home")
    for person, variant in ((first, "a policy keeps it out"), (second, "without a key as well")):
        board.plant(FAILS, person.id, variant, "a policy blocks the world, and nobody left a way in")
    for person in [person for person in board.people if person.population == "service"][:2]:
        board.decoy(FAILS, person.id, f"no emergency account: {person.account['mailNickname']}")
    board.plant(USED, second.id, "from another address", "was used during its test, from an address nobody named")


def announce(board: Board, who: Person, at: datetime, address: str) -> None:
    """A test of an hour."""
    upn = str(who.account["userPrincipalName"])
    board.announcements.append(Announcement(upn, at, at + timedelta(hours=1), address, REASON))
