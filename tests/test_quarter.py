"""A whole quarter by the command line alone, against the simulated Microsoft: docs/quarter.md, word for word."""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
import time_machine

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.demo.board import Removal, carry_out, make_board
from ibpmon.demo.microsoft import Microsoft
from ibpmon.demo.microsoft.throttling import DOCUMENTED
from ibpmon.providers.budget import LIMITS, Limit
from ibpmon.review.access import SOURCES
from tests.conftest import APP, PERMISSIONS, Answer, Tenant
from tests.judging import ROOT
from tests.test_review_workbook import fill

Run = Callable[..., Answer]
PAGE = ROOT / "docs" / "quarter.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.S | re.M)
BEGIN = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)
DAYS = {"Wednesday 7 October 2026": datetime(2026, 10, 7, 8, 0, tzinfo=UTC),
        "Wednesday 14 October 2026": datetime(2026, 10, 14, 8, 0, tzinfo=UTC),
        "Monday 4 January 2027": datetime(2027, 1, 4, 9, 0, tzinfo=UTC)}  # fmt: skip
PROCESS = "zorg-vli"
TO = 'to = { board = ["bestuur@verzonnenwaaier.example"], fg = ["fg@verzonnenwaaier.example"], it'
DIFFERS = {  # each time, because it was drawn
    r"[0-9a-f]{64}": "HASH", r"leerling-[A-Z2-9]{7}": "leerling-ABCDEFG", r"[A-Z2-9]{4}(-[A-Z2-9]{4}){3}": "LONG-CODE",
    r"(--code )[A-Z2-9]{4}\b": r"\1CODE", r"\b10:0\d\b": "10:00",
}  # fmt: skip
# What the cmdlets in the lines of a task take away, and which of their words say where and what.
CMDLETS = {
    "Remove-MgGroupMemberByRef": ("member", "-GroupId", "-DirectoryObjectId"),
    "Remove-MgDriveItemPermission": ("root right", "-DriveId", "-PermissionId"),
}


class Quarter:
    """The board, the commands, and the simulated Microsoft in which something is carried out."""

    def __init__(self, tenant: Tenant, run: Run, travel: Any) -> None:
        self.tenant, self.run, self.travel, self.code = tenant, run, travel, ""

    def typed(self, line: str) -> str:
        """What a line of the page does, and what it says."""
        if line.startswith("# "):
            self.act(line[2:])
            return ""
        answer = self.run(*shlex.split(line.removeprefix("$ ibpmon ").replace("CODE", self.code)))
        assert answer.code == 0, (line, answer.out, answer.err)
        self.code = next(iter(re.findall(r"--code ([A-Z2-9]{4})\b", answer.out)), self.code)
        return "\n".join(part.rstrip() for part in plain(answer.out).splitlines() if part.strip())

    def act(self, what: str) -> None:
        """Something that people do, and no command."""
        if what in DAYS:
            self.travel.move_to(DAYS[what])
            self.tenant.microsoft.advance(DAYS[what])
        elif what == "Ukke fills in the workbook":
            fill(Path("zorg.xlsx"), "item 1", verb="Take it away")
            fill(Path("zorg.xlsx"), "item 7", verb="It is right", code="temporary project", until="31-12-2026")
            fill(Path("zorg.xlsx"), "rule R4", verb="It is right")
        else:
            tasks = [json.loads(self.run("review", "tasks", "show", str(one), "--json").out) for one in range(1, 5)]
            for line in dict.fromkeys(task["edges"][0]["line"] for task in tasks):
                self.cut(line)

    def cut(self, line: str) -> None:
        """Do what a line of PowerShell says: the first edge of a task is the one that takes nobody else along."""
        cmdlet, *words = shlex.split(line)
        kind, where, what = CMDLETS[cmdlet]
        said = dict(zip(words[::2], words[1::2], strict=True))
        carry_out(self.tenant.microsoft.board, Removal(kind, said[where], said[what]))


def plain(text: str) -> str:
    """What was said, without what was drawn by chance."""
    for pattern, word in DIFFERS.items():
        text = re.sub(pattern, word, text)
    return text


def played(block: str, quarter: Quarter) -> str:
    """A block of the page with what was really said."""
    said: list[str] = []
    lines = block.splitlines()
    for line, follows in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith(("$ ", "# ")):
            answer = quarter.typed(line)
            said += [line, "..." if follows == "..." else answer]
    return "\n".join(one for one in said if one) + "\n"


@pytest.fixture
def quarter(tmp_path: Path, ibpmon: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[Quarter]:
    """The board on the first day, with one process in its matrix and what a review reads switched on."""
    for family in LIMITS:
        monkeypatch.setitem(cast("dict[str, Limit]", LIMITS), family, Limit(100_000, 1.0))
    unlimited: dict[str, None] = dict.fromkeys(DOCUMENTED)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "microsoft"
    with (
        time_machine.travel(BEGIN) as travel,
        Microsoft(make_board("small", 1, BEGIN), folder=folder, reporting_limit=None, limits=unlimited) as microsoft,
    ):
        microsoft.register(APP, secret="correct-horse", permissions=PERMISSIONS)
        tenant = Tenant(microsoft, tmp_path, "correct-horse")
        off = sorted(set(load_connectors(Content())) - set(SOURCES) - {"role-eligibility"})
        tenant.write_config(f"[content]\nconnectors_off = {json.dumps([*off, 'role-eligibility'])}\n")
        tenant.config.write_text(tenant.config.read_text(encoding="utf-8").replace("to = { it", TO), encoding="utf-8")
        keep_one_process(tmp_path / "autorisatiematrix.toml")
        yield Quarter(tenant, ibpmon, travel)


def keep_one_process(path: Path) -> None:
    """The matrix of the board with only the process of this page."""
    head, *parts = path.read_text(encoding="utf-8").split("[[")
    mine = [one for one in parts if not one.startswith("processes]]") or f'key = "{PROCESS}"' in one]
    path.write_text("[[".join([head, *mine]), encoding="utf-8")


@pytest.mark.slow
def test_the_quarter_of_the_page_goes_as_it_says(quarter: Quarter, tmp_path: Path) -> None:
    """Whoever reads the page sees what ibpmon says; when that changes, the page changes with it."""
    page = PAGE.read_text(encoding="utf-8")
    real = BLOCK.sub(lambda block: f"```console\n{played(block[1], quarter)}```", page)
    (tmp_path / "quarter.md").write_text(real, encoding="utf-8")
    assert page == real, f"what it says now is in {tmp_path / 'quarter.md'}"
