"""One cross table of a matrix as a board keeps it: places against roles, a mark in the cell where they meet.

Its heading may stand below titles and groups of columns, it may have totals, notes and a legend. What is left
out is told, and each cell that is not clear is named: half a matrix would call rights wrong that were agreed.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ibpmon.collect.board_files.sheets import BAD, Sheet, place_of
from ibpmon.collect.matching import folded
from ibpmon.language import N_, _
from ibpmon.review.access import Right
from ibpmon.review.matrix_marks import Given, Unclear, given, gives, is_cross, is_letter, is_likely, is_word

PROCESSES = ("proces", "process", "afdeling", "domein")
OWNERS = ("eigenaar", "proceseigenaar", "owner", "process owner")
MAILS = ("e-mail eigenaar", "mail eigenaar", "mail of the owner")
PLACES = ("plaats", "place", "map", "site", "team", "groep", "systeem", "applicatie", "omgeving", "bron", "resource")
ROLES = ("rol", "rollen", "functie", "functies", "role", "roles")
ASIDE = (
    "totaal", "totalen", "subtotaal", "som", "total", "aantal", "opmerking", "opmerkingen", "toelichting", "notitie",
    "notities", "bijzonderheden", "uitleg", "legenda", "legend", "let op", "nb", "notes", "note", "remarks", "verschil",
    "difference",
)  # fmt: skip
HEADINGS = (*PLACES, *ROLES, *PROCESSES)
CALLED = re.compile(r"(?:rol|role): *", re.IGNORECASE)  # in front of a role that is called like another column
LONGEST = 200
DOUBTFUL = N_(
    "this may be a row of the table, a note or a legend: write L, S or B in a row of the table, "
    "and leave a row empty above notes and a legend"
)
OTHERWISE = N_("this gives the letter another meaning than ibpmon reads in it: L is read, S is write, B is manage")
NOTES = N_("this may be a column with marks or one with notes: write L, S or B in a column with marks")
LINES = re.compile(r"\s*[\r\n\t]+\s*|\xa0")  # what the eye sees as one space


@dataclass(frozen=True, slots=True)
class Place:
    """A place on a sheet, with what its row says of the process that it belongs to."""

    name: str
    where: str
    process: str = ""
    owner: str = ""
    mail: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """What one cell gives."""

    role: str
    place: str
    rights: Given
    where: str


@dataclass(slots=True)
class Found:
    """What a sheet says, what of it was left out, and what is wrong with it."""

    sheet: Sheet
    roles: dict[str, str] = field(default_factory=dict)  # the name of each role, and where it stands
    places: list[Place] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    crosses: int = 0  # cells with a bare x
    aside: list[str] = field(default_factory=list)  # cells where a row or column begins that is no part of the table
    problems: list[str] = field(default_factory=list)
    is_table: bool = True

    def where(self, row: int, column: int) -> str:
        """A cell as people call it: Zorg!B7."""
        return f"{self.sheet.name}!{place_of(row, column)}"

    def refuse(self, row: int, column: int, why: str) -> None:
        """Note what is wrong, with its cell; never with what stands there."""
        self.problems.append(f"{self.where(row, column)}: {why}")

    def name(self, row: int, column: int) -> str:
        """The name in a cell on one line; empty, and noted, when it is none."""
        text = LINES.sub(" ", self.sheet.at(row, column))
        if text.startswith(BAD):
            self.refuse(row, column, _(text.removeprefix(BAD)))
        elif len(text) > LONGEST:
            self.refuse(row, column, _("longer than a name can be"))
        elif not text.isprintable():
            self.refuse(row, column, _("there are signs in it that cannot be seen"))
        else:
            return text
        return ""


@dataclass(slots=True)
class Layout:
    """Where what stands: the row of the heading, the column of the names, and the columns with marks."""

    heading: int
    names: int
    marks: list[int]
    known: dict[str, int]
    roles_below: bool  # the roles stand in the rows


def read_table(sheet: Sheet, crossed: Right = "read", roles: str = "") -> Found:
    """The cross table on a sheet.

    1. find its heading: the fullest row above the first mark
    2. tell which column holds the names, which hold marks, and which are no part of it
    3. read row by row
    """
    found = Found(sheet)
    at = heading_of(sheet)
    if at is None:
        found.is_table = False
        if looks_like_table(sheet) or any(map(may_be_marked, sheet.rows)):
            found.problems.append(f"{sheet.name}: " + _("no marks under a heading; leave this sheet out with --skip"))
        return found
    layout = layout_of(found, at, roles)
    headings = named_columns(found, layout)
    last = max((row for row in rows_below(sheet, layout) if has_mark(sheet, row, layout)), default=at)
    for row in rows_below(sheet, layout):
        read_row(found, layout, headings, row, last, crossed)
    return found


# ---------------------------------------------------------------- the heading


def heading_of(sheet: Sheet) -> int | None:
    """The row of the heading; None when there are no marks, or nothing stands above them.

    Without any mark that we know the first that looks like one counts: it is refused by its cell.
    """
    rows = range(len(sheet.rows))
    first = next((row for row in rows if is_marked(sheet.rows[row])), None)
    if first is None and not any(map(is_heading, sheet.rows)):
        first = next((row for row in rows if may_be_marked(sheet.rows[row])), None)
    above = [row for row in rows if (first is None or row < first) and any(sheet.rows[row])]
    if first is None:
        above = [row for row in above if is_heading(sheet.rows[row])]
    at = max(above, key=lambda row: rank(sheet.rows[row], row), default=None)
    while at is not None and at + 1 in above and goes_on(sheet, at):
        at += 1
    return at


def rank(cells: Sequence[str], row: int) -> tuple[bool, int, int]:
    """How much a row is a heading: words that we know, then different ones, then the first."""
    return is_heading(cells), len({folded(cell) for cell in cells if cell}), -row


def goes_on(sheet: Sheet, row: int) -> bool:
    """Whether a heading takes the next row as well: a word of it that we know is merged over both."""
    pairs = [*zip(sheet.rows[row], sheet.rows[row + 1], strict=True)]
    both = any(upper == lower and folded(upper) in HEADINGS for upper, lower in pairs)
    noted = any(is_aside(upper) and lower not in ("", upper) for upper, lower in pairs)  # a place called "Plaats"
    return both and not noted and is_heading(sheet.rows[row + 1])


def is_heading(cells: Sequence[str]) -> bool:
    """Whether a row calls a column what headings of names are called, and gives no rights."""
    return len({*cells} - {""}) > 1 and any(folded(one) in HEADINGS for one in cells) and not any(map(is_letter, cells))


def is_marked(cells: Sequence[str]) -> bool:
    """Whether a row has a mark behind its name; a heading and a legend have words that may look like it."""
    said = [cell for cell in cells if cell]
    if len(said) < 2 or is_heading(cells) or is_explained(said[0], said[1:]):
        return False
    return any(gives(cell) and folded(cell) not in (*OWNERS, "beheer") for cell in said[1:])


def may_be_marked(cells: Sequence[str]) -> bool:
    """Whether a row has a mark behind its name, or what could be one of marks that we do not know."""
    said = [cell for cell in cells if cell]
    if len(said) < 2 or is_heading(cells) or is_explained(said[0], said[1:]):
        return False
    return any(is_likely(cell) for cell in said[1:])


def looks_like_table(sheet: Sheet) -> bool:
    """Whether a sheet without marks may still be meant as one: two rows of three cells that differ."""
    return sum(len({*cells} - {""}) > 2 for cells in sheet.rows) > 1


# ---------------------------------------------------------------- the columns


def layout_of(found: Found, at: int, roles: str) -> Layout:
    """Where what stands under this heading."""
    cells = [folded(cell) for cell in found.sheet.rows[at]]
    known = {
        kind: cells.index(next(word for word in cells if word in words))
        for kind, words in (("process", PROCESSES), ("owner", OWNERS), ("mail", MAILS))
        if any(word in words for word in cells)
    }
    rest = [column for column in range(len(cells)) if column not in known.values()]
    called = [column for column in rest if cells[column] in (*PLACES, *ROLES)]
    names = (called or rest or [0])[0]
    below = roles == "rows" if roles else cells[names] in ROLES
    return Layout(at, names, [column for column in rest if column != names], known, below)


def named_columns(found: Found, layout: Layout) -> dict[int, str]:
    """The columns with marks and their names; one without a name may not hold anything."""
    named: dict[int, str] = {}
    seen: dict[str, int] = {}
    for column in layout.marks:
        below = [found.sheet.at(row, column) for row in rows_below(found.sheet, layout)]
        if is_aside(found.sheet.at(layout.heading, column)) and not any(map(is_letter, below)):
            put_notes_aside(found, layout, column, below)
        elif name := CALLED.sub("", found.name(layout.heading, column), count=1):
            if seen.setdefault(folded(name), column) != column:
                found.refuse(layout.heading, column, _("another column has the same heading"))
            named[column] = name
        elif any(below) and not found.sheet.at(layout.heading, column):
            found.refuse(layout.heading, column, _("this column has no heading"))
    if not layout.roles_below:
        found.roles |= {name: found.where(layout.heading, column) for column, name in named.items()}
    else:
        found.places += [Place(name, found.where(layout.heading, column)) for column, name in named.items()]
    return named


def put_notes_aside(found: Found, layout: Layout, column: int, below: Sequence[str]) -> None:
    """A column that is called like notes; with words for rights in it nobody can tell."""
    if any(map(is_word, below)):
        found.refuse(layout.heading, column, _(NOTES))
    else:
        found.aside.append(found.where(layout.heading, column))


def as_role(key: str) -> str:
    """A role as the heading of its column, told from columns that are called the same."""
    taken = folded(key) in (*HEADINGS, *OWNERS, *MAILS) or is_aside(key) or gives(key)
    return _("Role: {key}").format(key=key) if taken else key


def is_aside(text: str) -> bool:
    """Whether a row or column with this name is a total or a note."""
    return folded(text).partition(":")[0].strip() in ASIDE


# ---------------------------------------------------------------- the rows


def rows_below(sheet: Sheet, layout: Layout) -> range:
    """The rows under the heading."""
    return range(layout.heading + 1, len(sheet.rows))


def has_mark(sheet: Sheet, row: int, layout: Layout) -> bool:
    """Whether anything stands where the marks stand, other than in a total, a legend, or the heading of a part."""
    cells = [sheet.at(row, column) for column in layout.marks]
    return any(cells) and not is_band(sheet, row, layout) and not is_explained(sheet.at(row, layout.names), cells)


def is_band(sheet: Sheet, row: int, layout: Layout) -> bool:
    """Whether one text was merged over the names and marks of a row: the heading of a part."""
    label, cells = sheet.at(row, layout.names), {sheet.at(row, column) for column in layout.marks} - {""}
    return cells == {label} and not gives(label)


def after_gap(sheet: Sheet, row: int, last: int) -> bool:
    """Whether an empty row comes between the last row with marks and this one."""
    return any(not any(sheet.rows[between]) for between in range(last + 1, row))


def is_repeated(sheet: Sheet, row: int, layout: Layout) -> bool:
    """Whether the heading is said again, as on each printed page."""
    return sheet.rows[row] == sheet.rows[layout.heading]


def read_row(found: Found, layout: Layout, headings: dict[int, str], row: int, last: int, crossed: Right) -> None:
    """One row: a place or a role with its marks, or a row that is no part of the table."""
    sheet = found.sheet
    label, cells = sheet.at(row, layout.names), {column: sheet.at(row, column) for column in headings}
    if not label and not any(cells.values()):
        return
    is_note = row > last and after_gap(sheet, row, last)
    if why := doubt(label, [*cells.values()], is_note=is_note, is_inside=row < last):
        found.refuse(row, layout.names, _(why))
    elif (
        is_note or is_band(sheet, row, layout) or is_repeated(sheet, row, layout) or is_explained(label, cells.values())
    ):
        found.aside.append(found.where(row, layout.names))
    elif not label:
        found.refuse(row, layout.names, _("this row has marks and no name"))
    else:
        read_marks(found, layout, headings, row, crossed)


def read_marks(found: Found, layout: Layout, headings: dict[int, str], row: int, crossed: Right) -> None:
    """The name in a row, and what each of its cells gives."""
    if name := found.name(row, layout.names):
        keep_row(found, layout, name, row)
    for column, heading in headings.items():
        role, place = (name, heading) if layout.roles_below else (heading, name)
        found.marks += marks_in(found, row, column, role, place, crossed)


def doubt(label: str, cells: Sequence[str], *, is_note: bool, is_inside: bool) -> str:
    """Why nobody can tell whether a row is a part of the table or explains it, as msgid; empty when it is clear.

    In a table words are rights, in a legend they explain letters, and a part of a table may be called "Beheer" in a
    cell that lies over the whole row.
    """
    words, letters = [cell for cell in cells if is_word(cell)], any(map(is_letter, cells))
    if not words:
        return ""
    if is_letter(label) and not letters and is_otherwise(label, words):
        return OTHERWISE
    is_either = is_letter(label) and (letters or is_inside)
    is_either |= is_aside(label) or (is_word(label) and {*cells} == {label})
    return DOUBTFUL if is_either and not is_note else ""


def is_otherwise(label: str, words: Iterable[str]) -> bool:
    """Whether words give a letter another meaning than it has here; what a cross stands for is for a board to say."""
    return not is_cross(label) and any(given(one, "read") != given(label, "read") for one in words)


def is_explained(label: str, cells: Iterable[str]) -> bool:
    """Whether a row is a total, a note, or the line of a legend: a letter with words behind it."""
    return (is_aside(label) or is_letter(label)) and not any(map(is_letter, cells))


def keep_row(found: Found, layout: Layout, name: str, row: int) -> None:
    """The place or role that a row is about."""
    if layout.roles_below:
        found.roles.setdefault(name, found.where(row, layout.names))
        return
    said = {kind: found.name(row, column) for kind, column in layout.known.items()}
    if "process" in said and not said["process"]:
        found.refuse(row, layout.known["process"], _("missing"))
    found.places.append(Place(name, found.where(row, layout.names), **said))


def marks_in(found: Found, row: int, column: int, role: str, place: str, crossed: Right) -> Iterator[Mark]:
    """What one cell gives; an unclear one is noted."""
    try:
        rights = given(found.sheet.at(row, column), crossed)
    except Unclear as reason:
        found.refuse(row, column, _(str(reason)))
        return
    if rights and role and place:
        found.crosses += is_cross(found.sheet.at(row, column))
        yield Mark(role, place, rights, found.where(row, column))
