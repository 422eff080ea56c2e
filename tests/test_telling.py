"""Telling: once a day what is new, at once what cannot wait, to whom it concerns, and nothing twice."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from ibpmon.config import Config, Schedule, Teams
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Finding, Gauge, News, Outbox, Run
from ibpmon.tell import news
from ibpmon.tell.acts import Deed, do
from ibpmon.tell.alerts import Teller
from ibpmon.tell.coverage import CANARY
from ibpmon.tell.desk import Desk
from ibpmon.tell.occasions import Occasion, noted
from ibpmon.tell.telling import due, preview, tell
from tests.conftest import MONDAY
from tests.test_alerts import Rule, Words, found, judged
from tests.test_mail import PUPIL, STAFF, add_account, config, desk_of, flat, store

__all__ = ["config", "store"]  # fixtures

pytestmark = pytest.mark.usefixtures("english")

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FRIDAY_BEFORE = MONDAY - 3 * DAY
IT, DEWI, FG = f"ict@{STAFF}", f"dewi@{STAFF}", f"fg@{STAFF}"
CHRIS = f"chris@{STAFF}"
MEDIUM = Rule(
    "stale-device", level="medium", catalogue="DEV-01", subject="serial",
    message=Words("{count} old", "{name} is old.", "Sync."),
)  # fmt: skip
HIGH = Rule(message=Words("{count} without MFA", "{name} has no MFA.", "Set it up."))
ACT = Rule(
    "role-changed", catalogue="ADM-03", owner="privacy_officer", subject="target_id",
    message=Words("{count} roles changed", "{actor_name} changed a role.", "Ask why."),
)  # fmt: skip
PUPIL_RULE = Rule(
    "pupil-reaches-staff-area", catalogue="PUP-01", message=Words("{count} pupils", "{name} reaches it.", "Remove.")
)
RIGHT = Rule(
    "public-group", catalogue="SHR-02", owner="process_owner", level="medium", subject="group_id",
    message=Words("{count} public", "{name} is public.", "Close it."),
)  # fmt: skip


def with_mail(config: Config, **values: Any) -> Config:
    """The configuration with other settings of mail."""
    return config.model_copy(update={"mail": config.mail.model_copy(update=values)})


def with_readers(config: Config, **readers: Sequence[str]) -> Config:
    """The configuration with these people under [mail.to]."""
    return with_mail(config, to={"it": (IT,), **{role: tuple(some) for role, some in readers.items()}})


def add(store: Store, rule: Rule, *subjects: str, level: str = "", **evidence: object) -> None:
    """Findings of a rule about these subjects."""
    with store.write() as session:
        for subject in subjects:
            found(session, store, subject, rule=rule.key, level=level or rule.level,
                  evidence={"name": subject, **evidence})  # fmt: skip


def end(store: Store, rule: Rule, now: datetime) -> None:
    """What a rule found is gone."""
    with store.write() as session:
        for one in session.scalars(select(Finding).where(col(Finding.rule) == rule.key)):
            one.gone_at = now


def judge(store: Store, config: Config, rule: Rule, now: datetime, outcome: str = "finding", **values: Any) -> None:
    """A round of judging."""
    with store.write() as session:
        Teller.of(config, store, now).tell(session, judged(session, store, outcome, now, rule=rule, **values))


def desk(store: Store, config: Config, now: datetime, *rules: Rule, **owners: str) -> Desk:
    """A desk that knows these rules, and who owns which place."""
    made = desk_of(store, config, HIGH, now)
    router = replace(made.router, owners=owners.get)
    return replace(made, rules={rule.key: rule for rule in rules}, router=router)


def tick(store: Store, config: Config, now: datetime, *rules: Rule, **owners: str) -> list[Outbox]:
    """What the daemon does each minute; gives the mails that it wrote."""
    with store.read() as session:
        before = len(session.scalars(select(Outbox)).all())
    wanted = due(store, config, now)
    if wanted:
        tell(desk(store, config, now, *rules, **owners), wanted)
    with store.read() as session:
        return list(session.scalars(select(Outbox).order_by(col(Outbox.mail_id))))[before:]


def subjects(mails: Sequence[Outbox]) -> list[str]:
    """The subjects of mails without the name of the board."""
    return [mail.subject.removesuffix(" - Stichting Voorbeeldonderwijs") for mail in mails]


def first_week(store: Store, config: Config) -> None:
    """The mail of Monday with the line of the week, so that the days after it are ordinary ones."""
    assert len(tick(store, config, MONDAY)) == 1


# ---- once a day, and at once


def test_what_is_new_waits_for_the_morning_and_is_told_once(store: Store, config: Config) -> None:
    """One mail a day is read; one per finding is not."""
    first_week(store, config)
    add(store, MEDIUM, "a", "b")
    judge(store, config, MEDIUM, MONDAY + HOUR)

    assert tick(store, config, MONDAY + HOUR, MEDIUM) == []
    assert tick(store, config, MONDAY + 19 * HOUR, MEDIUM) == []  # Tuesday, six in the morning
    assert subjects(tick(store, config, MONDAY + DAY, MEDIUM)) == ["2 new"]
    assert tick(store, config, MONDAY + DAY + HOUR, MEDIUM) == []
    assert tick(store, config, MONDAY + 2 * DAY, MEDIUM) == []


def test_what_cannot_wait_is_told_at_once_and_not_again_in_the_morning(store: Store, config: Config) -> None:
    """A leaver who signs in is no matter for tomorrow; and tomorrow it is no news any more."""
    first_week(store, config)
    add(store, HIGH, "a")
    judge(store, config, HIGH, MONDAY + HOUR)

    assert subjects(tick(store, config, MONDAY + HOUR, HIGH)) == ["High: 1 without MFA (#1)"]
    assert tick(store, config, MONDAY + DAY, HIGH) == []


def test_after_a_night_off_the_mail_of_the_day_comes_later_and_once(store: Store, config: Config) -> None:
    """The machine was off at seven: nobody misses a day."""
    first_week(store, config)
    add(store, MEDIUM, "a")
    judge(store, config, MEDIUM, MONDAY + HOUR)

    assert len(tick(store, config, MONDAY + DAY + 5 * HOUR, MEDIUM)) == 1
    assert tick(store, config, MONDAY + DAY + 6 * HOUR, MEDIUM) == []


def test_on_days_without_school_the_mail_waits_but_what_is_urgent_does_not(store: Store, config: Config) -> None:
    """Nobody reads on Saturday what can wait."""
    first_week(store, config)
    saturday = MONDAY + 5 * DAY
    add(store, MEDIUM, "a")
    add(store, HIGH, "b")
    judge(store, config, MEDIUM, saturday)
    judge(store, config, HIGH, saturday)

    assert subjects(tick(store, config, saturday, MEDIUM, HIGH)) == ["High: 1 without MFA (#2)"]
    assert subjects(tick(store, config, saturday + 2 * DAY, MEDIUM, HIGH)) == ["1 new"]


def test_a_few_urgent_alerts_come_one_by_one_and_many_as_one(store: Store, config: Config) -> None:
    """Each can be answered by itself; forty of them would bury the phone."""
    first_week(store, config)
    add(store, HIGH, "a", "b", "c")
    judge(store, config, HIGH, MONDAY + HOUR)
    assert len(tick(store, config, MONDAY + HOUR, HIGH)) == 3

    add(store, HIGH, "d", "e", "f", "g")
    judge(store, config, HIGH, MONDAY + 2 * HOUR)
    assert subjects(tick(store, config, MONDAY + 2 * HOUR, HIGH)) == ["High: 4 alerts that cannot wait"]


def test_a_storm_of_five_thousand_findings_is_one_mail_that_says_so(store: Store, config: Config) -> None:
    """A switch that was turned at Microsoft must not fill a mailbox."""
    first_week(store, config)
    add(store, HIGH, *(f"{number:04}" for number in range(5_000)))
    judge(store, config, HIGH, MONDAY + HOUR)

    (mail,) = tick(store, config, MONDAY + HOUR, HIGH)

    assert mail.subject.startswith("High: 5,000 alerts that cannot wait")
    assert "5,000 came at once" in flat(mail.text)
    assert "and 4,998 more: ibpmon findings --rule account-without-mfa" in flat(mail.text)
    assert len(mail.html.encode()) < 20_000
    with store.read() as session:
        assert not news.untold(session, store)


# ---- the line of the week


def test_once_a_week_ict_hears_that_everything_works(store: Store, config: Config) -> None:
    """Silence must not look like good news: when this line stays away, somebody goes and looks."""
    judge(store, config, HIGH, FRIDAY_BEFORE, "ok")

    (friday,) = tick(store, config, FRIDAY_BEFORE, HIGH)
    (monday,) = tick(store, config, MONDAY, HIGH)

    for mail in (friday, monday):
        assert "works" in mail.subject
        assert "This stands in a mail once a week." in flat(mail.text)
    assert tick(store, config, MONDAY + DAY, HIGH) == []


def test_what_could_not_be_read_is_not_passed_over_where_everything_works(store: Store, config: Config) -> None:
    """A rule that is applied without its data works as it should, and saw nothing."""
    judge(store, config, HIGH, FRIDAY_BEFORE, "cannot_check")

    (mail,) = tick(store, config, FRIDAY_BEFORE, HIGH)

    assert "+ all 1 rules are applied (without the data they need: 1)" in flat(mail.text)


def test_what_does_not_work_is_not_called_working(store: Store, config: Config) -> None:
    """Nothing was read, and the rule was last applied days ago."""
    judge(store, config, HIGH, FRIDAY_BEFORE - 5 * DAY, "ok")

    (mail,) = tick(store, config, MONDAY, HIGH)

    assert mail.subject.startswith("Not everything works")
    assert "! not read: " in mail.text
    assert "! 1 rule was not applied since yesterday" in mail.text
    assert "+ the ledger is whole: 0 entries" in mail.text


@pytest.mark.parametrize(
    ("state", "ago", "line"),
    [
        ("FULL", 1 * DAY, "+ every source answers"),
        ("FULL", 4 * DAY, "! not read: "),
        ("RUNNING", 1 * DAY, "! not read: "),
        ("PARTIAL", 1 * DAY, "! not read: "),
        ("SKIPPED", 1 * DAY, "+ every source answers (closed to this licence or registration:"),
    ],
)
def test_a_source_that_stands_still_is_not_called_answering(
    store: Store, config: Config, state: str, ago: timedelta, line: str
) -> None:
    """What began and never ended, and what was read days ago, shows nothing of today."""
    with store.write() as session:
        for number, name in enumerate(store.datasets, 1):
            at = MONDAY - ago
            ended = None if state == "RUNNING" else at
            session.add(Run(tenant_id=store.tenant, run_id=number, connector=name, started_at=at, finished_at=ended,
                            state=state))  # fmt: skip

    (mail,) = tick(store, config, MONDAY, HIGH)

    assert line in flat(mail.text)


def test_what_was_read_long_ago_is_not_called_read(store: Store, config: Config) -> None:
    """A source of which every run is killed shows its last good one for ever."""
    runs = list(enumerate(store.datasets, 1))
    with store.write() as session:
        for number, name in runs:
            at = MONDAY - 30 * DAY
            session.add(Run(tenant_id=store.tenant, run_id=number, connector=name, started_at=at, finished_at=at,
                            state="FULL"))  # fmt: skip
    slow = config.model_copy(
        update={"schedule": Schedule.model_validate({"every": dict.fromkeys((name for _, name in runs[1:]), "20d")})}
    )

    (mail,) = tick(store, slow, MONDAY, HIGH)

    assert f"Read in full: {len(runs) - 1} of {len(runs)} sources." in flat(mail.text)


def test_a_made_up_attack_of_last_month_proves_nothing(store: Store, config: Config) -> None:
    """The gauge still says that it came out; nobody sent one since."""
    with store.write() as session:
        session.add(Gauge(tenant_id=store.tenant, name=CANARY, value=0, measured_at=MONDAY - 30 * DAY))

    (mail,) = tick(store, config, MONDAY, HIGH)

    assert "! no made-up attack was sent this week" in flat(mail.text)


def test_a_board_may_ask_for_a_mail_each_day(store: Store, config: Config) -> None:
    """Some people want to see that it is quiet."""
    each_day = with_mail(config, always=True)
    first_week(store, each_day)

    assert subjects(tick(store, each_day, MONDAY + DAY)) == ["No news"]


# ---- what is news


def test_what_came_and_went_before_anybody_heard_is_one_line(store: Store, config: Config) -> None:
    """Three changes in a night are one sentence in the morning."""
    first_week(store, config)
    add(store, MEDIUM, "a")
    judge(store, config, MEDIUM, MONDAY + HOUR)
    end(store, MEDIUM, MONDAY + 2 * HOUR)
    judge(store, config, MEDIUM, MONDAY + 2 * HOUR, "ok")

    assert subjects(tick(store, config, MONDAY + DAY, MEDIUM)) == ["1 solved"]


def test_what_is_solved_and_back_before_anybody_heard_is_nothing(store: Store, config: Config) -> None:
    """For who reads it nothing has changed."""
    add(store, MEDIUM, "a")
    judge(store, config, MEDIUM, MONDAY)
    tick(store, config, MONDAY, MEDIUM)
    end(store, MEDIUM, MONDAY + HOUR)
    judge(store, config, MEDIUM, MONDAY + HOUR, "ok")
    revive(store, MEDIUM)
    judge(store, config, MEDIUM, MONDAY + 2 * HOUR)

    assert tick(store, config, MONDAY + DAY, MEDIUM) == []


def revive(store: Store, rule: Rule) -> None:
    """What was gone is there again."""
    with store.write() as session:
        for one in session.scalars(select(Finding).where(col(Finding.rule) == rule.key)):
            one.gone_at = None


def test_what_somebody_closed_before_the_morning_is_no_news(store: Store, config: Config) -> None:
    """Who closed it knows."""
    first_week(store, config)
    add(store, MEDIUM, "a", "b")
    judge(store, config, MEDIUM, MONDAY + HOUR)
    with store.write() as session:
        do(session, store, 1, Deed("close", "Chris", reason="a spare"), MONDAY + 2 * HOUR)

    (mail,) = tick(store, config, MONDAY + DAY, MEDIUM)

    assert subjects([mail]) == ["1 new"]
    assert "#2 b is old." in flat(mail.text)


def test_information_is_a_number_and_no_line(store: Store, config: Config) -> None:
    """Figures belong in a report."""
    first_week(store, config)
    add(store, MEDIUM, "a", level="informational")
    add(store, MEDIUM, "b")
    judge(store, config, MEDIUM, MONDAY + HOUR)

    (mail,) = tick(store, config, MONDAY + DAY, MEDIUM)

    assert subjects([mail]) == ["1 new"]
    assert "a is old." not in mail.text
    assert "For information only: 1 more." in flat(mail.text)


def test_a_look_beforehand_changes_nothing(store: Store, config: Config) -> None:
    """`ibpmon digest --dry-run` shows what would be mailed, and leaves it for the morning."""
    first_week(store, config)
    add(store, MEDIUM, "a")
    judge(store, config, MEDIUM, MONDAY + HOUR)

    shown = preview(desk(store, config, MONDAY + HOUR, MEDIUM), Occasion(morning=True))

    assert [mail.draft.subject for mail in shown] == ["1 new - Stichting Voorbeeldonderwijs"]
    assert subjects(tick(store, config, MONDAY + DAY, MEDIUM)) == ["1 new"]


@pytest.mark.parametrize(
    ("kinds", "line"),
    [
        ("new", "new"),
        ("new worse", "new"),
        ("new solved", "solved"),
        ("new solved reopened", "new"),  # open, and nobody ever heard of it
        ("new overdue", "new"),
        ("worse solved reopened", "reopened"),
        ("reopened solved reopened", "reopened"),
        ("overdue solved reopened", "reopened"),
        ("overdue worse", "worse"),
        ("solved reopened", None),  # for who reads it nothing has changed
        ("solved reopened worse", "worse"),
        ("solved reopened overdue", "overdue"),
        ("solved reopened solved", "solved"),
        ("remind", "remind"),
        ("blind sighted", None),
        ("sighted blind", None),
        ("blind sighted blind", "blind"),
    ],
)
def test_untold_changes_come_down_to_what_whoever_heard_of_none_must_hear(kinds: str, line: str | None) -> None:
    """An alert that came, went and came back over a weekend is open on Monday, and must be told."""
    (fold,) = news.folded(piece(number, kind) for number, kind in enumerate(kinds.split()))

    assert (fold.line.kind if fold.line else None) == line
    assert len(fold.rows) == len(kinds.split())


def test_what_is_back_and_weighs_more_is_told_as_worse() -> None:
    """Solved as low and back as critical, before anybody heard of either."""
    (fold,) = news.folded([piece(1, "solved", "low"), piece(2, "reopened", "critical")])

    assert fold.line is not None
    assert (fold.line.kind, fold.line.level) == ("worse", "critical")
    assert news.is_urgent(fold.line)


def piece(number: int, kind: str, level: str = "medium") -> News:
    """One piece of untold news about alert 1, or about a rule."""
    return News(tenant_id=1, news_id=number, kind=kind, rule="r", alert_id=1, level=level, occurrences=1, at=MONDAY)


def test_what_was_medium_and_became_high_is_told_once_as_new(store: Store, config: Config) -> None:
    """The mail at once said worse about something nobody knew, and the morning said new and medium of the same."""
    first_week(store, config)
    add(store, MEDIUM, "a")
    judge(store, config, MEDIUM, MONDAY + HOUR)
    with store.write() as session:
        found(session, store, "a", "again", rule=MEDIUM.key, level="high", evidence={"name": "a"})
    judge(store, config, MEDIUM, MONDAY + 2 * HOUR)

    (mail,) = tick(store, config, MONDAY + 2 * HOUR, MEDIUM)

    assert "== NEW (1)" in mail.text
    assert tick(store, config, MONDAY + DAY, MEDIUM) == []


def test_what_comes_and_goes_all_day_is_told_at_once_only_once(store: Store, config: Config) -> None:
    """Each return rang the phone."""
    first_week(store, config)
    add(store, HIGH, "a")
    judge(store, config, HIGH, MONDAY + HOUR)
    assert len(tick(store, config, MONDAY + HOUR, HIGH)) == 1

    for hour in (2, 4):
        end(store, HIGH, MONDAY + hour * HOUR)
        judge(store, config, HIGH, MONDAY + hour * HOUR, "ok")
        revive(store, HIGH)
        judge(store, config, HIGH, MONDAY + (hour + 1) * HOUR)
        assert tick(store, config, MONDAY + (hour + 1) * HOUR, HIGH) == []


def test_a_rule_that_finds_something_in_a_part_is_not_called_whole_again(store: Store, config: Config) -> None:
    """Its source is still read in part: that it found something mends nothing."""
    reason = "Wijzigingen is maar gedeeltelijk gelezen"
    judge(store, config, MEDIUM, MONDAY, "cannot_check", reason=reason)
    (first,) = tick(store, config, MONDAY, MEDIUM)
    add(store, MEDIUM, "a")
    judge(store, config, MEDIUM, MONDAY + HOUR, "finding", reason=reason)

    (second,) = tick(store, config, MONDAY + DAY, MEDIUM)

    assert reason in flat(first.text)
    assert "Can be judged again" not in second.text
    assert subjects([second]) == ["1 new"]


# ---- reminders


def test_an_alert_past_its_term_is_told_once(store: Store, config: Config) -> None:
    """The next list is the same list."""
    add(store, MEDIUM, "a")
    judge(store, config, MEDIUM, MONDAY)
    tick(store, config, MONDAY, MEDIUM)
    late = next(MONDAY + day * DAY for day in range(30, 80) if tick(store, config, MONDAY + day * DAY, MEDIUM))

    with store.read() as session:
        alert = session.scalars(select(Alert)).one()
        mail = session.scalars(select(Outbox).order_by(col(Outbox.mail_id).desc()).limit(1)).one()
    assert alert.due_at is not None
    assert alert.reminded_at == late
    assert "still going on" in mail.subject


def test_a_reminder_comes_in_the_rhythm_of_its_rule(store: Store, config: Config) -> None:
    """Never the same list twice in a row, and never forgotten either."""
    rule = replace(MEDIUM, remind=7 * DAY)
    add(store, rule, "a")
    judge(store, config, rule, MONDAY)
    tick(store, config, MONDAY, rule)

    lines = [
        day for day in range(1, 22)
        for mail in tick(store, config, MONDAY + day * DAY, rule) if "a is old." in mail.text
    ]  # fmt: skip

    assert lines == [7, 14, 21]


def test_an_accepted_risk_is_told_two_weeks_ahead_and_at_its_end_with_the_reason(store: Store, config: Config) -> None:
    """Who accepted it a year ago has left; the mail says why it was done."""
    add(store, MEDIUM, "a")
    judge(store, config, MEDIUM, MONDAY)
    tick(store, config, MONDAY, MEDIUM)
    accept(store, until=MONDAY + 20 * DAY)

    warned = [
        day for day in range(1, 20) for mail in tick(store, config, MONDAY + day * DAY, MEDIUM) if "Eva" in mail.text
    ]
    assert len(warned) == 1
    assert 6 <= warned[0] <= 8  # the first day from fourteen days before on which mail is read

    with store.write() as session:
        session.scalars(select(Finding)).one().accepted = False
    judge(store, config, MEDIUM, MONDAY + 21 * DAY)
    (mail,) = (one for one in tick(store, config, MONDAY + 21 * DAY, MEDIUM) if "1 new" in one.subject)

    assert "Is back; was first found on Monday 23 November; was accepted until" in flat(mail.text)
    assert "by Eva, because: the last laptop of this kind" in flat(mail.text)


def accept(store: Store, until: datetime) -> None:
    """Eva accepts the risk of the first alert."""
    deed = Deed("accept", "Chris", reason="the last laptop of this kind", approved_by="Eva", until=until)
    with store.write() as session:
        do(session, store, 1, deed, MONDAY + HOUR)
        session.scalars(select(Finding)).one().accepted = True


def test_an_accepted_risk_that_ended_without_its_problem_is_told_once(store: Store, config: Config) -> None:
    """It may leave the list, and everybody may know."""
    add(store, MEDIUM, "a")
    judge(store, config, MEDIUM, MONDAY)
    tick(store, config, MONDAY, MEDIUM)
    accept(store, until=MONDAY + 4 * DAY)
    end(store, MEDIUM, MONDAY + DAY)
    judge(store, config, MEDIUM, MONDAY + DAY, "ok")

    told = [
        mail for day in range(4, 30) for mail in tick(store, config, MONDAY + day * DAY, MEDIUM)
        if "did not come back" in flat(mail.text)
    ]  # fmt: skip

    assert len(told) == 1


def test_an_accepted_risk_that_came_back_is_not_said_to_have_stayed_away(store: Store, config: Config) -> None:
    """It came back at the end of the exception, was told so, and was solved a week later."""
    add(store, MEDIUM, "a")
    judge(store, config, MEDIUM, MONDAY)
    tick(store, config, MONDAY, MEDIUM)
    accept(store, until=MONDAY + 4 * DAY)
    with store.write() as session:
        session.scalars(select(Finding)).one().accepted = False
    judge(store, config, MEDIUM, MONDAY + 7 * DAY)
    tick(store, config, MONDAY + 7 * DAY, MEDIUM)
    end(store, MEDIUM, MONDAY + 9 * DAY)
    judge(store, config, MEDIUM, MONDAY + 9 * DAY, "ok")

    (mail,) = tick(store, config, MONDAY + 9 * DAY, MEDIUM)

    assert subjects([mail]) == ["1 solved"]
    assert "did not come back" not in flat(mail.text)


def test_what_a_person_opens_again_gets_a_new_term(store: Store, config: Config) -> None:
    """It was due long before; it is not late the day after somebody opened it again."""
    add(store, MEDIUM, "a")
    judge(store, config, MEDIUM, MONDAY)
    tick(store, config, MONDAY, MEDIUM)
    later = MONDAY + 100 * DAY
    with store.write() as session:
        do(session, store, 1, Deed("close", "Chris", reason="a spare"), MONDAY + HOUR)
        do(session, store, 1, Deed("reopen", "Chris", reason="no spare at all"), later)
    judge(store, config, MEDIUM, later + HOUR)

    with store.read() as session:
        due_at = session.scalars(select(Alert)).one().due_at
    assert due_at is not None
    assert due_at > later + 30 * DAY


def test_a_pupil_whom_somebody_names_in_a_reason_has_a_pseudonym_in_the_mail(store: Store, config: Config) -> None:
    """Who accepts a risk types what he wants, and the mail goes to others."""
    add(store, MEDIUM, "a", "b")
    judge(store, config, MEDIUM, MONDAY)
    tick(store, config, MONDAY, MEDIUM)
    reason = "Jip de Verzonnene mag dit tot de zomer"
    deed = Deed("accept", "Chris", reason=reason, approved_by="Jip de Verzonnene", until=MONDAY + 10 * DAY)
    with store.write() as session:
        do(session, store, 1, deed, MONDAY + HOUR)
        do(session, store, 2, Deed("assign", "Chris", to="jip.de.verzonnene"), MONDAY + HOUR)
        found(session, store, "b", "again", rule=MEDIUM.key, level="medium", evidence={"name": "b"})
    judge(store, config, MEDIUM, MONDAY + HOUR)

    (mail,) = tick(store, config, MONDAY + DAY, MEDIUM)

    assert "Accepted until" in flat(mail.text)
    assert "leerling-" in mail.text
    for form in (mail.text, mail.html):
        assert "jip" not in form.casefold()


# ---- who reads what


def test_rights_go_to_their_owner_and_else_to_ict(store: Store, config: Config) -> None:
    """The proceseigenaar knows who belongs there; ICT does not."""
    first_week(store, config)
    add(store, RIGHT, "Team-Zorg", "Team-Sport")
    judge(store, config, RIGHT, MONDAY + HOUR)

    mails = tick(store, config, MONDAY + DAY, RIGHT, **{"Team-Zorg": DEWI})

    assert {tuple(mail.recipients): flat(mail.text).count("is public.") for mail in mails} == {(DEWI,): 1, (IT,): 1}
    to_dewi = next(mail for mail in mails if mail.recipients == [DEWI])
    assert "Team-Zorg is public." in to_dewi.text
    assert "ibpmon findings" not in to_dewi.text
    assert "are open" not in to_dewi.text


def test_pupils_go_to_ict_and_to_the_director_of_their_own_school(store: Store, config: Config) -> None:
    """No other director has anything to do with this child."""
    schools = tuple(
        [one.model_copy(update={"director": f"dir.{one.key.lower()}@{STAFF}"}) for one in config.schools]
        + [config.schools[0].model_copy(update={"key": "BEU", "director": f"dir.beu@{STAFF}"})]
    )
    own = config.model_copy(update={"schools": schools})
    add(store, PUPIL_RULE, PUPIL, account_id=PUPIL, name="Jip de Verzonnene")
    judge(store, own, PUPIL_RULE, MONDAY)

    mails = tick(store, own, MONDAY, PUPIL_RULE)

    assert sorted(address for mail in mails for address in mail.recipients) == [f"dir.eik@{STAFF}", IT]
    assert all("Jip" not in mail.text + mail.html + mail.subject for mail in mails)
    assert all("leerling-" in mail.text for mail in mails)


@pytest.mark.parametrize(
    ("readers", "actor", "expected"),
    [
        ({"privacy": [DEWI], "fg": [FG]}, CHRIS, [DEWI]),
        ({"privacy": [DEWI], "fg": [FG]}, DEWI, [FG]),  # the privacy officer did it
        ({"fg": [FG]}, CHRIS, [FG]),
        ({}, CHRIS, [IT]),
        ({"privacy": [CHRIS], "fg": [CHRIS]}, CHRIS, [IT]),
        ({"privacy": [DEWI, CHRIS]}, CHRIS, [DEWI]),
    ],
)
def test_what_administrators_do_goes_to_others_than_that_administrator(
    store: Store, config: Config, readers: dict[str, list[str]], actor: str, expected: list[str]
) -> None:
    """Nobody is the judge of what he did himself."""
    own = with_readers(config, **readers)
    add(store, ACT, "target", actor_name=actor)
    judge(store, own, ACT, MONDAY)

    mails = [mail for mail in tick(store, own, MONDAY, ACT) if "changed a role" in mail.text]

    assert [mail.recipients for mail in mails] == [expected]


def test_who_closes_what_an_administrator_did_hides_it_from_nobody(store: Store, config: Config) -> None:
    """The administrator himself may be the one who closed it before the morning."""
    own, quiet = with_readers(config, privacy=[DEWI]), replace(ACT, level="medium")
    first_week(store, own)
    add(store, quiet, "target", actor_name=CHRIS)
    judge(store, own, quiet, MONDAY + HOUR)
    with store.write() as session:
        do(session, store, 1, Deed("close", "Chris", reason="that was me"), MONDAY + 2 * HOUR)

    (mail,) = tick(store, own, MONDAY + DAY, quiet)

    assert mail.recipients == [DEWI]
    assert "Meanwhile: closed" in mail.text or "meanwhile: closed" in mail.text


def test_two_administrators_who_did_it_both_do_not_read_it(store: Store, config: Config) -> None:
    """The latest finding names one of them; the other one is no more a judge of his own act."""
    own = with_readers(config, privacy=[DEWI], fg=[FG])
    with store.write() as session:
        found(session, store, "target", "1", rule=ACT.key, level="high", evidence={"actor_name": DEWI})
        found(session, store, "target", "2", rule=ACT.key, level="high", evidence={"actor_name": CHRIS})
    judge(store, own, ACT, MONDAY)

    assert [mail.recipients for mail in tick(store, own, MONDAY, ACT) if "changed a role" in mail.text] == [[FG]]


def test_the_director_hears_of_a_pupil_who_did_something(store: Store, config: Config) -> None:
    """Such a rule is about an actor; its line names no school."""
    schools = tuple(one.model_copy(update={"director": f"dir@{STAFF}"}) for one in config.schools)
    own = config.model_copy(update={"schools": schools})
    rule = replace(PUPIL_RULE, key="pupil-invited-guest", subject="actor_id")
    add(store, rule, PUPIL, name="someone")
    judge(store, own, rule, MONDAY)

    told = {address for mail in tick(store, own, MONDAY, rule) for address in mail.recipients}

    assert told == {f"dir@{STAFF}", IT}


def test_a_director_hears_nothing_of_the_rest_of_the_board(store: Store, config: Config) -> None:
    """ICT had the same news that morning, and both read one mail with the totals of the whole board."""
    schools = tuple(one.model_copy(update={"director": f"dir@{STAFF}"}) for one in config.schools)
    own = config.model_copy(update={"schools": schools})
    add(store, PUPIL_RULE, PUPIL, account_id=PUPIL, name="Jip de Verzonnene")
    judge(store, own, PUPIL_RULE, MONDAY)

    mails = {tuple(mail.recipients): mail.text for mail in tick(store, own, MONDAY, PUPIL_RULE)}

    assert "1 alert is open" in mails[(IT,)]
    assert "is open" not in mails[(f"dir@{STAFF}",)]
    assert "once a week" not in mails[(f"dir@{STAFF}",)]


def test_what_nobody_may_read_keeps_waiting_with_all_that_went_before(store: Store, config: Config) -> None:
    """It became late meanwhile; when there is somebody, it is told as what it is: new."""
    alone, quiet = with_mail(config, to={"it": (CHRIS,)}), replace(ACT, level="medium")
    add(store, quiet, "target", actor_name=CHRIS)
    judge(store, alone, quiet, MONDAY)
    for day in range(70):
        tick(store, alone, MONDAY + day * DAY, quiet)

    (mail,) = tick(store, with_readers(config, fg=[FG]), MONDAY + 70 * DAY, quiet)[:1]

    assert mail.recipients == [FG]
    assert "== NEW (1)" in mail.text


def test_what_nobody_may_read_keeps_waiting(store: Store, config: Config) -> None:
    """The only reader is the one who did it: it is not lost, and told as soon as there is somebody else."""
    alone = with_mail(config, to={"it": (CHRIS,)})
    add(store, ACT, "target", actor_name=CHRIS.upper())
    judge(store, alone, ACT, MONDAY)

    mails = tick(store, alone, MONDAY, ACT)
    assert not [mail for mail in mails if "changed a role" in mail.text]
    assert "! 1 alert waits, since it is about everyone who may read it: name somebody else as" in flat(mails[0].text)
    (mail,) = tick(store, with_readers(config, fg=[FG]), MONDAY + DAY, ACT)
    assert mail.recipients == [FG]


def test_that_something_waits_which_nobody_may_read_is_told_once_and_to_ict_alone(store: Store, config: Config) -> None:
    """A week without a word is too long; each morning again would be nagging."""
    alone = with_mail(config, to={"it": (CHRIS,)})
    first_week(store, alone)
    add(store, ACT, "target", actor_name=CHRIS)
    judge(store, alone, ACT, MONDAY + HOUR)

    assert tick(store, alone, MONDAY + 2 * HOUR, ACT) == []
    (mail,) = tick(store, alone, MONDAY + DAY, ACT)
    assert "1 alert waits, since it is about everyone who may read it" in flat(mail.text)
    assert "changed a role" not in mail.text
    assert tick(store, alone, MONDAY + 2 * DAY, ACT) == []


def test_an_administrator_whose_mail_goes_to_another_address_does_not_read_it(store: Store, config: Config) -> None:
    """Under [mail.to] stands where his mail goes, in the line what he signs in with."""
    own = with_readers(config, privacy=[f"c.beheer@{STAFF}"], fg=[FG])
    with store.write() as session:
        add_account(session, store, "chris", CHRIS, "Chris", None)
        session.execute(store.data["accounts"].update().where(
            store.data["accounts"].c.account_id == "chris").values(mail=f"C.Beheer@{STAFF}"))  # fmt: skip
    add(store, ACT, "target", actor_name=CHRIS)
    judge(store, own, ACT, MONDAY)

    assert [mail.recipients for mail in tick(store, own, MONDAY, ACT) if "changed a role" in mail.text] == [[FG]]


# ---- threads and the head


def test_the_mails_about_one_alert_are_one_thread(store: Store, config: Config) -> None:
    """What became of it stands under the first mail about it."""
    first_week(store, config)
    add(store, HIGH, "a")
    judge(store, config, HIGH, MONDAY + HOUR)
    (first,) = tick(store, config, MONDAY + HOUR, HIGH)
    with store.write() as session:
        found(session, store, "a", "again", rule=HIGH.key, level="critical", evidence={"name": "a"})
    judge(store, config, HIGH, MONDAY + 2 * HOUR)
    (second,) = tick(store, config, MONDAY + 2 * HOUR, HIGH)

    with store.read() as session:
        alert = session.scalars(select(Alert)).one()
    assert alert.thread == first.message_id
    assert second.message_id != first.message_id
    assert second.refs == [first.message_id]
    assert second.subject.startswith("Re: ")


def test_the_head_of_the_ledger_goes_out_with_every_mail_and_alone_to_who_keeps_it(
    store: Store, config: Config
) -> None:
    """Whoever owns the database can make a whole new chain; the mail of last week shows it."""
    own = with_readers(config, ledger=[FG])
    add(store, MEDIUM, "a")
    judge(store, own, MEDIUM, MONDAY)

    mails = tick(store, own, MONDAY, MEDIUM)

    with store.read() as session:
        head = ledger.head(session, store)
    assert head is not None
    assert {mail.recipients[0]: str(head) in flat(mail.text) for mail in mails} == {IT: True, FG: True}
    (alone,) = (mail for mail in mails if mail.recipients == [FG])
    assert alone.subject.startswith("Head of the ledger")
    assert "is old" not in alone.text
    assert tick(store, own, MONDAY + DAY, MEDIUM) == []  # the ledger did not grow


@pytest.mark.parametrize(
    ("readers", "keeper"), [({"privacy": [DEWI], "fg": [FG]}, DEWI), ({"privacy": [IT], "fg": [FG]}, FG)]
)
def test_without_a_keeper_who_looks_at_ict_gets_the_head_once_a_week(
    store: Store, config: Config, readers: dict[str, list[str]], keeper: str
) -> None:
    """Who runs ibpmon could rewrite the ledger, and the head that it kept; others get no mail each day unasked."""
    own = with_readers(config, **readers)
    first_week(store, own)
    add(store, MEDIUM, "a", level="informational")
    judge(store, own, MEDIUM, MONDAY + HOUR)

    assert tick(store, own, MONDAY + DAY, MEDIUM) == []
    heads = [mail for mail in tick(store, own, MONDAY + 7 * DAY, MEDIUM) if mail.kind == "head"]

    assert [mail.recipients for mail in heads] == [[keeper]]


def test_a_second_reader_of_an_alert_is_not_answered_to_a_mail_he_never_got(store: Store, config: Config) -> None:
    """Both belong to the thread; only what comes later is an answer."""
    schools = tuple(one.model_copy(update={"director": f"dir@{STAFF}"}) for one in config.schools)
    own = config.model_copy(update={"schools": schools})
    first_week(store, own)
    add(store, PUPIL_RULE, PUPIL, account_id=PUPIL, name="Jip de Verzonnene")
    judge(store, own, PUPIL_RULE, MONDAY + HOUR)

    first, second = tick(store, own, MONDAY + HOUR, PUPIL_RULE)

    assert not first.subject.startswith("Re: ")
    assert second.subject == first.subject
    assert second.refs == [first.message_id]


def test_who_keeps_the_ledger_gets_its_head_also_on_a_day_with_mere_information(store: Store, config: Config) -> None:
    """News for information makes no mail; the ledger grew all the same."""
    own = with_readers(config, ledger=[DEWI])
    first_week(store, own)
    add(store, RIGHT, "Team-Zorg", level="informational")
    judge(store, own, RIGHT, MONDAY + HOUR)

    (mail,) = tick(store, own, MONDAY + DAY, RIGHT, **{"Team-Zorg": DEWI})

    assert mail.recipients == [DEWI]
    assert mail.subject.startswith("Head of the ledger")


def test_a_day_is_not_closed_by_who_came_second_with_the_week(store: Store, config: Config) -> None:
    """The line of the week was written a moment ago; the mail of the day still has to come."""
    add(store, MEDIUM, "a")
    judge(store, config, MEDIUM, MONDAY)
    wanted = due(store, config, MONDAY)
    assert wanted is not None
    with store.write() as session:
        assert noted(session, store, wanted.names[1:], MONDAY)

    assert tell(desk(store, config, MONDAY, MEDIUM), wanted) == []
    assert subjects(tick(store, config, MONDAY + timedelta(minutes=1), MEDIUM)) == ["1 new"]


def test_two_processes_write_the_mail_of_the_day_once(store: Store, config: Config) -> None:
    """Both noticed that it was missing."""
    add(store, MEDIUM, "a")
    judge(store, config, MEDIUM, MONDAY)
    both = [due(store, config, MONDAY) for _process in range(2)]

    written = [tell(desk(store, config, MONDAY, MEDIUM), wanted) for wanted in both if wanted]

    assert [len(mails) for mails in written] == [1, 0]


def test_news_is_written_in_the_transaction_of_its_alert(store: Store, config: Config) -> None:
    """A round that breaks off leaves neither."""
    add(store, MEDIUM, "a")

    def broken_off() -> None:
        with store.write() as session:
            Teller.of(config, store, MONDAY).tell(session, judged(session, store, "finding", MONDAY, rule=MEDIUM))
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        broken_off()

    with store.read() as session:
        assert not session.scalars(select(News)).all()
        assert not session.scalars(select(Alert)).all()


def test_the_digest_can_be_looked_at_from_the_command_line(tenant: Any, ibpmon: Any) -> None:
    """Before the first morning an ICT'er wants to see what everybody will get."""
    ibpmon("collect", "staff-list", "--config", tenant.config)
    ibpmon("evaluate", "--no-mail", "--config", tenant.config)
    shown = ibpmon("digest", "--dry-run", "--json", "--config", tenant.config)

    assert shown.code == 0
    assert all({"to", "subject", "text"} <= set(mail) for mail in json.loads(shown.out))


def test_teams_hears_only_that_there_is_something(store: Store, config: Config) -> None:
    """A channel is read by more people than a mailbox: numbers, no lines and no names."""
    own = config.model_copy(update={"teams": Teams(webhook=Path("webhook.txt"))})
    add(store, MEDIUM, "Bram's laptop")
    judge(store, own, MEDIUM, MONDAY)

    mail, card = tick(store, own, MONDAY, MEDIUM)

    assert (mail.channel, card.channel) == ("mail", "teams")
    assert (card.subject, card.recipients, card.html) == (mail.subject, [], "")
    assert "Bram" in mail.text
    assert "Bram" not in card.text
