"""Plays the story on a fictitious board: simulate Microsoft, collect, judge, mail, report, compare with the truth."""

import json
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import select
from sqlmodel import col

from ibpmon.errors import StoreError
from ibpmon.language import N_, _
from ibpmon.operate.rounds import (
    Workplace,
    collect_round,
    compare_round,
    evaluate_round,
    report_round,
    send_round,
    tell_round,
    utc_now,
    workplace,
)
from ibpmon.progress import Progress, silent
from ibpmon.store.tables import Finding, Run

if TYPE_CHECKING:
    from ibpmon.judge.evaluate import Judgement

MARK = ".ibpmon-demo"
CLIENT_ID = "d3a0c1b2-1111-4222-8333-444455556666"
DATTO_KEY = "VERZONNEN0123456"
WEB_ID = "d3a0c1b2-2222-4333-8444-555566667777"
WEB_PORT = 8377
# Who has which app role of the web, by function, and what the configuration makes of it.
APP_ROLES = {"ICT-beheerder": "ICT", "Functionaris gegevensbescherming": "FG", "Bestuurder": "Bestuur"}
ROLES = {"ICT": "it", "FG": "fg", "Bestuur": "board"}
SECONDS_TO_START = 60.0

Fact = tuple[str, str, str]  # rule, subject, object


@dataclass(frozen=True, slots=True)
class Performance:
    """What the demo did and found; `planted` and what follows are counts."""

    folder: Path
    board: str
    counts: Mapping[str, int]
    runs: Mapping[str, str]
    outcomes: tuple[Mapping[str, Any], ...]
    mails: tuple[Path, ...]
    reports: tuple[Path, ...]
    planted: int
    found: int
    missed: tuple[Fact, ...]
    unplanted: tuple[Fact, ...]
    out_of_sight: int  # planted, and only to be seen in a source that the demo leaves out
    seconds: float
    peak_mib: float
    microsoft_peak_mib: float

    def as_json(self) -> dict[str, Any]:
        """For programs: counts, places, seconds and MiB."""
        return {
            "planted": self.planted,
            "found": self.found,
            "missed": len(self.missed),
            "unplanted": len(self.unplanted),
            "out_of_sight": self.out_of_sight,
            "missed_facts": self.missed,
            "unplanted_facts": self.unplanted,
            "seconds": round(self.seconds, 1),
            "peak_memory_mib": round(self.peak_mib, 1),
            "microsoft_peak_memory_mib": round(self.microsoft_peak_mib, 1),
            "folder": str(self.folder),
            "counts": self.counts,
            "runs": self.runs,
            "rules": self.outcomes,
            "mails": len(self.mails),
            "reports": [str(path) for path in self.reports],
        }


LEFT_OUT = ("sign-ins-beta", "sign-ins-noninteractive", "sign-ins-service-principal")


@dataclass(frozen=True, slots=True)
class Work:
    """What one round of the engine left behind."""

    board: str
    runs: "list[Run]"
    judgements: "list[Judgement]"
    reports: list[Path]
    facts: set[Fact]


def play(
    folder: Path,
    size: str,
    seed: int,
    progress: Progress = silent,
    stop: Event | None = None,
    then: Callable[[Path], None] | None = None,
    port: int = WEB_PORT,
) -> Performance:
    """Set up a fresh folder, run the engine once against the simulated Microsoft, and compare.

    `then` gets the configuration while Microsoft still runs.
    """
    begun, now = time.monotonic(), utc_now().replace(microsecond=0)
    clear(folder)
    progress.step(_("the simulated Microsoft 365 starts"), 0, None)
    with simulated_microsoft(folder, size, seed, now, port=port) as addresses:
        write_config(folder, addresses, port=port)
        work = work_once(folder / "config.toml", now, progress, stop)
        seconds = time.monotonic() - begun
        if then:
            then(folder / "config.toml")
    return compared(folder, work, seconds)


def open_reviews(config: Path) -> int:
    """Open a round, so that there is something to look at; how many reviews it has."""
    from ibpmon.review import rounds
    from ibpmon.review.bureau import Bureau

    with workplace(config) as place:
        bureau = Bureau.of(place.config, place.store, place.now())
        return len(rounds.open_round(bureau, rounds.plan(bureau), "demo"))


def work_once(config: Path, now: datetime, progress: Progress, stop: Event | None) -> Work:
    """One round of everything that the engine does."""
    with workplace(config, lambda: now) as place:
        runs = collect_round(place, progress, stop=stop)
        compare_round(place)
        judgements = evaluate_round(place, progress)
        tell_round(place, anyway=True)
        send_round(place)
        reports = report_round(place, progress)
        return Work(place.config.board.name, runs, judgements, reports, facts_found(place))


