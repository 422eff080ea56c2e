"""A board as it is after months, on a bad day: what no board shows that is read for the first time.

Logs that go back far enough, Microsoft's dearest licence, sources that are off until a board asks for them, and what
ibpmon has lived through itself. Beside each problem stands what looks like it and is in order.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.content import content_files
from ibpmon.judge.evaluate import evaluate
from ibpmon.judge.rules import load_rules
from ibpmon.store import upsert
from ibpmon.store.collected import Dataset
from ibpmon.store.database import Store
from ibpmon.store.tables import (
    Alert,
    Calendar,
    Cursor,
    Evaluation,
    Finding,
    Gauge,
    Hole,
    Incident,
    MatrixComparison,
    MatrixDifference,
    Outbox,
    PrivacyRequest,
    Tenant,
    micros,
)
from ibpmon.store.web_tables import PersonView
from tests.conftest import MONDAY
from tests.judging import config_with, place, put, ran
from tests.review_world import a_decision, a_review, a_signoff, an_item

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVERYTHING = Content(connectors_on=tuple(path.stem for path in content_files("connectors", ".toml", None)))
DATASETS: Sequence[Dataset] = [one.dataset for one in load_connectors(EVERYTHING).values()]
LONG_AGO = {"admin-units": 24, "channels": 23, "delegated-consents": 30, "managed-devices": 48}  # read whole, in hours
HELPDESK = "729827e3-9c14-49f7-bb1b-9608f156bbb8"

Fact = tuple[str, str, str]  # rule, subject, object


@dataclass(slots=True)
class Grown:
    """Such a board: what is wrong, and about whom nothing may be said by which rule."""

    store: Store
    facts: set[Fact] = field(default_factory=set)
    decoys: set[Fact] = field(default_factory=set)

    def plant(self, rule: str, *subjects: str, thing: str = "") -> None:
        """Say what is wrong."""
        self.facts |= {(rule, subject, thing) for subject in subjects}

    def decoy(self, rule: str, *subjects: str, thing: str = "") -> None:
        """Say what looks wrong and is not."""
        self.decoys |= {(rule, subject, thing) for subject in subjects}

    def add(self, *rows: Any) -> None:
        """Store what ibpmon keeps of itself."""
        with self.store.write() as session:
            session.add_all(rows)


def grow(store: Store) -> Grown:
    """Fill an empty store."""
    board = Grown(store)
    people(board)
    for one in DATASETS:
        ran(store, [one.name], MONDAY - HOUR * LONG_AGO.get(one.name, 0))
    for plant in PLANTERS:
        plant(board)
    return board


POPULATIONS = {
    "anna": "staff", "bram": "staff", "chris": "staff", "dewi": "staff", "eva": "pupil", "finn": "pupil",
    "gijs": "pupil", "nood": "break_glass", "scherm": "shared", "uitrol": "service",
}  # fmt: skip


def people(board: Grown) -> None:
    """Everybody who plays a part."""
    accounts = [
        {"account_id": who, "upn": f"{who}@waaier.example", "name": who.title(), "enabled": True, "user_type": "Member"}
        for who in POPULATIONS
    ]
    put(board.store, "accounts", accounts)
    for who, population in POPULATIONS.items():
        place(board.store, "account", who, population=population)


# ---- the tenant


def plant_tenant(board: Grown) -> None:
    """One emergency account, and a rule against old ways of signing in that was only ever tried out."""
    put(board.store, "organization", [{"organization_id": "waaier", "name": "De Verzonnen Waaier"}])
    put(board.store, "security-defaults", [{"policy_id": "defaults", "enabled": False}])
    block: dict[str, Any] = {
        "conditions": [{"clientAppTypes": ["other"]}],
        "controls": [{"builtInControls": ["block"]}],
    }
    put(board.store, "conditional-access", [{"policy_id": "p", "state": "enabledForReportingButNotEnforced", **block}])
    board.plant("too-few-break-glass-accounts", "waaier")
    board.plant("old-ways-not-blocked", "waaier")


def plant_devices(board: Grown) -> None:
    """Twenty devices in Intune, of which two stand on no list."""
    devices = [{"device_id": f"d{n}", "serial": f"S{n}", "enrolled": MONDAY - 90 * DAY} for n in range(20)]
    put(board.store, "managed-devices", devices)
    put(board.store, "device-list", [{"serial": f"S{n}", "in_use": True} for n in range(18)])
    with board.store.read() as session:
        board.plant("device-list-does-not-fit", session.get_one(Tenant, board.store.tenant).key)


def plant_site_admins(board: Grown) -> None:
    """Three administrators are one too many; somebody's own site may have whom it likes."""
    sites = {"many": (3, False), "two": (2, False), "own": (3, True)}
    put(board.store, "sites", [{"site_id": name, "personal": own} for name, (_count, own) in sites.items()])
    admins = [
        {"site_id": name, "member": n, "login_name": f"i:0#.f|membership|a{n}@waaier.example"}
        for name, (count, _own) in sites.items()
        for n in range(count)
    ]
    put(board.store, "site-admins", admins)
    board.plant("site-with-many-admins", "many")
    board.decoy("site-with-many-admins", "two", "own")


