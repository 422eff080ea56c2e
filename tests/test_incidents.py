"""The register of incidents: nothing is lost, 72 hours are real hours, and every act has a maker and a reason."""

import json
import re
import shlex
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select

from ibpmon import language
from ibpmon.config import load
from ibpmon.errors import RefusedError
from ibpmon.judge.evaluate import evaluate
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Incident, Outbox
from ibpmon.store.views import views
from ibpmon.tell import acts
from ibpmon.tell.alerts import Teller, update_alerts
from ibpmon.tell.desk import Desk
from ibpmon.tell.incidents import TYPES, deadline, do, left_words, raise_incident, stored
from ibpmon.tell.occasions import Occasion
from ibpmon.tell.outbox import Draft
from ibpmon.tell.registers import Deed
from ibpmon.tell.telling import tell
from tests.conftest import MONDAY, Answer, OpenStore, Tenant
from tests.judging import CONFIG, DATASETS, ROOT, SHIPPED, ran, second_board
from tests.registers import EVIL, UNKEEPABLE, told, workbook

Run = Callable[..., Answer]
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DEWI = "dewi@x.example"  # privacy officer
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CLOCK = SHIPPED["data-breach-clock-runs"]
MAIL = {"title": "Mail met rapporten naar verkeerd adres", "type": "data"}
EVERYTHING: dict[str, Any] = {
    "title": "Laptop weg", "type": "device", "happened": "Uit de auto gestolen", "people": "leerlingen van groep 8",
    "people_count": 24, "records": "rapporten", "records_count": 48, "effects": "klein: versleuteld",
    "measures": "op afstand gewist", "evaluation": "laptops niet in de auto laten",
}  # fmt: skip


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """A board without incidents."""
    return open_database(DATASETS)


def raised(store: Store, now: datetime = MONDAY, reason: str = "", **values: Any) -> int:
    """Dewi writes an incident down; gives its number."""
    with store.write() as session:
        return raise_incident(session, store, Deed("open", "dewi", MAIL | values, reason), now).incident_id


def act(store: Store, verb: str, now: datetime = MONDAY, number: int = 1, **more: Any) -> None:
    """Dewi does something with an incident."""
    seen, reason = more.pop("seen", None), more.pop("reason", "")
    with store.write() as session:
        do(session, store, number, Deed(verb, "dewi", more, reason, seen), now)


def the(store: Store, number: int = 1) -> Incident:
    """One incident as it stands."""
    with store.read() as session:
        return session.get_one(Incident, (store.tenant, number))


def clock(store: Store, now: datetime) -> list[dict[str, Any]]:
    """What rules see of the clocks, by stage."""
    rows = views(store, now)["incident-clock"].selectable
    with store.read() as session:
        return sorted(
            (dict(row) for row in session.execute(select(rows)).mappings()), key=lambda one: int(one["stage"])
        )


def stages(store: Store, now: datetime) -> list[str]:
    """The stages that the clocks have reached."""
    return [row["stage"] for row in clock(store, now)]


# ---- writing down


def test_a_new_incident_may_be_a_data_breach_and_nothing_of_it_is_known(store: Store) -> None:
    """A number that nobody knows is not nought, and whether it is a breach is looked into: so the clock runs."""
    assert raised(store) == 1

    one = the(store)
    assert (one.title, one.type, one.data_breach, one.state) == (MAIL["title"], "data", "investigating", "open")
    assert (one.people_count, one.records_count, one.reported, one.people_told) == (None, None, None, None)
    assert (one.aware_at, one.opened_at, one.opened_by, one.alert_id) == (MONDAY, MONDAY, "dewi", None)
    assert stages(store, MONDAY) == ["0"]


def test_all_that_the_law_asks_of_the_register_is_kept(store: Store) -> None:
    """Part 5 of article 33: the facts, the effects, the measures; and an evaluation for the next time."""
    raised(store)
    act(store, "change", **EVERYTHING)

    assert {name: getattr(the(store), name) for name in EVERYTHING} == EVERYTHING
    act(store, "change", people_count=None, reason="toch niet te tellen")
    assert the(store).people_count is None
    (_open, _first, (_what, said)) = told(store, "incident/1")
    assert said == {
        "by": "dewi", "reason": "toch niet te tellen", "old": {"people_count": 24}, "new": {"people_count": None},
    }  # fmt: skip


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_of_incident_can_be_written_down(store: Store, kind: str) -> None:
    """A breach of ibpmon's own store is one of its own: the watchman is no exception."""
    raised(store, type=kind)
    assert the(store).type == kind


