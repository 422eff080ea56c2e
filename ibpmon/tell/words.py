"""Turns values, which anyone may have chosen, into words that are seen whole and do nothing."""

import re
import unicodedata
from collections.abc import Container, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from string import Formatter
from textwrap import fill as fill_lines
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

from ibpmon import language
from ibpmon.errors import ContentError
from ibpmon.language import N_, _, ngettext
from ibpmon.store.collected import FieldType
from ibpmon.store.tables import aware

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

LONGEST = 120  # characters of one value
MANY = 5  # values of a list that are written out
WIDTH = 76  # of a line of plain text
MARKS = 4  # accents on one letter; more of them cover the lines around it

LEVELS = ("informational", "low", "medium", "high", "critical")
LEVEL_WORDS: Mapping[str, str] = {
    "informational": N_("for information"),
    "low": N_("low"),
    "medium": N_("medium"),
    "high": N_("high"),
    "critical": N_("critical"),
    "solved": N_("solved"),
    "cannot_check": N_("cannot be judged"),
}

FORMS = re.compile(r"\[([^][|]+)\|([^][|]+)\]")  # [account|accounts], in a line of a rule
NUMBER = re.compile(r"\d[\d.,]*")
FIELD = re.compile(r"[a-z][a-z0-9_]*")
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
# Letters and signs by class, but without any ink: a name of these looks like no name.
INKLESS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f")
# What mail programs make a link of by themselves: an address of a site in a name becomes a button to press.
LINKS = (
    (re.compile(r"://"), "[:]//"),
    (re.compile(r"\b(www)\.", re.IGNORECASE), r"\1[.]"),
    (re.compile(r"(?<=[^\W\d_]\.)([^\W\d_]{2,})/"), r"\1[/]"),
    (re.compile(r"(\.[^\W\d_]{2,})/"), r"\1[/]"),
    (re.compile(r"\b(mailto|tel|sms|javascript|data|file|vbscript):", re.IGNORECASE), r"\1[:]"),
)
WORD = re.compile(r"[\w.․。．｡+'#@-]+")  # all that an address may hold
ENDS = re.compile(r"[#'+@]")
LABEL = re.compile(r"([.․。．｡])([^\W\d_][\w-]+)")


def shown(value: object, longest: int = LONGEST, *, links: bool = False, own: Container[str] = frozenset()) -> str:
    """A value as text that is safe in any line: what cannot be seen becomes visible, what is too long is cut.

    Addresses of sites are made harmless, except in the `own` domains of the board; `links` keeps them all, for text of
    a content file.
    """
    text = "".join(map(seen, str(value)))
    text = " ".join(unpiled(text).split())
    text = text if links else unlinked(text, own)
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def unlinked(text: str, own: Container[str]) -> str:
    """The text without anything that a mail program makes a link of by itself."""
    for pattern, tame in LINKS:
        text = pattern.sub(tame, text)
    return WORD.sub(partial(broken, own=own), text)


def broken(found: re.Match[str], own: Container[str]) -> str:
    """A word with dots that cannot be pressed any more: herstel[.]com; J.Jansen and list.docx are no sites."""
    local, at, domain = found[0].rpartition("@")
    if domain.casefold().rstrip(".") not in own:
        return LABEL.sub(before_top_level, found[0])
    # Before some signs a mail program ends the address: in the user name of a guest stands the domain of his own.
    return (LABEL.sub(before_top_level, local) if ENDS.search(local) else local) + at + domain


def before_top_level(label: re.Match[str]) -> str:
    """A dot in brackets, where what follows is a top level domain."""
    return f"[{label[1]}]{label[2]}" if suffixes().is_public(label[2].rstrip("-_")) else label[0]


