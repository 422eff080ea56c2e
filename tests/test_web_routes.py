"""Every route by every role, on what is one's own, somebody else's, and not there; and the headers of every answer."""

from typing import Any, get_args

import pytest
import requests
from sqlalchemy import update

from ibpmon.config import Config
from ibpmon.review.bureau import Bureau
from ibpmon.store.database import Store
from ibpmon.store.tables import Placement
from ibpmon.store.upsert import table_of
from ibpmon.web import roles as giving
from ibpmon.web.app import pages
from ibpmon.web.roles import ALLOWED, Role
from tests.conftest import MONDAY
from tests.review_world import opened
from tests.web_routes import OPEN, ROUTES, SIGNED_IN, STRANGERS, Row, Things, address, named
from tests.web_world import DAY, Browser, Running, config, microsoft, store, web

__all__ = ["config", "microsoft", "store", "web"]  # fixtures
ALWAYS = {
    "content-security-policy": "default-src 'none'", "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin", "cross-origin-opener-policy": "same-origin", "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin", "permissions-policy": "camera=()",
}  # fmt: skip
FINE = range(200, 304)
REFUSED = (404, 409, 422)  # what is not there, or not any more, or a form that is not whole


@pytest.fixture
def database(tmp_path: Any) -> str:
    """Who may what does not hang on the database."""
    return f"sqlite:///{tmp_path / 'ibpmon.db'}"


def two_owners(store: Store, config: Config) -> Things:
    """A review of Anna's, Lies who is a pupil, and Fien who owns something else."""
    with store.write() as session:
        c = table_of(Placement).c
        session.execute(update(table_of(Placement)).where(c.object_id == "lies").values(population="pupil"))
    found = Things(review=opened(Bureau.of(config, store, MONDAY)), pupil="lies")
    assert config.files.matrix is not None
    file = config.files.matrix.path
    text = file.read_text(encoding="utf-8")
    process = text[text.index("[[processes]]") : text.index("[[roles]]")].replace('"zorg"', '"nieuws"')
    file.write_text(text + process.replace("anna@", "fien@").replace("chris@", "fien@"), encoding="utf-8")
    return found


@pytest.fixture
def things(store: Store, config: Config) -> Things:
    """What there is to open."""
    return two_owners(store, config)


def test_every_route_has_a_row(web: Running) -> None:
    """A route that nobody wrote down here is one that nobody tried with the wrong role."""
    there = named(pages(web.desk))
    without = sorted(there.keys() - ROUTES.keys())
    assert without == [], f"tests/web_routes.py, ROUTES: add a row for {', '.join(without)} that says what it asks"
    assert sorted(ROUTES.keys() - there.keys()) == []
    assert all(row.asks in {OPEN, SIGNED_IN, *ALLOWED} for row in ROUTES.values())


def test_every_route_asks_what_its_row_says(web: Running) -> None:
    """A page that forgets to ask would be open to everybody; a form that forgets it, to every other site."""
    for name, route in named(pages(web.desk)).items():
        calls = {one.call for one in route.dependant.dependencies}
        asked = {str(getattr(call, "action", getattr(call, "__name__", ""))) for call in calls}
        row = ROUTES[name]
        if row.asks in ALLOWED and name not in STRANGERS:
            assert asked & set(ALLOWED) == {row.asks}, name
        if name.startswith("POST") and row.asks != OPEN:
            assert "confirmed" in asked, name
        methods = set(route.methods or ())
        assert methods <= {"GET", "HEAD"} or methods == {"POST"}, name


def request(browser: Browser, name: str, things: Things, *, unknown: bool = False, csrf: bool = True) -> Any:
    """Ask a route as a browser of ours would."""
    method, row = name.partition(" ")[0], ROUTES[name]
    where = address(name, row, things, unknown=unknown)
    if method != "POST":
        return browser.ask(method, where)
    form = {"csrf": csrf_of(browser)} if csrf else {}
    return browser.post(where, form | dict(row.form(things)))


def csrf_of(browser: Browser) -> str:
    """What a form of this session holds; nothing for a stranger."""
    return browser.csrf() if browser.cookie else ""


