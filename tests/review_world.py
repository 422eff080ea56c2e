"""A small board for tests about reviews: Anna answers for the care sites, Chris stands in, Dewi is the bestuur."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update

from ibpmon.config import Config, MatrixFile
from ibpmon.review import decisions, rounds, signoff
from ibpmon.review.bureau import Bureau
from ibpmon.review.decisions import Answer
from ibpmon.review.merkle import canonical
from ibpmon.review.pack import Letterhead
from ibpmon.review.standing import Standing, standing
from ibpmon.store.database import Store
from ibpmon.store.review_tables import AccessReview, ReviewDecision, ReviewItem, ReviewSignoff
from ibpmon.store.tables import Base, Coverage, Run
from ibpmon.store.upsert import table_of
from tests.access_world import World, datasets
from tests.conftest import MONDAY, OpenStore
from tests.judging import CONFIG

DAY = timedelta(days=1)
HEAD = Letterhead("Waaier", "en", "Europe/Amsterdam")
ANNA, CHRIS, DEWI, EVA = "anna@board.example", "chris@board.example", "dewi@board.example", "eva@board.example"
MATRIX = """
version = "2026-2"
approved_by = "Dewi"
approved_on = 2026-09-01

[[processes]]
key = "zorg"
name = "Zorg"
owner = "Anna"
owner_upn = "anna@board.example"
mail = "anna@board.example"
deputy = "Chris"
deputy_upn = "chris@board.example"
deputy_mail = "chris@board.example"
resources = ["Zorg", "Dossiers", "Nieuws"]

[[roles]]
key = "care"
functions = ["Intern begeleider"]

[[roles]]
key = "staff"
populations = ["staff"]

[[rules]]
role = "care"
resources = ["Zorg", "Dossiers"]
right = "write"

