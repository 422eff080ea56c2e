"""Hours in which far more failed than in the same hour of the weeks before."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from statistics import fmean, pstdev

from ibpmon.demo.board.nouns import AMSTERDAM, Board, SignIn
from ibpmon.demo.board.truth.facts import Finding
from ibpmon.demo.board.truth.sign_ins import HOUR, failures

Hours = dict[tuple[str, datetime], list[SignIn]]  # by address of a school, or nothing; and by hour at the board
WEEK = timedelta(days=7)


def find_peaks(board: Board) -> Iterator[Finding]:
    """Hours since yesterday over the mean and three deviations of the same hour in four weeks, from twenty on."""
    for (address, hour), rows, usual in recent(board):
        if not address and len(rows) >= 20 and len(rows) > fmean(usual) + 3 * pstdev(usual):
            yield "failure-peak", began(hour), ""


def find_sprays_at_school(board: Board) -> Iterator[Finding]:
    """Schools where eight accounts failed three times at most, over three times what is usual and what went well."""
    for (address, hour), rows, usual in recent(board):
        gentle = [who for who, tries in Counter(row.account for row in rows).items() if tries <= 3]
        if address and len(gentle) >= 8 and len(rows) > 3 * max(fmean(usual), 1):
            well = [row for row in board.sign_ins if row.address == address and row.code == 0]
            came_in = sum(hour_of(row.at) == hour for row in well)
            if len(rows) > 3 * max(came_in, 1):
                yield "password-spray-at-school", address, began(hour)


def recent(board: Board) -> Iterator[tuple[tuple[str, datetime], list[SignIn], list[int]]]:
    """The hours since yesterday with what failed, and how many in each of the weeks before; three weeks at least."""
    found, first = by_hour(board), min(hour_of(row.at) for row in board.sign_ins if row.code)
    yesterday = datetime.combine(board.now.date() - timedelta(days=1), time(), UTC)
    for (address, hour), rows in found.items():
        weeks = [hour - ago * WEEK for ago in range(1, 5) if hour - ago * WEEK >= first]
        if rows[0].at >= yesterday and len(weeks) >= 3:
            yield (address, hour), rows, [len(found.get((address, week), ())) for week in weeks]


def by_hour(board: Board) -> Hours:
    """What failed, by place and hour."""
    inside, found = {school.address for school in board.schools}, defaultdict[tuple[str, datetime], list[SignIn]](list)
    for row in failures(board):
        found[row.address if row.address in inside else "", hour_of(row.at)].append(row)
    return dict(found)


def hour_of(at: datetime) -> datetime:
    """The hour on the clock of the board, without a zone: a week later it is the same hour."""
    return at.astimezone(AMSTERDAM).replace(minute=0, second=0, microsecond=0, tzinfo=None)


def began(hour: datetime) -> str:
    """An hour, counted from 1970 in UTC."""
    return str(int(hour.replace(tzinfo=AMSTERDAM).timestamp()) // int(HOUR.total_seconds()))


FINDERS = (find_peaks, find_sprays_at_school)
