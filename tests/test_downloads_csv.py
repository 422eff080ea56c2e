"""CSV downloads: the same rows as JSON gives, in the language and the notation of the portal."""

import csv
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from ibpmon.collect import runs
from ibpmon.collect.connectors import Connector, load_connectors
from ibpmon.collect.downloads import Wish, headings, import_file, kinds
from ibpmon.config import Content
from ibpmon.errors import ContentError
from ibpmon.store import upsert
from ibpmon.store.collected import Field
from ibpmon.store.database import Store
from tests.conftest import MONDAY, OpenStore

AMSTERDAM = Wish(zone=ZoneInfo("Europe/Amsterdam"))
SHIPPED = load_connectors(Content())


def fields(**paths: str) -> tuple[Field, ...]:
    """Fields by name with their path and type, as `id="id text"`; the first is the key."""
    found = [(name, *said.split()) for name, said in paths.items()]
    return tuple(
        Field(name, tuple(path.split(".")), kind, "test", key=at == 0)  # type: ignore[arg-type]  # a word of the closed list
        for at, (name, path, kind) in enumerate(found)
    )


# Connectors as they may be shipped: what is tested here is how a file fills them, whatever their fields are.
AUDITS = replace(
    SHIPPED["sign-ins"],
    stored=None,
    id="directory-audits",
    fields=fields(
        id="id text", at="activityDateTime time", activity="activityDisplayName text", result="result text",
        actor="initiatedBy.user.id text", app="initiatedBy.app.displayName text", targets="targetResources list",
        details="additionalDetails list",
    ),
)  # fmt: skip
APPLICATIONS = replace(
    SHIPPED["sign-ins"],
    stored=None,
    id="sign-ins-service-principal",
    fields=fields(
        id="id text", at="createdDateTime time", sp="servicePrincipalId text", error_code="status.errorCode int",
        kinds="signInEventTypes list",
    ),
)  # fmt: skip
QUIET = replace(APPLICATIONS, id="sign-ins-noninteractive")
ACCOUNTS = replace(
    SHIPPED["accounts"],
    shape="list",
    fields=fields(
        account_id="id text", upn="userPrincipalName text", name="displayName text", enabled="accountEnabled bool",
        employee_id="employeeId text", job_title="jobTitle text", created="createdDateTime time",
    ),
)  # fmt: skip
DEVICES = replace(
    ACCOUNTS,
    id="devices",
    fields=fields(
        device_id="id text", name="displayName text", trust="trustType text", compliant="isCompliant bool",
        active="approximateLastSignInDateTime time",
    ),
)  # fmt: skip
MANAGED = replace(
    ACCOUNTS,
    id="managed-devices",
    fields=fields(
        device_id="id text", name="deviceName text", last_sync="lastSyncDateTime time",
        compliance="complianceState text", encrypted="isEncrypted bool",
    ),
)  # fmt: skip
REGISTRATION = replace(
    ACCOUNTS,
    id="mfa-registration",
    fields=fields(
        account_id="id text", mfa_capable="isMfaCapable bool", mfa_registered="isMfaRegistered bool",
        methods="methodsRegistered list",
    ),
)  # fmt: skip
OWN = (AUDITS, APPLICATIONS, QUIET, ACCOUNTS, DEVICES, MANAGED, REGISTRATION)
CONNECTORS: dict[str, Connector] = {"sign-ins": replace(SHIPPED["sign-ins"], stored=None)} | {
    one.id: one for one in OWN
}


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """An empty store, on each database."""
    return open_database([one.dataset for one in CONNECTORS.values()])


