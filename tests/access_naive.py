"""Effective access answered naively: spread what is in what until nothing changes, then look at every right.

It shares no code with the engine: it reads the rows as the connectors store them, in plain Python.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Rows = Mapping[str, list[dict[str, Any]]]
Who = tuple[str, str]
Right = tuple[str, str, str, str, int]  # place kind, place, principal kind, principal, rank
RANKS = {"read": 1, "write": 2, "owner": 3}
SITE_ROLES = {5: 3, 6: 2, 3: 2, 2: 1}


def walk(rows: Rows, now: str) -> set[Right]:
    """Everyone on every place, with the highest right."""
    inside = spread(rows)
    best: dict[tuple[str, str, Who], int] = {}
    for kind, place, holder, rank in doors(rows, now):
        for who in inside.get(holder, set()) if holder[0] in CONTAINERS else {holder}:
            best[kind, place, who] = max(rank, best.get((kind, place, who), 0))
    return {(kind, place, *who, rank) for (kind, place, who), rank in best.items()}


CONTAINERS = ("group", "owners", "site_group")


def spread(rows: Rows) -> dict[Who, set[Who]]:
    """Everyone in each group, owners of a group and SharePoint group, through all that they hold."""
    held: dict[Who, set[Who]] = {}
    for row in rows["group-members"]:
        held.setdefault(("group", row["group_id"]), set()).add(member(row["kind"], row["member_id"]))
    for row in rows["group-owners"]:
        held.setdefault(("owners", row["group_id"]), set()).add(member(row["kind"], row["owner_id"]))
    titles = {(r["site_id"], r["principal_id"]): r["title"] for r in rows["site-rights"] if r["kind"] == 8}
    for row in rows["site-group-members"]:
        key = f"{row['site_id']}/{titles[row['site_id'], row['principal_id']]}"
        held.setdefault(("site_group", key), set()).add(by_login(rows, row["site_id"], row["login_name"], ""))
    while True:
        further = {
            outer: ones | {one for inner in ones if inner[0] in CONTAINERS for one in held.get(inner, ())}
            for outer, ones in held.items()
        }
        if further == held:
            break
        held = further
    return {outer: {one for one in ones if one[0] not in CONTAINERS} for outer, ones in held.items()}


def member(kind: str, key: str) -> Who:
    """A member by its kind in Graph."""
    return {"user": "person", "group": "group"}.get(kind.rsplit(".", 1)[-1], "machine"), key


def doors(rows: Rows, now: str) -> Iterator[tuple[str, str, Who, int]]:
    """Every right that was given anywhere: kind of place, place, holder, rank."""
    for row in rows["groups"]:
        yield "group", row["group_id"], ("group", row["group_id"]), 2
    for row in rows["group-owners"]:
        yield "group", row["group_id"], member(row["kind"], row["owner_id"]), 3
    site_of = {row["drive_id"]: row["site_id"] for row in rows["drives"]}
    for row in (*rows["drive-permissions"], *rows["item-permissions"]):
        if not row.get("inherited") and not (row.get("expires") and row["expires"].isoformat() <= now):
            yield from on_files(rows, site_of[row["drive_id"]], row)
    for row in (*rows["site-rights"], *rows["list-rights"]):
        rank = max((SITE_ROLES.get(one["RoleTypeKind"], 0) for one in json.loads(row["levels"])), default=0)
        name = row["title"] if row["kind"] == 8 else ""
        if rank:
            yield "site", row["site_id"], by_login(rows, row["site_id"], row["login_name"], name), rank
    for row in rows["site-admins"]:
        yield "site", row["site_id"], by_login(rows, row["site_id"], row["login_name"], ""), 3
    yield from of_directory(rows)


def on_files(rows: Rows, site: str, row: dict[str, Any]) -> Iterator[tuple[str, str, Who, int]]:
    """A right on a library, folder or file."""
    rank = max(RANKS.get(role, 3) for role in json.loads(row["roles"]))
    people = json.loads(row.get("link_people") or "[]") if row.get("link_scope") == "users" else []
    if row.get("link_scope") and row["link_scope"] != "existingAccess" and not people:
        yield "site", site, ("link", f"{site}/{row['link_scope']}"), rank
    for one in people:
        user = one.get("user", {}).get("id")
        login = one.get("siteUser", {}).get("loginName", "")
        yield "site", site, ("person", user) if user else by_login(rows, site, login, ""), rank
    if not row.get("link_scope"):
        yield "site", site, holder(rows, site, row), rank


def holder(rows: Rows, site: str, row: dict[str, Any]) -> Who:
    """To whom a right was given."""
    login = row.get("login_name") or ""
    if row.get("group_id") and not row.get("site_group"):
        return ("owners" if login.endswith("_o") else "group"), row["group_id"]
    if row.get("user_id"):
        return "person", row["user_id"]
    if login or row.get("site_group"):
        return by_login(rows, site, login, row.get("site_group") or "")
    if row.get("application_id"):
        return "machine", row["application_id"]
    return "other", f"{site}/{row.get('invited') or row['permission_id']}"


def by_login(rows: Rows, site: str, login: str, site_group: str) -> Who:
    """Whom a login name means."""
    text = login.lower()
    for claim, scope in (("c:0(.s|true", "guests"), ("c:0-.f|rolemanager", "members"), ("c:0!.s|", "members")):
        if not site_group and text.startswith(claim):
            return "everyone", f"everyone/{scope}"
    if site_group:
        return "site_group", f"{site}/{site_group}"
    last = text.rsplit("|", 1)[-1]
    if text.startswith("c:0"):
        return ("owners" if last.endswith("_o") else "group"), last.removesuffix("_o")
    found = [row["account_id"] for row in rows["accounts"] if row["upn"].lower() == last and text.startswith("i:0#")]
    return ("person", found[0]) if found else ("other", f"{site}/{text}")


def of_directory(rows: Rows) -> Iterator[tuple[str, str, Who, int]]:
    """Roles of administrators, and what people were let into."""
    groups = {row["group_id"] for row in rows["groups"]}
    people = {row["account_id"] for row in rows["accounts"]}

    def who(key: str) -> Who:
        return "group" if key in groups else "person" if key in people else "machine", key

    for name, rank in (("role-assignments", 2), ("role-eligibility", 1)):
        for row in rows[name]:
            place = row["role_id"] + ("" if row["scope"] == "/" else f"@{row['scope']}")
            yield "role", place, who(row["principal_id"]), rank
    named = [row for row in rows["application-consents"] if row["kind"] != "ServicePrincipal"]
    for row in named:
        yield "app", row["resource_id"], who(row["principal_id"]), 1
    for row in rows["service-principals"]:
        if not row["only_assigned"] and any(one["resource_id"] == row["principal_id"] for one in named):
            yield "app", row["principal_id"], ("everyone", "everyone/guests"), 1
