"""A small tenant for tests about access, stored as the collector would store it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ibpmon.collect.connectors import load_connectors
from ibpmon.config import Content
from ibpmon.store import upsert
from ibpmon.store.collected import Dataset
from ibpmon.store.database import Store
from ibpmon.store.tables import Coverage, Placement, Run, micros
from tests.conftest import MONDAY

NAMES = (
    "accounts", "staff-list", "groups", "group-members", "group-owners", "sites", "drives", "drive-permissions",
    "drive-items", "item-permissions", "site-rights", "site-group-members", "site-lists", "list-rights", "site-admins",
    "role-assignments", "role-definitions", "role-eligibility", "service-principals", "application-consents",
)  # fmt: skip
ALL_ON = Content(connectors_on=("site-rights", "site-group-members", "site-lists", "list-rights", "site-admins"))


def datasets() -> list[Dataset]:
    """The data sets of the shipped connectors that access is made of."""
    connectors = load_connectors(ALL_ON)
    return [connectors[name].dataset for name in (*NAMES, "pupil-list")]


@dataclass
class World:
    """People, groups and sites by short ids; `save` stores them as one whole round."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in NAMES})
    places: list[Placement] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)  # group, site or drive -> why
    values: dict[str, Any] = field(default_factory=dict)  # what those reasons name
    never: Sequence[str] = ()  # connectors that were not read at all

    def person(self, key: str, name: str = "", **place: Any) -> None:
        """An account, placed as staff unless told otherwise."""
        upn, enabled = f"{key}@board.example", place.pop("enabled", True)
        row = {"account_id": key, "name": name or key, "upn": upn, "enabled": enabled}
        self.rows["accounts"].append(row | {"department": place.pop("department", None)})
        self.place("account", key, **({"population": "staff"} | place))

    def group(self, key: str, name: str = "", members: str = "", inner: str = "", **place: Any) -> None:
        """A group with people and groups in it (ids with spaces between)."""
        self.rows["groups"].append({"group_id": key, "name": name or key})
        for kind, ids in (("user", members), ("group", inner)):
            for one in ids.split():
                row = {"group_id": key, "member_id": one, "kind": f"#microsoft.graph.{kind}"}
                self.rows["group-members"].append(row)
        self.place("group", key, **place)

    def site(self, key: str, name: str = "", personal: bool = False, **place: Any) -> None:
        """A site with one library, `<key>-files`."""
        address = f"https://board.example/sites/{key}"
        self.rows["sites"].append({"site_id": key, "name": name or key, "address": address, "personal": personal})
        if not personal:
            self.rows["drives"].append({"site_id": key, "drive_id": f"{key}-files", "name": "Documenten"})
        self.place("site", key, **place)

    def grant(self, site: str, role: str = "write", **to: Any) -> None:
        """A right on the library of a site."""
        rights = self.rows["drive-permissions"]
        row = {"drive_id": f"{site}-files", "permission_id": f"p{len(rights)}", "roles": json.dumps([role])}
        rights.append(row | to)

    def place(self, kind: str, key: str, **place: Any) -> None:
        """What the placement says."""
        self.places.append(Placement(tenant_id=0, kind=kind, object_id=key, **place))

    def save(self, store: Store, now: datetime = MONDAY) -> None:
        """Store everything, with one run per connector and its coverage."""
        parents = {
            "group-members": [row["group_id"] for row in self.rows["groups"]],
            "drives": [row["site_id"] for row in self.rows["sites"] if not row["personal"]],
            "drive-permissions": [row["drive_id"] for row in self.rows["drives"]],
        }
        known = [name for name in NAMES if name in store.datasets and name not in self.never]
        with store.write() as session:
            for number, name in enumerate(known):
                self.save_run(session, store, name, number, now)
                for resource in parents.get(name, ()):
                    why = self.unread.get(resource, "")
                    state = "FAILED" if why else "FULL"
                    line = {"tenant_id": store.tenant, "run_id": number, "resource": resource}
                    session.add(Coverage(**line, state=state, reason=why, reason_values=self.values))
            for place in self.places:
                place.tenant_id = store.tenant
                session.add(place)

    def save_run(self, session: Any, store: Store, name: str, number: int, now: datetime) -> None:
        """One whole run of one connector."""
        fields = [one.name for one in store.datasets[name].fields]
        rows = [tuple(stored(row.get(name)) for name in fields) for row in self.rows[name]]
        run: dict[str, Any] = {"tenant_id": store.tenant, "run_id": number, "connector": name, "rows": len(rows)}
        session.add(Run(**run, started_at=now, finished_at=now, state="FULL"))
        upsert.stage(session, store, name, number, rows)
        upsert.apply_stage(session, store, name, number, now)


def stored(value: Any) -> Any:
    """A value as drivers take it."""
    return micros(value) if isinstance(value, datetime) else value
