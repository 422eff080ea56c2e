"""The configuration: the example loads as it stands, and every mistake is named with its line."""

from pathlib import Path

import pytest

from ibpmon import config, language
from ibpmon.errors import ConfigError

EXAMPLE = Path(__file__).resolve().parent.parent / "config.example.toml"


def changed(folder: Path, old: str, new: str) -> Path:
    """The example with one change, as a file."""
    text = EXAMPLE.read_text(encoding="utf-8")
    assert old in text
    path = folder / "config.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_the_example_loads_as_it_stands() -> None:
    """A person copies it and fills it in; it may not be broken before they begin."""
    loaded = config.load(EXAMPLE)

    assert loaded.tenant.graph == "https://graph.microsoft.com"
    assert loaded.files.staff is not None
    assert loaded.files.staff.path == EXAMPLE.parent / "files" / "medewerkers.csv"


def test_the_example_explains_every_option() -> None:
    """An option that the example does not show does not exist for the person who fills it in."""
    text = EXAMPLE.read_text(encoding="utf-8")

    def options(model: type[config.Frozen]) -> set[str]:
        return {field.alias or name for name, field in model.model_fields.items()}

    parts: list[type[config.Frozen]] = [
        config.Board,
        config.Tenant,
        config.SharePoint,
        config.Datto,
        config.Collect,
        config.Store,
        config.Content,
        config.Mail,
        config.Teams,
        config.Web,
        config.School,
        config.Schedule,
    ]
    parts += [config.Config, config.Files, config.PopulationRule, config.ZoneRule]
    missing = {name for part in parts for name in options(part) if name not in text}
    assert not missing


def line_of(words: str) -> int:
    """The line of the example on which these words stand first."""
    return next(n for n, line in enumerate(EXAMPLE.read_text(encoding="utf-8").splitlines(), 1) if words in line)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('name = "Stichting Voorbeeldonderwijs"', "", 7, "board.name: deze sleutel ontbreekt"),
        ('id = "1111', 'idd = "1111', 12, "tenant.id: deze sleutel ontbreekt"),
        ('host = "smtp', 'hosst = "smtp', 69, "mail.hosst: deze sleutel kent ibpmon niet"),
        ('# graph = "https://graph.microsoft.com"', 'graph = "http://graph.example"', 19, "https://"),
        ('# evaluate = "15m"', 'evaluate = "soon"', line_of("# evaluate"), "15m, 24h of 7d"),
        ('# evaluate = "15m"', 'evaluate = "99999999999999d"', line_of("# evaluate"), "15m, 24h of 7d"),
        ('zone = "pupil"', 'zone = "kids"', line_of('zone = "pupil"'), "zones.0.zone"),
        ('# time_zone = "Europe/Amsterdam"', 'time_zone = "Europe/Nowhere"', 9, "tijdzone"),
        ('certificate = "secrets/ibpmon.pem"', 'secret = "a"\ncertificate = "b"', 12, "certificate of secret"),
    ],
)
def test_a_wrong_or_missing_key_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    """The ICT'er goes straight to the line."""
    language.use("nl")
    path = changed(tmp_path, old, new)

    with pytest.raises(ConfigError) as error:
        config.load(path)

    _what, why, fix = error.value.told(language._)
    problems = [problem for problem in why.splitlines() if said in problem]
    assert problems, why
    assert abs(int(problems[0].split(":")[1]) - line) <= 2
    assert "config.example.toml" in fix


@pytest.mark.parametrize(
    "address",
    [
        "https://graph.microsoft.com#x", "https://graph.microsoft.com?x", "https://graph.microsoft.com/v1.0",
        "https://:geheim@graph.microsoft.com", "https://graph.microsoft.com\\@evil.example",
        "https://graph.microsoft.com:0", "https://graph.microsoft.com:99999", "https://[::1", "https://", " https://a",
        "https://graph.microsoft.com\n",
    ],
)  # fmt: skip
def test_an_address_is_a_host_and_a_port_and_nothing_else(address: str) -> None:
    """A token goes there; what two parsers could read in two ways is no address."""
    with pytest.raises(ValueError, match="https"):
        config.https_address(address)


@pytest.mark.parametrize("address", ["https://graph.microsoft.com", "https://localhost:8443/", "https://[::1]:8443"])
def test_a_plain_address_is_taken_as_it_stands(address: str) -> None:
    """The one of Microsoft, and the one of the simulation."""
    assert config.https_address(address) == address.rstrip("/")


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    """Nobody wants to mend a file one error at a time."""
    path = changed(tmp_path, 'id = "1111', 'idd = "1111')

    with pytest.raises(ConfigError) as error:
        config.load(path)

    assert error.value.values["count"] == 2
    assert "tenant.id" in error.value.values["problems"]


