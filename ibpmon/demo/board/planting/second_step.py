"""Stories about the second step: never asked, weak, changed by somebody, refused and then given after all."""

import itertools
from collections.abc import Iterator
from datetime import timedelta

from ibpmon.demo.board.activity import record
from ibpmon.demo.board.audits import Changes, write
from ibpmon.demo.board.nouns import Board, Person
from ibpmon.demo.board.planting.misuse import FOREIGN
from ibpmon.demo.board.planting.stories import burst, extra, passer_by, play, schools_from, success, victim
from ibpmon.demo.board.roles import holder
from ibpmon.demo.board.truth import second_step as truth

ONE_STEP, WEAK, ALLOWED = "sign-in-with-one-step", "only-weak-second-step", "weak-method-allowed"
CHANGED, AFTER = "second-step-changed", "second-step-changed-after-strange-sign-in"
OFTEN, GIVEN = "second-step-refused-often", "second-step-given-after-refusals"
REFUSED = 500121
NEW: Changes = {"StrongAuthenticationMethod": (None, ["PhoneAppNotification"])}
TEMPORARY = "Admin registered temporary access pass method for user"
SOON, LATER, BEFORE = "a new method within a day", "a new method 25 hours later", "a new method for the holiday"


# ---------------------------------------------------------------- before there are groups


def cast_second_step(board: Board) -> None:
    """Somebody with nothing but text messages, and somebody with a passkey instead."""
    for turn in range(board.scale.rounds):
        keys = schools_from(board, turn + 4)
        weak, strong = play(board, next(keys), mfa="sms"), play(board, next(keys), mfa="passkey")
        board.plant(WEAK, weak.id, "text messages", "confirms with text messages only")
        board.decoy(WEAK, strong.id, "has no smartphone, and a passkey instead")
        board.decoy(WEAK, play(board, next(keys)).id, "text messages beside the app")


# ---------------------------------------------------------------- in the log of sign-ins


def plant_refusals(board: Board) -> None:
    """Each story by night, when nobody signs in for himself; and sign-ins abroad that a new method follows."""
    with board.chance("second step", "refusals"):
        for turn in range(board.scale.rounds):
            days = itertools.cycle(range(2 + turn * 8, min(7 + turn * 8, board.scale.days - 1)))
            plant_often(board, days)
            plant_given(board, days)
            plant_abroad(board, turn)


def plant_often(board: Board, days: Iterator[int]) -> None:
    """Right on five in a quarter, and all night; four, and five in sixteen minutes."""
    for variant, number, seconds in (("exactly five", 5, 899), ("seven", 7, 700), ("half a night", 30, 3600)):
        who = victim(board, "pupil", OFTEN, variant, f"refused {number} times in {seconds} seconds")
        burst(board, who, board.moment(next(days), "02:11"), number, seconds, [who.home], REFUSED, "home")
    for number, seconds in ((4, 600), (5, 960)):
        who = extra(board, "pupil", OFTEN, f"refused {number} times in {seconds} seconds")
        burst(board, who, board.moment(next(days), "02:31"), number, seconds, [who.home], REFUSED, "home")


def plant_given(board: Board, days: Iterator[int]) -> None:
    """Right on three and on an hour; two, a second more than an hour, and a new phone on the laptop of school."""
    rows = (("three times no, then yes", 3, 900), ("four times no", 4, 1800), ("an hour to the second", 3, 3600))
    for variant, number, seconds in rows:
        who = victim(board, "pupil", GIVEN, variant, f"refused {number} times, and given {seconds} seconds later")
        refuse_and_give(board, who, next(days), number, seconds, "home")
    for number, seconds, scene in ((2, 900, "home"), (3, 3601, "home"), (3, 900, "school")):
        who = extra(board, "pupil", GIVEN, f"refused {number} times, given after {seconds} seconds: {scene}")
        refuse_and_give(board, who, next(days), number, seconds, scene)


