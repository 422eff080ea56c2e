"""The one client of Microsoft Graph: where a token may go, how long we wait, and what a refusal means."""

import gzip
import json
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from threading import Event

import pytest
import trustme

from ibpmon.demo.microsoft import Fault
from ibpmon.errors import MissingLicence, MissingPermission, PassingError, SourceError
from ibpmon.providers.addresses import first_address, guarded, template_of
from ibpmon.providers.budget import Budgets
from ibpmon.providers.client import Graph
from ibpmon.providers.refusals import Denied, Gone, asked_to_wait
from ibpmon.providers.session import Session
from ibpmon.providers.sharepoint import SharePoint
from ibpmon.providers.waiting import PATIENCE, TOKENS, TRIES, Stopped, Waiting
from tests.conftest import Tenant
from tests.odd import TOKEN, Clock, GivenTokens, Odd, OddHandler, serving

ROOT = "https://graph.microsoft.com"
PERSON = "af4b11ab-95dd-5cd5-8cf5-633a28c84885"


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Odd]:
    """A server that does what Microsoft never should."""
    with serving(tmp_path) as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    """Time that costs nothing."""
    return Clock()


Opened = Callable[..., Graph]


@pytest.fixture
def graph_of(clock: Clock) -> Iterator[Opened]:
    """Opens a client without Entra; closed after the test."""
    opened: list[Graph] = []

    def opening(root: str, ca: Path, stop: Event | None = None, **limits: float) -> Graph:
        waiting = Waiting(stop, clock, clock.wait)
        session = Session([root], ca=ca, **limits)  # type: ignore[arg-type]  # deadline and most
        opened.append(Graph(session, GivenTokens(), root, Budgets(waiting), waiting, chance=lambda: 0.5))
        return opened[-1]

    yield opening
    for graph in opened:
        graph.close()


@pytest.fixture
def microsoft(tenant: Tenant, clock: Clock) -> Iterator[Graph]:
    """A client of the simulated Microsoft that signs in there; its waits cost nothing."""
    from ibpmon.config import load
    from ibpmon.providers import connect

    with connect(load(tenant.config).tenant, clock=clock, wait=clock.wait) as graph:
        graph.chance = lambda: 0.5
        yield graph


def whole(handler: OddHandler) -> None:
    """An answer as it should be."""
    handler.reply(200, b'{"value": []}')


# ---------------------------------------------------------------- where a token may go

HOSTILE = [
    "https://evil.example/v1.0/users",
    "http://graph.microsoft.com/v1.0/users",
    "https://graph.microsoft.com.evil.example/v1.0/users",
    "https://graph.microsoft.com:8443/v1.0/users",
    "https://graph.microsoft.com@evil.example/v1.0/users",
    "https://anna:pass@graph.microsoft.com/v1.0/users",
    "https://evil.example\\@graph.microsoft.com/v1.0/users",
    "https://graph.microsoft.com\\@evil.example/v1.0/users",
    "https://graph.microsoft.com/v1.0/../oauth2/users",
    "https://graph.microsoft.com/v1.0/%2e%2e/users",
    "https://graph.microsoft.com/v1.0/a%2Fb",
    "https://graph.microsoft.com/v1.0/a%5cb",
    "https://graph.microsoft.com/v1.0/a%252e",
    "https://graph.microsoft.com/v1.0/a%0d%0ab",
    "https://graph.microsoft.com/v1.0/a%",
    "https://graph.microsoft.com/v1.0//users",
    "https://graph.microsoft.com/v1.0/users/",
    "https://graph.microsoft.com/v1.0",
    "https://graph.microsoft.com/v1.0evil/users",
    "https://graph.microsoft.com/v2.0/users",
    "https://graph.microsoft.com?/v1.0/users",
    "https://graph.microsoft.com/v1.0/users#x",
    "https://graph.microsoft.com/v1.0/users\r\nHost: evil.example",
    "https://graph.microsoft.com/v1.0/us ers",
    "https://graph.microsoft.com/v1.0/user\u2044s",
    "https://graph\u3002microsoft.com/v1.0/users",
    "https://graph.microsoft.com./v1.0/users",
    "https://[::1]/v1.0/users",
    "https://[/v1.0/users",
    "//graph.microsoft.com/v1.0/users",
    "/v1.0/users",
    "",
]


