"""The pages about people, places and devices in a real browser: small, dark, and for a screen reader."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from ibpmon.store.database import Store
from tests.test_looks import needs_chromium
from tests.test_web_looks import chromium, database, open_page, sign_in, stumbles
from tests.test_web_people import ANNA, lose, store
from tests.web_world import Running, config, microsoft, web

__all__ = ["chromium", "config", "database", "microsoft", "store", "web"]  # fixtures
pytestmark = [needs_chromium, pytest.mark.slow]
PAGES = (
    "/search", "/search?q=zorg", "/search?q=a", f"/people/{ANNA}", "/people/dirk", "/people/dirk?q=niets",
    "/places/site/zorg", "/places/group/team", "/why?place_kind=site&place=zorg&who_kind=person&who=dirk", "/mfa",
    "/mfa?has=no", "/devices", "/devices/intune/i1", "/devices/intune/i3", "/devices/entra/e9",
)  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_about_people_fit_a_telephone_and_a_screen_reader(
    web: Running, chromium: Browser, store: Store, scheme: Any
) -> None:
    """Every page in light and in dark; the policy of the page stops nothing of our own."""
    lose(web, web.signed_in("chris"))
    said = list[str]()
    page = open_page(chromium, said, color_scheme=scheme)
    sign_in(page, web, "chris")
    found = []
    for path in PAGES:
        page.goto(web.origin + path)
        found += stumbles(page)
    page.context.close()

    assert said == []
    assert found == []


def test_a_picture_is_readable_on_a_telephone_and_on_a_wide_screen(web: Running, chromium: Browser) -> None:
    """From top to bottom on the one and from left to right on the other, with letters of a size that people read."""
    page = open_page(chromium, [])
    sign_in(page, web, "chris")
    page.goto(f"{web.origin}/why?place_kind=site&place=zorg&who_kind=person&who=dirk")
    found = []
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        drawn = page.locator("svg:visible")
        letters = drawn.locator("text.label").first
        size = letters.evaluate("one => parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a")
        found.append((drawn.count(), drawn.first.get_attribute("class"), size >= 12))
    page.context.close()

    assert found == [(1, "path column", True), (1, "path row", True)]
