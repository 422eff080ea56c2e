"""What goes out and how it is written as a mail, and what can become of it on the way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Protocol

from ibpmon.errors import MailError

Refused = Mapping[str, tuple[int, bytes]]  # recipient -> code and words of the server
Accepted = Callable[[Refused], None]
REPEAT = "X-Ibpmon-Repeat"


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it goes out; all of it was fixed when it was written."""

    message_id: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    date: datetime
    references: tuple[str, ...] = ()  # the Message-IDs of its thread, the oldest first
    repeat: int = 0  # so many times it may have arrived before


class ServerTrouble(MailError):
    """The way cannot be used now: every message that goes by it waits; as long as `wait` says, if it does."""


class TryLater(MailError):
    """This message is not taken now: it waits."""


class NeverTaken(MailError):
    """This message will not be taken: trying again does not help."""


class Uncertain(MailError):
    """The message was handed over and no answer came: it may be taken, or not."""


class Transport(Protocol):
    """A way on which messages go out."""

    def send(self, letter: Letter, accepted: Accepted) -> None:
        """Hand over one message; `accepted` is called at the very moment that it was taken. Raises MailError."""


class ThreadHeader(UnstructuredHeader, BaseHeader):
    """Message-IDs, one a line: the standard library would write one that is long in pieces that no reader joins."""

    max_count = 1

    def fold(self, *, policy: Any) -> str:
        """The header as it goes over the line."""
        return f"{self.name}: {f'{policy.linesep} '.join(str(self).split())}{policy.linesep}"


HEADERS = HeaderRegistry()
for _name in ("references", "in-reply-to", "message-id"):
    HEADERS.map_to_type(_name, ThreadHeader)
POLICY = SMTP.clone(header_factory=HEADERS)


def to_bytes(letter: Letter, sender: str) -> bytes:
    """The mail as it goes over the line: plain text, with the HTML as its other form if there is one."""
    message = EmailMessage(policy=POLICY)
    message["From"], message["To"] = sender, ", ".join(letter.recipients)
    message["Subject"] = encodable(letter.subject).replace("\r", " ").replace("\n", " ")
    message["Date"] = format_datetime(letter.date)
    message["Message-ID"] = letter.message_id
    if letter.references:
        message["In-Reply-To"], message["References"] = letter.references[-1], " ".join(letter.references)
    if letter.repeat:
        message[REPEAT] = str(letter.repeat)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office in return
    message.set_content(encodable(letter.text), cte="quoted-printable")
    if letter.html:
        message.add_alternative(encodable(letter.html), subtype="html", cte="quoted-printable")
    return message.as_bytes()


def encodable(text: str) -> str:
    """The text with half characters (lone surrogates) replaced: one of them would stop the whole mail."""
    return text.encode("utf-8", "replace").decode("utf-8")


def readable(words: object) -> str:
    """The words of a server or an error on one line, without what could steer a screen."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]


def domain(address: str) -> str:
    """The part of an address after the @, as plain ASCII."""
    try:
        return address.rpartition("@")[2].encode("idna").decode("ascii")
    except UnicodeError:
        return "localhost"
