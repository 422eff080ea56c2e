"""People, places and devices on the pages: what somebody reaches and why, MFA, devices, and what was lost."""

import zipfile
from datetime import datetime, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import insert, select, update
from sqlmodel import col

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Config
from ibpmon.privacy.pseudonyms import load_or_make
from ibpmon.review.lost import judged
from ibpmon.store.database import Store, refresh_statistics
from ibpmon.store.device_tables import LostDevice
from ibpmon.store.tables import Coverage, Entry, Placement, Run, micros
from ibpmon.store.upsert import apply_stage, stage, table_of
from ibpmon.store.web_tables import PersonView
from tests.access_world import ALL_ON, datasets
from tests.conftest import MONDAY, OpenStore
from tests.test_web_pages import counted
from tests.web_world import PEOPLE, Browser, Running, account_id, config, microsoft, web, with_people

__all__ = ["config", "microsoft", "web"]  # fixtures
MORE = ("mfa-registration", "sign-in-activity", "managed-devices", "devices")
ANNA, BRAM, CHRIS, EVA = (account_id(name) for name in ("anna", "bram", "chris", "eva"))
DAY = timedelta(days=1)
Rows = list[dict[str, Any]]


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """The board, with how people sign in and what devices they have."""
    connectors = load_connectors(ALL_ON)
    store = open_database([*datasets(), *(connectors[name].dataset for name in MORE)])
    with_people(store)
    with store.write() as session:
        for name in PEOPLE:  # the web knows people by the ids of Microsoft
            c = table_of(Placement).c
            session.execute(table_of(Placement).update().where(c.object_id == name).values(object_id=account_id(name)))
    read(store, 500, MONDAY, {
        "mfa-registration": [
            {"account_id": ANNA, "mfa_capable": True, "methods": '["microsoftAuthenticatorPush"]', "reported": MONDAY},
            {"account_id": CHRIS, "mfa_capable": False, "methods": "[]", "reported": MONDAY},
            {"account_id": EVA, "mfa_capable": None, "methods": None, "reported": MONDAY},
        ],
        "sign-in-activity": [{"account_id": ANNA, "last_success": MONDAY - 3 * DAY}],
        "managed-devices": [
            {"device_id": "i1", "entra_device_id": "d1", "name": "LT-ANNA", "serial": "SN1", "account_id": ANNA,
             "system": "Windows", "last_sync": MONDAY - DAY},
            {"device_id": "i2", "entra_device_id": "d2", "name": "iPad Sanne Jansen", "serial": "SN2",
             "account_id": "sanne", "system": "iOS", "last_sync": MONDAY - DAY},
            {"device_id": "i3", "name": "=cmd|' /C calc'!A0", "serial": "SN3", "account_id": None},
        ],
        "devices": [
            {"entra_id": "e1", "device_id": "d1", "name": "LT-ANNA", "enabled": True,
             "last_seen_by_entra": MONDAY - DAY},
            {"entra_id": "e9", "device_id": "d9", "name": "Telefoon van thuis", "enabled": False},
        ],
    })  # fmt: skip
    add_person(store, "sanne", "Sanne Jansen", "pupil")
    return store


def read(store: Store, number: int, at: datetime, sources: dict[str, Rows]) -> None:
    """One more whole run of each of these sources."""
    with store.write() as session:
        for offset, (name, rows) in enumerate(sources.items()):
            fields = [one.name for one in store.datasets[name].fields]
            found = [tuple(micros(v) if isinstance(v, datetime) else v for v in map(row.get, fields)) for row in rows]
            mine: dict[str, Any] = {"tenant_id": store.tenant, "run_id": number + offset, "connector": name}
            session.add(Run(**mine, rows=len(rows), started_at=at, finished_at=at, state="FULL"))
            stage(session, store, name, number + offset, found)
            apply_stage(session, store, name, number + offset, at)


def add_person(store: Store, key: str, name: str, population: str) -> None:
    """One more account."""
    with store.write() as session:
        row = {"account_id": key, "name": name, "upn": f"{key}@board.example", "enabled": True}
        seen = {"first_seen": MONDAY, "last_seen": MONDAY, "run_id": 0, "tenant_id": store.tenant}
        session.execute(insert(store.data["accounts"]).values(row | seen))
        session.add(Placement(tenant_id=store.tenant, kind="account", object_id=key, population=population))


