"""Sign-ins that went well and should not have: from elsewhere, in an old way; and tries on accounts that are closed."""

import itertools
from collections.abc import Iterator
from datetime import timedelta

from ibpmon.demo.board.activity import BLOCKED_ACCOUNT, WRONG_PASSWORD, record
from ibpmon.demo.board.audits import write
from ibpmon.demo.board.nouns import Board, Person
from ibpmon.demo.board.planting.stories import burst, extra, passer_by, success, victim

BLOCKED, OLD_WAY, FOREIGN = "attempts-on-blocked-account", "old-way-of-signing-in", "sign-in-from-another-country"
GUESSED, KEYS = "success-after-failures", "recovery-key-read"
POLICY_SAID_NO = 53003
BITLOCKER, LAPS = "Read BitLocker key", "Recover device local administrator password"


def plant_misuse(board: Board) -> None:
    """Each story with its look-alikes, each round on other days."""
    with board.chance("misuse"):
        for turn in range(board.scale.rounds):
            days = itertools.cycle(range(1 + turn * 8, min(6 + turn * 8, board.scale.days - 1)))
            plant_blocked(board, days, turn)
            decoy_blocked(board, days)
            plant_old_ways(board, days)
            decoy_old_ways(board, days)
            plant_foreign(board, days)
            decoy_foreign(board, days)
            plant_guessed(board, days, turn)
            decoy_guessed(board, days, turn)


# ---------------------------------------------------------------- accounts that are closed


def closed(board: Board, population: str) -> Person:
    """Somebody whose account is blocked from now on, so that the report on MFA has it no more."""
    person = passer_by(board, population)
    person.account["accountEnabled"] = False
    person.quiet = True
    board.registrations = [row for row in board.registrations if row["id"] != person.id]
    return person


def plant_blocked(board: Board, days: Iterator[int], turn: int) -> None:
    """Right on five in a day; around midnight for days; spread over addresses."""
    rows = (
        ("pupil", "exactly five", "five tries in a day, to the second", 5, 86400, 1),
        ("pupil", "for days", "every three hours, four days long", 32, 4 * 86400, 1),
        ("guest" if turn else "pupil", "from many addresses", "eight tries in an hour from four addresses", 8, 3600, 4),
    )
    for variant, (population, name, why, number, seconds, places) in enumerate(rows):
        person = closed(board, population)
        board.plant(BLOCKED, person.id, name, why)
        sources = [f"198.51.{100 + variant}.{20 + turn * 8 + n}" for n in range(places)]
        begin = board.moment(next(days) + 1, "15:10") - timedelta(seconds=max(0, seconds - 86400))
        burst(board, person, begin, number, seconds, sources, BLOCKED_ACCOUNT)


def decoy_blocked(board: Board, days: Iterator[int]) -> None:
    """Four in a day; an old phone that asks four times a day; wrong passwords on an account that is on."""
    four = closed(board, "pupil")
    board.decoy(BLOCKED, four.id, "four tries in a day")
    burst(board, four, board.moment(next(days), "08:00"), 4, 6 * 3600, [four.home], BLOCKED_ACCOUNT)
    phone = closed(board, "pupil")
    board.decoy(BLOCKED, phone.id, "an old phone that asks for mail four times a day")
    burst(board, phone, board.moment(5, "03:00"), 12, 77 * 3600, [phone.home], BLOCKED_ACCOUNT, "phone")
    alive = extra(board, "pupil", BLOCKED, "wrong passwords on an account that is on")
    burst(board, alive, board.moment(next(days), "08:00"), 7, 5 * 3600, [alive.home], WRONG_PASSWORD)


# ---------------------------------------------------------------- old ways


def plant_old_ways(board: Board, days: Iterator[int]) -> None:
    """Mail with IMAP; the same at school; held up by a policy; mail sent by a member of staff as if by a printer."""
    imap = victim(board, "pupil", OLD_WAY, "mail with IMAP", "an old mail program at home")
    success(board, board.moment(next(days), "20:05"), imap.id, imap.home, "imap")
    school = victim(board, "pupil", OLD_WAY, "at school too", "an old mail program on a computer at school")
    success(board, board.moment(next(days), "12:10"), school.id, board.school(school.school).address, "imap")
    held = victim(board, "pupil", OLD_WAY, "held up", "a policy refused the old mail program")
    record(board, board.moment(next(days), "16:44"), held.id, held.home, POLICY_SAID_NO, "imap")
    smtp = victim(board, "staff", OLD_WAY, "mails as a printer does", "a person sends mail with SMTP")
    success(board, board.moment(next(days), "10:20"), smtp.id, board.school(smtp.school).address, "printer")


def decoy_old_ways(board: Board, days: Iterator[int]) -> None:
    """The copier that mails scans, and an app on a phone."""
    copier = next(person for person in board.people if person.population == "service")
    board.decoy(OLD_WAY, copier.id, "the copier mails scans at school")
    for number in range(6):
        at = board.moment(next(days), f"{9 + number}:12") if number else board.moment(next(days), "09:12")
        success(board, at, copier.id, board.schools[0].address, "printer")
    phone = extra(board, "pupil", OLD_WAY, "the mail app of a phone")
    success(board, board.moment(next(days), "21:00"), phone.id, phone.home, "phone")


