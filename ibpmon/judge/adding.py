"""Tries a public rule before a board takes it: what it becomes, what it needs, and whether it can ever match."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, func, select
from sqlalchemy.pool import StaticPool
from sqlmodel import Session

from ibpmon.collect.connectors import Connector
from ibpmon.judge.block import Trial
from ibpmon.judge.files import RuleFile
from ibpmon.judge.positive import Facts, records
from ibpmon.judge.reading import Problems, read_documents
from ibpmon.judge.rule import Rule
from ibpmon.judge.rules import Workshop
from ibpmon.judge.sigma import compile_condition, fields_of
from ibpmon.judge.sigmahq import public_service, sources
from ibpmon.judge.trial import run_rule
from ibpmon.language import _
from ibpmon.store.database import Store
from ibpmon.store.matching import teach
from ibpmon.store.view import View, whole_views
from ibpmon.store.views import views

LOUD = 0.05  # a rule that finds more of what is stored says nothing about what is wrong
TRIED = 50  # records that are tried as proof


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one public rule."""

    path: Path
    state: str  # accepted, held, refused
    reasons: tuple[str, ...] = ()
    rule: Rule | None = None
    proof: Mapping[str, Any] | None = None  # a record that it finds
    needs: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    licence: str = ""
    beta: bool = False
    events: int | None = None
    hits: int | None = None
    mapped: Mapping[str, str] = field(default_factory=dict)  # a field as the rule spells it -> ours

    @property
    def fields(self) -> tuple[str, ...]:
        """Our fields that it looks at."""
        return tuple(sorted(set(fields_of(self.rule.condition)))) if self.rule else ()

    @property
    def share(self) -> float | None:
        """The part of the stored events that it hits; nothing when there are none."""
        return self.hits / self.events if self.events and self.hits is not None else None


def tried(path: Path, bench: Workshop, connectors: Mapping[str, Connector]) -> Verdict:
    """A file as a rule of the board, with proof that it can match; or the reasons why it is refused."""
    file = bench.read(path)
    return replace(judged(file, bench, connectors), mapped=file.mapped)


def judged(file: RuleFile, bench: Workshop, connectors: Mapping[str, Connector]) -> Verdict:
    """What becomes of a file: whether it can match, or why it is refused."""
    path = file.path
    if not file.public or len(file.documents) != 1:
        why = _("give one public rule with logsource product azure: signinlogs, auditlogs or riskdetection")
        return Verdict(path, "refused", tuple(file.problems.found) or (why,))
    maker = bench.maker(file)
    rule = None if file.problems.found else maker.rule()
    if rule is None or file.problems.found:
        return Verdict(path, "refused", tuple(file.problems.found))
    service = service_of(path)
    source = sources(bench.config.content.folder)[service]
    facts = Facts(rule.columns, source.known, source.like)
    proof = proof_of(rule, facts)
    if proof is None:
        reasons = tuple(facts.reasons) or (_("no record could be made that this rule finds"),)
        return Verdict(path, "refused", reasons, rule)
    used = [connectors[name] for name in rule.needs]
    return Verdict(
        path, "accepted", (), rule, proof,
        needs=tuple(rule.needs),
        permissions=tuple(sorted({name for one in used for name in one.permissions})),
        licence=max([source.licence, *(one.requires for one in used)]),
        beta=any(one.version == "beta" for one in used),
    )  # fmt: skip


def service_of(path: Path) -> str:
    """The public service that a file names."""
    documents = read_documents(path, path.read_bytes(), Problems(path))
    return next(filter(None, map(public_service, documents)), "")


def proof_of(rule: Rule, facts: Facts) -> dict[str, Any] | None:
    """A record that Microsoft can write and that the compiled rule finds."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    event.listen(engine, "connect", teach)
    whose = {name: "x" for name in (rule.subject, rule.object) if name}
    try:
        with Session(engine) as session:
            for record in islice(records(rule.condition, facts), TRIED):
                trial = Trial(name="proof", expect="hit", record=whose | record)
                (result,) = run_rule(session, replace(rule, tests=(trial,)))
                if result.passed:
                    return record
    finally:
        engine.dispose()
    return None


def weighed(session: Session, verdict: Verdict, kinds: Mapping[str, View], *, even_if_loud: bool = False) -> Verdict:
    """The verdict with how many of the stored events it hits; held when these are too many."""
    rule = verdict.rule
    if rule is None or verdict.state != "accepted" or rule.service not in kinds:
        return verdict
    rows = kinds[rule.service].selectable
    with whole_views(session):
        events = session.scalar(select(func.count()).select_from(rows)) or 0
        wanted = compile_condition(rule.condition, rows, rule.columns)
        hits = session.scalar(select(func.count()).select_from(rows).where(wanted)) or 0
    found = replace(verdict, events=events, hits=hits)
    if not even_if_loud and found.share is not None and found.share > LOUD:
        sentence = _("it hits {hits} of {events} stored events; take it with --even-if-loud").format(
            hits=hits, events=events
        )
        return replace(found, state="held", reasons=(sentence,))
    return found


def weighed_all(
    store: Store, verdicts: list[Verdict], now: datetime, networks: tuple[str, ...], *, even_if_loud: bool = False
) -> list[Verdict]:
    """All verdicts with what they hit of what is stored."""
    kinds = views(store, now, networks)
    with store.read() as session:
        return [weighed(session, one, kinds, even_if_loud=even_if_loud) for one in verdicts]
