"""Verify an evidence pack of a signed review of rights: python3 verify.py PACK.zip [--code CODE] [--sha256 HASH].

This file stands in every pack by itself and needs nothing but Python 3.11: it computes everything again from the pack,
and compares. A pack that somebody made anew as a whole is consistent in itself: that shows only against what was given
to somebody else at the time, the code in the mail about the signature or a head of the ledger (--head SEQ:HASH). The
PDF and what became of it afterwards are bound by the SHA-256 of the pack alone.
"""

import argparse
import hashlib
import json
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LARGEST = 256 * 1024 * 1024  # bytes of one file, and of all of them together
FILES = (
    "coverage.json", "decisions.jsonl", "items.csv", "items.jsonl", "items.xlsx", "ledger-slice.jsonl",
    "letterhead.json", "matrix.json", "remediation.jsonl", "review.json", "review.pdf", "verify.py",
)  # fmt: skip
MANIFEST = "MANIFEST"

# What each hash is over, in this order.
ITEM = (
    "item_no", "item_key", "principal", "resource", "right", "paths", "outcome", "verdict", "rule", "risk", "risks",
    "alone", "delta", "prev_review", "prev_item", "reviewer", "sentence",
)  # fmt: skip
ERASED = ("item_key", "principal", "resource", "paths", "sentence", "salt")  # of an item, all at once
REVIEW = (
    "review_id", "round_id", "process", "name", "revision", "supersedes", "owner", "owner_name", "owner_mail", "deputy",
    "deputy_name", "deputy_mail", "as_of", "due_at", "matrix_hash", "coverage_hash", "grants", "item_count", "excluded",
    "root", "opened_at", "opened_by",
)  # fmt: skip
DECISION = (
    "review_id", "seq", "item_no", "rule", "verb", "reason_code", "until", "target_right", "actor", "on_behalf_of",
    "channel", "bulk_id", "late", "facts_hash", "shown_at", "decided_at", "commitment", "prev_hash",
)  # fmt: skip
SIGNED = (
    "review_id", "revision", "signer", "evidence", "statement_hash", "root", "matrix_hash", "coverage_hash",
    "decision_seq", "decision_head", "counts", "signed_at",
)  # fmt: skip
ENTRY = ("prev_hash", "seq", "at", "kind", "ref", "commitment")
CODE_SIGNS, CODE_LENGTH = "234679ACDEFGHJKLMNPQRTUVWXYZ", 16
OF_ERASED = ("item_no", "leaf_hash")  # all that is left of an item whose term is over
SAMPLE = 5  # of each rule
SHEET = ("item_no", "sentence", "right", "outcome", "risk", "rule", "delta", "reviewer")  # columns of the sheets
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # a spreadsheet would calculate these

