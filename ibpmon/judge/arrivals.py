"""What arrived since the rules last looked: one pass over the new events of a view, for all its rules together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add, itemgetter
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, literal, or_, select
from sqlmodel import Session

from ibpmon.judge import correlate, watermark
from ibpmon.judge.rule import Rule, Search
from ibpmon.judge.sigma import compile_condition, excludes, fields_of
from ibpmon.store.database import Store
from ibpmon.store.view import View

AT_ONCE = 40  # conditions in one statement
MOST_HITS = 20_000  # of a rule; with more it goes through all events by itself

Looked = tuple[Rule, Search]
Touch = tuple[Any, ...]  # a key, and the moment


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Key and time of what each rule looks for, from where it had looked until here."""

    until: watermark.Marks
    seen: Mapping[str, watermark.Marks]
    found: Mapping[tuple[str, str], list[Touch]] = field(default_factory=dict)

    def of(self, rule: Rule, search: Search, seen: watermark.Marks) -> list[Touch] | None:
        """The hits of one search of a rule; None when they were not looked for from here."""
        fits = self.seen.get(rule.key, {}) == seen
        return self.found.get((rule.key, search.name)) if fits else None


def is_plain(rule: Rule) -> bool:
    """Whether each event speaks for itself, so that a first look need not see all of them together."""
    tree = rule.correlation
    if tree is None or tree.kind != "event_count" or tree.least > 1 or tree.most is not None or rule.rises:
        return False
    return len(tree.of) == 1 and isinstance(tree.of[0], Search)


def arrivals(session: Session, store: Store, rules: Sequence[Rule], kinds: Mapping[str, View]) -> Arrivals:
    """What the rules have not seen yet; for one that never looked only when each event speaks for itself."""
    judged = [rule for rule in rules if rule.time and kinds.keys() >= rule.services]
    services = sorted({service for rule in judged for service in rule.services})
    until = {service: watermark.arrived(session, store, kinds[service]) for service in services}
    seen = watermark.seen_by(session, store, judged)
    found: dict[tuple[str, str], list[Touch]] = {}
    for (service, after), looked in together(judged, seen).items():
        for start in range(0, len(looked), AT_ONCE):
            some = looked[start : start + AT_ONCE]
            found |= sweep(session, some, kinds[service], after, until[service])
    return Arrivals(until, seen, found)


def together(rules: Iterable[Rule], seen: Mapping[str, watermark.Marks]) -> Mapping[tuple[str, int], list[Looked]]:
    """Which searches look at one view from one place on."""
    groups = defaultdict[tuple[str, int], list[Looked]](list)
    for rule in rules:
        known = seen[rule.key]
        for search in rule.searches:
            if search.service in known or is_plain(rule):
                groups[search.service, known.get(search.service, 0)].append((rule, search))
    return groups


def sweep(
    session: Session, looked: Sequence[Looked], view: View, after: int, until: int
) -> dict[tuple[str, str], list[Touch]]:
    """One pass over these events: the hits of each search, by rule and search."""
    found: dict[tuple[str, str], list[Touch]] = {(rule.key, search.name): [] for rule, search in looked}
    if not after and session.get_bind().dialect.name == "sqlite":
        view = view.as_a_whole()
    query, fields = one_pass(looked, view, after, until)
    touches = [
        itemgetter(*(fields.index(name) for name in correlate.key_of(rule, search)), len(fields))
        for rule, search in looked
    ]
    lists = [found[rule.key, search.name] for rule, search in looked]
    takers: dict[int, list[tuple[list[Touch], Any]]] = {}  # by what hits
    for row in session.execute(query, execution_options={"yield_per": correlate.ROWS_AT_ONCE}):
        hit = row[-1]
        if hit not in takers:
            takers[hit] = [pair for n, pair in enumerate(zip(lists, touches, strict=True)) if hit >> n & 1]
        for own, touch in takers[hit]:
            own.append(touch(row))
    return found


def one_pass(looked: Sequence[Looked], view: View, after: int, until: int) -> tuple[Select[Any], list[str]]:
    """The events that any of these looks for, with all their keys, their time, and a bit for each that hits."""
    keys = {name for rule, search in looked for name in correlate.key_of(rule, search)}
    view = view.only(keys.union(*(fields_of(search.condition) for _rule, search in looked)))
    rows = view.selectable
    fields = sorted(keys)
    hits = [compile_condition(search.condition, rows, search.columns) for _rule, search in looked]
    bits = [case((hit, literal(1 << n, BigInteger)), else_=literal(0, BigInteger)) for n, hit in enumerate(hits)]
    columns = [rows.c[name].label(f"k{n}") for n, name in enumerate(fields)]
    columns += [correlate.moment_of(view).label("moment")]
    columns.append(reduce(add, bits).label("hit"))
    arrived = and_(rows.c.seq > after, rows.c.seq <= until) if after else rows.c.seq <= until
    return select(*columns).where(arrived, any_of(looked, hits, view)), fields


def any_of(looked: Sequence[Looked], hits: Sequence[ColumnElement[bool]], view: View) -> ColumnElement[bool]:
    """Whether one of these hits; those that the usual value excludes are asked together, for the few that lack it."""
    rest, parts = list(zip(looked, hits, strict=True)), list[ColumnElement[bool]]()
    for name, usual in view.usual.items():
        rare = [hit for (_rule, search), hit in rest if excludes(search.condition, name, usual)]
        rest = [(one, hit) for one, hit in rest if not excludes(one[1].condition, name, usual)]
        if rare:
            parts.append(and_(view.selectable.c[name] != usual, or_(*rare)))
    return or_(*parts, *(hit for _one, hit in rest))
