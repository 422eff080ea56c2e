"""Connector files as frozen, checked values: a closed vocabulary in which nothing can run."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from ibpmon import config
from ibpmon.collect.vocabulary import (
    BY_SHAPE,
    EVENTS,
    FIELD_KEYS,
    KEYS,
    NAME,
    NEEDED,
    NOT_ASKED,
    ONLY_FROM,
    ONLY_WITH,
    PLACE,
    RESERVED,
    SHAPES,
    SOURCES,
    STEM,
    Check,
    Wrong,
    span,
)
from ibpmon.content import content_files
from ibpmon.errors import ContentError
from ibpmon.language import N_, _, meant
from ibpmon.store.collected import Dataset, Field

LARGEST = 64 * 1024  # bytes of one connector file


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
    version: str = ""  # the version of Graph when it is not v1.0
    permissions: tuple[str, ...] = ()
    requires: str = ""  # the licence without which Microsoft refuses it
    budget: str = "directory"
    cost: int = 1  # what one request takes of its budget
    page: int | None = None
    select: bool = True
    expand: tuple[str, ...] = ()
    where: str = ""  # only rows of which this is true
    rows: str = ""  # source datto: the list in the answer
    prefer: tuple[str, ...] = ()
    off: bool = False  # read only when the board asks for it
    count: bool = False  # compare with Microsoft's own count
    never_empty: bool = False  # nothing at all is a fault, also the first time
    may_empty: bool = False  # nothing at all is an answer, also when there was something
    versions: bool = False  # each version of a row is kept
    over: str = ""  # the connector whose rows are the parents
    unless: str = ""  # the field of the parent that makes us pass it by
    only: str = ""  # the field of the parent that it must have
    onedrives: str = ""  # the parent's web address: personal sites of some populations are read after all
    changed: bool = False  # shape each: only parents that changed
    list: tuple[str, ...] = ()  # shape part: where its rows stand in the parent's answer
    facet: str = ""  # shape delta: only rows that have this (key `with`)
    full: timedelta | None = None  # how often from the beginning
    time: str = ""  # events: the field that says when it happened
    window: timedelta | None = None
    overlap: timedelta | None = None
    history: timedelta | None = None
    history_without_p1: timedelta | None = None  # shape since: the source keeps less for a tenant without that licence
    into: str = ""  # shape since: the connector whose table it fills
    event_type: str = ""
    sweep: timedelta | None = None  # shape since: so far back once a night
    operations: tuple[str, ...] = ()  # shape query
    file: str = ""  # source file: which file of the board
    stored: Dataset | None = None  # when its table has fields of other connectors too

    @property
    def dataset(self) -> Dataset:
        """What the store keeps of it: events for a cursor in time, otherwise state."""
        kind = "events" if self.shape in EVENTS else "state"
        return self.stored or Dataset(
            self.id,
            "events" if kind == "events" else "state",
            self.fields,
            self.time,
            self.title,
            versions=self.versions,
            history=self.history or timedelta(),
            history_without_p1=self.history_without_p1,
        )

    @property
    def places(self) -> tuple[str, ...]:
        """The fields of the parent that the endpoint names."""
        return tuple(PLACE.findall(self.endpoint))

    @property
    def path(self) -> str:
        """The endpoint with its version in front, when that is not the usual one."""
        return f"/{self.version}{self.endpoint}" if self.version else self.endpoint


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


Found = Mapping[str, Connector | None]


def load_connectors(content: config.Content, *, every: bool = False) -> dict[str, Connector]:
    """The connectors in order of reading (files, then parents before children), without those that are off.

    With `every` those are there too: what can be said of them does not depend on what a board reads.

    Raises ContentError that names every problem of every file at once.
    """
    problems: list[str] = []
    sources = [read(path, problems) for path in content_files("connectors", ".toml", content.folder)]
    found = {source.path.stem: connector_from(source) for source in sources}
    connectors = {name: connector for name, connector in found.items() if connector}
    for source in sources:
        check_neighbours(source, found)
    problems += unknown_names("connectors_off", content.connectors_off, found)
    problems += unknown_names("connectors_on", content.connectors_on, found)
    if problems:
        raise unusable(problems)
    connectors = with_shared_tables({name: like_parent(one, connectors) for name, one in connectors.items()})
    return {name: connectors[name] for name in reading_order(connectors) if every or is_on(connectors[name], content)}


def is_on(connector: Connector, content: config.Content) -> bool:
    """Whether this board reads it."""
    return connector.id not in content.connectors_off and (not connector.off or connector.id in content.connectors_on)


def like_parent(connector: Connector, connectors: Mapping[str, Connector]) -> Connector:
    """A part takes of the budget of its parent; any other connector stays as it is."""
    if connector.shape != "part" or connector.over not in connectors:
        return connector
    return replace(connector, budget=connectors[connector.over].budget)


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
    while (over := connectors[name].over or connectors[name].into) in connectors and steps <= len(connectors):
        name, steps = over, steps + 1
    return steps


def ties(connector: Connector, parent: Connector) -> tuple[Field, ...]:
    """The fields by which rows are tied to one parent: those that repeat its key."""
    repeating = tuple(field for field in connector.fields if field.parent)
    return tuple(field for field in repeating if field.parent in parent.dataset.keys) or repeating


def with_shared_tables(connectors: Mapping[str, Connector]) -> dict[str, Connector]:
    """The connectors, of which those that fill one table together know all its fields."""
    made = dict(connectors)
    for target in {one.into for one in connectors.values() if one.into}:
        sharing = [connectors[target], *(one for one in connectors.values() if one.into == target)]
        fields = {field.name: field for one in reversed(sharing) for field in one.fields}
        for one in sharing:
            made[one.id] = replace(one, stored=shared(one, connectors[target], fields))
    return made


def shared(connector: Connector, target: Connector, fields: Mapping[str, Field]) -> Dataset:
    """The data set of one of the connectors that fill a table together: its own fields first."""
    own = tuple(field.name for field in connector.fields)
    others = tuple(field for name, field in sorted(fields.items()) if name not in own)
    table = (*(fields[name] for name in own), *others)
    both = tuple(field.name for field in target.fields if field.name in own) if connector.into else ()
    return replace(connector.dataset, fields=table, filled=own, shared=both, into=connector.into)


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
    values["facet"] = values.pop("with", "")  # `with` is a word of Python
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
    if "usual" in values and values.get("type") != "int":
        source.problem(f"{where}.usual", _("only a field of type int has a usual value"))
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
        values.get("usual"),
    )


# ---- what belongs together in one file


def check_shape(source: Source, raw: Mapping[str, Any], fields: Sequence[Field]) -> None:
    """Each source and shape asks for its own keys, and takes no others."""
    shape, origin = raw.get("shape"), raw.get("source")
    if shape not in SHAPES or origin not in SOURCES:
        shape = origin = ""
    place = "" if shape == "part" or not origin else "file" if origin == "file" else "endpoint"
    for key in (*NEEDED, *([place] if place else []), *BY_SHAPE.get(shape or "", ())):
        if key not in raw:
            source.problem(key, _("this key is missing"))
    if shape:
        check_belonging(source, raw, str(shape), str(origin))
    check_time(source, raw, fields)
    if raw.get("source") == "file" and (raw.get("shape") != "list" or "endpoint" in raw):
        source.problem("shape", _("a file is read with shape list and has no endpoint"))


def check_belonging(source: Source, raw: Mapping[str, Any], shape: str, origin: str) -> None:
    """Keys that say nothing for this source or shape are refused: whoever wrote one meant something by it."""
    for key, shapes in ONLY_WITH.items():
        if key in raw and shape not in shapes:
            source.problem(key, _("only shape {shape} has this key").format(shape=" / ".join(shapes)))
    for key, origins in ONLY_FROM.items():
        if key in raw and origin not in origins and (key, origin) != ("endpoint", "file"):
            source.problem(key, _("only source {source} has this key").format(source=" / ".join(origins)))
    for key in NOT_ASKED:
        if shape == "part" and key in raw:
            source.problem(key, _("a part is not asked for by itself: this belongs with its parent"))
    check_together(source, raw, shape, origin)
    check_against(source, raw)


def check_against(source: Source, raw: Mapping[str, Any]) -> None:
    """Keys that contradict another one."""
    if raw.get("never_empty") is True and raw.get("may_empty") is True:
        source.problem("may_empty", _("this has no meaning together with never_empty"))
    shorter, history = (seconds(raw.get(key)) for key in ("history_without_p1", "history"))
    if shorter and history and shorter >= history:
        source.problem("history_without_p1", _("this is not shorter than history"))


def check_together(source: Source, raw: Mapping[str, Any], shape: str, origin: str) -> None:
    """Keys that mean something only beside another one."""
    if "rows" not in raw and origin == "datto" and shape != "single":
        source.problem("rows", _("this key is missing"))
    if shape == "each" and "full" in raw and raw.get("changed") is not True:
        source.problem("full", _("this has a meaning only together with changed = true"))
    if raw.get("changed") is True and "full" not in raw:
        source.problem("full", _("this key is missing"))
    if "onedrives" in raw and "unless" not in raw:
        source.problem("onedrives", _("this has a meaning only together with unless"))
    if "over" not in raw:
        for key in ("unless", "only", "onedrives"):
            if key in raw:
                source.problem(key, _("this has a meaning only together with over"))
    if shape == "delta" and not str(raw.get("endpoint", "/delta")).endswith("/delta"):
        source.problem("endpoint", _("a path of shape delta ends in /delta"))
    if isinstance(raw.get("endpoint"), str) and raw["endpoint"].startswith("{") != (origin == "sharepoint"):
        source.problem(
            "endpoint", _("only a path of source sharepoint begins with the site, as {{address}}/_api/web").format()
        )


def seconds(written: Any) -> float:
    """How long a span is; 0 for what is none, which has been told already."""
    try:
        return float(span(written).total_seconds())
    except Wrong:
        return 0.0


def check_time(source: Source, raw: Mapping[str, Any], fields: Sequence[Field]) -> None:
    """The time of an event is a declared field of type time, and not looked up in a parent."""
    times = [field.name for field in fields if field.type == "time" and field.path]
    if raw.get("shape") in EVENTS and "time" in raw and raw["time"] not in times:
        source.problem("time", _("this names no field of type time") + meant(raw["time"], times))


# ---- what belongs together over files


def check_neighbours(source: Source, found: Found) -> None:
    """What a connector says about others holds: they are there, and so are the fields that it names."""
    mine = found[source.path.stem]
    if mine is None:
        return
    if mine.over:
        check_over(source, mine, found)
    else:
        check_no_parent(source, mine)
    if mine.into:
        check_into(source, mine, found)


def check_no_parent(source: Source, mine: Connector) -> None:
    """Without `over` there is no parent to take a value from."""
    named = [f"fields.{field.name}.parent" for field in mine.fields if field.parent] + ["endpoint"] * len(mine.places)
    for key in named:
        source.problem(key, _("only shape {shape} has a parent").format(shape="each / delta / part"))


def check_over(source: Source, mine: Connector, found: Found) -> None:
    """The parent is there, holds state, and does not wait for its own child."""
    if mine.over not in found or mine.over == mine.id:
        source.problem("over", _("there is no such connector") + meant(mine.over, found))
        return
    parent = found[mine.over]
    if parent is not None:
        check_parent(source, mine, parent, found)
        whole = {name: one for name, one in found.items() if one}
        if depth(mine.id, whole) > len(whole):
            source.problem("over", _("these connectors wait for each other"))


def check_parent(source: Source, mine: Connector, parent: Connector, found: Found) -> None:
    """The parent holds state, and has the fields that its child names."""
    fields = {field.name: field for field in parent.fields}
    if parent.shape in EVENTS:
        source.problem("over", _("events cannot be a parent"))
    if not any(field.parent for field in mine.fields):
        source.problem("fields", _("one field must repeat the parent's key (parent = ...)"))
    if not mine.places and mine.shape != "part":
        key = parent.dataset.keys[0]
        source.problem("endpoint", _("name the parent in the path, as {{{field}}}").format(field=key))
    named = [(f"fields.{field.name}.parent", field.parent) for field in mine.fields if field.parent]
    for key, name in [*named, *(("endpoint", place) for place in mine.places)]:
        if name not in fields:
            source.problem(key, _("the parent has no field '{name}'").format(name=name) + meant(name, fields))
    check_choice(source, mine, fields)
    if mine.shape == "part":
        check_part(source, mine, parent, found)
    if mine.changed and parent.shape != "delta":
        source.problem("changed", _("only a parent of shape delta says what changed"))


def check_choice(source: Source, mine: Connector, fields: Mapping[str, Field]) -> None:
    """The fields of the parent that say which parents are read."""
    flags = [name for name, field in fields.items() if field.type == "bool"]
    if mine.unless and mine.unless not in flags:
        source.problem("unless", _("this names no yes/no field of the parent") + meant(mine.unless, flags))
    flags += [name for name, field in fields.items() if field.type == "list"]
    if mine.only and mine.only not in flags:
        source.problem("only", _("this names no yes/no field or list of the parent") + meant(mine.only, flags))
    texts = [name for name, field in fields.items() if field.type == "text"]
    if mine.onedrives and mine.onedrives not in texts:
        source.problem("onedrives", _("this names no text field of the parent") + meant(mine.onedrives, texts))


def check_part(source: Source, mine: Connector, parent: Connector, found: Found) -> None:
    """The rows of a part come with its parent's, by which one can tell which of them are whole."""
    if parent.shape not in ("list", "each", "delta") or parent.source == "file" or is_crawl(parent):
        source.problem("over", _("a part stands in the answers of a connector of shape list, each or delta"))
    if mine.source != parent.source:
        source.problem("source", _("a part has the source of its parent"))
    if mine.list[-1].endswith("@delta") and parent.shape != "delta":
        source.problem("list", _("only a parent of shape delta has such a list"))
    repeated = {field.parent for field in mine.fields}
    above = found.get(parent.over)
    needed = [field for field in parent.fields if field.key or (above and field in ties(parent, above))]
    for field in needed:
        if field.name not in repeated:
            source.problem("fields", _("a field must repeat '{name}' of the parent").format(name=field.name))


