"""Sign-ins in the shape of Graph: a fixed tail per kind, written once, so that 60,000 rows cost little.

v1.0 tells less than beta about the same sign-in, and knows only those at which a person typed something.
"""

import base64
import json
import uuid
from functools import lru_cache
from typing import Any

from ibpmon.demo.board.nouns import GUEST_DOMAIN, NOBODY, Board, Json, SignIn

APPS = (
    ("00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online"),
    ("00000003-0000-0ff1-ce00-000000000000", "Office 365 SharePoint Online"),
    ("1fec8e78-bce4-4aaf-ab1b-5451cc387264", "Microsoft Teams"),
    ("4765445b-32c6-49b0-83e6-1d93765276ca", "OfficeHome"),
    ("5a1a4155-0000-4000-8000-73616c617269", "Salaris"),  # nobody opens it by chance
    ("0d1a5000-0000-4000-8000-6f75642d6c61", "Oud LAS"),  # nobody opens it by chance
    ("89bee1f7-5e6e-4d8a-9f3d-ecd601259da7", "Office365 Shell WCSS-Client"),  # nor this one, of Microsoft itself
)
REASONS = {
    0: "Other.",
    50126: "Error validating credentials due to invalid username or password.",
    50053: "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
    50034: "The user account does not exist in the directory.",
    50057: "The user account is disabled.",
    53003: "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    500121: "Authentication failed during strong authentication request.",
    50105: "The signed in user is not assigned to a role for the application.",
    50140: "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in.",
    50074: "Strong Authentication is required.",
    50076: "Due to a configuration change made by your administrator, you must use multi-factor authentication.",
    50133: "Session is invalid due to expiration or recent password change.",
    700082: "The refresh token has expired due to inactivity.",
    7000215: "Invalid client secret is provided.",
    7000222: "The provided client secret keys are expired.",
}
DEVICE = "device:"  # begins a scene: at home on the device with this id in Entra
CLIENTS = {"phone": "Mobile Apps and Desktop clients", "imap": "IMAP4", "printer": "Authenticated SMTP"}
OTHER_COUNTRIES = {"abroad": "AQ", "germany": "DE"}
# a place abroad that the log knows exactly: city, country, latitude, longitude
PLACES = {
    "lisbon": ("Lissabon", "PT", 38.72, -9.14),
    "500 km": ("Verzinville", "FR", 47.59, 5.12),
    "499 km": ("Verzinbourg", "FR", 47.60, 5.12),
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
    return (head(row, account_part(row.account, board_accounts)) + tail(row.code, row.app, row.scene)).encode()


def head(row: SignIn, who: str) -> str:
    """What differs for each sign-in."""
    begin = f'{{"id":"{row.id}","createdDateTime":"{row.at:%Y-%m-%dT%H:%M:%SZ}",{who},'
    return f'{begin}"ipAddress":"{row.address}","correlationId":"{correlation(row)}",'


def correlation(row: SignIn) -> str:
    """What the parts of one visit have in common."""
    return f"{row.id[-12:-4]}-{row.id[9:18]}-a{row.id[20:23]}-{row.id[:8]}{row.id[-4:]}"


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
    return json.dumps(rest(code, app, scene), separators=(",", ":"))[1:]


def rest(code: int, app: int, scene: str) -> Json:
    """The properties that do not depend on who and when."""
    app_id, name = APPS[app]
    return {
        "appId": app_id,
        "appDisplayName": name,
        "clientAppUsed": CLIENTS.get(scene, "Browser"),
        "userAgent": PHONE if scene == "phone" else AGENT,
        "conditionalAccessStatus": {0: "success", 50074: "failure", 50076: "failure", 500121: "failure"}.get(
            code, "notApplied"
        ),
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


def status(code: int) -> Json:
    """How it ended."""
    extra = "MFA requirement satisfied by claim in the token" if code == 0 else None
    return {"errorCode": code, "failureReason": REASONS[code], "additionalDetails": extra}


def device(scene: str) -> Json | None:
    """The device, as far as the log knows it; what it does not know is null, empty or absent."""
    if scene == "phone":
        return None
    known = scene == "school" or scene.startswith(DEVICE)
    device_id = scene.removeprefix(DEVICE) if scene.startswith(DEVICE) else "b3be9fd1-2dce-4f0f-ad3e-54782fd73b92"
    return {
        "deviceId": device_id if known else "",
        "displayName": "VERZONNEN-LT" if known else None,
        "operatingSystem": "Windows11" if known else "Windows10",
        "browser": "Edge 139.0.0",
        "isCompliant": True if known else None,
        "isManaged": True if known else None,
        "trustType": "Azure AD joined" if known else "",
    }


def location(scene: str, app: int) -> Json | None:
    """Where the address is said to be."""
    if scene in OTHER_COUNTRIES:
        return {"city": "", "state": "", "countryOrRegion": OTHER_COUNTRIES[scene], "geoCoordinates": {}}
    if scene == "phone" and app == 1:
        return None
    if scene in PLACES:
        city, country, north, east = PLACES[scene]
        spot = {"altitude": None, "latitude": north, "longitude": east}
        return {"city": city, "state": "", "countryOrRegion": country, "geoCoordinates": spot}
    spot = {"altitude": None, "latitude": 52.09, "longitude": 5.12}
    return {"city": "Verzonnendam", "state": "Utrecht", "countryOrRegion": "NL", "geoCoordinates": spot}


def policy(number: int, code: int) -> dict[str, Any]:
    """What one conditional access policy said."""
    key, name, control = POLICIES[number]
    said = ("failure" if code else "success") if number == 0 and code in (0, 50074, 50076) else "notApplied"
    controls = {"enforcedGrantControls": [control], "enforcedSessionControls": []}
    return {"id": key, "displayName": name, **controls, "result": said}


def accounts_of(board: Board) -> dict[str, Json]:
    """The accounts by id, each with its part of a sign-in ready; and what beta tells of apps and people."""
    accounts = {str(user["id"]): dict(user) for user in board.users}
    for key, user in accounts.items():
        user["_sign_in_part"] = account_part(key, accounts)
    for person in board.people:
        accounts[person.id] |= {"_mfa": person.mfa, "_beta_part": beta_part(board, person.account)}
    apps = {row["appId"]: row for row in board.applications}
    for row in board.service_principals:
        accounts[row["id"]] = UNKNOWN_ACCOUNT | {"_app": app_parts(board, row, apps.get(row["appId"], row))}
    return accounts


# ---------------------------------------------------------------- beta


def render_sign_in_beta(board_accounts: dict[str, Json], row: SignIn) -> bytes:
    """One sign-in as compact JSON with what only beta tells; with `accounts_of` of a board."""
    user = board_accounts.get(row.account) or UNKNOWN_ACCOUNT
    if row.kind == "servicePrincipal":
        return render_app_sign_in(user, row)
    mfa = str(user.get("_mfa", "none"))
    strong = row.kind == "interactiveUser" and asks_more(mfa, row)
    session = f'"sessionId":"{row.id[-8:]}-{row.id[:4]}-4{row.id[5:8]}-9{row.id[15:18]}-{row.id[24:]}",'
    steps = f'"authenticationDetails":{authentication(row, mfa, strong)},'
    begin = head(row, account_part(row.account, board_accounts)) + session + steps
    tenants = str(user.get("_beta_part", UNKNOWN_BETA_PART))
    return (begin + tenants + beta_tail(row.code, row.app, row.scene, row.kind, strong)).encode()


def render_app_sign_in(app: Json, row: SignIn) -> bytes:
    """A sign-in of an app: no user, no session, a credential instead."""
    who, credentials = app["_app"]
    own = f'"sessionId":null,"authenticationDetails":[],{credentials.get(row.scene, NO_CREDENTIAL)},'
    return f"{head(row, who)}{own}{app_tail(row.code, row.scene)}".encode()


def asks_more(mfa: str, row: SignIn) -> bool:
    """Whether a second factor was asked: not at school, not of who has none, and never after a failed first one."""
    return row.code in (50074, 50076, 500121) or (
        row.code in (0, 50140) and row.scene not in WITHOUT_MFA and mfa in METHOD
    )


WITHOUT_MFA = ("school", "imap", "printer")
METHOD = {"capable": "Mobile app notification", "sms": "Text message", "passkey": "Passkey (device-bound)"}


def authentication(row: SignIn, mfa: str, strong: bool) -> str:
    """The steps, with their moments."""
    if row.kind != "interactiveUser":
        done = "First factor requirement satisfied by claim in the token"
        return json.dumps([step(row, "Previously satisfied", True, done, "Primary authentication")])
    wrong = row.code in (50126, 50053, 50034)
    said = "Invalid username or password or Invalid on-premise username or password." if wrong else None
    steps = [step(row, "Password", not wrong, said, "Primary authentication")]
    if strong:
        passed = row.code in (0, 50140)
        said = "MFA successfully completed" if passed else "MFA denied; user did not respond"
        steps.append(step(row, METHOD.get(mfa, METHOD["capable"]), passed, said, "Multifactor authentication"))
    return json.dumps(steps, separators=(",", ":"))


def step(row: SignIn, method: str, passed: bool, said: str | None, requirement: str) -> Json:
    """One step of a sign-in."""
    return {
        "authenticationStepDateTime": f"{row.at:%Y-%m-%dT%H:%M:%SZ}",
        "authenticationMethod": method,
        "authenticationMethodDetail": "Password in the cloud" if method == "Password" else None,
        "succeeded": passed,
        "authenticationStepResultDetail": said,
        "authenticationStepRequirement": requirement,
    }


@lru_cache(maxsize=1024)
def beta_tail(code: int, app: int, scene: str, kind: str, strong: bool) -> str:
    """Everything that is the same for each sign-in of a person of this kind."""
    known, typed = rest(code, app, scene), kind == "interactiveUser"
    del known["riskEventTypes"]  # beta has only the second version of it
    known |= {
        "isInteractive": typed,
        "clientAppUsed": known["clientAppUsed"] if typed else "Mobile Apps and Desktop clients",
        "signInEventTypes": [kind],
        "authenticationRequirement": "multiFactorAuthentication" if strong else "singleFactorAuthentication",
        "authenticationProtocol": "ropc" if scene == "ropc" else "none",
        "incomingTokenType": "none" if typed or scene == "ropc" else "primaryRefreshToken" if app else "refreshToken",
        "clientCredentialType": "none",
        "servicePrincipalId": "",
        "servicePrincipalName": None,
        "networkLocationDetails": [SCHOOL_NETWORK] if scene == "school" else [],
    }
    return json.dumps({**known, **beta_rest(scene)}, separators=(",", ":"))[1:]


SCHOOL_NETWORK = {"networkType": "trustedNamedLocation", "networkNames": ["Scholen en bestuursbureau"]}


@lru_cache(maxsize=64)
def app_tail(code: int, scene: str) -> str:
    """Everything that is the same for each sign-in of an app with this kind of credential."""
    known = {
        "clientAppUsed": None,
        "userAgent": None,
        "conditionalAccessStatus": "notApplied",
        "isInteractive": False,
        "riskDetail": "hidden",
        "riskLevelAggregated": "hidden",
        "riskLevelDuringSignIn": "hidden",
        "riskState": "none",
        "riskEventTypes_v2": [],
        "resourceDisplayName": "Microsoft Graph",
        "resourceId": "00000003-0000-0000-c000-000000000000",
        "status": status(code),
        "deviceDetail": None,
        "location": location("school", 0),
        "appliedConditionalAccessPolicies": [],
        "signInEventTypes": ["servicePrincipal"],
        "authenticationRequirement": "singleFactorAuthentication",
        "authenticationProtocol": "none",
        "incomingTokenType": "none",
        "clientCredentialType": "certificate" if scene == "certificate" else "clientSecret",
        "networkLocationDetails": [],
    }
    return json.dumps({**known, **beta_rest(scene)}, separators=(",", ":"))[1:]


def beta_rest(scene: str) -> Json:
    """What beta always carries, mostly empty."""
    return {
        "originalRequestId": "",
        "uniqueTokenIdentifier": "",
        "tokenIssuerType": "AzureAD",
        "tokenIssuerName": "",
        "processingTimeInMilliseconds": 212,
        "autonomousSystemNumber": NETWORKS.get(scene, 64500),
        "isTenantRestricted": False,
        "flaggedForReview": False,
        "signInIdentifier": "",
        "signInIdentifierType": None,
        "authenticationProcessingDetails": [],
        "authenticationRequirementPolicies": [],
        "sessionLifetimePolicies": [],
        "authenticationMethodsUsed": [],
        "mfaDetail": None,
    }


# numbers that are kept free for examples
NETWORKS = {"school": 64500, "home": 64501, "phone": 64502, "abroad": 64510}


def beta_part(board: Board, account: Json) -> str:
    """The tenants of an account, and whether it is a guest."""
    guest = account["userType"] == "Guest"
    home = str(uuid.uuid5(uuid.NAMESPACE_DNS, account["mail"].partition("@")[2])) if guest else board.tenant_id
    fields = {
        "userType": "guest" if guest else "member",
        "crossTenantAccessType": "b2bCollaboration" if guest else "none",
        "homeTenantId": home,
        "homeTenantName": None,
        "resourceTenantId": board.tenant_id,
    }
    return json.dumps(fields, separators=(",", ":"))[1:-1] + ","


UNKNOWN_BETA_PART = '"userType":"member","crossTenantAccessType":"none","homeTenantId":"","resourceTenantId":"",'


def app_parts(board: Board, principal: Json, registration: Json) -> tuple[str, dict[str, str]]:
    """Who an app is, and its credential per kind; the newest one is the one in use."""
    who = {
        "userDisplayName": None,
        "userPrincipalName": None,
        "userId": "",
        "appId": principal["appId"],
        "appDisplayName": principal["displayName"],
        "servicePrincipalId": principal["id"],
        "servicePrincipalName": principal["displayName"],
        "userType": "unknownFutureValue",
        "crossTenantAccessType": "none",
        "homeTenantId": principal["appOwnerOrganizationId"] or "",
        "homeTenantName": None,
        "resourceTenantId": board.tenant_id,
    }
    kinds = {"certificate": registration["keyCredentials"], "secret": registration["passwordCredentials"]}
    credentials = {kind: credential(rows[-1]) for kind, rows in kinds.items() if rows}
    if registration["passwordCredentials"]:
        credentials["old"] = credential(registration["passwordCredentials"][0])
    return json.dumps(who, separators=(",", ":"))[1:-1], credentials


def credential(row: Json) -> str:
    """The key that an app used."""
    packed = row["customKeyIdentifier"]
    thumbprint = base64.b64decode(packed).hex().upper() if packed else ""
    fields = {"servicePrincipalCredentialKeyId": row["keyId"], "servicePrincipalCredentialThumbprint": thumbprint}
    return json.dumps(fields, separators=(",", ":"))[1:-1]


NO_CREDENTIAL = '"servicePrincipalCredentialKeyId":"","servicePrincipalCredentialThumbprint":""'
