"""The store: whole runs, a history of coming and going, and events that come late, twice and changed."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select, text

from ibpmon.errors import BusyError, StoreError
from ibpmon.store import upsert
from ibpmon.store.collected import Dataset, Field
from ibpmon.store.database import Store, alone, open_store
from tests.conftest import BOARD_NAME, MONDAY, TENANT, OpenStore

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


def test_an_event_that_is_twice_in_one_batch_is_kept_as_it_came_last(open_database: OpenStore) -> None:
    """A sign-in can change between two pages; both databases keep the same and count it once."""
    store = open_database([VISITS])
    with store.write() as session:
        new = upsert.add_events(session, store, "visits", 1, [(202611, "x", 1, "anna"), (202611, "x", 1, "bram")])
    with store.write() as session:
        again = upsert.add_events(session, store, "visits", 2, [(202611, "x", 1, "eva"), (202611, "x", 1, "bram")])

    table = store.data["visits"]
    with store.read() as session:
        kept = session.execute(select(table.c.id, table.c.account_id, table.c.seq, table.c.run_id)).all()
    assert (new, again) == (1, 0)
    assert [tuple(row) for row in kept] == [("x", "bram", 1, 1)]


def test_a_field_may_have_any_name_that_a_connector_allows(open_database: OpenStore) -> None:
    """The table through which rows pass on PostgreSQL has a column of its own, which was once called nr."""
    odd = Dataset("odd", "state", tuple(Field(name, (name,), "text", "test", key=True) for name in ("nr", "order")))
    store = open_database([odd])
    with store.write() as session:
        upsert.stage(session, store, "odd", 1, [("1", "2")])
        assert upsert.count_staged(session, store, "odd", 1) == 1


# ---- opening


def test_a_connector_that_identifies_its_rows_in_another_way_is_refused(open_database: OpenStore) -> None:
    """Rows that are told apart by id cannot be told apart by name as well; the first write would fail unexplained."""
    open_database([GUESTS])
    by_name = Dataset("guests", "state", (GUESTS.fields[0], Field("name", ("displayName",), "text", "test", key=True)))

    with pytest.raises(StoreError, match="'guests' no longer fits") as error:
        open_database([by_name])
    assert "another file name" in error.value.fix


def test_a_database_of_a_newer_ibpmon_is_left_alone(open_database: OpenStore) -> None:
    """Who goes back a version is told so, and the tables stay as they are."""
    with open_database([]).write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreError, match="newer ibpmon"):
        open_database([])


def test_opening_does_not_wait_for_a_writer(open_database: OpenStore) -> None:
    """A listing is asked while a large import is being stored; both databases show what was there before."""
    store = open_database([GUESTS])
    with store.write() as session:
        upsert.stage(session, store, "guests", 1, [("a", "Anna")])
        other = open_database([GUESTS])
        with other.read() as reading:
            assert upsert.count_staged(reading, other, "guests", 1) == 0


def test_only_the_owner_can_read_the_files_of_the_database(tmp_path: Path) -> None:
    """What SQLite writes beside the database holds the same people."""
    url = f"sqlite:///{tmp_path / 'ibpmon.db'}"
    store = open_store(url, [GUESTS], TENANT, "Stichting De Verzonnen Waaier", MONDAY)
    with alone(url), store.write() as session:
        upsert.stage(session, store, "guests", 1, [("a", "Anna")])
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    store.engine.dispose()

    assert modes == dict.fromkeys(("ibpmon.db", "ibpmon.db-wal", "ibpmon.db-shm", "ibpmon.db.lock"), 0o600)


def test_a_folder_may_have_a_question_mark_in_its_name(tmp_path: Path) -> None:
    """In an address of SQLAlchemy it would begin the options, and the data would lie somewhere else."""
    file = tmp_path / "wat nu?x=#1" / "ibpmon.db"
    open_store(f"sqlite:///{file}", [GUESTS], TENANT, "Stichting De Verzonnen Waaier", MONDAY).engine.dispose()

    assert file.stat().st_size > 0
    assert [path.name for path in tmp_path.iterdir()] == ["wat nu?x=#1"]


def test_two_daemons_do_not_share_a_database(database: str) -> None:
    """The second one is told so, without the password of the address."""
    with alone(database), pytest.raises(BusyError) as error, alone(database):
        raise AssertionError
    assert "postgres@" not in str(error.value)


# ---- what can be wrong with a database


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ibpmon:geheim@127.0.0.1:nul/ibpmon",
        "postgresql://ibpmon:geheim@127.0.0.1:1/ibpmon",
        "postgresql://127.0.0.1:1/ibpmon?user=ibpmon&password=geheim",
    ],
)
def test_an_address_that_does_not_work_is_told_without_its_password(url: str) -> None:
    """A password has several places in an address; none of them comes into a message."""
    with pytest.raises(StoreError) as error:
        open_store(url, [], TENANT, "Stichting De Verzonnen Waaier", MONDAY)
    assert error.value.fix
    assert "geheim" not in f"{error.value} {error.value.values}"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # only SQLite can be told how large its disk is
def test_a_full_disk_is_told_and_leaves_what_was_stored(small: Store) -> None:
    """Nothing is confirmed that was not stored, the old data can be read, and it goes on when there is room again."""
    with small.write() as session:
        upsert.stage(session, small, "guests", 1, [("a", "Anna")])

    with pytest.raises(StoreError, match="full"), small.write() as session:
        upsert.stage(session, small, "guests", 1, [(str(number), "x" * 500) for number in range(5000)])

    with small.write() as session:
        upsert.stage(session, small, "guests", 1, [("b", "Bram")])
        assert upsert.count_staged(session, small, "guests", 1) == 2


@pytest.fixture
def small(open_database: OpenStore) -> Store:
    """A store on SQLite whose disk has room for a megabyte."""
    store = open_database([GUESTS])

    def limit(connection: object, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 256")  # type: ignore[attr-defined]  # a connection of sqlite3

    store.engine.dispose()
    event.listen(store.engine, "connect", limit)
    return store


def test_a_mistake_of_ours_keeps_its_own_error_and_shows_no_values(open_database: OpenStore) -> None:
    """A wrong statement is not the database's fault; and what was bound to it may be a person."""
    from sqlalchemy.exc import DBAPIError

    with (
        pytest.raises(DBAPIError) as error,
        open_database([]).read() as session,
    ):
        session.execute(text("SELECT nothing FROM nowhere WHERE name = :name"), {"name": "Anna Verzonnen"})
    assert "Anna" not in str(error.value)