def pupil(config: Config, key: str = "sanne") -> str:
    """The pseudonym of a pupil."""
    return load_or_make(config.store.pseudonym_key).of(key)


# ---------------------------------------------------------------- a person


def test_ict_sees_what_a_person_reaches_and_why(web: Running) -> None:
    """The account, MFA, devices, and each place with the right and the way in; and the way back from the place."""
    chris = web.signed_in("chris")
    kees = chris.get("/people/kees").text
    dirk = chris.get("/people/dirk").text
    anna = chris.get(f"/people/{ANNA}").text

    assert "Zorg</a>" in kees
    assert "bestanden lezen en wijzigen" in kees
    assert "Iedereen" in kees
    assert "Team zorg" in dirk
    assert "Microsoft Authenticator" in anna
    assert "LT-ANNA" in anna
    why = chris.get("/why?place_kind=site&place=zorg&who_kind=person&who=dirk")
    assert why.status_code == 200
    assert why.text.count("<svg") == 2
    assert 'role="img" aria-labelledby="way-1"' in why.text
    assert "Team zorg" in why.text.partition("<figcaption")[2]
    site = chris.get("/places/site/zorg").text
    assert all(name in site for name in ("Kees", "Lies", "Dirk"))
    assert "/people/dirk" in site


def test_what_was_not_read_is_unknown_and_never_no(web: Running) -> None:
    """Kees stands in no report: nobody may conclude that he has no MFA; and a group that was not read stands there."""
    chris = web.signed_in("chris")
    assert "onbekend: niet in het rapport" in chris.get("/people/kees").text
    with web.store.write() as session:
        line = table_of(Coverage)
        session.execute(line.update().where(line.c.resource == "team").values(state="FAILED", reason="geweigerd"))

    text = chris.get("/places/site/zorg").text
    assert "Team zorg" in text
    assert "niet gelezen: geweigerd" in text


def test_the_page_of_a_person_names_every_source_that_was_not_read(web: Running, store: Store) -> None:
    """No roles, devices or places are never told as none while a source of them was not read, or in part."""
    chris, c = web.signed_in("chris"), table_of(Run).c
    whole = chris.get("/people/kees").text
    unread = ("role-eligibility", "managed-devices", "application-consents", "group-owners")
    with store.write() as session:
        session.execute(update(table_of(Run)).where(c.connector.in_(unread)).values(state="PARTIAL"))
    part = chris.get("/people/kees").text

    assert "geen gevonden" in whole
    assert "Geen apparaat staat op naam" in whole
    assert "geen gevonden" not in part
    assert "geheel gelezen: Beheerrollen die iemand kan aanzetten</dd>" in part
    assert "Geen apparaat staat op naam" not in part
    assert "de apparaten zijn niet geheel gelezen" in part
    named = part.partition("Er kan meer zijn. ")[2].partition("</p>")[0]
    assert all(name in named for name in ("Rechten van toepassingen", "Eigenaren van groepen"))


def test_a_pupil_goes_by_the_pseudonym_on_every_page(web: Running, store: Store, config: Config) -> None:
    """Also in search, where a name that finds a pseudonym would tell whose it is, and in the name of a device."""
    chris = web.signed_in("chris")
    with store.write() as session:
        run = {"tenant_id": store.tenant, "run_id": 0, "first_seen": MONDAY, "last_seen": MONDAY}
        row = {"group_id": "team", "member_id": "sanne", "kind": "#microsoft.graph.user"}
        session.execute(insert(store.data["group-members"]).values(run | row))
    pages = ["/people/sanne", "/places/group/team", "/why?place_kind=site&place=zorg&who_kind=person&who=sanne",
             f"/search?q={pupil(config)}", "/search?q=SN2"]  # fmt: skip
    for path in pages:
        text = chris.get(path).text
        assert pupil(config) in text, path
        assert "Sanne" not in text, path
        assert "sanne@" not in text, path
    assert "0 resultaten" in chris.get("/search?q=Jansen").text


