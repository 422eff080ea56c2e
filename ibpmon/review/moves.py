"""Who changed function or school: what the staff list said of somebody before, and what it still says besides.

The list is kept version by version, so that a line that was written over tells as much as a contract that ended.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from ibpmon.review.nouns import Board
from ibpmon.store.database import Store

COLUMNS = ("employee_number", "school", "function", "start_date", "end_date", "gone_at")


@dataclass(frozen=True, slots=True)
class Work:
    """One function at one school; `ended` is None for what somebody does today."""

    function: str
    school: str
    ended: datetime | None = None

    @property
    def words(self) -> str:
        """The function and the school, as far as the list names them."""
        return ", ".join(filter(None, (self.function, self.school)))


def work_of_staff(session: Session, store: Store, now: datetime, board: Board) -> Mapping[str, tuple[Work, ...]]:
    """By employee number all work of today and of before, of whoever works today; the latest first.

    Who does no work today has left, and is no mover.
    """
    found: dict[str, dict[Work, list[datetime | None]]] = {}
    for row in versions(session, store):
        if (row.start_date or "") <= now.astimezone(board.zone).date().isoformat():
            work = Work(row.function or "", board.school(row.school))
            found.setdefault(row.employee_number, {}).setdefault(work, []).append(ended(row, now, board))
    return {number: tuple(latest_first(work)) for number, work in found.items() if is_at_work(work)}


def versions(session: Session, store: Store) -> Iterator[Any]:
    """Every line of the staff list that was ever read and is kept."""
    table = store.data.get("staff-list")
    if table is None:
        return
    chosen = select(*(table.c[name] for name in COLUMNS)).where(table.c.tenant_id == store.tenant)
    yield from session.execute(chosen)


def ended(row: Any, now: datetime, board: Board) -> datetime | None:
    """When a line stopped being true: its contract was over, or another line took its place; None while it is true."""
    moments = [row.gone_at] if row.gone_at is not None else []
    if row.end_date:
        last = date.fromisoformat(row.end_date)
        over = datetime.combine(last, time(), board.zone) + timedelta(days=1)
        moments += [over] if over <= now else []
    return min(moments, default=None)


def is_at_work(work: Mapping[Work, list[datetime | None]]) -> bool:
    """Whether any of it is of today."""
    return any(None in ends for ends in work.values())


def latest_first(work: Mapping[Work, list[datetime | None]]) -> list[Work]:
    """Each function at a school once: of today when any of its lines is, else until its last line ended."""
    today = [one for one, ends in work.items() if None in ends]
    before = [Work(one.function, one.school, max(filter(None, ends))) for one, ends in work.items() if None not in ends]
    return today + sorted(before, key=lambda one: (one.ended, one.function, one.school), reverse=True)
