"""Run the simulated Microsoft as a process of its own: `python -m ibpmon.demo.microsoft --folder DIR ...`."""

import argparse
import json
import os
import re
import signal
import sys
import threading
from datetime import datetime
from pathlib import Path

from ibpmon.demo.board import Board, make_board, settings, write_files
from ibpmon.demo.microsoft.server import Microsoft

PERMISSIONS = (
    "User.Read.All",
    "GroupMember.Read.All",
    "AuditLog.Read.All",
    "Directory.Read.All",
    "DeviceManagementManagedDevices.Read.All",
    "Sites.Read.All",
)


def main() -> None:
    """Start, write microsoft.json when ready, run until SIGTERM or the end of stdin, write the peak of memory."""
    wanted = arguments().parse_args()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    threading.Thread(target=wait_for_end_of_input, args=(stop,), daemon=True).start()
    board = make_board(wanted.size, wanted.seed, datetime.fromisoformat(wanted.at))
    limit = (wanted.reporting_limit, 10.0) if wanted.reporting_limit else None
    licences = [name for name in wanted.licences.split(",") if name]
    with Microsoft(
        board, folder=wanted.folder, mail=wanted.mail, licences=licences, reporting_limit=limit
    ) as microsoft:
        certificate = wanted.certificate.read_text(encoding="ascii")
        permissions = wanted.permissions.split(",")
        microsoft.register(wanted.client_id, certificate_pem=certificate, permissions=permissions)
        hand_over(board, wanted.folder, wanted.files)
        write(wanted.folder / "microsoft.json", describe(microsoft, wanted.client_id))
        stop.wait()
    write(wanted.folder / "microsoft-peak.json", {"peak_bytes": peak_bytes()})


def arguments() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(prog="python -m ibpmon.demo.microsoft", description=__doc__)
    parser.add_argument("--size", choices=["small", "board"], default="small")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at", required=True, metavar="ISO", help="what time it is at the board, with its offset")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument(
        "--files", type=Path, required=True, metavar="DIR", help="for the lists that the board hands over"
    )
    parser.add_argument("--mail", type=Path, metavar="DIR", help="where accepted mail becomes a file")
    parser.add_argument("--certificate", type=Path, required=True, metavar="PEM")
    parser.add_argument("--client-id", required=True)
    parser.add_argument("--permissions", default=",".join(PERMISSIONS))
    parser.add_argument("--licences", default="P1,INTUNE")
    parser.add_argument("--reporting-limit", type=int, default=5, help="requests in 10 seconds; 0 for no limit")
    return parser


def hand_over(board: Board, folder: Path, files: Path) -> None:
    """What the board itself knows: its lists, how it names things, and, kept apart, the truth about what is hidden."""
    files.mkdir(parents=True, exist_ok=True)
    write_files(board, files)
    os.replace(files / "truth.json", folder / "truth.json")
    (folder / "board.toml").write_text(settings(board), encoding="utf-8")


def describe(microsoft: Microsoft, client_id: str) -> dict[str, object]:
    """What a client needs to know; the password stands in a file of its own."""
    password = microsoft.folder / "smtp-password.txt"
    password.touch(mode=0o600)
    password.write_text(microsoft.smtp.password, encoding="ascii")
    smtp = microsoft.smtp
    return {
        "authority": microsoft.authority,
        "graph": microsoft.graph,
        "ca": str(microsoft.ca),
        "tenant_id": microsoft.tenant_id,
        "client_id": client_id,
        "smtp": {"host": smtp.host, "port": smtp.port, "user": smtp.user, "password_file": str(password)},
    }


def write(path: Path, content: dict[str, object]) -> None:
    """Write a file whole: who waits for it never reads half of it."""
    half = path.with_suffix(".half")
    half.write_text(json.dumps(content, indent=1), encoding="utf-8")
    os.replace(half, path)


def wait_for_end_of_input(stop: threading.Event) -> None:
    """Stop when whoever started us is gone."""
    while sys.stdin.buffer.read(4096):
        continue
    stop.set()


def peak_bytes() -> int:
    """The most memory that this process held."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


if __name__ == "__main__":
    main()
