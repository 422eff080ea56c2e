"""Whether people can sign in to the pages: the address, the credential, and the tenant's own word on where that is."""

from collections.abc import Iterator
from datetime import datetime

import requests

from ibpmon.config import Config, Web, secret_text
from ibpmon.errors import IbpmonError
from ibpmon.language import N_
from ibpmon.operate.check.said import Check, from_error
from ibpmon.operate.check.surroundings import certificate
from ibpmon.providers.session import Session

BACK = "/signed-in"  # behind the address of the pages: there Microsoft sends people back to
DEADLINE = 15.0
SUBJECT = "web"


def web(config: Config, now: datetime) -> Iterator[Check]:
    """All of it; nothing where the pages are not set up."""
    if config.web is None:
        return
    yield address(config.web)
    # One that also reads the tenant is refused where the configuration is read: nothing here would run.
    yield Check(SUBJECT, "ok", N_("the web has an app registration of its own"))
    if config.web.certificate:
        yield from certificate(config.web.certificate, SUBJECT, now)
    elif config.web.secret:
        yield secret(config.web)
    yield from discovery(config)


def address(found: Web) -> Check:
    """Where people come back to: Entra refuses any other, and tells only who signs in."""
    what = N_("people sign in at {address}; Entra must have {back} as a redirect address, letter by letter")
    values = {"address": found.public_url, "back": found.public_url + BACK}
    if found.is_secure:
        return Check(SUBJECT, "ok", what, "", values)
    fix = N_("others only come in by https: put a proxy with a certificate before it, as docs/web.md says")
    return Check(SUBJECT, "note", what, fix, values)


def secret(found: Web) -> Check:
    """Whether the client secret can be read, by ibpmon alone."""
    try:
        secret_text(found.secret)  # type: ignore[arg-type]  # asked where there is one
    except IbpmonError as error:
        return from_error(SUBJECT, error)
    what = N_("the web signs in with a client secret, which does not say when it ends")
    return Check(SUBJECT, "note", what, N_("use a certificate: it is safer, and ibpmon warns before it ends"))


def discovery(config: Config) -> Iterator[Check]:
    """Whether the tenant says where people sign in, and is the tenant that is meant."""
    tenant = config.tenant
    issuer = f"{tenant.authority}/{tenant.id.lower()}/v2.0"
    values = {"host": tenant.authority, "tenant": tenant.id}
    try:
        with Session([tenant.authority], ca=tenant.ca, proxy=tenant.proxy, deadline=DEADLINE) as session:
            answer = session.get(f"{issuer}/.well-known/openid-configuration")
            told = answer.json() if answer.status_code == 200 else None
    except (requests.RequestException, ValueError) as error:
        what = N_("{host} did not say where people sign in ({kind})")
        yield Check(SUBJECT, "unknown", what, "", values | {"kind": type(error).__name__})
        return
    if isinstance(told, dict) and str(told.get("issuer", "")) == issuer and told.get("authorization_endpoint"):
        yield Check(SUBJECT, "ok", N_("{host} says where people of the tenant sign in"), "", values)
        return
    fix = N_("check tenant.id and tenant.authority in config.toml (Entra > Overview > Tenant ID)")
    yield Check(SUBJECT, "problem", N_("{host} does not say how people sign in to the tenant {tenant}"), fix, values)