@pytest.mark.parametrize("link", HOSTILE)
def test_a_link_to_anywhere_but_our_own_path_on_our_own_host_is_refused(link: str) -> None:
    """A token that goes elsewhere opens a whole school board; the message does not repeat the link."""
    with pytest.raises(SourceError, match="does not follow") as refused:
        guarded(link, ROOT)
    assert "evil" not in str(refused.value)


@pytest.mark.parametrize(
    "link",
    [
        "https://graph.microsoft.com/v1.0/users?$select=id&$skiptoken=RFNwdAIAAQ",
        "https://graph.microsoft.com/beta/auditLogs/signIns?$filter=createdDateTime%20ge%202026-08-20T06:00:00Z",
        "https://graph.microsoft.com/v1.0/sites/school.sharepoint.com,1,2/drives",
        "https://graph.microsoft.com/v1.0/drives/b!x-_/root/permissions?x=a@b",
    ],
)
def test_a_link_of_graph_itself_passes_the_gate_unchanged(link: str) -> None:
    """Skip tokens are opaque: what Graph wrote is what it gets back."""
    assert guarded(link, ROOT) == link


def test_what_passes_the_gate_is_built_on_the_configured_host() -> None:
    """Capitals and a written-out port are the same host; what goes out is the address of the configuration."""
    assert guarded("HTTPS://GRAPH.microsoft.com:443/v1.0/users?a=b", ROOT) == f"{ROOT}/v1.0/users?a=b"


def test_a_path_gets_its_version_and_its_query() -> None:
    """A connector says /users or, where it must, /beta/...; dates in a filter stay unquoted."""
    filters: dict[str, str | int] = {"$filter": "createdDateTime ge 2026-08-20T06:00:00Z", "$top": 5}
    assert first_address("/users", None, ROOT) == f"{ROOT}/v1.0/users"
    assert first_address("/beta/x", filters, ROOT).endswith(
        "/beta/x?$filter=createdDateTime%20ge%202026-08-20T06:00:00Z&$top=5"
    )


def test_a_hostile_link_from_graph_ends_the_read_and_the_token_stays_here(odd: Odd, graph_of: Opened) -> None:
    """The client refuses it before it connects."""
    graph = graph_of(ROOT, odd.ca)
    with pytest.raises(SourceError, match="does not follow"):
        graph.get(f"{odd.root}/v1.0/users")
    assert odd.seen == []


def test_a_redirect_is_an_error_and_is_not_followed(odd: Odd, graph_of: Opened) -> None:
    """Not even to our own host: nothing in Graph that we read redirects."""
    odd.behaviour["/v1.0/users"] = lambda handler: handler.reply(302, Location=f"{odd.root}/v1.0/elsewhere")
    with pytest.raises(SourceError, match="answered 302") as error:
        graph_of(odd.root, odd.ca).get("/users")
    assert not isinstance(error.value, PassingError)
    assert len(odd.seen) == 1


def test_the_session_itself_knows_no_other_host_and_no_plain_http(odd: Odd) -> None:
    """MSAL uses it too, and takes the token endpoint from a document: that must not lead elsewhere either."""
    import requests

    with Session([odd.root], ca=odd.ca) as session:
        for address in (f"http://localhost:{odd.server_port}/x", "https://127.0.0.1/x", f"{odd.root}0/x"):
            with pytest.raises(requests.RequestException):
                session.get(address)
    assert odd.seen == []


def test_the_token_is_on_one_request_with_our_own_number_and_never_on_the_session(odd: Odd, graph_of: Opened) -> None:
    """What stands on a session goes wherever that session goes."""
    odd.behaviour["/v1.0/users"] = whole
    graph = graph_of(odd.root, odd.ca)
    graph.get("/users")
    graph.get("/users")

    assert [seen["Authorization"] for seen in odd.seen] == [f"Bearer {TOKEN}"] * 2
    assert len({seen["client-request-id"] for seen in odd.seen}) == 2
    assert "Authorization" not in graph.session.headers
    assert odd.connections == 1


def test_a_cookie_of_the_server_is_not_sent_back(odd: Odd, graph_of: Opened) -> None:
    """Nothing that a server hands us is kept, but the link to the next page."""
    odd.behaviour["/v1.0/users"] = lambda handler: handler.reply(200, b"{}", Set_Cookie="a=b; Path=/")
    graph = graph_of(odd.root, odd.ca)
    graph.get("/users")
    graph.get("/users")
    assert "Cookie" not in odd.seen[1]


