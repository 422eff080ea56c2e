"""Administrators without a key, people outside every policy, leavers with rights, and accounts that nobody uses.

The people are cast before there are groups; roles, policies and last use are told when the directory is there.
"""

import random
from collections.abc import Iterator
from datetime import timedelta

from ibpmon.demo.board import people, roles
from ibpmon.demo.board.holidays import days_in_holidays, days_with_school
from ibpmon.demo.board.last_seen import GOOD, TYPED, pair
from ibpmon.demo.board.nouns import OFFICE, Board, Json, Member, Person, stamp
from ibpmon.demo.board.places import group_id
from ibpmon.demo.board.planting.accounts import MFA
from ibpmon.demo.board.planting.stories import ago, off, play, schools_from

WEAK, KEEPS, STALE = "admin-without-strong-mfa", "leaver-keeps-rights", "stale-account"
GUEST, OPEN = "stale-guest", "guest-invitation-open"


def cast_identities(board: Board) -> None:
    """Hire and invite who plays a part; what makes them wrong comes in `plant_identities`."""
    for turn in range(board.scale.rounds):
        keys = schools_from(board, turn + 2)
        cast_leavers(board, keys)
        cast_stale(board, keys)
        cast_guests(board, turn)
    cast_key_holders(board)


def cast_key_holders(board: Board) -> None:
    """Who is left out of the policies, and who has a passkey."""
    keys = schools_from(board, 3)
    for rule, variant, why, mfa in (
        (MFA, NAMED, "the policy leaves this account out by name", "capable"),
        (MFA, INSIDE, "the policy leaves the group out", "capable"),
        (WEAK, UNASKED, "has a passkey, but a password and an app do as well", "passkey"),
    ):
        board.plant(rule, play(board, next(keys), mfa=mfa).id, variant, why)
    board.decoy(WEAK, play(board, next(keys), mfa="passkey").id, SAFE)


NAMED, INSIDE, UNASKED = "named as an exception", "in an excluded group", "a key that nobody asks for"
SAFE = "a global administrator with a passkey that is asked for"


def player(board: Board, part: str) -> str:
    """The account that was cast for this part."""
    planted = (subject for (_, subject), (variant, _why) in board.intended.items() if variant == part)
    return next(planted, "") or next(decoy.subject for decoy in board.decoys if decoy.false_positive == part)


def cast_leavers(board: Board, keys: Iterator[str]) -> None:
    """Blocked on the last day, and still in every group: right on thirty days, right under, and long ago."""
    rows = ((30, "exactly thirty days"), (29, ""), (70, "blocked, still in the groups of the school"))
    for days, variant in rows:
        who = play(board, next(keys), quiet=True)
        people.leave(who, ago(board, days))
        off(who)
        if variant:
            board.plant(KEEPS, who.id, variant, "left, blocked, and nobody took the rights away")
        else:
            board.decoy(KEEPS, who.id, "left 29 days ago")


def cast_stale(board: Board, keys: Iterator[str]) -> None:
    """Right on 45 days, never a success, a substitute right on 120; and right under."""
    longest = days_in_holidays(board.today, 45, 30)
    holidays = [(float(longest), TEACHER, "", True)] if longest else []
    for days, function, variant, noted in (*IDLE, *holidays):
        who = people.hire(board, next(keys), function, quiet=True, cast=True)
        if variant == WHOLE:  # without holidays in between, for those do not count
            days = float(days_with_school(board.today, 45, 30))
        if variant:
            board.plant(STALE, who.id, variant, f"{days} days without coming in")
        else:
            board.decoy(STALE, who.id, f"{function}, {days} days idle")
        board.last_use[who.id] = (days, noted)


WHOLE = "exactly 45 days"
TEACHER, SUBSTITUTE = "Leerkracht groep 4", "Invaller groep 4"
IDLE = (
    (45.0, TEACHER, WHOLE, True),
    (400.0, TEACHER, "no success was ever noted", False),
    (120.0, SUBSTITUTE, "substitute, exactly 120 days", True),
    (44.5, TEACHER, "", True),
    (60.0, SUBSTITUTE, "", True),
    (119.5, SUBSTITUTE, "", True),
)


def cast_guests(board: Board, turn: int) -> None:
    """Right on ninety days, never a success, never at all; and right under. Invitations likewise."""
    for number, (days, created, state, noted, variant) in enumerate(VISITS):
        guest = people.invite(board, f"Gast{turn}{number}", "samenwerking1.example", state)
        guest.account["createdDateTime"] = stamp(board.now - timedelta(days=created))
        guest.quiet = guest.cast = True
        rule = OPEN if state == PENDING else GUEST
        if variant.startswith("!"):
            board.decoy(rule, guest.id, variant[1:])
        else:
            board.plant(rule, guest.id, variant, "nobody looked after this guest")
        board.last_use[guest.id] = (days, noted)


