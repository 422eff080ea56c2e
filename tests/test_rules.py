"""Rule files: the shipped ones prove themselves, and what is wrong with a file is told with its line."""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ibpmon import language
from ibpmon.config import School
from ibpmon.errors import ConfigError, ContentError
from ibpmon.judge.rules import Rule, load_rules, workshop
from ibpmon.judge.trial import run_tests
from tests.catalogue import CATALOGUE
from tests.judging import CONFIG, ROOT, SHIPPED, config_with

WORKSHOP = workshop(CONFIG)
# compliance: the norms of the Normenkader IBP whose code and title were seen on the site itself
VERIFIED = frozenset(
    (
        "GO.01", "GO.02", "GO.03", "OR.01", "ID.01", "ID.02", "ID.05", "SM.01", "SM.02", "SM.03", "SM.04", "SM.05",
        "SM.06", "SM.07", "SM.08", "SM.09", "SM.10", "SM.11", "SM.12", "SM.13", "OP.02", "BC.03", "PR.03", "RB.03",
        "RB.04", "SW.01", "SW.03", "GB.01", "GB.02", "GB.03", "VW.01",
    )
)  # fmt: skip


@pytest.fixture
def english() -> Iterator[None]:
    """Sentences in English, whatever the environment says."""
    spoken = language.current()
    language.use("en")
    yield
    language.use(spoken)


def shipped(name: str) -> str:
    """The text of a shipped rule."""
    return (ROOT / "rules" / f"{name}.yml").read_text(encoding="utf-8")


def load_one(tmp_path: Path, text: str | bytes, name: str = "own-rule") -> Rule:
    """The rule of a file of a board's own."""
    folder = tmp_path / "rules"
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return WORKSHOP.rule(path)


def refused(tmp_path: Path, text: str | bytes) -> str:
    """What is said about a rule file that cannot be used."""
    with pytest.raises(ContentError) as error:
        load_one(tmp_path, text)
    return str(error.value.values["problems"])


# ---- the shipped rules


@pytest.mark.parametrize(
    "result", run_tests(list(SHIPPED.values())), ids=lambda result: f"{result.rule}: {result.name}"
)
def test_every_rule_passes_the_tests_that_it_carries(result: Any) -> None:
    """A rule is not believed because it loads; it shows what it hits and what it leaves alone."""
    assert result.got == result.expected


def test_the_rules_are_those_of_the_catalogue() -> None:
    """A rule that is missing or weighs something else is a promise broken."""
    assert {key: (rule.catalogue, rule.level) for key, rule in SHIPPED.items()} == CATALOGUE


@pytest.mark.parametrize("rule", SHIPPED.values(), ids=SHIPPED.keys())
def test_every_rule_can_be_explained_to_people(rule: Rule) -> None:
    """A norm that is not verified is never printed; a finding without advice is no help."""
    assert rule.norms
    assert set(rule.norms) <= VERIFIED
    assert rule.falsepositives
    assert rule.tags
    assert "{name}" not in rule.message.subject
    assert len({trial.expect for trial in rule.tests}) > 1


@pytest.mark.parametrize("rule", SHIPPED.values(), ids=SHIPPED.keys())
def test_every_false_positive_of_a_rule_has_a_test(rule: Rule) -> None:
    """What the catalogue warns for is shown to stay silent: at least as many misses as warnings."""
    silent = [trial for trial in rule.tests if trial.expect in ("miss", "unknown", 0)]
    assert len(silent) >= len(rule.falsepositives)


@pytest.mark.parametrize("rule", SHIPPED.values(), ids=SHIPPED.keys())
def test_a_threshold_at_its_lowest_makes_a_rule_louder(rule: Rule) -> None:
    """A threshold that changes nothing is not connected to anything."""
    for name, threshold in rule.thresholds.items():
        config = config_with(thresholds={rule.key: {name: threshold.min}})
        changed = replace(WORKSHOP, config=config).rule(ROOT / "rules" / f"{rule.key}.yml")
        assert changed.thresholds[name].value == threshold.min
        if threshold.min != threshold.default:
            assert any(not result.passed for result in run_tests([changed])), name
            assert changed.hash != rule.hash