def test_incidents_of_two_boards_do_not_meet(store: Store) -> None:
    """One database may hold many boards; each counts from one."""
    other = second_board(store)
    raised(store, title="van hier")
    raised(other, title="van daar")

    with store.read() as session:
        assert [one.title for one in stored(session, store)] == ["van hier"]
    assert [row["incident"] for row in clock(store, MONDAY)] == ["1"]


def an_alert(store: Store) -> None:
    """Alert 7."""
    told: dict[str, Any] = {"rule": "success-after-failures", "subject": "anna", "level": "high"}
    with store.write() as session:
        session.add(Alert(tenant_id=store.tenant, alert_id=7, opened_at=MONDAY, changed_at=MONDAY, **told))


def test_an_incident_that_was_raised_from_an_alert_is_in_the_history_of_both(store: Store) -> None:
    """Whoever looks at the alert next week sees that it became more than an alert."""
    an_alert(store)
    raised(store, alert_id=7)

    assert the(store).alert_id == 7
    with store.read() as session:
        (line,) = acts.history(session, store, 7)
    assert (line.what, line.said) == ("incident", {"by": "dewi", "incident": 1})


def test_two_people_do_not_raise_the_same_alert_twice(store: Store) -> None:
    """Two registers of one breach would tell two stories; once it is closed a new one may come of it."""
    an_alert(store)
    raised(store, alert_id=7)
    with pytest.raises(RefusedError, match="alert 7 there is an incident already: incident 1 is open"):
        raised(store, alert_id=7)

    act(store, "class", data_breach="no", reason="niets gelekt")
    act(store, "close")
    assert raised(store, alert_id=7) == 2


def test_an_incident_of_no_alert_is_refused_and_takes_no_number(store: Store) -> None:
    """A typing error must not tie it to nothing, and numbers have no gaps."""
    with pytest.raises(RefusedError, match="no alert 8"):
        raised(store, alert_id=8)
    assert raised(store) == 1


# ---- awareness and the clock


def test_who_was_aware_earlier_says_why_and_it_counts_from_there(store: Store) -> None:
    """The mail came on Saturday, and somebody read it then."""
    raised(store, aware_at=MONDAY - 50 * HOUR, reason="Anna las de mail zaterdag")
    assert (the(store).aware_at, stages(store, MONDAY)) == (MONDAY - 50 * HOUR, ["0", "24", "48"])

    act(store, "aware", aware_at=MONDAY - 2 * HOUR, reason="Anna las hem pas vanochtend")
    assert stages(store, MONDAY) == ["0"]
    assert told(store, "incident/1")[-1][1]["old"] == {"aware_at": (MONDAY - 50 * HOUR).isoformat()}


@pytest.mark.parametrize("seconds", [1, 86_400])
def test_nobody_is_aware_in_the_future(store: Store, seconds: int) -> None:
    """It would give hours that the law does not give."""
    later = MONDAY + timedelta(seconds=seconds)
    with pytest.raises(RefusedError, match="future"):
        raised(store, aware_at=later, reason="x")
    raised(store)
    with pytest.raises(RefusedError, match="future"):
        act(store, "aware", aware_at=later, reason="x")
    assert the(store).aware_at == MONDAY


def test_awareness_without_a_reason_is_refused(store: Store) -> None:
    """It is the moment on which all else hangs."""
    with pytest.raises(RefusedError, match="another moment"):
        raised(store, aware_at=MONDAY - HOUR)
    raised(store)
    with pytest.raises(RefusedError, match="another moment"):
        act(store, "aware", aware_at=MONDAY - HOUR, reason="  ")


