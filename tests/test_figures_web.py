"""The pages as they are measured: each measurement on a small scale, and what it sees when something is wrong."""

from collections.abc import Sequence

import pytest

from benchmarks.figures import Measurement
from benchmarks.web import MEASUREMENTS, roles, tokens
from ibpmon.web.roles import ALLOWED
from tests import test_web_tokens


def test_every_figure_of_the_pages_is_named_once() -> None:
    """Two lines of one name would let one hide the other."""
    measured: Sequence[Measurement] = MEASUREMENTS
    told = [figure.figure for measurement in measured for figure in measurement.figures]
    assert len(told) == len(set(told)) >= 12


def test_fourteen_forged_tokens_are_measured_and_one_that_comes_in_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A good token among the forged ones is one that was let in."""
    values = tokens.measure_tokens(False)
    assert [one.value for one in values.values()] == [14, 0, 1]
    good = {"good": lambda microsoft: microsoft.desk.sign(test_web_tokens.claims(microsoft))}
    monkeypatch.setattr(tokens, "FORGED", good)
    assert tokens.measure_tokens(False)["web_tokens.forged_accepted"].value == 1


@pytest.mark.slow
def test_a_role_that_opens_too_much_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bestuur gets to see who looked at whom: the rows still say that only the FG may."""
    assert [one.value for one in roles.measure_roles(False).values()][1:3] == [0, 0]
    from ibpmon.web import roles as giving

    monkeypatch.setattr(giving, "ALLOWED", {**ALLOWED, "viewers": frozenset({"fg", "board"})})
    assert roles.measure_roles(False)["web_roles.unexpected"].value == 1