# ---------------------------------------------------------------- nothing without an end


def test_an_answer_that_drips_ends_at_the_deadline(odd: Odd, graph_of: Opened) -> None:
    """A byte now and then passes every timeout between bytes; six tries and it is over."""

    def drip(handler: OddHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b" ")
            time.sleep(0.02)

    odd.behaviour["/v1.0/users"] = drip
    began = time.monotonic()
    with pytest.raises(PassingError, match="not complete in time"):
        graph_of(odd.root, odd.ca, deadline=0.1).get("/users")
    assert time.monotonic() - began < TRIES * 0.5


def test_headers_that_drip_end_at_the_deadline(odd: Odd, graph_of: Opened) -> None:
    """Headers are read before the body, by a library that knows only the timeout between pieces."""

    def drip(handler: OddHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(100):
            handler.wfile.write(b"X")
            time.sleep(0.02)

    odd.behaviour["/v1.0/users"] = drip
    began = time.monotonic()
    with pytest.raises(PassingError):
        graph_of(odd.root, odd.ca, deadline=0.1).get("/users")
    assert time.monotonic() - began < TRIES * 0.5


def test_a_gzip_bomb_ends_at_the_cap(odd: Odd, graph_of: Opened) -> None:
    """199 kB can hold 200 MB: what counts is what comes out. Trying again would not help."""
    bomb = gzip.compress(b" " * 20_000_000, 9)
    odd.behaviour["/v1.0/users"] = lambda handler: handler.reply(200, bomb, Content_Encoding="gzip")
    with pytest.raises(SourceError, match="too large") as error:
        graph_of(odd.root, odd.ca, most=1_000_000).get("/users")
    assert not isinstance(error.value, PassingError)
    assert len(odd.seen) == 1


def test_a_large_packed_answer_comes_out_whole(odd: Odd, graph_of: Opened) -> None:
    """The same road, below the cap."""
    body = json.dumps({"value": [{"id": str(n)} for n in range(200_000)]}).encode()
    odd.behaviour["/v1.0/users"] = lambda handler: handler.reply(200, gzip.compress(body), Content_Encoding="gzip")
    assert graph_of(odd.root, odd.ca).get("/users") == body


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_stops_halfway_is_read_again(odd: Odd, graph_of: Opened, clock: Clock, chunked: bool) -> None:
    """Fewer bytes than promised is no page; half a page would look like fewer accounts."""

    def once(handler: OddHandler) -> None:
        odd.behaviour["/v1.0/users"] = whole
        handler.send_response(200)
        handler.send_header(*(("Transfer-Encoding", "chunked") if chunked else ("Content-Length", "100")))
        handler.end_headers()
        handler.wfile.write(b'9\r\n{"value":\r\n' if chunked else b'{"value": [{}]}')
        handler.close_connection = True

    odd.behaviour["/v1.0/users"] = once
    assert graph_of(odd.root, odd.ca).get("/users") == b'{"value": []}'
    assert clock.waits == [1.0]


def test_a_body_without_a_length_that_stops_halfway_is_read_again(odd: Odd, graph_of: Opened) -> None:
    """Nothing in the protocol tells; the missing brace does."""

    def once(handler: OddHandler) -> None:
        odd.behaviour["/v1.0/users"] = whole
        handler.wfile.write(b'HTTP/1.0 200 OK\r\n\r\n{"value": [{"id": "1"')
        handler.close_connection = True

    odd.behaviour["/v1.0/users"] = once
    assert graph_of(odd.root, odd.ca).get("/users") == b'{"value": []}'


# ---------------------------------------------------------------- patience


@pytest.mark.parametrize("kind", ["throttled", "unavailable"])
def test_retry_after_is_followed(tenant: Tenant, microsoft: Graph, clock: Clock, kind: str) -> None:
    """Microsoft counts what comes too early, and may block who goes on."""
    tenant.microsoft.faults.add(Fault(kind, path="/users", retry_after=7, times=2))
    microsoft.get("/users", {"$top": 1})
    assert clock.waits == [7.0, 7.0]


def test_a_retry_after_that_says_nothing_gives_way_to_our_own_waits(
    tenant: Tenant, microsoft: Graph, clock: Clock
) -> None:
    """Each wait is twice the last."""
    tenant.microsoft.faults.add(Fault("malformed_retry_after", path="/users", times=3))
    microsoft.get("/users", {"$top": 1})
    assert clock.waits == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30.0),
        (" 30 ", 30.0),
        ("0", 1.0),
        ("99999999", 900.0),
        (formatdate(1_000_060, usegmt=True), 60.0),
        (formatdate(900_000, usegmt=True), 1.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("\u0661", None),
        ("9" * 400, None),
        ("", None),
    ],
)
def test_retry_after_is_input_and_is_read_with_bounds(text: str, seconds: float | None) -> None:
    """Seconds or a date against the server's own clock, between a second and a quarter of an hour, or nothing."""
    assert asked_to_wait({"Retry-After": text, "Date": formatdate(1_000_000, usegmt=True)}) == seconds


