"""Hands one mail to the mail server: over TLS that is verified, or not at all."""

import json
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ibpmon.config import Mail, secret_text
from ibpmon.errors import ConfigError, MailError, SourceError
from ibpmon.language import N_
from ibpmon.tell.transports.letters import (
    Accepted,
    Letter,
    NeverTaken,
    Refused,
    ServerTrouble,
    TryLater,
    Uncertain,
    domain,
    readable,
    to_bytes,
)

if TYPE_CHECKING:
    from ibpmon.providers.auth import TokenSource

TIMEOUT = 30  # seconds for each answer of the server
PATIENCE = 300  # for the answer to a whole mail: a server that looks into it takes its time, and asking twice is worse


class Lost(smtplib.SMTPException):
    """The line broke after the whole mail was given and before the server said anything of it."""


class Careful(smtplib.SMTP):
    """Tells a line that broke when the mail was given from one that broke before: then the server has no whole mail."""

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Give the mail, and wait for what the server says of it."""
        code, words = self.docmd("DATA")
        if code != 354:
            raise smtplib.SMTPDataError(code, words)
        self.send(dotted(msg))
        if self.sock:
            self.sock.settimeout(PATIENCE)
        try:
            code, words = self.getreply()
        except (OSError, smtplib.SMTPServerDisconnected) as broke:
            raise Lost(str(broke)) from None
        if code < 200:
            raise Lost(readable(words))
        if self.sock:
            self.sock.settimeout(TIMEOUT)
        return code, words


class CarefulOverTls(smtplib.SMTP_SSL, Careful):
    """The same on a port that begins with TLS."""


def dotted(message: bytes) -> bytes:
    """The mail with the end that SMTP wants: a dot alone, and another one before each line that begins with one."""
    body = re.sub(rb"(?m)^\.", b"..", message)
    return body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n"


@dataclass(frozen=True, slots=True)
class Smtp:
    """The mail server of the configuration."""

    mail: Mail
    tokens: "TokenSource | None" = None  # for XOAUTH2

    def send(self, letter: Letter, accepted: Accepted) -> None:
        """Hand over one mail; `accepted` runs after the server's 250 and before QUIT: a hang-up there loses nothing."""
        message = to_bytes(letter, self.mail.sender)
        with self.signed_in() as server:
            accepted(self.hand_over(server, letter, message))

    @contextmanager
    def signed_in(self) -> Iterator[smtplib.SMTP]:
        """A verified, signed-in connection. Leaving it is polite and never an error: the mail is already taken."""
        with self.told():
            server = self.connected()
        try:
            with self.told():
                self.secure(server)
                self.sign_in(server)
            yield server
        finally:
            leave(server)

    def connected(self) -> smtplib.SMTP:
        """A connection, with TLS from the start if that was chosen."""
        # The host goes into the constructor: given to connect() only, smtplib cannot check the certificate's name.
        address = (self.mail.host, self.mail.port, domain(self.mail.sender))
        if self.mail.tls == "implicit":
            return CarefulOverTls(*address, timeout=TIMEOUT, context=self.context())
        return Careful(*address, timeout=TIMEOUT)

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
        except ssl.SSLError as error:
            raise self.trouble(
                N_("the secure connection could not be made: {error}"),
                N_("mail.tls and mail.port must belong together: starttls with 587, implicit with 465"),
                error=readable(error.reason or error),
            ) from None
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise self.trouble(N_("there is no connection: {error}"), error=readable(error)) from None

    def secure(self, server: smtplib.SMTP) -> None:
        """Start TLS and verify the server; a server without it gets no mail."""
        server.ehlo_or_helo_if_needed()
        if self.mail.tls == "implicit":
            return
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
        """Sign in: with a token, or with a password when the configuration names a user."""
        if self.mail.auth == "xoauth2":
            self.show_token(server)
            return
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

    def show_token(self, server: smtplib.SMTP) -> None:
        """Sign in with a token of the app registration, as Exchange Online wants it."""
        user = self.mail.user or self.mail.sender
        answer = Bearer(user, self.token())
        try:
            server.auth("XOAUTH2", answer, initial_response_ok=True)
        except smtplib.SMTPAuthenticationError as error:
            if self.tokens:
                self.tokens.renew()  # a permission that is granted now is in new tokens only
            raise self.trouble(
                N_("it refuses the token for {user} ({code} {words})"),
                N_(
                    "give the app registration SMTP.SendAsApp (Office 365 Exchange Online) and, in Exchange, rights on "
                    "the mailbox of mail.from; switch SMTP AUTH on for that mailbox"
                ),
                user=user,
                code=error.smtp_code,
                words=answer.told or readable(error.smtp_error),
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise self.trouble(
                N_("it takes no token (XOAUTH2)"), N_("set mail.auth to password, or check mail.host")
            ) from None

    def token(self) -> str:
        """A token for SMTP; without one nothing can be sent now."""
        if self.tokens is None:
            raise self.trouble(N_("there is no app registration to sign in with"), N_("fill in [tenant]"))
        try:
            return self.tokens.get().reveal()
        except (SourceError, ConfigError) as error:
            raise ServerTrouble(error.what, why=error.why, fix=error.fix, **error.values) from None

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
        except Lost as error:
            raise Uncertain(
                N_("{host} may have taken the mail, or not"),
                why=N_("the connection broke after the mail was given and before the server confirmed it: {error}"),
                fix=N_("nothing to do: it is sent once more, under the same number"),
                host=self.mail.host,
                error=readable(error),
            ) from None
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


class Bearer:
    """What XOAUTH2 says; a server that refuses says why in a piece of JSON, and then wants an empty answer."""

    def __init__(self, user: str, token: str) -> None:
        self._first = f"user={user}\x01auth=Bearer {token}\x01\x01"
        self.told = ""

    def __call__(self, challenge: bytes | None = None) -> str:
        if challenge is None:
            return self._first
        self.told = reason_in(challenge)
        return ""


def reason_in(challenge: bytes) -> str:
    """Why a token is refused, as the server's JSON has it: its status and what it wanted."""
    try:
        said = json.loads(challenge)
        parts = [f"{name} {said[name]}" for name in ("status", "schemes", "scope", "error") if said.get(name)]
    except (ValueError, TypeError, AttributeError):
        return readable(challenge)
    return readable(", ".join(parts))


def leave(server: smtplib.SMTP) -> None:
    """Say goodbye and hang up, whatever the state of the line."""
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()
