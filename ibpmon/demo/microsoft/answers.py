"""What the simulation says back: a page of rows or an error, in the wording of Microsoft."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the server received it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes = b""

    @property
    def origin(self) -> str:
        """Where the client sent it: links in the answer lead back there."""
        return f"https://{self.headers.get('host', 'localhost')}"

    @property
    def advanced(self) -> bool:
        """Whether the client accepts answers of the separate index; it must say so with every page."""
        return self.headers.get("consistencylevel", "").lower() == "eventual"

    def preferred(self, name: str) -> str | None:
        """The value of one Prefer word; empty when the word stands alone, None when it is not there."""
        for part in self.headers.get("prefer", "").split(","):
            word, _, value = part.strip().partition("=")
            if word.lower() == name:
                return value
        return None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `cut`, `wait` and `drip` are how it goes wrong on the way."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: str = ""  # truncated: half of the body; reset: nothing at all; tls_cut: in the middle of a TLS record
    wait: float = 0
    drip: tuple[int, float] | None = None  # so many bytes at a time, with so many seconds in between


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a collection, already JSON, and the link to the rest or to the next round."""

    context: str
    rows: list[bytes]
    next_link: str = ""
    delta_link: str = ""
    count: int | None = None
    tips: str = ""

    def answer(self) -> Answer:
        """The page as Graph sends it."""
        head: Json = {"@odata.context": self.context}
        if self.count is not None:
            head["@odata.count"] = self.count
        if self.next_link:
            head["@odata.nextLink"] = self.next_link
        if self.delta_link:
            head["@odata.deltaLink"] = self.delta_link
        if self.tips:
            head["@microsoft.graph.tips"] = self.tips
        text = compact(head)
        return json_answer(200, b"".join([text[:-1], b',"value":[', b",".join(self.rows), b"]}"]))


class Refusal(Exception):
    """Microsoft refuses; carries the answer."""

    def __init__(self, status: int, code: str, message: str, inner: Json | None = None, **headers: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.inner = status, code, message, inner or {}
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(self, request: Request, request_id: str) -> Answer:
        """The body that Graph sends with an error; SharePoint's own addresses have another."""
        if "/_api/" in request.path:
            body: Json = {"odata.error": {"code": self.code, "message": {"lang": "en-US", "value": self.message}}}
        else:
            mine = request.headers.get("client-request-id", request_id)
            date = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
            inner = {**self.inner, "date": date, "request-id": request_id, "client-request-id": mine}
            body = {"error": {"code": self.code, "message": self.message, "innerError": inner}}
        return replace(json_answer(self.status, json.dumps(body).encode()), headers=JSON | self.headers)


JSON = {"Content-Type": "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false"}


def compact(value: Any) -> bytes:
    """A value as JSON without blanks."""
    return _write(value).encode()


_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_answer(status: int, body: bytes) -> Answer:
    """An answer that holds JSON."""
    return Answer(status, dict(JSON), body)


def text_answer(text: str) -> Answer:
    """An answer that holds plain text: a count."""
    return Answer(200, {"Content-Type": "text/plain"}, text.encode())


# ---------------------------------------------------------------- who asks


def no_token(text: str = "Access token has expired or is not yet valid.") -> Refusal:
    """401: no token, one of another issuer or for another address, or one that has run out."""
    challenge = 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'
    return Refusal(401, "InvalidAuthenticationToken", text, WWW_Authenticate=challenge)


def no_permission() -> Refusal:
    """403: the app role is missing."""
    return Refusal(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def access_denied() -> Refusal:
    """403 in the words of SharePoint."""
    return Refusal(403, "accessDenied", "Access denied")


def no_mailbox() -> Refusal:
    """403: this app may not use this mailbox."""
    return Refusal(403, "ErrorAccessDenied", "Access to OData is disabled.")


# ---------------------------------------------------------------- what the tenant has


def no_premium() -> Refusal:
    """403: the tenant has no P1."""
    text = "Neither tenant is B2C or tenant doesn't have premium license"
    return Refusal(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", text)


def no_p2() -> Refusal:
    """400: the tenant has no P2, which privileged identity management needs."""
    text = "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license."
    return Refusal(400, "AadPremiumLicenseRequired", text)


def no_intune() -> Refusal:
    """400: the tenant has no Intune."""
    return Refusal(400, "BadRequest", "Request not applicable to target tenant.")


def no_sharepoint() -> Refusal:
    """400: the tenant has no SharePoint."""
    return Refusal(400, "BadRequest", "Tenant does not have a SPO license.")


# ---------------------------------------------------------------- what is asked


def bad_request(message: str, code: str = "BadRequest") -> Refusal:
    """400: a question that Graph does not take."""
    return Refusal(400, code, message)


def unsupported(message: str = "Unsupported or invalid query filter clause specified.") -> Refusal:
    """400: a question that the directory takes in advanced form only, or not at all."""
    return Refusal(400, "Request_UnsupportedQuery", message)


def no_segment(path: str) -> Refusal:
    """400: no such address."""
    return bad_request(f"Resource not found for the segment '{path.rsplit('/', 1)[-1]}'.")


def expired_page() -> Refusal:
    """400: the place in a listing is no longer known; start again at the first page."""
    text = "The specified page token value has expired and can no longer be included in your request."
    return Refusal(400, "Directory_ExpiredPageToken", text)


def sync_state_lost(status: int, location: str = "") -> Refusal:
    """410 with the place to start again, or a plain 400: the round of changes before this one is too long ago."""
    text = "The sync state generation is not found; continuing delta is not possible."
    refused = Refusal(status, "syncStateNotFound", text)
    refused.headers.update({"Location": location} if location else {})
    return refused


def not_found(key: str = "") -> Refusal:
    """404: no such object, in the words of the directory or of SharePoint."""
    if not key:
        return Refusal(404, "itemNotFound", "The resource could not be found.")
    tail = "does not exist or one of its queried reference-property objects are not present."
    return Refusal(404, "Request_ResourceNotFound", f"Resource '{key}' {tail}")


# ---------------------------------------------------------------- when


def throttled(seconds: int) -> Refusal:
    """429 of the reporting endpoints; its code says nothing, so a client must look at the status."""
    text = "This request is throttled. Please try again after the value specified in the Retry-After header."
    return Refusal(429, "UnknownError", text, Retry_After=str(seconds))


def too_many() -> Refusal:
    """429 of identity protection and conditional access: it does not say how long to wait."""
    return Refusal(429, "TooManyRequests", "Too many requests.")


def busy_sharepoint(seconds: int) -> Refusal:
    """429 of SharePoint; the reason stands two levels deep."""
    inner = {"code": "throttledRequest", "innerError": {"code": "quota"}}
    return Refusal(429, "activityLimitReached", "The request has been throttled", inner, Retry_After=str(seconds))


def unavailable(seconds: int) -> Refusal:
    """503."""
    text = "The service is not available. Try the request again after a delay."
    return Refusal(503, "serviceNotAvailable", text, Retry_After=str(seconds))
