"""The listings: what was read, what each rule says, what was found, which alerts there are."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select
from sqlmodel import col

from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.show import as_json, listing, table, when
from ibpmon.language import _
from ibpmon.operate.rounds import Workplace, latest_evaluations, latest_runs, rules_of, workplace
from ibpmon.store.tables import Alert, Evaluation, Finding, Run

Row = dict[str, Any]


def RUN_COLUMNS() -> Mapping[str, str]:  # noqa: N802 - a constant, said in the language of the moment
    """The headings of a listing of runs."""
    return {"title": _("Source"), "state_word": _("Read"), "rows": _("Rows"), "when": _("Time"), "reason": _("Remark")}


def RULE_COLUMNS() -> Mapping[str, str]:  # noqa: N802 - as above
    """The headings of a listing of rules."""
    return {
        "title": _("Rule"), "level_word": _("Weight"), "outcome_word": _("Outcome"), "findings": _("Found"),
        "reason": _("Remark"),
    }  # fmt: skip


def state_word(state: str) -> str:
    """The state of a run for a person."""
    words = {
        "FULL": _("in full"), "PARTIAL": _("in part"), "FAILED": _("not read"), "SKIPPED": _("skipped"),
        "RUNNING": _("busy"),
    }  # fmt: skip
    return words.get(state, state)


def outcome_word(outcome: str) -> str:
    """The outcome of a rule for a person."""
    words = {
        "ok": _("in order"), "finding": _("not in order"), "accepted": _("accepted"),
        "cannot_check": _("cannot be judged"),
    }  # fmt: skip
    return words.get(outcome, outcome)


def level_word(level: str) -> str:
    """The weight of a rule for a person."""
    words = {
        "critical": _("critical"), "high": _("high"), "medium": _("medium"), "low": _("low"),
        "informational": _("for information"),
    }  # fmt: skip
    return words.get(level, level)


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
        "reason": _(run.reason).format(**run.reason_values) if run.reason else "",
        "missing": run.missing,
    }


def rule_row(rule: Any, evaluation: Evaluation | None, zone: ZoneInfo) -> Row:
    """One rule with its outcome as a row; a rule that was never applied cannot be judged."""
    outcome = evaluation.outcome if evaluation else "cannot_check"
    return {
        "rule": rule.key,
        "title": rule.title,
        "level": rule.level,
        "level_word": level_word(rule.level),
        "outcome": outcome,
        "outcome_word": outcome_word(outcome),
        "findings": evaluation.findings if evaluation else None,
        "accepted": evaluation.accepted if evaluation else None,
        "undetermined": evaluation.undetermined if evaluation else None,
        "at": evaluation.at if evaluation else None,
        "reason": remark(evaluation),
    }


def remark(evaluation: Evaluation | None) -> str:
    """Why a rule could not be judged, or for how many it could not."""
    if evaluation is None:
        return _("never applied yet")
    if evaluation.undetermined and not evaluation.reason:
        return _("{n} could not be judged").format(n=evaluation.undetermined)
    return evaluation.reason


@click.command(help=_("What was read, when, and what each rule says now."))
@config_option
@json_option
def status(path: Path, to_json: bool) -> int:
    """Coverage per source and outcome per rule."""
    with workplace(path) as place:
        zone = place.config.time_zone
        runs, outcomes = latest_runs(place), latest_evaluations(place)
        sources = [run_row(runs[name], place.connectors, zone) for name in place.connectors if name in runs]
        unread = [name for name in place.connectors if name not in runs]
        rules = [rule_row(rule, outcomes.get(rule.key), zone) for rule in rules_of(place)]
    if to_json:
        as_json({"sources": sources, "never_read": unread, "rules": rules})
        return 0
    table(sources, RUN_COLUMNS())
    if unread:
        click.echo(_("Never read: {names}").format(names=", ".join(unread)))
    table(rules, RULE_COLUMNS())
    return 0


@click.command(help=_("What the rules found and is still there."))
@click.option("--rule", help=_("Only this rule."))
@click.option("--export", type=click.Path(path_type=Path), help=_("Write them to this CSV file, for a spreadsheet."))
@config_option
@json_option
def findings(path: Path, rule: str | None, export: Path | None, to_json: bool) -> int:
    """Living findings, the heaviest first."""
    with workplace(path) as place:
        found = living_findings(place, rule)
        said = sentences(place, found)
        rows = [finding_row(one, said[one.finding_id], place) for one in found]
    columns = {"level_word": _("Weight"), "sentence": _("Found"), "since": _("Since"), "rule": _("Rule")}
    if export:
        from ibpmon.report.exports import write_csv

        write_csv(rows, columns, export)
        click.echo(str(export), err=True)
        return 0
    listing(rows, columns, to_json, _("Nothing found. `ibpmon status` shows what was read."))
    return 0


def living_findings(place: Workplace, rule: str | None) -> list[Finding]:
    """The findings that still hold and were not accepted."""
    chosen = select(Finding).where(col(Finding.tenant_id) == place.store.tenant, col(Finding.gone_at).is_(None))
    chosen = chosen.where(col(Finding.rule) == rule) if rule else chosen
    with place.store.read() as session:
        found = list(
            session.scalars(chosen.order_by(col(Finding.rule), col(Finding.first_seen), col(Finding.finding_id)))
        )
    weights = ["critical", "high", "medium", "low", "informational"]
    return sorted(found, key=lambda finding: weights.index(finding.level))


def sentences(place: Workplace, found: Sequence[Finding]) -> dict[int, str]:
    """What was found, per finding, in the words of its rule and of the mails."""
    from ibpmon.privacy.pseudonyms import load_or_make
    from ibpmon.tell.mails import Mailroom
    from ibpmon.tell.people import people

    rules = {rule.key: rule for rule in rules_of(place)}
    pseudonyms = load_or_make(place.config.store.pseudonym_key)
    writer = Mailroom.of(place.config, place.store, pseudonyms)
    with place.store.read() as session:
        known = people(session, place.store, place.config, pseudonyms)
    return {
        one.finding_id: writer.sentence(rules[one.rule], one, known) if one.rule in rules else one.subject
        for one in found
    }


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


@click.command(help=_("The alerts and their state."))
@config_option
@json_option
def alerts(path: Path, to_json: bool) -> int:
    """All alerts, the newest change first."""
    with workplace(path) as place:
        found = living_findings(place, None)
        said = sentences(place, found)
        about = {(one.rule, one.subject): said[one.finding_id] for one in reversed(found)}
        rows = [alert_row(alert, about.get((alert.rule, alert.subject), ""), place) for alert in all_alerts(place)]
    columns = {"alert": _("Number"), "state_word": _("State"), "sentence": _("About"), "since": _("Since")}
    listing(rows, columns, to_json, _("No alerts."))
    return 0


def all_alerts(place: Workplace) -> list[Alert]:
    """Every alert of the board."""
    mine = select(Alert).where(col(Alert.tenant_id) == place.store.tenant)
    with place.store.read() as session:
        return list(session.scalars(mine.order_by(col(Alert.changed_at).desc(), col(Alert.alert_id))))


def alert_row(alert: Alert, sentence: str, place: Workplace) -> Row:
    """One alert as a row; of a solved one only its subject is left."""
    return {
        "alert": alert.alert_id,
        "rule": alert.rule,
        "subject": alert.subject,
        "sentence": sentence or f"{alert.rule}: {alert.subject}",
        "state": alert.state,
        "state_word": alert_state_word(alert.state),
        "level": alert.level,
        "occurrences": alert.occurrences,
        "opened_at": alert.opened_at,
        "since": when(alert.opened_at, place.config.time_zone),
    }


def alert_state_word(state: str) -> str:
    """The state of an alert for a person."""
    words = {
        "new": _("new"), "acknowledged": _("being worked on"), "solved": _("solved"), "closed": _("closed"),
        "accepted": _("accepted"), "reopened": _("opened again"),
    }  # fmt: skip
    return words.get(state, state)
