"""Signing in: with a certificate or a secret, through our own session, and with clear words when it fails."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from ibpmon.config import Tenant as Settings
from ibpmon.config import load
from ibpmon.errors import ConfigError, IbpmonError, PassingError, SourceError
from ibpmon.providers import connect, connect_all
from ibpmon.providers.auth import SignInError, Token, Tokens
from ibpmon.providers.client import Graph
from tests.conftest import APP, PERMISSIONS, OpenStore, Tenant

OTHER = "33333333-3333-4333-8333-333333333333"


@pytest.fixture(scope="module")
def keys() -> tuple[RSAPrivateKey, RSAPrivateKey]:
    """Two keys: one of ours and one of nobody."""
    return generate_private_key(65537, 2048), generate_private_key(65537, 2048)


def certificate(key: RSAPrivateKey) -> str:
    """A certificate of this key, as PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ibpmon")])
    today = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    built = builder.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
    return built.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def private(key: RSAPrivateKey, lock: KeySerializationEncryption | None = None) -> str:
    """The private key as PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock or NoEncryption()).decode()


def stored(path: Path, text: str, mode: int = 0o600) -> Path:
    """A file that only we may read."""
    path.touch()
    path.chmod(mode)
    path.write_text(text, encoding="utf-8")
    return path


Connected = Callable[..., Graph]


@pytest.fixture
def connected(tenant: Tenant) -> Iterator[Connected]:
    """A client for the simulated tenant, with these changes to its settings; closed after the test, waits for free."""
    opened: list[Graph] = []

    def connecting(**changes: object) -> Graph:
        settings = load(tenant.config).tenant.model_copy(update=changes)
        opened.append(connect(settings, wait=lambda seconds: None))
        return opened[-1]

    yield connecting
    for graph in opened:
        graph.close()


def refused(graph: Graph, kind: type[IbpmonError], words: str) -> IbpmonError:
    """The clear refusal of a sign-in: what, why and fix."""
    with pytest.raises(kind, match=words) as error:
        graph.get("/users", {"$top": 1})
    assert type(error.value) is kind
    assert all(error.value.told(lambda text: text))
    return error.value


# ---------------------------------------------------------------- what works


def test_a_client_secret_signs_in(connected: Connected) -> None:
    """The easy way to begin."""
    assert b'"value"' in connected().get("/users", {"$top": 1})


@pytest.mark.parametrize("order", ["key first", "certificate first"])
def test_a_certificate_signs_in(
    tenant: Tenant, connected: Connected, keys: tuple[RSAPrivateKey, RSAPrivateKey], order: str
) -> None:
    """The preferred way: nothing secret leaves the machine. The identity server checks the signature."""
    parts = [private(keys[0]), certificate(keys[0])]
    pem = stored(tenant.folder / "app.pem", "".join(parts if order == "key first" else reversed(parts)))
    tenant.microsoft.register(OTHER, certificate_pem=certificate(keys[0]), permissions=PERMISSIONS)

    graph = connected(certificate=pem, secret=None, client_id=OTHER)

    assert b'"value"' in graph.get("/users", {"$top": 1})


def test_one_token_serves_many_requests(tenant: Tenant, connected: Connected) -> None:
    """Entra limits sign-ins too."""
    graph = connected()
    for _ in range(3):
        graph.get("/users", {"$top": 1})
    assert len([seen for seen in tenant.microsoft.requests if seen.method == "POST"]) == 1


def test_connecting_needs_no_network(connected: Connected) -> None:
    """A daemon must be able to start while the line is down."""
    connected(authority="https://localhost:9", graph="https://localhost:9")


def test_importing_the_room_loads_neither_msal_nor_requests() -> None:
    """`ibpmon --help` must not wait for them."""
    code = "import sys, ibpmon.providers; sys.exit(bool({'msal', 'requests', 'urllib3'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_environment_decides_neither_proxy_nor_trust(
    connected: Connected, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A .netrc would replace our token, and a stray variable would send it through a stranger's proxy."""
    netrc = stored(tmp_path / ".netrc", "machine localhost login anna password wrong\n")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, "/nowhere/ca.pem")
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://localhost:9")
    monkeypatch.setenv("NETRC", str(netrc))
    assert b'"value"' in connected().get("/users", {"$top": 1})


def test_the_proxy_of_the_configuration_is_used(connected: Connected) -> None:
    """Many schools have one: here nothing listens, and the message says so."""
    refused(connected(proxy="http://localhost:9"), PassingError, "the proxy does not let us through")


def test_a_token_prints_as_stars() -> None:
    """Whatever prints, logs or formats it gives nothing away."""
    token = Token("secret")
    assert f"{token} {token!r} {[token]}" == "*** *** [***]"
    assert token.reveal() == "secret"


# ---------------------------------------------------------------- what Entra refuses


