"""Why an edge is there and where it is cut: the cause, the way through the portal, a line, and who else loses access.

A hint is read off the edges as they are at that moment, never off what an item once said.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlmodel import Session

from ibpmon.language import N_, _, ngettext
from ibpmon.review.access import reach
from ibpmon.review.nouns import Access, Edge, Landscape, Principal, Resource
from ibpmon.review.powershell import Cut, line, rule_line, source_line
from ibpmon.review.radius import others
from ibpmon.review.readings import rows
from ibpmon.store.database import Store
from ibpmon.tell.words import shown

DIRECT = ("member", "grant", "item_grant", "site_group")  # how a guest was let in by name
BY_ITSELF = ("dynamic_rule", "sync")  # what is taken out by hand comes back
APPLICATION = "application"  # a right in another application, of which no edge is known
CAUSES: Mapping[str, str] = {
    "dynamic_rule": N_("a rule of the group puts people in it"),
    "sync": N_("the nightly synchronisation puts people in it"),
    "everyone": N_("it was given to everyone"),
    "guest": N_("a guest was let in by name"),
    "member": N_("member of a group"),
    "owner": N_("owner of a group"),
    "nested": N_("a group in a group"),
    "site_group": N_("in a SharePoint group"),
    "grant": N_("a right of its own"),
    "item_grant": N_("a folder or file that was shared"),
    "link": N_("a link that was shared"),
    "site_admin": N_("admin of the site"),
    "role": N_("a role of administrators"),
    "eligible_role": N_("a role that may be taken"),
    "app_role": N_("let into an application"),
    "app_open": N_("an application that lets everyone in"),
    APPLICATION: N_("a right in another application"),
}
ADVICE: Mapping[str, str] = {
    "dynamic_rule": N_("Taken out by hand it comes back: change the rule, or what the rule looks at."),
    "sync": N_("Taken out by hand it comes back at night: change it in the source."),
    "everyone": N_("This takes it from everyone: first give it to those who need it."),
    "guest": N_("If the guest needs nothing else here, remove the account of the guest."),
}
PORTALS: Mapping[str, str] = {
    "dynamic_rule": N_("Entra admin center > Groups > {target} > Dynamic membership rules"),
    "sync": N_("Active Directory, or the school administration: the group {target}"),
    "member": N_("Entra admin center > Groups > {target} > Members"),
    "nested": N_("Entra admin center > Groups > {target} > Members > {source}"),
    "owner": N_("Entra admin center > Groups > {target} > Owners"),
    "site_group": N_("SharePoint > {place} > Site permissions > Advanced > {target}"),
    "grant": N_("SharePoint > {place} > {target} > Library settings > Permissions"),
    "item_grant": N_("SharePoint > {place} > {target} > Manage access > People and groups"),
    "link": N_("SharePoint > {place} > {target} > Manage access > Links"),
    "site_admin": N_("SharePoint admin center > Active sites > {place} > Membership > Site admins"),
    "role": N_("Entra admin center > Roles & admins > {place} > Assignments"),
    "eligible_role": N_("Entra admin center > Privileged Identity Management > {place} > Eligible assignments"),
    "app_role": N_("Entra admin center > Enterprise applications > {place} > Users and groups"),
    "app_open": N_("Entra admin center > Enterprise applications > {place} > Properties > Assignment required"),
    APPLICATION: N_("{place}: the users of the application itself"),
}


@dataclass(frozen=True, slots=True)
class Hint:
    """What whoever carries it out has to know of one edge."""

    cause: str
    portal: str  # which way through the portals
    names: Mapping[str, str]  # on that way: place, target, source
    line: str = ""
    others: int | None = None  # who also lose access; None: not known
    state: Mapping[str, str] = field(default_factory=dict)  # the edge itself

    @property
    def kept(self) -> dict[str, Any]:
        """As it is written down with a task."""
        told = asdict(self)
        del told["state"]
        return told


@dataclass(frozen=True, slots=True)
class Guide:
    """What there is now, and what is known of the groups besides who is in them."""

    landscape: Landscape
    dynamic: frozenset[str] = frozenset()
    synced: frozenset[str] = frozenset()
    unified: frozenset[str] = frozenset()
    reached: dict[tuple[str, str], list[Access]] = field(default_factory=dict)  # by place, once looked at

    def reach(self, place: Resource) -> list[Access]:
        """Who reaches a place; many tasks are about the same one, and looking costs as much as everyone in it."""
        key = (place.kind, place.id)
        if key not in self.reached:
            self.reached[key] = reach(self.landscape, place)
        return self.reached[key]


def guide_of(session: Session, store: Store, landscape: Landscape) -> Guide:
    """The guide to what was last read."""
    groups = list(rows(session, store, "groups", "group_id", "dynamic", "synced", "kinds"))
    return Guide(
        landscape,
        dynamic=frozenset(one.group_id for one in groups if one.dynamic),
        synced=frozenset(one.group_id for one in groups if one.synced),
        unified=frozenset(one.group_id for one in groups if "Unified" in (one.kinds or ())),
    )


def hints(guide: Guide, place: Resource, who: tuple[str, str]) -> Iterator[Hint]:
    """Every edge of every way that somebody has into a place now, each once."""
    known: set[Edge] = set()
    for access in guide.reach(place):
        if (access.principal.kind, access.principal.id) == who:
            for path in access.paths:
                yield from (hint(guide, place, access.principal, one) for one in path.edges if one not in known)
                known |= set(path.edges)
                if not path.edges and path.right:
                    yield in_application(place, access.principal, path.role)


def hint(guide: Guide, place: Resource, who: Principal, edge: Edge) -> Hint:
    """One edge of one way in."""
    cause = cause_of(guide, who, edge)
    portal = cause if cause in BY_ITSELF else edge.kind
    special = {"dynamic_rule": rule_line, "sync": source_line}.get(cause)
    cut = Cut(guide.landscape, place, edge, guide.unified)
    told = special(edge.target) if special else line(cut)
    return Hint(
        cause, portal, names_of(guide, place, edge), told, others(guide.landscape, place, who, edge), asdict(edge)
    )


def cause_of(guide: Guide, who: Principal, edge: Edge) -> str:
    """Why it is there: what would put it back comes first."""
    if edge.kind == "member" and edge.target in guide.dynamic:
        return "dynamic_rule"
    if edge.kind in ("member", "nested") and edge.target in guide.synced:
        return "sync"
    if edge.source.startswith("everyone/"):
        return "everyone"
    is_guest = who.person is not None and who.person.population == "guest"
    return "guest" if is_guest and edge.source == who.id and edge.kind in DIRECT else edge.kind


def names_of(guide: Guide, place: Resource, edge: Edge) -> dict[str, str]:
    """What stands on the way through a portal; of people no name is needed there."""
    source = guide.landscape.groups.get(edge.source)
    return {"place": place.name, "target": edge.label or place.name, "source": source.name if source else ""}


def in_application(place: Resource, who: Principal, role: str) -> Hint:
    """A right in another application: nobody else has it by the same line."""
    state = {"kind": APPLICATION, "source": who.id, "target": place.id, "label": role, "key": ""}
    return Hint(APPLICATION, APPLICATION, {"place": place.name, "target": role, "source": ""}, "", 0, state)


# ---------------------------------------------------------------- words


def way(told: Mapping[str, Any]) -> str:
    """The way through the portal, for a person."""
    names, portal = {name: shown(value) for name, value in told["names"].items()}, told["portal"]
    return _(PORTALS[portal]).format(**names)


def why(told: Mapping[str, Any]) -> str:
    """The cause, for a person."""
    cause = told["cause"]
    return _(CAUSES[cause])


def advice(told: Mapping[str, Any]) -> str:
    """What to know before it is cut; empty when there is nothing special."""
    cause = told["cause"]
    return _(ADVICE[cause]) if cause in ADVICE else ""


def others_word(count: int | None) -> str:
    """Who else loses access."""
    if count is None:
        return _("How many others lose access is not known.")
    if count == 0:
        return _("Nobody else loses access.")
    return ngettext("{n} other loses access too.", "{n} others lose access too.", count).format(n=count)
