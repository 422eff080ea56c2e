"""The main job from end to end, on a fictitious board and a simulated Microsoft: pull, judge, mail, report."""

import email
import email.policy
import json
import re
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from ibpmon.demo.board import Board
from ibpmon.demo.board.rendering import accounts_of, render_sign_in
from ibpmon.demo.play import play
from tests.conftest import APP, MAIN, PERMISSIONS, Answer, Tenant
from tests.judging import SHIPPED

Run = Callable[..., Answer]


def mails_in(folder: Path) -> list[EmailMessage]:
    """Every mail that lies in the mailbox."""
    paths = sorted(folder.glob("*.eml"))
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]


def text_of(mail: EmailMessage) -> str:
    """Subject and every part, decoded."""
    parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join([str(mail["Subject"]), *parts])


@pytest.mark.slow
def test_the_demo_finds_all_that_was_planted_and_nothing_else(tmp_path: Path) -> None:
    """A newcomer's first command: everything through the real engine, with the truth beside it."""
    played = play(tmp_path / "demo", "small", 2)

    assert (played.missed, played.unplanted) == ((), ())
    assert played.found == played.planted > 40
    without_p2 = {"risky-users", "role-eligibility", "role-schedules"}  # the board has A3 licences, as most have
    assert {name for name, state in played.runs.items() if state == "SKIPPED"} == without_p2
    assert {state for name, state in played.runs.items() if name not in without_p2} == {"FULL"}
    assert 5 < len(played.mails) < 12  # one for each reader
    assert played.reports[0].name == "index.html"
    assert all(path.exists() for path in played.reports)


@pytest.mark.slow
def test_the_demo_can_be_played_again_but_never_empties_a_folder_of_someone_else(tmp_path: Path) -> None:
    """A demo that deletes a person's work would be the last one they ran."""
    from ibpmon.demo.play import clear
    from ibpmon.errors import StoreError

    clear(tmp_path / "demo")
    (tmp_path / "demo" / "old.txt").touch()
    clear(tmp_path / "demo")
    assert not (tmp_path / "demo" / "old.txt").exists()

    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.odt").touch()
    with pytest.raises(StoreError, match="not empty"):
        clear(mine)
    assert (mine / "thesis.odt").exists()


def test_a_second_round_without_news_sends_nothing(tenant: Tenant, ibpmon: Run) -> None:
    """Never the same list twice."""
    ibpmon("collect", "--config", tenant.config)
    first = ibpmon("evaluate", "--json", "--config", tenant.config)
    assert first.code == 0, first
    assert sum(rule["outcome"] != "ok" for rule in json.loads(first.out)) > 100
    ibpmon("digest", "--config", tenant.config)
    mails = mails_in(tenant.microsoft.folder / "mail")
    assert 3 < len(mails) < 20  # one for each reader, owners of processes too, and not one for each rule

    ibpmon("collect", "--config", tenant.config)
    second = ibpmon("evaluate", "--config", tenant.config)
    third = ibpmon("digest", "--config", tenant.config)

    assert (second.code, third.code) == (0, 0), (second, third)
    assert len(mails_in(tenant.microsoft.folder / "mail")) == len(mails)


def test_no_pupil_is_named_in_any_mail_or_listing(tenant: Tenant, ibpmon: Run, small_board: Board) -> None:
    """Children appear by pseudonym only, wherever a mail may be read or forwarded."""
    ibpmon("collect", "--config", tenant.config)
    ibpmon("evaluate", "--config", tenant.config)
    ibpmon("digest", "--config", tenant.config)
    said = "\n".join(text_of(mail) for mail in mails_in(tenant.microsoft.folder / "mail"))
    said += ibpmon("findings", "--config", tenant.config).out + ibpmon("alerts", "--config", tenant.config).out

    pupils = [user for user in small_board.users if "@leerling." in user["userPrincipalName"]]
    assert len(pupils) > 400
    named = [user["userPrincipalName"] for user in pupils if user["userPrincipalName"] in said]
    adults = {user["displayName"] for user in small_board.users if user not in pupils}  # some bear the same name
    adults |= {group["displayName"] for group in small_board.groups}
    named += [
        user["displayName"] for user in pupils if user["displayName"] in said and user["displayName"] not in adults
    ]
    assert named == []
    assert "leerling-" in said