TEXTS = {
    "unreadable": ("this is no evidence pack: {why}", "dit is geen bewijspakket: {why}"),
    "too large": ("it is larger than {limit} MB", "het is groter dan {limit} MB"),
    "twice": ("{file} is in it twice", "{file} staat er twee keer in"),
    "strange": ("{file} does not belong in it", "{file} hoort er niet in"),
    "missing": ("{file} is missing", "{file} ontbreekt"),
    "manifest": ("{file} is not as MANIFEST says", "{file} is niet zoals in MANIFEST staat"),
    "form": ("line {line} of {file} cannot be read", "regel {line} van {file} is niet te lezen"),
    "misread": ("{file} does not hold what it should", "in {file} staat niet wat erin hoort"),
    "number": ("{file}: number {line} is missing or out of place", "{file}: nummer {line} ontbreekt of staat verkeerd"),
    "changed": ("{file}: number {line} was changed", "{file}: nummer {line} is gewijzigd"),
    "follows": (
        "{file}: number {line} does not follow on the one before it",
        "{file}: nummer {line} sluit niet aan op het vorige",
    ),
    "text": ("{file}: the text of number {line} was changed", "{file}: de tekst van nummer {line} is gewijzigd"),
    "bound": (
        "{file} is not what {signer} signed for",
        "{file} is niet waarvoor {signer} heeft getekend",
    ),
    "signature": ("the signature of {signer} was changed", "de ondertekening van {signer} is gewijzigd"),
    "statement": ("the text that {signer} signed was changed", "de tekst die {signer} ondertekende is gewijzigd"),
    "unsigned": ("nobody signed", "niemand heeft ondertekend"),
    "ledger": (
        "the ledger does not say that {signer} signed this",
        "in het logboek staat niet dat {signer} dit heeft ondertekend",
    ),
    "erased": (
        "{file}: number {line} was erased, and yet something stands there",
        "{file}: nummer {line} is gewist, en toch staat er iets",
    ),
    "rows": ("{file} does not say what items.jsonl says", "{file} zegt niet wat items.jsonl zegt"),
    "opened": (
        "{file} does not say what the ledger says of the opening",
        "{file} zegt iets anders dan het logboek over de opening",
    ),
    "sample": (
        "{file}: what is marked as shown is not what was drawn",
        "{file}: wat als getoond is gemerkt is niet wat er is getrokken",
    ),
    "head": (
        "entry {line} of the ledger is another than the one whose hash was given",
        "regel {line} van het logboek is een andere dan die waarvan de code is gegeven",
    ),
    "apart": (
        "the head that was given is about entry {line}, which is not in this pack",
        "de gegeven code gaat over regel {line} van het logboek, die niet in dit pakket zit",
    ),
    "code": ("no signature in it has the code {code}", "geen ondertekening erin heeft de code {code}"),
    "mark": (
        "this is another pack than the one whose SHA-256 was given",
        "dit is een ander pakket dan dat waarvan de SHA-256 is gegeven",
    ),
    "whole": ("the pack is whole", "het pakket is ongewijzigd"),
    "broken": ("the pack is NOT whole", "het pakket is NIET ongewijzigd"),
    "review": (
        "review {number} (revision {revision}) of {name}: {count} items, root {root}",
        "beoordeling {number} (versie {revision}) van {name}: {count} regels, wortel {root}",
    ),
    "gone": (
        "items whose term is over, of which only the hash is left: {count}",
        "regels waarvan de termijn voorbij is en alleen de hash er nog is: {count}",
    ),
    "signed": ("signed by {signer}, code {code}", "ondertekend door {signer}, code {code}"),
    "against": (
        "compare the code with the mail about the signature: only that shows a pack that was made anew as a whole",
        "vergelijk de code met de mail over de ondertekening: alleen zo valt een pakket op dat helemaal is nagemaakt",
    ),
    "loose": (
        "review.pdf, letterhead.json, remediation.jsonl and the names in review.json are bound by the SHA-256 of this "
        "pack alone; compare it with what was shown when the pack was made, or with the ledger: {mark}",
        "review.pdf, letterhead.json, remediation.jsonl en de namen in review.json liggen alleen vast door de SHA-256 "
        "van dit pakket; vergelijk die met wat er stond toen het pakket werd gemaakt, of met het logboek: {mark}",
    ),
}


