"""Access as it is measured: the truth of a board, read by the real collector, beside what the engine makes of it."""

from collections.abc import Sequence

import pytest

from benchmarks.figures import Measurement
from benchmarks.review import MEASUREMENTS
from benchmarks.review.access import Found, found_on


def test_every_figure_of_the_review_is_named_once() -> None:
    """Two lines of one name would let one hide the other."""
    measured: Sequence[Measurement] = MEASUREMENTS
    told = [figure.figure for measurement in measured for figure in measurement.figures]
    assert len(told) == len(set(told)) >= 8
    assert {one.split(".")[0] for one in told} == {"review"}


@pytest.fixture(scope="module")
def small() -> Found:
    """A small board, with SharePoint's own interface read too."""
    return found_on("small", 1)


def test_every_way_in_is_explained_and_none_is_invented(small: Found) -> None:
    """Nested to any depth, SharePoint groups, links, everyone, folders with their own rights, roles and apps."""
    assert small.told == small.truth
    assert small.without_why == []


def test_the_board_has_a_way_of_every_kind(small: Found) -> None:
    """What is not planted cannot be missed."""
    places = {way.place[0] for way in small.truth}
    holders = {way.who[0] for way in small.truth}
    assert places == {"group", "site", "role", "app"}
    assert holders == {"person", "machine", "link", "everyone", "other"}
    assert max(len(way.groups) for way in small.truth) >= 6
    assert any(way.item for way in small.truth)
