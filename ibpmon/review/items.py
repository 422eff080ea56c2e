"""What a proceseigenaar is asked: each access with the verdict of the matrix, its risk, and one plain sentence."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from ibpmon.collect.matching import folded
from ibpmon.collect.populations import first_match
from ibpmon.language import N_, _
from ibpmon.privacy.pseudonyms import Pseudonyms
from ibpmon.review.access import reach
from ibpmon.review.matrix import Judgement, Matrix, Outcome, Process, fits_school
from ibpmon.review.nouns import RIGHTS, Access, Landscape, Path, Person, Principal, Resource
from ibpmon.review.role_groups import with_members
from ibpmon.tell.words import said, shown

# Reasons to look first, the most serious first; the words stand on the page.
RISKS: Mapping[str, str] = {
    "pupil_in_staff_zone": N_("pupil in a place for staff"),
    "anonymous": N_("anyone with the link"),
    "guest": N_("guest"),
    "left": N_("no longer employed"),
    "everyone": N_("the whole board, pupils too"),
    "other_school": N_("other school"),
    "pupil": N_("pupil"),
    "too_high": N_("may do more than agreed"),
    "disabled": N_("account is switched off"),
    "outside": N_("not in the matrix"),
}
EVERYBODY = ("staff", "pupil")  # who at least stands behind a right of everyone


@dataclass(frozen=True, slots=True)
class Item:
    """One principal on one resource, judged."""

    access: Access
    judgement: Judgement
    risks: tuple[str, ...] = ()
    own: bool = False  # it is about the proceseigenaar: somebody else has to look

    @property
    def outcome(self) -> Outcome:
        """CONFORM, DEVIATION, UNKNOWN or NO_RULE."""
        return self.judgement.outcome


@dataclass(frozen=True, slots=True)
class Review:
    """Everything that one proceseigenaar is asked about, at one moment."""

    process: Process
    resources: tuple[Resource, ...]
    items: tuple[Item, ...]
    unmatched: tuple[str, ...]  # patterns of the matrix that fit no group, site or application
    matrix: Matrix  # which also knows who has the roles that go by group

    def of(self, outcome: Outcome) -> tuple[Item, ...]:
        """The items with this outcome, the riskiest first."""
        return tuple(sorted((item for item in self.items if item.outcome == outcome), key=urgency))


def review(process: Process, landscape: Landscape, matrix: Matrix, now: datetime) -> Review:
    """The items of one process: everything that anyone reaches among its places."""
    resources = [one for one in landscape.resources if first_match(folded(one.name), process.resources)]
    resources.sort(key=lambda one: (folded(one.name), one.kind, one.id))
    names = [folded(one.name) for one in resources]
    unmatched = [one for one in process.resources if not any(first_match(name, (one,)) for name in names)]
    known = with_members(matrix, landscape)
    items = [judge(found, process, known, now) for one in resources for found in reach(landscape, one)]
    return Review(process, tuple(resources), tuple(items), tuple(unmatched), known)


def without_owner(landscape: Landscape, matrix: Matrix) -> list[Resource]:
    """The groups, sites and applications that no process answers for."""
    patterns = [pattern for process in matrix.content.processes for pattern in process.resources]
    return [one for one in landscape.resources if not first_match(folded(one.name), patterns)]


# ---------------------------------------------------------------- judging


def judge(found: Access, process: Process, matrix: Matrix, now: datetime) -> Item:
    """One access with its verdict and its risks."""
    person = found.principal.person
    if found.right is None or not person:
        judgement = judge_nobody(found, matrix)
        return Item(found, judgement, risks_of_nobody(found.principal, judgement))
    judgement = judge_person(person, found, matrix, now)
    own = bool(person.upn) and folded(person.upn) == folded(process.owner_upn)
    return Item(found, judgement, tuple(risks_of(person, found, judgement, now)), own)


def judge_person(person: Person, found: Access, matrix: Matrix, now: datetime) -> Judgement:
    """What the matrix says; whoever left, and a pupil in a place for staff, is asked about without a rule too."""
    judgement = matrix.judge(person, found.resource, found.right or "read")
    if has_left(person, now):
        return Judgement("DEVIATION", "left", role=judgement.role)
    if judgement.outcome == "NO_RULE" and in_staff_zone(person, found.resource):
        return Judgement("DEVIATION", "outside", role=judgement.role)
    return judgement


def judge_nobody(found: Access, matrix: Matrix) -> Judgement:
    """What is to be thought of access that is no person's: links, everyone, and what could not be read."""
    principal = found.principal
    if principal.kind == "machine":
        return Judgement("NO_RULE", "machine")
    if principal.kind == "user" or (principal.kind == "other" and principal.name):  # named, but without an account
        return Judgement("UNKNOWN", "user")
    if principal.kind == "link" and principal.scope == "anonymous":
        return Judgement("DEVIATION", "anonymous")
    if principal.kind == "everyone" or (principal.kind == "link" and principal.scope == "organization"):
        return judge_everyone(found, matrix)
    return Judgement("UNKNOWN", "not_read")


