"""The mail about a rule: short, in plain words, harmless whatever names hold, and without the names of pupils."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import Session

from ibpmon import language
from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Config, load
from ibpmon.errors import ContentError
from ibpmon.judge.norms import norm_titles
from ibpmon.judge.rules import load_rules
from ibpmon.privacy.pseudonyms import Pseudonyms, load_or_make
from ibpmon.store.database import Store
from ibpmon.store.tables import Finding, Outbox, Placement
from ibpmon.tell.alerts import Teller
from ibpmon.tell.desk import Desk
from ibpmon.tell.digest import Group, Item, Section
from ibpmon.tell.mails import Contents, Foot, Mailroom
from ibpmon.tell.occasions import Occasion
from ibpmon.tell.people import About, Account, People
from ibpmon.tell.render import environment, render
from ibpmon.tell.sentences import Writer
from ibpmon.tell.telling import tell
from ibpmon.tell.words import fill, said, shown, wrapped
from tests.conftest import MONDAY, OpenStore
from tests.hostile_names import HOSTILE
from tests.test_alerts import Rule, Words, found, judged

pytestmark = pytest.mark.usefixtures("english")

CHECKOUT = Path(__file__).resolve().parent.parent
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
STAFF, PUPILS = "voorbeeldonderwijs.example", "leerling.voorbeeldonderwijs.example"
ANNA, PUPIL, GONE_PUPIL, GONE_STAFF, STRANGER = (f"abcdef00-0000-4000-8000-00000000000{n}" for n in range(1, 6))
PUPIL_NAMES = ("Jip de Verzonnene", "jip.de.verzonnene", "Kaat Wolkenridder", "kaat.wolkenridder", PUPIL, GONE_PUPIL)

ACCOUNT_RULE = Rule(message=Words(line="{name} ({upn}) heeft geen MFA."))
REACH_RULE = Rule(
    "pupil-reaches-staff-area", message=Words(line="{name} ({upn}, {account_id}) komt bij {resource_name}.")
)
DEVICE_RULE = Rule(
    "stale-device",
    level="medium",
    subject="device_id",
    message=Words(line="{name} van {user_name} zweeg {last_sync_days} dagen."),
)
SPRAY_RULE = Rule("password-spray", message=Words(line="Vanaf {ip_address} op: {upns}."))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """The configuration of the example, with its own key."""
    read = load(CHECKOUT / "config.example.toml")
    return read.model_copy(
        update={"store": read.store.model_copy(update={"pseudonym_key": tmp_path / "pseudonym.key"})}
    )


@pytest.fixture
def store(open_database: OpenStore, config: Config) -> Store:
    """A store with two staff accounts and two pupils, of whom one of each is gone."""
    store = open_database([connector.dataset for connector in load_connectors(config.content).values()])
    with store.write() as session:
        for account_id, upn, name, gone in (
            (ANNA, f"anna@{STAFF}", "Anna van Verzinsel", None),
            (PUPIL, f"jip.de.verzonnene@{PUPILS}", "Jip de Verzonnene", None),
            (GONE_PUPIL, f"kaat.wolkenridder@{PUPILS}", "Kaat Wolkenridder", MONDAY),
            (GONE_STAFF, f"bram@{STAFF}", "Bram Bedenksel", MONDAY),
        ):
            add_account(session, store, account_id, upn, name, gone)
        for account_id, population in ((ANNA, "staff"), (PUPIL, "pupil")):
            add_device(session, store, f"device-of-{population}", account_id)
            session.add(
                Placement(
                    tenant_id=store.tenant, kind="account", object_id=account_id, population=population, school="EIK"
                )
            )
    return store


def add_account(session: Session, store: Store, account_id: str, upn: str, name: str, gone: datetime | None) -> None:
    """An account as the connector stores it."""
    table = store.data["accounts"]
    session.execute(
        table.insert().values(
            tenant_id=store.tenant,
            account_id=account_id,
            upn=upn,
            name=name,
            user_type="Member",
            enabled=True,
            first_seen=MONDAY,
            last_seen=MONDAY,
            gone_at=gone,
            run_id=1,
        )
    )


def add_device(session: Session, store: Store, device_id: str, account_id: str) -> None:
    """A device as the connector stores it."""
    values = {"device_id": device_id, "account_id": account_id, "serial": f"5CG-{device_id[-5:]}", "run_id": 1}
    table = store.data["managed-devices"]
    session.execute(table.insert().values(tenant_id=store.tenant, first_seen=MONDAY, last_seen=MONDAY, **values))


def told(
    store: Store, config: Config, rule: Rule, outcome: str = "finding", now: datetime = MONDAY, **values: object
) -> Outbox | None:
    """A round of judging one rule and the mail of the day after it; gives that mail, if there is one."""
    teller, desk = Teller.of(config, store, now), desk_of(store, config, rule, now)
    with store.write() as session:
        before = set(session.scalars(select(Outbox.mail_id)))  # type: ignore[call-overload]  # a column at run time
        teller.tell(session, judged(session, store, outcome, now, rule=rule, **values))
    tell(desk, Occasion(morning=True))
    with store.read() as session:
        fresh = [mail for mail in session.scalars(select(Outbox)) if mail.mail_id not in before]
    assert len(fresh) <= 1
    return fresh[0] if fresh else None


def desk_of(store: Store, config: Config, rule: Rule, now: datetime = MONDAY) -> Desk:
    """A desk that knows one rule, and refuses a line with a field that a finding lacks."""
    writer = Writer(store, config, load_or_make(config.store.pseudonym_key), strict=True)
    return replace(Desk.of(config, store, [], now), rules={rule.key: rule}, writer=writer)


def tell_about(store: Store, config: Config, rule: Rule, subject: str, **evidence: object) -> Outbox:
    """The mail about one new finding."""
    with store.write() as session:
        found(session, store, subject, rule=rule.key, evidence=evidence, level=rule.level)
    mail = told(store, config, rule)
    assert mail is not None
    return mail


class Seen(HTMLParser):
    """The words and tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag with its attributes."""
        self.tags.add(tag)
        self.words += [] if tag == "wbr" else [" "]
        self.attributes |= {name for name, _value in attrs}

    def handle_data(self, data: str) -> None:
        """Words."""
        self.words.append(data)


def seen(html: str) -> Seen:
    """What a mail program sees in a page."""
    page = Seen()
    page.feed(html)
    return page


def flat(text: str) -> str:
    """A text without its line ends."""
    return " ".join(text.split())


# ---- what it says


def test_the_mail_says_what_was_found_what_to_do_and_on_what_it_is_based(store: Store, config: Config) -> None:
    """The ICT'er reads one mail in the morning and knows what to do."""
    mail = tell_about(
        store, config, ACCOUNT_RULE, ANNA, account_id=ANNA, name="Anna van Verzinsel", upn="anna@x.example"
    )

    for form in (flat(mail.text), flat("".join(seen(mail.html).words))):
        assert "1 accounts without MFA" in form
        assert "#1 Anna van Verzinsel (anna@x.example) heeft geen MFA." in form
        assert "Found on Monday 23 November; due on Thursday 26 November at the latest" in form
        assert "What to do: Set up MFA together with this person." in form
        assert "Seen in: Accounts, as of 23 November 2026 11:00." in form
        assert "Read in full: 0 of" in form
        assert "Judged: 1 of 1 rules." in form
        assert "1 alert is open." in form
        assert "Head of the ledger: 1:" in form
    assert mail.subject == "1 new - Stichting Voorbeeldonderwijs"
    assert mail.recipients == ["ict@voorbeeldonderwijs.example"]
    assert re.fullmatch(rf"<{store.tenant}-1\.[0-9a-f]{{16}}@voorbeeldonderwijs\.example>", mail.message_id)


