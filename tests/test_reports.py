"""The review on paper: what it asks, what it admits not to know, and that nothing in it runs."""

import stat
from collections.abc import Sequence
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from ibpmon import language
from ibpmon.config import Config
from ibpmon.demo.board.names import HOSTILE
from ibpmon.errors import IbpmonError
from ibpmon.privacy.pseudonyms import load_or_make
from ibpmon.report.documents import write_reviews
from ibpmon.review.items import Said
from ibpmon.store.database import Store
from ibpmon.store.tables import Exemption
from tests.access_world import World, datasets
from tests.conftest import MONDAY, TENANT, OpenStore

pytestmark = pytest.mark.usefixtures("english")

MATRIX = """version = "2026-2"
approved_by = "Dewi"
approved_on = 2026-09-01

[[processes]]
key = "zorg-pap"
name = "Leerlingzorg De Papieren Boot"
owner = "Anna"
owner_upn = "anna@board.example"
resources = ["PAP Zorgteam"]

[[roles]]
key = "care"
functions = ["Intern begeleider"]

[[rules]]
role = "care"
resources = ["PAP Zorgteam"]
right = "write"
"""


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """An empty store with the connectors that access is made of."""
    return open_database(datasets())


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A configuration with the matrix above."""
    (tmp_path / "matrix.toml").write_text(MATRIX, encoding="utf-8")
    return config_of(tmp_path, {"matrix": {"path": tmp_path / "matrix.toml"}})


def config_of(folder: Path, files: dict[str, Any]) -> Config:
    """A configuration that keeps everything in one folder."""
    return Config.model_validate(
        {
            "board": {"name": "Stichting De Verzonnen Waaier"},
            "tenant": {"id": TENANT, "client_id": TENANT, "secret": folder / "secret"},
            "store": {"pseudonym_key": folder / "pseudonym.key", "reports": folder / "out"},
            "mail": {"from": "ibpmon@board.example", "host": "localhost", "to": {"it": ["ict@board.example"]}},
            "files": files,
            "schools": [{"key": "PAP", "name": "De Papieren Boot"}],
        }
    )


def page_of(store: Store, config: Config, world: World, file: str = "review-zorg-pap.html") -> str:
    """One page about a world."""
    world.save(store)
    paths = write_reviews(store, config, MONDAY)
    return next(path for path in paths if path.name == file).read_text(encoding="utf-8")


class Tags(HTMLParser):
    """The tags, attributes and words of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words: list[str] = []
        self.headings: list[int] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Note a tag and its attributes."""
        self.tags.add(tag)
        self.open.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag in ("h1", "h2", "h3"):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        """Close up to this tag."""
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Note words, not the style sheet."""
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        """All words, with single spaces."""
        return " ".join(" ".join(self.words).split())


def team(**members: dict[str, Any]) -> World:
    """The care team of one school as a group with its site."""
    world = World()
    for key, known in members.items():
        world.person(key, **({"function": "Intern begeleider"} | known))
    world.group("care", "PAP Zorgteam", members=" ".join(members), zone="staff", school="PAP")
    world.site("files", "PAP Zorgteam", zone="staff", school="PAP")
    world.grant("files", "write", group_id="care")
    return world


# ---------------------------------------------------------------- what it says


def test_a_deviation_is_one_sentence_with_three_empty_answers(store: Store, config: Config) -> None:
    """Who may do what, where, because of what, and what the matrix thinks: that is what an owner can decide on."""
    text = Tags(page_of(store, config, team(fatima={"name": "Fatima", "function": "Leerkracht"}))).text

    assert "Fatima (Leerkracht) can read and change files in the site PAP Zorgteam ." in text
    assert "this account is in the group PAP Zorgteam , which has this right on the library Documenten." in text
    assert "According to the matrix this does not belong ." in text
    assert text.count("Right, until") == 3  # the explanation, the group and the site
    assert "2 do not fit" in text


def test_access_that_fits_is_listed_and_not_asked(store: Store, config: Config) -> None:
    """Only deviations are asked one by one; else people say yes to everything."""
    page = page_of(store, config, team(ina={"name": "Ina"}))

    assert "2</b> accesses fit" in page
    assert "We found nothing that goes against the matrix." in page
    assert "Ina" in Tags(page).text


