"""Parses the condition of a Sigma rule, and compiles pySigma's tree to SQLAlchemy.

Nothing of a rule file is ever text in a statement: names come from the view, values are bound.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import ceil, floor
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
from sigma.rule import SigmaDetection, SigmaDetections
from sigma.types import (
    CompareOperators,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaType,
    SpecialChars,
)
from sqlalchemy import ColumnElement, FromClause, and_, false, func, literal, not_, or_, true

from ibpmon.judge.reading import Document, Problems, Where
from ibpmon.judge.regexes import read_pattern
from ibpmon.language import _
from ibpmon.store.collected import FieldType
from ibpmon.store.matching import any_word, fits_cased, in_any_network, matches, place_in, word
from ibpmon.store.view import Columns, in_bytes, in_small

LIKE = {SpecialChars.WILDCARD_MULTI: "%", SpecialChars.WILDCARD_SINGLE: "_"}
GLOB = {SpecialChars.WILDCARD_MULTI: "*", SpecialChars.WILDCARD_SINGLE: "?"}
LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
DEPTH = 15  # conditions within conditions: SQLite reads no deeper than a hundred brackets
WIDTH = 100  # conditions side by side: it reads a OR b OR c as nested too

Tree = ConditionItem | ConditionFieldEqualsValueExpression
Text = ColumnElement[Any]


# ---- parsing


def parse_condition(document: Document, condition: str, where: Where, problems: Problems) -> Tree | None:
    """pySigma's tree of a condition over the detections of a document; None when it has a problem."""
    body = {name: part for name, part in document.value["detection"].items() if name != "condition"}
    try:
        detections = SigmaDetections.from_dict({**body, "condition": condition})
        for detection in detections.detections.values():
            keep_empty(detection)
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
    if depth_of(tree) > DEPTH:
        problems.at(document, where, _("this nests too deep or is too long for a rule"))
        return None
    return tree


def keep_empty(detection: SigmaDetection) -> None:
    """Keep a list without values what it is: pySigma takes a key without values for one that asks for nothing there."""
    for item in detection.detection_items:
        if isinstance(item, SigmaDetection):
            keep_empty(item)
        elif not item.value:
            item.value = [SigmaExpansion([])]


def depth_of(tree: Any) -> int:
    """How deep conditions stand within conditions."""
    if isinstance(tree, ConditionFieldEqualsValueExpression):
        return 0
    return 1 + max(map(depth_of, getattr(tree, "args", ())), default=0)


def fields_of(tree: Any) -> Iterator[str]:
    """The fields that a condition reads."""
    if isinstance(tree, ConditionFieldEqualsValueExpression):
        yield from tree.field.split(",")
        if isinstance(tree.value, SigmaFieldReference):
            yield tree.value.field
    for part in getattr(tree, "args", ()):
        yield from fields_of(part)


def excludes(tree: Any, field: str, value: int) -> bool:
    """Whether a field certainly has another number, and has one, where a condition holds."""
    if isinstance(tree, ConditionFieldEqualsValueExpression):
        asked = tree.value
        if tree.field != field:
            return False
        if isinstance(asked, SigmaCompareExpression):
            above = {
                CompareOperators.GT: asked.number.number >= value,
                CompareOperators.GTE: asked.number.number > value,
            }
            return above.get(asked.op, False)
        return isinstance(asked, SigmaNumber) and asked.number != value
    if isinstance(tree, ConditionAND):
        return any(excludes(part, field, value) for part in tree.args)
    return isinstance(tree, ConditionOR) and all(excludes(part, field, value) for part in tree.args)


# ---- compiling


def compile_condition(tree: Any, rows: FromClause, columns: Columns) -> ColumnElement[bool]:
    """The condition over the columns of a view. NOT knows two values: what is absent is not so."""
    if isinstance(tree, ConditionFieldEqualsValueExpression):
        names = tree.field.split(",")  # several where a word may stand in any of them
        return joined(or_, [compare(rows, name, columns[name], tree.value) for name in names])
    if isinstance(tree, ConditionOR):
        return joined(or_, [*choices(tree.args, rows, columns)])
    parts = [compile_condition(part, rows, columns) for part in tree.args]
    if isinstance(tree, ConditionNOT):
        return not_(func.coalesce(parts[0], false()))
    if isinstance(tree, ConditionAND):
        return joined(and_, parts)
    raise TypeError(type(tree).__name__)