def test_rules_are_read_again_when_a_file_changed_and_only_then(tmp_path: Path) -> None:
    """The daemon and every command ask for them again and again; what a board writes must hold at once."""
    config, own = config_with(tmp_path), tmp_path / "rules" / "stale-device.yml"
    shipped = {rule.key: rule for rule in load_rules(config)}
    own.parent.mkdir()
    own.write_text((ROOT / "rules" / "stale-device.yml").read_text(encoding="utf-8").replace("level: ", "level:  "))
    before = {rule.key: rule for rule in load_rules(config)}
    again = {rule.key: rule for rule in load_rules(config_with(tmp_path))}

    own.write_text(re.sub("level: .*", "level: informational", own.read_text(encoding="utf-8")), encoding="utf-8")
    after = {rule.key: rule for rule in load_rules(config)}

    assert again["stale-device"] is before["stale-device"] is not shipped["stale-device"]
    assert [one["stale-device"].level for one in (before, after)] == ["medium", "informational"]


# ---- what a board may set


def test_a_rule_that_a_board_switched_off_is_not_applied() -> None:
    """A board without Intune has no devices to judge."""
    config = config_with(content={"rules_off": ("stale-device",)})
    assert {rule.key for rule in load_rules(config)} == set(CATALOGUE) - {"stale-device"}


def test_a_rule_on_a_connector_that_is_off_still_loads() -> None:
    """It cannot be judged, and its outcome will say so: that is not a mistake in the file."""
    config = config_with(content={"connectors_off": ("managed-devices", "sign-ins")})
    assert {rule.key for rule in load_rules(config)} == set(CATALOGUE)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"content": {"rules_off": ("stale-devices",)}}, "content.rules_off: 'stale-devices': there is no such rule"),
        ({"thresholds": {"stale-devise": {"staff_days": 3}}}, "thresholds: 'stale-devise'"),
        ({"schools": (School(key="E", name="E", addresses=("school",)),)}, "schools: 'school'"),
    ],
)
def test_a_setting_about_nothing_is_refused(parts: dict[str, Any], sentence: str, english: None) -> None:
    """What was meant would stay on unseen."""
    with pytest.raises(ConfigError) as error:
        load_rules(config_with(**parts))
    assert f"config.toml: {sentence}" in error.value.values["problems"]


@pytest.mark.parametrize("value", [0, 121, -5])
def test_a_threshold_outside_its_bounds_is_refused(value: int, english: None) -> None:
    """A threshold of ten thousand days is a rule switched off without a word."""
    with pytest.raises(ContentError) as error:
        load_rules(config_with(thresholds={"stale-device": {"staff_days": value}}))
    assert error.value.values["problems"] == "config.toml: thresholds.stale-device.staff_days: choose from 1 to 120"


def test_an_unknown_threshold_is_refused(english: None) -> None:
    """A typing mistake would leave the default in place."""
    with pytest.raises(ContentError) as error:
        load_rules(config_with(thresholds={"stale-device": {"staff_day": 40}}))
    assert "did you mean 'staff_days'?" in error.value.values["problems"]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (rule.key, change)
        for rule in SHIPPED.values()
        for threshold in rule.thresholds
        for change in (
            (threshold, "default", 9999),
            (threshold, "min", 9999),
            (threshold, "max", -1),
            (threshold, "at", ["detection.nowhere.n"]),
            (threshold, "at", []),
            (threshold, "default", True),
        )
    ],
    ids=str,
)
def test_a_threshold_that_does_not_fit_its_rule_is_refused(
    tmp_path: Path, name: str, change: tuple[str, str, Any]
) -> None:
    """The number stands in the Sigma text, so that the file runs anywhere; the two must agree."""
    documents = deepcopy(list(yaml.safe_load_all(shipped(name))))
    documents[-1]["ibpmon"]["thresholds"][change[0]][change[1]] = change[2]

    assert f".thresholds.{change[0]}" in refused(tmp_path, yaml.safe_dump_all(documents))


