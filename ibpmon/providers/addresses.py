"""The gate that every address passes before a token goes there."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from ibpmon.errors import SourceError
from ibpmon.language import N_

VERSIONS = ("v1.0", "beta")
PLAIN = re.compile(r"[!-\[\]-~]+")  # printable ASCII without space and backslash
TRICKS = re.compile(r"%(2f|5c|2e|25|0[0-9a-f]|1[0-9a-f]|7f|(?![0-9a-f]{2}))", re.IGNORECASE)
WORD = re.compile(r"[A-Za-z$.]+")


def guarded(address: str, root: str) -> str:
    """The address, made anew from the configured root, if it leads to our path there; else SourceError.

    `https://evil.example\\@graph.microsoft.com/` is Graph to one parser and evil.example to another. So the parser
    that connects reads it, and what comes out holds the root itself, not what the answer claimed.
    """
    if not PLAIN.fullmatch(address):
        raise refused()
    before, _, _ = address.partition("?")
    try:
        url, own = parse_url(address), parse_url(root)
    except LocationParseError:
        raise refused() from None
    if not same_host(url, own) or not clean_path(before):
        raise refused()
    return root + url.request_uri


def same_host(url: Url, own: Url) -> bool:
    """Whether this address is https at exactly the root's host and port, with no user and no fragment."""
    return (
        url.scheme == "https"
        and url.host == own.host
        and (url.port or 443) == (own.port or 443)
        and url.auth is None
        and url.fragment is None
    )


def clean_path(before: str) -> bool:
    """Whether the part before `?` is a plain path of the API: no dots, no empty parts, nothing in disguise."""
    if "@" in before or "#" in before or TRICKS.search(before):
        return False
    parts = before.split("/")[3:]  # after "https:", "" and the host
    return len(parts) > 1 and parts[0] in VERSIONS and not {"", ".", ".."} & set(parts)


def refused() -> SourceError:
    """A link that we do not follow; the link itself may hold a name and is not told."""
    return SourceError(
        N_("Microsoft Graph gave a link that ibpmon does not follow"),
        why=N_("it does not lead to the API path of the configured host"),
        fix=N_("check tenant.graph in config.toml; if that is right, someone may be tampering with the connection"),
    )


def first_address(path: str, params: Mapping[str, str | int] | None, root: str) -> str:
    """The address of a first request: the path under v1.0, unless it names its version, and its query."""
    versioned = path if path.split("/")[1:2] and path.split("/")[1] in VERSIONS else f"/v1.0{path}"
    query = urlencode(dict(params or {}), safe="$,:()'/", quote_via=quote)
    return f"{root}{versioned}?{query}" if query else f"{root}{versioned}"


def fill(endpoint: str, parent: Mapping[str, Any] | None) -> str:
    """The endpoint with the parent's values in it, each as one part of the path."""
    return re.sub(r"\{(\w+)\}", lambda hole: quote(str((parent or {})[hole[1]]), safe="!,"), endpoint)


def template_of(address: str) -> str:
    """The path for a log: every part that may name a person or a thing is `{id}`."""
    path = parse_url(address).path or ""
    parts = path.removeprefix("/v1.0/").removeprefix("/").split("/")
    return "/" + "/".join(part if WORD.fullmatch(part) or part == "v1.0" else "{id}" for part in parts)
