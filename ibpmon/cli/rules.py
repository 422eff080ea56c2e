"""The commands about rules: list them, run the tests that each carries."""

from pathlib import Path

import click

from ibpmon.cli.listings import level_word
from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.show import as_json, listing
from ibpmon.errors import FAILED
from ibpmon.language import _
from ibpmon.operate.rounds import rules_of, workplace


@click.group(help=_("The rules: list them, run their own tests."))
def rules() -> None:
    """Only a name for the commands under it."""


@rules.command(name="list", help=_("All rules that are on, with their thresholds."))
@config_option
@json_option
def list_(path: Path, to_json: bool) -> int:
    """One line per rule."""
    with workplace(path) as place:
        rows = [
            {
                "rule": rule.key,
                "title": rule.title,
                "level": rule.level,
                "level_word": level_word(rule.level),
                "needs": ", ".join(rule.needs),
                "norms": ", ".join(rule.norms),
                "thresholds": ", ".join(
                    f"{name} {threshold.value} ({threshold.min}-{threshold.max})"
                    for name, threshold in rule.thresholds.items()
                ),
            }
            for rule in rules_of(place)
        ]
    columns = {
        "rule": _("Rule"), "title": _("Title"), "level_word": _("Weight"), "needs": _("Reads"), "norms": _("Norms"),
        "thresholds": _("Thresholds (bounds)"),
    }  # fmt: skip
    listing(rows, columns, to_json, _("No rules are on."))
    return 0


@rules.command(help=_("Run the tests that each rule carries."))
@config_option
@json_option
def test(path: Path, to_json: bool) -> int:
    """Each hit must hit and each miss must miss, through the engine itself."""
    from ibpmon.judge.trial import run_tests

    with workplace(path) as place:
        results = run_tests(rules_of(place))
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
