"""Which accounts must pass a second step: by security defaults, or by a policy of conditional access that covers them.

A policy counts when it is on (one that only reports does not), when its grant leaves no way around the second step
("MFA or a compliant device" does), and when it includes the account and does not exclude it, after nested groups
and roles. One that looks only at some apps, places, platforms or risks leaves doors open: it makes `limited`, not
`enforced`. Apps that a policy for all apps leaves out are a matter of that policy, not of each account.
"""

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
    type_coerce,
    union,
)
from sqlalchemy.types import Boolean

from ibpmon.store.json_words import at_path, text_at, words_of
from ibpmon.store.view import Columns, Here
from ibpmon.store.views.inside import inside, role_holders

PHISHING_RESISTANT = "00000000-0000-0000-0000-000000000004"  # Microsoft's own strength, the same in every tenant
POLICY: Columns = {"policy_id": "text", "state": "text", "conditions": "list", "controls": "list"}
WHO: Columns = {"account_id": "text", "user_type": "text", "guest_state": "text"}
EMPTY = ("[]", "")
RISKS = ("signInRiskLevels", "userRiskLevels")
FILTERS = (
    "insiderRiskLevels",
    "devices",
    "authenticationFlows",
    "clientApplications",
    "applications.applicationFilter",
)


def enforcement(here: Here) -> Subquery:
    """Per account `mfa_enforced`, `mfa_limited` and `strong_enforced`; NULL as long as neither source was read."""
    account = here.part("accounts", {"account_id": "text"}, "enforced_account")
    defaults = here.part("security-defaults", {"enabled": "bool"}, "defaults")
    basic = select(func.max(on_when(defaults.c.enabled == true())))
    covered = coverage(here)
    by_default = basic.scalar_subquery()
    read = known(here).scalar_subquery()
    return (
        select(
            account.c.account_id,
            yes(or_(by_default == 1, covered.c.whole == 1), read).label("mfa_enforced"),
            yes(and_(covered.c.partly == 1, not_(func.coalesce(by_default, 0) == 1)), read).label("mfa_limited"),
            yes(covered.c.strong == 1, read).label("strong_enforced"),
        )
        .select_from(account.outerjoin(covered, covered.c.account_id == account.c.account_id))
        .subquery("enforcement")
    )


def yes(condition: ColumnElement[bool], read: ColumnElement[Any]) -> ColumnElement[bool]:
    """The condition as yes or no; unknown where nothing was read that could say no."""
    return type_coerce(
        case((func.coalesce(condition, literal(False)), literal(True)), (read > 0, literal(False)), else_=null()),
        Boolean,
    )


def known(here: Here) -> Select[Any]:
    """How many rows tell about enforcement: the security defaults always have one."""
    defaults = here.part("security-defaults", {"policy_id": "text"}, "read_defaults")
    return select(func.count()).select_from(defaults)


def coverage(here: Here) -> Subquery:
    """Per account whether a policy covers it: in whole, in part, or with a method that cannot be phished."""
    policy, held = asking(here), role_holders(here, "role_holder")
    inner = chosen(here, policy, held, "include")
    outer = chosen(here, policy, held, "exclude")
    away = select(outer.c.policy_id, outer.c.account_id).where(outer.c.active == 1).distinct().subquery("away")
    pair = and_(away.c.policy_id == inner.c.policy_id, away.c.account_id == inner.c.account_id)
    return (
        select(
            inner.c.account_id,
            func.max(case((inner.c.active == 1, policy.c.everywhere), else_=0)).label("whole"),
            func.max(case((inner.c.active == 1, 1 - policy.c.everywhere), else_=0)).label("partly"),
            func.max(policy.c.everywhere * policy.c.strong).label("strong"),
        )
        .select_from(inner.join(policy, policy.c.policy_id == inner.c.policy_id).outerjoin(away, pair))
        .where(away.c.policy_id.is_(None))
        .group_by(inner.c.account_id)
        .subquery("coverage")
    )


# ---- what a policy asks, and where


def asking(here: Here) -> CTE:
    """The policies that are on and leave no way around a second step; few, and looked at once."""
    row = here.part("conditional-access", POLICY, "policy")
    strength = text_at(row.c.controls, "authenticationStrength.id")
    return (
        select(
            row.c.policy_id,
            row.c.conditions,
            on_when(everywhere(row.c.conditions)).label("everywhere"),
            on_when(strength.like(f"%{PHISHING_RESISTANT}%")).label("strong"),
        )
        .where(row.c.state == "enabled", asks(row.c.controls, strength))
        .cte("asking")
        .prefix_with("MATERIALIZED")
    )


