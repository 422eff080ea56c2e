"""All rules over all that is stored, beside pySigma's SQLite backend in the same run, and beside plain Python."""

import json
import sqlite3
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import yaml
from sigma.backends.sqlite.runtime import execute_plan
from sigma.backends.sqlite.sqlite import sqliteBackend
from sigma.collection import SigmaCollection

from benchmarks.figures import Figure, Measured, Measurement, Values
from benchmarks.judge.world import CORRELATED, END, SINGLE, World, events, rule_texts, world
from ibpmon.judge.arrivals import sweep
from ibpmon.judge.correlate import find_episodes, read_by
from ibpmon.store.views import views

TABLE = "collected_sign_ins"
SPAN = 600_000_000  # ten minutes, in every correlation
FIGURES = (
    Figure("speed.single_ratio_to_pysigma", "ratio", ">= 2"),
    Figure("speed.single_hits_differing", "rules", "== 0"),
    Figure("speed.correlations_ratio_to_pysigma", "ratio", ">= 50"),
    Figure("speed.correlations_differing_from_oracle", "rules", "== 0"),
    Figure("speed.correlations_growth", "ratio", "<= 7"),
)
Hit = tuple[str, int]
Told = tuple[str, int, int]


# ---- pySigma's backend


def converted(name: str, kind: str) -> Any:
    """A rule as the backend says it, over the table itself; a correlation comes last of what its file holds."""
    documents = list(yaml.safe_load_all(dict(rule_texts())[name]))
    for document in documents:
        document.pop("ibpmon", None)
    backend: Any = sqliteBackend(  # type: ignore[no-untyped-call]  # the package has no types
        collate_nocase=True, table=TABLE, event_id_field="id", timestamp_field="at", timestamp_format="unix_us"
    )
    found = backend.convert(SigmaCollection.from_yaml(yaml.safe_dump_all(documents)), kind)
    return (json.loads(found) if isinstance(found, str) else found)[-1]


def backend_single(path: str) -> tuple[float, dict[str, Counter[Hit]]]:
    """One query a rule: how long all took, and what each hits."""
    queries = {name: converted(name, "default").replace("SELECT *", "SELECT account_id, at") for name in SINGLE}
    with closing(sqlite3.connect(path)) as connection:
        begun = time.process_time()
        found = {name: connection.execute(query).fetchall() for name, query in queries.items()}
        took = time.process_time() - begun
    return took, {name: Counter(rows) for name, rows in found.items()}


def backend_correlations(path: str) -> float:
    """How long the materialised plans of all correlations take."""
    plans = [converted(name, "zircolite")["correlation_plan"] for name in CORRELATED]
    with closing(sqlite3.connect(path)) as connection:
        begun = time.process_time()
        for plan in plans:
            execute_plan(connection, plan, include_events=False)  # type: ignore[no-untyped-call]  # the package has no types
        return time.process_time() - begun


# ---- ours


def ours_single(here: World) -> tuple[float, dict[str, Counter[Hit]]]:
    """One pass for all rules: how long it took, and what each hits."""
    kinds, rules = views(here.store, END), here.of(SINGLE)
    looked = [(rule, rule.searches[0]) for rule in rules]
    with here.store.read() as session:
        begun = time.process_time()
        found = sweep(session, looked, kinds["sign-ins"], 0, 2**60)
        took = time.process_time() - begun
    return took, {rule.key: Counter(found[rule.key, search.name]) for rule, search in looked}


def ours_correlated(here: World) -> tuple[float, dict[str, set[Told]]]:
    """Every episode of every correlation, and how long all took."""
    base, found = views(here.store, END), {}
    begun = time.process_time()
    with here.store.read() as session:
        for rule in here.of(CORRELATED):
            episodes = find_episodes(session, rule, read_by(rule, base), None)
            found[rule.key] = {(one.key[0], one.start, one.end) for one in episodes}
    return time.process_time() - begun, found


# ---- plain Python: one pass in order of time, a few words of memory per key


@dataclass(slots=True)
class Open:
    """What is remembered of one key: the last tries, and the episode that may go on."""

    tries: deque[tuple[int, str]] = field(default_factory=deque)
    start: int = -1
    last: int = -1  # where the last window of the episode begins
    end: int = -1

    def add(self, key: str, first: int, last: int, end: int) -> Iterator[Told]:
        """Windows that begin from `first` to `last` count; gives the episode before, when they do not join it."""
        if self.start >= 0 and first > self.last + SPAN:
            yield key, self.start, self.end
            self.start = -1
        if self.start < 0:
            self.start = first
        self.last, self.end = max(self.last, last), end

    def recent(self, now: int) -> deque[tuple[int, str]]:
        """The tries of the last timespan."""
        while self.tries and self.tries[0][0] < now - SPAN:
            self.tries.popleft()
        return self.tries


