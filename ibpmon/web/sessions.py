"""Who is signed in: rows of our own, so that leaving really ends it and whoever is let go is out at once.

The browser holds 256 random bits; the table holds their hash. Nothing is kept in the cookie but that.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, insert, null, or_, select, update
from sqlmodel import Session

from ibpmon.collect.matching import folded
from ibpmon.config import Web
from ibpmon.store.database import Store
from ibpmon.store.upsert import table_of
from ibpmon.store.web_tables import WebSession
from ibpmon.web.tokens import Identity

OFTEN = timedelta(minutes=1)  # a use is written down no oftener: a page should not wait for whoever writes


@dataclass(frozen=True, slots=True)
class Login:
    """One browser in which somebody is signed in; `known_as` are the names of the account in the directory of today."""

    key: str  # the hash
    who: Identity
    used_at: datetime
    csrf: str
    known_as: frozenset[str] = frozenset()
    closed: bool = False  # the account was closed meanwhile, or is gone: this session has to end


def hashed(secret: str) -> str:
    """What is stored of a session."""
    return hashlib.sha256(secret.encode()).hexdigest()


def csrf_of(secret: str) -> str:
    """What a form must hold: it follows from the session, and the session does not follow from it."""
    return hmac.new(secret.encode(), b"csrf", hashlib.sha256).hexdigest()


def begin(session: Session, store: Store, who: Identity, web: Web, now: datetime, before: str = "") -> str:
    """A new session, never one that was there before; gives what the browser keeps. Old ones are swept away."""
    table, secret = table_of(WebSession), secrets.token_urlsafe(32)
    mine = table.c.tenant_id == store.tenant
    over = or_(table.c.expires_at <= now, table.c.used_at <= now - web.idle, table.c.session_hash == hashed(before))
    session.execute(delete(table).where(mine, over))
    row = {
        "tenant_id": store.tenant, "session_hash": hashed(secret), "account": who.account, "name": who.name,
        "user_name": who.user_name, "app_roles": list(who.roles), "created_at": now, "used_at": now,
        "expires_at": now + web.absolute,
    }  # fmt: skip
    session.execute(insert(table).values(row))
    return secret


def find(session: Session, store: Store, secret: str, web: Web, now: datetime) -> Login | None:
    """Whose session this is; None when there is none, or when it has ended."""
    row = session.execute(asked(store, secret, web, now)).mappings().first()
    if row is None:
        return None
    who = Identity(row["account"], row["name"], row["user_name"], tuple(row["app_roles"]))
    return Login(row["session_hash"], who, row["used_at"], csrf_of(secret), known_as(row), is_closed(row))


def asked(store: Store, secret: str, web: Web, now: datetime) -> Select[Any]:
    """The session beside the account in the directory: one look for both."""
    own, people = table_of(WebSession), store.data.get("accounts")
    alive = (
        own.c.tenant_id == store.tenant, own.c.session_hash == hashed(secret), own.c.expires_at > now,
        own.c.used_at > now - web.idle,
    )  # fmt: skip
    columns = [
        (null() if people is None or name not in people.c else people.c[name]).label(f"directory_{name}")
        for name in DIRECTORY
    ]
    if people is None:
        return select(own, *columns).where(*alive)
    same = and_(people.c.tenant_id == own.c.tenant_id, people.c.account_id == own.c.account)
    return select(own, *columns).select_from(own.outerjoin(people, same)).where(*alive)


DIRECTORY = ("upn", "mail", "user_type", "enabled", "gone_at")


def is_closed(row: Mapping[Any, Any]) -> bool:
    """Whether the account is closed or gone. Whom nobody read yet is let in: Microsoft itself just said who it is."""
    return row["directory_enabled"] in (False, 0) or row["directory_gone_at"] is not None


def known_as(row: Mapping[Any, Any]) -> frozenset[str]:
    """By which names the autorisatiematrix may call this account: the directory's, never those of the token.

    The address of a guest is one that somebody typed, so it does not count.
    """
    own = row["directory_user_type"] == "Member"
    names = (row["directory_upn"], row["directory_mail"] if own else None)
    return frozenset(folded(one) for one in names if one)


def touch(session: Session, store: Store, login: Login, now: datetime) -> None:
    """Write down that it is used."""
    table = table_of(WebSession)
    mine = (table.c.tenant_id == store.tenant, table.c.session_hash == login.key, table.c.used_at < now)
    session.execute(update(table).where(*mine).values(used_at=now))


def end(session: Session, store: Store, secret: str) -> None:
    """Sign out: the row is gone, so a copy of the cookie opens nothing."""
    table = table_of(WebSession)
    session.execute(delete(table).where(table.c.tenant_id == store.tenant, table.c.session_hash == hashed(secret)))


def end_all(session: Session, store: Store, accounts: Collection[str]) -> int:
    """End every session of these accounts; gives how many there were."""
    table = table_of(WebSession)
    mine = (table.c.tenant_id == store.tenant, table.c.account.in_([one.lower() for one in accounts]))
    gone: Any = session.execute(delete(table).where(*mine).returning(table.c.session_hash))
    return len(gone.all())
