"""What was read of each source, when, and what was not: no access is judged on what nobody looked at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select
from sqlmodel import Session, col, select

from ibpmon.collect.runs import reason as why_of
from ibpmon.collect.runs import told
from ibpmon.language import N_, _
from ibpmon.store.database import Store
from ibpmon.store.tables import Coverage, Run
from ibpmon.store.upsert import living

NEVER = N_("not read yet")


@dataclass(frozen=True, slots=True)
class Reading:
    """The last usable run of one source, and how the newest attempt ended."""

    connector: str
    run_id: int | None = None  # the run that the data comes from; None: there is none
    at: datetime | None = None  # when that run ended
    state: str = "NEVER"  # of the newest attempt
    reason: str = ""  # why the newest attempt was not whole
    rows: int = 0
    covered: Mapping[str, tuple[str, str]] | None = None  # resource -> state and why, in the run of the data
    whole: bool = False  # that run was read in full

    @property
    def missing(self) -> str:
        """Why nothing at all is known from this source; empty when it was read."""
        return "" if self.run_id is not None else self.reason or _(NEVER)

    def gap(self, resource: str) -> str:
        """Why one resource was not read; empty when it was read to its end.

        A resource without a line was passed by, for instance because it is newer than the run. A whole run without any
        lines is one that does not go from resource to resource: it read them all at once.
        """
        if self.missing:
            return self.missing
        if not self.covered and self.whole:
            return ""
        state, reason = (self.covered or {}).get(resource, ("NEVER", ""))
        return "" if state == "FULL" else reason or _(NEVER)


def reading(session: Session, store: Store, connector: str) -> Reading:
    """What was read of one source; a source that is switched off was never read."""
    runs = (
        select(Run)
        .where(col(Run.tenant_id) == store.tenant, col(Run.connector) == connector, col(Run.state) != "RUNNING")
        .order_by(col(Run.run_id).desc())
    )
    newest = session.exec(runs.limit(1)).first()
    if newest is None:
        return Reading(connector)
    usable = session.exec(runs.where(col(Run.state).in_(("FULL", "PARTIAL"))).limit(1)).first()
    what, why, _fix = told(newest)
    reason = "" if newest.state == "FULL" else why or what
    if usable is None:
        return Reading(connector, state=newest.state, reason=reason)
    at = usable.finished_at or usable.started_at
    covered = coverage(session, store, usable.run_id)
    return Reading(connector, usable.run_id, at, newest.state, reason, usable.rows, covered, usable.state == "FULL")


def coverage(session: Session, store: Store, run_id: int) -> dict[str, tuple[str, str]]:
    """What one run saw of each resource, and why not all of it, in the reader's language."""
    lines = select(Coverage).where(col(Coverage.tenant_id) == store.tenant, col(Coverage.run_id) == run_id)
    return {line.resource: (line.state, why_of(line)) for line in session.exec(lines)}


def rows(session: Session, store: Store, connector: str, *columns: str) -> Iterator[Any]:
    """The living rows of a state connector, these columns only; none when it is switched off."""
    if connector not in store.data:
        return
    statement: Select[Any] = living(store, connector)
    table = store.data[connector]
    yield from session.execute(
        statement.with_only_columns(*(table.c[name] for name in columns)).order_by(*table.primary_key.columns)
    )