SIGN_IN = {
    "Date (UTC)": "2026-11-20T08:15:30Z",
    "Request ID": "66b1c3d4-0000-4000-8000-000000000001",
    "User ID": "66b1c3d4-1111-4000-8000-000000000001",
    "Username": "anna@verzonnenwaaier.example",
    "Application": "Verzonnen Portaal",
    "IP address": "203.0.113.9",
    "Location": "Utrecht, Utrecht, NL",
    "Status": "Failure",
    "Sign-in error code": "50126",
    "Failure reason": "Invalid username or password, or\r\nanother reason.",
    "Client app": "Browser",
    "Device ID": "",
    "Incoming token type": "None",
}
DUTCH = {
    "Date (UTC)": "Datum (UTC)",
    "Request ID": "Aanvraag-id",
    "User ID": "Gebruikers-id",
    "Username": "Gebruikersnaam",
    "Application": "Toepassing",
    "IP address": "IP-adres",
    "Location": "Locatie",
    "Sign-in error code": "Aanmeldingsfoutcode",
    "Failure reason": "Reden van fout",
    "Client app": "Client-app",
    "Device ID": "Apparaat-id",
}


Rows = Sequence[Mapping[str, str]]


def write(folder: Path, name: str, rows: Rows, *, delimiter: str = ",", encoding: str = "utf-8-sig") -> Path:
    """A CSV file with these rows, in the way of the portal."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    path = folder / name
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def sign_in(number: int = 1, **other: str) -> dict[str, str]:
    """One row of a sign-in file; keyword names have _ for a space."""
    row = SIGN_IN | {"Request ID": f"66b1c3d4-0000-4000-8000-{number:012d}"}
    return row | {name.replace("_", " "): value for name, value in other.items()}


def stored(store: Store, name: str) -> list[Any]:
    """The rows of one connector."""
    table = store.data[name]
    with store.read() as session:
        return list(session.execute(select(table).order_by(table.c[store.datasets[name].keys[0]])).all())


def get(path: Path, store: Store, wish: Wish = AMSTERDAM) -> Any:
    """Import one file."""
    return import_file(path, CONNECTORS, store, MONDAY, wish)


# ---- sign-ins


def test_a_csv_gives_what_json_gives(store: Store, tmp_path: Path) -> None:
    """The rules see no difference: the same columns, the same codes, the same moment."""
    run = get(write(tmp_path, "InteractiveSignIns_2026-11-20.csv", [sign_in()]), store)

    (event,) = stored(store, "sign-ins")
    assert (event.upn, event.error_code, event.country) == ("anna@verzonnenwaaier.example", 50126, "NL")
    assert (event.at, event.app) == (datetime(2026, 11, 20, 8, 15, 30, tzinfo=UTC), "Verzonnen Portaal")
    assert "another reason" in event.failure
    assert (run.connector, run.state, run.rows) == ("sign-ins", "PARTIAL", 1)
    assert run.covers_from == run.covers_until == event.at


def test_dutch_headings_semicolons_and_the_code_page_of_a_spreadsheet(store: Store, tmp_path: Path) -> None:
    """Opened and saved by a Dutch spreadsheet program, it is still the same download."""
    row = {DUTCH.get(name, name): value for name, value in sign_in(Application="Rapportén").items()}
    row["Datum (UTC)"] = "20-11-2026, 08:15:30"
    path = write(tmp_path, "InteractiveSignIns.csv", [row], delimiter=";", encoding="cp1252")
    path.write_bytes(b"sep=;\r\n" + path.read_bytes())

    get(path, store)

    (event,) = stored(store, "sign-ins")
    assert (event.app, event.at) == ("Rapportén", datetime(2026, 11, 20, 8, 15, 30, tzinfo=UTC))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_other_encodings(store: Store, tmp_path: Path, encoding: str) -> None:
    """With a mark in front, without one, or two bytes per letter."""
    get(write(tmp_path, "InteractiveSignIns.csv", [sign_in(User="Zoë")], encoding=encoding), store)
    assert len(stored(store, "sign-ins")) == 1


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [("Success", "", 0), ("Geslaagd", "", 0), ("Success", "0", 0), ("Interrupted", "50140", 50140),
     ("Interrupted", "", None), ("Mislukt", "", None)],
)  # fmt: skip
def test_only_a_success_has_no_error_code(
    store: Store, tmp_path: Path, status: str, code: str, expected: int | None
) -> None:
    """The portal leaves the code empty when all went well; an empty code beside any other word stays unknown."""
    row = sign_in(Status=status) | {"Sign-in error code": code}
    get(write(tmp_path, "InteractiveSignIns.csv", [row]), store)
    assert stored(store, "sign-ins")[0].error_code == expected


def test_the_name_of_the_file_tells_what_its_headings_do_not(store: Store, tmp_path: Path) -> None:
    """Interactive and non-interactive sign-ins have the same headings; without a name the person says which."""
    get(write(tmp_path, "NonInteractiveSignIns_2026-11-20.csv", [sign_in()]), store)
    assert stored(store, "sign-ins-noninteractive")[0].kinds == ["nonInteractiveUser"]

    path = write(tmp_path, "download (1).csv", [sign_in(2)])
    with pytest.raises(ContentError, match="of which kind"):
        get(path, store)
    assert get(path, store, replace(AMSTERDAM, kind="sign-ins")).connector == "sign-ins"


def test_sign_ins_of_applications_are_known_by_their_headings(store: Store, tmp_path: Path) -> None:
    """They have a service principal and no user."""
    row = {name: value for name, value in sign_in(Status="Success").items() if not name.startswith("User")}
    path = write(tmp_path, "rij.csv", [row | {"Service principal ID": "sp-1", "Sign-in error code": ""}])

    assert get(path, store).connector == "sign-ins-service-principal"
    assert (stored(store, "sign-ins-service-principal")[0].sp) == "sp-1"


def test_sign_ins_of_managed_identities_are_refused_in_words(store: Store, tmp_path: Path) -> None:
    """No connector says what may be kept of them."""
    row = sign_in() | {"Service principal ID": "sp-1"}
    with pytest.raises(ContentError, match=r"managed identities|beheerde identiteiten"):
        get(write(tmp_path, "MSISignIns_2026-11-20.csv", [row]), store)


def test_importing_twice_stores_nothing_twice_and_a_csv_wipes_nothing_out(store: Store, tmp_path: Path) -> None:
    """A file with fewer columns leaves alone what it says nothing about."""
    known = sign_in() | {"Device ID": "device-1"}
    get(write(tmp_path, "InteractiveSignIns.csv", [known]), store)
    run = get(write(tmp_path, "InteractiveSignIns.csv", [known]), store)
    assert run.reason_values["new"] == 0

    poor = {name: value for name, value in known.items() if name not in ("Device ID", "Location")}
    get(write(tmp_path, "InteractiveSignIns.csv", [poor | {"Client app": "IMAP4"}]), store)
    (event,) = stored(store, "sign-ins")
    assert (event.device_id, event.country, event.client) == ("device-1", "NL", "IMAP4")


def test_a_bad_row_is_named_and_the_rest_goes_on(store: Store, tmp_path: Path) -> None:
    """By line and reason, never by what stands in it."""
    rows = [sign_in(1), sign_in(2) | {"Date (UTC)": "gisteren"}, sign_in(3) | {"Request ID": ""}, sign_in(4)]
    run = get(write(tmp_path, "InteractiveSignIns.csv", rows), store)

    assert (run.rows, run.skipped_rows, len(stored(store, "sign-ins"))) == (2, 2, 2)
    assert "a time that is written in no known way" in runs.reason(run, str)
    assert "gisteren" not in runs.reason(run, str)


def test_hostile_text_is_kept_as_text(store: Store, tmp_path: Path) -> None:
    """Whoever signs in chooses some of these words."""
    names = ['=cmd|"/c calc"!A1', "<b>", "{0.__class__}", "x" * 100_000, "a\0b", 'a;b,c\n"d"']
    rows = [sign_in(number, Username=name) for number, name in enumerate(names)]
    assert get(write(tmp_path, "InteractiveSignIns.csv", rows), store).rows == len(names)


# ---- refused, with nothing stored


def text_of(rows: Rows, folder: Path) -> str:
    """The text of a CSV with these rows."""
    return write(folder, "heel.csv", rows, encoding="utf-8").read_bytes().decode()


@pytest.mark.parametrize("broken", ["in a row", "in a quote", "heading twice", "two kinds", "authentication details"])
def test_a_file_that_is_not_right_is_refused_and_nothing_is_stored(store: Store, tmp_path: Path, broken: str) -> None:
    """Half a download looks exactly like a quiet week."""
    whole = text_of([sign_in(number) for number in range(5)], tmp_path)
    audits = text_of([AUDIT], tmp_path)
    texts = {
        "in a row": whole[: whole.rindex("203.0") + 3],
        "in a quote": whole[: whole.rindex("another reason")],
        "heading twice": whole.replace("Incoming token type", "Username", 1),
        "two kinds": whole + audits,
        "authentication details": "Request ID,Date,Authentication method,Succeeded\r\n1,2026-11-20,Password,true\r\n",
    }
    path = tmp_path / "InteractiveSignIns.csv"
    path.write_text(texts[broken], encoding="utf-8", newline="")

    with pytest.raises(ContentError) as error:
        get(path, store)

    assert error.value.why
    assert error.value.fix
    assert stored(store, "sign-ins") == []


def test_two_downloads_behind_each_other_are_read_as_one(store: Store, tmp_path: Path) -> None:
    """The same heading once more is no row."""
    path = tmp_path / "InteractiveSignIns.csv"
    path.write_text(text_of([sign_in(1)], tmp_path) + text_of([sign_in(2)], tmp_path), encoding="utf-8", newline="")
    run = get(path, store)
    assert (run.rows, run.skipped_rows) == (2, 0)


def test_a_file_that_is_still_written_is_refused(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was checked is not what would be stored."""
    path = write(tmp_path, "InteractiveSignIns.csv", [sign_in(1)])
    find = kinds.of_columns

    def grow(*arguments: Any) -> Any:
        with path.open("a", newline="") as file:
            file.write(text_of([sign_in(2)], tmp_path).split("\r\n", 1)[1])
        return find(*arguments)

    monkeypatch.setattr(kinds, "of_columns", grow)
    with pytest.raises(ContentError, match="changed while it was read"):
        get(path, store)
    assert stored(store, "sign-ins") == []


