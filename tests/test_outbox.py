"""The outbox and the mail server: no alert is lost, nothing goes over an open line, a repeat is recognisable."""

import json
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme
from sqlalchemy import select
from sqlmodel import col

from ibpmon import language
from ibpmon.config import Mail
from ibpmon.demo.microsoft.mailbox import Mailbox, free_port
from ibpmon.operate.rounds import (
    collect_round,
    evaluate_round,
    rules_without_a_board,
    send_round,
    tell_round,
    workplace,
)
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Entry, Outbox
from ibpmon.tell.outbox import (
    LEASE,
    LONGEST_PAUSE,
    Delivery,
    Draft,
    deliver,
    enqueue,
    error_of,
    given_up,
    pause,
    waiting,
    written,
)
from ibpmon.tell.transports import Letter, NeverTaken, Refused, Smtp, to_bytes
from tests.conftest import MONDAY, TENANT, Answer, OpenStore, Tenant, few_connectors

pytestmark = pytest.mark.usefixtures("english")

PASSWORD = "geheim-van-de-waaier"
LATER = MONDAY + LEASE + timedelta(minutes=1)
SENDER, READER = "ibpmon@verzonnenwaaier.example", "ict@verzonnenwaaier.example"


def reason(delivery: Delivery) -> str:
    """What went wrong, why and what to do."""
    return "\n".join(delivery.problem.told(str)) if delivery.problem else ""


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """The certificate authority of the mail server."""
    return trustme.CA()


@pytest.fixture
def mailbox(tmp_path: Path, authority: trustme.CA) -> Iterator[Mailbox]:
    """A real mail server on this machine, with STARTTLS and a password."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    box = Mailbox(tmp_path / "mails", context, PASSWORD)
    box.start()
    yield box
    box.stop()


def secret(folder: Path, text: str) -> Path:
    """A file that only we can read."""
    path = folder / "password.txt"
    path.write_text(text)
    path.chmod(0o600)
    return path


Settings = Callable[..., Mail]


@pytest.fixture
def settings(tmp_path: Path, mailbox: Mailbox, authority: trustme.CA) -> Settings:
    """Makes the configuration of the mail server, right unless told otherwise."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    def made(**changed: object) -> Mail:
        right: dict[str, object] = {
            "from": SENDER,
            "host": mailbox.smtp.host,
            "port": mailbox.smtp.port,
            "user": mailbox.smtp.user,
            "password": PASSWORD,
            "ca": tmp_path / "ca.pem",
            "to": {"it": (READER,)},
        }
        values = right | changed
        text = values["password"]
        return Mail.model_validate(values | {"password": secret(tmp_path, str(text)) if text else None})

    return made


def put(store: Store, count: int = 1, subject: str = "hoog: {n}") -> None:
    """Mails in the outbox."""
    with store.write() as session:
        for n in range(1, count + 1):
            draft = Draft("alert", subject.replace("{n}", str(n)), "tekst é", "<p>html é</p>")
            enqueue(session, store, draft, SENDER, [READER], MONDAY)


def rows(store: Store) -> list[Outbox]:
    """The outbox."""
    with store.read() as session:
        return list(session.scalars(select(Outbox).order_by("mail_id")))


def received(mailbox: Mailbox) -> list[EmailMessage]:
    """What the server took."""
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in mailbox.mails]


def numbers(delivery: Delivery) -> tuple[int, int, int]:
    """Sent, failed, waiting."""
    return delivery.sent, delivery.failed, delivery.waiting


def test_a_mail_goes_out_once_with_all_that_it_needs(
    open_database: OpenStore, mailbox: Mailbox, settings: Settings
) -> None:
    """Text and HTML, dated at the change, marked as automatic, under the Message-ID of the outbox."""
    store = open_database([])
    put(store, 2)

    assert numbers(deliver(store, Smtp(settings()), MONDAY)) == (2, 0, 0)
    assert numbers(deliver(store, Smtp(settings()), LATER)) == (0, 0, 0)

    first, second = received(mailbox)
    assert first["Message-ID"] == rows(store)[0].message_id
    assert second["Subject"] == "hoog: 2"
    assert (first["From"], first["To"]) == (SENDER, READER)
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Date"].datetime == MONDAY
    assert first.get_content_type() == "multipart/alternative"
    assert [part.get_content().strip() for part in first.iter_parts()] == ["tekst é", "<p>html é</p>"]
    assert [row.state for row in rows(store)] == ["sent", "sent"]


