"""The 72-hour clock at every hour of the days on which clocks jump: each warning at its minute, each deadline exact.

What is expected is reckoned here from seconds since 1970, by nothing of the code that is measured. The clocks are asked
through the view that the rule reads, a minute before and a minute after each stage.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Text, cast, select

from benchmarks.figures import Figure, Measured, Measurement, Values
from ibpmon.store.database import Store, open_store
from ibpmon.store.views import views
from ibpmon.tell.incidents import deadline, raise_incident
from ibpmon.tell.registers import Deed

FIGURES = (
    Figure("clock.wrong_warnings", "answers", "== 0"),
    Figure("clock.deadline_error_seconds", "s", "== 0"),
)
ZONE = ZoneInfo("Europe/Amsterdam")
WARNINGS = (0, 24, 48, 66, 72)  # hours after awareness at which the register must say something
HOUR, MINUTE = 3_600, 60  # seconds
AROUND = 2  # days before and after the day itself
JUMP = 2  # the hour that comes twice in October, and not at all in March
# The clock changes of two years and the turn of them.
JUMPS = (
    date(2026, 3, 29), date(2026, 10, 25), date(2027, 1, 1), date(2027, 3, 28), date(2027, 10, 31), date(2028, 1, 1),
)  # fmt: skip


def moments(step: int) -> Iterator[datetime]:
    """Each so many hours on the wall clock of the board, in the five days around each jump; an hour twice is two."""
    for day in JUMPS:
        first = datetime(day.year, day.month, day.day, tzinfo=ZONE) - timedelta(days=AROUND)
        for hours in range(JUMP % step, (2 * AROUND + 1) * 24, step):
            local = first + timedelta(hours=hours)  # on the wall clock
            both = {local.timestamp(), local.replace(fold=1).timestamp()}
            yield from (datetime.fromtimestamp(one, ZONE) for one in sorted(both))


def measure_clock(full: bool) -> Values:
    """Every hour with `--full`, every sixth one without."""
    wrong, errors, asked, known = list[str](), list[float](), 0, list(moments(1 if full else 6))
    with TemporaryDirectory() as name:
        store = open_store(f"sqlite:///{Path(name) / 'ibpmon.db'}", [], str(UUID(int=1)), "Waaier", known[0])
        try:
            for number, aware in enumerate(known, 1):
                begun = int(aware.timestamp())
                write_down(store, aware)
                errors.append(abs(deadline(aware).timestamp() - (begun + 72 * HOUR)))
                for at in (begun + hours * HOUR + side for hours in WARNINGS for side in (-MINUTE, MINUTE)):
                    asked += 1
                    expected = {str(hours) for hours in WARNINGS if begun + hours * HOUR <= at}
                    reached, ends = told(store, number, at)
                    errors += [abs(one.timestamp() - (begun + 72 * HOUR)) for one in ends]
                    wrong += [] if reached == expected else [f"{aware.isoformat()} at {at - begun:+d} s: {reached}"]
        finally:
            store.engine.dispose()
    note = "; ".join(wrong[:3]) or f"{len(known)} moments of awareness around {len(JUMPS)} days"
    return {
        "clock.wrong_warnings": Measured(len(wrong), note, asked),
        "clock.deadline_error_seconds": Measured(max(errors), note, len(errors)),
    }


def write_down(store: Store, aware: datetime) -> None:
    """An incident of which somebody became aware at this moment."""
    with store.write() as session:
        raise_incident(session, store, Deed("open", "dewi", {"title": "Laptop weg"}), aware)


def told(store: Store, number: int, at: int) -> tuple[set[str], set[datetime]]:
    """Which stages of one clock rules see at a moment, and the deadlines that they are told with."""
    clocks = views(store, datetime.fromtimestamp(at, UTC))["incident-clock"].selectable
    with store.read() as session:
        mine = select(clocks.c.stage, clocks.c.deadline).where(clocks.c.incident == cast(str(number), Text))
        rows = session.execute(mine).all()
    return {row.stage for row in rows}, {row.deadline for row in rows}


MEASUREMENTS = (Measurement(FIGURES, measure_clock),)