def test_a_kind_that_is_named_must_fit_the_file(store: Store, tmp_path: Path) -> None:
    """--kind helps where headings are not enough; it does not make a list of users into sign-ins."""
    path = write(tmp_path, "users.csv", [USER])
    with pytest.raises(ContentError, match="lacks headings"):
        get(path, store, replace(AMSTERDAM, kind="sign-ins"))
    with pytest.raises(ContentError, match="no kind of download 'sign-in'"):
        get(path, store, replace(AMSTERDAM, kind="sign-in"))


def test_a_first_line_that_may_be_a_person_is_not_repeated(store: Store, tmp_path: Path) -> None:
    """A message lands in logs and mails; headings may stand there, somebody's data may not."""
    group = {"id": "", "displayName": "", "groupType": "", "membershipType": ""}
    with pytest.raises(ContentError, match="id, displayName, groupType"):
        get(write(tmp_path, "exportGroups.csv", [group]), store)
    path = tmp_path / "lijst.csv"
    path.write_text("Anna Verzonnen,anna@verzonnenwaaier.example,Leraar\n", encoding="utf-8")
    with pytest.raises(ContentError) as error:
        get(path, store)
    assert "Anna" not in error.value.english()


# ---- audit logs

AUDIT = {
    "Date (UTC)": "2026-11-19T13:02:11.6195833Z",
    "CorrelationId": "e2ee1b83-2a1f-5d64-a9ba-62b57cca4722",
    "Service": "Core Directory",
    "Category": "RoleManagement",
    "Activity": "Add member to role",
    "Result": "success",
    "ActorType": "User",
    "ActorDisplayName": "Chris",
    "ActorObjectId": "66b1c3d4-1111-4000-8000-000000000003",
    "Target1Type": "User",
    "Target1DisplayName": "Anna",
    "Target1ObjectId": "66b1c3d4-1111-4000-8000-000000000001",
    "Target1ModifiedProperty1Name": "Role.DisplayName",
    "Target1ModifiedProperty1OldValue": "",
    "Target1ModifiedProperty1NewValue": '"User Administrator"',
    "AdditionalDetail1Key": "User-Agent",
    "AdditionalDetail1Value": "Mozilla",
}


