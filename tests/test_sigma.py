"""The compiled rules against the public SQLite backend, and both databases against each other."""

import random
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from sigma.backends.sqlite.sqlite import sqliteBackend
from sigma.collection import SigmaCollection
from sqlalchemy import BigInteger, Boolean, Column, MetaData, Table, Text, create_engine, insert, select
from sqlalchemy.pool import StaticPool

from ibpmon import language
from ibpmon.judge.reading import Document, Problems
from ibpmon.judge.sigma import check_detection, compile_condition, fields_of, parse_condition
from ibpmon.store.view import Columns
from tests.conftest import OpenStore

BACKEND: Any = sqliteBackend(collate_nocase=True)  # type: ignore[no-untyped-call]  # the package has no types
COLUMNS: Columns = {"nr": "int", "name": "text", "city": "text", "n": "int", "ok": "bool"}
NAMES = ["Anna", "anna", "ANNA%", "an_na", "b\\ram", "Bram*", "é", "É", "", " ", "a'b", "50%", None]
DETECTIONS: Mapping[str, dict[str, Any]] = {
    "equal": {"a": {"name": "anna"}, "condition": "a"},
    "list": {"a": {"name": ["anna", "bram*", "é"]}, "condition": "a"},
    "wildcards": {"a": {"name": ["a?na*", "*b*"]}, "condition": "a"},
    "escaped": {"a": {"name": ["bram\\*", "b\\\\ram", "*%*"]}, "condition": "a"},
    "contains": {"a": {"name|contains": ["n%", "_", "'"]}, "condition": "a"},
    "contains all": {"a": {"name|contains|all": ["a", "n"]}, "condition": "a"},
    "begin and end": {"a": {"name|startswith": "A"}, "b": {"name|endswith": ["a", "%"]}, "condition": "a or b"},
    "numbers": {"a": {"n|gte": 3}, "b": {"n|lt": 7}, "c": {"n": [1, 9]}, "condition": "(a and b) or c"},
    "more and less": {"a": {"n|gt": 3}, "b": {"n|lte": 8}, "condition": "a and b"},
    "bools": {"a": {"ok": True}, "b": {"ok": False, "n|gt": 5}, "condition": "a or b"},
    "null": {"a": {"name": None}, "b": {"n": None}, "condition": "a or b"},
    "empty": {"a": {"name": ""}, "condition": "a"},
    "exists": {"a": {"name|exists": True}, "b": {"n|exists": False}, "condition": "a and b"},
    "not on absent": {"a": {"name": "anna"}, "condition": "not a"},
    "not of and": {"a": {"name": "anna", "n|gte": 2}, "b": {"ok": True}, "condition": "not (a and b)"},
    "not not": {"a": {"ok": True}, "condition": "not not a"},
    "not of number": {"a": {"n|gte": 5}, "b": {"city|contains": "o"}, "condition": "not a and not b"},
    "one of": {"sel_a": {"n": 1}, "sel_b": {"n": 2}, "x": {"ok": True}, "condition": "1 of sel_* and not x"},
    "all of them": {"a": {"n|gte": 2}, "b": {"ok": True}, "condition": "all of them"},
    "list of tables": {"a": [{"name": "anna", "n": 3}, {"city": "oss"}], "condition": "a"},
}


@pytest.fixture
def english() -> Iterator[None]:
    """Sentences in English, whatever the environment says."""
    spoken = language.current()
    language.use("en")
    yield
    language.use(spoken)


def a_thousand_rows(seed: int) -> list[dict[str, Any]]:
    """Random records with every odd value that the rules look for, and absent ones."""
    chance = random.Random(seed)
    return [
        {
            "nr": nr,
            "name": chance.choice(NAMES),
            "city": chance.choice(["Oss", "oss", "Soest", None]),
            "n": chance.choice([None, *range(11)]),
            "ok": chance.choice([True, False, None]),
        }
        for nr in range(1000)
    ]


