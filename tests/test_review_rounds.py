"""Rounds: what is asked and in which order, what changed since the last one, until when, and who is reminded."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ibpmon.errors import RefusedError
from ibpmon.operate.rounds import Workplace, remind_round
from ibpmon.review import remedies, reminding, rounds
from ibpmon.review.bureau import Bureau
from ibpmon.review.reminding import remind
from ibpmon.review.reopening import reopen
from ibpmon.store.database import Store
from ibpmon.store.review_tables import AccessReview, Observation, Remediation, ReviewDecision, ReviewItem
from ibpmon.store.tables import Calendar, Outbox
from ibpmon.store.views import views
from tests.access_world import World
from tests.conftest import MONDAY
from tests.review_world import (
    ANNA,
    CHRIS,
    DEWI,
    MATRIX,
    about,
    all_decided,
    board,
    bureau,
    bureau_of,
    confirm,
    fresh_world,
    items,
    opened,
    say,
    sign,
    signed,
    stands,
    store,
)

DAY = timedelta(days=1)
LATER = MONDAY + 100 * DAY
__all__ = ["bureau", "store"]  # fixtures

pytestmark = pytest.mark.usefixtures("english")


def mails(store: Store) -> list[tuple[str, str]]:
    """To whom, and what it is about, of every mail that waits."""
    with store.read() as session:
        found = session.scalars(select(Outbox).order_by(Outbox.mail_id))  # type: ignore[arg-type]  # a column
        return [(", ".join(one.recipients), one.subject.partition(" - ")[0]) for one in found]


def codes(bureau: Bureau) -> dict[str, str]:
    """The notices before a round, with their sentences."""
    outline = rounds.plan(bureau)
    return {one.code: one.sentence for one in [*outline.warnings, *(w for p in outline.plans for w in p.warnings)]}


# ---- what is asked


def test_what_does_not_fit_is_asked_alone_and_the_rest_per_rule(bureau: Bureau, store: Store) -> None:
    """Among hundreds of good lines the bad one is missed; so the good ones are one question per rule."""
    number = opened(bureau)
    found = stands(bureau, number)
    assert [(one.item_no, one.risk) for one in found.alone] == [(1, "high"), (2, "low"), (3, "low")]
    assert [(one.key, one.count) for one in found.groups] == [("R1", 7), ("R2", 3)]
    lacks = [one for one in items(store, number) if one.outcome == "MISSING"]
    assert len(lacks) == 8
    assert not any(one.alone for one in lacks)


def test_the_sample_is_drawn_by_the_root_and_not_by_anyone(bureau: Bureau, store: Store) -> None:
    """Five of each rule; who knows the items can draw the same again, and nobody can choose."""
    number = opened(bureau)
    found = items(store, number)
    drawn = {one.item_no for one in found if one.sample}
    assert sum(one.sample for one in found if one.rule == "R1") == rounds.SAMPLE
    rows = [one.model_dump() for one in found]
    assert rounds.sample(rows, stands(bureau, number).review.root) == drawn
    assert len({frozenset(rounds.sample(rows, f"{seed:064x}")) for seed in range(20)}) > 5


def test_a_matrix_that_is_too_coarse_is_said_before(store: Store, tmp_path: Path) -> None:
    """Forty-one single decisions are not looked at any more; then the matrix has to say more."""
    world = board()
    for number in range(rounds.TOO_MANY):
        world.person(f"p{number}", function="Leerkracht")
        world.grant("zorg", role="read", user_id=f"p{number}")
    assert "too_coarse" in codes(bureau_of(fresh_world(store, world), tmp_path))


def test_what_to_know_before_is_said_and_nothing_else(bureau: Bureau, store: Store, tmp_path: Path) -> None:
    """No deputy, no address, no account of the owner, places of nobody; and silence where all is well."""
    assert set(codes(bureau)) == {"no_owner", "no_place", "no_version"}
    bare = "\n".join(line for line in MATRIX.splitlines() if not line.startswith(("deputy", "mail", "owner_upn")))
    assert set(codes(bureau_of(store, tmp_path, text=bare))) == {
        "no_owner", "no_place", "no_deputy", "no_mail", "no_upn", "no_version",
    }  # fmt: skip


def test_a_pupil_goes_by_a_pseudonym(store: Store, tmp_path: Path) -> None:
    """What is kept for years of a pupil does not hold the name."""
    world = board()
    world.person("tim", "Tim Jansen", population="pupil")
    world.grant("zorg", role="read", user_id="tim")
    number = opened(bureau_of(fresh_world(store, world), tmp_path))
    (pupil,) = [one for one in items(store, number) if "leerling-" in (one.sentence or "")]
    assert "Tim" not in json.dumps([pupil.principal, pupil.sentence, pupil.paths])
    assert "tim@" not in (pupil.principal or "")


def test_the_expected_minutes_follow_how_fast_somebody_decides(bureau: Bureau, store: Store) -> None:
    """An honest number: of who never did it twenty seconds each, later by what he did himself."""
    plan = rounds.plan(bureau).plans[0]
    assert plan.minutes == round((3 * 20 + 2 * rounds.PER_RULE) / 60)
    number = opened(bureau)
    for step in range(12):
        slow = replace(bureau, now=MONDAY + step * timedelta(minutes=4))
        say(slow, number, 1, verb="revoke")
    assert rounds.plan(bureau).plans[0].minutes == round((3 * 240 + 2 * rounds.PER_RULE) / 60)


# ---- what changed since the last time


def again(store: Store, tmp_path: Path, world: World) -> tuple[Bureau, int]:
    """The next round, with the board as it is then."""
    bureau = bureau_of(fresh_world(store, world), tmp_path, now=LATER)
    return bureau, opened(bureau)


def test_the_next_round_knows_what_is_new_changed_and_the_same(bureau: Bureau, store: Store, tmp_path: Path) -> None:
    """A name that changed is nothing new; a right that rose is."""
    old = signed(bureau)
    world = board()
    world.person("mia", "Mia", function="Leerkracht")
    world.grant("zorg", role="read", user_id="mia")
    world.grant("zorg", role="owner", user_id="kees")
    for row in world.rows["sites"]:
        row["address"] += "-nieuw"
    _bureau, number = again(store, tmp_path, world)
    delta = {name: about(store, number, name).delta for name in ("Mia", "Kees", "Bram", "Dirk")}
    assert delta == {"Mia": "NEW", "Kees": "CHANGED", "Bram": "SAME", "Dirk": "SAME"}
    bram = about(store, number, "Bram")
    assert (bram.prev_review, bram.prev_item) == (old, about(store, old, "Bram").item_no)


def test_what_had_to_go_and_is_still_there_weighs_most(bureau: Bureau, store: Store, tmp_path: Path) -> None:
    """A decision that nobody carried out is not asked as if it were the first time."""
    signed(bureau)
    _bureau, number = again(store, tmp_path, board())
    kees = about(store, number, "Kees")
    assert (kees.risk, json.loads(kees.risks)[0]) == ("high", "still_there")
    assert "it is still there" in (kees.sentence or "")


@pytest.mark.parametrize("opened_again", [False, True])
def test_what_was_gone_and_came_back_is_returned(
    bureau: Bureau, store: Store, tmp_path: Path, opened_again: bool
) -> None:
    """Seen to be gone by a later run, and there again: somebody put it back. A new revision makes no new task of it."""
    old = signed(bureau)
    kees = about(store, old, "Kees")
    with store.write() as session:
        made = session.scalars(select(Remediation).where(Remediation.item_no == kees.item_no)).one()  # type: ignore[arg-type]  # a column
        task = {"tenant_id": store.tenant, "remediation_id": made.remediation_id}
        session.add(Observation(**task, seq=1, run_id=1, result="GONE", paths="[]", at=MONDAY))
    if opened_again:
        sign(bureau, reopen(bureau, old, "dewi", "er was iets vergeten"))
    _bureau, number = again(store, tmp_path, board())
    found = about(store, number, "Kees")
    assert (found.delta, found.risk, json.loads(found.risks)[0]) == ("RETURNED", "high", "returned")
    assert about(store, number, "Lies").delta == "SAME"


def test_a_sensitive_place_is_asked_alone_when_it_is_new(store: Store, tmp_path: Path) -> None:
    """What fits is grouped, but not the first time in a place where it may never go wrong."""
    world = board()
    site = next(one for one in world.places if (one.kind, one.object_id) == ("site", "zorg"))
    site.confidentiality = "high"
    bureau = bureau_of(fresh_world(store, world), tmp_path)
    number = opened(bureau)
    assert about(store, number, "Fien").alone
    assert about(store, number, "Kees").risk == "high"
    all_decided(bureau, number, "revoke")
    for one in items(store, number):
        if one.outcome == "CONFORM" and one.alone:
            say(bureau, number, one.item_no, verb="keep")
    sign(bureau, number)
    again_ = opened(replace(bureau, now=LATER))
    assert not about(store, again_, "Fien").alone


# ---- the term


def holidays(store: Store, first: date, last: date) -> None:
    """No school on these days."""
    with store.write() as session:
        day = first
        while day <= last:
            number = (day - date(1970, 1, 1)).days
            row = Calendar(tenant_id=store.tenant, day=number, shift=0, school_day=False, school_days=0)
            session.add(row)
            day += DAY


def test_the_term_counts_school_days_and_never_ends_in_a_holiday(bureau: Bureau, store: Store) -> None:
    """Opened before the Christmas holidays it ends after them."""
    assert rounds.plan(bureau).due_at == datetime(2026, 12, 14, 17, tzinfo=UTC)
    holidays(store, date(2026, 12, 7), date(2027, 1, 3))
    assert rounds.plan(bureau).due_at == datetime(2027, 1, 11, 17, tzinfo=UTC)


# ---- reminders


def test_who_is_not_ready_hears_it_and_then_deputy_and_bestuur(bureau: Bureau, store: Store) -> None:
    """Seven and two school days before, on the day, and after it; the deputy after one day, the bestuur after five."""
    opened(bureau)
    told: dict[str, list[str]] = {}
    for day in range(30):
        now = replace(bureau, now=MONDAY + day * DAY)
        for call in remind(now):
            told.setdefault(f"{now.now:%m-%d}", []).append(call.to.key)
        assert remind(now) == []
    assert told == {
        "12-03": [ANNA], "12-10": [ANNA], "12-14": [ANNA], "12-15": [ANNA, CHRIS], "12-21": [ANNA, DEWI],
    }  # fmt: skip
    assert mails(store)[-1] == (DEWI, "Undone: review of Zorg")


def test_the_daemon_reminds_once_on_each_day_with_school(bureau: Bureau, store: Store) -> None:
    """From the hour of the mail of the day; the minutes after it cost one look, and a board without reviews none."""
    day, place = MONDAY + 10 * DAY, Workplace(bureau.config, {}, store, lambda: day)
    assert remind_round(place) == 0  # there is no review yet
    opened(bureau)
    nine_before = replace(place, now=lambda: day - timedelta(hours=9))
    assert remind_round(nine_before) == 0

    assert [remind_round(place) for _minute in range(3)] == [1, 0, 0]
    both = [replace(bureau, now=MONDAY + 17 * DAY)] * 2
    assert [len(reminding.remind_of_today(one)) for one in both] == [1, 0]  # two processes that both saw the hour
    assert [subject for _to, subject in mails(store)].count("Still to do: review of rights Zorg") == 2


def test_a_reminder_says_how_much_is_left_and_who_is_ready_gets_none(bureau: Bureau, store: Store) -> None:
    """Remaining minutes move people, 'you have a task' does not; and who signed is left in peace."""
    number = opened(bureau)
    say(bureau, number, 1, verb="revoke")
    confirm(bureau, number, "R1")
    remind(replace(bureau, now=MONDAY + 17 * DAY))
    with store.read() as session:
        text = " ".join(list(session.scalars(select(Outbox)))[-1].text.split())
    assert "Anna, of the review of rights Zorg 3 decisions are left; that takes about 1 minute." in text
    all_decided(bureau, number)
    sign(bureau, number)
    before = len(mails(store))
    assert [remind(replace(bureau, now=MONDAY + day * DAY)) for day in (18, 21, 40)] == [[], [], []]
    assert len(mails(store)) == before


def test_nobody_is_reminded_in_a_holiday(bureau: Bureau, store: Store) -> None:
    """A letter in the summer holidays is read by nobody, and then it has been sent."""
    opened(bureau)
    holidays(store, date(2026, 12, 3), date(2026, 12, 6))
    assert remind(replace(bureau, now=MONDAY + 10 * DAY)) == []


def test_a_reminder_that_cannot_be_written_leaves_no_line(
    bureau: Bureau, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would count as sent, and nobody would ever hear it."""
    number = opened(bureau)

    def broken(*_values: Any) -> bool:
        raise OSError("no template")

    monkeypatch.setattr(reminding, "post", broken)
    with pytest.raises(OSError, match="no template"):
        remind(replace(bureau, now=MONDAY + 17 * DAY))
    assert [one.verb for one in stands(bureau, number).events] == ["open"]