def test_a_wrong_secret_is_told_and_works_once_it_is_put_right(tenant: Tenant, connected: Connected) -> None:
    """Most often the ID of the secret was copied. The file is read anew, so the daemon need not start again."""
    tenant.hand_out_secret("the-wrong-one")
    graph = connected()
    error = refused(graph, SignInError, "the client secret is wrong")
    assert "the-wrong-one" not in str(error) + repr(error.values)

    tenant.hand_out_secret("correct-horse")
    graph.tokens.get()


def test_a_refused_sign_in_is_not_asked_again_for_every_source(tenant: Tenant, connected: Connected) -> None:
    """Nine wrong sign-ins in a row look like an attack."""
    tenant.hand_out_secret("the-wrong-one")
    graph = connected()
    for _ in range(9):
        refused(graph, SignInError, "secret is wrong")
    assert len([seen for seen in tenant.microsoft.requests if seen.method == "POST"]) == 1


def test_a_certificate_that_entra_does_not_know_is_told(
    tenant: Tenant, connected: Connected, keys: tuple[RSAPrivateKey, RSAPrivateKey]
) -> None:
    """A renewed certificate has to be uploaded as well."""
    pem = stored(tenant.folder / "app.pem", private(keys[1]) + certificate(keys[1]))
    tenant.microsoft.register(OTHER, certificate_pem=certificate(keys[0]), permissions=PERMISSIONS)
    graph = connected(certificate=pem, secret=None, client_id=OTHER)
    refused(graph, SignInError, "the certificate does not belong to the app registration")


def test_an_unknown_application_is_told(connected: Connected) -> None:
    """The wrong ID of the three that Entra shows."""
    refused(connected(client_id=OTHER), SignInError, f"does not know the application {OTHER}")


def test_an_unknown_tenant_is_told(connected: Connected) -> None:
    """Entra refuses before any secret is sent."""
    refused(connected(id=OTHER), SignInError, f"does not know the tenant {OTHER}")


# ---------------------------------------------------------------- what is in the way


def test_a_host_where_nothing_listens_is_told(connected: Connected) -> None:
    """A firewall, a typing mistake, a line that is down: it may pass."""
    refused(connected(authority="https://localhost:9"), PassingError, "cannot reach https://localhost:9: nothing")


def test_a_host_that_does_not_exist_is_told(connected: Connected) -> None:
    """A typing mistake in the address."""
    refused(connected(authority="https://nowhere.invalid"), PassingError, "there is no host of that name")


def test_a_certificate_of_an_unknown_authority_is_told_and_no_secret_is_sent(
    tenant: Tenant, connected: Connected, tmp_path: Path
) -> None:
    """Someone stands in between, or the network inspects traffic. Trying again would not help."""
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    refused(connected(ca=tmp_path / "other.pem"), SourceError, "the certificate of https://localhost:.* does not match")
    assert tenant.microsoft.requests == []


def test_a_certificate_of_another_host_is_told(tenant: Tenant, connected: Connected) -> None:
    """The authority is ours, but the certificate names localhost and not this other way to write its address."""
    address = tenant.microsoft.authority.replace("localhost", "127.1")
    refused(connected(authority=address, graph=address), SourceError, "does not match")


def test_an_authority_file_that_is_none_is_told(tenant: Tenant, connected: Connected, tmp_path: Path) -> None:
    """Before anything is sent."""
    for path in (tmp_path / "absent.pem", stored(tmp_path / "empty.pem", "nothing")):
        with pytest.raises(ConfigError, match="cannot use the certificate authority"):
            connected(ca=path)


# ---------------------------------------------------------------- what is wrong with our own files


def pem_refused(tenant: Tenant, connected: Connected, text: str, words: str, mode: int = 0o600) -> None:
    """The PEM file is refused with these words, before anything is sent."""
    pem = stored(tenant.folder / "app.pem", text, mode)
    refused(connected(certificate=pem, secret=None), ConfigError, words)
    assert tenant.microsoft.requests == []


def test_a_key_and_certificate_that_are_no_pair_are_told(
    tenant: Tenant, connected: Connected, keys: tuple[RSAPrivateKey, RSAPrivateKey]
) -> None:
    """Entra would only say that the certificate is unknown."""
    pem_refused(tenant, connected, private(keys[0]) + certificate(keys[1]), "does not belong to its certificate")


def test_a_file_without_a_key_or_without_a_certificate_is_told(
    tenant: Tenant, connected: Connected, keys: tuple[RSAPrivateKey, RSAPrivateKey]
) -> None:
    """The one that was uploaded to Entra holds no key."""
    for text in (private(keys[0]), certificate(keys[0]), ""):
        pem_refused(tenant, connected, text, "both a private key and a certificate")


def test_a_key_with_a_password_is_told(
    tenant: Tenant, connected: Connected, keys: tuple[RSAPrivateKey, RSAPrivateKey]
) -> None:
    """There is nobody to type it."""
    locked = private(keys[0], BestAvailableEncryption(b"password"))
    pem_refused(tenant, connected, locked + certificate(keys[0]), "has a password")


