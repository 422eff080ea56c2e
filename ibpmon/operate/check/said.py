"""What a check says: a state, what was seen, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ibpmon.errors import IbpmonError, Translate
from ibpmon.language import _

State = Literal["ok", "note", "problem", "unknown"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `what` and `fix` are English msgids; a value of them is data and never a template.

    ok: it is right; note: it works, but a person should know; problem: something will not work;
    unknown: it could not be looked at, and that says nothing about how it is.
    """

    subject: str
    state: State
    what: str
    fix: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    def told(self, translate: Translate) -> tuple[str, str]:
        """What was seen and what to do, in the reader's language."""
        what, fix = (translate(part).format(**self.values) if part else "" for part in (self.what, self.fix))
        return what, fix


def from_error(subject: str, error: IbpmonError, state: State = "problem") -> Check:
    """An error that was met while looking, in the reader's language."""
    what, why, fix = error.told(_)
    said = "{what}: {why}" if why else "{what}"
    return Check(subject, state, said, "{fix}" if fix else "", {"what": what, "why": why, "fix": fix})
