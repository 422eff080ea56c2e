"""The review on the pages: one question at a time, the rules, the signature, and everything that can go wrong."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, update

from ibpmon.collect.board_files.reading import content
from ibpmon.collect.board_files.sheets import all_cells
from ibpmon.config import Config
from ibpmon.review import decisions, letters, reopening
from ibpmon.review.bureau import Bureau
from ibpmon.review.workbook import ANSWERS
from ibpmon.review.writing import broken
from ibpmon.store.database import Store
from ibpmon.store.review_tables import ReviewQuestion, ReviewSignoff
from ibpmon.store.tables import Outbox
from tests import workbooks
from tests.conftest import MONDAY
from tests.review_world import ANNA, CHRIS, about, items, opened, say, signed, stands
from tests.web_world import DAY, MINUTE, Browser, Running, account_id, config, microsoft, store, web

__all__ = ["config", "microsoft", "store", "web"]  # fixtures


@pytest.fixture
def bureau(store: Store, config: Config) -> Bureau:
    """Where reviews are prepared."""
    return Bureau.of(config, store, MONDAY)


@pytest.fixture
def review(bureau: Bureau) -> int:
    """A review of Anna's process."""
    return opened(bureau)


def form_in(text: str, action: str) -> dict[str, str]:
    """The hidden fields of a form on a page."""
    found = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', text, re.DOTALL)
    assert found, text
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', found[0])
    dates = re.findall(r'<input type="date"[^>]*name="(\w+)" value="([^"]*)"', found[0])
    return {name: unescape(value) for name, value in [*fields, *dates]}


def answer(browser: Browser, review: int, number: int, verb: str, **more: str) -> Any:
    """Open a question and press one of its buttons."""
    path = f"/reviews/{review}/items/{number}"
    return browser.post(path, form_in(browser.get(path).text, path) | {"verb": verb} | more)


def confirm(browser: Browser, review: int, place: int, least: str = "none") -> Any:
    """Open a rule and say which of its sample fits least."""
    path = f"/reviews/{review}/rules/{place}"
    return browser.post(path, form_in(browser.get(path).text, path) | {"least": least})


def signing(browser: Browser, web: Running, review: int) -> Any:
    """Prove who it is, read the text and sign it; gives the last answer."""
    path = f"/reviews/{review}"
    back = browser.choose(browser.get(f"/sign-in?anew=1&next={path}/sign").headers["Location"], "anna")
    assert browser.get(back).status_code == 303
    text = browser.post(f"{path}/statement", form_in(browser.get(f"{path}/sign").text, f"{path}/statement")).text
    return browser.post(f"{path}/sign", form_in(text, f"{path}/sign"))


def everything(browser: Browser, bureau: Bureau, review: int) -> None:
    """Take all of it away, and confirm the rules."""
    for one in stands(bureau, review).left():
        answer(browser, review, one.item_no, "revoke")
    for place in range(1, len(stands(bureau, review).groups) + 1):
        confirm(browser, review, place)


# ---------------------------------------------------------------- answering


def test_an_answer_is_kept_and_leads_to_the_next_question(
    web: Running, store: Store, bureau: Bureau, review: int
) -> None:
    """Anna goes through it: what stays with a reason and a day, what goes, what becomes less; each is hers."""
    anna = web.signed_in("anna")
    page = anna.get(f"/reviews/{review}/items/1").text
    kept = answer(anna, review, 1, "keep:project")
    gone = answer(anna, review, 2, "revoke")
    after = anna.get(kept.headers["Location"]).text
    lines = stands(bureau, review).decisions

    assert "1 van 4" in page
    assert "Klopt, tot" in page
    assert 'value="2027-07-31"' in page
    assert kept.headers["Location"] == f"/reviews/{review}/items/2?done=1"
    assert "Opgeschreven bij nummer 1: klopt voorlopig" in after
    assert "Toch anders" in after
    assert gone.headers["Location"] == f"/reviews/{review}/items/3?done=2"
    assert [(one.verb, one.actor, one.channel, one.on_behalf_of) for one in lines] == [
        ("keep_until", ANNA, "web", ""), ("revoke", ANNA, "web", ""),
    ]  # fmt: skip
    assert lines[0].shown_at == MONDAY
    assert lines[0].until is not None
    assert lines[0].until.astimezone(web.desk.config.time_zone).isoformat() == "2027-08-01T00:00:00+02:00"
    with store.read() as session:
        assert broken(session, store, stands(bureau, review).review) is None


