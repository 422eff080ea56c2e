"""Where people sign in: a page to choose who you are, a code for the application, and a signed ID token for the code.

It asks no password: whoever can reach it stands at this machine. For the rest it does what Entra does, and refuses
what Entra refuses.
"""

import base64
import hashlib
import html
import json
import secrets
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from ibpmon.demo.microsoft.answers import Answer, Json, Request, json_answer

AUTHORIZE, LOGOUT, KEYS = "oauth2/v2.0/authorize", "oauth2/v2.0/logout", "discovery/v2.0/keys"
CODE_LIFE = 600  # seconds
ALWAYS = ("client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge")


@dataclass(slots=True)
class Site:
    """A web application where people sign in: where they may be sent back to, and which app roles they have there."""

    redirects: frozenset[str]
    roles: dict[str, list[str]] = field(default_factory=dict)  # object id -> values of app roles


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for."""

    client_id: str
    asked: Mapping[str, str]
    account: str
    until: float


class WrongGrant(Exception):
    """The code is not good for a token."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(text)
        self.number = number


class FrontDesk:
    """The people of one tenant, and the web applications where they may sign in."""

    def __init__(self, tenant_id: str, people: Callable[[], Sequence[Json]]) -> None:
        self.tenant_id, self.people = tenant_id, people
        self.issuer = ""  # known once the server listens
        self.base = ""  # http://localhost:PORT: a browser has no reason to trust our certificate
        self.sites: dict[str, Site] = {}
        self.codes: dict[str, Code] = {}
        self.key_id = secrets.token_urlsafe(12)
        self.changes: dict[str, Any] = {}  # claims that are other than they should be, for tests

    @cached_property
    def key(self) -> RSAPrivateKey:
        """The key that signs ID tokens; made when somebody first needs it."""
        return generate_private_key(65537, 2048)

    def register(self, client_id: str, redirects: Iterable[str]) -> None:
        """Let people sign in to this app registration, and come back to one of these addresses."""
        self.sites[client_id] = Site(frozenset(redirects))

    def assign(self, client_id: str, account: str, *roles: str) -> None:
        """Give an account app roles there; those that it had go."""
        self.sites[client_id].roles[account] = list(roles)

    def configuration(self) -> dict[str, Any]:
        """What the document of the tenant says about signing people in."""
        return {
            "authorization_endpoint": f"{self.base}/{self.tenant_id}/{AUTHORIZE}",
            "end_session_endpoint": f"{self.base}/{self.tenant_id}/{LOGOUT}",
        }

    # ------------------------------------------------------------ pages

    def answer(self, request: Request) -> Answer | None:
        """The answer to a browser; None for what is not there."""
        tenant, _, rest = request.path.strip("/").partition("/")
        if tenant != self.tenant_id:
            return None
        if rest == AUTHORIZE and request.method in ("GET", "POST"):
            return self.authorize(request)
        if rest == LOGOUT and request.method == "GET":
            return self.logout(request.query)
        return None

    def authorize(self, request: Request) -> Answer:
        """The page to choose who you are, and then back to the application with a code."""
        asked, site = request.query, self.sites.get(request.query.get("client_id", ""))
        if site is None:
            return refused(700016, "Application was not found in the directory.")
        if asked.get("redirect_uri") not in site.redirects:
            return refused(50011, "The redirect URI specified in the request does not match those of the application.")
        if missing := [name for name in ALWAYS if not asked.get(name)]:
            return refused(900144, f"The request must contain the following parameter: '{missing[0]}'.")
        if asked["response_type"] != "code" or asked.get("code_challenge_method") != "S256":
            return refused(501481, "The Code_Challenge supplied in the authorization request is invalid.")
        if request.method == "GET":
            return page("Wie bent u?", choice(self.people()))
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        return self.chosen(asked, form)

    def chosen(self, asked: Mapping[str, str], form: Mapping[str, str]) -> Answer:
        """Back to the application: with a code, or with the word that this person did not want to."""
        if "cancel" in form:
            return back(asked, error="access_denied", error_description="AADSTS65004: User declined to consent.")
        account = self.account(form.get("name", "") or form.get("account", ""))
        if account is None:
            return refused(50034, "The user account does not exist in the directory.")
        if not account["accountEnabled"]:
            return refused(50057, "The user account is disabled.")
        code = secrets.token_urlsafe(32)
        self.codes[code] = Code(asked["client_id"], dict(asked), str(account["id"]), time.monotonic() + CODE_LIFE)
        return back(asked, code=code, session_state=str(uuid.uuid4()))

    def account(self, name: str) -> Json | None:
        """An account by its id or its user name."""
        wanted = name.strip().casefold()
        names = ("id", "userPrincipalName")
        return next((one for one in self.people() if wanted in {str(one[key]).casefold() for key in names}), None)

    def logout(self, query: Mapping[str, str]) -> Answer:
        """Back to the application when it registered that address; else a page that says so."""
        to = query.get("post_logout_redirect_uri", "")
        if any(to in site.redirects for site in self.sites.values()):
            return Answer(302, {"Location": to})
        return page("U bent afgemeld", "<p>U kunt dit venster sluiten.</p>")

    # ------------------------------------------------------------ tokens

    def redeem(self, client_id: str, form: Mapping[str, str]) -> Answer:
        """The tokens for a code; the client has proved itself already. A code is good for one time."""
        code = self.codes.pop(form.get("code", ""), None)
        if code is None or code.until < time.monotonic():
            raise WrongGrant(54005, "OAuth2 Authorization code was already redeemed, or has expired.")
        if (code.client_id, code.asked["redirect_uri"]) != (client_id, form.get("redirect_uri")):
            raise WrongGrant(500112, "The reply address does not match the one of the authorization request.")
        if not secrets.compare_digest(challenge(form.get("code_verifier", "")), code.asked["code_challenge"]):
            raise WrongGrant(501481, "The Code_Verifier does not match the code_challenge of the request.")
        account = next(one for one in self.people() if one["id"] == code.account)
        body = {
            "token_type": "Bearer", "scope": "openid profile", "expires_in": 3599,
            "access_token": secrets.token_urlsafe(24), "id_token": self.sign(self.claims(code, account)),
        }  # fmt: skip
        return json_answer(200, json.dumps(body).encode())

    def claims(self, code: Code, account: Json) -> dict[str, Any]:
        """What an ID token says, version 2.0."""
        now, roles = int(time.time()), self.sites[code.client_id].roles.get(code.account, [])
        said = {
            "aud": code.client_id, "iss": self.issuer, "tid": self.tenant_id, "oid": code.account, "ver": "2.0",
            "sub": challenge(f"{code.client_id}/{code.account}"),
            "iat": now, "nbf": now, "exp": now + 3900, "auth_time": now, "nonce": code.asked["nonce"],
            "name": account["displayName"],
            "preferred_username": account["userPrincipalName"], **({"roles": roles} if roles else {}),
        }  # fmt: skip
        return {name: value for name, value in (said | self.changes).items() if value is not None}

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A token of the tenant."""
        return jwt.encode(dict(claims), self.key, algorithm="RS256", headers={"kid": self.key_id})

    def keys(self) -> Answer:
        """The public keys, as the tenant gives them to everybody."""
        public: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        known = {"kty": "RSA", "use": "sig", "kid": self.key_id, "n": public["n"], "e": public["e"]}
        return json_answer(200, json.dumps({"keys": [known]}).encode())


class Door:
    """The door for browsers: the pages of the front desk over plain http, and nothing else."""

    def __init__(self, desk: FrontDesk, note: Callable[[Request, str, int], None]) -> None:
        self.desk, self.note = desk, note

    def answer(self, request: Request) -> Answer:
        """The page, or that there is none."""
        return self.desk.answer(request) or page("Niet gevonden", "<p>Hier is niets.</p>", 404)


def challenge(verifier: str) -> str:
    """What PKCE sends beforehand instead of the verifier: a hash in the letters of an address."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def back(asked: Mapping[str, str], **said: str) -> Answer:
    """To the address of the application, with its state."""
    joint = "&" if "?" in asked["redirect_uri"] else "?"
    return Answer(302, {"Location": asked["redirect_uri"] + joint + urlencode({**said, "state": asked["state"]})})


