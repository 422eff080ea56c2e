"""The commands about rules: list them, run the tests that each carries."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.show import as_json, listing
from ibpmon.errors import FAILED
from ibpmon.language import _
from ibpmon.operate.rounds import rules_of, rules_without_a_board, workplace
from ibpmon.tell.words import level_word

if TYPE_CHECKING:
    from ibpmon.judge.rule import Rule


@click.group(help=_("The rules: list them, run their own tests."))
def rules() -> None:
    """Only a name for the commands under it."""


def rules_at(path: Path) -> "list[Rule]":
    """The rules of this configuration; where nobody named one and none is there, the rules as they are shipped.

    Whoever writes a rule wants to try it before there is a tenant.
    """
    named = click.get_current_context().get_parameter_source("path") is not ParameterSource.DEFAULT
    if named or path.exists():
        with workplace(path) as place:
            return rules_of(place)
    click.echo(_("There is no {path}: these are the rules as they are shipped.").format(path=path), err=True)
    return rules_without_a_board()


@rules.command(name="list", help=_("All rules that are on, with their thresholds."))
@config_option
@json_option
def list_(path: Path, to_json: bool) -> int:
    """One line per rule."""
    rows = [rule_row(rule) for rule in rules_at(path)]
    columns = {
        "rule": _("Rule"), "title": _("Title"), "level_word": _("Severity"), "needs": _("Reads"), "norms": _("Norms"),
        "thresholds": _("Thresholds (bounds)"),
    }  # fmt: skip
    listing(rows, columns, to_json, _("No rules are on."))
    return 0


def rule_row(rule: "Rule") -> dict[str, str]:
    """One rule as a row."""
    bounds = (f"{name} {one.value} ({one.min}-{one.max})" for name, one in rule.thresholds.items())
    return {
        "rule": rule.key,
        "title": rule.title,
        "level": rule.level,
        "level_word": level_word(rule.level),
        "needs": ", ".join(rule.needs),
        "norms": ", ".join(rule.norms),
        "thresholds": ", ".join(bounds),
    }


@rules.command(help=_("Run the tests that each rule carries."))
@config_option
@json_option
def test(path: Path, to_json: bool) -> int:
    """Each hit must hit and each miss must miss, through the engine itself."""
    from ibpmon.judge.trial import run_tests

    results = run_tests(rules_at(path))
    rows = [{"rule": r.rule, "test": r.name, "expected": str(r.expected), "got": str(r.got), "passed": r.passed}
            for r in results]  # fmt: skip
    failed = [row for row in rows if not row["passed"]]
    if to_json:
        as_json(rows)
    else:
        for row in failed:
            click.echo(_("{rule}: '{test}' gave {got}, expected {expected}").format(**row), err=True)
        click.echo(_("{passed} of {all} tests of rules pass.").format(passed=len(rows) - len(failed), all=len(rows)))
    return FAILED if failed else 0
