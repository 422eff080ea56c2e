"""Who signs in: one good token comes in, and every forgery that is known is refused by name."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ibpmon import language
from ibpmon.config import Tenant
from ibpmon.demo.board import Board
from ibpmon.demo.microsoft import Microsoft
from ibpmon.errors import SourceError
from ibpmon.providers.session import Session
from ibpmon.web.tokens import Authority, Identity, NotProven, checked, is_address

CLIENT = "77777777-7777-4777-8777-777777777777"
ELSEWHERE = "55555555-5555-4555-8555-555555555555"
NONCE, ANNA = "nonce-of-this-sign-in", "aaaaaaaa-0000-4000-8000-00000000000a"
Claims = dict[str, Any]


@pytest.fixture
def microsoft(small_board: Board, tmp_path: Path) -> Iterator[Microsoft]:
    """The tenant whose tokens count."""
    with Microsoft(small_board, folder=tmp_path) as running:
        yield running


@pytest.fixture
def authority(microsoft: Microsoft) -> Iterator[Authority]:
    """What the web knows of that tenant."""
    settings = Tenant(id=microsoft.tenant_id, authority=microsoft.authority, ca=microsoft.ca)
    with Session([settings.authority], ca=settings.ca) as session:
        yield Authority(settings, session)


def claims(microsoft: Microsoft, **changes: Any) -> Claims:
    """What a good token about Anna says, with changes; None leaves a claim out."""
    now = int(time.time())
    good: Claims = {
        "aud": CLIENT, "iss": microsoft.desk.issuer, "tid": microsoft.tenant_id, "oid": ANNA, "sub": "s", "ver": "2.0",
        "iat": now, "nbf": now, "exp": now + 3600, "nonce": NONCE, "name": "Anna", "roles": ["Ibpmon.ICT"],
        "preferred_username": "anna@board.example",
    }  # fmt: skip
    return {name: value for name, value in (good | changes).items() if value is not None}


def check(authority: Authority, raw: str) -> Identity:
    """The check as the sign-in does it."""
    return checked(raw, authority.key, authority.tenant.id, CLIENT, authority.issuer, NONCE)


def test_a_good_token_says_who_signed_in(microsoft: Microsoft, authority: Authority) -> None:
    """The account by the id that never changes, and the app roles; also with a clock that is four minutes off."""
    now = int(time.time())
    early, late = claims(microsoft, nbf=now + 240, iat=now + 240), claims(microsoft, exp=now - 240)
    expected = Identity(ANNA, "Anna", "anna@board.example", ("Ibpmon.ICT",))

    assert [check(authority, microsoft.desk.sign(one)) for one in (claims(microsoft), early, late)] == [expected] * 3


def part(value: Any) -> str:
    """One part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(microsoft: Microsoft) -> str:
    """Signed by nobody."""
    return f"{part({'alg': 'none', 'kid': microsoft.desk.key_id})}.{part(claims(microsoft))}."


def signed_with_the_public_key(microsoft: Microsoft) -> str:
    """The public key taken as a shared secret: everybody has it."""
    secret = microsoft.desk.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = f"{part({'alg': 'HS256', 'kid': microsoft.desk.key_id})}.{part(claims(microsoft))}"
    sign = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(sign).rstrip(b'=').decode()}"


def signed_by_another(microsoft: Microsoft, key_id: str = "") -> str:
    """A key of nobody, under the number of the tenant's own; it brings its own key and says where to get it."""
    key = generate_private_key(65537, 2048)
    own = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    extra = {"kid": key_id or microsoft.desk.key_id, "jwk": own, "jku": "https://evil.example/keys", "x5u": "https://e"}
    return jwt.encode(claims(microsoft), key, algorithm="RS256", headers=extra)


def saying(**changes: Any) -> Callable[[Microsoft], str]:
    """A token of the tenant's own that says something else."""
    return lambda microsoft: microsoft.desk.sign(claims(microsoft, **changes))