def test_what_is_not_there_is_not_found(web: Running) -> None:
    """Another id, another kind, a place that somebody does not reach."""
    chris = web.signed_in("chris")
    for path in ("/people/nobody", "/places/site/nothing", "/places/machine/zorg", "/places/role/x", "/why",
                 "/why?place_kind=site&place=zorg&who_kind=person&who=nobody", "/people/%00", "/places/group/team/x",
                 "/devices/intune/nothing", "/devices/x/%00"):  # fmt: skip
        assert chris.get(path).status_code == 404, path


def test_search_folds_accents_and_takes_signs_for_what_they_are(web: Running, store: Store) -> None:
    """ZOE finds Zoë; a percent sign finds what has one in its name, and not everything."""
    chris = web.signed_in("chris")
    add_person(store, "zoe", "Zoë_Müller 100%", "staff")

    for text in ("zoe", "ZOË", "muller zoe", "100%25", "_M", "ZOE@"):
        page = chris.get(f"/search?q={text}").text
        assert "Zoë_Müller 100%" in page, text
        assert "1 resultaat" in page, text
    assert "0 resultaten" in chris.get("/search?q=%25%25").text
    assert "0 resultaten" in chris.get("/search?q=zo__").text
    assert "Zorg</a>" in chris.get("/search?q=zorg").text
    assert "/devices/intune/i1" in chris.get("/search?q=lt-anna").text


def test_search_takes_for_a_pseudonym_only_what_is_one(web: Running, store: Store, config: Config) -> None:
    """A group may begin like one; and who asked for the name still finds whom a mail is about."""
    chris = web.signed_in("chris")
    with store.write() as session:
        run = {"tenant_id": store.tenant, "run_id": 0, "first_seen": MONDAY, "last_seen": MONDAY}
        named = [{"group_id": f"r{n}", "name": name} for n, name in enumerate(("Leerling-raad", "Leerling-cadeaux"))]
        session.execute(insert(store.data["groups"]), [one | run for one in named])

    for text in ("leerling-raad", "leerling-cadeaux"):
        assert "1 resultaat" in chris.get(f"/search?q={text}").text, text
    form = {"csrf": chris.csrf(), "account": "sanne", "reason": "Melding over deze leerling"}
    assert chris.post("/reveal", form).status_code == 303
    assert "Sanne Jansen</a>" in chris.get(f"/search?q={pupil(config)}").text


def test_search_tells_what_is_too_short_too_long_or_empty(web: Running) -> None:
    """And shows nothing then; the form is there without a question too."""
    chris = web.signed_in("chris")
    assert "Typ een naam" in chris.get("/search?q=").text
    assert "Typ een naam" in chris.get("/search?q=%20%09").text
    assert "te kort" in chris.get("/search?q=a").text
    assert "te lang" in chris.get("/search?q=" + "ab" * 60).text
    assert "Typ een naam" not in chris.get("/search").text


def test_pages_stay_small_and_quick_with_thousands(web: Running, store: Store) -> None:
    """Five thousand of the same name: how many there are, how to narrow it, a hundred on a page, twelve statements."""
    chris = web.signed_in("chris")
    chris.get("/")
    with store.write() as session:
        seen = {"first_seen": MONDAY, "last_seen": MONDAY, "run_id": 0, "tenant_id": store.tenant}
        accounts = [
            {"account_id": f"x{n}", "name": f"Jansen {n}", "upn": f"x{n}@board.example", "enabled": True}
            for n in range(5000)
        ]
        session.execute(insert(store.data["accounts"]), [one | seen for one in accounts])
        placed = {"tenant_id": store.tenant, "kind": "account", "population": "staff", "zone": "unknown"}
        placed |= dict.fromkeys(("school", "function", "person", "conflict", "reason"), "")
        session.execute(insert(table_of(Placement)), [placed | {"object_id": f"x{n}"} for n in range(5000)])
        inside = [{"group_id": "team", "member_id": f"x{n}", "kind": "#microsoft.graph.user"} for n in range(5000)]
        session.execute(insert(store.data["group-members"]), [one | seen for one in inside])
        groups = [{"group_id": f"g{n}", "name": f"Groep {n}"} for n in range(300)]
        session.execute(insert(store.data["groups"]), [one | seen for one in groups])
        own = [{"group_id": f"g{n}", "member_id": "x1", "kind": "#microsoft.graph.user"} for n in range(300)]
        session.execute(insert(store.data["group-members"]), [one | seen for one in own])
    refresh_statistics(store, ["accounts", "groups", "group-members"])  # as every round of reading does
    page = chris.get("/search?q=jansen").text
    assert "5.000 resultaten" in page or "5000 resultaten" in page
    assert "Typ meer van de naam" in page
    assert page.count("/people/x") == 100
    assert "Jansen 1<" not in chris.get("/search?q=jansen&from=4900").text
    for path in ("/search?q=jansen", "/people/x1", "/people/x1?from=100", "/places/site/zorg", f"/people/{ANNA}",
                 "/places/group/team?from=4900", "/why?place_kind=site&place=zorg&who_kind=person&who=x7"):  # fmt: skip
        statements, size = counted(web, chris, path)
        assert statements <= 12, path
        assert size < 102_400, path