def test_nothing_new_is_no_mail_and_solved_is_one(store: Store, config: Config) -> None:
    """Never the same list twice."""
    tell_about(store, config, ACCOUNT_RULE, ANNA, account_id=ANNA, name="Anna", upn="anna@x.example")
    assert told(store, config, ACCOUNT_RULE, now=TUESDAY) is None

    with store.write() as session:
        for finding in session.scalars(select(Finding)):
            finding.gone_at = WEDNESDAY
    mail = told(store, config, ACCOUNT_RULE, "ok", WEDNESDAY)

    assert mail is not None
    assert mail.subject == "1 solved - Stichting Voorbeeldonderwijs"
    assert "Found on Monday 23 November, gone on Wednesday 25 November" in flat(mail.text)
    assert "Nothing is open." in flat(mail.text)
    assert "Set up MFA" not in mail.text
    assert told(store, config, ACCOUNT_RULE, "ok", WEDNESDAY + timedelta(days=1)) is None


def test_a_long_list_is_cut_and_says_where_the_rest_is(store: Store, config: Config) -> None:
    """Three hundred lines are not read; the number is, and the way to the list."""
    with store.write() as session:
        for number in range(30):
            found(session, store, f"{number:02}", evidence={"name": f"Persoon {number}", "upn": f"p{number}@x.example"})

    mail = told(store, config, ACCOUNT_RULE)

    assert mail is not None
    assert mail.text.count("heeft geen MFA") == mail.html.count("heeft geen MFA") == 10
    assert "and 20 more: ibpmon findings --rule account-without-mfa" in flat(mail.text)
    assert "ibpmon findings --rule account-without-mfa" in mail.html
    assert mail.subject.startswith("30 new")


