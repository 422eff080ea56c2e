"""Who else loses access when one edge is cut: counted along the edges, as everyone in with it less everyone in without.

What stands for people who were not read is never counted as nobody: then the number is not known.
"""

from collections.abc import Collection, Iterator

from ibpmon.review.nouns import Edge, Entry, Landscape, Principal, Resource
from ibpmon.review.paths import edge_of

Key = tuple[str, str]  # kind and id of a principal

OWN = ("member", "owner")  # edges of one person
COUNTED = ("person", "machine", "other", "user")


def others(landscape: Landscape, place: Resource, who: Principal, edge: Edge) -> int | None:
    """How many others lose what goes along this edge; None when that is not known."""
    if edge.kind in OWN and who.kind in COUNTED:
        return 0
    gone = lost(landscape, place, edge) - {(who.kind, who.id)}
    if who.kind not in COUNTED or any(kind not in COUNTED for kind, _id in gone):
        return None
    return len(gone)


def lost(landscape: Landscape, place: Resource, edge: Edge) -> set[Key]:
    """Who is in with this edge and not without it; of a group in a group: in the outer one, whatever that gives."""
    if edge.kind == "nested":
        return in_group(landscape, edge.target, None) - in_group(landscape, edge.target, edge)
    spots = {entry.spot for entry in entries_of(landscape, place) if edge_of(landscape, place, entry) == edge}
    return in_place(landscape, place, None, spots) - in_place(landscape, place, edge, spots)


def entries_of(landscape: Landscape, place: Resource) -> list[Entry]:
    """All edges into a place."""
    return landscape.entries.get((place.kind, place.id), [])


def in_place(landscape: Landscape, place: Resource, cut: Edge | None, spots: Collection[str]) -> set[Key]:
    """Everyone who gets into a place, but for along this edge.

    Of an edge into one library or list only what leads there counts: who loses it, and still gets into another library
    of the site, does lose something.
    """
    found: set[Key] = set()
    for entry in entries_of(landscape, place):
        if spots and entry.spot not in spots:
            continue
        if entry.kind == "member" or cut is None or edge_of(landscape, place, entry) != cut:
            found |= behind(landscape, entry.holder, cut)
    return found


def behind(landscape: Landscape, holder: Principal, cut: Edge | None) -> set[Key]:
    """Everyone who counts as the holder of a right."""
    if holder.kind == "group":
        return in_group(landscape, holder.id, cut)
    if holder.kind == "owners" and not landscape.gap("group-owners", holder.id):
        return {key_of(landscape, one) for one in landscape.owners.get(holder.id, ())}
    if holder.kind == "site_group" and holder.id in landscape.site_members and not holder.reason:
        inside = landscape.site_members[holder.id]
        return {key for one in inside if not is_cut(cut, one.id, holder.id) for key in behind(landscape, one, cut)}
    return {(holder.kind, holder.id)}


def in_group(landscape: Landscape, group: str, cut: Edge | None) -> set[Key]:
    """Everyone in a group and in the groups in it; one that was not read stands for its members."""
    found: set[Key] = set()
    for one in inside(landscape, group, cut):
        found |= {key_of(landscape, member) for member in landscape.members.get(one, ())}
        if landscape.gap("group-members", one):
            found.add(("group", one))
    return found


def inside(landscape: Landscape, group: str, cut: Edge | None) -> Iterator[str]:
    """A group and all groups in it, each once."""
    known, ahead = {group}, [group]
    while ahead:
        outer = ahead.pop()
        yield outer
        new = {one for one in landscape.inner.get(outer, ()) if not is_cut(cut, one, outer)} - known
        known |= new
        ahead += new


def is_cut(cut: Edge | None, source: str, target: str) -> bool:
    """Whether this is the edge that is cut."""
    return cut is not None and cut.kind in ("nested", "site_group") and (cut.source, cut.target) == (source, target)


def key_of(landscape: Landscape, member: str) -> Key:
    """A member by kind and id."""
    return "person" if member in landscape.people else "machine", member
