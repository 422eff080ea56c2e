"""What people do about an alert: take it on, close it, accept the risk, open it again, give it away, say something.

Each act is an entry of the ledger, in the transaction of what it changes: that is also the history of an alert.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from ibpmon.errors import RefusedError
from ibpmon.language import N_
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Exemption
from ibpmon.store.upsert import take
from ibpmon.tell.changes import AT_REST, OPEN
from ibpmon.tell.words import alert_state_word

Verb = Literal["ack", "close", "accept", "reopen", "assign", "comment"]

NEEDED: Mapping[Verb, tuple[str, ...]] = {
    "ack": (), "close": ("reason",), "accept": ("reason", "approved_by"), "reopen": ("reason",), "assign": ("to",),
    "comment": ("reason",),
}  # fmt: skip
# verb: in which states it can be done, and what the state is afterwards; None: it stays
STEPS: Mapping[Verb, tuple[Sequence[str], str | None]] = {
    "ack": (("new", "reopened"), "acknowledged"),
    "close": (OPEN, "closed"),
    "accept": (OPEN, "accepted"),
    "reopen": (("acknowledged", "closed", "accepted"), "reopened"),
    "assign": (OPEN, None),
    "comment": ((*OPEN, *AT_REST), None),
}


@dataclass(frozen=True, slots=True)
class Deed:
    """One act: who does what, and why; `seen` is the last line of the history that he saw, when that is known."""

    verb: Verb
    by: str
    reason: str = ""
    approved_by: str = ""  # accept: who has the mandate
    until: datetime | None = None  # accept: when it is looked at again
    to: str = ""  # assign: to whom
    seen: int | None = None

    @property
    def said(self) -> dict[str, Any]:
        """What the ledger keeps of it: what was told, and nothing empty."""
        told = {
            "by": self.by,
            "reason": self.reason,
            "approved_by": self.approved_by,
            "until": self.until,
            "to": self.to,
        }
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history of an alert; of somebody who was forgotten nothing is said any more."""

    seq: int
    at: datetime
    what: str  # new, worse, solved, reopened; ack, close, accept, reopen, assign, comment; incident: one was raised
    said: Mapping[str, Any] = field(default_factory=dict)


def do(
    session: Session, store: Store, number: int, deed: Deed, now: datetime, law: Collection[str] = frozenset()
) -> Alert:
    """Carry out an act on one alert; RefusedError says why it cannot be done, and then nothing has changed.

    `law` are the rules about a term that the law gives: judging takes no risk under these as accepted.
    """
    check_whole(deed)
    alert = session.get(Alert, (store.tenant, number), with_for_update=True)
    if alert is None:
        raise no_such(number)
    check(session, store, alert, deed, now)
    check_law(alert, deed, law)
    _states, after = STEPS[deed.verb]
    alert.state, alert.changed_at = after or alert.state, now if after else alert.changed_at
    alert.assigned_to = deed.to if deed.verb == "assign" else alert.assigned_to
    if deed.verb == "accept":
        exempt(session, store, alert, deed, now)
    if deed.verb == "reopen":
        alert.due_at = alert.reminded_at = None  # the next round of judging gives it a new term
        end_exemptions(session, store, alert, now)
    ledger.append(session, store, [ledger.Act(f"alert.{deed.verb}", ref(number), deed.said)], now)
    return alert


def no_such(number: int) -> RefusedError:
    """That there is no alert with this number."""
    fix = N_("'ibpmon alerts' lists the alerts with their numbers")
    return RefusedError(N_("there is no alert {number}"), fix=fix, number=number)


def check(session: Session, store: Store, alert: Alert, deed: Deed, now: datetime) -> None:
    """Refuse what comes too late or lasts too long."""
    states, _after = STEPS[deed.verb]
    if deed.seen is not None and last_seq(session, store, alert.alert_id) > deed.seen:
        raise RefusedError(
            N_("alert {number} changed since you looked at it"),
            why=N_("somebody else, or a round of ibpmon, was there first"),
            fix=N_("look again with 'ibpmon alerts show {number}', and decide anew"),
            number=alert.alert_id,
        )
    if alert.state not in states:
        raise RefusedError(
            N_("this cannot be done with alert {number} now"),
            why=N_("its state is '{state}'"),
            fix=N_("look at it with 'ibpmon alerts show {number}'"),
            number=alert.alert_id,
            state=alert_state_word(alert.state),
        )
    if deed.verb == "accept" and not is_within_a_year(deed.until, now):
        raise too_long(now)


