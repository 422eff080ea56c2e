"""Finds the content that ships with ibpmon (connectors, rules, reports) and what a board adds to it."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from ibpmon.errors import ConfigError
from ibpmon.language import N_

FOLDERS = ("connectors", "rules", "reports")


def shipped(name: str) -> Path:
    """A folder or file of the content: inside the installed package, or beside it in a checkout."""
    inside = Path(str(files("ibpmon"))) / "_content" / name
    return inside if inside.exists() else Path(__file__).resolve().parent.parent / name


def content_files(folder: str, suffix: str, own: Path | None = None) -> Iterator[Path]:
    """The content files of one folder in order of name; a board's own file replaces the shipped one of that name.

    Raises ConfigError when the board's folder is not there: its own rules would be missing unseen.
    """
    if own and not own.is_dir():
        raise ConfigError(
            N_("there is no folder {path}"),
            why=N_("config.toml names it as content.folder, for the board's own connectors, rules and reports"),
            fix=N_("make that folder, or correct content.folder"),
            path=own,
        )
    found = {path.name: path for path in sorted(shipped(folder).glob(f"*{suffix}"))}
    if own:
        found |= {path.name: path for path in sorted((own / folder).glob(f"*{suffix}"))}
    yield from (found[name] for name in sorted(found))
