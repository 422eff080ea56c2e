"""Run the simulated Microsoft as a process of its own: `python -m ibpmon.demo.microsoft --folder DIR ...`.

It runs until SIGTERM or the end of stdin. A line `advance ISO` there lets the board live on until that moment: the
lists of the board and the truth are written anew, and then `microsoft-now.json` says how late it is.
"""

import argparse
import json
import os
import re
import signal
import sys
import threading
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue

from ibpmon.demo.board import Board, make_board, settings, write_files
from ibpmon.demo.board.nouns import SIZES
from ibpmon.demo.microsoft.faults import Storm
from ibpmon.demo.microsoft.server import LICENCES, Microsoft

PERMISSIONS = (
    "User.Read.All",
    "GroupMember.Read.All",
    "AuditLog.Read.All",
    "Directory.Read.All",
    "DeviceManagementManagedDevices.Read.All",
    "Sites.Read.All",
    "Device.Read.All",
    "Application.Read.All",
    "AdministrativeUnit.Read.All",
    "Member.Read.Hidden",
    "RoleManagement.Read.Directory",
    "Policy.Read.All",
    "EduRoster.Read.All",
    "Organization.Read.All",
    "IdentityRiskEvent.Read.All",
    "IdentityRiskyUser.Read.All",
    "SharePointTenantSettings.Read.All",
    "Channel.ReadBasic.All",
    "ChannelMember.Read.All",
    "AuditLogsQuery.Read.All",
    "LicenseAssignment.Read.All",
)

Orders = SimpleQueue[str | None]


def main() -> None:
    """Start, write microsoft.json when ready, do what stdin says, and at the end write the peak of memory."""
    wanted = arguments().parse_args()
    orders: Orders = SimpleQueue()
    signal.signal(signal.SIGTERM, lambda number, frame: orders.put(None))
    threading.Thread(target=read_orders, args=(orders,), daemon=True).start()
    board = make_board(wanted.size, wanted.seed, datetime.fromisoformat(wanted.at))
    with simulated(board, wanted) as microsoft:
        hand_over(board, wanted.folder, wanted.files)
        write(wanted.folder / "microsoft.json", describe(microsoft, wanted.client_id))
        while (order := orders.get()) is not None:
            carry_out(order, microsoft, wanted)
    write(wanted.folder / "microsoft-peak.json", {"peak_bytes": peak_bytes()})


def simulated(board: Board, wanted: argparse.Namespace) -> Microsoft:
    """The double with its limits, its apps and its weather."""
    microsoft = Microsoft(
        board,
        folder=wanted.folder,
        mail=wanted.mail,
        licences=[name for name in wanted.licences.split(",") if name],
        reporting_limit=(wanted.reporting_limit, 10.0) if wanted.reporting_limit else None,
        latency=wanted.latency,
    )
    certificate = wanted.certificate.read_text(encoding="ascii")
    microsoft.register(wanted.client_id, certificate_pem=certificate, permissions=wanted.permissions.split(","))
    if wanted.sharepoint_client_id:
        full = ["SharePoint:Sites.FullControl.All"]
        microsoft.register(wanted.sharepoint_client_id, certificate_pem=certificate, permissions=full)
    if wanted.web:
        register_web(microsoft, wanted.web)
    if wanted.datto:
        microsoft.rmm.register(*wanted.datto.split(":", 1))
    if wanted.storm is not None:
        microsoft.faults.add(Storm(wanted.storm))
    return microsoft


def register_web(microsoft: Microsoft, wanted: list[str]) -> None:
    """An application where people sign in: its id, its secret, its address, and which function has which app role."""
    client_id, secret, address, *words = wanted
    by_function = dict(word.split("=", 1) for word in words)
    people = microsoft.board.people
    roles = {str(p.account["userPrincipalName"]): by_function[p.function] for p in people if p.function in by_function}
    microsoft.register_web(client_id, [f"{address}/signed-in", f"{address}/signed-out"], secret=secret, roles=roles)


def arguments() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(prog="python -m ibpmon.demo.microsoft", description=__doc__)
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at", required=True, metavar="ISO", help="what time it is at the board, with its offset")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument(
        "--files", type=Path, required=True, metavar="DIR", help="for the lists that the board hands over"
    )
    parser.add_argument("--mail", type=Path, metavar="DIR", help="where accepted mail becomes a file")
    parser.add_argument("--certificate", type=Path, required=True, metavar="PEM")
    parser.add_argument("--client-id", required=True)
    parser.add_argument("--sharepoint-client-id", help="an app of its own, with the same certificate, for SharePoint")
    parser.add_argument(
        "--web",
        nargs="+",
        metavar="WORD",
        help="where people sign in: CLIENT_ID SECRET ADDRESS [FUNCTION=APP_ROLE ...]",
    )
    parser.add_argument("--datto", metavar="KEY:SECRET", help="an API key of the management of devices from afar")
    parser.add_argument("--permissions", default=",".join(PERMISSIONS))
    parser.add_argument("--licences", default=",".join(LICENCES))
    parser.add_argument("--reporting-limit", type=int, default=5, help="requests in 10 seconds; 0 for no limits at all")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that each answer takes")
    parser.add_argument("--storm", type=int, metavar="SEED", help="let 30 percent of all requests fail")
    return parser


def read_orders(orders: Orders) -> None:
    """Pass on what stdin says; stop when whoever started us is gone."""
    for line in sys.stdin:
        orders.put(line.strip())
    orders.put(None)


def carry_out(order: str, microsoft: Microsoft, wanted: argparse.Namespace) -> None:
    """Let the board live on."""
    word, _, moment = order.partition(" ")
    if word != "advance":
        return
    events = microsoft.advance(datetime.fromisoformat(moment))
    hand_over(microsoft.board, wanted.folder, wanted.files)
    write(wanted.folder / "microsoft-now.json", {"now": microsoft.now().isoformat(), "events": len(events)})


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
        "sharepoint": microsoft.sharepoint,
        "datto": microsoft.datto,
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


def peak_bytes() -> int:
    """The most memory that this process held."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


if __name__ == "__main__":
    main()
