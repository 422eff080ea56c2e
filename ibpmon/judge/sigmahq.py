"""Public rules for Entra as rules on our views: fields and values mapped, and a block for what they do not say."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from ibpmon.content import content_files
from ibpmon.judge.checking import HEAD
from ibpmon.judge.reading import Document, Problems, Where
from ibpmon.language import _, meant
from ibpmon.store.view import View

DEFAULT = "sigmahq.toml"
TEXT_MODIFIERS = frozenset({"contains", "startswith", "endswith", "re"})


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of one public log source."""

    view: str
    fields: Mapping[str, Any]
    when: Mapping[str, Mapping[str, Any]]
    words: Mapping[str, Mapping[str, Any]]
    known: Mapping[str, list[str]]
    like: Mapping[str, str]
    block: Mapping[str, Any]
    licence: str = ""


@cache
def sources(folder: Path | None) -> Mapping[str, Source]:
    """Every public log source that ibpmon can read; the board's own file of that name replaces the shipped one."""
    path = next(one for one in content_files("rules", ".toml", folder) if one.name == DEFAULT)
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: source_of(table) for name, table in tables.items()}


def source_of(table: Mapping[str, Any]) -> Source:
    """One table of the file."""
    parts = {part: table.get(part, {}) for part in ("fields", "when", "words", "known", "like")}
    block = {part: table.get(part, "") for part in ("subject", "object", "line", "action")}
    return Source(view=table["view"], block=block, licence=table.get("licence", ""), **parts)


def public_service(document: Document) -> str:
    """The service of a public rule; nothing for a rule of ours."""
    value = document.value
    source = value.get("logsource") if isinstance(value, dict) and "ibpmon" not in value else None
    known = isinstance(source, dict) and source.get("product") == "azure"
    return str(source.get("service", "")) if known and isinstance(source, dict) else ""


def adopted(
    document: Document, kinds: Mapping[str, View], folder: Path | None, problems: Problems, mapped: dict[str, str]
) -> Document:
    """A public rule as one on our views; what cannot be mapped is a problem with its line. Any other as it is.

    `mapped` takes note of each field as the rule spells it, and of ours that it became.
    """
    service = public_service(document)
    if not service:
        return document
    source = sources(folder).get(service)
    if source is None or source.view not in kinds:
        problems.at(document, ("logsource", "service"), _("ibpmon does not collect this log") + meant(service, KNOWN))
        return document
    return Adopter(document, source, kinds[source.view], problems, mapped).document()


KNOWN = ("signinlogs", "auditlogs", "riskdetection")


