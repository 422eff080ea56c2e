"""Writes the mails of one occasion from parcels of news: of the day, of what cannot wait, of the ledger's head."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlmodel import Session

from ibpmon.store import ledger
from ibpmon.store.tables import Alert, News
from ibpmon.tell import digest
from ibpmon.tell.coverage import Coverage, Proof, coverage, proofs, still_open
from ibpmon.tell.desk import Desk
from ibpmon.tell.digest import QUIET, Material
from ibpmon.tell.mails import Contents, Foot, totals
from ibpmon.tell.occasions import Occasion, heads_due
from ibpmon.tell.outbox import Draft, new_message_id
from ibpmon.tell.parcels import Parcel
from ibpmon.tell.reminders import exceptions_of, once_accepted
from ibpmon.tell.sentences import Rule

FEW = 3  # so many alerts at once each get a mail of their own; more become one


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail and who gets it."""

    readers: frozenset[str]
    draft: Draft


@dataclass(frozen=True, slots=True)
class Unheard:
    """The news that nobody may read: how much, and whether there is more of it than when ICT was last told so."""

    count: int = 0
    fresh: bool = False


class Sheet:
    """Writes the mails of one occasion; what stands under all of them is looked up once."""

    def __init__(
        self, session: Session, desk: Desk, alerts: Mapping[int, Alert], wanted: Occasion, unheard: Unheard
    ) -> None:
        self.session, self.desk, self.alerts, self.wanted = session, desk, alerts, wanted
        self.begun: set[int] = set()  # alerts of which the thread begins on this occasion
        self.unheard, rhythms = unheard, desk.config.schedule.every
        self.found: Coverage = coverage(session, desk.store, list(desk.rules), desk.now, unheard.count, rhythms)
        self.foot = Foot(self.found.lines, ledger.head(session, desk.store), desk.now)

    def mornings(self, parcels: Sequence[Parcel]) -> Iterator[Mail]:
        """The mail of the day for each reader; ICT also hears once a week that everything works."""
        weekly = tuple(proofs(self.session, self.desk.store, self.found, self.desk.now)) if self.wanted.weekly else ()
        it = self.desk.router.role("it")
        left = it - {address for parcel in parcels for address in parcel.readers}
        for parcel in [*parcels, *([Parcel(left, ())] if left else [])]:
            contents = self.contents(parcel, weekly)
            alarm = contents.commands and self.unheard.fresh
            if contents.sections or contents.proofs or self.wanted.always or alarm:
                yield Mail(parcel.readers, self.desk.mailroom.morning(contents, self.foot_of(contents)))

    def foot_of(self, contents: Contents) -> Foot:
        """What stands under a mail; who runs ibpmon also reads that something waits which nobody may read.

        The line of the week says so by itself.
        """
        untold = [self.found.untold] if contents.commands and self.found.untold and not contents.proofs else []
        return replace(self.foot, coverage=(*self.foot.coverage, *untold))

    def contents(self, parcel: Parcel, weekly: tuple[Proof, ...]) -> Contents:
        """What one mail of the day says."""
        is_it = self.desk.router.is_it(parcel.readers)
        quiet = sum(one.level == QUIET and one.kind == "new" for one in parcel.items)
        open_now = totals(*still_open(self.session, self.desk.store, self.desk.now)) if is_it else ""
        parts = digest.sections(parcel.items, self.material(parcel.items))
        return Contents(parts, quiet, open_now, weekly if is_it else (), is_it)

    def at_once(self, parcels: Sequence[Parcel]) -> Iterator[Mail]:
        """What cannot wait: a mail for each alert, or one for all of them when there are many."""
        for parcel in parcels:
            alone = len(parcel.items) <= FEW
            for some in ((one,) for one in parcel.items) if alone else [parcel.items]:
                parts = digest.sections(some, self.material(some))
                contents = Contents(parts, commands=self.desk.router.is_it(parcel.readers))
                number = (some[0].alert_id or 0) if alone else 0
                draft = self.desk.mailroom.at_once(contents, self.foot_of(contents), number)
                yield Mail(parcel.readers, self.threaded(draft, number) if number else draft)

    def threaded(self, draft: Draft, number: int) -> Draft:
        """The mail in the thread of its alert; the first one begins it, and is no answer for whoever else gets one."""
        alert = self.alerts[number]
        if not alert.thread:
            self.begun.add(number)
            alert.thread = new_message_id(self.desk.store, f"alert-{number}", self.desk.config.mail.sender)
            return replace(draft, message_id=alert.thread)
        subject = draft.subject if number in self.begun else f"Re: {draft.subject}"
        return replace(draft, subject=subject, references=(alert.thread,))

    def heads(self, mails: Sequence[Mail]) -> Iterator[Mail]:
        """The head of the ledger for who keeps it and gets none of these mails; nothing when it did not grow.

        Each day for whom the board named for it; to others no mail comes unasked but once a week.
        """
        if not self.desk.router.role("ledger") and not self.wanted.weekly:
            return
        keepers = self.desk.router.keepers - {address for mail in mails for address in mail.readers}
        if self.foot.head and heads_due(self.session, self.desk.store, self.foot.head) and keepers:
            yield Mail(keepers, self.desk.mailroom.head(self.foot))

    def material(self, items: Sequence[News]) -> Material:
        """What the lines are made of."""
        desk, session = self.desk, self.session
        accepted = once_accepted(session, desk.store, items, self.alerts, desk.now)
        people = desk.writer.people(session)
        exceptions = exceptions_of(session, desk.store, items)
        return Material(
            rules=desk.rules, alerts=self.alerts, exceptions=exceptions, accepted=accepted,
            about=partial(desk.writer.about, session), based=self.based,
            scrub=people.scrubbed, own=people.domains, zone=desk.config.time_zone, now=desk.now,
        )  # fmt: skip

    def based(self, rule: Rule) -> tuple[str, str]:
        """On which sources a rule rests, and what of it could not be seen."""
        zone = self.desk.config.time_zone
        return self.found.based_on(rule.needs, rule.key, zone), self.found.unseen(rule.key)
