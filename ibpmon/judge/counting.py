"""The correlations of a rule file, checked and tied together: what counts what, by which key, within which span."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from ibpmon.judge.block import Block, seconds
from ibpmon.judge.reading import Document, Problems, Sheet, Where, words
from ibpmon.judge.rule import COUNTS, Correlation, Search
from ibpmon.language import _, meant

KEYS = frozenset({"type", "rules", "group-by", "timespan", "condition", "aliases"})
KINDS = (*COUNTS, "temporal", "temporal_ordered")
OPERATORS = frozenset({"gte", "gt", "lte", "lt", "eq"})
MOST_PARTS = 20
ONE_DAY = timedelta(hours=24)

Fields = dict[str, str]  # search -> its field


def single(search: Search, by: tuple[str, ...]) -> Correlation:
    """A rule that counts nothing takes what happens within a day together."""
    return Correlation(search.name, "event_count", (search,), by, ONE_DAY, {search.name: by})


@dataclass(frozen=True, slots=True)
class Counted:
    """How a rule counts; nothing for a rule on state. `rises` makes an episode weigh more."""

    main: Correlation | None = None
    rises: Mapping[str, Correlation] = field(default_factory=dict)


def counted(sheet: Sheet, searches: Sequence[Search], block: Block, problems: Problems) -> Counted:
    """How the rule counts, checked; empty when it has a problem."""
    by = tuple(name for name in (block.subject, block.object) if name)
    if sheet.head is sheet.search:
        return Counted(single(searches[0], by)) if searches[0].time else Counted()
    names = [word for one in (*sheet.searches, *sheet.correlations) for word in words(one)]
    if len(set(names)) < len(names):
        problems.at(sheet.head, (), _("two rules in this file have one name"))
    if not all(one.time for one in searches):
        problems.at(sheet.head, ("correlation",), _("only events can be counted in time"))
    if problems.found:
        return Counted()
    counter = Counter(sheet, by_name(sheet, searches), problems)
    main = counter.by_subject(sheet.head, by)
    rises = {
        level: counter.by_subject(one, by)
        for level, name in sorted(block.levels.items())
        for one in sheet.correlations
        if name in words(one)
    }
    for document in counter.unused():
        problems.at(document, ("name",), _("nothing in this file names this rule"))
    return Counted(main, {level: one for level, one in rises.items() if one})


def by_name(sheet: Sheet, searches: Sequence[Search]) -> dict[str, Search]:
    """The searches by all that they may be called."""
    return {word: one for document, one in zip(sheet.searches, searches, strict=True) for word in words(document)}


@dataclass(slots=True)
class Counter:
    """Ties the correlations of one file together; `used` are the documents that something names."""

    sheet: Sheet
    searches: Mapping[str, Search]  # by every name that a document has
    problems: Problems
    used: set[int] = field(default_factory=set)
    busy: list[int] = field(default_factory=list)

    def by_subject(self, document: Document, by: tuple[str, ...]) -> Correlation | None:
        """One correlation by the subject (and the object) of the rule, in that order."""
        tree = self.tree(document)
        if tree is None:
            return None
        if sorted(tree.by) != sorted(by):
            sentence = _("group by the subject (and the object): {names}").format(names=", ".join(by))
            self.problems.at(document, ("correlation", "group-by"), sentence)
            return None
        keys = {name: tuple(fields[tree.by.index(one)] for one in by) for name, fields in tree.keys.items()}
        return replace(tree, by=by, keys=keys)

    def tree(self, document: Document) -> Correlation | None:
        """One correlation with all that is under it; None when it has a problem."""
        self.used.add(id(document))
        body = document.value["correlation"]
        if not check(document, body, self.problems):
            return None
        self.busy.append(id(document))
        parts = [self.part(document, name) for name in listed(body["rules"])]
        self.busy.pop()
        if None in parts:
            return None
        return self.tied(document, body, [part for part in parts if part is not None])

    def part(self, document: Document, name: str) -> Search | Correlation | None:
        """What a correlation names: a search or another correlation of this file."""
        if name in self.searches:
            self.used.add(id(next(one for one in self.sheet.searches if name in words(one))))
            return self.searches[name]
        found = next((one for one in self.sheet.correlations if name in words(one)), None)
        where: Where = ("correlation", "rules")
        if found is None or id(found) in self.busy:
            known = [word for one in (*self.sheet.searches, *self.sheet.correlations) for word in words(one)]
            self.problems.at(document, where, _("name a rule in this file") + meant(name, known))
            return None
        tree = self.tree(found)
        if tree is not None and tree.absent:
            self.problems.at(document, where, _("that nothing happened cannot be counted"))
            return None
        return tree

    def tied(
        self, document: Document, body: Mapping[str, Any], parts: Sequence[Search | Correlation]
    ) -> Correlation | None:
        """A correlation over these parts; None when a field of its key is not there."""
        by = tuple(body.get("group-by", ()))
        aliases = body.get("aliases", {})
        keys = [self.fields(document, ("correlation", "group-by"), name, aliases, parts) for name in by]
        condition = body.get("condition", {})
        distinct = condition.get("field", "")
        where: Where = ("correlation", "condition")
        counted = self.fields(document, where, distinct, aliases, parts) if distinct else {}
        if None in keys or counted is None:
            return None
        under = list(dict.fromkeys(name for part in parts for name in names_under(part)))
        least, most = bounds(condition)
        return Correlation(
            name=document.value.get("name", "") or document.value.get("id", ""),
            kind=body["type"],
            of=tuple(parts),
            by=by,
            span=seconds(body["timespan"]),  # type: ignore[arg-type]  # a timedelta
            keys={name: tuple(one[name] for one in keys if one) for name in under},
            least=least,
            most=most,
            distinct=distinct,
            counted=counted,
        )

    def fields(
        self, document: Document, where: Where, name: str, aliases: Mapping[str, Any], parts: Sequence[Any]
    ) -> Fields | None:
        """The field that a name stands for in each search under these parts; None when one has no such field."""
        found: Fields = {}
        for part in parts:
            own = aliases.get(name, {}).get(part.name, name)
            if isinstance(part, Search) and own not in part.columns:
                sentence = _("there is no field '{field}' here").format(field=own) + meant(own, part.columns)
                self.problems.at(document, where, f"{part.name}: {sentence}")
                return None
            if isinstance(part, Correlation) and own not in part.by:
                self.problems.at(document, where, _("'{rule}' does not group by this").format(rule=part.name))
                return None
            found |= {part.name: own} if isinstance(part, Search) else through(part, own)
        return found

    def unused(self) -> Iterator[Document]:
        """The documents that nothing names."""
        return (one for one in (*self.sheet.searches, *self.sheet.correlations) if id(one) not in self.used)


def through(part: Correlation, name: str) -> Fields:
    """The field in each search under a correlation that its key has under this name."""
    place = part.by.index(name)
    return {search: fields[place] for search, fields in part.keys.items()}


def names_under(part: Search | Correlation) -> tuple[str, ...]:
    """The searches under a part, itself included."""
    return (part.name,) if isinstance(part, Search) else tuple(part.keys)


def listed(value: Any) -> list[str]:
    """One name or a list of names, as a list."""
    return [value] if isinstance(value, str) else value


def bounds(condition: Mapping[str, Any]) -> tuple[int, int | None]:
    """The least and the most that a condition allows."""
    least = [condition[name] + more for name, more in (("gte", 0), ("gt", 1), ("eq", 0)) if name in condition]
    most = [condition[name] - fewer for name, fewer in (("lte", 0), ("lt", 1), ("eq", 0)) if name in condition]
    return max([1, *least]), min(most, default=None)


# ---- the keys of one correlation


def check(document: Document, body: Any, problems: Problems) -> bool:
    """Whether every key of a correlation is one that we carry out."""
    wrong = [(key, wanted) for key, fits, wanted in checks(body if isinstance(body, dict) else {}) if not fits]
    for key, wanted in wrong:
        problems.at(document, ("correlation", key), wanted)
    return not wrong


def checks(body: Mapping[str, Any]) -> Iterator[tuple[str, bool, str]]:
    """Each key of a correlation, whether it fits, and what it should be."""
    extra = sorted(map(str, set(body) - KEYS))
    yield "".join(extra[:1]), not extra, _("ibpmon does not know this key") + "".join(meant(one, KEYS) for one in extra)
    kind, rules = body.get("type"), body.get("rules")
    yield "type", kind in KINDS, _("choose one of: {choices}").format(choices=", ".join(KINDS))
    yield "rules", is_names(listed(rules)), _("name a rule in this file")
    yield "rules", kind not in KINDS[2:] or (isinstance(rules, list) and len(rules) > 1), _("give at least two rules")
    grouped = body.get("group-by", [])
    yield "group-by", not grouped or is_names(grouped), _("give a list of fields")
    yield "timespan", is_span(body.get("timespan")), _("write a span of time as 15m, 24h or 7d")
    yield "aliases", is_aliases(body.get("aliases", {}), rules), _("write alias: {{rule: field}}").format()
    yield from condition_checks(body.get("condition", {}), kind)


def condition_checks(condition: Any, kind: Any) -> Iterator[tuple[str, bool, str]]:
    """How many of what: whole numbers, and for different values the field."""
    if kind not in COUNTS:
        yield "condition", condition == {}, _("rules that come together have no condition")
        return
    condition = condition if isinstance(condition, dict) else {}
    bounded = {name: condition[name] for name in OPERATORS & set(condition)}
    whole = all(isinstance(one, int) and not isinstance(one, bool) for one in bounded.values())
    field_fits = isinstance(condition.get("field"), str) if kind == "value_count" else "field" not in condition
    fits = bool(bounded) and whole and field_fits and not set(condition) - OPERATORS - {"field"}
    yield "condition", fits, _("give gte with a whole number, and for value_count the field")
    yield "condition", not fits or in_order(bounded), _("no number fits this")


def in_order(bounded: Mapping[str, int]) -> bool:
    """Whether some number lies between the bounds; that nothing happens is asked by `eq: 0`, `lte: 0` or `lt: 1`."""
    least, most = bounds(bounded)
    low = {"gte", "gt"} & set(bounded)
    if most == 0:
        return not low
    return (most is None or least <= most) and bounded.get("gte", 1) >= 1 and bounded.get("gt", 0) >= 0


def is_names(value: Any) -> bool:
    """A list of different words."""
    fits = isinstance(value, list) and 0 < len(value) <= MOST_PARTS and all(isinstance(one, str) for one in value)
    return fits and len(set(value)) == len(value)


def is_aliases(value: Any, rules: Any) -> bool:
    """For each alias the field that it is in some of the rules."""
    if not isinstance(value, dict):
        return False
    known = listed(rules) if isinstance(rules, str | list) else []
    return all(
        isinstance(of, dict) and all(rule in known and isinstance(name, str) for rule, name in of.items())
        for of in value.values()
    )


def is_span(value: Any) -> bool:
    """A span of time that is not nothing."""
    try:
        return seconds(value) > timedelta()  # type: ignore[operator]  # a timedelta
    except (ValueError, IndexError):
        return False
