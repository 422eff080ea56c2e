"""The alerts as pages: what changed, one with its history, and what people do about it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from ibpmon.config import Config
from ibpmon.demo.microsoft import Microsoft
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert
from ibpmon.tell import exceptions, incidents
from ibpmon.web.roles import Role
from tests.conftest import MONDAY
from tests.state_world import GUESTS, POLICY, add, do, many
from tests.test_web_pages import counted
from tests.web_world import DAY, Browser, Running, account_id, config, microsoft, serving, store, web

__all__ = ["config", "microsoft", "store", "web"]  # fixtures
LOOKS = "one-person-looked-up-often"


@pytest.fixture
def four(store: Store, config: Config) -> None:
    """Alerts of four guests, a week and more ago; and one of today."""
    add(
        store,
        config,
        GUESTS,
        ["gast-1", "gast-2", "gast-3"],
        MONDAY - 20 * DAY,
        last_success="2026-08-20T08:00:00+00:00",
    )
    add(store, config, GUESTS, ["gast-4"], MONDAY, last_success="2026-08-20T08:00:00+00:00")
    do(store, 2, "close", reason="weet ervan")


def stands(store: Store, number: int) -> str:
    """The state of an alert."""
    with store.read() as session:
        return session.get_one(Alert, (store.tenant, number)).state


def entries(store: Store, ref: str) -> list[tuple[str, str]]:
    """What the ledger says was done, and by whom."""
    with store.read() as session:
        return [(one.kind, json.loads(one.said or "{}").get("by", "")) for one in ledger.about(session, store, ref)]


def form_of(browser: Browser, path: str, **words: str) -> dict[str, str]:
    """A form as the page gives it: with the token of the session and the last line that was seen."""
    page = browser.get(path).text
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    return {"csrf": browser.csrf(), "seen": seen, **words}


def said(answer: requests.Response) -> str:
    """The text of a page on one line."""
    return " ".join(answer.text.split())


def test_the_list_says_what_changed_first_and_can_be_narrowed(web: Running, four: None) -> None:
    """New, still going on, over: each under its own heading, with how many; and one severity, state or rule."""
    chris = web.signed_in("chris")
    everything, one = said(chris.get("/alerts")), said(chris.get("/alerts?state=closed&group=over"))

    assert everything.index("<h2>Nieuw</h2>") < everything.index("<h2>Loopt nog</h2>") < everything.index("<h2>Voorbij")
    assert everything.count('class="item ') == 4
    assert (one.count('class="item '), "/alerts/2" in one) == (1, True)
    assert chris.get(f"/alerts?rule={GUESTS}&level=medium").text.count('class="item ') == 4
    assert "Geen melding past" in chris.get("/alerts?level=critical").text
    assert chris.get("/alerts?level=%00&group='&from=-1&days=x").status_code == 200


def test_what_got_worse_stands_apart_as_long_as_that_is_lately(
    web: Running, store: Store, config: Config, four: None
) -> None:
    """More of the same is worse; after the days that somebody asks for it is only still going on."""
    add(store, config, GUESTS, ["gast-3"], MONDAY - 3 * DAY, thing="nog een")
    chris = web.signed_in("chris")

    assert '/alerts/3"' in chris.get("/alerts?group=worse").text
    assert '/alerts/3"' in chris.get("/alerts?group=still&days=1").text
    assert "(en nog 1)" in said(chris.get("/alerts?group=worse"))


def test_an_alert_tells_what_was_found_and_what_to_do(web: Running, four: None) -> None:
    """The sentence of the mail, the values that were read, the advice of the rule, and all that happened."""
    page = said(web.signed_in("chris").get("/alerts/2"))

    assert "is lang niet binnen geweest; de laatste keer was 20 augustus 2026" in page
    assert "<code>last_success</code>" in page
    assert "Vraag" in page
    assert "weet ervan" in page
    assert "Gesloten" in page


def test_each_act_is_done_by_who_is_signed_in_and_the_ledger_says_so(web: Running, store: Store, four: None) -> None:
    """Take on, give away, remark, close, open again: each a form, an answer 303 and an entry by user name."""
    chris, steps = web.signed_in("chris"), [
        ("ack", {}, "acknowledged"), ("assign", {"to": "Anna"}, "acknowledged"),
        ("comment", {"reason": "gebeld"}, "acknowledged"), ("close", {"reason": "mag"}, "closed"),
        ("reopen", {"reason": "mag niet"}, "reopened"),
    ]  # fmt: skip
    for verb, words, state in steps:
        answer = chris.post(f"/alerts/1/{verb}", form_of(chris, "/alerts/1", **words))
        assert (answer.status_code, answer.headers.get("Location")) == (303, "/alerts/1#history"), answer.text
        assert stands(store, 1) == state

    done = [(f"alert.{verb}", "chris@board.example") for verb, _words, _state in steps]
    assert entries(store, "alert/1")[-5:] == done


def test_a_risk_is_accepted_until_a_day_with_who_decided(web: Running, store: Store, four: None) -> None:
    """The last day counts as a whole; more than a year is refused, with what was typed still in the form."""
    chris = web.signed_in("chris")
    words = {"reason": "examinator", "approved_by": "Dewi", "until": "2027-01-31"}
    late = chris.post("/alerts/1/accept", form_of(chris, "/alerts/1", **words | {"until": "2029-01-31"}))
    empty = chris.post("/alerts/1/accept", form_of(chris, "/alerts/1", **words | {"until": "", "approved_by": " "}))
    assert (late.status_code, empty.status_code, stands(store, 1)) == (409, 409, "new")
    assert "hoogstens een jaar" in said(late)
    assert 'value="Dewi"' in late.text
    assert "examinator</textarea>" in late.text

    assert chris.post("/alerts/1/accept", form_of(chris, "/alerts/1", **words)).status_code == 303
    with store.read() as session:
        (one,) = exceptions.running(session, store, MONDAY)
    assert (one.approved_by, one.until.isoformat()) == ("Dewi", "2027-01-31T23:00:00+00:00")


def test_what_changed_meanwhile_is_told_and_nothing_is_done(web: Running, store: Store, four: None) -> None:
    """Chris looks, somebody else acts, Chris presses: he reads what, why and how to go on."""
    chris = web.signed_in("chris")
    form = form_of(chris, "/alerts/1", reason="mag")
    do(store, 1, "comment", reason="ik bel even")
    answer = chris.post("/alerts/1/close", form)

    assert answer.status_code == 409
    assert "veranderd sinds u" in said(answer)
    assert "ik bel even" in answer.text
    assert "mag</textarea>" in answer.text
    assert "ibpmon alerts" not in answer.text
    assert stands(store, 1) == "new"


def test_an_alert_becomes_an_incident_once(web: Running, store: Store, four: None) -> None:
    """Its clock begins to run; a second one of the same alert is refused."""
    chris = web.signed_in("chris")
    first = chris.post("/alerts/1/incident", form_of(chris, "/alerts/1", title="Gast las mee"))
    second = chris.post("/alerts/1/incident", form_of(chris, "/alerts/1", title="Gast las mee"))

    assert (first.status_code, first.headers["Location"], second.status_code) == (303, "/incidents/1", 409)
    with store.read() as session:
        (one,) = incidents.stored(session, store)
    assert (one.alert_id, one.opened_by, one.data_breach) == (1, "chris@board.example", "investigating")
    assert 'href="/incidents/1"' in chris.get("/alerts/1").text


@pytest.mark.parametrize(("role", "reads", "acts"), [("privacy", 200, 303), ("fg", 200, 403), ("board", 403, 403),
                                                     ("director", 403, 403), ("auditor", 403, 403)])  # fmt: skip
def test_who_may_read_and_who_may_act(
    web: Running, store: Store, four: None, role: Role, reads: int, acts: int
) -> None:
    """The FG looks and changes nothing; the bestuur sees no names at all."""
    web.give("eva", role, MONDAY + 30 * DAY)
    eva = web.signed_in("eva")

    assert [eva.get(path).status_code for path in ("/alerts", "/alerts/1")] == [reads, reads]
    assert eva.post("/alerts/1/ack", {"csrf": eva.csrf(), "seen": ""}).status_code == acts
    assert ('action="/alerts/1/' in eva.get("/alerts/1").text) is (acts == 303)
    assert stands(store, 1) == ("acknowledged" if acts == 303 else "new")


def test_what_is_not_there_is_not_there(web: Running, four: None) -> None:
    """A number of nobody, one that no database knows, a verb that means nothing, a form of elsewhere."""
    chris = web.signed_in("chris")
    form = form_of(chris, "/alerts/1")

    assert [chris.get(f"/alerts/{number}").status_code for number in ("99", "9" * 30, "x", "-1")] == [404] * 4
    for path in ("99/ack", "1/delete", "9" * 30 + "/ack"):
        assert chris.post(f"/alerts/{path}", form).status_code == 404
    assert chris.post("/alerts/1/ack", form | {"csrf": "x"}).status_code == 403
    assert chris.get("/alerts/1/ack").status_code == 405


def test_nobody_judges_what_he_did_himself(web: Running, store: Store, config: Config) -> None:
    """An alert about an administrator is for somebody else: Chris may read it, and Dewi decides."""
    add(store, config, POLICY, ["chris@board.example"])
    web.give("dewi", "privacy")
    chris, dewi = web.signed_in("chris"), web.signed_in("dewi")
    refused = chris.post("/alerts/1/close", {"csrf": chris.csrf(), "reason": "zo hoort het"})

    assert (refused.status_code, stands(store, 1)) == (409, "new")
    assert "over wat u zelf als beheerder hebt gedaan" in said(chris.get("/alerts/1"))
    assert dewi.post("/alerts/1/ack", form_of(dewi, "/alerts/1")).status_code == 303


@pytest.mark.parametrize("off", [(), (LOOKS,)])
def test_who_looked_at_whom_is_for_the_fg_alone_by_whatever_door(
    store: Store, config: Config, microsoft: Microsoft, tmp_path: Path, off: tuple[str, ...]
) -> None:
    """Chris himself is who looked: no list, page, number or trial run tells him, also with the rule switched off."""
    add(store, config, LOOKS, [account_id("anna"), account_id("chris")], thing="lies", looks=5)
    do(store, 1, "accept", reason="onderzoek", approved_by="Fien", until=MONDAY + 20 * DAY)
    without = config.model_copy(update={"content": config.content.model_copy(update={"rules_off": off})})
    with serving(store, without, microsoft, tmp_path) as web:
        web.give("fien", "fg")
        chris, fien = web.signed_in("chris"), web.signed_in("fien")
        form = {"csrf": chris.csrf(), "days": "30", "reason": "weg"}
        person = f"/people/{account_id('chris')}"

        assert ["/alerts/2" in fien.get(path).text for path in ("/alerts", person)] == [True, True]
        assert "onderzoek" in fien.get("/exceptions").text
        assert [one.get("/alerts/2").status_code for one in (chris, fien)] == [404, 200]
        assert not any("/alerts/2" in chris.get(path).text for path in ("/alerts", person))
        assert "onderzoek" not in chris.get("/exceptions?ended=1").text
        for path in ("/alerts/2/ack", "/exceptions/1/end", "/exceptions/1/renew", f"/rules/{LOOKS}/try"):
            assert chris.post(path, form).status_code == 404, path
        for path in ("/", "/state"):
            assert [alerts_on(one.get(path)) for one in (chris, fien)] == ["0", "1"], path


def alerts_on(answer: requests.Response) -> str:
    """How many alerts ask for something, as the page says."""
    return answer.text.partition('class="figures"')[2].partition("<dd>")[2].partition("</dd>")[0].strip()


def test_five_thousand_alerts_are_pages_of_a_known_size(web: Running, store: Store, config: Config) -> None:
    """Twelve statements at most, less than 100 kB, and each alert on one page only."""
    many(store, config, GUESTS, 5_000)
    chris = web.signed_in("chris")
    chris.get("/alerts")
    first = counted(web, chris, "/alerts")
    last = counted(web, chris, f"/alerts?from=4950&rule={GUESTS}")
    one = counted(web, chris, "/alerts/2500")

    assert max(first[0], last[0], one[0]) <= 12
    assert max(first[1], last[1], one[1]) < 102_400
    assert "4.951 tot en met 5.000 van 5.000" in said(chris.get("/alerts?from=4950"))
    assert chris.get("/alerts?from=9999").status_code == 200


def test_a_term_that_is_over_is_told_in_words(web: Running, four: None) -> None:
    """Not by a colour alone."""
    web.now += timedelta(days=90)
    assert "Te laat" in web.signed_in("chris").get("/alerts").text


def test_no_alerts_is_said_and_not_taken_for_good_news(web: Running) -> None:
    """What could not be judged stands elsewhere, and the page says where."""
    assert "Er zijn geen meldingen" in web.signed_in("chris").get("/alerts").text
