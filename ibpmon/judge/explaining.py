"""What a rule rests on: the sources that it reads, with the fields, permissions and licences that it needs of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ibpmon.collect.connectors import Connector
from ibpmon.judge.correlate import read_fields, trees
from ibpmon.judge.rule import Rule
from ibpmon.judge.sigma import fields_of


@dataclass(frozen=True, slots=True)
class Reads:
    """What a rule takes from one source."""

    connector: str
    title: str
    fields: tuple[str, ...]
    permissions: tuple[str, ...]
    licence: str
    every: timedelta
    on: bool


def fields_read(rule: Rule) -> set[str]:
    """The fields of the view that a rule reads; `last_sync_days` is read from `last_sync`."""
    named = {*fields_of(rule.condition), *rule.line_fields, rule.subject, rule.object}
    named |= set(fields_of(rule.unknown)) if rule.unknown else set()
    named |= {name for tree in rule.levels.values() for name in fields_of(tree)}
    named |= {name for one in rule.searches for name in fields_of(one.condition)}
    named |= {name for tree in trees(rule) for _search, name in read_fields(tree)} if rule.correlation else set()
    return named | {name.removesuffix("_days") for name in named}


def explain(rule: Rule, every: Mapping[str, Connector], on: Sequence[str]) -> tuple[Reads, ...]:
    """What the rule takes from each of its sources; `every` holds all connectors, `on` names those that are read."""
    named = fields_read(rule)
    return tuple(
        Reads(
            connector=name,
            title=every[name].title,
            fields=tuple(field.name for field in every[name].fields if field.name in named),
            permissions=tuple(every[name].permissions),
            licence=every[name].requires,
            every=rhythm,
            on=name in on,
        )
        for name, rhythm in {**rule.needs, **rule.if_on}.items()
    )
