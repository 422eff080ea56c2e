"""Mails and reports fit a phone: nothing is wider than the screen, looked at by a real browser."""

import html
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Answer, Tenant
from tests.test_main_job import mails_in

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
FRAME = '<iframe style="border:0;width:{width}px;height:800px" srcdoc="{page}"></iframe>'
MEASURE = """<!doctype html><title>waiting</title><body style="margin:0">{frames}
<script>onload = () => {{
  const inside = frame => frame.contentDocument.documentElement.scrollWidth;
  document.title = "wide " + [...document.querySelectorAll("iframe")].map(inside).join(" ");
}}</script>"""

needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="Chromium is not there (Debian: apt-get install chromium)")


def widths_of(pages: list[str], screen: int, folder: Path) -> list[int]:
    """How wide each page becomes on a screen of so many pixels."""
    frames = "".join(FRAME.format(width=screen, page=html.escape(page, quote=True)) for page in pages)
    path = folder / "measure.html"
    path.write_text(MEASURE.format(frames=frames), encoding="utf-8")
    command = [str(CHROMIUM), *QUIET, f"--user-data-dir={folder / 'profile'}", "--dump-dom", path.as_uri()]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    found = re.search(r"<title>wide ([\d ]+)</title>", answer.stdout)
    assert found, answer.stdout[:300]
    return [int(width) for width in found[1].split()]


@needs_chromium
@pytest.mark.slow
def test_mails_and_reports_fit_a_phone_and_a_desktop(
    tenant: Tenant, ibpmon: Callable[..., Answer], tmp_path: Path
) -> None:
    """A director reads it at the school gate: no sideways scrolling at 360 pixels, nor at 700."""
    for command in ("collect", "evaluate", "digest", "report"):
        assert ibpmon(command, "--config", tenant.config).code == 0
    pages = {
        f"{number}: {mail['Subject']}": mail.get_body(("html",)).get_content()  # type: ignore[union-attr]  # every mail has one
        for number, mail in enumerate(mails_in(tenant.microsoft.folder / "mail"))
    }
    assert len(pages) > 3
    assert max(len(page.encode()) for page in pages.values()) < 102_400  # a mail program cuts off what is longer
    reports = sorted((tenant.folder / "output" / "reports").glob("*.html"))
    pages |= {path.name: path.read_text(encoding="utf-8") for path in reports}

    assert len(pages) > 8
    for screen in (360, 700):
        widths = widths_of(list(pages.values()), screen, tmp_path)
        assert len(widths) == len(pages)
        assert [name for name, width in zip(pages, widths, strict=True) if width > screen] == []
