"""How much a finding weighs: the level of its rule, unless a condition of the rule makes this one weigh otherwise."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, case, literal

from ibpmon.judge.rule import LEVELS, Rule
from ibpmon.judge.sigma import compile_condition


def rank_of(rule: Rule, rows: FromClause) -> ColumnElement[Any]:
    """The place in LEVELS of each row: the heaviest level whose condition holds, else that of the rule."""
    usual = usual_rank(rule)
    weights = [
        (compile_condition(tree, rows, rule.columns), literal(LEVELS.index(level), BigInteger))
        for level, tree in rule.levels.items()
    ]
    return case(*weights, else_=usual) if weights else usual


def usual_rank(rule: Rule) -> ColumnElement[Any]:
    """The place in LEVELS of the rule itself."""
    return literal(LEVELS.index(rule.level), BigInteger)