def of_another_tenant(microsoft: Microsoft) -> str:
    """Anna is a guest elsewhere: Microsoft signs that tenant's tokens with the same keys."""
    issuer = microsoft.desk.issuer.replace(microsoft.tenant_id, ELSEWHERE)
    return microsoft.desk.sign(claims(microsoft, tid=ELSEWHERE, iss=issuer, idp=microsoft.desk.issuer))


FORGED: dict[str, Callable[[Microsoft], str]] = {
    "none": unsigned,
    "HS256 with the public key": signed_with_the_public_key,
    "another key": signed_by_another,
    "unknown kid": lambda microsoft: signed_by_another(microsoft, "nobody-has-this"),
    "aud": saying(aud=ELSEWHERE),
    "aud as a list": saying(aud=[CLIENT, ELSEWHERE]),
    "iss": lambda microsoft: saying(iss=microsoft.desk.issuer.replace("v2.0", "v1.0"))(microsoft),
    "tid": saying(tid=ELSEWHERE),
    "expired": saying(exp=int(time.time()) - 600),
    "not yet": lambda microsoft: saying(nbf=int(time.time()) + 600)(microsoft),
    "no exp": saying(exp=None),
    "nonce": saying(nonce="nonce-of-another-sign-in"),
    "azp": saying(azp=ELSEWHERE),
    "a guest of another tenant": of_another_tenant,
}
ODD: dict[str, Callable[[Microsoft], str]] = {
    "nothing": lambda microsoft: "",
    "no token": lambda microsoft: "a.b.c",
    "endless": lambda microsoft: "a" * 20_000,
    "made in the future": lambda microsoft: saying(iat=int(time.time()) + 600)(microsoft),
    "version 1.0": saying(ver="1.0"),
    "no nonce": saying(nonce=None),
    "nonce that is no text": saying(nonce=["x"]),
    "no oid": saying(oid=None),
    "oid that is no id": saying(oid="anna@board.example"),
    "no tid": saying(tid=None),
    "no aud": saying(aud=None),
}


@pytest.mark.parametrize("name", [*FORGED, *ODD])
def test_a_forged_token_is_refused(microsoft: Microsoft, authority: Authority, name: str) -> None:
    """MSAL accepts claims and keys that are not right; nobody may come in by that. The log names no content."""
    assert len(FORGED) == 14
    with pytest.raises(NotProven) as refused:
        check(authority, (FORGED | ODD)[name](microsoft))

    assert "anna" not in refused.value.reason.lower()
    assert all(refused.value.told(language._))


def test_a_new_key_is_fetched_and_strangers_cannot_make_us_ask_on(microsoft: Microsoft, authority: Authority) -> None:
    """Microsoft changes its keys. A token with a key that nobody has makes us look once in five minutes, no oftener."""
    moment = [0.0]
    authority.clock = lambda: moment[0]
    check(authority, microsoft.desk.sign(claims(microsoft)))
    microsoft.desk.key_id = "the next one"
    good = microsoft.desk.sign(claims(microsoft))

    moment[0] += 301
    assert check(authority, good).account == ANNA
    before = len(microsoft.requests)
    for _ in range(50):
        with pytest.raises(NotProven):
            check(authority, signed_by_another(microsoft, "nobody-has-this"))
    assert check(authority, good).account == ANNA
    assert len(microsoft.requests) == before


def test_what_is_not_from_the_tenant_gives_no_addresses(microsoft: Microsoft, authority: Authority) -> None:
    """Another issuer, or a page to sign in that is not a safe address: no person is sent there."""
    microsoft.desk.base = "http://evil.example"
    with pytest.raises(SourceError, match="does not say how people sign in"):
        authority.addresses()


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://login.microsoftonline.com/x/oauth2/v2.0/authorize", True), ("http://localhost:4711/x", True),
        ("http://login.microsoftonline.com/x", False), ("javascript:alert(1)", False), ("", False),
        ("https://a@evil.example/", False), ("https://evil.example\\@login.microsoftonline.com/", False),
    ],
)  # fmt: skip
def test_people_are_sent_to_safe_addresses_only(address: str, safe: bool) -> None:
    """Https, or this machine."""
    assert is_address(address) is safe
