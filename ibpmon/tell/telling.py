"""Tells people: once a day all that is new, and at once what cannot wait. What stands in a mail is told, and not again.

News is written in the transaction of the fact; here, in one transaction, it becomes mails in the outbox and is marked
as told. So nothing is lost between the two, and nothing is told twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Self

from sqlmodel import Session

from ibpmon.config import Config
from ibpmon.language import _
from ibpmon.privacy.pseudonyms import load_or_make
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Finding, News
from ibpmon.tell import digest, news, routing
from ibpmon.tell.coverage import Coverage, coverage, proofs, still_open
from ibpmon.tell.digest import QUIET, Material
from ibpmon.tell.mails import Contents, Foot, Mailroom, totals
from ibpmon.tell.occasions import Occasion, heads_due, noted, occasion
from ibpmon.tell.outbox import Draft, enqueue, new_message_id
from ibpmon.tell.people import About
from ibpmon.tell.reminders import exceptions_of, once_accepted, remind
from ibpmon.tell.routing import Owners, Router, Subject
from ibpmon.tell.sentences import Rule, Writer, latest_findings
from ibpmon.tell.terms import diary
from ibpmon.tell.words import rank

URGENT = ("new", "worse", "reopened")
FEW = 3  # so many alerts at once each get a mail of their own; more become one
Parcel = tuple[frozenset[str], Sequence[News]]  # who reads which news


@dataclass(frozen=True, slots=True)
class Desk:
    """All that telling needs: the rules that are on, who may read what, and how it is written down."""

    store: Store
    config: Config
    rules: Mapping[str, Rule]
    router: Router
    writer: Writer
    mailroom: Mailroom
    now: datetime

    @classmethod
    def of(
        cls, config: Config, store: Store, rules: Sequence[Rule], now: datetime, owners: Owners = routing.nobody
    ) -> Self:
        """A desk for one moment. `owners` gives the address of who owns a place, from the autorisatiematrix."""
        writer = Writer(store, config, load_or_make(config.store.pseudonym_key))
        by_key = {rule.key: rule for rule in rules}
        return cls(store, config, by_key, Router(config, owners), writer, Mailroom.of(config), now)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail and who gets it."""

    readers: frozenset[str]
    draft: Draft


def due(store: Store, config: Config, now: datetime, *, anyway: bool = False) -> Occasion | None:
    """What must be told now, None when nothing must; `anyway` is for the mail of the day before its time."""
    with store.read() as session:
        wanted = occasion(session, store, config, diary(session, store, config), now, anyway=anyway)
        return wanted if wanted.morning or any(map(is_urgent, news.untold(session, store))) else None


def tell(desk: Desk, wanted: Occasion) -> list[Mail]:
    """Put in the outbox what must be told on this occasion."""
    with desk.store.write() as session:
        if not noted(session, desk.store, wanted, desk.now):
            return []  # another process was first
        mails = written(session, desk, wanted)
        for mail in mails:
            enqueue(session, desk.store, mail.draft, desk.config.mail.sender, sorted(mail.readers), desk.now)
            if desk.config.teams and desk.router.is_it(mail.readers):
                enqueue(session, desk.store, card_of(mail.draft), desk.config.mail.sender, (), desk.now)
        return mails


def card_of(draft: Draft) -> Draft:
    """The same news for Teams: what the subject says, which names nobody; the rest stands in the mail."""
    text = _("The mail of ibpmon says what it is about and what to do.")
    return Draft(draft.kind, draft.subject, text, "", channel="teams")


def preview(desk: Desk, wanted: Occasion) -> list[Mail]:
    """What would be told on this occasion; nothing is kept of it."""
    with desk.store.write() as session:
        mails = written(session, desk, wanted)
        session.rollback()
        return mails


def written(session: Session, desk: Desk, wanted: Occasion) -> list[Mail]:
    """The mails of an occasion; what stands in them is marked as told."""
    if wanted.morning:
        remind(session, desk.store, desk.rules, desk.now)
    waiting = news.untold(session, desk.store, lock=True)
    chosen = waiting if wanted.morning else [one for one in waiting if is_urgent(one)]
    alerts = news.alerts_of(session, desk.store, chosen)
    items = [
        one
        for one in news.folded(chosen)
        if one.rule in desk.rules and news.is_news(one, alerts.get(one.alert_id or 0))
    ]
    parcels, unread = sorted_out(session, desk, items, alerts)
    news.told(session, desk.store, (one for one in chosen if one.news_id not in unread), desk.now)
    sheet = Sheet(session, desk, alerts, wanted)
    return [*sheet.mornings(parcels), *sheet.heads(parcels)] if wanted.morning else list(sheet.at_once(parcels))


def is_urgent(one: News) -> bool:
    """Whether it cannot wait until the morning."""
    return one.kind in URGENT and rank(one.level) >= rank("high")


# ---- who reads what


def sorted_out(
    session: Session, desk: Desk, items: Sequence[News], alerts: Mapping[int, Alert]
) -> tuple[list[Parcel], set[int]]:
    """The news per set of readers, each in one parcel; and the numbers of what nobody may read, which keeps waiting."""
    readers = {one.news_id: who for one, who in readers_of(session, desk, items, alerts)}
    per_address: defaultdict[str, list[News]] = defaultdict(list)
    for one in items:
        for address in readers[one.news_id]:
            per_address[address].append(one)
    same: defaultdict[tuple[int, ...], set[str]] = defaultdict(set)
    for address, some in per_address.items():
        same[tuple(one.news_id for one in some)].add(address)
    by_number = {one.news_id: one for one in items}
    parcels: list[Parcel] = [(frozenset(who), [by_number[one] for one in numbers]) for numbers, who in same.items()]
    ordered = sorted(parcels, key=lambda parcel: sorted(parcel[0]))
    return ordered, {number for number, who in readers.items() if not who}


