"""The truth about a board: the definitions of the rules, applied in the plainest way to everything in it.

This is not the engine's way (no database, no Sigma, no windows in SQL), and it uses nothing of the engine: a
mistake in the one is not repeated in the other.
"""

from collections.abc import Callable, Iterator

from ibpmon.demo.board.nouns import Board, Json, Planted
from ibpmon.demo.board.truth import (
    accounts,
    acts,
    attacks,
    device_use,
    devices,
    emergency,
    holders,
    identities,
    keepers,
    lifecycle,
    matrix,
    misuse,
    outsiders,
    peaks,
    placement,
    places,
    pupil_use,
    remote,
    second_step,
    sharing,
    sign_ins,
)
from ibpmon.demo.board.truth.counting import counts
from ibpmon.demo.board.truth.facts import Finding

# Each module tells the truths of one family of rules; a new family is a new line here.
FINDERS: tuple[Callable[[Board], Iterator[Finding]], ...] = (
    *accounts.FINDERS,
    *placement.FINDERS,
    *identities.FINDERS,
    *lifecycle.FINDERS,
    *places.FINDERS,
    *sharing.FINDERS,
    *sign_ins.FINDERS,
    *misuse.FINDERS,
    *second_step.FINDERS,
    *attacks.FINDERS,
    *peaks.FINDERS,
    *devices.FINDERS,
    *device_use.FINDERS,
    *remote.FINDERS,
    *acts.FINDERS,
    *emergency.FINDERS,
    *holders.FINDERS,
    *outsiders.FINDERS,
    *pupil_use.FINDERS,
    *keepers.FINDERS,
    *matrix.FINDERS,
)


def tell(board: Board) -> Json:
    """Everything that is true at this moment, each with its story.

    On the board as it was made an unplanned truth is a mistake of ours. Later stories end, and what nobody
    planned becomes true: a laptop stays in a bag, a starter forgets to register.
    """
    found = set(find_all(board))
    planted = [Planted(*finding, *story(board, finding)) for finding in sorted(found)]
    true = {(rule, subject) for rule, subject, _ in found}
    missing = set() if has_lived(board) else set(board.intended) - true
    decoys = [decoy for decoy in board.decoys if (decoy.rule, decoy.subject) not in true or not has_lived(board)]
    false = [decoy for decoy in decoys if (decoy.rule, decoy.subject) in true]
    if missing or false:
        raise AssertionError(f"planted but not true: {sorted(missing)}; decoy and true: {false}")
    return {
        "seed": board.seed,
        "size": board.size,
        "at": board.now.isoformat(),
        "counts": counts(board, planted),
        "planted": [row._asdict() for row in planted],
        "decoys": [row._asdict() for row in decoys],
    }


def has_lived(board: Board) -> bool:
    """Whether anything happened since the board was made."""
    return board.journal.version > 0 or (board.born is not None and board.now > board.born)


def find_all(board: Board) -> Iterator[Finding]:
    """All findings of all rules."""
    for find in FINDERS:
        yield from find(board)


def story(board: Board, finding: Finding) -> tuple[str, str]:
    """The variant and the reason of a finding."""
    rule, subject, _ = finding
    if (rule, subject) not in board.intended and has_lived(board):
        return "came with time", "nothing was done about it in time"
    if (rule, subject) not in board.intended:
        raise AssertionError(f"true but not planted: {finding}")
    return board.intended[(rule, subject)]
