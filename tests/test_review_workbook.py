"""A review as a workbook: what the owner gets, what comes of her answers, and what is never taken for one."""

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from ibpmon import language
from ibpmon.collect.board_files import reading as board_reading
from ibpmon.collect.board_files import sheets as board_sheets
from ibpmon.collect.board_files.reading import ENCRYPTED, OLD_OFFICE, content
from ibpmon.collect.board_files.sheets import all_cells
from ibpmon.errors import RefusedError
from ibpmon.operate.rounds import workplace
from ibpmon.providers.decode import clean
from ibpmon.report.review_workbook import explanation, workbook_of
from ibpmon.review import reopening, workbook_answers
from ibpmon.review.bureau import Bureau
from ibpmon.review.decisions import assign
from ibpmon.review.workbook import ANSWERS, KEPT, Binder, form
from ibpmon.review.workbook_answers import MOST_TOLD, Reading
from ibpmon.review.workbook_reading import returned
from ibpmon.store import ledger
from ibpmon.store.database import Store, open_store
from ibpmon.store.review_tables import ReviewDecision, ReviewQuestion
from tests import workbooks
from tests.access_world import datasets
from tests.conftest import BOARD_NAME, MONDAY, TENANT, Answer, OpenStore
from tests.hostile_names import MIXED, controls
from tests.judging import ROOT
from tests.review_world import (
    ANNA,
    CHRIS,
    EVA,
    MATRIX,
    about,
    board,
    bureau,
    bureau_of,
    confirm,
    items,
    opened,
    say,
    sign,
    stands,
    store,
)

__all__ = ["bureau", "store"]
Run = Callable[..., Answer]
pytestmark = pytest.mark.usefixtures("english")

KEEP, REVOKE, LOWER, ASK, STRANGE = "It is right", "Take it away", "Lower it", "I do not know", "Not mine"
PROJECT = {"verb": KEEP, "code": "temporary project"}
NEXT_YEAR = datetime(2027, 7, 31)  # noqa: DTZ001 - a cell has no zone
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - of a spreadsheet


def binder_of(bureau: Bureau) -> Binder:
    """The binder of this board."""
    return Binder.of(bureau.config, bureau.store, bureau.now)


def made(bureau: Bureau, number: int, name: str = "") -> bytes:
    """The workbook of a review, as it goes out."""
    binder = binder_of(bureau)
    with bureau.store.read() as session:
        return workbook_of(form(session, binder, number, name), binder)


@dataclass(slots=True)
class Book:
    """A workbook that went out, with its cells as a person sees them; saved as another program saves it."""

    bureau: Bureau
    number: int
    folder: Path
    sheets: dict[str, list[list[Any]]] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / "zorg.xlsx"

    def row(self, name: str) -> tuple[str, list[Any]]:
        """The sheet and the cells of a row, as 'item 3' or 'rule R1'."""
        kind, _space, key = name.partition(" ")
        return next(
            (sheet, row)
            for sheet, rows in self.sheets.items()
            for row in rows
            if sheet != KEPT and re.fullmatch(rf"{kind} \d+ .* {re.escape(key)}", str(row[-1]))
        )

    @property
    def samples(self) -> list[int]:
        """The numbers of the items of the samples, in order."""
        found = (re.fullmatch(r"item .* (\d+)", str(row[-1])) for row in self.sheets["Rules"])
        return [int(one[1]) for one in found if one]

    def fill(self, name: str, **answers: Any) -> None:
        """Type answers in a row."""
        _sheet, row = self.row(name)
        for key, value in answers.items():
            row[-1 - len(ANSWERS) + list(ANSWERS).index(key)] = value

    def save(self) -> Path:
        """Write the file: texts in the cells themselves, days as numbers, no formats."""
        rows = [[[as_kept(cell) for cell in row] for row in rows] for rows in self.sheets.values()]
        return workbooks.workbook(self.path, *rows, names=[*self.sheets])

    def read(self, by: str = ANNA, for_whom: str = "", *, yes: bool = False, bureau: Bureau | None = None) -> Reading:
        """Read it back."""
        desk = bureau or self.bureau
        binder, found = binder_of(desk), returned(self.save())
        with desk.store.write() as session:
            reading = workbook_answers.read(session, binder, self.number, found, by, for_whom, lock=True)
            if yes:
                workbook_answers.keep(session, binder, reading)
        return reading

    def refused(self, **how: Any) -> str:
        """What is said of one that cannot be read, of which nothing is kept."""
        before = decisions(self.bureau.store, self.number)
        with pytest.raises(RefusedError) as error:
            self.read(yes=True, **how)
        assert decisions(self.bureau.store, self.number) == before
        what, why, fix = error.value.told(str)
        assert why
        assert fix
        return f"{what}: {why}"


def as_kept(cell: Any) -> Any:
    """A cell as a program writes it."""
    if isinstance(cell, date):
        moment = cell if isinstance(cell, datetime) else datetime.combine(cell, time())
        return workbooks.date_cell((moment - EPOCH) / timedelta(days=1))
    if isinstance(cell, str):
        return re.sub(r"_(?=x[0-9a-fA-F]{4}_)", "_x005F_", cell) or None
    return cell


def book_of(bureau: Bureau, number: int, folder: Path, name: str = "") -> Book:
    """A workbook that just came out."""
    book = Book(bureau, number, folder)
    book.path.write_bytes(made(bureau, number, name))
    book.sheets = cells(book.path)
    return book


def cells(path: Path) -> dict[str, list[list[Any]]]:
    """All cells of a workbook, also of what nobody sees."""
    return {name: [list(row) for row in rows] for name, rows in all_cells(content(path))[0].items()}


