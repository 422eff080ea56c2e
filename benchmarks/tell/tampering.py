"""What somebody with the database does to the ledger, and whether verifying finds it and names the first wrong entry.

Which entry that is follows from what was done, and is worked out here; nothing of the code that verifies is used.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Connection, Table, delete, insert, select, text, type_coerce, update
from sqlmodel import Session

from benchmarks.figures import Figure, Measured, Measurement, Values
from ibpmon.store import ledger
from ibpmon.store.database import Store, make_engine, open_store
from ibpmon.store.ledger import Head, Verdict
from ibpmon.store.tables import Alert, Base, Counter, Entry
from ibpmon.store.upsert import table_of
from ibpmon.tell.acts import Deed, Verb, do
from ibpmon.tell.alerts import update_alerts
from tests.conftest import POSTGRES, postgres_runs
from tests.test_alerts import found, judged

Row = dict[str, Any]
SEED, ENTRIES, ALERTS = 20261123, 400, 60
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LEDGER, COUNTER = table_of(Entry), table_of(Counter)
COLUMNS = ("tenant_id", "seq", "at", "kind", "ref", "said", "salt", "commitment", "prev_hash", "hash")
TEXTS = ("kind", "ref", "said", "salt", "commitment", "prev_hash", "hash")
REMARKS = ("ik bel haar", "Zoë \u0000 \ud800 '; DROP TABLE ledger; -- 学校", "=1+1", "x" * 300)


@dataclass(slots=True)
class Desk:
    """Where somebody sits who has the database: a transaction that is taken back, and the ledger as it was."""

    store: Store
    connection: Connection
    rows: Sequence[Row]
    old: Mapping[int, Mapping[Table, Sequence[Row]]] = field(default_factory=dict)  # number of entries -> every table

    @property
    def mine(self) -> Any:
        """The entries of this board."""
        return LEDGER.c.tenant_id == self.store.tenant

    def head(self, seq: int) -> Head:
        """The head that was mailed when the ledger had so many entries."""
        return Head(seq, self.rows[seq - 1]["hash"])

    def change(self, number: int, **values: Any) -> None:
        """Write over some columns of an entry."""
        self.connection.execute(update(LEDGER).where(self.mine, LEDGER.c.seq == number).values(**values))

    def drop(self, first: int, last: int = ENTRIES) -> None:
        """Remove entries."""
        self.connection.execute(delete(LEDGER).where(self.mine, LEDGER.c.seq.between(first, last)))

    def put(self, rows: Sequence[Row]) -> None:
        """Add entries."""
        if rows:
            self.connection.execute(insert(LEDGER), rows)

    def move_up(self, first: int) -> None:
        """Give every entry from this one on the next number."""
        for where, value in ((LEDGER.c.seq >= first, -LEDGER.c.seq - 1), (LEDGER.c.seq < 0, -LEDGER.c.seq)):
            self.connection.execute(update(LEDGER).where(self.mine, where).values(seq=value))

    def count(self, number: int) -> None:
        """Let the counter say that there are so many."""
        mine = (COUNTER.c.tenant_id == self.store.tenant, COUNTER.c.name == ledger.NUMBER)
        self.connection.execute(update(COUNTER).where(*mine).values(value=number))

    def verified(self, given: Head | None) -> Verdict:
        """What verifying says."""
        with Session(bind=self.connection) as session:
            return ledger.verify(session, self.store, given)


@dataclass(frozen=True, slots=True)
class Done:
    """What somebody did: the first entry that is wrong since, and the head mailed before, where it is needed."""

    wrong: int
    given: Head | None = None


Attack = Callable[[Desk, Random], Done]


# ---- what somebody does


def edit(desk: Desk, random: Random) -> Done:
    """Another value in one column of one entry; that of another board is as good as removed."""
    row = random.choice(desk.rows)
    column = random.choice(COLUMNS)
    desk.change(row["seq"], **{column: another(column, row, random)})
    return Done(row["seq"])


def another(column: str, row: Row, random: Random) -> Any:
    """A value that such a column could have and that this entry does not have."""
    if column == "tenant_id":
        return row["tenant_id"] + 1
    if column == "seq":
        return row["seq"] + 10 * ENTRIES
    if column == "at":
        return row["at"] + random.choice((-1, 1)) * random.choice((1, 1_000_000, 86_400_000_000))
    if column in ("kind", "ref"):
        return random.choice([one for one in ("alert.solved", "alert/1", "") if one != row[column]])
    if column in ("said", "salt"):
        return random.choice((None, "", '{"by":"eva"}', random.randbytes(16).hex()))
    return random.randbytes(32).hex()


def flip(desk: Desk, random: Random) -> Done:
    """One bit of one text; all of it is ASCII and stays so, without the sign that a database refuses."""
    row, column = random.choice(desk.rows), random.choice(TEXTS)
    place = random.randrange(len(row[column]))
    signs = [ord(row[column][place]) ^ (1 << bit) for bit in range(7)]
    sign = chr(random.choice([one for one in signs if one]))
    desk.change(row["seq"], **{column: row[column][:place] + sign + row[column][place + 1 :]})
    return Done(row["seq"])


def remove(desk: Desk, random: Random) -> Done:
    """One entry out of the middle."""
    seq = random.randrange(2, ENTRIES)
    desk.drop(seq, seq)
    return Done(seq)


def slip_in(desk: Desk, random: Random) -> Done:
    """An entry of somebody else's making, the later ones moved; made well it is the one after it that does not fit.

    Behind the last one it is wrong by itself: the counter knows nothing of it.
    """
    seq, well_made = random.randrange(2, ENTRIES + 2), random.random() < 0.5
    before = desk.rows[seq - 2]["hash"] if well_made else random.randbytes(32).hex()
    desk.move_up(seq)
    desk.put([sealed(desk.rows[seq - 2] | {"seq": seq, "said": '{"by":"eva"}'}, before, random)])
    if seq <= ENTRIES:
        desk.count(ENTRIES + 1)
    return Done(seq + (well_made and seq <= ENTRIES))


def swap(desk: Desk, random: Random) -> Done:
    """Two entries change places."""
    one, other = sorted(random.sample(range(1, ENTRIES + 1), 2))
    for old, new in ((one, -1), (other, one), (-1, other)):
        desk.change(old, seq=new)
    return Done(one)


def cut(desk: Desk, random: Random) -> Done:
    """The last entries gone; the counter still knows of them."""
    first = random.randrange(2, ENTRIES + 1)
    desk.drop(first)
    return Done(first)


def cut_and_count(desk: Desk, random: Random) -> Done:
    """The last entries gone and the counter put back: by itself that chain holds."""
    first = random.randrange(2, ENTRIES + 1)
    desk.drop(first)
    desk.count(first - 1)
    return Done(first, desk.head(random.randrange(first, ENTRIES + 1)))


def rewrite(desk: Desk, random: Random) -> Done:
    """An entry changed or left out, and the whole chain from there on made again, with its counter.

    No entry of such a chain is wrong by itself. The one whose hash was mailed is another than it was, or not there.
    """
    first, left_out = random.randrange(1, ENTRIES + 1), random.random() < 0.5
    kept = list(desk.rows[first - 1 + left_out :])
    if not left_out:
        kept[0] = kept[0] | {"said": '{"by":"eva","reason":"niets aan de hand"}'}
    before, fresh = desk.rows[first - 1]["prev_hash"], list[Row]()
    for seq, row in enumerate(kept, first):
        fresh.append(sealed(row | {"seq": seq}, before, random))
        before = fresh[-1]["hash"]
    desk.drop(first)
    desk.put(fresh)
    desk.count(ENTRIES - left_out)
    given = random.randrange(first, ENTRIES + 1)
    return Done(given, desk.head(given))


def put_back(desk: Desk, random: Random) -> Done:
    """Every table as it was some time ago."""
    count = random.choice(list(desk.old))
    for table, rows in desk.old[count].items():
        desk.connection.execute(delete(table))
        if rows:
            desk.connection.execute(insert(table), rows)
    return Done(count + 1, desk.head(random.randrange(count + 1, ENTRIES + 1)))


def sealed(row: Row, before: str, random: Random) -> Row:
    """An entry whose hashes fit, made by whoever read how the ledger is made."""
    salt = random.randbytes(16).hex()
    bound = {"salt": salt, "commitment": sha(salt, row["said"]), "prev_hash": before}
    row = row | bound
    return row | {"hash": sha(*(row[name] for name in ("prev_hash", "seq", "at", "kind", "ref", "commitment")))}


def sha(*parts: Any) -> str:
    """SHA-256 over a list of values as JSON without spaces."""
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


def share_figures(subject: str, kinds: Iterable[str], size: str) -> Iterator[Figure]:
    """The figures that `shares` gives for each kind of tampering."""
    for kind in kinds:
        for what in ("detected", "named"):
            yield Figure(f"{subject}.{kind}.{what}_share", "of tries", "== 1", size)


ATTACKS: Mapping[str, Attack] = {
    "edit": edit, "bit": flip, "delete": remove, "insert": slip_in, "swap": swap, "tail_cut": cut,
    "tail_cut_with_counter": cut_and_count, "rewritten": rewrite, "old_copy": put_back,
}  # fmt: skip
FIGURES = (
    *share_figures("ledger", ATTACKS, f"{ENTRIES} entries"),
    Figure("ledger.false_alarms", "verdicts", "== 0", f"{ENTRIES} entries"),
)


# ---- the ledger


@contextmanager
def ledgers() -> Iterator[dict[str, str]]:
    """The addresses of empty databases, by name: SQLite, and PostgreSQL where it runs."""
    with tempfile.TemporaryDirectory() as folder:
        addresses = {"SQLite": f"sqlite:///{folder}/ibpmon.db"}
        if not postgres_runs():
            yield addresses
            return
        schema = f"tampering_{uuid4().hex}"
        owner = make_engine(POSTGRES).execution_options(isolation_level="AUTOCOMMIT")
        with owner.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
            try:
                yield addresses | {"PostgreSQL": f"{POSTGRES}?options=-csearch_path%3D{schema}"}
            finally:
                connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        owner.dispose()


def fill(store: Store, random: Random, copies: set[int]) -> dict[int, dict[Table, list[Row]]]:
    """A ledger of realistic size: alerts that open and what people do about them; gives the copies made on the way."""
    with store.write() as session:
        for number in range(ALERTS):
            found(session, store, f"person-{number}")
        update_alerts(session, store, judged(session, store), NOW)
    kept = {}
    for count in range(ALERTS, ENTRIES):
        if count in copies:
            kept[count] = everything(store)
        with store.write() as session:
            at = NOW + timedelta(minutes=10 * (count - ALERTS))
            something(session, store, random, at)
    return kept


def something(session: Session, store: Store, random: Random, now: datetime) -> None:
    """Somebody does something about an alert that can be done about it."""
    number = random.randrange(1, ALERTS + 1)
    possible: Mapping[str, tuple[Verb, ...]] = {
        "new": ("ack", "close", "accept", "assign", "comment"), "reopened": ("ack", "close", "accept"),
        "acknowledged": ("close", "accept", "assign", "comment"), "closed": ("reopen",), "accepted": ("reopen",),
    }  # fmt: skip
    verb = random.choice(possible[session.get_one(Alert, (store.tenant, number)).state])
    until = now + timedelta(days=30) if verb == "accept" else None
    # What is accepted has a row of its own, where no text that the ledger writes as ASCII can stand as it is.
    remark = "sleutel besteld" if verb == "accept" else random.choice(REMARKS)
    deed = Deed(verb, "bram", remark, approved_by="Directeur Chris", until=until, to="dewi")
    do(session, store, number, deed, now)


def everything(store: Store) -> dict[Table, list[Row]]:
    """Every row of the tables of the engine."""
    with store.read() as session:
        return {
            table: [dict(row) for row in session.execute(select(table)).mappings()]
            for table in Base.metadata.sorted_tables
        }


def as_they_are(store: Store) -> list[Row]:
    """The entries of the board, in order, their time as the number that is stored."""
    columns = [type_coerce(LEDGER.c.at, BigInteger).label("at") if one == "at" else LEDGER.c[one] for one in COLUMNS]
    with store.read() as session:
        mine = select(*columns).where(LEDGER.c.tenant_id == store.tenant).order_by(LEDGER.c.seq)
        return [dict(row) for row in session.execute(mine).mappings()]


@contextmanager
def taken_back(store: Store) -> Iterator[Connection]:
    """A transaction of which nothing stays."""
    with store.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection
        connection.rollback()


# ---- measuring


@dataclass(slots=True)
class Score:
    """How often one kind was tried, found, and named; and found without the head that was mailed."""

    tries: int = 0
    detected: int = 0
    named: int = 0
    alone: int = 0
    heads: int = 0

    def note(self, done: Done, said: Verdict, without_head: Verdict) -> None:
        """Count one try."""
        named = said.wrong == done.wrong
        self.count(said.wrong is not None, named, without_head.wrong is not None, given=done.given is not None)

    def count(self, detected: bool, named: bool, alone: bool, *, given: bool) -> None:
        """Count one try; whether it was also found `alone`, without what was `given` from outside."""
        self.tries += 1
        self.detected += detected
        self.named += named
        self.heads += given
        self.alone += alone


def measure_tampering(full: bool) -> Values:
    """Each kind of tampering, 25 times or 100 on each database, at places that a seed chooses."""
    tries, values = 100 if full else 25, dict[str, list[tuple[str, Score]]]()
    alarms, looked, names = 0, 0, list[str]()
    with ledgers() as addresses:
        for name, address in addresses.items():
            random = Random(SEED)
            store = open_store(address, [], str(UUID(int=1)), "Waaier", NOW)
            try:
                old = fill(store, random, set(random.sample(range(ALERTS, ENTRIES), tries)))
                rows = as_they_are(store)
                for kind in ATTACKS:
                    values.setdefault(kind, []).append((name, tried(store, rows, old, kind, random, tries)))
                wrong = false_alarms(store, rows, random, tries)
            finally:
                store.engine.dispose()
            alarms, looked, names = alarms + wrong, looked + 2 * tries, [*names, name]
    told = {} | dict(pair for kind, scores in values.items() for pair in shares(kind, scores))
    note = f"untouched, and after erasing, on {' and '.join(names)}; seed {SEED}"
    return told | {"ledger.false_alarms": Measured(alarms, note, looked)}


def tried(
    store: Store, rows: Sequence[Row], old: Mapping[int, Mapping[Table, Sequence[Row]]], kind: str, random: Random,
    tries: int,
) -> Score:  # fmt: skip
    """One kind of tampering, so many times."""
    score = Score()
    for _try in range(tries):
        with taken_back(store) as connection:
            desk = Desk(store, connection, rows, old)
            done = ATTACKS[kind](desk, random)
            score.note(done, desk.verified(done.given), desk.verified(None))
    return score


def shares(
    kind: str, scores: Sequence[tuple[str, Score]], subject: str = "ledger", apart: str = "without the mailed head"
) -> Iterator[tuple[str, Measured]]:
    """The share that was detected and the share that was named, over all databases."""
    tries = sum(score.tries for _name, score in scores)
    for what in ("detected", "named"):
        counts = [(name, getattr(score, what), score) for name, score in scores]
        note = "; ".join(f"{name} {count} of {score.tries}{without(score, apart)}" for name, count, score in counts)
        share = sum(count for _name, count, _score in counts) / tries
        yield f"{subject}.{kind}.{what}_share", Measured(share, f"{note}; seed {SEED}", tries)


def without(score: Score, apart: str) -> str:
    """What the head that was mailed adds, or whatever else was kept apart."""
    return f" ({score.alone} {apart})" if score.heads else ""


def false_alarms(store: Store, rows: Sequence[Row], random: Random, tries: int) -> int:
    """How often a ledger that nobody touched, or of which texts were erased as they may be, is called wrong."""
    wrong = 0
    for _try in range(tries):
        given = random.randrange(1, ENTRIES + 1)
        gone = random.sample(range(1, ENTRIES + 1), random.randrange(1, ENTRIES))
        with taken_back(store) as connection:
            desk = Desk(store, connection, rows)
            untouched = desk.verified(desk.head(given))
            for seq in gone:
                desk.change(seq, said=None, salt=None)
            erased = desk.verified(desk.head(given))
        wrong += untouched.wrong is not None or untouched.count != ENTRIES
        wrong += erased.wrong is not None or erased.erased != len(gone)
    return wrong


MEASUREMENTS = (Measurement(FIGURES, measure_tampering),)