def test_every_answer_is_there_and_the_last_one_counts(web: Running, bureau: Bureau, review: int) -> None:
    """Lower, not mine, and then all the same something else: nothing is stuck before the signature."""
    anna, kees = web.signed_in("anna"), about(web.store, review, "Kees").item_no
    answers = [
        answer(anna, review, kees, "lower:read"),
        answer(anna, review, kees, "not_mine", mine="Dit is van de IB'er"),
        answer(anna, review, kees, "keep:other", why="Eén keer", until="2026-12-24"),
    ]
    last = stands(bureau, review).answers[kees]

    assert {one.status_code for one in answers} == {303}
    assert (last.verb, last.reason_code, last.reason) == ("keep_until", "other", "Eén keer")
    assert "24 december 2026" in anna.get(f"/reviews/{review}/items/{kees}").text


def test_in_the_list_one_answers_in_place_and_stays_there(web: Running, bureau: Bureau, review: int) -> None:
    """On a desktop; the line says what was written down and how to change it."""
    anna = web.signed_in("anna")
    path = f"/reviews/{review}/items/2"
    fields = form_in(anna.get(f"/reviews/{review}/items?left=1").text, path)
    sent = anna.post(path, fields | {"verb": "revoke"})

    assert sent.headers["Location"] == f"/reviews/{review}/items?from=0&left=1&done=2#done"
    assert "Opgeschreven bij nummer 2" in anna.get(sent.headers["Location"]).text
    assert anna.get(f"/reviews/{review}/items?left=1").text.count('class="sentence"') == 3


def test_the_overview_says_how_much_is_left_and_where_to_go_on(web: Running, bureau: Bureau, review: int) -> None:
    """How many, how long, before which day; and that stopping halfway loses nothing."""
    anna = web.signed_in("anna")
    first = anna.get(f"/reviews/{review}").text
    say(bureau, review, 1, verb="revoke")
    later = anna.get(f"/reviews/{review}").text

    assert "6 beslissingen, ongeveer 2 minuten" in first
    assert ">Begin</a>" in first
    assert "U kunt altijd stoppen en later verdergaan" in first
    assert "5 beslissingen" in later
    assert ">Verder</a>" in later
    assert f'href="/reviews/{review}/items/2" id="begin"' in later


def test_a_rule_is_confirmed_after_the_question_which_fits_least(web: Running, bureau: Bureau, review: int) -> None:
    """One who looks for the odd one out sees more; whoever finds it, looks at that one first."""
    anna = web.signed_in("anna")
    page = anna.get(f"/reviews/{review}/rules/1").text
    drawn = re.findall(r'name="least" value="(\d+)"', page)
    passed_by = confirm(anna, review, 1, "")
    picked = confirm(anna, review, 1, drawn[0])
    looked = anna.get(picked.headers["Location"]).text
    path = f"/reviews/{review}/items/{drawn[0]}"
    taken = anna.post(path, form_in(looked, path) | {"verb": "revoke"})
    confirmed = confirm(anna, review, 1)
    there = stands(bureau, review)

    assert len(drawn) == 5
    assert (passed_by.status_code, "nog niets gekozen" in passed_by.text) == (422, True)
    assert picked.headers["Location"] == f"{path}?rule=1"
    assert taken.headers["Location"] == f"/reviews/{review}/rules/1?done={drawn[0]}"
    assert "Terug naar de regel" in looked
    assert confirmed.status_code == 303
    assert there.answers[int(drawn[0])].verb == "revoke"
    assert [one.verb for one in there.confirmed.values()] == ["confirm"]
    assert anna.get(f"/reviews/{review}/rules/1?all=1").text.count("?rule=1") == there.groups[0].count


