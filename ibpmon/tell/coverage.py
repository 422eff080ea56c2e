"""What stands under every mail: what was read, what could be judged, and once a week whether ibpmon itself works."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, select, true
from sqlmodel import Session, col

from ibpmon.language import _, ngettext
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Evaluation, Exemption, Gauge, Outbox, Run
from ibpmon.store.views.monitor import is_dead
from ibpmon.tell.changes import OPEN
from ibpmon.tell.words import listed, number, said, shown

CANARY = "canary_stuck_at"  # the gauge: 0 when the made-up attack came through
STALE = timedelta(hours=26)  # longer ago than a day with some room: judging stands still
WEEK = timedelta(days=7)
LONG_UNREAD = timedelta(days=3)  # of a source; the rarest is read once a day, and a weekend may pass
FRESH = timedelta(days=8)  # of the made-up attack: it goes once a week
NAMED = 60  # characters of the title of a source
LONGEST = 600
SOURCES = 3  # that are named as the ground of a finding


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that works or does not, in a sentence."""

    works: bool
    text: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How the sources were read and the rules judged when a mail was written."""

    runs: Mapping[str, Run]
    evaluations: Mapping[str, Evaluation]
    titles: Mapping[str, str]  # of the sources that are on
    rules: Sequence[str]  # that are on
    now: datetime
    accepted: int = 0  # risks that somebody accepted
    unheard: int = 0  # pieces of news that nobody in the configuration may read
    rhythms: Mapping[str, timedelta] = field(default_factory=dict)  # of the sources that the board reads by its own

    @property
    def unread(self) -> list[str]:
        """The titles of the sources that were not read in full lately."""
        return [title for name, title in self.titles.items() if not self.is_read(name)]

    def is_read(self, name: str) -> bool:
        """Whether a source was read in full, and not longer ago than a weekend or twice its rhythm."""
        run = self.runs.get(name)
        return run is not None and run.state == "FULL" and not self.is_old(name)

    def is_old(self, name: str) -> bool:
        """Whether nothing came from a source for days."""
        run, longest = self.runs[name], max(LONG_UNREAD, 2 * self.rhythms.get(name, timedelta()))
        return self.now - (run.finished_at or run.started_at) > longest

    @property
    def blind(self) -> int:
        """How many rules could not be judged; one that was never applied was not judged either."""
        found = self.evaluations
        return sum(name not in found or found[name].outcome == "cannot_check" for name in self.rules)

    @property
    def lines(self) -> tuple[str, ...]:
        """The coverage in two or three sentences."""
        sources, unread = len(self.titles), self.unread
        read = _("Read in full: {n} of {all} sources.").format(n=number(sources - len(unread)), all=number(sources))
        if unread:
            names = listed([shown(title, NAMED) for title in unread])
            read += " " + _("Not, or not in full: {names}.").format(names=names)
        every = len(self.rules)
        judged = _("Judged: {n} of {all} rules.").format(n=number(every - self.blind), all=number(every))
        risks = ngettext("{n} accepted risk runs.", "{n} accepted risks run.", self.accepted)
        return (read, judged, *([risks.format(n=number(self.accepted))] if self.accepted else []))

    @property
    def untold(self) -> str:
        """That something waits which nobody may read: it is about everyone who would."""
        said = ngettext(
            "{n} alert waits, since it is about everyone who may read it: name somebody else as privacy or fg "
            "under [mail.to].",
            "{n} alerts wait, since they are about everyone who may read them: name somebody else as privacy or fg "
            "under [mail.to].",
            self.unheard,
        )
        return said.format(n=number(self.unheard)) if self.unheard else ""

    def based_on(self, needs: Mapping[str, object], rule: str, zone: ZoneInfo) -> str:
        """On which sources the findings of a rule rest, and how old the oldest of those is."""
        titles = [shown(self.titles[name], NAMED) for name in needs if name in self.titles]
        as_of = self.evaluations[rule].data_as_of if rule in self.evaluations else None
        if not titles:
            return ""
        return _("{sources}, as of {time}").format(sources=listed(titles, SOURCES), time=said(as_of, zone))

    def unseen(self, rule: str) -> str:
        """What of a rule could not be seen: the subjects that the data leaves open, the part that was not read."""
        found = self.evaluations.get(rule)
        if found is None:
            return ""
        left = ngettext("{n} could not be judged.", "{n} could not be judged.", found.undetermined)
        parts = [left.format(n=number(found.undetermined)) if found.undetermined else "", found.reason]
        return shown(" ".join(part for part in parts if part), LONGEST)


def coverage(
    session: Session, store: Store, rules: Sequence[str], now: datetime, unheard: int = 0,
    rhythms: Mapping[str, timedelta] | None = None,
) -> Coverage:  # fmt: skip
    """How everything stands now."""
    titles = {name: one.title or name for name, one in store.datasets.items()}
    mine = (col(Exemption.tenant_id) == store.tenant, col(Exemption.from_at) <= now, col(Exemption.until) > now)
    accepted = session.scalar(select(func.count()).select_from(Exemption).where(*mine)) or 0
    runs, evaluations = latest_runs(session, store, finished=True), latest_evaluations(session, store)
    return Coverage(runs, evaluations, titles, rules, now, accepted, unheard, rhythms or {})


def latest_runs(session: Session, store: Store, *, finished: bool = False) -> dict[str, Run]:
    """The last run of each connector; `finished` without what goes on, which has not shown anything yet."""
    mine = and_(col(Run.tenant_id) == store.tenant, col(Run.finished_at).is_not(None) if finished else true())
    last = select(func.max(Run.run_id)).where(mine).group_by(col(Run.connector))
    found = session.scalars(select(Run).where(mine, col(Run.run_id).in_(last)))
    return {run.connector: run for run in found}


def latest_evaluations(session: Session, store: Store) -> dict[str, Evaluation]:
    """The last outcome of each rule."""
    mine = col(Evaluation.tenant_id) == store.tenant
    last = select(func.max(Evaluation.evaluation_id)).where(mine).group_by(col(Evaluation.rule))
    found = session.scalars(select(Evaluation).where(mine, col(Evaluation.evaluation_id).in_(last)))
    return {evaluation.rule: evaluation for evaluation in found}


def remark(evaluation: Evaluation | None) -> str:
    """Why a rule could not be judged, or for how many it could not."""
    if evaluation is None:
        return _("never applied yet")
    if evaluation.undetermined and not evaluation.reason:
        return _("{n} could not be judged").format(n=evaluation.undetermined)
    return evaluation.reason


def still_open(session: Session, store: Store, now: datetime) -> tuple[int, int]:
    """How many alerts ask for something, and how many of those are late."""
    mine = (col(Alert.tenant_id) == store.tenant, col(Alert.state).in_(OPEN), col(Alert.level) != "informational")
    count = select(func.count()).select_from(Alert).where(*mine)
    return session.scalar(count) or 0, session.scalar(count.where(col(Alert.due_at) <= now)) or 0


# ---- once a week


def proofs(session: Session, store: Store, found: Coverage, now: datetime) -> list[Proof]:
    """Whether each part of ibpmon works, from what it left behind."""
    mails, canary = mailing(session, store, now), flying(session, store, now)
    readers = [Proof(False, found.untold)] if found.untold else []
    return [reading(found), judging(found, now), *mails, *readers, *canary, chained(session, store)]


def reading(found: Coverage) -> Proof:
    """Whether every source gives its data; one that the licence does not have is no failure."""
    broken = [title for name, title in found.titles.items() if is_broken(found, name)]
    if broken:
        names = listed([shown(title, NAMED) for title in broken])
        return Proof(False, _("not read: {names}").format(names=names))
    if unread := len(found.unread):
        return Proof(
            True, _("every source answers (closed to this licence or registration: {n})").format(n=number(unread))
        )
    return Proof(True, _("every source answers"))


def is_broken(found: Coverage, name: str) -> bool:
    """Whether a source does not do what it should: it failed, only a part came, or nothing came for days."""
    run = found.runs.get(name)
    return run is None or run.state in ("FAILED", "PARTIAL") or found.is_old(name)


def judging(found: Coverage, now: datetime) -> Proof:
    """Whether the rules are applied."""
    late = [name for name in found.rules if name not in found.evaluations or now - found.evaluations[name].at > STALE]
    if late:
        many = ngettext(
            "{n} rule was not applied since yesterday", "{n} rules were not applied since yesterday", len(late)
        )
        return Proof(False, many.format(n=number(len(late))))
    every, blind = number(len(found.rules)), number(found.blind)
    if found.blind:
        return Proof(
            True, _("all {n} rules are applied (without the data they need: {blind})").format(n=every, blind=blind)
        )
    return Proof(True, _("all {n} rules are applied").format(n=every))


def mailing(session: Session, store: Store, now: datetime) -> list[Proof]:
    """Whether the mails of this week arrived at the server; nothing when none was written."""
    mine = (col(Outbox.tenant_id) == store.tenant, col(Outbox.created_at) > now - WEEK)
    count = select(func.count()).select_from(Outbox).where(*mine)
    if dead := session.scalar(count.where(is_dead())) or 0:
        many = ngettext(
            "{n} mail did not arrive: see `ibpmon outbox`", "{n} mails did not arrive: see `ibpmon outbox`", dead
        )
        return [Proof(False, many.format(n=number(dead)))]
    sent = session.scalar(count.where(col(Outbox.state) == "sent")) or 0
    return [Proof(True, _("mail goes out: {n} this week").format(n=number(sent)))] if sent else []


def flying(session: Session, store: Store, now: datetime) -> list[Proof]:
    """How the made-up attack of the week went; nothing where there is none."""
    gauge = session.get(Gauge, (store.tenant, CANARY))
    if gauge is None:
        return []
    if not now - FRESH <= gauge.measured_at <= now:
        return [Proof(False, _("no made-up attack was sent this week: see `ibpmon canary`"))]
    if gauge.value:
        return [Proof(False, _("the made-up attack of this week did not come out: see `ibpmon canary`"))]
    return [Proof(True, _("the made-up attack of this week came out"))]


def chained(session: Session, store: Store) -> Proof:
    """Whether the ledger is whole."""
    verdict = ledger.verify(session, store)
    if verdict.wrong is not None:
        return Proof(False, _("the ledger is not whole: {reason}").format(reason=verdict.told(_)))
    return Proof(True, _("the ledger is whole: {n} entries").format(n=number(verdict.count)))
