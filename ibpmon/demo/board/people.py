"""The people of the board: staff with contracts, pupils, guests, and the accounts that belong to nobody."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from ibpmon.demo.board.names import HOSTILE, full_name, mail_part
from ibpmon.demo.board.nouns import (
    DOMAIN,
    GUEST_DOMAIN,
    NAME,
    OFFICE,
    PUPIL_DOMAIN,
    Board,
    Contract,
    Json,
    Person,
    stamp,
)

STAFF_SKU = "4b590615-0888-425a-a965-b3bf7789848d"
PUPIL_SKU = "7cfd9a2b-e110-4c39-bf20-c6a3f36a3121"
OFFICE_FUNCTIONS = ("Bestuurder", "Hoofd financiën", "Hoofd HR", "ICT-beheerder", "Functionaris gegevensbescherming")
SCHOOL_FUNCTIONS = (
    "Directeur",
    "Intern begeleider",
    "Administratief medewerker",
    "Leerkracht groep 5",
    "Leerkracht groep 3",
    "Onderwijsassistent",
    "Leerkracht groep 8",
    "Leerkracht groep 7",
    "Conciërge",
    "Vakleerkracht gym",
    "Leerkracht groep 1",
    "Leerkracht groep 6",
    "Adjunct-directeur",
    "Leerkracht groep 4",
    "Onderwijsassistent",
)


def populate(board: Board) -> None:
    """Fill the board with ordinary people: no rule has a finding among them."""
    for number in range(board.scale.staff):
        school, function = position(board, number)
        hire(board, school, function)
    for number in range(board.scale.pupils):
        enrol(board, board.schools[number % board.scale.schools].key, 1 + number // board.scale.schools % 8)
    invite_guests(board)
    add_nobodies(board)
    let_some_go(board)
    make_hostile(board)


def position(board: Board, number: int) -> tuple[str, str]:
    """The school and the function of the next ordinary employee; the office comes first."""
    if number < len(OFFICE_FUNCTIONS):
        return OFFICE, OFFICE_FUNCTIONS[number]
    number -= len(OFFICE_FUNCTIONS)
    place = number // board.scale.schools
    functions = (*SCHOOL_FUNCTIONS, "Leerkracht groep 2")
    # a larger school has more of everyone, but no second head, carer or office
    place = place if place < len(functions) else 3 + (place - 3) % (len(functions) - 3)
    return board.schools[number % board.scale.schools].key, functions[place]


def hire(board: Board, school: str, function: str = "Leerkracht groep 4", **changes: Any) -> Person:
    """A new employee with a permanent contract, MFA and an account of some years; changes name Person's fields."""
    first, last = full_name(board.rng)
    number = 100000 + board.next_number
    start = board.today - timedelta(days=board.rng.randint(400, 3000))
    account = blank_account(board, f"{first} {last}", free_name(board, f"{mail_part(first)}.{mail_part(last)}"))
    account |= {
        "givenName": first,
        "surname": last,
        "employeeId": str(number),
        "employeeType": "Onderwijzend personeel" if "eerkracht" in function else "Ondersteunend personeel",
        "employeeHireDate": f"{start.isoformat()}T00:00:00Z",
        "jobTitle": function,
        "department": "Bestuursbureau" if school == OFFICE else "School",
        "officeLocation": board.school(school).name,
        "assignedLicenses": [{"disabledPlans": [], "skuId": STAFF_SKU}],
        "onPremisesSyncEnabled": True if number % 3 else None,
        "createdDateTime": stamp(midday(start)),
    }
    person = Person(account, "staff", school, home_address(board), function, contracts=[Contract(school, start)])
    return add(board, person, **changes)


