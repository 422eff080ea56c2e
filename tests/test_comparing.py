"""More or less than the autorisatiematrix gives: what the comparison keeps, and what the rules on it say."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from ibpmon.judge.evaluate import Judgement, evaluate
from ibpmon.review.access import look
from ibpmon.review.asking import Before, missing
from ibpmon.review.bureau import Bureau, board_of
from ibpmon.review.comparing import Removal, compare, decided, settled
from ibpmon.review.decisions import assign
from ibpmon.review.differences import Difference
from ibpmon.review.items import review
from ibpmon.review.reopening import reopen
from ibpmon.review.verifying import verify
from ibpmon.store.database import Store
from ibpmon.store.review_tables import RemediationEvent
from ibpmon.store.tables import Finding, MatrixComparison, MatrixDifference, Run
from tests.access_world import World, datasets
from tests.conftest import MONDAY, OpenStore
from tests.judging import SHIPPED, place, put
from tests.review_world import (
    ANNA,
    CHRIS,
    DAY,
    MATRIX,
    about,
    all_decided,
    board,
    bureau,
    bureau_of,
    confirm,
    later,
    opened,
    read_again,
    say,
    sign,
    signed,
    store,
)

__all__ = ["bureau", "store"]  # fixtures

MORE, LESS, BACK, WIDE, MOVED = (
    "more-rights-than-matrix", "fewer-rights-than-matrix", "removed-right-is-back", "wider-than-matrix",
    "mover-keeps-rights",
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("english")


def judged(bureau: Bureau, rule: str = MORE) -> Judgement:
    """What a rule says after a comparison."""
    compare(bureau.store, bureau.config, bureau.now)
    return evaluate([SHIPPED[rule]], bureau.store, bureau.now)[0]


def there(bureau: Bureau, rule: str = MORE) -> dict[str, str]:
    """What is there of a rule, with how much it weighs."""
    judged(bureau, rule)
    with bureau.store.read() as session:
        mine = (Finding.rule == rule, Finding.gone_at == None)  # noqa: E711 - SQL
        return {one.subject: one.level for one in session.scalars(select(Finding).where(*mine))}  # type: ignore[arg-type]  # columns


def rows(store: Store, way: str) -> list[MatrixDifference]:
    """The differences of one kind."""
    with store.read() as session:
        return list(session.scalars(select(MatrixDifference).where(MatrixDifference.way == way)))  # type: ignore[arg-type]  # a column


def state(store: Store) -> str:
    """How the last comparison went."""
    with store.read() as session:
        return session.get_one(MatrixComparison, store.tenant).state


def grant(store: Store, who: str, right: str = "write", at: datetime = MONDAY) -> None:
    """Somebody gets a right on Zorg."""
    given = [dict(one) for one in living(store, "drive-permissions")]
    row = {"drive_id": "zorg-files", "permission_id": f"new-{who}", "roles": [right], "user_id": who}
    put(store, "drive-permissions", [*given, row], at)


def tried(store: Store, names: Iterable[str], at: datetime, state: str = "FULL") -> None:
    """These sources were tried after all that was tried before."""
    with store.write() as session:
        last = session.scalar(select(func.max(Run.run_id))) or 0
        for number, name in enumerate(names, last + 1):
            run: dict[str, Any] = {"tenant_id": store.tenant, "run_id": number, "connector": name, "state": state}
            session.add(Run(**run, started_at=at, finished_at=at))


def living(store: Store, name: str) -> Iterable[Any]:
    """The rows of a source that are there."""
    table = store.data[name]
    with store.read() as session:
        return session.execute(select(table).where(table.c.gone_at.is_(None))).mappings().all()


def all_is_well(open_database: OpenStore) -> Store:
    """Anna is in Zorg, as the matrix wants, and nobody else is anywhere."""
    store, world = open_database(datasets()), World()
    world.person("anna", "Anna", function="Intern begeleider")
    world.site("zorg", "Zorg")
    world.grant("zorg", user_id="anna")
    world.save(store)
    return store


# ---------------------------------------------------------------- more


def test_who_has_more_than_the_matrix_gives_is_found_at_the_first_look(bureau: Bureau) -> None:
    """Nobody knows how long it was there already, so nobody waits for it; two levels too many weigh more."""
    assert there(bureau) == {"zorg/kees": "high", "zorg/lies": "high", "zorg/bram": "medium"}


def test_an_alert_says_what_the_review_asks(bureau: Bureau, store: Store) -> None:
    """One set of verdicts: what deviates in a review, and what is missing there, is what differs here."""
    judged(bureau)
    with store.read() as session:
        landscape = look(session, store, bureau.now, board_of(bureau.config))
    found = review(bureau.matrix.content.processes[0], landscape, bureau.matrix, bureau.now)
    asked = {(one.access.resource.id, one.access.principal.id) for one in found.of("DEVIATION")}
    lacking = [one.resource.id for one in missing(landscape, found, bureau.now)]

    assert {(one.place_id, one.holder_id) for one in rows(store, "more")} == asked
    assert {one.place_id: one.people for one in rows(store, "less")} == {p: lacking.count(p) for p in set(lacking)}
    assert asked
    assert lacking


def test_a_right_that_came_later_has_three_days(bureau: Bureau, store: Store) -> None:
    """The mail to change the matrix is perhaps on its way."""
    assert "zorg/anna" not in there(bureau)
    grant(store, "iris")  # she is in the care team: fits
    grant(store, "nora")
    place(store, "account", "nora", population="staff", function="Conciërge")
    accounts = [dict(one) for one in living(store, "accounts")]
    put(store, "accounts", [*accounts, {"account_id": "nora", "name": "Nora", "upn": "nora@board.example"}])
    read_again(store, 1)
    known = set(there(later(bureau, 1)))
    read_again(store, 3)
    assert set(there(later(bureau, 3))) == known
    read_again(store, 4)
    assert set(there(later(bureau, 4))) - known == {"zorg/nora"}


def test_what_is_gone_is_solved(bureau: Bureau, store: Store) -> None:
    """The place was read in full, and Kees is not in it any more."""
    there(bureau)
    read_again(store, 1, without="kees")
    assert set(there(later(bureau, 1))) == {"zorg/lies", "zorg/bram"}


def test_a_right_that_fits_the_changed_matrix_is_no_difference(bureau: Bureau, store: Store, tmp_path: Path) -> None:
    """To put the matrix right is as good an answer as to take the right away."""
    there(bureau)
    told = (tmp_path / "autorisatiematrix.toml").read_text()
    wider = told.replace('functions = ["Intern begeleider"]', 'functions = ["Intern begeleider", "Leerkracht"]')
    assert set(there(bureau_of(store, tmp_path, bureau.now, wider))) == {"zorg/bram"}


def test_nothing_is_compared_again_when_nothing_changed(bureau: Bureau, store: Store) -> None:
    """A landscape of a large board is too much work for every quarter of an hour."""
    assert compare(store, bureau.config, MONDAY)
    assert not compare(store, bureau.config, MONDAY + timedelta(minutes=15))
    assert compare(store, bureau.config, MONDAY + DAY)


# ---------------------------------------------------------------- not read


def test_a_place_that_was_not_read_is_neither_red_nor_green(bureau: Bureau, store: Store) -> None:
    """Kees is out, but of the library nobody knows: he stays, with the reason; and nobody lacks anything there."""
    there(bureau)
    read_again(store, 1, without="kees", unread="zorg-files", drive_permissions="PARTIAL")
    judgement = judged(later(bureau, 1))
    assert "zorg/kees" in there(later(bureau, 1))
    assert state(store) == "PARTIAL"
    assert "of 1 of 2 places" in judgement.evaluation.reason


def test_where_not_all_was_read_nobody_is_said_to_lack_anything(open_database: OpenStore, tmp_path: Path) -> None:
    """Through the part that was not read somebody may well have it; and without findings it is not all well."""
    store, world = open_database(datasets()), World()
    world.person("anna", "Anna", function="Intern begeleider")
    world.site("zorg", "Zorg")
    world.unread["zorg-files"] = "Microsoft said no"
    world.save(store)
    bureau = bureau_of(store, tmp_path)

    assert judged(bureau, LESS).evaluation.outcome == "cannot_check"
    assert judged(bureau).evaluation.outcome == "cannot_check"
    assert rows(store, "less") == []


@pytest.mark.parametrize("name", ["drive-permissions", "group-members", "site-rights"])
def test_a_source_that_fails_after_it_was_read_leaves_its_places_open(
    open_database: OpenStore, tmp_path: Path, name: str
) -> None:
    """What stands there is of the last time that it succeeded: who got in since then would be told to be all right."""
    store = all_is_well(open_database)
    bureau = bureau_of(store, tmp_path)
    assert judged(bureau).evaluation.outcome == "ok"
    read_again(store, 1)
    tried(store, [name], MONDAY + DAY + timedelta(hours=1), "FAILED")

    evaluation = judged(later(bureau, 1)).evaluation

    assert (evaluation.outcome, state(store)) == ("cannot_check", "PARTIAL")
    assert store.datasets[name].title in evaluation.reason


def test_a_source_that_was_not_read_for_three_rhythms_leaves_its_places_open(
    open_database: OpenStore, tmp_path: Path
) -> None:
    """Members are read four times a day and files once: of the same age only the members are too old to go by."""
    store = all_is_well(open_database)
    bureau = bureau_of(store, tmp_path)
    fresh = [name for name in store.data if name not in ("group-members", "drive-permissions")]
    tried(store, fresh, MONDAY + timedelta(hours=18))
    assert judged(replace(bureau, now=MONDAY + timedelta(hours=18))).evaluation.outcome == "ok"

    evaluation = judged(replace(bureau, now=MONDAY + timedelta(hours=19))).evaluation

    assert evaluation.outcome == "cannot_check"
    assert store.datasets["group-members"].title in evaluation.reason
    assert store.datasets["drive-permissions"].title not in evaluation.reason


def test_a_rhythm_that_the_board_chose_itself_counts(open_database: OpenStore, tmp_path: Path) -> None:
    """Who reads the rights of files once a week is not told every Thursday that they are old."""
    store = all_is_well(open_database)
    bureau = bureau_of(store, tmp_path)
    often = bureau.config.schedule.model_copy(update={"every": {"drive-permissions": timedelta(days=7)}})
    weekly = replace(bureau, config=bureau.config.model_copy(update={"schedule": often}))
    tried(store, [name for name in store.data if name != "drive-permissions"], MONDAY + 5 * DAY)

    assert judged(later(bureau, 5)).evaluation.outcome == "cannot_check"
    assert judged(later(weekly, 5)).evaluation.outcome == "ok"


def test_what_differs_stays_while_a_source_fails(bureau: Bureau, store: Store) -> None:
    """Kees was out, but the attempt after that brought nothing: he may as well be in again."""
    known = there(bureau)
    read_again(store, 1, without="kees")
    tried(store, ["drive-permissions"], MONDAY + DAY + timedelta(hours=1), "FAILED")
    assert there(later(bureau, 1)) == known


def test_who_is_judged_by_an_old_list_of_staff_lacks_nothing(bureau: Bureau, store: Store) -> None:
    """Anna may have got other work since: that she should be in Zorg is what the list said days ago."""
    fresh = [name for name in store.data if name != "staff-list"]
    tried(store, fresh, MONDAY + 4 * DAY)
    evaluation = judged(later(bureau, 4), LESS).evaluation
    assert rows(store, "less") == []
    assert store.datasets["staff-list"].title in evaluation.reason


def test_places_that_were_never_listed_are_not_all_right(open_database: OpenStore, tmp_path: Path) -> None:
    """Without the list of sites there is no place to compare, and so nothing that differs."""
    store, world = open_database(datasets()), World(never=("sites", "drives", "drive-permissions", "site-rights"))
    world.person("anna", "Anna", function="Intern begeleider")
    world.save(store)
    tried(store, ["sites"], MONDAY, "FAILED")

    evaluation = judged(bureau_of(store, tmp_path)).evaluation

    assert evaluation.outcome == "cannot_check"
    assert store.datasets["sites"].title in evaluation.reason


def test_who_cannot_be_judged_any_more_is_not_solved(store: Store, tmp_path: Path) -> None:
    """Lies is still in Zorg; whether she has the role hangs on a group of which the members were not read."""
    by_group = MATRIX.replace('functions = ["Intern begeleider"]', 'groups = ["Iedereen"]')
    bureau = bureau_of(store, tmp_path, text=by_group)
    assert "zorg/lies" in there(bureau)
    read_again(store, 1, unread="all", group_members="PARTIAL")
    assert "zorg/lies" in there(later(bureau, 1))
    assert rows(store, "unknown") != []
    read_again(store, 2, without="lies", unread="all", group_members="PARTIAL")
    assert "zorg/lies" not in there(later(bureau, 2))


def test_what_was_seen_to_fit_is_solved_in_a_place_that_was_not_read_in_full(bureau: Bureau, store: Store) -> None:
    """The right of Kees is known, and so is his new work: the rest of the library says nothing about that."""
    there(bureau)
    place(store, "account", "kees", population="staff", function="Intern begeleider")
    read_again(store, 1, unread="zorg-files", drive_permissions="PARTIAL")
    assert set(there(later(bureau, 1))) == {"zorg/lies", "zorg/bram"}


def test_a_pupil_of_whom_it_is_not_known_any_more_is_no_new_finding(bureau: Bureau, store: Store) -> None:
    """Pupils have a rule of their own; a list of pupils that is lost makes no alert of each of them here."""
    place(store, "account", "kees", population="pupil")
    known = there(bureau)
    place(store, "account", "kees", population="unknown")
    read_again(store, 1)
    assert there(later(bureau, 1)) == known
    assert "zorg/kees" not in known


def test_a_matrix_that_was_away_for_a_while_makes_nothing_the_first_time(bureau: Bureau, store: Store) -> None:
    """What came meanwhile has its three days; and that there is no matrix is written down once, not each time."""
    there(bureau)
    config = bureau.config.model_copy(update={"files": bureau.config.files.model_copy(update={"matrix": None})})
    for hours in (1, 2):
        compare(store, config, MONDAY + timedelta(hours=hours))
    with store.read() as session:
        assert session.get_one(MatrixComparison, store.tenant).at == MONDAY + timedelta(hours=1)

    assert compare(store, bureau.config, MONDAY)
    assert state(store) == "FULL"
    compare(store, config, MONDAY + timedelta(hours=3))
    place(store, "account", "iris", population="staff", function="Conciërge")
    read_again(store, 1)
    assert "zorg/iris" not in there(later(bureau, 1))
    assert {one.since for one in rows(store, "more") if one.holder_id == "iris"} == {MONDAY + DAY}


def test_without_a_matrix_there_is_nothing_to_compare_with(store: Store, tmp_path: Path) -> None:
    """That is said, and not that all is well; what stood before stands as it stood."""
    bureau = bureau_of(store, tmp_path)
    known = there(bureau)
    config = bureau.config.model_copy(update={"files": bureau.config.files.model_copy(update={"matrix": None})})
    without = replace(bureau, config=config)

    evaluation = judged(without).evaluation

    assert evaluation.reason == "there is no autorisatiematrix to compare with"
    assert there(without) == known


def test_before_the_first_comparison_no_rule_is_green(bureau: Bureau) -> None:
    """A daemon that judges before it compared would say that everybody has what he should have."""
    assert evaluate([SHIPPED[MORE]], bureau.store, bureau.now)[0].evaluation.outcome == "cannot_check"


def test_a_comparison_of_days_ago_says_nothing_of_today(bureau: Bureau, store: Store) -> None:
    """When comparing fails day after day, its last result may not pass for that of today."""
    there(bureau)
    read_again(store, 5)
    [judgement] = evaluate([SHIPPED[MORE]], store, MONDAY + 5 * DAY)
    assert "120 hours ago" in judgement.evaluation.reason
    assert judgement.gone == ()


def test_a_matrix_that_cannot_be_read_is_told_and_holds_up_nothing(store: Store, tmp_path: Path) -> None:
    """A comma too many in the file is no reason for a daemon to stop."""
    bureau = bureau_of(store, tmp_path)
    (tmp_path / "autorisatiematrix.toml").write_text("version = ")
    assert "cannot be read" in judged(bureau).evaluation.reason


def test_who_cannot_be_judged_is_counted(open_database: OpenStore, tmp_path: Path) -> None:
    """Of a teacher without a function on the list nobody knows whether the right goes with the work."""
    store, world = open_database(datasets()), World()
    world.person("kees", "Kees", function="")
    world.site("zorg", "Zorg")
    world.grant("zorg", user_id="kees")
    world.save(store)

    evaluation = judged(bureau_of(store, tmp_path)).evaluation

    assert (evaluation.findings, evaluation.undetermined) == (0, 1)


# ---------------------------------------------------------------- what reviews say


def test_what_an_owner_keeps_until_a_day_is_silent_until_that_day(bureau: Bureau, store: Store) -> None:
    """Signed with a reason and an end; the next day it is asked again."""
    keeps(bureau)
    assert set(there(bureau)) == {"zorg/lies", "zorg/bram"}
    read_again(store, 21)
    assert "zorg/kees" in there(later(bureau, 21))


def test_a_right_that_was_taken_away_and_is_back_names_the_decision(bureau: Bureau, store: Store) -> None:
    """11 of the catalogue: no grace, for the decision stands; and it is no finding of the other rule."""
    number = signed(bureau)
    there(bureau)
    table = store.data["drive-permissions"]
    kept = [dict(one) for one in living(store, "drive-permissions") if one["user_id"] == "kees"]
    read_again(store, 2, without="kees")
    verify(later(bureau, 2))
    assert "zorg/kees" not in there(later(bureau, 2))
    with store.write() as session:
        session.execute(table.insert(), kept)
    read_again(store, 3)
    verify(later(bureau, 3))

    [found] = judged(later(bureau, 3), BACK).new

    assert (found.subject, found.level) == ("zorg/kees", "high")
    assert found.evidence["decided"] == f"review/{number}"
    assert "zorg/kees" not in there(later(bureau, 3))


def keeps(bureau: Bureau, days: int = 20) -> int:
    """Anna keeps what Kees has for a project, for so many days, and takes the rest away."""
    number = opened(bureau)
    item = about(bureau.store, number, "Kees").item_no
    say(bureau, number, item, verb="keep", reason_code="project", until=bureau.now + days * DAY)
    all_decided(bureau, number)
    sign(bureau, number)
    return number


def test_what_was_let_be_for_longer_than_a_round_is_silent_after_the_next_one_too(bureau: Bureau, store: Store) -> None:
    """There Anna confirms with all that still runs, so that it has no answer of its own; the day stays the same."""
    keeps(bureau, days=60)
    read_again(store, 45)
    signed(later(bureau, 45))
    read_again(store, 46)
    assert "zorg/kees" not in there(later(bureau, 46))
    read_again(store, 61)
    assert "zorg/kees" in there(later(bureau, 61))


def test_what_was_let_be_is_judged_anew_when_its_place_became_more_sensitive(bureau: Bureau, store: Store) -> None:
    """Anna signed for a place like any other, and not for one with files about care."""
    keeps(bureau)
    assert "zorg/kees" not in there(bureau)
    place(store, "site", "zorg", confidentiality="high")
    read_again(store, 1)
    assert there(later(bureau, 1))["zorg/kees"] == "high"


@pytest.mark.parametrize(
    ("kind", "signed_for", "now", "lets_be"),
    [
        ("group", "owner", "member", True), ("group", "read", "owner", False), ("group", "write", "member", True),
        ("role", "write", "may_take", True), ("role", "read", "holds", False), ("site", "owner", "write", True),
        ("site", "write", "owner", False), ("app", "write", "user", True), ("site", "", "read", False),
    ],
)  # fmt: skip
def test_less_than_what_was_signed_for_is_let_be_as_well(kind: str, signed_for: str, now: str, lets_be: bool) -> None:
    """Who was let be as owner of a group is let be in it; who was let be in it may not own it since."""
    one = Difference(kind, "zorg", "person", "kees", "more", "Zorg", right=now)
    answer = Before(1, 1, signed_for, "DEVIATION", sensitive=False, verb="keep_until", until=MONDAY + DAY)
    assert settled(one, answer) == (MONDAY + DAY if lets_be else None)


@pytest.mark.parametrize(("goal", "said"), [("GONE", "review/3"), ("read", "review/3"), ("write", "none")])
def test_a_right_that_was_made_less_is_back_only_when_it_is_more_again(goal: str, said: str) -> None:
    """Of what might stay nobody decided that it goes."""
    one = Difference("site", "zorg", "person", "kees", "more", "Zorg", right="write")
    assert decided(one, Removal(3, goal)) == said


def test_a_decision_that_a_later_review_took_back_is_not_named(bureau: Bureau, store: Store) -> None:
    """Kees had to go and was gone; when he came back Anna let him be, so that is what stands."""
    kept = [dict(one) for one in living(store, "drive-permissions") if one["user_id"] == "kees"]
    signed(bureau)
    there(bureau)
    read_again(store, 2, without="kees")
    verify(later(bureau, 2))
    with store.write() as session:
        session.execute(store.data["drive-permissions"].insert(), kept)
    read_again(store, 3)
    assert set(there(later(bureau, 3), BACK)) == {"zorg/kees"}
    read_again(store, 45)
    keeps(later(bureau, 45))
    read_again(store, 66)

    assert there(later(bureau, 66), BACK) == {}
    assert "zorg/kees" in there(later(bureau, 66))


# ---------------------------------------------------------------- movers


def moving(open_database: OpenStore, *lines: dict[str, Any]) -> Store:
    """Kees is a teacher now, and still in Zorg; these lines stand on the list of staff."""
    store, world = open_database(datasets()), World()
    world.person("kees", "Kees", function="Leerkracht", person="7", school="EIK")
    world.site("zorg", "Zorg")
    world.grant("zorg", user_id="kees")
    for line in lines:
        world.rows["staff-list"].append({"employee_number": "7", "school": "EIK", **line})
    world.save(store)
    return store


CARE = {"function": "Intern begeleider", "start_date": "2020-08-01"}
TEACHER = {"function": "Leerkracht", "start_date": "2026-11-10"}


@pytest.mark.parametrize(("last", "found"), [("2026-11-08", True), ("2026-11-09", False)])
def test_who_changed_work_two_weeks_ago_and_keeps_the_old_right(
    open_database: OpenStore, tmp_path: Path, last: str, found: bool
) -> None:
    """Monday is 23 November; before that it is a handover, and no deviation for the other rule either."""
    store = moving(open_database, CARE | {"end_date": last}, TEACHER)
    bureau = bureau_of(store, tmp_path)

    assert set(there(bureau, MOVED)) == ({"zorg/kees"} if found else set())
    assert there(bureau) == {}


def test_a_double_function_is_no_move(open_database: OpenStore, tmp_path: Path) -> None:
    """Both run: the right goes with the other one."""
    bureau = bureau_of(moving(open_database, CARE, TEACHER), tmp_path)
    assert there(bureau, MOVED) == there(bureau) == {}


def test_a_line_of_the_staff_list_that_was_written_over_tells_of_a_move_too(
    open_database: OpenStore, tmp_path: Path
) -> None:
    """Many lists know no contracts that end: the same line names another function from one day to the next."""
    store = moving(open_database, CARE)
    bureau, line = bureau_of(store, tmp_path), {"employee_number": "7", "school": "EIK", **CARE}
    put(store, "staff-list", [line | {"function": "Leerkracht"}], MONDAY + DAY)
    read_again(store, 14)
    assert there(later(bureau, 14), MOVED) == {}
    read_again(store, 15)
    assert set(there(later(bureau, 15), MOVED)) == {"zorg/kees"}


def test_a_right_that_never_fitted_is_no_leftover_of_a_move(open_database: OpenStore, tmp_path: Path) -> None:
    """Kees was a caretaker: that is not how he came into Zorg."""
    store = moving(open_database, CARE | {"function": "Conciërge", "end_date": "2026-10-01"}, TEACHER)
    bureau = bureau_of(store, tmp_path)
    assert there(bureau, MOVED) == {}
    assert set(there(bureau)) == {"zorg/kees"}


def moved_long_ago(open_database: OpenStore, folder: Path) -> tuple[Store, Bureau]:
    """Kees changed work in October, which was seen; since then the list of staff has forgotten what he did before."""
    store = moving(open_database, CARE | {"end_date": "2026-10-01"}, TEACHER)
    bureau = bureau_of(store, folder)
    assert set(there(bureau, MOVED)) == {"zorg/kees"}
    table = store.data["staff-list"]
    with store.write() as session:
        session.execute(table.delete().where(table.c.function == "Intern begeleider"))
    read_again(store, 1)
    return store, later(bureau, 1)


def test_a_move_that_the_list_of_staff_forgot_is_still_known(open_database: OpenStore, tmp_path: Path) -> None:
    """Old lines are kept for a while only, and the right did not become another."""
    _store, bureau = moved_long_ago(open_database, tmp_path)
    assert set(there(bureau, MOVED)) == {"zorg/kees"}
    assert there(bureau) == {}


def test_a_right_that_was_raised_after_a_move_is_no_leftover(open_database: OpenStore, tmp_path: Path) -> None:
    """That is not what the old work gave: somebody gave it since."""
    store, bureau = moved_long_ago(open_database, tmp_path)
    grant(store, "kees", "owner")
    assert set(there(bureau)) == {"zorg/kees"}
    assert there(bureau, MOVED) == {}


def test_a_second_function_that_gives_nothing_any_more_explains_nothing(
    open_database: OpenStore, tmp_path: Path
) -> None:
    """Kees still is in care, but care has no place in Zorg by the matrix of today: no rule would name him."""
    store = moving(open_database, CARE, TEACHER)
    assert there(bureau_of(store, tmp_path)) == {}
    read_again(store, 1)
    elsewhere = MATRIX.replace('resources = ["Zorg", "Dossiers"]', 'resources = ["Dossiers"]')
    elsewhere += '[[rules]]\nrole = "director"\nresources = ["Zorg"]\nright = "write"\n'
    elsewhere += '[[roles]]\nkey = "director"\nfunctions = ["Directeur"]\n'
    assert set(there(bureau_of(store, tmp_path, MONDAY + DAY, elsewhere))) == {"zorg/kees"}


# ---------------------------------------------------------------- everyone


@pytest.mark.parametrize(("zone", "found"), [("shared", True), ("staff", False)])
def test_a_place_that_is_open_to_all_where_the_matrix_names_functions(
    open_database: OpenStore, tmp_path: Path, zone: str, found: bool
) -> None:
    """A place of the staff that is open to everyone has a rule of its own."""
    store, world = open_database(datasets()), World()
    world.person("anna", "Anna", function="Intern begeleider")
    world.site("zorg", "Zorg", zone=zone)
    world.grant("zorg", "read", login_name="c:0-.f|rolemanager|spo-grid-all-users/x")
    world.save(store)
    assert bool(there(bureau_of(store, tmp_path), WIDE)) is found


def test_a_draft_that_nobody_signed_settles_nothing(open_database: OpenStore, tmp_path: Path) -> None:
    """Chris lets what Anna has be, and Kees, who was given to him; only Anna signed, and neither is hers to sign."""
    store, world = open_database(datasets()), board()
    world.grant("zorg", role="owner", user_id="anna")
    world.save(store)
    bureau = bureau_of(store, tmp_path)
    number, until = opened(bureau), MONDAY + 20 * DAY
    anna, kees, lies = (about(store, number, name).item_no for name in ("Anna", "Kees", "Lies"))
    say(bureau, number, anna, by=CHRIS, reason_code="project", until=until)
    for one in (kees, lies):
        say(bureau, number, one, reason_code="project", until=until)
    with store.write() as session:
        assign(session, store, number, CHRIS, "dewi", "Chris kent hem", MONDAY, kees)
    all_decided(bureau, number)
    sign(bureau, number)
    assert {"zorg/anna", "zorg/kees"} <= set(there(bureau))
    assert "zorg/lies" not in there(bureau)

    say(bureau, number, kees, by=CHRIS, reason_code="project", until=until)
    all_decided(bureau, number)
    sign(bureau, number, CHRIS)
    assert not {"zorg/anna", "zorg/kees"} & set(there(bureau))


# ---------------------------------------------------------------- a second pair of eyes


def test_who_carries_out_what_he_signed_with_another_account_is_found(bureau: Bureau, store: Store) -> None:
    """Anna signs, and reports with her account for administration that it is done; Bram's work is in order."""
    signed(bureau)
    accounts = [dict(one) for one in living(store, "accounts")]
    put(store, "accounts", [*accounts, {"account_id": "adm", "upn": "adm-anna@board.example", "name": "Anna"}])
    one_person(store, "anna", "adm")
    rule = SHIPPED["reviewed-own-rights"]
    report(store, 1, "bram@board.example")
    assert evaluate([rule], store, MONDAY)[0].new == ()
    report(store, 2, "ADM-anna@board.example")

    [found] = evaluate([rule], store, MONDAY)[0].new

    assert (found.subject, found.object) == ("review/1", "carried/adm")
    assert found.evidence["things"] == 1


