"""Sigma in plain Python, one record at a time: what a rule means here, written without SQL and without our compiler.

It reads the detection as it stands in the file. Where the public backend means something else (capitals, networks,
patterns, words without a field, named lists, lists in a record) this is the judge.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import ip_address, ip_network
from itertools import product
from typing import Any

from tests.semantics import COLUMNS

Record = Mapping[str, Any]
LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
WORDED = [name for name, kind in COLUMNS.items() if kind in ("text", "day", "list")]


def hits(detection: Mapping[str, Any], rows: Sequence[Record], lists: Mapping[str, Sequence[Any]]) -> set[int]:
    """The numbers of the records for which the condition holds."""
    holds = condition_of(detection, lists)
    return {row["nr"] for row in rows if holds(row)}


# ---- conditions


def condition_of(detection: Mapping[str, Any], lists: Mapping[str, Sequence[Any]]) -> Callable[[Record], bool]:
    """The condition as a function of a record."""
    parts = {name: body for name, body in detection.items() if name != "condition"}
    tokens = re.findall(r"[()]|[^\s()]+", detection["condition"])

    def alternatives() -> Any:
        found = [both()]
        while tokens and tokens[0] == "or":
            tokens.pop(0)
            found.append(both())
        return lambda row: any(one(row) for one in found)

    def both() -> Any:
        found = [one()]
        while tokens and tokens[0] == "and":
            tokens.pop(0)
            found.append(one())
        return lambda row: all(part(row) for part in found)

    def one() -> Any:
        token = tokens.pop(0)
        if token == "not":
            inner = one()
            return lambda row: not inner(row)
        if token == "(":
            inner = alternatives()
            tokens.pop(0)
            return inner
        if tokens and tokens[0] == "of":
            tokens.pop(0)
            pattern = tokens.pop(0).replace("*", ".*").replace("them", ".*")
            bodies = [body for name, body in parts.items() if re.fullmatch(pattern, name)]
            some = all if token == "all" else any
            return lambda row: some(body_holds(body, row, lists) for body in bodies)
        return lambda row: body_holds(parts[token], row, lists)

    return alternatives()  # type: ignore[no-any-return]


def body_holds(body: Any, row: Record, lists: Mapping[str, Sequence[Any]]) -> bool:
    """One detection: a table is AND, a list is OR, and a word is a word."""
    if isinstance(body, dict):
        return all(item_holds(key, value, row, lists) for key, value in body.items())
    if isinstance(body, list):
        return any(body_holds(one, row, lists) for one in body)
    return item_holds("", body, row, lists)


def item_holds(key: str, value: Any, row: Record, lists: Mapping[str, Sequence[Any]]) -> bool:
    """One line: any of its values, or all; turned around by neq."""
    field, *modifiers = key.split("|")
    values = value if isinstance(value, list) else [value]
    if "expand" in modifiers:
        values = [word for one in values for word in expanded(one, lists)]
    if not field:
        modifiers = modifiers if {"contains", "re"} & set(modifiers) else ["contains", *modifiers]
        values = [str(one) for one in values]
    fields = [field] if field else WORDED

    def holds(one: Any) -> bool:
        return any(field_holds(row, name, modifiers, one) for name in fields)

    found = bool(values) and (all if "all" in modifiers else any)(holds(one) for one in values)
    return not found if "neq" in modifiers else found


def expanded(value: Any, lists: Mapping[str, Sequence[Any]]) -> Iterator[Any]:
    """A value with the values of the lists that it names."""
    names = re.findall(r"%([\w-]+)%", value) if isinstance(value, str) else []
    if len(names) == 1 and value == f"%{names[0]}%":
        yield from lists[names[0]]
        return
    for chosen in product(*(lists[name] for name in names)):
        text = value
        for name, word in zip(names, chosen, strict=True):
            text = text.replace(f"%{name}%", str(word), 1)
        yield text


# ---- values


def field_holds(row: Record, name: str, modifiers: Sequence[str], value: Any) -> bool:
    """One field with one value."""
    found = row[name]
    if "exists" in modifiers:
        return bool((found is not None) == value)
    if value is None:
        return found is None
    if found is None:
        return False
    if COLUMNS[name] == "list":
        return any(text_holds(one, modifiers, value, row) for one in found if isinstance(one, str))
    if isinstance(found, str):
        return text_holds(found, modifiers, value, row)
    if "fieldref" in modifiers:
        return row[value] is not None and bool(found == row[value])
    return number_holds(found, modifiers, value)


def number_holds(found: Any, modifiers: Sequence[str], value: Any) -> bool:
    """A number, or true and false."""
    compared = {"gt": found > value, "gte": found >= value, "lt": found < value, "lte": found <= value} if (
        set(modifiers) & {"gt", "gte", "lt", "lte"}
    ) else {}  # fmt: skip
    return next((answer for sign, answer in compared.items() if sign in modifiers), bool(found == value))


def text_holds(found: str, modifiers: Sequence[str], value: str, row: Record) -> bool:
    """A text with a value, a pattern, a network or another field."""
    if "cidr" in modifiers:
        return in_network(found, value)
    if "re" in modifiers:
        pattern = value.removesuffix(r"\z") + r"\Z" if value.endswith(r"\z") else value  # as Python spells the end
        return re.search(pattern, found, flags_of(modifiers)) is not None
    if "fieldref" in modifiers:
        return row[value] is not None and same(found.translate(LOWER), row[value].translate(LOWER), modifiers)
    pieces = sigma_pattern(value, modifiers)
    if "cased" not in modifiers:
        found, pieces = found.translate(LOWER), lowered(pieces)
    return re.fullmatch("".join(pieces), found, re.DOTALL) is not None


def same(found: str, other: str, modifiers: Sequence[str]) -> bool:
    """Two texts of one record."""
    if "contains" in modifiers:
        return other in found
    if "startswith" in modifiers:
        return found.startswith(other)
    return found.endswith(other) if "endswith" in modifiers else found == other


def sigma_pattern(value: str, modifiers: Sequence[str]) -> list[str]:
    """A value of Sigma as pieces of a Python pattern: * and ? are signs, unless behind a backslash."""
    pieces, rest = [], value
    while rest:
        if rest[0] == "\\" and rest[1:2] in ("*", "?", "\\") and rest[1:2]:
            pieces.append(re.escape(rest[1]))
            rest = rest[2:]
        else:
            pieces.append({"*": ".*", "?": "."}.get(rest[0], re.escape(rest[0])))
            rest = rest[1:]
    before = [".*"] if {"contains", "endswith"} & set(modifiers) else []
    after = [".*"] if {"contains", "startswith"} & set(modifiers) else []
    return [*before, *pieces, *after]


def lowered(pieces: list[str]) -> list[str]:
    """The pieces with small letters."""
    return [piece.translate(LOWER) if len(piece) == 1 else piece for piece in pieces]


def flags_of(modifiers: Sequence[str]) -> int:
    """The flags of a pattern; letters outside ASCII have no capitals."""
    names = {"i": re.I, "ignorecase": re.I, "m": re.M, "multiline": re.M, "s": re.S, "dotall": re.S}
    flags = re.ASCII
    for modifier in modifiers:
        flags |= names.get(modifier, re.ASCII)
    return flags


def in_network(text: str, network: str) -> bool:
    """Whether a text is an address in a network."""
    try:
        address = ip_address(text) if "%" not in text else None
    except ValueError:
        return False
    plain = getattr(address, "ipv4_mapped", None) or address
    return plain is not None and plain.version == ip_network(network).version and plain in ip_network(network)
