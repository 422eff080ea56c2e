"""The ways of mail: TLS of both kinds, passwords and tokens, Graph; and what may have arrived is told apart."""

import base64
import json
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
from sqlalchemy import select

from ibpmon.config import Config, Mail, load
from ibpmon.demo.microsoft import Fault
from ibpmon.demo.microsoft.mailbox import Mailbox, free_port
from ibpmon.store.database import Store
from ibpmon.store.tables import Outbox
from ibpmon.tell import outbox
from ibpmon.tell.outbox import BEFORE_REPEAT, Delivery, Draft, deliver, enqueue, new_message_id, pause
from ibpmon.tell.transports import Letter, Smtp, smtp, to_bytes, ways
from tests.conftest import APP, MONDAY, PERMISSIONS, OpenStore, Tenant

pytestmark = pytest.mark.usefixtures("english")

SENDER, READER = "ibpmon@verzonnenwaaier.example", "ict@verzonnenwaaier.example"
PASSWORD = "geheim-van-de-waaier"
AGAIN = MONDAY + BEFORE_REPEAT + timedelta(seconds=30)
MUCH_LATER = AGAIN + timedelta(days=2)
SUBMITTING = "Outlook:SMTP.SendAsApp"


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """An empty store."""
    return open_database([])


@pytest.fixture(scope="session")
def own_authority() -> trustme.CA:
    """The certificate authority of the mail server."""
    return trustme.CA()


Opened = Callable[..., Mailbox]


@pytest.fixture
def mail_server(tmp_path: Path, own_authority: trustme.CA) -> Iterator[Opened]:
    """Starts a real mail server on this machine: with STARTTLS, or with TLS from the start."""
    opened = list[Mailbox]()

    def opening(name: str = "localhost", *, implicit: bool = False) -> Mailbox:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        own_authority.issue_cert(name).configure_cert(context)
        opened.append(Mailbox(tmp_path / f"mails-{len(opened)}", context, PASSWORD, implicit=implicit))
        opened[-1].start()
        return opened[-1]

    own_authority.cert_pem.write_to_path(str(tmp_path / "own-ca.pem"))
    (tmp_path / "password.txt").touch(mode=0o600)
    (tmp_path / "password.txt").write_text(PASSWORD)
    yield opening
    for one in opened:
        one.stop()


def settings(folder: Path, box: Mailbox, **changed: object) -> Mail:
    """The configuration of that server."""
    right: dict[str, object] = {
        "from": SENDER, "host": box.smtp.host, "port": box.smtp.port, "user": box.smtp.user,
        "password": folder / "password.txt", "ca": folder / "own-ca.pem", "to": {"it": (READER,)},
    }  # fmt: skip
    return Mail.model_validate(right | changed)


def put(store: Store, count: int = 1, draft: Draft | None = None) -> None:
    """Mails in the outbox."""
    with store.write() as session:
        for n in range(1, count + 1):
            enqueue(
                session, store, draft or Draft("alert", f"hoog: {n}", "tekst", "<p>html</p>"), SENDER, [READER], MONDAY
            )


def rows(store: Store) -> list[Outbox]:
    """The outbox."""
    with store.read() as session:
        return list(session.scalars(select(Outbox).order_by("mail_id")))


def received(mailbox: Mailbox) -> list[EmailMessage]:
    """What the server took."""
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in mailbox.mails]


def numbers(delivery: Delivery) -> tuple[int, int, int, int]:
    """Sent, failed, waiting, uncertain."""
    return delivery.sent, delivery.failed, delivery.waiting, delivery.uncertain


def reason(delivery: Delivery) -> str:
    """What went wrong, why and what to do."""
    return "\n".join(delivery.problem.told(str)) if delivery.problem else ""


# ---- TLS from the start


def test_a_mail_goes_out_over_tls_from_the_start(store: Store, tmp_path: Path, mail_server: Opened) -> None:
    """Port 465: what some providers want, and what nobody on the way can strip."""
    box = mail_server(implicit=True)
    put(store)

    assert numbers(deliver(store, Smtp(settings(tmp_path, box, tls="implicit")), MONDAY)) == (1, 0, 0, 0)
    assert received(box)[0]["Message-ID"] == rows(store)[0].message_id


