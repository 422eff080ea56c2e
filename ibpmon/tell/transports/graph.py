"""Mail through Microsoft Graph: from one mailbox, with the app registration that is there already."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ibpmon.errors import ConfigError, MailError, SourceError
from ibpmon.language import N_
from ibpmon.tell.transports.letters import (
    Accepted,
    Letter,
    NeverTaken,
    ServerTrouble,
    Uncertain,
    to_bytes,
)

if TYPE_CHECKING:
    from ibpmon.providers.client import Graph
    from ibpmon.providers.refusals import Answer

# What is wrong with this one mail and will be; anything else is wrong with the way, and then every mail waits.
WRONG_MAIL = frozenset({400, 413, 422})
RIGHTS = N_(
    "let Exchange give the app registration the role Application Mail.Send for this mailbox (docs/own-board.md has the "
    "commands; it takes up to two hours), or consent to Mail.Send in Entra"
)


@dataclass(slots=True)
class GraphMail:
    """sendMail of one mailbox; the client is made when the first mail goes out, and closed with the block."""

    sender: str
    connect: "Callable[[], Graph]"
    open: ExitStack = field(default_factory=ExitStack)
    _client: "Graph | None" = None

    def send(self, letter: Letter, accepted: Accepted) -> None:
        """Hand over one mail; `accepted` runs after Graph's 202. Accepted is not delivered."""
        answer = self.answer(to_bytes(letter, self.sender))
        if answer.status != 202:
            raise refusal(answer, self.sender)
        accepted({})

    def answer(self, mime: bytes) -> "Answer":
        """What Graph says to one mail."""
        from ibpmon.providers.sending import PerhapsSent

        try:
            return self.client().send_mail(self.sender, mime)
        except PerhapsSent as error:
            raise carried(error, Uncertain) from None
        except (SourceError, ConfigError) as error:
            raise carried(error, ServerTrouble) from None

    def client(self) -> "Graph":
        """The client; one for all mails of a round."""
        if self._client is None:
            self._client = self.open.enter_context(self.connect())
        return self._client


def carried(error: SourceError | ConfigError, kind: type[MailError]) -> MailError:
    """The same trouble, as what it means for a mail."""
    return kind(error.what, why=error.why, fix=error.fix, **error.values)


def refusal(answer: "Answer", sender: str) -> MailError:
    """What an answer other than 202 means: for this mail alone, or for all that go this way."""
    from ibpmon.providers.refusals import asked_to_wait, read_error

    codes, _sentence = read_error(answer.body)
    kind = NeverTaken if answer.status in WRONG_MAIL else ServerTrouble
    why, fix = meaning(answer.status)
    return kind(
        N_("Microsoft Graph does not take the mail from {sender}"),
        why=why,
        fix=fix,
        sender=sender,
        status=answer.status,
        code=next(iter(codes), "-"),
        request_id=answer.request_id,
        wait=asked_to_wait(answer.headers) or 0,
    )


def meaning(status: int) -> tuple[str, str]:
    """Why a mail was not taken, and what to do."""
    if status in WRONG_MAIL:
        return N_("it answered {status} {code}"), N_("check the addresses under [mail.to]")
    if status == 403:
        return N_("the app registration may not send from this mailbox ({status} {code})"), RIGHTS
    if status == 404:
        return N_("there is no such mailbox ({status} {code})"), N_(
            "make mail.from the address of a mailbox in Exchange Online"
        )
    if status == 429:
        return N_("it asks to wait ({status} {code})"), N_("nothing to do: it is sent later")
    if status >= 500:
        return (
            N_("it is not available now ({status} {code})"),
            N_("nothing to do: it is sent later; see the Microsoft 365 service health when it lasts"),
        )
    return N_("it answered {status} {code}, request {request_id}"), N_("report it with that number; the mail waits")