# The board's own time, in which the clock is put back, put forward, or the year ends, and the end in UTC by hand.
HARD = {
    "the clock goes back": (datetime(2026, 10, 24, 12, 0, tzinfo=AMSTERDAM), datetime(2026, 10, 27, 10, 0, tzinfo=UTC)),
    "in the hour that comes twice": (
        datetime(2026, 10, 25, 2, 30, tzinfo=AMSTERDAM, fold=1), datetime(2026, 10, 28, 1, 30, tzinfo=UTC),
    ),
    "the clock goes forward": (
        datetime(2027, 3, 27, 12, 0, tzinfo=AMSTERDAM), datetime(2027, 3, 30, 11, 0, tzinfo=UTC),
    ),
    "new year": (datetime(2026, 12, 30, 18, 0, tzinfo=AMSTERDAM), datetime(2027, 1, 2, 17, 0, tzinfo=UTC)),
    "a weekend": (datetime(2026, 11, 27, 16, 45, tzinfo=AMSTERDAM), datetime(2026, 11, 30, 15, 45, tzinfo=UTC)),
}  # fmt: skip


@pytest.mark.parametrize(("aware", "ends"), HARD.values(), ids=HARD)
def test_the_clock_counts_real_hours(store: Store, aware: datetime, ends: datetime) -> None:
    """Also when the clock on the wall jumps: each warning comes at its hour, not a minute sooner or later."""
    raised(store, now=aware.astimezone(UTC))
    assert deadline(aware) == ends

    reached = {0: ["0"], 24: ["0", "24"], 48: ["0", "24", "48"], 66: ["0", "24", "48", "66"]}
    reached[72] = [*reached[66], "72"]
    before: list[str] = []
    for hours, expected in reached.items():
        at = ends - (72 - hours) * HOUR
        assert stages(store, at - MINUTE) == before
        assert stages(store, at) == expected
        assert {row["deadline"] for row in clock(store, at)} == {ends}
        assert {row["hours_left"] for row in clock(store, at)} == {72 - hours}
        before = expected
    assert {row["hours_left"] for row in clock(store, ends + MINUTE)} == {-1}


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (320, "nog 5 uur en 20 minuten"), (60, "nog 1 uur"), (1, "nog 1 minuut"), (0, "nog minder dan een minuut"),
        (-720, "12 uur te laat"), (-61, "1 uur en 1 minuut te laat"),
    ],
)  # fmt: skip
def test_what_is_left_is_said_as_a_person_says_it(minutes: int, said: str) -> None:
    """Nobody reckons with 19.200 seconds."""
    assert left_words(MONDAY + minutes * MINUTE, MONDAY) == said
    language.use("en")
    assert left_words(MONDAY - 12 * HOUR, MONDAY) == "12 hours too late"


def test_the_clock_stops_when_it_is_reported_is_no_breach_or_is_closed(store: Store) -> None:
    """And goes on where it was when that turns out otherwise: it is never set anew."""
    raised(store)
    later = MONDAY + 30 * HOUR
    act(store, "report", now=later, reported=True, report_number="AP-1")
    assert clock(store, later) == []
    act(store, "report", now=later, reported=False, reason="per ongeluk dit nummer")
    assert stages(store, later) == ["0", "24"]

    act(store, "class", now=later, data_breach="no", reason="de bijlage was leeg")
    assert clock(store, later) == []
    act(store, "class", now=later, data_breach="yes", reason="toch niet leeg")
    assert stages(store, later) == ["0", "24"]

    act(store, "close", now=later, reason="geen risico voor de ouders")
    assert clock(store, later) == []
    act(store, "reopen", now=later, reason="er is meer gelekt")
    assert stages(store, later) == ["0", "24"]


def test_each_stage_is_mailed_once_and_a_report_ends_it(store: Store, tmp_path: Path) -> None:
    """At once, for none of them can wait until the morning; never twice, nor with the title: that may hold a name."""
    ran(store, at=MONDAY)
    raised(store, title="Rapport van Eva Jansen gemaild")
    rounds = {hours: judge(store, MONDAY + hours * HOUR, tmp_path) for hours in (0, 1, 23, 24, 25, 48, 66, 67, 72, 73)}
    act(store, "report", now=MONDAY + 74 * HOUR, reported=True, reason="weekend")
    assert judge(store, MONDAY + 75 * HOUR, tmp_path) == []  # that it is over can wait

    assert {hours: len(mails) for hours, mails in rounds.items() if mails} == dict.fromkeys((0, 24, 48, 66, 72), 1)
    first, last = " ".join(rounds[0][0].text.split()), " ".join(rounds[66][0].text.split())
    assert "eindigen op 26 november 2026 11:00; uren over: 72." in first
    assert "uren over: 6." in last
    assert all("Eva" not in mail.subject + mail.text + mail.html for mails in rounds.values() for mail in mails)
    with store.read() as session:
        alert = session.scalars(select(Alert)).one()
        readers = {tuple(one.recipients) for one in session.scalars(select(Outbox))}
    assert (alert.subject, alert.level, alert.state) == ("1", "critical", "solved")
    assert readers == {(DEWI,)}