def judge_everyone(found: Access, matrix: Matrix) -> Judgement:
    """A right of everyone fits only where the matrix gives it to staff and pupils of every school alike."""
    populations = (*EVERYBODY, "guest") if found.principal.scope == "guests" else EVERYBODY
    anybody = [Person("", population=population) for population in populations]
    fits = all(matrix.judge(one, found.resource, found.right or "read").outcome == "CONFORM" for one in anybody)
    return Judgement("CONFORM") if fits else Judgement("DEVIATION", "everyone")


def risks_of(person: Person, found: Access, judgement: Judgement, now: datetime) -> Iterator[str]:
    """The reasons to look at a person's access, the most serious first."""
    facts = {
        "pupil_in_staff_zone": in_staff_zone(person, found.resource),
        "guest": person.population == "guest",
        "left": has_left(person, now),
        "other_school": judgement.outcome == "DEVIATION" and fits_school(person, found.resource) is False,
        "pupil": person.population == "pupil" and not in_staff_zone(person, found.resource),
        "too_high": judgement.reason == "too_high",
        "disabled": person.enabled is False,
    }
    risks = [risk for risk in RISKS if facts.get(risk)]
    yield from risks or (["outside"] if judgement.reason == "outside" else [])


def risks_of_nobody(principal: Principal, judgement: Judgement) -> tuple[str, ...]:
    """The reasons to look at access that is no person's."""
    if judgement.outcome != "DEVIATION":
        return ()
    return ("anonymous",) if judgement.reason == "anonymous" else ("everyone",)


def in_staff_zone(person: Person, resource: Resource) -> bool:
    """A pupil in a place that is meant for staff or the board only."""
    return person.population == "pupil" and resource.zone in ("staff", "board")


def has_left(person: Person, now: datetime) -> bool:
    """The last contract is over."""
    return person.employed_until is not None and person.employed_until <= now


def urgency(item: Item) -> tuple[int, int, int, str, str]:
    """Sorts the riskiest first, then the highest right, then who, so that one person's questions stand together."""
    order = list(RISKS)
    first = min((order.index(risk) for risk in item.risks), default=len(order))
    right = RIGHTS.index(item.access.right) if item.access.right else -1
    person = item.access.principal
    return first, -len(item.risks), -right, folded(person.name or person.id), folded(item.access.resource.name)