@pytest.mark.parametrize("kind", ["truncated", "reset", "not_json", "gateway_timeout"])
def test_what_breaks_on_the_way_is_tried_again(tenant: Tenant, microsoft: Graph, kind: str) -> None:
    """A line that breaks once a night must not cost a night's data."""
    tenant.microsoft.faults.add(Fault(kind, path="/users", times=2))
    assert json.loads(microsoft.get("/users", {"$top": 1}))["value"]


def test_patience_ends_after_six_tries(tenant: Tenant, microsoft: Graph) -> None:
    """The run is then told as failed, and the last complete one stays in use."""
    tenant.microsoft.faults.add(Fault("unavailable", path="/users", times=99))
    with pytest.raises(PassingError, match="answered 503 to GET /users") as error:
        microsoft.get("/users")
    assert len([seen for seen in tenant.microsoft.requests if "/users" in seen.path]) == TRIES
    assert error.value.values["request_id"]
    assert error.value.values["client_request_id"] == tenant.microsoft.requests[-1].headers["client-request-id"]


def test_patience_ends_when_microsoft_asks_for_too_much(tenant: Tenant, microsoft: Graph, clock: Clock) -> None:
    """A daemon that sleeps for hours in one call looks dead."""
    tenant.microsoft.faults.add(Fault("throttled", path="/users", times=99, retry_after=14 * 60))
    with pytest.raises(PassingError, match="429"):
        microsoft.get("/users")
    assert sum(clock.waits) <= PATIENCE


def test_after_a_503_the_next_try_uses_a_new_connection(odd: Odd, graph_of: Opened) -> None:
    """The old one may lead to the same tired machine."""

    def once(handler: OddHandler) -> None:
        odd.behaviour["/v1.0/users"] = whole
        handler.reply(503)

    odd.behaviour["/v1.0/users"] = once
    graph_of(odd.root, odd.ca).get("/users")
    assert odd.connections == 2


def test_a_host_that_is_away_is_tried_once_by_the_next_source(tmp_path: Path, graph_of: Opened, clock: Clock) -> None:
    """Nine sources that each wait half a minute would keep a person waiting for five."""
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    graph = graph_of("https://localhost:9", tmp_path / "ca.pem")
    with pytest.raises(PassingError, match=r"cannot reach https://localhost:9: nothing listens there"):
        graph.get("/users")
    waits = len(clock.waits)
    with pytest.raises(PassingError):
        graph.get("/groups")
    assert (waits, len(clock.waits)) == (TRIES - 1, TRIES - 1)


def test_a_stop_ends_the_wait(odd: Odd, graph_of: Opened, clock: Clock) -> None:
    """A daemon that is told to stop does not sleep out a Retry-After of a quarter of an hour."""
    stop = Event()

    def refuse(handler: OddHandler) -> None:
        stop.set()
        handler.reply(429, Retry_After="900")

    odd.behaviour["/v1.0/users"] = refuse
    with pytest.raises(Stopped):
        graph_of(odd.root, odd.ca, stop=stop).get("/users")
    assert clock.waits == []


