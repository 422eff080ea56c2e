"""Who looked at whom: a line for each look at a person, read by the FG alone and kept for a year.

It says nothing of who was looked at but the account. Nothing here counts per person: numbers of looks are for the rule
that finds odd use, and its alert goes to the FG.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from ibpmon.language import N_
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.tables import OPEN_ALERTS, Alert
from ibpmon.store.upsert import table_of
from ibpmon.store.web_tables import PersonView
from ibpmon.web.desk import Desk
from ibpmon.web.roles import Person

AGAIN = timedelta(minutes=10)  # within so much the same page about the same person is one look: people reload
REVEAL = "reveal"
# What the pages about one person are called in the list; another word is shown as it is.
PAGE_WORDS: Mapping[str, str] = {
    "person": N_("page of a person"), "devices": N_("devices of a person"), "reach": N_("what a person can reach"),
    "alert": N_("an alert"), REVEAL: N_("the name behind a pseudonym"),
}  # fmt: skip
VIEW, ALERT = table_of(PersonView), table_of(Alert)


def viewed(desk: Desk, who: Person, account_id: str, page: str) -> None:
    """Write down that this person looks at that account; a look of just before counts for this one as well.

    The page calls it before it reads: who could not be written down sees nothing.
    """
    now = desk.now()
    with desk.store.read() as session:
        asked = (lately(desk.store, who, account_id, page, now), open_finding(desk.store, account_id))
        seen, about = session.execute(select(*asked)).one()
    if not seen:
        once_more_when_taken(desk, who, account_id, page, now, about=bool(about))


def once_more_when_taken(desk: Desk, who: Person, account_id: str, page: str, now: datetime, *, about: bool) -> None:
    """Write the line; two people who look at the same instant may take the same number, and the second tries again."""
    for last in (False, False, True):
        try:
            with desk.store.write() as session:
                write_down(session, desk.store, who, account_id, page, now, about=about)
        except IntegrityError:
            if last:
                raise
        else:
            return


def handed_out(desk: Desk, who: Person, name: str, count: int) -> None:
    """Write down that a whole list of people went out as a file: which, how many lines and to whom, and no names.

    A line for each of them would bury the looks at one person; the page calls it before it gives the file.
    """
    said = {"list": name, "count": count, "viewer": who.login.who.account, "by": who.login.who.user_name}
    with desk.store.write() as session:
        ledger.append(session, desk.store, [ledger.Act("people.export", f"people/{name}", said)], desk.now())


def write_down(
    session: Session, store: Store, who: Person, account_id: str, page: str, now: datetime, *, about: bool,
    reason: str = "",
) -> int:  # fmt: skip
    """One line, in one statement: a page has few. The daemon clears what is older than a year. Gives its number."""
    row = {
        "viewer": who.login.who.account, "viewer_name": who.login.who.user_name, "whom": account_id, "page": page,
        "at": now, "open_finding": about, "reason": reason, "session_hash": who.login.key if page == REVEAL else "",
    }  # fmt: skip
    next_number = select(func.coalesce(func.max(VIEW.c.view_id), 0) + 1).where(VIEW.c.tenant_id == store.tenant)
    values = {"tenant_id": store.tenant, "view_id": next_number.scalar_subquery(), **row}
    return int(session.scalar(insert(VIEW).values(values).returning(VIEW.c.view_id)) or 0)


def lately(store: Store, who: Person, account_id: str, page: str, now: datetime) -> ColumnElement[bool]:
    """Whether this look was written down just before."""
    mine = (VIEW.c.tenant_id == store.tenant, VIEW.c.viewer == who.login.who.account, VIEW.c.whom == account_id)
    return exists().where(*mine, VIEW.c.page == page, VIEW.c.at > now - AGAIN)


def open_finding(store: Store, account_id: str) -> ColumnElement[bool]:
    """Whether an alert waits that is about this account, a right of it, or a device that it uses."""
    devices: Any = store.data.get("managed-devices")
    about = [ALERT.c.subject == account_id, ALERT.c.subject.endswith("/" + account_id, autoescape=True)]
    if devices is not None:
        used = and_(devices.c.tenant_id == store.tenant, devices.c.account_id == account_id)
        about.append(ALERT.c.subject.in_(select(devices.c.device_id).where(used)))
    return exists().where(ALERT.c.tenant_id == store.tenant, ALERT.c.state.in_(OPEN_ALERTS), or_(*about))
