"""The figures of the main job: the demo, the planted truth, the speed of ingest, and the start of the command line."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Measured, Measurement, Values
from benchmarks.ingest import RATIO, measure_ingest
from benchmarks.mutations import MUTATIONS, measure_mutations

SEEDS = (1, 2, 3)
EVERYTHING = (
    "import alembic, apscheduler.schedulers.background, babel, click, css_inline, jinja2, msal, msgspec, pandas, "
    "psycopg, pydantic, requests, rich.progress, sigma.collection, sqlmodel"
)
HELP = "import sys; from ibpmon.cli import main; sys.argv = ['ibpmon', '--help']; main()"
HEAVY = ("pandas", "sqlmodel", "fastapi", "msal")


def demo(size: str, seed: int, folder: Path) -> dict[str, Any]:
    """What `ibpmon demo --json` says, run as a person runs it."""
    command = [sys.executable, "-c", "from ibpmon.cli import main; main()", "demo", "--json"]
    command += ["--size", size, "--seed", str(seed), "--folder", str(folder)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if not answer.stdout:
        raise RuntimeError(answer.stderr[-500:])
    result: dict[str, Any] = json.loads(answer.stdout)
    return result


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def demo_figures(size: str, seconds: int) -> tuple[Figure, ...]:
    """The figures of one size."""
    return (
        Figure(f"demo.{size}.seconds", "s", f"<= {seconds}", size),
        Figure(f"demo.{size}.peak_memory", "MiB", "", size),
        Figure(f"demo.{size}.microsoft_peak_memory", "MiB", "", size),
        Figure(f"demo.{size}.json_keys_missing", "keys", "== 0", size),
    )


def measure_demo(size: str) -> Callable[[bool], Values]:
    """Time and memory of one demo; the downloads are done by then."""

    def measure(_full: bool) -> Values:
        with scratch() as folder:
            told = demo(size, 1, folder / "demo")
        wanted = {"planted", "found", "missed", "unplanted", "seconds", "peak_memory_mib"}
        return {
            f"demo.{size}.seconds": Measured(told["seconds"]),
            f"demo.{size}.peak_memory": Measured(told["peak_memory_mib"], "the engine: collect, judge, mail, report"),
            f"demo.{size}.microsoft_peak_memory": Measured(told["microsoft_peak_memory_mib"], "the simulation"),
            f"demo.{size}.json_keys_missing": Measured(len(wanted - told.keys())),
        }

    return measure


def truth_figures() -> tuple[Figure, ...]:
    """Found, missed and unplanted, per seed."""
    return tuple(
        figure
        for seed in SEEDS
        for figure in (
            Figure(f"truth.seed{seed}.found_share", "of planted", "== 1"),
            Figure(f"truth.seed{seed}.missed", "problems", "== 0"),
            Figure(f"truth.seed{seed}.unplanted", "problems", "== 0"),
        )
    )


def measure_truth(full: bool) -> Values:
    """Whether all that was planted is found, and nothing else; quick on the small board, full on the large one."""
    values: Values = {}
    size = "board" if full else "small"
    for seed in SEEDS:
        with scratch() as folder:
            told = demo(size, seed, folder / "demo")
        note = f"{told['found']} of {told['planted']} planted"
        values[f"truth.seed{seed}.found_share"] = Measured(told["found"] / told["planted"], note, size=size)
        values[f"truth.seed{seed}.missed"] = Measured(told["missed"], size=size)
        values[f"truth.seed{seed}.unplanted"] = Measured(told["unplanted"], size=size)
    return values


START = (
    Figure("help.ratio_to_eager_import", "ratio", "<= 0.25"),
    Figure("help.heavy_imports", "modules", "== 0"),
)


def measure_start(full: bool) -> Values:
    """How long help takes beside an import of everything, in turns, and what it imports."""
    tries = 15 if full else 7
    help_seconds, eager_seconds = [], []
    for _try in range(tries):
        help_seconds.append(seconds_of(HELP))
        eager_seconds.append(seconds_of(EVERYTHING))
    ratio = statistics.median(help_seconds) / statistics.median(eager_seconds)
    note = f"{statistics.median(help_seconds) * 1000:.0f} ms against {statistics.median(eager_seconds) * 1000:.0f} ms"
    return {
        "help.ratio_to_eager_import": Measured(round(ratio, 3), note, tries),
        "help.heavy_imports": Measured(len(heavy_imports()), "of " + ", ".join(HEAVY)),
    }


def seconds_of(code: str) -> float:
    """The time of one fresh interpreter."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=True, env=os.environ)
    return time.perf_counter() - begun


def heavy_imports() -> list[str]:
    """Which heavy modules help has loaded when it is done."""
    code = f"try:\n    {HELP.replace('; ', chr(10) + '    ')}\nexcept SystemExit: pass\n"
    code += f"print([name for name in {HEAVY!r} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found: list[str] = json.loads(answer.stdout.splitlines()[-1].replace("'", '"'))
    return found


MEASUREMENTS = (
    Measurement(demo_figures("small", 60), measure_demo("small")),
    Measurement(demo_figures("board", 300), measure_demo("board")),
    Measurement(truth_figures(), measure_truth),
    Measurement(MUTATIONS, measure_mutations),
    Measurement((RATIO,), measure_ingest),
    Measurement(START, measure_start),
)
