"""What somebody does to an evidence pack, and whether verifying it finds and names that: the command and the script.

Each kind is tried with the MANIFEST as it was and with one that fits again. The files are those that are in the pack.
What no hash inside a pack is over (the script itself, what became of the tasks, a picture of the same for people) is
bound by the hash of the pack as a whole, which the ledger keeps; that is held against it then, and counted apart.
"""

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, Measured, Measurement, Values
from benchmarks.tell.tampering import SEED, Score, share_figures, shares
from ibpmon.review import verifier
from ibpmon.review.bureau import Bureau
from ibpmon.review.pack import zipped
from ibpmon.review.verifying import verify
from ibpmon.store.database import Store, open_store
from tests.access_world import datasets
from tests.conftest import BOARD_NAME, MONDAY, TENANT
from tests.review_world import board, bureau_of, later, read_again, signed
from tests.test_pack import files_of, made, rows_of, swapped_into
from tests.test_review_followup import report_all

Files = dict[str, bytes]
# What the hashes inside a pack are over; all else is bound by the hash of the pack.
BOUND = {
    "coverage.json", "decisions.jsonl", "items.csv", "items.jsonl", "items.xlsx", "ledger-slice.jsonl",
    "matrix.json", "review.json",
}  # fmt: skip
SIGNATURE = {"signature", "statement", "bound", "ledger", "code"}  # faults that name who signed, in review.json


@dataclass(frozen=True, slots=True)
class Shelf:
    """The packs that there are: the one that was given, one of before, and one that somebody made of his own."""

    now: bytes
    before: bytes
    own: bytes

    @property
    def mark(self) -> str:
        """The hash of the pack, as the ledger keeps it."""
        return hashlib.sha256(self.now).hexdigest()

    @property
    def code(self) -> str:
        """What the mail about the signature says."""
        return str(verifier.value_of(files_of(self.now)["review.json"], "")["signatures"][0]["fingerprint"])

    def head(self, random: Random) -> str:
        """A head of the ledger that was mailed."""
        row = random.choice(rows_of(files_of(self.now), "ledger-slice.jsonl"))
        return f"{row['seq']}:{row['hash']}"


@dataclass(frozen=True, slots=True)
class Done:
    """A pack that was changed: the file that must be named, and what somebody kept elsewhere, where that is needed."""

    data: bytes
    file: str = ""
    given: Mapping[str, str] | None = None


Change = Callable[[Files, Random], str]


# ---- what somebody does to the files


def edit(files: Files, random: Random) -> str:
    """One bit of one file is another."""
    name = random.choice(sorted(name for name in files if files[name]))
    data, at = bytearray(files[name]), random.randrange(len(files[name]))
    data[at] ^= 1 << random.randrange(7)
    files[name] = bytes(data)
    return name


def remove(files: Files, random: Random) -> str:
    """A line is gone, or a whole file."""
    if random.random() < 0.3:
        name = random.choice(sorted(files))
        del files[name]
        return name
    name, lines, at = lines_in(files, random)
    files[name] = b"".join(lines[:at] + lines[at + 1 :])
    return name


def slip_in(files: Files, random: Random) -> str:
    """A line more, or a file that does not belong in it."""
    if random.random() < 0.3:
        files["bijlage.txt"] = random.randbytes(20)
        return "bijlage.txt"
    name, lines, at = lines_in(files, random)
    files[name] = b"".join([*lines[:at], lines[at], *lines[at:]])
    return name


def swap(files: Files, random: Random) -> str:
    """Two lines changed places."""
    name, lines, at = lines_in(files, random, least=2)
    other = (at + 1) % len(lines)
    lines[at], lines[other] = lines[other], lines[at]
    files[name] = b"".join(lines)
    return name


def cut(files: Files, random: Random) -> str:
    """The last lines are gone."""
    name, lines, at = lines_in(files, random)
    files[name] = b"".join(lines[:at])
    return name


def lines_in(files: Files, random: Random, least: int = 1) -> tuple[str, list[bytes], int]:
    """A file of lines, its lines, and one of them."""
    some = {name: files[name].splitlines(keepends=True) for name in sorted(files) if name.endswith((".jsonl", ".csv"))}
    name = random.choice([name for name, lines in some.items() if len(lines) >= least])
    return name, some[name], random.randrange(len(some[name]))


def changed(change: Change, shelf: Shelf, random: Random, manifest: bool) -> Done:
    """The pack with a change in it; with `manifest` that was made to fit."""
    files = files_of(shelf.now)
    name = change(files, random)
    return Done(zipped(files) if manifest else swapped_into(shelf.now, files), name)


def rewritten(shelf: Shelf, random: Random, _manifest: bool) -> Done:
    """Everything made anew: decided, signed and packed by somebody else. It is consistent in itself."""
    given = {"code": shelf.code} if random.random() < 0.5 else {"head": shelf.head(random)}
    return Done(shelf.own, "", given)


def put_back(shelf: Shelf, _random: Random, _manifest: bool) -> Done:
    """The pack of before, in place of the one in which it stands that a task was not done."""
    return Done(shelf.before, "")


