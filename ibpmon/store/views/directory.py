"""What was changed in the directory: one row per act and per thing that it changed, with who did it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Subquery,
    Table,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
)

from ibpmon.store.collected import Dataset
from ibpmon.store.json_lists import json_member, rows_of, text_member
from ibpmon.store.json_words import words_of
from ibpmon.store.view import PLACEMENT, Entry, Here, View, is_one_of, own, view
from ibpmon.store.views.applications import writing_apps
from ibpmon.store.views.roles import PRIVILEGED, administrators, role_groups

AUDITS = "directory-audits"
# column: the property that fills it; what it was after the act, or before it when the act took it away
PROPERTIES = {
    "role": ("Role.DisplayName",),
    "role_template": ("Role.TemplateId",),
    "group_id": ("Group.ObjectID",),
    "group_name": ("Group.DisplayName",),
    "app_name": ("Application.DisplayName", "ServicePrincipal.DisplayName"),
    "consented": ("ConsentAction.Permissions", "DelegatedPermissionGrant.Scope"),
    "consent_type": ("DelegatedPermissionGrant.ConsentType",),
    "admin_consent": ("ConsentContext.IsAdminConsent",),
    "on_behalf_of_all": ("ConsentContext.OnBehalfOfAll",),
    "app_right": ("AppRole.Value",),
    "user_type": ("UserType",),  # TargetId.UserType says what an account is, also when something else changed
}
ON = '"state":"enabled"'
ADMIN = "actor_is_admin"
OWN = "own_hand"


def directory_view(here: Here, datasets: Mapping[str, Dataset]) -> View:
    """Acts in the directory, one row for each thing that an act changed; one that names nothing is a row as well."""
    table = here.data[AUDITS]
    target = rows_of(table.c.targets, "target")
    thing = target.c.value
    actor, actor_fits = here.place("account", table.c.actor_id, "actor_place")
    admins = select(administrators(here).c.account_id)
    changed, changed_fits = here.place("account", text_member(thing, "id"), "target_place")
    entries: list[Entry] = [
        *(entry for entry in own(table, datasets[AUDITS]) if entry[0] != "targets"),
        ("actor_name", func.coalesce(table.c.actor, table.c.actor_app, ""), "text"),
        ("actor_population", func.coalesce(actor.c.population, "unknown"), "text"),
        (ADMIN, is_one_of(table.c.actor_id, admins), "bool"),
        *target_entries(here, thing),
        ("target_population", func.coalesce(changed.c.population, "unknown"), "text"),
        ("target_is_admin", is_one_of(text_member(thing, "id"), admins), "bool"),
        (OWN, by_own_hand(table, thing, actor, changed), "bool"),
        ("domain_allowed", may_be_invited(here, func.lower(text_member(thing, "userPrincipalName"))), "bool"),
        ("app_can_write", is_one_of(text_member(thing, "id"), select(writing_apps(here).c.object_id)), "bool"),
    ]
    rows = table.outerjoin(target, true()).outerjoin(actor, actor_fits).outerjoin(changed, changed_fits)
    known = here.known_of_accounts(PLACEMENT.c.population)
    return view(
        "directory-changes", here, entries, rows, [AUDITS], where=here.mine(table), event=("at", table),
        joined={
            "actor_population": "accounts", "target_population": "accounts",
            ADMIN: "role-assignments", OWN: "accounts", "target_is_admin": "role-assignments",
            "role_group": "groups", "app_can_write": "application-consents",
            "domain_allowed": "sharing-settings",
        },
        context={
            "actor_population": known,
            "target_population": known,
            OWN: here.known_of_accounts(PLACEMENT.c.person),
            **dict.fromkeys((ADMIN, "target_is_admin"), admins.order_by("account_id")),
            "role_group": select(role_groups(here).c.group_id).order_by("group_id"),
            "app_can_write": select(writing_apps(here).c.object_id).order_by("object_id"),
            "domain_allowed": select(*sharing_lists(here).c),
        },
    )  # fmt: skip


def by_own_hand(table: Table, thing: ColumnElement[Any], actor: FromClause, changed: FromClause) -> ColumnElement[bool]:
    """Whether somebody changed something of himself, with this account or with another one that is his."""
    same = and_(actor.c.person == changed.c.person, actor.c.person != "")
    return func.coalesce(or_(table.c.actor_id == text_member(thing, "id"), same), literal(False))


def sharing_lists(here: Here) -> Subquery:
    """The organisations with which sharing is allowed, and with which it is not."""
    return here.part("sharing-settings", {"allowed_domains": "list", "blocked_domains": "list"}, "sharing_lists")


def may_be_invited(here: Here, name: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the lists allow the organisation of a guest; its address stands in the name: jan_partner.nl#EXT#@ours.

    The account need not be there any more. NULL for who is no guest, and where the lists were not read.
    """
    lists = sharing_lists(here)

    def fits(side: str) -> ColumnElement[bool]:
        word = words_of(lists.c[side], side)
        tail = literal("%\\_").concat(func.lower(word.c.value)).concat("#ext#@%")
        return select(word.c.value).select_from(word).where(name.like(tail, escape="\\")).exists()

    free = func.coalesce(cast(lists.c.allowed_domains, Text), "[]") == "[]"
    told = select(
        case((and_(or_(free, fits("allowed_domains")), not_(fits("blocked_domains"))), true()), else_=false())
    )
    return case((name.like("%#ext#@%"), told.select_from(lists).limit(1).scalar_subquery()), else_=null())


