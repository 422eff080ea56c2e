"""Datto RMM, a service that is not Microsoft's: its token, its words and its pages."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from ibpmon.config import Datto as Settings
from ibpmon.errors import ConfigError, MissingPermission, PassingError, SourceError
from ibpmon.providers.auth import SignInError
from ibpmon.providers.batch import Ask
from ibpmon.providers.budget import Budgets
from ibpmon.providers.datto import LIFE, Datto, DattoTokens, in_its_words
from ibpmon.providers.refusals import Gone
from ibpmon.providers.session import Session
from ibpmon.providers.waiting import TOKENS, Waiting
from tests.odd import Clock, Odd, OddHandler, serving

SECRET = "a-secret-key-that-nobody-may-see"
DEVICES = "/api/v2/account/devices"


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Odd]:
    """A server that hands out tokens and has no devices."""
    with serving(tmp_path) as server:
        server.behaviour["/auth/oauth/token"] = lambda handler: handler.reply(
            200, json.dumps({"access_token": f"token-{len(server.posted)}", "expires_in": 360_000}).encode()
        )
        server.behaviour[DEVICES] = lambda handler: handler.reply(200, b'{"devices": []}')
        yield server


@pytest.fixture
def clock() -> Clock:
    """Time that costs nothing."""
    return Clock()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """The file with the secret key."""
    path = tmp_path / "datto.txt"
    path.touch(mode=0o600)
    path.write_text(f"{SECRET}\n", encoding="utf-8")
    return path


@pytest.fixture
def datto(odd: Odd, clock: Clock, secret: Path) -> Iterator[Datto]:
    """A client of it; waits cost nothing."""
    waiting = Waiting(None, clock, clock.wait)
    settings = Settings(address=odd.root, key="the-key", secret=secret)
    session = Session([odd.root], ca=odd.ca)
    tokens = DattoTokens(settings, session, waiting)
    with Datto(session, tokens, odd.root, Budgets(waiting), waiting, chance=lambda: 0.5) as client:
        yield client


def bearers(odd: Odd) -> list[str]:
    """The tokens of the reads."""
    return [seen["Authorization"] for seen in odd.seen if seen["Authorization"].startswith("Bearer")]


# ---------------------------------------------------------------- signing in


def test_the_keys_become_a_token_that_serves_many_reads(odd: Odd, datto: Datto) -> None:
    """The API key is the user and the secret key the password, for a client that is the same for everyone."""
    for _ in range(3):
        datto.get("/account/devices", budget="datto")
    assert len(odd.posted) == 1
    assert parse_qs(odd.posted[0].decode()) == {
        "grant_type": ["password"], "username": ["the-key"], "password": [SECRET],
    }  # fmt: skip
    basic = base64.b64encode(b"public-client:public").decode()
    assert odd.seen[0]["Authorization"] == f"Basic {basic}"
    assert bearers(odd) == ["Bearer token-1"] * 3


def test_a_token_is_asked_anew_before_it_ends(odd: Odd, datto: Datto, clock: Clock) -> None:
    """It lives a hundred hours."""
    datto.get("/account/devices", budget="datto")
    clock.now += LIFE - 60
    datto.get("/account/devices", budget="datto")
    assert bearers(odd) == ["Bearer token-1", "Bearer token-2"]


def test_a_token_that_is_refused_is_renewed_a_few_times(odd: Odd, datto: Datto) -> None:
    """Keys may be made anew in the meantime; a fresh token is not known everywhere at once."""
    odd.behaviour[DEVICES] = lambda handler: handler.reply(401)
    with pytest.raises(SourceError, match="Datto RMM does not accept a new token either"):
        datto.get("/account/devices", budget="datto")
    assert bearers(odd) == [f"Bearer token-{number}" for number in range(1, TOKENS + 2)]


@pytest.mark.parametrize(("status", "kind"), [(400, SignInError), (401, SignInError), (503, PassingError), (429, PassingError)])  # fmt: skip  # noqa: E501 - one case each
def test_a_refused_sign_in_is_told_without_the_key(
    odd: Odd, datto: Datto, status: int, kind: type[SourceError]
) -> None:
    """What it answers may repeat what was sent."""
    odd.behaviour["/auth/oauth/token"] = lambda handler: handler.reply(status, f'{{"error": "{SECRET}"}}'.encode())
    with pytest.raises(kind, match=r"cannot sign in") as error:
        datto.get("/account/devices", budget="datto")
    assert type(error.value) is kind
    assert SECRET not in str(error.value) + repr(error.value.values)
    assert all(error.value.told(lambda text: text))


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"access_token": 5}', b"[" * 100_000])
def test_an_answer_without_a_token_is_a_refusal(odd: Odd, datto: Datto, body: bytes) -> None:
    """Whatever answers there is no Datto RMM."""
    odd.behaviour["/auth/oauth/token"] = lambda handler: handler.reply(200, body)
    with pytest.raises(SignInError):
        datto.get("/account/devices", budget="datto")


def test_an_empty_secret_file_is_told_before_anything_is_sent(odd: Odd, datto: Datto, secret: Path) -> None:
    """The fix says where the key is made."""
    secret.write_text("\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="is empty"):
        datto.get("/account/devices", budget="datto")
    assert odd.seen == []


# ---------------------------------------------------------------- its words


@pytest.mark.parametrize(
    ("path", "params", "query"),
    [
        (DEVICES, {"$top": 250, "$select": "uid,hostname"}, {"max": 250}),
        ("/api/v2/activity-logs", {"$top": 250}, {"size": 250}),
        (
            "/api/v2/activity-logs",
            {"$filter": "date ge 2026-11-01T00:00:00Z and date le 2026-11-08T00:00:00Z", "order": "asc"},
            {"order": "asc", "from": "2026-11-01T00:00:00Z", "until": "2026-11-08T00:00:00Z"},
        ),
    ],
)
def test_a_read_is_put_in_the_words_of_its_api(
    path: str, params: dict[str, str | int], query: dict[str, str | int]
) -> None:
    """A connector says page and time; that Microsoft writes these as $top and $filter is not its business."""
    assert in_its_words(path, params) == query


def test_a_path_stands_under_its_version(odd: Odd, datto: Datto) -> None:
    """With or without it in the connector."""
    for path in ("/account/devices", DEVICES):
        datto.get(path, {"$top": 250}, "datto")
    assert datto.first("/account/devices", {"$top": 250}) == f"{odd.root}{DEVICES}?max=250"


def test_the_next_page_is_followed_on_its_own_host_only(odd: Odd, datto: Datto) -> None:
    """The form of its answers says where the link stands."""
    assert datto.form.next == ("pageDetails", "nextPageUrl")
    assert datto.get(f"{odd.root}{DEVICES}?page=1&max=250", None, "datto")
    for link in (f"https://evil.example{DEVICES}?page=1", f"{odd.root}/api/v3/x/y", f"{odd.root}/auth/oauth/token"):
        with pytest.raises(SourceError, match="Datto RMM gave a link that ibpmon does not follow"):
            datto.get(link, None, "datto")


def test_several_questions_are_asked_one_by_one(odd: Odd, datto: Datto) -> None:
    """It has no batch; what fails fails by itself."""
    odd.behaviour["/api/v2/device/7"] = lambda handler: handler.reply(404)
    good, gone = datto.batch([Ask("/account/devices"), Ask("/device/7")], "datto")
    assert good == b'{"devices": []}'
    assert isinstance(gone, Gone)


# ---------------------------------------------------------------- its refusals


def test_a_refusal_waits_longer_than_with_microsoft(odd: Odd, datto: Datto, clock: Clock) -> None:
    """It counts a minute, says no time to wait, and closes its doors to who asks on."""

    def once(handler: OddHandler) -> None:
        odd.behaviour[DEVICES] = lambda handler: handler.reply(200, b"{}")
        handler.reply(429)

    odd.behaviour[DEVICES] = once
    datto.get("/account/devices", budget="datto")
    assert clock.waits == [10.0]


def test_a_closed_door_names_datto_and_what_to_check(odd: Odd, datto: Datto) -> None:
    """Not Entra, not Microsoft."""
    odd.behaviour[DEVICES] = lambda handler: handler.reply(403)
    with pytest.raises(MissingPermission, match="Datto RMM answered 403 to GET /api/v2/account/devices") as error:
        datto.get("/account/devices", budget="datto", template=DEVICES)
    assert "Microsoft" not in "".join(error.value.told(lambda text: text))
