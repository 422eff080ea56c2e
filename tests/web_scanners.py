"""What scanners of mail do: they open every link that a mail holds, or could hold, and some run the scripts there."""

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from playwright.sync_api import Browser as Chromium
from sqlalchemy import select

from ibpmon.config import Config
from ibpmon.judge.evaluate import evaluate
from ibpmon.operate.rounds import rules_without_a_board
from ibpmon.review import reminding
from ibpmon.review.bureau import Bureau
from ibpmon.store.database import Store
from ibpmon.store.tables import Base, Outbox
from ibpmon.store.upsert import table_of
from ibpmon.tell.alerts import Teller
from ibpmon.tell.desk import Desk
from ibpmon.tell.telling import due, tell
from tests.conftest import MONDAY
from tests.web_routes import ROUTES, Things, address
from tests.web_world import DAY, PEOPLE, Running

LINK = re.compile(r"https?://[^\s\"'<>)]+")
METHODS = ("HEAD", "GET")
PUPIL_AND_TEACHER = ("Kees", "Lies", "@board.example")


@dataclass(slots=True)
class Scanned:
    """What came of it."""

    fetched: int = 0
    changes: int = 0  # rounds after which the database was not what it was
    personal: int = 0  # answers with somebody in them


def write_mails(store: Store, config: Config) -> None:
    """Mails of every kind that this board gives cause for: letters of reviews, reminders, and the mail of a day."""
    rules = rules_without_a_board()
    evaluate(rules, store, MONDAY, tell=Teller.of(config, store, MONDAY).tell)
    if occasion := due(store, config, MONDAY, anyway=True):
        tell(Desk.of(config, store, rules, MONDAY), occasion)
    for days in (3, 10, 30, 90):
        reminding.remind_of_today(Bureau.of(config, store, MONDAY + days * DAY))


def links(web: Running, things: Things) -> list[str]:
    """Every link of every mail that leads to us, and every address of ours that one could hold."""
    outbox = table_of(Outbox).c
    with web.store.read() as session:
        mails = session.execute(select(outbox.text, outbox.html).where(outbox.tenant_id == web.store.tenant)).all()
    assert mails
    ours = web.desk.web.public_url
    found = {link for mail in mails for part in mail for link in LINK.findall(part or "") if link.startswith(ours)}
    possible = {ours + address(name, row, things) for name, row in ROUTES.items() if name.startswith("GET")}
    return sorted(found | possible)


def dump(store: Store) -> str:
    """A hash over every row of every table, sessions included."""
    seen = hashlib.sha256()
    with store.read() as session:
        for name, table in sorted(Base.metadata.tables.items()):
            seen.update(repr((name, sorted(map(repr, session.execute(select(table)))))).encode())
    return seen.hexdigest()


def is_personal(text: str) -> bool:
    """Whether somebody of the board stands in an answer."""
    names = (*(name.title() for name in PEOPLE), *PUPIL_AND_TEACHER)
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in names)


def scan(web: Running, addresses: Sequence[str], times: int, chromium: Chromium | None = None) -> Scanned:
    """Fetch each of them so many times, in all ways; without a session, as scanners do."""
    found = Scanned()
    for _time in range(times):
        before = dump(web.store)
        texts = [*by_program(web, addresses), *(by_script(chromium, web.origin, addresses) if chromium else ())]
        found.fetched += len(texts)
        found.personal += sum(map(is_personal, texts))
        found.changes += dump(web.store) != before
    return found


def by_program(web: Running, addresses: Collection[str]) -> Iterator[str]:
    """By a program that asks for the heads, and for all of it."""
    scanner = web.browser()
    for one in addresses:
        for method in METHODS:
            answer = scanner.ask(method, one.replace(web.desk.web.public_url, web.origin))
            assert answer.status_code < 500, one
            yield answer.text + repr(sorted(answer.headers.items()))


def by_script(chromium: Chromium, origin: str, addresses: Collection[str]) -> list[str]:
    """By a browser that runs what stands there; only what we show counts, not what Microsoft does."""
    context, texts = chromium.new_context(), list[str]()
    page = context.new_page()
    for one in addresses:
        page.goto(one, wait_until="load")
        texts.append(page.content() if page.url.startswith(origin) else "")
    context.close()
    return texts
