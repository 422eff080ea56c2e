"""The evidence pack of a signed review: one file in which everything can be computed again, without ibpmon.

The same revision gives the same bytes, as long as nothing more became of what had to go. In another language only what
is for reading differs: the PDF, which is made of the other files alone by a room that comes later in the story, and the
letterhead that it needs.
"""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, select, type_coerce
from sqlmodel import Session, col

from ibpmon.errors import RefusedError
from ibpmon.language import N_
from ibpmon.review import verifier
from ibpmon.review.merkle import canonical
from ibpmon.review.signoff import differences, revisions_before
from ibpmon.review.standing import item_rows, signoffs, standing
from ibpmon.review.writing import as_kept, chain, ref, tell
from ibpmon.store.database import Store
from ibpmon.store.review_tables import (
    AccessReview,
    Observation,
    Remediation,
    RemediationEdge,
    RemediationEvent,
    ReviewMatrix,
    ReviewSignoff,
)
from ibpmon.store.tables import Entry
from ibpmon.store.upsert import table_of

MADE = (1980, 1, 1, 0, 0, 0)  # of every file in it: the same pack is the same bytes
UNIX = 3  # the system of which each file says that it was made there, wherever that was
FOLLOW_UP = (Remediation, RemediationEdge, RemediationEvent, Observation)
SLICE = ("seq", "at", "kind", "ref", "said", "salt", "commitment", "prev_hash", "hash")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Whose pack it is, and how it speaks: without these nobody could make its PDF again."""

    board: str
    language: str
    time_zone: str


Paper = Callable[[Mapping[str, bytes]], bytes]  # the other files of a pack -> its PDF


def pack(store: Store, review_id: int, head: Letterhead, paper: Paper) -> tuple[bytes, str]:
    """A signed review as a pack, with its hash; whoever hands it out writes that down with `exported`.

    RefusedError when nobody signed, or when it is no more what was signed. Nothing waits while the PDF is made.
    """
    with store.read() as session:
        found = files(session, store, review_id, head)
    found["review.pdf"] = paper(found)
    check_size(review_id, found)
    made = zipped(found)
    return made, hashlib.sha256(made).hexdigest()


def exported(session: Session, store: Store, review_id: int, mark: str, by: str, now: datetime) -> None:
    """Bind a pack as a whole: its hash stands in the ledger from now on."""
    tell(session, store, review_id, "export", {"by": by, "hash": mark}, now)


def check_signed(review_id: int, signatures: Sequence[ReviewSignoff]) -> None:
    """Without a signature there is nothing to prove."""
    if not signatures:
        raise RefusedError(
            N_("review {number} was signed by nobody"),
            why=N_("an evidence pack shows what somebody stands for"),
            fix=N_("'ibpmon review sign {number}' first"),
            number=review_id,
        )


def check_whole(session: Session, store: Store, review_id: int, signatures: Sequence[ReviewSignoff]) -> None:
    """What was changed since is not packed as if it were evidence."""
    wrong = sorted({part for one in signatures for part in differences(session, store, one)})
    if wrong:
        raise RefusedError(
            N_("review {number} is no more what was signed"),
            why=N_("these parts were changed in the database: {parts}"),
            fix=N_("keep the database as it is, and find out with 'ibpmon ledger verify' since when"),
            number=review_id,
            parts=", ".join(wrong),
        )


def check_size(review_id: int, found: Mapping[str, bytes]) -> None:
    """A pack that its own verifier would not read proves nothing."""
    if sum(map(len, found.values())) > verifier.LARGEST:
        raise too_large(review_id)


def too_large(review_id: int) -> RefusedError:
    """That a review does not fit in a pack."""
    return RefusedError(
        N_("review {number} is too large for an evidence pack"),
        why=N_("it would hold more than {limit} MB, or more than {rows} items"),
        fix=N_("divide the process in the matrix, so that each owner is asked about less"),
        number=review_id,
        limit=verifier.LARGEST >> 20,
        rows=verifier.MOST_ROWS,
    )


def zipped(found: Mapping[str, bytes]) -> bytes:
    """The files with their MANIFEST, in one order and of one moment.

    They are not made smaller: what that gives differs from one version of zlib to the next.
    """
    manifest = "".join(f"{hashlib.sha256(found[name]).hexdigest()}  {name}\n" for name in sorted(found))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, data in [*sorted(found.items()), (verifier.MANIFEST, manifest.encode("ascii"))]:
            info = zipfile.ZipInfo(name, MADE)
            info.create_system, info.external_attr = UNIX, 0o600 << 16
            archive.writestr(info, data)
    return made.getvalue()


# ---------------------------------------------------------------- the files


def files(session: Session, store: Store, review_id: int, head: Letterhead) -> dict[str, bytes]:
    """Every file by name, but the MANIFEST and the PDF."""
    review, signatures = standing(session, store, review_id).review, list(signoffs(session, store, review_id))
    check_signed(review_id, signatures)
    check_whole(session, store, review_id, signatures)
    if review.item_count > verifier.MOST_ROWS:
        raise too_large(review_id)
    items = [item(row) for row in item_rows(session, store, review_id)]
    matrix = session.get_one(ReviewMatrix, (store.tenant, review.matrix_hash))
    until = max(one.decision_seq for one in signatures)
    signed = [{name: value for name, value in kept(one).items() if name != "signoff_id"} for one in signatures]
    told = {"review": kept(review), "signatures": signed}
    decisions = (without_tenant(row) for row in chain(session, store, review_id, until))
    return {
        "review.json": json_of(told),
        "letterhead.json": json_of(asdict(head)),
        "matrix.json": matrix.content.encode("ascii"),
        "coverage.json": review.coverage.encode("ascii"),
        "items.jsonl": jsonl(items),
        "items.csv": verifier.sheet(items),
        "items.xlsx": verifier.workbook(items),
        "decisions.jsonl": jsonl(decisions),
        "remediation.jsonl": jsonl(follow_up(session, store, review)),
        "ledger-slice.jsonl": jsonl(slice_of_ledger(session, store, review, signatures)),
        "verify.py": Path(verifier.__file__).read_bytes(),
    }


def item(row: Mapping[str, Any]) -> dict[str, Any]:
    """An item; of one that was erased the number and the hash alone, for nothing binds the rest any more."""
    told = without_tenant(row)
    if told["salt"] is not None:
        return told
    return dict.fromkeys(told) | {name: told[name] for name in verifier.OF_ERASED}


def json_of(value: Mapping[str, Any]) -> bytes:
    """A value as a file of one line."""
    return f"{canonical(value)}\n".encode("ascii")


def jsonl(rows: Iterator[Mapping[str, Any]] | Sequence[Mapping[str, Any]]) -> bytes:
    """A row per line, each as canonical JSON."""
    return "".join(f"{canonical(row)}\n" for row in rows).encode("ascii")


def kept(row: Any) -> dict[str, Any]:
    """A row of a table as the database keeps it."""
    return without_tenant(row.model_dump())


def without_tenant(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without the number of the board in this database, which says nothing elsewhere; times as whole numbers."""
    return {name: as_kept(value) for name, value in row.items() if name != "tenant_id"}