def judge(store: Store, now: datetime, folder: Path) -> list[Draft]:
    """A round of judging of this rule; gives the mails that cannot wait."""
    kept = CONFIG.store.model_copy(update={"pseudonym_key": folder / "pseudonym.key"})
    readers = CONFIG.mail.model_copy(update={"to": {"it": ("ict@x.example",), "privacy": (DEWI,)}})
    config = CONFIG.model_copy(update={"store": kept, "mail": readers})
    (judged,) = evaluate([CLOCK], store, now, tell=Teller.of(config, store, now).tell)
    assert judged.evaluation.outcome in ("ok", "finding")
    return [mail.draft for mail in tell(Desk.of(config, store, [CLOCK], now), Occasion(morning=False))]


def test_the_alert_of_the_clock_is_due_when_the_clock_ends(store: Store, tmp_path: Path) -> None:
    """72 real hours, also when those end on a Sunday; not the first school day by its level."""
    known = MONDAY + 3 * 24 * HOUR  # a Thursday: the clock ends on Sunday
    ran(store, at=known)
    raised(store, now=known)
    judge(store, known, tmp_path)

    with store.read() as session:
        assert session.scalars(select(Alert)).one().due_at == known + 72 * HOUR


# ---- reporting, telling, closing


def test_a_report_keeps_when_and_under_which_number(store: Store) -> None:
    """Also when it was done an hour ago, from the website of the AP."""
    raised(store, now=MONDAY - 3 * HOUR)
    act(store, "report", reported=True, reported_at=MONDAY - HOUR, report_number=" AP-2026-1 ")

    one = the(store)
    assert (one.reported, one.reported_at, one.report_number) == (True, MONDAY - HOUR, "AP-2026-1")


@pytest.mark.parametrize("verb", ["report", "told"])
def test_nobody_was_told_before_it_was_known_or_in_the_future(store: Store, verb: str) -> None:
    """A register with such a moment is worth nothing."""
    raised(store)
    fields = {"report": ("reported", "reported_at"), "told": ("people_told", "people_told_at")}[verb]
    for at, why in ((MONDAY - MINUTE, "before"), (MONDAY + HOUR, "future")):
        values: dict[str, Any] = {fields[0]: True, fields[1]: at, "people_told_how": "brief"}
        with pytest.raises(RefusedError, match=why):
            act(store, verb, **values)
    assert (the(store).reported, the(store).people_told) == (None, None)


def test_awareness_cannot_be_moved_behind_the_report(store: Store) -> None:
    """That would make a late report one in time."""
    raised(store, now=MONDAY - 5 * HOUR)
    act(store, "report", reported=True, reported_at=MONDAY - 3 * HOUR)
    with pytest.raises(RefusedError, match="after the report"):
        act(store, "aware", aware_at=MONDAY - 2 * HOUR, reason="x")


def test_a_report_that_is_late_says_why_and_one_in_time_need_not(store: Store) -> None:
    """The first minute after 72 hours is late."""
    raised(store)
    ends = MONDAY + 72 * HOUR
    with pytest.raises(RefusedError, match="later than 72 hours"):
        act(store, "report", now=ends + MINUTE, reported=True)
    act(store, "report", now=ends + MINUTE, reported=True, reported_at=ends)
    act(store, "report", now=ends + MINUTE, reported=True, reason="niemand las de post")
    assert the(store).report_reason == "niemand las de post"