def test_what_all_lines_share_is_said_once(store: Store, config: Config) -> None:
    """The same date under each of ten lines hides what is different."""
    with store.write() as session:
        for number in range(3):
            found(session, store, f"{number:02}", evidence={"name": f"Persoon {number}", "upn": f"p{number}@x.example"})

    mail = told(store, config, ACCOUNT_RULE)

    assert mail is not None
    assert flat(mail.text).count("Found on Monday 23 November") == 1


def test_what_could_not_be_judged_is_said(store: Store, config: Config) -> None:
    """No green on what was not seen: the mail gives the number."""
    with store.write() as session:
        found(session, store, ANNA, evidence={"account_id": ANNA, "name": "Anna", "upn": "a@x.example"})

    mail = told(store, config, ACCOUNT_RULE, undetermined=4)

    assert mail is not None
    assert "4 could not be judged" in flat(mail.text)
    assert "4 could not be judged" in flat(mail.html)


def test_a_rule_that_becomes_blind_is_told_once(store: Store, config: Config) -> None:
    """A check that cannot look says so, with what is missing; and again only after it could look in between."""
    reason = "De personeelslijst is niet gelezen."

    first = told(store, config, ACCOUNT_RULE, "cannot_check", MONDAY, reason=reason)
    again = told(store, config, ACCOUNT_RULE, "cannot_check", TUESDAY, reason=reason)
    sees = told(store, config, ACCOUNT_RULE, "ok", WEDNESDAY)
    later = told(store, config, ACCOUNT_RULE, "cannot_check", WEDNESDAY + timedelta(days=1), reason=reason)

    assert first is not None
    assert first.subject == "1 rule could not be judged - Stichting Voorbeeldonderwijs"
    for form in (flat(first.text), "".join(seen(first.html).words)):
        assert reason in form
        assert "Account without MFA" in form
        assert "ibpmon status" in form
        assert "Judged: 0 of 1 rules." in form
    assert again is None
    assert sees is not None
    assert "Can be judged again" in flat(sees.text)
    assert later is not None


def test_the_mail_speaks_the_language_of_the_board(store: Store, config: Config) -> None:
    """The words of the engine follow the setting; dates too."""
    language.use("nl")

    mail = tell_about(store, config, ACCOUNT_RULE, ANNA, account_id=ANNA, name="Anna", upn="a@x.example")

    assert "23 november 2026 11:00" in flat(mail.text)
    assert '<html lang="nl">' in mail.html


def test_the_text_stays_within_76_characters(store: Store, config: Config) -> None:
    """Plain text must be readable in any program, and in a ticket."""
    mail = tell_about(store, config, ACCOUNT_RULE, ANNA, account_id=ANNA, name="Anna " * 20, upn="a@x.example")

    assert max(map(len, mail.text.splitlines())) <= 76