def test_the_numbered_columns_of_an_audit_log_become_lists(store: Store, tmp_path: Path) -> None:
    """As Graph gives them: what it is about, and what changed of it."""
    get(write(tmp_path, "AuditLogs_2026-11-20.csv", [AUDIT, AUDIT | {"ActorType": "Application"}]), store)

    done = {row.actor: row for row in stored(store, "directory-audits")}
    by_person, by_app = done[AUDIT["ActorObjectId"]], done[None]
    assert by_person.targets == [
        {
            "type": "User", "displayName": "Anna", "id": AUDIT["Target1ObjectId"],
            "modifiedProperties": [{"displayName": "Role.DisplayName", "newValue": '"User Administrator"'}],
        }
    ]  # fmt: skip
    assert by_person.details == [{"key": "User-Agent", "value": "Mozilla"}]
    assert (by_person.app, by_app.app, by_person.result) == (None, "Chris", "success")


@pytest.mark.parametrize("order", ["CSV first", "JSON first"])
def test_an_audit_row_is_there_once_whatever_brought_it(store: Store, tmp_path: Path, order: str) -> None:
    """The CSV has no ids; its rows are known again by the correlation id inside Microsoft's own."""
    table = write(tmp_path, "AuditLogs.csv", [AUDIT, AUDIT | {"Activity": "Add owner to group"}])
    page = tmp_path / "AuditLogs.json"
    page.write_text(
        '[{"id": "Directory_e2ee1b83-2a1f-5d64-a9ba-62b57cca4722_8QH2T_144507731", "result": "success",'
        '"activityDateTime": "2026-11-19T13:02:11.6195833Z", "activityDisplayName": "Add member to role",'
        '"initiatedBy": {"user": {"id": "x"}, "app": null}, "targetResources": []}]',
        encoding="utf-8",
    )
    for path in [table, page, table] if order == "CSV first" else [page, table, page]:
        get(path, store)

    rows = stored(store, "directory-audits")
    assert [row.id.split("_")[0].split(":")[0] for row in rows] == ["Directory", "csv"]
    assert [row.activity for row in rows] == ["Add member to role", "Add owner to group"]