def test_a_task_that_a_new_revision_took_over_is_still_work_of_the_signature(bureau: Bureau, store: Store) -> None:
    """It was opened again, and signed by Anna again: the task hangs on the revision before, and counts all the same."""
    number = signed(bureau)
    accounts = [dict(one) for one in living(store, "accounts")]
    put(store, "accounts", [*accounts, {"account_id": "adm", "upn": "adm-anna@board.example", "name": "Anna"}])
    one_person(store, "anna", "adm")
    report(store, 2, "adm-anna@board.example")
    again = reopen(bureau, reopen_and_sign(bureau, number), "dewi", "Kees hoort erbij")
    assert hands(store) == {("review/2", "carried/adm"): 1}  # the third is not signed yet
    sign(bureau, again)
    assert hands(store) == {("review/3", "carried/adm"): 1}


def reopen_and_sign(bureau: Bureau, number: int) -> int:
    """A new revision with the same answers, signed."""
    again = reopen(bureau, number, "dewi", "er was iets vergeten")
    sign(bureau, again)
    return again


def hands(store: Store) -> dict[tuple[str, str], int]:
    """What is there of the rule on one's own rights, with how many rights or tasks it is about."""
    evaluate([SHIPPED["reviewed-own-rights"]], store, MONDAY)
    with store.read() as session:
        mine = (Finding.rule == "reviewed-own-rights", Finding.gone_at == None)  # noqa: E711 - SQL
        found = session.scalars(select(Finding).where(*mine))  # type: ignore[arg-type]  # columns
        return {(one.subject, one.object): one.evidence["things"] for one in found}


