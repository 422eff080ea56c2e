"""What can be wrong around ibpmon: each time one clear message (what, why, fix), an exit code, and nothing lost."""

import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import trustme

from ibpmon.demo.microsoft.faults import Fault
from tests.conftest import APP, PERMISSIONS, Answer, Tenant

Run = Callable[..., Answer]


def collected(tenant: Tenant, ibpmon: Run) -> dict[str, int]:
    """How many rows the store keeps per source, by the last complete run."""
    status = json.loads(ibpmon("status", "--json", "--config", tenant.config).out)
    return {source["connector"]: source["rows"] for source in status["sources"] if source["state"] == "FULL"}


def is_clear(answer: Answer, code: int, *words: str) -> None:
    """One message with what, why and fix on the error stream, without a trace."""
    assert answer.code == code, answer
    assert "Traceback" not in answer.err + answer.out
    assert re.search(r"^  why ", answer.err, re.M), answer.err
    assert re.search(r"^  fix ", answer.err, re.M), answer.err
    for word in words:
        assert word in answer.err, (word, answer.err)


def test_a_wrong_key_in_the_configuration(tenant: Tenant, ibpmon: Run) -> None:
    """Told with file and line; the database is not even opened."""
    tenant.config.write_text(tenant.config.read_text(encoding="utf-8").replace("host =", "hosst ="), encoding="utf-8")

    answer = ibpmon("collect", "--config", tenant.config)

    is_clear(answer, 3, "config.toml:", "mail.hosst", "mail.host")
    assert not (tenant.folder / "ibpmon.db").exists()


def test_a_wrong_client_secret(tenant: Tenant, ibpmon: Run) -> None:
    """What was stored before stays in use."""
    assert ibpmon("collect", "--config", tenant.config).code == 0
    before = (tenant.folder / "ibpmon.db").stat().st_size

    tenant.hand_out_secret("hunter2")
    answer = ibpmon("collect", "--config", tenant.config)

    is_clear(answer, 4, "secret")
    assert "hunter2" not in answer.err + answer.out
    assert (tenant.folder / "ibpmon.db").stat().st_size >= before
    assert len(json.loads(ibpmon("status", "--json", "--config", tenant.config).out)["never_read"]) == 0


def test_a_host_that_cannot_be_reached(tenant: Tenant, ibpmon: Run) -> None:
    """Nothing listens there: a firewall, a proxy, a typing mistake."""
    tenant.write_config(authority="https://localhost:9")
    is_clear(ibpmon("collect", "--config", tenant.config), 4, "localhost:9")


def test_a_certificate_that_does_not_match(tenant: Tenant, ibpmon: Run, tmp_path: Path) -> None:
    """Someone stands between us and Microsoft: no token goes there."""
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other-ca.pem"))
    tenant.write_config(ca=str(tmp_path / "other-ca.pem"))

    is_clear(ibpmon("collect", "--config", tenant.config), 4, "certificate")
    assert not [request for request in tenant.microsoft.requests if "token" in request.path]


def test_a_permission_that_is_missing(tenant: Tenant, ibpmon: Run) -> None:
    """The permission is named; the other sources are read; rules that need it cannot be judged."""
    tenant.microsoft.permissions(APP, [name for name in PERMISSIONS if name != "Sites.Read.All"])

    answer = ibpmon("collect", "--config", tenant.config)

    is_clear(answer, 4, "Sites.Read.All")
    status = json.loads(ibpmon("status", "--json", "--config", tenant.config).out)
    states = {source["connector"]: source["state"] for source in status["sources"]}
    assert states["accounts"] == "FULL"
    assert states["sites"] == "FAILED"

    rules = {row["rule"]: row for row in json.loads(ibpmon("evaluate", "--json", "--config", tenant.config).out)}
    assert rules["account-without-mfa"]["outcome"] == "finding"
    assert rules["pupil-reaches-staff-area"]["outcome"] == "cannot_check"


def test_a_licence_that_is_missing(tenant: Tenant, ibpmon: Run) -> None:
    """Without P1 there are no sign-ins: skipped with the reason and the way out, and never green."""
    tenant.microsoft.licences.discard("P1")

    answer = ibpmon("collect", "--config", tenant.config)

    is_clear(answer, 4, "P1")
    status = json.loads(ibpmon("status", "--json", "--config", tenant.config).out)
    states = {source["connector"]: source["state"] for source in status["sources"]}
    assert (states["accounts"], states["sign-ins"]) == ("FULL", "SKIPPED")
    rules = {row["rule"]: row for row in json.loads(ibpmon("evaluate", "--json", "--config", tenant.config).out)}
    for rule in ("account-without-mfa", "many-failed-sign-ins", "password-spray", "leaver-signed-in"):
        assert rules[rule]["outcome"] == "cannot_check", rule
        assert "P1" in rules[rule]["reason"], rules[rule]


