"""How it stands, the registers, the tasks, the rules and the norms as pages."""

import re
from datetime import timedelta
from typing import Any

import pytest

from ibpmon.config import Config
from ibpmon.judge.rules import load_rules
from ibpmon.review.bureau import Bureau
from ibpmon.store.database import Store
from ibpmon.store.tables import Run
from ibpmon.store.upsert import take
from ibpmon.tell import exceptions, incidents, requests
from ibpmon.tell.registers import Deed
from ibpmon.web import charts
from ibpmon.web.pages import rules as rule_pages
from ibpmon.web.reading import numbers
from ibpmon.web.roles import ALLOWED, Role
from tests.conftest import MONDAY
from tests.review_world import signed
from tests.state_world import GUESTS, POLICY, add, do, outcome, week
from tests.test_web_alerts import entries, form_of, said
from tests.test_web_pages import counted, everything
from tests.web_world import DAY, Running, config, microsoft, store, web

__all__ = ["config", "microsoft", "store", "web"]  # fixtures


# ---- how it stands


def read_in_weeks(store: Store, *ago: int) -> None:
    """A run that was read in full in each of these weeks."""
    with store.write() as session:
        for weeks in ago:  # on a Sunday night: a day is one that is over, on either database
            at, number = (
                MONDAY - (weeks - 1) * 7 * DAY - DAY + DAY / 2 - DAY / 24,
                1_000 + take(session, store.tenant, "run"),
            )
            row: dict[str, Any] = {"tenant_id": store.tenant, "run_id": number, "connector": "accounts"}
            session.add(Run(**row, started_at=at, finished_at=at, state="FULL"))


def test_the_state_shows_four_numbers_the_weeks_and_what_was_read(web: Running, store: Store) -> None:
    """A week in which nothing was read is a hole in the chart and unknown in the table, never 0 and never a line."""
    for ago in (1, 2, 3, 4):
        week(store, ago, open=10 + ago, opened=ago, solved=1)
    read_in_weeks(store, 1, 2, 4)
    page = web.signed_in("chris").get("/state").text
    one_line = " ".join(page.split())

    assert page.count('class="hole"') == 2 * 9  # two charts; of twelve weeks three are known
    assert page.count("<polyline") == 1  # last week and the one before; the third stands alone
    assert 'role="img"' in page
    assert "<desc" in page
    assert '<th scope="row">2 nov</th><td class="count">onbekend</td>' in one_line
    assert one_line.count("Van 9 weken is niets bekend") == 4  # both charts, each as text and as its description
    assert "Accounts" in page
    assert "te laat" not in page.partition('id="sources"')[2].partition("</section>")[0]
    web.now += 10 * DAY
    assert "te laat" in web.signed_in("chris").get("/state").text.partition('id="sources"')[2]


def test_the_four_numbers_count_as_the_mails_do(web: Running, store: Store, config: Config) -> None:
    """A rule that never judged is blind and one that is off counts no more; a source of long ago was not read."""
    outcome(store, "no-such-rule", "cannot_check", MONDAY)
    with store.read() as session:
        fresh = numbers(session, store, config, MONDAY)
    outcome(store, GUESTS, "ok", MONDAY)
    with store.read() as session:
        later = numbers(session, store, config, MONDAY + 21 * DAY)

    assert fresh.blind == len(load_rules(config))
    assert later.blind == fresh.blind - 1
    assert fresh.unread < later.unread == len(store.datasets)


def test_nothing_yet_is_said_in_words(web: Running, store: Store) -> None:
    """A board that began today."""
    text = web.signed_in("chris").get("/state").text
    assert "nog geen week voorbij" in text
    assert "<svg" not in text


def test_a_line_ends_where_nothing_is_known() -> None:
    """Between two known weeks with a hole between them nothing is drawn; a single point is no line."""
    made = charts.chart("k", "t", "s", ["a", "b", "c", "d", "e"], [("n", "first", [1, 2, None, 4, None])], is_line=True)
    bars = charts.chart("k", "t", "s", ["a"], [("n", "first", [0]), ("m", "second", [None])])

    assert [len(points.split()) for points in made.series[0].runs] == [2]
    assert len(made.holes) == 2
    assert [number for number, _y in made.grid] == [0, 2, 4]
    assert list(bars.rows) == [("a", [0, None])]