# ---- lists: nothing ends, and what is not in the file stays as it was

USER = {
    "userPrincipalName": "anna@verzonnenwaaier.example", "displayName": "Anna Verzonnen", "id": "a-1",
    "userType": "Member", "jobTitle": "Leraar", "accountEnabled": "True", "createdDateTime": "8/19/2021 3:02:10 PM",
}  # fmt: skip


def graph_gave(store: Store, *rows: tuple[Any, ...], at: datetime = MONDAY) -> None:
    """Accounts that were read in full before."""
    with store.write() as session:
        run = runs.begin(session, store, "accounts", at)
        upsert.stage(session, store, "accounts", run.run_id, rows)
        upsert.apply_stage(session, store, "accounts", run.run_id, at)
        upsert.drop_stage(session, store, "accounts", run.run_id)
        runs.finish(session, run, runs.Outcome(), at)


def test_a_list_refreshes_and_adds_and_ends_nothing(store: Store, tmp_path: Path) -> None:
    """A download may be filtered; who is not in it is not gone."""
    old = MONDAY - timedelta(days=400)
    anna, bram = ("a-1", "anna@x", "Anna", False, "P-7", "Stagiair", None), ("b-2", "b@x", "Bram", True, *[None] * 3)
    graph_gave(store, anna, bram, at=old)

    run = get(
        write(tmp_path, "exportUsers_2026-11-23.csv", [USER, USER | {"id": "c-3", "accountEnabled": "N/A"}]), store
    )

    first, second, third = stored(store, "accounts")
    assert (first.job_title, first.enabled, first.employee_id) == ("Leraar", True, "P-7")
    assert first.created == datetime(2021, 8, 19, 13, 2, 10, tzinfo=UTC)
    assert (second.gone_at, first.gone_at, third.enabled) == (None, None, None)
    assert (run.state, run.rows, run.reason_values["new"]) == ("PARTIAL", 2, 2)
    assert run.covers_from is None


