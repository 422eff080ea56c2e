"""Four outcomes: never green and never red on what was not read; findings as sets that come and go."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlmodel import Session, col

from ibpmon import language
from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.judge.evaluate import Judgement, evaluate
from ibpmon.judge.rules import Rule
from ibpmon.store.database import Store
from ibpmon.store.tables import Cursor, Evaluation, Exemption, Finding
from ibpmon.store.views.differences import NAME as COMPARISON
from tests.conftest import MONDAY, OpenStore
from tests.judging import DATASETS, NAMES, SHIPPED, place, put, ran, second_board

DAY = timedelta(days=1)
MFA = SHIPPED["account-without-mfa"]
# What these find is that something is not there: an empty board has none of it.
ABSENT = {"too-few-break-glass-accounts", "global-admins-count", "old-ways-not-blocked", "school-year-unknown"}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Sentences in English, whatever the environment says."""
    spoken = language.current()
    language.use("en")
    yield
    language.use(spoken)


def staff_without_mfa(store: Store, *names: str, now: datetime = MONDAY) -> None:
    """These people of the staff have an account and no MFA; nobody else has an account."""
    put(store, "accounts", [
        {"account_id": one, "name": one.title(), "upn": f"{one}@x", "enabled": True, "created": MONDAY - 90 * DAY}
        for one in names
    ], now)  # fmt: skip
    put(store, "mfa-registration", [{"account_id": one, "mfa_capable": False} for one in names], now)
    for one in names:
        place(store, "account", one, population="staff")


def judge(store: Store, now: datetime = MONDAY, rule: Rule = MFA) -> Judgement:
    """Apply one rule."""
    return evaluate([rule], store, now)[0]


def subjects(findings: Any) -> list[str]:
    """Whom findings are about."""
    return sorted(one.subject for one in findings)


def test_findings_come_go_and_return(open_database: OpenStore) -> None:
    """The same fact is the same finding: it begins, goes on, ends, and may begin again."""
    store = open_database(DATASETS)
    days = [MONDAY + n * DAY for n in range(4)]
    staff_without_mfa(store, "anna", "bram")
    ran(store, at=days[0])
    first = judge(store, days[0])
    ran(store, at=days[1])
    second = judge(store, days[1])
    staff_without_mfa(store, "anna", now=days[2])
    ran(store, at=days[2])
    third = judge(store, days[2])
    staff_without_mfa(store, "anna", "bram", now=days[3])
    ran(store, at=days[3])
    fourth = judge(store, days[3])

    assert [subjects(one.new) for one in (first, second, third, fourth)] == [["anna", "bram"], [], [], ["bram"]]
    assert [subjects(one.gone) for one in (first, second, third, fourth)] == [[], [], ["bram"], []]
    assert [one.evaluation.findings for one in (first, second, third, fourth)] == [2, 2, 1, 2]
    with store.read() as session:
        rows = session.scalars(select(Finding).order_by(col(Finding.subject))).all()
    assert [(one.subject, one.first_seen, one.last_seen) for one in rows] == [
        ("anna", days[0], days[3]), ("bram", days[3], days[3]),
    ]  # fmt: skip


def test_a_finding_keeps_what_its_line_names_and_no_more(open_database: OpenStore) -> None:
    """Evidence is what the mail says; other personal data stays where it was."""
    store = open_database(DATASETS)
    staff_without_mfa(store, "anna")
    ran(store)

    assert judge(store).new[0].evidence == {"name": "Anna", "upn": "anna@x"}


def test_an_episode_keeps_what_its_line_names_and_no_more(open_database: OpenStore) -> None:
    """An attack has many rows; only what the mail says of them is kept."""
    store = open_database(DATASETS)
    attack(store)
    ran(store)

    assert judge(store, rule=SHIPPED["many-failed-sign-ins"]).new[0].evidence == {
        "upn": "anna@x", "count": 12, "ip_address": None,
        "window_start": (MONDAY - timedelta(minutes=11)).isoformat(), "window_end": MONDAY.isoformat(),
    }  # fmt: skip


