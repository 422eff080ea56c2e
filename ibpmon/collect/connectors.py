"""Connector files as frozen, checked values: a closed vocabulary in which nothing can run."""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

from ibpmon import config
from ibpmon.content import content_files
from ibpmon.errors import ContentError
from ibpmon.language import N_, _, meant
from ibpmon.providers.budget import LIMITS
from ibpmon.store.collected import Dataset, Field, FieldType

SOURCES = ("graph", "file")
SHAPES = ("list", "since", "each", "single")
BUDGETS = tuple(LIMITS)
SUBJECTS = ("staff", "pupil", "guest")
LICENCES = ("P1", "P2", "Intune")
FILES = ("staff", "pupils")
TYPES: tuple[str, ...] = get_args(FieldType)
RESERVED = ("tenant_id", "month", "seq", "run_id", "first_seen", "last_seen", "gone_at")

LARGEST = 64 * 1024  # bytes of one connector file
MARKUP = re.compile(r"\{|\}|\$\(|<%|`")  # what template and expression languages begin with
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
STEM = re.compile(r"[a-z][a-z0-9-]{0,39}")
PERMISSION = re.compile(r"[A-Z][A-Za-z]*(-[A-Z][A-Za-z]*)*(\.[A-Za-z]+)+")
STEP = r"(@[a-z]+\.[A-Za-z]+|[A-Za-z][A-Za-z0-9_]*)"
PATH = re.compile(rf"{STEP}(\.{STEP})*")
PART = r"([A-Za-z0-9_.-]+|\{[a-z][a-z0-9_]*\})"
ENDPOINT = re.compile(rf"(/{PART})+")
PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Connector:
    """One resource: where it is read, by which shape, what is kept of it, and why."""

    id: str
    title: str
    purpose: str
    subjects: tuple[str, ...]
    source: str
    shape: str
    every: timedelta
    retention: timedelta
    fields: tuple[Field, ...]
    endpoint: str = ""
    permissions: tuple[str, ...] = ()
    requires: str = ""  # the licence without which Microsoft refuses it
    budget: str = "directory"
    page: int | None = None
    over: str = ""  # shape each: the connector whose rows are the parents
    unless: str = ""  # shape each: the field of the parent that makes us pass it by
    time: str = ""  # shape since: the field that says when it happened
    window: timedelta | None = None
    overlap: timedelta | None = None
    history: timedelta | None = None
    file: str = ""  # source file: which file of the board

    @property
    def dataset(self) -> Dataset:
        """What the store keeps of it: events for a cursor in time, otherwise state."""
        return Dataset(self.id, "events" if self.shape == "since" else "state", self.fields, self.time, self.title)

    @property
    def places(self) -> tuple[str, ...]:
        """The fields of the parent that the endpoint names."""
        return tuple(PLACE.findall(self.endpoint))


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one connector file and the problems found in it so far."""

    path: Path
    text: str
    problems: list[str]

    def problem(self, key: str, sentence: str) -> None:
        """Note what is wrong with one key, as `connectors/accounts.toml:17: fields.created.type: ...`."""
        line = config.line_of(key.split("."), self.text)
        self.problems.append(f"{self.path.parent.name}/{self.path.name}:{line}: {key}: {sentence}")


class Wrong(Exception):
    """A value that does not fit, with the sentence that says so."""


Check = Callable[[Any], Any]


def load_connectors(content: config.Content) -> dict[str, Connector]:
    """The connectors in order of reading (files, then parents before children), without those switched off.

    Raises ContentError that names every problem of every file at once.
    """
    problems: list[str] = []
    sources = [read(path, problems) for path in content_files("connectors", ".toml", content.folder)]
    found = {source.path.stem: connector_from(source) for source in sources}
    connectors = {name: connector for name, connector in found.items() if connector}
    for source in sources:
        check_parents(source, found)
    problems += unknown_off(content, found)
    if problems:
        raise unusable(problems)
    return {name: connectors[name] for name in reading_order(connectors) if name not in content.connectors_off}


def unusable(problems: Sequence[str]) -> ContentError:
    """All problems of all connector files in one error."""
    return ContentError(
        N_("the connector files have {count} problem(s)"),
        why="{problems}",
        fix=N_("correct these lines; the shipped connectors show how each key is used"),
        count=len(problems),
        problems="\n".join(problems),
    )


def reading_order(connectors: Mapping[str, Connector]) -> list[str]:
    """Files first, for they are quick; then parents before what is read over them."""
    return sorted(connectors, key=lambda name: (connectors[name].source != "file", depth(name, connectors), name))


def depth(name: str, connectors: Mapping[str, Connector]) -> int:
    """How many connectors must be read before this one; refuses to go round in circles."""
    steps = 0
    while (over := connectors[name].over) in connectors and steps <= len(connectors):
        name, steps = over, steps + 1
    return steps


# ---- one file


def read(path: Path, problems: list[str]) -> Source:
    """The text of a connector file; empty when it cannot be used as text."""
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raw, text = b"", ""
        problems.append(f"{path.parent.name}/{path.name}: {type(error).__name__}")
    if len(raw) > LARGEST:
        problems.append(f"{path.parent.name}/{path.name}: " + _("the file is larger than a connector can be"))
    return Source(path, text if len(raw) <= LARGEST else "", problems)


def connector_from(source: Source) -> Connector | None:
    """The connector of one file; None when it has problems, which are then noted."""
    before = len(source.problems)
    try:
        raw = tomllib.loads(source.text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        source.problems.append(f"{source.path.parent.name}/{source.path.name}: {error}")
        return None
    if not raw:
        source.problems.append(f"{source.path.parent.name}/{source.path.name}: " + _("the file is empty"))
        return None
    if not STEM.fullmatch(source.path.stem):
        source.problem("title", _("the file name may hold small letters, digits and - only"))
    values = checked(source, "", raw, KEYS)
    fields = fields_from(source, raw.get("fields"))
    check_shape(source, raw, fields)
    if len(source.problems) > before:
        return None
    return Connector(id=source.path.stem, **values | {"fields": fields})


def checked(source: Source, where: str, raw: Mapping[str, Any], checks: Mapping[str, Check]) -> dict[str, Any]:
    """The values of one table, each held against its check; what is unknown or wrong is noted."""
    values = {}
    for key, value in raw.items():
        if key not in checks:
            source.problem(where + key, _("ibpmon does not know this key") + meant(key, checks))
            continue
        try:
            values[key] = checks[key](value)
        except Wrong as wrong:
            source.problem(where + key, str(wrong))
    return values


def fields_from(source: Source, raw: Any) -> tuple[Field, ...]:
    """The declared fields, in the order of the file."""
    if not isinstance(raw, dict) or not raw:
        source.problem("fields", _("a connector needs fields"))
        return ()
    fields = [field_from(source, name, table) for name, table in raw.items()]
    kept = tuple(field for field in fields if field)
    if len(kept) == len(raw) and not any(field.key for field in kept):
        source.problem("fields", _("one field at least must be a key (key = true)"))
    return kept


def field_from(source: Source, name: str, raw: Any) -> Field | None:
    """One declared field; None when something is wrong with it."""
    where, before = f"fields.{name}", len(source.problems)
    if not NAME.fullmatch(name) or name in RESERVED:
        source.problem(where, _("a field is named with small letters, digits and _ and not as a column of ibpmon"))
    if not isinstance(raw, dict):
        source.problem(where, _("a field is a table: { from = ..., type = ..., why = ... }"))
        return None
    values = checked(source, where + ".", raw, FIELD_KEYS)
    for key in ("type", "why"):
        if key not in raw:
            source.problem(f"{where}.{key}", _("this key is missing"))
    if ("from" in raw) == ("parent" in raw):
        source.problem(where, _("a field has either from or parent"))
    if len(source.problems) > before:
        return None
    return Field(
        name,
        values.get("from", ()),
        values["type"],
        values["why"],
        values.get("key", False),
        values.get("parent", ""),
        values.get("index", False),
    )


# ---- what belongs together

NEEDED = ("title", "purpose", "subjects", "source", "shape", "permissions", "every", "retention")
BY_SHAPE: Mapping[str, tuple[str, ...]] = {
    "list": (),
    "single": (),
    "since": ("time", "window", "overlap", "history"),
    "each": ("over",),
}
ONLY_WITH = {"time": "since", "window": "since", "overlap": "since", "history": "since", "over": "each"}


def check_shape(source: Source, raw: Mapping[str, Any], fields: Sequence[Field]) -> None:
    """Each source and shape asks for its own keys, and takes no others."""
    shape, origin = raw.get("shape"), raw.get("source")
    place = {"graph": ("endpoint",), "file": ("file",)}.get(origin, ()) if isinstance(origin, str) else ()
    shaped = BY_SHAPE.get(shape, ()) if isinstance(shape, str) else ()
    for key in (*NEEDED, *place, *shaped):
        if key not in raw:
            source.problem(key, _("this key is missing"))
    for key, wanted in (ONLY_WITH | {"unless": "each"}).items():
        if key in raw and shape in SHAPES and shape != wanted:
            source.problem(key, _("only shape {shape} has this key").format(shape=wanted))
    if origin == "file" and (shape != "list" or "endpoint" in raw):
        source.problem("shape", _("a file is read with shape list and has no endpoint"))
    check_time(source, raw, fields)


def check_time(source: Source, raw: Mapping[str, Any], fields: Sequence[Field]) -> None:
    """The time of an event is a declared field of type time, and not looked up in a parent."""
    times = [field.name for field in fields if field.type == "time"]
    if raw.get("shape") == "since" and "time" in raw and raw["time"] not in times:
        source.problem("time", _("this names no field of type time") + meant(raw["time"], times))


def check_parents(source: Source, found: Mapping[str, Connector | None]) -> None:
    """What shape `each` says about its parent holds: the connector is there, and so are the fields it names."""
    child = found[source.path.stem]
    if child is None:
        return
    named = [(f"fields.{field.name}.parent", field.parent) for field in child.fields if field.parent]
    named += [("endpoint", place) for place in child.places]
    if child.shape != "each":
        for key, _name in named:
            source.problem(key, _("only shape {shape} has a parent").format(shape="each"))
        return
    if child.over not in found or child.over == child.id:
        source.problem("over", _("there is no such connector") + meant(child.over, found))
        return
    parent = found[child.over]
    if parent is not None:
        check_parent(source, child, parent, named)
        whole = {name: one for name, one in found.items() if one}
        if depth(child.id, whole) > len(whole):
            source.problem("over", _("these connectors wait for each other"))


def check_parent(source: Source, child: Connector, parent: Connector, named: Sequence[tuple[str, str]]) -> None:
    """The parent holds state, and has the fields that its child names."""
    fields = {field.name: field for field in parent.fields}
    if parent.shape == "since":
        source.problem("over", _("events cannot be a parent"))
    if not any(field.parent for field in child.fields):
        source.problem("fields", _("one field must repeat the parent's key (parent = ...)"))
    if not child.places:
        source.problem(
            "endpoint", _("name the parent in the path, as {{{field}}}").format(field=parent.dataset.keys[0])
        )
    for key, name in named:
        if name not in fields:
            source.problem(key, _("the parent has no field '{name}'").format(name=name) + meant(name, fields))
    if child.unless and (child.unless not in fields or fields[child.unless].type != "bool"):
        flags = [name for name, field in fields.items() if field.type == "bool"]
        source.problem("unless", _("this names no yes/no field of the parent") + meant(child.unless, flags))


def unknown_off(content: config.Content, found: Mapping[str, Any]) -> list[str]:
    """Names in connectors_off that are no connector: what was meant would stay on unseen."""
    return [
        f"config.toml: content.connectors_off: '{name}': " + _("there is no such connector") + meant(name, found)
        for name in content.connectors_off
        if name not in found
    ]


# ---- checks of one value


def sentence(value: Any) -> str:
    """Words for a person; nothing that a template language would take up."""
    if not isinstance(value, str) or not value.strip() or len(value) > 500 or not value.isprintable():
        raise Wrong(_("write a short text on one line"))
    if MARKUP.search(value):
        raise Wrong(_("a connector holds no templates or expressions"))
    return value


def one_of(choices: Sequence[str]) -> Check:
    """One word of a closed list."""

    def check(value: Any) -> Any:
        if value not in choices:
            choose = _("choose one of: {choices}").format(choices=", ".join(choices))
            raise Wrong(f"'{value}'? " + choose + meant(value, choices))
        return value

    return check


def all_of(check: Check, *, least: int = 0) -> Check:
    """A list in which each item passes the check."""

    def checks(value: Any) -> Any:
        if not isinstance(value, list) or len(value) < least:
            raise Wrong(_('write a list, as ["..."]'))
        return tuple(check(item) for item in value)

    return checks


def matching(pattern: re.Pattern[str], wanted: str) -> Check:
    """A text that fits a pattern; `wanted` says, as a msgid, what is expected."""

    def check(value: Any) -> Any:
        if not isinstance(value, str) or len(value) > 200 or not pattern.fullmatch(value):
            raise Wrong(_(wanted))
        return value

    return check


def span(value: Any) -> Any:
    """A span of time above zero, as 15m, 24h or 7d."""
    try:
        length = config.duration(value)
    except ValueError:
        length = None
    if not isinstance(value, str) or not length:
        raise Wrong(_("write a span of time as 15m, 24h or 7d"))
    return length


def truth(value: Any) -> Any:
    """true or false, and not a word that looks like it."""
    if not isinstance(value, bool):
        raise Wrong(_("write true or false"))
    return value


def page_size(value: Any) -> Any:
    """How many rows to ask for at once."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1000:
        raise Wrong(_("write a number from 1 to 1000"))
    return value


