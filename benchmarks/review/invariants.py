"""The invariants of a review: how many have a test that bears their number, and of how many all such tests pass."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from benchmarks.figures import Figure, Measured, Measurement, Values
from tests.judging import ROOT

NUMBERS = range(1, 25)
FILES = sorted(ROOT.glob("tests/test_review_*.py"))
BORNE = re.compile(r"(\d{1,2}(?: and \d{1,2})*)\. ")
FIGURES = (
    Figure("review_invariants.named", "of 24 invariants", "== 24"),
    Figure("review_invariants.passing", "of 24 invariants", "== 24"),
)


def numbered() -> Iterator[tuple[int, str, Path]]:
    """The number of an invariant with the name and the file of a test that bears it at the head of its docstring."""
    for path in FILES:
        for one in ast.parse(path.read_text(encoding="utf-8")).body:
            told = BORNE.match(ast.get_docstring(one) or "") if isinstance(one, ast.FunctionDef) else None
            if told and isinstance(one, ast.FunctionDef):
                yield from ((int(number), one.name, path) for number in told[1].split(" and "))


def measure_invariants(full: bool) -> Values:
    """Run those tests: on both databases, or quickly on SQLite alone."""
    found = list(numbered())
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        nodes = sorted({f"{path}::{name}" for _number, name, path in found})
        only = [] if full else ["-k", "not postgresql"]
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            f"--junitxml={report}",
            *only,
            *nodes,
        ]
        subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        passed, broken = outcomes(report)
    named = {number for number, _name, _path in found} & set(NUMBERS)
    right = {one for one in named if all(name in passed - broken for number, name, _path in found if number == one)}
    told = f"{len(nodes)} tests; not named {sorted(set(NUMBERS) - named)}, broken {sorted(broken)}"
    return {
        "review_invariants.named": Measured(len(named), told, len(nodes)),
        "review_invariants.passing": Measured(len(right), told, len(nodes)),
    }


def outcomes(report: Path) -> tuple[set[str], set[str]]:
    """The names of the tests that ran, and of those of which one did not pass."""
    ran, broken = set[str](), set[str]()
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - written by our own run
        name = case.get("name", "").partition("[")[0]
        ran.add(name)
        broken |= {name} if any(child.tag in ("failure", "error", "skipped") for child in case) else set()
    return ran, broken


MEASUREMENTS = (Measurement(FIGURES, measure_invariants),)
