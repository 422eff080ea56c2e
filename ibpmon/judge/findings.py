"""Findings as sets: what is new, what goes on, what is gone; the same fact seen again is the same finding."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, func, not_, select, update
from sqlmodel import Session, col

from ibpmon.judge.correlate import Episode, Moments, Ranges, is_whole
from ibpmon.judge.rule import LEVELS, Rule
from ibpmon.store.database import Store
from ibpmon.store.parts import parts
from ibpmon.store.tables import EPOCH, Exemption, Finding, aware, micros
from ibpmon.store.upsert import take

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Matched:
    """What a rule on state found of one subject: what the message names, and how much it weighs."""

    values: Mapping[str, Any]
    level: str


@dataclass(slots=True)
class Changes:
    """What one evaluation changed."""

    new: list[Finding] = field(default_factory=list)
    gone: list[Finding] = field(default_factory=list)
    worse: list[Finding] = field(default_factory=list)  # went on with more events, or weighs more
    expired: list[Finding] = field(default_factory=list)  # the exception that covered it has ended


@dataclass(frozen=True, slots=True)
class Counts:
    """How many findings of a rule are there, and how many of those someone accepted."""

    open: int = 0
    accepted: int = 0


def mine(store: Store, rule: Rule) -> Any:
    """The findings of one rule of this board."""
    return and_(col(Finding.tenant_id) == store.tenant, col(Finding.rule) == rule.key)


def living(session: Session, store: Store, rule: Rule) -> Sequence[Finding]:
    """The findings of a rule that are there now."""
    return session.scalars(select(Finding).where(mine(store, rule), col(Finding.gone_at).is_(None))).all()


def insert_all(session: Session, store: Store, findings: Sequence[Finding]) -> None:
    """Give new findings their numbers and store them."""
    if findings:
        first = take(session, store.tenant, "finding", len(findings))
        for number, finding in enumerate(findings, first):
            finding.finding_id = number
        session.add_all(findings)


def evidence(rule: Rule, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that the message names, as JSON holds them; a time as text in UTC."""
    return {name: plain(values.get(name)) for name in rule.line_fields}


