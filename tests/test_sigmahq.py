"""Public Sigma rules for Entra run unchanged: spellings and values are mapped, and what cannot match is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ibpmon.collect.connectors import load_connectors
from ibpmon.judge.adding import Verdict, tried, weighed_all
from ibpmon.judge.rules import load_rules, workshop
from tests.conftest import MONDAY, Answer, OpenStore, Tenant
from tests.judging import CONFIG, config_with, put

EVERY = load_connectors(CONFIG.content, every=True)
BENCH = workshop(CONFIG)


def public(service: str, detection: Any, condition: str = "sel", more: str = "") -> str:
    """A rule of the shape of a public one, in words of our own."""
    parts = "\n".join(f"  {name}: {json.dumps(body)}" for name, body in detection.items())
    return (
        "title: Vorm van een openbare regel\nid: 1b3c2f8e-6f0a-4c1e-9d55-0a6d1f0f7a11\nstatus: test\n"
        f"description: Iets in het logboek\nauthor: Anna\nlevel: medium\n"
        f"logsource: {{product: azure, service: {service}}}\n"
        f"detection:\n{parts}\n  condition: {json.dumps(condition)}\n{more}"
    )


def judged(folder: Path, service: str, detection: Any, condition: str = "sel") -> Verdict:
    """What becomes of a rule with this detection."""
    path = folder / "openbaar.yml"
    path.write_text(public(service, detection, condition), encoding="utf-8")
    return tried(path, BENCH, EVERY)


SPELLINGS = [
    ("signinlogs", {"ResultType": 50126}),
    ("signinlogs", {"ResultType": "50126"}),
    ("signinlogs", {"properties.resultType": "50126"}),
    ("signinlogs", {"properties.status.errorCode": 50126}),
    ("signinlogs", {"Status": "Success"}),
    ("signinlogs", {"Status": "Failure"}),
    ("signinlogs", {"ResultDescription|contains": "validating credentials"}),
    ("signinlogs", {"Resultdescription|startswith": "Error"}),
    ("signinlogs", {"AuthenticationRequirement": "singleFactorAuthentication"}),
    ("signinlogs", {"properties.authenticationRequirement": "multiFactorAuthentication"}),
    ("signinlogs", {"properties.message": "Device Code"}),
    ("signinlogs", {"properties.message": "ROPC"}),
    ("signinlogs", {"properties.authenticationProtocol": "deviceCode"}),
    ("signinlogs", {"ResourceDisplayName": "Windows Azure Active Directory"}),
    ("signinlogs", {"conditionalAccessStatus": "failure"}),
    ("signinlogs", {"DeviceDetail.deviceId": ""}),
    ("signinlogs", {"ClientApp": ["IMAP", "POP", "Other clients"]}),
    ("signinlogs", {"Username": "eva@verzonnenwaaier.example"}),
    ("signinlogs", {"userAgent|contains": "BAV2ROPC"}),
    ("signinlogs", {"properties.userAgent|endswith": "hydra"}),
    ("signinlogs", {"location": "NL"}),
    ("signinlogs", {"callerIpAddress|cidr": "203.0.113.0/24"}),
    ("signinlogs", {"Status|contains": "MFA Denied"}),
    ("signinlogs", {"status.additionalDetails": "MFA completed in Azure AD"}),
    ("signinlogs", {"DeviceDetail.isCompliant": "false"}),
    ("signinlogs", {"properties.deviceDetail.isCompliant": True}),
    ("signinlogs", {"DeviceDetail.trusttype": "Azure AD registered"}),
    ("signinlogs", {"deviceDetail.trustType": ""}),
    ("signinlogs", {"RiskState": "atRisk"}),
    ("signinlogs", {"NetworkLocationDetails|contains": "trusted"}),
    ("signinlogs", {"networkLocationDetails": "trustedNamedLocation"}),
    ("auditlogs", {"additionalDetails.additionalInfo|contains": "User-Agent"}),
    ("auditlogs", {"properties.message": "Add member to role"}),
    ("auditlogs", {"OperationName": "Update conditional access policy"}),
    ("auditlogs", {"operationName|contains": "BitLocker"}),
    ("auditlogs", {"ActivityDisplayName|startswith": "Add member to role"}),
    ("auditlogs", {"ActivityType": "Add user"}),
    ("auditlogs", {"activityType": "Delete user"}),
    ("auditlogs", {"properties.activityDisplayName": "Consent to application"}),
    ("auditlogs", {"Category": "RoleManagement", "Status": "success"}),
    ("auditlogs", {"category": "Policy", "properties.result": "failure"}),
    ("auditlogs", {"Status": "Failure"}),
    ("auditlogs", {"Status": "Insufficient privileges"}),
    ("auditlogs", {"failure_status_reason": "Risky application detected"}),
    ("auditlogs", {"LoggedByService": "Core Directory"}),
    ("auditlogs", {"properties.loggedByService": ["PIM", "AAD Management UX"]}),
    ("auditlogs", {"TargetResources|contains": "Chris"}),
    ("auditlogs", {"properties.targetResources|contains": "Chris"}),
    ("auditlogs", {"Target": "Dewi"}),
    ("auditlogs", {"TargetResources.modifiedProperties|contains": "StrongAuthentication"}),
    ("auditlogs", {"TargetResources.modifiedProperties.newValue": "AppRole"}),
    ("auditlogs", {"TargetResources.ModifiedProperties.DisplayName": "Role.DisplayName"}),
    ("auditlogs", {"TargetResources.ModifiedProperties.NewValue|endswith": "Guest"}),
    ("auditlogs", {"targetResources.type": "Service Principal"}),
    ("auditlogs", {"ConsentContext.IsAdminConsent": "true"}),
    ("auditlogs", {"Initiatedby": "bram@verzonnenwaaier.example"}),
    ("riskdetection", {"riskEventType": "anonymizedIPAddress"}),
    ("riskdetection", {"properties.riskEventType": ["leakedCredentials", "newCountry"]}),
]


@pytest.mark.parametrize(("service", "body"), SPELLINGS, ids=lambda one: str(one)[:60])
def test_every_spelling_finds_a_record_made_from_its_own_conditions(
    service: str, body: dict[str, Any], tmp_path: Path
) -> None:
    """Azure Monitor, the portal and the Event Hub call the same thing differently."""
    verdict = judged(tmp_path, service, {"sel": body})
    assert (verdict.state, verdict.reasons) == ("accepted", ())
    assert verdict.proof is not None


IMPOSSIBLE = [
    ("signinlogs", {"DeviceDetail.trusttype": "joined"}, "sel", "never writes"),
    ("signinlogs", {"RiskState": "risky"}, "sel", "never writes"),
    ("signinlogs", {"DeviceDetail.displayName": "laptop"}, "sel", "does not collect"),
    ("signinlogs", {"ActivityDetails": "Sign-ins"}, "sel", "does not collect"),
    ("signinlogs", {"Username": "UPN"}, "sel", "never writes 'UPN'"),
    ("signinlogs", {"ResultDescription": "Blocked by access"}, "sel", "never writes"),
    ("signinlogs", {"AuthenticationRequirement": "single"}, "sel", "never writes"),
    ("signinlogs", {"conditionalAccessStatus": "blocked"}, "sel", "never writes"),
    ("signinlogs", {"ResultType": 7}, "sel", "never writes"),
    ("signinlogs", {"ResultType": 50126}, "sel | count() by Username > 5", "old way"),
    ("signinlogs", {"Username|expand": "%Beheerders%"}, "sel", "no list 'Beheerders'"),
    ("auditlogs", {"properties.message": "Update application - Certificates and secrets management"}, "sel", "never"),
    ("auditlogs", {"OperationName": "Add  member to role"}, "sel", "never writes"),
    ("auditlogs", {"Initiatedby": "UPN"}, "sel", "never writes"),
    ("auditlogs", {"Category": "Roles"}, "sel", "never writes"),
    ("auditlogs", {"properties.message": "Add user", "Status": "success"}, "sel and not sel", "no record"),
    ("riskdetection", {"riskEventType": "strangeThings"}, "sel", "never writes"),
    ("activitylogs", {"OperationName": "x"}, "sel", "does not collect"),
]


@pytest.mark.parametrize(("service", "body", "condition", "why"), IMPOSSIBLE, ids=lambda one: str(one)[:50])
def test_a_rule_that_can_never_match_is_refused_with_the_reason(
    service: str, body: dict[str, Any], condition: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule that stays silent for ever looks like safety."""
    monkeypatch.setenv("IBPMON_LANGUAGE", "en")
    from ibpmon import language

    language.use_environment()
    verdict = judged(tmp_path, service, {"sel": body}, condition)
    assert verdict.state == "refused"
    assert any(why in one for one in verdict.reasons), verdict.reasons


