"""Puts news in the order of a mail: new, worse, solved, what goes on, and what could not be judged.

What is of one rule stands together, the most important first, with one thing to do. Long lists are cut, and say so.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ibpmon import language
from ibpmon.language import N_, _, ngettext
from ibpmon.store.tables import Alert, Exemption, News
from ibpmon.tell.sentences import Rule
from ibpmon.tell.words import alert_state_word, fill, level_word, number, rank, shown

HEADLINE, LONGEST_REASON, NAME = 120, 600, 60  # characters
LINES, LINES_IN_STORM = 10, 2  # of one rule in one section
MOST, HEADLINES = (
    36,
    15,
)  # lines in a whole section, and headlines of what does not fit: mail programs cut a mail of over 100 kB
STORM = 100  # so many lines at once have one cause more often than not
REASONS, TITLED = 6, 5  # reasons that blind rules, and rules under each
QUIET = "informational"  # figures only

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "new": ("new", "reopened"),
    "worse": ("worse",),
    "solved": ("solved", "ended"),
    "open": ("overdue", "remind", "ending"),
    "blind": ("blind", "sighted"),
}
TITLES: Mapping[str, str] = {
    "new": N_("New"),
    "worse": N_("Worse"),
    "solved": N_("Solved"),
    "open": N_("Still going on"),
    "blind": N_("Could not be judged"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One line: a sentence, and under it the evidence."""

    number: int  # of the alert; 0 for what is none
    text: str
    facts: str


