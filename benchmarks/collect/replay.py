"""A server of recorded pages: answers are packed before the clock starts, so that only the reader is measured.

`python -m benchmarks.collect.replay FOLDER ROWS [KEEP]` prints its port once it listens. It packs the first KEEP pages
before; later ones are packed when they are asked for, so that millions of rows need little memory.
"""

import gzip
import json
import random
import ssl
import sys
import uuid
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme

from ibpmon.demo.board.nouns import SignIn
from ibpmon.demo.board.rendering import render_sign_in

PAGE = 1000
CODES = (0,) * 20 + (50126, 50074, 50053)
SCENES = ("school", "school", "home", "phone", "abroad")
PEOPLE = 10_000


def accounts() -> dict[str, dict[str, Any]]:
    """Ten thousand people who sign in."""
    rng, made = random.Random(1), dict[str, dict[str, Any]]()
    for number in range(PEOPLE):
        key = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        upn = f"persoon{number}@verzonnenwaaier.example"
        made[key] = {
            "id": key, "displayName": f"Persoon {number}", "mail": upn, "userType": "Member", "userPrincipalName": upn,
        }  # fmt: skip
    return made


class Pages:
    """Pages of sign-ins, the newest first; each page is the same whenever it is asked for."""

    def __init__(self, rows: int, keep: int, newest: datetime) -> None:
        self.count, self.rows, self.newest = -(-rows // PAGE), rows, newest
        self.people, self.origin = accounts(), ""
        self.names = list(self.people)
        self.step = timedelta(days=29) / max(rows, 1)
        self.packed = lru_cache(maxsize=keep)(self.make)

    def make(self, number: int) -> bytes:
        """One page as it goes over the line."""
        rng = random.Random(number)
        first, last = number * PAGE, min((number + 1) * PAGE, self.rows)
        rows = b",".join(self.row(rng, place) for place in range(first, last))
        following = f"{self.origin}/v1.0/auditLogs/signIns?$skiptoken={number + 1}"
        link = b',"@odata.nextLink":' + json.dumps(following).encode() if number + 1 < self.count else b""
        return gzip.compress(b'{"value":[' + rows + b"]" + link + b"}", 6, mtime=0)

    def row(self, rng: random.Random, place: int) -> bytes:
        """One sign-in."""
        key = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        who = self.names[min(int(rng.paretovariate(0.85)), PEOPLE) - 1]
        at = self.newest - place * self.step
        address = f"203.0.113.{rng.randrange(256)}"
        row = SignIn(key, at, who, address, rng.choice(CODES), rng.randrange(4), rng.choice(SCENES))
        return render_sign_in(self.people, row)


def serve(folder: Path, rows: int, keep: int) -> None:
    """Listen until the process is ended."""
    pages = Pages(rows, keep, datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            number = int(parse_qs(urlsplit(self.path).query).get("$skiptoken", ["0"])[0])
            body = pages.packed(number)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pages.origin = f"https://localhost:{server.server_port}"
    for number in range(min(keep, pages.count)):
        pages.packed(number)
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    authority.issue_cert("localhost").configure_cert(tls)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 10_000)
