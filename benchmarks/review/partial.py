"""Every source that can carry an access, read by half, not at all or skipped: then nothing is told as gone."""

import json
import shutil
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select, update

from benchmarks.figures import Figure, Measured, Measurement, Values
from ibpmon.review import remedies
from ibpmon.review.bureau import Bureau
from ibpmon.review.verifying import CARRIERS, verify
from ibpmon.store.database import Store, open_store
from ibpmon.store.tables import Coverage, Run
from ibpmon.store.upsert import table_of
from tests.access_world import World, datasets
from tests.conftest import BOARD_NAME, MONDAY, TENANT
from tests.review_world import MATRIX, board, bureau_of, later, read_again, signed
from tests.test_review_followup import report_all

STATES = ("PARTIAL", "FAILED", "SKIPPED")
KINDS = ("site", "group")  # of the places of which access is taken away here
SOURCES = sorted({name for kind in KINDS for name in CARRIERS[kind]})
GONE = {"VERIFIED", "LASTING"}
FIGURES = (
    Figure("review_partial.told_gone", "tasks", "== 0", "a site and a group"),
    Figure("review_partial.cases", "cases", ">= 1", "a site and a group"),
    Figure("review_partial.gone_when_read_in_full", "of tasks", "== 1", "a site and a group"),
)


def world() -> World:
    """The small board with a group that is asked about too; each source can carry access to the site.

    It has a list and a folder with rights of their own, and the owners of a group have a right on its library.
    """
    made = board()
    made.group("raad", "Zorgraad", members="kees lies")
    made.rows["site-lists"].append({"site_id": "zorg", "list_id": "lijst", "name": "Lijst", "unique": True})
    made.rows["drive-items"].append({"drive_id": "zorg-files", "item_id": "map", "name": "Map"})
    made.rows["group-owners"].append({"group_id": "team", "owner_id": "dirk", "kind": "#microsoft.graph.user"})
    made.grant("zorg", group_id="team", login_name="c:0o.c|federateddirectoryclaimprovider|team_o")
    return made


def prepared(folder: Path) -> Path:
    """A database in which everything was taken away, signed and reported."""
    path = folder / "before.db"
    store = opened(path)
    world().save(store)
    text = MATRIX.replace('"Zorg", "Dossiers", "Nieuws"', '"Zorg", "Dossiers", "Nieuws", "Zorgraad"')
    bureau = bureau_of(store, folder, text=text)
    signed(bureau)
    report_all(later(bureau, 1))
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.engine.dispose()
    return path


def opened(path: Path) -> Store:
    """The store in this file."""
    return open_store(f"sqlite:///{path}", datasets(), TENANT, BOARD_NAME, MONDAY)


def states_after(before: Path, source: str = "", state: str = "") -> dict[str, Counter[str]]:
    """How the tasks stand, by kind of place, after a run that finds nobody any more and of which one source went so."""
    path = before.with_name("case.db")
    shutil.copyfile(before, path)
    store = opened(path)
    try:
        empty(store)
        read_again(store, 2, without="bram kees lies", **({source.replace("-", "_"): state} if source else {}))
        if source:
            half(store, source)
        bureau: Bureau = bureau_of(store, before.parent)
        verify(later(bureau, 2))
        return by_kind(store)
    finally:
        store.engine.dispose()


def empty(store: Store) -> None:
    """Nobody is in the group any more, as far as was read."""
    table: Any = store.data["group-members"]
    with store.write() as session:
        session.execute(table.delete().where(table.c.group_id == "raad"))


def half(store: Store, source: str) -> None:
    """No place of this source was read; a source without a line for each place has none."""
    run, line = table_of(Run), table_of(Coverage)
    mine = select(run.c.run_id).where(run.c.connector == source)
    with store.write() as session:
        session.execute(update(line).where(line.c.run_id.in_(mine)).values(state="FAILED"))


def by_kind(store: Store) -> dict[str, Counter[str]]:
    """The states of the tasks, by the kind of place."""
    found: dict[str, Counter[str]] = {}
    with store.read() as session:
        for one in remedies.tasks(session, store):
            found.setdefault(json.loads(one.row.item_key or "")[2], Counter())[one.state] += 1
    return found


def measure_partial(_full: bool) -> Values:
    """Each source in each state, beside one run in which all was read."""
    wrong, cases, notes = 0, 0, list[str]()
    with TemporaryDirectory() as folder:
        before = prepared(Path(folder))
        whole = states_after(before)
        for source, state in ((source, state) for source in SOURCES for state in STATES):
            after = states_after(before, source, state)
            told = sum(after[kind][one] for kind in KINDS if source in CARRIERS[kind] for one in GONE)
            wrong, cases = wrong + told, cases + 1
            notes += [f"{source} {state}: {told}"] if told else []
    gone, tasks = (sum(some[one] for some in whole.values() for one in of) for of in (GONE, remedies.STATE_WORDS))
    note = "; ".join(notes[:5]) or f"{len(SOURCES)} sources, each {', '.join(STATES)}"
    return {
        "review_partial.told_gone": Measured(wrong, note, cases),
        "review_partial.cases": Measured(cases, note, cases),
        "review_partial.gone_when_read_in_full": Measured(gone / tasks, f"{gone} of {tasks} tasks"),
    }


MEASUREMENTS = (Measurement(FIGURES, measure_partial),)
