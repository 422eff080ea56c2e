"""Mornings and attacks as a school has them, from stored sign-ins to what is found."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content, School
from ibpmon.judge.evaluate import evaluate
from ibpmon.judge.rules import Rule, load_rules
from ibpmon.store.database import Store
from ibpmon.store.tables import Finding
from tests.conftest import OpenStore
from tests.judging import DATASETS, config_with, place, put, ran

EVERY = load_connectors(Content())
ROLES = [EVERY["role-assignments"].dataset]

HALF_PAST_EIGHT = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)  # on the clock of the school: a Monday
NOW = HALF_PAST_EIGHT + timedelta(hours=3)
SCHOOL, HOSTING = "203.0.113.10", "198.51.100.66"
CONFIG = config_with(schools=(School(key="EIK", name="De Voorbeeldeik", addresses=("203.0.113.0/24",)),))
RULES = [rule for rule in load_rules(CONFIG) if rule.catalogue.startswith("SGN")]
Told = set[tuple[str, str, str]]  # rule, subject, level


def sign_in(number: int, at: datetime, account: str, address: str, code: int = 50126, **more: Any) -> dict[str, Any]:
    """One line of the log."""
    who = {"account_id": account, "upn": f"{account}@leerling.example", "ip_address": address}
    return {"id": f"s{number}", "at": at, "error_code": code, "country": "NL", **who, **more}


def mistyping(address: str) -> Iterator[dict[str, Any]]:
    """140 wrong passwords of 60 pupils behind one address, in a good three quarters of an hour."""
    for number in range(140):
        yield sign_in(number, HALF_PAST_EIGHT + timedelta(seconds=20 * number), f"pupil-{number % 60}", address)


def judged(store: Store, rows: list[dict[str, Any]], rules: list[Rule] = RULES) -> Told:
    """What the rules on sign-ins find in these rows."""
    put(store, "sign-ins", rows, NOW)
    ran(store, at=NOW)
    told: list[Finding] = [one for judgement in evaluate(rules, store, NOW) for one in judgement.new]
    return {(one.rule, one.subject, one.level) for one in told}


def test_a_class_that_mistypes_behind_one_school_address_stays_silent(open_database: OpenStore) -> None:
    """Every Monday morning would be an attack otherwise, and nobody would read the mail about the real one."""
    assert judged(open_database(DATASETS), list(mistyping(SCHOOL))) == set()


def test_the_same_load_from_outside_is_a_spray(open_database: OpenStore) -> None:
    """Sixty accounts from a hosting network is no class."""
    assert judged(open_database(DATASETS), list(mistyping(HOSTING))) == {("password-spray", HOSTING, "high")}


def test_one_success_makes_a_spray_critical(open_database: OpenStore) -> None:
    """An account is taken over: that cannot wait for tomorrow."""
    success = sign_in(999, HALF_PAST_EIGHT + timedelta(minutes=48), "pupil-7", HOSTING, 0)

    assert judged(open_database(DATASETS), [*mistyping(HOSTING), success]) == {
        ("password-spray", HOSTING, "critical"),
        ("success-after-failures", HOSTING, "high"),
    }


def test_a_success_that_comes_late_makes_the_spray_worse_and_not_new(open_database: OpenStore) -> None:
    """The log of Microsoft is late now and then: the finding that was told grows."""
    store = open_database(DATASETS)
    judged(store, list(mistyping(HOSTING)))
    put(store, "sign-ins", [sign_in(999, HALF_PAST_EIGHT + timedelta(minutes=48), "pupil-7", HOSTING, 0)], NOW)

    spray = next(one for one in evaluate(RULES, store, NOW) if one.rule.key == "password-spray")

    assert (len(spray.new), [one.level for one in spray.worse]) == (0, ["critical"])


def test_an_administrator_weighs_more(open_database: OpenStore) -> None:
    """The same sign-in from abroad opens more doors; a role through a group counts, that of somebody else does not."""
    store = open_database([*DATASETS, *ROLES])
    holders = [{"assignment_id": key, "principal_id": key} for key in ("anna", "admins")]
    put(store, "role-assignments", holders)
    put(
        store,
        "group-members",
        [{"group_id": "admins", "member_id": "bram"}, {"group_id": "team", "member_id": "chris"}],
    )
    rows = [
        sign_in(n, HALF_PAST_EIGHT, who, "192.0.2.9", 0, country="DE")
        for n, who in enumerate(("anna", "bram", "chris"))
    ]

    assert {(subject, level) for _rule, subject, level in judged(store, rows)} == {
        ("anna", "high"),
        ("bram", "high"),
        ("chris", "medium"),
    }


def test_tries_on_the_account_of_somebody_who_left_weigh_more(open_database: OpenStore) -> None:
    """A former colleague who tries the door is another thing than a forgotten phone."""
    store = open_database(DATASETS)
    place(store, "account", "anna", population="staff", employed_until=HALF_PAST_EIGHT - timedelta(days=9))
    rows = [
        sign_in(10 * number + turn, HALF_PAST_EIGHT + timedelta(minutes=turn), who, "192.0.2.9", 50057)
        for number, who in enumerate(("anna", "bram"))
        for turn in range(5)
    ]

    assert judged(store, rows) == {
        ("attempts-on-blocked-account", "anna", "high"),
        ("attempts-on-blocked-account", "bram", "low"),
    }


def test_a_code_that_somebody_typed_elsewhere_is_found_in_what_the_beta_tells(open_database: OpenStore) -> None:
    """Only the beta says how somebody came in; a screen in a meeting room does it every day."""
    names = ("accounts", "sign-ins", "sign-ins-beta")
    store = open_database([EVERY[name].dataset for name in names])
    place(store, "account", "room", population="shared")
    put(store, "accounts", [{"account_id": "anna"}, {"account_id": "room"}], NOW)
    rows = [
        sign_in(number, HALF_PAST_EIGHT, who, "192.0.2.9", 0, protocol=protocol)
        for number, (who, protocol) in enumerate((("anna", "deviceCode"), ("room", "deviceCode"), ("bram", "none")))
    ]
    put(store, "sign-ins-beta", rows, NOW)
    [rule] = [rule for rule in RULES if rule.key == "device-code-sign-in"]

    ran(store, names[:2], at=NOW)
    assert evaluate([rule], store, NOW)[0].evaluation.outcome == "cannot_check"

    ran(store, names, at=NOW)
    assert [one.subject for one in evaluate([rule], store, NOW)[0].new] == ["anna"]


def test_a_risk_of_which_microsoft_does_not_say_how_bad_it_is_stays_open(open_database: OpenStore) -> None:
    """Without the licence every risk is hidden: that is neither a finding nor all well."""
    names = ("accounts", "risky-users")
    store = open_database([EVERY[name].dataset for name in names])
    put(store, "accounts", [{"account_id": "anna"}, {"account_id": "bram"}, {"account_id": "chris"}], NOW)
    risks = (("anna", "high", "atRisk"), ("bram", "hidden", "atRisk"), ("chris", "high", "remediated"))
    put(store, "risky-users", [{"account_id": who, "level": level, "state": state} for who, level, state in risks], NOW)
    ran(store, names, at=NOW)
    [rule] = [rule for rule in RULES if rule.key == "account-at-risk"]

    [judgement] = evaluate([rule], store, NOW)

    assert [(one.subject, one.level) for one in judgement.new] == [("anna", "high")]
    assert judgement.evaluation.undetermined == 1


def test_a_board_along_the_border_says_which_countries_are_expected(open_database: OpenStore) -> None:
    """Staff of Twente live in Germany; that is no news, and Belgium still is."""
    border = load_rules(CONFIG.model_copy(update={"lists": {"allowed_countries": ("NL", "DE")}}))
    rows = [
        sign_in(n, HALF_PAST_EIGHT, "anna", "192.0.2.9", 0, country=one) for n, one in enumerate(("NL", "DE", "BE"))
    ]
    abroad = [rule for rule in border if rule.key == "sign-in-from-another-country"]
    store = open_database(DATASETS)
    put(store, "sign-ins", rows, NOW)
    ran(store, at=NOW)

    assert [(one.subject, one.object) for one in evaluate(abroad, store, NOW)[0].new] == [("anna", "BE")]
