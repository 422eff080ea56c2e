"""The sources that are off until a board asks for them, through the command, as a board has them."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.providers import shapes
from tests.conftest import APP, PERMISSIONS, Answer, Tenant
from tests.test_auth import certificate, private, stored

Run = Callable[..., Answer]
OTHER = "88888888-8888-4888-8888-888888888888"


def asks_for(tenant: Tenant, names: Sequence[str], tables: str = "") -> None:
    """Let the board ask for these sources; of the others only what they are read over stays."""
    off = sorted(set(load_connectors(Content())) - {"sites", "accounts"})
    content = f"[content]\nconnectors_off = {json.dumps(off)}\nconnectors_on = {json.dumps(names)}\n"
    tenant.write_config(content + tables)


def rows(tenant: Tenant, table: str, *columns: str) -> set[tuple[object, ...]]:
    """What the database holds now."""
    with closing(sqlite3.connect(tenant.folder / "ibpmon.db")) as database:
        found = database.execute(f"SELECT {', '.join(columns)} FROM collected_{table}").fetchall()  # noqa: S608 - of this test
    assert len(found) == len(set(found))
    return set(found)


def states(tenant: Tenant, ibpmon: Run) -> dict[str, str]:
    """How each source was read."""
    status = json.loads(ibpmon("status", "--json", "--config", tenant.config).out)
    return {source["connector"]: source["state"] for source in status["sources"]}


# ---- Datto RMM


@pytest.fixture
def datto(tenant: Tenant) -> Tenant:
    """A board with Datto RMM."""
    tenant.microsoft.rmm.register("key", "correct-horse")
    table = f'[datto]\naddress = "{tenant.microsoft.datto}"\nkey = "key"\nsecret = "{tenant.secret}"\n'
    asks_for(tenant, ["rmm-devices", "rmm-sessions"], table)
    return tenant


def test_devices_and_remote_sessions_of_datto_are_read_whole_and_once(datto: Tenant, ibpmon: Run) -> None:
    """A second provider through the same vocabulary: who looked along, on which device, and when."""
    board = datto.microsoft.board
    assert ibpmon("collect", "--config", datto.config).code == 0
    assert ibpmon("collect", "--config", datto.config).code == 0

    assert rows(datto, "rmm_devices", "device_id", "name", "last_contact") == {
        (row["uid"], row["hostname"], row["lastSeen"] * 1000) for row in board.rmm_devices
    }
    assert rows(datto, "rmm_sessions", "id", "at", "technician", "device") == {
        (row["id"], row["date"] * 1000, row["user"]["userName"], row["hostname"]) for row in board.rmm_activities
    }
    assert len(board.rmm_activities) > 10


def test_a_wrong_key_of_datto_costs_datto_only(datto: Tenant, ibpmon: Run) -> None:
    """What Microsoft tells is read; the key is in no message."""
    assert ibpmon("collect", "--config", datto.config).code == 0
    before = rows(datto, "rmm_devices", "device_id", "gone_at")
    datto.microsoft.rmm.register("key", "another-horse")

    answer = ibpmon("collect", "--config", datto.config)

    assert answer.code == 4
    assert "cannot sign in to Datto RMM" in answer.err
    assert "make new keys" in answer.err
    assert "correct-horse" not in answer.err + answer.out
    assert states(datto, ibpmon) | {"accounts": "FULL", "rmm-devices": "FAILED"} == states(datto, ibpmon)
    assert rows(datto, "rmm_devices", "device_id", "gone_at") == before


# ---- Purview


def test_the_log_of_purview_tells_who_made_which_link(
    tenant: Tenant, ibpmon: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With whom it was shared stands in the details, without which a rule could not tell inside from outside."""
    monkeypatch.setattr(shapes, "POLL", 0.01)
    tenant.microsoft.permissions(APP, [*PERMISSIONS, "AuditLogsQuery.Read.All"])
    asks_for(tenant, ["audit-log"])

    assert ibpmon("collect", "--config", tenant.config).code == 0

    wanted = load_connectors(Content(connectors_on=("audit-log",)))["audit-log"].operations
    made = [row for row in tenant.microsoft.board.unified_audit if row["operation"] in wanted]
    assert rows(tenant, "audit_log", "id", "operation", "upn") == {
        (row["id"], row["operation"], row["userPrincipalName"]) for row in made
    }
    details = {key: json.loads(str(told)) for key, told in rows(tenant, "audit_log", "id", "details")}
    shared = [row for row in made if row["auditData"].get("TargetUserOrGroupName")]
    assert shared
    assert all(
        details[row["id"]]["TargetUserOrGroupName"] == row["auditData"]["TargetUserOrGroupName"] for row in shared
    )


def test_the_log_tells_what_the_policy_asks_of_it() -> None:
    """Sharing, downloads and deletions in bulk, mail that is forwarded, and the log itself being switched off."""
    wanted = set(load_connectors(Content(connectors_on=("audit-log",)))["audit-log"].operations)
    assert {"AnonymousLinkCreated", "FileDownloaded", "FileDeleted", "New-InboxRule", "Set-Mailbox"} < wanted
    assert {"Set-AdminAuditLogConfig", "Set-MailboxAuditBypassAssociation"} < wanted


# ---- SharePoint's own interface


def test_members_and_admins_come_from_sharepoint_by_the_second_registration(tenant: Tenant, ibpmon: Run) -> None:
    """Without the second registration they are skipped with the reason; with it everyone in the groups is there."""
    names = ["site-rights", "site-group-members", "site-admins"]
    asks_for(tenant, names)
    answer = ibpmon("collect", "--config", tenant.config)
    assert answer.code == 4
    assert "[sharepoint]" in answer.err
    assert {states(tenant, ibpmon)[name] for name in names} == {"SKIPPED"}

    key = generate_private_key(65537, 2048)
    pem, own = stored(tenant.folder / "second.pem", private(key) + certificate(key)), "SharePoint:Sites.FullControl.All"
    tenant.microsoft.register(OTHER, certificate_pem=certificate(key), permissions=[own])
    address = f'address = "{tenant.microsoft.sharepoint}"\nclient_id = "{OTHER}"\ncertificate = "{pem}"\n'
    asks_for(tenant, names, f"[sharepoint]\n{address}")
    answer = ibpmon("collect", "--config", tenant.config)

    assert answer.code == 0, answer.err
    assert {states(tenant, ibpmon)[name] for name in names} == {"FULL"}
    board = tenant.microsoft.board
    sites = {str(site["id"]) for site in board.sites if not site.get("isPersonalSite")}
    served = {
        (site, assignment["Member"]["Id"], member["Id"], member["LoginName"])
        for site in sites
        for assignment in board.role_assignments_of_site.get(site, ())
        for member in assignment["Member"].get("Users", ())
    }
    assert rows(tenant, "site_group_members", "site_id", "principal_id", "member", "login_name") == served
    assert len(served) > 20
