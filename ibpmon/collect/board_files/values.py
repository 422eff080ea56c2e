"""One cell as the value of one field: dates as people and spreadsheets write them, yes and no, numbers, text.

What could mean two things is refused for its row, with the reason; it is never guessed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from ibpmon.language import N_
from ibpmon.providers.decode import clean
from ibpmon.store.collected import Field
from ibpmon.store.tables import micros

Cell = str | int | float | bool | date | datetime | time | timedelta

LONGEST = 1000  # characters of one value; a name or a school is shorter
LONGEST_KEY = 150  # of a part of the key: PostgreSQL has room for 2,700 bytes in all
EXACT = 10**15  # a spreadsheet keeps fifteen digits of a number

CLOCK = r"(?:[ T]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d{1,9})?)?)?"
DAY_FIRST = re.compile(r"(?P<day>\d{1,2})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4})" + CLOCK, re.ASCII)
YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})(?P<mark>[-/.]?)(?P<month>\d{2}|\d(?=[-/.]))(?P=mark)(?P<day>\d{1,2})" + CLOCK, re.ASCII
)
IN_WORDS = re.compile(
    r"(?P<day>\d{1,2})[ -](?P<name>[a-z]{3,9})\.?[ -](?P<year>\d{4})" + CLOCK, re.ASCII | re.IGNORECASE
)
TWO_DIGITS = re.compile(r"\d{1,2}(?:[-/.]\d{1,2}|[ -][A-Za-z]{3,9}\.?)[-/. ]'?\d{2}" + CLOCK, re.ASCII)
ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})", re.ASCII)
MONTHS = {
    word: number
    for number, words in enumerate(
        ("januari jan january", "februari feb february", "maart mrt mar march", "april apr", "mei may", "juni jun june",
         "juli jul july", "augustus aug august", "september sep sept", "oktober okt oct october", "november nov",
         "december dec"),
        1,
    )
    for word in words.split()
}  # fmt: skip

THROUGH = "until"  # a field that says when something ends
YEARS = range(1900, 2200)
NEVER = (2999, 9999)  # how programs write "no end"
SERIALS = range(10_000, 80_000)  # days since 1899: from 1927 to 2119
EPOCH, EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)

TRUE, FALSE = ("ja", "j", "yes", "y", "true", "waar", "x", "1"), ("nee", "n", "no", "false", "onwaar", "0")
FAULTS = ("#n/b", "#n/a", "#verw!", "#ref!", "#waarde!", "#value!", "#deel/0!", "#div/0!", "#naam?", "#name?",
          "#getal!", "#num!", "#leeg!", "#null!", "#overloop!", "#spill!", "#bezig", "#getting_data")  # fmt: skip
UNCALCULATED = "#ibpmon:formula"
SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.ASCII)
QUOTED = re.compile(r'="([^"]*)"')  # how programs keep the zeros in front of a number in Excel

LEVELS = {
    "1": "low", "l": "low", "laag": "low", "low": "low",
    "2": "medium", "m": "medium", "midden": "medium", "middel": "medium", "medium": "medium",
    "3": "high", "h": "high", "hoog": "high", "high": "high",
}  # fmt: skip
KINDS = {
    "site": "site", "team": "group", "groep": "group", "group": "group", "app": "app", "applicatie": "app",
    "toepassing": "app", "application": "app",
}  # fmt: skip
RIGHTS = {
    "l": "read", "lezen": "read", "lees": "read", "raadplegen": "read", "read": "read",
    "s": "write", "schrijven": "write", "wijzigen": "write", "bewerken": "write", "write": "write",
    "b": "owner", "beheren": "owner", "beheer": "owner", "eigenaar": "owner", "owner": "owner",
}  # fmt: skip
POPULATIONS = {
    "medewerker": "staff", "personeel": "staff", "staff": "staff", "leerling": "pupil", "pupil": "pupil",
    "gast": "guest", "guest": "guest", "dienst": "service", "toepassing": "service", "service": "service",
    "gedeeld": "shared", "shared": "shared", "noodaccount": "break_glass", "noodtoegang": "break_glass",
    "break_glass": "break_glass",
}  # fmt: skip
# Fields with a fixed choice, per file of the board: the words for each.
CHOICES: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "classification": {"kind": KINDS, "availability": LEVELS, "integrity": LEVELS, "confidentiality": LEVELS},
    "overrides": {"population": POPULATIONS},
    "matrix": {"right": RIGHTS},
}


@dataclass(frozen=True, slots=True)
class Way:
    """How the values of one column are to be read."""

    field: Field
    needed: bool = False  # a part of the key that is never empty
    month_first: bool = False  # somewhere in this column the month stands first: 07/08/2026 may be either
    since_1904: bool = False  # a workbook of an old Mac counts its days from there
    words: Mapping[str, str] | None = None  # a fixed choice
    zone: tzinfo = UTC  # of times without one


class Unusable(Exception):
    """A value that does not fit its field, with the reason as msgid."""


def value(cell: Cell, way: Way) -> Any:
    """One cell as what the field declares, ready for the driver; an empty cell is None, or "" in a key."""
    field = way.field
    found = plain(cell)
    if isinstance(found, str) and len(found) > (LONGEST_KEY if field.key else LONGEST):
        raise Unusable(N_("longer than a value can be"))
    if found == "":
        if field.key and (way.needed or field.type != "text"):
            raise Unusable(N_("missing"))
        return "" if field.key else None
    read: Mapping[str, Callable[[Cell, Way], Any]] = {"day": day, "time": moment, "bool": truth, "int": number}
    result = read.get(field.type, text)(found, way)
    if result is None and field.key:
        raise Unusable(N_("missing"))
    return result


def plain(cell: Cell) -> Cell:
    """The cell without what programs put around it; an error of a formula is no value."""
    if not isinstance(cell, str):
        return cell
    found = clean(cell).strip()
    if quoted := QUOTED.fullmatch(found):
        found = quoted[1].strip()
    if found == UNCALCULATED:
        raise Unusable(N_("a formula that was never calculated: open the file in Excel and save it"))
    if found.casefold() in FAULTS or (found and not found.strip("#")):
        raise Unusable(N_("the outcome of a formula is an error"))
    return str(found)


# ---- text


def text(cell: Cell, way: Way) -> str:
    """A text; a whole number without what a spreadsheet puts behind it."""
    found = words_of(cell)
    if way.words is None:
        return shortened(found) if way.field.key else found
    if found.casefold() not in way.words:
        raise Unusable(N_("not one of the words that ibpmon knows here"))
    return way.words[found.casefold()]


def words_of(cell: Cell) -> str:
    """A cell as someone would type it."""
    if isinstance(cell, date | time | timedelta):
        raise Unusable(N_("the spreadsheet made a date or time of this: write it as text"))
    if isinstance(cell, bool):
        return "ja" if cell else "nee"
    if isinstance(cell, float | int):
        if abs(cell) >= EXACT:
            raise Unusable(N_("too long a number for a spreadsheet: write it as text"))
        return str(int(cell)) if float(cell).is_integer() else str(cell)
    return cell


def shortened(found: str) -> str:
    """The text of a key, unless a spreadsheet shortened it."""
    if SHORTENED.fullmatch(found):
        raise Unusable(N_("a spreadsheet shortened this number: write it as text"))
    return found


# ---- dates


def day(cell: Cell, way: Way) -> str | None:
    """A date as 2026-07-31; None for what programs write when there is no end, such as 31-12-9999."""
    found = parsed(cell, way)
    return found.date().isoformat() if found else None


def moment(cell: Cell, way: Way) -> int | None:
    """A moment in microseconds; a time without a zone is the board's own."""
    if isinstance(cell, str) and ISO.fullmatch(cell):
        return moment_of_program(real(lambda: datetime.fromisoformat(cell)))
    found = parsed(cell, way)
    if found and way.field.name == THROUGH and found.time() == time():
        found += timedelta(days=1)  # until a day, and that day too
    return micros(found.replace(tzinfo=way.zone).astimezone(UTC)) if found else None


