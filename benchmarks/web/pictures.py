"""Pictures of the pages for the documents, of the demo in Debian's Chromium: `uv run poe pictures`.

One picture for each width and scheme: the pages that matter most beside each other, as far as they fit on a screen.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.web.load import shown

FOLDER = Path(__file__).resolve().parent.parent.parent / "docs" / "pictures"
SIZES = {360: 740, 768: 1024, 1440: 900}
DIRECTOR, ICT = "Directeur", "ICT-beheerder"


def main() -> int:
    """Make all of them anew; exit 1 where there is no Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("there is no chromium here: apt-get install chromium\n")
        return 1
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        with shown("small", Path(name)) as (address, _pid):
            for path, picture in pictures(browser, address):
                path.write_bytes(picture)
                sys.stdout.write(f"{path.name}: {len(picture) // 1024} KiB\n")
        browser.close()
    return 0


def pictures(browser: Browser, address: str) -> Iterator[tuple[Path, bytes]]:
    """Every width, light and dark: a question of the review, and how it stands."""
    for width, height in SIZES.items():
        for scheme in ("light", "dark"):
            for part, job in (("review", DIRECTOR), ("state", ICT)):
                page = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
                ).new_page()
                sign_in(page, address, job)
                open_part(page, address, part)
                yield FOLDER / f"web-{part}-{width}-{scheme}.png", page.screenshot()
                page.context.close()


def sign_in(page: Page, address: str, job: str) -> None:
    """As somebody with this job."""
    page.goto(f"{address}/sign-in")
    page.locator("button", has_text=job).first.click()
    page.wait_for_url(f"{address}/**")


def open_part(page: Page, address: str, part: str) -> None:
    """The page of which a picture is made."""
    if part == "state":
        page.goto(f"{address}/state")
        return
    page.goto(f"{address}/")
    page.locator("a[href^='/reviews/']").first.click()
    number = page.url.rstrip("/").rpartition("/")[2]
    page.goto(f"{address}/reviews/{number}/items/1")


if __name__ == "__main__":
    sys.exit(main())
