"""What is late now: sources, judging, mail, backups. What nobody knows is never called good."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlmodel import Session, col

from ibpmon.collect.runs import FAILED, FULL, PARTIAL, SKIPPED
from ibpmon.operate.backup import keeping
from ibpmon.operate.rounds import Workplace
from ibpmon.store.tables import Evaluation, Outbox, Run
from ibpmon.store.views.monitor import is_dead, is_waiting

State = Literal["good", "late", "failed", "unknown", "none", "off"]
HOUR = timedelta(hours=1)  # so long anything may wait, however often it should come
BACKUP_TERM = timedelta(days=2)  # one a day, and a machine may be off for a night


@dataclass(frozen=True, slots=True)
class Sign:
    """How one thing stands, and since when: the last time that it went well (None: never, as far as is known).

    late: it went well, and too long ago; failed: it was tried and did not go well; unknown: nobody can say;
    none: nothing was to be done yet; off: it is not asked for, or this tenant does not have it.
    """

    state: State
    at: datetime | None = None

    @property
    def is_overdue(self) -> bool:
        """Whether somebody has to look: what is unknown is never good."""
        return self.state in ("late", "failed", "unknown")


@dataclass(frozen=True, slots=True)
class Standing:
    """How everything stands."""

    sources: Mapping[str, Sign]
    judging: Sign
    mail: Sign
    backup: Sign

    @property
    def overdue(self) -> dict[str, Sign]:
        """All that somebody has to look at, by name; a source by its own."""
        rest = {"judging": self.judging, "mail": self.mail, "backup": self.backup}
        return {name: sign for name, sign in {**self.sources, **rest}.items() if sign.is_overdue}


def standing(place: Workplace, runs: Mapping[str, Run]) -> Standing:
    """How everything stands now, with the last run of each source."""
    now = place.now()
    with place.store.read() as session:
        good = last_good(session, place.store.tenant)
        judging, mail = judged(session, place, now), mailed(session, place.store.tenant, now)
    rhythm = place.config.schedule.every
    sources = {
        name: read(runs.get(name), good.get(name), rhythm.get(name, connector.every), now)
        for name, connector in place.connectors.items()
    }
    return Standing(sources, judging, mail, backed_up(place, now))


def read(run: Run | None, good: datetime | None, rhythm: timedelta, now: datetime) -> Sign:
    """A source: something came from it not longer ago than twice its rhythm."""
    if run is None:
        return Sign("unknown")
    if run.state == SKIPPED:
        return Sign("off", good)
    if good is None:
        return Sign("failed" if run.state == FAILED else "unknown")
    return in_time(good, 2 * rhythm, now)


def in_time(good: datetime, term: timedelta, now: datetime) -> Sign:
    """Whether something went well lately enough."""
    return Sign("late" if now - good > max(term, HOUR) else "good", good)


def last_good(session: Session, tenant: int) -> dict[str, datetime]:
    """When each source last brought something, whole or in part."""
    mine = (col(Run.tenant_id) == tenant, col(Run.state).in_([FULL, PARTIAL]), col(Run.finished_at).is_not(None))
    found = session.execute(select(col(Run.connector), func.max(Run.finished_at)).where(*mine).group_by(Run.connector))
    return {row[0]: row[1] for row in found}


def judged(session: Session, place: Workplace, now: datetime) -> Sign:
    """The rules: applied lately."""
    at = session.scalar(select(func.max(Evaluation.at)).where(col(Evaluation.tenant_id) == place.store.tenant))
    return Sign("unknown") if at is None else in_time(at, 2 * place.config.schedule.evaluate, now)


def mailed(session: Session, tenant: int, now: datetime) -> Sign:
    """Mail: nothing waits for long, and nothing was given up. That nothing was ever sent is neither good nor late."""
    mine = col(Outbox.tenant_id) == tenant
    sent = session.scalar(select(func.max(Outbox.sent_at)).where(mine))
    oldest = session.scalar(select(func.min(Outbox.created_at)).where(mine, is_waiting()))
    if session.scalar(select(func.count()).select_from(Outbox).where(mine, is_dead())):
        return Sign("failed", sent)
    if oldest is not None and now - oldest > HOUR:
        return Sign("late", sent)
    return Sign("good" if sent else "none", sent)


def backed_up(place: Workplace, now: datetime) -> Sign:
    """Backups: the last one was opened and is not old; `off` where nobody asked for them."""
    good, last = keeping.last_good(place), keeping.last_try(place)
    if place.config.backup.folder is None:
        return Sign("off", good)
    if last is not None and last.value:
        return Sign("failed", good)
    return Sign("unknown") if good is None else in_time(good, BACKUP_TERM, now)
