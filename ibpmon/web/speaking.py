"""Who writes the sentences of pages: in the words of the mails, with every pupil behind a pseudonym."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from ibpmon.config import Config
from ibpmon.privacy.pseudonyms import load_or_make
from ibpmon.store.database import Store
from ibpmon.store.tables import Evaluation, Run
from ibpmon.store.upsert import table_of
from ibpmon.tell.people import People
from ibpmon.tell.sentences import Writer

LONGEST = timedelta(minutes=10)  # everybody is read again after that, whatever happened


@dataclass(slots=True)
class Voice:
    """Knows everybody of the board; reads them again when something was collected or judged since."""

    known: People | None = None
    mark: Any = None
    read_at: datetime | None = None
    lock: Lock = field(default_factory=Lock)

    def writer(self, session: Session, store: Store, config: Config, now: datetime) -> Writer:
        """Who writes: in one statement, or four when everybody is read again."""
        mark = mark_of(session, store)
        writer = Writer(store, config, load_or_make(config.store.pseudonym_key))
        with self.lock:
            if mark != self.mark or self.read_at is None or not timedelta() <= now - self.read_at < LONGEST:
                self.known, self.mark, self.read_at = writer.people(session), mark, now
            writer.known = self.known
        return writer


def mark_of(session: Session, store: Store) -> tuple[Any, ...]:
    """What is another when something was collected, placed or judged."""
    newest = [
        select(func.max(c)).where(tenant == store.tenant).scalar_subquery()
        for c, tenant in (
            (table_of(Run).c.run_id, table_of(Run).c.tenant_id),
            (table_of(Evaluation).c.evaluation_id, table_of(Evaluation).c.tenant_id),
        )
    ]
    return tuple(session.execute(select(*newest)).one())
