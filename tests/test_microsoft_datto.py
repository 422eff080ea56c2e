"""The simulated Datto RMM answers as its public description says; what that leaves open is marked in the module."""

import base64
import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from ibpmon.demo.board import Board, make_board
from ibpmon.demo.microsoft.answers import Answer, Json, Request
from ibpmon.demo.microsoft.datto import Datto

MONDAY = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
CLIENT = "Basic " + base64.b64encode(b"public-client:public").decode()
KEY, SECRET = "SLEUTEL", "correct-horse"
DEVICES, LOG = "/api/v2/account/devices", "/api/v2/activity-logs"
# what the OpenAPI document calls Device and ActivityLog
DEVICE = """
    id uid siteId siteUid siteName deviceType hostname intIpAddress operatingSystem lastLoggedInUser domain cagVersion
    displayVersion extIpAddress description a64Bit rebootRequired online suspended deleted lastSeen lastReboot
    lastAuditDate creationDate udf snmpEnabled deviceClass portalUrl warrantyDate antivirus patchManagement
    softwareStatus webRemoteUrl networkProbe onboardedViaNetworkMonitor
"""
ACTIVITY = "id entity category action date site deviceId hostname user details hasStdOut hasStdErr"


def device(number: int) -> Json:
    """A device."""
    kind = {"category": "Laptop", "type": "X"}
    return {"id": number, "hostname": f"ZEE-{number}", "siteName": "Zee", "operatingSystem": "W", "deviceType": kind}


def activity(minutes: int, **more: Any) -> Json:
    """Something that happened so many minutes ago."""
    row = {"id": f"a{minutes}", "entity": "DEVICE", "category": "remote", "action": "takeover", "hostname": "ZEE-1"}
    at = int((MONDAY - timedelta(minutes=minutes)).timestamp() * 1000) + 714
    return {**row, "date": at, "site": {"id": 4, "name": "Zee"}, "user": {"id": 7, "userName": "chris"}, **more}


@dataclass
class World:
    """An account with a few devices and a short log."""

    board: Board
    seconds: float = 0.0
    token: str = ""
    datto: Datto = field(init=False)

    def __post_init__(self) -> None:
        self.datto = Datto(self.board, lambda: MONDAY, lambda: self.seconds)
        self.datto.register(KEY, SECRET)
        self.token = json.loads(self.sign_in().body)["access_token"]

    def sign_in(self, authorization: str = CLIENT, **changes: str) -> Answer:
        """The answer to a question for a token."""
        form = {"grant_type": "password", "username": KEY, "password": SECRET, **changes}
        headers = {"authorization": authorization}
        request = Request("POST", "/auth/oauth/token", {}, headers, urlencode(form).encode())
        answer = self.datto.answer(request)
        assert answer is not None
        return answer

    def answer(self, address: str, method: str = "GET") -> Answer:
        """The answer to a path or a link."""
        parts = urlsplit(address)
        headers = {"host": "localhost:1", "authorization": f"Bearer {self.token}"}
        answer = self.datto.answer(Request(method, parts.path, dict(parse_qsl(parts.query)), headers))
        assert answer is not None
        return answer

    def ask(self, address: str) -> Any:
        """The answer as JSON."""
        return json.loads(self.answer(address).body)

    def keys(self, address: str) -> list[str]:
        """The ids of a page of the log."""
        return [row["id"] for row in self.ask(address)["activities"]]


@pytest.fixture
def world() -> World:
    """A fresh account."""
    board = Board("small", 1, MONDAY, random.Random(1), "tenant", [])
    board.rmm_devices = [device(number) for number in range(5)]
    board.rmm_activities = [activity(5), activity(10, category="job"), activity(60), activity(90, entity="USER")]
    return World(board)


# ---------------------------------------------------------------- signing in


def test_the_api_key_is_the_name_and_the_secret_the_password(world: World) -> None:
    """The client itself is the same for everyone; a token is good for a hundred hours."""
    told = json.loads(world.sign_in().body)

    assert (told["token_type"], told["expires_in"]) == ("bearer", 359_999)
    assert world.sign_in(password="wrong").status == 400
    assert world.sign_in(username="NIEMAND").status == 400
    assert world.sign_in(grant_type="client_credentials").status == 400
    assert world.sign_in(authorization="Basic eHg6eXk=").status == 401