def test_the_riskiest_comes_first(store: Store, config: Config) -> None:
    """A pupil in a place for staff before a guest, before who left, before who may do no harm."""
    people: dict[str, dict[str, Any]] = {
        "zed": {"name": "Zed", "function": "Leerkracht", "enabled": False},
        "left": {"name": "Lena", "employed_until": MONDAY - timedelta(days=3)},
        "guest": {"name": "Gus", "population": "guest", "function": ""},
        "pupil": {"name": "Pim", "population": "pupil", "function": ""},
    }
    page = page_of(store, config, team(**people))

    pupil = load_or_make(config.store.pseudonym_key).of("pupil")
    heads = [part.split("</h3>")[0] for part in page.split('<article class="card case short">\n<h3>')[1:]]
    assert heads == [pupil, "Gus", "Lena", "Zed"]
    assert "The last day of employment was <strong>20 November 2026</strong>." in page


def test_a_pupil_goes_by_pseudonym_and_school(store: Store, config: Config) -> None:
    """A printed review lies about; a child's name does not belong there."""
    world = team(pim={"name": "Pim van Verzinsel", "population": "pupil", "function": "", "school": "PAP"})

    page = page_of(store, config, world)

    assert "Pim" not in page
    assert "pim@" not in page
    pseudonym = load_or_make(config.store.pseudonym_key).of("pim")
    assert f"<strong>{pseudonym}</strong> (pupil, De Papieren Boot)" in page


def test_pupils_who_are_alike_share_one_line(store: Store, tmp_path: Path) -> None:
    """Four hundred pseudonyms say less than their number."""
    rules = MATRIX + '[[roles]]\nkey = "pupil"\npopulations = ["pupil"]\n'
    rules += '[[rules]]\nrole = "pupil"\nresources = ["PAP *"]\nright = "read"\n'
    (tmp_path / "matrix.toml").write_text(rules.replace('["PAP Zorgteam"]', '["PAP Klas"]', 1), encoding="utf-8")
    world = World()
    for number in range(7):
        world.person(f"p{number}", population="pupil", school="PAP")
    world.group("class", "PAP Klas", members=" ".join(f"p{n}" for n in range(7)), zone="pupil")

    page = page_of(store, config_of(tmp_path, {"matrix": {"path": tmp_path / "matrix.toml"}}), world)

    assert "7 pupils</th>" in page
    assert "leerling-" not in page


def test_the_owner_is_told_to_let_somebody_else_judge_her_own_access(store: Store, config: Config) -> None:
    """Nobody signs off own access alone."""
    page = page_of(store, config, team(anna={"name": "Anna", "function": "Directeur"}))

    assert "This is about you." in page


def test_an_account_without_a_known_function_cannot_be_judged(store: Store, config: Config) -> None:
    """Without the staff list there is no green and no red."""
    page = page_of(store, config, team(bo={"name": "Bo", "function": ""}))

    assert "2</b> cannot be judged" in page
    assert "0</b> do not fit" in page


def test_a_link_for_everyone_is_asked_about(store: Store, config: Config) -> None:
    """Whoever has the link is in, and no list of people shows it."""
    world = team()
    world.grant("files", "write", link_scope="anonymous", link_type="edit")

    text = Tags(page_of(store, config, world)).text

    assert "A link gives access to PAP Zorgteam : anyone who has the link, without signing in" in text


# ---------------------------------------------------------------- what it does not know


def test_a_sharepoint_group_is_printed_as_not_read(store: Store, config: Config) -> None:
    """Graph never says who is in it; a page that leaves it out would seem complete."""
    world = team()
    world.grant("files", "owner", site_group="PAP Zorgteam - eigenaren")

    text = Tags(page_of(store, config, world)).text

    assert "1 time not read" in text
    assert "not read: members of the SharePoint group PAP Zorgteam - eigenaren" in text
    assert "But not everything could be read or judged" in text


def test_a_group_that_was_not_read_is_never_a_no(store: Store, config: Config) -> None:
    """'Nobody reaches this' may be said of nothing that was not looked into."""
    world = team()
    world.unread = {"care": "Microsoft Graph answered 503"}

    text = Tags(page_of(store, config, world)).text

    assert "not read: members of the group PAP Zorgteam Microsoft Graph answered 503" in text
    assert "2 times not read" in text
    assert "1 time not read: there may be more access" in text
    assert "All access fits the matrix" not in text


def test_what_was_never_collected_is_named_with_its_source(store: Store, config: Config) -> None:
    """A fresh database, a missing permission, a list that was not handed over."""
    world = World(never=["staff-list", "drives"])
    world.site("files", "PAP Zorgteam")

    text = Tags(page_of(store, config, world)).text

    assert "everywhere not read: Personeelslijst not read yet" in text
    assert "site PAP Zorgteam not read: libraries of this site" in text


