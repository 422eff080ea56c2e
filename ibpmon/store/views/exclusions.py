"""Who is left out of the rules at the door: each exclusion, how many people it is, since when, and what remains."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)

from ibpmon.store.civil import number
from ibpmon.store.collected import Dataset
from ibpmon.store.json_words import at_path, words_of
from ibpmon.store.tables import Moment
from ibpmon.store.view import Columns, Entry, Here, View, view
from ibpmon.store.views.emergency import names
from ibpmon.store.views.inside import inside

POLICY: Columns = {"policy_id": "text", "name": "text", "state": "text", "conditions": "list"}
LISTS = {"user": "users.excludeUsers", "group": "users.excludeGroups"}
WORDS = ("All", "None", "GuestsOrExternalUsers")  # kinds of people, not somebody
SOURCES = ("conditional-access", "accounts", "groups", "group-members")


def exclusions_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """Each person and group that a policy which is on leaves out."""
    left = left_out(here)
    account = here.part("accounts", {"account_id": "text", "name": "text"}, "left_account")
    group = here.part("groups", {"group_id": "text", "name": "text"}, "left_group")
    placed, fits = here.place("account", left.c.excluded_id, "left_place")
    people = people_of(here, left)
    entries: list[Entry] = [
        *((name, left.c[name], "text") for name in ("policy_id", "policy", "excluded_kind", "excluded_id")),
        ("excluded", func.coalesce(account.c.name, group.c.name, left.c.excluded_id), "text"),
        ("there", or_(account.c.account_id.is_not(None), group.c.group_id.is_not(None)), "bool"),
        ("emergency", or_(placed.c.population == "break_glass", only_emergency(people)), "bool"),
        ("people", func.coalesce(people.c.people, 0), "int"),
        ("fallback", named_elsewhere(here, left), "bool"),
        ("added", type_coerce(added(here, left), Moment), "time"),
    ]
    rows = left.outerjoin(account, and_(left.c.excluded_kind == "user", account.c.account_id == left.c.excluded_id))
    rows = rows.outerjoin(group, and_(left.c.excluded_kind == "group", group.c.group_id == left.c.excluded_id))
    rows = rows.outerjoin(placed, fits).outerjoin(people, people.c.root_id == left.c.excluded_id)
    return view("access-exclusions", here, entries, rows, SOURCES)


def left_out(here: Here) -> Subquery:
    """The ids that the policies leave out."""
    return union_all(*(named(here, kind, path) for kind, path in LISTS.items())).subquery("left_out")


def named(here: Here, kind: str, path: str) -> Select[Any]:
    """The people, or the groups."""
    policy = here.part("conditional-access", POLICY, f"policy_without_{kind}")
    word = words_of(at_path(policy.c.conditions, path), f"left_{kind}_id")
    columns = (policy.c.policy_id, policy.c.name.label("policy"), literal(kind).label("excluded_kind"))
    rows = select(*columns, word.c.value.label("excluded_id")).select_from(policy.join(word, true()))
    return rows.where(policy.c.state == "enabled", word.c.value.not_in(WORDS))


def people_of(here: Here, left: FromClause) -> Subquery:
    """How many people stand in each group, however deep, and how many of these are emergency accounts."""
    within = inside(here, select(left_out(here).c.excluded_id), "left_inside")
    placed, fits = here.place("account", within.c.account_id, "inside_place")
    emergency = func.count(case((placed.c.population == "break_glass", 1)))
    return (
        select(within.c.root_id, func.count().label("people"), emergency.label("emergency"))
        .select_from(within.outerjoin(placed, fits))
        .group_by(within.c.root_id)
        .subquery("people_of_group")
    )


def only_emergency(people: FromClause) -> ColumnElement[bool]:
    """Whether a group holds emergency accounts and nobody else."""
    return func.coalesce(and_(people.c.people > 0, people.c.people == people.c.emergency), literal(False))


def named_elsewhere(here: Here, left: FromClause) -> ColumnElement[bool]:
    """Whether another policy that is on names the same person or group as those for whom it is."""
    other = here.part("conditional-access", POLICY, "other_policy")
    sides = (at_path(other.c.conditions, f"users.include{kind}") for kind in ("Users", "Groups"))
    fits = or_(*(names(side, left.c.excluded_id) for side in sides))
    found = select(other.c.policy_id).where(other.c.state == "enabled", other.c.policy_id != left.c.policy_id, fits)
    return found.correlate(left).exists()


def added(here: Here, left: FromClause) -> ColumnElement[Any]:
    """Since when a policy leaves it out, where an earlier version did not; else nobody knows."""
    table = here.data["conditional-access"].alias("version_without")
    later = here.data["conditional-access"].alias("version_with")

    def excludes(version: Any) -> ColumnElement[bool]:
        sides = (at_path(version.c.conditions, path) for path in LISTS.values())
        return or_(*(names(side, left.c.excluded_id) for side in sides))

    def of_policy(version: Any) -> ColumnElement[bool]:
        return and_(version.c.tenant_id == here.tenant, version.c.policy_id == left.c.policy_id)

    began, since = (number(one.c.first_seen) for one in (table, later))
    before = select(func.max(began)).where(of_policy(table), not_(excludes(table))).correlate(left).scalar_subquery()
    return (
        select(func.min(since))
        .where(of_policy(later), excludes(later), since > before)
        .correlate(left)
        .scalar_subquery()
    )