# ---------------------------------------------------------------- words


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with values; `**` in the sentence marks what stands out, in a value it means nothing."""

    sentence: str
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """As plain text."""
        return self.sentence.replace("**", "").format(**self.values)

    @property
    def parts(self) -> list[tuple[str, bool]]:
        """As pieces of plain text, each with whether it stands out."""
        pieces = enumerate(self.sentence.split("**"))
        return [(part.format(**self.values), number % 2 == 1) for number, part in pieces if part]

    def __html__(self) -> str:
        """As HTML, every value escaped; templates call this by themselves."""
        parts = str(escape(self.sentence)).split("**")
        bold = "".join(f"<strong>{part}</strong>" if number % 2 else part for number, part in enumerate(parts))
        return str(Markup(bold).format(**self.values))  # noqa: S704 - the sentence is ours, the values are escaped


@dataclass(frozen=True, slots=True)
class Words:
    """Says things about items in the reader's language; pupils go by their pseudonym."""

    pseudonyms: Pseudonyms
    schools: Mapping[str, str]  # key -> name
    zone: ZoneInfo

    def who(self, principal: Principal) -> str:
        """The name under which someone or something appears."""
        if principal.person and principal.person.population == "pupil":
            return self.pseudonyms.of(principal.person.id)
        return called(principal)

    def role(self, person: Person) -> str:
        """Function or kind of account, with the school."""
        what = shown(person.function) or _(POPULATIONS.get(person.population, POPULATIONS["unknown"]))
        where = [shown(self.schools.get(key, key)) for key in person.schools]
        return ", ".join([what, *where])

    def right(self, access: Access) -> str:
        """What someone can do, as it stands in a table."""
        return right_word(access)

    def ways(self, access: Access) -> list[str]:
        """All ways in, each once; libraries that the same groups lead to stand together."""
        return [self.way(paths, access) for paths in together(access.paths) if paths[0].names or paths[0].edges]

    def way(self, paths: Sequence[Path], access: Access) -> str:
        """One way in, from the person to the right; the name of the group itself at the end says nothing new."""
        path = paths[0]
        groups = path.groups[:-1] if access.resource.kind == "group" else path.groups
        steps = [self.step(group) for group in groups] or [_("directly")]
        if path.entry == "owner":
            steps = [_("as owner of the group")]
        elif path.library or path.item:
            steps.append(self.spot(paths))
        elif path.entry and path.entry in ENTRIES:
            steps.append(_(ENTRIES[path.entry]))
        lower = [f"({_(RIGHT_WORDS[path.right])})"] if path.right and is_lower(path, access) else []
        return " ".join([" > ".join(steps), *lower, *([_("and more ways like this")] if path.more else [])])

    def step(self, group: Resource) -> str:
        """A group on the way."""
        name = shown(group.name)
        return _("the owners of {group}").format(group=name) if group.kind == "owners" else name

    def spot(self, paths: Sequence[Path]) -> str:
        """Where in a site a right is, as it stands in a list."""
        items = ", ".join(sorted({shown(path.item) for path in paths if path.item}))
        words = _("{items} in library {name}") if items else _("library {name}")
        by_link = [_("by a link")] if paths[0].entry == "link" else []
        return " ".join([words.format(items=items, name=libraries(paths)), *by_link])

    def sentences(self, item: Item) -> list[Said]:
        """Who may do what where, because of what, and what the matrix thinks of that."""
        return [self.what(item), *self.because(item), *self.verdict(item)]

    def what(self, item: Item) -> Said:
        """Who can do what, where."""
        principal, place = item.access.principal, shown(item.access.resource.name)
        values = {"who": self.who(principal), "place": place, "reason": shown(principal.reason)}
        if sentence := NOBODIES.get(principal.kind):
            return Said(_(sentence), values | {"right": self.right(item.access)})
        kind = principal.person.population if principal.person else "unknown"
        values |= {"role": self.role(principal.person) if principal.person else _(POPULATIONS[kind])}
        values |= {"right": self.right(item.access)}
        kinds = {"group": GROUP[item.access.right == "owner"], "role": ROLE[item.access.right == "read"]}
        kinds |= dict.fromkeys(("application", "app"), APPLICATION)
        return Said(_(kinds.get(item.access.resource.kind) or CAN[item.access.right or RIGHTS[0]]), values)

    def because(self, item: Item) -> Iterator[Said]:
        """The shortest way in; the others are listed below it."""
        if not item.access.principal.person or not item.access.paths or item.access.resource.kind == "application":
            return
        paths = together(item.access.paths)[0]
        path, groups = paths[0], [self.step(group) for group in paths[0].groups]
        values = {"library": libraries(paths), "group": groups[0] if groups else ""}
        values["last"] = groups[-1] if groups else ""
        values |= {"outer": " > ".join(groups[1:]), "place": shown(item.access.resource.name)}
        values["items"] = ", ".join(sorted({shown(one.item) for one in paths if one.item}))
        yield from (Said(_(sentence), values) for sentence in because_of(path))

    def verdict(self, item: Item) -> Iterator[Said]:
        """What the matrix and the lists say about it."""
        person, reason = item.access.principal.person, item.judgement.reason
        if "pupil_in_staff_zone" in item.risks:
            yield Said(_("This place is meant for staff only."))
        if person and person.employed_until and "left" in item.risks:
            last = (person.employed_until - timedelta(microseconds=1)).astimezone(self.zone).date()
            yield Said(_("The last day of employment was **{day}**."), {"day": said(last.isoformat(), self.zone)})
        if sentence := VERDICTS.get(reason):
            yield Said(_(sentence), {"allowed": self.allowed(item)})

    def allowed(self, item: Item) -> str:
        """The most that the matrix gives there; empty when it gives nothing."""
        words = LEVELS if item.access.resource.kind == "application" else RIGHT_WORDS
        return _(words[item.judgement.allowed]) if item.judgement.allowed else ""