def test_a_stop_event_wakes_a_wait_that_is_under_way() -> None:
    """The real wait, in another thread."""
    stop = Event()
    threading.Timer(0.05, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        Waiting(stop).rest(30)
    assert time.monotonic() - began < 5


# ---------------------------------------------------------------- what a refusal means


def test_a_refused_token_is_renewed_once(tenant: Tenant, microsoft: Graph) -> None:
    """Tokens may be withdrawn before their time."""
    microsoft.get("/users", {"$top": 1})
    tenant.microsoft.expire_tokens()
    assert json.loads(microsoft.get("/users", {"$top": 1}))["value"]


def test_a_token_that_expires_while_we_wait_is_renewed_at_the_last_try(tenant: Tenant, microsoft: Graph) -> None:
    """Half an hour of 503 is longer than a token may have left; the last try once ended in a failed assertion."""
    tenant.microsoft.faults.add(Fault("unavailable", "/users", times=TRIES - 1))
    tenant.microsoft.faults.add(Fault("expired_token", "/users", times=1))

    assert b'"value"' in microsoft.get("/users")


def test_a_token_that_is_refused_again_is_an_error(tenant: Tenant, microsoft: Graph, clock: Clock) -> None:
    """A fresh one is not known everywhere at once, so a few are tried; after that another would be refused as well."""
    tenant.microsoft.faults.add(Fault("expired_token", path="/users", times=TOKENS))
    assert b'"value"' in microsoft.get("/users")
    tenant.microsoft.faults.add(Fault("expired_token", path="/users", times=9))
    with pytest.raises(SourceError, match="does not accept a new token either"):
        microsoft.get("/users")
    assert sum(clock.waits) < 10


def test_a_missing_permission_is_named(tenant: Tenant, microsoft: Graph) -> None:
    """Who reads the message knows what to grant, and where."""
    tenant.microsoft.faults.add(Fault("forbidden_permission", path="/users"))
    with pytest.raises(MissingPermission, match=re.escape("lacks User.Read.All, Directory.Read.All")) as error:
        microsoft.get("/users", needs=["User.Read.All", "Directory.Read.All"])
    what, why, fix = error.value.told(lambda text: text)
    assert (what[:31], "API permissions" in fix) == ("Microsoft Graph answered 403 to", True)
    assert "Authorization_RequestDenied" in why


def test_a_permission_that_was_granted_meanwhile_works_at_the_next_request(tenant: Tenant, microsoft: Graph) -> None:
    """Permissions are in the token: after a refusal the old one is forgotten."""
    from tests.conftest import APP, PERMISSIONS

    tenant.microsoft.permissions(APP, ["AuditLog.Read.All"])
    with pytest.raises(MissingPermission):
        microsoft.get("/users")
    tenant.microsoft.permissions(APP, PERMISSIONS)
    assert json.loads(microsoft.get("/users"))["value"]


def test_a_missing_licence_is_told_apart_from_a_missing_permission(tenant: Tenant, microsoft: Graph) -> None:
    """Nobody should search for a permission when the tenant has no P1 or no Intune."""
    tenant.microsoft.licences.clear()
    with pytest.raises(MissingLicence, match="Entra ID P1"):
        microsoft.get("/auditLogs/signIns", needs=["AuditLog.Read.All"])
    with pytest.raises(MissingLicence, match="no licence for Microsoft Intune"):
        microsoft.get("/deviceManagement/managedDevices")


def answered(code: str, message: str = "", **inner: object) -> bytes:
    """An error body of Graph."""
    return json.dumps({"error": {"code": code, "message": message, "innerError": inner}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, answered("AadPremiumLicenseRequired"), MissingLicence, "P2"),
        (400, answered("BadRequest", "Tenant does not have a SPO license."), MissingLicence, "SharePoint"),
        (400, answered("BadRequest", "Invalid filter clause"), SourceError, "the code is BadRequest"),
        (400, answered("Directory_ExpiredPageToken"), PassingError, "expired"),
        (410, answered("resyncRequired"), PassingError, "expired"),
        (403, answered("accessDenied"), Denied, "closed"),
        (404, answered("itemNotFound"), Gone, "does not exist"),
        (418, b"<html>", SourceError, "the code is -"),
        (400, b'{"error": {"code": "Anna de Vries\\n", "message": 5}}', SourceError, "the code is -"),
        (400, b'{"error": "text"}', SourceError, "the code is -"),
        (400, b"[" * 100_000, SourceError, "the code is -"),
    ],
)
def test_each_refusal_has_its_own_kind_and_words(
    odd: Odd, graph_of: Opened, status: int, body: bytes, kind: type[SourceError], words: str
) -> None:
    """By status and code; the sentence counts only where Microsoft gives no code. None of these is tried again."""
    odd.behaviour["/v1.0/users"] = lambda handler: handler.reply(status, body, request_id="11-aa")
    with pytest.raises(kind, match=words) as error:
        graph_of(odd.root, odd.ca).get("/users")
    assert type(error.value) is kind
    assert len(odd.seen) == 1
    assert "Anna" not in str(error.value)


