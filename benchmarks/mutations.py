"""Shows that the planted truth can fail: each rule deleted, and each threshold set to 1, must make it fail."""

import json
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from benchmarks.figures import Figure, Measured, Values
from ibpmon.content import content_files
from ibpmon.demo.play import Fact, facts_found, play
from ibpmon.operate.rounds import evaluate_round, workplace

MUTATIONS = (
    Figure("mutations.deleted_rules_noticed", "share", "== 1", "small"),
    Figure("mutations.thresholds_at_1_noticed", "share", "== 1", "small"),
)
JUDGED = ("finding", "alert", "outbox", "evaluation")


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change to the rules: a rule left out, or a rule file with one threshold at 1."""

    name: str
    rule: str
    text: str | None = None  # None: the rule is deleted


def measure_mutations(_full: bool) -> Values:
    """Play the demo once, then judge the same data anew under each mutation."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "demo"
        play(folder, "small", 1)
        truth = json.loads((folder / "microsoft" / "truth.json").read_text(encoding="utf-8"))
        planted = {(fact["rule"], fact["subject"], fact["object"]) for fact in truth["planted"]}
        unjudge(folder / "ibpmon.db")
        if judged(folder, None) != planted:
            raise RuntimeError("without a mutation the truth must hold")
        deleted = [(mutation, judged(folder, mutation) != planted) for mutation in deletions()]
        lowered = [(mutation, judged(folder, mutation) != planted) for mutation in thresholds()]
    return {
        "mutations.deleted_rules_noticed": share(deleted),
        "mutations.thresholds_at_1_noticed": share(lowered),
    }


def share(tried: list[tuple[Mutation, bool]]) -> Measured:
    """Which part was noticed, with the names of all that were tried."""
    silent = [mutation.name for mutation, noticed in tried if not noticed]
    note = "not noticed: " + ", ".join(silent) if silent else ", ".join(mutation.name for mutation, _ in tried)
    return Measured((len(tried) - len(silent)) / len(tried), note, len(tried))


def deletions() -> Iterator[Mutation]:
    """Each rule left out."""
    for path in content_files("rules", ".yml"):
        yield Mutation(path.stem, path.stem)


def thresholds() -> Iterator[Mutation]:
    """Each threshold above 1 brought to 1, in the text of the file itself: beyond the bounds that a board may set."""
    for path in content_files("rules", ".yml"):
        text = path.read_text(encoding="utf-8")
        for document in yaml.safe_load_all(text):
            for name, threshold in document.get("ibpmon", {}).get("thresholds", {}).items():
                if threshold["default"] > 1:
                    yield Mutation(f"{path.stem}.{name}", path.stem, lowered_text(text, name, threshold))


def lowered_text(text: str, name: str, threshold: dict[str, Any]) -> str:
    """The rule file with this threshold at 1: as its default, and at each place in the rule that it names."""
    documents = list(yaml.safe_load_all(text))
    for document in documents:
        block = document.get("ibpmon", {}).get("thresholds", {}).get(name)
        if block:
            block.update(default=1, min=1)
        for place in threshold["at"]:
            put_one(document, place.split("."))
    return yaml.safe_dump_all(documents, allow_unicode=True, sort_keys=False)


def put_one(document: Any, keys: list[str]) -> None:
    """Put the number 1 at this place of a document, if it has the place."""
    for key in keys[:-1]:
        document = document.get(key, {}) if isinstance(document, dict) else {}
    if isinstance(document, dict) and keys[-1] in document:
        document[keys[-1]] = 1


def unjudge(database: Path) -> None:
    """Forget every judgement; what was collected stays."""
    with closing(sqlite3.connect(database)) as connection, connection:  # closing folds the log into the file
        for table in JUDGED:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        connection.execute("DELETE FROM cursor WHERE name LIKE 'rule:%'")


def judged(folder: Path, mutation: Mutation | None) -> set[Fact]:
    """What the rules find in the same data under one mutation."""
    config = mutated_config(folder, mutation)
    collected, kept = folder / "ibpmon.db", folder / "collected.db"
    if not kept.exists():
        shutil.copy(collected, kept)
    shutil.copy(kept, collected)
    for rest in ("-wal", "-shm"):
        collected.with_name(collected.name + rest).unlink(missing_ok=True)
    truth = json.loads((folder / "microsoft" / "truth.json").read_text(encoding="utf-8"))
    with workplace(config, lambda: datetime.fromisoformat(truth["at"])) as place:
        evaluate_round(place)
        return facts_found(place)


def mutated_config(folder: Path, mutation: Mutation | None) -> Path:
    """The demo's configuration with the mutation in it."""
    text = (folder / "config.toml").read_text(encoding="utf-8")
    if mutation and mutation.text is None:
        text += f'\n[content]\nrules_off = ["{mutation.rule}"]\n'
    elif mutation and mutation.text:
        own = folder / "own" / re.sub(r"\W", "-", mutation.name) / "rules"
        own.mkdir(parents=True, exist_ok=True)
        (own / f"{mutation.rule}.yml").write_text(mutation.text, encoding="utf-8")
        text += f'\n[content]\nfolder = "{own.parent.relative_to(folder)}"\n'
    path = folder / "mutated.toml"
    path.write_text(text, encoding="utf-8")
    return path
