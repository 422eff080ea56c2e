"""Which alerts somebody may read: those about colleagues who looked at people are for the FG alone."""

from ibpmon.config import Config
from ibpmon.judge.rules import Rule, all_rules
from ibpmon.web.roles import Person


def hidden_rules(config: Config, who: Person) -> frozenset[str]:
    """The rules whose alerts this person may not read, also of those that are off: old alerts outlive a rule."""
    return frozenset(rule.key for rule in all_rules(config) if is_for_others(rule, who))


def is_for_others(rule: Rule, who: Person) -> bool:
    """Whether the alerts of a rule are for the FG alone, and this is somebody else: they are about colleagues."""
    return rule.owner == "fg" and "fg" not in who.roles
