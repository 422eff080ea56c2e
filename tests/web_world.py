"""The web of a small board, served on a real port beside a simulated Microsoft, and a browser to look with.

Anna owns the care process, Chris runs ICT and stands in for her, Dewi is privacy officer, Fien is FG, Bram is a guest
and Eva a stranger: nobody gave these two a role.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import uvicorn
from sqlalchemy import update

from ibpmon.config import Config, Web
from ibpmon.demo.board import Board
from ibpmon.demo.microsoft import Microsoft
from ibpmon.operate.rounds import Workplace
from ibpmon.store.database import Store
from ibpmon.web import roles
from ibpmon.web.app import make_app
from ibpmon.web.desk import Desk, made
from ibpmon.web.serving import listening, settings
from tests.access_world import datasets
from tests.conftest import MONDAY, OpenStore
from tests.review_world import MATRIX, board, config_of

CLIENT = "77777777-7777-4777-8777-777777777777"
PEOPLE = ("anna", "bram", "chris", "dewi", "eva", "fien")


def account_id(name: str) -> str:
    """The object id of somebody."""
    return f"{PEOPLE.index(name):08d}-0000-4000-8000-000000000000"


def account(name: str) -> dict[str, Any]:
    """Somebody's account as the directory has it."""
    upn = f"{name}@board.example"
    return {"id": account_id(name), "displayName": name.title(), "userPrincipalName": upn, "accountEnabled": True}


@dataclass
class Running:
    """The web with all that stands around it; `now` is its clock."""

    desk: Desk
    microsoft: Microsoft
    origin: str  # where it really listens
    folder: Path
    now: datetime = MONDAY
    browsers: list[requests.Session] = field(default_factory=list)
    watch: Callable[[requests.Response], None] | None = None  # sees every answer

    @property
    def store(self) -> Store:
        """The database behind it."""
        return self.desk.store

    def browser(self) -> "Browser":
        """A browser in which nobody is signed in."""
        session = requests.Session()
        session.trust_env = False
        self.browsers.append(session)
        return Browser(self, session)

    def signed_in(self, name: str) -> "Browser":
        """A browser in which somebody is."""
        browser = self.browser()
        answer = browser.sign_in(name)
        assert answer.status_code == 303, answer.text
        return browser

    def give(self, name: str, role: roles.Role, until: datetime | None = None) -> None:
        """Give somebody a role of our own table."""
        with self.store.write() as session:
            roles.grant(session, self.store, f"{name}@board.example", role, "Chris", self.now, until)


