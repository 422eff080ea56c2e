"""The review as PDF: kept for years, read aloud, the same bytes anywhere, and a name in it is only a name."""

import io
import os
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

from ibpmon import language
from ibpmon.config import Config
from ibpmon.errors import ContentError, IbpmonError
from ibpmon.report import documents, typesetter
from ibpmon.report import pdf as engine
from ibpmon.report.documents import write_reviews
from ibpmon.report.pdf import pdf, visible
from ibpmon.store.database import Store, open_store
from ibpmon.store.tables import Exemption
from ibpmon.tell.words import shown
from tests.access_world import World, datasets
from tests.conftest import MONDAY, TENANT
from tests.hostile_names import HOSTILE
from tests.test_reports import MATRIX, config_of, team

pytestmark = pytest.mark.usefixtures("english")

Data = dict[str, Any]
PLAIN = {"language": "nl", "made": "2026-11-23T10:00:00+00:00", "title": "Proef"}
HEAD = """#let data = json(bytes(sys.inputs.data))
#set document(title: data.title, date: auto)
#set text(font: "Fira Sans")
"""
FOOT = 56  # points: what stands lower is the number of the page
HYPHENS = {0x02: "-", 0xFFFE: "-"}  # how pdfium tells a - at the end of a line


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with the team of one school, in which much is wrong."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('pdf')}/ibpmon.db", datasets(), TENANT, "Waaier", MONDAY)
    crowded().save(store)
    with store.write() as session:
        session.add(
            Exemption(
                tenant_id=store.tenant, exception_id=1, rule="group-without-owner", subject="care",
                reason="tot de zomer", approved_by="Chris", from_at=MONDAY, until=MONDAY + timedelta(days=30),
            )
        )  # fmt: skip
    yield store
    store.engine.dispose()


def crowded() -> World:
    """Somebody who fits, a guest, a pupil, who left, who is not known, a link, and what was not read."""
    world = team(
        anna={"name": "Anna"},
        bram={"name": "Bram", "population": "guest", "function": ""},
        eva={"name": "Eva", "employed_until": MONDAY - timedelta(days=3)},
        dewi={"name": "Dewi", "function": ""},
        pim={"name": "Pim", "population": "pupil", "function": "", "school": "PAP"},
    )
    world.group("odd", "Łódź – Şükrü & Zoë", members="bram")
    world.grant("files", "write", group_id="odd")
    world.grant("files", "write", link_scope="anonymous", link_type="edit")
    world.grant("files", "owner", site_group="PAP Zorgteam - eigenaren")
    return world


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A configuration with the matrix of that team."""
    folder = tmp_path_factory.mktemp("config")
    (folder / "matrix.toml").write_text(MATRIX, encoding="utf-8")
    return config_of(folder, {"matrix": {"path": folder / "matrix.toml"}})


@pytest.fixture(scope="module")
def data(store: Store, config: Config) -> Data:
    """What the PDF of this review is made of."""
    found: list[Data] = []

    def keep(_name: str, data: Data, _own: Path | None) -> bytes:
        found.append(data)
        return b""

    language.use("en")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "pdf", keep)
        write_reviews(store, config, MONDAY)
    return found[0]


@pytest.fixture(scope="module")
def review(data: Data) -> bytes:
    """The PDF of this review."""
    return pdf("review.typ", data)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The content folder of a board."""
    (tmp_path / "reports").mkdir()
    return tmp_path


def made(own: Path, body: str, **more: Any) -> bytes:
    """The PDF of a template of one's own."""
    (own / "reports" / "proef.typ").write_text(HEAD + body, encoding="utf-8")
    return pdf("proef.typ", PLAIN | more, own)


def text_of(file: bytes) -> str:
    """The text that a reader of PDF gets out of it, without spaces and ends of lines."""
    with pypdfium2.PdfDocument(file) as opened:
        pages = [page.get_textpage().get_text_bounded(bottom=FOOT) for page in opened]
    return bare(" ".join(pages).translate(HYPHENS))


def bare(text: str) -> str:
    """A text without anything that a line may break at."""
    return "".join(text.split())


