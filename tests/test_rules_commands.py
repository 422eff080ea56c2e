"""What the command line says about rules: their record, a trial run, what they read, and the norms they serve."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ibpmon.judge.norms import norm_titles
from tests.conftest import Answer, Tenant

Run = Callable[..., Answer]


@pytest.fixture
def judged(tenant: Tenant, ibpmon: Run) -> Tenant:
    """A board of which everything was read and judged once."""
    ibpmon("collect", "--config", tenant.config)
    ibpmon("evaluate", "--no-mail", "--config", tenant.config)
    return tenant


def switch_off(tenant: Tenant, connector: str) -> None:
    """Read this source no more."""
    before = tenant.config.read_text(encoding="utf-8")
    changed = before.replace("connectors_off = [", f'connectors_off = ["{connector}", ')
    tenant.config.write_text(changed, encoding="utf-8")


def answered(answer: Answer) -> Any:
    """The JSON of an answer."""
    return json.loads(answer.out)


def test_the_list_tells_how_often_each_outcome_was_given(judged: Tenant, ibpmon: Run) -> None:
    """A rule that never had its data is not a quiet rule."""
    rows = {row["rule"]: row for row in answered(ibpmon("rules", "list", "--json", "--config", judged.config))}

    assert rows["password-spray"]["counts"] == {"finding": 1}
    assert rows["password-spray"]["last_judged"]

    switch_off(judged, "staff-list")
    ibpmon("evaluate", "--no-mail", "--config", judged.config)
    rows = {row["rule"]: row for row in answered(ibpmon("rules", "list", "--json", "--config", judged.config))}
    assert rows["leaver-still-active"]["counts"] == {"finding": 1, "cannot_check": 1}
    assert rows["leaver-still-active"]["last_judged"] < rows["password-spray"]["last_judged"]


def test_a_rule_that_never_ran_has_no_record(tenant: Tenant, ibpmon: Run) -> None:
    """Nothing is not zero."""
    rows = answered(ibpmon("rules", "list", "--json", "--config", tenant.config))
    assert {(str(row["counts"]), row["last_judged"]) for row in rows} == {("{}", None)}


def test_a_trial_run_tells_the_mails_that_a_rule_would_have_sent(judged: Tenant, ibpmon: Run) -> None:
    """Whoever lowers a threshold wants to know first what that does to the mailbox."""
    tried = answered(ibpmon("rules", "try", "password-spray", "--json", "--config", judged.config))

    living = answered(ibpmon("findings", "--rule", "password-spray", "--json", "--config", judged.config))
    assert {row["subject"] for row in tried["found"]} == {row["subject"] for row in living}
    assert 0 < tried["mails"] <= len(tried["found"]) == len(living)

    quiet = answered(ibpmon("rules", "try", "password-spray", "--days", "1", "--json", "--config", judged.config))
    assert len(quiet["found"]) <= len(tried["found"])
    assert len(list((judged.microsoft.folder / "mail").glob("*.eml"))) == 0


def test_a_trial_run_of_a_rule_on_state_tells_what_holds_now(judged: Tenant, ibpmon: Run) -> None:
    """How it was before is not stored as a rule would see it, and nobody pretends it is."""
    tried = answered(ibpmon("rules", "try", "leaver-still-active", "--json", "--config", judged.config))
    living = answered(ibpmon("findings", "--rule", "leaver-still-active", "--json", "--config", judged.config))
    assert {row["subject"] for row in tried["found"]} == {row["subject"] for row in living}
    assert tried["mails"] == 1

    said = ibpmon("rules", "try", "leaver-still-active", "--config", judged.config)
    assert "is not known" in said.out


def test_a_trial_run_without_data_says_what_is_missing(tenant: Tenant, ibpmon: Run) -> None:
    """No occasions on data that was not read is no good news."""
    said = ibpmon("rules", "try", "password-spray", "--config", tenant.config)
    assert said.code == 4
    assert "was never read" in said.err


def test_a_rule_that_is_off_can_be_tried(judged: Tenant, ibpmon: Run) -> None:
    """That is when one wants to know."""
    before = judged.config.read_text(encoding="utf-8")
    judged.config.write_text(before.replace("[content]\n", '[content]\nrules_off = ["password-spray"]\n'), "utf-8")
    tried = answered(ibpmon("rules", "try", "password-spray", "--json", "--config", judged.config))
    assert tried["found"]


def test_explaining_a_rule_names_its_permissions_and_licence(ibpmon: Run, tmp_path: Path, monkeypatch: Any) -> None:
    """Before there is a tenant one can see what a rule would take."""
    monkeypatch.chdir(tmp_path)
    explained = answered(ibpmon("rules", "explain", "leaver-signed-in", "--json"))
    reads = {one["connector"]: one for one in explained["reads"]}
    assert set(reads) == {"sign-ins", "accounts", "staff-list"}
    assert "AuditLog.Read.All" in reads["sign-ins"]["permissions"]
    assert reads["sign-ins"]["licence"] == "P1"
    assert "error_code" in reads["sign-ins"]["fields"]

    said = ibpmon("rules", "explain", "leaver-signed-in").out
    assert "GB.01" in said
    assert "Blokkeer het account nu" in said


def test_a_source_that_is_off_is_told_when_a_rule_is_explained(tenant: Tenant, ibpmon: Run) -> None:
    """Then the rule can never be judged."""
    switch_off(tenant, "sign-ins")
    explained = answered(ibpmon("rules", "explain", "leaver-signed-in", "--json", "--config", tenant.config))
    assert {one["connector"]: one["on"] for one in explained["reads"]} == {
        "sign-ins": False, "accounts": True, "staff-list": True,
    }  # fmt: skip


@pytest.mark.parametrize("command", ["try", "explain"])
def test_a_rule_that_is_not_there_is_named(tenant: Tenant, ibpmon: Run, command: str) -> None:
    """With those that are."""
    said = ibpmon("rules", command, "password-sprya", "--config", tenant.config)
    assert said.code == 3
    assert "password-spray" in said.err


def test_every_norm_tells_its_evidence_or_that_there_is_none(judged: Tenant, ibpmon: Run) -> None:
    """An auditor sees at once what ibpmon says nothing about."""
    norms = {row["norm"]: row for row in answered(ibpmon("rules", "coverage", "--json", "--config", judged.config))}

    assert set(norms) == set(norm_titles())
    evidence = {row["rule"]: row for row in norms["ID.02"]["rules"]}
    assert evidence["leaver-still-active"]["outcome"] == "finding"
    assert evidence["leaver-still-active"]["findings"] > 0
    assert evidence["leaver-still-active"]["data_as_of"]
    assert norms["BC.03"]["rules"] == []
    assert "not covered by this tool" in ibpmon("rules", "coverage", "--config", judged.config).out
