"""Signing in and out: the same way with the simulation as with Entra, and no way around it."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import requests
from sqlalchemy import func, select, update

from ibpmon.config import Config
from ibpmon.demo.microsoft import Fault, Microsoft
from ibpmon.store.database import Store
from ibpmon.store.upsert import table_of
from ibpmon.store.web_tables import WebSession
from ibpmon.web.signing_in import AT_ONCE, local
from tests.web_world import MINUTE, Browser, Running, account_id, config, microsoft, serving, store, web

__all__ = ["config", "microsoft", "store", "web"]  # fixtures


@pytest.fixture
def database(tmp_path: Path) -> str:
    """One database is enough here: that sessions are the same on both is tested beside it."""
    return f"sqlite:///{tmp_path / 'ibpmon.db'}"


def sessions_of(web: Running) -> int:
    """How many people are signed in."""
    with web.store.read() as session:
        return session.scalar(select(func.count()).select_from(table_of(WebSession))) or 0


def test_anna_signs_in_sees_who_she_is_and_leaves(web: Running) -> None:
    """The whole way: to Microsoft, back, her page, and out; a copy of her cookie opens nothing afterwards."""
    anna = web.browser()
    stranger = anna.get("/")
    back = anna.sign_in("anna")
    home = anna.get("/")
    kept = anna.cookie
    left = anna.post("/sign-out", {"csrf": anna.csrf()})
    anna.session.cookies.set("ibpmon", kept, domain="localhost.local", path="/")

    assert 'href="/sign-in"' in stranger.text
    assert (back.status_code, back.headers["Location"]) == (303, f"{web.desk.web.public_url}/")
    assert "Goedendag, Anna" in home.text
    assert "proceseigenaar" in home.text
    assert left.status_code == 200
    assert left.headers["Refresh"].startswith(f"0; url={web.microsoft.desk.base}/")
    assert anna.cookie == kept
    assert "Goedendag" not in anna.get("/").text
    assert sessions_of(web) == 0


def test_microsoft_signs_out_too_and_sends_her_back(web: Running) -> None:
    """Else the next one at this computer comes in by one press of a button."""
    anna = web.signed_in("anna")
    address = anna.post("/sign-out", {"csrf": anna.csrf()}).headers["Refresh"].partition("url=")[2]
    back = anna.get(address)

    assert (back.status_code, back.headers["Location"]) == (302, f"{web.desk.web.public_url}/signed-out")
    assert "U bent afgemeld" in anna.get("/signed-out").text


def test_when_microsoft_is_away_leaving_still_leaves(web: Running) -> None:
    """Signing out here may hang on nothing; and who wants in reads what to do."""
    anna = web.signed_in("anna")
    csrf = anna.csrf()
    web.desk.sign_in.authority._addresses = None
    web.microsoft.faults.add(Fault("unavailable", "openid-configuration", times=9))
    left = anna.post("/sign-out", {"csrf": csrf})
    begun = web.browser().get("/sign-in")

    assert left.status_code == 200
    assert sessions_of(web) == 0
    assert begun.status_code == 503
    assert "Probeer het over enkele minuten" in begun.text


def test_a_link_in_a_mail_leads_to_its_page_after_signing_in(web: Running) -> None:
    """Who presses a link comes where the link leads, with one sign-in in between."""
    anna = web.browser()
    first = anna.get("/reviews/7?left=1")
    begun = anna.get(first.headers["Location"])
    back = anna.get(anna.choose(begun.headers["Location"], "anna"))

    assert first.headers["Location"] == "/sign-in?next=/reviews/7?left=1"
    assert back.headers["Location"] == f"{web.desk.web.public_url}/reviews/7?left=1"


# ---------------------------------------------------------------- abuse


def no_state(browser: Browser, back: str) -> str:
    """The state is left out."""
    return re.sub(r"&state=[^&]*", "", back)


def changed_state(browser: Browser, back: str) -> str:
    """One sign of the state is another."""
    return re.sub(r"state=(.)", lambda found: "state=" + ("A" if found[1] != "A" else "B"), back)


def other_onwards(browser: Browser, back: str) -> str:
    """The place to go on to is changed in the state."""
    return re.sub(r"(state=[^.]*\.)[^&]*", r"\1L3Jldmlld3MvMQ", back)


def state_of_another(browser: Browser, back: str) -> str:
    """An attacker's own answer is put into the browser of somebody else (login CSRF)."""
    other = browser.web.browser()
    return other.choose(other.to_microsoft(), "eva")