@dataclass
class Browser:
    """What a person looks through: it keeps cookies and goes nowhere by itself."""

    web: Running
    session: requests.Session

    def get(self, path: str, **options: Any) -> requests.Response:
        """Open a page."""
        return self.ask("GET", path, **options)

    def post(self, path: str, form: dict[str, str] | None = None, **options: Any) -> requests.Response:
        """Send a form, as browsers do."""
        headers = {"Origin": self.web.desk.web.public_url} | options.pop("headers", {})
        return self.ask("POST", path, data=form or {}, headers=headers, **options)

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Any request."""
        address = path if path.startswith("http") else self.web.origin + path
        headers = {"Host": urlsplit(self.web.desk.web.public_url).netloc} if address.startswith(self.web.origin) else {}
        headers |= options.pop("headers", {})
        answer = self.session.request(method, address, headers=headers, allow_redirects=False, timeout=20, **options)
        if self.web.watch and address.startswith(self.web.origin):
            self.web.watch(answer)
        return answer

    def to_microsoft(self, onwards: str = "/") -> str:
        """Begin to sign in; gives the address at Microsoft."""
        answer = self.get(f"/sign-in?next={onwards}")
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def choose(self, address: str, name: str) -> str:
        """Say at Microsoft who you are; gives the address to come back to."""
        answer = self.session.post(address, data={"name": f"{name}@board.example"}, allow_redirects=False, timeout=20)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"

    def sign_in(self, name: str, onwards: str = "/") -> requests.Response:
        """The whole way; gives the last answer."""
        return self.get(self.choose(self.to_microsoft(onwards), name))

    def csrf(self) -> str:
        """What a form of this session holds."""
        page = self.get("/").text
        return page.partition('name="csrf" value="')[2].partition('"')[0]

    @property
    def cookie(self) -> str:
        """What the browser holds of the session; empty when it holds nothing."""
        return str(self.session.cookies.get_dict().get("ibpmon", ""))


def web_of(folder: Path, public_url: str, **more: Any) -> Web:
    """The part of the configuration; port 0 takes one that is free."""
    (folder / "web.txt").touch(mode=0o600)
    (folder / "web.txt").write_text("horse", encoding="utf-8")
    given = {"public_url": public_url, "client_id": CLIENT, "secret": folder / "web.txt", "roles": {"Ibpmon.ICT": "it"}}
    return Web.model_validate(given | more)


def with_people(store: Store, teachers: int = 0) -> None:
    """The board of the reviews, with accounts whose ids are those of Microsoft, and so many more who do not belong."""
    world = board()
    for number in range(teachers):
        world.person(f"teacher{number}", f"Teacher {number}", function="Leerkracht")
        world.grant("zorg", role="write", user_id=f"teacher{number}")
    for name in ("chris", "dewi", "eva"):
        world.person(name, name.title())
    world.save(store)
    c = store.data["accounts"].c
    with store.write() as session:
        for name in PEOPLE:
            values = {"account_id": account_id(name), "user_type": "Guest" if name == "bram" else "Member"}
            session.execute(update(store.data["accounts"]).where(c.account_id == name).values(values))


@contextmanager
def serving(
    store: Store, config: Config, microsoft: Microsoft, folder: Path, public_url: str = "", **more: Any
) -> Iterator[Running]:
    """The web in a thread of its own, on a free port of this machine."""
    with ExitStack() as stack:
        door = stack.enter_context(listening(Web.model_construct(address="127.0.0.1", port=0)))
        origin = f"http://localhost:{door.getsockname()[1]}"
        web = web_of(folder, public_url or origin, **more)
        tenant = config.tenant.model_copy(
            update={"id": microsoft.tenant_id, "authority": microsoft.authority, "ca": microsoft.ca}
        )
        config = config.model_copy(update={"web": web, "tenant": tenant})
        running: list[Running] = []
        place = Workplace(config, {}, store, lambda: running[0].now if running else MONDAY)
        desk = stack.enter_context(made(place))
        running.append(Running(desk, microsoft, origin, folder))
        microsoft.register_web(CLIENT, [web.public_url + "/signed-in", web.public_url + "/signed-out"], secret="horse")
        microsoft.desk.assign(CLIENT, account_id("chris"), "Ibpmon.ICT")
        stack.enter_context(in_thread(uvicorn.Server(settings(make_app(desk))), [door]))
        yield running[0]
        for browser in running[0].browsers:
            browser.close()


@contextmanager
def in_thread(server: uvicorn.Server, doors: Sequence[Any]) -> Iterator[None]:
    """Serve beside the test."""
    thread = threading.Thread(target=server.run, args=(list(doors),), daemon=True)
    thread.start()
    end = time.monotonic() + 20
    while not server.started and time.monotonic() < end:
        time.sleep(0.01)
    assert server.started
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def microsoft(small_board: Board, tmp_path: Path) -> Iterator[Microsoft]:
    """A tenant with the people of these tests."""
    with Microsoft(small_board, folder=tmp_path / "microsoft") as running:
        running.desk.people = lambda: [account(name) for name in PEOPLE]
        yield running


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """The board, as it was read on Monday."""
    store = open_database(datasets())
    with_people(store)
    return store


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Its configuration, without the web."""
    path = tmp_path / "autorisatiematrix.toml"
    path.write_text(MATRIX, encoding="utf-8")
    return config_of(tmp_path, path)


@pytest.fixture
def web(store: Store, config: Config, microsoft: Microsoft, tmp_path: Path) -> Iterator[Running]:
    """The web on plain http of this machine, as the demo has it."""
    with serving(store, config, microsoft, tmp_path) as running:
        yield running


DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