ACCEPTED, PENDING = "Accepted", "PendingAcceptance"
VISITS = (
    (90.0, 500.0, ACCEPTED, True, "exactly ninety days"),
    (800.0, 900.0, ACCEPTED, False, "no success was ever noted"),
    (None, 90.0, ACCEPTED, True, "invited ninety days ago, never came in"),
    (89.5, 500.0, ACCEPTED, True, "!nearly ninety days"),
    (None, 89.5, ACCEPTED, True, "!accepted 89 days ago, never came in"),
    (None, 30.0, PENDING, True, "exactly thirty days"),
    (None, 200.0, PENDING, True, "invited last school year"),
    (None, 31.0, PENDING, True, "thirty-one days"),
    (None, 29.5, PENDING, True, "!nearly thirty days"),
    (None, 12.0, PENDING, True, "!invited this month"),
)


# ---------------------------------------------------------------- when the directory is there


def plant_identities(board: Board) -> None:
    """Last use, rights, roles and policies of those who were cast, and of who grew wrong by itself."""
    tell_last_use(board)
    tidy_leavers(board)
    plant_outside_policies(board)
    plant_weak_admins(board)
    roles.tell_the_report(board)


def tell_last_use(board: Board) -> None:
    """When each of the cast came in last."""
    for key, (days, noted) in board.last_use.items():
        board.sign_in_activity.pop(key, None)
        if days is not None:
            at, request = stamp(board.now - timedelta(days=days)), board.new_id()
            good = pair(GOOD, at, request) if noted else pair(GOOD, None, None)
            board.sign_in_activity[key] = {**pair(TYPED, at, request), **good}


def tidy_leavers(board: Board) -> None:
    """Ordinary leavers have nothing left, but for one who still owns a group and holds a role; others are stories."""
    held = {row["principalId"] for row in board.role_assignments}
    lists = (*board.members.values(), *board.owners.values())
    having = held | {member.id for members in lists for member in members}
    having |= {row["principalId"] for rows in board.app_role_assigned.values() for row in rows}
    having |= {device["userId"] for device in kept_devices(board)}
    storied = {subject for _rule, subject in board.intended}
    for person in board.people:
        ends = [contract.end for contract in person.contracts]
        last = max((end for end in ends if end), default=None)
        if person.population != "staff" or last is None or None in ends or (board.today - last).days < 30:
            continue
        if (KEEPS, person.id) in board.intended:
            continue
        if person.id in having and (person.cast or person.id in storied):
            board.plant(KEEPS, person.id, "a leaver of another story", "nobody took the rights away")
        elif person.id in held:
            board.plant(KEEPS, person.id, "owner of a group, and a role", "an Exchange administrator who left")
        elif person.id in having and not any(member.id == person.id for members in lists for member in members):
            board.plant(KEEPS, person.id, "a device or an application", "nobody took it back")
        else:
            take_everything(board, person)
            board.decoy(KEEPS, person.id, "left, and everything was taken away")


def kept_devices(board: Board) -> list[Json]:
    """The devices in the name of somebody that are not back in the cupboard, or taken over."""
    return [row for row in board.devices if row["deviceCategoryDisplayName"] not in ("Reserve", "Overgenomen")]


def take_everything(board: Board, person: Person) -> None:
    """Out of all groups, and without a licence."""
    for row in board.skus:
        row["consumedUnits"] -= sum(one["skuId"] == row["skuId"] for one in person.account["assignedLicenses"])
    person.account["assignedLicenses"] = []
    for lists in (board.members, board.owners):
        for members in lists.values():
            members[:] = [member for member in members if member.id != person.id]


def plant_outside_policies(board: Board) -> None:
    """People with MFA whom no policy asks for it: named as an exception, or in an excluded group."""
    board.ca_policies[0]["conditions"]["users"]["excludeUsers"].append(player(board, NAMED))
    board.members[group_id(board, f"{OFFICE} Bestuur")].append(Member("user", player(board, INSIDE)))
    driver = next(p for p in board.people if p.function == "Bestuurder")
    board.decoy(MFA, driver.id, "excluded from one policy, covered by another")


def plant_weak_admins(board: Board) -> None:
    """Daily accounts, a service and a role for a morning; a key that nobody asks for; and who does it well."""
    rng = random.Random(f"{board.size}/{board.seed}/keys")
    for person, variant in (
        (roles.holder(board, "ICT-beheerder"), "the ICT'er, with an app on the phone"),
        (roles.holder(board, "Bestuurder"), "the head of the board"),
        (roles.holder(board, "Hoofd HR"), "a role for the morning"),
        (next(p for p in board.people if p.population == "service"), "a service account with a role"),
    ):
        board.plant(WEAK, person.id, variant, "holds a heavy role without a key")
    for who, role in ((UNASKED, "SharePoint Administrator"), (SAFE, roles.GLOBAL)):
        roles.assign(board, rng, player(board, who), role, "/")
    board.decoy(WEAK, next(p for p in board.people if p.population == "break_glass").id, "emergency account")
