"""Takes public rules into the content of a board: tried first, and copied as they are."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ibpmon.collect.connectors import load_connectors
from ibpmon.content import content_files
from ibpmon.errors import ConfigError
from ibpmon.language import N_, _
from ibpmon.operate.rounds import Workplace

if TYPE_CHECKING:
    from ibpmon.judge.adding import Verdict


def add_rules(place: Workplace, path: Path, *, dry_run: bool, even_if_loud: bool) -> "list[Verdict]":
    """What becomes of each file; without a dry run those that are accepted are copied."""
    from ibpmon.judge.adding import tried, weighed_all
    from ibpmon.judge.rules import workshop

    folder = None if dry_run else folder_of(place)
    bench, every = workshop(place.config), load_connectors(place.config.content, every=True)
    networks = tuple(address for school in place.config.schools for address in school.addresses)
    verdicts = [tried(one, bench, every) for one in files_of(path)]
    verdicts = weighed_all(place.store, verdicts, place.now(), networks, even_if_loud=even_if_loud)
    verdicts = list(without_doubles(verdicts, place))
    for one in verdicts:
        if folder and one.state == "accepted":
            folder.mkdir(parents=True, exist_ok=True)
            (folder / one.path.name).write_bytes(one.path.read_bytes())
    return verdicts


def files_of(path: Path) -> list[Path]:
    """The file, or the rule files in a folder and those under it."""
    return sorted(path.rglob("*.yml")) if path.is_dir() else [path]


def folder_of(place: Workplace) -> Path:
    """Where the board keeps its rules; ConfigError when it named no folder."""
    folder = place.config.content.folder
    if folder is None:
        raise ConfigError(
            N_("there is no folder for the rules of the board"),
            why=N_("config.toml names no content.folder, and the rules that are shipped are not written over"),
            fix=N_("make a folder and name it under [content] as folder"),
        )
    return folder / "rules"


def without_doubles(verdicts: "list[Verdict]", place: Workplace) -> "Iterator[Verdict]":
    """The verdicts; a rule with the name of another one is refused, and the same file again is not."""
    taken = {path.name: path for path in content_files("rules", ".yml", place.config.content.folder)}
    for one in verdicts:
        other = taken.setdefault(one.path.name, one.path)
        wrong = ""
        if one.path.suffix != ".yml":
            wrong = _("a rule is a file whose name ends in .yml")
        elif other.read_bytes() != one.path.read_bytes():
            wrong = _("there is another rule with this name")
        yield replace(one, state="refused", reasons=(*one.reasons, wrong)) if wrong and one.rule else one