def test_only_who_may_sees_people(web: Running) -> None:
    """ICT, the privacy officer and the FG; an owner and a director do not."""
    web.give("dewi", "privacy")
    web.give("fien", "fg")
    web.give("eva", "director")
    for name, status in (("chris", 200), ("dewi", 200), ("fien", 200), ("anna", 403), ("eva", 403)):
        browser = web.signed_in(name)
        for path in ("/search?q=anna", "/people/kees", "/places/site/zorg"):
            assert browser.get(path).status_code == status, (name, path)


# ---------------------------------------------------------------- MFA and devices


def sheet(content: bytes) -> list[list[Any]]:
    """The cells of a workbook of one sheet, in which nothing is calculated."""
    with zipfile.ZipFile(BytesIO(content)) as packed:
        assert b"<f>" not in packed.read("xl/worksheets/sheet1.xml")
    return pd.read_excel(BytesIO(content), engine="calamine", header=None, keep_default_na=False).values.tolist()


def test_mfa_is_yes_no_or_unknown_and_never_guessed(web: Running) -> None:
    """Who is not in the report, or of whom it says nothing, counts as neither; pupils and guests are not in it."""
    chris = web.signed_in("chris")
    page = chris.get("/mfa").text
    figures = [part.partition("</dd>")[0] for part in page.split("<dd>")[1:]]
    assert figures[:2] == ["1", "1"]
    assert int(figures[0]) + int(figures[1]) + int(figures[2]) == int(figures[3])
    assert "zoals microsoft het vertelde op 23 november 2026" in page.lower()
    assert "Sanne" not in page
    only = chris.get("/mfa?has=no").text
    assert ("Chris</a>" in only, "Anna</a>" in only, "Eva</a>" in only) == (True, False, False)
    assert "Eva</a>" in chris.get("/mfa?has=unknown").text

    rows = sheet(chris.get("/mfa.xlsx").content)
    by_name = {row[0]: row[3] for row in rows[1:]}
    assert (by_name["Anna"], by_name["Chris"], by_name["Eva"], by_name["Kees"]) == ("ja", "nee", "onbekend", "onbekend")


def test_every_device_has_its_user_and_a_name_does_nothing_in_a_workbook(web: Running, config: Config) -> None:
    """Those of Intune, and those that only Entra knows; of a pupil neither the name nor that of the device."""
    chris = web.signed_in("chris")
    page = chris.get("/devices").text
    assert page.count("/devices/intune/") == 3
    assert page.count("/devices/entra/") == 1
    assert pupil(config) in page
    assert "Sanne" not in page
    assert "apparaat SN2" in page
    assert "=cmd|" in page
    assert "Sanne" not in chris.get("/devices?q=Sanne").text.replace('value="Sanne"', "")
    assert chris.get("/devices?q=sn2").text.count("/devices/intune/") == 1

    assert "onbekend" in chris.get("/devices/entra/e9").text.partition("Gebruiker")[2].partition("</dd>")[0]
    assert "niemand" in chris.get("/devices/intune/i3").text.partition("Gebruiker")[2].partition("</dd>")[0]
    rows = sheet(chris.get("/devices.xlsx").content)
    assert len(rows) == 5
    assert {row[2]: row[0] for row in rows}["Telefoon van thuis"] == "onbekend"  # Entra tells no users
    assert any(cell == "=cmd|' /C calc'!A0" for row in rows for cell in row)
    assert not any("Sanne" in str(cell) for row in rows for cell in row)


