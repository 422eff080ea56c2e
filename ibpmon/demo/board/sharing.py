"""Single changes in the libraries and sites of a board: documents, links, rights, the groups and admins of a site.

Each is complete: the item with its facet, SharePoint's own view of the site, the journal, and the record of Purview.
"""

from ibpmon.demo.board import changes, libraries, places, site_rights, unified_audit
from ibpmon.demo.board.nouns import Board, Json, Person, stamp


def site_of(board: Board, drive: str) -> Json:
    """The site that a library belongs to."""
    key = next((site for site, drives in board.drives.items() if any(row["id"] == drive for row in drives)), "")
    return site_row(board, key)


def site_row(board: Board, key: str) -> Json:
    """A site by its id."""
    return next((row for row in board.sites if row["id"] == key), None) or changes.lost(key)


def changed(board: Board, drive: str, item: str) -> None:
    """An item changed, or who may enter it."""
    board.journal.touch(f"item:{drive}", item)


# ---------------------------------------------------------------- documents


def write_file(board: Board, drive: str, writer: Person) -> str:
    """A new document in some folder of a library."""
    rows, site = board.items[drive], site_of(board, drive)
    parent = board.rng.choice([row for row in rows if "folder" in row])
    word, kind = board.rng.choice(libraries.FILES)
    row = libraries.item_row(board, site, parent, f"{word} {board.now:%d-%m %H%M}.{kind}", writer)
    now = stamp(board.now)
    row |= {"createdDateTime": now, "lastModifiedDateTime": now}
    row["fileSystemInfo"] = {"createdDateTime": now, "lastModifiedDateTime": now}
    rows.append(row)
    changed(board, drive, parent["id"])
    changed(board, drive, row["id"])
    return str(row["id"])


def edit_file(board: Board, drive: str, row: Json) -> None:
    """A document is saved again."""
    now = stamp(board.now)
    row |= {"lastModifiedDateTime": now, "size": row["size"] + 512}
    row["fileSystemInfo"] = {**row["fileSystemInfo"], "lastModifiedDateTime": now}
    changed(board, drive, row["id"])


def throw_away(board: Board, drive: str, row: Json) -> None:
    """A document goes, with the rights it had."""
    rows = board.items[drive]
    rows.remove(row)
    parent = next(other for other in rows if other["id"] == row["parentReference"]["id"])
    parent["folder"]["childCount"] -= 1
    changed(board, drive, parent["id"])
    board.journal.remove(f"item:{drive}", row["id"])
    if board.item_permissions.pop(row["id"], None) is not None:
        site_rights.refresh(board, site_of(board, drive))


# ---------------------------------------------------------------- rights


def share(board: Board, drive: str, row: Json, grant: Json, actor: Person) -> None:
    """One more link or right on an item."""
    rights = board.item_permissions.get(row["id"])
    broken = rights is not None and not any("inheritedFrom" in old for old in rights)
    own = [old for old in rights or () if "inheritedFrom" not in old and old["id"] != grant["id"]]
    libraries.set_own(board, drive, row, [*own, grant], broken=broken)
    after_sharing(board, drive, row, grant, actor)


def unshare(board: Board, drive: str, row: Json, key: str, actor: Person) -> None:
    """Take one link or right of its own from an item; its facet stays, empty when this was the last."""
    rights = board.item_permissions.get(row["id"], [])
    own = (old for old in rights if old["id"] == key and "inheritedFrom" not in old)
    grant = next(own, None) or changes.lost(key)
    rights.remove(grant)
    libraries.show_facet(row, rights)
    after_sharing(board, drive, row, grant, actor, gone=True)


def after_sharing(board: Board, drive: str, row: Json, grant: Json, actor: Person, *, gone: bool = False) -> None:
    """What else knows of a link: the site, the journal, the log."""
    site_rights.refresh(board, site_of(board, drive))
    changed(board, drive, row["id"])
    unified_audit.write(board, board.now, actor, row, grant, gone=gone)


def open_library(board: Board, drive: str, grant: Json, actor: Person) -> None:
    """A right on the root of a library; every item that takes over shows it too."""
    rights = board.permissions[drive]
    rights[:] = [*(old for old in rights if old["id"] != grant["id"]), grant]
    after_opening(board, drive, grant, actor)