def without_cookie(browser: Browser, back: str) -> str:
    """The browser that comes back is not the one that began."""
    browser.session.cookies.clear()
    return back


def too_late(browser: Browser, back: str) -> str:
    """The page of Microsoft stood open for a quarter of an hour."""
    browser.web.now += timedelta(minutes=15)
    return back


def made_up_code(browser: Browser, back: str) -> str:
    """A code that nobody gave."""
    return re.sub(r"code=[^&]*", "code=made-up", back)


def no_code(browser: Browser, back: str) -> str:
    """No code at all."""
    return re.sub(r"code=[^&]*&", "", back)


def code_of_another(browser: Browser, back: str) -> str:
    """A code that was given for another browser: its verifier is not ours."""
    theirs = state_of_another(browser, back)
    code = re.search(r"code=([^&]*)", theirs)
    assert code
    return re.sub(r"code=[^&]*", f"code={code[1]}", back)


def refused_there(browser: Browser, back: str) -> str:
    """Microsoft says no."""
    return re.sub(r"code=[^&]*", "error=access_denied&error_description=<script>alert(1)</script>", back)


def saying(**changes: object) -> Callable[[Browser, str], str]:
    """The token says something else."""

    def change(browser: Browser, back: str) -> str:
        browser.web.microsoft.desk.changes = changes
        return back

    return change


ABUSE: dict[str, Callable[[Browser, str], str]] = {
    "no state": no_state, "changed state": changed_state, "other place in the state": other_onwards,
    "login CSRF": state_of_another, "no cookie": without_cookie, "too late": too_late, "made-up code": made_up_code,
    "no code": no_code, "code of another browser": code_of_another, "refused by Microsoft": refused_there,
    "token for another application": saying(aud="other"), "token of another tenant": saying(tid="other"),
    "token of another sign-in": saying(nonce="other"), "token without an end": saying(exp=None),
}  # fmt: skip


@pytest.mark.parametrize("name", ABUSE)
def test_no_other_answer_signs_anybody_in(web: Running, name: str) -> None:
    """What did not begin in this browser, came before, comes too late or says something else is refused."""
    browser = web.browser()
    back = ABUSE[name](browser, browser.choose(browser.to_microsoft(), "anna"))
    answer = browser.get(back)

    assert answer.status_code == 403
    assert browser.cookie == ""
    assert sessions_of(web) == 0
    assert "u bent niet aangemeld" in answer.text.lower()
    assert "<script>alert" not in answer.text


def test_the_same_answer_signs_in_one_time(web: Running) -> None:
    """Who finds the address in the history of the browser, even with its cookie, comes to nothing."""
    browser = web.browser()
    address = browser.to_microsoft()
    cookies = browser.session.cookies.copy()
    back = browser.choose(address, "anna")
    first = browser.get(back)
    again = web.browser()
    again.session.cookies.update(cookies)
    second = again.get(back)

    assert (first.status_code, second.status_code) == (303, 403)
    assert sessions_of(web) == 1


def test_a_new_sign_in_makes_a_new_session_and_ends_the_old_one(web: Running) -> None:
    """A session that somebody planted in a browser beforehand is worth nothing."""
    browser = web.signed_in("eva")
    planted = browser.cookie
    browser.sign_in("anna")

    assert browser.cookie not in ("", planted)
    assert sessions_of(web) == 1


def test_an_account_that_is_closed_is_out_at_the_next_page_and_stays_out(web: Running) -> None:
    """Also when the account is opened again: then he signs in anew."""
    anna, table = web.signed_in("anna"), web.store.data["accounts"]
    for enabled in (False, True):
        with web.store.write() as session:
            session.execute(update(table).where(table.c.account_id == account_id("anna")).values(enabled=enabled))
        assert "Goedendag" not in anna.get("/").text