def oracle(path: str) -> dict[str, set[Told]]:
    """The episodes of the three correlations, by their definition."""
    brute, spray, entered = (defaultdict[str, Open](Open) for _kind in range(3))
    found: dict[str, set[Told]] = {name: set() for name in CORRELATED}
    query = f"SELECT at, account_id, ip_address, error_code FROM {TABLE} ORDER BY at, error_code DESC"  # noqa: S608
    with closing(sqlite3.connect(path)) as connection:
        for at, account, address, code in connection.execute(query):
            if code == 0:
                found["entered"].update(came_in(entered[account], account, at))
            elif code in (50126, 50053):
                entered[account].tries.append((at, ""))
                found["brute"].update(tried(brute[account], account, at, "", 10))
                found["spray"].update(tried(spray[address], address, at, account, 15))
    for name, keys in (("brute", brute), ("spray", spray), ("entered", entered)):
        found[name] |= {(key, one.start, one.end) for key, one in keys.items() if one.start >= 0}
    return found


def tried(one: Open, key: str, at: int, value: str, least: int) -> Iterator[Told]:
    """A failure: enough of them, or of different values, within the timespan make a window count."""
    one.tries.append((at, value))
    tries = one.recent(at)
    if one.start >= 0 and at <= one.last + SPAN:
        one.end = at
    seen = set[str]()
    for number, (moment, other) in enumerate(reversed(tries), 1):
        seen.add(other)
        if (len(seen) if value else number) >= least:
            yield from one.add(key, tries[0][0], moment, at)
            return


def came_in(one: Open, key: str, at: int) -> Iterator[Told]:
    """A success: five failures before it within the timespan make a window count."""
    tries = one.recent(at)
    if len(tries) >= 5:
        yield from one.add(key, tries[0][0], tries[-5][0], at)


# ---- the figures


def measure(full: bool) -> Values:
    """1,000,000 sign-ins beside a fifth of them; in full beside 5,000,000."""
    sizes = (1_000_000, 5_000_000) if full else (200_000, 1_000_000)
    values: Values = {}
    times = {}
    for size in sizes:
        with world(events(size)) as here:
            times[size] = min(ours_correlated(here)[0] for _try in range(3))
            if size == 1_000_000:
                values = beside(here, str(here.path), size)
    small, large = (times[size] for size in sizes)
    note = f"CPU: {small * 1000:.0f} ms of {sizes[0]:,}, {large * 1000:.0f} ms of {sizes[1]:,} sign-ins"
    return values | {"speed.correlations_growth": Measured(round(large / small, 2), note, 3)}


def beside(here: World, path: str, size: int) -> Values:
    """Our times and hits beside those of the backend and of plain Python."""
    their, theirs = min((backend_single(path) for _try in range(3)), key=itemgetter(0))
    mine, hits = min((ours_single(here) for _try in range(3)), key=itemgetter(0))
    plans = backend_correlations(path)
    took, episodes = min((ours_correlated(here) for _try in range(3)), key=itemgetter(0))
    wanted = oracle(path)
    found = ", ".join(f"{len(wanted[name])} {name}" for name in CORRELATED)
    return {
        "speed.single_ratio_to_pysigma": told(their, mine, f"{len(SINGLE)} rules, {size:,} sign-ins"),
        "speed.single_hits_differing": Measured(sum(hits[name] != theirs[name] for name in SINGLE)),
        "speed.correlations_ratio_to_pysigma": told(plans, took, f"{len(CORRELATED)} rules, {size:,} sign-ins"),
        "speed.correlations_differing_from_oracle": Measured(
            sum(episodes[name] != wanted[name] or not wanted[name] for name in CORRELATED), found
        ),
    }


def told(theirs: float, ours: float, what: str) -> Measured:
    """How many times as long they take, with both times: of the processor, since others may use the machine too."""
    note = f"{what}: {theirs * 1000:.0f} ms of CPU against {ours * 1000:.0f} ms"
    return Measured(round(theirs / ours, 1), note, 3)


MEASUREMENTS = (Measurement(FIGURES, measure),)
