"""What was not seen is no good news: days without a collector, half a page chain, no licence, no sign-in."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from ibpmon import language
from ibpmon.collect.connectors import load_connectors
from ibpmon.collect.placement import place as put_in_place
from ibpmon.config import Content
from ibpmon.demo.board import Board
from ibpmon.demo.microsoft import Microsoft
from ibpmon.judge.evaluate import Judgement, evaluate
from ibpmon.operate.rounds import Workplace, collect_round, report_round, workplace
from ibpmon.providers import connect
from ibpmon.store.database import Store
from ibpmon.store.tables import Finding
from tests.conftest import APP, MONDAY, PERMISSIONS, OpenStore, Tenant
from tests.judging import SHIPPED, place, put, ran
from tests.test_collect import Clock, Office
from tests.test_pdf import bare, text_of

DAY = timedelta(days=1)
NINE_DAYS = timedelta(days=9)
EVERY = load_connectors(Content())
OF_PLACES = (
    "accounts", "groups", "group-members", "sites", "drives", "drive-permissions", "pupil-list", "staff-list",
)  # fmt: skip


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Sentences in English, whatever the environment says."""
    spoken = language.current()
    language.use("en")
    yield
    language.use(spoken)


def judged(store: Store, names: set[str], now: datetime) -> dict[str, Judgement]:
    """What these rules say."""
    return {one.rule.key: one for one in evaluate([SHIPPED[name] for name in sorted(names)], store, now)}


def found(store: Store, rule: str) -> set[str]:
    """Whom a rule holds for now."""
    living = select(col(Finding.subject)).where(col(Finding.rule) == rule, col(Finding.gone_at).is_(None))
    with store.read() as session:
        return set(session.scalars(living))


# ---- nine days without a collector


