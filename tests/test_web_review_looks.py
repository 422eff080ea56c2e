"""A whole review in a real browser: on a small telephone, without a script, by keyboard, and in two tabs."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ibpmon.config import Config
from ibpmon.review.bureau import Bureau
from ibpmon.store.database import Store
from ibpmon.web import guard
from tests.access_world import datasets
from tests.conftest import MONDAY, OpenStore
from tests.review_world import opened, say, stands
from tests.test_looks import needs_chromium
from tests.test_web_looks import chromium, database, open_page, sign_in, stumbles
from tests.web_world import Running, config, microsoft, web, with_people

__all__ = ["chromium", "config", "database", "microsoft", "web"]  # fixtures
pytestmark = [needs_chromium, pytest.mark.slow]
SHOTS = os.environ.get("IBPMON_SHOTS", "")  # a folder for pictures, to look at
TEACHERS = 18  # beside Kees and Lies: with those 20 decisions


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """The board of these tests, with enough that does not fit."""
    store = open_database(datasets())
    with_people(store, TEACHERS)
    return store


@pytest.fixture
def review(store: Store, config: Config) -> int:
    """A review of Anna's process: 20 teachers and two accounts that do not fit, and two rules."""
    return opened(Bureau.of(config, store, MONDAY))


class Thumb:
    """Presses things on a page and counts how often."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps = page, 0

    def tap(self, what: Any) -> None:
        """One tap."""
        self.taps += 1
        what.click()

    def button(self, name: str) -> None:
        """Press a button."""
        self.tap(self.page.get_by_role("button", name=name, exact=True).first)


def shot(page: Page, name: str) -> None:
    """A picture, when somebody wants to look."""
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def keep(thumb: Thumb) -> None:
    """Right, until the day that is proposed, for a reason."""
    thumb.tap(thumb.page.get_by_text("Klopt, tot …"))
    thumb.button("tijdelijk project")


def settled(page: Page, place: str) -> None:
    """Wait until the next question is there."""
    page.wait_for_function("text => document.getElementById('place')?.textContent.includes(text)", arg=place)


@pytest.mark.parametrize("script", [True, False])
def test_a_whole_review_on_a_telephone_takes_few_taps(
    web: Running, chromium: Browser, store: Store, config: Config, review: int, script: bool
) -> None:
    """Ten stay and the rest goes: far fewer than 70 taps with everything that belongs to it, script or not."""
    said = list[str]()
    page = open_page(chromium, said, java_script_enabled=script)

    def wait(text: str) -> None:
        page.get_by_role("heading", name=text).wait_for()

    sign_in(page, web, "anna")
    thumb, wide = Thumb(page), list[str]()
    thumb.tap(page.get_by_role("link", name="Zorg"))
    thumb.tap(page.get_by_role("link", name="Begin"))
    left = len(stands(Bureau.of(config, store, MONDAY), review).left())
    for number in range(left):
        if script:
            assert number == 0 or page.evaluate("document.activeElement.id") == "place"
        page.wait_for_load_state()
        wide += [str(number)] if page.evaluate("document.documentElement.scrollWidth > 360") else []
        keep(thumb) if number < 10 else thumb.button("Weghalen")
        wait(f"{number + 2} van" if number + 1 < left else "Volgens afspraak")
    for last in (False, True):
        thumb.tap(page.get_by_label("Niets valt op"))
        thumb.button("Verder")
        wait("Voordat u tekent" if last else "regel 2")
    thumb.button("Lees wat u ondertekent")
    thumb.button("Onderteken als Anna")
    page.wait_for_url("**/signed")
    code = page.locator(".code").text_content()
    page.context.close()
    there = stands(Bureau.of(config, store, MONDAY), review)

    assert left == TEACHERS + 4
    assert thumb.taps <= 70 - 2 * (left - 20)
    assert [one.fingerprint for one in there.signed.values()] == [code]
    assert sum(one.verb == "keep_until" for one in there.answers.values()) == 10
    assert wide == []
    assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_state_of_a_review_fits_a_screen_reader(
    web: Running, chromium: Browser, store: Store, config: Config, review: int, scheme: Any
) -> None:
    """Every page, with what is unfolded, refused, asked, decided and signed."""
    bureau, said, base = Bureau.of(config, store, MONDAY), list[str](), f"{web.origin}/reviews/{review}"
    web.give("anna", "it")
    say(bureau, review, 2, verb="question", reason="Wie is dit?", to="ICT")
    say(bureau, review, 3, reason_code="project", until=MONDAY.replace(year=2027))
    page, found = open_page(chromium, said, color_scheme=scheme), list[str]()
    sign_in(page, web, "anna")

    def look(name: str) -> None:
        found.extend(stumbles(page))
        shot(page, f"{name}-360-{scheme}")
        page.set_viewport_size({"width": 1440, "height": 900})
        shot(page, f"{name}-1440-{scheme}")
        found.extend(stumbles(page) if page.evaluate("document.documentElement.scrollWidth") <= 360 else [])
        page.set_viewport_size({"width": 360, "height": 740})

    for name, path in {
        "overview": "", "list": "/items", "item": "/items/1", "asked": "/items/2", "decided": "/items/4?done=3",
        "rule": "/rules/1", "rule-all": "/rules/1?all=1", "summary": "/sign",
    }.items():  # fmt: skip
        page.goto(base + path)
        look(name)
    page.goto(f"{base}/items/1")
    page.get_by_text("Klopt, tot …").click()
    page.get_by_text("Weet ik niet").click()
    page.get_by_text("Niet van mij", exact=True).click()
    page.get_by_text("Hoe deze toegang ontstaat").click()
    look("unfolded")
    page.get_by_role("button", name="iets anders").click()
    page.wait_for_selector("[role=alert]")
    look("refused")
    page.goto(f"{web.origin}/questions")
    look("questions")
    page.context.close()

    assert found == []
    assert [one for one in said if "422" not in one] == []


def test_a_keyboard_is_enough_and_never_loses_its_place(
    web: Running, chromium: Browser, config: Config, store: Store, review: int
) -> None:
    """Tab, space and enter; after each answer the focus stands on the next question."""
    page = open_page(chromium, [])
    sign_in(page, web, "anna")
    page.goto(f"{web.origin}/reviews/{review}/items/1")
    press_to(page, "revoke-1")
    page.keyboard.press("Enter")
    settled(page, "2 van")
    first = page.evaluate("document.activeElement.id")
    press_to(page, "keep-2")
    page.keyboard.press("Space")
    for _step in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "keep:task":
            break
    page.keyboard.press("Enter")
    settled(page, "3 van")
    second = page.evaluate("document.activeElement.id")
    page.go_back()
    page.wait_for_load_state()
    back = page.url
    page.context.close()
    answers = stands(Bureau.of(config, store, MONDAY), review).answers

    assert (first, second) == ("place", "place")
    assert [answers[one].verb for one in (1, 2)] == ["revoke", "keep_until"]
    assert "/items/2" in back


def press_to(page: Page, wanted: str) -> None:
    """Tab on to something."""
    for _step in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == wanted:
            return
    raise AssertionError(f"no key leads to {wanted}")


@pytest.mark.parametrize("script", [True, False])
def test_two_tabs_do_not_overwrite_each_other(
    web: Running, chromium: Browser, config: Config, store: Store, review: int, script: bool
) -> None:
    """The second one learns who was first, its words still there; then it decides."""
    one = open_page(chromium, [], java_script_enabled=script)
    sign_in(one, web, "anna")
    two = one.context.new_page()
    for page in (one, two):
        page.goto(f"{web.origin}/reviews/{review}/items/1")
    one.get_by_role("button", name="Weghalen").click()
    one.wait_for_url("**/items/2?done=1")
    two.get_by_text("Klopt, tot …").click()
    two.get_by_label("Toelichting").fill("Mijn lange verhaal")
    two.get_by_role("button", name="iets anders").click()
    two.wait_for_selector("[role=alert]")
    told, typed = two.text_content("[role=alert]") or "", two.get_by_label("Toelichting").input_value()
    focused = two.evaluate("document.activeElement.id") if script else "told"
    shot(two, "second-tab")
    two.get_by_role("button", name="iets anders").click()
    two.wait_for_url("**/items/2?done=1")
    one.context.close()

    assert "Iemand anders was" in told
    assert (typed, focused) == ("Mijn lange verhaal", "told")
    assert stands(Bureau.of(config, store, MONDAY), review).answers[1].verb == "keep_until"


def test_what_was_typed_stays_when_the_answer_is_only_an_error(
    web: Running, chromium: Browser, config: Config, store: Store, review: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is too busy: that stands above the form, and a second press is enough."""
    page = open_page(chromium, [])
    sign_in(page, web, "anna")
    page.goto(f"{web.origin}/reviews/{review}/items/1")
    page.get_by_text("Klopt, tot …").click()
    page.get_by_label("Toelichting").fill("Mijn lange verhaal")
    monkeypatch.setattr(guard, "AT_ONCE", 0)
    page.get_by_role("button", name="iets anders").click()
    page.wait_for_selector("[data-refused]")
    told, typed = page.text_content("[data-refused]") or "", page.get_by_label("Toelichting").input_value()
    monkeypatch.undo()
    page.get_by_role("button", name="iets anders").click()
    page.wait_for_url("**/items/2?done=1")
    page.context.close()

    assert "te druk" in told
    assert typed == "Mijn lange verhaal"
    assert stands(Bureau.of(config, store, MONDAY), review).answers[1].reason == typed