def test_a_staff_list_with_a_wrong_heading(tenant: Tenant, ibpmon: Run) -> None:
    """The missing heading is named with what was found instead; the last complete list stays in use."""
    ibpmon("collect", "--config", tenant.config)
    before = collected(tenant, ibpmon)["staff-list"]
    staff = tenant.folder / "medewerkers.csv"
    staff.write_text(staff.read_text(encoding="utf-8-sig").replace("Uit dienst", "Einddatum", 1), encoding="utf-8")

    answer = ibpmon("collect", "staff-list", "--config", tenant.config)

    is_clear(answer, 4, "Uit dienst", "Einddatum")
    found = json.loads(ibpmon("findings", "--json", "--config", tenant.config).out)
    assert before > 50
    assert isinstance(found, list)


STAFF_HEADING = "Personeelsnummer;Naam;Gebruikersnaam;Functie;School;In dienst;Uit dienst\n"


def staff_list(tenant: Tenant, ibpmon: Run, raw: bytes) -> Answer:
    """What `ibpmon collect staff-list` says of a file after a good one, whose people must all be there still."""
    assert ibpmon("collect", "staff-list", "--config", tenant.config).code == 0
    before = living_staff(tenant)
    (tenant.folder / "medewerkers.csv").write_bytes(raw)
    answer: Answer = ibpmon("collect", "staff-list", "--config", tenant.config)
    assert before <= living_staff(tenant), "somebody was concluded gone"
    return answer


def living_staff(tenant: Tenant) -> set[str]:
    """The numbers of the employees who are there, as the database has them."""
    with closing(sqlite3.connect(tenant.folder / "ibpmon.db")) as database:
        found = database.execute("SELECT employee_number FROM collected_staff_list WHERE gone_at IS NULL")
        return {str(number) for (number,) in found}


def of_100_megabytes() -> bytes:
    """A workbook that is far larger than any list of people."""
    return b"PK\x03\x04" + bytes(100 << 20)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _good: b"%PDF-1.7 " + bytes(100), ["a PDF", "XLSX"]),
        (lambda _good: of_100_megabytes(), ["100 MB", "50 MB"]),
        (
            lambda _good: (STAFF_HEADING + "9001;René;;;;01-08-2026;").encode("cp850"),
            ["cannot be read with certainty", "cp850"],
        ),
        (lambda good: good.replace("Naam", "Functie", 1).encode(), ["twice: 'Functie'"]),
        (lambda _good: workbook_cut_off(), ["not whole"]),
        (lambda _good: STAFF_HEADING.encode(), ["no rows"]),
    ],
    ids=["wrong type", "100 MB", "wrong encoding", "heading twice", "half a workbook", "nobody"],
)
def test_a_staff_list_that_is_no_list(
    tenant: Tenant, ibpmon: Run, make: Callable[[str], bytes], words: list[str]
) -> None:
    """Refused in words that help, and the last complete list stays in use."""
    good = (tenant.folder / "medewerkers.csv").read_text(encoding="utf-8-sig")
    is_clear(staff_list(tenant, ibpmon, make(good)), 4, *words)