@cache
def suffixes() -> "PublicSuffixList":
    """The domains of the world; read when the first word with a dot comes by."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=False, only_icann=True)


def seen(character: str) -> str:
    """A character that prints as itself; for the others its picture or its number."""
    category, code = unicodedata.category(character), ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if category == "Zs":
        return " "
    if category in ("Cs", "Co", "Cn"):
        return "\N{REPLACEMENT CHARACTER}"
    if category in ("Cc", "Cf", "Zl", "Zp") or character in INKLESS:
        return f"‹{code:04X}›"
    return character


def unpiled(text: str) -> str:
    """The text without piles of accents."""
    kept, pile = [], 0
    for character in text:
        pile = pile + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if pile <= MARKS:
            kept.append(character)
    return "".join(kept)


def said(value: object, zone: ZoneInfo, own: Container[str] = frozenset()) -> str:
    """A value as a person says it: a date in the board's own time, yes and no, numbers with their dots.

    Addresses in the `own` domains of the board are told as they are.
    """
    if value is None or value == "":
        return _("unknown")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, datetime):
        return language.moment(value.astimezone(UTC), zone)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return listed([said(one, zone, own) for one in value])
    return said_text(str(value), zone, own)


def said_text(text: str, zone: ZoneInfo, own: Container[str]) -> str:
    """Text as a person says it; times and days are recognised by their form."""
    try:
        if TIME.fullmatch(text):
            return language.moment(datetime.fromisoformat(text), zone)
        if DAY.fullmatch(text):
            return str(format_date(date.fromisoformat(text), "d MMMM y", locale=language.current()))
    except ValueError:
        pass  # looks like a time and is none: a name, then
    return shown(text, own=own) or _("unknown")  # a name of spaces only


def number(value: float) -> str:
    """A number with the dots and commas of the language."""
    return str(format_decimal(value, locale=language.current()))


def nth(count: int) -> str:
    """Which of a row it is, for a person: 1st, 2nd, 3rd, 4th, 11th; in Dutch 1e, 2e, 3e."""
    words = {1: N_("{n}st"), 2: N_("{n}nd"), 3: N_("{n}rd")}
    last = 0 if count % 100 in (11, 12, 13) else count % 10
    return _(words.get(last, N_("{n}th"))).format(n=count)


def until_word(until: datetime, zone: ZoneInfo) -> str:
    """Until when, for a person: what ends at midnight holds for the whole of the day before."""
    local = until.astimezone(zone)
    if (local.hour, local.minute) == (0, 0):
        return _("up to and including {day}").format(day=language.moment(local - timedelta(days=1), zone))
    return _("until {until}").format(until=language.moment(until, zone))


def at_most(lines: Sequence[str], many: int) -> list[str]:
    """The first lines, and how many more there are."""
    more = len(lines) - many
    return [*lines[:many], *([_("... and {count} more").format(count=more)] if more > 0 else [])]


def listed(words: Sequence[str], many: int = MANY) -> str:
    """A few words with commas, and how many more there are."""
    more = len(words) - many
    text = ", ".join(words[:many])
    return _("{words} and {n} more").format(words=text, n=more) if more > 0 else text


# ---- levels


def alert_state_word(state: str) -> str:
    """The state of an alert for a person."""
    words = {
        "new": _("new"), "acknowledged": _("being worked on"), "solved": _("solved"), "closed": _("closed"),
        "accepted": _("accepted"), "reopened": _("opened again"),
    }  # fmt: skip
    return words.get(state, state)


def level_word(level: str) -> str:
    """The word for a level: kritiek, hoog, middel, laag, ter informatie."""
    return _(LEVEL_WORDS[level]) if level in LEVEL_WORDS else shown(level)


def rank(level: str) -> int:
    """The place of a level among levels; an unknown one counts as the lowest."""
    return LEVELS.index(level) if level in LEVELS else 0


# ---- plain text


def wrapped(text: str, first: str = "", rest: str = "") -> str:
    """A paragraph of plain text in lines of at most 76 characters; a long word stays whole."""
    return fill_lines(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


# ---- lines of rules


def parts_of(template: str) -> list[tuple[str, str]]:
    """A line of a rule as pairs of text and field name; ContentError when it holds more than {field}."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise unfit(template, str(error)) from None
    for _text, field, spec, conversion in parts:
        if field is not None and (spec or conversion or not FIELD.fullmatch(field)):
            raise unfit(template, "{" + field + "}")
    return [(text, field or "") for text, field, _spec, _conversion in parts]


def unfit(template: str, reason: str) -> ContentError:
    """A line that is not plain text with {field}s."""
    return ContentError(
        N_("the line {template} cannot be filled in"),
        why=N_("{reason} is not a plain {{field}}"),
        fix=N_("write {{name}} with the name of a field and nothing else between the braces"),
        template=repr(template),
        reason=reason,
    )


def fields_of(template: str) -> set[str]:
    """The names of the fields in a line of a rule."""
    return {field for _text, field in parts_of(template) if field}


def fill(template: str, words: Mapping[str, str], *, strict: bool = False) -> str:
    """A line of a rule with words for its fields, and of [account|accounts] the one that fits the number before it.

    What does not fit shows as ?; `strict` (for tests) refuses it.
    """
    try:
        parts = parts_of(template)
    except ContentError:
        if strict:
            raise
        return shown(template)
    missing = {field for _text, field in parts if field} - words.keys()
    if strict and missing:
        raise unfit(template, "{" + min(missing) + "}")
    filled, number = list[str](), ""
    for text, field in parts:
        word = words.get(field, "?") if field else ""
        filled += [in_form(text, number), word]
        number = word if NUMBER.fullmatch(word) else number
    return "".join(filled)


def in_form(text: str, number: str) -> str:
    """Text with of each [one|more] the form that fits a number."""
    return FORMS.sub(lambda found: found[1 if number == "1" else 2], text)


def words_for(
    values: Mapping[str, Any], kinds: Mapping[str, FieldType], zone: ZoneInfo, own: Container[str] = frozenset()
) -> dict[str, str]:
    """The values of a finding as words; their kind says which numbers are times."""
    return {name: said(of_kind(value, kinds.get(name)), zone, own) for name, value in values.items()}


def of_kind(value: Any, kind: FieldType | None) -> Any:
    """A value as the database or JSON holds it, as what it is."""
    if kind == "time" and isinstance(value, int):
        return aware(value)
    return bool(value) if kind == "bool" and value is not None else value


# ---- how it stands


def state_word(state: str) -> str:
    """The state of a run for a person."""
    words = {
        "FULL": _("in full"), "PARTIAL": _("in part"), "FAILED": _("not read"), "SKIPPED": _("skipped"),
        "RUNNING": _("busy"), "NEVER": _("never yet"),
    }  # fmt: skip
    return words.get(state, state)


def outcome_word(outcome: str) -> str:
    """The outcome of a rule for a person."""
    words = {
        "ok": _("in order"), "finding": _("not in order"), "accepted": _("accepted"),
        "cannot_check": _("cannot be judged"),
    }  # fmt: skip
    return words.get(outcome, outcome)


def standing_word(state: str) -> str:
    """How something stands, for a person."""
    words = {
        "good": _("good"), "late": _("too late"), "failed": _("failed"), "unknown": _("unknown"),
        "none": _("none yet"), "off": _("not in use"),
    }  # fmt: skip
    return words[state]


def span(age: timedelta) -> str:
    """How long, in one unit."""
    hours = int(age / timedelta(hours=1))
    if hours >= 48:
        return ngettext("{n} day", "{n} days", hours // 24).format(n=hours // 24)
    if hours:
        return ngettext("{n} hour", "{n} hours", hours).format(n=hours)
    minutes = max(0, int(age / timedelta(minutes=1)))
    return ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)
