"""Rule files to checked, frozen rules: Sigma for what is searched, and one block of ours for what is done with it."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from string import Formatter
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Config, sentence
from ibpmon.content import content_files
from ibpmon.errors import ConfigError, ContentError
from ibpmon.judge.block import Block, Bounds, Message, Trial, seconds
from ibpmon.judge.reading import Document, Problems, Where, dig, read_documents
from ibpmon.judge.sigma import Item, Tree, check_detection, meant, parse_condition, wrong_value
from ibpmon.language import N_, _
from ibpmon.store.views import Columns, View, check_network, layout

LEVELS = ("informational", "low", "medium", "high", "critical")
HEAD = frozenset(
    (
        "title", "id", "name", "related", "status", "description", "references", "author", "date", "modified", "tags",
        "fields", "falsepositives", "license", "scope", "level", "logsource", "detection", "correlation", "ibpmon",
    )
)  # fmt: skip
OF_EPISODE = frozenset({"count", "window_start", "window_end"})  # an event rule's line may name these too
ONE_DAY = timedelta(hours=24)


# ---- a rule, checked


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number of a rule: what it is now, and between which bounds a board may set it."""

    value: int
    default: int
    min: int
    max: int


@dataclass(frozen=True, slots=True)
class Correlation:
    """How many events (or different values of a field) of one key within one span make an episode."""

    by: tuple[str, ...]
    span: timedelta
    least: int
    distinct: str = ""  # value_count: the field whose values are counted


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, ready to be applied."""

    key: str
    title: str
    description: str
    level: str
    norms: tuple[str, ...]
    catalogue: str
    owner: str
    tags: tuple[str, ...]
    references: tuple[str, ...]
    falsepositives: tuple[str, ...]
    needs: Mapping[str, timedelta]  # connector -> how often it is read
    service: str  # the view that it looks at
    columns: Columns
    time: str | None  # the time of an event; None for a rule on state
    subject: str
    object: str
    message: Message
    remind: timedelta
    thresholds: Mapping[str, Threshold]
    tests: tuple[Trial, ...]
    condition: Tree
    unknown: Tree | None
    correlation: Correlation | None
    networks: tuple[str, ...]  # the addresses of the schools, for at_school
    hash: str  # of the file, and of the thresholds that the board set

    @property
    def line_fields(self) -> tuple[str, ...]:
        """The fields that the line of the message names: all that a finding keeps of a record."""
        return tuple(placeholders(self.message.line))


# ---- the story: files to rules


def load_rules(config: Config) -> list[Rule]:
    """The rules that are on, with the board's thresholds; raises an error that names every problem at once.

    A rule on a connector that is switched off is a good rule: it cannot be judged, and its outcome says so.
    """
    paths = list(content_files("rules", ".yml", config.content.folder))
    check_settings(config, [path.stem for path in paths])
    connectors = load_connectors(config.content.model_copy(update={"connectors_off": ()}))
    kinds = layout(connector.dataset for connector in connectors.values())
    every = {name: one.every for name, one in connectors.items()} | config.schedule.every
    makers = [Maker(path, config, kinds, every) for path in paths]
    rules = [maker.rule() for maker in makers]
    found = [problem for maker in makers for problem in maker.problems.found]
    if found:
        raise unusable(found)
    return [rule for rule in rules if rule and rule.key not in config.content.rules_off]


def unusable(found: Sequence[str]) -> ContentError:
    """All problems of all rule files in one error."""
    return ContentError(
        N_("the rule files have {count} problem(s)"),
        why="{problems}",
        fix=N_("correct these lines; the shipped rules show how each key is used"),
        count=len(found),
        problems="\n".join(found),
    )


def check_settings(config: Config, keys: Sequence[str]) -> None:
    """What config.toml says about rules is about rules that are there."""
    known = frozenset(keys)
    named = [("content.rules_off", key) for key in config.content.rules_off]
    named += [("thresholds", key) for key in config.thresholds]
    wrong = [
        f"config.toml: {where}: '{key}': " + _("there is no such rule") + meant(key, known)
        for where, key in named
        if key not in known
    ]
    wrong += [
        f"config.toml: schools: '{address}': " + _("this is no address or network that ibpmon can use")
        for school in config.schools
        for address in school.addresses
        if not check_network(address)
    ]
    if wrong:
        raise wrong_settings(wrong)


def wrong_settings(wrong: Sequence[str]) -> ConfigError:
    """All that config.toml says wrong about rules in one error."""
    return ConfigError(
        N_("config.toml has {count} problem(s) with rules"),
        why="{problems}",
        fix=N_("'ibpmon rules list' shows the rules with their thresholds and bounds"),
        count=len(wrong),
        problems="\n".join(wrong),
    )


@dataclass(frozen=True, slots=True)
class Sheet:
    """The documents of one file: the one that searches, and the one that counts (the same without correlation)."""

    search: Document
    head: Document


class Maker:
    """Makes one rule of one file, and gathers what is wrong with it."""

    def __init__(self, path: Path, config: Config, kinds: Mapping[str, View], every: Mapping[str, timedelta]) -> None:
        self.path, self.config, self.kinds, self.every = path, config, kinds, every
        self.problems = Problems(path)
        self.chosen = dict(config.thresholds.get(path.stem, {}))

    def rule(self) -> Rule | None:
        """The rule; None when there are problems."""
        content = self.path.read_bytes()
        sheet = self.sheet(read_documents(self.path, content, self.problems))
        if sheet is None:
            return None
        block, view = self.block(sheet.head), self.view(sheet.search)
        self.check_head(sheet)
        if block is None or view is None:
            return None
        check_detection(sheet.search, view.columns, self.problems)
        self.check_block(sheet.head, block, view)
        sheet, thresholds = self.with_thresholds(sheet, block)
        return self.parsed(sheet, block, view, thresholds, content)

    def sheet(self, documents: Sequence[Document]) -> Sheet | None:
        """One document, or two of which the second correlates the first."""
        if not documents:
            if not self.problems.found:
                self.problems.add(1, _("the file is empty"))
            return None
        for number, document in enumerate(documents):
            wanted = "correlation" if number else "detection"
            if number > 1 or not isinstance(document.value, dict) or wanted not in document.value:
                self.problems.at(document, (), _("give one rule, or a rule and then its correlation"))
                return None
        return Sheet(documents[0], documents[-1])

    def check_head(self, sheet: Sheet) -> None:
        """The keys of Sigma: only known ones, and those that we print."""
        for document in {id(one): one for one in (sheet.search, sheet.head)}.values():
            for key in document.value:
                if key not in HEAD:
                    self.problems.at(document, (key,), _("ibpmon does not know this key") + meant(key, HEAD))
        for key in ("title", "id", "description", "level"):
            if not isinstance(sheet.head.value.get(key), str):
                self.problems.at(sheet.head, (key,), _("this key is missing"))
        level = sheet.head.value.get("level")
        if level not in LEVELS:
            self.problems.at(sheet.head, ("level",), _("choose one of: {choices}").format(choices=", ".join(LEVELS)))
        if not is_uuid(sheet.head.value.get("id")):
            self.problems.at(sheet.head, ("id",), _("give a UUID of its own"))

    def block(self, head: Document) -> Block | None:
        """The block `ibpmon:`, checked."""
        try:
            return Block.model_validate(head.value.get("ibpmon", {}))
        except ValidationError as errors:
            for error in errors.errors(include_input=False, include_url=False):
                where: Where = ("ibpmon", *error["loc"])
                self.problems.at(head, where, sentence(dict(error)))
        return None

    def view(self, search: Document) -> View | None:
        """The view that the log source names."""
        source = search.value.get("logsource")
        if not isinstance(source, dict) or source.get("product") != "ibpmon" or set(source) != {"product", "service"}:
            self.problems.at(search, ("logsource",), _("write {{product: ibpmon, service: ...}}").format())
            return None
        service = str(source["service"])
        if service not in self.kinds:
            known = _("there is no view '{name}'").format(name=service) + meant(service, self.kinds)
            self.problems.at(search, ("logsource", "service"), known)
        return self.kinds.get(service)

    # ---- the block against the view

    def check_block(self, head: Document, block: Block, view: View) -> None:
        """Everything that the block names is there."""
        for need in block.needs:
            if need not in self.every:
                sentence = _("there is no connector '{name}'").format(name=need) + meant(need, self.every)
                self.problems.at(head, ("ibpmon", "needs"), sentence)
        for key, name in (("subject", block.subject), ("object", block.object)):
            if name and name not in view.columns:
                self.unknown_field(head, ("ibpmon", key), name, view.columns)
            elif name and view.columns[name] != "text":
                self.problems.at(head, ("ibpmon", key), _("a finding is about a field that holds text"))
        self.check_message(head, block, view)
        self.check_tests(head, block, view)

    def unknown_field(self, document: Document, where: Where, name: str, known: Mapping[str, Any]) -> None:
        """A field that the view does not have."""
        unknown = _("there is no field '{field}' here").format(field=name)
        self.problems.at(document, where, unknown + meant(name, known))

    def check_message(self, head: Document, block: Block, view: View) -> None:
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
                        self.unknown_field(head, where, name, names)
            except ValueError:
                self.problems.at(head, where, _("only plain names stand between {{ and }}").format())

    def check_tests(self, head: Document, block: Block, view: View) -> None:
        """A rule proves that it hits and that it leaves alone; its records hold fields of the view."""
        expected = [trial.expect for trial in block.tests]
        if not any(one not in ("miss", "unknown", 0) for one in expected) or not {"miss", 0} & set(expected):
            self.problems.at(head, ("ibpmon", "tests"), _("give at least one test that hits and one that misses"))
        for number, trial in enumerate(block.tests):
            for name, value in recorded(trial):
                where: Where = ("ibpmon", "tests", number)
                if name not in view.columns:
                    self.unknown_field(head, where, name, view.columns)
                elif value is not None and (wrong := wrong_record(name, view, value)):
                    self.problems.at(head, where, f"{name}: {wrong}")

    # ---- thresholds: the plain number stands in the Sigma text, the board's number takes its place

    def with_thresholds(self, sheet: Sheet, block: Block) -> tuple[Sheet, dict[str, Threshold]]:
        """The documents with the board's numbers in them, and the thresholds."""
        search = deepcopy(sheet.search.value)
        head = search if sheet.head is sheet.search else deepcopy(sheet.head.value)
        thresholds = {}
        for name, bounds in block.thresholds.items():
            value = self.value_of(name, bounds)
            thresholds[name] = Threshold(value, bounds.default, bounds.min, bounds.max)
            for at in bounds.at:
                if not any(put(document, at.split("."), bounds.default, value) for document in (search, head)):
                    where: Where = ("ibpmon", "thresholds", name)
                    missing = _("{at} does not hold the number {n}").format(at=at, n=bounds.default)
                    self.problems.at(sheet.head, where, missing)
        for name in set(self.chosen) - set(block.thresholds):
            self.wrong_choice(name, _("there is no such threshold") + meant(name, block.thresholds))
        first = Document(search, sheet.search.lines)
        return Sheet(first, first if head is search else Document(head, sheet.head.lines)), thresholds

    def value_of(self, name: str, bounds: Bounds) -> int:
        """The number that the board chose, within the bounds; else the default."""
        value = self.chosen.get(name, bounds.default)
        if bounds.min <= value <= bounds.max:
            return value
        self.wrong_choice(name, _("choose from {min} to {max}").format(min=bounds.min, max=bounds.max))
        return bounds.default

    def wrong_choice(self, name: str, sentence: str) -> None:
        """A threshold in config.toml that does not fit."""
        self.problems.found.append(f"config.toml: thresholds.{self.path.stem}.{name}: {sentence}")

    # ---- Sigma

    def parsed(
        self, sheet: Sheet, block: Block, view: View, thresholds: Mapping[str, Threshold], content: bytes
    ) -> Rule | None:
        """The rule, when all is well."""
        if self.problems.found:
            return None
        correlation = self.correlation(sheet, block, view)
        condition = parse_condition(
            sheet.search, sheet.search.value["detection"]["condition"], ("detection", "condition"), self.problems
        )
        unknown = self.unknown(sheet, block, view)
        meta = self.sigma(sheet)
        if self.problems.found or condition is None or meta is None:
            return None
        chosen = "".join(f"{name}={value};" for name, value in sorted(self.chosen.items()))
        return Rule(
            key=self.path.stem,
            title=meta.title,
            description=meta.description or "",
            level=sheet.head.value["level"],
            norms=block.norms,
            catalogue=block.catalogue,
            owner=block.owner,
            tags=tuple(map(str, meta.tags)),
            references=tuple(meta.references),
            falsepositives=tuple(meta.falsepositives),
            needs={need: self.every[need] for need in block.needs},
            service=view.name,
            columns=view.columns,
            time=view.time,
            subject=block.subject,
            object=block.object,
            message=block.message,
            remind=block.remind,
            thresholds=thresholds,
            tests=block.tests,
            condition=condition,
            unknown=unknown,
            correlation=correlation,
            networks=tuple(address for school in self.config.schools for address in school.addresses),
            hash=sha256(content + chosen.encode()).hexdigest(),
        )

    def sigma(self, sheet: Sheet) -> SigmaRule | SigmaCorrelationRule | None:
        """The rule as pySigma reads it: its own checks count too."""
        try:
            search = SigmaRule.from_dict(sigma_only(sheet.search.value), collect_errors=True)
            errors = list(search.errors)
            meta: SigmaRule | SigmaCorrelationRule = search
            if sheet.head is not sheet.search:
                meta = SigmaCorrelationRule.from_dict(sigma_only(sheet.head.value), collect_errors=True)
                errors += meta.errors
        except (SigmaError, TypeError, AttributeError, ValueError) as error:
            self.problems.at(sheet.head, (), str(error))
            return None
        for found in errors:
            self.problems.at(sheet.head, (), str(found))
        return meta

    def unknown(self, sheet: Sheet, block: Block, view: View) -> Tree | None:
        """The condition for records that the data leaves open."""
        if not block.unknown:
            return None
        where: Where = ("ibpmon", "unknown")
        if view.time:
            self.problems.at(sheet.head, where, _("events that are not there cannot be counted"))
            return None
        return parse_condition(sheet.search, block.unknown, where, self.problems)

    def correlation(self, sheet: Sheet, block: Block, view: View) -> Correlation | None:
        """How events are counted; a rule that counts nothing takes what happens within a day together."""
        by = tuple(name for name in (block.subject, block.object) if name)
        if view.time is None:
            if sheet.head is not sheet.search:
                self.problems.at(sheet.head, ("correlation",), _("only events can be counted in time"))
            return None
        if sheet.head is sheet.search:
            return Correlation(by, ONE_DAY, 1)
        return self.counted(sheet, by, view)

    def counted(self, sheet: Sheet, by: tuple[str, ...], view: View) -> Correlation | None:
        """A correlation of the kinds event_count and value_count."""
        body = sheet.head.value["correlation"]
        before = len(self.problems.found)
        self.check_correlation(sheet, body if isinstance(body, dict) else {}, by, view)
        if len(self.problems.found) > before:
            return None
        counted = body["condition"]
        return Correlation(by, seconds(body["timespan"]), counted["gte"], str(counted.get("field", "")))  # type: ignore[arg-type]  # a timedelta

    def check_correlation(self, sheet: Sheet, body: Mapping[str, Any], by: tuple[str, ...], view: View) -> None:
        """Every key of the correlation is one that we carry out."""
        for key, fits, wanted in correlation_checks(body, sheet.search.value.get("name"), by, view):
            if not fits:
                self.problems.at(sheet.head, ("correlation", key), wanted)