def test_subjects_of_mails_hold_no_names_and_every_mail_says_the_one_thing_to_do(
    tenant: Tenant, ibpmon: Run, small_board: Board
) -> None:
    """A subject shows on a locked phone; a mail without an action is noise."""
    ibpmon("collect", "--config", tenant.config)
    ibpmon("evaluate", "--config", tenant.config)
    ibpmon("digest", "--config", tenant.config)

    mails = mails_in(tenant.microsoft.folder / "mail")
    names = {user["displayName"] for user in small_board.users} | {u["userPrincipalName"] for u in small_board.users}
    for mail in mails:
        assert not [name for name in names if name in str(mail["Subject"])]
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Message-ID"]
        assert mail.get_body(("plain",)) is not None
        assert mail.get_body(("html",)) is not None


def test_every_listing_speaks_json(tenant: Tenant, ibpmon: Run) -> None:
    """A board's own tools read the same state; nothing but JSON is on standard output."""
    ibpmon("collect", "--config", tenant.config)
    ibpmon("evaluate", "--config", tenant.config)

    for command in (["status"], ["findings"], ["alerts"], ["rules", "list"], ["rules", "test"]):
        answer = ibpmon(*command, "--json", "--config", tenant.config)
        assert answer.code == 0, answer
        assert json.loads(answer.out), command


def test_before_anything_was_read_no_rule_is_green(tenant: Tenant, ibpmon: Run) -> None:
    """Never green without data."""
    rows = json.loads(ibpmon("evaluate", "--json", "--no-mail", "--config", tenant.config).out)

    assert {row["outcome"] for row in rows} == {"cannot_check"}
    assert all(row["reason"] for row in rows)


def test_what_cannot_be_judged_has_no_number_of_findings(tenant: Tenant, ibpmon: Run) -> None:
    """`status` showed 0 found beside "cannot be judged", while 57 findings of the day before still stood."""
    ibpmon("evaluate", "--no-mail", "--config", tenant.config)

    rules = json.loads(ibpmon("status", "--json", "--config", tenant.config).out)["rules"]
    table = ibpmon("status", "--config", tenant.config).out
    listing = ibpmon("findings", "--config", tenant.config)

    assert {rule["findings"] for rule in rules} == {None}
    assert "None" not in table
    assert f"{len(SHIPPED)} rules cannot be judged now" in listing.err


def test_sources_that_were_never_read_stand_in_the_table_by_their_title(tenant: Tenant, ibpmon: Run) -> None:
    """A person knows the list of staff, not staff-list."""
    ibpmon("collect", "staff-list", "--config", tenant.config)

    lines = [line for line in ibpmon("status", "--config", tenant.config).out.splitlines() if "never yet" in line]

    assert len(lines) == len(MAIN) - 1
    assert any(line.strip().startswith("Aanmeldingen") for line in lines)


def test_an_alert_is_told_in_the_line_of_its_mail(tenant: Tenant, ibpmon: Run) -> None:
    """One number, one sentence: the listing named another place than the mail did."""
    ibpmon("collect", "--config", tenant.config)
    ibpmon("evaluate", "--config", tenant.config)
    ibpmon("digest", "--config", tenant.config)
    mails = " ".join(" ".join(text_of(mail).split()) for mail in mails_in(tenant.microsoft.folder / "mail"))

    listed = json.loads(ibpmon("alerts", "--json", "--config", tenant.config).out)

    told = [row for row in listed if f"#{row['alert']} " in mails]  # a long list is cut in a mail
    assert len(told) > 40
    assert [row for row in told if f"#{row['alert']} {row['sentence']}" not in mails] == []


