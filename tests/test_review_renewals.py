"""Exceptions that are renewed: how often is counted, said where somebody decides, and never made a rule of."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ibpmon import language
from ibpmon.operate.rounds import workplace
from ibpmon.review import decisions, renewals
from ibpmon.review.bureau import Bureau
from ibpmon.review.renewals import agreed
from ibpmon.review.reopening import reopen
from ibpmon.store.database import Store
from ibpmon.store.review_tables import AccessReview
from ibpmon.store.tables import Outbox
from ibpmon.tell.words import nth
from tests.conftest import MONDAY
from tests.review_world import (
    ANNA,
    CHRIS,
    DAY,
    about,
    all_decided,
    board,
    bureau,
    bureau_of,
    fresh_world,
    later,
    opened,
    say,
    sign,
    store,
)
from tests.test_review_command import config

__all__ = ["bureau", "config", "store"]  # fixtures

pytestmark = pytest.mark.usefixtures("english")


def kept(bureau: Bureau, quarter: int, *names: str, days: int = 60) -> str:
    """A round in this quarter in which Anna keeps these people for a project; gives the text that she signed."""
    now = later(bureau, 100 * quarter)
    number = opened(now)
    keep(now, number, *names, days=days)
    return sign(now, number).statement or ""


def keep(now: Bureau, number: int, *names: str, days: int = 60) -> None:
    """Anna decides about everything, and keeps these people for a while."""
    all_decided(now, number)
    for name in names:
        item = about(now.store, number, name)
        say(now, number, item.item_no, reason_code="project", until=now.now + days * DAY)


def count(store: Store, last: int = 99) -> dict[str, int]:
    """In how many signed rounds in a row everybody was kept against the matrix, by account."""
    with store.read() as session:
        found = agreed(session, store, "zorg", last)
    return {json.loads(key)[1]: one.rounds for key, one in found.items()}


@pytest.mark.parametrize(
    ("number", "said", "dutch"),
    [(1, "1st", "1e"), (2, "2nd", "2e"), (3, "3rd", "3e"), (4, "4th", "4e"), (11, "11th", "11e"), (22, "22nd", "22e")],
)
def test_which_time_it_is_is_said_as_people_say_it(number: int, said: str, dutch: str) -> None:
    """1e, 2e, 3e: never "3th keer"."""
    assert nth(number) == said
    language.use("nl")
    assert nth(number) == dutch


def test_an_exception_says_what_was_agreed_and_how_often_it_was_extended(bureau: Bureau, store: Store) -> None:
    """The first time is no renewal; the fourth round is the third, and she is told so before and after she decides."""
    texts = [kept(bureau, quarter, "Kees") for quarter in range(4)]
    assert ["Extended for" in text for text in texts] == [False, True, True, True]
    assert "Extended for the 1st time." in texts[1]
    assert "Extended for the 3rd time." in texts[3]
    last = about(store, opened(later(bureau, 400)), "Kees")
    until = "It was allowed to stay until 18 November 2027 11:00, extended for the 3rd time."
    assert until in (last.sentence or "")
    assert (last.alone, last.risk, json.loads(last.risks)[0]) == (True, "high", "expired")


def test_in_dutch_it_reads_as_it_was_agreed(bureau: Bureau, store: Store) -> None:
    """What Anna reads: until which day, and for which time."""
    language.use("nl")
    texts = [kept(bureau, quarter, "Kees") for quarter in range(3)]
    assert "Voor de 2e keer verlengd." in texts[2]
    assert "Het mocht blijven tot 10 augustus 2027 12:00, voor de 2e keer verlengd." in (
        about(store, opened(later(bureau, 300)), "Kees").sentence or ""
    )


def test_a_revision_counts_once_and_a_draft_never(bureau: Bureau, store: Store) -> None:
    """Signed twice in one round is one time kept; what nobody signed for is not kept at all."""
    kept(bureau, 0, "Kees", "Lies")
    first = opened(later(bureau, 100))
    keep(later(bureau, 100), first, "Kees", "Lies")
    assert count(store) == {"kees": 1, "lies": 1}
    sign(later(bureau, 100), first)
    assert count(store) == {"kees": 2, "lies": 2}
    again = reopen(later(bureau, 101), first, "anna", "Lies hoort er niet bij")
    say(later(bureau, 101), again, about(store, again, "Lies").item_no, verb="revoke")
    assert count(store) == {"kees": 2, "lies": 2}
    sign(later(bureau, 101), again)
    assert count(store) == {"kees": 2}


def test_a_round_without_it_begins_the_row_anew(bureau: Bureau, store: Store, tmp_path: Path) -> None:
    """Kees was taken away in between, or was not there: the next time is the first again."""
    kept(bureau, 0, "Kees", "Lies", "Bram")
    kept(bureau, 1, "Lies", "Bram")
    assert count(store) == {"lies": 2, "bram": 2}
    world = board()
    world.rows["drive-permissions"] = [one for one in world.rows["drive-permissions"] if one.get("user_id") != "lies"]
    fresh_world(store, world)
    kept(bureau, 2, "Kees", "Bram")
    assert count(store) == {"kees": 1, "bram": 3}
    fresh_world(store, board())
    text = kept(bureau_of(store, tmp_path), 3, "Lies", "Bram")
    assert text.count("Extended for") == 1
    assert count(store) == {"lies": 1, "bram": 4}
    assert count(store, last=2) == {"lies": 2, "bram": 2}


def test_a_round_that_nobody_signed_is_no_round(bureau: Bureau, store: Store) -> None:
    """Silence neither renews an exception nor ends the row: nothing was decided."""
    kept(bureau, 0, "Kees")
    opened(later(bureau, 100))
    text = kept(bureau, 2, "Kees")
    assert "Extended for the 1st time." in text
    assert count(store) == {"kees": 2}


def test_a_term_that_still_runs_stays_what_it_was(bureau: Bureau, store: Store) -> None:
    """18. A year, confirmed with the others meanwhile: it runs in each round, is no renewal, and ends on its day."""
    kept(bureau, 0, "Kees", days=340)
    for quarter in (1, 2, 3):
        number = opened(later(bureau, 100 * quarter))
        item = about(store, number, "Kees")
        assert (item.alone, item.rule) == (False, "running")
        all_decided(later(bureau, 100 * quarter), number)
        sign(later(bureau, 100 * quarter), number)
        assert count(store)["kees"] == 1
    over = about(store, opened(later(bureau, 400)), "Kees")
    assert (over.alone, over.risk, json.loads(over.risks)[0]) == (True, "high", "expired")
    assert "It was allowed until 29 October 2027" in (over.sentence or "")


def test_who_did_not_sign_renewed_nothing(store: Store, tmp_path: Path) -> None:
    """Chris decides about Kees and never signs, Anna signs the rest: Kees was kept by nobody."""
    bureau = bureau_of(store, tmp_path)
    number = opened(bureau)
    kees, lies = about(store, number, "Kees").item_no, about(store, number, "Lies").item_no
    with store.write() as session:
        decisions.assign(session, store, number, CHRIS, "dewi", "Anna kent hem niet", MONDAY, kees)
    all_decided(bureau, number)
    say(bureau, number, lies, reason_code="project", until=MONDAY + 60 * DAY)
    say(bureau, number, kees, reason_code="project", until=MONDAY + 60 * DAY, by=CHRIS)
    sign(bureau, number, ANNA)
    assert count(store) == {"lies": 1}
    sign(bureau, number, CHRIS)
    assert count(store) == {"lies": 1, "kees": 1}


def test_what_fits_is_no_exception(bureau: Bureau, store: Store) -> None:
    """A keep with an end of somebody who belongs there is not against the matrix."""
    number = opened(bureau)
    all_decided(bureau, number)
    dirk = about(store, number, "Dirk")
    assert dirk.outcome == "CONFORM"
    say(bureau, number, dirk.item_no, reason_code="project", until=MONDAY + 60 * DAY)
    sign(bureau, number)
    assert count(store) == {}


def test_from_the_third_renewal_on_the_matrix_is_named_and_never_changed(bureau: Bureau, store: Store) -> None:
    """18. It is asked like every exception that ended; the letter and the item say that a rule may be lacking."""
    for quarter in range(3):
        kept(bureau, quarter, "Kees", *(["Lies"] if quarter else []))
    opened(later(bureau, 300))
    first, second, third, fourth = letters(store)
    assert "Was allowed until a day" not in first
    assert "Was allowed until a day, asked again: 1" in second
    assert "Was allowed until a day, asked again: 2" in third
    assert "Perhaps the matrix" not in third
    assert "If it stays again, 1 right is extended for the 3rd time or more. Perhaps the matrix has to change" in fourth
    with store.read() as session:
        assert len({one.matrix_hash for one in session.scalars(select(AccessReview))}) == 1
        known = agreed(session, store, "zorg", 99)
    said = {json.loads(key)[1]: renewals.advice(one) for key, one in known.items()}
    assert said["lies"] == ""
    assert said["kees"].startswith("If this stays again, it is extended for the 3rd time. Perhaps the matrix")


def letters(store: Store) -> list[str]:
    """What was written to Anna when each round was opened, the oldest first, on one line each."""
    with store.read() as session:
        found = session.scalars(select(Outbox).order_by(Outbox.mail_id))  # type: ignore[arg-type]  # a column
        return [" ".join(one.text.split()) for one in found if one.subject.startswith("Review of rights")]


def test_the_command_says_what_was_agreed_and_how_often(config: Path, ibpmon: Any) -> None:
    """For who decides in words, for a program as numbers; of who was never kept there is nothing to say."""
    with workplace(config) as place:
        language.use("en")  # what is asked keeps the language in which it was opened
        bureau = Bureau.of(place.config, place.store, MONDAY)
        for quarter in range(3):
            kept(bureau, quarter, "Kees")
        opened(later(bureau, 300))
    said = ibpmon("review", "items", "4", "--config", config).out
    rows = json.loads(ibpmon("review", "items", "4", "--json", "--config", config).out)
    kees, bram = (next(one for one in rows if one["sentence"].startswith(name)) for name in ("Kees", "Bram"))
    assert (kees["renewals"], kees["agreed_until"][:10]) == (2, "2027-08-10")
    assert "extended for the 2nd time" in said
    assert "extended for the 3rd time. Perhaps the matrix has to change" in kees["advice"]
    assert kees["advice"] in said
    assert (bram["renewals"], bram["agreed_until"], bram["advice"]) == (0, None, "")
