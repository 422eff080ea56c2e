"""The identity server: it verifies who asks and gives a token with the permissions that were granted."""

import json
import secrets
import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ibpmon.demo.microsoft.answers import Answer, Refusal, Request, json_answer, no_token
from ibpmon.demo.microsoft.front_desk import KEYS, FrontDesk, WrongGrant

GRAPH_AUDIENCE = "00000003-0000-0000-c000-000000000000"
SHAREPOINT_AUDIENCE = "00000003-0000-0ff1-ce00-000000000000"
OUTLOOK_AUDIENCE = "00000002-0000-0ff1-ce00-000000000000"
OUTLOOK, OUTLOOK_ROLE = "https://outlook.office365.com", "Outlook:"  # SMTP takes a token for this, with SMTP.SendAsApp
SHAREPOINT_ROLE = "SharePoint:"  # how a permission of SharePoint, not of Graph, is named when it is granted
SECRET, CERTIFICATE = "1", "2"  # how a client proved itself, in the words of a token
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(slots=True)
class App:
    """An app registration."""

    key: RSAPublicKey | None
    secret: str | None
    permissions: set[str]
    mailboxes: frozenset[str] = frozenset()  # which it may send mail from by a role of Exchange
    used: set[str] = field(default_factory=set)  # jti of assertions: each is good for one token


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a token belongs to and what it may do."""

    client_id: str
    permissions: frozenset[str]  # those of the audience only; SharePoint's without what stands before the colon
    audience: str = GRAPH_AUDIENCE
    certificate: bool = False
    mailboxes: frozenset[str] = frozenset()


class NotRegistered(Exception):
    """The client did not prove who it is."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(text)
        self.number = number


