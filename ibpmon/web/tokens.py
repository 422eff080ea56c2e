"""Who somebody is: what an ID token says counts after our own check of all of it. MSAL only takes it apart.

Every tenant's tokens are signed with Microsoft's keys, so a good signature says little: who the token is for, who
made it, for which sign-in, and until when, are looked at one by one, and so is the key itself.
"""

import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from ibpmon.config import Tenant, page_address
from ibpmon.errors import IbpmonError, RefusedError, SourceError
from ibpmon.language import N_

if TYPE_CHECKING:
    from jwt import PyJWK

    from ibpmon.providers.session import Session

ALGORITHM = "RS256"  # what Entra signs with; a token does not choose how it is checked
LEEWAY = 300  # seconds that clocks may differ
NEEDED = ["exp", "iat", "nbf", "iss", "aud", "nonce", "oid", "tid", "sub", "ver"]
LONGEST = 16_384  # characters of a token
FRESH = 24 * 3600.0  # seconds that addresses and keys are kept
AGAIN = 300.0  # seconds between two looks for a key that is not there: strangers could make us ask all day
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
LONGEST_NAME = 200


class NotProven(RefusedError):
    """What came back is no proof of who somebody is; `reason` is for the log and holds nothing of the token."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            N_("you are not signed in"),
            why=N_("what came back from Microsoft is no proof of who you are"),
            fix=N_("begin again at the start page; if it goes wrong again, tell ICT at what time it happened"),
        )


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in, as the tenant itself says: the account by the id that never changes, and its app roles."""

    account: str
    name: str
    user_name: str
    roles: tuple[str, ...]
    proved: int | None = None  # seconds since this person showed it to Microsoft; None when the token does not say so


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the tenant signs people in and out, and where its keys stand."""

    authorize: str
    logout: str
    keys: str


class Authority:
    """What the tenant tells everybody about itself: addresses and public keys, kept for a day."""

    def __init__(self, tenant: Tenant, session: "Session", clock: Callable[[], float] = time.monotonic) -> None:
        self.tenant, self.session, self.clock = tenant, session, clock
        self._addresses: Addresses | None = None
        self._keys: dict[str, PyJWK] = {}
        self._read = self._looked = -FRESH
        self._lock = Lock()

    @property
    def issuer(self) -> str:
        """Who makes the tokens of this tenant; of version 2.0 only."""
        return f"{self.tenant.authority}/{self.tenant.id.lower()}/v2.0"

    def addresses(self) -> Addresses:
        """Where people sign in; SourceError when nobody answers there, or another than the tenant."""
        with self._lock:
            return self._addresses_now()

    def key(self, number: str) -> "PyJWK":
        """The key with this number; NotProven when the tenant has none, also after asking once more."""
        with self._lock:
            now = self.clock()
            if now - self._read > FRESH or (number not in self._keys and now - self._looked > AGAIN):
                self._looked = now
                self._keys, self._read = self._keys_now(), now
            if number not in self._keys:
                raise NotProven("a key that the tenant does not have")
            return self._keys[number]

    def _addresses_now(self) -> Addresses:
        if self._addresses is None:
            self._addresses = self._told(self._get(f"{self.issuer}/.well-known/openid-configuration"))
        return self._addresses

    def _told(self, document: Mapping[str, Any]) -> Addresses:
        """The addresses; only the tenant's own document counts. People go to https, or to this machine."""
        names = ("authorization_endpoint", "end_session_endpoint", "jwks_uri")
        authorize, logout, keys = (str(document.get(name, "")) for name in names)
        if str(document.get("issuer", "")) != self.issuer or not all(map(is_address, (authorize, logout))):
            raise self._other()
        return Addresses(authorize, logout, keys)

    def _keys_now(self) -> "dict[str, PyJWK]":
        found = self._get(self._addresses_now().keys).get("keys")
        if not isinstance(found, list):
            raise self._other()
        return {str(one["kid"]): key_of(one) for one in found if is_signing_key(one)}

    def _get(self, address: str) -> Mapping[str, Any]:
        """A JSON document of the authority; the session goes to no other host and follows no redirect."""
        import requests

        from ibpmon.providers.auth import unavailable
        from ibpmon.providers.troubles import trouble

        try:
            answer = self.session.get(address)
            if answer.status_code == 429 or answer.status_code >= 500:
                raise unavailable(self.tenant)
            document = answer.json() if answer.status_code == 200 else None
        except json.JSONDecodeError:
            document = None
        except requests.RequestException as error:
            raise trouble(error, self.tenant.authority, "tenant.authority") from None
        if not isinstance(document, dict):
            raise self._other()
        return document

    def _other(self) -> IbpmonError:
        return SourceError(
            N_("{host} does not say how people sign in to the tenant {tenant}"),
            why=N_("what stands at that address is not from this tenant"),
            fix=N_("check tenant.id and tenant.authority in config.toml (Entra > Overview > Tenant ID)"),
            host=self.tenant.authority,
            tenant=self.tenant.id,
        )


