"""Who stands in a group, however deep, and who holds a directory role, by himself or through a group."""

from sqlalchemy import CTE, BigInteger, Integer, Select, Subquery, literal, or_, select, type_coerce, union, union_all

from ibpmon.store.view import Columns, Here

EDGE: Columns = {"group_id": "text", "member_id": "text", "kind": "text"}
# the eight roles that SCuBA calls highly privileged, by the template id that is the same in every tenant
PRIVILEGED = (
    "62e90394-69f5-4237-9190-012177145e10",  # Global Administrator
    "e8611ab8-c189-46e8-94e1-60213ab1f814",  # Privileged Role Administrator
    "fe930be7-5e62-47db-91af-98c3a49a38b1",  # User Administrator
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",  # SharePoint Administrator
    "29232cdf-9323-42fd-ade2-1d097af3e4de",  # Exchange Administrator
    "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2",  # Hybrid Identity Administrator
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",  # Application Administrator
    "158c047a-c907-4556-b7ef-446551a6b5f7",  # Cloud Application Administrator
)


def inside(here: Here, roots: Select[tuple[str]], name: str) -> CTE:
    """Per root group everyone who stands in it, directly or in a group within it: `root_id`, `account_id`.

    It starts at these few groups and walks inward, so that its cost follows them and not the whole directory.
    UNION keeps a pair once, so a circle of groups ends by itself.
    """
    start = roots.subquery(f"{name}_roots")
    root = start.c[0]
    walk = select(root.label("root_id"), root.label("group_id")).cte(f"{name}_groups", recursive=True)
    edge = here.part("group-members", EDGE, f"{name}_edge")
    inward = select(walk.c.root_id, edge.c.member_id).join(edge, edge.c.group_id == walk.c.group_id)
    walk = walk.union(inward.where(edge.c.kind.like("%group")))
    member = here.part("group-members", EDGE, f"{name}_member")
    people = select(walk.c.root_id, member.c.member_id.label("account_id"))
    people = people.join(member, member.c.group_id == walk.c.group_id).where(member.c.kind.like("%user"))
    return people.distinct().cte(f"{name}_people")


def role_holders(here: Here, name: str) -> CTE:
    """Who holds which role now (`active` 1) or could take it (0): `account_id`, `role_id`, `template_id`, `role`."""
    given, definition = assignments(here, name), here.part("role-definitions", ROLE, f"{name}_definition")
    within = inside(here, select(given.c.principal_id).distinct(), name)
    own = select(given.c.principal_id.label("account_id"), given.c.role_id, given.c.scope, given.c.active)
    through = select(within.c.account_id, given.c.role_id, given.c.scope, given.c.active).join(
        within, within.c.root_id == given.c.principal_id
    )
    held = union(own, through).subquery(f"{name}_held")
    return (
        select(held, definition.c.template_id, definition.c.name.label("role"))
        .join(definition, definition.c.role_id == held.c.role_id)
        .cte(name)
    )


ROLE: Columns = {"role_id": "text", "template_id": "text", "name": "text"}
GIVEN: Columns = {"principal_id": "text", "role_id": "text", "scope": "text"}


def assignments(here: Here, name: str) -> Subquery:
    """Every role that is given, and every role that may be taken and still may be."""
    now = here.part("role-assignments", GIVEN, f"{name}_given")
    could = here.part("role-eligibility", {**GIVEN, "ends": "time"}, f"{name}_could")
    ends = type_coerce(could.c.ends, BigInteger)
    return union_all(
        select(now.c.principal_id, now.c.role_id, now.c.scope, literal(1, Integer).label("active")),
        select(could.c.principal_id, could.c.role_id, could.c.scope, literal(0, Integer)).where(
            or_(ends.is_(None), ends > here.now)
        ),
    ).subquery(f"{name}_assignments")