def test_the_html_needs_nothing_from_outside(store: Store, config: Config) -> None:
    """No picture, link, script or style sheet: nothing to load, nothing to press, nothing that tells it was read."""
    mail = tell_about(store, config, ACCOUNT_RULE, ANNA, account_id=ANNA, name="Anna", upn="a@x.example")

    page = seen(mail.html)
    assert not page.tags & {"script", "img", "link", "style", "a", "iframe", "form", "svg", "base"}
    assert not page.attributes & {"href", "src", "background"}
    assert "http" not in mail.html.replace("http-equiv", "")
    assert "<style" not in mail.html
    assert min(int(size) for size in re.findall(r"font-size:\s*(\d+)px", mail.html) if size != "6") >= 16


def test_every_shipped_rule_can_be_told(store: Store, config: Config) -> None:
    """Each field of each line is one that a finding holds, and each norm has a title."""
    writer = Writer(store, config, Pseudonyms(b"k" * 32), strict=True)

    for rule in load_rules(config):
        finding = Finding(
            rule=rule.key, level=rule.level, subject="x", evidence=dict.fromkeys(rule.line_fields, "iets")
        )
        words = writer.words(rule, finding, some_people(config))
        assert "?" not in fill(rule.message.line, words, strict=True)
        assert set(rule.norms) <= norm_titles().keys()


def test_words_of_the_engine_and_keys_of_schools_are_said_in_words(store: Store, config: Config) -> None:
    """A reader knows no codes."""
    rule = Rule(message=Words(line="{resource_kind} {right} {school}"))

    mail = tell_about(store, config, rule, ANNA, resource_kind="group", right="owner", school="EIK")

    assert "group owner Basisschool De Voorbeeldeik" in flat(mail.text)


# ---- hostile names


@pytest.mark.parametrize("name", HOSTILE, ids=[f"name{number}" for number in range(len(HOSTILE))])
def test_a_hostile_name_is_seen_and_does_nothing(config: Config, name: str) -> None:
    """Whoever chooses a name chooses only what is printed: nothing runs, nothing is a link, and no line is lost."""
    line = fill("{name} heeft geen MFA.", {"name": shown(name)}, strict=True)
    own = config.model_copy(update={"board": config.board.model_copy(update={"name": name[:200]})})
    parts = (Section("new", "New", 1, (group(line, name),), (shown(name),)),)

    draft = Mailroom.of(own).at_once(Contents(parts, commands=True), Foot((shown(name),), None, MONDAY), 1)

    words = "".join(seen(draft.html).words)
    for form in (words, draft.text):
        assert f"{flat(shown(name))} heeft geen MFA." in flat(form)
    assert not seen(draft.html).tags & {"script", "img", "svg", "a", "b", "style"}
    for form in (draft.subject, draft.text, words):
        assert all(c in "\n\xa0" or c.isprintable() for c in form)
        assert not re.search(r"(?i)(https?|ldap)://|www\.|javascript:|mailto:", form)
        assert not re.search(r"(?i)\w[.。](com|nl|zip|рф|中国|xn--p1ai)\b", form)
        form.encode("utf-8")
    assert "\n" not in draft.subject
    assert said(name, config.time_zone).strip()


def group(line: str, name: str) -> Group:
    """One line about somebody with this name."""
    item = Item(1, line, shown(name))
    return Group("r", "high", "high", shown(name, 90), shown(name), shown(name), shown(name), (item,), 1, shown(name))


