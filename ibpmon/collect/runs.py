"""The record of each round: begun before anything is read, ended with what was seen and what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from ibpmon.errors import IbpmonError, MissingLicence, MissingPermission, Translate
from ibpmon.language import N_, _
from ibpmon.store import upsert
from ibpmon.store.database import Store
from ibpmon.store.tables import Run

FULL, PARTIAL, FAILED, SKIPPED, RUNNING = "FULL", "PARTIAL", "FAILED", "SKIPPED", "RUNNING"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: its state, what is missing (an English msgid with values), and what it covers."""

    state: str = FULL
    reason: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    fix: str = ""  # what a person can do about it, an English msgid
    missing: str = ""
    rows: int = 0
    skipped_rows: int = 0
    covers_from: datetime | None = None
    covers_until: datetime | None = None


def start(session: Session, store: Store, connector: str, now: datetime) -> Run:
    """A new run of a connector; one that still runs was killed, and says so from now on."""
    left = (col(Run.tenant_id) == store.tenant, col(Run.connector) == connector, col(Run.state) == RUNNING)
    reason = N_("this round was broken off")
    session.execute(update(Run).where(*left).values(state=FAILED, reason=reason, finished_at=now))
    if connector in store.stages:
        upsert.drop_stage(session, store, connector)
    return begin(session, store, connector, now)


def begin(session: Session, store: Store, connector: str, now: datetime) -> Run:
    """A new run, without a look at others."""
    number = upsert.take(session, store.tenant, "run")
    run = Run(tenant_id=store.tenant, run_id=number, connector=connector, started_at=now, state=RUNNING)
    session.add(run)
    session.flush()
    return run


def finish(session: Session, run: Run, outcome: Outcome, at: datetime) -> Run:
    """End a run, in the transaction that holds what it brought."""
    ended = session.merge(run)
    ended.state, ended.reason, ended.missing = outcome.state, outcome.reason, outcome.missing
    ended.reason_values = {name: plain(value) for name, value in with_parts(outcome).items()}
    ended.rows, ended.skipped_rows = outcome.rows, outcome.skipped_rows
    ended.covers_from, ended.covers_until = outcome.covers_from, outcome.covers_until
    ended.finished_at = max(at, run.started_at)
    return ended


def with_parts(outcome: Outcome) -> dict[str, Any]:
    """The values of a reason, with the three parts for `told` beside them when there is something to do."""
    return ({"told": ["", outcome.reason, outcome.fix]} if outcome.fix else {}) | dict(outcome.values)


def last(session: Session, store: Store, connector: str) -> Run | None:
    """The last run of a connector that ended."""
    mine = (col(Run.tenant_id) == store.tenant, col(Run.connector) == connector, col(Run.state) != RUNNING)
    return session.scalars(select(Run).where(*mine).order_by(col(Run.run_id).desc()).limit(1)).first()


def failure(error: IbpmonError, missing_default: str) -> Outcome:
    """The outcome of a run that an error ended; without the licence it is skipped, and no fault of anyone.

    The reason is the error's own why (or what): one sentence that can be translated when it is
    shown. All three parts go along in the values, for `told`.
    """
    missing = ""
    if isinstance(error, MissingLicence):
        missing = f"licence:{error.values.get('licence') or missing_default}"
    if isinstance(error, MissingPermission):
        missing = f"permission:{error.values.get('permission') or missing_default}"
    return Outcome(
        state=SKIPPED if isinstance(error, MissingLicence) else FAILED,
        reason=error.why or error.what,
        values={**error.values, "told": [error.what, error.why, error.fix]},
        missing=missing,
    )


def told(run: Run, translate: Translate = _) -> tuple[str, str, str]:
    """What, why and fix of a run that is not FULL, in the reader's language; a part that is not known is empty."""
    what, why, fix = run.reason_values.get("told", ["", run.reason, ""])
    what, why, fix = IbpmonError(what, why=why, fix=fix, **values_of(run)).told(translate)
    if what:
        return translate(N_("cannot collect '{name}': {what}")).format(name=run.connector, what=what), why, fix
    return translate(N_("'{name}' was not read in full")).format(name=run.connector), why, fix


def values_of(run: Run) -> dict[str, Any]:
    """The values of a reason, without names that an error takes for its own parts."""
    return {name: value for name, value in run.reason_values.items() if name not in ("what", "why", "fix")}


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="minutes")
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
