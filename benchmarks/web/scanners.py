"""Scanners of mail on every link that a mail holds or could hold: what they change, and of whom they learn."""

from playwright.sync_api import sync_playwright

from benchmarks.figures import Figure, Measured, Measurement, Values
from benchmarks.web.world import pages
from tests.test_looks import CHROMIUM, QUIET
from tests.web_scanners import links, scan

TIMES = {False: 5, True: 50}
FIGURES = (
    Figure("web_scanners.fetched", "answers", ">= 100"),
    Figure("web_scanners.changes", "rounds", "== 0"),
    Figure("web_scanners.personal", "answers", "== 0"),
)


def measure_scanners(full: bool) -> Values:
    """By HEAD, by GET and by a browser that runs scripts, so many times."""
    times = TIMES[full]
    with pages(mails=True) as (web, things), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET[1:]))
        addresses = links(web, things)
        found = scan(web, addresses, times, browser)
        browser.close()
    return {
        "web_scanners.fetched": Measured(found.fetched, f"{len(addresses)} links, {times} times", times),
        "web_scanners.changes": Measured(found.changes, "", times),
        "web_scanners.personal": Measured(found.personal, "", found.fetched),
    }


MEASUREMENTS = (Measurement(FIGURES, measure_scanners),)
