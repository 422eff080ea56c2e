"""The commands of a review: a whole quarter by hand, as the manual shows it."""

import json
import re
import shlex
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from ibpmon.operate.rounds import workplace
from ibpmon.store.review_tables import ReviewDecision
from ibpmon.store.tables import Outbox
from tests.conftest import MONDAY, Answer
from tests.judging import ROOT
from tests.review_world import ANNA, MATRIX, board, read_again
from tests.test_review_workbook import fill

Run = Callable[..., Answer]
MANUAL = ROOT / "docs" / "review.md"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The configuration of a board of which the sites were read on Monday."""
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    path = tmp_path / "config.toml"
    on = 'connectors_on = ["list-rights", "site-admins", "site-group-members", "site-lists", "site-rights"]  # '
    path.write_text(text.replace("# fg = ", "fg = ").replace("# connectors_on =", on, 1), encoding="utf-8")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "autorisatiematrix.toml").write_text(MATRIX, encoding="utf-8")
    with workplace(path) as place:
        board().save(place.store)
    return path


@pytest.fixture
def run(ibpmon: Run, config: Path) -> Run:
    """Runs a command about that board, on Monday."""

    def running(*words: str) -> Answer:
        with time_machine.travel(MONDAY, tick=False):
            return ibpmon(*words, *(("--config", config) if words[0] == "review" else ()))

    return running


def lines_of_the_manual() -> list[str]:
    """The commands in the blocks of the manual, in order."""
    blocks = re.findall(r"^```sh\n(.*?)^```", MANUAL.read_text(encoding="utf-8"), re.S | re.M)
    return [line for block in blocks for line in block.splitlines()]


def test_the_quarter_of_the_manual_goes_as_it_says(
    run: Run, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever types over the manual ends with a signed review, and with a code in two mailboxes."""
    monkeypatch.chdir(tmp_path)
    code, said = "", ""
    for line in lines_of_the_manual():
        if "workbook read" in line and "--yes" not in line:
            fill(tmp_path / "zorg.xlsx", "item 3", verb="Lower it", target="read files", remark="")
        answer = run(*shlex.split(line.replace("CODE", code))[1:])
        assert answer.code == 0, (line, answer.err)
        code = next(iter(re.findall(r"(?:--code|The code is) ([A-Z0-9-]+)", answer.out)), code)
        said += answer.out
    assert "Nothing was opened." in said
    assert "1. Bram (guest) can read files in the site Zorg." in said
    assert "R1: 7 rights fit, 7 new." in said
    assert "Right as it is: 0. Right for now: 1. Take away: 1. Lower: 1." in said
    assert "1 decision, 4 as before, 0 without an answer.\nWritten down." in said
    assert "Nobody has to be reminded now." in said
    assert "The pack is whole." in said
    (row,) = json.loads(run("review", "status", "--json").out)
    assert (row["state"], row["left"]) == ("SIGNED", 0)
    assert row["fingerprint"] in said
    (mail,) = [one for one in mails(config) if row["fingerprint"] in one["text"]]
    assert mail["recipients"] == ["anna@board.example", "fg@voorbeeldonderwijs.example"]


def mails(path: Path) -> list[dict[str, Any]]:
    """The mails that wait."""
    with workplace(path) as place, place.store.read() as session:
        return [{"recipients": one.recipients, "text": one.text} for one in session.scalars(select(Outbox))]


def test_a_dry_run_writes_nothing(run: Run, config: Path) -> None:
    """Whoever wants to know what it would ask must not write to every owner."""
    row = json.loads(run("review", "open", "--dry-run", "--json").out)
    assert (row["opened"], row["reviews"][0]["deviation"], row["reviews"][0]["minutes"]) == ([], 3, 2)
    assert json.loads(run("review", "status", "--json").out) == []
    assert mails(config) == []


