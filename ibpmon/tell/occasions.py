"""When people are told: the mail of a day and the line of a week come once, by whoever notices that it is missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from ibpmon.config import Config
from ibpmon.store import upsert
from ibpmon.store.database import Store
from ibpmon.store.ledger import Head
from ibpmon.store.tables import Cursor, Period
from ibpmon.tell.terms import Diary

DAY, WEEK = "mail of the day", "line of the week"
HEAD = "head of the ledger that was mailed"


@dataclass(frozen=True, slots=True)
class Occasion:
    """What is told now: the mail of the day or only what cannot wait, and whether the line of the week goes along."""

    morning: bool
    weekly: bool = False
    always: bool = False  # the board wants a mail on a day without news too
    names: tuple[tuple[str, str], ...] = ()  # the periods that it closes


def occasion(session: Session, store: Store, config: Config, days: Diary, now: datetime, *, anyway: bool) -> Occasion:
    """What is due. The mail of the day comes on days on which people read it, and later when the machine was off."""
    today = days.today(now)
    is_time = days.is_reading_day(today) and now >= days.at(today, config.mail.morning)
    due = is_time and not is_there(session, store, DAY, f"{today}")
    if not (due or anyway):
        return Occasion(morning=False)
    year, week, _day = today.isocalendar()
    name = f"{year}-W{week:02}"
    weekly = not is_there(session, store, WEEK, name)
    names = [(DAY, f"{today}")] if due else []
    return Occasion(True, weekly, config.mail.always, (*names, *([(WEEK, name)] if weekly else [])))


def is_there(session: Session, store: Store, kind: str, name: str) -> bool:
    """Whether something happened already in this period."""
    return session.get(Period, (store.tenant, kind, name)) is not None


def noted(session: Session, store: Store, names: Iterable[tuple[str, str]], now: datetime) -> bool:
    """Write down that it happens now; False when another process was first."""
    table = upsert.table_of(Period)
    for kind, name in names:
        row = {"tenant_id": store.tenant, "kind": kind, "name": name, "at": now}
        statement = upsert.insert(session, table).values(**row).on_conflict_do_nothing()
        if session.scalar(statement.returning(table.c.name)) is None:
            return False
    return True


def heads_due(session: Session, store: Store, head: Head) -> bool:
    """Whether the ledger grew since its head was last mailed on its own; from now on this is the one that was."""
    row = session.get(Cursor, (store.tenant, HEAD))
    if row is not None and row.value >= head.seq:
        return False
    session.merge(Cursor(tenant_id=store.tenant, name=HEAD, value=head.seq))
    return True
