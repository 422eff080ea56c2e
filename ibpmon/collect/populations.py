"""What kind of account each one is, by all signs that there are: the board's own word, names, groups, licences, lists.

The first line of the configuration that fits decides. The signs of staff and pupils are looked for in all lines and
on both lists: an account that has both is told, for then one of the two is wrong.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from ibpmon.collect.matching import folded
from ibpmon.config import PopulationRule
from ibpmon.language import N_, _

Line = Mapping[str, Any]
NOTHING: frozenset[str] = frozenset()
BOTH = ("staff", "pupil")  # of which an account can only be one
# The kinds of reasons, as they are stored, with what a person reads.
REASONS: Mapping[str, str] = {
    "name": N_("the name {name}"),
    "domain": N_("the domain {name}"),
    "group": N_("the group {name}"),
    "licence": N_("the licence {name}"),
    "staff list": N_("the staff list"),
    "pupil list": N_("the pupil list"),
    "own list": N_("the board's own list: {name}"),
    "user type": N_("being a guest"),
    "fits nowhere": N_("no line of the configuration fits"),
    "employee number": N_("the employee number"),
    "object id": N_("the object id"),
    "user name": N_("the user name"),
    "office": N_("the office of the account"),
}
# What a stored reason speaks of, with how a person reads it.
LABELS: Mapping[str, str] = {
    "population": N_("kind: {why}"),
    "person": N_("person: {why}"),
    "school": N_("school: {why}"),
    "conflict": N_("signs of both: {why}"),
}


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of accounts beside their own line."""

    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)  # account -> groups that hold it, however deep
    licences: Mapping[str, str] = field(default_factory=dict)  # id of a licence -> its name
    overrides: Mapping[str, Line] = field(default_factory=dict)  # user name -> the board's own word
    staff: frozenset[str] = NOTHING  # accounts of people on the staff list
    pupils: frozenset[str] = NOTHING


def population_of(row: Line, rules: Sequence[PopulationRule], signs: Signs | None = None) -> tuple[str, str]:
    """The population and why: the board's own word, then a guest, then the first line that fits."""
    known = signs or Signs()
    if said := known.overrides.get(folded(row["upn"])):
        return said["population"], f"own list {said['reason'] or '-'}"
    if folded(row["user_type"]) == "guest":
        return "guest", "user type"
    for rule in rules:
        if why := next(reasons(row, rule, known), ""):
            return rule.population, why
    return "unknown", "fits nowhere"


def reasons(row: Line, rule: PopulationRule, signs: Signs) -> Iterator[str]:
    """Why this line fits an account; nothing when it does not."""
    local, _at, domain = folded(row["upn"]).rpartition("@")
    account = row.get("account_id", "")  # a line of a log may know no more than a name
    if name := first_match(local, rule.names):
        yield f"name {name}"
    if domain and domain in map(folded, rule.domains):
        yield f"domain {domain}"
    yield from first_of("group", signs.groups.get(account, NOTHING), rule.groups)
    yield from first_of("licence", licences_of(row, signs), rule.licences)
    for name, accounts, why in (("staff", signs.staff, "staff list"), ("pupils", signs.pupils, "pupil list")):
        if name in rule.lists and account in accounts:
            yield why


def first_of(kind: str, names: Iterable[str], patterns: Sequence[str]) -> Iterator[str]:
    """The first of these names, in order, that fits a pattern."""
    if patterns:
        yield from (f"{kind} {name}" for name in sorted(names) if first_match(folded(name), patterns))


def licences_of(row: Line, signs: Signs) -> list[str]:
    """The names of the licences that an account has; its id where the board has no such licence any more."""
    given = row.get("licences") or []
    return [signs.licences.get(one["skuId"], one["skuId"]) for one in given if isinstance(one, dict) and "skuId" in one]


def conflict_of(row: Line, population: str, rules: Sequence[PopulationRule], signs: Signs) -> str:
    """What speaks for staff and what for pupil, when both do; nothing where the board itself decided."""
    if population not in (*BOTH, "unknown") or folded(row["upn"]) in signs.overrides:
        return ""
    found = {kind: sign_of(row, kind, rules, signs) for kind in BOTH}
    if not all(found.values()):
        return ""
    return _("staff by {staff}, pupil by {pupil}").format(staff=told(found["staff"]), pupil=told(found["pupil"]))


def sign_of(row: Line, population: str, rules: Sequence[PopulationRule], signs: Signs) -> str:
    """The first sign that an account is staff, or a pupil."""
    mine = (why for rule in rules if rule.population == population for why in reasons(row, rule, signs))
    lists = {"staff": signs.staff, "pupil": signs.pupils}
    return next(mine, f"{population} list" if row["account_id"] in lists[population] else "")


def told(why: str) -> str:
    """A reason as a person reads it."""
    kind = next((kind for kind in REASONS if why.startswith(kind)), "")
    return _(REASONS[kind]).format(name=why.removeprefix(kind).strip()) if kind else why


def told_reasons(reason: str) -> str:
    """All that is stored as the reason of a place, as a person reads it."""
    parts: list[str] = []
    for part in reason.split("; "):
        label, _colon, why = part.partition(": ")
        if label in LABELS:
            parts.append(_(LABELS[label]).format(why=told(why)))
        elif parts:
            parts[-1] += f"; {part}"  # the board's own words may hold a semicolon
    return "; ".join(parts)


# ---- what the signs are made of


def groups_of(groups: Iterable[Line], edges: Iterable[Line], patterns: Sequence[str]) -> dict[str, frozenset[str]]:
    """For each account the groups with such a name that hold it, directly or through groups in groups."""
    named = {row["group_id"]: row["name"] or "" for row in groups if first_match(folded(row["name"]), patterns)}
    if not named:
        return {}
    inside: defaultdict[str, list[str]] = defaultdict(list)
    for edge in edges:
        inside[edge["group_id"]].append(edge["member_id"])
    found: defaultdict[str, set[str]] = defaultdict(set)
    for group, name in named.items():
        for member in all_inside(group, inside):
            found[member].add(name)
    return {member: frozenset(names) for member, names in found.items()}


def all_inside(group: str, inside: Mapping[str, Sequence[str]]) -> set[str]:
    """Everything in a group, however deep; a circle of groups ends by itself."""
    seen, ahead = set[str](), [group]
    while ahead:
        for member in inside.get(ahead.pop(), ()):
            if member not in seen:
                seen.add(member)
                ahead.append(member)
    return seen


def in_force(overrides: Iterable[Line], today: date) -> dict[str, Line]:
    """The board's own word by user name, without what has ended; its last day still counts."""
    return {
        folded(row["upn"]): row
        for row in overrides
        if row["population"] and (not row["until"] or row["until"] >= today.isoformat())
    }


def licence_names(licences: Iterable[Line]) -> dict[str, str]:
    """The name of each licence, by the id that accounts carry: behind that of the tenant."""
    return {str(row["sku_id"]).rpartition("_")[2]: row["name"] or "" for row in licences}


def first_match(name: str, patterns: Iterable[str]) -> str:
    """The first pattern that fits a (folded) name, or nothing. Only * is special, so [ and ? mean themselves."""
    for pattern in patterns:
        if fnmatchcase(name, folded(pattern).replace("[", "[[]").replace("?", "[?]")):
            return pattern
    return ""