def decisions(store: Store, number: int) -> list[dict[str, Any]]:
    """What was decided, in order."""
    with store.read() as session:
        found = session.scalars(select(ReviewDecision).order_by(ReviewDecision.seq))  # type: ignore[arg-type]  # a column
        return [one.model_dump() for one in found if one.review_id == number]


@pytest.fixture
def book(bureau: Bureau, tmp_path: Path) -> Book:
    """The workbook of Anna in a round that was just opened."""
    return book_of(bureau, opened(bureau), tmp_path)


@pytest.fixture(scope="module")
def gone_out(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """A workbook of a review in which nothing is ever written, for all that is refused."""
    folder = tmp_path_factory.mktemp("workbook")
    language.use("en")
    store = open_store(f"sqlite:///{folder / 'ibpmon.db'}", datasets(), TENANT, BOARD_NAME, MONDAY)
    board().save(store)
    bureau = bureau_of(store, folder)
    yield book_of(bureau, opened(bureau), folder)
    store.engine.dispose()


@pytest.fixture
def filled(gone_out: Book, tmp_path: Path) -> Book:
    """That workbook, on the desk of one test."""
    return Book(gone_out.bureau, gone_out.number, tmp_path, deepcopy(gone_out.sheets))


# ---------------------------------------------------------------- out and back


def test_what_the_owner_fills_in_is_decided_under_her_name(book: Book) -> None:
    """Each answer is a line with what she saw, when, and that it came by workbook."""
    book.fill("item 1", verb=REVOKE, remark="Is klaar")
    book.fill("item 2", **PROJECT, until=NEXT_YEAR)
    book.fill("item 3", verb=LOWER, target="read files")
    first, second = book.samples[:2]
    book.fill(f"item {first}", verb=STRANGE, remark="Is van ICT")
    book.fill(f"item {second}", verb=ASK, remark="Wie is dit?")
    book.fill("rule R1", verb=KEEP)

    reading = book.read(yes=True)

    found = {one["item_no"] or one["rule"]: one for one in decisions(book.bureau.store, book.number)}
    assert [(key, one["verb"]) for key, one in found.items()] == [
        (1, "revoke"), (2, "keep_until"), (3, "lower"), ("R1", "confirm"), (first, "not_mine"),
        (second, "question"),
    ]  # fmt: skip
    assert {(one["actor"], one["on_behalf_of"], one["channel"]) for one in found.values()} == {(ANNA, "", "workbook")}
    assert {one["shown_at"] for one in found.values()} == {MONDAY}
    assert {one["bulk_id"] for one in found.values()} == {None}
    assert found[1]["facts_hash"] == items(book.bureau.store, book.number)[0].leaf_hash
    assert (found[2]["reason_code"], found[2]["until"]) == ("project", datetime(2027, 7, 31, 22, tzinfo=UTC))
    assert (found[1]["reason"], found[3]["target_right"]) == ("Is klaar", "read")
    assert (len(reading.steps), [one.name for one in reading.empty]) == (6, ["rule R2"])
    with book.bureau.store.read() as session:
        (asked,) = session.scalars(select(ReviewQuestion))
        assert (asked.to, asked.text) == ("ICT", "Wie is dit?")
        assert ledger.verify(session, book.bureau.store).wrong is None


def test_without_yes_nothing_is_written(book: Book) -> None:
    """Who reads it first sees what it would decide."""
    book.fill("item 1", verb=REVOKE)
    reading = book.read()
    assert [(step.line.name, step.verb) for step in reading.steps] == [("item 1", "take away")]
    assert decisions(book.bureau.store, book.number) == []


def test_silence_decides_nothing(book: Book) -> None:
    """A file that comes back as it went out leaves every question open."""
    reading = book.read(yes=True)
    assert reading.steps == []
    assert [one.name for one in reading.empty] == ["item 1", "item 2", "item 3", "rule R1", "rule R2"]
    assert decisions(book.bureau.store, book.number) == []


def test_the_same_answers_a_second_time_change_nothing(book: Book) -> None:
    """A mail that was sent twice, or a file read in by two people, makes no second decision."""
    book.fill("item 1", verb=REVOKE, remark="a\nb")
    book.fill("item 2", **PROJECT, until=NEXT_YEAR)
    book.fill("rule R1", verb=KEEP)
    book.read(yes=True)
    before = decisions(book.bureau.store, book.number)

    again = book.read(yes=True)
    late = replace(book.bureau, now=datetime(2027, 9, 1, tzinfo=UTC))  # the day has come: still no new answer
    later = book.read(yes=True, bureau=late)

    assert (again.steps, len(again.same), later.steps) == ([], 3, [])
    assert decisions(book.bureau.store, book.number) == before


def test_what_was_answered_is_filled_in_and_comes_back_as_it_was(book: Book, tmp_path: Path) -> None:
    """A second workbook begins where the first ended, whoever answered and by which way."""
    bureau, number = book.bureau, book.number
    half_past = datetime(2027, 3, 1, 13, 30, tzinfo=UTC)
    say(bureau, number, 1, reason_code="other", reason="Is nodig\x01 voor\nde overgang", until=half_past)
    say(bureau, number, 2, reason_code="task", until=datetime(2027, 3, 31, 22, tzinfo=UTC))
    say(bureau, number, 3, verb="lower", target="read")
    confirm(bureau, number, "R1")

    again = book_of(bureau, number, tmp_path)

    assert again.row("item 2")[1][6:9] == [KEEP, "task besides the function", date(2027, 3, 31)]
    assert again.row("item 3")[1][6] == LOWER
    reading = again.read(yes=True)
    assert ([one.name for one in reading.same], reading.steps) == (["item 1", "item 2", "item 3", "rule R1"], [])


def test_who_takes_over_does_not_decide_what_somebody_else_drafted(book: Book, tmp_path: Path) -> None:
    """Chris gets the review of Anna halfway: sent back untouched it decides nothing; what she said he can read."""
    bureau, number = book.bureau, book.number
    say(bureau, number, 1, reason_code="task", reason="Vervangt Els", until=datetime(2027, 3, 31, 22, tzinfo=UTC))
    say(bureau, number, 2, verb="revoke", by=CHRIS, for_whom=ANNA)
    say(bureau, number, 3, verb="lower", target="read")
    confirm(bureau, number, "R1")
    with bureau.store.write() as session:
        assign(session, bureau.store, number, CHRIS, "dewi", "Anna is ziek", MONDAY)
    before = decisions(bureau.store, number)

    his = book_of(bureau, number, tmp_path, "Chris")
    untouched = his.read(by=CHRIS, yes=True)

    assert (untouched.steps, untouched.same, untouched.emptied) == ([], [], [])
    assert {"item 1", "item 2", "item 3", "rule R1"} <= {one.name for one in untouched.empty}
    assert decisions(bureau.store, number) == before
    assert not any(any(his.row(name)[1][6:11]) for name in ("item 1", "item 2", "item 3", "rule R1"))
    told = {name: his.row(name)[1][1] for name in ("item 1", "item 2", "item 3", "rule R1")}
    assert "[Draft of Anna: It is right, task besides the function, up to and including 31 March 2027" in told["item 1"]
    assert "Vervangt Els.]" in told["item 1"]
    assert told["item 2"].endswith("[Draft of Anna: Take it away.]")
    assert told["item 3"].endswith("[Draft of Anna: Lower it, read files.]")
    assert told["rule R1"].endswith("[Draft of Anna: It is right.]")

    his.fill("item 2", verb=REVOKE)
    assert [one.line.name for one in his.read(by=CHRIS, yes=True).steps] == ["item 2"]
    assert decisions(bureau.store, number)[-1]["actor"] == CHRIS
    again = book_of(bureau, number, tmp_path, "Chris").row("item 2")[1]
    assert (again[6], "Draft of" in again[1]) == (REVOKE, False)


def test_an_answer_that_was_emptied_stays_and_is_told(book: Book, tmp_path: Path) -> None:
    """Emptying a cell takes nothing back: an answer is only changed by another one."""
    say(book.bureau, book.number, 1, verb="revoke")
    again = book_of(book.bureau, book.number, tmp_path)
    again.fill("item 1", verb="")
    reading = again.read(yes=True)
    assert ([one.name for one in reading.emptied], reading.steps) == (["item 1"], [])
    assert [one["verb"] for one in decisions(book.bureau.store, book.number)] == ["revoke"]


def test_an_answer_that_was_changed_is_a_new_line(book: Book, tmp_path: Path) -> None:
    """The one before stays readable; the last one counts."""
    say(book.bureau, book.number, 1, verb="revoke")
    again = book_of(book.bureau, book.number, tmp_path)
    again.fill("item 1", **PROJECT, until=NEXT_YEAR)
    again.read(yes=True)
    assert [one["verb"] for one in decisions(book.bureau.store, book.number)] == ["revoke", "keep_until"]


# ---------------------------------------------------------------- as programs and people save it


def test_the_file_of_excel_itself_is_read(bureau: Bureau, tmp_path: Path) -> None:
    """The file as it was written, with an answer put in its own cell: shared texts and formats stay as they were."""
    number = opened(bureau)
    path = tmp_path / "zorg.xlsx"
    with zipfile.ZipFile(BytesIO(made(bureau, number))) as parts:
        inside = {name: parts.read(name) for name in parts.namelist()}
    sheet = inside["xl/worksheets/sheet2.xml"]
    filled = re.sub(rb'<c r="G2" s="(\d+)"/>', rb'<c r="G2" s="\1" t="str"><v>take IT away </v></c>', sheet)
    assert filled != sheet
    workbooks.write(path, inside | {"xl/worksheets/sheet2.xml": filled})

    with bureau.store.read() as session:
        reading = workbook_answers.read(session, binder_of(bureau), number, returned(path), ANNA)

    assert [(step.line.where, step.verb) for step in reading.steps] == [
        ("Decide one by one, row 2 (item 1)", "take away")
    ]


def test_sorted_rows_moved_columns_and_empty_rows_are_no_matter(filled: Book) -> None:
    """People sort by name, put the remark in front, and programs leave empty rows behind."""
    filled.fill("item 1", verb=REVOKE)
    filled.fill("item 3", verb=LOWER, target="read files")
    sheet = next(iter(name for name in filled.sheets if name.startswith("Decide")))
    heading, *rows = filled.sheets[sheet]
    empty: list[Any] = [""] * len(heading)
    moved = [[row[-2], *row[:-2], row[-1]] for row in (heading, empty, *rows[::-1], empty)]
    filled.sheets[sheet] = [empty, *moved]
    found = [(step.line.name, step.line.row, step.verb) for step in filled.read().steps]
    assert found == [("item 3", 4, "lower"), ("item 1", 6, "take away")]


@pytest.mark.parametrize(
    "written", [NEXT_YEAR, 46_599, 46_599.0, "31-07-2027", "31/7/2027", "2027-07-31", "31 juli 2027", " 31-07-2027 "]
)
def test_a_day_is_a_day_however_it_was_saved(filled: Book, written: Any) -> None:
    """As a date, as the number behind it, or as somebody typed it."""
    filled.fill("item 2", **PROJECT, until=written)
    (step,) = filled.read().steps
    assert step.row["until"] == datetime(2027, 7, 31, 22, tzinfo=UTC)


def test_a_dutch_workbook_is_read_by_an_english_ibpmon(bureau: Bureau, tmp_path: Path) -> None:
    """What language the screen speaks says nothing about the file."""
    number = opened(bureau)
    language.use("nl")
    book = book_of(bureau, number, tmp_path)
    language.use("en")
    book.fill("item 1", verb="weghalen")
    book.fill("item 2", verb="Klopt", code="tijdelijk project", until=NEXT_YEAR)
    book.fill("item 3", verb="Verlagen", target="bestanden lezen")
    book.fill("rule R1", verb="Klopt")
    assert [step.row["verb"] for step in book.read().steps] == ["revoke", "keep_until", "lower", "confirm"]


# ---------------------------------------------------------------- answers that are refused


@pytest.mark.parametrize(
    ("name", "answers", "said"),
    [
        ("item 1", {"verb": "misschien"}, "Decision: not one of the words of the list"),
        ("item 1", {"verb": 7}, "Decision: not one of the words of the list"),
        ("item 1", {"verb": "Take it away, It is right"}, "Decision: not one of the words of the list"),
        ("item 1", {"verb": KEEP}, "choose the reason why it may stay for now"),
        ("item 1", {"verb": KEEP}, "give the last day on which it may stay"),
        ("item 1", {"verb": KEEP, "until": NEXT_YEAR}, "choose the reason why it may stay for now"),
        ("item 1", PROJECT, "give the last day on which it may stay"),
        ("item 1", {"verb": KEEP, "code": "zomaar", "until": NEXT_YEAR}, "Reason: not one of the words of the list"),
        ("item 1", {"verb": KEEP, "code": "something else", "until": NEXT_YEAR}, "for what other reason does it stay?"),
        ("item 1", {**PROJECT, "until": "volgend jaar"}, "Until: not a date as 31-07-2026"),
        ("item 1", {**PROJECT, "until": "31-07-27"}, "Until: a year of two digits"),
        ("item 1", {**PROJECT, "until": "31-02-2027"}, "Until: a date that does not exist"),
        ("item 1", {**PROJECT, "until": 0.5}, "Until: not a date"),
        ("item 1", {**PROJECT, "until": True}, "Until: not a date"),
        ("item 1", {**PROJECT, "until": "31-12-9999"}, "Until: a year that cannot be meant"),
        ("item 1", {**PROJECT, "until": "22-11-2026"}, "stays only until a day"),
        ("item 1", {**PROJECT, "until": "31-07-2028"}, "stays only until a day"),
        ("item 1", {"verb": b't="str"|<f>A1</f><v>Take it away</v>'}, "Decision: a formula"),
        ("item 1", {"verb": b't="str"|<f>A1</f>'}, "Decision: a formula"),
        ("item 1", {**PROJECT, "until": b's="1"|<f t="shared" si="0"/><v>46599</v>'}, "Until: a formula"),
        ("item 1", {"verb": b't="e"|<v>#N/A</v>'}, "Decision: the outcome of a formula is an error"),
        ("item 1", {"remark": "weg"}, "something was filled in without a decision"),
        ("item 1", {"until": NEXT_YEAR}, "something was filled in without a decision"),
        ("item 1", {"verb": REVOKE, "until": NEXT_YEAR}, "go with 'It is right' only"),
        ("item 1", {"verb": REVOKE, "code": "replaces somebody"}, "go with 'It is right' only"),
        ("item 2", {"verb": REVOKE, "target": "read files"}, "goes with 'Lower it' only"),
        ("item 2", {"verb": LOWER}, "choose what may remain"),
        ("item 2", {"verb": LOWER, "target": "manage everything"}, "Lower to: not one of the words of the list"),
        ("item 1", {"verb": LOWER, "target": "read files"}, "Lower to: not one of the words of the list"),
        ("item 1", {"verb": ASK}, "what is asked?"),
        ("item 1", {"verb": STRANGE}, "why is it not yours, or whose is it?"),
        ("item 1", {"verb": REVOKE, "remark": "x" * 20_001}, "'reason' cannot be kept"),
        ("sample", {"verb": KEEP, "code": "replaces somebody"}, "give the last day on which it may stay"),
        ("rule R1", {"verb": REVOKE}, "a rule can only be confirmed"),
        ("rule R1", {"verb": KEEP, "until": NEXT_YEAR}, "a rule can only be confirmed"),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_clear_is_refused_by_name(
    filled: Book, name: str, answers: dict[str, Any], said: str
) -> None:
    """Nothing is guessed, and nothing else of the file is kept either."""
    name = f"item {filled.samples[0]}" if name == "sample" else name
    filled.fill("item 3", verb=REVOKE)
    filled.fill(name, **answers)
    told = filled.refused()
    assert f"({name})" in told
    assert said in told


def test_all_faults_are_told_at_once(filled: Book) -> None:
    """Nobody wants to hear of them one by one."""
    filled.fill("item 1", verb="ja", until="ooit")
    filled.fill("item 2", verb=KEEP)
    filled.fill("rule R2", verb="nee")
    told = filled.refused()
    assert "5 thing(s)" in told
    assert [line.partition(": ")[0] for line in told.splitlines()[-4:]] == [
        "Decide one by one, row 2 (item 1)", "Decide one by one, row 3 (item 2)", "Decide one by one, row 3 (item 2)",
        "Rules, row 8 (rule R2)",
    ]  # fmt: skip


def test_of_very_many_faults_only_the_first_are_told(filled: Book) -> None:
    """A sheet in which everything is wrong does not fill the screen for ever."""
    sheet, row = filled.row("item 1")
    filled.sheets[sheet] += [list(row) for _ in range(80)]
    told = filled.refused()
    assert len(told.splitlines()) == MOST_TOLD + 1
    assert told.endswith("... and 31 more")


# ---------------------------------------------------------------- rows that are refused


def changed_text(book: Book) -> None:
    """Somebody softened a sentence."""
    book.row("item 1")[1][1] = "Bram heeft niets."


def changed_hash(book: Book) -> None:
    """Somebody put another hash in a row."""
    row = book.row("item 1")[1]
    row[-1] = re.sub(r"[0-9a-f]{64}", "0" * 64, row[-1], count=1)


def changed_seen(book: Book) -> None:
    """Somebody says that he saw more than he did."""
    row = book.row("item 1")[1]
    row[-1] = row[-1].replace("item 0", "item 9")


def swapped(book: Book) -> None:
    """Somebody sorted half of a row: the text of one stands beside what another carries."""
    one, other = book.row("item 1")[1], book.row("item 2")[1]
    one[-1], other[-1] = other[-1], one[-1]


def computed(book: Book) -> None:
    """A sentence that a formula makes."""
    book.row("item 1")[1][1] = b't="str"|<f>A1</f><v>x</v>'


def doubled(book: Book) -> None:
    """A row that was copied."""
    sheet, row = book.row("item 1")
    book.sheets[sheet].append(list(row))


def strange(book: Book) -> None:
    """A row of another number, made by hand."""
    sheet, row = book.row("item 1")
    book.sheets[sheet].append([*row[:-1], row[-1].removesuffix(" 1") + " 99"])


def typed(book: Book) -> None:
    """Something below the table."""
    sheet, row = book.row("item 1")
    book.sheets[sheet].append(["Eva ook", *[""] * (len(row) - 1)])


def gone(book: Book) -> None:
    """A row that was deleted."""
    sheet, row = book.row("item 1")
    book.sheets[sheet].remove(row)


def sheet_gone(book: Book) -> None:
    """A sheet that was deleted."""
    del book.sheets["Rules"]


def heading_gone(book: Book) -> None:
    """A heading that was typed over."""
    book.sheets["Rules"][0][6] = "Besluitje"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (changed_text, "row 2 (item 1): what it shows was changed"),
        (changed_hash, "row 2 (item 1): what it shows was changed"),
        (changed_seen, "row 2 (item 1): what it shows was changed"),
        (swapped, "row 3 (item 1): what it shows was changed"),
        (computed, "row 2 (item 1): what it shows was changed"),
        (doubled, "row 5 (item 1): this row stands there more than once"),
        (strange, "row 5 (item 99): this row was not in the workbook that went out"),
        (typed, "row 5: this row is not one of the workbook that went out"),
        (gone, "item 1: the row is gone"),
        (sheet_gone, "rule R1: the row is gone"),
        (heading_gone, "Rules: these headings are gone or stand there twice: Decision"),
    ],
)
def test_a_row_that_is_not_as_it_went_out_is_refused_by_name(
    filled: Book, change: Callable[[Book], None], said: str
) -> None:
    """What she answered may be an answer to something else."""
    filled.fill("item 3", verb=REVOKE)
    change(filled)
    assert said in filled.refused()


def test_a_row_of_an_earlier_workbook_is_refused(book: Book, tmp_path: Path) -> None:
    """Two workbooks of one review are put together: of the older rows nobody knows what was seen."""
    old = [list(row) for row in book.sheets["Rules"]]
    later = book_of(replace(book.bureau, now=MONDAY + timedelta(days=1)), book.number, tmp_path)
    later.sheets["Rules"] = old
    assert "(rule R1): what it shows was changed" in later.refused()


def test_who_was_second_sees_who_was_first(book: Book) -> None:
    """Chris wrote something down while the file was with Anna: it is not overwritten, and she learns of it."""
    say(book.bureau, book.number, 1, verb="revoke", by=CHRIS, for_whom=ANNA)
    confirm(book.bureau, book.number, "R1", reason="op papier")
    book.fill("item 1", **PROJECT, until=NEXT_YEAR)
    book.fill("rule R1", verb=KEEP)
    told = book.refused()
    assert "(item 1): Chris (Anna) was first, on 23 November 2026 11:00: take away" in told
    assert "(rule R1): Anna was first" in told
    book.fill("item 1", verb=REVOKE, code="", until="")
    book.fill("rule R1", verb="")
    assert [one.name for one in book.read(yes=True).same] == ["item 1"]


# ---------------------------------------------------------------- of what it is one, and whose


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("form", "2", "made by another version of ibpmon"),
        ("board", "x", "of another board"),
        ("round", "7", "of another round: 2026-K4, and this is 2026-K4"),
        ("review", "7", "of another revision"),
        ("root", "0" * 64, "not the ones that were frozen here"),
        ("made_at", "2026-11-24T10:00:00+00:00", "was changed"),
        ("seal", "0" * 64, "was changed"),
        ("row", "item 7", "was changed"),
    ],
)
def test_a_workbook_of_something_else_is_refused_by_name(filled: Book, part: str, value: str, said: str) -> None:
    """Board, round, review, revision, questions: the first that differs is told."""
    next(row for row in filled.sheets[KEPT] if row[0] == part)[1] = value
    told = filled.refused()
    assert "this is not a workbook of review 1" in told
    assert said in told


