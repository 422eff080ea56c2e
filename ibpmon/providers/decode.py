"""Answers of Graph straight to rows that a database driver takes: the declared fields, and nothing else."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import repeat
from math import isfinite
from operator import attrgetter
from typing import Annotated, Any

import msgspec

from ibpmon.errors import PassingError, SourceError
from ibpmon.language import N_
from ibpmon.store.collected import Field
from ibpmon.store.tables import EPOCH, MICROSECOND, micros

Row = tuple[Any, ...]

FIRST, LAST = micros(datetime.min.replace(tzinfo=UTC)), micros(datetime.max.replace(tzinfo=UTC))
MILLISECONDS = 100_000_000_000  # as seconds this is the year 5138, as milliseconds 1973
EARLIEST = 631_152_000  # 1990: a smaller number is some other number
NO_TIME = "0001-01-01"  # how Graph says "never"
SURROGATE = re.compile("[\ud800-\udfff]")
REPLACED = "\ufffd"
WIDE = msgspec.Meta(ge=-(2**63), le=2**63 - 1)  # what BIGINT holds

# What msgspec checks per field type. Times stay text: Graph also gives "", which is no time.
WIRE: Mapping[str, Any] = {
    "text": str | None,
    "bool": bool | None,
    "int": Annotated[int, WIDE] | None,
    "real": float | None,
    "time": str | int | float | None,  # Datto RMM counts seconds or milliseconds
    "day": str | None,
    "list": Any,
}


NEXT = ("@odata.nextLink",)


Mark = tuple[bool | None, int | None]  # whether it was removed, and one bit per field that was left out


@dataclass(slots=True)
class Portion:
    """The rows that stood inside one record, kept by another connector; each with whether it left."""

    parent: Row  # the key of the record
    whole: bool  # whether this is the whole list, and not only who came and left
    rows: list[tuple[Row, bool | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one answer, the link to the next, and the rows that could not be read, by id.

    The rows of changes have a mark each; rows that stand inside others are there under the connector that keeps them.
    """

    rows: list[Row]
    next_link: str | None = None
    bad: list[str] = field(default_factory=list)
    delta_link: str | None = None
    marks: list[Mark] = field(default_factory=list)
    portions: dict[str, list[Portion]] = field(default_factory=dict)


@dataclass(slots=True)
class Node:
    """One part of the path of fields: a field itself, the parent of others, or both."""

    leaf: Field | None = None
    below: dict[str, "Node"] = field(default_factory=dict)
    struct: Any = None
    empty: Any = None


class Decoder:
    """Decodes pages of one connector; built once, used for every page. `form` says where rows and next link stand.

    A page is decoded whole into typed structs and turned into columns, then rows: almost nothing is done per row in
    Python. One odd row fails its page, and then that page is read row by row.
    """

    def __init__(self, fields: Sequence[Field], form: tuple[str, tuple[str, ...]] = ("value", NEXT)) -> None:
        self.fields, self.form = tuple(fields), form
        self.root = tree(self.fields)
        build(self.root)
        self._page = msgspec.json.Decoder(page_type(self.root.struct, *form))
        self._next = attrgetter(".".join(["next_link"] * len(form[1])))
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
                return Page(rows, self._next(page) or None)
        return self.careful_page(body, parent)

    def single(self, body: bytes, parent: Mapping[str, Any] | None = None) -> Page:
        """The one row of an answer that is the object itself."""
        return self.page(b'{"' + self.form[0].encode() + b'":[' + body + b"]}", parent)

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
        content = parsed(body, self.form)
        rows: list[Row] = []
        bad: list[str] = []
        for number, item in enumerate(content[self.form[0]]):
            row = self.row(clean(item), parent)
            if row:
                rows.append(row)
            else:
                bad.append(name_of(item, number))
        return Page(rows, link_in(content, self.form[1]), bad)

    def row(self, item: Any, parent: Mapping[str, Any] | None) -> Row | None:
        """One record as a row; None when a value is not what its field says."""
        try:
            rows = self.rows([msgspec.convert(item, self.root.struct)], parent)
        except (ValueError, OverflowError, RecursionError):
            return None
        return rows[0] if self.has_keys(rows) else None


@dataclass(frozen=True, slots=True)
class Inner:
    """A list inside each record, whose rows another connector keeps."""

    name: str  # that connector
    path: tuple[str, ...]  # ("members@delta",) or ("Member", "Users")
    fields: tuple[Field, ...]

    @property
    def of_changes(self) -> bool:
        """Whether it holds changes (who came, who left) and not the whole list."""
        return self.path[-1].endswith("@delta")


