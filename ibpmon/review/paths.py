"""Every path from somebody to a place: walked down along the edges, for one item, when somebody asks."""

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from ibpmon.review.nouns import Edge, EdgeKind, Entry, Landscape, Path, Principal, Resource

# Diamonds of groups in groups have more ways through them than anyone can read: twice as many per layer.
# The shortest are kept, at least one to every group, and the path says that there are more.
MOST_WAYS = 20


class Way(NamedTuple):
    """From a principal to a holder of a right: the groups and edges between, and whether there are more such ways."""

    groups: tuple[Resource, ...] = ()
    edges: tuple[Edge, ...] = ()
    more: bool = False


def paths_of(landscape: Landscape, resource: Resource, principal: Principal) -> tuple[Path, ...]:
    """All paths of one principal into one place, the shortest first."""
    found = [
        path_of(landscape, resource, entry, way)
        for entry in landscape.entries.get((resource.kind, resource.id), ())
        for way in ways(landscape, principal, entry.holder)
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda path: len(path.groups)))


def path_of(landscape: Landscape, resource: Resource, entry: Entry, way: Way) -> Path:
    """A way to a holder, with the edge by which that holder enters the place."""
    if entry.kind == "member":
        return Path(way.groups, right=entry.right, more=way.more, edges=way.edges)
    groups = (*way.groups, resource) if entry.kind == "owner" else way.groups
    names, edge = landscape.names, edge_of(landscape, resource, entry)
    on_site = resource.kind == "site"
    return Path(
        groups,
        library=names.get(entry.spot, entry.spot) if on_site else "",
        right=entry.right,
        more=way.more,
        role=names.get(entry.spot, "") if resource.kind == "app" else "",
        item=edge.label if entry.item else "",
        edges=(*way.edges, edge),
    )


def edge_of(landscape: Landscape, resource: Resource, entry: Entry) -> Edge:
    """The edge by which a holder enters a place; a link stands between whoever has it and the place."""
    at = "/".join(part for part in (entry.spot, entry.item) if part) if resource.kind == "site" else ""
    label = landscape.names.get(at or entry.spot) or resource.name
    kind: EdgeKind = ENTRY_EDGES[entry.kind]
    if entry.item and kind == "grant":
        kind = "item_grant"
    source = entry.key if kind == "link" else entry.holder.id
    return Edge(kind, source, at or resource.id, label, entry.key)


ENTRY_EDGES: Mapping[str, EdgeKind] = {
    "owner": "owner",
    "grant": "grant",
    "link": "link",
    "site_admin": "site_admin",
    "role": "role",
    "eligible_role": "eligible_role",
    "app_role": "app_role",
    "app_open": "app_open",
}


# ---------------------------------------------------------------- from somebody to a holder


def ways(landscape: Landscape, principal: Principal, holder: Principal) -> Iterator[Way]:
    """How somebody counts as the holder of a right: by being it, or by being in it."""
    if (principal.kind, principal.id) == (holder.kind, holder.id) and holder.kind != "group":
        yield Way()
    if holder.kind == "group":
        yield from through_groups(landscape, principal, holder.id)
    if holder.kind == "owners" and principal.id in landscape.owners.get(holder.id, ()):
        group = landscape.group(holder.id)
        owners = Resource("owners", group.id, group.name)
        yield Way((owners,), (Edge("owner", principal.id, group.id, group.name),))
    if holder.kind == "site_group":
        yield from through_site_group(landscape, principal, holder)


def through_site_group(landscape: Landscape, principal: Principal, holder: Principal) -> Iterator[Way]:
    """By being in a SharePoint group, also as one of a group of Entra or as everyone."""
    outer = Resource("site_group", holder.id, holder.name)
    for inside in landscape.site_members.get(holder.id, ()):
        edge = Edge("site_group", inside.id, holder.id, holder.name)
        for way in ways(landscape, principal, inside):
            yield Way((*way.groups, outer), (*way.edges, edge), way.more)


def through_groups(landscape: Landscape, principal: Principal, entry: str) -> Iterator[Way]:
    """By being in a group, or in a group in it, however deep; a group that was not read stands for its members."""
    chains, more = chains_of(landscape, entry)
    for chain in chains:
        inner = chain[0]
        groups = tuple(landscape.group(key) for key in chain)
        nested = tuple(Edge("nested", one.id, outer.id, outer.name) for one, outer in pairwise(groups))
        if principal.kind == "group" and principal.id == inner:
            yield Way(groups, nested, more)
        elif principal.kind != "group" and principal.id in landscape.members.get(inner, ()):
            yield Way(groups, (Edge("member", principal.id, inner, groups[0].name), *nested), more)


def chains_of(landscape: Landscape, entry: str) -> tuple[list[tuple[str, ...]], bool]:
    """The ways down from a group, walked once."""
    if entry not in landscape.chains:
        landscape.chains[entry] = chains_below(landscape.inner, entry)
    return landscape.chains[entry]


def chains_below(inner: Mapping[str, list[str]], entry: str) -> tuple[list[tuple[str, ...]], bool]:
    """Ways down from a group to every group in it (nearest to the people first), and whether there are more.

    A way never visits a group twice, so circles end by themselves. Breadth first: the shortest come first,
    and a group that can be reached at all is reached by at least one.
    """
    chains: list[tuple[str, ...]] = []
    known: dict[str, int] = {entry: 1}
    more = False
    ahead: deque[tuple[str, ...]] = deque([(entry,)])
    while ahead:
        chain = ahead.popleft()
        chains.append(chain)
        for group in dict.fromkeys(inner.get(chain[0], ())):
            if group in chain:
                continue
            known[group] = known.get(group, 0) + 1
            if known[group] > MOST_WAYS:
                more = True
            else:
                ahead.append((group, *chain))
    return chains, more
