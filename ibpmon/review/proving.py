"""Whether a review in the database is still what was written down: each line beside the ledger, and what was signed.

The database refuses to change any of it, but whoever owns the database can go round that. The ledger says of every
line what it was; the ledger itself is one chain; and of that chain somebody else keeps a head, or the code of a
signature.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from ibpmon.errors import RefusedError
from ibpmon.language import N_
from ibpmon.review.merkle import root, sha256
from ibpmon.review.remedies import NOTES
from ibpmon.review.rounds import sample
from ibpmon.review.signed import signed_answers
from ibpmon.review.signoff import differences, leaf_now
from ibpmon.review.standing import item_rows, signoffs
from ibpmon.review.writing import broken, chain, making, opening, ref
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.ledger import Head
from ibpmon.store.review_tables import (
    FIXED,
    AccessReview,
    Observation,
    Remediation,
    RemediationEdge,
    RemediationEvent,
    ReviewAssignment,
    ReviewEvent,
    ReviewItem,
    ReviewMatrix,
    ReviewSignoff,
)
from ibpmon.store.tables import Entry
from ibpmon.store.upsert import table_of

DECIDED = ("review.decide", "review.confirm", "review.open_item", "review.carry", "review.lapse")
# All others stand among the events of a review.
APART = (*DECIDED, "review.assign", "review.sign", "review.export", "review.workbook")
# These hold what was signed, or name nobody: there is no reason for which their text may go.
KEPT = (*DECIDED, "review.open", "review.sign", "remediation.open", "remediation.see")
# What a signature binds, by the table in which it stands.
PARTS: Mapping[str, str] = {
    "signoff": "review_signoff", "statement": "review_signoff", "items": "review_item", "matrix": "review_matrix",
    "coverage": "review", "decisions": "review_decision", "revision": "review",
}  # fmt: skip
CODE = "code"  # what a fault is about when no signature has the code that was given


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was written down: the table, and the line of it; 0 when that is all of it."""

    table: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A row as the ledger should tell it; what was erased since says nothing."""

    kind: str
    at: datetime
    said: Mapping[str, Any]
    erased: frozenset[str] = frozenset()
    gone: bool = False  # all that may go of the row is gone: then what the ledger says of it may be gone as well


@dataclass(frozen=True, slots=True)
class Place:
    """Where is looked: one review, with what the ledger says of it."""

    session: Session
    store: Store
    review: AccessReview
    told: Sequence[Entry]

    def about(self, *kinds: str) -> list[Entry]:
        """The entries of these kinds."""
        return [one for one in self.told if one.kind in kinds]


Check = Callable[[Place], Iterator[Fault]]


def faults(session: Session, store: Store, review_id: int, head: Head | None = None, code: str = "") -> list[Fault]:
    """What of a review is not as it was written down, the first thing first; nothing when all of it is.

    1. the ledger is a chain, and with a `head` that was given before still the same one
    2. what was asked, decided and signed is what the ledger says of it
    3. so is what became of it
    4. each signature is over exactly this; and one of them has the `code`, when that was given

    RefusedError when there never was such a review.
    """
    verdict = ledger.verify(session, store, head)
    found = [Fault("ledger", verdict.wrong)] if verdict.wrong is not None else []
    review, told = session.get(AccessReview, (store.tenant, review_id)), ledger.about(session, store, ref(review_id))
    if review is None and not told:
        fix = N_("'ibpmon review status' lists the reviews with their numbers")
        raise RefusedError(N_("there is no review {number}"), fix=fix, number=review_id)
    if review is None:
        return [*found, Fault("review", review_id)]
    place = Place(session, store, review, told)
    found += [fault for table, check in CHECKS for fault in guarded(table, check, place)]
    found += [
        one for one in guarded("review_signoff", signed, place) if one.table not in {fault.table for fault in found}
    ]
    if code and code.strip().upper() not in {one.fingerprint for one in signoffs(session, store, review_id)}:
        found.append(Fault(CODE))
    return found


def guarded(table: str, check: Check, place: Place) -> list[Fault]:
    """What a check says; a value that can be no value of ibpmon is a fault as well, not the end."""
    try:
        return list(check(place))
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError):
        return [Fault(table)]


# ---------------------------------------------------------------- what was asked and decided


def opened(place: Place) -> Iterator[Fault]:
    """The review says what was written down when it was opened, and has the coverage of which it names the hash."""
    review = place.review
    said = opening(review) | {"by": review.opened_by}
    line = Line("review.open", review.opened_at, said)
    first = place.about("review.open")
    whole = sha256(review.coverage) == review.coverage_hash
    if len(first) != 1 or not is_told(first[0], line) or not whole:
        yield Fault("review", review.review_id)


def asked(place: Place) -> Iterator[Fault]:
    """Every item is numbered and says what was hashed; the sample is the one that the root draws."""
    rows = list(item_rows(place.session, place.store, place.review.review_id))
    for number, row in enumerate(rows, 1):
        if row["item_no"] != number or leaf_now(row) != row["leaf_hash"]:
            yield Fault("review_item", number)
            return
    if len(rows) != place.review.item_count:
        yield Fault("review_item", len(rows) + 1)
        return
    drawn = sample(rows, place.review.root)
    yield from (Fault("review_item", row["item_no"]) for row in rows if row["sample"] != (row["item_no"] in drawn))
    if root([row["leaf_hash"] for row in rows]) != place.review.root:
        yield Fault("review_item")


def matrix(place: Place) -> Iterator[Fault]:
    """The matrix has the hash under which it is kept, and the version that it says."""
    found = place.session.get(ReviewMatrix, (place.store.tenant, place.review.matrix_hash))
    if (
        found is None
        or sha256(found.content) != found.matrix_hash
        or json.loads(found.content)["version"] != found.version
    ):
        yield Fault("review_matrix")


def decided(place: Place) -> Iterator[Fault]:
    """The decisions are a chain, and its last links are those that the ledger tells."""
    wrong = broken(place.session, place.store, place.review)
    if wrong is not None:
        yield Fault("review_decision", wrong)
        return
    links = {row["seq"]: row["hash"] for row in chain(place.session, place.store, place.review.review_id)}
    known = 0
    for one in place.about(*DECIDED):
        told = json.loads(one.said or "{}")
        if not told or links.get(told["last"]) != told["hash"]:
            yield Fault("review_decision", min(told.get("last", known + 1), len(links) + 1))
            return
        known = told["last"]
    if len(links) > known:
        yield Fault("review_decision", known + 1)


def happened(place: Place) -> Iterator[Fault]:
    """The events of a review."""
    told = [one for one in place.told if one.kind not in APART]
    rows = rows_of(place, ReviewEvent, "review_id", place.review.review_id)
    yield from beside("review_event", told, rows, event_line)


def event_line(row: Mapping[str, Any]) -> Line:
    """An event as the ledger tells it."""
    if is_gone("review_event", row):
        return Line(f"review.{row['verb']}", row["at"], {"by": row["by"]}, frozenset({"*"}), gone=True)
    said = {"by": row["by"], "reason": row["reason"], **json.loads(row["said"])}
    return Line(f"review.{row['verb']}", row["at"], said)


def assigned(place: Place) -> Iterator[Fault]:
    """To whom a review was given."""
    rows = rows_of(place, ReviewAssignment, "review_id", place.review.review_id)
    yield from beside("review_assignment", place.about("review.assign"), rows, assignment_line)


def assignment_line(row: Mapping[str, Any]) -> Line:
    """An assignment as the ledger tells it."""
    said = {"by": row["actor"], "from": row["before"], "to": row["after"], "item": row["item_no"]}
    return Line("review.assign", row["at"], said, gone=is_gone("review_assignment", row))


def signatures(place: Place) -> Iterator[Fault]:
    """Who signed."""
    rows = rows_of(place, ReviewSignoff, "review_id", place.review.review_id)
    yield from beside("review_signoff", place.about("review.sign"), rows, signoff_line)


def signoff_line(row: Mapping[str, Any]) -> Line:
    """A signature as the ledger tells it."""
    said = {name: row[name] for name in ("hash", "fingerprint", "revision")}
    return Line("review.sign", row["signed_at"], said | {"by": row["signer"]})


def signed(place: Place) -> Iterator[Fault]:
    """What somebody signed for is still that; named by table, where no line was."""
    found = signoffs(place.session, place.store, place.review.review_id)
    parts = {part for one in found for part in differences(place.session, place.store, one)}
    yield from (Fault(table) for table in sorted({PARTS[part] for part in parts}))


# ---------------------------------------------------------------- what became of it


def followed(place: Place) -> Iterator[Fault]:
    """Every task that the ledger tells of is there and no other, with its edges, and what was reported and seen."""
    tasks = {row["remediation_id"]: row for row in rows_of(place, Remediation, "review_id", place.review.review_id)}
    told = told_tasks(place, tasks)
    for number in sorted({*tasks, *told}):
        if number not in tasks or number not in told:
            yield Fault("remediation", number)
        else:
            yield from about_task(place, tasks[number], told[number])
    if not set(told) - set(tasks):
        yield from unmade(place, tasks)


def unmade(place: Place, tasks: Mapping[int, Mapping[str, Any]]) -> Iterator[Fault]:
    """That something was signed to go, or to become less, and neither a task nor the ledger tells of it any more."""
    made = {task["decision_seq"] for task in tasks.values() if task["follows"] is None}
    if not signed_away(place) <= made:
        yield from (Fault("remediation", number) for number in silent(place, tasks) or (0,))


def silent(place: Place, tasks: Collection[int]) -> list[int]:
    """The tasks of no review that is known here, of which the ledger does not say any more whose they were."""
    c = table_of(Entry).c
    mine = (c.tenant_id == place.store.tenant, c.kind == "remediation.open", c.said.is_(None))
    found = (int(one.partition("/")[2]) for one in place.session.scalars(select(c.ref).where(*mine).order_by(c.seq)))
    return [number for number in found if number not in tasks]


def signed_away(place: Place) -> set[int]:
    """The decisions of which a task was made at the signature; what a revision took over keeps the task that it has."""
    found = signed_answers(place.session, place.store, place.review.review_id)
    return {last.seq for _key, last in found if last.verb in ("revoke", "lower") and last.channel != "carried"}


def told_tasks(place: Place, known: Collection[int]) -> dict[int, list[Entry]]:
    """What the ledger says of the tasks of this review, by task; of what was erased the row says whose it is."""
    c, found = table_of(Entry).c, dict[int, list[Entry]]()
    mine = (c.tenant_id == place.store.tenant, c.ref.like("remediation/%"))
    for one in place.session.scalars(select(Entry).where(*mine).order_by(c.seq)):
        found.setdefault(int(one.ref.partition("/")[2]), []).append(one)
    row = table_of(Remediation).c
    every = select(row.remediation_id).where(row.tenant_id == place.store.tenant)
    elsewhere = set(place.session.scalars(every)) - set(known)
    return {number: some for number, some in found.items() if is_of(place, some[0], number not in elsewhere)}


def is_of(place: Place, first: Entry, here: bool) -> bool:
    """Whether a task is about this review, as its first entry says; erased and of no review it may be of this one."""
    if first.said is None:
        return here
    return bool(json.loads(first.said).get("review") == ref(place.review.review_id))


def about_task(place: Place, task: Mapping[str, Any], told: Sequence[Entry]) -> Iterator[Fault]:
    """One task beside the ledger."""
    number = task["remediation_id"]
    edges, acts, seen = (
        rows_of(place, model, "remediation_id", number) for model in (RemediationEdge, RemediationEvent, Observation)
    )
    item = place.session.get(ReviewItem, (place.store.tenant, task["review_id"], task["item_no"]))
    line = task_line(task, edges)
    if not is_told(told[0], line) or item is None or task["item_key"] not in (None, item.item_key):
        yield Fault("remediation", number)
    if any(half_erased("remediation_edge", row) for row in edges):
        yield Fault("remediation_edge", number)
    reported = [one for one in told[1:] if one.kind != "remediation.see"]
    yield from beside("remediation_event", reported, acts, act_line, number)
    yield from beside("observation", [one for one in told if one.kind == "remediation.see"], seen, look_line, number)


def task_line(task: Mapping[str, Any], edges: Sequence[Mapping[str, Any]]) -> Line:
    """A task as the ledger tells it; all its edges are of one access, and lose their texts together."""
    erased = {"texts"} if edges and all(is_gone("remediation_edge", edge) for edge in edges) else set[str]()
    return Line("remediation.open", task["made_at"], making(task, edges), frozenset(erased))


def half_erased(table: str, row: Mapping[str, Any]) -> bool:
    """Whether a part of what goes all at once is gone."""
    return row[FIXED[table][0]] is None and not is_gone(table, row)


def is_gone(table: str, row: Mapping[str, Any]) -> bool:
    """Whether all that may go of a row is gone."""
    return all(row[name] is None for name in FIXED[table])


def act_line(row: Mapping[str, Any]) -> Line:
    """An act as the ledger tells it."""
    name = NOTES.get(row["verb"], "note")
    said = {"by": row["actor"], name: row["note"], "edge": row["edge_no"]}
    gone = is_gone("remediation_event", row)
    return Line(f"remediation.{row['verb']}", row["at"], said, frozenset({name} if gone else ()), gone)


def look_line(row: Mapping[str, Any]) -> Line:
    """What a run saw as the ledger tells it."""
    said = {"result": row["result"], "run": row["run_id"], "paths": sha256(row["paths"] or "")}
    return Line("remediation.see", row["at"], said, frozenset({"paths"} if row["paths"] is None else ()))


# ---------------------------------------------------------------- beside the ledger


def rows_of(place: Place, model: Any, key: str, number: int) -> list[dict[str, Any]]:
    """The rows of a table about one thing, in order."""
    table = table_of(model)
    mine = (table.c.tenant_id == place.store.tenant, table.c[key] == number)
    return [
        dict(row) for row in place.session.execute(select(table).where(*mine).order_by(*table.primary_key)).mappings()
    ]


def beside(
    table: str, told: Sequence[Entry], rows: Sequence[Mapping[str, Any]], line: Callable[[Mapping[str, Any]], Line],
    task: int = 0,
) -> Iterator[Fault]:  # fmt: skip
    """The first row that is not what the ledger tells, or is told of and not there; of a task its number is named."""
    for number, (entry, row) in enumerate(zip_longest(told, rows), 1):
        right = entry is not None and row is not None and is_told(entry, line(row)) and row.get("seq", number) == number
        if not right:
            yield Fault(table, task or number)
            return


def is_told(entry: Entry, line: Line) -> bool:
    """Whether an entry is about this row and says the same, as far as neither was erased.

    An entry without its text proves nothing: only a row that was erased along with it is believed.
    """
    if (entry.kind, entry.at) != (line.kind, line.at):
        return False
    if entry.said is None:
        return line.gone and line.kind not in KEPT
    told, said = json.loads(entry.said), json.loads(ledger.canonical(line.said))
    if "*" in line.erased:
        return all((told.get(name) or "") == (value or "") for name, value in said.items())
    return bare(told, line.erased) == bare(said, line.erased)


def bare(said: Mapping[str, Any], erased: frozenset[str]) -> dict[str, Any]:
    """What is said, without what is empty and what was erased."""
    return {name: value for name, value in said.items() if value not in ("", None) and name not in erased}


CHECKS: Sequence[tuple[str, Check]] = (
    ("review", opened), ("review_item", asked), ("review_matrix", matrix), ("review_decision", decided),
    ("review_event", happened), ("review_assignment", assigned), ("review_signoff", signatures),
    ("remediation", followed),
)  # fmt: skip
