"""The register of privacy requests in words: its fields, their values, and how long there is to answer."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ibpmon.language import N_, _, ngettext
from ibpmon.store.tables import PrivacyRequest
from ibpmon.tell.incidents import left_words
from ibpmon.tell.register_words import moment_word

FIELDS = (
    "request", "kind", "about", "asked", "received_at", "due_at", "extended_at", "extension_reason", "state",
    "decision", "decision_reason", "decided_at", "decided_by", "opened_at", "opened_by", "changed_at",
)  # fmt: skip
KIND_WORDS = {
    "access": N_("access to own data"), "rectification": N_("correction"), "erasure": N_("erasure"),
    "restriction": N_("restriction"), "objection": N_("objection"), "portability": N_("handing over"),
}  # fmt: skip
DECISION_WORDS = {
    "granted": N_("granted"), "partly": N_("granted in part"), "refused": N_("refused"), "withdrawn": N_("withdrawn"),
}  # fmt: skip
STATE_WORDS = {"open": N_("open"), "decided": N_("decided")}


def left_in_days(one: PrivacyRequest, now: datetime, zone: ZoneInfo) -> str:
    """How long there is to answer: in days, and in hours on the last one."""
    days = (one.due_at.astimezone(zone).date() - now.astimezone(zone).date()).days
    if days == 0:
        return left_words(one.due_at, now)
    count = ngettext("{n} day", "{n} days", abs(days)).format(n=abs(days))
    return (_("{span} left") if days > 0 else _("{span} too late")).format(span=count)


def word(name: str, value: Any, zone: ZoneInfo) -> str:
    """A value of a field for a person."""
    known = {"kind": KIND_WORDS, "decision": DECISION_WORDS, "state": STATE_WORDS}.get(name)
    if known is not None:
        return _(known[value]) if value in known else str(value or "")
    if name.endswith("_at"):
        return moment_word(value, zone) if value else ""
    return "" if value is None else str(value)


def labels() -> dict[str, str]:
    """What the fields are called for a person, in the order in which they are read."""
    return {
        "request": _("Number"), "kind": _("What is asked"), "about": _("About whom"), "asked": _("In their words"),
        "received_at": _("Received"), "due_at": _("Answer before"), "extended_at": _("Extended on"),
        "extension_reason": _("Why extended"), "state": _("State"), "decision": _("Decision"),
        "decision_reason": _("Reason"), "decided_at": _("Decided on"), "decided_by": _("Decided by"),
        "opened_at": _("Written down on"), "opened_by": _("Written down by"), "changed_at": _("Last change"),
    }  # fmt: skip


def act_words() -> dict[str, str]:
    """What happened to a request, for a person."""
    return {
        "open": _("written down"), "change": _("put right"), "extend": _("extended"), "decide": _("decided"),
        "reopen": _("opened again"), "comment": _("remark"),
    }  # fmt: skip