def strings(value: Any) -> Iterator[str]:
    """Every text of the data that is meant to be read."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key not in ("language", "made", "page", "kind", "tone"):
                yield from strings(one)


# ---------------------------------------------------------------- what it says


def test_every_sentence_of_the_data_can_be_read_in_the_pdf(data: Data, review: bytes) -> None:
    """A question that was cut off or fell from the page would be signed unseen."""
    text = text_of(review)
    told = list(strings(data))

    assert len(told) > 150
    assert [one for one in told if bare(one) not in text] == []


def test_it_says_what_the_page_in_html_says(store: Store, config: Config, review: bytes) -> None:
    """One edition, two forms: nobody may sign for something else than was on the screen."""
    write_reviews(store, config, MONDAY)
    text = text_of(review)

    for sentence in (
        "Bram (guest) can read and change files in the site PAP Zorgteam. That is because this account is in the group",
        "Right, until", "Take away", "I do not know", "Ł", "The last day of employment was 20 November 2026.",
        "members of the SharePoint group PAP Zorgteam - eigenaren", "tot de zomer",
        "version 2026-2, approved on 1 September 2026 by Dewi", "anyone who has the link, without signing in",
    ):  # fmt: skip
        assert bare(sentence) in text, sentence
    assert "Pim" not in text


def test_what_fits_is_counted_per_rule_of_the_matrix(data: Data) -> None:
    """An owner who only sees what deviates never sees a rule that is too wide."""
    (section,) = [one for one in data["sections"] if one["title"] == "Fits the matrix, per rule"]
    rows = [[cell["lines"][0] for cell in row] for row in section["blocks"][-1]["rows"]]

    assert rows == [
        ["care", "group PAP Zorgteam", "is a member", "1"],
        ["care", "site PAP Zorgteam", "read and change files", "1"],
    ]


def test_the_numbers_of_pages_are_on_every_page(review: bytes) -> None:
    """A page that is lost from the pile must be missed."""
    with pypdfium2.PdfDocument(review) as opened:
        count = len(opened)
        for number, page in enumerate(opened, 1):
            assert f"page {number} of {count}" in page.get_textpage().get_text_bounded()
    assert count > 1


# ---------------------------------------------------------------- what it is


def test_the_same_data_gives_the_same_bytes(data: Data, review: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then a hash shows that a PDF is the one that was signed; the machine around it does not matter."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("LANG", "C")

    assert pdf("review.typ", data) == review
    assert pdf("review.typ", data | {"board": "Another"}) != review


def test_it_is_made_when_the_data_says(review: bytes) -> None:
    """The time of the clock would make every copy another one."""
    with pikepdf.open(io.BytesIO(review)) as opened:
        assert str(opened.docinfo["/CreationDate"]) == f"D:{MONDAY:%Y%m%d%H%M%S}Z"


def test_it_keeps_to_the_standards_for_archives_and_for_reading_aloud(review: bytes) -> None:
    """Both are in the metadata, and typst refuses to write them when they do not hold."""
    with pikepdf.open(io.BytesIO(review)) as opened, opened.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
        assert metadata["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
        assert metadata["dc:title"] == "Access review: Leerlingzorg De Papieren Boot"
        assert opened.Root.ViewerPreferences.DisplayDocTitle


@pytest.mark.parametrize("spoken", ["nl", "en"])
def test_the_language_is_that_of_the_reader(own: Path, spoken: str) -> None:
    """What reads aloud must know which language it speaks."""
    file = made(own, "#set text(lang: data.language)\n= #data.title", language=spoken)

    with pikepdf.open(io.BytesIO(file)) as opened:
        assert str(opened.Root.Lang) == spoken


def test_its_parts_are_tagged_and_tables_have_heads(review: bytes) -> None:
    """Without tags a table is a row of words to who cannot see it."""
    with pikepdf.open(io.BytesIO(review)) as opened:
        assert opened.Root.MarkInfo.Marked
        assert str(opened.Root.Lang) == "en"
        kinds = [str(one.S) for one in opened.objects if isinstance(one, pikepdf.Dictionary) and "/S" in one]
    assert kinds.count("/Table") == 7
    assert kinds.count("/TH") == 4 + 4 + 5 + 5 + 5 + 3 + 5  # unknown, rules, two places, risks, not read, sources
    assert {"/H1", "/H2", "/H3", "/L", "/Link"} <= set(kinds)


def test_only_the_font_of_the_package_is_in_it(review: bytes) -> None:
    """A font of the machine would look, and count its pages, otherwise on the next one."""
    with pikepdf.open(io.BytesIO(review)) as opened:
        found = [one for one in opened.objects if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/Font"]
        names = {str(one.BaseFont).partition("+")[2] for one in found}
    assert names
    assert all(name.startswith("FiraSans-") for name in names), names


def test_small_numbers_lead_to_their_source(review: bytes) -> None:
    """And to nowhere else: there is no address, file or script behind anything."""
    with pikepdf.open(io.BytesIO(review)) as opened:
        links = [
            one for one in opened.objects if isinstance(one, pikepdf.Dictionary) and one.get("/Subtype") == "/Link"
        ]
    assert len(links) > 20
    assert actions(review) <= {"/GoTo"}


def actions(file: bytes) -> set[str]:
    """What a PDF can do when somebody opens it or clicks in it."""
    acts = {"/URI", "/JavaScript", "/JS", "/Launch", "/GoTo", "/GoToR", "/SubmitForm", "/ImportData", "/OpenAction"}
    found: set[str] = set()
    with pikepdf.open(io.BytesIO(file)) as opened:
        for one in opened.objects:
            if isinstance(one, pikepdf.Dictionary):
                found |= acts & ({str(one.get("/S"))} | set(one.keys()))
    return found


# ---------------------------------------------------------------- names


def test_a_hostile_name_is_only_a_name(data: Data) -> None:
    """All of them at once, as they come, wherever a name can stand: nothing acts, and nothing is lost."""
    names = [name if len(name) <= 120 else shown(name) for name in HOSTILE if name.strip()]
    listing = {"title": "Names", "blocks": [{"kind": "list", "lines": names}]}
    table = {"kind": "table", "caption": "", "heads": ["Who", "Where"], "widths": [1, 1], "rows": []}
    cell = {"small": "", "tone": "", "strong": True, "target": 0}
    table["rows"] = [[cell | {"lines": [name]}, cell | {"lines": ["x", name]}] for name in names]
    asked = {"who": "Eva", "notice": "", "questions": []}
    hostile = data | {
        "sections": [listing, {"title": "Table", "blocks": [table]}, *data["sections"]],
        "questions": data["questions"] | {"about": [asked | {"who": name} for name in names]},
    }

    file = pdf("review.typ", hostile)
    text = without_accents(text_of(file))

    assert {name for name in names if text.count(without_accents(as_printed(name))) < 4} == set()
    assert actions(file) <= {"/GoTo"}


def without_accents(text: str) -> str:
    """A text without what stands over and under its letters: a reader of PDF gives a pile in an order of its own."""
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if unicodedata.category(sign) != "Mn")


def as_printed(name: str) -> str:
    """How a name stands in a PDF: what cannot be seen or drawn as its number."""
    font = engine.fonts("review.typ") / engine.FONT
    return bare(str(typesetter.in_signs(visible(name), typesetter.signs_of(font))))


@pytest.mark.parametrize("word", ['#read("/etc/passwd")', "*x* _y_ $z$", "@label <label>", "#panic()", "= kop", '"])'])
def test_markup_of_typst_in_a_name_means_nothing(own: Path, word: str) -> None:
    """Data are strings; a string is never read as a template."""
    assert bare(word) in text_of(made(own, "= #data.title\n#data.word", word=word))


def test_a_sign_that_the_font_lacks_is_told_by_its_number(own: Path) -> None:
    """An empty box says nothing, and a font of the machine is not there on the next one."""
    text = text_of(made(own, "= #data.title\n#data.word", word="学 Anna \x1b\u202e"))

    assert "‹5B66›Anna" in text
    assert "‹202E›" in text


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("= Een\n=== Drie", "PDF/UA-1"),
        ("#set document(title: none)\n= Een", "PDF/UA-1"),
        ("= Een\n#image(bytes(\"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>\"))", "PDF/UA-1"),
        ("#set document(date: none)\n= Een", "PDF/A-2a"),
        ("= Een\n#text(font: \"Comic Sans\")[x]", "font"),
        ("= Een\n#data.nothing", "nothing"),
        ("= Een\n#(", "unclosed"),
    ],
)  # fmt: skip
def test_a_template_that_breaks_the_standard_is_refused(own: Path, body: str, told: str) -> None:
    """A PDF that only claims to be accessible is worse than none; the message names the template and why."""
    with pytest.raises(ContentError, match=r"proef\.typ") as refused:
        made(own, body)

    what, why, fix = refused.value.told(str)
    assert told in why
    assert what
    assert fix


@pytest.mark.parametrize("name", ["/etc/passwd", "../config.toml", "secret.txt", "link.svg", "/proc/self/environ"])
def test_a_template_reads_nothing_but_templates(own: Path, name: str) -> None:
    """Neither the configuration nor a key beside it, by whatever way."""
    (own / "config.toml").write_text("geheim", encoding="utf-8")
    (own / "reports" / "secret.txt").write_text("geheim", encoding="utf-8")
    (own / "reports" / "link.svg").symlink_to("/etc/passwd")

    with pytest.raises(ContentError, match=r"proef\.typ"):
        made(own, f'= Een\n#read("{name}")')


@pytest.mark.parametrize("package", ["@preview/cetz:0.3.0", "@local/x:1.0.0"])
def test_a_template_gets_no_package_from_elsewhere(own: Path, package: str) -> None:
    """What is fetched is code of somebody else, and another one tomorrow."""
    with pytest.raises(ContentError, match=r"proef\.typ"):
        made(own, f'#import "{package}": *\n= Een')


def test_what_takes_too_long_is_ended(own: Path) -> None:
    """A template without end must not hold up the work of the night, and leaves no process behind."""
    endless = "= Een\n#for a in range(100000) { for b in range(100000) { str(a * b) } }"
    (own / "reports" / "proef.typ").write_text(HEAD + endless, encoding="utf-8")
    before = children()

    with pytest.raises(IbpmonError, match="not ready within 1 seconds") as late:
        pdf("proef.typ", PLAIN, own, seconds=1)

    assert all(late.value.told(str))
    assert children() <= before


def children() -> set[str]:
    """The processes that this one started and that are there still."""
    lists = Path("/proc/self/task").glob("*/children")
    return {name for one in lists for name in one.read_text(encoding="ascii").split()}


def test_what_takes_all_memory_is_ended(own: Path) -> None:
    """The small process goes, the machine stays."""
    with pytest.raises(IbpmonError, match="could not be made") as ended:
        made(own, '= Een\n#("0123456789abcdef" * 400000000).len()')

    assert all(ended.value.told(str))


def test_a_missing_package_says_what_to_install(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever installed by hand forgets one."""
    ended = subprocess.CompletedProcess[bytes]([], typesetter.MISSING, b"", b"typst")
    assert engine.refused("review.typ", ended).told(str)[1] == "the package typst is not installed"

    monkeypatch.setattr(engine, "FONT_PACKAGE", "no_such_package")
    with pytest.raises(IbpmonError, match="no_such_package"):
        made(own, "= Een")


