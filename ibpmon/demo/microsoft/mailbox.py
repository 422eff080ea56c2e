"""A mail server on this machine: TLS and a password or token are required, each mail becomes a file."""

import asyncio
import base64
import json
import logging
import re
import socket
import ssl
import threading
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

# aiosmtpd warns at every sign-in that one of its own attributes will go.
logging.getLogger("mail.log").setLevel(logging.ERROR)

LONGEST_LINE = 12_288
TRIES = 5  # to find a port


@dataclass(frozen=True, slots=True)
class Smtp:
    """How to hand over mail."""

    host: str
    port: int
    user: str
    password: str


class Mailbox:
    """Accepts mail into a folder; `reject`, `hang_up`, `dawdle` and `drop_starttls` script what goes wrong.

    `implicit`: TLS from the first byte, as on port 465. `tokens` says whether a token may send from a mailbox.
    """

    def __init__(self, folder: Path, tls: ssl.SSLContext, password: str, *, implicit: bool = False) -> None:
        self.folder = folder
        self.smtp = Smtp("localhost", free_port(), "ibpmon@verzonnenwaaier.example", password)
        self._rejections: list[str] = []
        self._without_tls = 0
        self._hang_ups: list[bool] = []
        self._seconds: list[float] = []
        self._number = 0
        self.tokens: Callable[[str, str], bool] = lambda mailbox, token: False
        self.challenge = True  # a token that is refused is told of in JSON first
        self.implicit = implicit
        self._lock = threading.Lock()
        self._controller = _Controller(self, tls)

    @property
    def mails(self) -> list[Path]:
        """The mails that came in, oldest first."""
        return sorted(self.folder.glob("*.eml"))

    def start(self) -> None:
        """Begin to listen; somebody else may take the port that was free a moment ago, and then it is another one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for _try in range(TRIES):
            try:
                self._controller.start()
            except OSError:
                self._controller.discard()
                self.smtp = replace(self.smtp, port=free_port())
                self._controller = _Controller(self, self._controller.tls)
            else:
                return
        raise OSError("no port is free")

    def stop(self) -> None:
        """Stop listening."""
        self._controller.stop(no_assert=True)

    def reject(self, code: int = 451, times: int = 1, text: str = "verzonnen storing") -> None:
        """Refuse the next mails: 4xx for now, 5xx for good."""
        with self._lock:
            self._rejections += [f"{code} {text}"] * times

    def drop_starttls(self, times: int = 1) -> None:
        """Do as a tampered connection does for the next clients: offer no STARTTLS."""
        with self._lock:
            self._without_tls += times

    def hang_up(self, times: int = 1, *, kept: bool = True) -> None:
        """Break the line after the next mails instead of answering; the mail was taken (`kept`) or not."""
        with self._lock:
            self._hang_ups += [kept] * times

    def dawdle(self, seconds: float, times: int = 1) -> None:
        """Look so long into the next mails before answering."""
        with self._lock:
            self._seconds += [seconds] * times

    def after_data(self) -> tuple[bool | None, float]:
        """Whether to break the line now (and whether the mail is kept), and how long to wait."""
        with self._lock:
            kept = self._hang_ups.pop(0) if self._hang_ups else None
            return kept, self._seconds.pop(0) if self._seconds else 0.0

    def takes_plain(self) -> bool:
        """Whether this connection goes without STARTTLS; counts down."""
        with self._lock:
            self._without_tls -= 1
            return self._without_tls >= 0 or self._reset_plain()

    def _reset_plain(self) -> bool:
        self._without_tls = 0
        return False

    def knows(self, user: bytes, password: bytes) -> bool:
        """Whether name and password are right."""
        return (user, password) == (self.smtp.user.encode(), self.smtp.password.encode())

    def accept(self, content: bytes) -> str:
        """Keep a mail, bytes as received, and say so; or refuse it when that is in the script."""
        with self._lock:
            if self._rejections:
                return self._rejections.pop(0)
            self._number += 1
            name = f"{self._number:04d}-{slug(content)}.eml"
            (self.folder / name).write_bytes(content)
        return "250 OK"


class _Server(SMTP):
    """Reads lines in which a token fits, as Exchange does."""

    line_length_limit = LONGEST_LINE


class _Controller(Controller):
    """Makes a server per connection, with STARTTLS unless the script says otherwise."""

    def __init__(self, mailbox: Mailbox, tls: ssl.SSLContext) -> None:
        self.mailbox, self.tls = mailbox, tls
        first = tls if mailbox.implicit else None
        super().__init__(_Handler(mailbox), hostname="127.0.0.1", port=mailbox.smtp.port, ssl_context=first)

    def discard(self) -> None:
        """Give up one that did not start: then nobody else closes its loop."""
        self.stop(no_assert=True)
        self.loop.close()

    def factory(self) -> SMTP:
        safe: dict[str, Any] = {"tls_context": self.tls, "require_starttls": True, "auth_required": True}
        if self.mailbox.implicit:
            safe = {"auth_require_tls": False}  # aiosmtpd knows of no other TLS than STARTTLS; the handler asks for it
        if self.mailbox.takes_plain():
            safe = {}
        server = _Server(self.handler, authenticator=self.authenticate, hostname="localhost", **safe)
        server.command_size_limits["AUTH"] = LONGEST_LINE
        return server

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, kind: str, data: Any) -> AuthResult:
        known = self.mailbox.knows(getattr(data, "login", b""), getattr(data, "password", b""))
        return AuthResult(success=known, handled=False)


class _Handler:
    """What aiosmtpd calls."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_MAIL(  # noqa: N802  its name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.mailbox.implicit and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  its name
        content = envelope.original_content or b""
        kept, seconds = self.mailbox.after_data()
        await asyncio.sleep(seconds)
        if kept is None:
            return self.mailbox.accept(content)
        if kept:
            self.mailbox.accept(content)
        assert isinstance(server.transport, asyncio.WriteTransport), "a line that is open"  # noqa: S101 - else there was no mail
        server.transport.abort()
        raise ConnectionResetError("the line broke, as the script wants")

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802  its name
        """A token; what is refused is told in JSON, and then in a status."""
        user, token = bearer(args[1] if len(args) > 1 else "")
        if self.mailbox.tokens(user, token):
            return AuthResult(success=True, auth_data=user)
        if self.mailbox.challenge:
            said = {"status": "401", "schemes": "bearer", "scope": "https://outlook.office365.com/.default"}
            await server.challenge_auth(json.dumps(said))  # answered by an empty line: the client has read it
        await server.push("535 5.7.3 Authentication unsuccessful")
        return AuthResult(success=False, handled=True)


def bearer(text: str) -> tuple[str, str]:
    """Mailbox and token of what XOAUTH2 says."""
    try:
        said = base64.b64decode(text, validate=True).decode()
    except ValueError:
        return "", ""
    match = re.fullmatch(r"user=([^\x01]*)\x01auth=Bearer ([^\x01]*)\x01\x01", said)
    return (match[1], match[2]) if match else ("", "")


def slug(content: bytes) -> str:
    """The subject as a safe part of a file name."""
    subject = str(message_from_bytes(content, policy=policy.default).get("subject") or "")
    plain = unicodedata.normalize("NFKD", subject).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "zonder-onderwerp"


def free_port() -> int:
    """A port that nobody uses; aiosmtpd cannot choose one itself."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