# ---- what is late


def late(store: Store, now: datetime, kind: str = "") -> dict[str, int]:
    """What rules see of what is late, or only of one kind: the thing, and since how many days."""
    rows = views(store, now)["review-terms"].selectable
    with store.read() as session:
        found = {row["thing"]: row["days_late"] for row in session.execute(select(rows)).mappings()}
    return {thing: days for thing, days in found.items() if days >= 0 and thing.startswith(kind)}


def test_a_review_is_late_until_everybody_who_decides_signed(store: Store, tmp_path: Path) -> None:
    """Anna signed, but nobody decided about Anna herself: the review is not done."""
    world = board()
    world.grant("zorg", role="owner", user_id="anna")
    bureau = bureau_of(fresh_world(store, world), tmp_path)
    number = opened(bureau)
    due = datetime(2026, 12, 14, 17, tzinfo=UTC)
    assert late(store, due - timedelta(minutes=1)) == {}
    assert late(store, due) == {"review/1": 0}
    assert late(store, MONDAY + 25 * DAY) == {"review/1": 3}
    all_decided(bureau, number)
    sign(bureau, number, ANNA)
    assert late(store, MONDAY + 25 * DAY, "review") == {"review/1": 3}
    sign(bureau, number, CHRIS)
    assert late(store, MONDAY + 25 * DAY, "review") == {}


