"""The sheets beside the cross tables of a matrix: who answers for each process, and how each role is recognised.

Our own workbooks have them. Whoever changes something there and reads the workbook again loses nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ibpmon.collect.board_files.sheets import Sheet
from ibpmon.collect.matching import folded
from ibpmon.language import N_, _
from ibpmon.review.matrix import Content
from ibpmon.review.matrix_list import POPULATIONS, parts

PROCESSES, ROLES, CHANGED = N_("About the processes"), N_("About the roles"), N_("What changed")
SHEETS = {"about the processes": "processes", "over de processen": "processes",
          "about the roles": "roles", "over de rollen": "roles",
          "what changed": "changes", "wat er veranderde": "changes"}  # fmt: skip
# The fields with the headings that are read; what is written is the translation of the first.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "key": (N_("Key"), "Sleutel"),
    "sheet": (N_("Sheet"), "Blad"),
    "name": (N_("Name"), "Naam"),
    "owner": (N_("Owner"), "Eigenaar", "Proceseigenaar"),
    "owner_upn": (N_("Account of the owner"), "Account eigenaar"),
    "mail": (N_("Mail of the owner"), "E-mail eigenaar"),
    "deputy": (N_("Deputy"), "Vervanger"),
    "deputy_upn": (N_("Account of the deputy"), "Account vervanger"),
    "deputy_mail": (N_("Mail of the deputy"), "E-mail vervanger"),
    "resources": (N_("Places"), "Plaatsen"),
    "functions": (N_("Functions"), "Functies"),
    "departments": (N_("Departments"), "Afdelingen"),
    "groups": (N_("Groups"), "Groepen"),
    "populations": (N_("Kinds of account"), "Soort account"),
}
OF_PROCESS = ("key", "sheet", "name", "owner", "owner_upn", "mail", "deputy", "deputy_upn", "deputy_mail", "resources")
OF_ROLE = ("key", "functions", "departments", "groups", "populations")
LISTS = ("resources", "functions", "departments", "groups")  # each on its own line: a name may hold a comma


KIND_WORDS = {"staff": N_("staff"), "pupil": N_("pupil"), "guest": N_("guest"), "service": N_("service"),
              "shared": N_("shared"), "break_glass": N_("break glass")}  # fmt: skip


@dataclass(slots=True)
class About:
    """What these sheets say, as raw values by the key that stands there; empty when there are no such sheets."""

    processes: dict[str, dict[str, Any]] = field(default_factory=dict)
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    where: dict[tuple[str, str], str] = field(default_factory=dict)  # in which row each of them stands
    problems: list[str] = field(default_factory=list)

    def process_on(self, sheet: str) -> str:
        """The key of the process that has this sheet; empty when none is known."""
        for part in ("sheet", "key", "name"):  # a process may be called like the sheet of another one
            for key, raw in self.processes.items():
                if folded(sheet) == folded(raw.get(part)):
                    return key
        return ""

    def role_called(self, name: str) -> str:
        """The key of a role as it stands here; empty when it does not."""
        return next((key for key in self.roles if folded(key) == folded(name)), "")


def part_of(name: str) -> str:
    """What a sheet with this name is about: processes, roles or changes; empty for any other sheet."""
    return SHEETS.get(folded(name), "")


def read_about(about: About, sheet: Sheet) -> None:
    """Add what one of these sheets says; what changed follows from the rest."""
    if part_of(sheet.name) == "changes":
        return
    columns = {at: name for at, cell in enumerate(sheet.rows[0] if sheet.rows else []) if (name := field_of(cell))}
    kept = about.processes if part_of(sheet.name) == "processes" else about.roles
    if "key" not in columns.values():
        about.problems.append(f"{sheet.name}!A1: " + _("the headings of this sheet are gone"))
        return
    for row, cells in enumerate(sheet.rows[1:], 2):
        raw = {name: value(name, cells[at]) for at, name in columns.items() if cells[at]}
        where = f"{sheet.name}!A{row}"
        if raw and folded(raw.get("key")) in ("", *map(folded, kept)):
            about.problems.append(f"{where}: " + _("give each row its own key"))
        elif raw:
            kept[raw["key"]] = raw
            about.where[part_of(sheet.name), raw["key"]] = where


def field_of(heading: str) -> str:
    """The field that a heading stands for."""
    return next((name for name, words in HEADINGS.items() if folded(heading) in map(folded, words)), "")


def value(name: str, cell: str) -> Any:
    """A cell as the value of a field; a word for a kind of account that we do not know stays, and is refused later."""
    if name in LISTS:
        return tuple(one.strip() for one in cell.split("\n") if one.strip())
    if name == "populations":
        return tuple(POPULATIONS.get(folded(one), one) for one in parts(cell))
    return cell


# ---------------------------------------------------------------- writing


def rows_about_processes(content: Content, sheets: Mapping[str, str]) -> Iterator[Sequence[str]]:
    """A heading, and each process with the name of its sheet."""
    yield [_(HEADINGS[name][0]) for name in OF_PROCESS]
    for one in content.processes:
        raw = one.model_dump() | {"sheet": sheets[one.key]}
        yield [shown(raw[name]) for name in OF_PROCESS]


def rows_about_roles(content: Content) -> Iterator[Sequence[str]]:
    """A heading, and each role."""
    yield [_(HEADINGS[name][0]) for name in OF_ROLE]
    for one in content.roles:
        raw = one.model_dump()
        raw["populations"] = tuple(_(KIND_WORDS[kind]) for kind in one.populations)
        yield [shown(raw[name]) for name in OF_ROLE]


def shown(value: Any) -> str:
    """A value in a cell, several below each other."""
    return "\n".join(value) if isinstance(value, tuple) else value or ""
