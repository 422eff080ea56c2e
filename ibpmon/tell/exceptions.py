"""Accepted risks: which run now, which end soon or have ended, what each is about; and ending one before its time."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from ibpmon.errors import RefusedError
from ibpmon.language import N_
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.parts import parts
from ibpmon.store.tables import Exemption, Finding
from ibpmon.store.upsert import take
from ibpmon.tell.acts import is_within_a_year, too_long
from ibpmon.tell.registers import check_text, needed
from ibpmon.tell.sentences import Rule, Writer
from ibpmon.tell.words import fields_of, fill


@dataclass(frozen=True, slots=True)
class Told:
    """An accepted risk in words; a pupil in it has a pseudonym."""

    number: int
    rule: str
    title: str
    sentence: str
    reason: str
    approved_by: str
    since: datetime
    until: datetime


# ---- which


def running(session: Session, store: Store, now: datetime) -> list[Exemption]:
    """Those that hold now, the first to end first."""
    return found(session, store, col(Exemption.from_at) <= now, col(Exemption.until) > now)


def ending(session: Session, store: Store, now: datetime, within: timedelta) -> list[Exemption]:
    """Those that hold now and end within so much time."""
    return [one for one in running(session, store, now) if one.until <= now + within]


def ended(session: Session, store: Store, since: datetime, now: datetime) -> list[Exemption]:
    """Those that ended after a moment, by themselves or because somebody said so; the first to end first."""
    return found(session, store, col(Exemption.until) > since, col(Exemption.until) <= now)


def everything(session: Session, store: Store) -> list[Exemption]:
    """All that was ever accepted, the first to end first."""
    return found(session, store)


def found(session: Session, store: Store, *conditions: ColumnElement[bool]) -> list[Exemption]:
    """The accepted risks of the board of which this holds."""
    mine = select(Exemption).where(col(Exemption.tenant_id) == store.tenant, *conditions)
    return list(session.scalars(mine.order_by(col(Exemption.until), col(Exemption.exception_id))))


def about_places(
    session: Session, store: Store, rows: Sequence[Exemption], places: Collection[str]
) -> dict[int, set[str]]:
    """The places (ids of groups, sites, applications) that each of these is about, by its number.

    It is about a place when that is its subject or object, or that of a finding that it covers now; of nothing else
    can it be said.
    """
    about = {one.exception_id: {one.subject, one.object} & set(places) for one in rows}
    pairs = defaultdict[tuple[str, str], set[str]](set)
    for subjects in parts(sorted({one.subject for one in rows})):
        covered = (col(Finding.accepted), col(Finding.gone_at).is_(None), col(Finding.subject).in_(subjects))
        query = select(col(Finding.rule), col(Finding.subject), col(Finding.object))
        for rule, subject, thing in session.execute(query.where(col(Finding.tenant_id) == store.tenant, *covered)):
            pairs[rule, subject].add(thing)
    for one in rows:
        things = pairs.get((one.rule, one.subject), set())
        about[one.exception_id] |= {thing for thing in things if one.object in ("", thing)} & set(places)
    return about


# ---- in words


def in_words(session: Session, rows: Sequence[Exemption], rules: Sequence[Rule], writer: Writer) -> list[Told]:
    """What these accepted risks are about; of a rule that is off only its name is known."""
    known = writer.people(session)
    titles = {rule.key: rule.title for rule in rules}
    lines: dict[tuple[str, str], str] = {}
    for rule in rules:
        subjects = sorted({one.subject for one in rows if one.rule == rule.key})
        for some in parts(subjects):
            told = writer.about(session, rule, dict.fromkeys(some, 1))
            lines |= {(rule.key, subject): line for subject, line in told.items() if line != says_nothing(rule)}
    return [
        Told(
            one.exception_id,
            one.rule,
            titles.get(one.rule, one.rule),
            lines.get((one.rule, one.subject)) or known.scrubbed(one.subject),
            known.scrubbed(one.reason),
            known.scrubbed(one.approved_by),
            one.from_at,
            one.until,
        )
        for one in rows
    ]


def told_at_once(session: Session, rows: Sequence[Exemption], rules: Mapping[str, Rule], writer: Writer) -> list[Told]:
    """The same for one page, in one statement however many rules there are."""
    known = writer.people(session)
    lines = writer.lines(session, rules, {(one.rule, one.subject): 1 for one in rows})
    return [
        Told(
            one.exception_id,
            one.rule,
            rules[one.rule].title if one.rule in rules else one.rule,
            lines.get((one.rule, one.subject)) or known.scrubbed(one.subject),
            known.scrubbed(one.reason),
            known.scrubbed(one.approved_by),
            one.from_at,
            one.until,
        )
        for one in rows
    ]


def says_nothing(rule: Rule) -> str:
    """The line of a rule of which no finding is left to fill it in; empty when it needs none."""
    return fill(rule.message.line, {}) if fields_of(rule.message.line) else ""


# ---- acting


def end(session: Session, store: Store, number: int, by: str, reason: str, now: datetime) -> Exemption:
    """Let an accepted risk end now; the next round of judging brings its alert back.

    RefusedError says why that cannot be, and then nothing has changed.
    """
    row = endable(session.get(Exemption, (store.tenant, number), with_for_update=True), number, reason, now)
    check_text("reason", reason)
    was, row.until = row.until, now
    said = {"by": by, "reason": reason.strip(), "rule": row.rule, "subject": row.subject, "was_until": was}
    ledger.append(session, store, [ledger.Act("exception.end", ref(number), said)], now)
    return row


def renew(
    session: Session, store: Store, number: int, by: str, reason: str, approved_by: str, until: datetime | None,
    now: datetime,
) -> Exemption:  # fmt: skip
    """Let an accepted risk run until another day; RefusedError says why that cannot be, and nothing has changed.

    The old one ends and a new one follows on it, so that each keeps the reason and the mandate of its own time.
    """
    old = endable(session.get(Exemption, (store.tenant, number), with_for_update=True), number, reason, now)
    check_words(reason, approved_by)
    if not is_within_a_year(until, now):
        raise too_long(now)
    was, old.until = old.until, now
    fresh = Exemption(
        tenant_id=store.tenant, exception_id=take(session, store.tenant, "exception"), rule=old.rule,
        subject=old.subject, object=old.object, reason=reason.strip(), approved_by=approved_by.strip(), from_at=now,
        until=until or now,
    )  # fmt: skip
    session.add(fresh)
    said = {
        "by": by, "reason": reason.strip(), "approved_by": approved_by.strip(), "rule": old.rule,
        "subject": old.subject, "was_until": was, "until": until, "follows": number,
    }  # fmt: skip
    ledger.append(session, store, [ledger.Act("exception.renew", ref(fresh.exception_id), said)], now)
    return fresh


def check_words(reason: str, approved_by: str) -> None:
    """A decision has somebody with the mandate, and texts that can be kept."""
    check_text("reason", reason)
    check_text("approved_by", approved_by)
    needed(approved_by, N_("who decided that the risk is accepted for longer?"))


def endable(row: Exemption | None, number: int, reason: str, now: datetime) -> Exemption:
    """The accepted risk, if it can be ended; refused is what is not there, is over already, or has no reason."""
    fix = N_("'ibpmon exceptions list' lists those that run, with their numbers")
    if row is None:
        raise RefusedError(N_("there is no accepted risk {number}"), fix=fix, number=number)
    if row.until <= now:
        raise RefusedError(
            N_("accepted risk {number} has ended already"),
            why=N_("an accepted risk ends once, by its date or because somebody ended it"),
            fix=fix,
            number=number,
        )
    if not reason.strip():
        raise RefusedError(
            N_("accepted risk {number} does not end without a reason"),
            why=N_("whoever looks later must see why it ended before its time"),
            fix=N_("say why, with --reason"),
            number=number,
        )
    return row


def ref(number: int) -> str:
    """What the ledger calls an accepted risk."""
    return f"exception/{number}"
