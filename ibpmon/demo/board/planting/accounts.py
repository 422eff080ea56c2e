"""Staff without MFA, and leavers who are still in; and what only looks like it."""

from collections.abc import Iterator
from datetime import timedelta

from ibpmon.demo.board import people
from ibpmon.demo.board.names import HOSTILE
from ibpmon.demo.board.nouns import Board, Contract
from ibpmon.demo.board.planting.stories import ago, off, play, schools_from, start

MFA, ACTIVE, SIGNED_IN = "account-without-mfa", "leaver-still-active", "leaver-signed-in"


def plant_accounts(board: Board) -> None:
    """Staff without MFA, and leavers who are still in."""
    for turn in range(board.scale.rounds):
        keys = schools_from(board, turn)
        plant_without_mfa(board, keys)
        decoy_without_mfa(board, keys)
        plant_active_leavers(board, keys)
        decoy_active_leavers(board, keys)
        plant_leavers_signed_in(board, keys)
        decoy_leavers_signed_in(board, keys)
    decoy_without_mfa_elsewhere(board)


def plant_without_mfa(board: Board, keys: Iterator[str]) -> None:
    """Nothing registered, registered but not usable, exactly a week old, older than the log of dates, hostile name."""
    nothing = play(board, next(keys), mfa="none")
    board.plant(MFA, nothing.id, "nothing registered", "has no method at all")
    weak = play(board, next(keys), mfa="registered")
    board.plant(MFA, weak.id, "registered, not capable", "registered a method that policy does not allow")
    week = play(board, next(keys), mfa="none")
    start(board, week, 7)
    board.plant(MFA, week.id, "exactly seven days", "the account is exactly seven days old: grace is over")
    old = play(board, next(keys), mfa="none")
    old.account["createdDateTime"] = None
    board.plant(MFA, old.id, "no creation date", "an account from before June 2018 has no creation date")
    odd = play(board, next(keys), mfa="none")
    odd.account["displayName"] = HOSTILE[7]
    board.plant(MFA, odd.id, "hostile name", "the name is an attack on whoever prints it")


def decoy_without_mfa(board: Board, keys: Iterator[str]) -> None:
    """A new starter, one day too early, an account that is off, a passkey, one that the report lacks."""
    new = play(board, next(keys), mfa="none")
    start(board, new, 3)
    board.decoy(MFA, new.id, "new starter of three days")
    almost = play(board, next(keys), mfa="none")
    start(board, almost, 6.8)
    board.decoy(MFA, almost.id, "new starter of nearly seven days")
    off = play(board, next(keys), mfa="none", quiet=True)
    off.account["accountEnabled"] = False
    people.leave(off, board.today - timedelta(days=60))
    board.decoy(MFA, off.id, "disabled account, not in the report")
    board.decoy(MFA, play(board, next(keys), mfa="passkey").id, "capable by passkey only")
    board.decoy(MFA, play(board, next(keys), mfa="absent").id, "enabled, but the report does not have it yet")
    undated = play(board, next(keys))
    undated.account["createdDateTime"] = None
    board.decoy(MFA, undated.id, "no creation date, capable")


def decoy_without_mfa_elsewhere(board: Board) -> None:
    """The accounts that other rules look after."""
    kinds = {"guest": "guest", "service": "service account", "shared": "shared account", "pupil": "pupil"}
    for population, word in (kinds | {"break_glass": "emergency account", "unknown": "unknown account"}).items():
        first = next(person for person in board.people if person.population == population)
        board.decoy(MFA, first.id, word)


