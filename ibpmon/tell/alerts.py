"""Alerts: one per rule and subject, which open, get worse, are solved and come back; what changes becomes news."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, Self

from sqlalchemy import and_, func, or_, select
from sqlmodel import Session, col

from ibpmon.config import Config
from ibpmon.store import ledger, upsert
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Evaluation, Finding
from ibpmon.tell import news
from ibpmon.tell.acts import ref
from ibpmon.tell.changes import OPEN, Change, Sight, Standing, step, together
from ibpmon.tell.sentences import Rule
from ibpmon.tell.terms import diary
from ibpmon.tell.words import rank

LONGEST_ROUND = timedelta(hours=1)  # of judging
Due = Callable[[str, datetime], datetime | None]  # level and moment -> until when it may wait


class Judgement(Protocol):
    """What judging one rule gave; its findings and its evaluation are already written in the same transaction."""

    @property
    def rule(self) -> Rule:
        """The rule."""

    @property
    def evaluation(self) -> Evaluation:
        """Its outcome."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Brings alerts up to date and writes what people must hear, in the transaction of the findings."""

    store: Store
    now: datetime
    due: Due

    @classmethod
    def of(cls, config: Config, store: Store, now: datetime) -> Self:
        """A teller for one round of judging."""
        with store.read() as session:
            return cls(store, now, diary(session, store, config).due)

    def tell(self, session: Session, judgement: Judgement) -> list[Change]:
        """Bring the alerts of one rule up to date; what people must hear waits as news."""
        changes = update_alerts(session, self.store, judgement, self.now, self.due)
        items = [news.of_change(judgement.rule.key, change) for change in changes]
        news.write(session, self.store, [*items, *sight_of(session, self.store, judgement)], self.now)
        return changes


def no_term(_level: str, _now: datetime) -> None:
    """For who asks no term."""


def update_alerts(
    session: Session, store: Store, judgement: Judgement, now: datetime, due: Due = no_term
) -> list[Change]:
    """Bring the alerts of one rule in line with its findings; gives what people must hear.

    The alerts follow from the findings that are there, not from what this round changed: done twice it changes nothing.
    Findings end only by a FULL run, so nothing is solved by data that was not read.
    """
    rule = judgement.rule.key
    sights = seen_now(session, store, rule)
    known = {alert.subject: alert for alert in concerned(session, store, rule)}
    fresh = [subject for subject in sights if subject not in known and sights[subject].occurrences]
    first = upsert.take(session, store.tenant, "alert", len(fresh)) if fresh else 0
    opened = [opening(store, rule, subject, sights[subject], first + n, now) for n, subject in enumerate(fresh)]
    before = {alert.alert_id: (alert.state, alert.level) for alert in known.values()}
    moved = [moving(alert, sights.get(subject, Sight()), now) for subject, alert in known.items()]
    session.add_all([alert for alert, _change in opened])
    set_terms([alert for alert, _change in opened], {}, now, due)
    set_terms(list(known.values()), before, now, due)
    if judgement.rule.term:
        set_terms_of_law(session, store, judgement.rule, [*(alert for alert, _change in opened), *known.values()])
    session.flush()
    changes = [change for _alert, change in opened] + [change for change in moved if change]
    told = {change.alert_id for change in changes}
    quiet = [one for one in known.values() if one.state != before[one.alert_id][0] and one.alert_id not in told]
    acts = [act_of(rule, change.kind, change) for change in changes]
    acts += [act_of(rule, alert.state, alert) for alert in quiet]  # accepted before and solved now, or the other way
    ledger.append(session, store, acts, now)
    return changes


def set_terms(alerts: Sequence[Alert], before: dict[int, tuple[str, str]], now: datetime, due: Due) -> None:
    """A term for each alert that opens or comes back; one that weighs more than before may only become due sooner."""
    for alert in alerts:
        state, level = before.get(alert.alert_id, ("", alert.level))
        if state != alert.state and alert.state in ("new", "reopened"):
            alert.due_at, alert.reminded_at = due(alert.level, now), None
        elif alert.due_at is None and alert.state in OPEN:
            alert.due_at = due(alert.level, now)  # opened again by a person, or older than terms
        elif rank(alert.level) > rank(level):
            alert.due_at = min(filter(None, (alert.due_at, due(alert.level, now))), default=None)


