"""Answers of Graph straight to rows that a database driver takes: the declared fields, and nothing else."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import repeat
from operator import attrgetter
from typing import Annotated, Any

import msgspec

from ibpmon.errors import PassingError, SourceError
from ibpmon.language import N_
from ibpmon.store.collected import Field
from ibpmon.store.tables import EPOCH, MICROSECOND, micros

Row = tuple[Any, ...]

FIRST, LAST = micros(datetime.min.replace(tzinfo=UTC)), micros(datetime.max.replace(tzinfo=UTC))
NO_TIME = "0001-01-01"  # how Graph says "never"
SURROGATE = re.compile("[\ud800-\udfff]")
REPLACED = "\ufffd"
WIDE = msgspec.Meta(ge=-(2**63), le=2**63 - 1)  # what BIGINT holds

# What msgspec checks per field type. Times stay text: Graph also gives "", which is no time.
WIRE: Mapping[str, Any] = {
    "text": str | None,
    "bool": bool | None,
    "int": Annotated[int, WIDE] | None,
    "time": str | None,
    "day": str | None,
    "list": Any,
}


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one answer, the link to the next, and the rows that could not be read, by id."""

    rows: list[Row]
    next_link: str | None = None
    bad: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Node:
    """One part of the path of fields: a field itself, the parent of others, or both."""

    leaf: Field | None = None
    below: dict[str, "Node"] = field(default_factory=dict)
    struct: Any = None
    empty: Any = None


class Decoder:
    """Decodes pages of one connector; built once, used for every page.

    A page is decoded whole into typed structs and turned into columns, then rows: almost nothing is done per row in
    Python. One odd row fails its page, and then that page is read row by row.
    """

    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields = tuple(fields)
        self.root = tree(self.fields)
        build(self.root)
        self._page = msgspec.json.Decoder(page_type(self.root.struct))
        self._keys = [number for number, field in enumerate(self.fields) if field.key]

    def page(self, body: bytes, parent: Mapping[str, Any] | None = None) -> Page:
        """The rows of an answer of the form {"value": [...]}; SourceError when it has no such list."""
        if b"\\u0000" not in body:
            try:
                page = self._page.decode(body)
                rows = self.rows(page.value, parent)
            except (ValueError, OverflowError, RecursionError):
                return self.careful_page(body, parent)
            if self.has_keys(rows):
                return Page(rows, page.next_link)
        return self.careful_page(body, parent)

    def single(self, body: bytes, parent: Mapping[str, Any] | None = None) -> Page:
        """The one row of an answer that is the object itself."""
        return self.page(b'{"value":[' + body + b"]}", parent)

    def rows(self, records: Sequence[Any], parent: Mapping[str, Any] | None) -> list[Row]:
        """Structs as rows in the order of the fields."""
        found: dict[str, Iterable[Any]] = dict(columns(self.root, records))
        given = {
            field.name: repeat((parent or {})[field.parent], len(records)) for field in self.fields if field.parent
        }
        return list(zip(*({**found, **given}[field.name] for field in self.fields), strict=True))

    def has_keys(self, rows: list[Row]) -> bool:
        """Whether every row has a value for every key: without it there is nothing to store it under."""
        return not any(row[number] in (None, "") for number in self._keys for row in rows)

    def careful_page(self, body: bytes, parent: Mapping[str, Any] | None) -> Page:
        """The page row by row: odd characters are replaced visibly, an odd row is left out and named."""
        content = parsed(body)
        rows: list[Row] = []
        bad: list[str] = []
        for number, item in enumerate(content["value"]):
            row = self.row(clean(item), parent)
            if row:
                rows.append(row)
            else:
                bad.append(name_of(item, number))
        return Page(rows, content.get("@odata.nextLink"), bad)

    def row(self, item: Any, parent: Mapping[str, Any] | None) -> Row | None:
        """One record as a row; None when a value is not what its field says."""
        try:
            rows = self.rows([msgspec.convert(item, self.root.struct)], parent)
        except (ValueError, OverflowError, RecursionError):
            return None
        return rows[0] if self.has_keys(rows) else None


def tree(fields: Iterable[Field]) -> Node:
    """The paths of the fields as a tree; fields that share a beginning share a branch."""
    root = Node()
    for each in fields:
        node = root
        for part in each.path:
            node = node.below.setdefault(part, Node())
        if each.path:
            node.leaf = each
    return root


