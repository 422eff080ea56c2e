"""Counts in a channel of Teams: the address is a secret, the card names nobody, and a 200 is not always good news."""

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ibpmon.config import Config, load
from ibpmon.demo.microsoft import Fault
from ibpmon.demo.microsoft.webhook import TEAMS_FAILED
from ibpmon.store.database import Store
from ibpmon.store.tables import Outbox
from ibpmon.tell.outbox import BEFORE_REPEAT, Delivery, Draft, deliver, enqueue
from ibpmon.tell.transports import Letter, Teams, ways
from ibpmon.tell.transports.teams import card
from tests.conftest import MONDAY, Answer, OpenStore, Tenant

pytestmark = pytest.mark.usefixtures("english")

Run = Callable[..., Answer]
SENDER, READER = "ibpmon@verzonnenwaaier.example", "ict@verzonnenwaaier.example"
AGAIN = MONDAY + BEFORE_REPEAT + timedelta(seconds=30)
LATER = MONDAY + timedelta(hours=2)


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """An empty store."""
    return open_database([])


def secret(folder: Path, text: str) -> Path:
    """The address in a file that only we can read."""
    path = folder / "teams-webhook.txt"
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return path


def set_up(tenant: Tenant, address: str | None = None) -> Config:
    """The configuration with a channel of Teams."""
    path = secret(tenant.folder, tenant.microsoft.webhook.url if address is None else address)
    tenant.write_config(f'[teams]\nwebhook = "{path}"\n')
    return load(tenant.config)


def put(store: Store, count: int = 1, channel: str = "teams") -> None:
    """Messages in the outbox."""
    with store.write() as session:
        for n in range(1, count + 1):
            draft = Draft("alert", f"ibpmon: {n} nieuw, hoog", "2 hoog\n1 midden\n", "", channel=channel)
            enqueue(session, store, draft, SENDER, [] if channel == "teams" else [READER], MONDAY)


def sent(store: Store, config: Config, at: Any = MONDAY) -> Delivery:
    """One round of sending."""
    with ways(config, store) as found:
        return deliver(store, found, at)


def rows(store: Store) -> list[Outbox]:
    """The outbox."""
    with store.read() as session:
        return list(session.scalars(select(Outbox).order_by("mail_id")))


def numbers(delivery: Delivery) -> tuple[int, int, int, int]:
    """Sent, failed, waiting, uncertain."""
    return delivery.sent, delivery.failed, delivery.waiting, delivery.uncertain


def reason(delivery: Delivery) -> str:
    """What went wrong, why and what to do."""
    return "\n".join(delivery.problem.told(str)) if delivery.problem else ""


def lines_of(shown: dict[str, Any]) -> list[str]:
    """The texts of a card."""
    return [run["text"] for one in shown["body"] for run in one["inlines"]]


@pytest.mark.parametrize("answer", [(202, ""), (200, ""), (200, "1")])
def test_a_message_becomes_one_card(store: Store, tenant: Tenant, answer: tuple[int, str]) -> None:
    """The subject and the counts, and nothing besides."""
    put(store)
    tenant.microsoft.webhook.say(*answer)

    assert numbers(sent(store, set_up(tenant))) == (1, 0, 0, 0)
    assert numbers(sent(store, set_up(tenant), LATER)) == (0, 0, 0, 0)

    (shown,) = tenant.microsoft.webhook.cards
    assert lines_of(shown) == ["ibpmon: 1 nieuw, hoog", "2 hoog", "1 midden"]
    assert rows(store)[0].state == "sent"


def test_a_card_shows_what_stands_in_it_as_it_is() -> None:
    """A text that Teams would take for a link or for mark-up is shown, not carried out; odd signs stop nothing."""
    text = "[klik](https://elders.example) **hoog** <at>iedereen</at> \ud800\n\n" + "x" * 50_000
    made = card(Letter("<1@x>", (), "s", text, "<p>", MONDAY))

    content = made["attachments"][0]["content"]
    assert {block["type"] for block in content["body"]} == {"RichTextBlock"}
    assert lines_of(content)[1] == "[klik](https://elders.example) **hoog** <at>iedereen</at> ?"
    assert len(json.dumps(made)) < 28_000


# ---- answers


