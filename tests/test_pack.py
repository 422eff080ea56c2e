"""The evidence pack: it proves itself with Python alone, is the same when made again, and shows what was changed."""

import csv
import hashlib
import io
import json
import random
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from ibpmon import language
from ibpmon.errors import RefusedError
from ibpmon.privacy.pseudonyms import ALPHABET
from ibpmon.report.evidence import letterhead
from ibpmon.report.exports import DANGEROUS
from ibpmon.review import reopening, verifier
from ibpmon.review.asking import FACTS
from ibpmon.review.bureau import Bureau
from ibpmon.review.merkle import canonical
from ibpmon.review.pack import exported, pack, zipped
from ibpmon.review.signoff import BOUND as SIGNED
from ibpmon.review.signoff import CODE
from ibpmon.review.writing import BOUND as DECISION
from ibpmon.review.writing import REVIEW
from ibpmon.store import ledger
from ibpmon.store.database import Store, open_store
from ibpmon.store.ledger import Act
from ibpmon.store.review_tables import FIXED, ReviewItem
from ibpmon.store.upsert import table_of
from tests.access_world import datasets
from tests.conftest import MONDAY
from tests.hostile_names import FORMULAS, KINDS
from tests.review_world import HEAD, all_decided, board, bureau, bureau_of, opened, sign, signed, store

__all__ = ["bureau", "store"]  # fixtures

pytestmark = pytest.mark.usefixtures("english")

Files = dict[str, bytes]
Change = Callable[[Files, random.Random], str]


def made(bureau: Bureau, number: int) -> bytes:
    """The pack of a review, with a PDF that says nothing: tests/test_evidence.py is about those."""
    return pack(bureau.store, number, HEAD, lambda _files: b"%PDF-")[0]


