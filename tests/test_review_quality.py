"""How well a review was done: figures that point to what to look at again, and to nobody."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ibpmon.errors import RefusedError
from ibpmon.operate.rounds import workplace
from ibpmon.review import decisions, quality, signoff
from ibpmon.review.bureau import Bureau
from ibpmon.review.quality import Quality, Share, hurried, last_of_each, measured
from ibpmon.review.reopening import reopen
from ibpmon.store.database import Store
from ibpmon.store.review_tables import Observation, Remediation, RemediationEvent
from tests.access_world import World
from tests.conftest import MONDAY
from tests.review_world import (
    ANNA,
    DAY,
    about,
    all_decided,
    board,
    bureau,
    bureau_of,
    confirm,
    fresh_world,
    items,
    later,
    opened,
    say,
    sign,
    signed,
    store,
)
from tests.test_review_command import config, run

__all__ = ["bureau", "config", "run", "store"]  # fixtures

pytestmark = pytest.mark.usefixtures("english")
SECOND = timedelta(seconds=1)


def of(store: Store, number: int) -> Quality:
    """The measures of a review."""
    with store.read() as session:
        return measured(session, store, number)


def keep(bureau: Bureau, number: int, name: str, days: int = 60, **given: Any) -> None:
    """Anna keeps somebody for a project."""
    values: dict[str, Any] = {"reason_code": "project", "until": bureau.now + days * DAY} | given
    say(bureau, number, about(bureau.store, number, name).item_no, **values)


def wrong() -> World:
    """A board in which Kees left, who reaches two places, and the account of Fien of the care team is off."""
    world = board()
    next(one for one in world.rows["accounts"] if one["account_id"] == "fien")["enabled"] = False
    next(one for one in world.places if one.object_id == "kees").employed_until = MONDAY - 30 * DAY
    return world


def test_what_is_known_to_be_wrong_measures_how_well_was_looked(store: Store, tmp_path: Path) -> None:
    """No trap is needed: ibpmon knows of some items what they are, and counts which of those stayed, also by a rule."""
    bureau = bureau_of(fresh_world(store, wrong()), tmp_path)
    number = opened(bureau)
    all_decided(bureau, number)
    assert of(store, number).shares["probes"] == Share(1, 3, 1)
    keep(bureau, number, "Kees")
    sign(bureau, number)
    assert of(store, number).shares["probes"] == Share(2, 3, 1)


def test_without_anything_to_measure_it_is_unknown_and_never_nought(bureau: Bureau, store: Store) -> None:
    """Nobody left, nothing was kept, no task was checked: that says nothing, and no figure says that it is well."""
    found = of(store, signed(bureau))
    unknown = ("probes", "other", "speed", "reversals", "returned")
    assert {name: found.shares[name].value for name in unknown} == dict.fromkeys(unknown)
    assert found.days is None
    assert found.shares["tasks"] == Share(0, 3)


def test_what_does_not_fit_and_is_kept_is_counted_with_its_reasons(bureau: Bureau, store: Store) -> None:
    """Of three that do not fit two stay, one of them for a reason that no list has; what fits does not count."""
    number = opened(bureau)
    all_decided(bureau, number)
    keep(bureau, number, "Kees", reason_code="other", reason="Op verzoek")
    keep(bureau, number, "Lies")
    sign(bureau, number)
    shares = of(store, number).shares
    assert (shares["deviations"], shares["other"]) == (Share(2, 3), Share(1, 2))


def test_many_questions_say_that_the_explanation_is_bad_and_say_so_to_ict(bureau: Bureau, store: Store) -> None:
    """To ask is honest, so it is never held against who asks; an item that is asked about twice is one."""
    number = opened(bureau)
    all_decided(bureau, number)
    assert of(store, number).note == ""
    for _time in range(2):
        say(bureau, number, 1, verb="question", reason="Wie is dit?", to="ICT")
        with store.write() as session:
            decisions.reply(session, store, number, 1, "ict", "Een leverancier", MONDAY)
    say(bureau, number, 1, verb="revoke")
    found = of(store, number)
    assert found.shares["questions"] == Share(1, 3)
    assert found.note.startswith("For ICT: of 3 items 1 were asked about first.")


def quick(bureau: Bureau, number: int, *items: int, after: timedelta = SECOND, **given: Any) -> None:
    """Anna takes these away on the screen, so long after they were shown."""
    values: dict[str, Any] = {"verb": "revoke", "channel": "web", "shown_at": bureau.now - after} | given
    say(bureau, number, *items, **values)


def fast(store: Store, number: int, who: str = ANNA) -> quality.Hurried:
    """What somebody decided too fast."""
    with store.read() as session:
        return hurried(session, store, number, who)


def test_what_was_decided_before_it_could_be_read_is_counted(bureau: Bureau, store: Store) -> None:
    """Two at once are one act; two seconds is no longer too fast; what was looked at again counts as it was then."""
    number = opened(bureau)
    kees, lies = (about(store, number, name).item_no for name in ("Kees", "Lies"))
    quick(bureau, number, 1, after=2 * SECOND)
    quick(bureau, number, kees, lies)
    confirm(bureau, number, "R1", channel="web", shown_at=MONDAY - SECOND)
    assert of(store, number).shares["speed"] == Share(2, 3)
    assert fast(store, number) == quality.Hurried(2, [str(kees), str(lies), "R1"])
    quick(bureau, number, kees, after=60 * SECOND)
    assert fast(store, number).which == [str(lies), "R1"]
    assert fast(store, number, "chris@board.example").sentence == ""


@pytest.mark.parametrize(
    "given",
    [
        {"channel": "workbook"}, {"channel": "paper"}, {"shown_at": None}, {"by": "ict", "for_whom": "Anna"},
        {"shown_at": MONDAY + DAY},
    ],
)  # fmt: skip
def test_how_fast_it_went_is_not_known_of_everything(bureau: Bureau, store: Store, given: dict[str, Any]) -> None:
    """A workbook says when it was made, paper says nothing, and who types over for Anna does not decide: unknown."""
    number = opened(bureau)
    quick(bureau, number, 1, **given)
    assert of(store, number).shares["speed"] == Share(0, 0, 1)
    assert fast(store, number).which == []


def test_the_owner_sees_what_went_too_fast_before_she_signs_and_does_not_sign_it(bureau: Bureau, store: Store) -> None:
    """It is for her, so that she can look again; it is no evidence."""
    number = opened(bureau)
    all_decided(bureau, number)
    quick(bureau, number, 1)
    assert fast(store, number).sentence == ("You decided 1 time within 2 seconds. Do you want to look at that again? 1")
    with store.write() as session:
        _there, _signer, text = signoff.prepare(session, bureau, number, ANNA)
    assert "seconds" not in text.text


def test_a_keep_that_is_taken_away_without_a_reason_was_perhaps_no_decision(bureau: Bureau, store: Store) -> None:
    """Nothing changed and the term still ran; that a term is over, as of Lies, is a change and no change of mind."""
    number = opened(bureau)
    all_decided(bureau, number)
    keep(bureau, number, "Kees", days=300)
    keep(bureau, number, "Lies", days=60)
    sign(bureau, number)
    now = later(bureau, 100)
    second = opened(now)
    all_decided(now, second)
    kept = of(store, second).shares["reversals"]
    assert kept.part == 0
    say(now, second, about(store, second, "Kees").item_no, verb="revoke")
    sign(now, second)
    assert of(store, second).shares["reversals"] == replace(kept, part=1)
    fits = sum(one.outcome == "CONFORM" for one in items(store, second))
    assert kept.whole == fits + 1


def test_what_was_taken_away_counts_when_a_run_saw_it(bureau: Bureau, store: Store) -> None:
    """Two of three were seen gone, one of these came back; the new task of that is no fourth one."""
    number = signed(bureau)
    assert of(store, number).days is None
    with store.write() as session:
        first = session.get_one(Remediation, (store.tenant, 1))
        for task, day, result in ((1, 4, "GONE"), (1, 9, "GONE"), (2, 9, "REDUCED"), (3, 2, "UNKNOWN")):
            seq = day if task == 1 else 1
            row = Observation(
                tenant_id=store.tenant,
                remediation_id=task,
                seq=seq,
                run_id=1,
                result=result,
                paths="[]",
                at=MONDAY + day * DAY,
            )
            session.add(row)
        session.add(
            Remediation(**first.model_dump() | {"remediation_id": 9, "follows": 1, "made_at": MONDAY + 20 * DAY})
        )
    found = of(store, number)
    assert (found.shares["tasks"], found.shares["returned"], found.days) == (Share(2, 3), Share(1, 2), 6.5)


def test_what_was_withdrawn_is_nobodys_task(bureau: Bureau, store: Store) -> None:
    """A new revision decided otherwise; and the tasks of the one before still count with the review."""
    number = signed(bureau)
    new = reopen(bureau, number, "anna", "Kees hoort erbij")
    keep(bureau, new, "Kees")
    sign(bureau, new)
    with store.read() as session:
        assert session.scalars(select(RemediationEvent)).one().verb == "withdraw"
        assert last_of_each(session, store) == [new]
    assert of(store, new).shares["tasks"] == Share(0, 2)


def test_a_review_that_is_not_there_is_refused_and_one_of_another_board_as_well(bureau: Bureau, store: Store) -> None:
    """Eva measures nothing of a board that is not hers."""
    number = signed(bureau)
    with pytest.raises(RefusedError, match="there is no review 9"):
        of(store, 9)
    with pytest.raises(RefusedError, match="there is no review"):
        of(replace(store, tenant=store.tenant + 1), number)


# ---- the commands


def test_the_command_says_of_each_figure_what_it_means_and_names_nobody(run: Any, config: Path) -> None:
    """The FG reads it; nobody can read from it who decided."""
    assert run("review", "quality").out == "No review was signed yet.\n"
    run("review", "open", "--by", "chris")
    assert "not signed yet" in run("review", "quality", "1").out
    for number in ("1", "2", "3"):
        run("review", "decide", "1", "revoke", number, "--by", ANNA)
    for rule in ("R1", "R2"):
        run("review", "decide", "1", "keep", "--rule", rule, "--by", ANNA)
    with workplace(config) as place, place.store.write() as session:
        fast_one = decisions.Answer("revoke", ANNA, channel="web", shown_at=MONDAY - SECOND)
        decisions.answer(session, place.store, 1, [1], fast_one, MONDAY)
    shown = run("review", "sign", "1", "--by", ANNA).out
    assert "You decided 1 time within 2 seconds. Do you want to look at that again? 1" in shown
    code = re.findall(r"--code ([A-Z0-9]+)", shown)[0]
    assert run("review", "sign", "1", "--code", code, "--by", ANNA).code == 0
    said = run("review", "quality").out
    assert "Review 1 (Zorg), revision 1." in said
    assert re.search(r"Does not fit, and kept +0 of 3 \(0 %\)", said)
    assert re.search(r"Known to be wrong, and kept +unknown  ", said)
    assert re.search(r"Decided within 2 seconds +1 of 1 \(100 %\); 4 not known", said)
    assert not re.search(r"anna|chris", said, re.IGNORECASE)
    (row,) = json.loads(run("review", "quality", "1", "--json").out)
    assert row["probes"] == {"part": 0, "whole": 0, "share": None, "by_rule": 0}
    assert row["speed"] == {"part": 1, "whole": 1, "share": 1.0, "unknown": 4}
    assert (row["days"], row["note_for_ict"], row["signed"]) == (None, "", True)
