"""The review as it is measured: the figures see a PDF that is another one each time."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest

from benchmarks.figures import Measurement
from benchmarks.review import MEASUREMENTS, pdf
from ibpmon.report import pdf as engine


def test_every_figure_is_named_once() -> None:
    """Two lines of one name would let one hide the other."""
    measured: Sequence[Measurement] = MEASUREMENTS
    told = [figure.figure for measurement in measured for figure in measurement.figures]
    assert len(told) == len(set(told)) >= 4


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A review that takes no seconds."""
    monkeypatch.setattr(pdf, "PEOPLE", 30)


@pytest.mark.usefixtures("small")
def test_all_of_a_pdf_is_measured() -> None:
    """Each figure has a value, and the same data gave the same file."""
    values = pdf.measure_pdf(False)

    assert set(values) == {figure.figure for figure in pdf.FIGURES}
    assert values["pdf.others_when_made_again"].value == 0
    assert 20 < (values["pdf.peak_memory"].value or 0) < 500


@pytest.mark.usefixtures("small")
def test_a_pdf_that_differs_each_time_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A measurement that cannot fail measures nothing."""
    numbers, make = count(), engine.pdf

    def other(name: str, data: dict[str, Any]) -> bytes:
        return make(name, data | {"board": f"board {next(numbers)}"})

    monkeypatch.setattr(engine, "pdf", other)
    assert pdf.measure_pdf(False)["pdf.others_when_made_again"].value == pdf.TRIES[False] - 1