def compared(folder: Path, work: Work, seconds: float) -> Performance:
    """What was done and found beside the truth that the double left in its folder."""
    truth = json.loads((folder / "microsoft" / "truth.json").read_text(encoding="utf-8"))
    everything = {(fact["rule"], fact["subject"], fact["object"]) for fact in truth["planted"]}
    blind = {one.rule.key for one in work.judgements if set(LEFT_OUT) & set(one.rule.needs)}
    planted = {fact for fact in everything if fact[0] not in blind}
    peak = json.loads((folder / "microsoft" / "microsoft-peak.json").read_text(encoding="utf-8"))
    return Performance(
        folder=folder,
        board=work.board,
        counts=truth["counts"],
        runs={run.connector: run.state for run in work.runs},
        outcomes=tuple(outcome(judgement) for judgement in work.judgements),
        mails=tuple(sorted((folder / "mail").glob("*.eml"))),
        reports=tuple(work.reports),
        planted=len(planted),
        found=len(planted & work.facts),
        missed=tuple(sorted(planted - work.facts)),
        unplanted=tuple(sorted(work.facts - planted)),
        out_of_sight=len(everything - planted),
        seconds=seconds,
        peak_mib=peak_memory(),
        microsoft_peak_mib=float(peak["peak_bytes"]) / 2**20,
    )


def outcome(judgement: "Judgement") -> dict[str, Any]:
    """What one rule said."""
    return {
        "rule": judgement.rule.key,
        "title": judgement.rule.title,
        "level": judgement.rule.level,
        "outcome": judgement.evaluation.outcome,
        "findings": judgement.evaluation.findings,
    }


def clear(folder: Path) -> None:
    """An empty folder for the demo; only a folder that an earlier demo made is emptied."""
    fix = N_("give another place: ibpmon demo --folder FOLDER")
    try:
        if folder.exists() and any(folder.iterdir()):
            if not (folder / MARK).exists():
                why = N_("it was not made by an earlier demo, so nothing in it is thrown away")
                raise StoreError(N_("the folder {folder} is not empty"), why=why, fix=fix, folder=folder)
            shutil.rmtree(folder)
        for part in ("", "secrets", "microsoft", "mail", "files"):
            (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / MARK).touch()
    except OSError as error:
        what, why = N_("cannot use the folder {folder}"), error.strerror or str(error)
        raise StoreError(what, why="{error}", fix=fix, folder=folder, error=why) from None


@contextmanager
def simulated_microsoft(
    folder: Path, size: str, seed: int, now: datetime, reporting_limit: int = 5, port: int = WEB_PORT
) -> Iterator[dict[str, Any]]:
    """Microsoft's double in a process of its own; gives its addresses, and stops it afterwards."""
    certificate = write_certificate(folder / "secrets" / "ibpmon.pem", now)
    ready = folder / "microsoft" / "microsoft.json"
    command = [sys.executable, "-m", "ibpmon.demo.microsoft", "--size", size, "--seed", str(seed)]
    command += ["--at", now.isoformat(), "--folder", str(ready.parent), "--certificate", str(certificate)]
    command += ["--files", str(folder / "files"), "--mail", str(folder / "mail")]
    command += ["--client-id", CLIENT_ID, "--reporting-limit", str(reporting_limit)]
    secret = write_secret(folder / "secrets" / "web.txt")
    command += ["--web", WEB_ID, secret, web_address(port), *(f"{one}={role}" for one, role in APP_ROLES.items())]
    command += ["--datto", f"{DATTO_KEY}:{write_secret(folder / 'secrets' / 'datto.txt')}"]
    # A session of its own: Ctrl-C is for us, who then end it, and not for both of us at once.
    process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - our own module
    try:
        yield wait_until_ready(process, ready)
    finally:
        end(process)


def web_address(port: int) -> str:
    """Where the pages of the demo are: on this machine and nowhere else."""
    return f"http://localhost:{port}"


