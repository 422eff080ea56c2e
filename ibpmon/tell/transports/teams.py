"""Counts in a channel of Teams, through a workflow of the board: off by default, and never a name in it."""

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ibpmon.config import MICROSOFT_GRAPH, Config, secret_text
from ibpmon.errors import ConfigError, MailError, SourceError
from ibpmon.language import N_, _
from ibpmon.tell.transports.letters import (
    Accepted,
    Letter,
    NeverTaken,
    ServerTrouble,
    Uncertain,
    encodable,
    readable,
)

if TYPE_CHECKING:
    from requests import Response

    from ibpmon.providers.session import Session

# Where Power Automate and Logic Apps give out the addresses of workflows.
HOSTS = re.compile(r"([a-z0-9-]+\.)+(logic\.azure\.com|api\.powerplatform\.com)", re.ASCII)
TAKEN, EMPTY = 202, frozenset({b"", b"1"})  # a workflow answers 202; the older connector 200 with a 1
ADDRESS = re.compile(r"https?://\S+")  # what it answers may hold its own address
LONGEST = 5_000  # characters of a card; Teams takes 28 kB
WHERE = N_(
    "copy the address from the workflow in Teams ('Post to a channel when a webhook request is received') into the "
    "file of teams.webhook, on one line"
)


@dataclass(frozen=True, slots=True)
class Teams:
    """The workflow of the configuration. Whoever knows its address can post there, so it is told nowhere."""

    config: Config

    def send(self, letter: Letter, accepted: Accepted) -> None:
        """Hand over one card; `accepted` runs after the workflow took it."""
        body = json.dumps(card(letter)).encode()
        address = self.address()
        with self.session(address) as session:
            response = self.answered(session, address, body)
        if error := refusal(response):
            raise error
        accepted({})

    def address(self) -> str:
        """The address from its file, checked; ServerTrouble when it cannot be used."""
        teams = self.config.teams
        if teams is None:
            raise ServerTrouble(N_("there is no [teams] in config.toml"), fix=N_("set teams.webhook"))
        try:
            address = secret_text(teams.webhook)
        except ConfigError as error:
            raise ServerTrouble(error.what, why=error.why, fix=error.fix, **error.values) from None
        if not self.may_be(address):
            raise ServerTrouble(
                N_("the address in {path} is not that of a workflow of Teams"),
                why=N_("it must begin with https:// and lead to logic.azure.com or api.powerplatform.com"),
                fix=WHERE,
                path=teams.webhook,
            )
        return address

    def may_be(self, address: str) -> bool:
        """Whether a message may go to this address: https, a host of Microsoft's workflows, and nothing in disguise.

        The host of tenant.graph is one too: it gets our tokens, so a card without a name is less than it has already.
        In the demo that is where the workflow stands.
        """
        from urllib3.exceptions import LocationParseError
        from urllib3.util import parse_url

        from ibpmon.providers.addresses import PLAIN
        from ibpmon.providers.session import origin

        try:
            url = parse_url(address)
        except LocationParseError:
            return False
        if not PLAIN.fullmatch(address) or url.scheme != "https" or url.auth is not None or url.fragment is not None:
            return False
        graph = self.config.tenant.graph
        own = graph != MICROSOFT_GRAPH and origin(address) == origin(graph)
        return own or (url.port in (None, 443) and bool(HOSTS.fullmatch(url.host or "")))

    def session(self, address: str) -> "Session":
        """A connection that lets nothing out but a card to this address."""
        from ibpmon.providers.session import Session

        tenant = self.config.tenant
        return Session([address], ca=tenant.ca, proxy=tenant.proxy, webhook=address)

    def answered(self, session: "Session", address: str, body: bytes) -> "Response":
        """The answer of the workflow; Uncertain when the card may have come in without one."""
        import requests

        from ibpmon.providers.sending import left
        from ibpmon.providers.troubles import trouble

        try:
            return session.post(address, data=body, headers={"Content-Type": "application/json"})
        except requests.RequestException as error:
            if left(error):
                raise Uncertain(
                    N_("the workflow of Teams may have taken the message, or not"),
                    why=N_("no whole answer came"),
                    fix=N_("nothing to do: it is sent once more, and says so"),
                ) from None
            told: SourceError = trouble(error, NAME, "teams.webhook")
            raise ServerTrouble(told.what, why=told.why, fix=told.fix, **told.values) from None


NAME = "Teams"  # in place of the host: the first part of it is half of the secret


def card(letter: Letter) -> dict[str, Any]:
    """The message as an Adaptive Card. Its texts are runs, which Teams shows as they are: no links, no mark-up."""
    lines = [line for line in encodable(letter.text)[:LONGEST].splitlines() if line.strip()]
    if letter.repeat:
        lines.append(_("(Sent once more: it is not certain that it arrived before.)"))
    body = [block(encodable(letter.subject)[:LONGEST], weight="Bolder"), *map(block, lines)]
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": content}]}


def block(text: str, **looks: str) -> dict[str, Any]:
    """One line of a card."""
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **looks}]}


def refusal(response: "Response") -> MailError | None:
    """What an answer means; None when the card was taken. A workflow can say 200 and mean that it failed."""
    from ibpmon.providers.refusals import asked_to_wait

    status, said = response.status_code, response.content.strip()
    if status == TAKEN or (status == 200 and said in EMPTY):
        return None
    kind = NeverTaken if 400 <= status < 500 and status not in (408, 429) else ServerTrouble
    why, fix = meaning(status)
    return kind(
        N_("the workflow of Teams does not take the message"),
        why=why,
        fix=fix,
        status=status,
        words=ADDRESS.sub("(...)", readable(said)),
        wait=asked_to_wait(response.headers) or 0,
    )


def meaning(status: int) -> tuple[str, str]:
    """Why a card was not taken, and what to do."""
    if status == 200:
        return (
            N_("it answered 200, and in words that it failed: {words}"),
            N_("look at the last runs of the workflow in Power Automate; the message is sent again later"),
        )
    if status in (401, 403, 404, 410):
        return N_("the workflow is not there any more, or the address is not right ({status})"), WHERE
    if status in (408, 429) or status >= 500:
        return N_("it is not available now ({status})"), N_("nothing to do: it is sent later")
    if status >= 400:
        return (
            N_("it answered {status}"),
            N_("let the workflow post the card as it comes in; then send it again with 'ibpmon outbox retry'"),
        )
    return N_("it answered {status}"), WHERE
