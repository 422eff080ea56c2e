"""What a line of a decision says, for the database: the same words as ibpmon/review/standing.py has for a row."""

from sqlalchemy import ColumnElement, FromClause, case, func


def whose(answer: FromClause) -> ColumnElement[str]:
    """Whose decision it is: of who wrote it down, unless that was for somebody else."""
    return func.coalesce(func.nullif(answer.c.on_behalf_of, ""), answer.c.actor)


def group_key(item: FromClause) -> ColumnElement[str]:
    """What the group of an item is called: its rule, and of what the owner may not confirm also who does."""
    return case((item.c.reviewer == "", item.c.rule), else_=item.c.rule + "@" + item.c.reviewer)