@pytest.mark.parametrize(
    ("changed", "certified", "said"),
    [
        ({"ca": None}, "localhost", "certificate cannot be verified"),
        ({}, "elders.example", "certificate cannot be verified"),
        ({"tls": "starttls"}, "localhost", "there is no connection"),
    ],
    ids=["unknown authority", "certificate of another", "wrong kind of TLS"],
)
def test_a_server_with_tls_from_the_start_is_verified_as_well(
    store: Store, tmp_path: Path, mail_server: Opened, monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, object], certified: str, said: str,
) -> None:  # fmt: skip
    """Not one byte of a mail or a password to somebody who answers in the server's place."""
    monkeypatch.setattr(smtp, "TIMEOUT", 1)
    box = mail_server(certified, implicit=True)
    put(store)

    delivery = deliver(store, Smtp(settings(tmp_path, box, **{"tls": "implicit", **changed})), MONDAY)

    assert numbers(delivery) == (0, 0, 1, 0)
    assert said in reason(delivery)
    assert received(box) == []


def test_tls_from_the_start_on_a_port_of_starttls_says_which_belong_together(
    store: Store, tmp_path: Path, mail_server: Opened
) -> None:
    """The error of the library is a riddle (wrong version number)."""
    put(store)

    delivery = deliver(store, Smtp(settings(tmp_path, mail_server(), tls="implicit")), MONDAY)

    assert numbers(delivery) == (0, 0, 1, 0)
    assert "starttls with 587, implicit with 465" in reason(delivery)


def test_each_kind_of_tls_has_its_own_port() -> None:
    """Who leaves the port out means the usual one."""
    mail: dict[str, Any] = {"from": SENDER, "host": "smtp.example", "to": {"it": ["ict@x.example"]}}

    assert Mail.model_validate(mail).port == 587
    assert Mail.model_validate(mail | {"tls": "implicit"}).port == 465
    assert Mail.model_validate(mail | {"tls": "implicit", "port": 2465}).port == 2465


# ---- may have arrived


@pytest.mark.parametrize("implicit", [False, True])
@pytest.mark.parametrize("kept", [True, False])
def test_a_line_that_breaks_before_the_250_makes_a_mail_uncertain_and_it_goes_once_more(
    store: Store, tmp_path: Path, mail_server: Opened, kept: bool, implicit: bool
) -> None:
    """Nobody can know whether it was taken: it comes once more, under the same number, and says so."""
    box = mail_server(implicit=implicit)
    way = Smtp(settings(tmp_path, box, tls="implicit" if implicit else "starttls"))
    put(store, 2)
    box.hang_up(kept=kept)

    first = deliver(store, way, MONDAY)
    row = rows(store)[0]
    assert numbers(first) == (1, 0, 1, 1)
    assert "may have taken the mail, or not" in reason(first)
    assert (row.state, row.repeats) == ("uncertain", 0)
    assert numbers(deliver(store, way, MONDAY + timedelta(minutes=1), at_once=True)) == (0, 0, 1, 0)
    second = deliver(store, way, AGAIN)

    assert (numbers(second), second.repeated) == ((1, 0, 0, 0), 1)
    mine = [mail for mail in received(box) if mail["Message-ID"] == row.message_id]
    assert [mail["X-Ibpmon-Repeat"] for mail in mine] == ([None, "1"] if kept else ["1"])
    assert (rows(store)[0].state, rows(store)[0].repeats, rows(store)[0].error) == ("sent", 1, "")


def test_a_repeat_that_is_uncertain_too_is_left_to_a_person(store: Store, tmp_path: Path, mail_server: Opened) -> None:
    """Else a server that never confirms would get the mail for ever."""
    box = mail_server()
    way = Smtp(settings(tmp_path, box))
    put(store)
    box.hang_up(9)

    outcomes = [numbers(deliver(store, way, at, at_once=True)) for at in (MONDAY, AGAIN, MUCH_LATER)]

    assert outcomes == [(0, 0, 1, 1), (0, 0, 0, 1), (0, 0, 0, 0)]
    assert len(received(box)) == 2
    assert (rows(store)[0].state, rows(store)[0].try_after) == ("uncertain", None)
    assert outbox.given_up(store) == 1


