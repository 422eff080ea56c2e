"""What differs between two versions of the autorisatiematrix: per process, so that its owner sees what he approves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ibpmon.language import N_
from ibpmon.review.matrix import Content, Rule, fits_any

Kind = Literal["added", "removed", "changed"]
Facts = Mapping[str, Any]
KIND_WORDS = {"added": N_("added"), "removed": N_("removed"), "changed": N_("changed")}
PART_WORDS = {"process": N_("process"), "role": N_("role"), "rule": N_("rule")}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs; `processes` are the keys of those that it is about, none when it is about all."""

    kind: Kind
    part: Literal["process", "role", "rule"]
    name: str
    before: str
    after: str
    processes: tuple[str, ...] = ()


def changes(old: Content | None, new: Content) -> list[Change]:
    """All that differs, processes first; everything is new when there is no older one."""
    was = old or new.model_copy(update={"processes": (), "roles": (), "rules": ()})
    return [*process_changes(was, new), *role_changes(was, new), *rule_changes(was, new)]


def process_changes(old: Content, new: Content) -> Iterator[Change]:
    """Processes by their key."""
    was, now = ({one.key: facts(one.model_dump(exclude={"key"})) for one in some.processes} for some in (old, new))
    for key, kind in differing(was, now):
        yield Change(kind, "process", key, was.get(key, ""), now.get(key, ""), (key,))


def role_changes(old: Content, new: Content) -> Iterator[Change]:
    """Roles by their key: how somebody is recognised is of every process."""
    was, now = ({one.key: facts(one.model_dump(exclude={"key"})) for one in some.roles} for some in (old, new))
    for key, kind in differing(was, now):
        yield Change(kind, "role", key, was.get(key, ""), now.get(key, ""))


def rule_changes(old: Content, new: Content) -> Iterator[Change]:
    """The highest right of a role on a place, at the own school only or everywhere."""
    was, now = rights(old), rights(new)
    for spot, kind in differing(was, now):
        role, place, own = spot
        name = f"{role}: {place}" + (" (same_school)" if own else "")
        about = tuple(dict.fromkeys([*processes_of(old, place), *processes_of(new, place)]))
        yield Change(kind, "rule", name, was.get(spot, ""), now.get(spot, ""), about)


def differing(was: Mapping[Any, str], now: Mapping[Any, str]) -> Iterator[tuple[Any, Kind]]:
    """The keys that are not the same on both sides, in the order in which they stand."""
    for key in dict.fromkeys([*was, *now]):
        if was.get(key) != now.get(key):
            yield key, "added" if key not in was else "removed" if key not in now else "changed"


def facts(values: Facts) -> str:
    """What is said of something, in one line; nothing empty."""
    said = {name: ", ".join(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return "; ".join(f"{name} = {value}" for name, value in said.items() if value)


def rights(content: Content) -> dict[tuple[str, str, bool], str]:
    """Each right by role, place and school, one line for each place of a rule."""
    found: dict[tuple[str, str, bool], list[str]] = {}
    for rule in content.rules:
        for spot in spots(rule):
            found.setdefault(spot, []).append(rule.right)
    return {spot: ", ".join(sorted(set(some))) for spot, some in found.items()}


def spots(rule: Rule) -> list[tuple[str, str, bool]]:
    """What a rule is about, place by place."""
    return [(rule.role, place, rule.same_school) for place in rule.resources]


def processes_of(content: Content, place: str) -> list[str]:
    """The processes that a place of a rule belongs to."""
    return [one.key for one in content.processes if place in one.resources or fits_any(one.resources, place)]
