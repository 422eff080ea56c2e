"""Reads JSON columns that hold an object: what stands at a path, and the words of a list there; on both databases."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Text, cast, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ibpmon.store.tables import Json


class at_path(FunctionElement[Any]):  # noqa: N801 - reads as a function of SQL
    """What stands at a path (`users.includeUsers`), as JSON; NULL where nothing or JSON's own null stands."""

    type = Json
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], path: str) -> None:
        """The parts of the path are bound, never text in a statement."""
        super().__init__(column, literal("$." + path), literal("{" + path.replace(".", ",") + "}"))


@compiles(at_path)
def sqlite_path(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite takes a path with a dollar sign; JSON's null comes out as NULL."""
    column, path, _ = (compiler.process(part, **options) for part in element.clauses)
    return f"json_extract({column}, {path})"


@compiles(at_path, "postgresql")
def postgresql_path(element: Any, compiler: Any, **options: Any) -> str:
    """PostgreSQL takes an array of names, and keeps JSON's null as a value."""
    column, _, path = (compiler.process(part, **options) for part in element.clauses)
    return f"NULLIF({column} #> CAST({path} AS text[]), 'null'::jsonb)"


class word_rows(FunctionElement[Any]):  # noqa: N801 - reads as a function of SQL
    """The words of a list as rows; none where there is no list."""

    inherit_cache = True


@compiles(word_rows)
def sqlite_words(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite has a table function."""
    whole = compiler.process(element.clauses, **options)
    return f"json_each(CASE WHEN json_type({whole}) = 'array' THEN {whole} END)"


@compiles(word_rows, "postgresql")
def postgresql_words(element: Any, compiler: Any, **options: Any) -> str:
    """PostgreSQL has one too, which fails on what is no list."""
    whole = compiler.process(element.clauses, **options)
    return f"jsonb_array_elements_text(CASE WHEN jsonb_typeof({whole}) = 'array' THEN {whole} END)"


def words_of(column: ColumnElement[Any], alias: str) -> FromClause:
    """The words of a list as a table with one column `value`; to be joined beside the row that holds the list."""
    return word_rows(column).table_valued("value").alias(alias)


def text_at(column: ColumnElement[Any], path: str) -> ColumnElement[str]:
    """What stands at a path as text, a list as `["mfa"]`; NULL where nothing stands."""
    return cast(at_path(column, path), Text)
