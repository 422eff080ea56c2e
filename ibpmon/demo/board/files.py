"""What the board hands over and how it describes itself: staff list, pupil list, matrix, settings, and the truth."""

import csv
import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from ibpmon.demo.board.nouns import AMSTERDAM, DOMAIN, OFFICE, PUPIL_DOMAIN, Board, Json, Person
from ibpmon.demo.board.places import ZONES
from ibpmon.demo.board.planting.attacks import VPN

STAFF_HEADING = ("Personeelsnummer", "Naam", "Gebruikersnaam", "Functie", "School", "In dienst", "Uit dienst")
PUPIL_HEADING = ("Leerlingnummer", "Gebruikersnaam", "School", "Groep", "Ingeschreven", "Uitgeschreven op")
DEVICE_HEADING = ("Serienummer", "Soort", "School", "Gebruiker", "In gebruik")
BIV_HEADING = ("Soort", "Naam", "Beschikbaarheid", "Integriteit", "Vertrouwelijkheid", "Eigenaar")
OVERRIDE_HEADING = ("Gebruikersnaam", "Soort account", "Reden", "Geldig tot", "Contactpersoon")
CONSENT_HEADING = ("Medewerker", "Apparaat", "Gegeven op", "Geldig tot")
ANNOUNCED_HEADING = ("Noodaccount", "Vanaf", "Tot en met", "Adres", "Reden")
PAYROLL_HEADING = ("Gebruiker", "Naam", "Recht", "Personeelsnummer")


