"""Boards of the simulated Microsoft, read by the real collector: all that access is made of, SharePoint's own too."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from benchmarks.judge.planted import UNPACED
from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.demo.board import make_board
from ibpmon.demo.board.nouns import Board
from ibpmon.demo.microsoft import Microsoft
from ibpmon.demo.microsoft.__main__ import PERMISSIONS, describe, hand_over
from ibpmon.demo.microsoft.throttling import DOCUMENTED
from ibpmon.demo.play import CLIENT_ID, clear, write_certificate, write_config
from ibpmon.operate.rounds import collect_round, workplace
from ibpmon.review.access import SOURCES

SECOND = "3f2a8f6e-93c1-4a6c-8f0e-0c6a6d6f2b11"  # the registration that may ask SharePoint itself
RIGHT = "SharePoint:Sites.FullControl.All"
MORE = ("licences", "admin-units", "site-lists", "application-rights")
OF_SHAREPOINT = '["site-rights", "site-group-members", "site-lists", "list-rights", "site-admins"]'


@contextmanager
def read_board(size: str, seed: int) -> Iterator[tuple[Path, Board]]:
    """The configuration of a board that was read in full, and the board itself."""
    now = datetime.now(UTC).replace(microsecond=0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "demo"
        clear(folder)
        board, place = make_board(size, seed, now), folder / "microsoft"
        open_to_all = dict.fromkeys(DOCUMENTED)
        with Microsoft(
            board, folder=place, mail=folder / "mail", reporting_limit=None, limits=open_to_all
        ) as microsoft:
            microsoft.licences.add("P2")  # who may take a role is told with this licence only
            hand_over(board, place, folder / "files")
            config = set_up(folder, microsoft, now)
            with patch.dict("ibpmon.providers.budget.LIMITS", UNPACED), workplace(config, lambda: now) as work:
                collect_round(work)
        yield config, board


def set_up(folder: Path, microsoft: Microsoft, now: datetime) -> Path:
    """The configuration: only what access is made of, with a second registration for SharePoint itself."""
    first = write_certificate(folder / "secrets" / "ibpmon.pem", now)
    (folder / "secrets" / "second").mkdir()
    second = write_certificate(folder / "secrets" / "second" / "ibpmon.pem", now)
    for client, pem, rights in ((CLIENT_ID, first, PERMISSIONS), (SECOND, second, [RIGHT])):
        microsoft.register(client, certificate_pem=pem.read_text(encoding="ascii"), permissions=rights)
    shipped = load_connectors(Content())
    off = [name for name in shipped if name not in {*SOURCES, *MORE}]
    (folder / "secrets" / "datto.txt").write_text("x", encoding="ascii")
    write_config(folder, describe(microsoft, CLIENT_ID), off=off)
    config = folder / "config.toml"
    text = config.read_text(encoding="utf-8").replace('["rmm-sessions"]', OF_SHAREPOINT)
    own = f'address = "{microsoft.sharepoint}"\nclient_id = "{SECOND}"\ncertificate = "secrets/second/ibpmon.pem"\n'
    config.write_text(f"{text}\n[sharepoint]\n{own}", encoding="utf-8")
    return config
