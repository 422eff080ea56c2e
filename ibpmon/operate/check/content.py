"""Content against itself: what a rule uses is collected, and what is collected is used."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from ibpmon.collect.connectors import Connector
from ibpmon.judge.explaining import fields_read
from ibpmon.judge.rule import Rule
from ibpmon.language import N_
from ibpmon.operate.check.said import Check, State

# What the engine itself reads, beside keys and links: placement, the views of rules, the review and the reports.
READ_BY_ENGINE: Mapping[str, frozenset[str]] = {
    "accounts": frozenset(
        {"upn", "name", "enabled", "user_type", "employee_id", "job_title", "office", "created", "mail"}
    ),
    "staff-list": frozenset({"upn", "school", "start_date", "end_date", "function", "name", "object_id", "contract"}),
    "pupil-list": frozenset({"upn", "school", "year_group", "enrolled"}),
    "device-list": frozenset({"school", "holder"}),
    "remote-consents": frozenset({"person"}),
    "announcements": frozenset({"until", "address", "reason"}),
    "application-rights": frozenset({"name", "level", "employee_number", "object_id", "upn", "as_of"}),
    "groups": frozenset({"name", "visibility", "dynamic", "team"}),
    "group-members": frozenset({"kind"}),
    "group-owners": frozenset({"kind"}),
    "sites": frozenset({"name", "address", "personal"}),
    "drives": frozenset({"site_id", "name"}),
    "drive-permissions": frozenset(
        {"roles", "user_id", "group_id", "site_group", "login_name", "link_scope", "link_type", "expires"}
    ),
    "mfa-registration": frozenset({"mfa_capable", "mfa_registered", "methods"}),
    "sign-ins": frozenset({"ip_address"}),
    "managed-devices": frozenset({"account_id"}),
    "licences": frozenset({"name", "state", "seats", "used", "plans"}),
}


def content(
    connectors: Mapping[str, Connector], rules: Sequence[Rule], switched_off: Collection[str] = ()
) -> Iterator[Check]:
    """Rules whose source is off, and fields that are collected without a use."""
    off = [(rule, [name for name in rule.needs if name not in connectors]) for rule in rules]
    yield from (blind(rule, names, switched_off) for rule, names in off if names)
    if not any(names for _rule, names in off):
        yield Check("content", "ok", N_("each field that a rule uses is collected"))
    idle = Counter(name for name, _field in unused(connectors, rules))
    yield without_use(idle) if idle else Check("content", "ok", N_("each collected field is used"))


def blind(rule: Rule, off: list[str], switched_off: Collection[str]) -> Check:
    """A rule that can never be judged; that is no mistake where its source is off until a board asks for it."""
    what = N_("rule {rule} can never be judged: {off} is switched off")
    fix = N_("switch the source on, or the rule off, in config.toml under [content]")
    state: State = "problem" if set(off) & set(switched_off) else "note"
    return Check("content", state, what, fix, {"rule": rule.key, "off": ", ".join(off)})


def without_use(idle: Mapping[str, int]) -> Check:
    """Fields that are kept, though no rule, review or report of this version reads them."""
    what = N_("{count} collected field(s) are not used by any rule, review or report; per source: {sources}")
    fix = N_("take them out with a connector file of your own (content.folder) if you do not need them")
    sources = ", ".join(f"{name} ({count})" for name, count in idle.items())
    return Check("content", "note", what, fix, {"count": sum(idle.values()), "sources": sources})


def unused(connectors: Mapping[str, Connector], rules: Sequence[Rule]) -> Iterator[tuple[str, str]]:
    """The fields that nothing reads, as connector and field."""
    used = {(source, name) for rule in rules for name in fields_read(rule) for source in sources_of(rule)}
    for connector in connectors.values():
        known = READ_BY_ENGINE.get(connector.id, frozenset()) | linked(connector, connectors)
        for field in connector.fields:
            plain = not field.key and not field.parent and field.name not in known
            if plain and (connector.id, field.name) not in used:
                yield connector.id, field.name


def sources_of(rule: Rule) -> set[str]:
    """The connectors whose fields a rule may name: its view's own, and those it needs."""
    return {rule.service, *rule.needs}


def linked(connector: Connector, connectors: Mapping[str, Connector]) -> set[str]:
    """The fields that the connector itself needs, and those that what is read over it names."""
    children = [one for one in connectors.values() if one.over == connector.id]
    named = {field.parent for one in children for field in one.fields if field.parent}
    named |= {name for one in children for name in (*one.places, one.unless, one.only, one.onedrives)}
    return named | {connector.time}