class Adopter:
    """Writes one public rule anew on the fields of a view, and remembers what became what."""

    def __init__(
        self, document: Document, source: Source, view: View, problems: Problems, mapped: dict[str, str]
    ) -> None:
        self.given, self.source, self.view, self.problems = document, source, view, problems
        self.lines = dict(document.lines)
        self.used: set[str] = set()
        self.mapped = mapped

    def document(self) -> Document:
        """The rule on our view, with a block."""
        value = {key: part for key, part in self.given.value.items() if key in HEAD}
        detection = value.get("detection")
        if isinstance(detection, dict):
            value["detection"] = {
                name: self.condition(body) if name == "condition" else self.body(("detection", name), body)
                for name, body in detection.items()
            }
        value["logsource"] = {"product": "ibpmon", "service": self.source.view}
        value["description"] = str(value.get("description") or value.get("title", ""))
        value["ibpmon"] = self.block(str(value.get("title", "")))
        return replace(self.given, value=value, lines=self.lines)

    def block(self, title: str) -> dict[str, Any]:
        """What is done with what it finds: the public rule does not say so."""
        joined = {self.view.joined[name] for name in self.used if name in self.view.joined}
        plain = title.replace("{", "(").replace("}", ")")[:400]
        message = {"subject": f"{{count}} keer: {plain}", "line": self.source.block["line"]}
        return {
            "needs": sorted(self.view.sources | joined),
            "subject": self.source.block["subject"],
            "object": self.source.block["object"],
            "message": message | {"action": self.source.block["action"]},
            "remind": "7d",
        }

    def condition(self, condition: Any) -> Any:
        """The condition; the old way of counting is none."""
        if isinstance(condition, str) and "|" in condition:
            sentence = _("counting behind | is the old way, which Sigma dropped; write a correlation")
            self.problems.at(self.given, ("detection", "condition"), sentence)
        return condition

    def body(self, where: Where, body: Any) -> Any:
        """One detection: a table of fields, or a list of these; words have no field that could be mapped."""
        if isinstance(body, dict):
            return dict(self.items(where, body))
        if isinstance(body, list) and all(isinstance(one, dict) for one in body):
            return [self.body((*where, number), one) for number, one in enumerate(body)]
        if where[-1] != "timeframe":
            self.problems.at(self.given, where, _("words without a field cannot be sought in these logs"))
        return body

    def items(self, where: Where, body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """The lines of one table on our fields."""
        seen: set[str] = set()
        for key, value in body.items():
            name, *modifiers = key.split("|")
            mapped = self.item((*where, key), name, modifiers, value)
            if mapped is None:
                continue
            if mapped[0] in seen:
                self.problems.at(self.given, (*where, key), _("give this in a detection of its own"))
            seen.add(mapped[0])
            self.mapped[name] = mapped[0].split("|")[0]
            self.lines.setdefault((*where, mapped[0]), self.given.line((*where, key)))
            yield mapped

    def item(self, where: Where, name: str, modifiers: list[str], value: Any) -> tuple[str, Any] | None:
        """One line on our field; None when it has none."""
        spelled = plain_name(name)
        values = value if isinstance(value, list) else [value]
        special = self.source.when.get(spelled, {})
        hits = [special.get(str(one).lower()) for one in values]
        if any(hits):
            return self.special(where, [one for one in hits if one], len(hits), modifiers)
        target = self.source.fields.get(spelled)
        columns: list[str] = target if isinstance(target, list) else [str(target)]
        if target is None or not set(columns) <= set(self.view.columns):
            sentence = _("ibpmon does not collect '{field}' of this log").format(field=name)
            self.problems.at(self.given, where, sentence + meant(spelled, self.source.fields))
            return None
        self.used |= set(columns)
        if isinstance(target, list) and not (TEXT_MODIFIERS | {"exists"}) & set(modifiers):
            modifiers = ["contains", *modifiers]  # a part of the text, as it is of the whole JSON
        changed = [self.word(columns[0], one) for one in values]
        return "|".join([",".join(columns), *modifiers]), changed if isinstance(value, list) else changed[0]

    def special(
        self, where: Where, hits: list[Mapping[str, Any]], count: int, modifiers: list[str]
    ) -> tuple[str, Any] | None:
        """A line of which the values are those of another field."""
        keys = {one["column"] for one in hits}
        if len(keys) > 1 or len(hits) < count or modifiers:
            self.problems.at(self.given, where, _("these values stand in several fields; give a detection for each"))
            return None
        key = keys.pop()
        self.used.add(key.split("|")[0])
        found = [one["value"] for one in hits]
        return key, found if len(found) > 1 else found[0]

    def word(self, column: str, value: Any) -> Any:
        """A value as our field holds it."""
        if isinstance(value, str):
            value = self.source.words.get(column, {}).get(value.lower(), value)
        kind = self.view.columns[column]
        if kind == "int" and isinstance(value, str) and value.isdecimal():
            return int(value)
        if kind == "bool" and str(value).lower() in ("true", "false"):
            return str(value).lower()
        return str(value) if kind == "text" and isinstance(value, int) else value


def plain_name(name: str) -> str:
    """A field as it is looked up: Azure Monitor, the portal and the Event Hub differ in capitals and a prefix."""
    small = name.lower().removeprefix("properties.")
    return small.replace("_", "").replace(" ", "")
