"""A board with something to see: alerts of every kind, incidents, requests, tasks and weeks, put in as rounds do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from ibpmon.config import Config
from ibpmon.judge.rules import load_rules
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Evaluation, Finding, Trend
from ibpmon.store.upsert import table_of, take
from ibpmon.tell import acts
from ibpmon.tell.acts import Deed
from ibpmon.tell.alerts import Teller
from tests.conftest import MONDAY

DAY = timedelta(days=1)
GUESTS, POLICY = "stale-guest", "access-policy-changed"


def rule_of(config: Config, key: str) -> Any:
    """A shipped rule, with the words that people read."""
    return next(rule for rule in load_rules(config) if rule.key == key)


def add(
    store: Store, config: Config, key: str, subjects: Sequence[str], now: datetime = MONDAY, outcome: str = "finding",
    thing: str = "", **evidence: object,
) -> None:  # fmt: skip
    """A round in which a rule finds this; the alerts follow."""
    rule = rule_of(config, key)
    with store.write() as session:
        for subject in subjects:
            session.add(Finding(
                tenant_id=store.tenant, finding_id=take(session, store.tenant, "finding"), rule=key, subject=subject,
                object=thing, level=rule.level, evidence={"name": subject, **evidence}, first_seen=now, last_seen=now,
            ))  # fmt: skip
    made = judgement(store, rule, outcome, now)
    teller = Teller.of(config, store, now)
    with store.write() as session:
        session.add(made.evaluation)
        session.flush()
        teller.tell(session, made)


@dataclass(frozen=True)
class Judged:
    """A judgement as alerts see it."""

    rule: Any
    evaluation: Evaluation


def judgement(store: Store, rule: Any, outcome: str, at: datetime) -> Judged:
    """What judging a rule gave."""
    with store.write() as session:
        number = take(session, store.tenant, "evaluation")
    row: dict[str, Any] = {
        "tenant_id": store.tenant,
        "evaluation_id": number,
        "rule": rule.key,
        "rule_hash": "h",
        "at": at,
    }
    return Judged(rule, Evaluation(**row, outcome=outcome, data_as_of=at))


def many(store: Store, config: Config, key: str, count: int) -> None:
    """So many alerts of one rule at once."""
    rule = rule_of(config, key)
    names = [f"iemand-{number:05d}" for number in range(count)]
    same = {"tenant_id": store.tenant, "rule": key, "level": rule.level}
    with store.write() as session:
        first, one = take(session, store.tenant, "finding", count), take(session, store.tenant, "alert", count)
        findings = [
            {"finding_id": first + n, "subject": name, "evidence": {"name": name}, "first_seen": MONDAY,
             "last_seen": MONDAY, **same}
            for n, name in enumerate(names)
        ]  # fmt: skip
        alerts = [
            {"alert_id": one + n, "subject": name, "opened_at": MONDAY - 20 * DAY, "changed_at": MONDAY - 20 * DAY,
             "due_at": MONDAY + 10 * DAY, "state": "new", "occurrences": 1, **same}
            for n, name in enumerate(names)
        ]  # fmt: skip
        session.execute(insert(table_of(Finding)), findings)
        session.execute(insert(table_of(Alert)), alerts)


def do(store: Store, number: int, verb: Any, **words: Any) -> None:
    """What Chris does about an alert."""
    with store.write() as session:
        acts.do(session, store, number, Deed(verb, "chris@board.example", **words), MONDAY)


def outcome(store: Store, key: str, outcome: str, at: datetime, **values: Any) -> None:
    """What a rule said at a moment."""
    with store.write() as session:
        number = take(session, store.tenant, "evaluation")
        row: dict[str, Any] = {
            "tenant_id": store.tenant,
            "evaluation_id": number,
            "rule": key,
            "rule_hash": "h",
            "at": at,
        }
        session.add(Evaluation(**row, outcome=outcome, **values))


def week(store: Store, weeks_ago: int, level: str = "high", **counts: int) -> None:
    """What became of the alerts of one level in a week."""
    day = (MONDAY - 7 * weeks_ago * DAY).date()
    zero = dict.fromkeys(("opened", "reopened", "solved", "false_positive", "accepted", "open"), 0)
    with store.write() as session:
        row: dict[str, Any] = {"tenant_id": store.tenant, "week": day, "level": level, "made_at": MONDAY}
        session.add(Trend(**(row | zero | counts)))
