"""One round of each kind of work: what the daemon repeats and a person runs by hand."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlmodel import col

from ibpmon import language
from ibpmon.collect.connectors import Connector, load_connectors
from ibpmon.config import Config, load
from ibpmon.errors import ConfigError
from ibpmon.language import N_
from ibpmon.progress import Progress, silent
from ibpmon.store.database import Store, open_store, refresh_statistics
from ibpmon.store.tables import Evaluation, Run

if TYPE_CHECKING:
    from ibpmon.judge.evaluate import Judgement
    from ibpmon.judge.rule import Rule
    from ibpmon.tell.outbox import Delivery

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Workplace:
    """All that a round needs: the configuration, the connectors it leaves on, and the open store."""

    config: Config
    connectors: Mapping[str, Connector]
    store: Store
    now: Clock = utc_now


@contextmanager
def workplace(path: Path, now: Clock = utc_now) -> Iterator[Workplace]:
    """Open what config.toml at `path` names; everything is checked before the database is touched."""
    config = load(path)
    language.use_environment(config.language)
    connectors = load_connectors(config.content)
    datasets = [connector.dataset for connector in connectors.values()]
    store = open_store(config.store.database, datasets, config.tenant.id, config.board.name, now())
    try:
        yield Workplace(config, connectors, store, now)
    finally:
        store.engine.dispose()


def collect_round(
    place: Workplace,
    progress: Progress = silent,
    only: Collection[str] | None = None,
    stop: Event | None = None,
    believe: Collection[str] = (),
) -> list[Run]:
    """Read the sources (or `only` these) and place what they brought; one Run per connector says how it went.

    `believe` names the sources of which a person has checked that nearly everything is really gone.
    """
    from ibpmon.collect.placement import place as put_in_place
    from ibpmon.collect.run import collect
    from ibpmon.providers import connect

    with connect(place.config.tenant, stop=stop) as graph:
        runs = collect(place.connectors, graph, place.store, place.config, place.now(), progress, only, believe)
    put_in_place(place.store, place.config, place.now())
    refresh_statistics(place.store, [run.connector for run in runs])
    return runs


def evaluate_round(place: Workplace, progress: Progress = silent) -> "list[Judgement]":
    """Apply every rule; alerts and mails are written in the transaction of their findings."""
    from ibpmon.judge.evaluate import evaluate
    from ibpmon.judge.rules import load_rules
    from ibpmon.tell.alerts import Teller

    rules = load_rules(place.config)
    teller = Teller.of(place.config, place.store, place.now())
    return evaluate(rules, place.store, place.now(), progress, tell=teller.tell)


def send_round(place: Workplace, *, at_once: bool = False) -> "Delivery":
    """Hand the waiting mails to the mail server; `at_once` also those whose next turn has not come yet."""
    from ibpmon.tell.outbox import deliver
    from ibpmon.tell.transports import Smtp

    return deliver(place.store, Smtp(place.config.mail), place.now(), at_once=at_once)


def report_round(place: Workplace, progress: Progress = silent) -> list[Path]:
    """Write the reviews of rights, one per owner; gives their files, the index first."""
    from ibpmon.report.documents import write_reviews

    files = write_reviews(place.store, place.config, place.now(), place.config.store.reports, progress)
    return sorted(files, key=lambda path: (path.name != "index.html", path.name))


def import_round(place: Workplace, file: Path) -> Run:
    """Store the sign-ins of a file that a person downloaded."""
    from ibpmon.collect.downloads import import_file

    return import_file(file, place.connectors, place.store, place.now())


# ---- what the rounds left behind


def rules_of(place: Workplace) -> "list[Rule]":
    """The rules that are on, checked."""
    from ibpmon.judge.rules import load_rules

    return load_rules(place.config)


def rules_without_a_board() -> "list[Rule]":
    """The rules as they are shipped, for whoever has no config.toml yet."""
    from ibpmon.judge.rules import load_rules

    # Rules ask only what has a default (thresholds, schools, the schedule): no tenant and no mail server.
    return load_rules(Config.model_construct())


def known_rule(place: Workplace, name: str) -> None:
    """ConfigError when no rule has this name: what it finds would be nothing, and look like good news."""
    known = [rule.key for rule in rules_of(place)]
    if name not in known:
        raise ConfigError(
            N_("there is no rule '{name}'"),
            why=N_("these are on: {known}"),
            fix=N_("name one of those; rules_off in config.toml may have switched it off"),
            name=name,
            known=", ".join(known),
        )


def known_connectors(place: Workplace, names: Collection[str]) -> set[str] | None:
    """The chosen connectors; all of them when none is named. An unknown name is an error."""
    for name in names:
        if name not in place.connectors:
            raise ConfigError(
                N_("there is no connector '{name}'"),
                why=N_("these are on: {known}"),
                fix=N_("name one of those; connectors_off in config.toml may have switched it off"),
                name=name,
                known=", ".join(place.connectors),
            )
    return set(names) or None


def latest_runs(place: Workplace) -> dict[str, Run]:
    """The last run of each connector."""
    last = select(func.max(Run.run_id)).where(col(Run.tenant_id) == place.store.tenant).group_by(col(Run.connector))
    with place.store.read() as session:
        found = session.scalars(select(Run).where(col(Run.tenant_id) == place.store.tenant, col(Run.run_id).in_(last)))
        return {run.connector: run for run in found}


def latest_evaluations(place: Workplace) -> dict[str, Evaluation]:
    """The last outcome of each rule."""
    mine = col(Evaluation.tenant_id) == place.store.tenant
    last = select(func.max(Evaluation.evaluation_id)).where(mine).group_by(col(Evaluation.rule))
    with place.store.read() as session:
        found = session.scalars(select(Evaluation).where(mine, col(Evaluation.evaluation_id).in_(last)))
        return {evaluation.rule: evaluation for evaluation in found}