# ---- small parts


def correlation_checks(
    body: Mapping[str, Any], name: Any, by: tuple[str, ...], view: View
) -> Iterator[tuple[str, bool, str]]:
    """Each key of a correlation, whether it fits, and what it should be."""
    kind, counted = body.get("type"), body.get("condition")
    counted = counted if isinstance(counted, dict) else {}
    extra = set(body) - {"type", "rules", "group-by", "timespan", "condition"}
    keys = {"gte", "field"} if kind == "value_count" else {"gte"}
    least = counted.get("gte")
    yield next(iter(sorted(extra)), ""), not extra, _("ibpmon does not know this key")
    yield (
        "type",
        kind in ("event_count", "value_count"),
        _("choose one of: {choices}").format(choices="event_count, value_count"),
    )
    yield "rules", isinstance(name, str) and body.get("rules") in (name, [name]), _("name the rule in this file")
    grouped = body.get("group-by")
    yield (
        "group-by",
        isinstance(grouped, list) and sorted(map(str, grouped)) == sorted(by),
        _("group by the subject (and the object): {names}").format(names=", ".join(by)),
    )
    yield "timespan", is_span(body.get("timespan")), _("write a span of time as 15m, 24h or 7d")
    fits = set(counted) == keys and isinstance(least, int) and not isinstance(least, bool) and least >= 1
    yield "condition", fits, _("give gte with a whole number, and for value_count the field")
    field = counted.get("field", "")
    yield (
        "condition",
        not field or field in view.columns,
        _("there is no field '{field}' here").format(field=field) + meant(str(field), view.columns),
    )