def called(principal: Principal) -> str:
    """The name of someone or something; a pupil must have been given a pseudonym before."""
    if principal.kind == "link":
        return _(LINKS.get(principal.scope, LINKS["users"]))
    if principal.kind == "everyone":
        return _(N_("everyone, guests too")) if principal.scope == "guests" else _(N_("everyone but guests"))
    if principal.kind == "part":
        return _(PARTS[principal.scope])
    return shown(principal.name) or _("somebody whom Microsoft does not name")


def right_word(access: Access) -> str:
    """What someone can do, as it stands in a table."""
    if access.right and access.resource.kind in ("application", "app"):
        return roles_of(access) or _("is a user")
    return _(level_word(access.resource.kind, access.right or ""))


def level_word(kind: str, right: str) -> str:
    """What a level of right means in a kind of place, as msgid; of an application without its own roles."""
    if right not in RIGHTS:
        return N_("not read")
    if kind == "group":
        return N_("is an owner") if right == "owner" else N_("is a member")
    if kind == "role":
        return N_("may take the role") if right == "read" else N_("has the role")
    return (LEVELS if kind in ("application", "app") else RIGHT_WORDS)[right]


def is_lower(path: Path, access: Access) -> bool:
    """Whether a way gives less than the access as a whole, in a place where rights have degrees."""
    return path.right != access.right and access.resource.kind in ("site", "application")


def together(paths: Sequence[Path]) -> list[list[Path]]:
    """Ways through the same groups with the same right, to whatever libraries; highest right first, then shortest.

    The first is the one that a sentence tells: it explains the right that the sentence names. A right on the place
    itself or a library says more than one on some file.
    """
    found: dict[tuple[object, ...], list[Path]] = {}
    for path in paths:
        same = (path.groups, path.right, bool(path.library), path.entry, path.item and path.library)
        found.setdefault(same, []).append(path)
    ranks = {right: -number for number, right in enumerate(RIGHTS)}
    return sorted(found.values(), key=lambda same: (ranks.get(same[0].right or "read", 0), *narrow(same[0])))


def narrow(path: Path) -> tuple[bool, int]:
    """Sorts a way to files behind one to a whole library, and a longer way behind a shorter one."""
    return bool(path.item), len(path.groups)


def libraries(paths: Sequence[Path]) -> str:
    """The names of libraries, each once, in order."""
    return ", ".join(sorted({shown(path.library) for path in paths}))


