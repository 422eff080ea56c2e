"""Rule files with several searches: on both databases, in pieces that come late, the same as in one pass."""

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from ibpmon.judge.correlate import find_episodes
from ibpmon.judge.evaluate import evaluate
from ibpmon.judge.rule import LEVELS
from ibpmon.judge.rules import Rule, load_rules
from ibpmon.judge.trial import run_tests
from ibpmon.store.database import Store
from ibpmon.store.tables import Finding, aware
from ibpmon.store.views import views
from tests.conftest import MONDAY, OpenStore
from tests.judging import DATASETS, config_with, put, ran

MINUTE = timedelta(minutes=1)
Event = dict[str, Any]

SEARCHES = """
title: Mislukt
id: 5d1a2a52-0d5c-4f0e-9a0b-0d8f0f7f2a01
name: failed
logsource: {product: ibpmon, service: sign-ins}
detection: {failed: {error_code: [50126, 50053]}, condition: failed}
---
title: Gelukt
id: 5d1a2a52-0d5c-4f0e-9a0b-0d8f0f7f2a02
name: success
logsource: {product: ibpmon, service: sign-ins}
detection: {success: {error_code: 0}, condition: success}
---
"""
HEAD = """
title: Samen
id: 5d1a2a52-0d5c-4f0e-9a0b-0d8f0f7f2a09
description: Wat samen gebeurt.
level: high
falsepositives: [Niets.]
ibpmon:
  catalogue: SGN-03
  needs: [sign-ins]
  subject: SUBJECT
  message: {subject: "{count} keer", line: "{upn} {count} {window_start} {window_end}", action: Kijk.}
  remind: 7d
  tests:
    - {name: geen, expect: miss, record: {error_code: 1}}
    - {name: wel, expect: hit, records: [RECORDS]}
"""
RUN = """
title: Reeks
id: 5d1a2a52-0d5c-4f0e-9a0b-0d8f0f7f2a03
name: many
correlation: {type: event_count, rules: [failed], group-by: [account_id], timespan: 60m, condition: {gte: 3}}
---
"""
FAILED = "{record: {account_id: a, ip_address: i, error_code: 50126}, repeat: 3}"
THEN = "{record: {account_id: a, ip_address: i, error_code: 0}, offset: 5m}"
KINDS = {
    "a run of failures and then a success": SEARCHES
    + RUN
    + "correlation: {type: temporal_ordered, rules: [many, success], group-by: [account_id], timespan: 60m}"
    + HEAD.replace("SUBJECT", "account_id").replace("RECORDS", f"{FAILED}, {THEN}"),
    "failures and success together": SEARCHES
    + "correlation: {type: temporal, rules: [failed, success], group-by: [ip_address], timespan: 10m}"
    + HEAD.replace("SUBJECT", "ip_address").replace("RECORDS", f"{FAILED}, {THEN}"),
    "many accounts with few tries each": SEARCHES.split("---")[0]
    + """---
title: Weinig pogingen
id: 5d1a2a52-0d5c-4f0e-9a0b-0d8f0f7f2a04
name: few
correlation:
  {type: event_count, rules: [failed], group-by: [ip_address, account_id], timespan: 30m, condition: {gte: 1, lte: 3}}
---
correlation:
  {type: value_count, rules: [few], group-by: [ip_address], timespan: 60m, condition: {field: account_id, gte: 3}}
"""
    + HEAD.replace("SUBJECT", "ip_address").replace(
        "RECORDS", "{record: {ip_address: i, error_code: 50126}, repeat: 3, cycle: {account_id: [a, b, c]}}"
    ),
    "some failures but not many": SEARCHES.split("---")[0]
    + """---
correlation:
  {type: event_count, rules: [failed], group-by: [account_id], timespan: 20m, condition: {gte: 2, lte: 4}}
"""
    + HEAD.replace("SUBJECT", "account_id").replace("RECORDS", FAILED),
    "a spray, worse where someone came in": SEARCHES
    + """
title: Ingebroken
id: 5d1a2a52-0d5c-4f0e-9a0b-0d8f0f7f2a05
name: broken_in
correlation: {type: temporal_ordered, rules: [spray, success], group-by: [ip_address], timespan: 60m}
---
name: spray
correlation:
  {type: value_count, rules: [failed], group-by: [ip_address], timespan: 60m, condition: {field: account_id, gte: 3}}
"""
    + HEAD.replace("SUBJECT", "ip_address")
    .replace("RECORDS", "{record: {ip_address: i, error_code: 50126}, repeat: 3, cycle: {account_id: [a, b, c]}}")
    .replace("  remind", "  levels: {critical: broken_in}\n  remind"),
    "a burst that grows": SEARCHES.split("---")[0]
    + """---
correlation: {type: event_count, rules: [failed], group-by: [account_id], timespan: 60m, condition: {gt: 1}}
"""
    + HEAD.replace("SUBJECT", "account_id")
    .replace("RECORDS", FAILED)
    .replace("  remind", "  levels_from: {critical: 5}\n  remind"),
}