def our_hits(detection: Mapping[str, Any], rows: list[dict[str, Any]], url: str = "sqlite://") -> set[int]:
    """Which rows our compiler's statement hits."""
    problems = Problems(Path("rules/test.yml"))
    document = Document({"detection": dict(detection)}, {})
    check_detection(document, COLUMNS, problems)
    tree = parse_condition(document, detection["condition"], (), problems)
    assert problems.found == []
    engine = create_engine(url, **({"poolclass": StaticPool} if url == "sqlite://" else {}))
    kinds = {"text": Text, "int": BigInteger, "bool": Boolean}
    table = Table("logs", MetaData(), *(Column(name, kinds[kind]) for name, kind in COLUMNS.items()))
    with engine.connect() as connection:
        table.create(connection)
        connection.execute(insert(table), rows)
        wanted = compile_condition(tree, table, COLUMNS)
        hits = set(connection.scalars(select(table.c.nr).where(wanted)))
        connection.rollback()
    engine.dispose()
    return hits


def backend_hits(detection: Mapping[str, Any], rows: list[dict[str, Any]]) -> set[int]:
    """Which rows the public backend's statement hits."""
    rule = {"title": "test", "logsource": {"product": "ibpmon"}, "detection": dict(detection)}
    (statement,) = BACKEND.convert(SigmaCollection.from_yaml(yaml.safe_dump(rule)))
    connection = sqlite3.connect(":memory:")
    kinds = ("nr INT", *(f"{c} TEXT COLLATE NOCASE" for c in ("name", "city")), "n INT", "ok INT")
    connection.execute(f"CREATE TABLE logs ({', '.join(kinds)})")
    connection.executemany("INSERT INTO logs VALUES (:nr, :name, :city, :n, :ok)", rows)
    hits = {row[0] for row in connection.execute(statement)}
    connection.close()
    return hits


@pytest.mark.parametrize("name", DETECTIONS)
def test_our_compiler_hits_what_the_public_backend_hits(name: str) -> None:
    """Two makers, one specification: on a thousand random rows they agree, twice."""
    for seed in (1, 2):
        rows = a_thousand_rows(seed)
        hits = our_hits(DETECTIONS[name], rows)
        assert hits == backend_hits(DETECTIONS[name], rows)
        assert 0 < len(hits) < len(rows)


@pytest.mark.parametrize("name", DETECTIONS)
def test_postgresql_hits_what_sqlite_hits(name: str, postgres_schema: str) -> None:
    """One rule runs on both databases: capitals, wildcards and absent fields mean the same there."""
    rows = a_thousand_rows(3)
    url = postgres_schema.replace("postgresql://", "postgresql+psycopg://")

    assert our_hits(DETECTIONS[name], rows, url) == our_hits(DETECTIONS[name], rows)


def test_not_on_an_absent_field_is_true() -> None:
    """SQL knows three values, Sigma two: a record without a name is not called Anna."""
    rows: list[dict[str, Any]] = [
        dict.fromkeys(COLUMNS) | {"nr": nr, "name": name} for nr, name in ((1, None), (2, "Anna"), (3, "Bram"))
    ]

    assert our_hits({"a": {"name": "anna"}, "condition": "not a"}, rows) == {1, 3}


def test_true_and_false_may_be_written_as_text() -> None:
    """SigmaHQ writes 'false' between quotes."""
    rows = [dict.fromkeys(COLUMNS) | {"nr": nr, "ok": ok} for nr, ok in enumerate([True, False, None])]

    assert our_hits({"a": {"ok": "false"}, "condition": "a"}, rows) == {1}
    assert our_hits({"a": {"ok": "true"}, "condition": "a"}, rows) == {0}


def test_a_value_is_bound_and_never_part_of_the_statement() -> None:
    """Nothing of a rule file is text in SQL."""
    rows = [dict.fromkeys(COLUMNS) | {"nr": 1, "name": "x'); DROP TABLE logs; --"}]

    assert our_hits({"a": {"name": "x'); drop table LOGS; --"}, "condition": "a"}, rows) == {1}


