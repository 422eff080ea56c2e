"""The cross tables in a file of the board as one matrix: each sheet a process, or the process in each row.

All that is unclear is refused at once, with sheet and cell; then nothing is made.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from ibpmon.collect.board_files.reading import content as bytes_of
from ibpmon.collect.board_files.sheets import read_sheets
from ibpmon.collect.matching import folded
from ibpmon.config import sentence
from ibpmon.errors import ContentError
from ibpmon.language import N_, _
from ibpmon.review.access import RIGHTS, Right
from ibpmon.review.matrix import Content, Process, Role, Rule, fits_any
from ibpmon.review.matrix_about import About, part_of, read_about
from ibpmon.review.matrix_list import POPULATIONS, key_of
from ibpmon.review.matrix_marks import Given
from ibpmon.review.matrix_sheet import Found, Mark, read_table
from ibpmon.review.matrix_toml import FILL_IN
from ibpmon.tell.words import at_most

NO_PROCESS = N_("No process")  # our own sheet of rules on places that nobody answers for
NO_PROCESS_WORDS = ("no process", "geen proces")
KINDS = {"processes": "process", "roles": "role"}
MOST_TOLD = 200  # problems in one message


@dataclass(frozen=True, slots=True)
class Imported:
    """The matrix in a file, and what was seen of it sheet by sheet."""

    content: Content
    tables: Sequence[Found]
    skipped: Mapping[str, str]  # sheets that are no part of it, and why


@dataclass(slots=True)
class Making:
    """The matrix so far, with everything that is wrong with it."""

    about: About
    processes: dict[str, dict[str, Any]] = field(default_factory=dict)
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    places: dict[str, dict[str, str]] = field(default_factory=dict)  # of a process, beside those of our own sheet
    rights: dict[tuple[str, str], tuple[str, Given, str]] = field(default_factory=dict)  # of a role on a place
    names: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)  # which name has a key, and where
    problems: list[str] = field(default_factory=list)

    def key(self, kind: str, name: str, where: str) -> str:
        """The key for a name; two names that would share one are refused."""
        key = key_of(name)
        first, other = self.names.setdefault((kind, key), (name, where))
        if folded(first) != folded(name):
            self.problems.append(f"{where}: " + _("too much like the name in {cell}").format(cell=other))
        return key


def read_cross(path: Path, today: date, crossed: Right = "read", roles: str = "", skip: Sequence[str] = ()) -> Imported:
    """The matrix in a workbook or CSV.

    1. every sheet as a table; what is no table is told, and what is unclear is noted
    2. processes, roles and rules out of all tables
    3. all problems in one error
    """
    sheets, hidden = read_sheets(bytes_of(path))
    skipped = dict.fromkeys(hidden, _("hidden"))
    about, tables = About(), list[Found]()
    for sheet in sheets:
        if folded(sheet.name) in map(folded, skip):
            skipped[sheet.name] = _("left out by --skip")
        elif part_of(sheet.name):
            read_about(about, sheet)
        elif (found := read_table(sheet, crossed, roles)).is_table or found.problems:
            tables.append(found)
        else:
            skipped[sheet.name] = _("no marks on it")
    making = made(about, tables)
    content = checked(making, today)
    problems = [*about.problems, *(line for one in tables for line in one.problems), *making.problems]
    if not tables and not about.processes:
        problems.append(_("there is no cross table in it: no marks under a heading"))
    if problems or content is None:
        raise unclear(path, problems)
    return Imported(content, tables, skipped)


def unclear(path: Path, problems: Sequence[str]) -> ContentError:
    """All that is unclear, by cell."""
    return ContentError(
        N_("{path} is not clear in {count} place(s), so nothing was read from it"),
        why="{problems}",
        fix=N_(
            "write x, L, S, B, lezen, schrijven or beheren in these cells, or nothing where there is no right; "
            "leave a sheet that is no part of the matrix out with --skip"
        ),
        path=path,
        count=len(problems),
        problems="\n".join(at_most(problems, MOST_TOLD)),
    )


# ---------------------------------------------------------------- out of all tables


def made(about: About, tables: Sequence[Found]) -> Making:
    """Processes, roles and rights as raw values."""
    making = Making(about)
    for key, raw in about.processes.items():
        making.processes[key] = {name: value for name, value in raw.items() if name != "sheet"}
    making.roles |= about.roles
    for found in tables:
        for place in found.places:
            take_place(making, found, place.name, place.process, place.owner, place.mail, place.where)
        for name, where in found.roles.items():
            role_key(making, name, where)
        for mark in found.marks:
            take_mark(making, mark)
    return making


def take_place(making: Making, found: Found, name: str, process: str, owner: str, mail: str, where: str) -> None:
    """Add a place to its process: the one in its row, else the one of the sheet."""
    called = process or found.sheet.name.strip()
    if folded(called) in NO_PROCESS_WORDS:
        return
    key = making.about.process_on(called) or making.key("process", called, where)
    raw = making.processes.setdefault(key, {"key": key, "name": called, "owner": "", "mail": "", "resources": ()})
    for part, said in (("owner", owner), ("mail", mail)):
        if said and raw.get(part) and folded(said) != folded(raw[part]):
            making.problems.append(f"{where}: " + _("another row says something else about the owner of this process"))
        raw[part] = raw.get(part) or said
    if not fits_any(raw.get("resources", ()), name):  # those of our own sheet, which may be patterns
        making.places.setdefault(key, {}).setdefault(folded(name), name)


def role_key(making: Making, name: str, where: str) -> str:
    """The key of a role; one that is not known yet is recognised by its own name."""
    if known := making.about.role_called(name):
        return known
    key = making.key("role", name, where)
    kind = POPULATIONS.get(folded(name))
    making.roles.setdefault(key, {"key": key} | ({"populations": (kind,)} if kind else {"functions": (name,)}))
    return key


def take_mark(making: Making, mark: Mark) -> None:
    """Keep what a cell gives; the same role and place may not be given something else in another one."""
    spot = (role_key(making, mark.role, mark.where), folded(mark.place))
    _name, rights, where = making.rights.setdefault(spot, (mark.place, mark.rights, mark.where))
    if rights != mark.rights:
        making.problems.append(f"{mark.where}: " + _("{cell} gives this role another right here").format(cell=where))


def rules_of(making: Making) -> Iterator[dict[str, Any]]:
    """A rule for each role and right, with all its places."""
    places: dict[tuple[str, bool, Right], list[str]] = {}
    for (role, _place), (name, rights, _where) in making.rights.items():
        for own, right in rights.items():
            places.setdefault((role, own, right), []).append(name)
    order = sorted(places, key=lambda one: (list(making.roles).index(one[0]), -RIGHTS.index(one[2]), one[1]))
    for role, own, right in order:
        yield {"role": role, "resources": tuple(places[role, own, right]), "right": right, "same_school": own}


# ---------------------------------------------------------------- as a matrix


def checked(making: Making, today: date) -> Content | None:
    """The matrix as values; None, and noted, when something does not fit."""
    filled = [filled_in(raw, making.places.get(key, {}).values()) for key, raw in making.processes.items()]
    processes = [*fitting(making, Process, "processes", filled)]
    roles = [*fitting(making, Role, "roles", making.roles.values())]
    rules = [*fitting(making, Rule, "rules", rules_of(making))]
    if making.problems:
        return None
    return Content(
        version=FILL_IN, approved_by=FILL_IN, approved_on=today,
        processes=tuple(processes), roles=tuple(roles), rules=tuple(rules),
    )  # fmt: skip


def filled_in(raw: Mapping[str, Any], places: Iterable[str]) -> dict[str, Any]:
    """A process with all its places, and a mark where its owner has to be filled in."""
    said = {"owner": raw.get("owner") or FILL_IN, "mail": raw.get("mail") or None}
    return {**raw, **said, "resources": (*raw.get("resources", ()), *places)}


def fitting(making: Making, kind: type[BaseModel], part: str, raws: Any) -> Iterator[Any]:
    """What fits, and a note of what does not, with the row of our own sheets where it stands."""
    for raw in raws:
        try:
            yield kind.model_validate(raw)
        except ValidationError as errors:
            name = raw.get("key") or raw.get("role")
            cell = making.names.get((KINDS.get(part, ""), name), ("", name))[1]
            where = making.about.where.get((part, name), cell)
            for error in errors.errors(include_input=False, include_url=False):
                making.problems.append(f"{where}: {error['loc'][0]}: {sentence(dict(error))}")