# ---------------------------------------------------------------- another country


def plant_foreign(board: Board, days: Iterator[int]) -> None:
    """Once, every day of a holiday, and by a pupil."""
    once = victim(board, "staff", FOREIGN, "once", "signed in from Germany, once")
    success(board, board.moment(next(days), "19:31"), once.id, "192.0.2.10", "germany")
    often = victim(board, "staff", FOREIGN, "every day of a holiday", "signed in from Germany, four days long")
    for day in range(1, 5):
        success(board, board.moment(day, "10:02"), often.id, f"192.0.2.{11 + day}", "germany")
    pupil = victim(board, "pupil", FOREIGN, "a pupil", "a pupil signed in from Germany")
    success(board, board.moment(next(days), "14:48"), pupil.id, "192.0.2.30", "germany")


def decoy_foreign(board: Board, days: Iterator[int]) -> None:
    """It did not work out; nobody knows which country it was."""
    tried = extra(board, "pupil", FOREIGN, "wrong passwords from Germany")
    for second in range(3):
        at = board.moment(2, "11:00") + timedelta(seconds=40 * second)
        record(board, at, tried.id, "192.0.2.40", WRONG_PASSWORD, "germany")
    border = extra(board, "pupil", FOREIGN, "a phone of which the country is not known")
    success(board, board.moment(next(days), "18:00"), border.id, "192.0.2.41", "phone")


# ---------------------------------------------------------------- guessed


def plant_guessed(board: Board, days: Iterator[int], turn: int) -> None:
    """Right on eight; right on an hour; over accounts, each tried twice."""
    for number, (name, seconds, after) in enumerate((("exactly eight", 600, 5), ("an hour to the second", 3000, 600))):
        source = f"198.51.{110 + number}.{20 + turn}"
        board.plant(GUESSED, source, name, f"eight failures and then a success, {seconds + after} seconds in all")
        begin, who = board.moment(next(days), "20:11"), passer_by(board, "pupil")
        burst(board, who, begin, 8, seconds, [source], scene="home")
        success(board, begin + timedelta(seconds=seconds + after), who.id, source, "home")
    source = f"198.51.112.{20 + turn}"
    board.plant(GUESSED, source, "over accounts", "four accounts, two tries each, and one of them opens")
    begin, people = board.moment(next(days), "21:02"), [passer_by(board, "pupil") for _ in range(4)]
    for number, who in enumerate((*people, *people)):
        record(board, begin + timedelta(seconds=30 * number), who.id, source, WRONG_PASSWORD, "home")
    success(board, begin + timedelta(minutes=6), people[2].id, source, "home")


def decoy_guessed(board: Board, days: Iterator[int], turn: int) -> None:
    """Seven; a second more than an hour; the password comes back at school; first in, then failures."""
    rows = (
        ("seven failures and a success", 7, 600, 605, "home"),
        ("a second more than an hour", 8, 3000, 3601, "home"),
        ("the password comes back on the laptop of school", 9, 800, 830, "school"),
        ("failures after the success", 9, 800, -5, "home"),
    )
    for number, (why, tries, seconds, after, scene) in enumerate(rows):
        source = f"198.51.{113 + number}.{20 + turn}"
        board.decoy(GUESSED, source, why)
        begin, who = board.moment(next(days), "19:20"), passer_by(board, "pupil")
        burst(board, who, begin, tries, seconds, [source], scene="home")
        success(board, begin + timedelta(seconds=after), who.id, source, scene)


# ---------------------------------------------------------------- keys of devices


def plant_keys(board: Board) -> None:
    """Two by ICT, a password, five on a day; refused, and other acts on devices. When there is a log of acts."""
    laptops = [row for row in board.entra_devices if row["trustType"] == "AzureAd"][:6]
    for row in board.audits:
        if row["activityDisplayName"] == BITLOCKER:
            board.plant(KEYS, row["initiatedBy"]["user"]["id"], "by ICT", "two recovery keys were read")
    with board.chance("keys"):
        helper, many, refused, renamer = (passer_by(board, "pupil") for _ in range(4))
        write(board, LAPS, helper, laptops[0], board.moment(3, "22:10"))
        board.plant(KEYS, helper.id, "a password", "the password of the administrator of a laptop was read, at night")
        for number, laptop in enumerate(laptops[1:]):
            write(board, BITLOCKER, many, laptop, board.moment(2, f"{12 + number}:30"))
        board.plant(KEYS, many.id, "five on a day", "five recovery keys were read on one day")
        write(board, BITLOCKER, refused, laptops[0], board.moment(5, "10:00"), failed=True)
        board.decoy(KEYS, refused.id, "a recovery key that was refused")
        for number, laptop in enumerate(laptops):
            write(board, "Update device", renamer, laptop, board.moment(6, f"{10 + number}:00"))
        board.decoy(KEYS, renamer.id, "devices that were given another name")