def write_files(board: Board, folder: Path) -> None:
    """Write the truth, the autorisatiematrix and the lists of the board into the folder, as they are at this moment."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "truth.json").write_text(json.dumps(board.truth, ensure_ascii=False, indent=1), encoding="utf-8")
    write_table(folder / "medewerkers.csv", STAFF_HEADING, staff_lines(board))
    write_table(folder / "leerlingen.csv", PUPIL_HEADING, pupil_lines(board))
    write_table(folder / "apparaten.csv", DEVICE_HEADING, device_lines(board))
    write_table(folder / "biv.csv", BIV_HEADING, classification_lines(board))
    write_table(folder / "soort-account.csv", OVERRIDE_HEADING, override_lines(board))
    write_table(folder / "meekijken.csv", CONSENT_HEADING, consent_lines(board))
    write_table(folder / "noodaccounts.csv", ANNOUNCED_HEADING, announced_lines(board))
    write_table(folder / "salaris.csv", PAYROLL_HEADING, payroll_lines(board))
    (folder / "autorisatiematrix.toml").write_text(matrix(board), encoding="utf-8")


def settings(board: Board) -> str:
    """The tables of a config.toml that places this board: what it is, who is who, where, and which VPN is its own."""
    parts = [table("[board]", name=board.name)]
    for population, key, names in POPULATIONS:
        parts.append(table("[[populations]]", population=population, **{key: names}))
    for school in board.schools:
        names, addresses = [f"{school.key} *", f"{school.key}-*"], [f"{school.address}/32"]
        led = {"director": str(holder(board, school.key, "Directeur").account["mail"])} if school.key != OFFICE else {}
        parts.append(table("[[schools]]", key=school.key, name=school.name, names=names, addresses=addresses, **led))
    parts.append(table("[calendar]", region="midden"))
    parts.append(table("[lists]", vpn_networks=[f"{VPN}.0/24"]))
    parts += [table("[[zones]]", zone=zone, names=names) for zone, names in ZONES.items()]
    return "\n".join(parts)


POPULATIONS: tuple[tuple[str, str, list[str]], ...] = (
    ("break_glass", "names", ["noodtoegang*"]),
    ("service", "names", ["svc-*"]),
    ("shared", "names", ["administratie.*"]),
    ("pupil", "domains", [PUPIL_DOMAIN]),
    ("staff", "domains", [DOMAIN]),
)


def staff_lines(board: Board) -> Iterable[tuple[str, ...]]:
    """One line per contract; a few names of accounts stand there in capitals, as people type them."""
    staff = [person for person in board.people if person.population == "staff" or person.contracts]
    for number, person in enumerate(staff):
        upn = str(person.account["userPrincipalName"])
        for contract in person.contracts:
            school = board.school(contract.school)
            yield (
                str(person.account["employeeId"]),
                str(person.account["displayName"]),
                upn.upper() if number % 13 == 5 else upn,
                person.function,
                school.key if number % 4 == 3 else school.name,
                day(contract.start),
                day(contract.end) if contract.end else "",
            )


def pupil_lines(board: Board) -> Iterable[tuple[str, ...]]:
    """One line per pupil, without a name."""
    for person in board.people:
        if person.listed and (person.population == "pupil" or person.year_group):
            number, upn = str(person.account["employeeId"]), str(person.account["userPrincipalName"])
            enrolled = "ja" if person.enrolled else "nee"
            left = day(person.left) if person.left else ""
            yield number, upn, board.school(person.school).name, str(person.year_group), enrolled, left


def device_lines(board: Board) -> Iterable[tuple[str, ...]]:
    """The inventory: a line per managed device, bar forgotten ones; what lies in the cupboard is not in use."""
    numbers = {person.id: str(person.account["employeeId"] or "") for person in board.people}
    for row in board.devices:
        kind = "Laptop" if row["operatingSystem"] == "Windows" else "iPad"
        school = board.listed_at.get(row["id"]) or school_of(board, row)
        used = "nee" if row["deviceCategoryDisplayName"] == "Reserve" else "ja"
        if row["id"] not in board.off_the_list:
            yield str(row["serialNumber"]), kind, school, numbers.get(row["userId"], ""), used
    for serial, kind, school, in_use in board.only_listed:
        yield serial, kind, school, "", "ja" if in_use else "nee"


def school_of(board: Board, device: Json) -> str:
    """The school in the name of a device."""
    return next((one.key for one in board.schools if str(device["deviceName"]).startswith(f"{one.key}-")), "")


def classification_lines(board: Board) -> Iterable[tuple[str, ...]]:
    """How sensitive the places are; one of them does not exist any more."""
    for school in board.schools[: board.scale.schools]:
        yield "site", f"{school.key} Zorgteam", "midden", "hoog", "hoog", "Intern begeleider"
        yield "groep", f"{school.key} Schoolplein", "laag", "laag", "laag", "Directeur"
    yield "site", "BUR HR", "midden", "hoog", "hoog", "Hoofd HR"
    yield "toepassing", "ibpmon", "midden", "hoog", "midden", "ICT-beheerder"
    yield "toepassing", "Salaris", "midden", "hoog", "hoog", "Hoofd HR"
    yield "site", "BUR Opgeheven", "laag", "laag", "midden", "ICT-beheerder"


def override_lines(board: Board) -> Iterable[tuple[str, ...]]:
    """Of which accounts the board itself says what they are; some of that has ended."""
    words = {"staff": "medewerker", "pupil": "leerling", "service": "dienst", "guest": "gast", "shared": "gedeeld"}
    for upn, said in board.overrides.items():
        yield upn, words[said.population], said.reason, day(said.until) if said.until else "", said.sponsor


def consent_lines(board: Board) -> Iterable[tuple[str, ...]]:
    """Who agreed to be looked at, on the clock of the wall."""
    for one in board.agreements:
        moments = (f"{moment.astimezone(AMSTERDAM):%d-%m-%Y %H:%M}" if moment else "" for moment in one[2:])
        yield one.person, one.device, *moments


def announced_lines(board: Board) -> Iterable[tuple[str, ...]]:
    """Tests with emergency accounts, in the time of the wall."""
    for one in board.announcements:
        moments = (f"{moment.astimezone(AMSTERDAM):%d-%m-%Y %H:%M}" for moment in (one.starts, one.until))
        yield one.account, *moments, one.address, one.reason


def payroll_lines(board: Board) -> Iterable[tuple[str, ...]]:
    """Who may what in the payroll: the office, heads who look, somebody who left, and a supplier without a number."""
    heads = [p for p in board.people if p.function in ("Hoofd HR", "Hoofd financiën", "Directeur")]
    gone = next(p for p in board.people if p.population == "staff" and p.contracts and p.contracts[-1].end)
    for person in (*heads, gone):
        right = "Mutatie" if person.function == "Hoofd HR" else "Raadplegen"
        account = person.account
        yield str(account["mailNickname"]), str(account["displayName"]), right, str(account["employeeId"])
    yield "beheer.leverancier", "Beheerder van de leverancier", "Beheerder", ""


def write_table(path: Path, heading: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> None:
    """A CSV as Dutch systems export it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(heading)
        writer.writerows(lines)


def matrix(board: Board) -> str:
    """The autorisatiematrix: who answers for what, and what goes with which function."""
    head = f'version = "2026-2"\napproved_by = {text(leader(board, OFFICE, "Bestuurder"))}\napproved_on = 2026-09-01\n'
    return "\n".join([head, *processes(board), *ROLES, *RULES])


