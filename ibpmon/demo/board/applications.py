"""The apps of the board: registrations with their secrets and certificates, and the enterprise apps beside them.

The ids of rights are Microsoft's own. What went wrong in these years: an expired secret that a server still uses, a
secret without an end, certificates about to end, rights that nobody needs, and suppliers that left.
"""

import base64
import random
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ibpmon.demo.board.names import HOSTILE
from ibpmon.demo.board.nouns import DOMAIN, Board, Json, guid, stamp
from ibpmon.demo.board.rendering import APPS as SIGNED_IN_TO

GRAPH = "00000003-0000-0000-c000-000000000000"
SHAREPOINT = "00000003-0000-0ff1-ce00-000000000000"
MICROSOFT_TENANT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
OWN_NAME = "ibpmon"
ENDLESS = "2299-12-30T23:00:00Z"


@dataclass(frozen=True, slots=True)
class App:
    """An app; a credential is how many days ago it began and in how many days it ends (None: in 2299)."""

    name: str
    roles: tuple[str, ...] = ()  # rights of the app itself on Graph
    everyone: str = ""  # delegated rights for all users
    secrets: tuple[tuple[int, int | None], ...] = ()
    certificates: tuple[tuple[int, int | None], ...] = ()
    audience: str = "AzureADMyOrg"
    publisher: str = ""
    saml: bool = False
    enabled: bool = True
    implicit: bool = False


OURS = App(
    OWN_NAME,
    (
        "User.Read.All",
        "GroupMember.Read.All",
        "RoleManagement.Read.Directory",
        "AuditLog.Read.All",
        "Directory.Read.All",
        "Device.Read.All",
        "Application.Read.All",
        "Policy.Read.All",
        "DeviceManagementManagedDevices.Read.All",
        "Sites.Read.All",
    ),
    certificates=((150, 215),),
)
REGISTERED = (
    App("Roosterkoppeling", ("User.Read.All", "Group.ReadWrite.All"), secrets=((770, -40), (2500, None))),
    OURS,
    # may do everything, with a certificate that ends next week
    App(
        "Reservekopie cloud",
        ("Sites.FullControl.All", "Mail.ReadWrite", "Directory.ReadWrite.All", "RoleManagement.ReadWrite.Directory"),
        certificates=((356, 9),),
    ),
    App("Koppeling leerlingadministratie", ("EduRoster.Read.All", "User.ReadWrite.All"), secrets=((345, 20), (3, 727))),
    App("Ouderportaal", everyone="openid profile email", audience="AzureADMultipleOrgs", implicit=True),
    App("Proef van vorig jaar", secrets=((400, 330),), enabled=False),
    App(HOSTILE[0], ("Files.Read.All",), secrets=((90, 90),)),
)
SUPPLIED = (
    App("Oud LAS", (), " User.Read Files.Read.All offline_access", publisher="Verzonnen Leverancier BV", saml=True),
    App("Toetskast", ("EduRoster.ReadBasic.All",), "openid profile User.Read", publisher="Toetskast Verzinsels"),
    App("Rekenmaatje Online"),
)
MICROSOFT_APPS = (
    (SHAREPOINT, "Office 365 SharePoint Online"),
    ("00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online"),
    ("00000002-0000-0000-c000-000000000000", "Windows Azure Active Directory"),
    ("1fec8e78-bce4-4aaf-ab1b-5451cc387264", "Microsoft Teams"),
    ("cc15fd57-2c6c-4117-a88c-83b1d56b4bbe", "Microsoft Teams Services"),
    ("4765445b-32c6-49b0-83e6-1d93765276ca", "OfficeHome"),
    ("89bee1f7-5e6e-4d8a-9f3d-ecd601259da7", "Office365 Shell WCSS-Client"),
)
ROLES = {
    "Application.Read.All": "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
    "AuditLog.Read.All": "b0afded3-3588-46d8-8b3d-9842eff778da",
    "Device.Read.All": "7438b122-aefc-4978-80ed-43db9fcc7715",
    "DeviceManagementManagedDevices.Read.All": "2f51be20-0bb4-4fed-bf7b-db946066c75e",
    "Directory.Read.All": "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
    "Directory.ReadWrite.All": "19dbc75e-c2e2-444c-a770-ec69d8559fc7",
    "EduRoster.Read.All": "e0ac9e1b-cb65-4fc5-87c5-1a8bc181f648",
    "EduRoster.ReadBasic.All": "0d412a8c-a06c-439f-b3ec-8abcf54d2f96",
    "Files.Read.All": "01d4889c-1287-42c6-ac1f-5d1e02578ef6",
    "Group.ReadWrite.All": "62a82d76-70ea-41e2-9197-370581804d09",
    "GroupMember.Read.All": "98830695-27a2-44f7-8c18-0c3ebc9698f6",
    "Mail.ReadWrite": "e2a3a72e-5f79-4c64-b1b1-878b674786c9",
    "Mail.Send": "b633e1c5-b582-4048-a93e-9f11b44c7e96",
    "Policy.Read.All": "246dd0d5-5bd0-4def-940b-0421030a5b68",
    "RoleManagement.Read.Directory": "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
    "RoleManagement.ReadWrite.Directory": "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",
    "Sites.FullControl.All": "a82116e5-55eb-4c41-a434-62fe8a61c773",
    "Sites.Read.All": "332a536c-c7ef-4017-ab91-336970924f0d",
    "User.Read.All": "df021288-bdef-4463-88db-98f22de89214",
    "User.ReadWrite.All": "741f803b-c850-494e-b5df-cde7c675a1ca",
}
SCOPES = {
    "User.Read": "e1fe6dd8-ba31-4d61-89e7-88639da4683d",
    "Files.Read.All": "df85f4d6-205c-4ac5-a5ea-6bf408dba283",
    "Mail.Read": "570282fd-fa5c-430d-a7fd-fc8dc98a9dca",
    "offline_access": "7427e0e9-2fba-42fe-b0c0-848c9e6a8182",
    "openid": "37f7f235-527c-4136-accd-4a02d197296e",
    "profile": "14dad69e-099b-42c9-810b-d002981feec1",
    "email": "64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0",
}


