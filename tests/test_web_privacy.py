"""Pupils by pseudonym, names only with a reason, and the FG sees who looked at whom."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from ibpmon import language
from ibpmon.config import Config
from ibpmon.privacy.looks import KEPT, forget_old
from ibpmon.privacy.pseudonyms import load_or_make
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Entry, Placement
from ibpmon.store.upsert import table_of
from ibpmon.store.web_tables import PersonView
from ibpmon.web import privacy, sessions, viewing
from ibpmon.web.roles import Person
from tests.conftest import MONDAY
from tests.state_world import GUESTS, POLICY, add
from tests.test_web_pages import counted
from tests.web_world import DAY, MINUTE, Browser, Running, account_id, config, microsoft, store, web

__all__ = ["config", "microsoft", "store", "web"]  # fixtures
VIEW = table_of(PersonView)
BECAUSE = "Melding 12 over deze leerling"


@pytest.fixture
def pupil(store: Store) -> str:
    """Lies is a pupil now; gives the id of her account."""
    c = table_of(Placement).c
    with store.write() as session:
        session.execute(update(table_of(Placement)).where(c.object_id == "lies").values(population="pupil"))
    return "lies"


def person(web: Running, browser: Browser) -> Person:
    """Who is signed in in this browser, as pages have it."""
    with web.store.read() as session:
        login = sessions.find(session, web.store, browser.cookie, web.desk.web, web.now)
    assert login is not None
    return Person(login, frozenset({"it"}))


def views(store: Store) -> list[dict[str, Any]]:
    """All lines, the oldest first."""
    with store.read() as session:
        return [dict(row) for row in session.execute(select(VIEW).order_by(VIEW.c.view_id)).mappings()]


def pseudonym(web: Running, pupil: str) -> str:
    """By which name the pupil goes."""
    return load_or_make(web.desk.config.store.pseudonym_key).of(pupil)


def ask(browser: Browser, pupil: str, reason: str = BECAUSE, **more: str) -> Any:
    """Ask for the name."""
    form = {"csrf": browser.csrf(), "account": pupil, "reason": reason, "onwards": "/reviews/1"} | more
    return browser.post("/reveal", form)


def shown(web: Running, browser: Browser, pupil: str) -> str:
    """What the pupil is called on a page that this browser opens now."""
    with web.store.read() as session:
        one = privacy.account(session, web.desk, pupil)
        assert one is not None
        return privacy.shown_name(web.desk, one, privacy.revealed(session, web.desk, person(web, browser)))


# ---------------------------------------------------------------- looks


def test_each_look_at_a_person_is_written_down_and_a_reload_is_none(web: Running) -> None:
    """Another page, another viewer, another person, or later: that is another look."""
    chris, dewi = person(web, web.signed_in("chris")), person(web, web.signed_in("dewi"))
    for who, whom, page, later in (
        (chris, "kees", "person", 0), (chris, "kees", "person", 9), (chris, "kees", "devices", 0),
        (chris, "lies", "person", 0), (dewi, "kees", "person", 0), (chris, "kees", "person", 2),
    ):  # fmt: skip
        web.now += later * MINUTE
        viewing.viewed(web.desk, who, whom, page)

    assert [(row["viewer_name"], row["whom"], row["page"]) for row in views(web.store)] == [
        ("chris@board.example", "kees", "person"), ("chris@board.example", "kees", "devices"),
        ("chris@board.example", "lies", "person"), ("dewi@board.example", "kees", "person"),
        ("chris@board.example", "kees", "person"),
    ]  # fmt: skip
    assert {row["viewer"] for row in views(web.store)} == {account_id("chris"), account_id("dewi")}
    assert not any(row["open_finding"] or row["reason"] or row["session_hash"] for row in views(web.store))


def test_a_look_says_whether_it_was_work(web: Running) -> None:
    """As long as an alert about somebody waits, looking is what is asked."""
    mine: dict[str, Any] = {"tenant_id": web.store.tenant, "rule": "x", "level": "high"}
    mine |= {"opened_at": MONDAY, "changed_at": MONDAY}
    told = [("kees", "new"), ("zorg/lies", "reopened"), ("dirk", "closed"), ("xels", "new"), ("e_s", "new")]
    with web.store.write() as session:
        session.add_all(Alert(**mine, alert_id=n, subject=who, state=state) for n, (who, state) in enumerate(told))
    chris = person(web, web.signed_in("chris"))
    for whom in ("kees", "lies", "dirk", "els"):
        viewing.viewed(web.desk, chris, whom, "person")

    assert [row["open_finding"] for row in views(web.store)] == [True, True, False, False]


def test_an_alert_about_somebody_is_a_look_and_a_whole_list_one_entry(web: Running, config: Config) -> None:
    """By id, and by user name; of a policy nobody is looked at. A workbook is written down without its names."""
    anna = account_id("anna")
    add(web.store, config, GUESTS, [anna])
    add(web.store, config, POLICY, ["anna@board.example", "policy-1"])
    chris = web.signed_in("chris")
    assert [chris.get(f"/alerts/{number}").status_code for number in (1, 1, 3)] == [200] * 3
    assert [(one["whom"], one["page"]) for one in views(web.store)] == [(anna, "alert")]
    web.now += 11 * MINUTE
    chris.get("/")  # that he is still there is written down now and then
    assert counted(web, chris, "/alerts/2")[0] <= 12
    assert [(one["whom"], one["page"]) for one in views(web.store)] == [(anna, "alert")] * 2

    assert chris.get("/mfa.xlsx").status_code == 200
    with web.store.read() as session:
        said = session.scalars(select(table_of(Entry).c.said).where(table_of(Entry).c.kind == "people.export")).one()
    assert json.loads(said).keys() == {"list", "count", "viewer", "by"}


def test_looks_are_kept_for_a_year(web: Running) -> None:
    """And not a day longer: the daemon sweeps."""
    chris = person(web, web.signed_in("chris"))
    for after in (timedelta(), KEPT - DAY, 2 * DAY):
        web.now += after
        viewing.viewed(web.desk, chris, "kees", "person")
    assert [row["view_id"] for row in views(web.store)] == [1, 2, 3]
    with web.store.write() as session:
        forget_old(session, web.store, web.now)
    assert [row["view_id"] for row in views(web.store)] == [2, 3]


# ---------------------------------------------------------------- names


def test_a_pupil_goes_by_a_pseudonym_until_somebody_says_why(web: Running, pupil: str) -> None:
    """Fifteen minutes, in that browser, and everything about it is written down but the name."""
    chris, other = web.signed_in("chris"), web.signed_in("chris")
    assert shown(web, chris, pupil) == pseudonym(web, pupil)
    page = chris.get(f"/reveal?account={pupil}&next=/reviews/1")
    assert pseudonym(web, pupil) in page.text
    assert "Lies" not in page.text

    answer = ask(chris, pupil)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/reviews/1")
    assert shown(web, chris, pupil) == "Lies"
    assert shown(web, other, pupil) == pseudonym(web, pupil)
    web.now += 15 * MINUTE
    assert shown(web, chris, pupil) == pseudonym(web, pupil)

    (row,) = views(web.store)
    assert (row["page"], row["whom"], row["reason"]) == ("reveal", pupil, BECAUSE)
    with web.store.read() as session:
        said = session.scalars(select(table_of(Entry).c.said).where(table_of(Entry).c.kind == "name.reveal")).one()
    assert account_id("chris") in said
    assert "Lies" not in said
    assert BECAUSE not in said


def test_a_name_without_a_reason_stays_hidden(web: Running, pupil: str) -> None:
    """What was typed comes back, with what is missing."""
    chris = web.signed_in("chris")
    for reason in ("", "   ", "....", "12345678901234", "ok dan"):
        answer = ask(chris, pupil, reason)
        assert answer.status_code == 422
        assert "De naam blijft verborgen" in answer.text
        assert f">{reason}</textarea>" in answer.text
        assert "Lies" not in answer.text
    assert views(web.store) == []


def test_what_no_database_takes_is_refused_in_words(web: Running, pupil: str) -> None:
    """A sign that is no text, in an id and in a reason; and a number of thousands of digits, to a stranger as well."""
    web.give("chris", "fg")
    chris = web.signed_in("chris")

    assert [chris.get(path).status_code for path in ("/reveal?account=%00", "/viewers?viewer=%00")] == [404, 404]
    odd = ask(chris, pupil, BECAUSE + "\0")
    assert (odd.status_code, "geen tekst" in odd.text) == (422, True)
    assert views(web.store) == []
    long = "/reviews/" + "9" * 5_000
    assert [one.get(long).status_code for one in (chris, web.browser())] == [404, 404]
    assert chris.post(f"/alerts/{'9' * 5_000}/ack", {"csrf": chris.csrf()}).status_code == 404


def test_a_name_is_revealed_to_who_may_and_by_a_form_of_ours(web: Running, pupil: str) -> None:
    """The FG reads who asked, and asks nothing himself; whoever is no pupil has no pseudonym; nobody is led away."""
    web.give("fien", "fg")
    web.give("dewi", "privacy")
    fien, chris, dewi, anna = (web.signed_in(name) for name in ("fien", "chris", "dewi", "anna"))

    for browser in (fien, anna):
        assert browser.get(f"/reveal?account={pupil}").status_code == 403
        assert ask(browser, pupil).status_code == 403
    for nobody in ("kees", "nobody", "", "x" * 300):
        assert chris.get("/reveal", params={"account": nobody}).status_code == 404
        assert ask(chris, nobody).status_code == 404
    assert ask(chris, pupil, csrf="x").status_code == 403
    assert chris.get(f"/reveal?account={pupil}").status_code == 200
    assert views(web.store) == []
    assert ask(dewi, pupil, onwards="https://evil.example/").headers["Location"] == "/"
    assert ask(dewi, pupil, onwards="//evil.example/").headers["Location"] == "/"


# ---------------------------------------------------------------- who looked


def test_the_fg_reads_who_looked_at_whom(web: Running, pupil: str) -> None:
    """Staff by name, pupils by pseudonym, and what was said for a reason; filtered by both."""
    web.give("fien", "fg")
    web.give("dewi", "privacy")
    chris, dewi, fien = web.signed_in("chris"), web.signed_in("dewi"), web.signed_in("fien")
    assert "Nog niemand heeft" in fien.get("/viewers").text
    ask(chris, pupil)
    viewing.viewed(web.desk, person(web, dewi), "kees", "person")
    viewing.viewed(web.desk, person(web, dewi), "gone", "person")
    page = fien.get("/viewers").text

    assert f"chris@board.example keek naar {pseudonym(web, pupil)}" in page.replace("\u2060", "").replace("\u200b", "")
    assert f"Reden: {BECAUSE}" in page
    assert "keek naar Kees" in page
    assert "keek naar gone" in page
    assert "Lies" not in page
    assert page.count('<span class="state">') == 3
    for query, lines in (
        (f"viewer={account_id('dewi')}", 2), ("whom=KEES", 1), ("whom=kees@board.example", 1), ("whom=lies@board", 0),
        (f"whom={pseudonym(web, pupil)}", 1), (f"viewer={account_id('chris')}&whom=kees", 0), ("viewer=%22%3E", 0),
        ("before=2", 1), ("before=-1", 3), ("whom=%00", 0),
    ):  # fmt: skip
        assert fien.get(f"/viewers?{query}").text.count('<span class="state">') == lines, query


def test_dates_are_those_of_the_language(web: Running) -> None:
    """A month by its name, so that nobody reads the day for the month."""
    web.give("fien", "fg")
    fien = web.signed_in("fien")
    viewing.viewed(web.desk, person(web, fien), "kees", "person")
    dutch = fien.get("/viewers").text
    fien.post("/language", {"language": "en"})
    english = fien.get("/viewers").text

    assert "23 november 2026 11:00" in dutch
    assert "23 November 2026 11:00" in english
    assert "looked at Kees" in english


def test_nobody_but_the_fg_reads_it(web: Running) -> None:
    """Who looked does not read who else did."""
    web.give("dewi", "privacy")
    for name in ("chris", "dewi", "anna", "eva"):
        browser = web.signed_in(name)
        assert browser.get("/viewers").status_code == 403
        assert 'href="/viewers"' not in browser.get("/").text


def test_a_year_of_looks_fits_its_pages(web: Running, pupil: str) -> None:
    """Fifty a page, in as many statements as two; with reasons of any length."""
    web.give("fien", "fg")
    fien = web.signed_in("fien")
    rows = [
        {"tenant_id": web.store.tenant, "view_id": n, "viewer": "chris", "viewer_name": "chris@board.example",
         "whom": ("kees", pupil)[n % 2], "page": "reveal", "at": MONDAY, "open_finding": False, "reason": "<b>ä" * 50,
         "session_hash": ""}
        for n in range(1, 1_001)
    ]  # fmt: skip
    with web.store.write() as session:
        session.execute(insert(VIEW), rows)
    statements, size = counted(web, fien, "/viewers?whom=kees")
    first, last = fien.get("/viewers").text, fien.get("/viewers?before=51").text

    assert statements <= 12
    assert size < 102_400
    assert (first.count('<span class="state">'), last.count('<span class="state">')) == (50, 50)
    assert "before=951" in first
    assert "Ouder" not in last


# ---------------------------------------------------------------- languages


def test_two_people_at_once_read_each_in_their_own_language(web: Running) -> None:
    """What one chooses is no business of the other, also while both wait for the same page; errors and dates too."""
    dutch, english = web.signed_in("chris"), web.signed_in("chris")
    chosen = english.post("/language", {"language": "en"}, headers={"Referer": f"{web.origin}/viewers?before=3"})
    assert (chosen.status_code, chosen.headers["Location"]) == (303, "/viewers?before=3")

    def read(browser: Browser) -> set[str]:
        pages = [browser.get(path).text for path in ("/", "/nothing") * 10]
        return {page.partition('<html lang="')[2][:2] + ("Good day" in page) * "!" for page in pages}

    with ThreadPoolExecutor(2) as pool:
        spoken = list(pool.map(read, (dutch, english)))
    assert spoken == [{"nl"}, {"en!", "en"}]
    assert language.current() == "nl"


def test_a_language_is_kept_in_the_browser_and_leads_nowhere_else(web: Running) -> None:
    """For a stranger too; another word is no language, and another site's page is none of ours."""
    stranger = web.browser()
    assert 'lang="en">English' in stranger.get("/").text
    for referer in ("https://evil.example/x", f"{web.origin}.evil.example/", "//evil.example", "http://[", ""):
        answer = stranger.post("/language", {"language": "en"}, headers={"Referer": referer})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "Sign in with Microsoft" in stranger.get("/").text
    assert 'lang="nl">Nederlands' in stranger.get("/").text
    assert stranger.post("/language", {"language": "xx"}).status_code == 404
    assert stranger.get("/language").status_code == 405
    assert stranger.ask("POST", "/language", data={"language": "nl"}).status_code == 403
    stranger.post("/language", {"language": "nl"})
    assert "Aanmelden met Microsoft" in stranger.get("/").text
