"""The simulated Microsoft answers as the real one is documented to: signing in, Graph, faults and the mailbox."""

import json
import re
import smtplib
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msal
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from ibpmon.demo.board import Board, make_board
from ibpmon.demo.microsoft import Fault, Microsoft
from ibpmon.demo.microsoft.mailbox import Mailbox

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
CLIENT = "22222222-2222-4222-8222-222222222222"
ALL = [
    "User.Read.All",
    "GroupMember.Read.All",
    "AuditLog.Read.All",
    "Directory.Read.All",
    "DeviceManagementManagedDevices.Read.All",
    "Sites.Read.All",
]
SIGN_INS = "/auditLogs/signIns"
REPORT = "/reports/authenticationMethods/userRegistrationDetails"
DEVICES = "/deviceManagement/managedDevices"


def credential() -> dict[str, str]:
    """A fresh key with its certificate, as MSAL takes them."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ibpmon")])
    today = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    built = builder.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
    pem = built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {"private_key": private.decode(), "public_certificate": pem}


@pytest.fixture(scope="module")
def board() -> Board:
    """One small board for all tests: nothing changes in it."""
    return make_board("small", 1, NOW)


@pytest.fixture(scope="module")
def key() -> dict[str, str]:
    """The credential that is registered."""
    return credential()


Start = Callable[..., Microsoft]


@pytest.fixture
def start(board: Board, key: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Starts a simulated Microsoft with an app that may read everything, and stops it afterwards."""
    running: list[Microsoft] = []

    def begin(**options: Any) -> Microsoft:
        microsoft = Microsoft(board, folder=tmp_path, **{"reporting_limit": None, **options})
        microsoft.register(CLIENT, certificate_pem=key["public_certificate"], secret="geheim", permissions=ALL)
        microsoft.start()
        running.append(microsoft)
        return microsoft

    yield begin
    for microsoft in running:
        microsoft.stop()


class Reader:
    """A client of the plainest kind: MSAL for the token, requests for the rest."""

    def __init__(self, microsoft: Microsoft, credential: Any = "geheim") -> None:
        self.microsoft = microsoft
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(microsoft.ca)
        self.answer = self.sign_in(credential)
        self.token = self.answer.get("access_token", "")

    def sign_in(self, credential: Any) -> dict[str, Any]:
        """What MSAL gets as answer."""
        app = msal.ConfidentialClientApplication(
            CLIENT,
            client_credential=credential,
            authority=f"{self.microsoft.authority}/{self.microsoft.tenant_id}",
            instance_discovery=False,
            http_client=self.session,
        )
        answer: dict[str, Any] = app.acquire_token_for_client(["https://graph.microsoft.com/.default"])
        return answer

    def get(self, path: str, **headers: str) -> requests.Response:
        """One answer."""
        url = path if path.startswith("https://") else f"{self.microsoft.graph}/v1.0{path}"
        return self.session.get(url, headers={"Authorization": f"Bearer {self.token}", **headers}, timeout=5)

    def pages(self, path: str) -> list[dict[str, Any]]:
        """All pages, to the end."""
        pages = [self.get(path).json()]
        while "@odata.nextLink" in pages[-1]:
            pages.append(self.get(pages[-1]["@odata.nextLink"]).json())
        return pages

    def rows(self, path: str) -> list[dict[str, Any]]:
        """All rows of all pages."""
        return [row for page in self.pages(path) for row in page["value"]]

    def refusal(self, path: str) -> tuple[int, str]:
        """The status and the code of a refusal."""
        answer = self.get(path)
        return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def read(start: Start) -> Iterator[Callable[..., Reader]]:
    """Signs in at a fresh simulated Microsoft and closes the connections afterwards."""
    readers: list[Reader] = []

    def sign_in(credential: Any = "geheim", **options: Any) -> Reader:
        readers.append(Reader(start(**options), credential))
        return readers[-1]

    yield sign_in
    for reader in readers:
        reader.session.close()


Read = Callable[..., Reader]


# ---------------------------------------------------------------- signing in


def test_msal_gets_a_token_with_the_registered_certificate(read: Read, key: dict[str, str]) -> None:
    """The assertion is verified with the registered certificate, as Entra does."""
    reader = read(key)

    assert reader.answer["token_type"] == "Bearer"
    assert reader.get("/users").status_code == 200