# ---- who uses what


def plant_risks(board: Grown) -> None:
    """With P2 Microsoft says how grave a risk is."""
    told = {
        "anna": ("atRisk", "high"), "bram": ("atRisk", "low"), "chris": ("confirmedCompromised", "hidden"),
        "dewi": ("dismissed", "none"), "eva": ("remediated", "high"), "finn": ("atRisk", "hidden"),
    }  # fmt: skip
    put(board.store, "risky-users", [{"account_id": who, "state": s, "level": lv} for who, (s, lv) in told.items()])
    board.plant("account-at-risk", "anna", "bram", "chris")
    board.decoy("account-at-risk", "dewi", "eva", "finn")


def plant_apps(board: Grown) -> None:
    """Applications with rights, of which the log of a hundred days tells when they were used."""
    granted = {"never": 400, "long-ago": 400, "lately": 400, "by-people": 400, "new": 89, "off": 400}
    apps = [{"principal_id": name, "app_id": name, "name": name, "enabled": name != "off"} for name in granted]
    put(board.store, "service-principals", apps)
    put(board.store, "application-consents", [
        {"resource_id": "graph", "assignment_id": name, "principal_id": name, "kind": "ServicePrincipal",
         "role_id": "r", "granted": MONDAY - days * DAY}
        for name, days in granted.items()
    ])  # fmt: skip
    put(board.store, "sign-ins-service-principal", [
        {"id": name, "at": MONDAY - days * DAY, "principal_id": name, "error_code": 0}
        for name, days in {"some-other": 100, "long-ago": 90, "lately": 89}.items()
    ])  # fmt: skip
    sign_in(board, "anna", 3 * DAY, app_id="by-people")
    board.plant("app-unused", "never", "long-ago")
    board.decoy("app-unused", "lately", "by-people", "new", "off")


def plant_roles(board: Grown) -> None:
    """Who may take a role; the log of sixty days tells who did."""
    role = {"role_id": HELPDESK, "template_id": HELPDESK, "name": "Helpdesk Administrator"}
    put(board.store, "role-definitions", [role])
    since = {"anna": 45, "bram": 300, "chris": 300, "dewi": 44, "nood": 300}
    put(board.store, "role-eligibility", [
        {"eligibility_id": who, "principal_id": who, "role_id": HELPDESK, "scope": "/", "starts": MONDAY - days * DAY}
        for who, days in since.items()
    ])  # fmt: skip
    took: dict[str, Any] = {
        "activity": "Add member to role completed (PIM activation)", "result": "success", "targets": [{"id": HELPDESK}],
    }  # fmt: skip
    put(board.store, "directory-audits", [
        {"id": f"took-{who}", "at": MONDAY - days * DAY, "actor_id": who, **took}
        for who, days in {"bram": 45, "chris": 44, "somebody": 60}.items()
    ])  # fmt: skip
    board.plant("role-never-activated", "anna", "bram", thing=HELPDESK)
    board.decoy("role-never-activated", "chris", "dewi", "nood", thing=HELPDESK)


