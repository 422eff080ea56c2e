"""People sign in at the simulated Microsoft as at the real one, but for the password."""

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import msal
import pytest
import requests

from ibpmon.demo.board import Board
from ibpmon.demo.microsoft import Microsoft

CLIENT = "77777777-7777-4777-8777-777777777777"
HOME = "http://localhost:8377/signed-in"


@pytest.fixture
def microsoft(small_board: Board, tmp_path: Path) -> Iterator[Microsoft]:
    """A tenant with one application where people sign in."""
    with Microsoft(small_board, folder=tmp_path) as running:
        running.register_web(CLIENT, [HOME], secret="horse", roles={somebody(small_board): "Ibpmon.ICT"})
        yield running


def somebody(board: Board, function: str = "ICT-beheerder") -> str:
    """The user name of who holds a function."""
    return str(next(one for one in board.people if one.function == function).account["userPrincipalName"])


@pytest.fixture
def browser() -> Iterator[requests.Session]:
    """What a person looks through: it goes to no address by itself."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


def application(microsoft: Microsoft, browser: requests.Session) -> Any:
    """MSAL as it is."""
    browser.verify = str(microsoft.ca)
    return msal.ConfidentialClientApplication(
        CLIENT, client_credential="horse", authority=f"{microsoft.authority}/{microsoft.tenant_id}",
        instance_discovery=False, http_client=browser, exclude_scopes=["offline_access"],
    )  # fmt: skip


def begun(app: Any) -> dict[str, Any]:
    """A flow as MSAL begins it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # MSAL prefers form_post
        flow: dict[str, Any] = app.initiate_auth_code_flow([], redirect_uri=HOME)
    return flow


def choose(browser: requests.Session, address: str, **form: str) -> requests.Response:
    """Press a button of the page, or fill in a name."""
    return browser.post(address, data=form, allow_redirects=False)


def answer_of(response: requests.Response) -> dict[str, str]:
    """What the application hears when the browser comes back."""
    assert response.status_code == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["Location"]).query).items()}


def test_a_person_chooses_who_he_is_and_comes_back_with_a_signed_token(
    microsoft: Microsoft, browser: requests.Session
) -> None:
    """The whole way, with MSAL itself: page, code with PKCE, token; the key is one of the tenant's own."""
    app = application(microsoft, browser)
    flow = begun(app)
    page = browser.get(flow["auth_uri"])
    told = answer_of(choose(browser, flow["auth_uri"], name=somebody(microsoft.board)))

    got = app.acquire_token_by_auth_code_flow(flow, told)

    assert "<h1>Wie bent u?</h1>" in page.text
    assert flow["auth_uri"].startswith("http://localhost:")
    where = f"{microsoft.authority}/{microsoft.tenant_id}"
    found = browser.get(f"{where}/v2.0/.well-known/openid-configuration").json()
    (key,) = browser.get(found["jwks_uri"]).json()["keys"]
    claims = jwt.decode(got["id_token"], jwt.PyJWK(key, "RS256").key, algorithms=["RS256"], audience=CLIENT)
    assert claims["iss"] == found["issuer"] == f"{where}/v2.0"
    assert claims["roles"] == ["Ibpmon.ICT"]
    assert claims["ver"] == "2.0"


def test_a_code_is_good_for_one_time_and_for_who_asked_it(microsoft: Microsoft, browser: requests.Session) -> None:
    """A code that was seen on its way is worth nothing: it is spent, or the verifier is not known."""
    app = application(microsoft, browser)
    first, second = begun(app), begun(app)
    told = answer_of(choose(browser, first["auth_uri"], name=somebody(microsoft.board)))
    other = answer_of(choose(browser, second["auth_uri"], name=somebody(microsoft.board)))

    assert "id_token" in app.acquire_token_by_auth_code_flow(dict(first), told)
    again = application(microsoft, browser).acquire_token_by_auth_code_flow(dict(first), told)
    stolen = dict(second) | {"code_verifier": "x" * 43}
    taken = application(microsoft, browser).acquire_token_by_auth_code_flow(stolen, other)

    assert (again["error"], again["error_codes"]) == ("invalid_grant", [54005])
    assert (taken["error"], taken["error_codes"]) == ("invalid_grant", [501481])


def test_nobody_is_sent_to_an_address_that_is_not_registered(microsoft: Microsoft, browser: requests.Session) -> None:
    """The page says what is wrong and stays where it is."""
    address = begun(application(microsoft, browser))["auth_uri"]
    for changed in (re.sub("redirect_uri=[^&]*", "redirect_uri=https://evil.example", address),
                    address.replace(CLIENT, CLIENT.replace("7", "6")),
                    address.replace("S256", "plain"), re.sub("&nonce=[^&]*", "", address)):  # fmt: skip
        assert browser.get(changed).status_code == 400
        assert choose(browser, changed, name=somebody(microsoft.board)).status_code == 400


def test_who_is_unknown_or_closed_does_not_come_in_and_who_does_not_want_to_goes_back(
    microsoft: Microsoft, browser: requests.Session
) -> None:
    """As at Entra: a closed account is refused before the application hears of it."""
    address = begun(application(microsoft, browser))["auth_uri"]
    closed = next(one.account for one in microsoft.board.people if not one.account["accountEnabled"])

    assert "AADSTS50034" in choose(browser, address, name="eva@elsewhere.example").text
    assert "AADSTS50057" in choose(browser, address, account=str(closed["id"])).text
    assert answer_of(choose(browser, address, cancel="1"))["error"] == "access_denied"


def test_signing_out_leads_back_to_a_registered_address_only(microsoft: Microsoft, browser: requests.Session) -> None:
    """An open redirect at the identity server would be one for every application."""
    leave = microsoft.desk.configuration()["end_session_endpoint"] + "?post_logout_redirect_uri="
    assert browser.get(leave + HOME, allow_redirects=False).headers["Location"] == HOME
    assert "afgemeld" in browser.get(leave + "https://evil.example", allow_redirects=False).text
    assert browser.get(microsoft.desk.base + "/v1.0/users").status_code == 404
