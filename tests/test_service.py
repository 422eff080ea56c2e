"""As a service of systemd: signs of life only while all work goes on, and no right that it does not need."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ibpmon.operate import watchdog
from ibpmon.operate.watchdog import BUSY, IDLE, Pulse
from tests.backups import Board

UNITS = sorted((Path(__file__).resolve().parent.parent / "deploy").glob("*.service"))
ALIVE = "WATCHDOG=1"


class Systemd:
    """The end of systemd: a socket to which the service tells how it is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))

    def listen(self, seconds: float, until: str = "") -> list[str]:
        """What is told within so many seconds; at `until` it is enough."""
        heard, end = list[str](), time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and until not in heard[-1:]:
            self.socket.settimeout(left)
            try:
                heard.append(self.socket.recv(1024).decode())
            except TimeoutError:
                break
        return heard


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    """A systemd that listens twice a second."""
    made = Systemd(tmp_path / "notify")
    yield made
    made.socket.close()


@pytest.fixture
def board(tmp_path: Path) -> Board:
    """A board without a tenant to read: its daemon has little to do."""
    return Board(tmp_path, f"sqlite:///{tmp_path / 'ibpmon.db'}")


PROGRAM = """
import sys
from ibpmon.operate import daemon, watchdog
{before}
sys.argv = ["ibpmon", "run", "--config", {config!r}]
from ibpmon.cli import main
main()
"""


