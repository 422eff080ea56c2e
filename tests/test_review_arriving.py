"""What comes after a review was frozen is not in it; what is signed says how much that is, or that it is unknown."""

import pytest

from ibpmon.review.access import look
from ibpmon.review.arriving import Arrived, arrived
from ibpmon.review.bureau import Bureau
from ibpmon.store.database import Store
from tests.access_world import World
from tests.review_world import (
    all_decided,
    board,
    bureau,
    fresh_world,
    later,
    opened,
    read_again,
    sign,
    stands,
    store,
)

__all__ = ["bureau", "store"]  # fixtures

pytestmark = pytest.mark.usefixtures("english")


def grown(store: Store) -> None:
    """A board on which Mees and a new site of this process came: three rights more."""
    world: World = board()
    world.person("mees", "Mees", function="Leerkracht")
    world.grant("zorg", role="read", user_id="mees")
    world.site("dossiers", "Dossiers")
    for name in ("dirk", "bram"):
        world.grant("dossiers", role="read", user_id=name)
    fresh_world(store, world)


def now(bureau: Bureau, number: int) -> Arrived:
    """What came, as it was last read."""
    with bureau.store.read() as session:
        landscape = look(session, bureau.store, bureau.now)
        return arrived(session, bureau.store, landscape, stands(bureau, number).review)


def test_what_came_after_the_freeze_is_counted(bureau: Bureau, store: Store) -> None:
    """Also in a place that was not there yet; what left is no matter here."""
    number = opened(bureau)
    grown(store)
    read_again(store, 2, without="kees")
    assert now(later(bureau, 2), number) == Arrived(3, known=True)


def test_what_was_not_read_again_is_unknown_and_not_none(bureau: Bureau, store: Store) -> None:
    """14. On the day of the freeze, and with one source that failed since, nobody knows what came."""
    number = opened(bureau)
    assert now(bureau, number) == Arrived(0, known=False)
    read_again(store, 2, drive_permissions="PARTIAL", unread="zorg-files")
    assert not now(later(bureau, 2), number).known
    read_again(store, 3)
    assert now(later(bureau, 3), number) == Arrived(0, known=False)  # that library was never read again
    assert "is not known" in Arrived(0, known=False).sentence("today")


def test_who_signs_reads_how_much_came_since(bureau: Bureau, store: Store) -> None:
    """It is in the text and in the figures that are signed."""
    number = opened(bureau)
    grown(store)
    read_again(store, 2)
    all_decided(later(bureau, 2), number)
    signed = sign(later(bureau, 2), number)
    assert "Came after 23 November 2026 11:00, so not in this review: 3." in (signed.statement or "")
    assert '"after":3' in signed.counts


def test_who_signs_what_was_not_read_again_reads_that(bureau: Bureau, store: Store) -> None:
    """14. No figure stands where nobody looked."""
    number = opened(bureau)
    all_decided(bureau, number)
    signed = sign(bureau, number)
    assert "is not known: not all was read again." in (signed.statement or "")
    assert '"after":' not in signed.counts