def test_a_workbook_of_another_process_is_refused(filled: Book) -> None:
    """The owner of two processes mixes up her files."""
    for row in filled.sheets[KEPT]:
        row[1] = {"review": "7", "process": "hr"}.get(row[0], row[1])
    assert "of another review: number 7, of hr" in filled.refused()


def test_a_workbook_of_the_revision_before_is_refused(bureau: Bureau, tmp_path: Path) -> None:
    """It was opened again: what she fills in about the old one counts for nothing."""
    number = opened(bureau)
    book = book_of(bureau, number, tmp_path)
    for one in (1, 2, 3):
        say(bureau, number, one, verb="revoke")
    for rule in ("R1", "R2"):
        confirm(bureau, number, rule)
    sign(bureau, number)
    assert "its state is 'signed'" in book.refused()
    book.number = reopening.reopen(bureau, number, "chris", "Kees hoort erbij")
    assert "of another revision: number 1, and this is 2" in book.refused()


def test_a_workbook_of_another_key_is_refused(book: Book) -> None:
    """A second ibpmon with the same names cannot make what this one takes."""
    Path(book.bureau.config.store.pseudonym_key).unlink()
    assert "was made with another key" in book.refused()


def test_nobody_reads_in_the_answers_of_somebody_else_as_his_own(book: Book) -> None:
    """For her, with both names kept; as himself, never."""
    book.fill("item 1", verb=REVOKE)
    assert "this workbook is for Anna" in book.refused(by=EVA)
    assert "Chris cannot answer in it" in book.refused(by="Chris")
    assert "Eva cannot answer in it" in book.refused(by=ANNA, for_whom="Eva")
    book.read(by="chris", for_whom="Anna", yes=True)
    (one,) = decisions(book.bureau.store, book.number)
    assert (one["actor"], one["on_behalf_of"]) == ("chris", ANNA)


