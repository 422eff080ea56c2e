"""The headings of CSV downloads, English and Dutch, each with the path that Graph gives the same value.

Verified in public copies of real files: the English ones of sign-ins, audit logs, users and Intune devices; those of
devices in Microsoft's own documentation. Audit logs, users and devices have English headings in every language that we
saw. NOT verified: every Dutch heading (other languages show that the portal translates those of sign-ins), and the
headings of the registration of methods, which are taken from the names of the columns on the screen.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Names = tuple[str, ...]

SIGN_INS: Mapping[str, Names] = {
    "createdDateTime": ("Date (UTC)", "Date", "Datum (UTC)", "Datum"),
    "id": ("Request ID", "Aanvraag-id", "Aanvraag id"),
    "correlationId": ("Correlation ID", "Correlatie-id"),
    "userId": ("User ID", "Gebruikers-id", "Gebruiker-id"),
    "userDisplayName": ("User", "Gebruiker"),
    "userPrincipalName": ("Username", "Gebruikersnaam"),
    "userType": ("User type", "Gebruikerstype", "Type gebruiker"),
    "appDisplayName": ("Application", "Toepassing"),
    "appId": ("Application ID", "Toepassings-id", "Toepassing-id"),
    "resourceDisplayName": ("Resource", "Bron"),
    "resourceId": ("Resource ID", "Resource-id", "Bron-id"),
    "ipAddress": ("IP address", "IP-adres"),
    "location.city": ("Location", "Locatie"),
    "location.state": ("Location", "Locatie"),
    "location.countryOrRegion": ("Location", "Locatie"),
    "status.word": ("Status",),
    "status.errorCode": (
        "Sign-in error code", "Aanmeldingsfoutcode", "Foutcode voor aanmelding", "Foutcode bij aanmelding",
    ),
    "status.failureReason": ("Failure reason", "Reden van fout", "Reden voor fout", "Foutreden"),
    "clientAppUsed": ("Client app", "Client-app", "Clienttoepassing"),
    "deviceDetail.deviceId": ("Device ID", "Apparaat-id"),
    "deviceDetail.browser": ("Browser",),
    "deviceDetail.operatingSystem": ("Operating System", "Besturingssysteem"),
    "deviceDetail.isCompliant": ("Compliant", "Compatibel"),
    "deviceDetail.isManaged": ("Managed", "Beheerd"),
    "deviceDetail.trustType": ("Join Type", "Jointype"),
    "authenticationRequirement": ("Authentication requirement", "Verificatievereiste"),
    "authenticationProtocol": ("Authentication Protocol", "Verificatieprotocol"),
    "conditionalAccessStatus": ("Conditional Access", "Voorwaardelijke toegang"),
    "userAgent": ("User agent", "Gebruikersagent"),
    "autonomousSystemNumber": ("Autonomous system number", "Autonoom systeemnummer"),
    "sessionId": ("Session ID", "Sessie-id"),
    "crossTenantAccessType": ("Cross tenant access type", "Toegangstype voor meerdere tenants"),
    "originalTransferMethod": ("Original transfer method",),
    "clientCredentialType": ("Client credential type",),
    "uniqueTokenIdentifier": ("Unique token identifier",),
    "flaggedForReview": ("Flagged for review",),
    "homeTenantId": ("Home tenant ID",),
    "homeTenantName": ("Home tenant name",),
    "resourceTenantId": ("Resource tenant ID",),
    "servicePrincipalId": ("Service principal ID", "Service-principal-id", "Id van service-principal"),
    "servicePrincipalName": ("Service principal name", "Naam van service-principal"),
    "servicePrincipalCredentialKeyId": ("Credential key ID",),
    "servicePrincipalCredentialThumbprint": ("Credential thumbprint",),
}  # fmt: skip
AUDITS: Mapping[str, Names] = {
    "activityDateTime": ("Date (UTC)", "Date", "Datum (UTC)", "Datum"),
    "correlationId": ("CorrelationId", "Correlation ID", "Correlatie-id"),
    "loggedByService": ("Service",),
    "category": ("Category", "Categorie"),
    "activityDisplayName": ("Activity", "Activiteit"),
    "result": ("Result", "Resultaat"),
    "resultReason": ("ResultReason", "Reden van resultaat"),
    "initiatedBy.type": ("ActorType",),
    "initiatedBy.user.id": ("ActorObjectId",),
    "initiatedBy.user.displayName": ("ActorDisplayName",),
    "initiatedBy.user.userPrincipalName": ("ActorUserPrincipalName",),
    "initiatedBy.user.ipAddress": ("IPAddress",),
    "initiatedBy.app.displayName": ("ActorDisplayName",),
    "initiatedBy.app.servicePrincipalId": ("ActorServicePrincipalId",),
    "initiatedBy.app.servicePrincipalName": ("ActorServicePrincipalName",),
    "userAgent": ("User Agent", "UserAgent"),
}
ACCOUNTS: Mapping[str, Names] = {
    "id": ("id", "Object ID", "objectId", "Object-id"),
    "userPrincipalName": ("userPrincipalName", "User principal name"),
    "displayName": ("displayName", "Display name", "Weergavenaam"),
    "mail": ("mail",),
    "userType": ("userType", "User type", "Gebruikerstype"),
    "accountEnabled": ("accountEnabled", "Account enabled", "Account ingeschakeld"),
    "jobTitle": ("jobTitle", "Job title", "Functie"),
    "department": ("department", "Afdeling"),
    "companyName": ("companyName", "Company name", "Bedrijfsnaam"),
    "officeLocation": ("officeLocation", "Office location", "Kantoorlocatie"),
    "employeeId": ("employeeId", "Employee ID", "Werknemer-id"),
    "employeeType": ("employeeType", "Employee type"),
    "onPremisesSyncEnabled": ("directorySynced", "onPremisesSyncEnabled", "On-premises sync enabled"),
    "externalUserState": ("invitationState", "externalUserState", "Invitation state"),
    "creationType": ("creationType", "Creation type"),
    "createdDateTime": ("createdDateTime", "Created date time", "Creation time", "Aanmaakdatum"),
}
DEVICES: Mapping[str, Names] = {
    "id": ("objectId", "Object ID", "Object-id"),
    "deviceId": ("deviceId", "Device ID", "Apparaat-id"),
    "displayName": ("displayName", "Name", "Naam"),
    "accountEnabled": ("accountEnabled", "Enabled", "Ingeschakeld"),
    "operatingSystem": ("operatingSystem", "OS"),
    "operatingSystemVersion": ("operatingSystemVersion", "Version", "Versie"),
    "trustType": ("joinType (trustType)", "trustType", "Join type"),
    "isCompliant": ("isCompliant", "Compliant", "Compatibel"),
    "isManaged": ("isManaged", "Managed", "Beheerd"),
    "registrationDateTime": ("registrationTime", "registrationDateTime", "Registered", "Geregistreerd"),
    "approximateLastSignInDateTime": ("approximateLastSignInDateTime", "Activity", "Activiteit"),
    "profileType": ("profileType",),
    "model": ("model",),
}
MANAGED_DEVICES: Mapping[str, Names] = {
    "id": ("Device ID", "Apparaat-id"),
    "deviceName": ("Device name", "Apparaatnaam"),
    "azureADDeviceId": ("Azure AD Device ID", "Microsoft Entra Device ID"),
    "userId": ("UserId", "User ID"),
    "userPrincipalName": ("Primary user UPN", "UPN van primaire gebruiker"),
    "serialNumber": ("Serial number", "Serienummer"),
    "operatingSystem": ("OS", "Besturingssysteem"),
    "osVersion": ("OS version", "Besturingssysteemversie"),
    "model": ("Model",),
    "manufacturer": ("Manufacturer", "Fabrikant"),
    "deviceCategoryDisplayName": ("Category", "Categorie"),
    "lastSyncDateTime": ("Last check-in", "Laatste check-in", "Laatst ingecheckt"),
    "enrolledDateTime": ("Enrollment date", "Inschrijvingsdatum", "Registratiedatum"),
    "complianceState": ("Compliance", "Naleving"),
    "isEncrypted": ("Encrypted", "Versleuteld"),
    "isSupervised": ("Supervised", "Onder supervisie"),
    "managedDeviceOwnerType": ("Ownership", "Eigendom"),
    "jailBroken": ("Jailbroken",),
}
MFA: Mapping[str, Names] = {
    "id": ("id", "User ID", "Object ID", "userId"),
    "userPrincipalName": ("User principal name", "userPrincipalName", "UPN", "User principal-naam"),
    "userDisplayName": ("Name", "userDisplayName", "User", "Naam"),
    "userType": ("userType", "User type", "Gebruikerstype"),
    "isAdmin": ("isAdmin", "Admin"),
    "isMfaCapable": (
        "MFA Capable", "isMfaCapable", "Multifactor authentication capable", "Multi-factor authentication capable",
        "Geschikt voor MFA", "Geschikt voor meervoudige verificatie",
    ),
    "isMfaRegistered": ("MFA Registered", "isMfaRegistered", "Geregistreerd voor MFA"),
    "isPasswordlessCapable": ("Passwordless Capable", "isPasswordlessCapable", "Geschikt voor wachtwoordloos"),
    "isSsprRegistered": ("SSPR Registered", "isSsprRegistered"),
    "isSsprEnabled": ("SSPR Enabled", "isSsprEnabled"),
    "isSsprCapable": ("SSPR Capable", "isSsprCapable"),
    "methodsRegistered": (
        "Methods registered", "methodsRegistered", "Geregistreerde methoden", "Methoden geregistreerd",
    ),
    "lastUpdatedDateTime": ("lastUpdatedDateTime", "Last updated time", "Last updated"),
}  # fmt: skip
FAMILIES: Mapping[str, Mapping[str, Names]] = {
    "sign-ins": SIGN_INS, "audits": AUDITS, "accounts": ACCOUNTS, "devices": DEVICES,
    "managed-devices": MANAGED_DEVICES, "mfa": MFA,
}  # fmt: skip

UTC = re.compile(r"\(utc\)")


@dataclass(frozen=True, slots=True)
class Column:
    """Where a value stands in a row, and whether its heading says that times are in UTC."""

    place: int
    utc: bool = False


def find(family: str, cells: Sequence[str]) -> dict[str, Column]:
    """The columns of a heading by the path that Graph gives their value; of two headings the first named counts."""
    present = {folded(cell): place for place, cell in reversed(list(enumerate(cells)))}
    found: dict[str, Column] = {}
    for path, names in FAMILIES[family].items():
        name = next((folded(one) for one in names if folded(one) in present), None)
        if name is not None:
            found[path] = Column(present[name], bool(UTC.search(name)))
    return found


def twice(cells: Sequence[str], columns: Mapping[str, Column]) -> list[str]:
    """The headings that stand there twice, of those that are used: nothing says which one holds."""
    names = [folded(cell) for cell in cells]
    used = sorted({column.place for column in columns.values()})
    return [cells[place].strip() for place in used if names.count(names[place]) > 1]


def folded(heading: str) -> str:
    """A heading without the differences that nobody sees: capitals, spaces, and the kinds of hyphen."""
    return re.sub("[\u2010-\u2015]", "-", " ".join(heading.replace("\ufeff", "").split())).casefold()


KNOWN = frozenset(folded(name) for family in FAMILIES.values() for names in family.values() for name in names)
