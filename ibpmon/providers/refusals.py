"""What a service means when it refuses: missing permission, missing licence, gone, or something else."""

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from ibpmon.errors import MissingLicence, MissingPermission, PassingError, SourceError
from ibpmon.language import N_
from ibpmon.providers.addresses import Service

RETRY = frozenset({408, 429, 500, 502, 503, 504, 507, 509})
REST = frozenset({429, 503, 509})  # the service asks all of us to wait, not this request alone
DONE = frozenset({200, 201})
LEAST, MOST = 1.0, 15 * 60.0  # Retry-After is input: SharePoint gives minutes, a mistake could give years
NO_PREMIUM = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
# These two carry the general code BadRequest; only the sentence tells (graph documentation has no code for them).
NO_SERVICE = {
    "Request not applicable to target tenant": "Microsoft Intune",
    "Tenant does not have a SPO license": "SharePoint Online",
}
EXPIRED = frozenset(
    {
        "Directory_ExpiredPageToken",
        "syncStateNotFound",
        "resyncRequired",
        "resyncChangesApplyDifferences",
        "resyncChangesUploadDifferences",
    }
)
DENIED = frozenset({"accessDenied", "ErrorAccessDenied"})


class Gone(SourceError):
    """The object is no longer there: for whoever reads one by one that is an answer, not a failure."""


class Denied(MissingPermission):
    """This one object is closed to us; others may be open."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request as errors and logs may show it: never the address itself, which may name a person."""

    url: str
    template: str
    budget: str
    needs: tuple[str, ...]
    cost: int = 1  # units of its budget
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None  # of a post
    content_type: str = "application/json"  # of that body

    @property
    def method(self) -> str:
        """A post when there is a body; nothing else is ever sent."""
        return "GET" if self.body is None else "POST"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one request."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    client_request_id: str

    @property
    def request_id(self) -> str:
        """The service's own number of this request, for its support."""
        return plain(self.headers.get("request-id", "") or self.headers.get("SPRequestGuid", ""))


Meaning = tuple[type[SourceError], str, str]
Means = Callable[[int, str, str], Meaning]  # status, code, sentence


def refusal(answer: Answer, call: Call, service: Service, means: Means) -> SourceError:
    """An answer other than 200 as an error with what, why and fix."""
    codes, sentence = read_error(answer.body)
    code = next(iter(codes), "")
    kind, why, fix = means(answer.status, code, sentence)
    return kind(
        N_("{service} answered {status} to {method} {template}"),
        why=why,
        fix=fix,
        status=answer.status,
        method=call.method,
        template=call.template,
        code=code or "-",
        codes=codes,
        permissions=", ".join(call.needs) or "-",
        service=service.name,
        setting=service.setting,
        product=next((name for start, name in NO_SERVICE.items() if sentence.startswith(start)), ""),
        request_id=answer.request_id,
        client_request_id=answer.client_request_id,
    )


def meaning(status: int, code: str, sentence: str) -> Meaning:
    """Which error of Microsoft Graph it is, why it came and what to do."""
    if licence := licence_meaning(status, code, sentence):
        return licence
    if status == 401:
        return not_accepted()
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
            N_("the tenant has no licence for {product}"),
            N_("switch the connector off in config.toml (content.connectors_off)"),
        )
    return None


def not_accepted() -> Meaning:
    """A token of Entra that is refused although it is new."""
    return (
        SourceError,
        N_("{service} does not accept a new token either"),
        N_("check that tenant.authority and {setting} belong to the same Microsoft cloud"),
    )


def other_meaning(status: int, code: str) -> Meaning:
    """What is neither a permission nor a licence."""
    if status == 404:
        return Gone, N_("it does not exist (code {code})"), N_("nothing to do when it was removed; else report it")
    if status == 423:  # not in Microsoft's documentation for reads; archived and locked sites give it
        return Denied, N_("it is locked or archived (code {code})"), N_("nothing to do: what was read before stays")
    if status == 410 or code in EXPIRED:
        return PassingError, N_("the listing took too long and has expired"), N_("nothing to do: ibpmon reads it again")
    if status == 429:
        return (
            PassingError,
            N_("{service} keeps asking us to wait"),
            N_("nothing to do: ibpmon tries again later; another program may be using up the limit"),
        )
    if status in RETRY:
        return (
            PassingError,
            N_("the service is not available now (code {code})"),
            N_("nothing to do: ibpmon tries again later; see the service health of {service} when it lasts"),
        )
    if 300 <= status < 400:
        return (
            SourceError,
            N_("it refers to another address, and a token is never sent elsewhere"),
            N_("check {setting} and tenant.proxy in config.toml"),
        )
    return (
        SourceError,
        N_("the code is {code}; the number of this request at {service} is {request_id}"),
        N_("report it with that number; what was read before stays in use"),
    )


def read_error(body: bytes) -> tuple[tuple[str, ...], str]:
    """All codes of an error body, the outermost first, and its sentence; nothing when it is no error body."""
    try:
        parsed = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return (), ""
    error = (parsed.get("error") or parsed.get("odata.error")) if isinstance(parsed, dict) else None
    if not isinstance(error, dict):
        return (), ""
    return tuple(filter(None, map(plain, inner_codes(error)))), str(error.get("message", ""))


def inner_codes(error: Any, depth: int = 8) -> Iterator[Any]:
    """The code of an error and of every error within; the reference and the wire differ in `innerError`'s capitals."""
    if not isinstance(error, dict) or not depth:
        return
    lower = {str(name).lower(): value for name, value in error.items()}
    # SharePoint writes a number and the name of a class behind it: "-2147024891, System.UnauthorizedAccessException".
    code = lower.get("code", "")
    yield code.partition(",")[0] if isinstance(code, str) else ""
    yield from inner_codes(lower.get("innererror"), depth - 1)


def plain(text: object) -> str:
    """Text that may stand in a log or a message: a word or a number; anything else came from no Microsoft."""
    return text if isinstance(text, str) and re.fullmatch(r"[A-Za-z0-9_.\-]{1,80}", text) else ""


def asked_to_wait(headers: Mapping[str, str]) -> float | None:
    """The longest of what Retry-After and RateLimit-Reset ask for; None when neither says it."""
    asked = [retry_after(headers), after_reset(headers)]
    return max((one for one in asked if one is not None), default=None)


def after_reset(headers: Mapping[str, str]) -> float | None:
    """The seconds until SharePoint begins to count anew."""
    text = headers.get("RateLimit-Reset", "").strip()
    return clipped(float(text)) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else None


def retry_after(headers: Mapping[str, str]) -> float | None:
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


def may_pass(error: SourceError) -> bool:
    """Whether trying again can help: the line broke, or the service asks for rest or has a bad moment."""
    return isinstance(error, PassingError) and error.values.get("status", 503) in RETRY


def is_closed(body: bytes) -> bool:
    """Whether a body ends as JSON objects end; a cut answer without a length shows in nothing else.

    The one other answer there is, a `$count`, is a bare number.
    """
    end = body[-64:].rstrip()
    return end.endswith(b"}") or (len(body) < 20 and body.removeprefix(codecs.BOM_UTF8).strip().isdigit())