def test_another_key_is_refused(read: Read) -> None:
    """A certificate that was never registered proves nothing."""
    reader = read(credential())

    assert reader.answer["error"] == "invalid_client"
    assert reader.answer["error_codes"] == [700027]
    assert reader.microsoft.requests[-1].status == 401


def test_signing_in_can_be_unavailable_too(read: Read) -> None:
    """Before anything can be read, the sign-in address itself may be throttled."""
    reader = read()
    reader.microsoft.faults.add(Fault("throttled", path="/token", retry_after=7))

    assert reader.sign_in("geheim")["error"] == "temporarily_unavailable"
    assert "access_token" in reader.sign_in("geheim")


def test_a_wrong_secret_is_refused(read: Read) -> None:
    """MSAL gives the refusal as a value, so the client must look."""
    assert read("verkeerd").answer["error_codes"] == [7000215]


def test_no_token_and_a_token_that_ran_out_are_refused(read: Read) -> None:
    """A client must get a new token once and then give up."""
    reader = read()
    reader.microsoft.expire_tokens()
    expired = reader.refusal("/users")
    reader.token = "verzonnen"

    assert expired == (401, "InvalidAuthenticationToken")
    assert "WWW-Authenticate" in reader.get("/users").headers


# ---------------------------------------------------------------- permissions and licences


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        ("/users", "User.Read.All"),
        ("/groups", "GroupMember.Read.All"),
        (SIGN_INS, "AuditLog.Read.All"),
        (REPORT, "AuditLog.Read.All"),
        (DEVICES, "DeviceManagementManagedDevices.Read.All"),
        ("/sites/getAllSites", "Sites.Read.All"),
    ],
)
def test_each_endpoint_asks_its_own_permission(read: Read, path: str, permission: str) -> None:
    """With the least permission it answers; with all others it does not."""
    reader = read()
    reader.microsoft.permissions(CLIENT, [name for name in ALL if name not in (permission, "Directory.Read.All")])
    without = reader.refusal(path)
    reader.microsoft.permissions(CLIENT, [permission])

    assert without == (403, "Authorization_RequestDenied")
    assert reader.get(path).status_code == 200


def test_a_permission_that_is_added_is_in_new_tokens_only(read: Read) -> None:
    """Whoever grants a permission must wait for the next token, as with Microsoft."""
    reader = read()
    reader.microsoft.permissions(CLIENT, [])
    bare = Reader(reader.microsoft)
    reader.microsoft.permissions(CLIENT, ALL)
    old, new = bare.get("/users").status_code, Reader(reader.microsoft)

    assert old == 403
    assert new.get("/users").status_code == 200
    bare.session.close()
    new.session.close()


def test_without_p1_there_are_no_reports(read: Read) -> None:
    """The licence is refused with 403, like a permission: only the code tells them apart."""
    reader = read(licences={"INTUNE"})

    expected = (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
    assert reader.refusal(SIGN_INS) == expected
    assert reader.refusal(REPORT) == expected
    assert reader.get("/users").status_code == 200


def test_without_intune_there_are_no_devices(read: Read) -> None:
    """Intune refuses with 400 and a code that says nothing; only the message tells."""
    answer = read(licences={"P1"}).get(DEVICES)

    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "Request not applicable to target tenant."


def test_nothing_can_be_changed(read: Read) -> None:
    """The simulation answers reads only, and remembers who tried more."""
    reader = read()
    headers = {"Authorization": f"Bearer {reader.token}"}
    answer = reader.session.patch(f"{reader.microsoft.graph}/v1.0/users", json={}, headers=headers, timeout=5)

    assert answer.status_code == 405
    assert reader.microsoft.requests[-1][:3] == ("PATCH", "/v1.0/users", 405)


# ---------------------------------------------------------------- paging


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/users?$select=id&$top=50", lambda board: board.users),
        ("/groups?$top=20", lambda board: board.groups),
        (REPORT, lambda board: board.registrations),
        (f"{DEVICES}?$top=40", lambda board: board.devices),
    ],
)
def test_paging_to_the_end_gives_every_row_once(
    read: Read, board: Board, path: str, expected: Callable[[Board], list[dict[str, Any]]]
) -> None:
    """No row is lost and none comes twice, whatever the pages look like."""
    ids = [row["id"] for row in read().rows(path)]

    assert ids == [row["id"] for row in expected(board)]


