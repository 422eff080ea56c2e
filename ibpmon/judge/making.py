"""Makes one rule of one file: its documents as Sigma, its block, and the board's thresholds, checked together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

from pydantic import ValidationError
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

from ibpmon.config import Config, sentence
from ibpmon.judge.block import Adopted, Block
from ibpmon.judge.checking import check_block, check_head, check_needs
from ibpmon.judge.counting import OPERATORS, Counted, counted
from ibpmon.judge.detection import check_detection
from ibpmon.judge.files import RuleFile
from ibpmon.judge.reading import Document, Sheet, Where, sheet_of, words
from ibpmon.judge.rule import COUNTS, LEVELS, Correlation, Rule, Search, Threshold
from ibpmon.judge.sigma import Tree, fields_of, parse_condition
from ibpmon.judge.thresholds import Chosen, with_thresholds
from ibpmon.language import _, meant
from ibpmon.store.view import View


class Maker:
    """Makes one rule of one file, and gathers what is wrong with it."""

    def __init__(
        self, file: RuleFile, config: Config, kinds: Mapping[str, View], every: Mapping[str, timedelta]
    ) -> None:
        self.file, self.path, self.problems = file, file.path, file.problems
        self.config, self.kinds, self.every = config, kinds, every
        self.chosen: Chosen = dict(config.thresholds.get(file.path.stem, {}))

    def rule(self) -> Rule | None:
        """The rule; None when there are problems."""
        content = self.file.content
        sheet = sheet_of(self.file.documents, self.problems)
        if sheet is None:
            return None
        block, seen = self.block(sheet), [self.view(one) for one in sheet.searches]
        check_head(sheet, self.problems)
        view = seen[sheet.searches.index(sheet.search)]
        if block is None or view is None or None in seen:
            return None
        for document, one in zip(sheet.searches, seen, strict=True):
            check_detection(document, one.columns if one else {}, self.problems)
        check_block(sheet.head, block, view, self.every, self.problems, [one for one in seen if one])
        sheet, thresholds = with_thresholds(sheet, block.thresholds, self.chosen, self.problems)
        return self.parsed(sheet, block, view, thresholds, content)

    def block(self, sheet: Sheet) -> Block | None:
        """The block `ibpmon:`, with values of the right kind."""
        try:
            kind = Adopted if self.file.public else Block
            return kind.model_validate(sheet.head.value.get("ibpmon", {}))
        except ValidationError as errors:
            for error in errors.errors(include_input=False, include_url=False):
                where: Where = ("ibpmon", *error["loc"])
                self.problems.at(sheet.head, where, sentence(dict(error)))
        return None

    def view(self, document: Document) -> View | None:
        """The view that the log source names."""
        source = document.value.get("logsource")
        if not isinstance(source, dict) or source.get("product") != "ibpmon" or set(source) != {"product", "service"}:
            self.problems.at(document, ("logsource",), _("write {{product: ibpmon, service: ...}}").format())
            return None
        service = str(source["service"])
        if service not in self.kinds:
            known = _("there is no view '{name}'").format(name=service) + meant(service, self.kinds)
            self.problems.at(document, ("logsource", "service"), known)
        return self.kinds.get(service)

    def parsed(
        self, sheet: Sheet, block: Block, view: View, thresholds: Mapping[str, Threshold], content: bytes
    ) -> Rule | None:
        """The rule, when all is well."""
        if self.problems.found:
            return None
        searches = [self.search(one) for one in sheet.searches]
        whole = [one for one in searches if one]
        how = counted(sheet, whole, block, self.problems) if len(whole) == len(searches) else Counted()
        unknown = self.unknown(sheet, block, view)
        levels, peaks = self.levels(sheet, block), self.peaks(sheet, how.main)
        main = next((one for one in whole if one.name == name_of(sheet.search)), None)
        # a level that cannot be told leaves the rule at its own, so what decides it need not be read
        self.needs(sheet, block, whole, fields_of(unknown))
        meta = self.sigma(sheet)
        if self.problems.found or meta is None or main is None:
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
            if_on={need: self.every[need] for need in block.if_on},
            service=view.name,
            columns=view.columns,
            time=view.time,
            subject=block.subject,
            object=block.object,
            term=block.term,
            message=block.message,
            remind=block.remind,
            thresholds=thresholds,
            tests=block.tests,
            condition=main.condition,
            unknown=unknown,
            levels=levels,
            rises=how.rises,
            correlation=how.main,
            peaks=peaks,
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
        meta: SigmaRule | SigmaCorrelationRule | None = None
        for document in (*sheet.searches, *sheet.correlations):
            kind = SigmaRule if "detection" in document.value else SigmaCorrelationRule
            try:
                meta = kind.from_dict(sigma_only(document.value), collect_errors=True)
            except (SigmaError, TypeError, AttributeError, ValueError) as error:
                self.problems.at(document, (), str(error))
                return None
            for found in meta.errors:
                self.problems.at(document, (), str(found))
        return meta

    def search(self, document: Document) -> Search | None:
        """What one document looks for."""
        where: Where = ("detection", "condition")
        tree = parse_condition(document, document.value["detection"]["condition"], where, self.problems)
        view = self.kinds[document.value["logsource"]["service"]]
        return Search(name_of(document), view.name, view.columns, view.time, tree) if tree else None

    def needs(self, sheet: Sheet, block: Block, searches: Sequence[Search], fields: Iterable[str]) -> None:
        """What decides the rule stands in `needs`: also for `fields` of what it tells of."""
        for one in searches:
            mine = list(fields_of(one.condition))
            mine += fields if one.name == name_of(sheet.search) else ()
            check_needs(sheet.head, block, self.kinds[one.service], mine, self.problems)

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
        correlations = {word for one in sheet.correlations for word in words(one)}
        for level in sorted(block.levels, key=LEVELS.index, reverse=True):
            where: Where = ("ibpmon", "levels", level)
            if block.levels[level] in correlations:
                continue  # it rises by what goes with it: see `counting`
            tree = parse_condition(sheet.search, block.levels[level], where, self.problems)
            if tree is not None:
                found[level] = tree
        return found

    def peaks(self, sheet: Sheet, how: Correlation | None) -> dict[str, int]:
        """How much a window must hold for an episode to weigh something else, the heaviest first."""
        chosen: dict[str, int] = sheet.head.value["ibpmon"].get("levels_from", {})
        if chosen and (how is None or how.kind not in COUNTS):
            where: Where = ("ibpmon", "levels_from")
            self.problems.at(sheet.head, where, _("only events can be counted in time"))
        return {level: chosen[level] for level in sorted(chosen, key=LEVELS.index, reverse=True)}


def name_of(document: Document) -> str:
    """What a search is called in its file."""
    return next(iter(words(document)), "")


def sigma_only(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without what pySigma does not know: our block, and a second bound of a correlation."""
    body = {key: value for key, value in document.items() if key != "ibpmon"}
    condition = body.get("correlation", {}).get("condition")
    if isinstance(condition, dict) and len(OPERATORS & set(condition)) > 1:
        one = min(OPERATORS & set(condition))
        condition = {name: value for name, value in condition.items() if name in (one, "field")}
        body["correlation"] = body["correlation"] | {"condition": condition}
    return body
