"""What goes wrong at Microsoft and on the way: limits, broken answers, storms, slowness; each as it is documented."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from ibpmon.demo.board import Board, make_board
from ibpmon.demo.microsoft import Fault, Microsoft, Storm
from ibpmon.demo.microsoft.answers import Refusal, Request
from ibpmon.demo.microsoft.faults import BENDS, KINDS, REFUSALS
from ibpmon.demo.microsoft.identity import CERTIFICATE, SHAREPOINT_AUDIENCE
from ibpmon.demo.microsoft.throttling import DOCUMENTED, Limit, Throttling, documented
from tests.test_microsoft import CLIENT, Reader, credential
from tests.test_microsoft_oddities import EVERYTHING, answered, batch, get, sample, whole_round

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
SIGN_INS = "/auditLogs/signIns"
REPORT = "/reports/authenticationMethods/userRegistrationDetails"
POLICIES = "/identity/conditionalAccess/policies"


@pytest.fixture(scope="module")
def board() -> Board:
    """One small board for all tests: nothing changes in it."""
    return make_board("small", 1, NOW)


@dataclass
class Ticks:
    """A clock for the limits that runs when a test says so."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    """The clock of the limits."""
    return Ticks()


Start = Callable[..., Reader]


@pytest.fixture
def start(board: Board, ticks: Ticks, tmp_path: Path) -> Iterator[Start]:
    """Starts a tenant with these limits and gives a reader of it."""
    running: list[Reader] = []

    def begin(**options: Any) -> Reader:
        given: dict[str, Any] = {"reporting_limit": None, "licences": {"P1", "P2", "INTUNE", "SPO"}, "ticks": ticks}
        microsoft = Microsoft(board, folder=tmp_path, clock=lambda: NOW, **(given | options))
        microsoft.register(CLIENT, secret="geheim", permissions=EVERYTHING)
        microsoft.start()
        running.append(Reader(microsoft))
        return running[-1]

    yield begin
    for reader in running:
        reader.session.close()
        reader.microsoft.stop()


# ---------------------------------------------------------------- limits


def test_the_documented_limits_hold_unless_nothing_is_limited(start: Start) -> None:
    """A test that paces nothing says so once, with the limit of the reports."""
    limited, free = start(reporting_limit=(5, 10.0)).microsoft, start().microsoft
    assert set(limited.graph_api.throttling.limits) == set(DOCUMENTED)
    assert limited.rmm.limit
    assert set(free.graph_api.throttling.limits) == set()
    assert free.rmm.limit is None
    some = start(reporting_limit=(5, 10.0), limits={"protection": None, "devices": (3, 1.0)}).microsoft.graph_api
    assert "protection" not in some.throttling.limits
    assert some.throttling.limits["devices"].number == 3


@pytest.mark.parametrize(
    ("users", "licences", "directory", "sharepoint"),
    [(49, 49, 3_500, 1_250), (50, 1_000, 5_000, 1_250), (500, 1_001, 8_000, 2_500), (16_500, 16_500, 8_000, 5_000)],
)
def test_larger_tenants_get_more(users: int, licences: int, directory: int, sharepoint: int) -> None:
    """By number of users in the directory, by number of licences in SharePoint."""
    limits = documented(users, licences)

    assert limits["directory"] == (directory, 10)
    assert limits["sharepoint"] == (sharepoint, 60)


@pytest.mark.parametrize(
    ("path", "units"),
    [
        ("/users", 2),
        ("/users?$select=id", 1),
        ("/users?$select=id&$top=5", 1),
        ("/groups/{group}/members", 3),
        ("/groups/{group}/transitiveMembers", 5),
        ("/groups/{group}/transitiveMembers?$select=id", 4),
        ("/groups", 1),
        ("/applications", 2),
        ("/oauth2PermissionGrants", 2),
        ("/subscribedSkus", 3),
        ("/roleManagement/directory/roleAssignments?$expand=principal", 2),
        ("/devices?$top=5", 1),
    ],
)
def test_a_question_to_the_directory_has_its_price(start: Start, path: str, units: int) -> None:
    """Choosing properties makes it cheaper, linked objects dearer; the answer tells what it was."""
    reader = start()
    answer = reader.get(path.replace("{group}", reader.microsoft.board.groups[0]["id"]))

    assert answer.headers["x-ms-resource-unit"] == str(units)
    assert reader.microsoft.spent["directory"] == units


def test_the_directory_tells_when_its_limit_is_near(start: Start, ticks: Ticks) -> None:
    """From four fifths on; who goes on is refused with the wait, and counted."""
    reader = start(limits={"directory": (10, 10.0)})
    shares = [reader.get("/users").headers.get("x-ms-throttle-limit-percentage") for _ in range(5)]
    refused = reader.get("/users")
    ticks.now += 10

    assert shares == [None, None, None, "0.80", "1.00"]
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
    assert refused.headers["x-ms-throttle-information"] == "ResourceUnitLimitExceeded"
    assert reader.microsoft.refused == {"directory": 1}
    assert reader.get("/users").status_code == 200


def test_identity_protection_takes_one_a_second_and_does_not_say_how_long(start: Start, ticks: Ticks) -> None:
    """All apps of the tenant together, policies and risks alike; and without Retry-After."""
    reader = start(limits={"protection": (1, 1.0)})
    reader.microsoft.register("ander", secret="geheim", permissions=EVERYTHING)
    first = reader.get(POLICIES).status_code
    refused = reader.get("/identityProtection/riskDetections")
    ticks.now += 1

    assert (first, refused.status_code) == (200, 429)
    assert "Retry-After" not in refused.headers
    wanted = sample("error_429_identity_protection_no_retry_after")["error"]
    assert refused.json()["error"]["code"] == wanted["code"]
    assert reader.get(POLICIES).status_code == 200


def test_the_last_sign_in_has_a_limit_of_its_own(start: Start) -> None:
    """Ten a minute; other questions about accounts go on."""
    reader = start(limits={"signin-activity": (2, 60.0)})
    statuses = [reader.get("/users?$select=id,signInActivity&$top=1").status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert reader.get("/users?$select=id").status_code == 200


def test_keys_of_applications_are_counted_twice(start: Start) -> None:
    """As applications, and as keys."""
    reader = start(limits={"key-credentials": (1, 60.0)})
    statuses = [reader.get("/applications?$select=id,keyCredentials").status_code for _ in range(2)]

    assert statuses == [200, 429]
    assert reader.get("/applications?$select=id").status_code == 200


def test_reports_refuse_in_the_words_of_the_sample(start: Start) -> None:
    """The code says nothing, so a client must look at the status."""
    reader = start(reporting_limit=(1, 10.0))
    reader.get(SIGN_INS)
    answer = reader.get("/auditLogs/directoryAudits")

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "10")
    assert answer.json()["error"]["code"] == sample("error_429_reporting")["error"]["code"]


def test_sharepoint_tells_what_is_left_from_four_fifths_on(start: Start) -> None:
    """The headers that let a client slow down before it is refused."""
    reader = start(limits={"sharepoint": (10, 60.0)})
    drive = next(iter(reader.microsoft.board.permissions))
    answers = [reader.get("/sites/getAllSites"), reader.get(f"/drives/{drive}/root/permissions")]
    near = reader.get("/sites/getAllSites")

    assert [answer.status_code for answer in answers] == [200, 200]
    assert "RateLimit-Limit" not in answers[1].headers
    assert (near.headers["RateLimit-Limit"], near.headers["RateLimit-Remaining"]) == ("10", "1")
    assert 0 < int(near.headers["RateLimit-Reset"]) <= 60


def test_sharepoint_shuts_out_who_does_not_wait(start: Start, ticks: Ticks) -> None:
    """While it must wait every call is refused, and after ten of them with 503 and a longer wait."""
    reader = start(limits={"sharepoint": (2, 60.0)})
    assert reader.get("/sites/getAllSites").status_code == 200
    ticks.now += 30
    refused = reader.get("/sites/getAllSites")
    statuses = [reader.get("/sites/getAllSites").status_code for _ in range(10)]
    shut_out = reader.get("/sites/getAllSites")
    ticks.now += 121

    error, wanted = refused.json()["error"], sample("error_429_sharepoint")["error"]
    assert (error["code"], error["innerError"]["innerError"]) == (wanted["code"], wanted["innerError"]["innerError"])
    assert refused.headers["Retry-After"] == "30"
    assert int(refused.headers["RateLimit-Reset"]) >= 30
    assert statuses == [429] * 9 + [503]
    assert shut_out.status_code == 503
    assert int(shut_out.headers["Retry-After"]) == 120
    assert reader.get("/sites/getAllSites").status_code == 200


def test_who_waits_as_told_is_never_shut_out(start: Start, ticks: Ticks) -> None:
    """A client that heeds the header meets no 503."""
    reader = start(limits={"sharepoint": (2, 60.0)})
    statuses = []
    for _ in range(30):
        answer = reader.get("/sites/getAllSites")
        statuses.append(answer.status_code)
        ticks.now += float(answer.headers.get("Retry-After", 0))

    assert set(statuses) == {200, 429}


def test_each_question_of_a_batch_has_its_own_limit_and_wait(start: Start) -> None:
    """Outside 200, inside some 429, each with its own Retry-After."""
    reader = start(limits={"directory": (5, 10.0)})
    response = batch(reader, *(get(n, "/users") for n in range(4)), get(9, SIGN_INS))
    found = answered(response)

    assert response.status_code == 200
    assert [found[str(n)]["status"] for n in range(4)] == [200, 200, 429, 429]
    assert found["3"]["headers"]["Retry-After"] == "10"
    assert found["9"]["status"] == 200
    assert reader.microsoft.refused["directory"] == 2


def test_a_limit_counts_units_in_a_window_that_slides() -> None:
    """Units come free one by one as they grow old, and the wait is until enough of them are."""
    ticks = Ticks()
    limit = Limit(10, 60, ticks)
    waits = []
    for units in (4, 4, 4):
        waits.append(limit.take("wij", units))
        ticks.now += 10

    assert waits == [0, 0, 40]
    assert limit.used("wij") == 8
    ticks.now += 30
    assert limit.take("wij", 4) == 0
    assert limit.used("wij") == 8


def test_a_refused_question_of_the_directory_costs_nothing_there() -> None:
    """Only what was answered fills the window; the count of what was asked goes on."""
    ticks = Ticks()
    throttling = Throttling({"directory": (2, 10.0)}, ticks)
    throttling.spend("directory", 2, "wij")
    with pytest.raises(Refusal):
        throttling.spend("directory", 2, "wij")
    ticks.now += 10

    assert throttling.spend("directory", 2, "wij")["x-ms-resource-unit"] == "2"
    assert throttling.spent["directory"] == 6


# ---------------------------------------------------------------- answers that are wrong


@pytest.mark.parametrize(
    ("kind", "status", "error"),
    [
        ("throttled", 429, "error_429_reporting"),
        ("throttled_silently", 429, "error_429_identity_protection_no_retry_after"),
        ("server_error", 500, ""),
        ("bad_gateway", 502, ""),
        ("unavailable", 503, "error_503_service_unavailable"),
        ("gateway_timeout", 504, "error_504_gateway_timeout"),
        ("insufficient_storage", 507, ""),
        ("expired_token", 401, "error_401_invalid_token"),
        ("expired_page", 400, "error_400_expired_page_token"),
        ("forbidden_permission", 403, "error_403_request_denied"),
        ("forbidden_licence", 403, "error_403_no_premium"),
        ("not_found", 404, "error_404_item"),
        ("locked", 423, ""),
        ("gone", 410, "error_410_directory_delta"),
    ],
)
def test_each_refusal_has_its_status_and_its_words(start: Start, kind: str, status: int, error: str) -> None:
    """As in the samples; an error that nobody wrote down has the form of the others."""
    reader = start()
    reader.microsoft.faults.add(Fault(kind, "/users", json=True))
    answer = reader.get("/users")

    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"code", "message", "innerError"}
    if error:
        assert answer.json()["error"]["code"] == sample(error)["error"]["code"]
    assert reader.get("/users").status_code == 200


def test_every_kind_of_refusal_is_tested_above() -> None:
    """Who adds one adds its test."""
    marks = test_each_refusal_has_its_status_and_its_words.pytestmark[0]  # type: ignore[attr-defined]  # pytest's own

    assert {case[0] for case in marks.args[1]} == set(REFUSALS) - {"malformed_retry_after"}


def test_a_round_that_is_gone_may_send_its_client_anywhere(start: Start) -> None:
    """The place to begin again is an address from outside like any other."""
    reader = start()
    evil = "https://elders.example/v1.0/users/delta?$deltatoken="
    reader.microsoft.faults.add(Fault("gone", "/users/delta", link=evil))

    assert reader.get("/users/delta").headers["Location"] == evil


def bent(reader: Reader, kind: str, path: str, **details: Any) -> dict[str, Any]:
    """A page with a fault in it."""
    reader.microsoft.faults.add(Fault(kind, path.partition("?")[0], **details))
    page: dict[str, Any] = reader.get(path).json()
    return page


def test_rows_may_come_twice_or_in_another_order(start: Start) -> None:
    """The same rows: only an id tells."""
    reader, path = start(), "/groups?$top=10&$select=id"
    plain = [row["id"] for row in reader.get(path).json()["value"]]
    twice = [row["id"] for row in bent(reader, "duplicate", path, rows=2)["value"]]
    other = [row["id"] for row in bent(reader, "reordered", path, seed=4)["value"]]

    assert twice == plain + plain[:2]
    assert sorted(other) == sorted(plain)
    assert other != plain


def test_the_newest_rows_may_come_later(start: Start) -> None:
    """They are not on the page now, and are there when it is asked again."""
    reader, path = start(), f"{SIGN_INS}?$top=50"
    late = [row["id"] for row in bent(reader, "late", path, rows=5)["value"]]
    now = [row["id"] for row in reader.get(path).json()["value"]]

    assert late == now[5:]


def test_links_may_lead_elsewhere_or_never_end(start: Start) -> None:
    """To another host, in a link for the next round too; and to ever new pages with the same rows."""
    reader, evil = start(), "https://elders.example/"
    hostile = bent(reader, "hostile_delta_link", "/users/delta", link=evil)
    endless = [reader.get("/groups?$top=5").json()["value"]]
    page = bent(reader, "endless_link", "/groups?$top=5", times=4)
    links = []
    for _ in range(3):
        links.append(page["@odata.nextLink"])
        page = reader.get(links[-1]).json()
        endless.append(page["value"])

    assert hostile["@odata.deltaLink"] == evil
    assert len(set(links)) == 3
    assert all(rows == endless[0] for rows in endless)


def test_a_page_may_pretend_that_there_is_nothing(start: Start) -> None:
    """Zero rows without a link: it looks like an empty tenant."""
    assert set(bent(start(), "empty", "/users")) == {"@odata.context", "value"}


@pytest.mark.parametrize("kind", ["reset", "truncated", "tls_cut"])
def test_a_connection_may_break(start: Start, kind: str) -> None:
    """Before the answer, halfway, or in the middle of what TLS wraps; the next one is whole."""
    reader = start()
    reader.microsoft.faults.add(Fault(kind, "/users"))

    with pytest.raises(requests.exceptions.RequestException):
        reader.get("/users")
    assert reader.get("/users").status_code == 200


def test_an_answer_may_come_in_drips(start: Start) -> None:
    """Each piece comes in time: only who looks at the whole notices."""
    reader = start()
    reader.microsoft.faults.add(Fault("drip", "/users", piece=2_000, seconds=0.02))
    begun = time.monotonic()
    answer = reader.get("/users?$select=id,displayName", **{"Accept-Encoding": "identity"})

    assert answer.status_code == 200
    assert time.monotonic() - begun > 0.02 * (len(answer.content) // 2_000)


def test_a_broken_connection_inside_a_batch_is_an_answer(start: Start) -> None:
    """The gate of Microsoft answers 504 for what is behind it; the others are whole."""
    reader = start()
    for kind in ("reset", "throttled", "duplicate"):
        reader.microsoft.faults.add(Fault(kind, f"/groups/{kind}" if kind != "duplicate" else "/users", retry_after=7))
    found = answered(
        batch(reader, get(1, "/groups/reset/members"), get(2, "/groups/throttled"), get(3, "/users?$top=4"))
    )

    assert {key: one["status"] for key, one in found.items()} == {"1": 504, "2": 429, "3": 200}
    assert found["2"]["headers"]["Retry-After"] == "7"
    assert len(found["3"]["body"]["value"]) == 7


def test_a_fault_may_hit_the_batch_itself(start: Start) -> None:
    """Then nothing in it is answered."""
    reader = start()
    reader.microsoft.faults.add(Fault("unavailable", "/$batch"))

    assert batch(reader, get(1, "/users")).status_code == 503
    assert not reader.microsoft.inner


# ---------------------------------------------------------------- storms


def question(number: int) -> Request:
    """One of many questions."""
    return Request("GET", f"/v1.0/groups/{number}/members", {"$select": "id"}, {})


def weather(storm: Storm, numbers: range, times: int = 1) -> list[str]:
    """What the storm does to these questions, each asked so often."""
    return [fault.kind if (fault := storm.pick(question(n))) else "" for n in numbers for _ in range(times)]


def test_a_storm_hits_its_share_of_all_requests() -> None:
    """Thirty percent of ten thousand, of all kinds."""
    storm = Storm(1, share=0.30)
    hits = [kind for kind in weather(storm, range(10_000)) if kind]

    assert abs(len(hits) - 3_000) < 150
    assert set(hits) == set(storm.kinds)
    assert (storm.asked, storm.failed) == (10_000, len(hits))


def test_the_same_seed_is_the_same_storm_in_any_order() -> None:
    """Threads ask in another order each time: the questions that fail are the same."""
    forward = dict(zip(range(500), weather(Storm(7), range(500)), strict=True))
    backward = dict(zip(reversed(range(500)), weather(Storm(7), range(499, -1, -1)), strict=True))

    assert forward == backward
    assert weather(Storm(8), range(500)) != weather(Storm(7), range(500))


def test_no_question_fails_for_ever() -> None:
    """After so many failures in a row comes an answer, however bad the weather."""
    fails = [bool(kind) for kind in weather(Storm(1, share=1.0, in_a_row=3), range(50), times=8)]

    assert fails == [True, True, True, False] * 100


def test_a_delta_token_does_not_change_the_weather() -> None:
    """It tells the time and so differs in each play."""
    first, second = (
        [bool(storm.pick(Request("GET", "/v1.0/users/delta", {"$deltatoken": f"{name}{n}"}, {}))) for n in range(50)]
        for storm, name in ((Storm(3), "a"), (Storm(3), "b"))
    )

    assert first == second


def test_a_storm_with_a_typing_error_is_refused() -> None:
    """It would test nothing."""
    with pytest.raises(ValueError, match="unknown fault"):
        Storm(1, kinds=["rest"])


def test_whoever_asks_again_gets_everything_through_a_storm(start: Start) -> None:
    """A client of the plainest kind: every page as often as it takes."""
    reader = start()
    reader.microsoft.faults.add(Storm(5, share=0.4, in_a_row=3, path="/v1.0"))

    def patiently(link: str) -> dict[str, Any]:
        for _ in range(4):
            try:
                answer = reader.get(link)
                if answer.status_code == 200:
                    return dict(answer.json())
            except requests.exceptions.RequestException:
                continue
        raise AssertionError("more than three failures in a row")

    ids, link = [], "/users?$select=id&$top=40"
    while link:
        page = patiently(link)
        ids += [row["id"] for row in page["value"]]
        link = page.get("@odata.nextLink", "")

    assert ids == [user["id"] for user in reader.microsoft.board.users]


# ---------------------------------------------------------------- time


def test_an_answer_takes_its_time_and_a_batch_that_of_its_slowest(start: Start) -> None:
    """Twenty questions in a batch cost the time of one."""
    groups = list(start().microsoft.board.members)[:10]

    def slow(request: Request) -> float:
        return 0.15 if request.path.endswith("/members") else 0.01

    reader = start(latency=slow)
    begun = time.monotonic()
    reader.get("/groups?$top=1")
    between = time.monotonic()
    batch(reader, *(get(n, f"/groups/{key}/members") for n, key in enumerate(groups)))
    ended = time.monotonic()

    assert 0.01 <= between - begun < 0.15
    assert 0.15 <= ended - between < 0.6


def test_signing_in_takes_no_time(start: Start) -> None:
    """The latency is that of the answers that are counted."""
    begun = time.monotonic()
    start(latency=30.0)

    assert time.monotonic() - begun < 10


def test_events_come_late_by_the_clock_of_the_board(board: Board, tmp_path: Path) -> None:
    """Nobody sleeps: the clock moves, and they are there."""
    now = [NOW]
    late = {row.id for row in board.sign_ins[::3]}

    def lateness(key: str, at: datetime) -> timedelta:
        return timedelta(days=3) if key in late else timedelta()

    with Microsoft(board, folder=tmp_path, clock=lambda: now[0], reporting_limit=None, lateness=lateness) as microsoft:
        microsoft.register(CLIENT, secret="geheim", permissions=EVERYTHING)
        reader = Reader(microsoft)
        before = {row["id"] for row in reader.rows(SIGN_INS)}
        now[0] += timedelta(days=3)
        after = {row["id"] for row in reader.rows(SIGN_INS)}
        reader.session.close()

    assert before == {row.id for row in board.sign_ins if row.id not in late or row.at <= NOW - timedelta(days=3)}
    kept = now[0] - timedelta(days=30)
    assert after == {row.id for row in board.sign_ins if row.at >= kept}


def test_the_board_lives_on_and_the_clock_with_it(tmp_path: Path) -> None:
    """A week later there are other people, other sign-ins, and a round of changes tells of them."""
    pytest.importorskip("ibpmon.demo.board.script")
    board = make_board("small", 2, NOW)
    with Microsoft(board, folder=tmp_path, clock=lambda: NOW, reporting_limit=None) as microsoft:
        microsoft.register(CLIENT, secret="geheim", permissions=EVERYTHING)
        reader = Reader(microsoft)
        _, link = whole_round(reader, "/users/delta?$select=displayName,accountEnabled")
        newest = reader.get(f"{SIGN_INS}?$top=1").json()["value"][0]["createdDateTime"]
        events = microsoft.advance(NOW + timedelta(days=5))
        rows, _ = whole_round(reader, link)
        later = reader.get(f"{SIGN_INS}?$top=1").json()["value"][0]["createdDateTime"]
        listed = {row["id"] for row in reader.rows("/users?$select=id")}
        reader.session.close()

    assert events
    assert microsoft.now() == NOW + timedelta(days=5)
    assert rows
    assert later > newest
    assert listed == {user["id"] for user in board.users}


def test_a_script_knows_every_kind_of_fault() -> None:
    """Whatever refuses, bends or breaks can be asked for."""
    assert set(REFUSALS) | set(BENDS) <= KINDS
    for kind in KINDS:
        Fault(kind)


# ---------------------------------------------------------------- the whole of it behind real addresses


def test_sharepoint_and_datto_answer_at_addresses_of_their_own(start: Start) -> None:
    """Three hosts: a token for one of them shown to another is noticed."""
    key = credential()
    reader = start(limits={"sharepoint-rest": (2, 60.0)})
    microsoft = reader.microsoft
    microsoft.register(
        "sp", certificate_pem=key["public_certificate"], permissions=["SharePoint:Sites.FullControl.All"]
    )
    microsoft.rmm.register("sleutel", "geheim")
    token = microsoft.identity.sign("sp", SHAREPOINT_AUDIENCE, CERTIFICATE)
    site = next(row for row in microsoft.board.sites if row["id"] in microsoft.board.role_assignments_of_site)
    path = "/" + site["webUrl"].split("/", 3)[3]
    url = f"{microsoft.sharepoint}{path}/_api/web/roleassignments"
    statuses = [
        reader.session.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=5).status_code for _ in range(3)
    ]
    form = {"grant_type": "password", "username": "sleutel", "password": "geheim"}
    signed_in = reader.session.post(
        f"{microsoft.datto}/auth/oauth/token", data=form, auth=("public-client", "public"), timeout=5
    )

    assert statuses == [200, 200, 429]
    assert signed_in.json()["access_token"]
    assert len({microsoft.graph, microsoft.sharepoint, microsoft.datto}) == 3


def test_a_process_lets_the_board_live_on_when_it_is_told(tmp_path: Path) -> None:
    """One line on its input; when it is done, a file says how late it is."""
    (tmp_path / "app.pem").write_text(credential()["public_certificate"], encoding="ascii")
    told = tmp_path / "microsoft-now.json"
    command = [sys.executable, "-m", "ibpmon.demo.microsoft", "--at", NOW.isoformat(), "--folder", str(tmp_path)]
    command += ["--files", str(tmp_path / "files"), "--certificate", str(tmp_path / "app.pem"), "--client-id", CLIENT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
        assert process.stdin
        process.stdin.write(f"advance {(NOW + timedelta(days=1)).isoformat()}\n")
        process.stdin.flush()
        until = time.monotonic() + 60
        while not told.exists() and time.monotonic() < until:
            time.sleep(0.05)
        process.stdin.close()

    assert process.returncode == 0
    assert json.loads(told.read_text(encoding="utf-8"))["now"] >= (NOW + timedelta(days=1)).isoformat()
