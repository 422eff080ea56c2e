"""The pages: who sees what, what every answer carries, and what no request can do."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import pytest
import requests
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import event, select, update

from ibpmon.config import Config
from ibpmon.demo.microsoft import Microsoft
from ibpmon.errors import StoreError
from ibpmon.review import rounds
from ibpmon.review.bureau import Bureau
from ibpmon.store.database import Store
from ibpmon.store.review_tables import ReviewItem
from ibpmon.store.tables import Base
from ibpmon.store.upsert import table_of
from ibpmon.web import guard, looks, reading
from ibpmon.web.app import pages
from ibpmon.web.guard import LARGEST
from ibpmon.web.roles import ALLOWED, Role
from tests.conftest import MONDAY
from tests.review_world import ANNA, opened, say
from tests.web_world import DAY, Browser, Running, config, microsoft, serving, store, web

__all__ = ["config", "microsoft", "store", "web"]  # fixtures
HERE = str(Path(__file__).parent)  # a path of the machine, which no answer may tell
PUBLIC = {"/", "/sign-in", "/signed-in", "/signed-out", "/static/{name}", "/healthz"}  # what a stranger may open
ALWAYS = {
    "content-security-policy": "default-src 'none'", "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin", "cross-origin-opener-policy": "same-origin", "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin", "permissions-policy": "camera=()",
}  # fmt: skip


@pytest.fixture
def review(store: Store, config: Config) -> int:
    """A review of Anna's process."""
    return opened(Bureau.of(config, store, MONDAY))


# ---------------------------------------------------------------- what people see


def test_anna_reads_what_waits_for_her_and_each_question_in_a_sentence(web: Running, review: int) -> None:
    """How many decisions, how many minutes, before which day; and then the questions, the riskiest first."""
    anna = web.signed_in("anna")
    home, page = anna.get("/"), anna.get(f"/reviews/{review}")

    assert "Zorg</a>" in home.text
    assert "6 beslissingen, ongeveer 2 minuten" in home.text
    assert "Meldingen die iets vragen" not in home.text
    assert page.status_code == 200
    assert page.text.count('class="sentence"') == 4
    assert "Kees" in page.text
    assert "0 van 6" in page.text


def test_what_is_decided_shows_and_can_be_left_out(web: Running, store: Store, config: Config, review: int) -> None:
    """Who goes on after a telephone call sees what is still to do."""
    say(Bureau.of(config, store, MONDAY), review, 1, verb="revoke")
    anna = web.signed_in("anna")

    assert "Beslist: " in anna.get(f"/reviews/{review}").text
    assert "1 van 6" in anna.get(f"/reviews/{review}").text
    assert anna.get(f"/reviews/{review}?left=1").text.count('class="sentence"') == 3
    assert "5 beslissingen" in anna.get("/").text


def test_a_term_that_is_over_is_told_as_that(web: Running, review: int) -> None:
    """In words, not by a colour alone."""
    web.now += 120 * DAY
    assert "Te laat: de termijn was" in web.signed_in("anna").get("/").text


def test_ict_sees_how_it_stands_and_every_review(web: Running, review: int) -> None:
    """Four numbers, without a name."""
    web.give("dewi", "privacy")
    for name in ("chris", "dewi"):
        text = web.signed_in(name).get("/").text
        assert "Regels die niets konden zeggen" in text
        assert "Alle lopende reviews" in text


def test_a_deputy_sees_the_review_and_nothing_waits_for_him(web: Running, review: int, microsoft: Microsoft) -> None:
    """Chris stands in; as long as Anna decides, she is the one who is asked."""
    microsoft.desk.assign(web.desk.web.client_id, "00000002-0000-4000-8000-000000000000")
    chris = web.signed_in("chris")

    assert "Er wacht geen review op u" in chris.get("/").text
    assert chris.get(f"/reviews/{review}").status_code == 200


def test_who_has_no_role_reads_what_why_and_how(web: Running, review: int) -> None:
    """Eva may sign in at the school; here she sees nothing, knows why, and can leave."""
    for name in ("eva", "bram"):
        browser = web.signed_in(name)
        page = browser.get("/")
        assert page.status_code == 403
        assert "U hebt nog geen rol in ibpmon" in page.text
        assert f"{name}@board.example" in page.text
        assert 'action="/sign-out"' in page.text
        assert browser.get(f"/reviews/{review}").status_code == 403