def test_nobody_gets_his_own_access_to_decide(open_database: OpenStore, tmp_path: Path) -> None:
    """What is about Anna stands in the workbook of Chris, and not in hers."""
    store = open_database(datasets())
    world = board()
    world.grant("zorg", role="owner", user_id="anna")
    world.save(store)
    bureau = bureau_of(store, tmp_path)
    number = opened(bureau)
    own = about(store, number, "Anna").item_no

    book = book_of(bureau, number, tmp_path)
    with pytest.raises(StopIteration):
        book.row(f"item {own}")
    book = book_of(bureau, number, tmp_path, "Chris")
    assert book.row(f"item {own}")
    book.fill(f"item {own}", verb=REVOKE)
    book.read(by=CHRIS, yes=True)
    assert [one["actor"] for one in decisions(store, number)] == [CHRIS]


def test_who_decides_nothing_gets_no_workbook(book: Book) -> None:
    """And neither does anybody about a review that is over."""
    with pytest.raises(RefusedError, match="eva does not decide about this"):
        made(book.bureau, book.number, "eva")
    with pytest.raises(RefusedError, match="takes no answers"):
        made(book.bureau, signed_elsewhere(book.bureau), "")


def signed_elsewhere(bureau: Bureau) -> int:
    """A review that was signed."""
    for one in stands(bureau, 1).left():
        say(bureau, 1, one.item_no, verb="revoke")
    for rule in ("R1", "R2"):
        confirm(bureau, 1, rule)
    sign(bureau, 1)
    return 1


