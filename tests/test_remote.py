"""Remote sessions: who looked along, who had agreed, and how a consent gets into ibpmon."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from ibpmon.collect import consents
from ibpmon.collect.board_files.values import Unusable
from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.judge.evaluate import evaluate
from ibpmon.judge.rules import workshop
from ibpmon.store.database import Store
from ibpmon.store.tables import Finding
from tests.conftest import MONDAY, Answer, OpenStore, Tenant
from tests.judging import CONFIG, ROOT, put, ran, second_board

Run = Callable[..., Answer]

HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
AT = MONDAY - 3 * DAY
SOURCES = ("rmm-sessions", "remote-consents", "managed-devices", "accounts")
ON = Content(connectors_on=("rmm-sessions", "remote-consents"))
DATASETS = [one.dataset for name, one in load_connectors(ON).items() if name in SOURCES]
RULE = workshop(CONFIG).rule(ROOT / "rules" / "remote-session-without-consent.yml")
FIRST, SECOND_ONE = "EIK-LT-0001", "EIK-LT-0002"


def looked(at: datetime = AT, device: str = FIRST, number: int = 1) -> dict[str, Any]:
    """Chris looks along."""
    return {
        "id": f"s{number}",
        "at": at,
        "kind": "remote",
        "action": "takeover",
        "device": device,
        "technician": "chris",
    }


def agreed(device: str, given: datetime, until: datetime | None = None) -> dict[str, Any]:
    """Anna agreed."""
    return {"person": "1001", "device": device, "given_at": given, "until": until}


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """A board with Datto RMM and one laptop in Intune."""
    opened = open_database(DATASETS)
    put(opened, "managed-devices", [{"device_id": "d1", "name": FIRST, "serial": "SN0001"}])
    ran(opened, [dataset.name for dataset in DATASETS])
    return opened


def found(store: Store) -> set[str]:
    """The devices that the rule finds now."""
    (judged,) = evaluate([RULE], store, MONDAY)
    assert judged.evaluation.outcome in ("ok", "finding"), judged.evaluation.reason
    with store.read() as session:
        return set(session.scalars(select(col(Finding.subject)).where(col(Finding.gone_at).is_(None))))


# how the device stands in the consent, from when until when, and whether that covers the session
CASES: dict[str, tuple[str, datetime, datetime | None, bool]] = {
    "by its serial number": ("SN{n}", AT - HOUR, AT + HOUR, True),
    "by its name": ("eik-lt-{n}", AT - HOUR, AT + HOUR, True),
    "from that very second": ("SN{n}", AT, AT + SECOND, True),
    "just over": ("SN{n}", AT - HOUR, AT, False),
    "afterwards": ("SN{n}", AT + SECOND, AT + HOUR, False),
    "another device": ("SN999", AT - HOUR, AT + HOUR, False),
    "without an end, less than a day ago": ("SN{n}", AT - DAY + SECOND, None, True),
    "without an end, a day ago": ("SN{n}", AT - DAY, None, False),
}


@pytest.mark.parametrize("way", ["file", "command"])
def test_a_session_is_in_order_while_somebody_agrees(store: Store, way: str) -> None:
    """By the file of the board or told by command; one without an end is for a day."""
    numbers = range(len(CASES))
    devices = [{"device_id": f"d{n}", "name": f"EIK-LT-{n}", "serial": f"SN{n}"} for n in numbers]
    put(store, "managed-devices", devices)
    put(store, "rmm-sessions", [looked(AT, f"EIK-LT-{n}", n) for n in numbers])
    said = [agreed(case[0].format(n=n), case[1], case[2]) for n, case in enumerate(CASES.values())]
    if way == "file":
        put(store, "remote-consents", said)
    else:
        with store.write() as session:
            for one in said:
                consents.record(session, store, one["person"], one["device"], one["given_at"], one["until"], MONDAY)

    bare = found(store)
    covered = {case: f"EIK-LT-{n}" not in bare for n, case in enumerate(CASES)}
    assert covered == {case: covers for case, (*_said, covers) in CASES.items()}


def test_a_consent_that_is_written_down_later_ends_the_finding(store: Store) -> None:
    """It was given by telephone; and when it turns out to be a mistake, the finding is back."""
    put(store, "rmm-sessions", [looked(), looked(AT + HOUR, SECOND_ONE, 2)])
    assert found(store) == {FIRST, SECOND_ONE}

    with store.write() as session:
        row = consents.record(session, store, "1001", "SN0001", AT - HOUR, AT + HOUR, MONDAY)
    assert found(store) == {SECOND_ONE}

    with store.write() as session:
        assert consents.end(session, store, row.consent_id, AT - HOUR / 2) is not None
        assert consents.end(session, store, 99, MONDAY) is None
    assert found(store) == {FIRST, SECOND_ONE}


def test_a_consent_of_another_board_excuses_nobody(store: Store) -> None:
    """Boards share a database, and some have laptops of the same name."""
    put(store, "rmm-sessions", [looked()])
    other = second_board(store)
    with store.write() as session:
        consents.record(session, other, "1001", FIRST, AT - HOUR, AT + HOUR, MONDAY)
    assert found(store) == {FIRST}


def test_without_the_file_of_the_board_nobody_is_accused(open_database: OpenStore) -> None:
    """A board that has the file on, and of which it was never read, may have every consent in it."""
    store = open_database(DATASETS)
    ran(store, ["rmm-sessions"])
    put(store, "rmm-sessions", [looked()])
    (judged,) = evaluate([RULE], store, MONDAY)
    assert judged.evaluation.outcome == "cannot_check"
    assert "Toestemming voor meekijken" in judged.evaluation.reason


def test_a_board_without_such_a_file_tells_consents_by_command_alone(open_database: OpenStore) -> None:
    """What it does not have cannot be missing."""
    store = open_database([one for one in DATASETS if one.name != "remote-consents"])
    ran(store, ["rmm-sessions"])
    put(store, "rmm-sessions", [looked()])
    assert found(store) == {FIRST}


def test_a_consent_that_ends_before_it_begins_is_refused(store: Store) -> None:
    """Day and month were mixed up, most likely."""
    with store.write() as session, pytest.raises(Unusable, match="ends before"):
        consents.record(session, store, "1001", "SN0001", AT, AT, MONDAY)


# ---- the commands


@pytest.fixture
def board(tenant: Tenant, ibpmon: Run) -> Tenant:
    """A board of which the sessions, the devices and the consents were read."""
    tenant.microsoft.rmm.register("key", "correct-horse")
    names = {"rmm-sessions", "managed-devices", "remote-consents", "staff-list", "accounts"}
    off = sorted(set(load_connectors(Content())) - names)
    tenant.write_config(
        f"""