def test_a_server_that_looks_into_a_mail_for_long_is_waited_for(
    store: Store, tmp_path: Path, mail_server: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A virus scanner takes longer than any other answer; giving up would send the mail twice."""
    monkeypatch.setattr(smtp, "TIMEOUT", 1)
    box = mail_server()
    put(store)
    box.dawdle(2)

    assert numbers(deliver(store, Smtp(settings(tmp_path, box)), MONDAY)) == (1, 0, 0, 0)


def test_a_server_that_never_answers_makes_a_mail_uncertain(
    store: Store, tmp_path: Path, mail_server: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wait has an end."""
    monkeypatch.setattr(smtp, "PATIENCE", 0.3)
    box = mail_server()
    put(store)
    box.dawdle(1)

    assert numbers(deliver(store, Smtp(settings(tmp_path, box)), MONDAY)) == (0, 0, 1, 1)


# ---- tokens


def with_token(tenant: Tenant, **changed: object) -> Config:
    """The configuration in which the app registration signs in at the mail server."""
    config = load(tenant.config)
    values = {"auth": "xoauth2", "password": None, "user": None} | changed
    return config.model_copy(update={"mail": config.mail.model_copy(update=values)})


def allow(tenant: Tenant, *more: str, mailbox: str = SENDER) -> None:
    """Give the app registration these rights, and Exchange's for one mailbox."""
    tenant.microsoft.register(APP, secret="correct-horse", permissions=[*PERMISSIONS, *more], mailboxes=[mailbox])


def test_a_mail_goes_out_with_a_token_instead_of_a_password(store: Store, tenant: Tenant) -> None:
    """Exchange Online leaves passwords behind."""
    allow(tenant, SUBMITTING)
    put(store, 2)

    with ways(with_token(tenant)) as found:
        assert numbers(deliver(store, found, MONDAY)) == (2, 0, 0, 0)
    assert len(received(tenant.microsoft.mailbox)) == 2


@pytest.mark.parametrize("challenge", [True, False])
@pytest.mark.parametrize(("permission", "mailbox"), [("Mail.Send", SENDER), (SUBMITTING, "anna@elders.example")])
def test_a_token_that_is_refused_is_told_with_what_to_do(
    store: Store, tenant: Tenant, caplog: pytest.LogCaptureFixture, permission: str, mailbox: str, challenge: bool
) -> None:
    """The server's own reason, if it gives one, and both rights that it takes; never the token."""
    tenant.microsoft.mailbox.challenge = challenge
    allow(tenant, permission, mailbox=mailbox)
    put(store)

    with ways(with_token(tenant)) as found:
        delivery = deliver(store, found, MONDAY)

    assert numbers(delivery) == (0, 0, 1, 0)
    assert "refuses the token for ibpmon@verzonnenwaaier.example (535" in reason(delivery)
    assert ("status 401" in reason(delivery)) is challenge
    assert "SMTP.SendAsApp" in reason(delivery)
    assert "eyJ" not in reason(delivery) + rows(store)[0].error + caplog.text
    allow(tenant, SUBMITTING)
    with ways(with_token(tenant)) as found:
        assert numbers(deliver(store, found, MONDAY, at_once=True)) == (1, 0, 0, 0)


def test_without_a_token_the_mail_waits(store: Store, tenant: Tenant) -> None:
    """A secret that was renewed in Entra and not here."""
    tenant.hand_out_secret("something-else")
    put(store)

    with ways(with_token(tenant)) as found:
        delivery = deliver(store, found, MONDAY)

    assert numbers(delivery) == (0, 0, 1, 0)
    assert "the client secret is wrong" in reason(delivery)


# ---- Graph


def through_graph(tenant: Tenant, **changed: object) -> Config:
    """The configuration in which mail goes through Graph."""
    config = load(tenant.config)
    values = {"through": "graph", "host": ""} | changed
    return config.model_copy(update={"mail": config.mail.model_copy(update=values)})


def by_graph(store: Store, tenant: Tenant, at: Any = MONDAY, **changed: object) -> Delivery:
    """One round of sending."""
    with ways(through_graph(tenant, **changed), store) as found:
        return deliver(store, found, at)


def posts(tenant: Tenant) -> int:
    """How many mails were offered to Graph."""
    return sum(one.path.endswith("/sendMail") for one in tenant.microsoft.requests)


def test_a_mail_through_graph_keeps_its_number_its_thread_and_both_its_forms(store: Store, tenant: Tenant) -> None:
    """Graph's own form of a message knows none of these; the mail goes as it was written."""
    allow(tenant)
    put(store, draft=Draft("alert", "hoog: é", "tekst é", "<p>html é</p>", references=("<1-a.b@c.example>",)))

    assert numbers(by_graph(store, tenant)) == (1, 0, 0, 0)

    (mail,) = received(tenant.microsoft.mailbox)
    assert mail["Message-ID"] == rows(store)[0].message_id
    assert (mail["References"], mail["In-Reply-To"]) == ("<1-a.b@c.example>", "<1-a.b@c.example>")
    assert (mail["From"], mail["To"], mail["Subject"]) == (SENDER, READER, "hoog: é")
    assert [part.get_content().strip() for part in mail.iter_parts()] == ["tekst é", "<p>html é</p>"]


@pytest.mark.parametrize(
    ("kind", "arrived"),
    [("done_but_timeout", True), ("reset", True), ("gateway_timeout", False)],
)
def test_a_mail_that_graph_may_have_taken_is_uncertain_and_goes_once_more(
    store: Store, tenant: Tenant, kind: str, arrived: bool
) -> None:
    """50 of 50: the client itself never sends such a mail again, the outbox does so once, marked, under its number."""
    allow(tenant)
    put(store, 50)
    tenant.microsoft.faults.add(Fault(kind, path="/sendMail", times=50))

    first = by_graph(store, tenant)
    assert numbers(first) == (0, 0, 50, 50)
    assert posts(tenant) == 50
    assert {row.state for row in rows(store)} == {"uncertain"}
    second = by_graph(store, tenant, AGAIN)

    assert (numbers(second), second.repeated) == ((50, 0, 0, 0), 50)
    assert posts(tenant) == 100
    mails = received(tenant.microsoft.mailbox)
    assert len(mails) == (100 if arrived else 50)
    assert {mail["Message-ID"] for mail in mails} == {row.message_id for row in rows(store)}
    assert sum(mail["X-Ibpmon-Repeat"] == "1" for mail in mails) == sum(row.repeats for row in rows(store)) == 50


def test_a_repeat_through_graph_that_is_uncertain_too_is_left_to_a_person(store: Store, tenant: Tenant) -> None:
    """Once more, and not for ever."""
    allow(tenant)
    put(store)
    tenant.microsoft.faults.add(Fault("done_but_timeout", path="/sendMail", times=9))

    for at in (MONDAY, AGAIN, MUCH_LATER):
        by_graph(store, tenant, at)

    assert posts(tenant) == 2
    assert outbox.given_up(store) == 1


@pytest.mark.parametrize("kind", ["throttled", "unavailable"])
def test_as_long_as_graph_asks_every_mail_waits(store: Store, tenant: Tenant, kind: str) -> None:
    """What is refused counts in the limit as well: the other mails are not even offered."""
    allow(tenant)
    put(store, 3)
    tenant.microsoft.faults.add(Fault(kind, path="/sendMail", retry_after=300))

    assert numbers(by_graph(store, tenant)) == (0, 0, 3, 0)
    assert numbers(by_graph(store, tenant, MONDAY + timedelta(seconds=290))) == (0, 0, 3, 0)
    assert posts(tenant) == 1
    assert numbers(by_graph(store, tenant, MONDAY + timedelta(seconds=310))) == (3, 0, 0, 0)
    assert len(received(tenant.microsoft.mailbox)) == 3


def test_without_the_right_mails_wait_and_the_fix_is_told(store: Store, tenant: Tenant) -> None:
    """Exchange takes up to two hours to know of a role: no mail may be given up in the meantime."""
    put(store, 2)

    delivery = by_graph(store, tenant)

    assert numbers(delivery) == (0, 0, 2, 0)
    assert "may not send from this mailbox (403 ErrorAccessDenied)" in reason(delivery)
    assert "Application Mail.Send" in reason(delivery)
    allow(tenant)
    assert numbers(by_graph(store, tenant, AGAIN)) == (2, 0, 0, 0)


def test_an_address_that_graph_does_not_take_is_refused_for_good(store: Store, tenant: Tenant) -> None:
    """One wrong address; the other mails go."""
    allow(tenant)
    put(store, 2)
    tenant.microsoft.mailbox.reject(550)

    delivery = by_graph(store, tenant)

    assert numbers(delivery) == (1, 1, 0, 0)
    assert "400 ErrorInvalidRecipients" in reason(delivery)
    assert "[mail.to]" in reason(delivery)


def test_a_sender_without_a_mailbox_is_told(store: Store, tenant: Tenant) -> None:
    """A typing mistake in mail.from."""
    allow(tenant, "Mail.Send")
    put(store)

    delivery = by_graph(store, tenant, sender="niemand@verzonnenwaaier.example")

    assert numbers(delivery) == (0, 0, 1, 0)
    assert "there is no such mailbox (404 ErrorInvalidUser)" in reason(delivery)


def test_a_token_that_ran_out_is_replaced_and_the_mail_goes_once(store: Store, tenant: Tenant) -> None:
    """With a token that is refused nothing was taken: asking again is safe."""
    allow(tenant)
    put(store)
    tenant.microsoft.faults.add(Fault("expired_token", path="/sendMail"))

    assert numbers(by_graph(store, tenant)) == (1, 0, 0, 0)
    assert (posts(tenant), len(received(tenant.microsoft.mailbox))) == (2, 1)


def test_a_graph_that_cannot_be_reached_makes_no_mail_uncertain(store: Store, tenant: Tenant) -> None:
    """What never left was not taken."""
    put(store)
    gone = f"https://localhost:{free_port()}"
    config = through_graph(tenant)
    config = config.model_copy(update={"tenant": config.tenant.model_copy(update={"graph": gone})})

    with ways(config, store) as found:
        delivery = deliver(store, found, MONDAY)

    assert numbers(delivery) == (0, 0, 1, 0)
    assert "nothing listens there" in reason(delivery)


def test_only_the_client_of_mail_can_send_mail(tenant: Tenant) -> None:
    """Those that read are held back by the lock on the door, and the one of mail has one mailbox."""
    from ibpmon.providers import connect, connect_mail
    from ibpmon.providers.sending import PerhapsSent

    allow(tenant, "Mail.Send")
    config = through_graph(tenant)
    with connect(config.tenant) as reading, pytest.raises(Exception, match="did not send a request"):
        reading.send_mail(SENDER, b"x")
    with connect_mail(config) as sending, pytest.raises(Exception, match="did not send a request") as held:
        sending.send_mail("anna@verzonnenwaaier.example", b"x")
    assert not isinstance(held.value, PerhapsSent)
    assert posts(tenant) == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"geen base64!", 400, "ErrorMimeContentInvalidBase64String"),
        (base64.b64encode(b"Subject: x\r\n\r\nx"), 400, "ErrorInvalidRecipients"),
        (base64.b64encode(b"From: a@elders.example\r\nTo: b@x.example\r\n\r\nx"), 403, "ErrorSendAsDenied"),
    ],
)
def test_the_simulation_refuses_a_mail_that_graph_would_refuse(
    tenant: Tenant, body: bytes, status: int, code: str
) -> None:
    """What the double takes and Microsoft does not would fail at the board only."""
    allow(tenant)
    token = tenant.microsoft.identity.sign(APP)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"}
    url = f"{tenant.microsoft.graph}/v1.0/users/{SENDER}/sendMail"

    answer = requests.post(url, data=body, headers=headers, verify=str(tenant.microsoft.ca), timeout=5)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not tenant.microsoft.mailbox.mails


