"""`ibpmon check`: everything that must be in place, told before it goes wrong at night."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.content import content_files
from ibpmon.demo.play import write_certificate
from ibpmon.operate.check.content import unused
from ibpmon.operate.check.licences import has, plans_of
from ibpmon.operate.check.rights import held, rights, roles_in
from ibpmon.operate.check.surroundings import ending
from tests.conftest import APP, PERMISSIONS, Answer, Tenant

Run = Callable[..., Answer]
ALL = "[content]"  # every connector that is on by default
TODAY = datetime(2026, 11, 24, tzinfo=UTC)


def checked(tenant: Tenant, ibpmon: Run) -> tuple[int, list[dict[str, Any]]]:
    """What `ibpmon check --json` says."""
    answer = ibpmon("check", "--config", tenant.config, "--json")
    return answer.code, json.loads(answer.out)


def said(lines: list[dict[str, Any]], subject: str, state: str) -> list[str]:
    """What was said about one subject in one state."""
    return [line["what"] for line in lines if (line["subject"], line["state"]) == (subject, state)]


def test_a_board_that_is_set_up_well_has_nothing_wrong(tenant: Tenant, ibpmon: Run) -> None:
    """Token, database, clock and mail are good; what the board chose not to have is a note."""
    tenant.write_config(ALL)
    tenant.microsoft.permissions(APP, everything_needed())
    code, lines = checked(tenant, ibpmon)

    assert said(lines, "token", "ok")
    assert said(lines, "database", "ok")
    assert said(lines, "mail", "ok")
    assert said(lines, "clock", "ok")
    assert not [line for line in lines if line["state"] == "problem"]
    assert code == 0


def everything_needed() -> set[str]:
    """All permissions that the shipped connectors of Graph name."""
    return {name for one in load_connectors(Content()).values() if one.source == "graph" for name in one.permissions}


def test_a_missing_permission_is_named_with_what_cannot_be_read_without_it(tenant: Tenant, ibpmon: Run) -> None:
    """The ICT'er grants it at once, instead of finding an empty report next week."""
    tenant.microsoft.permissions(APP, everything_needed() - {"DeviceManagementManagedDevices.Read.All"})
    code, lines = checked(tenant, ibpmon)

    (line,) = said(lines, "permissions", "problem")
    assert "DeviceManagementManagedDevices.Read.All" in line
    assert "managed-devices" in line
    assert code == 1


def test_a_permission_that_can_write_is_too_much(tenant: Tenant, ibpmon: Run) -> None:
    """Whoever steals the key gets what was granted, not what is used."""
    tenant.write_config(ALL)
    tenant.microsoft.permissions(APP, {*everything_needed(), "Sites.ReadWrite.All", "Reports.Read.All"})
    _code, lines = checked(tenant, ibpmon)

    (worse,) = said(lines, "permissions", "problem")
    (note,) = said(lines, "permissions", "note")
    assert "Sites.ReadWrite.All" in worse
    assert "can change things" in worse
    assert "Reports.Read.All" in note


def test_without_a_token_the_rest_is_unknown_and_not_good(tenant: Tenant, ibpmon: Run) -> None:
    """A check that cannot look says so."""
    tenant.hand_out_secret("something-else")
    code, lines = checked(tenant, ibpmon)

    assert said(lines, "token", "problem")
    assert said(lines, "permissions", "unknown")
    assert said(lines, "licences", "unknown")
    assert code == 1


def second_credential(tenant: Tenant, *permissions: str) -> str:
    """The [sharepoint] of a board that has one, with a certificate that the simulated Entra knows."""
    write_certificate(tenant.folder / "ibpmon.pem", datetime.now(UTC))
    public = (tenant.folder / "ibpmon-public.pem").read_text(encoding="ascii")
    tenant.microsoft.register(SECOND, certificate_pem=public, permissions=[f"SharePoint:{one}" for one in permissions])
    where = f'address = "{tenant.microsoft.sharepoint}"\ncertificate = "{tenant.folder / "ibpmon.pem"}"'
    return f'[sharepoint]\nclient_id = "{SECOND}"\n{where}\n'


SECOND = "88888888-8888-4888-8888-888888888888"
OF_SHAREPOINT = '[content]\nconnectors_on = ["site-admins", "site-rights"]\n'