# ---- signing in


def sign_in(board: Grown, who: str, ago: timedelta, log: str = "sign-ins", **told: Any) -> None:
    """One that went well, unless told otherwise."""
    at = MONDAY - ago
    name = f"{log}-{who}-{micros(at)}-{'-'.join(map(str, told.values()))}"
    row = {"id": name, "at": at, "account_id": who, "upn": f"{who}@waaier.example", "error_code": 0, "country": "NL"}
    put(board.store, log, [row | told])


def plant_abroad(board: Grown) -> None:
    """Three times in a week from France; twice; and often, but in vain."""
    for number in range(3):
        sign_in(board, "eva", DAY * (number + 1), country="FR")
        sign_in(board, "gijs", DAY * (number + 1), country="FR", error_code=50126)
    for number in range(2):
        sign_in(board, "finn", DAY * (number + 1), country="FR")
    board.plant("pupil-signs-in-abroad", "eva")
    board.decoy("pupil-signs-in-abroad", "finn", "gijs")


def plant_flows(board: Grown) -> None:
    """What only the log in beta tells: by a code on another device, and devices that join with a password alone."""
    for who in ("anna", "scherm"):
        sign_in(board, who, HOUR, "sign-ins-beta", protocol="deviceCode")
    sign_in(board, "bram", HOUR, "sign-ins-beta", protocol="ropc")
    sign_in(board, "chris", HOUR, "sign-ins-beta", protocol="none")
    board.plant("device-code-sign-in", "anna", "bram")
    board.decoy("device-code-sign-in", "scherm", "chris")

    joining = "Device Registration Service"
    for who, asked in (("dewi", "single"), ("uitrol", "single"), ("chris", "multi")):
        sign_in(board, who, 2 * HOUR, "sign-ins-beta", resource=joining, requirement=f"{asked}FactorAuthentication")
    sign_in(board, "bram", 2 * HOUR, "sign-ins-beta", resource="Graph", requirement="singleFactorAuthentication")
    board.plant("device-registered-without-mfa", "dewi")
    board.decoy("device-registered-without-mfa", "uitrol", "chris", "bram")


# ---- the audit log of Purview


def plant_audit_log(board: Grown) -> None:
    """Who turned a log off, and pupils who shared with the world."""
    commands = {
        "anna": ("Set-AdminAuditLogConfig", "UnifiedAuditLogIngestionEnabled", "False"),
        "bram": ("Set-AdminAuditLogConfig", "UnifiedAuditLogIngestionEnabled", "True"),
        "chris": ("Set-Mailbox", "AuditEnabled", "False"),
        "dewi": ("Set-Mailbox", "DisplayName", "False"),
    }
    shared = {"eva": "AnonymousLinkCreated", "finn": "SharingInvitationCreated", "gijs": "SharingSet",
              "uitrol": "AnonymousLinkCreated"}  # fmt: skip
    rows = [audited(who, operation, {name: value}) for who, (operation, name, value) in commands.items()]
    rows += [audited(who, operation, {}) for who, operation in shared.items()]
    put(board.store, "audit-log", rows)
    names = {who: f"{who}@waaier.example" for who in POPULATIONS}
    board.plant("audit-log-turned-off", names["anna"], names["chris"])
    board.decoy("audit-log-turned-off", names["bram"], names["dewi"])
    board.plant("pupil-shared-outside", "eva", "finn")
    board.decoy("pupil-shared-outside", "gijs", "uitrol")


def audited(who: str, operation: str, told: Mapping[str, str]) -> dict[str, Any]:
    """One line of that log."""
    details = {"Operation": operation, "Parameters": [{"Name": name, "Value": value} for name, value in told.items()]}
    at = MONDAY - 3 * HOUR
    upn = f"{who}@waaier.example"
    return {"id": f"{who} {operation}", "at": at, "operation": operation, "upn": upn, "details": details}


# ---- ibpmon itself


