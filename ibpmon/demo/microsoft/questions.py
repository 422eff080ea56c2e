"""Reading the question: which options it has, which rows it means, which properties, and where it left off."""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ibpmon.demo.microsoft import answers
from ibpmon.demo.microsoft.answers import Json, Refusal, Request
from ibpmon.demo.microsoft.directory import MEMBER_TYPES
from ibpmon.demo.microsoft.endpoints import Endpoint
from ibpmon.demo.microsoft.properties import PROPERTIES

USER_DEFAULT = frozenset(
    [
        "businessPhones",
        "displayName",
        "givenName",
        "jobTitle",
        "mail",
        "mobilePhone",
        "officeLocation",
        "preferredLanguage",
        "surname",
        "userPrincipalName",
        "id",
    ]
)
# Entra keeps these elsewhere: one account at a time, never in a list
NOT_IN_LISTS = frozenset(
    [
        "aboutMe",
        "birthday",
        "hireDate",
        "interests",
        "mailboxSettings",
        "mySite",
        "pastProjects",
        "preferredName",
        "responsibilities",
        "schools",
        "skills",
    ]
)
PEOPLE = ("user", "group", "device", "servicePrincipal")
# on a directoryObject any property of its kinds may be asked
MIXED = frozenset[str]().union(*(PROPERTIES[kind] for kind in PEOPLE))
FILTERS = {
    "user": "id accountEnabled userType userPrincipalName mail department employeeId displayName",
    "group": "id displayName mailEnabled securityEnabled",
    "device": "id deviceId displayName accountEnabled",
    "application": "id appId displayName",
    "servicePrincipal": "id appId displayName servicePrincipalType",
    "administrativeUnit": "id displayName",
    "oAuth2PermissionGrant": "clientId principalId consentType resourceId",
    "unifiedRoleDefinition": "id displayName isBuiltIn isEnabled",
    "unifiedRoleAssignment": "principalId roleDefinitionId",
    "unifiedRoleEligibilityScheduleInstance": "principalId roleDefinitionId",
    "unifiedRoleAssignmentScheduleInstance": "principalId roleDefinitionId",
    "conditionalAccessPolicy": "id displayName state",
    "namedLocation": "id displayName",
    "managedDevice": "id lastSyncDateTime operatingSystem complianceState",
    "userRegistrationDetails": "id userType isAdmin isMfaRegistered isMfaCapable",
    "riskDetection": "detectedDateTime lastUpdatedDateTime activityDateTime riskLevel riskState userId",
    "riskyUser": "riskLastUpdatedDateTime riskLevel riskState",
    "site": "isPersonalSite",
    "educationUser": "id primaryRole",
    "educationSchool": "id externalSource",
}
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,7})?Z"
CLAUSE = re.compile(rf"(\w+) (eq|ne|ge|le|gt|lt) (?:'((?:[^']|'')*)'|(true|false)|({MOMENT}))")
IDS = re.compile(r"id eq '([^']+)'")


# ---------------------------------------------------------------- options


def check_options(endpoint: Endpoint, query: Mapping[str, str]) -> None:
    """Refuse a query option that this endpoint does not take."""
    for name in query:
        if name.startswith("$") and name not in endpoint.options:
            raise answers.bad_request(f"Query option '{name[1:].title()}' is not allowed.")


def page_size(endpoint: Endpoint, query: Mapping[str, str]) -> int:
    """What `$top` asks, as far as the endpoint allows; sign-in activity has smaller pages."""
    top = query.get("$top", str(endpoint.page))
    if not top.isdigit() or int(top) == 0:
        raise answers.bad_request(f"Invalid page size specified: '{top}'.", "Request_BadRequest")
    return min(int(top), 500 if asks_activity(query) else endpoint.most)


def asks_activity(query: Mapping[str, str]) -> bool:
    """Whether the last sign-in of accounts is asked."""
    return "signInActivity" in selected(query)


def selected(query: Mapping[str, str]) -> list[str]:
    """The properties that are asked, in order."""
    return [part.strip() for part in query.get("$select", "").split(",") if part.strip()]


def wants_count(request: Request) -> bool:
    """Whether the number of rows is asked in a way that is answered; without the header it is passed over."""
    return request.query.get("$count", "").lower() == "true" and request.advanced


# ---------------------------------------------------------------- the place in a listing


def seal(place: Json) -> str:
    """A place as an opaque token."""
    return base64.urlsafe_b64encode(answers.compact(place)).decode().rstrip("=")


