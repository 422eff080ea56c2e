"""Fills in what a detection leaves open: named lists of the board, and the fields in which a bare word is searched."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_network
from itertools import product
from re import Match, compile
from typing import Any

from ibpmon.config import Config
from ibpmon.judge.reading import Document, Problems, Where
from ibpmon.language import _, meant
from ibpmon.store.view import Columns

PLACE = compile(r"%([A-Za-z0-9_-]{1,64})%")
SEARCHED = ("text", "day", "list")  # the kinds of fields in which a bare word is searched
HOME = ("NL",)  # a board along the border sets its own list of countries
ANYBODY = ("*",)  # without a list all of the staff may invite guests
# what Microsoft signs in to by itself beside another application, by application id
BACKGROUND = (
    "00000002-0000-0000-c000-000000000000",  # Windows Azure Active Directory
    "00000003-0000-0000-c000-000000000000",  # Microsoft Graph
    "4345a7b9-9a63-4910-a426-35363201d503",  # O365 Suite UX
    "89bee1f7-5e6e-4d8a-9f3d-ecd601259da7",  # Office365 Shell WCSS-Client
    "29d9ed98-a469-4536-ade2-f981bc1d605e",  # Microsoft Authentication Broker
    "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe",  # Microsoft Teams Services
)
MANY = 5_000  # values of one key, with every list written out

Lists = Mapping[str, Sequence[str | int]]


class Nothing(list[Any]):
    """The values of a list that is empty: nothing fits them."""


def lists_of(config: Config) -> dict[str, Sequence[str | int]]:
    """The lists that rules may name: those of the board, the addresses of its schools, and where people sign in."""
    written = [address for school in config.schools for address in school.addresses]
    schools = dict.fromkeys(str(ip_network(address, strict=False)) for address in written)
    ours = {"allowed_countries": HOME, "guest_inviters": ANYBODY, "background_apps": BACKGROUND}
    ours |= {"vpn_networks": (), "approved_settings": ()}
    return {"school_networks": tuple(schools), **ours, **config.lists}


def filled(document: Document, part: str, columns: Columns, lists: Lists, problems: Problems) -> Document:
    """The document with its detection (or its filter) filled in; what cannot be is a problem with its line."""
    detection = document.value.get(part) if isinstance(document.value, dict) else None
    if not isinstance(detection, dict):
        return document
    filler = Filler(document, columns, lists, problems)
    bodies = {
        name: body if name in ("condition", "timeframe", "rules") else filler.body((part, name), body)
        for name, body in detection.items()
    }
    return replace(document, value={**document.value, part: bodies}, lines=filler.lines)


class Filler:
    """Writes the detections of one document anew, and remembers where everything stood."""

    def __init__(self, document: Document, columns: Columns, lists: Lists, problems: Problems) -> None:
        self.document, self.lists, self.problems = document, lists, problems
        self.lines = dict(document.lines)
        self.everywhere = ",".join(name for name, kind in columns.items() if kind in SEARCHED)

    def body(self, where: Where, body: Any) -> Any:
        """One detection: a table of fields, words, or a list of these."""
        if isinstance(body, dict):
            return self.table(where, body)
        if isinstance(body, list) and any(isinstance(one, dict | list) for one in body):
            return [self.body((*where, number), one) for number, one in enumerate(body)]
        if isinstance(body, dict | list) or body is None:
            return self.table(where, {"": body}) if body else body
        return self.table(where, {"": body})

    def table(self, where: Where, body: Mapping[str, Any]) -> dict[str, Any]:
        """A table of fields with every list written out, and every bare word bound to fields."""
        found: dict[str, Any] = {}
        for key, value in body.items():
            name, values = self.item((*where, key), key, value)
            if name in found:
                self.problems.at(self.document, (*where, key), _("give this in a detection of its own"))
            self.lines.setdefault((*where, name), self.document.line((*where, key)))
            found[name] = values
        return found

    def item(self, where: Where, key: str, value: Any) -> tuple[str, Any]:
        """One key with its values."""
        field, *modifiers = key.split("|")
        if "expand" in modifiers:
            modifiers.remove("expand")
            value = self.expanded(where, modifiers, value)
        if not field:
            value = [str(one) if is_number(one) else one for one in (value if isinstance(value, list) else [value])]
            search = [] if {"contains", "re"} & set(modifiers) else ["contains"]
            field, modifiers = self.everywhere, [*search, *modifiers]
        return "|".join([field, *modifiers]), value

    def expanded(self, where: Where, modifiers: Sequence[str], value: Any) -> Any:
        """The values with those of the lists that they name; texts around a name stay around each value."""
        if "re" in modifiers:
            self.problems.at(self.document, where, _("a list cannot stand in a pattern; give its words with |contains"))
            return value
        values = value if isinstance(value, list) else [value]
        found = Nothing()
        for one in values:
            found += self.of_lists(where, one) if isinstance(one, str) else [one]
        if len(found) > MANY:
            self.problems.at(self.document, where, _("these lists give more than {n} values").format(n=MANY))
            return found[:1]
        return found if not found else list(found)

    def of_lists(self, where: Where, text: str) -> Iterator[Any]:
        """What one text stands for."""
        names = PLACE.findall(text)
        for name in names:
            if name not in self.lists:
                unknown = _("config.toml has no list '{name}' under [lists]").format(name=name)
                self.problems.at(self.document, where, unknown + meant(name, self.lists))
                return
        if PLACE.fullmatch(text):
            yield from self.lists[names[0]]
            return
        for number, chosen in enumerate(product(*(self.lists[name] for name in names))):
            if number > MANY:
                return
            yield with_words(text, [str(one) for one in chosen])


def with_words(text: str, words: Sequence[str]) -> str:
    """The text with these words in its places."""
    rest = iter(words)

    def next_word(_found: Match[str]) -> str:
        return next(rest)

    return PLACE.sub(next_word, text)


def is_number(value: Any) -> bool:
    """A number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