def test_what_is_refused_says_why_and_what_to_do(run: Run) -> None:
    """Three lines that help, no trace, and nothing written."""
    run("review", "open", "--by", "chris")
    answer = run("review", "decide", "1", "keep", "1", "--by", "anna@board.example")
    assert answer.code == 1
    assert "stays only for a reason" in answer.err
    assert "give one of these: project" in answer.err
    assert run("review", "decide", "1", "revoke", "1", "--by", "eva").code == 1
    assert run("review", "decide", "1", "revoke").code == 2
    assert run("review", "decide", "1", "revoke", "--rule", "R1").code == 2
    assert run("review", "sign", "1", "--by", "anna@board.example").code == 1
    assert run("review", "items", "9").code == 1


def test_what_is_left_and_what_was_decided_shows(run: Run) -> None:
    """Who goes on later sees where he was."""
    run("review", "open", "--by", "chris")
    run("review", "decide", "1", "revoke", "1", "--by", "anna@board.example")
    left = json.loads(run("review", "items", "1", "--left", "--json").out)
    assert [one["item"] for one in left] == [2, 3]
    assert "decided by anna@board.example: take away" in run("review", "items", "1").out
    assert len(json.loads(run("review", "items", "1", "--all", "--json").out)) == 21
    assert [one["confirmed"] for one in json.loads(run("review", "items", "1", "--rules", "--json").out)] == [False] * 2


def test_what_went_and_what_came_since_the_freeze_shows(run: Run, config: Path) -> None:
    """Who decides sees that Kees is gone and that nobody has to think about him; who signs reads it in the text."""
    run("review", "open", "--by", "chris")
    assert "How much came after" in run("review", "items", "1").out
    with workplace(config) as place:
        read_again(place.store, 1, without="kees")
    shown = json.loads(run("review", "status", "1", "--json").out)
    assert (len(shown["gone"]), shown["after"], shown["left"]) == (1, 0, 5)
    assert "Meanwhile gone: 1 right." in run("review", "status", "1").out
    assert "meanwhile gone (read on" in run("review", "items", "1").out
    for one in (1, 3):
        run("review", "decide", "1", "revoke", f"{one}", "--by", "anna@board.example")
    for rule in ("R1", "R2"):
        run("review", "decide", "1", "keep", "--rule", rule, "--by", "anna@board.example")
    assert "Already gone, so nothing was decided about it: 1" in run("review", "sign", "1", "--by", "anna").out
    assert "nothing has to be decided" in run("review", "items", "1").out
    assert json.loads(run("review", "status", "1", "--json").out)["state"] == "TO_SIGN"


def test_the_exceptions_of_the_manual_work(run: Run) -> None:
    """On paper, given away, opened again, cancelled: each as the table says."""
    run("review", "open", "--by", "chris")
    for line in re.findall(r"`(ibpmon review (?:decide|assign|cancel) [^`]+)`", MANUAL.read_text(encoding="utf-8")):
        if "assign" not in line:
            answer = run(*shlex.split(line)[1:])
            assert answer.code == 0, (line, answer.err)
    assert json.loads(run("review", "status", "--json").out)[0]["state"] == "CANCELLED"
    run("review", "open", "--by", "chris")
    assert run("review", "assign", "2", "chris@board.example", "--reason", "Anna is ziek").code == 0
    assert run("review", "decide", "2", "revoke", "1", "--by", "chris").code == 0
    assert run("review", "reopen", "2", "--reason", "x").code == 1
    assert run("review", "reopen", "2", "--fresh", "--reason", "Er is meer").code == 0
    assert [one["state"] for one in json.loads(run("review", "status", "--json").out)] == [
        "CANCELLED", "SUPERSEDED", "OPEN",
    ]  # fmt: skip


def test_a_decision_is_kept_under_the_account_of_the_owner(run: Run, config: Path) -> None:
    """'Anna' and her address are one person: what she decided is found again under one name."""
    run("review", "open", "--by", "chris")
    run("review", "decide", "1", "revoke", "1", "--by", "Anna")
    with workplace(config) as place, place.store.read() as session:
        (one,) = session.scalars(select(ReviewDecision))
        assert (one.actor, one.channel) == ("anna@board.example", "cli")


# ---- after the signature