def processes(board: Board) -> Iterable[str]:
    """Each school answers for its care, the office for money, people and systems."""
    for school in board.schools[: board.scale.schools]:
        owner = holder(board, school.key, "Directeur")
        yield process(f"zorg-{school.key.lower()}", f"Leerlingzorg {school.name}", owner, [f"{school.key} Zorgteam"])
    rows = (
        ("financien", "Financiën", "Hoofd financiën", ["BUR Financiën"]),
        ("personeel", "Personeelszaken", "Hoofd HR", ["BUR HR", "* Directie"]),
        ("leerlingadministratie", "Leerlingadministratie", "Hoofd HR", ["* Administratie"]),
        ("systemen", "Systemen en koppelingen", "ICT-beheerder", ["BUR ICT", "BUR Koppelingen"]),
        ("schoolplein", "Schoolplein", "ICT-beheerder", ["* Schoolplein"]),
    )
    for key, name, function, resources in rows[: 5 if board.size != "small" else 3]:
        yield process(key, name, holder(board, OFFICE, function), resources)


def process(key: str, name: str, owner: Person, resources: list[str]) -> str:
    """One process with its owner."""
    upn = str(owner.account["userPrincipalName"])
    who = {"owner": str(owner.account["displayName"]), "owner_upn": upn, "mail": upn}
    return table("[[processes]]", key=key, name=name, **who, resources=resources)


def holder(board: Board, school: str, function: str) -> Person:
    """Who holds a function."""
    return next(p for p in board.people if p.function == function and p.school == school and not p.contracts[0].end)


def leader(board: Board, school: str, function: str) -> str:
    """The name of who holds a function."""
    return str(holder(board, school, function).account["displayName"])


def table(heading: str, **fields: str | list[str] | bool) -> str:
    """One TOML table."""
    return "\n".join([heading, *(f"{key} = {text(value)}" for key, value in fields.items()), ""])


def text(value: str | list[str] | bool) -> str:
    """A value of TOML; JSON writes text, lists and truth values the same way."""
    return json.dumps(value, ensure_ascii=False)


def day(value: date) -> str:
    """A day as it stands in Dutch files."""
    return f"{value:%d-%m-%Y}"


ROLES = [
    table("[[roles]]", key="leerkracht", functions=["Leerkracht*", "Vakleerkracht*"]),
    table("[[roles]]", key="directie", functions=["Directeur", "Adjunct-directeur"]),
    table("[[roles]]", key="zorg", functions=["Intern begeleider"]),
    table("[[roles]]", key="administratie", functions=["Administratief*"]),
    table("[[roles]]", key="ondersteuning", functions=["Onderwijsassistent", "Conciërge"]),
    table("[[roles]]", key="financien", functions=["Hoofd financiën"]),
    table("[[roles]]", key="personeelszaken", functions=["Hoofd HR"]),
    table("[[roles]]", key="ict", functions=["ICT-beheerder"]),
    table("[[roles]]", key="bestuurder", functions=["Bestuurder"]),
    table("[[roles]]", key="leerling", populations=["pupil"]),
]

RULES = [
    table("[[rules]]", role=role, resources=resources, right=right, same_school=own)
    for role, resources, right, own in (
        ("leerkracht", ["* Leerkrachten", "* Leerkrachten *", "* Personeel", "* Schoolplein"], "write", True),
        ("leerkracht", ["* Leerlingen", "* Leerlingenraad", "* Iedereen"], "write", True),
        ("directie", ["* Directie", "* Personeel", "* Zorgteam", "* Schoolplein", "* Iedereen"], "write", True),
        ("zorg", ["* Zorgteam", "* Personeel", "* Schoolplein", "* Iedereen"], "write", True),
        ("administratie", ["* Administratie", "* Personeel", "* Schoolplein", "* Iedereen"], "write", True),
        ("ondersteuning", ["* Personeel", "* Schoolplein", "* Iedereen"], "write", True),
        ("financien", ["BUR Financiën"], "write", False),
        ("personeelszaken", ["BUR HR"], "write", False),
        ("ict", ["BUR ICT", "BUR Koppelingen"], "write", False),
        ("bestuurder", ["BUR *"], "read", False),
        ("leerling", ["* Leerlingen", "* Leerlingenraad", "* Iedereen"], "read", True),
        ("leerling", ["* Schoolplein"], "write", True),
    )
]
