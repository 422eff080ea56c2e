"""Every rule with every source that it needs, unread in every way: it says so, names what is missing, and no more."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete
from sqlmodel import col

from benchmarks.figures import Figure, Measured, Measurement, Values
from benchmarks.judge.planted import simulated
from benchmarks.mutations import unjudge
from ibpmon import language
from ibpmon.collect import runs
from ibpmon.collect.connectors import Connector, load_connectors
from ibpmon.collect.job import held
from ibpmon.config import Config, Content
from ibpmon.judge.evaluate import Judgement, evaluate
from ibpmon.judge.rules import load_rules
from ibpmon.operate.rounds import collect_round, workplace
from ibpmon.providers.addresses import GRAPH
from ibpmon.providers.refusals import NO_PREMIUM, Answer, Call, meaning, refusal
from ibpmon.store import upsert
from ibpmon.store.database import Store, open_store
from ibpmon.store.tables import Run

FIGURES = (
    Figure("unreadable.tried", "rules x sources x ways"),
    Figure("unreadable.not_cannot_check", "outcomes", "== 0"),
    Figure("unreadable.green", "outcomes", "== 0"),
    Figure("unreadable.red", "outcomes", "== 0"),
    Figure("unreadable.missing_thing_not_named", "outcomes", "== 0"),
)
LONG_AGO = 10  # rhythms


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a source is not read: what the run says, the word that must be told, and what was read before.

    What was refused is told at once. What may pass is told when the last whole round is too old.
    """

    outcome: Callable[[Connector], runs.Outcome]
    named: Callable[[Connector], str]
    at_once: bool


def refused(status: int, code: str) -> Callable[[Connector], runs.Outcome]:
    """What a run says after this answer of Microsoft, by the code that reads such answers."""

    def outcome(connector: Connector) -> runs.Outcome:
        body = json.dumps({"error": {"code": code, "message": ""}}).encode()
        needs = connector.permissions or (permission(connector),)
        call = Call("", connector.endpoint or "/", "directory", tuple(needs))
        error = refusal(Answer(status, {}, body, ""), call, GRAPH, meaning)
        return runs.failure(error, connector.requires or needs[0])

    return outcome


def title(connector: Connector) -> str:
    """What a person calls the source."""
    return connector.title


def permission(connector: Connector) -> str:
    """The first permission that the source asks."""
    return (connector.permissions or ("User.Read.All",))[0]


WAYS: Mapping[str, Way] = {
    "403 right": Way(refused(403, "Authorization_RequestDenied"), permission, at_once=True),
    "403 licence": Way(refused(403, NO_PREMIUM), lambda _one: "P1", at_once=True),
    "404": Way(refused(404, "ResourceNotFound"), title, at_once=False),
    "throttled out": Way(refused(429, "TooManyRequests"), title, at_once=False),
    "empty": Way(lambda _one: held(40, 40), title, at_once=False),
}


@dataclass(slots=True)
class Count:
    """What went wrong, by figure."""

    tried: int
    wrong: dict[str, list[str]]

    def look(self, judged: Judgement, what: str, connector: Connector, way: Way) -> None:
        """Count one outcome."""
        self.tried += 1
        said, name = judged.evaluation, f"{judged.rule.key} without {what}"
        found = {
            "unreadable.not_cannot_check": said.outcome != "cannot_check",
            "unreadable.green": said.outcome in ("ok", "accepted"),
            "unreadable.red": said.outcome == "finding" or bool(judged.new or judged.gone or judged.worse),
            "unreadable.missing_thing_not_named": not all(
                word in said.reason for word in (connector.title, way.named(connector))
            ),
        }
        for figure, wrong in found.items():
            if wrong:
                self.wrong.setdefault(figure, []).append(name)


def measure_unreadable(_full: bool) -> Values:
    """On a small board that was read whole, with each source in turn unread."""
    now, count = datetime.now(UTC).replace(microsecond=0), Count(0, {})
    connectors = load_connectors(Content(), every=True)
    spoken = language.current()
    with tempfile.TemporaryDirectory() as name, simulated("small", 1, Path(name) / "demo", now) as config:
        with workplace(config, lambda: now) as place:
            collect_round(place)
            rules_of, board = place.config, place.config.tenant.id
        unjudge(config.parent / "ibpmon.db")
        language.use("en")
        path = f"sqlite:///{config.parent / 'ibpmon.db'}"
        store = open_store(path, [one.dataset for one in connectors.values()], board, "Waaier", now)
        try:
            for judged, what, connector, way in tried(store, rules_of, connectors, now):
                count.look(judged, what, connector, way)
        finally:
            language.use(spoken)
            store.engine.dispose()
    return {"unreadable.tried": Measured(count.tried, ", ".join(WAYS))} | {
        one.figure: told(count.wrong.get(one.figure, [])) for one in FIGURES[1:]
    }


def told(wrong: list[str]) -> Measured:
    """How many, with the first of them."""
    return Measured(len(wrong), "; ".join(wrong[:5]) or "none")


def tried(
    store: Store, config: Config, connectors: Mapping[str, Connector], now: datetime
) -> Iterator[tuple[Judgement, str, Connector, Way]]:
    """Each rule with each of its sources in each way, while all others were read just now."""
    rules = load_rules(config)
    for name in connectors:
        say(store, name, (runs.Outcome(), now))
    for need in sorted({need for rule in rules for need in rule.needs}):
        connector, needing = connectors[need], [rule for rule in rules if need in rule.needs]
        before = now - LONG_AGO * max(rule.needs[need] for rule in needing)
        if connector.dataset.kind == "events":  # what was never read is not there
            with store.write() as session:
                session.execute(delete(store.data[need]))
        for what, way in WAYS.items():
            say(store, need, (runs.Outcome(), now if way.at_once else before), (way.outcome(connector), now))
            for judged in evaluate(needing, store, now):
                yield judged, f"{need}: {what}", connector, way
        say(store, need, (runs.Outcome(), now))


def say(store: Store, name: str, *said: tuple[runs.Outcome, datetime]) -> None:
    """Let these be the runs of a connector."""
    with store.write() as session:
        session.execute(delete(Run).where(col(Run.tenant_id) == store.tenant, col(Run.connector) == name))
        for outcome, at in said:
            number = upsert.take(session, store.tenant, "run")
            moment: dict[str, Any] = {"started_at": at, "covers_until": at}
            run = Run(tenant_id=store.tenant, run_id=number, connector=name, **moment)
            runs.finish(session, run, outcome, at + timedelta(seconds=1))


MEASUREMENTS = (Measurement(FIGURES, measure_unreadable),)