def test_a_message_id_names_no_machine_and_no_person(open_database: OpenStore) -> None:
    """It is made of the board, the number of the mail and chance; the domain is the sender's."""
    store = open_database([])
    put(store, 2)

    one, two = (row.message_id for row in rows(store))

    assert one.startswith(f"<{store.tenant}-1.")
    assert one.endswith("@verzonnenwaaier.example>")
    assert one.split(".")[1] != two.split(".")[1]


def test_a_mail_of_a_transaction_that_broke_off_does_not_exist(open_database: OpenStore) -> None:
    """A mail about a change that was not stored would be a lie."""
    store = open_database([])
    session_of = store.write()
    session = session_of.__enter__()
    enqueue(session, store, Draft("alert", "s", "t", "h"), SENDER, [READER], MONDAY)
    assert not session_of.__exit__(RuntimeError, RuntimeError("power cut"), None)

    assert rows(store) == []


# ---- a server that cannot be used


def test_a_server_with_an_unknown_certificate_gets_no_mail(
    open_database: OpenStore, mailbox: Mailbox, settings: Settings
) -> None:
    """Someone on the network path may answer in the mail server's place."""
    store = open_database([])
    put(store, 2)

    delivery = deliver(store, Smtp(settings(ca=None)), MONDAY)

    assert numbers(delivery) == (0, 0, 2)
    assert "its certificate cannot be verified" in reason(delivery)
    assert "mail.ca" in reason(delivery)
    assert received(mailbox) == []
    assert rows(store)[1].tries == 0


def test_a_server_with_the_certificate_of_another_gets_no_mail(
    open_database: OpenStore, mailbox: Mailbox, settings: Settings
) -> None:
    """The name in the certificate must be the name in the configuration."""
    store = open_database([])
    put(store)

    delivery = deliver(store, Smtp(settings(host="127.0.0.1")), MONDAY)

    assert numbers(delivery) == (0, 0, 1)
    assert "its certificate cannot be verified" in reason(delivery)
    assert received(mailbox) == []


def test_without_starttls_nothing_is_sent_not_even_the_password(
    open_database: OpenStore, mailbox: Mailbox, settings: Settings
) -> None:
    """A line that was tampered with offers no STARTTLS."""
    store = open_database([])
    put(store)
    mailbox.drop_starttls(1)

    delivery = deliver(store, Smtp(settings()), MONDAY)

    assert numbers(delivery) == (0, 0, 1)
    assert "offers no STARTTLS" in reason(delivery)
    assert received(mailbox) == []
    assert numbers(deliver(store, Smtp(settings()), LATER)) == (1, 0, 0)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"user": "someone@else.example"}, "refuses user someone@else.example"),
        ({"password": None}, "mail.user is set, but mail.password is not"),
        ({"user": None, "password": None}, "does not let"),
        ({"password": "pässword"}, "outside ASCII"),
        ({"password": "wrong"}, "refuses user"),
        ({"ca": "no-such-file.pem"}, "cannot read the certificate authority"),
        ({"host": "no-such-host.invalid"}, "there is no connection"),
        ({"port": 0}, "there is no connection"),
    ],
    ids=["user", "no password", "no user", "not ascii", "wrong password", "no ca", "no host", "closed port"],
)
def test_a_wrong_setting_is_told_with_what_to_do_and_the_mail_waits(
    open_database: OpenStore, settings: Settings, changed: Mapping[str, object], told: str
) -> None:
    """An alert is not lost because a password changed; who reads the message knows what to do."""
    store = open_database([])
    put(store, 2)
    nobody_listens = {"port": free_port()} if "port" in changed else {}

    delivery = deliver(store, Smtp(settings(**{**changed, **nobody_listens})), MONDAY)

    assert numbers(delivery) == (0, 0, 2)
    assert told in reason(delivery)
    assert len(reason(delivery).splitlines()) >= 2
    assert PASSWORD not in reason(delivery) + rows(store)[0].error
    assert numbers(deliver(store, Smtp(settings()), MONDAY, at_once=True)) == (
        2,
        0,
        0,
    )


