"""Applies the rules: each in one transaction, with its findings, its outcome, and what is told about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import false, func, not_, select
from sqlmodel import Session

from ibpmon.judge import absence, context, correlate, findings, watermark
from ibpmon.judge.arrivals import MOST_HITS, Arrivals, arrivals, is_plain
from ibpmon.judge.findings import Changes, Matched
from ibpmon.judge.needs import Reading, histories, needs_of, reading
from ibpmon.judge.rule import LEVELS, Rule, Search
from ibpmon.judge.sigma import Tree, compile_condition
from ibpmon.judge.weighing import rank_of
from ibpmon.language import _
from ibpmon.progress import Progress, silent
from ibpmon.store.database import Store
from ibpmon.store.tables import Evaluation, Finding
from ibpmon.store.upsert import take
from ibpmon.store.view import View, whole_views
from ibpmon.store.views import views

CONTEXT = ":context"  # the watermark for what changed about events that are there already


@dataclass(frozen=True, slots=True)
class Judgement:
    """One rule with its outcome, and what changed since the last time."""

    rule: Rule
    evaluation: Evaluation
    new: tuple[Finding, ...] = ()  # accepted ones are among them, and marked so
    gone: tuple[Finding, ...] = ()
    worse: tuple[Finding, ...] = ()
    expired: tuple[Finding, ...] = ()


Tell = Callable[[Session, Judgement], object]


def nothing(_session: Session, _judgement: Judgement) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class Round:
    """What all rules of one evaluation share: looked up once, before the first of them is judged.

    What the runs left is looked up before what arrived: of events, which only grow, no more is said to be read than
    was judged. State may change while others are judged; what was read of it is looked up with the rule itself.
    """

    now: datetime
    kinds: correlate.Kinds
    readings: Mapping[str, Reading]  # of the rules on events, as they were when the round began
    exceptions: Mapping[str, set[findings.Pair]]
    deciding: context.Sources
    changed: int  # the number of the last change in what decides about events
    fresh: Arrivals


def evaluate(
    rules: Sequence[Rule], store: Store, now: datetime, progress: Progress = silent, *, tell: Tell = nothing
) -> list[Judgement]:
    """Apply every rule; `tell` is called in the transaction of the findings: never the one without the other."""
    shared, judgements = begin(rules, store, now), []
    for number, rule in enumerate(rules):
        progress.step(_("rules"), number, len(rules))
        with store.write() as session:
            judgements.append(judge(session, store, rule, shared))
            tell(session, judgements[-1])
    progress.step(_("rules"), len(rules), len(rules))
    return judgements


def begin(rules: Sequence[Rule], store: Store, now: datetime) -> Round:
    """Look up what all rules share; what arrived is looked through only for the rules that can be judged."""
    kinds = views(store, now, rules[0].networks) if rules else {}
    deciding, events = context.sources(rules, kinds), [rule for rule in rules if rule.time]
    with store.write() as session:
        known = histories(session, store, {name for rule in events for name in needs_of(rule, store)})
        readings = {rule.key: reading(session, store, rule, now, known) for rule in events}
        changed = context.refresh(session, store, deciding)
    judged = [rule for rule in events if readable(rule, kinds, readings[rule.key])]
    with store.read() as session:
        exceptions = findings.exceptions(session, store, rules, now)
        return Round(now, kinds, readings, exceptions, deciding, changed, arrivals(session, store, judged, kinds))


def judge(session: Session, store: Store, rule: Rule, shared: Round) -> Judgement:
    """Apply one rule in an open transaction.

    What was not read is not judged. Events of which only a part was read are: what they show did happen, but
    that nothing else happened cannot be said.
    """
    events = rule.time and not is_absence(rule)
    read = shared.readings[rule.key] if events else reading(session, store, rule, shared.now)
    if is_absence(rule):
        read = replace(read, shortages=(*read.shortages, *absence.not_read(session, store, rule, shared.kinds)))
    changes, undetermined = Changes(), 0
    judged = readable(rule, shared.kinds, read)
    if judged and is_absence(rule):
        changes = judge_absence(session, store, rule, shared.kinds, shared.now)
    elif judged and rule.time:
        changes, undetermined = judge_events(session, store, rule, shared)
    elif judged:
        changes, undetermined = judge_state(session, store, rule, shared.kinds[rule.service], shared.now)
    if rule.key in shared.exceptions or any(one.accepted for one in (*changes.new, *changes.worse)):
        changes.expired = findings.apply_exceptions(session, store, rule, shared.exceptions.get(rule.key, set()))
    counts = findings.counted(session, store, rule) if judged else findings.Counts()
    evaluation = outcome(session, store, rule, read, counts, undetermined, shared.now)
    session.flush()
    gone = {id(one) for one in changes.gone}
    expired = [one for one in changes.expired if id(one) not in gone]
    return Judgement(rule, evaluation, tuple(changes.new), tuple(changes.gone), tuple(changes.worse), tuple(expired))


def readable(rule: Rule, kinds: Mapping[str, View], read: Reading) -> bool:
    """Whether there is something to judge: all of it was read, a part of the events, or what reckons with the rest."""
    if not kinds.keys() >= rule.services:
        return False
    if is_absence(rule):
        return not read.shortages
    streams = {kinds[name].stream for name in rule.services}
    return all(
        short.counted or (short.partial and rule.time and short.connector in streams) for short in read.shortages
    )


def outcome(
    session: Session,
    store: Store,
    rule: Rule,
    read: Reading,
    counts: findings.Counts,
    undetermined: int,
    now: datetime,
) -> Evaluation:
    """One of the four outcomes, stored; never ok when something was not read."""
    word = "cannot_check" if read.shortages else "accepted" if counts.accepted else "ok"
    evaluation = Evaluation(
        tenant_id=store.tenant,
        evaluation_id=take(session, store.tenant, "evaluation"),
        rule=rule.key,
        rule_hash=rule.hash,
        at=now,
        outcome="finding" if counts.open else word,
        reason=read.reason,
        findings=counts.open,
        accepted=counts.accepted,
        undetermined=undetermined,
        data_as_of=read.as_of,
    )
    session.add(evaluation)
    return evaluation


# ---- state: what holds now


def judge_state(session: Session, store: Store, rule: Rule, view: View, now: datetime) -> tuple[Changes, int]:
    """Make the findings equal to what holds now; gives too how many subjects the data leaves open."""
    with whole_views(session):
        found = matched(session, rule, view)
        undetermined = open_subjects(session, rule, view)
    return findings.renew(session, store, rule, found, now), undetermined


def matched(session: Session, rule: Rule, view: View) -> dict[findings.Pair, Matched]:
    """What holds now, per subject and object."""
    found = {}
    for row in session.execute(matches(rule, view, rule.condition)):
        values = row._mapping
        pair = (str(values["the_subject"]), str(values["the_object"] or ""))
        found[pair] = Matched({name: values[f"f_{name}"] for name in rule.line_fields}, LEVELS[values["rank"]])
    return found


def matches(rule: Rule, view: View, tree: Tree) -> Any:
    """The rows of a view for which a condition holds: subject, object, how much it weighs, what the message names."""
    rows = view.selectable
    whom = [rows.c[rule.subject].label("the_subject")]
    whom += [(rows.c[rule.object] if rule.object else false()).label("the_object")]
    named = [rank_of(rule, rows).label("rank"), *(rows.c[name].label(f"f_{name}") for name in rule.line_fields)]
    return select(*whom, *named).where(compile_condition(tree, rows, rule.columns), rows.c[rule.subject].is_not(None))


def open_subjects(session: Session, rule: Rule, view: View) -> int:
    """For how many subjects the rule cannot say: those that `unknown` names, and that were not found."""
    if rule.unknown is None:
        return 0
    rows = view.selectable
    found = func.coalesce(compile_condition(rule.condition, rows, rule.columns), false())
    unknown = compile_condition(rule.unknown, rows, rule.columns)
    return session.scalar(select(func.count(rows.c[rule.subject].distinct())).where(unknown, not_(found))) or 0


# ---- events: that nothing happened


def is_absence(rule: Rule) -> bool:
    """Whether the rule finds that nothing happened."""
    return rule.correlation is not None and rule.correlation.absent


def judge_absence(session: Session, store: Store, rule: Rule, kinds: correlate.Kinds, now: datetime) -> Changes:
    """Make the findings equal to whom nothing happened to, up to where the source was read."""
    return findings.renew(session, store, rule, silent_ones(session, store, rule, kinds), now)


def silent_ones(session: Session, store: Store, rule: Rule, kinds: correlate.Kinds) -> dict[findings.Pair, Matched]:
    """Whom nothing happened to, with what the message may say of it."""
    until = absence.read_until(session, store, rule, kinds)
    found = absence.quiet(session, rule, kinds, until) if until else ()
    by = correlate.counting(rule).by
    return {
        (one.key[0], "".join(one.key[1:])): Matched({**dict(zip(by, one.key, strict=True)), **one.values}, rule.level)
        for one in found
    }


# ---- events: what happened since the last time


def judge_events(session: Session, store: Store, rule: Rule, shared: Round) -> tuple[Changes, int]:
    """Add what new events make; late ones count in their own time. Gives too how many had no key.

    1. How far did this rule look, and what arrived since? 2. Which stored episodes do these events meet?
    3. Judge their whole range again. 4. Store, and move the watermarks in the same transaction.
    """
    marks = {name: shared.fresh.until[name] for name in rule.services} | {CONTEXT: shared.changed}
    seen = watermark.seen(session, store, rule)
    met = touched(session, store, rule, shared, seen)
    if met is None:
        changes, keyless = judge_all(session, store, rule, shared.kinds, shared.now)
    else:
        changes, keyless = judge_news(session, store, rule, shared.kinds, met, shared.now), met.keyless
    watermark.move(session, store, rule, seen, marks)
    return changes, keyless


@dataclass(slots=True)
class Met:
    """What is to be judged: the keys with their ranges, how many hits had no key, and the new hits by themselves."""

    until: watermark.Marks  # the number of the last of the new events
    anew: bool  # something is said otherwise now of events that were judged before
    ranges: correlate.Ranges = field(default_factory=dict)
    keyless: int = 0
    fresh: correlate.Moments = field(default_factory=dict)


def touched(session: Session, store: Store, rule: Rule, shared: Round, seen: watermark.Marks) -> Met | None:
    """What arrived, and what is looked at otherwise now; None when all that is stored is to be judged."""
    stale = bool(seen) and seen[CONTEXT] < shared.changed
    changed = context.changed_keys(session, store, shared.deciding[rule.key], seen[CONTEXT]) if stale else {}
    new = {search.name: new_of(session, rule, search, shared.kinds, shared.fresh, seen) for search in rule.searches}
    if changed is None or None in new.values():
        return None
    met = Met(shared.fresh.until, anew=bool(changed) or not seen)
    for search in rule.searches:
        met.keyless += correlate.touched_by(rule, new[search.name] or (), met.ranges, met.fresh)
        for (view, name), keys in changed.items():
            if view == search.service:
                for old in correlate.hits_of_keys(rule, search, shared.kinds[view], name, keys):
                    correlate.touched_by(rule, session.execute(old), met.ranges)
    return met


def new_of(
    session: Session, rule: Rule, search: Search, kinds: correlate.Kinds, fresh: Arrivals, seen: watermark.Marks
) -> Sequence[Any] | None:
    """Key and time of the new hits of a search; None when it is better to go through all events."""
    found = fresh.of(rule, search, seen)
    if found is None and search.service in seen:  # somebody else has judged meanwhile
        view, until = correlate.read_by(rule, kinds)[search.service], fresh.until[search.service]
        return session.execute(correlate.new_hits(rule, search, view, seen[search.service], until)).all()
    return None if found is None or (not seen and len(found) > MOST_HITS) else found


def judge_news(session: Session, store: Store, rule: Rule, kinds: correlate.Kinds, met: Met, now: datetime) -> Changes:
    """Judge these keys within their ranges."""
    if not met.ranges:
        return Changes()
    if is_plain(rule) and not met.anew:
        return add_news(session, store, rule, kinds, met, now)
    kinds = correlate.read_by(rule, kinds)
    ranges = met.ranges if correlate.is_whole(rule) else correlate.stretched(session, rule, kinds, met.ranges)
    stored = findings.stored_episodes(session, store, rule, ranges)
    found = correlate.find_episodes(session, rule, kinds, findings.widened(ranges, stored, rule))
    return findings.extend(session, store, rule, list(found), stored, now)


def add_news(session: Session, store: Store, rule: Rule, kinds: correlate.Kinds, met: Met, now: datetime) -> Changes:
    """Judge no more than what lies around the new events, where each of them speaks for itself.

    An episode that has gone on for a year is then not read again; what was not counted yet is added to it.
    """
    known = {name: kinds[name].arrived_by(met.until[name]) for name in rule.services}
    stored = findings.stored_episodes(session, store, rule, met.ranges)
    found = correlate.find_episodes(session, rule, correlate.read_by(rule, known), met.ranges)
    return findings.extend(session, store, rule, list(found), stored, now, met.fresh)


def judge_all(session: Session, store: Store, rule: Rule, kinds: correlate.Kinds, now: datetime) -> tuple[Changes, int]:
    """Judge all that is stored."""
    kinds = correlate.read_by(rule, kinds)
    stored = findings.living(session, store, rule)
    with whole_views(session):
        keyless = correlate.keyless_hits(session, rule, kinds)
        found = list(correlate.find_episodes(session, rule, kinds, None))
    return findings.extend(session, store, rule, found, stored, now), keyless