[[rules]]
role = "staff"
resources = ["Nieuws"]
right = "read"
"""


def board() -> World:
    """Care staff in Zorg, a guest and a teacher who do not belong there, and all staff reading the news."""
    world = World()
    world.person("anna", "Anna", function="Intern begeleider")
    for key in ("dirk", "els", "fien", "gijs", "hans", "iris", "joep"):
        world.person(key, key.title(), function="Intern begeleider")
    world.person("bram", "Bram", population="guest")
    for key in ("kees", "lies"):
        world.person(key, key.title(), function="Leerkracht")
    world.site("zorg", "Zorg")
    world.site("nieuws", "Nieuws")
    world.group("team", "Team zorg", members="dirk els fien gijs hans iris joep")
    world.group("all", "Iedereen", members="dirk els kees")
    world.grant("zorg", group_id="team")
    world.grant("zorg", role="read", user_id="bram")
    world.grant("zorg", role="write", user_id="kees")
    world.grant("zorg", role="write", user_id="lies")
    world.grant("nieuws", role="read", group_id="all")
    return world


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """The board of these tests, as it was read on Monday."""
    store = open_database(datasets())
    board().save(store)
    return store


@pytest.fixture
def bureau(store: Store, tmp_path: Path) -> Bureau:
    """Its bureau, on Monday."""
    return bureau_of(store, tmp_path)


def bureau_of(store: Store, folder: Path, now: datetime = MONDAY, text: str = MATRIX, **mail: Any) -> Bureau:
    """A bureau with this matrix."""
    path = folder / "autorisatiematrix.toml"
    path.write_text(text, encoding="utf-8")
    return Bureau.of(config_of(folder, path, **mail), store, now)


def config_of(folder: Path, matrix: Path, **mail: Any) -> Config:
    """The example configuration with this matrix and this bestuur."""
    to: dict[str, Any] = {**dict(CONFIG.mail.to.items()), "board": (DEWI,), **mail}
    files = CONFIG.files.model_copy(update={"matrix": MatrixFile.model_validate({"path": matrix})})
    kept = CONFIG.store.model_copy(update={"pseudonym_key": folder / "pseudonym.key"})
    changed = {"files": files, "store": kept, "mail": CONFIG.mail.model_copy(update={"to": to})}
    return CONFIG.model_copy(update=changed)


def opened(bureau: Bureau, by: str = "chris") -> int:
    """Open a round; gives the number of its only review."""
    (number,) = rounds.open_round(bureau, rounds.plan(bureau), by)
    return number


def items(store: Store, review_id: int) -> list[ReviewItem]:
    """The items of a review, in order."""
    with store.read() as session:
        mine = (ReviewItem.tenant_id == store.tenant, ReviewItem.review_id == review_id)
        return list(session.scalars(select(ReviewItem).where(*mine).order_by(ReviewItem.item_no)))  # type: ignore[arg-type]  # a column


def about(store: Store, review_id: int, name: str) -> ReviewItem:
    """The item that is about somebody."""
    return next(one for one in items(store, review_id) if f'"name":"{name}"' in (one.principal or ""))


def say(bureau: Bureau, review_id: int, *numbers: int, **given: Any) -> tuple[int, ...]:
    """Answer about items; Anna keeps them for a project, unless told otherwise."""
    values: dict[str, Any] = {"verb": "keep", "by": ANNA} | given
    with bureau.store.write() as session:
        return decisions.answer(session, bureau.store, review_id, numbers, Answer(**values), bureau.now)


def confirm(bureau: Bureau, review_id: int, key: str, by: str = ANNA, **given: Any) -> int:
    """Confirm a rule."""
    facts = given.pop("facts", "")
    with bureau.store.write() as session:
        answer = Answer("keep", by, **given)
        return decisions.confirm(session, bureau.store, review_id, key, answer, bureau.now, facts)


def stands(bureau: Bureau, review_id: int) -> Standing:
    """How a review stands."""
    with bureau.store.read() as session:
        return standing(session, bureau.store, review_id)


def all_decided(bureau: Bureau, review_id: int, verb: str = "revoke") -> None:
    """Everybody decides about all that is his."""
    found = stands(bureau, review_id)
    for one in found.left():
        say(bureau, review_id, one.item_no, verb=verb, by=found.decider(one.reviewer, one.item_no))
    for group in found.groups_left():
        confirm(bureau, review_id, group.key, found.decider(group.reviewer))


def sign(bureau: Bureau, review_id: int, by: str = ANNA, live: Any = None) -> ReviewSignoff:
    """Read the statement, and sign it."""
    with bureau.store.write() as session:
        _there, _signer, text = signoff.prepare(session, bureau, review_id, by)
        return signoff.sign(session, bureau, review_id, by, text.code, {"channel": "cli"}, live)


def signed(bureau: Bureau, verb: str = "revoke") -> int:
    """A round that was opened, answered and signed; gives the number of the review."""
    number = opened(bureau)
    all_decided(bureau, number, verb)
    sign(bureau, number)
    return number


@contextmanager
def unguarded(store: Store) -> Iterator[Connection]:
    """A transaction in which whoever owns the database goes round its guards; nothing of it stays."""
    with store.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield connection
        connection.rollback()


def a_review(tenant: int, number: int, due: datetime) -> AccessReview:
    """A review without items, for tests that only look at its term."""
    texts = ("owner", "owner_name", "matrix_hash", "coverage_hash", "root", "opened_by")
    counts: dict[str, Any] = {"revision": 1, "grants": 0, "item_count": 0, "excluded": "{}", "coverage": "{}"}
    when: dict[str, Any] = {"as_of": due, "due_at": due, "opened_at": due}
    named: dict[str, Any] = dict.fromkeys(texts, "")
    key: dict[str, Any] = {"tenant_id": tenant, "review_id": number, "round_id": number}
    return AccessReview(**key, process="zorg", name="Zorg", **counts, **when, **named)


def an_item(mine: Mapping[str, Any], who: str) -> ReviewItem:
    """The only item of such a review: somebody in the group of care, who does not belong there."""
    texts: dict[str, Any] = dict.fromkeys(("principal", "resource", "paths", "sentence", "salt", "leaf_hash"), "")
    verdict: dict[str, Any] = {"outcome": "DEVIATION", "verdict": "{}", "risk": "medium", "risks": "[]", "delta": "NEW"}
    key = canonical(["person", who, "group", "care"])
    return ReviewItem(**mine, item_no=1, item_key=key, right="write", alone=True, **verdict, **texts)


def a_decision(mine: Mapping[str, Any], actor: str) -> ReviewDecision:
    """That it stays for now."""
    texts: dict[str, Any] = dict.fromkeys(("facts_hash", "salt", "commitment", "prev_hash", "hash"), "")
    said: dict[str, Any] = {"verb": "keep_until", "actor": actor, "channel": "cli", "decided_at": MONDAY}
    return ReviewDecision(**mine, seq=1, item_no=1, **said, **texts)


def a_signoff(mine: Mapping[str, Any], number: int, signer: str) -> ReviewSignoff:
    """That it was signed."""
    texts = (
        "evidence", "statement", "statement_hash", "root", "matrix_hash", "coverage_hash", "decision_head", "counts",
        "fingerprint", "hash",
    )  # fmt: skip
    values: dict[str, Any] = {**mine, "signoff_id": number, "revision": 1, "decision_seq": 1, "signed_at": MONDAY}
    return ReviewSignoff(signer=signer, **values | dict.fromkeys(texts, ""))


def read_again(store: Store, days: int, *, without: str = "", only: str = "", unread: str = "", **states: str) -> None:
    """All sources are read again, as they are, `days` later; `without` somebody who lost what he was given himself.

    `only` one source is read; of `unread` the rights could not be read; `states` say how sources ended, FULL if not.
    """
    run, line, at = table_of(Run), table_of(Coverage), MONDAY + days * DAY
    mine = run.c.connector == only if only else run.c.connector != ""
    with store.write() as session:
        of_these = line.c.run_id.in_(select(run.c.run_id).where(mine))
        session.execute(update(line).where(of_these).values(run_id=line.c.run_id + 1000))
        session.execute(update(run).where(mine).values(run_id=run.c.run_id + 1000, started_at=at, finished_at=at))
        session.execute(update(run).values(state="FULL"))
        for name, state in states.items():
            session.execute(update(run).where(run.c.connector == name.replace("_", "-")).values(state=state))
        session.execute(update(line).where(line.c.resource == unread).values(state="FAILED"))
        table = store.data["drive-permissions"]
        if without:
            session.execute(table.delete().where(table.c.user_id.in_(without.split())))


def later(bureau: Bureau, days: int) -> Bureau:
    """The same bureau so many days later."""
    return replace(bureau, now=MONDAY + days * DAY)


def fresh_world(store: Store, world: World) -> Store:
    """The same database with another board in it."""
    with store.write() as session:
        for table in ("run", "coverage", "placement"):
            session.execute(delete(Base.metadata.tables[table]))
        for data in store.data.values():
            session.execute(delete(data))
    world.save(store)
    return store
