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


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `cut` and `wait` are how it goes wrong on the way."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: str = ""  # truncated: half of the body; reset: nothing at all
    wait: float = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a collection, already JSON, and the link to the rest."""

    context: str
    rows: list[bytes]
    next_link: str = ""
    count: int | None = None
    no_value: bool = False

    def answer(self) -> Answer:
        """The page as Graph sends it."""
        head: Json = {"@odata.context": self.context}
        if self.count is not None:
            head["@odata.count"] = self.count
        if self.next_link:
            head["@odata.nextLink"] = self.next_link
        text = json.dumps(head, separators=(",", ":")).encode()
        if self.no_value:
            return json_answer(200, text)
        return json_answer(200, b"".join([text[:-1], b',"value":[', b",".join(self.rows), b"]}"]))


class Refusal(Exception):
    """Graph refuses; carries the answer."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(self, request: Request, request_id: str) -> Answer:
        """The body that Graph sends with an error."""
        mine = request.headers.get("client-request-id", request_id)
        date = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        inner = {"date": date, "request-id": request_id, "client-request-id": mine}
        body = {"error": {"code": self.code, "message": self.message, "innerError": inner}}
        return replace(json_answer(self.status, json.dumps(body).encode()), headers=JSON | self.headers)


JSON = {"Content-Type": "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false"}


def json_answer(status: int, body: bytes) -> Answer:
    """An answer that holds JSON."""
    return Answer(status, dict(JSON), body)


def no_token() -> Refusal:
    """401: no token, one of another issuer, or one that has run out."""
    challenge = 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'
    text = "Access token has expired or is not yet valid."
    return Refusal(401, "InvalidAuthenticationToken", text, WWW_Authenticate=challenge)


def no_permission() -> Refusal:
    """403: the app role is missing."""
    return Refusal(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def no_premium() -> Refusal:
    """403: the tenant has no P1."""
    text = "Neither tenant is B2C or tenant doesn't have premium license"
    return Refusal(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", text)


def no_intune() -> Refusal:
    """400: the tenant has no Intune."""
    return Refusal(400, "BadRequest", "Request not applicable to target tenant.")


def bad_request(message: str, code: str = "BadRequest") -> Refusal:
    """400: a question that Graph does not take."""
    return Refusal(400, code, message)


def not_found(key: str = "") -> Refusal:
    """404: no such object, in the words of the directory or of SharePoint."""
    if not key:
        return Refusal(404, "itemNotFound", "The resource could not be found.")
    tail = "does not exist or one of its queried reference-property objects are not present."
    return Refusal(404, "Request_ResourceNotFound", f"Resource '{key}' {tail}")


def throttled(seconds: int) -> Refusal:
    """429 of the reporting endpoints; its code says nothing, so a client must look at the status."""
    text = "This request is throttled. Please try again after the value specified in the Retry-After header."
    return Refusal(429, "UnknownError", text, Retry_After=str(seconds))


def unavailable(seconds: int) -> Refusal:
    """503."""
    text = "The service is not available. Try the request again after a delay."
    return Refusal(503, "serviceNotAvailable", text, Retry_After=str(seconds))
