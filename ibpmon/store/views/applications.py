"""What applications may do: which of them can write in the directory or in all files."""

from sqlalchemy import CTE, select, union

from ibpmon.store.view import Here

# Rights of an application itself in Microsoft Graph with which it can change the directory or all files, by id.
WRITING = (
    "19dbc75e-c2e2-444c-a770-ec69d8559fc7",  # Directory.ReadWrite.All
    "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",  # RoleManagement.ReadWrite.Directory
    "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9",  # Application.ReadWrite.All
    "06b708a9-e830-4db3-a914-8e69da51d44f",  # AppRoleAssignment.ReadWrite.All
    "62a82d76-70ea-41e2-9197-370581804d09",  # Group.ReadWrite.All
    "741f803b-c850-494e-b5df-cde7c675a1ca",  # User.ReadWrite.All
    "a82116e5-55eb-4c41-a434-62fe8a61c773",  # Sites.FullControl.All
    "9492366f-7969-46a4-8d15-ed1a20078fff",  # Sites.ReadWrite.All
    "75359482-378d-4052-8f01-80520e7db3cd",  # Files.ReadWrite.All
)


def writing_apps(here: Here) -> CTE:
    """The applications that can write in the directory or in all files: their registration and what stands for it."""
    right = here.part("application-consents", {"principal_id": "text", "role_id": "text"}, "writing_right")
    principal = here.part("service-principals", {"principal_id": "text", "app_id": "text"}, "writing_principal")
    registration = here.part("applications", {"object_id": "text", "app_id": "text"}, "writing_registration")
    writes = right.c.role_id.in_(WRITING)
    registered = (
        select(registration.c.object_id)
        .join(principal, principal.c.app_id == registration.c.app_id)
        .join(right, right.c.principal_id == principal.c.principal_id)
        .where(writes)
    )
    return union(select(right.c.principal_id.label("object_id")).where(writes), registered).cte("writing_apps")
