"""A store full of sign-ins, straight into its table, and rules of every kind over them."""

import random
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content, load
from ibpmon.judge.rule import Rule
from ibpmon.judge.rules import load_rules
from ibpmon.store.database import Store, open_store
from ibpmon.store.tables import DAY, Placement, Run, micros

ROOT = Path(__file__).resolve().parents[2]
END = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
PEOPLE = 10_000
A_DAY = 33_000  # sign-ins
BURSTS_A_DAY = 3  # of each kind of attack
SECOND = 1_000_000
FIELDS = ("month", "id", "at", "account_id", "upn", "app", "client", "ip_address", "country", "error_code", "failure")
COUNTRIES = ("NL",) * 600 + ("BE", "DE", "FR", "US", "CN")
CLIENTS = (
    ("Browser",) * 50 + ("Mobile Apps and Desktop clients",) * 30 + ("IMAP4", "Authenticated SMTP", "Other clients")
)
APPS = ("Office 365", "Teams", "OneDrive", "Azure Portal", "Graph Explorer", "ParnasSys")
FAILURES = (50126, 50126, 50126, 50053, 50057, 50074, 500121, 53003)

SINGLE = {
    "legacy": 'a: {client: [IMAP4, "Authenticated SMTP", POP3], error_code: 0}',
    "abroad": "a: {error_code: 0, country: [CN, US]}",
    "disabled": "a: {error_code: 50057}",
    "blocked": 'a: {error_code: 53003, client|contains: "Mobile"}',
    "portal": 'a: {app: "Azure Portal", country: [BE, DE, FR], error_code: 0}',
    "explorer": 'a: {app|startswith: "Graph Exp", country: US}',
    "refused": "a: {error_code: 500121}",
    "malicious": 'a: {error_code: 50053, failure|contains: "malicious"}',
    "other": "a: {client|endswith: clients, country: CN}",
    "codes": "a: {error_code|gte: 500000}",
    "school": 'a: {upn|endswith: "7@school.example", error_code: 50074}',
}
CORRELATED = {
    "brute": "{type: event_count, rules: [failed], group-by: [account_id], timespan: 10m, condition: {gte: 10}}",
    "spray": "{type: value_count, rules: [failed], group-by: [ip_address], timespan: 10m, "
    "condition: {field: account_id, gte: 15}}",
    "entered": "{type: temporal_ordered, rules: [five, success], group-by: [account_id], timespan: 10m}",
}
FAILED = "detection: {a: {error_code: [50126, 50053]}, condition: a}"
SUCCESS = "detection: {a: {error_code: 0}, condition: a}"

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class World:
    """A store, and the rules: those of the measurements, and all that are shipped."""

    store: Store
    rules: tuple[Rule, ...]
    path: Path

    def of(self, names: Any) -> list[Rule]:
        """The rules with these names."""
        return [rule for rule in self.rules if rule.key in names]


# ---- the rules


def search(name: str, number: int, detection: str) -> str:
    """A document that looks for sign-ins."""
    source = "logsource: {product: ibpmon, service: sign-ins}"
    return f"title: {name}\nid: {UUID(int=number)}\nname: {name}\n{source}\n{detection}\n"


def block(subject: str, test: str) -> str:
    """What ibpmon adds to a rule."""
    return f"""description: Een regel om te meten.
level: medium
ibpmon:
  catalogue: SGN-01
  needs: [sign-ins]
  subject: {subject}
  message: {{subject: "{{count}}", line: "{{upn}} {{count}} {{window_start}}", action: Kijk.}}
  remind: 7d
  tests:
    - {{name: mis, expect: miss, record: {{error_code: 1}}}}
    - {{name: raak, expect: hit, records: [{test}]}}
"""


def rule_texts() -> Iterator[tuple[str, str]]:
    """Every rule file: the eleven of which each event speaks for itself, and the three correlations."""
    for number, (name, detection) in enumerate(SINGLE.items(), 1):
        text = search(name, number, f"detection: {{{detection}, condition: a}}")
        yield name, text + block("account_id", "{record: {account_id: a}}")
    five = "{type: event_count, rules: [failed], group-by: [account_id], timespan: 10m, condition: {gte: 5}}"
    for number, (name, body) in enumerate(CORRELATED.items(), 100):
        parts = [search("failed", number + 100, FAILED)]
        if name == "entered":
            parts += [search("success", number + 200, SUCCESS)]
            parts += [f"title: five\nid: {UUID(int=number + 300)}\nname: five\ncorrelation: {five}\n"]
        subject = "ip_address" if name == "spray" else "account_id"
        head = f"title: {name}\nid: {UUID(int=number)}\ncorrelation: {body}\n"
        parts.append(head + block(subject, "{record: {account_id: a}}"))
        yield name, "---\n".join(parts)


