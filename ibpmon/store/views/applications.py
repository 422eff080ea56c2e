"""What applications may do, and with which keys they sign in."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CTE, BigInteger, Select, func, literal, select, type_coerce, union, union_all

from ibpmon.store.collected import Dataset
from ibpmon.store.tables import DAY
from ibpmon.store.view import Columns, Entry, Here, View, view

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


# ---- keys

KEY: Columns = {"key_id": "text", "name": "text", "starts": "time", "ends": "time"}
# the connector, what it is of, and what kind of key it holds
KEYS = (
    ("application-secrets", "applications", "object_id", "secret"),
    ("application-certificates", "applications", "object_id", "certificate"),
    ("service-principal-secrets", "service-principals", "principal_id", "secret"),
    ("service-principal-certificates", "service-principals", "principal_id", "certificate"),
)


def app_keys_view(here: Here, _datasets: Mapping[str, Dataset]) -> View:
    """Each secret and certificate of an application, how long it lives and how many days it has left."""
    keys = union_all(*(keys_of(here, *row) for row in KEYS)).subquery("keys")
    starts, ends, day = (type_coerce(part, BigInteger) for part in (keys.c.starts, keys.c.ends, literal(DAY)))
    entries: list[Entry] = [
        *((name, keys.c[name], "text") for name in ("app_id", "app", "key_id", "kind", "key_name")),
        ("starts", keys.c.starts, "time"),
        ("ends", keys.c.ends, "time"),
        ("life_days", type_coerce((ends - starts) // day, BigInteger), "int"),
        ("days_left", type_coerce((ends - literal(here.now, BigInteger)) // day, BigInteger), "int"),
    ]
    ended = type_coerce(keys.c.ends, BigInteger) <= here.now
    sources = [name for row in KEYS for name in row[:2]]
    return view("app-keys", here, entries, keys, sources, where=~func.coalesce(ended, literal(False)))


def keys_of(here: Here, source: str, owners: str, key: str, kind: str) -> Select[Any]:
    """The keys of one connector with the application that has them."""
    one = here.part(source, {key: "text", **KEY}, "key_" + source.replace("-", "_"))
    owner = here.part(owners, {key: "text", "name": "text"}, "of_" + source.replace("-", "_"))
    told = (one.c.key_id, literal(kind).label("kind"), one.c.name.label("key_name"), one.c.starts, one.c.ends)
    joined = one.outerjoin(owner, owner.c[key] == one.c[key])
    return select(one.c[key].label("app_id"), func.coalesce(owner.c.name, "").label("app"), *told).select_from(joined)
