"""Attacks in the log, right on the number of a rule; and innocent crowds right under it."""

import itertools
from collections.abc import Iterator
from datetime import timedelta

from ibpmon.demo.board.activity import BLOCKED_ACCOUNT, INTERRUPTS, LOCKED, UNKNOWN_USER, WRONG_PASSWORD, record
from ibpmon.demo.board.nouns import NOBODY, Board
from ibpmon.demo.board.planting.accounts import SIGNED_IN
from ibpmon.demo.board.planting.misuse import FOREIGN, GUESSED
from ibpmon.demo.board.planting.stories import ago, burst, crowd, extra, home_of, midnight, spray, success, victim

MANY, MANY_AT_SCHOOL, SPRAY = "many-failed-sign-ins", "many-failed-sign-ins-at-school", "password-spray"


def plant_sign_ins(board: Board) -> None:
    """Attacks on accounts, attacks over accounts, leavers who come back; and the innocent look-alikes."""
    sources = (f"198.{18 + n // 250 % 2}.{n % 250}.{n % 200 + 7}" for n in itertools.count(1))
    for turn in range(board.scale.rounds):
        plant_late_sign_ins(board, turn)
        days = itertools.cycle(range(1 + turn * 8, min(7 + turn * 8, board.scale.days)))
        plant_many_failures(board, days, sources)
        decoy_many_failures(board, days, sources)
        plant_many_at_school(board, days)
        decoy_many_at_school(board, days)
        plant_sprays(board, days, sources)
        decoy_sprays(board, days, sources)


def plant_late_sign_ins(board: Board, turn: int) -> None:
    """The sign-ins of the leavers of one round."""
    stories = [key for key, text in board.intended.items() if key[0] == SIGNED_IN]
    ten, abroad, school, twice = (who for _, who in stories[4 * turn : 4 * turn + 4])
    success(board, board.moment(2, "00:10"), ten, home_of(board, ten), "home")
    board.plant(FOREIGN, abroad, "after leaving", "signed in from abroad, weeks after leaving")
    success(board, board.moment(4, "03:12"), abroad, f"198.51.100.{90 + turn}", "abroad")
    success(board, board.moment(5, "11:05"), school, board.schools[0].address, "school")
    success(board, board.moment(3, "20:15"), twice, home_of(board, twice), "home")
    decoys = [decoy.subject for decoy in board.decoys if decoy.rule == SIGNED_IN]
    evening, tried, elsewhere = decoys[3 * turn : 3 * turn + 3]
    success(board, board.moment(3, "23:52"), evening, home_of(board, evening), "home")
    for clock, code in (("09:01", WRONG_PASSWORD), ("09:02", BLOCKED_ACCOUNT), ("09:05", BLOCKED_ACCOUNT)):
        record(board, board.moment(2, clock), tried, home_of(board, tried), code, "home")
    success(board, board.moment(2, "12:40"), elsewhere, home_of(board, elsewhere), "home")


def plant_many_failures(board: Board, days: Iterator[int], sources: Iterator[str]) -> None:
    """Right on ten in a quarter; over the edge of a quarter, an hour and a day; spread; locked; long."""
    ten = victim(board, "staff", MANY, "exactly ten", "ten failures in 14 minutes and 59 seconds")
    burst(board, ten, board.moment(next(days), "10:31"), 10, 899, [next(sources)])
    edge = victim(board, "pupil", MANY, "over the edge of a quarter", "five failures on either side of a quarter")
    burst(board, edge, board.moment(next(days), "13:09:30"), 10, 660, [next(sources)])
    hour = victim(board, "staff", MANY, "over the edge of an hour", "eleven failures around the whole hour")
    burst(board, hour, board.moment(next(days), "19:54:10"), 11, 700, [next(sources)])
    night = victim(board, "staff", MANY, "over midnight", "the day changes in the middle, in UTC too")
    burst(board, night, midnight(board, next(days)) - timedelta(minutes=6), 12, 720, [next(sources)])
    spread = victim(board, "staff", MANY, "from many addresses", "twelve failures from twelve addresses")
    burst(board, spread, board.moment(next(days), "04:20"), 12, 600, [next(sources) for _ in range(12)])
    locked = victim(board, "pupil", MANY, "until it locked", "six wrong passwords, then the lock itself")
    begin, source = board.moment(next(days), "16:40"), next(sources)
    burst(board, locked, begin, 6, 120, [source])
    burst(board, locked, begin + timedelta(minutes=3), 6, 200, [source], LOCKED)
    long = victim(board, "staff", MANY, "for hours, one attack", "ninety failures, one a minute: one episode")
    burst(board, long, board.moment(next(days), "01:07"), 90, 5400, [next(sources)])
    guest = victim(board, "guest", MANY, "a guest", "fourteen failures on the account of a guest")
    burst(board, guest, board.moment(next(days), "21:15"), 14, 500, [next(sources)])


def decoy_many_failures(board: Board, days: Iterator[int], sources: Iterator[str]) -> None:
    """Nine; ten just too slow; an old password in a phone; interrupts; half at school."""
    nine = extra(board, "staff", MANY, "nine failures in fifteen minutes")
    burst(board, nine, board.moment(next(days), "11:16"), 9, 870, [next(sources)])
    slow = extra(board, "staff", MANY, "ten failures in sixteen minutes")
    burst(board, slow, board.moment(next(days), "12:16"), 10, 960, [next(sources)])
    phone = extra(board, "staff", MANY, "old password in a phone, all day")
    phone.quiet = True  # ill at home: a success from there would look as if the password was guessed
    burst(board, phone, board.moment(next(days), "07:00"), 180, 15 * 3600, [phone.home], scene="phone")
    asked = extra(board, "staff", MANY, "forty interrupts: MFA and stay signed in")
    for number, code in zip(range(40), itertools.cycle(INTERRUPTS), strict=False):
        at = board.moment(2, "08:40") + timedelta(seconds=20 * number)
        record(board, at, asked.id, asked.home, code, "home")
    mixed = extra(board, "pupil", MANY, "eight at home, twelve at school")
    day = board.school_day(next(days)) % board.scale.days or 1
    burst(board, mixed, board.moment(day, "08:31"), 12, 300, [board.school(mixed.school).address], scene="school")
    burst(board, mixed, board.moment(day, "08:33"), 8, 300, [next(sources)])
    own = extra(board, "pupil", MANY, "fifteen at school")
    burst(board, own, board.moment(day, "09:31"), 15, 600, [board.school(own.school).address], scene="school")


