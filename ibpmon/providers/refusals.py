"""What Microsoft Graph means when it refuses: missing permission, missing licence, gone, or something else."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from ibpmon.errors import MissingLicence, MissingPermission, PassingError, SourceError
from ibpmon.language import N_

RETRY = frozenset({429, 500, 502, 503, 504})
LEAST, MOST = 1.0, 15 * 60.0  # Retry-After is input: SharePoint gives minutes, a mistake could give years
NO_PREMIUM = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
# These two carry the general code BadRequest; only the sentence tells (graph documentation has no code for them).
NO_SERVICE = {
    "Request not applicable to target tenant": "Microsoft Intune",
    "Tenant does not have a SPO license": "SharePoint Online",
}
EXPIRED = frozenset({"Directory_ExpiredPageToken", "syncStateNotFound", "resyncRequired"})
DENIED = frozenset({"accessDenied", "ErrorAccessDenied"})


class Gone(SourceError):
    """The object is no longer there: for whoever reads one by one that is an answer, not a failure."""


class Denied(MissingPermission):
    """This one object is closed to us; others may be open."""


@dataclass(frozen=True, slots=True)
class Call:
    """One read as errors and logs may show it: never the address itself, which may name a person."""

    url: str
    template: str
    budget: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one request."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    client_request_id: str

    @property
    def request_id(self) -> str:
        """Microsoft's own number of this request, for its support."""
        return plain(self.headers.get("request-id", ""))


def refusal(answer: Answer, call: Call) -> SourceError:
    """An answer other than 200 as an error with what, why and fix."""
    codes, sentence = read_error(answer.body)
    code = next(iter(codes), "")
    kind, why, fix = meaning(answer.status, code, sentence)
    return kind(
        N_("Microsoft Graph answered {status} to GET {template}"),
        why=why,
        fix=fix,
        status=answer.status,
        template=call.template,
        code=code or "-",
        codes=codes,
        permissions=", ".join(call.needs) or "-",
        service=next((name for start, name in NO_SERVICE.items() if sentence.startswith(start)), ""),
        request_id=answer.request_id,
        client_request_id=answer.client_request_id,
    )


Meaning = tuple[type[SourceError], str, str]


def meaning(status: int, code: str, sentence: str) -> Meaning:
    """Which error it is, why it came and what to do."""
    if licence := licence_meaning(status, code, sentence):
        return licence
    if status == 401:
        return (
            SourceError,
            N_("Microsoft Graph does not accept a new token either"),
            N_("check that tenant.authority and tenant.graph belong to the same Microsoft cloud"),
        )
    if status == 403 and code in DENIED:
        return (
            Denied,
            N_("it is closed to the app registration, which needs {permissions}"),
            N_(
                "check the API permissions in Entra > App registrations; one closed object can also be locked by itself"
            ),
        )
    if status == 403:
        return (
            MissingPermission,
            N_("the app registration lacks {permissions} (code {code})"),
            N_(
                "grant it in Entra > App registrations > API permissions, with admin consent, "
                "or switch the connector off in config.toml; what was read before stays in use"
            ),
        )
    return other_meaning(status, code)


def licence_meaning(status: int, code: str, sentence: str) -> Meaning | None:
    """A licence that the tenant lacks, if that is what Graph says."""
    if status == 403 and code == NO_PREMIUM:
        return (
            MissingLicence,
            N_("the tenant has no Microsoft Entra ID P1, or the app registration lacks {permissions}"),
            N_("check the licence, then the API permissions; or switch the connector off in config.toml"),
        )
    if status == 400 and code == "AadPremiumLicenseRequired":
        return (
            MissingLicence,
            N_("the tenant has no Microsoft Entra ID P2 or Governance"),
            N_("switch the connector off in config.toml (content.connectors_off)"),
        )
    if status == 400 and sentence.startswith(tuple(NO_SERVICE)):
        return (
            MissingLicence,
            N_("the tenant has no licence for {service}"),
            N_("switch the connector off in config.toml (content.connectors_off)"),
        )
    return None


def other_meaning(status: int, code: str) -> Meaning:
    """What is neither a permission nor a licence."""
    if status == 404:
        return Gone, N_("it does not exist (code {code})"), N_("nothing to do when it was removed; else report it")
    if code in EXPIRED:
        return PassingError, N_("the listing took too long and has expired"), N_("nothing to do: ibpmon reads it again")
    if status == 429:
        return (
            PassingError,
            N_("Microsoft keeps asking us to wait"),
            N_("nothing to do: ibpmon tries again later; another program may be using up the limit"),
        )
    if status in RETRY:
        return (
            PassingError,
            N_("the service is not available now (code {code})"),
            N_("nothing to do: ibpmon tries again later; see the Microsoft 365 service health when it lasts"),
        )
    if 300 <= status < 400:
        return (
            SourceError,
            N_("it refers to another address, and a token is never sent elsewhere"),
            N_("check tenant.graph and tenant.proxy in config.toml"),
        )
    return (
        SourceError,
        N_("the code is {code}; Microsoft's number of this request is {request_id}"),
        N_("report it with that number; what was read before stays in use"),
    )


def read_error(body: bytes) -> tuple[tuple[str, ...], str]:
    """All codes of an error body, the outermost first, and its sentence; nothing when it is no error body."""
    try:
        parsed = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return (), ""
    error = parsed.get("error") if isinstance(parsed, dict) else None
    if not isinstance(error, dict):
        return (), ""
    return tuple(filter(None, map(plain, inner_codes(error)))), str(error.get("message", ""))


def inner_codes(error: Any, depth: int = 8) -> Iterator[Any]:
    """The code of an error and of every error within; the reference and the wire differ in `innerError`'s capitals."""
    if not isinstance(error, dict) or not depth:
        return
    lower = {str(name).lower(): value for name, value in error.items()}
    yield lower.get("code", "")
    yield from inner_codes(lower.get("innererror"), depth - 1)


def plain(text: object) -> str:
    """Text that may stand in a log or a message: a word or a number; anything else came from no Microsoft."""
    return text if isinstance(text, str) and re.fullmatch(r"[A-Za-z0-9_.\-]{1,80}", text) else ""


def asked_to_wait(headers: Mapping[str, str]) -> float | None:
    """The seconds that Retry-After asks for, as a number or a date, within bounds; None when it does not say."""
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return clipped(float(text))
    try:
        # Against the server's own clock, so that ours may be wrong.
        span = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return clipped(span.total_seconds())


def clipped(seconds: float) -> float:
    """A wait between one second and a quarter of an hour."""
    return min(max(seconds, LEAST), MOST)
