"""What happened to a row of a register, for a page: each line in words, and the last one that was shown."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from ibpmon.language import _
from ibpmon.store.database import Store
from ibpmon.tell.register_words import Words, told
from ibpmon.tell.registers import history


def history_of(
    session: Session, store: Store, ref: str, acts: Mapping[str, str], labels: Mapping[str, str], words: Words
) -> tuple[list[dict[str, Any]], int]:
    """The lines, the oldest first, and the number of the last."""
    found = history(session, store, ref)
    lines = [
        {
            "at": line.at, "what": acts.get(line.what, line.what), "by": line.said.get("by", _("(erased)")),
            "told": told(line, labels, words),
        }
        for line in found
    ]  # fmt: skip
    return lines, found[-1].seq if found else 0