def test_a_page_may_be_short_or_empty_and_still_have_a_link(read: Read) -> None:
    """Only a missing link is the end: who stops at an empty page loses the rest."""
    sizes = [len(page["value"]) for page in read().pages("/users?$select=id&$top=100")]

    assert sizes[:4] == [100, 50, 0, 100]


def test_sign_ins_come_newest_first_and_a_row_may_come_twice(read: Read, board: Board) -> None:
    """The log repeats a row at the turn of a page, so the id is what counts."""
    rows = read().rows(SIGN_INS)
    times = [row["createdDateTime"] for row in rows]

    assert times == sorted(times, reverse=True)
    assert {row["id"] for row in rows} == {row.id for row in board.sign_ins}
    assert len(rows) == len(board.sign_ins) + 1


def test_sites_come_back_on_later_pages(read: Read, board: Board) -> None:
    """getAllSites gives some sites twice and one without a name."""
    rows = read().rows("/sites/getAllSites")
    times = Counter(row["id"] for row in rows)

    assert len(times) == board.truth["counts"]["sites"]
    assert max(times.values()) == 2
    assert any("displayName" not in row and not row["isPersonalSite"] for row in rows)


def test_members_libraries_and_rights_are_those_of_the_board(read: Read, board: Board) -> None:
    """The whole way from a group or a site to who may enter."""
    reader = read()

    for group, members in list(board.members.items())[:12]:
        assert [row["id"] for row in reader.rows(f"/groups/{group}/members")] == [member.id for member in members]
    site, drives = next(iter(board.drives.items()))
    assert reader.rows(f"/sites/{site}/drives") == drives
    rights = board.permissions[drives[0]["id"]]
    # the key of a share is told to those only who could make it
    plain = [{name: value for name, value in right.items() if name != "shareId"} for right in rights]
    assert reader.rows(f"/drives/{drives[0]['id']}/root/permissions") == plain


def test_a_member_is_bare_without_the_right_to_its_type(read: Read, board: Board) -> None:
    """200 with nothing but the id: no error tells that a permission is missing."""
    reader = read()
    reader.microsoft.permissions(CLIENT, ["GroupMember.Read.All"])
    group = next(key for key, members in board.members.items() if any(m.kind == "servicePrincipal" for m in members))

    rows = reader.rows(f"/groups/{group}/members")

    kinds = {row["@odata.type"] for row in rows}
    assert kinds == {f"#microsoft.graph.{kind}" for kind in ("user", "device", "servicePrincipal")}
    assert all(row["id"] and row["displayName"] is None for row in rows)


def test_what_does_not_exist_is_404(read: Read) -> None:
    """The directory and SharePoint say it in their own words."""
    reader = read()

    assert reader.refusal("/groups/verzonnen/members") == (404, "Request_ResourceNotFound")
    assert reader.refusal("/sites/verzonnen/drives") == (404, "itemNotFound")


def test_a_page_token_that_is_not_ours_is_refused(read: Read) -> None:
    """A client that makes its own token must start again."""
    assert read().refusal("/users?$skiptoken=verzonnen") == (400, "Directory_ExpiredPageToken")


# ---------------------------------------------------------------- select and filter


def test_users_without_select_give_the_default_properties(read: Read) -> None:
    """What a review needs must be asked for."""
    reader = read()
    plain = reader.get("/users").json()["value"][0]
    chosen = reader.get("/users?$select=id,accountEnabled,createdDateTime").json()["value"][0]

    assert "displayName" in plain
    assert "accountEnabled" not in plain
    assert set(chosen) == {"id", "accountEnabled", "createdDateTime"}


def test_an_unknown_property_is_refused(read: Read) -> None:
    """A typing error in a connector shows at once."""
    reader = read()

    assert reader.refusal("/users?$select=id,verzonnen")[0] == 400
    assert reader.refusal(f"{SIGN_INS}?$select=id")[0] == 400


def test_sign_ins_are_filtered_on_their_time(read: Read, board: Board) -> None:
    """The bounds are part of the window."""
    newest, oldest = board.sign_ins[10].at, board.sign_ins[200].at
    text = f"createdDateTime ge {oldest:%Y-%m-%dT%H:%M:%SZ} and createdDateTime le {newest:%Y-%m-%dT%H:%M:%SZ}"

    found = {row["id"] for row in read().rows(f"{SIGN_INS}?$filter={text}")}

    assert found == {row.id for row in board.sign_ins if oldest <= row.at <= newest}


