"""The two lists about staff and devices as rows, for the pages, the command line and a workbook alike."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ibpmon.language import N_, _
from ibpmon.review.lost import STATE_WORDS, Proof
from ibpmon.review.mfa import HAS_WORDS, Member
from ibpmon.tell.words import shown
from ibpmon.web.people_names import Names, Someone

Row = dict[str, Any]
METHODS: Mapping[str, str] = {
    "microsoftAuthenticatorPush": N_("Microsoft Authenticator"),
    "microsoftAuthenticatorPasswordless": N_("Microsoft Authenticator without password"),
    "softwareOneTimePasscode": N_("code of an app"), "hardwareOneTimePasscode": N_("code of a token"),
    "mobilePhone": N_("phone (text message or call)"), "alternateMobilePhone": N_("other phone"),
    "officePhone": N_("office phone"), "windowsHelloForBusiness": N_("Windows Hello"),
    "fido2SecurityKey": N_("security key (FIDO2)"), "passKeyDeviceBound": N_("passkey"),
    "passKeyDeviceBoundAuthenticator": N_("passkey"), "temporaryAccessPass": N_("temporary pass"),
    "securityQuestion": N_("security questions"),
}  # fmt: skip
ALLOWED: Mapping[bool | None, str] = {
    True: N_("not blocked"),
    False: N_("blocked in Entra"),
    None: N_("unknown in Entra"),
}

GONE: Mapping[tuple[str, ...], str] = {
    ("managed-devices", "devices"): N_("The device is no longer in Intune or Entra: it can neither sync nor sign in."),
    ("managed-devices",): N_("The device is no longer in Intune: it can no longer sync."),
    ("devices",): N_("The device is no longer in Entra: it can no longer sign in."),
}


def MFA_COLUMNS() -> Mapping[str, str]:  # noqa: N802 - a constant, said in the language of the moment
    """The headings of the list of MFA."""
    return {
        "name": _("Name"), "user_name": _("User name"), "school": _("School"), "has_word": _("MFA"),
        "methods_word": _("Methods"), "reported_local": _("Told by Microsoft"), "since_local": _("Alert since"),
    }  # fmt: skip


def DEVICE_COLUMNS() -> Mapping[str, str]:  # noqa: N802 - as above
    """The headings of the list of devices."""
    return {
        "user": _("User"), "school": _("School"), "name": _("Device"), "serial": _("Serial number"),
        "system": _("System"), "model": _("Model"), "last_sync_local": _("Last contact"),
        "allowed_word": _("Entra"), "lost_local": _("Lost since"), "source": _("Source"), "device": _("Id"),
    }  # fmt: skip


def methods_word(methods: Any) -> str:
    """The methods by the names that people know, in order."""
    found = methods if isinstance(methods, list | tuple) else []
    return ", ".join(dict.fromkeys(_(METHODS[one]) if one in METHODS else shown(one) for one in found))


def mfa_row(names: Names, one: Member, zone: ZoneInfo) -> Row:
    """One member of staff."""
    schools = names.words.schools
    return {
        "account_id": one.account_id, "name": names.called(Someone(one.account_id, one.name, one.upn, "staff")),
        "user_name": one.upn, "school": schools.get(one.school, one.school), "has": one.has,
        "has_word": _(HAS_WORDS[one.has]), "methods": list(one.methods), "methods_word": methods_word(one.methods),
        "reported": one.reported, "reported_local": local(one.reported, zone), "since": one.since,
        "since_local": local(one.since, zone),
    }  # fmt: skip


def local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    """A time on the clock of the board, as a workbook holds it."""
    return moment.astimezone(zone).replace(tzinfo=None) if moment else None


def user_of(one: Any) -> Someone | None:
    """Who uses a device; None when nobody does, or when nobody tells."""
    if not one.account_id:
        return None
    return Someone(one.account_id, one.user_name or "", one.upn or "", one.population or "", one.school or "")


def nobody(source: str) -> str:
    """What stands for a user who is not told: Intune says that there is none, Entra says nothing of users."""
    return _("nobody") if source == "intune" else _("unknown")


def device_row(names: Names, one: Any, zone: ZoneInfo) -> Row:
    """One device; what was not read is nothing, and never a no."""
    user = user_of(one)
    schools, last = names.words.schools, one.last_sync or one.last_seen_by_entra
    return {
        "source": one.source, "device": one.key, "name": names.device(one.name or "", one.serial or "", user),
        "serial": one.serial, "user": names.called(user) if user else nobody(one.source),
        "account_id": one.account_id or None, "school": schools.get(one.school, one.school) if user else "",
        "system": one.system, "model": one.model, "last_sync": last, "last_sync_local": local(last, zone),
        "allowed": one.allowed, "allowed_word": _(ALLOWED[one.allowed]), "lost": one.lost_at,
        "lost_local": local(one.lost_at, zone),
    }  # fmt: skip


def proof_row(found: Proof) -> Row:
    """What is known of a lost device, for a program and for a person."""
    return {
        "proof": found.state, "proof_word": _(STATE_WORDS[found.state]), "read_at": found.read_at,
        "moved_at": found.moved_at, "gone": found.gone, "gone_word": _(GONE[found.places]) if found.gone else "",
    }  # fmt: skip
