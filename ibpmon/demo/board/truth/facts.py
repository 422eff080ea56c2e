"""Plain facts about people and times that several truths rest on."""

from datetime import UTC, date, datetime, timedelta

from ibpmon.demo.board.holidays import school_days
from ibpmon.demo.board.nouns import AMSTERDAM, Board, Person

Finding = tuple[str, str, str]  # rule, subject, object


def enabled_staff(board: Board) -> list[Person]:
    """Staff accounts that are on."""
    return [p for p in board.people if p.population == "staff" and p.account["accountEnabled"]]


def last_day(person: Person) -> date | None:
    """The last day of the last contract; None without contracts or with a permanent one."""
    ends = [contract.end for contract in person.contracts]
    return None if not ends or None in ends else max(end for end in ends if end)


def schooled(board: Board, moment: datetime) -> int:
    """How many school days came after the day of a moment, today counted."""
    return school_days(moment.astimezone(AMSTERDAM).date(), board.today)


def read(text: str) -> datetime:
    """A time of Graph."""
    return datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)


def within(times: list[datetime], number: int, span: timedelta) -> bool:
    """Whether so many of these times fall within a span."""
    ordered = sorted(times)
    return any(last - first <= span for first, last in zip(ordered, ordered[number - 1 :], strict=False))
