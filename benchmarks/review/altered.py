"""What somebody with the database does to a signed review, and whether `ibpmon review verify` finds and names it.

Which table and which line it must name follows from what was done, and is worked out here.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import BigInteger, Connection, Table, delete, insert, update
from sqlmodel import Session

from benchmarks.figures import Figure, Measured, Measurement, Values
from benchmarks.review.access import databases
from benchmarks.tell.tampering import SEED, Score, as_they_are, everything, sealed, share_figures, shares
from ibpmon.review import proving
from ibpmon.review.merkle import canonical
from ibpmon.review.proving import faults
from ibpmon.review.remedies import ACT_WORDS
from ibpmon.review.signoff import BOUND as SIGNED
from ibpmon.review.signoff import short
from ibpmon.review.verifying import verify
from ibpmon.review.writing import BOUND as DECIDED
from ibpmon.review.writing import mark
from ibpmon.store import ledger
from ibpmon.store.database import Store, open_store
from ibpmon.store.ledger import Head
from ibpmon.store.tables import Base, Moment
from tests.access_world import datasets
from tests.conftest import BOARD_NAME, MONDAY, TENANT
from tests.review_world import all_decided, board, bureau_of, later, opened, read_again, sign, unguarded
from tests.test_review_followup import report_all

Row = dict[str, Any]
Named = tuple[str, int]
TABLES = (
    "review", "review_item", "review_decision", "review_matrix", "review_signoff", "remediation", "remediation_edge",
    "remediation_event", "observation", "ledger",
)  # fmt: skip
LINE = {
    "review": "review_id", "review_item": "item_no", "review_decision": "seq", "ledger": "seq",
    **dict.fromkeys(("remediation", "remediation_edge", "remediation_event", "observation"), "remediation_id"),
}  # fmt: skip
LAST = {  # what a row that is put in gets a number of its own in
    "review_item": "item_no", "review_decision": "seq", "review_signoff": "signoff_id", "remediation": "remediation_id",
    "remediation_edge": "edge_no", "remediation_event": "seq", "observation": "seq", "ledger": "seq",
}  # fmt: skip
TOLD = {  # what the ledger tells of a row
    "review": ("review.open",), "review_signoff": ("review.sign",), "review_decision": proving.DECIDED,
    "remediation": ("remediation.open",), "observation": ("remediation.see",),
    "remediation_event": tuple(f"remediation.{verb}" for verb in ACT_WORDS),
}  # fmt: skip
SWAPPED = ("review_item", "review_decision", "remediation", "ledger")
# What proves nothing: the number of the board in this database, the hash of the file that the matrix was read from,
# and the number of a signature.
BESIDE = {("review_matrix", "source_hash"), ("review_signoff", "signoff_id")}


@dataclass(frozen=True, slots=True)
class Done:
    """What must be named since, and what somebody kept elsewhere, where that is needed."""

    named: set[Named]
    head: Head | None = None
    code: str = ""


@dataclass(slots=True)
class Desk:
    """Where somebody sits who has the database, with every table as it was now and at some moments before."""

    store: Store
    connection: Connection
    rows: Mapping[str, Sequence[Row]]
    old: Mapping[int, Mapping[Table, Sequence[Row]]]  # number of entries in the ledger -> every table

    def change(self, table: str, row: Row, **values: Any) -> None:
        """Write over some columns of a row."""
        self.connection.execute(update(of(table)).where(*key(table, row)).values(**values))

    def drop(self, table: str, row: Row) -> None:
        """Remove a row."""
        self.connection.execute(delete(of(table)).where(*key(table, row)))

    def hush(self, entries: Iterable[Row]) -> None:
        """Erase the text of these entries of the ledger; that breaks no chain."""
        for one in entries:
            self.change("ledger", one, said=None, salt=None)

    def head(self, first: int, random: Random) -> Head:
        """A head of the ledger that was mailed when it had at least so many entries."""
        row = random.choice([one for one in self.rows["ledger"] if one["seq"] >= first])
        return Head(row["seq"], row["hash"])


Attack = Callable[[Desk, Random], Done]


def of(name: str) -> Table:
    """The table with this name."""
    return Base.metadata.tables[name]


def key(table: str, row: Row) -> list[Any]:
    """What finds this row."""
    return [column == row[column.name] for column in of(table).primary_key.columns]


def line(table: str, row: Row) -> set[Named]:
    """How this row may be named; an edge with the task that it is of."""
    if table not in LINE:
        return {(table, 0), (table, 1)}
    told = {(table, row[LINE[table]])}
    return told | {("remediation", row["remediation_id"])} if table == "remediation_edge" else told


# ---- what somebody does


def edit(desk: Desk, random: Random) -> Done:
    """Another value in one column of one row."""
    table = random.choice(TABLES)
    return edited(desk, random, table, random.choice(desk.rows[table]))


def edited(desk: Desk, random: Random, table: str, row: Row) -> Done:
    """Another value in one column of this row."""
    columns = [one for one in of(table).columns if one.name != "tenant_id" and (table, one.name) not in BESIDE]
    column = random.choice(columns)
    desk.change(table, row, **{column.name: another(column, row[column.name], random)})
    return Done(line(table, row))


def another(column: Any, value: Any, random: Random) -> Any:
    """A value that such a column could have and that this row does not have."""
    if isinstance(value, bool):
        return not value
    if isinstance(column.type, Moment):
        return (value or MONDAY) + timedelta(seconds=random.choice((-1, 1)) * random.randrange(1, 10**6))
    if isinstance(value, int) or isinstance(column.type, BigInteger):
        return (value or 0) + random.randrange(1_000, 10_000)
    if column.name == "salt":
        return random.choice((None, random.randbytes(16).hex()))
    other = random.choice(("{}", "eva", random.randbytes(32).hex(), (value or "")[:-1], (value or "") + " "))
    return other if other != value else "bram"


def edit_untold(desk: Desk, random: Random) -> Done:
    """Another value in one row, and the ledger does not say any more what it was."""
    table = random.choice(list(TOLD))
    row = random.choice(desk.rows[table])
    desk.hush(one for one in desk.rows["ledger"] if tells(one, table, row))
    return edited(desk, random, table, row)


def tells(entry: Row, table: str, row: Row) -> bool:
    """Whether an entry of the ledger is about this row; each decision has one of its own."""
    name = "remediation" if "remediation_id" in row else "review"
    about = entry["ref"] == f"{name}/{row[f'{name}_id']}" and entry["kind"] in TOLD[table]
    return about and (table != "review_decision" or json.loads(entry["said"])["last"] == row["seq"])


def task_untold(desk: Desk, random: Random) -> Done:
    """A task gone with all that belongs to it, and the ledger does not say any more whose it was."""
    task = random.choice(desk.rows["remediation"])
    for table in ("remediation_edge", "remediation_event", "observation", "remediation"):
        for row in (one for one in desk.rows[table] if one["remediation_id"] == task["remediation_id"]):
            desk.drop(table, row)
    desk.hush(one for one in desk.rows["ledger"] if one["ref"] == f"remediation/{task['remediation_id']}")
    return Done(line("remediation", task))


def remove(desk: Desk, random: Random) -> Done:
    """One row gone; of the ledger the last one would be known to the counter alone, and is."""
    table = random.choice(TABLES)
    row = random.choice(desk.rows[table])
    desk.drop(table, row)
    return Done(line(table, row))


def slip_in(desk: Desk, random: Random) -> Done:
    """A row more: a copy of one under the next number."""
    table = random.choice(list(LAST))
    row, number = random.choice(desk.rows[table]), LAST[table]
    new = row | {number: max(one[number] for one in desk.rows[table]) + 1}
    new |= {"signer": "eva"} if table == "review_signoff" else {}
    desk.connection.execute(insert(of(table)), [new])
    return Done({(table, 2)} if table == "review_signoff" else line(table, new))


def swap(desk: Desk, random: Random) -> Done:
    """Two rows change places."""
    table = random.choice(SWAPPED)
    name = LINE[table]
    one, other = sorted(random.sample(list(desk.rows[table]), 2), key=lambda row: int(row[name]))
    places = [(one, -1), (other, one[name]), (one | {name: -1}, other[name])]
    for row, number in places:
        desk.change(table, row, **{name: number})
    return Done(line(table, one))


def cut(desk: Desk, random: Random) -> Done:
    """The last rows gone; of the ledger also from the counter, and then a head shows it."""
    table = random.choice(("review_item", "review_decision", "remediation", "observation", "ledger"))
    rows = desk.rows[table][random.randrange(1, len(desk.rows[table])) :]
    for row in rows:
        desk.drop(table, row)
    if table != "ledger":
        return Done(line(table, rows[0]))
    count(desk, rows[0]["seq"] - 1)
    return Done(line(table, rows[0]), desk.head(rows[0]["seq"], random))


def count(desk: Desk, number: int) -> None:
    """Let the counter say that the ledger has so many entries."""
    table = of("counter")
    mine = (table.c.tenant_id == desk.store.tenant, table.c.name == ledger.NUMBER)
    desk.connection.execute(update(table).where(*mine).values(value=number))


def rewrite(desk: Desk, random: Random) -> Done:
    """A decision changed, and all that follows from it made again: decisions, signature, ledger. It holds by itself."""
    hashes = rewritten_decisions(desk, random)
    (row,) = desk.rows["review_signoff"]
    row = row | {"decision_head": hashes[row["decision_seq"]]}
    row |= {"hash": mark(row, SIGNED)}
    row |= {"fingerprint": short(row["hash"])}
    desk.change("review_signoff", row, **{name: row[name] for name in ("decision_head", "hash", "fingerprint")})
    first = rewritten_ledger(desk, hashes, row, random)
    kept = desk.rows["review_signoff"][0]["fingerprint"]
    if random.random() < 0.5:
        return Done({("code", 0)}, code=kept)
    given = desk.head(first, random)
    return Done({("ledger", given.seq)}, given)


def rewritten_decisions(desk: Desk, random: Random) -> dict[int, str]:
    """The chain of decisions with one other verb in it; gives the hash of each."""
    rows = [dict(row) for row in desk.rows["review_decision"]]
    at = random.randrange(len(rows))
    rows[at] |= {"actor": "eva@board.example"}
    for number in range(at, len(rows)):
        rows[number] |= {"prev_hash": rows[number - 1]["hash"]} if number else {}
        rows[number] |= {"hash": mark(rows[number], DECIDED)}
        desk.change(
            "review_decision", rows[number], **{one: rows[number][one] for one in ("actor", "prev_hash", "hash")}
        )
    return {row["seq"]: row["hash"] for row in rows}


def rewritten_ledger(desk: Desk, hashes: Mapping[int, str], signed: Row, random: Random) -> int:
    """The ledger as it would be with those decisions; gives the first entry that is another."""
    fresh, before, first = list[Row](), "", 0
    for row in as_they_are_in(desk):
        said = json.loads(row["said"])
        if "last" in said:
            said["hash"] = hashes[said["last"]]
        elif row["kind"] == "review.sign":
            said |= {"hash": signed["hash"], "fingerprint": signed["fingerprint"]}
        told = canonical(said)
        first = first or (row["seq"] if told != row["said"] else 0)
        new = sealed(row | {"said": told}, before or row["prev_hash"], random) if first else row
        before = new["hash"]
        fresh.append(new)
    table = of("ledger")
    desk.connection.execute(delete(table))
    desk.connection.execute(insert(table), fresh)
    return first


def as_they_are_in(desk: Desk) -> list[Row]:
    """The entries, their time as the number that is stored."""
    return [dict(row) for row in desk.rows["entries"]]


def put_back(desk: Desk, random: Random) -> Done:
    """Every table as it was some time ago."""
    number = random.choice(list(desk.old))
    for table, rows in desk.old[number].items():
        desk.connection.execute(delete(table))
        if rows:
            desk.connection.execute(insert(table), list(rows))
    given = desk.head(number + 1, random)
    return Done({("ledger", number + 1)}, given)


ATTACKS: Mapping[str, Attack] = {
    "value": edit, "delete": remove, "insert": slip_in, "swap": swap, "tail_cut": cut, "rewritten": rewrite,
    "old_copy": put_back, "value_untold": edit_untold, "task_untold": task_untold,
}  # fmt: skip
TRIES = {False: 10, True: 100}
FIGURES = (
    *share_figures("review_database", ATTACKS, "one review"),
    Figure("review_database.false_alarms", "verdicts", "== 0", "one review"),
)


# ---- measuring


def filled(store: Store, folder: Path) -> tuple[int, dict[int, dict[Table, list[Row]]]]:
    """A review that was lived through; gives its number, and every table as it was on the way."""
    board().save(store)
    bureau, kept = bureau_of(store, folder), dict[int, dict[Table, list[Row]]]()

    def keep() -> None:
        with store.read() as session:
            head = ledger.head(session, store)
        kept[head.seq if head else 0] = everything(store)

    number = opened(bureau)
    keep()
    all_decided(bureau, number)
    keep()
    sign(bureau, number)
    keep()
    report_all(later(bureau, 1))
    read_again(store, 2, without="kees")
    keep()
    verify(later(bureau, 2))
    return number, kept


def measure_altered(full: bool) -> Values:
    """Each kind of tampering so many times on each database, at places that a seed chooses."""
    scores, alarms, looked = dict[str, list[tuple[str, Score]]](), 0, 0
    with TemporaryDirectory() as folder:
        for name, url in databases(Path(folder)):
            store = open_store(url, datasets(), TENANT, BOARD_NAME, MONDAY)
            try:
                number, old = filled(store, Path(folder))
                for kind in ATTACKS:
                    scores.setdefault(kind, []).append((name, tried(store, number, old, kind, TRIES[full])))
                alarms += sum(bool(found(store, number, random)) for random in map(Random, range(TRIES[full])))
                looked += TRIES[full]
            finally:
                store.engine.dispose()
    told = dict(
        pair
        for kind, some in scores.items()
        for pair in shares(kind, some, "review_database", "without the mailed head or code")
    )
    return told | {"review_database.false_alarms": Measured(alarms, "untouched, with code and head", looked)}


def tried(store: Store, number: int, old: Mapping[int, Any], kind: str, tries: int) -> Score:
    """One kind of tampering, so many times."""
    score, random, rows = Score(), Random(f"{SEED} {kind}"), as_it_is(store)
    for _try in range(tries):
        with unguarded(store) as connection:
            done = ATTACKS[kind](Desk(store, connection, rows, old), random)
            said, alone = looked_at(store, connection, number, done), looked_at(store, connection, number, Done(set()))
        given = done.head is not None or bool(done.code)
        score.count(bool(said), bool(said & done.named), bool(alone), given=given)
    return score


def looked_at(store: Store, connection: Connection, number: int, done: Done) -> set[Named]:
    """What verifying names."""
    with Session(bind=connection) as session:
        return {(one.table, one.line) for one in faults(session, store, number, done.head, done.code)}


def found(store: Store, number: int, random: Random) -> set[Named]:
    """What verifying names of what nobody touched, with the code of the mail and some head."""
    rows = as_it_is(store)
    code = rows["review_signoff"][0]["fingerprint"]
    head = random.choice(rows["ledger"])
    with store.engine.connect() as connection:
        return looked_at(store, connection, number, Done(set(), Head(head["seq"], head["hash"]), code))


def as_it_is(store: Store) -> Mapping[str, Sequence[Row]]:
    """The rows of every table of a review; the ledger also as it is stored."""
    rows = {table.name: sorted_rows(table, some) for table, some in everything(store).items()}
    return {name: rows[name] for name in TABLES} | {"entries": as_they_are(store)}


def sorted_rows(table: Table, rows: Sequence[Row]) -> list[Row]:
    """Rows in the order of their keys."""
    names = [column.name for column in table.primary_key.columns]
    return sorted(rows, key=lambda row: [row[name] for name in names])


MEASUREMENTS = (Measurement(FIGURES, measure_altered),)