def files_of(data: bytes) -> Files:
    """What is in a pack, without its MANIFEST."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != verifier.MANIFEST}


def rows_of(files: Files, name: str) -> list[dict[str, Any]]:
    """The rows of a file."""
    return [json.loads(line) for line in files[name].splitlines()]


def verdict(data: bytes, folder: Path, **given: str) -> list[str]:
    """What is wrong with a pack, in English."""
    path = folder / "pack.zip"
    path.write_bytes(data)
    return [one.told("en") for one in verifier.verify(path, **given)[0]]


# ---- whole


def test_a_pack_proves_itself_and_is_the_same_when_made_again(bureau: Bureau, tmp_path: Path) -> None:
    """Nothing but the review stands in it: no name of a machine, and no moment of packing."""
    number = signed(bureau)
    first = made(bureau, number)

    assert verdict(first, tmp_path) == []
    assert made(bureau, number) == first
    assert set(files_of(first)) == set(verifier.FILES)
    assert rows_of(files_of(first), "decisions.jsonl")[0]["verb"] == "revoke"


def test_in_another_language_only_what_is_for_reading_differs(bureau: Bureau) -> None:
    """22. Two people who export one revision have the same evidence, whatever language each of them reads."""
    number = signed(bureau)
    english = files_of(made(bureau, number))
    language.use("nl")
    head = letterhead(bureau.config)
    dutch = files_of(pack(bureau.store, number, head, lambda _files: b"%PDF- nl")[0])
    assert (head.language, set(dutch)) == ("nl", set(english))
    assert {name for name in dutch if dutch[name] != english[name]} == {"letterhead.json", "review.pdf"}


def test_the_bytes_of_a_pack_do_not_hang_on_who_makes_it_smaller(evidence: bytes) -> None:
    """Another version of zlib gives other bytes for the same files, and each system notes its own name."""
    with zipfile.ZipFile(io.BytesIO(evidence)) as archive:
        assert {(one.compress_type, one.create_system) for one in archive.infolist()} == {(zipfile.ZIP_STORED, 3)}


def test_the_script_in_the_pack_needs_python_alone_and_says_the_same(bureau: Bureau, tmp_path: Path) -> None:
    """An auditor has neither ibpmon nor this database; -S -I leaves every installed package out."""
    data = made(bureau, signed(bureau))
    code = json.loads(files_of(data)["review.json"])["signatures"][0]["fingerprint"]
    (tmp_path / "pack.zip").write_bytes(data)
    (tmp_path / "verify.py").write_bytes(files_of(data)["verify.py"])

    mark = hashlib.sha256(data).hexdigest()
    for given, kept, status in ((code, mark, 0), (code, "0" * 64, 1), ("AAAA-AAAA-AAAA-AAAA", mark, 1)):
        command = [sys.executable, "-I", "-S", "verify.py", "pack.zip", "--language", "en", "--code", given]
        command += ["--sha256", kept]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        said = list[str]()
        found = verifier.verify(tmp_path / "pack.zip", code=given, mark=kept)
        assert verifier.report(*found, "en", said.append) == run.returncode == status
        assert (run.stdout.splitlines(), run.stderr) == (said, "")
    assert said[-2:] == ["! no signature in it has the code AAAA-AAAA-AAAA-AAAA", "The pack is NOT whole."]


def test_the_verifier_hashes_what_ibpmon_hashes() -> None:
    """It imports nothing of ibpmon, so that these lists stand in it twice."""
    assert verifier.ITEM == FACTS
    assert verifier.DECISION == DECISION
    assert verifier.REVIEW == REVIEW
    assert FIXED["review_item"] == verifier.ERASED
    assert verifier.SIGNED == SIGNED
    assert verifier.FORMULA == DANGEROUS
    assert (verifier.CODE_SIGNS, verifier.CODE_LENGTH) == (ALPHABET, CODE)
    source = Path(verifier.__file__).read_text(encoding="utf-8")
    assert "ibpmon." not in re.sub(r"\"\"\".*?\"\"\"", "", source, flags=re.DOTALL)


def test_the_ledger_in_a_pack_says_nothing_of_others(bureau: Bureau, tmp_path: Path) -> None:
    """Between opening and signing an alert about somebody else came in: its hash is there, its text is not."""
    number = opened(bureau)
    with bureau.store.write() as session:
        ledger.append(session, bureau.store, [Act("alert.new", "alert/1", {"subject": "geheim-van-eva"})], MONDAY)
    all_decided(bureau, number)
    sign(bureau, number)
    data = made(bureau, number)

    assert b"geheim-van-eva" not in b"".join(files_of(data).values())
    kinds = [row["kind"] for row in rows_of(files_of(data), "ledger-slice.jsonl")]
    assert ("alert.new" in kinds, kinds[0], kinds[-1]) == (True, "review.open", "review.sign")
    assert verdict(data, tmp_path) == []


def test_a_head_that_somebody_kept_fits_or_is_named(bureau: Bureau, tmp_path: Path) -> None:
    """The mailed head is the witness that a pack which was made anew as a whole cannot have."""
    data = made(bureau, signed(bureau))
    last = rows_of(files_of(data), "ledger-slice.jsonl")[-1]

    assert verdict(data, tmp_path, head=f"{last['seq']}:{last['hash']}") == []
    (other,) = verdict(data, tmp_path, head=f"{last['seq']}:{'0' * 64}")
    assert other == f"entry {last['seq']} of the ledger is another than the one whose hash was given"
    (apart,) = verdict(data, tmp_path, head=f"9999:{'0' * 64}")
    assert "is about entry 9999, which is not in this pack" in apart


def test_what_was_erased_leaves_its_hash_and_the_pack_is_whole(bureau: Bureau, tmp_path: Path) -> None:
    """At the end of the term the text goes; what was signed stays provable."""
    number = signed(bureau)
    table = table_of(ReviewItem)
    nothing = dict.fromkeys(("item_key", "principal", "resource", "paths", "sentence", "salt"))
    with bureau.store.write() as session:
        session.execute(update(table).where(table.c.item_no == 1).values(**nothing))

    data = made(bureau, number)

    row = rows_of(files_of(data), "items.jsonl")[0]
    assert {name for name, value in row.items() if value is not None} == {"item_no", "leaf_hash"}
    assert {"right", "outcome", "risk", "sentence"} < set(row)
    assert verdict(data, tmp_path) == []


@pytest.mark.parametrize("name", ["right", "outcome", "risk", "sentence", "more"])
def test_of_what_was_erased_nothing_else_can_be_told(evidence: bytes, tmp_path: Path, name: str) -> None:
    """Without its salt nothing binds what an item says: whatever stands there was put in by somebody."""
    files = files_of(evidence)
    rows = rows_of(files, "items.jsonl")
    rows[0] = dict.fromkeys(rows[0]) | {"item_no": 1, "leaf_hash": rows[0]["leaf_hash"]}
    assert verdict(zipped(with_items(files, rows)), tmp_path) == []

    rows[0][name] = "read"
    assert verdict(zipped(with_items(files, rows)), tmp_path) == [
        "items.jsonl: number 1 was erased, and yet something stands there"
    ]


def with_items(files: Files, rows: list[dict[str, Any]]) -> Files:
    """The files with other items, everywhere where they stand."""
    lines = "".join(f"{canonical(row)}\n" for row in rows).encode()
    return files | {"items.jsonl": lines, "items.csv": verifier.sheet(rows), "items.xlsx": verifier.workbook(rows)}


def test_how_many_items_were_erased_is_told(evidence: bytes, tmp_path: Path) -> None:
    """Somebody could leave out the text of what he would rather not show: then the count says so."""
    files = files_of(evidence)
    rows = rows_of(files, "items.jsonl")
    rows[0] = dict.fromkeys(rows[0]) | {"item_no": 1, "leaf_hash": rows[0]["leaf_hash"]}
    (tmp_path / "pack.zip").write_bytes(zipped(with_items(files, rows)))

    told = [one.told("en") for one in verifier.verify(tmp_path / "pack.zip")[1]]

    assert "items whose term is over, of which only the hash is left: 1" in told


def test_what_nobody_signed_is_not_packed(bureau: Bureau) -> None:
    """A draft proves nothing."""
    number = opened(bureau)
    with pytest.raises(RefusedError, match="was signed by nobody"):
        made(bureau, number)


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_the_sheet_is_a_formula(formula: str) -> None:
    """The sentence holds names that anybody may choose; no row is lost either."""
    rows = [{"item_no": number, **dict.fromkeys(verifier.SHEET[1:], formula)} for number in (1, 2)]
    text = verifier.sheet(rows).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    assert len(read) == 3
    assert all(not cell.lstrip().startswith(verifier.FORMULA) for row in read[1:] for cell in row[1:])


# ---- changed


def a_value(files: Files, chance: random.Random, name: str = "") -> str:
    """One sign of one file is another."""
    name = name or chance.choice([name for name in files if files[name]])
    data, at = bytearray(files[name]), chance.randrange(len(files[name]))
    data[at] = data[at] ^ 1
    files[name] = bytes(data)
    return name


def lines_in(files: Files, chance: random.Random) -> tuple[str, list[bytes], int]:
    """A file of lines, its lines, and one of them."""
    name = chance.choice(["items.jsonl", "decisions.jsonl", "ledger-slice.jsonl"])
    lines = files[name].splitlines(keepends=True)
    return name, lines, chance.randrange(len(lines))


def a_line_less(files: Files, chance: random.Random) -> str:
    """A line is gone."""
    name, lines, at = lines_in(files, chance)
    files[name] = b"".join(lines[:at] + lines[at + 1 :])
    return name


def a_line_more(files: Files, chance: random.Random) -> str:
    """A line came in."""
    name, lines, at = lines_in(files, chance)
    files[name] = b"".join([*lines[:at], lines[at], *lines[at:]])
    return name


def two_swapped(files: Files, chance: random.Random) -> str:
    """Two lines changed places."""
    name, lines, at = lines_in(files, chance)
    other = (at + 1) % len(lines)
    lines[at], lines[other] = lines[other], lines[at]
    files[name] = b"".join(lines)
    return name


def the_tail_cut(files: Files, chance: random.Random) -> str:
    """The last lines are gone."""
    name, lines, at = lines_in(files, chance)
    files[name] = b"".join(lines[:at])
    return name


def chain_rewritten(files: Files, chance: random.Random) -> str:
    """A decision is another, and all hashes after it were made to fit."""
    rows = rows_of(files, "decisions.jsonl")
    at = chance.randrange(len(rows))
    rows[at]["verb"] = "keep"
    for number in range(at, len(rows)):
        rows[number]["prev_hash"] = rows[number - 1]["hash"] if number else rows[number]["prev_hash"]
        rows[number]["hash"] = verifier.over(rows[number], verifier.DECISION)
    files["decisions.jsonl"] = "".join(f"{canonical(row)}\n" for row in rows).encode()
    return "decisions.jsonl"


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A pack of a signed review."""
    folder = tmp_path_factory.mktemp("evidence")
    store = open_store(f"sqlite:///{folder}/ibpmon.db", datasets(), "board", "Waaier", MONDAY)
    board().save(store)
    bureau = bureau_of(store, folder)
    data = made(bureau, signed(bureau))
    store.engine.dispose()
    return data