def plant_sources(board: Grown) -> None:
    """Sources that fail, fall silent, are refused, or lose what nobody can read any more."""
    store = board.store
    ended: dict[str, Any] = {"at": MONDAY - HOUR, "state": "FAILED"}
    ran(store, ["admin-units", "channels"], **ended)
    ran(store, ["delegated-consents"], missing="permission:Directory.Read.All", **ended)
    board.plant("source-keeps-failing", "admin-units")
    board.decoy("source-keeps-failing", "channels", "delegated-consents")
    board.plant("source-refused", "delegated-consents")
    board.decoy("source-refused", "admin-units")

    ran(store, ["drive-items"], state="PARTIAL")
    ran(store, ["staff-list"], rows=297, skipped_rows=3)
    ran(store, ["pupil-list"], rows=3_000, skipped_rows=3)
    board.plant("source-partly-read", "drive-items", "staff-list")
    board.decoy("source-partly-read", "pupil-list")

    put(store, "directory-audits", [{"id": "last", "at": MONDAY - 71 * HOUR, "activity": "Update user"}])
    sign_in(board, "anna", 23 * HOUR)
    board.plant("source-silent", "managed-devices")
    board.decoy("source-silent", "directory-audits", "sign-ins", "audit-log")

    mine: dict[str, Any] = {"tenant_id": store.tenant}
    gap: dict[str, Any] = {"begins": MONDAY - 60 * DAY, "ends": MONDAY - 50 * DAY}
    board.add(
        Hole(connector="risk-detections", noted_at=MONDAY - DAY, **gap, **mine),
        Hole(connector="sign-ins", noted_at=MONDAY - 30 * DAY, **gap, **mine),
        Cursor(name="risk-detections", value=micros(MONDAY - 15 * DAY), **mine),
        Cursor(name="sign-ins", value=micros(MONDAY - 14 * DAY), **mine),
    )
    board.plant("source-lost-events", "risk-detections")
    board.decoy("source-lost-events", "sign-ins")
    board.plant("source-nearly-lost", "risk-detections")
    board.decoy("source-nearly-lost", "sign-ins")


def plant_rules(board: Grown) -> None:
    """A rule that had no data for a month, and one for a day less."""
    said = [("stale-guest", "ok", 30), ("stale-guest", "cannot_check", 1)]
    said += [("password-spray", "ok", 29), ("password-spray", "cannot_check", 1)]
    mine: dict[str, Any] = {"tenant_id": board.store.tenant, "rule_hash": ""}
    with board.store.write() as session:
        first = upsert.take(session, board.store.tenant, "evaluation", len(said))
    board.add(*(
        Evaluation(evaluation_id=number, rule=rule, outcome=outcome, at=MONDAY - days * DAY, **mine)
        for number, (rule, outcome, days) in enumerate(said, first)
    ))  # fmt: skip
    board.plant("rule-without-data", "stale-guest")
    board.decoy("rule-without-data", "password-spray")


def plant_mails(board: Grown) -> None:
    """Mails that wait or were refused."""
    told = [("mail", "new", 1), ("mail", "sending", 2), ("mail", "failed", 3), ("mail", "sent", 9),
            ("teams", "new", 0), ("teams", "sent", 9), ("teams", "dropped", 200)]  # fmt: skip
    mine: dict[str, Any] = {"tenant_id": board.store.tenant, "kind": "alert", "recipients": [], "message_id": ""}
    mine |= dict.fromkeys(("subject", "text", "html"), "")
    board.add(*(
        Outbox(mail_id=number, channel=channel, state=state, created_at=MONDAY - hours * HOUR, **mine)
        for number, (channel, state, hours) in enumerate(told, 1)
    ))  # fmt: skip
    board.plant("mail-stuck", "mail")
    board.decoy("mail-stuck", "teams")