def test_a_secret_is_never_shown_in_an_error(tmp_path: Path) -> None:
    """Someone pastes the secret itself where a file belongs; the message may end up in a ticket."""
    path = changed(tmp_path, 'certificate = "secrets/ibpmon.pem"', 'secret = ["hunter2-very-secret"]')

    with pytest.raises(ConfigError) as error:
        config.load(path)

    assert "hunter2" not in " ".join(error.value.told(language._))


def test_broken_toml_is_told_with_line_and_column(tmp_path: Path) -> None:
    """The parser knows where it stopped."""
    path = changed(tmp_path, "[board]", "[board")

    with pytest.raises(ConfigError, match="line 7"):
        config.load(path)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    """The first thing a newcomer meets."""
    with pytest.raises(ConfigError) as error:
        config.load(tmp_path / "config.toml")

    assert "config.example.toml" in error.value.told(language._)[2]


def test_a_secret_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """A key that anyone on the machine can copy is no key."""
    path = tmp_path / "secret.txt"
    path.write_text("geheim\n", encoding="utf-8")
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="others on this machine"):
        config.secret_text(path)

    path.chmod(0o600)
    assert config.secret_text(path) == "geheim"


@pytest.mark.parametrize("name", ["secrets_client.txt", "client.txt"])
def test_a_secret_that_systemd_hands_over_is_taken_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """LoadCredential, of a folder or of one file: the same configuration then works by hand and as a service.

    systemd lets the service in by an access list, and the mode of such a file looks as if a group could read it.
    """
    path = tmp_path / "secrets" / "client.txt"
    handed = tmp_path / "handed"
    handed.mkdir()
    (handed / name).write_text("overhandigd\n", encoding="utf-8")
    (handed / name).chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(handed))
    assert config.secret_text(path) == "overhandigd"

    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(ConfigError, match="cannot read the secret file"):
        config.secret_text(path)


WEB = """[web]
public_url = "https://ibpmon.voorbeeldonderwijs.example"
client_id = "44444444-4444-4444-4444-444444444444"
certificate = "secrets/ibpmon-web.pem"
"""
BEFORE = "# ---------------------------------------------------------------- what the board itself knows"


def test_the_web_of_the_example_can_be_switched_on(tmp_path: Path) -> None:
    """What stands there as comment is what a person takes the # away from."""
    loaded = config.load(changed(tmp_path, BEFORE, WEB + BEFORE)).web

    assert loaded is not None
    assert loaded.is_secure
    assert (loaded.address, loaded.port) == ("127.0.0.1", 8377)
    assert loaded.certificate == tmp_path / "secrets" / "ibpmon-web.pem"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("https://ibpmon", "http://ibpmon", "https://"),
        ('example"\nclient', 'example/pad"\nclient', "https://"),
        ("certificate =", 'secret = "a"\ncertificate =', "certificate of secret"),
        ("[web]", '[web]\nidle = "9h"', "idle"),
        ("[web]", '[web]\nabsolute = "2d"', "24h"),
        ("[web]", '[web]\naddress = "localhost"', "127.0.0.1"),
        ("[web]", '[web]\nroles = { Auditor = "auditor" }', "roles"),
        ("44444444-4444-4444-4444-444444444444", "22222222-2222-2222-2222-222222222222", "web.client_id"),
    ],
)
def test_a_web_that_could_harm_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    """No https, a session without end, an auditor without one, or the registration that may read everything."""
    with pytest.raises(ConfigError) as error:
        config.load(changed(tmp_path, BEFORE, WEB.replace(old, new, 1) + BEFORE))

    assert said in error.value.told(language._)[1]


@pytest.mark.parametrize("address", ["http://localhost:8377", "http://127.0.0.1", "http://[::1]:8377/"])
def test_only_on_this_machine_the_web_goes_without_https(address: str) -> None:
    """What a browser calls a secure place; all else is read by whoever listens on the network."""
    assert config.page_address(address) == address.rstrip("/")
    with pytest.raises(ValueError, match="https"):
        config.page_address(
            address.replace("localhost", "local").replace("127.0.0.1", "10.0.0.1").replace("::1", "::2")
        )
