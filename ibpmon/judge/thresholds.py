"""Puts the board's numbers in a rule: the plain number stands in the Sigma text, the board's takes its place."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from ibpmon.judge.block import Bounds
from ibpmon.judge.reading import Document, Problems, Sheet, Where, dig
from ibpmon.judge.rule import Threshold
from ibpmon.language import _, meant

Chosen = Mapping[str, int]


def with_thresholds(
    sheet: Sheet, bounds: Mapping[str, Bounds], chosen: Chosen, problems: Problems
) -> tuple[Sheet, dict[str, Threshold]]:
    """The documents with the board's numbers in them, and the thresholds."""
    fresh = {id(one): Document(deepcopy(one.value), one.lines) for one in (*sheet.searches, *sheet.correlations)}
    thresholds = {}
    for name, bound in bounds.items():
        value = value_of(name, bound, chosen, problems)
        thresholds[name] = Threshold(value, bound.default, bound.min, bound.max)
        for at in bound.at:
            if not any(put(*place, bound.default, value) for place in places(fresh.values(), at)):
                where: Where = ("ibpmon", "thresholds", name)
                missing = _("{at} does not hold the number {n}").format(at=at, n=bound.default)
                problems.at(sheet.head, where, missing)
    for name in set(chosen) - set(bounds):
        wrong_choice(name, _("there is no such threshold") + meant(name, bounds), problems)
    return sheet_with(sheet, fresh), thresholds


def sheet_with(sheet: Sheet, fresh: Mapping[int, Document]) -> Sheet:
    """The same sheet with other documents."""
    searches = tuple(fresh[id(one)] for one in sheet.searches)
    correlations = tuple(fresh[id(one)] for one in sheet.correlations)
    return Sheet(fresh[id(sheet.search)], fresh[id(sheet.head)], searches, correlations)


def places(documents: Iterable[Document], at: str) -> list[tuple[Any, list[str]]]:
    """The documents in which a path may lead somewhere; a path may begin with the name of its document."""
    path = at.split(".")
    named = [(one.value, path[1:]) for one in documents if len(path) > 1 and one.value.get("name") == path[0]]
    return named or [(one.value, path) for one in documents]


def value_of(name: str, bounds: Bounds, chosen: Chosen, problems: Problems) -> int:
    """The number that the board chose, within the bounds; else the default."""
    value = chosen.get(name, bounds.default)
    if bounds.min <= value <= bounds.max:
        return value
    wrong_choice(name, _("choose from {min} to {max}").format(min=bounds.min, max=bounds.max), problems)
    return bounds.default


def wrong_choice(name: str, sentence: str, problems: Problems) -> None:
    """A threshold in config.toml that does not fit."""
    problems.found.append(f"config.toml: thresholds.{problems.path.stem}.{name}: {sentence}")


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