def test_a_password_that_others_can_read_is_told(open_database: OpenStore, settings: Settings, tmp_path: Path) -> None:
    """The same rule as for every secret; the mail waits."""
    store = open_database([])
    put(store)
    mail = settings()
    (tmp_path / "password.txt").chmod(0o644)

    delivery = deliver(store, Smtp(mail), MONDAY)

    assert "others on this machine can read the secret file" in reason(delivery)
    assert numbers(delivery) == (0, 0, 1)


# ---- a mail that is refused


def test_a_mail_that_is_refused_for_now_waits_and_the_next_one_goes(
    open_database: OpenStore, mailbox: Mailbox, settings: Settings
) -> None:
    """451 means later: the mail keeps its turn and its Message-ID."""
    store = open_database([])
    put(store, 2)
    mailbox.reject(451)

    assert numbers(deliver(store, Smtp(settings()), MONDAY)) == (1, 0, 1)
    assert numbers(deliver(store, Smtp(settings()), MONDAY + timedelta(seconds=30))) == (0, 0, 1)
    assert numbers(deliver(store, Smtp(settings()), MONDAY + timedelta(minutes=2))) == (1, 0, 0)

    first = rows(store)[0]
    assert (first.state, first.tries, first.error) == ("sent", 2, "")
    assert [mail["Message-ID"] for mail in received(mailbox)][1] == first.message_id


def test_a_mail_that_is_refused_for_good_fails_with_the_reason(
    open_database: OpenStore, mailbox: Mailbox, settings: Settings
) -> None:
    """550 means never: trying for days would only hide it."""
    store = open_database([])
    put(store, 2)
    mailbox.reject(550, text="bestaat niet")

    delivery = deliver(store, Smtp(settings()), MONDAY)

    assert numbers(delivery) == (1, 1, 0)
    assert "it answered 550: bestaat niet" in reason(delivery)
    assert rows(store)[0].state == "failed"
    assert "550" in rows(store)[0].error
    assert numbers(deliver(store, Smtp(settings()), LATER, at_once=True)) == (0, 0, 0)


def test_the_waits_grow_to_an_hour_and_a_mail_is_never_given_up() -> None:
    """A server that is away for a weekend gets its mails on Monday."""
    assert [pause(tries) / timedelta(minutes=1) for tries in (0, 1, 2, 3, 6, 7, 500)] == [1, 1, 2, 4, 32, 60, 60]
    assert pause(10_000) == LONGEST_PAUSE


class Partly:
    """A server that takes a mail for some of its readers."""

    def __init__(self, refused: Refused) -> None:
        self.refused, self.letters = refused, list[Letter]()

    def send(self, letter: Letter, accepted: Callable[[Refused], None]) -> None:
        """Take it for some."""
        self.letters.append(letter)
        accepted(self.refused)


def test_who_is_refused_for_now_gets_the_mail_later_and_the_others_only_once(open_database: OpenStore) -> None:
    """One full mailbox must not give everyone else the mail again and again."""
    store = open_database([])
    with store.write() as session:
        enqueue(session, store, Draft("alert", "s", "t", "h"), SENDER, ["a@x.example", "b@x.example"], MONDAY)

    first = Partly({"b@x.example": (452, b"full")})
    deliver(store, first, MONDAY)
    second = Partly({})
    deliver(store, second, LATER)

    assert [letter.recipients for letter in first.letters + second.letters] == [
        ("a@x.example", "b@x.example"),
        ("b@x.example",),
    ]
    assert rows(store)[0].state == "sent"


def test_who_is_refused_for_good_is_not_forgotten_while_others_got_it(open_database: OpenStore) -> None:
    """One got it; the other is a mail of its own that a person has to look at, under the same number."""
    store = open_database([])
    with store.write() as session:
        enqueue(session, store, Draft("alert", "s", "t", "h"), SENDER, ["a@x.example", "b@x.example"], MONDAY)

    deliver(store, Partly({"b@x.example": (550, b"unknown")}), MONDAY)

    taken, refused = rows(store)
    assert (taken.state, taken.error) == ("sent", "b@x.example: 550")
    assert (refused.state, refused.recipients, refused.error) == ("failed", ["b@x.example"], "b@x.example: 550")
    assert (refused.message_id, refused.text, refused.html) == (taken.message_id, "t", "h")
    assert (given_up(store), waiting(store)) == (1, 0)