def follow_up(session: Session, store: Store, review: AccessReview) -> Iterator[dict[str, Any]]:
    """What became of what had to go: each row with the name of its table.

    A revision that took a decision over has no task of its own for it: that is one of the revision before.
    """
    reviews = [review.review_id, *revisions_before(session, store, review)]
    mine = (col(Remediation.tenant_id) == store.tenant, col(Remediation.review_id).in_(reviews))
    numbers = list(session.scalars(select(col(Remediation.remediation_id)).where(*mine)))
    for model in FOLLOW_UP:
        table = table_of(model)
        of_these = (table.c.tenant_id == store.tenant, table.c.remediation_id.in_(numbers))
        for row in session.execute(select(table).where(*of_these).order_by(*table.primary_key)).mappings():
            yield {"table": table.name, **without_tenant(dict(row))}


def slice_of_ledger(
    session: Session, store: Store, review: AccessReview, signatures: Sequence[ReviewSignoff]
) -> Iterator[dict[str, Any]]:
    """The ledger from the first entry about this review to the one of its last signature, without a gap.

    Of what is about something else only what the chain needs: of which kind it was and its number, no text and no salt.
    """
    mine = ref(review.review_id)
    c = table_of(Entry).c
    about = select(c.seq).where(c.tenant_id == store.tenant, c.ref == mine)
    first = session.scalar(about.order_by(c.seq).limit(1))
    last = session.scalar(about.where(c.kind == "review.sign").order_by(c.seq.desc()).limit(1))
    columns = [type_coerce(c.at, BigInteger).label("at") if name == "at" else c[name] for name in SLICE]
    between = (c.tenant_id == store.tenant, c.seq >= first, c.seq <= last)
    for row in session.execute(select(*columns).where(*between).order_by(c.seq)).mappings():
        yield dict(row) if row["ref"] == mine else {**row, "said": None, "salt": None}
