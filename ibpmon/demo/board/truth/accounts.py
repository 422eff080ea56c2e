"""What is wrong with accounts and contracts."""

from collections.abc import Iterator
from datetime import timedelta

from ibpmon.demo.board.nouns import AMSTERDAM, Board
from ibpmon.demo.board.truth.enforcing import must_pass
from ibpmon.demo.board.truth.facts import Finding, enabled_staff, last_day, read


def find_without_mfa(board: Board) -> Iterator[Finding]:
    """Enabled staff of seven days and older, in the report, without MFA or outside every policy that asks it."""
    asked, _ = must_pass(board)
    able = {row["id"]: row["isMfaCapable"] for row in board.registrations}
    for person in enabled_staff(board):
        created = person.account["createdDateTime"]
        # an account without this date is older than June 2018
        age = board.now - read(created) if created else timedelta(days=9999)
        known = person.id in able
        if known and age >= timedelta(days=7) and not (able[person.id] and person.id in asked):
            yield "account-without-mfa", person.id, ""


def find_active_leavers(board: Board) -> Iterator[Finding]:
    """Enabled staff accounts whose last contract ended yesterday or before."""
    for person in enabled_staff(board):
        end = last_day(person)
        if end and (board.today - end).days >= 1:
            yield "leaver-still-active", person.id, ""


def find_leavers_signed_in(board: Board) -> Iterator[Finding]:
    """Staff accounts with a success on a day after the last day of the last contract."""
    ends = {p.id: end for p in board.people if p.population == "staff" and (end := last_day(p))}
    for row in board.sign_ins:
        if row.code == 0 and row.account in ends and row.at.astimezone(AMSTERDAM).date() > ends[row.account]:
            yield "leaver-signed-in", row.account, ""


FINDERS = (
    find_without_mfa,
    find_active_leavers,
    find_leavers_signed_in,
)