# ---- the thread of a mail


def test_a_mail_of_a_thread_names_the_mails_before_it(store: Store, tmp_path: Path, mail_server: Opened) -> None:
    """A mail program shows them as one conversation; the first one has a number that was chosen beforehand."""
    box = mail_server()
    first = new_message_id(store, "alert-7", SENDER)
    put(store, draft=Draft("alert", "s", "t", "h", message_id=first))
    put(store, draft=Draft("alert", "s", "t", "h", references=("<1-x.y@z.example>", first)))

    deliver(store, Smtp(settings(tmp_path, box)), MONDAY)

    opening, answer = received(box)
    assert (opening["Message-ID"], opening["References"]) == (first, None)
    assert answer["References"].split() == ["<1-x.y@z.example>", first]
    assert answer["In-Reply-To"] == first
    assert answer["Message-ID"] == rows(store)[1].message_id != first


def test_long_numbers_in_a_thread_stay_whole(store: Store) -> None:
    """The library writes what is longer than a line in encoded pieces, which no mail program reads."""
    known = tuple(f"<1-{n}.0123456789abcdef@{'b' * 60}.{'c' * 60}.example>" for n in range(3))
    letter = Letter(known[0], (READER,), "s", "t", "", MONDAY, references=known[1:])

    lines = to_bytes(letter, SENDER).decode().split("\r\n")

    assert f"Message-ID: {known[0]}" in lines
    assert lines[lines.index(f"References: {known[1]}") + 1] == f" {known[2]}"
    assert f"In-Reply-To: {known[2]}" in lines