def plant_gauges(board: Grown) -> None:
    """A clock that is off, a canary that got stuck, and a certificate that ends before the holidays do."""
    told = {
        "certificate_ends": micros(MONDAY + 45 * DAY), "sharepoint_certificate_ends": micros(MONDAY + 46 * DAY),
        "clock_offset_seconds": -61, "canary_stuck_at": 1, "backup_failed": 1,
    }  # fmt: skip
    mine: dict[str, Any] = {"tenant_id": board.store.tenant, "measured_at": MONDAY}
    board.add(*(Gauge(name=name, value=value, **mine) for name, value in told.items()))
    board.plant("own-certificate-ends", "certificate_ends")
    board.decoy("own-certificate-ends", "sharepoint_certificate_ends")
    board.plant("clock-wrong", "clock_offset_seconds")
    board.plant("canary-failed", "canary_stuck_at")
    board.plant("backup-failed", "backup_failed")


def plant_calendar(board: Grown) -> None:
    """One day of this year of which nobody said whether there is school; the next year may still come."""
    days = [date(2026, 12, 14), date(2026, 12, 15), date(2027, 9, 1)]
    mine: dict[str, Any] = {"tenant_id": board.store.tenant, "shift": 0, "school_days": 0}
    told = (True, None, None)
    board.add(*(
        Calendar(day=(day - date(1970, 1, 1)).days, school_day=open_, **mine)
        for day, open_ in zip(days, told, strict=True)
    ))  # fmt: skip
    board.plant("school-year-unknown", "2026-2027")
    board.decoy("school-year-unknown", "2027-2028")


def plant_registers(board: Grown) -> None:
    """A data breach that is being looked into for two days, and a request of which the month is nearly over."""
    mine: dict[str, Any] = {"tenant_id": board.store.tenant, "opened_by": "dewi", "changed_at": MONDAY}
    told: Sequence[tuple[str, bool | None, str]] = (
        ("investigating", None, "open"), ("no", None, "open"), ("yes", True, "open"), ("yes", False, "closed"),
    )  # fmt: skip
    aware: dict[str, Any] = {"aware_at": MONDAY - 49 * HOUR, "opened_at": MONDAY - 49 * HOUR}
    board.add(*(
        Incident(incident_id=number, title="", data_breach=breach, reported=done, state=state, **aware, **mine)
        for number, (breach, done, state) in enumerate(told, 1)
    ))  # fmt: skip
    for stage in ("0", "24", "48"):
        board.plant("data-breach-clock-runs", "1", thing=stage)
    due = ((7, "open"), (8, "open"), (7, "decided"))
    asked: dict[str, Any] = {"kind": "access", "about": "", "received_at": MONDAY, "opened_at": MONDAY, **mine}
    board.add(*(
        PrivacyRequest(request_id=number, due_at=MONDAY + days * DAY, state=state, **asked)
        for number, (days, state) in enumerate(due, 1)
    ))  # fmt: skip
    board.plant("privacy-request-nearly-due", "1")
    board.decoy("privacy-request-nearly-due", "2")
    board.add(*(a_review(board.store.tenant, number, MONDAY - days * DAY) for number, days in ((1, 2), (2, -90))))
    board.plant("review-late", "review/1")
    board.decoy("review-late", "review/2")


def plant_looks(board: Grown) -> None:
    """Who had twenty names revealed in a day, and who looked at one person five times; others a little less."""
    mine: dict[str, Any] = {"tenant_id": board.store.tenant, "reason": "", "session_hash": ""}
    told = [("n1", f"p{n}", "reveal", HOUR) for n in range(20)] + [("n2", f"p{n}", "reveal", HOUR) for n in range(19)]
    told += [("n3", f"p{n}", "reveal", 25 * HOUR) for n in range(20)]
    told += [("n4", "p1", "person", DAY)] * 5 + [("n5", "p1", "person", DAY)] * 4 + [("n6", "n6", "person", DAY)] * 9
    told += [("n7", "p1", "person", 8 * DAY)] * 9
    board.add(*(
        PersonView(**mine, view_id=number, viewer=who, viewer_name=f"{who}@board.example", whom=whom, page=page,
                   at=MONDAY - ago, open_finding=False)
        for number, (who, whom, page, ago) in enumerate(told, 1)
    ))  # fmt: skip
    board.plant("many-names-revealed", "n1")
    board.decoy("many-names-revealed", "n2")
    board.plant("one-person-looked-up-often", "n4", thing="p1")
    board.decoy("one-person-looked-up-often", "n5", thing="p1")


