"""The listings: what was found, and the rows of sources and rules that several commands show."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select
from sqlmodel import col

from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.show import listing, when
from ibpmon.collect.runs import reason as why_of
from ibpmon.language import _, ngettext
from ibpmon.operate.rounds import Workplace, known_rule, latest_evaluations, rules_of, workplace
from ibpmon.store.tables import Evaluation, Finding, Run
from ibpmon.tell.coverage import remark
from ibpmon.tell.words import level_word, outcome_word, rank, state_word

if TYPE_CHECKING:
    from ibpmon.tell.sentences import Writer

Row = dict[str, Any]


def RUN_COLUMNS() -> Mapping[str, str]:  # noqa: N802 - a constant, said in the language of the moment
    """The headings of a listing of runs."""
    return {"title": _("Source"), "state_word": _("Read"), "rows": _("Rows"), "when": _("Time"), "reason": _("Remark")}


def RULE_COLUMNS() -> Mapping[str, str]:  # noqa: N802 - as above
    """The headings of a listing of rules."""
    return {
        "title": _("Rule"), "level_word": _("Severity"), "outcome_word": _("Outcome"), "findings": _("Found"),
        "reason": _("Remark"),
    }  # fmt: skip


def run_row(run: Run, connectors: Mapping[str, Any], zone: ZoneInfo) -> Row:
    """One run as a row: codes for programs, words for people."""
    connector = connectors.get(run.connector)
    return {
        "connector": run.connector,
        "title": connector.title if connector else run.connector,
        "state": run.state,
        "state_word": state_word(run.state),
        "rows": run.rows,
        "started_at": run.started_at,
        "when": when(run.finished_at, zone),
        "reason": why_of(run),
        "missing": run.missing,
    }


def rule_row(rule: Any, evaluation: Evaluation | None) -> Row:
    """One rule with its outcome as a row; a rule that was never applied cannot be judged.

    What cannot be judged has no number of findings: a 0 would be read as good news.
    """
    outcome = evaluation.outcome if evaluation else "cannot_check"
    judged = evaluation if outcome != "cannot_check" else None
    return {
        "rule": rule.key,
        "title": rule.title,
        "level": rule.level,
        "level_word": level_word(rule.level),
        "outcome": outcome,
        "outcome_word": outcome_word(outcome),
        "findings": judged.findings if judged else None,
        "accepted": judged.accepted if judged else None,
        "undetermined": judged.undetermined if judged else None,
        "at": evaluation.at if evaluation else None,
        "reason": remark(evaluation),
    }


@click.command(help=_("What the rules found and is still there."))
@click.option("--rule", help=_("Only this rule."))
@click.option("--export", type=click.Path(path_type=Path), help=_("Write them to this CSV file, for a spreadsheet."))
@config_option
@json_option
def findings(path: Path, rule: str | None, export: Path | None, to_json: bool) -> int:
    """Living findings, the heaviest first."""
    with workplace(path) as place:
        found = living_findings(place, rule)
        if rule and not found:
            known_rule(place, rule)
        said = sentences(place, found)
        rows = [finding_row(one, said[one.finding_id], place) for one in found]
        blind = unjudged(place, rule)
    columns = {"level_word": _("Severity"), "sentence": _("Found"), "since": _("Since"), "rule": _("Rule")}
    if export:
        from ibpmon.report.exports import write_csv

        write_csv(rows, columns, export)
        click.echo(str(export), err=True)
        return 0
    listing(rows, columns, to_json, _("Nothing found. `ibpmon status` shows what was read."))
    if blind:
        click.echo(say_blind(blind), err=True)
    return 0


def unjudged(place: Workplace, rule: str | None) -> int:
    """How many of the rules (or of this one) say nothing now, so that a short list is not taken for good news."""
    outcomes = latest_evaluations(place)
    asked = [one.key for one in rules_of(place) if rule in (None, one.key)]
    return sum(1 for key in asked if key not in outcomes or outcomes[key].outcome == "cannot_check")


def say_blind(count: int) -> str:
    """That so many rules say nothing."""
    return ngettext(
        "{n} rule cannot be judged now; `ibpmon status` says why.",
        "{n} rules cannot be judged now; `ibpmon status` says why.",
        count,
    ).format(n=count)


def living_findings(place: Workplace, rule: str | None) -> list[Finding]:
    """The findings that still hold, of the rules that are on: a rule that was switched off says nothing any more."""
    on = [rule] if rule else [one.key for one in rules_of(place)]
    mine = (col(Finding.tenant_id) == place.store.tenant, col(Finding.gone_at).is_(None), col(Finding.rule).in_(on))
    chosen = select(Finding).where(*mine)
    with place.store.read() as session:
        found = list(
            session.scalars(chosen.order_by(col(Finding.rule), col(Finding.first_seen), col(Finding.finding_id)))
        )
    return sorted(found, key=lambda finding: -rank(finding.level))


def sentences(place: Workplace, found: Sequence[Finding]) -> dict[int, str]:
    """What was found, per finding, in the words of its rule and of the mails."""
    rules, writer = {rule.key: rule for rule in rules_of(place)}, writer_of(place)
    with place.store.read() as session:
        return {
            one.finding_id: writer.sentence(session, rules[one.rule], one) if one.rule in rules else one.subject
            for one in found
        }


def writer_of(place: Workplace) -> "Writer":
    """Who writes the sentences of the mails."""
    from ibpmon.privacy.pseudonyms import load_or_make
    from ibpmon.tell.sentences import Writer

    return Writer(place.store, place.config, load_or_make(place.config.store.pseudonym_key))


def finding_row(found: Finding, sentence: str, place: Workplace) -> Row:
    """One finding as a row: keys for programs, a sentence for people."""
    return {
        "rule": found.rule,
        "level": found.level,
        "level_word": level_word(found.level),
        "sentence": sentence,
        "subject": found.subject,
        "object": found.object,
        "count": found.count,
        "accepted": found.accepted,
        "first_seen": found.first_seen,
        "last_seen": found.last_seen,
        "since": when(found.first_seen, place.config.time_zone),
    }
