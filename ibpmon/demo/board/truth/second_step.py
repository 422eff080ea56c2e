"""What is wrong with the second step: not asked, weak, changed, or given after refusals."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from ibpmon.demo.board import policies
from ibpmon.demo.board.nouns import Board
from ibpmon.demo.board.rendering import CLIENTS, asks_more, location
from ibpmon.demo.board.truth.facts import Finding, enabled_staff, read, within
from ibpmon.demo.board.truth.sign_ins import HOUR, QUARTER

REFUSED = 500121
BY_HAND = {"mobilePhone", "alternateMobilePhone", "officePhone", "email"}
MODERN = ("Browser", "Mobile Apps and Desktop clients")
CHANGES = {
    "User registered security info",
    "User deleted security info",
    "User changed default security info",
    "Admin registered security info",
    "Admin updated security info",
    "Admin deleted security info",
    "Disable Strong Authentication",
}


def find_single_steps(board: Board) -> Iterator[Finding]:
    """Staff who came in from outside the schools with a password alone, in a program that knows a second step."""
    staff = {person.id: person.mfa for person in board.people if person.population == "staff"}
    inside = {school.address for school in board.schools}
    for row in board.sign_ins:
        typed = row.kind == "interactiveUser" and CLIENTS.get(row.scene, "Browser") in MODERN
        counts = typed and row.code == 0 and row.account in staff and row.address not in inside
        if counts and not asks_more(staff[row.account], row):
            yield "sign-in-with-one-step", row.account, ""


def find_weak_methods(board: Board) -> Iterator[Finding]:
    """Enabled staff who can pass a second step, but only by telephone or mail."""
    methods = {row["id"]: set(row["methodsRegistered"]) for row in board.registrations if row["isMfaCapable"]}
    for person in enabled_staff(board):
        if person.id in methods and methods[person.id] and methods[person.id] <= BY_HAND:
            yield "only-weak-second-step", person.id, ""


def find_allowed_methods(board: Board) -> Iterator[Finding]:
    """The methods by telephone or mail that the policy lets people use."""
    for row in policies.methods(board)["authenticationMethodConfigurations"]:
        if row["id"] in ("Sms", "Voice", "Email") and row["state"] == "enabled":
            yield "weak-method-allowed", row["id"], ""


def find_changed_methods(board: Board) -> Iterator[Finding]:
    """Accounts of which a method came, went or was replaced; emergency accounts have a rule of their own."""
    emergency = {person.id for person in board.people if person.population == "break_glass"}
    for account, _at in changes(board):
        if account not in emergency:
            yield "second-step-changed", account, ""


def changes(board: Board) -> Iterator[tuple[str, datetime]]:
    """Each change of a method that was carried out: of which account, and when."""
    for row in board.audits:
        if row["activityDisplayName"] in CHANGES and row["result"] == "success" and row["targetResources"]:
            yield row["targetResources"][0]["id"], read(row["activityDateTime"])


def find_changes_after_strange(board: Board) -> Iterator[Finding]:
    """Accounts of which a method changed within a day after somebody came in from another country."""
    came: dict[str, list[datetime]] = defaultdict(list)
    for row in board.sign_ins:
        place = location(row.scene, row.app)
        if row.code == 0 and row.kind == "interactiveUser" and place and place["countryOrRegion"] != "NL":
            came[row.account].append(row.at)
    for account, at in changes(board):
        if any(timedelta() <= at - moment <= timedelta(days=1) for moment in came[account]):
            yield "second-step-changed-after-strange-sign-in", account, ""


def find_refused_often(board: Board) -> Iterator[Finding]:
    """Accounts on which a second step was refused five times in a quarter."""
    yield from (("second-step-refused-often", who, "") for who, at in refusals(board).items() if within(at, 5, QUARTER))


def find_given_after_refusals(board: Board) -> Iterator[Finding]:
    """Accounts that came in within an hour after three refusals, from outside and not on a device of the school."""
    refused, inside = refusals(board), {school.address for school in board.schools}
    for row in board.sign_ins:
        outside = row.address not in inside and row.scene != "school"
        before = [at for at in refused.get(row.account, ()) if row.at - HOUR <= at <= row.at]
        if row.code == 0 and outside and len(before) >= 3:
            yield "second-step-given-after-refusals", row.account, ""


def refusals(board: Board) -> dict[str, list[datetime]]:
    """When the second step was refused, per account."""
    found: dict[str, list[datetime]] = defaultdict(list)
    for row in board.sign_ins:
        if row.code == REFUSED:
            found[row.account].append(row.at)
    return found


FINDERS = (
    find_single_steps,
    find_weak_methods,
    find_allowed_methods,
    find_changed_methods,
    find_changes_after_strange,
    find_refused_often,
    find_given_after_refusals,
)
