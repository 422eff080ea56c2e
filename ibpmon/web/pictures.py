"""A way in as a picture: boxes and arrows with the place of each; a template makes it SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ibpmon.language import N_, _
from ibpmon.review.items import Words
from ibpmon.review.nouns import Access, Path
from ibpmon.tell.words import shown

BOX, GAP, HIGH = 130, 84, 68  # of a row, from left to right
TALL, STEP, WIDE = 60, 44, 300  # of a column, from top to bottom
LETTERS = {"row": 16, "column": 36}  # on one line of a box
IN_A_ROW = 4  # boxes; more of them stand below each other on a wide screen too
STEPS: Mapping[str, str] = {
    "member": N_("is a member of"), "owner": N_("owns"), "nested": N_("is in"), "site_group": N_("is in"),
    "grant": N_("has a right on"), "item_grant": N_("has a right on"), "link": N_("by a link to"),
    "site_admin": N_("administers"), "role": N_("has the role"), "eligible_role": N_("may take"),
    "app_role": N_("was let into"), "app_open": N_("comes into"),
}  # fmt: skip
WITHIN = N_("is part of")


@dataclass(frozen=True, slots=True)
class Hop:
    """One box, and what the arrow to it says."""

    label: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A box with its lines of text, and the arrow to it, where they are drawn."""

    x: int
    y: int
    lines: tuple[str, ...]
    by: str
    role: str  # begin, middle, end


@dataclass(frozen=True, slots=True)
class Drawing:
    """All boxes of one picture."""

    shape: str  # row, column
    width: int
    height: int
    boxes: tuple[Box, ...]


def hops(words: Words, access: Access, path: Path) -> tuple[Hop, ...]:
    """From whoever has access to the place, each step with what it is."""
    place = shown(access.resource.name)
    found = [Hop(words.who(access.principal))]
    found += [Hop(shown(edge.label) or place, _(STEPS[edge.kind])) for edge in path.edges]
    if access.resource.kind == "site" and path.edges and path.edges[-1].target != access.resource.id:
        found.append(Hop(place, _(WITHIN)))
    return tuple(found)


def drawings(steps: Sequence[Hop]) -> tuple[Drawing, ...]:
    """A column for a telephone, and a row for a wide screen where it fits."""
    return (in_column(steps), *([in_row(steps)] if len(steps) <= IN_A_ROW else []))


def in_row(steps: Sequence[Hop]) -> Drawing:
    """From left to right."""
    boxes = [
        Box(number * (BOX + GAP), 0, lines_of(one.label, LETTERS["row"]), one.by, role_of(number, steps))
        for number, one in enumerate(steps)
    ]
    return Drawing("row", len(steps) * (BOX + GAP) - GAP, HIGH, tuple(boxes))


def in_column(steps: Sequence[Hop]) -> Drawing:
    """From top to bottom."""
    boxes = [
        Box(0, number * (TALL + STEP), lines_of(one.label, LETTERS["column"]), one.by, role_of(number, steps))
        for number, one in enumerate(steps)
    ]
    return Drawing("column", WIDE, len(steps) * (TALL + STEP) - STEP, tuple(boxes))


def role_of(number: int, steps: Sequence[Hop]) -> str:
    """Where in the picture a box stands."""
    return "begin" if number == 0 else "end" if number == len(steps) - 1 else "middle"


def lines_of(text: str, letters: int) -> tuple[str, ...]:
    """A label on two lines at most, broken at a space where there is one; the sentence below has it in full."""
    if len(text) <= letters:
        return (text,)
    cut = text.rfind(" ", 1, letters + 1)
    first, rest = (text[:cut], text[cut + 1 :]) if cut > 0 else (text[:letters], text[letters:])
    return first, rest if len(rest) <= letters else rest[: letters - 1].rstrip() + "…"