PATHS = {
    "/state": "figures", "/alerts": "alerts", "/exceptions": "alerts", "/tasks": "tasks", "/incidents": "incidents",
    "/requests": "requests", "/norms": "norms", "/rules": "rules", f"/rules/{GUESTS}": "rules",
}  # fmt: skip


@pytest.mark.parametrize("role", ["privacy", "fg", "board", "director", "auditor"])
def test_each_role_opens_what_is_its_own(web: Running, store: Store, config: Config, role: Role) -> None:
    """And the menu names no page that would be refused; for the bestuur no page holds a name."""
    add(store, config, GUESTS, ["00000001-0000-4000-8000-000000000000"], last_success="2026-08-20T08:00:00+00:00")
    web.give("eva", role, MONDAY + 30 * DAY)
    eva = web.signed_in("eva")
    answers = {path: eva.get(path) for path in PATHS}

    for path, action in PATHS.items():
        may = role in ALLOWED[action]  # type: ignore[index]  # an action
        assert answers[path].status_code == (200 if may else 403), path
        assert (f'href="{path}"' in eva.get("/").text) is (may and path.count("/") == 1), path
    if role in ("board", "auditor"):
        assert not any("Bram" in one.text or "/alerts/" in one.text for one in answers.values() if one.ok)
    own = re.compile(r'method="post" action="/(?!sign-out"|language")')  # those two stand on every page
    forms = [path for path, one in answers.items() if one.ok and own.search(one.text)]
    assert set(forms) == ({"/incidents", "/requests"} if role == "privacy" else set())


# ---- accepted risks


def test_an_accepted_risk_is_renewed_or_ended_with_a_reason(web: Running, store: Store, config: Config) -> None:
    """The old one ends and a new one follows, so that each keeps its own reason; the alert comes back after an end."""
    add(store, config, GUESTS, ["gast-1"])
    do(store, 1, "accept", reason="examinator", approved_by="Dewi", until=MONDAY + 20 * DAY)
    chris = web.signed_in("chris")
    words = {"csrf": chris.csrf(), "reason": "nog een jaar", "approved_by": "Dewi", "until": "2027-06-30"}

    assert "Nog 20 dagen" in chris.get("/exceptions").text
    nobody = chris.post("/exceptions/1/renew", words | {"approved_by": ""})
    assert (nobody.status_code, "nog een jaar</textarea>" in nobody.text) == (409, True)
    assert chris.post("/exceptions/1/renew", words).status_code == 303
    assert chris.post("/exceptions/1/renew", words).status_code == 409
    with store.read() as session:
        (one,) = exceptions.running(session, store, MONDAY)
    assert (one.exception_id, one.reason) == (2, "nog een jaar")
    assert entries(store, "exception/2") == [("exception.renew", "chris@board.example")]
    assert chris.post("/exceptions/2/end", {"csrf": chris.csrf(), "reason": " "}).status_code == 409
    assert chris.post("/exceptions/2/end", {"csrf": chris.csrf(), "reason": "weg"}).status_code == 303
    assert "Er is nu geen risico geaccepteerd" in chris.get("/exceptions").text
    assert chris.get("/exceptions?ended=1").text.count('class="item"') == 2
    assert chris.post("/exceptions/9/delete", {"csrf": chris.csrf()}).status_code == 404


