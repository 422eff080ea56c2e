"""What happened to an alert, in words: who did what, and what was said about it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ibpmon.language import _
from ibpmon.tell.acts import Line
from ibpmon.tell.words import until_word

BY_ITSELF = ("new", "worse", "solved", "reopened", "accepted")  # what ibpmon does; the rest is done by people


def act_word(what: str) -> str:
    """What happened to an alert, for a person."""
    words = {
        "new": _("new"), "worse": _("worse"), "solved": _("solved"), "reopened": _("came back"),
        "accepted": _("accepted"), "ack": _("taken on"), "close": _("closed"), "accept": _("risk accepted"),
        "reopen": _("opened again"), "assign": _("given to somebody"), "comment": _("remark"),
        "incident": _("raised to an incident"),
    }  # fmt: skip
    return words.get(what, what)


def scrubbed(line: Line, scrub: Callable[[str], Any]) -> dict[str, str]:
    """What a line says, with a pupil whom somebody names in it behind a pseudonym."""
    return {name: str(scrub(str(text))) for name, text in line.said.items()}


def by_whom(line: Line, said: Mapping[str, str]) -> str:
    """Who did it; of somebody who was forgotten that is not known any more."""
    return said.get("by", "ibpmon" if line.what in BY_ITSELF else _("(erased)"))


def told_word(said: Mapping[str, str], zone: ZoneInfo) -> str:
    """The remark of a line: why, with whose mandate, until when, to whom."""
    until = datetime.fromisoformat(said["until"]) if "until" in said else None
    parts = [
        said.get("reason", ""),
        _("approved by {who}").format(who=said["approved_by"]) if "approved_by" in said else "",
        until_word(until, zone) if until else "",
        _("to {who}").format(who=said["to"]) if "to" in said else "",
        _("incident {number}").format(number=said["incident"]) if "incident" in said else "",
    ]
    return ", ".join(part for part in parts if part)
