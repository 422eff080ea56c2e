"""Which heading holds which value: Dutch by default, each replaceable in the configuration."""

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from ibpmon.config import BoardFile
from ibpmon.errors import ContentError
from ibpmon.language import N_, _, meant
from ibpmon.store.collected import Field

# The headings of the shipped examples; [files.*] columns in the configuration replaces them one by one.
HEADINGS: Mapping[str, Mapping[str, str]] = {
    "staff": {
        "employee_number": "Personeelsnummer",
        "name": "Naam",
        "upn": "Gebruikersnaam",
        "object_id": "Object-id",
        "function": "Functie",
        "school": "School",
        "contract": "Soort contract",
        "start_date": "In dienst",
        "end_date": "Uit dienst",
    },
    "pupils": {
        "pupil_number": "Leerlingnummer",
        "upn": "Gebruikersnaam",
        "school": "School",
        "year_group": "Groep",
        "enrolled": "Ingeschreven",
        "left_on": "Uitgeschreven op",
    },
    "devices": {
        "serial": "Serienummer",
        "kind": "Soort",
        "school": "School",
        "holder": "Gebruiker",
        "in_use": "In gebruik",
    },
    "classification": {
        "kind": "Soort",
        "name": "Naam",
        "availability": "Beschikbaarheid",
        "integrity": "Integriteit",
        "confidentiality": "Vertrouwelijkheid",
        "owner": "Eigenaar",
    },
    "consents": {
        "person": "Medewerker",
        "device": "Apparaat",
        "given_at": "Gegeven op",
        "until": "Geldig tot",
    },
    "announcements": {
        "account": "Noodaccount",
        "starts": "Vanaf",
        "until": "Tot en met",
        "address": "Adres",
        "reason": "Reden",
    },
    "overrides": {
        "upn": "Gebruikersnaam",
        "population": "Soort account",
        "reason": "Reden",
        "until": "Geldig tot",
        "sponsor": "Contactpersoon",
    },
    "matrix": {
        "process": "Proces",
        "resource": "Plaats",
        "owner": "Proceseigenaar",
        "owner_upn": "Gebruikersnaam eigenaar",
        "mail": "E-mail eigenaar",
        "deputy": "Vervanger",
        "deputy_upn": "Gebruikersnaam vervanger",
        "deputy_mail": "E-mail vervanger",
        "role": "Rol",
        "functions": "Functies",
        "departments": "Afdelingen",
        "groups": "Groepen",
        "populations": "Soort account",
        "right": "Recht",
        "same_school": "Alleen eigen school",
    },
    "applications": {
        "person": "Gebruiker",
        "right": "Recht",
        "name": "Naam",
        "employee_number": "Personeelsnummer",
        "object_id": "Object-id",
        "upn": "E-mailadres",
        "as_of": "Peildatum",
    },
}
DEPUTY = ("deputy", "deputy_upn", "deputy_mail")
# Columns that not every file has: their heading may be missing, unless the configuration names it.
OPTIONAL: Mapping[str, Collection[str]] = {
    "staff": ("object_id", "contract"),
    "pupils": ("left_on",),
    "classification": ("owner",),
    "consents": ("until",),
    "announcements": ("address",),
    "overrides": ("until", "sponsor"),
    "matrix": ("owner_upn", "mail", *DEPUTY, "departments", "groups", "populations", "same_school"),
    "applications": ("name", "employee_number", "object_id", "upn", "as_of"),
}
# Keys that may not be empty, beside the first one: a school may, for who works at the board's office has none.
NEEDED: Mapping[str, Collection[str]] = {"classification": ("name",), "matrix": ("resource",)}
# Fields of which the values come from the configuration and not from a column.
GIVEN: Mapping[str, Collection[str]] = {"applications": ("application", "level")}
ALIKE = 0.85  # so close to a known heading is a typing mistake