def moment_of_program(found: datetime) -> int | None:
    """A time with its zone, which only programs write; close to the ends of the calendar no zone is left to go to."""
    return micros(found) if is_meant(found) else None


def parsed(cell: Cell, way: Way) -> datetime | None:
    """A date, with the time of day if it has one; None for never."""
    found = from_text(cell, way) if isinstance(cell, str) else from_cell(cell, way)
    return found if is_meant(found) else None


def is_meant(found: datetime) -> bool:
    """Whether a date is one; not when it says never. A year that nobody means is refused."""
    if found.year not in YEARS and found.year not in NEVER:
        raise Unusable(N_("a year that cannot be meant"))
    return found.year not in NEVER


def from_cell(cell: Cell, way: Way) -> datetime:
    """A date of a spreadsheet: as such, or as the number of days that is behind it."""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None)
    if isinstance(cell, date):
        return datetime.combine(cell, time())
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        if float(cell).is_integer() and YEAR_FIRST.fullmatch(str(int(cell))):
            return from_text(str(int(cell)), way)
        if int(cell) in SERIALS:
            return datetime.combine(EPOCH_1904 if way.since_1904 else EPOCH, time()) + timedelta(days=cell)
    raise Unusable(NO_DATE)


NO_DATE = N_("not a date as 31-07-2026")