@pytest.mark.parametrize(("step", "there"), [(29, True), (31, False)])
def test_a_session_lives_by_its_use(web: Running, step: int, there: bool) -> None:
    """Half an hour without a page ends it, and after eight hours it ends in any case."""
    anna = web.signed_in("anna")
    web.now += step * MINUTE
    assert ("Goedendag" in anna.get("/").text) is there
    for _ in range(17):
        web.now += 29 * MINUTE
        anna.get("/")
    assert "Goedendag" not in anna.get("/").text


def test_more_sign_ins_than_usual_at_once_wait(web: Running) -> None:
    """A program that brings codes without end makes us ask Microsoft at most so much; people come in again after."""
    browser = web.browser()
    back = browser.choose(browser.to_microsoft(), "anna")
    for _ in range(AT_ONCE):
        assert web.desk.sign_in._places.acquire(blocking=False)
    refused = browser.get(back)
    for _ in range(AT_ONCE):
        web.desk.sign_in._places.release()

    assert refused.status_code == 429
    assert "wacht een minuut" in refused.text.lower()
    assert browser.get(back).status_code == 303


# ---------------------------------------------------------------- where to, and what is kept


FOREIGN = (
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "http:evil.example",
    "/%0d%0aSet-Cookie:a=b",
    "javascript:alert(1)", "data:text/html,x", "///evil.example", "/\t/evil.example", " /reviews/1", "/reviews/1\n",
    "/@evil.example", "https:/evil.example", "/..//evil.example", "/a/../../evil", "evil.example", "", "/é",
    "/" + "a" * 400,
)  # fmt: skip


@pytest.mark.parametrize("onwards", FOREIGN)
def test_signing_in_leads_to_our_own_pages_only(onwards: str) -> None:
    """A link to our sign-in that ends at another site is a perfect bait. What is odd leads to the start page."""
    assert len(FOREIGN) == 20
    assert local(onwards) in ("/", "/%0d%0aSet-Cookie:a=b")
    assert urlsplit("https://ibpmon.example" + local(onwards)).netloc == "ibpmon.example"


def test_a_foreign_place_to_go_on_to_ends_at_the_start_page(web: Running) -> None:
    """The same, all the way."""
    for onwards in ("//evil.example", "https://evil.example", "/\\evil.example"):
        answer = web.browser().sign_in("anna", quote(onwards, safe=""))
        assert answer.headers["Location"] == f"{web.desk.web.public_url}/"


def set_cookies(answer: requests.Response) -> list[str]:
    """The cookies of an answer as they stand there."""
    return answer.raw.headers.getlist("Set-Cookie")


def test_cookies_are_small_closed_and_hold_no_data(
    store: Store, config: Config, microsoft: Microsoft, tmp_path: Path
) -> None:
    """By https from this host alone, never read by a script; and nothing in it but what nobody can guess."""
    with serving(store, config, microsoft, tmp_path, "https://ibpmon.board.example") as web:
        browser = web.browser()
        begun = browser.get("/sign-in")
        cookie = set_cookies(begun)[0].partition(";")[0]
        back = browser.choose(begun.headers["Location"], "anna")
        answer = browser.get(back, headers={"Cookie": cookie})
        inside = set_cookies(answer)[-1].partition(";")[0]
        home = browser.get("/", headers={"Cookie": inside})
        found = [*set_cookies(begun), *set_cookies(answer)]

    assert answer.headers["Location"] == "https://ibpmon.board.example/"
    assert "Goedendag, Anna" in home.text
    assert len(found) == 4  # begun, begun no more, the proof, and the session
    for one in found:
        parts = {part.strip().lower() for part in one.split(";")[1:]}
        assert one.startswith("__Host-ibpmon")
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= parts
        assert not any(part.startswith("domain") for part in parts)
        assert len(one) < 300
        assert "anna" not in one.lower()


def test_the_web_needs_no_credential_that_reads_the_tenant(web: Running) -> None:
    """Who breaks into the pages finds no key to Graph: its certificate is not even on that machine."""
    certificate = web.desk.config.tenant.certificate
    assert certificate is not None
    assert not certificate.exists()
    assert "Goedendag" in web.signed_in("anna").get("/").text
    assert {path.split("?")[0].rsplit("/", 1)[-1] for _m, path, *_rest in web.microsoft.requests} <= {
        "openid-configuration", "keys", "token", "authorize",
    }  # fmt: skip