def columns_of(name: str, fields: Sequence[Field], file: BoardFile) -> dict[str, str]:
    """Which heading holds which field. A field mapped to "" is not in the board's file and stays empty."""
    known = {field.name: field for field in fields if field.name not in GIVEN.get(name, ())}
    unknown = [word for word in file.columns if word not in known]
    lost = [word for word, heading in file.columns.items() if not heading.strip() and is_key(known.get(word))]
    if unknown or lost:
        raise unfit(name, [*(f"'{word}'?{meant(word, known)}" for word in unknown), *map(needed, lost)], known)
    both = {**HEADINGS.get(name, {}), **file.columns}
    return {word: both.get(word, word) for word in known if both.get(word, word).strip()}


def is_key(field: Field | None) -> bool:
    """Whether a row cannot be told from others without it; the right in an application may well be one and the same."""
    return field is not None and field.key and field.name != "right"


def needed(name: str) -> str:
    """What is wrong with a key that is mapped to nothing."""
    return _("'{name}' is needed").format(name=name)


def unfit(name: str, problems: Sequence[str], known: Collection[str]) -> ContentError:
    """The columns in the configuration name what is not there, or leave out what is needed."""
    return ContentError(
        N_("the columns of [files.{file}] in config.toml do not fit"),
        why="{problems}",
        fix=N_("left of = stands one of: {names}; right of it the heading in your file"),
        file=name,
        problems="; ".join(problems),
        names=", ".join(known),
    )


def find_columns(
    path: Path, heading: Sequence[str], columns: Mapping[str, str], optional: Collection[str] = ()
) -> dict[str, int]:
    """The place of each field in a row; ContentError when headings are missing or stand there twice."""
    present = [folded(cell) for cell in heading]
    free = [cell for cell in heading if folded(cell) not in map(folded, columns.values())]
    absent = {word: wanted for word, wanted in columns.items() if folded(wanted) not in present}
    missing = [wanted for word, wanted in absent.items() if word not in optional or mistyped(wanted, free)]
    double = [wanted for wanted in columns.values() if present.count(folded(wanted)) > 1]
    if missing or double:
        expected = [wanted for word, wanted in columns.items() if word not in optional]
        raise wrong_heading(path, heading, expected, missing, double)
    return {word: present.index(folded(wanted)) for word, wanted in columns.items() if word not in absent}


def mistyped(wanted: str, free: Sequence[str]) -> bool:
    """Whether a heading that nobody asked for is nearly this one."""
    return bool(get_close_matches(folded(wanted), map(folded, free), n=1, cutoff=ALIKE))


def wrong_heading(
    path: Path, heading: Sequence[str], expected: Sequence[str], missing: Sequence[str], double: Sequence[str]
) -> ContentError:
    """The heading does not fit: what is missing, what is double, what stands there.

    A first line without any known heading may be the first person of a file that has none: it is not repeated.
    """
    if not double and not set(map(folded, expected)) & set(map(folded, heading)):
        return no_heading(path, expected)
    problems = [_("missing: '{name}'").format(name=name) + meant(name, heading) for name in missing]
    problems += [_("twice: '{name}'").format(name=name) for name in double]
    return ContentError(
        N_("the file {path} has another heading than expected"),
        why=N_("{problems}. Found: {found}"),
        fix=N_("correct the heading of the file, or the columns under [files] in config.toml"),
        path=path,
        problems="; ".join(problems),
        found=", ".join(cell[:40] for cell in heading[:30]),
    )


def no_heading(path: Path, expected: Sequence[str]) -> ContentError:
    """The first line holds nothing that was expected."""
    return ContentError(
        N_("the file {path} has no heading that ibpmon knows"),
        why=N_("its first line holds none of: {expected}"),
        fix=N_("put the heading in the first line, or name its columns under [files] in config.toml"),
        path=path,
        expected=", ".join(expected),
    )


def folded(heading: str) -> str:
    """A heading without the differences that nobody sees: capitals and spaces."""
    return " ".join(heading.split()).casefold()
