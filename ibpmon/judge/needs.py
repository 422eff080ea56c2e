"""What a rule needs, and what of it was not read: without data there is no green and no red."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from ibpmon.collect import runs
from ibpmon.judge.rule import Rule
from ibpmon.language import _
from ibpmon.store.database import Store
from ibpmon.store.tables import MatrixComparison, Run
from ibpmon.store.views.differences import NAME as COMPARISON

DAILY = timedelta(days=1)  # as often as a comparison is made at least


@dataclass(frozen=True, slots=True)
class Shortage:
    """One source that was not read well enough, with the sentence that says so."""

    connector: str
    sentence: str
    partial: bool = False  # what was read of it is real, but it is not all
    counted: bool = False  # the records themselves reckon with it: what they show holds, and nothing goes for it


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read for a rule: what is missing, and how old the oldest part is."""

    shortages: tuple[Shortage, ...]
    as_of: datetime | None

    @property
    def reason(self) -> str:
        """All that is missing, for a person."""
        return "; ".join(shortage.sentence for shortage in self.shortages)


@dataclass(frozen=True, slots=True)
class History:
    """The runs of one connector that still say something about its data."""

    last: Run | None = None
    whole: Run | None = None  # the last FULL one, where what came after it left its data as it was
    part: Run | None = None  # a PARTIAL one, when after it nothing was read because there is no way in

    @property
    def used(self) -> Run | None:
        """The run that the data is as old as; None when there is none."""
        return self.whole or self.part


def reading(
    session: Session, store: Store, rule: Rule, now: datetime, known: Mapping[str, History] | None = None
) -> Reading:
    """What the runs brought of all that the rule needs; `known` says it where it was looked up before.

    A run that failed for a passing reason leaves the last complete one in use; the age of the data says so.
    """
    needs = needs_of(rule, store)
    seen = histories(session, store, needs) if known is None else known
    found = [shortage(name, seen[name], every, store, now) for name, every in needs.items()]
    if not rule.needs and not anything(session, store):
        found.append(Shortage("", _("nothing was read yet")))
    if rule.service == COMPARISON:
        found += comparison(session, store, now)
    moments = [run.started_at for name in needs if (run := seen[name].used)]
    complete = len(moments) == len(needs)
    return Reading(tuple(one for one in found if one), min(moments, default=now) if complete else None)


def comparison(session: Session, store: Store, now: datetime) -> Iterator[Shortage]:
    """What is wrong with the last comparison of access with the autorisatiematrix."""
    made = session.get(MatrixComparison, store.tenant)
    if made is None:
        yield Shortage("", _("access was not compared with the autorisatiematrix yet"))
    elif made.state == "NONE":
        yield Shortage("", made.reason)
    elif now - made.at > runs.STALE_AFTER * DAILY:
        hours = int((now - made.at) / timedelta(hours=1))
        sentence = _("access was last compared with the autorisatiematrix {hours} hours ago")
        yield Shortage("", sentence.format(hours=hours))
    elif made.reason:
        yield Shortage("", made.reason, partial=True, counted=True)


def needs_of(rule: Rule, store: Store) -> Mapping[str, timedelta]:
    """The connectors that a rule needs here, with how often each must be read."""
    return {**rule.needs, **{name: every for name, every in rule.if_on.items() if name in store.data}}


def histories(session: Session, store: Store, names: Iterable[str]) -> Mapping[str, History]:
    """What the runs of each of these connectors left."""
    return {name: history(session, store, name) for name in names}


def anything(session: Session, store: Store) -> bool:
    """Whether ibpmon has read anything yet: before that a rule about ibpmon itself says nothing either."""
    mine = select(col(Run.run_id)).where(col(Run.tenant_id) == store.tenant)
    return session.scalar(mine.limit(1)) is not None


def history(session: Session, store: Store, name: str) -> History:
    """What the runs of one connector left: the last one, and the whole one that is in use."""
    last = runs.last(session, store, name)
    if last is None or last.state == runs.FULL:
        return History(last, last)
    mine = select(Run).where(col(Run.tenant_id) == store.tenant, col(Run.connector) == name)
    newest = mine.order_by(col(Run.run_id).desc()).limit(1)
    whole = session.scalars(newest.where(col(Run.state) == runs.FULL)).first()
    if whole and not only_grows(store, name):
        later = newest.where(col(Run.run_id) > whole.run_id, col(Run.state) == runs.PARTIAL)
        whole = None if session.scalars(later).first() else whole
    return History(last, whole, last_part(session, store, name, last))


def last_part(session: Session, store: Store, name: str, last: Run) -> Run | None:
    """The last run, when it was PARTIAL; or the one before rounds that were refused, for they changed nothing.

    A board without a licence or an app registration imports downloads, and every round after that is refused.
    """
    if refused(last):
        tried = runs.ended(store, name).where(col(Run.state) != runs.SKIPPED, col(Run.missing) == "")
        before = session.exec(tried.limit(1)).first()
        return before if before and before.state == runs.PARTIAL else None
    return last if last.state == runs.PARTIAL else None


def only_grows(store: Store, name: str) -> bool:
    """Whether a partial run leaves what a whole one brought as it was.

    Events are only added to, by a round and by an import alike: what a whole run brought is still all there was until
    then. State is written over, so after a partial run it is of two moments at once.
    """
    return name in store.datasets and store.datasets[name].kind == "events"


def shortage(name: str, seen: History, every: timedelta, store: Store, now: datetime) -> Shortage | None:
    """What is wrong with one source; None when what is there of it is whole and fresh."""
    if name not in store.data:
        return Shortage(name, _("{connector} is switched off").format(connector=name))
    title = store.datasets[name].title or name
    if seen.last is None:
        return Shortage(name, _("{connector} was never read").format(connector=title))
    if fresh(seen.whole, every, now) and not refused(seen.last):
        return None
    return unread(name, title, seen.part or seen.last, now)


def fresh(run: Run | None, every: timedelta, now: datetime) -> bool:
    """Whether a run is recent enough to judge on."""
    return run is not None and now - (run.finished_at or run.started_at) <= runs.STALE_AFTER * every


def refused(run: Run) -> bool:
    """Whether this will not pass by itself: a permission, a licence or a file is not there."""
    return bool(run.missing) or run.state == runs.SKIPPED


def unread(name: str, title: str, run: Run, now: datetime) -> Shortage:
    """What the last run lacks, in a sentence."""
    why = runs.reason(run)
    if run.state == runs.FULL:
        hours = int((now - run.started_at) / timedelta(hours=1))
        return Shortage(name, _("{connector} was last read {hours} hours ago").format(connector=title, hours=hours))
    if run.state == runs.PARTIAL:
        part = _("{connector} was read only in part: {why}") if why else _("{connector} was read only in part")
        return Shortage(name, part.format(connector=title, why=why), partial=True)
    missed = _("{connector} was not read: {why}") if why else _("{connector} was not read")
    return Shortage(name, missed.format(connector=title, why=why))