def test_that_people_were_told_or_not_is_kept_with_how_or_why(store: Store) -> None:
    """Article 34; 'not told' and 'nobody decided yet' are two things."""
    raised(store)
    with pytest.raises(RefusedError, match="how were"):
        act(store, "told", people_told=True)
    act(store, "told", people_told=True, people_told_how="brief aan de ouders")
    assert (the(store).people_told, the(store).people_told_at) == (True, MONDAY)
    with pytest.raises(RefusedError, match="why are the people not told"):
        act(store, "told", people_told=False)
    act(store, "told", people_told=False, reason="de brief bleef liggen")
    one = the(store)
    assert (one.people_told, one.people_told_at, one.people_told_how) == (False, None, "de brief bleef liggen")


def test_what_is_looked_into_does_not_close(store: Store) -> None:
    """The clock would stop without anybody having decided."""
    raised(store)
    with pytest.raises(RefusedError, match="cannot be closed yet"):
        act(store, "close", reason="klaar")
    assert the(store).state == "open"


def test_a_breach_closes_once_it_is_reported_or_says_why_not(store: Store) -> None:
    """What was not reported stays in the register, with the reason."""
    raised(store, data_breach="yes")
    with pytest.raises(RefusedError, match="reason why not"):
        act(store, "close")
    act(store, "close", reason="geen risico: alles was versleuteld")

    one = the(store)
    assert (one.state, one.closed_at, one.reported) == ("closed", MONDAY, False)
    assert one.report_reason == "geen risico: alles was versleuteld"

    raised(store, data_breach="yes")
    act(store, "report", number=2, reported=True)
    act(store, "close", number=2)
    assert (the(store, 2).state, the(store, 2).reported) == ("closed", True)


def test_a_report_that_became_late_closes_with_the_reason(store: Store) -> None:
    """Awareness was put right after the report: then the report was late, and nobody has said why."""
    raised(store, data_breach="yes", aware_at=MONDAY - 70 * HOUR, reason="vrijdag gelezen")
    act(store, "report", reported=True)
    act(store, "aware", aware_at=MONDAY - 80 * HOUR, reason="donderdag al")
    with pytest.raises(RefusedError, match="too late closes with the reason"):
        act(store, "close")
    act(store, "close", reason="niet doorgegeven")
    assert (the(store).reported, the(store).report_reason) == (True, "niet doorgegeven")


@pytest.mark.parametrize("verb", ["change", "class", "aware", "report", "told", "close"])
def test_a_closed_incident_is_not_changed_until_it_is_opened_again(store: Store, verb: str) -> None:
    """What was closed was looked at as it stood; a remark may still be added."""
    raised(store, data_breach="no")
    act(store, "close")
    with pytest.raises(RefusedError, match="cannot be done"):
        act(store, verb, title="x", data_breach="yes", reason="x")
    act(store, "comment", reason="nagebeld")
    with pytest.raises(RefusedError, match="opened again"):
        act(store, "reopen")
    act(store, "reopen", reason="er is meer")
    assert (the(store).state, the(store).closed_at) == ("open", None)
    with pytest.raises(RefusedError, match="cannot be done"):
        act(store, "reopen", reason="nog eens")


# ---- what cannot be


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"title": "  "}, "needs a title"), ({"people_count": -1}, "cannot be -1"),
        ({"records_count": 10**12}, "cannot be 1"), ({"type": "laptop"}, "'type' cannot be 'laptop'"),
        ({}, "changes nothing"),
        *(({"happened": text}, "'happened' cannot be kept") for text in UNKEEPABLE),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_changes(store: Store, values: dict[str, Any], why: str) -> None:
    """One clear sentence, in both languages, and a register that is as it was."""
    raised(store)
    with pytest.raises(RefusedError, match=why) as refused:
        act(store, "change", **values)
    assert all("{" not in part for part in refused.value.told(language._))
    assert len(told(store, "incident/1")) == 1


@pytest.mark.parametrize(("verb", "values"), [
    ("class", {"data_breach": "yes"}), ("comment", {}), ("report", {"reported": False}),
])  # fmt: skip
def test_an_act_without_its_reason_is_refused(store: Store, verb: str, values: dict[str, Any]) -> None:
    """Whoever reads it in three years was not there."""
    raised(store)
    with pytest.raises(RefusedError):
        act(store, verb, reason=" \n", **values)
    with pytest.raises(RefusedError, match="cannot be 'misschien'"):
        act(store, "class", data_breach="misschien", reason="x")


