"""The commands about rules: list them, run their own tests, try one on what is stored, explain one, and the norms."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ibpmon.cli.listings import Row, finding_row, writer_of
from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.show import as_json, listing, table, when
from ibpmon.errors import FAILED, NOT_READ
from ibpmon.language import _, current, ngettext
from ibpmon.operate.rounds import (
    Workplace,
    latest_evaluations,
    rules_of,
    rules_without_a_board,
    the_rule,
    try_rule,
    workplace,
)
from ibpmon.tell.words import level_word, outcome_word

if TYPE_CHECKING:
    from ibpmon.judge.adding import Verdict
    from ibpmon.judge.explaining import Reads
    from ibpmon.judge.norms import Norm
    from ibpmon.judge.outcomes import Record
    from ibpmon.judge.rule import Rule


@click.group(help=_("The rules: what they say, their tests, a trial run, what each reads, and the norms."))
def rules() -> None:
    """Only a name for the commands under it."""


def has_configuration(path: Path) -> bool:
    """Whether to read the configuration; where nobody named one and none is there, the shipped rules will do.

    Whoever writes a rule wants to try it before there is a tenant.
    """
    named = click.get_current_context().get_parameter_source("path") is not ParameterSource.DEFAULT
    if named or path.exists():
        return True
    click.echo(_("There is no {path}: these are the rules as they are shipped.").format(path=path), err=True)
    return False


# ---- list


@rules.command(name="list", help=_("All rules that are on: how often each gave which outcome, and their thresholds."))
@config_option
@json_option
def list_(path: Path, to_json: bool) -> int:
    """One line per rule."""
    if has_configuration(path):
        with workplace(path) as place:
            rows = judged_rows(place)
    else:
        rows = [rule_row(rule) for rule in rules_without_a_board()]
    columns = {"rule": _("Rule"), "title": _("Title"), "level_word": _("Severity"), "norms": _("Norms")}
    columns |= {"outcomes": _("Outcomes so far"), "judged": _("Last judged")} if "outcomes" in (rows or [{}])[0] else {}
    columns |= {"thresholds": _("Thresholds (bounds)")}
    listing(rows, columns, to_json, _("No rules are on."))
    return 0


def judged_rows(place: Workplace) -> list[Row]:
    """The rules with what each has said so far."""
    from ibpmon.judge.outcomes import Record, records

    with place.store.read() as session:
        found = records(session, place.store)
    zone = place.config.time_zone
    return [rule_row(rule) | record_row(found.get(rule.key, Record()), zone) for rule in rules_of(place)]


def rule_row(rule: "Rule") -> Row:
    """One rule as a row."""
    bounds = (f"{name} {one.value} ({one.min}-{one.max})" for name, one in rule.thresholds.items())
    return {
        "rule": rule.key,
        "title": rule.title,
        "level": rule.level,
        "level_word": level_word(rule.level),
        "needs": ", ".join(rule.needs),
        "norms": ", ".join(rule.norms),
        "catalogue": rule.catalogue,
        "thresholds": ", ".join(bounds),
    }


def record_row(record: "Record", zone: Any) -> Row:
    """How often each outcome, in words and numbers."""
    said = ", ".join(f"{count}x {outcome_word(outcome)}" for outcome, count in sorted(record.counts.items()))
    return {
        "counts": dict(record.counts),
        "last_judged": record.last_judged,
        "outcomes": said or _("never applied yet"),
        "judged": when(record.last_judged, zone),
    }


# ---- test


@rules.command(help=_("Run the tests that each rule carries."))
@config_option
@json_option
def test(path: Path, to_json: bool) -> int:
    """Each hit must hit and each miss must miss, through the engine itself."""
    from ibpmon.judge.trial import run_tests

    if has_configuration(path):
        with workplace(path) as place:
            tried = rules_of(place)
    else:
        tried = rules_without_a_board()
    rows = [{"rule": r.rule, "test": r.name, "expected": str(r.expected), "got": str(r.got), "passed": r.passed}
            for r in run_tests(tried)]  # fmt: skip
    failed = [row for row in rows if not row["passed"]]
    if to_json:
        as_json(rows)
    else:
        for row in failed:
            click.echo(_("{rule}: '{test}' gave {got}, expected {expected}").format(**row), err=True)
        click.echo(_("{passed} of {all} tests of rules pass.").format(passed=len(rows) - len(failed), all=len(rows)))
    return FAILED if failed else 0


# ---- try


@rules.command(name="try", help=_("What a rule would have found and mailed; nothing is stored or sent."))
@click.argument("rule")
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help=_("So many days back."))
@config_option
@json_option
def try_(rule: str, days: int, path: Path, to_json: bool) -> int:
    """Also a rule that is switched off: that is when one wants to know."""
    with workplace(path) as place:
        chosen = the_rule(place, rule)
        tried = try_rule(place, chosen, timedelta(days=days))
        rows = occasion_rows(place, chosen, tried.found)
    if to_json:
        as_json({"rule": rule, "days": days, "mails": tried.mails, "missing": tried.read.reason, "found": rows})
        return NOT_READ if tried.read.reason else 0
    click.echo(said_of_trial(chosen, tried.mails, len(rows), days))
    columns = {"level_word": _("Severity"), "begun": _("Begin"), "ended": _("End"), "count": _("Number")}
    if rows:
        table(rows, (columns if chosen.time else {"level_word": _("Severity")}) | {"sentence": _("Found")})
    if tried.read.reason:
        click.echo(_("Not everything could be seen: {reason}").format(reason=tried.read.reason), err=True)
        return NOT_READ
    return 0


def said_of_trial(rule: "Rule", mails: int, found: int, days: int) -> str:
    """In how many mails a rule would have told what it found."""
    if not rule.time:
        now = ngettext("This rule would find {n} thing now.", "This rule would find {n} things now.", found)
        return now.format(n=found) + " " + _("How that was before is not known, so there is one mail at most.")
    said = ngettext(
        "In the last {days} days this rule would have sent {n} mail",
        "In the last {days} days this rule would have sent {n} mails",
        mails,
    )
    about = ngettext("about {n} occasion.", "about {n} occasions.", found).format(n=found)
    return said.format(days=days, n=mails) + ", " + about


def occasion_rows(place: Workplace, rule: "Rule", found: Sequence[Any]) -> list[Row]:
    """What was found as rows, in the words of the mails."""
    writer, zone = writer_of(place), place.config.time_zone
    with place.store.read() as session:
        return [
            finding_row(one, writer.sentence(session, rule, one), place)
            | {"begins": one.window_start, "ends": one.window_end}
            | {"begun": when(one.window_start, zone), "ended": when(one.window_end, zone)}
            for one in found
        ]


# ---- explain


@rules.command(help=_("What a rule looks for, what it reads, and which permissions and licence that takes."))
@click.argument("rule")
@config_option
@json_option
def explain(rule: str, path: Path, to_json: bool) -> int:
    """Everything that is known of one rule."""
    from ibpmon.collect.connectors import load_connectors
    from ibpmon.judge.explaining import explain as explained

    if has_configuration(path):
        with workplace(path) as place:
            chosen, on = the_rule(place, rule), list(place.connectors)
            every = load_connectors(place.config.content, every=True)
    else:
        from ibpmon.config import Content

        every = load_connectors(Content(), every=True)
        chosen, on = one_of(rules_without_a_board(), rule), list(load_connectors(Content()))
    reads = explained(chosen, every, on)
    if to_json:
        as_json(rule_row(chosen) | {"description": chosen.description, "reads": [reads_row(one) for one in reads]})
        return 0
    say_rule(chosen)
    table([reads_row(one) for one in reads], READS_COLUMNS())
    return 0


def one_of(known: "Sequence[Rule]", name: str) -> "Rule":
    """The shipped rule of this name."""
    found = next((rule for rule in known if rule.key == name), None)
    if found is None:
        raise click.UsageError(_("There is no rule '{name}'; `ibpmon rules list` shows them.").format(name=name))
    return found


def READS_COLUMNS() -> dict[str, str]:  # noqa: N802 - a constant, said in the language of the moment
    """The headings of what a rule reads."""
    return {
        "title": _("Reads"), "fields": _("Fields"), "permissions": _("Permissions"), "licence": _("Licence"),
        "every_word": _("Every"), "on_word": _("On"),
    }  # fmt: skip


def reads_row(reads: "Reads") -> Row:
    """One source of a rule as a row."""
    return {
        "connector": reads.connector,
        "title": reads.title,
        "fields": ", ".join(reads.fields),
        "permissions": ", ".join(reads.permissions) or None,
        "licence": reads.licence or None,
        "every": int(reads.every.total_seconds()),
        "every_word": spoken_span(reads.every),
        "on": reads.on,
        "on_word": _("yes") if reads.on else _("no"),
    }


def spoken_span(span: timedelta) -> str:
    """A span of time as a person says it: 15 minuten, 24 uur."""
    from babel.dates import format_timedelta

    return str(format_timedelta(span, threshold=2, locale=current()))


def say_rule(rule: "Rule") -> None:
    """A rule in words."""
    from ibpmon.judge.norms import norm_titles

    titles = norm_titles()
    click.echo(click.style(f"{rule.title} ({rule.key})", bold=True))
    click.echo(rule.description + "\n")
    facts = {
        _("Severity"): level_word(rule.level),
        _("To do"): rule.message.action,
        _("Norms"): "; ".join(f"{code} {titles[code]}" for code in rule.norms),
        _("Thresholds (bounds)"): rule_row(rule)["thresholds"],
        _("May be innocent"): "\n".join(rule.falsepositives),
    }
    width = max(map(len, facts)) + 2
    for label, text in facts.items():
        lines = text.splitlines() or ["-"]
        click.echo("\n".join([f"{label:<{width}}{lines[0]}", *(" " * width + line for line in lines[1:])]))


# ---- coverage


@rules.command(help=_("Per norm: which rules give evidence for it, and what they say now."))
@config_option
@json_option
def coverage(path: Path, to_json: bool) -> int:
    """Every norm that may be named; one without rules says that ibpmon does not cover it."""
    from ibpmon.judge.norms import coverage as covered

    with workplace(path) as place:
        norms = list(covered(rules_of(place), latest_evaluations(place)))
        zone = place.config.time_zone
    if to_json:
        as_json([{"norm": one.code, "title": one.title, "rules": norm_rows(one, zone)} for one in norms])
        return 0
    table([row for one in norms for row in norm_rows(one, zone) or [uncovered(one)]], NORM_COLUMNS())
    return 0


def NORM_COLUMNS() -> dict[str, str]:  # noqa: N802 - a constant, said in the language of the moment
    """The headings of the norms."""
    return {
        "norm": _("Norm"), "rule": _("Rule"), "outcome_word": _("Outcome"), "findings": _("Found"),
        "as_of": _("Data of"), "reason": _("Remark"),
    }  # fmt: skip


def norm_rows(norm: "Norm", zone: Any) -> list[Row]:
    """One row per rule of a norm."""
    return [
        {
            "norm": f"{norm.code} {norm.title}",
            "rule": one.rule,
            "outcome": one.outcome,
            "outcome_word": outcome_word(one.outcome),
            "findings": one.evaluation.findings if one.evaluation and one.outcome != "cannot_check" else None,
            "accepted": one.evaluation.accepted if one.evaluation and one.outcome != "cannot_check" else None,
            "data_as_of": data_of(one.evaluation),
            "as_of": when(data_of(one.evaluation), zone),
            "reason": one.evaluation.reason if one.evaluation else _("never applied yet"),
        }
        for one in norm.evidence
    ]


def data_of(evaluation: Any) -> datetime | None:
    """The moment of the oldest data that an outcome rests on."""
    moment: datetime | None = evaluation.data_as_of if evaluation else None
    return moment


def uncovered(norm: "Norm") -> Row:
    """A norm that ibpmon says nothing about."""
    return {"norm": f"{norm.code} {norm.title}", "reason": _("not covered by this tool")}


# ---- add


@rules.command(help=_("Take public Sigma rules for Entra: mapped, proved to be able to match, and copied as they are."))
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help=_("Only say what would become of them."))
@click.option("--even-if-loud", is_flag=True, help=_("Also those that hit more than 5 % of the stored events."))
@config_option
@json_option
def add(file: Path, dry_run: bool, even_if_loud: bool, path: Path, to_json: bool) -> int:
    """Each file is accepted, held or refused, and why."""
    from ibpmon.operate.adopting import add_rules

    with workplace(path) as place:
        verdicts = add_rules(place, file, dry_run=dry_run, even_if_loud=even_if_loud)
    columns = {"file": _("File"), "state_word": _("Outcome"), "mapped_word": _("Fields"), "licence": _("Licence")}
    columns |= {"share_word": _("Of the events"), "reason": _("Remark")}
    listing([verdict_row(one) for one in verdicts], columns, to_json, _("There are no rule files here."))
    return FAILED if any(one.state != "accepted" for one in verdicts) else 0


def verdict_row(verdict: "Verdict") -> Row:
    """What becomes of one file as a row."""
    states = {"accepted": _("accepted"), "held": _("held"), "refused": _("refused")}
    share = verdict.share
    return {
        "file": verdict.path.name,
        "rule": verdict.path.stem,
        "state": verdict.state,
        "state_word": states[verdict.state],
        "fields": ", ".join(verdict.fields),
        "mapped": dict(verdict.mapped),
        "mapped_word": ", ".join(f"{name} -> {ours}" for name, ours in verdict.mapped.items()),
        "needs": ", ".join(verdict.needs),
        "permissions": ", ".join(verdict.permissions),
        "licence": verdict.licence,
        "beta": verdict.beta,
        "events": verdict.events,
        "hits": verdict.hits,
        "share": share,
        "share_word": f"{share:.1%}" if share is not None else "-",
        "reasons": list(verdict.reasons),
        "reason": "; ".join(verdict.reasons),
    }