@dataclass(frozen=True, slots=True)
class Group:
    """What one rule has to say in one section, and the one thing to do."""

    rule: str
    level: str
    word: str
    headline: str
    facts: str  # the evidence that all lines share
    based: str
    unseen: str
    items: tuple[Item, ...]
    hidden: int
    action: str


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the mail."""

    kind: str
    title: str
    count: int
    groups: tuple[Group, ...]
    rest: tuple[str, ...] = ()  # what weighs less and did not fit: a headline per rule


@dataclass(frozen=True, slots=True)
class Material:
    """What the lines of a mail are made of; sentences come per rule, for the subjects that are printed."""

    rules: Mapping[str, Rule]
    alerts: Mapping[int, Alert]
    exceptions: Mapping[int, Exemption]  # by number
    accepted: Mapping[tuple[str, str], Exemption]  # what was once accepted, per rule and subject
    about: Callable[[Rule, Mapping[str, int]], Mapping[str, str]]
    based: Callable[[Rule], tuple[str, str]]  # its sources, and what of it could not be seen
    scrub: Callable[[str], str]  # what a person typed, with every pupil in it behind a pseudonym
    own: Container[str]  # the domains of the board itself
    zone: ZoneInfo
    now: datetime


def sections(items: Sequence[News], material: Material) -> tuple[Section, ...]:
    """The parts of a mail that have something to say."""
    loud = [one for one in items if one.level != QUIET or one.kind not in ("new", "worse", "reopened", "solved")]
    per_section = {
        name: [one for one in loud if one.kind in kinds and one.rule in material.rules]
        for name, kinds in SECTIONS.items()
    }
    made = (section(name, some, material) for name, some in per_section.items() if some)
    return tuple(made)


def section(name: str, items: Sequence[News], material: Material) -> Section:
    """One part: the rules that weigh most first, and of each the worst first."""
    storm = len(items) > STORM
    if name == "blind":
        return blind_section(name, items, material)
    return rule_section(name, by_rule(items, material), material, LINES_IN_STORM if storm else LINES)


def rule_section(name: str, rules: Sequence[tuple[Rule, list[News]]], material: Material, each: int) -> Section:
    """The lines of a section by rule; together no more than fit in a mail that somebody reads."""
    groups, rest, left = list[Group](), list[str](), MOST
    for rule, some in rules:
        if left > 0:
            groups.append(group(name, rule, some, material, min(each, left)))
            left -= len(groups[-1].items)
        else:
            rest.append(headline_of(rule, len(some)))
    count = sum(len(some) for _rule, some in rules)
    return Section(name, _(TITLES[name]), count, tuple(groups), fitting(rest))


def fitting(headlines: Sequence[str]) -> tuple[str, ...]:
    """As many headlines as fit, and how many there are besides."""
    hidden = len(headlines) - HEADLINES
    more = ngettext("and {n} other kind", "and {n} other kinds", hidden).format(n=number(hidden))
    return (*headlines[:HEADLINES], *([more] if hidden > 0 else []))


def by_rule(items: Iterable[News], material: Material) -> list[tuple[Rule, list[News]]]:
    """The news per rule, what weighs most first."""
    found: defaultdict[str, list[News]] = defaultdict(list)
    for one in items:
        found[one.rule].append(one)
    for some in found.values():
        some.sort(key=lambda one: (-rank(one.level), one.alert_id or one.news_id))
    weighed = sorted(found.items(), key=lambda pair: (-rank(pair[1][0].level), -len(pair[1]), pair[0]))
    return [(material.rules[key], some) for key, some in weighed]


def group(name: str, rule: Rule, items: Sequence[News], material: Material, most: int) -> Group:
    """What one rule has to say in one section."""
    action = shown(rule.message.action, LONGEST_REASON, links=True) if name != "solved" else ""
    level = "solved" if name == "solved" else items[0].level
    lines = tuple(lines_of(rule, items[:most], material))
    shared = {line.facts for line in lines}
    facts = shared.pop() if len(shared) == 1 and len(lines) > 1 else ""
    lines = tuple(replace(line, facts="") for line in lines) if facts else lines
    headline, hidden = headline_of(rule, len(items)), len(items) - len(lines)
    based, unseen = material.based(rule) if name != "solved" else ("", "")
    return Group(rule.key, level, level_word(level), headline, facts, based, unseen, lines, hidden, action)


def headline_of(rule: Rule, count: int) -> str:
    """What a rule found, and how often."""
    return shown(fill(rule.message.subject, {"count": number(count)}), HEADLINE, links=True)


def lines_of(rule: Rule, items: Sequence[News], material: Material) -> Iterator[Item]:
    """One line for each piece of news."""
    subjects = {subject_of(one, material): max(one.occurrences, 1) for one in items}
    said = material.about(rule, subjects)
    for one in items:
        yield Item(one.alert_id or 0, said[subject_of(one, material)], facts_of(one, items[0].level, material))


def subject_of(one: News, material: Material) -> str:
    """What a piece of news is about."""
    if one.alert_id is not None:
        return material.alerts[one.alert_id].subject
    return material.exceptions[one.said["exception"]].subject


# ---- the evidence of one line


def facts_of(one: News, level: str, material: Material) -> str:
    """The evidence in a line: since when, how it stands, until when it may wait; `level` is what it stands under."""
    if one.alert_id is None:
        return facts_of_exception(one, material.exceptions[one.said["exception"]], material)
    alert = material.alerts[one.alert_id]
    parts = [
        _("severity {level}").format(level=level_word(one.level)) if one.level != level else "",
        *FACTS[one.kind](one, alert, material),
        with_whom(alert, material),
    ]
    return sentence_of("; ".join(part for part in parts if part))


def sentence_of(text: str) -> str:
    """Text that begins with a capital and can be shown."""
    return shown(text[:1].upper() + text[1:], LONGEST_REASON, links=True)  # its parts are harmless already


def since(alert: Alert, material: Material) -> str:
    """Since when it is known."""
    return _("found on {day}").format(day=day(alert.opened_at, material))


def deadline(alert: Alert, material: Material) -> str:
    """Until when it may wait."""
    return _("due on {day} at the latest").format(day=day(alert.due_at, material)) if alert.due_at else ""


def with_whom(alert: Alert, material: Material) -> str:
    """Who works on it, when somebody does; or that somebody put it aside before this mail."""
    if alert.state in ("closed", "accepted"):
        return _("meanwhile: {state}").format(state=alert_state_word(alert.state))
    if alert.assigned_to and alert.state != "solved":
        return _("with {who}").format(who=typed(alert.assigned_to, material, NAME))
    return _("somebody works on it") if alert.state == "acknowledged" else ""


def typed(text: str, material: Material, longest: int) -> str:
    """What a person typed, as a mail may show it."""
    return shown(material.scrub(text), longest, own=material.own)


def facts_of_new(_one: News, alert: Alert, material: Material) -> Iterator[str]:
    """Of what is new."""
    yield since(alert, material)
    yield deadline(alert, material)


def facts_of_worse(one: News, alert: Alert, material: Material) -> Iterator[str]:
    """Of what got worse."""
    yield _("{n} times now").format(n=number(one.occurrences)) if one.occurrences > 1 else ""
    yield from facts_of_new(one, alert, material)


def facts_of_return(_one: News, alert: Alert, material: Material) -> Iterator[str]:
    """Of what came back: also why it was accepted, when an exception has ended."""
    yield _("is back; was first found on {day}").format(day=day(alert.opened_at, material))
    if exception := material.accepted.get((alert.rule, alert.subject)):
        yield _("was accepted until {day} by {who}, because: {reason}").format(
            day=last_day(exception.until, material), who=typed(exception.approved_by, material, NAME),
            reason=typed(exception.reason, material, LONGEST_REASON),
        )  # fmt: skip
    yield deadline(alert, material)


def facts_of_end(one: News, alert: Alert, material: Material) -> Iterator[str]:
    """Of what is solved."""
    yield _("found on {day}, gone on {gone}").format(day=day(alert.opened_at, material), gone=day(one.at, material))


def facts_of_late(_one: News, alert: Alert, material: Material) -> Iterator[str]:
    """Of what should have been done by now."""
    yield _("should have been done by {day}").format(day=day(alert.due_at, material)) if alert.due_at else ""
    yield since(alert, material)


def facts_of_reminder(_one: News, alert: Alert, material: Material) -> Iterator[str]:
    """Of what is there for a long time already."""
    yield _("a reminder; {since}").format(since=since(alert, material))
    yield deadline(alert, material)


FACTS: Mapping[str, Callable[[News, Alert, Material], Iterator[str]]] = {
    "new": facts_of_new,
    "worse": facts_of_worse,
    "reopened": facts_of_return,
    "solved": facts_of_end,
    "overdue": facts_of_late,
    "remind": facts_of_reminder,
}


def facts_of_exception(one: News, exception: Exemption, material: Material) -> str:
    """Of an accepted risk that ends soon, or has ended: who accepted it, and why."""
    words = {
        "ending": N_("accepted until {day} by {who}, because: {reason}. Decide anew before then, or solve it"),
        "ended": N_("was accepted until {day} by {who}, because: {reason}. The problem did not come back"),
    }
    facts = _(words[one.kind]).format(
        day=last_day(exception.until, material), who=typed(exception.approved_by, material, NAME),
        reason=typed(exception.reason, material, LONGEST_REASON),
    )  # fmt: skip
    return sentence_of(facts)


# ---- what could not be judged


def blind_section(name: str, items: Sequence[News], material: Material) -> Section:
    """The rules that cannot be judged, by what is missing: one permission may blind thirty of them."""
    again = [one for one in items if one.kind == "sighted"]
    per_reason: defaultdict[str, list[News]] = defaultdict(list)
    for one in items:
        if one.kind == "blind":
            per_reason[shown(one.said.get("reason") or _("the data of these rules is missing"), LONGEST_REASON)].append(
                one
            )
    ordered = sorted(per_reason.items(), key=lambda pair: -len(pair[1]))
    todo = _("Look with `ibpmon status` what was not read, and put that right. Until then nothing counts as solved.")
    groups = [titles_of(some, reason, "cannot_check", "", material) for reason, some in ordered[:REASONS]]
    groups = [*groups[:-1], replace(groups[-1], action=todo)] if groups else []
    groups += [titles_of(again, _("Can be judged again"), "solved", "", material)] if again else []
    rest = fitting([reason for reason, _some in ordered[REASONS:]])
    return Section(name, _(TITLES[name]), len(items), tuple(groups), rest)


def titles_of(items: Sequence[News], headline: str, level: str, action: str, material: Material) -> Group:
    """The titles of rules under one heading."""
    ranked = sorted(items, key=lambda one: -rank(one.level))
    lines = tuple(Item(0, shown(material.rules[one.rule].title, HEADLINE), "") for one in ranked[:TITLED])
    return Group("", level, level_word(level), headline, "", "", "", lines, len(items) - len(lines), action)


# ---- dates


def day(value: datetime | None, material: Material) -> str:
    """A day as a person reads it; the year only when it is another one."""
    from babel.dates import format_date

    if value is None:
        return _("unknown")
    local, now = value.astimezone(material.zone), material.now.astimezone(material.zone)
    pattern = "EEEE d MMMM" if local.year == now.year else "EEEE d MMMM y"
    return str(format_date(local, pattern, locale=language.current()))


def last_day(until: datetime, material: Material) -> str:
    """The last day on which something holds: what ends at midnight holds for the whole of the day before."""
    return day(until - timedelta(seconds=1), material)