def test_of_three_readers_one_waits_and_one_is_for_a_person(open_database: OpenStore) -> None:
    """Who has it, who gets it later and who never gets it are three different things."""
    store = open_database([])
    to = [f"{name}@x.example" for name in "abc"]
    with store.write() as session:
        enqueue(session, store, Draft("alert", "s", "t", "h"), SENDER, to, MONDAY)

    deliver(store, Partly({to[1]: (452, b"full"), to[2]: (550, b"unknown")}), MONDAY)
    second = Partly({})
    deliver(store, second, LATER)

    assert [letter.recipients for letter in second.letters] == [(to[1],)]
    assert [(row.state, row.recipients) for row in rows(store)] == [("sent", [to[1]]), ("failed", [to[2]])]


# ---- dying and doing it twice

DIES_AFTER_250 = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from ibpmon.config import Mail
from ibpmon.store.database import open_store
from ibpmon.tell.outbox import deliver
from ibpmon.tell.transports import Smtp

class Dying(Smtp):
    def send(self, letter, accepted):
        super().send(letter, lambda refused: os.kill(os.getpid(), signal.SIGKILL))

url, tenant, now, mail = sys.argv[1:]
store = open_store(url, [], tenant, "bestuur", datetime.fromisoformat(now))
deliver(store, Dying(Mail.model_validate_json(mail)), datetime.fromisoformat(now))
"""


def test_killed_between_the_250_and_the_commit_the_mail_comes_again_with_the_same_message_id(
    open_database: OpenStore, mailbox: Mailbox, settings: Settings
) -> None:
    """At that moment nobody can know: the mail may come twice, but it is recognisable, and we count it."""
    store = open_database([])
    put(store)
    address = store.engine.url.set(drivername=store.engine.dialect.name).render_as_string(hide_password=False)
    command = [sys.executable, "-c", DIES_AFTER_250, address, TENANT, MONDAY.isoformat()]

    died = subprocess.run([*command, settings().model_dump_json(by_alias=True)], check=False)
    at_once = deliver(store, Smtp(settings()), MONDAY + timedelta(minutes=1))
    later = deliver(store, Smtp(settings()), LATER)

    assert died.returncode == -9
    assert numbers(at_once) == (0, 0, 1)
    assert (numbers(later), later.repeated) == ((1, 0, 0), 1)
    assert len({mail["Message-ID"] for mail in received(mailbox)}) == 1
    assert [mail["X-Ibpmon-Repeat"] for mail in received(mailbox)] == [None, "1"]
    assert rows(store)[0].repeats == 1


class SendsInBetween:
    """A transport in whose middle another process delivers too."""

    def __init__(self, store: Store) -> None:
        self.store, self.inner = store, Partly({})

    def send(self, letter: Letter, accepted: Callable[[Refused], None]) -> None:
        """Deliver while this one delivers."""
        deliver(self.store, self.inner, MONDAY, at_once=True)
        self.inner.send(letter, accepted)


def test_two_that_deliver_at_once_send_each_mail_once(open_database: OpenStore) -> None:
    """The daemon and `ibpmon send` by hand may meet."""
    store = open_database([])
    put(store, 3)
    meeting = SendsInBetween(store)

    deliver(store, meeting, MONDAY)

    assert sorted(letter.subject for letter in meeting.inner.letters) == ["hoog: 1", "hoog: 2", "hoog: 3"]


def test_the_mails_of_another_board_in_the_same_database_are_left_alone(open_database: OpenStore) -> None:
    """Each board sends its own mail, from its own server."""
    store = open_database([])
    put(store)
    with store.write() as session:
        for row in session.scalars(select(Outbox)):
            row.tenant_id = store.tenant + 1

    assert numbers(deliver(store, Partly({}), MONDAY)) == (0, 0, 0)


# ---- odd characters


@pytest.mark.parametrize(
    "odd",
    [
        "\ud800half",
        "nul\x00",
        "Bcc: x\r\nBcc: all@evil.example",
        "é" * 300,
        "名" * 80,
        "👩‍👩‍👧‍👦" * 40,
        "a" * 2000,
        "=?utf-8?q?x?=",
        "\u202e\u2066",
        ".",
    ],
    ids=[f"odd{n}" for n in range(10)],
)
def test_odd_characters_stop_no_mail_and_add_no_header(odd: str) -> None:
    """A name that reached a header or body by any way is only a name."""
    letter = Letter("<1@x.example>", (READER,), odd, f"voor {odd} na", f"<p>voor {odd} na</p>", MONDAY)

    message = message_from_bytes(to_bytes(letter, SENDER), policy=policy.default)

    assert message["Bcc"] is None
    assert set(message.keys()) == {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    }
    assert all("na" in part.get_content() for part in message.iter_parts())
    assert max(map(len, to_bytes(letter, SENDER).split(b"\r\n"))) <= 998


def test_a_mail_that_waits_again_after_a_repeat_is_no_second_repeat(open_database: OpenStore) -> None:
    """What was refused for now has certainly not arrived: only tries of unknown end are counted."""
    store = open_database([])
    put(store)
    with store.write() as session:
        for row in session.scalars(select(Outbox)):
            row.state, row.try_after = "sending", MONDAY

    first = deliver(store, Partly({READER: (452, b"full")}), MONDAY)
    second = deliver(store, Partly({}), LATER)

    assert (first.repeated, second.repeated) == (1, 0)
    assert (rows(store)[0].state, rows(store)[0].repeats) == ("sent", 1)


# ---- what nobody has received

Run = Callable[..., Answer]
PLAIN = Draft("alert", "ibpmon: 3 nieuw", "t", "h")


def left_in(tenant: Tenant, *states: tuple[str, dict[str, object]]) -> None:
    """Mails in the outbox of the board, in these states."""
    with workplace(tenant.config) as place, place.store.write() as session:
        for state, more in states:
            row = enqueue(session, place.store, PLAIN, SENDER, [READER], place.now() - timedelta(hours=3))
            row.state = state
            for name, value in more.items():
                setattr(row, name, value)


def refused_by(code: int) -> dict[str, object]:
    """The columns of a mail that a server refused."""
    what, why = "{host} does not take the mail", "it answered {code}: {words}"
    fix = "ask the mail administrator why"
    error = NeverTaken(what, why=why, fix=fix, host="smtp", code=code, words="bestaat niet")
    return {"error": written(error), "tries": 1}


def listed(tenant: Tenant, ibpmon: Run) -> list[dict[str, Any]]:
    """What `ibpmon outbox --json` lists."""
    found: list[dict[str, Any]] = json.loads(ibpmon("outbox", "--json", "--config", tenant.config).out)
    return found


def soon() -> datetime:
    """A moment that still has to come."""
    return datetime.now(UTC) + timedelta(minutes=9)


def test_the_outbox_lists_what_nobody_received_with_the_reason(tenant: Tenant, ibpmon: Run) -> None:
    """Waiting, to be repeated, refused, uncertain for good; what arrived or was given up is not in it."""
    left_in(tenant, ("new", {}), ("sent", {}), ("failed", refused_by(550)), ("uncertain", {"try_after": soon()}),
            ("uncertain", {"repeats": 1}), ("dropped", {}))  # fmt: skip

    found = listed(tenant, ibpmon)

    assert [(one["mail"], one["state"], one["final"]) for one in found] == [
        (1, "new", False), (3, "failed", True), (4, "uncertain", False), (5, "uncertain", True),
    ]  # fmt: skip
    assert found[1]["why"] == "it answered 550: bestaat niet"
    assert (found[1]["hours"], found[1]["recipients"], found[1]["subject"]) == (3, [READER], PLAIN.subject)
    shown = ibpmon("outbox", "--config", tenant.config).out
    assert "refused" in shown
    assert "550" in shown


def test_the_reason_is_told_in_the_language_of_the_reader() -> None:
    """It was written down in English at night, and is read by an ICT'er in the morning."""
    error = error_of(str(refused_by(550)["error"]))
    assert error is not None
    language.use("nl")
    what, why, _fix = error.told(language._)

    assert (what, "550: bestaat niet" in why) == ("smtp neemt de mail niet aan", True)
    assert "answered" not in why