def test_a_list_that_is_older_than_what_is_known_is_refused(store: Store, tmp_path: Path) -> None:
    """An export of last month would bring back who left since."""
    graph_gave(store, ("a-1", "anna@x", "Anna", False, "P-7", "Stagiair", None))
    path = write(tmp_path, "exportUsers.csv", [USER])
    os.utime(path, (MONDAY.timestamp() - 3600,) * 2)

    with pytest.raises(ContentError, match="older than what is known"):
        get(path, store)
    assert stored(store, "accounts")[0].job_title == "Stagiair"


def test_devices_with_the_headings_of_microsofts_documentation(store: Store, tmp_path: Path) -> None:
    """N/A is not no."""
    row = {
        "displayName": "LT-1", "accountEnabled": "True", "operatingSystem": "Windows",
        "joinType (trustType)": "Microsoft Entra joined", "isCompliant": "N/A", "registrationTime": "",
        "approximateLastSignInDateTime": "2026-11-18T09:20:07Z", "deviceId": "d-1", "objectId": "o-1",
    }  # fmt: skip
    get(write(tmp_path, "exportDevice_2026-11-23.csv", [row]), store)
    (device,) = stored(store, "devices")
    assert (device.device_id, device.trust, device.compliant) == ("o-1", "AzureAd", None)
    assert device.active == datetime(2026, 11, 18, 9, 20, 7, tzinfo=UTC)


def test_devices_of_intune(store: Store, tmp_path: Path) -> None:
    """The words of the portal become those of Graph."""
    row = {
        "Device ID": "m-1", "Device name": "LT-1", "Last check-in": "2026-11-18 09:20:07.0000000",
        "Serial number": "SN1", "Compliance": "Noncompliant", "Encrypted": "False", "OS": "Windows",
    }  # fmt: skip
    get(write(tmp_path, "DevicesWithInventory.csv", [row]), store)
    (device,) = stored(store, "managed-devices")
    assert (device.compliance, device.encrypted) == ("noncompliant", False)


def test_registrations_find_their_account_by_user_name(store: Store, tmp_path: Path) -> None:
    """The screen shows names, not ids; whoever is not known is named as unusable, and what it cannot say is unknown."""
    row = {
        "User principal name": "Anna@VerzonnenWaaier.example", "Name": "Anna", "MFA Capable": "Not Capable",
        "Methods registered": "Mobile phone, Microsoft Authenticator app, Iets nieuws",
    }  # fmt: skip
    path = write(tmp_path, "registratie.csv", [row, row | {"User principal name": "eva@elders.example"}])
    with pytest.raises(ContentError, match="user name alone"):
        get(path, store)

    get(write(tmp_path, "users.csv", [USER]), store)
    run = get(path, store)
    (anna,) = stored(store, "mfa-registration")
    assert (anna.account_id, anna.mfa_capable, anna.mfa_registered) == ("a-1", False, None)
    assert anna.methods == ["mobilePhone", "microsoftAuthenticatorPush", "Iets nieuws"]
    assert run.skipped_rows == 1


# ---- times


