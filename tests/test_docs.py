"""The documents stay true: their commands run, and what they list is what the product has."""

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import click
import pytest

from ibpmon import errors
from ibpmon.cli.commands import COMMANDS, ibpmon
from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Config, Content, check
from ibpmon.judge.rules import check_settings

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(path: Path) -> list[str]:
    """The shell commands of a document."""
    return re.findall(r"^```sh\n(.*?)^```", path.read_text(encoding="utf-8"), re.S | re.M)


def commands() -> list[str]:
    """Every ibpmon command that a document shows, in a block or in a sentence."""
    found: set[str] = set()
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"`(ibpmon [a-z][^`\n]*)`", text))
        found |= {line for block in blocks(path) for line in block.splitlines() if line.startswith("ibpmon ")}
    return sorted(found)


@pytest.mark.parametrize("command", commands())
def test_a_command_in_a_document_exists_with_these_options(command: str) -> None:
    """A reader copies it; it must at least be a command."""
    words = shlex.split(command.replace("FILE", "file.json"))[1:]
    if words[0] == "COMMAND":
        return
    context, current = click.Context(ibpmon), click.Command("")
    group: click.Command = ibpmon
    while words and isinstance(group, click.Group):
        current = group.get_command(context, words.pop(0)) or pytest.fail(f"no such command: {command}")
        group = current
    if "--help" not in words:
        current.make_context(command, words)


def test_the_permissions_of_the_manual_are_those_of_the_connectors() -> None:
    """Least privilege is a list; two lists would differ one day."""
    text = (ROOT / "docs" / "own-board.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`([A-Z]\w+\.[A-Za-z.]*Read[A-Za-z.]*)`", text))
    needed = {name for connector in load_connectors(Content()).values() for name in connector.permissions}
    assert listed == needed


def test_the_configuration_of_the_manual_is_one_that_ibpmon_takes() -> None:
    """Whoever copies it must not be told that a key is unknown."""
    text = (ROOT / "docs" / "own-board.md").read_text(encoding="utf-8")
    (shown,) = (tomllib.loads(block) for block in re.findall(r"^```toml\n(.*?)^```", text, re.S | re.M))
    example = tomllib.loads((ROOT / "config.example.toml").read_text(encoding="utf-8"))
    files = {"files": {**example["files"], **shown["files"]}}
    config = check(Config, {**example, **shown, **files}, Path("config.toml"), "")
    assert shown.keys() >= {"populations", "schools", "zones", "calendar", "thresholds", "lists"}
    check_settings(config, [path.stem for path in (ROOT / "rules").glob("*.yml")])


def test_the_exit_codes_of_the_manual_are_those_of_the_code() -> None:
    """A script relies on these numbers."""
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    listed = {int(code) for code in re.findall(r"^\| (\d) \|", text, re.M)}
    known = {0, errors.FAILED, errors.USAGE, errors.CONFIGURATION, errors.NOT_READ, errors.BUSY}
    assert listed == known


def test_every_command_is_in_the_readme_or_the_manual() -> None:
    """A command that nobody reads about does not exist."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    assert [name for name in COMMANDS if f"ibpmon {name}" not in text] == []


def test_the_documents_point_to_files_that_are_there() -> None:
    """A dead link is a promise broken on the first page."""
    for path in DOCUMENTS:
        for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / link).exists(), f"{path.name}: {link}"


def test_the_certificate_of_the_manual_is_one_that_ibpmon_takes(tmp_path: Path) -> None:
    """The commands of the manual, run as they stand."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not there")
    (block,) = (one for one in blocks(ROOT / "docs" / "own-board.md") if "openssl" in one)
    subprocess.run(["bash", "-euc", block], cwd=tmp_path, check=True, capture_output=True)

    made = tmp_path / "secrets" / "ibpmon.pem"
    assert made.stat().st_mode & 0o077 == 0
    text = made.read_text(encoding="ascii")
    assert "PRIVATE KEY" in text
    assert "BEGIN CERTIFICATE" in text
    assert not (tmp_path / "secrets" / "key.pem").exists()