def test_a_reason_that_an_older_version_wrote_is_told_as_it_stands() -> None:
    """Also when there are braces in it."""
    old = error_of("smtp does not take the mail\nit answered {550}")

    assert old is not None
    assert old.told(language._)[0] == "smtp does not take the mail\nit answered {550}"
    assert error_of("") is None


def test_an_empty_outbox_says_so(tenant: Tenant, ibpmon: Run) -> None:
    """Nothing listed must not look like a command that failed."""
    assert "Every mail has gone out." in ibpmon("outbox", "--config", tenant.config).out


def acts_of(tenant: Tenant) -> list[tuple[str, str, dict[str, str]]]:
    """What the ledger holds of mails."""
    with workplace(tenant.config) as place, place.store.read() as session:
        entries = session.scalars(select(Entry).order_by("seq"))
        return [(one.kind, one.ref, json.loads(one.said or "{}")) for one in entries if one.kind.startswith("mail.")]


def test_a_refused_mail_can_be_sent_again_and_the_ledger_says_by_whom(tenant: Tenant, ibpmon: Run) -> None:
    """The address was mended; the mail goes, under its number, and says when it may have arrived before."""
    left_in(tenant, ("failed", refused_by(550)), ("uncertain", {"repeats": 1}))

    for number in (1, 2):
        answer = ibpmon("outbox", "retry", str(number), "--by", "Chris", "--config", tenant.config)
        assert (answer.code, answer.out) == (0, f"Mail {number} is now: waits.\n")
    assert ibpmon("send", "--config", tenant.config).code == 0

    assert [mail["X-Ibpmon-Repeat"] for mail in received(tenant.microsoft.mailbox)] == [None, "2"]
    assert listed(tenant, ibpmon) == []
    assert acts_of(tenant) == [
        ("mail.retry", "mail/1", {"by": "Chris", "was": "failed"}),
        ("mail.retry", "mail/2", {"by": "Chris", "was": "uncertain"}),
    ]