def test_a_hostile_name_goes_through_the_whole_way(store: Store, config: Config) -> None:
    """From the finding in the database to the mail in the outbox, whatever the name holds."""
    possible = [name for name in HOSTILE if not re.search("[\x00\ud800-\udfff]", name)]
    with store.write() as session:
        for number, name in enumerate(possible[:10]):
            found(session, store, f"s{number:02}", evidence={"name": name, "upn": f"n{number}@{STAFF}"})

    mail = told(store, config, ACCOUNT_RULE)

    assert mail is not None
    assert flat(mail.text).count("heeft geen MFA") == 10
    assert all(f"{flat(shown(name))} (n{number}@" in flat(mail.text) for number, name in enumerate(possible[:10]))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("microsoft-herstel.com", "microsoft-herstel[.]com"),
        ("Bel anna@evil.co.uk?x=1", "Bel anna@evil[.]co[.]uk?x=1"),
        ("evil.xn--p1ai:8443", "evil[.]xn--p1ai:8443"),
        ("school.nl.evil.com", "school[.]nl.evil[.]com"),
        ("a.de.vries@school.nl", "a.de.vries@school.nl"),
        ("j.d'hondt@school.nl", "j.d'hondt@school.nl"),
        ("evil.com#@school.nl", "evil[.]com#@school.nl"),
        ("evil.com+x@school.nl", "evil[.]com+x@school.nl"),
        ("evil.com@x@school.nl", "evil[.]com@x@school.nl"),
        ("j_evil.com#ext#@school.nl", "j_evil[.]com#ext#@school.nl"),
        ("evil.com@ en evil.com- en evil.com_", "evil[.]com@ en evil[.]com- en evil[.]com_"),
        ("Site school.nl en school.nl.", "Site school.nl en school.nl."),
        ("J.Jansen van de St.Janschool", "J.Jansen van de St.Janschool"),
        ("Zorgplan 2.1 (concept).docx", "Zorgplan 2.1 (concept).docx"),
        ("i.o.m. de FG, t.a.v. Dewi", "i.o.m. de FG, t.a.v. Dewi"),
    ],
)
def test_sites_outside_the_board_cannot_be_pressed(name: str, text: str) -> None:
    """Mail programs make a link of a bare domain too; a name with a dot and a file are no domain."""
    assert shown(name, own={"school.nl"}) == text


EVA, BRAM = "e.de.wit@school.nl", "b.de.b_evil.com#EXT#@school.nl"


def test_a_user_name_of_the_board_stands_as_it_is_and_that_of_a_guest_does_not(store: Store, config: Config) -> None:
    """Entra gives user names in verified domains only; the name of a guest holds the domain of wherever he is from."""
    with store.write() as session:
        for key, upn, population in (("e", EVA, "staff"), ("b", BRAM, "guest")):
            add_account(session, store, key, upn, key, None)
            placed = Placement(tenant_id=store.tenant, kind="account", object_id=key, population=population)
            session.add(placed)

    for key, upn, seen_as in (("e", EVA, EVA), ("b", BRAM, "b[.]de.b_evil[.]com#EXT#@school.nl")):
        mail = tell_about(store, config, ACCOUNT_RULE, key, name=key, upn=upn)
        assert f"{key} ({seen_as}) heeft geen MFA." in flat(mail.text)


def test_different_names_stay_different() -> None:
    """What cannot be seen becomes visible, so that a look-alike is seen to be one."""
    assert shown("anna\u200b") != shown("anna")
    assert shown("\u202eanna") != shown("anna")
    assert shown("\u3164") == "‹3164›"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"late": "1", "owned": "1"}, "1 melding is te laat; Bram [x|y] heeft 1 groep."),
        ({"late": "2", "owned": "1"}, "2 meldingen zijn te laat; Bram [x|y] heeft 1 groep."),
        ({"late": "1.352", "owned": "0"}, "1.352 meldingen zijn te laat; Bram [x|y] heeft 0 groepen."),
    ],
)
def test_words_follow_the_number_before_them(values: dict[str, str], text: str) -> None:
    """Nobody reads "1 melding(en) zijn"; and what a name holds is no choice of words."""
    line = "{late} [melding|meldingen] [is|zijn] te laat; {name} heeft {owned} [groep|groepen]."

    assert fill(line, {"name": "Bram [x|y]", **values}, strict=True) == text


def test_no_line_of_a_rule_leaves_the_number_to_the_reader(config: Config) -> None:
    """A choice in brackets, or none: account(s) and apparaat/apparaten are for forms on paper."""
    texts = [text for rule in load_rules(config) for text in (rule.message.subject, rule.message.line)]

    assert texts
    assert not [text for text in texts if re.search(r"\w\([a-z]{1,3}\)|\w/\w", text)]


@pytest.mark.parametrize(
    "line", ["{name.upn}", "{name[0]}", "{name!r}", "{name:>10}", "{0}", "{}", "{Name}", "{", "{na me}"]
)
def test_a_line_holds_plain_fields_only(line: str) -> None:
    """A line of a rule reaches no attribute, item or format; in production it is printed as it is."""
    with pytest.raises(ContentError):
        fill(line, {"name": "x"}, strict=True)

    assert fill(line, {"name": "x"}) == shown(line)


