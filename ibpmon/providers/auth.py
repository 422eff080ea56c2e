"""Signing in to Entra as an app registration: one token per service, asked for when it is first needed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from ibpmon.config import Tenant, secret_text
from ibpmon.errors import ConfigError, PassingError, SourceError
from ibpmon.language import N_
from ibpmon.providers.troubles import trouble
from ibpmon.store.tables import micros

if TYPE_CHECKING:
    from msal import ConfidentialClientApplication

    from ibpmon.providers.session import Session

KEY = re.compile(r"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.+?-----END \1PRIVATE KEY-----", re.DOTALL)
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class SignInError(SourceError):
    """Entra gives no token, and will not until someone changes something: no request needs to be tried."""


class Token:
    """A token that prints as ***; `reveal` is called in one place, for the header of one request."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The token itself."""
        return self._text

    def __repr__(self) -> str:
        """Stars: what is printed or logged gives nothing away."""
        return "***"


class TokenSource(Protocol):
    """Where a client has its token from."""

    def get(self) -> Token:
        """A token that is good for some minutes at least; SourceError says why there is none."""

    def renew(self) -> None:
        """Forget the token: the next one is new."""

    def measured(self) -> Mapping[str, int | None]:
        """What was seen of the credential, by the name of its gauge; None for what there is not."""


class Tokens:
    """The tokens of one app registration for one service.

    MSAL keeps and renews them in memory; a stored cache would be tokens on disk. `section` is the part of config.toml
    that names the app registration, and `root` the service that the token is for, if that is not Graph.
    """

    def __init__(self, tenant: Tenant, session: Session, *, section: str = "tenant", root: str = "") -> None:
        self.tenant, self.session, self.section = tenant, session, section
        self.scopes = [f"{root or tenant.graph}/.default"]
        self._app: ConfidentialClientApplication | None = None
        self._lock = Lock()
        self._measured: Mapping[str, int | None] = {}

    def get(self) -> Token:
        """A token that is good for some minutes at least; SourceError says why there is none."""
        with self._lock:
            answer = self.answer()
            if "access_token" in answer:
                return Token(answer["access_token"])
            self._app = None  # next time the secret is read anew: someone may have replaced it
        raise refusal(answer, self.tenant, self.section)

    def renew(self) -> None:
        """Forget the token: the next one is new and knows the permissions granted meanwhile.

        MSAL signs once and shows that proof again for some minutes; an identity server may take it only once.
        """
        with self._lock:
            self._app = None

    def measured(self) -> Mapping[str, int | None]:
        """When the certificate ends with which we signed in; None for a secret, which does not tell."""
        return self._measured

    def answer(self) -> dict[str, Any]:
        """What MSAL says: a token, or an error as Entra words it."""
        import requests
        from msal.exceptions import MsalServiceError

        try:
            self._app = self._app or self.application()
            return self._app.acquire_token_for_client(self.scopes) or {}
        except requests.RequestException as error:
            raise trouble(error, self.tenant.authority, "tenant.authority") from None
        except (MsalServiceError, RuntimeError):
            raise unavailable(self.tenant) from None

    def application(self) -> ConfidentialClientApplication:
        """MSAL's application. Building it asks Entra for its addresses, so it waits until a token is needed."""
        from msal import ConfidentialClientApplication

        credential = read_credential(self.tenant)
        ends = None if isinstance(credential, str) else micros(end_of(credential["public_certificate"]))
        self._measured = {certificate_ends(self.section): ends}
        try:
            return ConfidentialClientApplication(
                self.tenant.client_id,
                client_credential=credential,
                authority=f"{self.tenant.authority}/{self.tenant.id}",
                instance_discovery=False,
                http_client=self.session,
                exclude_scopes=["offline_access"],
            )
        except (ValueError, KeyError):  # Entra answers 400 for a tenant that does not exist
            raise unknown_tenant(self.tenant) from None


def read_credential(tenant: Tenant) -> str | dict[str, str]:
    """What proves that we are the app registration, in MSAL's form; ConfigError when the file cannot do that."""
    if tenant.certificate:
        return read_certificate(tenant)
    assert tenant.secret, "the configuration holds exactly one of both"  # noqa: S101 - a promise of config.Tenant
    if secret := secret_text(tenant.secret):
        return secret
    raise ConfigError(
        N_("the secret file {path} is empty"),
        why=N_("Entra gives no token without the secret"),
        fix=N_("put the value of the client secret in it (not its ID)"),
        path=tenant.secret,
    )