def mails_in_status(tenant: Tenant, ibpmon: Run) -> dict[str, int]:
    """What `ibpmon status` says of mails."""
    found: dict[str, int] = json.loads(ibpmon("status", "--json", "--config", tenant.config).out)["mails"]
    return found


def test_a_mail_that_nobody_needs_is_given_up_with_a_reason(tenant: Tenant, ibpmon: Run) -> None:
    """It counts no more, and it is not sent any more."""
    left_in(tenant, ("failed", refused_by(550)), ("new", {}))
    assert mails_in_status(tenant, ibpmon) == {"waiting": 1, "refused": 1}

    for number in (1, 2):
        options = ("--by", "Chris", "--reason", "telefonisch verteld", "--json", "--config", tenant.config)
        answer = ibpmon("outbox", "drop", str(number), *options)
        assert json.loads(answer.out) == {"mail": number, "state": "dropped"}

    assert ibpmon("send", "--config", tenant.config).code == 0
    assert received(tenant.microsoft.mailbox) == []
    assert mails_in_status(tenant, ibpmon) == {"waiting": 0, "refused": 0}
    assert acts_of(tenant)[0][2] == {"by": "Chris", "was": "failed", "reason": "telefonisch verteld"}


@pytest.mark.parametrize("verb", [("retry",), ("drop", "--reason", "x")])
@pytest.mark.parametrize("state", ["sent", "sending", "dropped", ""])
def test_what_is_gone_or_on_its_way_is_left_alone(
    tenant: Tenant, ibpmon: Run, verb: tuple[str, ...], state: str
) -> None:
    """One that is on its way belongs to the process that sends it; of one that arrived nothing is left to decide."""
    if state:
        left_in(tenant, (state, {"try_after": soon()} if state == "sending" else {}))

    answer = ibpmon("outbox", verb[0], "1", *verb[1:], "--by", "Chris", "--config", tenant.config)

    assert answer.code == 1
    assert "ibpmon outbox" in answer.err
    assert acts_of(tenant) == []