def test_an_unknown_field_fails_in_tests_and_shows_in_production() -> None:
    """A mail with a question mark is better than no mail; a rule with a wrong field must not ship."""
    with pytest.raises(ContentError, match="cannot be filled in"):
        fill("{name} {nmae}", {"name": "Anna"}, strict=True)

    assert fill("{name} {nmae} {{x}}", {"name": "Anna"}) == "Anna ? {x}"


def test_values_are_said_as_people_say_them(config: Config) -> None:
    """Numbers with dots, days and times in the board's own zone, yes and no."""
    language.use("nl")
    zone = config.time_zone

    assert said(1234, zone) == "1.234"
    assert said("2026-07-31", zone) == "31 juli 2026"
    assert said("2026-07-31T22:30:00Z", zone) == "1 augustus 2026 00:30"
    assert said(MONDAY, zone) == "23 november 2026 11:00"
    assert said("2026-99-99", zone) == "2026-99-99"
    language.use("en")
    assert [said(value, zone) for value in (True, False, None, "")] == ["yes", "no", "unknown", "unknown"]
    assert said(list("abcdefg"), zone) == "a, b, c, d, e and 2 more"


# ---- pupils


def test_a_pupil_appears_by_pseudonym_and_school(store: Store, config: Config) -> None:
    """A pupil's name is never in a mail; the pseudonym and the school are enough to go and look."""
    mail = tell_about(
        store,
        config,
        REACH_RULE,
        PUPIL,
        account_id=PUPIL,
        name="Jip de Verzonnene",
        upn=f"jip.de.verzonnene@{PUPILS}",
        resource_name="EIK Personeel",
    )

    pseudonym = load_or_make(config.store.pseudonym_key).of(PUPIL)
    assert f"{pseudonym} (Basisschool De Voorbeeldeik)" in flat(mail.text)
    assert "EIK Personeel" in flat(mail.text)
    assert_no_pupil_in(mail)


@pytest.mark.parametrize(
    "spelled",
    [
        "Jip de Verzonnene",
        "JIP DE VERZONNENE",
        "Laptop van Jip de Verzonnene",
        "jip-de-verzonnene-ipad",
        "JipDeVerzonnene",
        "Verzonnene, Jip de",
        "de Verzonnene Jip",
        f"jip.de.verzonnene@{PUPILS}",
        "PC_jip.de.verzonnene",
        "J\u200bip de Verzonnene",
        "Jíp  de\u00a0Verzonnene",
        PUPIL,
        PUPIL.upper(),
        "Kaat Wolkenridder (oud)",
        f"kaat.wolkenridder@{PUPILS}",
    ],
)
def test_a_pupil_in_the_evidence_of_another_rule_is_veiled(config: Config, spelled: str) -> None:
    """A device without an owner, a group, an address list: wherever a pupil's name stands, it is not printed."""
    known = some_people(config)

    device = known.may_show(About("device_id", "device-0", {"name": spelled, "serial": "5CG"}))
    group = known.may_show(About("account_id", ANNA, {"name": "Anna", "resource_name": spelled}))
    spray = known.may_show(About("ip_address", "203.0.113.9", {"upns": ["x@y.example", spelled]}))
    victim = known.may_show(About("ip_address", "203.0.113.9", {"name": spelled}))

    for evidence in (device, group, spray, victim):
        assert "leerling-" in str(evidence)
        assert not betrayed(str(evidence))


def test_a_pupils_device_is_named_by_its_serial_number(store: Store, config: Config) -> None:
    """Pupils call devices after themselves, with a nickname that no list knows."""
    evidence = {"name": "iPad van Jippie", "user_name": "Jip de Verzonnene", "last_sync_days": 61}

    mail = tell_about(store, config, DEVICE_RULE, "device-of-pupil", **evidence)

    assert "device 5CG-pupil van leerling-" in flat(mail.text)
    assert "61 dagen" in flat(mail.text)
    assert "Jippie" not in mail.text + mail.html
    assert_no_pupil_in(mail)


