"""Many questions in one request: each is answered, refused and spoiled by itself, and the answers come in any order."""

import json
import random
import zlib
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote

from ibpmon.demo.microsoft import answers
from ibpmon.demo.microsoft.answers import Answer, Json, Request, json_answer

MOST = 20

Ask = Callable[[Request], Answer]


def answer(request: Request, ask: Ask) -> Answer:
    """The outer answer is 200 whatever the inner ones are; it takes as long as the slowest of them."""
    version = request.path.split("/")[1]
    asks = read(request.body)
    done: dict[str, Answer] = {}
    for one in asks:
        failed = [key for key in one.get("dependsOn", []) if key not in done or done[key].status >= 400]
        done[one["id"]] = dependency_failed() if failed else ask(inner(one, request, version))
    order = list(done)
    random.Random(zlib.crc32(request.body)).shuffle(order)
    body = b",".join(shown(key, done[key]) for key in order)
    wait = max((found.wait for found in done.values()), default=0.0)
    return replace(json_answer(200, b'{"responses":[' + body + b"]}"), wait=wait)


def read(body: bytes) -> list[Json]:
    """The questions; refuses more than twenty, ids that are not unique and addresses that are not relative."""
    try:
        asks = json.loads(body)["requests"]
        ids = [one["id"] for one in asks]
        urls = [str(one["url"]) for one in asks]
    except (ValueError, KeyError, TypeError) as wrong:
        raise answers.bad_request("Invalid batch payload format.") from wrong
    if len(asks) > MOST:
        raise answers.bad_request(f"Number of batch request steps exceeds max value of {MOST}.", "MaxLimitExceeded")
    if len(set(ids)) != len(ids) or not all(isinstance(key, str) and key for key in ids):
        raise answers.bad_request("Request Id has to be unique in a batch.")
    if not all(relative(url) for url in urls):
        raise answers.bad_request("Invalid request url: it must be relative to the version.")
    return list(asks)


def relative(url: str) -> bool:
    """Whether an address stands below the version, without host or version of its own."""
    return "://" not in url.partition("?")[0] and url.split("/")[:2][-1] not in ("v1.0", "beta")


def inner(one: Json, outer: Request, version: str) -> Request:
    """One question as a request; the token is that of the outer one, other headers are its own."""
    path, _, text = str(one["url"]).partition("?")
    headers = {str(name).lower(): str(value) for name, value in one.get("headers", {}).items()}
    kept = {name: outer.headers[name] for name in ("authorization", "host") if name in outer.headers}
    body = json.dumps(one["body"]).encode() if "body" in one else b""
    whole = f"/{version}/{unquote(path).lstrip('/')}"
    return Request(str(one["method"]).upper(), whole, options(text), headers | kept, body)


def options(text: str) -> dict[str, str]:
    """The options behind an address."""
    parts = (part.partition("=") for part in text.split("&") if part)
    return {unquote(name): unquote(value.replace("+", " ")) for name, _, value in parts}


def shown(key: str, found: Answer) -> bytes:
    """One inner answer; a count is text, the rest is JSON."""
    head = answers.compact({"id": key, "status": found.status, "headers": found.headers})
    if not found.body:
        return head
    is_json = "json" in found.headers.get("Content-Type", "")
    body = found.body if is_json else answers.compact(found.body.decode())
    return b"".join([head[:-1], b',"body":', body, b"}"])


def dependency_failed() -> Answer:
    """424: a question that this one waits for went wrong."""
    error = {"error": {"code": "FailedDependency", "message": "A request that this one depends on failed."}}
    return json_answer(424, answers.compact(error))
