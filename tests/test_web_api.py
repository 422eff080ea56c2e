"""The numbers for programs: with a key or a session, without names, and exactly as they are described."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ibpmon.config import Config
from ibpmon.errors import RefusedError
from ibpmon.judge.rules import load_rules
from ibpmon.review.bureau import Bureau
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Entry, Evaluation, Run, Trend
from ibpmon.store.upsert import table_of
from ibpmon.store.web_tables import WebToken
from ibpmon.web import keys
from ibpmon.web.problems import Problem
from tests.conftest import MONDAY
from tests.review_world import opened
from tests.web_world import DAY, Browser, Running, config, microsoft, store, web

__all__ = ["config", "microsoft", "store", "web"]  # fixtures
PARTS = ("figures", "coverage", "rules", "alerts", "reviews", "trend")


@pytest.fixture
def review(store: Store, config: Config) -> int:
    """A review of Anna's process, an alert, a rule that could not judge, and a week that is over."""
    mine: dict[str, Any] = {"tenant_id": store.tenant}
    with store.write() as session:
        session.add(
            Alert(**mine, alert_id=1, rule="x", subject="kees", level="high", opened_at=MONDAY, changed_at=MONDAY)
        )
        for number, rule in enumerate(("x", "stale-guest"), 1):
            row: dict[str, Any] = {
                "evaluation_id": number,
                "rule": rule,
                "rule_hash": "",
                "at": MONDAY,
                "outcome": "cannot_check",
            }
            session.add(Evaluation(**mine, **row))
        counts = dict.fromkeys(("reopened", "solved", "false_positive", "accepted", "open"), 0)
        for ago in (7, 14):  # nothing was read in the week before the last
            week = (MONDAY - ago * DAY).date()
            session.add(Trend(**mine, week=week, level="high", opened=3, made_at=MONDAY - DAY, **counts))
        at = MONDAY - 3 * DAY
        session.add(Run(**mine, run_id=1_000, connector="groups", started_at=at, finished_at=at, state="FULL"))
    return opened(Bureau.of(config, store, MONDAY))


def key_of(web: Running, until: Any = None) -> str:
    """A new key."""
    with web.store.write() as session:
        return keys.make(session, web.store, "portaal", "Chris", web.now, until)[1]


