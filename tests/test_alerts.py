"""Alerts: they open, get worse, are solved and come back; people hear of each change once."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from ibpmon.store.collected import FieldType
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Evaluation, Finding
from ibpmon.store.upsert import take
from ibpmon.tell.alerts import update_alerts
from ibpmon.tell.changes import Change, Sight, Standing, step
from tests.conftest import MONDAY, OpenStore

TUESDAY = MONDAY + timedelta(days=1)
ANNA, BRAM = "account-anna", "account-bram"


@dataclass(frozen=True)
class Words:
    """The words of a rule."""

    subject: str = "{count} accounts without MFA"
    line: str = "{name} has no MFA."
    action: str = "Set up MFA together with this person."


@dataclass(frozen=True)
class Rule:
    """A rule as the mail sees it."""

    key: str = "account-without-mfa"
    title: str = "Account without MFA"
    level: str = "high"
    subject: str = "account_id"
    term: str = ""
    columns: Mapping[str, FieldType] = field(default_factory=dict)
    catalogue: str = "MFA-01"
    owner: str = "it"
    needs: Mapping[str, timedelta] = field(default_factory=lambda: {"accounts": timedelta(days=1)})
    remind: timedelta = timedelta(days=30)
    message: Words = field(default_factory=Words)


@dataclass(frozen=True)
class Judged:
    """A judgement as alerts see it."""

    evaluation: Evaluation
    rule: Rule = field(default_factory=Rule)


def judged(session: Session, store: Store, outcome: str = "finding", at: datetime = MONDAY, **values: Any) -> Judged:
    """The evaluation of the rule, written like judge writes it."""
    rule = values.pop("rule", None) or Rule()
    assert isinstance(rule, Rule)
    evaluation = Evaluation(
        tenant_id=store.tenant,
        evaluation_id=take(session, store.tenant, "evaluation"),
        rule=rule.key,
        rule_hash="",
        at=at,
        outcome=outcome,
        data_as_of=at,
        **values,
    )
    session.add(evaluation)
    session.flush()
    return Judged(evaluation, rule)


def found(session: Session, store: Store, subject: str, thing: str = "", **values: Any) -> Finding:
    """A finding about someone."""
    settings: dict[str, Any] = {"rule": Rule().key, "level": "high", "evidence": {"name": subject}, **values}
    finding = Finding(
        tenant_id=store.tenant,
        finding_id=take(session, store.tenant, "finding"),
        subject=subject,
        object=thing,
        first_seen=MONDAY,
        last_seen=MONDAY,
        **settings,
    )
    session.add(finding)
    session.flush()
    return finding


def update(store: Store, now: datetime = TUESDAY) -> list[Change]:
    """One round of alerts about the rule."""
    with store.write() as session:
        return update_alerts(session, store, judged(session, store), now)


def kinds(changes: list[Change]) -> list[tuple[str, str]]:
    """What changed about whom."""
    return [(change.kind, change.subject) for change in changes]


def state_of(store: Store, subject: str) -> tuple[str, int, int]:
    """State, occurrences and number of an alert."""
    with store.read() as session:
        alert = session.scalars(select(Alert).where(col(Alert.subject) == subject)).one()
        return alert.state, alert.occurrences, alert.alert_id


def end(store: Store, *findings: Finding) -> None:
    """These findings are gone."""
    with store.write() as session:
        for finding in findings:
            row = session.get(Finding, (store.tenant, finding.finding_id))
            assert row is not None
            row.gone_at = TUESDAY


def test_a_finding_opens_one_alert_and_is_told_once(open_database: OpenStore) -> None:
    """The same alert every day is what people complain about most."""
    store = open_database([])
    with store.write() as session:
        found(session, store, ANNA)
        found(session, store, BRAM)

    assert kinds(update(store)) == [("new", ANNA), ("new", BRAM)]
    assert update(store) == []
    assert state_of(store, ANNA) == ("new", 1, 1)


def test_a_term_of_the_law_counts_real_hours_and_moves_when_it_is_extended(open_database: OpenStore) -> None:
    """School days and holidays do not stop the clock of the AVG; of two clocks the first to end counts."""
    store = open_database([])
    law, ends = Rule(term="deadline"), [MONDAY + timedelta(hours=hours) for hours in (72, 70)]
    with store.write() as session:
        first, second = (
            found(session, store, ANNA, f"{number}", evidence={"deadline": end.isoformat()})
            for number, end in enumerate(ends)
        )
    assert due_after(store, law) == ends[1]

    with store.write() as session:
        session.get_one(Finding, (store.tenant, second.finding_id)).gone_at = TUESDAY
        longer = {"deadline": (MONDAY + timedelta(days=90)).isoformat()}
        session.get_one(Finding, (store.tenant, first.finding_id)).evidence = longer
    assert due_after(store, law) == MONDAY + timedelta(days=90)


def test_a_term_that_is_not_known_leaves_that_of_the_level(open_database: OpenStore) -> None:
    """A clock that nobody could read is no clock that has run out."""
    store = open_database([])
    with store.write() as session:
        found(session, store, ANNA, evidence={"deadline": None})
    assert due_after(store, Rule(term="deadline")) == TUESDAY + timedelta(days=7)


def due_after(store: Store, rule: Rule) -> datetime | None:
    """Until when the alert about Anna may wait, after a round; seven days by its level."""
    with store.write() as session:
        told = judged(session, store, rule=rule)
        update_alerts(session, store, told, TUESDAY, lambda _level, at: at + timedelta(days=7))
    with store.read() as session:
        return session.scalars(select(Alert.due_at)).one()  # type: ignore[call-overload,no-any-return]  # a column


def test_a_clock_that_ran_ahead_holds_no_alert_up(open_database: OpenStore) -> None:
    """Yesterday this machine thought that it was next year; what it wrote then must not stay as it was."""
    store = open_database([])
    with store.write() as session:
        seen = found(session, store, ANNA)
    update(store, MONDAY + timedelta(days=365))
    end(store, seen)

    assert kinds(update(store, TUESDAY + timedelta(hours=1))) == [("solved", ANNA)]


def test_two_findings_about_one_person_are_one_alert(open_database: OpenStore) -> None:
    """A pupil who reaches three staff sites is one thing to work on."""
    store = open_database([])
    with store.write() as session:
        for site in ("a", "b", "c"):
            found(session, store, ANNA, site)

    changes = update(store)

    assert kinds(changes) == [("new", ANNA)]
    assert changes[0].occurrences == 3


def test_one_more_occurrence_is_worse_and_one_less_is_no_news(open_database: OpenStore) -> None:
    """People hear of what grows; what shrinks is seen when it is solved."""
    store = open_database([])
    with store.write() as session:
        found(session, store, ANNA, "a")
    update(store)

    with store.write() as session:
        second = found(session, store, ANNA, "b")
    assert kinds(update(store)) == [("worse", ANNA)]

    end(store, second)
    assert update(store) == []
    assert state_of(store, ANNA)[:2] == ("new", 1)


def test_a_higher_level_is_worse(open_database: OpenStore) -> None:
    """A medium finding that becomes critical must be heard."""
    store = open_database([])
    with store.write() as session:
        finding = found(session, store, ANNA, level="medium")
    update(store)
    with store.write() as session:
        row = session.get(Finding, (store.tenant, finding.finding_id))
        assert row is not None
        row.level = "critical"

    assert [(change.kind, change.level) for change in update(store)] == [("worse", "critical")]


def test_an_alert_is_solved_when_the_last_finding_is_gone_and_reopens_under_its_number(
    open_database: OpenStore,
) -> None:
    """The number stays, so that who works on it recognises it."""
    store = open_database([])
    with store.write() as session:
        one, two = found(session, store, ANNA, "a"), found(session, store, ANNA, "b")
    update(store)
    end(store, one)
    assert update(store) == []

    end(store, two)
    assert kinds(update(store)) == [("solved", ANNA)]
    assert update(store) == []
    assert state_of(store, ANNA) == ("solved", 0, 1)

    with store.write() as session:
        found(session, store, ANNA, "c")
    assert kinds(update(store)) == [("reopened", ANNA)]
    assert state_of(store, ANNA) == ("reopened", 1, 1)


def test_a_finding_that_someone_accepted_opens_nothing_and_is_not_called_solved(open_database: OpenStore) -> None:
    """Accepting a risk is not solving it; who accepted it knows."""
    store = open_database([])
    with store.write() as session:
        finding = found(session, store, ANNA)
        found(session, store, BRAM, accepted=True)
    assert kinds(update(store)) == [("new", ANNA)]

    with store.write() as session:
        row = session.get(Finding, (store.tenant, finding.finding_id))
        assert row is not None
        row.accepted = True
    assert update(store) == []
    assert state_of(store, ANNA)[0] == "accepted"

    with store.write() as session:
        row = session.get(Finding, (store.tenant, finding.finding_id))
        assert row is not None
        row.accepted = False
    assert kinds(update(store)) == [("reopened", ANNA)]


def test_the_alerts_of_other_rules_and_other_boards_are_left_alone(open_database: OpenStore) -> None:
    """One database may hold many boards, and rules are judged one by one."""
    store = open_database([])
    with store.write() as session:
        found(session, store, ANNA, rule="stale-device")
        stranger = found(session, store, BRAM)
        stranger.tenant_id = store.tenant + 1

    assert update(store) == []


def test_numbers_of_alerts_have_no_gaps_and_are_never_given_twice(open_database: OpenStore) -> None:
    """A number names one alert for ever."""
    store = open_database([])
    for day, subjects in enumerate((["a", "b"], ["c"], ["d", "e"])):
        with store.write() as session:
            for subject in subjects:
                found(session, store, subject)
        update(store, MONDAY + timedelta(days=day))

    assert [state_of(store, subject)[2] for subject in "abcde"] == [1, 2, 3, 4, 5]


def test_a_round_that_breaks_off_leaves_no_alert(open_database: OpenStore) -> None:
    """Findings, alerts and mail stand or fall together."""
    store = open_database([])
    with suppress(RuntimeError), store.write() as session:
        found(session, store, ANNA)
        assert update_alerts(session, store, judged(session, store), MONDAY)
        raise RuntimeError("power cut")

    with store.read() as session:
        assert session.scalars(select(Alert)).all() == []


@pytest.mark.parametrize(
    ("before", "sight", "state", "kind"),
    [
        (("new", 1), (2, 0), "new", "worse"),
        (("acknowledged", 1), (1, 0), "acknowledged", None),
        (("acknowledged", 1), (2, 0), "acknowledged", "worse"),
        (("acknowledged", 1), (0, 0), "solved", "solved"),
        (("reopened", 1), (0, 0), "solved", "solved"),
        (("closed", 1), (1, 0), "closed", None),
        (("closed", 1), (2, 0), "reopened", "reopened"),
        (("closed", 1), (0, 0), "closed", None),
        (("closed", 0), (1, 0), "reopened", "reopened"),
        (("accepted", 0), (0, 0), "solved", None),
        (("accepted", 0), (0, 1), "accepted", None),
        (("solved", 0), (0, 1), "accepted", None),
        (("solved", 0), (0, 0), "solved", None),
    ],
)
def test_the_table_of_states(before: tuple[str, int], sight: tuple[int, int], state: str, kind: str | None) -> None:
    """What a person decided (in hand, closed, accepted) is kept until the facts get worse."""
    after, told = step(Standing(before[0], "high", before[1]), Sight("high", *sight))

    assert after is not None
    assert (after.state, told) == (state, kind)


def test_without_an_alert_and_without_a_finding_there_is_nothing() -> None:
    """An accepted finding that was never an alert stays quiet."""
    assert step(None, Sight("high", 0, 1)) == (None, None)