def plain(value: Any) -> Any:
    """A value as JSON holds it."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


# ---- state: the whole set is known, so what is missing is gone


def renew(session: Session, store: Store, rule: Rule, found: Mapping[Pair, Matched], now: datetime) -> Changes:
    """Make the living findings of a rule on state equal to what was found now."""
    changes = Changes()
    known = {(one.subject, one.object): one for one in living(session, store, rule)}
    for pair, one in known.items():
        if pair not in found:
            one.gone_at = now
            changes.gone.append(one)
        elif refreshed(one, evidence(rule, found[pair].values), found[pair].level):
            changes.worse.append(one)
    fresh = [pair for pair in found if pair not in known]
    before = returned(session, store, rule, fresh)
    changes.new = [back(before[pair], rule, found[pair], now) for pair in fresh if pair in before]
    inserted = [begin(store, rule, pair, found[pair], now) for pair in fresh if pair not in before]
    insert_all(session, store, inserted)
    changes.new += inserted
    session.flush()
    seen = update(Finding).where(mine(store, rule), col(Finding.gone_at).is_(None)).values(last_seen=now)
    session.execute(seen)
    return changes


def begin(store: Store, rule: Rule, pair: Pair, found: Matched, now: datetime) -> Finding:
    """A finding that is there for the first time."""
    return Finding(
        tenant_id=store.tenant, finding_id=0, rule=rule.key, subject=pair[0], object=pair[1], window_start=EPOCH,
        level=found.level, evidence=evidence(rule, found.values), first_seen=now, last_seen=now,
    )  # fmt: skip


def refreshed(one: Finding, shown: dict[str, Any], level: str) -> bool:
    """Bring a finding that goes on up to date; says whether it weighs more now."""
    heavier = LEVELS.index(level) > LEVELS.index(one.level)
    if one.evidence != shown:
        one.evidence = shown
    one.level = level
    return heavier


def returned(session: Session, store: Store, rule: Rule, pairs: Sequence[Pair]) -> dict[Pair, Finding]:
    """Findings of before that are there again."""
    wanted, subjects = set(pairs), sorted({subject for subject, _object in pairs})
    found: dict[Pair, Finding] = {}
    for some in parts(subjects):
        gone = select(Finding).where(
            mine(store, rule), col(Finding.subject).in_(some), col(Finding.gone_at).is_not(None)
        )
        found |= {(one.subject, one.object): one for one in session.scalars(gone)}
    return {pair: one for pair, one in found.items() if pair in wanted}


def back(one: Finding, rule: Rule, found: Matched, now: datetime) -> Finding:
    """A finding that was gone and is there again: the same finding, which begins anew."""
    one.gone_at, one.first_seen, one.last_seen = None, now, now
    refreshed(one, evidence(rule, found.values), found.level)
    return one


# ---- events: what happened stays


def stored_episodes(session: Session, store: Store, rule: Rule, ranges: Ranges) -> list[Finding]:
    """The stored episodes of the touched keys that lie in range."""
    found: list[Finding] = []
    for some in parts(sorted(ranges.items())):
        about = col(Finding.subject).in_(sorted({key[0] for key, _range in some}))
        first, last = min(low for _key, (low, _high) in some), max(high for _key, (_low, high) in some)
        near = and_(col(Finding.window_start) <= aware(last), col(Finding.window_end) >= aware(first))
        found += session.scalars(select(Finding).where(mine(store, rule), about, near)).all()
    return [one for one in found if key_of(one, rule) in ranges and overlaps(one, *ranges[key_of(one, rule)])]


def key_of(one: Finding, rule: Rule) -> tuple[str, ...]:
    """The key of a stored episode."""
    return (one.subject, one.object) if rule.object else (one.subject,)


def overlaps(one: Finding, low: int, high: int) -> bool:
    """Whether a stored episode lies partly in a range."""
    return begin_of(one) <= high and end_of(one) >= low


def begin_of(one: Finding) -> int:
    """When a stored episode begins."""
    return micros(one.window_start or EPOCH)


def end_of(one: Finding) -> int:
    """When a stored episode ends."""
    return micros(one.window_end or one.window_start or EPOCH)


def widened(ranges: Ranges, stored: Iterable[Finding], rule: Rule) -> Ranges:
    """The ranges, stretched over the stored episodes that they meet: these are judged again as a whole."""
    wide = dict(ranges)
    for one in stored:
        low, high = wide[key_of(one, rule)]
        wide[key_of(one, rule)] = (min(low, begin_of(one)), max(high, end_of(one)))
    return wide


def extend(
    session: Session,
    store: Store,
    rule: Rule,
    episodes: Iterable[Episode],
    stored: Sequence[Finding],
    now: datetime,
    fresh: Moments | None = None,
) -> Changes:
    """Store episodes: one that goes on keeps its identity, ones that grew together keep that of the oldest.

    Where late events can undo an episode, what is not found again is gone. With the moments of what is `fresh` the
    episodes are no more than what lies around these, and are added to what is stored.
    """
    changes, exact = Changes(), not is_whole(rule)
    free: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for one in sorted(stored, key=lambda finding: finding.finding_id):
        free[key_of(one, rule)].append(one)
    for episode in sorted(episodes, key=lambda one: (one.key, one.start)):
        same = [one for one in free[episode.key] if overlaps(one, episode.start, episode.end)]
        free[episode.key] = [one for one in free[episode.key] if one not in same]
        if not same:
            changes.new.append(happened(store, rule, episode, now))
            continue
        whole = episode if exact else grown_together(same, episode)
        if fresh is not None:
            whole = added(same, episode, fresh.get(episode.key, ()))
        if grown(session, rule, same, whole, now):
            changes.worse.append(same[0])
    insert_all(session, store, changes.new)
    for one in [left for of_key in free.values() for left in of_key if exact and left.gone_at is None]:
        one.gone_at = now
        changes.gone.append(one)
    return changes


def happened(store: Store, rule: Rule, episode: Episode, now: datetime) -> Finding:
    """An episode that is stored for the first time."""
    nothing_yet = Matched({}, LEVELS[episode.rank])
    finding = begin(store, rule, (episode.key[0], "".join(episode.key[1:])), nothing_yet, now)
    finding.window_start, finding.window_end = aware(episode.start), aware(episode.end)
    finding.count = episode.count
    finding.evidence = evidence(rule, {**episode.fields, **of_window(finding)})
    return finding


def grown_together(same: Sequence[Finding], episode: Episode) -> Episode:
    """The episode with all that was stored of it.

    What was reported never shrinks: older events may have been cleared away since.
    """
    return replace(
        episode,
        start=min(episode.start, *map(begin_of, same)),
        end=max(episode.end, *map(end_of, same)),
        count=max(episode.count, *(one.count for one in same)),
        rank=max(episode.rank, *(LEVELS.index(one.level) for one in same)),
    )


def added(same: Sequence[Finding], piece: Episode, fresh: Sequence[int]) -> Episode:
    """What is stored of an episode, and a piece of it in which each event speaks for itself: the fresh ones are more.

    An episode that goes on for a year is not read again for what was added today.
    """
    more = sum(piece.start <= moment <= piece.end for moment in fresh)
    last = max(same, key=end_of)
    told = piece.fields if piece.end >= end_of(last) else last.evidence
    whole = grown_together(same, piece)
    return replace(whole, count=sum(one.count for one in same) + more, fields=told)


def grown(session: Session, rule: Rule, same: list[Finding], episode: Episode, now: datetime) -> bool:
    """Bring the oldest of these up to date and forget the others; says whether there is more now."""
    oldest, *others = same
    for one in others:
        session.delete(one)
    session.flush()  # the others go first: the oldest may take over the start of one of them
    level = LEVELS[episode.rank]
    heavier = episode.rank > LEVELS.index(oldest.level)
    more = bool(others) or episode.count > oldest.count or heavier or oldest.gone_at is not None
    oldest.window_start, oldest.window_end, oldest.count = aware(episode.start), aware(episode.end), episode.count
    oldest.level, oldest.last_seen, oldest.gone_at = level, now, None
    oldest.evidence = evidence(rule, {**episode.fields, **of_window(oldest)})
    return more


def of_window(one: Finding) -> dict[str, Any]:
    """What a line may say of an episode."""
    return {"count": one.count, "window_start": one.window_start, "window_end": one.window_end}


# ---- exceptions: applied after matching


def exceptions(session: Session, store: Store, rules: Sequence[Rule], now: datetime) -> Mapping[str, set[Pair]]:
    """What runs now of what someone with the mandate accepted, by rule.

    Rules of which something is marked as accepted are there too, if need be with nothing: that mark may have to go.
    """
    here = and_(col(Finding.tenant_id) == store.tenant, col(Finding.rule).in_([rule.key for rule in rules]))
    marked = and_(here, col(Finding.accepted), col(Finding.gone_at).is_(None))
    marks = select(col(Finding.rule)).where(marked).distinct()
    found: dict[str, set[Pair]] = {name: set() for name in session.scalars(marks)}
    running = and_(col(Exemption.from_at) <= now, col(Exemption.until) > now)
    told = select(col(Exemption.rule), col(Exemption.subject), col(Exemption.object))
    law = [rule.key for rule in rules if rule.term]  # a term of the law is nobody's to accept
    mine = (col(Exemption.tenant_id) == store.tenant, running, col(Exemption.rule).not_in(law))
    for rule, subject, thing in session.execute(told.where(*mine)):
        found.setdefault(rule, set()).add((subject, thing))
    return found


def apply_exceptions(session: Session, store: Store, rule: Rule, covered: set[Pair]) -> list[Finding]:
    """Mark what was accepted; gives the findings whose exception has ended.

    Only what was or may be accepted is looked at: what once happened stays, and there is more of it every year.
    """
    ended = []
    for one in concerned(session, store, rule, {subject for subject, _object in covered}):
        accepted = (one.subject, one.object) in covered or (one.subject, "") in covered
        if one.accepted and not accepted:
            ended.append(one)
        if one.accepted != accepted:
            one.accepted = accepted
    return ended


def concerned(session: Session, store: Store, rule: Rule, subjects: set[str]) -> list[Finding]:
    """The living findings that are accepted, and those about these subjects."""
    there = select(Finding).where(mine(store, rule), col(Finding.gone_at).is_(None))
    found = list(session.scalars(there.where(col(Finding.accepted))))
    for some in parts(sorted(subjects)):
        found += session.scalars(there.where(col(Finding.subject).in_(some), not_(col(Finding.accepted))))
    return found


def counted(session: Session, store: Store, rule: Rule) -> Counts:
    """How many findings are there now."""
    there = select(col(Finding.accepted), func.count()).where(mine(store, rule), col(Finding.gone_at).is_(None))
    found = {row[0]: row[1] for row in session.execute(there.group_by(col(Finding.accepted)))}
    return Counts(found.get(False, 0), found.get(True, 0))
