"""Rule files to rules: every file is checked, and all that is wrong is told at once."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ibpmon import language
from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Config
from ibpmon.content import content_files
from ibpmon.errors import ConfigError, ContentError
from ibpmon.judge.files import RuleFile, read_file
from ibpmon.judge.filling import lists_of
from ibpmon.judge.filters import apply_filters
from ibpmon.judge.making import Maker
from ibpmon.judge.rule import LEVELS, Rule
from ibpmon.language import N_, _, meant
from ibpmon.store.networks import check_network
from ibpmon.store.view import View
from ibpmon.store.views import layout

__all__ = ["Rule", "all_rules", "load_rules"]  # where the other rooms look for a rule


@dataclass(frozen=True, slots=True)
class Workshop:
    """What every rule file is held against: the configuration, the views, and how often each connector is read."""

    config: Config
    kinds: Mapping[str, View]
    every: Mapping[str, timedelta]

    def read(self, path: Path) -> RuleFile:
        """A file as it lies there, with the lists of the board in it."""
        return read_file(path, self.kinds, lists_of(self.config), self.config.content.folder)

    def maker(self, file: RuleFile) -> Maker:
        """What makes the rule of one file, and gathers what is wrong with it."""
        return Maker(file, self.config, self.kinds, self.every)

    def rule(self, path: Path) -> Rule:
        """The rule of one file; ContentError that names all its problems."""
        maker = self.maker(self.read(path))
        rule = maker.rule()
        if rule is None or maker.problems.found:
            raise unusable(maker.problems.found)
        return rule


def workshop(config: Config) -> Workshop:
    """The views of all connectors, also of those that are off: a rule on these is a good rule."""
    connectors = load_connectors(config.content, every=True)
    kinds = layout(connector.dataset for connector in connectors.values())
    every = {name: one.every for name, one in connectors.items()} | config.schedule.every
    return Workshop(config, kinds, every)


@dataclass(frozen=True, slots=True)
class Read:
    """The rules as they were read, and all that they were read from."""

    config: Config
    stamp: tuple[object, ...]
    rules: tuple[Rule, ...]


READ: deque[Read] = deque(maxlen=4)  # reading costs half a second: whoever asks again gets what did not change


def load_rules(config: Config) -> list[Rule]:
    """The rules that are on, the gravest first, with the board's thresholds; an error names every problem at once.

    A rule on a connector that is switched off is a good rule: it cannot be judged, and its outcome says so.
    """
    return [rule for rule in all_rules(config) if rule.key not in config.content.rules_off]


def all_rules(config: Config) -> list[Rule]:
    """The same with those that the board switched off: what they found before that is still there."""
    stamp = stamp_of(config)
    for one in tuple(READ):  # another thread may add to it meanwhile
        if one.stamp == stamp and one.config == config:
            return list(one.rules)
    rules = read_rules(config)
    READ.append(Read(config, stamp, tuple(rules)))
    return rules


def stamp_of(config: Config) -> tuple[object, ...]:
    """What shows that a file of rules or connectors changed, came or went; and the language that rules speak."""
    kinds = (("rules", ".yml"), ("connectors", ".toml"))
    paths = [path for kind, suffix in kinds for path in content_files(kind, suffix, config.content.folder)]
    found = [(path, path.stat()) for path in paths if path.exists()]
    return (language.current(), *paths, *((one.st_mtime_ns, one.st_size) for _path, one in found))


def read_rules(config: Config) -> list[Rule]:
    """All rules, read from their files."""
    paths = list(content_files("rules", ".yml", config.content.folder))
    check_settings(config, [path.stem for path in paths])
    bench, off = workshop(config), config.content.rules_off
    files = [bench.read(path) for path in paths]
    apply_filters([file for file in files if not file.filters or file.path.stem not in off], bench.kinds)
    rules = [bench.maker(file).rule() for file in files if not file.filters]
    found = [problem for file in files for problem in file.problems.found]
    if found:
        raise unusable(found)
    return sorted(filter(None, rules), key=lambda rule: (-LEVELS.index(rule.level), rule.key))


def unusable(found: Sequence[str]) -> ContentError:
    """All problems of all rule files in one error."""
    return ContentError(
        N_("the rule files have {count} problem(s)"),
        why="{problems}",
        fix=N_("correct these lines; the shipped rules show how each key is used"),
        count=len(found),
        problems="\n".join(found),
    )


def check_settings(config: Config, keys: Sequence[str]) -> None:
    """What config.toml says about rules is about rules that are there."""
    known = frozenset(keys)
    named = [("content.rules_off", key) for key in config.content.rules_off]
    named += [("thresholds", key) for key in config.thresholds]
    wrong = [
        f"config.toml: {where}: '{key}': " + _("there is no such rule") + meant(key, known)
        for where, key in named
        if key not in known
    ]
    wrong += [
        f"config.toml: schools: '{address}': " + _("this is no address or network that ibpmon can use")
        for school in config.schools
        for address in school.addresses
        if not check_network(address)
    ]
    if wrong:
        raise wrong_settings(wrong)


def wrong_settings(wrong: Sequence[str]) -> ConfigError:
    """All that config.toml says wrong about rules in one error."""
    return ConfigError(
        N_("config.toml has {count} problem(s) with rules"),
        why="{problems}",
        fix=N_("'ibpmon rules list' shows the rules with their thresholds and bounds"),
        count=len(wrong),
        problems="\n".join(wrong),
    )
