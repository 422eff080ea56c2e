"""The ledger: what must be provable, per board one chain of hashes; whoever changes an entry breaks all that follows.

An entry commits to what it says with a salt of its own. When somebody's data has to go, its text and salt go; what is
left is a number that tells nothing, and the chain still holds. Who owns the database can make the whole chain again:
that shows only against a head that was given to somebody else.
"""

import hashlib
import json
import secrets
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, func, insert, select, type_coerce
from sqlmodel import Session, col

from ibpmon.errors import Translate
from ibpmon.language import N_
from ibpmon.store.database import Store
from ibpmon.store.tables import Entry, Tenant, micros
from ibpmon.store.upsert import last_number, table_of, take

NUMBER = "ledger"  # the counter of entries
TEXTS = ("kind", "ref", "commitment", "prev_hash", "hash")
AT_ONCE = 1_000  # entries in memory while verifying


@dataclass(frozen=True, slots=True)
class Act:
    """What an entry is about: its kind (`alert.new`), the row that it stands for (`alert/17`), and what it says."""

    kind: str
    ref: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a chain at some moment; written `12:` and its hash."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many entries there are, the last one, and the first that is wrong with the reason (an English msgid).

    `erased` are the entries of which the text is gone: that breaks no chain, but whoever looks must know how many.
    """

    count: int
    head: Head | None
    wrong: int | None = None
    reason: str = ""
    erased: int = 0

    def told(self, translate: Translate) -> str:
        """The reason in the reader's language."""
        return translate(self.reason).format(seq=self.wrong) if self.reason else ""


MISSING = N_("entry {seq} is missing")
CHANGED = N_("entry {seq} was changed")
REWRITTEN = N_("what entry {seq} says was changed")
MOVED = N_("entry {seq} does not follow on the one before it")
BESIDE = N_("entry {seq} was written past ibpmon")
ANOTHER = N_("entry {seq} is another than the one whose hash was given")


# ---- writing


def append(session: Session, store: Store, acts: Sequence[Act], at: datetime) -> None:
    """Add entries in the transaction of the facts: never the one without the other.

    The counter is locked until the commit, so the numbers have no gaps and the chain has one order.
    """
    if not acts:
        return
    first = take(session, store.tenant, NUMBER, len(acts))
    before = hash_of(session, store, first - 1) if first > 1 else genesis(session, store)
    rows = []
    for seq, act in enumerate(acts, first):
        row = sealed(store, seq, act, at, before)
        rows.append(row)
        before = row["hash"]
    session.execute(insert(table_of(Entry)), rows)


def sealed(store: Store, seq: int, act: Act, at: datetime, before: str) -> dict[str, Any]:
    """An entry as a row, with its hash."""
    said, salt = canonical(act.said), secrets.token_hex(16)
    row = {
        "tenant_id": store.tenant, "seq": seq, "at": micros(at), "kind": act.kind, "ref": act.ref, "said": said,
        "salt": salt, "commitment": commitment(salt, said), "prev_hash": before,
    }  # fmt: skip
    return row | {"hash": link(row)}


def canonical(said: Mapping[str, Any]) -> str:
    """What an entry says as one and the same text, in ASCII so that any database keeps it as it is."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), default=plain)


def plain(value: Any) -> str:
    """A value that JSON does not know."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in the ledger")


def commitment(salt: str, said: str) -> str:
    """What is bound: without the salt nobody can guess what was said."""
    return digest([salt, said])


def link(row: Mapping[str, Any]) -> str:
    """The hash of an entry, over everything but the text and its salt."""
    return digest([row[name] for name in ("prev_hash", "seq", "at", "kind", "ref", "commitment")])


def digest(parts: Sequence[Any]) -> str:
    """SHA-256 over parts that cannot run into each other."""
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode("ascii")).hexdigest()


def genesis(session: Session, store: Store) -> str:
    """What the first entry follows on: the board itself, so that one board's chain is no other's."""
    return digest(["ibpmon", session.get_one(Tenant, store.tenant).key])


def hash_of(session: Session, store: Store, seq: int) -> str:
    """The hash of an entry; nothing when it is not there, which verifying will tell."""
    mine = (col(Entry.tenant_id) == store.tenant, col(Entry.seq) == seq)
    return session.scalar(select(col(Entry.hash)).where(*mine)) or ""


def head(session: Session, store: Store) -> Head | None:
    """The last entry now, to be kept somewhere else; None for a ledger in which nothing stands."""
    last = last_number(session, store.tenant, NUMBER)
    return Head(last, hash_of(session, store, last)) if last else None


# ---- what it says of one thing


def last_of(session: Session, store: Store, ref: str) -> int:
    """The number of the last entry about something; 0 when it is older than the ledger."""
    mine = (col(Entry.tenant_id) == store.tenant, col(Entry.ref) == ref)
    return session.scalar(select(func.max(col(Entry.seq))).where(*mine)) or 0


def about(session: Session, store: Store, ref: str) -> Sequence[Entry]:
    """The entries about something, the oldest first."""
    mine = (col(Entry.tenant_id) == store.tenant, col(Entry.ref) == ref)
    return session.scalars(select(Entry).where(*mine).order_by(col(Entry.seq))).all()


# ---- verifying


def verify(session: Session, store: Store, given: Head | None = None) -> Verdict:
    """Go through the whole chain; with a head that was `given` before, also whether it is still the same chain."""
    before, count, erased = genesis(session, store), 0, 0
    with closing(entries(session, store)) as rows:
        for row in rows:
            reason = wrong_with(row, count + 1, before)
            if reason:
                return Verdict(count, None, count + 1, reason)
            before, count, erased = row["hash"], row["seq"], erased + (row["said"] is None)
            if given and given.seq == count and given.hash != before:
                return Verdict(count, Head(count, before), count, ANOTHER)
    head, written = Head(count, before) if count else None, last_number(session, store.tenant, NUMBER)
    if max(written, given.seq if given else 0) > count:
        return Verdict(count, head, count + 1, MISSING, erased)
    if written < count:
        return Verdict(count, head, written + 1, BESIDE, erased)
    return Verdict(count, head, erased=erased)


def entries(session: Session, store: Store) -> Generator[dict[str, Any], None, None]:
    """The entries in order, without holding them all."""
    c = table_of(Entry).c
    at = type_coerce(c.at, BigInteger).label("at")
    query = select(c.seq, at, c.kind, c.ref, c.said, c.salt, c.commitment, c.prev_hash, c.hash)
    mine = query.where(c.tenant_id == store.tenant).order_by(c.seq)
    with session.execute(mine, execution_options={"yield_per": AT_ONCE}) as found:
        for row in found.mappings():
            yield dict(row)


def wrong_with(row: Mapping[str, Any], seq: int, before: str) -> str:
    """What is wrong with an entry that should have this number and follow on this hash; empty when nothing is."""
    if row["seq"] > seq:
        return MISSING
    if not all(isinstance(row[name], str) for name in TEXTS) or not isinstance(row["at"], int):
        return CHANGED
    if not all(isinstance(row[name], str | None) for name in ("said", "salt")):
        return REWRITTEN
    if row["prev_hash"] != before:
        return MOVED
    if link(row) != row["hash"]:
        return CHANGED
    erased = row["said"] is None and row["salt"] is None
    return "" if erased or commitment(row["salt"] or "", row["said"] or "") == row["commitment"] else REWRITTEN