def one_person(store: Store, *accounts: str) -> None:
    """These accounts belong to one and the same."""
    for key in accounts:
        place(store, "account", key, population="staff", person="1")


def report(store: Store, number: int, who: str) -> None:
    """Somebody says that a task is done."""
    with store.write() as session:
        key: dict[str, Any] = {"tenant_id": store.tenant, "remediation_id": number, "seq": 1}
        session.add(RemediationEvent(**key, verb="done", actor=who, at=MONDAY))


def test_who_lets_his_own_right_be_with_another_account_is_found(bureau: Bureau, store: Store) -> None:
    """Anna decides, and Lies is Anna as well."""
    number = opened(bureau)
    lies = about(store, number, "Lies")
    one_person(store, "anna", "lies")
    say(bureau, number, lies.item_no, verb="keep", reason_code="project", until=MONDAY + 20 * DAY)
    all_decided(bureau, number)
    rule = SHIPPED["reviewed-own-rights"]
    assert evaluate([rule], store, MONDAY)[0].new == ()  # not signed yet
    sign(bureau, number)

    [found] = evaluate([rule], store, MONDAY)[0].new

    assert (found.subject, found.object) == (f"review/{number}", "decided/anna")


def test_a_decision_is_of_who_it_was_written_down_for(bureau: Bureau, store: Store) -> None:
    """Chris types in what Anna said on paper, about Lies, who is Anna; Chris himself decided nothing."""
    number, until = opened(bureau), MONDAY + 20 * DAY
    one_person(store, "anna", "lies")
    say(
        bureau, number, about(store, number, "Lies").item_no, by="kees@board.example", for_whom=ANNA,
        reason_code="project", until=until,
    )  # fmt: skip
    all_decided(bureau, number)
    sign(bureau, number)
    assert hands(store) == {(f"review/{number}", "decided/anna"): 1}


