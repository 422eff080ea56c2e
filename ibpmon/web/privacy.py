"""What people are called on a page: staff by name, pupils by pseudonym, until somebody says why he needs the name.

A revealed name is shown for a while, in the session that asked for it, and who asked why stays for the FG.
"""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select
from sqlmodel import Session

from ibpmon.errors import RefusedError
from ibpmon.language import N_, _
from ibpmon.privacy.pseudonyms import load_or_make
from ibpmon.store import ledger
from ibpmon.tell.people import Account, People, accounts
from ibpmon.tell.registers import check_text
from ibpmon.web import viewing
from ibpmon.web.desk import Desk
from ibpmon.web.roles import Person, may
from ibpmon.web.viewing import REVEAL, VIEW

HOLDS = timedelta(minutes=15)  # that a revealed name is shown
LETTERS = 8  # that a reason has at least: a full stop is none
LONGEST = 200
NOBODY: frozenset[str] = frozenset()


class TooShort(RefusedError):
    """No reason that somebody else could follow."""


def account(session: Session, desk: Desk, account_id: str) -> Account | None:
    """One account as pages need it; None when ibpmon never read it."""
    found = list(accounts(session, desk.store, desk.config, [account_id]))
    return found[-1] if found else None


def may_be_named(one: Account) -> bool:
    """Whether a page may name somebody; who fits no kind may be a pupil."""
    return one.named and one.population != "unknown"


def shown_name(desk: Desk, one: Account, revealed: Collection[str] = NOBODY) -> str:
    """What an account is called on a page: by its name, or by its pseudonym with the school unless it was revealed."""
    if may_be_named(one) or one.account_id in revealed:
        return one.name or one.upn or one.account_id
    return People(load_or_make(desk.config.store.pseudonym_key), desk.config).label(one)


def revealed(session: Session, desk: Desk, who: Person) -> frozenset[str]:
    """The accounts whose name this session may read now."""
    if not may(who, "reveal"):
        return NOBODY
    mine = (
        VIEW.c.tenant_id == desk.store.tenant, VIEW.c.viewer == who.login.who.account, VIEW.c.page == REVEAL,
        VIEW.c.session_hash == who.login.key, VIEW.c.at > desk.now() - HOLDS,
    )  # fmt: skip
    return frozenset(session.scalars(select(VIEW.c.whom).where(*mine)))


def reveal(desk: Desk, who: Person, account_id: str, reason: str) -> None:
    """Show this person a name for a while; TooShort without a reason. The ledger gets no name."""
    told, now = " ".join(reason.split())[:LONGEST], desk.now()
    check_text(_("Reason"), told)
    if sum(letter.isalpha() for letter in told) < LETTERS:
        raise TooShort(
            N_("the name stays hidden"),
            why=N_("a reason is needed, in a few words; it is kept for the FG"),
            fix=N_("say why you need the name, for instance which alert it is about"),
        )
    with desk.store.write() as session:
        about = bool(session.scalar(select(viewing.open_finding(desk.store, account_id))))
        number = viewing.write_down(session, desk.store, who, account_id, REVEAL, now, about=about, reason=told)
        said = {"viewer": who.login.who.account, "user_name": who.login.who.user_name, "whom": account_id}
        ledger.append(session, desk.store, [ledger.Act("name.reveal", f"person-view/{number}", said)], now)
