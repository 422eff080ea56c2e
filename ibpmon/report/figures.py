"""Figures for a review: what is counted, per place and per route, and from which run each number comes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from ibpmon.language import N_, _, ngettext
from ibpmon.review.access import Access, Landscape, Resource
from ibpmon.review.items import Item, Review, Said, Words, grouped
from ibpmon.review.readings import NEVER, Reading
from ibpmon.tell.words import shown

MOST_WAYS_SHOWN = 6  # in one cell of a table; the number of the others is told

STATES: Mapping[str, str] = {
    "FULL": N_("read in full"),
    "PARTIAL": N_("read in part"),
    "FAILED": N_("failed"),
    "SKIPPED": N_("skipped"),
    "NEVER": NEVER,
}
ROUTES: Mapping[str, str] = {
    "direct": N_("directly"),
    "group": N_("through a group"),
    "nested": N_("through groups in groups"),
}
VERDICT_WORDS: Mapping[str, str] = {
    "CONFORM": N_("fits"),
    "DEVIATION": N_("does not fit"),
    "UNKNOWN": N_("cannot be judged"),
    "NO_RULE": N_("no rule"),
}
# What each number on the first screen was counted from.
COUNTED_FROM: Mapping[str, tuple[str, ...]] = {
    "people": ("accounts", "group-members", "drive-permissions"),
    "places": ("groups", "sites"),
    "judged": ("accounts", "staff-list", "group-members", "drive-permissions"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """One source with the run that its data comes from, numbered for footnotes."""

    number: int
    connector: str
    title: str
    reading: Reading

    @property
    def state(self) -> str:
        """How the newest attempt ended."""
        return _(STATES[self.reading.state])


@dataclass(frozen=True, slots=True)
class Totals:
    """The numbers of one review; the outcomes add up to `items`."""

    people: int
    places: int
    items: int
    conform: int
    deviations: int
    unknown: int  # people whose access cannot be judged
    unread: int  # what was not read
    no_rule: int


@dataclass(frozen=True, slots=True)
class Question:
    """One deviation, with its number on the page."""

    number: int
    item: Item
    said: tuple[Said, ...]
    ways: tuple[str, ...]  # the ways that the sentences leave out
    risks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One row in the table of a place; pupils whose access fits alike share a row."""

    who: str
    role: str
    right: str
    ways: tuple[str, ...]
    verdict: str
    outcome: str
    question: int = 0  # the number of the question about it


@dataclass(frozen=True, slots=True)
class Place:
    """A group or site with everyone who reaches it."""

    resource: Resource
    lines: tuple[Line, ...]
    routes: tuple[tuple[str, int], ...]
    people: int
    address: str  # of a site: names repeat, this does not
    unread: int  # times that something here was not read: there may be more access