def enrol(board: Board, school: str, year_group: int, **changes: Any) -> Person:
    """A pupil with an account; pupils have no MFA and need none."""
    first, last = full_name(board.rng)
    number = str(400000 + board.next_number)
    account = blank_account(board, f"{first} {last}", f"{number}@{PUPIL_DOMAIN}")
    account |= {
        "givenName": first,
        "surname": last,
        "employeeId": number,
        "department": f"Groep {year_group}",
        "officeLocation": board.school(school).name,
        "assignedLicenses": [{"disabledPlans": [], "skuId": PUPIL_SKU}],
        "createdDateTime": stamp(midday(board.today - timedelta(days=board.rng.randint(100, 1500)))),
    }
    person = Person(account, "pupil", school, home_address(board), year_group=year_group, mfa="none")
    return add(board, person, **changes)


# how many days ago guests were invited: who does not come within a month is a story of its own
AGES = {"Accepted": (60, 700), "PendingAcceptance": (2, 20)}


def invite(board: Board, first: str, partner: str, state: str = "Accepted") -> Person:
    """A guest from another organisation."""
    home = f"{mail_part(first)}@{partner}"
    account = blank_account(board, f"{first} ({partner.split('.')[0].title()})", "")
    account |= {
        "userPrincipalName": f"{home.replace('@', '_')}#EXT#@{GUEST_DOMAIN}",
        "mail": home,
        "userType": "Guest",
        "companyName": None,
        "externalUserState": state,
        "createdDateTime": stamp(midday(board.today - timedelta(days=board.rng.randint(*AGES[state])))),
    }
    return add(board, Person(account, "guest", "", home_address(board), mfa="none"))


def add_nobody(board: Board, local: str, population: str, title: str, domain: str = DOMAIN) -> Person:
    """An account that is no person: a service, a shared mailbox, an emergency account."""
    account = blank_account(board, title, f"{local}@{domain}")
    account["createdDateTime"] = stamp(midday(board.today - timedelta(days=900)))
    person = Person(account, population, "", home_address(board), mfa="none", quiet=population != "shared")
    return add(board, person)


def blank_account(board: Board, name: str, upn: str) -> Json:
    """An enabled account of a member with every property that the simulation serves."""
    return {
        "id": board.new_id(),
        "userPrincipalName": upn,
        "displayName": name,
        "givenName": None,
        "surname": None,
        "mail": upn or None,
        "mailNickname": (upn or name).split("@")[0].replace(" ", "")[:60],
        "accountEnabled": True,
        "userType": "Member",
        "employeeId": None,
        "employeeType": None,
        "employeeHireDate": None,
        "employeeLeaveDateTime": None,
        "department": None,
        "companyName": NAME,
        "officeLocation": None,
        "jobTitle": None,
        "businessPhones": [],
        "mobilePhone": None,
        "preferredLanguage": None,
        "usageLocation": "NL",
        "assignedLicenses": [],
        "onPremisesSyncEnabled": None,
        "createdDateTime": None,
        "lastPasswordChangeDateTime": stamp(midday(board.today - timedelta(days=90))),
        "externalUserState": None,
        "proxyAddresses": [f"SMTP:{upn}"] if upn else [],
    }


def registration(board: Board, person: Person) -> Json:
    """The line about one account in the registration report."""
    able = person.mfa in ("capable", "passkey", "sms")
    methods = METHODS[person.mfa]
    account = person.account
    return {
        "id": account["id"],
        "userPrincipalName": account["userPrincipalName"],
        "userDisplayName": account["displayName"],
        "userType": account["userType"].lower(),
        "isAdmin": person.function == "ICT-beheerder" or person.population == "break_glass",
        "isSsprRegistered": able,
        "isSsprEnabled": person.population == "staff",
        "isSsprCapable": able and person.population == "staff",
        "isMfaRegistered": person.mfa != "none",
        "isMfaCapable": able,
        "isPasswordlessCapable": person.mfa == "passkey",
        "methodsRegistered": list(methods),
        "isSystemPreferredAuthenticationMethodEnabled": True,
        "systemPreferredAuthenticationMethods": ["push"] if person.mfa == "capable" else [],
        "userPreferredMethodForSecondaryAuthentication": "push" if person.mfa == "capable" else "none",
        "lastUpdatedDateTime": f"{board.moment(1, '04:10').strftime('%Y-%m-%dT%H:%M:%S')}.1234567Z",
    }


