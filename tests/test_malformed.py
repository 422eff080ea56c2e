"""What a rule file may do to the daemon: nothing. It is used, or refused with its name and line, and soon."""

import os
import re
import time
from pathlib import Path

import pytest

from ibpmon.errors import ContentError
from ibpmon.judge.files import RuleFile
from ibpmon.judge.rules import load_rules, workshop
from tests.judging import CONFIG, config_with
from tests.malformed import GOOD, malformed

WORKSHOP = workshop(CONFIG)
MALFORMED = malformed()
SOON = 5.0  # seconds for one file, on a machine that does other things too


def problems_of(folder: Path, name: str, content: bytes) -> list[str]:
    """What is said about one file."""
    path = folder / f"{name}.yml"
    path.write_bytes(content)
    file: RuleFile = WORKSHOP.read(path)
    if not file.filters:
        WORKSHOP.maker(file).rule()
    return file.problems.found


def test_the_rule_that_is_spoilt_is_good(tmp_path: Path) -> None:
    """Else everything below would be refused for something else."""
    assert problems_of(tmp_path, "good", GOOD.encode()) == []


def test_there_are_two_hundred_ways_to_spoil_it() -> None:
    """Each is another file."""
    assert len(set(MALFORMED.values())) >= 200


@pytest.mark.parametrize("part", range(6))
def test_a_malformed_or_malicious_file_is_refused_with_its_line(tmp_path: Path, part: int) -> None:
    """No traceback, no waiting, and never a rule that is half of what was meant."""
    for name, content in list(MALFORMED.items())[part::6]:
        begun = time.monotonic()
        found = problems_of(tmp_path, name, content)
        assert found, name
        assert all(re.match(rf"{tmp_path.name}/{name}\.yml:\d+: ", one) for one in found), found
        assert time.monotonic() - begun < SOON, name


def test_all_that_is_wrong_with_all_files_is_told_at_once(tmp_path: Path) -> None:
    """Whoever mends a folder of rules mends it once."""
    (tmp_path / "rules").mkdir()
    chosen = {name: content for name, content in MALFORMED.items() if name.startswith(("question", "sql-field"))}
    for name, content in chosen.items():
        (tmp_path / "rules" / f"{name}.yml").write_bytes(content)

    with pytest.raises(ContentError) as error:
        load_rules(config_with(tmp_path))

    lines = str(error.value.values["problems"]).splitlines()
    assert {re.match(r"rules/(.*)\.yml:\d+: ", line)[1] for line in lines} == set(chosen)  # type: ignore[index]


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    """A folder, a broken link or a pipe under the name of a rule must not stop or hold the daemon."""
    (tmp_path / "folder.yml").mkdir()
    (tmp_path / "link.yml").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.yml")

    for name in ("folder", "link", "pipe"):
        assert WORKSHOP.read(tmp_path / f"{name}.yml").problems.found != []