def roles_of(access: Access) -> str:
    """The rights in an application, in its own words, each once."""
    return ", ".join(dict.fromkeys(shown(path.role) for path in access.paths if path.role))


def because_of(path: Path) -> tuple[str, ...]:
    """The sentences for one way in: directly or through groups, and then by which edge."""
    if path.entry == "owner":
        return (OWNER,)
    through = THROUGH[min(len(path.groups), 2)]
    if path.entry == "link":
        return (*through, (LINK_ITEM if path.item else LINK_LIBRARY)[bool(path.groups)])
    if path.item:
        return (*through, (ITEM_DIRECT, ITEM_GROUP)[bool(path.groups)])
    if path.library:
        return ((RIGHT_DIRECT, RIGHT_GROUP, RIGHT_NESTED)[min(len(path.groups), 2)],)
    if path.entry and path.entry in BECAUSE:
        return (*through, BECAUSE[path.entry][bool(path.groups)])
    return (MEMBER_THROUGH if len(path.groups) > 1 else MEMBER,)


def grouped(items: Sequence[Item]) -> list[list[Item]]:
    """Items of one principal together, in the order in which each first appears."""
    found: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        found.setdefault((item.access.principal.kind, item.access.principal.id), []).append(item)
    return list(found.values())


OWNER = N_("This account owns the group, and so decides who is in it.")
MEMBER = N_("This account was put into the group itself.")
MEMBER_THROUGH = N_("That is because this account is in the group **{group}**, and that group is in: {outer}.")
RIGHT_DIRECT = N_("That is because the right was given to this account itself, on the library {library}.")
RIGHT_GROUP = N_(
    "That is because this account is in the group **{group}**, which has this right on the library {library}."
)
RIGHT_NESTED = N_(
    "That is because this account is in the group **{group}**. That group is in: {outer}. "
    "The last of these has this right on the library {library}."
)
# How somebody comes to the last group, where the sentence after it tells what that group has.
THROUGH: tuple[tuple[str, ...], ...] = (
    (),
    (N_("This account is in the group **{group}**."),),
    (N_("This account is in the group **{group}**. That group is in: {outer}."),),
)
LINK_LIBRARY = (
    N_("That is because somebody made a link for this account, to the library {library}."),
    N_("Somebody made a link for the group **{last}**, to the library {library}."),
)
LINK_ITEM = (
    N_("That is because somebody made a link for this account, to {items} in the library {library}."),
    N_("Somebody made a link for the group **{last}**, to {items} in the library {library}."),
)
ITEM_DIRECT = N_(
    "That is because the right was given to this account itself, only on {items} in the library {library}."
)
ITEM_GROUP = N_("The group **{last}** has this right, only on {items} in the library {library}.")
BECAUSE: Mapping[str, tuple[str, str]] = {  # for the account itself, and for the last group on the way
    "grant": (
        N_("That is because the right was given to this account itself, on the whole site."),
        N_("The group **{last}** has this right on the whole site."),
    ),
    "site_admin": (
        N_("That is because this account is an administrator of the site."),
        N_("The group **{last}** is an administrator of the site."),
    ),
    "role": (
        N_("The role was given to this account itself."),
        N_("The role was given to the group **{last}**."),
    ),
    "eligible_role": (
        N_("This account itself may take the role for a while."),
        N_("Whoever is in the group **{last}** may take the role for a while."),
    ),
    "app_role": (
        N_("This account itself was let into the application."),
        N_("The group **{last}** was let into the application."),
    ),
}
ENTRIES: Mapping[str, str] = {
    "grant": N_("the whole site"),
    "site_admin": N_("administrator of the site"),
    "role": N_("has the role"),
    "eligible_role": N_("may take the role"),
    "app_role": N_("let into the application"),
    "app_open": N_("open to every account"),
}
PARTS: Mapping[str, str] = {
    "drive-items": N_("which folders and files have rights of their own"),
    "item-permissions": N_("the rights of some folders and files"),
    "list-rights": N_("the rights of lists that have their own"),
    "site-admins": N_("who the administrators of the site are"),
    "role-assignments": N_("who has the role"),
    "role-eligibility": N_("who may take the role"),
    "application-consents": N_("who was let into the application"),
}
GROUP = (
    N_("**{who}** ({role}) is a member of the group **{place}**."),
    N_("**{who}** ({role}) is an owner of the group **{place}**."),
)
ROLE = (
    N_("**{who}** ({role}) has the role of administrator **{place}**."),
    N_("**{who}** ({role}) may take the role of administrator **{place}**."),
)
APPLICATION = N_("**{who}** ({role}) has this right in the application **{place}**: {right}.")
RIGHT_WORDS: Mapping[str, str] = {
    "read": N_("read files"),
    "write": N_("read and change files"),
    "owner": N_("manage everything"),
}
LEVELS: Mapping[str, str] = {
    "read": N_("look"),
    "write": N_("look and change"),
    "owner": N_("manage everything"),
}
CAN: Mapping[str, str] = {
    "read": N_("**{who}** ({role}) can **read** files in the site **{place}**."),
    "write": N_("**{who}** ({role}) can **read and change** files in the site **{place}**."),
    "owner": N_("**{who}** ({role}) can **manage everything** in the site **{place}**."),
}
POPULATIONS: Mapping[str, str] = {
    "staff": N_("staff"),
    "pupil": N_("pupil"),
    "guest": N_("guest"),
    "service": N_("account of a system"),
    "shared": N_("shared account"),
    "break_glass": N_("emergency account"),
    "unknown": N_("unknown kind of account"),
}
LINKS: Mapping[str, str] = {
    "anonymous": N_("anyone who has the link, without signing in"),
    "organization": N_("everyone of the board who has the link, pupils too"),
    "users": N_("people whom a link was made for (who they are was not read)"),
}
NOBODIES: Mapping[str, str] = {
    "link": N_("A link gives access to **{place}**: {who} ({right})."),
    "everyone": N_("A right was given to **{who}** in **{place}** ({right})."),
    "site_group": N_("The SharePoint group **{who}** has rights in **{place}** ({right}). Who is in it was not read."),
    "group": N_("Who is in the group **{who}** was not read: {reason}."),
    "owners": N_("The owners of the group **{who}** have rights in **{place}** ({right}). Who they are was not read."),
    "library": N_("The rights on the library **{who}** in **{place}** were not read: {reason}."),
    "site": N_("The libraries of the site **{place}** were not read: {reason}."),
    "machine": N_("A device or application (**{who}**) has access to **{place}** ({right})."),
    "part": N_("Of **{place}** was not read {who}: {reason}."),
    "other": N_("**{who}** has rights in **{place}** ({right})."),
    "user": N_("**{who}** has rights in the application **{place}** ({right})."),
    "application": N_("The rights in the application **{place}** were not read in full: {reason}."),
}
VERDICTS: Mapping[str, str] = {
    "outside": N_("According to the matrix **this does not belong**."),
    "everyone": N_("According to the matrix **this does not belong**."),
    "anonymous": N_("Whoever receives the link can pass it on. According to the matrix **this does not belong**."),
    "too_high": N_("According to the matrix the most that belongs here is: **{allowed}**."),
    "other_school": N_("The matrix gives this right **at the own school only**."),
    "left": N_("Whoever has left **should have no access any more**."),
    "population": N_("What kind of account this is, is not known; so it cannot be judged."),
    "function": N_("The function is not known (staff list); so it cannot be judged."),
    "department": N_("The department is not known (account); so it cannot be judged."),
    "group": N_("Not all members were read of a group that says who has a role; so it cannot be judged."),
    "school": N_("The school is not known; so it cannot be judged."),
    "no_rule": N_("The matrix says nothing about this place."),
    "user": N_("Who this is, is not known: no such number or user name on the staff list or among the accounts."),
}
