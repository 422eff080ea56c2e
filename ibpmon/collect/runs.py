"""The record of each round: begun before anything is read, ended with what was seen and what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Any

from sqlalchemy import and_, delete, not_, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from ibpmon.errors import IbpmonError, MissingLicence, MissingPermission, PassingError, Translate
from ibpmon.language import N_, _
from ibpmon.providers.decode import clean
from ibpmon.store import upsert
from ibpmon.store.database import Store
from ibpmon.store.tables import Coverage, Run

FULL, PARTIAL, FAILED, SKIPPED, RUNNING = "FULL", "PARTIAL", "FAILED", "SKIPPED", "RUNNING"
TAKEN_OVER = timedelta(hours=24)  # what a run that was broken off has read is used by the next one for so long
KEPT = timedelta(days=90)  # what could not be seen of a resource is remembered
STALE_AFTER = 3  # rhythms of a connector: two missed rounds are bad luck, three are a fault


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
    broken: bool = False  # the next run may go on with what waits


def start(session: Session, store: Store, connector: str, now: datetime, *, keep: bool = False) -> Run:
    """A new run of a connector; one that still runs was killed, and says so from now on.

    What waits is forgotten, unless the new run goes on with it (`keep`).
    """
    left = (col(Run.tenant_id) == store.tenant, col(Run.connector) == connector, col(Run.state) == RUNNING)
    killed = Outcome(FAILED, N_("this round was broken off"), fix=N_("nothing to do: the next round reads it anew"))
    over = {"state": FAILED, "reason": killed.reason, "reason_values": with_parts(killed), "finished_at": now}
    session.execute(update(Run).where(*left).values(over))
    if connector in store.stages and not keep:
        upsert.drop_stage(session, store, connector)
    return begin(session, store, connector, now)


def broken_off(session: Session, store: Store, connectors: Sequence[str], now: datetime) -> list[Run]:
    """The last runs of connectors that are read together, when they were broken off together not long ago; else none.

    What they have read so far can be used: it waits, and their coverage says of which resources it is all.
    """
    found = [session.exec(newest(store, name).limit(1)).first() for name in connectors]
    runs = [run for run in found if run and (run.state == RUNNING or run.reason_values.get("broken"))]
    together = len(runs) == len(connectors) and len({run.started_at for run in runs}) == 1
    fresh = all(now - TAKEN_OVER < (run.covers_from or run.started_at) <= now for run in runs)
    return runs if together and fresh else []


def take_over(session: Session, store: Store, old: Run, new: Run) -> None:
    """Let a new run go on where one that was broken off stopped: what it read whole need not be asked again."""
    upsert.take_over(session, store, old.connector, old.run_id, new.run_id)
    seen = (col(Coverage.tenant_id) == store.tenant, col(Coverage.run_id) == old.run_id)
    session.execute(delete(Coverage).where(*seen, col(Coverage.state) != FULL))
    session.execute(update(Coverage).where(*seen).values(run_id=new.run_id))
    new.covers_from = old.covers_from or old.started_at
    session.flush()


def newest(store: Store, connector: str) -> SelectOfScalar[Run]:
    """The runs of a connector, the last one first."""
    mine = (col(Run.tenant_id) == store.tenant, col(Run.connector) == connector)
    return select(Run).where(*mine).order_by(col(Run.run_id).desc())


def forget_coverage(session: Session, run: Run) -> None:
    """Drop what a run saw of each resource: it brought nothing."""
    session.execute(
        delete(Coverage).where(col(Coverage.tenant_id) == run.tenant_id, col(Coverage.run_id) == run.run_id)
    )


def prune_coverage(session: Session, run: Run, now: datetime) -> None:
    """Drop the coverage of earlier runs of this connector: what was whole at once, what was not after a while."""
    earlier = select(col(Run.run_id)).where(
        col(Run.tenant_id) == run.tenant_id, col(Run.connector) == run.connector, col(Run.run_id) < run.run_id
    )
    mine = col(Coverage.tenant_id) == run.tenant_id
    session.execute(delete(Coverage).where(mine, col(Coverage.state) == FULL, col(Coverage.run_id).in_(earlier)))
    old = earlier.where(col(Run.started_at) < now - KEPT)
    session.execute(delete(Coverage).where(mine, col(Coverage.run_id).in_(old)))


def begin(session: Session, store: Store, connector: str, now: datetime) -> Run:
    """A new run, without a look at others."""
    number = upsert.take(session, store.tenant, "run")
    run = Run(tenant_id=store.tenant, run_id=number, connector=connector, started_at=now, state=RUNNING)
    session.add(run)
    session.flush()
    return run


def hold(session: Session, run: Run) -> None:
    """Make sure that a run may still conclude, until this transaction ends; PassingError when it was overtaken.

    Another process that begins the same connector takes us for killed and throws away what waited. What came in
    afterwards is only the rest of a list, and would end the stay of everyone before it.
    """
    mine = (col(Run.tenant_id) == run.tenant_id, col(Run.run_id) == run.run_id, col(Run.state) == RUNNING)
    if not session.execute(update(Run).where(*mine).values(state=RUNNING)).rowcount:  # type: ignore[attr-defined]
        raise PassingError(
            N_("another round of '{name}' began before this one was complete"),
            why=N_("two processes read the same source at the same time; the later one goes on"),
            fix=N_("nothing to do: the other round reads it whole"),
            name=run.connector,
        )


def finish(session: Session, run: Run, outcome: Outcome, at: datetime) -> Run:
    """End a run, in the transaction that holds what it brought."""
    done = session.merge(run)
    done.state, done.reason, done.missing = outcome.state, outcome.reason, outcome.missing
    done.reason_values = {name: plain(value) for name, value in with_parts(outcome).items()}
    done.rows, done.skipped_rows = outcome.rows, outcome.skipped_rows
    done.covers_from, done.covers_until = outcome.covers_from or run.covers_from, outcome.covers_until
    done.finished_at = max(at, run.started_at)
    return done


def with_parts(outcome: Outcome) -> dict[str, Any]:
    """The values of a reason, with the three parts for `told` beside them when there is something to do."""
    told = {"told": ["", outcome.reason, outcome.fix]} if outcome.fix else {}
    return told | dict(outcome.values) | ({"broken": True} if outcome.broken else {})


def last(session: Session, store: Store, connector: str) -> Run | None:
    """The last run of a connector that ended."""
    return session.exec(ended(store, connector).limit(1)).first()


def is_whole(session: Session, store: Store, connector: str, since: datetime) -> bool:
    """Whether what is stored of a state connector is all there was, read after `since`.

    A round that failed in passing left it as it was; one that was refused says that we may no longer look.
    """
    passing = and_(col(Run.state) == FAILED, col(Run.missing) == "")
    run = session.exec(ended(store, connector).where(not_(passing)).limit(1)).first()
    return run is not None and run.state == FULL and (run.finished_at or run.started_at) >= since


def ended(store: Store, connector: str) -> SelectOfScalar[Run]:
    """The runs of a connector that ended, the last one first."""
    return newest(store, connector).where(col(Run.state) != RUNNING)


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
    values = values_of(run.reason_values, translate)
    what, why, fix = (translate(part).format(**values) if part else "" for part in (what, why, fix))
    if what:
        return translate(N_("cannot collect '{name}': {what}")).format(name=run.connector, what=what), why, fix
    return translate(N_("'{name}' was not read in full")).format(name=run.connector), why, fix


def reason(record: Run | Coverage, translate: Translate = _) -> str:
    """Why a run, or what it saw of one resource, is not whole: one sentence in the reader's language, or nothing."""
    return sentence({"reason": record.reason, "values": record.reason_values}, translate)


def sentence(said: Mapping[str, Any], translate: Translate) -> str:
    """A stored reason in the reader's language; a reason may stand inside another one."""
    return translate(said["reason"]).format(**values_of(said["values"], translate)) if said["reason"] else ""


def values_of(values: Mapping[str, Any], translate: Translate) -> dict[str, Any]:
    """The values of a reason; one that is a reason itself as its sentence."""
    return {name: sentence(value, translate) if isinstance(value, dict) else value for name, value in values.items()}


def plain(value: Any) -> Any:
    """A value as JSON can hold it; a file's name may have characters that no database takes."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="minutes")
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if isinstance(value, int | float | bool | None) else clean(str(value))


def reason_of(error: IbpmonError) -> dict[str, Any]:
    """Why an error came, as a stored reason: one sentence with only the values that it names."""
    template = error.why or error.what
    named = {name for _text, name, _spec, _conversion in Formatter().parse(template) if name}
    return {"reason": template, "values": {name: plain(error.values[name]) for name in sorted(named)}}