LOOSE = (
    "letterhead.json",
    "verify.py",
    "remediation.jsonl",
    "review.json",
    "review.pdf",
)  # bound by the hash of the pack alone


@pytest.mark.parametrize("change", [a_value, a_line_less, a_line_more, two_swapped, the_tail_cut, chain_rewritten])
@pytest.mark.parametrize("with_manifest", [False, True], ids=["", "manifest too"])
def test_what_was_changed_in_a_pack_is_seen_and_named(
    evidence: bytes, tmp_path: Path, change: Change, with_manifest: bool
) -> None:
    """Also by somebody who makes the MANIFEST fit: then the hashes of the review itself do not."""
    seen = 0
    for seed in range(10):
        files, chance = files_of(evidence), random.Random(seed)
        before, name = dict(files), change(files, chance)
        if files == before or (with_manifest and name in LOOSE):
            continue  # the script is not what it verifies, and nothing is bound in a name of an owner
        data = zipped(files) if with_manifest else swapped_into(evidence, files)
        faults = verdict(data, tmp_path)
        assert faults, (seed, name)
        assert any(name in fault for fault in faults) or "cannot be read" in faults[0] or "sign" in faults[0], faults
        seen += 1
    assert seen >= 5


def test_the_piece_of_the_ledger_begins_with_the_opening(evidence: bytes, tmp_path: Path) -> None:
    """A piece that begins later is a chain as well, and could leave out what was asked."""
    files = files_of(evidence)
    files["ledger-slice.jsonl"] = b"".join(files["ledger-slice.jsonl"].splitlines(keepends=True)[1:])
    assert any("ledger-slice.jsonl: number" in fault for fault in verdict(zipped(files), tmp_path))


