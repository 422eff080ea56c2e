"""A review of 2,000 rows as PDF: how long it takes, what it holds in memory, and whether a second one is the same."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.figures import Figure, Measured, Measurement, Values
from ibpmon.report import documents, typesetter
from ibpmon.report import pdf as engine
from ibpmon.store.database import Store, open_store
from tests.access_world import datasets
from tests.conftest import MONDAY, TENANT
from tests.test_reports import MATRIX, config_of, team

PEOPLE = 1_000  # each is a row of the group and a row of its site
WRONG = 25  # every so many-th does not fit: as many questions as an owner should get at most, and a few more
TRIES = {False: 3, True: 9}
SIZE = f"{PEOPLE * 2:,} rows"
# The typesetter, which says afterwards how much it held at its highest; a child of ours would count what we hold too.
WATCHED = """import runpy, sys
from pathlib import Path
ended = runpy.run_path(sys.argv[1])["main"]()
sys.stderr.write(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
sys.exit(ended)"""
FIGURES = (
    Figure("pdf.seconds", "s", "<= 10", SIZE),
    Figure("pdf.peak_memory", "MiB", "<= 500", SIZE),
    Figure("pdf.size", "KiB", "", SIZE),
    Figure("pdf.others_when_made_again", "files", "== 0", SIZE),
)


def measure_pdf(full: bool) -> Values:
    """Make the same PDF a few times, as the report does it."""
    data, tries = large(), TRIES[full]
    seconds, files = [], []
    for _try in range(tries):
        begun = time.perf_counter()
        files.append(engine.pdf("review.typ", data))
        seconds.append(time.perf_counter() - begun)
    rows = sum(len(block.get("rows", ())) for section in data["sections"] for block in section["blocks"])
    note = f"{rows} rows in all tables, {len(data['questions']['about'])} people asked about; the whole process"
    return {
        "pdf.seconds": Measured(round(sorted(seconds)[tries // 2], 2), note, tries),
        "pdf.peak_memory": Measured(round(peak(data), 1), "the process that sets it; it is gone afterwards"),
        "pdf.size": Measured(round(len(files[0]) / 1024)),
        "pdf.others_when_made_again": Measured(sum(one != files[0] for one in files), tries=tries),
    }


def large() -> dict[str, Any]:
    """What the PDF of a large review is made of: through the store and the matrix, as any other."""
    people = {f"p{number}": person(number) for number in range(PEOPLE)}
    found: list[dict[str, Any]] = []

    def keep(_name: str, data: dict[str, Any], _own: Path | None) -> bytes:
        found.append(data)
        return b""

    with tempfile.TemporaryDirectory() as name, stored(Path(name)) as store, patch.object(documents, "pdf", keep):
        team(**people).save(store)
        (Path(name) / "matrix.toml").write_text(MATRIX, encoding="utf-8")
        config = config_of(Path(name), {"matrix": {"path": Path(name) / "matrix.toml"}})
        documents.write_reviews(store, config, MONDAY)
    return found[0]


def person(number: int) -> dict[str, Any]:
    """One of the team; some have no business there."""
    function = "Leerkracht" if number % WRONG == 0 else "Intern begeleider"
    return {"name": f"Anna van Verzinsel-{number:04}", "function": function, "school": "PAP"}


@contextmanager
def stored(folder: Path) -> Iterator[Store]:
    """An empty store."""
    store = open_store(f"sqlite:///{folder / 'ibpmon.db'}", datasets(), TENANT, "Waaier", MONDAY)
    try:
        yield store
    finally:
        store.engine.dispose()


def peak(data: dict[str, Any]) -> float:
    """MiB that the typesetter held at its highest."""
    told: list[float] = []

    def watched(_name: str, job: str, folder: Path, _seconds: float) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-I", "-c", WATCHED, typesetter.__file__]
        ended = subprocess.run(
            command, input=job.encode(), capture_output=True, env=engine.ENVIRONMENT, cwd=folder, check=True
        )
        told.append(int(ended.stderr.split()[-1]) / 1024)
        return ended

    with patch.object(engine, "run", watched):
        engine.pdf("review.typ", data)
    return told[0]


MEASUREMENTS = (Measurement(FIGURES, measure_pdf),)
