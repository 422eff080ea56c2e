"""Being signed in: rows that end when they should, and roles that somebody gave and can take back."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from ibpmon.config import Web
from ibpmon.errors import RefusedError
from ibpmon.store.database import Store
from ibpmon.store.tables import Entry
from ibpmon.store.upsert import table_of
from ibpmon.store.web_tables import WebSession
from ibpmon.web import roles, sessions
from ibpmon.web.roles import ALLOWED, Person, may
from ibpmon.web.sessions import Login
from ibpmon.web.tokens import Identity
from tests.conftest import MONDAY, OpenStore
from tests.judging import DATASETS, put

ANNA = "aaaaaaaa-0000-4000-8000-00000000000a"
BRAM = "bbbbbbbb-0000-4000-8000-00000000000b"
WEB = Web.model_validate(
    {
        "public_url": "https://ibpmon.board.example",
        "client_id": "77777777-7777-4777-8777-777777777777",
        "secret": "web.txt",
        "roles": {"Ibpmon.ICT": "it"},
    }
)
MINUTE = timedelta(minutes=1)


def account(key: str, upn: str, **more: Any) -> dict[str, Any]:
    """An account as it was read."""
    return {"account_id": key, "name": upn, "upn": upn, "enabled": True, "user_type": "Member"} | more


@pytest.fixture
def store(open_database: OpenStore) -> Store:
    """A board whose accounts were read: Anna works there, Bram is a guest."""
    store = open_database(DATASETS)
    bram = account(BRAM, "bram_x.example#EXT#@board.example", user_type="Guest", mail="anna@board.example")
    put(store, "accounts", [account(ANNA, "Anna@board.example", mail="a.anna@board.example"), bram])
    return store


def who(key: str = ANNA, *app_roles: str) -> Identity:
    """Who signed in, as the token said."""
    return Identity(key, "Anna", "somebody.else@board.example", app_roles)


def sign_in(store: Store, key: str = ANNA, now: datetime = MONDAY, before: str = "") -> str:
    """A new session; gives what the browser holds."""
    with store.write() as session:
        return sessions.begin(session, store, who(key), WEB, now, before)


def look(store: Store, secret: str, now: datetime = MONDAY) -> Login | None:
    """Who holds this."""
    with store.read() as session:
        return sessions.find(session, store, secret, WEB, now)


def test_a_session_says_who_it_is_and_the_table_opens_nothing(store: Store) -> None:
    """Whoever reads the database or an old backup finds hashes; the browser holds what opens the door."""
    secret = sign_in(store)
    found = look(store, secret)

    assert found is not None
    assert found.who.account == ANNA
    with store.read() as session:
        (row,) = session.execute(select(table_of(WebSession))).mappings()
    assert secret not in str(dict(row))
    assert len(secret) >= 43  # 256 bits
    assert look(store, row["session_hash"]) is None
    assert found.csrf != look(store, sign_in(store)).csrf  # type: ignore[union-attr]  # it was just made


def test_signing_in_again_leaves_no_old_session_behind(store: Store) -> None:
    """Whoever planted his own session in a browser beforehand gets nothing by it (session fixation)."""
    before = sign_in(store, BRAM)
    after = sign_in(store, ANNA, before=before)

    assert after != before
    assert look(store, before) is None


@pytest.mark.parametrize(
    ("used", "later", "there"),
    [
        ([], 29, True),
        ([], 31, False),
        ([20, 40], 60, True),
        (range(20, 480, 20), 479, True),
        (range(20, 490, 20), 481, False),
    ],
)
def test_a_session_ends_when_nobody_uses_it_and_after_a_day_at_work(
    store: Store, used: Any, later: int, there: bool
) -> None:
    """A laptop that stands open on a desk, and a browser that is never closed."""
    secret = sign_in(store)
    for minutes in used:
        if login := look(store, secret, MONDAY + minutes * MINUTE):
            with store.write() as session:
                sessions.touch(session, store, login, MONDAY + minutes * MINUTE)

    assert (look(store, secret, MONDAY + later * MINUTE) is not None) is there


def test_leaving_ends_the_session_and_not_that_of_others(store: Store) -> None:
    """A copy of the cookie opens nothing any more."""
    mine, other = sign_in(store), sign_in(store, BRAM)
    with store.write() as session:
        sessions.end(session, store, mine)

    assert look(store, mine) is None
    assert look(store, other) is not None


def test_all_sessions_of_an_account_can_be_ended(store: Store) -> None:
    """A telephone was stolen: whoever runs ibpmon ends them, without waiting for the end of the day."""
    mine, other = [sign_in(store), sign_in(store)], sign_in(store, BRAM)
    with store.write() as session:
        assert sessions.end_all(session, store, [ANNA.upper()]) == 2

    assert [look(store, one) for one in mine] == [None, None]
    assert look(store, other) is not None


@pytest.mark.parametrize("change", ["closed", "gone"])
def test_an_account_that_is_closed_is_out(store: Store, change: str) -> None:
    """Who was let go yesterday still has a browser that is signed in."""
    secret = sign_in(store)
    bram = account(BRAM, "bram@board.example")
    put(store, "accounts", [bram, account(ANNA, "anna@board.example", enabled=False)] if change == "closed" else [bram])
    found = look(store, secret)

    assert found is not None
    assert found.closed


def test_whom_nobody_read_yet_is_let_in_and_owns_nothing(store: Store) -> None:
    """A new colleague signs in before the next round of reading; Microsoft itself just said who it is."""
    found = look(store, sign_in(store, "cccccccc-0000-4000-8000-00000000000c"))

    assert found is not None
    assert not found.closed
    assert found.known_as == frozenset()


def test_the_matrix_calls_people_as_the_directory_does_and_never_as_a_token(store: Store) -> None:
    """A name or an address in a token, and the address that a guest gave himself, can be another's."""
    anna, bram = look(store, sign_in(store)), look(store, sign_in(store, BRAM))

    assert anna is not None
    assert bram is not None
    assert anna.known_as == {"anna@board.example", "a.anna@board.example"}
    assert "anna@board.example" not in bram.known_as


