"""Changing a collection of the tenant by hand: the board has it from then on, and its journal tells of it."""

from collections.abc import Callable

from ibpmon.demo.board import Board
from ibpmon.demo.board.nouns import Person
from ibpmon.demo.microsoft.answers import Json, compact
from ibpmon.demo.microsoft.directory import plain_collections
from ibpmon.demo.microsoft.endpoints import ENDPOINTS

KINDS = {endpoint.name: endpoint.kind for endpoint in ENDPOINTS if endpoint.shape == "delta"}


def change(board: Board, name: str, what: Callable[[list[Json]], object]) -> None:
    """Let a function change the list of a collection, named as in `directory`, and write down what became of it."""
    rows = plain_collections(board)[name]
    before = {str(row["id"]): compact(row) for row in rows}
    changed = list(rows)
    what(changed)
    if name == "users":
        board.people[:] = people_of(board, changed)
    else:
        rows[:] = changed
    if name in KINDS:
        tell(board, KINDS[name], before, {str(row["id"]): compact(row) for row in changed})


def people_of(board: Board, accounts: list[Json]) -> list[Person]:
    """The people behind these accounts; an account that nobody had is of somebody unknown."""
    known = {id(person.account): person for person in board.people}
    return [known.get(id(account)) or Person(account, "unknown", "", "") for account in accounts]


def tell(board: Board, kind: str, before: dict[str, bytes], after: dict[str, bytes]) -> None:
    """Write in the journal what is gone, what is new and what is different."""
    for key in before:
        if key not in after:
            board.journal.remove(kind, key)
    for key, row in after.items():
        if before.get(key) != row:
            board.journal.touch(kind, key)
