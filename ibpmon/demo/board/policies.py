"""How the tenant asks who you are: conditional access, named locations, methods of signing in, security defaults.

Ids in a policy stand beside words (All, AllTrusted, GuestsOrExternalUsers, Office365) and may point to what is gone.
"""

import random
from datetime import datetime, timedelta
from typing import Any

from ibpmon.demo.board.nouns import OFFICE, Board, Json, guid, stamp
from ibpmon.demo.board.places import group_id
from ibpmon.demo.board.rendering import POLICIES
from ibpmon.demo.board.roles import BUILT_IN, GLOBAL

MADE = "2025-01-10T09:12:13.1234567Z"
STRENGTH = "00000000-0000-0000-0000-000000000004"


def build(board: Board, rng: random.Random) -> None:
    """Locations first, because policies name them."""
    board.named_locations = locations(board, rng)
    board.ca_policies = [
        policy(key, name) | told for (key, name, _), told in zip(POLICIES, tell(board, rng), strict=True)
    ]
    board.ca_policies += unfinished(board, rng)
    board.authentication_policy = methods(board)
    board.authorization_policy = allowed_to_all()
    board.group_settings = settings_of_groups()
    board.security_defaults = {
        "id": "00000000-0000-0000-0000-000000000005",
        "deletedDateTime": None,
        "displayName": "Security Defaults",
        "description": "Security defaults is a set of basic identity security mechanisms recommended by Microsoft.",
        "isEnabled": False,
    }


def allowed_to_all() -> Json:
    """What everyone may, as Microsoft delivered it; only security groups are for administrators."""
    allowed = {
        "allowedToCreateApps": True,
        "allowedToCreateSecurityGroups": False,
        "allowedToCreateTenants": False,
        "allowedToReadBitlockerKeysForOwnedDevice": True,
        "allowedToReadOtherUsers": True,
        "permissionGrantPoliciesAssigned": ["ManagePermissionGrantsForSelf.microsoft-user-default-legacy"],
    }
    return {
        "id": "authorizationPolicy",
        "deletedDateTime": None,
        "displayName": "Authorization Policy",
        "description": "Used to manage authorization related settings across the company.",
        "allowInvitesFrom": "everyone",
        "allowedToSignUpEmailBasedSubscriptions": True,
        "allowedToUseSSPR": True,
        "allowEmailVerifiedUsersToJoinOrganization": False,
        "allowUserConsentForRiskyApps": None,
        "blockMsolPowerShell": False,
        "guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3",
        "defaultUserRolePermissions": allowed,
    }


def settings_of_groups() -> list[Json]:
    """The settings of a tenant in which somebody has set the words that no group may be called by, and no more."""
    told = {
        "NewUnifiedGroupWritebackDefault": "true",
        "EnableMIPLabels": "false",
        "CustomBlockedWordsList": "directie,bestuur",
        "EnableMSStandardBlockedWords": "false",
        "ClassificationDescriptions": "",
        "DefaultClassification": "",
        "PrefixSuffixNamingRequirement": "",
        "AllowGuestsToBeGroupOwner": "false",
        "AllowGuestsToAccessGroups": "true",
        "GuestUsageGuidelinesUrl": "",
        "GroupCreationAllowedGroupId": "",
        "AllowToAddGuests": "true",
        "UsageGuidelinesUrl": "",
        "ClassificationList": "",
        "EnableGroupCreation": "true",
    }
    return [
        {
            "id": "f0b2d6f5-097d-4177-91af-a24e530b53cc",
            "displayName": "Group.Unified",
            "templateId": "62375ab9-6b52-47ed-826b-58e47e0e304b",
            "values": [{"name": name, "value": value} for name, value in told.items()],
        }
    ]