def workbook_cut_off() -> bytes:
    """The first half of a workbook: the copy had not arrived yet."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>" * 100)
    return body.getvalue()[: len(body.getvalue()) // 2]


def test_a_staff_list_with_dates_in_three_notations(tenant: Tenant, ibpmon: Run) -> None:
    """Three that are certain are read; what may be two dates is named with its lines and the reason."""
    rows = ["9001;Anna;;;;2026-08-01;", "9002;Bram;;;;1 augustus 2026;", "9003;Chris;;;;01-08-2026;31.12.2026"]
    wrong = ["9004;Dewi;;;;;31-02-2026", "9005;Eva;;;;01-08-2026;01-08-26", "9006;Eva;;;;01-08-2026;31-09-2026"]
    answer = staff_list(tenant, ibpmon, (STAFF_HEADING + "\n".join(rows)).encode())
    assert "9003" in living_staff(tenant)
    assert answer.code == 4  # nearly everyone who was there is gone: held

    path = tenant.folder / "medewerkers.csv"
    path.write_text(STAFF_HEADING + "\n".join(rows + wrong), encoding="utf-8")
    answer = ibpmon("collect", "staff-list", "--config", tenant.config)
    is_clear(answer, 4, "5 (In dienst): missing", "6 (Uit dienst): a year of two digits", "7 (Uit dienst): a date that")


def test_a_staff_list_that_was_cut_in_the_middle_of_a_line(tenant: Tenant, ibpmon: Run) -> None:
    """The line is named, and who stood below it is not concluded gone."""
    good = (tenant.folder / "medewerkers.csv").read_text(encoding="utf-8-sig")
    at = good.index("\n", len(good) // 2) + 12
    answer = staff_list(tenant, ibpmon, good[:at].encode())
    is_clear(answer, 4, "other number of values than the heading")


def test_a_classification_of_a_site_that_is_not_there(tenant: Tenant, ibpmon: Run) -> None:
    """The list is kept; check names the place and what to do about the name."""
    path = tenant.folder / "biv.csv"
    path.write_text("Soort;Naam;Beschikbaarheid;Integriteit;Vertrouwelijkheid\nsite;Nergens;laag;laag;hoog\n", "utf-8")
    tenant.write_config(f'[files.classification]\npath = "{path}"')
    assert ibpmon("collect", "--config", tenant.config).code == 0

    told = ibpmon("check", "--config", tenant.config).out

    assert "the classification names site Nergens" in told
    assert "correct the name in the list" in told


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("endpoint", "endpiont", ["sites.toml:6: endpiont", "'endpoint'"]),
        ('"list"', '"lits"', ["sites.toml:7: shape", "'list'"]),
        ('"bool"', '"boolean"', ["sites.toml:20: fields.personal.type", "'bool'"]),
        ('"displayName"', '"{{ displayName }}"', ["sites.toml:18: fields.name.from"]),
        ('"displayName"', "\"__import__('os').getpid()\"", ["sites.toml:18: fields.name.from"]),
    ],
    ids=["key", "shape", "type", "template", "expression"],
)
def test_a_connector_file_that_is_not_right(tenant: Tenant, ibpmon: Run, old: str, new: str, words: list[str]) -> None:
    """Told with file and line, and nothing is read: no file of content runs anything."""
    own = tenant.folder / "own" / "connectors"
    own.mkdir(parents=True)
    shipped = Path(__file__).resolve().parent.parent / "connectors" / "sites.toml"
    (own / "sites.toml").write_text(shipped.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    tenant.write_config(f'[content]\nfolder = "{own.parent}"')

    is_clear(ibpmon("collect", "--config", tenant.config), 3, *words)
    assert not tenant.microsoft.requests


def test_a_rule_file_with_an_unknown_field(tenant: Tenant, ibpmon: Run) -> None:
    """Told with file, line and what was probably meant; no rule is applied."""
    own = tenant.folder / "own" / "rules"
    own.mkdir(parents=True)
    shipped = Path(__file__).resolve().parent.parent / "rules" / "account-without-mfa.yml"
    text = shipped.read_text(encoding="utf-8")
    (own / shipped.name).write_text(text.replace("mfa_capable", "mfa_capabel"), encoding="utf-8")
    tenant.write_config(f'[content]\nfolder = "{own.parent}"')

    answer = ibpmon("evaluate", "--config", tenant.config)

    is_clear(answer, 3, "account-without-mfa.yml:", "mfa_capabel", "mfa_capable")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        '[{"id": "1", "createdDateTime": "2026-11-01T10:00:00Z"',
        '{"a": 1}',
        '[{"name": "no sign-in"}]',
        "[]",
    ],
    ids=["empty", "no JSON", "half an export", "another object", "another list", "no rows"],
)
def test_an_import_of_a_file_that_is_no_export_or_half_an_export(tenant: Tenant, ibpmon: Run, text: str) -> None:
    """Nothing of it is stored."""
    path = tenant.folder / "download.json"
    path.write_text(text, encoding="utf-8")

    answer = ibpmon("import", path, "--config", tenant.config)

    is_clear(answer, 3, "download.json")
    assert "sign-ins" in json.loads(ibpmon("status", "--json", "--config", tenant.config).out)["never_read"]


def test_a_truncated_answer_keeps_the_last_complete_run(tenant: Tenant, ibpmon: Run) -> None:
    """Half a tenant looks exactly like a tenant with fewer accounts; what was read before stays in use for a while."""
    ibpmon("collect", "--config", tenant.config)
    before = collected(tenant, ibpmon)
    tenant.microsoft.faults.add(Fault("no_value", path="/users", times=1))

    answer = ibpmon("collect", "accounts", "--config", tenant.config)

    is_clear(answer, 4, "accounts")
    assert collected(tenant, ibpmon) == {name: rows for name, rows in before.items() if name != "accounts"}
    outcomes = json.loads(ibpmon("evaluate", "--json", "--no-mail", "--config", tenant.config).out)
    assert {row["outcome"] for row in outcomes if row["rule"] == "account-without-mfa"} == {"finding"}


def test_a_rule_that_is_not_there_is_no_empty_list(tenant: Tenant, ibpmon: Run) -> None:
    """`findings --rule acount-without-mfa` said that nothing was found: a slip of the pen looked like good news."""
    answer = ibpmon("findings", "--rule", "acount-without-mfa", "--config", tenant.config)

    is_clear(answer, 3, "acount-without-mfa", "account-without-mfa")


def test_nearly_everything_is_gone_is_said_of_a_named_source_only(tenant: Tenant, ibpmon: Run) -> None:
    """Nobody has looked at all sources; without a name the option did nothing, and said nothing."""
    answer = ibpmon("collect", "--gone", "--config", tenant.config)

    assert answer.code == 2
    assert "--gone" in answer.err


@pytest.mark.parametrize("place", ["nowhere/list.csv", "."])
def test_an_export_that_cannot_be_written(tenant: Tenant, ibpmon: Run, place: str) -> None:
    """A folder that is not there, or a folder itself."""
    answer = ibpmon("findings", "--export", tenant.folder / place, "--config", tenant.config)

    is_clear(answer, 1, "cannot write")


def test_a_demo_in_a_place_that_is_no_folder(tmp_path: Path, ibpmon: Run) -> None:
    """A file of that name stays as it is."""
    (tmp_path / "demo").write_text("mine", encoding="utf-8")

    answer = ibpmon("demo", "--folder", tmp_path / "demo")

    is_clear(answer, 1, "cannot use the folder")
    assert (tmp_path / "demo").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("json_too", [[], ["--json"]])
def test_mail_that_does_not_go_out_says_why_and_goes_at_once_when_asked(
    tenant: Tenant, ibpmon: Run, json_too: list[str]
) -> None:
    """With --json nothing said why; and after the repair `ibpmon send` did nothing until the next turn had come."""
    tenant.write_config(host="127.0.0.2")
    ibpmon("evaluate", "--config", tenant.config)  # nothing was read: one mail says which rules cannot be judged
    ibpmon("digest", "--config", tenant.config)  # also where it is night, or holidays

    stuck = ibpmon("send", *json_too, "--config", tenant.config)

    is_clear(stuck, 4, "1 mail was not sent", "127.0.0.2")
    mails = json.loads(ibpmon("status", "--json", "--config", tenant.config).out)["mails"]
    assert mails == {"waiting": 1, "refused": 0}

    tenant.write_config()
    sent = ibpmon("send", *json_too, "--config", tenant.config)

    assert (sent.code, sent.err) == (0, "")
    assert len(list((tenant.microsoft.folder / "mail").glob("*.eml"))) == 1


@pytest.mark.slow
def test_a_demo_that_is_broken_off_leaves_at_once(tmp_path: Path) -> None:
    """Ctrl-C also killed the simulation: forty seconds of retries at an address that was gone, and two traces."""
    command = [sys.executable, "-c", "from ibpmon.cli import main; main()", "demo", "--folder", str(tmp_path / "demo")]
    demo = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    database, end = tmp_path / "demo" / "ibpmon.db", time.monotonic() + 60
    while time.monotonic() < end and not database.exists():
        time.sleep(0.1)
    time.sleep(1)  # in the middle of reading
    os.killpg(demo.pid, signal.SIGINT)

    _out, err = demo.communicate(timeout=20)

    assert demo.returncode == 1
    assert "Traceback" not in err
    assert "Fatal" not in err


@pytest.mark.slow
def test_a_second_daemon_on_the_same_database_and_a_clean_stop_of_the_first(tenant: Tenant, ibpmon: Run) -> None:
    """The second one leaves at once with its own exit code; the first works on and stops cleanly on SIGTERM."""
    command = [sys.executable, "-c", "from ibpmon.cli import main; main()", "run", "--config", str(tenant.config)]
    first = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end and not list((tenant.microsoft.folder / "mail").glob("*.eml")):
            assert first.poll() is None, first.stderr and first.stderr.read()
            time.sleep(0.2)
        answer = ibpmon("run", "--config", tenant.config)
        is_clear(answer, 5, "another ibpmon")
    finally:
        first.terminate()
    assert first.wait(timeout=30) == 0
    assert first.stderr is not None
    log = first.stderr.read()
    first.stderr.close()
    assert "stopped" in log
    assert "Traceback" not in log
    assert list((tenant.microsoft.folder / "mail").glob("*.eml"))
