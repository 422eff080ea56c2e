"""The autorisatiematrix as files: the one to begin with, the cross tables of boards, and the workbook we write."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ibpmon.content import shipped
from ibpmon.review.matrix import load_matrix
from tests.conftest import Answer

Run = Callable[..., Answer]
pytestmark = pytest.mark.usefixtures("english")


# ---------------------------------------------------------------- the matrix to begin with


def test_the_starter_is_a_matrix_as_it_stands(ibpmon: Run, tmp_path: Path) -> None:
    """Whoever starts gets something that can be proposed, not a form that is refused at the first try."""
    out = tmp_path / "matrix.toml"
    assert ibpmon("matrix", "starter", "--out", out).code == 0

    content = load_matrix(out).content
    assert {"directie", "lb-er", "leerkracht", "administratie"} <= {role.key for role in content.roles}
    bureau = {"ICT", "P&O", "Facilitair", "Financiën", "Secretariaat", "Huisvesting", "Onderwijs"}
    assert bureau < {process.name for process in content.processes}
    assert {rule.role for rule in content.rules} <= {role.key for role in content.roles}
    assert "VUL IN" in out.read_text(encoding="utf-8")


def test_each_place_of_a_starter_rule_belongs_to_a_process() -> None:
    """A right on a place that nobody answers for would be asked of nobody."""
    content = load_matrix(shipped("reports") / "matrix-starter.toml").content
    known = {place for process in content.processes for place in process.resources}
    assert {place for rule in content.rules for place in rule.resources} <= known


def test_the_starter_never_overwrites_a_matrix(ibpmon: Run, tmp_path: Path) -> None:
    """Somebody may have worked on that file for a week."""
    out = tmp_path / "matrix.toml"
    out.write_text("mine", encoding="utf-8")

    answer = ibpmon("matrix", "starter", "--out", out)

    assert answer.code == 1
    assert "is there already" in answer.err
    assert out.read_text(encoding="utf-8") == "mine"
    assert ibpmon("matrix", "starter", "--out", tmp_path / "nowhere" / "matrix.toml").code == 1