def locations(board: Board, rng: random.Random) -> list[Json]:
    """The addresses of the schools, the countries of Europe, and an old trusted range that is far too wide."""
    times = {"createdDateTime": MADE, "modifiedDateTime": stamp(board.now - timedelta(days=200))}
    v4, v6 = "#microsoft.graph.iPv4CidrRange", "#microsoft.graph.iPv6CidrRange"
    schools = [{"@odata.type": v4, "cidrAddress": f"{school.address}/32"} for school in board.schools]
    wide = [{"@odata.type": v4, "cidrAddress": "192.0.2.0/24"}, {"@odata.type": v6, "cidrAddress": "2001:db8::/32"}]
    ranges = {"@odata.type": "#microsoft.graph.ipNamedLocation"}
    countries = {"@odata.type": "#microsoft.graph.countryNamedLocation"}
    return [
        ranges | {"id": guid(rng), "displayName": SCHOOLS, **times, "isTrusted": True, "ipRanges": schools},
        countries
        | {
            "id": guid(rng),
            "displayName": "EU",
            **times,
            "countriesAndRegions": ["NL", "BE", "DE", "FR"],
            "includeUnknownCountriesAndRegions": False,
            "countryLookupMethod": "clientIpAddress",
        },
        ranges | {"id": guid(rng), "displayName": "Oud (thuiswerken)", **times, "isTrusted": True, "ipRanges": wide},
    ]


SCHOOLS = "Scholen en bestuursbureau"


def tell(board: Board, rng: random.Random) -> list[Json]:
    """What each policy of the sign-in log says; in the order in which the log names them."""
    emergency = [person.id for person in board.people if person.population == "break_glass"]
    world = {"includeLocations": ["All"], "excludeLocations": [board.named_locations[1]["id"], "AllTrusted"]}
    school = {"includeLocations": ["All"], "excludeLocations": [board.named_locations[0]["id"]]}
    partners = {
        "guestOrExternalUserTypes": "b2bCollaborationGuest,b2bDirectConnectUser",
        "externalTenants": {
            "@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants",
            "membershipKind": "all",
        },
    }
    pupils = [group_id(board, f"{key.key} Leerlingen") for key in board.schools[: board.scale.schools]]
    strong = {**grant([]), "authenticationStrength": {"id": STRENGTH, "displayName": "Phishing-resistant MFA"}}
    return [
        # the second excluded group was deleted long ago
        when(users(excludeUsers=emergency, excludeGroups=[group_id(board, f"{OFFICE} Bestuur"), guid(rng)]))
        | {"grantControls": grant(["mfa"]), "modifiedDateTime": stamp(repaired(board))},
        # nobody left a way in for the emergency accounts here
        when(users(excludeGuestsOrExternalUsers=partners), locations=world) | {"grantControls": grant(["block"])},
        when(users([], includeRoles=[BUILT_IN[GLOBAL]], excludeUsers=emergency)) | {"grantControls": strong},
        when(users(excludeUsers=emergency), clientAppTypes=["exchangeActiveSync", "other"])
        | {"grantControls": grant(["block"])},
        when(users([], includeGroups=pupils), locations=school) | REPORT_ONLY | {"grantControls": grant(["block"])},
        when(users(excludeUsers=emergency), applications={"includeApplications": ["Office365"]})
        | {"grantControls": grant(["compliantDevice", "domainJoinedDevice"]), "sessionControls": session()},
        when(users(["GuestsOrExternalUsers"])) | {"grantControls": grant(["mfa"])},
    ]


REPORT_ONLY = {"state": "enabledForReportingButNotEnforced"}


def unfinished(board: Board, rng: random.Random) -> list[Json]:
    """One that only reports and grants nothing, and one that was switched off."""
    risky = when(users([], includeRoles=[BUILT_IN[GLOBAL]]), signInRiskLevels=["high", "medium"])
    risky["conditions"]["insiderRiskLevels"] = "moderate,elevated"
    old = when(users([]), authenticationFlows={"transferMethods": "deviceCodeFlow,authenticationTransfer"})
    old["conditions"]["users"]["includeUsers"] = ["None"]
    reporting = policy(guid(rng), "CA08 Risico (alleen rapport)") | risky | REPORT_ONLY
    off = policy(guid(rng), "CA09 Blokkeer apparaatcode (proef)") | old | {"state": "disabled"}
    return [reporting | {"sessionControls": session()}, off | {"grantControls": grant(["block"])}]


def repaired(board: Board) -> datetime:
    """When the MFA policy was put back; the audit log tells that it had been off for twenty minutes."""
    return board.moment(board.school_day(5), "10:20")


def policy(key: str, name: str) -> Json:
    """A policy that is on and asks nothing yet."""
    return {
        "id": key,
        "templateId": None,
        "displayName": name,
        "createdDateTime": MADE,
        "modifiedDateTime": None,
        "state": "enabled",
        "sessionControls": None,
        "grantControls": None,
    }