def test_nobody_renews_or_ends_what_is_about_himself(web: Running, store: Store, config: Config) -> None:
    """What Chris did as an administrator was accepted by Dewi, and stays hers to decide about."""
    add(store, config, POLICY, ["policy-1"], actor_name="chris@board.example")
    do(store, 1, "accept", reason="onderzoek", approved_by="Dewi", until=MONDAY + 20 * DAY)
    web.give("dewi", "privacy")
    chris, dewi = web.signed_in("chris"), web.signed_in("dewi")
    words = {"reason": "zo hoort het", "approved_by": "Dewi", "until": "2027-06-30"}
    answers = [chris.post(f"/exceptions/1/{verb}", {"csrf": chris.csrf(), **words}) for verb in ("renew", "end")]

    assert [one.status_code for one in answers] == [409, 409]
    assert "gaat over uzelf" in said(answers[0])
    assert entries(store, "exception/1") == []
    assert dewi.post("/exceptions/1/end", {"csrf": dewi.csrf(), **words}).status_code == 303


# ---- incidents and privacy requests


def test_an_incident_runs_from_its_clock_to_its_end(web: Running, store: Store) -> None:
    """Write it down, say what it is, report it, close it; each by who is signed in, and the clock is in words."""
    chris = web.signed_in("chris")
    made = chris.post("/incidents/new", {"csrf": chris.csrf(), "title": "Laptop gestolen", "type": "device"})
    assert made.headers["Location"] == "/incidents/1"
    web.now += timedelta(hours=50, minutes=40)
    chris = web.signed_in("chris")
    page = said(chris.get("/incidents/1"))
    assert "Nog 21 uur en 20 minuten" in page
    assert "echte uren" in page
    assert "Laptop gestolen" in chris.get("/incidents").text

    steps = [
        ("comment", {"reason": "aangifte gedaan"}, 303), ("class", {"data_breach": "yes", "reason": ""}, 409),
        ("class", {"data_breach": "yes", "reason": "namen"}, 303), ("report", {"reason": "x"}, 409),
        ("report", {"reported": "yes", "report_number": "AP-1"}, 303), ("told", {"people_told": "no"}, 409),
        ("told", {"people_told": "no", "reason": "versleuteld"}, 303), ("change", {"people_count": "veel"}, 409),
        ("change", {"people_count": "12", "title": "Laptop weg", "measures": "gewist"}, 303), ("close", {}, 303),
        ("change", {"title": "x"}, 409), ("reopen", {"reason": "toch niet"}, 303), ("delete", {}, 404),
    ]  # fmt: skip
    for verb, words, status in steps:
        answer = chris.post(f"/incidents/1/{verb}", form_of(chris, "/incidents/1", **words))
        assert answer.status_code == status, (verb, answer.text)
    with store.read() as session:
        (one,) = incidents.stored(session, store)
    assert (one.state, one.reported, one.people_told, one.people_count) == ("open", True, False, 12)
    assert {by for _kind, by in entries(store, "incident/1")} == {"chris@board.example"}
    assert "Het is gemeld bij de AP" in chris.get("/incidents/1").text


def test_what_changed_meanwhile_about_an_incident_is_told(web: Running, store: Store) -> None:
    """Two people at once: the second reads what the first wrote, and still has his own text."""
    chris = web.signed_in("chris")
    chris.post("/incidents/new", {"csrf": chris.csrf(), "title": "Mail verkeerd"})
    form = form_of(chris, "/incidents/1", reason="mijn tekst")
    with store.write() as session:
        incidents.do(session, store, 1, Deed("comment", "Dewi", {}, "van Dewi"), MONDAY)
    answer = chris.post("/incidents/1/comment", form)

    assert answer.status_code == 409
    assert "is veranderd sinds u" in said(answer)
    assert "van Dewi" in answer.text
    assert "mijn tekst</textarea>" in answer.text


