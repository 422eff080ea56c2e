"""What Microsoft calls risky. How bad it is, is for a tenant with P2 only: whoever serves these rows hides it."""

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from ibpmon.demo.board.nouns import AMSTERDAM, Board, Json, Person, SignIn, guid, stamp
from ibpmon.demo.board.rendering import AGENT, correlation, location


def build(board: Board, rng: random.Random) -> None:
    """Detections newest first, and everyone that they are about."""
    people = {person.id: person for person in board.people}
    found = [*strange_places(board, rng, people), *leaked(board, rng), *hidden_addresses(board, rng)]
    board.risk_detections = sorted(found, key=lambda row: str(row["detectedDateTime"]), reverse=True)
    board.risky_users = [risky_user(row) for row in {r["userId"]: r for r in board.risk_detections[::-1]}.values()]
    board.risky_users.append(deleted_user(board, rng))


def strange_places(board: Board, rng: random.Random, people: dict[str, Person]) -> Iterator[Json]:
    """Somebody came in from abroad: seen at once."""
    for row in board.sign_ins:
        if row.code == 0 and row.scene == "abroad" and row.account in people:
            reasons = [{"Key": "userAgent", "Value": AGENT}, {"Key": "riskReasons", "Value": ["UnfamiliarASN"]}]
            yield detection(rng, people[row.account], "unfamiliarFeatures", row, additionalInfo=json.dumps(reasons))


def leaked(board: Board, rng: random.Random) -> Iterator[Json]:
    """A password in a heap on the internet: found days later, with no sign-in to point to."""
    staff = [p for p in board.people if p.population == "staff" and p.account["accountEnabled"] and not p.cast]
    for number, person in enumerate(staff[5 :: max(1, len(staff) // (2 * board.scale.rounds))]):
        at = board.moment(6 + number % 20, "02:00")
        found = {"activityDateTime": stamp(at), "detectedDateTime": stamp(at + timedelta(days=2, hours=1))}
        solved = {"riskState": "remediated", "riskDetail": "userPerformedSecuredPasswordReset"} if number % 2 else {}
        offline = {"detectionTimingType": "offline", "activity": "user", "riskLevel": "high", "location": None}
        yield detection(rng, person, "leakedCredentials", None, **found, **offline, **solved, ipAddress=None)


def hidden_addresses(board: Board, rng: random.Random) -> Iterator[Json]:
    """A guest behind a network that hides addresses."""
    guest = next(person for person in board.people if person.population == "guest")
    at = board.moment(3, "21:40")
    moments = {"activityDateTime": stamp(at), "detectedDateTime": stamp(at + timedelta(minutes=4))}
    yield detection(rng, guest, "anonymizedIPAddress", None, **moments, ipAddress="198.51.100.77")


def detection(rng: random.Random, person: Person, kind: str, row: SignIn | None, **known: Any) -> Json:
    """One detection; a guest goes by the address at home."""
    account, at = person.account, stamp(row.at) if row else known["detectedDateTime"]
    upn = account["mail"] if account["userType"] == "Guest" else account["userPrincipalName"]
    return {
        "id": f"{rng.getrandbits(128):032x}",
        "requestId": row.id if row else None,
        "correlationId": correlation(row) if row else None,
        "riskEventType": kind,
        "riskState": "atRisk",
        "riskLevel": "medium",
        "riskDetail": "none",
        "source": "IdentityProtection",
        "detectionTimingType": "realtime",
        "activity": "signin",
        "tokenIssuerType": "AzureAD",
        "ipAddress": row.address if row else None,
        "activityDateTime": at,
        "detectedDateTime": at,
        "lastUpdatedDateTime": known.get("detectedDateTime", at),
        "userId": person.id,
        "userDisplayName": account["displayName"],
        "userPrincipalName": upn.lower(),
        "additionalInfo": None,
        "location": location("abroad", 0),
    } | known


def risky_user(row: Json) -> Json:
    """What the newest detection makes of its user."""
    same = {
        name: row[name] for name in ("riskLevel", "riskState", "riskDetail", "userDisplayName", "userPrincipalName")
    }
    state = {"isDeleted": False, "isProcessing": False, "riskLastUpdatedDateTime": row["lastUpdatedDateTime"]}
    return {"id": row["userId"], **state, **same}


def deleted_user(board: Board, rng: random.Random) -> Json:
    """An account that is gone keeps its line."""
    at = stamp(board.now.astimezone(AMSTERDAM).replace(hour=10, minute=0) - timedelta(days=230))
    return {
        "id": guid(rng),
        "isDeleted": True,
        "isProcessing": False,
        "riskLevel": "none",
        "riskState": "dismissed",
        "riskDetail": "adminDismissedAllRiskForUser",
        "riskLastUpdatedDateTime": at,
        "userDisplayName": "Verwijderde gebruiker",
        "userPrincipalName": "weg@verzonnenwaaier.example",
    }
