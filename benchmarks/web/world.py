"""A small board with its pages on a port of this machine, for as long as something is measured."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.tell.tampering import SEED
from ibpmon.demo.board import make_board
from ibpmon.demo.microsoft import Microsoft
from ibpmon.store.database import open_store
from tests.access_world import datasets
from tests.conftest import BOARD_NAME, MONDAY, TENANT
from tests.review_world import MATRIX, config_of
from tests.test_web_routes import two_owners
from tests.web_routes import Things
from tests.web_scanners import write_mails
from tests.web_world import PEOPLE, Running, account, serving, with_people


@contextmanager
def pages(*, mails: bool = False) -> Iterator[tuple[Running, Things]]:
    """The pages and what there is to open on them; with `mails` what this board gives cause for is in the outbox."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        store = open_store(f"sqlite:///{folder / 'ibpmon.db'}", datasets(), TENANT, BOARD_NAME, MONDAY)
        with_people(store)
        (folder / "autorisatiematrix.toml").write_text(MATRIX, encoding="utf-8")
        config = config_of(folder, folder / "autorisatiematrix.toml")
        things = two_owners(store, config)
        if mails:
            write_mails(store, config)
        with Microsoft(make_board("small", SEED, MONDAY), folder=folder / "microsoft") as microsoft:
            microsoft.desk.people = lambda: [account(one) for one in PEOPLE]
            with serving(store, config, microsoft, folder) as web:
                yield web, things
        store.engine.dispose()