@pytest.mark.parametrize(
    ("heading", "cell", "expected"),
    [
        ("Date (UTC)", "20-11-2026, 09:15:30", "09:15:30"),
        ("Datum", "20-11-2026, 09:15:30", "08:15:30"),
        ("Datum", "20-11-2026 09:15", "08:15:00"),
        ("Date", "11/20/2026, 9:15:30\u202fAM", "08:15:30"),
        ("Date", "20/11/2026, 09:15:30", "08:15:30"),
        ("Date", "2026-11-20T09:15:30+02:00", "07:15:30"),
        ("Date", "2026-11-20 09:15:30 UTC", "09:15:30"),
        ("Date", "2026-11-20T09:15:30.1234567Z", "09:15:30"),
    ],
)
def test_times_in_the_zone_of_the_board_unless_something_says_otherwise(
    store: Store, tmp_path: Path, heading: str, cell: str, expected: str
) -> None:
    """The heading may say UTC, the value its own zone; without either it is what the person saw on the screen."""
    row = {heading if name == "Date (UTC)" else name: value for name, value in SIGN_IN.items()} | {heading: cell}
    get(write(tmp_path, "InteractiveSignIns.csv", [row]), store)
    moment = stored(store, "sign-ins")[0].at
    assert moment.replace(microsecond=0).isoformat() == f"2026-11-20T{expected}+00:00"


def test_another_zone_by_option(store: Store, tmp_path: Path) -> None:
    """Whoever knows that the file is in UTC says so."""
    row = {"Datum" if name == "Date (UTC)" else name: value for name, value in SIGN_IN.items()}
    path = write(tmp_path, "InteractiveSignIns.csv", [row | {"Datum": "20-11-2026 09:15"}])
    get(path, store, Wish(zone=UTC))
    assert stored(store, "sign-ins")[0].at.hour == 9


def test_one_date_tells_how_the_others_are_meant(store: Store, tmp_path: Path) -> None:
    """5/11 beside 20/11 begins with the day; by itself it could be May or November, and then it is asked."""
    name = "InteractiveSignIns.csv"
    unclear = sign_in(1) | {"Date (UTC)": "5/11/2026, 09:15"}
    with pytest.raises(ContentError, match="not clear") as error:
        get(write(tmp_path, name, [unclear]), store)
    assert "--dates" in error.value.fix

    get(write(tmp_path, name, [unclear, sign_in(2) | {"Date (UTC)": "20/11/2026, 09:15"}]), store)
    assert [row.at.month for row in stored(store, "sign-ins")] == [11, 11]
    get(write(tmp_path, name, [unclear | {"Request ID": "x"}]), store, Wish(day_first=False))
    assert 5 in [row.at.month for row in stored(store, "sign-ins")]


def test_the_hour_that_comes_twice_is_asked_about(store: Store, tmp_path: Path) -> None:
    """In the night that the clock goes back, half past two is two moments."""
    row = {"Datum" if name == "Date (UTC)" else name: value for name, value in SIGN_IN.items()}
    path = write(tmp_path, "InteractiveSignIns.csv", [row | {"Datum": "25-10-2026 02:30"}])
    with pytest.raises(ContentError, match="not clear") as error:
        get(path, store)
    assert "--time-zone UTC" in error.value.fix


# ---- the tables of headings


@pytest.mark.parametrize("name", [name for name in kinds.KINDS if name in SHIPPED])
def test_every_shipped_connector_finds_its_key_and_time_among_the_headings(name: str) -> None:
    """Else a CSV of that kind could never be stored. An audit log has no id: it gets one of ours."""
    table = headings.FAMILIES[kinds.KINDS[name].family]
    connector = SHIPPED[name]
    wanted = [field for field in connector.fields if field.key or field.name == connector.time]
    assert all(".".join(field.path) in table or name == "directory-audits" for field in wanted)


def test_no_heading_of_one_kind_is_used_for_two_paths_by_accident() -> None:
    """Only a place and the actor of an audit row are taken apart into several paths."""
    for family, table in headings.FAMILIES.items():
        names = [headings.folded(name) for found in table.values() for name in set(map(headings.folded, found))]
        double = {name for name in names if names.count(name) > 1}
        assert double <= {"location", "locatie", "actordisplayname"}, family
