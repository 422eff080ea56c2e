"""The demo shows the pages: the whole way in, on this machine, until Ctrl-C."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

PATIENCE = 300.0  # seconds: the demo reads at the pace that Microsoft allows


@pytest.fixture
def port() -> int:
    """One that is free."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@pytest.fixture
def demo(tmp_path: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    """`ibpmon demo --serve`, as a person runs it."""
    command = [sys.executable, "-c", "from ibpmon.cli import main; main()", "demo", "--serve", "--port", str(port)]
    given = {**os.environ, "IBPMON_LANGUAGE": "nl"}
    with subprocess.Popen(
        [*command, "--folder", str(tmp_path / "demo")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=given,
    ) as running:
        yield running
        running.kill()


@pytest.mark.slow
def test_the_demo_shows_the_pages_to_whom_you_say_you_are(demo: "subprocess.Popen[str]", port: int) -> None:
    """Choose a director at the page of Microsoft, see the review that waits, and end it with Ctrl-C."""
    home, said, end = f"http://localhost:{port}", "", time.monotonic() + PATIENCE
    assert demo.stderr is not None
    while home not in said and time.monotonic() < end:
        said += demo.stderr.readline()
    with requests.Session() as browser:
        browser.trust_env = False
        choice = browser.get(f"{home}/sign-in", timeout=30)
        who = re.search(r'name="account" value="([^"]+)">[^<]+<small>Directeur<', choice.text)
        assert who, choice.text[:500]
        page = browser.post(choice.url, data={"account": who[1]}, timeout=30)
    demo.send_signal(signal.SIGINT)
    out, _err = demo.communicate(timeout=60)

    assert re.search(r"met \d reviews om te bekijken", said)
    assert page.url == f"{home}/"
    assert "Leerlingzorg Basisschool" in page.text
    assert re.search(r"\d+ beslissingen, ongeveer \d+ minu", page.text)
    assert demo.returncode == 0
    assert "Verborgen in dit bestuur" in out or "Gevonden:" in out