def is_crawl(connector: Connector) -> bool:
    """Whether it follows the changes of many parents."""
    return connector.shape == "delta" and bool(connector.over)


def check_into(source: Source, mine: Connector, found: Found) -> None:
    """The table that it fills is of events with the same key and time, and shared fields are of one type."""
    target = found.get(mine.into)
    if mine.into not in found or mine.into == mine.id:
        source.problem("into", _("there is no such connector") + meant(mine.into, found))
    if target is None or mine.into == mine.id:
        return
    if target.shape != "since" or target.into:
        source.problem("into", _("this is no connector of shape since with a table of its own"))
    if target.dataset.keys != mine.dataset.keys or target.time != mine.time:
        source.problem("into", _("the key and the time must be those of '{name}'").format(name=target.id))
    types = {field.name: field.type for field in target.fields}
    others = [one for one in found.values() if one and one.into == mine.into and one.id < mine.id]
    types |= {field.name: field.type for one in others for field in one.fields}
    for field in mine.fields:
        if types.get(field.name, field.type) != field.type:
            said = _("this field is of type {type} in the table that it shares").format(type=types[field.name])
            source.problem(f"fields.{field.name}.type", said)


def unknown_names(key: str, names: Sequence[str], found: Mapping[str, Any]) -> list[str]:
    """Names in a list of config.toml that are no connector: what was meant would not happen, unseen."""
    return [
        f"config.toml: content.{key}: '{name}': " + _("there is no such connector") + meant(name, found)
        for name in names
        if name not in found
    ]