def test_a_process_whose_names_fit_nothing_says_so(store: Store, config: Config) -> None:
    """A renamed group must not turn into a review without questions."""
    text = Tags(page_of(store, config, World())).text

    assert "For this process we found no group and no site." in text
    assert "PAP Zorgteam not read: this name stands in the matrix there is no group or site with such a name" in text


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        ('version = "1"\napproved_by = "D"\napproved_on = 2026-09-01\n', "The matrix holds no processes yet."),
        ("", "There is no autorisatiematrix yet."),
    ],
)
def test_without_processes_the_index_says_that_nobody_was_asked(
    store: Store, tmp_path: Path, matrix: str, said: str
) -> None:
    """An empty list of reviews is no good news."""
    (tmp_path / "matrix.toml").write_text(matrix, encoding="utf-8")
    files = {"matrix": {"path": tmp_path / "matrix.toml"}} if matrix else {}

    assert said in page_of(store, config_of(tmp_path, files), World(), "index.html")


def test_the_index_lists_each_review_and_what_nobody_answers_for(store: Store, config: Config) -> None:
    """A place without an owner is reviewed by nobody."""
    world = team()
    world.group("sun", "Projectgroep Zon")

    page = page_of(store, config, world, "index.html")

    assert 'href="review-zorg-pap.html"' in page
    assert "group Projectgroep Zon" in page


# ---------------------------------------------------------------- what it is made of


@pytest.mark.parametrize("name", [*HOSTILE, "{{ 7*7 }} **x** {who} %(n)s", "'\u202e\x01onclick=x'"])
def test_a_hostile_name_is_only_a_name(store: Store, config: Config, name: str) -> None:
    """Whoever may choose a display name must not write on this page."""
    calm = Tags(page_of(store, config, team(x={"name": "Calm", "function": "Leerkracht"})))
    world = team(x={"name": name, "function": name})
    world.group("odd", name, members="x")
    world.grant("files", "write", group_id="odd")
    world.grant("files", "owner", site_group=name)
    other = Store(store.engine, store.tenant + 1, store.data, store.stages, store.datasets)

    page = page_of(other, config, world)

    odd = Tags(page)
    assert odd.tags <= calm.tags | {"ul", "li", "table", "caption"}
    assert odd.attributes <= calm.attributes
    assert not any("\u202a" <= letter <= "\u202e" or letter == "\x01" for letter in page)
    assert "49" not in Tags(page).text.replace("2026", "")


def test_a_name_cannot_make_itself_stand_out_or_fill_in_a_value() -> None:
    """Stars and braces mean something in our sentence, nothing in a name."""
    said = Said("**{who}** is in", {"who": "**{x}** <b>"})

    assert said.__html__() == "<strong>**{x}** &lt;b&gt;</strong> is in"
    assert said.text == "**{x}** <b> is in"


def test_a_page_stands_by_itself_and_can_be_read_aloud(store: Store, config: Config) -> None:
    """No script, nothing fetched, headings in order, a scope on every head of a column."""
    page = page_of(store, config, team(x={"name": "X", "function": "Leerkracht"}))

    tags = Tags(page)
    assert not tags.tags & {"script", "img", "link", "iframe", "form", "input"}
    assert not tags.attributes & {"src", "onclick", "onload", "style"}
    assert '<html lang="en">' in page
    assert tags.headings[0] == 1
    assert all(next_ <= this + 1 for this, next_ in zip(tags.headings, tags.headings[1:], strict=False))
    assert page.count("<th ") == page.count("<th scope=")


def test_every_number_leads_to_its_source_with_time_and_round(store: Store, config: Config) -> None:
    """A figure that cannot be traced proves nothing."""
    page = page_of(store, config, team(x={"name": "X"}))

    assert '<a href="#source-5"' in page
    assert '<tr id="source-5"' in page
    assert "group-members" in page
    assert language.moment(MONDAY, config.time_zone) in page


def test_reports_are_for_our_eyes_only_and_appear_whole(store: Store, config: Config) -> None:
    """They are a map of the weak spots."""
    page_of(store, config, team())

    folder = config.store.reports
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "index.html": 0o600,
        "review-zorg-pap.html": 0o600,
        "review-zorg-pap.pdf": 0o600,
    }


