"""Which sources of access tell how it was, not how it is: read too long ago, or the newest attempt brought nothing."""

from datetime import datetime, timedelta

from sqlmodel import Session, col

from ibpmon.collect import runs
from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Config
from ibpmon.judge.needs import fresh
from ibpmon.review.verifying import CARRIERS
from ibpmon.store.database import Store
from ibpmon.store.tables import Run

PEOPLE_LISTS = ("staff-list", "pupil-list")  # what people are judged by
READ_OVER = ("site-lists",)  # without it nobody knows of which lists the rights are asked
SOURCES = sorted({name for names in CARRIERS.values() for name in names} | {*PEOPLE_LISTS, *READ_OVER})


def outdated(session: Session, store: Store, config: Config, now: datetime) -> frozenset[str]:
    """The sources of which what is stored may not be how it is any more; each has a rhythm of its own.

    A failure counts at once: a source that goes on failing would else pass for read as long as its last whole run is
    the newest that there is. What was never read is no matter of age, and stands in each place as somebody unknown.
    """
    connectors = load_connectors(config.content, every=True)
    rhythm = {name: config.schedule.every.get(name, one.every) for name, one in connectors.items()}
    names = [name for name in SOURCES if name in store.data]
    return frozenset(name for name in names if is_outdated(session, store, name, rhythm[name], now))


def is_outdated(session: Session, store: Store, name: str, rhythm: timedelta, now: datetime) -> bool:
    """Whether a source that was read once did not bring what there is now; without its licence there is nothing."""
    last = runs.last(session, store, name)
    if last is None:
        return False
    brought = runs.ended(store, name).where(col(Run.state).in_((runs.FULL, runs.PARTIAL))).limit(1)
    used = session.exec(brought).first()
    return used is not None and (last.state == runs.FAILED or not fresh(used, rhythm, now))
