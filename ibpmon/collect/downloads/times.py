"""The ways in which a download writes a time, as UTC: never guessed when it could mean two moments."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

CLOCK = (
    r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?"
    r" ?(?P<half>[AaPp]\.?[Mm]\.?)? ?(?P<zone>Z|z|UTC|[+-]\d{2}:?\d{2})?)?"
)
YEAR_FIRST = re.compile(r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})" + CLOCK, re.ASCII)
DUTCH = re.compile(r"(?P<day>\d{1,2})-(?P<month>\d{1,2})-(?P<year>\d{4})" + CLOCK, re.ASCII)
SLASHED = re.compile(r"(?P<one>\d{1,2})/(?P<two>\d{1,2})/(?P<year>\d{4})" + CLOCK, re.ASCII)
NONE = ("0001-01-01", "1/1/0001", "01/01/0001", "1-1-0001", "01-01-0001")


class NotATime(Exception):
    """A value that is no time."""


class Unclear(Exception):
    """A time that could be two moments: `order` (day or month first) or `twice` (the hour that comes back)."""

    def __init__(self, why: str, text: str) -> None:
        super().__init__(why)
        self.why, self.text = why, text


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the times of one file: the zone of those without one, and whether 1/2/2026 begins with the day."""

    zone: tzinfo
    day_first: bool | None = None

    def moment(self, cell: str, *, utc: bool) -> str | None:
        """The time in UTC as Graph writes it; None for an empty cell and for Microsoft's "never"."""
        text = plain(cell)
        if not text or text.startswith(NONE):
            return None
        match = match_of(text)
        local = self.local(match, text)
        zone = UTC if utc and not match["zone"] else zone_of(match["zone"]) or self.zone
        return in_utc(local, zone, text).isoformat()

    def day(self, cell: str) -> str | None:
        """The date alone."""
        text = plain(cell)
        return self.local(match_of(text), text).date().isoformat() if text and not text.startswith(NONE) else None

    def local(self, match: re.Match[str], text: str) -> datetime:
        """The time as it stands there, without a zone."""
        year, month, day = self.date_of(match, text)
        hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
        if match["half"]:
            hour = hour_of(hour, match["half"])
        try:
            return datetime(year, month, day, hour, minute, second, int(((match["part"] or "") + "000000")[:6]))  # noqa: DTZ001 - the zone comes next
        except ValueError:
            raise NotATime from None

    def date_of(self, match: re.Match[str], text: str) -> tuple[int, int, int]:
        """Year, month and day; Unclear for 1/2/2026 when nothing says what comes first."""
        if "one" not in match.re.groupindex:
            return int(match["year"]), int(match["month"]), int(match["day"])
        one, two = int(match["one"]), int(match["two"])
        first = self.day_first if self.day_first is not None else says(match)
        if first is None:
            raise Unclear("order", text)
        return (int(match["year"]), two, one) if first else (int(match["year"]), one, two)


def day_first(cells: Iterable[str]) -> bool | None:
    """Whether dates such as 20/11/2026 begin with the day; None when no date of the file tells.

    The file decides as a whole: 20/11 says how 01/02 beside it is meant.
    """
    for cell in cells:
        match = SLASHED.fullmatch(plain(cell))
        if match and (int(match["one"]) > 12) != (int(match["two"]) > 12):
            return int(match["one"]) > 12
    return None


def says(match: re.Match[str]) -> bool | None:
    """AM and PM in capitals are American, and America puts the month first."""
    return False if match["half"] in ("AM", "PM") else None


def hour_of(hour: int, half: str) -> int:
    """The hour of 24, from one of 12."""
    if not 1 <= hour <= 12:
        raise NotATime
    return hour % 12 + (12 if half[0] in "Pp" else 0)


def plain(cell: str) -> str:
    """The text without the odd spaces that browsers put before AM and PM."""
    return " ".join(cell.replace("\u200e", "").split())


def match_of(text: str) -> re.Match[str]:
    """The parts of a time; NotATime when it is written in no way that we know."""
    for form in (YEAR_FIRST, DUTCH, SLASHED):
        if match := form.fullmatch(text):
            return match
    raise NotATime


def zone_of(text: str | None) -> tzinfo | None:
    """The zone that stands behind a time."""
    if not text:
        return None
    if text in ("Z", "z", "UTC"):
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 23 or minutes > 59:
        raise NotATime
    return timezone((1 if text[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))


def in_utc(local: datetime, zone: tzinfo, text: str) -> datetime:
    """The moment; Unclear in the hour that comes twice in autumn, NotATime in the one that spring leaves out."""
    if zone is UTC:
        return local.replace(tzinfo=UTC)
    early, late = (local.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    if early > late:
        raise Unclear("twice", text)
    if early < late:
        raise NotATime
    try:
        return local.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        raise NotATime from None