def too_long(now: datetime) -> RefusedError:
    """That a risk is not accepted for so long."""
    return RefusedError(
        N_("a risk is accepted for a year at most, and from now on"),
        why=N_("what was acceptable is looked at again, by somebody who may find it so"),
        fix=N_("give an end date between today and {last}"),
        last=f"{a_year_on(now):%d-%m-%Y}",
    )


def a_year_on(now: datetime) -> datetime:
    """The same day of the next year, of which the whole counts: a risk is looked at again within a year."""
    try:
        return now.replace(year=now.year + 1)
    except ValueError:  # 29 February
        return now.replace(year=now.year + 1, day=28)


def is_within_a_year(until: datetime | None, now: datetime) -> bool:
    """Whether something ends, later than now and with the same day of the next year at the latest."""
    return until is not None and now < until <= a_year_on(now) + timedelta(days=1)


def may_still(alert: Alert) -> frozenset[Verb]:
    """What can be done about an alert as it stands."""
    return frozenset(verb for verb, (states, _after) in STEPS.items() if alert.state in states)


def check_law(alert: Alert, deed: Deed, law: Collection[str]) -> None:
    """Refuse to accept that a term of the law runs out."""
    if deed.verb == "accept" and alert.rule in law:
        raise RefusedError(
            N_("alert {number} is about a term that the law gives: that is no risk to accept"),
            why=N_("the clock runs on, and its warnings would no longer come"),
            fix=N_("decide about the incident or the request itself: 'ibpmon incidents' and 'ibpmon requests'"),
            number=alert.alert_id,
        )


def check_whole(deed: Deed, spelled: Callable[[str], str] = str) -> None:
    """Refuse an act of which it is not said who does it, why, or with whose mandate; `spelled` names a field."""
    texts = {"by": deed.by, "reason": deed.reason, "approved_by": deed.approved_by, "to": deed.to}
    for name in ("by", *NEEDED[deed.verb]):
        if not texts[name].strip():
            raise RefusedError(
                N_("'{field}' cannot be empty"),
                why=N_("later nobody could tell who decided this, and why"),
                fix=N_("say it in a few words"),
                field=spelled(name),
            )


def exempt(session: Session, store: Store, alert: Alert, deed: Deed, now: datetime) -> None:
    """Write the accepted risk down: the next round of judging marks what it covers."""
    row = Exemption(
        tenant_id=store.tenant, exception_id=take(session, store.tenant, "exception"), rule=alert.rule,
        subject=alert.subject, reason=deed.reason, approved_by=deed.approved_by, from_at=now, until=deed.until or now,
    )  # fmt: skip
    session.add(row)


def end_exemptions(session: Session, store: Store, alert: Alert, now: datetime) -> None:
    """What was accepted about this subject holds no longer."""
    mine = (col(Exemption.tenant_id) == store.tenant, col(Exemption.rule) == alert.rule)
    running = (col(Exemption.subject) == alert.subject, col(Exemption.until) > now)
    session.execute(update(Exemption).where(*mine, *running).values(until=now))


def review(session: Session, store: Store, by: str, now: datetime) -> int:
    """Write down that somebody went through the alerts and the logs; gives how many alerts were open."""
    mine = (col(Alert.tenant_id) == store.tenant, col(Alert.state).in_(OPEN))
    count = session.scalar(select(func.count()).select_from(Alert).where(*mine)) or 0
    ledger.append(session, store, [ledger.Act("log.review", "log", {"by": by, "open": count})], now)
    return count


# ---- the history


def ref(number: int) -> str:
    """What the ledger calls an alert."""
    return f"alert/{number}"


def last_seq(session: Session, store: Store, number: int) -> int:
    """The number of the last line about an alert; 0 when it is older than the ledger."""
    return ledger.last_of(session, store, ref(number))


def history(session: Session, store: Store, number: int) -> list[Line]:
    """Everything that happened to an alert, the oldest first."""
    rows = ledger.about(session, store, ref(number))
    return [Line(one.seq, one.at, one.kind.removeprefix("alert."), json.loads(one.said or "{}")) for one in rows]
