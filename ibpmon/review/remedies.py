"""What has to be done after a review was signed: one task for each access that goes or becomes less.

ibpmon changes nothing itself. How a task stands is derived from what people reported and what later runs saw.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlmodel import Session, col

from ibpmon.errors import RefusedError
from ibpmon.language import N_
from ibpmon.review.bureau import Bureau
from ibpmon.review.merkle import canonical
from ibpmon.review.rounds import due
from ibpmon.review.standing import signoffs, standing
from ibpmon.review.writing import ref
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.review_tables import Observation, Remediation, RemediationEdge, RemediationEvent, ReviewItem
from ibpmon.store.upsert import take
from ibpmon.tell.terms import diary

TaskState = Literal[
    "OPEN", "ASSIGNED", "REPORTED_DONE", "VERIFIED", "LASTING", "STILL_PRESENT", "UNKNOWN", "RETURNED"
]  # fmt: skip

TERM = 10  # school days to carry a decision out
DONE = ("GONE", "REDUCED")
IN_SHAREPOINT = ("site_group", "grant", "item_grant", "link", "site_admin")
STATE_WORDS: dict[TaskState, str] = {
    "OPEN": N_("task: open"), "ASSIGNED": N_("task: assigned"), "REPORTED_DONE": N_("task: reported as done"),
    "VERIFIED": N_("task: gone, checked"), "LASTING": N_("task: stayed away"),
    "STILL_PRESENT": N_("task: still there"), "UNKNOWN": N_("task: could not be checked"),
    "RETURNED": N_("task: came back"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Task:
    """One access to take away or lower, with all that was reported and seen of it."""

    row: Remediation
    item: ReviewItem
    events: Sequence[RemediationEvent]
    seen: Sequence[Observation]
    returned: bool  # a later task follows this one

    @property
    def reported_at(self) -> datetime | None:
        """When somebody last said that it was done."""
        return max((one.at for one in self.events if one.verb == "done"), default=None)

    @property
    def assignee(self) -> str:
        """Who does it, if anybody was named."""
        return next((one.note or "" for one in reversed(self.events) if one.verb == "assign"), "")

    @property
    def state(self) -> TaskState:
        """Where it is; what nobody could check never counts as done."""
        known = [one.result for one in self.seen if one.result != "UNKNOWN"]
        if self.returned:
            return "RETURNED"
        if known and known[-1] in DONE:
            return "LASTING" if known[-2:-1] and known[-2] in DONE else "VERIFIED"
        return self.undone()

    def undone(self) -> TaskState:
        """Where it is as long as no run saw it gone."""
        if self.reported_at is None:
            return "ASSIGNED" if self.assignee else "OPEN"
        later = [one.result for one in self.seen if one.at > self.reported_at]
        if not later:
            return "REPORTED_DONE"
        return "UNKNOWN" if later[-1] == "UNKNOWN" else "STILL_PRESENT"


# ---------------------------------------------------------------- making


def make(session: Session, bureau: Bureau, item: ReviewItem, seq: int, goal: str, follows: int | None = None) -> int:
    """Write one task with the edges as they were; gives its number."""
    store, now = bureau.store, bureau.now
    number = take(session, store.tenant, "remediation")
    term = due(diary(session, store, bureau.config), now, TERM)
    row: dict[str, Any] = {"tenant_id": store.tenant, "remediation_id": number, "review_id": item.review_id}
    row |= {"decision_seq": seq, "item_no": item.item_no, "item_key": item.item_key, "goal": goal}
    session.add(Remediation(**row, source="REVIEW", follows=follows, due_at=term, made_at=now))
    session.add_all(edge_rows(item, number, store.tenant, now))
    session.flush()
    write_down(session, store, number, "open", {"review": ref(item.review_id), "item": item.item_no, "goal": goal}, now)
    return number


def edge_rows(item: ReviewItem, number: int, tenant: int, now: datetime) -> Iterator[RemediationEdge]:
    """Every edge of every path once, with what has to be known to put it back."""
    found = {canonical(edge): edge for path in json.loads(item.paths or "[]") for edge in path["edges"]}
    for place, (key, edge) in enumerate(found.items(), start=1):
        yield RemediationEdge(
            tenant_id=tenant, remediation_id=number, edge_no=place, edge_key=key, kind=edge["kind"],
            system="sharepoint" if edge["kind"] in IN_SHAREPOINT else "entra", fix_hint=None, owner_role="ict",
            before_state=canonical({"edge": edge, "right": item.right}), added_at=now,
        )  # fmt: skip


def write_down(session: Session, store: Store, number: int, verb: str, said: dict[str, Any], at: datetime) -> None:
    """Write an act on a task in the ledger."""
    ledger.append(session, store, [ledger.Act(f"remediation.{verb}", f"remediation/{number}", said)], at)


# ---------------------------------------------------------------- looking


def tasks(session: Session, store: Store) -> list[Task]:
    """All tasks, the oldest first."""
    rows = session.scalars(
        select(Remediation).where(col(Remediation.tenant_id) == store.tenant).order_by(col(Remediation.remediation_id))
    ).all()
    followed = {row.follows for row in rows}
    return [task_of(session, store, row, returned=row.remediation_id in followed) for row in rows]


def task_of(session: Session, store: Store, row: Remediation, *, returned: bool) -> Task:
    """One task with what was written down about it."""
    item = session.get_one(ReviewItem, (store.tenant, row.review_id, row.item_no))
    events, seen = (lines(session, store, model, row.remediation_id) for model in (RemediationEvent, Observation))
    return Task(row, item, events, seen, returned)


def lines(session: Session, store: Store, model: Any, number: int) -> list[Any]:
    """What was written down about a task, the oldest first."""
    mine = (col(model.tenant_id) == store.tenant, col(model.remediation_id) == number)
    return list(session.scalars(select(model).where(*mine).order_by(col(model.seq))))


def the_task(session: Session, store: Store, number: int) -> Task:
    """One task, locked until we are ready; RefusedError when there is none."""
    session.get(Remediation, (store.tenant, number), with_for_update=True)
    found = next((one for one in tasks(session, store) if one.row.remediation_id == number), None)
    if found is None:
        fix = N_("'ibpmon review tasks list' lists them with their numbers")
        raise RefusedError(N_("there is no task {number}"), fix=fix, number=number)
    return found


# ---------------------------------------------------------------- acting


def assign(session: Session, store: Store, number: int, to: str, by: str, now: datetime) -> None:
    """Name who does it."""
    check_hand(session, store, the_task(session, store, number), to)
    add_event(session, store, number, "assign", by, to, now)


def report(session: Session, store: Store, number: int, by: str, now: datetime) -> None:
    """Somebody says that it is done; only a later run can say that it is so."""
    check_hand(session, store, the_task(session, store, number), by)
    add_event(session, store, number, "done", by, "", now)


def add_event(session: Session, store: Store, number: int, verb: str, by: str, note: str, now: datetime) -> None:
    """Write an act down, also in the ledger."""
    seq = len(lines(session, store, RemediationEvent, number)) + 1
    key = {"tenant_id": store.tenant, "remediation_id": number, "seq": seq}
    session.add(RemediationEvent(**key, verb=verb, actor=by, note=note, at=now))
    session.flush()
    write_down(session, store, number, verb, {"by": by} | ({"to": note} if note else {}), now)


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