def close_library(board: Board, drive: str, key: str, actor: Person) -> None:
    """Take a right from the root of a library."""
    rights = board.permissions.get(drive, [])
    grant = next((old for old in rights if old["id"] == key), None) or changes.lost(key)
    rights.remove(grant)
    after_opening(board, drive, grant, actor, gone=True)


def after_opening(board: Board, drive: str, grant: Json, actor: Person, *, gone: bool = False) -> None:
    """What else knows of a right on a library."""
    root = board.items[drive][0]
    for item in (root["id"], *libraries.refresh_inherited(board, drive)):
        changed(board, drive, item)
    site_rights.refresh(board, site_of(board, drive))
    unified_audit.write(board, board.now, actor, root, grant, gone=gone)


# ---------------------------------------------------------------- sites


def found_site(board: Board, name: str, group: str) -> str:
    """A new site for a group."""
    rights = [places.owners(name), places.to_group(board, group, "write")]
    key = places.add_site(board, name, "unknown", rights)
    site, drive = site_row(board, key), board.drives[key][0]
    now = stamp(board.now)
    for row in (site, drive):
        row |= {"createdDateTime": now, "lastModifiedDateTime": now}
    libraries.fill_library(board, site, drive, changes.keeper(board))
    libraries.list_libraries(board, site)
    site_rights.assign_site(board, site, changes.keeper(board))
    board.journal.touch("site", key)
    for row in board.items[drive["id"]]:
        changed(board, drive["id"], row["id"])
    return key


def rename_site(board: Board, key: str, name: str) -> None:
    """Another name; the address stays. A site that comes twice in the list changes twice."""
    for row in board.sites:
        if row["id"] == key:
            row |= {"displayName": name, "lastModifiedDateTime": stamp(board.now)}
    board.journal.touch("site", key)


def close_site(board: Board, key: str) -> None:
    """A site goes, with everything in it."""
    board.sites[:] = [row for row in board.sites if row["id"] != key]
    for drive in board.drives.pop(key, []):
        board.permissions.pop(drive["id"])
        for row in board.items.pop(drive["id"]):
            board.item_permissions.pop(row["id"], None)
            board.journal.remove(f"item:{drive['id']}", row["id"])
    for row in board.lists.pop(key, []):
        board.list_permissions.pop(row["id"], None)
        board.list_role_assignments.pop(row["id"], None)
    for told in (board.role_assignments_of_site, board.site_admins, board.rest_lists):
        told.pop(key, None)
    board.journal.remove("site", key)


def admit(board: Board, key: str, who: Person) -> str:
    """Somebody becomes a member of the SharePoint group of a site: only SharePoint itself tells; gives the login."""
    site = site_row(board, key)
    row = site_rights.user_row(site_rights.web_of(board, site), who)
    users = board.role_assignments_of_site[key][1]["Member"]["Users"]
    if all(user["LoginName"] != row["LoginName"] for user in users):
        users.append(row)
    return str(row["LoginName"])


def dismiss(board: Board, key: str, login: str) -> None:
    """Somebody goes out of the SharePoint groups of a site."""
    rows = board.role_assignments_of_site.get(key) or changes.lost(key)
    lists = [row["Member"]["Users"] for row in rows[: site_rights.OWN_GROUPS]]
    if not any(user["LoginName"] == login for users in lists for user in users):
        changes.lost(login)
    for users in lists:
        users[:] = [user for user in users if user["LoginName"] != login]


def appoint(board: Board, key: str, who: Person) -> str:
    """Somebody becomes site admin; gives the login."""
    row = site_rights.user_row(site_rights.web_of(board, site_row(board, key)), who) | {"IsSiteAdmin": True}
    if all(admin["LoginName"] != row["LoginName"] for admin in board.site_admins[key]):
        board.site_admins[key].append(row)
    return str(row["LoginName"])


def remove_admin(board: Board, key: str, login: str) -> None:
    """Somebody is no site admin any more."""
    if all(admin["LoginName"] != login for admin in board.site_admins.get(key, ())):
        changes.lost(login)
    board.site_admins[key][:] = [admin for admin in board.site_admins[key] if admin["LoginName"] != login]