@pytest.mark.parametrize("bad", ["<a@b>\r\nBcc: eva@elders.example", "a@b", "<a b@c>", "<>"])
def test_what_is_no_message_id_gets_into_no_mail(store: Store, bad: str) -> None:
    """It would begin another header, or break the thread."""
    with pytest.raises(ValueError, match="Message-ID"):
        put(store, draft=Draft("alert", "s", "t", "h", references=(bad,)))
    with pytest.raises(ValueError, match="Message-ID"):
        put(store, draft=Draft("alert", "s", "t", "h", message_id=bad))


def test_lines_that_begin_with_a_dot_arrive_as_they_are(store: Store, tmp_path: Path, mail_server: Opened) -> None:
    """A dot alone ends a mail in SMTP."""
    box = mail_server()
    put(store, draft=Draft("alert", "s", ".\n..\n.x\n", ""))

    deliver(store, Smtp(settings(tmp_path, box)), MONDAY)

    assert received(box)[0].get_content().splitlines() == [".", "..", ".x"]


# ---- check


def said(ibpmon: Callable[..., Any], tenant: Tenant, subject: str) -> list[tuple[str, str]]:
    """What `ibpmon check` says of one subject."""
    lines = json.loads(ibpmon("check", "--json", "--config", tenant.config).out)
    return [(line["state"], line["what"]) for line in lines if line["subject"] == subject]