def is_address(address: str) -> bool:
    """Whether people may be sent there: https, or http on this machine, and nothing in disguise before the path."""
    match = re.fullmatch(r"(https?://[^/?#\\@\s]+)(/[^\\\s]*)?", address, re.ASCII)
    try:
        return bool(match and page_address(match[1]))
    except ValueError:
        return False


def is_signing_key(one: object) -> bool:
    """Whether an entry of the list is an RSA key for signatures."""
    return isinstance(one, dict) and one.get("kty") == "RSA" and one.get("use", "sig") == "sig" and "kid" in one


def key_of(one: Mapping[str, Any]) -> "PyJWK":
    """The key, for our algorithm alone, whatever its entry says."""
    from jwt import PyJWK

    return PyJWK({name: one[name] for name in ("kty", "kid", "n", "e")}, ALGORITHM)


# ---------------------------------------------------------------- checking


def checked(raw: str, key: "Callable[[str], PyJWK]", tenant: str, client: str, issuer: str, nonce: str) -> Identity:
    """Who this token is about; NotProven at the first thing that is not as it must be.

    1. how it is signed and with which key: of the header only `alg` and `kid` are read, never an address or a key
    2. the signature, for whom, by whom, since when and until when
    3. the tenant, the sign-in that it answers, and whose account it is
    """
    header = header_of(raw)
    claims = signed_claims(raw, key(header["kid"]), client, issuer)
    if str(claims["tid"]).lower() != tenant.lower() or claims["ver"] != "2.0":
        raise NotProven("of another tenant or version")
    if not isinstance(claims["nonce"], str) or not secrets.compare_digest(claims["nonce"].encode(), nonce.encode()):
        raise NotProven("of another sign-in")
    if claims.get("azp", client) != client:
        raise NotProven("asked by another application")
    if not isinstance(claims["oid"], str) or not GUID.fullmatch(claims["oid"]):
        raise NotProven("without an account")
    return identity_of(claims)


def header_of(raw: str) -> Mapping[str, str]:
    """The header of a token that is signed as Entra signs, and names its key."""
    import jwt

    if len(raw) > LONGEST:
        raise NotProven("too long")
    try:
        header = jwt.get_unverified_header(raw)
    except jwt.InvalidTokenError:
        raise NotProven("no token") from None
    if header.get("alg") != ALGORITHM or not isinstance(header.get("kid"), str):
        raise NotProven("signed in another way")
    return header


def signed_claims(raw: str, key: "PyJWK", client: str, issuer: str) -> Mapping[str, Any]:
    """The claims of a token whose signature, audience, issuer and times are right."""
    import jwt

    options: Any = {"require": NEEDED, "strict_aud": True}  # one audience: a list could hold us beside another
    try:
        claims: dict[str, Any] = jwt.decode(
            raw, key.key, algorithms=[ALGORITHM], audience=client, issuer=issuer, leeway=LEEWAY, options=options
        )
    except (jwt.InvalidTokenError, TypeError, ValueError) as wrong:
        raise NotProven(type(wrong).__name__) from None
    return claims


def identity_of(claims: Mapping[str, Any]) -> Identity:
    """What is kept of a token. Name and user name are there to be shown: nothing is decided by them."""
    roles = claims.get("roles", [])
    kept = tuple(str(one) for one in roles) if isinstance(roles, list) else ()
    name, user = (str(claims.get(key) or "")[:LONGEST_NAME] for key in ("name", "preferred_username"))
    return Identity(claims["oid"].lower(), name or user, user, kept, proved_in(claims))


def proved_in(claims: Mapping[str, Any]) -> int | None:
    """How long before this token somebody typed a password or the like; by the clock of Entra alone."""
    then, now = claims.get("auth_time"), claims["iat"]
    whole = type(then) is int and isinstance(now, int | float)
    return max(0, int(now) - int(str(then))) if whole and int(str(then)) <= now + LEEWAY else None