class Unreadable(Exception):
    """What cannot be looked into at all."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text)
        self.fault = Fault(text, values)


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it was."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def told(self, language: str = "nl") -> str:
        """The sentence."""
        return say(self.text, language, **self.values)


@dataclass(frozen=True)
class Pack:
    """The files of a pack, read into values."""

    review: Mapping[str, Any]
    signatures: Sequence[Mapping[str, Any]]
    items: Sequence[Mapping[str, Any]]
    decisions: Sequence[Mapping[str, Any]]
    ledger: Sequence[Mapping[str, Any]]
    raw: Mapping[str, bytes]
    mark: str  # the SHA-256 of the pack itself


def say(text: str, language: str, **values: object) -> str:
    """A sentence in a language; what a pack says in it cannot steer a terminal."""
    shown = {name: "".join(c if c.isprintable() else "?" for c in str(value)) for name, value in values.items()}
    return TEXTS[text][language == "nl"].format(**shown)


# ---- hashes


def canonical(value: Any) -> str:
    """A value as one and the same JSON text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(text: str) -> str:
    """The hash of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def leaf(salt: str, value: Mapping[str, Any]) -> str:
    """The hash of one item."""
    return hashlib.sha256(b"\x00" + canonical([salt, value]).encode("ascii")).hexdigest()


def root(leaves: Sequence[str]) -> str:
    """The hash over all items in their order (RFC 6962)."""
    if not leaves:
        return hashlib.sha256(b"").hexdigest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    left, right = bytes.fromhex(root(leaves[:half])), bytes.fromhex(root(leaves[half:]))
    return hashlib.sha256(b"\x01" + left + right).hexdigest()


def over(row: Mapping[str, Any], names: Sequence[str]) -> str:
    """The hash over these fields of a row."""
    return sha256(canonical([row[name] for name in names]))


def short(mark: str) -> str:
    """A hash as a code that can be read aloud."""
    number, base = int(mark, 16), len(CODE_SIGNS)
    signs = "".join(CODE_SIGNS[number // base**place % base] for place in range(CODE_LENGTH))
    return "-".join(signs[start : start + 4] for start in range(0, CODE_LENGTH, 4))


# ---- reading


def read(path: Path) -> tuple[dict[str, bytes], str]:
    """The files of a pack and its hash; Unreadable when it is none, or when it would fill the memory."""
    try:
        with path.open("rb") as file:
            mark = hashlib.file_digest(file, "sha256").hexdigest()
            with zipfile.ZipFile(file) as archive:
                return dict(members(archive)), mark
    except OSError as error:
        raise Unreadable("unreadable", why=error.strerror or type(error).__name__) from None
    except (ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise Unreadable("unreadable", why=type(error).__name__) from None


def members(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """Each file once, and no more of it than a pack can hold."""
    seen, left = set[str](), LARGEST
    for info in archive.infolist():
        if info.filename in seen:
            raise Unreadable("twice", file=info.filename)
        if info.filename not in (*FILES, MANIFEST):
            raise Unreadable("strange", file=info.filename)
        seen.add(info.filename)
        with archive.open(info) as member:
            data = member.read(left + 1)
        left -= len(data)
        if left < 0:
            raise Unreadable("too large", limit=LARGEST >> 20)
        yield info.filename, data


def lines(raw: Mapping[str, bytes], name: str) -> list[Mapping[str, Any]]:
    """The rows of a file with one JSON object per line."""
    found = list[Mapping[str, Any]]()
    for number, line in enumerate(raw[name].splitlines(), 1):
        row = value_of(line, name, number)
        if not isinstance(row, dict):
            raise Unreadable("form", file=name, line=number)
        found.append(row)
    return found


def value_of(text: bytes, name: str, number: int = 1) -> Any:
    """JSON as a value."""
    try:
        return json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Unreadable("form", file=name, line=number) from None


def parsed(raw: Mapping[str, bytes], mark: str = "") -> Pack:
    """The files as values; Unreadable names what is not there or cannot be read."""
    for name in (*FILES, MANIFEST):
        if name not in raw:
            raise Unreadable("missing", file=name)
    head = value_of(raw["review.json"], "review.json")
    try:
        review, signatures = dict(head["review"]), [dict(one) for one in head["signatures"]]
    except (KeyError, TypeError, ValueError):
        raise Unreadable("form", file="review.json", line=1) from None
    items, decisions, ledger = (lines(raw, name) for name in ("items.jsonl", "decisions.jsonl", "ledger-slice.jsonl"))
    return Pack(review, signatures, items, decisions, ledger, raw, mark)


# ---- checking


def verify(path: Path, head: str = "", code: str = "", mark: str = "") -> tuple[list[Fault], list[Fault]]:
    """What is wrong with a pack, the first thing first, and what there is to say about it. Nothing is ever raised.

    1. every file is as MANIFEST says
    2. the items make the root, the rows of items.csv and of items.xlsx are theirs
    3. the decisions are a chain from those items on
    4. each signature is over exactly this, and stands in the ledger
    5. the slice of the ledger is a chain
    6. what was given from outside fits
    """
    try:
        pack = parsed(*read(path))
    except Unreadable as error:
        return [error.fault], []
    checks = {
        MANIFEST: manifest, "items.jsonl": items, "decisions.jsonl": decisions, "review.json": signatures,
        "ledger-slice.jsonl": ledger,
    }  # fmt: skip
    faults = [fault for file, check in checks.items() for fault in guarded(file, check, pack)]
    faults += guarded("ledger-slice.jsonl", lambda pack: against_head(pack, head), pack)
    faults += guarded("review.json", lambda pack: against_code(pack, code), pack)
    faults += [Fault("mark")] if mark and mark.strip().lower() != pack.mark else []
    return faults, guarded("review.json", facts, pack)


def guarded(file: str, check: Callable[[Pack], Iterator[Fault]], pack: Pack) -> list[Fault]:
    """What a check says; where a value is missing or of another kind, that the file cannot be read."""
    try:
        return list(check(pack))
    except (LookupError, TypeError, ValueError, RecursionError, OverflowError, AttributeError):
        return [Fault("misread", {"file": file})]


def manifest(pack: Pack) -> Iterator[Fault]:
    """Every file is named, once, with its hash."""
    pairs = (line.split("  ", 1) for line in pack.raw[MANIFEST].decode("utf-8").splitlines())
    told = {name: mark for mark, name in pairs}
    for name in sorted({*pack.raw, *told} - {MANIFEST}):
        if name not in pack.raw:
            yield Fault("missing", {"file": name})
        elif told.get(name) != hashlib.sha256(pack.raw[name]).hexdigest():
            yield Fault("manifest", {"file": name})


def items(pack: Pack) -> Iterator[Fault]:
    """The items are numbered, say what was hashed, and are the rows of the sheets; the sample is what was drawn."""
    for number, row in enumerate(pack.items, 1):
        if row["item_no"] != number or (row["salt"] is not None and row["review_id"] != pack.review["review_id"]):
            yield Fault("number", {"file": "items.jsonl", "line": number})
            return
        if row["salt"] is None:
            yield from unerased(row, number)
        elif leaf(row["salt"], {name: row[name] for name in ITEM}) != row["leaf_hash"]:
            yield Fault("changed", {"file": "items.jsonl", "line": number})
    if len(pack.items) != pack.review["item_count"]:
        yield Fault("number", {"file": "items.jsonl", "line": len(pack.items) + 1})
    yield from samples(pack)
    if root([row["leaf_hash"] for row in pack.items]) != pack.review["root"]:
        yield Fault("changed", {"file": "review.json", "line": "root"})
    for file, made in (("items.csv", sheet), ("items.xlsx", workbook)):
        if made(pack.items) != pack.raw[file]:
            yield Fault("rows", {"file": file})


def unerased(row: Mapping[str, Any], number: int) -> Iterator[Fault]:
    """Of what was erased nothing is told: without its salt nothing shows whether it is true."""
    if any(value is not None for name, value in row.items() if name not in OF_ERASED):
        yield Fault("erased", {"file": "items.jsonl", "line": number})


def samples(pack: Pack) -> Iterator[Fault]:
    """What is marked as shown is what was drawn; of what was erased no rule is left to draw for."""
    whole = all(row["salt"] is not None for row in pack.items)
    if whole and [row["item_no"] for row in pack.items if row["sample"] is not False] != drawn(pack):
        yield Fault("sample", {"file": "items.jsonl"})


def drawn(pack: Pack) -> list[int]:
    """The items that are shown when their rule is confirmed: the five that the root puts first."""
    rules: dict[tuple[str, str], list[int]] = {}
    for row in pack.items:
        if not row["alone"] and row["outcome"] != "MISSING":
            rules.setdefault((row["rule"], row["reviewer"]), []).append(row["item_no"])
    top = pack.review["root"]
    first = (sorted(some, key=lambda n: sha256(canonical([top, n])))[:SAMPLE] for some in rules.values())
    return sorted(one for some in first for one in some)


def decisions(pack: Pack) -> Iterator[Fault]:
    """The decisions follow on each other, from the items on."""
    before = sha256(canonical(["review", pack.review["review_id"], pack.review["root"]]))
    yield from chain("decisions.jsonl", pack.decisions, before, 1, DECISION, "reason")
    last = max((one["decision_seq"] for one in pack.signatures), default=0)
    if len(pack.decisions) < last:
        yield Fault("number", {"file": "decisions.jsonl", "line": len(pack.decisions) + 1})


def ledger(pack: Pack) -> Iterator[Fault]:
    """The slice is one piece of the chain, from the opening of this review on."""
    first = pack.ledger[0]
    if (first["kind"], first["ref"]) != ("review.open", f"review/{pack.review['review_id']}"):
        yield Fault("number", {"file": "ledger-slice.jsonl", "line": first["seq"] - 1})
    else:
        yield from chain("ledger-slice.jsonl", pack.ledger, first["prev_hash"], first["seq"], ENTRY, "said")
    if sha256(pack.review["coverage"]) != pack.review["coverage_hash"] or (
        first["said"] is not None and json.loads(first["said"]).get("row") != over(pack.review, REVIEW)
    ):
        yield Fault("opened", {"file": "review.json"})


def chain(
    file: str, rows: Sequence[Mapping[str, Any]], before: str, first: int, bound: Sequence[str], text: str
) -> Iterator[Fault]:
    """The first row of a chain that is not as it was."""
    for number, row in enumerate(rows, first):
        where = {"file": file, "line": number}
        erased = row["salt"] is None and row[text] is None
        if row["seq"] != number:
            yield Fault("number", where)
        elif row["prev_hash"] != before:
            yield Fault("follows", where)
        elif over(row, bound) != row["hash"]:
            yield Fault("changed", where)
        elif not erased and sha256(canonical([row["salt"] or "", row[text] or ""])) != row["commitment"]:
            yield Fault("text", where)
        else:
            before = row["hash"]
            continue
        return


def signatures(pack: Pack) -> Iterator[Fault]:
    """Each signature is over this review, its matrix, its coverage and its decisions, and the ledger knows it."""
    if not pack.signatures:
        yield Fault("unsigned")
    heads = {0: sha256(canonical(["review", pack.review["review_id"], pack.review["root"]]))}
    heads |= {row["seq"]: row["hash"] for row in pack.decisions}
    known = {one.get("hash") for one in said_at_signing(pack)}
    for one in pack.signatures:
        who = {"signer": one["signer"]}
        if over(one, SIGNED) != one["hash"] or short(one["hash"]) != one["fingerprint"]:
            yield Fault("signature", who)
        if one["statement"] is not None and sha256(one["statement"]) != one["statement_hash"]:
            yield Fault("statement", who)
        yield from (Fault("bound", {"file": file, **who}) for file in unbound(pack, one, heads))
        if one["hash"] not in known:
            yield Fault("ledger", who)


def unbound(pack: Pack, one: Mapping[str, Any], heads: Mapping[int, str]) -> Iterator[str]:
    """The files that a signature is not over."""
    review = pack.review
    same = {
        "items.jsonl": one["root"] == review["root"],
        "matrix.json": hash_of(pack, "matrix.json") == one["matrix_hash"] == review["matrix_hash"],
        "coverage.json": hash_of(pack, "coverage.json") == one["coverage_hash"] == review["coverage_hash"],
        "decisions.jsonl": heads.get(one["decision_seq"]) == one["decision_head"],
        "review.json": (one["review_id"], one["revision"]) == (review["review_id"], review["revision"]),
    }
    return (file for file, right in same.items() if not right)


def hash_of(pack: Pack, name: str) -> str:
    """The hash of a file as it stands."""
    return hashlib.sha256(pack.raw[name]).hexdigest()


def said_at_signing(pack: Pack) -> Iterator[Mapping[str, Any]]:
    """What the ledger says of the signatures under this review."""
    for row in pack.ledger:
        if row["kind"] == "review.sign" and row["ref"] == f"review/{pack.review['review_id']}" and row["said"]:
            yield json.loads(row["said"])


def against_head(pack: Pack, head: str) -> Iterator[Fault]:
    """Whether the ledger is still the one of which somebody kept a head."""
    if not head:
        return
    number, _colon, mark = head.partition(":")
    seq = int(number) if number.isdecimal() and len(number) < 19 else 0
    row = next((row for row in pack.ledger if row["seq"] == seq), None)
    if row is None:
        yield Fault("apart", {"line": number})
    elif row["hash"] != mark.strip().lower():
        yield Fault("head", {"line": seq})


def against_code(pack: Pack, code: str) -> Iterator[Fault]:
    """Whether a signature has the code that somebody kept."""
    if code and code.strip().upper() not in {one["fingerprint"] for one in pack.signatures}:
        yield Fault("code", {"code": code})


def facts(pack: Pack) -> Iterator[Fault]:
    """What the pack is about, and what to compare."""
    review = pack.review
    about = {"number": review["review_id"], "revision": review["revision"], "name": review["name"]}
    yield Fault("review", about | {"count": len(pack.items), "root": review["root"]})
    if gone := sum(row["salt"] is None for row in pack.items):
        yield Fault("gone", {"count": gone})
    for one in pack.signatures:
        yield Fault("signed", {"signer": one["signer"], "code": one["fingerprint"]})
    yield Fault("against")
    yield Fault("loose", {"mark": pack.mark})


# ---- the sheet, as the pack has it


def sheet(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The items as CSV that a Dutch Excel opens by itself, in which nothing is ever a formula."""
    found = [SHEET, *([row[name] for name in SHEET] for row in rows)]
    return "".join(";".join(map(cell, row)) + "\r\n" for row in found).encode("utf-8-sig", "replace")


