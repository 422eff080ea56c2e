"""The compiled rules against the public SQLite backend, and both databases against each other."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ibpmon import language
from ibpmon.judge.reading import Document, Problems
from ibpmon.judge.sigma import compile_condition, fields_of, parse_condition
from tests.conftest import OpenStore
from tests.semantics import COLUMNS, Board, PublicBackend, on_postgresql, some_rows, tree_of, wrong_with

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
    "cased": {
        "a": {"name|cased": ["Anna", "ANNA%"]},
        "b": {"name|cased|endswith": ["[a]na", "ARD"]},
        "condition": "a or b",
    },
    "not equal": {"a": {"name|neq": "anna"}, "b": {"n|neq": [1, 2]}, "condition": "a and b"},
    "fields": {"a": {"name|fieldref": "city"}, "b": {"n|fieldref": "m"}, "condition": "a or b"},
    "parts of fields": {"a": {"name|fieldref|contains": "city"}, "b": {"n|fieldref|neq": "m"}, "condition": "a and b"},
    "deep": {"a": {"n|gt": 3}, "b": {"m|lt": 2}, "c": {"ok": True}, "condition": "not (a or (b and not (c or not a)))"},
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


def our_hits(
    detection: Mapping[str, Any], rows: list[dict[str, Any]], lists: Mapping[str, Any] | None = None
) -> set[int]:
    """Which rows our compiler's statement hits."""
    board = Board(rows)
    try:
        return board.hits(detection, lists)
    finally:
        board.close()


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """Two thousand records."""
    return some_rows(2_000, 1)


@pytest.fixture(scope="module")
def board(rows: list[dict[str, Any]]) -> Iterator[Board]:
    """These records on SQLite."""
    made = Board(rows)
    yield made
    made.close()


@pytest.fixture(scope="module")
def backend(rows: list[dict[str, Any]]) -> Iterator[PublicBackend]:
    """These records for the public backend."""
    made = PublicBackend(rows)
    yield made
    made.close()


@pytest.mark.parametrize("name", DETECTIONS)
def test_our_compiler_hits_what_the_public_backend_hits(name: str, board: Board, backend: PublicBackend) -> None:
    """Two makers, one specification: on two thousand random rows they agree."""
    hits = board.hits(DETECTIONS[name])

    assert hits == backend.hits(DETECTIONS[name])
    assert 0 < len(hits) < 2_000