def test_a_damaged_key_is_told(tenant: Tenant, connected: Connected, keys: tuple[RSAPrivateKey, RSAPrivateKey]) -> None:
    """Copying loses lines."""
    lines = private(keys[0]).splitlines(keepends=True)
    pem_refused(tenant, connected, "".join(lines[:5] + lines[9:]) + certificate(keys[0]), "is damaged")


def test_a_key_that_others_can_read_is_told(
    tenant: Tenant, connected: Connected, keys: tuple[RSAPrivateKey, RSAPrivateKey]
) -> None:
    """It opens a whole school board."""
    text = private(keys[0]) + certificate(keys[0])
    pem_refused(tenant, connected, text, "others on this machine can read", mode=0o640)


def test_an_empty_secret_file_is_told(tenant: Tenant, connected: Connected) -> None:
    """MSAL would send nothing and Entra would complain about a missing assertion."""
    tenant.hand_out_secret("\n")
    refused(connected(), ConfigError, "is empty")


def test_the_settings_ask_for_exactly_the_scope_of_the_configured_root(tenant: Tenant) -> None:
    """A token for another resource would be refused, one for everything does not exist."""
    settings: Settings = load(tenant.config).tenant
    with connect(settings) as graph:
        assert isinstance(graph.tokens, Tokens)
        assert graph.tokens.scopes == [f"{settings.graph}/.default"]
    assert settings.client_id == APP


# ---------------------------------------------------------------- all services of a board


def test_a_board_with_graph_alone_has_no_other_client(tenant: Tenant) -> None:
    """SharePoint REST and Datto RMM are off until the board gives a credential for them."""
    with connect_all(load(tenant.config)) as providers:
        assert [name for name, client in providers.items() if client] == ["graph"]
        assert set(providers) == {"graph", "sharepoint", "datto"}


def test_sharepoint_has_its_own_app_registration_its_own_scope_and_a_certificate(
    tenant: Tenant, keys: tuple[RSAPrivateKey, RSAPrivateKey]
) -> None:
    """Its permission can write: it never shares a token, a session or a host with the reads of Graph."""
    pem = stored(tenant.folder / "second.pem", private(keys[0]) + certificate(keys[0]))
    tenant.write_config(
        f"""
[sharepoint]
address = "https://waaier.sharepoint.com"
client_id = "{OTHER}"
certificate = "{pem}"
[datto]
address = "https://concord-api.centrastage.net"
key = "key"
secret = "{tenant.secret}"
"""
    )
    with connect_all(load(tenant.config)) as providers:
        graph, sharepoint, datto = (providers[name] for name in ("graph", "sharepoint", "datto"))
        assert graph
        assert sharepoint
        assert datto
        assert isinstance(sharepoint.tokens, Tokens)
        assert sharepoint.tokens.scopes == ["https://waaier.sharepoint.com/.default"]
        assert (sharepoint.tokens.tenant.client_id, sharepoint.tokens.tenant.secret) == (OTHER, None)
        assert graph.budgets is sharepoint.budgets is datto.budgets
        hosts = [client.session.hosts for client in (graph, sharepoint, datto)]
        entra = hosts[0] & hosts[1]
        assert {host for _, host, _ in entra} == {"localhost"}
        assert not (hosts[0] | hosts[1]) & hosts[2]


def test_a_wrong_second_registration_is_told_by_its_own_setting(
    tenant: Tenant, keys: tuple[RSAPrivateKey, RSAPrivateKey]
) -> None:
    """Who reads it must not look at the first one."""
    pem = stored(tenant.folder / "second.pem", private(keys[0]) + certificate(keys[0]))
    tenant.write_config(
        f'''
[sharepoint]
address = "{tenant.microsoft.graph}"
client_id = "{OTHER}"
certificate = "{pem}"
'''
    )
    with connect_all(load(tenant.config), wait=lambda seconds: None) as providers:
        sharepoint = providers["sharepoint"]
        assert sharepoint
        with pytest.raises(SignInError, match=f"does not know the application {OTHER}") as error:
            sharepoint.get("/sites/x/_api/web/lists", None, "sharepoint-rest")
    assert "sharepoint.client_id" in error.value.told(lambda text: text)[2]


def test_a_tenant_of_known_size_gets_its_own_limits(tenant: Tenant, open_database: OpenStore) -> None:
    """And with a store they are shared with every other process on it."""
    with connect_all(load(tenant.config), open_database([]), users=1500, licences=17_000) as providers:
        assert providers.budgets["directory"].limit.requests == 8000
        assert providers.budgets["sharepoint"].limit.requests == 5000
        graph = providers["graph"]
        assert graph
        assert b'"value"' in graph.get("/users", {"$top": 1})