def cell(value: Any) -> str:
    """One cell: a number as it is, a text in quotes that stays a text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    text = "" if value is None else str(value).replace("\0", "\N{REPLACEMENT CHARACTER}")
    seen = next((text[n:] for n, sign in enumerate(text) if sign.isprintable() and not sign.isspace()), "")
    text = f"'{text}" if text.startswith(FORMULA) or seen.startswith(FORMULA) else text
    return '"' + text.replace('"', '""') + '"'


# ---- the same as a workbook
#
# It is made by hand and never read: what is compared byte by byte holds no formula, no link and no second sheet, and
# nothing in it can be written so that Python and Excel see something else. These texts stay as they are: packs of years
# ago are compared with them.

NAMESPACE = "http://schemas.openxmlformats.org/"
OFFICE, CONTENT = f"{NAMESPACE}officeDocument/2006/relationships", "application/vnd.openxmlformats-officedocument"
MAIN, LINKS = f"{NAMESPACE}spreadsheetml/2006/main", f"{NAMESPACE}package/2006/relationships"
FORMS = f"{CONTENT}.spreadsheetml"
PLAIN = '<xf numFmtId="{format}" fontId="{font}" applyNumberFormat="1" applyFont="1" applyAlignment="1">{place}</xf>'
TOP = '<alignment vertical="top" wrapText="1"/>'
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{NAMESPACE}package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{FORMS}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{FORMS}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{FORMS}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{LINKS}">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
    '<sheets><sheet name="items" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{LINKS}">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><fonts count="2">'
    '<font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0"/></cellStyleXfs><cellXfs count="3">'
    + PLAIN.format(format=0, font=0, place=TOP)
    + PLAIN.format(format=49, font=0, place=TOP)  # 49: text, also after somebody edited the cell
    + PLAIN.format(format=49, font=1, place=TOP)
    + "</cellXfs></styleSheet>",
}
NUMBER, TEXT, HEADING = range(3)  # the styles, in that order
WIDTHS = (8, 80, 12, 14, 10, 24, 12, 30)  # of the columns, in characters
LONGEST_CELL = 16_000  # signs: Excel takes 32,767 halves of them; what is longer goes on at the end of its row
MOST_ROWS = 1_048_575  # of a sheet, without the heading
NO_XML = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # Excel would read a sign in _x0041_


def workbook(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The items as a workbook of one sheet, in which everything but the number is text."""
    table = [SHEET, *(spread([row[name] for name in SHEET]) for row in rows)]
    lines = "".join(line(number, values) for number, values in enumerate(table, 1))
    widths = "".join(
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, width in enumerate(WIDTHS, 1)
    )
    page = (
        f'<worksheet xmlns="{MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews>'
        '<sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews><cols>{widths}</cols><sheetData>{lines}</sheetData>"
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
    )
    return archive(PARTS | {"xl/worksheets/sheet1.xml": page})


