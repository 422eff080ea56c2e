"""Sending a mail through Graph: the one thing that ibpmon does at Microsoft besides reading.

A read that failed is simply asked again. A mail is not: whoever sent one and heard nothing does not know whether it
went out, and only the one who keeps the mail can decide what then.
"""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from urllib.parse import quote

import requests

from ibpmon.errors import PassingError, SourceError
from ibpmon.language import N_
from ibpmon.providers.addresses import Service
from ibpmon.providers.refusals import Answer, Call
from ibpmon.providers.troubles import causes, trouble

AT_ONCE = 4  # mails under way from one mailbox: learn.microsoft.com/graph/throttling-limits, Outlook
FAMILY, RIGHT = "mail", "Mail.Send"
TAKEN = 202
UNDER_WAY = frozenset({502, 504})  # a gate of Microsoft gave up waiting for what stands behind it
# With these the request never left: there was nobody to take it.
NEVER_LEFT = frozenset({"NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "SSLCertVerificationError"})


class PerhapsSent(PassingError):
    """The mail was handed over, and no answer came that says what became of it."""


class Doorway:
    """So many mails at once, of all threads that share a client."""

    def __init__(self) -> None:
        self._places = BoundedSemaphore(AT_ONCE)

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place, after waiting for it."""
        with self._places:
            yield


def path_of(mailbox: str) -> str:
    """Where a mail from this mailbox is handed over."""
    return f"/users/{quote(mailbox, safe='')}/sendMail"


def call_of(url: str, mime: bytes) -> Call:
    """The request: the mail as MIME, for Graph's own form knows no Message-ID and no second form of the text."""
    body = base64.b64encode(mime)
    return Call(url, "/users/{id}/sendMail", FAMILY, (RIGHT,), body=body, content_type="text/plain")


def hand_over(exchange: Callable[[], Answer], host: str, service: Service) -> Answer:
    """The answer to a mail; PerhapsSent when nobody can say, another SourceError when it certainly did not go out."""
    try:
        answer = exchange()
    except requests.RequestException as error:
        if left(error):
            raise perhaps(host, service) from None
        raise trouble(error, host, service.setting) from None
    if answer.status in UNDER_WAY:
        raise perhaps(host, service, answer.status)
    return answer


def left(error: requests.RequestException) -> bool:
    """Whether the request may have arrived; all that is not certain counts as so."""
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return False
    if isinstance(error, requests.exceptions.ProxyError | requests.exceptions.ConnectTimeout):
        return False
    names = {type(cause).__name__ for cause in causes(error)}
    return "NotAllowed" not in names and not names & NEVER_LEFT


def perhaps(host: str, service: Service, status: int | None = None) -> SourceError:
    """Nobody can say."""
    why = N_("it answered {status}, which says nothing about the mail") if status else N_("no whole answer came")
    return PerhapsSent(
        N_("{host} may have taken the mail, or not"),
        why=why,
        fix=N_("nothing to do: it is sent once more, under the same number"),
        host=host,
        service=service.name,
        status=status or 0,
    )
