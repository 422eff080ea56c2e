"""Alerts: one per rule and subject, which open, get worse, are solved and come back; told in one mail per rule."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self

from sqlalchemy import and_, func, or_, select
from sqlmodel import Session, col

from ibpmon.config import Config
from ibpmon.privacy.pseudonyms import load_or_make
from ibpmon.store import ledger, upsert
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Evaluation, Finding
from ibpmon.tell.acts import ref
from ibpmon.tell.changes import Change, Sight, Standing, step, together
from ibpmon.tell.mails import Mailroom, Rule
from ibpmon.tell.outbox import enqueue


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
    """Tells what a judgement changes: alerts and the mail about them, in the transaction of the findings."""

    store: Store
    config: Config
    mailroom: Mailroom
    now: datetime

    @classmethod
    def of(cls, config: Config, store: Store, now: datetime) -> Self:
        """A teller for one round of judging."""
        pseudonyms = load_or_make(config.store.pseudonym_key)
        return cls(store, config, Mailroom.of(config, store, pseudonyms), now)

    def tell(self, session: Session, judgement: Judgement) -> list[Change]:
        """Bring the alerts of one rule up to date and put its mail, if there is anything to tell, in the outbox."""
        changes = update_alerts(session, self.store, judgement, self.now)
        draft = self.mailroom.draft(session, judgement.rule, judgement.evaluation, changes)
        if draft:
            enqueue(session, self.store, draft, self.config.mail.sender, self.recipients(), self.now)
        return changes

    def recipients(self) -> Sequence[str]:
        """Who gets the mails about rules: from the configuration, never from data."""
        return self.config.mail.to.get("it", ())


def update_alerts(session: Session, store: Store, judgement: Judgement, now: datetime) -> list[Change]:
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
    before = {alert.alert_id: alert.state for alert in known.values()}
    moved = [moving(alert, sights.get(subject, Sight()), now) for subject, alert in known.items()]
    session.add_all([alert for alert, _change in opened])
    session.flush()
    changes = [change for _alert, change in opened] + [change for change in moved if change]
    told = {change.alert_id for change in changes}
    quiet = [one for one in known.values() if one.state != before[one.alert_id] and one.alert_id not in told]
    acts = [act_of(rule, change.kind, change) for change in changes]
    acts += [act_of(rule, alert.state, alert) for alert in quiet]  # accepted before and solved now, or the other way
    ledger.append(session, store, acts, now)
    return changes


def act_of(rule: str, kind: str, about: Change | Alert) -> ledger.Act:
    """What happened to an alert, as the ledger keeps it."""
    said = {"rule": rule, "subject": about.subject, "level": about.level, "occurrences": about.occurrences}
    return ledger.Act(f"alert.{kind}", ref(about.alert_id), said)


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
    """An alert that we know, after this sight; what a person did since this round began stands until the next one."""
    if alert.changed_at > now:
        return None
    before = Standing(alert.state, alert.level, alert.occurrences)
    after, kind = step(before, sight)
    if after and after != before:
        alert.state, alert.level, alert.occurrences, alert.changed_at = after.state, after.level, after.occurrences, now
    return Change(kind, alert.alert_id, alert.subject, alert.level, sight.occurrences) if kind else None
