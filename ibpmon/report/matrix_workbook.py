"""A matrix as a workbook: a cross table for each process, and what differs from the version before in colour and words.

What is written here is read back by `ibpmon matrix import`: a board may change a mark and propose the outcome.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from ibpmon.collect.board_files.sheets import MOST_CELLS
from ibpmon.collect.matching import folded
from ibpmon.errors import RefusedError
from ibpmon.language import N_, _
from ibpmon.report.exports import AS_TEXT, LONGEST_CELL, cell
from ibpmon.review.access import RIGHTS
from ibpmon.review.matrix import Content
from ibpmon.review.matrix_about import CHANGED, PROCESSES, ROLES, rows_about_processes, rows_about_roles
from ibpmon.review.matrix_changes import KIND_WORDS, PART_WORDS, changes, processes_of
from ibpmon.review.matrix_import import NO_PROCESS
from ibpmon.review.matrix_marks import Given, written
from ibpmon.review.matrix_sheet import as_role

COLOURS = {"added": "#C6EFCE", "removed": "#FFC7CE", "changed": "#FFEB9C"}
LONGEST_SHEET = 31  # characters of a name, says Excel

Rights = Mapping[tuple[str, str], Given]  # of a role on a (folded) place


@dataclass(frozen=True, slots=True)
class Box:
    """A text in a cell, and what kind of difference it is."""

    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet: what stands above it, and its rows, of which the first is the heading."""

    name: str
    title: str
    rows: Sequence[Sequence[Box]]


def workbook_of(content: Content, before: Content | None, title: str) -> bytes:
    """The workbook of a matrix; without a version before it nothing is marked."""
    import xlsxwriter

    sheets = pages(content, before, title)
    refuse_size(sheets)
    made = BytesIO()
    with xlsxwriter.Workbook(made, {**AS_TEXT, "in_memory": True}) as book:
        look = {kind: book.add_format(styled(kind)) for kind in ("", "heading", *COLOURS)}
        for page in sheets:
            write_page(book.add_worksheet(page.name), page, look)
    return made.getvalue()


def pages(content: Content, before: Content | None, title: str) -> list[Page]:
    """The sheets: a cross table for each process and for what belongs to none, then what is known beside those."""
    names = sheet_names([one.key for one in content.processes])
    now, was = rights(content), rights(before) if before else None
    tables = [
        Page(names[one.key], f"{title} {one.name} ({one.owner})", cross_table(content, places, now, was, before))
        for one in content.processes
        if (places := places_of(content, one.key))
    ]
    if places := places_of(content, ""):
        tables.append(Page(_(NO_PROCESS), title, cross_table(content, places, now, was, before)))
    beside = [Page(_(PROCESSES), "", plain(rows_about_processes(content, names)))]
    beside.append(Page(_(ROLES), "", plain(rows_about_roles(content))))
    return [*tables, *beside, *([Page(_(CHANGED), "", differences(content, before))] if before else [])]


def sheet_names(keys: Sequence[str]) -> dict[str, str]:
    """A name for the sheet of each process; Excel wants them short, different, and keeps one for itself."""
    names: dict[str, str] = {}
    for number, key in enumerate(keys):
        taken = {"history", *map(folded, names.values())}
        short = key[:LONGEST_SHEET]
        names[key] = short if folded(short) not in taken else f"{key[:20]} {number + 1}"
    return names


def places_of(content: Content, key: str) -> list[str]:
    """The places of a process, those that only a rule names included; with no key, those that belong to none."""
    own = next((one.resources for one in content.processes if one.key == key), ())
    named = dict.fromkeys(place for rule in content.rules for place in rule.resources)
    found = [place for place in named if (key in (about := processes_of(content, place))) or not (key or about)]
    first: dict[str, str] = {}
    for place in (*own, *found):
        first.setdefault(folded(place), place)
    return list(first.values())