def test_the_codes_within_an_error_are_found_whatever_their_capitals(odd: Odd, graph_of: Opened) -> None:
    """The reference writes innererror, the wire innerError."""
    body = b'{"error": {"code": "a", "innererror": {"code": "b", "innerError": {"code": "c"}}}}'
    odd.behaviour["/v1.0/users"] = lambda handler: handler.reply(400, body)
    with pytest.raises(SourceError) as error:
        graph_of(odd.root, odd.ca).get("/users")
    assert error.value.values["codes"] == ("a", "b", "c")


def test_logs_hold_numbers_and_never_a_person_a_token_or_an_address(
    odd: Odd, graph_of: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    """Logs go to places where this data may not be."""
    body = answered("Request_ResourceNotFound", "Resource 'anna@school.example' does not exist")
    odd.behaviour[f"/v1.0/users/{PERSON}/memberOf"] = lambda handler: handler.reply(404, body, request_id="22-bb")
    with caplog.at_level(logging.DEBUG), pytest.raises(Gone) as error:
        graph_of(odd.root, odd.ca).get(f"/users/{PERSON}/memberOf", {"$filter": "upn eq 'anna'"})

    ours = [record.getMessage() for record in caplog.records if record.name == "ibpmon.providers"]
    assert re.fullmatch(
        r"GET /users/\{id\}/memberOf 404 family=directory ms=\d+ client-request-id=[0-9a-f-]{36} request-id=22-bb",
        ours[0],
    )
    for secret in (PERSON, "anna", TOKEN):
        assert secret not in "".join(ours) + str(error.value) + repr(error.value.values)


def test_a_template_hides_whatever_may_be_a_name() -> None:
    """Words of the API stay, everything else is {id}."""
    assert template_of(f"{ROOT}/v1.0/sites/school.sharepoint.com,1,2/drives?x=y") == "/sites/{id}/drives"
    assert template_of(f"{ROOT}/v1.0/users/anna@school.example") == "/users/{id}"
    assert template_of(f"{ROOT}/beta/auditLogs/signIns") == "/beta/auditLogs/signIns"


# ---------------------------------------------------------------- SharePoint's own REST


@pytest.fixture
def sharepoint(odd: Odd, clock: Clock) -> Iterator[SharePoint]:
    """A client of SharePoint without Entra."""
    waiting = Waiting(None, clock, clock.wait)
    session = Session([odd.root], ca=odd.ca)
    with SharePoint(session, GivenTokens(), odd.root, Budgets(waiting), waiting, chance=lambda: 0.5) as client:
        yield client


SITE = "/sites/Groep%207/_api/web"


def test_sharepoint_is_asked_below_the_path_of_a_site(odd: Odd, sharepoint: SharePoint) -> None:
    """The webUrl of a site gives the path; the address is that of the configuration, whatever host the webUrl has."""
    odd.behaviour[f"{SITE}/roleassignments"] = lambda handler: handler.reply(200, b'{"value": []}')
    sharepoint.get(f"{SITE}/roleassignments", {"$expand": "Member/Users"}, "sharepoint-rest")
    assert odd.seen[0]["Accept"] == "application/json;odata=nometadata"
    assert sharepoint.first("/_api/web/siteusers", {"$filter": "IsSiteAdmin eq true"}) == (
        f"{odd.root}/_api/web/siteusers?$filter=IsSiteAdmin%20eq%20true"
    )


def test_a_list_is_named_by_its_guid_in_quotes(odd: Odd, sharepoint: SharePoint) -> None:
    """Quotes and parentheses are SharePoint's way to name one."""
    path = f"{SITE}/lists(guid'{PERSON}')/roleassignments"
    odd.behaviour[path] = lambda handler: handler.reply(200, b'{"value": []}')
    sharepoint.get(path, None, "sharepoint-rest")
    assert template_of(odd.root + path) == "/{site}/_api/web/{id}/roleassignments"


@pytest.mark.parametrize(
    "path",
    [
        "/sites/x/web",
        "/_api",
        "/sites/x/_api/",
        "/sites/../_api/web",
        "/sites/%2e%2e/_api/web",
        "/sites/x/_api/web/getuserbyid(5)@x",
        "/sites/x/_api//web",
        "/v1.0/users",
    ],
)
def test_a_link_outside_the_api_of_a_site_is_refused(odd: Odd, sharepoint: SharePoint, path: str) -> None:
    """This token may do anything in SharePoint."""
    for root in (odd.root, "https://evil.example", "https://waaier-my.sharepoint.com"):
        with pytest.raises(SourceError, match="SharePoint gave a link that ibpmon does not follow"):
            sharepoint.get(root + path, None, "sharepoint-rest")
    assert odd.seen == []


def test_the_next_page_of_sharepoint_is_where_its_answers_have_it(sharepoint: SharePoint) -> None:
    """Without the at-sign that Graph has."""
    assert (sharepoint.form.rows, sharepoint.form.next) == ("value", ("odata.nextLink",))


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (403, Denied, "SharePoint answered 403 to GET .*this site is closed"),
        (423, Denied, "locked or archived"),
        (404, Gone, "does not exist"),
        (401, SourceError, "SharePoint does not accept a new token either"),
    ],
)
def test_a_refusal_of_sharepoint_is_about_one_site(
    odd: Odd, sharepoint: SharePoint, status: int, kind: type[SourceError], words: str
) -> None:
    """Its code is a number with the name of a class behind it, its sentence an object."""
    code = "-2147024891, System.UnauthorizedAccessException"
    body = json.dumps({"odata.error": {"code": code, "message": {"lang": "nl-NL", "value": "Anna"}}}).encode()
    odd.behaviour[f"{SITE}/lists"] = lambda handler: handler.reply(status, body)
    with pytest.raises(kind, match=words) as error:
        sharepoint.get(f"{SITE}/lists", None, "sharepoint-rest")
    assert type(error.value) is kind
    assert error.value.values["code"] == "-2147024891"
    assert "Anna" not in str(error.value)