def test_a_rule_says_what_it_needs(tmp_path: Path) -> None:
    """A beta or a licence that a board lacks is known before the rule is taken."""
    device_code = judged(tmp_path, "signinlogs", {"sel": {"properties.message": "Device Code"}})
    assert (device_code.needs, device_code.beta, device_code.licence) == (("sign-ins", "sign-ins-beta"), True, "P1")
    risk = judged(tmp_path, "riskdetection", {"sel": {"riskEventType": "newCountry"}})
    assert (risk.needs, risk.permissions, risk.licence) == (("risk-detections",), ("IdentityRiskEvent.Read.All",), "P2")


def sign_in(number: int, **values: Any) -> dict[str, Any]:
    """A sign-in of Eva."""
    return {"id": f"s{number}", "at": MONDAY, "account_id": "eva", "error_code": 0} | values


def test_a_rule_that_hits_more_than_one_in_twenty_is_held(open_database: OpenStore, tmp_path: Path) -> None:
    """It would drown what is wrong; on the line it is taken, and whoever wants it anyway says so."""
    store = open_database([EVERY["sign-ins"].dataset])
    put(store, "sign-ins", [sign_in(number, error_code=50126 if number < 5 else 0) for number in range(100)])
    quiet = judged(tmp_path, "signinlogs", {"sel": {"ResultType": "50126"}})
    loud = judged(tmp_path, "signinlogs", {"sel": {"Status": "Success"}})
    found = weighed_all(store, [quiet, loud], MONDAY, ())
    assert [(one.state, one.share) for one in found] == [("accepted", 0.05), ("held", 0.95)]
    (taken,) = weighed_all(store, [loud], MONDAY, (), even_if_loud=True)
    assert (taken.state, taken.hits, taken.events) == ("accepted", 95, 100)


