"""After months, on a bad day: every rule that no first reading can show finds what is wrong, and nothing else."""

from ibpmon.demo.board import Board
from ibpmon.judge.rules import load_rules
from tests.conftest import OpenStore
from tests.grown import DATASETS, found, grow
from tests.judging import CONFIG


def test_what_comes_with_months_and_bad_days_is_found_and_nothing_else(open_database: OpenStore) -> None:
    """Logs that go back far enough, sources that are off until asked for, and what ibpmon lived through itself."""
    board = grow(open_database(DATASETS))

    assert not board.decoys & board.facts
    assert found(board) == board.facts


def test_each_rule_has_something_to_find_on_one_of_the_boards(open_database: OpenStore, small_board: Board) -> None:
    """So that a rule that is deleted, or never finds anything, is noticed."""
    planted = {row["rule"] for row in small_board.truth["planted"]}
    later = {rule for rule, _subject, _object in grow(open_database(DATASETS)).facts}

    assert planted | later == {rule.key for rule in load_rules(CONFIG)}
