"""Whether all that was planted on whole boards is found, and nothing else; read through the real job, at full speed."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch
from uuid import UUID

from benchmarks.figures import Figure, Measured, Measurement, Values
from ibpmon.demo.board import make_board
from ibpmon.demo.microsoft import Microsoft
from ibpmon.demo.microsoft.__main__ import PERMISSIONS, describe, hand_over
from ibpmon.demo.microsoft.throttling import DOCUMENTED
from ibpmon.demo.play import (
    CLIENT_ID,
    DATTO_KEY,
    Fact,
    clear,
    facts_found,
    write_certificate,
    write_config,
    write_secret,
)
from ibpmon.judge.rules import load_rules
from ibpmon.operate.rounds import collect_round, evaluate_round, workplace
from ibpmon.providers.budget import LIMITS, Limit
from ibpmon.store.database import open_store
from tests import grown
from tests.judging import DATASETS
from tests.test_scenarios_sign_ins import HOSTING, NOW, SCHOOL, judged, mistyping

Boards = Mapping[str, tuple[str, range]]  # the name in the figures -> the size that is played, and the seeds

FULL: Boards = {"board": ("board", range(1, 11)), "large": ("large", range(1, 11))}
QUICK: Boards = {"board": ("small", range(1, 4)), "large": ("board", range(1, 2))}
UNPACED = dict.fromkeys(LIMITS, Limit(1_000_000, 1.0))
FIGURES = tuple(
    Figure(f"planted.{name}.{what}", unit, bar)
    for name in FULL
    for what, unit, bar in (
        ("found_share", "of planted", "== 1"),
        ("unplanted", "problems", "== 0"),
        ("deleted_rules_unnoticed", "rules", "== 0"),
    )
)
GROWN = (
    Figure("planted.grown.found_share", "of planted", "== 1"),
    Figure("planted.grown.unplanted", "problems", "== 0"),
)
CLASS = (
    Figure("planted.class_behind_a_school_address", "findings", "== 0"),
    Figure("planted.same_load_from_outside", "findings", ">= 1"),
)


@contextmanager
def simulated(size: str, seed: int, folder: Path, now: datetime) -> Iterator[Path]:
    """A board that its double serves without limits; gives the configuration that reads it."""
    with served(size, seed, folder, now) as (config, _microsoft):
        yield config


@contextmanager
def served(size: str, seed: int, folder: Path, now: datetime) -> Iterator[tuple[Path, Microsoft]]:
    """The same, with the double itself, whose clock can be put forward."""
    clear(folder)
    certificate = write_certificate(folder / "secrets" / "ibpmon.pem", now)
    board, place, open_to_all = make_board(size, seed, now), folder / "microsoft", dict.fromkeys(DOCUMENTED)
    with Microsoft(board, folder=place, mail=folder / "mail", reporting_limit=None, limits=open_to_all) as microsoft:
        pem = certificate.read_text(encoding="ascii")
        microsoft.register(CLIENT_ID, certificate_pem=pem, permissions=PERMISSIONS)
        microsoft.rmm.register(DATTO_KEY, write_secret(folder / "secrets" / "datto.txt"))
        hand_over(board, place, folder / "files")
        write_config(folder, describe(microsoft, CLIENT_ID), off=())
        yield folder / "config.toml", microsoft


def played(size: str, seed: int) -> tuple[set[Fact], set[Fact], set[str]]:
    """What was planted on a board, what was found there, and which rules looked."""
    now = datetime.now(UTC).replace(microsecond=0)
    with tempfile.TemporaryDirectory() as name, simulated(size, seed, Path(name) / "demo", now) as config:
        truth = facts_of(config.parent / "microsoft" / "truth.json")
        with patch.dict("ibpmon.providers.budget.LIMITS", UNPACED), workplace(config, lambda: now) as place:
            collect_round(place)
            evaluate_round(place)
            return truth, facts_found(place), {rule.key for rule in load_rules(place.config)}


def facts_of(path: Path) -> set[Fact]:
    """The planted facts that the double left."""
    truth = json.loads(path.read_text(encoding="utf-8"))
    return {(fact["rule"], fact["subject"], fact["object"]) for fact in truth["planted"]}


def measure_boards(full: bool) -> Values:
    """Every size with every seed, and a board after months; a rule that is deleted must be missed on one of them."""
    wanted, told = played_grown()
    later = {rule for rule, _subject, _object in wanted}
    share = Measured(len(wanted & told) / len(wanted), f"of {len(wanted)}; {len(later)} rules")
    values = {
        "planted.grown.found_share": share,
        "planted.grown.unplanted": listed(sorted(map(str, told - wanted)), ""),
    }
    for name, (size, seeds) in (FULL if full else QUICK).items():
        values |= measure_board(name, size, seeds, later)
    return values


def measure_board(name: str, size: str, seeds: range, later: Set[str]) -> Values:
    """One size; `later` are the rules of which something was planted on the board after months."""
    planted = found = 0
    unplanted, noticed, shipped = list[str](), set(later), set[str]()
    for seed in seeds:
        wanted, told, rules = played(size, seed)
        planted, found = planted + len(wanted), found + len(wanted & told)
        unplanted += [f"seed {seed}: {one}" for one in sorted(told - wanted)]
        noticed |= {rule for rule in rules if not wanted <= without(told, rule)}
        shipped |= rules
    size_and_seeds = f"{size}, seeds {seeds.start} to {seeds.stop - 1}"
    return {
        f"planted.{name}.found_share": Measured(found / planted, f"{found} of {planted}", size=size_and_seeds),
        f"planted.{name}.unplanted": listed(unplanted, size_and_seeds),
        f"planted.{name}.deleted_rules_unnoticed": listed(sorted(shipped - noticed), size_and_seeds),
    }


def played_grown() -> tuple[set[Fact], set[Fact]]:
    """What was planted on a board as it is after months, on a bad day, and what was found there."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/ibpmon.db", grown.DATASETS, str(UUID(int=1)), "Waaier", NOW)
        try:
            board = grown.grow(store)
            return board.facts, grown.found(board)
        finally:
            store.engine.dispose()


def without(told: set[Fact], rule: str) -> set[Fact]:
    """What is found when a rule is not there."""
    return {fact for fact in told if fact[0] != rule}


def listed(wrong: list[str], size: str) -> Measured:
    """How many, with the first of them."""
    return Measured(len(wrong), "; ".join(wrong[:25]) or "none", size=size)


def measure_class(_full: bool) -> Values:
    """140 wrong passwords of 60 pupils behind one address."""
    found = {}
    for name, address in zip((one.figure for one in CLASS), (SCHOOL, HOSTING), strict=True):
        with tempfile.TemporaryDirectory() as folder:
            store = open_store(f"sqlite:///{folder}/ibpmon.db", DATASETS, str(UUID(int=1)), "Waaier", NOW)
            try:
                told = judged(store, list(mistyping(address)))
            finally:
                store.engine.dispose()
        found[name] = Measured(len(told), ", ".join(sorted(rule for rule, *_rest in told)) or "silent")
    return found


MEASUREMENTS = (Measurement((*FIGURES, *GROWN), measure_boards), Measurement(CLASS, measure_class))
