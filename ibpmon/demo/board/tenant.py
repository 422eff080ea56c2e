"""The organisation and its licences: A3 for staff and pupils, so P1 and Intune, and no P2."""

import random
from collections import Counter

from ibpmon.demo.board.nouns import DOMAIN, GUEST_DOMAIN, NAME, PUPIL_DOMAIN, Board, Json, guid, stamp
from ibpmon.demo.board.people import PUPIL_SKU, STAFF_SKU

P1 = "41781fb2-bc02-4b7c-bd55-b576c07bb09d"
INTUNE = "c1ec4a95-1f05-45b3-a911-aa3fa01094f5"
PLANS = (
    (P1, "AAD_PREMIUM"),
    (INTUNE, "INTUNE_A"),
    ("8a256a2b-b617-496d-b51b-e76466e88db0", "MFA_PREMIUM"),
    ("efb87545-963c-4e0d-99df-69c6916d9eb0", "EXCHANGE_S_ENTERPRISE"),
    ("63038b2c-28d0-45f6-bc36-33062963b498", "SHAREPOINTENTERPRISE_EDU"),
    ("57ff2da0-773e-42df-b2af-ffb7a2317929", "TEAMS1"),
    ("c33802dd-1b50-4b9a-8bb9-f13d2cdeadac", "SCHOOL_DATA_SYNC_P1"),
)


def build(board: Board, rng: random.Random) -> None:
    """One organisation, and what it bought."""
    used = Counter(licence["skuId"] for user in board.users for licence in user["assignedLicenses"])
    for sku, part in ((STAFF_SKU, "M365EDU_A3_FACULTY"), (PUPIL_SKU, "M365EDU_A3_STUDENT")):
        board.skus.append(sku_row(board, rng, sku, part, used[sku], PLANS))
    board.skus.append(expired(board, rng))
    board.organization.append(organisation(board))


def expired(board: Board, rng: random.Random) -> Json:
    """A trial that ended: its plans unlock nothing any more."""
    row = sku_row(board, rng, "314c4481-f395-4525-be8b-2ec4bb1e9d91", "STANDARDWOFFPACK_FACULTY", 0, PLANS[3:6])
    units = {"enabled": 0, "suspended": 25, "warning": 0, "lockedOut": 0}
    return row | {"capabilityStatus": "Suspended", "prepaidUnits": units}


def sku_row(
    board: Board, rng: random.Random, sku: str, part: str, used: int, plans: tuple[tuple[str, str], ...]
) -> Json:
    """A licence, with one in ten to spare."""
    status = {"provisioningStatus": "Success", "appliesTo": "User"}
    return {
        "id": f"{board.tenant_id}_{sku}",
        "accountId": board.tenant_id,
        "accountName": DOMAIN.partition(".")[0],
        "appliesTo": "User",
        "capabilityStatus": "Enabled",
        "consumedUnits": used,
        "skuId": sku,
        "skuPartNumber": part,
        "subscriptionIds": [guid(rng)],
        "prepaidUnits": {"enabled": used + used // 10 + 5, "suspended": 0, "warning": 0, "lockedOut": 0},
        "servicePlans": [{"servicePlanId": key, "servicePlanName": name, **status} for key, name in plans],
    }


def organisation(board: Board) -> Json:
    """The tenant itself."""
    begun, synchronised = "2018-11-01T10:00:00Z", stamp(board.moment(0, "00:30"))
    plans = [
        {"assignedDateTime": begun, "capabilityStatus": "Enabled", "service": s, "servicePlanId": p} for p, s in SOLD
    ]
    return {
        "id": board.tenant_id,
        "deletedDateTime": None,
        "displayName": NAME,
        "countryLetterCode": "NL",
        "city": "Verzonnendam",
        "createdDateTime": begun,
        "onPremisesSyncEnabled": True,
        "onPremisesLastSyncDateTime": synchronised,
        "preferredLanguage": "nl",
        "technicalNotificationMails": [f"ict@{DOMAIN}"],
        "tenantType": "AAD",
        "verifiedDomains": [domain(DOMAIN, default=True), domain(PUPIL_DOMAIN), domain(GUEST_DOMAIN, initial=True)],
        "assignedPlans": plans,
    }


SOLD = ((P1, "AADPremiumService"), (INTUNE, "SCO"))


def domain(name: str, *, default: bool = False, initial: bool = False) -> Json:
    """A domain of the tenant."""
    able = "" if initial else "Email, OfficeCommunicationsOnline"
    return {"capabilities": able, "isDefault": default, "isInitial": initial, "name": name, "type": "Managed"}
