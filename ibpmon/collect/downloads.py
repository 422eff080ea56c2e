"""Sign-ins that a person downloaded from the Entra admin center, through the same fields and store as Graph's."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from ibpmon.collect import runs
from ibpmon.collect.connectors import Connector
from ibpmon.collect.run import dated
from ibpmon.collect.runs import PARTIAL, Outcome
from ibpmon.errors import ContentError, SourceError
from ibpmon.language import N_
from ibpmon.providers.decode import Decoder, Page
from ibpmon.store import upsert
from ibpmon.store.database import Store
from ibpmon.store.tables import Run, aware

SIGN_INS = "sign-ins"
LARGEST = 500 * 1024 * 1024
LARGEST_OBJECT = 50 * 1024 * 1024  # a file that is one object is read at once
LONGEST = 4 * 1024 * 1024  # characters of one sign-in; a long one has a few thousand
CHUNK = 1024 * 1024
TOGETHER = 1000  # sign-ins on one page, as Graph gives them
SPACE = re.compile(r"[ \t\r\n]*")

Row = tuple[Any, ...]


@dataclass(slots=True)
class Content:
    """What a download was found to hold."""

    rows: int = 0
    oldest: int | None = None
    newest: int | None = None
    bad: int = 0


class Broken(Exception):
    """The text is no JSON, or not all of it."""


def import_file(path: Path, connectors: Mapping[str, Connector], store: Store, now: datetime) -> Run:
    """Store the sign-ins of one download; a broken or other file raises ContentError and stores nothing.

    1. the whole file is read once and checked to its end
    2. it is read again and stored in one transaction, as a PARTIAL run: a download does not say what it leaves out

    The file is read twice because it may be larger than memory should hold.
    """
    connector = connector_for(connectors)
    content = check(path, connector)
    with store.write() as session:
        run = runs.begin(session, store, connector.id, now)
        new = sum(
            upsert.add_events(session, store, connector.id, run.run_id, rows) for rows, _bad in pages(path, connector)
        )
        return runs.finish(session, run, outcome(path, content, new), now)


def connector_for(connectors: Mapping[str, Connector]) -> Connector:
    """The connector whose fields decide what is kept of a sign-in."""
    if SIGN_INS not in connectors:
        raise ContentError(
            N_("cannot import: the connector '{name}' is switched off"),
            why=N_("its fields decide what is kept of a sign-in"),
            fix=N_("take it out of connectors_off in config.toml"),
            name=SIGN_INS,
        )
    return connectors[SIGN_INS]


def outcome(path: Path, content: Content, new: int) -> Outcome:
    """What an import brought; never FULL."""
    brought = Outcome(
        PARTIAL,
        N_("from the file {file}, {new} of them new or changed; a download does not say what it leaves out"),
        {"file": path.name, "new": new},
        rows=content.rows,
        skipped_rows=content.bad,
    )
    if content.oldest is None or content.newest is None:
        return brought
    return replace(brought, covers_from=aware(content.oldest), covers_until=aware(content.newest))


# ---- looking before storing


def check(path: Path, connector: Connector) -> Content:
    """Read the file to its end and say what it holds; raises when it is broken or holds no sign-ins."""
    at = 1 + [field.name for field in connector.fields].index(connector.time)
    content = Content()
    for rows, bad in pages(path, connector):
        content.rows += len(rows)
        content.bad += bad
        times = [row[at] for row in rows]
        if times:
            content.oldest = min(times) if content.oldest is None else min(content.oldest, *times)
            content.newest = max(times) if content.newest is None else max(content.newest, *times)
    if not content.rows:
        raise no_sign_ins(path, content.bad)
    return content


def pages(path: Path, connector: Connector) -> Iterator[tuple[list[Row], int]]:
    """The sign-ins of a file as rows of events, with how many could not be used, some at a time."""
    decoder = Decoder(connector.fields)
    items = records(path)
    while some := list(islice(items, TOGETHER)):
        texts = [text for text, item in some if is_sign_in(item)]
        page = decode(path, decoder, texts)
        bad: list[str] = [*page.bad]
        rows = dated(connector, page.rows, bad)
        yield rows, len(bad) + len(some) - len(texts)


def decode(path: Path, decoder: Decoder, texts: Iterable[str]) -> Page:
    """Records as the page that Graph would have given."""
    body = '{"value":[' + ",".join(texts) + "]}"
    try:
        return decoder.page(body.encode("utf-8", "surrogatepass"))
    except SourceError:
        raise no_download(path) from None


def is_sign_in(item: Any) -> bool:
    """Whether a record looks like a sign-in: an audit row, an account or a device does not."""
    return (
        isinstance(item, dict)
        and all(isinstance(item.get(name), str) for name in ("id", "createdDateTime"))
        and isinstance(item.get("status"), dict)
        and ("userPrincipalName" in item or "appDisplayName" in item)
    )


# ---- the file as records


def records(path: Path) -> Iterator[tuple[str, Any]]:
    """Each record of a download, as text and parsed: of an array, of an object with `value`, or that object itself."""
    count = 0
    try:
        with opened(path) as source:
            feed = Feed(source)
            if feed.peek() not in ("[", "{"):
                raise no_download(path)
            for item in array(feed) if feed.peek() == "[" else members(feed):
                yield item
                count += 1
    except OSError as error:
        raise unreadable(path, error) from None
    except UnicodeDecodeError:
        raise no_download(path) from None
    except Broken:
        raise half(path, count) from None


def opened(path: Path) -> TextIO:
    """The file as text: UTF-8, or UTF-16 when its first bytes say so."""
    size = path.stat().st_size
    if size > LARGEST:
        raise too_large(path, size)
    with path.open("rb") as source:
        start = source.read(2)
    return path.open(encoding="utf-16" if start in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", newline="")


class Feed:
    """A text of which only a part is in memory."""

    def __init__(self, source: TextIO) -> None:
        self.source, self.text, self.at = source, "", 0
        self.decoder = json.JSONDecoder()

    def more(self) -> bool:
        """Read on; False at the end. As much again as is waiting, so that a long value is not parsed over and over."""
        chunk = self.source.read(max(CHUNK, len(self.text) - self.at))
        self.text, self.at = self.text[self.at :] + chunk, 0
        return bool(chunk)

    def peek(self) -> str:
        """The next character that is no white space; empty at the end."""
        while True:
            match = SPACE.match(self.text, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def skip(self) -> None:
        """Go past the character that was looked at."""
        self.at += 1

    def value(self, longest: int) -> tuple[str, Any]:
        """The JSON value that begins here, as text and parsed; Broken when there is none."""
        while True:
            try:
                item, end = self.decoder.raw_decode(self.text, self.at)
            except (ValueError, RecursionError):
                if len(self.text) - self.at > longest or not self.more():
                    raise Broken from None
                continue
            begin, self.at = self.at, end
            return self.text[begin:end], item


def array(feed: Feed) -> Iterator[tuple[str, Any]]:
    """The objects of an array, one by one; Broken when it does not end as one."""
    feed.skip()
    while (found := feed.peek()) != "]":
        if found != "{":
            raise Broken
        yield feed.value(LONGEST)
        if feed.peek() == ",":
            feed.skip()
        elif feed.peek() != "]":
            raise Broken
    feed.skip()
    if feed.peek():
        raise Broken


def members(feed: Feed) -> Iterator[tuple[str, Any]]:
    """The records of a file that is one object: those of its `value`, or itself."""
    text, whole = feed.value(LARGEST_OBJECT)
    if feed.peek():
        raise Broken
    if not isinstance(whole.get("value"), list):
        yield text, whole
        return
    for item in whole["value"]:
        yield json.dumps(item), item


# ---- what can be wrong with a file

AGAIN = N_("download it again: Entra admin center > Monitoring & health > Sign-in logs > Download > JSON")


def no_download(path: Path) -> ContentError:
    """The file is something else."""
    return ContentError(
        N_("the file {path} is no download of sign-ins"),
        why=N_("it is not JSON, or not a list of records"),
        fix=AGAIN,
        path=path,
    )


def half(path: Path, count: int) -> ContentError:
    """The file stops, or breaks, somewhere."""
    return ContentError(
        N_("the file {path} is not whole; nothing of it was stored"),
        why=N_("after {count} record(s) it stops, or is no longer JSON"),
        fix=AGAIN,
        path=path,
        count=count,
    )


def no_sign_ins(path: Path, others: int) -> ContentError:
    """The file is whole and holds something else, or nothing."""
    return ContentError(
        N_("the file {path} holds no sign-ins"),
        why=N_("none of its {count} record(s) has the id, time and status of a sign-in"),
        fix=AGAIN,
        path=path,
        count=others,
    )


def unreadable(path: Path, error: OSError) -> SourceError:
    """The file cannot be opened."""
    return SourceError(
        N_("cannot read the file {path}"),
        why="{error}",
        fix=N_("check the name, and that you may read it"),
        path=path,
        error=error.strerror or type(error).__name__,
    )


def too_large(path: Path, size: int) -> ContentError:
    """The file is larger than any download."""
    return ContentError(
        N_("the file {path} is too large"),
        why=N_("it has {size} MB; a download has at most {most} MB"),
        fix=N_("download a shorter period at a time"),
        path=path,
        size=size >> 20,
        most=LARGEST >> 20,
    )
