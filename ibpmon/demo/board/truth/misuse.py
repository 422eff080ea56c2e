"""What went well in the log of sign-ins and should not have."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from ibpmon.demo.board.activity import BLOCKED_ACCOUNT
from ibpmon.demo.board.nouns import Board
from ibpmon.demo.board.rendering import CLIENTS, location
from ibpmon.demo.board.truth.facts import Finding
from ibpmon.demo.board.truth.sign_ins import HOUR, failures

DAY = timedelta(days=1)
KEY_ACTS = {"Read BitLocker key", "Recover device local administrator password"}
OLD = {"IMAP4", "Authenticated SMTP"}  # of what this board uses


def find_tries_on_blocked(board: Board) -> Iterator[Finding]:
    """Accounts on which somebody tried five times within a day while they were blocked."""
    tries: dict[str, list[datetime]] = defaultdict(list)
    for row in board.sign_ins:
        if row.code == BLOCKED_ACCOUNT:
            tries[row.account].append(row.at)
    for account, times in tries.items():
        ordered = sorted(times)
        if any(last - first <= DAY for first, last in zip(ordered, ordered[4:], strict=False)):
            yield "attempts-on-blocked-account", account, ""


def find_old_ways(board: Board) -> Iterator[Finding]:
    """Accounts used with an old mail program, gone well or not; a copier at school may."""
    machines = {person.id for person in board.people if person.population in ("service", "shared")}
    inside = {school.address for school in board.schools}
    for row in board.sign_ins:
        client = CLIENTS.get(row.scene)
        copier = client == "Authenticated SMTP" and row.account in machines and row.address in inside
        if client in OLD and not copier:
            yield "old-way-of-signing-in", row.account, ""


def find_foreign(board: Board) -> Iterator[Finding]:
    """Successes from outside the Netherlands, per account and country."""
    for row in board.sign_ins:
        place = location(row.scene, row.app)
        if row.code == 0 and place and place["countryOrRegion"] != "NL":
            yield "sign-in-from-another-country", row.account, place["countryOrRegion"]


def find_guessed(board: Board) -> Iterator[Finding]:
    """Addresses outside the schools with a success right after eight failures within an hour; school laptops aside."""
    inside = {school.address for school in board.schools}
    failed: dict[str, list[datetime]] = defaultdict(list)
    for row in failures(board):
        failed[row.address].append(row.at)
    for row in board.sign_ins:
        if row.code == 0 and row.address in failed and row.address not in inside and row.scene != "school":
            before = [at for at in failed[row.address] if row.at - HOUR <= at <= row.at]
            if len(before) >= 8:
                yield "success-after-failures", row.address, ""


def find_keys_read(board: Board) -> Iterator[Finding]:
    """Who read a recovery key, or the password of the administrator of a device."""
    for row in board.audits:
        user = row["initiatedBy"]["user"]
        if user and row["result"] == "success" and row["activityDisplayName"] in KEY_ACTS:
            yield "recovery-key-read", user["id"], ""


def find_old_ways_open(board: Board) -> Iterator[Finding]:
    """The tenant, when no policy that is on blocks old ways and Microsoft's own minimum is off."""
    blocking = [
        policy
        for policy in board.ca_policies
        if policy["state"] == "enabled"
        and "block" in ((policy["grantControls"] or {}).get("builtInControls") or ())
        and {"exchangeActiveSync", "other"} & set(policy["conditions"]["clientAppTypes"])
    ]
    if not blocking and not board.security_defaults["isEnabled"]:
        yield "old-ways-not-blocked", board.tenant_id, ""


FINDERS = (
    find_tries_on_blocked,
    find_old_ways,
    find_foreign,
    find_guessed,
    find_keys_read,
    find_old_ways_open,
)