def test_a_deputy_writes_down_for_the_owner_and_never_for_himself(
    web: Running, store: Store, bureau: Bureau, review: int
) -> None:
    """For whom follows from who he is; a field that says otherwise is not read."""
    chris = web.signed_in("chris")
    page = chris.get(f"/reviews/{review}/items/1").text
    sent = answer(chris, review, 1, "revoke", for_whom="dewi@board.example", by="dewi@board.example")
    line = stands(bureau, review).answers[1]

    assert "U vervangt iemand. Wat u hier" in page
    assert sent.status_code == 303
    assert (line.actor, line.on_behalf_of) == (CHRIS, ANNA)
    assert "chris@board.example namens Anna" in chris.get(f"/reviews/{review}/items/1").text.replace(
        "Chris namens", "chris@board.example namens"
    )
    assert "is voor u niets te tekenen" in chris.get(f"/reviews/{review}/sign").text


def test_a_deputy_confirms_no_rule_that_gives_him_something_himself(
    web: Running, store: Store, config: Config, tmp_path: Path
) -> None:
    """Fien stands in, and the team knows her by her other name: not on the page, and not in the workbook."""
    assert config.files.matrix is not None
    file = config.files.matrix.path
    file.write_text(file.read_text(encoding="utf-8").replace("chris@", "fien@"), encoding="utf-8")
    accounts = store.data["accounts"]
    with store.write() as session:
        hers = accounts.c.account_id == account_id("fien")
        session.execute(update(accounts).where(hers).values(mail="dirk@board.example"))
    bureau = Bureau.of(config, store, MONDAY)
    review = opened(bureau)
    fien = web.signed_in("fien")
    refused, path = confirm(fien, review, 1), f"/reviews/{review}/workbook"
    data = filled_in(fien.post(path, {"csrf": fien.csrf()}).content, "Klopt", tmp_path, r"rule \d+ .* R1")
    origin = {"Origin": web.desk.web.public_url}
    sent = fien.ask("POST", f"{path}/read", data={"csrf": fien.csrf()}, files={"file": data}, headers=origin)

    assert (refused.status_code, "zijn eigen toegang" in refused.text) == (409, True)
    assert (sent.status_code, "zijn eigen toegang" in sent.text) == (422, True)
    assert stands(bureau, review).decisions == []


def test_who_only_looks_gets_no_button_and_can_send_nothing(web: Running, review: int) -> None:
    """The FG reads along; the buttons are not there, and a form of his own does nothing."""
    web.give("fien", "fg")
    fien, anna = web.signed_in("fien"), web.signed_in("anna")
    path = f"/reviews/{review}/items/1"
    fields = form_in(anna.get(path).text, path) | {"verb": "revoke", "csrf": fien.csrf()}

    assert "Weghalen" not in fien.get(path).text
    assert fien.get(path).status_code == 200
    assert fien.post(path, fields).status_code == 403
    assert fien.get(f"/reviews/{review}/sign").status_code == 403


def test_about_what_somebody_lacks_nobody_is_said_to_decide(web: Running, store: Store, review: int) -> None:
    """There is no button, and nobody else who has one."""
    lacks = next(one for one in items(store, review) if one.outcome == "MISSING")
    page = web.signed_in("anna").get(f"/reviews/{review}/items/{lacks.item_no}").text

    assert "Hierover beslist niemand" in page
    assert "Hierover beslist iemand anders" not in page


def test_the_button_of_the_letter_opens_the_review(web: Running, store: Store) -> None:
    """The address of the configuration and a number: no name, no right; without pages there is no button."""
    number = opened(Bureau.of(web.desk.config, store, MONDAY))
    with store.read() as session:
        letter = session.scalars(select(Outbox)).one()
    address = f"{web.desk.web.public_url}/reviews/{number}"
    without = letters.written(Bureau.of(web.desk.config, store, MONDAY), letters.Letter("review", "Zorg", (), {}))

    assert f'href="{address}"' in letter.html
    assert address in letter.text.replace("\n", "")
    assert "Open de review" not in without.html
    assert web.browser().get(f"/reviews/{number}").headers["Location"] == f"/sign-in?next=/reviews/{number}"


# ---------------------------------------------------------------- questions


