"""Who looked at whom is kept for a year, and no longer."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session

from ibpmon.store.database import Store
from ibpmon.store.upsert import table_of
from ibpmon.store.web_tables import PersonView

KEPT = timedelta(days=365)  # the readable part of ibpmon's own log


def forget_old(session: Session, store: Store, now: datetime) -> None:
    """Delete the looks of more than a year ago."""
    table = table_of(PersonView)
    session.execute(delete(table).where(table.c.tenant_id == store.tenant, table.c.at < now - KEPT))