def plant_many_at_school(board: Board, days: Iterator[int]) -> None:
    """Right on twenty; over the edge of an hour; a whole lesson."""
    rows = (
        ("exactly twenty", "twenty failures in 14 minutes and 59 seconds", "10:16", 20, 899),
        ("over the edge of an hour", "twenty-four failures around the whole hour", "10:53", 24, 800),
        ("a whole lesson", "seventy failures in one lesson", "13:10", 70, 2400),
    )
    for variant, why, clock, number, seconds in rows:
        who = victim(board, "pupil", MANY_AT_SCHOOL, variant, why)
        address = board.school(who.school).address
        burst(board, who, board.moment(next(days), clock), number, seconds, [address], scene="school")


def decoy_many_at_school(board: Board, days: Iterator[int]) -> None:
    """One short of twenty; twenty just too slow."""
    for why, number, seconds in (("nineteen in fifteen minutes", 19, 880), ("twenty in sixteen minutes", 20, 960)):
        who = extra(board, "pupil", MANY_AT_SCHOOL, why)
        address = board.school(who.school).address
        burst(board, who, board.moment(next(days), "11:02"), number, seconds, [address], scene="school")


def plant_sprays(board: Board, days: Iterator[int], sources: Iterator[str]) -> None:
    """Right on eight in an hour; over the edge of an hour; wide, with one success; over IPv6 by night."""
    rows = (
        ("exactly eight", "eight accounts in 59 minutes", "14:00:20", 8, 1, 3540, ""),
        ("over the edge of an hour", "four accounts before the hour and five after", "15:35", 9, 1, 2900, ""),
        ("wide", "twenty-five accounts, two tries each, and one success", "22:41", 25, 2, 3000, ""),
        ("over IPv6 and midnight", "twelve accounts by night", "23:40", 12, 1, 2400, "2001:db8:bad:"),
    )
    for variant, why, clock, accounts, tries, seconds, prefix in rows:
        source = next(sources)
        source = prefix + f":{int(source.split('.')[2]):x}" if prefix else source
        board.plant(SPRAY, source, variant, why)
        targets = crowd(board, accounts)
        spray(board, targets, board.moment(next(days) + (clock > "20"), clock), tries, seconds, source)
        if variant == "wide":
            at = board.sign_ins[-1].at + timedelta(seconds=40)
            targets[-1].cast = True
            success(board, at, targets[-1].id, source, "abroad")
            board.plant(FOREIGN, targets[-1].id, "after a spray", "the password was guessed from abroad")
            board.plant(GUESSED, source, "after a spray", "fifty failures and then one success")


def decoy_sprays(board: Board, days: Iterator[int], sources: Iterator[str]) -> None:
    """Seven; ten over five hours; names that do not exist; a meeting; Monday morning at school."""
    seven, slow, names, meeting = (next(sources) for _ in range(4))
    board.decoy(SPRAY, seven, "seven accounts in an hour")
    spray(board, crowd(board, 7), board.moment(next(days), "14:10"), 3, 3000, seven)
    board.decoy(SPRAY, slow, "ten accounts over five hours")
    spray(board, crowd(board, 10), board.moment(next(days), "13:05"), 1, 5 * 3600, slow)
    board.decoy(SPRAY, names, "accounts that do not exist")
    for number in range(30):
        at = board.moment(3, "05:30") + timedelta(seconds=30 * number)
        record(board, at, NOBODY, names, UNKNOWN_USER, "abroad")
    board.decoy(SPRAY, meeting, "a meeting elsewhere: twenty people, three typing errors")
    day = board.school_day(2)
    for number, person in enumerate(crowd(board, 20)):
        at = board.moment(day, "13:30") + timedelta(seconds=25 * number)
        if number % 7 == 0:
            record(board, at - timedelta(seconds=8), person.id, meeting, WRONG_PASSWORD, "home")
        success(board, at, person.id, meeting, "home")
    monday_morning(board)


def monday_morning(board: Board) -> None:
    """New passwords after the weekend: 140 failures of 60 pupils behind the one address of their school."""
    school = board.schools[board.rng.randrange(board.scale.schools)]
    pupils = [p for p in board.people if p.population == "pupil" and p.school == school.key and not p.cast][:60]
    monday = next(n for n in range(1, 9) if ago(board, n).weekday() == 0)
    begin = board.moment(monday, "08:30")
    for number in range(140):
        at = begin + timedelta(seconds=19 * number)
        record(board, at, pupils[number % len(pupils)].id, school.address, WRONG_PASSWORD, "school")
    with board.chance("monday", begin, len(board.decoys)):
        for number, pupil in enumerate([*pupils, *pupils]):  # each comes in, and once more after the break
            at = begin + timedelta(minutes=12, seconds=1500 * number // (2 * len(pupils)))
            success(board, at, pupil.id, school.address, "school")
    board.decoy(SPRAY, school.address, "Monday morning: 140 wrong passwords of 60 pupils at one school")