@dataclass(frozen=True, slots=True)
class Fitting:
    """One rule of the matrix at one place, with how many people have what it allows."""

    role: str
    place: str
    allowed: str
    people: int


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that was not read, and why."""

    place: str
    what: str
    reason: str


def sources(landscape: Landscape, titles: Mapping[str, str]) -> list[Source]:
    """Every source that access is made of; the export of each application is one of its own."""
    found = enumerate(landscape.readings.items(), 1)
    return [Source(number, name, title_of(name, titles), reading) for number, (name, reading) in found]


def title_of(name: str, titles: Mapping[str, str]) -> str:
    """What a person calls a source; an export of an application goes by that application as well."""
    connector, _colon, application = name.partition(": ")
    title = titles.get(connector, connector)
    return f"{title}: {application}" if application else title


def data_from(landscape: Landscape) -> datetime | None:
    """The oldest moment among the sources: the review shows nothing that is newer everywhere."""
    return min((one.at for one in landscape.readings.values() if one.at), default=None)


def totals(review: Review) -> Totals:
    """The numbers of one review."""
    outcomes = Counter(item.outcome for item in review.items)
    unread = sum(1 for item in review.items if is_unread(item))
    people = {item.access.principal.id for item in review.items if item.access.principal.person}
    return Totals(
        people=len(people),
        places=len(review.resources),
        items=len(review.items),
        conform=outcomes["CONFORM"],
        deviations=outcomes["DEVIATION"],
        unknown=outcomes["UNKNOWN"] - unread,
        unread=unread,
        no_rule=outcomes["NO_RULE"],
    )


def is_unread(item: Item) -> bool:
    """An item that stands for something nobody looked into."""
    return item.judgement.reason == "not_read"


# ---------------------------------------------------------------- questions


def questions(review: Review, words: Words, risks: Mapping[str, str]) -> list[list[Question]]:
    """The deviations, the riskiest first; those about one person together."""
    number, found = 0, []
    for items in grouped(review.of("DEVIATION")):
        together = []
        for item in items:
            number += 1
            together.append(question(number, item, words, risks))
        found.append(together)
    return found


def question(number: int, item: Item, words: Words, risks: Mapping[str, str]) -> Question:
    """One deviation in words."""
    ways = words.ways(item.access)
    others = ways[1:] if item.access.principal.person else ways
    labels = tuple(_(risks[risk]) for risk in item.risks[:3])
    return Question(number, item, tuple(words.sentences(item)), tuple(others), labels)


def numbers_of(asked: Iterable[Sequence[Question]]) -> dict[int, int]:
    """The number of the question about an item, by the identity of the item."""
    return {id(one.item): one.number for together in asked for one in together}


# ---------------------------------------------------------------- places


def places(review: Review, words: Words, numbers: Mapping[int, int]) -> list[Place]:
    """Who reaches each group and site."""
    of: dict[tuple[str, str], list[Item]] = {(one.kind, one.id): [] for one in review.resources}
    for item in review.items:
        of[(item.access.resource.kind, item.access.resource.id)].append(item)
    return [place(one, of[(one.kind, one.id)], words, numbers) for one in review.resources]


def place(resource: Resource, items: Sequence[Item], words: Words, numbers: Mapping[int, int]) -> Place:
    """One group or site; what deviates stands on top."""
    known = [item for item in items if not is_unread(item)]
    people = [item for item in known if item.access.principal.person]
    routes = Counter(route(item.access) for item in people)
    alike, single = crowds(known, words)
    lines = [line(item, words, numbers.get(id(item), 0)) for item in single]
    lines.sort(key=lambda one: (one.question or len(numbers) + 1, one.role.casefold(), one.who.casefold()))
    return Place(
        resource,
        lines=(*lines, *alike),
        routes=tuple((_(word), routes[name]) for name, word in ROUTES.items() if routes[name]),
        people=len(people),
        address=urlsplit(resource.address).path,
        unread=len(items) - len(known),
    )


def route(access: Access) -> str:
    """The shortest kind of way in."""
    own = 0 if access.resource.kind == "group" else 1  # the way into a group ends with the group
    depth = min((len(path.groups) + own for path in access.paths), default=1)
    return ("direct", "group", "nested")[min(max(depth, 1), 3) - 1]


def crowds(items: Sequence[Item], words: Words) -> tuple[list[Line], list[Item]]:
    """Pupils who are alike in everything as one line with their number, and the items that stand alone."""
    alike: dict[tuple[str, str, tuple[str, ...], str], int] = Counter()
    single = []
    for item in items:
        person = item.access.principal.person
        if person and person.population == "pupil" and item.outcome != "DEVIATION":
            one = line(item, words)
            alike[(one.role, one.right, one.ways, one.outcome)] += 1
        else:
            single.append(item)
    return [crowd(*key, number) for key, number in alike.items()], single


def crowd(role: str, right: str, ways: tuple[str, ...], outcome: str, number: int) -> Line:
    """One line for pupils who are alike."""
    who = ngettext("{n} pupil", "{n} pupils", number).format(n=number)
    return Line(who, role, right, ways, _(VERDICT_WORDS[outcome]), outcome)


def line(item: Item, words: Words, question: int = 0) -> Line:
    """One row."""
    person = item.access.principal.person
    ways = words.ways(item.access)
    more = len(ways) - MOST_WAYS_SHOWN
    told = [*ways[:MOST_WAYS_SHOWN], *([_("and {n} more ways").format(n=more)] if more > 0 else [])]
    role = words.role(person) if person else ""
    who, right = words.who(item.access.principal), words.right(item.access)
    return Line(who, role, right, tuple(told), _(VERDICT_WORDS[item.outcome]), item.outcome, question)


# ---------------------------------------------------------------- what fits


def fitting(review: Review, words: Words) -> list[Fitting]:
    """The access that fits, per role, place and the most that the matrix allows there."""
    people: dict[tuple[str, str, str], set[str]] = {}
    for item in review.of("CONFORM"):
        member, right = item.access.resource.kind == "group", words.right(item.access)
        allowed = right if member else words.allowed(item) or right
        rule = shown(item.judgement.role) or _("everyone"), place_name(item.access.resource), allowed
        people.setdefault(rule, set()).add(item.access.principal.id)
    return [Fitting(*rule, people=len(who)) for rule, who in sorted(people.items())]


# ---------------------------------------------------------------- what was not read


def unread(review: Review, words: Words) -> list[Unread]:
    """Everything about the places of one process that nobody looked into."""
    found = [unread_item(item, words) for item in review.items if is_unread(item)]
    found += [
        Unread(shown(pattern), _("this name stands in the matrix"), _("there is no group or site with such a name"))
        for pattern in review.unmatched
    ]
    return list(dict.fromkeys(found))


def unread_item(item: Item, words: Words) -> Unread:
    """What one item could not tell."""
    principal, place = item.access.principal, item.access.resource
    what = _(UNREAD.get(principal.kind, UNREAD["other"])).format(name=words.who(principal))
    reason = shown(principal.reason) or _(REASONS.get(principal.kind, REASONS["other"]))
    return Unread(place_name(place), what, reason)


def place_name(resource: Resource) -> str:
    """A group, site or application as a person calls it."""
    return _(PLACE_NAMES[resource.kind]).format(name=shown(resource.name))


def missing_sources(found: Iterable[Source]) -> list[Unread]:
    """Sources of which nothing is known at all."""
    return [Unread(_("everywhere"), one.title, shown(one.reading.missing, 400)) for one in found if one.reading.missing]


PLACE_NAMES: Mapping[str, str] = {
    "group": N_("group {name}"),
    "site": N_("site {name}"),
    "application": N_("application {name}"),
    "role": N_("role {name}"),
    "app": N_("app {name}"),
}
UNREAD: Mapping[str, str] = {
    "application": N_("a part of the export of {name}, or all of it"),
    "site_group": N_("members of the SharePoint group {name}"),
    "group": N_("members of the group {name}"),
    "owners": N_("owners of the group {name}"),
    "library": N_("rights on the library {name}"),
    "site": N_("libraries of this site"),
    "part": "{name}",
    "link": N_("link: {name}"),
    "other": N_("right of {name}"),
}
REASONS: Mapping[str, str] = {
    "site_group": N_(
        "Microsoft Graph does not tell who is in a SharePoint group; SharePoint itself does, when that is switched on"
    ),
    "owners": N_("the owners of this group were not read"),
    "link": N_("Microsoft does not tell for whom such a link was made"),
    "other": N_("the right names nobody whom ibpmon knows"),
}