def test_nothing_found_in_what_was_read_is_ok(open_database: OpenStore) -> None:
    """Green is a statement about data; this data was read."""
    store = open_database(DATASETS)
    ran(store)
    chosen = [rule for rule in SHIPPED.values() if rule.needs.keys() <= set(NAMES) and rule.service != COMPARISON]
    outcomes = evaluate(chosen, store, MONDAY)

    found = {one.rule.key for one in outcomes if one.evaluation.outcome == "finding"}
    assert found <= ABSENT
    assert {one.evaluation.outcome for one in outcomes if one.rule.key not in found} == {"ok"}
    assert {one.evaluation.data_as_of for one in outcomes} == {MONDAY}


@pytest.mark.parametrize("state", ["FAILED", "SKIPPED", "none", "stale"])
def test_a_rule_whose_source_was_not_read_cannot_be_judged(open_database: OpenStore, state: str) -> None:
    """Per rule and per source that it needs: no green, no red, and the missing thing is named."""
    store = open_database(DATASETS)
    for need in NAMES:
        rules = [rule for rule in SHIPPED.values() if need in rule.needs]
        for judgement in evaluate(rules, store, unread(store, need, state)):
            assert judgement.evaluation.outcome == "cannot_check", judgement.rule.key
            assert store.datasets[need].title in judgement.evaluation.reason
            if state in ("FAILED", "SKIPPED"):
                assert "the licence P1 is missing" in judgement.evaluation.reason
            assert (judgement.new, judgement.gone, judgement.evaluation.findings) == ((), (), 0)


def unread(store: Store, need: str, state: str) -> datetime:
    """Read everything but one source, which is refused, was never read, or is old; gives the moment of judging."""
    ran(store)
    if state == "stale":
        rhythm = next((rule.needs[need] for rule in SHIPPED.values() if need in rule.needs), DAY)
        moment = MONDAY + 3 * rhythm + timedelta(seconds=1)
        ran(store, [name for name in NAMES if name != need], moment)
        return moment
    if state == "none":
        forget(store, need)
    else:
        why: dict[str, Any] = {"reason": "the licence {name} is missing", "reason_values": {"name": "P1"}}
        ran(store, [need], state=state, missing="licence:P1", **why)
    return MONDAY


def forget(store: Store, connector: str) -> None:
    """As if this connector never ran."""
    from sqlalchemy import delete

    from ibpmon.store.tables import Run

    with store.write() as session:
        session.execute(delete(Run).where(col(Run.connector) == connector))