def test_a_task_is_late_until_a_run_saw_that_it_is_gone(bureau: Bureau, store: Store) -> None:
    """Reported done is not gone; only a later reading ends it, or a new revision that decides otherwise."""
    signed(bureau)
    task = {"tenant_id": store.tenant, "remediation_id": 1}
    with store.write() as session:
        session.add(Observation(**task, seq=1, run_id=1, result="UNKNOWN", paths="[]", at=MONDAY))
    assert late(store, MONDAY + 13 * DAY) == {}
    assert late(store, MONDAY + 20 * DAY) == {"task/1": 5, "task/2": 5, "task/3": 5}
    with store.write() as session:
        session.add(Observation(**task, seq=2, run_id=2, result="GONE", paths="[]", at=MONDAY))
        remedies.add_event(session, store, 2, "withdraw", "", MONDAY)
    assert late(store, MONDAY + 20 * DAY) == {"task/3": 5}


def test_a_quarter_without_a_round_is_late(bureau: Bureau, store: Store) -> None:
    """A board that began with reviews hears it when nobody opens the next; one that never began does not."""
    assert late(store, MONDAY + 300 * DAY) == {}
    signed(bureau)
    assert late(store, MONDAY + 105 * DAY, "round") == {}
    assert late(store, MONDAY + 110 * DAY, "round") == {"round/1": 4}


def test_a_round_of_another_board_is_no_business_of_ours(bureau: Bureau, store: Store) -> None:
    """Many boards in one database: each sees its own reviews only."""
    number = opened(bureau)
    with store.read() as session:
        mine: list[Any] = [session.scalars(select(model)).all() for model in (AccessReview, ReviewItem, ReviewDecision)]
    assert {one.tenant_id for some in mine for one in some} == {store.tenant}
    other = replace(bureau, store=replace(store, tenant=store.tenant + 1))
    with pytest.raises(RefusedError, match="there is no review"):
        stands(other, number)