def measured_rules(folder: Path) -> tuple[Rule, ...]:
    """The rules of the measurements, through the same loading as any rule; the shipped ones come first."""
    own = folder / "content" / "rules"
    own.mkdir(parents=True)
    for name, text in rule_texts():
        (own / f"{name}.yml").write_text(text, encoding="utf-8")
    config = load(ROOT / "config.example.toml")
    config = config.model_copy(update={"content": Content(folder=own.parent)})
    return tuple(load_rules(config))


# ---- the sign-ins


def events(count: int, seed: int = 1) -> Iterator[Row]:
    """So many sign-ins that end now, in order of time: people as busy as people are, and attacks among them."""
    chance = random.Random(seed)
    weights = [1 / (rank**0.85) for rank in range(1, PEOPLE + 1)]
    picked = iter(chance.choices(range(PEOPLE), weights, k=count))
    step = DAY // A_DAY
    begin = micros(END) - count * step
    planted = attacks(chance, begin, count * step)
    attack = next(planted, None)
    for number in range(count):
        at = begin + number * step
        if attack and attack[0] <= at:
            _at, account, address, code = attack
            attack = next(planted, None)
            yield row(number, at, account, address, code, chance)
            continue
        code = 0 if chance.random() > 0.045 else chance.choice(FAILURES)
        account = next(picked)
        yield row(number, at, account, f"10.{account % 40}.{account % 7}.{chance.randrange(250)}", code, chance)


def attacks(chance: random.Random, begin: int, span: int) -> Iterator[tuple[int, int, str, int]]:
    """Moments at which an attacker tries: on one account, on many, and on one that gives way."""
    found = []
    for day in range(max(1, span // DAY)):
        for number in range(BURSTS_A_DAY):
            at = begin + day * DAY + chance.randrange(80_000) * SECOND
            one, other, address = chance.randrange(PEOPLE), chance.randrange(PEOPLE), f"198.51.{day % 250}.{number}"
            many = [chance.randrange(PEOPLE) for _n in range(22)]
            found += [(at + n * 20 * SECOND, one, address, 50126) for n in range(14)]
            found += [(at + n * 17 * SECOND, who, f"203.0.{day % 250}.{number}", 50126) for n, who in enumerate(many)]
            found += [(at + n * 25 * SECOND, other, address, 50126) for n in range(6)]
            found.append((at + 190 * SECOND, other, address, 0))
    return iter(sorted(found))


def row(number: int, at: int, account: int, address: str, code: int, chance: random.Random) -> Row:
    """One sign-in as the table holds it."""
    month = 202601 + (at // (30 * DAY)) % 12
    why = "" if code == 0 else "Sign-in was blocked from a malicious address." if number % 3 else "Invalid password."
    app, client, country = APPS[number % len(APPS)], chance.choice(CLIENTS), chance.choice(COUNTRIES)
    name, who = f"u{account:05d}@school.example", f"a{account:05d}"
    return (month, f"e{number:09d}", at, who, name, app, client, address, country, code, why)


def fill(path: str, rows: Iterable[Row], first: int = 1) -> int:
    """Put rows in the table as they arrive; gives the arrival number of the last."""
    names = ", ".join(f'"{name}"' for name in ("tenant_id", *FIELDS, "seq", "run_id"))
    marks = ", ".join("?" * (len(FIELDS) + 3))
    numbered = ((1, *one, seq, 1) for seq, one in enumerate(rows, first))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN")
        connection.executemany(f"INSERT INTO collected_sign_ins ({names}) VALUES ({marks})", numbered)  # noqa: S608
        last = connection.execute("SELECT max(seq) FROM collected_sign_ins").fetchone()[0] or 0
        connection.execute("REPLACE INTO counter (tenant_id, name, value) VALUES (1, 'seq:sign-ins', ?)", [last])
        connection.execute("COMMIT")
    return int(last)


@contextmanager
def world(rows: Iterable[Row]) -> Iterator[World]:
    """A store with these sign-ins, and the rules; gone afterwards."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        rules = measured_rules(folder)
        datasets = [one.dataset for one in load_connectors(Content()).values()]
        path = folder / "ibpmon.db"
        store = open_store(f"sqlite:///{path}", datasets, str(UUID(int=1)), "Waaier", END)
        try:
            with store.write() as session:
                moment: dict[str, Any] = {"started_at": END, "finished_at": END, "covers_until": END}
                for number, one in enumerate(datasets, 1):
                    session.add(Run(tenant_id=1, run_id=number, connector=one.name, state="FULL", **moment))
                kind: dict[str, Any] = {"tenant_id": 1, "kind": "account", "population": "staff"}
                session.add_all(Placement(object_id=f"a{n:05d}", **kind) for n in range(PEOPLE))
            fill(str(path), rows)
            yield World(store, rules, path)
        finally:
            store.engine.dispose()