@contextmanager
def daemon(board: Board, systemd: Systemd, before: str = "") -> Iterator[subprocess.Popen[str]]:
    """`ibpmon run` as systemd starts it, with something done to it before; it has to be stopped by a signal."""
    program = PROGRAM.format(before=before, config=str(board.config))
    told = {"NOTIFY_SOCKET": str(systemd.path), "WATCHDOG_USEC": "500000", "IBPMON_LANGUAGE": "en"}
    started = subprocess.Popen(
        [sys.executable, "-c", program], env=os.environ | told, stderr=subprocess.PIPE, text=True
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


# ---- the real process


def test_the_daemon_says_that_it_is_ready_that_it_lives_and_that_it_stops(board: Board, systemd: Systemd) -> None:
    """In this order; a second one on the same database is never ready, and leaves with its own exit code."""
    with daemon(board, systemd) as started:
        heard = systemd.listen(60, until=ALIVE)
        assert heard == ["READY=1", ALIVE]
        with daemon(board, systemd) as second:
            assert second.wait(60) == 5
        started.send_signal(signal.SIGTERM)
        rest = systemd.listen(60, until="STOPPING=1")
        assert started.wait(60) == 0

    assert set(rest) == {ALIVE, "STOPPING=1"}
    assert rest[-1] == "STOPPING=1"


@pytest.mark.slow
def test_a_daemon_that_waits_for_ever_gives_no_sign_of_life(board: Board, systemd: Systemd) -> None:
    """Somebody keeps the database locked; when that ends the work goes on, and so do the signs."""
    with daemon(board, systemd, "watchdog.BUSY = 1.0; daemon.SECOND_TRY *= 0") as started:
        assert ALIVE in systemd.listen(60, until=ALIVE)
        systemd.listen(3)  # the first round is over
        lock = sqlite3.connect(board.folder / "ibpmon.db", isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        # The next round begins within a minute; from then on it waits for the database. A busy machine takes longer.
        deadline = time.monotonic() + 180
        while systemd.listen(2.5) and time.monotonic() < deadline:
            pass
        assert systemd.listen(2) == []
        lock.execute("ROLLBACK")
        lock.close()
        assert systemd.listen(60, until=ALIVE) == [ALIVE]
        started.send_signal(signal.SIGTERM)
        assert "stands still" in started.communicate(timeout=60)[1]


def test_a_scheduler_that_does_not_go_round_gives_no_sign_of_life(board: Board, systemd: Systemd) -> None:
    """The process lives, and nothing happens in it: the worst way to be dead."""
    before = """
watchdog.IDLE = 2.0
made = daemon.made_scheduler
def asleep():
    scheduler = made()
    scheduler.start = lambda: None
    scheduler.shutdown = lambda wait: None
    return scheduler
daemon.made_scheduler = asleep
"""
    with daemon(board, systemd, before) as started:
        heard = systemd.listen(60, until="READY=1")
        systemd.listen(4)
        assert heard == ["READY=1"]
        assert systemd.listen(2) == []
        assert started.poll() is None
        started.send_signal(signal.SIGTERM)
        assert systemd.listen(30, until="STOPPING=1") == ["STOPPING=1"]
        assert "the lane 'tick' stands still" in started.communicate(timeout=60)[1]


def test_a_daemon_that_is_frozen_gives_no_sign_of_life(board: Board, systemd: Systemd) -> None:
    """No thread of it decides that the others live."""
    with daemon(board, systemd) as started:
        assert ALIVE in systemd.listen(60, until=ALIVE)
        started.send_signal(signal.SIGSTOP)
        systemd.listen(0.5)
        assert systemd.listen(2) == []
        started.send_signal(signal.SIGCONT)
        assert systemd.listen(30, until=ALIVE) == [ALIVE]


# ---- what counts as life


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def stuck(pulse: Pulse) -> list[str]:
    """The names of the lanes that stand still."""
    return [lane.name for lane in pulse.stuck()]


def test_a_lane_that_is_idle_has_to_begin_again_soon() -> None:
    """Once a minute; five are enough for a busy machine."""
    clock = Hand()
    pulse = Pulse(clock)
    tick, walk = pulse.lane("tick"), pulse.lane("walk")
    clock.now += IDLE
    assert stuck(pulse) == []
    with tick.at_work():
        pass
    clock.now += 1
    assert stuck(pulse) == ["walk"]
    with walk.at_work():
        pass
    assert stuck(pulse) == []


def test_work_that_takes_long_lives_by_its_steps() -> None:
    """A walk of five hours through all files is no reason to end it; an hour without any step is."""
    clock = Hand()
    pulse = Pulse(clock)
    walk = pulse.lane("walk")
    with walk.at_work():
        for page in range(5):
            clock.now += BUSY
            assert stuck(pulse) == []
            walk.step("drives", page)
        clock.now += BUSY + 1
        assert stuck(pulse) == ["walk"]
        assert walk.doing == "drives"


def test_work_that_breaks_off_leaves_no_lane_busy() -> None:
    """Else one error would give the scheduler an hour of silence for free."""
    clock = Hand()
    pulse = Pulse(clock)
    lane = pulse.lane("tick")

    def broken() -> None:
        with lane.at_work():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    clock.now += IDLE + 1
    assert stuck(pulse) == ["tick"]


@pytest.mark.parametrize(
    ("asked", "mine", "seconds"),
    [("300000000", "", 150.0), ("300000000", "self", 150.0), ("300000000", "1", 60.0), ("", "", 60.0), ("x", "", 60.0)],
)
def test_signs_come_twice_as_often_as_systemd_listens(
    monkeypatch: pytest.MonkeyPatch, asked: str, mine: str, seconds: float
) -> None:
    """And only when it listens to this process."""
    monkeypatch.setenv("WATCHDOG_USEC", asked)
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if mine == "self" else mine)
    assert watchdog.seconds_between() == seconds


@pytest.mark.parametrize("address", ["", "/nowhere/notify", "nonsense"])
def test_without_systemd_nothing_is_told_and_nothing_fails(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """By hand, in a container, or when systemd went away."""
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    watchdog.notify("READY=1")


def test_systemd_may_listen_at_an_address_without_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """An abstract one begins with an @."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(f"\0ibpmon-test-{os.getpid()}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@ibpmon-test-{os.getpid()}")
        watchdog.notify("READY=1")
        ear.settimeout(5)
        assert ear.recv(100) == b"READY=1"


# ---- the units


@pytest.fixture(scope="module")
def analyse() -> str:
    """systemd's own judge of units."""
    found = shutil.which("systemd-analyze")
    if not found:
        pytest.skip("systemd-analyze is not on this machine (apt-get install systemd)")
    return found


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_may_do_next_to_nothing(analyse: str, unit: Path) -> None:
    """0 is nothing at all, 10 is everything; a unit without any protection has 9.6."""
    command = [analyse, "security", "--offline=true", "--no-pager", str(unit)]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    level = re.search(r"exposure level for \S+ (\d+\.\d)", told)
    assert level, told
    assert float(level[1]) <= 1.5


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_one_that_systemd_takes(analyse: str, unit: Path) -> None:
    """An option that it does not know is a protection that is not there. That ibpmon is not installed is no matter."""
    told = subprocess.run([analyse, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert [line for line in told.stderr.splitlines() if "is not executable" not in line] == []


def settings(unit: Path) -> dict[str, list[str]]:
    """The settings of a unit."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            name, _is, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def test_the_web_is_handed_no_secret_of_the_daemon() -> None:
    """Who breaks into the pages must not be able to read the tenant."""
    daemon_unit, web = (settings(unit) for unit in sorted(UNITS, key=lambda unit: len(unit.name)))
    assert daemon_unit["LoadCredential"] == ["secrets:/etc/ibpmon/secrets"]
    assert web["LoadCredential"] == ["secrets:/etc/ibpmon/secrets-web"]
    assert "-/etc/ibpmon/secrets" in web["InaccessiblePaths"][0].split()


def test_the_unit_of_the_daemon_listens_to_its_signs_of_life() -> None:
    """A service that is killed while it works well would be worse than none."""
    unit = settings(min(UNITS, key=lambda one: len(one.name)))
    assert (unit["Type"], unit["WatchdogSec"], unit["Restart"]) == (["notify"], ["5min"], ["on-failure"])
