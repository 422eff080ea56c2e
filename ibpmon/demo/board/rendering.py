"""Sign-ins in the shape of Graph v1.0: a fixed tail per kind, written once, so that 60,000 rows cost little."""

import json
from functools import lru_cache
from typing import Any

from ibpmon.demo.board.nouns import GUEST_DOMAIN, NOBODY, Board, Json, SignIn

APPS = (
    ("00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online"),
    ("00000003-0000-0ff1-ce00-000000000000", "Office 365 SharePoint Online"),
    ("1fec8e78-bce4-4aaf-ab1b-5451cc387264", "Microsoft Teams"),
    ("4765445b-32c6-49b0-83e6-1d93765276ca", "OfficeHome"),
)
REASONS = {
    0: "Other.",
    50126: "Error validating credentials due to invalid username or password.",
    50053: "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
    50034: "The user account does not exist in the directory.",
    50057: "The user account is disabled.",
    50140: "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in.",
    50074: "Strong Authentication is required.",
    50076: "Due to a configuration change made by your administrator, you must use multi-factor authentication.",
}
AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Edg/139.0.0.0"
)
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
POLICIES = tuple(
    (f"{n:08d}-0580-527d-8e0b-23d955946756", f"CA{n:02d} {text}", control)
    for n, (text, control) in enumerate(
        (
            ("MFA medewerkers", "Mfa"),
            ("Blokkeer buiten EU", "Block"),
            ("Beheerders sterke aanmelding", "RequireAuthenticationStrength"),
            ("Blokkeer oude protocollen", "Block"),
            ("Leerlingen alleen op school", "Block"),
            ("Beheerd apparaat voor dossiers", "RequireCompliantDevice"),
            ("Gasten MFA", "Mfa"),
        ),
        start=1,
    )
)


def render_sign_in(board_accounts: dict[str, Json], row: SignIn) -> bytes:
    """One sign-in as compact JSON."""
    who = account_part(row.account, board_accounts)
    correlation = f"{row.id[-12:-4]}-{row.id[9:18]}-a{row.id[20:23]}-{row.id[:8]}{row.id[-4:]}"
    head = f'{{"id":"{row.id}","createdDateTime":"{row.at:%Y-%m-%dT%H:%M:%SZ}",{who},'
    middle = f'"ipAddress":"{row.address}","correlationId":"{correlation}",'
    return (head + middle + tail(row.code, row.app, row.scene)).encode()


def account_part(account: str, accounts: dict[str, Json]) -> str:
    """Who it was; kept beside the account, because the same people come back all the time."""
    user = accounts.get(account) or UNKNOWN_ACCOUNT
    part = user.get("_sign_in_part")
    if part is None:
        # the log shows a guest with the address at home, and every name in lower case
        upn = user["mail"] if user["userType"] == "Guest" else user["userPrincipalName"]
        fields = {"userDisplayName": user["displayName"], "userPrincipalName": upn.lower(), "userId": user["id"]}
        part = json.dumps(fields, separators=(",", ":"))[1:-1]
    return str(part)


UNKNOWN_ACCOUNT: Json = {
    "id": NOBODY,
    "displayName": "",
    "mail": "",
    "userType": "Member",
    "userPrincipalName": f"onbekend@{GUEST_DOMAIN}",
}


@lru_cache(maxsize=512)
def tail(code: int, app: int, scene: str) -> str:
    """Everything that is the same for each sign-in of this kind."""
    app_id, name = APPS[app]
    rest = {
        "appId": app_id,
        "appDisplayName": name,
        "clientAppUsed": "Mobile Apps and Desktop clients" if scene == "phone" else "Browser",
        "userAgent": PHONE if scene == "phone" else AGENT,
        "conditionalAccessStatus": {0: "success", 50074: "failure", 50076: "failure"}.get(code, "notApplied"),
        "isInteractive": True,
        "riskDetail": "hidden",
        "riskLevelAggregated": "hidden",
        "riskLevelDuringSignIn": "hidden",
        "riskState": "none",
        "riskEventTypes": [],
        "riskEventTypes_v2": [],
        "resourceDisplayName": name,
        "resourceId": app_id,
        "status": status(code),
        "deviceDetail": device(scene),
        "location": location(scene, app),
        "appliedConditionalAccessPolicies": [policy(number, code) for number in range(len(POLICIES))],
    }
    return json.dumps(rest, separators=(",", ":"))[1:]


def status(code: int) -> Json:
    """How it ended."""
    extra = "MFA requirement satisfied by claim in the token" if code == 0 else None
    return {"errorCode": code, "failureReason": REASONS[code], "additionalDetails": extra}


def device(scene: str) -> Json | None:
    """The device, as far as the log knows it; what it does not know is null, empty or absent."""
    if scene == "phone":
        return None
    known = scene == "school"
    return {
        "deviceId": "b3be9fd1-2dce-4f0f-ad3e-54782fd73b92" if known else "",
        "displayName": "VERZONNEN-LT" if known else None,
        "operatingSystem": "Windows11" if known else "Windows10",
        "browser": "Edge 139.0.0",
        "isCompliant": True if known else None,
        "isManaged": True if known else None,
        "trustType": "Azure AD joined" if known else "",
    }


def location(scene: str, app: int) -> Json | None:
    """Where the address is said to be."""
    if scene == "abroad":
        return {"city": "", "state": "", "countryOrRegion": "AQ", "geoCoordinates": {}}
    if scene == "phone" and app == 1:
        return None
    spot = {"altitude": None, "latitude": 52.09, "longitude": 5.12}
    return {"city": "Verzonnendam", "state": "Utrecht", "countryOrRegion": "NL", "geoCoordinates": spot}


def policy(number: int, code: int) -> dict[str, Any]:
    """What one conditional access policy said."""
    key, name, control = POLICIES[number]
    said = ("failure" if code else "success") if number == 0 and code in (0, 50074, 50076) else "notApplied"
    controls = {"enforcedGrantControls": [control], "enforcedSessionControls": []}
    return {"id": key, "displayName": name, **controls, "result": said}


def accounts_of(board: Board) -> dict[str, Json]:
    """The accounts by id, each with its part of a sign-in ready."""
    accounts = {str(user["id"]): dict(user) for user in board.users}
    for key, user in accounts.items():
        user["_sign_in_part"] = account_part(key, accounts)
    return accounts
