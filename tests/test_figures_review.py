"""The review as it is measured: access beside the truth of a board, and a PDF that is another one each time."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest

from benchmarks.figures import Measurement
from benchmarks.review import MEASUREMENTS, pdf
from benchmarks.review.access import Found, found_on
from ibpmon.report import pdf as engine


def test_every_figure_of_the_review_is_named_once() -> None:
    """Two lines of one name would let one hide the other."""
    measured: Sequence[Measurement] = MEASUREMENTS
    told = [figure.figure for measurement in measured for figure in measurement.figures]
    assert len(told) == len(set(told)) >= 12


@pytest.fixture(scope="module")
def board() -> Found:
    """A small board, with SharePoint's own interface read too."""
    return found_on("small", 1)


def test_every_way_in_is_explained_and_none_is_invented(board: Found) -> None:
    """Nested to any depth, SharePoint groups, links, everyone, folders with their own rights, roles and apps."""
    assert board.told == board.truth
    assert board.without_why == []


def test_the_board_has_a_way_of_every_kind(board: Found) -> None:
    """What is not planted cannot be missed."""
    places = {way.place[0] for way in board.truth}
    holders = {way.who[0] for way in board.truth}
    assert places == {"group", "site", "role", "app"}
    assert holders == {"person", "machine", "link", "everyone", "other"}
    assert max(len(way.groups) for way in board.truth) >= 6
    assert any(way.item for way in board.truth)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A review that takes no seconds."""
    monkeypatch.setattr(pdf, "PEOPLE", 30)


@pytest.mark.usefixtures("few")
def test_all_of_a_pdf_is_measured() -> None:
    """Each figure has a value, and the same data gave the same file."""
    values = pdf.measure_pdf(False)

    assert set(values) == {figure.figure for figure in pdf.FIGURES}
    assert values["pdf.others_when_made_again"].value == 0
    assert 20 < (values["pdf.peak_memory"].value or 0) < 500


@pytest.mark.usefixtures("few")
def test_a_pdf_that_differs_each_time_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A measurement that cannot fail measures nothing."""
    numbers, make = count(), engine.pdf

    def other(name: str, data: dict[str, Any]) -> bytes:
        return make(name, data | {"board": f"board {next(numbers)}"})

    monkeypatch.setattr(engine, "pdf", other)
    assert pdf.measure_pdf(False)["pdf.others_when_made_again"].value == pdf.TRIES[False] - 1