def target_entries(here: Here, thing: ColumnElement[Any]) -> list[Entry]:
    """What was changed, and what in it."""
    properties = json_member(thing, "modifiedProperties")
    first = first_of(properties)
    found = {name: changed_value(properties, names) for name, names in PROPERTIES.items()}
    before, after = text_member(first, "oldValue"), text_member(first, "newValue")
    kind, key = text_member(thing, "type"), text_member(thing, "id")
    role = func.coalesce(found["role_template"], case((kind == "Role", key)))
    group = func.coalesce(found["group_id"], case((kind == "Group", key)))
    upn = text_member(thing, "userPrincipalName")
    return [
        ("target_id", key, "text"),
        ("target_kind", kind, "text"),
        ("target_upn", upn, "text"),
        ("target_name", func.coalesce(text_member(thing, "displayName"), upn, ""), "text"),
        ("property", text_member(first, "displayName"), "text"),
        ("old_value", before, "text"),
        ("new_value", after, "text"),
        ("properties", properties, "list"),
        *((name, value, "text") for name, value in found.items() if name != "role_template"),
        ("user_type_before", value_before(properties, "UserType"), "text"),
        ("role_template", role, "text"),
        ("privileged_role", is_one_of(role, PRIVILEGED), "bool"),
        ("role_group", is_one_of(group, select(role_groups(here).c.group_id)), "bool"),
        ("guarded_before", guards(before), "bool"),
        ("guarded_after", guards(after), "bool"),
    ]


def first_of(properties: ColumnElement[Any]) -> ColumnElement[Any]:
    """The first property that changed."""
    one = rows_of(properties, "first_property")
    return select(one.c.value).limit(1).scalar_subquery()


def changed_value(properties: ColumnElement[Any], names: Sequence[str]) -> ColumnElement[Any]:
    """What a property of one of these names is after the act, or was before it; it stands as JSON in a text."""
    one = rows_of(properties, "one_property")
    told = func.coalesce(text_member(one.c.value, "newValue"), text_member(one.c.value, "oldValue"))
    wanted = text_member(one.c.value, "displayName").in_(names)
    return select(func.max(func.replace(told, '"', ""))).where(wanted).scalar_subquery()


def value_before(properties: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    """What a property was before the act; nothing when it did not change, or was nothing."""
    one = rows_of(properties, "former_property")
    told = func.replace(text_member(one.c.value, "oldValue"), '"', "")
    return select(func.max(told)).where(text_member(one.c.value, "displayName") == name).scalar_subquery()


def guards(policy: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a policy, as it stands in the log, is on and asks for a second step or blocks old ways of signing in.

    Quotes inside a name are escaped in JSON, so that no name of a policy reads as a state or a control.
    """
    told = func.replace(policy, " ", "")
    second_step = or_(told.like('%"builtInControls":[%"mfa"%]%'), told.like('%"authenticationStrength":{%'))
    legacy = and_(told.like('%"block"%'), or_(told.like('%"other"%'), told.like('%"exchangeActiveSync"%')))
    return func.coalesce(and_(told.like(f"%{ON}%"), or_(second_step, legacy)), literal(False))