CHANGES: Mapping[str, Change] = {"value": edit, "delete": remove, "insert": slip_in, "swap": swap, "tail_cut": cut}
KINDS = (*CHANGES, "rewritten", "old_copy")
APART = "by the pack alone, the others by its own hash or by what was mailed"
TRIES = {False: 10, True: 100}
FIGURES = (
    *share_figures("review_pack", KINDS, "one pack"),
    Figure("review_pack.script_says_otherwise", "packs", "== 0", "one pack"),
    Figure("review_pack.false_alarms", "verdicts", "== 0", "one pack"),
)


# ---- measuring


def measure_packs(full: bool) -> Values:
    """Each kind of change so many times, half of them with a MANIFEST that fits."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        shelf = filled(folder)
        (folder / "verify.py").write_bytes(files_of(shelf.now)["verify.py"])
        scores, otherwise = dict[str, Score](), 0
        for kind in KINDS:
            scores[kind], differ = tried(shelf, folder, kind, TRIES[full])
            otherwise += differ
        alarms = sum(false_alarm(shelf, folder, random) for random in map(Random, range(TRIES[full])))
    told = dict(pair for kind, one in scores.items() for pair in shares(kind, [("pack", one)], "review_pack", APART))
    looked = TRIES[full] * len(KINDS)
    return told | {
        "review_pack.script_says_otherwise": Measured(otherwise, "verify.py with Python alone", looked),
        "review_pack.false_alarms": Measured(alarms, "untouched, with code and head", TRIES[full]),
    }


def filled(folder: Path) -> Shelf:
    """The pack of a review before and after its tasks were looked at, and one of another signature."""
    before, now = packs(folder, "real.db", follow=True)
    (own,) = packs(folder, "own.db", follow=False)
    return Shelf(now, before, own)


def packs(folder: Path, name: str, *, follow: bool) -> Iterator[bytes]:
    """The pack of a signed review; with `follow` a second one of after a run."""
    store: Store = open_store(f"sqlite:///{folder / name}", datasets(), TENANT, BOARD_NAME, MONDAY)
    try:
        board().save(store)
        bureau: Bureau = bureau_of(store, folder)
        number = signed(bureau)
        yield made(bureau, number)
        if follow:
            report_all(later(bureau, 1))
            read_again(store, 2, without="kees")
            verify(later(bureau, 2))
            yield made(bureau, number)
    finally:
        store.engine.dispose()


def tried(shelf: Shelf, folder: Path, kind: str, tries: int) -> tuple[Score, int]:
    """One kind of change, so many times; and how often the script in the pack says something else."""
    score, random, differ = Score(), Random(f"{SEED} {kind}"), 0
    for number in range(tries):
        done = one_of(kind, shelf, random, number % 2 == 1)
        given = done.given or {}
        faults = verdict(done.data, folder, given)
        by_hash = done.file not in BOUND and not given and hashlib.sha256(done.data).hexdigest() != shelf.mark
        alone = bool(verdict(done.data, folder, {})) if given else bool(faults)
        score.count(bool(faults) or by_hash, names(done, faults) or (by_hash and not faults), alone, given=not alone)
        differ += script(folder, given) != said(folder, given)
    return score, differ


def one_of(kind: str, shelf: Shelf, random: Random, manifest: bool) -> Done:
    """A change of this kind that makes another pack."""
    if kind not in CHANGES:
        return {"rewritten": rewritten, "old_copy": put_back}[kind](shelf, random, manifest)
    while True:
        done = changed(CHANGES[kind], shelf, random, manifest)
        if files_of(done.data) != files_of(shelf.now):
            return done


def names(done: Done, faults: Sequence[verifier.Fault]) -> bool:
    """Whether a fault is about the file that was changed; without a file that one is needed from outside."""
    if not done.file:
        return bool(faults)
    other = {"review.json": SIGNATURE, "ledger-slice.jsonl": {"ledger"}}.get(done.file, set())
    return any(one.values.get("file") == done.file or one.text in other for one in faults)


def verdict(data: bytes, folder: Path, given: Mapping[str, str]) -> list[verifier.Fault]:
    """What `ibpmon verify` finds."""
    (folder / "pack.zip").write_bytes(data)
    return verifier.verify(folder / "pack.zip", **given)[0]


def said(folder: Path, given: Mapping[str, str]) -> list[str]:
    """What `ibpmon verify` says."""
    lines = list[str]()
    verifier.report(*verifier.verify(folder / "pack.zip", **given), "en", lines.append)
    return lines


def script(folder: Path, given: Mapping[str, str]) -> list[str]:
    """What the script says that was in the pack as it was given; with Python alone."""
    words = [word for name, value in given.items() for word in (f"--{name}", value)]
    command = [sys.executable, "-I", "-S", "verify.py", "pack.zip", "--language", "en", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout.splitlines()


def false_alarm(shelf: Shelf, folder: Path, random: Random) -> bool:
    """Whether a pack that nobody touched is called wrong."""
    return bool(verdict(shelf.now, folder, {"code": shelf.code, "head": shelf.head(random)}))


MEASUREMENTS = (Measurement(FIGURES, measure_packs),)