def test_postgresql_hits_what_sqlite_hits(board: Board, rows: list[dict[str, Any]], postgres_schema: str) -> None:
    """One rule runs on both databases: capitals, wildcards and absent fields mean the same there."""
    other = Board(rows, on_postgresql(postgres_schema))
    try:
        differ = [name for name, detection in DETECTIONS.items() if other.hits(detection) != board.hits(detection)]
    finally:
        other.close()

    assert differ == []


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
    ({"a": {"name|containz": "x"}, "condition": "a"}, "there is no modifier 'containz' - did you mean 'contains'?"),
    ({"a": {"name|contains|startswith": "x"}, "condition": "a"}, "these modifiers do not go together"),
    ({"a": {"name|contains|contains": "x"}, "condition": "a"}, "these modifiers do not go together"),
    ({"a": {"name|contains|re": "x"}, "condition": "a"}, "these modifiers do not go together"),
    ({"a": {"name|contains|fieldref": "city"}, "condition": "a"}, "these modifiers do not go together"),
    ({"a": {"name|re|cased": "x"}, "condition": "a"}, "these modifiers do not go together"),
    ({"a": {"name|i": "x"}, "condition": "a"}, "these modifiers do not go together"),
    ({"a": {"name|exists|all": True}, "condition": "a"}, "these modifiers do not go together"),
    ({"a": {"name|base64": "x"}, "condition": "a"}, "'base64' means nothing here: the data holds no encoded text"),
    ({"a": {"name|wide": "x"}, "condition": "a"}, "'wide' means nothing here"),
    ({"a": {"name|windash": "-x"}, "condition": "a"}, "write each spelling as a value of its own"),
    ({"a": {"day|hour": 22}, "condition": "a"}, "in UTC, not at school"),
    ({"a": {"name|gte": 5}, "condition": "a"}, "'gte' cannot be asked of 'name'"),
    ({"a": {"n|re": "5"}, "condition": "a"}, "'re' cannot be asked of 'n'"),
    ({"a": {"ok|cidr": "10.0.0.0/8"}, "condition": "a"}, "'cidr' cannot be asked of 'ok'"),
    ({"a": {"ip|cidr": "10.0.0.1/8"}, "condition": "a"}, "this is no network - did you mean '10.0.0.0/8'?"),
    ({"a": {"ip|cidr": "school"}, "condition": "a"}, "write it as 203.0.113.0/24"),
    ({"a": {"ip|cidr": 10}, "condition": "a"}, "give text"),
    ({"a": {"n|gte": "5"}, "condition": "a"}, "give a number"),
    ({"a": {"n": "5"}, "condition": "a"}, "this field holds numbers"),
    ({"a": {"name": 5}, "condition": "a"}, "this field holds text"),
    ({"a": {"words": 5}, "condition": "a"}, "this field holds text"),
    ({"a": {"ok": "yes"}, "condition": "a"}, "give true or false"),
    ({"a": {"name|exists": "yes"}, "condition": "a"}, "give true or false"),
    ({"a": {"name|fieldref": "stad"}, "condition": "a"}, "there is no field 'stad' here"),
    ({"a": {"name|fieldref": "n"}, "condition": "a"}, "these two fields cannot be compared"),
    ({"a": {"n|fieldref|contains": "m"}, "condition": "a"}, "these two fields cannot be compared"),
    ({"a": {"words|fieldref": "words"}, "condition": "a"}, "these two fields cannot be compared"),
    ({"a": {"|startswith": "word"}, "condition": "a"}, "these modifiers do not go together"),
    ({"a": [True], "condition": "a"}, "this field holds text"),
    ({"a": [[{"n": 5}]], "condition": "a"}, "give a table of fields"),
    ({"a": {"name": []}, "condition": "a"}, "this field holds text"),
    ({"a": {}, "condition": "a"}, "give a table of fields"),
    ({"a": [], "condition": "a"}, "give a table of fields"),
    ({"a": None, "condition": "a"}, "give a table of fields"),
    ({"a": {"name": "x\0"}, "condition": "a"}, "NUL"),
    ({"a": {"name": "x\ud800"}, "condition": "a"}, "half a sign"),
    ({"a": {"name": "x" * 1_001}, "condition": "a"}, "at most 1000 characters"),
    ({"a": {"name": [f"n{n}" for n in range(5_001)]}, "condition": "a"}, "at most 5000 values"),
    ({"a": [f"n{n}" for n in range(1_300)], "condition": "a"}, "at most 5000 values"),
    ({"a": {"name": "x"}, "timeframe": "5m", "condition": "a"}, "a time frame belongs in a correlation"),
    ({"a": {"name": "x"}, "condition": ["a", "b"]}, "write one condition"),
    ({"a": {"name": "x"}, "condition": "b"}, "'b' not defined"),
    ({"a": {"name": "x"}, "condition": "1 of b*"}, "doesn't match any"),
    ({"a": {"name": "x"}, "condition": "a and"}, "Expected"),
    ({"a": {"name": "x"}, "condition": "a | count() > 5"}, "deprecated"),
    ({"a": {"name": "x"}, "condition": "not " * 15 + "not a"}, "nests too deep"),
    ({"a": {"name": "x"}, "condition": f"{'not ' * 240}a"}, "nests too deep"),
    ({"condition": "a"}, "give at least one detection"),
    ({"a": {"name|expand": "%staf%"}, "condition": "a"}, "no list 'staf' under [lists] - did you mean 'staff'?"),
    ({"a": {"name|re|expand": "%staff%"}, "condition": "a"}, "a list cannot stand in a pattern"),
    ({"a": {"n|expand": "%staff%"}, "condition": "a"}, "this field holds numbers"),
    ({"a": {"ip|cidr|expand": "%staff%"}, "condition": "a"}, "this is no network"),
    ({"a": {"name|expand": "%many%-%many%"}, "condition": "a"}, "more than 5000 values"),
    ({"a": {"name|expand": "%staff%", "name": "x"}, "condition": "a"}, "give this in a detection of its own"),
    *(
        ({"a": {"name|re": pattern}, "condition": "a"}, sentence)
        for pattern, sentence in (
            ("(?=x)", "'(?=' is not possible"), ("(?<!x)y", "'(?<' is not possible"),
            ("(?i)x", "'(?i' is not possible"),
            (r"(a)\1", "'\\1' is not possible"), (r"\bx", "'\\b' does not mean the same"),
            ("[[:alpha:]]", "one by one"),
            ("(a", "a bracket is not closed"), ("a)", "closes nothing"), ("*a", "nothing before '*'"),
            ("^*", "nothing before '*'"), ("a**", "repeat a thing once"), ("a{5,2}", "write how often"),
            ("a{x}", "write how often"), ("[z-a]", "runs the wrong way"), ("[a", "ends too early"),
            ("a\\", "too early"),
            ("(a{1,99}){1,99}", "too large"), ("(a?b?c?){99}", "too large"), ("(" * 20 + ")" * 20, "nests too deep"),
            ("a" * 1_000 + "{2}", "at most 1000"), ("[^\\s\\S]", "holds no sign"), (5, "give text"),
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("detection", "sentence"), REFUSED, ids=[f"{n} {one[0]!s:.60}" for n, one in enumerate(REFUSED)]
)
def test_what_is_not_known_is_refused(detection: dict[str, Any], sentence: str, english: None) -> None:
    """A modifier that is skipped in silence makes a rule that guards nothing."""
    found = wrong_with(detection, {"staff": ["anna"], "many": [str(n) for n in range(100)]})

    assert sentence in "\n".join(found)
    assert all(one.startswith("rules/test.yml:7: detection") for one in found)


def test_a_condition_as_deep_as_is_taken_runs_on_both_databases(
    board: Board, rows: list[dict[str, Any]], postgres_schema: str
) -> None:
    """SQLite reads no deeper than a hundred brackets: what it cannot read must be refused before."""
    detection = {"a": {"name|contains": ["n", "r"]}, "b": [{"n|gt": 3, "words": ["sms", "x"]}, {"ip|cidr": "::/0"}]}
    deeper = condition = "a"
    while not (found := wrong_with({**detection, "condition": deeper})):
        deeper, condition = f"not (b and {deeper})", deeper
    assert "nests too deep" in found[0] or "te diep" in found[0]

    other = Board(rows, on_postgresql(postgres_schema))
    try:
        assert condition.count("not") > 4
        assert board.hits({**detection, "condition": condition}) == other.hits({**detection, "condition": condition})
    finally:
        other.close()


def test_a_list_as_long_as_is_taken_runs_on_both_databases(
    board: Board, rows: list[dict[str, Any]], postgres_schema: str
) -> None:
    """SQLite reads a OR b as nested: thousands of values must not be thousands of brackets."""
    names = [f"n{n}" for n in range(2_400)] + ["anna"]
    detection = {"a": {"name": names}, "b": {"name|contains|neq": names}, "condition": "a and not b"}
    other = Board(rows, on_postgresql(postgres_schema))
    try:
        assert board.hits(detection) == other.hits(detection) == board.hits({"a": {"name": "anna"}, "condition": "a"})
    finally:
        other.close()


def test_an_empty_list_fits_nothing_and_its_opposite_all(board: Board) -> None:
    """A board without own addresses has an empty list; pySigma alone would take it for 'the field is absent'."""
    assert board.hits({"a": {"ip|cidr|expand": "%none%"}, "condition": "a"}, {"none": []}) == set()
    assert board.hits({"a": {"ip|cidr|expand": "%none%"}, "condition": "not a"}, {"none": []}) == set(range(2_000))


def test_the_fields_of_a_condition_are_known() -> None:
    """Which lists of the board decide a rule follows from the fields that it reads."""
    detection = {"a": {"name": "x", "n|fieldref": "m"}, "b": {"ok": True}, "condition": "a and not b"}

    assert set(fields_of(tree_of(detection, {}))) == {"name", "n", "m", "ok"}
    assert set(fields_of(tree_of({"a": ["word"], "condition": "a"}, {}))) == {"name", "city", "ip", "words", "day"}


def test_a_list_is_searched_word_by_word_on_both_databases(open_database: OpenStore) -> None:
    """A list is JSON in the database; neither its brackets nor two of its words make a third."""
    from ibpmon.store.views import views
    from tests.conftest import MONDAY
    from tests.judging import DATASETS, put

    store = open_database(DATASETS)
    put(store, "accounts", [{"account_id": "a"}, {"account_id": "b"}])
    put(store, "mfa-registration", [
        {"account_id": "a", "methods": ["sms", "email"]}, {"account_id": "b", "methods": []},
    ])  # fmt: skip
    view = views(store, MONDAY)["accounts"]
    detection = {"a": {"mfa_methods": "SMS"}, "condition": "a"}
    tree = parse_condition(Document({"detection": detection}, {}), "a", (), Problems(Path("rules/test.yml")))
    with store.read() as session:
        wanted = compile_condition(tree, view.selectable, view.columns)
        assert list(session.scalars(select(view.selectable.c.account_id).where(wanted))) == ["a"]