def test_a_folder_that_cannot_be_written_is_one_clear_message(store: Store, config: Config, tmp_path: Path) -> None:
    """What stood there stays."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "review-zorg-pap.html").mkdir()

    with pytest.raises(IbpmonError, match="cannot write the report") as refused:
        write_reviews(store, config, MONDAY)

    assert refused.value.told(str)[2]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["review-zorg-pap.html"]


# ---------------------------------------------------------------- accepted risks


def accepted(store: Store, number: int, subject: str, rule: str = "group-without-owner", **more: Any) -> None:
    """A risk that the director accepted for a while."""
    values: dict[str, Any] = {"reason": "tot de zomer", "approved_by": "Directeur Chris", "from_at": MONDAY} | more
    until = values.pop("until", MONDAY + timedelta(days=30))
    with store.write() as session:
        session.add(
            Exemption(tenant_id=store.tenant, exception_id=number, rule=rule, subject=subject, until=until, **values)
        )


def test_accepted_risks_are_counted_and_listed_on_the_first_page(store: Store, config: Config) -> None:
    """What was accepted is not among the deviations; without its number they would look like everything."""
    day = timedelta(days=1)
    accepted(store, 1, "care", from_at=MONDAY - day, until=MONDAY + 30 * day, reason="tot de <b>zomer</b>")
    accepted(store, 2, "care", from_at=MONDAY - 60 * day, until=MONDAY - 9 * day, approved_by="Dewi")
    accepted(store, 3, "care", from_at=MONDAY - 300 * day, until=MONDAY - 93 * day, approved_by="Eva")

    page = page_of(store, config, team(ina={"name": "Ina"}), "index.html")

    assert "<b>1</b> accepted risk runs now" in page
    assert "<b>1</b> ended in the last quarter" in page
    text = Tags(page).text
    assert "tot de <b>zomer</b>" in text
    assert "Directeur Chris" in text
    assert "Dewi" in text
    assert "Eva" not in text
    assert "22 November 2026" in text
    assert "Groep of team zonder eigenaar die er nog is care" in text  # of no finding anything is left to say


def test_without_accepted_risks_that_is_said(store: Store, config: Config) -> None:
    """None is a number too."""
    review = page_of(store, config, team(ina={"name": "Ina"}))
    index = (config.store.reports / "index.html").read_text(encoding="utf-8")

    assert "At this board no accepted risk runs now." in review
    assert "<b>0</b> accepted risks run now" in index
    assert "These run now" not in index


def test_a_review_shows_the_accepted_risks_about_its_places_only(store: Store, config: Config) -> None:
    """An owner reads what concerns the own places, and that there is more; not whose account has no MFA."""
    accepted(store, 1, "care", reason="de eigenaar is ziek")
    accepted(store, 2, "ina", rule="account-without-mfa", reason="sleutel besteld")

    page = page_of(store, config, team(ina={"name": "Ina"}))

    assert "de eigenaar is ziek" in page
    assert "sleutel besteld" not in page
    assert "At the whole board 2 accepted risks run now." in page


def test_a_review_says_when_no_accepted_risk_is_about_its_places(store: Store, config: Config) -> None:
    """As far as can be told: that of a person is no risk of the place."""
    accepted(store, 1, "ina", rule="account-without-mfa")

    page = page_of(store, config, team(ina={"name": "Ina"}))

    assert "no accepted risk is about a place on this page" in page
    assert "At the whole board 1 accepted risk runs now." in page


def test_a_pupil_in_an_accepted_risk_goes_by_pseudonym(store: Store, config: Config) -> None:
    """In what it is about and in the reason that somebody wrote."""
    world = team(pim1={"name": "Pim van Verzinsel", "population": "pupil", "function": "", "school": "PAP"})
    accepted(store, 1, "pim1", rule="gone-rule", reason="Pim van Verzinsel heeft dit nodig")

    page = page_of(store, config, world, "index.html")

    assert "Pim" not in page
    assert load_or_make(config.store.pseudonym_key).of("pim1") in page


def test_hostile_reasons_do_nothing_in_a_report(store: Store, config: Config) -> None:
    """Whoever accepts a risk writes what he likes; and no row is lost by it."""
    for number, name in enumerate(HOSTILE, 1):
        accepted(store, number, "care", reason=name, approved_by=name)

    page = page_of(store, config, team(ina={"name": "Ina"}), "index.html")

    assert page.count('data-label="Approved by"') == len(HOSTILE)
    assert not Tags(page).tags & {"script", "img", "svg"}
    assert not Tags(page).attributes & {"onerror", "onload", "src"}
