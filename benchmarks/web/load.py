"""Twenty people at once on a large board: each opens a page every second, along the links that pages have."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urljoin, urlsplit

import requests

from benchmarks.figures import Figure, Measured, Measurement, Values

USERS, PAUSE = 20, 1.0  # seconds from one page to the next
LENGTH = {True: ("large", 120.0), False: ("small", 15.0)}  # seconds of walking
WARM = 0.25  # of the time; from there memory has to be flat
PATIENCE = 1_800.0  # seconds for a large board to be read at the pace of Microsoft
FIGURES = (
    Figure("web_load.p95", "ms", "<= 250"),
    Figure("web_load.median", "ms", ""),
    Figure("web_load.failures", "answers", "== 0"),
    Figure("web_load.pages", "answers", ""),
    Figure("web_load.memory_growth", "ratio", "<= 1.1"),
)
LINK = re.compile(r'<a [^>]*?href="(/[^"#]*|\?[^"#]*)"')
NOT_PAGES = re.compile(r"/sign-|/signed-|/static/|\.xlsx|\.csv|\.json|/workbook")  # downloads are no pages
CHOICE = r'name="account" value="([^"]+)">[^<]*<small>([^<]+)<'
WITH_A_ROLE = ("Directeur", "ICT-beheerder", "Hoofd HR")
NUMBERS = re.compile(r"[^/]*\d[^/]*")


@dataclass
class Walked:
    """What all people met: how long each page took, by its kind, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)

    def slowest(self) -> str:
        """The kinds of pages that take longest, with their median."""
        order = sorted(self.seconds, key=lambda kind: -median(self.seconds[kind]))
        return ", ".join(f"{kind} {median(self.seconds[kind]) * 1000:.0f} ms" for kind in order[:4])


# ---------------------------------------------------------------- the web of the demo


@contextmanager
def shown(size: str, folder: Path) -> Iterator[tuple[str, int]]:
    """`ibpmon demo --serve` in a process of its own: its address, and the number of the process."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = int(found.getsockname()[1])
    command = [sys.executable, "-c", "from ibpmon.cli import main; main()", "demo", "--serve", "--port", str(port)]
    command += ["--size", size, "--folder", str(folder / "demo")]
    address = f"http://localhost:{port}"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running:
        try:
            wait_for(running, address)
            yield address, running.pid
        finally:
            running.send_signal(signal.SIGINT)
            running.communicate(timeout=60)


def wait_for(running: "subprocess.Popen[str]", address: str) -> None:
    """Until it says where the pages are."""
    said, end = "", time.monotonic() + PATIENCE
    while address not in said:
        line = running.stderr.readline() if running.stderr else ""
        said += line
        if not line or time.monotonic() > end:
            raise RuntimeError(f"the demo shows no pages: {said[-500:]}")
    if running.stderr:
        threading.Thread(target=running.stderr.read, daemon=True).start()  # otherwise a full pipe would stop it


def people(address: str) -> list[str]:
    """Who has something to look at here, as the demo says; again from the first when there are fewer than users."""
    with browser() as session:
        page = session.get(f"{address}/sign-in", timeout=30).text
    accounts = [account for account, job in re.findall(CHOICE, page) if job.startswith(WITH_A_ROLE)]
    return [accounts[number % len(accounts)] for number in range(USERS)]


def browser() -> requests.Session:
    """One that goes through no proxy."""
    session = requests.Session()
    session.trust_env = False
    return session


# ---------------------------------------------------------------- walking


def walk(address: str, account: str, number: int, end: float, walked: Walked) -> None:
    """Sign in, and open page after page; a page without links leads back to the start."""
    rng, path = random.Random(number), "/"
    with browser() as session:
        choice = session.get(f"{address}/sign-in", timeout=60)
        session.post(choice.url, data={"account": account}, timeout=60)
        turn = time.monotonic() + PAUSE * number / USERS
        while turn < end:
            time.sleep(max(0.0, turn - time.monotonic()))
            path = rng.choice(open_page(session, address, path, walked) or ["/"])
            turn += PAUSE


def open_page(session: requests.Session, address: str, path: str, walked: Walked) -> list[str]:
    """One page: how long until all of it is there; gives where it leads."""
    begun = time.monotonic()
    try:
        answer = session.get(address + path, timeout=30)
    except requests.RequestException as error:
        walked.wrong.append(f"{path}: {type(error).__name__}")
        return []
    walked.seconds[NUMBERS.sub("N", urlsplit(path).path)].append(time.monotonic() - begun)
    if answer.status_code != 200:
        walked.wrong.append(f"{path}: {answer.status_code}")
        return []
    links = (urljoin(path, link.replace("&amp;", "&")) for link in LINK.findall(answer.text))
    return sorted({link for link in links if not NOT_PAGES.search(link)})


def all_walk(address: str, pid: int, seconds: float) -> tuple[Walked, Sequence[float]]:
    """Everybody at once; with the memory of the web, in MiB, over the time."""
    walked, end = Walked(), time.monotonic() + seconds
    each = [
        threading.Thread(target=walk, args=(address, account, number, end, walked))
        for number, account in enumerate(people(address))
    ]
    for one in each:
        one.start()
    memory = list[float]()
    while any(one.is_alive() for one in each):
        memory.append(memory_of(pid))
        time.sleep(1.0)
    return walked, memory


def memory_of(pid: int) -> float:
    """What a process holds now, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def measure_load(full: bool) -> Values:
    """The time of a page while twenty people walk, and whether the memory of the web stays as it was."""
    size, seconds = LENGTH[full]
    with tempfile.TemporaryDirectory() as folder, shown(size, Path(folder)) as (address, pid):
        walked, memory = all_walk(address, pid, seconds)
    all_seconds = [one for some in walked.seconds.values() for one in some]
    warm = memory[int(len(memory) * WARM)]
    growth = max(memory[-3:]) / warm
    held = f"{warm:.0f} MiB after the first quarter, {memory[-1]:.0f} at the end"
    return {
        "web_load.p95": Measured(round(quantiles(all_seconds, n=20)[-1] * 1000), walked.slowest(), size=size),
        "web_load.median": Measured(round(median(all_seconds) * 1000), f"{USERS} people, a page a second", size=size),
        "web_load.failures": Measured(len(walked.wrong), "; ".join(walked.wrong[:5]) or "none", size=size),
        "web_load.pages": Measured(len(all_seconds), f"{len(walked.seconds)} kinds of pages", size=size),
        "web_load.memory_growth": Measured(round(growth, 3), held, size=size),
    }


MEASUREMENTS = (Measurement(FIGURES, measure_load),)
