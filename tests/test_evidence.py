"""The PDF in an evidence pack: what was signed can be read, from the pack alone, and names stay names."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from sqlalchemy import delete, update
from sqlmodel import Session

from ibpmon import language
from ibpmon.report.evidence import evidence_on_paper, letterhead, paper
from ibpmon.report.evidence_items import CHANNELS as WORDS
from ibpmon.report.evidence_items import spans
from ibpmon.report.packed import packed
from ibpmon.report.pdf import pdf
from ibpmon.review import remedies, reopening, verifier
from ibpmon.review.bureau import Bureau
from ibpmon.review.decisions import CHANNELS
from ibpmon.review.merkle import canonical
from ibpmon.review.pack import files, pack
from ibpmon.store.database import Store, open_store
from ibpmon.store.review_tables import Observation, ReviewDecision, ReviewItem, ReviewSignoff
from ibpmon.store.upsert import table_of
from ibpmon.tell.words import shown
from tests.access_world import datasets
from tests.conftest import MONDAY
from tests.hostile_names import HOSTILE
from tests.review_world import about, all_decided, board, bureau_of, items, opened, say, sign
from tests.test_pdf import actions, as_printed, bare, strings, text_of, without_accents

pytestmark = pytest.mark.usefixtures("english")

Files = dict[str, bytes]
LATER = MONDAY + timedelta(days=2)
WHY = "helpt mee tot de zomer"


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    """A review in which Bram stays for now, Kees goes, Lies becomes less, and the rest was confirmed per rule."""
    folder = tmp_path_factory.mktemp("evidence")
    store = open_store(f"sqlite:///{folder}/ibpmon.db", datasets(), "board", "Waaier", MONDAY)
    language.use("en")
    world = board()
    world.site("klein", "Zorg klein")
    world.save(store)
    bureau = bureau_of(store, folder)
    decided(bureau)
    follow(store)
    yield bureau
    store.engine.dispose()


def decided(bureau: Bureau) -> None:
    """Decide, confirm and sign."""
    number = opened(bureau)
    bram, kees, lies = (about(bureau.store, number, name).item_no for name in ("Bram", "Kees", "Lies"))
    until = MONDAY + timedelta(days=100)
    say(bureau, number, bram, reason_code="project", reason=WHY, until=until, by="chris", for_whom="anna@board.example")
    say(bureau, number, kees, verb="revoke", reason="hoort hier niet")
    say(bureau, number, lies, verb="lower", target="read")
    all_decided(bureau, number)
    sign(bureau, number)


def follow(store: Store) -> None:
    """Of the first task a run saw that it is gone; the second cannot be done."""
    with store.write() as session:
        gone, other = remedies.tasks(session, store)
        remedies.assign(session, store, gone.row.remediation_id, "eva", "chris", LATER)
        remedies.report(session, store, gone.row.remediation_id, "eva", LATER)
        remedies.decline(session, store, other.row.remediation_id, "de link is nog nodig", "eva", LATER)
        key: dict[str, Any] = {"tenant_id": store.tenant, "remediation_id": gone.row.remediation_id, "seq": 1}
        session.add(Observation(**key, run_id=9, result="GONE", paths="[]", at=LATER + timedelta(hours=3)))


@pytest.fixture(scope="module")
def made(bureau: Bureau) -> Files:
    """The files of its pack."""
    return files_of(bureau)


def files_of(bureau: Bureau, number: int = 1) -> Files:
    """The files of a pack, without the PDF."""
    language.use("en")
    with bureau.store.read() as session:
        return files(session, bureau.store, number, letterhead(bureau.config))


@pytest.fixture(scope="module")
def printed(bureau: Bureau, made: Files) -> bytes:
    """The PDF of this pack."""
    language.use("en")
    return paper(bureau.config)(made)


def told(found: Files) -> str:
    """Everything that a PDF would say, in one text."""
    return "\n".join(strings(evidence_on_paper(packed(found), {})))


def with_rows(found: Files, name: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Files:
    """The files with every row of one of them changed."""
    rows = [change(json.loads(line)) for line in found[name].splitlines()]
    return found | {name: "".join(f"{canonical(row)}\n" for row in rows).encode()}


def with_head(found: Files, change: Callable[[dict[str, Any]], None]) -> Files:
    """The files with something else in review.json."""
    head = json.loads(found["review.json"])
    change(head)
    return found | {"review.json": canonical(head).encode()}


# ---------------------------------------------------------------- what it says


def test_the_first_page_says_what_was_signed_and_what_nobody_looked_at(made: Files, printed: bytes) -> None:
    """A director reads one page."""
    head = json.loads(made["review.json"])
    review, (signature,) = head["review"], head["signatures"]
    with pypdfium2.PdfDocument(printed) as opened_pdf:
        page = bare(opened_pdf[0].get_textpage().get_text_bounded())

    assert all(bare(line) in page for line in signature["statement"].splitlines())
    for mark in ("root", "matrix_hash", "coverage_hash"):
        assert review[mark] in page
    for mark in ("decision_head", "hash", "fingerprint"):
        assert signature[mark] in page
    for said in (
        "Anna, 23 November 2026 11:00", "1, revision 1", "Sources not read in full:", "Every place was read in full.",
        "Named in the matrix, but not found: Dossiers.", "Every item could be judged.", "Does not fit3–111––",
        "How much came after 23 November 2026",
    ):  # fmt: skip
        assert bare(said) in page, said


def test_what_stays_against_the_matrix_is_told_in_full(bureau: Bureau, printed: bytes) -> None:
    """Who it is, why, until when, and who wrote it down for whom."""
    text = text_of(printed)
    for said in (
        about(bureau.store, 1, "Bram").sentence or "-", "risk: high", "Stays: until 3 March 2027",
        f"Reason: Temporary project: {WHY}", "Anna, 23 November 2026 11:00, written down by chris",
    ):  # fmt: skip
        assert bare(said) in text, said


def test_what_had_to_go_is_told_with_what_became_of_it(printed: bytes) -> None:
    """What was reported is no proof, what a run saw is: both are told, and which is which."""
    text = text_of(printed)
    for said in (
        "Decision: Take away", "Reason: hoort hier niet", "How it stands: Gone, checked",
        "25 November 2026 11:00: given to eva (chris)", "25 November 2026 14:00: gone",
        "Decision: Lower to: read files", "How it stands: Cannot be done",
        "cannot be done: de link is nog nodig (eva)",
    ):  # fmt: skip
        assert bare(said) in text, said


def test_what_was_confirmed_per_rule_is_listed_by_name(bureau: Bureau, printed: bytes) -> None:
    """An auditor sees for how much one confirmation stands, and what the rule gives."""
    text = text_of(printed)
    assert bare("R1: care may read and change files in Zorg, Dossiers") in text
    assert bare("7 items. Confirmed by Anna, 23 November 2026 11:00.") in text
    for item in items(bureau.store, 1):
        assert bare(f"{item.item_no}") in text
    assert all(name in text for name in ("Dirk", "Els", "Fien", "Gijs", "Hans", "Iris", "Joep"))
    assert bare("What is lacking") in text


def test_every_item_stands_in_it_once(made: Files) -> None:
    """What fell between two lists would be signed unseen."""
    data = evidence_on_paper(packed(made), {})
    blocks = [block for part in data["sections"] for block in part["blocks"]]
    numbers = [block["number"] for block in blocks if block["kind"] == "card"]
    for block in blocks:
        if block["kind"] == "table" and block["heads"][0] == "Number":
            numbers += [row[0]["lines"][0] for row in block["rows"]]

    assert sorted(map(int, numbers)) == list(range(1, len(made["items.jsonl"].splitlines()) + 1))


def test_a_long_statement_leaves_the_figures_on_the_first_page(made: Files) -> None:
    """Forty lines about what stays would push them to the third."""

    def longer(head: dict[str, Any]) -> None:
        head["signatures"][0]["statement"] += "\n4. Nog iets dat blijft." * 60

    short, long = (
        [one["title"] for one in evidence_on_paper(packed(found), {})["sections"][:4]]
        for found in (made, with_head(made, longer))
    )
    assert short == ["What Anna signed", "The figures", "What was not looked into", "Fingerprints"]
    assert long == ["The figures", "What was not looked into", "Fingerprints", "What Anna signed"]


def test_what_nobody_signed_for_is_a_draft_and_told_at_the_top(made: Files) -> None:
    """Of two who decide one signed: what the other answered counts for nothing yet."""
    changed = with_rows(made, "decisions.jsonl", lambda row: row | ({"actor": "eva"} if row["seq"] == 2 else {}))
    data = evidence_on_paper(packed(changed), {})

    assert data["notice"].startswith("Nobody signed for 1 item.")
    assert evidence_on_paper(packed(made), {})["notice"] == ""
    (part,) = [one for one in data["sections"] if one["title"] == "Nobody signed for this"]
    assert part["blocks"][0]["rows"][0][2]["lines"] == ["take away; eva, 23 November 2026 11:00"]


def test_a_revision_tells_what_became_of_what_it_took_over(bureau: Bureau, tmp_path: Path) -> None:
    """The task belongs to the revision before; without it a right would seem forgotten."""
    store = open_store(f"sqlite:///{tmp_path}/ibpmon.db", datasets(), "board", "Waaier", MONDAY)
    board().save(store)
    first = bureau_of(store, tmp_path)
    decided(first)
    again = reopening.reopen(replace(first, now=LATER), 1, "chris", "Bram gaat toch weg")
    later = replace(first, now=LATER)
    bram = about(store, again, "Bram").item_no
    say(later, again, bram, verb="revoke")
    sign(later, again)
    said = told(files_of(later, again))
    store.engine.dispose()

    assert "taken over from the revision before" in said
    assert said.count("Still to do") == 3
    assert "No task was made of it." not in said
    assert f"{again}, revision 2" in said


# ---------------------------------------------------------------- of the pack alone


def test_the_same_pack_gives_the_same_pdf(
    bureau: Bureau, made: Files, printed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And so the same pack: the machine, the clock and what is known today do not matter."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    head = letterhead(bureau.config)
    first, mark = pack(bureau.store, 1, head, paper(bureau.config))
    with bureau.store.write() as session:
        for table in bureau.store.data.values():
            session.execute(delete(table))

    assert pack(bureau.store, 1, head, paper(bureau.config)) == (first, mark)
    assert paper(bureau.config)(dict(made)) == printed
    assert paper(bureau.config)(with_head(made, lambda told: told["review"].update(name="Ander"))) != printed


def test_a_pack_with_a_real_pdf_is_whole(bureau: Bureau, tmp_path: Path) -> None:
    """From the review to what somebody keeps."""
    (tmp_path / "pack.zip").write_bytes(pack(bureau.store, 1, letterhead(bureau.config), paper(bureau.config))[0])
    assert verifier.verify(tmp_path / "pack.zip")[0] == []


def test_the_moment_in_the_pdf_is_that_of_the_newest_thing_in_it(printed: bytes) -> None:
    """The clock would make every copy another one."""
    with pikepdf.open(io.BytesIO(printed)) as found:
        assert str(found.docinfo["/CreationDate"]) == f"D:{LATER + timedelta(hours=3):%Y%m%d%H%M%S}Z"


def test_what_was_erased_is_told_as_erased(bureau: Bureau) -> None:
    """After the term a pack can still be made; what is gone is no blank that reads as nothing."""
    nothing = dict.fromkeys(("item_key", "principal", "resource", "paths", "sentence", "salt"))
    store = bureau.store
    with store.write() as session:
        before = session.connection().begin_nested()
        erase(session, ReviewItem, nothing)
        erase(session, ReviewDecision, {"reason": None, "salt": None})
        erase(session, ReviewSignoff, {"statement": None})
        found = files(session, store, 1, letterhead(bureau.config))
        before.rollback()
    said = told(found)

    assert "The text was erased. Its hash is left." in said
    assert "could be judged is not known any more" in said
    assert "Every item could be judged." not in said
    assert said.count("(erased: the term of this item is over)") == 3  # what was decided on one by one
    assert "Temporary project: (erased)" in said
    assert f"Numbers: 1-{len(found['items.jsonl'].splitlines())}." in said
    assert "Bram" not in said
    assert pdf("evidence.typ", evidence_on_paper(packed(found), {})).startswith(b"%PDF-")


def erase(session: Session, model: Any, values: dict[str, None]) -> None:
    """End the term of a whole table."""
    session.execute(update(table_of(model)).values(**values))


def test_a_review_without_items_has_a_pdf_too(made: Files) -> None:
    """Then the owner signed for that: nobody has anything there."""
    nothing = made | dict.fromkeys(("items.jsonl", "decisions.jsonl", "remediation.jsonl"), b"")
    data = evidence_on_paper(packed(nothing), {})

    assert "Nothing had to be taken away or lowered." in "\n".join(strings(data))
    assert pdf("evidence.typ", data).startswith(b"%PDF-")


def test_numbers_that_follow_on_each_other_are_told_together() -> None:
    """A thousand numbers are no reading."""
    assert spans([1, 2, 3, 5, 7, 8]) == "1-3, 5, 7-8"
    assert spans([]) == ""


# ---------------------------------------------------------------- what it is


def test_it_keeps_to_the_standards_for_archives_and_for_reading_aloud(printed: bytes) -> None:
    """Both are in the metadata, and typst refuses to write them when they do not hold."""
    with pikepdf.open(io.BytesIO(printed)) as found, found.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
        assert metadata["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
        assert metadata["dc:title"] == "Signed review of rights: Zorg"
        assert found.Root.MarkInfo.Marked
        assert str(found.Root.Lang) == "en"
        kinds = [str(one.S) for one in found.objects if isinstance(one, pikepdf.Dictionary) and "/S" in one]
    # figures, fingerprints, two rules, what is lacking, sources, places
    assert kinds.count("/Table") == 7
    assert kinds.count("/TH") == 8 + 2 + 5 + 5 + 2 + 4 + 2
    assert {"/H1", "/H2", "/H3", "/L", "/P"} <= set(kinds)


@pytest.mark.parametrize("spoken", ["nl", "en"])
def test_it_speaks_the_language_in_which_it_is_made(bureau: Bureau, spoken: str) -> None:
    """The sentences of the items stay as they were signed."""
    language.use(spoken)
    with bureau.store.read() as session:
        found = files(session, bureau.store, 1, letterhead(bureau.config))
    with pikepdf.open(io.BytesIO(paper(bureau.config)(found))) as opened_pdf:
        assert str(opened_pdf.Root.Lang) == spoken


def test_a_hostile_name_is_only_a_name(made: Files) -> None:
    """Wherever somebody could have typed one: nothing acts, nothing is lost, nothing breaks off."""
    names = [shown(name) for name in HOSTILE if name.strip()]
    spoilt = with_rows(made, "decisions.jsonl", lambda row: row | {"reason": HOSTILE[row["seq"]]})
    spoilt = with_rows(spoilt, "items.jsonl", lambda row: row | {"sentence": " ".join(names)})
    some = iter(HOSTILE * 9)

    def rename(row: dict[str, Any]) -> dict[str, Any]:
        """Another name for who it is and where."""
        told = {key: canonical(json.loads(row[key]) | {"name": next(some)}) for key in ("principal", "resource")}
        return row | told

    def head(found: dict[str, Any]) -> None:
        """And for the process and its owner."""
        found["review"].update(name=HOSTILE[0], owner_name=HOSTILE[1])
        found["signatures"][0]["statement"] = "\n".join(name for name in HOSTILE if len(name) < 1_000)

    spoilt = with_head(with_rows(spoilt, "items.jsonl", rename), head)
    spoilt = spoilt | {
        "letterhead.json": canonical(json.loads(made["letterhead.json"]) | {"board": HOSTILE[2]}).encode()
    }
    file = pdf("evidence.typ", evidence_on_paper(packed(spoilt), {}))
    text = without_accents(text_of(file))

    assert actions(file) == set()
    assert [name for name in names if text.count(without_accents(as_printed(name))) < 3] == []


def test_a_hostile_matrix_or_source_says_nothing_but_its_name(made: Files) -> None:
    """What a place is called comes from whoever made it."""
    coverage, matrix = json.loads(made["coverage.json"]), json.loads(made["matrix.json"])
    for number, one in enumerate(coverage["places"].values()):
        one.update(name=HOSTILE[number], state="PARTIAL", reasons=list(HOSTILE[:60]))
    coverage["patterns_without_place"] = list(HOSTILE)
    matrix["rules"][0]["resources"] = list(HOSTILE[:20])
    changed = made | {"coverage.json": canonical(coverage).encode(), "matrix.json": canonical(matrix).encode()}

    assert actions(pdf("evidence.typ", evidence_on_paper(packed(changed), {}))) == set()


def test_a_thousand_items_take_seconds(made: Files) -> None:
    """A board with large schools has such reviews; typst has its own limit of memory."""
    (row,) = [json.loads(line) for line in made["items.jsonl"].splitlines() if b'"rule":"R1"' in line][:1]
    head, rows = packed(made), [row | {"item_no": number} for number in range(1, 1_001)]
    data = evidence_on_paper(replace(head, items=rows, answers={}, tasks={}), {})

    file = pdf("evidence.typ", data, seconds=20)

    with pypdfium2.PdfDocument(file) as found:
        assert len(found) > 15


def test_every_way_in_which_something_is_decided_has_a_word() -> None:
    """A code without a word would be told as itself."""
    assert {*CHANNELS, "carried"} == set(WORDS)
