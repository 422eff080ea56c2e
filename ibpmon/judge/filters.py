"""Sigma filters: a file that narrows rules that are there, so that a board need not copy a rule to leave something out.

A filter is put into the detection of each rule that it names, as one more condition. Where that could not work it is
refused: a filter that is passed over in silence leaves open what was meant to be closed, or the other way round.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ibpmon.judge.checking import moment_of
from ibpmon.judge.detection import check_detection
from ibpmon.judge.files import RuleFile, service_of
from ibpmon.judge.reading import Document
from ibpmon.judge.sigma import fields_of, parse_condition
from ibpmon.language import _, meant
from ibpmon.store.view import View

KEYS = frozenset(
    (
        "title", "id", "name", "related", "status", "description", "references", "author", "date", "modified", "tags",
        "license", "logsource", "filter",
    )
)  # fmt: skip
WORDS = frozenset({"not", "and", "or", "all", "any", "of", "1", "them"})  # of a condition; no names


@dataclass(frozen=True, slots=True)
class Target:
    """One document of a rule file, under a name by which a filter may mean it."""

    file: RuleFile
    number: int

    @property
    def document(self) -> Document:
        """The document as it is now."""
        return self.file.documents[self.number]


def apply_filters(files: Sequence[RuleFile], kinds: Mapping[str, View]) -> None:
    """Put every filter into the rules that it names; what cannot be becomes a problem of the filter's file."""
    rules = [file for file in files if not file.filters]
    for number, file in enumerate(file for file in files if file.filters):
        if fields := checked(file, kinds):
            for target in targets_of(file, rules):
                if fits(file, target, fields, kinds):
                    narrow(target, file, f"_filter{number}_")


def checked(file: RuleFile, kinds: Mapping[str, View]) -> set[str]:
    """The fields that a filter reads; none when something is wrong with it."""
    document, problems = file.documents[0], file.problems
    if len(file.documents) > 1:
        problems.at(file.documents[1], (), _("give a filter a file of its own"))
        return set()
    for key in document.value:
        if key not in KEYS:
            problems.at(document, (key,), _("ibpmon does not know this key") + meant(key, KEYS))
    if not isinstance(document.value.get("title"), str):
        problems.at(document, ("title",), _("this key is missing"))
    source, service = document.value.get("logsource"), service_of(document)
    if not isinstance(source, dict) or set(source) != {"product", "service"} or source["product"] != "ibpmon":
        problems.at(document, ("logsource",), _("write {{product: ibpmon, service: ...}}").format())
    elif service not in kinds:
        unknown = _("there is no view '{name}'").format(name=service) + meant(service, kinds)
        problems.at(document, ("logsource", "service"), unknown)
    else:
        check_detection(document, kinds[service].columns, problems, "filter")
    return set() if problems.found else fields_read(file)


def fields_read(file: RuleFile) -> set[str]:
    """The fields of the filter's condition, which pySigma must be able to read."""
    document = file.documents[0]
    body = {name: part for name, part in document.value["filter"].items() if name != "rules"}
    condition, alone = body.get("condition"), Document({"detection": body}, document.lines)
    tree = parse_condition(alone, str(condition), ("filter", "condition"), file.problems)
    return set(fields_of(tree)) if tree else set()


# ---- what a filter is about


def targets_of(file: RuleFile, rules: Sequence[RuleFile]) -> Iterator[Target]:
    """The documents that a filter names."""
    document = file.documents[0]
    named = document.value["filter"].get("rules")
    searches = [one for rule in rules for one in searches_of(rule)]
    if named in ("any", []):
        alike = [one for one in searches if service_of(one.document) == service_of(document)]
        if not alike:
            file.problems.at(document, ("logsource",), _("no rule looks at this view"))
        yield from alike
        return
    known = {word: one for one in searches for word in words_of(one)}
    for reference in named if isinstance(named, list) else [named]:
        if isinstance(reference, str) and reference in known:
            yield known[reference]
        else:
            file.problems.at(document, ("filter", "rules"), wrong_name(reference, rules, known))


def searches_of(file: RuleFile) -> Iterator[Target]:
    """The documents of a rule file that search."""
    for number, document in enumerate(file.documents):
        if isinstance(document.value, dict) and isinstance(document.value.get("detection"), dict):
            yield Target(file, number)


def words_of(target: Target) -> list[str]:
    """What a filter may call a document: its name or its id, and the file when there is nothing else in it."""
    words = [value for key in ("name", "id") if isinstance(value := target.document.value.get(key), str)]
    return [*words, target.file.path.stem] if len(target.file.documents) == 1 else words


def wrong_name(reference: Any, rules: Sequence[RuleFile], known: Mapping[str, Target]) -> str:
    """Why a filter cannot be about this."""
    if not isinstance(reference, str):
        return _("name rules by their file, name or id, or write: any")
    for rule in rules:
        others = [one.value for one in rule.documents if isinstance(one.value, dict) and "correlation" in one.value]
        if others and reference in (rule.path.stem, *(one.get(key) for one in others for key in ("name", "id"))):
            names = ", ".join(words_of(one)[0] for one in searches_of(rule) if words_of(one))
            return _("a filter on a correlation would do nothing; name what it counts: {names}").format(names=names)
    return _("there is no rule '{name}'").format(name=reference) + meant(reference, known)


def fits(file: RuleFile, target: Target, fields: set[str], kinds: Mapping[str, View]) -> bool:
    """Whether a filter can narrow this rule: it looks at the same view, and at nothing that the rule does not need."""
    document, service = file.documents[0], service_of(file.documents[0])
    name, view = target.file.path.stem, kinds[service]
    if service_of(target.document) != service:
        other = _("'{rule}' looks at another view: {view}").format(rule=name, view=service_of(target.document))
        file.problems.at(document, ("filter", "rules"), other)
        return False
    block = target.file.documents[-1].value.get("ibpmon")
    needs = block.get("needs") if isinstance(block, dict) else None
    reads = {view.joined[one] for one in map(moment_of, fields) if one in view.joined}
    if lacking := sorted(reads - set(map(str, needs if isinstance(needs, list) else []))):
        sentence = _("'{rule}' does not need {names}, so a filter on it cannot look there")
        file.problems.at(document, ("filter",), sentence.format(rule=name, names=", ".join(lacking)))
        return False
    return True


# ---- putting it in


def narrow(target: Target, file: RuleFile, prefix: str) -> None:
    """Make the filter a part of the rule's own condition, and of the one for what is not known."""
    value, detection = target.document.value, file.documents[0].value["filter"]
    condition = renamed(detection["condition"], prefix)
    body = {prefix + name: part for name, part in detection.items() if name not in ("condition", "rules")}
    own = value["detection"]
    narrowed = {**value, "detection": {**own, **body, "condition": f"({own.get('condition')}) and ({condition})"}}
    block = value.get("ibpmon")
    if isinstance(block, dict) and isinstance(block.get("unknown"), str) and block["unknown"]:
        narrowed["ibpmon"] = {**block, "unknown": f"({block['unknown']}) and ({condition})"}
    target.file.documents[target.number] = replace(target.document, value=narrowed)
    target.file.content += file.content


def renamed(condition: str, prefix: str) -> str:
    """The filter's condition with its own names told apart from those of the rule."""

    def name(found: re.Match[str]) -> str:
        word = found[0]
        return f"{prefix}*" if word == "them" else word if word in WORDS else prefix + word

    return re.sub(r"[A-Za-z0-9_*-]+", name, condition)
