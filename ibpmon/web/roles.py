"""Who may see what: roles come from app roles of Entra, from a table of our own, and from the autorisatiematrix.

Deciding is one function, `may`, asked by every page with who, what and about what. What is of somebody else is not
there: the answer does not tell a stranger that it exists.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from ibpmon.collect.matching import folded
from ibpmon.config import Web
from ibpmon.errors import RefusedError
from ibpmon.language import N_
from ibpmon.review.bureau import deputy_of, owner_of
from ibpmon.review.matrix import Process
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.upsert import take
from ibpmon.store.web_tables import WebRole
from ibpmon.web.sessions import Login

Role = Literal["it", "privacy", "fg", "owner", "director", "board", "auditor"]
Action = Literal["start", "figures", "review", "sign-out"]

ROLE_WORDS: Mapping[str, str] = {
    "it": N_("ICT"), "privacy": N_("privacy officer"), "fg": N_("FG (data protection officer)"),
    "owner": N_("process owner"), "director": N_("school management"), "board": N_("bestuur"),
    "auditor": N_("auditor"),
}  # fmt: skip
GRANTED: tuple[Role, ...] = ("it", "privacy", "fg", "director", "board", "auditor")  # the matrix makes owners
WITH_END: tuple[Role, ...] = ("auditor",)
EVERYBODY = frozenset(ROLE_WORDS)
# What each action takes. The object decides further: see `may`.
ALLOWED: Mapping[Action, frozenset[str]] = {
    "start": EVERYBODY,
    "sign-out": EVERYBODY,
    "figures": frozenset({"it", "privacy", "fg", "board"}),
    "review": frozenset({"it", "privacy", "fg", "owner"}),
}
READERS = frozenset({"it", "privacy", "fg"})  # of every review; an owner sees what is asked of him
NUMBER = "web role"  # the counter


class Concerning(Protocol):
    """Something that is of certain people, by the names that the autorisatiematrix has for them."""

    @property
    def people(self) -> Collection[str]:
        """Their names."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in, with the roles of this moment."""

    login: Login
    roles: frozenset[str]

    @property
    def known_as(self) -> frozenset[str]:
        """By which names the autorisatiematrix may call this person."""
        return self.login.known_as

    @property
    def name(self) -> str:
        """To greet with."""
        return self.login.who.name


def may(person: Person, action: Action, about: Concerning | None = None) -> bool:
    """Whether this person may do this, and to this."""
    mine = person.roles & ALLOWED[action]
    if not mine:
        return False
    return about is None or bool(mine & READERS) or bool(person.known_as & set(about.people))


# ---------------------------------------------------------------- looking


def roles_of(login: Login, web: Web, granted: Sequence[str], deciders: Collection[str]) -> frozenset[str]:
    """All roles of somebody: of Entra, of our table, and of whoever owns or deputises a process or has to decide."""
    entra = {web.roles[one] for one in login.who.roles if one in web.roles}
    owner = {"owner"} if login.known_as & set(deciders) else set[str]()
    return frozenset({*entra, *granted, *owner})


def granted_to(session: Session, store: Store, account: str, now: datetime) -> list[str]:
    """The roles that our own table gives an account now."""
    mine = (col(WebRole.account) == account, *running(store, now))
    return list(session.scalars(select(col(WebRole.role)).where(*mine)))


def running(store: Store, now: datetime) -> tuple[Any, ...]:
    """What runs: not taken back, and not over."""
    until = col(WebRole.until)
    return col(WebRole.tenant_id) == store.tenant, col(WebRole.revoked_at).is_(None), or_(until.is_(None), until > now)


def listed(session: Session, store: Store, now: datetime, *, everything: bool = False) -> Sequence[WebRole]:
    """The roles that somebody gave, the oldest first; with `everything` also those that ended."""
    mine = (col(WebRole.tenant_id) == store.tenant,) if everything else running(store, now)
    return session.scalars(select(WebRole).where(*mine).order_by(col(WebRole.role_id))).all()


def seats(processes: Sequence[Process]) -> frozenset[str]:
    """The names of everybody who owns or deputises one of these."""
    return frozenset(seat.key for one in processes for seat in (owner_of(one), deputy_of(one)) if seat.key)


# ---------------------------------------------------------------- giving and taking


def grant(
    session: Session, store: Store, name: str, role: Role, by: str, now: datetime, until: datetime | None = None
) -> WebRole:
    """Give an account a role; RefusedError when nobody has that name, or when it should have an end."""
    check_end(role, until, now)
    account, user_name = account_of(session, store, name)
    if role in granted_to(session, store, account, now):
        fix = N_("'ibpmon web roles list' shows it; revoke it first to give it another end")
        raise RefusedError(N_("{name} has the role {role} already"), fix=fix, name=user_name, role=role)
    row = WebRole(
        tenant_id=store.tenant, role_id=take(session, store.tenant, NUMBER), account=account, user_name=user_name,
        role=role, granted_by=by, granted_at=now, until=until,
    )  # fmt: skip
    session.add(row)
    session.flush()
    said = {"account": account, "user_name": user_name, "role": role, "until": until, "by": by}
    ledger.append(session, store, [ledger.Act("web.role.grant", f"web-role/{row.role_id}", said)], now)
    return row


def check_end(role: Role, until: datetime | None, now: datetime) -> None:
    """An auditor looks for a while; and an end is still to come."""
    if role in WITH_END and until is None:
        raise RefusedError(
            N_("this role needs an end date"),
            why=N_("an auditor looks for a while, and nobody thinks of it afterwards"),
            fix=N_("say until when, with --until"),
        )
    if until is not None and until <= now:
        raise RefusedError(N_("that end has passed already"), fix=N_("name a day that is still to come"))


def account_of(session: Session, store: Store, name: str) -> tuple[str, str]:
    """The id and the user name of the account that is there under this name now."""
    people = store.data.get("accounts")
    if people is not None:
        c, same = people.c, func.lower(people.c.upn) == folded(name)  # Entra takes ASCII in user names only
        mine = (c.tenant_id == store.tenant, c.gone_at.is_(None), same)
        if row := session.execute(select(c.account_id, c.upn).where(*mine)).first():
            return str(row[0]), str(row[1])
    raise RefusedError(
        N_("there is no account {name}"),
        why=N_("a role is bound to the account itself, so it has to be there; ibpmon has not read it"),
        fix=N_("give the user name as Entra has it, and run 'ibpmon collect accounts' when it is new"),
        name=name,
    )


def revoke(session: Session, store: Store, number: int, by: str, now: datetime) -> WebRole:
    """Take a role back; from the next page on it is gone."""
    row = session.get(WebRole, (store.tenant, number), with_for_update=True)
    if row is None or row.revoked_at is not None:
        fix = N_("'ibpmon web roles list' shows those that run, with their numbers")
        raise RefusedError(N_("there is no role {number} to take back"), fix=fix, number=number)
    row.revoked_by, row.revoked_at = by, now
    said = {"account": row.account, "user_name": row.user_name, "role": row.role, "by": by}
    ledger.append(session, store, [ledger.Act("web.role.revoke", f"web-role/{number}", said)], now)
    return row
