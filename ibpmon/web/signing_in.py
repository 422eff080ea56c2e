"""Signing in at Entra and back: the code flow with PKCE, bound to one browser by a cookie of a few minutes.

Nothing is stored before somebody is known. State, nonce and verifier follow from the cookie by a key that lives as
long as this process, so a thousand strangers who begin and never come back cost nothing.
"""

import hashlib
import hmac
import logging
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from ibpmon.config import Tenant, Web
from ibpmon.errors import BusyError, RefusedError
from ibpmon.language import N_
from ibpmon.web.tokens import Authority, Identity, NotProven, checked

if TYPE_CHECKING:
    from msal import ConfidentialClientApplication

    from ibpmon.providers.session import Session

log = logging.getLogger("ibpmon.web")
PATIENCE = 600  # seconds between beginning and coming back
FRESH = 600  # seconds that a proof of who somebody is counts for signing
AT_ONCE = 8  # codes that are redeemed at the same time; each is a request to Entra
BACK, AWAY = "/signed-in", "/signed-out"
SCOPE = "openid profile"
# A path of ours: one slash, and nothing that a browser reads as another host.
LOCAL = re.compile(r"/(?![/\\])[A-Za-z0-9/_.~?=&%-]{0,300}", re.ASCII)
COOKIE = re.compile(r"[A-Za-z0-9_-]{43}\.(\d{1,12})", re.ASCII)


class Declined(RefusedError):
    """Whoever stood at the page of Microsoft went back, or may not use this application."""

    def __init__(self) -> None:
        super().__init__(
            N_("you are not signed in"),
            why=N_("signing in at Microsoft was broken off, or your account may not use ibpmon"),
            fix=N_("begin again at the start page, or ask ICT to let your account in"),
        )


