"""Puts the board's numbers in a rule: the plain number stands in the Sigma text, the board's takes its place."""

from collections.abc import Mapping, Sequence
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
    search = deepcopy(sheet.search.value)
    head = search if sheet.head is sheet.search else deepcopy(sheet.head.value)
    thresholds = {}
    for name, bound in bounds.items():
        value = value_of(name, bound, chosen, problems)
        thresholds[name] = Threshold(value, bound.default, bound.min, bound.max)
        for at in bound.at:
            if not any(put(document, at.split("."), bound.default, value) for document in (search, head)):
                where: Where = ("ibpmon", "thresholds", name)
                missing = _("{at} does not hold the number {n}").format(at=at, n=bound.default)
                problems.at(sheet.head, where, missing)
    for name in set(chosen) - set(bounds):
        wrong_choice(name, _("there is no such threshold") + meant(name, bounds), problems)
    first = Document(search, sheet.search.lines)
    return Sheet(first, first if head is search else Document(head, sheet.head.lines)), thresholds


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
