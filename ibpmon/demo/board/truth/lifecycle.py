"""What is wrong with accounts that come and go: never used, nobody's, everybody's, a machine's, or gone at once."""

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta

from ibpmon.demo.board.nouns import AMSTERDAM, Board, Json, Person
from ibpmon.demo.board.truth.emergency import is_announced
from ibpmon.demo.board.truth.facts import Finding, read, schooled
from ibpmon.demo.board.truth.placement import decided

MONTH, DAY = timedelta(days=30), timedelta(days=1)
MACHINES = ("imap", "printer")
PROGRAMS = ("Microsoft Azure AD Sync", "School Data Sync")
TASKS = (
    "info", "directie", "administratie", "balie", "receptie", "stagiair", "stagiaire", "invaller", "invalkracht",
    "leerkracht", "bibliotheek", "mediatheek", "helpdesk", "scanner", "kopieer", "kopieerapparaat", "vergaderzaal",
    "lokaal", "bso", "test", "algemeen",
)  # fmt: skip


def find_never_used(board: Board) -> Iterator[Finding]:
    """Enabled accounts of staff and pupils of a month, with fifteen days of school in it, that nobody ever used."""
    for person in board.people:
        wanted = person.population in ("staff", "pupil") and person.account["accountEnabled"]
        if wanted and not was_used(board, person) and is_old(board, person.account["createdDateTime"]):
            yield "account-never-used", person.id, ""


def is_old(board: Board, created: str | None) -> bool:
    """Whether an account is there for a month and fifteen school days; without a date it is older than June 2018."""
    return not created or (board.now - read(created) >= MONTH and schooled(board, read(created)) >= 15)


def was_used(board: Board, person: Person) -> bool:
    """Whether any sign of use was ever noted."""
    row = board.sign_in_activity.get(person.id, {})
    noted = [row.get(f"{sort}DateTime") for sort in ("lastSignIn", "lastNonInteractiveSignIn", "lastSuccessfulSignIn")]
    return any(moment and not moment.startswith("0001") for moment in noted)


def find_former_pupils(board: Board) -> Iterator[Finding]:
    """Enabled accounts of pupils who left thirty days ago or longer, counted from the midnight that began that day."""
    for person in board.people:
        wanted = person.population == "pupil" and person.account["accountEnabled"] and not person.enrolled
        if wanted and person.left and board.now - datetime.combine(person.left, time(), AMSTERDAM) >= MONTH:
            yield "former-pupil-still-enabled", person.id, ""


def find_nobodies(board: Board) -> Iterator[Finding]:
    """Enabled accounts that stand on no list, and of which the board said nothing."""
    for person in board.people:
        wanted = person.population in ("staff", "pupil", "unknown") and person.account["accountEnabled"]
        learning = person.population == "pupil" or person.year_group
        on_a_list = person.listed if person.population == "pupil" else bool(person.contracts or learning)
        if wanted and not on_a_list and not decided(board, person):
            yield "account-without-person", person.id, ""


def find_shared(board: Board) -> Iterator[Finding]:
    """Shared accounts that are on, unless the board wrote down why."""
    for person in board.people:
        if person.population == "shared" and person.account["accountEnabled"] and not decided(board, person):
            yield "shared-account-can-sign-in", person.id, ""


def find_used_by_anyone(board: Board) -> Iterator[Finding]:
    """Shared accounts, and accounts named after a task, with which somebody came in."""
    used = {row.account for row in board.sign_ins if row.code == 0}
    for person in board.people:
        named = re.match(r"[a-z]*", str(person.account["userPrincipalName"]).lower())
        rest = str(person.account["userPrincipalName"])[named.end() if named else 0 :].lstrip("0123456789")
        task = named and named.group() in TASKS and rest[:1] in ("@", ".", "_", "-")
        generic = person.population == "shared" or (person.population in ("staff", "unknown") and task)
        if person.id in used and generic and not decided(board, person):
            yield "generic-account-used", person.id, ""


def find_services_by_hand(board: Board) -> Iterator[Finding]:
    """Accounts of services with which somebody came in by hand, and nobody had said so."""
    names = {p.id: p.account["userPrincipalName"] for p in board.people if p.population == "service"}
    for row in board.sign_ins:
        by_hand = row.account in names and row.code == 0 and row.scene not in MACHINES
        if by_hand and not is_announced(board, names[row.account], row):
            yield "service-account-signs-in", row.account, ""


def find_made_and_deleted(board: Board) -> Iterator[Finding]:
    """Accounts that were made by hand and deleted within a day."""
    made = [(who, at) for who, at, row in acts(board, "Add user") if not by_program(row)]
    deleted = [(who, at) for who, at, _ in acts(board, "Delete user")]
    for who, at in made:
        if any(who == other and at <= gone <= at + DAY for other, gone in deleted):
            yield "account-made-and-deleted", who, ""


def acts(board: Board, activity: str) -> Iterator[tuple[str, datetime, Json]]:
    """Each act of a kind that went well: on whom, and when."""
    for row in board.audits:
        if row["activityDisplayName"] == activity and row["result"] == "success":
            for target in row["targetResources"]:
                yield target["id"], read(row["activityDateTime"]), row


def by_program(row: Json) -> bool:
    """Whether a program that copies accounts did it."""
    return bool(row["initiatedBy"]["app"]) and row["initiatedBy"]["app"]["displayName"] in PROGRAMS


FINDERS = (
    find_never_used,
    find_former_pupils,
    find_nobodies,
    find_shared,
    find_used_by_anyone,
    find_services_by_hand,
    find_made_and_deleted,
)