def test_a_device_that_a_pupil_handed_on_is_still_named_by_its_serial_number(store: Store, config: Config) -> None:
    """The name that the pupil gave it stays on it."""
    known = some_people(config)
    known.add_device("device-1", "5CG1", PUPIL)
    known.add_device("device-1", "5CG1", ANNA)

    assert known.may_show(About("device_id", "device-1", {"name": "iPad van Jippie"})) == {"name": "device 5CG1"}


def test_a_staff_device_keeps_its_name(store: Store, config: Config) -> None:
    """The name on the sticker is what the ICT'er looks for."""
    evidence = {"name": "EIK-LT-014", "user_name": "Anna van Verzinsel", "last_sync_days": 31}

    mail = tell_about(store, config, DEVICE_RULE, "device-of-staff", **evidence)

    assert "EIK-LT-014 van Anna van Verzinsel zweeg 31 dagen." in flat(mail.text)


def test_a_device_that_nothing_is_known_of_gets_no_name(store: Store, config: Config) -> None:
    """It may have been a pupil's."""
    evidence = {"name": "iPad van Jippie", "user_name": None, "last_sync_days": 31}

    mail = tell_about(store, config, DEVICE_RULE, "device-of-nobody", **evidence)

    assert "Jippie" not in mail.text + mail.html


def test_a_victim_of_a_spray_is_known_by_user_name(config: Config) -> None:
    """Evidence of an address may hold the user name of the last account only; the pseudonym is that of the account."""
    known = some_people(config)

    shown_here = known.may_show(About("ip_address", "203.0.113.9", {"upn": f"jip.de.verzonnene@{PUPILS}"}))

    assert shown_here["upn"].startswith(known.pseudonyms.of(PUPIL))


def test_a_pupil_whose_account_is_gone_stays_a_pupil(store: Store, config: Config) -> None:
    """An alert that is solved by deleting the account must not print the name after all."""
    mail = tell_about(
        store,
        config,
        REACH_RULE,
        GONE_PUPIL,
        account_id=GONE_PUPIL,
        name="Kaat Wolkenridder",
        upn=f"kaat.wolkenridder@{PUPILS}",
        resource_name="EIK Directie",
    )

    assert load_or_make(config.store.pseudonym_key).of(GONE_PUPIL) in mail.text
    assert_no_pupil_in(mail)


def test_a_leaver_whose_account_is_gone_keeps_the_name(store: Store, config: Config) -> None:
    """'Solved' about a nameless account tells the ICT'er nothing."""
    mail = tell_about(
        store, config, ACCOUNT_RULE, GONE_STAFF, account_id=GONE_STAFF, name="Bram Bedenksel", upn=f"bram@{STAFF}"
    )

    assert "Bram Bedenksel" in flat(mail.text)


def test_an_account_that_nothing_is_known_of_gets_no_name(store: Store, config: Config) -> None:
    """It may be a pupil: what cannot be placed is veiled, and can be looked up at the machine."""
    mail = tell_about(
        store, config, ACCOUNT_RULE, STRANGER, account_id=STRANGER, name="Wie Weet", upn="wie.weet@elders.example"
    )

    code = load_or_make(config.store.pseudonym_key).code(STRANGER)
    assert f"account-{code}" in mail.text
    assert "Weet" not in mail.text + mail.html


def test_a_list_of_accounts_names_staff_and_veils_pupils(store: Store, config: Config) -> None:
    """A spray hits both; a staff member with the same user name as a pupil stays a staff member."""
    with store.write() as session:
        add_account(session, store, STRANGER, f"jip.de.verzonnene@{STAFF}", "Jip de Verzonnene", None)
        session.add(Placement(tenant_id=store.tenant, kind="account", object_id=STRANGER, population="staff"))
    mail = tell_about(
        store,
        config,
        SPRAY_RULE,
        "203.0.113.9",
        ip_address="203.0.113.9",
        upns=[ANNA, f"jip.de.verzonnene@{PUPILS}", f"jip.de.verzonnene@{STAFF}"],
    )

    assert f"anna@{STAFF}, leerling-" in flat(mail.text)
    assert f"jip.de.verzonnene@{STAFF}" in flat(mail.text)
    assert f"jip.de.verzonnene@{PUPILS}" not in mail.text + mail.html


