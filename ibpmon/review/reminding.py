"""Reminders: how many decisions and minutes are left, to who decides; and if nobody does, to deputy and bestuur.

Silence is written down and passed on. It never becomes a decision.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile

from sqlmodel import Session

from ibpmon.config import Config
from ibpmon.language import N_, _
from ibpmon.review.before import pace
from ibpmon.review.bureau import Bureau, Seat
from ibpmon.review.letters import Letter, day_word, decisions_word, minutes, minutes_word, page_of, post
from ibpmon.review.rounds import PER_RULE
from ibpmon.review.standing import Standing, living, reviews, standing
from ibpmon.review.writing import event, ref
from ibpmon.store.database import Store
from ibpmon.tell.occasions import is_there, noted
from ibpmon.tell.terms import Diary, diary

BEFORE = (7, 2, 0)  # school days before the term on which who is not ready hears it
AGAIN = 5  # and after it every so many school days
DAY = "reminders of reviews"  # the period of them: once on a day with school
TO_DEPUTY, TO_BOARD = 1, 5  # school days after the term


@dataclass(frozen=True, slots=True)
class Call:
    """One letter that is due: to whom, about which review, and why now."""

    review_id: int
    kind: str  # remind, escalate
    step: str  # so that it goes out once
    decider: str
    to: Seat


def calls(session: Session, bureau: Bureau) -> list[Call]:
    """The letters that are due now; none on a day without school, and none to who is ready."""
    calendar = diary(session, bureau.store, bureau.config)
    if not calendar.has_school(calendar.today(bureau.now)):
        return []
    return [
        call for there in living(session, bureau.store, bureau.now) for call in calls_about(bureau, calendar, there)
    ]


def calls_about(bureau: Bureau, calendar: Diary, there: Standing) -> Iterator[Call]:
    """The letters about one review that were not sent before."""
    left = days_left(calendar, there, bureau)
    sent = {step_of(line.said) for line in there.events if line.verb in ("remind", "escalate")}
    for decider in sorted(there.deciders - set(there.signed)):
        for kind, step, to in steps(bureau, there, decider, left):
            if f"{step}/{decider}" not in sent and to.mail:
                yield Call(there.review.review_id, kind, f"{step}/{decider}", decider, to)


def step_of(said: str | None) -> str:
    """Which step an event was."""
    return str(json.loads(said or "{}").get("step", ""))


def steps(bureau: Bureau, there: Standing, decider: str, left: int) -> Iterator[tuple[str, str, Seat]]:
    """What belongs to so many school days before (or, negative, after) the term."""
    seat = mailed(there.seat(decider))
    reached = [days for days in BEFORE if left <= days]
    if left >= 0 and reached:
        yield "remind", f"before-{min(reached)}", seat
    if left < 0:
        yield "remind", f"after-{-left // AGAIN}", seat
        if -left >= TO_DEPUTY and there.deputy.key != decider:
            yield "escalate", "deputy", there.deputy
        if -left >= TO_BOARD:
            yield "escalate", "board", bureau.board


def mailed(seat: Seat) -> Seat:
    """Somebody without a known address goes by his account, which is one."""
    return seat if seat.mail or "@" not in seat.key else Seat(seat.key, seat.name, seat.key)


def days_left(calendar: Diary, there: Standing, bureau: Bureau) -> int:
    """How many school days there are until the term; negative when it is over."""
    today, last = calendar.today(bureau.now), calendar.today(there.review.due_at)
    if bureau.now <= there.review.due_at:
        return between(calendar, today, last)
    return -max(1, between(calendar, last, today))


def between(calendar: Diary, first: date, last: date) -> int:
    """The school days after the first day up to and with the last."""
    ahead = calendar.school_days(first + timedelta(days=1))
    return sum(1 for _day in takewhile(lambda day: day <= last, ahead))


# ---------------------------------------------------------------- writing


def is_time(store: Store, config: Config, now: datetime) -> bool:
    """Whether the reminders of today are still to come: on a day with school, from the hour of the mail of the day."""
    with store.read() as session:
        calendar = diary(session, store, config)
        today = calendar.today(now)
        if not calendar.has_school(today) or now < calendar.at(today, config.mail.morning):
            return False
        return not is_there(session, store, DAY, f"{today}") and any(reviews(session, store))


def remind_of_today(bureau: Bureau) -> list[Call]:
    """The letters of today; none when they were written already, perhaps by another process."""
    with bureau.store.write() as session:
        today = diary(session, bureau.store, bureau.config).today(bureau.now)
        first = noted(session, bureau.store, [(DAY, f"{today}")], bureau.now)
        return write_letters(session, bureau) if first else []


def remind(bureau: Bureau) -> list[Call]:
    """Write the letters that are due, each with its line in the review, in one transaction."""
    with bureau.store.write() as session:
        return write_letters(session, bureau)


def write_letters(session: Session, bureau: Bureau) -> list[Call]:
    """Put what is due in the outbox, and write it down in its review."""
    due = calls(session, bureau)
    for call in due:
        there = standing(session, bureau.store, call.review_id, lock=True)
        said = {"step": call.step, **left_of(there, call.decider)}
        event(session, bureau.store, call.review_id, call.kind, bureau.now, said=said)
        post(session, bureau, letter(session, bureau, there, call), [call.to.mail])
    return due


def left_of(there: Standing, decider: str) -> dict[str, int]:
    """How many decisions are left."""
    return {"decisions": len(there.left(decider)), "rules": len(there.groups_left(decider))}


def letter(session: Session, bureau: Bureau, there: Standing, call: Call) -> Letter:
    """What is left, how long it takes, and whom it was asked."""
    left, name = left_of(there, call.decider), there.seat(call.decider).name
    speed = pace(session, bureau.store, call.decider)
    spent = minutes(left["decisions"] * speed + left["rules"] * timedelta(seconds=PER_RULE))
    words = {
        "process": there.review.name, "who": name, "day": day_word(there.review.due_at, bureau),
        "decisions": decisions_word(left["decisions"] + left["rules"]), "minutes": minutes_word(spent),
    }  # fmt: skip
    late = bureau.now > there.review.due_at
    what = SAID["ready" if there.is_done(call.decider) else call.kind]
    when = _("The term was {day}.") if late else _("The term is {day}.")
    title = _("Still to do: review of rights {process}") if call.kind == "remind" else _("Undone: review of {process}")
    paragraphs = (_(what).format(**words), when.format(**words), _(NOTHING))
    return Letter("review", title.format(**words), paragraphs, {}, ref(call.review_id), page_of(bureau, call.review_id))


SAID = {
    "remind": N_("{who}, of the review of rights {process} {decisions} are left; that takes {minutes}."),
    "ready": N_("{who}, everything about {process} is decided; only your signature is missing."),
    "escalate": N_("{who} did not finish the review of rights {process}: {decisions} are left, {minutes} of work."),
}
NOTHING = N_("As long as nobody decides, nothing is decided: no access is kept or taken away by waiting.")
