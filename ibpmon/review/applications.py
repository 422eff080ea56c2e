"""Who may what in other applications, by their exports: payroll, pupil administration, finance.

Each application is a place like a group or a site, and a source of its own with the day of its export.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from sqlmodel import Session

from ibpmon.collect.matching import Index, Marks, folded, marks_of
from ibpmon.collect.placement import Person as Employee
from ibpmon.collect.placement import staff_of
from ibpmon.review.nouns import Board, Landscape, Path, Person, Principal, Resource, Right
from ibpmon.review.readings import Reading, reading, rows
from ibpmon.store.database import Store
from ibpmon.store.tables import aware

EXPORTS = "application-rights"  # read only by a board that names the files of its applications
EXPORT_COLUMNS = ("application", "person", "right", "level", "name", "employee_number", "object_id", "upn", "as_of")


def see_applications(session: Session, store: Store, landscape: Landscape, now: datetime, board: Board) -> None:
    """Who may what in each application of which the board names an export, and of which day that export is."""
    if EXPORTS not in store.data:
        return
    exports = reading(session, store, EXPORTS)
    lines = list(rows(session, store, EXPORTS, *EXPORT_COLUMNS))
    days: dict[str, list[str]] = {name: [] for name in exports.covered or ()}
    for line in lines:
        days.setdefault(line.application, []).append(line.as_of)
    everyone = whole_staff(session, store, landscape, now, board)
    for line in lines:
        landscape.users.setdefault(line.application, []).append((user_of(line, everyone), path_of(line)))
    for name, found in days.items():
        landscape.applications[name] = Resource("application", name, name, as_of=oldest(found))
    own = {f"{EXPORTS}: {name}": dated(exports, name, len(found), oldest(found), board) for name, found in days.items()}
    landscape.readings = {**landscape.readings, EXPORTS: exports, **own}


def oldest(days: list[str]) -> date | None:
    """The day of an export: of rows with several dates the first, for nothing in it is older."""
    return min((date.fromisoformat(day) for day in days if day), default=None)


def dated(exports: Reading, name: str, count: int, day: date | None, board: Board) -> Reading:
    """An application as a source of its own: of which day it is, and how the newest attempt to read it ended."""
    state, reason = (exports.covered or {}).get(name, ("NEVER", ""))
    if exports.state not in ("FULL", "PARTIAL"):  # the newest attempt brought nothing of any application
        state, reason = exports.state, exports.reason
    at = datetime.combine(day, time(), board.zone).astimezone(UTC) if day else None
    return Reading(EXPORTS, exports.run_id if count else None, at, state, reason, count)


def path_of(line: Any) -> Path:
    """The right that one line gives.

    Without words for it in the configuration, being in the application has no degrees: it counts as the least
    right, so that whatever the matrix gives there allows it. A word that the configuration
    does not know counts as the highest.
    """
    levels: Mapping[str, Right] = {"": "read", "read": "read", "write": "write", "owner": "owner"}
    return Path((), right=levels.get(line.level or "", "owner"), role=line.right)


def user_of(line: Any, everyone: Index[Person]) -> Principal:
    """Who a line is about: an account, else someone of the staff list, else somebody unknown, never nobody."""
    own = Marks(line.employee_number or "", line.object_id or "", line.upn or "")
    match = everyone.find(own if any((own.number, own.object_id, own.upn)) else marks_of(line.person))
    if match.found:
        return Principal("person", match.found.id, match.found.name, person=match.found)
    name = line.name if line.name and folded(line.name) != folded(line.person) else ""
    return Principal("user", f"{line.application}/{line.person}", f"{name} ({line.person})" if name else line.person)


def whole_staff(session: Session, store: Store, landscape: Landscape, now: datetime, board: Board) -> Index[Person]:
    """Everyone who may stand in an export, findable by number, object id and user name.

    Who is on the staff list without an account is there too: someone who left may have lost the account only.
    """
    owners: dict[str, list[Person]] = {}
    index: Index[Person] = Index()
    for row in rows(session, store, "accounts", "account_id", "upn", "employee_id"):
        person = landscape.people[row.account_id]
        listed = (
            bool(person.key) or person.population == "pupil"
        )  # the list gives the number, or numbers are not staff's
        index.add(person, Marks("" if listed else row.employee_id or "", row.account_id, row.upn or ""))
        if person.key:
            owners.setdefault(folded(person.key), []).append(person)
    for marks, other in employees(session, store, now, board):
        theirs = owners.get(folded(marks.number)) or [index.find(marks).found or other]
        index.add(min(theirs, key=lambda one: (one.enabled is False, one.upn)), marks)  # of two accounts the one in use
    return index


def employees(session: Session, store: Store, now: datetime, board: Board) -> Iterator[tuple[Marks, Person]]:
    """Each line of the staff list: by what its person can be known, and who that is without an account."""
    columns = ("employee_number", "school", "start_date", "end_date", "name", "upn", "object_id", "function")
    lines = [row._asdict() for row in rows(session, store, "staff-list", *columns)]
    staff = staff_of(lines, now.astimezone(board.zone).date(), board.zone)
    for line in lines:
        found = staff.by_number[folded(line["employee_number"])]
        marks = Marks(line["employee_number"], line["object_id"] or "", line["upn"] or "")
        yield marks, without_account(found, line["name"], board)


def without_account(found: Employee, name: str | None, board: Board) -> Person:
    """Someone of the staff list who has no account."""
    until = None if found.employed_until is None else aware(found.employed_until)
    school = board.school(found.school)
    schools = (school,) if school else ()
    return Person(
        f"staff/{found.key}", name or found.key, population="staff", schools=schools, function=found.function,
        employed_until=until, on_staff_list=True,
    )  # fmt: skip
