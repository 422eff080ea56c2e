"""One person, or one place, looked at by itself: the same answer as a look at the whole board gives."""

import pytest

from ibpmon.review.access import SOURCES, Access, look, reach
from ibpmon.review.nearby import Near, access_of, place_landscape, placed, reached_by, reaching, see_edges
from ibpmon.review.nouns import Landscape, Person
from ibpmon.review.readings import reading, readings_of
from ibpmon.store.database import Store
from tests.access_tenants import random_tenant
from tests.access_world import datasets
from tests.conftest import MONDAY, OpenStore
from tests.review_world import board, fresh_world

SEEDS = range(3)


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """An empty board."""
    return open_database(datasets())


def told(items: list[Access]) -> set[tuple[object, ...]]:
    """Who reaches what with which right by which ways, to be compared."""
    return {
        (one.principal.kind, one.principal.id, one.resource.kind, one.resource.id, one.resource.name, one.right,
         frozenset((path.names, path.right, path.role, path.edges, path.more) for path in one.paths))
        for one in items
    }  # fmt: skip


def whole(landscape: Landscape, person: Person) -> list[Access]:
    """What somebody, and everyone, reaches according to the landscape of the whole board."""
    everything = [one for resource in landscape.resources for one in reach(landscape, resource) if one.right]
    mine = [one for one in everything if one.principal.kind == "person" and one.principal.id == person.id]
    return [*mine, *(one for one in everything if one.principal.kind == "everyone")]


def test_a_person_alone_reaches_what_the_whole_board_says(store: Store) -> None:
    """A fast way to the wrong answer would be worthless: tenants with every kind of edge, everyone in them."""
    for seed in SEEDS:
        fresh_world(store, random_tenant(seed))
        with store.read() as session:
            landscape, near = look(session, store, MONDAY), Near(session, store, MONDAY)
            for person in landscape.people.values():
                assert told(reached_by(near, person)) == told(whole(landscape, person)), (seed, person.id)


def test_a_place_alone_is_reached_by_whom_the_whole_board_says(store: Store) -> None:
    """The other way round, with the same ways in."""
    for seed in SEEDS:
        fresh_world(store, random_tenant(seed))
        with store.read() as session:
            landscape, near = look(session, store, MONDAY), Near(session, store, MONDAY)
            for resource in landscape.resources:
                found = placed(near, resource.kind, resource.id)
                assert found is not None, resource
                alone = place_landscape(near, found, landscape.readings, landscape.people)
                known = {
                    (one.principal.kind, one.principal.id): one.principal
                    for one in reach(landscape, resource) if one.right
                }  # fmt: skip
                see_edges(near, alone, [key for _kind, key in known])
                rows = [(row, known.get((row.holder_kind, row.holder_id))) for row in reaching(near, found)]
                items = [access_of(alone, found, one, row.rank) for row, one in rows if one]
                assert told(items) == told([one for one in reach(landscape, resource) if one.right]), (seed, resource)


def test_a_guest_does_not_reach_what_is_open_to_all_but_guests(store: Store) -> None:
    """And what is open to guests too, he does."""
    world = board()
    world.grant("nieuws", role="read", login_name="c:0-.f|rolemanager|spo-grid-all-users/1")
    world.grant("zorg", role="read", login_name="c:0(.s|true")
    fresh_world(store, world)
    with store.read() as session:
        found = {
            kind: {one.resource.id for one in reached_by(Near(session, store, MONDAY), Person(key, population=kind))
                   if one.principal.kind == "everyone"}
            for key, kind in (("bram", "guest"), ("kees", "staff"))
        }  # fmt: skip

    assert found == {"guest": {"zorg"}, "staff": {"zorg", "nieuws"}}


def test_what_was_read_is_the_same_asked_one_by_one_and_together(store: Store) -> None:
    """A gap that the quick way does not see would be nobody, where somebody unknown stands."""
    world = board()
    world.unread = {"team": "{why}"}
    world.values = {"why": "refused"}
    fresh_world(store, world)
    with store.read() as session:
        together = readings_of(session, store, SOURCES, ["team", "all", "zorg", "zorg-files", "nothing"])
        for name in SOURCES:
            one, other = reading(session, store, name), together[name]
            for resource in ("team", "all", "zorg", "zorg-files", "nothing"):
                assert one.gap(resource) == other.gap(resource), (name, resource)
            assert (one.run_id, one.at, one.state, one.rows) == (other.run_id, other.at, other.state, other.rows)

    assert together["group-members"].gap("team") == "refused"
