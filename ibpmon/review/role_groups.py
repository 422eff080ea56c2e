"""Who is in the groups that a role of the matrix is recognised by, however deep; a group that was not read says so."""

from dataclasses import replace

from ibpmon.review.matrix import Inside, Matrix, fits_any
from ibpmon.review.nouns import Landscape


def with_members(matrix: Matrix, landscape: Landscape) -> Matrix:
    """The matrix that also knows who has the roles that go by group."""
    roles = [role for role in matrix.content.roles if role.groups]
    return replace(matrix, inside={role.key: inside(landscape, role.groups) for role in roles}) if roles else matrix


def inside(landscape: Landscape, patterns: tuple[str, ...]) -> Inside:
    """Everybody in the groups with these names, and whether there may be others."""
    named = [group.id for group in landscape.groups.values() if fits_any(patterns, group.name)]
    groups = with_inner(landscape, named)
    people = frozenset(member for group in groups for member in landscape.members.get(group, ()))
    unread = bool(landscape.readings["groups"].missing) or any(landscape.gap("group-members", one) for one in groups)
    return Inside(people, unread)


def with_inner(landscape: Landscape, groups: list[str]) -> set[str]:
    """These groups and all groups in them; a circle ends by itself."""
    found, waiting = set[str](), list(groups)
    while waiting:
        group = waiting.pop()
        if group not in found:
            found.add(group)
            waiting += landscape.inner.get(group, ())
    return found


def unknown_groups(matrix: Matrix, landscape: Landscape) -> list[tuple[str, str]]:
    """The patterns of roles that fit no group: a typing mistake there gives the role to nobody."""
    names = [group.name for group in landscape.groups.values()]
    return [
        (role.key, pattern)
        for role in matrix.content.roles
        for pattern in role.groups
        if not any(fits_any((pattern,), name) for name in names)
    ]