def end(process: "subprocess.Popen[bytes]") -> None:
    """Let the double leave by itself, or else make it."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(timeout=SECONDS_TO_START)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until_ready(process: "subprocess.Popen[bytes]", ready: Path) -> dict[str, Any]:
    """The addresses of the double, once it has written them."""
    end = time.monotonic() + SECONDS_TO_START
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise StoreError(
                N_("the simulated Microsoft 365 did not start"), fix=N_("the lines above this one say what went wrong")
            )
        time.sleep(0.05)
    return cast("dict[str, Any]", json.loads(ready.read_text(encoding="utf-8")))


def write_secret(path: Path) -> str:
    """A secret in a file that only we may read; gives it."""
    secret = secrets.token_urlsafe(16)
    path.touch(mode=0o600)
    path.write_text(secret, encoding="ascii")
    return secret


def write_certificate(path: Path, now: datetime) -> Path:
    """A key with its certificate for the app registration, in one file that only we may read; gives the public part."""
    from datetime import timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ibpmon demo")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.touch(mode=0o600)
    path.write_bytes(private + public)
    shown = path.with_name("ibpmon-public.pem")
    shown.write_bytes(public)
    return shown


def write_config(
    folder: Path, addresses: Mapping[str, Any], off: Sequence[str] = LEFT_OUT, port: int = WEB_PORT
) -> None:
    """The demo's config.toml: the same keys as a real board's; only the addresses and the CA are the double's."""
    smtp, password = addresses["smtp"], folder / "secrets" / "smtp-password.txt"
    password.touch(mode=0o600)
    password.write_text(Path(smtp["password_file"]).read_text(encoding="utf-8"), encoding="utf-8")
    board = (folder / "microsoft" / "board.toml").read_text(encoding="utf-8")
    columns = (
        '{ employee_number = "Personeelsnummer", name = "Naam", upn = "Gebruikersnaam", function = "Functie", '
        'school = "School", start_date = "In dienst", end_date = "Uit dienst" }',
        '{ pupil_number = "Leerlingnummer", upn = "Gebruikersnaam", school = "School", year_group = "Groep", '
        'enrolled = "Ingeschreven" }',
    )
    (folder / "config.toml").write_text(
        f"""# The configuration of the demo: a fictitious board on a simulated Microsoft 365.

[tenant]
id = "{addresses["tenant_id"]}"
client_id = "{addresses["client_id"]}"
certificate = "secrets/ibpmon.pem"
authority = "{addresses["authority"]}"
graph = "{addresses["graph"]}"
ca = "microsoft/ca.pem"

[store]
reports = "reports"

[content]
# These cost minutes at the pace that Microsoft allows; rules that read them say that they cannot judge.
connectors_off = {json.dumps(off)}
connectors_on = ["rmm-sessions"]

[datto]
address = "{addresses["datto"]}"
key = "{DATTO_KEY}"
secret = "secrets/datto.txt"

[mail]
from = "ibpmon@verzonnenwaaier.example"
host = "{smtp["host"]}"
port = {smtp["port"]}
user = "{smtp["user"]}"
password = "secrets/smtp-password.txt"
ca = "microsoft/ca.pem"

[mail.to]
it = ["ict@verzonnenwaaier.example"]
privacy = ["privacy@verzonnenwaaier.example"]
fg = ["fg@verzonnenwaaier.example"]
ledger = ["fg@verzonnenwaaier.example"]
board = ["bestuur@verzonnenwaaier.example"]

[web]
public_url = "{web_address(port)}"
port = {port}
client_id = "{WEB_ID}"
secret = "secrets/web.txt"
roles = {{ {", ".join(f'"{name}" = "{role}"' for name, role in ROLES.items())} }}

[files]
staff = {{ path = "files/medewerkers.csv", columns = {columns[0]} }}
pupils = {{ path = "files/leerlingen.csv", columns = {columns[1]} }}
matrix = {{ path = "files/autorisatiematrix.toml" }}
devices = {{ path = "files/apparaten.csv" }}
classification = {{ path = "files/biv.csv" }}
consents = {{ path = "files/meekijken.csv" }}
announcements = {{ path = "files/noodaccounts.csv" }}
overrides = {{ path = "files/soort-account.csv" }}

[[files.applications]]
name = "Salaris"
path = "files/salaris.csv"

{board}
""",
        encoding="utf-8",
    )


def facts_found(place: Workplace) -> set[Fact]:
    """What the engine found and still holds."""
    holds = select(col(Finding.rule), col(Finding.subject), col(Finding.object)).where(
        col(Finding.tenant_id) == place.store.tenant, col(Finding.gone_at).is_(None)
    )
    with place.store.read() as session:
        return {(rule, subject, thing) for rule, subject, thing in session.execute(holds)}


def peak_memory() -> float:
    """The most memory this process ever held, in MiB; 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)