def endpoint(value: Any) -> Any:
    """A path of Graph with at most fields of the parent in it: no address, no query, no dot segments."""
    matching(ENDPOINT, N_("write a path as /groups/{group_id}/members, without query"))(value)
    if any(part in (".", "..") for part in value.split("/")):
        raise Wrong(_("write a path as /groups/{group_id}/members, without query"))
    return value


def steps(value: Any) -> Any:
    """Where a field stands in the answer: names with dots between; an annotation as @odata.type is one name."""
    matching(PATH, N_("write where it stands in the answer, as id or status.errorCode"))(value)
    return tuple(match[0] for match in re.finditer(STEP, value))


def table(value: Any) -> Any:
    """The table of fields; looked into elsewhere."""
    return value


name_of_field = matching(NAME, N_("write the name of a field"))

KEYS: Mapping[str, Check] = {
    "title": sentence,
    "purpose": sentence,
    "subjects": all_of(one_of(SUBJECTS), least=1),
    "source": one_of(SOURCES),
    "endpoint": endpoint,
    "shape": one_of(SHAPES),
    "over": matching(STEM, N_("write the name of a connector")),
    "unless": name_of_field,
    "time": name_of_field,
    "page": page_size,
    "window": span,
    "overlap": span,
    "history": span,
    "permissions": all_of(matching(PERMISSION, N_("write a permission as User.Read.All"))),
    "requires": one_of(LICENCES),
    "budget": one_of(BUDGETS),
    "every": span,
    "retention": span,
    "file": one_of(FILES),
    "fields": table,
}

FIELD_KEYS: Mapping[str, Check] = {
    "from": steps,
    "parent": name_of_field,
    "type": one_of(TYPES),
    "key": truth,
    "index": truth,
    "why": sentence,
}
