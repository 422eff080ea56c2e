"""How both databases carry out what every rule on events asks: by what arrived, never by all there is."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlmodel import Session

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.judge import correlate
from ibpmon.judge.arrivals import one_pass
from ibpmon.judge.evaluate import is_absence
from ibpmon.judge.rule import Rule
from ibpmon.judge.rules import workshop
from ibpmon.store.collected import Dataset
from ibpmon.store.database import Store
from ibpmon.store.tables import DAY, micros
from ibpmon.store.views import views
from tests.conftest import MONDAY, OpenStore
from tests.judging import CONFIG, SHIPPED

RULES = [rule for rule in SHIPPED.values() if rule.time and not is_absence(rule)]
KINDS = workshop(CONFIG).kinds
STREAMS = {KINDS[name].stream for rule in RULES for name in rule.services}
BESIDE = {"accounts", "role-assignments", "group-members"}
EVERY = [one.dataset for one in load_connectors(Content(), every=True).values()]
DATASETS = [one for one in EVERY if one.name in STREAMS | BESIDE or one.into in STREAMS]
EVENTS = {one.table: one for one in DATASETS if one.name in STREAMS}
ROWS, NEW, KEYS = 30_000, 10, 12
MINUTE = 60_000_000  # in microseconds
ALL_OF_A_BOARD = r"Index Cond: \(\(?tenant_id = \d+\)( AND \(seq <= \d+\)\))?$"
Spans = list[tuple[tuple[str, ...], tuple[int, int]]]


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """A store with events of every kind; PostgreSQL plans by what is in it, SQLite does not look."""
    store = open_database(DATASETS)
    if store.engine.dialect.name == "postgresql":
        with store.engine.begin() as connection:
            for dataset in EVENTS.values():
                connection.execute(text(some_weeks(dataset, store.tenant)))
            connection.execute(text("ANALYZE " + ", ".join(EVENTS)))
    return store


def some_weeks(dataset: Dataset, tenant: int) -> str:
    """A statement that makes events: nearly all of them as usual, by three thousand people and addresses."""
    columns = {"tenant_id": str(tenant), "month": "202611", "seq": "n", "run_id": "1"}
    columns |= {one.name: "'v' || n % 3000" for one in dataset.fields if one.type == "text"}
    rare = [one for one in dataset.fields if one.usual is not None]
    columns |= {one.name: f"CASE WHEN n % 20 = 0 THEN 1 ELSE {one.usual} END" for one in rare}
    columns |= {
        dataset.keys[0]: "'e' || n",
        dataset.time: f"{micros(MONDAY)} - ({ROWS} - n) * CAST(60000000 AS bigint)",
    }
    names, values = ", ".join(columns), ", ".join(columns.values())
    return f"INSERT INTO {dataset.table} ({names}) SELECT {values} FROM generate_series(1, {ROWS}) n"  # noqa: S608


def asked(rule: Rule, kinds: correlate.Kinds) -> Iterator[Any]:
    """All that one rule asks of events when some arrived: which are new, and what lies around those."""
    read = correlate.read_by(rule, {name: kinds[name].arrived_by(ROWS) for name in rule.services})
    for search in rule.searches:
        yield one_pass([(rule, search)], kinds[search.service], ROWS - NEW, ROWS)[0]
        yield correlate.new_hits(rule, search, read[search.service], ROWS - NEW, ROWS)
        now = micros(MONDAY)
        spans: Spans = [(("v1",) * len(correlate.key_of(rule, search)), (now - DAY, now + n)) for n in range(KEYS)]
        touched = correlate.touched_keys(spans)
        yield correlate.candidates(rule, search, search, read, touched)
        query = correlate.keys_and_moments(rule, search, read[search.service])
        yield correlate.within(query, rule, search, read[search.service], touched)


def plan_of(session: Session, query: Any) -> list[str]:
    """The plan, line by line."""
    words = str(query.compile(session.connection(), compile_kwargs={"literal_binds": True})).replace(":", "\\:")
    word = "EXPLAIN QUERY PLAN" if session.get_bind().dialect.name == "sqlite" else "EXPLAIN"
    return [str(row[-1]) for row in session.execute(text(f"{word} {words}"))]


def through_all(plan: Sequence[str]) -> list[str]:
    """The lines that go through a whole table of events, or through all of one board in it."""
    tables = "|".join(EVENTS)
    whole = rf"SCAN ({tables})\b|SEARCH ({tables}) .*\(tenant_id=\?( AND seq<\?)?\)|Seq Scan on ({tables})\b"
    found = [line for line in plan if re.search(whole, line)]
    for line, after in pairwise(plan):
        if re.search(rf"Scan .*\b({tables})\b", line) and re.search(ALL_OF_A_BOARD, after):
            found.append(line)
    return found


def test_no_rule_goes_through_all_events_for_what_is_new(store: Store) -> None:
    """A planner that walks all of history is right and slow; with twelve keys SQLite would, if it were let."""
    kinds = views(store, MONDAY, ("203.0.113.0/24",))
    with store.read() as session:
        slow = {
            (rule.key, line)
            for rule in RULES
            for query in asked(rule, kinds)
            for line in through_all(plan_of(session, query))
        }

    assert len(RULES) > 20
    assert slow == set()


def test_a_plan_that_goes_through_all_events_is_seen(store: Store) -> None:
    """Else the test above could never fail."""
    kinds = views(store, MONDAY, ("203.0.113.0/24",))
    with store.read() as session:
        for name in ("sign-ins", "directory-changes"):
            assert through_all(plan_of(session, select(kinds[name].only({"at"}).selectable))), name