def from_text(written: str, way: Way) -> datetime:
    """A date in words or numbers, day first or year first."""
    found = DAY_FIRST.fullmatch(written) or YEAR_FIRST.fullmatch(written) or IN_WORDS.fullmatch(written)
    if not found:
        raise Unusable(N_("a year of two digits: write 31-07-2026") if TWO_DIGITS.fullmatch(written) else NO_DATE)
    parts = found.groupdict()
    month, number = month_of(parts), int(parts["day"])
    if found.re is DAY_FIRST and month > 12 >= number:
        raise Unusable(N_("here the month stands first: write 31-07-2026"))
    if found.re is DAY_FIRST and way.month_first and number <= 12:
        raise Unusable(N_("day or month first? elsewhere in this column the month stands first: write 31-07-2026"))
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    return real(lambda: datetime(int(parts["year"]), month, number, hour, minute, second))  # noqa: DTZ001 - the zone comes later


def month_of(parts: Mapping[str, str]) -> int:
    """The number of a month, which may stand there by name."""
    if "name" not in parts:
        return int(parts["month"])
    if number := MONTHS.get(parts["name"].casefold()):
        return number
    raise Unusable(NO_DATE)


def real(make: Callable[[], datetime]) -> datetime:
    """A date that exists."""
    try:
        return make()
    except ValueError:
        raise Unusable(N_("a date that does not exist")) from None


def month_first(cell: Cell | None) -> bool:
    """Whether this can only be read with the month first: then others in its column may be meant that way too."""
    found = DAY_FIRST.fullmatch(cell.strip()) if isinstance(cell, str) else None
    return bool(found) and int(found["month"]) > 12 >= int(found["day"])  # type: ignore[index]  # there is a match


# ---- yes, no and numbers


def truth(cell: Cell, _way: Way) -> bool:
    """yes or no, in the words that programs use."""
    found = words_of(cell).casefold()
    if found in TRUE + FALSE:
        return found in TRUE
    raise Unusable(N_("not yes or no"))


def number(cell: Cell, _way: Way) -> int:
    """A whole number."""
    found = words_of(cell)
    if not re.fullmatch(r"-?\d{1,15}", found, re.ASCII):
        raise Unusable(N_("not a whole number"))
    return int(found)
