"""What was read of each source, when, and what was not: no access is judged on what nobody looked at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, or_
from sqlalchemy import select as any_select
from sqlmodel import Session, col, select

from ibpmon.collect.runs import reason as why_of
from ibpmon.collect.runs import told
from ibpmon.language import N_, _
from ibpmon.store.database import Store
from ibpmon.store.tables import Coverage, Run
from ibpmon.store.upsert import living, table_of

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


def readings_of(
    session: Session, store: Store, connectors: Sequence[str], resources: Sequence[str] = ()
) -> dict[str, Reading]:
    """The same of several sources in two statements; of each run only what it saw of these resources."""
    run = table_of(Run).c
    mine = (run.tenant_id == store.tenant, run.connector.in_(connectors), run.state != "RUNNING")
    newest = func.max(run.run_id)
    usable = func.max(case((run.state.in_(("FULL", "PARTIAL")), run.run_id)))
    last = any_select(newest.label("run_id"), usable.label("usable")).where(*mine).group_by(run.connector).cte("last")
    wanted = or_(run.run_id.in_(any_select(last.c.run_id)), run.run_id.in_(any_select(last.c.usable)))
    found = session.scalars(any_select(Run).where(run.tenant_id == store.tenant, wanted).order_by(run.run_id)).all()
    used = {one.connector: one for one in found if one.state in ("FULL", "PARTIAL")}
    seen = coverage_of(session, store, [one.run_id for one in used.values()], resources) if resources else {}
    made = {one.connector: made_of(one, used.get(one.connector), seen) for one in found}
    return {name: made.get(name, Reading(name)) for name in connectors}


def made_of(newest: Run, usable: Run | None, seen: Mapping[int, dict[str, tuple[str, str]]]) -> Reading:
    """What was read of one source, from the last attempt and the last one that brought something."""
    what, why, _fix = told(newest)
    reason = "" if newest.state == "FULL" else why or what
    if usable is None:
        return Reading(newest.connector, state=newest.state, reason=reason)
    at, number = usable.finished_at or usable.started_at, usable.run_id
    covered = seen.get(number, {})
    return Reading(newest.connector, number, at, newest.state, reason, usable.rows, covered, usable.state == "FULL")


def coverage_of(
    session: Session, store: Store, runs: Sequence[int], resources: Sequence[str]
) -> dict[int, dict[str, tuple[str, str]]]:
    """What these runs saw of these resources; of each run one more line, so that none looks as if it had no lines."""
    line, found = table_of(Coverage).c, dict[int, dict[str, tuple[str, str]]]()
    mine = (line.tenant_id == store.tenant, line.run_id.in_(runs))
    first = any_select(func.min(line.resource)).where(*mine).group_by(line.run_id)
    asked = or_(line.resource.in_(resources), line.resource.in_(first))
    for one in session.scalars(any_select(Coverage).where(*mine, asked)):
        found.setdefault(one.run_id, {})[one.resource] = (one.state, why_of(one))
    return found


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
