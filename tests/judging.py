"""What the tests of judging share: rows put straight into the store, and runs that say they were read."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Config, load
from ibpmon.judge.rules import Rule, load_rules
from ibpmon.store import upsert
from ibpmon.store.collected import Dataset
from ibpmon.store.database import Store
from ibpmon.store.tables import Placement, Run, Tenant, micros
from tests.conftest import FEW, MONDAY

ROOT = Path(__file__).resolve().parent.parent
CONFIG = load(ROOT / "config.example.toml")
DATASETS: list[Dataset] = [connector.dataset for connector in load_connectors(FEW).values()]
SHIPPED: dict[str, Rule] = {rule.key: rule for rule in load_rules(CONFIG)}  # the rules, read once
NAMES = [dataset.name for dataset in DATASETS]


def config_with(folder: Path | None = None, **parts: Any) -> Config:
    """The example configuration with other content or thresholds."""
    content = CONFIG.content.model_copy(update={"folder": folder, **parts.pop("content", {})})
    return CONFIG.model_copy(update={"content": content, **parts})


def stored(value: Any) -> Any:
    """A value as the driver takes it."""
    if isinstance(value, datetime):
        return micros(value)
    return json.dumps(value) if isinstance(value, list | dict) else value


def put(store: Store, name: str, rows: Iterable[Mapping[str, Any]], now: datetime = MONDAY) -> None:
    """Store these records as all that a connector has: one whole run, or events that arrive."""
    dataset = store.datasets[name]
    own = dataset.own if dataset.kind == "events" else dataset.fields
    values = [tuple(stored(row.get(field.name)) for field in own) for row in rows]
    with store.write() as session:
        run_id = upsert.take(session, store.tenant, "run")
        if dataset.kind == "events":
            months = [f"{row[dataset.time]:%Y%m}" for row in rows]
            full = [(int(month), *row) for month, row in zip(months, values, strict=True)]
            upsert.add_events(session, store, name, run_id, full)
        else:
            upsert.stage(session, store, name, run_id, values)
            upsert.apply_stage(session, store, name, run_id, now)
            upsert.sweep(session, store, name, run_id, now)
            upsert.drop_stage(session, store, name, run_id)


def place(store: Store, kind: str, object_id: str, **values: Any) -> None:
    """Say what an account, group or site is."""
    with store.write() as session:
        session.merge(Placement(tenant_id=store.tenant, kind=kind, object_id=object_id, **values))


def second_board(store: Store) -> Store:
    """Another board in the same database."""
    other = replace(store, tenant=store.tenant + 1)
    with other.write() as session:
        session.merge(Tenant(tenant_id=other.tenant, key="another", name="Een ander bestuur", created_at=MONDAY))
    return other


def ran(store: Store, names: Iterable[str] = NAMES, at: datetime = MONDAY, state: str = "FULL", **more: Any) -> None:
    """Say that these connectors were read."""
    with store.write() as session:
        for name in names:
            run_id = upsert.take(session, store.tenant, "run")
            when: dict[str, Any] = {"started_at": at, "finished_at": at}
            session.add(Run(tenant_id=store.tenant, run_id=run_id, connector=name, state=state, **when, **more))