def set_terms_of_law(session: Session, store: Store, rule: Rule, alerts: Sequence[Alert]) -> None:
    """A term that the law gives counts real hours, in holidays too, and moves when it is extended."""
    living = (col(Finding.tenant_id) == store.tenant, col(Finding.rule) == rule.key, col(Finding.gone_at).is_(None))
    ends: defaultdict[str, list[datetime]] = defaultdict(list)
    for subject, evidence in session.execute(select(col(Finding.subject), col(Finding.evidence)).where(*living)):
        if told := evidence.get(rule.term):
            ends[subject].append(datetime.fromisoformat(told))
    for alert in alerts:
        if alert.state in OPEN and alert.subject in ends:
            alert.due_at = min(ends[alert.subject])


def act_of(rule: str, kind: str, about: Change | Alert) -> ledger.Act:
    """What happened to an alert, as the ledger keeps it."""
    said = {"rule": rule, "subject": about.subject, "level": about.level, "occurrences": about.occurrences}
    return ledger.Act(f"alert.{kind}", ref(about.alert_id), said)


def sight_of(session: Session, store: Store, judgement: Judgement) -> list[dict[str, Any]]:
    """That a rule can be judged no more, or can be again; nothing when that is as it was."""
    evaluation, rule = judgement.evaluation, judgement.rule
    before = the_one_before(session, store, evaluation)
    was_blind = before is not None and is_short(before)
    if is_short(evaluation) == was_blind:
        return []
    if not was_blind:
        said = {"reason": evaluation.reason}
        return [{"kind": "blind", "rule": rule.key, "level": rule.level, "said": said}]
    return [{"kind": "sighted", "rule": rule.key, "level": rule.level}]


def is_short(evaluation: Evaluation) -> bool:
    """Whether something of what the rule needs was not read; it may have found something all the same."""
    return evaluation.outcome == "cannot_check" or bool(evaluation.reason)


def the_one_before(session: Session, store: Store, evaluation: Evaluation) -> Evaluation | None:
    """The evaluation of the same rule before this one; None when it was never applied."""
    statement = (
        select(Evaluation)
        .where(col(Evaluation.tenant_id) == store.tenant, col(Evaluation.rule) == evaluation.rule)
        .where(col(Evaluation.evaluation_id) < evaluation.evaluation_id)
        .order_by(col(Evaluation.evaluation_id).desc())
        .limit(1)
    )
    return session.scalars(statement).first()


def seen_now(session: Session, store: Store, rule: str) -> dict[str, Sight]:
    """What is found now, per subject."""
    living = and_(col(Finding.tenant_id) == store.tenant, col(Finding.rule) == rule, col(Finding.gone_at).is_(None))
    key = (col(Finding.subject), col(Finding.level), col(Finding.accepted))
    per_subject: defaultdict[str, list[Sight]] = defaultdict(list)
    for subject, level, accepted, count in session.execute(select(*key, func.count()).where(living).group_by(*key)):
        per_subject[subject].append(Sight(level, 0, count) if accepted else Sight(level, count))
    return {subject: together(per_subject[subject]) for subject in sorted(per_subject)}


def concerned(session: Session, store: Store, rule: str) -> Sequence[Alert]:
    """The alerts that may have to change: those that are not solved, and the solved ones of what is found now."""
    found = select(col(Finding.subject)).where(
        col(Finding.tenant_id) == store.tenant, col(Finding.rule) == rule, col(Finding.gone_at).is_(None)
    )
    statement = (
        select(Alert)
        .where(col(Alert.tenant_id) == store.tenant, col(Alert.rule) == rule)
        .where(or_(col(Alert.state) != "solved", col(Alert.subject).in_(found)))
        .order_by(col(Alert.alert_id))
        .with_for_update()
    )
    return session.scalars(statement).all()


def opening(store: Store, rule: str, subject: str, sight: Sight, number: int, now: datetime) -> tuple[Alert, Change]:
    """A new alert."""
    alert = Alert(
        tenant_id=store.tenant,
        alert_id=number,
        rule=rule,
        subject=subject,
        level=sight.level,
        occurrences=sight.occurrences,
        opened_at=now,
        changed_at=now,
    )
    return alert, Change("new", number, subject, sight.level, sight.occurrences)


def moving(alert: Alert, sight: Sight, now: datetime) -> Change | None:
    """An alert that we know, after this sight; what a person did since this round began stands until the next one.

    What was written far ahead of now comes from a clock that was wrong, and holds nothing up.
    """
    if now < alert.changed_at <= now + LONGEST_ROUND:
        return None
    before = Standing(alert.state, alert.level, alert.occurrences)
    after, kind = step(before, sight)
    if after and after != before:
        alert.state, alert.level, alert.occurrences, alert.changed_at = after.state, after.level, after.occurrences, now
    return Change(kind, alert.alert_id, alert.subject, alert.level, sight.occurrences) if kind else None