class Identity:
    """App registrations of one tenant and the tokens that they were given."""

    def __init__(self, tenant_id: str, token_life: int = 3599, desk: FrontDesk | None = None) -> None:
        self.tenant_id, self.token_life = tenant_id, token_life
        self.desk = desk or FrontDesk(tenant_id, list)
        self.base = ""  # https://localhost:PORT, known once the server listens
        self.sharepoint = ""  # the origin of SharePoint: whoever asks a token for it gets one for nothing else
        self._apps: dict[str, App] = {}
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()

    def register(
        self,
        client_id: str,
        *,
        certificate_pem: str | None = None,
        secret: str | None = None,
        permissions: Iterable[str] = (),
        mailboxes: Iterable[str] = (),
    ) -> None:
        """Make an app registration with a certificate or a secret, and grant it permissions.

        A permission of SharePoint is named `SharePoint:Sites.FullControl.All`; the others are Graph's. `mailboxes`
        are those that Exchange lets it send from without any permission of Graph.
        """
        boxes = frozenset(name.lower() for name in mailboxes)
        self._apps[client_id] = App(public_key(certificate_pem), secret, set(permissions), boxes)

    def permissions(self, client_id: str, names: Iterable[str]) -> None:
        """Change what is granted. What is taken away is gone at once; what is added is in new tokens only."""
        self._apps[client_id].permissions = set(names)

    def expire_tokens(self) -> None:
        """Make all tokens that were given worthless."""
        self._key = secrets.token_bytes(32)

    def answer(self, request: Request) -> Answer | None:
        """The answer to a request at the sign-in address; None for what is not there."""
        parts = request.path.strip("/").split("/")
        if parts[0] not in (self.tenant_id, "common", "organizations"):
            return error(400, 90002, "invalid_request", f"Tenant '{parts[0]}' not found.")
        rest = "/".join(parts[1:])
        if request.method == "GET" and rest in ("v2.0/.well-known/openid-configuration", DISCOVERY):
            return json_answer(200, json.dumps(self.configuration()).encode())
        if request.method == "GET" and rest == KEYS:
            return self.desk.keys()
        if request.method == "POST" and rest == "oauth2/v2.0/token":
            return self.token(request)
        return None

    def configuration(self) -> dict[str, Any]:
        """The document that tells a client where to go."""
        tenant = f"{self.base}/{self.tenant_id}"
        return {
            "issuer": f"{tenant}/v2.0",
            "token_endpoint": self.token_endpoint,
            "jwks_uri": f"{tenant}/{KEYS}",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            **self.desk.configuration(),
        }

    @property
    def token_endpoint(self) -> str:
        """Where tokens are given."""
        return f"{self.base}/{self.tenant_id}/oauth2/v2.0/token"

    def token(self, request: Request) -> Answer:
        """A token for a client that proves who it is."""
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if form.get("grant_type") == "authorization_code":
            return self.redeem(form)
        if form.get("grant_type") != "client_credentials":
            return error(400, 70003, "unsupported_grant_type", "The app requested an unsupported grant type.")
        if not form.get("scope", "").endswith("/.default"):
            return error(400, 1002012, "invalid_scope", "The provided value for scope is not valid.")
        audience = self.audience(form["scope"].removesuffix("/.default"))
        try:
            client_id = self.prove(form)
        except NotRegistered as refused:
            return error(401, refused.number, "invalid_client", str(refused))
        proof = CERTIFICATE if "client_assertion" in form else SECRET
        body = {"token_type": "Bearer", "expires_in": self.token_life, "ext_expires_in": self.token_life}
        return json_answer(200, json.dumps({**body, "access_token": self.sign(client_id, audience, proof)}).encode())

    def redeem(self, form: dict[str, str]) -> Answer:
        """The tokens of a person who signed in, for the application that he signed in to."""
        try:
            return self.desk.redeem(self.prove(form), form)
        except NotRegistered as refused:
            return error(401, refused.number, "invalid_client", str(refused))
        except WrongGrant as refused:
            return error(400, refused.number, "invalid_grant", str(refused))

    def audience(self, resource: str) -> str:
        """Who a token is for; whatever is neither SharePoint nor Outlook is Graph here."""
        if resource == OUTLOOK:
            return OUTLOOK_AUDIENCE
        return SHAREPOINT_AUDIENCE if self.sharepoint and resource == self.sharepoint else GRAPH_AUDIENCE

    def prove(self, form: dict[str, str]) -> str:
        """The client id, when secret or assertion are right."""
        client_id = form.get("client_id", "")
        app = self._apps.get(client_id)
        if app is None:
            raise NotRegistered(700016, f"Application with identifier '{client_id}' was not found in the directory.")
        if form.get("client_assertion_type") == ASSERTION_TYPE:
            self.verify(client_id, app, form.get("client_assertion", ""))
        elif not app.secret or not secrets.compare_digest(app.secret.encode(), form.get("client_secret", "").encode()):
            raise NotRegistered(7000215, "Invalid client secret provided.")
        return client_id

    def verify(self, client_id: str, app: App, assertion: str) -> None:
        """Check signature, audience, term and issuer of the assertion, and that it is new."""
        if app.key is None:
            raise NotRegistered(700027, "The certificate used to sign the client assertion is not registered.")
        need = {"require": ["exp", "iss", "sub", "aud", "jti"]}
        try:
            claims = jwt.decode(
                assertion,
                app.key,
                algorithms=["PS256", "RS256"],
                audience=self.token_endpoint,
                issuer=client_id,
                subject=client_id,
                options=need,  # type: ignore[arg-type]  # pyjwt types its options as a closed set of keys
            )
        except jwt.InvalidTokenError as wrong:
            text = "The certificate with identifier used to sign the client assertion is not registered on application."
            raise NotRegistered(700027, text) from wrong
        with self._lock:
            if claims["jti"] in app.used:
                raise NotRegistered(700030, "The client assertion was used before.")
            app.used.add(claims["jti"])

    def sign(self, client_id: str, audience: str = GRAPH_AUDIENCE, proof: str = SECRET) -> str:
        """A token with the permissions of this moment; without any granted there is no `roles` in it at all."""
        now = int(time.time())
        roles = sorted(roles_at(audience, self._apps[client_id].permissions))
        claims = {
            "aud": audience,
            "iss": f"{self.base}/{self.tenant_id}/v2.0",
            "tid": self.tenant_id,
            "appid": client_id,
            "appidacr": proof,
            "iat": now,
            "exp": now + self.token_life,
            "jti": str(uuid.uuid4()),
            **({"roles": roles} if roles else {}),
        }
        return jwt.encode(claims, self._key, algorithm="HS256")

    def caller(self, request: Request, audience: str = GRAPH_AUDIENCE) -> Caller:
        """Who sends this request; refuses what is not a token of ours for this address."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            claims = jwt.decode(token, self._key, algorithms=["HS256"], audience=audience)
        except jwt.InvalidAudienceError as wrong:
            raise no_token("Access token validation failure. Invalid audience.") from wrong
        except jwt.InvalidTokenError as wrong:
            raise no_token() from wrong
        if kind != "Bearer" or claims["appid"] not in self._apps:
            raise no_token()
        app = self._apps[claims["appid"]]
        granted = frozenset(claims.get("roles", ())) & roles_at(audience, app.permissions)
        return Caller(claims["appid"], granted, audience, claims["appidacr"] == CERTIFICATE, app.mailboxes)

    def may_submit(self, mailbox: str, token: str) -> bool:
        """Whether SMTP lets somebody with this token send from a mailbox: a right of the app, and one in Exchange."""
        try:
            caller = self.caller(Request("SMTP", "", {}, {"authorization": f"Bearer {token}"}), OUTLOOK_AUDIENCE)
        except Refusal:
            return False
        return "SMTP.SendAsApp" in caller.permissions and mailbox.lower() in caller.mailboxes

    def sharepoint_caller(self, request: Request) -> Caller:
        """Who asks SharePoint itself; it takes the token of a certificate only."""
        caller = self.caller(request, SHAREPOINT_AUDIENCE)
        if not caller.certificate:
            raise no_token("Unsupported app only token.")
        return caller


def roles_at(audience: str, permissions: Iterable[str]) -> frozenset[str]:
    """The permissions that belong to Graph, or those of SharePoint or Outlook under their own name."""
    if start := {SHAREPOINT_AUDIENCE: SHAREPOINT_ROLE, OUTLOOK_AUDIENCE: OUTLOOK_ROLE}.get(audience):
        return frozenset(name.removeprefix(start) for name in permissions if name.startswith(start))
    return frozenset(name for name in permissions if ":" not in name)


DISCOVERY = ".well-known/openid-configuration"


def public_key(certificate_pem: str | None) -> RSAPublicKey | None:
    """The key of a certificate; a file with the private key in it is fine, that part is not read."""
    if certificate_pem is None:
        return None
    begin = certificate_pem.index("-----BEGIN CERTIFICATE-----")
    key = x509.load_pem_x509_certificate(certificate_pem[begin:].encode()).public_key()
    if not isinstance(key, RSAPublicKey):
        raise TypeError("Entra takes certificates with an RSA key only")
    return key


def refusal(refused: Refusal) -> Answer:
    """Something that goes wrong at the sign-in address, in its own words."""
    answer = error(refused.status, 90033, "temporarily_unavailable", refused.message)
    answer.headers.update(refused.headers)
    return answer


def error(status: int, number: int, code: str, text: str) -> Answer:
    """An OAuth error as Entra sends it."""
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}"
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    about = f"AADSTS{number}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}"
    body = {
        "error": code,
        "error_description": about,
        "error_codes": [number],
        "timestamp": now,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"https://login.microsoftonline.com/error?code={number}",
    }
    return json_answer(status, json.dumps(body).encode())