def written(tmp_path: Path, text: str) -> Rule:
    """The rule of a file with this text."""
    (tmp_path / "own" / "rules").mkdir(parents=True, exist_ok=True)
    (tmp_path / "own" / "rules" / "together.yml").write_text(text, encoding="utf-8")
    return next(rule for rule in load_rules(config_with(folder=tmp_path / "own")) if rule.key == "together")


def events_of(seed: int, count: int = 160) -> list[Event]:
    """Sign-ins of a few accounts from a few addresses, in bursts."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        at = MONDAY - timedelta(hours=chance.choice([1, 3, 3, 6, 9])) + chance.randrange(50) * MINUTE
        found.append(
            {
                "id": f"s{number}",
                "at": at,
                "account_id": chance.choice(["anna", "bram", "chris", "dewi", "eva", None]),
                "ip_address": chance.choice(["198.51.100.7", "198.51.100.8", "192.0.2.1", ""]),
                "error_code": chance.choice([50126, 50053, 0, 1]),
                "upn": "x",
            }
        )
    return found


Told = tuple[str, datetime | None, datetime | None, int, str]


def stored(store: Store) -> set[Told]:
    """The episodes as they are stored."""
    with store.read() as session:
        rows = session.scalars(select(Finding).where(col(Finding.gone_at).is_(None)))
        return {(one.subject, one.window_start, one.window_end, one.count, one.level) for one in rows}


def in_one_pass(store: Store, rule: Rule) -> set[Told]:
    """The episodes over all that is stored."""
    with store.read() as session:
        found = find_episodes(session, rule, views(store, MONDAY), None)
        return {(one.key[0], aware(one.start), aware(one.end), one.count, LEVELS[one.rank]) for one in found}


@pytest.mark.parametrize("kind", KINDS)
def test_late_pieces_give_what_one_pass_gives(open_database: OpenStore, tmp_path: Path, kind: str) -> None:
    """What comes late can complete an order, join two runs, or make a few tries too many."""
    rule, store = written(tmp_path, KINDS[kind]), open_database(DATASETS)
    ran(store, ["sign-ins"])
    events = events_of(len(kind))
    random.Random(1).shuffle(events)
    for start in range(0, len(events), 32):
        put(store, "sign-ins", events[start : start + 32])
        evaluate([rule], store, MONDAY)

    assert stored(store) == in_one_pass(store, rule)
    assert stored(store)


def event(number: int, minute: int, code: int, **more: Any) -> Event:
    """A sign-in of Anna."""
    return {"id": f"e{number}", "at": MONDAY - (90 - minute) * MINUTE, "account_id": "anna", "error_code": code, **more}


def test_a_success_after_the_failures_is_found_and_one_before_them_is_not(
    open_database: OpenStore, tmp_path: Path
) -> None:
    """Who mistypes after having been in is no attacker; the count is that of the failures."""
    rule, store = written(tmp_path, next(iter(KINDS.values()))), open_database(DATASETS)
    ran(store, ["sign-ins"])
    put(store, "sign-ins", [event(0, 1, 0), *(event(n, 1 + n, 50126) for n in range(1, 4))])
    assert evaluate([rule], store, MONDAY)[0].new == ()

    put(store, "sign-ins", [event(9, 30, 0, upn="anna@x")])
    (found,) = evaluate([rule], store, MONDAY)[0].new

    assert (found.count, found.evidence["upn"]) == (3, "anna@x")
    assert (found.window_start, found.window_end) == (MONDAY - 88 * MINUTE, MONDAY - 60 * MINUTE)


def test_an_episode_that_turns_out_too_full_is_taken_back(open_database: OpenStore, tmp_path: Path) -> None:
    """Two to four failures were found; a late fifth makes it something else."""
    rule, store = written(tmp_path, KINDS["some failures but not many"]), open_database(DATASETS)
    ran(store, ["sign-ins"])
    put(store, "sign-ins", [event(n, n, 50126) for n in range(4)])
    assert len(evaluate([rule], store, MONDAY)[0].new) == 1

    put(store, "sign-ins", [event(8, 2, 50126)])
    judged = evaluate([rule], store, MONDAY)[0]

    assert (len(judged.gone), judged.evaluation.outcome) == (1, "ok")


def test_a_rule_may_look_at_two_views(open_database: OpenStore, tmp_path: Path) -> None:
    """A new method and a sign-in of the same person: in two logs, under two names."""
    text = (
        SEARCHES.split("---")[1].strip()
        + """
