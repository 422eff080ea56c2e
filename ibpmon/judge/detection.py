"""Holds the detections of a rule against a view: known modifiers that go together, fields, and values that fit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from sigma.modifiers import modifier_mapping

from ibpmon.judge.filling import MANY, Nothing, is_number
from ibpmon.judge.reading import Document, Problems, Where
from ibpmon.judge.regexes import Refused, read_pattern
from ibpmon.language import N_, _, meant
from ibpmon.store.collected import FieldType
from ibpmon.store.matching import network_of
from ibpmon.store.view import Columns

TEXT_MODIFIERS = frozenset({"contains", "startswith", "endswith"})
NUMBER_MODIFIERS = frozenset({"gt", "gte", "lt", "lte"})
FLAGS = {"i": "i", "ignorecase": "i", "m": "m", "multiline": "m", "s": "s", "dotall": "s"}
WHOLE = frozenset({"exists", "cidr", "re", "fieldref"})  # a value is one of these, or a text, or a number
MODIFIERS = TEXT_MODIFIERS | NUMBER_MODIFIERS | WHOLE | frozenset(FLAGS) | {"all", "neq", "cased", "expand"}
KINDS: Mapping[str, tuple[FieldType, ...]] = {
    "re": ("text", "day", "list"),
    "cidr": ("text", "list"),
    "cased": ("text", "day", "list"),
    **dict.fromkeys(NUMBER_MODIFIERS, ("int",)),
}
ENCODED = N_("the data holds no encoded text: write the text itself, with |contains where needed")
IN_UTC = N_(
    "this counts hours and days in UTC, not at school; use a field of the view, such as local_hour or created_days"
)
# What Sigma has and means nothing here, with what to write instead.
MEANINGLESS: Mapping[str, str] = {
    **dict.fromkeys(("base64", "base64offset", "wide", "utf16", "utf16be"), ENCODED),
    "windash": N_("the data holds no command lines: write each spelling as a value of its own"),
    **dict.fromkeys(("minute", "hour", "day", "week", "month", "year"), IN_UTC),
}
CONDITION_LENGTH = 1_000
VALUE_LENGTH = 1_000  # SQLite takes no LIKE pattern over 50,000 bytes


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a detection: field, modifiers and one of its values, and the fields that it may be compared with."""

    field: str
    modifiers: frozenset[str]
    kind: FieldType
    value: Any
    columns: Columns


def check_detection(document: Document, columns: Columns, problems: Problems, part: str = "detection") -> None:
    """Every field is a column of the view, every modifier is known, every value fits its field."""
    detection = document.value.get(part)
    if not isinstance(detection, dict) or len(detection) < 2 or "condition" not in detection:
        problems.at(document, (part,), _("give at least one detection and a condition"))
        return
    for name, body in detection.items():
        where: Where = (part, name)
        if name == "condition":
            check_condition(document, where, body, problems)
        elif name == "timeframe":
            problems.at(document, where, _("a time frame belongs in a correlation"))
        elif name != "rules" or part != "filter":
            check_body(document, where, body, columns, problems)
    if sum(weights(detection)) > MANY:
        problems.at(document, (part,), _("a rule compares with at most {n} values").format(n=MANY))


def weights(body: Any, fields: int = 1) -> Iterator[int]:
    """How many comparisons each value makes."""
    if isinstance(body, dict):
        for key, value in body.items():
            yield from weights(value, key.partition("|")[0].count(",") + 1)
    elif isinstance(body, list):
        for one in body:
            yield from weights(one, fields)
    else:
        yield fields


def check_condition(document: Document, where: Where, body: Any, problems: Problems) -> None:
    """A condition is one line of words."""
    if not isinstance(body, str) or len(body) > CONDITION_LENGTH:
        problems.at(document, where, _("write one condition of at most {n} characters").format(n=CONDITION_LENGTH))


def check_body(document: Document, where: Where, body: Any, columns: Columns, problems: Problems) -> None:
    """A detection is a table of fields, or a list of such tables."""
    if isinstance(body, dict) and body:
        for key, value in body.items():
            check_item(document, (*where, key), key, value, columns, problems)
    elif isinstance(body, list) and body and all(isinstance(part, dict) for part in body):
        for number, part in enumerate(body):
            check_body(document, (*where, number), part, columns, problems)
    else:
        problems.at(document, where, _("give a table of fields, a list of such tables, or words"))


def check_item(document: Document, where: Where, key: str, value: Any, columns: Columns, problems: Problems) -> None:
    """One key with its modifiers and values; bare words have several fields."""
    named, *modifiers = key.split("|")
    if sentence := wrong_modifier(modifiers):
        problems.at(document, where, sentence)
        return
    values = value if isinstance(value, list) else [value]
    for name in named.split(","):
        if name not in columns:
            unknown = _("there is no field '{field}' here").format(field=name)
            problems.at(document, where, unknown + meant(name, columns))
            return
        for one in values if values or isinstance(value, Nothing) else [{}]:
            if sentence := wrong_value(Item(name, frozenset(modifiers), columns[name], one, columns)):
                problems.at(document, where, sentence)
                return


