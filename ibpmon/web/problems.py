"""What went wrong, for a program: the same words as on the page, as problem details (RFC 9457)."""

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ibpmon.language import _
from ibpmon.web.looks import TROUBLES

MEDIA = "application/problem+json"
BELOW = "/api/"  # where programs read


class Problem(BaseModel):
    """What happened, why, and what to do; in the language of the installation."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    type: Literal["about:blank"] = "about:blank"
    status: int = Field(ge=400, le=599)
    title: str = Field(description="What happened")
    detail: str = Field(description="Why")
    fix: str = Field(description="What to do")


def problem(status: int, told: tuple[str, str, str] | None = None) -> bytes:
    """The problem of a status, or one that says it better."""
    what, why, fix = told or tuple(map(_, TROUBLES.get(status, TROUBLES[400 if status < 500 else 503])))
    return json.dumps(Problem(status=status, title=what, detail=why, fix=fix).model_dump()).encode()
