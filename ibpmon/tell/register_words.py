"""What the registers say in words: what an act changed from what to what, moments, and what nobody decided yet."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ibpmon.language import _, moment
from ibpmon.tell.acts import Line

Words = Callable[[str, Any], str]  # field and value -> the value for a person


def told(line: Line, labels: Mapping[str, str], words: Words) -> str:
    """The reason, and what was changed from what to what."""
    old, new = line.said.get("old", {}), line.said.get("new", {})
    parts = [str(line.said.get("reason", ""))]
    for name in new if line.what != "open" else ():
        values = {"field": labels.get(name, name), "old": words(name, old.get(name)), "new": words(name, new[name])}
        parts.append(_("{field}: {old} -> {new}").format(**values))
    return "; ".join(part for part in parts if part)


def moment_word(value: Any, zone: ZoneInfo) -> str:
    """A time, also as the ledger keeps it, for a person."""
    return moment(datetime.fromisoformat(value) if isinstance(value, str) else value, zone)


def yes_no(value: bool | None) -> str:
    """Yes, no, or that nobody decided."""
    return {True: _("yes"), False: _("no"), None: _("not decided")}[value]
