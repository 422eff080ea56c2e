"""What a rule needs, and what of it was not read: without data there is no green and no red."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from ibpmon.judge.rules import Rule
from ibpmon.language import _
from ibpmon.store.database import Store
from ibpmon.store.tables import Run

STALE_AFTER = 3  # rhythms of a connector: two missed rounds are bad luck, three are a fault


@dataclass(frozen=True, slots=True)
class Shortage:
    """One source that was not read well enough, with the sentence that says so."""

    connector: str
    sentence: str
    partial: bool = False  # what was read of it is real, but it is not all


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read for a rule: what is missing, and how old the oldest part is."""

    shortages: tuple[Shortage, ...]
    as_of: datetime | None

    @property
    def reason(self) -> str:
        """All that is missing, for a person."""
        return "; ".join(shortage.sentence for shortage in self.shortages)


def reading(session: Session, store: Store, rule: Rule, now: datetime) -> Reading:
    """What the last runs brought of all that the rule needs."""
    runs = last_runs(session, store, list(rule.needs))
    found = [shortage(name, runs.get(name), every, store, now) for name, every in rule.needs.items()]
    moments = [run.started_at for run in runs.values()]
    complete = len(runs) == len(rule.needs)
    return Reading(tuple(one for one in found if one), min(moments) if complete else None)


def last_runs(session: Session, store: Store, connectors: Sequence[str]) -> dict[str, Run]:
    """The last run of each connector that has ended."""
    ended = (col(Run.tenant_id) == store.tenant, col(Run.state) != "RUNNING", col(Run.connector).in_(connectors))
    last = select(func.max(col(Run.run_id))).where(*ended).group_by(col(Run.connector))
    found = session.scalars(select(Run).where(col(Run.tenant_id) == store.tenant, col(Run.run_id).in_(last)))
    return {run.connector: run for run in found}


def shortage(name: str, run: Run | None, every: timedelta, store: Store, now: datetime) -> Shortage | None:
    """What is wrong with one source; None when it was read whole and lately."""
    if name not in store.data:
        return Shortage(name, _("{connector} is switched off").format(connector=name))
    if run is None:
        return Shortage(name, _("{connector} was never read").format(connector=name))
    why = _(run.reason).format(**run.reason_values) if run.reason else ""
    if run.state == "PARTIAL":
        part = _("{connector} was read only in part: {why}") if why else _("{connector} was read only in part")
        return Shortage(name, part.format(connector=name, why=why), partial=True)
    if run.state != "FULL":
        unread = _("{connector} was not read: {why}") if why else _("{connector} was not read")
        return Shortage(name, unread.format(connector=name, why=why))
    if now - (run.finished_at or run.started_at) > STALE_AFTER * every:
        hours = int((now - run.started_at) / timedelta(hours=1))
        return Shortage(name, _("{connector} was last read {hours} hours ago").format(connector=name, hours=hours))
    return None