def choose(tenant: Tenant, mail: str) -> None:
    """Another [mail] in config.toml."""
    text = tenant.config.read_text(encoding="utf-8")
    begin, end = text.index("host ="), text.index("to = {")
    tenant.config.write_text(text[:begin] + mail + text[end:], encoding="utf-8")


def test_check_tries_graph_as_far_as_it_can(tenant: Tenant, ibpmon: Callable[..., Any]) -> None:
    """A role of Exchange stands in no token: that is unknown and not wrong; Mail.Send for all mailboxes is told."""
    choose(tenant, 'through = "graph"\n')
    assert [state for state, _what in said(ibpmon, tenant, "mail")] == ["ok", "unknown"]

    allow(tenant, "Mail.Send")
    assert [state for state, _what in said(ibpmon, tenant, "mail")] == ["ok", "note"]
    assert not [what for state, what in said(ibpmon, tenant, "permissions") if "Mail.Send" in what]
    assert not received(tenant.microsoft.mailbox)


def test_mail_send_is_too_much_for_who_mails_otherwise(tenant: Tenant, ibpmon: Callable[..., Any]) -> None:
    """Only mail through Graph needs it."""
    allow(tenant, "Mail.Send")

    assert [state for state, what in said(ibpmon, tenant, "permissions") if "Mail.Send" in what] == ["problem"]


