"""What has to be done after a review was signed: one task for each access that goes or becomes less.

ibpmon changes nothing itself. How a task stands is derived from what people reported and what later runs saw.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import and_, exists, select
from sqlmodel import Session, col

from ibpmon.errors import RefusedError
from ibpmon.language import N_, _
from ibpmon.review.standing import signoffs, standing
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.review_tables import Observation, Remediation, RemediationEdge, RemediationEvent, ReviewItem
from ibpmon.store.upsert import table_of
from ibpmon.tell.registers import check_text

TaskState = Literal[
    "OPEN", "ASSIGNED", "REPORTED_DONE", "VERIFIED", "LASTING", "STILL_PRESENT", "UNKNOWN", "RETURNED", "CANNOT",
    "WITHDRAWN",
]  # fmt: skip

DONE = ("GONE", "REDUCED")
CLOSED: tuple[TaskState, ...] = ("VERIFIED", "LASTING", "RETURNED", "WITHDRAWN")
STATE_WORDS: dict[TaskState, str] = {
    "OPEN": N_("still to do"), "ASSIGNED": N_("assigned to somebody"),
    "REPORTED_DONE": N_("reported as done, not checked yet"),
    "VERIFIED": N_("gone, checked"), "LASTING": N_("stayed away"),
    "STILL_PRESENT": N_("still there"), "UNKNOWN": N_("could not be checked"),
    "RETURNED": N_("has come back"), "CANNOT": N_("cannot be done"), "WITHDRAWN": N_("withdrawn"),
}  # fmt: skip

SEEN_WORDS: Mapping[str, str] = {
    "GONE": N_("gone"), "REDUCED": N_("became less"), "PRESENT": N_("still there"),
    "UNKNOWN": N_("could not be checked"),
}  # fmt: skip
ACT_WORDS: Mapping[str, str] = {
    "assign": N_("given to {note}"), "done": N_("reported as done"), "cannot": N_("cannot be done: {note}"),
    "withdraw": N_("withdrawn: it was decided on anew"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Task:
    """One access to take away or lower, with all that was reported and seen of it."""

    row: Remediation
    item: ReviewItem
    events: Sequence[RemediationEvent]
    seen: Sequence[Observation]
    returned: bool  # a later task follows this one

    def last(self, *verbs: str) -> RemediationEvent | None:
        """The last of these acts; None when there was none."""
        return next((one for one in reversed(self.events) if one.verb in verbs), None)

    @property
    def reported_at(self) -> datetime | None:
        """When somebody last said that it was done."""
        last = self.last("done")
        return last.at if last else None

    @property
    def assignee(self) -> str:
        """Who does it, if anybody was named."""
        last = self.last("assign")
        return (last.note or "") if last else ""

    @property
    def obstacle(self) -> str:
        """Why it cannot be done, if anybody said so and nobody took it up since."""
        last = self.last("assign", "done", "cannot")
        return (last.note or "") if last and last.verb == "cannot" else ""

    @property
    def known(self) -> list[Observation]:
        """What runs saw of it; what could not be checked is left out."""
        return [one for one in self.seen if one.result != "UNKNOWN"]

    @property
    def state(self) -> TaskState:
        """Where it is; what nobody could check never counts as done."""
        if self.returned:
            return "RETURNED"
        if self.last("withdraw"):
            return "WITHDRAWN"
        results = [one.result for one in self.known[-2:]]
        if results and results[-1] in DONE:
            return "LASTING" if len(results) > 1 and results[0] in DONE else "VERIFIED"
        return self.undone()

    def undone(self) -> TaskState:
        """Where it is as long as no run saw it gone."""
        last = self.last("assign", "done", "cannot")
        if last is not None and last.verb == "cannot":
            return "CANNOT"
        if self.reported_at is None:
            return "ASSIGNED" if self.assignee else "OPEN"
        later = [one.result for one in self.seen if one.at > self.reported_at]
        if not later:
            return "REPORTED_DONE"
        return "UNKNOWN" if later[-1] == "UNKNOWN" else "STILL_PRESENT"


# ---------------------------------------------------------------- words


def seen_word(one: Observation, titles: Mapping[str, str]) -> str:
    """What a run saw, and why it says no more; sources go by their titles."""
    left = json.loads(one.paths or "[]")
    names = [titles.get(way["source"], way["source"]) for way in left if way.get("why") == "not_read"]
    parts = [_(SEEN_WORDS[one.result])]
    parts += [_("not read in full: {sources}").format(sources=", ".join(names))] if names else []
    parts += [_("the place is not there any more") for way in left if way.get("why") == "place_gone"]
    parts += [
        _("the same right is there under a name without an account") for way in left if way.get("why") == "other_name"
    ]
    return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Told:
    """One line of what happened to a task: what somebody reported, or what a run saw."""

    at: datetime
    what: str
    by: str
    said: str


def history(task: Task, titles: Mapping[str, str]) -> list[Told]:
    """What was reported and what was seen, in order; sources go by their titles."""
    acts = [
        Told(one.at, one.verb, one.actor, _(ACT_WORDS[one.verb]).format(note=one.note or _("(erased)")))
        for one in task.events
    ]
    looks = [Told(one.at, one.result, "", seen_word(one, titles)) for one in task.seen]
    return sorted([*acts, *looks], key=lambda one: one.at)


# ---------------------------------------------------------------- looking


def tasks(session: Session, store: Store, number: int | None = None) -> list[Task]:
    """All tasks or one of them, the oldest first, with what was written down about each; in three statements."""
    mine = [col(Remediation.tenant_id) == store.tenant]
    mine += [col(Remediation.remediation_id) == number] if number is not None else []
    rows = session.execute(with_items().where(*mine).order_by(col(Remediation.remediation_id))).all()
    events, seen = (by_task(session, store, model, number) for model in (RemediationEvent, Observation))
    found = []
    for row, item, followed in rows:
        key = row.remediation_id
        found.append(Task(row, item, events.get(key, ()), seen.get(key, ()), bool(followed)))
    return found


def with_items() -> Any:
    """Each task beside what was decided on, and whether it came back as another one."""
    same = and_(
        col(ReviewItem.tenant_id) == col(Remediation.tenant_id),
        col(ReviewItem.review_id) == col(Remediation.review_id),
        col(ReviewItem.item_no) == col(Remediation.item_no),
    )
    own, later = table_of(Remediation).c, table_of(Remediation).alias("later").c
    followed = exists().where(later.tenant_id == own.tenant_id, later.follows == own.remediation_id)
    return select(Remediation, ReviewItem, followed.correlate(table_of(Remediation))).join(ReviewItem, same)


def by_task(session: Session, store: Store, model: Any, number: int | None = None) -> Mapping[int, Sequence[Any]]:
    """What was written down in one table, by task, the oldest first."""
    mine = [col(model.tenant_id) == store.tenant]
    mine += [col(model.remediation_id) == number] if number is not None else []
    found: dict[int, list[Any]] = {}
    for one in session.scalars(select(model).where(*mine).order_by(col(model.remediation_id), col(model.seq))):
        found.setdefault(one.remediation_id, []).append(one)
    return found


def edges_of(session: Session, store: Store, number: int) -> Sequence[RemediationEdge]:
    """The edges of a task as they were when it was made."""
    mine = (col(RemediationEdge.tenant_id) == store.tenant, col(RemediationEdge.remediation_id) == number)
    return session.scalars(select(RemediationEdge).where(*mine).order_by(col(RemediationEdge.edge_no))).all()


def lock(session: Session, store: Store, number: int | None = None) -> None:
    """Let others wait with these tasks until we are ready."""
    mine = [col(Remediation.tenant_id) == store.tenant]
    mine += [col(Remediation.remediation_id) == number] if number is not None else []
    session.execute(
        select(col(Remediation.remediation_id)).where(*mine).order_by(col(Remediation.remediation_id)).with_for_update()
    )


def the_task(session: Session, store: Store, number: int) -> Task:
    """One task; RefusedError when there is none."""
    found = tasks(session, store, number)
    if not found:
        fix = N_("'ibpmon review tasks list' lists them with their numbers")
        raise RefusedError(N_("there is no task {number}"), fix=fix, number=number)
    return found[0]


# ---------------------------------------------------------------- acting


def assign(session: Session, store: Store, number: int, to: str, by: str, now: datetime) -> None:
    """Name who does it."""
    check_hand(session, store, to_do(session, store, number), to)
    add_event(session, store, number, "assign", by, now, to)


def report(session: Session, store: Store, number: int, by: str, now: datetime) -> None:
    """Somebody says that it is done; only a later run can say that it is so."""
    check_hand(session, store, to_do(session, store, number), by)
    add_event(session, store, number, "done", by, now)


def decline(session: Session, store: Store, number: int, why: str, by: str, now: datetime) -> None:
    """Somebody says that it cannot be done, and why; it stays on the list until somebody takes it up."""
    if not why.strip():
        raise RefusedError(
            N_("why can task {number} not be done?"),
            why=N_("who decided has to know what is in the way"),
            fix=N_("say it in a few words, with --why"),
            number=number,
        )
    check_hand(session, store, to_do(session, store, number), by)
    add_event(session, store, number, "cannot", by, now, why.strip())


def withdraw(session: Session, store: Store, keys: Collection[str], reviews: Collection[int], now: datetime) -> None:
    """Let go of what is still to be done about these accesses after these reviews: it was decided on anew."""
    for task in tasks(session, store):
        if task.row.item_key in keys and task.row.review_id in reviews and task.state not in CLOSED:
            add_event(session, store, task.row.remediation_id, "withdraw", "", now)


def to_do(session: Session, store: Store, number: int) -> Task:
    """A task that somebody can still do something about, locked until we are ready."""
    lock(session, store, number)
    found = the_task(session, store, number)
    if found.state in CLOSED:
        raise RefusedError(
            N_("nothing has to be done about task {number} any more"),
            why=N_("its state is '{state}'"),
            fix=N_("'ibpmon review tasks list' shows what is left"),
            number=number,
            state=_(STATE_WORDS[found.state]),
        )
    return found


NOTES = {"assign": "to", "cannot": "reason"}  # what the ledger calls the note of an act


def add_event(session: Session, store: Store, number: int, verb: str, by: str, now: datetime, note: str = "") -> None:
    """Write an act down, also in the ledger; RefusedError when it holds what a database cannot."""
    for name, said in (("by", by), ("note", note)):
        check_text(name, said)
    seq = len(by_task(session, store, RemediationEvent, number).get(number, ())) + 1
    key = {"tenant_id": store.tenant, "remediation_id": number, "seq": seq}
    session.add(RemediationEvent(**key, verb=verb, actor=by, note=note, at=now))
    session.flush()
    told = {"by": by} | ({NOTES[verb]: note} if note else {})
    write_down(session, store, number, verb, {name: value for name, value in told.items() if value}, now)


def write_down(session: Session, store: Store, number: int, verb: str, said: Mapping[str, Any], at: datetime) -> None:
    """Write an act on a task in the ledger."""
    ledger.append(session, store, [ledger.Act(f"remediation.{verb}", f"remediation/{number}", said)], at)


def check_hand(session: Session, store: Store, task: Task, who: str) -> None:
    """Refuse that who signed a review also carries it out: then nobody looks at the work of another."""
    there = standing(session, store, task.row.review_id)
    if any(there.seat(one.signer).is_called(who) for one in signoffs(session, store, task.row.review_id)):
        raise RefusedError(
            N_("{who} signed this review"),
            why=N_("who decides about access does not carry it out"),
            fix=N_("let somebody else do it, and report it with --by"),
            who=who,
        )
