"""What happened to the objects of a board and when, in the order in which it happened: what delta answers come from."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Member(NamedTuple):
    """A direct member of a group."""

    kind: str  # user | group | device | servicePrincipal
    id: str


Step = tuple[str, Member, bool]  # members or owners; who; whether they left


class Change(NamedTuple):
    """The last state of one object since a moment, with everyone who came or left in between."""

    key: str
    version: int
    removed: str  # empty, or why it is gone: deleted (for good) or changed (can come back)
    members: list[Step]


@dataclass(slots=True)
class Journal:
    """The changes of a board; each gets the next version."""

    version: int = 0
    _last: dict[str, dict[str, tuple[int, str]]] = field(default_factory=dict)  # kind: key: version, removed
    _steps: dict[str, list[tuple[int, Step]]] = field(default_factory=dict)  # group: version, step

    def touch(self, kind: str, key: str) -> None:
        """The object is new, or something in it is."""
        self._write(kind, key, "")

    def remove(self, kind: str, key: str, reason: str = "deleted") -> None:
        """The object is gone: `deleted` for good, or `changed` while it can still come back."""
        self._write(kind, key, reason)

    def member(self, group_id: str, list_name: str, member: Member, *, left: bool) -> None:
        """Somebody came into a group or left it; that changes the group as well."""
        self.touch("group", group_id)
        self._steps.setdefault(group_id, []).append((self.version, (list_name, member, left)))

    def since(self, kind: str, version: int) -> list[Change]:
        """What changed after this version, in the order of the last change of each object."""
        found = []
        # a key that is written again moves to the end, so the newest stand last and the walk can stop early
        for key, (at, removed) in reversed(self._last.get(kind, {}).items()):
            if at <= version:
                break
            found.append(Change(key, at, removed, self._steps_since(kind, key, version)))
        return found[::-1]

    def _write(self, kind: str, key: str, removed: str) -> None:
        self.version += 1
        rows = self._last.setdefault(kind, {})
        rows.pop(key, None)
        rows[key] = (self.version, removed)

    def _steps_since(self, kind: str, key: str, version: int) -> list[Step]:
        if kind != "group":
            return []
        return [step for at, step in self._steps.get(key, ()) if at > version]
