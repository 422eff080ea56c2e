"""The line of PowerShell that would cut one edge: for somebody to read, check and run; ibpmon runs nothing.

Microsoft Graph PowerShell where Graph knows the edge, PnP where only SharePoint does. Every value stands between
single quotes, in which PowerShell sees no variable and no command, and the quotes in it are doubled: the curly ones
too, for PowerShell takes those for the same (about_Quoting_Rules).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ibpmon.review.holders import EVERYONE, GROUP_CLAIMS, PERSON_CLAIM
from ibpmon.review.nouns import Edge, Landscape, Resource

QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")
HIDDEN = ("Zl", "Zp")  # ends of lines; with everything of kind C: control, direction, half a character
ALL_ACCOUNTS = "c:0-.f|rolemanager|spo-grid-all-users/*"


@dataclass(frozen=True, slots=True)
class Cut:
    """One edge, with all that a line about it may need."""

    landscape: Landscape
    place: Resource
    edge: Edge
    unified: frozenset[str] = frozenset()  # groups with a mailbox: SharePoint calls them otherwise

    @property
    def libraries(self) -> frozenset[str]:
        """The libraries of the place, which Graph knows; a list is known to SharePoint only."""
        return frozenset(one.id for one in self.landscape.libraries.get(self.place.id, ()))


def quoted(value: str) -> str:
    """A value as PowerShell reads it and does nothing with it; what cannot be seen becomes a question mark."""
    plain = "".join("?" if is_hidden(one) else one for one in value)
    return "'" + QUOTES.sub(r"\1\1", plain) + "'"


def is_hidden(character: str) -> bool:
    """Whether a character could end a line or make it look like another."""
    kind = unicodedata.category(character)
    return kind[0] == "C" or kind in HIDDEN


def line(cut: Cut) -> str:
    """The line; empty when there is none."""
    return LINES[cut.edge.kind](cut)


def rule_line(group: str) -> str:
    """The rule of a group, to read: nobody can take a member out of it by hand."""
    return f"Get-MgGroup -GroupId {quoted(group)} -Property 'membershipRule' | Select-Object MembershipRule"


def source_line(group: str) -> str:
    """What a group is called where it comes from, to look for it there."""
    name = "OnPremisesSamAccountName, OnPremisesSyncEnabled"
    asked = quoted("onPremisesSamAccountName,onPremisesSyncEnabled")
    return f"Get-MgGroup -GroupId {quoted(group)} -Property {asked} | Select-Object {name}"


# ---------------------------------------------------------------- Microsoft Graph


def member(cut: Cut) -> str:
    """Somebody or a group out of a group."""
    edge = cut.edge
    return f"Remove-MgGroupMemberByRef -GroupId {quoted(edge.target)} -DirectoryObjectId {quoted(edge.source)}"


def owner(cut: Cut) -> str:
    """Somebody no owner of a group any more."""
    edge = cut.edge
    return f"Remove-MgGroupOwnerByRef -GroupId {quoted(edge.target)} -DirectoryObjectId {quoted(edge.source)}"


def role(cut: Cut) -> str:
    """A role of administrators away."""
    key = quoted(cut.edge.key)
    return f"Remove-MgRoleManagementDirectoryRoleAssignment -UnifiedRoleAssignmentId {key}"


def eligible_role(cut: Cut) -> str:
    """Somebody may not take a role any more."""
    role_id, _at, scope = cut.edge.target.partition("@")
    parts = {"PrincipalId": cut.edge.source, "RoleDefinitionId": role_id, "DirectoryScopeId": scope or "/"}
    told = " ".join(f"-{name} {quoted(value)}" for name, value in parts.items())
    return f"New-MgRoleManagementDirectoryRoleEligibilityScheduleRequest -Action 'adminRemove' {told}"


def app_role(cut: Cut) -> str:
    """Somebody or a group out of an application."""
    app, key = quoted(cut.edge.target), quoted(cut.edge.key)
    return f"Remove-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId {app} -AppRoleAssignmentId {key}"


def app_open(cut: Cut) -> str:
    """An application that lets in by name only."""
    return f"Update-MgServicePrincipal -ServicePrincipalId {quoted(cut.edge.target)} -AppRoleAssignmentRequired:$true"


def permission(cut: Cut) -> str:
    """A right or link on a library, a folder or a file."""
    drive, _slash, item = cut.edge.target.partition("/")
    told = f"-DriveId {quoted(drive)} -DriveItemId {quoted(item or 'root')} -PermissionId {quoted(cut.edge.key)}"
    return f"Remove-MgDriveItemPermission {told}"


# ---------------------------------------------------------------- SharePoint


def grant(cut: Cut) -> str:
    """A right on a library, on a list or on the site itself."""
    if cut.edge.target in cut.libraries:
        return permission(cut)
    on_list = "" if cut.edge.target == cut.place.id else cut.edge.target
    return in_site(cut, taken(cut, on_list)) if is_number(cut.edge.key) else ""


def taken(cut: Cut, on_list: str) -> str:
    """Every role that a principal has there itself, one by one."""
    key = f"-PrincipalId {cut.edge.key}"
    who = f"-User (Get-PnPUser -Identity {cut.edge.key}).LoginName"
    if any(cut.edge.source == one for one in cut.landscape.site_members):
        who = f"-Group {quoted(cut.edge.source.partition('/')[2])}"
    if on_list:
        at = f"-Identity {quoted(on_list)}"
        each = f"Set-PnPListPermission {at} {who} -RemoveRole $_.Name"
        return f"Get-PnPListPermissions {at} {key} | ForEach-Object {{ {each} }}"
    each = f"Set-PnPWebPermission {who} -RemoveRole $_.Name"
    return f"Get-PnPWebPermission -Identity (Get-PnPWeb) {key} | ForEach-Object {{ {each} }}"


def site_group(cut: Cut) -> str:
    """Somebody, a group or everyone out of a SharePoint group."""
    group, source = quoted(cut.edge.target.partition("/")[2]), cut.edge.source
    if source == "everyone/members":
        found = f"Get-PnPGroupMember -Group {group} | Where-Object LoginName -like {quoted(ALL_ACCOUNTS)}"
        each = f"Remove-PnPGroupMember -Group {group} -LoginName $_.LoginName"
        return in_site(cut, f"{found} | ForEach-Object {{ {each} }}")
    return in_site(cut, f"Remove-PnPGroupMember -Group {group} -LoginName {login(cut)}")


def login(cut: Cut) -> str:
    """How SharePoint knows who is at the beginning of an edge; of a pupil ibpmon writes no user name down."""
    source = cut.edge.source
    person = cut.landscape.people.get(source)
    if person and person.upn and person.population != "pupil":
        return quoted(PERSON_CLAIM + person.upn.lower())
    if person:
        return f"({quoted(PERSON_CLAIM)} + (Get-MgUser -UserId {quoted(source)}).UserPrincipalName)"
    if source == "everyone/guests":
        return quoted(EVERYONE)
    if source in cut.landscape.groups:
        return quoted(GROUP_CLAIMS[source in cut.unified] + source)
    return quoted(source.removeprefix(f"{cut.place.id}/"))


def site_admin(cut: Cut) -> str:
    """Somebody no admin of a site any more."""
    if not is_number(cut.edge.key):
        return ""
    return in_site(cut, f"Remove-PnPSiteCollectionAdmin -Owners (Get-PnPUser -Identity {cut.edge.key}).LoginName")


def in_site(cut: Cut, command: str) -> str:
    """A command of PnP, which works in the site that it is signed in to."""
    address = cut.place.address
    return f"Connect-PnPOnline -Url {quoted(address)} -Interactive; {command}" if address else ""


def is_number(key: str) -> bool:
    """Whether a key is the number of a principal in a site: only that stands in a line without quotes."""
    return key.isascii() and key.isdecimal()


LINES: Mapping[str, Callable[[Cut], str]] = {
    "member": member, "nested": member, "owner": owner, "role": role, "eligible_role": eligible_role,
    "app_role": app_role, "app_open": app_open, "link": permission, "item_grant": permission, "grant": grant,
    "site_group": site_group, "site_admin": site_admin,
}  # fmt: skip