def expected(row: Row, role: str, *, own: bool, unknown: bool) -> set[int] | range:
    """What somebody with one role may get."""
    if row.asks in {OPEN, SIGNED_IN}:
        return {404} if unknown else FINE
    if role not in row.roles:
        return {403}
    if unknown or not (own or row.path is None or role in row.readers):
        return {404}
    return {*FINE, *REFUSED} if row.refuses else FINE


def lacking(answer: requests.Response) -> list[str]:
    """What an answer should carry and does not, whatever it is."""
    heads, static = answer.headers, "/static/" in answer.url and answer.ok
    found = [name for name, start in ALWAYS.items() if not heads.get(name, "").startswith(start)]
    found += ["unsafe policy"] if "unsafe" in heads.get("content-security-policy", "unsafe") else []
    found += ["server"] if "server" in heads else []
    return found + (["no-store"] if not static and heads.get("cache-control") != "no-store" else [])


def with_headers(answer: requests.Response, name: str) -> None:
    """Whatever the answer is, these stand on it."""
    assert lacking(answer) == [], name


def tried(browser: Browser, things: Things, role: str, *, own: bool) -> list[str]:
    """Every route by somebody with this role; gives what was not as it should be."""
    wrong = []
    for name, row in ROUTES.items():
        if name in {"POST /sign-out", "GET /signed-in"}:  # these end or begin a session: see below
            continue
        for unknown in (False, True) if row.path else (False,):
            answer = request(browser, name, things, unknown=unknown)
            with_headers(answer, name)
            if answer.status_code not in expected(row, role, own=own, unknown=unknown):
                wrong.append(f"{name} by {role}, {own=}, {unknown=}: {answer.status_code}")
        if name.startswith("POST") and row.asks != OPEN:
            bare = request(browser, name, things, csrf=False)
            wrong += [f"{name} by {role} without a form of ours: {bare.status_code}"] if bare.status_code != 403 else []
        if name.startswith("GET"):
            with_headers(browser.ask("HEAD", address(name, row, things)), name)
            other = browser.post(address(name, row, things))
            wrong += (
                [f"{name} takes a form"]
                if name.replace("GET", "POST") not in ROUTES and other.status_code != 405
                else []
            )
    return wrong


def by_every_role(web: Running, things: Things) -> list[str]:
    """Every route by each role in turn; gives what was not as it should be."""
    eva, wrong = web.signed_in("eva"), list[str]()
    for role in (one for one in get_args(Role) if one != "owner"):
        web.give("eva", role, MONDAY + 30 * DAY)
        wrong += tried(eva, things, role, own=False)
        with web.store.write() as session:
            (row,) = giving.listed(session, web.store, web.now)
            giving.revoke(session, web.store, row.role_id, "Chris", web.now)
    wrong += tried(web.signed_in("anna"), things, "owner", own=True)
    wrong += tried(web.signed_in("fien"), things, "owner", own=False)
    return wrong + tried(eva, things, "none", own=False)


def test_every_role_gets_what_is_for_it_and_nothing_else(web: Running, things: Things) -> None:
    """Every route x every role: no answer that is not meant, and what is somebody else's is not there."""
    assert by_every_role(web, things) == []


def test_a_stranger_is_sent_to_sign_in_or_told_so(web: Running, things: Things) -> None:
    """And learns of nothing whether it is there."""
    for name, row in ROUTES.items():
        stranger = web.browser()
        found = [
            request(stranger, name, things, unknown=unknown) for unknown in ((False, True) if row.path else (False,))
        ]
        for answer in found:
            with_headers(answer, name)
        if row.asks == OPEN and name not in STRANGERS:
            assert found[0].status_code in FINE, name
            continue
        usual = 401 if name.startswith("POST") or row.key else 303
        assert {answer.status_code for answer in found} == {STRANGERS.get(name, usual)}, name


def test_whoever_left_is_a_stranger(web: Running, things: Things) -> None:
    """The cookie that the browser kept opens nothing any more."""
    anna = web.signed_in("anna")
    cookie = anna.cookie
    answer = request(anna, "POST /sign-out", things)
    with_headers(answer, "POST /sign-out")
    assert answer.status_code == 200
    kept = web.browser()
    kept.session.cookies.set("ibpmon", cookie)
    assert kept.get(f"/reviews/{things.review}").status_code == 303
