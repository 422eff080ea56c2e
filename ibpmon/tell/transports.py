"""Hands one mail to the mail server: over TLS that is verified, or not at all."""

import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Protocol

from ibpmon.config import Mail, secret_text
from ibpmon.errors import ConfigError, MailError
from ibpmon.language import N_

TIMEOUT = 30  # seconds for each answer of the server

Refused = Mapping[str, tuple[int, bytes]]  # recipient -> code and words of the server


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it goes out; all of it was fixed when the alert changed."""

    message_id: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    date: datetime


class ServerTrouble(MailError):
    """The mail server cannot be used now: every mail waits."""


class TryLater(MailError):
    """The server does not take this mail now: it waits."""


class NeverTaken(MailError):
    """The server will not take this mail: trying again does not help."""


class Transport(Protocol):
    """Something that takes mails."""

    def send(self, letter: Letter, accepted: Callable[[Refused], None]) -> None:
        """Hand over one mail; `accepted` is called at the very moment that it was taken. Raises MailError."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """The mail server of the configuration."""

    mail: Mail

    def send(self, letter: Letter, accepted: Callable[[Refused], None]) -> None:
        """Hand over one mail; `accepted` runs after the server's 250 and before QUIT: a hang-up there loses nothing."""
        message = to_bytes(letter, self.mail.sender)
        with self.signed_in() as server:
            accepted(self.hand_over(server, letter, message))

    @contextmanager
    def signed_in(self) -> Iterator[smtplib.SMTP]:
        """A verified, signed-in connection. Leaving it is polite and never an error: the mail is already taken."""
        with self.told():
            # The host goes into the constructor: given to connect() only, smtplib cannot check the certificate's name.
            server = smtplib.SMTP(self.mail.host, self.mail.port, domain(self.mail.sender), TIMEOUT)
        try:
            with self.told():
                self.secure(server)
                self.sign_in(server)
            yield server
        finally:
            leave(server)

    @contextmanager
    def told(self) -> Iterator[None]:
        """What goes wrong on the way to a signed-in connection, as ServerTrouble."""
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            raise self.trouble(
                N_("its certificate cannot be verified: {error}"),
                N_("check mail.host, and name the authority of your own network under mail.ca"),
                error=error.verify_message,
            ) from None
        except smtplib.SMTPResponseException as error:
            raise self.trouble(
                N_("it answered {code}: {words}"), code=error.smtp_code, words=readable(error.smtp_error)
            ) from None
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise self.trouble(N_("there is no connection: {error}"), error=readable(error)) from None

    def secure(self, server: smtplib.SMTP) -> None:
        """Start TLS and verify the server; a server without it gets no mail."""
        server.ehlo_or_helo_if_needed()
        if not server.has_extn("starttls"):
            raise self.trouble(
                N_("it offers no STARTTLS, and ibpmon never sends mail over a line that others can read"),
                N_("use the port for submission (usually 587), or switch STARTTLS on at the server"),
            )
        # Without a context smtplib accepts any certificate.
        server.starttls(context=self.context())
        server.ehlo()

    def context(self) -> ssl.SSLContext:
        """The certificate authorities that count: those of the machine, and the board's own."""
        context = ssl.create_default_context()
        if self.mail.ca:
            try:
                context.load_verify_locations(self.mail.ca)
            except (OSError, ssl.SSLError) as error:
                raise ServerTrouble(
                    N_("cannot read the certificate authority {path}"),
                    why="{error}",
                    fix=N_("name a file with certificates in PEM form under mail.ca"),
                    path=self.mail.ca,
                    error=error.strerror or error,
                ) from None
        return context

    def sign_in(self, server: smtplib.SMTP) -> None:
        """Sign in, when the configuration names a user."""
        if self.mail.user is None:
            return
        user, password = self.mail.user, self.password()
        try:
            server.login(user, password)
        except smtplib.SMTPAuthenticationError as error:
            raise self.trouble(
                N_("it refuses user {user} with this password ({code} {words})"),
                N_("check mail.user and the file mail.password; Microsoft 365 needs SMTP AUTH switched on per mailbox"),
                user=user,
                code=error.smtp_code,
                words=readable(error.smtp_error),
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise self.trouble(
                N_("it offers no signing in, but mail.user is set"),
                N_("leave mail.user and mail.password out, or use another port"),
            ) from None

    def password(self) -> str:
        """The password from its file."""
        if self.mail.password is None:
            raise self.trouble(
                N_("mail.user is set, but mail.password is not"),
                N_("put the password in a file of mode 0600 and name that file under mail.password"),
            )
        try:
            password = secret_text(self.mail.password)
        except ConfigError as error:
            raise ServerTrouble(error.what, why=error.why, fix=error.fix, **error.values) from None
        if not (password + (self.mail.user or "")).isascii():
            raise self.trouble(
                N_("the user name or the password holds a character outside ASCII, which SMTP cannot carry"),
                N_("give the mailbox a password of letters, digits and signs without accents"),
            )
        return password

    def hand_over(self, server: smtplib.SMTP, letter: Letter, message: bytes) -> Refused:
        """Give the mail to the server; gives who was refused while others were taken."""
        try:
            return server.sendmail(self.mail.sender, letter.recipients, message)
        except smtplib.SMTPSenderRefused as error:
            raise self.trouble(
                N_("it does not let {sender} send ({code} {words})"),
                N_(
                    "make mail.from an address that this user may send from, and set mail.user if the server wants that"
                ),
                sender=self.mail.sender,
                code=error.smtp_code,
                words=readable(error.smtp_error),
            ) from None
        except smtplib.SMTPRecipientsRefused as error:
            code, words = min(error.recipients.values())  # one that may still succeed (4xx) counts before 5xx
            raise self.refusal(code, words, N_("check the addresses under [mail.to]")) from None
        except smtplib.SMTPResponseException as error:
            raise self.refusal(error.smtp_code, error.smtp_error, N_("ask the mail administrator why")) from None
        except UnicodeError:
            raise self.refusal(553, b"", N_("use addresses without accents under [mail.to] and mail.from")) from None
        except (OSError, smtplib.SMTPException) as error:
            raise self.trouble(N_("the connection broke: {error}"), error=readable(error)) from None

    def trouble(self, why: str, fix: str = "", **values: object) -> ServerTrouble:
        """The server cannot be used."""
        fix = fix or N_("check mail.host and mail.port, and that this machine may reach the server")
        what = N_("cannot hand mail to {host}:{port}")
        return ServerTrouble(what, why=why, fix=fix, host=self.mail.host, port=self.mail.port, **values)

    def refusal(self, code: int, words: bytes | str, fix: str) -> MailError:
        """The server refuses one mail: for now (4xx), or for good."""
        kind = TryLater if 400 <= code < 500 else NeverTaken
        what, why = N_("{host} does not take the mail"), N_("it answered {code}: {words}")
        return kind(what, why=why, fix=fix, host=self.mail.host, code=code, words=readable(words))


def leave(server: smtplib.SMTP) -> None:
    """Say goodbye and hang up, whatever the state of the line."""
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def to_bytes(letter: Letter, sender: str) -> bytes:
    """The mail as it goes over the line: plain text with the HTML as its other form."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = sender, ", ".join(letter.recipients)
    message["Subject"] = encodable(letter.subject).replace("\r", " ").replace("\n", " ")
    message["Date"] = format_datetime(letter.date)
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office in return
    message.set_content(encodable(letter.text), cte="quoted-printable")
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