---
title: Wijziging
id: 5d1a2a52-0d5c-4f0e-9a0b-0d8f0f7f2a06
name: change
logsource: {product: ibpmon, service: directory-audits}
detection: {one: {activity: Add member to role}, condition: one}
---
correlation:
  type: temporal_ordered
  rules: [change, success]
  group-by: [account_id]
  aliases: {account_id: {change: actor_id}}
  timespan: 60m
"""
        + HEAD.replace("SUBJECT", "account_id")
        .replace("needs: [sign-ins]", "needs: [sign-ins, directory-audits]")
        .replace(
            "RECORDS",
            "{service: directory-audits, record: {actor_id: a, activity: Add member to role}}, "
            "{record: {account_id: a, error_code: 0}, offset: 5m}",
        )
    )
    from ibpmon.collect.connectors import load_connectors
    from ibpmon.config import Content

    datasets = [one.dataset for one in load_connectors(Content()).values()]
    rule, store = written(tmp_path, text), open_database(datasets)
    ran(store, ["sign-ins", "directory-audits"])
    put(
        store,
        "directory-audits",
        [{"id": "x", "at": MONDAY - 60 * MINUTE, "actor_id": "anna", "activity": "Add member to role"}],
    )
    assert evaluate([rule], store, MONDAY)[0].new == ()

    put(store, "sign-ins", [event(1, 31, 0)])

    assert [one.subject for one in evaluate([rule], store, MONDAY)[0].new] == ["anna"]


SILENCE = (
    SEARCHES.split("---")[1].strip()
    + """
---
correlation: {type: event_count, rules: [success], group-by: [SUBJECT], timespan: 2h, condition: {eq: 0}}
"""
    + HEAD.replace("{error_code: 1}", "{account_id: x, error_code: 0}")
    .replace("expect: miss, record", "expect: miss, records: [{offset: 2h, record")
    .replace("0}}\n", "0}}]}\n", 1)
    .replace("{upn} ", "")
)


def silence(tmp_path: Path, subject: str, record: str) -> Rule:
    """The rule that finds two hours without a sign-in."""
    return written(tmp_path, SILENCE.replace("SUBJECT", subject).replace("RECORDS", f"{{record: {record}}}"))


def test_a_log_without_events_is_found_until_there_is_one(open_database: OpenStore, tmp_path: Path) -> None:
    """Nobody signs in for two hours: the school is closed, or the log is not coming in."""
    rule, store = silence(tmp_path, "log", "{error_code: 1}"), open_database(DATASETS)
    ran(store, ["sign-ins"], covers_from=MONDAY - timedelta(days=9), covers_until=MONDAY)
    put(store, "sign-ins", [event(1, 88, 50126)])

    (found,) = evaluate([rule], store, MONDAY)[0].new
    put(store, "sign-ins", [event(2, 89, 0)])
    judged = evaluate([rule], store, MONDAY)[0]

    assert (found.subject, found.window_end is None, len(judged.gone)) == ("sign-ins", True, 1)


def test_who_was_seen_before_and_no_longer_is_found(open_database: OpenStore, tmp_path: Path) -> None:
    """A device, or an account, that fell silent; one that was never there did not."""
    rule, store = silence(tmp_path, "account_id", "{account_id: y, error_code: 0}"), open_database(DATASETS)
    ran(store, ["sign-ins"], covers_from=MONDAY - timedelta(days=9), covers_until=MONDAY)
    old = {"id": "old", "at": MONDAY - timedelta(hours=2, seconds=1), "account_id": "bram", "error_code": 0}
    put(store, "sign-ins", [event(1, 89, 0), old])

    assert [one.subject for one in evaluate([rule], store, MONDAY)[0].new] == ["bram"]


def test_silence_is_not_found_where_nobody_listened(open_database: OpenStore, tmp_path: Path) -> None:
    """The last two hours were not read in full: neither green nor red."""
    rule, store = silence(tmp_path, "log", "{error_code: 1}"), open_database(DATASETS)
    ran(store, ["sign-ins"], covers_from=MONDAY - timedelta(hours=1), covers_until=MONDAY)
    first = evaluate([rule], store, MONDAY)[0].evaluation
    ran(store, ["sign-ins"], covers_from=MONDAY - timedelta(days=1), covers_until=MONDAY)
    second = evaluate([rule], store, MONDAY)[0].evaluation

    assert (first.outcome, first.findings, second.outcome) == ("cannot_check", 0, "finding")
    assert "2" in first.reason


def test_the_tests_of_a_rule_about_silence_run(tmp_path: Path) -> None:
    """What happens in the first timespan happened before, and the second one ends now."""
    for subject, record in (("log", "{error_code: 1}"), ("account_id", "{account_id: y, error_code: 0}")):
        assert all(result.passed for result in run_tests([silence(tmp_path, subject, record)]))