def test_an_act_has_a_maker(store: Store) -> None:
    """A register of acts of nobody proves nothing."""
    with store.write() as session, pytest.raises(RefusedError, match="nobody is named"):
        raise_incident(session, store, Deed("open", " ", MAIL), MONDAY)


def test_an_incident_that_is_not_there_is_named(store: Store) -> None:
    """A typing error in a number must not change another one."""
    with pytest.raises(RefusedError, match="no incident 17"):
        act(store, "comment", number=17, reason="x")


def test_who_saw_an_older_history_looks_again_first(store: Store) -> None:
    """Two people handle one breach: nothing is written over unseen."""
    raised(store)
    act(store, "comment", reason="ik bel de AP", seen=1)
    with pytest.raises(RefusedError, match="changed since you looked"):
        act(store, "report", reported=True, seen=1)
    assert the(store).reported is None
    act(store, "report", reported=True, seen=2)
    assert the(store).reported is True


def test_the_history_tells_who_did_what_and_the_ledger_holds(store: Store) -> None:
    """Each act is one line, made in the transaction of what it changed."""
    raised(store)
    act(store, "class", data_breach="yes", reason="adressen gelekt")
    act(store, "report", reported=True)
    act(store, "close")
    lines = told(store, "incident/1")
    assert [what for what, _said in lines] == ["open", "class", "report", "close"]
    assert {said["by"] for _what, said in lines} == {"dewi"}
    assert lines[1][1]["old"] | lines[1][1]["new"] == {"data_breach": "yes"}
    assert lines[0][1]["new"]["title"] == MAIL["title"]


# ---- the commands


def test_an_incident_is_handled_from_the_command_line(tenant: Tenant, ibpmon: Run) -> None:
    """Raise, fill in, judge, report, tell, close; each act says how it stands."""
    config = ("--config", tenant.config)
    assert "No incidents" in ibpmon("incidents", "list", *config).out
    opened = ibpmon("incidents", "open", "Laptop weg", "--type", "device", "--by", "Dewi", *config)
    assert opened.code == 0
    assert "Incident 1: open; data breach: being looked into; report before" in opened.out
    assert "71 hours and 59 minutes left" in opened.out or "72 hours left" in opened.out

    by = ("--by", "Dewi", *config)
    filled = ibpmon("incidents", "set", "1", "--people-count", "unknown", "--measures", "gewist", *by)
    assert (filled.code, ibpmon("incidents", "set", "1", "--people-count", "24", "--json", *by).code) == (0, 0)
    assert ibpmon("incidents", "class", "1", "yes", "--reason", "adressen", *by).code == 0
    assert ibpmon("incidents", "aware", "1", "01-01-2026 08:00", "--reason", "toen gestolen", *by).code == 0
    late = ibpmon("incidents", "report", "1", "--ap-number", "AP-1", *by)
    assert (late.code, "72 hours" in late.err) == (1, True)
    assert ibpmon("incidents", "report", "1", "--ap-number", "AP-1", "--reason", "vakantie", *by).code == 0
    assert ibpmon("incidents", "told", "1", "--how", "brief", *by).code == 0
    assert ibpmon("incidents", "comment", "1", "\x1b[31mrood", *by).code == 0
    assert "closed" in ibpmon("incidents", "close", "1", *by).out
    assert ibpmon("incidents", "reopen", "1", "--reason", "meer", *by).code == 0

    shown = ibpmon("incidents", "show", "1", *config)
    assert "Number of records: unknown" in shown.out
    assert "Number of people: unknown -> 24" in " ".join(shown.out.split())
    assert "\x1b" not in shown.out
    full = json.loads(ibpmon("incidents", "show", "1", "--json", *config).out)
    assert (full["people_count"], full["records_count"], full["report_number"]) == (24, None, "AP-1")
    assert [line["what"] for line in full["history"]] == [
        "open", "change", "change", "class", "aware", "report", "told", "comment", "close", "reopen",
    ]  # fmt: skip
    (row,) = json.loads(ibpmon("incidents", "list", "--state", "open", "--json", *config).out)
    assert (row["incident"], row["clock_runs"], row["left_word"]) == (1, False, "-")
    stale = ibpmon("incidents", "close", "1", "--seen", full["history"][0]["line"], *by)
    assert (stale.code, "changed since" in stale.err) == (1, True)