# ---- changes that wait


PLACES = Dataset(
    "places",
    "state",
    (
        Field("account_id", ("id",), "text", "test", key=True),
        Field("name", ("displayName",), "text", "test"),
        Field("tags", ("tags",), "list", "test"),
    ),
)


def test_a_field_that_was_left_out_is_filled_from_what_waits_and_then_from_what_is_there(
    open_database: OpenStore,
) -> None:
    """Absent is not null: bit 1 is the name, bit 2 the tags."""
    store = open_database([PLACES])
    with store.write() as session:
        upsert.stage(session, store, "places", 1, [("a", "Anna", '["x"]'), ("b", "Bram", None)])
        upsert.apply_stage(session, store, "places", 1, MONDAY)
        upsert.drop_stage(session, store, "places")
        upsert.stage_changes(session, store, "places", 2, [("a", "Anna A.", None, None, 0b100)])
        upsert.stage_changes(session, store, "places", 2, [("a", None, None, None, 0b110), ("b", None, "[]", None, 2)])
        upsert.fill_absent(session, store, "places", 2)
        upsert.apply_stage(session, store, "places", 2, TUESDAY)

    assert stays(store) == {("a", "Anna A.", ("x",), None), ("b", "Bram", (), None)}


def stays(store: Store) -> set[tuple[object, ...]]:
    """Every stay: who, the name, the tags, and when it ended."""
    table = store.data["places"]
    with store.read() as session:
        rows = session.execute(select(table.c.account_id, table.c.name, table.c.tags, table.c.gone_at)).all()
    return {(row[0], row[1], None if row[2] is None else tuple(row[2]), row[3]) for row in rows}


def test_what_the_source_says_was_removed_ends_and_what_came_back_does_not(open_database: OpenStore) -> None:
    """The last word waits, and only that is applied."""
    store = open_database([PLACES])
    with store.write() as session:
        upsert.stage(session, store, "places", 1, [(name, name, None) for name in "abc"])
        upsert.apply_stage(session, store, "places", 1, MONDAY)
        upsert.drop_stage(session, store, "places")
        upsert.stage_changes(session, store, "places", 2, [(name, None, None, True, None) for name in "abx"])
        upsert.stage_changes(session, store, "places", 2, [("b", "B", None, None, None)])
        upsert.apply_stage(session, store, "places", 2, TUESDAY)
        assert upsert.end(session, store, "places", TUESDAY, upsert.removed(store, "places", 2)) == 1

    assert stays(store) == {("a", "a", None, TUESDAY), ("b", "B", None, None), ("c", "c", None, None)}


def test_rows_of_a_run_that_was_broken_off_wait_for_the_next_and_older_ones_do_not(open_database: OpenStore) -> None:
    """What was read whole need not be asked again."""
    store = open_database([GUESTS])
    with store.write() as session:
        upsert.stage(session, store, "guests", 1, [("x", "older")])
        upsert.stage(session, store, "guests", 2, [("a", "Anna")])
        upsert.take_over(session, store, "guests", 2, 3)
        assert [upsert.count_staged(session, store, "guests", run) for run in (1, 2, 3)] == [0, 0, 1]


@pytest.mark.parametrize(("month", "before", "after"), [(202611, 202610, 202612), (202601, 202512, 202602),
                                                        (202612, 202611, 202701)])  # fmt: skip
def test_months_have_neighbours(month: int, before: int, after: int) -> None:
    """Also at the turn of the year."""
    assert (upsert.before(month), upsert.after(month)) == (before, after)


def test_looking_in_other_months_costs_a_look_up_per_event_that_came(open_database: OpenStore) -> None:
    """SQLite would go through a whole month for each batch: that made the first reading twice as slow."""
    store = open_database([VISITS])
    if store.engine.dialect.name != "sqlite":
        pytest.skip("a plan of SQLite")
    question = "EXPLAIN QUERY PLAN " + upsert.twice(store.data["visits"], ("id",))
    numbers = {"tenant": 1, "month": 2, "other": 1, "first": 1}
    with store.engine.connect() as connection:
        plan = [row[3] for row in connection.execute(text(question), numbers)]
    assert "seq>?" in plan[0]
    assert "month=? AND id=?" in plan[1]


def test_postgresql_makes_no_machine_code_for_our_queries(postgres_schema: str) -> None:
    """Its price per query is that of planning a large view many times over, also when the tables are empty."""
    store = open_store(postgres_schema, [], TENANT, BOARD_NAME, MONDAY)
    with store.read() as reading, store.write() as writing:
        found = {session.scalar(text("SHOW jit")) for session in (reading, writing)}
    store.engine.dispose()

    assert found == {"off"}