[content]
connectors_off = {json.dumps(off)}
connectors_on = ["rmm-sessions"]
[datto]
address = "{tenant.microsoft.datto}"
key = "key"
secret = "{tenant.secret}"
[files.consents]
path = "{tenant.folder / "meekijken.csv"}"
"""
    )
    assert ibpmon("collect", "--config", tenant.config).code == 0
    return tenant


def listed(ibpmon: Run, board: Tenant, *words: str) -> list[dict[str, Any]]:
    """What a command lists."""
    rows: list[dict[str, Any]] = json.loads(ibpmon(*words, "--json", "--config", board.config).out)
    return rows


def some_employee(board: Tenant) -> dict[str, Any]:
    """The account of somebody of the staff."""
    return next(p.account for p in board.microsoft.board.people if p.population == "staff")


def test_sessions_are_listed_per_device_with_who_agreed(board: Tenant, ibpmon: Run) -> None:
    """And after a consent is told, the same session is in order."""
    truth = {one["subject"] for one in board.microsoft.board.truth["planted"] if one["rule"] == RULE.key}
    rows = listed(ibpmon, board, "sessions")
    assert len([row for row in rows if row["consented"] is False]) == len(truth)
    assert [row["device"] for row in rows] == sorted(row["device"] for row in rows)
    assert all(row["consent_of"] for row in rows if row["consented"])
    assert "yes, of" in ibpmon("sessions", "--config", board.config).out

    bare = next(row for row in rows if not row["consented"] and row["device"] in truth)  # some look like a pupil's name
    number, given = str(some_employee(board)["employeeId"]), datetime.fromisoformat(bare["at"]) - timedelta(minutes=5)
    told = ["consent", "add", number, bare["device"], "--given", given.isoformat()]
    assert ibpmon(*told, "--config", board.config).code == 0

    (now,) = [row for row in listed(ibpmon, board, "sessions", bare["device"].lower()) if row["at"] == bare["at"]]
    assert (now["consented"], now["consent_of"]) == (True, number)
    (kept,) = listed(ibpmon, board, "consent", "list")
    assert (kept["device"], kept["number"]) == (bare["device"], 1)
    assert ibpmon("consent", "end", "1", "--config", board.config).code == 0
    assert ibpmon("consent", "end", "2", "--config", board.config).code == 2


def test_a_consent_that_cannot_be_meant_is_refused(board: Tenant, ibpmon: Run) -> None:
    """A typing error would leave the session without consent, and nobody would see why."""
    device, upn = board.microsoft.board.devices[1]["serialNumber"], some_employee(board)["userPrincipalName"]
    for words, why in (
        (["9999999", device], "nobody has this number"),
        ([upn, "EIK-LT-9999"], "no device has this name"),
        ([upn, device, "--given", "31-02-2026"], "a date that does not exist"),
        ([upn, device, "--until", "01-01-2020"], "it ends before it begins"),
    ):
        answer = ibpmon("consent", "add", *words, "--config", board.config)
        assert (answer.code, why in answer.err) == (2, True), answer
    assert ibpmon("consent", "list", "--config", board.config).out.startswith("No consent")


def test_a_board_without_datto_hears_where_sessions_come_from(tenant: Tenant, ibpmon: Run) -> None:
    """An empty list would read as: nobody ever looked along."""
    assert "Datto RMM" in ibpmon("sessions", "--config", tenant.config).out