def lose(web: Running, browser: Browser, device: str = "intune/i1", reason: str = "in de trein gelaten") -> None:
    """Mark a device as lost."""
    form = {"csrf": browser.csrf(), "reason": reason}
    assert browser.post(f"/devices/{device}/lost", form).status_code == 303


def test_a_lost_device_is_proven_only_by_a_later_read_in_full(web: Running, store: Store) -> None:
    """Not read, still on, blocked and silent, blocked and still talking, marked once more, gone, found."""
    chris = web.signed_in("chris")
    lose(web, chris)
    page = chris.get("/devices/intune/i1").text
    assert "nog niet gelezen" in page
    assert "Update-MgDevice -DeviceId &#39;e1&#39; -AccountEnabled:$false" in page
    assert "Clear-MgDeviceManagementManagedDevice -ManagedDeviceId &#39;i1&#39;" in page

    def again(number: int, days: int, enabled: bool, seen: datetime, there: bool = True) -> str:
        device = {"device_id": "i1", "entra_device_id": "d1", "name": "LT-ANNA", "serial": "SN1", "last_sync": seen}
        entra = {"entra_id": "e1", "device_id": "d1", "enabled": enabled, "last_seen_by_entra": seen}
        found: dict[str, Rows] = {"managed-devices": [device], "devices": [entra]}
        read(store, number, MONDAY + days * DAY, found)
        return chris.get("/devices/intune/i1").text

    assert "nog niet afgesloten" in again(600, 1, True, MONDAY - DAY)
    assert "bewezen gestopt" in again(610, 2, False, MONDAY - DAY)
    assert "synchroniseert nog" in again(620, 3, False, MONDAY + 2 * DAY)
    web.now = MONDAY + 3 * DAY + timedelta(hours=1)
    chris = web.signed_in("chris")
    lose(web, chris, reason="nu geblokkeerd")
    assert "nog niet gelezen" in chris.get("/devices/intune/i1").text
    assert "bewezen gestopt" in again(630, 4, False, MONDAY + 2 * DAY)
    assert chris.post("/devices/intune/i1/found", {"csrf": chris.csrf(), "reason": "terug"}).status_code == 303
    assert "Kwijt:" not in chris.get("/devices/intune/i1").text
    with store.read() as session:
        acts = session.scalars(select(Entry.kind).where(Entry.ref == "lost-device/1").order_by(Entry.seq)).all()  # type: ignore[call-overload]  # columns
    assert acts == ["device.lost", "device.lost", "device.found"]


def test_a_device_that_is_partly_read_or_gone_is_told_as_that(store: Store) -> None:
    """A part of a source proves nothing; gone from both proves by itself."""
    row = LostDevice(tenant_id=1, lost_id=1, source="intune", device="i1", name="", lost_at=MONDAY, lost_by="Chris",
                     reason="x", counts_from=MONDAY)  # fmt: skip
    late, early = MONDAY + DAY, MONDAY - DAY
    gone = SimpleNamespace(gone_at=late, last_sync=early, last_seen_by_entra=late, enabled=True)
    silent = SimpleNamespace(gone_at=None, last_sync=early, last_seen_by_entra=early, enabled=False)
    unknown = SimpleNamespace(gone_at=None, last_sync=None, last_seen_by_entra=None, enabled=None)

    assert judged(row, gone, gone, [late, late]).state == "proven"
    assert judged(row, silent, silent, [late, late]).state == "proven"
    assert judged(row, silent, silent, [late, None]).state == "unread"
    assert judged(row, silent, silent, [late, early]).state == "unread"
    assert judged(row, unknown, unknown, [late, late]).state == "open"
    assert judged(row, silent, None, [late]).state == "open"
    assert judged(row, None, None, []).state == "unread"