def test_ict_answers_a_question_and_the_owner_decides(web: Running, store: Store, bureau: Bureau, review: int) -> None:
    """Anna asks, Chris answers, and the answer stands with the item; it is hers again."""
    anna, chris = web.signed_in("anna"), web.signed_in("chris")
    empty = answer(anna, review, 1, "question", ask="  ")
    asked = answer(anna, review, 1, "question", ask="Waarom Kees?")
    waits = anna.get(f"/reviews/{review}/sign").text
    page = chris.get("/questions").text
    path = f"/questions/{review}/1"
    nothing = chris.post(path, form_in(page, path) | {"text": " "})
    told = chris.post(path, form_in(page, path) | {"text": "Onze examinator tot december"})
    twice = chris.post(path, form_in(page, path) | {"text": "Nog een antwoord"})
    seen = anna.get(f"/reviews/{review}/items/1").text

    assert (empty.status_code, "wat is de vraag" in empty.text.lower()) == (422, True)
    assert asked.headers["Location"].startswith(f"/reviews/{review}/items/2")
    assert "wachten op iemand anders" in waits
    assert "Waarom Kees?" in page
    assert nothing.status_code == 422
    assert told.headers["Location"] == "/questions?done=1"
    assert twice.status_code == 409
    assert "Nog een antwoord" in twice.text
    assert "Onze examinator tot december" in seen
    assert stands(bureau, review).answers[1].verb == "open"
    assert "Niemand wacht" in chris.get("/questions").text
    with store.read() as session:
        assert len(session.scalars(select(ReviewQuestion)).all()) == 2
    assert anna.get("/questions").status_code == 403


def test_a_question_about_one_of_a_rule_is_counted_and_named(web: Running, bureau: Bureau, review: int) -> None:
    """Everything else is decided: the start page, the review and the summary say which one still waits."""
    anna = web.signed_in("anna")
    everything(anna, bureau, review)
    number = int(re.findall(r'name="least" value="(\d+)"', anna.get(f"/reviews/{review}/rules/1").text)[0])
    answer(anna, review, number, "question", ask="Wie is dit?")
    start, page, summary = (anna.get(path).text for path in ("/", f"/reviews/{review}", f"/reviews/{review}/sign"))

    assert "1 beslissing" in start
    assert "1 beslissing, ongeveer" in page
    assert f'href="/reviews/{review}/sign" id="begin">Verder' in page
    assert "wachten op iemand anders" in summary
    assert f'href="/reviews/{review}/items/{number}"' in summary
    assert "Verder met wat nog open is" not in summary
    answer(anna, review, number, "revoke")
    assert "nog open" not in anna.get(f"/reviews/{review}/sign").text


def test_an_answer_of_ict_lands_under_no_other_question(
    web: Running, store: Store, bureau: Bureau, review: int
) -> None:
    """Anna asked something else while Chris typed: he reads that first, with his text still there."""
    anna, chris = web.signed_in("anna"), web.signed_in("chris")
    answer(anna, review, 1, "question", ask="Wie is dit?")
    path = f"/questions/{review}/1"
    fields = form_in(chris.get("/questions").text, path) | {"text": "Onze examinator"}
    answer(anna, review, 1, "question", ask="Mag het weg?")
    page = chris.get("/questions").text
    refused = chris.post(path, fields)
    told = chris.post(path, form_in(refused.text, path) | {"text": "Ja"})
    with store.read() as session:
        rows = session.scalars(select(ReviewQuestion).order_by(ReviewQuestion.seq)).all()  # type: ignore[arg-type]  # a column

    assert ("Wie is dit?" in page, page.count('<li class="card">')) == (False, 1)
    assert (refused.status_code, "andere vraag" in refused.text, "Onze examinator" in refused.text) == (409, True, True)
    assert told.status_code == 303
    assert [(one.text, one.answers) for one in rows] == [("Wie is dit?", None), ("Mag het weg?", None), ("Ja", 2)]


# ---------------------------------------------------------------- signing