def test_a_200_with_an_error_is_an_error_and_nothing_is_lost(store: Store, tenant: Tenant) -> None:
    """A workflow says 200 when it got the message, and in words that Teams did not."""
    put(store, 2)
    tenant.microsoft.webhook.say(200, TEAMS_FAILED)
    config = set_up(tenant)

    first = sent(store, config)
    assert numbers(first) == (0, 0, 2, 0)
    assert "answered 200, and in words that it failed: Webhook message delivery failed" in reason(first)
    assert "Power Automate" in reason(first)
    assert numbers(sent(store, config, LATER)) == (2, 0, 0, 0)
    assert len(tenant.microsoft.webhook.cards) == 2


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_workflow_that_is_busy_gets_it_later(store: Store, tenant: Tenant, status: int) -> None:
    """As long as it asks, if it does."""
    put(store, 2)
    tenant.microsoft.webhook.say(status, "busy", Retry_After="600")
    config = set_up(tenant)

    assert numbers(sent(store, config)) == (0, 0, 2, 0)
    assert numbers(sent(store, config, MONDAY + timedelta(minutes=5))) == (0, 0, 2, 0)
    assert numbers(sent(store, config, MONDAY + timedelta(minutes=11))) == (2, 0, 0, 0)


@pytest.mark.parametrize(
    ("status", "said"),
    [(400, "post the card as it comes in"), (401, "copy the address"), (404, "copy the address"),
     (410, "copy the address")],
)  # fmt: skip
def test_a_workflow_that_is_gone_is_told_with_what_to_do(store: Store, tenant: Tenant, status: int, said: str) -> None:
    """Trying again does not help; the message lies with those that were refused."""
    put(store)
    tenant.microsoft.webhook.say(status)

    delivery = sent(store, set_up(tenant))

    assert numbers(delivery) == (0, 1, 0, 0)
    assert said in reason(delivery)
    assert rows(store)[0].state == "failed"


def test_another_key_is_not_let_in(store: Store, tenant: Tenant) -> None:
    """The double asks for it, as Power Automate does."""
    put(store)

    delivery = sent(store, set_up(tenant, tenant.microsoft.webhook.url[:-3]))

    assert numbers(delivery) == (0, 1, 0, 0)
    assert tenant.microsoft.webhook.cards == []


def test_a_message_without_an_answer_goes_once_more_and_says_so(store: Store, tenant: Tenant) -> None:
    """A card has no number by which a reader knows it again."""
    put(store)
    tenant.microsoft.faults.add(Fault("reset", path="/workflows/", times=9))
    config = set_up(tenant)

    assert numbers(sent(store, config)) == (0, 0, 1, 1)
    assert numbers(sent(store, config, AGAIN)) == (0, 0, 0, 1)
    assert numbers(sent(store, config, LATER)) == (0, 0, 0, 0)

    assert [lines_of(one)[-1][:15] for one in tenant.microsoft.webhook.cards] == ["1 midden", "(Sent once more"]


def test_a_channel_that_is_away_does_not_hold_up_the_mail(store: Store, tenant: Tenant) -> None:
    """Each channel has its own trouble, whichever comes first."""
    put(store)
    put(store, 2, "mail")
    put(store)
    tenant.microsoft.webhook.say(503)

    assert numbers(sent(store, set_up(tenant))) == (2, 0, 2, 0)
    tenant.microsoft.mailbox.drop_starttls(1)
    put(store, 1, "mail")
    assert numbers(sent(store, set_up(tenant), LATER)) == (2, 0, 1, 0)
    assert len(tenant.microsoft.webhook.cards) == 2


def test_without_a_channel_its_messages_wait_and_that_is_told(store: Store, tenant: Tenant) -> None:
    """A board that takes [teams] out again finds them in the outbox."""
    put(store)
    put(store, 1, "mail")

    delivery = sent(store, load(tenant.config))

    assert numbers(delivery) == (1, 0, 1, 0)
    assert "messages for the channel 'teams' wait" in reason(delivery)


# ---- the address


@pytest.mark.parametrize(
    "address",
    [
        "https://prod-12.westeurope.logic.azure.com:443/workflows/0/triggers/manual/paths/invoke?api-version=1&sig=x",
        "https://default0.1.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/0?sig=x",
        "https://Prod-12.WestEurope.Logic.Azure.com/workflows/0?sig=x",
    ],
)
def test_the_addresses_of_power_automate_are_taken(tenant: Tenant, address: str) -> None:
    """The old hosts and the new ones."""
    assert Teams(set_up(tenant, address)).address() == address


