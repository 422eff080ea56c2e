"""The daemon: once a minute it does what is due, and it stops cleanly when it is asked to.

What takes long (a walk through all files, a backup) has a lane of its own: sign-ins are read as always.
"""

import logging
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlmodel import col

from ibpmon.collect.connectors import Connector
from ibpmon.collect.runs import FAILED, FULL, RUNNING, SKIPPED, told
from ibpmon.errors import IbpmonError
from ibpmon.operate import canary, watchdog
from ibpmon.operate.backup import keeping
from ibpmon.operate.rounds import (
    Workplace,
    collect_round,
    compare_round,
    evaluate_round,
    forget_round,
    latest_runs,
    remind_round,
    send_round,
    tell_round,
    verify_round,
    workplace,
)
from ibpmon.progress import Progress, silent
from ibpmon.store.database import alone
from ibpmon.store.tables import Evaluation, Run
from ibpmon.tell.trend import keep_trend

if TYPE_CHECKING:
    from ibpmon.tell.outbox import Delivery

log = logging.getLogger("ibpmon.daemon")
Work = Callable[[Workplace, Event, Progress], None]
SECOND_TRY = timedelta(minutes=15)  # after a run that brought nothing
ABANDONED = timedelta(hours=1)  # a run that is still busy after so long was killed
# threats.md part 4: a missed moment is made up once, never skipped and never piled up.
JOB = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
LONG = frozenset({"sharepoint", "sharepoint-rest", "teams", "audit-query"})  # families that may take hours


def run_daemon(path: Path) -> None:
    """Work until SIGTERM or SIGINT; raises BusyError when another daemon has the database."""
    stop, pulse = Event(), watchdog.Pulse()
    with workplace(path) as place, alone(place.config.store.database), stopping_on_signals(stop):
        scheduler = made_scheduler()
        for work in (tick, walk, keep):
            told = [pulse.lane(work.__name__), work, place, stop]
            scheduler.add_job(in_lane, "interval", args=told, minutes=1, next_run_time=place.now(), **JOB)
        scheduler.start()
        log.info("started for %s", place.config.tenant.id)
        watchdog.notify("READY=1")
        watchdog.watch(pulse, stop)
        watchdog.notify("STOPPING=1")
        log.info("stopping: the work in hand is finished or put back first")
        scheduler.shutdown(wait=True)
    log.info("stopped")


def in_lane(lane: watchdog.Lane, work: Work, place: Workplace, stop: Event) -> None:
    """One round of a kind of work; every step of it is a sign of life."""
    with lane.at_work():
        work(place, stop, lane)


def made_scheduler() -> Any:
    """APScheduler with a worker per lane and times in UTC; what is due is kept in our own tables, not in its memory."""
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    return BackgroundScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(3)})


@contextmanager
def stopping_on_signals(stop: Event) -> Iterator[None]:
    """A signal only sets a flag; the loop and every wait look at it."""
    signals = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def tick(place: Workplace, stop: Event, progress: Progress = silent) -> None:
    """Do what is due now: collect, judge what came in, send what waits.

    What goes wrong is told in the log and holds up nothing else: a certificate that expired must not hold back the
    mail that says so.
    """
    due: set[str] = set()
    with watched("collecting", progress):
        due = {name for name in due_connectors(place, place.now()) if not is_long(place, name)}
        if due:
            note_runs(collect_round(place, progress, only=due, stop=stop))
    with watched("looking at what reviews took away", progress):
        if not stop.is_set():
            verify_round(place)
    with watched("judging", progress):
        if not stop.is_set() and (due or evaluation_due(place, place.now())):
            with watched("comparing with the matrix", progress):
                compare_round(place)
            evaluate_round(place, progress)
            forget_round(place)
    with watched("telling", progress):
        if not stop.is_set():
            tell_round(place)
    with watched("reminding of reviews", progress):
        if not stop.is_set():
            remind_round(place)
    with watched("sending the canary", progress):
        if not stop.is_set() and canary.is_due(place, place.now()):
            note_canary(canary.fly(place))
    with watched("keeping the trend", progress):
        keep_trend(place.store, place.config, place.now())
    with watched("sending mail", progress):
        if not stop.is_set():
            note_mails(send_round(place))


