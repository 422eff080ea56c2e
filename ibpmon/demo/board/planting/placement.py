"""Accounts that cannot be placed, and accounts with signs of both staff and pupils; and what only looks like it."""

from datetime import timedelta

from ibpmon.demo.board import people
from ibpmon.demo.board.nouns import GUEST_DOMAIN, PUPIL_DOMAIN, Board, Contract, Override, Person, stamp
from ibpmon.demo.board.planting.stories import ago, off, play, schools_from

UNPLACED, BOTH = "account-not-placed", "account-of-staff-and-pupil"


def plant_placement(board: Board) -> None:
    """What fits nowhere, and what fits twice."""
    for person in [one for one in board.people if one.population == "unknown"]:
        board.plant(UNPLACED, person.id, "account of a supplier", "fits no population, and is in use for years")
    for turn in range(board.scale.rounds):
        keys = schools_from(board, turn)
        plant_unplaced(board, turn)
        plant_both(board, [next(keys) for _ in range(3)])
        decoy_both(board, [next(keys) for _ in range(2)])


def plant_unplaced(board: Board, turn: int) -> None:
    """Exactly three days old; and as decoys one a little younger, one that is off, one that the board placed."""
    exact = nobody(board, f"project.{turn}", 3)
    board.plant(UNPLACED, exact.id, "exactly three days", "the account is exactly three days old: grace is over")
    old = nobody(board, f"kopie.{turn}", 900)
    old.account["createdDateTime"] = None
    board.plant(UNPLACED, old.id, "no creation date", "an account from before June 2018 has no creation date")
    board.decoy(UNPLACED, nobody(board, f"nieuw.{turn}", 2.8).id, "new account of nearly three days")
    blocked = nobody(board, f"oud.{turn}", 500)
    off(blocked)
    board.decoy(UNPLACED, blocked.id, "disabled account")
    placed = nobody(board, f"bord.{turn}", 400)
    placed.population = "service"
    say(board, placed, Override("service", "scherm in de hal"))
    board.decoy(UNPLACED, placed.id, "placed by the board itself")


def plant_both(board: Board, keys: list[str]) -> None:
    """A pupil on the staff list, an employee on the pupil list, and a trainee whose time as staff is over."""
    listed = people.enrol(board, keys[0], 8, cast=True)
    listed.contracts = [Contract(keys[0], ago(board, 90))]
    board.plant(BOTH, listed.id, "pupil on the staff list", "the address is a pupil's, and the staff list has it")
    former = play(board, keys[1])
    former.year_group = 8
    board.plant(BOTH, former.id, "employee on the pupil list", "works here, and was never taken off the pupil list")
    trainee = people.enrol(board, keys[2], 8, cast=True)
    trainee.contracts = [Contract(keys[2], ago(board, 200))]
    say(board, trainee, Override("staff", "stage", ago(board, 1)))
    board.plant(BOTH, trainee.id, "the word of the board ended", "counted as staff until yesterday")


def decoy_both(board: Board, keys: list[str]) -> None:
    """A trainee with an address of the pupils, and a parent on the pupil list: the board says that they are staff."""
    trainee = play(board, keys[0])
    local = str(trainee.account["userPrincipalName"]).partition("@")[0]
    trainee.account["userPrincipalName"] = trainee.account["mail"] = f"{local}@{PUPIL_DOMAIN}"
    say(board, trainee, Override("staff", "stage", board.today + timedelta(days=200)))
    board.decoy(BOTH, trainee.id, "trainee, placed by the board itself")
    parent = play(board, keys[1])
    parent.year_group = 5
    say(board, parent, Override("staff", "leerkracht, en ouder van een leerling"))
    board.decoy(BOTH, parent.id, "teacher who is a parent, placed by the board itself")


def nobody(board: Board, local: str, days: float) -> Person:
    """An account of so many days that is no person and fits nowhere."""
    person = people.add_nobody(board, local, "unknown", local.replace(".", " ").title(), GUEST_DOMAIN)
    person.account["createdDateTime"] = stamp(board.now - timedelta(days=days))
    person.cast = True
    return person


def say(board: Board, person: Person, said: Override) -> None:
    """Let the board say what an account is."""
    board.overrides[str(person.account["userPrincipalName"])] = said