def plant_active_leavers(board: Board, keys: Iterator[str]) -> None:
    """Left yesterday, last month, with two contracts that both ended, and without MFA as well."""
    yesterday = play(board, next(keys))
    people.leave(yesterday, ago(board, 1))
    board.plant(ACTIVE, yesterday.id, "left yesterday", "yesterday was the last day: one day ago")
    month = play(board, next(keys))
    people.leave(month, ago(board, 31))
    board.plant(ACTIVE, month.id, "left a month ago", "nobody blocked the account")
    both = play(board, next(keys))
    people.leave(both, ago(board, 40))
    both.contracts.append(Contract(next(keys), ago(board, 300), ago(board, 9)))
    board.plant(ACTIVE, both.id, "two contracts, both ended", "the contract at the second school ended nine days ago")
    bare = play(board, next(keys), mfa="none")
    people.leave(bare, ago(board, 12))
    board.plant(ACTIVE, bare.id, "left, and without MFA", "left twelve days ago")
    board.plant(MFA, bare.id, "a leaver without MFA", "has no method and the account is still on")


def decoy_active_leavers(board: Board, keys: Iterator[str]) -> None:
    """Second contract, longer contract, account already off, last day today, leaving later."""
    second = play(board, next(keys))
    people.leave(second, ago(board, 20))
    second.contracts.append(Contract(next(keys), ago(board, 200)))
    board.decoy(ACTIVE, second.id, "second contract at another school still runs")
    longer = play(board, next(keys))
    people.leave(longer, ago(board, 15))
    longer.contracts.append(Contract(longer.school, ago(board, 14), ago(board, -180)))
    board.decoy(ACTIVE, longer.id, "contract extended: a later line")
    off = play(board, next(keys), quiet=True)
    people.leave(off, ago(board, 10))
    off.account["accountEnabled"] = False
    board.decoy(ACTIVE, off.id, "leaver whose account is off")
    today = play(board, next(keys))
    people.leave(today, ago(board, 0))
    board.decoy(ACTIVE, today.id, "last day is today")
    later = play(board, next(keys))
    people.leave(later, ago(board, -30))
    board.decoy(ACTIVE, later.id, "leaves next month")


def plant_leavers_signed_in(board: Board, keys: Iterator[str]) -> None:
    """The days are here, the sign-ins come in `plant_late_sign_ins`, when there is a log."""
    ten = play(board, next(keys), quiet=True)
    people.leave(ten, ago(board, 3))
    off(ten)
    board.plant(SIGNED_IN, ten.id, "just after midnight", "signed in ten minutes after the last day had ended")
    abroad = play(board, next(keys), quiet=True)
    people.leave(abroad, ago(board, 20))
    board.plant(SIGNED_IN, abroad.id, "abroad, account still on", "signed in from abroad, weeks after leaving")
    board.plant(ACTIVE, abroad.id, "left, on, and used", "the account was never blocked")
    school = play(board, next(keys), quiet=True)
    people.leave(school, ago(board, 6))
    off(school)
    board.plant(SIGNED_IN, school.id, "at school, since blocked", "signed in at school; the account was blocked later")
    twice = play(board, next(keys), quiet=True)
    people.leave(twice, ago(board, 60))
    twice.contracts.append(Contract(next(keys), ago(board, 200), ago(board, 4)))
    off(twice)
    board.plant(SIGNED_IN, twice.id, "after the last of two contracts", "signed in after the second contract had ended")


def decoy_leavers_signed_in(board: Board, keys: Iterator[str]) -> None:
    """The evening of the last day, a failed try, a contract elsewhere."""
    evening = play(board, next(keys), quiet=True)
    people.leave(evening, ago(board, 3))
    off(evening)
    board.decoy(SIGNED_IN, evening.id, "signed in on the evening of the last day")
    tried = play(board, next(keys), quiet=True)
    people.leave(tried, ago(board, 5))
    off(tried)
    board.decoy(SIGNED_IN, tried.id, "failed attempts after leaving")
    elsewhere = play(board, next(keys), quiet=True)
    people.leave(elsewhere, ago(board, 10))
    elsewhere.contracts.append(Contract(next(keys), ago(board, 100)))
    board.decoy(SIGNED_IN, elsewhere.id, "left one school, works at another")