def test_downloaded_sign_ins_find_the_same_attacks_but_never_turn_a_rule_green(
    tenant: Tenant, ibpmon: Run, small_board: Board
) -> None:
    """A board without P1 can download its sign-ins by hand; what the file leaves out stays unknown."""
    ibpmon("collect", "accounts", "staff-list", "pupil-list", "--config", tenant.config)
    accounts = accounts_of(small_board)
    rows = [json.loads(render_sign_in(accounts, row)) for row in small_board.sign_ins]
    path = tenant.folder / "InteractiveSignIns.json"
    path.write_text(json.dumps(rows), encoding="utf-8")

    answer = ibpmon("import", path, "--json", "--config", tenant.config)

    (run,) = json.loads(answer.out)
    assert (run["state"], run["rows"]) == ("PARTIAL", len(rows))
    outcomes = {row["rule"]: row for row in json.loads(ibpmon("evaluate", "--json", "--config", tenant.config).out)}
    truth = {fact["subject"] for fact in small_board.truth["planted"] if fact["rule"] == "password-spray"}
    found = json.loads(ibpmon("findings", "--rule", "password-spray", "--json", "--config", tenant.config).out)
    assert {row["subject"] for row in found} == truth
    assert "ok" not in {outcomes[rule]["outcome"] for rule in ("password-spray", "leaver-signed-in")}


@pytest.mark.parametrize("way", ["no licence", "no permission", "no app registration"])
def test_a_round_without_a_way_in_does_not_undo_an_import(
    tenant: Tenant, ibpmon: Run, small_board: Board, way: str
) -> None:
    """The daemon's next round is refused, a quarter of an hour later: what was imported was then never judged."""
    close(tenant, way)
    accounts = accounts_of(small_board)
    path = tenant.folder / "InteractiveSignIns.json"
    rows = [json.loads(render_sign_in(accounts, row)) for row in small_board.sign_ins]
    path.write_text(json.dumps(rows), encoding="utf-8")
    assert ibpmon("import", path, "--config", tenant.config).code == 0

    for _round in range(2):
        assert ibpmon("collect", "sign-ins", "--config", tenant.config).code == 4

    outcomes = {row["rule"]: row for row in json.loads(ibpmon("evaluate", "--json", "--config", tenant.config).out)}
    assert outcomes["password-spray"]["outcome"] == "finding"
    assert "only in part" in outcomes["password-spray"]["reason"]
    assert outcomes["leaver-signed-in"]["outcome"] == "cannot_check"
    on_sign_ins = {rule.key for rule in SHIPPED.values() if "sign-ins" in rule.needs}
    assert "ok" not in {outcomes[rule]["outcome"] for rule in on_sign_ins}


def close(tenant: Tenant, way: str) -> None:
    """Take away what sign-ins are read by."""
    if way == "no licence":
        tenant.microsoft.licences.discard("P1")
    elif way == "no permission":
        tenant.microsoft.permissions(APP, [name for name in PERMISSIONS if name != "AuditLog.Read.All"])
    else:
        text = tenant.config.read_text(encoding="utf-8")
        text = re.sub(r"^(client_id|secret) = .*\n", "", text, count=2, flags=re.MULTILINE)
        tenant.config.write_text(text, encoding="utf-8")


def test_reports_name_who_reaches_what_and_what_was_not_read(tenant: Tenant, ibpmon: Run) -> None:
    """A director signs only what is true: what could not be looked at stands in the report."""
    ibpmon("collect", "--config", tenant.config)

    answer = ibpmon("report", "--json", "--config", tenant.config)

    files = [Path(name) for name in json.loads(answer.out)]
    assert answer.code == 0
    assert files[0].name == "index.html"
    assert len(files) > 4
    pages = [path.read_text(encoding="utf-8") for path in files[1:] if path.suffix == ".html"]
    assert len(pages) > 3
    assert any("not read" in page.lower() for page in pages)
    assert all("<script" not in page for page in pages)