def test_sharepoint_is_left_alone_for_the_longest_time_that_it_asks(
    odd: Odd, sharepoint: SharePoint, clock: Clock
) -> None:
    """Retry-After and RateLimit-Reset may differ; and nobody of ours calls until then."""

    def once(handler: OddHandler) -> None:
        odd.behaviour[f"{SITE}/lists"] = whole
        handler.reply(429, Retry_After="5", RateLimit_Reset="31", RateLimit_Remaining="0")

    odd.behaviour[f"{SITE}/lists"] = once
    sharepoint.get(f"{SITE}/lists", None, "sharepoint-rest")
    assert sum(clock.waits) == pytest.approx(31)


# ---------------------------------------------------------------- threads


def test_a_503_does_not_break_what_other_threads_are_reading(odd: Odd, graph_of: Opened) -> None:
    """The pool is left behind, and not closed: another thread may just be looking for a connection in it."""
    odd.behaviour["/v1.0/users"] = whole
    graph, broken, done = graph_of(odd.root, odd.ca), list[Exception](), Event()

    def reading() -> None:
        while not done.is_set():
            try:
                graph.session.get(f"{odd.root}/v1.0/users")
            except OSError as error:
                broken.append(error)

    threads = [threading.Thread(target=reading) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(100):
        graph.session.renew()
        time.sleep(0.005)
    done.set()
    for thread in threads:
        thread.join()
    assert broken == []


def test_closing_the_session_closes_its_connections(odd: Odd, graph_of: Opened) -> None:
    """Also after an error, which once kept them alive."""
    odd.behaviour["/v1.0/users"] = lambda handler: setattr(handler, "close_connection", True)
    graph = graph_of(odd.root, odd.ca)
    with pytest.raises(PassingError):
        graph.get("/users")
    odd.behaviour["/v1.0/users"] = whole
    graph.get("/users")
    before = threading.active_count()
    graph.close()
    until = time.monotonic() + 5
    while threading.active_count() >= before and time.monotonic() < until:
        time.sleep(0.01)
    assert threading.active_count() < before
