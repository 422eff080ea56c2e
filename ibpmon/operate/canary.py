"""The canary: a made-up attack that goes through the whole chain, to see that the chain still works.

It lives on a board of its own in the same database, so that nothing of it is ever counted, reviewed or mailed, and is
gone when it is done. What is left is a gauge: 0 when it came through, else the number of the step at which it stuck.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlmodel import col, select

from ibpmon.collect.connectors import Connector
from ibpmon.collect.gauges import keep_gauges
from ibpmon.collect.run import collect
from ibpmon.collect.runs import FULL
from ibpmon.config import Config
from ibpmon.content import content_files
from ibpmon.errors import IbpmonError
from ibpmon.judge.evaluate import evaluate
from ibpmon.judge.rules import Rule, workshop
from ibpmon.operate.rounds import Workplace
from ibpmon.providers.waiting import Waiting
from ibpmon.store.collected import Field
from ibpmon.store.database import Store, tenant_number
from ibpmon.store.tables import Alert, Base, Finding, Gauge, Outbox
from ibpmon.tell.alerts import Teller
from ibpmon.tell.coverage import CANARY as GAUGE
from ibpmon.tell.desk import Desk
from ibpmon.tell.telling import due, tell

log = logging.getLogger("ibpmon.canary")

EVERY = timedelta(days=7)
SOURCE, RULE = "sign-ins", "many-failed-sign-ins"
MARK = "ibpmon-proef"  # stands in each row of it while it is under way; a mail names no account that nobody knows
COLLECTED, JUDGED, ALERTED, MAILED = 1, 2, 3, 4  # the steps
TEST = "PROEF"  # stands before the name of its board, in every mail
TRIES, WRONG_PASSWORD = 12, 50126


def is_due(place: Workplace, now: datetime) -> bool:
    """Whether a week has passed since the last one; a board that does not read sign-ins has none."""
    if SOURCE not in place.connectors:
        return False
    with place.store.read() as session:
        last = session.get(Gauge, (place.store.tenant, GAUGE))
    return last is None or last.measured_at > now or now - last.measured_at >= EVERY


def fly(place: Workplace) -> int:
    """Send a canary and write down how it went; gives the step at which it stuck, 0 when it came through.

    1. it is collected, through the decoder and the store  2. a rule judges it and finds it
    3. the finding opens an alert  4. the mail about it lies in the outbox
    """
    now, stuck = place.now(), COLLECTED
    with own_board(place) as store:
        for step, do in ((COLLECTED, collected), (JUDGED, judged), (ALERTED, alerted), (MAILED, mailed)):
            stuck = step
            if not came_through(step, do, place, store, now):
                break
        else:
            stuck = 0
    keep_gauges(place.store, {GAUGE: stuck}, now)
    return stuck


def came_through(
    step: int, do: Callable[[Workplace, Store, datetime], bool], place: Workplace, store: Store, now: datetime
) -> bool:
    """Whether one step did its work; what goes wrong in it is told in the log, and is an answer as well."""
    try:
        return do(place, store, now)
    except IbpmonError as error:
        log.error("the canary stuck at step %d: %s", step, error)
    except Exception:
        log.exception("the canary stuck at step %d", step)
    return False


# ---- its own board


@contextmanager
def own_board(place: Workplace) -> Iterator[Store]:
    """A board beside the real one, empty before and after."""
    key, name = f"{place.config.tenant.id} {MARK}", f"{TEST} {place.config.board.name}"
    store = replace(place.store, tenant=tenant_number(place.store.engine, key, name, place.now()))
    clear(store)
    try:
        yield store
    finally:
        clear(store)


def clear(store: Store) -> None:
    """Leave nothing of this board, whatever a canary that was killed left behind; only that it exists is kept."""
    of_connectors = [*store.data.values(), *store.stages.values()]
    tables = {table.name: table for table in (*of_connectors, *Base.metadata.tables.values())}
    with store.write() as session:
        for name, table in tables.items():
            if "tenant_id" in table.c and name != "tenant":
                session.execute(delete(table).where(table.c.tenant_id == store.tenant))


# ---- the steps


def collected(place: Workplace, store: Store, now: datetime) -> bool:
    """Read the made-up sign-ins as if Microsoft had handed them over."""
    connector = replace(place.connectors[SOURCE], history=timedelta(days=1))
    client = Aviary(connector, now)
    (run,) = collect({SOURCE: connector}, {connector.source: client}, store, place.config, now)
    return run.state == FULL and run.rows == TRIES


def judged(place: Workplace, store: Store, now: datetime) -> bool:
    """Let the rule as it is shipped judge them; alerts and mails come in the same transaction."""
    evaluate([shipped_rule(place.config)], store, now, tell=Teller.of(place.config, store, now).tell)
    with store.read() as session:
        found = session.exec(select(col(Finding.subject)).where(col(Finding.tenant_id) == store.tenant)).all()
    return list(found) == [MARK]


def shipped_rule(config: Config) -> Rule:
    """The rule as it is shipped, not as a board changed it: else a board that tries more before it is told has none."""
    path = next(path for path in content_files("rules", ".yml") if path.stem == RULE)
    return workshop(config.model_copy(update={"thresholds": {}})).rule(path)


def alerted(_place: Workplace, store: Store, _now: datetime) -> bool:
    """Look whether the finding opened its alert."""
    with store.read() as session:
        alerts = session.exec(select(Alert).where(col(Alert.tenant_id) == store.tenant)).all()
    return [(one.rule, one.subject, one.state) for one in alerts] == [(RULE, MARK, "new")]


def mailed(place: Workplace, store: Store, now: datetime) -> bool:
    """Write its mail and look whether that waits, marked as a test; it is never sent."""
    board = place.config.board.model_copy(update={"name": f"{TEST} {place.config.board.name}"})
    alone = place.config.mail.model_copy(update={"to": {"it": place.config.mail.to["it"]}})
    config = place.config.model_copy(update={"board": board, "mail": alone, "teams": None})
    if wanted := due(store, config, now, anyway=True):
        tell(Desk.of(config, store, [shipped_rule(config)], now), wanted)
    with store.read() as session:
        mails = session.exec(select(Outbox).where(col(Outbox.tenant_id) == store.tenant)).all()
    return len(mails) == 1 and all(TEST in text for text in (mails[0].subject, mails[0].text, mails[0].html))


class Aviary:
    """What stands in for Microsoft: wrong passwords on an account that does not exist, in the last minutes."""

    def __init__(self, connector: Connector, now: datetime) -> None:
        self.waiting = Waiting()
        rows = [sign_in(connector, now - timedelta(minutes=5, seconds=20 * number), number) for number in range(TRIES)]
        self.body = json.dumps({"value": rows}).encode()

    def get(self, *_question: Any, **_options: Any) -> bytes:
        """The same answer to every question."""
        return self.body


def sign_in(connector: Connector, at: datetime, number: int) -> Mapping[str, Any]:
    """One made-up sign-in in the shape in which Microsoft hands it over."""
    values = {
        "id": f"{MARK}-{number}", "at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "account_id": MARK, "upn": f"{MARK}@{MARK}.invalid",
        "app": MARK, "error_code": WRONG_PASSWORD, "ip_address": "192.0.2.1",
    }  # fmt: skip
    row: dict[str, Any] = {}
    for field in connector.fields:
        with suppress(KeyError):
            put(row, field, values[field.name])
    return row


def put(row: dict[str, Any], field: Field, value: Any) -> None:
    """Put a value where the source has it."""
    *above, last = field.path
    for part in above:
        row = row.setdefault(part, {})
    row[last] = value
