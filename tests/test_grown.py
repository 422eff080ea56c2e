"""After months, on a bad day: the rules that no first reading can show find what was planted for them, no decoy."""

from sqlalchemy import select

from ibpmon.demo.board import Board
from ibpmon.judge.rules import load_rules
from ibpmon.store.views import views
from tests.conftest import MONDAY, OpenStore
from tests.grown import DATASETS, EVERYTHING, Grown, found, grow
from tests.judging import SHIPPED, config_with

RULES = {rule.key: rule for rule in load_rules(config_with(content={"connectors_on": EVERYTHING.connectors_on}))}


def test_what_comes_with_months_and_bad_days_is_found_and_no_decoy_with_it(open_database: OpenStore) -> None:
    """Logs that go back far enough, sources that are off until asked for, and what ibpmon lived through itself."""
    board = grow(open_database(DATASETS))

    assert found(board) == board.facts
    assert not board.decoys & board.facts
    assert not {one[:2] for one in board.decoys if one[1] not in in_sight(board, one[0])}


def in_sight(board: Grown, rule: str) -> set[str]:
    """Whom a rule can see at all: a decoy that nobody sees proves nothing."""
    subject, kinds = RULES[rule].subject, views(board.store, MONDAY)
    with board.store.read() as session:
        rows = [session.scalars(select(kinds[name].selectable.c[subject])) for name in RULES[rule].services]
        return {str(one) for some in rows for one in some}


def test_each_rule_has_something_to_find_on_one_of_the_boards(open_database: OpenStore, small_board: Board) -> None:
    """So that a rule that is deleted, or never finds anything, is noticed."""
    planted = {row["rule"] for row in small_board.truth["planted"]}
    later = {rule for rule, _subject, _object in grow(open_database(DATASETS)).facts}

    assert planted | later == set(SHIPPED)
