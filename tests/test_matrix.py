"""The autorisatiematrix: what it allows, what it leaves open, and what it refuses to be."""

from pathlib import Path
from typing import Any

import pytest

from ibpmon import language
from ibpmon.errors import CONFIGURATION, ContentError
from ibpmon.review.access import Person, Resource, Right
from ibpmon.review.matrix import Matrix, fits_any, load_matrix

HEAD = 'version = "2026-2"\napproved_by = "Anna"\napproved_on = 2026-09-01\n'
TEXT = (
    HEAD
    + """
[[processes]]
key = "zorg"
name = "Zorg"
owner = "Anna"
resources = ["PAP Zorgteam"]

[[roles]]
key = "teacher"
functions = ["Leerkracht*"]

[[roles]]
key = "staff"
populations = ["staff"]

[[rules]]
role = "teacher"
resources = ["* Leerkrachten"]
right = "write"
same_school = true

[[rules]]
role = "staff"
resources = ["* Leerkrachten", "Nieuws"]
right = "read"
"""
)
TEACHERS = Resource("site", "s", "PAP Leerkrachten", school="PAP")


@pytest.fixture(autouse=True)
def english() -> Any:
    """The words of the code itself."""
    before = language.current()
    language.use("en")
    yield
    language.use(before)


@pytest.fixture
def matrix(tmp_path: Path) -> Matrix:
    """The matrix above."""
    return matrix_of(tmp_path, TEXT)


def matrix_of(folder: Path, text: str) -> Matrix:
    """A matrix from its text."""
    path = folder / "autorisatiematrix.toml"
    path.write_text(text, encoding="utf-8")
    return load_matrix(path)


def staff(**known: Any) -> Person:
    """A teacher of PAP, unless told otherwise."""
    return Person("a", **({"population": "staff", "function": "Leerkracht groep 6", "schools": ("PAP",)} | known))


@pytest.mark.parametrize(
    ("person", "right", "outcome", "reason"),
    [
        (staff(), "write", "CONFORM", ""),
        (staff(schools=("VLI", "PAP")), "write", "CONFORM", ""),
        (staff(), "owner", "DEVIATION", "too_high"),
        (staff(function="Conciërge"), "read", "CONFORM", ""),
        (staff(function="Conciërge"), "write", "DEVIATION", "too_high"),
        (staff(function=""), "write", "UNKNOWN", "function"),
        (staff(function=""), "owner", "DEVIATION", "too_high"),
        (staff(schools=()), "write", "UNKNOWN", "school"),
        (Person("p", population="pupil"), "read", "DEVIATION", "outside"),
        (Person("g", population="guest"), "read", "DEVIATION", "outside"),
        (Person("u"), "read", "UNKNOWN", "population"),
    ],
)
def test_a_right_is_judged_by_role_school_and_height(
    matrix: Matrix, person: Person, right: Right, outcome: str, reason: str
) -> None:
    """What we do not know is never a yes and never a no."""
    judgement = matrix.judge(person, TEACHERS, right)

    assert (judgement.outcome, judgement.reason) == (outcome, reason)


def test_a_right_of_the_own_school_is_none_at_another(tmp_path: Path) -> None:
    """The reason tells the owner what to look at."""
    matrix = matrix_of(tmp_path, TEXT.replace('"* Leerkrachten", "Nieuws"', '"Nieuws"'))

    assert matrix.judge(staff(schools=("VLI",)), TEACHERS, "read").reason == "other_school"
    assert matrix.judge(staff(schools=("PAP",)), TEACHERS, "read").outcome == "CONFORM"


def test_a_place_without_a_rule_is_neither_right_nor_wrong(matrix: Matrix) -> None:
    """The owner is asked for the rule, not about every person."""
    assert matrix.judge(staff(), Resource("site", "s", "Projectgroep Zon"), "write").outcome == "NO_RULE"


def test_being_in_a_group_has_no_degrees(matrix: Matrix) -> None:
    """Membership counts as writing; a matrix that lets someone read there lets them be a member."""
    group = Resource("group", "g", "PAP Leerkrachten", school="PAP")

    assert matrix.judge(staff(function="Conciërge"), group, "write").outcome == "CONFORM"


def test_the_highest_right_over_all_roles_is_allowed(matrix: Matrix) -> None:
    """A teacher is staff as well."""
    assert matrix.role_of(staff()) == "teacher"
    assert matrix.allowed(staff(), TEACHERS) == "write"
    assert matrix.allowed(staff(function="Conciërge"), TEACHERS) == "read"
    assert matrix.allowed(Person("p", population="pupil"), TEACHERS) is None


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("PAP Zorgteam", "pap zorgteam", True),
        ("* Zorgteam", "PAP Zorgteam", True),
        ("* Zorgteam", "PAP Zorgteam oud", False),
        ("PAP [1]?", "PAP [1]?", True),
        ("PAP [1]?", "PAP 1x", False),
        ("*", "", True),
    ],
)
def test_only_the_star_is_special_in_a_name(pattern: str, name: str, fits: bool) -> None:
    """Names of groups hold brackets and question marks."""
    assert fits_any((pattern,), name) is fits


def test_each_version_of_the_file_has_its_own_fingerprint(tmp_path: Path) -> None:
    """A review names the matrix that it was judged by."""
    assert matrix_of(tmp_path, TEXT).hash != matrix_of(tmp_path, TEXT + "# later\n").hash
    assert len(matrix_of(tmp_path, HEAD).hash) == 64


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('role = "teacher"', 'role = "tacher"', "autorisatiematrix.toml:20: rules.0.role: there is no role"),
        ('key = "staff"', 'key = "Teacher"', "autorisatiematrix.toml:16: roles.1.key: this key is used twice"),
        ('resources = ["PAP Zorgteam"]', "resources = []", "autorisatiematrix.toml:9: processes.0.resources"),
        ('right = "read"', 'right = "rread"', "autorisatiematrix.toml:28: rules.1.right"),
        ('populations = ["staff"]', "", "roles.1: say how this role is recognised"),
        ('owner = "Anna"', 'owner = "Anna"\ncolour = "red"', "processes.0.colour: ibpmon does not know this key"),
        ('approved_by = "Anna"\n', "", "approved_by: this key is missing"),
        ("[[rules]]", "[[rules", "is not valid TOML"),
    ],
)
def test_a_matrix_that_cannot_be_meant_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    """The person who wrote it has to find the place."""
    with pytest.raises(ContentError) as refused:
        matrix_of(tmp_path, TEXT.replace(old, new, 1))

    assert problem in refused.value.english()
    assert refused.value.exit_code == CONFIGURATION
    assert all(refused.value.told(str)[:1])


def test_a_matrix_that_is_not_there_says_where_it_is_named(tmp_path: Path) -> None:
    """The first mistake that anybody makes."""
    with pytest.raises(ContentError, match="cannot read the autorisatiematrix"):
        load_matrix(tmp_path / "none.toml")


def test_a_matrix_of_unlikely_size_is_not_read(tmp_path: Path) -> None:
    """A file that people write is small."""
    with pytest.raises(ContentError, match="larger than 1 MB"):
        matrix_of(tmp_path, "#" * (1024 * 1024 + 1))