def build(board: Board, rng: random.Random) -> None:
    """Registrations with their service principals, suppliers' apps, and Microsoft's own."""
    member = next(m.id for members in board.members.values() for m in members if m.kind == "servicePrincipal")
    for number, app in enumerate(REGISTERED):
        application = registration(board, rng, app)
        board.applications.append(application)
        # the first one is the service principal that is a member of a group
        key = member if number == 0 else guid(rng)
        board.service_principals.append(own_principal(board, application, key, enabled=app.enabled))
    board.applications += [agent(board, rng), without_principal(board, rng)]
    board.service_principals += [supplied(board, rng, app) for app in SUPPLIED]
    board.service_principals += [of_microsoft(rng, app_id, name) for app_id, name in MICROSOFT_APPS]
    board.service_principals.append(graph(rng))


def principal(board: Board, name: str) -> Json:
    """The enterprise app with this name."""
    return next(row for row in board.service_principals if row["displayName"] == name)


def name_ours(board: Board, client_id: str) -> None:
    """Give our own app the client id under which it signs in."""
    ours = [row for row in (*board.applications, *board.service_principals) if row["displayName"] == OWN_NAME]
    for row in ours:
        row["appId"] = client_id


def registration(board: Board, rng: random.Random, app: App) -> Json:
    """An app registration; what it asks is not what it got."""
    asked = [{"id": ROLES[name], "type": "Role"} for name in app.roles]
    asked += [{"id": SCOPES[name], "type": "Scope"} for name in ("User.Read", *app.everyone.split())]
    return application_row(
        rng,
        displayName=app.name,
        createdDateTime=stamp(board.now - timedelta(days=rng.randint(900, 2600))),
        signInAudience=app.audience,
        passwordCredentials=[secret(board, rng, *days) for days in app.secrets],
        keyCredentials=[certificate(board, rng, "CN=" + app.name[:40], *days) for days in app.certificates],
        requiredResourceAccess=[{"resourceAppId": GRAPH, "resourceAccess": asked}],
        web=web(app.implicit),
    )


def agent(board: Board, rng: random.Random) -> Json:
    """A row of another type among the applications."""
    created = stamp(board.now - timedelta(days=35))
    kind = {"@odata.type": "#microsoft.graph.agentIdentityBlueprint"}
    return kind | application_row(rng, displayName="Klassenassistent (agent)", createdDateTime=created)


def without_principal(board: Board, rng: random.Random) -> Json:
    """A registration that nobody ever used; its secret ends in 2299 all the same."""
    created = stamp(board.now - timedelta(days=1900))
    forever = [secret(board, rng, 1900, None)]
    return application_row(rng, displayName="test123", createdDateTime=created, passwordCredentials=forever)


def own_principal(board: Board, application: Json, key: str, *, enabled: bool) -> Json:
    """The enterprise app of our own registration; the secrets stand at the registration."""
    tags = ["WindowsAzureActiveDirectoryIntegratedApp"]
    same = {name: application[name] for name in ("appId", "displayName", "signInAudience")}
    return principal_row(id=key, **same, accountEnabled=enabled, appOwnerOrganizationId=board.tenant_id, tags=tags)


def supplied(board: Board, rng: random.Random, app: App) -> Json:
    """The app of a supplier: its registration is elsewhere; for single sign-on it keeps a certificate here."""
    publisher = {
        "displayName": app.publisher,
        "verifiedPublisherId": "1234567",
        "addedDateTime": "2022-01-01T00:00:00Z",
    }
    keys = [certificate(board, rng, "CN=SAML", 1080, 15, usage=usage) for usage in ("Sign", "Verify")]
    own, other = guid(rng), guid(rng)
    return principal_row(
        id=own,
        appId=next((key for key, name in SIGNED_IN_TO if name == app.name), other),
        displayName=app.name,
        appOwnerOrganizationId=str(uuid.uuid5(uuid.NAMESPACE_DNS, app.name)),
        signInAudience="AzureADMultipleOrgs",
        appRoleAssignmentRequired=app.saml,
        tags=["HideApp"] if app.saml else [],
        keyCredentials=keys if app.saml else [],
        preferredSingleSignOnMode="saml" if app.saml else None,
        **({"verifiedPublisher": publisher} if app.publisher else {}),
    )


