"""The door of the web, before any page: which host, which origin, how large; and what every answer carries."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ibpmon.config import Web

log = logging.getLogger("ibpmon.web")

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Trouble = Callable[[int], bytes]  # the page of a status

LARGEST = 64 * 1024  # bytes of a form
DRAINED = 1024 * 1024  # bytes read and dropped, because a browser that is still sending does not see the answer
SLOWEST = 10.0  # seconds for a form to come in
AT_ONCE = 100  # requests; whoever comes on top of that is told that it is busy, in words
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # with no-referrer a browser sends no Origin along with a form either
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
HSTS = "max-age=31536000"
NO_STORE = "no-store"


class Guard:
    """Wraps the whole application: what it refuses never reaches a page, and what goes wrong is answered here."""

    def __init__(self, app: App, web: Web, trouble: Trouble) -> None:
        self.app, self.web, self.trouble = app, web, trouble
        self.host = web.public_url.partition("://")[2].encode()
        self.inside = 0  # requests; only the loop touches it
        self.headers = {**HEADERS, **({"strict-transport-security": HSTS} if web.is_secure else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.inside += 1
        try:
            await self.answered(scope, receive, Answer(self, scope, send))
        finally:
            self.inside -= 1

    async def answered(self, scope: Scope, receive: Receive, answer: "Answer") -> None:
        """The answer of the pages, or of the door itself."""
        refused = 429 if self.inside > AT_ONCE else self.refusal(scope)
        body = b"" if refused or scope["method"] in SAFE else await whole(receive)
        status = refused or (body if isinstance(body, int) else 0)
        if status:
            if status == 413:
                await drained(receive)
            await answer.trouble(status)
            return
        assert isinstance(body, bytes)  # noqa: S101 - a number was a status
        try:
            await self.app(scope, replayed(body, receive), answer.send)
        except Exception:
            log.exception("a page broke off")
            await answer.trouble(500)

    def refusal(self, scope: Scope) -> int:
        """The status with which a request is refused unseen; 0 lets it in."""
        heads: list[tuple[bytes, bytes]] = scope["headers"]
        if [value.lower() for name, value in heads if name == b"host"] != [self.host]:
            return 400
        if scope["method"] in SAFE:
            return 0
        if not self.is_ours(heads):
            return 403
        lengths = [value for name, value in heads if name == b"content-length"]
        return 413 if any(not one.isdigit() or len(one) > 9 or int(one) > LARGEST for one in lengths) else 0

    def is_ours(self, heads: list[tuple[bytes, bytes]]) -> bool:
        """Whether a page of ours sent this form: browsers say so, and a program has no business here."""
        known = dict(heads)
        site = known.get(b"sec-fetch-site", b"same-origin")
        return known.get(b"origin", b"").lower() == self.web.public_url.encode() and site == b"same-origin"


class Answer:
    """The answer to one request on its way out."""

    def __init__(self, guard: Guard, scope: Scope, send: Send) -> None:
        self.guard, self.scope, self._send, self.begun = guard, scope, send, False

    async def send(self, message: Message) -> None:
        """Pass on a part of an answer; the first one gets our headers, and loses what tells about us."""
        if message["type"] == "http.response.start":
            self.begun = True
            ours = {name.encode(): value.encode() for name, value in self.guard.headers.items()}
            kept = [one for one in message["headers"] if one[0].lower() not in ours and one[0].lower() != b"server"]
            if not any(name.lower() == b"cache-control" for name, _value in kept):
                ours[b"cache-control"] = NO_STORE.encode()
            message = {**message, "headers": [*kept, *ours.items()]}
        await self._send(message)

    async def trouble(self, status: int) -> None:
        """The page of an error, unless something went out already."""
        if self.begun:
            return
        body = self.guard.trouble(status)
        heads = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        heads += [(b"connection", b"close")] if status in (400, 413, 408) else []
        await self.send({"type": "http.response.start", "status": status, "headers": heads})
        await self.send({"type": "http.response.body", "body": b"" if self.scope["method"] == "HEAD" else body})


async def whole(receive: Receive) -> bytes | int:
    """The body of a form, or the status with which it is refused: too large, or too slow."""
    try:
        return await asyncio.wait_for(collected(receive), SLOWEST)
    except TimeoutError:
        return 408


async def drained(receive: Receive) -> None:
    """Let the rest of a form come in that is only a little too large: then its sender gets to read why."""
    size, more = 0, True
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1.0):
            while more and size < DRAINED:
                message = await receive()
                size += len(message.get("body", b""))
                more = message["type"] == "http.request" and message.get("more_body", False)


async def collected(receive: Receive) -> bytes | int:
    """The body, as far as it is not too large."""
    parts, size = list[bytes](), 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > LARGEST:
            return 413
        parts.append(part)
        if message["type"] != "http.request" or not message.get("more_body"):
            return b"".join(parts)


def replayed(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read already, and then whatever comes."""
    left = [body]

    async def receiving() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return receiving