@pytest.mark.parametrize(
    "address",
    [
        "http://prod-12.westeurope.logic.azure.com/workflows/0?sig=geheim",
        "https://elders.example/workflows/0?sig=geheim",
        "https://logic.azure.com.elders.example/?sig=geheim",
        "https://xlogic.azure.com/?sig=geheim",
        "https://logic.azure.com/?sig=geheim",
        "https://elders.example\\@prod.logic.azure.com/?sig=geheim",
        "https://prod.logic.azure.com@elders.example/?sig=geheim",
        "https://prod.logic.azure.com:8443/?sig=geheim",
        "https://prod.logic.azure.com/?sig=geheim#x",
        "https://prod.logic.azure.com/ ?sig=geheim",
        "https://prod.logic.azure.com/a\nhttps://prod.logic.azure.com/?sig=geheim",
        "https://bestuur.webhook.office.com/?sig=geheim",
        "https://localhost:1/workflows/0?sig=geheim",
        "geheim", "",
    ],
)  # fmt: skip
def test_any_other_address_is_refused_and_told_nowhere(
    store: Store, tenant: Tenant, ibpmon: Run, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    """A message must not leave for a host that somebody wrote in that file; and the file holds a secret."""
    caplog.set_level(logging.DEBUG)
    config = set_up(tenant, address)
    put(store)

    delivery = sent(store, config)
    checked = ibpmon("check", "--config", tenant.config)

    assert numbers(delivery) == (0, 0, 1, 0)
    assert "not that of a workflow of Teams" in reason(delivery)
    assert "not that of a workflow of Teams" in checked.out
    assert checked.code == 1
    said = reason(delivery) + rows(store)[0].error + checked.out + checked.err + caplog.text
    assert "geheim" not in said


def test_an_address_that_others_can_read_is_told(store: Store, tenant: Tenant) -> None:
    """The same rule as for every secret."""
    config = set_up(tenant)
    put(store)
    (tenant.folder / "teams-webhook.txt").chmod(0o644)

    delivery = sent(store, config)

    assert numbers(delivery) == (0, 0, 1, 0)
    assert "others on this machine can read the secret file" in reason(delivery)


@pytest.mark.parametrize("fault", ["", "reset", "wrong", "answer", "untrusted"])
def test_the_address_is_never_logged_or_told(
    store: Store, tenant: Tenant, caplog: pytest.LogCaptureFixture, ibpmon: Run, fault: str
) -> None:
    """Whoever reads a log or a ticket must not be able to post in the channel."""
    config = set_up(tenant)
    key = tenant.microsoft.webhook.url.partition("sig=")[2]
    put(store)
    if fault == "reset":
        tenant.microsoft.faults.add(Fault("reset", path="/workflows/"))
    if fault == "wrong":
        tenant.microsoft.webhook.say(404)
    if fault == "answer":
        tenant.microsoft.webhook.say(200, f"failed for {tenant.microsoft.webhook.url}")
    if fault == "untrusted":
        config = config.model_copy(update={"tenant": config.tenant.model_copy(update={"ca": None})})
    caplog.set_level(logging.DEBUG, "ibpmon")

    delivery = sent(store, config)
    listed = ibpmon("check", "--config", tenant.config)

    said = [record.getMessage() for record in caplog.records if record.name.startswith("ibpmon")]
    assert key not in "\n".join([*said, reason(delivery), rows(store)[0].error, listed.out, listed.err])
    assert key not in repr(config)
    assert bool(delivery.sent) is not bool(fault)


def test_a_workflow_with_an_unknown_certificate_gets_nothing(store: Store, tenant: Tenant) -> None:
    """Somebody on the way answers in its place."""
    config = set_up(tenant)
    config = config.model_copy(update={"tenant": config.tenant.model_copy(update={"ca": None})})
    put(store)

    delivery = sent(store, config)

    assert numbers(delivery) == (0, 0, 1, 0)
    assert "certificate of Teams does not match" in reason(delivery)
    assert tenant.microsoft.webhook.cards == []


def test_a_good_address_is_checked_without_posting(tenant: Tenant, ibpmon: Run) -> None:
    """`ibpmon check` sends nothing, also not a card."""
    set_up(tenant)

    lines = json.loads(ibpmon("check", "--json", "--config", tenant.config).out)

    assert [one["state"] for one in lines if one["subject"] == "teams"] == ["ok"]
    assert tenant.microsoft.webhook.cards == []


def test_without_teams_nothing_is_said_of_it(tenant: Tenant, ibpmon: Run) -> None:
    """It is off until a board asks for it."""
    lines = json.loads(ibpmon("check", "--json", "--config", tenant.config).out)

    assert not [one for one in lines if one["subject"] == "teams"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"type": "message", "attachments": []}', b'{"text": "hoi"}', b'{"attachments": [{"content": 1}]}'],
)
def test_the_double_takes_cards_only(tenant: Tenant, body: bytes) -> None:
    """A workflow that posts cards answers 400 to anything else."""
    import requests

    answer = requests.post(tenant.microsoft.webhook.url, data=body, verify=str(tenant.microsoft.ca), timeout=5)

    assert answer.status_code == 400
    assert tenant.microsoft.webhook.cards == []