def is_span(value: Any) -> bool:
    """A span of time that is not nothing."""
    try:
        return seconds(value) > timedelta()  # type: ignore[operator]  # a timedelta
    except (ValueError, IndexError):
        return False


def is_uuid(value: Any) -> bool:
    """The text of a UUID."""
    try:
        return bool(UUID(value))
    except (ValueError, TypeError, AttributeError):
        return False


def placeholders(template: str) -> Iterator[str]:
    """The names between braces; ValueError for anything that is more than a name."""
    for _text, name, spec, conversion in Formatter().parse(template):
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise ValueError(name)
        yield name


def recorded(trial: Trial) -> Iterator[tuple[str, Any]]:
    """Every field with a value that a test puts in a record."""
    yield from (trial.record or {}).items()
    for one in trial.records:
        yield from one.record.items()
        yield from ((name, value) for name, values in one.cycle.items() for value in values)


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
    return wrong_value(Item(name, frozenset(), kind, value))


def put(document: Any, path: Sequence[str], default: int, value: int) -> bool:
    """Set the number at a path, when the default stands there; says whether it did."""
    try:
        holder = dig(document, path[:-1])
        found = dig(holder, path[-1:])
    except KeyError:
        return False
    if isinstance(found, bool) or found != default:
        return False
    holder[path[-1]] = value
    return True


def sigma_only(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without our block."""
    return {key: value for key, value in document.items() if key != "ibpmon"}