def when(who: Json, **conditions: Any) -> Json:
    """The conditions of a policy: for whom, and whatever else it looks at."""
    applications = {
        "includeApplications": ["All"],
        "excludeApplications": [],
        "includeUserActions": [],
        "includeAuthenticationContextClassReferences": [],
        "applicationFilter": None,
    } | conditions.pop("applications", {})
    rest = {
        "clientAppTypes": ["all"],
        "signInRiskLevels": [],
        "userRiskLevels": [],
        "servicePrincipalRiskLevels": [],
        "insiderRiskLevels": None,
        "platforms": None,
        "locations": None,
        "devices": None,
        "clientApplications": None,
        "authenticationFlows": None,
    }
    return {"conditions": rest | conditions | {"applications": applications, "users": who}}


def users(include: list[str] | None = None, **lists: Any) -> Json:
    """For whom a policy is; everyone unless told otherwise."""
    return {
        "includeUsers": ["All"] if include is None else include,
        "excludeUsers": [],
        "includeGroups": [],
        "excludeGroups": [],
        "includeRoles": [],
        "excludeRoles": [],
        "includeGuestsOrExternalUsers": None,
        "excludeGuestsOrExternalUsers": None,
    } | lists


def grant(controls: list[str]) -> Json:
    """What a policy asks; one of them is enough."""
    empty: list[str] = []
    return {"operator": "OR", "builtInControls": controls, "customAuthenticationFactors": empty, "termsOfUse": []}


def session() -> Json:
    """Sign in again every four hours."""
    frequency = {
        "value": 4,
        "type": "hours",
        "authenticationType": "primaryAndSecondaryAuthentication",
        "frequencyInterval": "timeBased",
        "isEnabled": True,
    }
    none = dict.fromkeys(
        ["disableResilienceDefaults", "applicationEnforcedRestrictions", "cloudAppSecurity", "persistentBrowser"]
    )
    return {**none, "signInFrequency": frequency}


def methods(board: Board) -> Json:
    """Which methods are allowed; text messages still are, and so is a pass for a day."""
    campaign = {
        "snoozeDurationInDays": 1,
        "enforceRegistrationAfterAllowedSnoozes": True,
        "state": "default",
        "excludeTargets": [],
        "includeTargets": [{**EVERYONE, "targetedAuthenticationMethod": "microsoftAuthenticator"}],
    }
    return {
        "id": "authenticationMethodsPolicy",
        "displayName": "Authentication Methods Policy",
        "description": "The tenant-wide policy that controls which authentication methods are allowed in the tenant.",
        "lastModifiedDateTime": stamp(board.now - timedelta(days=100)),
        "policyVersion": "1.5",
        "policyMigrationState": "migrationInProgress",
        "reconfirmationInDays": None,
        "registrationEnforcement": {"authenticationMethodsRegistrationCampaign": campaign},
        "authenticationMethodConfigurations": [method(*line) for line in METHODS],
    }


EVERYONE = {"targetType": "group", "id": "all_users"}
METHODS: tuple[tuple[str, str, bool, Json], ...] = (
    ("Fido2", "fido2", True, {"isSelfServiceRegistrationAllowed": True, "isAttestationEnforced": False}),
    ("MicrosoftAuthenticator", "microsoftAuthenticator", True, {"isSoftwareOathEnabled": True}),
    ("Sms", "sms", True, {}),
    ("TemporaryAccessPass", "temporaryAccessPass", True, {"defaultLifetimeInMinutes": 1440, "isUsableOnce": False}),
    ("SoftwareOath", "softwareOath", True, {}),
    ("Voice", "voice", False, {"isOfficePhoneAllowed": False}),
    ("Email", "email", False, {"allowExternalIdToUseEmailOtp": "default"}),
    ("X509Certificate", "x509Certificate", False, {}),
)


def method(key: str, kind: str, allowed: bool, more: Json) -> Json:
    """One method: on or off, and for whom."""
    return {
        "@odata.type": f"#microsoft.graph.{kind}AuthenticationMethodConfiguration",
        "id": key,
        "state": "enabled" if allowed else "disabled",
        "excludeTargets": [],
        "includeTargets": [{**EVERYONE, "isRegistrationRequired": False}],
        **more,
    }
