"""The pages in a real browser: on a small telephone, in the dark, for a screen reader and a keyboard."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from ibpmon.config import Config
from ibpmon.review.bureau import Bureau
from ibpmon.store.database import Store
from tests.conftest import MONDAY
from tests.review_world import opened, say
from tests.test_looks import CHROMIUM, QUIET, needs_chromium
from tests.web_world import Running, config, microsoft, store, web

__all__ = ["config", "microsoft", "store", "web"]  # fixtures
pytestmark = [needs_chromium, pytest.mark.slow]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def database(tmp_path: Path) -> str:
    """One database is enough to look at pages."""
    return f"sqlite:///{tmp_path / 'ibpmon.db'}"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser of this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET[1:]))
        yield browser
        browser.close()


def open_page(chromium: Browser, said: list[str], **options: Any) -> Page:
    """A telephone of 360 pixels wide that writes down what its console says."""
    page = chromium.new_context(viewport={"width": 360, "height": 740}, **options).new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return page


def sign_in(page: Page, web: Running, name: str) -> None:
    """By hand, as a person does it."""
    page.goto(f"{web.origin}/")
    page.get_by_role("link", name="Aanmelden met Microsoft").click()
    page.get_by_label("Gebruikersnaam").fill(f"{name}@board.example")
    page.get_by_role("button", name="Verder").click()
    page.wait_for_url(f"{web.origin}/")


def stumbles(page: Page) -> list[str]:
    """What axe finds, and whether the page is wider than the screen."""
    found = [f"{one['id']}: {one['nodes'][0]['html']}" for one in Axe().run(page, options=RULES).response["violations"]]
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [f"{page.url}: {one}" for one in [*found, *([f"{wide} pixels wide"] if wide > 360 else [])]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_telephone_and_a_screen_reader(
    web: Running, chromium: Browser, store: Store, config: Config, scheme: Any
) -> None:
    """Every kind of page, in light and in dark; the policy of the page stops nothing of our own."""
    review, said = opened(Bureau.of(config, store, MONDAY)), list[str]()
    web.give("anna", "it")
    page = open_page(chromium, said, color_scheme=scheme)
    sign_in(page, web, "anna")
    found = stumbles(page)
    for path in (f"/reviews/{review}", "/signed-out"):
        page.goto(web.origin + path)
        found += stumbles(page)
    assert said == []
    page.goto(f"{web.origin}/nothing")
    found += stumbles(page)
    page.context.close()

    assert found == []


@pytest.mark.parametrize("script", [True, False])
def test_a_part_changes_with_the_script_and_the_page_without_it(
    web: Running, chromium: Browser, store: Store, config: Config, script: bool
) -> None:
    """The same answer both ways; with the script whoever uses a keyboard stays where he was."""
    bureau = Bureau.of(config, store, MONDAY)
    review, said = opened(bureau), list[str]()
    say(bureau, review, 1, verb="revoke")
    page = open_page(chromium, said, java_script_enabled=script)
    sign_in(page, web, "anna")
    page.goto(f"{web.origin}/reviews/{review}/items")
    before = page.locator(".item").count()
    page.get_by_label("Alleen wat nog niet is beslist").check()
    if not script:
        page.get_by_role("button", name="Tonen").click()
    page.wait_for_url("**left=1")
    after = page.locator(".item").count()
    focused = page.evaluate("document.activeElement.name") if script else "left"
    page.context.close()

    assert (before, after) == (4, 3)
    assert focused == "left"
    assert said == []


def test_the_first_key_leads_past_the_head_of_the_page(web: Running, chromium: Browser) -> None:
    """Who cannot use a mouse need not go past the same links on every page."""
    page = open_page(chromium, [])
    page.goto(f"{web.origin}/")
    page.keyboard.press("Tab")
    skip = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    there = page.evaluate("document.activeElement.id")
    page.context.close()

    assert (skip, there) == ("Naar de inhoud", "main")


def test_signing_out_goes_all_the_way(web: Running, chromium: Browser) -> None:
    """Through our page and through Microsoft's, back to a page that says so; one press of a button."""
    said = list[str]()
    page = open_page(chromium, said)
    sign_in(page, web, "anna")
    page.get_by_role("button", name="Afmelden").click()
    page.wait_for_url("**/signed-out")
    text = page.text_content("h1")
    page.context.close()

    assert text == "U bent afgemeld"
    assert said == []