METHODS = {
    "capable": ("mobilePhone", "microsoftAuthenticatorPush", "softwareOneTimePasscode"),
    "passkey": ("passKeyDeviceBound",),
    "sms": ("mobilePhone", "email"),
    "registered": ("mobilePhone",),
    "none": (),
}


def report_registrations(board: Board) -> None:
    """The registration report: disabled accounts are not in it."""
    told = (p for p in board.people if p.account["accountEnabled"] and p.mfa != "absent")
    board.registrations = [registration(board, person) for person in told]


# ---------------------------------------------------------------- private parts


def add(board: Board, person: Person, **changes: Any) -> Person:
    for name, value in changes.items():
        setattr(person, name, value)
    board.people.append(person)
    return person


def midday(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 11, 30, tzinfo=UTC)


def free_name(board: Board, local: str) -> str:
    taken = {str(person.account["userPrincipalName"]) for person in board.people if person.population == "staff"}
    tries = [f"{local}@{DOMAIN}", *(f"{local}{n}@{DOMAIN}" for n in range(2, 99))]
    return next(upn for upn in tries if upn not in taken)


def home_address(board: Board) -> str:
    """Most homes have an address of their own; one in six shares one with others, as providers do.

    On a large board fewer do: there are no more addresses to share, and a provider does not put hundreds behind one.
    """
    if board.rng.random() < min(1 / 6, 720 / (board.scale.staff + board.scale.pupils)):
        return f"192.0.2.{board.rng.randint(1, 254)}"
    return f"2001:db8:{board.rng.getrandbits(16):x}:{board.rng.getrandbits(16):x}::{board.rng.randint(2, 99):x}"


def invite_guests(board: Board) -> None:
    for number in range(3 * board.scale.rounds + 5):
        first, _ = full_name(board.rng)
        state = "PendingAcceptance" if number % 3 == 2 else "Accepted"
        invite(board, f"{first}{number}", f"samenwerking{number % 4}.example", state)


def add_nobodies(board: Board) -> None:
    for local, population, title in NOBODIES:
        add_nobody(board, local, population, title)
    for school in board.schools[: board.scale.schools]:
        add_nobody(board, f"administratie.{school.key.lower()}", "shared", f"Administratie {school.name}")
    add_nobody(board, "proefaccount", "unknown", "Proefaccount leverancier", GUEST_DOMAIN)
    add_nobody(board, "scanner.oud", "unknown", HOSTILE[6], GUEST_DOMAIN)


NOBODIES = (
    ("noodtoegang1", "break_glass", "Noodtoegang 1"),
    ("noodtoegang2", "break_glass", "Noodtoegang 2"),
    ("svc-reservekopie", "service", "Dienst reservekopie"),
    ("svc-rooster", "service", "Dienst rooster"),
    ("svc-koppeling", "service", HOSTILE[4]),
    ("administratie.post", "shared", HOSTILE[3]),
)


def let_some_go(board: Board) -> None:
    """People who left in good order: their account is off."""
    for number in range(2 * board.scale.rounds):
        person = hire(board, board.schools[number % board.scale.schools].key, quiet=True)
        leave(person, board.today - timedelta(days=20 + 30 * number))
        person.account["accountEnabled"] = False


def leave(person: Person, last_day: date) -> None:
    """End the only contract."""
    only = person.contracts[0]
    person.contracts = [Contract(only.school, only.start, last_day)]


def make_hostile(board: Board) -> None:
    """Give some accounts of each population a name that attacks its reader; the first of each kind stay normal."""
    for population in ("staff", "pupil", "guest"):
        ordinary = [p for p in board.people if p.population == population]
        few = HOSTILE[: 5 + 7 * (len(ordinary) > 100)]
        for name, person in zip(few, ordinary[:3:-1], strict=False):
            person.account["displayName"] = name