@pytest.mark.parametrize("options", [("drop", "1"), ("drop", "1", "--reason", " "), ("drop", "x", "--reason", "y")])
def test_giving_up_without_a_reason_or_a_number_is_refused(
    tenant: Tenant, ibpmon: Run, options: tuple[str, ...]
) -> None:
    """A year later nobody would know why an alert was never mailed."""
    left_in(tenant, ("failed", refused_by(550)))

    assert ibpmon("outbox", *options, "--by", "Chris", "--config", tenant.config).code == 2
    assert acts_of(tenant) == []


@pytest.fixture
def one_rule(tenant: Tenant) -> Tenant:
    """A board that has read something, and applies only the rule about mail."""
    others = [rule.key for rule in rules_without_a_board() if rule.key != "mail-stuck"]
    tenant.write_config(f"{few_connectors()}\nrules_off = {json.dumps(others)}\n")
    with workplace(tenant.config) as place:
        collect_round(place, only={"security-defaults"})
    return tenant


def stuck(tenant: Tenant) -> list[tuple[str, str, str]]:
    """The alerts about mail that is stuck."""
    with workplace(tenant.config) as place, place.store.read() as session:
        found = session.scalars(select(Alert).where(col(Alert.rule) == "mail-stuck"))
        return [(one.subject, one.state, one.level) for one in found]


def test_a_mail_about_a_dead_mail_that_dies_too_makes_no_chain(one_rule: Tenant) -> None:
    """Every mail is refused: there is one alert about that, and no new mail with every round."""
    left_in(one_rule, ("new", {}))
    one_rule.microsoft.mailbox.reject(550, times=500)
    counts = []
    with workplace(one_rule.config) as place:
        tell_round(place)  # the mail of today, if it is time for that
        for _round in range(4):
            send_round(place, at_once=True)
            evaluate_round(place)
            tell_round(place)
            counts.append([row.state for row in rows(place.store) if row.kind != "digest"])

    assert stuck(one_rule) == [("mail", "new", "critical")]
    assert counts == [["failed", "new"], *[["failed", "failed"]] * 3]


def test_an_alert_about_dead_mail_is_solved_when_it_was_given_up(one_rule: Tenant, ibpmon: Run) -> None:
    """Then nothing is left to tell."""
    left_in(one_rule, ("failed", refused_by(550)))
    with workplace(one_rule.config) as place:
        evaluate_round(place)
    assert stuck(one_rule) == [("mail", "new", "critical")]

    assert ibpmon("outbox", "drop", "1", "--reason", "x", "--by", "Chris", "--config", one_rule.config).code == 0
    with workplace(one_rule.config) as place:
        evaluate_round(place)

    assert stuck(one_rule) == [("mail", "solved", "critical")]


# ---- a way that is down


def test_mail_that_waited_for_a_day_goes_in_order(
    open_database: OpenStore, mailbox: Mailbox, settings: Settings
) -> None:
    """The server was away; nothing is lost, and the oldest goes first with its own date."""
    store = open_database([])
    down, hours = settings(host="no-such-host.invalid"), range(0, 24, 3)
    for hour in hours:
        at = MONDAY + timedelta(hours=hour)
        with store.write() as session:
            enqueue(session, store, Draft("alert", f"uur {hour}", "t", "h"), SENDER, [READER], at)
        deliver(store, Smtp(down), at)

    delivery = deliver(store, Smtp(settings()), MONDAY + timedelta(hours=25))

    assert numbers(delivery) == (8, 0, 0)
    assert [mail["Subject"] for mail in received(mailbox)] == [f"uur {hour}" for hour in hours]
    assert received(mailbox)[-1]["Date"].datetime == MONDAY + timedelta(hours=21)


def test_a_mail_that_is_uncertain_for_good_shows_in_the_exit_code(tenant: Tenant, ibpmon: Run) -> None:
    """A script that sends must not call that a success."""
    left_in(tenant, ("uncertain", {"try_after": datetime.now(UTC)}))
    tenant.microsoft.mailbox.hang_up()

    answer = ibpmon("send", "--config", tenant.config)

    assert answer.code == 4
    assert "may have taken the mail, or not" in answer.err
    assert [one["final"] for one in listed(tenant, ibpmon)] == [True]
