"""The ledger: whoever changes, removes, adds or moves an entry is found out, and the first wrong one is named."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from ibpmon.collect import consents
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.ledger import Act, Head, Verdict
from ibpmon.store.tables import Counter, Entry
from ibpmon.store.upsert import table_of
from tests.conftest import MONDAY, Answer, OpenStore, Tenant
from tests.judging import second_board

Run = Callable[..., Answer]
LEDGER = table_of(Entry)
HOSTILE = "Zoë \u0000 \ud800 '; DROP TABLE ledger; -- 学校"


def write(store: Store, *names: str) -> None:
    """Each name an entry, all in one transaction."""
    with store.write() as session:
        acts = [Act("alert.new", f"alert/{number}", {"subject": name}) for number, name in enumerate(names)]
        ledger.append(session, store, acts, MONDAY)


def verified(store: Store, given: Head | None = None) -> Verdict:
    """What verifying says."""
    with store.read() as session:
        return ledger.verify(session, store, given)


def head(store: Store) -> Head:
    """The head of a chain that holds."""
    found = verified(store)
    assert found.wrong is None
    assert found.head is not None
    return found.head


def rows(store: Store) -> list[dict[str, Any]]:
    """Every entry of the board as it stands."""
    with store.read() as session:
        mine = select(LEDGER).where(LEDGER.c.tenant_id == store.tenant).order_by(LEDGER.c.seq)
        return [dict(row) for row in session.execute(mine).mappings()]


def change(store: Store, number: int, **values: Any) -> None:
    """Change an entry behind the back of ibpmon."""
    with store.write() as session:
        one = (LEDGER.c.tenant_id == store.tenant, LEDGER.c.seq == number)
        session.execute(update(LEDGER).where(*one).values(**values))


def take_away(store: Store, first: int, last: int) -> None:
    """Remove entries behind the back of ibpmon."""
    with store.write() as session:
        mine = LEDGER.c.tenant_id == store.tenant
        session.execute(delete(LEDGER).where(mine, LEDGER.c.seq.between(first, last)))


def count_anew(store: Store, number: int) -> None:
    """Let the counter say what suits."""
    counter = table_of(Counter)
    with store.write() as session:
        mine = (counter.c.tenant_id == store.tenant, counter.c.name == ledger.NUMBER)
        session.execute(update(counter).where(*mine).values(value=number))


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """A board with eight entries, written in three transactions."""
    opened = open_database([])
    write(opened, "anna", "bram", "chris")
    write(opened, "dewi")
    write(opened, "eva", HOSTILE, "finn", "gijs")
    return opened


# ---- as it should be


def test_a_chain_that_nobody_touched_holds(store: Store) -> None:
    """Whatever the names in it; and the head is where the next entry follows on."""
    found = verified(store)
    assert (found.count, found.wrong) == (8, None)
    before = head(store)

    write(store, "hans")

    assert rows(store)[-1]["prev_hash"] == before.hash
    assert verified(store, before).wrong is None
    assert json.loads(rows(store)[5]["said"]) == {"subject": HOSTILE}


def test_an_empty_ledger_holds_and_has_no_head(open_database: OpenStore) -> None:
    """A board that begins today has nothing to prove yet."""
    assert verified(open_database([])) == Verdict(0, None)


def test_what_is_taken_back_was_never_written(store: Store) -> None:
    """An entry stands or falls with its fact, and leaves no gap."""

    def fail() -> None:
        with store.write() as session:
            ledger.append(session, store, [Act("alert.new", "alert/9", {})], MONDAY)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    write(store, "hans")

    assert (verified(store).count, verified(store).wrong) == (9, None)


def test_each_board_has_its_own_chain(store: Store) -> None:
    """The entries of one board prove nothing of another, also when they are copied whole."""
    other = second_board(store)
    with other.write() as session:
        copied = [row | {"tenant_id": other.tenant} for row in rows(store)]
        session.execute(insert(LEDGER), copied)
        session.execute(
            insert(table_of(Counter)), [{"tenant_id": other.tenant, "name": ledger.NUMBER, "value": len(copied)}]
        )

    assert (verified(other).wrong, verified(other).reason) == (1, ledger.MOVED)
    assert verified(store).wrong is None


def test_two_at_once_make_one_chain(store: Store) -> None:
    """The daemon and a person at the command line write at the same moment."""

    def some(name: str) -> None:
        for number in range(10):
            write(store, f"{name}{number}", f"{name}{number} again")

    both = [threading.Thread(target=some, args=(name,)) for name in ("daemon", "person")]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert (verified(store).count, verified(store).wrong) == (48, None)


def test_somebody_can_be_forgotten_and_the_chain_still_holds(store: Store) -> None:
    """The text and its salt go; what is left tells nothing of anybody."""
    change(store, 2, said=None, salt=None)

    assert (verified(store).wrong, verified(store).erased) == (None, 1)
    assert "bram" not in repr(rows(store))


# ---- as somebody left it


TAMPERING: dict[str, tuple[Callable[[Store], object], int, str]] = {
    "the text": (lambda at: change(at, 3, said='{"subject":"somebody else"}'), 3, ledger.REWRITTEN),
    "the salt": (lambda at: change(at, 3, salt="00"), 3, ledger.REWRITTEN),
    "only the text forgotten": (lambda at: change(at, 3, said=None), 3, ledger.REWRITTEN),
    "the kind": (lambda at: change(at, 4, kind="alert.solved"), 4, ledger.CHANGED),
    "the row": (lambda at: change(at, 4, ref="alert/9"), 4, ledger.CHANGED),
    "the time": (lambda at: change(at, 4, at=MONDAY - timedelta(days=1)), 4, ledger.CHANGED),
    "the first": (lambda at: change(at, 1, kind="x"), 1, ledger.CHANGED),
    "a text that is none": (lambda at: change(at, 4, kind=""), 4, ledger.CHANGED),
    "the number set back": (lambda at: count_anew(at, 5), 6, ledger.BESIDE),
    "one removed": (lambda at: take_away(at, 5, 5), 5, ledger.MISSING),
    "the first removed": (lambda at: take_away(at, 1, 1), 1, ledger.MISSING),
    "the tail cut": (lambda at: take_away(at, 7, 8), 7, ledger.MISSING),
    "all removed": (lambda at: take_away(at, 1, 8), 1, ledger.MISSING),
    "one sealed anew": (lambda at: reseal(at, 4, {"subject": "somebody else"}), 5, ledger.MOVED),
    "two swapped": (lambda at: swap(at, 3, 6), 3, ledger.MOVED),
    "one slipped in": (lambda at: slip_in(at, 4), 5, ledger.MOVED),
}


def reseal(store: Store, seq: int, said: dict[str, Any]) -> None:
    """Make one entry anew, with a hash that fits."""
    row = rows(store)[seq - 1]
    made = ledger.sealed(store, seq, Act(row["kind"], row["ref"], said), row["at"], row["prev_hash"])
    change(store, seq, **{name: made[name] for name in ("said", "salt", "commitment", "hash")})


def swap(store: Store, one: int, other: int) -> None:
    """Let two entries change places."""
    for old, new in ((one, 100), (other, one), (100, other)):
        change(store, old, seq=new)


def slip_in(store: Store, after: int) -> None:
    """Put an entry between two others, and move those behind it."""
    for seq in range(8, after, -1):
        change(store, seq, seq=seq + 1)
    made = ledger.sealed(store, after + 1, Act("alert.solved", "alert/1", {}), MONDAY, "0" * 64)
    with store.write() as session:
        session.execute(insert(LEDGER), [made])
    count_anew(store, 9)


@pytest.mark.parametrize("how", TAMPERING)
def test_what_was_done_to_the_chain_is_named(store: Store, how: str) -> None:
    """The first entry that is wrong tells where to look in a backup."""
    tamper, wrong, reason = TAMPERING[how]
    tamper(store)

    found = verified(store)

    assert (found.wrong, found.reason) == (wrong, reason)
    assert str(wrong) in found.told(str)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("name", "reason"), [("kind", ledger.CHANGED), ("said", ledger.REWRITTEN)])
def test_what_is_no_text_at_all_is_named_as_well(store: Store, name: str, reason: str) -> None:
    """SQLite keeps bytes wherever it is told to."""
    with store.write() as session:
        session.connection().exec_driver_sql(f"UPDATE ledger SET {name} = x'00ff' WHERE seq = 4")  # noqa: S608 - one of two names of ours

    assert (verified(store).wrong, verified(store).reason) == (4, reason)


def make_again(store: Store, *names: str) -> None:
    """The whole chain anew, as only the owner of the database can."""
    take_away(store, 1, 100)
    count_anew(store, 0)
    write(store, *names)


@pytest.mark.parametrize(
    ("names", "wrong", "reason"),
    [
        (["anna", "bram", "chris", "dewi", "eva", "x", "finn", "gijs"], 8, ledger.ANOTHER),
        (["anna", "bram"], 3, ledger.MISSING),
    ],
    ids=["made again", "an old copy put back, or a tail cut with its number"],
)
def test_a_head_kept_elsewhere_finds_out_who_owns_the_database(
    store: Store, names: list[str], wrong: int, reason: str
) -> None:
    """Such a chain holds by itself; against a head of before it does not."""
    kept = head(store)
    make_again(store, *names)

    assert verified(store).wrong is None
    assert (verified(store, kept).wrong, verified(store, kept).reason) == (wrong, reason)


# ---- what is written in it


def test_consents_are_in_the_ledger(open_database: OpenStore) -> None:
    """That somebody agreed, and that it ended."""
    store = open_database([])
    with store.write() as session:
        consents.record(session, store, "anna", "LAPTOP-1", MONDAY, None, MONDAY)
    with store.write() as session:
        consents.end(session, store, 1, MONDAY + timedelta(hours=2))

    assert [(row["kind"], row["ref"]) for row in rows(store)] == [
        ("consent.given", "consent/1"), ("consent.ended", "consent/1"),
    ]  # fmt: skip
    assert json.loads(rows(store)[0]["said"])["person"] == "anna"


# ---- the command


def test_the_command_tells_whether_the_ledger_holds(tenant: Tenant, ibpmon: Run) -> None:
    """A round of judging writes what opened; the head that is printed is the one to keep."""
    verify = ("ledger", "verify", "--config", tenant.config)
    assert "empty" in ibpmon(*verify).out
    ibpmon("collect", "accounts", "mfa-registration", "staff-list", "pupil-list", "--config", tenant.config)
    ibpmon("evaluate", "--no-mail", "--config", tenant.config)

    told = json.loads(ibpmon(*verify, "--json").out)

    assert told["wrong"] is None
    assert told["entries"] > 10
    assert told["head"] in ibpmon(*verify).out
    assert ibpmon(*verify, "--head", told["head"]).code == 0
    another = ibpmon(*verify, "--head", f"{told['entries']}:{'0' * 64}")
    assert another.code == 1
    assert "the ledger does not hold" in another.err
    assert f"entry {told['entries']} is another" in another.err
    assert json.loads(ibpmon(*verify, "--json", "--head", f"999999:{'0' * 64}").out)["wrong"] == told["entries"] + 1


@pytest.mark.parametrize("written", ["12", "0:" + "a" * 64, "12:xyz", "12:" + "A" * 64])
def test_a_head_that_is_none_is_refused(tenant: Tenant, ibpmon: Run, written: str) -> None:
    """A typing error must not look like a broken chain."""
    answer = ibpmon("ledger", "verify", "--head", written, "--config", tenant.config)

    assert answer.code == 2
    assert "--head" in answer.err
