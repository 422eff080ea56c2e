"""The words that the portals use for values, as Graph gives them; a word that is not known says nothing."""

import re
from collections.abc import Mapping
from typing import Any

from ibpmon.collect.downloads.times import Reader
from ibpmon.store.collected import Field

# NOT verified: the Dutch words. One that is missing here leaves a value unknown, never false.
TRUE = frozenset({"true", "yes", "ja", "waar", "capable", "registered", "enabled", "geschikt", "geregistreerd",
                  "ingeschakeld", "compliant", "1"})  # fmt: skip
FALSE = frozenset({"false", "no", "nee", "onwaar", "not capable", "not registered", "not enabled", "niet geschikt",
                   "niet geregistreerd", "niet ingeschakeld", "disabled", "uitgeschakeld", "0"})  # fmt: skip
SUCCESS = frozenset({"success", "geslaagd", "gelukt"})
FAILURE = frozenset({"failure", "failed", "mislukt", "fout"})

# By path, and by the letters of the word alone: "Single-factor authentication" is written in more than one way.
WORDS: Mapping[str, Mapping[str, str]] = {
    "authenticationRequirement": {
        "multifactorauthentication": "multiFactorAuthentication", "meervoudigeverificatie": "multiFactorAuthentication",
        "singlefactorauthentication": "singleFactorAuthentication",
        "verificatiemetenkelvoudigefactor": "singleFactorAuthentication",
    },
    "conditionalAccessStatus": {
        "success": "success", "geslaagd": "success", "failure": "failure", "mislukt": "failure",
        "notapplied": "notApplied", "niettoegepast": "notApplied",
    },
    "authenticationProtocol": {"devicecode": "deviceCode", "apparaatcode": "deviceCode", "none": "none"},
    "userType": {"lid": "Member", "gast": "Guest"},
    "trustType": {
        "azureadregistered": "Workplace", "microsoftentraregistered": "Workplace",
        "azureadjoined": "AzureAd", "microsoftentrajoined": "AzureAd",
        "hybridazureadjoined": "ServerAd", "microsoftentrahybridjoined": "ServerAd",
    },
    "complianceState": {
        "compliant": "compliant", "noncompliant": "noncompliant", "notcompliant": "noncompliant",
        "ingraceperiod": "inGracePeriod", "notevaluated": "unknown", "compatibel": "compliant",
        "nietcompatibel": "noncompliant",
    },
    "managedDeviceOwnerType": {
        "corporate": "company", "personal": "personal", "unknown": "unknown", "zakelijk": "company",
        "persoonlijk": "personal",
    },
    "result": {**dict.fromkeys(SUCCESS, "success"), **dict.fromkeys(FAILURE, "failure")},
}  # fmt: skip

# The columns of the screen name methods in words; Graph's names are those that rules know.
METHODS: Mapping[str, str] = {
    "alternatemobilephone": "alternateMobilePhone", "email": "email", "fido2securitykey": "fido2SecurityKey",
    "hardwareoathtoken": "hardwareOneTimePasscode", "microsoftauthenticatorapp": "microsoftAuthenticatorPush",
    "microsoftpasswordlessphonesignin": "microsoftAuthenticatorPasswordless", "mobilephone": "mobilePhone",
    "officephone": "officePhone", "securityquestions": "securityQuestion",
    "softwareoathtoken": "softwareOneTimePasscode", "temporaryaccesspass": "temporaryAccessPass",
    "windowshelloforbusiness": "windowsHelloForBusiness",
}  # fmt: skip


def value(field: Field, cell: str, times: Reader, *, utc: bool) -> Any:
    """One cell as Graph would give it, by the type of its field; an empty cell is None."""
    text = cell.strip()
    if not text:
        return None
    if field.type == "time":
        return times.moment(text, utc=utc)
    if field.type == "day":
        return times.day(text)
    if field.type == "int":
        return number(text)
    if field.type == "real":
        return real(text)
    if field.type == "bool":
        return truth(text)
    if field.type == "list":
        return methods(text)
    return word(field.path, text)


def truth(text: str) -> bool | None:
    """Yes or no; None for N/A and for words that we do not know."""
    said = " ".join(text.split()).casefold()
    return True if said in TRUE else False if said in FALSE else None


def number(text: str) -> int | None:
    """A whole number; None for N/A and the like."""
    return int(text) if re.fullmatch(r"-?\d{1,15}", text, re.ASCII) else None


def real(text: str) -> float | None:
    """A number with a point in it; None for N/A and the like."""
    return float(text) if re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text, re.ASCII) else None


def word(path: tuple[str, ...], text: str) -> str:
    """A word of the portal as Graph spells it; parts of a place by their order; other text as it is."""
    if path[0] == "location" and len(path) > 1:
        return place(path[1], text)
    known = WORDS.get(path[-1])
    return known.get(letters(text), text) if known else text


def place(part: str, text: str) -> str:
    """City, state or country of a place as "Utrecht, Utrecht, NL"; the country is always last."""
    parts = [one.strip() for one in text.split(",")]
    if part == "countryOrRegion":
        return parts[-1]
    at = {"city": 0, "state": -2}[part] if part in ("city", "state") else 0
    return parts[at] if len(parts) > 2 else ""


def methods(text: str) -> list[str]:
    """The registered methods, each by the name that Graph gives it."""
    return [METHODS.get(letters(one), one) for one in re.split(r"\s*[,;]\s*", text.strip("[] ")) if one]


def letters(text: str) -> str:
    """The letters and digits of a word, small."""
    return re.sub(r"[\W_]", "", text).casefold()