def refused(number: int, text: str) -> Answer:
    """What goes wrong here stays here: nobody is sent to an address that is not registered."""
    return page("Aanmelden lukt niet", f"<p>AADSTS{number}: {html.escape(text)}</p>", 400)


def choice(people: Sequence[Json]) -> str:
    """A button per employee, and a field for everybody else."""
    staff = [one for one in people if one["accountEnabled"] and one.get("jobTitle")]
    buttons = "".join(
        f'<li><button name="account" value="{html.escape(str(one["id"]), quote=True)}">'
        f"{html.escape(str(one['displayName']))} <small>{html.escape(str(one['jobTitle']))}</small></button></li>"
        for one in sorted(staff, key=rank)
    )
    return (
        '<form method="post"><p>Dit is een nagemaakt Microsoft 365. Er is geen wachtwoord nodig.</p>'
        '<p><label for="name">Gebruikersnaam</label> <input id="name" name="name" autocomplete="off"> '
        f"<button>Verder</button> <button name='cancel' value='1'>Annuleren</button></p><ul>{buttons}</ul></form>"
    )


def rank(account: Json) -> tuple[bool, str, str]:
    """Teachers last: there are many of them."""
    return "eerkracht" in str(account["jobTitle"]), str(account["jobTitle"]), str(account["displayName"])


STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}"
    "ul{list-style:none;padding:0}li button{width:100%;text-align:left}"
    "button,input{font:inherit;padding:.5rem .7rem;margin:.15rem 0}"
)


def page(title: str, body: str, status: int = 200) -> Answer:
    """A page for people."""
    text = (
        f'<!doctype html><html lang="nl"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><style>{STYLE}</style>'
        f"<main><h1>{title}</h1>{body}</main></html>"
    )
    return Answer(status, {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}, text.encode())
