"""Comparisons that SQL has no one word for, made to give the same answer on SQLite and PostgreSQL.

Each is a function of SQL to who uses it. SQLite runs the ones that it lacks in Python (`teach`); to PostgreSQL they are
operators of its own. What comes from a rule is always a bound parameter.
"""

import unicodedata
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import re2
from sqlalchemy import Boolean, ColumnElement, Integer, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ibpmon.store.distance import between

REMEMBERED = 65_536  # a class of thirty sits behind one address, and comes back all day
# What PostgreSQL may take for an address: it stops the whole statement at anything else.
V4 = r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
PART = "[0-9a-fA-F]{1,4}"
V6 = "|".join(
    (
        f"(?:{PART}:){{7}}{PART}",
        f"(?:{PART}:){{6}}{V4}",
        *(f"(?:{PART}:){{0,{n}}}{PART}::(?:{PART}:){{0,{5 - n}}}{PART}" for n in range(6)),
        *(f"(?:{PART}:){{0,{n}}}{PART}::(?:{PART}:){{0,{4 - n}}}{V4}" for n in range(5)),
        f"::(?:{PART}:){{0,6}}{PART}",
        f"::(?:{PART}:){{0,5}}{V4}",
        f"(?:{PART}:){{0,6}}{PART}::",
        "::",
    )
)
ADDRESS = rf"\A(?:{V4}|{V6})\Z"
# An IPv4 address that is written as IPv6 (::ffff:192.0.2.1) is what it is.
PLAIN = "CASE WHEN {a} <<= inet '::ffff:0.0.0.0/96' THEN inet '0.0.0.0' + ({a} - inet '::ffff:0.0.0.0') ELSE {a} END"

Network = IPv4Network | IPv6Network


def teach(connection: Any, _record: object = None) -> None:
    """Give a fresh SQLite connection the functions that it lacks."""
    connection.create_function("ibpmon_matches", 2, matches_text, deterministic=True)
    connection.create_function("ibpmon_in_networks", 2, lies_in, deterministic=True)
    connection.create_function("ibpmon_folded", 1, without_accents, deterministic=True)
    connection.create_function("ibpmon_kilometres", 4, between, deterministic=True)


# ---- regular expressions


class matches(FunctionElement[bool]):  # noqa: N801 - reads as a function of SQL
    """Whether a pattern occurs in a text. Takes the text, the pattern for RE2 and the same one for PostgreSQL."""

    type = Boolean()
    inherit_cache = True