def of_microsoft(rng: random.Random, app_id: str, name: str) -> Json:
    """An app of Microsoft itself."""
    own = {"id": guid(rng), "appId": app_id, "displayName": name}
    return principal_row(**own, appOwnerOrganizationId=MICROSOFT_TENANT, signInAudience="AzureADMultipleOrgs")


def graph(rng: random.Random) -> Json:
    """Microsoft Graph, with the rights that it can give."""
    roles = [
        {"allowedMemberTypes": ["Application"], "id": key, "value": name, **texts(name)} for name, key in ROLES.items()
    ]
    scopes = [
        {
            "adminConsentDescription": name,
            "adminConsentDisplayName": name,
            "id": key,
            "isEnabled": True,
            "type": "User",
            "userConsentDescription": None,
            "userConsentDisplayName": None,
            "value": name,
        }
        for name, key in SCOPES.items()
    ]
    return of_microsoft(rng, GRAPH, "Microsoft Graph") | {"appRoles": roles, "oauth2PermissionScopes": scopes}


def texts(name: str) -> Json:
    """How a right describes itself."""
    return {"displayName": name, "description": name, "isEnabled": True, "origin": "Application"}


def secret(board: Board, rng: random.Random, begun: int, ends: int | None) -> Json:
    """A secret, of which Graph tells everything but the secret."""
    return {
        "customKeyIdentifier": None,
        "displayName": None if ends is None else f"geheim {(board.now - timedelta(days=begun)).year}",
        "endDateTime": end(board, ends),
        "hint": None if ends is None else f"{rng.getrandbits(12):03x}",
        "keyId": guid(rng),
        "secretText": None,
        "startDateTime": stamp(board.now - timedelta(days=begun)),
    }


def certificate(
    board: Board, rng: random.Random, name: str, begun: int, ends: int | None, usage: str = "Verify"
) -> Json:
    """A certificate; the key identifier is the thumbprint."""
    return {
        "customKeyIdentifier": base64.b64encode(rng.randbytes(20)).decode(),
        "displayName": name,
        "endDateTime": end(board, ends),
        "key": None,
        "keyId": guid(rng),
        "startDateTime": stamp(board.now - timedelta(days=begun)),
        "type": "AsymmetricX509Cert",
        "usage": usage,
    }


def end(board: Board, days: int | None) -> str:
    """When a credential ends; old portals let people choose `never`."""
    return ENDLESS if days is None else stamp(board.now + timedelta(days=days))


def web(implicit: bool) -> Json:
    """The web part of a registration."""
    grants = {"enableAccessTokenIssuance": implicit, "enableIdTokenIssuance": implicit}
    addresses = [f"https://ouders.{DOMAIN}/inloggen"] if implicit else []
    return {"homePageUrl": None, "logoutUrl": None, "redirectUris": addresses, "implicitGrantSettings": grants}


def application_row(rng: random.Random, **known: Any) -> Json:
    """A registration with every property that the simulation serves."""
    return {
        "id": guid(rng),
        "deletedDateTime": None,
        "appId": guid(rng),
        "displayName": "",
        "description": None,
        "notes": None,
        "createdDateTime": None,
        "publisherDomain": DOMAIN,
        "signInAudience": "AzureADMyOrg",
        "identifierUris": [],
        "tags": [],
        "isFallbackPublicClient": None,
        "passwordCredentials": [],
        "keyCredentials": [],
        "requiredResourceAccess": [],
        "appRoles": [],
        "verifiedPublisher": dict(NO_PUBLISHER),
        "web": web(implicit=False),
    } | known


def principal_row(**known: Any) -> Json:
    """An enterprise app with every property that the simulation serves."""
    row = {
        "id": "",
        "deletedDateTime": None,
        "appId": "",
        "displayName": "",
        "accountEnabled": True,
        "appOwnerOrganizationId": None,
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMyOrg",
        "appRoleAssignmentRequired": False,
        "tags": [],
        "notes": None,
        "homepage": None,
        "replyUrls": [],
        "preferredSingleSignOnMode": None,
        "passwordCredentials": [],
        "keyCredentials": [],
        "verifiedPublisher": dict(NO_PUBLISHER),
        "appRoles": [],
        "oauth2PermissionScopes": [],
    } | known
    return row | {"appDisplayName": row["displayName"], "servicePrincipalNames": [row["appId"]]}


NO_PUBLISHER: Json = {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None}