def on_when(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """One where the condition holds, zero where it does not or is not known."""
    return case((condition, literal(1, Integer)), else_=literal(0, Integer))


def asks(controls: ColumnElement[Any], strength: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether nobody comes in without a second step: it is the only way, or every control must be met."""
    asked = func.coalesce(text_at(controls, "builtInControls"), "[]")
    alone = and_(*(empty(controls, name) for name in ("customAuthenticationFactors", "termsOfUse")))
    one_way = or_(and_(asked == '["mfa"]', strength.is_(None)), and_(asked.in_(EMPTY), strength.is_not(None)))
    every = or_(asked.like('%"mfa"%'), strength.is_not(None))
    return or_(and_(text_at(controls, "operator").like("%AND%"), every), and_(one_way, alone))


def empty(column: ColumnElement[Any], path: str) -> ColumnElement[bool]:
    """Nothing stands there, or a list without elements."""
    return func.coalesce(text_at(column, path), "[]").in_(EMPTY)


def everywhere(conditions: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a policy looks at every app, place, platform and way of coming in."""
    kinds = text_at(conditions, "clientAppTypes")
    modern = and_(kinds.like('%"browser"%'), kinds.like('%"mobileAppsAndDesktopClients"%'))
    places, platforms = text_at(conditions, "locations"), text_at(conditions, "platforms")
    return and_(
        text_at(conditions, "applications.includeApplications").like('%"All"%'),
        or_(kinds.is_(None), kinds.like('%"all"%'), modern),
        or_(places.is_(None), anywhere(conditions, "locations", "Locations", "All")),
        or_(platforms.is_(None), anywhere(conditions, "platforms", "Platforms", "all")),
        *(empty(conditions, name) for name in RISKS),
        *(text_at(conditions, name).is_(None) for name in FILTERS),
    )


def anywhere(conditions: ColumnElement[Any], name: str, words: str, everything: str) -> ColumnElement[bool]:
    """Whether all of them are included and none is left out."""
    included = text_at(conditions, f"{name}.include{words}")
    return and_(included.like(f'%"{everything}"%'), empty(conditions, f"{name}.exclude{words}"))


# ---- for whom


def chosen(here: Here, policy: CTE, held: CTE, side: str) -> Subquery:
    """The accounts that each policy names on one side; `active` is 0 where that is so only after taking a role."""
    account = here.part("accounts", WHO, f"{side}d_account")
    user, group = named(policy, f"users.{side}Users"), named(policy, f"users.{side}Groups")
    role, outsider = named(policy, f"users.{side}Roles"), outsiders(policy, side)
    one, name = literal(1, Integer).label("active"), f"{side}d_group"
    within = inside(here, select(group.c.word).distinct(), name)
    itself = user.c.word == account.c.account_id
    guest = and_(user.c.word == "GuestsOrExternalUsers", account.c.user_type == "Guest")
    everyone = select(user.c.policy_id, account.c.account_id, one).join(account, user.c.word == "All")
    parts = [
        everyone,
        select(user.c.policy_id, account.c.account_id, one).join(account, itself),
        select(user.c.policy_id, account.c.account_id, one).join(account, guest),
        select(group.c.policy_id, within.c.account_id, one).join(within, within.c.root_id == group.c.word),
        select(role.c.policy_id, held.c.account_id, held.c.active).join(
            held, and_(held.c.template_id == role.c.word, held.c.scope == "/")
        ),
        select(outsider.c.policy_id, account.c.account_id, one).join(account, is_outsider(outsider.c.kinds, account)),
    ]
    return union(*parts).subquery(f"{side}d")


def named(policy: CTE, path: str) -> Subquery:
    """The words that each policy names at a path: ids of people, groups or roles, and words such as All."""
    word = words_of(at_path(policy.c.conditions, path), "word_" + path.rpartition(".")[2])
    return (
        select(policy.c.policy_id, word.c.value.label("word"))
        .select_from(policy.join(word, true()))
        .subquery("named_" + path.rpartition(".")[2])
    )


def outsiders(policy: CTE, side: str) -> Subquery:
    """The kinds of outsiders that each policy names; for some organisations only counts as leaving out, not as in."""
    path = f"users.{side}GuestsOrExternalUsers"
    kinds = text_at(policy.c.conditions, f"{path}.guestOrExternalUserTypes")
    everyone = text_at(policy.c.conditions, f"{path}.externalTenants.membershipKind")
    all_of_them = func.coalesce(everyone, '"all"').like("%all%") if side == "include" else true()
    return (
        select(policy.c.policy_id, kinds.label("kinds"))
        .where(kinds.is_not(None), all_of_them)
        .subquery(f"{side}d_outsiders")
    )


def is_outsider(kinds: ColumnElement[str], account: Subquery) -> ColumnElement[bool]:
    """Whether an account is of one of these kinds: invited from elsewhere, or a guest that was made here."""
    invited = account.c.guest_state.is_not(None)
    guest, own = account.c.user_type == "Guest", account.c.user_type != "Guest"
    return or_(
        and_(guest, invited, kinds.like("%b2bCollaborationGuest%")),
        and_(own, invited, kinds.like("%b2bCollaborationMember%")),
        and_(guest, not_(invited), kinds.like("%internalGuest%")),
    )
