"""Keys of programs: a board's own portal reads the numbers with one, and nothing else.

A key is 256 random bits behind its number; the table holds the hash, so it is shown once, when it is made.
"""

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from ibpmon.errors import RefusedError
from ibpmon.language import N_
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.upsert import take
from ibpmon.store.web_tables import WebToken

NUMBER = "web token"  # the counter
KEY = re.compile(r"ibpmon_(\d{1,9})_([A-Za-z0-9_-]{43})", re.ASCII)
LONGEST_NAME = 100


def hashed(secret: str) -> str:
    """What is stored of a key."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make(
    session: Session, store: Store, name: str, by: str, now: datetime, until: datetime | None = None
) -> tuple[WebToken, str]:
    """A new key: its row, and the key itself, which nobody can read again. RefusedError for what makes no sense."""
    called = " ".join(name.split())
    if not called or len(called) > LONGEST_NAME:
        raise RefusedError(N_("a key needs a name"), fix=N_("say which program uses it, in a few words"))
    if until is not None and until <= now:
        raise RefusedError(N_("that end has passed already"), fix=N_("name a day that is still to come"))
    number, secret = take(session, store.tenant, NUMBER), secrets.token_urlsafe(32)
    row = WebToken(
        tenant_id=store.tenant, token_id=number, name=called, token_hash=hashed(secret), made_by=by, made_at=now,
        until=until,
    )  # fmt: skip
    session.add(row)
    session.flush()
    said = {"name": called, "until": until, "by": by}
    ledger.append(session, store, [ledger.Act("web.key.make", f"web-key/{number}", said)], now)
    return row, f"ibpmon_{number}_{secret}"


def holder(session: Session, store: Store, key: str, now: datetime) -> WebToken | None:
    """Whose key this is; None when it is none of ours, was taken back, or has ended."""
    parts = KEY.fullmatch(key)
    if parts is None:
        return None
    row = session.get(WebToken, (store.tenant, int(parts[1])))
    same = secrets.compare_digest(hashed(parts[2]), row.token_hash if row else hashed(""))
    return row if row and same and is_running(row, now) else None


def is_running(row: WebToken, now: datetime) -> bool:
    """Whether a key opens something now."""
    return row.revoked_at is None and (row.until is None or row.until > now)


def listed(session: Session, store: Store, now: datetime, *, everything: bool = False) -> Sequence[WebToken]:
    """The keys that run, the oldest first; with `everything` also those that ended."""
    until = col(WebToken.until)
    running = (col(WebToken.revoked_at).is_(None), or_(until.is_(None), until > now))
    mine: tuple[Any, ...] = (col(WebToken.tenant_id) == store.tenant, *(() if everything else running))
    return session.scalars(select(WebToken).where(*mine).order_by(col(WebToken.token_id))).all()


def revoke(session: Session, store: Store, number: int, by: str, now: datetime) -> WebToken:
    """Take a key back; from the next request on it opens nothing."""
    row = session.get(WebToken, (store.tenant, number), with_for_update=True)
    if row is None or row.revoked_at is not None:
        fix = N_("'ibpmon web tokens list' shows those that run, with their numbers")
        raise RefusedError(N_("there is no key {number} to take back"), fix=fix, number=number)
    row.revoked_by, row.revoked_at = by, now
    said = {"name": row.name, "by": by}
    ledger.append(session, store, [ledger.Act("web.key.revoke", f"web-key/{number}", said)], now)
    return row
