"""The schools as the directory knows them: an administrative unit each, and the roster of School Data Sync."""

import random
from collections import defaultdict
from typing import Any

from ibpmon.demo.board.nouns import NAME, OFFICE, Board, Json, Member, Person, School, guid


def build(board: Board, rng: random.Random) -> None:
    """A unit per school with people, groups and devices in it; one restricted unit; then the roster."""
    for number, school in enumerate(board.schools):
        board.admin_units.append(unit(rng, school, number))
    fill(board)
    restricted = unit_row(rng, "Beheer en noodtoegang", isMemberManagementRestricted=True, visibility=HIDDEN)
    board.admin_units.append(restricted)
    emergency = [p for p in board.people if p.population == "break_glass" or p.function == "ICT-beheerder"]
    board.admin_unit_members[restricted["id"]] = [Member("user", person.id) for person in emergency]
    build_roster(board, rng)


HIDDEN = "HiddenMembership"


def unit(rng: random.Random, school: School, number: int) -> Json:
    """Most fill themselves by a rule; every fourth is filled by hand and says nothing of itself."""
    if number % 4 == 3:
        return unit_row(rng, school.name)
    rule = f'(user.officeLocation -eq "{school.name}")'
    own = {"membershipType": "Dynamic", "membershipRule": rule, "membershipRuleProcessingState": "On"}
    return unit_row(rng, school.name, description=school.key, isMemberManagementRestricted=False, **own)


def unit_row(rng: random.Random, name: str, **known: Any) -> Json:
    """An administrative unit."""
    return {
        "id": guid(rng),
        "deletedDateTime": None,
        "displayName": name,
        "description": None,
        "isMemberManagementRestricted": None,
        "visibility": None,
        "membershipType": None,
        "membershipRule": None,
        "membershipRuleProcessingState": None,
    } | known


def fill(board: Board) -> None:
    """Direct members of mixed type; what is in a group that is a member does not count as a member."""
    members: dict[str, list[Member]] = defaultdict(list)
    for person in board.people:
        members[person.school].append(Member("user", person.id))
    for group in board.groups:
        members[group["displayName"].split(" ")[0]].append(Member("group", group["id"]))
    for device in board.entra_devices:
        members[device["displayName"].split("-")[0]].append(Member("device", device["id"]))
    for school, row in zip(board.schools, board.admin_units, strict=True):
        board.admin_unit_members[row["id"]] = members[school.key]


def build_roster(board: Board, rng: random.Random) -> None:
    """Schools and users of the roster; the users of a school are rows of the same list."""
    by_school: dict[str, list[Json]] = defaultdict(list)
    for person in board.people:
        if person.account["userType"] == "Member":
            row = education_user(board, person)
            board.education_users.append(row)
            by_school[person.school].append(row)
    for number, school in enumerate(board.schools):
        row = education_school(board, rng, school, number)
        board.education_schools.append(row)
        board.education_school_users[row["id"]] = by_school[school.key]


def education_school(board: Board, rng: random.Random, school: School, number: int) -> Json:
    """Most come from the pupil administration; one was made by hand; the office has no source at all."""
    source = None if school.key == OFFICE else "manual" if number == 1 else "sis"
    head = next((p for p in board.people if p.school == school.key and p.function == "Directeur"), None)
    address = {"city": "Verzonnendam", "countryOrRegion": "NL", "postalCode": "0000 XX", "state": None}
    return {
        "id": guid(rng),
        "displayName": school.name,
        "description": NAME,
        "externalSource": source,
        "externalSourceDetail": "Verzonnen LAS" if source == "sis" else None,
        "principalEmail": head.account["mail"] if head else None,
        "principalName": head.account["displayName"] if head else None,
        "externalPrincipalId": None,
        "lowestGrade": "1" if source else None,
        "highestGrade": "8" if source else None,
        "schoolNumber": f"99{school.key[:2]}{number:02d}" if source else None,
        "externalId": f"99{school.key[:2]}{number:02d}" if source else None,
        "phone": None,
        "fax": None,
        "createdBy": None,
        "address": address | {"street": f"Verzonnenlaan {number + 1}"} if source else None,
    }


def education_user(board: Board, person: Person) -> Json:
    """An account as the roster knows it; without a place in the pupil administration it has no role."""
    account, number = person.account, person.account["employeeId"]
    role = "student" if person.population == "pupil" else "teacher" if "eerkracht" in person.function else "none"
    same = {name: account[name] for name in SAME}
    return same | {
        "middleName": None,
        "primaryRole": role,
        "externalSource": None if role == "none" else "sis",
        "externalSourceDetail": None if role == "none" else "Verzonnen LAS",
        "student": student(board, person) if role == "student" else None,
        "teacher": {"externalId": number, "teacherNumber": number} if role == "teacher" else None,
        "createdBy": None,
        "relatedContacts": [],
    }


SAME = (
    "id",
    "displayName",
    "givenName",
    "surname",
    "userPrincipalName",
    "mail",
    "mailNickname",
    "accountEnabled",
    "department",
    "officeLocation",
    "userType",
    "usageLocation",
    "businessPhones",
    "mobilePhone",
)


def student(board: Board, person: Person) -> Json:
    """What Graph hands out about a child whether one needs it or not: nothing of ibpmon may ask for it."""
    number = person.account["employeeId"]
    return {
        "birthDate": f"{board.today.year - 4 - person.year_group}-03-01",
        "externalId": number,
        "gender": None,
        "grade": str(person.year_group),
        "graduationYear": None,
        "studentNumber": number,
    }


# ---------------------------------------------------------------- daily life


def unit_of(board: Board, person: Person) -> Json | None:
    """The administrative unit of someone's school."""
    return next((row for row in board.admin_units if row["displayName"] == school_name(board, person)), None)


def enlist(board: Board, person: Person) -> None:
    """Put somebody new, or somebody at a new school, in the unit and the roster of that school."""
    strike(board, person)
    unit = unit_of(board, person)
    if unit:
        board.admin_unit_members[unit["id"]].append(Member("user", person.id))
    row = education_user(board, person)
    board.education_users.append(row)
    for school in board.education_schools:
        if school["displayName"] == school_name(board, person):
            board.education_school_users[school["id"]].append(row)


def strike(board: Board, person: Person) -> None:
    """Take somebody out of every unit and out of the roster."""
    here = Member("user", person.id)
    for members in board.admin_unit_members.values():
        if here in members:
            members.remove(here)
    for rows in (board.education_users, *board.education_school_users.values()):
        rows[:] = [row for row in rows if row["id"] != person.id]


def school_name(board: Board, person: Person) -> str:
    """The name of someone's school; a guest has none."""
    return next((school.name for school in board.schools if school.key == person.school), "-")