def test_who_writes_down_for_somebody_else_that_his_own_right_stays_is_found(bureau: Bureau, store: Store) -> None:
    """Nobody but Kees saw that Anna said so; of what fits the matrix and is confirmed per rule he gains nothing."""
    number, until = opened(bureau), MONDAY + 20 * DAY
    kees = about(store, number, "Kees")
    confirm(bureau, number, "R2", "kees@board.example", for_whom=ANNA)  # Kees reads the news, as all staff do
    say(bureau, number, kees.item_no, by="kees@board.example", for_whom=ANNA, reason_code="project", until=until)
    all_decided(bureau, number)
    sign(bureau, number)
    assert hands(store) == {(f"review/{number}", "written/kees"): 1}


def test_what_somebody_else_confirmed_with_the_rule_is_nobodys_own(open_database: OpenStore, tmp_path: Path) -> None:
    """Anna is in the team: she confirms the rule without herself, and Chris confirms what is about her."""
    store, world = open_database(datasets()), board()
    world.person("chris", "Chris")
    world.group("more", "Meer zorg", members="anna")
    world.grant("zorg", group_id="more")
    world.save(store)
    bureau = bureau_of(store, tmp_path)
    number = opened(bureau)
    all_decided(bureau, number)
    sign(bureau, number)
    sign(bureau, number, CHRIS)
    assert hands(store) == {}