def test_what_was_given_away_meanwhile_is_refused(book: Book) -> None:
    """The workbook was made before Chris took it over."""
    with book.bureau.store.write() as session:
        assign(session, book.bureau.store, book.number, CHRIS, "chris", "Anna is ziek", MONDAY, 1)
    book.fill("item 1", verb=REVOKE)
    assert "(item 1): Anna does not decide about this" in book.refused().replace(ANNA, "Anna")


# ---------------------------------------------------------------- files that are none


def bomb() -> bytes:
    """A little file that unpacks to a lot."""
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in workbooks.parts(["Blad1"]).items():
            archive.writestr(name, body)
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (65 * 1024 * 1024))
    return data.getvalue()


def zipped(**parts: bytes) -> bytes:
    """An archive."""
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"No.;Decision\n1;Klopt\n", "saved as CSV"),
        (b"", "no workbook"),
        (OLD_OFFICE + b"\0" * 512, "a spreadsheet of the old kind (.xls)"),
        (OLD_OFFICE + ENCRYPTED + b"\0" * 512, "is protected with a password"),
        (b"%PDF-1.7", "it is a PDF"),
        (b"PK\x03\x04 and no more", "it breaks off, or is damaged"),
        (zipped(**{"content.xml": b"<x/>"}), "LibreOffice (.ods, .odt)"),
        (zipped(**{"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}), "a document of Office"),
        (bomb(), "unpacked it would take more than 64 MB"),
    ],
    ids=["csv", "empty", "xls", "encrypted", "pdf", "half", "ods", "word", "bomb"],
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    """Saved as something else by accident, or meant to do harm."""
    path = tmp_path / "zorg.xlsx"
    path.write_bytes(data)
    with pytest.raises(RefusedError) as error:
        returned(path)
    assert said in error.value.english()
    assert "save it as XLSX" in error.value.fix


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is read."""
    monkeypatch.setattr(board_reading, "LARGEST", 10)
    path = workbooks.workbook(tmp_path / "zorg.xlsx", [["a"]])
    with pytest.raises(RefusedError, match="is too large"):
        returned(path)


def test_sheets_are_weighed_before_the_next_one_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """199 sheets with two cells each, far apart, are a small file that would fill the memory."""
    first, last = (f'<row r="{row}"><c r="{name}{row}"><v>1</v></c></row>' for name, row in (("A", 1), ("J", 200_000)))
    body = f"<worksheet {workbooks.MAIN}><sheetData>{first}{last}</sheetData></worksheet>".encode()
    sheets = {f"xl/worksheets/sheet{number}.xml": body for number in range(1, 200)}
    path = workbooks.write(tmp_path / "far.xlsx", workbooks.parts([f"B{number}" for number in range(199)]) | sheets)
    script = (
        "import resource, sys; from pathlib import Path; from ibpmon.review.workbook_reading import returned\n"
        "try: returned(Path(sys.argv[1]))\n"
        "except Exception as error: print(error.what)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    said = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True).stdout
    what, kilobytes = said.splitlines()
    assert "too large" in what
    assert int(kilobytes) < 500_000

    monkeypatch.setattr(board_sheets, "MOST_IN_ALL", 50)
    path = workbooks.workbook(tmp_path / "many.xlsx", *[[["a", "b"]] * 10] * 3)
    with pytest.raises(RefusedError, match="too large"):
        returned(path)


def test_a_workbook_of_something_else_than_a_review_is_refused(tmp_path: Path) -> None:
    """Any other list, or one from which a program dropped what nobody sees."""
    path = workbooks.workbook(tmp_path / "zorg.xlsx", [["Nr.", "Besluit"], [1, "Klopt"]])
    with pytest.raises(RefusedError, match="is no workbook of a review"):
        returned(path)


# ---------------------------------------------------------------- what the owner gets


def test_hostile_names_go_out_as_text_and_come_back(open_database: OpenStore, tmp_path: Path) -> None:
    """A guest chooses his own name; it is a text in the cell, and the row is known again."""
    store = open_database(datasets())
    world = board()
    names = [*MIXED, *controls(range(32)), "=1+1", "+1", "@SUM(A1)", "_x0041_", "0031", "#N/A", "1E5", "TRUE"]
    for number, name in enumerate(map(clean, names)):
        world.person(f"guest{number}", name, population="guest")
        world.grant("zorg", role="read", user_id=f"guest{number}")
    world.save(store)
    bureau = bureau_of(store, tmp_path)
    book = book_of(bureau, opened(bureau), tmp_path)

    with zipfile.ZipFile(BytesIO(made(bureau, 1))) as parts:
        xml = b"".join(parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/sheet"))
    assert (b"<f>" in xml, b"<hyperlink" in xml) == (False, False)
    assert len([one for one in items(store, 1) if one.alone]) > len(names)
    book.fill("item 1", verb=REVOKE)
    assert [step.line.name for step in book.read().steps] == ["item 1"]


def test_only_the_cells_for_answers_are_open(bureau: Bureau) -> None:
    """What is asked cannot be typed over by accident; what means nothing in a row is closed as well."""
    with zipfile.ZipFile(BytesIO(made(bureau, opened(bureau)))) as parts:
        styles = parts.read("xl/styles.xml").decode()
        sheets = [parts.read(f"xl/worksheets/sheet{number}.xml").decode() for number in (1, 2, 3, 4)]
    formats = re.findall(r"<xf [^>]*?(?:/>|>.*?</xf>)", styles.partition("<cellXfs")[2].partition("</cellXfs>")[0])
    is_open = ['locked="0"' in one for one in formats]
    found = [
        {place for place, style in re.findall(r'<c r="(\w+)" s="(\d+)"', sheet) if is_open[int(style)]}
        for sheet in sheets
    ]
    assert all("<sheetProtection" in sheet for sheet in sheets)
    assert found[0] == found[3] == set()
    assert found[1] == {f"{column}{row}" for row in (2, 3, 4) for column in "GHIJK"} - {"J2"}  # to read is the least
    assert {"G2", "K2"} == {place for place in found[2] if place[1:] == "2"}
    for sheet in sheets[1:3]:
        assert all(word in sheet for word in ('state="frozen"', 'orientation="landscape"', 'paperSize="9"'))
        assert "<dataValidation " in sheet
        assert 'fitToHeight="0"' in sheet


def test_the_lists_to_choose_from_hold_what_can_be_answered(bureau: Bureau) -> None:
    """No list offers what is refused later, and nothing is chosen beforehand."""
    language.use("nl")
    number = opened(bureau)
    with zipfile.ZipFile(BytesIO(made(bureau, number))) as parts:
        single, rules = (parts.read(f"xl/worksheets/sheet{one}.xml").decode() for one in (2, 3))
    lists = dict(re.findall(r'sqref="(\w+)"[^>]*><formula1>"([^"]*)"', single))
    assert lists["G2"] == "Klopt,Weghalen,Weet ik niet,Niet van mij"
    assert lists["G3"] == "Klopt,Weghalen,Verlagen,Weet ik niet,Niet van mij"
    assert lists["J3"] == "bestanden lezen"
    assert "tijdelijk project,vervangt iemand" in lists["H2"]
    assert dict(re.findall(r'sqref="(\w+)"[^>]*><formula1>"([^"]*)"', rules))["G2"] == "Klopt"


def test_the_explanation_is_in_plain_dutch(bureau: Bureau, tmp_path: Path) -> None:
    """A director opens it without us beside her."""
    language.use("nl")
    book = book_of(bureau, opened(bureau), tmp_path)
    assert list(book.sheets) == ["Uitleg", "Een voor een", "Regels", KEPT]
    said = "\n".join(str(cell) for row in book.sheets["Uitleg"] for cell in row)
    assert "14 december 2026 18:00" in said
    assert "Een lege rij beslist niets" in said
    for word in ("Klopt", "Weghalen", "Verlagen", "Weet ik niet", "Niet van mij"):
        assert word in said
    assert book.sheets["Een voor een"][0][:7] == [
        "Nr.", "Wat is er", "Plaats", "Recht op", "Volgens de matrix", "Hoe zwaar, en waarom", "Besluit",
    ]  # fmt: skip


def test_the_explanation_names_only_the_sheets_that_are_there(bureau: Bureau, tmp_path: Path) -> None:
    """Nobody looks for a sheet with rules when there is no rule; the steps are numbered through."""
    number, binder = opened(bureau), binder_of(bureau)
    with bureau.store.read() as session:
        whole = form(session, binder, number)
    told = {
        name: [line for line, _second, _style in explanation(one, binder)]
        for name, one in (("both", whole), ("items", replace(whole, rules=())), ("rules", replace(whole, items=())))
    }
    steps = {name: [line for line in lines if re.match(r"\d\. ", line)] for name, lines in told.items()}
    assert {name: [line[:22] for line in lines] for name, lines in steps.items()} == {
        "both": ["1. Open the sheet 'Dec", "2. Open the sheet 'Rul", "3. Save the file as a "],
        "items": ["1. Open the sheet 'Dec", "2. Save the file as a "],
        "rules": ["1. Open the sheet 'Rul", "2. Save the file as a "],
    }
    assert "at most five rights" in steps["rules"][0]
    assert not any("sample" in line for line in told["items"])


# ---------------------------------------------------------------- the commands


@pytest.fixture
def run(ibpmon: Run, tmp_path: Path) -> Run:
    """Runs a command about a board with one open review, on Monday."""
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    path = tmp_path / "config.toml"
    on = 'connectors_on = ["list-rights", "site-admins", "site-group-members", "site-lists", "site-rights"]  # '
    path.write_text(text.replace("# connectors_on =", on, 1), encoding="utf-8")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "autorisatiematrix.toml").write_text(MATRIX, encoding="utf-8")
    with workplace(path) as place:
        board().save(place.store)

    def running(*words: str | Path) -> Answer:
        with time_machine.travel(MONDAY, tick=False):
            return ibpmon("review", *words, "--config", path)

    assert running("open", "--by", "chris").code == 0
    return running


def test_the_commands_write_read_and_decide(run: Run, tmp_path: Path) -> None:
    """Out, in as a dry run, in for good, and once more."""
    out = tmp_path / "zorg.xlsx"
    answer = run("workbook", "write", "1", "--out", out)
    assert (answer.code, out.stat().st_mode & 0o777) == (0, 0o600)
    assert f"Written: {out}, for Anna." in answer.out
    again = run("workbook", "write", "1", "--out", out)
    assert (again.code, "is there already" in again.err) == (1, True)
    assert run("workbook", "write", "1", "--out", tmp_path / "zorg.csv").code == 2

    fill(out, "item 1", verb=REVOKE)
    fill(out, "rule R1", verb=KEEP)
    dry = run("workbook", "read", "1", out, "--by", ANNA)
    assert "1. Bram (guest) can read files in the site Zorg." in dry.out
    assert "rule R1\n   right as it is\n" in dry.out
    assert "2 decisions, 0 as before, 3 without an answer." in dry.out
    assert "Nothing was written. Write it down with --yes." in dry.out
    assert json.loads(run("status", "--json").out)[0]["left"] == 5
    done = run("workbook", "read", "1", out, "--yes", "--by", ANNA)
    assert done.out.endswith("Written down.\n")
    assert json.loads(run("status", "--json").out)[0]["left"] == 3
    row = json.loads(run("workbook", "read", "1", out, "--yes", "--json", "--by", ANNA).out)
    assert (row["decisions"], row["same"]) == ([], ["item 1", "rule R1"])
    assert "Nothing changes." in run("workbook", "read", "1", out, "--by", ANNA).out


def test_reading_shows_all_of_an_answer_before_it_is_written(run: Run, tmp_path: Path) -> None:
    """Whoever says yes says it to the day and to the right as well: those are what was typed wrong."""
    out = tmp_path / "zorg.xlsx"
    run("workbook", "write", "1", "--out", out)
    fill(out, "item 1", verb=KEEP, code="something else", until="31-12-2026", remark="examen")
    fill(out, "item 2", verb=LOWER, target="read files")
    fill(out, "item 3", verb=ASK, remark="Wie is dit?")

    said = run("workbook", "read", "1", out, "--by", ANNA).out

    assert "\n   right for now, up to and including 31 December 2026; something else; examen\n" in said
    assert "\n   lower to: read files\n" in said
    assert "\n   asked somebody; Wie is dit?\n" in said


def test_who_took_a_workbook_out_stands_in_the_ledger(run: Run, tmp_path: Path) -> None:
    """It holds the names of everybody who can reach something: later it can be seen who had it, and for whom."""
    out = tmp_path / "zorg.xlsx"
    row = json.loads(run("workbook", "write", "1", "--out", out, "--by", "chris", "--json").out)
    refused = run("workbook", "write", "1", "--out", out, "--by", "eva")

    with workplace(tmp_path / "config.toml") as place, place.store.read() as session:
        told = [one for one in ledger.about(session, place.store, "review/1") if one.kind == "review.workbook"]

    mark = hashlib.sha256(out.read_bytes()).hexdigest()
    assert (row["for"], row["sha256"], refused.code) == (ANNA, mark, 1)
    assert [json.loads(one.said or "") for one in told] == [{"by": "chris", "for": ANNA, "hash": mark}]
    assert "Review 1 is as it was written down. Nobody signed it yet." in run("verify", "1").out


def test_a_command_that_refuses_says_where_and_what(run: Run, tmp_path: Path) -> None:
    """Every fault on its line, and a code that a script sees."""
    out = tmp_path / "zorg.xlsx"
    run("workbook", "write", "1", "--out", out)
    fill(out, "item 1", verb="misschien")
    fill(out, "item 2", verb=KEEP)
    answer = run("workbook", "read", "1", out, "--yes", "--by", ANNA)
    assert answer.code == 1
    assert answer.err.count("Decide one by one, row") == 3
    assert "cannot read the file" in run("workbook", "read", "1", tmp_path / "none.xlsx").err
    assert json.loads(run("status", "--json").out)[0]["left"] == 5


def fill(path: Path, name: str, **answers: Any) -> None:
    """Type answers in a row of a file."""
    book = Book(None, 1, path.parent, cells(path))  # type: ignore[arg-type]  # it is only filled in
    book.fill(name, **answers)
    book.save().replace(path)