class Calendar:
    """A clock that stands, and is put forward by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def free(tenant: Tenant) -> Iterator[tuple[Workplace, Calendar]]:
    """A board without licences that reads its log of the directory, and went home nine days ago."""
    read = {"accounts", "directory-audits", "staff-list", "pupil-list"}
    tenant.write_config("[content]\nconnectors_off = " + json.dumps(sorted(set(EVERY) - read)))
    tenant.microsoft.licences.clear()
    clock, theirs = Calendar(tenant.microsoft.board.now - NINE_DAYS), tenant.microsoft._moving
    theirs.move(clock())
    with workplace(tenant.config, clock) as place:
        collect_round(place)
        clock.now = tenant.microsoft.board.now
        theirs.move(clock())
        yield place, clock


def words_of(page: Path) -> str:
    """What stands in a report, as a page or as a PDF, without anything that a line may break at."""
    data = page.read_bytes()
    return text_of(data) if page.suffix == ".pdf" else bare(data.decode("utf-8"))


def test_nine_days_without_a_collector_are_told_before_and_after_it_is_back(free: tuple[Workplace, Calendar]) -> None:
    """Microsoft keeps seven days for such a tenant: two of the nine are lost for ever, and every report says so."""
    place, clock = free
    silent = judged(place.store, {"source-silent", "source-lost-events"}, clock())
    assert [one.subject for one in silent["source-silent"].new] == ["directory-audits"]
    assert silent["source-lost-events"].evaluation.outcome == "ok"

    collect_round(place)

    back = judged(place.store, {"source-silent", "source-lost-events"}, clock())
    assert [one.subject for one in back["source-silent"].gone] == ["directory-audits"]
    assert [one.subject for one in back["source-lost-events"].new] == ["directory-audits"]
    line = f"{EVERY['directory-audits'].title}: van "  # the reports of this board are in Dutch
    for later in (timedelta(), 40 * DAY):  # the finding goes after a month, the line in the reports does not
        clock.now = place.now() + later
        pages = report_round(place)
        assert len(pages) > 2
        assert [page.name for page in pages if bare(line) not in words_of(page)] == [], later
    assert judged(place.store, {"source-lost-events"}, clock())["source-lost-events"].evaluation.outcome == "ok"


# ---- half a page chain


@pytest.fixture
def office(small_board: Board, open_database: OpenStore, tmp_path: Path) -> Iterator[Office]:
    """An office that reads who is in which group."""
    options: dict[str, Any] = {"reporting_limit": None, "clock": lambda: small_board.now}
    with Microsoft(small_board, folder=tmp_path / "microsoft", **options) as microsoft:
        microsoft.register(APP, secret="correct-horse", permissions=PERMISSIONS)
        clock, connectors = Clock(), {name: EVERY[name] for name in OF_PLACES}
        store = open_database([one.dataset for one in connectors.values()])
        known = Tenant(microsoft, tmp_path, "correct-horse")
        with connect(Office(known, store, connectors, None).config.tenant, clock=clock, wait=clock.wait) as graph:  # type: ignore[arg-type]  # only for its configuration
            yield Office(known, store, connectors, graph)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_members_that_a_broken_page_chain_left_out_were_not_removed(office: Office) -> None:
    """Half a list of members looks exactly like a tidied group; a review signed on it proves nothing."""
    rules, now = {"pupil-reaches-staff-area", "source-partly-read"}, office.board.now
    office.collect(now=now)
    put_in_place(office.store, office.config, now)
    judged(office.store, rules, now)
    before, members = found(office.store, "pupil-reaches-staff-area"), office.living("group-members")
    assert before

    later = now + timedelta(days=8)  # then groups are read from the beginning again
    office.fails("empty", "/groups/delta")
    ended = office.collect(now=later)
    after = judged(office.store, rules, later)

    assert {ended[name].state for name in ("groups", "group-members")} == {"PARTIAL"}
    assert {ended[name].state for name in OF_PLACES if name not in ("groups", "group-members")} == {"FULL"}
    kept = {(row["group_id"], row["member_id"]) for row in office.living("group-members")}
    assert kept == {(row["group_id"], row["member_id"]) for row in members}
    said = after["pupil-reaches-staff-area"]
    assert (said.evaluation.outcome, said.gone) == ("cannot_check", ())
    assert "read only in part" in said.evaluation.reason
    assert found(office.store, "pupil-reaches-staff-area") == before
    assert {one.subject for one in after["source-partly-read"].new} == {"groups", "group-members"}


# ---- a substitute who was away


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_substitute_who_comes_back_after_two_months_is_no_stale_account(open_database: OpenStore) -> None:
    """Somebody who stands in is away for weeks; at 120 days nobody counts on them any more."""
    names = ("accounts", "sign-in-activity", "staff-list")
    store = open_database([EVERY[name].dataset for name in names])
    since = {"school": "EIK", "start_date": "2020-08-01"}
    staff = [
        {"employee_number": "1", "upn": "anna@x", "name": "Anna", "function": "Invalleerkracht", **since},
        {"employee_number": "2", "upn": "bram@x", "name": "Bram", "function": "Leerkracht", **since},
    ]
    for number, who in enumerate(("anna", "bram"), 1):
        place(store, "account", who, population="staff", person=str(number), function=staff[number - 1]["function"])

    def on_day(idle: int) -> Judgement:
        people = [{"account_id": one, "upn": f"{one}@x", "enabled": True, "user_type": "Member"} for one in seen]
        used = [{"account_id": one, "last_success": at, "last_try": at} for one, at in seen.items()]
        for name, rows in (("accounts", people), ("sign-in-activity", used), ("staff-list", staff)):
            put(store, name, rows, MONDAY + idle * DAY)
        ran(store, names, MONDAY + idle * DAY)
        return judged(store, {"stale-account"}, MONDAY + idle * DAY)["stale-account"]

    seen = {"anna": MONDAY, "bram": MONDAY}
    assert [one.subject for one in on_day(60).new] == ["bram"]
    assert [one.subject for one in on_day(119).new] == []
    assert [one.subject for one in on_day(120).new] == ["anna"]
    seen["anna"] = MONDAY + 121 * DAY
    assert [one.subject for one in on_day(122).gone] == ["anna"]


# ---- no licence


def test_without_p1_no_rule_on_sign_ins_is_green(tenant: Tenant) -> None:
    """Nobody looked: each rule says so, and which licence would let it look."""
    read = {"accounts", "staff-list", "pupil-list", "sign-ins", "sign-in-activity", "risky-users"}
    tenant.write_config("[content]\nconnectors_off = " + json.dumps(sorted(set(EVERY) - read)))
    tenant.microsoft.licences.clear()
    by_sign_ins = {
        name for name, rule in SHIPPED.items() if {"sign-ins", "sign-in-activity", "risky-users"} & set(rule.needs)
    }
    attacks = {name for name, rule in SHIPPED.items() if rule.catalogue.startswith(("SGN", "ACT"))}

    with workplace(tenant.config, lambda: tenant.microsoft.board.now) as place:
        collect_round(place)
        outcomes = {
            name: one.evaluation for name, one in judged(place.store, by_sign_ins | attacks, place.now()).items()
        }

    assert {one.outcome for one in outcomes.values()} == {"cannot_check"}
    assert all("Entra ID P" in outcomes[name].reason for name in by_sign_ins)
    assert len(by_sign_ins) > 12