def test_a_privacy_request_has_its_term_and_its_answer(web: Running, store: Store) -> None:
    """For the privacy officer; the FG looks, and ICT does not see who asks what about himself."""
    web.give("dewi", "privacy")
    dewi = web.signed_in("dewi")
    empty = dewi.post("/requests/new", {"csrf": dewi.csrf(), "kind": "access", "about": " "})
    made = dewi.post(
        "/requests/new", {"csrf": dewi.csrf(), "kind": "access", "about": "Anna", "received_at": "2026-11-20"}
    )

    assert (empty.status_code, made.headers.get("Location")) == (409, "/requests/1")
    assert "Nog 27 dagen" in dewi.get("/requests/1").text
    assert web.signed_in("chris").get("/requests/1").status_code == 403
    extended = dewi.post("/requests/1/extend", form_of(dewi, "/requests/1", reason="veel"))
    decided = dewi.post("/requests/1/decide", form_of(dewi, "/requests/1", decision="granted", reason="compleet"))
    again = dewi.post("/requests/1/decide", form_of(dewi, "/requests/1", decision="granted", reason="compleet"))
    assert [one.status_code for one in (extended, decided, again)] == [303, 303, 409]
    with store.read() as session:
        (one,) = requests.stored(session, store)
    assert (one.decision, one.decided_by) == ("granted", "dewi@board.example")
    assert "Toegewezen" in dewi.get("/requests").text or "toegewezen" in dewi.get("/requests").text


# ---- tasks


@pytest.fixture
def task(store: Store, config: Config) -> int:
    """A review that Anna signed, in which Kees loses his access."""
    signed(Bureau.of(config, store, MONDAY))
    return 1


def test_a_task_says_why_where_and_who_else_and_is_reported(web: Running, store: Store, task: int) -> None:
    """The way through the portal, the line to run oneself, the others; done is said, gone is seen."""
    web.give("eva", "it")
    web.give("dewi", "privacy")
    eva, dewi = web.signed_in("eva"), web.signed_in("dewi")
    page = said(eva.get(f"/tasks/{task}"))

    assert "<code>" in page
    assert "kwijt" in page
    assert "nog te doen" in said(eva.get("/tasks"))
    assert eva.post(f"/tasks/{task}/assign", form_of(eva, f"/tasks/{task}", to="")).status_code == 409
    old = form_of(eva, f"/tasks/{task}", reason="kan niet")
    assert eva.post(f"/tasks/{task}/assign", form_of(eva, f"/tasks/{task}", to="Eva")).status_code == 303
    late = eva.post(f"/tasks/{task}/cannot", old)
    assert (late.status_code, "kan niet</textarea>" in late.text) == (409, True)
    assert eva.post(f"/tasks/{task}/done", form_of(eva, f"/tasks/{task}")).status_code == 303
    assert "gemeld als klaar" in said(eva.get("/tasks")).lower()
    assert dewi.get(f"/tasks/{task}").status_code == 200
    assert dewi.post(f"/tasks/{task}/done", {"csrf": dewi.csrf()}).status_code == 403
    assert [eva.get(f"/tasks/{one}").status_code for one in ("999", "9" * 30)] == [404, 404]


# ---- rules and norms


def test_a_rule_says_its_outcome_since_when_and_on_what(web: Running, store: Store) -> None:
    """What was never judged is not in order; what changed its mind says when."""
    outcome(store, GUESTS, "ok", MONDAY - 9 * DAY)
    outcome(store, GUESTS, "finding", MONDAY - 5 * DAY, findings=3)
    outcome(store, GUESTS, "finding", MONDAY - DAY, findings=4)
    chris = web.signed_in("chris")
    listed, page, norms = (said(chris.get(path)) for path in ("/rules", f"/rules/{GUESTS}", "/norms"))

    assert "niet in orde: 4" in listed
    assert "nog nooit toegepast" in listed
    assert chris.get("/rules?outcome=finding").text.count("/rules/") == 1
    assert "2 keer" in page
    assert "Accounts" in page
    assert "14 november 2026" in page or "18 november 2026" in page
    assert "niet in orde" in norms
    assert "Niet gedekt door ibpmon" in norms
    assert [chris.get(f"/rules/{key}").status_code for key in ("no-such", "..%2f..%2fetc", "%00")] == [404] * 3