def test_what_was_erased_by_half_is_no_erasure(evidence: bytes, tmp_path: Path) -> None:
    """Without its salt an item would say whatever somebody writes into it."""
    files, rows = files_of(evidence), rows_of(files_of(evidence), "items.jsonl")
    rows[1] |= {"salt": None, "sentence": "Niemand komt hier."}
    files["items.jsonl"] = "".join(f"{canonical(row)}\n" for row in rows).encode()
    files["items.csv"], files["items.xlsx"] = verifier.sheet(rows), verifier.workbook(rows)
    said = ["items.jsonl: number 2 was erased, and yet something stands there"]
    assert verdict(zipped(files), tmp_path) == said


def test_the_names_in_the_review_are_those_of_the_opening(evidence: bytes, tmp_path: Path) -> None:
    """Who was asked is bound by no signature, but by the ledger."""
    files = files_of(evidence)
    files["review.json"] = files["review.json"].replace(b'"owner_name":"Anna"', b'"owner_name":"Eva"')
    assert verdict(zipped(files), tmp_path) == ["review.json does not say what the ledger says of the opening"]


def swapped_into(data: bytes, files: Files) -> bytes:
    """The pack with other files under the MANIFEST that it had."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        manifest = archive.read(verifier.MANIFEST)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in [*files.items(), (verifier.MANIFEST, manifest)]:
            archive.writestr(name, text)
    return target.getvalue()


def test_a_pack_that_was_made_anew_as_a_whole_shows_only_against_the_code(
    bureau: Bureau, store: Store, tmp_path: Path
) -> None:
    """Whoever owns the database can decide, sign and pack again; the mail of that day has another code."""
    first = json.loads(files_of(made(bureau, signed(bureau)))["review.json"])["signatures"][0]["fingerprint"]
    later = Bureau.of(bureau.config, store, MONDAY.replace(hour=20))
    again = reopening.reopen(later, 1, "chris", "opnieuw")
    all_decided(later, again, "revoke")
    sign(later, again)
    data = made(later, again)

    assert verdict(data, tmp_path) == []
    assert verdict(data, tmp_path, code=first) == [f"no signature in it has the code {first}"]


# ---- hostile


def a_zip(*members: tuple[str, bytes]) -> bytes:
    """A zip of these files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no evidence pack"),
        (b"PK\x03\x04 no zip", "no evidence pack"),
        (a_zip(("../../etc/passwd", b"x")), "../../etc/passwd does not belong in it"),
        (a_zip(("review.json", b"{}")), "coverage.json is missing"),
        (a_zip(("\x1b[2Jreview.json", b"{}")), "?[2Jreview.json does not belong in it"),
    ],
)
def test_what_is_no_pack_gets_one_clear_message(data: bytes, why: str, tmp_path: Path) -> None:
    """Whoever sends a file chooses what is in it."""
    (fault,) = verdict(data, tmp_path)
    assert why in fault