# ---- what is wrong is told with its line


MISTAKES = [
    ("population: staff, enabled", "populatie: staff, enabled", "15: detection.staff.populatie: there is no field "
     "'populatie' here - did you mean 'population'?"),
    ("service: account-protection", "service: acounts", "13: logsource.service: there is no view 'acounts'"),
    ("level: high", "level: hoog", "12: level: choose one of"),
    ("status: stable", "statsu: stable", "3: statsu: ibpmon does not know this key - did you mean 'status'?"),
    ("created_days|gte: 7", "created_days|re: 7", "16: detection.old_enough.created_days|re: the modifier 're'"),
    ("needs: [accounts,", "needs: [acounts,", "there is no connector 'acounts' - did you mean 'accounts'?"),
    ("needs: [accounts, mfa-registration,", "needs: [accounts,", "32: ibpmon.needs: this rule reads mfa-registration"),
    ("needs: [accounts, mfa", "needs: [staff-list, mfa", "32: ibpmon.needs: this rule reads accounts too"),
    ("subject: account_id", "subject: acount_id", "ibpmon.subject: there is no field 'acount_id'"),
    ("subject: account_id", "subject: enabled", "ibpmon.subject: a finding is about a field that holds text"),
    ("remind: 7d", "remind: 7d\n  term: created", "ibpmon.term: give a field that holds a time and stands in the line"),
    ("remind: 7d", "remind: 7d\n  term: name", "ibpmon.term: give a field that holds a time and stands in the line"),
    ("remind: 7d", "remind: weekly", "ibpmon.remind: write a span of time"),
    ("catalogue: MFA-01", "catalog: MFA-01", "ibpmon.catalog: ibpmon does not know this key"),
    ("{name} ({upn})", "{name} ({upm})", "ibpmon.message.line: there is no field 'upm' here - did you mean 'upn'?"),
    ("{name} ({upn})", "{name.__class__}", "ibpmon.message.line: only plain names"),
    ("{name} ({upn})", "{name!r:>9}", "ibpmon.message.line: only plain names"),
    ("{count} [account|accounts]", "{name}", "ibpmon.message.subject: there is no field 'name'"),
    ("mfa_reported: true, mfa_capable: true", "mfa_reported: 1, mfa_capable: true", "mfa_reported: give true or false"),
    ("3f9a1c52-7d0e-4b63-9a41-5c2e8f0b6d17", "none", "2: id: give a UUID"),
    ("norms: [SM.01, SM.02]", "norms: [SM1]", "ibpmon.norms.0: this value does not fit"),
    ("expect: hit", "expect: maybe", "ibpmon.tests.0.expect"),
    ("unknown: staff", "unknown: stafff", "ibpmon.unknown: Detection 'stafff' not defined"),
    ("level: high", "level: high\nlevel: low", "13: level: this key stands twice, also on line 12"),
    ("title:", "title", "this is not valid YAML"),
    ("enabled: true}\n  old", "enabled: &e true}\n  x: {enabled: *e}\n  old", "a rule has no references (*e)"),
    ("status: stable", "status: !!python/name:os.system x", "this is not valid YAML"),
    ("title: ", "title: \n  - ", "title: this key is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "sentence"), MISTAKES, ids=[new[:40] for _old, new, _sentence in MISTAKES])
def test_a_mistake_is_told_with_file_and_line(tmp_path: Path, old: str, new: str, sentence: str, english: None) -> None:
    """Refuse the unknown: a key, field or modifier that is skipped in silence guards nothing."""
    text = shipped("account-without-mfa")
    assert old in text

    problems = refused(tmp_path, text.replace(old, new, 1))

    assert "rules/own-rule.yml:" in problems
    assert sentence in problems


def test_all_problems_are_told_at_once(tmp_path: Path, english: None) -> None:
    """Ten rounds of one mistake each is how people stop reading."""
    text = (
        shipped("account-without-mfa")
        .replace("enabled: true", "enabeld: true")
        .replace("level: high", "level: hoog", 1)
    )

    problems = refused(tmp_path, text).splitlines()

    assert len(problems) > 5
    assert sum("level" in problem for problem in problems) == 1


CORRELATION_MISTAKES = [
    ("type: event_count", "type: value_sum", "correlation.type: choose one of: event_count, value_count"),
    ("type: event_count", "type: temporal", "correlation.rules: give at least two rules"),
    ("timespan: 15m", "timespan: quarter", "correlation.timespan"),
    ("timespan: 15m", "timespan: 0m", "correlation.timespan"),
    ("condition: {gte: 10}", "condition: {neq: 10}", "correlation.condition"),
    ("condition: {gte: 10}", "condition: {gte: 10, lte: 9}", "correlation.condition: no number fits this"),
    ("group-by: [account_id]", "group-by: [upn]", "correlation.group-by: group by the subject"),
    ("rules: [failed_sign_in]", "rules: [other]", "correlation.rules: name a rule in this file"),
    ("type: event_count", "generate: true\n  type: event_count", "correlation.generate: ibpmon does not know this key"),
    ("type: event_count", "aliases: {a: b}\n  type: event_count", "correlation.aliases: write alias: {rule: field}"),
]


@pytest.mark.parametrize(("old", "new", "sentence"), CORRELATION_MISTAKES, ids=[m[1] for m in CORRELATION_MISTAKES])
def test_a_correlation_that_we_do_not_carry_out_is_refused(
    tmp_path: Path, old: str, new: str, sentence: str, english: None
) -> None:
    """What Sigma can say and we cannot do yet is an error, not a rule that never fires."""
    assert sentence in refused(tmp_path, shipped("many-failed-sign-ins").replace(old, new))


def test_a_file_that_is_a_bomb_is_refused_before_it_is_built(tmp_path: Path, english: None) -> None:
    """A few lines of YAML can stand for gigabytes, or for a stack without end."""
    layers = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    assert "a rule has no references" in refused(tmp_path, "a0: &a0 [lol]\n" + layers)
    assert "nests too deep" in refused(tmp_path, "a: " + "[" * 500 + "]" * 500)
    assert "nesting depth" in refused(tmp_path, "a: " + "[" * 5000 + "]" * 5000)
    assert "nests too deep or is too long" in refused(tmp_path, "a:\n" + "  - x\n" * 40_000)
    assert "larger than" in refused(tmp_path, b"#" * 300_000)
    assert "not text in UTF-8" in refused(tmp_path, b"title: \xff\xfe")
    assert "the file is empty" in refused(tmp_path, "# nothing\n")


def test_words_of_yaml_are_words(tmp_path: Path) -> None:
    """In plain YAML the country NO is false and 22:30 is 1350."""
    changed = "population: NO, school: 22:30, enabled"

    rule = load_one(tmp_path, shipped("account-without-mfa").replace("population: staff, enabled", changed, 1))

    assert {"NO", "22:30"} <= set(words_of(rule.condition))


def words_of(tree: Any) -> Iterator[str]:
    """The values of a condition."""
    if hasattr(tree, "value"):
        yield str(tree.value)
    for part in getattr(tree, "args", ()):
        yield from words_of(part)


def test_a_rule_of_the_board_replaces_the_shipped_one(tmp_path: Path) -> None:
    """A board may word or set a rule its own way."""
    text = shipped("stale-device").replace("level: medium", "level: low")

    rule = load_one(tmp_path, text, "stale-device")

    assert rule.level == "low"
    assert rule.hash != SHIPPED["stale-device"].hash
