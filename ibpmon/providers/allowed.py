"""What may leave this machine: reads, and the few posts that change nothing at the one who is asked.

The clients never ask for anything else. This is the lock behind that: the session itself looks at every request as it
is about to leave, so that neither a mistake of ours, nor a library that uses the session, nor a connector can write.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

import msgspec
from urllib3.util import parse_url

from ibpmon.providers.addresses import PLAIN, clean_parts, is_disguised

MOST_TOGETHER = 20  # requests in one $batch: learn.microsoft.com/graph/json-batching
ASKING = frozenset({"Prefer", "ConsistencyLevel"})  # what one request of a batch may say besides its address
TOKEN = re.compile(r"/[0-9a-fA-F-]{36}/oauth2/v2\.0/token|/auth/oauth/token")  # Entra; Datto RMM
BATCH = re.compile(r"/(v1\.0|beta)/\$batch")
QUERIES = re.compile(r"/(v1\.0|beta)/security/auditLog/queries")
# Servers that take a header like this carry out another method than the request seems to have.
DISGUISES = ("x-http-method", "x-method", "x-requestdigest")


def allowed(
    method: str | None, url: str | None, body: Any, headers: Mapping[str, Any], mailbox: str = "", webhook: str = ""
) -> bool:
    """Whether a request may leave, whichever of our hosts it goes to.

    `mailbox` is the only one that may send mail, and `webhook` the only address that takes a message for people.
    """
    if any(name.lower().startswith(DISGUISES) for name in map(as_text, headers)):
        return False
    if method == "GET":
        return not body
    if webhook:
        return method == "POST" and url == webhook
    path, query = path_of(url or "")
    return method == "POST" and not query and may_be_posted(path, body, mailbox)


def as_text(text: object) -> str:
    """A header name as text, whichever of both it was given in."""
    return text.decode("latin-1") if isinstance(text, bytes) else str(text)


def path_of(url: str) -> tuple[str, str]:
    """The path and the query of an address, as the parser that will connect reads them."""
    parsed = parse_url(url)
    return parsed.path or "", parsed.query or ""


def may_be_posted(path: str, body: Any, mailbox: str) -> bool:
    """A sign-in, a batch of reads, a query of the audit log, or mail from our own mailbox."""
    if BATCH.fullmatch(path):
        return is_batch_of_reads(body)
    if mailbox and path in (f"/v1.0/users/{quote(mailbox, safe=safe)}/sendMail" for safe in ("@", "")):
        return True
    return bool(TOKEN.fullmatch(path) or QUERIES.fullmatch(path))


def is_batch_of_reads(body: Any) -> bool:
    """Whether a body is a batch of reads and nothing else, written in exactly one way.

    Of a key that stands twice one reader takes the first and another the last, so the text must be what comes out
    when its meaning is written again.
    """
    try:
        parsed = msgspec.json.decode(body)
        same = msgspec.json.encode(parsed) == body
    except (ValueError, TypeError, RecursionError):
        return False
    if not same or not isinstance(parsed, dict) or set(parsed) != {"requests"}:
        return False
    requests = parsed["requests"]
    return isinstance(requests, list) and 0 < len(requests) <= MOST_TOGETHER and all(map(is_read, requests))


def is_read(request: object) -> bool:
    """Whether one request of a batch is a GET without a body of a path below our version."""
    if not isinstance(request, dict) or not {"id", "method", "url"} <= set(request) <= {
        "id",
        "method",
        "url",
        "headers",
    }:
        return False
    headers = request.get("headers", {})
    fits = isinstance(headers, dict) and set(headers) <= ASKING and all(isinstance(h, str) for h in headers.values())
    return fits and isinstance(request["id"], str) and request["method"] == "GET" and is_relative(request["url"])


def is_relative(url: object) -> bool:
    """Whether an address is a plain path that leads to no other place, and to no batch within the batch."""
    if not isinstance(url, str) or not PLAIN.fullmatch(url) or not url.startswith("/"):
        return False
    path, _, _ = url.partition("?")
    parts = path.split("/")[1:]
    return not is_disguised(path) and clean_parts(parts) and "$batch" not in unquote(path).lower()