def stored_record(service: str, record: dict[str, Any]) -> dict[str, Any]:
    """A record of a view as the connector would have kept it."""
    names = {"target_id": "id", "target_upn": "userPrincipalName", "target_name": "displayName", "target_kind": "type"}
    target: dict[str, Any] = {theirs: record[ours] for ours, theirs in names.items() if ours in record}
    inside = {"property": "displayName", "new_value": "newValue", "old_value": "oldValue"}
    changed = {theirs: record[ours] for ours, theirs in inside.items() if ours in record}
    if "admin_consent" in record:
        changed = {"displayName": "ConsentContext.IsAdminConsent", "newValue": record["admin_consent"]}
    row = {"id": "r1", "at": MONDAY, "account_id": "eva", **record}
    return row | ({"targets": [target | {"modifiedProperties": [changed]}]} if service == "auditlogs" else {})


def test_every_spelling_finds_its_record_among_what_is_stored(open_database: OpenStore, tmp_path: Path) -> None:
    """On our own views, in SQLite and PostgreSQL: a table in memory is not what a board has."""
    homes = {"signinlogs": "sign-ins-beta", "auditlogs": "directory-audits", "riskdetection": "risk-detections"}
    store = open_database([EVERY[name].dataset for name in ("sign-ins", *homes.values())])
    missed = []
    for number, (service, body) in enumerate(SPELLINGS):
        verdict = judged(tmp_path, service, {"sel": body})
        assert verdict.proof is not None
        row = stored_record(service, dict(verdict.proof)) | {"id": f"r{number}"}
        put(store, homes[service], [row])
        (found,) = weighed_all(store, [verdict], MONDAY, (), even_if_loud=True)
        if not found.hits:
            missed.append((body, verdict.proof))
    assert missed == []


def test_a_public_file_in_the_folder_of_the_board_is_a_rule(tmp_path: Path) -> None:
    """Once taken it is judged like any other, with its own title, level and author."""
    (tmp_path / "rules").mkdir()
    text = public("auditlogs", {"sel": {"properties.message": "Add user"}})
    (tmp_path / "rules" / "openbaar.yml").write_text(text, encoding="utf-8")
    rule = next(one for one in load_rules(config_with(tmp_path)) if one.key == "openbaar")
    assert (rule.level, rule.service, tuple(rule.needs)) == ("medium", "directory-changes", ("directory-audits",))
    assert "Vorm van een openbare regel" in rule.message.subject


def test_the_command_takes_what_can_match_and_copies_it_as_it_is(
    tenant: Tenant, ibpmon: Callable[..., Answer], tmp_path: Path
) -> None:
    """The licence of public rules asks that they stay as they are; a dry run leaves nothing."""
    rules = tmp_path / "public"
    rules.mkdir()
    good, bad = rules / "goed.yml", rules / "slecht.yml"
    good.write_text(public("auditlogs", {"sel": {"OperationName": "Add user"}}, more="# van Anna\n"), encoding="utf-8")
    bad.write_text(public("auditlogs", {"sel": {"OperationName": "Adds user"}}), encoding="utf-8")
    command = ("rules", "add", rules, "--json", "--config", tenant.config)

    assert ibpmon(*command).code == 3  # there is no folder to put it in
    said = ibpmon(*command, "--dry-run")
    states = {row["file"]: (row["state"], row["share"]) for row in json.loads(said.out)}
    assert (said.code, states) == (1, {"goed.yml": ("accepted", None), "slecht.yml": ("refused", None)})
    assert json.loads(said.out)[0]["mapped"] == {"OperationName": "activity"}

    own = tmp_path / "content"
    own.mkdir()
    before = tenant.config.read_text(encoding="utf-8")
    tenant.config.write_text(before.replace("[content]\n", f'[content]\nfolder = "{own}"\n'), encoding="utf-8")
    ibpmon(*command)
    assert [one.name for one in (own / "rules").iterdir()] == ["goed.yml"]
    assert (own / "rules" / "goed.yml").read_bytes() == good.read_bytes()
    listed = json.loads(ibpmon("rules", "list", "--json", "--config", tenant.config).out)
    assert "goed" in {row["rule"] for row in listed}
