"""The store: whole runs, a history of coming and going, and events that come late, twice and changed."""

from datetime import timedelta

from sqlalchemy import select

from ibpmon.store import upsert
from ibpmon.store.collected import Dataset, Field
from tests.conftest import MONDAY, OpenStore

TUESDAY = MONDAY + timedelta(days=1)
WEDNESDAY = MONDAY + timedelta(days=2)

GUESTS = Dataset(
    "guests",
    "state",
    (Field("account_id", ("id",), "text", "test", key=True), Field("name", ("displayName",), "text", "test")),
)
VISITS = Dataset(
    "visits",
    "events",
    (
        Field("id", ("id",), "text", "test", key=True),
        Field("at", ("at",), "time", "test"),
        Field("account_id", ("user",), "text", "test", index=True),
    ),
    time="at",
)


def test_what_a_whole_run_no_longer_sees_is_gone_and_a_return_begins_a_new_stay(open_database: OpenStore) -> None:
    """Any past moment can be asked for: Bram was there on Monday and Wednesday, not on Tuesday."""
    store = open_database([GUESTS])
    for run, (day, rows) in enumerate(
        [
            (MONDAY, [("a", "Anna"), ("b", "Bram")]),
            (TUESDAY, [("a", "Anna")]),
            (WEDNESDAY, [("a", "Anna"), ("b", "Bram")]),
        ]
    ):
        with store.write() as session:
            upsert.stage(session, store, "guests", run, rows)
            upsert.apply_stage(session, store, "guests", run, day)
            upsert.sweep(session, store, "guests", run, day)

    table = store.data["guests"]
    with store.read() as session:
        stays = session.execute(
            select(table.c.account_id, table.c.first_seen, table.c.gone_at).order_by(
                table.c.account_id, table.c.first_seen
            )
        ).all()
    assert [tuple(stay) for stay in stays] == [("a", MONDAY, None), ("b", MONDAY, TUESDAY), ("b", WEDNESDAY, None)]


def test_rows_that_wait_for_the_end_of_a_run_are_not_seen(open_database: OpenStore) -> None:
    """Half a tenant looks exactly like a tenant with fewer guests."""
    store = open_database([GUESTS])
    with store.write() as session:
        upsert.stage(session, store, "guests", 1, [("a", "Anna"), ("a", "Anna B.")])

    with store.read() as session:
        assert session.execute(upsert.living(store, "guests")).all() == []
        assert upsert.count_staged(session, store, "guests", 1) == 1


def test_an_event_that_comes_twice_is_kept_once_and_a_changed_one_arrives_anew(open_database: OpenStore) -> None:
    """Microsoft delivers late, twice and in any order: identity is the id."""
    store = open_database([VISITS])
    with store.write() as session:
        first = upsert.add_events(session, store, "visits", 1, [(202611, "x", 1, "anna"), (202611, "y", 2, "bram")])
    with store.write() as session:
        again = upsert.add_events(session, store, "visits", 2, [(202611, "x", 1, "anna"), (202611, "y", 2, "eva")])

    table = store.data["visits"]
    with store.read() as session:
        kept = session.execute(select(table.c.id, table.c.account_id, table.c.seq).order_by(table.c.id)).all()
    assert (first, again) == (2, 1)
    assert [tuple(row) for row in kept] == [("x", "anna", 1), ("y", "eva", 4)]


def test_a_new_field_of_a_connector_gets_its_column_and_keeps_what_was_there(open_database: OpenStore) -> None:
    """A connector file may grow; the database follows when it is opened."""
    store = open_database([GUESTS])
    with store.write() as session:
        upsert.stage(session, store, "guests", 1, [("a", "Anna")])
        upsert.apply_stage(session, store, "guests", 1, MONDAY)

    grown = Dataset("guests", "state", (*GUESTS.fields, Field("mail", ("mail",), "text", "test")))
    store = open_database([grown])
    with store.read() as session:
        assert [(row.name, row.mail) for row in session.execute(upsert.living(store, "guests"))] == [("Anna", None)]
