"""Who may see what, from the command line of whoever runs ibpmon."""

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from ibpmon.web import sessions
from ibpmon.web.tokens import Identity
from tests.conftest import Answer, Tenant
from tests.test_web_sessions import WEB

Run = Callable[..., Answer]


@pytest.fixture
def chris(tenant: Tenant, ibpmon: Run) -> str:
    """The user name of who runs ICT, read from the tenant."""
    assert ibpmon("collect", "accounts", "--config", tenant.config).code == 0
    people = tenant.microsoft.board.people
    return str(next(one for one in people if one.function == "ICT-beheerder").account["userPrincipalName"])


def test_roles_are_given_listed_and_taken_back(tenant: Tenant, ibpmon: Run, chris: str) -> None:
    """The first one has no page to do it on yet."""
    by = ("--by", "Dewi", "--config", tenant.config)
    given = ibpmon("web", "roles", "grant", chris, "it", *by)
    without = ibpmon("web", "roles", "grant", chris, "auditor", *by)
    listed = ibpmon("web", "roles", "list", "--config", tenant.config)
    taken = ibpmon("web", "roles", "revoke", "1", *by)
    left = json.loads(ibpmon("web", "roles", "list", "--all", "--json", "--config", tenant.config).out)

    assert given.code == 0
    assert "has the role ICT now; its number is 1" in given.out
    assert without.code == 1
    assert "--until" in without.err
    assert chris in listed.out
    assert taken.code == 0
    assert [(one["kind"], one["granted_by"], one["revoked_by"]) for one in left] == [("it", "Dewi", "Dewi")]
    assert ibpmon("ledger", "verify", "--config", tenant.config).code == 0


def test_an_auditor_gets_a_day(tenant: Tenant, ibpmon: Run, chris: str) -> None:
    """That day is the last one."""
    answer = ibpmon(
        "web", "roles", "grant", chris, "auditor", "--until", "31-07-2099", "--by", "Dewi", "--config", tenant.config
    )
    listed = ibpmon("web", "roles", "list", "--config", tenant.config)

    assert answer.code == 0, answer.err
    assert "31 July 2099" in listed.out.replace("\n", " ")


def test_the_sessions_of_an_account_are_ended(tenant: Tenant, ibpmon: Run, chris: str) -> None:
    """A lost telephone."""
    from ibpmon.operate.rounds import workplace

    people = tenant.microsoft.board.people
    account = next(one.id for one in people if one.account["userPrincipalName"] == chris)
    with workplace(tenant.config) as place, place.store.write() as session:
        sessions.begin(session, place.store, Identity(account, "Chris", chris, ()), WEB, datetime.now(UTC))
    answer = ibpmon("web", "sign-out", chris, "--config", tenant.config)

    assert "1 session of" in answer.out
    assert "0 sessions of" in ibpmon("web", "sign-out", chris, "--config", tenant.config).out


WEB_TABLE = """[web]
public_url = "http://localhost:{port}"
port = {port}
client_id = "77777777-7777-4777-8777-777777777777"
secret = "secret.txt"
"""


def test_a_web_that_is_not_set_up_says_what_to_do(tenant: Tenant, ibpmon: Run) -> None:
    """Not a trace, and nothing that listens."""
    answer = ibpmon("web", "--config", tenant.config)

    assert answer.code == 3
    assert "docs/web.md" in answer.err


def test_a_port_that_is_taken_is_told_as_that(tenant: Tenant, ibpmon: Run) -> None:
    """Mostly it is an ibpmon web that runs already."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        tenant.write_config(more=WEB_TABLE.format(port=taken.getsockname()[1]))
        answer = ibpmon("web", "--config", tenant.config)

    assert answer.code == 5
    assert "cannot listen at 127.0.0.1" in answer.err


def test_an_option_before_the_command_is_not_dropped_in_silence(tenant: Tenant, ibpmon: Run) -> None:
    """As with every group of commands."""
    assert ibpmon("web", "--config", tenant.config, "roles", "list").code == 2


def test_a_key_is_shown_once_listed_without_itself_and_taken_back(tenant: Tenant, ibpmon: Run) -> None:
    """Whoever reads the list cannot use what stands in it."""
    by = ("--by", "Dewi", "--config", tenant.config)
    made = ibpmon("web", "tokens", "add", "portaal", "--until", "31-07-2099", *by)
    past = ibpmon("web", "tokens", "add", "portaal", "--until", "31-07-2020", *by)
    listed = ibpmon("web", "tokens", "list", "--config", tenant.config)
    taken = ibpmon("web", "tokens", "revoke", "1", *by)
    again = ibpmon("web", "tokens", "revoke", "1", *by)
    left = json.loads(ibpmon("web", "tokens", "list", "--all", "--json", "--config", tenant.config).out)

    assert made.code == taken.code == 0
    assert made.out.startswith("ibpmon_1_")
    assert len(made.out.strip()) == 52
    assert made.out.strip() not in listed.out
    assert "portaal" in listed.out
    assert past.code == again.code == 1
    assert [(one["name"], one["made_by"], one["revoked_by"]) for one in left] == [("portaal", "Dewi", "Dewi")]
    assert ibpmon("web", "tokens", "list", "--config", tenant.config).out.strip() == "No program has a key."