def refuse_and_give(board: Board, who: Person, day: int, number: int, seconds: int, scene: str) -> None:
    """Refusals within ten minutes, and a success so many seconds after the first; at school on its own address."""
    begin = board.moment(day, "03:05")
    address = board.school(who.school).address if scene == "school" else who.home
    for step in range(number):
        record(board, begin + timedelta(seconds=200 * step), who.id, who.home, REFUSED, "home")
    success(board, begin + timedelta(seconds=seconds), who.id, address, scene)


def plant_abroad(board: Board, turn: int) -> None:
    """People who came in from Germany; what was done to their methods stands in another log."""
    rows = ((AFTER, SOON), ("", LATER), ("", BEFORE))
    for number, (rule, story) in enumerate(rows):
        who = passer_by(board, "pupil")
        success(board, board.moment(6, "03:40"), who.id, f"192.0.2.{100 + 10 * turn + number}", "germany")
        board.plant(FOREIGN, who.id, story, f"signed in from Germany; {story}")
        if rule:
            board.plant(rule, who.id, story, "signed in from Germany, and then changed how this account signs in")
        else:
            board.decoy(AFTER, who.id, story)


# ---------------------------------------------------------------- when the logs are there


def name_single_steps(board: Board) -> None:
    """Whoever has no second step and signed in at home is a story of its own; a printer and a school are none."""
    known = {subject for rule, subject in board.intended if rule == ONE_STEP}
    for _rule, who, _ in truth.find_single_steps(board):
        if who not in known:
            board.plant(ONE_STEP, who, "at home", "came in with a password alone")
    inside = {school.address for school in board.schools}
    seen = next(
        row for row in board.sign_ins if row.address in inside and row.code == 0 and is_able(board, row.account)
    )
    board.decoy(ONE_STEP, seen.account, "at school, where one step is enough")
    pupil = next(person for person in board.people if person.population == "pupil" and not person.cast)
    board.decoy(ONE_STEP, pupil.id, "a pupil, of whom no second step is asked")


def is_able(board: Board, account: str) -> bool:
    """Whether this is an employee with a second step."""
    return any(p.id == account and p.population == "staff" and p.mfa == "capable" for p in board.people)


def plant_methods(board: Board) -> None:
    """New phones, a pass for a day, a second step put off; refused, only looked at; and after a sign-in abroad."""
    with board.chance("second step", "methods"):
        keeper = holder(board, "ICT-beheerder")
        for sort, hours in ((SOON, 20), (LATER, 25), (BEFORE, -3)):
            for who in abroad(board, sort):
                at = board.moment(6, "03:40") + timedelta(hours=hours)
                write(board, "User registered security info", who, who, at, changes=NEW)
        pupil, off, gone, refused, looked = (passer_by(board, "pupil") for _ in range(5))
        write(board, "Admin registered security info", keeper, pupil, board.moment(4, "10:10"), reason=TEMPORARY)
        write(board, "Disable Strong Authentication", keeper, off, board.moment(4, "11:10"))
        write(board, "User deleted security info", gone, gone, board.moment(3, "19:10"))
        write(board, "User registered security info", refused, refused, board.moment(5, "12:00"), failed=True)
        write(board, "User reviewed security info", looked, looked, board.moment(5, "12:10"))
        board.decoy(CHANGED, refused.id, "a method that was refused")
        board.decoy(CHANGED, looked.id, "methods that were only looked at")
    name_changes(board)
    board.plant(ALLOWED, "Sms", "text messages", "the policy lets people confirm with a text message")
    board.decoy(ALLOWED, "Voice", "calls are not allowed")
    board.decoy(ALLOWED, "Email", "codes by mail are not allowed")


def abroad(board: Board, story: str) -> list[Person]:
    """Who came in from Germany in this story."""
    named = {who for (rule, who), (variant, _why) in board.intended.items() if rule == FOREIGN and variant == story}
    return [person for person in board.people if person.id in named]


def name_changes(board: Board) -> None:
    """Every change of a method is a story: new phones of ordinary people too."""
    changed = {who for _rule, who, _ in truth.find_changed_methods(board)}
    for row in board.audits:
        activity, targets = row["activityDisplayName"], row["targetResources"]
        if activity in truth.CHANGES and targets and targets[0]["id"] in changed:
            board.plant(CHANGED, targets[0]["id"], activity, "somebody changed how this account signs in")