def test_a_rule_that_cannot_be_judged_looks_through_no_events(open_database: OpenStore) -> None:
    """A board without the list of devices asks for it every hour, and may have years of sign-ins by then."""
    rule = SHIPPED["device-out-of-use-signs-in"]
    known = load_connectors(Content(connectors_on=("device-list",)))
    store = open_database([known[name].dataset for name in rule.needs])
    asked = list[str]()
    put(store, "sign-ins", [{"id": "1", "at": MONDAY, "account_id": "anna", "device_id": "one", "error_code": 0}])
    ran(store, {"sign-ins"})

    @event.listens_for(store.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    assert judge(store, rule=rule).evaluation.outcome == "cannot_check"
    assert not [one for one in asked if "collected_sign_ins" in one]
    ran(store, set(rule.needs))
    assert judge(store, rule=rule).evaluation.outcome == "ok"
    assert [one for one in asked if "collected_sign_ins" in one]


def test_what_cannot_be_judged_stays_as_it_was(open_database: OpenStore) -> None:
    """An outage solves nothing: findings stay open, untouched, until they can be looked at."""
    store = open_database(DATASETS)
    staff_without_mfa(store, "anna")
    ran(store)
    judge(store)
    staff_without_mfa(store)  # the accounts seem gone, but the registration was not read
    ran(store, ["mfa-registration"], state="FAILED", missing="permission:AuditLog.Read.All")

    judgement = judge(store, MONDAY + DAY / 2)

    assert judgement.evaluation.outcome == "cannot_check"
    with store.read() as session:
        anna = session.scalars(select(Finding)).one()
    assert (anna.gone_at, anna.last_seen) == (None, MONDAY)


@pytest.mark.parametrize("times", [1, 2])
def test_a_passing_failure_leaves_the_last_complete_run_in_use(open_database: OpenStore, times: int) -> None:
    """Microsoft was away for an hour: what was read before still holds, and its age is told."""
    store = open_database(DATASETS)
    staff_without_mfa(store, "anna")
    ran(store)
    for n in range(times):
        ran(store, ["accounts"], MONDAY + (n + 1) * DAY / 24, "FAILED", reason="the service was away")

    evaluation = judge(store, MONDAY + DAY / 8).evaluation

    assert (evaluation.outcome, evaluation.findings, evaluation.reason) == ("finding", 1, "")
    assert evaluation.data_as_of == MONDAY


def test_a_failure_that_lasts_is_told_with_its_reason(open_database: OpenStore) -> None:
    """After three rounds the last complete run is too old, and why it failed says more than how old it is."""
    store = open_database(DATASETS)
    ran(store)
    late = MONDAY + 3 * MFA.needs["accounts"] + timedelta(seconds=1)
    ran(store, [name for name in NAMES if name != "accounts"], late)
    ran(store, ["accounts"], late, "FAILED", reason="the service was away")

    evaluation = judge(store, late).evaluation

    assert evaluation.outcome == "cannot_check"
    assert evaluation.reason == "Accounts was not read: the service was away"


@pytest.mark.parametrize("after", [[], ["FAILED"], ["PARTIAL", "FAILED"]], ids=str)
def test_state_of_which_a_part_was_read_is_not_judged(open_database: OpenStore, after: list[str]) -> None:
    """A partial run writes over a part of what was there: it is of two moments at once until the next whole run."""
    store = open_database(DATASETS)
    staff_without_mfa(store, "anna")
    ran(store)
    for state in ("PARTIAL", *after):
        ran(store, ["accounts"], MONDAY + DAY / 24, state)

    assert judge(store, MONDAY + DAY / 12).evaluation.outcome == "cannot_check"
    ran(store, ["accounts"], MONDAY + DAY / 12)
    assert judge(store, MONDAY + DAY / 12).evaluation.outcome == "finding"


@pytest.mark.parametrize("state", ["PARTIAL", "FAILED"])
def test_events_only_grow_so_a_later_part_spoils_nothing(open_database: OpenStore, state: str) -> None:
    """An import just after a whole round, or one that broke off, adds true events; until the round all is known."""
    store = open_database(DATASETS)
    attack(store)
    ran(store)
    spray = SHIPPED["password-spray"]
    ran(store, ["sign-ins"], MONDAY + timedelta(minutes=5), state, reason="only an export was read")

    soon, late = (judge(store, MONDAY + timedelta(minutes=n), spray).evaluation for n in (10, 46))

    assert (soon.outcome, soon.data_as_of) == ("ok", MONDAY)
    assert (late.outcome, "only an export was read" in late.reason) == ("cannot_check", True)


def test_a_permission_that_was_taken_away_is_told_at_once(open_database: OpenStore) -> None:
    """That does not pass by itself, so nobody waits until the data is stale."""
    store = open_database(DATASETS)
    ran(store)
    ran(store, ["accounts"], MONDAY + DAY / 24, "FAILED", missing="permission:User.Read.All", reason="no right")

    evaluation = judge(store, MONDAY + DAY / 24).evaluation

    assert (evaluation.outcome, evaluation.reason) == ("cannot_check", "Accounts was not read: no right")


def test_what_one_board_has_read_says_nothing_of_another(open_database: OpenStore) -> None:
    """Runs, findings, exceptions and watermarks of two boards in one database never meet."""
    store = open_database(DATASETS)
    other = second_board(store)
    for board in (store, other):
        staff_without_mfa(board, "anna", "bram")
        attack(board)
    ran(store)
    accept(store, "anna", MONDAY + DAY)
    first = {one.rule.key: one for one in evaluate(list(SHIPPED.values()), store, MONDAY)}
    unread = evaluate(list(SHIPPED.values()), other, MONDAY)

    assert {one.evaluation.outcome for one in unread} == {"cannot_check"}
    assert first[MFA.key].evaluation.findings == 1

    ran(other)
    staff_without_mfa(other, "anna")
    second = {one.rule.key: one for one in evaluate(list(SHIPPED.values()), other, MONDAY)}
    again = {one.rule.key: one for one in evaluate(list(SHIPPED.values()), store, MONDAY)}

    assert (subjects(second[MFA.key].new), second[MFA.key].evaluation.accepted) == (["anna"], 0)
    assert subjects(second["many-failed-sign-ins"].new) == ["anna"]
    assert [(one.new, one.gone, one.worse) for one in again.values()] == [((), (), ())] * len(SHIPPED)
    assert [again[key].evaluation.outcome for key in SHIPPED] == [first[key].evaluation.outcome for key in SHIPPED]


def test_a_connector_that_is_off_is_named(open_database: OpenStore) -> None:
    """A board without Intune is not told that all its devices are fine."""
    store = open_database([dataset for dataset in DATASETS if dataset.name != "managed-devices"])
    ran(store, [name for name in NAMES if name != "managed-devices"])

    evaluation = judge(store, rule=SHIPPED["stale-device"]).evaluation

    assert (evaluation.outcome, evaluation.reason) == ("cannot_check", "managed-devices is switched off")


def attack(store: Store) -> None:
    """Twelve wrong passwords on one account."""
    put(store, "sign-ins", [
        {"id": str(n), "at": MONDAY - timedelta(minutes=n), "account_id": "anna", "upn": "anna@x", "error_code": 50126}
        for n in range(12)
    ])  # fmt: skip


def test_an_export_shows_what_happened_but_not_that_nothing_else_did(open_database: OpenStore) -> None:
    """What a person imports is real; a rule on part of the events finds, and is never green."""
    failures, spray = SHIPPED["many-failed-sign-ins"], SHIPPED["password-spray"]
    store = open_database(DATASETS)
    attack(store)
    ran(store, ["sign-ins"], state="PARTIAL", reason="only an export was read")

    found, silent = (one.evaluation for one in evaluate([failures, spray], store, MONDAY))

    assert (found.outcome, found.findings, silent.outcome) == ("finding", 1, "cannot_check")
    assert silent.reason == "Aanmeldingen was read only in part: only an export was read"


def test_what_the_data_leaves_open_is_counted(open_database: OpenStore) -> None:
    """Who is not in the registration report has neither MFA nor no MFA."""
    store = open_database(DATASETS)
    staff_without_mfa(store, "anna", "bram")
    put(store, "mfa-registration", [{"account_id": "anna", "mfa_capable": True}])
    put(store, "security-defaults", [{"policy_id": "1", "enabled": True}])
    ran(store)

    evaluation = judge(store).evaluation

    assert (evaluation.outcome, evaluation.findings, evaluation.undetermined) == ("ok", 0, 1)


def accept(store: Store, subject: str, until: datetime, rule: str = MFA.key) -> None:
    """Someone with the mandate accepts a risk until a date."""
    with store.write() as session:
        count = session.scalar(select(func.count()).select_from(Exemption)) or 0
        session.add(
            Exemption(
                tenant_id=store.tenant, exception_id=count + 1, rule=rule, subject=subject, reason="sleutel besteld",
                approved_by="Chris", from_at=MONDAY - DAY, until=until,
            )
        )  # fmt: skip


def test_an_exception_makes_a_finding_accepted_until_it_ends(open_database: OpenStore) -> None:
    """Accepted is not solved: it is counted apart, and when it ends the finding is back on the table."""
    store = open_database(DATASETS)
    staff_without_mfa(store, "anna", "bram")
    ran(store)
    accept(store, "anna", MONDAY + DAY)
    accept(store, "eva", MONDAY + DAY)
    accept(store, "bram", MONDAY + DAY, rule="stale-device")
    one = judge(store)
    accept(store, "bram", MONDAY + DAY)
    all_of_them = judge(store)
    ran(store, at=MONDAY + DAY)
    after = judge(store, MONDAY + DAY)

    told = [(j.evaluation.outcome, j.evaluation.findings, j.evaluation.accepted) for j in (one, all_of_them, after)]
    assert told == [("finding", 1, 1), ("accepted", 0, 2), ("finding", 2, 0)]
    assert {found.subject: found.accepted for found in one.new} == {"anna": True, "bram": False}
    assert subjects(after.expired) == ["anna", "bram"]


def test_a_finding_that_comes_back_after_its_exception_ended_is_open_at_once(open_database: OpenStore) -> None:
    """It was accepted when it went; nobody accepted it now."""
    store = open_database(DATASETS)
    for hours, names in ((0, ["anna"]), (12, []), (48, ["anna"])):
        at = MONDAY + timedelta(hours=hours)
        staff_without_mfa(store, *names, now=at)
        ran(store, at=at)
        if not hours:
            accept(store, "anna", MONDAY + DAY)
        last = judge(store, at)

    assert (last.evaluation.outcome, last.evaluation.findings, last.evaluation.accepted) == ("finding", 1, 0)
    assert subjects(last.expired) == ["anna"]


def test_what_was_read_in_part_while_others_were_judged_is_not_judged(open_database: OpenStore) -> None:
    """The daemon collects while it judges: what was whole when the round began need not be whole any more."""
    store, later = open_database(DATASETS), MONDAY + timedelta(hours=1)
    staff_without_mfa(store, "anna")
    ran(store)
    assert judge(store).evaluation.outcome == "finding"

    class Collector:
        """Another thread, in which half of the accounts comes in."""

        def step(self, _name: str, done: int, _total: int | None = None) -> None:
            if not done:
                ran(store, ["accounts"], later, "PARTIAL")
                put(store, "accounts", [], later)

    (judged,) = evaluate([MFA], store, later, Collector())

    assert (judged.evaluation.outcome, judged.gone) == ("cannot_check", ())


def test_what_is_told_stands_or_falls_with_the_findings(open_database: OpenStore) -> None:
    """Findings, watermark and mail are one transaction: a mail that fails leaves nothing behind, so nothing is lost."""
    store = open_database(DATASETS)
    attack(store)
    ran(store)
    rule = SHIPPED["many-failed-sign-ins"]

    def broken(_session: Session, _judgement: Judgement) -> None:
        raise RuntimeError("no mail")

    with pytest.raises(RuntimeError):
        evaluate([rule], store, MONDAY, tell=broken)
    with store.read() as session:
        left = [session.scalar(select(func.count()).select_from(one)) for one in (Finding, Evaluation)]
        marks = [one.name for one in session.scalars(select(Cursor)) if one.name.startswith("rule:")]
    assert (left, marks) == ([0, 0], [])

    seen: list[list[str]] = []
    evaluate([rule], store, MONDAY, tell=lambda _session, judgement: seen.append(subjects(judgement.new)))
    assert seen == [["anna"]]


def test_a_rule_that_weighs_more_makes_its_findings_worse(open_database: OpenStore) -> None:
    """The board raised the level: people are told, the finding stays the same."""
    from dataclasses import replace

    store = open_database(DATASETS)
    staff_without_mfa(store, "anna")
    ran(store)
    judge(store)

    heavier = judge(store, rule=replace(MFA, level="critical"))

    assert (subjects(heavier.worse), heavier.new, heavier.worse[0].level) == (["anna"], (), "critical")


def test_a_pupil_in_a_staff_area_is_found_per_place(open_database: OpenStore) -> None:
    """Subject and object: one pupil in two places is two findings."""
    store = open_database(DATASETS)
    put(store, "accounts", [{"account_id": "bram", "name": "Bram"}])
    place(store, "account", "bram", population="pupil")
    put(store, "groups", [{"group_id": one, "name": one} for one in ("g1", "g2", "g3")])
    put(store, "group-members", [
        {"group_id": one, "member_id": "bram", "kind": "#microsoft.graph.user"} for one in ("g1", "g2", "g3")
    ])  # fmt: skip
    place(store, "group", "g1", zone="staff")
    place(store, "group", "g2", zone="staff")
    place(store, "group", "g3", zone="pupil")
    ran(store)

    found = judge(store, rule=SHIPPED["pupil-reaches-staff-area"]).new

    assert sorted((one.subject, one.object) for one in found) == [("bram", "g1"), ("bram", "g2")]