def ask(browser: Browser, part: str, key: str = "", **options: Any) -> Any:
    """What a program gets."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return browser.get(f"/api/v1/{part}", headers=headers, **options)


def test_a_program_with_a_key_reads_the_numbers(web: Running, config: Config, review: int) -> None:
    """The same state as on the pages; what was never read or measured is null, not 0."""
    program, key = web.browser(), key_of(web)
    answers = {part: ask(program, part, key) for part in PARTS}
    found = {part: answer.json() for part, answer in answers.items()}

    assert {answer.status_code for answer in answers.values()} == {200}
    assert {answer.headers["content-type"] for answer in answers.values()} == {"application/json"}
    assert found["figures"]["alerts"] == 1
    assert found["figures"]["rules_blind"] == len(load_rules(config))  # none was applied yet
    states = {one["source"]: (one["state"], one["age_seconds"]) for one in found["coverage"]["sources"]}
    assert states["accounts"] == ("FULL", 0)
    assert states["pupil-list"] == ("NEVER", None)
    rules = {one["rule"]: (one["outcome"], one["findings"]) for one in found["rules"]["rules"]}
    assert len(rules) == len(load_rules(config))  # x is none that is on
    assert (rules["stale-guest"], rules["access-policy-changed"]) == (("cannot_check", None), ("never", None))
    assert found["alerts"]["counts"] == [{"level": "high", "state": "new", "alerts": 1}]
    (progress,) = found["reviews"]["reviews"]
    assert (progress["review"], progress["state"], progress["to_decide"], progress["decided"]) == (review, "OPEN", 6, 0)
    unread, week = sorted(found["trend"]["weeks"], key=lambda one: one["week"])
    assert (week["week"], week["opened"], week["solved"], week["hours_to_solve"]) == ("2026-11-16", 3, 0, None)
    assert (unread["week"], unread["opened"], unread["open"]) == ("2026-11-09", None, None)
    texts = "".join(answer.text for answer in answers.values()).casefold()
    assert not any(name in texts for name in ("anna", "kees", "chris", "@", "lies"))


def test_a_key_opens_the_numbers_and_nothing_else(web: Running, review: int) -> None:
    """No page takes it; without it, or with a wrong, old or ended one, a program reads what, why and how."""
    program, key = web.browser(), key_of(web, MONDAY + DAY)
    number, _is, secret = key.removeprefix("ibpmon_").partition("_")
    wrong = ["", "x", key[:-1], key + "A", f"ibpmon_9_{secret}", f"ibpmon_0{number}_{secret[:-1]}A", secret]
    for one in wrong:
        answer = ask(program, "figures", one) if one else program.get("/api/v1/figures")
        assert answer.status_code == 401, one
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"
        assert Problem.model_validate_json(answer.text).fix.startswith("vraag ICT")
    assert program.get("/viewers", headers={"Authorization": f"Bearer {key}"}).status_code == 303
    assert ask(program, "figures", key).status_code == 200
    web.now += DAY
    assert ask(program, "figures", key).status_code == 401


def test_a_key_that_was_taken_back_opens_nothing_and_both_stand_in_the_ledger(web: Running) -> None:
    """Of the key itself only the hash is kept, and the ledger has not even that."""
    key, now = key_of(web), web.now
    with web.store.write() as session:
        keys.revoke(session, web.store, 1, "Dewi", now)
    with web.store.write() as session, pytest.raises(RefusedError, match="no key 1 to take back"):
        keys.revoke(session, web.store, 1, "Dewi", now)
    for name in ("", "  ", "x" * 101):
        with web.store.write() as session, pytest.raises(RefusedError):
            keys.make(session, web.store, name, "Chris", now)
    with web.store.read() as session:
        (row,) = session.execute(select(table_of(WebToken))).mappings()
        acts = session.execute(select(table_of(Entry).c.kind, table_of(Entry).c.said)).all()

    assert ask(web.browser(), "figures", key).status_code == 401
    assert [kind for kind, _said in acts] == ["web.key.make", "web.key.revoke"]
    secret = key.split("_", 2)[2]
    assert not any(secret in text for text in (repr(dict(row)), *(said for _kind, said in acts)))


def test_a_session_with_the_numbers_reads_them_too(web: Running, review: int) -> None:
    """And one without them does not; a problem is told as one, also by the guard."""
    web.give("eva", "board")
    assert ask(web.signed_in("eva"), "figures").status_code == 200
    for name, status in (("anna", 403), ("bram", 403)):
        answer = ask(web.signed_in(name), "figures")
        assert (answer.status_code, answer.json()["status"]) == (status, status)
    eva, key = web.signed_in("eva"), key_of(web)
    told = {
        400: web.browser().get("/api/v1/figures", headers={"Host": "evil.example"}), 404: ask(eva, "nothing"),
        403: eva.ask("POST", "/api/v1/figures"), 405: eva.post("/api/v1/figures"),
        422: ask(web.browser(), "trend?weeks=0", key),
    }  # fmt: skip
    for status, answer in told.items():
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) == {"type", "status", "title", "detail", "fix"}
    assert told[405].headers["allow"] == "GET"
    for query in ("weeks=521", "weeks=x", "week=3", "weeks=1.5"):
        assert ask(web.browser(), f"trend?{query}", key).status_code == 422


def conforms(web: Running, folder: Path, examples: int) -> tuple[int, str]:
    """How many parts schemathesis tried, and what it said; the part is empty when nothing was wrong."""
    key = key_of(web)
    document = ask(web.browser(), "openapi.json", key).json()
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", "openapi.json", "--url", web.origin, "--seed", "1", "-H",
        f"Authorization: Bearer {key}", "-H", f"Origin: {web.origin}", "--max-examples", str(examples), "--no-color",
    ]  # fmt: skip
    said = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=900)
    tested = int((re.findall(r"Tested: (\d+)", said.stdout) or ["0"])[0])
    return tested, "" if said.returncode == 0 else said.stdout[-4000:] + said.stderr[-2000:]


@pytest.mark.slow
def test_the_api_keeps_to_its_description(web: Running, review: int, tmp_path: Path) -> None:
    """Schemathesis asks all that is allowed and much that is not: no server error, nothing that is not described."""
    assert conforms(web, tmp_path, 30) == (len(PARTS), "")
