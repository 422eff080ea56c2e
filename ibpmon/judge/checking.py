"""Holds a rule file against what is there: known keys, connectors, fields of the view, values that fit."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ibpmon.judge.block import Adopted, Block, Trial
from ibpmon.judge.detection import Item, wrong_value
from ibpmon.judge.reading import Document, Problems, Sheet, Where
from ibpmon.judge.rule import LEVELS, placeholders
from ibpmon.language import _, meant
from ibpmon.store.view import View

HEAD = frozenset(
    (
        "title", "id", "name", "related", "status", "description", "references", "author", "date", "modified", "tags",
        "fields", "falsepositives", "license", "scope", "level", "logsource", "detection", "correlation", "ibpmon",
    )
)  # fmt: skip
OF_EPISODE = frozenset({"count", "window_start", "window_end"})  # an event rule's line may name these too


# ---- the keys of Sigma


def check_head(sheet: Sheet, problems: Problems) -> None:
    """The keys of Sigma: only known ones, and those that we print."""
    for document in (*sheet.searches, *sheet.correlations):
        for key in document.value:
            if key not in HEAD:
                problems.at(document, (key,), _("ibpmon does not know this key") + meant(key, HEAD))
    head = sheet.head
    for key in ("title", "id", "description", "level"):
        if not isinstance(head.value.get(key), str):
            problems.at(head, (key,), _("this key is missing"))
    if head.value.get("level") not in LEVELS:
        problems.at(head, ("level",), _("choose one of: {choices}").format(choices=", ".join(LEVELS)))
    if not is_uuid(head.value.get("id")):
        problems.at(head, ("id",), _("give a UUID of its own"))


def is_uuid(value: Any) -> bool:
    """The text of a UUID."""
    try:
        return bool(UUID(value))
    except (ValueError, TypeError, AttributeError):
        return False


# ---- the block against the view


def check_block(
    head: Document,
    block: Block,
    view: View,
    every: Mapping[str, timedelta],
    problems: Problems,
    others: Iterable[View] = (),
) -> None:
    """Everything that the block names is there; `others` are the views of what else the file looks for."""
    for key, needs in (("needs", block.needs), ("if_on", block.if_on)):
        for need in needs:
            if need not in every:
                unknown = _("there is no connector '{name}'").format(name=need) + meant(need, every)
                problems.at(head, ("ibpmon", key), unknown)
    for key, name in (("subject", block.subject), ("object", block.object)):
        if name and name not in view.columns:
            problems.at(head, ("ibpmon", key), unknown_field(name, view.columns))
        elif name and view.columns[name] != "text":
            problems.at(head, ("ibpmon", key), _("a finding is about a field that holds text"))
    if block.term and (view.columns.get(block.term) != "time" or f"{{{block.term}}}" not in block.message.line):
        problems.at(head, ("ibpmon", "term"), _("give a field that holds a time and stands in the line of the message"))
    check_message(head, block, view, problems)
    if not isinstance(block, Adopted):
        check_tests(head, block, {one.name: one for one in (*others, view)}, view, problems)


def check_needs(head: Document, block: Block, view: View, fields: Iterable[str], problems: Problems) -> None:
    """What decides the rule stands in `needs`: with one of these unread it would be green without data."""
    decides = view.sources | {view.joined[name] for name in map(moment_of, fields) if name in view.joined}
    if missing := sorted(decides - {*block.needs, *block.if_on}):
        lacks = _("this rule reads {names} too: name it here").format(names=", ".join(missing))
        problems.at(head, ("ibpmon", "needs"), lacks)


def moment_of(field: str) -> str:
    """The field of which this one counts the days; itself for any other."""
    return field.removesuffix("_days")


def unknown_field(name: str, known: Mapping[str, Any]) -> str:
    """Says that the view does not have this field."""
    return _("there is no field '{field}' here").format(field=name) + meant(name, known)


def check_message(head: Document, block: Block, view: View, problems: Problems) -> None:
    """A line names fields of the view; a subject holds no names, so it may only count."""
    episode = dict.fromkeys(OF_EPISODE) if view.time else {}
    known: dict[str, Mapping[str, Any]] = {
        "subject": {"count": None}, "line": {**view.columns, **episode}, "action": {},
    }  # fmt: skip
    for part, names in known.items():
        where: Where = ("ibpmon", "message", part)
        try:
            for name in placeholders(getattr(block.message, part)):
                if name not in names:
                    problems.at(head, where, unknown_field(name, names))
        except ValueError:
            problems.at(head, where, _("only plain names stand between {{ and }}").format())


def check_tests(head: Document, block: Block, kinds: Mapping[str, View], view: View, problems: Problems) -> None:
    """A rule proves that it hits and that it leaves alone; its records hold fields of the view."""
    expected = [trial.expect for trial in block.tests]
    if not any(one not in ("miss", "unknown", 0) for one in expected) or not {"miss", 0} & set(expected):
        problems.at(head, ("ibpmon", "tests"), _("give at least one test that hits and one that misses"))
    for number, trial in enumerate(block.tests):
        where: Where = ("ibpmon", "tests", number)
        for service, name, value in recorded(trial, view.name):
            if service not in kinds:
                problems.at(head, where, _("there is no view '{name}'").format(name=service) + meant(service, kinds))
            elif name not in kinds[service].columns:
                problems.at(head, where, unknown_field(name, kinds[service].columns))
            elif value is not None and (wrong := wrong_record(name, kinds[service], value)):
                problems.at(head, where, f"{name}: {wrong}")


def recorded(trial: Trial, service: str) -> Iterator[tuple[str, str, Any]]:
    """Every field with a value that a test puts in a record, with its view."""
    yield from ((service, name, value) for name, value in (trial.record or {}).items())
    for one in trial.records:
        own = one.service or service
        yield from ((own, name, value) for name, value in one.record.items())
        yield from ((own, name, value) for name, values in one.cycle.items() for value in values)


def wrong_record(name: str, view: View, value: Any) -> str:
    """What is wrong with a value in a test."""
    kind = view.columns[name]
    if kind == "time":
        try:
            return "" if datetime.fromisoformat(value).tzinfo else _("give a time with its zone")
        except (ValueError, TypeError):
            return _("give a time with its zone")
    if kind == "list":
        return "" if isinstance(value, list) else _("give a list")
    return wrong_value(Item(name, frozenset(), kind, value, view.columns))