@pytest.mark.parametrize(
    "text",
    [
        "createdDateTime gt 2026-11-20T06:00:00Z",
        "createdDateTime ge '2026-11-20T06:00:00Z'",
        "createdDateTime ge 2026-10-01T06:00:00Z",
        "userId eq 'verzonnen' or true",
    ],
)
def test_a_filter_that_graph_does_not_take_is_refused(read: Read, text: str) -> None:
    """No gt, no quotes, and nothing from before the thirty days that are kept."""
    assert read().refusal(f"{SIGN_INS}?$filter={text}") == (400, "BadRequest")


def test_accounts_are_filtered_on_id_and_on_being_enabled(read: Read, board: Board) -> None:
    """The two plain filters."""
    reader = read()
    someone = board.users[7]["id"]

    assert [row["id"] for row in reader.rows(f"/users?$filter=id eq '{someone}'")] == [someone]
    off = reader.rows("/users?$filter=accountEnabled eq false&$select=id,accountEnabled")
    assert len(off) == sum(not user["accountEnabled"] for user in board.users)
    assert reader.refusal("/users?$filter=startswith(id,'a')")[0] == 400


def test_a_sign_in_after_the_clock_does_not_exist_yet(read: Read, board: Board) -> None:
    """Time passes at the board, and the log fills."""
    moment = board.sign_ins[300].at
    reader = read(clock=lambda: moment)

    ids = {row["id"] for row in reader.rows(SIGN_INS)}

    assert ids == {row.id for row in board.sign_ins if row.at <= moment}


# ---------------------------------------------------------------- throttling and faults


def test_reports_share_a_limit_and_say_how_long_to_wait(read: Read) -> None:
    """Sign-ins and the registration report draw from one budget; users do not."""
    reader = read(reporting_limit=(3, 0.4))
    paths = [SIGN_INS, REPORT, SIGN_INS]
    first = [reader.get(path).status_code for path in paths]
    refused = reader.get(REPORT)
    other = reader.get("/users").status_code
    time.sleep(0.45)

    assert (first, refused.status_code, other) == ([200] * 3, 429, 200)
    assert refused.headers["Retry-After"] == "1"
    assert refused.json()["error"]["code"] == "UnknownError"
    assert reader.get(REPORT).status_code == 200


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("throttled", 429),
        ("malformed_retry_after", 429),
        ("unavailable", 503),
        ("gateway_timeout", 504),
        ("forbidden_permission", 403),
        ("forbidden_licence", 403),
        ("expired_token", 401),
    ],
)
def test_a_fault_happens_when_the_script_says_so(read: Read, kind: str, status: int) -> None:
    """After one request that goes well, as often as asked, and on that path only."""
    reader = read()
    reader.microsoft.faults.add(Fault(kind, path="/users", after=1, times=2))

    statuses = [reader.get("/users").status_code for _ in range(4)]

    assert statuses == [200, status, status, 200]
    assert reader.get("/groups").status_code == 200


def test_a_truncated_answer_ends_before_its_length(read: Read) -> None:
    """The client sees that the body is too short, not a shorter list."""
    reader = read()
    reader.microsoft.faults.add(Fault("truncated", path="/users"))

    with pytest.raises(requests.exceptions.RequestException):
        reader.get("/users")
    assert reader.get("/users").status_code == 200


def test_links_and_bodies_can_be_hostile(read: Read) -> None:
    """A link to elsewhere, a link to itself, an answer without rows, an answer that is no JSON."""
    reader = read()
    evil = "https://elders.example/v1.0/users"
    reader.microsoft.faults.add(Fault("hostile_link", path="/groups", link=evil))
    for kind in ("repeated_link", "no_value", "not_json"):
        reader.microsoft.faults.add(Fault(kind, path="/groups"))

    hostile, repeated, empty, text = (reader.get("/groups?$top=5") for _ in range(4))

    assert hostile.json()["@odata.nextLink"] == evil
    assert repeated.json()["@odata.nextLink"] == f"{reader.microsoft.graph}/v1.0/groups?$top=5"
    assert "value" not in empty.json()
    assert text.text.startswith("<html>")


