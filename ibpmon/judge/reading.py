"""Reads a rule file as YAML that can do nothing, and remembers on which line everything stands."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ibpmon.language import _

BYTES = 262_144
DEPTH = 20
NODES = 20_000

Where = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its value, and the line of each key and item."""

    value: Any
    lines: dict[Where, int]

    def line(self, where: Where) -> int:
        """The line of a key, or of the nearest thing around it."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The documents of one file: those that search, those that correlate, and the last one, which is the rule.

    `search` is what the rule tells about: the last of what its head names, and the head itself without correlation.
    """

    search: Document
    head: Document
    searches: tuple[Document, ...]
    correlations: tuple[Document, ...] = ()


@dataclass(slots=True)
class Problems:
    """What is wrong with one file, in words for a person."""

    path: Path
    found: list[str] = field(default_factory=list)

    def add(self, line: int, sentence: str, where: Where = ()) -> None:
        """Name one problem with its line and, where that helps, its key."""
        key = ".".join(map(str, where))
        self.found.append(f"{self.path.parent.name}/{self.path.name}:{line}: {key + ': ' if key else ''}{sentence}")

    def at(self, document: Document, where: Where, sentence: str) -> None:
        """Name a problem with the value of one key."""
        self.add(document.line(where), sentence, where)


class Plain(yaml.CSafeLoader):
    """YAML without surprises: NO is a word, 22:30 is a word, a date is a word. Read in C: there are dozens of files."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - so PyYAML has it


for tag, pattern, first in (
    ("bool", r"true|false", "tf"),
    ("int", r"-?(?:0|[1-9][0-9]{0,17})", "-0123456789"),
    ("float", r"-?[0-9]{1,15}\.[0-9]{1,15}", "-0123456789"),
    ("null", r"~|null|", ["~", "n", ""]),
):
    Plain.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first))


def read_documents(path: Path, content: bytes, problems: Problems) -> list[Document]:
    """The documents of a rule file; none when it cannot be read, and then the problems say why."""
    if len(content) > BYTES:
        problems.add(1, _("the file is larger than {n} bytes").format(n=BYTES))
        return []
    try:
        text = content.decode("utf-8-sig")
        return list(documents(text, problems)) if harmless(text, problems) else []
    except UnicodeDecodeError:
        problems.add(1, _("this is not text in UTF-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        problems.add(mark.line + 1 if mark else 1, _("this is not valid YAML: {reason}").format(reason=reason))
    return []


def sheet_of(documents: Sequence[Document], problems: Problems) -> Sheet | None:
    """One document that searches, or several of which the last ones correlate them."""
    if not documents:
        if not problems.found:
            problems.add(1, _("the file is empty"))
        return None
    for document in documents:
        if not isinstance(document.value, dict) or ("detection" in document.value) == ("correlation" in document.value):
            problems.at(document, (), _("give one rule, or rules and then their correlation"))
            return None
    searches = tuple(one for one in documents if "detection" in one.value)
    correlations = tuple(one for one in documents if "correlation" in one.value)
    if not searches or (len(documents) > 1 and "correlation" not in documents[-1].value):
        problems.at(documents[-1], (), _("give one rule, or rules and then their correlation"))
        return None
    return Sheet(told(documents), documents[-1], searches, correlations)


def told(documents: Sequence[Document]) -> Document:
    """The search that the last document names last, directly or through other correlations."""
    named = {word: one for one in documents for word in words(one)}
    one = documents[-1]
    for _step in documents:
        body = one.value.get("correlation")
        rules = body.get("rules") if isinstance(body, dict) else None
        last = rules[-1] if isinstance(rules, list) and rules else rules
        one = named.get(last, one) if isinstance(last, str) else one
    return one if "detection" in one.value else next(one for one in documents if "detection" in one.value)


def words(document: Document) -> list[str]:
    """What other documents may call this one: its name, or its id."""
    return [value for key in ("name", "id") if isinstance(value := document.value.get(key), str)]


def harmless(text: str, problems: Problems) -> bool:
    """Whether the file stays within bounds; looked at as a stream, before anything is built from it."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=Plain)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        sentence = ""
        if isinstance(event, yaml.AliasEvent):
            sentence = _("a rule has no references (*{name}); write it out").format(name=event.anchor)
        elif depth > DEPTH or count > NODES:
            sentence = _("this nests too deep or is too long for a rule")
        if sentence:
            problems.add(event.start_mark.line + 1 if event.start_mark else 1, sentence)
            return False
    return True


def documents(text: str, problems: Problems) -> Iterator[Document]:
    """Each document with its lines; a key that stands twice is a problem."""
    loader = Plain(text)
    try:
        while loader.check_node():
            node: Any = loader.get_node()
            lines: dict[Where, int] = {(): node.start_mark.line + 1}
            note_lines(node, (), lines, problems)
            if not problems.found:
                yield Document(loader.construct_document(node), lines)
    finally:
        loader.dispose()


def note_lines(node: yaml.Node, where: Where, lines: dict[Where, int], problems: Problems) -> None:
    """Write down the line of everything under a node."""
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            lines[(*where, number)] = item.start_mark.line + 1
            note_lines(item, (*where, number), lines, problems)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*where, str(key.value))
            check_key(key, inner, lines, problems)
            lines.setdefault(inner, key.start_mark.line + 1)
            note_lines(value, inner, lines, problems)


def check_key(key: yaml.Node, where: Where, lines: dict[Where, int], problems: Problems) -> None:
    """A key is a word, and stands once."""
    line = key.start_mark.line + 1
    if not isinstance(key, yaml.ScalarNode) or key.tag != "tag:yaml.org,2002:str":
        problems.add(line, _("a key must be a word"), where)
    elif where in lines:
        problems.add(line, _("this key stands twice, also on line {line}").format(line=lines[where]), where)


def dig(value: Any, where: Sequence[str]) -> Any:
    """What stands at a path of keys; KeyError when there is nothing."""
    for key in where:
        if not isinstance(value, dict) or key not in value:
            raise KeyError(key)
        value = value[key]
    return value
