"""Only reading: whatever asks the session for more, nothing leaves this machine."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ibpmon.providers.allowed import allowed, is_batch_of_reads
from ibpmon.providers.session import NotAllowed, Session
from ibpmon.providers.troubles import trouble
from tests.conftest import TENANT
from tests.odd import Odd, OddHandler, serving

MAILBOX = "ibpmon@verzonnenwaaier.example"
READ = {"id": "1", "method": "GET", "url": "/users"}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Odd]:
    """A server that answers everything and remembers that it was asked."""
    with serving(tmp_path_factory.mktemp("odd")) as server:
        server.behaviour = Always(lambda handler: handler.reply(200, b"{}"))
        yield server


class Always(dict[str, Callable[[OddHandler], None]]):
    """The same behaviour for every path."""

    def __init__(self, behaviour: Callable[[OddHandler], None]) -> None:
        super().__init__()
        self.behaviour = behaviour

    def __getitem__(self, path: str) -> Callable[[OddHandler], None]:
        return self.behaviour


@pytest.fixture
def session(odd: Odd) -> Iterator[Session]:
    """The session that every client has, with a mailbox."""
    odd.seen.clear()
    with Session([odd.root], ca=odd.ca, mailbox=MAILBOX) as opened:
        yield opened


def batch(*asks: Any, **more: Any) -> bytes:
    """The body of a batch as it goes over the wire."""
    return json.dumps({"requests": list(asks), **more}, separators=(",", ":")).encode()


# ---------------------------------------------------------------- what may leave


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1.0/users?$top=5", None),
        ("GET", f"/{TENANT}/v2.0/.well-known/openid-configuration", None),
        ("POST", "/v1.0/$batch", batch(READ)),
        ("POST", "/beta/$batch", batch(*(READ | {"id": str(number)} for number in range(20)))),
        ("POST", "/v1.0/$batch", batch(READ | {"headers": {"Prefer": "a", "ConsistencyLevel": "eventual"}})),
        ("POST", f"/{TENANT}/oauth2/v2.0/token", b"grant_type=client_credentials"),
        ("POST", "/auth/oauth/token", b"grant_type=password"),
        ("POST", f"/v1.0/users/{MAILBOX}/sendMail", b"{}"),
        ("POST", f"/v1.0/users/{MAILBOX.replace('@', '%40')}/sendMail", b"{}"),
        ("POST", "/v1.0/security/auditLog/queries", b"{}"),
        ("POST", "/beta/security/auditLog/queries", b"{}"),
    ],
)
def test_reads_sign_ins_our_own_mail_and_a_query_leave(
    odd: Odd, session: Session, method: str, path: str, body: bytes | None
) -> None:
    """This is the whole list."""
    assert session.request(method, odd.root + path, data=body).status_code == 200
    assert len(odd.seen) == 1


# ---------------------------------------------------------------- what may not

POSTS = [
    "/v1.0/users",
    "/v1.0/users/anna@school.example/sendMail",
    f"/v1.0/users/{MAILBOX}/sendMail/",
    f"/v1.0/users/{MAILBOX}/messages",
    f"/beta/users/{MAILBOX}/sendMail",
    f"/v1.0/users/{MAILBOX}/sendMail?x=y",
    f"/v1.0/users/x/../{MAILBOX}/../anna@school.example/sendMail",
    "/v1.0/groups/1/members/$ref",
    "/v1.0/security/auditLog/queries/1",
    "/v1.0/security/auditLog/queries?x=y",
    "/v1.0/security/alerts_v2",
    "/v1.0/$batch/",
    "/v1.0/$batch?$method=PATCH",
    "/v2.0/$batch",
    "/sites/x/_api/$batch",
    "/sites/x/_api/contextinfo",
    "/sites/x/_api/web/roleassignments/addroleassignment(principalid=1,roledefid=2)",
    f"/{TENANT}/oauth2/v2.0/devicecode",
    f"/{TENANT}/oauth2/token",
    f"/{TENANT}/oauth2/v2.0/token/x",
    f"/{TENANT}/oauth2/v2.0/token?x=y",
    "/common/oauth2/v2.0/token",
    "/auth/oauth/revoke",
    "/api/v2/device/1/quickjob",
]


@pytest.mark.parametrize("path", POSTS)
def test_no_other_post_leaves(odd: Odd, session: Session, path: str) -> None:
    """Not elsewhere, and not where it may go with something added to it."""
    with pytest.raises(NotAllowed):
        session.post(odd.root + path, data=batch(READ))
    assert odd.seen == []


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "MERGE", "HEAD", "OPTIONS", "BATCH", "GET "])
@pytest.mark.parametrize("path", ["/v1.0/users/1", "/v1.0/$batch", f"/v1.0/users/{MAILBOX}/sendMail"])
def test_no_other_method_leaves(odd: Odd, session: Session, method: str, path: str) -> None:
    """Nowhere, not even where a post may go."""
    with pytest.raises(NotAllowed):
        session.request(method, odd.root + path, data=batch(READ))
    assert odd.seen == []


@pytest.mark.parametrize("name", ["X-HTTP-Method", "x-http-method-override", "X-Method-Override", "X-RequestDigest"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_request_in_disguise_leaves(odd: Odd, session: Session, method: str, name: str) -> None:
    """SharePoint takes a POST with such a header for a DELETE."""
    with pytest.raises(NotAllowed):
        session.request(method, f"{odd.root}/v1.0/$batch", data=None, headers={name: "DELETE"})
    session.headers[name] = "DELETE"
    with pytest.raises(NotAllowed):
        session.get(f"{odd.root}/v1.0/users")
    assert odd.seen == []


def test_a_get_with_a_body_does_not_leave(odd: Odd, session: Session) -> None:
    """No read of ours has one."""
    for body in (b"x", iter([b"x"])):
        with pytest.raises(NotAllowed):
            session.get(f"{odd.root}/v1.0/users", data=body)
    assert odd.seen == []


def test_a_request_that_is_prepared_elsewhere_does_not_leave(odd: Odd, session: Session) -> None:
    """The lock is on the door itself, not on the way to it."""
    prepared = requests.Request("DELETE", f"{odd.root}/v1.0/users/1").prepare()
    with pytest.raises(NotAllowed):
        session.send(prepared)
    prepared = requests.Request("GET", "https://evil.example/v1.0/users").prepare()
    with pytest.raises(requests.exceptions.InvalidURL):
        session.send(prepared)
    assert odd.seen == []


def test_a_session_without_a_mailbox_sends_no_mail(odd: Odd) -> None:
    """The clients that collect have none."""
    odd.seen.clear()
    with Session([odd.root], ca=odd.ca) as session, pytest.raises(NotAllowed):
        session.post(f"{odd.root}/v1.0/users/{MAILBOX}/sendMail", data=b"{}")
    with Session([odd.root], ca=odd.ca) as session, pytest.raises(NotAllowed):
        session.post(f"{odd.root}/v1.0/users//sendMail", data=b"{}")
    assert odd.seen == []


def test_a_session_of_a_webhook_lets_out_one_post_to_that_address_and_nothing_else(odd: Odd) -> None:
    """It holds no token, but its address is a secret, and what goes there is read by people."""
    odd.seen.clear()
    webhook = f"{odd.root}/workflows/0/invoke?sp=%2Ftriggers%2Fmanual&sig=a_b-c"
    with Session([webhook], ca=odd.ca, webhook=webhook) as session:
        session.post(webhook, data=b"{}")
        assert len(odd.seen) == 1
        for method, url in (
            ("GET", webhook), ("PUT", webhook), ("POST", webhook + "x"), ("POST", webhook.partition("?")[0]),
            ("POST", f"{odd.root}/v1.0/$batch"), ("POST", f"{odd.root}/v1.0/users/{MAILBOX}/sendMail"),
        ):  # fmt: skip
            with pytest.raises(NotAllowed):
                session.request(method, url, data=batch(READ))
    assert len(odd.seen) == 1


BATCHES: list[bytes | str | None] = [
    None,
    b"",
    b"[]",
    b"{}",
    b"{",
    batch(),
    batch(READ, more=1),
    batch(*(READ | {"id": str(number)} for number in range(21))),
    batch(READ | {"method": "POST"}),
    batch(READ | {"method": "get"}),
    batch(READ, READ | {"id": "2", "method": "DELETE"}),
    batch(READ | {"body": {}}),
    batch(READ | {"Body": {}}),
    batch(READ | {"dependsOn": ["1"]}),
    batch({"id": "1", "url": "/users"}),
    batch("GET /users"),
    batch(READ | {"url": "https://graph.microsoft.com/v1.0/users"}),
    batch(READ | {"url": "//evil.example/users"}),
    batch(READ | {"url": "users"}),
    batch(READ | {"url": "/users/../groups"}),
    batch(READ | {"url": "/users/%2e%2e/groups"}),
    batch(READ | {"url": "/users/a\\b"}),
    batch(READ | {"url": "/users/a b"}),
    batch(READ | {"url": "/users#x"}),
    batch(READ | {"url": "/$batch"}),
    batch(READ | {"url": "/%24b%61tch"}),
    batch(READ | {"url": 5}),
    batch(READ | {"id": 5}),
    batch(READ | {"headers": {"X-HTTP-Method": "DELETE"}}),
    batch(READ | {"headers": {"Content-Type": "application/json"}}),
    batch(READ | {"headers": {"Prefer": 5}}),
    batch(READ | {"headers": []}),
    b'{"requests":[' + batch(READ)[13:-2] + b'],"requests":[' + batch(READ | {"method": "POST"})[13:-2] + b"]}",
    b'{"requests":[' + batch(READ | {"method": "POST"})[13:-2] + b'],"requests":[' + batch(READ)[13:-2] + b"]}",
    b'{"requests":[{"id":"1","method":"POST","method":"GET","url":"/users"}]}',
    b"\xef\xbb\xbf" + batch(READ),
    b"[" * 100_000,
]


@pytest.mark.parametrize("body", BATCHES, ids=range(len(BATCHES)))
def test_no_batch_leaves_that_holds_anything_but_plain_reads(odd: Odd, session: Session, body: bytes | None) -> None:
    """Nor one that two readers could take in two ways."""
    with pytest.raises(NotAllowed):
        session.post(f"{odd.root}/v1.0/$batch", data=body)
    assert odd.seen == []


def test_a_body_that_is_made_on_the_way_is_no_batch() -> None:
    """What cannot be looked at cannot be allowed."""
    assert not is_batch_of_reads(iter([batch(READ)]))
    assert not allowed("POST", None, b"", {})


def test_what_was_held_back_is_told_and_not_tried_again(tmp_path: Path) -> None:
    """It is a mistake of ours, and says so."""
    error = trouble(NotAllowed(), "https://graph.microsoft.com")
    assert type(error).__name__ == "SourceError"
    assert all(error.told(lambda text: text))
