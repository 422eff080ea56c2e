"""Rows that a statement brings along as one parameter: however many they are, the database reads one and the same text.

With a parameter for each value the statement is compiled anew for every number of rows, which costs more than it does.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, FromClause, Join, Text, cast, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class each_given(FunctionElement[Any]):  # noqa: N801 - reads as a function of SQL
    """The rows of a list of lists."""

    inherit_cache = True


@compiles(each_given)
def sqlite_rows(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite has a table function."""
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(each_given, "postgresql")
def postgresql_rows(element: Any, compiler: Any, **options: Any) -> str:
    """PostgreSQL has one too."""
    return f"jsonb_array_elements(CAST({compiler.process(element.clauses, **options)} AS jsonb))"


class nth(FunctionElement[str]):  # noqa: N801 - reads as a function of SQL
    """What stands at a place in a row, as text."""

    type = Text()
    inherit_cache = True


@compiles(nth)
def sqlite_nth(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite takes a path."""
    row, place = (compiler.process(part, **options) for part in element.clauses)
    return f"json_extract({row}, '$[' || {place} || ']')"


@compiles(nth, "postgresql")
def postgresql_nth(element: Any, compiler: Any, **options: Any) -> str:
    """PostgreSQL has an operator."""
    row, place = (compiler.process(part, **options) for part in element.clauses)
    return f"({row} ->> CAST({place} AS integer))"


def given(name: str, rows: Sequence[Sequence[Any]], texts: Sequence[str], numbers: Sequence[str]) -> CTE:
    """These rows as a table of a statement: first the columns that hold text, then those with whole numbers."""
    each = (
        each_given(literal(json.dumps([list(row) for row in rows]), Text)).table_valued("value").alias(f"each_{name}")
    )
    places = [nth(each.c.value, literal(place, BigInteger)) for place in range(len(texts) + len(numbers))]
    columns: list[ColumnElement[Any]] = [one.label(c) for c, one in zip(texts, places, strict=False)]
    columns += [cast(one, BigInteger).label(c) for c, one in zip(numbers, places[len(texts) :], strict=True)]
    return select(*columns).cte(name)


class from_given(Join):  # noqa: N801 - reads as a part of a statement
    """Given rows, and to each of them what belongs to it: in this order.

    SQLite keeps no numbers of its tables, and would rather go through all events than through twelve keys.
    """

    inherit_cache = True

    def __init__(self, rows: CTE, right: FromClause, tie: ColumnElement[bool]) -> None:
        """Rows first."""
        super().__init__(rows, right, tie)


@compiles(from_given, "sqlite")
def in_this_order(element: Any, compiler: Any, **options: Any) -> str:
    """For SQLite a cross join is an order to begin on the left; on the left stands a name alone."""
    return str(compiler.visit_join(element, **options)).replace(" JOIN ", " CROSS JOIN ", 1)
