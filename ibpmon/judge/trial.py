"""Runs the tests inside rule files: each record goes through the real, compiled rule in a table in memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, MetaData, Table, create_engine, delete, event, insert, select
from sqlalchemy.pool import StaticPool
from sqlmodel import Session

from ibpmon.judge.absence import quiet
from ibpmon.judge.block import Trial
from ibpmon.judge.correlate import Kinds, counting, find_episodes
from ibpmon.judge.evaluate import is_absence
from ibpmon.judge.rule import LEVELS, Rule
from ibpmon.judge.sigma import Tree, compile_condition
from ibpmon.judge.weighing import rank_of
from ibpmon.store.collected import TYPES, FieldType
from ibpmon.store.matching import teach
from ibpmon.store.view import LOG, Columns, View

START = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)  # when the events of a test begin
Outcome = str | int


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What one test expected and what it got."""

    rule: str
    name: str
    expected: Outcome
    got: Outcome

    @property
    def passed(self) -> bool:
        """Whether these are the same."""
        return self.expected == self.got


def run_tests(rules: Sequence[Rule]) -> list[TrialResult]:
    """The result of every test of these rules."""
    # A database of its own, never the store: nothing here is real.
    engine = create_engine("sqlite://", poolclass=StaticPool)
    event.listen(engine, "connect", teach)
    try:
        with Session(engine) as session:
            return [result for rule in rules for result in run_rule(session, rule)]
    finally:
        engine.dispose()


def run_rule(session: Session, rule: Rule) -> Iterator[TrialResult]:
    """The tests of one rule, each with empty tables."""
    kinds = table_views(rule)
    tables: list[Any] = [view.selectable for view in kinds.values()]
    for table in tables:
        table.create(session.connection())
    for trial in rule.tests:
        for table in tables:
            session.execute(delete(table))
        rows = list(records(rule, trial))
        for service, view in kinds.items():
            if own := [row for of, row in rows if of == service]:
                session.execute(insert(view.selectable), own)  # type: ignore[arg-type]  # a table
        got, level = outcome(session, rule, kinds, trial)
        weighed = (with_level(trial.expect, trial.level), with_level(got, level if trial.level else None))
        yield TrialResult(rule.key, trial.name, *weighed)
    for table in tables:
        table.drop(session.connection())


def table_views(rule: Rule) -> dict[str, View]:
    """Tables that look like the views of the rule."""
    found = {rule.service: table_view(rule.service, rule.columns, rule.time)}
    return found | {one.service: table_view(one.service, one.columns, one.time) for one in rule.searches}


def table_view(service: str, fields: Columns, time: str | None) -> View:
    """A table that looks like a view."""
    columns = [Column(name, TYPES[kind]) for name, kind in fields.items()]
    table = Table(f"trial_{service}", MetaData(), *columns, Column("seq", BigInteger))
    return View(service, table, fields, time, frozenset(), {}, {})


def records(rule: Rule, trial: Trial) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a test with their view; a field that it does not name is absent."""
    if trial.record is not None:
        yield rule.service, row_of(rule.service, rule.columns, rule.time, trial.record, START)
    layouts = {rule.service: (rule.columns, rule.time)}
    layouts |= {one.service: (one.columns, one.time) for one in rule.searches}
    for one in trial.records:
        service = one.service or rule.service
        for number in range(one.repeat):
            changed = {name: values[number % len(values)] for name, values in one.cycle.items()}
            at = START + one.offset + number * one.every
            yield service, row_of(service, *layouts[service], one.record | changed, at)


def row_of(service: str, columns: Columns, time: str | None, record: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """A record as a row: every column, times as times, true and false also when written as text."""
    row: dict[str, Any] = dict.fromkeys(columns) | {"seq": 0} | ({LOG: service} if time else {})
    if time:
        row[time] = at
    return row | {name: value_of(columns[name], value) for name, value in record.items()}


def value_of(kind: FieldType, value: Any) -> Any:
    """A value of a record as its column takes it."""
    if kind == "time" and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value == "true" if kind == "bool" and isinstance(value, str) else value


def with_level(found: Outcome, level: str | None) -> Outcome:
    """What was found and, where a test looks at that, how much it weighs."""
    return found if level is None else f"{found} ({level})"


def outcome(session: Session, rule: Rule, kinds: Kinds, trial: Trial) -> tuple[Outcome, str | None]:
    """What the rule makes of the rows, and the level: a number of episodes where the test asks for one."""
    ranks = list(found_ranks(session, rule, kinds))
    if ranks:
        return len(ranks) if isinstance(trial.expect, int) else "hit", LEVELS[max(ranks)]
    if isinstance(trial.expect, int):
        return 0, None
    return "unknown" if rule.unknown is not None and holds(
        session, rule, kinds[rule.service], rule.unknown
    ) else "miss", None


def found_ranks(session: Session, rule: Rule, kinds: Kinds) -> Iterator[int]:
    """How much each episode, or each row of a rule on state, weighs."""
    if is_absence(rule):
        until = START + 2 * counting(rule).span  # what happened in the first half happened before
        yield from (LEVELS.index(rule.level) for _one in quiet(session, rule, kinds, until))
        return
    if rule.time:
        yield from (episode.rank for episode in find_episodes(session, rule, kinds, None))
        return
    view = kinds[rule.service]
    wanted = compile_condition(rule.condition, view.selectable, rule.columns)
    yield from session.scalars(select(rank_of(rule, view.selectable)).where(wanted))


def holds(session: Session, rule: Rule, view: View, tree: Tree) -> bool:
    """Whether a condition holds for a row."""
    wanted = compile_condition(tree, view.selectable, rule.columns)
    return session.execute(select(view.selectable).where(wanted)).first() is not None
