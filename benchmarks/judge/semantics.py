"""What rules mean: rules by chance on the public backend, plain Python and PostgreSQL; and what bad files do."""

import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, Phase, given, seed, settings
from sqlalchemy import create_engine, text

from benchmarks.figures import Figure, Measured, Measurement, Values
from tests import reference
from tests.malformed import malformed
from tests.semantics import Board, Detection, PublicBackend, Rows, on_postgresql, some_rows
from tests.test_malformed import problems_of
from tests.test_semantics import LISTS, OWN, SHARED, rules

POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
QUICK, FULL = 300, 5_000
ROWS = 5_000
FIGURES = (
    Figure("semantics.differ_from_public_backend", "rules", "== 0"),
    Figure("semantics.differ_from_plain_python", "rules", "== 0"),
    Figure("semantics.sqlite_and_postgresql_differ", "rules", "== 0"),
    Figure("semantics.rules_tried", "rules"),
    Figure("semantics.of_which_hit_something", "rules"),
)
FILES = (
    Figure("files.malformed", "files", ">= 200"),
    Figure("files.not_refused_with_file_and_line", "files", "== 0"),
    Figure("files.slowest", "s", "<= 5"),
)


@contextmanager
def elsewhere(rows: Rows) -> Iterator[Board]:
    """The records on PostgreSQL; gone afterwards."""
    name = f"figures_{uuid4().hex}"
    engine = create_engine(on_postgresql(POSTGRES), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
        try:
            with closing(Board(rows, on_postgresql(f"{POSTGRES}?options=-csearch_path%3D{name}"))) as board:
                yield board
        finally:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    engine.dispose()


def by_chance(items: Any, count: int, number: int, look: Callable[[Detection], None]) -> None:
    """Look at so many rules; each is judged for itself, so that one that differs does not end the count."""

    @seed(number)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(detection=rules(items))
    def each(detection: Detection) -> None:
        look(detection)

    each()


def measure_semantics(full: bool) -> Values:
    """How many rules by chance have other hits elsewhere, on five thousand records."""
    count, number = (FULL if full else QUICK), random.randrange(2**32)
    rows = some_rows(ROWS, number)
    differ: dict[str, list[Detection]] = {figure.figure: [] for figure in FIGURES}
    tried = hit = 0
    with closing(Board(rows)) as board, closing(PublicBackend(rows)) as backend, elsewhere(rows) as other:

        def shared(detection: Detection) -> None:
            nonlocal tried, hit
            found = board.hits(detection)
            tried, hit = tried + 1, hit + (0 < len(found) < ROWS)
            if found != backend.hits(detection):
                differ["semantics.differ_from_public_backend"].append(detection)

        def own(detection: Detection) -> None:
            nonlocal tried, hit
            found = board.hits(detection, LISTS)
            tried, hit = tried + 1, hit + (0 < len(found) < ROWS)
            if found != other.hits(detection, LISTS):
                differ["semantics.sqlite_and_postgresql_differ"].append(detection)
            if found != reference.hits(detection, rows, LISTS):
                differ["semantics.differ_from_plain_python"].append(detection)

        by_chance(SHARED, count, number, shared)
        by_chance(SHARED + OWN, count, number + 1, own)
    values = {
        name: Measured(len(found), f"seed {number}" + (f": {found[0]}" if found else ""))
        for name, found in differ.items()
    }
    size = f"{ROWS} records"
    return values | {
        "semantics.rules_tried": Measured(tried, f"seed {number}", size=size),
        "semantics.of_which_hit_something": Measured(hit, "some records and not all", size=size),
    }


def measure_files(_full: bool) -> Values:
    """Each bad rule file by itself: whether it is refused with its name and a line, and how soon."""
    loose, slowest, files = [], (0.0, ""), malformed()
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            begun = time.monotonic()
            try:
                found = problems_of(Path(folder), name, content)
            except Exception as error:  # noqa: BLE001 - a traceback is what must not be: it counts as not refused
                found = [f"{type(error).__name__}"]
            slowest = max(slowest, (time.monotonic() - begun, name))
            if not found or not all(re.search(rf"/{name}\.yml:\d+: ", one) for one in found):
                loose.append(name)
    return {
        "files.malformed": Measured(len(set(files.values()))),
        "files.not_refused_with_file_and_line": Measured(len(loose), ", ".join(loose) or "none"),
        "files.slowest": Measured(round(slowest[0], 3), slowest[1]),
    }


MEASUREMENTS = (Measurement(FIGURES, measure_semantics), Measurement(FILES, measure_files))
