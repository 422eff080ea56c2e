"""Makes one rule of one file: its documents as Sigma, its block, and the board's thresholds, checked together."""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

from ibpmon.config import Config, sentence
from ibpmon.judge.block import Block, seconds
from ibpmon.judge.checking import check_block, check_correlation, check_head, check_needs
from ibpmon.judge.reading import Problems, Sheet, Where, read_documents, sheet_of
from ibpmon.judge.rule import LEVELS, Correlation, Rule, Threshold
from ibpmon.judge.sigma import Tree, check_detection, fields_of, parse_condition
from ibpmon.judge.thresholds import Chosen, with_thresholds
from ibpmon.language import _, meant
from ibpmon.store.view import View

ONE_DAY = timedelta(hours=24)


class Maker:
    """Makes one rule of one file, and gathers what is wrong with it."""

    def __init__(self, path: Path, config: Config, kinds: Mapping[str, View], every: Mapping[str, timedelta]) -> None:
        self.path, self.config, self.kinds, self.every = path, config, kinds, every
        self.problems = Problems(path)
        self.chosen: Chosen = dict(config.thresholds.get(path.stem, {}))

    def rule(self) -> Rule | None:
        """The rule; None when there are problems."""
        content = self.path.read_bytes()
        sheet = sheet_of(read_documents(self.path, content, self.problems), self.problems)
        if sheet is None:
            return None
        block, view = self.block(sheet), self.view(sheet)
        check_head(sheet, self.problems)
        if block is None or view is None:
            return None
        check_detection(sheet.search, view.columns, self.problems)
        check_block(sheet.head, block, view, self.every, self.problems)
        sheet, thresholds = with_thresholds(sheet, block.thresholds, self.chosen, self.problems)
        return self.parsed(sheet, block, view, thresholds, content)

    def block(self, sheet: Sheet) -> Block | None:
        """The block `ibpmon:`, with values of the right kind."""
        try:
            return Block.model_validate(sheet.head.value.get("ibpmon", {}))
        except ValidationError as errors:
            for error in errors.errors(include_input=False, include_url=False):
                where: Where = ("ibpmon", *error["loc"])
                self.problems.at(sheet.head, where, sentence(dict(error)))
        return None

    def view(self, sheet: Sheet) -> View | None:
        """The view that the log source names."""
        source = sheet.search.value.get("logsource")
        if not isinstance(source, dict) or source.get("product") != "ibpmon" or set(source) != {"product", "service"}:
            self.problems.at(sheet.search, ("logsource",), _("write {{product: ibpmon, service: ...}}").format())
            return None
        service = str(source["service"])
        if service not in self.kinds:
            known = _("there is no view '{name}'").format(name=service) + meant(service, self.kinds)
            self.problems.at(sheet.search, ("logsource", "service"), known)
        return self.kinds.get(service)

    def parsed(
        self, sheet: Sheet, block: Block, view: View, thresholds: Mapping[str, Threshold], content: bytes
    ) -> Rule | None:
        """The rule, when all is well."""
        if self.problems.found:
            return None
        correlation = self.correlation(sheet, block, view)
        condition = self.condition(sheet)
        unknown = self.unknown(sheet, block, view)
        levels = self.levels(sheet, block)
        trees = (condition, unknown, *levels.values())
        check_needs(sheet.head, block, view, [name for tree in trees for name in fields_of(tree)], self.problems)
        meta = self.sigma(sheet)
        if self.problems.found or condition is None or meta is None:
            return None
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
            levels=levels,
            correlation=correlation,
            networks=tuple(address for school in self.config.schools for address in school.addresses),
            hash=self.hash(content),
        )

    def hash(self, content: bytes) -> str:
        """What changes when the file changes, or a threshold that the board chose."""
        chosen = "".join(f"{name}={value};" for name, value in sorted(self.chosen.items()))
        return sha256(content + chosen.encode()).hexdigest()

    # ---- the parts of Sigma

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

    def condition(self, sheet: Sheet) -> Tree | None:
        """The condition for what is found."""
        where: Where = ("detection", "condition")
        return parse_condition(sheet.search, sheet.search.value["detection"]["condition"], where, self.problems)

    def unknown(self, sheet: Sheet, block: Block, view: View) -> Tree | None:
        """The condition for records that the data leaves open."""
        if not block.unknown:
            return None
        where: Where = ("ibpmon", "unknown")
        if view.time:
            self.problems.at(sheet.head, where, _("events that are not there cannot be counted"))
            return None
        return parse_condition(sheet.search, block.unknown, where, self.problems)

    def levels(self, sheet: Sheet, block: Block) -> dict[str, Tree]:
        """The conditions under which a finding weighs something else, the heaviest first."""
        found: dict[str, Tree] = {}
        for level in sorted(block.levels, key=LEVELS.index, reverse=True):
            where: Where = ("ibpmon", "levels", level)
            tree = parse_condition(sheet.search, block.levels[level], where, self.problems)
            if tree is not None:
                found[level] = tree
        return found

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
        if not check_correlation(sheet, body if isinstance(body, dict) else {}, by, view, self.problems):
            return None
        counted = body["condition"]
        return Correlation(by, seconds(body["timespan"]), counted["gte"], str(counted.get("field", "")))  # type: ignore[arg-type]  # a timedelta


def sigma_only(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without our block."""
    return {key: value for key, value in document.items() if key != "ibpmon"}
