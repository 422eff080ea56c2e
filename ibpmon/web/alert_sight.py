"""Which alerts somebody may read, and which he may decide about: nobody judges what he did himself."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from ibpmon.config import Config
from ibpmon.judge.rules import Rule, all_rules
from ibpmon.language import N_
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert, Exemption, Finding
from ibpmon.tell.routing import named_in
from ibpmon.web.roles import Person

MOST_FOUND = 50  # findings under one alert
OWN_WHY = N_("what an administrator does is judged by somebody else")
OWN_FIX = N_("ask the privacy officer or the FG to look at it")


def hidden_rules(config: Config, who: Person) -> frozenset[str]:
    """The rules whose alerts this person may not read, also of those that are off: old alerts outlive a rule."""
    return frozenset(rule.key for rule in all_rules(config) if is_for_others(rule, who))


def is_for_others(rule: Rule, who: Person) -> bool:
    """Whether the alerts of a rule are for the FG alone, and this is somebody else: they are about colleagues."""
    return rule.owner == "fg" and "fg" not in who.roles


def findings_of(session: Session, store: Store, one: Alert | Exemption) -> list[Finding]:
    """What was found, what is still there first, then the newest."""
    mine = (col(Finding.tenant_id) == store.tenant, col(Finding.rule) == one.rule)
    order = (col(Finding.gone_at).is_not(None), col(Finding.accepted), col(Finding.finding_id).desc())
    query = select(Finding).where(*mine, col(Finding.subject) == one.subject).order_by(*order).limit(MOST_FOUND)
    return list(session.scalars(query))


def is_own(config: Config, who: Person, about: Alert | Exemption, found: Sequence[Finding]) -> bool:
    """Whether this is about what this very person did as an administrator: then somebody else decides."""
    rule = next((rule for rule in all_rules(config) if rule.key == about.rule), None)
    if rule is None or rule.owner != "privacy_officer":
        return False
    names = {one.casefold() for one in (*who.known_as, who.login.who.account, who.login.who.user_name, who.name) if one}
    return bool(names & (named_in([one.evidence for one in found]) | {about.subject.casefold()}))