# ---- modifiers


def wrong_modifier(modifiers: list[str]) -> str:
    """What is wrong with the modifiers; nothing when all is well."""
    for modifier in modifiers:
        if modifier in MEANINGLESS:
            return _("the modifier '{m}' means nothing here: {why}").format(m=modifier, why=_(MEANINGLESS[modifier]))
        if modifier not in MODIFIERS:
            known = modifier in modifier_mapping
            sentence = _("the modifier '{m}' is not supported yet") if known else _("there is no modifier '{m}'")
            return sentence.format(m=modifier) + ("" if known else meant(modifier, MODIFIERS))
    return "" if go_together(modifiers) else _("these modifiers do not go together")


def go_together(modifiers: list[str]) -> bool:
    """Whether modifiers make one question, in an order in which Sigma reads them."""
    given = set(modifiers)
    main = given & (TEXT_MODIFIERS | NUMBER_MODIFIERS | WHOLE)
    pair = "fieldref" in main and len(main & TEXT_MODIFIERS) == 1 and len(main) == 2
    right = [
        len(given) == len(modifiers),
        len(main) < 2 or pair,
        not given & WHOLE or modifiers[0] in WHOLE,  # pattern|contains would be a text with signs around it
        not given & set(FLAGS) or "re" in given,
        "cased" not in given or main <= TEXT_MODIFIERS,
        "exists" not in given or len(given) == 1,
    ]
    return all(right)


# ---- values


def wrong_value(item: Item) -> str:
    """What is wrong with one value; nothing when it fits the field."""
    value, modifiers = item.value, item.modifiers - {"all", "neq"}
    if isinstance(value, str) and (sentence := wrong_text(value)):
        return sentence
    if "exists" in modifiers:
        return "" if isinstance(value, bool) else _("give true or false")
    for modifier in sorted(modifiers & KINDS.keys()):
        if item.kind not in KINDS[modifier]:
            return _("the modifier '{m}' cannot be asked of '{field}', for what that holds").format(
                m=modifier, field=item.field
            )
    if modifiers & WHOLE:
        return wrong_whole(item)
    if modifiers & NUMBER_MODIFIERS:
        return "" if is_number(value) else _("give a number")
    if value is None and not modifiers:
        return ""
    return fits(item.kind, value, modifiers)


def wrong_text(text: str) -> str:
    """What is wrong with a text, whatever it is for."""
    if "\0" in text:
        return _("the sign NUL cannot be searched for")
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        return _("this holds half a sign; write it out")
    return _("a value has at most {n} characters").format(n=VALUE_LENGTH) if len(text) > VALUE_LENGTH else ""


def wrong_whole(item: Item) -> str:
    """What is wrong with a pattern, a network or the name of a field."""
    if not isinstance(item.value, str):
        return _("this field holds text: give text")
    if "cidr" in item.modifiers:
        return wrong_network(item.value)
    if "fieldref" in item.modifiers:
        return wrong_reference(item)
    try:
        read_pattern(item.value, flags_of(item.modifiers))
    except Refused as reason:
        return str(reason)
    return ""


def flags_of(modifiers: frozenset[str]) -> str:
    """The flags of a pattern: i, m and s."""
    return "".join(sorted({FLAGS[one] for one in modifiers & FLAGS.keys()}))


def wrong_network(text: str) -> str:
    """What is wrong with a network."""
    try:
        network_of(text)
    except ValueError:
        pass
    else:
        return ""
    try:
        return _("this is no network") + meant(text, [str(ip_network(text, strict=False))])
    except ValueError:
        return _("this is no network; write it as 203.0.113.0/24 or 2001:db8::/32")


def wrong_reference(item: Item) -> str:
    """What is wrong with comparing with another field."""
    if item.value not in item.columns:
        unknown = _("there is no field '{field}' here").format(field=item.value)
        return unknown + meant(item.value, item.columns)
    texts = ("text", "day")
    kinds = (item.kind, item.columns[item.value])
    if all(kind in texts for kind in kinds):
        return ""
    same = kinds[0] == kinds[1] != "list" and not item.modifiers & TEXT_MODIFIERS
    return "" if same else _("these two fields cannot be compared")


def fits(kind: FieldType, value: Any, modifiers: frozenset[str]) -> str:
    """Whether a value can be compared with a field of this type."""
    searches = bool(modifiers & TEXT_MODIFIERS)
    if kind == "bool" and not searches:
        return "" if isinstance(value, bool) or value in ("true", "false") else _("give true or false")
    if kind == "int" and not searches:
        return "" if is_number(value) else _("this field holds numbers: give a number")
    if kind in ("text", "day", "list"):
        return "" if isinstance(value, str) else _("this field holds text: give text")
    return _("this cannot be asked of this field; a time has a field of days, such as created_days")
