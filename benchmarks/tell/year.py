"""A school year of mails: how many a day, how much of it is news, and what the whole list each day would have been.

The simulated board lives on by its script. On each school day the engine reads it at seven and writes the mail of the
day, and reads it again in the afternoon, when only what cannot wait is told.
"""

import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from unittest.mock import patch
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlmodel import Session, col

from benchmarks.figures import Figure, Measured, Measurement, Values
from benchmarks.judge.planted import UNPACED, served
from ibpmon.collect.calendar import place_calendar
from ibpmon.demo.board import write_files
from ibpmon.demo.microsoft import Microsoft
from ibpmon.operate.rounds import Workplace, collect_round, evaluate_round, tell_round, workplace
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Entry
from ibpmon.tell.acts import ref
from ibpmon.tell.changes import OPEN
from ibpmon.tell.sheet import Mail
from ibpmon.tell.terms import diary

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
FIRST = date(2026, 8, 31)  # the first Monday with school in the middle of the country
QUICK, FULL = ("small", 10), ("board", 200)
MORNING, AFTERNOON = time(7, 5), time(15)
NEWS = ("NIEUW", "ERGER", "OPGELOST", "KON NIET BEOORDELEN")
HEADING, LINE = re.compile(r"^== (.+) \("), re.compile(r"^  (?:#(\d+)|-) ")
FIGURES = (
    Figure("year.school_days", "days"),
    Figure("year.mails_per_day", "mails"),
    Figure("year.mails_per_reader_and_day", "mails"),
    Figure("year.lines", "lines"),
    Figure("year.news_share", "of lines"),
    Figure("year.repeated_without_change", "lines", "== 0"),
    Figure("year.full_list_lines", "lines"),
    Figure("year.full_list_ratio", "ratio", ">= 5"),
)


@dataclass(slots=True)
class Year:
    """What was mailed, and what would have been."""

    days: int = 0
    mails: int = 0
    per_reader: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)  # per section
    repeated: list[str] = field(default_factory=list)
    full_list: int = 0
    told: dict[tuple[str, str, str], int] = field(default_factory=dict)  # reader, section, alert -> the ledger then


def measure_year(full: bool) -> Values:
    """Play a year, or in the quick form its first two weeks."""
    size, days = FULL if full else QUICK
    with tempfile.TemporaryDirectory() as name:
        year = played(size, days, Path(name) / "demo")
    lines, news = year.lines.total(), sum(year.lines[one] for one in NEWS)
    busiest = max(year.per_reader.values(), default=0)
    note = ", ".join(f"{one.lower()} {count}" for one, count in year.lines.most_common())
    return {
        "year.school_days": Measured(year.days, size=size),
        "year.mails_per_day": Measured(round(year.mails / year.days, 2), f"{year.mails} mails to all readers"),
        "year.mails_per_reader_and_day": Measured(round(busiest / year.days, 2), "of who got most"),
        "year.lines": Measured(lines, note),
        "year.news_share": Measured(round(news / lines, 3) if lines else 0.0),
        "year.repeated_without_change": Measured(len(year.repeated), "; ".join(year.repeated[:5]) or "none"),
        "year.full_list_lines": Measured(year.full_list, "every open alert, each school day, to one reader"),
        "year.full_list_ratio": Measured(round(year.full_list / lines, 1) if lines else 0.0),
    }


def played(size: str, days: int, folder: Path) -> Year:
    """Let the board live for so many school days, and keep what was mailed."""
    year, begin = Year(), at(FIRST, time(6))
    clock = [begin]
    with (
        served(size, 1, folder, begin) as (config, microsoft),
        patch.dict("ibpmon.providers.budget.LIMITS", UNPACED),
        workplace(config, lambda: clock[0]) as place,
    ):
        place_calendar(place.store, place.config, begin)
        for day in school_days(place, days):
            for moment in (MORNING, AFTERNOON):
                clock[0] = at(day, moment)
                note(year, place.store, a_round(place, microsoft, clock[0], folder))
            year.days, year.full_list = year.days + 1, year.full_list + open_alerts(place.store)
    return year


def school_days(place: Workplace, count: int) -> Iterator[date]:
    """So many school days from the first one on."""
    with place.store.read() as session:
        found = diary(session, place.store, place.config).school_days(FIRST)
    return (day for day, _number in zip(found, range(count), strict=False))


def a_round(place: Workplace, microsoft: Microsoft, now: datetime, folder: Path) -> Sequence[Mail]:
    """Read the board as it is now, judge it, and write the mails."""
    microsoft.advance(now)
    write_files(microsoft.board, folder / "files")
    collect_round(place)
    evaluate_round(place)
    return tell_round(place)


def at(day: date, clock: time) -> datetime:
    """A time of a day of the board."""
    return datetime.combine(day, clock, AMSTERDAM).astimezone(UTC)


# ---- what stands in the mails


def note(year: Year, store: Store, mails: Sequence[Mail]) -> None:
    """Count the lines of these mails; one whose alert has no new entry in the ledger was repeated."""
    with store.read() as session:
        for mail in mails:
            year.mails += 1
            for reader in mail.readers:
                year.per_reader[reader] += 1
                note_lines(year, store, session, reader, mail.draft.text)


def note_lines(year: Year, store: Store, session: Session, reader: str, text: str) -> None:
    """The lines of one mail for one reader."""
    last = dict(entries(store, session, [one for _part, one in lines_of(text) if one]))
    for section, number in lines_of(text):
        year.lines[section] += 1
        key = (reader, section, number)
        if section in NEWS and number:
            if year.told.get(key) == last.get(number):
                year.repeated.append(f"#{number} under {section}")
            year.told[key] = last.get(number, 0)


def lines_of(text: str) -> Iterator[tuple[str, str]]:
    """Each line of a mail with its section and the number of its alert, if it has one."""
    section = ""
    for line in text.splitlines():
        if heading := HEADING.match(line):
            section = heading[1]
        elif section and (found := LINE.match(line)):
            yield section, found[1] or ""
        elif line.startswith("----"):
            return


def entries(store: Store, session: Session, numbers: Sequence[str]) -> Iterator[tuple[str, int]]:
    """The last entry of the ledger about each of these alerts."""
    names: Mapping[str, str] = {ref(int(number)): number for number in numbers}
    mine = (col(Entry.tenant_id) == store.tenant, col(Entry.ref).in_(names))
    last = select(col(Entry.ref), func.max(col(Entry.seq))).where(*mine).group_by(col(Entry.ref))
    return ((names[name], seq) for name, seq in session.execute(last))


def open_alerts(store: Store) -> int:
    """How many lines the whole list has."""
    mine = (col(Alert.tenant_id) == store.tenant, col(Alert.state).in_(OPEN))
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(Alert).where(*mine)) or 0


MEASUREMENTS = (Measurement(FIGURES, measure_year),)