class RecordDecoder:
    """Decodes pages whose records are looked into one by one: changes, and records with lists of others inside.

    A record that is removed, or lacks the facet that is asked for, keeps its key only.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        inner: Sequence[Inner] = (),
        facet: str = "",
        form: tuple[str, tuple[str, ...]] = ("value", NEXT),
    ) -> None:
        self.decoder, self.inner, self.facet, self.form = Decoder(fields, form), tuple(inner), facet, form
        self.parts = {one.name: Decoder(one.fields) for one in inner}
        self.fields = self.decoder.fields
        keys = tuple(field for field in self.fields if field.key)
        self.key = Decoder(keys)
        self.places = [keys.index(field) if field.key else None for field in self.fields]

    def page(self, body: bytes, parent: Mapping[str, Any] | None = None) -> Page:
        """The rows of an answer, each with its mark, and those of the lists inside."""
        content = self.content(body)
        page = Page(
            [],
            link_in(content, self.form[1]),
            delta_link=link_in(content, ("@odata.deltaLink",)),
            portions={one.name: [] for one in self.inner},
        )
        for number, item in enumerate(content[self.form[0]]):
            if not self.add(page, item, parent):
                page.bad.append(name_of(item, number))
        return page

    def content(self, body: bytes) -> dict[str, Any]:
        """The answer as it came, with odd characters replaced."""
        if b"\\u0000" not in body:
            try:
                content = msgspec.json.decode(body)
            except (ValueError, RecursionError):
                content = None
            if isinstance(content, dict) and isinstance(content.get(self.form[0]), list):
                return content
        found: dict[str, Any] = clean(parsed(body, self.form))
        return found

    def add(self, page: Page, item: Any, parent: Mapping[str, Any] | None) -> bool:
        """Add one record to the page; False when it cannot be used."""
        if not isinstance(item, dict):
            return False
        if self.is_gone(item):
            row = self.keys_only(item, parent)
            if row:
                page.rows.append(row)
                page.marks.append((True, None))
            return row is not None
        row = self.decoder.row(item, parent)
        if row is None:
            return False
        for one in self.inner:
            if not self.add_inner(page, one, item, row, parent):
                return False
        page.rows.append(row)
        page.marks.append((None, self.left_out(item)))
        return True

    def is_gone(self, item: Mapping[str, Any]) -> bool:
        """Whether the source says that this is gone, or it is not of the kind that is kept."""
        if "@removed" in item or isinstance(item.get("deleted"), dict):
            return True
        return bool(self.facet) and item.get(self.facet) is None

    def keys_only(self, item: Mapping[str, Any], parent: Mapping[str, Any] | None) -> Row | None:
        """A row that holds the key and nothing else."""
        key = self.key.row(item, parent)
        return key and tuple(None if place is None else key[place] for place in self.places)

    def left_out(self, item: Mapping[str, Any]) -> int | None:
        """One bit per field that the record does not name; an annotation that is not there says something itself."""
        bits = 0
        for bit, one in enumerate(self.fields):
            if one.path and one.path[0] not in item and not one.path[0].startswith("@"):
                bits |= 1 << bit
        return bits or None

    def add_inner(
        self, page: Page, inner: Inner, item: Mapping[str, Any], row: Row, parent: Mapping[str, Any] | None
    ) -> bool:
        """Add the rows of one list inside a record; a list that is not there says nothing, an empty one does."""
        there, found = at_path(item, inner.path)
        if not there:
            return True
        if not isinstance(found, list | None):
            return False
        above = dict(parent or {}) | {field.name: value for field, value in zip(self.fields, row, strict=True)}
        key = tuple(value for value, one in zip(row, self.fields, strict=True) if one.key)
        portion = Portion(key, whole=not inner.of_changes)
        for one in found or ():
            line = self.parts[inner.name].row(one, above)
            if line is None:
                return False
            portion.rows.append((line, True if inner.of_changes and "@removed" in one else None))
        page.portions[inner.name].append(portion)
        return True


def at_path(item: Any, path: Sequence[str]) -> tuple[bool, Any]:
    """Whether a record has something at this place, and what."""
    for step in path:
        if not isinstance(item, dict) or step not in item:
            return False, None
        item = item[step]
    return True, item


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


def page_type(record: Any, rows: str, next_key: Sequence[str]) -> Any:
    """The type of a page of such records; the link to the next may stand inside another object."""
    kind: Any = str | None
    for name in reversed(next_key[1:]):
        kind = msgspec.defstruct("Inner", [("next_link", kind, None)], rename={"next_link": name}, frozen=True)
    default = kind() if len(next_key) > 1 else None
    members: list[tuple[str, Any, Any]] = [("value", list[record], msgspec.NODEFAULT), ("next_link", kind, default)]
    return msgspec.defstruct("Answer", members, rename={"value": rows, "next_link": next_key[0]})


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


def microseconds(text: str | float | None) -> int | None:
    """A time as microseconds since 1970; None for the ways in which Graph says "none"."""
    if not text:
        return None
    if not isinstance(text, str):
        return counted(text)
    if text.startswith(NO_TIME):
        return None
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    moment = (value - EPOCH) // MICROSECOND  # a call of micros would be a quarter of the cost of this function
    if not FIRST <= moment <= LAST:  # a zone can push the last day of the calendar over its edge
        raise OverflowError
    return moment


def counted(number: float) -> int:
    """A time that is counted since 1970, in seconds or (too large for those) in milliseconds."""
    if not isfinite(number) or number < EARLIEST:
        raise ValueError("no moment")
    moment = round(number * 1000) if number >= MILLISECONDS else round(number * 1_000_000)
    if not FIRST <= moment <= LAST:
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


def parsed(body: bytes, form: tuple[str, tuple[str, ...]] = ("value", NEXT)) -> dict[str, Any]:
    """The answer by the standard library, which takes half a surrogate pair, unlike msgspec; checked as a page."""
    try:
        content = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise no_json() from None
    if not isinstance(content, dict) or not isinstance(content.get(form[0]), list):
        raise no_list()
    link_in(content, form[1])
    return content


def link_in(content: Mapping[str, Any], path: Sequence[str]) -> str | None:
    """A link in an answer, or None; what is no text there makes it no list."""
    found: Any = content
    for step in path:
        found = found.get(step) if isinstance(found, dict) else found
    if not isinstance(found, str | None):
        raise no_list()
    return found or None


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
