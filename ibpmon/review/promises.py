"""Promise and proof: what the round before was to take away or make less, and what was seen of it since.

It opens the next round, so that an owner sees what deciding brought before being asked again. What nobody looked at,
or could not look at, is told as that and never as gone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from ibpmon.language import N_, _, moment, ngettext
from ibpmon.review.remedies import Task, TaskState, tasks
from ibpmon.review.standing import is_micro, rounds_of_kind
from ibpmon.store.database import Store
from ibpmon.store.review_tables import QUARTER, AccessReview, ReviewSignoff

Proof = Literal["lasting", "gone", "still_there", "returned", "cannot", "unknown", "open"]

PROOFS: Mapping[Proof, str] = {
    "lasting": N_("stayed away"), "gone": N_("gone"), "still_there": N_("still there"),
    "returned": N_("has come back"), "cannot": N_("cannot be taken away"), "unknown": N_("could not be checked"),
    "open": N_("not done or not checked yet"),
}  # fmt: skip
KEPT: tuple[Proof, ...] = ("lasting", "gone")
BY_STATE: Mapping[TaskState, Proof] = {
    "VERIFIED": "gone", "LASTING": "lasting", "STILL_PRESENT": "still_there", "UNKNOWN": "unknown",
    "CANNOT": "cannot", "RETURNED": "returned",
}  # fmt: skip
MOST_LINES = 10  # in a letter


@dataclass(frozen=True, slots=True)
class Line:
    """One access of which it was decided that it goes or becomes less."""

    sentence: str
    proof: Proof
    why: str = ""  # it cannot be done

    @property
    def text(self) -> str:
        """The line for a person."""
        said = f"{_(PROOFS[self.proof])}: {self.why}" if self.why else _(PROOFS[self.proof])
        return f"{self.sentence} {said[:1].upper()}{said[1:]}."


@dataclass(frozen=True, slots=True)
class Promise:
    """What one review was to bring, and what it brought."""

    review_id: int
    signed_at: datetime
    lines: Sequence[Line]  # what did not come true first

    @property
    def counts(self) -> dict[str, int]:
        """How many of each, all of them named: nothing that is unknown falls out of sight."""
        found = Counter(one.proof for one in self.lines)
        return {proof: found[proof] for proof in PROOFS}

    def sentence(self, zone: ZoneInfo) -> str:
        """The promise with its figures."""
        count = len(self.lines)
        said = ngettext(
            "In the review that was signed on {day} {n} right was to go or to become less. Seen since: {proofs}.",
            "In the review that was signed on {day} {n} rights were to go or to become less. Seen since: {proofs}.",
            count,
        )
        proofs = ", ".join(f"{number} {_(PROOFS[proof])}" for proof, number in self.found())
        return said.format(day=moment(self.signed_at, zone), n=count, proofs=proofs)

    def found(self) -> list[tuple[Proof, int]]:
        """The outcomes that there are, with how many."""
        counts = self.counts
        return [(proof, counts[proof]) for proof in PROOFS if counts[proof]]

    def broken(self) -> list[Line]:
        """What is not gone, as far as anybody saw."""
        return [one for one in self.lines if one.proof not in KEPT]


def promise(session: Session, store: Store, process: str, round_id: int) -> Promise | None:
    """What the last signed review of a process before this round promised; None when it promised nothing.

    What was asked between two rounds opens nothing: that would tell the same promise twice.
    """
    return None if is_micro(session, store, round_id) else promise_before(session, store, process, round_id)


def promise_before(session: Session, store: Store, process: str, round_id: int) -> Promise | None:
    """The same, for a round of which it is known that it is a whole one."""
    signed = signed_before(session, store, process, round_id)
    if not signed:
        return None
    review_id, at = signed[0].review_id, signed[0].signed_at
    revisions = {one.review_id for one in signed if one.round_id == signed[0].round_id}
    last: dict[tuple[int, int] | str, Task] = {}
    for task in tasks(session, store):
        if task.row.review_id in revisions and task.state != "WITHDRAWN":
            last[task.row.item_key or (task.row.review_id, task.row.item_no)] = task
    lines = sorted((line_of(one) for one in last.values()), key=lambda one: one.proof in KEPT)
    return Promise(review_id, at, lines) if lines else None


def signed_before(session: Session, store: Store, process: str, round_id: int) -> Sequence[Any]:
    """The signatures under reviews of a process in earlier whole rounds, the last one first, each with its round.

    Also those of earlier revisions: what a later one took over keeps the task of the first.
    """
    mine = (
        col(AccessReview.tenant_id) == store.tenant, col(AccessReview.process) == process,
        col(AccessReview.round_id) < round_id, col(ReviewSignoff.tenant_id) == store.tenant,
        col(ReviewSignoff.review_id) == col(AccessReview.review_id),
        col(AccessReview.round_id).in_(rounds_of_kind(store, QUARTER)),
    )  # fmt: skip
    newest = (col(AccessReview.review_id).desc(), col(ReviewSignoff.signed_at).desc())
    columns = (col(AccessReview.review_id), col(AccessReview.round_id), col(ReviewSignoff.signed_at))
    return session.execute(select(*columns).where(*mine).order_by(*newest)).all()


def line_of(task: Task) -> Line:
    """How it went with one access; the task is the last one about it."""
    return Line(task.item.sentence or _("(erased)"), proof_of(task), task.obstacle)


def proof_of(task: Task) -> Proof:
    """What was seen of it. What came back and was not taken away again came back, whatever is being done about it."""
    state = task.state
    if state in ("VERIFIED", "LASTING"):
        return BY_STATE[state]
    if task.row.follows is not None and state != "CANNOT":
        return "returned"
    if state in BY_STATE:
        return BY_STATE[state]
    results = [one.result for one in task.seen]
    if results and state != "REPORTED_DONE":
        return "unknown" if results[-1] == "UNKNOWN" else "still_there"
    return "open"
