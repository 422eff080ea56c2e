"""The pages about privacy in a real browser, and both languages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright

from ibpmon.web import viewing
from tests.test_looks import CHROMIUM, QUIET, needs_chromium
from tests.test_web_looks import open_page, sign_in, stumbles
from tests.test_web_privacy import BECAUSE, person, pupil
from tests.web_world import Running, config, microsoft, store, web

__all__ = ["config", "microsoft", "pupil", "store", "web"]  # fixtures
pytestmark = [needs_chromium, pytest.mark.slow]


@pytest.fixture
def database(tmp_path: Path) -> str:
    """One database is enough to look at pages."""
    return f"sqlite:///{tmp_path / 'ibpmon.db'}"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """The browser of this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET[1:]))
        yield browser
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_privacy_fit_a_telephone_and_a_screen_reader(
    web: Running, chromium: Chromium, pupil: str, scheme: Any
) -> None:
    """The question why, the refusal, the name, and the list of the FG; in Dutch and in English."""
    said = list[str]()
    page = open_page(chromium, said, color_scheme=scheme)
    sign_in(page, web, "chris")
    page.goto(f"{web.origin}/reveal?account={pupil}")
    found = stumbles(page)
    page.get_by_label("Waarvoor hebt u deze naam nodig?").fill("ja, zo")
    page.get_by_role("button", name="Naam tonen").click()
    found += stumbles(page)
    refused = page.get_by_role("alert").text_content() or ""
    kept = page.get_by_label("Waarvoor hebt u deze naam nodig?").input_value()
    page.get_by_label("Waarvoor hebt u deze naam nodig?").fill(BECAUSE)
    page.get_by_role("button", name="Naam tonen").click()
    page.wait_for_url(f"{web.origin}/")
    page.context.close()

    assert "De naam blijft verborgen" in refused
    assert kept == "ja, zo"
    web.give("fien", "fg")
    viewing.viewed(web.desk, person(web, web.signed_in("chris")), "kees", "person")
    page = open_page(chromium, said, color_scheme=scheme)
    sign_in(page, web, "fien")
    page.get_by_role("link", name="Wie keek").click()
    found += stumbles(page)
    page.get_by_label("Naar wie").fill("kees")
    page.get_by_role("button", name="Tonen").click()
    page.wait_for_url("**whom=kees")
    assert page.locator("#part li").count() == 1
    page.get_by_role("button", name="English").click()
    page.get_by_role("heading", name="Who looked at whom").wait_for()
    assert page.get_by_label("At whom").input_value() == "kees"
    found += stumbles(page)
    page.context.close()

    assert found == []
    assert [one for one in said if "422" not in one] == []