def test_anna_signs_after_proving_who_she_is(web: Running, store: Store, bureau: Bureau, review: int) -> None:
    """The summary in full, a fresh sign-in, the exact text, the signature, and the code that she can keep."""
    anna = web.signed_in("anna")
    everything(anna, bureau, review)
    answer(anna, review, about(store, review, "Kees").item_no, "keep:task")
    web.now += 11 * MINUTE  # the sign-in of the morning counts no more
    summary = anna.get(f"/reviews/{review}/sign").text
    done = signing(anna, web, review)
    proof = anna.get(done.headers["Location"]).text
    with store.read() as session:
        signed = session.scalars(select(ReviewSignoff)).one()

    assert "Kees" in summary
    assert "taak naast de functie" in summary
    assert "volledig gelezen" in summary
    assert "Laat zien wie u bent" in summary
    assert done.headers["Location"] == f"/reviews/{review}/signed"
    assert signed.fingerprint in proof
    assert (signed.signer, '"channel":"web"' in signed.evidence) == (ANNA, True)
    assert '"signed_in_at"' in signed.evidence
    assert "Wat er nu gebeurt" in proof
    assert "Kees" in (signed.statement or "")
    assert "Er kan niets meer aan veranderen" in anna.get(f"/reviews/{review}/items/1").text
    assert "Weghalen" not in anna.get(f"/reviews/{review}/items/1").text


def test_without_a_fresh_sign_in_nothing_is_signed(web: Running, store: Store, bureau: Bureau, review: int) -> None:
    """A telephone that lies about unlocked, a proof that is old or forged, and a tenant that says nothing."""
    anna = web.signed_in("anna")
    everything(anna, bureau, review)
    path = f"/reviews/{review}"
    text = anna.post(f"{path}/statement", form_in(anna.get(f"{path}/sign").text, f"{path}/statement")).text
    fields = form_in(text, f"{path}/sign")
    web.now += 11 * MINUTE
    late = anna.post(f"{path}/sign", fields)
    anna.session.cookies.set("ibpmon-proof", "x" * 43 + f".{int(web.now.timestamp())}")
    forged = anna.post(f"{path}/sign", fields)
    web.microsoft.desk.changes["auth_time"] = None
    back = anna.choose(anna.get(f"/sign-in?anew=1&next={path}/sign?again=1").headers["Location"], "anna")
    silent = anna.get(anna.get(back).headers["Location"])
    web.microsoft.desk.changes["auth_time"] = 1

    assert (late.status_code, forged.status_code) == (403, 403)
    assert "vlak daarvoor" in late.text
    assert "auth_time" in silent.text
    back = anna.choose(anna.get(f"/sign-in?anew=1&next={path}/sign").headers["Location"], "anna")
    assert "Laat zien wie u bent" in anna.get(anna.get(back).headers["Location"]).text
    with store.read() as session:
        assert session.scalars(select(ReviewSignoff)).all() == []
    asked = anna.get("/sign-in?anew=1&next=/").headers["Location"]
    assert "prompt=login" in asked
    assert "prompt=login" not in anna.get("/sign-in?next=/").headers["Location"]


def test_a_text_that_changed_since_it_was_read_is_not_signed(
    web: Running, store: Store, bureau: Bureau, review: int
) -> None:
    """Another tab answered otherwise in the meantime: she reads it anew."""
    anna = web.signed_in("anna")
    everything(anna, bureau, review)
    path = f"/reviews/{review}"
    text = anna.post(f"{path}/statement", form_in(anna.get(f"{path}/sign").text, f"{path}/statement")).text
    answer(anna, review, 1, "keep:project")
    refused = anna.post(f"{path}/sign", form_in(text, f"{path}/sign"))
    early = anna.post(f"{path}/statement", {"csrf": anna.csrf()})

    assert refused.status_code == 409
    assert "ibpmon review" not in refused.text
    assert early.status_code == 200
    with store.read() as session:
        assert session.scalars(select(ReviewSignoff)).all() == []


# ---------------------------------------------------------------- bad input


def test_nothing_typed_is_lost_when_the_session_ends(web: Running, bureau: Bureau, review: int) -> None:
    """She was called away: the answer stands in the page, and after signing in again in the form itself."""
    anna, path = web.signed_in("anna"), f"/reviews/{review}/items/1"
    fields = form_in(anna.get(path).text, path) | {"verb": "question", "ask": 'Waarom "Kees"?\r\n<b>En nu?'}
    web.now += DAY / 12
    over = anna.post(path, fields)
    kept = form_in(over.text, path)
    anna.sign_in("anna", "/signed-in-again")
    again = anna.post(path, kept)
    sent = anna.post(path, form_in(again.text, path) | {"verb": "question", "ask": kept["ask"]})

    assert over.status_code == 401
    assert "Wat u invulde staat er nog" in over.text
    assert "<b>" not in over.text
    assert kept["ask"].replace("\r", "") == 'Waarom "Kees"?\n<b>En nu?'
    assert again.status_code == 403
    assert "Uw antwoord staat er nog" in again.text
    assert "Waarom &#34;Kees&#34;?" in again.text
    assert sent.status_code == 303
    assert stands(bureau, review).answers[1].verb == "question"
    assert len(stands(bureau, review).decisions) == 1


