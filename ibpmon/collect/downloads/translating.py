"""A row of CSV as the record that Graph would have given: only what the connector declares is looked at."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ibpmon.collect.connectors import Connector
from ibpmon.collect.downloads import headings, values
from ibpmon.collect.downloads.headings import Column
from ibpmon.collect.downloads.kinds import Kind
from ibpmon.collect.downloads.times import NotATime, Reader
from ibpmon.language import N_
from ibpmon.store.collected import Field

Record = dict[str, Any]

TARGET = re.compile(r"target(\d+)(type|displayname|objectid|userprincipalname)")
CHANGE = re.compile(r"target(\d+)modifiedproperty(\d+)(name|oldvalue|newvalue)")
DETAIL = re.compile(r"additionaldetail(\d+)(key|value)")
TARGET_KEYS = {
    "type": "type", "displayname": "displayName", "objectid": "id", "userprincipalname": "userPrincipalName",
}  # fmt: skip
CHANGE_KEYS = {"name": "displayName", "oldvalue": "oldValue", "newvalue": "newValue"}
DERIVED = "csv:"  # begins the id of an audit row that has none of its own
APPLICATIONS = frozenset({"application", "serviceprincipal", "app", "toepassing"})


class Unusable(Exception):
    """A row that cannot be used, with the reason as msgid."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the rows of one file become records."""

    kind: Kind
    delimiter: str
    heading: tuple[str, ...]
    columns: Mapping[str, Column]
    wanted: tuple[tuple[Field, Column], ...]  # fields of the connector that stand in this file
    times: Reader
    accounts: Mapping[str, str]  # user name -> id, for a file that holds only names

    @property
    def said(self) -> frozenset[str]:
        """The top of each path that this file can say something about."""
        tops = {path.split(".")[0] for path in self.columns}
        found = [headings.folded(cell) for cell in self.heading]
        tops |= {"targetResources"} if any(TARGET.fullmatch(one) for one in found) else set()
        tops |= {"additionalDetails"} if any(DETAIL.fullmatch(one) for one in found) else set()
        return frozenset(tops | {"id", "signInEventTypes", "isInteractive"})


def wanted(connector: Connector, columns: Mapping[str, Column]) -> tuple[tuple[Field, Column], ...]:
    """The declared fields for which the file has a column."""
    paths = [(field, ".".join(field.path)) for field in connector.fields]
    return tuple((field, columns[path]) for field, path in paths if path in columns)


def record_of(plan: Plan, cells: Sequence[str]) -> Record:
    """One row as a record; Unusable when a value is not what its field says, Unclear when a time has two meanings."""
    record: Record = {}
    for field, column in plan.wanted:
        try:
            found = values.value(field, cells[column.place], plan.times, utc=column.utc)
        except NotATime:
            raise Unusable(N_("a time that is written in no known way")) from None
        put(record, field.path, found)
    FINISH.get(plan.kind.family, leave)(plan, cells, record)
    return record


def put(record: Record, path: Sequence[str], found: Any) -> None:
    """Set a value at its path."""
    for step in path[:-1]:
        record = record.setdefault(step, {})
    record[path[-1]] = found


def cell(plan: Plan, cells: Sequence[str], path: str) -> str:
    """What stands in the column of a path; empty without such a column."""
    column = plan.columns.get(path)
    return cells[column.place].strip() if column else ""


# ---- what one kind needs beyond its columns


def leave(plan: Plan, cells: Sequence[str], record: Record) -> None:
    """Nothing more to do."""


def finish_sign_in(plan: Plan, cells: Sequence[str], record: Record) -> None:
    """A sign-in that went well has an empty error code in these files; in Graph it is 0."""
    status = record.setdefault("status", {})
    if status.get("errorCode") is None and cell(plan, cells, "status.word").casefold() in values.SUCCESS:
        status["errorCode"] = 0
    record["signInEventTypes"] = [plan.kind.event_type]
    record["isInteractive"] = plan.kind.event_type == "interactiveUser"


def finish_audit(plan: Plan, cells: Sequence[str], record: Record) -> None:
    """The lists of an audit row stand in numbered columns; exactly one of user and application did it."""
    names = [headings.folded(one) for one in plan.heading]
    record["targetResources"] = targets(names, cells)
    record["additionalDetails"] = [
        {"key": one.get("key"), "value": one.get("value")} for one in numbered(DETAIL, names, cells).values()
    ]
    by = record.setdefault("initiatedBy", {})
    application = values.letters(cell(plan, cells, "initiatedBy.type")) in APPLICATIONS
    by["user" if application else "app"] = None
    record["id"] = derived_id(cell(plan, cells, "correlationId"), cells)


def targets(names: Sequence[str], cells: Sequence[str]) -> list[Record]:
    """What an audit row is about, with what changed of it."""
    found = numbered(TARGET, names, cells)
    changes: dict[str, dict[str, Record]] = {}
    for name, text in zip(names, cells, strict=True):
        if (match := CHANGE.fullmatch(name)) and text.strip():
            changes.setdefault(match[1], {}).setdefault(match[2], {})[CHANGE_KEYS[match[3]]] = text
    return [
        {TARGET_KEYS[key]: text for key, text in one.items()}
        | {"modifiedProperties": list(changes.get(number, {}).values())}
        for number, one in found.items()
    ]


def numbered(form: re.Pattern[str], names: Sequence[str], cells: Sequence[str]) -> dict[str, dict[str, str]]:
    """The filled cells of numbered columns, together per number."""
    found: dict[str, dict[str, str]] = {}
    for name, text in zip(names, cells, strict=True):
        if (match := form.fullmatch(name)) and text.strip():
            found.setdefault(match[1], {})[match[2]] = text.strip()
    return found


def derived_id(correlation: str, cells: Sequence[str]) -> str:
    """An id for an audit row, whose CSV has none: the same row gives the same id in every download."""
    content = hashlib.sha256("\x1f".join(one.strip() for one in cells).rstrip("\x1f").encode()).hexdigest()
    return f"{DERIVED}{correlation.casefold()}:{content[:24]}"


def finish_registration(plan: Plan, cells: Sequence[str], record: Record) -> None:
    """This file knows people by their user name only; the id comes from the accounts that were read before."""
    if record.get("id"):
        return
    name = cell(plan, cells, "userPrincipalName").casefold()
    if name not in plan.accounts:
        raise Unusable(N_("a user name that no known account has"))
    record["id"] = plan.accounts[name]


FINISH: Mapping[str, Callable[[Plan, Sequence[str], Record], None]] = {
    "sign-ins": finish_sign_in, "audits": finish_audit, "mfa": finish_registration,
}  # fmt: skip