def walk(place: Workplace, stop: Event, progress: Progress = silent) -> None:
    """Collect what is due and takes long; what it brings is judged by the next tick that judges."""
    with watched("walking through the files", progress):
        due = {name for name in due_connectors(place, place.now()) if is_long(place, name)}
        if due:
            note_runs(collect_round(place, progress, only=due, stop=stop))


def keep(place: Workplace, stop: Event, progress: Progress = silent) -> None:
    """Make the backup of today; one that fails is told in the log, in `ibpmon status` and by a rule."""
    with watched("backing up", progress):
        keeping.forget(place)
        if not stop.is_set() and keeping.is_due(place, place.now()):
            made = keeping.back_up_of_today(place, progress)
            log.info("backup made and opened again: %s", made.path)


def is_long(place: Workplace, name: str) -> bool:
    """Whether reading this may take hours; a part is read with its parent."""
    connector = place.connectors[name]
    asked = place.connectors.get(connector.over, connector) if connector.shape == "part" else connector
    return asked.budget in LONG


@contextmanager
def watched(work: str, progress: Progress = silent) -> Iterator[None]:
    """An error ends this piece of work, not the daemon; one that nobody expected keeps its trace."""
    progress.step(work, 0)
    try:
        yield
    except IbpmonError as error:
        log.error("%s: %s", work, error)
    except Exception:
        log.exception("%s broke off", work)


def note_runs(runs: Iterable[Run]) -> None:
    """One line per source."""
    for run in runs:
        if run.state == FULL:
            log.info("%s: %s, %d rows", run.connector, run.state, run.rows)
        else:
            log.warning("%s: %s, %s", run.connector, run.state, "; ".join(part for part in told(run, str) if part))


def note_mails(delivery: "Delivery") -> None:
    """What went out, and why the rest did not; silence when there was nothing to send."""
    if delivery.sent:
        log.info("%d mail(s) sent, %d of them perhaps for the second time", delivery.sent, delivery.repeated)
    if delivery.problem:
        counts = (delivery.waiting, delivery.failed, delivery.uncertain)
        log.error("%d mail(s) wait, %d refused, %d uncertain: %s", *counts, delivery.problem)


def note_canary(stuck: int) -> None:
    """Whether the made-up attack of this week came through."""
    if stuck:
        log.error("the canary did not come through: it stuck at step %d of %d", stuck, canary.MAILED)
    else:
        log.info("the canary came through")


# ---- what is due


def due_connectors(place: Workplace, now: datetime) -> set[str]:
    """The connectors whose turn it is; a row decides, so a stop is made up for."""
    last, rhythm = latest_runs(place), place.config.schedule.every
    return {
        name
        for name, connector in place.connectors.items()
        if name not in last or is_due(connector, last[name], rhythm.get(name, connector.every), now)
    }


def is_due(connector: Connector, run: Run, rhythm: timedelta, now: datetime) -> bool:
    """Whether it is a connector's turn; a run that still has to begin was written by a clock that ran ahead."""
    return run.started_at > now or now >= next_turn(connector, run, rhythm)


def next_turn(connector: Connector, run: Run, rhythm: timedelta) -> datetime:
    """When a connector is read again: in its rhythm, and sooner when the last run brought nothing.

    A source that is read once a day would otherwise be a day blind after a line that was down for a minute.
    """
    turn = run.started_at + rhythm
    if run.state == RUNNING:
        return min(turn, run.started_at + ABANDONED)
    without_parents = run.state == SKIPPED and connector.over and not run.missing
    if run.state == FAILED or without_parents:
        return min(turn, (run.finished_at or run.started_at) + SECOND_TRY)
    return turn


def evaluation_due(place: Workplace, now: datetime) -> bool:
    """Whether the rules were last applied longer ago than the schedule says."""
    with place.store.read() as session:
        mine = col(Evaluation.tenant_id) == place.store.tenant
        last = session.scalar(select(func.max(Evaluation.at)).where(mine))
    # A moment that still has to come was written by a clock that ran ahead.
    return last is None or last > now or now - last >= place.config.schedule.evaluate
