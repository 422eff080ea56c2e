"""Whoever opens the links of a mail before its reader does changes nothing, and learns of nobody."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright
from sqlalchemy import update

from ibpmon.config import Config
from ibpmon.review.bureau import Bureau
from ibpmon.store.database import Store
from ibpmon.store.tables import Placement
from ibpmon.store.upsert import table_of
from tests.conftest import MONDAY
from tests.review_world import opened
from tests.test_looks import CHROMIUM, QUIET, needs_chromium
from tests.web_routes import Things
from tests.web_scanners import is_personal, links, scan, write_mails
from tests.web_world import Running, config, microsoft, store, web

__all__ = ["config", "microsoft", "store", "web"]  # fixtures


@pytest.fixture
def database(tmp_path: Path) -> str:
    """What a scanner can do does not hang on the database."""
    return f"sqlite:///{tmp_path / 'ibpmon.db'}"


@pytest.fixture
def things(store: Store, config: Config) -> Things:
    """Mails of every kind, about a review of Anna's."""
    with store.write() as session:
        c = table_of(Placement).c
        session.execute(update(table_of(Placement)).where(c.object_id == "lies").values(population="pupil"))
    found = Things(review=opened(Bureau.of(config, store, MONDAY)), pupil="lies")
    write_mails(store, config)
    return found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """The browser of this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET[1:]))
        yield browser
        browser.close()


def test_a_scanner_changes_nothing_and_reads_nothing(web: Running, things: Things) -> None:
    """By HEAD and by GET, again and again."""
    addresses = links(web, things)
    found = scan(web, addresses, 2)

    assert len(addresses) >= 10
    assert found.fetched == 4 * len(addresses)
    assert (found.changes, found.personal) == (0, 0)
    assert is_personal("Beste Anna,")
    assert not is_personal("Annabel")


@needs_chromium
@pytest.mark.slow
def test_a_scanner_that_runs_scripts_does_no_more(web: Running, things: Things, chromium: Chromium) -> None:
    """It follows us to Microsoft, and that is where it ends."""
    addresses = links(web, things)
    found = scan(web, addresses, 2, chromium)

    assert found.fetched == 6 * len(addresses)
    assert (found.changes, found.personal) == (0, 0)