def test_an_alert_tells_that_it_became_an_incident(tenant: Tenant, ibpmon: Run) -> None:
    """Who reads the list of alerts need not know the register."""
    config = ("--config", tenant.config)
    ibpmon("collect", "accounts", "mfa-registration", "staff-list", "pupil-list", *config)
    ibpmon("evaluate", "--no-mail", *config)
    number = json.loads(ibpmon("alerts", "--json", *config).out)[0]["alert"]

    assert ibpmon("incidents", "open", "Account overgenomen", "--alert", number, *config).code == 0
    shown = ibpmon("alerts", "show", number, *config).out
    assert "raised to an incident" in shown
    assert "incident 1" in shown
    twice = ibpmon("incidents", "open", "Nog eens", "--alert", number, *config)
    assert (twice.code, "incident 1 is open" in twice.err) == (1, True)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("show", "9"), "no incident 9"),
        (("show", "0"), "NUMBER"),
        (("show", "9" * 30), "NUMBER"),
        (("open", ""), "needs a title"),
        (("open", "x", "--people-count", "-3"), "--people-count"),
        (("open", "x", "--people-count", "9999999999"), "9999999999"),
        (("open", "x", "--people-count", "veel"), "whole"),
        (("open", "x", "--aware", "01-01-2199", "--reason", "x"), "future"),
        (("open", "x", "--aware", "gisteren", "--reason", "x"), "--aware"),
        (("open", "x", "--aware", "31-12-9999", "--reason", "x"), "--aware"),
        (("open", "x", "--alert", "99"), "no alert"),
        (("open", "nul\0"), "cannot be kept"),
        (("open", "half \udc80"), "cannot be kept"),
        (("set", "1"), "filled in"),
        (("class", "1", "maybe", "--reason", "x"), "maybe"),
        (("report", "1", "--not", "--at", "01-01-2026", "--reason", "x"), "--not"),
        (("export", "register.csv"), ".xlsx"),
        (("export", "register"), ".xlsx"),
        (("export", "nergens/register.xlsx"), "nergens"),
    ],
)  # fmt: skip
def test_what_is_not_whole_is_refused_with_a_clear_word(
    tenant: Tenant, ibpmon: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: tuple[str, ...], says: str
) -> None:
    """And leaves the register as it was."""
    monkeypatch.chdir(tmp_path)
    by = () if command[0] in ("show", "export") else ("--by", "Dewi")
    answer = ibpmon("incidents", *command, *by, "--config", tenant.config)

    assert answer.code in (1, 2)
    assert says in answer.err
    assert "Traceback" not in answer.err
    assert json.loads(ibpmon("incidents", "list", "--json", "--config", tenant.config).out) == []


def test_hostile_names_go_through_list_show_json_and_workbook(tenant: Tenant, ibpmon: Run, tmp_path: Path) -> None:
    """A title is typed by people and pasted from mails: it runs nowhere, and no row is lost by it."""
    config = ("--config", tenant.config)
    for title in EVIL:
        assert ibpmon("incidents", "open", "--by", "Dewi", *config, "--", title).code == 0

    listed = ibpmon("incidents", "list", *config)
    assert (listed.code, "\x1b" in listed.out) == (0, False)
    assert ibpmon("incidents", "show", str(len(EVIL)), *config).code == 0
    titles = [title.strip() for title in EVIL]
    rows = json.loads(ibpmon("incidents", "list", "--json", *config).out)
    assert [row["title"] for row in rows] == titles[::-1]

    assert ibpmon("incidents", "export", tmp_path / "register.xlsx", *config).code == 0
    assert ibpmon("incidents", "export", tmp_path / "register.JSON", *config).code == 0
    kept = json.loads((tmp_path / "register.JSON").read_text(encoding="utf-8"))
    assert [(row["title"], row["history"][0]["by"]) for row in kept] == [(title, "Dewi") for title in titles]
    sheet = workbook(tmp_path / "register.xlsx")
    assert list(sheet["Title"]) == [title.replace("\x1b", "\N{REPLACEMENT CHARACTER}") for title in titles]
    with zipfile.ZipFile(tmp_path / "register.xlsx") as parts:
        xml = parts.read("xl/worksheets/sheet1.xml").decode()
        assert b"Incidenten" in parts.read("xl/workbook.xml")
    assert ("<f>" in xml, "<hyperlink" in xml, 'state="frozen"' in xml) == (False, False, True)
    assert (tmp_path / "register.xlsx").stat().st_mode & 0o077 == 0