def test_making_documents_imports_no_typst() -> None:
    """It keeps the memory of every document that it made; it has a process of its own for each."""
    code = "import sys, ibpmon.report.documents; print([one for one in ('typst', 'fontTools') if one in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)

    assert answer.stdout.strip() == "[]"


# ---------------------------------------------------------------- beside the pages


def test_each_review_has_a_pdf_beside_it_and_the_index_leads_there(store: Store, config: Config, data: Data) -> None:
    """On the screen to look at, on paper to sign."""
    paths = write_reviews(store, config, MONDAY)

    assert [path.name for path in paths] == ["review-zorg-pap.html", "review-zorg-pap.pdf", "index.html"]
    assert paths[1].read_bytes() == pdf("review.typ", data)
    assert paths[1].stat().st_mode & 0o777 == 0o600
    assert 'href="review-zorg-pap.pdf"' in paths[2].read_text(encoding="utf-8")


def test_a_pdf_that_cannot_be_made_leaves_no_old_one_and_stops_no_page(store: Store, config: Config, own: Path) -> None:
    """An old PDF beside a new page would be signed by mistake; the pages can be read without it."""
    write_reviews(store, config, MONDAY)
    (own / "reports" / "review.typ").write_text("#(", encoding="utf-8")
    content = config.content.model_copy(update={"folder": own})

    with pytest.raises(ContentError, match=r"review\.typ"):
        write_reviews(store, config.model_copy(update={"content": content}), MONDAY + timedelta(days=1))

    folder = config.store.reports
    assert {path.name for path in folder.iterdir()} == {"review-zorg-pap.html", "index.html"}
    assert "24 November 2026" in (folder / "review-zorg-pap.html").read_text(encoding="utf-8")
    assert "review-zorg-pap.pdf" not in (folder / "index.html").read_text(encoding="utf-8")
