"""Datto RMM: the devices that ICT looks after from afar, and who took over which screen when.

As far as the public description of its API (v2) goes: times are milliseconds since 1970, the numbers are its own.
"""

from datetime import UTC, datetime, timedelta

from ibpmon.demo.board.nouns import DOMAIN, OFFICE, Agreement, Board, Json, Person

REMOTE = "remote"
SESSIONS = ("takeover", "screenshot", "shell")
FIRST_SITE, FIRST_DEVICE = 4100, 880000


def enrol(board: Board) -> None:
    """A line for nearly every managed laptop, and the sessions of the last weeks."""
    with board.chance("rmm"):
        laptops = [row for row in board.devices if row["operatingSystem"] == "Windows"]
        board.rmm_devices = [device_row(board, number, row) for number, row in enumerate(laptops) if number % 17]
        days = min(board.scale.days, 21)
        for back in range(days, 0, -1):
            for _ in range(2):
                agree(board, session(board, board.moment(back, "00:00")))


def note(board: Board, row: Json) -> None:
    """Put a session in the log, the newest first."""
    board.rmm_activities.append(row)
    board.rmm_activities.sort(key=lambda one: (one["date"], one["id"]), reverse=True)


def device_row(board: Board, number: int, managed: Json) -> Json:
    """One device; its site is the school."""
    name = str(managed["deviceName"])
    school = next((school for school in board.schools if name.startswith(f"{school.key}-")), board.schools[-1])
    place = board.schools.index(school)
    seen = datetime.fromisoformat(str(managed["lastSyncDateTime"]))
    user = str(managed["userPrincipalName"]).split("@")[0]
    return {
        "id": FIRST_DEVICE + number,
        "uid": board.new_id(),
        "siteId": FIRST_SITE + place,
        "siteUid": f"{FIRST_SITE + place:08d}-5173-4000-8000-000000000000",
        "siteName": school.name,
        "deviceType": {"category": "Laptop", "type": managed["model"]},
        "hostname": name,
        "intIpAddress": f"198.51.100.{number % 250 + 1}",
        "extIpAddress": school.address,
        "operatingSystem": f"Microsoft Windows 11 Education {managed['osVersion']}",
        "lastLoggedInUser": f"AzureAD\\{user}" if user else "",
        "domain": DOMAIN,
        "cagVersion": "2026.8.1",
        "displayVersion": "24H2",
        "description": managed["deviceCategoryDisplayName"],
        "a64Bit": True,
        "rebootRequired": number % 9 == 0,
        "online": board.now - seen < timedelta(hours=1),
        "suspended": False,
        "deleted": False,
        "lastSeen": millis(seen),
        "lastReboot": millis(seen - timedelta(days=3)),
        "lastAuditDate": millis(seen - timedelta(hours=5)),
        "creationDate": millis(board.now - timedelta(days=500)),
        "deviceClass": "device",
        "portalUrl": f"https://datto.{DOMAIN}/device/{FIRST_DEVICE + number}",
        "warrantyDate": None,
    }


def agree(board: Board, row: Json) -> None:
    """Put a session in the log to which its user agreed ten minutes before, for an hour; people write whole minutes."""
    managed = managed_of(board, str(row["hostname"]))
    begin = datetime.fromtimestamp(row["date"] // 60_000 * 60, UTC)
    number, minutes = str(user_of(board, managed).account["employeeId"]), timedelta(minutes=10)
    agreement = Agreement(number, str(managed["serialNumber"]), begin - minutes, begin + timedelta(hours=1))
    board.agreements.append(agreement)
    note(board, row)


def managed_of(board: Board, name: str) -> Json:
    """The device of this name, as Intune has it."""
    return next(row for row in board.devices if row["deviceName"] == name)


def user_of(board: Board, managed: Json) -> Person:
    """Who has a device."""
    return next(person for person in board.people if person.id == managed["userId"])


def of_staff(board: Board) -> list[Json]:
    """The devices that somebody of the staff has who is there; of theirs alone the screen is looked at."""
    there = {p.id for p in board.people if p.population == "staff" and p.account["accountEnabled"]}
    names = {row["deviceName"] for row in board.devices if row["userId"] in there}
    return [row for row in board.rmm_devices if row["hostname"] in names]


def session(board: Board, day: datetime) -> Json:
    """Somebody of ICT looked along on a laptop during that day."""
    device = board.rng.choice(of_staff(board))
    return session_on(board, device, day + timedelta(hours=8, seconds=board.rng.randint(0, 8 * 3600)))


def session_on(board: Board, device: Json, at: datetime) -> Json:
    """Somebody of ICT looked along on this laptop."""
    helper = board.rng.choice(helpers(board))
    local = str(helper.account["userPrincipalName"]).split("@")[0]
    kind = board.rng.choice(SESSIONS)
    return {
        "id": board.new_id(),
        "entity": "DEVICE",
        "category": REMOTE,
        "action": kind,
        "date": millis(at),
        "site": {"id": device["siteId"], "name": device["siteName"]},
        "deviceId": device["id"],
        "hostname": device["hostname"],
        "user": {
            "id": 1200 + len(local),
            "userName": local,
            "firstName": helper.account["givenName"],
            "lastName": helper.account["surname"],
        },
        "details": f"{kind} on {device['hostname']}",
        "hasStdOut": False,
        "hasStdErr": False,
    }


def helpers(board: Board) -> list[Person]:
    """Who may look along: ICT of the office."""
    return [p for p in board.people if p.function == "ICT-beheerder" and p.school == OFFICE]


def moment_of(row: Json) -> datetime:
    """When something in the log happened."""
    return datetime.fromtimestamp(row["date"] / 1000, UTC)


def millis(moment: datetime) -> int:
    """A time as Datto writes it."""
    return int(moment.timestamp() * 1000)
