"""One flat view for rules: how it is made, over the living rows of one board at one moment."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    BinaryExpression,
    Boolean,
    BooleanClauseList,
    Column,
    ColumnClause,
    ColumnElement,
    FromClause,
    Join,
    Select,
    Subquery,
    Table,
    Text,
    and_,
    cast,
    false,
    func,
    literal,
    null,
    select,
    text,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session

from ibpmon.store.civil import civil, school_days_since
from ibpmon.store.collected import TYPES, Dataset, FieldType
from ibpmon.store.tables import DAY, Placement
from ibpmon.store.upsert import table_of

LOG = "log"  # of an event: the view that it stands in
FAR = 1_000_000  # units added before dividing, so that a time in the future rounds down as well
HOUR = DAY // 24
PLACEMENT = table_of(Placement)

Columns = Mapping[str, FieldType]
Entry = tuple[str, ColumnElement[Any], FieldType]


@dataclass(frozen=True, slots=True)
class View:
    """One flat table for rules: its columns with their types, and for events the time and the arrival sequence."""

    name: str
    selectable: FromClause
    columns: Columns
    time: str | None
    sources: frozenset[str]  # the connectors that make its rows: with one of them unread, rows are missing
    joined: Mapping[str, str]  # columns that another connector fills: empty as long as that one is not read
    # Events: what decides a column that is not the event's own, and may change: a key with what is said of it. Where
    # the key has the name of a field, a change is about events with that key in that field; else about all events.
    context: Mapping[str, Select[Any]]
    stream: str = ""  # events: the connector in whose order they arrive
    usual: Mapping[str, int] = field(default_factory=dict)  # events: the value that nearly all of them have in a field
    parts: "Parts | None" = None  # what it is made of, so that less of it can be taken

    def only(self, names: Iterable[str]) -> "View":
        """The same rows with only these columns, and the time: without the joins that nothing of these needs."""
        if self.parts is None:
            return self
        wanted = {*names, *((self.time,) if self.time else ())}
        return replace(self, selectable=self.parts.rows_with(self.name, wanted))

    def arrived_by(self, number: int) -> "View":
        """The events that had arrived by then: what comes in meanwhile is of the next time. `only` must follow."""
        if self.parts is None or self.parts.seq is None:
            return self
        where = [self.parts.seq <= number, *([] if self.parts.where is None else [self.parts.where])]
        return replace(self, parts=replace(self.parts, where=and_(*where)))

    def as_a_whole(self) -> "View":
        """The same rows, to be read from beginning to end: SQLite would go row by row through an index, and be slower.

        `only` must follow.
        """
        if self.parts is None or self.parts.where is None:
            return self
        where = type_coerce(func.coalesce(self.parts.where, false()), Boolean)
        return replace(self, parts=replace(self.parts, where=where))


@dataclass(frozen=True, slots=True)
class Parts:
    """What a view is made of: its columns, the rows that they come from, and which of these count."""

    columns: Mapping[str, ColumnElement[Any]]
    rows: FromClause
    where: ColumnElement[bool] | None
    seq: ColumnElement[int] | None

    def rows_with(self, name: str, wanted: Container[str]) -> FromClause:
        """The rows with the wanted columns, and the arrival sequence of events."""
        shown: list[ColumnElement[Any]] = [one.label(c) for c, one in self.columns.items() if c in wanted]
        shown += [self.seq.label("seq")] if self.seq is not None else []
        asked = [*shown, *([self.where] if self.where is not None else [])]
        used = {table for one in asked for table in tables_of(one)}
        query = select(*shown).select_from(without_idle(self.rows, used))
        return (query if self.where is None else query.where(self.where)).subquery(name.replace("-", "_"))


def without_idle(rows: FromClause, used: set[Any]) -> FromClause:
    """The rows without the joins that nothing uses, where these add one row at most: so nothing else is lost.

    SQLite leaves out an idle join by itself, but not one that another idle join was tied to; and what an idle join is
    tied by keeps it from answering out of an index alone.
    """
    if not isinstance(rows, Join):
        return rows
    if rows.isouter and rows.right not in used and adds_one(rows.right, rows.onclause):
        return without_idle(rows.left, used)
    left = without_idle(rows.left, used | tables_of(rows.onclause))
    return rows if left is rows.left else Join(left, rows.right, rows.onclause, rows.isouter, rows.full)


def adds_one(joined: FromClause, tie: Any) -> bool:
    """Whether a row finds one row at most: it is tied by the whole key of a table."""
    inner = getattr(joined, "element", None)
    froms = [inner] if isinstance(inner, Table) else inner.get_final_froms() if isinstance(inner, Select) else []
    if len(froms) != 1 or not isinstance(froms[0], Table):
        return False
    known = {"tenant_id", "first_seen"} if isinstance(inner, Select) else set()
    keys = {column.name for column in froms[0].primary_key} - known
    parts = tie.clauses if isinstance(tie, BooleanClauseList) else [tie]
    equal = [part for part in parts if isinstance(part, BinaryExpression) and part.operator is operators.eq]
    sides = [side for part in equal for side in (part.left, part.right)]
    return keys <= {side.name for side in sides if getattr(side, "table", None) is joined}


def tables_of(element: Any) -> set[Any]:
    """The tables whose columns an expression names."""
    return {part.table for part in visitors.iterate(element) if isinstance(part, Column | ColumnClause)}


@dataclass(frozen=True, slots=True)
class Here:
    """The board, the moment and the tables that the views are made of."""

    tenant: int
    now: int
    data: Mapping[str, Table]
    networks: Sequence[str] = ()

    def part(self, name: str, needed: Columns, alias: str = "") -> Subquery:
        """The living rows of a connector; no rows where it is switched off, so that what joins it keeps its shape."""
        table = self.data.get(name)
        have: Mapping[str, ColumnElement[Any]] = dict(table.c) if table is not None else {}
        query = select(*(have[c] if c in have else cast(null(), TYPES[kind]).label(c) for c, kind in needed.items()))
        return query.where(self.mine(table) if table is not None else false()).subquery(
            alias or "living_" + name.replace("-", "_")
        )

    def mine(self, table: Table) -> ColumnElement[bool]:
        """The rows of this board that are there now."""
        living = [table.c.gone_at.is_(None)] if "gone_at" in table.c else []
        return and_(table.c.tenant_id == self.tenant, *living)

    def place(
        self, kind: str | ColumnElement[Any], key: ColumnElement[Any], alias: str
    ) -> tuple[FromClause, ColumnElement[bool]]:
        """Where something belongs, and the condition that joins it."""
        placed = PLACEMENT.alias(alias)
        return placed, and_(placed.c.tenant_id == self.tenant, placed.c.kind == kind, placed.c.object_id == key)

    def known_of_accounts(self, column: ColumnElement[Any], on: str = "") -> Select[Any]:
        """What the lists of the board say of each account; `on` names the field of the event that holds the account."""
        key = PLACEMENT.c.object_id
        mine = and_(PLACEMENT.c.tenant_id == self.tenant, PLACEMENT.c.kind == "account", column.is_not(None))
        return select(key.label(on) if on else key, column).where(mine).order_by(key)


def view(
    name: str,
    here: Here,
    entries: Iterable[Entry],
    rows: FromClause,
    sources: Iterable[str],
    *,
    joined: Mapping[str, str] | None = None,
    where: ColumnElement[bool] | None = None,
    event: tuple[str, Table] | None = None,
    context: Mapping[str, Select[Any]] | None = None,
    school_days: bool = False,
) -> View:
    """A view of these columns over these rows; each time `x` is also there as whole days, `x_days`.

    With `school_days` it is there too as the number of school days since then, `x_school_days`.
    """
    named = list(entries)
    if school_days:
        rows, counted = with_school_days(here, rows, named)
        named += counted
    named += [(f"{c}_days", whole_days(here, column), "int") for c, column, kind in named if kind == "time"]
    named += [(LOG, literal(name, Text), "text")] if event else []
    parts = Parts({c: column for c, column, _kind in named}, rows, where, event[1].c.seq if event else None)
    return View(
        name,
        parts.rows_with(name, parts.columns),
        {c: kind for c, _column, kind in named},
        event[0] if event else None,
        frozenset(sources),
        joined or {},
        context or {},
        event[1].name.removeprefix("collected_").replace("_", "-") if event else "",
        event[1].info.get("usual", {}) if event else {},
        parts,
    )


def with_school_days(here: Here, rows: FromClause, entries: Iterable[Entry]) -> tuple[FromClause, list[Entry]]:
    """The rows joined with the date of each time in them, and how many school days came after it."""
    counted: list[Entry] = []
    for name, column, kind in entries:
        if kind == "time":
            found = civil(here.tenant, rows, column, name)
            rows = found.rows
            counted.append((f"{name}_school_days", school_days_since(here.tenant, here.now, column, found.day), "int"))
    return rows, counted


def whole_days(here: Here, moment: ColumnElement[Any]) -> ColumnElement[int]:
    """How many whole days ago this was, rounded down; negative for what is still to come."""
    return whole(here, moment, DAY)


def whole_hours(here: Here, moment: ColumnElement[Any]) -> ColumnElement[int]:
    """How many whole hours ago this was, rounded down; negative for what is still to come."""
    return whole(here, moment, HOUR)


def whole(here: Here, moment: ColumnElement[Any], unit: int) -> ColumnElement[int]:
    """How many whole units ago this was."""
    shifted = literal(here.now + FAR * unit, BigInteger) - type_coerce(moment, BigInteger)
    return type_coerce(shifted // literal(unit, BigInteger) - literal(FAR, BigInteger), BigInteger)


def log_days(here: Here, log: str) -> ColumnElement[int]:
    """How many whole days back a log goes; nothing when there is none."""
    row = here.part(log, {"at": "time"}, f"begin_of_{log.replace('-', '_')}")
    return whole_days(here, select(func.min(row.c.at)).scalar_subquery())


def is_one_of(value: ColumnElement[Any], among: Any) -> ColumnElement[bool]:
    """Whether a value is among these; nothing is not."""
    return func.coalesce(value.in_(among), literal(False))


def own(table: Table, dataset: Dataset) -> list[Entry]:
    """The fields of a connector as they are."""
    return [(field.name, table.c[field.name], field.type) for field in dataset.fields]


@contextmanager
def whole_views(session: Session) -> Iterator[None]:
    """Within this, views are read as a whole: PostgreSQL joins them by hash, also where it has no statistics yet.

    Without statistics it takes every connector for one row, and then compares all of one with all of another.
    """
    postgresql = session.get_bind().dialect.name == "postgresql"
    if postgresql:
        session.execute(text("SET LOCAL enable_nestloop = off"))
    yield
    if postgresql:
        session.execute(text("SET LOCAL enable_nestloop = on"))


# ---- text that both databases compare alike


class in_bytes(FunctionElement[str]):  # noqa: N801 - reads as a function of SQL
    """A text that is compared byte by byte and folded in ASCII only, whatever the language of the database."""

    type = Text()
    inherit_cache = True


@compiles(in_bytes)
def plain_text(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite compares bytes by itself."""
    return str(compiler.process(element.clauses, **options))


@compiles(in_bytes, "postgresql")
def c_text(element: Any, compiler: Any, **options: Any) -> str:
    """PostgreSQL follows the language of the database unless told otherwise."""
    return f'({compiler.process(element.clauses, **options)} COLLATE "C")'


class in_small(FunctionElement[str]):  # noqa: N801 - reads as a function of SQL
    """A text in which capitals of ASCII make no difference; only to be compared with a text in small letters."""

    type = Text()
    inherit_cache = True


@compiles(in_small)
def nocase_text(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite compares so by itself, LIKE always: half the time of a function for each text."""
    return f"({compiler.process(element.clauses, **options)} COLLATE NOCASE)"


@compiles(in_small, "postgresql")
def small_c_text(element: Any, compiler: Any, **options: Any) -> str:
    """PostgreSQL has no such comparison; in the C collation only ASCII is folded."""
    return f'lower({compiler.process(element.clauses, **options)} COLLATE "C")'