class TooBusy(BusyError):
    """More people come in at once than is usual."""

    def __init__(self) -> None:
        super().__init__(
            N_("it is too busy to sign in now"),
            why=N_("many people, or a program, sign in at the same moment"),
            fix=N_("wait a minute and begin again at the start page"),
        )


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and what it has to bring back."""

    address: str
    cookie: str


def local(path: str) -> str:
    """A path on our own host to go on to; the start page for anything else."""
    return path if LOCAL.fullmatch(path) and ".." not in path else "/"


def as_web(tenant: Tenant, web: Web) -> Tenant:
    """The tenant as the app registration of the web signs in to it: that credential and no other."""
    own = {"client_id": web.client_id, "certificate": web.certificate, "secret": web.secret}
    return tenant.model_copy(update=own)


class SignIn:
    """The way to Entra and back for one app registration."""

    def __init__(self, web: Web, tenant: Tenant, session: "Session") -> None:
        self.web, self.tenant, self.session = web, as_web(tenant, web), session
        self.authority = Authority(self.tenant, session)
        self._key = secrets.token_bytes(32)
        self._app: ConfidentialClientApplication | None = None
        self._lock, self._places = Lock(), BoundedSemaphore(AT_ONCE)

    def begin(self, onwards: str, now: datetime, *, anew: bool = False) -> Begun:
        """The address at Entra, for a browser that will keep this cookie; `anew` asks to prove once more who it is."""
        cookie = f"{secrets.token_urlsafe(32)}.{int(now.timestamp())}"
        asked = {
            "client_id": self.web.client_id, "response_type": "code", "redirect_uri": self.web.public_url + BACK,
            "response_mode": "query", "scope": SCOPE, "state": self._state(cookie, local(onwards)),
            "nonce": nonce_hash(self._made("nonce", cookie)), "code_challenge": challenge(self._made("pkce", cookie)),
            "code_challenge_method": "S256", **({"prompt": "login", "max_age": str(FRESH)} if anew else {}),
        }  # fmt: skip
        where = self.authority.addresses().authorize
        return Begun(f"{where}{'&' if '?' in where else '?'}{urlencode(asked)}", cookie)

    def finish(self, cookie: str, answer: Mapping[str, str], now: datetime) -> tuple[Identity, str]:
        """Who came back, and where that person wanted to go.

        1. it is the browser that began, not long ago, and the answer is to what it asked
        2. Entra gives tokens for the code, to us and for our verifier
        3. the ID token passes our own check
        """
        onwards = self._onwards(cookie, answer.get("state", ""), now)
        if answer.get("error"):
            log.info("sign-in refused by the authority: %s", word(answer["error"]))
            raise Declined
        raw = self._redeemed(cookie, answer)
        nonce = nonce_hash(self._made("nonce", cookie))
        who = checked(raw, self.authority.key, self.tenant.id, str(self.web.client_id), self.authority.issuer, nonce)
        return who, onwards

    def leave(self) -> str:
        """Where Entra signs a person out too, and sends him back."""
        where = self.authority.addresses().logout
        back = urlencode({"post_logout_redirect_uri": self.web.public_url + AWAY})
        return f"{where}{'&' if '?' in where else '?'}{back}"

    def proof(self, secret: str, now: datetime) -> str:
        """What a browser keeps to show that somebody proved at this moment who he is, in this very session."""
        at = str(int(now.timestamp()))
        return f"{self._made('proof', f'{at} {secret}')}.{at}"

    def proved_at(self, secret: str, cookie: str, now: datetime) -> datetime | None:
        """When that was; None when it is too long ago, or of another session or process."""
        kept = COOKIE.fullmatch(cookie)
        if not kept or not 0 <= now.timestamp() - int(kept[1]) + 1 <= FRESH:
            return None
        then = datetime.fromtimestamp(int(kept[1]), UTC)
        return then if secrets.compare_digest(self.proof(secret, then).encode(), cookie.encode()) else None

    def _made(self, purpose: str, cookie: str) -> str:
        """A value that follows from the cookie, and from which nothing follows."""
        return letters(hmac.new(self._key, f"{purpose}:{cookie}".encode(), hashlib.sha256).digest())

    def _state(self, cookie: str, onwards: str) -> str:
        """The state: bound to the browser and to where the person wants to go."""
        return f"{self._made('state', cookie + ' ' + onwards)}.{letters(onwards.encode())}"

    def _onwards(self, cookie: str, state: str, now: datetime) -> str:
        begun = COOKIE.fullmatch(cookie)
        if not begun or not 0 <= now.timestamp() - int(begun[1]) + 1 <= PATIENCE:
            raise NotProven("no sign-in was begun in this browser, or too long ago")
        onwards = unlettered(state.partition(".")[2])
        if not secrets.compare_digest(self._state(cookie, onwards).encode(), state.encode()):
            raise NotProven("the answer to another sign-in")
        return local(onwards)

    def _redeemed(self, cookie: str, answer: Mapping[str, str]) -> str:
        """The ID token for the code, not looked at yet."""
        if not self._places.acquire(blocking=False):
            raise TooBusy
        try:
            got = self._tokens(cookie, answer)
        finally:
            self._places.release()
        if "id_token" in got:
            return str(got["id_token"])
        if got.get("error") == "invalid_grant":
            raise NotProven("the code was used before, is too old, or is another's")
        from ibpmon.providers.auth import refusal

        self._app = None  # next time the credential is read anew: someone may have replaced it
        raise refusal(got, self.tenant, "web")

    def _tokens(self, cookie: str, answer: Mapping[str, str]) -> dict[str, Any]:
        """What MSAL says. It compares the state again and checks nothing of the token but its nonce."""
        import requests
        from msal.exceptions import MsalServiceError

        from ibpmon.providers.auth import unavailable
        from ibpmon.providers.troubles import trouble

        flow = {
            "state": answer.get("state", ""), "redirect_uri": self.web.public_url + BACK, "scope": SCOPE.split(),
            "nonce": self._made("nonce", cookie), "code_verifier": self._made("pkce", cookie),
        }  # fmt: skip
        given = {"code": answer.get("code", ""), "state": answer.get("state", "")}
        try:
            got: dict[str, Any] = self._application().acquire_token_by_auth_code_flow(flow, given)
            return got
        except requests.RequestException as error:
            raise trouble(error, self.tenant.authority, "tenant.authority") from None
        except MsalServiceError:
            raise unavailable(self.tenant) from None
        except (ValueError, RuntimeError):  # the state or the nonce is another's, or the token cannot be taken apart
            raise NotProven("MSAL does not take the answer") from None

    def _application(self) -> "ConfidentialClientApplication":
        """MSAL's application, which keeps no token of anybody."""
        from msal import ConfidentialClientApplication, TokenCache

        from ibpmon.providers.auth import read_credential

        class Forgetful(TokenCache):  # type: ignore[misc]  # msal has no types
            """Who signed in is kept in our own sessions; Microsoft's tokens are of no use to us."""

            def add(self, event: Any, now: Any = None) -> None:
                """Nothing."""

        with self._lock:
            self._app = self._app or ConfidentialClientApplication(
                self.tenant.client_id,
                client_credential=read_credential(self.tenant),
                authority=f"{self.tenant.authority}/{self.tenant.id}",
                instance_discovery=False,
                http_client=self.session,
                exclude_scopes=["offline_access"],
                token_cache=Forgetful(),
            )
            return self._app


def letters(data: bytes) -> str:
    """Bytes in the letters of an address."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unlettered(text: str) -> str:
    """The text behind such letters; empty when it is none."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return ""


def nonce_hash(nonce: str) -> str:
    """What is sent of a nonce, in MSAL's way, for MSAL compares it too."""
    return hashlib.sha256(nonce.encode("ascii")).hexdigest()


def challenge(verifier: str) -> str:
    """What PKCE sends beforehand."""
    return letters(hashlib.sha256(verifier.encode()).digest())


def word(text: str) -> str:
    """A code of an error for the log: letters only."""
    return re.sub(r"[^a-z_]", "", text.lower())[:40]