def build(node: Node) -> None:
    """Give every parent in the tree its struct: `f0`, `f1`, ... named on the wire as Graph names them."""
    for child in node.below.values():
        if child.below:
            build(child)
    members = [(f"f{number}", wire_type(child), None) for number, child in enumerate(node.below.values())]
    names = {f"f{number}": name for number, name in enumerate(node.below)}
    node.struct = msgspec.defstruct("Record", members, rename=names, gc=False)
    node.empty = node.struct()


def wire_type(node: Node) -> Any:
    """The type that one part of the tree has on the wire."""
    if node.leaf and node.below:
        return Any  # both a value and a parent: looked at later
    if node.leaf:
        return WIRE[node.leaf.type]
    return node.struct | None


def page_type(record: Any) -> Any:
    """The type of a page of such records."""
    return msgspec.defstruct(
        "Answer",
        [("value", list[record]), ("next_link", str | None, None)],
        rename={"next_link": "@odata.nextLink"},
    )


def columns(node: Node, records: Sequence[Any]) -> Iterator[tuple[str, Iterable[Any]]]:
    """Every field under this node with its values, one per record."""
    for number, child in enumerate(node.below.values()):
        values: Iterable[Any] = map(attrgetter(f"f{number}"), records)
        if child.below:
            values = list(values)
            yield from columns(child, [inner(child, value) for value in values])
        if child.leaf:
            yield child.leaf.name, column(child, values)


def inner(node: Node, value: Any) -> Any:
    """The struct of a nested object; one that is absent or null has only empty values."""
    if node.leaf:
        return msgspec.convert(value, node.struct) if isinstance(value, dict) else node.empty
    return node.empty if value is None else value


def column(node: Node, values: Iterable[Any]) -> Iterable[Any]:
    """The values of one field as the driver takes them."""
    assert node.leaf  # noqa: S101 - the caller looked
    kind = node.leaf.type
    if node.below and kind != "list":
        values = [msgspec.convert(value, WIRE[kind]) if not isinstance(value, dict) else None for value in values]
    if kind == "time":
        return map(microseconds, values)
    if kind == "day":
        return map(day, values)
    if kind == "list":
        return map(json_text, values)
    return values


def microseconds(text: str | None) -> int | None:
    """A time of Graph as microseconds since 1970; None for the ways in which it says "none"."""
    if not text or text.startswith(NO_TIME):
        return None
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    moment = (value - EPOCH) // MICROSECOND  # a call of micros would be a quarter of the cost of this function
    if not FIRST <= moment <= LAST:  # a zone can push the last day of the calendar over its edge
        raise OverflowError
    return moment


def day(text: str | None) -> str | None:
    """A date of Graph, with or without a time behind it, as 2026-07-31."""
    if not text or text.startswith(NO_TIME):
        return None
    return date.fromisoformat(text[:10]).isoformat()


def json_text(value: Any) -> str | None:
    """A list as compact JSON."""
    if value is None:
        return None
    if not isinstance(value, list | dict):
        raise ValueError("a list was declared")
    return msgspec.json.encode(value).decode()


def parsed(body: bytes) -> dict[str, Any]:
    """The answer by the standard library, which takes half a surrogate pair, unlike msgspec; checked as a page."""
    try:
        content = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise no_json() from None
    if not isinstance(content, dict) or not isinstance(content.get("value"), list):
        raise no_list()
    if not isinstance(content.get("@odata.nextLink"), str | None):
        raise no_list()
    return content


def no_json() -> PassingError:
    """The answer cannot be read at all."""
    return PassingError(
        N_("the answer of Microsoft Graph cannot be read"),
        why=N_("it is not JSON: it was cut off, or something on the way answered instead"),
        fix=N_("nothing to do: ibpmon tries again later; check tenant.proxy in config.toml when it lasts"),
    )


def no_list() -> SourceError:
    """Zero rows is a claim that must be earned."""
    return SourceError(
        N_("the answer of Microsoft Graph holds no list"),
        why=N_("an answer without a list of values says nothing, also when Microsoft calls it a success"),
        fix=N_("check tenant.graph in config.toml; what was read before stays in use"),
    )


def clean(value: Any) -> Any:
    """The value with NUL and half surrogate pairs replaced: PostgreSQL refuses them, and no name may stop a run."""
    if isinstance(value, str):
        return SURROGATE.sub(REPLACED, value.replace("\0", REPLACED))
    if isinstance(value, list):
        return [clean(each) for each in value]
    if isinstance(value, dict):
        return {clean(name): clean(each) for name, each in value.items()}
    return value


def name_of(item: Any, number: int) -> str:
    """What to call a record that could not be read: its id, or its place on the page."""
    found = item.get("id") if isinstance(item, dict) else None
    return clean(found)[:100] if isinstance(found, str) and found else f"#{number + 1}"
