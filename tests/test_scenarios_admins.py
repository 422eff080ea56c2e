"""From the simulated Microsoft to the finding: a policy that was off for a while, an emergency account in use."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.judge.evaluate import evaluate
from ibpmon.judge.rules import load_rules
from ibpmon.operate.rounds import Workplace, collect_round, workplace
from ibpmon.store.tables import Finding
from ibpmon.store.upsert import living
from tests.conftest import Tenant

READ = {"accounts", "conditional-access", "directory-audits", "sign-ins", "staff-list", "pupil-list", "announcements"}
RULES = {"access-policy-changed", "break-glass-used"}


@pytest.fixture
def place(tenant: Tenant) -> Iterator[Workplace]:
    """A board that reads its sign-ins, its log of the directory and its announcements, once."""
    off = sorted(set(load_connectors(Content())) - READ)
    more = f'[files.announcements]\npath = "{tenant.folder / "noodaccounts.csv"}"\n[content]\nconnectors_off = '
    tenant.write_config(more + json.dumps(off))
    now = tenant.microsoft.board.now
    with workplace(tenant.config, lambda: now) as place:
        collect_round(place)
        rules = [rule for rule in load_rules(place.config) if rule.key in RULES]
        evaluate(rules, place.store, now)
        yield place


def found(place: Workplace, rule: str) -> list[Finding]:
    """What a rule found, in the order in which it happened."""
    with place.store.read() as session:
        mine = select(Finding).where(col(Finding.rule) == rule).order_by(col(Finding.window_start))
        return list(session.scalars(mine).all())


def test_a_policy_that_was_off_for_twenty_minutes_is_told_twice(tenant: Tenant, place: Workplace) -> None:
    """A daily picture of the policies looks as it did before; the log of the directory does not."""
    policy = tenant.microsoft.board.ca_policies[0]
    with place.store.read() as session:
        rows = [dict(row) for row in session.execute(living(place.store, "conditional-access")).mappings()]

    off, on = (one for one in found(place, "access-policy-changed") if one.subject == policy["id"])

    assert next(row["state"] for row in rows if row["policy_id"] == policy["id"]) == "enabled"
    assert (off.level, on.level) == ("critical", "high")
    assert off.object != on.object
    assert off.window_start is not None
    assert on.window_start is not None
    assert abs(on.window_start - off.window_start - timedelta(minutes=20)) < timedelta(seconds=1)


def test_a_test_that_was_announced_excuses_only_what_was_announced(tenant: Tenant, place: Workplace) -> None:
    """Both emergency accounts were used in their announced hour; one of them also from an address nobody named."""
    board = tenant.microsoft.board
    first, second = (person for person in board.people if person.population == "break_glass")
    used = [row for row in board.sign_ins if row.account == first.id and row.code == 0]

    found_now = found(place, "break-glass-used")

    assert len(used) == 2
    assert [(one.subject, one.level, one.count) for one in found_now] == [(second.id, "critical", 1)]
    assert found_now[0].evidence["ip_address"] == second.home


def test_without_a_list_of_announcements_nothing_is_excused(tenant: Tenant, place: Workplace) -> None:
    """A list that is not there must not hide the use of an emergency account."""
    [rule] = [one for one in load_rules(place.config) if one.key == "break-glass-used"]
    data, datasets = dict(place.store.data), dict(place.store.datasets)
    del data["announcements"], datasets["announcements"]

    evaluate([rule], replace(place.store, data=data, datasets=datasets), place.now())

    board = tenant.microsoft.board
    emergency = {person.id for person in board.people if person.population == "break_glass"}
    assert {one.subject for one in found(place, "break-glass-used")} == emergency
