"""What Purview logged about sharing and mail, with whose account did it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, select

from ibpmon.store.collected import Dataset
from ibpmon.store.json_lists import json_member, rows_of, text_member
from ibpmon.store.view import Entry, Here, View, own, view
from ibpmon.store.views.people import person_entries

# column: what a command of Exchange or Purview was told; as it stands in the log, so True or False
TOLD = {
    "unified_log": "UnifiedAuditLogIngestionEnabled",
    "mailbox_log": "AuditEnabled",
    "mailbox_logs_off": "AuditDisabled",
    "log_bypassed": "AuditBypassEnabled",
}


def audit_log_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Acts that Purview logged, with whose account it was; the log knows people by their user name."""
    table = here.data["audit-log"]
    account = here.part("accounts", {"account_id": "text", "upn": "text", "name": "text"}, "actor")
    placed, place_fits = here.place("account", account.c.account_id, "place")
    entries: list[Entry] = [
        *own(table, datasets["audit-log"]),
        ("account_id", account.c.account_id, "text"),
        ("name", account.c.name, "text"),
        *person_entries(placed)[:2],
        *((name, told(table.c.details, word), "text") for name, word in TOLD.items()),
    ]
    rows = table.outerjoin(account, func.lower(account.c.upn) == func.lower(table.c.upn)).outerjoin(placed, place_fits)
    people = account.outerjoin(placed, place_fits)
    known = select(account.c.upn, account.c.account_id, account.c.name).order_by(account.c.upn)
    placement = select(account.c.upn, placed.c.population, placed.c.school).select_from(people).order_by(account.c.upn)
    return view(
        "audit-log",
        here,
        entries,
        rows,
        ["audit-log"],
        joined=dict.fromkeys(("account_id", "name", "population", "school"), "accounts"),
        where=here.mine(table),
        event=("at", table),
        context={"account_id": known, "name": known, "population": placement, "school": placement},
    )


def told(details: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    """What a command was told under a name; nothing when it was told nothing about it."""
    one = rows_of(json_member(details, "Parameters"), "told")
    value = select(func.max(text_member(one.c.value, "Value")))
    return value.where(text_member(one.c.value, "Name") == name).scalar_subquery()