def test_check_signs_in_with_the_token(tenant: Tenant, ibpmon: Callable[..., Any]) -> None:
    """As far as the mail server lets us in."""
    smtp = tenant.microsoft.smtp
    choose(tenant, f'host = "{smtp.host}"\nport = {smtp.port}\nauth = "xoauth2"\nca = "{tenant.microsoft.ca}"\n')
    assert [state for state, _what in said(ibpmon, tenant, "mail")] == ["problem"]

    allow(tenant, SUBMITTING)
    assert [state for state, _what in said(ibpmon, tenant, "mail")] == ["ok"]


# ---- what cannot be


@pytest.mark.parametrize(
    ("mail", "told"),
    [
        ("", "mail.host: name the mail server as host"),
        ('host = "x"\nauth = "xoauth2"\npassword = "p"\n', "leave password out"),
        ('host = "x"\ntls = "none"\n', "mail.tls"),
    ],
)
def test_a_way_that_is_not_whole_is_refused_with_its_line(
    tenant: Tenant, ibpmon: Callable[..., Any], mail: str, told: str
) -> None:
    """Told before anything is done."""
    choose(tenant, mail)

    answer = ibpmon("send", "--config", tenant.config)

    assert answer.code == 3
    assert "config.toml:" in answer.err
    assert told in answer.err


@pytest.mark.parametrize("mail", ['through = "graph"\n', 'host = "x"\nauth = "xoauth2"\n'])
def test_signing_in_without_an_app_registration_is_refused_with_its_line(
    tenant: Tenant, ibpmon: Callable[..., Any], mail: str
) -> None:
    """A board that imports downloads has none."""
    choose(tenant, mail)
    text = tenant.config.read_text(encoding="utf-8").replace(f'client_id = "{APP}"\nsecret = "{tenant.secret}"\n', "")
    tenant.config.write_text(text, encoding="utf-8")

    answer = ibpmon("send", "--config", tenant.config)

    assert answer.code == 3
    line = next(n for n, one in enumerate(text.splitlines(), 1) if one.startswith(("through", "auth =")))
    assert f"config.toml:{line}: mail." in answer.err
    assert "tenant.client_id" in answer.err


@pytest.mark.parametrize(
    "address",
    ["a@b@c.example", "a@b.example,eva@elders.example", "a@b.example\\nBcc: eva@elders.example", "a b@c.example",
     "a@b.example;x", "<a@b.example>", "geen-adres", '\\"Eva\\"@b.example', "a@b.example\\u202e"],
)  # fmt: skip
@pytest.mark.parametrize("key", ["from", "to"])
def test_an_address_is_one_address(tenant: Tenant, ibpmon: Callable[..., Any], key: str, address: str) -> None:
    """What a mail server could read as two addresses, or as another header, gets a mail nowhere."""
    text = tenant.config.read_text(encoding="utf-8")
    old = {"from": f'from = "{SENDER}"', "to": f'to = {{ it = ["{READER}"] }}'}[key]
    new = {"from": f'from = "{address}"', "to": f'to = {{ it = ["{address}"] }}'}[key]
    tenant.config.write_text(text.replace(old, new), encoding="utf-8")

    answer = ibpmon("send", "--config", tenant.config)

    assert answer.code == 3
    line = next(n for n, one in enumerate(text.splitlines(), 1) if one == old)
    assert f"config.toml:{line}: mail.{key}" in answer.err
    assert "write one mail address" in answer.err
    assert "elders" not in answer.err


def test_the_pause_is_the_longer_one_of_ours_and_theirs(store: Store, tenant: Tenant) -> None:
    """A mail that was tried often waits longer than the other side asks."""
    allow(tenant)
    put(store)
    tenant.microsoft.faults.add(Fault("throttled", path="/sendMail", retry_after=5))

    by_graph(store, tenant)

    (row,) = rows(store)
    assert row.try_after is not None
    assert row.try_after - MONDAY >= pause(1)
