"""How much of everything there is."""

from collections import defaultdict
from collections.abc import Iterable

from ibpmon.demo.board.nouns import Board, Json, Planted


def counts(board: Board, planted: list[Planted]) -> Json:
    """How much of everything there is."""
    rules: dict[str, int] = defaultdict(int)
    for row in planted:
        rules[row.rule] += 1
    return {
        "accounts": len(board.people),
        "populations": tally(person.population for person in board.people),
        "groups": len(board.groups),
        "memberships": sum(len(members) for members in board.members.values()),
        "sites": len({site["id"] for site in board.sites}),
        "drives": len(board.permissions),
        "permissions": sum(len(grants) for grants in board.permissions.values()),
        "devices": len(board.devices),
        "registrations": len(board.registrations),
        "sign_ins": len(board.sign_ins),
        "planted": dict(rules),
        "decoys": tally(decoy.rule for decoy in board.decoys),
    }


def tally(words: Iterable[str]) -> dict[str, int]:
    """How often each word occurs."""
    result: dict[str, int] = defaultdict(int)
    for word in words:
        result[word] += 1
    return dict(sorted(result.items()))