def test_the_second_registration_is_tried_as_well(tenant: Tenant, ibpmon: Run) -> None:
    """A board that dared to give it wants to know that it works, and that it is no more than was asked."""
    more = second_credential(tenant, "Sites.FullControl.All", "User.ReadWrite.All")
    tenant.write_config(OF_SHAREPOINT + more)
    _code, lines = checked(tenant, ibpmon)

    assert said(lines, "sharepoint", "ok")[1:] == [
        "Entra gives ibpmon a token", "1 of 1 permissions that the sources need are granted",
    ]  # fmt: skip
    (worse,) = said(lines, "sharepoint", "problem")
    assert "SharePoint:User.ReadWrite.All" in worse


def test_a_second_registration_without_its_right_is_told(tenant: Tenant, ibpmon: Run) -> None:
    """A token comes without any rights too."""
    tenant.write_config(OF_SHAREPOINT + second_credential(tenant))
    code, lines = checked(tenant, ibpmon)

    (line,) = said(lines, "sharepoint", "problem")
    assert "SharePoint:Sites.FullControl.All is missing" in line
    assert "site-admins" in line
    assert code == 1


def test_the_keys_of_datto_are_tried(tenant: Tenant, ibpmon: Run) -> None:
    """A secret that was renewed there and not here would else be found at night."""
    tenant.microsoft.rmm.register("ABCDEF0123456789", "correct-horse")
    with_datto = '[datto]\naddress = "{}"\nkey = "{}"\nsecret = "{}"\n'
    for key, state in (("ABCDEF0123456789", "ok"), ("FEDCBA9876543210", "problem")):
        tenant.write_config(with_datto.format(tenant.microsoft.datto, key, tenant.secret))
        _code, lines = checked(tenant, ibpmon)
        assert len(said(lines, "datto", state)) == 1, lines


def test_a_rule_whose_field_is_collected_no_more_is_told_with_all_the_rest(tenant: Tenant, ibpmon: Run) -> None:
    """A board that leaves a field out of a source must hear which rule needs it, and not that all is well."""
    own = tenant.folder / "own"
    (own / "connectors").mkdir(parents=True)
    text = next(path.read_text(encoding="utf-8") for path in shipped("managed-devices"))
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("last_sync"))
    (own / "connectors" / "managed-devices.toml").write_text(kept, encoding="utf-8")
    tenant.write_config(f'[content]\nfolder = "{own}"\n')
    code, lines = checked(tenant, ibpmon)

    assert code == 1
    assert "last_sync" in " ".join(said(lines, "content", "problem"))
    assert not said(lines, "content", "ok")
    assert said(lines, "token", "ok")


def test_a_source_that_a_board_switched_off_blinds_its_rules(tenant: Tenant, ibpmon: Run) -> None:
    """Switching off what is on by default is a mistake or a choice; what is off until a board asks is neither."""
    tenant.write_config('[content]\nconnectors_off = ["managed-devices"]\n')
    code, lines = checked(tenant, ibpmon)

    assert code == 1
    assert any("managed-devices" in line for line in said(lines, "content", "problem"))
    assert not any("site-admins" in line for line in said(lines, "content", "problem"))
    assert not said(lines, "content", "ok")


def shipped(name: str) -> list[Path]:
    """The file of a connector that comes with ibpmon."""
    return [path for path in content_files("connectors", ".toml", None) if path.stem == name]


def test_a_mail_server_that_is_not_there_is_a_problem_and_no_mail_is_sent(tenant: Tenant, ibpmon: Run) -> None:
    """The check knocks and goes away."""
    tenant.write_config(host="mail.nergens.example")
    code, lines = checked(tenant, ibpmon)

    assert said(lines, "mail", "problem")
    assert code == 1


def test_for_people_it_prints_one_line_each_and_what_to_do(tenant: Tenant, ibpmon: Run) -> None:
    """Read from top to bottom in a terminal."""
    tenant.microsoft.permissions(APP, set(PERMISSIONS) - {"Sites.Read.All"})
    answer = ibpmon("check", "--config", tenant.config)

    assert "sign-in" in answer.out
    assert "grant it in Entra" in answer.out


def test_who_does_not_fit_is_told_ten_at_a_time_and_whole_to_who_asks(tenant: Tenant, ibpmon: Run) -> None:
    """A wrong column makes hundreds of these; they may not hide a school that nobody knows."""
    staff = tenant.folder / "medewerkers.csv"
    more = [f"99{number:02};Dewi {number};;;Elders;01-08-2020;" for number in range(12)]
    staff.write_text(staff.read_text(encoding="utf-8-sig") + "\n".join(more) + "\n", encoding="utf-8")
    ibpmon("collect", "--config", tenant.config)

    told = ibpmon("check", "--config", tenant.config).out
    _code, lines = checked(tenant, ibpmon)
    named = [line for line in said(lines, "people", "note") if "Dewi" in line and "has no account" in line]

    assert len(re.findall(r"is employed and has no account", told)) == 10
    assert re.search(r"and \d+ more like this", told)
    assert "the school 'Elders' of 12 row(s) is not in the configuration" in told
    assert "write the school as its key or name stands under [[schools]]" in told
    assert re.search(r"\d+ employees have a contract without an end date", told)
    assert len(named) == 12


