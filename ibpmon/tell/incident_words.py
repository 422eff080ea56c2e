"""The register of incidents in words: what its fields, their values and what happened are called."""

from typing import Any
from zoneinfo import ZoneInfo

from ibpmon.language import N_, _
from ibpmon.tell.register_words import moment_word, yes_no

FIELDS = (
    "incident", "title", "type", "data_breach", "state", "aware_at", "deadline", "alert_id", "happened", "people",
    "people_count", "records", "records_count", "effects", "measures", "reported", "reported_at", "report_number",
    "report_reason", "people_told", "people_told_at", "people_told_how", "evaluation", "opened_at", "opened_by",
    "closed_at", "changed_at",
)  # fmt: skip
TYPE_WORDS = {
    "account": N_("account"), "device": N_("device"), "data": N_("data"), "system": N_("system"),
    "own_store": N_("ibpmon's own store"), "other": N_("other"),
}  # fmt: skip
BREACH_WORDS = {"yes": N_("yes"), "no": N_("no"), "investigating": N_("being looked into")}
STATE_WORDS = {"open": N_("open"), "closed": N_("closed")}


def word(name: str, value: Any, zone: ZoneInfo) -> str:
    """A value of a field for a person."""
    known = {"type": TYPE_WORDS, "data_breach": BREACH_WORDS, "state": STATE_WORDS}.get(name)
    if known is not None:
        return _(known[value]) if value in known else str(value or "")
    if name in ("reported", "people_told"):
        return yes_no(value)
    if name in ("people_count", "records_count"):
        return _("unknown") if value is None else str(value)
    if name.endswith("_at") or name == "deadline":
        return moment_word(value, zone) if value else ""
    return "" if value is None else str(value)


def labels() -> dict[str, str]:
    """What the fields are called for a person, in the order in which they are read."""
    return {
        "incident": _("Number"), "title": _("Title"), "type": _("Type"), "data_breach": _("Data breach"),
        "state": _("State"), "aware_at": _("Aware since"), "deadline": _("Report before"),
        "alert_id": _("Raised from alert"), "happened": _("What happened"), "people": _("Kinds of people"),
        "people_count": _("Number of people"), "records": _("Kinds of records"),
        "records_count": _("Number of records"), "effects": _("Likely effects"), "measures": _("Measures"),
        "reported": _("Reported to the AP"), "reported_at": _("Reported on"), "report_number": _("Number at the AP"),
        "report_reason": _("Why late or not reported"), "people_told": _("People told"),
        "people_told_at": _("Told on"), "people_told_how": _("How told, or why not"), "evaluation": _("Evaluation"),
        "opened_at": _("Written down on"), "opened_by": _("Written down by"), "closed_at": _("Closed on"),
        "changed_at": _("Last change"),
    }  # fmt: skip


def act_words() -> dict[str, str]:
    """What happened to an incident, for a person."""
    return {
        "open": _("written down"), "change": _("filled in"), "class": _("judged whether it is a data breach"),
        "aware": _("awareness put right"), "report": _("report to the AP"), "told": _("telling the people"),
        "close": _("closed"), "reopen": _("opened again"), "comment": _("remark"),
    }  # fmt: skip
