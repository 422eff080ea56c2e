"""The gate that every address passes before a token goes there, one per service that we read."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from ibpmon.errors import SourceError
from ibpmon.language import N_

VERSIONS = ("v1.0", "beta")
PLAIN = re.compile(r"[!-\[\]-~]+")  # printable ASCII without space and backslash
TRICKS = re.compile(r"%(2f|5c|2e|25|0[0-9a-f]|1[0-9a-f]|7f|(?![0-9a-f]{2}))", re.IGNORECASE)
WORD = re.compile(r"[A-Za-z$.]+|v1\.0|v2|_api")
QUERY_SAFE = "$,:()'/"


@dataclass(frozen=True, slots=True)
class Service:
    """A service as messages name it, and which paths on its host are its API."""

    name: str
    setting: str  # where its address stands in config.toml
    inside: Callable[[Sequence[str]], bool]  # whether these parts of a path lead into its API


def in_graph(parts: Sequence[str]) -> bool:
    """/v1.0/… or /beta/…"""
    return len(parts) > 1 and parts[0] in VERSIONS


def in_sharepoint(parts: Sequence[str]) -> bool:
    """…/_api/…: the API of one site stands under the address of that site."""
    return "_api" in parts[:-1]


def in_datto(parts: Sequence[str]) -> bool:
    """/api/v2/…"""
    return len(parts) > 2 and [*parts[:2]] == ["api", "v2"]


GRAPH = Service("Microsoft Graph", "tenant.graph", in_graph)
SHAREPOINT = Service("SharePoint", "sharepoint.address", in_sharepoint)
DATTO = Service("Datto RMM", "datto.address", in_datto)


def guarded(address: str, root: str, service: Service = GRAPH) -> str:
    """The address, made anew from the configured root, if it leads to our path there; else SourceError.

    `https://evil.example\\@graph.microsoft.com/` is Graph to one parser and evil.example to another. So the parser
    that connects reads it, and what comes out holds the root itself, not what the answer claimed.
    """
    if not PLAIN.fullmatch(address):
        raise refused(service)
    before, _, _ = address.partition("?")
    try:
        url, own = parse_url(address), parsed_root(root)
    except LocationParseError:
        raise refused(service) from None
    if not same_host(url, own) or not clean_path(before, service):
        raise refused(service)
    return root + url.request_uri


@cache
def parsed_root(root: str) -> Url:
    """A configured address, taken apart once: it is compared with every link."""
    return parse_url(root)


def same_host(url: Url, own: Url) -> bool:
    """Whether this address is https at exactly the root's host and port, with no user and no fragment."""
    return (
        url.scheme == "https"
        and url.host == own.host
        and (url.port or 443) == (own.port or 443)
        and url.auth is None
        and url.fragment is None
    )


def clean_path(before: str, service: Service = GRAPH) -> bool:
    """Whether the part before `?` is a plain path of the API: no dots, no empty parts, nothing in disguise."""
    parts = before.split("/")[3:]  # after "https:", "" and the host
    return not is_disguised(before) and clean_parts(parts) and service.inside(parts)


def is_disguised(path: str) -> bool:
    """Whether a path holds what parsers may take in two ways."""
    return bool("@" in path or "#" in path or TRICKS.search(path))


def clean_parts(parts: Sequence[str]) -> bool:
    """Whether no part of a path is empty or only dots."""
    return not {"", ".", ".."} & set(parts)


def refused(service: Service) -> SourceError:
    """A link that we do not follow; the link itself may hold a name and is not told."""
    return SourceError(
        N_("{service} gave a link that ibpmon does not follow"),
        why=N_("it does not lead to the API path of the configured host"),
        fix=N_("check {setting} in config.toml; if that is right, someone may be tampering with the connection"),
        service=service.name,
        setting=service.setting,
    )


def first_address(path: str, params: Mapping[str, str | int] | None, root: str) -> str:
    """The address of a first request to Graph: the path under v1.0, unless it names its version, and its query."""
    versioned = path if path.split("/")[1:2] and path.split("/")[1] in VERSIONS else f"/v1.0{path}"
    return with_query(root + versioned, params)


def with_query(address: str, params: Mapping[str, str | int] | None) -> str:
    """The address with its query, in which dates and lists stay readable."""
    query = query_of(tuple((params or {}).items()))
    return f"{address}?{query}" if query else address


@lru_cache(64)
def query_of(params: tuple[tuple[str, str | int], ...]) -> str:
    """The query as text; a crawl asks thousands of drives in the same words."""
    return urlencode(params, safe=QUERY_SAFE, quote_via=quote)


def fill(endpoint: str, parent: Mapping[str, Any] | None) -> str:
    """The endpoint with the parent's values in it, each as one part of the path."""
    return re.sub(r"\{(\w+)\}", lambda hole: quote(str((parent or {})[hole[1]]), safe="!,"), endpoint)


def template_of(address: str) -> str:
    """The path for a log: every part that may name a person or a thing is `{id}`, and so is the path of a site."""
    path = parse_url(address).path or ""
    parts = path.removeprefix("/v1.0/").removeprefix("/").split("/")
    if "_api" in parts:
        parts = ["{site}", *parts[parts.index("_api") :]]
    return "/" + "/".join(part if WORD.fullmatch(part) or part == "{site}" else "{id}" for part in parts)
