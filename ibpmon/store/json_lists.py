"""Looks into lists that connectors keep as JSON: their elements and members, alike on both databases."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ibpmon.store.tables import Json


class elements_of(FunctionElement[Any]):  # noqa: N801 - reads as a function of SQL
    """The elements of a list as rows; none where there is no list."""

    inherit_cache = True


@compiles(elements_of)
def sqlite_elements(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite has a table function."""
    whole = compiler.process(element.clauses, **options)
    return f"json_each(CASE WHEN json_type({whole}) = 'array' THEN {whole} END)"


@compiles(elements_of, "postgresql")
def postgresql_elements(element: Any, compiler: Any, **options: Any) -> str:
    """PostgreSQL has one too, which fails on what is no list."""
    whole = compiler.process(element.clauses, **options)
    return f"jsonb_array_elements(CASE WHEN jsonb_typeof({whole}) = 'array' THEN {whole} END)"


class text_member(FunctionElement[str]):  # noqa: N801 - reads as a function of SQL
    """What stands under a name in an object, as text; NULL where there is nothing."""

    type = Text()
    inherit_cache = True


@compiles(text_member)
def sqlite_text(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite takes a path."""
    whole, name = (compiler.process(part, **options) for part in element.clauses)
    return f"json_extract({whole}, '$.\"' || {name} || '\"')"


@compiles(text_member, "postgresql")
def postgresql_text(element: Any, compiler: Any, **options: Any) -> str:
    """PostgreSQL has an operator."""
    whole, name = (compiler.process(part, **options) for part in element.clauses)
    return f"(({whole}) ->> ({name}))"


class json_member(FunctionElement[Any]):  # noqa: N801 - reads as a function of SQL
    """What stands under a name in an object, as JSON."""

    type = Json
    inherit_cache = True


@compiles(json_member)
def sqlite_json(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite takes a path."""
    return sqlite_text(element, compiler, **options)


@compiles(json_member, "postgresql")
def postgresql_json(element: Any, compiler: Any, **options: Any) -> str:
    """PostgreSQL has an operator."""
    whole, name = (compiler.process(part, **options) for part in element.clauses)
    return f"(({whole}) -> ({name}))"


def rows_of(column: ColumnElement[Any], alias: str) -> FromClause:
    """The elements of a list as a table with one column `value`; to be joined beside the row that holds the list."""
    return elements_of(column).table_valued("value").alias(alias)
