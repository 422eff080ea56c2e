"""Checks the detection of a Sigma rule against a view, and compiles pySigma's tree to SQLAlchemy.

Nothing of a rule file is ever text in a statement: names come from the view, values are bound.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionItem,
    ConditionNOT,
    ConditionOR,
    SigmaCondition,
)
from sigma.exceptions import SigmaError
from sigma.modifiers import modifier_mapping
from sigma.rule import SigmaDetections
from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCompareExpression,
    SigmaExists,
    SigmaNull,
    SigmaNumber,
    SigmaString,
    SigmaType,
    SpecialChars,
)
from sqlalchemy import ColumnElement, FromClause, Text, and_, cast, false, func, not_, or_, true

from ibpmon.judge.reading import Document, Problems, Where
from ibpmon.language import _, meant
from ibpmon.store.collected import FieldType
from ibpmon.store.view import Columns, in_bytes

TEXT_MODIFIERS = frozenset({"contains", "startswith", "endswith"})
NUMBER_MODIFIERS = frozenset({"gt", "gte", "lt", "lte"})
MODIFIERS = TEXT_MODIFIERS | NUMBER_MODIFIERS | {"all", "exists"}
SIGNS = {SpecialChars.WILDCARD_MULTI: "%", SpecialChars.WILDCARD_SINGLE: "_"}
CONDITION_LENGTH = 1_000
LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")

Tree = ConditionItem | ConditionFieldEqualsValueExpression


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a detection: field, modifiers and one of its values."""

    field: str
    modifiers: frozenset[str]
    kind: FieldType
    value: Any


# ---- checking what stands in the file


def check_detection(document: Document, columns: Columns, problems: Problems) -> None:
    """Every field is a column of the view, every modifier is known, every value fits its field."""
    detection = document.value.get("detection")
    if not isinstance(detection, dict) or len(detection) < 2:
        problems.at(document, ("detection",), _("give at least one detection and a condition"))
        return
    for name, body in detection.items():
        where: Where = ("detection", name)
        if name == "condition":
            check_condition(document, where, body, problems)
        elif name == "timeframe":
            problems.at(document, where, _("a time frame belongs in a correlation"))
        else:
            check_body(document, where, body, columns, problems)


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
        problems.at(document, where, _("search words without a field do not work here; name a field"))


def check_item(document: Document, where: Where, key: str, value: Any, columns: Columns, problems: Problems) -> None:
    """One field with its modifiers and values."""
    field, *modifiers = key.split("|")
    if sentence := wrong_modifier(modifiers):
        problems.at(document, where, sentence)
    elif not field:
        problems.at(document, where, _("search words without a field do not work here; name a field"))
    elif field not in columns:
        unknown = _("there is no field '{field}' here").format(field=field)
        problems.at(document, where, unknown + meant(field, columns))
    else:
        values = value if isinstance(value, list) else [value]
        for one in values or [{}]:
            if sentence := wrong_value(Item(field, frozenset(modifiers), columns[field], one)):
                problems.at(document, where, sentence)


def wrong_modifier(modifiers: list[str]) -> str:
    """What is wrong with the modifiers; nothing when all is well."""
    for modifier in modifiers:
        if modifier not in MODIFIERS:
            known = modifier in modifier_mapping
            sentence = _("the modifier '{m}' is not supported yet") if known else _("there is no modifier '{m}'")
            return sentence.format(m=modifier) + ("" if known else meant(modifier, MODIFIERS))
    kinds = len(TEXT_MODIFIERS & set(modifiers)) + len((NUMBER_MODIFIERS | {"exists"}) & set(modifiers))
    if kinds > 1 or len(set(modifiers)) < len(modifiers):
        return _("these modifiers do not go together")
    return ""


def wrong_value(item: Item) -> str:
    """What is wrong with one value; nothing when it fits the field."""
    value, modifiers = item.value, item.modifiers
    if isinstance(value, str) and "\0" in value:
        return _("the sign NUL cannot be searched for")
    if "exists" in modifiers:
        return "" if isinstance(value, bool) else _("give true or false")
    if modifiers & NUMBER_MODIFIERS and not (item.kind == "int" and is_number(value)):
        return _("'{field}' holds no numbers, or this is no number").format(field=item.field)
    if value is None and not modifiers:
        return ""
    return fits(item.kind, value, modifiers)