REFUSED = [
    ({"a": {"naam": "x"}, "condition": "a"}, "there is no field 'naam' here - did you mean 'name'?"),
    ({"a": {"name|re": ".*"}, "condition": "a"}, "the modifier 're' is not supported yet"),
    ({"a": {"name|cidr": "10.0.0.0/8"}, "condition": "a"}, "the modifier 'cidr' is not supported yet"),
    ({"a": {"name|fieldref": "city"}, "condition": "a"}, "the modifier 'fieldref' is not supported yet"),
    ({"a": {"name|expand": "%list%"}, "condition": "a"}, "the modifier 'expand' is not supported yet"),
    ({"a": {"name|containz": "x"}, "condition": "a"}, "there is no modifier 'containz' - did you mean 'contains'?"),
    ({"a": {"name|contains|startswith": "x"}, "condition": "a"}, "these modifiers do not go together"),
    ({"a": {"name|gte": 5}, "condition": "a"}, "'name' holds no numbers"),
    ({"a": {"n|gte": "5"}, "condition": "a"}, "or this is no number"),
    ({"a": {"n": "5"}, "condition": "a"}, "this field holds numbers"),
    ({"a": {"name": 5}, "condition": "a"}, "this field holds text"),
    ({"a": {"ok": "yes"}, "condition": "a"}, "give true or false"),
    ({"a": {"name|exists": "yes"}, "condition": "a"}, "give true or false"),
    ({"a": ["word"], "condition": "a"}, "search words without a field"),
    ({"a": {"|contains": "word"}, "condition": "a"}, "search words without a field"),
    ({"a": {"name": "x\0"}, "condition": "a"}, "NUL"),
    ({"a": {"name": "x"}, "timeframe": "5m", "condition": "a"}, "a time frame belongs in a correlation"),
    ({"a": {"name": "x"}, "condition": ["a", "b"]}, "write one condition"),
    ({"a": {"name": "x"}, "condition": "b"}, "'b' not defined"),
    ({"a": {"name": "x"}, "condition": "a and"}, "Expected"),
    ({"a": {"name": "x"}, "condition": "a | count() > 5"}, "deprecated"),
    ({"a": {"name": "x"}, "condition": "not " * 240 + "a"}, "nests too deep"),
    ({"condition": "a"}, "give at least one detection"),
]


@pytest.mark.parametrize(("detection", "sentence"), REFUSED, ids=[str(detection) for detection, _part in REFUSED])
def test_what_is_not_known_is_refused(detection: dict[str, Any], sentence: str, english: None) -> None:
    """A modifier that is skipped in silence makes a rule that guards nothing."""
    problems = Problems(Path("rules/test.yml"))
    document = Document({"detection": detection}, {(): 1, ("detection",): 7})
    check_detection(document, COLUMNS, problems)
    if not problems.found:
        parse_condition(document, detection["condition"], ("detection", "condition"), problems)

    assert sentence in "\n".join(problems.found)
    assert all(found.startswith("rules/test.yml:7: detection") for found in problems.found)


def test_the_fields_of_a_condition_are_known() -> None:
    """Which lists of the board decide a rule follows from the fields that it reads."""
    problems = Problems(Path("rules/test.yml"))
    detection = {"a": {"name": "x", "n": None}, "b": {"ok": True}, "condition": "a and not b"}

    tree = parse_condition(Document({"detection": detection}, {}), "a and not b", (), problems)

    assert set(fields_of(tree)) == {"name", "n", "ok"}


def test_lists_are_searched_as_text_on_both_databases(open_database: OpenStore) -> None:
    """A list is JSON in the database; |contains finds one of its words."""
    from ibpmon.store.views import views
    from tests.conftest import MONDAY
    from tests.judging import DATASETS, put

    store = open_database(DATASETS)
    put(store, "accounts", [{"account_id": "a"}, {"account_id": "b"}])
    put(store, "mfa-registration", [
        {"account_id": "a", "methods": ["sms", "email"]}, {"account_id": "b", "methods": []},
    ])  # fmt: skip
    view = views(store, MONDAY)["accounts"]
    detection = {"a": {"mfa_methods|contains": "SMS"}, "condition": "a"}
    tree = parse_condition(Document({"detection": detection}, {}), "a", (), Problems(Path("rules/test.yml")))
    with store.read() as session:
        wanted = compile_condition(tree, view.selectable, view.columns)
        assert list(session.scalars(select(view.selectable.c.account_id).where(wanted))) == ["a"]
