"""Makes a record that a rule must find, from its own conditions and what Microsoft writes: proof that it can match."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from itertools import islice, product
from typing import Any

from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionNOT
from sigma.types import (
    CompareOperators,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaNull,
    SigmaNumber,
    SigmaString,
    SpecialChars,
)

from ibpmon.language import _, meant
from ibpmon.store.view import Columns

MOST = 2_000  # ways in which a condition may hold that are looked at
Leaf = tuple[Any, bool]  # a comparison, and whether it must hold


@dataclass(slots=True)
class Facts:
    """What Microsoft writes: all values of a field, or how a whole value looks."""

    columns: Columns
    known: Mapping[str, list[str]]
    like: Mapping[str, str]
    reasons: dict[str, None] = field(default_factory=dict)


def ways(tree: Any, wanted: bool = True) -> Iterator[tuple[Leaf, ...]]:
    """The comparisons that together make a condition hold, one way after the other."""
    if isinstance(tree, ConditionFieldEqualsValueExpression):
        yield ((tree, wanted),)
    elif isinstance(tree, ConditionNOT):
        yield from ways(tree.args[0], not wanted)
    elif isinstance(tree, ConditionAND) == wanted:
        for parts in product(*(list(islice(ways(part, wanted), MOST)) for part in tree.args)):
            yield tuple(leaf for part in parts for leaf in part)
    else:
        for part in tree.args:
            yield from ways(part, wanted)


def records(tree: Any, facts: Facts) -> Iterator[dict[str, Any]]:
    """Records that may make a condition hold; whoever uses them lets the engine say so."""
    for way in islice(ways(tree), MOST):
        record = record_of(way, facts)
        if record is not None:
            yield record


def record_of(way: tuple[Leaf, ...], facts: Facts) -> dict[str, Any] | None:
    """A record for one way; None when Microsoft never writes such a thing."""
    wanted: dict[str, list[Any]] = {}
    for leaf, holds in way:
        if holds:
            wanted.setdefault(leaf.field.split(",")[0], []).append(leaf.value)
        elif isinstance(leaf.value, SigmaNull):
            wanted.setdefault(leaf.field.split(",")[0], []).append(SigmaExists(True))
    found = {name: sample(name, values, facts) for name, values in wanted.items()}
    return None if any(values is IMPOSSIBLE for values in found.values()) else found


IMPOSSIBLE = object()


def sample(name: str, values: list[Any], facts: Facts) -> Any:
    """A value of one field that all these comparisons may hold for."""
    values = [one.values[0] if isinstance(one, SigmaExpansion) and one.values else one for one in values]
    if any(isinstance(one, SigmaNull) for one in values):
        return None
    texts = [one for one in values if isinstance(one, SigmaString)]
    if texts and facts.columns[name] in ("text", "day"):
        return text_sample(name, texts, facts)
    made = simple(values[0], name, facts)
    if name in facts.like and made is not None and not re.fullmatch(facts.like[name], str(made)):
        return impossible(name, str(made), facts)
    return made


def simple(value: Any, name: str, facts: Facts) -> Any:
    """A value for one comparison that is no text."""
    kind = facts.columns[name]
    if isinstance(value, SigmaExists):
        first = facts.known.get(name, ["x"])[0]
        return {"int": 10_000, "bool": True, "list": ["x"]}.get(kind, first) if value.exists else None
    if isinstance(value, SigmaCIDRExpression):
        return str(ip_network(value.cidr)[0])
    if isinstance(value, SigmaCompareExpression):
        return compared(value, name, facts)
    if isinstance(value, SigmaNumber):
        return value.number
    text = "".join(part if isinstance(part, str) else "" for part in getattr(value, "s", ()))
    return text.lower() == "true" if kind == "bool" else [text] if kind == "list" else text


def compared(value: SigmaCompareExpression, name: str, facts: Facts) -> int:
    """A number on the right side of another one, in the form that Microsoft gives it."""
    number = int(value.number.number)
    made = {CompareOperators.GT: number + 1, CompareOperators.LT: number - 1}.get(value.op, number)
    rises = value.op in (CompareOperators.GT, CompareOperators.GTE)
    return 10_000 if rises and name in facts.like and made < 10_000 else made


def text_sample(name: str, values: list[SigmaString], facts: Facts) -> Any:
    """A text that all these patterns fit: one of those that Microsoft writes, where these are known."""
    if name in facts.known:
        fitting = [one for one in facts.known[name] if all(fits(value, one) for value in values)]
        return fitting[0] if fitting else impossible(name, readable(values[0]), facts)
    whole = [one for one in values if not one.contains_special()]
    made = readable(whole[0]) if whole else between(values)
    if whole and name in facts.like and not re.fullmatch(facts.like[name], made):
        return impossible(name, made, facts)
    return made


def between(values: list[SigmaString]) -> str:
    """A text made of what each pattern asks for."""
    first = [one for one in values if not isinstance(one.s[0], SpecialChars)]
    last = [one for one in values if not isinstance(one.s[-1], SpecialChars) and one not in first]
    middle = [one for one in values if one not in first and one not in last]
    return " ".join(map(readable, [*first, *middle, *last]))


def readable(value: SigmaString) -> str:
    """A text with something in the places of its signs."""
    signs = {SpecialChars.WILDCARD_SINGLE: "x"}
    return "".join(signs.get(one, "") if isinstance(one, SpecialChars) else str(one) for one in value.s)


def fits(value: SigmaString, text: str) -> bool:
    """Whether a text is what a pattern says, capitals aside."""
    signs = {SpecialChars.WILDCARD_MULTI: ".*", SpecialChars.WILDCARD_SINGLE: "."}
    pattern = "".join(signs[one] if isinstance(one, SpecialChars) else re.escape(str(one)) for one in value.s)
    return re.fullmatch(pattern, text, re.IGNORECASE | re.DOTALL) is not None


def impossible(name: str, text: str, facts: Facts) -> Any:
    """Says why no record can be made."""
    sentence = _("Microsoft never writes '{text}' in {field}").format(text=text, field=name)
    facts.reasons[sentence + meant(text, facts.known.get(name, ()))] = None
    return IMPOSSIBLE