def readers_of(
    session: Session, desk: Desk, items: Sequence[News], alerts: Mapping[int, Alert]
) -> Iterator[tuple[News, frozenset[str]]]:
    """Who reads each piece of news: decided by its rule and by what it is about."""
    exceptions = exceptions_of(session, desk.store, items)
    per_rule: defaultdict[str, list[tuple[News, str]]] = defaultdict(list)
    for one in items:
        if one.kind in ("blind", "sighted"):
            yield one, desk.router.role("it")
            continue
        there = alerts[one.alert_id] if one.alert_id is not None else exceptions[one.said["exception"]]
        per_rule[one.rule].append((one, there.subject))
    for key, some in per_rule.items():
        findings = latest_findings(session, desk.store, key, [subject for _one, subject in some])
        for one, subject in some:
            yield one, desk.router.readers(described(desk.rules[key], subject, findings), desk.writer.people(session))


def described(rule: Rule, subject: str, findings: Mapping[str, Finding]) -> Subject:
    """What a line is about."""
    evidence: Mapping[str, Any] = findings[subject].evidence if subject in findings else {}
    return Subject(rule.owner, rule.catalogue, About(rule.subject, subject, evidence))


# ---- the mails


class Sheet:
    """Writes the mails of one occasion; what stands under all of them is looked up once."""

    def __init__(self, session: Session, desk: Desk, alerts: Mapping[int, Alert], wanted: Occasion) -> None:
        self.session, self.desk, self.alerts, self.wanted = session, desk, alerts, wanted
        self.found: Coverage = coverage(session, desk.store, list(desk.rules), desk.now)
        self.foot = Foot(self.found.lines, ledger.head(session, desk.store), desk.now)

    def mornings(self, parcels: Sequence[Parcel]) -> Iterator[Mail]:
        """The mail of the day for each reader; ICT also hears once a week that everything works."""
        weekly = tuple(proofs(self.session, self.desk.store, self.found, self.desk.now)) if self.wanted.weekly else ()
        it = self.desk.router.role("it")
        for readers, items in parcels:
            contents = self.contents(items, readers, weekly)
            if contents.sections or contents.proofs or self.wanted.always:
                yield Mail(readers, self.desk.mailroom.morning(contents, self.foot))
        left = it - {address for readers, _items in parcels for address in readers}
        if left and (weekly or self.wanted.always):
            yield Mail(left, self.desk.mailroom.morning(self.contents([], left, weekly), self.foot))

    def contents(self, items: Sequence[News], readers: frozenset[str], weekly: tuple[Any, ...]) -> Contents:
        """What one mail of the day says."""
        is_it = self.desk.router.is_it(readers)
        quiet = sum(one.level == QUIET and one.kind == "new" for one in items)
        open_now = totals(*still_open(self.session, self.desk.store, self.desk.now)) if is_it else ""
        parts = digest.sections(items, self.material(items))
        return Contents(parts, quiet, open_now, weekly if is_it else (), is_it)

    def at_once(self, parcels: Sequence[Parcel]) -> Iterator[Mail]:
        """What cannot wait: a mail for each alert, or one for all of them when there are many."""
        for readers, items in parcels:
            alone = len(items) <= FEW
            for some in ([one] for one in items) if alone else [items]:
                parts = digest.sections(some, self.material(some))
                contents = Contents(parts, commands=self.desk.router.is_it(readers))
                number = (some[0].alert_id or 0) if alone else 0
                draft = self.desk.mailroom.at_once(contents, self.foot, number)
                yield Mail(readers, self.threaded(draft, number) if number else draft)

    def threaded(self, draft: Draft, number: int) -> Draft:
        """The mail in the thread of its alert; the first one begins it."""
        alert = self.alerts[number]
        if alert.thread:
            subject = draft.subject if draft.subject.startswith("Re: ") else f"Re: {draft.subject}"
            return replace(draft, subject=subject, references=(alert.thread,))
        alert.thread = new_message_id(self.desk.store, f"alert-{number}", self.desk.config.mail.sender)
        return replace(draft, message_id=alert.thread)

    def heads(self, parcels: Sequence[Parcel]) -> Iterator[Mail]:
        """The head of the ledger for who keeps it and got no other mail today; nothing when it did not grow."""
        keepers = self.desk.router.role("ledger") - {address for readers, _items in parcels for address in readers}
        if self.foot.head and heads_due(self.session, self.desk.store, self.foot.head) and keepers:
            yield Mail(keepers, self.desk.mailroom.head(self.foot))

    def material(self, items: Sequence[News]) -> Material:
        """What the lines are made of."""
        desk, session = self.desk, self.session
        accepted = once_accepted(session, desk.store, items, self.alerts, desk.now)
        exceptions = exceptions_of(session, desk.store, items)
        about = partial(desk.writer.about, session)
        return Material(
            desk.rules, self.alerts, exceptions, accepted, about, self.based, desk.config.time_zone, desk.now
        )

    def based(self, rule: Rule) -> tuple[str, str]:
        """On which sources a rule rests, and what of it could not be seen."""
        zone = self.desk.config.time_zone
        return self.found.based_on(rule.needs, rule.key, zone), self.found.unseen(rule.key)


def recipients(mails: Iterable[Mail]) -> set[str]:
    """Everyone who gets one of these."""
    return {address for mail in mails for address in mail.readers}