def plant_backlog(board: Grown) -> None:
    """Alerts that nobody looked at: one past its term, others not yet, and one that is closed."""
    told: Sequence[tuple[str, str, int]] = (
        ("high", "new", 2), ("high", "acknowledged", -3), ("medium", "new", 0), ("low", "reopened", -60),
        ("critical", "closed", 9),
    )  # fmt: skip
    mine: dict[str, Any] = {"tenant_id": board.store.tenant, "rule": "account-without-mfa"}
    mine |= dict.fromkeys(("opened_at", "changed_at"), MONDAY - 8 * DAY)
    board.add(*(
        Alert(alert_id=n, subject=f"a{n}", level=level, state=state, due_at=MONDAY - days * DAY, **mine)
        for n, (level, state, days) in enumerate(told, 1)
    ))  # fmt: skip
    board.plant("alerts-past-their-term", "high")
    board.decoy("alerts-past-their-term", "medium", "low")
    with board.store.read() as session:
        board.plant("log-not-reviewed", session.get_one(Tenant, board.store.tenant).key)


def plant_differences(board: Grown) -> None:
    """A right that was taken away and is back, one that a review keeps, and one that nobody ever decided about."""
    mine: dict[str, Any] = {"tenant_id": board.store.tenant, "place_kind": "group", "holder_kind": "person"}
    mine |= {"way": "more", "place_name": "Zorg", "right": "member", "allowed": "nothing", "since": MONDAY}
    told: Sequence[tuple[str, str, timedelta]] = (
        ("anna", "review/3", -DAY), ("bram", "review/3", DAY), ("chris", "none", -DAY),
    )  # fmt: skip
    board.add(*(
        MatrixDifference(place_id="care", holder_id=who, decided=decided, settled_until=MONDAY + until, **mine)
        for who, decided, until in told
    ))  # fmt: skip
    board.add(MatrixComparison(tenant_id=board.store.tenant, at=MONDAY, state="FULL", mark="x"))
    board.plant("removed-right-is-back", "care/anna", thing="care")
    for who in ("bram", "chris"):
        board.decoy("removed-right-is-back", f"care/{who}", thing="care")


def plant_own_hands(board: Grown) -> None:
    """Anna decided about herself and signed; Bram decided about Chris, in a review that he signed as well."""
    for number, who, about in ((11, "anna", "anna"), (12, "bram", "chris")):
        mine: dict[str, Any] = {"tenant_id": board.store.tenant, "review_id": number}
        review = a_review(board.store.tenant, number, MONDAY)
        review.process = f"proces{number}"
        actor = f"{who}@waaier.example"
        board.add(review, an_item(mine, about), a_decision(mine, actor), a_signoff(mine, number, actor))
    board.plant("reviewed-own-rights", "review/11", thing="decided/anna")


PLANTERS: Sequence[Callable[[Grown], None]] = (
    plant_tenant,
    plant_devices,
    plant_site_admins,
    plant_risks,
    plant_apps,
    plant_roles,
    plant_abroad,
    plant_flows,
    plant_audit_log,
    plant_sources,
    plant_rules,
    plant_mails,
    plant_gauges,
    plant_calendar,
    plant_registers,
    plant_backlog,
    plant_looks,
    plant_differences,
    plant_own_hands,
)


# ---- what the rules say of it


def found(board: Grown) -> set[Fact]:
    """What the rules of which something was planted find."""
    planted = {rule for rule, _subject, _object in board.facts}
    rules = load_rules(config_with(content={"connectors_on": EVERYTHING.connectors_on}))
    evaluate([rule for rule in rules if rule.key in planted], board.store, MONDAY)
    with board.store.read() as session:
        rows = session.execute(select(col(Finding.rule), col(Finding.subject), col(Finding.object)))
        return {(rule, subject, thing) for rule, subject, thing in rows}