def sign_all(run: Run) -> None:
    """A round in which Anna takes everything away that does not fit, and signs."""
    anna = ("--by", ANNA)
    run("review", "open", "--by", "chris")
    for number in ("1", "2", "3"):
        run("review", "decide", "1", "revoke", number, *anna)
    for rule in ("R1", "R2"):
        run("review", "decide", "1", "keep", "--rule", rule, *anna)
    (code,) = re.findall(r"--code ([A-Z0-9]+)", run("review", "sign", "1", *anna).out)
    assert run("review", "sign", "1", "--code", code, *anna).code == 0


def test_what_has_to_go_is_followed_by_hand(run: Run) -> None:
    """List, name, report, look: as the manual says; a run of before the work proves nothing."""
    assert "Nothing has to be taken away." in run("review", "tasks", "list").out
    sign_all(run)
    assert "still to do" in run("review", "tasks", "list").out
    assert run("review", "tasks", "assign", "1", "eva", "--by", "chris").out == "1. assigned to somebody\n"
    assert run("review", "tasks", "done", "1", "--by", "eva").out == "1. reported as done, not checked yet\n"
    rows = json.loads(run("review", "tasks", "verify", "--json").out)
    assert [(one["task"], one["state"], one["assignee"]) for one in rows] == [
        (1, "REPORTED_DONE", "eva"), (2, "OPEN", ""), (3, "OPEN", ""),
    ]  # fmt: skip


def test_what_cannot_be_done_says_why_and_stays(run: Run) -> None:
    """The owner has to hear of it; without a reason it is refused, and so is a task that is not there."""
    sign_all(run)
    assert run("review", "tasks", "cannot", "2", "--why", " ", "--by", "eva").code == 1
    assert run("review", "tasks", "cannot", "9", "--why", "x", "--by", "eva").code == 1
    assert "signed this review" in run("review", "tasks", "cannot", "2", "--why", "x", "--by", "anna").err
    told = run("review", "tasks", "cannot", "2", "--why", "The school year still runs", "--by", "eva")
    assert told.out == "2. cannot be done\n"
    assert "The school year still runs" in run("review", "tasks", "list").out
    assert "cannot be done: The school year still runs (eva)" in run("review", "tasks", "show", "2").out
    assert run("review", "tasks", "assign", "2", "eva", "--by", "chris").out == "2. assigned to somebody\n"


def test_a_task_shows_where_it_is_cut_and_who_else_loses_it(run: Run) -> None:
    """The way through the portal, a line to read and run, and how far it reaches."""
    sign_all(run)
    said = run("review", "tasks", "show", "1").out
    assert "- a guest was let in by name" in said
    assert "SharePoint > Zorg > Documenten > Library settings > Permissions" in said
    assert "Remove-MgDriveItemPermission -DriveId 'zorg-files' -DriveItemId 'root' -PermissionId 'p1'" in said
    assert "Nobody else loses access." in said
    (edge,) = json.loads(run("review", "tasks", "show", "1", "--json").out)["edges"]
    assert (edge["cause"], edge["others"], edge["there"]) == ("guest", 0, True)


def test_the_next_round_begins_with_what_came_of_this_one(run: Run, config: Path, ibpmon: Run) -> None:
    """Before anything is asked: in the status of a review and above its questions."""
    sign_all(run)
    with time_machine.travel(MONDAY + timedelta(days=92), tick=False):
        assert ibpmon("review", "open", "--by", "chris", "--config", config).code == 0
        said = ibpmon("review", "status", "2", "--config", config).out
        row = json.loads(ibpmon("review", "status", "2", "--json", "--config", config).out)
        asked = ibpmon("review", "items", "2", "--config", config).out
    assert "3 rights were to go or to become less. Seen since: 3 not done or not checked yet." in said
    assert "Review 2 (Zorg): open" in said
    assert (row["promise"]["review"], row["promise"]["counts"]["open"], row["promise"]["counts"]["gone"]) == (1, 3, 0)
    assert asked.startswith("In the review that was signed on")
    assert json.loads(run("review", "status", "1", "--json").out)["promise"] is None
