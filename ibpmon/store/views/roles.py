"""Who holds which role of an administrator, by itself, through a group, for a while, or not yet."""

from sqlalchemy import CTE, Subquery, select, union

from ibpmon.store.view import Here

# The roles that SCuBA calls highly privileged, by template id: names are translated, these are not.
GLOBAL = "62e90394-69f5-4237-9190-012177145e10"
PRIVILEGED = (
    GLOBAL,
    "e8611ab8-c189-46e8-94e1-60213ab1f814",  # Privileged Role Administrator
    "fe930be7-5e62-47db-91af-98c3a49a38b1",  # User Administrator
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",  # SharePoint Administrator
    "29232cdf-9323-42fd-ade2-1d097af3e4de",  # Exchange Administrator
    "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2",  # Hybrid Identity Administrator
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",  # Application Administrator
    "158c047a-c907-4556-b7ef-446551a6b5f7",  # Cloud Application Administrator
)


def administrators(here: Here) -> CTE:
    """Accounts and applications with any role, also through a group."""
    given = here.part("role-assignments", {"principal_id": "text"}, "admin_role")
    member = here.part("group-members", {"group_id": "text", "member_id": "text"}, "admin_member")
    of_group = here.part("role-assignments", {"principal_id": "text"}, "admin_group_role")
    through = select(member.c.member_id).join(of_group, of_group.c.principal_id == member.c.group_id)
    return union(select(given.c.principal_id.label("account_id")), through).cte("administrators")


def role_groups(here: Here) -> Subquery:
    """The groups that can hold a role."""
    group = here.part("groups", {"group_id": "text", "role_holder": "bool"}, "role_holding")
    return select(group.c.group_id).where(group.c.role_holder).subquery("role_groups")
