"""Budgets that processes share: each takes blocks of units from the database, in one short transaction per block.

A row of `Lease` is a block that counts until some moment. What still counts may never be more than the limit. As long
as a process holds a block, its row counts until the last moment at which the service can still count its units: a
process that is killed leaves no more than that behind. When the next block is taken, the row of the one before gets
what was really used and when, so that hardly anything is wasted.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, delete, or_, update
from sqlmodel import Session, col, select

from ibpmon.errors import StoreError
from ibpmon.providers.budget import TRAVEL, Limit, Place
from ibpmon.providers.refusals import MOST as LONGEST_REST
from ibpmon.providers.waiting import Waiting
from ibpmon.store.database import Store
from ibpmon.store.tables import Lease
from ibpmon.store.upsert import take

SHARES = 25  # a block is this part of the limit: two processes share fairly, and leasing costs little
A_MICROSECOND = 1e-6  # as exact as the database keeps a time
LOOKS = 4  # times per window that we look whether another process gave something back


class Block:
    """Units that this process may use for one window, and what it did with them."""

    def __init__(self, lease_id: int, units: int, use_until: float) -> None:
        self.lease_id, self.units, self.use_until = lease_id, units, use_until
        self.places: list[Place] = []
        self.closed = False

    def used(self) -> int:
        """The units that were used."""
        return sum(place.units for place in self.places)

    def left(self) -> int:
        """The units that can still be taken from it."""
        return 0 if self.closed else self.units - self.used()

    def offers(self, units: int, now: float) -> bool:
        """Whether so many units can be taken from it now."""
        return self.left() >= units and now < self.use_until

    def counts_until(self, window: float) -> float:
        """When none of its units count any more."""
        return max((place.at for place in self.places), default=0.0) + window

    def is_final(self, now: float) -> bool:
        """Whether nothing about it can change: a place moves to an earlier moment when its answer begins."""
        return self.closed and all(place.answered or place.at <= now for place in self.places)


class Leases:
    """The shared budgets of one tenant in one database."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def window(self, family: str, limit: Limit, waiting: Waiting) -> "SharedWindow":
        """The shared window of a family."""
        return SharedWindow(self.store, family, limit, waiting)


class SharedWindow:
    """What all processes together have sent in the last so many seconds, by the time of day."""

    def __init__(self, store: Store, family: str, limit: Limit, waiting: Waiting) -> None:
        self.store, self.family, self.limit, self.waiting = store, family, limit, waiting
        self.block = max(1, limit.requests // SHARES)
        self._free = limit.requests
        self._mine: list[Block] = []  # of which the database does not know the end yet; the last one is in use

    def now(self) -> float:
        """The time of day: processes have no other clock in common."""
        return self.waiting.wall()

    def free(self) -> int:
        """The units that were left when the last block was taken, and the rest of that block."""
        return self._free + (self._mine[-1].left() if self._mine else 0)

    def claim(self, units: int, spare: int = 0) -> Place | float:
        """A place if there is one now; else how long to wait before asking again."""
        if not self._mine or not self._mine[-1].offers(units, self.now()):
            wait = self.lease(units, spare)
            if wait:
                return wait
        place = Place(self.now() + TRAVEL, units)
        self._mine[-1].places.append(place)
        return place

    def lease(self, units: int, spare: int) -> float:
        """Take the next block, of at least so many units; gives how long to wait when there is no room for it."""
        for block in self._mine:
            block.closed = True
        with self.store.write() as session:
            lease_id = take(session, self.store.tenant, f"lease:{self.family}")  # whoever else wants one waits here
            now = self.now()
            self.settle(session, now)
            rows = self.counting(session)
            self._free = self.limit.requests - sum(row.units for row in rows)
            resting = max((seconds(row.counts_until) for row in rows if not row.units), default=now)
            lacking = units + spare - self._free
            if lacking <= 0 and resting <= now:
                self.add(session, lease_id, max(units, min(self.block, self._free - spare)), now)
                return 0.0
        return self.patience(rows, lacking, max(resting - now, 0.0), now)

    def add(self, session: Session, lease_id: int, units: int, now: float) -> None:
        """Take a block: it counts as if it were used at the last moment."""
        session.add(self.row(lease_id, units, now + 2 * self.limit.seconds + TRAVEL))
        self._mine.append(Block(lease_id, units, now + self.limit.seconds))
        self._free -= units

    def settle(self, session: Session, now: float) -> None:
        """Write back what was used of our own blocks, and drop the rows that no longer count.

        A row that counts longer than any can was written before the clock jumped back; it would block us for hours.
        """
        for block in self._mine:
            self.write_back(session, block)
        self._mine = [block for block in self._mine if not block.is_final(now)]
        until, longest = col(Lease.counts_until), 2 * self.limit.seconds + 2 * TRAVEL
        session.execute(
            delete(Lease)
            .where(
                *self.ours(),
                or_(
                    until <= moment(now + A_MICROSECOND),
                    and_(col(Lease.units) > 0, until > moment(now + longest)),
                    until > moment(now + LONGEST_REST + 1),
                ),
            )
            .execution_options(synchronize_session=False)
        )

    def write_back(self, session: Session, block: Block) -> None:
        """Let the row of a closed block hold what was really used, until when that counts; one unused is gone."""
        row = [*self.ours(), col(Lease.lease_id) == block.lease_id]
        if not block.places:
            session.execute(delete(Lease).where(*row))
            return
        real = {"units": block.used(), "counts_until": moment(block.counts_until(self.limit.seconds))}
        session.execute(update(Lease).where(*row).values(**real))

    def counting(self, session: Session) -> Sequence[Lease]:
        """What counts now, whoever took it, the first to end first."""
        return session.exec(select(Lease).where(*self.ours()).order_by(col(Lease.counts_until))).all()

    def patience(self, rows: Sequence[Lease], units: int, resting: float, now: float) -> float:
        """How long until so many units are free, or until it is time to look whether someone gave something back."""
        wait = resting
        for row in rows:
            if units <= 0:
                break
            units -= row.units
            wait = max(wait, seconds(row.counts_until) - now)
        return min(max(wait, A_MICROSECOND), self.limit.seconds / LOOKS)

    def rest(self, seconds: float) -> None:
        """Nothing for so long: a row without units tells it to all processes."""
        with self.store.write() as session:
            lease_id = take(session, self.store.tenant, f"lease:{self.family}")
            session.add(self.row(lease_id, 0, self.now() + min(seconds, LONGEST_REST)))

    def close(self) -> None:
        """Write back what was used; when that fails, the lease ends by itself."""
        for block in self._mine:
            block.closed = True
        if self._mine:
            with suppress(StoreError), self.store.write() as session:
                self.settle(session, self.now())

    def row(self, lease_id: int, units: int, until: float) -> Lease:
        """A new row of this family."""
        return Lease(
            tenant_id=self.store.tenant,
            family=self.family,
            lease_id=lease_id,
            units=units,
            counts_until=moment(until),
        )

    def ours(self) -> list[ColumnElement[bool]]:
        """The rows of this family."""
        return [col(Lease.tenant_id) == self.store.tenant, col(Lease.family) == self.family]


def moment(seconds: float) -> datetime:
    """Seconds since 1970 as a time."""
    return datetime.fromtimestamp(seconds, UTC)


def seconds(moment: datetime) -> float:
    """A time as seconds since 1970."""
    return moment.timestamp()
