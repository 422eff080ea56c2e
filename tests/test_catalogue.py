"""Every detection of the catalogue is a rule, or it is said why not."""

import tomllib

import pytest

from tests.catalogue import BESIDE, CATALOGUE
from tests.judging import ROOT

# How many detections each family of the catalogue has.
FAMILIES = {
    "MFA": 6, "ACC": 11, "PUP": 9, "SGN": 10, "ADM": 12, "APP": 6, "SHR": 11, "GST": 6, "DEV": 11, "MON": 13,
}  # fmt: skip
LATER = frozenset(("MON-05",))


def detections(family: str) -> set[str]:
    """The detections of one family."""
    return {f"{family}-{number:02d}" for number in range(1, FAMILIES[family] + 1)}


def not_carried() -> dict[str, str]:
    """What is said not to be carried, with the reason."""
    return tomllib.loads((ROOT / "rules" / "not-carried.toml").read_text(encoding="utf-8"))


def carried() -> set[str]:
    """The detections that are a rule."""
    return {catalogue for key, (catalogue, _level) in CATALOGUE.items() if key not in BESIDE}


def missing(family: str) -> set[str]:
    """The detections of a family that are neither a rule, nor said not to be one, nor to come later."""
    return detections(family) - carried() - set(not_carried()) - LATER


@pytest.mark.parametrize("family", FAMILIES)
def test_every_detection_of_the_catalogue_is_a_rule_or_it_is_said_why_not(family: str) -> None:
    """A detection that is left out in silence is one that the board thinks it has."""
    assert missing(family) == set()


def test_what_is_not_carried_has_a_reason_and_is_no_rule() -> None:
    """An excuse for something that is there misleads as much as none for what is not."""
    every = {name for family in FAMILIES for name in detections(family)}

    assert not set(not_carried()) & carried()
    assert set(not_carried()) | carried() | LATER <= every
    assert len(every) == 95
    assert all(len(reason) > 80 for reason in not_carried().values())


def test_a_rule_beside_the_catalogue_takes_no_place_in_it() -> None:
    """It could otherwise make a detection seem carried that nobody made."""
    assert {catalogue for catalogue, _level in BESIDE.values()} == {""}
    assert "" not in carried()
