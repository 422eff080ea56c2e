"""The mechanism of figures: every figure is a line, and what was not measured does not hold."""

import re
import subprocess
import sys
import tomllib

import pytest

from benchmarks.figures import Figure, Measured, Measurement, Values, run
from benchmarks.main import MEASUREMENTS
from tests.judging import ROOT

SPEED, MEMORY = Figure("speed", "rows/s", ">= 100", "board"), Figure("memory", "MiB")


def lines(values: Values) -> dict[str, tuple[float | None, bool, str]]:
    """What is printed for two figures when these values are measured."""
    measured = run([Measurement((SPEED, MEMORY), lambda _full: values)], full=False)
    return {line.figure: (line.value, line.holds, line.size) for line in measured}


@pytest.mark.parametrize(("value", "holds"), [(100.0, True), (99.9, False)])
def test_a_figure_holds_on_the_right_side_of_its_bar(value: float, holds: bool) -> None:
    """A bar is a promise with a number."""
    assert lines({"speed": Measured(value), "memory": Measured(1)})["speed"] == (value, holds, "board")


def test_what_was_not_measured_is_a_line_that_does_not_hold() -> None:
    """A figure that silently disappears would look like one that was met."""
    assert lines({"speed": Measured(200)})["memory"] == (None, False, "")


def test_a_broken_measurement_is_told_and_the_others_go_on() -> None:
    """One broken measurement must not hide the rest."""

    def broken(_full: bool) -> Values:
        raise RuntimeError("no network")

    measurements = [Measurement((SPEED,), broken), Measurement((MEMORY,), lambda _full: {"memory": Measured(5)})]
    first, second = run(measurements, full=True)

    assert (first.holds, second.holds) == (False, True)
    assert "no network" in first.note
    assert first.mode == "full"


def test_a_reduced_size_says_so() -> None:
    """A quick run on a small board must not pass for the large one."""
    assert lines({"speed": Measured(200, size="small")})["speed"] == (200, True, "small")


def test_the_main_job_names_each_of_its_figures_once() -> None:
    """Two lines of one name would let one hide the other."""
    names = [figure.figure for measurement in MEASUREMENTS for figure in measurement.figures]
    assert len(names) == len(set(names)) > 15


def test_processes_that_a_measurement_starts_do_not_run_the_command_again() -> None:
    """Each of them would, and warn of it, when the command were a module that measurements import."""
    tasks = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["poe"]["tasks"]
    (name,) = re.findall(r"-m (\S+)", tasks["figures"]["cmd"])
    code = "import runpy, sys, benchmarks.figures; sys.argv = ['x', '--help']; "
    code += f"runpy.run_module({name!r}, run_name='__main__', alter_sys=True)"
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stderr, "subject" in ran.stdout) == (0, "", True)