def joined(by: Callable[..., ColumnElement[bool]], parts: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Conditions with AND or OR between them, in groups where they are many."""
    while len(parts) > WIDTH:
        groups = [parts[start : start + WIDTH] for start in range(0, len(parts), WIDTH)]
        parts = [func.coalesce(by(*group), false()) for group in groups]
    return by(*parts) if len(parts) > 1 else parts[0]


def choices(args: Sequence[Any], rows: FromClause, columns: Columns) -> Iterator[ColumnElement[bool]]:
    """The parts of an OR; whole texts of one field as one list, which a database looks up at once."""
    whole: dict[str, list[str]] = {}
    for part in args:
        if isinstance(part, ConditionFieldEqualsValueExpression) and is_whole(part, columns):
            whole.setdefault(part.field, []).append(plain(part.value).translate(LOWER))
        else:
            yield compile_condition(part, rows, columns)
    for name, texts in whole.items():
        yield in_text(rows.c[name], columns[name], partial(one_of, texts=texts))


def is_whole(part: ConditionFieldEqualsValueExpression, columns: Columns) -> bool:
    """Whether a field is compared with a whole text without looking at capitals."""
    texts = columns.get(part.field) in ("text", "day", "list")
    return texts and type(part.value) is SigmaString and not part.value.contains_special()


def one_of(text: Text, texts: Sequence[str]) -> ColumnElement[bool]:
    """Whether a text is one of these, which are in small letters."""
    return in_small(text).in_(texts)


def compare(rows: FromClause, name: str, kind: FieldType, value: SigmaType) -> ColumnElement[bool]:
    """One field with one value."""
    column: ColumnElement[Any] = rows.c[name]
    if isinstance(value, SigmaNull):
        return column.is_(None)
    if isinstance(value, SigmaExists):
        return column.is_not(None) if value.exists else column.is_(None)
    if isinstance(value, SigmaExpansion) and not value.values:
        return false()
    if isinstance(value, SigmaFieldReference):
        return same_as(column, rows.c[value.field], kind, value)
    if isinstance(value, SigmaCompareExpression):
        return ordered(column, value)
    if isinstance(value, SigmaNumber):
        return column == value.number if isinstance(value.number, int) else false()
    if kind == "bool":
        return column == (true() if str(value).lower() == "true" else false())
    return in_text(column, kind, lambda text: fits(text, value))


def in_text(column: Text, kind: FieldType, holds: Callable[[Text], ColumnElement[bool]]) -> ColumnElement[bool]:
    """Whether something holds for a text, or for one of the texts in a list."""
    return any_word(column, holds(word())) if kind == "list" else holds(column)


def fits(text: Text, value: SigmaType) -> ColumnElement[bool]:
    """Whether a text is what a value says."""
    if isinstance(value, SigmaCIDRExpression):
        return in_any_network(text, [value.cidr])
    if isinstance(value, SigmaRegularExpression):
        pattern = read_pattern(str(value.regexp), "".join(value.sigma_to_re_flag[flag] for flag in value.flags))
        return matches(text, literal(pattern.re2), literal(pattern.postgresql))
    if isinstance(value, SigmaCasedString):
        return cased(text, value)
    if isinstance(value, SigmaString):
        return like(text, value)
    raise TypeError(type(value).__name__)


# ---- numbers


def ordered(column: ColumnElement[Any], value: SigmaCompareExpression) -> ColumnElement[bool]:
    """More or less than a number. A field holds whole ones, and a database would round what it compares them with."""
    number = value.number.number
    match value.op:
        case CompareOperators.GT:
            return column > floor(number)
        case CompareOperators.GTE:
            return column >= ceil(number)
        case CompareOperators.LT:
            return column < ceil(number)
        case _:
            return column <= floor(number)


# ---- texts


def folded(text: Text) -> ColumnElement[str]:
    """A text in which capitals of ASCII make no difference, on both databases alike."""
    return func.lower(in_bytes(text))


def plain(value: Any) -> str:
    """The text of a value without signs."""
    return "".join(map(str, value.s))


def like(text: Text, value: SigmaString) -> ColumnElement[bool]:
    """Equal, or equal but for * and ?."""
    if not value.contains_special():
        return in_small(text) == plain(value).translate(LOWER)
    return in_small(text).like(like_pattern(value).translate(LOWER), escape="\\")


def cased(text: Text, value: SigmaString) -> ColumnElement[bool]:
    """The same, where capitals are letters of their own."""
    if not value.contains_special():
        return in_bytes(text) == plain(value)
    return fits_cased(in_bytes(text), literal(glob_pattern(value)), literal(like_pattern(value)))


def like_pattern(value: SigmaString) -> str:
    """A value as a pattern of LIKE."""
    return "".join(LIKE[part] if isinstance(part, SpecialChars) else escaped(str(part)) for part in value.s)


def escaped(text: str) -> str:
    """Text in which the signs of LIKE mean themselves."""
    for sign in ("\\", "%", "_"):
        text = text.replace(sign, "\\" + sign)
    return text


def glob_pattern(value: SigmaString) -> str:
    """A value as a pattern of GLOB."""
    return "".join(GLOB[part] if isinstance(part, SpecialChars) else in_classes(str(part)) for part in value.s)


def in_classes(text: str) -> str:
    """Text in which the signs of GLOB mean themselves."""
    return "".join(f"[{sign}]" if sign in "[*?" else sign for sign in text)


# ---- two fields of one record


def same_as(column: Text, other: Text, kind: FieldType, how: SigmaFieldReference) -> ColumnElement[bool]:
    """Whether a field is, begins with, ends with or holds another one; nothing is so of what is absent."""
    if kind not in ("text", "day"):
        return column == other
    one, two = folded(column), folded(other)
    if how.starts_with and how.ends_with:
        return place_in(one, two) > 0
    if how.starts_with:
        return func.substr(one, 1, func.length(two)) == two
    if how.ends_with:
        rest = func.length(one) - func.length(two)
        return and_(rest >= 0, func.substr(one, rest + 1) == two)
    return one == two
