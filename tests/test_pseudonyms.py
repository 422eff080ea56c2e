"""Pseudonyms: the same pupil keeps the same name, and nobody without the key can make it."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest

from ibpmon.errors import ConfigError
from ibpmon.privacy.pseudonyms import ALPHABET, Pseudonyms, load_or_make

ANNA = "00000000-0000-4000-8000-00000000000a"


def test_a_pupil_keeps_the_same_pseudonym_after_a_restart(tmp_path: Path) -> None:
    """Who works on an alert must see that today's pupil is the pupil of last week."""
    first = load_or_make(tmp_path / "secrets" / "pseudonym.key").of(ANNA)

    assert load_or_make(tmp_path / "secrets" / "pseudonym.key").of(ANNA) == first
    assert load_or_make(tmp_path / "secrets" / "pseudonym.key").of(ANNA.upper()) == first


def test_another_key_gives_another_pseudonym() -> None:
    """Without the key the pseudonym of a known account cannot be made: a bare hash could be guessed."""
    assert Pseudonyms(b"a" * 32).of(ANNA) != Pseudonyms(b"b" * 32).of(ANNA)


def test_a_pseudonym_can_be_read_aloud() -> None:
    """No characters that look alike, and few enough to say over the telephone."""
    name = Pseudonyms(b"k" * 32).of(ANNA)

    assert name.startswith("leerling-")
    assert len(name) == len("leerling-") + 7
    assert not set("0O1I5S8Boil") & set(ALPHABET)


def test_a_big_board_has_hardly_any_pupils_with_the_same_pseudonym() -> None:
    """Six characters of 28 are 480 million: among 15,000 pupils a pair now and then, not more."""
    pseudonyms = Pseudonyms(b"k" * 32)

    names = {pseudonyms.of(str(UUID(int=number))) for number in range(15_000)}

    assert len(names) >= 14_998


def test_the_key_is_for_its_owner_only_and_is_not_printed(tmp_path: Path) -> None:
    """The key leads pseudonyms back to pupils: it stays in its file."""
    path = tmp_path / "secrets" / "pseudonym.key"

    pseudonyms = load_or_make(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["pseudonym.key"]
    assert "key" not in repr(pseudonyms)


def test_two_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    """The daemon and a person at the keyboard may both be first."""
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(lambda _: load_or_make(tmp_path / "pseudonym.key").of(ANNA), range(8)))

    assert len(names) == 1


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """A pseudonym under a key that everyone can read hides nobody."""
    path = tmp_path / "pseudonym.key"
    load_or_make(path)
    path.chmod(0o644)

    with pytest.raises(ConfigError, match="others on this machine can read") as refused:
        load_or_make(path)

    assert refused.value.told(lambda text: text)[2] == f"run: chmod 600 {path}"


def test_a_damaged_key_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    """A new key in its place would give every pupil another name without anyone noticing."""
    path = tmp_path / "pseudonym.key"
    path.write_bytes(b"short")
    path.chmod(0o600)

    with pytest.raises(ConfigError, match="not a key that ibpmon made"):
        load_or_make(path)

    assert path.read_bytes() == b"short"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights_is_told_plainly(tmp_path: Path) -> None:
    """The person who installs reads what to do, not a traceback."""
    tmp_path.chmod(0o500)

    with pytest.raises(ConfigError, match="cannot read or make the key"):
        load_or_make(tmp_path / "secrets" / "pseudonym.key")


def test_a_key_whose_folder_is_a_file_is_told_plainly(tmp_path: Path) -> None:
    """A path that cannot be made gives what, why and fix."""
    (tmp_path / "secrets").write_text("a file")

    with pytest.raises(ConfigError, match="cannot read or make the key"):
        load_or_make(tmp_path / "secrets" / "pseudonym.key")