def spread(values: Sequence[Any]) -> list[Any]:
    """A row with nothing cut off: what is too long for a cell goes on in cells after the last column."""
    pieces = [pieces_of(value) for value in values]
    return [one[0] for one in pieces] + [more for one in pieces for more in one[1:]]


def pieces_of(value: Any) -> list[Any]:
    """A value in as many cells as it takes."""
    if not isinstance(value, str) or len(value) <= LONGEST_CELL:
        return [value]
    return [value[start : start + LONGEST_CELL] for start in range(0, len(value), LONGEST_CELL)]


def line(number: int, values: Sequence[Any]) -> str:
    """One row of the sheet; an empty cell is left out."""
    cells = (written(f"{letters(at)}{number}", value, number == 1) for at, value in enumerate(values))
    return f'<row r="{number}">{"".join(cells)}</row>'


def letters(at: int) -> str:
    """What a column is called."""
    return (letters(at // 26 - 1) if at >= 26 else "") + chr(ord("A") + at % 26)


def written(where: str, value: Any, heading: bool) -> str:
    """One cell: a number, or a text that is only ever text."""
    if value is None or value == "":
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f'<c r="{where}" s="{NUMBER}"><v>{value}</v></c>'
    text = ESCAPE.sub("_x005F_", NO_XML.sub("\N{REPLACEMENT CHARACTER}", str(value)))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    style = HEADING if heading else TEXT
    return f'<c r="{where}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def archive(parts: Mapping[str, str]) -> bytes:
    """A zip of these texts, of one moment and unpacked: the same bytes from every Python."""
    body, index = bytearray(), bytearray()
    for name, text in parts.items():
        data = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + text.encode("utf-8")
        facts = struct.pack("<5H3I2H", 20, 0, 0, 0, 0x21, zlib.crc32(data), len(data), len(data), len(name), 0)
        where = struct.pack("<3H2I", 0, 0, 0, 0, len(body))
        index += struct.pack("<4sH", b"PK\1\2", 20) + facts + where + name.encode()
        body += b"PK\3\4" + facts + name.encode() + data
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(parts), len(parts), len(index), len(body), 0)
    return bytes(body + index + end)


# ---- by hand


def main(arguments: Sequence[str] | None = None, write: Callable[[str], object] = print) -> int:
    """Say whether a pack is whole; 0 when it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pack", type=Path)
    parser.add_argument("--head", default="", help="a head of the ledger that somebody kept, as 12:ab34...")
    parser.add_argument("--code", default="", help="the code in the mail about the signature")
    parser.add_argument("--sha256", default="", help="the SHA-256 that was shown when the pack was made")
    parser.add_argument("--language", choices=("nl", "en"), default="nl")
    given = parser.parse_args(arguments)
    return report(*verify(given.pack, given.head, given.code, given.sha256), given.language, write)


def report(faults: Sequence[Fault], about: Sequence[Fault], language: str, write: Callable[[str], object]) -> int:
    """Say what the pack is about, what is wrong with it, and whether it is whole; 0 when it is."""
    for one in about:
        write(one.told(language))
    for one in faults:
        write(f"! {one.told(language)}")
    last = say("broken" if faults else "whole", language)
    write(last[:1].upper() + last[1:] + ".")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