def test_a_token_that_is_too_old_or_not_ours_is_refused(world: World) -> None:
    """401, after which a client asks a new one."""
    world.seconds = 100 * 3600 + 1
    assert world.answer(DEVICES).status == 401

    world.token = json.loads(world.sign_in().body)["access_token"]
    assert world.answer(DEVICES).status == 200
    world.datto.expire_tokens()
    assert world.answer(DEVICES).status == 401


# ---------------------------------------------------------------- devices


def test_devices_come_in_numbered_pages(world: World) -> None:
    """The last page has no link to a next one."""
    pages, link = [], f"{DEVICES}?max=2"
    while link:
        pages.append(world.ask(link))
        link = pages[-1]["pageDetails"]["nextPageUrl"]

    assert [row["id"] for page in pages for row in page["devices"]] == [0, 1, 2, 3, 4]
    assert [page["pageDetails"]["count"] for page in pages] == [2, 2, 1]
    assert pages[0]["pageDetails"]["totalCount"] == 5
    assert pages[0]["pageDetails"]["prevPageUrl"] is None
    assert "page=0" in pages[1]["pageDetails"]["prevPageUrl"]


def test_a_page_holds_at_most_250_devices(world: World) -> None:
    """Whoever asks more gets that many; a number that is none is refused."""
    world.board.rmm_devices = [device(number) for number in range(300)]

    assert len(world.ask(f"{DEVICES}?max=1000")["devices"]) == 250
    assert world.answer(f"{DEVICES}?max=veel").status == 400
    assert [row["id"] for row in world.ask(f"{DEVICES}?hostname=zee-299")["devices"]] == [299]


# ---------------------------------------------------------------- the log


def test_the_log_gives_a_quarter_of_an_hour_unless_more_is_asked(world: World) -> None:
    """Whoever forgets `from` misses nearly everything."""
    assert world.keys(LOG) == ["a5", "a10"]
    assert world.keys(f"{LOG}?from=2026-11-23T00:00:00Z") == ["a5", "a10", "a60", "a90"]
    assert world.keys(f"{LOG}?from=2026-11-23T00:00:00Z&until=2026-11-23T13:15:00Z") == ["a90"]
    assert world.answer(f"{LOG}?from=2026-11-23").status == 400


def test_the_log_counts_in_seconds(world: World) -> None:
    """With a fraction; devices count in milliseconds."""
    assert world.ask(LOG)["activities"][0]["date"] == activity(5)["date"] / 1000


def test_the_log_takes_lists_of_what_is_wanted(world: World) -> None:
    """Several values with commas between them, in any case."""
    day = f"{LOG}?from=2026-11-23T00:00:00Z"

    assert world.keys(f"{day}&entities=user") == ["a90"]
    assert world.keys(f"{day}&entities=device,user&categories=remote") == ["a5", "a60", "a90"]
    assert world.keys(f"{day}&siteIds=9") == []
    assert world.keys(f"{day}&order=asc")[0] == "a90"


def test_the_log_goes_on_behind_a_row_so_that_news_moves_nothing(world: World) -> None:
    """Nothing is lost or told twice when something happens while it is read."""
    first = world.ask(f"{LOG}?from=2026-11-23T00:00:00Z&size=2")
    world.board.rmm_activities.insert(0, activity(1))

    link = first["pageDetails"]["nextPageUrl"]
    assert world.keys(link) == ["a60", "a90"]
    assert world.ask(link)["pageDetails"]["nextPageUrl"] is None


# ---------------------------------------------------------------- limits and the rest


def test_past_six_hundred_requests_a_minute_nothing_is_told(world: World) -> None:
    """And near the limit each answer takes a second longer; how long to wait is not said."""
    waits = [world.answer(DEVICES).wait for _ in range(600)]
    refused = world.answer(LOG)

    assert (waits[0], waits[-1]) == (0.0, 1.0)
    assert refused.status == 429
    assert "Retry-After" not in refused.headers
    assert world.datto.refused == 1
    world.seconds = 61
    assert world.answer(LOG).status == 200


def test_nothing_can_be_written_and_the_rest_is_not_there(world: World) -> None:
    """Datto can run programs on devices: not here."""
    assert world.answer(DEVICES, method="PUT").status == 405
    assert world.datto.answer(Request("GET", "/api/v2/account/users", {}, {})) is None


def test_the_board_has_only_properties_that_datto_describes() -> None:
    """A property that is not in the description would be read by nobody for real."""
    board = make_board("small", 1, MONDAY)

    assert {name for row in board.rmm_devices for name in row} <= set(DEVICE.split())
    assert {name for row in board.rmm_activities for name in row} <= set(ACTIVITY.split())
