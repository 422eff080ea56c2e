"""Failed sign-ins by the hour, beside the same hour of the same weekday in the four weeks before.

One row for all that comes from outside the schools, and one for each address of a school, for each hour since
yesterday in which a sign-in failed. Read out of a small index by time: five times two days, however much is stored.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    not_,
    select,
    type_coerce,
    union_all,
)

from ibpmon.store.civil import CALENDAR, HOUR, WEEK, ahead_of_utc, dated, number
from ibpmon.store.collected import Dataset
from ibpmon.store.networks import in_networks
from ibpmon.store.tables import DAY, Moment
from ibpmon.store.view import Columns, Entry, Here, View, view

FAILED = (50126, 50053)  # a wrong password, a locked account
WEEKS = 4
FEW_TRIES = 3  # of one account: more is somebody who lost the password
SEVERAL = 5  # accounts; where fewer failed, nobody counts what went well
BOARD = "board"
KINDS: Columns = {
    "place": "text", "hour": "text", "begins": "time", "failures": "int", "accounts": "int", "weeks": "int",
    "usual": "int", "peak": "bool", "times_usual": "int", "times_success": "int",
}  # fmt: skip


def failure_hours_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """Each hour with how many failed, of how many accounts, and what is usual then."""
    hours = by_hour(by_week(by_account(here)))
    n, before = hours.c.failures, hours.c.total
    weeks = known_weeks(here, hours.c.slot)
    columns: dict[str, ColumnElement[Any]] = {
        "place": hours.c.place,
        "hour": cast(hours.c.begins // literal(HOUR, BigInteger), Text),  # counted from 1970
        "begins": type_coerce(hours.c.begins, Moment),
        "failures": n,
        "accounts": hours.c.accounts,
        "weeks": weeks,
        "usual": case((weeks > 0, number(before // weeks))),
        "peak": type_coerce(is_peak(n, before, hours.c.squares, weeks), Boolean),
        "times_usual": case((weeks > 0, exceeds(n * weeks, most(before, weeks)))),
        "times_success": case((hours.c.accounts >= SEVERAL, exceeds(n, most(successes(here, hours), 1)))),
    }
    entries: list[Entry] = [(name, column, KINDS[name]) for name, column in columns.items()]
    return view("failure-hours", here, entries, hours, ["sign-ins"])


# ---- what failed


def failures(here: Here) -> Iterator[Select[Any]]:
    """What failed since yesterday, and in the same days of each of the weeks before, with how many weeks ago."""
    table = here.data["sign-ins"]
    begin = (here.now // DAY - 1) * DAY
    for ago in range(WEEKS + 1):
        shift = ago * WEEK * DAY
        slack = HOUR if ago else 0  # the clock may have changed since
        yield select(
            table.c.at, table.c.account_id, table.c.ip_address, literal(ago, BigInteger).label("ago")
        ).where(
            table.c.tenant_id == here.tenant,
            number(table.c.at) >= begin - shift - slack,
            number(table.c.at) <= here.now - shift + slack,
            table.c.error_code.in_(FAILED),
            table.c.error_code != literal_column("0"),  # word for word as the small index says it
        )  # fmt: skip


def by_account(here: Here) -> Subquery:
    """How often each account failed in an hour; hours count on the clock of the board, moved to this week."""
    failed = union_all(*failures(here)).subquery("failed")
    at, clock = number(failed.c.at), CALENDAR.alias("failed_clock")
    ahead = select(ahead_of_utc(clock, at)).where(dated(here.tenant, clock, at)).correlate_except(clock)
    local = number(at + func.coalesce(ahead.scalar_subquery(), literal(0, BigInteger)))
    slot = number(local // literal(HOUR, BigInteger) + failed.c.ago * literal(WEEK * 24, BigInteger))
    place = case((in_networks(failed.c.ip_address, here.networks), failed.c.ip_address), else_=literal(BOARD))
    rows = select(
        place.label("place"), slot.label("slot"), failed.c.ago, failed.c.account_id, at.label("moment")
    ).subquery("placed")  # fmt: skip
    keys = (rows.c.place, rows.c.slot, rows.c.ago, rows.c.account_id)
    counted = select(*keys, func.count().label("tries"), func.min(rows.c.moment).label("first"))
    return counted.group_by(*keys).subquery("by_account")


def by_week(each: Subquery) -> Subquery:
    """How much failed in an hour of one week, and for how many accounts a few times only."""
    keys = (each.c.place, each.c.slot, each.c.ago)
    return (
        select(
            *keys,
            whole_sum(each.c.tries).label("failures"),
            func.count(case((each.c.tries <= FEW_TRIES, 1))).label("accounts"),
            func.min(each.c.first).label("first"),
        )
        .group_by(*keys)
        .subquery("by_week")
    )


def by_hour(each: Subquery) -> Subquery:
    """The hours of now, with what failed in the weeks before: in all, and squared."""
    now, n = each.c.ago == 0, each.c.failures
    first = func.min(case((now, each.c.first)))
    rows = (
        select(
            each.c.place,
            each.c.slot,
            number(first // literal(HOUR, BigInteger) * literal(HOUR, BigInteger)).label("begins"),
            whole_sum(case((now, n), else_=0)).label("failures"),
            whole_sum(case((now, each.c.accounts), else_=0)).label("accounts"),
            whole_sum(case((not_(now), n), else_=0)).label("total"),
            whole_sum(case((not_(now), n * n), else_=0)).label("squares"),
        )
        .group_by(each.c.place, each.c.slot)
        .having(first.is_not(None))
    )
    return rows.subquery("hours")


def whole_sum(column: ColumnElement[Any]) -> ColumnElement[int]:
    """A sum of whole numbers, which PostgreSQL makes wider than they are."""
    return cast(func.sum(column), BigInteger)


# ---- what is usual


def known_weeks(here: Here, slot: ColumnElement[int]) -> ColumnElement[int]:
    """In how many of the weeks before something was read: those after the first failure that is stored."""
    table = here.data["sign-ins"]
    rare = table.c.error_code != literal_column("0")
    first = select(func.min(number(table.c.at))).where(table.c.tenant_id == here.tenant, rare)
    began = first.scalar_subquery() // literal(HOUR, BigInteger)
    weeks = number((slot - began) // literal(WEEK * 24, BigInteger))
    return number(case((weeks > WEEKS, literal(WEEKS, BigInteger)), else_=weeks))


def is_peak(n: Any, total: Any, squares: Any, weeks: Any) -> ColumnElement[bool]:
    """Whether it is over the mean and three times the standard deviation, in whole numbers."""
    over = n * weeks - total
    return and_(weeks > 0, over > 0, over * over > literal(9, BigInteger) * (weeks * squares - total * total))


def successes(here: Here, hours: Subquery) -> ColumnElement[int]:
    """How often somebody did come in from this address in this hour."""
    table = here.data["sign-ins"]
    at, begins = number(table.c.at), hours.c.begins
    mine = (table.c.tenant_id == here.tenant, table.c.ip_address == hours.c.place, table.c.error_code == 0)
    found = select(func.count()).select_from(table).where(*mine, at >= begins, at < begins + HOUR)
    return found.correlate_except(table).scalar_subquery()


def most(value: ColumnElement[int], other: Any) -> ColumnElement[int]:
    """The largest of two."""
    return number(case((value > other, value), else_=other))


def exceeds(value: ColumnElement[int], of: ColumnElement[int]) -> ColumnElement[int]:
    """More than how many times: 12 is more than 3 times 3, but more than 2 times 4."""
    return number((value - literal(1, BigInteger)) // of)