def test_gone_from_intune_alone_proves_nothing_while_entra_was_not_read(web: Running, store: Store) -> None:
    """Intune says that Entra knows i2: only a later read of Entra too is proof. Of i3 it says no such thing."""
    chris = web.signed_in("chris")
    for device in ("intune/i2", "intune/i3"):
        lose(web, chris, device)
    read(store, 600, MONDAY + DAY, {"managed-devices": []})
    with store.write() as session:
        session.execute(update(store.data["managed-devices"]).values(gone_at=MONDAY + DAY))
    before, alone = chris.get("/devices/intune/i2").text, chris.get("/devices/intune/i3").text
    read(store, 610, MONDAY + 2 * DAY, {"devices": []})
    after = chris.get("/devices/intune/i2").text

    assert "nog niet gelezen" in before
    assert "bewezen gestopt" not in before
    assert "staat niet meer in Intune: het kan niet meer synchroniseren" in alone
    assert "staat niet meer in Intune of Entra" in after


def test_only_ict_marks_and_a_reason_is_asked(web: Running) -> None:
    """Dewi looks; a form without a reason or of another site changes nothing; what is not there is not found."""
    web.give("dewi", "privacy")
    dewi, chris = web.signed_in("dewi"), web.signed_in("chris")
    assert '<button id="lose"' not in dewi.get("/devices/intune/i1").text
    assert dewi.post("/devices/intune/i1/lost", {"csrf": dewi.csrf(), "reason": "x"}).status_code == 403
    assert chris.post("/devices/intune/i1/lost", {"reason": "x"}).status_code == 403
    assert chris.post("/devices/intune/i1/lost", {"csrf": chris.csrf(), "reason": "  "}).status_code == 422
    assert chris.post("/devices/intune/no/lost", {"csrf": chris.csrf(), "reason": "x"}).status_code == 404
    assert chris.post("/devices/intune/i1/found", {"csrf": chris.csrf(), "reason": "x"}).status_code == 404
    assert "Kwijt:" not in chris.get("/devices/intune/i1").text
    for path in ("/mfa", "/devices", "/devices/intune/i1", "/devices?q=a", "/mfa?has=no"):
        assert counted(web, chris, path)[0] <= 12, path


def test_a_look_at_a_person_is_written_down_and_a_name_is_shown_to_who_says_why(web: Running, store: Store) -> None:
    """Lies is a pupil: her page gives no name until Chris says why, and the FG can see that he looked."""
    c = table_of(Placement).c
    with store.write() as session:
        session.execute(update(table_of(Placement)).where(c.object_id == "lies").values(population="pupil"))
    chris = web.signed_in("chris")
    hidden = chris.get("/people/lies").text
    form = {"csrf": chris.csrf(), "account": "lies", "reason": "Melding 12 over haar", "onwards": "/people/lies"}
    assert chris.post("/reveal", form).headers["Location"] == "/people/lies"
    shown = chris.get("/people/lies").text
    with store.read() as session:
        looks = session.execute(
            select(col(PersonView.whom), col(PersonView.page)).order_by(col(PersonView.view_id))
        ).all()

    assert ("Lies" in hidden, "/reveal?account=lies" in hidden) == (False, True)
    assert ("Lies" in shown, "/reveal?account=lies" in shown) == (True, False)
    assert [tuple(one) for one in looks] == [("lies", "person"), ("lies", "reveal")]


def test_who_fits_no_kind_of_account_goes_by_no_name(web: Running, store: Store) -> None:
    """An account that no line of the configuration fits may be a pupil's; ICT can say why the name is needed."""
    c = table_of(Placement).c
    with store.write() as session:
        session.execute(update(table_of(Placement)).where(c.object_id == "lies").values(population="unknown"))
    chris = web.signed_in("chris")
    page = chris.get("/people/lies").text

    assert "Lies" not in page
    assert "/reveal?account=lies" in page
    assert chris.get("/reveal?account=lies").status_code == 200
    assert "/people/lies" not in chris.get("/search?q=lie").text
