"""A JSON file as records, one at a time: an array, an object with `value`, or one record by itself."""

import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

CHUNK = 1024 * 1024
LONGEST = 4 * 1024 * 1024  # characters of one record; a long one has a few thousand
SPACE = re.compile(r"[ \t\r\n]*")

Found = tuple[str, Any]  # a record as text and parsed


class Broken(Exception):
    """The text is no JSON, or not all of it."""


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

    def skip(self, wanted: str) -> None:
        """Go past this character; Broken when another one stands there."""
        if self.peek() != wanted:
            raise Broken
        self.at += 1

    def value(self) -> Found:
        """The JSON value that begins here, as text and parsed; Broken when there is none."""
        self.peek()
        while True:
            try:
                item, end = self.decoder.raw_decode(self.text, self.at)
            except (ValueError, RecursionError):
                item, end = None, len(self.text)
            if end < len(self.text):  # a number at the edge of what was read may go on behind it
                begin, self.at = self.at, end
                return self.text[begin:end], item
            if len(self.text) - self.at > LONGEST or not self.more():
                return self.last()

    def last(self) -> Found:
        """The value that ends the text."""
        try:
            item, end = self.decoder.raw_decode(self.text, self.at)
        except (ValueError, RecursionError):
            raise Broken from None
        begin, self.at = self.at, end
        return self.text[begin:end], item


def records(source: TextIO) -> Iterator[Found]:
    """Each record of the file; Broken when it does not end as it should."""
    feed = Feed(source)
    yield from array(feed) if feed.peek() == "[" else members(feed)
    if feed.peek():
        raise Broken


def array(feed: Feed) -> Iterator[Found]:
    """The objects of an array, one by one."""
    feed.skip("[")
    while feed.peek() != "]":
        if feed.peek() != "{":
            raise Broken
        yield feed.value()
        if feed.peek() != "]":
            feed.skip(",")
            if feed.peek() == "]":
                raise Broken
    feed.skip("]")


def members(feed: Feed) -> Iterator[Found]:
    """The records of an object: those of its `value`, as Graph gives a page, or the object itself."""
    feed.skip("{")
    whole: dict[str, Any] = {}
    listed = False
    while feed.peek() != "}":
        _text, name = feed.value()
        feed.skip(":")
        if name == "value" and feed.peek() == "[":
            listed = True
            yield from array(feed)
        else:
            whole[str(name)] = feed.value()[1]
        if feed.peek() != "}":
            feed.skip(",")
    feed.skip("}")
    if not listed:
        yield json.dumps(whole), whole