@pytest.mark.parametrize(
    ("days", "state"), [(-1, "problem"), (10, "note"), (400, "ok")], ids=["ended", "ends soon", "holds"]
)
def test_a_certificate_is_told_of_a_month_before_it_ends(days: int, state: str) -> None:
    """A new one takes a board some weeks."""
    assert ending("certificate", TODAY + timedelta(days=days), TODAY).state == state


def test_a_token_that_cannot_be_read_says_nothing_about_permissions() -> None:
    """Microsoft calls these tokens opaque; unknown is not missing."""
    connectors = load_connectors(Content())

    assert roles_in("opaque") is None
    assert [one.state for one in rights(connectors, None)] == ["unknown"]


def test_a_wider_permission_counts_as_the_narrow_one() -> None:
    """Directory.Read.All opens what User.Read.All opens."""
    assert held("User.Read.All", frozenset({"Directory.Read.All"}))
    assert not held("Sites.Read.All", frozenset({"Directory.Read.All"}))


def test_p2_holds_all_of_p1_and_a_plan_that_is_switched_off_counts_for_nothing() -> None:
    """The plans of a licence, as /subscribedSkus tells them."""
    plans = [
        {"servicePlanId": "eec0eb4f-6444-4f95-aba0-50c24d67f998", "servicePlanName": "AAD_PREMIUM_P2",
         "provisioningStatus": "Success"},
        {"servicePlanId": "c1ec4a95-1f05-45b3-a911-aa3fa01094f5", "servicePlanName": "INTUNE_A",
         "provisioningStatus": "Disabled"},
    ]  # fmt: skip
    found = plans_of(json.dumps({"value": [{"servicePlans": plans}]}).encode())

    assert has("P1", ("AAD_PREMIUM",), found)
    assert not has("Intune", ("INTUNE_A",), found)


def test_fields_that_only_connect_sources_count_as_used() -> None:
    """A key, a parent or the time of an event needs no rule to be of use."""
    connectors = load_connectors(Content())
    idle = {f"{name}.{field}" for name, field in unused(connectors, [])}

    assert "accounts.account_id" not in idle
    assert "sign-ins.at" not in idle
    assert "sign-ins.failure" in idle


WEB = """
[web]
public_url = "{address}"
client_id = "77777777-7777-4777-8777-777777777777"
secret = "{secret}"
"""


def test_the_pages_are_looked_at_where_they_are_set_up(tenant: Tenant, ibpmon: Run) -> None:
    """The address to come back to, a credential of their own, and a tenant that says where people sign in."""
    secret = tenant.folder / "web.txt"
    secret.touch(mode=0o600)
    secret.write_text("horse", encoding="utf-8")
    _code, without = checked(tenant, ibpmon)
    tenant.write_config(WEB.format(address="https://ibpmon.board.example", secret=secret))
    _code, lines = checked(tenant, ibpmon)

    assert not [line for line in without if line["subject"] == "web"]
    good = " ".join(said(lines, "web", "ok"))
    assert "https://ibpmon.board.example/signed-in" in good
    assert "registration of its own" in good
    assert "says where people of the tenant sign in" in good
    assert "client secret" in " ".join(said(lines, "web", "note"))
    assert not said(lines, "web", "problem")


def test_pages_that_nobody_could_sign_in_to_are_told(tenant: Tenant, ibpmon: Run) -> None:
    """A secret that others may read, an address that only this machine knows, and a host that does not answer."""
    secret = tenant.folder / "web.txt"
    secret.write_text("horse", encoding="utf-8")
    secret.chmod(0o644)
    tenant.write_config(WEB.format(address="http://localhost:8377", secret=secret), authority="https://127.0.0.1:9")
    code, lines = checked(tenant, ibpmon)

    assert "web.txt" in " ".join(said(lines, "web", "problem"))
    assert "http://localhost:8377/signed-in" in " ".join(said(lines, "web", "note"))
    assert "did not say where people sign in" in " ".join(said(lines, "web", "unknown"))
    assert code == 1