def open_token(text: str) -> Json | None:
    """What stands in a token of ours; None for anything else."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def read_place(query: Mapping[str, str], name: str = "at") -> Json | None:
    """The place where the page before this one ended; None on the first page."""
    text = query.get("$skiptoken", query.get("$skipToken", ""))
    if not text:
        return None
    place = open_token(text)
    if place is None or name not in place:
        raise answers.expired_page()
    return place


def page_end(begin: int, last: int, size: int, number: int) -> int:
    """Where this page ends: the second page is half full and the third empty, as it happens at Microsoft."""
    return min(last, begin + odd_size(size, number))


def odd_size(size: int, number: int) -> int:
    """How many rows page `number` gets when `size` are asked."""
    return max(1, size // 2) if number == 1 else 0 if number == 2 else size


# ---------------------------------------------------------------- which rows


def filtered(rows: list[Json], request: Request, endpoint: Endpoint) -> list[Json]:
    """The rows that pass a filter: plain comparisons, joined by `and`."""
    text = request.query.get("$filter", "").strip()
    if not text:
        return rows
    tests = [clause(part, request, endpoint) for part in text.split(" and ")]
    if text == "isPersonalSite eq false":
        return []  # so it answers in practice; only `eq true` works
    return [row for row in rows if all(passes(row, *test) for test in tests)]


Test = tuple[str, str, Any]


def clause(text: str, request: Request, endpoint: Endpoint) -> Test:
    """One comparison as name, operator and value; refuses what this endpoint does not compare."""
    found = CLAUSE.fullmatch(text.strip())
    if found is None or found[1] not in FILTERS.get(endpoint.kind, "").split():
        raise refused_filter(endpoint)
    if found[2] == "ne" and endpoint.family == "directory" and not advanced_count(request):
        raise refused_filter(endpoint)
    if found[5]:
        return found[1], found[2], moment(found[5])
    return found[1], found[2], found[4] == "true" if found[4] else found[3].replace("''", "'")


def advanced_count(request: Request) -> bool:
    """Whether the client asks in the advanced form: both the header and `$count=true`, on every page."""
    return request.advanced and request.query.get("$count", "").lower() == "true"


def refused_filter(endpoint: Endpoint) -> Refusal:
    """400 in the words of the directory, or in those of the others."""
    return answers.unsupported() if endpoint.family == "directory" else answers.bad_request("Invalid filter clause")


def passes(row: Json, name: str, operator: str, value: Any) -> bool:
    """Whether a row passes one comparison; what is empty is unequal to everything and neither more nor less."""
    own = row.get(name)
    if isinstance(value, datetime):
        own = moment(own) if own else None
    if own is None:
        return operator == "ne"
    return bool(COMPARE[operator](own, value))


COMPARE: dict[str, Any] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "ge": lambda a, b: a >= b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "lt": lambda a, b: a < b,
}


def moment(text: str) -> datetime:
    """A time as Graph writes it, with up to seven digits of a second."""
    return datetime.fromisoformat(text[:26].rstrip("Z")).replace(tzinfo=UTC)


def only_ids(text: str) -> frozenset[str] | None:
    """The ids that a delta question is limited to; it takes no other filter, and fifty ids at most."""
    if not text:
        return None
    parts = [IDS.fullmatch(part.strip()) for part in text.split(" or ")]
    ids = frozenset(part[1] for part in parts if part)
    if not all(parts) or len(ids) > 50:
        raise answers.unsupported()
    return ids


# ---------------------------------------------------------------- which properties


def select(rows: list[Json], query: Mapping[str, str], endpoint: Endpoint) -> list[Json]:
    """The rows with the properties that are asked for; users without a question give the few default ones."""
    names = selected(query)
    if not names:
        return [pick(row, shown_by_default(row, endpoint.kind)) for row in rows]
    check_names(names, endpoint)
    if endpoint.kind == "directoryObject":  # the type stays, and so does the id
        return [pick(row, {*names, "@odata.type", "id"}) for row in rows]
    shown = {*names, "@odata.type", *expanded(query)}
    empty = dict.fromkeys(name for name in names if name not in OFTEN_ABSENT) if endpoint.family == "directory" else {}
    return [{**empty, **pick(row, shown)} for row in rows]


def shown_by_default(row: Json, kind: str) -> Iterable[str]:
    """The properties that are shown when none are asked for."""
    if kind == "directoryObject":
        return ("@odata.type", "id", *MEMBER_TYPES[str(row["@odata.type"]).rsplit(".", 1)[-1]][1])
    return USER_DEFAULT if kind == "user" else row


# an account that never signed in has no such object in any form
OFTEN_ABSENT = frozenset({"signInActivity"})


def expanded(query: Mapping[str, str]) -> list[str]:
    """The linked objects that are asked along."""
    return [part for part in query.get("$expand", "").split(",") if part]


def check_names(names: Iterable[str], endpoint: Endpoint) -> None:
    """Refuse a property that this type does not have, or that no list shows."""
    known = MIXED if endpoint.kind == "directoryObject" else PROPERTIES.get(endpoint.kind)
    for name in names:
        if known is not None and name not in known:
            kind = f"microsoft.graph.{endpoint.kind}"
            raise answers.bad_request(f"Could not find a property named '{name}' on type '{kind}'.")
        if endpoint.kind == "user" and endpoint.shape != "item" and name in NOT_IN_LISTS:
            raise Refusal(501, "NotImplemented", f"The property '{name}' is not supported on a collection.")


def pick(row: Json, names: Iterable[str]) -> Json:
    """A row with these properties only."""
    wanted = names if isinstance(names, set | frozenset) else set(names)
    return {key: value for key, value in row.items() if key in wanted}
