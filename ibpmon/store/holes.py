"""Spans of time whose events nobody can read any more: kept for ever, and told in whatever covers them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from ibpmon.store.database import Store
from ibpmon.store.tables import Hole


@dataclass(frozen=True, slots=True)
class Lost:
    """One span of one source that is lost."""

    connector: str
    title: str
    begins: datetime
    ends: datetime


def lost(session: Session, store: Store, since: datetime | None = None) -> Sequence[Lost]:
    """The spans that end after `since`, the oldest first; without it all of them."""
    found = select(Hole).where(col(Hole.tenant_id) == store.tenant).order_by(col(Hole.begins), col(Hole.connector))
    if since is not None:
        found = found.where(col(Hole.ends) > since)
    return [Lost(one.connector, title_of(store, one.connector), one.begins, one.ends) for one in session.exec(found)]


def title_of(store: Store, connector: str) -> str:
    """What a person calls a source; its key when it is switched off."""
    dataset = store.datasets.get(connector)
    return dataset.title if dataset and dataset.title else connector
