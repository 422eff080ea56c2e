"""Sigma filters: a board leaves something out of a rule without copying it, and is told where that cannot be."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ibpmon import language
from ibpmon.config import Config
from ibpmon.errors import ContentError
from ibpmon.judge.files import RuleFile
from ibpmon.judge.filters import apply_filters
from ibpmon.judge.rule import Rule
from ibpmon.judge.rules import load_rules, workshop
from ibpmon.judge.sigma import fields_of
from ibpmon.judge.trial import run_tests
from tests.judging import CONFIG, ROOT, config_with

WORKSHOP = workshop(CONFIG)


@pytest.fixture
def english() -> Iterator[None]:
    """Sentences in English, whatever the environment says."""
    spoken = language.current()
    language.use("en")
    yield
    language.use(spoken)


SEARCHES = """\
title: Zonder de testaccounts
logsource: {product: ibpmon, service: account-protection}
filter:
  rules: [account-without-mfa]
  test: {upn|startswith: test-}
  condition: not test
"""
NAMED = SEARCHES.replace("account-protection}", "sign-ins}").replace("upn|", "account_id|")


def narrowed(tmp_path: Path, text: str, *rules: str) -> tuple[list[str], dict[str, Rule]]:
    """What is said about a filter, and the rules that it was put into."""
    path = tmp_path / "own-filter.yml"
    path.write_text(text, encoding="utf-8")
    files: list[RuleFile] = [WORKSHOP.read(path), *(WORKSHOP.read(ROOT / "rules" / f"{rule}.yml") for rule in rules)]
    apply_filters(files, WORKSHOP.kinds)
    made = [WORKSHOP.maker(file).rule() for file in files[1:]]
    assert not [problem for file in files[1:] for problem in file.problems.found]
    return files[0].problems.found, {rule.key: rule for rule in made if rule}


def trial_of(rule: Rule, **record: Any) -> str | int:
    """What a rule makes of its own first record, with these values in it."""
    first = next(trial for trial in rule.tests if trial.expect == "hit")
    changed = first.model_copy(update={"record": {**(first.record or {}), **record}})
    return run_tests([replace(rule, tests=(changed,))])[0].got


def test_a_filter_leaves_out_what_it_names(tmp_path: Path) -> None:
    """A board with forty test accounts would otherwise accept forty findings, or copy the rule and miss its mending."""
    problems, rules = narrowed(tmp_path, SEARCHES, "account-without-mfa", "stale-device")

    assert problems == []
    rule = rules["account-without-mfa"]
    assert trial_of(rule, upn="anna@school.example") == "hit"
    assert trial_of(rule, upn="test-7@school.example") != "hit"
    assert "upn" in set(fields_of(rule.unknown))
    assert "upn" not in set(fields_of(rules["stale-device"].condition))


def test_a_filter_changes_the_rule_that_it_narrows(tmp_path: Path) -> None:
    """Events that were judged without it are judged anew."""
    _problems, rules = narrowed(tmp_path, SEARCHES, "account-without-mfa")
    _problems, others = narrowed(tmp_path, SEARCHES.replace("test-", "proef-"), "account-without-mfa")

    assert rules["account-without-mfa"].hash != others["account-without-mfa"].hash


def test_a_filter_on_all_rules_of_a_view_reaches_each(tmp_path: Path) -> None:
    """`any` is every rule on that view, and no other."""
    text = SEARCHES.replace("[account-without-mfa]", "any").replace("account-protection}", "accounts}")
    _problems, rules = narrowed(tmp_path, text, "stale-account", "leaver-still-active", "stale-device")

    narrow = {key for key, rule in rules.items() if "upn" in set(fields_of(rule.condition))}
    assert narrow == {"stale-account", "leaver-still-active"}


def test_a_filter_narrows_what_a_correlation_counts(tmp_path: Path) -> None:
    """Named by its own name, the search is narrowed before anything is counted."""
    text = NAMED.replace("account-without-mfa", "failed_sign_in")
    problems, rules = narrowed(tmp_path, text, "many-failed-sign-ins")

    assert problems == []
    assert "account_id" in set(fields_of(rules["many-failed-sign-ins"].condition))


REFUSED = [
    ({"account-without-mfa]": "account-without-mfaa]"}, ":4: filter.rules: there is no rule 'account-without-mfaa'"),
    ({"account-without-mfa]": "stale-device]"}, "'stale-device' looks at another view: managed-devices"),
    ({"not test": "not tset"}, "'tset' not defined"),
    ({"upn|": "upm|"}, "there is no field 'upm' here - did you mean 'upn'?"),
    ({"upn|": "upn|base64|"}, "means nothing here"),
    ({"upn|startswith: test-": "mfa_methods: sms"}, ""),
    ({"filter:": "level: low\nfilter:"}, ":3: level: ibpmon does not know this key"),
    ({"title: Zonder de testaccounts\n": ""}, "title: this key is missing"),
    ({"service: account-": "service: acount-"}, "there is no view 'acount-protection'"),
    ({"product: ibpmon": "product: windows"}, "product: ibpmon"),
    ({"  condition: not test\n": ""}, "give at least one detection and a condition"),
    ({"[account-without-mfa]": "any", "account-protection}": "sites}", "upn|": "name|"}, "no rule looks at this"),
    ({"[account-without-mfa]": "{a: b}"}, "name rules by their file, name or id"),
    ({"  rules: [account-without-mfa]\n": ""}, "name rules by their file, name or id"),
    ({"condition: not test": "condition: not test\n---\ntitle: nog een"}, "give a filter a file of its own"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "sentence"), REFUSED, ids=[f"{n} {one[1]:.40}" for n, one in enumerate(REFUSED)])
def test_a_filter_that_would_do_nothing_is_refused(
    tmp_path: Path, changes: dict[str, str], sentence: str, english: None
) -> None:
    """pySigma passes over a filter that fits no rule; then what was meant to stay silent does not, or the reverse."""
    text = SEARCHES
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)

    problems, _rules = narrowed(tmp_path, text, "account-without-mfa", "stale-device")

    assert sentence in "\n".join(problems)
    assert bool(problems) == bool(sentence)


def test_a_filter_that_reads_what_its_rule_does_not_need_is_refused(tmp_path: Path, english: None) -> None:
    """With that source unread the filter would leave out nothing, or everything, and the outcome would not say so."""
    text = SEARCHES.replace("upn|startswith: test-", "mfa_methods: sms").replace("account-protection}", "accounts}")
    text = text.replace("account-without-mfa", "leaver-still-active")

    problems, _rules = narrowed(tmp_path, text, "leaver-still-active")

    assert "'leaver-still-active' does not need mfa-registration" in problems[0]


@pytest.mark.parametrize("name", ["many-failed-sign-ins", "head"])
def test_a_filter_on_a_correlation_is_refused(tmp_path: Path, name: str, english: None) -> None:
    """Sigma would take it and do nothing."""
    head = WORKSHOP.read(ROOT / "rules" / "many-failed-sign-ins.yml").documents[-1].value["id"]
    text = NAMED.replace("account-without-mfa", head if name == "head" else name)

    problems, _rules = narrowed(tmp_path, text, "many-failed-sign-ins")

    assert "a filter on a correlation would do nothing; name what it counts: failed_sign_in" in problems[0]


def test_a_board_adds_its_filter_as_a_file_and_can_switch_it_off(tmp_path: Path) -> None:
    """It lies in the board's own folder, beside its rules."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own-filter.yml").write_text(
        SEARCHES.replace("account-protection}", "sites}"), encoding="utf-8"
    )
    off: Config = config_with(tmp_path, content={"rules_off": ("own-filter",)})

    with pytest.raises(ContentError) as error:
        load_rules(config_with(tmp_path))
    assert "rules/own-filter.yml:" in str(error.value.values["problems"])
    assert "account-without-mfa" in {rule.key for rule in load_rules(off)}
