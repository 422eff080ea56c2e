"""One table with every kind of field on both databases, and the rows that a detection hits there."""

import random
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from sigma.backends.sqlite.sqlite import sqliteBackend
from sigma.collection import SigmaCollection
from sqlalchemy import Column, Engine, MetaData, Table, create_engine, event, insert, select
from sqlalchemy.pool import StaticPool

from ibpmon.judge.detection import check_detection
from ibpmon.judge.filling import Lists, filled
from ibpmon.judge.reading import Document, Problems
from ibpmon.judge.sigma import compile_condition, parse_condition
from ibpmon.store.collected import TYPES
from ibpmon.store.matching import teach
from ibpmon.store.view import Columns

Rows = Sequence[Mapping[str, Any]]
Detection = Mapping[str, Any]
COLUMNS: Columns = {
    "nr": "int", "name": "text", "city": "text", "n": "int", "m": "int", "ok": "bool", "ip": "text", "words": "list",
    "day": "day",
}  # fmt: skip
NAMES = [
    "Anna", "anna", "ANNA%", "an_na", "b\\ram", "Bram*", "bram?", "é", "É", "", " ", "a'b", "50%", "[a]na", "Oss",
    "oss", "anna\nbram", "Anna Bram", "ann", "x.y+z", "ﬁ", "😀nna", "\t", "(anna)", "^a$", "a|b", "İ", "ß", None,
]  # fmt: skip
CITIES = ["Oss", "oss", "Soest", "Anna", "an", "", "%", "_", "\\", None]
ADDRESSES = [
    "10.0.0.1", "10.1.2.3", "192.0.2.7", "192.0.2.255", "203.0.113.9", "2001:db8::1", "2001:DB8:0:0:0:0:0:1",
    "2001:0db8::0001", "2001:db8:1::1", "2001:db8:0:1::", "::1", "::", "::ffff:10.0.0.1", "::FFFF:c000:0207",
    "0:0:0:0:0:ffff:10.1.2.3", "fe80::1%eth0", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "64:ff9b::192.0.2.1",
    "10.0.0.01", "10.0.0", "10.0.0.256", "10.0.0.1 ", " 10.0.0.1", "10.0.0.1/8", "10.0.0.x", "unknown", ":::",
    "1::2::3", "12345::", "2001:db8:::1", "", None,
]  # fmt: skip
WORDS = [[], ["sms"], ["sms", "email"], ["SMS"], ['a"b', "c\\d"], ["é"], [5, True, None], [{"sms": "sms"}], None]


def some_rows(count: int, seed: int) -> list[dict[str, Any]]:
    """Records with every odd value that rules look for, and absent ones."""
    chance = random.Random(seed)
    return [
        {
            "nr": nr,
            "name": chance.choice(NAMES),
            "city": chance.choice(CITIES),
            "n": chance.choice([None, *range(11)]),
            "m": chance.choice([None, *range(-2, 8)]),
            "ok": chance.choice([True, False, None]),
            "ip": chance.choice(ADDRESSES),
            "words": chance.choice(WORDS),
            "day": chance.choice(["2026-01-12", "2026-02-28", "", None]),
        }
        for nr in range(count)
    ]


class Board:
    """A table of rows, on one database."""

    def __init__(self, rows: Rows, url: str = "sqlite://") -> None:
        self.engine: Engine = create_engine(url, **({"poolclass": StaticPool} if url == "sqlite://" else {}))
        if url == "sqlite://":
            event.listen(self.engine, "connect", teach)
        columns = (Column(name, TYPES[kind]) for name, kind in COLUMNS.items())
        self.table = Table("logs", MetaData(), *columns)
        with self.engine.begin() as connection:
            self.table.create(connection)
            connection.execute(insert(self.table), [dict(row) for row in rows])
        self.connection = self.engine.connect()

    def hits(self, detection: Detection, lists: Lists | None = None) -> set[int]:
        """Which rows our compiled statement hits."""
        wanted = compile_condition(tree_of(detection, lists or {}), self.table, COLUMNS)
        return set(self.connection.scalars(select(self.table.c.nr).where(wanted)))

    def close(self) -> None:
        """Leave nothing behind."""
        self.connection.close()
        self.engine.dispose()


def tree_of(detection: Detection, lists: Lists) -> Any:
    """The parsed condition of a detection that is in order."""
    problems = Problems(Path("rules/test.yml"))
    document = filled(Document({"detection": dict(detection)}, {}), "detection", COLUMNS, lists, problems)
    check_detection(document, COLUMNS, problems)
    assert problems.found == []
    tree = parse_condition(document, detection["condition"], (), problems)
    assert problems.found == []
    return tree


def wrong_with(detection: Detection, lists: Lists | None = None) -> list[str]:
    """What is said about a detection that stands on line 7."""
    problems = Problems(Path("rules/test.yml"))
    document = Document({"detection": dict(detection)}, {(): 1, ("detection",): 7})
    document = filled(document, "detection", COLUMNS, lists or {}, problems)
    check_detection(document, COLUMNS, problems)
    if not problems.found:
        parse_condition(document, detection["condition"], ("detection", "condition"), problems)
    return problems.found


class PublicBackend:
    """The same rows for the statements of pysigma-backend-sqlite."""

    def __init__(self, rows: Rows) -> None:
        self.backend: Any = sqliteBackend(collate_nocase=True)  # type: ignore[no-untyped-call]  # without types
        self.connection = sqlite3.connect(":memory:")
        kinds = {"text": "TEXT COLLATE NOCASE", "day": "TEXT COLLATE NOCASE"}
        names = [name for name, kind in COLUMNS.items() if kind != "list"]
        columns = ", ".join(f"{name} {kinds.get(COLUMNS[name], 'INT')}" for name in names)
        self.connection.execute(f"CREATE TABLE logs ({columns})")
        marks = ", ".join(f":{name}" for name in names)
        shown = [{name: row[name] for name in names} for row in rows]
        self.connection.executemany(f"INSERT INTO logs VALUES ({marks})", shown)  # noqa: S608 - names of ours

    def hits(self, detection: Detection) -> set[int]:
        """Which rows its statement hits."""
        rule = {"title": "test", "logsource": {"product": "ibpmon"}, "detection": dict(detection)}
        (statement,) = self.backend.convert(SigmaCollection.from_yaml(yaml.safe_dump(rule)))
        return {row[0] for row in self.connection.execute(statement)}

    def close(self) -> None:
        """Leave nothing behind."""
        self.connection.close()


def on_postgresql(schema: str) -> str:
    """The address of a schema as SQLAlchemy takes it."""
    return schema.replace("postgresql://", "postgresql+psycopg://")
