"""Accounts that were never used, outlive their pupil, belong to nobody or to everybody; and what only looks like it.

The people are cast before there are groups; what they did follows when there are logs.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ibpmon.demo.board import people
from ibpmon.demo.board.activity import WRONG_PASSWORD, record
from ibpmon.demo.board.audits import Actor, write
from ibpmon.demo.board.holidays import days_in_holidays, days_with_school
from ibpmon.demo.board.last_seen import GOOD, NEVER, SILENT, TYPED, pair
from ibpmon.demo.board.nouns import DOMAIN, Announcement, Board, Json, Override, Person, stamp
from ibpmon.demo.board.planting.placement import say
from ibpmon.demo.board.planting.stories import ago, off, play, schools_from, start, success
from ibpmon.demo.board.roles import assign, holder, tell_the_report
from ibpmon.demo.board.truth import lifecycle as truth

UNUSED, FORMER, NOBODY = "account-never-used", "former-pupil-still-enabled", "account-without-person"
SHARED, GENERIC = "shared-account-can-sign-in", "generic-account-used"
SERVICE, FLEETING = "service-account-signs-in", "account-made-and-deleted"
POWER, PROGRAM = "with a role", "only a program uses it"
SYNC = "School Data Sync"


# ---------------------------------------------------------------- the people


def cast_lifecycle(board: Board) -> None:
    """Hire, enrol and add who plays a part: once on any board, for these are many."""
    with board.chance("planting", "lifecycle", "cast"):
        keys = schools_from(board, 1)
        cast_unused(board, keys)
        cast_former(board, keys)
        cast_nobodies(board, keys)
        cast_shared(board, keys)
        cast_services(board)


def cast_unused(board: Board, keys: Iterator[str]) -> None:
    """Right on thirty days, for years, a pupil; too new, before the school year, used once, off."""
    exact, waiting = days_with_school(board.today, 30, 15), days_in_holidays(board.today, 30, 15)
    for days, variant in ((float(exact), "exactly thirty days"), (400.0, "more than a year")):
        board.plant(UNUSED, unused(board, next(keys), days).id, variant, "was made and never used")
    pupil = people.enrol(board, next(keys), 2, cast=True, quiet=True)
    board.last_use[pupil.id] = (None, True)
    board.plant(UNUSED, pupil.id, "a pupil", "a pupil who never came in")
    for number, why in ((29.5, "nearly thirty days"), (waiting, "made for after the holidays"), (200.0, PROGRAM)):
        if number:
            board.decoy(UNUSED, unused(board, next(keys), float(number)).id, why)
    once, closed = play(board, next(keys), quiet=True), unused(board, next(keys), 300.0)
    board.last_use[once.id] = (20.0, True)
    board.decoy(UNUSED, once.id, "used once")
    off(closed)
    board.decoy(UNUSED, closed.id, "never used, and off")


def unused(board: Board, school: str, days: float) -> Person:
    """An employee who never came in."""
    who = play(board, school, quiet=True)
    start(board, who, days)
    board.last_use[who.id] = (None, True)
    return who


def cast_former(board: Board, keys: Iterator[str]) -> None:
    """Right on thirty days, after the summer, last year; a day less, at a sister school, off."""
    for days, variant in ((30, "exactly thirty days"), (75, "after the summer"), (300, "last school year")):
        board.plant(FORMER, former(board, next(keys), days).id, variant, "left, and can still come in")
    board.decoy(FORMER, former(board, next(keys), 29).id, "left 29 days ago")
    off(closed := former(board, next(keys), 90))
    board.decoy(FORMER, closed.id, "left, and off")
    moved = people.enrol(board, next(keys), 3, cast=True, quiet=True)
    board.decoy(FORMER, moved.id, "at a sister school now")


def former(board: Board, school: str, days: int) -> Person:
    """A pupil who left so many days ago."""
    pupil = people.enrol(board, school, 3, cast=True, quiet=True)
    pupil.enrolled, pupil.left = False, ago(board, days)
    return pupil


def cast_nobodies(board: Board, keys: Iterator[str]) -> None:
    """On no list, with a role as well, a pupil who fell off the list; a new name, a supplier, off."""
    for variant in ("on no list", POWER):
        board.plant(NOBODY, nobody(board, next(keys)).id, variant, "no list has ever heard of this account")
    pupil = people.enrol(board, next(keys), 4, cast=True, quiet=True, listed=False)
    board.plant(NOBODY, pupil.id, "a pupil", "fell off the list of pupils")
    married = play(board, next(keys), quiet=True)
    married.account["userPrincipalName"] = married.account["mail"] = f"nieuwe.naam@{DOMAIN}"
    board.decoy(NOBODY, married.id, "a new name, and the same number")
    supplier = people.add_nobody(board, "leverancier.rooster", "service", "Leverancier van het rooster")
    supplier.cast = True
    say(board, supplier, Override("service", "leverancier van het rooster", board.today + timedelta(days=200)))
    board.decoy(NOBODY, supplier.id, "a supplier, as the board wrote down")
    off(closed := nobody(board, next(keys)))
    board.decoy(NOBODY, closed.id, "on no list, and off")


def nobody(board: Board, school: str) -> Person:
    """An account as that of the staff, of nobody who works here."""
    who = play(board, school, quiet=True)
    who.contracts, who.account["employeeId"] = [], None
    return who


def cast_shared(board: Board, keys: Iterator[str]) -> None:
    """Mailboxes and a room that are on, a name of a task; tablets that are written down, and a mailbox that is off."""
    room = people.add_nobody(board, "administratie.zaal", "shared", "Vergaderzaal")
    room.cast = room.quiet = True
    board.plant(SHARED, room.id, "a room", "somebody can sign in as a room")
    board.decoy(GENERIC, room.id, "a room as which nobody came in")
    tablets = people.add_nobody(board, "tablets.groep1", "shared", "Tablets groep 1 en 2")
    tablets.cast = True
    say(board, tablets, Override("shared", "tablets van groep 1 en 2"))
    board.decoy(SHARED, tablets.id, "tablets, as the board wrote down")
    board.decoy(GENERIC, tablets.id, "tablets in use, as the board wrote down")
    off(closed := people.add_nobody(board, "administratie.oud", "shared", "Administratie van vroeger"))
    closed.cast = closed.quiet = True
    board.decoy(SHARED, closed.id, "a mailbox that is off")
    trainee, namesake = (play(board, next(keys), quiet=True) for _ in range(2))
    for who, local in ((trainee, "stagiair1.school"), (namesake, "infantino")):
        who.account["userPrincipalName"] = who.account["mail"] = f"{local}@{DOMAIN}"
    board.plant(GENERIC, trainee.id, "named after a task", "whoever is the trainee uses it")
    board.decoy(GENERIC, namesake.id, "a name that only begins as one of a task")


def cast_services(board: Board) -> None:
    """At night, after the announced hours, in an app; announced, and refused."""
    for number, (variant, why) in enumerate(SERVICES):
        who = people.add_nobody(board, f"svc-werk{number}", "service", f"Dienst {number}")
        who.cast = True
        if variant:
            board.plant(SERVICE, who.id, variant, why)
        else:
            board.decoy(SERVICE, who.id, why)


NIGHT, AFTER, APP = "at night", "after the announced hours", "in an app"
ANNOUNCED, REFUSED = "a supplier at work, as announced", "a wrong password"
SERVICES = (
    (NIGHT, "somebody used the account of a link in a browser"),
    (AFTER, "the work was announced, and went on for too long"),
    (APP, "somebody put the account of a link on a phone"),
    ("", ANNOUNCED),
    ("", REFUSED),
)


# ---------------------------------------------------------------- what they did


def sign_in_lifecycle(board: Board) -> None:
    """What they did in the log of sign-ins."""
    copier = next(person for person in board.people if person.population == "service")
    board.decoy(SERVICE, copier.id, "the copier mails scans")
    with board.chance("planting", "lifecycle", "sign-ins"):
        for who, story in told(board, SERVICE):
            use_service(board, who, story)
        for who, story in told(board, GENERIC):
            if story in ("named after a task", "a name that only begins as one of a task"):
                success(board, board.moment(3, "09:40"), who.id, who.home, "home")


def use_service(board: Board, who: Person, story: str) -> None:
    """How one account of a service was used."""
    at = board.moment(4, "22:15")
    if story in (AFTER, ANNOUNCED):
        name = str(who.account["userPrincipalName"])
        board.announcements.append(Announcement(name, at, at + timedelta(hours=2), who.home, "Werk van de leverancier"))
    if story == REFUSED:
        record(board, at, who.id, who.home, WRONG_PASSWORD, "home")
    elif story in (NIGHT, AFTER, APP, ANNOUNCED):
        success(board, at, who.id, who.home, "phone" if story == APP else "home")
    if story == AFTER:
        success(board, at + timedelta(hours=2), who.id, who.home, "home")


def told(board: Board, rule: str) -> list[tuple[Person, str]]:
    """Everyone of a rule with the story: the variant, or what makes it innocent."""
    stories = {who: variant for (one, who), (variant, _) in board.intended.items() if one == rule}
    stories |= {
        one.subject: one.false_positive for one in board.decoys if one.rule == rule and one.subject not in stories
    }
    return [(person, stories[person.id]) for person in board.people if person.id in stories]


def log_lifecycle(board: Board) -> None:
    """What is in the log of the directory, and what came of it all."""
    with board.chance("planting", "lifecycle", "log"):
        for who, story in told(board, NOBODY):
            if story == POWER:
                assign(board, board.rng, who.id, "Reports Reader", "/")
        for who, story in told(board, UNUSED):
            if story == PROGRAM:
                board.sign_in_activity[who.id] = by_program(board)
        tell_the_report(board)
        come_and_go(board)
    tell_what_came_of_it(board)


def by_program(board: Board) -> Json:
    """Only a program used the account."""
    used = pair(SILENT, stamp(board.now - timedelta(days=2)), board.new_id())
    return {**pair(TYPED, NEVER, ""), **used, **pair(GOOD, None, None)}


def come_and_go(board: Board) -> None:
    """Made and deleted: a day to the second, by somebody else; a second more, by a program, only deleted."""
    keeper, at = holder(board, "ICT-beheerder"), board.moment(12, "10:20")
    day = timedelta(days=1)
    rows: tuple[tuple[str, str, Actor, Actor, timedelta], ...] = (
        ("a day to the second", "was there for a day", keeper, keeper, day),
        ("by somebody else", "one made it, another took it away", keeper, "Microsoft Azure AD Sync", day / 12),
        ("", "a second more than a day", keeper, keeper, day + timedelta(seconds=1)),
        ("", "a test with many accounts, by a program", SYNC, keeper, day / 24),
        ("", "deleted, and made anew", keeper, keeper, -day / 24),
    )
    for variant, why, maker, taker, later in rows:
        gone: Json = {"id": board.new_id(), "displayName": "Even"}
        gone["userPrincipalName"] = f"even.{gone['id'][:8]}@{DOMAIN}"
        tell(board, "Add user", maker, gone, at)
        tell(board, "Delete user", taker, gone, at + later)
        if variant:
            board.plant(FLEETING, gone["id"], variant, why)
        else:
            board.decoy(FLEETING, gone["id"], why)


def tell(board: Board, activity: str, actor: Actor, target: Json, at: datetime) -> None:
    """A line in the log, to the second."""
    write(board, activity, actor, target, at)["activityDateTime"] = f"{stamp(at)[:-1]}.0000000Z"


def tell_what_came_of_it(board: Board) -> None:
    """What is true of ordinary accounts and of other stories as well."""
    for find in truth.FINDERS:
        for rule, subject, _ in find(board):
            if (rule, subject) not in board.intended:
                board.plant(rule, subject, "of another story", "an ordinary account, or part of another story")
