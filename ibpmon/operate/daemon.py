"""The daemon: once a minute it does what is due, and it stops cleanly when it is asked to."""

import logging
import signal
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from ibpmon.errors import IbpmonError
from ibpmon.operate.rounds import Workplace, collect_round, evaluate_round, send_round, workplace
from ibpmon.store.database import alone
from ibpmon.store.tables import Evaluation, Run

log = logging.getLogger("ibpmon.daemon")
# threats.md part 4: a missed moment is made up once, never skipped and never piled up.
JOB = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


def run_daemon(path: Path) -> None:
    """Work until SIGTERM or SIGINT; raises BusyError when another daemon has the database."""
    stop = Event()
    with workplace(path) as place, alone(place.config.store.database), stopping_on_signals(stop):
        scheduler = made_scheduler()
        scheduler.add_job(tick, "interval", args=[place, stop], minutes=1, next_run_time=place.now(), **JOB)
        scheduler.start()
        log.info("started for %s", place.config.tenant.id)
        stop.wait()
        log.info("stopping: the work in hand is finished or put back first")
        scheduler.shutdown(wait=True)
    log.info("stopped")


def made_scheduler() -> Any:
    """APScheduler with one worker and times in UTC; what is due is kept in our own tables, not in its memory."""
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    return BackgroundScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(1)})


@contextmanager
def stopping_on_signals(stop: Event) -> Any:
    """A signal only sets a flag; the loop and every wait look at it."""
    signals = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def tick(place: Workplace, stop: Event) -> None:
    """Do what is due now: collect, judge what came in, send what waits. An error ends this tick, not the daemon."""
    try:
        due = due_connectors(place, place.now())
        if due:
            collect_round(place, only=due, stop=stop)
        if not stop.is_set() and (due or evaluation_due(place, place.now())):
            evaluate_round(place)
        if not stop.is_set():
            send_round(place)
    except IbpmonError as error:
        log.error("%s", error)
    except Exception:  # what nobody expected keeps its trace and must not stop the watch
        log.exception("this round failed")


def due_connectors(place: Workplace, now: datetime) -> set[str]:
    """The connectors whose last run began longer ago than their rhythm; a row decides, so a stop is made up for."""
    with place.store.read() as session:
        begun = last_runs(session, place.store.tenant)
    rhythm = place.config.schedule.every
    return {
        name
        for name, connector in place.connectors.items()
        if name not in begun or now - begun[name] >= rhythm.get(name, connector.every)
    }


def last_runs(session: Session, tenant: int) -> dict[str, datetime]:
    """When the last run of each connector began."""
    newest = select(col(Run.connector), func.max(Run.started_at)).where(col(Run.tenant_id) == tenant)
    return dict(session.execute(newest.group_by(col(Run.connector))).tuples().all())


def evaluation_due(place: Workplace, now: datetime) -> bool:
    """Whether the rules were last applied longer ago than the schedule says."""
    with place.store.read() as session:
        mine = col(Evaluation.tenant_id) == place.store.tenant
        last = session.scalar(select(func.max(Evaluation.at)).where(mine))
    return last is None or now - last >= place.config.schedule.evaluate