def test_a_trial_run_changes_nothing_and_takes_so_long_at_most(
    web: Running, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only ICT, one at a time, so many days at most; what takes too long is broken off and told."""
    chris = web.signed_in("chris")
    web.give("dewi", "privacy")
    dewi = web.signed_in("dewi")
    form = {"csrf": chris.csrf(), "days": "30"}
    answer = chris.post(f"/rules/{GUESTS}/try", form)

    assert answer.status_code == 200
    assert "De uitkomst van het proefdraaien" in answer.text
    assert chris.post(f"/rules/{GUESTS}/try", form | {"days": "9999"}).status_code == 409
    assert chris.post("/rules/no-such/try", form).status_code == 404
    assert dewi.post(f"/rules/{GUESTS}/try", {"csrf": dewi.csrf(), "days": "3"}).status_code == 403
    assert entries(store, "alert/1") == []
    with rule_pages.TRYING:
        assert "al proefgedraaid" in chris.post(f"/rules/{GUESTS}/try", form).text
    if store.engine.dialect.name == "sqlite":
        monkeypatch.setattr(rule_pages, "LONGEST", -1.0)
        monkeypatch.setattr("ibpmon.store.deadline.STEPS", 1)
        assert "afgebroken" in chris.post(f"/rules/{GUESTS}/try", form).text


# ---- however much there is


def test_no_page_takes_more_than_twelve_statements(web: Running, store: Store, config: Config, task: int) -> None:
    """And none is larger than 100 kB, with many rows of everything."""
    add(store, config, GUESTS, [f"gast-{number}" for number in range(150)])
    for number in range(1, 121):
        do(store, number, "accept", reason="x" * 200, approved_by="Dewi", until=MONDAY + 20 * DAY)
    with store.write() as session:
        for number in range(120):
            incidents.raise_incident(session, store, Deed("open", "Chris", {"title": f"Incident {number}"}), MONDAY)
            given = {"kind": "access", "about": f"Iemand {number}", "asked": ""}
            requests.receive(session, store, Deed("open", "Dewi", given), config.time_zone, MONDAY)
    for ago in range(1, 13):
        week(store, ago, open=ago)
    read_in_weeks(store, *range(1, 13))
    web.give("chris", "privacy")
    chris = web.signed_in("chris")
    paths = [*PATHS, "/alerts/150", "/exceptions?ended=1&from=50", f"/tasks/{task}", "/incidents/1", "/requests/1"]
    for path in paths:
        chris.get(path)
        statements, size = counted(web, chris, path)
        assert statements <= 12, path
        assert size < 102_400, path


def test_looking_changes_nothing(web: Running, store: Store, config: Config, task: int) -> None:
    """No page about the state writes anything, whichever way a program asks for it."""
    add(store, config, GUESTS, ["gast-1"])
    web.give("chris", "privacy")
    chris = web.signed_in("chris")
    chris.get("/alerts/1")  # that somebody looked at a person is written down, once
    before = everything(store)
    for path in (*PATHS, "/alerts/1", f"/tasks/{task}", "/incidents/1", "/requests/1", "/exceptions?ended=1"):
        for method in ("GET", "HEAD", "OPTIONS"):
            assert chris.ask(method, path).status_code < 500, path
    for path in ("/alerts/1/ack", f"/tasks/{task}/done", "/incidents/new", f"/rules/{GUESTS}/try"):
        assert chris.get(path).status_code in (404, 405), path

    assert everything(store) == before


def test_what_somebody_is_called_is_text_and_nothing_else(web: Running, store: Store, config: Config) -> None:
    """In a finding, a reason, a title: it is shown whole and does nothing."""
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e{{7*7}}'
    add(store, config, POLICY, [evil], actor_name=evil, target_name=evil, activity=evil)
    do(store, 1, "comment", reason=evil)
    chris = web.signed_in("chris")
    chris.post("/incidents/new", {"csrf": chris.csrf(), "title": evil})
    for path in ("/alerts", "/alerts/1", "/incidents", "/incidents/1", "/state", f"/alerts?rule={evil}"):
        page = chris.get(path).text
        assert page.count("<script") == 1, path
        assert "<img" not in page, path
        read = page.partition('id="acts"')[0]  # a form holds a text as it is, or saving it would change it
        assert "\u202e" not in read, path
        assert " style=" not in page, path