def fits(kind: FieldType, value: Any, modifiers: frozenset[str]) -> str:
    """Whether a value can be compared with a field of this type."""
    searches = bool(modifiers & TEXT_MODIFIERS)
    if kind == "bool" and not searches:
        return "" if isinstance(value, bool) or value in ("true", "false") else _("give true or false")
    if kind == "int" and not searches:
        return "" if is_number(value) else _("this field holds numbers: give a number")
    if kind in ("text", "day"):
        return "" if isinstance(value, str) else _("this field holds text: give text")
    if kind == "list":
        return "" if isinstance(value, str) and "contains" in modifiers else _("search a list with |contains")
    return _("this cannot be asked of this field; a time has a field of days, such as created_days")


def is_number(value: Any) -> bool:
    """A number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


# ---- parsing


def parse_condition(document: Document, condition: str, where: Where, problems: Problems) -> Tree | None:
    """pySigma's tree of a condition over the detections of a document; None when it has a problem."""
    body = {name: part for name, part in document.value["detection"].items() if name != "condition"}
    try:
        detections = SigmaDetections.from_dict({**body, "condition": condition})
        tree = SigmaCondition(condition, detections).parse()
    except (SigmaError, TypeError) as error:
        problems.at(document, where, str(error))
        return None
    except RecursionError:
        problems.at(document, where, _("this nests too deep or is too long for a rule"))
        return None
    if not isinstance(tree, ConditionItem | ConditionFieldEqualsValueExpression):
        problems.at(document, where, _("this condition asks nothing"))
        return None
    return tree


def fields_of(tree: Any) -> Iterator[str]:
    """The fields that a condition reads."""
    if isinstance(tree, ConditionFieldEqualsValueExpression):
        yield tree.field
    for part in getattr(tree, "args", ()):
        yield from fields_of(part)


# ---- compiling


def compile_condition(tree: Any, rows: FromClause, columns: Columns) -> ColumnElement[bool]:
    """The condition over the columns of a view. NOT knows two values: what is absent is not so."""
    if isinstance(tree, ConditionFieldEqualsValueExpression):
        return compare(rows.c[tree.field], columns[tree.field], tree.value)
    parts = [compile_condition(part, rows, columns) for part in tree.args]
    if isinstance(tree, ConditionNOT):
        return not_(func.coalesce(parts[0], false()))
    if isinstance(tree, ConditionAND):
        return and_(*parts)
    if isinstance(tree, ConditionOR):
        return or_(*parts)
    raise TypeError(type(tree).__name__)


def compare(column: ColumnElement[Any], kind: FieldType, value: SigmaType) -> ColumnElement[bool]:
    """One field with one value."""
    if isinstance(value, SigmaNull):
        return column.is_(None)
    if isinstance(value, SigmaExists):
        return column.is_not(None) if value.exists else column.is_(None)
    if isinstance(value, SigmaCompareExpression):
        return ordered(column, value)
    if isinstance(value, SigmaNumber):
        return column == value.number
    if isinstance(value, SigmaBool):
        return column == (true() if value.boolean else false())
    if isinstance(value, SigmaString) and kind == "bool":
        return column == (true() if str(value) == "true" else false())
    if isinstance(value, SigmaString):
        return like(cast(column, Text) if kind == "list" else column, value)
    raise TypeError(type(value).__name__)


def ordered(column: ColumnElement[Any], value: SigmaCompareExpression) -> ColumnElement[bool]:
    """More or less than a number."""
    number = value.number.number
    match value.op:
        case CompareOperators.GT:
            return column > number
        case CompareOperators.GTE:
            return column >= number
        case CompareOperators.LT:
            return column < number
        case _:
            return column <= number


def like(column: ColumnElement[Any], value: SigmaString) -> ColumnElement[bool]:
    """Equal, or equal but for * and ?; capitals of ASCII make no difference, on both databases alike."""
    folded: ColumnElement[Any] = func.lower(in_bytes(column))
    if not value.contains_special():
        return folded == "".join(map(str, value.s)).translate(LOWER)
    pattern = "".join(SIGNS[part] if isinstance(part, SpecialChars) else escaped(str(part)) for part in value.s)
    return folded.like(pattern, escape="\\")


def escaped(text: str) -> str:
    """Text in which the signs of LIKE mean themselves."""
    for sign in ("\\", "%", "_"):
        text = text.replace(sign, "\\" + sign)
    return text.translate(LOWER)