def test_each_who_decided_on_his_own_rights_is_named(open_database: OpenStore, tmp_path: Path) -> None:
    """Two people in one review are two findings: accepting one of them says nothing of the other."""
    store, world = open_database(datasets()), board()
    world.person("chris", "Chris")
    world.grant("zorg", role="owner", user_id="anna")
    world.save(store)
    bureau = bureau_of(store, tmp_path)
    number, until = opened(bureau), MONDAY + 20 * DAY
    one_person(store, "anna", "lies")
    for key in ("chris", "kees"):
        place(store, "account", key, population="staff", person="2")
    with store.write() as session:
        item = about(store, number, "Kees").item_no
        assign(session, store, number, CHRIS, "dewi", "Kees helpt Chris", MONDAY, item)
    for name, who in (("Lies", ANNA), ("Kees", CHRIS)):
        say(bureau, number, about(store, number, name).item_no, by=who, reason_code="project", until=until)
    all_decided(bureau, number)
    sign(bureau, number)
    assert hands(store) == {(f"review/{number}", "decided/anna"): 1}  # Chris did not sign: his is a draft
    sign(bureau, number, CHRIS)
    assert set(hands(store)) == {(f"review/{number}", f"decided/{who}") for who in ("anna", "chris")}


def test_who_takes_his_own_right_away_needs_nobody_beside_him(bureau: Bureau, store: Store) -> None:
    """Less for oneself is no favour to oneself."""
    one_person(store, "anna", "lies")
    signed(bureau)
    assert evaluate([SHIPPED["reviewed-own-rights"]], store, MONDAY)[0].new == ()