def test_a_button_of_an_earlier_session_comes_back_as_a_button(web: Running, review: int) -> None:
    """Signed in again in another tab: signing out there, and sending a workbook, take one press more."""
    anna, upload = web.signed_in("anna"), f"/reviews/{review}/workbook/read"
    old = {"csrf": anna.csrf()}
    anna.sign_in("anna", "/signed-in-again")
    told = anna.post("/sign-out", old)
    sent = anna.post(upload, old, files={"file": ("review.xlsx", b"PK")})
    out = anna.post("/sign-out", form_in(told.text.partition("<main")[2], "/sign-out"))

    assert told.status_code == sent.status_code == 403
    assert "Het is nog niet gebeurd" in told.text
    assert "De werkmap is nog niet gelezen" in sent.text
    assert f'action="{upload}" enctype="multipart/form-data"' in sent.text
    assert out.status_code == 200
    assert anna.cookie == ""


def test_the_second_of_two_tabs_learns_it_and_loses_nothing(web: Running, bureau: Bureau, review: int) -> None:
    """Who was first, and what that was, with the own text still there; pressed once more it counts."""
    anna, path = web.signed_in("anna"), f"/reviews/{review}/items/1"
    fields = form_in(anna.get(path).text, path)
    anna.post(path, fields | {"verb": "revoke"})
    second = anna.post(path, fields | {"verb": "keep:other", "why": "Mijn lange verhaal"})
    first_still = stands(bureau, review).answers[1].verb
    again = anna.post(path, form_in(second.text, path) | {"verb": "keep:other", "why": "Mijn lange verhaal"})

    assert second.status_code == 409
    assert "weghalen" in second.text
    assert "Mijn lange verhaal" in second.text
    assert "ibpmon review" not in second.text
    assert first_still == "revoke"
    assert again.status_code == 303
    assert stands(bureau, review).answers[1].verb == "keep_until"


WRONG: dict[str, dict[str, str]] = {
    "an unknown verb": {"verb": "approve"}, "no verb": {"verb": ""}, "other facts": {"facts": "0" * 64},
    "no facts": {"facts": ""}, "a number too large": {"seen": "9" * 40}, "a negative number": {"seen": "-1"},
    "no day": {"verb": "keep:project", "until": "morgen"}, "an empty day": {"verb": "keep:project", "until": ""},
    "a day too far": {"verb": "keep:project", "until": "2028-01-01"},
    "yesterday": {"verb": "keep:project", "until": "2026-01-01"},
    "a reason that is none": {"verb": "keep:because"}, "no reason": {"verb": "keep"},
    "other without words": {"verb": "keep:other"}, "not lower": {"verb": "lower:owner"},
    "not mine without words": {"verb": "not_mine"}, "too long": {"verb": "revoke", "why": "x" * 60_000},
    "no text": {"verb": "revoke", "why": "a\0b"},
}  # fmt: skip


def test_a_form_that_is_not_whole_comes_back_with_why(web: Running, bureau: Bureau, review: int) -> None:
    """Each says what, why and how to go on, in Dutch; nothing is written down."""
    anna, path = web.signed_in("anna"), f"/reviews/{review}/items/1"
    fields = form_in(anna.get(path).text, path) | {"verb": "revoke"}
    for name, wrong in WRONG.items():
        back = anna.post(path, fields | wrong)
        assert back.status_code in (409, 422), name
        assert 'role="alert"' in back.text, name
        assert "ibpmon review" not in back.text, name
    assert stands(bureau, review).decisions == []


