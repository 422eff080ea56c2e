"""How lines are added to a review: numbers without gaps, decisions in a chain, and all of it bound into the ledger."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlmodel import Session, col

from ibpmon.review.merkle import canonical, sha256
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.review_tables import AccessReview, ReviewDecision, ReviewEvent
from ibpmon.store.tables import micros
from ibpmon.store.upsert import table_of

# What the hash of a decision is over; of the reason only the commitment, so that the text can go.
BOUND = (
    "review_id", "seq", "item_no", "rule", "verb", "reason_code", "until", "target_right", "actor", "on_behalf_of",
    "channel", "bulk_id", "late", "facts_hash", "shown_at", "decided_at", "commitment", "prev_hash",
)  # fmt: skip
# What the ledger binds of a review and of a task with its edges: all that never goes, and apart from it the texts.
REVIEW = (
    "review_id", "round_id", "process", "name", "revision", "supersedes", "owner", "owner_name", "owner_mail", "deputy",
    "deputy_name", "deputy_mail", "as_of", "due_at", "matrix_hash", "coverage_hash", "grants", "item_count", "excluded",
    "root", "opened_at", "opened_by",
)  # fmt: skip
TASK = (
    "remediation_id", "review_id", "decision_seq", "item_no", "goal", "source", "follows", "due_at", "made_at",
)  # fmt: skip
EDGE, EDGE_TEXTS = ("edge_no", "kind", "system", "owner_role", "added_at"), ("edge_key", "fix_hint", "before_state")
EMPTY: Mapping[str, Any] = {
    "item_no": None, "rule": "", "reason_code": "", "reason": "", "until": None, "target_right": "",
    "on_behalf_of": "", "bulk_id": None, "late": False, "facts_hash": "", "shown_at": None,
}  # fmt: skip


def ref(review_id: int) -> str:
    """What the ledger calls a review."""
    return f"review/{review_id}"


def mark(row: Mapping[str, Any], names: Sequence[str]) -> str:
    """The hash over these columns of a row."""
    return sha256(canonical([as_kept(row[name]) for name in names]))


def opening(review: AccessReview) -> dict[str, Any]:
    """What the ledger says of a review that is opened: the main facts to read, and a hash over all of them."""
    return {
        "process": review.process, "revision": review.revision, "owner": review.owner, "root": review.root,
        "items": review.item_count, "matrix": review.matrix_hash, "coverage": review.coverage_hash,
        "due": review.due_at, "row": mark(review.model_dump(), REVIEW),
    }  # fmt: skip


def making(task: Mapping[str, Any], edges: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the ledger says of a task that is made."""
    fixed = [mark(task, TASK), *(mark(edge, EDGE) for edge in edges)]
    texts = [mark(edge, EDGE_TEXTS) for edge in edges]
    return {
        "review": ref(task["review_id"]), "item": task["item_no"], "goal": task["goal"],
        "row": sha256(canonical(fixed)), "texts": sha256(canonical(texts)),
    }  # fmt: skip


def next_seq(session: Session, store: Store, model: Any, review_id: int) -> int:
    """The number of the next line; the caller holds the lock on the review."""
    mine = (col(model.tenant_id) == store.tenant, col(model.review_id) == review_id)
    return (session.scalar(select(func.max(col(model.seq))).where(*mine)) or 0) + 1


def tell(session: Session, store: Store, review_id: int, verb: str, said: Mapping[str, Any], at: datetime) -> None:
    """Write an act down in the ledger; nothing empty is kept."""
    kept = {name: value for name, value in said.items() if value not in ("", None)}
    ledger.append(session, store, [ledger.Act(f"review.{verb}", ref(review_id), kept)], at)


