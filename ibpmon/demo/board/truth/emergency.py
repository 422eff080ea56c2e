"""Which emergency accounts were used without a word."""

from collections.abc import Iterator
from datetime import timedelta

from ibpmon.demo.board.nouns import Board, SignIn
from ibpmon.demo.board.truth.facts import Finding, read


def find_use(board: Board) -> Iterator[Finding]:
    """Emergency accounts with a success that no announcement names."""
    names = {p.id: p.account["userPrincipalName"] for p in board.people if p.population == "break_glass"}
    for row in board.sign_ins:
        if row.account in names and row.code == 0 and not is_announced(board, names[row.account], row):
            yield "break-glass-used", row.account, ""


def is_announced(board: Board, name: str, row: SignIn) -> bool:
    """Whether account, moment and address were announced."""
    return any(
        one.account == name and one.starts <= row.at < one.until and one.address == row.address
        for one in board.announcements
    )


def find_useless(board: Board) -> Iterator[Finding]:
    """Emergency accounts that would not work in need: kept out, without a key, of another server, not tried."""
    methods = {row["id"]: row["methodsRegistered"] for row in board.registrations}
    for person in board.people:
        if person.population == "break_glass" and person.account["accountEnabled"]:
            seen = board.sign_in_activity.get(person.id, {}).get("lastSuccessfulSignInDateTime")
            weak = person.id in methods and not any("passKey" in one or "fido2" in one for one in methods[person.id])
            old = seen is not None and board.now - read(str(seen)) >= timedelta(days=365)
            if kept_out(board, person.id) or weak or person.account["onPremisesSyncEnabled"] or old:
                yield "break-glass-would-fail", person.id, ""


def kept_out(board: Board, key: str) -> bool:
    """Whether a policy that is on blocks everyone, and so this account as well."""
    groups = {group for group, members in board.members.items() if any(member.id == key for member in members)}
    for policy in board.ca_policies:
        users, asked = policy["conditions"]["users"], policy["grantControls"] or {}
        blocks = policy["state"] == "enabled" and "block" in asked.get("builtInControls", ())
        left_out = key in users["excludeUsers"] or groups & set(users["excludeGroups"])
        if blocks and "All" in users["includeUsers"] and not left_out:
            return True
    return False


FINDERS = (
    find_use,
    find_useless,
)
