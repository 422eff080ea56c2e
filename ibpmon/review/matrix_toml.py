"""A matrix as a TOML file that people go on with: what could not be known is marked, and the loader reads it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ibpmon.errors import RefusedError
from ibpmon.language import N_, _
from ibpmon.review.matrix import LARGEST, Content, Process, Role

FILL_IN = "VUL IN"  # where somebody still has to write something; the same words as in the matrix to begin with
HEAD = N_(
    "Autorisatiematrix, read from {source}.\n"
    "Look for VUL IN: there something stands that the file did not say.\n"
    "Compare the functions of the roles with your staff list, then: ibpmon matrix propose"
)
ESCAPED = re.compile("[\x7f-\x9f]")


def refuse_unfilled(content: Content, source: str, *, is_used: bool = False) -> None:
    """Nobody called VUL IN can answer for a process.

    In a file that is used as it is, he cannot have approved it either; of a version the approvals say who did.
    """
    parts: tuple[Process | Role, ...] = (*content.processes, *content.roles)
    left = [part.key for part in parts if FILL_IN in part.model_dump_json(exclude={"key"})]
    head = [name for name in ("version", "approved_by") if is_used and FILL_IN in getattr(content, name)]
    if left or head:
        raise RefusedError(
            N_("the matrix in {source} is not filled in yet"),
            why=N_("it still says VUL IN at: {parts}"),
            fix=N_("write there who or what it is; look for VUL IN in the file"),
            source=source,
            parts=", ".join([*head, *left]),
        )


def toml_of(content: Content, source: str) -> bytes:
    """The matrix as a file that the loader takes; refused when it would be too large for it."""
    data = as_toml(content, source).encode()
    if len(data) > LARGEST:
        raise RefusedError(
            N_("the matrix in {source} is too large to write"),
            why=N_("as TOML it would be larger than 1 MB, and then nothing reads it"),
            fix=N_("use patterns with * for places that go together, and leave out roles that are not used"),
            source=source,
        )
    return data


def as_toml(content: Content, source: str) -> str:
    """The matrix as TOML, with what to do in front."""
    raw = content.model_dump(mode="json")
    head = [f"# {visible(line)}".rstrip() for line in _(HEAD).format(source=source).splitlines()]
    said = [f"version = {text(raw['version'])}", f"approved_by = {text(raw['approved_by'])}"]
    said.append(f"approved_on = {raw['approved_on']}")
    tables = [line for name in ("processes", "roles", "rules") for one in raw[name] for line in table(name, one)]
    return "\n".join([*head, "", *said, *tables]) + "\n"


def visible(line: str) -> str:
    """A line for a comment: nothing in it ends the comment, or cannot be seen."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line)


def table(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    """One process, role or rule; what says nothing is left out."""
    yield f"\n[[{name}]]"
    for key, value in values.items():
        if value:
            yield f"{key} = {valued(value)}"


def valued(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, list):
        return "[" + ", ".join(map(text, value)) + "]"
    return "true" if value is True else text(value)


def text(value: str) -> str:
    """A text in quotes: as JSON writes it, and TOML asks for more signs to be spelled out."""
    return ESCAPED.sub(lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(value, ensure_ascii=False))
