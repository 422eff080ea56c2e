"""Sorts news by who reads it: one parcel for everyone who reads the same, and apart for ICT, which hears more."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from ibpmon.store.tables import Alert, Finding, News
from ibpmon.tell.desk import Desk
from ibpmon.tell.people import About
from ibpmon.tell.reminders import exceptions_of
from ibpmon.tell.routing import Subject, named_in
from ibpmon.tell.sentences import Rule, latest_findings, living_evidence


@dataclass(frozen=True, slots=True)
class Parcel:
    """What some people read together."""

    readers: frozenset[str]
    items: tuple[News, ...]


def sorted_out(
    session: Session, desk: Desk, items: Sequence[News], alerts: Mapping[int, Alert]
) -> tuple[list[Parcel], set[int]]:
    """The news in parcels; and the numbers of what nobody may read, which keeps waiting."""
    readers = {one.news_id: who for one, who in readers_of(session, desk, items, alerts)}
    per_address: defaultdict[str, list[int]] = defaultdict(list)
    for one in items:
        for address in readers[one.news_id]:
            per_address[address].append(one.news_id)
    it, same = desk.router.role("it"), defaultdict[tuple[Any, ...], set[str]](set)
    for address, numbers in per_address.items():
        same[address in it, *numbers].add(address)
    by_number = {one.news_id: one for one in items}
    parcels = [Parcel(frozenset(who), tuple(by_number[one] for one in key[1:])) for key, who in same.items()]
    unread = {number for number, who in readers.items() if not who}
    return sorted(parcels, key=lambda parcel: sorted(parcel.readers)), unread


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
        about = described(session, desk, desk.rules[key], [subject for _one, subject in some])
        for one, subject in some:
            yield one, desk.router.readers(about[subject], desk.writer.people(session))


def described(session: Session, desk: Desk, rule: Rule, subjects: Sequence[str]) -> dict[str, Subject]:
    """What lines of a rule are about; of what administrators do also everybody who stands in any finding of it."""
    findings = latest_findings(session, desk.store, rule.key, subjects)
    guarded = rule.owner == "privacy_officer"
    evidence = living_evidence(session, desk.store, rule.key, subjects) if guarded else {}
    named = {subject: named_in(evidence.get(subject, ())) for subject in subjects}
    return {one: Subject(rule.owner, rule.catalogue, about(rule, one, findings), named[one]) for one in subjects}


def about(rule: Rule, subject: str, findings: Mapping[str, Finding]) -> About:
    """What the latest finding says of a subject."""
    return About(rule.subject, subject, findings[subject].evidence if subject in findings else {})