def test_a_pack_that_is_not_there_or_is_a_folder_is_told(tmp_path: Path) -> None:
    """A mistyped name is no reason for a trace."""
    for path in (tmp_path / "none.zip", tmp_path):
        ((fault,), about) = verifier.verify(path)
        assert "this is no evidence pack" in fault.told("en")
        assert about == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_in_it_twice_is_refused(tmp_path: Path) -> None:
    """Which of the two would be read differs from program to program."""
    (fault,) = verdict(a_zip(("review.json", b"{}"), ("review.json", b"[]")), tmp_path)
    assert fault == "review.json is in it twice"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("review.json", b"[" * 200_000),
        ("review.json", b'{"review": 1, "signatures": 2}'),
        ("items.jsonl", b'{"item_no": 1' + b"0" * 9_000 + b"}"),
        ("items.jsonl", b"[]\n"),
        ("items.jsonl", b'{"item_no": NaN}'),
        ("decisions.jsonl", b"\xff\xfe"),
        ("ledger-slice.jsonl", b'{"seq": "1", "prev_hash": null}'),
        ("MANIFEST", b"no hash at all\n"),
    ],
)
def test_no_text_in_a_pack_makes_the_verifier_fail(name: str, text: bytes, evidence: bytes, tmp_path: Path) -> None:
    """One message, never a trace."""
    files = files_of(evidence) | {name: text}
    manifest = {} if name == "MANIFEST" else {verifier.MANIFEST: b"0  x\n"}
    assert verdict(a_zip(*(files | manifest).items()), tmp_path)