def read_certificate(tenant: Tenant) -> dict[str, str]:
    """The private key and its certificate from one PEM file, checked to be a pair."""
    assert tenant.certificate  # noqa: S101 - the caller looked
    text = secret_text(tenant.certificate)
    key, certificate = KEY.search(text), CERTIFICATE.search(text)
    if not key or not certificate:
        raise unusable(tenant, N_("it must hold both a private key and a certificate"))
    check_pair(tenant, key[0], certificate[0])
    return {"private_key": key[0], "public_certificate": certificate[0]}


def certificate_ends(section: str) -> str:
    """The name of the gauge for the end of a certificate; `section` is the part of config.toml that names it."""
    return "certificate_ends" if section == "tenant" else f"{section}_certificate_ends"


def end_of(text: str) -> datetime:
    """The last moment of the certificate in a PEM file; ValueError when there is none."""
    from cryptography.x509 import load_pem_x509_certificate

    start = text.find("-----BEGIN CERTIFICATE-----")
    return load_pem_x509_certificate(text[max(start, 0) :].encode()).not_valid_after_utc


def check_pair(tenant: Tenant, key: str, certificate: str) -> None:
    """Raises ConfigError when the key cannot be read, or belongs to another certificate."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificate

    try:
        private = load_pem_private_key(key.encode(), None)
        public = load_pem_x509_certificate(certificate.encode()).public_key()
    except TypeError:
        raise unusable(tenant, N_("its private key has a password")) from None
    except (ValueError, UnsupportedAlgorithm):
        raise unusable(tenant, N_("its private key or certificate is damaged")) from None
    if private.public_key() != public:
        raise unusable(tenant, N_("its private key does not belong to its certificate"))


def unusable(tenant: Tenant, why: str) -> ConfigError:
    """The PEM file cannot be used to sign in."""
    return ConfigError(
        N_("cannot use the certificate file {path}"),
        why=why,
        fix=N_("make one PEM file of the private key, without password, and the certificate that you gave to Entra"),
        path=tenant.certificate,
    )


def unknown_tenant(tenant: Tenant) -> SignInError:
    """Entra does not know the tenant, or what answers is no Entra."""
    return SignInError(
        N_("cannot sign in: {host} does not know the tenant {tenant}"),
        why=N_("there is no sign-in configuration at that address"),
        fix=N_("check tenant.id and tenant.authority in config.toml (Entra > Overview > Tenant ID)"),
        host=tenant.authority,
        tenant=tenant.id,
    )


def unavailable(tenant: Tenant) -> PassingError:
    """Entra itself has a problem or asks for rest."""
    return PassingError(
        N_("cannot sign in now: {host} does not give a token"),
        why=N_("Microsoft Entra is not available, or asks us to wait"),
        fix=N_("nothing to do: ibpmon tries again; see the Microsoft 365 service health when it lasts"),
        host=tenant.authority,
    )


# Entra's own numbers for why no token is given: learn.microsoft.com/entra/identity-platform/reference-error-codes
REASONS = {
    7000215: (
        N_("the client secret is wrong"),
        N_("put the value of the secret in the file, not its ID; make a new secret in Entra when the value is lost"),
    ),
    7000222: (
        N_("the client secret has expired"),
        N_("make a new one in Entra > App registrations > Certificates & secrets; better, use a certificate"),
    ),
    700027: (
        N_("the certificate does not belong to the app registration, or has expired"),
        N_("upload the certificate of that file in Entra > App registrations > Certificates & secrets"),
    ),
    700024: (
        N_("the clock of this machine is wrong"),
        N_("set the clock and let it follow a time server"),
    ),
    700016: (
        N_("the tenant does not know the application {client}"),
        N_("check {section}.client_id in config.toml (Entra > App registrations > Application ID)"),
    ),
    90002: (
        N_("Entra does not know the tenant {tenant}"),
        N_("check tenant.id in config.toml (Entra > Overview > Tenant ID)"),
    ),
}
OTHER = (
    N_("Entra answered {error}, AADSTS{number}"),
    N_("look the number up at https://login.microsoftonline.com/error, and check the app registration"),
)


def refusal(answer: dict[str, Any], tenant: Tenant, section: str = "tenant") -> SourceError:
    """Why Entra gives no token, in words; its own description may hold names and is not repeated."""
    error = re.sub(r"\W", "", str(answer.get("error", "")))[:40]
    if error in ("temporarily_unavailable", "server_error") or "throttl" in error.lower():
        return unavailable(tenant)
    number = next((code for code in answer.get("error_codes") or [] if isinstance(code, int)), 0)
    number = number or next(iter(map(int, re.findall(r"AADSTS(\d+)", str(answer.get("error_description"))))), 0)
    why, fix = REASONS.get(number, OTHER)
    return SignInError(
        N_("cannot sign in to the tenant as application {client}"),
        why=why,
        fix=fix,
        client=tenant.client_id,
        tenant=tenant.id,
        section=section,
        error=error or "nothing",
        number=number,
    )
