"""Rules that nobody thought of: what our compiler finds, what the public backend finds, and what plain Python finds."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ibpmon.judge.detection import MODIFIERS
from tests import reference
from tests.semantics import (
    CITIES,
    NAMES,
    Board,
    Detection,
    PublicBackend,
    on_postgresql,
    some_rows,
)

ROWS = some_rows(3_000, 4)
READ = ROWS[::6]  # those that plain Python looks at here; all of them among the figures
LISTS: Mapping[str, Any] = {
    "names": ["anna", "b*", "é"],
    "none": [],
    "numbers": [1, 2],
    "nets": ["10.0.0.0/8", "2001:db8::/32", "192.0.2.128/25"],
    "ends": ["a", "m"],
}
# The same ones each time: a red build must not be a matter of luck. The figures of `judge` try many more.
FEW = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


# ---- rules by chance


def some(values: Any, most: int = 3) -> Any:
    """One value, or a few of them."""
    return st.one_of(values, st.lists(values, min_size=1, max_size=most))


TEXTS = st.one_of(
    st.sampled_from([text for text in NAMES + CITIES if text is not None]),
    st.text("aAnNoOsS%_*?\\ é'[]", max_size=6),
)
NUMBERS = st.integers(-3, 12)
Item = tuple[list[str], list[str], Any]  # fields, what may stand behind them, and values
SHARED: list[Item] = [  # what the public backend can say too
    (["name", "city"], ["", "|contains", "|startswith", "|endswith", "|neq", "|contains|neq"], some(TEXTS)),
    (["name"], ["|contains|all"], st.lists(TEXTS, min_size=2, max_size=3)),
    (["name"], ["|cased", "|cased|contains"], some(TEXTS)),
    (["n", "m"], ["", "|neq"], some(NUMBERS)),
    (["n", "m"], ["|gt", "|gte", "|lt", "|lte"], st.one_of(NUMBERS, st.floats(-3, 9))),
    (["ok"], [""], st.booleans()),
    (["name", "n", "ok", "day"], [""], st.none()),
    (["name", "n", "ok"], ["|exists"], st.booleans()),
    (["name"], ["|fieldref", "|fieldref|contains", "|fieldref|neq"], st.just("city")),
    (["name"], ["|fieldref|startswith", "|fieldref|endswith"], st.just("city")),
    (["n"], ["|fieldref"], st.just("m")),
]
LETTERS = st.sampled_from(["a", "A", "n", "b", "é", "%", r"\.", r"\*", " ", "r", "m", r"\[", r"\\", "\n", "😀"])
PIECES = st.one_of(
    LETTERS, st.sampled_from([".", "[an]", "[^a]", "[A-Z]", r"\w", r"\W", r"\s", r"\S", r"\d", r"[\w-]", "[^\\n]"])
)
PATTERNS = st.recursive(
    PIECES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}", "*?", "+?"])).map(
            lambda two: f"({two[0]}){two[1]}"
        ),
    ),
    max_leaves=6,
)  # fmt: skip
ANCHORED = st.tuples(st.sampled_from(["", "^", "\\A"]), PATTERNS, st.sampled_from(["", "\\z"])).map("".join)
LINES = st.tuples(st.sampled_from(["", "^"]), PATTERNS, st.sampled_from(["", "$"])).map("".join)
NETWORKS = st.one_of(
    st.sampled_from(["0.0.0.0/0", "::/0", "10.0.0.0/8", "192.0.2.0/26", "203.0.113.9", "::1", "64:ff9b::/96"]),
    st.integers(0, 128).map(lambda bits: network("2001:db8::1", bits)),
    st.integers(0, 32).map(lambda bits: network("10.1.2.3", bits)),
)
OWN: list[Item] = [  # where the public backend means something else, or cannot
    (["name", "words"], ["|re", "|re|i", "|re|s", "|re|ignorecase|dotall"], some(ANCHORED)),
    (["name"], ["|re|m", "|re|multiline|i"], LINES),
    (["ip"], ["|cidr", "|cidr|neq"], some(NETWORKS)),
    (["ip"], ["|cidr|expand", "|expand|cidr"], st.sampled_from(["%nets%", "%none%"])),
    (["name"], ["|expand", "|contains|expand"], some(
        st.sampled_from(["%names%", "%none%", "an%ends%", "x", "%ends%%ends%", "%"]))),
    (["name"], ["|expand|neq"], st.sampled_from(["%names%", "%none%"])),
    (["n"], ["|expand"], st.just("%numbers%")),
    (["words"], ["", "|contains", "|cased", "|endswith", "|neq"], some(
        st.sampled_from(["sms", "SMS", "e*", 'a"b', "c\\d", "é", "M", '"', "[", ","]))),
    (["words"], ["|all", "|contains|all"], st.just(["sms", "email"])),
    ([""], ["|all", "|contains", "|cased", "|re"], some(st.sampled_from(["anna", "10", "sms", "2026"]))),
]  # fmt: skip
CONDITIONS = [
    "a", "not a", "a and b", "a or b", "not (a and b)", "a and not b", "1 of a*", "all of them", "not 1 of them",
    "not (a or not b) or b", "(a or b) and not (a and b)",
]  # fmt: skip


def network(address: str, bits: int) -> str:
    """The network of so many bits around an address."""
    return str(ip_network(f"{address}/{bits}", strict=False))


def without_expand(chosen: tuple[str, str, Any]) -> str:
    """What may stand in one table once."""
    return f"{chosen[0]}{chosen[1].replace('|expand', '')}"


def rules(items: list[Item]) -> st.SearchStrategy[Detection]:
    """Detections of these items, under every kind of condition."""
    kinds = [st.tuples(st.sampled_from(fields), st.sampled_from(keys), values) for fields, keys, values in items]
    different = st.lists(st.one_of(kinds), min_size=1, max_size=3, unique_by=without_expand)
    table = different.map(lambda chosen: {f"{field}{key}": value for field, key, value in chosen})
    body = st.one_of(table, st.lists(table, min_size=1, max_size=2))
    return st.fixed_dictionaries({"a": body, "b": body, "condition": st.sampled_from(CONDITIONS)})


# ---- the judges


@pytest.fixture(scope="module")
def board() -> Iterator[Board]:
    """The records on SQLite."""
    made = Board(ROWS)
    yield made
    made.close()


@pytest.fixture(scope="module")
def backend() -> Iterator[PublicBackend]:
    """The records for the public backend."""
    made = PublicBackend(ROWS)
    yield made
    made.close()


@pytest.fixture
def other(postgres_schema: str) -> Iterator[Board]:
    """The records on PostgreSQL."""
    made = Board(ROWS, on_postgresql(postgres_schema))
    yield made
    made.close()


@FEW
@given(detection=rules(SHARED))
def test_any_rule_hits_what_the_public_backend_hits(board: Board, backend: PublicBackend, detection: Detection) -> None:
    """Two makers, one specification, and no rule chosen by either."""
    assert board.hits(detection) == backend.hits(detection)


@FEW
@given(detection=rules(SHARED + OWN))
def test_any_rule_means_what_it_means_in_plain_python(board: Board, detection: Detection) -> None:
    """Patterns, networks, lists and words without a field are ours to define, and defined twice."""
    numbers = {row["nr"] for row in READ}

    assert board.hits(detection, LISTS) & numbers == reference.hits(detection, READ, LISTS)


@FEW
@given(detection=rules(SHARED + OWN))
def test_any_rule_hits_the_same_on_postgresql(board: Board, other: Board, detection: Detection) -> None:
    """A board may change its database; what is found stays what it is."""
    assert board.hits(detection, LISTS) == other.hits(detection, LISTS)


def test_every_modifier_is_among_those_by_chance() -> None:
    """A generator that never makes a network would prove nothing about networks."""
    asked = {part for _fields, keys, _values in SHARED + OWN for key in keys for part in key.split("|")[1:]}

    assert asked == MODIFIERS
