"""Who turned the log of Microsoft off: read from what the log itself keeps of a command."""

from datetime import UTC, datetime
from typing import Any

from ibpmon.collect.connectors import load_connectors
from ibpmon.judge.evaluate import evaluate
from ibpmon.judge.rules import load_rules
from tests.conftest import OpenStore
from tests.judging import config_with, put, ran

CONFIG = config_with(content={"connectors_on": ("audit-log",)})
DATASETS = [load_connectors(CONFIG.content)[name].dataset for name in ("audit-log", "accounts")]
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
[RULE] = [rule for rule in load_rules(CONFIG) if rule.key == "audit-log-turned-off"]


def command(operation: str, upn: str, **told: str) -> dict[str, Any]:
    """A line of the log, with what the command was told."""
    parameters = [{"Name": "Identity", "Value": upn}, *({"Name": name, "Value": word} for name, word in told.items())]
    details = {"Operation": operation, "Parameters": parameters}
    return {"id": f"{operation} {upn}", "at": NOW, "operation": operation, "upn": upn, "details": details}


def test_whoever_turns_a_log_off_is_told_and_whoever_turns_it_on_is_not(open_database: OpenStore) -> None:
    """What a command was told stands as a list of names and values, which differs per command."""
    store = open_database(DATASETS)
    rows = [
        command("Set-AdminAuditLogConfig", "anna", UnifiedAuditLogIngestionEnabled="False"),
        command("Set-AdminAuditLogConfig", "bram", UnifiedAuditLogIngestionEnabled="True"),
        command("Set-Mailbox", "chris", AuditEnabled="False"),
        command("Set-Mailbox", "dewi", DisplayName="False"),
        command("Set-MailboxAuditBypassAssociation", "eva", AuditBypassEnabled="True"),
        {"id": "x", "at": NOW, "operation": "Set-Mailbox", "upn": "fatima", "details": None},
    ]
    put(store, "audit-log", rows, NOW)
    ran(store, ("audit-log",), at=NOW)

    [judgement] = evaluate([RULE], store, NOW)

    assert sorted(one.subject for one in judgement.new) == ["anna", "chris", "eva"]


def test_without_the_log_nothing_is_said(open_database: OpenStore) -> None:
    """The log is off until a board asks for it: that is not all well."""
    [judgement] = evaluate([RULE], open_database(DATASETS), NOW)

    assert judgement.evaluation.outcome == "cannot_check"
