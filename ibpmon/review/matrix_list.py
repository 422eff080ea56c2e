"""The autorisatiematrix as a list (CSV or XLSX): each row a place, who answers for it, and the right of one role there.

What a row leaves empty about an owner or a role may stand in another row about the same one; what two rows
contradict is refused, with both lines. Half a matrix would make deviations of rights that were agreed, so a
single row that cannot be used refuses the whole.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from ibpmon.collect.files import AMSTERDAM, BadRow, lines_of
from ibpmon.collect.placement import folded
from ibpmon.config import MatrixFile, sentence
from ibpmon.errors import ContentError
from ibpmon.language import N_, _
from ibpmon.review.matrix import UNRECOGNISED, Content, Matrix, Process, Role, Rule, load_matrix, unusable
from ibpmon.store.collected import Field

FIELDS = tuple(
    Field(name, (), "bool" if name == "same_school" else "text", why, key=name in ("process", "resource"))
    for name, why in (
        ("process", "what the owner answers for"),
        ("resource", "the name of a group, site or application; * is any text"),
        ("owner", "who answers for the process"),
        ("owner_upn", "the account of the owner"),
        ("mail", "where the review goes"),
        ("deputy", "who decides when the owner cannot, or may not"),
        ("deputy_upn", "the account of the deputy"),
        ("deputy_mail", "where the review goes then"),
        ("role", "who may enter"),
        ("functions", "how the role is recognised in the staff list"),
        ("departments", "by the department of the account"),
        ("groups", "by being in a group"),
        ("populations", "by the kind of account"),
        ("right", "how far the role may go"),
        ("same_school", "only at the own school"),
    )
)
ABOUT_OWNER = ("owner", "owner_upn", "mail", "deputy", "deputy_upn", "deputy_mail")
POPULATIONS = {
    "personeel": "staff", "medewerker": "staff", "staff": "staff",
    "leerling": "pupil", "leerlingen": "pupil", "pupil": "pupil",
    "gast": "guest", "gasten": "guest", "guest": "guest",
    "dienst": "service", "koppeling": "service", "service": "service",
    "gedeeld": "shared", "shared": "shared",
    "noodtoegang": "break_glass", "break_glass": "break_glass", "break glass": "break_glass",
}  # fmt: skip
LONGEST_KEY = 32  # characters of a key, which is the name of a file as well
SPLIT = re.compile(r"[,;\n]")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the list: its number, and its values by the names of the fields."""

    number: int
    values: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A value as text; empty when there is none."""
        return self.values[name] or ""


@dataclass(slots=True)
class Reading:
    """The list so far, with everything that is wrong with it."""

    file: MatrixFile
    columns: Mapping[str, str]
    lines: list[Line] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def refuse(self, number: int, name: str, why: str) -> None:
        """Note what is wrong, with its line and the heading of its column; never with what stands there."""
        column = self.columns.get(name, name)
        self.problems.append((number, f"{column}: {why}" if column else why))


def matrix_of(file: MatrixFile) -> Matrix:
    """The matrix that the configuration names, whatever kind of file it is; ContentError says what is wrong with it."""
    return read_list(file) if file.is_list else load_matrix(file.path)


def read_list(file: MatrixFile) -> Matrix:
    """The matrix that stands in a list.

    1. every row as values, each that cannot be used noted
    2. the processes with their owners, the roles, and a rule for each row that gives a right
    3. all problems in one error
    """
    found = lines_of("matrix", FIELDS, file, AMSTERDAM)
    reading = Reading(file, found.columns)
    for number, row in found.rows:
        take(reading, number, row)
    content = content_of(reading)
    if reading.problems:
        told = [f"{file.path.name}:{number}: {problem}" for number, problem in sorted(reading.problems)]
        raise unusable(file.path, told)
    mark = hashlib.sha256(found.content.raw + content.model_dump_json().encode())
    return Matrix(content, mark.hexdigest())


def take(reading: Reading, number: int, row: tuple[Any, ...] | BadRow) -> None:
    """Keep one row, or note why it cannot be used."""
    if isinstance(row, BadRow):
        reading.problems.append((row.line, f"{row.column}: {_(row.reason)}" if row.column else _(row.reason)))
        return
    line = Line(number, dict(zip((one.name for one in FIELDS), row, strict=True)))
    for needed, by in (("right", "role"), ("role", "right")):
        if line.text(by) and not line.text(needed):
            reading.refuse(number, needed, _("missing"))
    reading.lines.append(line)


def content_of(reading: Reading) -> Content:
    """The list as the same values that the TOML file gives."""
    file = reading.file
    if not file.version or not file.approved_by or file.approved_on is None:
        raise unsigned(file)
    return Content(
        version=file.version,
        approved_by=file.approved_by,
        approved_on=file.approved_on,
        processes=tuple(processes(reading)),
        roles=tuple(roles(reading)),
        rules=tuple(rules(reading)),
    )


def unsigned(file: MatrixFile) -> ContentError:
    """A list does not say itself who approved it."""
    return ContentError(
        N_("it is not known who approved the autorisatiematrix {path}"),
        why=N_("a list has no place for it, and a matrix that nobody approved is nobody's rule"),
        fix=N_("give version, approved_by and approved_on under [files.matrix] in config.toml"),
        path=file.path,
    )


# ---------------------------------------------------------------- processes, roles and rules


def processes(reading: Reading) -> Iterator[Process]:
    """Each process once, with all places that its rows name."""
    for name, lines in together(reading, "process"):
        said = {one: agreed(reading, lines, one) for one in ABOUT_OWNER}
        if not said["owner"]:
            reading.refuse(lines[0].number, "owner", _("missing"))
            continue
        places = tuple(dict.fromkeys(line.text("resource") for line in lines))
        mails = {one: said[one] or None for one in ("mail", "deputy_mail")}
        raw = {"key": key_of(name), "name": name, "resources": places, **said, **mails}
        yield from made(reading, Process, raw, lines[0])


def roles(reading: Reading) -> Iterator[Role]:
    """Each role once, with how it is recognised."""
    for name, lines in together(reading, "role"):
        by = {one: tuple(parts(agreed(reading, lines, one))) for one in ("functions", "departments", "groups")}
        words = parts(agreed(reading, lines, "populations"))
        unknown = [word for word in words if folded(word) not in POPULATIONS]
        if unknown:
            reading.refuse(lines[0].number, "populations", _("not one of the words that ibpmon knows here"))
        elif not any(by.values()) and not words:
            reading.refuse(lines[0].number, "functions", _(UNRECOGNISED))
        else:
            kinds = tuple(POPULATIONS[folded(word)] for word in words)
            yield from made(reading, Role, {"key": key_of(name), **by, "populations": kinds}, lines[0])


def rules(reading: Reading) -> Iterator[Rule]:
    """A rule for each row that gives a role a right; the same one twice is one."""
    given: dict[tuple[str, str, bool], str] = {}
    for line in reading.lines:
        role, resource, right = line.text("role"), line.text("resource"), line.text("right")
        if not role or not right:
            continue
        about = (folded(role), folded(resource), bool(line.values["same_school"]))
        if given.setdefault(about, right) != right:
            reading.refuse(line.number, "right", _("another line gives this role another right on this place"))
            continue
        raw = {"role": key_of(role), "resources": (resource,), "right": right, "same_school": about[-1]}
        yield from made(reading, Rule, raw, line)


def made(reading: Reading, kind: Any, raw: Mapping[str, Any], line: Line) -> Iterator[Any]:
    """The checked value, or nothing when it does not fit; then that is noted."""
    try:
        yield kind.model_validate(raw)
    except ValidationError as errors:
        for error in errors.errors(include_input=False, include_url=False):
            reading.refuse(line.number, str(error["loc"][0]), sentence(dict(error)))


def together(reading: Reading, name: str) -> Iterator[tuple[str, list[Line]]]:
    """The rows that have one word in this column, under the word as it is first written."""
    found: dict[str, list[Line]] = {}
    for line in reading.lines:
        if line.text(name):
            found.setdefault(folded(line.text(name)), []).append(line)
    keys: dict[str, int] = {}
    for lines in found.values():
        other = keys.setdefault(key_of(lines[0].text(name)), lines[0].number)
        if other != lines[0].number:
            reading.refuse(lines[0].number, name, _("too much like the name on line {line}").format(line=other))
        yield lines[0].text(name), lines


def agreed(reading: Reading, lines: Sequence[Line], name: str) -> str:
    """What these rows say in one column; some may leave it empty, and none may say something else."""
    first = next((line.text(name) for line in lines if line.text(name)), "")
    for line in lines:
        if line.text(name) and folded(line.text(name)) != folded(first):
            why = _("line {line} says something else about the same one")
            number = next(one.number for one in lines if one.text(name))
            reading.refuse(line.number, name, why.format(line=number))
    return first


def parts(words: str) -> list[str]:
    """Several words in one cell."""
    return [word.strip() for word in SPLIT.split(words) if word.strip()]


def key_of(name: str) -> str:
    """A short key for a name, fit to name a file; the same name always has the same one."""
    plain = unicodedata.normalize("NFKD", folded(name)).encode("ascii", "ignore").decode()
    key = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if 0 < len(key) <= LONGEST_KEY:
        return key
    mark = hashlib.sha256(folded(name).encode()).hexdigest()[:6]
    return f"{key[: LONGEST_KEY - 7]}-{mark}".strip("-")