def rights(content: Content) -> Rights:
    """The highest right of each role on each place, at the own school and everywhere."""
    found: dict[tuple[str, str], Given] = {}
    for rule in content.rules:
        for place in rule.resources:
            given = found.setdefault((rule.role, folded(place)), {})
            given[rule.same_school] = max(rule.right, given.get(rule.same_school, rule.right), key=RIGHTS.index)
    return found


def cross_table(
    content: Content, places: Sequence[str], now: Rights, was: Rights | None, before: Content | None
) -> list[list[Box]]:
    """Places against roles; a last column says of a place that it is new."""
    roles = [one.key for one in content.roles]
    old_roles = {one.key for one in before.roles} if before else set(roles)
    old_places = known_places(before) if before else {folded(place) for place in places}
    heading = [Box(as_role(key), "" if key in old_roles else "added") for key in roles]
    rows = [[Box(_("Place")), *heading, Box(_("Difference"))]]
    for place in places:
        new = folded(place) not in old_places
        marks = [marked(now.get((key, folded(place)), {}), key, place, was) for key in roles]
        rows.append([Box(place, "added" if new else ""), *marks, Box(_("new place") if new else "")])
    return rows


def known_places(content: Content) -> set[str]:
    """All places that a matrix names."""
    named = [*(one.resources for one in content.processes), *(one.resources for one in content.rules)]
    return {folded(place) for places in named for place in places}


def marked(given: Given, role: str, place: str, was: Rights | None) -> Box:
    """What a role may on a place, and what it might before when that differs."""
    old = given if was is None else was.get((role, folded(place)), {})
    if given == old:
        return Box(written(given) if given else "")
    if not old:
        return Box(written(given) + " (" + _("new") + ")", "added")
    return Box(
        written(given) + " (" + _("was {right}").format(right=written(old)) + ")", "changed" if given else "removed"
    )


def differences(content: Content, before: Content | None) -> list[list[Box]]:
    """All that differs, also what is gone and so stands in no table."""
    rows = [[Box(_(word)) for word in (N_("Difference"), N_("What"), N_("Name"), N_("Before"), N_("After"))]]
    for one in changes(before, content):
        said = (_(KIND_WORDS[one.kind]), _(PART_WORDS[one.part]), one.name, one.before, one.after)
        rows.append([Box(text, one.kind) for text in said])
    return rows


def plain(rows: Iterable[Sequence[str]]) -> list[list[Box]]:
    """Rows without differences."""
    return [[Box(text) for text in row] for row in rows]


# ---------------------------------------------------------------- writing


def refuse_size(sheets: Sequence[Page]) -> None:
    """What would be cut off, or could not be read back, is not written."""
    largest = max(len(page.rows) * len(page.rows[0]) for page in sheets)
    if largest <= MOST_CELLS and all(len(text) < LONGEST_CELL for text in texts(sheets)):
        return
    raise RefusedError(
        N_("this matrix is too large for a workbook"),
        why=N_("a sheet would have more than {cells} cells, or a cell more text than a spreadsheet holds"),
        fix=N_("use patterns with * for places that go together, and leave out roles that are not used"),
        cells=MOST_CELLS,
    )


def styled(kind: str) -> dict[str, Any]:
    """How a cell looks."""
    base: dict[str, Any] = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#BFBFBF"}
    return base | ({"bold": True} if kind == "heading" else {"bg_color": COLOURS[kind]} if kind else {})


def write_page(sheet: Any, page: Page, look: Mapping[str, Any]) -> None:
    """Write one sheet; text is only ever written as text."""
    top = 2 if page.title else 0
    if page.title:
        sheet.write_string(0, 0, cell(page.title))
    for number, row in enumerate(page.rows, top):
        for column, box in enumerate(row):
            style = look[box.kind or ("heading" if number == top else "")]
            sheet.write_string(number, column, cell(box.text), style)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, max(1, len(page.rows[0]) - 1), 18)
    sheet.freeze_panes(top + 1, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def texts(sheets: Iterable[Page]) -> Iterator[str]:
    """All texts of some sheets."""
    return (box.text for page in sheets for row in page.rows for box in row)
