"""The pages about the state in a real browser: small, dark, by keyboard alone, with and without a script."""

import pytest
from playwright.sync_api import Browser, Page

from ibpmon.config import Config
from ibpmon.review.bureau import Bureau
from ibpmon.store.database import Store
from ibpmon.tell import acts, incidents, requests
from ibpmon.tell.acts import Deed as Act
from ibpmon.tell.registers import Deed
from tests.conftest import MONDAY
from tests.review_world import signed
from tests.state_world import GUESTS, POLICY, add, do, outcome, week
from tests.test_looks import needs_chromium
from tests.test_web_alerts import stands
from tests.test_web_looks import chromium, database, open_page, sign_in, stumbles
from tests.test_web_state import read_in_weeks
from tests.web_world import DAY, Running, account_id, config, microsoft, store, web

__all__ = ["chromium", "config", "database", "microsoft", "store", "web"]  # fixtures
pytestmark = [needs_chromium, pytest.mark.slow]
PAGES = (
    "/state", "/alerts", "/alerts?group=over", "/alerts?level=critical", "/alerts/1", "/alerts/2", "/exceptions",
    "/exceptions?ended=1", "/tasks", "/tasks?state=LASTING", "/tasks/1", "/incidents", "/incidents/1", "/requests",
    "/requests/1", "/rules", f"/rules/{GUESTS}", "/norms",
)  # fmt: skip


@pytest.fixture
def world(store: Store, config: Config) -> None:
    """Something of everything."""
    signed(Bureau.of(config, store, MONDAY))
    evidence = {"last_success": "2026-08-20T08:00:00+00:00"}
    add(store, config, GUESTS, [account_id("bram"), "gast-2", "gast-3"], MONDAY - 20 * DAY, **evidence)
    add(
        store,
        config,
        POLICY,
        ["regel-1"],
        at="2026-11-22T20:00:00+00:00",
        actor_name="Chris",
        target_name="MFA voor staf",
    )
    do(store, 2, "close", reason="is bekend")
    do(store, 3, "accept", reason="examinator", approved_by="Dewi", until=MONDAY + 20 * DAY)
    outcome(store, GUESTS, "finding", MONDAY - DAY, findings=3)
    for ago, count in enumerate((7, 9, 8, 12, 15, 14), 1):
        week(store, ago, open=count, opened=3 + ago % 3, solved=4)
    read_in_weeks(store, 1, 2, 3, 5, 6)
    with store.write() as session:
        incidents.raise_incident(session, store, Deed("open", "Chris", {"title": "Laptop gestolen"}), MONDAY)
        given = {"kind": "access", "about": "Anna", "asked": "Alles over mij"}
        requests.receive(session, store, Deed("open", "Dewi", given), config.time_zone, MONDAY)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_telephone_and_a_screen_reader(
    web: Running, chromium: Browser, world: None, scheme: str
) -> None:
    """Also with its forms unfolded, and with a refusal on it; nothing of our own is stopped by the policy."""
    said = list[str]()
    web.give("chris", "privacy")
    page = open_page(chromium, said, color_scheme=scheme)
    sign_in(page, web, "chris")
    found = []
    for path in PAGES:
        page.goto(web.origin + path)
        found += stumbles(page)
        if page.locator("details").count():
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            found += stumbles(page)
    found += stumbles(refused(page, web))
    page.context.close()

    assert found == []
    assert [one for one in said if "409" not in one] == []  # the browser itself names the status of a refusal


def refused(page: Page, web: Running) -> Page:
    """An alert that was changed while its page was open."""
    page.goto(f"{web.origin}/alerts/1")
    with web.store.write() as session:
        acts.do(session, web.store, 1, Act("comment", "Dewi", "ik bel"), web.now)
    page.get_by_text("Het is geen probleem: sluiten").click()
    page.get_by_label("Waarom het geen probleem is").fill("mag")
    page.get_by_role("button", name="Sluiten").click()
    page.get_by_role("alert").wait_for()
    assert page.get_by_label("Waarom het geen probleem is").input_value() == "mag"
    return page


@pytest.mark.parametrize("script", [True, False])
def test_an_alert_is_found_and_closed_with_and_without_the_script(
    web: Running, chromium: Browser, world: None, script: bool
) -> None:
    """The filter, the page of the alert, the form that unfolds, and the history in which it stands."""
    said = list[str]()
    page = open_page(chromium, said, java_script_enabled=script)
    sign_in(page, web, "chris")
    page.goto(f"{web.origin}/alerts")
    page.get_by_label("Wat er veranderde").select_option("still")
    page.get_by_role("button", name="Tonen").click()
    page.wait_for_url("**group=still**")
    page.locator(".item a").first.click()
    page.get_by_text("Het is geen probleem: sluiten").click()
    page.get_by_label("Waarom het geen probleem is").fill("werkt hier weer")
    page.get_by_role("button", name="Sluiten").click()
    page.wait_for_url("**/alerts/1#history")
    text = page.text_content("main") or ""
    page.context.close()

    assert stands(web.store, 1) == "closed"
    assert "werkt hier weer" in text
    assert said == []


def test_an_alert_is_accepted_by_keyboard_alone(web: Running, chromium: Browser, world: None) -> None:
    """From the list to the history, without a mouse; where one is, can be seen at every step."""
    page = open_page(chromium, [])
    sign_in(page, web, "chris")
    page.goto(f"{web.origin}/alerts?group=still")
    to(page, "lang niet binnen")
    page.keyboard.press("Enter")
    page.wait_for_url("**/alerts/1")
    to(page, "Het risico accepteren tot een dag")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("examinator")
    page.keyboard.press("Tab")
    page.keyboard.type("Dewi")
    page.keyboard.press("Tab")
    page.keyboard.type("01312027")  # as the date field of an English browser takes it
    to(page, "Risico accepteren")
    page.keyboard.press("Enter")
    page.wait_for_url("**/alerts/1#history")
    page.context.close()

    assert stands(web.store, 1) == "accepted"


def to(page: Page, text: str) -> None:
    """Go on with Tab until something of this text has the focus, with an outline around it."""
    for _step in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.textContent") or ""
        if text in focused and len(focused) < 300:
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"no Tab leads to {text}")