def test_a_big_board_is_searched_quickly(config: Config) -> None:
    """Fifteen thousand pupils must not make a mail slow."""
    known = People(Pseudonyms(b"k" * 32), config)
    for number in range(15_000):
        known.add(
            Account(f"id-{number}", f"leerling{number}@{PUPILS}", f"Voornaam{number} Achternaam{number}", "pupil")
        )

    from time import perf_counter

    started = perf_counter()
    for _round in range(100):
        known.scrubbed("EIK Personeel, EIK Zorgteam en nog wat namen van groepen die hier in een rij staan")

    assert perf_counter() - started < 1


def some_people(config: Config) -> People:
    """A staff member and two pupils."""
    known = People(Pseudonyms(b"k" * 32), config)
    known.add(Account(ANNA, f"anna@{STAFF}", "Anna van Verzinsel", "staff"))
    known.add(Account(PUPIL, f"jip.de.verzonnene@{PUPILS}", "Jip de Verzonnene", "pupil", "EIK"))
    known.add(Account(GONE_PUPIL, f"kaat.wolkenridder@{PUPILS}", "Kaat Wolkenridder", "pupil", "EIK"))
    known.add_device("device-0", "5CG", "")
    return known


def betrayed(text: str) -> bool:
    """Whether a pupil can be read in a text."""
    squeezed = re.sub(r"[\W_]", "", text.casefold())
    return any(re.sub(r"[\W_]", "", name.casefold()) in squeezed for name in PUPIL_NAMES)


def assert_no_pupil_in(mail: Outbox) -> None:
    """No pupil can be read anywhere in a mail."""
    for part in (mail.subject, mail.text, "".join(seen(mail.html).words), mail.html):
        assert not betrayed(part)


# ---- templates


def test_templates_are_escaped_and_sandboxed(tmp_path: Path) -> None:
    """Jinja's own choice leaves .html.j2 unescaped, and a template of a board is text of somebody else."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "own.html.j2").write_text("{{ name }}")
    (tmp_path / "reports" / "bad.txt.j2").write_text("{{ ''.__class__.__mro__ }}")
    (tmp_path / "reports" / "gap.txt.j2").write_text("{{ nothing }}")
    templates = environment(tmp_path)

    assert render(templates, "own.html.j2", name="<b>") == "&lt;b&gt;"
    for name in ("bad.txt.j2", "gap.txt.j2", "absent.txt.j2", "../config.toml"):
        with pytest.raises(ContentError, match="cannot be used"):
            render(templates, name)


def test_a_template_of_unlikely_size_is_refused(tmp_path: Path) -> None:
    """A mistake, or an attempt to fill the memory."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "mail.txt.j2").write_text("x" * 300_000)

    with pytest.raises(ContentError, match="cannot be used"):
        render(environment(tmp_path), "mail.txt.j2")


def test_a_template_of_the_board_goes_before_ours(store: Store, config: Config, tmp_path: Path) -> None:
    """A board may say it in its own words; one that cannot be read is told before any rule is judged."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "mail.txt.j2").write_text("{{ title }}!")
    own = config.model_copy(update={"content": config.content.model_copy(update={"folder": tmp_path})})

    mail = tell_about(store, own, ACCOUNT_RULE, ANNA, account_id=ANNA, name="Anna", upn="a@x.example")
    assert mail.text == "1 new!"

    (tmp_path / "reports" / "mail.txt.j2").write_text("{% if %}")
    with pytest.raises(ContentError, match=r"mail\.txt\.j2"):
        Desk.of(own, store, [], MONDAY)


def test_a_long_word_in_plain_text_stays_whole() -> None:
    """An address or a number that is broken in two cannot be copied."""
    assert wrapped("a " + "b" * 90, "  ", "    ") == "  a\n    " + "b" * 90


def test_changes_of_one_rule_do_not_reach_the_mail_of_another(store: Store, config: Config) -> None:
    """What nobody changed is no news."""
    tell_about(store, config, ACCOUNT_RULE, ANNA, account_id=ANNA, name="Anna", upn="a@x.example")

    assert told(store, config, replace(ACCOUNT_RULE, key="leaver-still-active")) is None