def test_after_the_signature_an_old_form_changes_nothing(
    web: Running, store: Store, bureau: Bureau, review: int
) -> None:
    """The back button brings an old page; what it sends is refused, and a new revision is one click away."""
    anna, path = web.signed_in("anna"), f"/reviews/{review}/items/1"
    everything(anna, bureau, review)
    fields = form_in(anna.get(path).text, path) | {"verb": "keep:other", "why": "Toch niet"}
    rule = form_in(anna.get(f"/reviews/{review}/rules/1").text, f"/reviews/{review}/rules/1") | {"least": "none"}
    signing(anna, web, review)
    fields["csrf"] = rule["csrf"] = anna.csrf()
    late, late_rule = anna.post(path, fields), anna.post(f"/reviews/{review}/rules/1", rule)
    web.now += 11 * MINUTE  # her proof is of no use any more, and that is not what is wrong
    again = [anna.post(f"/reviews/{review}/{one}", {"csrf": anna.csrf()}) for one in ("statement", "sign")]
    newer = reopening.reopen(bureau, review, "Chris", "vergeten")
    replaced = anna.post(path, fields)

    assert (late.status_code, late_rule.status_code, replaced.status_code) == (409, 409, 409)
    for one in (late, late_rule, *again):
        assert (one.status_code, "U hebt deze review al getekend" in one.text) == (409, True)
        assert f'href="/reviews/{review}/signed"' in one.text
        assert "antwoord opnieuw" not in one.text
    assert "Toch niet" in late.text
    assert f'href="/reviews/{newer}"' in replaced.text
    assert "nieuwere versie" in replaced.text
    assert stands(bureau, review).answers[1].verb == "revoke"


def test_a_cancelled_review_and_what_is_about_herself_take_no_answer(
    web: Running, store: Store, config: Config, bureau: Bureau, review: int
) -> None:
    """The page says why, and where to go."""
    anna, path = web.signed_in("anna"), f"/reviews/{review}/items/1"
    fields = form_in(anna.get(path).text, path) | {"verb": "revoke"}
    with store.write() as session:
        decisions.cancel(session, store, review, "Chris", "verkeerd geopend", MONDAY)
    refused = anna.post(path, fields)

    assert refused.status_code == 409
    assert "neemt geen antwoorden meer aan" in refused.text


def test_what_is_somebody_elses_is_not_there_on_any_page(web: Running, config: Config, review: int) -> None:
    """Another owner, a number that is none: one and the same page, whether one reads or sends."""
    assert config.files.matrix is not None
    file = config.files.matrix.path
    text = file.read_text(encoding="utf-8")
    block = text[text.index("[[processes]]") : text.index("[[roles]]")]
    file.write_text(text + block.replace('"zorg"', '"nieuws"').replace("anna@", "fien@").replace("chris@", "fien@"),
                    encoding="utf-8")  # fmt: skip
    fien = web.signed_in("fien")
    csrf = {"csrf": fien.csrf(), "verb": "revoke", "least": "none"}
    base = f"/reviews/{review}"
    answers = [fien.get(base + one) for one in ("", "/items", "/items/1", "/rules/1", "/sign", "/signed")]
    answers += [fien.post(base + one, csrf) for one in ("/items/1", "/rules/1", "/statement", "/sign")]
    anna = web.signed_in("anna")
    answers += [anna.get(base + one) for one in ("/items/999", f"/items/{10**30}", "/rules/9", "/items/0", "/signed")]
    answers += [anna.post(base + "/items/999", csrf | {"csrf": anna.csrf()})]

    assert {one.status_code for one in answers} == {404}


# ---------------------------------------------------------------- how much it takes


def counted(web: Running, browser: Browser, path: str) -> tuple[int, int]:
    """How many statements a page takes, and how many bytes it is."""
    found: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement) if statement.lstrip().upper().startswith(
            ("SELECT", "INSERT", "UPDATE", "WITH")
        ) else None

    event.listen(web.store.engine, "before_cursor_execute", note)
    try:
        answer = browser.get(path)
    finally:
        event.remove(web.store.engine, "before_cursor_execute", note)
    assert answer.status_code == 200
    return len(found), len(answer.content)