def test_a_row_that_came_in_past_ibpmon_is_shown_and_exported_all_the_same(
    tenant: Tenant, ibpmon: Run, tmp_path: Path
) -> None:
    """A database that somebody repaired by hand may hold anything; the register must still go to the AP."""
    import sqlite3

    config = ("--config", tenant.config)
    ibpmon("incidents", "open", "een", *config)
    ibpmon("incidents", "open", "twee", *config)
    with sqlite3.connect(load(tenant.config).store.database.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE incident SET title = ?, happened = ? WHERE incident_id = 1", ("nul\0", "x" * 40_000))

    assert ibpmon("incidents", "list", *config).code == 0
    assert ibpmon("incidents", "export", tmp_path / "register.xlsx", *config).code == 0
    sheet = workbook(tmp_path / "register.xlsx")
    assert list(sheet["Title"]) == ["nul\N{REPLACEMENT CHARACTER}", "twee"]
    assert len(sheet["What happened"][0]) == 32_767


def test_the_workbook_has_dates_that_sort_in_the_time_of_the_board(tenant: Tenant, ibpmon: Run, tmp_path: Path) -> None:
    """The FG sorts by awareness; what is unknown says so, and is never 0."""
    import pandas as pd

    config = ("--config", tenant.config)
    ibpmon("incidents", "open", "een", "--aware", "01-07-2026 09:30", "--reason", "x", *config)
    ibpmon("incidents", "export", tmp_path / "r.xlsx", *config)

    sheet = pd.read_excel(tmp_path / "r.xlsx", engine="calamine")
    assert sheet["Aware since"][0] == pd.Timestamp(2026, 7, 1, 9, 30)
    assert sheet["Report before"][0] == pd.Timestamp(2026, 7, 4, 9, 30)
    assert (sheet["Number of people"][0], sheet["Reported to the AP"][0]) == ("unknown", "not decided")


def test_the_manual_of_the_registers_can_be_followed_as_it_stands(
    tenant: Tenant, ibpmon: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever has a breach on his hands copies these lines, and has no time to find out what is wrong with them."""
    import sqlite3

    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "incidents.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.S | re.M)
    lines = [shlex.split(line)[1:] for block in blocks for line in block.splitlines()]
    ibpmon("incidents", "list", "--config", tenant.config)
    with sqlite3.connect(load(tenant.config).store.database.removeprefix("sqlite:///")) as connection:
        connection.execute(
            "INSERT INTO alert (tenant_id, alert_id, rule, subject, state, level, occurrences, opened_at, changed_at)"
            " VALUES (1, 17, 'success-after-failures', 'anna', 'new', 'high', 1, 0, 0)"
        )
    for number, line in enumerate(lines):
        with time_machine.travel(MONDAY + (26 * HOUR if number > 3 else 0 * HOUR)):
            answer = ibpmon(*line, "--config", tenant.config)
        assert answer.code == 0, (line, answer.err)

    assert len(lines) == 16
    assert list(workbook(tmp_path / "register.xlsx")["State"]) == ["closed", "open"]
    (request,) = json.loads((tmp_path / "verzoeken.json").read_text(encoding="utf-8"))
    assert request["decision"] == "partly"


def test_the_alerts_of_one_stage_are_brought_up_to_date_twice_without_a_change(store: Store) -> None:
    """A round that is done again after a crash mails nothing anew."""
    ran(store, at=MONDAY)
    raised(store)
    for _time in range(2):
        evaluate([CLOCK], store, MONDAY, tell=lambda session, judged: update_alerts(session, store, judged, MONDAY))
    with store.read() as session:
        assert [line.what for line in acts.history(session, store, 1)] == ["new"]
