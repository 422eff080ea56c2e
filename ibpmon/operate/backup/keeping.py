"""The backups that the daemon makes by itself: one a day, and the oldest make room."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ibpmon.collect.gauges import keep_gauges
from ibpmon.operate.backup import troubles
from ibpmon.operate.backup.making import REF, Made, back_up
from ibpmon.operate.backup.places import PART, clear_left_behind
from ibpmon.operate.rounds import Workplace
from ibpmon.progress import Progress, silent
from ibpmon.store import ledger
from ibpmon.store.tables import Gauge

GAUGE = "backup_failed"  # 0: the last one that was due is good, 1: it is not
AGAIN = timedelta(hours=1)  # after one that failed


def is_due(place: Workplace, now: datetime) -> bool:
    """Whether the backup of today is still to be made; one that failed is tried again after an hour."""
    if place.config.backup.folder is None:
        return False
    last = last_try(place)
    if last is None or last.measured_at > now:  # never, or by a clock that ran ahead
        return True
    if last.value:
        return now - last.measured_at >= AGAIN
    return last.measured_at < last_moment(place, now)


def last_moment(place: Workplace, now: datetime) -> datetime:
    """The last time that a backup was due, in the civil time of the board."""
    local = now.astimezone(place.config.time_zone)
    moment = datetime.combine(local.date(), place.config.backup.at, place.config.time_zone)
    return moment if moment <= now else datetime.combine(local.date() - timedelta(days=1), moment.time(), moment.tzinfo)


def last_try(place: Workplace) -> Gauge | None:
    """How the last one went that was made by itself; measured_at says when."""
    with place.store.read() as session:
        return session.get(Gauge, (place.store.tenant, GAUGE))


def last_good(place: Workplace) -> datetime | None:
    """When the last good one was made, wherever it went; the ledger knows."""
    with place.store.read() as session:
        made = ledger.about(session, place.store, REF)
        return made[-1].at if made else None


def back_up_of_today(place: Workplace, progress: Progress = silent) -> Made:
    """Make one in the folder of the configuration, and let the oldest go; how it went is written down either way."""
    folder = place.config.backup.folder
    if folder is None:
        raise troubles.nowhere()
    failed = 1
    try:
        made = back_up(place, folder / name_of(place), progress)
        failed = 0
    finally:
        keep_gauges(place.store, {GAUGE: failed}, place.now())
    purge(place, made.path)
    return made


def forget(place: Workplace) -> None:
    """Nobody asks for backups any more: what was measured of them would grow old and look like a failure."""
    if place.config.backup.folder is None and last_try(place) is not None:
        keep_gauges(place.store, {GAUGE: None}, place.now())


def name_of(place: Workplace) -> str:
    """A name that tells the board and the moment, and sorts by it."""
    return f"{beginning(place)}{place.now().astimezone(UTC):%Y%m%dT%H%M%SZ}.backup"


def beginning(place: Workplace) -> str:
    """How the names of this board's backups begin: several boards may share a folder."""
    return f"ibpmon-{place.config.tenant.id[:8].lower()}-"


def purge(place: Workplace, newest: Path) -> list[Path]:
    """Remove the backups of this board that are more than should be kept, the oldest first; gives which.

    Only files with a name that we give; and only once a new one was opened and found good.
    """
    clear_left_behind(newest.parent, f".{beginning(place)}*{PART}")
    ours = re.compile(re.escape(beginning(place)) + r"\d{8}T\d{6}Z\.backup")
    found = sorted(one for one in newest.parent.iterdir() if ours.fullmatch(one.name))
    old = [one for one in found[: -place.config.backup.keep] if one != newest]
    try:
        for one in old:
            one.unlink()
    except OSError as error:
        raise troubles.no_room(newest.parent, error) from None
    return old