def test_an_unknown_fault_is_refused() -> None:
    """A script with a typing error tests nothing."""
    with pytest.raises(ValueError, match="unknown fault"):
        Fault("trhottled")


def test_answers_carry_the_ids_of_request_and_client(read: Read) -> None:
    """With these two a client can ask Microsoft what happened."""
    answer = read().get("/users", **{"client-request-id": "mijn-vraag"})

    assert answer.headers["client-request-id"] == "mijn-vraag"
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["request-id"])
    assert answer.headers["Content-Encoding"] == "gzip"


def test_requests_are_remembered_without_tokens(read: Read) -> None:
    """Tests ask afterwards what was asked; a token is in no log."""
    reader = read()
    reader.get("/users?$select=id")

    assert reader.microsoft.requests[-1].path == "/v1.0/users?$select=id"
    assert reader.token not in json.dumps(reader.microsoft.requests)


# ---------------------------------------------------------------- the mailbox


def hand_over(microsoft: Microsoft, subject: str, password: str = "") -> None:
    """Send a mail as ibpmon does: verified STARTTLS, name and password."""
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, microsoft.smtp.user, "ict@verzonnenwaaier.example"
    mail.set_content("Er is één nieuwe melding.\n")
    with smtplib.SMTP(microsoft.smtp.host, microsoft.smtp.port, timeout=5) as client:
        client.starttls(context=ssl.create_default_context(cafile=str(microsoft.ca)))
        client.login(microsoft.smtp.user, password or microsoft.smtp.password)
        client.send_message(mail)


def test_a_mail_becomes_a_file_with_a_safe_name(start: Start) -> None:
    """A subject never decides where a file goes."""
    microsoft = start()
    hand_over(microsoft, "ibpmon: 3 nieuwe meldingen")
    hand_over(microsoft, "../../Één 🦄 map")

    assert [mail.name for mail in microsoft.mailbox.mails] == [
        "0001-ibpmon-3-nieuwe-meldingen.eml",
        "0002-een-map.eml",
    ]
    assert b"nieuwe melding." in microsoft.mailbox.mails[0].read_bytes()


def test_a_wrong_password_is_refused(start: Start) -> None:
    """Nobody hands over mail without a password."""
    with pytest.raises(smtplib.SMTPAuthenticationError):
        hand_over(start(), "Verkeerd", password="verkeerd")


def test_a_certificate_that_is_not_trusted_is_refused(start: Start) -> None:
    """Without the right authority the client breaks off."""
    microsoft = start()

    with (
        smtplib.SMTP(microsoft.smtp.host, microsoft.smtp.port, timeout=5) as client,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        client.starttls(context=ssl.create_default_context())


def test_mail_can_be_refused_for_now_or_for_good(start: Start) -> None:
    """A 4xx may go well later, a 5xx will not; after the script it goes well again."""
    microsoft = start()
    microsoft.mailbox.reject(451)
    microsoft.mailbox.reject(550)

    for code in (451, 550):
        with pytest.raises(smtplib.SMTPDataError) as refused:
            hand_over(microsoft, "Geweigerd")
        assert refused.value.smtp_code == code
    hand_over(microsoft, "Aangenomen")
    assert len(microsoft.mailbox.mails) == 1


def test_starttls_can_be_taken_away(start: Start) -> None:
    """As on a tampered connection: who goes on without it sends the password in the clear."""
    microsoft = start()
    microsoft.mailbox.drop_starttls()

    with pytest.raises(smtplib.SMTPNotSupportedError):
        hand_over(microsoft, "Onveilig")
    hand_over(microsoft, "Veilig")
    assert len(microsoft.mailbox.mails) == 1


def test_a_mailbox_whose_port_was_taken_takes_another_and_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may be first; what was left open by the first try would be found much later, by another test."""
    monkeypatch.setenv("AIOSMTPD_CONTROLLER_TIMEOUT", "1")
    mailbox = Mailbox(tmp_path / "mail", ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), "geheim")
    first, loop = mailbox.smtp.port, mailbox._controller.loop
    with socket.socket() as other:
        other.bind(("127.0.0.1", first))
        other.listen()
        mailbox.start()
    mailbox.stop()
    assert mailbox.smtp.port != first
    assert loop.is_closed()