def event(
    session: Session, store: Store, review_id: int, verb: str, at: datetime,
    by: str = "", reason: str = "", said: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Write down what happened to a review besides decisions, also in the ledger."""
    seq = next_seq(session, store, ReviewEvent, review_id)
    kept = canonical(said or {})
    line = {"tenant_id": store.tenant, "review_id": review_id, "seq": seq}
    session.add(ReviewEvent(**line, verb=verb, by=by, reason=reason, said=kept, at=at))
    session.flush()
    tell(session, store, review_id, verb, {"by": by, "reason": reason, **(said or {})}, at)


# ---------------------------------------------------------------- decisions


def decide(
    session: Session, store: Store, review: AccessReview, answers: Sequence[Mapping[str, Any]], at: datetime
) -> tuple[int, str]:
    """Add decisions to the chain of a review; gives the number and the hash of the last one."""
    seq, before = head(session, store, review)
    rows = []
    for answer in answers:
        seq += 1
        row = sealed(store, review, {**EMPTY, **answer} | {"decided_at": at}, seq, before)
        rows.append(row)
        before = row["hash"]
    if rows:
        session.execute(insert(table_of(ReviewDecision)), rows)
    return seq, before


def sealed(store: Store, review: AccessReview, answer: Mapping[str, Any], seq: int, before: str) -> dict[str, Any]:
    """A decision as a row, with its hash."""
    salt = secrets.token_hex(16)
    row = {
        **answer, "tenant_id": store.tenant, "review_id": review.review_id, "seq": seq, "salt": salt,
        "commitment": commitment(salt, answer["reason"]), "prev_hash": before,
    }  # fmt: skip
    return row | {"hash": link(row)}


def commitment(salt: str, reason: str) -> str:
    """What binds the reason: without the salt nobody can guess it."""
    return sha256(canonical([salt, reason]))


def link(row: Mapping[str, Any]) -> str:
    """The hash of a decision, over everything but the reason and its salt."""
    return mark(row, BOUND)


def as_kept(value: Any) -> Any:
    """A time as the whole number that the database keeps."""
    return micros(value) if isinstance(value, datetime) else value


def genesis(review: AccessReview) -> str:
    """What the first decision follows on: the items that it can be about."""
    return sha256(canonical(["review", review.review_id, review.root]))


def head(session: Session, store: Store, review: AccessReview) -> tuple[int, str]:
    """The number and the hash of the last decision; 0 and the items when there is none."""
    mine = (col(ReviewDecision.tenant_id) == store.tenant, col(ReviewDecision.review_id) == review.review_id)
    last = select(col(ReviewDecision.seq), col(ReviewDecision.hash)).where(*mine)
    row = session.execute(last.order_by(col(ReviewDecision.seq).desc()).limit(1)).first()
    return (row[0], row[1]) if row else (0, genesis(review))


def broken(session: Session, store: Store, review: AccessReview, until: int | None = None) -> int | None:
    """The first decision of a review that is missing or was changed; None when the chain is whole."""
    before, count = genesis(review), 0
    for row in chain(session, store, review.review_id, until):
        count += 1
        intact = row["seq"] == count and row["prev_hash"] == before and link(row) == row["hash"]
        if not intact or not says_so(row):
            return count
        before = row["hash"]
    return count + 1 if until is not None and count < until else None


def says_so(row: Mapping[str, Any]) -> bool:
    """Whether the reason is the one that was bound; one that was erased says nothing any more."""
    erased = row["reason"] is None and row["salt"] is None
    return erased or commitment(row["salt"] or "", row["reason"] or "") == row["commitment"]


def chain(session: Session, store: Store, review_id: int, until: int | None = None) -> Iterator[dict[str, Any]]:
    """The decisions of a review as rows, the oldest first."""
    c = table_of(ReviewDecision).c
    mine = [c.tenant_id == store.tenant, c.review_id == review_id]
    mine += [c.seq <= until] if until is not None else []
    for row in session.execute(select(table_of(ReviewDecision)).where(*mine).order_by(c.seq)).mappings():
        yield dict(row)
