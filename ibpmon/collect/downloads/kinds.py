"""Which kinds of download there are, and how one is known: by keys or headings, and by its name where those fail."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ibpmon.collect.downloads import headings
from ibpmon.language import N_

INTERACTIVE, NON_INTERACTIVE = "sign-ins", "sign-ins-noninteractive"
SERVICE_PRINCIPAL, MANAGED_IDENTITY = "sign-ins-service-principal", "sign-ins-managed-identity"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of download: the connector whose fields it fills, what a person calls it, and its headings."""

    connector: str
    title: str
    family: str  # its table of headings
    event_type: str = ""  # what Graph calls this kind of sign-in


KINDS: Mapping[str, Kind] = {
    kind.connector: kind
    for kind in (
        Kind(INTERACTIVE, N_("interactive sign-ins"), "sign-ins", "interactiveUser"),
        Kind(NON_INTERACTIVE, N_("non-interactive sign-ins"), "sign-ins", "nonInteractiveUser"),
        Kind(SERVICE_PRINCIPAL, N_("sign-ins of applications"), "sign-ins", "servicePrincipal"),
        Kind(MANAGED_IDENTITY, N_("sign-ins of managed identities"), "sign-ins", "managedIdentity"),
        Kind("directory-audits", N_("audit logs"), "audits"),
        Kind("accounts", N_("users"), "accounts"),
        Kind("devices", N_("devices"), "devices"),
        Kind("managed-devices", N_("devices in Intune"), "managed-devices"),
        Kind("mfa-registration", N_("registration of authentication methods"), "mfa"),
    )
}
BY_EVENT = {kind.event_type: name for name, kind in KINDS.items() if kind.event_type}

# The admin center gives a sign-in file its kind in its name alone: the headings of two kinds are the same.
NAMES = (
    ("noninteractivesignins", NON_INTERACTIVE),
    ("interactivesignins", INTERACTIVE),
    ("applicationsignins", SERVICE_PRINCIPAL),
    ("msisignins", MANAGED_IDENTITY),
)

# One key of each group must be there. The first kind that fits counts: every later one is told by less.
KEYS: tuple[tuple[str, tuple[frozenset[str], ...]], ...] = (
    ("directory-audits", (frozenset({"activityDateTime"}), frozenset({"activityDisplayName", "initiatedBy"}))),
    ("mfa-registration", (frozenset({"isMfaRegistered", "isMfaCapable", "methodsRegistered"}),)),
    ("managed-devices", (frozenset({"lastSyncDateTime"}), frozenset({"deviceName", "serialNumber"}))),
    ("devices", (frozenset({"deviceId"}), frozenset({"trustType", "profileType", "approximateLastSignInDateTime"}))),
    (
        "accounts",
        (frozenset({"userPrincipalName"}), frozenset({"displayName", "accountEnabled", "userType", "createdDateTime"})),
    ),
)  # fmt: skip
SIGN_IN = (
    frozenset({"createdDateTime"}),
    frozenset({"status"}),
    frozenset({"userPrincipalName", "appDisplayName", "servicePrincipalId"}),
)

# The same for headings, as the paths that they stand for.
COLUMNS: tuple[tuple[str, tuple[frozenset[str], ...]], ...] = (
    ("audits", (frozenset({"activityDateTime"}), frozenset({"activityDisplayName"}), frozenset({"category"}))),
    ("mfa", (frozenset({"userPrincipalName"}), frozenset({"isMfaCapable", "isMfaRegistered", "methodsRegistered"}))),
    ("managed-devices", (frozenset({"id"}), frozenset({"deviceName"}), frozenset({"lastSyncDateTime"}))),
    ("devices", (frozenset({"id", "deviceId"}), frozenset({"trustType", "approximateLastSignInDateTime"}))),
    (
        "sign-ins",
        (
            frozenset({"id"}),
            frozenset({"createdDateTime"}),
            frozenset({"status.errorCode", "status.word"}),
            frozenset({"userPrincipalName", "userId", "servicePrincipalId"}),
        ),
    ),
    ("accounts", (frozenset({"id"}), frozenset({"userPrincipalName"}))),
)


def of_name(name: str) -> str:
    """The kind of sign-ins that the name of a file tells; empty when it tells none."""
    letters = re.sub("[^a-z]", "", name.casefold())
    return next((kind for word, kind in NAMES if word in letters), "")


def of_record(item: Any, hint: str) -> str | None:
    """The kind of one JSON record; `hint` decides where the record itself does not."""
    if not isinstance(item, dict):
        return None
    if fits(item, SIGN_IN):
        return of_sign_in(item, hint)
    return next((kind for kind, groups in KEYS if fits(item, groups)), None)


def of_sign_in(item: Mapping[str, Any], hint: str) -> str:
    """The kind of one sign-in. Without a word about it, it is interactive: Graph v1.0 gives no others, and no word."""
    events = item.get("signInEventTypes")
    said = [BY_EVENT[one] for one in events if one in BY_EVENT] if isinstance(events, list) else []
    if said:
        return said[0]
    if hint in BY_EVENT.values():
        return hint
    if item.get("servicePrincipalId") and not item.get("userPrincipalName"):
        return SERVICE_PRINCIPAL
    return NON_INTERACTIVE if item.get("isInteractive") is False else INTERACTIVE


def family_of(cells: Sequence[str]) -> str | None:
    """The family of kinds that this row of headings belongs to; None when it is no heading that we know."""
    for family, groups in COLUMNS:
        if fits(headings.find(family, cells), groups):
            return family
    return None


def of_columns(family: str, columns: Collection[str], hint: str) -> str | None:
    """The kind of a file with these columns; None when it is one of two and nothing says which."""
    if family != "sign-ins":
        return next(name for name, kind in KINDS.items() if kind.family == family)
    if hint in BY_EVENT.values():
        return hint
    return SERVICE_PRINCIPAL if "servicePrincipalId" in columns and "userPrincipalName" not in columns else None


def fits(names: Collection[str], groups: Sequence[frozenset[str]]) -> bool:
    """Whether one of each group is there."""
    return all(not group.isdisjoint(names) for group in groups)
