"""Roles that are recognised by a group or a department: who has them, and when that cannot be told."""

from datetime import datetime
from pathlib import Path

import pytest

from ibpmon.review.access import Access, look
from ibpmon.review.asking import missing
from ibpmon.review.differences import Scales, compared
from ibpmon.review.items import review
from ibpmon.review.matrix import Matrix, load_matrix
from ibpmon.review.rounds import plan
from ibpmon.store.database import Store
from tests.access_world import World, datasets
from tests.conftest import MONDAY, OpenStore
from tests.review_world import MATRIX, bureau_of

ROLES = """
[[roles]]
key = "by-group"
groups = ["IB*"]

[[roles]]
key = "by-department"
departments = ["Zorg*"]
populations = ["staff"]

[[rules]]
role = "by-group"
resources = ["Zorg"]
right = "write"

[[rules]]
role = "by-department"
resources = ["Dossiers"]
right = "read"
"""
TEXT = MATRIX.partition("[[roles]]")[0] + ROLES
pytestmark = pytest.mark.usefixtures("english")


def world() -> World:
    """Anna is in the group itself, Bram in one inside it, Chris in neither; all three come into both places."""
    made = World()
    for key, department in (("anna", "Zorg en welzijn"), ("bram", "School"), ("chris", None)):
        made.person(key, key.title(), department=department)
        for place in ("zorg", "dossiers"):
            made.grant(place, role="read", user_id=key)
    made.person("dewi", "Dewi", department="Zorg")
    made.site("zorg", "Zorg")
    made.site("dossiers", "Dossiers")
    made.group("ib", "IB-ers", members="anna", inner="ib-west")
    made.group("ib-west", "West", members="bram")
    return made


def matrix(folder: Path) -> Matrix:
    """The matrix above."""
    path = folder / "matrix.toml"
    path.write_text(TEXT, encoding="utf-8")
    return load_matrix(path)


def verdicts(store: Store, folder: Path, now: datetime = MONDAY) -> dict[tuple[str, str], tuple[str, str]]:
    """What the matrix says of each person in each place."""
    rules = matrix(folder)
    with store.read() as session:
        landscape = look(session, store, now)
    found = review(rules.content.processes[0], landscape, rules, now)
    said: list[tuple[Access, str, str]] = [(one, "MISSING", "") for one in missing(landscape, found, now)]
    said += [(one.access, one.judgement.outcome, one.judgement.reason) for one in found.items]
    return {(one.principal.name, one.resource.name): (outcome, reason) for one, outcome, reason in said}


def test_who_is_in_the_group_has_the_role_however_deep(open_database: OpenStore, tmp_path: Path) -> None:
    """A board that keeps its roles as groups does not type them over into a staff list."""
    store = open_database(datasets())
    world().save(store)
    found = verdicts(store, tmp_path)
    assert found["Anna", "Zorg"] == found["Bram", "Zorg"] == ("CONFORM", "")
    assert found["Chris", "Zorg"] == ("DEVIATION", "outside")


def test_a_group_that_was_not_read_makes_nobody_an_outsider(open_database: OpenStore, tmp_path: Path) -> None:
    """Chris may be in the part that was not read; Anna certainly has the role."""
    store, made = open_database(datasets()), world()
    made.unread["ib-west"] = "throttled"
    made.save(store)
    found = verdicts(store, tmp_path)
    assert found["Anna", "Zorg"] == ("CONFORM", "")
    assert found["Chris", "Zorg"] == ("UNKNOWN", "group")


def test_groups_that_were_never_read_say_nothing_of_anybody(open_database: OpenStore, tmp_path: Path) -> None:
    """Not conform, not a deviation: unknown."""
    store, made = open_database(datasets()), world()
    made.never = ("groups", "group-members")
    made.save(store)
    assert verdicts(store, tmp_path)["Anna", "Zorg"] == ("UNKNOWN", "group")


def test_the_department_of_the_account_gives_the_role(open_database: OpenStore, tmp_path: Path) -> None:
    """Without one it cannot be told, and who should have access and lacks it is missed by this role too."""
    store = open_database(datasets())
    world().save(store)
    found = verdicts(store, tmp_path)
    assert found["Anna", "Dossiers"] == ("CONFORM", "")
    assert found["Bram", "Dossiers"] == ("DEVIATION", "outside")
    assert found["Chris", "Dossiers"] == ("UNKNOWN", "department")
    assert found["Dewi", "Dossiers"] == ("MISSING", "")


def test_a_group_that_is_not_there_is_told_before_a_round(open_database: OpenStore, tmp_path: Path) -> None:
    """One wrong letter would take the role from everybody."""
    store, made = open_database(datasets()), world()
    made.save(store)
    right = plan(bureau_of(store, tmp_path, text=TEXT)).warnings
    wrong = plan(bureau_of(store, tmp_path, text=TEXT.replace("IB*", "IIB*"))).warnings
    assert "no_group" not in {one.code for one in right}
    assert [one.sentence for one in wrong if one.code == "no_group"] == [
        "Nobody has the role by-group by the group IIB*: no group has this name."
    ]


def test_a_rule_knows_the_same_roles_as_a_review(open_database: OpenStore, tmp_path: Path) -> None:
    """Two people with one function and another group are not alike."""
    store = open_database(datasets())
    world().save(store)
    with store.read() as session:
        landscape = look(session, store, MONDAY)
    scales = Scales(landscape, matrix(tmp_path), MONDAY, frozenset(store.data))
    differing = {(one.place_id, one.holder_id) for place in compared(scales) for one in place.differences}
    assert {("zorg", "chris"), ("dossiers", "bram")} <= differing
    assert not {("zorg", "anna"), ("zorg", "bram"), ("dossiers", "anna")} & differing
