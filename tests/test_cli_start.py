"""The command line starts at once and speaks Dutch."""

import io
import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ibpmon.cli.options import log_handler
from ibpmon.cli.progress import shown
from ibpmon.cli.show import as_json
from ibpmon.cli.work import interruptible

HEAVY = ("pandas", "sqlmodel", "sqlalchemy", "fastapi", "msal", "requests", "sigma", "pydantic", "typst", "fontTools")


def run(*arguments: str, at: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """ibpmon in a fresh interpreter."""
    command = [sys.executable, "-c", "from ibpmon.cli import main; main()", *arguments]
    given = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=given, cwd=at)


def test_help_imports_nothing_heavy() -> None:
    """Help must come at once; the libraries that take a second are imported when work begins."""
    code = (
        "import sys, json\n"
        "from ibpmon.cli import main\n"
        "sys.argv = ['ibpmon', '--help']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout.splitlines()[-1]) == []


def test_help_is_dutch_by_default_and_english_by_setting() -> None:
    """The ICT'er reads Dutch; click's own words too."""
    dutch, english = run("--help", IBPMON_LANGUAGE="nl"), run("--help", IBPMON_LANGUAGE="en")

    assert "Gebruik:" in dutch.stdout
    assert "Opdrachten" in dutch.stdout
    assert "Usage:" in english.stdout
    assert "Commands" in english.stdout


def test_help_names_the_exit_codes() -> None:
    """A script that calls ibpmon must know what a number means."""
    text = run("--help", IBPMON_LANGUAGE="en").stdout
    assert all(f"{code} " in text.split("Exit codes:")[1] for code in range(6))


def test_a_wrong_command_is_a_usage_error_without_a_trace() -> None:
    """Exit code 2, one clear line."""
    answer = run("colect")
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr
    assert "colect" in answer.stderr


def test_a_missing_configuration_says_what_why_and_fix() -> None:
    """The first mistake of every newcomer."""
    answer = run("status", "--config", "/nonexistent/config.toml", IBPMON_LANGUAGE="en")
    assert answer.returncode == 3
    assert "there is no configuration" in answer.stderr
    assert "fix" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_rules_are_tried_before_there_is_a_configuration(tmp_path: Path) -> None:
    """Whoever writes a first rule has no tenant yet; but a configuration that was named must be there."""
    without, named = run("rules", "test", at=tmp_path), run("rules", "test", "--config", "mine.toml", at=tmp_path)
    listed = run("rules", "list", "--json", at=tmp_path)

    assert without.returncode == 0, without.stderr
    assert named.returncode == 3
    assert "account-without-mfa" in {rule["rule"] for rule in json.loads(listed.stdout)}
    assert not list(tmp_path.iterdir())


def test_a_ctrl_c_that_python_drops_still_ends_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    """Raised while memory was cleaned up it was lost: the demo printed a trace and worked on, on nothing."""
    done: list[int] = []

    def work() -> None:
        with interruptible() as stop, shown(True, stop) as progress:
            for number in range(3):
                progress.step("rules", number, 3)
                Garbage()  # dies at once; the signal comes meanwhile
                done.append(number)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == [0]
    assert capsys.readouterr().err == ""


class Garbage:
    """Something that is cleaned up while Ctrl-C is pressed."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def test_a_message_of_the_log_is_one_line_whatever_stands_in_it() -> None:
    """A name with a line end in it could write a line that looks like one of ours; a trace stays readable."""
    stream, log = io.StringIO(), logging.getLogger("test.one_line")
    handler = log_handler(stream)
    log.addHandler(handler)
    log.propagate = False
    log.error("collecting: %s", "Jan\n2026-11-23 10:00:00,000 INFO nep \x1b[2J")
    try:
        raise ValueError("Jan\n2026-11-23 10:00:00,000 INFO nep")
    except ValueError:
        log.exception("broke off")
    log.removeHandler(handler)

    lines = stream.getvalue().splitlines()
    assert [line.split()[2] for line in lines if not line.startswith("    ")] == ["ERROR", "ERROR"]
    assert "\x1b" not in stream.getvalue()
    assert any("ValueError: Jan" in line for line in lines)


def test_json_is_the_same_for_a_program_and_steers_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Half a character would stop the whole listing; a control character would reach the screen."""
    rows = ["Zoë 学校", "\x9b31m", "\x7f", "\u202e", "\ud800", "\U000e0041", "a\nb"]
    as_json(rows)

    printed = capsys.readouterr().out
    assert json.loads(printed) == rows
    assert printed.strip().isprintable()
    assert "Zoë 学校" in printed