# ---------------------------------------------------------------- roles


def test_a_role_is_given_and_taken_back_in_the_ledger(store: Store) -> None:
    """Who let whom in must be provable years later."""
    with store.write() as session:
        row = roles.grant(session, store, " ANNA@board.example ", "privacy", "Chris", MONDAY)
    with store.read() as session:
        assert roles.granted_to(session, store, ANNA, MONDAY) == ["privacy"]
    with store.write() as session:
        roles.revoke(session, store, row.role_id, "Dewi", MONDAY + MINUTE)
    with store.read() as session:
        assert roles.granted_to(session, store, ANNA, MONDAY + MINUTE) == []
        kinds = list(session.scalars(select(table_of(Entry).c.kind)))
        (kept,) = roles.listed(session, store, MONDAY + MINUTE, everything=True)
    assert kinds == ["web.role.grant", "web.role.revoke"]
    assert (kept.user_name, kept.granted_by, kept.revoked_by) == ("Anna@board.example", "Chris", "Dewi")


def test_an_auditor_looks_until_a_day_and_no_longer(store: Store) -> None:
    """Nobody thinks of taking it back afterwards."""
    until = MONDAY + timedelta(days=14)
    with store.write() as session:
        with pytest.raises(RefusedError, match="end date"):
            roles.grant(session, store, "anna@board.example", "auditor", "Chris", MONDAY)
        with pytest.raises(RefusedError, match="passed"):
            roles.grant(session, store, "anna@board.example", "auditor", "Chris", MONDAY, MONDAY)
        roles.grant(session, store, "anna@board.example", "auditor", "Chris", MONDAY, until)
    with store.read() as session:
        assert roles.granted_to(session, store, ANNA, until - MINUTE) == ["auditor"]
        assert roles.granted_to(session, store, ANNA, until) == []


def test_what_cannot_be_given_or_taken_is_refused(store: Store) -> None:
    """A name that nobody has would wait for whoever gets it later."""
    with store.write() as session:
        roles.grant(session, store, "anna@board.example", "it", "Chris", MONDAY)
        for name, said in (("eva@board.example", "no account"), ("anna@board.example", "already"), ("%", "no account")):
            with pytest.raises(RefusedError, match=said):
                roles.grant(session, store, name, "it", "Chris", MONDAY)
        with pytest.raises(RefusedError, match="no role 7"):
            roles.revoke(session, store, 7, "Chris", MONDAY)


def test_roles_come_from_entra_from_the_table_and_from_the_matrix() -> None:
    """An app role that config.toml does not name is none; owning a process makes an owner."""
    login = Login("x", who(ANNA, "Ibpmon.ICT", "Other"), MONDAY, "", frozenset({"anna@board.example"}))

    assert roles.roles_of(login, WEB, ["fg"], {"anna@board.example"}) == {"it", "fg", "owner"}
    assert roles.roles_of(login, WEB, [], {"dewi@board.example"}) == {"it"}


class Review:
    """Something that is Anna's."""

    people = frozenset({"anna@board.example"})


@pytest.mark.parametrize("role", sorted(roles.ROLE_WORDS))
def test_an_owner_sees_his_own_review_and_nobody_elses(role: str) -> None:
    """The one function that decides, for every role."""
    name = frozenset({"anna@board.example"})
    mine = Person(Login("x", who(), MONDAY, "", name), frozenset({role}))
    other = Person(Login("x", who(), MONDAY, ""), frozenset({role}))

    assert may(mine, "review", Review()) is (role in {"it", "privacy", "fg", "owner"})
    assert may(other, "review", Review()) is (role in {"it", "privacy", "fg"})
    assert may(mine, "figures") is (role in {"it", "privacy", "fg", "board"})
    assert not any(may(Person(mine.login, frozenset()), action) for action in ALLOWED)