def test_a_bomb_is_refused_before_it_fills_the_memory(
    evidence: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few kilobytes that would become gigabytes."""
    monkeypatch.setattr(verifier, "LARGEST", 1 << 20)
    (fault,) = verdict(a_zip(("items.jsonl", b"0" * (5 << 20))), tmp_path)
    assert fault == "it is larger than 1 MB"


def test_the_hash_of_a_pack_stands_in_the_ledger(bureau: Bureau) -> None:
    """With it any file of the pack can be held against the day on which it was made."""
    number = signed(bureau)
    data, mark = pack(bureau.store, number, HEAD, lambda _files: b"%PDF-")
    with bureau.store.write() as session:
        exported(session, bureau.store, number, mark, "chris", bureau.now)
        last = ledger.about(session, bureau.store, f"review/{number}")[-1]
    assert last.kind == "review.export"
    assert json.loads(last.said or "") == {"by": "chris", "hash": hashlib.sha256(data).hexdigest()}


def test_the_hash_of_a_pack_that_somebody_kept_fits_or_is_told(evidence: bytes, tmp_path: Path) -> None:
    """The PDF is bound by nothing else: one that was edited with its MANIFEST shows only so."""
    mark = hashlib.sha256(evidence).hexdigest()
    edited = zipped(files_of(evidence) | {"review.pdf": b"%PDF- another"})

    assert verdict(evidence, tmp_path, mark=mark.upper()) == []
    assert verdict(edited, tmp_path) == []
    assert verdict(edited, tmp_path, mark=mark) == ["this is another pack than the one whose SHA-256 was given"]
    assert hashlib.sha256(edited).hexdigest() in verifier.verify(tmp_path / "pack.zip")[1][-1].told("nl")


@pytest.mark.parametrize("name", verifier.FILES)
def test_a_file_that_is_not_there_is_named(evidence: bytes, tmp_path: Path, name: str) -> None:
    """Also one that is only for reading: who took it out had a reason."""
    files = files_of(evidence)
    del files[name]
    assert verdict(zipped(files), tmp_path) == [f"{name} is missing"]


def test_a_review_that_its_verifier_could_not_read_is_not_packed(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody would find out years later."""
    number = signed(bureau)
    for limit in ("MOST_ROWS", "LARGEST"):
        with monkeypatch.context() as patch:
            patch.setattr(verifier, limit, 3)
            with pytest.raises(RefusedError, match="is too large for an evidence pack"):
                made(bureau, number)


# ---- the workbook


def read_back(data: bytes) -> list[list[Any]]:
    """The cells of a workbook as a program of somebody else reads them."""
    from python_calamine import load_workbook

    return load_workbook(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def test_the_workbook_holds_the_same_items_as_the_list(evidence: bytes) -> None:
    """Whoever opens one or the other reads the same."""
    files = files_of(evidence)
    rows = rows_of(files, "items.jsonl")

    heads, *cells = read_back(files["items.xlsx"])

    assert heads == list(verifier.SHEET)
    assert cells == [[row[name] for name in verifier.SHEET] for row in rows]


@pytest.mark.parametrize("kind", KINDS)
def test_no_name_in_the_workbook_is_more_than_text(kind: str) -> None:
    """No formula, no link, no cell more or less; what no XML can hold is seen as a sign for that."""
    names = [name for name in KINDS[kind] if len(name) <= verifier.LONGEST_CELL]
    rows = [{**dict.fromkeys(verifier.SHEET, name), "item_no": number} for number, name in enumerate(names, 1)]
    data = verifier.workbook(rows)

    cells = read_back(data)[1:]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        page = archive.read("xl/worksheets/sheet1.xml").decode()
    kinds = set(re.findall(r"<(/?\w+)", re.sub(r'<t xml:space="preserve">[^<]*</t>', "", page)))

    assert [row[1] for row in cells] == [verifier.NO_XML.sub("\N{REPLACEMENT CHARACTER}", name) for name in names]
    assert not {"f", "hyperlink", "hyperlinks"} & kinds
    assert len(re.findall("<c ", page)) == 8 * (1 + sum(map(bool, names))) + sum(not name for name in names)


@pytest.mark.parametrize("word", ["_x003D_1+1", "a_x000D_b", "_x005F_x", "__x0041_", "_xZZZZ_"])
def test_a_code_in_a_name_stays_a_code(word: str) -> None:
    """Excel reads a sign in _x003D_, which is =."""
    rows = [dict.fromkeys(verifier.SHEET, word) | {"item_no": 1}]
    with zipfile.ZipFile(io.BytesIO(verifier.workbook(rows))) as archive:
        page = archive.read("xl/worksheets/sheet1.xml").decode()
    decoded = re.sub("_x([0-9A-Fa-f]{4})_", lambda code: chr(int(code[1], 16)), page)
    assert f">{word}<" in decoded


def test_what_is_too_long_for_a_cell_goes_on_at_the_end_of_its_row() -> None:
    """Excel cuts a text off at 32,767 signs, and an emoji counts as two."""
    text = "👍" * 40_000
    rows = [dict.fromkeys(verifier.SHEET) | {"item_no": 1, "sentence": text, "reviewer": "anna"}]

    (row,) = read_back(verifier.workbook(rows))[1:]

    assert row[1] + "".join(row[8:]) == text
    assert row[7] == "anna"
    assert all(len(cell.encode("utf-16-le")) <= 2 * 32_767 for cell in row[1:])


@pytest.mark.parametrize(
    ("where", "was", "becomes"),
    [
        ("xl/worksheets/sheet1.xml", b">DEVIATION<", b">CONFORM<"),
        ("xl/worksheets/sheet1.xml", b"<sheetData>", b"<!DOCTYPE x><sheetData>"),
        ("xl/worksheets/sheet1.xml", b"</is></c>", b"</is><f>1+1</f></c>"),
        ("xl/workbook.xml", b"</sheets>", b"</sheets><definedNames/>"),
    ],
)
def test_a_workbook_that_was_edited_is_found_with_any_manifest(
    evidence: bytes, tmp_path: Path, where: str, was: bytes, becomes: bytes
) -> None:
    """It is made again from the items and compared byte by byte: nothing in it is ever read."""
    files = files_of(evidence)
    with zipfile.ZipFile(io.BytesIO(files["items.xlsx"])) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert was in parts[where]
    parts[where] = parts[where].replace(was, becomes, 1)

    assert verdict(zipped(files | {"items.xlsx": a_zip(*parts.items())}), tmp_path) == [
        "items.xlsx does not say what items.jsonl says"
    ]
    assert verdict(zipped(files | {"items.xlsx": files["items.xlsx"] + b"more"}), tmp_path) == [
        "items.xlsx does not say what items.jsonl says"
    ]


def test_the_sheets_of_years_ago_are_made_the_same() -> None:
    """A newer ibpmon verifies an older pack: another byte here, and it would call each of those changed."""
    row = {"item_no": 1, "sentence": "Anna & <Bram>", "right": "read", "outcome": "CONFORM", "risk": "low"}
    rows = [row | {"rule": "R1", "delta": "NEW", "reviewer": ""}, dict.fromkeys(verifier.SHEET) | {"item_no": 2}]

    sheets = {
        verifier.sheet: "3385a90cfdb575a0a6541c6b5a5833acb37390349bf20f4c500108bce8f9d838",
        verifier.workbook: "fbffd9f235988ad19c6758f85a31606ba434ec1ec1c3014abbae6c1e947d4211",
    }
    assert {make: hashlib.sha256(make(rows)).hexdigest() for make in sheets} == sheets


def test_a_thousand_items_are_packed_and_verified_in_seconds() -> None:
    """The sheets are made twice, here and by whoever verifies."""
    rows = [dict.fromkeys(verifier.SHEET, "Anna kan bestanden lezen. " * 20) | {"item_no": n} for n in range(1_000)]
    began = time.monotonic()
    assert len(read_back(verifier.workbook(rows))) == 1_001
    assert time.monotonic() - began < 5
