"""The client of Datto RMM: devices and remote sessions, by its API v2.

What is known comes from its help page (rmm.datto.com/help, "Datto RMM API") and from the OpenAPI description that each
platform publishes (https://<platform>-api.centrastage.net/api/v3/api-docs): the token request, its life of 100 hours,
600 requests in 60 seconds, `pageDetails.nextPageUrl`, and the parameters of each path. Not verified against a live
account: how a refusal is worded, whether 429 says how long to wait, and for how long it closes its doors (403) to who
goes on asking.
"""

import re
from collections.abc import Mapping
from threading import Lock
from typing import Any

import msgspec
import requests

from ibpmon.config import Datto as Settings
from ibpmon.config import secret_text
from ibpmon.errors import ConfigError, MissingPermission, PassingError, SourceError
from ibpmon.language import N_
from ibpmon.providers import refusals
from ibpmon.providers.addresses import DATTO, with_query
from ibpmon.providers.auth import SignInError, Token
from ibpmon.providers.client import Client, Form, Params
from ibpmon.providers.refusals import RETRY, Meaning
from ibpmon.providers.session import Session
from ibpmon.providers.troubles import trouble
from ibpmon.providers.waiting import Waiting

API = "/api/v2"
ACTIVITY = f"{API}/activity-logs"
LIFE = 100 * 3600.0  # of a token, when it does not say
EARLY = 300.0  # a token that ends within this time is not used any more
SPAN = re.compile(r"\w+ ge (?P<from>[0-9T:-]+Z) and \w+ le (?P<until>[0-9T:-]+Z)")


class Datto(Client):
    """Datto RMM of one account."""

    name, service, form = "datto", DATTO, Form("rows", ("pageDetails", "nextPageUrl"))
    first_wait = 10.0  # it counts a minute, and closes its doors to who asks on

    def first(self, path: str, params: Params | None) -> str:
        """The path below /api/v2, asked in Datto's own words."""
        full = path if path.startswith(f"{API}/") else API + path
        return with_query(self.root + full, in_its_words(full, params or {}))

    def means(self, status: int, code: str, sentence: str) -> Meaning:
        """Datto has no codes that we know of."""
        if status == 401:
            return (
                SourceError,
                N_("{service} does not accept a new token either"),
                N_("check datto.address in config.toml: it must be the platform of your own account"),
            )
        if status == 403:
            return (
                MissingPermission,
                N_("the API user may not read this, or {service} keeps us out for asking too much"),
                N_("check the security level of the API user in Datto RMM > Setup > Users"),
            )
        return refusals.other_meaning(status, code)


def in_its_words(path: str, params: Params) -> dict[str, str | int]:
    """The query of a read in Datto's words: no $select, `max` or `size` for a page, from and until for a span."""
    query = {name: value for name, value in params.items() if not name.startswith("$")}
    if "$top" in params:
        query["size" if path.startswith(ACTIVITY) else "max"] = params["$top"]
    if span := SPAN.match(str(params.get("$filter", ""))):
        query |= span.groupdict()
    return query


class DattoTokens:
    """The token of one API user; kept in memory until it ends."""

    def __init__(self, settings: Settings, session: Session, waiting: Waiting) -> None:
        self.settings, self.session, self.waiting = settings, session, waiting
        self._token: tuple[Token, float] | None = None
        self._lock = Lock()

    def get(self) -> Token:
        """A token that is good for some minutes at least; SourceError says why there is none."""
        with self._lock:
            if self._token is None or self.waiting.clock() > self._token[1] - EARLY:
                self._token = self.asked()
            return self._token[0]

    def renew(self) -> None:
        """Forget the token: the next one is new."""
        with self._lock:
            self._token = None

    def measured(self) -> Mapping[str, int | None]:
        """Nothing: keys do not tell when they end."""
        return {}

    def asked(self) -> tuple[Token, float]:
        """A new token and when it ends."""
        try:
            answer = self.session.post(
                f"{self.settings.address}/auth/oauth/token",
                data={"grant_type": "password", "username": self.settings.key, "password": self.secret()},
                auth=("public-client", "public"),  # the same for everyone, as its help says
            )
        except requests.RequestException as error:
            raise trouble(error, self.settings.address, DATTO.setting) from None
        told = token_in(answer.content) if answer.status_code == 200 else None
        if told is None:
            raise self.refusal(answer.status_code)
        life = told.get("expires_in")
        return Token(told["access_token"]), self.waiting.clock() + (life if isinstance(life, int) else LIFE)

    def secret(self) -> str:
        """The secret key, read anew each time: someone may have replaced it."""
        if secret := secret_text(self.settings.secret):
            return secret
        raise ConfigError(
            N_("the secret file {path} is empty"),
            why=N_("Datto RMM gives no token without the secret key"),
            fix=N_("put the API secret key in it (Datto RMM > Setup > Users > Generate API Keys)"),
            path=self.settings.secret,
        )

    def refusal(self, status: int) -> SourceError:
        """Why there is no token; what the answer says may hold the key and is not repeated."""
        if status in RETRY:
            return PassingError(
                N_("cannot sign in now: {host} does not give a token"),
                why=N_("Datto RMM is not available, or asks us to wait"),
                fix=N_("nothing to do: ibpmon tries again"),
                host=self.settings.address,
            )
        return SignInError(
            N_("cannot sign in to Datto RMM at {host}"),
            why=N_("it answered {status} to the API key and the secret key"),
            fix=N_("check [datto] in config.toml; make new keys in Datto RMM > Setup > Users > Generate API Keys"),
            host=self.settings.address,
            status=status,
        )


def token_in(body: bytes) -> Mapping[str, Any] | None:
    """The answer to a token request, if it holds a token."""
    try:
        told = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) and isinstance(told.get("access_token"), str) else None
