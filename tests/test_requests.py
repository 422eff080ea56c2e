"""The register of privacy requests: a month is a month of the calendar, and every answer has a reason."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from ibpmon import language
from ibpmon.errors import RefusedError
from ibpmon.judge.evaluate import evaluate
from ibpmon.store.database import Store
from ibpmon.store.tables import Finding, PrivacyRequest
from ibpmon.store.views import views
from ibpmon.tell.registers import Deed
from ibpmon.tell.requests import DECISIONS, KINDS, do, due, is_overdue, receive, stored
from tests.conftest import MONDAY, Answer, OpenStore, Tenant
from tests.judging import DATASETS, SHIPPED, ran, second_board
from tests.registers import EVIL, UNKEEPABLE, told, workbook

Run = Callable[..., Answer]
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NEARLY = SHIPPED["privacy-request-nearly-due"]
ASKED = {"kind": "access", "about": "ouder van Eva"}


def local(*parts: int) -> datetime:
    """A moment on the clock of the board."""
    return datetime(*parts, tzinfo=AMSTERDAM)  # type: ignore[misc,arg-type]  # year, month, day, hour ...


def last_second(year: int, month: int, day: int) -> datetime:
    """The end of a day at the board."""
    return local(year, month, day, 23, 59, 59).astimezone(UTC)


DUE = last_second(2026, 12, 23)  # of what came in on MONDAY


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """A board of which nobody asked anything yet."""
    return open_database(DATASETS)


def asked(store: Store, now: datetime = MONDAY, **values: Any) -> int:
    """Dewi writes a request down; gives its number."""
    with store.write() as session:
        return receive(session, store, Deed("open", "dewi", ASKED | values), AMSTERDAM, now).request_id


def act(store: Store, verb: str, now: datetime = MONDAY, number: int = 1, **more: Any) -> None:
    """Dewi does something with a request."""
    seen, reason = more.pop("seen", None), more.pop("reason", "")
    with store.write() as session:
        do(session, store, number, Deed(verb, "dewi", more, reason, seen), AMSTERDAM, now)


def the(store: Store, number: int = 1) -> PrivacyRequest:
    """One request as it stands."""
    with store.read() as session:
        return session.get_one(PrivacyRequest, (store.tenant, number))


def waiting(store: Store, now: datetime) -> dict[str, int]:
    """What rules see: how many days each open request has left."""
    rows = views(store, now)["privacy-requests"].selectable
    with store.read() as session:
        return {row["request"]: row["days_left"] for row in session.execute(select(rows)).mappings()}


# ---- the term


@pytest.mark.parametrize(
    ("received", "ends", "extended"),
    [
        (local(2027, 1, 31, 9), last_second(2027, 2, 28), last_second(2027, 4, 30)),
        (local(2028, 1, 31, 9), last_second(2028, 2, 29), last_second(2028, 4, 30)),
        (local(2026, 11, 30, 0), last_second(2026, 12, 30), last_second(2027, 2, 28)),
        (local(2026, 12, 15, 23, 59), last_second(2027, 1, 15), last_second(2027, 3, 15)),
        (
            local(2026, 9, 25, 12),
            last_second(2026, 10, 25),
            last_second(2026, 12, 25),
        ),  # the clock goes back then
        (local(2027, 2, 28, 12), last_second(2027, 3, 28), last_second(2027, 5, 28)),  # and forward on that one
        (local(2026, 5, 31, 12), last_second(2026, 6, 30), last_second(2026, 8, 31)),
    ],
)
def test_a_month_is_one_of_the_calendar(received: datetime, ends: datetime, extended: datetime) -> None:
    """It ends with the day that has the same number, or with the last one of the month, at midnight at the board."""
    assert due(received, AMSTERDAM) == ends
    assert due(received.astimezone(UTC), AMSTERDAM) == ends
    assert due(received, AMSTERDAM, 3) == extended


def test_the_day_is_that_of_the_board(store: Store) -> None:
    """Half past twelve at night is the day before in UTC; a term that begins then would end a day too soon."""
    asked(store, now=datetime(2026, 11, 30, 23, 30, tzinfo=UTC))
    assert the(store).due_at == last_second(2027, 1, 1)


def test_a_request_waits_until_it_is_decided_and_is_late_from_the_first_second(store: Store) -> None:
    """Seven days left on the same day a week before; none on the last; below nought after it."""
    asked(store)
    assert (the(store).due_at, the(store).state, the(store).received_at) == (DUE, "open", MONDAY)
    for days, left in ((0, 30), (23, 7), (24, 6), (30, 0), (31, -1)):
        assert waiting(store, MONDAY + days * DAY) == {"1": left}
    assert waiting(store, DUE) == {"1": 0}
    assert waiting(store, DUE + SECOND) == {"1": -1}
    assert [is_overdue(the(store), at) for at in (DUE, DUE + SECOND)] == [False, True]

    act(store, "decide", decision="granted", reason="kopie gestuurd")
    assert waiting(store, MONDAY) == {}
    assert not is_overdue(the(store), DUE + DAY)


def test_it_is_told_a_week_before_and_again_when_it_is_late(store: Store) -> None:
    """High while there is time, critical when the law is broken."""
    asked(store)
    levels = []
    for days in (22, 23, 30, 31):
        ran(store, at=MONDAY + days * DAY)
        evaluate([NEARLY], store, MONDAY + days * DAY)
        with store.read() as session:
            levels.append([one.level for one in session.scalars(select(Finding))])
    assert levels == [[], ["high"], ["high"], ["critical"]]


def test_a_term_is_extended_once_within_the_first_month(store: Store) -> None:
    """By two months, counted from the day on which it came in, with a reason that the person hears."""
    asked(store)
    with pytest.raises(RefusedError, match="more time"):
        act(store, "extend")
    act(store, "extend", now=DUE, reason="duizend mails nalezen")
    one = the(store)
    assert (one.due_at, one.extended_at, one.extension_reason) == (
        last_second(2027, 2, 23),
        DUE,
        "duizend mails nalezen",
    )
    with pytest.raises(RefusedError, match="done already"):
        act(store, "extend", now=DUE, reason="nog meer")


def test_a_term_that_is_over_cannot_be_extended(store: Store) -> None:
    """Nor one of a request that is decided."""
    asked(store)
    with pytest.raises(RefusedError, match="first month is over"):
        act(store, "extend", now=DUE + SECOND, reason="druk")
    assert the(store).due_at == DUE
    act(store, "decide", now=DUE + DAY, decision="granted", reason="kopie gestuurd")
    with pytest.raises(RefusedError, match="cannot be done"):
        act(store, "extend", reason="druk")


def test_another_day_of_receipt_gives_another_term(store: Store) -> None:
    """The letter lay in a pigeon-hole; an extension stays one."""
    asked(store)
    act(store, "change", received_at=MONDAY - 10 * DAY, reason="lag in het postvak")
    assert the(store).due_at == last_second(2026, 12, 13)
    act(store, "extend", reason="veel")
    act(store, "change", received_at=MONDAY - 11 * DAY, reason="nog een dag eerder")
    assert the(store).due_at == last_second(2027, 2, 12)


# ---- deciding


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_decision_has_a_reason_a_moment_and_a_maker(store: Store, decision: str) -> None:
    """Also one that was granted: the answer is looked up in a year."""
    asked(store)
    with pytest.raises(RefusedError, match="decided so"):
        act(store, "decide", decision=decision)
    act(store, "decide", now=MONDAY + DAY, decision=decision, decided_at=MONDAY, reason="zo besproken")
    one = the(store)
    assert (one.state, one.decision, one.decision_reason) == ("decided", decision, "zo besproken")
    assert (one.decided_at, one.decided_by) == (MONDAY, "dewi")


def test_a_decision_that_does_not_stand_is_opened_again_and_stays_in_the_history(store: Store) -> None:
    """Somebody complained, and was right."""
    asked(store)
    act(store, "decide", decision="refused", reason="niet van ons")
    with pytest.raises(RefusedError, match="opened again"):
        act(store, "reopen")
    act(store, "reopen", reason="toch van ons")
    assert (the(store).state, the(store).decision, the(store).decided_at) == ("open", "", None)
    lines = told(store, "request/1")
    assert [what for what, _said in lines] == ["open", "decide", "reopen"]
    assert lines[2][1]["old"]["decision"] == "refused"


@pytest.mark.parametrize("kind", KINDS)
def test_every_right_of_the_law_can_be_asked(store: Store, kind: str) -> None:
    """Articles 15 to 21."""
    asked(store, kind=kind)
    assert the(store).kind == kind


def test_requests_of_two_boards_do_not_meet(store: Store) -> None:
    """One database may hold many boards."""
    other = second_board(store)
    asked(store)
    asked(other, about="iemand anders")
    with store.read() as session:
        assert [one.about for one in stored(session, store)] == ["ouder van Eva"]
    assert waiting(store, MONDAY) == {"1": 30}


# ---- what cannot be


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"about": " "}, "about whom"), ({"kind": "copy"}, "'kind' cannot be 'copy'"),
        ({"received_at": MONDAY + SECOND}, "future"), *(({"asked": text}, "cannot be kept") for text in UNKEEPABLE),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_takes_no_number(store: Store, values: dict[str, Any], why: str) -> None:
    """One clear sentence, and a register that is as it was."""
    with pytest.raises(RefusedError, match=why) as refused:
        asked(store, **values)
    assert all("{" not in part for part in refused.value.told(language._))
    assert asked(store) == 1
    with pytest.raises(RefusedError, match=why):
        act(store, "change", reason="x", **values)
    with pytest.raises(RefusedError, match="put right"):
        act(store, "change", about="x")
    assert len(told(store, "request/1")) == 1


@pytest.mark.parametrize(("at", "why"), [(MONDAY - SECOND, "before"), (MONDAY + SECOND, "future")])
def test_nothing_is_decided_before_it_came_in_or_in_the_future(store: Store, at: datetime, why: str) -> None:
    """A register with such a moment is worth nothing."""
    asked(store)
    with pytest.raises(RefusedError, match=why):
        act(store, "decide", decision="granted", decided_at=at, reason="x")
    with pytest.raises(RefusedError, match="cannot be 'maybe'"):
        act(store, "decide", decision="maybe", reason="x")
    assert the(store).state == "open"


def test_what_comes_too_late_is_refused(store: Store) -> None:
    """Two people work on the list at once, or one types a wrong number."""
    asked(store)
    act(store, "comment", reason="gebeld", seen=1)
    with pytest.raises(RefusedError, match="changed since"):
        act(store, "decide", decision="granted", reason="x", seen=1)
    with pytest.raises(RefusedError, match="no privacy request 17"):
        act(store, "comment", number=17, reason="x")
    with pytest.raises(RefusedError, match="cannot be done"):
        act(store, "reopen", reason="x")
    with pytest.raises(RefusedError, match="cannot be empty"):
        act(store, "comment")


# ---- the commands


def test_a_request_is_handled_from_the_command_line(tenant: Tenant, ibpmon: Run) -> None:
    """Write down, extend, decide; each act says how it stands."""
    config = ("--config", tenant.config)
    by = ("--by", "Dewi", *config)
    assert "No privacy requests" in ibpmon("requests", "list", *config).out
    opened = ibpmon("requests", "open", "access", "leerling-7K2F", "--asked", "alle mails", *by)
    assert opened.code == 0
    assert "Privacy request 1 (access to own data): answer before" in opened.out
    assert "days left" in opened.out
    assert "answer before" in ibpmon("requests", "extend", "1", "--reason", "veel", *by).out
    again = ibpmon("requests", "extend", "1", "--reason", "veel", *by)
    assert (again.code, "done already" in again.err) == (1, True)
    moved = ibpmon("requests", "set", "1", "--received", "01-01-2026", "--reason", "lag er al", *by)
    assert "days too late" in moved.out
    (row,) = json.loads(ibpmon("requests", "list", "--state", "open", "--json", *config).out)
    assert (row["request"], row["overdue"], row["about"]) == (1, True, "leerling-7K2F")
    assert "days too late" in ibpmon("requests", "list", *config).out
    decided = ibpmon("requests", "decide", "1", "partly", "--reason", "namen van anderen weggelaten", *by)
    assert decided.out == "Privacy request 1 (access to own data): granted in part.\n"
    assert ibpmon("requests", "comment", "1", "\x1b[31mrood", *by).code == 0
    shown = ibpmon("requests", "show", "1", *config)
    assert "namen van anderen weggelaten" in shown.out
    assert "\x1b" not in shown.out
    assert ibpmon("requests", "reopen", "1", "--reason", "niet compleet", *by).code == 0
    full = json.loads(ibpmon("requests", "show", "1", "--json", *config).out)
    assert [line["what"] for line in full["history"]] == [
        "open", "extend", "change", "decide", "comment", "reopen",
    ]  # fmt: skip
    stale = ibpmon("requests", "decide", "1", "granted", "--reason", "x", "--seen", full["history"][0]["line"], *by)
    assert (stale.code, "changed since" in stale.err) == (1, True)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("show", "9"), "no privacy request 9"),
        (("open", "copy", "x"), "copy"),
        (("open", "access", ""), "about whom"),
        (("open", "access", "x", "--received", "01-01-2199"), "future"),
        (("open", "access", "x", "--received", "morgen"), "--received"),
        (("open", "access", "nul\0"), "cannot be kept"),
        (("set", "1", "--reason", "x"), "put right"),
        (("decide", "1", "granted"), "--reason"),
        (("extend", "0", "--reason", "x"), "NUMBER"),
        (("export", "verzoeken.pdf"), ".xlsx"),
    ],
)
def test_what_is_not_whole_is_refused_with_a_clear_word(
    tenant: Tenant, ibpmon: Run, command: tuple[str, ...], says: str
) -> None:
    """And leaves the register as it was."""
    answer = ibpmon("requests", *command, "--config", tenant.config)

    assert answer.code in (1, 2)
    assert says in answer.err
    assert json.loads(ibpmon("requests", "list", "--json", "--config", tenant.config).out) == []


def test_hostile_names_go_through_json_and_workbook(tenant: Tenant, ibpmon: Run, tmp_path: Path) -> None:
    """Whoever asks may be called anything; no row is lost, and nothing is calculated."""
    config = ("--config", tenant.config)
    for name in EVIL:
        assert ibpmon("requests", "open", "erasure", "--by", "Dewi", *config, "--", name).code == 0
    names = [name.strip() for name in EVIL]

    assert "\x1b" not in ibpmon("requests", "list", *config).out
    assert ibpmon("requests", "export", tmp_path / "v.json", *config).code == 0
    assert ibpmon("requests", "export", tmp_path / "v.xlsx", *config).code == 0
    kept = json.loads((tmp_path / "v.json").read_text(encoding="utf-8"))
    assert [(row["about"], len(row["history"])) for row in kept] == [(name, 1) for name in names]
    sheet = workbook(tmp_path / "v.xlsx")
    assert list(sheet["About whom"]) == [name.replace("\x1b", "\N{REPLACEMENT CHARACTER}") for name in names]