def test_the_role_of_an_auditor_ends_with_its_day(web: Running) -> None:
    """Also while he is signed in."""
    web.give("eva", "auditor", MONDAY + 5 * DAY / 1440)
    eva = web.signed_in("eva")
    assert eva.get("/").status_code == 200
    web.now += 6 * DAY / 1440
    assert eva.get("/").status_code == 403


def test_a_new_owner_in_the_matrix_is_one_at_the_next_page(web: Running, config: Config) -> None:
    """The matrix says who owns what; nobody gives that role by hand, and nobody forgets to take it back."""
    eva, file = web.signed_in("eva"), config.files.matrix
    assert file is not None
    assert eva.get("/").status_code == 403
    file.path.write_text(file.path.read_text(encoding="utf-8").replace(ANNA, "eva@board.example"), encoding="utf-8")

    assert eva.get("/").status_code == 200


# ---------------------------------------------------------------- who may


def test_what_is_somebody_elses_is_as_if_it_were_not_there(
    web: Running, review: int, config: Config, tmp_path: Any
) -> None:
    """Another number, another owner's, a number that no database knows: one and the same page."""
    web.give("eva", "director")
    assert config.files.matrix is not None
    other = config.files.matrix.path
    text = other.read_text(encoding="utf-8")
    other.write_text(text + text[text.index("[[processes]]") : text.index("[[roles]]")].replace('"zorg"', '"nieuws"')
                     .replace("anna@", "fien@").replace("chris@", "fien@"), encoding="utf-8")  # fmt: skip
    fien = web.signed_in("fien")

    assert fien.get("/").status_code == 200
    answers = [fien.get(f"/reviews/{number}") for number in (review, review + 1, 0, 2**63, 10**30)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert web.signed_in("eva").get(f"/reviews/{review}").status_code == 403


def routes(app: FastAPI) -> Iterator[APIRoute]:
    """Every page that there is."""
    for route in flattened(app.routes):
        if isinstance(route, APIRoute):
            yield route


def flattened(found: Any) -> Iterator[Any]:
    """Routes, also those of a router within."""
    for one in found:
        inner = getattr(getattr(one, "original_router", None), "routes", None)
        yield from flattened(inner) if inner is not None else [one]


def test_every_page_asks_who_it_is_and_for_which_action(web: Running) -> None:
    """A page that forgets to ask would be open to everybody; only these few are meant to be."""
    asked: dict[str, set[str]] = {}
    for route in routes(pages(web.desk)):
        calls = {one.call for one in route.dependant.dependencies}
        names = {getattr(call, "action", getattr(call, "__name__", "")) for call in calls}
        asked[route.path] = {str(name) for name in names}

    assert asked.keys() > PUBLIC
    assert asked["/sign-out"] >= {"confirmed"}
    closed = {path: names & set(ALLOWED) for path, names in asked.items() if path not in PUBLIC | {"/sign-out"}}
    assert closed == {"/reviews/{number:int}": {"review"}}


@pytest.mark.parametrize("role", [one for one in get_args(Role) if one != "owner"])
def test_each_role_opens_what_is_its_own(web: Running, review: int, role: Role) -> None:
    """Every page by every role: nothing more than what the roles say."""
    web.give("eva", role, MONDAY + 30 * DAY)
    eva = web.signed_in("eva")

    assert eva.get("/").status_code == 200
    assert ("Regels die niets konden" in eva.get("/").text) is (role in ALLOWED["figures"])
    assert eva.get(f"/reviews/{review}").status_code == (200 if role in ALLOWED["review"] else 403)
    assert ("Zorg" in eva.get("/").text) is (role in {"it", "privacy", "fg"})


# ---------------------------------------------------------------- what no request can do


def everything(store: Store) -> dict[str, list[Any]]:
    """All that the engine holds, but when a session was used last."""
    with store.read() as session:
        return {
            name: sorted(map(repr, session.execute(select(*(c for c in table.c if c.name != "used_at")))))
            for name, table in Base.metadata.tables.items()
        }


def test_looking_changes_nothing(web: Running, review: int) -> None:
    """A scanner of mail opens every link, and some ask for the heads only."""
    anna = web.signed_in("anna")
    web.now += DAY / 1440
    before = everything(web.store)
    for path in ("/", f"/reviews/{review}", f"/reviews/{review}?left=1&from=7", "/sign-in", "/signed-out", "/sign-out",
                 "/signed-in?code=x&state=y", "/static/style.css", "/healthz", "/nothing"):  # fmt: skip
        for method in ("GET", "HEAD", "OPTIONS"):
            assert anna.ask(method, path).status_code < 500

    assert everything(web.store) == before


FORGED: dict[str, dict[str, Any]] = {
    "no token": {"form": {}},
    "a token of another session": {"form": {"csrf": "0" * 64}},
    "another origin": {"headers": {"Origin": "https://evil.example"}},
    "an origin that is hidden": {"headers": {"Origin": "null"}},
    "no origin": {"headers": {"Origin": ""}},
    "from another site": {"headers": {"Sec-Fetch-Site": "cross-site"}},
    "from another name of this site": {"headers": {"Sec-Fetch-Site": "same-site"}},
    "plain text": {"headers": {"Content-Type": "text/plain"}},
}


@pytest.mark.parametrize("name", FORGED)
def test_a_form_of_another_site_does_nothing(web: Running, name: str) -> None:
    """Anna is signed in and opens a page of somebody who means ill: she stays signed in."""
    anna = web.signed_in("anna")
    form = {"csrf": anna.csrf()}
    given = {"form": form} | FORGED[name]

    assert anna.post("/sign-out", **given).status_code == 403
    assert "Goedendag" in anna.get("/").text
    assert anna.get("/sign-out").status_code == 405
    assert anna.post("/sign-out", form).status_code == 200


def test_a_form_after_the_session_ended_says_that_it_was_not_kept(web: Running) -> None:
    """Else she thinks that it was done."""
    anna = web.signed_in("anna")
    csrf = anna.csrf()
    web.now += DAY / 12
    answer = anna.post("/sign-out", {"csrf": csrf})

    assert answer.status_code == 401
    assert "niet bewaard" in answer.text


def test_a_large_form_is_refused_before_it_is_read(web: Running) -> None:
    """By what it says of itself, and by what comes when it says nothing."""
    anna = web.signed_in("anna")
    large = {"csrf": "x" * (LARGEST + 1)}

    def piecewise() -> Iterator[bytes]:
        for _ in range(200):
            yield b"x" * 1000

    origin = {"Origin": web.desk.web.public_url, "Content-Type": "application/x-www-form-urlencoded"}
    answers = [
        anna.post("/sign-out", large),
        anna.ask("POST", "/sign-out", data=piecewise(), headers=origin),
    ]
    heads = "".join(f"{name}: {value}\r\n" for name, value in {"Host": urlsplit(web.origin).netloc, **origin}.items())
    said = raw(web, f"POST /sign-out HTTP/1.1\r\n{heads}Content-Length: 1000000000000\r\n\r\n".encode())

    assert said.startswith(b"HTTP/1.1 413")
    assert [answer.status_code for answer in answers] == [413, 413]
    assert all("te veel in één keer" in answer.text for answer in answers)


def test_a_form_that_does_not_come_in_is_let_go(web: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred of those would hold every place."""
    monkeypatch.setattr(guard, "SLOWEST", 0.2)
    heads = f"Host: {urlsplit(web.origin).netloc}\r\nOrigin: {web.desk.web.public_url}\r\nContent-Length: 9\r\n\r\nx"
    answer = raw(web, f"POST /sign-out HTTP/1.1\r\n{heads}".encode())

    assert answer.startswith(b"HTTP/1.1 408")
    assert b"duurde te lang" in answer


def test_more_requests_than_there_are_places_are_told_so(web: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the page and the headers of every other answer; a moment later there is place again."""
    monkeypatch.setattr(guard, "AT_ONCE", 0)
    busy = web.browser().get("/")
    monkeypatch.undo()

    assert (busy.status_code, busy.headers["cache-control"]) == (429, "no-store")
    assert "nu te druk" in busy.text
    assert web.browser().get("/").status_code == 200


def raw(web: Running, text: bytes) -> bytes:
    """What comes back when these bytes are sent."""
    with socket.create_connection(("127.0.0.1", urlsplit(web.origin).port or 0), timeout=10) as line:
        line.sendall(text)
        return b"".join(iter(lambda: line.recv(65536), b""))


def test_only_our_own_name_is_answered(web: Running) -> None:
    """A name that somebody made up would come back in links; headers of a proxy are no name either."""
    ours = urlsplit(web.origin).netloc
    for host in ("evil.example", f"evil.example:{urlsplit(web.origin).port}", ours.replace("localhost", "127.0.0.1")):
        answer = web.browser().get("/", headers={"Host": host, "X-Forwarded-Host": ours})
        assert answer.status_code == 400
        assert host not in answer.text
    assert b"HTTP/1.1 400" in raw(web, b"GET / HTTP/1.1\r\nHost: " + ours.encode() + b"\r\nHost: e.example\r\n\r\n")
    begun = web.browser().get("/sign-in", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "ftp"})
    assert "evil" not in begun.headers["Location"]


def troubles(web: Running, monkeypatch: pytest.MonkeyPatch, review: int) -> list[requests.Response]:
    """An answer of every kind."""
    anna, stranger = web.signed_in("anna"), web.browser()

    def broken(*_arguments: object) -> None:
        raise ValueError("SELECT secret FROM somewhere", HERE)

    def away(*_arguments: object) -> None:
        raise StoreError("the database is away")

    found = [
        anna.get("/"), anna.get(f"/reviews/{review}"), stranger.get("/"), stranger.get("/sign-in"),
        stranger.get("/healthz"), stranger.get("/static/style.css"), stranger.get("/static/../app.py"),
        stranger.get("/nothing"), stranger.ask("DELETE", "/"), stranger.ask("PUT", "/nothing"),
        anna.ask("OPTIONS", "/"), anna.post("/"), anna.post("/sign-out"), anna.get("/signed-in?code=a&state=b"),
        anna.post("/sign-out", {"csrf": "x" * (LARGEST + 1)}), stranger.get("/", headers={"Host": "evil.example"}),
        stranger.get(f"/reviews/{review}"), web.signed_in("eva").get("/"), stranger.ask("TRACE", "/"),
        anna.get("/static/icon.svg"), anna.ask("HEAD", "/"), stranger.post("/sign-out"),
    ]  # fmt: skip
    with monkeypatch.context() as changed:
        changed.setattr(reading, "current", broken)
        found.append(anna.get("/"))
        changed.setattr(reading, "current", away)
        found.append(anna.get("/"))
    found.append(anna.post("/sign-out", {"csrf": anna.csrf()}))
    return found


def test_every_answer_carries_the_headers(web: Running, monkeypatch: pytest.MonkeyPatch, review: int) -> None:
    """Pages and errors alike: no script but ours, in no frame, kept nowhere; and no word about what runs here."""
    answers = troubles(web, monkeypatch, review)

    assert {answer.status_code for answer in answers} >= {200, 303, 400, 401, 403, 404, 405, 413, 500, 503}
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert {name: answer.headers[name][: len(start)] for name, start in ALWAYS.items()} == ALWAYS
        assert all(f"{one} 'none'" in policy for one in ("frame-ancestors", "base-uri", "object-src", "default-src"))
        assert "unsafe" not in policy
        assert "server" not in answer.headers
        if "/static/" not in answer.url or answer.status_code != 200:
            assert answer.headers["cache-control"] == "no-store"
        assert not any(word in answer.text for word in ("Traceback", "SELECT", HERE, "uvicorn", "FastAPI", ".py"))


def test_an_error_is_a_page_in_dutch_that_says_what_why_and_how(
    web: Running, monkeypatch: pytest.MonkeyPatch, review: int
) -> None:
    """Never a bare number, never English in the middle."""
    answers = [one for one in troubles(web, monkeypatch, review) if one.status_code >= 400]
    for answer in answers:
        if answer.request.method not in ("HEAD",):
            assert '<html lang="nl">' in answer.text, answer.url
            assert "<h1>" in answer.text
            assert answer.text.count("<p>") >= 3
    assert len(looks.TROUBLES) == 11


def test_behind_https_the_browser_is_told_to_keep_to_it(
    store: Store, config: Config, microsoft: Microsoft, tmp_path: Any
) -> None:
    """And on plain http of this machine it is not."""
    with serving(store, config, microsoft, tmp_path, "https://ibpmon.board.example") as web:
        assert web.browser().get("/").headers["strict-transport-security"] == "max-age=31536000"
        assert web.browser().get("/", headers={"Host": "evil.example"}).headers["strict-transport-security"]
    with serving(store, config, microsoft, tmp_path) as web:
        assert "strict-transport-security" not in web.browser().get("/").headers


@pytest.mark.parametrize(
    "path",
    ["/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect", "/static/", "/static/..%2f..%2fapp.py",
     "/.git/config", "/static/%2e%2e/%2e%2e/config.toml", "//", "/reviews", "/reviews/1/", "/reviews/-1",
     "/reviews/1e9", "/metrics", "/server-status", "/static/style.css/", "/reviews/٣"],
)  # fmt: skip
def test_nothing_was_left_lying_about(web: Running, path: str) -> None:
    """What frameworks bring along, and what programs look for."""
    assert web.signed_in("anna").get(path).status_code == 404


def test_health_says_ok_or_not_and_nothing_more(web: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that watches needs no more, and a stranger gets no more."""
    assert web.browser().get("/healthz").text == "ok"
    monkeypatch.setattr(Store, "read", lambda _store: (_ for _ in ()).throw(StoreError("at /var/lib/ibpmon.db")))
    answer = web.browser().get("/healthz")
    assert (answer.status_code, answer.text) == (503, "not ok")


# ---------------------------------------------------------------- how it is made


def test_a_name_is_text_and_never_a_part_of_the_page(web: Running, review: int) -> None:
    """Pupils and guests choose what they are called."""
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e{{7*7}}'
    c = table_of(ReviewItem).c
    with web.store.write() as session:
        if web.store.engine.dialect.name == "sqlite":
            for trigger in (
                session.connection()
                .exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'review_item'")
                .scalars()
            ):
                session.connection().exec_driver_sql(f'DROP TRIGGER "{trigger}"')
        else:
            session.connection().exec_driver_sql("SET LOCAL session_replication_role = replica")
        session.execute(update(table_of(ReviewItem)).where(c.tenant_id == web.store.tenant).values(sentence=evil))
    page = web.signed_in("anna").get(f"/reviews/{review}?left=%3Cscript%3E&from=%22%3E").text

    assert "&lt;script&gt;alert(1)" in page
    assert page.count("<script") == 1
    assert "onerror=alert(1)>" not in page
    assert "\u202e" not in page
    assert "{{7*7}}" in page


def counted(web: Running, browser: Browser, path: str) -> tuple[int, int]:
    """How many statements a page takes, and how many bytes it is."""
    found: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            found.append(statement)

    event.listen(web.store.engine, "before_cursor_execute", note)
    try:
        answer = browser.get(path)
    finally:
        event.remove(web.store.engine, "before_cursor_execute", note)
    assert answer.status_code == 200
    return len(found), len(answer.content)


def test_a_page_takes_twelve_statements_at_most_however_much_there_is(
    web: Running, store: Store, config: Config, review: int
) -> None:
    """Read in sets: a second round of reviews costs no statement more. And a page fits a slow telephone."""
    web.give("anna", "it")
    anna = web.signed_in("anna")
    anna.get("/")
    first = counted(web, anna, "/")
    second = rounds.plan(Bureau.of(config, store, MONDAY + 100 * DAY))
    rounds.open_round(Bureau.of(config, store, MONDAY + 100 * DAY), second, "chris")
    again = counted(web, anna, "/")

    assert again[0] == first[0] <= 12
    for path in ("/", f"/reviews/{review}"):
        statements, size = counted(web, anna, path)
        assert statements <= 12
        assert size < 102_400


def test_files_are_kept_by_the_browser_under_the_address_of_their_content(web: Running) -> None:
    """A page costs one request on a slow line; after an upgrade the address is another one."""
    browser = web.browser()
    known = browser.get(looks.asset("style.css"))
    other = browser.get("/static/style.css?v=old")

    assert known.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert other.headers["cache-control"] == "no-cache"
    assert known.headers["content-type"].startswith("text/css")
    assert len(known.content) + len(browser.get(looks.asset("script.js")).content) < 20_000


def test_no_page_asks_anything_of_another_host(web: Running, review: int) -> None:
    """No font, script or image from elsewhere: nobody else learns who looks at what."""
    anna = web.signed_in("anna")
    texts = [
        anna.get(path).text for path in ("/", f"/reviews/{review}", looks.asset("style.css"), looks.asset("script.js"))
    ]
    for text in texts:
        assert "http://" not in text.replace("http://www.w3.org", "")
        assert "https://" not in text
        assert " style=" not in text
        assert "onclick" not in text