@compiles(matches, "sqlite")
def matches_by_re2(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite asks RE2, whose time grows with the text and no faster."""
    column, pattern, _same = element.clauses
    return f"ibpmon_matches({compiler.process(column, **options)}, {compiler.process(pattern, **options)})"


@compiles(matches, "postgresql")
def matches_by_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    """PostgreSQL has an automaton of its own; nothing in our patterns makes it go back."""
    column, _pattern, same = element.clauses
    return f'(({compiler.process(column, **options)}) COLLATE "C" ~ {compiler.process(same, **options)})'


@lru_cache(maxsize=1_024)
def pattern_of(text: str) -> Any:
    """A compiled pattern."""
    return re2.compile(text)


def matches_text(text: str | None, pattern: str) -> bool | None:
    """Whether a pattern occurs in a text; nothing when there is no text."""
    return None if text is None else pattern_of(pattern).search(str(text)) is not None


# ---- capitals that count


class fits_cased(FunctionElement[bool]):  # noqa: N801 - reads as a function of SQL
    """Whether a text fits a pattern, capitals and all. Takes the text, the pattern for GLOB and the one for LIKE."""

    type = Boolean()
    inherit_cache = True


@compiles(fits_cased, "sqlite")
def fits_glob(element: Any, compiler: Any, **options: Any) -> str:
    """To SQLite's LIKE all letters are small."""
    column, pattern, _same = element.clauses
    return f"({compiler.process(column, **options)} GLOB {compiler.process(pattern, **options)})"


@compiles(fits_cased, "postgresql")
def fits_like(element: Any, compiler: Any, **options: Any) -> str:
    """To PostgreSQL's LIKE capitals are letters of their own."""
    column, _pattern, same = element.clauses
    return f"({compiler.process(column, **options)} LIKE {compiler.process(same, **options)} ESCAPE '\\')"


class place_in(FunctionElement[int]):  # noqa: N801 - reads as a function of SQL
    """Where in a text another text begins; 0 for nowhere."""

    type = Integer()
    inherit_cache = True


@compiles(place_in, "sqlite")
def place_by_instr(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite's name for it."""
    return f"instr({compiler.process(element.clauses, **options)})"


@compiles(place_in, "postgresql")
def place_by_strpos(element: Any, compiler: Any, **options: Any) -> str:
    """PostgreSQL's name for it."""
    return f"strpos({compiler.process(element.clauses, **options)})"


# ---- without capitals and accents


class folded_text(FunctionElement[str]):  # noqa: N801 - reads as a function of SQL
    """A text without capitals and accents, as `without_accents` makes it: to look for what a person typed."""

    type = Text()
    inherit_cache = True


@compiles(folded_text, "sqlite")
def folded_by_python(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite folds ASCII only."""
    return f"ibpmon_folded({compiler.process(element.clauses, **options)})"


@compiles(folded_text, "postgresql")
def folded_by_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    """PostgreSQL takes letters and accents apart too."""
    plain = f"normalize(lower({compiler.process(element.clauses, **options)}), NFKD)"
    return f"""(regexp_replace({plain}, '[\u0300-\u036f]', '', 'g') COLLATE "C")"""


@lru_cache(maxsize=REMEMBERED)
def without_accents(text: str | None) -> str | None:
    """A text without capitals and accents."""
    if text is None or text.isascii():
        return text and text.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not "\u0300" <= c <= "\u036f")


# ---- addresses in networks


def in_any_network(address: ColumnElement[Any], networks: list[str]) -> ColumnElement[bool]:
    """Whether a text is an address, in any spelling, that lies in one of these networks."""
    joined = ",".join(str(network_of(network)) for network in networks)
    one, many = bindparam(None, joined, Text, unique=True), bindparam(None, f"{{{joined}}}", Text, unique=True)
    return in_network(address, one, many, bindparam(None, ADDRESS, Text, unique=True))


def network_of(text: str) -> Network:
    """A network of IPv4 or IPv6; an address is a network of one. ValueError for anything else, also bits left over."""
    return ip_network(text)


class in_network(FunctionElement[bool]):  # noqa: N801 - reads as a function of SQL
    """Whether an address lies in networks. Takes the address, the networks twice, and how addresses are spelled."""

    type = Boolean()
    inherit_cache = True


@compiles(in_network, "sqlite")
def in_network_by_python(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite knows no addresses."""
    address, networks, *_rest = element.clauses
    return f"ibpmon_in_networks({compiler.process(address, **options)}, {compiler.process(networks, **options)})"


@compiles(in_network, "postgresql")
def in_network_by_inet(element: Any, compiler: Any, **options: Any) -> str:
    """PostgreSQL has a type for them, which takes only what is spelled as one."""
    address, _networks, many, spelled = (compiler.process(one, **options) for one in element.clauses)
    known = f'({address}) COLLATE "C" ~ {spelled}'
    plain = PLAIN.format(a=f"CAST({address} AS inet)")
    return f"(CASE WHEN {known} THEN ({plain}) <<= ANY (CAST({many} AS inet[])) ELSE false END)"


@lru_cache(maxsize=REMEMBERED)
def lies_in(text: str | None, networks: str) -> bool:
    """Whether a text is an address in one of these networks, which stand between commas."""
    address = address_of(text)
    if address is None:
        return False
    return any(address.version == network.version and address in network for network in networks_of(networks))


def address_of(text: str | None) -> IPv4Address | IPv6Address | None:
    """The address that a text spells; an IPv4 address that is written as IPv6 is what it is."""
    if text is None or "%" in text:
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=256)
def networks_of(text: str) -> tuple[Network, ...]:
    """The networks between the commas."""
    return tuple(map(network_of, text.split(",")))


# ---- lists


class word(FunctionElement[str]):  # noqa: N801 - reads as a function of SQL
    """Within `any_word`: the text of one element of the list."""

    type = Text()
    inherit_cache = True


class any_word(FunctionElement[bool]):  # noqa: N801 - reads as a function of SQL
    """Whether something holds for one of the texts in a list. Takes the list, and what must hold for `word()`."""

    type = Boolean()
    inherit_cache = True


@compiles(word, "sqlite")
def word_of_sqlite(_element: Any, _compiler: Any, **_options: Any) -> str:
    """SQLite unpacks by itself."""
    return "word.value"


@compiles(word, "postgresql")
def word_of_postgresql(_element: Any, _compiler: Any, **_options: Any) -> str:
    """PostgreSQL is asked for the text behind the quotes."""
    return "(word.value #>> '{}')"


@compiles(any_word, "sqlite")
def any_word_of_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    """What is no list has no words."""
    words, holds = (compiler.process(one, **options) for one in element.clauses)
    each = f"json_each(CASE WHEN json_type({words}) = 'array' THEN {words} ELSE '[]' END)"
    # Both parts are pieces of a statement already, with their values bound.
    return f"EXISTS (SELECT 1 FROM {each} AS word WHERE word.type = 'text' AND {holds})"  # noqa: S608


@compiles(any_word, "postgresql")
def any_word_of_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    """What is no list has no words."""
    words, holds = (compiler.process(one, **options) for one in element.clauses)
    each = f"jsonb_array_elements(CASE WHEN jsonb_typeof({words}) = 'array' THEN {words} ELSE '[]' END)"
    found = "SELECT 1 FROM {each} AS word(value) WHERE jsonb_typeof(word.value) = 'string' AND {holds}"
    return f"EXISTS ({found.format(each=each, holds=holds)})"
