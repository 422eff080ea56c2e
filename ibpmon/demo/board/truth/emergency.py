"""Which emergency accounts were used without a word."""

from collections.abc import Iterator

from ibpmon.demo.board.nouns import Board, SignIn
from ibpmon.demo.board.truth.facts import Finding


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


FINDERS = (find_use,)