def test_each_page_takes_twelve_statements_at_most(web: Running, bureau: Bureau, review: int) -> None:
    """Read in sets, also when all was asked, answered and given away."""
    anna, chris = web.signed_in("anna"), web.signed_in("chris")
    answer(anna, review, 1, "question", ask="Wie?")
    answer(anna, review, 2, "keep:task")
    base = f"/reviews/{review}"
    for path in (base, f"{base}/items", f"{base}/items/1?done=2", f"{base}/rules/1?all=1&done=2", f"{base}/sign"):
        statements, size = counted(web, anna, path)
        assert statements <= 12, (path, statements)
        assert size < 102_400, path
    assert counted(web, chris, "/questions")[0] <= 12
    with web.store.read() as session:
        assert session.scalars(select(Outbox)).all()


def test_the_next_round_opens_with_what_came_of_the_last(
    web: Running, store: Store, config: Config, bureau: Bureau
) -> None:
    """Promise and proof on top, in twelve statements with all that is known of tasks; what nobody saw is not gone."""
    signed(bureau)
    later = Bureau.of(config, store, MONDAY + 100 * DAY)
    number = opened(later)
    web.now = MONDAY + 100 * DAY
    anna = web.signed_in("anna")
    page = anna.get(f"/reviews/{number}").text

    assert "Wat er van de vorige keer kwam" in page
    assert "Kees" in page
    assert "nog niet gedaan of nog niet gecontroleerd" in page.lower()
    assert "De vorige keer: weghalen" in anna.get(f"/reviews/{number}/items").text
    for path in ("", "/items", "/items/1", "/rules/1", "/sign"):
        assert counted(web, anna, f"/reviews/{number}{path}")[0] <= 12, path


# ---------------------------------------------------------------- as a workbook


def filled_in(data: bytes, word: str, folder: Path, about: str = r"item \d+ .* 1") -> bytes:
    """The workbook with this decision, about the first item unless told otherwise."""
    path = folder / "back.xlsx"
    path.write_bytes(data)
    sheets = {name: [list(row) for row in rows] for name, rows in all_cells(content(path))[0].items()}
    row = next(row for rows in sheets.values() for row in rows if re.fullmatch(about, str(row[-1])))
    row[-1 - len(ANSWERS)] = word
    rows = [[[cell or None for cell in row] for row in rows] for rows in sheets.values()]
    return workbooks.workbook(path, *rows, names=[*sheets]).read_bytes()


def test_a_workbook_goes_out_and_comes_back(web: Running, bureau: Bureau, review: int, tmp_path: Path) -> None:
    """Filled in without a connection; a wrong one is refused with why, and nothing of it is written down."""
    anna, path = web.signed_in("anna"), f"/reviews/{review}/workbook"
    token = {"csrf": anna.csrf()}
    page, got = anna.get(path).text, anna.post(path, token)
    origin = {"Origin": web.desk.web.public_url}

    def send(data: bytes) -> Any:
        sent = {"file": ("../../evil<b>.xlsx", data)}
        return anna.ask("POST", f"{path}/read", data=token, files=sent, headers=origin)

    wrong = [
        send(one) for one in (b"", b"a;b\r\n1;2", b"PK\x03\x04nothing", filled_in(got.content, "Goedkeuren", tmp_path))
    ]
    large, elsewhere = send(b"x" * 2_200_000), anna.post(f"{path}/read", token | {"pad": "x" * 100_000})
    before = len(stands(bureau, review).decisions)
    done = send(filled_in(got.content, "Weghalen", tmp_path))
    last = stands(bureau, review).answers[1]
    other = reopening.reopen(bureau, review, "Chris", "nieuwe cijfers", fresh=True)
    old = anna.ask("POST", f"/reviews/{other}/workbook/read", data=token, files={"file": got.content}, headers=origin)

    assert "Haal de werkmap op" in page
    assert got.headers["Content-Disposition"] == f'attachment; filename="review-{review}.xlsx"'
    for one in wrong:
        assert (one.status_code, 'role="alert"' in one.text, "evil" in one.text) == (422, True, False)
        assert "/tmp" not in one.text
        assert "ibpmon review" not in one.text
    assert (large.status_code, elsewhere.status_code, before) == (413, 422, 0)
    assert done.headers["Location"] == f"/reviews/{review}?read=1"
    assert (last.verb, last.channel, last.actor) == ("revoke", "workbook", ANNA)
    assert "Gelezen uit de werkmap: 1 antwoord." in anna.get(done.headers["Location"]).text
    assert (old.status_code, "van een andere versie" in old.text) == (422, True)
